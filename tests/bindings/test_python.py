# SPDX-License-Identifier: LGPL-2.1-or-later
"""test_python - the module says what the command says, and does not crash"""

import ctypes
import errno
import gc
import glob
import importlib.util
import json
import os
import socket
import sys
import tempfile
import threading
import types
import warnings
from unittest import mock

import harness
from harness import answer, equal

import tcpmem

TESTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
STATES = os.path.join(TESTS, "cli", "captures", "states.tcpmem")
INFO = os.path.join(TESTS, "cli", "captures", "info.tcpmem")


def captures():
    """Those that the tests of the library and of the command read"""
    found = sorted(glob.glob(os.path.join(TESTS, "cli", "captures", "*.tcpmem"))
                   + [os.path.join(TESTS, "fuzz", "corpus", "capture", name)
                      for name in ("capture", "info", "other-order", "ss")])
    assert len(found) >= 7
    return found


def command(*args, path):
    return answer(*args, "--from", path)


def same_rows(wanted, got, where):
    """Row by row, and every key of JSON is there with its value"""
    equal(len(got), len(wanted), where)
    for want, have in zip(wanted, got):
        for key, value in want.items():
            equal(have[key], value, f"{where}: {key} of {want}")


def by_text(rows):
    return sorted(rows, key=lambda row: json.dumps(row, sort_keys=True))


def chosen(rows, keys):
    return [{key: row[key] for key in keys} for row in rows]


def test_sockets_equal_the_commands():
    for path in captures():
        wanted = command("sockets", path=path)["rows"]
        with tcpmem.load(path) as snapshot:
            got = chosen(snapshot.to_dicts(), wanted[0])
        same_rows(by_text(wanted), by_text(got), path)


def test_tcp_info_equals_the_commands():
    names = [line.split()[0] for line in
             harness.output("sockets", "-H").splitlines()[1:]]
    names = names[names.index("rtt"):]
    for path in captures():
        rows = answer("sockets", "-o", ",".join(["cookie", *names]), "--from",
                      path)["rows"]
        with tcpmem.load(path, info=True) as snapshot:
            got = chosen(snapshot.to_dicts(info=True), rows[0])
        same_rows(by_text(rows), by_text(got), path)


def test_groups_equal_the_commands():
    for path in captures():
        for by in "process", "state", "peer", "cgroup", "local-port,state":
            wanted = command("by", by, path=path)
            with tcpmem.load(path, by=by) as snapshot:
                table = snapshot.by(by)
                same_rows(wanted["rows"], table.to_dicts(), f"{path} by {by}")
                same_rows([wanted["total"]], [table.total], f"{path} {by}")


def test_a_limit_leaves_the_rest_in_one_row():
    with tcpmem.load(STATES) as snapshot:
        table = snapshot.by("state", limit=2)
        equal(table.keys[2:], ["other"])
        equal(sum(table["held"]), table.total["held_bytes"])


def test_differences_equal_the_commands():
    done = harness.run("diff", STATES, INFO, "-J")
    equal(done.returncode, 1, "they differ")
    wanted = json.loads(done.stdout)
    before, after = tcpmem.load(STATES), tcpmem.load(INFO)
    got = before.diff(after).to_dicts()
    keys = [key for key in wanted["rows"][0]
            if not key.endswith(("_delta", "_per_minute"))]
    changed = [row for row in wanted["rows"] if row["verdict"] != "steady"]
    equal([row["key"] for row in changed],
          [row["key"] for row in got][:len(changed)])
    same_rows(chosen(changed, keys), got[:len(changed)], "diff")


def test_what_is_not_known_is_no_number():
    seen = 0
    for path in captures():
        with tcpmem.load(path, info=True) as snapshot:
            rows = snapshot.to_dicts(info=True)
            for name in snapshot.columns[snapshot.columns.index("rtt_us"):]:
                if name == "timer":
                    continue
                unknown = [v == tcpmem.UNKNOWN for v in snapshot[name]]
                equal([row[name] is None for row in rows], unknown, name)
                seen += sum(unknown)
    assert seen, "all is known in all of them"


def test_warnings_and_completeness_are_the_commands():
    for path in captures():
        wanted = command("sockets", path=path)
        with tcpmem.load(path) as snapshot:
            equal([{"code": w.code, "text": w.text}
                   for w in snapshot.warnings], wanted["warnings"])
            equal(snapshot.complete, wanted["complete"])


def test_a_filter_selects_what_the_commands_does():
    wanted = command("sockets", "state", "established", path=STATES)["rows"]
    with tcpmem.load(STATES, "state established") as snapshot:
        equal(len(snapshot), len(wanted))
        equal({tcpmem.NAMES["state"][s] for s in snapshot["state"]},
              {"established"})
    with tcpmem.load(STATES, states=["estab"]) as snapshot:
        equal(len(snapshot), len(wanted))


def raised(kind, function, *args, **how):
    try:
        function(*args, **how)
    except kind as why:
        return why
    raise AssertionError(f"no {kind.__name__}")


def test_errors_are_oserror_with_errno():
    equal(raised(FileNotFoundError, tcpmem.load, "/no/such").filename,
          "/no/such")
    why = raised(tcpmem.CaptureError, tcpmem.load, __file__)
    equal(why.errno, errno.EBADMSG)
    assert "byte" in str(why)
    equal(raised(OSError, tcpmem.load, STATES, by="nonsense").errno,
          errno.EINVAL)
    equal(raised(OSError, tcpmem.load, STATES, states=["odd"]).errno,
          errno.EINVAL)
    with tcpmem.load(STATES) as snapshot:
        equal(raised(OSError, snapshot.by, "nonsense").errno, errno.EINVAL)
        raised(KeyError, snapshot.__getitem__, "nonsense")


def test_a_wrong_filter_says_where():
    why = raised(tcpmem.FilterError, tcpmem.load, STATES, "sport = = 1")
    equal((why.errno, why.offset), (errno.EINVAL, 8))
    assert why.expected and isinstance(why, (OSError, ValueError))


def test_what_was_handed_out_outlives_the_snapshot():
    """"a row or a column held while the snapshot is freed must not crash" """
    for _ in range(20):
        snapshot = tcpmem.load(STATES)
        held, table = snapshot["held"], snapshot.by("process")
        ends, (offset, index) = snapshot.addresses(), snapshot.holders()
        rows, processes = snapshot.to_dicts(), snapshot.processes
        diff = snapshot.diff(snapshot)
        wanted = sum(held), table.total, rows[0], diff.to_dicts()
        snapshot.close()
        del snapshot
        gc.collect()
        equal((sum(held), table.total, rows[0], diff.to_dicts()), wanted)
        column = table["held"]
        table.close()
        equal(sum(column), wanted[0])
        bytes(ends[0]), bytes(ends[1]), list(offset), list(index), processes
        raised(ValueError, lambda: table.total)


def test_a_closed_snapshot_says_so():
    with tcpmem.load(STATES) as snapshot:
        snapshot.close()
        snapshot.close()
        raised(ValueError, len, snapshot)
        raised(ValueError, snapshot.to_dicts)


def test_threads_share_a_snapshot_that_is_closed_meanwhile():
    wrong = []

    def read(snapshot, wanted):
        try:
            while True:
                if snapshot.by("state").total["held_bytes"] != wanted:
                    wrong.append("a total")
                sum(snapshot["held"])
        except ValueError:
            pass
        except BaseException as why:
            wrong.append(why)

    for _ in range(10):
        snapshot = tcpmem.load(STATES)
        wanted = sum(snapshot["held"])
        threads = [threading.Thread(target=read, args=(snapshot, wanted))
                   for _ in range(4)]
        for thread in threads:
            thread.start()
        snapshot.close()
        for thread in threads:
            thread.join()
    equal(wrong, [])


def test_other_threads_run_while_the_library_works():
    """It waits for a pipe that this process fills meanwhile"""
    reader, writer = os.pipe()
    found = []
    thread = threading.Thread(
        target=lambda: found.append(len(tcpmem.load(reader))))
    thread.start()
    with open(STATES, "rb") as file, open(writer, "wb") as pipe:
        pipe.write(file.read())
    thread.join()
    os.close(reader)
    equal(found, [18])


def test_a_column_is_a_buffer_and_not_a_copy():
    with tcpmem.load(STATES) as snapshot:
        column = snapshot["held"]
        equal((column.format, column.itemsize, column.contiguous),
              ("q", 8, True))
        seen = (ctypes.c_int64 * len(column)).from_buffer(column)
        column[0] = 42
        equal(seen[0], 42)
        assert snapshot["held"][0] != 42, "the snapshot changed"


def test_a_snapshot_of_now_has_our_sockets():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        for snapshot in (tcpmem.snapshot(f"sport = {port}", netns=["self"]),
                         next(tcpmem.Sampler(f"sport = {port}",
                                             netns=["self"]))):
            row, = snapshot.to_dicts()
            equal((row["state"], row["local_port"]), ("listening", port))
            equal([h["pid"] for h in row["holders"]], [os.getpid()])
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "saved")
        tcpmem.save(path, netns=["self"])
        with tcpmem.load(path) as snapshot:
            equal(len(snapshot), len(command("sockets", path=path)["rows"]))


def test_without_sockets_there_are_empty_columns():
    with tcpmem.snapshot(netns=["self"]) as snapshot:
        equal((len(snapshot), list(snapshot["held"])), (0, []))
        equal((snapshot.to_dicts(), len(snapshot.by("state"))), ([], 0))
        equal(list(snapshot.holders()[0]), [0])


def test_pandas_has_the_same_numbers():
    if not importlib.util.find_spec("pandas"):
        raise harness.Skip("python3-pandas is not installed")
    import pandas
    for path in captures():
        with tcpmem.load(path, info=True) as snapshot:
            frame = snapshot.to_pandas(info=True)
            rows = snapshot.to_dicts(info=True)
            table = snapshot.by("state")
            frames = [(table.to_pandas(), table.to_dicts())]
        for row in rows:
            holders = row["holders"]
            row["holder_count"] = len(holders)
            row["holders"] = ",".join(f"{h['comm']}[{h['pid']}]"
                                      for h in holders) or None
            for key in "cookie", "cgroup_id":
                row[key] = None if row[key] is None else int(row[key])
        for frame, rows in [(frame, rows), *frames]:
            for key in frame.columns:
                got = [None if pandas.isna(v) else v for v in frame[key]]
                equal(got, [row[key] for row in rows], f"{key} of {path}")


class Look:
    """As much of a snapshot as the example of a fixture asks for"""

    def __init__(self, kinds, *codes):
        self.rows = [{"cookie": str(i), "kind": kind, "holders": []}
                     for i, kind in enumerate(kinds)]
        self.warnings = [tcpmem.Warning(code, code) for code in codes]
        self.complete = not codes

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def to_dicts(self):
        return self.rows


def warned_of(*looks):
    """What conftest.py warns of where one look is before a test, one after"""
    pytest = types.ModuleType("pytest")
    pytest.fixture = lambda **_: lambda function: function
    path = os.path.join(TESTS, "..", "bindings", "python", "examples",
                        "conftest.py")
    spec = importlib.util.spec_from_file_location("example", path)
    example = importlib.util.module_from_spec(spec)
    with mock.patch.dict(sys.modules, pytest=pytest):
        spec.loader.exec_module(example)
    with mock.patch.object(tcpmem, "snapshot", side_effect=looks), \
            warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        equal(len(list(example.no_leaked_sockets())), 1)
    return [str(warning.message).partition(": ")[2] for warning in found]


def test_the_fixture_warns_of_what_it_cannot_see():
    """conftest.py: "Where it cannot see whose a new socket is, it warns" """
    equal(warned_of(Look(["process"]), Look(["process", "process"])), [])
    few = "netns-scope", "fds-unreadable"
    equal(warned_of(Look(["hidden"], *few), Look(["hidden"], *few)), [])
    equal(warned_of(Look(["hidden"], *few), Look(["hidden", "hidden"], *few)),
          ["of processes that cannot be read: 1 new sockets"])
    equal(warned_of(Look([]), Look([], "sock-diag-closed", *few)),
          ["sock-diag-closed"])


if __name__ == "__main__":
    sys.dont_write_bytecode = True
    harness.enter_netns()
    harness.main(globals())

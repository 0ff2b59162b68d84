# SPDX-License-Identifier: LGPL-2.1-or-later
"""test_output - what the command prints of sockets that are known"""

import datetime
import json
import os
import re
import resource
import signal
import socket
import struct
import subprocess
import time

import harness
from harness import answer, contains, equal, output, run

STATES = ["established", "syn-sent", "syn-recv", "fin-wait-1", "fin-wait-2",
          "time-wait", "closed", "close-wait", "last-ack", "listening",
          "closing", "bound-inactive"]
UNREAD = 5000
EVIL = b"\x1b[31m\xff\"\\ \n"
# as an escape would never leave it, and as JSON must give it back
EVIL_JSON = "\x1b[31m\ufffd\"\\ \n"


class Fixture:
    """One socket of each kind that a script can make on loopback"""

    def __init__(self):
        # children first: they inherit what there is, and hold it then
        self.evil = harness.Child(evil_listener)
        self.shared = harness.connect()
        self.sharer = harness.Child(lambda: self.shared)
        self.listener, self.client, self.server = harness.connect()
        self.client.sendall(b"x" * UNREAD)
        self.v6 = harness.connect(socket.AF_INET6, "::1")
        self.mapped = socket.socket(socket.AF_INET6)
        self.mapped.connect(("::ffff:127.0.0.1",
                             self.listener.getsockname()[1]))
        self.close_wait = harness.connect()
        self.close_wait[1].close()
        self.close_wait[2].recv(1)
        harness.leave_time_wait()

    def end(self):
        self.sharer.end()
        self.evil.end()


def evil_listener():
    harness.set_comm(EVIL)
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(1)
    return listener


def row_of(sock, rows):
    """The row of a socket of ours, found by its cookie"""
    so_cookie = 57
    cookie = sock.getsockopt(socket.SOL_SOCKET, so_cookie, 8)
    cookie = str(struct.unpack("Q", cookie)[0])
    found = [row for row in rows if row["cookie"] == cookie]
    equal(len(found), 1, f"rows with cookie {cookie}")
    return found[0]


def numbers(row):
    """What adds up over rows: not what each can reach, and no average"""
    return {key: value for key, value in row.items()
            if (key.endswith("_bytes") or key in ("sockets", "drops", "close_wait"))
            and not key.startswith("reach") and "_per_" not in key}


def add_up(rows):
    total = {}
    for row in rows:
        for key, value in numbers(row).items():
            total[key] = total.get(key, 0) + (value or 0)
    return total


def check_envelope(data, schema):
    equal(data["schema"], schema)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z",
                        data["time"]), data["time"]
    taken = datetime.datetime.fromisoformat(data["time"][:-1] + "+00:00")
    now = datetime.datetime.now(datetime.timezone.utc)
    assert abs((now - taken).total_seconds()) < 3600, data["time"]
    assert isinstance(data["complete"], bool)
    for warning in data["warnings"]:
        equal(sorted(warning), ["code", "text"])
    equal(data["netns"]["count"], len(data["netns"]["namespaces"]))
    inode = os.stat("/proc/self/ns/net").st_ino
    contains([n["inode"] for n in data["netns"]["namespaces"]], str(inode))


def test_sockets_json_tells_what_is_known():
    data = answer("sockets")
    check_envelope(data, "tcpmem.sockets/1")
    row = row_of(fixture.server, data["rows"])
    local, remote = fixture.server.getsockname(), fixture.server.getpeername()
    equal([row["state"], row["family"], row["protocol"], row["kind"]],
          ["established", "ipv4", "tcp", "process"])
    equal([row["local"], row["local_port"]], list(local))
    equal([row["remote"], row["remote_port"]], list(remote))
    equal(row["inode"], os.fstat(fixture.server.fileno()).st_ino)
    equal(row["uid"], os.getuid())
    equal(row["recv_q"], UNREAD)
    equal(row["send_q"], 0)
    equal(row["holders"], [{"pid": os.getpid(),
                            "comm": open("/proc/self/comm").read()[:-1]}])
    assert row["rmem_bytes"] >= UNREAD, row
    equal(row["held_bytes"], row["buffer_bytes"] + row["object_bytes"])
    assert row["cgroup_id"] is None or row["cgroup_id"].isdigit(), row
    assert isinstance(row["netns"], str), row


def test_sockets_json_has_every_family_and_state():
    rows = answer("sockets")["rows"]
    listener, client, _ = fixture.v6
    row = row_of(client, rows)
    equal([row["family"], row["local"], row["remote"]], ["ipv6", "::1", "::1"])
    row = row_of(listener, rows)
    equal([row["state"], row["remote"], row["remote_port"]],
          ["listening", "::", 0])
    row = row_of(fixture.mapped, rows)
    equal([row["family"], row["remote"]], ["ipv6", "::ffff:127.0.0.1"])
    equal(row_of(fixture.close_wait[2], rows)["state"], "close-wait")
    waiting = [row for row in rows if row["state"] == "time-wait"]
    assert waiting, "no TIME_WAIT"
    for row in waiting:
        equal([row["kind"], row["holders"], row["uid"], row["inode"]],
              ["time-wait", [], None, 0])
        equal([row["rmem_bytes"], row["rcvbuf_bytes"]], [None, None])


def test_a_shared_socket_has_all_its_holders():
    row = row_of(fixture.shared[1], answer("sockets")["rows"])
    equal({h["pid"] for h in row["holders"]},
          {os.getpid(), fixture.sharer.pid})


def test_an_unaccepted_socket_belongs_to_its_listener():
    row = [r for r in answer("sockets")["rows"] if r["kind"] == "unaccepted"]
    equal(len(row), 1)
    equal([h["pid"] for h in row[0]["holders"]], [os.getpid()])
    equal(row[0]["local_port"], fixture.listener.getsockname()[1])


def test_rows_add_up_to_the_total_to_the_byte():
    for args in (["by", "process"], ["by", "state"], ["by", "process,state"],
                 ["by", "process", "--limit", "1"],
                 ["by", "state", "--limit", "0"]):
        data = answer(*args)
        check_envelope(data, "tcpmem.by/1")
        equal(data["by"], args[1])
        equal(add_up(data["rows"]), numbers(data["total"]), args)
        equal(list(data["rows"][0]), list(data["total"]))
        assert data["total"]["held_bytes"] > 0
    data = answer("sockets")
    total = numbers(data["total"])
    equal(total.pop("sockets"), len(data["rows"]))
    live = [row for row in data["rows"] if row["state"] != "listening"]
    equal(total.pop("unread_bytes"), sum(row["recv_q"] for row in live))
    equal(total.pop("unsent_bytes"), sum(row["send_q"] for row in live))
    equal(total.pop("close_wait"),
          sum(row["state"] == "close-wait" for row in live))
    equal(add_up(data["rows"]), total)


def test_every_command_sees_the_same_total():
    totals = [answer(*args)["total"] for args in (
        ["by", "process"], ["by", "state"], ["sockets"],
        ["sockets", "--sort", "held"], ["summary"],
        ["summary", "--no-processes"])]
    for total in totals:
        equal([total["key"], total["kind"]], ["total", "total"])
        equal(total, totals[0])


def test_by_process_has_pid_and_comm_or_a_kind():
    rows = answer("by", "process")["rows"]
    mine = [row for row in rows if row["pid"] == os.getpid()]
    equal(len(mine), 1)
    equal(mine[0]["kind"], "process")
    contains(mine[0]["key"], str(os.getpid()))
    nobody = [row for row in rows if row["kind"] == "time-wait"]
    equal([nobody[0]["pid"], nobody[0]["comm"]], [None, None])
    both = mine[0]["reach_sockets"]
    assert both > mine[0]["sockets"], "shared sockets count in part"


def test_summary_json():
    data = answer("summary")
    check_envelope(data, "tcpmem.summary/1")
    equal([row["state"] for row in data["states"]], STATES)
    equal(add_up(data["states"]), numbers(data["total"]))
    assert data["states"][0]["sockets"] > 0
    equal(data["states"][1]["sockets"], 0)
    equal(data["states"][1]["held_bytes"], 0)
    equal(data["tcp_mem"]["scope"], "host")
    equal(sorted(data["orphans"]), ["count", "max", "scope"])
    equal(data["time_wait"]["scope"], "netns")
    assert data["time_wait"]["count"] >= 1, data["time_wait"]
    for entry in data["objects"]:
        equal(sorted(entry), ["bytes", "name", "source"])
        assert entry["bytes"] > 0, entry
    equal(add_up(data["processes"]), numbers(data["total"]))


def test_summary_limits_its_processes():
    rows = answer("summary", "--limit", "1")["processes"]
    equal(len(rows), 2)
    equal(rows[1]["kind"], "other")
    equal(answer("summary", "--no-processes")["processes"], None)


def test_summary_begins_with_the_answer():
    """How much, who has it: the figures of the tables"""
    text = output("summary", "-b")
    total = answer("summary")["total"]
    contains(text.replace("\n ", ""),
             f"The selected sockets hold {total['held_bytes']} in "
             f"{total['sockets']} sockets.")
    grouped = answer("by", "process")
    rows, most = grouped["rows"], grouped["rows"][0]
    share = 100 * most["held_bytes"] / grouped["total"]["held_bytes"]
    # it has two decimals
    assert abs(most["share_percent"] - share) < 0.0051, (most, share)
    assert abs(sum(row["share_percent"] for row in rows) - 100) < 0.01, rows
    part = "more than 99" if 99.5 <= share < 100 else f"{share:.0f}"
    contains(text.replace("\n ", ""), f"{most['key']} has {part} % of it")


def test_summary_shows_what_is_there():
    """Zero states with --all only, and few lines without"""
    shown = {row["key"] for row in answer("by", "state")["rows"]}
    for args, states in ([], shown), (["--all"], set(STATES)):
        lines = output("summary", *args).splitlines()
        equal({line.split()[0] for line in lines if line} & set(STATES),
              states)
    lines = output("summary").splitlines()
    assert len(lines) <= max(24, 22 + len(shown)), lines


def test_summary_text_fits_and_names_scopes():
    text = output("summary", "--all")
    lines = text.splitlines()
    assert max(map(len, lines)) <= 80, max(lines, key=len)
    for state in STATES:
        assert any(line.startswith(state + " ") for line in lines), state
    contains(text, "\ntcp_mem (host) ")
    contains(text, "\nOrphans (host) ")
    contains(text, "\nTIME_WAIT (netns) ")
    contains(text, "network namespace self")
    contains(text, "; others are not counted")
    assert "Warnings:" not in text, text  # it was asked for


def test_columns_are_chosen_in_their_order():
    text = output("sockets", "-r", "-o", "held,state,LOCAL-PORT")
    equal(text.split("\n", 1)[0], "HELD STATE LOCAL-PORT")
    text = output("sockets", "-n", "-r", "-o", "local_port")
    contains(text.split(), str(fixture.listener.getsockname()[1]))
    first = output("by", "state").split("\n", 1)[0].split()
    plus = output("by", "state", "-o", "+rmem").split("\n", 1)[0].split()
    equal(plus, first + ["RMEM"])
    rows = answer("by", "state", "-o", "key,held")["rows"]
    equal(list(rows[0]), ["key", "held_bytes"])
    equal(rows[0].keys(), answer("by", "state", "-o",
                                 "key,held")["total"].keys())


def test_raw_is_for_programs():
    lines = output("sockets", "-r").splitlines()
    width = len(lines[0].split(" "))
    for line in lines:
        equal(len(line.split(" ")), width, line)
        assert "  " not in line, line
    done = run("sockets", "-r")
    contains(done.stderr, "scope: network namespace")
    waiting = [line for line in output("sockets", "-r", "-o", "state,uid,rmem,"
                                       "holders").splitlines()
               if line.startswith("time-wait")]
    equal(waiting[0], "time-wait - - -")


def test_raw_bytes_add_up_with_awk():
    done = subprocess.run(
        ["awk", "{ sum += $1 } END { print sum }"],
        input=output("by", "process", "-n", "-r", "-o", "held"),
        capture_output=True, text=True, check=True)
    equal(int(done.stdout), answer("by", "process")["total"]["held_bytes"])


def test_table_has_headings_total_and_notes():
    text = output("by", "state")
    table, notes = text.split("\n\n", 1)
    lines = table.splitlines()
    equal(lines[0].split()[:2], ["STATE", "SOCKETS"])
    equal(lines[-1].split()[0], "total")
    contains(notes, "Scope: network namespace self")
    done = run("by", "state", "-n")
    equal(done.stdout.splitlines()[0].split()[0] in STATES, True)
    assert "Scope" not in done.stdout, done.stdout
    contains(done.stderr, "scope: network namespace self")


def test_bytes_are_exact_on_request():
    held = answer("by", "state")["total"]["held_bytes"]
    total = output("by", "state", "-b").split("\n\n")[0].splitlines()[-1]
    equal(int(total.split()[-2]), held)
    total = output("by", "state").split("\n\n")[0].splitlines()[-1]
    assert re.fullmatch(r"[0-9.]+[BKMG]", total.split()[-2]), total
    contains(output("summary", "-b"), str(held))


def test_addresses_of_tables():
    text = output("sockets", "-o", "local,remote")
    port = fixture.v6[0].getsockname()[1]
    assert re.search(rf"^\[::1\]:{port} +\[::\]:\*$", text, re.M), text
    port = fixture.listener.getsockname()[1]
    assert re.search(rf"^127\.0\.0\.1:{port} +0\.0\.0\.0:\*$", text, re.M), text


def test_list_columns():
    for command in ("by", "sockets"):
        names = output(command, "-H", "-n", "-r", "-o", "ignored").split("\n")
        names = [line.split(" ")[0] for line in names if line]
        data = json.loads(output(command, "-H", "-J"))
        equal(data["schema"], "tcpmem.columns/1")
        equal([row["name"] for row in data["rows"]], names)
        args = [command] if command == "sockets" else [command, "process"]
        keys = list(answer(*args, "-o", ",".join(names))["rows"][0])
        equal([row["json"] for row in data["rows"]], keys)
        output(*args, "-o", ",".join(names))


def sort_keys(args, key):
    return [row[key] for row in answer(*args)["rows"]]


def test_rows_are_sorted():
    held = sort_keys(["by", "process"], "held_bytes")
    equal(held, sorted(held, reverse=True))
    held = sort_keys(["by", "process", "--sort", "held"], "held_bytes")
    equal(held, sorted(held))
    keys = sort_keys(["by", "state", "--sort", "-KEY"], "key")
    equal(keys, sorted(keys, reverse=True))
    ports = sort_keys(["sockets", "--sort", "local_port"], "local_port")
    equal(ports, sorted(ports))
    cookies = sort_keys(["sockets", "--sort", "-cookie"], "cookie")
    equal(cookies, sorted(cookies, key=int, reverse=True))
    pairs = [(row["state"], -row["object_bytes"]) for row in
             answer("sockets", "--sort", "state,-object")["rows"]]
    equal(pairs, sorted(pairs))


def test_a_table_has_those_that_hold_most_first():
    lines = output("sockets", "-b", "-n", "-o", "held,cookie").splitlines()
    rows = [(-int(line.split()[0]), int(line.split()[1]))
            for line in lines if line[:1].strip()]
    assert len(rows) > 5 and rows[0][0] < rows[-1][0], rows
    equal(rows, sorted(rows))


def test_unknown_values_sort_last_either_way():
    for order in ("rmem", "-rmem"):
        values = sort_keys(["sockets", "--sort", order], "rmem_bytes")
        known = [v for v in values if v is not None]
        assert len(known) < len(values), "nothing is unknown"
        equal(values[:len(known)], sorted(known, reverse=order[0] == "-"))


def test_limit_keeps_the_first_rows():
    rows = answer("by", "process", "--limit", "2")["rows"]
    equal(len(rows), 3)
    equal(rows[2]["kind"], "other")
    equal(rows[:2], answer("by", "process")["rows"][:2])
    everything = answer("sockets", "--sort", "-held")
    some = answer("sockets", "--sort", "-held", "--limit", "3")
    equal(some["rows"], everything["rows"][:3])
    equal(some["total"], everything["total"])
    equal(len(answer("sockets", "--limit", "3")["rows"]), 3)
    equal(answer("sockets", "--limit", "0")["rows"], [])
    lines = output("sockets", "-n", "-r", "--limit", "2").splitlines()
    equal(len(lines), 2)


def test_states_are_chosen():
    rows = answer("sockets", "--state", "listening,close-wait")["rows"]
    equal({row["state"] for row in rows}, {"listening", "close-wait"})
    again = answer("sockets", "--state", "listening", "--state", "close-wait")
    equal(len(again["rows"]), len(rows))
    everything = {row["key"]: row for row in answer("by", "state")["rows"]}
    rows = answer("by", "state", "--state", "time-wait")["rows"]
    equal(rows, [dict(everything["time-wait"], share_percent=100)])
    contains(output("by", "state", "--state", "listening"),
             "only sockets in the states of --state")


def test_jsonl_is_a_row_a_line():
    rows = [json.loads(line) for line in
            output("sockets", "--jsonl").splitlines()]
    equal(sorted(rows, key=lambda r: int(r["cookie"])),
          sorted(answer("sockets")["rows"], key=lambda r: int(r["cookie"])))
    rows = [json.loads(line) for line in
            output("by", "process", "--jsonl").splitlines()]
    equal(rows, answer("by", "process")["rows"])
    contains(run("sockets", "--jsonl").stderr, "scope: network namespace")


def test_names_with_controls_are_escaped():
    pid = fixture.evil.pid
    for args in (["by", "process"], ["sockets"], ["summary", "--all"],
                 ["by", "process", "-r", "-o", "key,comm"],
                 ["sockets", "-r", "-o", "holders"]):
        done = run(*args, encoding=None)
        equal(done.returncode, 0)
        for byte in done.stdout:
            assert byte >= 32 or byte == 10, (args, done.stdout)
        assert b"\xff" not in done.stdout, args
        contains(done.stdout, b"\\x1b[31m\\xff\"")
        contains(done.stdout, str(pid).encode())
    raw = output("by", "process", "-n", "-r", "-o", "pid,comm")
    line = [line for line in raw.splitlines() if line.startswith(f"{pid} ")]
    equal(line, [f"{pid} \\x1b[31m\\xff\"\\x5c\\x20\\x0a"])


def test_names_with_controls_are_valid_json():
    pid = fixture.evil.pid
    for args in (["by", "process", "-J"], ["summary", "-J"],
                 ["by", "process", "--jsonl"], ["sockets", "-J"]):
        done = run(*args, encoding=None)
        for byte in done.stdout:
            assert byte >= 32 or byte == 10, (args, done.stdout)
        done.stdout.decode("utf-8")
    row = [r for r in answer("by", "process")["rows"] if r["pid"] == pid][0]
    equal(row["comm"], EVIL_JSON)
    holders = [h for r in answer("sockets")["rows"] for h in r["holders"]
               if h["pid"] == pid]
    equal(holders[0]["comm"], EVIL_JSON)


def test_colours_only_when_wanted():
    for args in (["summary"], ["by", "state"]):
        assert "\x1b[" not in output(*args), "a pipe has no colours"
        assert "\x1b[" not in output(*args, "--color=auto")
        contains(output(*args, "--color=always"), "\x1b[")
        assert "\x1b[" not in output(*args, "--color=never")
    plain = re.sub(r"\x1b\[\d*m", "", output("by", "state", "--color=always"))
    equal(plain, output("by", "state"))


def on_terminal(args, env):
    """What it prints on a terminal of its own"""
    master, slave = os.openpty()
    done = run(*args, stdout=slave, env=env)
    os.close(slave)
    equal(done.returncode, 0)
    return harness.read_terminal(master)


def test_a_terminal_has_colours_unless_no_color():
    args = ["by", "state"]
    contains(on_terminal(args, {}), "\x1b[")
    assert "\x1b[" not in on_terminal(args, {"NO_COLOR": "1"})
    contains(on_terminal(args, {"NO_COLOR": ""}), "\x1b[")
    assert "\x1b[" not in on_terminal(args, {"TERM": "dumb"})
    contains(on_terminal(args + ["--color=always"], {"NO_COLOR": "1"}),
             "\x1b[")


def test_strict_exits_with_3_when_something_is_hidden():
    if os.geteuid() != 0 or os.environ.get("TCPMEM_TEST_NETNS") != "1":
        raise harness.Skip("only root can become somebody else")
    try:
        probe = run("by", "process", "-J", user=65534, group=65534,
                    extra_groups=[])
    except (PermissionError, OSError) as why:
        raise harness.Skip(f"cannot become somebody else: {why}")
    if probe.returncode == 127:
        raise harness.Skip("nobody cannot run the built command")
    equal(probe.returncode, 0, probe.stderr)
    data = json.loads(probe.stdout)
    equal(data["complete"], False)
    contains([w["code"] for w in data["warnings"]], "fds-unreadable")
    contains([row["kind"] for row in data["rows"]], "hidden")
    nobody = {"user": 65534, "group": 65534, "extra_groups": []}
    for args in (["by", "process"], ["sockets"], ["summary"], ["sockets",
                 "--jsonl"]):
        equal(run(*args, **nobody).returncode, 0, args)
        equal(run(*args, "--strict", **nobody).returncode, 3, args)
    # who asks for no processes misses none
    equal(run("by", "state", "--strict", **nobody).returncode, 0)
    equal(run("summary", "--no-processes", "--strict",
              **nobody).returncode, 0)


def test_strict_goes_with_complete():
    for args in (["by", "state"], ["summary", "--no-processes"],
                 ["sockets", "-o", "state,held"]):
        equal(run(*args, "--strict").returncode, 0, args)
    for args in (["by", "process"], ["sockets"], ["summary"]):
        done = run(*args, "-J", "--strict")
        complete = json.loads(done.stdout)["complete"]
        equal(done.returncode, 0 if complete else 3, args)


def open_for_ever():
    """Opens a connection each millisecond and keeps them all"""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(8)
    kept = []
    while len(kept) < 16000:
        kept.append(socket.create_connection(listener.getsockname()))
        kept.append(listener.accept()[0])
        time.sleep(0.001)
    time.sleep(600)


def test_what_opens_while_sockets_are_streamed_is_not_in_flight():
    if os.geteuid() != 0:
        raise harness.Skip("without root it cannot be told from a hidden one")
    resource.setrlimit(resource.RLIMIT_NOFILE,
                       (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    pid = os.fork()
    if pid == 0:
        open_for_ever()
    seen = 0
    try:
        for _ in range(10):
            rows = [json.loads(line) for line in
                    output("sockets", "--jsonl").splitlines()]
            rows = [row for row in rows if "kind" in row]
            seen += len(rows)
            lost = [row for row in rows
                    if row["kind"] in ("in-flight", "hidden")]
            equal(lost, [])
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    assert seen > 100, seen


def test_an_empty_namespace_is_an_answer():
    script = 'exec "$0" "$@"'
    for args in (["summary"], ["by", "process"], ["by", "state"], ["sockets"]):
        done = subprocess.run(
            ["unshare", "-n", "sh", "-c", script, harness.TCPMEM, *args, "-J",
             "--netns", "self"], capture_output=True, text=True)
        equal(done.returncode, 0, done.stderr)
        data = json.loads(done.stdout)
        equal(data["total"]["sockets"], 0)
        equal(data.get("rows", []), [])
        text = subprocess.run(
            ["unshare", "-n", harness.TCPMEM, *args, "--netns", "self"],
            capture_output=True, text=True)
        equal(text.returncode, 0, text.stderr)
        contains(text.stdout, "network namespace self")


if __name__ == "__main__":
    harness.enter_netns()
    fixture = Fixture()
    try:
        # they compare looks, and many of them look for a TIME_WAIT
        harness.main({name: harness.beside_time_wait(case)
                      for name, case in globals().items()
                      if name.startswith("test_")})
    finally:
        fixture.end()

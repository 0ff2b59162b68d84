# SPDX-License-Identifier: LGPL-2.1-or-later
"""test_formats - columns, orders and formats are those of every command

Each command that prints rows takes the same options, and each format has the
same rows in the same order.
"""

import csv
import io
import json
import os
import re
import tempfile

import harness
from harness import contains, equal, run

# keys of JSON beside the columns that tables, --raw and -o know
SHOWN = {
    "by": (["by", "state"], "rows", ["key", "sockets", "held"]),
    "sockets": (["sockets"], "rows", ["state", "local_port", "held"]),
    "diff": (["diff", "--by", "state", "--all"], "rows",
             ["key", "opened", "held_after"]),
    "limits": (["limits"], "limits", ["name", "unit", "value"]),
}


class Fixture:
    """Sockets in three states, with and without memory, saved twice"""

    def __init__(self):
        self.pairs = [harness.connect() for _ in range(3)]
        for size, pair in enumerate(self.pairs):
            pair[1].sendall(b"x" * 1000 * size or b"x")
        harness.leave_time_wait()
        self.folder = tempfile.TemporaryDirectory()
        self.files = [os.path.join(self.folder.name, name)
                      for name in ("before", "after")]
        for path in self.files:
            equal(run("save", path).returncode, 0)
            self.pairs.append(harness.connect())

    def args(self, command):
        """The command about what does not move meanwhile"""
        args, rows, names = SHOWN[command]
        if command == "diff":
            args = [*args[:1], *self.files, *args[1:]]
        elif command != "limits":
            args = [*args, "--from", self.files[0]]
        return args, rows, names


def printed(*args):
    done = run(*args)
    assert done.returncode in (0, 1), (args, done)
    return done.stdout


def heading(name):
    return name.replace("_", "-").upper()


def keys(command, names):
    """JSON's keys of columns, as -H has them"""
    rows = json.loads(run(command, "-H", "-J", scoped=False).stdout)["rows"]
    table = {row["name"]: row["json"] for row in rows}
    return [table[name] for name in names]


def in_json(args, rows):
    return [list(row.values()) for row in
            json.loads(printed(*args, "-J"))[rows]]


def as_text(row):
    return ["-" if value is None else str(value) for value in row]


def check_formats(command, options, names):
    """The same rows in every format, with the columns @names"""
    args, rows, _ = fixture.args(command)
    args = [*args, *options]
    data = json.loads(printed(*args, "-J"))[rows]
    wanted = keys(command, names)
    for row in data:
        equal(list(row), wanted)
    lines = [json.loads(line) for line in
             printed(*args, "--jsonl").splitlines()]
    equal(lines, data, args)

    read = list(csv.reader(io.StringIO(printed(*args, "--csv"))))
    equal(read[0], wanted)
    equal(read[1:], [["" if v is None else str(v) for v in row.values()]
                     for row in data])
    equal(list(csv.reader(io.StringIO(printed(*args, "--csv", "-n")))),
          read[1:])

    raw = printed(*args, "-r").splitlines()
    equal(raw[0].split(" "), [heading(name) for name in names])
    equal([line.split(" ") for line in raw[1:]],
          [as_text(row.values()) for row in data])
    equal(printed(*args, "-r", "-n").splitlines(), raw[1:])

    table = printed(*args, "-b").split("\n\n")[0].splitlines()
    equal(table[0].split(), ["STATE" if name == "key" else heading(name)
                             for name in names])
    table = printed(*args, "-b", "-n").split("\n\n")[0].splitlines()
    got = [line.split() for line in table]
    # the total stands below
    equal(got[:len(data)], [as_text(row.values()) for row in data])


def test_chosen_columns_in_their_order():
    for command, (_, _, names) in SHOWN.items():
        # a stream has no order, and a table that of what is held
        order = ["--sort", "cookie"] if command == "sockets" else []
        check_formats(command, ["-o", ",".join(names[::-1])] + order,
                      names[::-1])
        # names are forgiving, and one twice is one
        upper = ",".join(names + names[:1]).upper().replace("_", "-")
        check_formats(command, ["-o", upper] + order, names)


def test_more_columns_behind_the_usual_ones():
    more = {"by": "rmem", "sockets": "cookie", "diff": "moved",
            "limits": "unit"}
    for command, name in more.items():
        args, rows, _ = fixture.args(command)
        usual = printed(*args, "-r").splitlines()[0].split(" ")
        raw = printed(*args, "-r", "-o", "+" + name).splitlines()
        equal(raw[0].split(" "), usual + [heading(name)])
        # all are there in JSON and CSV already
        args = [*args, "-o", "+" + name]
        equal(list(json.loads(printed(*args, "-J"))[rows][0]),
              list(json.loads(printed(*args[:-2], "-J"))[rows][0]))
        equal(printed(*args, "--csv").splitlines()[0],
              printed(*args[:-2], "--csv").splitlines()[0])


def test_rows_are_in_the_same_order_in_every_format():
    for command, (_, _, names) in SHOWN.items():
        check_formats(command, ["-o", ",".join(names), "--sort",
                                f"-{names[2]},{names[0]}"], names)


def test_orders_are_what_they_say():
    for command, (_, _, names) in SHOWN.items():
        args, rows, _ = fixture.args(command)
        args = [*args, "-o", f"{names[0]},{names[2]}"]
        for sign in ("", "-"):
            got = in_json([*args, "--sort", f"{sign}{names[2]},{names[0]}"],
                          rows)
            known = [row for row in got if row[1] is not None]
            equal(got[:len(known)], known, "unknown is last")
            factor = -1 if sign else 1
            equal(known, sorted(known, key=lambda r: (factor * r[1], r[0])),
                  (command, sign))
            assert len({row[1] for row in known}) > 1, known


def test_limits_keep_the_first_rows():
    for command in SHOWN:
        args, rows, names = fixture.args(command)
        args = [*args, "-o", names[0], "--sort", names[0]]
        whole = in_json(args, rows)
        some = in_json([*args, "--limit", "2"], rows)
        equal(some[:2], whole[:2])
        # what is grouped adds up: the rest is in a row of its own
        more = [["other"]] if command in ("by", "diff") else []
        equal(some[2:], more, command)


def test_wrong_columns_are_named():
    for command, (_, _, names) in SHOWN.items():
        args, _, _ = fixture.args(command)
        for option in ("-o", "--sort"):
            done = run(*args, option, names[0] + "x")
            equal(done.returncode, 2)
            contains(done.stderr, f"'{names[0]}x'")
            contains(done.stderr, f"'{names[0]}'")
            equal(done.stdout, "")


def test_formats_exclude_each_other():
    formats = ["-r", "-J", "--jsonl", "--csv"]
    for command in SHOWN:
        args, _, _ = fixture.args(command)
        for one, other in zip(formats, formats[1:] + formats[:1]):
            done = run(*args, one, other)
            equal(done.returncode, 2)
            assert re.search("exclude each other", done.stderr), done
        printed(*args, "-r", "--raw")


if __name__ == "__main__":
    harness.enter_netns()
    fixture = Fixture()
    try:
        harness.main(globals())
    finally:
        fixture.folder.cleanup()

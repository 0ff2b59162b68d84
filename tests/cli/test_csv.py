# SPDX-License-Identifier: LGPL-2.1-or-later
"""test_csv - what --csv prints is what -J prints, for whoever reads CSV"""

import csv
import io
import json
import os
import re
import socket
import tempfile

import harness
from harness import answer, equal, output, run

EVIL = b'a,b"c\n\\'
EVIL_CSV = 'a,b"c\\x0a\\x5c'


def evil_listener():
    harness.set_comm(EVIL)
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(1)
    return listener


class Fixture:
    def __init__(self):
        self.evil = harness.Child(evil_listener)
        self.pair = harness.connect()
        self.sharers = [harness.Child(lambda: self.pair) for _ in range(4)]
        self.pair[1].sendall(b"x" * 1000)
        harness.leave_time_wait()
        self.folder = tempfile.TemporaryDirectory()
        self.capture = os.path.join(self.folder.name, "capture")
        output("save", self.capture)

    def end(self):
        for child in [self.evil, *self.sharers]:
            child.end()
        self.folder.cleanup()


def as_text(value):
    """What stands in a field for what JSON has"""
    if value is None or value == "":
        return ""
    if isinstance(value, list):
        return ",".join(f"{h['comm']}[{h['pid']}]" for h in value)
    return str(value)


def escaped(text):
    return re.sub(r"[\x00-\x1f\\]", lambda c: f"\\x{ord(c[0]):02x}", text)


def check(rows, *args, **how):
    """Each row of JSON is one of CSV, key by key"""
    text = run(*args, "--csv", **how).stdout
    read = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    equal(read[0], list(rows[0]), args)
    equal(len(read) - 1, len(rows), args)
    for got, row in zip(read[1:], rows):
        for key, field in zip(read[0], got):
            value = row[key]
            if isinstance(value, float):
                equal(float(field), value, (args, key))
            else:
                equal(field, escaped(as_text(value)), (args, key))


def test_csv_has_what_json_has():
    frozen = ["--from", fixture.capture]
    for args in (["by", "process"], ["by", "state,process"], ["sockets"],
                 ["by", "process", "--limit", "1"],
                 ["sockets", "--sort", "-held"],
                 ["sockets", "-o", "state,holders,timer,rtt"]):
        check(answer(*args, *frozen)["rows"], *args, *frozen)
    two = ["diff", fixture.capture, fixture.capture, "--all"]
    done = run(*two, "-J")
    equal(done.returncode, 0, done.stderr)
    check(json.loads(done.stdout)["rows"], *two)
    # the rest of the host goes on meanwhile: what it uses may change
    args = ["limits", "-o", "name,scope,unit,value,text,gone"]
    check(answer(*args)["limits"], *args)


def test_names_are_quoted():
    line = [line for line in output("by", "process", "--csv", "-n", "-o",
                                    "pid,comm").splitlines()
            if line.startswith(f"{fixture.evil.pid},")]
    equal(line, [f'{fixture.evil.pid},"a,b""c\\x0a\\x5c"'])
    for row in csv.DictReader(io.StringIO(output("by", "process", "--csv"))):
        if row["pid"] == str(fixture.evil.pid):
            equal(row["comm"], EVIL_CSV)


def test_unknown_is_empty_and_empty_is_quoted():
    text = output("sockets", "--csv", "-n", "-o", "uid,holders,rmem",
                  "--state", "time-wait", "--from", fixture.capture)
    equal(set(text.splitlines()), {',"",'})


def test_it_is_told_from_other_formats():
    for other in ("-J", "--jsonl", "-r"):
        done = run("sockets", "--csv", other)
        equal(done.returncode, 2)
        assert "exclude each other" in done.stderr, done.stderr


def test_the_columns_of_columns():
    for command in ("by", "sockets", "diff", "limits"):
        rows = json.loads(output(command, "-H", "-J"))["rows"]
        check(rows, command, "-H")


if __name__ == "__main__":
    harness.enter_netns()
    fixture = Fixture()
    try:
        harness.main(globals())
    finally:
        fixture.end()

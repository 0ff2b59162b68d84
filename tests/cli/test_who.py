# SPDX-License-Identifier: LGPL-2.1-or-later
"""test_who - which process it is: command line, parent, RSS, files"""

import fcntl
import json
import os
import struct
import subprocess
import sys
import tempfile
import termios

import harness
from harness import answer, contains, equal, output, run

HOLD = ("import socket, sys\n"
        "keep = socket.socket()\n"
        "keep.bind(('127.0.0.1', 0))\n"
        "keep.listen(8)\n"
        "print('ready', flush=True)\n"
        "sys.stdin.read()\n")
# What a terminal would obey, and what is no text
HOSTILE = b"a\x1b]0;owned\x07b\nc\xff"
ESCAPED = "a\\x1b]0;owned\\x07b\\x0ac\\xff"


class Holder:
    """A process with a listener and these arguments, while it is used"""

    def __init__(self, *args):
        self.args = [sys.executable, "-c", HOLD, *args]

    def __enter__(self):
        self.process = subprocess.Popen(self.args, stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE)
        equal(self.process.stdout.readline(), b"ready\n")
        self.pid = self.process.pid
        return self

    def __exit__(self, *error):
        self.process.communicate()


def cmdline(pid):
    """The kernel's word for it, as tcpmem.1 says it is shown"""
    with open(f"/proc/{pid}/cmdline", "rb") as file:
        return file.read().rstrip(b"\0 ").replace(b"\0", b" ")[:1023]


def on_terminal(width, *args):
    """The lines that a terminal of that width gets"""
    master, slave = os.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ,
                struct.pack("HHHH", 24, width, 0, 0))
    done = run(*args, stdout=slave, env={"NO_COLOR": "1"})
    os.close(slave)
    equal(done.returncode, 0, done.stderr)
    text = os.read(master, 1 << 16).decode()
    os.close(master)
    return text.splitlines()


def row_of(pid, rows):
    return next(row for row in rows if row["pid"] == pid)


def test_processes_of_one_name_are_told_apart_by_their_arguments():
    with Holder("--role", "blue") as blue, Holder("--role", "red") as red:
        by = {row["key"]: row["sockets"]
              for row in answer("by", "cmdline")["rows"]}
        for holder in blue, red:
            equal(by[cmdline(holder.pid).decode()], 1)
        words = 'cmdline ~ "*--role blue"'
        rows = answer("sockets", words)["rows"]
        equal([row["holders"][0]["pid"] for row in rows], [blue.pid])
        rows = answer("sockets", f"ppid = {os.getpid()}")["rows"]
        equal({row["holders"][0]["pid"] for row in rows},
              {blue.pid, red.pid})
        by = {row["key"]: row["sockets"]
              for row in answer("by", "ppid")["rows"]}
        equal(by[str(os.getpid())], 2)


def test_columns_say_what_the_kernel_says():
    columns = "+cmdline,ppid,rss,fds"
    with Holder("one") as one:
        fds = len(os.listdir(f"/proc/{one.pid}/fd"))
        with open(f"/proc/{one.pid}/statm") as statm:
            rss = int(statm.read().split()[1]) * os.sysconf("SC_PAGESIZE")
        for row in (
                row_of(one.pid, answer("by", "process", "-o",
                                       columns)["rows"]),
                answer("sockets", f"pid = {one.pid}", "-o",
                       columns)["rows"][0]):
            equal(row["cmdline"], cmdline(one.pid).decode())
            equal(row["ppid"], os.getpid())
            equal(row["fds"], fds)
            # each CPU keeps some pages back
            assert abs(row["rss_bytes"] - rss) < 4 << 20, (row, rss)


def test_a_capture_keeps_them():
    with tempfile.TemporaryDirectory() as dir, Holder("kept") as kept:
        file = dir + "/capture"
        output("save", file)
        live = answer("by", "process", "-o", "+cmdline,ppid,rss,fds")
        saved = answer("by", "process", "-o", "+cmdline,ppid,rss,fds",
                       "--from", file)
        equal(row_of(kept.pid, saved["rows"]), row_of(kept.pid, live["rows"]))


def test_a_hostile_command_line_is_escaped_and_cut():
    with Holder(HOSTILE) as hostile:
        pid = f"pid = {hostile.pid}"
        text = output("by", "cmdline", pid)
        contains(text, ESCAPED)
        assert "\x1b" not in text and "\x07" not in text, repr(text)
        json.loads(run("by", "cmdline", pid, "-J").stdout)
    with Holder("x" * 5000) as long:
        by = answer("by", "cmdline", f"pid = {long.pid}")["rows"]
        equal(by[0]["key"], cmdline(long.pid).decode()[:254])
        lines = on_terminal(40, "sockets", f"pid = {long.pid}", "-o",
                            "rss,cmdline")
        contains(lines[1], "-c import socket")
        assert len(lines[1]) <= 40, lines


harness.enter_netns()
harness.main(globals())

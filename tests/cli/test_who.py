# SPDX-License-Identifier: LGPL-2.1-or-later
"""test_who - which process it is: command line, parent, RSS, files"""

import datetime
import fcntl
import json
import os
import pwd
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import termios
import time

import harness
from harness import Child, answer, contains, equal, output, run

# of what was sent, and each socket is in one
SENT = "zero-window", "retransmitting", "undelivered"

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
    return harness.read_terminal(master).splitlines()


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
        rows = [row_of(kept.pid, found["rows"]) for found in (saved, live)]
        # hooks that others attach and detach are in the socket's optmem
        for row in rows:
            for name in ("optmem", "buffer", "held", "held_per_socket",
                         "reach"):
                del row[name + "_bytes"]
        equal(*rows)


def test_a_hostile_command_line_is_escaped_and_cut():
    with Holder(HOSTILE) as hostile:
        pid = f"pid = {hostile.pid}"
        text = output("by", "cmdline", pid)
        contains(text, ESCAPED)
        assert "\x1b" not in text and "\x07" not in text, repr(text)
        json.loads(run("by", "cmdline", pid, "-J").stdout)
    with Holder("x" * 5000) as long:
        by = answer("by", "cmdline", f"pid = {long.pid}")["rows"]
        equal(by[0]["key"], cmdline(long.pid).decode())
        lines = on_terminal(40, "sockets", f"pid = {long.pid}", "-o",
                            "rss,cmdline")
        contains(lines[1], "-c import socket")
        assert len(lines[1]) <= 40, lines


def test_what_begins_alike_is_told_apart():
    alike = "x" * 600
    with tempfile.TemporaryDirectory() as dir, \
            Holder(alike, "one") as one, Holder(alike, "two") as two:
        words = f"ppid = {os.getpid()}"
        rows = answer("by", "cmdline", words)["rows"]
        equal({row["key"] for row in rows},
              {cmdline(each.pid).decode() for each in (one, two)})
        output("save", dir + "/before")
        with Holder(alike, "two"), Holder(alike, "two"):
            output("save", dir + "/after")
        diff = json.loads(run("diff", dir + "/before", dir + "/after", "--by",
                              "cmdline", "--filter", words, "-J").stdout)
        # hooks of others may change what "one" holds, nothing else of it
        equal({(row["key"].rsplit()[-1] if row["opened"] else "other",
                row["sockets_before"], row["sockets_after"])
               for row in diff["rows"]},
              {("other", 1, 1), ("two", 1, 3)}, diff["rows"])


def explain(*args):
    """Return: the processes, and the sums of several, by name"""
    data = answer("explain", *args)
    return data["processes"], {g["name"]: g for g in data["groups"]}


def test_explain_says_who_it_is():
    with Holder("--role", "blue") as blue:
        (process,), groups = explain(str(blue.pid))
        equal(groups, {})
        equal(process["cmdline"], cmdline(blue.pid).decode())
        equal(process["program"], os.path.realpath(f"/proc/{blue.pid}/exe"))
        equal(process["user"], pwd.getpwuid(os.geteuid()).pw_name)
        equal(process["ppid"], os.getpid())
        equal(process["parent"], harness.comm())
        started = datetime.datetime.strptime(process["started"],
                                             "%Y-%m-%dT%H:%M:%S.%fZ")
        age = datetime.datetime.utcnow() - started
        assert abs(age.total_seconds()) < 3600, process["started"]
        text = output("explain", str(blue.pid))
        contains(text, f"parent           {harness.comm()}[{os.getpid()}]")
    with Holder(HOSTILE) as hostile:
        contains(output("explain", str(hostile.pid)), ESCAPED)


TITLE = "postgres: alice shop 10.9.0.2(45678) SELECT"
# explain takes all processes of the host that have the name
BACKEND = f"who-{os.getpid()}"
# Goes on under another title, with the connection that it was given
EXEC = ("import ctypes, signal\n"
        f"ctypes.CDLL(None).prctl(15, b'{BACKEND}', 0, 0, 0)\n"
        "while True: signal.pause()\n")


def fill(sock):
    sock.setblocking(False)
    try:
        while sock.send(b"x" * 65536):
            pass
    except BlockingIOError:
        pass


def await_comm(pid, name):
    deadline = time.monotonic() + harness.patience(60)
    while True:
        with open(f"/proc/{pid}/comm") as comm:
            if comm.read() == name + "\n":
                return
        assert time.monotonic() < deadline
        time.sleep(0.005)


class Backends:
    """A server of many processes, one of which waits for its client"""

    def __init__(self, count):
        self.count = count

    def __enter__(self):
        listener = socket.socket()
        listener.bind(("127.0.0.1", 0))
        listener.listen(self.count)
        self.clients, self.children = [], []
        for i in range(self.count):
            client = socket.create_connection(listener.getsockname())
            server, _ = listener.accept()
            self.clients.append(client)
            self.children.append(Child(lambda s=server, i=i: self.serve(s, i)))
            server.close()
        listener.close()
        return self

    def serve(self, server, number):
        for client in self.clients:
            client.close()
        harness.set_comm(BACKEND.encode())
        if number != self.count // 2:
            return server
        fill(server)
        os.set_inheritable(server.fileno(), True)
        if os.fork() == 0:
            os.execv(sys.executable, [TITLE, "-c", EXEC])
        server.close()
        return True

    def __exit__(self, *error):
        for client in self.clients:
            client.close()
        for child in self.children:
            child.end()


def test_many_processes_are_a_sum_of_60_lines_at_most():
    with Backends(206) as backends:
        busy = backends.children[103].pid
        with open(f"/proc/{busy}/task/{busy}/children") as children:
            waits = int(children.read())
        try:
            await_comm(waits, BACKEND)
            lines = output("explain", BACKEND).splitlines()
            processes, groups = explain(BACKEND)
        finally:
            os.kill(waits, signal.SIGKILL)
    assert len(lines) <= 60, "\n".join(lines)
    contains(lines[0], f"{BACKEND}: 207 processes")
    first = next(lines[i + 2] for i, line in enumerate(lines)
                 if line.startswith("By process"))
    assert first.split()[0] == str(waits) and TITLE in first, first
    # a full loopback shuts the window, or loses what went over it
    equal(sum(any(code in line for code in SENT) for line in lines), 1)
    group = groups[BACKEND]
    equal((len(processes), group["process_count"]), (207, 207))
    equal(group["worst"][0], waits)
    for key in ("held_bytes", "sockets", "wmem_queued_bytes"):
        equal(group["tcp"][key], sum(p["tcp"][key] for p in processes), key)
    equal(group["memory"]["rss_bytes"],
          sum(p["memory"]["rss_bytes"] for p in processes))


def test_several_and_those_that_have_ended():
    with Holder("one") as one, Holder("two") as two:
        done = subprocess.Popen(["true"])
        done.wait()
        pids = [str(one.pid), str(two.pid)]
        processes, groups = explain(*pids)
        equal([str(p["pid"]) for p in processes], pids)
        equal(groups, {})
        both = run("explain", pids[0], str(done.pid), "-J")
        equal(both.returncode, 1)
        contains(both.stderr, f"no process {done.pid}")
        equal([p["pid"] for p in json.loads(both.stdout)["processes"]],
              [one.pid])


def test_a_program_is_explained_by_its_executable():
    with tempfile.TemporaryDirectory() as dir:
        program = os.path.join(dir, "a-program-of-the-test")
        shutil.copy("/bin/sleep", program)
        child = subprocess.Popen([program, "1000"])
        try:
            for name in program, os.path.basename(program):
                processes, _ = explain(name)
                equal([p["pid"] for p in processes], [child.pid], name)
        finally:
            child.kill()
            child.wait()


def test_a_capture_is_explained_as_far_as_it_goes():
    with tempfile.TemporaryDirectory() as dir, Holder("saved") as saved:
        file = dir + "/capture"
        output("save", file, "--info")
        (live,), _ = explain(str(saved.pid))
        (process,), _ = explain(str(saved.pid), "--from", file)
        # hooks that others attach and detach are in the socket's optmem
        for explained in process, live:
            for name in "optmem", "buffer", "held", "reach":
                del explained["tcp"][name + "_bytes"]
        for key in ("pid", "comm", "cmdline", "program", "user", "unit",
                    "container", "started", "ppid", "cgroup", "tcp"):
            equal(process[key], live[key], key)
        equal(process["memory"]["fds"], live["memory"]["fds"])
        equal(process["memory"]["pss_bytes"], None)
        contains(output("explain", str(saved.pid), "--from", file),
                 "(capture)")
        done = run("explain", "20226000", "--from", file)
        equal(done.returncode, 1)
        contains(done.stderr, "no process 20226000")


harness.enter_netns()
harness.main(globals())

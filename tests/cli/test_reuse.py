# SPDX-License-Identifier: LGPL-2.1-or-later
"""test_reuse - a pid that is used again is another process"""

import ctypes
import json
import os
import signal
import socket
import sqlite3
import subprocess
import tempfile
import time
import traceback

import harness
from harness import Skip, contains, equal, patience, run
from recorder import Recorder

libc = ctypes.CDLL(None, use_errno=True)

CLONE_NEWNS = 0x00020000
CLONE_NEWPID = 0x20000000
MS_PRIVATE_ALL = 0x40000 | 0x4000
PID = 500


def call(name, *args):
    if getattr(libc, name)(*args):
        raise Skip("%s: %s" % (name, os.strerror(ctypes.get_errno())))


def report(said, function):
    try:
        function()
        text = "passed"
    except Skip as why:
        text = f"skip {why}"
    except BaseException:
        text = traceback.format_exc()
    os.write(said, text.encode())
    os._exit(0)


def among_few(function):
    """Runs it as the first process of a PID namespace, with a /proc"""
    results, said = os.pipe()

    def begin():
        call("mount", None, b"/", None, MS_PRIVATE_ALL, None)
        call("mount", b"proc", b"/proc", b"proc", 0, None)
        function()

    def enter():
        call("unshare", CLONE_NEWPID | CLONE_NEWNS)
        pid = os.fork()
        if pid == 0:
            report(said, begin)
        os.waitpid(pid, 0)
        os._exit(0)

    pid = os.fork()
    if pid == 0:
        report(said, enter)
    os.close(said)
    with os.fdopen(results) as file:
        text = file.read()
    os.waitpid(pid, 0)
    if text.startswith("skip "):
        raise Skip(text[5:])
    equal(text, "passed")


class Server:
    """Process PID, with so many listeners"""

    def __init__(self, listeners):
        for _ in range(20):  # a thread of the command's may be quicker
            pid = self.start(listeners)
            if pid == PID:
                return
            end(pid)
        raise AssertionError(f"20 times others took the pid {PID}")

    @staticmethod
    def start(listeners):
        """Return: the pid that it got"""
        try:
            with open("/proc/sys/kernel/ns_last_pid", "w") as file:
                file.write(str(PID - 1))
        except OSError as why:
            raise Skip(f"ns_last_pid: {why}")
        ready, tell = os.pipe()
        pid = os.fork()
        if pid == 0:
            harness.set_comm(b"server")
            kept = [socket.create_server(("127.0.0.1", 0))
                    for _ in range(listeners)]
            os.write(tell, b".")
            while kept:
                signal.pause()
        equal(os.read(ready, 1), b".")
        os.close(ready)
        os.close(tell)
        return pid


def end(pid=PID):
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)


def rows(text):
    return [(row["key"], row["sockets_before"], row["sockets_after"])
            for row in json.loads(text)["rows"]]


def follow():
    """explain --every: "a process that ends meanwhile is said" """
    Server(2)
    process = subprocess.Popen(
        [harness.TCPMEM, "explain", str(PID), "--every", "100ms", "--for",
         "600s", "--netns", "self"], text=True, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, env=dict(os.environ, LC_ALL="C.UTF-8"))
    seen = [process.stdout.readline() for _ in range(3)]
    end()
    Server(9)
    try:
        out, err = process.communicate(timeout=patience(60))
    finally:
        process.kill()
    equal(process.returncode, 0, err)
    contains("".join(seen), "TIME ")
    contains(out, "The process has ended meanwhile")
    end()


def compare():
    with tempfile.TemporaryDirectory() as folder:
        pages = [os.path.join(folder, name) for name in ("1", "2")]
        for listeners, page in zip((2, 9), pages):
            Server(listeners)
            equal(run("save", page, "--netns", "self").returncode, 0)
            end()
            time.sleep(0.05)  # starts are told in hundredths of a second
        key = f"server[{PID}]"
        done = run("diff", *pages, "--by", "process", "-J")
        equal(sorted(rows(done.stdout)), [(key, 0, 9), (key, 2, 0)])
        made = os.path.join(folder, "page")
        done = run("report", *pages, "-o", made)
        equal(done.returncode, 0, done.stderr)
        with open(made, encoding="utf-8") as file:
            text = file.read()
    table = text.partition(">Who held it<")[2].partition("</table>")[0]
    equal(table.count(f"<td>{key}</td>"), 2, table)


def peaks(words):
    rows = harness.answer("history", "process", *words)["rows"]
    return sorted((row["sockets_peak"], row["sockets"]) for row in rows
                  if row["key"] == f"server[{PID}]")


def exported(store, path):
    done = run("history", "--from", store, "--sqlite", path)
    equal(done.returncode, 0, done.stderr)
    with sqlite3.connect(path) as db:
        found = db.execute(
            "SELECT sockets_peak, start FROM names WHERE name = ?",
            [f"server[{PID}]"]).fetchall()
    db.close()
    return sorted(found)


def remember():
    with tempfile.TemporaryDirectory() as folder:
        store = os.path.join(folder, "store")
        recorder = Recorder(store, "--every", "10ms")
        Server(2)
        recorder.await_looks(len(recorder.looks()) + 2)
        end()
        time.sleep(0.05)  # starts are told in hundredths of a second
        Server(9)
        recorder.await_looks(len(recorder.looks()) + 2)
        recorder.end()  # a look after it had ended would tell of none
        end()
        piece = os.path.join(folder, "piece")
        done = run("store", "cut", piece, "--from", store)
        equal(done.returncode, 0, done.stderr)
        for where in store, piece:
            for words in (), ("held >= 0",):
                equal(peaks([*words, "--from", where]), [(2, 0), (9, 9)])
            done = run("store", "verify", "--from", where)
            contains(done.stdout, " 0 damaged")
        (few, one), (many, other) = exported(store, os.path.join(folder, "db"))
        equal((few, many), (2, 9))
        assert one < other, (one, other)
        # and what is left of them after a day, and after a week
        for tier in "look-", "minute-":
            for name in os.listdir(piece):
                if name.startswith(tier):
                    os.unlink(os.path.join(piece, name))
            equal(peaks(["--from", piece]), [(2, 2), (9, 9)])
            contains(run("store", "verify", "--from", piece).stdout,
                     " 0 damaged")
        # whose process it was is under a seal, too
        name, = (name for name in os.listdir(piece) if name != "lock")
        with sqlite3.connect(os.path.join(piece, name)) as db:
            db.execute("UPDATE names SET start = start + 1")
        db.close()
        equal(run("store", "verify", "--from", piece).returncode, 1)


def test_explain_follows_no_other_process():
    among_few(follow)


def test_diff_and_report_tell_two_processes_apart():
    among_few(compare)


def test_a_store_tells_two_processes_apart():
    if run("record", "--help", scoped=False).returncode:
        raise Skip("built without stores")
    among_few(remember)


if os.geteuid() != 0:
    harness.skip_all("only root makes PID namespaces")
harness.enter_netns()
harness.main(globals())

# SPDX-License-Identifier: LGPL-2.1-or-later
"""test_record - the flight recorder: what was stored is answered as it was"""

import os
import signal
import socket
import sqlite3
import subprocess
import tempfile
import time

import harness
from harness import connect, contains, equal, output, patience, run

harness.enter_netns()


def wait(what, condition):
    deadline = time.monotonic() + patience(60)
    while not condition():
        assert time.monotonic() < deadline, "no " + what
        time.sleep(0.02)


class Recorder:
    """tcpmem record, with a store of its own"""

    def __init__(self, store=None, *args, **how):
        self.kept = None if store else tempfile.TemporaryDirectory()
        self.store = store or os.path.join(self.kept.name, "store")
        self.process = subprocess.Popen(
            [harness.TCPMEM, "record", "--netns", "self", "--store",
             self.store, "--keep-free", "1", *args],
            stderr=subprocess.PIPE, encoding="utf-8", **how)

    def files(self, begin="look-", end=".db"):
        if not os.path.isdir(self.store):
            return []
        return sorted(name for name in os.listdir(self.store)
                      if name.startswith(begin) and name.endswith(end))

    def looks(self):
        """Times of all looks, each of which somebody else's reader sees"""
        found = []
        for name in self.files():
            uri = f"file:{self.store}/{name}?mode=ro"
            with sqlite3.connect(uri, uri=True) as db:
                found += db.execute("SELECT time FROM looks").fetchall()
            db.close()
        return [time for time, in found]

    def await_looks(self, count):
        wait(f"{count} looks", lambda: len(self.looks()) >= count)

    def mark(self, text):
        """Return: the capture that the mark made, and its moment"""
        before = self.files("capture-", ".tcpmem")
        output("mark", text, "--store", self.store)
        wait("capture", lambda: self.files("capture-", ".tcpmem") != before)
        name = self.files("capture-", ".tcpmem")[-1]
        stamp = name[len("capture-"):-len(".tcpmem")]
        date, clock = stamp.split("T")
        moment = (f"{date[:4]}-{date[4:6]}-{date[6:]}T"
                  f"{clock[:2]}:{clock[2:4]}:{clock[4:]}")
        return os.path.join(self.store, name), moment

    def end(self, how=signal.SIGTERM):
        self.process.send_signal(how)
        said = self.process.communicate(timeout=patience(60))[1]
        return self.process.returncode, said


def every_answer():
    """What can be asked of a capture"""
    pid = str(os.getpid())
    yield from (("summary",), ("limits",), ("blame",), ("explain", pid),
                ("sockets", "-J"), ("by", "process,peer,state", "--csv"))


def compare(store, moment, capture):
    for words in every_answer():
        replay = run(*words, "--from", store, "--at", moment)
        live = run(*words, "--from", capture)
        equal(replay.stdout, live.stdout, " ".join(words))
        equal(replay.returncode, live.returncode, " ".join(words))
        # messages name what was read
        equal(replay.stderr.replace(store, ""),
              live.stderr.replace(capture, ""), " ".join(words))


def test_a_stored_look_answers_as_the_capture_of_the_same_look():
    recorder = Recorder(None, "--every", "100ms")
    ends = [connect() for _ in range(20)]
    recorder.await_looks(3)
    first = recorder.mark("twenty connections")
    for listener, client, server in ends[:10]:
        client.send(b"x" * 5000)
        server.close()
    ends += [connect(socket.AF_INET6, "::1") for _ in range(5)]
    recorder.await_looks(len(recorder.looks()) + 12)
    second = recorder.mark("ten of them closed")
    equal(recorder.end()[0], 0)
    for capture, moment in (first, second):
        compare(recorder.store, moment, capture)


def test_diff_compares_two_moments_of_a_store():
    recorder = Recorder(None, "--every", "100ms")
    recorder.await_looks(2)
    _, before = recorder.mark("before")
    ends = [connect() for _ in range(7)]
    _, after = recorder.mark("after")
    recorder.end()
    done = run("diff", "--from", recorder.store, before, after, "-J")
    equal(done.returncode, 1, done.stderr)
    contains(done.stdout, '"opened": 21')
    del ends


def test_killed_it_loses_the_last_look_at_most():
    recorder = Recorder(None, "--every", "50ms")
    recorder.await_looks(3)
    seen = recorder.looks()
    recorder.end(signal.SIGKILL)
    equal(recorder.looks()[:len(seen)], seen)
    output("by", "state", "--from", recorder.store)
    # the next one begins another file
    again = Recorder(recorder.store, "--every", "50ms")
    again.await_looks(len(seen) + 2)
    again.end()
    assert len(again.files()) == 2, again.files()


def test_a_second_recorder_is_told_who_writes():
    recorder = Recorder(None, "--every", "1s")
    recorder.await_looks(1)
    done = run("record", "--store", recorder.store)
    equal(done.returncode, 1)
    contains(done.stderr, f"pid {recorder.process.pid})")
    equal(recorder.end()[0], 0)


def test_what_is_no_store_is_refused():
    with tempfile.TemporaryDirectory() as store:
        done = run("summary", "--from", store)
        equal(done.returncode, 1)
        contains(done.stderr, "no look is so old")
        path = os.path.join(store, "look-20260101T000000.000Z.db")
        for content in (b"", b"no database", b"SQLite format 3\0" + 84 * b"x"):
            with open(path, "wb") as file:
                file.write(content)
            done = run("summary", "--from", store)
            equal(done.returncode, 1, content)
            contains(done.stderr, "look-20260101T000000.000Z.db: ")
        os.unlink(path)
        # a view that has the name of our table would run what it likes
        with sqlite3.connect(path) as db:
            db.executescript(
                "PRAGMA application_id = 1413696851; PRAGMA user_version = 1;"
                "CREATE VIEW looks AS WITH RECURSIVE n(time) AS (SELECT 1 "
                "UNION ALL SELECT time + 1 FROM n) SELECT * FROM n;")
        db.close()
        done = run("summary", "--from", store)
        equal(done.returncode, 1)
        contains(done.stderr, "its tables are not those of a store")


harness.main(globals())

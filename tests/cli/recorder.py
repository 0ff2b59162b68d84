# SPDX-License-Identifier: LGPL-2.1-or-later
"""recorder - tcpmem record, started by a test, and its store as others see it"""

import os
import signal
import sqlite3
import subprocess
import tempfile
import time

import harness
from harness import output, patience


def stamp(ms):
    """RFC 3339"""
    return (time.strftime("%FT%T", time.gmtime(ms // 1000)) +
            ".%03dZ" % (ms % 1000))


def wait(what, condition):
    deadline = time.monotonic() + patience(60)
    while not condition():
        assert time.monotonic() < deadline, "no " + what
        time.sleep(0.02)


def stay_in_the_hour():
    """A recorder begins another file with each hour; cases count files"""
    left = 3600 - time.time() % 3600
    if left < 90:
        time.sleep(left + 1)


class Recorder:
    """tcpmem record, with a store of its own"""

    def __init__(self, store=None, *args, before=(), **how):
        self.kept = None if store else tempfile.TemporaryDirectory()
        self.store = store or os.path.join(self.kept.name, "store")
        if not os.path.exists(self.store):  # a second one is where it was
            stay_in_the_hour()
        self.process = subprocess.Popen(
            [*before, harness.TCPMEM, "record", "--netns", "self", "--store",
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
        # each has its time: a recorder takes a tenth of a CPU at most
        for number in range(len(self.looks()) + 1, count + 1):
            wait(f"{number} looks", lambda: len(self.looks()) >= number)

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

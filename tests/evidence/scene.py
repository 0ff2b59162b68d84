# SPDX-License-Identifier: LGPL-2.1-or-later
"""scene.py - a namespace with actors, and what has to be said of each"""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time

import harness
from leaks import LIBC, Actors

PR_SET_PDEATHSIG = 1

# What is said of who writes to a slow reader, whose fault it is not: a full
# loopback shuts the window, or loses what went over it.
WAITS = "zero-window|retransmitting"
VICTIM = {WAITS}, {"sndbuf-max"}
DEAF = {"unread"}, {"rcvbuf-max"}
INNOCENT = set(), set()


class Scene:
    """Processes and files that are gone when it is over"""

    def __init__(self):
        self.home = tempfile.mkdtemp()
        os.chmod(self.home, 0o755)
        self.actors = Actors()
        self.children = []
        self.undo = []
        self.roles = {}  # name -> pid, what must be said, what may be

    def role(self, name, pid, expected):
        self.roles[name] = pid, *expected

    def fork(self, name, work, *args):
        self.actors.start(name, work, *args)
        return self.actors.pids[-1]

    def run(self, *command, **how):
        child = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, cwd=self.home, start_new_session=True,
            preexec_fn=lambda: LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL),
            **how)
        self.children.append(child)
        return child.pid

    def write(self, name, text):
        path = os.path.join(self.home, name)
        with open(path, "w") as file:
            file.write(text)
        return path

    def end(self):
        for undo in self.undo:
            undo()
        self.actors.end()
        for child in self.children:
            try:
                os.killpg(child.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            child.wait()
        shutil.rmtree(self.home, ignore_errors=True)


def await_port(port):
    deadline = time.monotonic() + harness.patience(60)
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port))
        except ConnectionRefusedError:
            assert time.monotonic() < deadline, f"nobody listens on {port}"
            time.sleep(0.05)


def children_of(pid, count=1):
    """Once there are so many: a server may listen before it forks"""
    deadline = time.monotonic() + harness.patience(20)
    while True:
        with open(f"/proc/{pid}/task/{pid}/children") as file:
            children = [int(child) for child in file.read().split()]
        if len(children) >= count or time.monotonic() > deadline:
            return children
        time.sleep(0.02)


def read_all(listener, size=1 << 20, pause=0.0):
    server, _ = listener.accept()
    while server.recv(size):
        time.sleep(pause)


def read_nothing(listener):
    kept = listener.accept()
    while kept:
        signal.pause()


def feed(address):
    with socket.create_connection(address) as client:
        while True:
            client.sendall(b"x" * (1 << 20))


def ask(port, request):
    """Asks once, and reads none of the answer"""
    client = socket.create_connection(("127.0.0.1", port))
    client.sendall(request)
    while True:
        signal.pause()

# SPDX-License-Identifier: LGPL-2.1-or-later
"""test_memory - what streams needs no more memory for more sockets

The second argument is the program "peak".
"""

import os
import resource
import socket
import subprocess
import sys

import harness
from harness import equal

PEAK = sys.argv[2]
CHILDREN = 6
SOCKETS = 4000  # of each child, besides its listener
# Keeping a socket takes 128 bytes: so much for those of all but one child.
KEPT_KIB = (CHILDREN - 1) * SOCKETS * 128 // 1024
# What differs between the least of some runs: pages of libraries.
NOISE_KIB = KEPT_KIB // 3
RUNS = 5


def hold_connections():
    """A listener, and both ends of the connections to it"""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(128)
    held = []
    for _ in range(SOCKETS // 2):
        client = socket.socket()
        client.connect(listener.getsockname())
        held += [client, listener.accept()[0]]
    return listener, held


def one_peak_kib(args):
    args = harness.in_scope(args)
    done = subprocess.run([PEAK, harness.TCPMEM, *args], text=True,
                          stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    equal(done.returncode, 0, done.stderr)
    return int(done.stderr.splitlines()[-1])


def peak_kib(args):
    """The least of some runs: what else is in memory only ever adds"""
    return min(one_peak_kib(args) for _ in range(RUNS))


STREAMED = {
    "summary": ["summary", "--no-processes"],
    "summary in JSON": ["summary", "--no-processes", "-J"],
    "sockets by lines": ["sockets", "--jsonl", "-o", "state,held"],
    "sockets in JSON": ["sockets", "-J", "-o", "state,local,held"],
    "sockets raw": ["sockets", "-r", "-o", "state,local,held"],
}
KEPT = ["sockets", "-J", "-o", "state,held", "--sort", "held"]


def test_the_measure_sees_what_is_kept():
    growth = peak_kib(KEPT) - few["kept"]
    assert growth > KEPT_KIB - NOISE_KIB, growth


def test_streams_keep_nothing():
    for name, args in STREAMED.items():
        growth = peak_kib(args) - few[name]
        assert growth < NOISE_KIB, (name, growth)


def test_nothing_is_missing():
    equal(harness.answer("summary", "--no-processes")["total"]["sockets"],
          CHILDREN * (SOCKETS + 1))


def raise_fd_limit(needed):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < needed:
        harness.skip_all(f"{needed} fds a process are needed, not {hard}")
    if soft != resource.RLIM_INFINITY and soft < needed:
        resource.setrlimit(resource.RLIMIT_NOFILE, (needed, hard))


if __name__ == "__main__":
    harness.enter_netns()
    raise_fd_limit(SOCKETS + 100)
    children = []
    try:
        children.append(harness.Child(hold_connections))
        # buffers and the like are there for one socket as for all
        few = {name: peak_kib(args) for name, args in STREAMED.items()}
        few["kept"] = peak_kib(KEPT)
        for _ in range(CHILDREN - 1):
            children.append(harness.Child(hold_connections))
        harness.main(globals())
    finally:
        for child in children:
            child.end()

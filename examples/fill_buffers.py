#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""fill_buffers - TCP memory grows by hundreds of megabytes, RSS does not

	fill_buffers.py TCPMEM [MIB]

Connects to itself, sends what it never reads, and prints before and after what
the kernel says of its RSS and what tcpmem says that it holds.
"""

import json
import os
import resource
import socket
import subprocess
import sys

TCPMEM = sys.argv[1]
GOAL = int(sys.argv[2] if len(sys.argv) > 2 else 400) << 20
BLOCK = b"x" * 65536


def rss():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def held():
    text = subprocess.run([TCPMEM, "explain", str(os.getpid()), "--netns",
                           "self", "-J"], check=True,
                          stdout=subprocess.PIPE).stdout
    return json.loads(text)["processes"][0]["tcp"]["held_bytes"]


def show(when, memory):
    print(f"{when:7}  RSS {memory[0] / 2**20:6.1f} MiB   "
          f"TCP memory held {memory[1] / 2**20:6.1f} MiB", flush=True)


def connect(listener, kept):
    client = socket.create_connection(listener.getsockname())
    kept += [client, listener.accept()[0]]
    client.setblocking(False)
    return client


def fill(sock):
    """Return: bytes that were sent before the queues were full"""
    sent = 0
    try:
        while True:
            sent += sock.send(BLOCK)
    except BlockingIOError:
        return sent


def main():
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(16)
    kept = []
    fill(connect(listener, kept))
    held()  # what asking takes is taken by now
    before = rss(), held()
    show("before", before)
    sent = 0
    while sent < GOAL:
        sent += fill(connect(listener, kept))
    after = rss(), held()
    show("after", after)
    show("more", (after[0] - before[0], after[1] - before[1]))


if __name__ == "__main__":
    main()

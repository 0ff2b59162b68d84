# SPDX-License-Identifier: LGPL-2.1-or-later
"""hold - connections between 40 processes, saved as a capture

	hold.py TCPMEM SOCKETS CAPTURE

Needs a network namespace of its own.
"""

import os
import socket
import subprocess
import sys

PROCESSES = 40


def connect(count, listener, ends):
    for _ in range(count):
        ends.append(socket.create_connection(listener.getsockname()))
        ends.append(listener.accept()[0])


def hold(count, wake, done):
    """A process: half of its sockets are clients, half are servers"""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(64)
    ends = []
    connect(count, listener, ends)
    os.write(done, b"x")
    os.close(wake[1])
    os.read(wake[0], 1)
    os._exit(0)


def main():
    tcpmem, sockets, capture = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    wake, done = os.pipe(), os.pipe()
    children = []
    for _ in range(PROCESSES):
        child = os.fork()
        if not child:
            hold(sockets // PROCESSES // 2, wake, done[1])
        children.append(child)
    for _ in children:
        os.read(done[0], 1)
    subprocess.run([tcpmem, "save", "--netns", "self", capture], check=True)
    os.close(wake[1])
    for child in children:
        os.waitpid(child, 0)


main()

#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""connections.py PAIRS BYTES -- COMMAND...: runs COMMAND beside connections.

This process holds one listening socket and PAIRS connections over loopback,
both ends of each, with BYTES sent and not read in one direction.
"""

import socket
import subprocess
import sys


def main():
    pairs, size = int(sys.argv[1]), int(sys.argv[2])
    listener = socket.create_server(("127.0.0.1", 0), backlog=pairs)
    held = []
    for _ in range(pairs):
        client = socket.create_connection(listener.getsockname())
        server, _ = listener.accept()
        client.sendall(b"x" * size)
        # All has arrived once the last byte can be looked at.
        server.recv(size, socket.MSG_PEEK | socket.MSG_WAITALL)
        held += [client, server]
    return subprocess.run(sys.argv[4:], check=False).returncode


sys.exit(main())

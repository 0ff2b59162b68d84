#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""leak_close_wait [SECONDS] - connections that it forgets to close, five a second

Its peers, which it brings along, close theirs: what stays is CLOSE_WAIT.
"""

import socket
import sys
import threading
import time


def answer_and_close(listener):
    while True:
        peer = listener.accept()[0]
        peer.recv(1)
        peer.close()


def main():
    listener = socket.create_server(("127.0.0.1", 0))
    threading.Thread(target=answer_and_close, args=(listener,),
                     daemon=True).start()
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else float("inf")
    end = time.monotonic() + seconds
    forgotten = []
    while time.monotonic() < end:
        sock = socket.create_connection(listener.getsockname())
        sock.sendall(b"x")
        forgotten.append(sock)
        time.sleep(0.2)


if __name__ == "__main__":
    main()

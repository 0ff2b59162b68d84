#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""exchange - what one architecture's command prints of a capture, another's
prints too

    exchange.py NATIVE OTHER...

NATIVE takes a capture of sockets of many kinds; it and the same in the other
byte order are read by NATIVE and by OTHER, a command and how to run it.
Run by scripts/arches.
"""

import os
import socket
import subprocess
import sys
import tempfile

import harness
from capture_file import QUESTIONS, in_other_order

NATIVE, OTHER = sys.argv[1:2], sys.argv[2:]


def scene():
    """Sockets in many states, of both families and, if it can be, of MPTCP"""
    kept = [harness.connect(),
            harness.connect(socket.AF_INET6, "::1")]
    kept[0][1].sendall(b"x" * 300000)
    waiting = socket.create_connection(kept[0][0].getsockname())
    harness.leave_time_wait()
    try:
        kept.append(socket.socket(socket.AF_INET, socket.SOCK_STREAM, 262))
        kept[-1].listen()
    except OSError as why:
        print(f"# no MPTCP: {why}")
    return kept, waiting


def says(command, question, path):
    done = subprocess.run([*command, *question, "--from", path],
                          capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, (command[0], done.stderr)
    return done.stdout


def main():
    kept = scene()
    failed = number = 0
    with tempfile.TemporaryDirectory() as place:
        own = os.path.join(place, "own")
        other = os.path.join(place, "other-order")
        harness.output("save", "--info", own)
        with open(own, "rb") as file, open(other, "wb") as out:
            out.write(in_other_order(file.read()))
        for path in own, other:
            for question in QUESTIONS:
                number += 1
                same = says(OTHER, question, path) == \
                    says(NATIVE, question, own)
                failed += not same
                print("ok" if same else "not ok", number, "-",
                      os.path.basename(path), *question)
    del kept
    print(f"{number - failed} passed, {failed} failed")


if __name__ == "__main__":
    harness.enter_netns()
    main()

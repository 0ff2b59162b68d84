# SPDX-License-Identifier: LGPL-2.1-or-later
"""test_memory - commands that ask the kernel, each allocation refused once

    test_memory FAULTY-TCPMEM

As tests/answers/test_memory.py; the sockets are in a namespace of the test's
own. An answer that is no error is the same, or tells that something is missing
(oracle.py): what the host does meanwhile is not compared.
"""

import json
import os
import re
import socket
import sys
import tempfile
import time

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "../cli")]
import harness  # noqa: E402
import oracle  # noqa: E402
import repeat  # noqa: E402

ME = ["--netns", "self"]
COMMANDS = [
    ["ps", "-J", *ME, "--holders", "proc"],
    ["ps", "-J", *ME, "--holders", "bpf"],
    ["by", "cgroup,netns,program,user", "-J", *ME, "--holders", "proc"],
    ["by", "container,unit", "-J", *ME, "--holders", "proc"],
    ["by", "state", "-J", *ME, "state", "established", "and", "unread", ">", "0"],
    ["sockets", "-J", *ME, "--holders", "proc", "--sort", "cookie", "-o",
     "+rtt,cgroup_id"],
    ["sockets", "-J", *ME, "--holders", "bpf", "comm", "=", "python3"],
    ["explain", "PID", "-J", *ME, "--holders", "proc"],
    ["check", "-J", *ME, "--max-sockets", "100", "--max-held", "1G"],
    ["check", "-J", *ME, "--per", "process", "--max-sockets", "100",
     "--holders", "proc"],
]


# Other processes share pages of it, and come and go.
SHARED = re.compile(r'"uss_bytes": \d+')


def read(out):
    return oracle.normal(json.loads(SHARED.sub('"uss_bytes": 0', out)))


def is_honest(whole, answer):
    """The undisturbed answer; or one that says what is missing"""
    return answer[0] in (0, whole[0]) and \
        oracle.judge_answer(read(whole[1]), read(answer[1])) != "wrong"


def await_rest():
    """What was sent is acknowledged later"""
    deadline = time.monotonic() + harness.patience(60)
    before = now = None
    while not now or now != before:
        assert time.monotonic() < deadline, now
        before, now = now, read(harness.output("sockets", "-J"))
        time.sleep(0.3)


def hold_sockets(count=4):
    """A listener, connections with data in them, one in CLOSE-WAIT"""
    server = socket.create_server(("127.0.0.1", 0))
    held = [server]
    for _ in range(count):
        held.append(socket.create_connection(server.getsockname()))
        held.append(server.accept()[0])
        held[-1].sendall(b"x" * 5000)
    held[-1].shutdown(socket.SHUT_WR)
    return held


def check(args, known, pid):
    before = len(known)
    args = [str(pid) if arg == "PID" else arg for arg in args]
    with repeat.Command(harness.TCPMEM, args, {}) as command:
        wrong = list(repeat.wrong_answers(command, known, is_honest))
    print(f"# {len(known) - before} places", flush=True)
    assert not wrong, "\n".join(wrong)


def cases(pid):
    known = set()
    for number, args in enumerate(COMMANDS, 1):
        yield f"test_{number}_{args[0]}", \
            lambda args=args: check(args, known, pid)
    yield "test_places_were_tried", lambda: harness.equal(bool(known), True)


if __name__ == "__main__":
    harness.enter_netns()
    holder = harness.Child(hold_sockets)
    try:
        with tempfile.TemporaryDirectory() as place:
            os.chdir(place)
            await_rest()
            harness.main(dict(cases(holder.pid)))
    finally:
        holder.end()

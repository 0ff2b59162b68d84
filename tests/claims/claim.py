# SPDX-License-Identifier: LGPL-2.1-or-later
"""claim - what the scripts that measure claims share

A claim is a sentence that circulates, its verdict in tcpmem-claims(7), and a
function that measures it: it returns the verdict that the measurement gives
and the figure. The two verdicts must be the same one.
"""

import os
import signal
import socket
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "cli"))
import harness  # noqa: E402

CLAIMS = []
LONG = "--long" in sys.argv

TRUE, FALSE, DEPENDS = "true", "false", "it depends"


class Impossible(Exception):
    """This cannot be measured here, and why"""


def claim(sentence, verdict, command):
    """@command: what shows the figure to somebody who wants to see it"""
    def add(function):
        CLAIMS.append((sentence, verdict, command, function))
        return function
    return add


def judged(holds):
    return TRUE if holds else FALSE


def listen(backlog=4096):
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", 0))
    listener.listen(backlog)
    return listener


def pairs(count, listener=None):
    """Both ends of so many connections: clients, servers"""
    listener = listener or listen()
    clients, servers = [], []
    for _ in range(count):
        clients.append(socket.create_connection(listener.getsockname()))
        servers.append(listener.accept()[0])
    listener.close()
    return clients, servers


def close(*lists):
    for sockets in lists:
        for sock in sockets:
            sock.close()


def fill(sock, rounds=20):
    """Sends until the queues of both ends stay full"""
    sock.setblocking(False)
    for _ in range(rounds):
        try:
            while sock.send(b"x" * 262144):
                pass
        except BlockingIOError:
            time.sleep(0.01)


def states():
    """Of this network namespace, by state"""
    rows = harness.answer("by", "state")["rows"]
    return {row["key"]: row for row in rows}


def total(key):
    return harness.answer("by", "state")["total"][key]


def in_state(state, key="sockets"):
    return states().get(state, {}).get(key, 0)


def wait_for(condition, what, seconds=60):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)


def rss():
    with open("/proc/self/status") as file:
        for line in file:
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024
    raise AssertionError("no VmRSS")


def timers():
    """Of each IPv4 socket: its state, which timer runs, seconds left"""
    found = []
    with open("/proc/net/tcp") as file:
        for line in list(file)[1:]:
            words = line.split()
            kind, _, left = words[5].partition(":")
            ticks = os.sysconf("SC_CLK_TCK")
            found.append((int(words[3], 16), int(kind, 16),
                          int(left, 16) / ticks))
    return found


def linger(sock, on, seconds):
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                    on.to_bytes(4, sys.byteorder) +
                    seconds.to_bytes(4, sys.byteorder))


def reset(sockets):
    """Closes them without a trace"""
    for sock in sockets:
        linger(sock, 1, 0)
        sock.close()


def size(count):
    for unit, name in ((1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")):
        if abs(count) >= unit:
            return f"{count / unit:.1f} {name}"
    return f"{count} B"


def remember_host():
    """What the namespaces of the claims do not show; before one is entered"""
    try:
        with open("/proc/sys/net/ipv4/tcp_mem") as file:
            os.environ.setdefault("TCPMEM_CLAIM_TCP_MEM", file.read())
    except OSError:
        pass


def child(function):
    """Runs it in a process that is killed when the with ends"""
    class Running:
        def __enter__(self):
            self.child = harness.Child(function)
            return self.child

        def __exit__(self, *error):
            try:
                self.child.end()
            except ProcessLookupError:
                pass
    return Running()


def kill(process):
    os.kill(process.pid, signal.SIGKILL)
    os.waitpid(process.pid, 0)

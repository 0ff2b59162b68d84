# SPDX-License-Identifier: LGPL-2.1-or-later
"""suite_pressure.py - TCP short of memory: what is the whole host's

The host's tcp_mem and tcp_max_orphans are changed; a guest has nobody else.
"""
import contextlib
import re
import socket
import struct
import threading
import time

import kit

IPV4 = "/proc/sys/net/ipv4/"
RESET = struct.pack("ii", 1, 0)
SECONDS = 300  # a step may take longer than a look


def fill(count):
    """Connections that nobody reads, with all that they take"""
    pairs = []
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(count)
        for _ in range(count):
            client = socket.create_connection(listener.getsockname())
            pairs.append((client, listener.accept()[0]))
    for client, _ in pairs:
        client.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            while client.send(b"x" * 65536):
                pass
    return pairs


def step():
    pairs = fill(16)
    for client, _ in pairs:
        client.close()
    time.sleep(0.3)
    for _, server in pairs:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        server.close()


def moved(names, seen):
    """The row of each, from the look that had it among its findings

    A slow machine enters pressure in one look and leaves it in a later one.
    """
    got = kit.answer("limits", "--every", "3s")
    rows = {row["name"]: row for row in got["limits"]}
    found = {finding["name"] for finding in got["findings"]}
    moved.last = found, [rows[name] for name in names]
    seen.update({name: rows[name] for name in names
                 if rows[name]["per_second"] and name in found})
    return seen if len(seen) == len(names) else None


def alarmed(name):
    done = kit.command("check", "--max-counter", name + "=0", "--for", "3s")
    return done.returncode == 2


def looked_at(*names):
    """What limits and check say while it goes on: None, or what is wrong"""
    over = threading.Event()

    def work():
        while not over.is_set():
            step()

    thread = threading.Thread(target=work)
    thread.start()
    try:
        seen = {}
        rows = kit.until(lambda: moved(names, seen), SECONDS)
        alarm = kit.until(lambda: alarmed(names[0]), SECONDS)
    finally:
        over.set()
        thread.join()
    if not rows or not alarm:
        return "%s, check %s" % (moved.last, alarm)
    for name in names:
        kit.say("ok", "%s %d, %.2f a second" % (
            name, rows[name]["count"], rows[name]["per_second"]))
    return None


def quiet():
    found = [f["name"] for f in
             kit.answer("limits", "--every", "1s")["findings"]]
    return "findings: %s" % found if found else None


def run():
    before = {name: kit.read(IPV4 + name)
              for name in ("tcp_mem", "tcp_max_orphans")}
    kit.case("nothing before", quiet)
    # what earlier suites left is not waited for: pressure ends below the first
    used = int(re.search(r"^TCP: .* mem (\d+)$", kit.read("/proc/net/sockstat"),
                         re.M).group(1))
    kit.write(IPV4 + "tcp_mem",
              "%d %d %d" % (used + 512, used + 1024, used + 4096))
    kit.case("memory pressure and its time", looked_at, "TCPMemoryPressures",
             "TCPMemoryPressuresChrono")
    kit.write(IPV4 + "tcp_mem", before["tcp_mem"])
    kit.write(IPV4 + "tcp_max_orphans", "2")
    kit.case("orphans beyond their limit", looked_at, "TCPAbortOnMemory")
    kit.write(IPV4 + "tcp_max_orphans", before["tcp_max_orphans"])
    time.sleep(1)
    kit.case("nothing afterwards", quiet)

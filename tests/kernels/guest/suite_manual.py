# SPDX-License-Identifier: LGPL-2.1-or-later
"""suite_manual.py - the host of the manual's examples, saved three times

Web servers with idle connections, a producer whose reader does not read, and a
crawler that does not close what its peers have closed. Not among the suites of
kernels.py: `scripts/readme --record` runs it, and keeps what it prints.
"""
import base64
import ctypes
import os
import signal
import socket
import subprocess
import threading
import time

import kit

CGROUPS = "/sys/fs/cgroup"
UNIT = "system.slice/%s.service"
CONTAINER = "system.slice/docker-%s.scope"
CHUNK = bytes(64 * 1024)


def start(name, cgroup, function, *args):
    """A process of that name, which does it and waits"""
    place = os.path.join(CGROUPS, cgroup)
    os.makedirs(place, exist_ok=True)
    ready, go = os.pipe()
    if os.fork() == 0:
        with open(os.path.join(place, "cgroup.procs"), "w") as procs:
            procs.write("0")
        ctypes.CDLL(None).prctl(15, name.encode(), 0, 0, 0)
        kept = function(*args)
        os.write(go, b".")
        while kept is not start:
            signal.pause()
    os.close(go)
    assert os.read(ready, 1) == b".", name


def serve(port, answer):
    """Takes connections and has answer() deal with each"""
    listener = socket.create_server(("127.0.0.1", port), backlog=512)

    def loop():
        taken = []
        while True:
            taken.append(listener.accept()[0])
            answer(taken)

    thread = threading.Thread(target=loop, daemon=True)
    thread.start()
    return listener, thread


def close_once_asked(taken):
    sock = taken.pop()
    sock.recv(1)
    sock.close()


def connect(port, count):
    return [socket.create_connection(("127.0.0.1", port))
            for _ in range(count)]


def produce(port, count, limit):
    """Sends until nothing more is taken, or so much"""
    sockets = connect(port, count)
    for sock in sockets:
        sock.setblocking(False)
        sent = 0
        try:
            while sent < limit:
                sent += sock.send(CHUNK)
        except BlockingIOError:
            pass
    return sockets


def crawl(port, counts, interval):
    """Its peers close when they are asked; it never does"""
    taken = []

    def ask(count):
        sockets = connect(port, count)
        for sock in sockets:
            sock.sendall(b"x")
            sock.recv(1)
        taken.extend(sockets)

    def later():
        for count in counts[1:]:
            time.sleep(interval)
            ask(count)

    ask(counts[0])
    thread = threading.Thread(target=later, daemon=True)
    thread.start()
    return taken, thread


def save(name):
    path = "/root/" + name
    subprocess.run([os.path.join(kit.build, "cli/tcpmem"), "save", path,
                    "--info"], check=True)
    with open(path, "rb") as file:
        print("file %s %s" % (name, base64.b64encode(file.read()).decode()))


def run():
    start("nginx", UNIT % "nginx", serve, 80, lambda taken: None)
    start("backend", UNIT % "backend", serve, 8081, close_once_asked)
    start("report-worker", CONTAINER % ("5e3f" * 16),
          lambda: socket.create_server(("127.0.0.1", 9000)))
    start("browser-pool", "user.slice/user-1000.slice", connect, 80, 60)
    start("producer", CONTAINER % ("c0de" * 16), produce, 9000, 8, 12 << 20)
    start("crawler", UNIT % "crawler", crawl, 8081, [30, 12], 5)
    time.sleep(2)
    save("host.tcpmem")
    start("producer", CONTAINER % ("c0de" * 16), produce, 9000, 4, 6 << 20)
    time.sleep(10)
    save("later.tcpmem")

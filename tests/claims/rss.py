# SPDX-License-Identifier: LGPL-2.1-or-later
"""rss - claims about where TCP memory is counted"""

import os
import socket

import harness
from claim import (DEPENDS, FALSE, LONG, Impossible, child, claim, fill, judged,
                   pairs, reset, rss, size, total)

MANY = 100 if LONG else 16


@claim("RSS includes TCP buffers", FALSE, "tcpmem explain PID")
def included():
    clients, servers = pairs(MANY)
    fill(clients[0])
    before, held = rss(), total("buffer_bytes")
    for sock in clients:
        fill(sock, 3)
    more, filled = rss() - before, total("buffer_bytes") - held
    reset(clients + servers)
    return (judged(more > filled / 10),
            f"{size(filled)} of buffers more, RSS {size(more)} more")


@claim("drop_caches frees socket buffers", FALSE, "tcpmem summary")
def drop_caches():
    clients, servers = pairs(4)
    for sock in clients:
        fill(sock)
    before = total("buffer_bytes")
    try:
        with open("/proc/sys/vm/drop_caches", "w") as file:
            file.write("3")
    except OSError as error:
        raise Impossible(f"drop_caches: {error.strerror}") from error
    after = total("buffer_bytes")
    reset(clients + servers)
    return judged(after < before / 2), f"{size(before)} before, {size(after)} after"


@claim("keepalive starts a thread", FALSE, "tcpmem explain PID")
def thread():
    def setup():
        kept = pairs(100)
        for sock in kept[0]:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        return kept

    with child(setup) as process:
        told = harness.answer("explain", str(process.pid))["processes"][0]
    threads, on = told["memory"]["threads"], told["keepalive"]["on"]
    assert on == 100, told["keepalive"]
    return judged(threads > 1), f"{on} sockets with it, {threads} thread"


@claim("keepalive is on by default", FALSE, "tcpmem explain PID")
def by_default():
    with child(lambda: pairs(10)) as process:
        told = harness.answer("explain", str(process.pid))["processes"][0]
    on, off = told["keepalive"]["on"], told["keepalive"]["off"]
    return judged(on > 0), f"on for {on} of {on + off} connections"


@claim("a container's memory limit covers its TCP buffers", DEPENDS,
       "tcpmem explain PID")
def container():
    with open("/proc/self/cgroup") as file:
        lines = [line.rstrip("\n").split(":", 2) for line in file]
    v1 = [path for _, names, path in lines if "memory" in names.split(",")]
    home = "/sys/fs/cgroup/memory" + v1[0] if v1 else "/sys/fs/cgroup"
    current = "memory.usage_in_bytes" if v1 else "memory.current"
    path = f"{home}/tcpmem-claim-{os.getpid()}"

    def write(file, text):
        with open(file, "w") as out:
            out.write(text)

    def read():
        with open(f"{path}/{current}") as file:
            return int(file.read())

    def setup():
        write(path + "/cgroup.procs", str(os.getpid()))
        kept = pairs(8)
        before = read()
        for sock in kept[0]:
            fill(sock)
        os.write(tells, b"%d %d" % (before, read()))
        return kept

    hears, tells = os.pipe()
    try:
        os.mkdir(path)
    except OSError as error:
        raise Impossible(f"no cgroup can be made: {error.strerror}") from error
    try:
        if not os.path.exists(f"{path}/{current}"):
            raise Impossible("this hierarchy does not count memory")
        with child(setup):
            before, after = (int(word) for word in os.read(hears, 64).split())
            filled = total("buffer_bytes")
    finally:
        os.rmdir(path)
    version = "v1" if v1 else "v2"
    covered = after - before > filled / 2
    assert covered != bool(v1), (before, after, filled)
    return (DEPENDS, f"cgroup {version}: {size(filled)} of buffers, "
            f"{size(after - before)} more in {current}")


@claim("a shared socket costs each of its processes in full", FALSE,
       "tcpmem ps -o +reach")
def shared():
    def setup():
        kept = pairs(1)
        fill(kept[0][0])
        if os.fork() == 0:
            harness.ctypes.CDLL(None).prctl(1, 9)
            while True:
                harness.signal.pause()
        return kept

    with child(setup):
        rows = [row for row in harness.answer("by", "process")["rows"]
                if row["kind"] == "process"]
        everything = total("held_bytes")
    reach = sum(row["reach_bytes"] for row in rows)
    held = sum(row["held_bytes"] for row in rows)
    assert held == everything, (held, everything)
    return (judged(reach == everything), f"{len(rows)} processes: in full "
            f"{size(reach)}, shared out {size(held)}, there are {size(everything)}")

# SPDX-License-Identifier: LGPL-2.1-or-later
"""closing - claims about what close, exit and reset free"""

import os
import socket
import subprocess
import sys

import harness
from claim import (DEPENDS, FALSE, TRUE, child, claim, close, fill, in_state,
                   judged, kill, listen, pairs, reset, size, states, total,
                   wait_for)


@claim("closing frees the memory at once", DEPENDS, "tcpmem by process,state")
def at_once():
    found = []
    for reads in (True, False):
        clients, servers = pairs(1)
        fill(clients[0])
        close(clients)
        if reads:
            while servers[0].recv(1 << 20):
                pass
            wait_for(lambda: in_state("fin-wait-1") == 0, "its data is left")
        found.append(in_state("fin-wait-1", "buffer_bytes"))
        reset(servers)
        wait_for(lambda: in_state("fin-wait-1") == 0, "the orphan is left")
    assert found[0] == 0 < found[1], found
    return (DEPENDS, f"{size(found[0])} when the peer reads, {size(found[1])} "
            "kept when it does not")


@claim("killing the process frees its TCP memory", DEPENDS,
       "tcpmem by process,state")
def killed():
    listener = listen()

    def setup():
        sock = socket.create_connection(listener.getsockname())
        fill(sock)
        return sock

    with child(setup) as process:
        server, _ = listener.accept()
        listener.close()
        kill(process)
    kept = in_state("fin-wait-1", "buffer_bytes")
    reset([server])
    assert kept > 0
    return DEPENDS, f"{size(kept)} of unsent data are kept as an orphan"


@claim("closing with unread data frees it", TRUE, "tcpmem by state")
def unread():
    clients, servers = pairs(1)
    fill(clients[0])
    before = total("rmem_bytes")
    close(servers)
    wait_for(lambda: total("rmem_bytes") == 0, "it is not freed")
    after = total("rmem_bytes")
    close(clients)
    return judged(after == 0), f"{size(before)} before, {after} B after"


@claim("a reset connection holds no memory", FALSE, "tcpmem sockets")
def after_reset():
    clients, servers = pairs(1)
    clients[0].send(b"x" * 50000)
    wait_for(lambda: total("rmem_bytes") > 0, "nothing arrives")
    reset(clients)
    so_meminfo = 55
    skmem = servers[0].getsockopt(socket.SOL_SOCKET, so_meminfo, 36)
    rmem = int.from_bytes(skmem[:4], sys.byteorder)
    shown = len(states())
    close(servers)
    return (judged(rmem == 0), f"{size(rmem)} kept until it is closed, and "
            f"{shown} sockets in a dump")


@claim("ss shows every TCP socket", FALSE, "tcpmem summary")
def every():
    kept = [socket.socket() for _ in range(5)]
    lines = subprocess.run(["ss", "-Hta"], check=True, capture_output=True,
                           text=True).stdout.splitlines()
    close(kept)
    return judged(len(lines) >= 5), f"{len(lines)} of 5 that were never bound"


@claim("connections are what lsof counts", FALSE, "tcpmem summary")
def descriptors():
    listener = listen()
    clients = [socket.create_connection(listener.getsockname())
               for _ in range(50)]
    links = [os.readlink(f"/proc/self/fd/{fd.fileno()}")
             for fd in clients + [listener]]
    sockets = total("sockets")
    reset(clients)
    listener.close()
    return (judged(len(links) >= sockets), f"{len(links)} descriptors, "
            f"{sockets} sockets: 50 wait to be accepted")


@claim("what nobody has accepted costs nothing yet", FALSE, "tcpmem ps")
def unaccepted():
    listener = listen()
    clients = [socket.create_connection(listener.getsockname())
               for _ in range(4)]
    for sock in clients:
        fill(sock, 2)
    told = harness.answer("explain", str(os.getpid()))["processes"][0]
    reset(clients)
    listener.close()
    waiting = told["unaccepted"]
    return (judged(waiting["held_bytes"] == 0),
            f"{waiting['sockets']} hold {size(waiting['held_bytes'])}")

# SPDX-License-Identifier: LGPL-2.1-or-later
"""time_wait - claims about TIME_WAIT, FIN_WAIT_2 and CLOSE_WAIT"""

import os
import time

import harness
from claim import (DEPENDS, FALSE, LONG, TRUE, claim, close, in_state, judged,
                   listen, pairs, reset, states, timers, wait_for)

MANY = 20000 if LONG else 2000


def time_waits(count):
    """So many, on the side of the clients, who close first"""
    clients, servers = pairs(count)
    close(clients)
    wait_for(lambda: in_state("close-wait") == count, "no FIN came")
    close(servers)
    wait_for(lambda: in_state("time-wait") >= count, "no TIME_WAIT")


@claim("a TIME_WAIT costs 4 to 16 KB", FALSE, "tcpmem by state")
def cost():
    time_waits(MANY)
    row = states()["time-wait"]
    each = row["object_bytes"] / row["sockets"]
    return judged(4096 <= each), f"{each:.0f} B each, of {row['sockets']}"


@claim("TIME_WAIT sockets use up tcp_mem", FALSE, "tcpmem by state -o +charged")
def charge():
    time_waits(100)
    row = states()["time-wait"]
    return (judged(row["charged_bytes"] > 0),
            f"{row['charged_bytes']} B charged for {row['sockets']}")


@claim("a TIME_WAIT keeps a file descriptor", FALSE, "tcpmem explain PID")
def descriptor():
    before = len(os.listdir("/proc/self/fd"))
    waiting = in_state("time-wait")
    time_waits(100)
    more = len(os.listdir("/proc/self/fd")) - before
    return (judged(more > 0), f"{more} more open files for "
            f"{in_state('time-wait') - waiting} more TIME_WAIT")


@claim("tcp_fin_timeout shortens TIME_WAIT", FALSE,
       "tcpmem sockets --state time-wait")
def fin_timeout():
    harness.set_sysctl("tcp_fin_timeout", "1")
    before = in_state("time-wait")
    time_waits(100)
    time.sleep(65 if LONG else 4)
    left = in_state("time-wait")
    harness.set_sysctl("tcp_fin_timeout", "60")
    if LONG:
        # TIME_WAIT's own 60 s end it, whatever tcp_fin_timeout is
        return judged(False), f"{left} left after 65 s"
    return (judged(left < before + 100),
            f"{left - before} of 100 are there after 4 s with 1 s set")


@claim("tcp_fin_timeout bounds FIN_WAIT_2 of a closed socket", TRUE,
       "tcpmem sockets --state fin-wait-2")
def fin_wait_2():
    harness.set_sysctl("tcp_fin_timeout", "1")
    clients, servers = pairs(100)
    close(clients)
    wait_for(lambda: in_state("fin-wait-2") == 100, "no FIN_WAIT_2")
    begin = time.monotonic()
    wait_for(lambda: in_state("fin-wait-2") == 0, "FIN_WAIT_2 stays", 30)
    took = time.monotonic() - begin
    harness.set_sysctl("tcp_fin_timeout", "60")
    reset(servers)
    return judged(took < 30), f"100 are gone after {took:.1f} s with 1 s set"


@claim("Windows keeps TIME_WAIT 4 minutes, Linux 60 s", DEPENDS,
       "ss -tano state time-wait")
def sixty_seconds():
    clients, servers = pairs(1)
    close(clients)
    close(servers)
    time_wait = 6
    wait_for(lambda: any(t[0] == time_wait for t in timers()), "no TIME_WAIT")
    most = max(left for state, _, left in timers() if state == time_wait)
    assert 50 < most <= 60.5, most
    return DEPENDS, f"Linux: {most:.0f} s left when new; Windows: not measured"


@claim("tcp_tw_recycle helps", FALSE, "tcpmem limits")
def recycle():
    path = "/proc/sys/net/ipv4/tcp_tw_recycle"
    rows = {row["name"]: row for row in harness.answer("limits")["limits"]}
    return (judged(os.path.exists(path)),
            rows["tcp_tw_recycle"]["gone"] or "this kernel has it")


@claim("tcp_tw_reuse frees TIME_WAIT sockets", FALSE, "tcpmem by state")
def reuse():
    time_waits(100)
    before = in_state("time-wait")
    harness.set_sysctl("tcp_tw_reuse", "1")
    after = in_state("time-wait")
    harness.set_sysctl("tcp_tw_reuse", "2")
    return judged(after < before), f"{before} before, {after} after it was set"


@claim("TIME_WAIT is the server's burden", DEPENDS, "tcpmem by local-port,state")
def burden():
    found = []
    for first in ("server", "client"):
        listener = listen()
        port = listener.getsockname()[1]
        clients, servers = pairs(10, listener)
        close(servers if first == "server" else clients)
        time.sleep(0.1)
        close(clients, servers)
        wait_for(lambda: in_state("time-wait") >= 10, "no TIME_WAIT")
        rows = harness.answer("sockets", "--state", "time-wait")["rows"]
        found.append(sum(row["local_port"] == port for row in rows))
    assert found == [10, 0], found
    return (DEPENDS, f"{found[0]} of 10 on its port when it closes first, "
            f"{found[1]} when the client does")


@claim("CLOSE_WAIT times out by itself", FALSE,
       "tcpmem sockets --state close-wait")
def close_wait():
    clients, servers = pairs(10)
    close(clients)
    wait_for(lambda: in_state("close-wait") == 10, "no CLOSE_WAIT")
    running = sum(kind != 0 for state, kind, _ in timers() if state == 8)
    time.sleep(150 if LONG else 2)
    left = in_state("close-wait")
    close(servers)
    return (judged(running or left < 10),
            f"{running} of 10 have a timer, {left} are left")


@claim("a server runs out of ports at 65,535 connections", FALSE,
       "tcpmem limits")
def server_ports():
    clients, servers = pairs(200)
    ports = {sock.getsockname()[1] for sock in servers}
    rows = {row["name"]: row for row in harness.answer("limits")["limits"]}
    used = rows["ip_local_port_range"]["used"]
    reset(clients)
    reset(servers)
    return (judged(len(ports) > 1), f"200 connections, {len(ports)} port of the "
            f"server's; {used} of the clients' toward it")

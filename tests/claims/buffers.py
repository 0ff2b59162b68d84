# SPDX-License-Identifier: LGPL-2.1-or-later
"""buffers - claims about what a connection takes"""

import os
import re
import socket
import subprocess
import tempfile
import time

import harness
from claim import (DEPENDS, FALSE, TRUE, Impossible, claim, fill, judged,
                   pairs, reset, size, states, total, wait_for)


def numbers(name):
    with open("/proc/sys/" + name) as file:
        return [int(word) for word in file.read().split()]


def number(name):
    return numbers(name)[0]


def established():
    return states()["established"]


@claim("each connection takes tcp_rmem max + tcp_wmem max", FALSE,
       "tcpmem by state")
def maxima():
    clients, servers = pairs(200)
    row = established()
    each = row["held_bytes"] / row["sockets"]
    most = numbers("net/ipv4/tcp_rmem")[2] + numbers("net/ipv4/tcp_wmem")[2]
    reset(clients + servers)
    return (judged(each >= most),
            f"{each:.0f} B each when idle; the maxima are {size(most)}")


@claim("each connection takes tcp_rmem default + tcp_wmem default", FALSE,
       "tcpmem sockets -o +rcvbuf,sndbuf")
def defaults():
    clients, servers = pairs(200)
    row = established()
    reset(clients + servers)
    each = row["buffer_bytes"] / row["sockets"]
    least = numbers("net/ipv4/tcp_rmem")[1] + numbers("net/ipv4/tcp_wmem")[1]
    return (judged(each >= least),
            f"{each:.0f} B of buffers each; the defaults are {size(least)}")


@claim("an idle connection costs no memory", FALSE, "tcpmem by state")
def idle():
    clients, servers = pairs(200)
    row = established()
    reset(clients + servers)
    each = row["object_bytes"] / row["sockets"]
    return judged(each == 0), f"{each:.0f} B of kernel objects each"


@claim("SO_RCVBUF takes the memory that it names", FALSE,
       "tcpmem sockets -o +rcvbuf,rmem,charged")
def named():
    clients, servers = pairs(10)
    for sock in servers:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 100000)
    got = servers[0].getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF)
    charged = total("charged_bytes")
    reset(clients + servers)
    return judged(charged >= got), f"{got} B of limit, {charged} B charged"


@claim("SO_RCVBUF sets what is asked for", FALSE, "tcpmem sockets -o +rcvbuf")
def doubled():
    with socket.socket() as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 100000)
        got = sock.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF)
    return judged(got == 100000), f"asked 100000, got {got}"


def transfer(client, server, until, seconds=60):
    """Data goes over until until(), or for a minute on a busy machine"""
    client.setblocking(False)
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and not until():
        try:
            while client.send(b"x" * (1 << 20)):
                pass
        except BlockingIOError:
            pass
        server.recv(8 << 20)
    return server.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF)


@claim("a larger SO_RCVBUF is faster than autotuning", DEPENDS,
       "tcpmem sockets -o +rcvbuf")
def locked():
    harness.set_sysctl("tcp_rmem", "4096 131072 4194304")
    clients, servers = pairs(2)
    servers[1].setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 200000)
    fixed = servers[1].getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF)
    grown = transfer(clients[0], servers[0], lambda: servers[0].getsockopt(
        socket.SOL_SOCKET, socket.SO_RCVBUF) > 2 * fixed)
    begin = time.monotonic()
    stays = transfer(clients[1], servers[1],
                     lambda: time.monotonic() - begin > 1)
    reset(clients + servers)
    assert stays == fixed < grown, (stays, fixed, grown)
    return DEPENDS, f"set: stays at {size(stays)}; autotuned: {size(grown)}"


@claim("net.core.rmem_max bounds autotuning", FALSE, "tcpmem limits")
def rmem_max():
    most = number("net/core/rmem_max")
    harness.set_sysctl("tcp_rmem", f"4096 131072 {4 * most}")
    # what is under way bounds it too: what the sender may queue
    harness.set_sysctl("tcp_wmem", f"4096 16384 {8 * most}")
    # a measured round trip too short for what is read in it holds it back
    for _ in range(8):
        clients, servers = pairs(1)
        grown = transfer(clients[0], servers[0],
                         lambda: servers[0].getsockopt(
                             socket.SOL_SOCKET, socket.SO_RCVBUF) > 2 * most,
                         8)
        reset(clients + servers)
        if grown > 2 * most:
            break
    if grown <= 2 * most:
        raise Impossible(f"the buffer grew to {size(grown)} only")
    return FALSE, f"rmem_max {size(most)}, autotuned to {size(grown)}"


@claim("Recv-Q is the memory that unread data takes", FALSE,
       "tcpmem sockets -o +recv_q,rmem")
def recv_q():
    clients, servers = pairs(1)
    clients[0].setsockopt(socket.SOL_TCP, socket.TCP_NODELAY, 1)
    for _ in range(200):
        clients[0].send(b"x")
    payload = [0]

    def arrived():
        payload[0] = len(servers[0].recv(4096, socket.MSG_PEEK))
        return payload[0] == 200

    wait_for(arrived, "200 bytes do not arrive")
    memory = total("rmem_bytes")
    reset(clients + servers)
    return (judged(memory == payload[0]),
            f"Recv-Q {payload[0]} B, memory {size(memory)}")


@claim("ss -m's numbers can be added up", FALSE,
       "ss -tm; tcpmem sockets -o +buffer,held")
def ss_m():
    clients, servers = pairs(1)
    text = subprocess.run(["ss", "-Htmn", "state", "established"], check=True,
                          capture_output=True, text=True).stdout
    added = sum(int(n) for part in re.findall(r"skmem:\((.*?)\)", text)
                for n in re.findall(r"[a-z]+([0-9]+)", part))
    held = total("held_bytes")
    reset(clients + servers)
    return judged(added <= held), f"added up {size(added)}, held {size(held)}"


@claim("tcp_mem is in bytes", FALSE, "tcpmem limits")
def pages():
    text = os.environ.get("TCPMEM_CLAIM_TCP_MEM")
    if not text:
        raise Impossible("tcp_mem may not be read here")
    high, page = int(text.split()[2]), os.sysconf("SC_PAGE_SIZE")
    with open("/proc/meminfo") as file:
        ram = int(file.readline().split()[1]) * 1024
    # the kernel's own default is 9 % of the memory that was free at boot
    return (judged(high > ram / 100),
            f"{high} pages of {page} B are {size(high * page)}")


@claim("tcp_mem bounds each namespace or container", FALSE, "tcpmem limits")
def host_wide():
    here = os.path.exists("/proc/sys/net/ipv4/tcp_mem")
    return judged(here), "a network namespace of its own has no tcp_mem" \
        if not here else "this namespace has a tcp_mem"


@claim("sendfile(2) needs no socket memory", FALSE,
       "tcpmem sockets -o +wmem_queued,charged")
def sendfile():
    clients, servers = pairs(1)
    clients[0].setblocking(False)
    with tempfile.TemporaryFile() as file:
        file.write(b"x" * (8 << 20))
        file.flush()
        try:
            at = 0
            while at < 8 << 20:
                at += os.sendfile(clients[0].fileno(), file.fileno(), at,
                                  1 << 20)
        except BlockingIOError:
            pass
    row = established()
    reset(clients + servers)
    return (judged(row["charged_bytes"] < at / 2),
            f"{size(at)} sent of a file, {size(row['charged_bytes'])} charged")


@claim("data on loopback is counted twice", TRUE,
       "tcpmem sockets -o +rmem,wmem_queued")
def loopback():
    clients, servers = pairs(1)
    fill(clients[0])
    row = established()
    reset(clients + servers)
    return (judged(row["rmem_bytes"] > 0 and row["wmem_queued_bytes"] > 0),
            f"{size(row['wmem_queued_bytes'])} with the sender, "
            f"{size(row['rmem_bytes'])} with the receiver")

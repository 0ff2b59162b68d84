#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""scenarios.py - TCP sockets in every way they can hold memory

    scenarios.py NAME       makes one scenario, in this network namespace
    scenarios.py --list     their names and what they are

A scenario prints a line "ready {...}" when its sockets are at rest, or "skip
WHY", and holds them until its standard input ends. The braces are JSON:

    sockets     how many there are, subflows not counted; null: it varies
    namespaces  the inodes of the network namespaces that they are in
    lost        bytes that are charged, and that nothing leads to or that
                no counter has
    unshown     the warning that names what is charged and in no counter, if
                something may be
"""
import array
import ctypes
import fcntl
import json
import mmap
import os
import select
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time

from sockmap import Sockmap

libc = ctypes.CDLL(None, use_errno=True)

CLONE_NEWNET = 0x40000000
IPPROTO_MPTCP = 262
MSG_ZEROCOPY = 0x4000000
SO_MEMINFO = 55
SO_ZEROCOPY = 60
SO_RESERVE_MEM = 73
TCP_REPAIR = 19
TCP_REPAIR_QUEUE = 20
TCP_QUEUE_SEQ = 21
TCP_ULP = 31
TCP_ZEROCOPY_RECEIVE = 35
SOL_TLS = 282

held = []  # what must stay open until the scenario ends
namespaces = []  # inodes of those that it made
lost = 0  # bytes that nothing leads to, or that are in no counter
unshown = None  # the warning of bytes that are in no counter


class Skip(Exception):
    """This kernel or machine cannot do it; the text says what is missing."""


def set_loopback(up):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        request = struct.pack("16sh14x", b"lo", up)
        fcntl.ioctl(sock, 0x8914, request)  # SIOCSIFFLAGS


def enter_new_namespace():
    if libc.unshare(CLONE_NEWNET):
        raise Skip("unshare: %s" % os.strerror(ctypes.get_errno()))
    set_loopback(True)
    namespaces.append(own_namespace())


def own_namespace():
    return os.stat("/proc/thread-self/ns/net").st_ino


def keep(*things):
    held.extend(things)
    return things[0]


class Pairs:
    """Connections over one listener, which is closed unless it is kept."""

    def __init__(self, family=socket.AF_INET, address=None, proto=0,
                 listen_family=None, backlog=512):
        if address is None:
            address = "::1" if family == socket.AF_INET6 else "127.0.0.1"
        self.family = family
        self.proto = proto
        listen_family = listen_family or family
        try:
            self.listener = socket.socket(listen_family, socket.SOCK_STREAM,
                                          proto)
        except OSError as error:
            raise Skip("no such protocol: %s" % error)
        self.listener.bind(("::" if listen_family != family else address, 0))
        self.listener.listen(backlog)
        self.target = (address, self.listener.getsockname()[1])

    def connect(self):
        sock = socket.socket(self.family, socket.SOCK_STREAM, self.proto)
        sock.connect(self.target)
        return keep(sock)

    def make(self, count):
        pairs = []
        for _ in range(count):
            client = self.connect()
            server, _ = self.listener.accept()
            pairs.append((client, keep(server)))
        self.listener.close()
        return pairs


def fill(sock, most=1 << 40):
    """Sends until nothing more fits, or so many bytes were sent."""
    block = b"x" * 65536
    sock.setblocking(False)
    sent = 0
    idle = 0
    while sent < most and idle < 20:
        try:
            sent += sock.send(block[:min(len(block), most - sent)])
            idle = 0
        except BlockingIOError:
            idle += 1
            time.sleep(0.005)
    return sent


def counters(sock):
    """The nine of SO_MEMINFO, of which rmem is the first"""
    return struct.unpack("9I", sock.getsockopt(socket.SOL_SOCKET, SO_MEMINFO,
                                               36))


def filled(count, most=1 << 40, **how):
    for client, _ in Pairs(**how).make(count):
        fill(client, most)
    return 2 * count


def idle_v4():
    """idle connections, IPv4"""
    Pairs().make(500)
    return 1000


def idle_v6():
    """idle connections, IPv6"""
    Pairs(socket.AF_INET6).make(500)
    return 1000


def full_v4():
    """both queues full, IPv4"""
    return filled(20)


def full_v6():
    """both queues full, IPv6"""
    return filled(20, family=socket.AF_INET6)


def full_mapped():
    """both queues full, IPv4 clients of an IPv6 listener"""
    return filled(20, listen_family=socket.AF_INET6)


def full_receive():
    """60,000 bytes unread in each"""
    return filled(200, 60000)


def small_segments():
    """1,000 segments of one byte unread in each"""
    for client, _ in Pairs().make(20):
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for _ in range(1000):
            client.send(b"x")
    return 40


def large_segments():
    """one segment of 64 KiB unread in each"""
    return filled(50, 65536)


def close_wait():
    """data unread, and the peer has closed"""
    for client, _ in Pairs().make(50):
        fill(client, 30000)
        client.close()
    return 100


def listeners_reuseport():
    """eight listeners on one port, children waiting in their queues"""
    port = 0
    for _ in range(8):
        listener = keep(socket.socket())
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        listener.bind(("127.0.0.1", port))
        listener.listen(100)
        port = listener.getsockname()[1]
    for _ in range(40):
        client = keep(socket.create_connection(("127.0.0.1", port)))
        client.send(b"x" * 5000)
    return 8 + 2 * 40


def unaccepted():
    """connections in an accept queue, with data"""
    pairs = Pairs()
    keep(pairs.listener)
    for _ in range(100):
        fill(pairs.connect(), 20000)
    return 1 + 200


def bound():
    """bound and unbound sockets that do nothing"""
    for number in range(60):
        sock = keep(socket.socket())
        if number % 2:
            sock.bind(("127.0.0.1", 0))
    return None


def orphans():
    """closed with data that the peer does not read"""
    for client, _ in Pairs().make(20):
        fill(client)
        client.close()
    return 40


def time_wait():
    """2,000 connections in TIME_WAIT"""
    for client, server in Pairs().make(2000):
        client.close()
        server.recv(1)  # both would be, did both close at once
        server.close()
    return 2000


def syn_recv():
    """half-open connections: requests that wait for data to complete"""
    pairs = Pairs()
    keep(pairs.listener)
    pairs.listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_DEFER_ACCEPT, 60)
    for _ in range(100):
        pairs.connect()
    return 1 + 100 + 100


def syn_sent():
    """connections that a full accept queue does not answer"""
    pairs = Pairs(backlog=0)
    keep(pairs.listener)
    pairs.connect()
    for _ in range(50):
        sock = keep(socket.socket())
        sock.setblocking(False)
        sock.connect_ex(pairs.target)
    return 1 + 2 + 50


def repaired(local, remote, sent, received):
    """A connection without a handshake, with sequence numbers as told"""
    sock = keep(socket.socket())
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.setsockopt(socket.IPPROTO_TCP, TCP_REPAIR, 1)
    for queue, seq in ((1, received), (2, sent)):
        sock.setsockopt(socket.IPPROTO_TCP, TCP_REPAIR_QUEUE, queue)
        sock.setsockopt(socket.IPPROTO_TCP, TCP_QUEUE_SEQ,
                        struct.pack("I", seq))
    sock.bind(local)
    sock.connect(remote)
    return sock


def out_of_order():
    """segments behind a hole that is never filled"""
    try:
        for number in range(20):
            one, two = ("127.0.0.1", 20000 + number), ("127.0.0.1",
                                                       30000 + number)
            sender = repaired(one, two, 101000, 5000)
            receiver = repaired(two, one, 5000, 100000)
            for sock in (sender, receiver):
                sock.setsockopt(socket.IPPROTO_TCP, TCP_REPAIR, 0)
            sender.send(b"x" * 20000)
    except OSError as error:
        raise Skip("TCP_REPAIR: %s" % error)
    return 40


def sendfile():
    """8 MB of a file by sendfile: its pages are in the page cache as well"""
    with tempfile.TemporaryFile() as file:
        file.write(b"x" * (8 << 20))
        file.flush()
        client, _ = Pairs().make(1)[0]
        client.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4 << 20)
        client.setblocking(False)
        sent = idle = 0
        while idle < 20 and sent < 8 << 20:
            try:
                sent += os.sendfile(client.fileno(), file.fileno(), sent,
                                    1 << 20)
            except BlockingIOError:
                idle += 1
                time.sleep(0.005)
    return 2


def msg_zerocopy():
    """MSG_ZEROCOPY: pages of the sender's own, queued and not charged"""
    client, server = Pairs().make(1)[0]
    server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.setsockopt(socket.SOL_SOCKET, SO_ZEROCOPY, 1)
    client.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 8 << 20)
    client.setblocking(False)
    block = keep(mmap.mmap(-1, 1 << 16))
    idle = 0
    while idle < 20:
        try:
            client.send(block, MSG_ZEROCOPY)
        except (BlockingIOError, OSError):
            idle += 1
            time.sleep(0.005)
    return 2


def zerocopy_receive():
    """TCP_ZEROCOPY_RECEIVE: queued pages mapped into the reader"""
    pairs = Pairs()
    pairs.listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
    client, server = pairs.make(1)[0]
    with tempfile.TemporaryFile() as file:
        file.write(b"x" * (1 << 20))
        file.flush()
        os.sendfile(client.fileno(), file.fileno(), 0, 1 << 20)
    time.sleep(0.1)
    libc.mmap.restype = ctypes.c_void_p
    address = libc.mmap(None, ctypes.c_size_t(1 << 20), 1, 1, server.fileno(),
                        ctypes.c_long(0))
    if address in (None, ctypes.c_void_p(-1).value):
        raise Skip("a TCP socket cannot be mapped")
    request = bytearray(struct.pack("QII", address, 512 << 10, 0) +
                        bytes(48))
    size = array.array("I", [len(request)])
    buffer = (ctypes.c_char * len(request)).from_buffer(request)
    if libc.getsockopt(server.fileno(), socket.IPPROTO_TCP,
                       TCP_ZEROCOPY_RECEIVE, buffer,
                       ctypes.c_void_p(size.buffer_info()[0])):
        raise Skip("TCP_ZEROCOPY_RECEIVE: %s" %
                   os.strerror(ctypes.get_errno()))
    return 2


def qdisc():
    """packets that wait in a queueing discipline"""
    if subprocess.call(["tc", "qdisc", "add", "dev", "lo", "root", "tbf",
                        "rate", "64kbit", "burst", "16k", "limit", "10m"],
                       stderr=subprocess.DEVNULL):
        raise Skip("no tbf queueing discipline")
    pairs = []
    for _ in range(4):
        pairs += Pairs().make(1)
    for client, _ in pairs:
        client.setblocking(False)
        client.send(b"x" * 200000)
    return 8


def reset_with_data(count):
    """Connections that the peer reset before they were read"""
    for client, _ in Pairs().make(count):
        client.send(b"x" * 50000)
        time.sleep(0.001)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                          struct.pack("ii", 1, 0))
        client.close()


def dark():
    """reset by the peer with data unread: in no dump"""
    reset_with_data(20)
    return 20


def hidden_namespace():
    """sockets whose namespace has neither process nor mount"""
    home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    enter_new_namespace()
    count = filled(10)
    libc.setns(home, CLONE_NEWNET)
    os.close(home)
    return count


def lost_namespace():
    """orphans whose namespace nothing leads to, not even an fd"""
    global lost
    ours, theirs = socket.socketpair()
    child = os.fork()
    if child:
        theirs.close()
        os.waitpid(child, 0)
        lost = int(ours.recv(32))
        return 0
    enter_new_namespace()
    client, server = Pairs().make(1)[0]
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, 8000)
    fill(client)
    time.sleep(1)  # the first probe of the closed window splits a segment
    set_loopback(False)
    client.shutdown(socket.SHUT_WR)
    queued = counters(client)[5]
    page = mmap.PAGESIZE  # what was charged ahead is given back at close
    theirs.send(b"%d" % (-(-queued // page) * page))
    os._exit(0)


def many_namespaces():
    """full queues in 40 namespaces"""
    ready, done = os.pipe()
    for _ in range(40):
        if os.fork() == 0:
            enter_new_namespace()
            filled(2, 100000)
            os.write(done, struct.pack("Q", own_namespace()))
            os.read(0, 1)
            abort()
            os._exit(0)
    for _ in range(40):
        namespaces.append(struct.unpack("Q", os.read(ready, 8))[0])
    return 160


def forked():
    """sockets shared by three processes"""
    count = filled(50, 50000)
    for _ in range(2):
        if os.fork() == 0:
            os.read(0, 1)
            os._exit(0)
    return count


def in_flight():
    """fds sent over a UNIX socket and not received"""
    left, right = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    keep(left, right)
    for client, server in Pairs().make(20):
        fill(client, 40000)
        socket.send_fds(left, [b"x"], [client.fileno(), server.fileno()])
        client.close()
        server.close()
    return 40


def io_uring_files():
    """sockets that only io_uring's registered files hold"""
    params = ctypes.create_string_buffer(120)
    ring = libc.syscall(425, 8, params)
    if ring < 0:
        raise Skip("io_uring_setup: %s" % os.strerror(ctypes.get_errno()))
    keep(ring)
    pairs = Pairs().make(10)
    files = array.array("i", [s.fileno() for pair in pairs for s in pair])
    for client, _ in pairs:
        fill(client, 40000)
    if libc.syscall(427, ring, 2, ctypes.c_void_p(files.buffer_info()[0]),
                    len(files)) < 0:
        raise Skip("io_uring_register: %s" %
                   os.strerror(ctypes.get_errno()))
    for pair in pairs:
        for sock in pair:
            sock.close()
    return 20


def reserve_mem():
    """SO_RESERVE_MEM: quota reserved in advance"""
    client, _ = Pairs().make(1)[0]
    try:
        client.setsockopt(socket.SOL_SOCKET, SO_RESERVE_MEM, 1 << 20)
    except OSError as error:
        raise Skip("SO_RESERVE_MEM: %s (it needs the v2 memory controller)" %
                   error)
    return 2


def mptcp_idle():
    """idle MPTCP connections"""
    Pairs(proto=IPPROTO_MPTCP).make(100)
    return 200


def mptcp_full():
    """both queues full, MPTCP"""
    return filled(10, proto=IPPROTO_MPTCP)


def mptcp_full_v6():
    """both queues full, MPTCP over IPv6"""
    return filled(10, family=socket.AF_INET6, proto=IPPROTO_MPTCP)


def ktls():
    """kernel TLS: records that are open, and held by the sender"""
    global unshown
    unshown = "ktls"
    # TLS 1.2, AES-GCM-128
    crypto = struct.pack("HH", 0x0303, 51) + bytes(8 + 16 + 4 + 8)
    for pair in Pairs().make(100):
        try:
            for sock, side in zip(pair, (1, 2)):
                sock.setsockopt(socket.IPPROTO_TCP, TCP_ULP, b"tls")
                sock.setsockopt(SOL_TLS, side, crypto)
        except OSError as error:
            raise Skip("kernel TLS: %s" % error)
        pair[0].send(b"x" * 12000, socket.MSG_MORE)
    return 200


def with_sockmap(prepare, count):
    """Connections whose sockets are in a sockmap, and data sent by some"""
    global lost
    pairs = Pairs().make(2)
    try:
        sockmap = Sockmap()
        prepare(sockmap)
        # the first one is what the programs lead to
        sockmap.put(pairs[1][1 if prepare is Sockmap.deliver_sent else 0],
                    *pairs[0])
    except OSError as error:
        raise Skip(error)
    sent = fill(pairs[0][0], count)
    if prepare is Sockmap.deliver_sent and not counters(pairs[1][1])[0]:
        lost = sent  # an older kernel charges it and has no counter for it
    return 4


def sockmap_receive():
    """sockmap: received data that a BPF program let pass"""
    return with_sockmap(Sockmap.keep_received, 60000)


def sockmap_send():
    """sockmap: received data that a BPF program sends to another"""
    return with_sockmap(Sockmap.send_received, 60000)


def sockmap_deliver():
    """sockmap: sent data that a BPF program put into another's queue"""
    return with_sockmap(Sockmap.deliver_sent, 60000)


def churn():
    """full queues at rest while others connect and close all the time"""
    filled(20, 200000)

    def connect_and_close():
        listener = socket.socket()
        listener.bind(("127.0.0.1", 0))
        listener.listen(100)
        target = listener.getsockname()
        while True:
            client = socket.create_connection(target)
            server, _ = listener.accept()
            client.send(b"x" * 1000)
            server.recv(1000)
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                              struct.pack("ii", 1, 0))
            client.close()
            server.close()

    threading.Thread(target=connect_and_close, daemon=True).start()
    return None


SCENARIOS = [
    idle_v4, idle_v6, full_v4, full_v6, full_mapped, full_receive,
    small_segments, large_segments, out_of_order, close_wait, syn_sent,
    syn_recv, time_wait, orphans, unaccepted, listeners_reuseport, bound,
    sendfile, msg_zerocopy, zerocopy_receive, qdisc, dark, hidden_namespace,
    lost_namespace, many_namespaces, forked, in_flight, io_uring_files, reserve_mem,
    mptcp_idle, mptcp_full, mptcp_full_v6, ktls, sockmap_receive,
    sockmap_send, sockmap_deliver, churn,
]


def abort():
    """Resets what is open: orphans would outlive the scenario.

    Packets that a qdisc holds keep their socket, and with it a network
    namespace to which nothing leads any more.
    """
    for thing in held:
        if isinstance(thing, socket.socket) and thing.fileno() >= 0:
            # AF_UNSPEC dissolves the connection, of MPTCP as well
            libc.connect(thing.fileno(), bytes(16), 16)


def main():
    if sys.argv[1:] == ["--list"]:
        for scenario in SCENARIOS:
            print("%s\t%s" % (scenario.__name__, scenario.__doc__))
        return
    set_loopback(True)
    namespaces.append(own_namespace())
    scenario = {s.__name__: s for s in SCENARIOS}[sys.argv[1]]
    try:
        count = scenario()
    except Skip as why:
        print("skip %s" % why, flush=True)
        return
    print("ready %s" % json.dumps({"sockets": count, "lost": lost,
                                   "unshown": unshown,
                                   "namespaces": namespaces}), flush=True)
    select.select([sys.stdin], [], [])
    abort()


if __name__ == "__main__":
    main()

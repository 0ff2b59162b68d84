# SPDX-License-Identifier: LGPL-2.1-or-later
"""sockets.py - sockets of every kind, and what their own process knows"""
import socket
import struct
import time

IPPROTO_MPTCP = 262
SO_MEMINFO = 55
SO_COOKIE = 57

# rmem, rcvbuf, wmem_alloc, sndbuf, fwd_alloc, wmem_queued, optmem, backlog,
# drops: in SO_MEMINFO's order, and skmem's letters of ss.
FIELDS = ("rmem_bytes", "rcvbuf_bytes", "wmem_alloc_bytes", "sndbuf_bytes",
          "fwd_alloc_bytes", "wmem_queued_bytes", "optmem_bytes",
          "backlog_bytes", "drops")
LETTERS = ("r", "rb", "t", "tb", "f", "w", "o", "bl", "d")

VARIANTS = {
    "IPv4": (socket.AF_INET, "127.0.0.1", 0),
    "IPv6": (socket.AF_INET6, "::1", 0),
    "IPv4 on IPv6": (socket.AF_INET6, "::ffff:127.0.0.1", 0),
    "MPTCP": (socket.AF_INET, "127.0.0.1", IPPROTO_MPTCP),
    "MPTCP on IPv6": (socket.AF_INET6, "::1", IPPROTO_MPTCP),
}


class Scene:
    """Sockets of one variant; they live until close()"""

    def __init__(self, variant):
        self.family, self.address, self.protocol = VARIANTS[variant]
        self.held = []

    def socket(self):
        sock = socket.socket(self.family, socket.SOCK_STREAM, self.protocol)
        self.held.append(sock)
        return sock

    def listen(self):
        sock = self.socket()
        sock.bind((self.address, 0))
        sock.listen(64)
        return sock

    def connect(self, listener):
        sock = self.socket()
        sock.connect(listener.getsockname()[:2])
        return sock

    def pair(self):
        listener = self.listen()
        client = self.connect(listener)
        server, _ = listener.accept()
        self.held.append(server)
        return client, server

    def drop(self, *socks):
        for sock in socks:
            self.held.remove(sock)
            sock.close()

    def close(self):
        for sock in self.held:
            reset(sock)
            sock.close()


def reset(sock):
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                    struct.pack("ii", 1, 0))


def fill(sock, most=1 << 30):
    """Sends until nothing more is taken"""
    sock.setblocking(False)
    sent = idle = 0
    while sent < most and idle < 5:
        try:
            sent += sock.send(b"x" * min(65536, most - sent))
        except BlockingIOError:
            idle += 1
            time.sleep(0.01)
    sock.setblocking(True)
    return sent


def idle(scene):
    scene.pair()


def full(scene):
    fill(scene.pair()[0])


def unread(scene):
    scene.pair()[0].send(b"x" * 30000)


def half_closed(scene):
    scene.drop(scene.pair()[0])


def time_wait(scene):
    scene.drop(*scene.pair())


def unaccepted(scene):
    listener = scene.listen()
    for _ in range(3):
        scene.connect(listener).send(b"y" * 20000)


def orphan(scene):
    client, _ = scene.pair()
    fill(client, 200000)
    scene.drop(client)


def syn_sent(scene):
    # The listener's queue is full: the last ones wait.
    listener = scene.socket()
    listener.bind((scene.address, 0))
    listener.listen(1)
    for _ in range(4):
        sock = scene.socket()
        sock.setblocking(False)
        sock.connect_ex(listener.getsockname()[:2])


def bound(scene):
    scene.socket().bind((scene.address, 0))


def unbound(scene):
    scene.socket()


def reset_with_data(scene):
    client, _ = scene.pair()
    client.send(b"x" * 50000)
    time.sleep(0.1)
    reset(client)
    scene.drop(client)


KINDS = {
    "idle": idle,
    "full queues": full,
    "unread": unread,
    "half closed": half_closed,
    "TIME_WAIT": time_wait,
    "unaccepted": unaccepted,
    "orphan": orphan,
    "SYN_SENT": syn_sent,
    "bound": bound,
    "unbound": unbound,
    "reset with data": reset_with_data,
}


def cookie(sock):
    return struct.unpack("Q", sock.getsockopt(socket.SOL_SOCKET, SO_COOKIE,
                                              8))[0]


def memory(sock):
    """The nine counters, or None where SO_MEMINFO is not for this protocol"""
    data = sock.getsockopt(socket.SOL_SOCKET, SO_MEMINFO, 36)
    return struct.unpack("IIIIiIIII", data)

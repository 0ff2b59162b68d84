# SPDX-License-Identifier: LGPL-2.1-or-later
"""synthetic.py - scenes of sockets alone: how they are read and shared"""

import os
import signal
import socket
import tempfile
import time

from leaks import LIBC, listen
from scene import (
    DEAF, INNOCENT, PR_SET_PDEATHSIG, VICTIM, ask, await_port, children_of,
    feed, read_all, read_nothing)
from servers import GET_LARGE, HAPROXY


def scene_readers(scene):
    for name, expected, *how in (
            ("fast", INNOCENT, read_all), ("slow", DEAF, read_all, 100, 0.1),
            ("dead", DEAF, read_nothing)):
        listener, address = listen()
        scene.role(name, scene.fork(name, how[0], listener, *how[1:]), expected)
        scene.role(name + "'s peer", scene.fork(name + "-peer", feed, address),
                   INNOCENT if expected is INNOCENT else VICTIM)


def serve(listener, work, accepts=1000):
    """Works on what it accepts, each time all of it"""
    kept = []
    listener.setblocking(False)
    while True:
        try:
            if len(kept) < accepts:
                kept.append(listener.accept()[0])
                kept[-1].setblocking(True)
        except BlockingIOError:
            pass
        for sock in kept:
            work(sock)
        time.sleep(0.05)


def read_each(addresses, count, pause=0.0):
    """Connects @count times to each and reads what comes"""
    kept = [socket.create_connection(address)
            for address in addresses for _ in range(count)]
    while True:
        for client in kept:
            try:
                client.recv(1 << 20, socket.MSG_DONTWAIT)
            except BlockingIOError:
                pass
        time.sleep(pause)


def scene_idle_streams(scene):
    """Streams as of gRPC, SSE or an idle websocket: little, or nothing"""
    for name, work in (("sse", lambda s: s.sendall(b"data: tick\n\n")),
                       ("idle", lambda s: None)):
        listener, address = listen()
        scene.role(name, scene.fork(name, serve, listener, work), INNOCENT)
        client = scene.fork(name + "-client", read_each, [address], 100, 0.05)
        scene.role(name + " client", client, INNOCENT)
        scene.role(name + ", watched", client, INNOCENT)


def read_now_and_then(listener):
    server, _ = listener.accept()
    while server.recv(1 << 22):
        time.sleep(10)


def scene_reader_every_10_s(scene):
    """It has read nothing for seconds, of far more than one would leave"""
    listener, address = listen()
    scene.role("reader", scene.fork("reader", read_now_and_then, listener),
               DEAF)
    scene.role("its peer", scene.fork("peer", feed, address), VICTIM)


def scene_stopped(scene):
    """SIGSTOP: what it has not read, and whom it keeps waiting"""
    listener, address = listen()
    reader = scene.fork("reader", read_all, listener)
    scene.role("stopped", reader, DEAF)
    scene.role("its peer", scene.fork("peer", feed, address), VICTIM)
    time.sleep(0.5)
    os.kill(reader, signal.SIGSTOP)


def half_close(address):
    """Says that it has sent all, and waits for the answer"""
    client = socket.create_connection(address)
    client.sendall(b"a question")
    client.shutdown(socket.SHUT_WR)
    client.recv(100)
    signal.pause()


def keep_closed(listener):
    kept = [listener.accept()[0]]
    while kept:
        signal.pause()


def connect_and_close(address):
    socket.create_connection(address).close()
    signal.pause()


def scene_half_closed(scene):
    """A peer that has closed, and one that waits for an answer"""
    for name, client, expected in (
            ("forgets", connect_and_close, ({"close-wait"}, set())),
            ("thinks", half_close, INNOCENT)):
        listener, address = listen()
        scene.role(name, scene.fork(name, keep_closed, listener), expected)
        scene.role(name + "' client",
                   scene.fork(name + "-client", client, address), INNOCENT)


def sendfile_all(address):
    with tempfile.TemporaryFile() as file:
        file.write(b"x" * (4 << 20))
        file.flush()
        client = socket.create_connection(address)
        while True:
            os.sendfile(client.fileno(), file.fileno(), 0, 4 << 20)


def splice_all(listener):
    server, _ = listener.accept()
    out, into = os.pipe()
    null = os.open("/dev/null", os.O_WRONLY)
    while True:
        moved = os.splice(server.fileno(), into, 65536)
        os.splice(out, null, moved)


def scene_splice(scene):
    """Bytes that no read(2) or write(2) ever sees"""
    listener, address = listen()
    scene.role("splices", scene.fork("splices", splice_all, listener),
               INNOCENT)
    scene.role("sends files", scene.fork("sends", sendfile_all, address),
               INNOCENT)


def send_urgent(address):
    client = socket.create_connection(address)
    while True:
        client.sendall(b"x" * 10000)
        client.send(b"!", socket.MSG_OOB)
        time.sleep(0.01)


def scene_urgent(scene):
    listener, address = listen()
    scene.role("reader", scene.fork("reader", read_all, listener), INNOCENT)
    scene.role("urgent", scene.fork("urgent", send_urgent, address), INNOCENT)


def accept_slowly(listener, pause):
    while True:
        listener.accept()[0].close()
        time.sleep(pause)


def knock(address):
    while True:
        client = socket.socket()
        client.settimeout(0.2)
        try:
            client.connect(address)
            client.close()
        except OSError:
            pass
        time.sleep(0.02)


def scene_accept_queue(scene):
    """Full because nobody accepts; and one where all are accepted at once"""
    for name, how, pause, expected in (
            ("stopped", signal.SIGSTOP, 0, ({"backlog-full"},
                                            {"backlog-drops", "unaccepted",
                                             "close-wait"})),
            ("quick", None, 0, INNOCENT)):
        listener = socket.create_server(("127.0.0.1", 0), backlog=8)
        pid = scene.fork(name, accept_slowly, listener, pause)
        scene.role(name, pid, expected)
        address = listener.getsockname()
        listener.close()
        if how:
            os.kill(pid, how)
        for _ in range(2):
            scene.fork("clients", knock, address)


def worker_of(listener, reads):
    server, _ = listener.accept()
    if os.fork() == 0:
        LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        while server.recv(1 << 20) if reads else signal.pause() or True:
            pass
    while True:
        signal.pause()


def scene_forked(scene):
    """A child reads, or does not read, what its parent has open, too"""
    for name, reads, expected in (("reads", True, INNOCENT),
                                  ("sleeps", False, DEAF)):
        listener, address = listen()
        scene.role(name, scene.fork(name, worker_of, listener, reads),
                   expected)
        scene.role(name + "' peer", scene.fork(name + "-peer", feed, address),
                   INNOCENT if reads else VICTIM)


def trickle(address, size, pause):
    client = socket.create_connection(address)
    while True:
        client.sendall(b"x" * size)
        time.sleep(pause)


def scene_bursts(scene):
    """It reads twice a second, and then all that there is"""
    listener, address = listen()
    scene.role("reader", scene.fork("reader", read_all, listener, 1 << 24,
                                    0.5), INNOCENT)
    scene.role("writer", scene.fork("writer", trickle, address, 10000, 0.02),
               INNOCENT)


def feed_each(*addresses):
    """Writes to each what it takes, and waits for none"""
    kept = [socket.create_connection(address) for address in addresses]
    for client in kept:
        client.setblocking(False)
    while True:
        for client in kept:
            try:
                client.send(b"x" * 65536)
            except BlockingIOError:
                pass
        time.sleep(0.001)


def scene_two_culprits(scene):
    """Of three that one server writes to, two do not read"""
    addresses = []
    for name, expected, read in (("deaf", DEAF, read_nothing),
                                 ("deaf too", DEAF, read_nothing),
                                 ("quick", INNOCENT, read_all)):
        listener, address = listen()
        addresses.append(address)
        scene.role(name, scene.fork(name, read, listener), expected)
    scene.role("server", scene.fork("server", feed_each, *addresses), VICTIM)


def freeze(scene, pid):
    """By a cgroup, as a container is paused; of version 1 or 2"""
    old = os.path.isdir("/sys/fs/cgroup/freezer")
    group = f"/sys/fs/cgroup/{'freezer/' if old else ''}evidence-{pid}"
    switch, on, off = (("freezer.state", "FROZEN", "THAWED") if old else
                       ("cgroup.freeze", "1", "0"))

    def put(name, text):
        with open(os.path.join(group, name), "w") as file:
            file.write(text)

    def undo():
        put(switch, off)
        with open(os.path.join(os.path.dirname(group), "cgroup.procs"),
                  "w") as file:
            file.write(str(pid))
        os.rmdir(group)
    os.mkdir(group)
    put("cgroup.procs", str(pid))
    put(switch, on)
    scene.undo.append(undo)


def scene_frozen(scene):
    """A paused container: its peer probes a window that stays shut"""
    for name, paused in ("paused", True), ("goes on", False):
        listener, address = listen()
        pid = scene.fork(name, read_all, listener)
        scene.role(name, pid, DEAF if paused else INNOCENT)
        scene.role(name + ": peer", scene.fork(name + "-peer", feed, address),
                   VICTIM if paused else INNOCENT)
        time.sleep(0.5)
        if paused:
            freeze(scene, pid)


def scene_small_buffers(scene):
    """SO_RCVBUF and SO_SNDBUF bound it, nobody is slow"""
    listener, address = listen(rcvbuf=8192)
    scene.role("reader", scene.fork("reader", read_all, listener), INNOCENT)
    scene.role("writer", scene.fork("writer", feed, address), INNOCENT)


def cork(address):
    """Leaves less than a segment in the queue, for the kernel to send"""
    client = socket.create_connection(address)
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_CORK, 1)
    while True:
        client.sendall(b"x" * 1000)
        time.sleep(0.3)


def scene_little_to_send(scene):
    """The application has no more: with TCP_CORK, and without"""
    for name, work, *how in (("cork", cork), ("trickle", trickle, 100, 0.05)):
        listener, address = listen()
        scene.role(name + " reader", scene.fork("reader", read_all, listener),
                   INNOCENT)
        scene.role(name, scene.fork(name, work, address, *how), INNOCENT)


def pipeline(port):
    """Hundreds of requests at once, then all of their answers"""
    client = socket.create_connection(("127.0.0.1", port))
    client.sendall(b"SET k %b\r\n" % (b"x" * 10000))
    client.recv(100)
    while True:
        client.sendall(b"GET k\r\n" * 500)
        left = 500 * (len(b"$10000\r\n\r\n") + 10000)
        while left:
            left -= len(client.recv(1 << 20))


def scene_pipelined_redis(scene):
    pid = scene.run("redis-server", "--port", "8126", "--bind", "127.0.0.1",
                    "--save", "")
    await_port(8126).close()
    scene.role("redis", pid, INNOCENT)
    scene.role("pipelines", scene.fork("pipelines", pipeline, 8126), INNOCENT)


def answer_late(listener):
    """Reads the question at once, and is busy with it ever after"""
    kept = []
    while True:
        kept.append(listener.accept()[0])
        kept[-1].recv(65536)


def scene_slow_upstream(scene):
    """Everybody waits for an answer, and no data does"""
    listener = socket.create_server(("127.0.0.1", 8123))
    scene.role("upstream", scene.fork("upstream", answer_late, listener),
               INNOCENT)
    listener.close()
    pid = scene.run("haproxy", "-db", "-f", scene.write("cfg", HAPROXY))
    await_port(8124).close()
    scene.role("haproxy", pid, INNOCENT)
    scene.role("client", scene.fork("client", ask, 8124, GET_LARGE), INNOCENT)


def hand_over(listener):
    """Its connection is in a message that nobody has received"""
    one, two = socket.socketpair(socket.AF_UNIX)
    server, _ = listener.accept()
    socket.send_fds(one, [b"x"], [server.fileno()])
    server.close()
    while two:
        signal.pause()


def scene_in_flight(scene):
    """Who does not hold a socket any more does not read it"""
    listener, address = listen()
    scene.role("hands over", scene.fork("hands", hand_over, listener),
               INNOCENT)
    listener.close()
    scene.role("peer", scene.fork("peer", feed, address), VICTIM)


def prefork(listener):
    """Four workers accept from one listener, and answer"""
    for _ in range(3):
        if os.fork() == 0:
            LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
            break
    while True:
        server, _ = listener.accept()
        while server.recv(65536):
            server.sendall(b"x" * 10000)
        server.close()


def visit(address):
    while True:
        with socket.create_connection(address) as client:
            client.sendall(b"a question")
            client.recv(65536)


def scene_prefork(scene):
    listener, address = listen()
    pid = scene.fork("prefork", prefork, listener)
    listener.close()
    scene.role("parent", pid, INNOCENT)
    for i in range(3):
        scene.role(f"client {i}", scene.fork("client", visit, address),
                   INNOCENT)
    time.sleep(0.5)
    for i, child in enumerate(children_of(pid)):
        scene.role(f"worker {i}", child, INNOCENT)


def scene_player(scene):
    """It takes a second's worth in four parts, as they come"""
    listener, address = listen()
    scene.role("player", scene.fork("player", read_all, listener, 300000,
                                    0.25), INNOCENT)
    scene.role("streams", scene.fork("streams", trickle, address, 250000,
                                     0.25), INNOCENT)

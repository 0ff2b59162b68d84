# SPDX-License-Identifier: LGPL-2.1-or-later
"""suite_features.py - what a user of this kernel has, and loses

A case is a row of the table in tcpmem(7) and has to be as its cell says: yes;
no, which is skipped with a text that says what is lost; or - where the kernel
has no such thing.
"""
import ctypes
import os
import re
import socket
import struct
import subprocess
import time

import kit
import sockets
import suite_cgroup
import suite_ktls
from suite_user import NOBODY

HERE = os.path.dirname(os.path.abspath(__file__))
MANUAL = os.path.join(HERE, "..", "..", "..", "man", "tcpmem.7")

AF_SMC = 43
DATA = 60000

libc = ctypes.CDLL(None, use_errno=True)


class Absent(kit.Skip):
    """What is lost is nothing that this kernel has."""


def table():
    """row -> cell of this kernel, from the manual"""
    found, columns = {}, None
    release = ".".join(os.uname().release.split(".")[:2])
    for line in kit.read(MANUAL).splitlines():
        cells = [re.sub("^Sy ", "", cell)
                 for cell in line[len(".It "):].split(" Ta ")]
        if not line.startswith(".It ") or len(cells) < 2:
            columns = None
        elif cells[0] == "Linux":
            columns = cells
        elif columns and release in columns:
            found[cells[0]] = cells[columns.index(release)]
    return found


def row(said, name, function, *arguments):
    """A case that has to come out as the manual says"""
    word, why = "yes", None
    try:
        wrong = function(*arguments)
    except kit.Skip as lost:
        word, why = "-" if isinstance(lost, Absent) else "no", lost
        wrong = None
    except Exception as error:
        wrong = "%s: %s" % (type(error).__name__, error)
    if wrong or said.get(name) != word:
        kit.say("not ok", name, "%s, and tcpmem(7) says %s: %s" % (
            word, said.get(name), wrong or why))
    else:
        kit.say("skip" if why else "ok", name, why)


def rows(*arguments, **options):
    return kit.answer("sockets", *arguments, **options)["rows"]


def row_of(sock, **options):
    cookie = str(sockets.cookie(sock))
    return next((row for row in rows(**options) if row["cookie"] == cookie),
                None)


def bpf_holders():
    done = kit.command("ps", "--holders=bpf")
    if done.returncode:
        raise kit.Skip(done.stderr.strip())


def mptcp():
    scene = sockets.Scene("MPTCP")
    try:
        client, _ = scene.pair()
    except OSError as error:
        raise Absent("no MPTCP: %s" % error.strerror)
    row = row_of(client)
    scene.close()
    return None if row and row["protocol"] == "mptcp" else "%s" % row


def cgroup_of_socket():
    scene = sockets.Scene("IPv4")
    client, _ = scene.pair()
    row = row_of(client)
    scene.close()
    if row["cgroup_id"] is None:
        raise kit.Skip("the kernel does not tell it; a process's counts")


def bound_seen_by_others():
    """Bound and not connected: in a dump, or known by its process's fd"""
    scene = sockets.Scene("IPv4")
    scene.socket().bind(("127.0.0.1", 0))
    inode = os.fstat(scene.held[0].fileno()).st_ino
    own, other = ([row for row in rows(**who) if row["inode"] == inode]
                  for who in ({}, NOBODY))
    scene.close()
    if not own:
        return "seen by nobody"
    if not other:
        raise kit.Skip("no dump shows it: only who may read the fds of its "
                       "process sees it")


def reserve_memory():
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, suite_cgroup.SO_RESERVE_MEM, 4096)
    return sock


def reserve_in_cgroup():
    try:
        suite_cgroup.child("/features", reserve_memory)
    except kit.Skip as why:
        raise Absent("no SO_RESERVE_MEM: %s" % why)
    finally:
        suite_cgroup.end_children()


def in_flight_namespace():
    """A namespace of which only an fd in flight is left, and its sockets"""
    keep, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    pid = os.fork()
    if not pid:
        libc.unshare(0x40000000)
        subprocess.call(["ip", "link", "set", "lo", "up"])
        client, server = sockets.Scene("IPv4").pair()
        client.send(b"x" * 50000)
        net = os.open("/proc/self/ns/net", os.O_RDONLY)
        socket.send_fds(keep, [b"x"], [net, client.fileno(), server.fileno()])
        os._exit(0)
    os.waitpid(pid, 0)
    before = kit.answer("summary")
    keep.close()
    other.close()
    if before["netns"]["namespaces"] and len(before["netns"][
            "namespaces"]) > 1:
        return None
    if not before["reconcile"]["sockets_unseen"]:
        return "%s" % before["reconcile"]
    raise kit.Skip("not found, and its sockets are counted as not seen")


def five_full():
    scene = sockets.Scene("IPv4")
    for _ in range(5):
        sockets.full(scene)
    return scene


def bypass():
    """Sockets of a cgroup may be left out of the host's count: it is named"""
    switch = "/proc/sys/net/core/bypass_prot_mem"
    if not os.path.exists(switch):
        raise Absent("no net.core.bypass_prot_mem")
    kit.write(switch, "1")
    try:
        suite_cgroup.child("/features", five_full)
        found = kit.answer("summary")["reconcile"]
    finally:
        suite_cgroup.end_children()
        kit.write(switch, "0")
    causes = [cause["code"] for cause in found["causes"]]
    if found["residual_bytes"] >= 0 or causes != ["bypass"]:
        return "%s" % found


def kernel_tls():
    if subprocess.call(["modprobe", "tls"], stderr=subprocess.DEVNULL):
        raise Absent("no kernel TLS")
    scene = suite_ktls.open_records()
    answer = kit.answer("summary")
    scene.close()
    named = [w["text"] for w in answer["warnings"] if w["code"] == "ktls"]
    if named:
        raise kit.Skip(named[0])


def checked(result):
    if result < 0:
        raise Absent("no SMC: %s" % os.strerror(ctypes.get_errno()))
    return result


def smc_pair(port):
    """A listener, a client and a server; Python knows no address of SMC's"""
    place = struct.pack("=HHI8x", socket.AF_INET, socket.htons(port),
                        socket.htonl(0x7f000001))
    listener, client = (checked(libc.socket(AF_SMC, socket.SOCK_STREAM, 0))
                        for _ in range(2))
    checked(libc.bind(listener, place, len(place)))
    checked(libc.listen(listener, 5))
    checked(libc.connect(client, place, len(place)))
    server = checked(libc.accept(listener, None, None))
    return listener, client, server


def smc():
    """Without an SMC device it falls back to TCP, of which there is a socket"""
    if subprocess.call(["modprobe", "smc"], stderr=subprocess.DEVNULL):
        raise Absent("no SMC")
    port = 7100
    fds = smc_pair(port)
    client = fds[1]
    os.set_blocking(client, False)
    sent = 0
    try:
        while sent < DATA:
            sent += os.write(client, b"x" * (DATA - sent))
    except BlockingIOError:
        pass
    time.sleep(0.3)
    found = ["%s %s %d held by %d" % (
        row["state"], row["kind"], row["charged_bytes"], len(row["holders"]))
        for row in rows("--holders=proc") + rows("--holders=auto")
        if port in (row["local_port"], row["remote_port"])]
    verdict = kit.answer("summary")["reconcile"]["verdict"]
    for fd in fds:
        os.close(fd)
    raise kit.Skip("sent %d; %s; %s" % (sent, ", ".join(found), verdict))


def run():
    said = table()
    row(said, "bpf", bpf_holders)
    row(said, "mptcp", mptcp)
    row(said, "cgroup", cgroup_of_socket)
    row(said, "bound", bound_seen_by_others)
    row(said, "reserve", reserve_in_cgroup)
    row(said, "in flight", in_flight_namespace)
    row(said, "ktls", kernel_tls)
    kit.case("net.core.bypass_prot_mem", bypass)
    kit.case("SMC", smc)

# SPDX-License-Identifier: LGPL-2.1-or-later
"""suite_features.py - what a user of this kernel has, and loses

A case is a row of the table in tcpmem(7); what is skipped is lost, and the
text says how much. Losing more than that fails.
"""
import ctypes
import os
import socket
import subprocess
import sys
import time

import kit
import sockets
import suite_cgroup
from suite_user import NOBODY

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.append(os.path.join(HERE, "..", "..", "truth"))
from sockmap import Sockmap  # noqa: E402

IPPROTO_SMC = 256
AF_SMC = 43
DATA = 1000000

libc = ctypes.CDLL(None, use_errno=True)


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
        raise kit.Skip("no MPTCP: %s" % error.strerror)
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
    try:
        sock.setsockopt(socket.SOL_SOCKET, suite_cgroup.SO_RESERVE_MEM, 4096)
    except OSError as error:
        raise kit.Skip("no SO_RESERVE_MEM: %s" % error.strerror)
    sock.close()


def reserve_in_cgroup():
    suite_cgroup.child("/features", reserve_memory)
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


def counted_pages():
    """The kernel's own count, or one that misses what CPUs keep back"""
    tolerance = kit.answer("summary")["reconcile"]["tolerance_bytes"]
    if tolerance:
        raise kit.Skip("known but for %d bytes on %d CPUs" %
                       (tolerance, os.cpu_count()))


def kernel_tls():
    import suite_ktls
    if subprocess.call(["modprobe", "tls"], stderr=subprocess.DEVNULL):
        raise kit.Skip("no kernel TLS")
    scene = suite_ktls.open_records()
    answer = kit.answer("summary")
    scene.close()
    named = [w["text"] for w in answer["warnings"] if w["code"] == "ktls"]
    if named:
        raise kit.Skip(named[0])


def sockmap(prepare, first):
    """Data in a sockmap: in a counter, or charged and shown nowhere"""
    scene = sockets.Scene("IPv4")
    pairs = [scene.pair(), scene.pair()]
    try:
        made = Sockmap()
        prepare(made)
        made.put(pairs[1][first], *pairs[0])
    except OSError as error:
        scene.close()
        raise kit.Skip("no sockmap: %s" % error)
    sent = sockets.fill(pairs[0][0], DATA)
    time.sleep(0.5)
    charged = sum(row["charged_bytes"] for row in
                  map(row_of, pairs[0] + pairs[1]))
    warnings = [w["text"] for w in kit.answer("summary")["warnings"]]
    scene.close()
    if charged < sent:
        raise kit.Skip("%d of %d bytes charged; warnings %s" %
                       (charged, sent, warnings))


def smc():
    """An SMC socket whose peer is TCP, or that has no SMC device, is TCP"""
    listener = socket.socket(AF_SMC, socket.SOCK_STREAM, 0)
    listener.bind(("127.0.0.1", 0))
    listener.listen(5)
    client = socket.socket(AF_SMC, socket.SOCK_STREAM, 0)
    client.connect(listener.getsockname())
    server, _ = listener.accept()
    sent = sockets.fill(client, DATA)
    time.sleep(0.3)
    port = listener.getsockname()[1]
    found = [(row["state"], row["kind"], row["charged_bytes"],
              len(row["holders"])) for row in rows()
             if port in (row["local_port"], row["remote_port"])]
    bpf = [len(row["holders"]) for row in rows("--holders=bpf")
           if port in (row["local_port"], row["remote_port"])]
    for sock in (client, server, listener):
        sock.close()
    raise kit.Skip("sent %d, seen %s, holders by BPF %s" % (sent, found, bpf))


def smc_or_not():
    if subprocess.call(["modprobe", "smc"], stderr=subprocess.DEVNULL):
        raise kit.Skip("no SMC")
    try:
        smc()
    except OSError as error:
        raise kit.Skip("no SMC: %s" % error)


def run():
    kit.case("holders by BPF", bpf_holders)
    kit.case("MPTCP", mptcp)
    kit.case("the cgroup of a socket", cgroup_of_socket)
    kit.case("bound sockets of others", bound_seen_by_others)
    kit.case("SO_RESERVE_MEM", reserve_in_cgroup)
    kit.case("a namespace that only an fd in flight keeps",
             in_flight_namespace)
    kit.case("the kernel's count", counted_pages)
    kit.case("kernel TLS", kernel_tls)
    kit.case("sockmap, received and kept", sockmap, Sockmap.keep_received, 0)
    kit.case("sockmap, received and sent on", sockmap, Sockmap.send_received,
             0)
    kit.case("sockmap, sent and delivered", sockmap, Sockmap.deliver_sent, 1)
    kit.case("SMC", smc_or_not)

# SPDX-License-Identifier: LGPL-2.1-or-later
"""test_mptcp - connections of several subflows: one socket, all their memory"""

import os
import socket
import subprocess
import time

import harness
from harness import Skip, answer, equal

IPPROTO_MPTCP = 262
ONE, TWO = "10.9.0.1", "10.9.0.2"


def configure():
    """Two addresses, the second of which joins what the first connects"""
    for line in (f"addr add {ONE}/32 dev lo", f"addr add {TWO}/32 dev lo",
                 "mptcp limits set subflow 2 add_addr_accepted 2",
                 f"mptcp endpoint add {TWO} dev lo subflow"):
        done = subprocess.run(["ip", *line.split()], capture_output=True,
                              text=True)
        if done.returncode:
            harness.skip_all(f"ip {line}: {done.stderr.strip()}")


def sockets():
    return [row for row in answer("sockets")["rows"]
            if row["state"] != "listening"]


def ss(*flags):
    """What ss shows of connections, a line each"""
    try:
        done = subprocess.run(["ss", "-HnO", *flags], capture_output=True,
                              text=True, check=True)
    except OSError as why:
        raise Skip(f"no ss: {why}")
    return done.stdout.splitlines()


def joined():
    """A listener and both ends of a connection that has two subflows"""
    try:
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM,
                                 IPPROTO_MPTCP)
    except OSError as why:
        raise Skip(f"no MPTCP: {why}")
    listener.bind((ONE, 0))
    listener.listen(4)
    client = socket.socket(socket.AF_INET, socket.SOCK_STREAM, IPPROTO_MPTCP)
    client.connect(listener.getsockname())
    server = listener.accept()[0]
    client.send(b"x")
    server.recv(1)
    deadline = time.monotonic() + harness.patience(20)
    while time.monotonic() < deadline:
        if sum("tcp-ulp-mptcp" in line for line in ss("-ti")) == 4:
            shows_what_ss_shows()
            return listener, client, server
        time.sleep(0.05)
    shows_what_ss_shows()
    raise Skip("the kernel does not join a second subflow")


def shows_what_ss_shows():
    """The kernel's own count of MPTCP sockets is 0 on some that have them"""
    protocols = [row["protocol"] for row in sockets()]
    equal(protocols.count("mptcp"), len(ss("-M")))
    equal(protocols.count("subflow"),
          sum("tcp-ulp-mptcp" in line for line in ss("-ti")))


def fill(sock):
    sock.setblocking(False)
    idle = 0
    while idle < 20:
        try:
            sock.send(b"x" * 65536)
            idle = 0
        except BlockingIOError:
            idle += 1
            time.sleep(0.01)


def test_subflows_that_joined_belong_to_the_connection():
    kept = joined()
    fill(kept[1])
    rows = sockets()
    equal([row for row in rows if row["kind"] != "process"], [])
    total = answer("summary")["total"]
    equal(total["sockets"], 3)
    for key in ("charged_bytes", "buffer_bytes"):
        row = answer("by", "process")["total"]
        equal(row[key], sum(row[key] for row in answer("sockets")["rows"]))
    # the timers are those of the subflows, once
    process, = answer("explain", str(os.getpid()))["processes"]
    equal(sum(process["keepalive"][key] for key in ("on", "off", "unknown")),
          4, process["keepalive"])
    for sock in kept:
        sock.close()


def test_subflows_of_a_closed_connection_are_orphans_like_it():
    listener, client, server = joined()
    fill(client)
    client.close()
    # the msk, and its subflows on both addresses, in whatever order
    wanted = [("mptcp", "orphan", 0)] + [("subflow", "orphan", 0)] * 2
    deadline = time.monotonic() + harness.patience(20)
    while True:
        rows = [row for row in sockets() if row["kind"] != "process"]
        found = sorted((row["protocol"], row["kind"], row["inode"])
                       for row in rows)
        if found == wanted or time.monotonic() > deadline:
            break
        time.sleep(0.05)
    equal(found, wanted)
    equal(sorted(row["local"] for row in rows), [ONE, ONE, TWO])
    server.close()
    listener.close()


if __name__ == "__main__":
    harness.enter_netns()
    configure()
    harness.main(globals())

# SPDX-License-Identifier: LGPL-2.1-or-later
"""test_peers - the process at the other end, or none: never a guess"""

import os
import resource
import socket

import harness
from containers import Container, Program, join
from harness import answer, contains, equal, output

CLIENTS = 4
CONNECTIONS = 2500  # of each

COLUMNS = "local,local_port,remote,remote_port,peer_kind,peer_process," \
          "peer_pid,peer_netns"


def raise_limit():
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    wanted = CLIENTS * CONNECTIONS + 100
    if hard != resource.RLIM_INFINITY and hard < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, wanted))
    else:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def listen(host, port=0, family=socket.AF_INET):
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((host, port))
    listener.listen(4096)
    return listener


def client_of(where, count=1, source=None):
    """What a program does that connects @count times"""
    return lambda: [socket.create_connection(where, source_address=source)
                    for _ in range(count)]


def rows(*args):
    return answer("sockets", "-o", COLUMNS, *args)["rows"]


def wrong_peers(port, owner):
    """Of both ends of all connections: ports, the peer, and who it should be"""
    lines = output("sockets", "state established", "--raw", "-n",
                   "-o", "local_port,remote_port,peer_pid").splitlines()
    got = [tuple(int(word) for word in line.split()) for line in lines
           if line.split()[0] != "total"]
    equal(len(got), 2 * CLIENTS * CONNECTIONS)
    wanted = [owner[remote] if local == port else os.getpid()
              for local, remote, _ in got]
    return {(row, pid) for row, pid in zip(got, wanted) if row[2] != pid}


def test_ten_thousand_loopback_connections_have_the_right_peers():
    """Compared with the ports that the server sees of each client"""
    raise_limit()
    listener = listen("127.0.0.1")
    where = listener.getsockname()
    owner, clients, kept = {}, [], []
    try:
        for i in range(CLIENTS):
            clients.append(Program(f"client{i}",
                                   client_of(where, CONNECTIONS)))
            for _ in range(CONNECTIONS):
                server, (_, port) = listener.accept()
                kept.append(server)
                owner[port] = clients[-1].pid
        wrong = wrong_peers(where[1], owner)
        # another tcpmem has a copy of a socket while it looks at it
        equal(wrong and wrong & wrong_peers(where[1], owner), set())
    finally:
        for client in clients:
            client.end()
        for server in kept:
            harness.reset_on_close(server)
            server.close()


def test_two_programs_behind_a_loopback_address_are_two_peers():
    """tcpmem.1: "there the process at the other end follows" """
    listener = listen("127.0.0.1")
    where = listener.getsockname()
    programs = [Program("reporter", client_of(where, 3)),
                Program("cronjob", client_of(where, 2))]
    kept = [listener.accept() for _ in range(5)]
    try:
        here = f"sport = :{where[1]} and state established"
        for key, before in (("peer", "127.0.0.1 = "), ("peer-process", "")):
            equal({row["key"]: row["sockets"]
                   for row in answer("by", key, here)["rows"]},
                  {f"{before}reporter[{programs[0].pid}]": 3,
                   f"{before}cronjob[{programs[1].pid}]": 2})
        equal({(row["peer_process"], row["peer_pid"])
               for row in rows("comm = cronjob and state established")},
              {row for row in [(harness.comm(), os.getpid())]})
        # tcpmem-filter.7: "a process that holds the other end"; a listening
        # socket has none: "neither a comparison nor its opposite is true"
        for text, peers in ((f"peer_pid = {programs[1].pid}", ["cronjob"] * 2),
                            ("peer_process ~ cron*", ["cronjob"] * 2),
                            ("peer_process != cronjob", ["reporter"] * 3),
                            ("peer_netns = nowhere", []),
                            ("peer_netns != nowhere",
                             ["cronjob"] * 2 + ["reporter"] * 3)):
            equal(sorted(row["peer_process"] for row in
                         rows(f"sport = :{where[1]} and {text}")), peers)
            equal(answer("by", "process", f"sport = :{where[1]} and "
                         f"{text}")["total"]["sockets"], len(peers))
    finally:
        for program in programs:
            program.end()
        for server, _ in kept:
            server.close()


def test_link_local_peers_have_their_interface():
    """tcpmem.1: "a link-local one with its interface, as in fe80::1%eth0" """
    one, two = Container(), Container()
    join(one, "10.77.0.1", two, "10.77.0.2")
    kept = []
    try:
        for container, device in (one, "one"), (two, "two"):
            container.do(lambda d=device: harness.add_address("fe80::9", d,
                                                              64))
        for container, device in (one, "one"), (two, "two"):
            def connect():
                index = socket.if_nametoindex(device)
                listener = socket.socket(socket.AF_INET6)
                listener.bind(("fe80::9", 7000, 0, index))
                listener.listen(8)
                client = socket.socket(socket.AF_INET6)
                client.connect(("fe80::9", 7000, 0, index))
                return listener, client, listener.accept()[0]
            kept.append(container.do(connect))
        scope = ["--netns", one.spec, "--netns", two.spec]
        by = {row["key"]: row["sockets"]
              for row in answer("by", "peer", *scope)["rows"]}
        equal((by["fe80::9%one"], by["fe80::9%two"]), (2, 2), by)
        by = {row["key"].split("@")[0]
              for row in answer("by", "listener", *scope)["rows"]}
        equal({"[fe80::9%one]:7000", "[fe80::9%two]:7000"} - by, set(), by)
        text = output("sockets", "dport = :7000", *scope)
        contains(text, "[fe80::9%one]:7000")
        for words, names in (("dst [fe80::9%one]", {"one"}),
                             ("dst != [fe80::9%one] and dst fe80::/64",
                              {"two"}),
                             ("dst [fe80::9%one] or dst [fe80::9%two]:7000",
                              {"one", "two"})):
            found = answer("sockets", words, "-o", "interface,remote",
                           *scope)["rows"]
            equal({row["interface"] for row in found}, names, words)
            equal({row["remote"] for row in found}, {"fe80::9"}, words)
    finally:
        for sockets in kept:
            for sock in sockets:
                sock.close()
        one.end()
        two.end()


def connect_containers(one, two, client, server):
    """A connection from @one to @two and who has which end of it"""
    listener = two.do(lambda: listen("::", server, socket.AF_INET6))
    programs = [
        Program("client", client_of(("10.77.0.2", server), 1,
                                    ("10.77.0.1", client)), one),
        Program("server", listener.accept),
    ]
    listener.close()
    return programs


def test_containers_are_peers_over_veth_also_v4_mapped():
    """tcpmem.1: "Where more than one socket could be meant ... nothing is
    guessed" """
    containers = [Container() for _ in range(4)]
    one, two, third, fourth = containers
    join(one, "10.77.0.1", two, "10.77.0.2")
    join(third, "10.77.0.1", fourth, "10.77.0.2")
    programs = []
    scope = [word for c in containers for word in ("--netns", c.spec)]
    try:
        programs += connect_containers(one, two, 5001, 9001)
        equal({(row["local_port"], row["peer_process"], row["peer_pid"])
               for row in rows("state established", *scope)},
              {(9001, "client", programs[0].pid),
               (5001, "server", programs[1].pid)})
        # what is in a namespace that was not looked at is not known
        equal([(row["peer_kind"], row["peer_pid"])
               for row in rows("state established", "--netns", one.spec)],
              [("unknown", None)])
        # the other two containers have the same addresses: other ports do
        # not matter, the same ones do
        programs += connect_containers(third, fourth, 5002, 9002)
        programs += connect_containers(one, two, 5003, 9003)
        programs += connect_containers(third, fourth, 5003, 9003)
        got = [(row["local_port"], row["peer_kind"], row["peer_pid"])
               for row in rows("state established", *scope)]
        wanted = [(9001, "process", programs[0].pid),
                  (5001, "process", programs[1].pid),
                  (9002, "process", programs[2].pid),
                  (5002, "process", programs[3].pid)]
        wanted += 2 * [(9003, "unknown", None), (5003, "unknown", None)]
        equal(sorted(got, key=str), sorted(wanted, key=str))
    finally:
        for ended in programs + containers:
            ended.end()


if __name__ == "__main__":
    harness.enter_netns()
    harness.main(globals())

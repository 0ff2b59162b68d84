# SPDX-License-Identifier: LGPL-2.1-or-later
"""test_limits - the limits of a namespace, against its own /proc/sys"""

import ctypes
import os
import socket

import harness
from harness import answer, contains, equal, output

IPV4 = "/proc/sys/net/ipv4/"


def numbers(path):
    with open(path) as file:
        return [int(word) for word in file.read().split()]


def limits(*args, **how):
    return {row["name"]: row for row in answer("limits", *args, **how)["limits"]}


def test_values_are_those_of_proc():
    rows = limits()
    for at, name in enumerate(("min", "default", "max")):
        equal(rows["tcp_rmem_" + name]["value"], numbers(IPV4 + "tcp_rmem")[at])
        equal(rows["tcp_wmem_" + name]["value"], numbers(IPV4 + "tcp_wmem")[at])
    for name in ("tcp_fin_timeout", "tcp_keepalive_time", "tcp_max_tw_buckets"):
        equal(rows[name]["value"], numbers(IPV4 + name)[0], name)
    equal(rows["nr_open"]["value"], numbers("/proc/sys/fs/nr_open")[0])


def test_a_namespace_has_its_own():
    harness.set_sysctl("tcp_rmem", "4096 8192 77777")
    harness.set_sysctl("tcp_keepalive_time", "123")
    rows = limits()
    equal(rows["tcp_rmem_max"]["value"], 77777)
    equal(rows["tcp_keepalive_time"]["value"], 123)
    equal(rows["tcp_keepalive_time"]["unit"], "seconds")

    def elsewhere():
        new_net = 0x40000000
        equal(ctypes.CDLL(None).unshare(new_net), 0)
        harness.set_sysctl("tcp_rmem", "4096 8192 88888")
        return True

    child = harness.Child(elsewhere)
    try:
        rows = limits("--netns", str(child.pid), scoped=False)
        equal(rows["tcp_rmem_max"]["value"], 88888)
        equal(limits()["tcp_rmem_max"]["value"], 77777)
    finally:
        child.end()


def test_what_cannot_be_read_is_null():
    row = limits()["tcp_max_orphans"]
    if os.path.exists(IPV4 + "tcp_max_orphans"):
        equal(row["value"], numbers(IPV4 + "tcp_max_orphans")[0])
        return
    equal(row["value"], None)
    equal(row["used_percent"], None)


def test_what_is_gone_is_said_so():
    if os.path.exists(IPV4 + "tcp_tw_recycle"):
        raise harness.Skip("this kernel still has tcp_tw_recycle")
    row = limits()["tcp_tw_recycle"]
    equal(row["value"], None)
    equal(row["gone"], "gone since Linux 4.12")
    contains(output("limits"), "gone since Linux 4.12")


def test_use_and_worst_case_are_counted():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(8)
        clients = [socket.create_connection(listener.getsockname())
                   for _ in range(3)]
        servers = [listener.accept()[0]]
        data = answer("limits")
        rows = {row["name"]: row for row in data["limits"]}
        equal(rows["somaxconn"]["used"], 2)
        equal(rows["ip_local_port_range"]["used"], 3)
        sockets = answer("sockets", "--state", "established")["rows"]
        equal(data["worst_case"]["connections"], len(sockets))
        equal(data["worst_case"]["current_bytes"],
              sum(s["rcvbuf_bytes"] + s["sndbuf_bytes"] for s in sockets))
        equal(data["worst_case"]["autotuned_bytes"], len(sockets) *
              (numbers(IPV4 + "tcp_rmem")[2] + numbers(IPV4 + "tcp_wmem")[2]))
        for s in clients + servers:
            s.close()


def test_advice_is_given_where_numbers_warrant_it():
    equal(answer("limits")["advice"], None)
    equal(answer("limits", "--advise")["advice"], [])
    contains(output("limits", "--advise"), "No change is recommended")
    before = numbers(IPV4 + "ip_local_port_range")
    harness.set_sysctl("ip_local_port_range", "40000 40009")
    harness.set_sysctl("tcp_moderate_rcvbuf", "0")
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 999))
        listener.listen(20)
        clients = [socket.create_connection(listener.getsockname())
                   for _ in range(9)]
        advice = {a["setting"]: a
                  for a in answer("limits", "--advise")["advice"]}
        shown = output("limits", "--advise")
        for s in clients:
            s.close()
    equal(set(advice), {"net.ipv4.ip_local_port_range",
                        "net.ipv4.tcp_moderate_rcvbuf"})
    ports = advice["net.ipv4.ip_local_port_range"]
    equal(ports["value"], "1024 65535")
    contains(ports["reason"], "9 of 10 local ports")
    contains(ports["effect"], "ip_local_reserved_ports")
    contains(shown, "net.ipv4.ip_local_port_range = 1024 65535")
    contains(shown, "nothing was changed")
    # and nothing was
    equal(numbers(IPV4 + "ip_local_port_range"), [40000, 40009])
    equal(numbers(IPV4 + "tcp_moderate_rcvbuf"), [0])
    harness.set_sysctl("ip_local_port_range", "%d %d" % tuple(before))
    harness.set_sysctl("tcp_moderate_rcvbuf", "1")


if __name__ == "__main__":
    harness.enter_netns()
    harness.main(globals())

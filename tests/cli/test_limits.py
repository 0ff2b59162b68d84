# SPDX-License-Identifier: LGPL-2.1-or-later
"""test_limits - the limits of a namespace, against its own /proc/sys"""

import ctypes
import os
import socket
import tempfile

import harness
from harness import answer, contains, equal, output

IPV4 = "/proc/sys/net/ipv4/"
CLONE_NEWNET = 0x40000000


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
        equal(ctypes.CDLL(None).unshare(CLONE_NEWNET), 0)
        harness.set_sysctl("tcp_rmem", "4096 8192 88888")
        return True

    child = harness.Child(elsewhere)
    try:
        rows = limits("--netns", str(child.pid), scoped=False)
        equal(rows["tcp_rmem_max"]["value"], 88888)
        equal(limits()["tcp_rmem_max"]["value"], 77777)
    finally:
        child.end()


def container(connections, time_wait=0, fin_wait_2=0):
    """A namespace with 20 local ports, and room for 10 in TIME_WAIT"""
    equal(ctypes.CDLL(None).unshare(CLONE_NEWNET), 0)
    harness.lo_up()
    harness.set_sysctl("ip_local_port_range", "40000 40019")
    harness.set_sysctl("tcp_max_tw_buckets", "10")
    listener = socket.socket()
    listener.bind(("127.0.0.1", 7777))
    listener.listen(64)
    for _ in range(time_wait):
        client = socket.create_connection(listener.getsockname())
        server = listener.accept()[0]
        client.close()
        server.recv(1)
        server.close()
    kept = [listener]
    for _ in range(fin_wait_2):
        client = socket.create_connection(listener.getsockname())
        kept.append(listener.accept()[0])
        client.close()
    for _ in range(connections):
        kept.append(socket.create_connection(listener.getsockname()))
    harness.await_states(
        "listening", *["time-wait"] * time_wait,
        *["fin-wait-2", "close-wait"] * fin_wait_2,
        *["established"] * 2 * connections)
    return kept


def inode(child):
    return str(os.stat(f"/proc/{child.pid}/ns/net").st_ino)


class Containers:
    """One near its limits, one far from them; sockets elsewhere do no harm"""

    def __enter__(self):
        self.near = harness.Child(lambda: container(8, 7, 2))
        self.far = harness.Child(lambda: container(2, 1))
        self.scope = ("--netns", str(self.near.pid),
                      "--netns", str(self.far.pid))
        return self

    def __exit__(self, *args):
        self.near.end()
        self.far.end()


def test_of_several_namespaces_the_nearest_to_each_limit_is_shown():
    with Containers() as pair:
        rows = limits(*pair.scope)
        ports = rows["ip_local_port_range"]
        equal((ports["used"], ports["value"], ports["netns"],
               ports["busiest"]),
              (17, 20, inode(pair.near), "127.0.0.1:7777"))
        time_wait = rows["tcp_max_tw_buckets"]
        equal((time_wait["used"], time_wait["value"], time_wait["netns"],
               time_wait["busiest"]), (9, 10, inode(pair.near), None))
        backlog = rows["accept_queue"]
        equal((backlog["used"], backlog["value"], backlog["netns"],
               backlog["busiest"]), (8, 64, inode(pair.near), "port 7777"))
        equal((rows["file-max"]["netns"], rows["file-max"]["busiest"]),
              (None, None))
        # it is so whichever comes first
        rows = limits(*pair.scope[2:], *pair.scope[:2])
        equal(rows["accept_queue"]["used"], 8)
        ports = limits("--netns", str(pair.far.pid))["ip_local_port_range"]
        equal((ports["used"], ports["netns"]), (3, inode(pair.far)))
        advice = answer("limits", "--advise", *pair.scope)["advice"]
        contains([a["reason"] for a in advice if "local ports" in a["reason"]
                  ][0], f"network namespace {inode(pair.near)}")
        shown = output("limits", *pair.scope)
        contains(shown, inode(pair.near))
        contains(shown, "127.0.0.1:7777")
        csv = output("limits", "--csv", "-o", "name,netns,busiest",
                     *pair.scope)
        contains(csv, f"ip_local_port_range,{inode(pair.near)},127.0.0.1:7777")


def test_without_netns_the_limits_are_those_of_all_namespaces():
    """A container that is out of ports shows, whoever else there is"""
    with Containers() as pair:
        ports = limits(scoped=False)["ip_local_port_range"]
        assert ports["used"] / ports["value"] >= 17 / 20, ports
        assert ports["netns"] not in (None, "self"), ports
        equal(limits()["ip_local_port_range"]["netns"], "self")


def test_summary_shows_the_time_wait_of_whom_it_was_asked_for():
    """--netns X: X's own; of several, the nearest to its limit by its name"""
    with Containers() as pair:
        for args in ([], ["--no-processes"]):
            got = answer("summary", *args, *pair.scope)["time_wait"]
            equal(got, {"scope": "netns", "netns": inode(pair.near),
                        "count": 9, "max": 10, "fin_wait_2": 2, "total": 10})
            got = answer("summary", *args, "--netns",
                         str(pair.far.pid))["time_wait"]
            equal((got["netns"], got["count"], got["max"], got["fin_wait_2"],
                   got["total"]), (inode(pair.far), 1, 10, 0, 1))
        shown = output("summary", *pair.scope)
        contains(shown, "TIME_WAIT (netns)  9 of 10, 90.0 %")
        contains(shown, f" in {inode(pair.near)}; 10 in all 2 namespaces")
        contains(shown, "2 of them in FIN_WAIT_2")
        # what leaves some out does not say how many there are
        got = answer("summary", "sport = 1", *pair.scope)["time_wait"]
        equal((got["count"], got["fin_wait_2"]), (9, None))
        with tempfile.NamedTemporaryFile() as file:
            output("save", file.name, *pair.scope)
            got = answer("summary", "--from", file.name)["time_wait"]
            equal((got["netns"], got["count"], got["max"], got["fin_wait_2"],
                   got["total"]), (inode(pair.near), 9, 10, 2, 10))
            got = answer("summary", "--from", file.name, "--netns",
                         inode(pair.far))["time_wait"]
            equal((got["count"], got["total"]), (1, 1))


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
        equal(rows["accept_queue"]["used"], 2)
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


def test_a_capture_has_the_limits_of_its_moment():
    harness.set_sysctl("tcp_rmem", "4096 8192 77777")
    kept = [harness.connect() for _ in range(3)]
    pid = str(os.getpid())
    with tempfile.TemporaryDirectory() as home:
        path = os.path.join(home, "capture")
        output("save", path)
        live = answer("limits")
        explained = answer("explain", pid)
        harness.set_sysctl("tcp_rmem", "4096 8192 88888")
        saved = answer("limits", "--from", path)
        equal(limits()["tcp_rmem_max"]["value"], 88888)
        for was, now in zip(live["limits"], saved["limits"]):
            # open files and what is sent go on meanwhile
            for key in "used", "used_percent", "count":
                if was[key] is not None and was["name"] != "tcp_tw_recycle":
                    assert now[key] is not None, (key, was, now)
                was[key] = now[key] = None
            equal(now, was)
        equal(saved["worst_case"], live["worst_case"])
        again = answer("explain", pid, "--from", path)
        for key in "time", "intvl", "probes":
            key = "tcp_keepalive_" + key
            seconds = explained["processes"][0]["keepalive"][key]
            assert seconds is not None
            equal(again["processes"][0]["keepalive"][key], seconds)
        done = harness.run("limits", "--from", path, "--every", "1s")
        equal(done.returncode, 2)
        contains(done.stderr, "--from FILE is one look")
    del kept


def test_a_capture_without_limits_says_so():
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                        "captures", "states.tcpmem")
    saved = answer("limits", "--from", path)
    for row in saved["limits"]:
        equal((row["value"], row["count"], row["gone"]), (None, None, None))
    equal(saved["worst_case"]["ram_bytes"], None)
    equal(saved["complete"], False)
    contains(output("limits", "--from", path),
             "sysctls and counters: not in this capture")


if __name__ == "__main__":
    harness.enter_netns()
    harness.main(globals())

# SPDX-License-Identifier: LGPL-2.1-or-later
"""test_groups - by KEY: every grouping adds up, and names what is true"""

import os
import re
import socket

import harness
from harness import Child, Skip, answer, connect, equal, output

REACH = ("reach_bytes", "reach_sockets")


def cgroup2():
    """The v2 hierarchy, if a test may make cgroups there"""
    with open("/proc/self/mounts") as mounts:
        for line in mounts:
            words = line.split()
            if words[2] == "cgroup2" and os.access(words[1], os.W_OK):
                return words[1]
    raise Skip("no cgroup v2 hierarchy that may be written")


class Cgroup:
    """A cgroup of the test's own, removed when it ends"""

    def __init__(self, *parts):
        root = cgroup2()
        self.path = "/" + "/".join(("tcpmem-test-%d" % os.getpid(),) + parts)
        self.dir = root + self.path
        self.root = root

    def __enter__(self):
        os.makedirs(self.dir)
        return self

    def __exit__(self, *error):
        os.rmdir(self.dir)
        path = os.path.dirname(self.dir)
        # another cgroup of this test may still live in one above it
        while path != self.root and not any(
                entry.is_dir() for entry in os.scandir(path)):
            os.rmdir(path)
            path = os.path.dirname(path)

    def enter(self, pid="0"):
        with open(self.dir + "/cgroup.procs", "w") as procs:
            procs.write(str(pid))


def connect_in(cgroup):
    def setup():
        cgroup.enter()
        return connect()
    return Child(setup)


def rows(key, *args):
    return {row["key"]: row for row in answer("by", key, *args)["rows"]}


def test_every_key_adds_up():
    keep = [connect(), connect(socket.AF_INET6, "::1")]
    keep[0][1].send(b"x" * 10000)
    keys = re.search(r"^Keys.*:\n((?:  .*\n)+)", output("by", "--help"),
                     re.M).group(1).split()
    assert len(keys) >= 12, keys
    for key in keys + ["cgroup,state", "process,peer,peer-port"]:
        for limit in ([], ["--limit", "1"]):
            data = answer("by", key, *limit)
            for name, total in data["total"].items():
                if isinstance(total, int) and name not in REACH:
                    equal(sum(row[name] for row in data["rows"]), total,
                          f"{key} {name} {limit}")


def test_sockets_stand_under_the_cgroup_that_the_kernel_reports():
    with Cgroup("one.service") as one, Cgroup("two.service") as two:
        children = [connect_in(one), connect_in(one), connect_in(two)]
        moved = connect_in(one)
        try:
            two.enter(moved.pid)  # its sockets stay where they were opened
            by = rows("cgroup")
            equal(by[one.path]["sockets"], 9)
            equal(by[two.path]["sockets"], 3)
            units = rows("unit")
            equal(units["one.service"]["sockets"], 9)
            equal(units["two.service"]["sockets"], 3)
        finally:
            for child in children + [moved]:
                child.end()


def test_containers_and_pods_are_read_off_the_path():
    digits = "0123456789abcdef" * 4
    pod = "1b2c3d4e-5f60-7182-93a4-b5c6d7e8f901"
    with Cgroup("kubepods", "pod" + pod, digits) as cgroup:
        child = connect_in(cgroup)
        try:
            equal(rows("container")[digits[:12]]["sockets"], 3)
            equal(rows("pod")[pod]["sockets"], 3)
        finally:
            child.end()


def test_peers_ports_families_users_programs():
    listener, client, server = connect()
    port = listener.getsockname()[1]
    equal(rows("local-port")[str(port)]["sockets"], 2)
    equal(rows("peer-port")[str(port)]["sockets"], 1)
    open_now = ("--state", "established,listening")
    equal(rows("peer", *open_now)["127.0.0.1"]["sockets"], 2)
    equal(rows("peer", *open_now)["-"]["sockets"], 1)
    equal(rows("family", *open_now)["ipv4"]["sockets"], 3)
    equal(rows("program")[os.path.realpath("/proc/self/exe")]["sockets"], 3)
    equal(len(rows("user", *open_now)), 1)


def test_processes_of_one_program_are_one_row():
    children = [Child(connect), Child(connect)]
    try:
        row = rows("program")[os.path.realpath("/proc/self/exe")]
        equal(row["sockets"], 6)
        equal(row["kind"], "group")
    finally:
        for child in children:
            child.end()


def test_what_nobody_holds_stands_by_kind():
    listener, client, server = connect()
    listener.close()
    client.close()
    server.close()  # the client's end is in TIME_WAIT
    for key in ("program", "cgroup", "unit", "user"):
        equal(rows(key)["time-wait"]["kind"], "time-wait")


if __name__ == "__main__":
    harness.enter_netns()
    harness.main(globals())

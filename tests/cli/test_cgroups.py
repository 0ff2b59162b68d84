# SPDX-License-Identifier: LGPL-2.1-or-later
"""test_cgroups - summary --cgroups: beside what the kernel charged cgroups"""

import os
import time

import harness
from harness import Child, Skip, answer, connect, contains, equal, output


def memory_mount():
    """Where this test may make cgroups that count TCP memory, and which"""
    with open("/proc/self/mounts") as mounts:
        lines = [line.split() for line in mounts]
    for _, path, kind, options, *_ in lines:
        if kind == "cgroup" and "memory" in options.split(","):
            if os.access(path, os.W_OK):
                return path, "v1"
    for _, path, kind, *_ in lines:
        file = path + "/cgroup.subtree_control"
        if kind == "cgroup2" and os.access(file, os.W_OK):
            with open(file) as controllers:
                if "memory" in controllers.read().split():
                    return path, "v2"
    raise Skip("no memory controller that may be used")


class Group:
    """A cgroup whose TCP memory is counted, removed when it ends"""

    def __init__(self):
        mount, self.version = memory_mount()
        self.path = "/tcpmem-test-%d" % os.getpid()
        self.dir = mount + self.path

    def __enter__(self):
        os.mkdir(self.dir)
        if self.version == "v1":
            try:
                self.write("memory.kmem.tcp.limit_in_bytes", 1 << 30)
            except OSError as why:
                os.rmdir(self.dir)
                raise Skip(f"TCP memory cannot be limited: {why}")
        return self

    def __exit__(self, *error):
        harness.remove_cgroup(self.dir)

    def write(self, file, value):
        with open(os.path.join(self.dir, file), "w") as out:
            out.write(str(value))

    def row(self, rows):
        return [row for row in rows if row["cgroup"] == self.path][0]


def hold(group, accept):
    """Ten connections with data, their servers' ends accepted or waiting"""
    def setup():
        group.write("cgroup.procs", 0)
        listener, client, server = connect()
        kept = [listener, client, server]
        for _ in range(9):
            client = harness.socket.create_connection(listener.getsockname())
            client.sendall(b"x" * 60000)
            kept.append(client)
            if accept:
                kept.append(listener.accept()[0])
        return kept
    return Child(setup)


def looked_at(group):
    """Its row once nothing moves: acknowledgements are under way at first

    The tolerance does not tell, for the rest of the host widens it. A cgroup
    of v2 is charged in batches: its figure need not be equal.
    """
    deadline = time.monotonic() + harness.patience(20)
    while True:
        row = group.row(answer("summary", "--cgroups", scoped=False)["cgroups"])
        rests = row["residual_bytes"] == -(row["waiting_bytes"] or 0) or \
            group.version == "v2" and row["verdict"] != "unexplained"
        if rests or time.monotonic() > deadline:
            return row
        time.sleep(0.1)


def test_a_cgroup_is_charged_what_its_sockets_are():
    with Group() as group:
        child = hold(group, accept=True)
        try:
            row = looked_at(group)
            equal(row["verdict"], "agrees", row)
            assert row["charged_bytes"] >= 9 * 60000, row
            assert abs(row["residual_bytes"]) <= row["tolerance_bytes"], row
            equal(row["waiting_bytes"], 0)
            if group.version == "v1":
                equal(row["kernel_bytes"], row["charged_bytes"])
            shown = output("summary", "--cgroups", scoped=False)
            contains(shown, group.path)
            assert group.path + ":" not in shown, shown  # what agrees
        finally:
            child.end()


def test_what_waits_to_be_accepted_is_charged_to_nobody():
    with Group() as group:
        child = hold(group, accept=False)
        try:
            row = looked_at(group)
            assert row["waiting_bytes"] >= 9 * 60000, row
            contains(("explained", "agrees"), row["verdict"])
            if group.version == "v1":
                equal(row["verdict"], "explained", row)
                equal(row["residual_bytes"], -row["waiting_bytes"])
                contains(row["text"], "wait to be accepted")
                contains(" ".join(output("summary", "--cgroups",
                                         scoped=False).split()),
                         group.path + ": differs from the kernel by what is")
        finally:
            child.end()


def test_it_is_compared_only_when_it_is_asked_for():
    equal(answer("summary")["cgroups"], None)
    assert isinstance(answer("summary", "--cgroups")["cgroups"], list)
    # a namespace alone is only a part of a cgroup's sockets
    for row in answer("summary", "--cgroups")["cgroups"]:
        assert row["verdict"] != "unexplained", row


if __name__ == "__main__":
    harness.enter_netns()
    harness.main(globals())

# SPDX-License-Identifier: LGPL-2.1-or-later
"""test_groups - by KEY: every grouping adds up, and names what is true"""

import csv
import ctypes
import io
import json
import os
import re
import socket
import subprocess
import tempfile

import harness
from harness import (Child, Skip, answer, connect, contains, equal, output,
                     run)

CLONE_NEWNET = 0x40000000
NO_SUMS = ("reach_bytes", "reach_sockets", "held_per_socket_bytes")


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
        harness.remove_cgroup(self.dir)
        path = os.path.dirname(self.dir)
        # another cgroup of this test may still live in one above it
        while path != self.root and not any(
                entry.is_dir() for entry in os.scandir(path)):
            os.rmdir(path)
            path = os.path.dirname(path)

    def enter(self, pid="0"):
        with open(self.dir + "/cgroup.procs", "w") as procs:
            procs.write(str(pid))


def kernel_says(path):
    """The inodes of the sockets in a cgroup"""
    done = subprocess.run(["ss", "-Htane", "--cgroup"], check=True,
                          capture_output=True, text=True)
    lines = [line.split() for line in done.stdout.splitlines()]
    return {int(word[4:]) for words in lines for word in words
            if word.startswith("ino:") and "cgroup:" + path in words}


def connect_in(cgroup):
    def setup():
        cgroup.enter()
        return connect()
    return Child(setup)


def rows(key, *args):
    return {row["key"]: row for row in answer("by", key, *args)["rows"]}


def test_clients_that_are_added_up_stand_under_their_cgroup():
    """None of its sockets is handed out, as a listener would be

    The first case: of a namespace with connections that end none is added up.
    """
    if run("ps", "--holders=bpf").returncode:
        raise Skip("no BPF iterator here")
    listener = socket.create_server(("127.0.0.1", 0))
    with Cgroup("clients.service") as cgroup:
        def setup():
            cgroup.enter()
            return socket.create_connection(listener.getsockname())
        child = Child(setup)
        try:
            server, _ = listener.accept()
            for key, name in (("cgroup", cgroup.path),
                              ("unit", "clients.service")):
                text = output("top", "--netns", "self", "-b", "-n", "2",
                              "-d", "10ms", "--holders=bpf", "--by", key)
                equal(text.count(name), 2, text)
            server.close()
        finally:
            child.end()
            listener.close()


def test_every_key_adds_up():
    keep = [connect(), connect(socket.AF_INET6, "::1")]
    keep[0][1].send(b"x" * 10000)
    keys = re.search(r"^Keys.*:\n((?:  .*\n)+)", output("by", "--help"),
                     re.M).group(1).split()
    equal(len(keys), 19, keys)
    for key in keys + ["cgroup,state", "process,peer,peer-port"]:
        for limit in ([], ["--limit", "1"]):
            data = answer("by", key, *limit)
            for name, total in data["total"].items():
                if isinstance(total, int) and name not in NO_SUMS:
                    equal(sum(row[name] for row in data["rows"]), total,
                          f"{key} {name} {limit}")


def test_sockets_stand_under_the_cgroup_that_the_kernel_reports():
    with Cgroup("one.service") as one, Cgroup("two.service") as two:
        children = [connect_in(cgroup) for cgroup in (one, one, two, two)]
        moved = connect_in(one)
        try:
            two.enter(moved.pid)  # its sockets stay where they were opened
            by = rows("cgroup")
            units = rows("unit")
            for cgroup, unit, count in ((one, "one.service", 9),
                                        (two, "two.service", 6)):
                equal(by[cgroup.path]["sockets"], count)
                equal(units[unit]["sockets"], count)
                # one by one, the kernel's word for it as ss passes it on
                inodes = kernel_says(cgroup.path)
                equal(len(inodes), count)
                for words in (f"cgroup = {cgroup.path}", f"unit = {unit}",
                              f"cgroup ~ {cgroup.path}"):
                    equal({row["inode"] for row in
                           answer("sockets", words)["rows"]}, inodes, words)
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
            for words in (f"container = {digits[:12]}", f"pod = {pod}",
                          "container ~ 0123*", f"pod ~ *{pod[-12:]}"):
                equal(answer("sockets", words)["total"]["sockets"], 3, words)
        finally:
            child.end()


def test_peers_ports_families_users_programs():
    listener, client, server = connect()
    port = listener.getsockname()[1]
    equal(rows("local-port")[str(port)]["sockets"], 2)
    equal(rows("peer-port")[str(port)]["sockets"], 1)
    open_now = ("--state", "established,listening")
    peer = f"127.0.0.1 = {harness.comm()}[{os.getpid()}]"
    equal(rows("peer", *open_now)[peer]["sockets"], 2)
    equal(rows("peer", *open_now)["-"]["sockets"], 1)
    equal(rows("family", *open_now)["ipv4"]["sockets"], 3)
    equal(rows("program")[os.path.realpath("/proc/self/exe")]["sockets"], 3)
    equal(len(rows("user", *open_now)), 1)


def listen(family, host, port=0, share=False):
    listener = socket.socket(family)
    if share:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    listener.bind((host, port))
    listener.listen(8)
    return listener, listener.getsockname()[1]


def accept_from(listener, host, port):
    client = socket.create_connection((host, port))
    server, _ = listener.accept()
    return client, server


def test_connections_stand_under_their_listener():
    everywhere, port = listen(socket.AF_INET, "0.0.0.0", share=True)
    here, _ = listen(socket.AF_INET, "127.0.0.2", port, share=True)
    keep = [accept_from(everywhere, "127.0.0.1", port),
            accept_from(here, "127.0.0.2", port)]
    waiting = socket.create_connection(("127.0.0.1", port))
    for args in ([], ["state", "established", "or", "state", "listening"],
                 ["--netns", "self", "--filter", f"sport = :{port}"]):
        by = rows("listener", *args)
        equal(by[f"0.0.0.0:{port}"]["sockets"], 3, args)
        equal(by[f"127.0.0.2:{port}"]["sockets"], 2, args)
    # those that were made here came from no listener
    equal(rows("listener", f"dport = :{port}").keys(), {"-"})
    # where the listener itself is not asked for, it is found all the same
    by = rows("listener", "--state", "established", f"sport = :{port}")
    equal(by[f"0.0.0.0:{port}"]["sockets"], 2)
    keep[0][1].close()
    keep[0][0].close()  # the server's end is in TIME_WAIT
    harness.await_states("established", "established", "listening",
                         "listening", "time-wait", port=port)
    by = {row["key"]: row["sockets"] for row in answer(
        "by", "listener,state", f"sport = :{port}")["rows"]}
    equal(by[f"0.0.0.0:{port},time-wait"], 1)
    everywhere.close()
    here.close()
    equal(rows("listener", f"sport = :{port}").keys(), {"-"})
    del waiting


def test_a_v6_listener_has_mapped_connections():
    listener, port = listen(socket.AF_INET6, "::")
    keep = [accept_from(listener, "::1", port),
            accept_from(listener, "127.0.0.1", port)]
    equal(rows("listener")[f"[::]:{port}"]["sockets"], 3)
    del keep


def test_listeners_of_both_families_at_one_port_are_two():
    only_v6 = socket.socket(socket.AF_INET6)
    only_v6.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    # what is in TIME_WAIT may have any port of the range: not one below it
    port = 8080
    only_v6.bind(("::", port))
    only_v6.listen(8)
    v4, _ = listen(socket.AF_INET, "0.0.0.0", port)
    keep = [accept_from(only_v6, "::1", port),
            accept_from(v4, "127.0.0.1", port),
            accept_from(v4, "127.0.0.1", port)]
    by = rows("listener")
    equal(by[f"[::]:{port}"]["sockets"], 2)
    equal(by[f"0.0.0.0:{port}"]["sockets"], 3)
    del keep


def test_a_listener_of_mptcp_has_its_connections():
    def make():
        try:
            return socket.socket(proto=socket.IPPROTO_MPTCP)
        except OSError as why:
            raise Skip(f"no MPTCP here: {why}") from why
    listener = make()
    listener.bind(("127.0.0.1", 0))
    listener.listen(8)
    port = listener.getsockname()[1]
    client = make()
    client.connect(("127.0.0.1", port))
    server, _ = listener.accept()
    # subflows have their bytes there and are no sockets
    equal(rows("listener")[f"127.0.0.1:{port}"]["sockets"], 2)
    equal(sum(row["held_bytes"] for row in
              answer("sockets", f"sport = :{port}")["rows"]),
          rows("listener")[f"127.0.0.1:{port}"]["held_bytes"])


def test_a_group_that_shares_a_port_is_one_listener():
    one, port = listen(socket.AF_INET, "127.0.0.1", share=True)
    two, _ = listen(socket.AF_INET, "127.0.0.1", port, share=True)
    clients = [socket.create_connection(("127.0.0.1", port))
               for _ in range(8)]
    equal(rows("listener")[f"127.0.0.1:{port}"]["sockets"], 10)
    del clients


def test_listeners_of_namespaces_are_apart():
    listener, port = listen(socket.AF_INET, "127.0.0.1")
    client, server = accept_from(listener, "127.0.0.1", port)

    def elsewhere():
        assert ctypes.CDLL(None).unshare(CLONE_NEWNET) == 0
        harness.lo_up()
        there, _ = listen(socket.AF_INET, "127.0.0.1", port)
        return there, accept_from(there, "127.0.0.1", port)
    child = Child(elsewhere)
    try:
        inode = os.stat(f"/proc/{child.pid}/ns/net").st_ino
        scope = ("--netns", "self", "--netns", str(child.pid))
        by = rows("listener", *scope)
        equal(by[f"127.0.0.1:{port}"]["sockets"], 2)
        names = [key for key in by if key.startswith(f"127.0.0.1:{port}@")]
        equal(len(names), 1, by.keys())
        equal(by[names[0]]["sockets"], 2)
        name = names[0].partition("@")[2]
        equal(rows("netns", *scope)[name]["sockets"], 3, inode)
    finally:
        child.end()


def test_listeners_of_a_file():
    listener, port = listen(socket.AF_INET, "127.0.0.1")
    client, server = accept_from(listener, "127.0.0.1", port)
    with tempfile.TemporaryDirectory() as folder:
        for name, how in (("with", []), ("without", ["--no-processes"])):
            file = os.path.join(folder, name)
            output("save", file, *how)
            equal(rows("listener", "--from", file)
                  [f"127.0.0.1:{port}"]["sockets"], 2, name)
            by = rows("listener", "--from", file, "--state", "established",
                      f"sport = :{port}")
            equal(by[f"127.0.0.1:{port}"]["sockets"], 1, name)


def test_bytes_per_socket_are_an_average_to_sort_by():
    listener, client, server = connect()
    client.send(b"x" * 100000)
    data = answer("by", "state", "--sort", "-held_per_socket")
    averages = [row["held_per_socket_bytes"] for row in data["rows"]]
    equal(averages, sorted(averages, reverse=True))
    for row in data["rows"] + [data["total"]]:
        equal(row["held_per_socket_bytes"],
              row["held_bytes"] // row["sockets"])
    contains(output("by", "state", "-o", "+held_per_socket"),
             "HELD-PER-SOCKET")


def test_jq_adds_rows_up_to_the_total():
    keep = [connect() for _ in range(3)]
    text = output("by", "process,state", "--limit", "5", "-J")
    for field in ("sockets", "charged_bytes", "buffer_bytes", "object_bytes",
                  "held_bytes"):
        jq = subprocess.run(
            ["jq", f"([.rows[].{field}] | add) == .total.{field}"],
            input=text, capture_output=True, text=True)
        equal(jq.stdout, "true\n", field + jq.stderr)
    del keep


def test_several_keys_are_separate_fields():
    """A name may have a comma: what is joined cannot be split"""
    def setup():
        harness.set_comm(b"a,listening")
        return connect()

    child = Child(setup)
    try:
        wanted = {(f"a,listening[{child.pid}]", state)
                  for state in ("listening", "established")}
        args = ("by", "process,state", "pid", "=", str(child.pid))
        data = json.loads(output(*args, "-J"))
        equal({(r["key1"], r["key2"]) for r in data["rows"]}, wanted)
        equal((data["total"]["key1"], data["total"]["key2"]), (None, None))
        assert "key3" not in data["rows"][0], data
        lines = list(csv.DictReader(
            io.StringIO(output(*args, "--csv"))))
        equal({(r["key1"], r["key2"]) for r in lines}, wanted)
        # a key's own name chooses its column
        lines = list(csv.DictReader(
            io.StringIO(output(*args, "--csv", "-o", "state,sockets"))))
        equal({r["key2"] for r in lines}, {"listening", "established"})
        # one key is no part of several
        assert "key1" not in json.loads(
            output("by", "state", "-J"))["rows"][0]
        with tempfile.NamedTemporaryFile() as file:
            output("save", file.name)
            done = run("diff", file.name, file.name, "--by", "process,state",
                       "--all", "-J")
            equal({(r["key1"], r["key2"])
                   for r in json.loads(done.stdout)["rows"]
                   if r["pid"] == child.pid}, wanted)
    finally:
        child.end()


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
    harness.leave_time_wait()
    for key in ("program", "cgroup", "unit", "user"):
        equal(rows(key)["time-wait"]["kind"], "time-wait")


if __name__ == "__main__":
    harness.enter_netns()
    harness.main(globals())

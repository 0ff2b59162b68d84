# SPDX-License-Identifier: LGPL-2.1-or-later
"""test_netns - every way that leads to a network namespace is found"""

import ctypes
import json
import os
import re
import shutil
import socket
import subprocess
import tempfile
import threading

import harness
from harness import Child, Skip, connect, equal, lo_up, run

libc = ctypes.CDLL(None, use_errno=True)

CLONE_NEWNS = 0x00020000
CLONE_NEWNET = 0x40000000
MS_BIND = 0x1000
MS_PRIVATE_ALL = 0x40000 | 0x4000


def call(name, *args):
    if getattr(libc, name)(*args):
        raise OSError(ctypes.get_errno(), name)


class Away:
    """In a new network namespace with sockets, and then back home"""

    def __init__(self, note, sockets=connect):
        self.note, self.sockets = note, sockets

    def __enter__(self):
        self.home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        call("unshare", CLONE_NEWNET)
        lo_up()
        os.pwrite(self.note, b"%d\n" %
                  os.stat("/proc/thread-self/ns/net").st_ino, 0)
        return self.sockets()

    def __exit__(self, *error):
        call("setns", self.home, CLONE_NEWNET)
        os.close(self.home)


class Somewhere:
    """A child that puts sockets away, and the inode of where they are"""

    def __init__(self, setup):
        if os.geteuid() != 0:
            raise Skip("only root may enter namespaces")
        with tempfile.TemporaryFile() as note:
            self.child = Child(lambda: setup(note.fileno()))
            self.inode = os.pread(note.fileno(), 32, 0).decode().strip()

    def __enter__(self):
        return self.inode

    def __exit__(self, *error):
        self.child.end()


def ask(*args):
    done = run(*args, "-J", scoped=False)
    equal(done.returncode, 0, done.stderr)
    return json.loads(done.stdout)


def sockets_in(inode, *args):
    """The same, of the first answer that knows it

    Who opens sockets elsewhere on the host while it counts can hide a few.
    """
    for _ in range(30):
        count = look_in(inode, *args)
        if count is not None:
            break
    return count


def look_in(inode, *args):
    """How many sockets an answer has in that namespace; None: it has none"""
    data = ask("by", *args)
    names = {netns["inode"]: netns["name"]
             for netns in data["netns"]["namespaces"]}
    if inode not in names:
        return None
    return sum(row["sockets"] for row in data["rows"]
               if row["key"].split(",")[0] == names[inode])


CROWD = 401


def crowd():
    """So many that others' sockets, which come and go between a count and the
    dumps, do not make up for them: what no path leads to is searched for where
    the kernel counts more sockets than were seen"""
    listener = socket.create_server(("127.0.0.1", 0), backlog=CROWD)
    return listener, [socket.create_connection(listener.getsockname())
                      for _ in range(CROWD // 2)]


def kinds_in(inode, *args):
    """Of the sockets of that namespace, once an answer knows it"""
    for _ in range(30):
        data = ask("sockets", "-o", "netns,kind", *args)
        names = {netns["inode"]: netns["name"]
                 for netns in data["netns"]["namespaces"]}
        if inode in names:
            break
    return sorted(row["kind"] for row in data["rows"]
                  if row["netns"] == names[inode])


def by_a_socket(note):
    with Away(note, crowd) as kept:
        return kept


def test_one_that_a_socket_alone_leads_to():
    with Somewhere(by_a_socket) as inode:
        equal(sockets_in(inode, "netns,process"), CROWD)
        # without processes nothing leads there
        equal(look_in(inode, "netns"), None)


def by_an_fd(note):
    with Away(note, crowd) as kept:
        return kept, os.open("/proc/thread-self/ns/net", os.O_RDONLY)


def test_one_that_an_fd_leads_to():
    with Somewhere(by_an_fd) as inode:
        equal(sockets_in(inode, "netns,process"), CROWD)


def test_who_waits_there_to_be_accepted_is_known():
    """Handed on one by one, and kept to be sorted"""
    with Somewhere(by_an_fd) as inode:
        for more in (), ("--sort", "state"):
            equal(kinds_in(inode, *more), ["process"] * (CROWD // 2 + 1) +
                  ["unaccepted"] * (CROWD // 2), more)


def by_a_thread(note):
    kept = []

    def live_there():
        call("unshare", CLONE_NEWNET)
        lo_up()
        os.pwrite(note, b"%d\n" %
                  os.stat("/proc/thread-self/ns/net").st_ino, 0)
        kept.append(connect())
        done.set()
        threading.Event().wait()

    done = threading.Event()
    threading.Thread(target=live_there, daemon=True).start()
    done.wait()
    return kept


def test_one_that_a_thread_lives_in():
    with Somewhere(by_a_thread) as inode:
        equal(sockets_in(inode, "netns"), 3)


def by_a_mount(note):
    call("unshare", CLONE_NEWNS)
    call("mount", None, b"/", None, MS_PRIVATE_ALL, None)
    call("mount", b"none", b"/mnt", b"tmpfs", 0, None)
    with open("/mnt/there", "w"):
        pass
    with Away(note) as kept:
        call("mount", b"/proc/thread-self/ns/net", b"/mnt/there", None,
             MS_BIND, None)
        return kept


def test_one_that_is_mounted_in_another_mount_namespace():
    with Somewhere(by_a_mount) as inode:
        equal(sockets_in(inode, "netns"), 3)


MANY = 200


def by_many_threads(note, full):
    """A thread in each of MANY namespaces; so many of them have sockets"""
    kept = []

    def live_there(number):
        call("unshare", CLONE_NEWNET)
        lo_up()
        if number < full:
            kept.append(connect())
        os.pwrite(note, b"%-15d\n" %
                  os.stat("/proc/thread-self/ns/net").st_ino, 16 * number)
        ready.release()
        threading.Event().wait()

    ready = threading.Semaphore(0)
    threading.stack_size(256 * 1024)
    for number in range(MANY):
        threading.Thread(target=live_there, args=(number,),
                         daemon=True).start()
    for _ in range(MANY):
        ready.acquire()
    return kept


def walked(*args):
    """Inodes of the namespaces that a command asks for sockets, as strace sees
    where its threads are when they open a socket to ask with"""
    here, asked = {}, set()
    with tempfile.NamedTemporaryFile("r") as log:
        done = subprocess.run(["strace", "-f", "-y", "-o", log.name, "-e",
                               "trace=setns,socket", harness.TCPMEM, *args],
                              capture_output=True, text=True, env=harness.TRACED)
        equal(done.returncode, 0, done.stderr)
        for line in log:
            thread = line.split()[0]
            moved = re.search(r"setns\(\d+<[^>]*net:\[(\d+)\]>", line)
            if moved:
                here[thread] = moved.group(1)
            elif "NETLINK_SOCK_DIAG" in line:
                asked.add(here.get(thread))
    return asked


class Many:
    """MANY namespaces, the first so many with sockets; gives their inodes"""

    def __init__(self, full):
        if os.geteuid() != 0:
            raise Skip("only root may enter namespaces")
        if not shutil.which("strace"):
            raise Skip("strace is not installed")
        with tempfile.TemporaryFile() as note:
            self.child = Child(lambda: by_many_threads(note.fileno(), full))
            self.inodes = os.pread(note.fileno(), 16 * MANY,
                                   0).decode().split()
        equal(len(set(self.inodes)), MANY)

    def __enter__(self):
        return self.inodes

    def __exit__(self, *error):
        self.child.end()


def test_those_with_sockets_are_walked_and_the_rest_skipped():
    with Many(5) as inodes:
        equal(walked("summary", "--no-processes", "--holders=proc") &
              set(inodes),
              set(inodes[:5]))


def rows_in(inodes, *args):
    """What a command says of sockets in these namespaces, in any order"""
    data = ask(*args)
    ours = [netns["name"] for netns in data["netns"]["namespaces"]
            if netns["inode"] in inodes]
    rows = [row for row in data["rows"]
            if (row.get("netns") or row["key"].split(",")[0]) in ours]
    for row in rows:
        row.pop("share_percent", None)  # of what others hold, too
    return sorted(json.dumps(row, sort_keys=True) for row in rows)


# handed on, kept, and with nobody's holders asked for
CROWDED = (("sockets", "-o", "cookie,netns,state,local,remote,kind,held,object,"
            "recv_q,rcvbuf,uid,cgroup_id"),
           ("sockets", "-o", "cookie,netns,holders,held"),
           ("by", "netns,state"),
           ("by", "netns,process"))
FILTERS = ((), ("state", "established"), ("sport", ">", "1"), ("mss", ">", "0"),
           ("state", "listening"))


def test_what_many_have_is_seen_without_a_walk_and_is_the_same():
    with Many(100) as inodes:
        if run("by", "process", "--holders=bpf").returncode:
            raise Skip("the kernel's iterator cannot be used")
        for command in (one + two for one in CROWDED for two in FILTERS):
            slow = rows_in(inodes, *command, "--holders=proc")
            fast = rows_in(inodes, *command, "--holders=bpf")
            equal([row for row in fast if row not in slow][:2],
                  [row for row in slow if row not in fast][:2],
                  " ".join(command))
            equal(len(fast) == len(slow) >= 100, True, " ".join(command))
        # a filter that leaves listeners out has them asked for apart
        for command in CROWDED:
            equal(walked(*command, "--holders=bpf") & set(inodes), set(),
                  " ".join(command))


if __name__ == "__main__":
    harness.enter_netns()
    harness.main(globals())

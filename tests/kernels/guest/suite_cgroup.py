# SPDX-License-Identifier: LGPL-2.1-or-later
"""suite_cgroup.py - cgroup v2: tcpmem beside memory.stat's "sock"

The residual is within what CPUs keep back, or named.
"""
import json
import os
import re
import signal
import socket
import subprocess
import tempfile
import time

import kit
import sockets

ROOT = "/sys/fs/cgroup"
SO_RESERVE_MEM = 73
PORT = 7001
LIMIT = 24 << 20

children = []


def child(group, function, *arguments):
    """A process of a cgroup that holds what the function makes"""
    os.makedirs(ROOT + group, exist_ok=True)
    ready, done = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            kit.write(ROOT + group + "/cgroup.procs", "0")
            kept = function(*arguments)
            os.write(done, b"ready")
            signal.pause()
            del kept
        except OSError as error:
            os.write(done, str(error).encode())
        os._exit(0)
    os.close(done)
    children.append(pid)
    said = os.read(ready, 200).decode()
    os.close(ready)
    if said != "ready":
        raise kit.Skip(said or "the process ended")
    return pid


def end_children():
    for pid in children:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    children.clear()


def server(listener):
    """Accepts whatever comes"""
    kept = [listener]
    if os.fork():
        return kept
    while True:
        kept.append(listener.accept()[0])


def listen():
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", PORT))
    listener.listen(64)
    return server(listener)


def clients(count, most=1 << 30):
    kept = []
    for _ in range(count):
        kept.append(socket.create_connection(("127.0.0.1", PORT)))
        sockets.fill(kept[-1], most)
    return kept


def reserved(connected):
    kept = []
    for _ in range(4):
        sock = (socket.create_connection(("127.0.0.1", PORT)) if connected
                else socket.socket())
        sock.setsockopt(socket.SOL_SOCKET, SO_RESERVE_MEM, 1 << 20)
        kept.append(sock)
    return kept


def waiting():
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(64)
    kept = [listener]
    for _ in range(5):
        kept.append(socket.create_connection(listener.getsockname()))
        sockets.fill(kept[-1])
    return kept


def accounted():
    """Return: the rows, once each is accounted for; else the last ones"""
    def look():
        answer = kit.answer("summary", "--cgroups")
        found = {row["cgroup"]: row for row in answer["cgroups"] or []}
        if all(row["verdict"] in ("agrees", "explained")
               for row in found.values()):
            return found
        look.last = found
        return None
    return kit.until(look) or look.last


def wrong_rows(rows):
    return "; ".join("%s: %s of the kernel's %s: %s" %
                     (path, row["charged_bytes"], row["kernel_bytes"],
                      row["text"]) for path, row in rows.items()
                     if row["verdict"] not in ("agrees", "explained"))


def shows(group, word=None, least=1):
    """The cgroup's own charge is seen, and the word is said of it"""
    rows = accounted()
    if wrong_rows(rows):
        return wrong_rows(rows)
    row = rows.get(group)
    if not row or not row["kernel_bytes"] or row["kernel_bytes"] < least:
        return "%s: %s" % (group, row)
    if word and word not in row["text"]:
        return "%s" % row
    return None


def nested():
    os.makedirs(ROOT + "/b/c", exist_ok=True)
    kit.write(ROOT + "/b/cgroup.subtree_control", "+memory")
    child("/a", listen)
    child("/b/c", clients, 10)
    return shows("/b/c") or shows("/b")


def moved_process():
    """Its sockets stay charged to the cgroup in which they were opened"""
    pid = child("/from", clients, 5)
    os.makedirs(ROOT + "/to", exist_ok=True)
    kit.write(ROOT + "/to/cgroup.procs", str(pid))
    return shows("/from")


def reserved_memory(connected, word):
    group = "/reserved%d" % connected
    child(group, reserved, connected)
    return shows(group, word, 4 << 20)


def unaccepted():
    """What waits is nobody's yet, and told apart"""
    child("/waiting", waiting)
    wrong = shows("/waiting")
    row = accounted()["/waiting"]
    return wrong or (None if row["waiting_bytes"] else "%s" % row)


def from_outside(count):
    """Sockets of the cgroup, filled by a process that is not killed for it"""
    kept = [socket.create_connection(("127.0.0.1", PORT))
            for _ in range(count)]
    kit.write(ROOT + "/a/cgroup.procs", "0")
    for sock in kept:
        sockets.fill(sock)
    return kept


def limited():
    os.makedirs(ROOT + "/limited", exist_ok=True)
    kit.write(ROOT + "/limited/memory.max", str(LIMIT))
    child("/limited", from_outside, 40)
    time.sleep(1)
    events = kit.read(ROOT + "/limited/memory.events")
    if re.search(r"^max 0$", events, re.M):
        return "memory.events %s" % events
    return shows("/limited", least=LIMIT // 2)


def by_cgroup():
    answer = kit.answer("by", "cgroup")
    rows = {row["key"]: row["sockets"] for row in answer["rows"]}
    return None if rows.get("/b/c") == 10 else rows


def glutton():
    """Takes memory without end once it is told to"""
    def eat(*_):
        taken = []
        while True:
            taken.append(bytearray(b"x" * (1 << 20)))

    signal.signal(signal.SIGUSR1, eat)
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(1)
    return listener


def told(*arguments):
    """The rows of an answer; none while there is none"""
    done = kit.command(*arguments, "-J")
    return json.loads(done.stdout)["rows"] if done.returncode == 0 else []


def killed():
    """A recorder's incident names the cgroup in which memory ran out"""
    os.makedirs(ROOT + "/glutton", exist_ok=True)
    kit.write(ROOT + "/glutton/memory.max", str(32 << 20))
    pid = child("/glutton", glutton)
    with tempfile.TemporaryDirectory() as store:
        recorder = subprocess.Popen(
            [os.path.join(kit.build, "cli", "tcpmem"), "record", "--store",
             store, "--every", "1s", "--keep-free", "1"],
            stdin=subprocess.DEVNULL)
        try:
            seen = kit.until(lambda: any(
                row["key"] == "/glutton"
                for row in told("by", "cgroup", "--from", store)), 60)
            os.kill(pid, signal.SIGUSR1)
            found = kit.until(lambda: told("history", "incidents", "--from",
                                           store), 60)
        finally:
            recorder.terminate()
            recorder.wait()
    wanted = "out of memory: 1 killed in /glutton"
    return None if any(row["text"] == wanted for row in found) else (
        "seen %s, incidents %s" % (seen, found))


def run():
    kit.case("nested cgroups", nested)
    kit.case("sockets by cgroup", by_cgroup)
    kit.case("a process that moved", moved_process)
    kit.case("SO_RESERVE_MEM, connected", reserved_memory, True, None)
    kit.case("SO_RESERVE_MEM, unconnected", reserved_memory, False,
             "whose cgroup the kernel does not tell")
    kit.case("unaccepted connections", unaccepted)
    kit.case("memory.max reached", limited)
    kit.case("a kill for want of memory", killed)
    end_children()

# SPDX-License-Identifier: LGPL-2.1-or-later
"""test_events - watch: each socket that ends, and what was lost is counted"""

import json
import os
import signal
import socket
import subprocess
import time

import harness
import schemas
from harness import TCPMEM, contains, equal, run

COUNT = 300

# Connections of which a buffer of 16 MiB does not have the two ends
FLOOD = 9000


class Reference:
    """Hears what the command hears, in a buffer that has room for all"""

    def __init__(self):
        so_rcvbufforce, groups = 33, 1 | 4
        self.heard = 0
        self.socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 4)
        self.socket.setsockopt(socket.SOL_SOCKET, so_rcvbufforce, 64 << 20)
        self.socket.settimeout(harness.patience(60))
        self.socket.bind((0, groups))

    def await_(self, count):
        """The kernel tells from a queue of its own, when it finds time"""
        while self.heard < count:
            self.socket.recv(4096)
            self.heard += 1

    def end(self):
        """Before anything else ends, of which the next case would hear"""
        self.socket.close()


class Watch:
    """The command, from when it listens until it is interrupted"""

    def __init__(self, *args):
        self.said = ""
        self.process = subprocess.Popen(
            [TCPMEM, "watch", "--netns", "self", *args],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        harness.await_hearing(self.process)

    def end(self):
        self.process.send_signal(signal.SIGINT)
        self.process.send_signal(signal.SIGCONT)
        told, self.said = self.process.communicate(
            timeout=harness.patience(60))
        equal(self.process.returncode, 0, self.said)
        return told


def converse(count):
    """So many connections, each closed by its client; their ports"""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(8)
    for _ in range(count):
        client = socket.create_connection(listener.getsockname())
        server, _ = listener.accept()
        client.sendall(b"x" * 10)
        equal(len(server.recv(100)), 10)
        client.close()
        server.close()
    return listener.getsockname()[1], listener


def rows_of(told):
    rows = [json.loads(line) for line in told.splitlines()]
    return rows[:-1], rows[-1]


def test_each_connection_is_a_line():
    """"one line (JSONL with -J) for each socket that ends\""""
    reference = Reference()
    watch = Watch("-J")
    port, listener = converse(COUNT)
    reference.await_(2 * COUNT)
    rows, total = rows_of(watch.end())
    for row in rows:
        schemas.check(row, "watch", row=True)
    schemas.check(total, "watch")
    equal((total["ended"], total["lost_total"]), (2 * COUNT, 0))
    equal(len({row["cookie"] for row in rows}), 2 * COUNT)
    equal({row["received_bytes"] for row in rows
           if row["local_port"] == port}, {11})
    reference.end()
    listener.close()


def test_a_reader_that_takes_no_rows_does_not_keep_it_from_ending():
    reference = Reference()
    watch = Watch("-J")
    _, listener = converse(200)  # more than a pipe has room for
    deadline = time.monotonic() + harness.patience(20)
    while watch.process.poll() is None:
        assert time.monotonic() < deadline, "it waits for its reader"
        watch.process.send_signal(signal.SIGINT)
        time.sleep(0.2)
    watch.process.communicate()
    reference.await_(400)
    reference.end()
    listener.close()


def test_what_has_no_room_is_counted():
    """"opened = seen + lost, exactly"; its reader stands still meanwhile"""
    reference = Reference()
    watch = Watch("-J", "--max-rate", "10")
    watch.process.send_signal(signal.SIGSTOP)
    _, listener = converse(FLOOD)
    reference.await_(2 * FLOOD)
    rows, total = rows_of(watch.end())
    assert total["lost_total"] > 0, total
    equal(total["ended"] + total["lost_total"], 2 * FLOOD)
    for key in "lost", "held_back":
        equal(sum(row.get(key, 0) for row in rows), total[key + "_total"])
    equal(sum("cookie" in row for row in rows) + total["held_back_total"],
          total["ended"])
    reference.end()
    listener.close()


def test_people_are_told_what_is_missing():
    reference = Reference()
    watch = Watch("--max-rate", "1", "-b", "-o", "local,remote,netns")
    port, listener = converse(3)
    reference.await_(6)
    lines = watch.end().splitlines()
    equal(lines[0].split(), ["LOCAL", "REMOTE", "NETNS"])
    contains(lines[1], f"127.0.0.1:{port}")
    held = [int(line.split()[1]) for line in lines[2:]
            if line.endswith("held back by --max-rate")]
    equal(len(lines) - 1 - len(held) + sum(held), 6)
    reference.end()
    listener.close()


def test_a_filter_chooses():
    """"filters as elsewhere\""""
    reference = Reference()
    watch = Watch("-r", "-n", "-o", "local_port,bytes_received")
    chosen = Watch("-J", "bytes_received > 10")
    port, listener = converse(5)
    reference.await_(10)
    equal(watch.end().splitlines().count(f"{port} 11"), 5)
    rows, total = rows_of(chosen.end())
    equal({row["local_port"] for row in rows}, {port})
    equal((len(rows), total["ended"]), (5, 10))
    reference.end()
    listener.close()


def hooked(*args, make):
    """What a watch with hooks says of what make() ends, and its last line"""
    watch = Watch("-J", *args)
    reference = Reference()
    made = make()
    reference.await_(made)
    rows, total = rows_of(watch.end())
    for row in rows:
        schemas.check(row, "watch", row=True)
    if not total["hooks"]:
        raise harness.Skip("no program can be attached to a cgroup (v2)")
    return rows, total


def serve_by_child():
    """The listener's maker leaves its connection to a child, which closes"""
    listener = socket.create_server(("127.0.0.1", 0))
    child = os.fork()
    if child == 0:
        served = listener.accept()[0]
        served.recv(1)
        served.close()
        os._exit(0)
    client = socket.create_connection(listener.getsockname())
    time.sleep(0.01)  # none of them is younger than a millisecond then
    client.close()
    os.waitpid(child, 0)
    listener.close()
    serve_by_child.pid = child
    return 3


def test_who_made_and_who_closed():
    """"creator and closer of every socket\""""
    rows, _ = hooked(make=serve_by_child)
    here, there = (f"{harness.comm()}[{pid}]"
                   for pid in (os.getpid(), serve_by_child.pid))
    equal({row["creator"] for row in rows}, {here})
    equal({row["source"] for row in rows}, {"exact"})
    equal(sorted(row["closer"] for row in rows), sorted([here, here, there]))
    equal([row["closer_pid"] for row in rows
           if row["received_bytes"] == 1 and row["acked_bytes"] == 1],
          [serve_by_child.pid])
    for row in rows:
        assert row["age_us"] is not None and row["cgroup"], row


def test_the_young_are_left_out():
    """"filters as elsewhere; --min-age\""""
    rows, total = hooked("--min-age", "1h", make=serve_by_child)
    equal((rows, total["ended"], total["ageless"]), ([], 3, 0))
    rows, _ = hooked("--min-age", "1ms", make=serve_by_child)
    equal(len(rows), 3)
    equal([row for row in rows if row["age_us"] < 1000], [])


def test_without_hooks_nobody_is_named():
    watch = Watch("-J", "--holders", "proc", "--min-age", "1ms")
    reference = Reference()
    serve_by_child()
    reference.await_(3)
    rows, total = rows_of(watch.end())
    equal((rows, total["hooks"], total["ageless"]), ([], False, 3))
    contains(watch.said, "3 sockets are left out: how old they are is not "
             "known: --holders=proc has no hooks")


def test_it_ends_by_itself():
    """"until Ctrl-C, --for, or --count\""""
    equal(run("watch", "--netns", "self", "--for", "1ms", "-r", "-n").stdout,
          "")
    watch = Watch("--count", "3", "-r", "-n")
    _, listener = converse(5)
    told = watch.process.communicate(timeout=harness.patience(60))[0]
    equal((watch.process.returncode, len(told.splitlines())), (0, 3))
    listener.close()


def test_wrong_usage():
    for args in (["--count", "0"], ["--count", "-1"], ["--max-rate", "x"],
                 ["--state", "closed"], ["-o", "inode"], ["sport = "]):
        done = run("watch", *args)
        equal((done.returncode, done.stdout), (2, ""), args)
    with open("/dev/full", "w", encoding="utf-8") as full:
        equal(run("watch", "--for", "10ms", stdout=full).returncode, 1)


harness.enter_netns()
harness.main(globals())

# SPDX-License-Identifier: LGPL-2.1-or-later
"""test_info - tcp_info in columns: what it says, and when it is asked for"""

import json
import os
import re
import shutil
import socket
import struct
import subprocess
import tempfile
import time

import harness
from harness import answer, contains, equal, output, run

PAYLOAD = 30000
INFO = "cwnd,rtt,mss,bytes_sent,timer,last_rcv"


class Fixture:
    """A connection on which data went one way, and one that waits"""

    def __init__(self):
        self.listener, self.client, self.server = harness.connect()
        self.client.sendall(b"x" * PAYLOAD)
        left = PAYLOAD
        while left:
            left -= len(self.server.recv(left))
        self.client.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        harness.leave_time_wait()


def tcp_info(sock):
    return sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1024)


def field(info, offset, size=4):
    return struct.unpack_from("=I" if size == 4 else "=Q", info, offset)[0]


def row_of(sock, rows):
    port = sock.getsockname()[1]
    found = [row for row in rows if row["local_port"] == port
             and row["state"] == "established"]
    equal(len(found), 1)
    return found[0]


def test_columns_say_what_the_socket_says():
    rows = answer("sockets", "-o", "+" + INFO)["rows"]
    row, info = row_of(fixture.client, rows), tcp_info(fixture.client)
    equal(row["cwnd"], field(info, 80))
    equal(row["rtt_us"], field(info, 68))
    equal(row["mss_bytes"], field(info, 16))
    equal(row["sent_bytes"], PAYLOAD)
    equal(row["timer"], "keepalive")
    assert row["last_rcv_ms"] >= 0, row
    for row in rows:
        if row["state"] in ("listening", "time-wait"):
            equal([row["cwnd"], row["rtt_us"], row["last_rcv_ms"]],
                  [None, None, None])
    equal({r["timer"] for r in rows if r["state"] == "time-wait"},
          {"time-wait"})


def test_json_shows_it_only_if_it_is_named():
    row = answer("sockets")["rows"][0]
    for key in ("rtt_us", "cwnd", "timer"):
        assert key not in row, row
    row = answer("sockets", "-o", "state,rtt")["rows"][0]
    equal(list(row), ["state", "rtt_us"])


def test_a_stream_says_the_same():
    lines = output("sockets", "--jsonl", "-o", "local_port,state,bytes_sent")
    row = row_of(fixture.client, map(json.loads, lines.splitlines()))
    equal(row["sent_bytes"], PAYLOAD)


def test_it_can_be_sorted_by():
    sent = [row["sent_bytes"] for row in
            answer("sockets", "--sort", "-bytes_sent", "-o",
                   "bytes_sent")["rows"]]
    known = [value for value in sent if value is not None]
    equal(known, sorted(known, reverse=True))
    equal([known[0], sent[len(known):]],
          [PAYLOAD, [None] * (len(sent) - len(known))])


def test_times_are_for_people_unless_exact():
    names = ("sockets", "-n", "-o", "local_port,rto", "--state", "established")
    port = str(fixture.client.getsockname()[1])
    lines = {line.split()[0]: line.split()[1]
             for line in output(*names).splitlines()}
    assert lines[port].endswith("ms"), lines
    for exact in ("-b", "-r"):
        lines = {line.split()[0]: line.split()[1]
                 for line in output(*names, exact).splitlines()}
        equal(int(lines[port]), field(tcp_info(fixture.client), 8))


class Churn:
    """Processes that open connections, 40 at a time, and reset them"""

    def __init__(self, count=4):
        self.children = [harness.Child(self.fork_one) for _ in range(count)]

    @staticmethod
    def fork_one():
        parent = os.getpid()
        pid = os.fork()
        if pid:
            return pid
        listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        while os.getppid() == parent:
            pairs = []
            for _ in range(40):
                client = socket.create_connection(listener.getsockname())
                pairs += client, listener.accept()[0]
            for s in pairs:
                harness.reset_on_close(s)
                s.close()
        os._exit(0)

    def end(self):
        for child in self.children:
            child.end()


def wrong_counters(quiet):
    """Rows of quiet connections that show another number of bytes sent"""
    columns = "state,local_port,remote_port,bytes_sent,holders"
    rows = answer("sockets", "--holders=proc", "--sort", "cookie",
                  "-o", columns)["rows"]
    seen = {(row["local_port"], row["remote_port"]): row["sent_bytes"]
            for row in rows if row["state"] == "established"}
    return {ports: (sent, seen.get(ports)) for ports, sent in quiet.items()
            if seen.get(ports) != sent}


def test_counters_stay_with_their_socket_while_others_vanish():
    """sockets that are gone when holders are looked up are left out, and
    every other one keeps its own tcp_info"""
    listener = socket.create_server(("127.0.0.1", 0), backlog=64)
    quiet, kept = {}, [listener]
    for i in range(60):
        client = socket.create_connection(listener.getsockname())
        server = listener.accept()[0]
        client.sendall(b"x" * (1000 + i))
        left = 1000 + i
        while left:
            left -= len(server.recv(left))
        kept += client, server
        quiet[client.getsockname()[1], listener.getsockname()[1]] = 1000 + i
    churn = Churn()
    try:
        for _ in range(6):
            equal(wrong_counters(quiet), {})
    finally:
        churn.end()


def extensions(trace):
    """idiag_ext of each request in what strace wrote"""
    found = []
    for hexed in re.findall(r'iov_base="((?:\\x[0-9a-f]{2})+)"', trace):
        message = bytes.fromhex(hexed.replace("\\x", ""))
        if len(message) < 72:
            continue  # an attribute behind a request
        kind = struct.unpack_from("=H", message, 4)[0]
        tcpdiag_getsock, sock_diag_by_family = 18, 20
        contains([tcpdiag_getsock, sock_diag_by_family], kind)
        found.append(message[19 if kind == tcpdiag_getsock else 18])
    return found


def asks(*args):
    """Whether the kernel is asked for tcp_info, as strace sees it"""
    skmem, info = 1 << 6, 1 << 1
    with tempfile.NamedTemporaryFile("r") as trace:
        done = subprocess.run(
            ["strace", "-f", "-xx", "-s", "4096", "-e", "trace=sendmsg", "-o",
             trace.name, harness.TCPMEM, *harness.in_scope(args)],
            env=harness.TRACED, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
            text=True, timeout=harness.patience(120))
        if "ptrace" in done.stderr:
            raise harness.Skip("ptrace(2) is not allowed")
        equal(done.returncode, 0, done.stderr)
        seen = extensions(trace.read())
    assert seen and all(ext & skmem for ext in seen), seen
    return any(ext & info for ext in seen)


def test_the_kernel_is_asked_only_if_a_column_needs_it():
    if not shutil.which("strace"):
        raise harness.Skip("no strace")
    for args in (["sockets"], ["sockets", "-J"], ["sockets", "-o", "+timer"],
                 ["by", "process"], ["by", "state", "held > 0"], ["summary"], ["save", "/dev/null"],
                 ["sockets", "--jsonl", "-o", "state,timer_retrans"]):
        equal(asks(*args), False, args)
    for args in (["sockets", "-o", "+rtt"], ["sockets", "--sort", "-cwnd"],
                 ["sockets", "--jsonl", "-o", "timer_expires"],
                 ["by", "process", "total_retrans > 0"],
                 ["save", "--info", "/dev/null"]):
        equal(asks(*args), True, args)


def test_a_capture_has_it_if_it_was_asked_for():
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "capture")
        output("save", "--info", path)
        data = answer("sockets", "--from", path, "-o", "+" + INFO)
        equal(row_of(fixture.client, data["rows"])["sent_bytes"], PAYLOAD)
        assert "capture-scope" not in [w["code"] for w in data["warnings"]]

        output("save", path)
        done = run("sockets", "--from", path, "-J", "-o", "+rtt,timer",
                   "--strict")
        equal(done.returncode, 3, done.stderr)
        data = json.loads(done.stdout)
        equal({row["rtt_us"] for row in data["rows"]}, {None})
        equal(row_of(fixture.client, data["rows"])["timer"], "keepalive")
        contains([w["code"] for w in data["warnings"]], "capture-scope")
        # who does not ask for it misses nothing
        data = answer("sockets", "--from", path)
        assert "capture-scope" not in [w["code"] for w in data["warnings"]]


def test_the_age_of_what_never_sent_is_known():
    """tcpmem.1: "of those alone that never sent, or never got, data" """
    opened = time.monotonic()
    silent, talking = harness.connect(), harness.connect()
    opening = time.monotonic() - opened
    for end in talking[1:]:
        end.send(b"x")
    for end in talking[1:]:
        end.recv(1)

    def ages(sockets):
        port = sockets[0].getsockname()[1]
        words = f"state established and ( sport = :{port} or dport = :{port} )"
        asked = time.monotonic() - opened
        rows = answer("sockets", words, "-o", "age")["rows"]
        return [row["age_ms"] for row in rows], asked

    found, least = ages(silent)
    most = time.monotonic() - opened
    equal(len(found), 2)
    # the kernel counts in jiffies, of up to 10 ms
    for age in found:
        assert (least - opening) * 1000 - 20 <= age <= most * 1000 + 20, found
    equal(ages(talking)[0], [None, None])


def test_congestion_is_what_the_socket_uses():
    ours, theirs = fixture.client, fixture.server
    ours.setsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, b"reno")
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "capture")
        output("save", "--info", path)
        for source in ((), ("--from", path)):
            rows = answer("sockets", *source, "-o",
                          "state,local_port,congestion")["rows"]
            for sock in (ours, theirs):
                name = sock.getsockopt(socket.IPPROTO_TCP,
                                       socket.TCP_CONGESTION, 16)
                equal(row_of(sock, rows)["congestion"],
                      name.rstrip(b"\0").decode())
            equal({row["congestion"] for row in rows
                   if row["state"] == "time-wait"}, {None})
            for text, wanted in (("cong = reno", [ours]),
                                 ("cong ~ ren* and state established", [ours]),
                                 ("cong != reno and state established",
                                  [theirs])):
                rows = answer("sockets", *source, text)["rows"]
                equal({row["local_port"] for row in rows
                       if row["state"] == "established"},
                      {sock.getsockname()[1] for sock in wanted}, text)
            groups = answer("by", "congestion", *source)
            by_name = {row["key"]: row["sockets"] for row in groups["rows"]}
            equal(by_name["reno"], 1)
            equal(sum(by_name.values()), groups["total"]["sockets"])


if __name__ == "__main__":
    harness.enter_netns()
    fixture = Fixture()
    harness.main(globals())

# SPDX-License-Identifier: LGPL-2.1-or-later
"""test_closed - no NETLINK_SOCK_DIAG: gVisor, old containers, seccomp"""

import ctypes
import errno
import json
import os
import platform
import socket
import struct
import sys
import tempfile

import harness
from harness import Child, Skip, answer, connect, contains, equal, run

libc = ctypes.CDLL(None, use_errno=True)

CLONE_NEWNET = 0x40000000
PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS = 22, 38
SECCOMP_MODE_FILTER = 2
NETLINK_SOCK_DIAG = 4

SOCKET = {"x86_64": 41, "aarch64": 198, "riscv64": 198, "loongarch64": 198,
          "s390x": 359, "ppc64le": 326, "armv7l": 281, "i686": 359}

ERRNOS = errno.EPERM, errno.EACCES, errno.EPROTONOSUPPORT
WARNING = "sock-diag-closed"
REASON = "NETLINK_SOCK_DIAG cannot be used"


def program(refusal):
    """socket(AF_NETLINK, _, NETLINK_SOCK_DIAG) fails, all else is allowed"""
    load, equal_to, answers = 0x20, 0x15, 0x06
    if platform.machine() not in SOCKET:
        raise Skip("no number of socket(2) for " + platform.machine())
    low = 4 if sys.byteorder == "big" else 0
    code = ((load, 0, 0, 0),
            (equal_to, 0, 5, SOCKET[platform.machine()]),
            (load, 0, 0, 16 + low), (equal_to, 0, 3, socket.AF_NETLINK),
            (load, 0, 0, 32 + low), (equal_to, 0, 1, NETLINK_SOCK_DIAG),
            (answers, 0, 0, 0x00050000 | refusal),
            (answers, 0, 0, 0x7fff0000))
    return b"".join(struct.pack("HBBI", *op) for op in code), len(code)


class Program(ctypes.Structure):
    _fields_ = [("len", ctypes.c_ushort), ("filter", ctypes.c_char_p)]


def closed(refusal=errno.EPERM):
    """To run a command with: it may make no sock_diag socket"""
    code, count = program(refusal)
    fprog = Program(count, code)

    def close():
        if (libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) or
                libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER,
                           ctypes.byref(fprog), 0, 0)):
            os._exit(99)
    if run("--version", preexec_fn=close).returncode == 99:
        raise Skip("no seccomp filter can be set")
    return {"preexec_fn": close}


def ask(*args, code=0, **how):
    done = run(*args, "-J", **how)
    equal(done.returncode, code, (args, done.stdout, done.stderr))
    data = json.loads(done.stdout)
    equal([w["code"] for w in data["warnings"]].count(WARNING), 1, args)
    equal(data["complete"], False)
    return data


def known(row, *keys):
    return {key: row[key] for key in keys}


def identity(rows):
    """What of a socket both sources know"""
    return sorted(tuple(sorted(known(
        row, "state", "family", "local", "local_port", "remote",
        "remote_port", "inode", "uid", "kind", "recv_q").items(),
        key=str)) for row in rows)


class Sockets:
    """Established ones with unread data, both families, and TIME_WAIT

    Each time in a new namespace: the TIME_WAIT of the case before is not there.
    """

    def __enter__(self):
        if libc.unshare(CLONE_NEWNET):
            raise Skip("unshare: " + os.strerror(ctypes.get_errno()))
        harness.lo_up()
        self.kept = (*connect(), *connect(socket.AF_INET6, "::1"))
        self.kept[1].send(b"x" * 5000)
        harness.leave_time_wait()
        harness.await_states("listening", "listening", *["established"] * 4,
                             "time-wait")
        return self

    def __exit__(self, *args):
        for s in self.kept:
            harness.reset_on_close(s)
            s.close()


def test_sockets_come_from_proc_net_tcp_whatever_the_errno():
    with Sockets():
        wanted = identity(answer("sockets")["rows"])
        for refusal in ERRNOS:
            data = ask("sockets", **closed(refusal))
            equal(identity(data["rows"]), wanted)
            contains(json.dumps(data["warnings"]), os.strerror(refusal))
            for row in data["rows"]:
                full = row["state"] not in ("time-wait",)
                for key in ("rmem_bytes", "charged_bytes", "held_bytes"):
                    equal(row[key] is None, full or key == "rmem_bytes", row)
                equal(row["cookie"], None)
            unread = [r["recv_q"] for r in data["rows"] if r["recv_q"]]
            equal(unread, [5000])
            limits = [r["send_q"] for r in data["rows"]
                      if r["state"] == "listening"]
            equal(limits, [None, None])


def test_sums_of_memory_are_unknown_and_counts_are_known():
    with Sockets():
        how = closed()
        total = ask("by", "state", **how)["total"]
        equal(total["sockets"], 7)
        equal(known(total, "held_bytes", "rmem_bytes", "charged_bytes"),
              {"held_bytes": None, "rmem_bytes": None, "charged_bytes": None})
        rows = {r["key"]: r for r in ask("ps", **how)["rows"]}
        mine = [r for r in rows.values() if r["pid"] == os.getpid()]
        equal([(r["sockets"], r["held_bytes"]) for r in mine], [(6, None)])
        # a mini-socket has no buffers, whoever tells of it
        assert rows["time-wait"]["held_bytes"] > 0, rows
        states = {r["state"]: r for r in ask("summary", **how)["states"]}
        equal(states["established"]["held_bytes"], None)
        equal(states["established"]["sockets"], 4)
        equal(states["closing"]["held_bytes"], 0)
        equal(known(ask("summary", **how)["reconcile"], "charged_bytes",
                    "residual_bytes"),
              {"charged_bytes": None, "residual_bytes": None})
        shown = run("ps", **how).stdout
        contains(shown, REASON)
        equal(run("ps", "--strict", **how).returncode, 3)
        csv = run("by", "state", "--csv", "-o", "key,sockets,held",
                  **how).stdout
        contains(csv, "established,4,\n")
        explained = ask("explain", str(os.getpid()), **how)["processes"][0]
        equal(known(explained["tcp"], "sockets", "held_bytes"),
              {"sockets": 6, "held_bytes": None})


def test_check_answers_what_proc_answers():
    with Sockets():
        for refusal in ERRNOS:
            how = closed(refusal)
            for args, code in ((("--max-sockets", "100",
                                 "--state", "connected"), 0),
                               (("--max-sockets", "3"), 2),
                               (("--max-tcp-mem", "1000T"), 0),
                               (("--max-orphans", "1000000"), 0),
                               (("--max-held", "1000T"), 3),
                               (("--max-unexplained", "1"), 3),
                               (("--per", "process", "--max-held", "9T"), 3)):
                done = run("check", *args, **how)
                equal(done.returncode, code, (args, done.stdout))
            contains(run("check", "--max-held", "1T", **how).stdout, REASON)


def test_limits_come_from_the_sysctls():
    with Sockets():
        data = ask("limits", **closed())
        rows = {row["name"]: row for row in data["limits"]}
        with open("/proc/sys/net/ipv4/tcp_rmem") as file:
            equal(rows["tcp_rmem_max"]["value"], int(file.read().split()[2]))
        equal(rows["tcp_rmem_max"]["used"], None)
        equal(rows["ip_local_port_range"]["used"], 1)
        equal(known(data["worst_case"], "connections", "current_bytes"),
              {"connections": 4, "current_bytes": None})


def test_queues_of_listeners_are_unknown_not_empty():
    """limits of listeners' queues are unknown, never 0"""
    with Sockets() as s:
        client = socket.create_connection(s.kept[0].getsockname())
        rows = {row["name"]: row for row in ask("limits", **closed())["limits"]}
        equal([rows[name]["used"] for name in ("accept_queue", "syn_queue")],
              [None, None])
        equal(rows["tcp_max_tw_buckets"]["used"], 1)
        harness.reset_on_close(client)
        client.close()


def test_sockets_that_are_only_bound_are_not_said_to_be_none():
    """/proc/net/tcp has none of them: a check of some sockets rests on them"""
    bound = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
    for _ in range(5):
        bound.append(socket.socket())
        bound[-1].bind(("127.0.0.1", 0))
    how = closed()
    for args, code in ((("--max-sockets", "6"), 3),
                       (("--max-sockets", "1"), 2),
                       (("--max-sockets", "3", "--state", "bound-inactive"), 3),
                       (("--max-sockets", "3", "--state", "listening"), 0),
                       (("--max-close-wait", "3"), 0)):
        done = run("check", *args, **how)
        equal(done.returncode, code, (args, done.stdout))
    # of the whole host the kernel's own count tells
    equal(run("check", "--max-tcp-mem", "1000T", **how).returncode, 0)
    for s in bound:
        s.close()


def test_save_and_diff_keep_what_there_is():
    with Sockets(), tempfile.TemporaryDirectory() as where:
        how = closed(errno.EACCES)
        path = os.path.join(where, "capture")
        done = run("save", path, **how)
        equal(done.returncode, 0, done.stderr)
        contains(done.stderr, REASON)
        data = ask("sockets", "--from", path)
        equal(identity(data["rows"]), identity(answer("sockets")["rows"]))
        more = connect()
        data = ask("diff", path, "--netns", "self", code=1, **how)
        equal(known(data["total"], "opened", "closed", "held_bytes_delta"),
              {"opened": 3, "closed": 0, "held_bytes_delta": None})
        for s in more:
            harness.reset_on_close(s)
            s.close()


def test_nothing_is_said_of_queues_that_were_not_measured():
    """Nobody read what the client sent: who waits is not known, not nobody"""
    listener, client, server = connect()
    client.setblocking(False)
    try:
        while client.send(b"x" * 65536):
            pass
    except BlockingIOError:
        pass
    try:
        how = closed()
        data = ask("blame", "--for", "10ms", **how)
        equal(data["chains"], [])
        assert data["unmeasured_connections"], data
        done = run("blame", "--for", "10ms", **how)
        contains(done.stdout, "Nobody is seen to hold anybody up, but not all")
        pid = str(os.getpid())
        process = ask("explain", pid, **how)["processes"][0]
        equal((process["findings"], process["chains"],
               process["undecided_sockets"]), ([], None, None))
        contains(run("explain", pid, **how).stdout,
                 "Findings: unknown, its sockets' counters could not be read")
    finally:
        for s in client, server, listener:
            harness.reset_on_close(s)
            s.close()


LISTENS = """
import socket, time
listener = socket.create_server(("127.0.0.1", 0))
time.sleep(1)
"""


def test_what_a_command_held_is_unknown_not_0():
    """"null: no counter of its sockets was read" """
    with Sockets(), tempfile.NamedTemporaryFile() as file:
        done = run("run", "-o", file.name, "-J", "--every", "0.02", "--",
                   sys.executable, "-c", LISTENS, **closed())
        equal(done.returncode, 0, done.stderr)
        with open(file.name, encoding="utf-8") as report:
            data = json.load(report)
    assert data["peak"]["sockets"] >= 1, data["peak"]
    equal(data["peak"]["held_bytes"], None)
    equal(data["peaks_known"], False)


def test_without_counters_nothing_is_found_and_nothing_is_0():
    """Whether a half-closed connection is in use is not known"""
    listener, client, server = connect()
    client.close()
    server.recv(1)
    orphan = socket.create_connection(listener.getsockname())
    unread, _ = listener.accept()
    orphan.setblocking(False)
    try:
        while orphan.send(b"x" * 65536):
            pass
    except BlockingIOError:
        orphan.close()
    try:
        how = closed()
        pid = str(os.getpid())
        process, = ask("explain", pid, **how)["processes"]
        equal([row["held_bytes"] for row in process["orphans"]], [None])
        equal(process["findings"], [])
        equal(process["undecided_sockets"], None)
        contains(run("explain", pid, **how).stdout, "Findings: unknown, ")
    finally:
        harness.reset_on_close(unread)
        for s in unread, server, listener:
            s.close()


def test_filters_and_other_namespaces_are_asked_too():
    def elsewhere():
        if libc.unshare(CLONE_NEWNET):
            raise Skip("no namespace can be made")
        harness.lo_up()
        return connect()

    with Sockets():
        child = Child(elsewhere)
        try:
            how = closed()
            scope = ("--netns", str(child.pid))
            data = ask("sockets", *scope, **how)
            equal(sorted(r["state"] for r in data["rows"]),
                  ["established", "established", "listening"])
            both = ask("sockets", "--netns", "self", *scope, **how)
            equal(len(both["rows"]), 10)
            data = ask("sockets", "state listening", **how)
            equal(len(data["rows"]), 2)
            rows = ask("sockets", "--state", "time-wait", **how)["rows"]
            equal(len(rows), 1)
            done = run("sockets", "held > 1", "-J", **how)
            contains(done.stdout, "filter-undecided")
        finally:
            child.end()


def test_where_neither_answers_the_cause_is_named():
    """`save FILE` does not blame the file, --netns self no name"""
    how = closed()

    def nothing_at_all():
        how["preexec_fn"]()
        if libc.unshare(0x00020000) or libc.mount(b"none", b"/", None,
                                                  0x44000, None):
            os._exit(98)
        libc.mount(b"tmpfs", b"/proc", b"tmpfs", 0, None)
    for args in (["ps", "--netns", "self"], ["save", "/dev/null"]):
        done = run(*args, preexec_fn=nothing_at_all)
        if done.returncode == 98:
            raise Skip("no mount namespace can be made")
        equal(done.returncode, 1, (args, done.stdout, done.stderr))
        contains(done.stderr, "NETLINK_SOCK_DIAG cannot be used")
        assert "/dev/null" not in done.stderr, done.stderr
        assert "takes a name" not in done.stderr, done.stderr


if __name__ == "__main__":
    harness.enter_netns()
    harness.main(globals())

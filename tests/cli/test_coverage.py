# SPDX-License-Identifier: LGPL-2.1-or-later
"""test_coverage - no answer is fine about what could not be seen"""

import ctypes
import json
import os
import platform
import re
import select
import signal
import socket
import struct
import subprocess
import tempfile
import threading
import time

import harness
from harness import answer, Child, Skip, connect, contains, equal, lo_up, run

libc = ctypes.CDLL(None, use_errno=True)

CLONE_FILES = 0x00000400
CLONE_NEWNS = 0x00020000
CLONE_NEWNET = 0x40000000
CLONE_NEWPID = 0x20000000
CLONE_NEWUSER = 0x10000000
MS_BIND = 0x1000
MS_PRIVATE_ALL = 0x40000 | 0x4000
PR_SET_DUMPABLE, PR_CAPBSET_DROP = 4, 24

CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH = 1, 2
CAP_SYS_PTRACE, CAP_SYS_ADMIN, CAP_PERFMON, CAP_BPF = 19, 21, 38, 39

# of what reads other processes, by /proc or by BPF, a container has none
READERS = CAP_SYS_PTRACE, CAP_SYS_ADMIN, CAP_PERFMON, CAP_BPF

NOBODY = {"user": 65534, "group": 65534, "extra_groups": []}
SERVER = 1000


def call(name, *args):
    if getattr(libc, name)(*args):
        raise Skip("%s: %s" % (name, os.strerror(ctypes.get_errno())))


def need_root():
    if os.geteuid() != 0:
        raise Skip("only root can give up rights")
    if run("--version", **NOBODY).returncode == 127:
        raise Skip("nobody cannot run the built command")


def without(*caps):
    """Root that lacks these capabilities"""
    def drop():
        for cap in caps:
            libc.prctl(PR_CAPBSET_DROP, cap, 0, 0, 0)
    return {"preexec_fn": drop}


def codes(data):
    return [warning["code"] for warning in data["warnings"]]


def ask(*args, code=0, **who):
    done = run(*args, "-J", scoped=False, **who)
    equal(done.returncode, code, (args, done.stdout, done.stderr))
    return json.loads(done.stdout)


def eleven():
    call("unshare", CLONE_NEWNET)
    lo_up()
    listener = socket.create_server(("127.0.0.1", 0))
    kept = [listener]
    for _ in range(5):
        kept.append(socket.create_connection(listener.getsockname()))
        kept.append(listener.accept()[0])
    return kept


def refused():
    """In a namespace of its own, a connection that is reset"""
    kept = eleven()
    with socket.socket() as client:
        client.connect_ex(("127.0.0.1", 1))
    return kept


def serve_as(uid):
    """A server under another uid, with 3 sockets"""
    def setup():
        kept = connect()
        os.setresgid(uid, uid, uid)
        os.setresuid(uid, uid, uid)
        return kept
    return Child(setup)


def in_own_mounts(function):
    """Runs it in a mount namespace that ends with it"""
    results, said = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            call("unshare", CLONE_NEWNS)
            call("mount", None, b"/", None, MS_PRIVATE_ALL, None)
            function()
            os.write(said, b"passed")
        except Skip as why:
            os.write(said, f"skip {why}".encode())
        except BaseException as why:  # the parent tells it
            os.write(said, repr(why).encode())
        finally:
            os._exit(0)
    os.close(said)
    with os.fdopen(results) as file:
        text = file.read()
    os.waitpid(pid, 0)
    if text.startswith("skip "):
        raise Skip(text[5:])
    equal(text, "passed")


LEFT = 47321


def leave(*_):
    """A socket ends, at a port by which it is known"""
    socket.create_server(("127.0.0.1", LEFT)).close()


def name_netns(name, pid):
    """As 'ip netns attach' would, for this mount namespace alone"""
    call("mount", b"none", b"/run", b"tmpfs", 0, b"mode=755")
    os.mkdir("/run/netns")
    path = f"/run/netns/{name}"
    with open(path, "w"):
        pass
    call("mount", f"/proc/{pid}/ns/net".encode(), path.encode(), None,
         MS_BIND, None)


def check(*args, **who):
    """The first line of the text, and what JSON says beside it"""
    done = run("check", *args, scoped=False, **who)
    return done.returncode, done.stdout.splitlines()[0]


def is_unknown(*args, why, **who):
    code, line = check(*args, **who)
    equal(code, 3, line)
    contains(line, "TCPMEM UNKNOWN - ")
    contains(line, why)
    contains(line, "=U;")
    data = ask("check", *args, code=3, **who)
    unknown = [result for result in data["results"]
               if result["level"] == "unknown"]
    assert unknown, data["results"]
    equal(unknown[0]["value"], None)
    contains(unknown[0]["reason"], why)


def test_a_namespace_that_may_not_be_entered_is_unknown():
    """what the question selected and was not seen is UNKNOWN, whoever asks"""
    need_root()
    other = Child(eleven)

    def look():
        name_netns("X", other.pid)
        for who in NOBODY, without(CAP_SYS_ADMIN):
            why = "(X) may not be entered"
            is_unknown("--netns", "X", "--max-sockets", "3", why=why, **who)
            is_unknown("--netns", "X", "--max-held", "1G", why=why, **who)
            is_unknown("--netns", "X", "--max-sockets", "3", "--per",
                       "netns", why=why, **who)
            is_unknown("--netns", "X", "--max-growth", "1G/min", "--for",
                       "10ms", why=why, **who)
            is_unknown("--max-sockets", "100000", "netns = X",
                       why="may not be entered", **who)
            is_unknown("--max-time-wait", "90%", why="", **who)
            is_unknown("--max-time-wait", "90%", "--per", "netns", why="",
                       **who)
            # what was not selected does not make it unknown
            for limit in ("--max-sockets", "3"), ("--max-time-wait", "90%"):
                equal(check("--netns", "self", *limit, **who)[0], 0)
        code, line = check("--max-sockets", "100000", "netns = self",
                           **without(CAP_SYS_ADMIN))
        # sockets of others may be in no namespace's tables
        assert code == 0 or "its namespaces show" in line, line
        code, line = check("--netns", "X", "--max-sockets", "3")
        equal(code, 2, line)
        contains(line, "sockets 11, more than 3")

    try:
        in_own_mounts(look)
    finally:
        other.end()


def test_processes_that_could_not_be_read_are_unknown():
    """a filter or --per that names holders that could not be read"""
    need_root()
    server = serve_as(SERVER)
    try:
        for who in NOBODY, without(*READERS):
            is_unknown("--netns", "self", "--max-sockets", "1", "--per",
                       "process", why="not readable", **who)
            is_unknown("--netns", "self", "--max-sockets", "100",
                       "comm = python3", why="may match the filter", **who)
            # how many there are is known without them
            code, line = check("--netns", "self", "--max-sockets", "2", **who)
            equal(code, 2, line)
        code, line = check("--netns", "self", "--max-sockets", "1", "--per",
                           "process")
        equal(code, 2, line)
    finally:
        server.end()


def test_what_an_earlier_look_did_not_see_did_not_rise():
    """neither holders, nor namespaces, that it may not have asked for"""
    need_root()
    server = serve_as(SERVER)
    other = Child(refused)
    limits = "--max-growth", "1/h", "--max-counter", "OutRsts=0.001"
    try:
        with tempfile.TemporaryDirectory() as folder:
            os.chmod(folder, 0o777)
            by_nobody, here = folder + "/nobody", folder + "/here"
            equal(run("save", by_nobody, scoped=False,
                      **NOBODY).returncode, 0)
            equal(run("save", "--netns", "self", here).returncode, 0)
            done = run("check", "--netns", "self", *limits[:2], "--per",
                       "process", "--since", by_nobody)
            equal(done.returncode, 3, done.stdout)
            for since, per in (by_nobody, "netns"), (here, "netns"):
                done = run("check", *limits, "--per", per, "--since", since,
                           scoped=False)
                equal(done.returncode, 3, done.stdout + done.stderr)
                assert "CRITICAL" not in done.stdout, done.stdout
            done = run("diff", here, "-J")
            equal(done.returncode, 3, done.stdout)
            data = json.loads(done.stdout)
            equal((data["complete"], data["total"]["sockets_delta"]),
                  (False, 0))
            contains(run("diff", here).stdout, "are not compared")
    finally:
        other.end()
        server.end()


def test_programs_that_could_not_be_read_are_unknown():
    """"names stand for them": a name is no other program"""
    need_root()
    server = serve_as(SERVER)
    who = without(CAP_SYS_PTRACE)
    try:
        if "programs-unreadable" not in codes(ask(
                "by", "program", "--netns", "self", **who)):
            raise Skip("BPF does not tell of holders here")
        program = os.readlink("/proc/self/exe")
        for where in ["--per", "program"], [f"program = {program}"], \
                ["program = /other"]:
            is_unknown("--netns", "self", "--max-sockets", "100", *where,
                       why="", **who)
        equal(check("--netns", "self", "--max-sockets", "100",
                    f"program = {program}")[0], 0)
    finally:
        server.end()


def test_the_unit_of_a_hidden_holder_is_unknown():
    """a v1 hierarchy may have it, where the socket's own cgroup is the root"""
    need_root()
    server = serve_as(SERVER)
    args = "--netns", "self", "--max-sockets", "100", "unit = some.service"
    try:
        rows = ask("by", "cgroup", "--netns", "self", **NOBODY)["rows"]
        if "hidden" in [row["key"] for row in rows]:
            is_unknown(*args, why="may match the filter", **NOBODY)
        else:  # a cgroup of v2 that is the socket's own tells its unit
            equal(check(*args, **NOBODY)[0], 0)
        equal(check(*args)[0], 0)
    finally:
        server.end()


def test_no_change_is_recommended_of_what_could_be_read_alone():
    need_root()

    def look():
        call("mount", b"none", b"/proc/sys", b"tmpfs", 0, None)
        contains(run("limits", "--advise").stdout, "; not all could.")

    in_own_mounts(look)


def warning(data, code):
    return next(warning["text"] for warning in data["warnings"]
                if warning["code"] == code)


def test_advice_can_be_followed():
    """name the pids, and what is missing for this euid and these rights"""
    need_root()
    server = serve_as(SERVER)
    other = Child(eleven)
    where = "ps", "--holders", "proc"
    try:
        text = warning(ask(*where, "--netns", "self", **without(*READERS)),
                       "fds-unreadable")
        contains(text, "pid ")
        contains(text, "root has no CAP_SYS_PTRACE here")
        line = next(line for line in run("summary", **without(
            *READERS)).stdout.splitlines() if line.startswith("Warnings: "))
        assert line.endswith(" \u2026") and len(line) < 80, line
        words = line.partition("tells all): ")[2][:-1]
        contains(re.sub("[0-9]+", "N", text), re.sub("[0-9]+", "N", words))
        assert "run as root" not in text, text
        text = warning(ask(*where, **without(CAP_SYS_ADMIN)), "netns-denied")
        contains(text, "root has no CAP_SYS_ADMIN here")
        text = warning(ask(*where, **NOBODY), "fds-unreadable")
        contains(text, "run as root, or with CAP_SYS_PTRACE")
    finally:
        other.end()
        server.end()


def leaderless():
    """Its first thread has ended; another lives on with its sockets"""
    number = {"x86_64": 60, "aarch64": 93}.get(platform.machine())
    if not number:
        raise Skip("exit(2) has another number on " + platform.machine())
    pid = os.fork()
    if pid == 0:
        harness.set_comm(b"leaderless")
        kept = connect()
        threading.Thread(target=lambda: (kept, time.sleep(600))).start()
        libc.syscall(number, 0)
    deadline = time.monotonic() + harness.patience(60)
    while True:
        with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
            if file.read().split()[2] == "Z":
                return pid
        assert time.monotonic() < deadline
        time.sleep(0.01)


def thread_of(pid):
    return max(map(int, os.listdir(f"/proc/{pid}/task")))


def test_a_process_without_its_first_thread_is_there():
    """/proc/PID has no memory then: it is unknown, and not 0"""
    pid = leaderless()
    try:
        row, = answer("by", "process", "-o", "+rss,fds",
                      "comm = leaderless")["rows"]
        equal((row["pid"], row["sockets"]), (pid, 3))
        fds = len(os.listdir(f"/proc/{pid}/task/{thread_of(pid)}/fd"))
        equal((row["rss_bytes"], row["fds"]), (None, fds))
        for limit, wanted in ("--max-rss", 3), ("--max-fds", 0):
            code, line = check("--netns", "self", limit, "1000000",
                               "comm = leaderless")
            equal(code, wanted, line)
        process, = answer("explain", "leaderless")["processes"]
        equal((process["pid"], process["tcp"]["sockets"]), (pid, 3))
        memory = process["memory"]
        equal((memory["fds"], memory["fds_sockets"]), (fds, 3))
        for metric in "statm_rss_bytes", "rss_bytes":
            equal(memory[metric], None, metric)
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


def unshare_in_thread(make):
    """What only a thread has, in an fd table of its own"""
    harness.set_comm(b"unshared")
    ready = threading.Event()

    def hold():
        call("unshare", CLONE_FILES)
        kept.append(make())
        ready.set()
        time.sleep(600)

    kept = []
    threading.Thread(target=hold, daemon=True).start()
    ready.wait(harness.patience(60))
    return kept


def test_the_fds_of_a_thread_with_its_own_table_are_counted():
    """\"of its fullest fd table: the limit is that of each table\" """
    server = Child(lambda: unshare_in_thread(
        lambda: [connect() for _ in range(3)]))
    try:
        table = f"/proc/{server.pid}/task/{thread_of(server.pid)}/fd"
        fds = os.listdir(table)
        sockets = [fd for fd in fds if os.readlink(f"{table}/{fd}"
                                                   ).startswith("socket:")]
        fds = len(fds)
        process, = answer("explain", "unshared")["processes"]
        equal(process["tcp"]["sockets"], 9)
        memory = process["memory"]
        equal((memory["fds"], memory["fds_sockets"]), (fds, len(sockets)))
        row, = answer("by", "process", "-o", "+fds",
                      "comm = unshared")["rows"]
        equal(row["fds"], fds)
    finally:
        server.end()


def leave_a_namespace_to_its_sockets(tell):
    with open("/proc/self/ns/net", encoding="utf-8") as home:
        kept = eleven()
        os.write(tell, str(os.stat("/proc/self/ns/net").st_ino).encode())
        kept[2].sendall(b"x" * 100000)
        call("setns", home.fileno(), CLONE_NEWNET)
    return kept


def test_a_namespace_that_only_sockets_lead_to_is_found_by_its_inode():
    """--netns takes \"what 'tcpmem by netns' calls it: [...] an inode\" """
    need_root()
    told, tell = os.pipe()
    server = Child(lambda: leave_a_namespace_to_its_sockets(tell))
    inode = os.read(told, 32).decode()
    try:
        only = ask("by", "process", "--netns", inode)["rows"]
        equal([(row["pid"], row["sockets"]) for row in only],
              [(server.pid, 11)])
        # the second look goes there, too
        done = run("explain", str(server.pid), "--netns", inode)
        equal((done.returncode, done.stderr), (0, ""))
        contains(done.stdout, "does not read")
    finally:
        server.end()
    # numbers are handed out again: this one is of another kind of namespace
    other = os.stat("/proc/self/ns/uts").st_ino
    done = run("ps", "--netns", str(other))
    contains(done.stderr, "No such file or directory")
    equal(done.returncode, 1)


def test_a_cgroup_that_is_not_told_is_a_warning():
    """by cgroup with a /proc/PID/cgroup that says nothing, as unreadable"""
    need_root()
    server = serve_as(SERVER)

    def look():
        call("mount", b"/dev/null", f"/proc/{server.pid}/cgroup".encode(),
             None, MS_BIND, None)
        for key in "cgroup", "unit", "container", "pod":
            data = ask("by", key, "--netns", "self")
            contains(codes(data), "cgroups-unreadable")
            equal(data["complete"], False)
            is_unknown("--netns", "self", "--max-sockets", "100", "--per",
                       key, why="")
        done = run("explain", "some.service")
        contains(done.stderr, "no process that can be seen is called")
        equal(run("explain", "4194305").stderr, "tcpmem: no process 4194305\n")

    try:
        in_own_mounts(look)
    finally:
        server.end()


def test_what_explain_may_not_look_at_is_unknown():
    """unknown, null, a warning, and no finding that rests on it"""
    need_root()
    server = serve_as(SERVER)
    who = without(*READERS)
    try:
        done = run("explain", str(server.pid), **who)
        equal(done.returncode, 0, done.stderr)
        contains(done.stdout, "unknown: file descriptors")
        assert "none: it has no TCP socket" not in done.stdout
        assert "No findings" not in done.stdout
        data = ask("explain", str(server.pid), **who)
        contains(codes(data), "fds-unreadable")
        equal(data["complete"], False)
        process = data["processes"][0]
        equal(process["memory"]["fds_sockets"], None)
        equal(process["tcp"]["sockets"], None)
        equal(process["shared"], {"sockets": None, "held_bytes": None})
        equal(process["keepalive"]["on"], None)
        equal(process["findings"], [])
        process = ask("explain", str(server.pid))["processes"][0]
        equal(process["memory"]["fds_sockets"], 3)
        equal(process["tcp"]["sockets"], 3)
        process = ask("explain", str(os.getpid()))["processes"][0]
        equal(process["tcp"]["sockets"], 0)
    finally:
        server.end()


def test_a_name_that_could_not_be_read_may_be_the_one():
    """"no process is called" is for those who can read all names"""
    need_root()
    server = serve_as(SERVER)
    try:
        done = run("explain", "no-such-program", **NOBODY)
        equal(done.returncode, 1)
        contains(done.stderr, "no process that can be read is called")
    finally:
        server.end()


def of_nobody(setup):
    """A process of nobody's, in a network namespace of its own"""
    def begin():
        os.setgroups([])
        os.setresgid(65534, 65534, 65534)
        os.setresuid(65534, 65534, 65534)
        libc.prctl(PR_SET_DUMPABLE, 1, 0, 0, 0)
        call("unshare", CLONE_NEWUSER | CLONE_NEWNET)
        return setup()
    return Child(begin)


def test_sockets_of_a_namespace_that_may_not_be_entered_are_unknown():
    """explain: its fds tell that it has some, and no dump shows them"""
    need_root()
    server = of_nobody(lambda: socket.create_server(("0.0.0.0", 0)))
    other = of_nobody(socket.socketpair)
    apart = of_nobody(lambda: unshare_in_thread(socket.socketpair))
    thread = of_nobody(lambda: unshare_in_thread(
        lambda: socket.create_server(("0.0.0.0", 0))))
    try:
        done = run("explain", str(server.pid), scoped=False, **NOBODY)
        equal(done.returncode, 0, done.stderr)
        contains(done.stdout, "unknown: it has TCP sockets that could not be "
                 "read")
        contains(done.stdout, "Findings: unknown, its sockets were not seen")
        data = ask("explain", str(server.pid), **NOBODY)
        contains(codes(data), "netns-denied")
        process = data["processes"][0]
        equal(process["memory"]["fds_sockets"], 1)
        equal(process["tcp"]["sockets"], None)
        # who has none has none, wherever that is
        for child, sockets in (other, 2), (apart, 2):
            data = ask("explain", str(child.pid), **NOBODY)
            contains(codes(data), "netns-denied")
            process = data["processes"][0]
            equal(process["memory"]["fds_sockets"], sockets)
            equal(process["tcp"]["sockets"], 0)
        # a thread may have some where its process has none
        process, = ask("explain", str(thread.pid), **NOBODY)["processes"]
        equal(process["tcp"]["sockets"], None)
    finally:
        for child in other, apart, thread:
            child.end()
        server.end()


def open_sockets(rows):
    """Without what earlier cases left in TIME_WAIT"""
    return [(row["kind"], row["pid"], row["sockets"]) for row in rows
            if row["kind"] != "time-wait"]


def test_bpf_answers_where_proc_refuses():
    """auto: where /proc refuses and BPF could answer, BPF answers"""
    need_root()
    server = serve_as(SERVER)
    who = without(CAP_SYS_PTRACE)
    try:
        if run("ps", "--holders", "bpf", **who).returncode:
            raise Skip("the iterator cannot be loaded here")
        rows = ask("ps", "--holders", "proc", "--netns", "self",
                   **who)["rows"]
        equal(open_sockets(rows), [("hidden", None, 3)])
        data = ask("ps", "--netns", "self", **who)
        equal(open_sockets(data["rows"]), [("process", server.pid, 3)])
        assert "fds-unreadable" not in codes(data), data["warnings"]
    finally:
        server.end()


def register_with_ring(fds):
    """io_uring_setup(2) and io_uring_register(2) of IORING_REGISTER_FILES"""
    ring = libc.syscall(425, 4, ctypes.create_string_buffer(120))
    if ring < 0:
        raise Skip("io_uring: " + os.strerror(ctypes.get_errno()))
    if libc.syscall(427, ring, 2, (ctypes.c_int * len(fds))(*fds), len(fds)):
        raise Skip("io_uring files: " + os.strerror(ctypes.get_errno()))
    with open(f"/proc/self/fdinfo/{ring}") as file:
        if "socket:[" not in file.read():
            raise Skip("this kernel does not list what a ring has")
    return ring


def reset_unread():
    """Three connections that were reset with data unread, each of 5000 bytes"""
    call("unshare", CLONE_NEWNET)
    lo_up()
    listener = socket.create_server(("127.0.0.1", LEFT))
    kept = [listener]
    for _ in range(3):
        client = socket.create_connection(listener.getsockname())
        kept.append(listener.accept()[0])
        client.send(b"x" * 5000)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                          struct.pack("ii", 1, 0))
        client.close()
    return kept


def test_closed_sockets_are_looked_for_or_not_judged():
    """No dump shows them: who asks for closed or dark ones asks for a search

    In a capture they are for every question, as in its sums.
    """
    need_root()
    server = Child(reset_unread)
    with tempfile.TemporaryDirectory() as where:
        try:
            path = os.path.join(where, "capture")
            scoped = os.path.join(where, "scoped")
            # of all states only where the kernel counts more sockets: others
            # open theirs meanwhile
            equal(run("save", path, "--state", "closed", "--state",
                      "listening", scoped=False).returncode, 0)
            equal(run("save", scoped, "--netns", str(server.pid),
                      scoped=False).returncode, 0)
            inodes = {os.stat(f"/proc/{server.pid}/fd/{name}").st_ino
                      for name in os.listdir(f"/proc/{server.pid}/fd")}
            rows = [row for row in ask("sockets", "kind = dark", "--from",
                                       path)["rows"]
                    if row["inode"] in inodes]
            equal([row["recv_q"] for row in rows], [5000] * 3)
            here = f"sport = :{LEFT}"
            for args in (["--state", "closed"], ["state closed"],
                         ["kind = dark"], [f"kind = dark and {here}"],
                         [f"state closed and {here}"],
                         ["--state", "closed", "--from", path],
                         ["kind = dark", "--from", path]):
                done = run("check", "--max-sockets", "2", *args, scoped=False)
                equal(done.returncode, 2, (args, done.stdout, done.stderr))
            for args in (["--state", "closed", "--netns", str(server.pid)],
                         ["--state", "closed", "--from", scoped],
                         ["kind = dark", "--from", scoped]):
                done = run("check", "--max-sockets", "2", *args, scoped=False)
                equal(done.returncode, 3, (args, done.stdout, done.stderr))
                contains(done.stdout, "no dump shows were not looked for")
            equal(codes(ask("by", "state", "--state", "closed")),
                  ["sockets-unseen"])
            totals = [ask("by", key, "--from", path)["total"]["sockets"]
                      for key in ("process", "state")]
            equal(totals[0], totals[1])
        finally:
            server.end()


def test_what_is_registered_with_io_uring_has_a_holder():
    """those sockets have a holder, though their fds are closed"""
    kept = connect()
    ring = register_with_ring([end.fileno() for end in kept])
    for end in kept:
        end.close()
    try:
        for how in "proc", "auto", "bpf":
            if how == "bpf" and run("ps", "--holders", how).returncode:
                continue
            who = "--holders", how, "--netns", "self"
            rows = ask("ps", *who)["rows"]
            equal(open_sockets(rows), [("process", os.getpid(), 3)], how)
            process, = ask("explain", str(os.getpid()), *who)["processes"]
            equal(process["tcp"]["sockets"], 3, how)
            rows = ask("sockets", "--state", "listening,established",
                       *who)["rows"]
            equal({holder["pid"] for row in rows for holder in row["holders"]},
                  {os.getpid()}, how)
            done = run("check", "--per", "process", "--max-sockets", "2", *who)
            equal(done.returncode, 2, done.stdout)
    finally:
        os.close(ring)


def start_without_proc():
    """The command finds its library where no /proc tells where it is"""
    lib = os.path.join(os.path.dirname(harness.TCPMEM), "../lib")
    os.environ["LD_LIBRARY_PATH"] = lib
    done = run("--version")
    equal(done.returncode, 0, done.stderr)


def is_named(why):
    for args in ["summary"], ["ps"]:
        data = ask(*args)
        equal(data["complete"], False)
        contains(json.dumps(data["warnings"]), why)
        assert "hidepid" not in json.dumps(data["warnings"])
        equal(run(*args, "--strict", scoped=False).returncode, 3)
    # BPF needs no /proc to tell the holders
    contains(codes(ask("ps", "--holders=proc")), "proc-foreign")
    is_unknown("--max-sockets", "1000", why=why)
    # what the caller's own namespace has was seen, TIME_WAIT of before too
    equal(check("--netns", "self", "--max-sockets", "1000")[0], 0)


def test_an_empty_proc_is_named():
    """if /proc is empty, a warning names it"""
    need_root()
    kept = connect()
    other = Child(eleven)

    def look():
        name_netns("X", other.pid)
        call("mount", b"none", b"/proc", b"tmpfs", 0, b"mode=755")
        start_without_proc()
        is_named("/proc is empty")
        done = run("ps", "--netns", "X")
        equal(done.returncode, 1, done.stdout)
        contains(done.stderr, "network namespace 'X': /proc is empty")

    try:
        in_own_mounts(look)
    finally:
        other.end()
    del kept


def mount_foreign_proc():
    """As in a container's mounts, without its PID namespace"""
    ready, go = os.pipe()
    if os.fork() == 0:
        call("unshare", CLONE_NEWPID)
        if os.fork() == 0:
            call("mount", b"proc", b"/proc", b"proc", 0, None)
            os.write(go, b".")
            os._exit(0)
        os.wait()
        os._exit(0)
    os.read(ready, 1)
    os.wait()


def test_the_proc_of_others_is_named():
    """if /proc/self is not this process, a warning names it"""
    need_root()
    kept = connect()

    def look():
        mount_foreign_proc()
        start_without_proc()
        is_named("another PID namespace")

    in_own_mounts(look)
    del kept


def is_sanitized():
    with open(harness.TCPMEM, "rb") as command:
        return b"__asan_init" in command.read()



UNREADABLE = """
import ctypes, socket, time
ctypes.CDLL(None).prctl(4, 0, 0, 0, 0)  # PR_SET_DUMPABLE: no fd can be read
kept = [socket.create_server(("127.0.0.1", 0)) for _ in range(9)]
time.sleep(1.5)
"""


def test_run_says_nothing_fine_of_a_process_that_it_could_not_read():
    """"A `run --max-...` whose question includes what was not seen is not 0\""""
    need_root()
    for metric in ("--max-sockets", "--max-left"):
        args = ("run", "--every", "100ms", metric, "5", "--", "python3", "-c")
        done = run(*args, UNREADABLE, **NOBODY)
        equal(done.returncode, 123, (metric, done.stderr))
        contains(done.stderr, "peak sockets     at least 0")
        # what is not of the command makes nothing unknown
        seen = UNREADABLE.replace("range(9)", "range(2)").replace(
            "prctl(4, 0,", "prctl(4, 1,")
        done = run(*args, seen, **NOBODY)
        if done.returncode != 123 or "too short" not in done.stderr:
            equal(done.returncode, 0, (metric, done.stderr))  # not too busy


ORPHANED = """
import os, socket, sys
s = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
s.setblocking(False)
try:
    while True:
        s.send(b"x" * 65536)
except BlockingIOError:
    os._exit(0)
"""


def test_run_says_nothing_fine_of_an_orphan_that_nobody_saw_open():
    """Nobody makes no cgroup that could tell whose it is"""
    need_root()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = str(listener.getsockname()[1])
        done = run("run", "--max-orphans", "0", "--", "sh", "-c",
                   "python3 -c \"$0\" \"$1\"; sleep 1", ORPHANED, port,
                   **NOBODY)
        # a sample may have seen it open, which is beyond
        assert done.returncode in (122, 123), done.stderr


# what earlier cases left in TIME_WAIT ends when it likes
OPEN_ONES = "--state", "established", "--state", "listening"


def test_diff_is_not_the_same_for_what_was_not_seen():
    """"the same" is what was compared: nobody may not look into X"""
    need_root()
    other = Child(eleven)
    with tempfile.TemporaryDirectory() as where:
        os.chmod(where, 0o777)
        try:
            files = [os.path.join(where, name) for name in ("a", "b")]
            for file in files:
                equal(run("save", file, scoped=False, **NOBODY).returncode, 0)
            done = run("diff", *files, *OPEN_ONES, **NOBODY)
            equal(done.returncode, 3, (done.stdout, done.stderr))
            # of its own namespace all was seen
            for file in files:
                equal(run("save", file, "--netns", "self",
                          **NOBODY).returncode, 0)
            done = run("diff", *files, "--by", "state", *OPEN_ONES,
                       **NOBODY)
            equal(done.returncode, 0, (done.stdout, done.stderr))
            done = run("diff", "--every", "100ms", "--for", "300ms",
                       scoped=False, **NOBODY)
            equal(done.returncode, 3, (done.stdout, done.stderr))
        finally:
            other.end()


def test_run_charges_nobody_elses_sockets_to_its_command():
    """In a new PID namespace with the /proc of the old one"""
    need_root()
    kept = connect()

    def look():
        call("unshare", CLONE_NEWPID)
        done = run("run", "-J", "--max-left", "0", "--", "sleep", "0.3",
                   scoped=False)
        data = json.loads(done.stderr)
        equal((data["end"]["sockets"], data["peak"]["sockets"]), (0, 0))
        assert done.returncode in (0, 123), done.returncode

    in_own_mounts(look)
    del kept


def test_watch_tells_whether_it_hears_of_all():
    need_root()
    other = Child(eleven)

    def listen(*args, **who):
        done = run("watch", "-J", "--for", "100ms", *args, scoped=False,
                   **who)
        return done, json.loads((done.stdout.splitlines() or ["{}"])[-1])

    def look():
        name_netns("there", other.pid)
        done, _ = listen("--netns", "there", **NOBODY)
        equal(done.returncode, 1, done.stdout)
        contains(done.stderr, "may not be entered")
        if is_sanitized():
            return  # it reads /proc before the command begins
        call("mount", b"none", b"/proc", b"tmpfs", 0, None)
        start_without_proc()
        done, said = listen()
        equal(done.returncode, 0, done.stderr)
        equal(said["complete"], False)

    try:
        done, said = listen(**NOBODY)
        equal((done.returncode, said["complete"]), (0, False))
        assert said["deaf"] < said["namespaces"], said
        equal(listen("--netns", "self")[1]["complete"], True)
        in_own_mounts(look)
    finally:
        other.end()


def test_watch_hears_of_namespaces_that_begin_meanwhile():
    """and does not say that it has heard all of them"""
    need_root()
    command = subprocess.Popen([harness.TCPMEM, "watch", "-J"],
                               stdout=subprocess.PIPE, bufsize=0)
    harness.await_hearing(command)
    other = Child(lambda: (signal.signal(signal.SIGUSR1, leave), eleven()))
    try:
        deadline = time.monotonic() + harness.patience(60)
        text, ports = b"", set()
        while LEFT not in ports:  # others have events on this host, too
            assert time.monotonic() < deadline
            os.kill(other.pid, signal.SIGUSR1)
            if select.select([command.stdout], [], [], 0.2)[0]:
                text += os.read(command.stdout.fileno(), 1 << 20)
            ports = {json.loads(line).get("local_port")
                     for line in text.split(b"\n")[:-1]}
        command.send_signal(signal.SIGINT)
        text += command.communicate()[0]
        said = json.loads(text.splitlines()[-1])
        equal(said["complete"], False)
        assert 0 < said["deaf"] < said["namespaces"], said
    finally:
        command.kill()
        other.end()


def test_a_hidden_holder_is_in_an_unknown_container():
    """"-" is that there is none. Its cgroup may be a v1 one: v2 has the root"""
    need_root()
    kept = connect()
    args = "--netns", "self", "--state", "established"
    root = ask("by", "cgroup", *args)
    nobody = {key: {row["key"] for row in ask("by", key, *args,
                                              **NOBODY)["rows"]}
              for key in ("cgroup", "unit", "container", "pod")}
    if nobody["cgroup"] != {"hidden"}:
        # a v2 cgroup of its own is the socket's: all is known of it
        equal(nobody["cgroup"], {row["key"] for row in root["rows"]})
        raise Skip("this process is in no v1 cgroup")
    for key, rows in nobody.items():
        equal(rows, {"hidden"}, key)
    del kept


def test_a_process_that_proc_hides_is_not_said_to_be_none():
    need_root()
    server = serve_as(SERVER)

    def look():
        call("mount", b"proc", b"/proc", b"proc", 0, b"hidepid=2")
        for who in str(server.pid), "no-such-name":
            done = run("explain", who, scoped=False, **NOBODY)
            equal(done.returncode, 1)
            contains(done.stderr, "that can be seen")
            contains(done.stderr, "hidepid")
        done = run("explain", "no-such-name", scoped=False)
        assert "that can be seen" not in done.stderr, done.stderr

    try:
        in_own_mounts(look)
    finally:
        server.end()


def test_what_could_not_be_seen_is_not_unexplained():
    """An accusation rests on what was measured"""
    need_root()
    kept, other = connect(), Child(eleven)
    kept[1].sendall(bytes(100000))
    try:
        is_unknown("--max-unexplained", "1", why="may not be entered",
                   **NOBODY)
    finally:
        other.end()
    del kept


def test_diff_calls_nothing_closed_or_opened_that_it_could_not_see():
    """Root's capture beside nobody's: X is in one of them alone"""
    need_root()
    kept, other = connect(), Child(eleven)
    inode = str(os.stat(f"/proc/{other.pid}/ns/net").st_ino)
    with tempfile.TemporaryDirectory() as where:
        os.chmod(where, 0o777)
        try:
            root, nobody = (os.path.join(where, n) for n in "ab")
            equal(run("save", root, scoped=False).returncode, 0)
            os.chmod(root, 0o644)
            equal(run("save", nobody, scoped=False, **NOBODY).returncode, 0)
            for pair in (root, nobody), (nobody, root):
                data = json.loads(run("diff", *pair, "--by", "netns", "--all",
                                      "-J", *OPEN_ONES).stdout)
                equal(data["complete"], False)
                contains(codes(data), "netns-denied")
                keys = [row["key"] for row in data["rows"]]
                assert inode not in keys, keys
                equal((data["total"]["opened"], data["total"]["closed"],
                       data["total"]["sockets_delta"]), (0, 0, 0))
            equal(run("diff", root, nobody, "--by", "state",
                      *OPEN_ONES).returncode, 3)
        finally:
            other.end()
    del kept


def test_a_capture_knows_no_more_than_who_saved_it():
    """What it could not look into is unknown of that namespace alone, too"""
    need_root()
    kept, other = connect(), Child(eleven)

    def look():
        name_netns("X", other.pid)
        os.chmod("/run", 0o777)
        root, nobody, there = "/run/a", "/run/b", ("--netns", "X")
        equal(run("save", root, scoped=False).returncode, 0)
        equal(run("save", nobody, scoped=False, **NOBODY).returncode, 0)
        is_unknown("--from", nobody, *there, "--max-sockets", "3",
                   why="may not be entered")
        for words in ((nobody, "--netns", "self", "--max-sockets", "100"),
                      (root, *there, "--max-sockets", "11")):
            code, line = check("--from", *words)
            equal(code, 0, line)
        equal(ask("ps", "--from", nobody, *there)["complete"], False)
        for pair in (root, nobody), (nobody, root):
            done = run("diff", *pair, *there, "--by", "state")
            equal(done.returncode, 3, done.stdout)
        done = run("explain", str(other.pid), "--from", nobody)
        contains(done.stderr, f"no process {other.pid} that can be seen")

    try:
        in_own_mounts(look)
    finally:
        other.end()
    del kept


def test_the_first_line_names_what_is_critical():
    """What is not known of all stands before what one group has"""
    need_root()
    kept, other = connect(), Child(eleven)
    try:
        code, line = check("--per", "state", "--max-sockets", "0", **NOBODY)
        equal(code, 2)
        contains(line, "TCPMEM CRITICAL - sockets of ")
        contains(line, "more than 0")
        done = run("limits", scoped=False, **NOBODY)
        first = " ".join(done.stdout.split("\n\n")[0].split())
        assert ("No counter that was read" in first or
                "Not all counters could be read." in first), first
    finally:
        other.end()
    del kept


def resets():
    kept = eleven()
    for s in kept[1::2]:
        harness.reset_on_close(s)
        s.close()
    return kept


def test_counters_are_those_of_whom_it_was_asked_for():
    """Not the caller's, who has no reset"""
    need_root()
    other = Child(resets)
    there = "--netns", "X"

    def look():
        name_netns("X", other.pid)
        contains(run("export", *there).stdout,
                 "\ntcpmem_resets_sent_total 5\n")
        done = run("export", *there, **NOBODY)
        assert "\ntcpmem_resets_sent_total" not in done.stdout, done.stdout
        contains(done.stdout, "\ntcpmem_complete 0\n")
        screens = "top", "--batch", "-n", "2", "-d", "10ms"
        assert "opened" not in run(*screens, *there).stdout
        contains(run(*screens).stdout, "\nself: opened ")
        contains(run(*screens, "--netns", "self").stdout, "\nopened ")

    try:
        in_own_mounts(look)
    finally:
        other.end()


def test_a_check_whose_streams_cannot_be_opened_is_unknown():
    """A monitor takes 1 for a warning: where nothing was asked it is 3"""
    def no_dev():
        if libc.unshare(CLONE_NEWNS) or libc.mount(
                b"none", b"/", None, MS_PRIVATE_ALL, None) or libc.mount(
                b"tmpfs", b"/dev", b"tmpfs", 0, None):
            os._exit(98)
        os.close(0)
    if os.geteuid() != 0:
        raise Skip("only root can hide /dev/null")
    for args, code in ((["check", "--max-sockets", "9"], 3),
                       (["summary"], 1)):
        done = run(*args, preexec_fn=no_dev)
        if done.returncode == 98:
            raise Skip("no mount namespace can be made")
        equal(done.returncode, code, (args, done.stdout, done.stderr))
        contains(done.stdout + done.stderr, "/dev/null cannot stand in")


def test_check_is_unknown_about_states_that_a_file_lacks():
    """A capture of some states says nothing of the others"""
    kept = connect()
    with tempfile.TemporaryDirectory() as where:
        file = os.path.join(where, "capture")
        equal(run("save", file, "--state", "listening", "--netns",
                  "self").returncode, 0)
        done = run("check", "--from", file, "--max-sockets", "100")
        equal(done.returncode, 3, done.stdout)
        contains(done.stdout, "some states only")
        # of what it was asked for it has all
        done = run("check", "--from", file, "--state", "listening",
                   "--max-sockets", "100")
        equal(done.returncode, 0, done.stdout)
    for s in kept:
        s.close()

if __name__ == "__main__":
    harness.enter_netns()
    if is_sanitized():
        # AddressSanitizer reads /proc itself: CI runs these on another build
        del test_an_empty_proc_is_named, test_the_proc_of_others_is_named
    harness.main(globals())

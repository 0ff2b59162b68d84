# SPDX-License-Identifier: LGPL-2.1-or-later
"""test_run - a command, passed through unchanged, and what it used and left"""

import contextlib
import fcntl
import glob
import hashlib
import json
import os
import pty
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import termios
import threading
import time
import xml.etree.ElementTree as ElementTree

import harness
import schemas
from harness import contains, equal, run

HANDED_ON = ("INT", "TERM", "HUP", "QUIT", "USR1", "USR2", "WINCH")
PATIENCE = harness.patience(60)  # seconds until what never comes is a failure


def python(code, *args):
    return [sys.executable, "-c", code, *map(str, args)]


class Report:
    """A file that the report goes to; the answer when the command is over"""

    def __enter__(self):
        self.file = tempfile.NamedTemporaryFile()
        return self

    def __exit__(self, *what):
        self.file.close()

    def options(self):
        return ["run", "-o", self.file.name, "-J", "--every", "0.02"]

    def answer(self):
        with open(self.file.name, encoding="utf-8") as file:
            text = file.read()
        schemas.check_output(self.options(), text)
        return json.loads(text)


def report(*command, code=0, **how):
    """The report on a command, which must end with that exit code"""
    with Report() as file:
        done = run(*file.options(), "--", *command, **how)
        equal(done.returncode, code, done.stderr)
        equal(done.stderr, "")
        return file.answer()


def left(answer, kind):
    return answer["left"][kind]["total"]["sockets"]


def start(*command, **how):
    """A run that goes on while the test does something to it"""
    env = dict(os.environ, LC_ALL="C.UTF-8")
    return subprocess.Popen([harness.TCPMEM, *command], env=env, **how)


def await_line(stream):
    ready, _, _ = select.select([stream], [], [], PATIENCE)
    assert ready, "nothing came"
    return stream.readline()


def await_truth(what, truth):
    deadline = time.monotonic() + PATIENCE
    while not truth():
        assert time.monotonic() < deadline, what
        time.sleep(0.01)


def state_of(pid):
    with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
        return file.read().rsplit(")", 1)[1].split()[0]


def children_of(pid):
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
        return [int(word) for word in file.read().split()]


def with_time(attempt, enough):
    """Looks come late on a busy machine: tries again with more time"""
    for seconds in 1, 4, 16, 64:
        answer = attempt(seconds)
        if enough(answer):
            return answer
    raise AssertionError(f"never looked in time: {answer['peak']}")


class Server:
    """Accepts, and does with each connection what @serve does, until closed"""

    def __init__(self, serve):
        self.serve = serve
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.port = self.listener.getsockname()[1]
        self.kept = []
        self.thread = threading.Thread(target=self.loop, daemon=True)
        self.thread.start()

    def loop(self):
        while True:
            try:
                sock, _ = self.listener.accept()
            except OSError:
                return
            self.serve(self, sock)

    def __enter__(self):
        return self

    def __exit__(self, *what):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.thread.join()
        for sock in (self.listener, *self.kept):
            sock.close()


def answer_http(_, sock):
    """The client is the first to close: TIME_WAIT is on its side"""
    with sock:
        sock.recv(65536)
        sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        while sock.recv(65536):
            pass


def drain(_, sock):
    with sock:
        while sock.recv(65536):
            pass


def drain_reset(_, sock):
    try:
        drain(_, sock)
    except ConnectionResetError:
        pass


def keep(server, sock):
    server.kept.append(sock)


def test_the_exit_code_is_the_commands():
    for code in 0, 1, 3, 77, 255:
        answer = report("sh", "-c", f"exit {code}", code=code)
        equal(answer["exit_code"], code)
        equal(answer["signal"], None)
    equal(answer["schema"], "tcpmem.run/1")
    equal(answer["command"], ["sh", "-c", "exit 255"])


def test_a_signals_death_is_128_and_its_number():
    for name in "KILL", "TERM", "SEGV":
        number = getattr(signal, "SIG" + name)
        answer = report("sh", "-c", f"ulimit -c 0; kill -{name} $$",
                        code=128 + number)
        equal(answer["signal"], name)
    answer = report("sh", "-c", "kill -40 $$", code=128 + 40)
    equal(answer["signal"], "40")


def test_what_cannot_be_run():
    done = run("run", "--", "/nonexistent/program")
    equal(done.returncode, 127)
    contains(done.stderr, "cannot run /nonexistent/program: No such file")
    done = run("run", "--", "/etc/passwd")
    equal(done.returncode, 126)
    contains(done.stderr, "Permission denied")
    # 2 may be the command's
    for wrong in [], ["--bogus"], ["--every"]:
        equal(run("run", *wrong).returncode, 125, wrong)
    done = run("run")
    contains(done.stderr, "run needs a command")
    done = run("run", "-o", "/nonexistent/report", "--", "touch", "/tmp/x")
    equal(done.returncode, 125)
    contains(done.stderr, "cannot write to /nonexistent/report")
    for wrong in ("--every", "-1"), ("--max-held", "much"), \
            ("--max-orphans", "5%"), ("--max-growth", "1M/min"):
        equal(run("run", *wrong, "--", "true").returncode, 125, wrong)


def test_help():
    lines = harness.output("run", "--help").splitlines()
    equal(lines[0],
          "Usage: tcpmem run [OPTION]... [--] COMMAND [ARGUMENT]...")
    assert len(lines) <= 40 and max(map(len, lines)) <= 80, lines


def test_options_behind_the_command_are_its_own():
    done = run("run", "echo", "-J", "--help", "--")
    equal(done.stdout, "-J --help --\n", done.stderr)
    contains(done.stderr, "tcpmem: echo ended with 0 after ")
    contains(done.stderr, "0 still open")


def test_a_report_that_nobody_reads():
    with open("/dev/full", "w", encoding="utf-8") as full:
        equal(run("run", "--", "true", stderr=full).returncode, 125)
        equal(run("run", "--", "sh", "-c", "exit 9",
                  stderr=full).returncode, 9)
    read, write = os.pipe()
    os.close(read)
    equal(run("run", "--", "sh", "-c", "exit 9", stderr=write).returncode, 9)
    os.close(write)
    done = run("run", "-o", "/dev/null", "--", "sh", "-c", "exit 9",
               preexec_fn=lambda: [os.close(fd) for fd in (0, 1, 2)])
    equal(done.returncode, 9)


def test_streams_pass_unchanged():
    data = os.urandom(1 << 20) * 16
    with Report() as file:
        done = run(*file.options(), "--", "sh", "-c", "cat; echo said >&2",
                   input=data, encoding=None)
    equal(done.returncode, 0)
    equal(hashlib.sha256(done.stdout).digest(), hashlib.sha256(data).digest())
    equal(done.stderr, b"said\n")


def test_the_command_finds_the_world_as_it_was():
    """No fd, signal mask or ignored signal of ours reaches it"""
    code = ("import os, signal\n"
            "print(sorted(os.listdir('/proc/self/fd'))[:-1],\n"
            "      open('/proc/self/status').read().split('SigBlk:')[1]\n"
            "      .split('CapInh')[0].split(), os.getpgrp(), os.getsid(0))\n")
    wanted = subprocess.run(python(code), capture_output=True, text=True)
    done = run("run", "-o", "/dev/null", "--", *python(code))
    equal(done.stdout, wanted.stdout, done.stderr)


TRAP = """
import signal, sys, time
def tell(number, frame):
    print(signal.Signals(number).name[3:], flush=True)
    if number == signal.SIGTERM:
        sys.exit(5)
for name in sys.argv[1:]:
    signal.signal(getattr(signal, "SIG" + name), tell)
print("ready", flush=True)
while True:
    time.sleep(0.02)  # one that comes just before it does not end a sleep
"""


def test_signals_are_handed_on():
    with start("run", "-o", "/dev/null", "--", *python(TRAP, *HANDED_ON),
               stdout=subprocess.PIPE, text=True) as job:
        equal(await_line(job.stdout), "ready\n")
        for name in (*(n for n in HANDED_ON if n != "TERM"), "TERM"):
            job.send_signal(getattr(signal, "SIG" + name))
            equal(await_line(job.stdout), name + "\n")
        equal(job.wait(PATIENCE), 5)


def test_ctrl_c_reaches_the_command_once():
    pid, terminal = pty.fork()
    if pid == 0:
        os.execv(harness.TCPMEM, [harness.TCPMEM, "run", "-o", "/dev/null",
                                  "--", *python(TRAP, "INT", "TERM")])
    stream = os.fdopen(terminal, "r+b", buffering=0)
    flags = termios.tcgetattr(terminal)
    flags[3] &= ~termios.ECHO
    termios.tcsetattr(terminal, termios.TCSANOW, flags)
    equal(await_line(stream).strip(), b"ready")
    stream.write(b"\x03")
    equal(await_line(stream).strip(), b"INT")
    os.kill(pid, signal.SIGTERM)
    equal(await_line(stream).strip(), b"TERM")  # and no second INT
    equal(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), 5)
    stream.close()


def test_both_stop_and_go_on():
    with start("run", "-o", "/dev/null", "--", *python(TRAP, "TERM"),
               stdout=subprocess.PIPE, text=True,
               preexec_fn=os.setpgrp) as job:
        equal(await_line(job.stdout), "ready\n")
        child, = children_of(job.pid)
        job.send_signal(signal.SIGTSTP)
        for pid in job.pid, child:
            await_truth("stopped", lambda pid=pid: state_of(pid) == "T")
        job.send_signal(signal.SIGCONT)
        for pid in job.pid, child:
            await_truth("running", lambda pid=pid: state_of(pid) in "RS")
        job.send_signal(signal.SIGTERM)
        equal(job.wait(PATIENCE), 5)


def test_a_loop_of_curl():
    # A dump can miss a socket that goes over to TIME_WAIT meanwhile: none of
    # them waits for its peer's FIN any more when the last look is taken.
    with Server(answer_http) as server:
        answer = report("bash", "-c", "for i in {1..20}; do "
                        f"curl -s http://127.0.0.1:{server.port}/; done; "
                        "while grep -qE ' 0[45] 0' /proc/self/net/tcp; do "
                        "sleep .05; done", stdout=subprocess.DEVNULL)
    # each leaves one, and no look saw all of them open
    equal(left(answer, "time_wait") + left(answer, "unclaimed"), 20)
    equal(left(answer, "orphan"), 0)
    equal(left(answer, "open"), 0)
    equal(answer["processes_live_on"], False)
    assert answer["peak"]["sockets"] <= 2, answer["peak"]


def test_time_wait_is_known_by_what_was_seen_open():
    # as above, it ends when all are in TIME_WAIT
    code = ("import socket, sys, time\n"
            "socks = [socket.create_connection(('127.0.0.1', int(sys.argv[1])"
            ")) for i in range(5)]\n"
            "ports = ['%04X' % s.getsockname()[1] for s in socks]\n"
            "time.sleep(int(sys.argv[2]))\n"
            "[s.close() for s in socks]\n"
            "def states():\n"
            "    rows = [r.split() for r in open('/proc/self/net/tcp')]\n"
            "    return [r[3] for r in rows if r[1][-4:] in ports]\n"
            "while states() != ['06'] * 5: time.sleep(.01)\n")
    with Server(drain) as server:
        before = socket.create_connection(("127.0.0.1", server.port))
        port = before.getsockname()[1]
        before.close()
        harness.await_states("time-wait", port=port)
        answer = with_time(
            lambda seconds: report(*python(code, server.port, seconds)),
            lambda answer: answer["peak"]["sockets"] == 5)
    equal(left(answer, "time_wait"), 5)
    equal(left(answer, "orphan"), 0)
    equal(left(answer, "unclaimed"), 0)
    assert {r["key"] for r in answer["left"]["time_wait"]["rows"]} <= \
        {"127.0.0.1"}, answer["left"]
    equal(answer["end"]["sockets"], 0)
    assert answer["peak"]["held_bytes"] > 0, answer["peak"]


def test_what_the_peer_does_not_take_is_an_orphan():
    code = ("import socket, sys, time\n"
            "s = socket.create_connection(('127.0.0.1', int(sys.argv[1])))\n"
            "s.setblocking(False)\n"
            "try:\n"
            "    while True: s.send(b'x' * 65536)\n"
            "except BlockingIOError: pass\n"
            "time.sleep(float(sys.argv[2]))\n")
    with Server(keep) as server:
        answer = with_time(
            lambda seconds: report(*python(code, server.port, seconds)),
            lambda answer: answer["peak"]["sockets"] == 1)
        assert left(answer, "orphan") >= 1, answer
        equal(answer["left"]["orphan"]["rows"][0]["key"],
              "fin-wait-1,127.0.0.1")
        equal(answer["end"]["orphans"], left(answer, "orphan"))
        assert answer["end"]["held_bytes"] > 100000, answer["end"]


# Sockets of a process that lives until the run has ended: the last look, at
# least, sees them all.
LINGER = """
import os, socket, sys, time
kept = [socket.create_server(("127.0.0.1", 0)) for i in range(5)]
time.sleep(float(sys.argv[2]))
parents = [os.getpid(), os.getppid()]  # the run adopts it
if os.fork() == 0:
    while os.getppid() in parents:
        time.sleep(.01)
    os._exit(0)
sys.exit(int(sys.argv[1]))
"""


BEYOND, UNKNOWN = 122, 123


def judged(threshold, ends=0, code=0):
    """With ever more time: a busy machine has too few samples for a verdict"""
    for seconds in 1, 4, 16, 64:
        with Report() as file:
            done = run(*file.options(), "--every", "1m", "--max-sockets",
                       threshold, "--", *python(LINGER, ends, seconds))
            answer = file.answer()
        if answer["level"] != "unknown":
            equal(done.returncode, code, done.stderr)
            return answer
        equal(done.returncode, ends or UNKNOWN, done.stderr)
    raise AssertionError(f"never sampled in time: {answer}")


def test_peaks_have_thresholds():
    equal(judged("5")["level"], "ok")
    equal(judged("4,9")["level"], "warning")
    answer = judged("2,4", code=122)
    equal(answer["level"], "critical")
    equal(answer["results"],
          [{"metric": "sockets", "key": sys.executable, "level": "critical",
            "unit": "sockets", "value": 5, "warning": 2,
            "warning_range": "2", "critical": 4, "critical_range": "4",
            "reason": None}])
    # a command that failed has failed, and the report tells the rest
    equal(judged("4", ends=7, code=7)["level"], "critical")


def left_open(limit, *options):
    return run("run", *options, "--max-left", limit, "--",
               *python(LINGER, 0, 0))


SHORT_ONES = """
import socket, sys, time
port, count, seconds = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
for _ in range(count):
    with socket.create_connection(("127.0.0.1", port)) as sock:
        sock.sendall(b"x")
        sock.recv(100)
kept = socket.create_connection(("127.0.0.1", port))
time.sleep(seconds)
"""


def report_here(*command, options=(), code=0):
    """On this namespace alone: others on the host end sockets, too"""
    done = run("run", "--netns", "self", "-J", *options, "--", *command)
    equal(done.returncode, code, done.stderr)
    return json.loads(done.stderr)


def test_short_connections_are_counted_by_events():
    """"connections shorter than the pause between looks are counted\""""
    with Server(answer_http) as server:
        def attempt(seconds):
            return report_here(*python(SHORT_ONES, server.port, 200, seconds),
                               options=("--holders", "proc"))

        # where no look saw the one that is kept, nobody knows whose they are
        answer = with_time(attempt, lambda got: got["peak_sockets"])
    equal([answer[key] for key in ("opened", "closed", "opened_exactly",
                                   "closed_exactly", "unattributed",
                                   "events_lost", "source")],
          [201, 201, True, True, 0, 0, "event"])
    rows = answer["ended"]["closed"]["rows"]
    equal([(row["key"], row["sockets"]) for row in rows],
          [(f"127.0.0.1,{server.port}", 201)])


def test_most_of_what_ended_stands_first():
    code = """
import socket, sys, time
ports = [int(port) for port in sys.argv[1:4]]
kept = [socket.create_connection(("127.0.0.1", port)) for port in ports]
time.sleep(float(sys.argv[4]))
del kept
"""
    with Server(keep) as once, Server(keep) as twice:
        answer = with_time(
            lambda seconds: report_here(
                *python(code, once.port, twice.port, twice.port, seconds),
                options=("--holders", "proc")),
            lambda answer: len(answer["ended"]["closed"]["rows"]) == 2)
    equal([(row["key"], row["sockets"])
           for row in answer["ended"]["closed"]["rows"]],
          [(f"127.0.0.1,{twice.port}", 2), (f"127.0.0.1,{once.port}", 1)])


UNTIL_TOLD = "touch $0.begun; until [ -e $0.done ]; do sleep .05; done"


def connect_beside(path, port, count):
    """Connections of no command: each end of one has a peer of its own"""
    while not os.path.exists(path + ".begun"):
        time.sleep(.01)
    for _ in range(count):
        socket.create_connection(("127.0.0.1", port)).close()
    open(path + ".done", "w").close()


@contextlib.contextmanager
def others_beside(count):
    """A server, to which others connect too, and what UNTIL_TOLD waits for"""
    with Server(answer_http) as server, \
            tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "told")
        beside = threading.Thread(target=connect_beside,
                                  args=(path, server.port, count))
        beside.start()
        yield server, path
        beside.join()


def test_peers_of_others_are_bounded():
    """"has at most 100 rows of a kind, and one, other, for all the rest\""""
    with others_beside(150) as (_, path):
        answer = report_here("sh", "-c", UNTIL_TOLD, path,
                             options=("--holders", "proc"))
    ended = answer["ended"]["unattributed"]
    equal((len(ended["rows"]), ended["rows"][-1]["key"]), (101, "other"))
    equal(sum(row["sockets"] for row in ended["rows"]),
          ended["total"]["sockets"])
    equal(ended["total"]["sockets"], answer["unattributed"])


def hooked(*command, options=()):
    """The report on a command whose connections a hook tells"""
    own_cgroups()
    if run("ps", "--holders=bpf").returncode:
        raise harness.Skip("BPF cannot be used here")
    done = run("run", "-J", *options, "--", *command)
    equal(done.returncode, 0, done.stderr)
    answer = json.loads(done.stderr)
    equal(answer["source"], "exact")
    return answer


def test_connections_of_others_do_not_count():
    """"which are the command's is exact then\""""
    with others_beside(150) as (server, path):
        answer = hooked("sh", "-c", UNTIL_TOLD + "; exec \"$@\"", path,
                        *python(SHORT_ONES, server.port, 200, 0))
    equal([answer[key] for key in ("opened", "closed", "opened_exactly",
                                   "unattributed")], [201, 201, True, 0])
    equal(answer["ended"]["closed"]["total"]["sockets"], 201)
    equal(answer["ended"]["unattributed"]["rows"], [])
    # the last is closed as the command ends
    assert left(answer, "time_wait") + left(answer, "orphan") in (200, 201), \
        answer["left"]
    equal(left(answer, "unclaimed"), 0)


# More than the kernel has room to tell of, while nobody listens
FLOOD = """
import os, signal, socket, struct, sys
def dropped():
    rows = [row.split() for row in open("/proc/net/netlink")][1:]
    return any(int(row[8]) for row in rows if row[1] == "4")
os.kill(os.getppid(), signal.SIGSTOP)
count = 0
while not dropped():
    for _ in range(1000):
        with socket.create_connection(("127.0.0.1", int(sys.argv[1]))) as sock:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                            struct.pack("ii", 1, 0))
    count += 1000
open(sys.argv[2], "w").write(str(count))
os.kill(os.getppid(), signal.SIGCONT)
"""


def test_what_events_lose_is_counted_by_the_hook():
    """"also those whose events the kernel lost\""""
    for _ in range(5):
        with Server(drain_reset) as server, \
                tempfile.NamedTemporaryFile() as made:
            answer = hooked(*python(FLOOD, server.port, made.name))
            count = int(made.read())
        assert answer["events_lost"] > 0, answer["events_lost"]
        equal((answer["opened"], answer["opened_exactly"]), (count, True))
        # now and then there was room for the server's ends alone
        if answer["closed"]:
            break
    assert 0 < answer["closed"] <= count, answer["closed"]


ELSEWHERE = """
import ctypes, fcntl, socket, struct
assert ctypes.CDLL(None).unshare(0x40000000) == 0
with socket.socket() as up:
    fcntl.ioctl(up, 0x8914, struct.pack("16sh", b"lo", 65))
listener = socket.create_server(("127.0.0.1", 0))
socket.create_connection(listener.getsockname()).close()
"""


def test_namespaces_bound_what_a_hook_counts():
    """"Only this network namespace": a hook is told of all of them"""
    for options, opened in (("--netns", "self"), 0), ((), 2):
        answer = hooked(*python(ELSEWHERE), options=options)
        equal((answer["opened"], answer["opened_exactly"]), (opened, True))
    # that a namespace came and went no event tells
    contains(run("run", "--", *python(ELSEWHERE)).stderr,
             "opened           2, of which at least 0 ended")


def test_a_peak_that_no_look_saw_is_not_known():
    """Of connections that were opened, none is a lower bound"""
    answer = hooked("sh", "-c", "\"$@\"; sleep 1", "sh", *python(ELSEWHERE))
    equal(answer["opened"], 2)
    if not answer["peak_sockets"]:
        equal(answer["peaks_known"], False)


ESCAPES = """
import os, socket, sys, time
with open(sys.argv[2] + "/cgroup.procs", "w") as file:
    file.write("0")
for _ in range(3):
    socket.create_connection(("127.0.0.1", int(sys.argv[1]))).close()
time.sleep(1)
"""


def test_what_leaves_the_cgroup_is_not_told_by_its_hook():
    own_cgroups()
    elsewhere = OwnCgroup.path + "/elsewhere"
    os.mkdir(elsewhere)
    try:
        with Server(answer_http) as server:
            command = python(ESCAPES, server.port, elsewhere)
            for begin in [], ["sh", "-c", "\"$@\" & exec sleep 2", "sh"], \
                    ["sh", "-c", "\"$@\"; true", "sh"]:
                done = run("run", "--netns", "self", "-J", "--max-opened",
                           "2", "--max-left", "0", "--", *begin, *command)
                answer = json.loads(done.stderr)
                assert answer["opened"] > 2 or \
                    not answer["opened_exactly"], answer
                assert done.returncode in (BEYOND, UNKNOWN), answer
    finally:
        harness.remove_cgroup(elsewhere)


def test_without_events_it_is_not_known():
    """"without events it says that it cannot know\""""
    answer = report_here("true", options=("--max-opened", "0"))
    equal((answer["opened"], answer["opened_exactly"]), (0, True))
    answer = report_here("true", options=("--no-events", "--max-opened", "5"),
                         code=UNKNOWN)
    equal((answer["opened"], answer["closed"], answer["source"]),
          (None, None, "memory"))
    equal((answer["level"], answer["opened_exactly"],
           answer["closed_exactly"]), ("unknown", False, False))
    contains(run("run", "--no-events", "--", "true").stderr,
             "opened           unknown: ")


def test_without_a_hook_it_is_about_namespaces_that_were_seen():
    """One that comes and goes between two samples no event tells of"""
    where = ", in the network namespaces that samples saw"
    contains(run("run", "--holders=proc", "--", "true").stderr,
             " ended" + where)
    alone = run("run", "--netns", "self", "--", "true").stderr
    assert where not in alone, alone


def test_what_is_left_open_has_a_threshold():
    equal(left_open("5").returncode, 0)
    equal(left_open("4,9").returncode, 0)
    done = left_open("4")
    equal(done.returncode, 122)
    contains(done.stderr, "critical: left of ")
    # TIME_WAIT is not open; a short command leaves nothing, and that is known
    own_cgroups()
    with Server(answer_http) as server:
        done = run("run", "--max-left", "0", "--", "sh", "-c",
                   f"curl -s http://127.0.0.1:{server.port}/; sleep .5")
        equal(done.returncode, 0, done.stderr)
    equal(run("run", "--max-left", "0", "--", "true").returncode, 0)
    equal(run("check", "--max-left", "0").returncode, 3)


def test_junit_has_a_case_for_each_threshold():
    done = left_open("4", "--junit", "--max-sockets", "1000")
    suite = ElementTree.fromstring(done.stderr)
    equal((suite.tag, suite.get("name")), ("testsuite", "tcpmem run"))
    cases = {c.get("classname"): c for c in suite.findall("testcase")}
    equal(sorted(cases), ["tcpmem.left", "tcpmem.sockets"])
    assert cases["tcpmem.left"].find("failure") is not None
    equal(int(suite.get("failures")), 1)
    done = run("run", "--junit", "--max-sockets", "5", "--", "true")
    suite = ElementTree.fromstring(done.stderr)
    equal((suite.get("errors"), suite.get("failures")), ("1", "0"))


def test_a_command_too_short_for_samples_is_unknown():
    done = run("run", "--max-sockets", "5", "--", "true")
    equal(done.returncode, UNKNOWN, done.stderr)
    contains(done.stderr, "unknown: sockets of true is not known: it was not "
             "measured, or not all of it")
    contains(done.stderr, "too short, or sampled too seldom")
    contains(done.stderr, "peak sockets     at least ")
    # without a threshold there is nothing to be known
    equal(run("run", "--", "true").returncode, 0)


# Its peak is while nobody looks, as on a machine that is busy with others.
UNSEEN = """
import os, signal, socket, sys, time
time.sleep(float(sys.argv[1]))
os.kill(os.getppid(), signal.SIGSTOP)
kept = [socket.create_server(("127.0.0.1", 0)) for i in range(41)]
time.sleep(1.5)
for s in kept:
    s.close()
os.kill(os.getppid(), signal.SIGCONT)
time.sleep(float(sys.argv[1]))
"""


def test_a_command_sampled_too_seldom_is_unknown():
    for rest in .1, 2:
        with Report() as file:
            done = run(*file.options(), "--max-sockets", "5", "--",
                       *python(UNSEEN, rest))
            answer = file.answer()
        equal((done.returncode, answer["level"], answer["peaks_known"]),
              (UNKNOWN, "unknown", False), answer)


def test_a_peak_is_while_the_command_runs():
    """What lives on is there at the end, not behind it"""
    for seconds in 0, .3:
        answer = report(*python(LINGER, 0, seconds))
        equal(answer["peak"]["sockets"], 5)
        for key, at in answer["peak"].items():
            if key.endswith("_at_seconds"):
                assert 0 <= at <= answer["elapsed_seconds"], answer
        # what never rose was so in the sample before it
        equal((answer["peak"]["close_wait"],
               answer["peak"]["close_wait_at_seconds"]), (0, 0))


class OwnCgroup:
    """Runs of others, who may use the host too, have theirs elsewhere"""

    path = None

    def __enter__(self):
        with open("/proc/self/mounts", encoding="utf-8") as file:
            mounts = [line.split() for line in file]
        with open("/proc/self/cgroup", encoding="utf-8") as file:
            own = [line[3:-1] for line in file if line.startswith("0::")]
        roots = [m[1] for m in mounts if m[2] == "cgroup2"]
        if os.geteuid() == 0 and roots and os.access(roots[0], os.W_OK):
            self.home = roots[0] + own[0].rstrip("/")
            OwnCgroup.path = f"{self.home}/tcpmem-test-{os.getpid()}"
            os.mkdir(self.path)
            self.enter(self.path)

    def __exit__(self, *what):
        if self.path:
            self.enter(self.home)
            harness.remove_cgroup(self.path)

    @staticmethod
    def enter(path):
        with open(path + "/cgroup.procs", "w", encoding="ascii") as file:
            file.write(str(os.getpid()))


def own_cgroups():
    if not OwnCgroup.path:
        raise harness.Skip("no v2 cgroup can be made")
    return glob.glob(OwnCgroup.path + "/tcpmem-run-*")


def test_an_orphan_that_nobody_saw_open():
    """Made in the command's cgroup, and gone before any look but the last"""
    before = own_cgroups()
    code = ("import os, socket, sys\n"
            "s = socket.create_connection(('127.0.0.1', int(sys.argv[1])))\n"
            "s.setblocking(False)\n"
            "try:\n"
            "    while True: s.send(b'x' * 65536)\n"
            "except BlockingIOError: os._exit(0)\n")
    with Server(keep) as server:
        answer = report("sh", "-c", "exec 3>&-; exec \"$@\"", "sh",
                        *python(code, server.port))
        equal(left(answer, "orphan"), 1)
    equal(own_cgroups(), before)


def killed_run(*command):
    """A run that was killed, and where its command is"""
    with start("run", "-o", "/dev/null", "--", *command,
               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as job:
        await_truth("the command runs", lambda: children_of(job.pid))
        child, = children_of(job.pid)
        await_truth("it is in its cgroup", lambda: "tcpmem-run" in
                    cgroup_of(child))
        job.kill()
    return child


def cgroup_of(pid):
    with open(f"/proc/{pid}/cgroup", encoding="utf-8") as file:
        return file.read()


def test_a_cgroup_of_a_run_that_was_killed_is_swept():
    before = own_cgroups()
    for ended in True, False:
        pid, alive = killed_run("sleep", "1000"), True
        try:
            equal(len(own_cgroups()), len(before) + 1)
            if ended:
                os.kill(pid, signal.SIGKILL)
                alive = False
            equal(run("run", "-o", "/dev/null", "--", "true").returncode, 0)
            equal(own_cgroups(), before)
            # who lives on is where the run was
            assert ended or "tcpmem-run" not in cgroup_of(pid)
        finally:
            if alive:
                os.kill(pid, signal.SIGKILL)


FOREIGN = ("tcpmem-run-x", "tcpmem-run-1", "tcpmem-run-999999999-1x",
           "tcpmem-run-00001-1", "tcpmem-run-999999999-7")


def test_no_cgroup_of_another_is_swept():
    """Names of others, a run that goes on, one of another PID namespace"""
    before = own_cgroups()
    paths, lock = [], None
    job = start("run", "-o", "/dev/null", "--", "sleep", "1000",
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        await_truth("it has a cgroup",
                    lambda: len(own_cgroups()) == len(before) + 1)
        mine, = set(own_cgroups()) - set(before)
        paths = [os.path.join(os.path.dirname(mine), n) for n in FOREIGN]
        for path in paths:
            os.mkdir(path)
        lock = os.open(paths[-1], os.O_RDONLY)
        fcntl.flock(lock, fcntl.LOCK_EX)
        equal(run("run", "-o", "/dev/null", "--", "true").returncode, 0)
        equal([p for p in paths + [mine] if not os.path.exists(p)], [])
        os.close(lock)
        equal(run("run", "-o", "/dev/null", "--", "true").returncode, 0)
        equal([os.path.exists(p) for p in paths], [True] * 4 + [False])
    finally:
        job.terminate()
        job.wait(PATIENCE)
        for path in filter(os.path.exists, paths):
            os.rmdir(path)
    equal(own_cgroups(), before)


DAEMON = """
import os, socket, sys, time
def daemon():
    os.setsid()
    if os.fork():
        os._exit(0)
    listener = socket.create_server(("127.0.0.1", 0))
    client = socket.create_connection(listener.getsockname())
    client.send(b"x" * 1000)
    with open(sys.argv[1], "w") as file:
        file.write(f"{os.getpid()} {listener.getsockname()[1]}")
    os.rename(sys.argv[1], sys.argv[2])
    null = os.open("/dev/null", os.O_RDWR)
    for fd in 0, 1, 2:
        os.dup2(null, fd)
    time.sleep(1000)
if os.fork() == 0:
    daemon()
while not os.path.exists(sys.argv[2]):
    time.sleep(.01)
"""


def test_a_daemon_lives_on_with_what_it_has_open():
    with tempfile.TemporaryDirectory() as place:
        path = os.path.join(place, "pid")
        answer = report(*python(DAEMON, path + "-", path))
        with open(path, encoding="ascii") as file:
            pid, _ = map(int, file.read().split())
    try:
        equal(answer["processes_live_on"], True)
        # its listener, and both ends of a connection that nobody accepted
        equal(left(answer, "open"), 3)
        equal({r["pid"] for r in answer["left"]["open"]["rows"]}, {pid})
        equal({r["key"].split(",")[1] for r in answer["left"]["open"]["rows"]},
              {"listening", "established"})
        with open(f"/proc/{pid}/cgroup", encoding="utf-8") as file:
            assert "tcpmem-run" not in file.read()
    finally:
        os.kill(pid, signal.SIGKILL)


class Nginx:
    """A configuration, and the way to end what was started with it"""

    def __init__(self, place, daemon):
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.socket.close()
        self.pid_file = os.path.join(place, "nginx.pid")
        self.config = os.path.join(place, "nginx.conf")
        os.chmod(place, 0o755)
        with open(self.config, "w", encoding="ascii") as file:
            file.write(f"daemon {daemon}; worker_processes 2;\n"
                       f"pid {self.pid_file}; error_log stderr;\n"
                       "events { worker_connections 64; }\n"
                       "http { access_log off; keepalive_timeout 1000;\n"
                       f"  client_body_temp_path {place}/a;\n"
                       f"  proxy_temp_path {place}/b;\n"
                       f"  fastcgi_temp_path {place}/c;\n"
                       f"  uwsgi_temp_path {place}/d;\n"
                       f"  scgi_temp_path {place}/e;\n"
                       f"  server {{ listen 127.0.0.1:{self.port};"
                       " return 200 ok; } }\n")

    def command(self):
        program = shutil.which("nginx", path="/usr/sbin:/sbin:/usr/bin")
        if not program:
            raise harness.Skip("nginx is not installed")
        return [program, "-e", "stderr", "-c", self.config]

    def ask(self):
        sock = socket.create_connection(("127.0.0.1", self.port))
        sock.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert b"200 OK" in sock.recv(65536)
        return sock

    def pid(self):
        with open(self.pid_file, encoding="ascii") as file:
            return int(file.read())

    def up(self):
        try:
            self.ask().close()
        except OSError:
            return False
        return True


def serve_for(seconds):
    """nginx with 12 connections for that long, ended by a signal"""
    with tempfile.TemporaryDirectory() as place, Report() as file:
        nginx = Nginx(place, "off")
        with start(*file.options(), "--", *nginx.command()) as job:
            await_truth("nginx is up", nginx.up)
            clients = [nginx.ask() for _ in range(12)]
            time.sleep(seconds)
            job.send_signal(signal.SIGTERM)
            equal(job.wait(PATIENCE), 0)
        for client in clients:
            client.close()
        return file.answer()


def test_a_server_with_workers():
    answer = with_time(serve_for, lambda a: a["peak"]["sockets"] >= 13)
    # the listener, which three processes hold, and its ends of connections
    assert answer["peak"]["sockets"] <= 15, answer["peak"]
    equal(left(answer, "open"), 0)
    equal(answer["processes_live_on"], False)


def test_a_server_that_becomes_a_daemon():
    with tempfile.TemporaryDirectory() as place:
        nginx = Nginx(place, "on")
        answer = report("sh", "-c", "\"$@\" >/dev/null 2>&1 && sleep 0.5", "sh",
                        *nginx.command())
        pid = nginx.pid()
        try:
            equal(answer["processes_live_on"], True)
            rows = answer["left"]["open"]["rows"]
            equal({r["key"].split(",")[1] for r in rows}, {"listening"})
            assert pid in {r["pid"] for r in rows}, rows
            equal({r["comm"] for r in rows}, {"nginx"})
            equal(left(answer, "open"), 1)
        finally:
            os.kill(pid, signal.SIGTERM)
        await_truth("nginx has ended",
                    lambda: not os.path.exists(f"/proc/{pid}"))


harness.enter_netns()
with OwnCgroup():
    harness.main(globals())

# SPDX-License-Identifier: LGPL-2.1-or-later
"""test_served - record --owners tells other commands who closed what"""

import contextlib
import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time

import harness
from harness import TCPMEM, answer, contains, equal

DIR = "/run/tcpmem-owners"
ANSWER = struct.Struct("=QQII16sII")


@contextlib.contextmanager
def recorder():
    store = tempfile.mkdtemp()
    process = subprocess.Popen(
        [TCPMEM, "record", "--owners", "--store", store, "--every", "1h",
         "--netns", "self"], stderr=subprocess.PIPE)
    os.set_blocking(process.stderr.fileno(), False)
    try:
        deadline = time.monotonic() + harness.patience(60)
        while not os.path.exists(f"{DIR}/socket"):
            said = process.stderr.read()
            if said:
                raise harness.Skip(said.decode())
            assert process.poll() is None and time.monotonic() < deadline
            time.sleep(0.01)
        yield process
    finally:
        process.terminate()
        process.wait(timeout=harness.patience(60))
        shutil.rmtree(store)
    equal((process.returncode, process.stderr.read()), (0, b""))
    equal(os.path.exists(f"{DIR}/socket"), False)


listened = set()


def listen():
    """At a port of its own: what led to another's may still be in TIME_WAIT"""
    while True:
        listener = socket.create_server(("127.0.0.1", 0))
        port = listener.getsockname()[1]
        if port not in listened:
            listened.add(port)
            return listener
        listener.close()


def closed_by_child():
    """A TIME_WAIT whose closer has ended, as it is called; and its port"""
    listener = listen()
    pid = os.fork()
    if pid == 0:
        client = socket.create_connection(listener.getsockname())
        client.close()
        os._exit(0)
    listener.accept()[0].recv(1)
    os.waitpid(pid, 0)
    return f"{harness.comm()}[{pid}] (gone)", listener.getsockname()[1]


def past(port):
    """What one command says: owners, sources, and its warnings' text"""
    data = answer("sockets", "--past", "--netns", "self", "--state",
                  "time-wait", f"dport = :{port}")
    return ([(row["past"], row["past_source"]) for row in data["rows"]],
            " ".join(warning["text"] for warning in data["warnings"]
                     if warning["code"] == "past-unknown"))


def test_owners_from_before_the_command():
    """"Where a resident engine runs, one-shot commands will ask it\""""
    with recorder():
        who, port = closed_by_child()
        equal(past(port), ([(who, "exact")], ""))
        rows = answer("by", "process", "--past", "--netns", "self")["rows"]
        contains([row["key"] for row in rows], who)
    equal(past(port)[0], [(None, None)])


def by(key, port):
    """The sockets of each row, of those with this port"""
    data = answer("by", key, "--past", "--netns", "self",
                  f"sport = :{port} or dport = :{port}")
    return {row["key"]: row["sockets"] for row in data["rows"]}


def test_other_keys_know_past_owners_too():
    """"--past on by": by name always, by place while the process lives"""
    with recorder():
        gone = closed_by_child()[1]
        equal(by("comm", gone), {harness.comm(): 1})
        for key in "program", "cmdline", "ppid", "cgroup", "unit":
            equal(by(key, gone), {"time-wait": 1}, key)
        with socket.create_server(("127.0.0.1", 0)) as listener:
            with socket.create_connection(listener.getsockname()):
                served = listener.accept()[0]
            served.recv(1)
            served.close()
            port = listener.getsockname()[1]
            for key, here in (("comm", harness.comm()),
                              ("program", os.readlink("/proc/self/exe")),
                              ("ppid", str(os.getppid()))):
                equal(by(key, port), {here: 2}, key)
            for key in "cgroup", "unit", "cmdline":
                equal(sum(by(key, port).values()), 2, key)


def test_who_asks_for_nonsense_harms_nobody():
    with recorder():
        who, port = closed_by_child()
        for packet in b"x", b"y" * 60000, b"\0" * 8:
            asks = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            asks.connect(f"{DIR}/socket")
            asks.send(packet)
            asks.close()
        equal(past(port), ([(who, "exact")], ""))
        silent = []
        for _ in range(40):
            silent.append(socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET))
            silent[-1].connect(f"{DIR}/socket")
            if len(silent) in (1, 40):
                equal(past(port), ([(who, "exact")], ""))
        pid = os.fork()
        if pid == 0:
            os.setgid(65534)
            os.setuid(65534)
            asks = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            os._exit(0 if asks.connect_ex(f"{DIR}/socket") else 1)
        equal(os.waitpid(pid, 0)[1], 0)


def serve(listener, reply, uid):
    listener.bind(f"{DIR}/socket")
    os.setuid(uid)
    listener.listen(8)
    while True:
        asks = listener.accept()[0]
        packet = asks.recv(65536)
        said = reply(packet) if packet else b""
        if said is None:
            signal.pause()
        asks.send(said)


@contextlib.contextmanager
def server(reply, uid=0):
    """Answers each packet with reply(packet); None: not at all"""
    os.makedirs(DIR, exist_ok=True)
    os.chmod(DIR, 0o755)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    pid = os.fork()
    if pid == 0:
        try:
            serve(listener, reply, uid)
        finally:
            os._exit(1)
    try:
        while True:
            probe = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            if probe.connect_ex(f"{DIR}/socket") == 0:
                probe.send(b"\0" * 8)
                break
            equal(os.waitpid(pid, os.WNOHANG), (0, 0))
            time.sleep(0.01)
        yield
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        os.unlink(f"{DIR}/socket")


def named(packet, cookie=None, pid=77, comm=b"liar", source=4, count=1):
    return count * ANSWER.pack(
        struct.unpack_from("=Q", packet)[0] if cookie is None else cookie,
        1, pid, 0, comm, source, 0)


def test_a_server_that_makes_no_sense_is_not_believed():
    """Every answer is checked; "never a wrong one\""""
    _, port = closed_by_child()
    for reply in (lambda packet: b"x",
                  lambda packet: named(packet, cookie=1),
                  lambda packet: named(packet, pid=0),
                  lambda packet: named(packet, comm=b"x" * 16),
                  lambda packet: named(packet, source=2),
                  lambda packet: named(packet, count=2)):
        with server(reply):
            rows, text = past(port)
            equal(rows, [(None, None)])
            contains(text, "could not be asked who closed them: ")
    with server(named):
        equal(past(port)[0], [("liar[77] (gone)", "exact")])


def test_a_server_of_somebody_else_is_not_trusted():
    _, port = closed_by_child()
    with server(named, uid=65534):
        rows, text = past(port)
    equal(rows, [(None, None)])
    contains(text, "who serves it is not trusted")
    with server(named):
        os.chmod(DIR, 0o777)
        contains(past(port)[1], "who serves it is not trusted")
        os.chmod(DIR, 0o755)


def test_nobody_waits_for_a_server_that_is_silent():
    _, port = closed_by_child()
    with server(lambda packet: None if packet != b"\0" * 8 else b""):
        contains(past(port)[1], "could not be asked")


if os.environ.get("TCPMEM_TEST_RUN") is None:
    os.environ["TCPMEM_TEST_RUN"] = "mine"
    os.execvp("unshare", [
        "unshare", "--mount", "sh", "-c",
        'mount -t tmpfs none /run && exec "$@"', "sh", sys.executable,
        *sys.argv])
harness.enter_netns()
harness.main(globals())

# SPDX-License-Identifier: LGPL-2.1-or-later
"""test_explain - a stopped process against /proc, and findings on purpose"""

import ctypes
import fcntl
import json
import os
import re
import resource
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import termios
import threading
import time

import harness
from harness import answer, contains, equal, output, run

SO_ATTACH_FILTER = 26
# of what was sent, and each socket is in one
SENT = ("zero-window", "retransmitting", "undelivered")


def listen(backlog=64):
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(backlog)
    return listener


def fill(sock):
    """Return: bytes that the kernel took"""
    sock.setblocking(False)
    sent = 0
    try:
        while True:
            sent += sock.send(b"x" * 65536)
    except BlockingIOError:
        return sent


def explain(pid, **how):
    data = answer("explain", str(pid), **how)
    equal(data["schema"], "tcpmem.explain/1")
    return data["processes"][0]


def codes(process):
    return {finding["code"]: finding for finding in process["findings"]}


def explained(setup, **how):
    """What is said of a process that does setup() and is stopped then"""
    child = harness.Child(setup)
    try:
        os.kill(child.pid, signal.SIGSTOP)
        os.waitpid(child.pid, os.WUNTRACED)
        return explain(child.pid, **how), child
    except Exception:
        child.end()
        raise


def row_of(pid):
    return [r for r in answer("by", "process")["rows"] if r["pid"] == pid][0]


def at_rest(pid):
    """Both answers, between which the kernel moved no data"""
    for _ in range(100):
        before, process, after = row_of(pid), explain(pid), row_of(pid)
        if before == after:
            return process, after
    raise AssertionError("the kernel goes on to move data")


def kib(path, word):
    with open(path) as file:
        for line in file:
            if line.startswith(word + ":"):
                return int(line.split()[1]) * 1024
    raise AssertionError(f"no {word} in {path}")


def test_the_ledger_is_that_of_proc():
    def setup():
        listener = listen()
        client = socket.create_connection(listener.getsockname())
        server, _ = listener.accept()
        fill(client)
        return listener, client, server

    process, child = explained(setup)
    try:
        proc = f"/proc/{child.pid}/"
        memory = process["memory"]
        for key, word in (("vsz", "VmSize"), ("rss", "VmRSS"),
                          ("rss_anon", "RssAnon"), ("rss_file", "RssFile"),
                          ("rss_shmem", "RssShmem"), ("swap", "VmSwap"),
                          ("stack", "VmStk"), ("page_tables", "VmPTE")):
            equal(memory[key + "_bytes"], kib(proc + "status", word), key)
        # whoever else maps its pages comes and goes
        assert memory["uss_bytes"] <= memory["pss_bytes"], memory
        assert memory["pss_bytes"] <= memory["vsz_bytes"], memory
        equal(memory["rss_bytes"], memory["rss_anon_bytes"] +
              memory["rss_file_bytes"] + memory["rss_shmem_bytes"])
        equal(memory["fds"], len(os.listdir(proc + "fd")))
        equal(memory["threads"], 1)
        process, row = at_rest(child.pid)
        for key in ("held_bytes", "charged_bytes", "sockets", "reach_bytes"):
            equal(process["tcp"][key], row[key], key)
            equal(process["tcp"][key],
                  sum(s[key] for s in process["states"].values()), key)
        found = codes(process)
        equal(found["unread"]["held_bytes"], process["tcp"]["rmem_bytes"])
        # full loopback queues shut the window, or lose what went over it
        equal(sum(found[code]["held_bytes"] for code in SENT if code in found),
              process["tcp"]["wmem_queued_bytes"])
        costs = [f["held_bytes"] for f in process["findings"]]
        equal(costs, sorted(costs, reverse=True))
        text = output("explain", str(child.pid))
        contains(text, "beside RSS, not in it")
        contains(text, "\nHeld by state\n")
        assert re.search(r"[0-9][BKM] unread", text), text
        contains(output("explain", "-b", str(child.pid)), "bytes unread")
    finally:
        child.end()


def finding_of(process, code):
    """A finding that has to be there, with all that it has to say"""
    assert code in codes(process), process["findings"]
    finding = codes(process)[code]
    for word in ("text", "reason", "setting", "advice"):
        assert finding[word], finding
    assert re.search("[0-9]", finding["text"]), finding["text"]
    return finding


def found(setup, code, **how):
    """The finding that setup() provokes, by a process that is stopped then"""
    process, child = explained(setup, **how)
    child.end()
    return finding_of(process, code), process


def connections(count):
    listener = listen(count)
    clients = [socket.create_connection(listener.getsockname())
               for _ in range(count)]
    return [listener, clients, [listener.accept()[0] for _ in clients]]


def test_a_healthy_idle_server_has_no_finding():
    process, child = explained(lambda: connections(8))
    child.end()
    equal(process["findings"], [])
    equal(process["keepalive"]["on"], 0)
    equal(process["keepalive"]["off"], 16)
    equal(process["keepalive"]["unknown"], 0)
    equal(process["undecided_sockets"], 0)
    contains(output("explain", str(os.getpid())), "No findings")


def test_keepalive_is_seen():
    def setup():
        kept = connections(3)
        for sock in kept[1]:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        return kept

    harness.set_sysctl("tcp_keepalive_time", "4321")
    process, child = explained(setup)
    child.end()
    equal(process["findings"], [])
    equal(process["keepalive"]["on"], 3)
    equal(process["keepalive"]["off"], 3)
    equal(process["keepalive"]["tcp_keepalive_time"], 4321)


def test_a_thread_stands_for_its_process():
    """"a pid, or the id of a thread\""""
    def setup():
        threading.Thread(target=signal.pause, daemon=True).start()
        return harness.connect()

    child = harness.Child(setup)
    try:
        tasks = set(map(int, os.listdir(f"/proc/{child.pid}/task")))
        # ids begin anew after the largest
        thread, = tasks - {child.pid}
        process = explain(thread)
        equal((process["pid"], process["tcp"]["sockets"]), (child.pid, 3))
    finally:
        child.end()


def test_silence_without_keepalive_is_found():
    def setup():
        kept = connections(3)
        for sock in kept[2]:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            sock.setsockopt(socket.SOL_TCP, socket.TCP_KEEPIDLE, 1000)
        time.sleep(2.5)
        return kept

    harness.set_sysctl("tcp_keepalive_time", "1")
    try:
        finding, process = found(setup, "no-keepalive")
    finally:
        harness.set_sysctl("tcp_keepalive_time", "7200")
    contains(finding["text"], "3 connections have heard nothing for longer "
             "than tcp_keepalive_time, 1 s")
    equal(process["keepalive"]["on"], 3)


def test_unread_data_has_its_age():
    def setup():
        listener, client, server = harness.connect()
        fill(client)
        time.sleep(1.5)
        return listener, client, server

    finding, _ = found(setup, "unread")
    ages = re.search(r"; it read nothing in [0-9.]+ s; the last of it came "
                     r"([0-9.]+) s ago, ([0-9.]+) s where", finding["text"])
    assert ages, finding["text"]
    assert 1.0 <= float(ages[1]) <= float(ages[2]) < 120, finding["text"]
    equal(finding["moved_bytes"], 0)
    assert 1.0 <= finding["waited_seconds"] < 120, finding
    assert finding["elapsed_seconds"] > 0, finding


class Fed:
    """A child that reads() a connection; what is fed to it never ends"""

    def __init__(self, reads):
        self.listener = listen()
        self.pids = [self.fork(reads), self.fork(self.feed)]

    def fork(self, does):
        pid = os.fork()
        if pid == 0:
            try:
                does(self.listener)
            finally:
                os._exit(0)
        return pid

    @staticmethod
    def feed(listener):
        with socket.create_connection(listener.getsockname()) as client:
            while True:
                client.sendall(b"x" * (1 << 20))

    def __enter__(self):
        deadline = time.monotonic() + harness.patience(60)
        while row_of(self.pids[1])["wmem_queued_bytes"] < 65536:
            assert time.monotonic() < deadline, "the feeder does not feed"
        return self

    def __exit__(self, *what):
        for pid in self.pids:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
        self.listener.close()


def reads_fast(listener):
    server, _ = listener.accept()
    while server.recv(1 << 20):
        pass


def reads_slowly(listener):
    server, _ = listener.accept()
    while server.recv(100):
        time.sleep(0.1)


def test_a_fast_reader_is_innocent_and_so_is_its_peer():
    with Fed(reads_fast) as fed:
        for _ in range(5):
            for pid in fed.pids:
                equal(explain(pid)["findings"], [])


def test_a_slow_reader_is_found_with_its_rate():
    """It takes 1 KB/s of a full queue"""
    with Fed(reads_slowly) as fed:
        finding = finding_of(explain(fed.pids[0]), "unread")
        said = finding_of(explain(fed.pids[1]), "zero-window")
    rate = re.search(r"it read ([0-9]+) bytes in ([0-9.]+) s, ([0-9]+) a second",
                     finding["text"])
    assert rate, finding["text"]
    equal(int(rate[1]), finding["moved_bytes"])
    # of a short time between two looks, one read more is much
    assert 0 < int(rate[3]) <= 2000, finding["text"]
    contains(said["text"], "% of the time")


def sleeps(pid):
    """How often explain waits for another look"""
    if not shutil.which("strace"):
        raise harness.Skip("strace is not installed")
    with tempfile.NamedTemporaryFile("r") as log:
        done = subprocess.run(
            ["strace", "-f", "-o", log.name, "-e", "trace=clock_nanosleep",
             harness.TCPMEM, "explain", str(pid), "--netns", "self"],
            env=harness.TRACED, capture_output=True, text=True)
        equal(done.returncode, 0, done.stderr)
        return log.read().count("clock_nanosleep(CLOCK_MONOTONIC")


def test_a_second_look_is_taken_where_a_finding_depends_on_it():
    equal(sleeps(os.getpid()), 0)
    with Fed(lambda listener: time.sleep(1000)) as fed:
        time.sleep(1)
        equal(sleeps(fed.pids[1]), 1)


def test_the_time_between_two_looks_can_be_told():
    with Fed(reads_slowly) as fed:
        process = answer("explain", str(fed.pids[0]), "--for", "2s")
        found = finding_of(process["processes"][0], "unread")
    assert found["elapsed_seconds"] >= 2, found


def sender_of(pid):
    """The one socket that it holds, and how its queue fares"""
    row, = [r for r in answer("sockets", "-o", "+timer,snd_wnd,unacked")["rows"]
            if pid in [holder["pid"] for holder in r["holders"]]]
    return row


def unread(sock):
    """Return: bytes that wait for it, by tty_ioctl(4)'s count"""
    return struct.unpack("i", fcntl.ioctl(sock, termios.FIONREAD, bytes(4)))[0]


def shut_window(pid):
    """What is said while the kernel says: shut, and all that left is there"""
    deadline = time.monotonic() + harness.patience(30)
    while time.monotonic() < deadline:
        before, process, after = sender_of(pid), explain(pid), sender_of(pid)
        if before == after and (before["timer"], before["snd_wnd_bytes"],
                                before["unacked"]) == ("probe", 0, 0):
            return process, before
        time.sleep(0.05)
    raise AssertionError(f"the window does not stay shut: {after}")


def test_a_shut_window_is_found():
    """The peer has a small buffer and does not read"""
    def setup():
        client = socket.socket()
        client.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 200000)
        client.connect(listener.getsockname())
        listener.close()
        os.write(told, b"%d" % fill(client))
        return client

    hears, told = os.pipe()
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        listener.bind(("127.0.0.1", 0))
        listener.listen(1)
        child = harness.Child(setup)
        try:
            server, _ = listener.accept()
            process, row = shut_window(child.pid)
            sent, arrived = int(os.read(hears, 20)), unread(server)
        finally:
            child.end()
    equal([code for code in SENT if code in codes(process)], ["zero-window"])
    finding = finding_of(process, "zero-window")
    queued = process["tcp"]["wmem_queued_bytes"]
    equal(queued, row["wmem_queued_bytes"])
    equal(finding["held_bytes"], queued)
    equal(finding["sockets"], 1)
    assert 0 < arrived < 65536 < sent - arrived < queued, (sent, arrived)
    contains(finding["text"], f"1 socket waits for the peer's window with "
             f"{sent - arrived} bytes, which take {queued} bytes")
    server.close()


def test_close_wait_is_found():
    def setup():
        listener, client, server = harness.connect()
        client.close()
        server.recv(1)
        return listener, server

    finding, process = found(setup, "close-wait")
    contains(finding["text"], "nothing moves on it")
    contains(finding["text"], "1 connection ")
    equal(finding["held_bytes"], process["states"]["close-wait"]["held_bytes"])


def test_data_that_is_sent_again_is_found():
    def setup():
        listener, client, server = harness.connect()
        harness.lo_up(False)
        client.send(b"x" * 1000)
        deadline = time.monotonic() + harness.patience(60)
        while not client.getsockopt(socket.SOL_TCP, tcp_info, 8)[2]:
            assert time.monotonic() < deadline, "nothing is sent again"
            time.sleep(0.05)
        return listener, client, server

    tcp_info = 11
    try:
        finding, _ = found(setup, "retransmitting")
    finally:
        harness.lo_up()
    contains(finding["text"], "1 socket sends 1000 bytes again")


def test_dark_sockets_are_found():
    def setup():
        listener, clients, servers = connections(40)
        for client in clients:
            client.send(b"x" * 5000)
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                              struct.pack("ii", 1, 0))
            client.close()
        return listener, servers

    # They are looked for in all namespaces or in none, and only where the
    # kernel counts more sockets: while others open theirs that is not sure.
    # An answer that has any has all of them.
    child = harness.Child(setup)
    try:
        for _ in range(20):
            dark = codes(explain(child.pid, scoped=False)).get("dark")
            if dark:
                unread = sum(row["recv_q"] for row in harness.answer(
                    "sockets", f"pid = {child.pid} and kind = dark",
                    scoped=False)["rows"])
                break
            time.sleep(0.2)
    finally:
        child.end()
    assert dark, "20 times none was found"
    contains(dark["text"], "40 connections were reset with data unread and "
             f"hold {dark['held_bytes']} bytes")
    equal(dark["sockets"], 40)
    assert dark["held_bytes"] > 40 * 5000, dark
    equal(unread, 40 * 5000)


def test_buffers_at_their_maximum_are_found():
    def setup():
        listener, client, server = harness.connect()
        fill(client)
        while True:
            for _ in range(10):
                time.sleep(0.02)
                fill(client)
            if unread(server) > most // 2:
                break
            server.recv(most)
        return listener, client, server

    # A buffer that begins at its maximum: how fast one grows there depends on
    # the round trips that the kernel happened to measure.
    most = 2 << 20
    harness.set_sysctl("tcp_rmem", f"4096 {most} {most}")
    harness.set_sysctl("tcp_wmem", f"4096 {most} {most}")
    process, child = explained(setup)
    child.end()
    rcvbuf, sndbuf = (codes(process)[c] for c in ("rcvbuf-max", "sndbuf-max"))
    contains(rcvbuf["text"], "the maximum, 2097152 bytes")
    contains(sndbuf["text"], "the maximum, 2097152 bytes")
    equal(rcvbuf["held_bytes"], process["tcp"]["rmem_bytes"])
    equal(sndbuf["held_bytes"], process["tcp"]["wmem_queued_bytes"])


def attach_filter(sock):
    """A filter that passes everything, and stands in optmem"""
    code = ctypes.create_string_buffer(struct.pack("HBBI", 6, 0, 0, 0xffff))
    sock.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER,
                    struct.pack("HP", 1, ctypes.addressof(code)))


def test_what_idle_connections_cost_is_found():
    def setup():
        kept = connections(300)
        for server in kept[2]:
            attach_filter(server)
        time.sleep(10.5)
        return kept

    finding, process = found(setup, "idle")
    assert process["tcp"]["optmem_bytes"], process["tcp"]
    contains(finding["text"], "600 connections have had no data for 10 s")
    equal(finding["held_bytes"], process["states"]["established"]["held_bytes"])
    equal(len(process["findings"]), 1)


def test_connections_that_nobody_accepts_are_found():
    def setup():
        listener = listen()
        client = socket.create_connection(listener.getsockname())
        fill(client)
        return listener, client

    finding, process = found(setup, "unaccepted")
    contains(finding["text"], "1 connection waits to be accepted")
    equal(finding["held_bytes"], process["unaccepted"]["held_bytes"])


def test_each_listener_of_a_port_has_its_own_queue():
    def reuses():
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        listener.bind(("127.0.0.1", 4711))
        listener.listen(256)
        return listener

    workers = [harness.Child(reuses), harness.Child(reuses)]
    try:
        clients = [socket.create_connection(("127.0.0.1", 4711))
                   for _ in range(200)]
        time.sleep(1.1)
        waiting = {row["holders"][0]["pid"]: row["recv_q"]
                   for row in answer("sockets", "sport = :4711 and "
                                     "state listening")["rows"]}
        findings = {child.pid: codes(explain(child.pid)).get("unaccepted")
                    for child in workers}
    finally:
        for child in workers:
            child.end()
    equal(sum(waiting.values()), len(clients))
    equal({pid: finding["sockets"] if finding else 0
           for pid, finding in findings.items()}, waiting)


def test_a_full_backlog_is_found():
    def setup():
        listener = listen(1)
        clients = [socket.create_connection(listener.getsockname())
                   for _ in range(2)]
        late = socket.socket()
        late.setblocking(False)
        late.connect_ex(listener.getsockname())
        return listener, clients, late

    finding, process = found(setup, "backlog-full")
    contains(finding["text"], "2 connections wait, and the backlog is 1")
    equal(process["unaccepted"]["sockets"], 2)
    assert re.match(r"1 listener has dropped [0-9]+ packets",
                    codes(process)["backlog-drops"]["text"]), process


def test_orphans_stand_apart():
    """Whose they were is not known: they are no finding of any process"""
    def setup():
        listener, client, server = harness.connect()
        fill(client)
        client.close()
        return listener, server

    process, child = explained(setup)
    text = output("explain", str(child.pid))
    child.end()
    assert "orphans" not in codes(process), process["findings"]
    # those of ended children are the namespace's too
    assert process["orphans"][0]["key"].startswith(
        f"127.0.0.1 = {harness.comm()}["), process
    assert process["orphans"][0]["held_bytes"] > 65536, process["orphans"]
    contains(text.partition("In its network namespace")[2], "127.0.0.1")


def test_an_idle_server_has_nothing_of_others():
    """tcpmem.1: "others of its network namespace are not its" """
    def strangers():
        listener, client, server = harness.connect()
        fill(client)
        client.close()
        return listener, server

    others = harness.Child(strangers)
    try:
        process, child = explained(listen)
        child.end()
    finally:
        others.end()
    equal((process["findings"], process["orphans"]), ([], []))


def test_keepalive_behind_another_timer_is_not_known():
    def setup():
        kept = connections(1)
        fill(kept[1][0])
        return kept

    process, child = explained(setup)
    text = output("explain", str(child.pid))
    child.end()
    equal(process["keepalive"]["unknown"], 1)
    equal(process["keepalive"]["off"], 1)
    contains(text, "not known for 1 connection")


def test_files_near_their_limit_are_found():
    def setup():
        resource.setrlimit(resource.RLIMIT_NOFILE, (50, 60))
        kept = [os.open("/dev/null", os.O_RDONLY) for _ in range(20)]
        while len(os.listdir("/proc/self/fd")) - 1 < 40:
            kept.append(socket.socket())
        return kept

    finding, process = found(setup, "fds")
    equal(process["memory"]["fds_hard"], 60)
    contains(finding["text"], "40 files are open")
    contains(finding["text"], "and 50 may be")


def test_ports_near_their_end_are_found():
    def setup():
        listener = socket.socket()
        listener.bind(("127.0.0.1", 999))
        listener.listen(20)
        clients = [socket.create_connection(listener.getsockname())
                   for _ in range(8)]
        return listener, clients

    harness.set_sysctl("ip_local_port_range", "40000 40009")
    try:
        finding, _ = found(setup, "ports")
    finally:
        harness.set_sysctl("ip_local_port_range", "32768 60999")
    contains(finding["text"], "8 of 10 local ports are taken toward "
             "127.0.0.1 port 999; 8 of them by its own")


def test_a_slow_path_is_found():
    """The peer reads all that comes, and it comes slowly"""
    def setup():
        listener, client, server = harness.connect()
        if os.fork() == 0:
            client.close()
            while server.recv(65536):
                pass
            os._exit(0)
        server.close()
        fill(client)
        return listener, client

    slow = ["tc", "qdisc", "replace", "dev", "lo", "root", "tbf",
            "rate", "2mbit", "burst", "64kb", "limit", "16mb"]
    done = subprocess.run(slow, capture_output=True, text=True)
    if done.returncode != 0:
        raise harness.Skip("tc: " + done.stderr.strip())
    try:
        # it may be seen just before it reads what has come, twice
        deadline = time.monotonic() + harness.patience(60)
        process, child = explained(setup)
        while "zero-window" in codes(process):
            assert time.monotonic() < deadline, process["findings"]
            process = explain(child.pid)
        child.end()
        finding_of(process, "undelivered")
    finally:
        subprocess.run(["tc", "qdisc", "del", "dev", "lo", "root"], check=True)


def test_shared_sockets_are_counted():
    def setup():
        kept = connections(2)
        if os.fork() == 0:
            for sock in kept[1]:
                sock.close()
            prctl_set_pdeathsig()
            os.write(told, b".")
            while True:
                signal.pause()
        os.read(hears, 1)
        return kept

    def prctl_set_pdeathsig():
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)

    hears, told = os.pipe()
    process, child = explained(setup)
    child.end()
    equal(process["shared"]["sockets"], 3)
    equal(process["tcp"]["reach_sockets"], 5)
    equal(process["shared"]["held_bytes"] +
          process["tcp"]["reach_bytes"] - process["tcp"]["held_bytes"],
          process["shared"]["held_bytes"] * 3 // 2)


def watched(pid, least=8):
    """What is said of a process in time, of samples that are enough to tell"""
    for seconds in 5, 10, 20, 40:
        process = answer("explain", str(pid), "--every", "200ms", "--for",
                         f"{seconds}s")["processes"][0]
        if process["growth"]["samples"] >= least:
            return process
    raise AssertionError(process["growth"])


def test_growth_is_watched():
    def setup():
        listener = listen()
        kept = [listener]
        os.write(told, b".")
        while True:
            client = socket.create_connection(listener.getsockname())
            kept += [client, listener.accept()[0]]
            time.sleep(0.05)

    hears, told = os.pipe()
    pid = os.fork()
    if pid == 0:
        setup()
    try:
        os.read(hears, 1)
        process = watched(pid)
        few = ("explain", str(pid), "--every", "100ms", "--for", "300ms")
        lines = output(*few, "--plot").splitlines()
        unsure = answer(*few)["processes"][0]["growth"]
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    growth = process["growth"]
    assert growth["held_bytes_per_minute"] > 0 < growth["fds_per_minute"], growth
    assert growth["rss_bytes_per_minute"] is not None, growth
    # with few samples the engine may be unsure, and says so
    assert growth["verdict"] in ("leak", "churn", "growth"), growth
    equal(lines[0].split()[:4], ["TIME", "RSS", "PER-MIN", "TCP-HELD"])
    contains("\n".join(lines), "Verdict")
    charts = lines[lines.index("Over the samples:"):]
    for what in "RSS", "TCP memory", "Open files":
        assert re.match(r" +[1-9]", charts[charts.index(f"  {what}") + 1])
        contains("\n".join(lines),
                 f"{what}: unknown: these are too few samples to tell")
    equal([unsure[v] for v in ("verdict", "rss_verdict", "fds_verdict")],
          [None] * 3)
    equal(answer("explain", str(os.getpid()))["processes"][0]["growth"], None)


def test_memory_that_grows_has_a_verdict():
    def grow():
        kept = []
        while True:
            kept.append(bytearray(os.urandom(1 << 12)) * 256)
            time.sleep(0.05)

    pid = os.fork()
    if pid == 0:
        grow()
    try:
        # with fewer samples the engine may be unsure, and says so
        growth = watched(pid, least=13)["growth"]
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    equal(growth["verdict"], None)
    equal(growth["rss_verdict"], "growth")
    equal(growth["fds_verdict"], "steady")


def test_the_last_sample_is_taken_at_the_end():
    """As many lines as were asked for, or how many fewer is said"""
    for every, time_, asked in (("1s", "2s", 3), ("700ms", "1s", 3),
                                ("1h", "300ms", 2)):
        watch = ("explain", str(os.getpid()), "--every", every, "--for", time_)
        growth = answer(*watch)["processes"][0]["growth"]
        equal(growth["ended"], False)
        # a busy machine misses some
        assert growth["samples"] == asked or growth["samples_missed"], growth
    text = output("explain", str(os.getpid()), "--every", "1ms", "--for",
                  "300ms")
    contains(text, "samples fewer than asked for")


def watch_until_it_ends(reaped, *options):
    """What explain says of a process that ends: not before it is looked at"""
    for seconds in "2", "10", "50":
        child = subprocess.Popen(["sleep", seconds])
        reaper = threading.Thread(target=child.wait)
        if reaped:
            reaper.start()
        done = run("explain", str(child.pid), "--every", "50ms", "--for",
                   "60s", *options)
        child.wait()
        if "no process" not in done.stderr:
            break
    equal(done.returncode, 0, done.stderr)
    return done.stdout


def test_a_process_that_ends_meanwhile_is_said():
    for reaped in True, False:
        contains(watch_until_it_ends(reaped), "The process has ended meanwhile")
    answered = json.loads(watch_until_it_ends(True, "-J"))
    equal(answered["processes"][0]["growth"]["ended"], True)


def test_watching_is_about_one_process_and_has_a_pace():
    children = [harness.Child(lambda: harness.set_comm(b"two-of-us") or True)
                for _ in range(2)]
    try:
        done = run("explain", "two-of-us", "--every", "1s")
    finally:
        for child in children:
            child.end()
    equal(done.returncode, 2)
    contains(done.stderr, "2 are called 'two-of-us'")


class Stopped:
    """The command, stopped by strace before it asks for sockets"""

    def __init__(self, *args):
        if not shutil.which("strace"):
            raise harness.Skip("strace is not installed")
        self.log = tempfile.NamedTemporaryFile("r")
        self.job = subprocess.Popen(
            ["strace", "-f", "-o", self.log.name, "-e", "trace=socket",
             "-e", "inject=socket:signal=STOP:when=1", harness.TCPMEM, *args],
            env=harness.TRACED, text=True, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE)

    def __enter__(self):
        deadline = time.monotonic() + harness.patience(60)
        while time.monotonic() < deadline:
            with open(self.log.name) as log:
                found = re.search(r"^(\d+) +--- stopped by", log.read(), re.M)
            if found:
                self.pid = int(found[1])
                return self
            time.sleep(0.005)
        self.job.kill()
        raise AssertionError("the command is not stopped")

    def go_on(self):
        """Return: what it prints and says, and its exit code"""
        os.kill(self.pid, signal.SIGCONT)
        said = self.job.communicate(timeout=harness.patience(60))
        return *said, self.job.returncode

    def __exit__(self, *what):
        if self.job.poll() is None:
            os.kill(self.pid, signal.SIGKILL)
            self.job.kill()
        self.job.wait()
        self.log.close()


def test_one_of_several_may_end_meanwhile():
    def setup():
        harness.set_comm(b"one-of-several")
        return True

    for ended in [0], [1], [0, 1]:
        children = {index: harness.Child(setup) for index in range(2)}
        try:
            with Stopped("explain", "one-of-several", "--netns", "self",
                         "-J") as command:
                for index in ended:
                    children.pop(index).end()
                out, err, code = command.go_on()
        finally:
            alive = [child.pid for child in children.values()]
            for child in children.values():
                child.end()
        equal(code, 0 if alive else 1, err)
        equal([p["pid"] for p in json.loads(out)["processes"]] if out else [],
              alive)
        contains(err, "" if alive else "no process is called 'one-of-several'")


def test_a_process_that_is_not_there_is_an_error():
    done = run("explain", "no such name")
    equal(done.returncode, 1)
    contains(done.stderr, "no such name")
    equal(run("explain").returncode, 2)


if __name__ == "__main__":
    harness.enter_netns()
    harness.main(globals())

# SPDX-License-Identifier: LGPL-2.1-or-later
"""test_explain - a stopped process against /proc, and findings on purpose"""

import os
import signal
import socket

import harness
from harness import answer, contains, equal, output, run


def listen(backlog=64):
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(backlog)
    return listener


def fill(sock):
    sock.setblocking(False)
    try:
        while sock.send(b"x" * 65536):
            pass
    except BlockingIOError:
        pass


def explain(pid):
    data = answer("explain", str(pid))
    equal(data["schema"], "tcpmem.explain/1")
    return data["processes"][0]


def codes(process):
    return {finding["code"]: finding for finding in process["findings"]}


def explained(setup):
    """What is said of a process that does setup() and is stopped then"""
    child = harness.Child(setup)
    try:
        os.kill(child.pid, signal.SIGSTOP)
        os.waitpid(child.pid, os.WUNTRACED)
        return explain(child.pid), child
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
        equal(found["undelivered"]["held_bytes"],
              process["tcp"]["wmem_queued_bytes"])
        costs = [f["held_bytes"] for f in process["findings"]]
        equal(costs, sorted(costs, reverse=True))
        text = output("explain", str(child.pid))
        contains(text, "beside RSS, not in it")
        contains(text, "bytes unread")
    finally:
        child.end()


def test_a_healthy_idle_server_has_no_finding():
    def setup():
        listener, client, server = harness.connect()
        return listener, client, server

    process, child = explained(setup)
    child.end()
    equal(process["findings"], [])


def test_close_wait_is_found():
    def setup():
        listener, client, server = harness.connect()
        client.close()
        return listener, server

    process, child = explained(setup)
    child.end()
    contains(codes(process)["close-wait"]["text"], "1 connections")


def test_a_full_backlog_is_found():
    def setup():
        listener = listen(1)
        clients = [socket.create_connection(listener.getsockname())
                   for _ in range(2)]
        return listener, clients

    process, child = explained(setup)
    child.end()
    contains(codes(process)["backlog-full"]["text"], "2 connections wait")
    equal(process["unaccepted"]["sockets"], 2)


def test_a_process_that_is_not_there_is_an_error():
    done = run("explain", "no such name")
    equal(done.returncode, 1)
    contains(done.stderr, "no such name")
    equal(run("explain").returncode, 2)


if __name__ == "__main__":
    harness.enter_netns()
    harness.main(globals())

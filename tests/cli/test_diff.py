# SPDX-License-Identifier: LGPL-2.1-or-later
"""test_diff - what changed between a capture and another, or now"""

import json
import os
import socket
import struct
import tempfile

import harness
from capture_file import of_another_boot
from harness import contains, equal, output, run


class Place:
    """A directory for captures and children, gone when the case is over"""

    def __enter__(self):
        self.dir = tempfile.TemporaryDirectory()
        self.children = []
        return self

    def __exit__(self, *what):
        for child in self.children:
            child.end()
        self.dir.cleanup()

    def child(self, setup):
        self.children.append(harness.Child(setup))
        return self.children[-1]

    def save(self, name, *args):
        path = os.path.join(self.dir.name, name)
        output("save", path, "--netns", "self", *args)
        return path


def diff(*args):
    """The answer as JSON, and the exit code"""
    done = run("diff", *args, "--netns", "self", "-J")
    return json.loads(done.stdout), done.returncode


def row(answer, key):
    rows = [r for r in answer["rows"] if r["key"] == key]
    equal(len(rows), 1, f"rows {key} of {[r['key'] for r in answer['rows']]}")
    return rows[0]


def test_nothing_changed():
    with Place() as place:
        kept = harness.connect()
        path = place.save("a")
        answer, code = diff(path, path)
        equal(code, 0)
        equal([r["key"] for r in answer["rows"]], ["unchanged"])
        equal(answer["total"]["sockets_delta"], 0)
        equal(answer["total"]["verdict"], "steady")
        equal(answer["elapsed_seconds"], 0)
        # a rate of no time at all is not known
        equal(answer["total"]["held_bytes_per_minute"], None)
        del kept


def test_opened_closed_grown_and_changed_states():
    with Place() as place:
        _, client, server = grown = harness.connect()
        closing = harness.connect()
        before = place.save("before")
        client.sendall(b"x" * 5000)
        closing[1].close()
        opened = socket.create_connection(grown[0].getsockname())
        server.recv(5000, socket.MSG_PEEK | socket.MSG_WAITALL)
        for kept, states in ((grown, ("established", "established")),
                             (closing, ("close-wait",))):
            harness.await_states("listening", *states,
                                 port=kept[0].getsockname()[1])
        answer, code = diff(before, "--by", "state")
        equal(code, 1)
        equal(answer["schema"], "tcpmem.diff/1")
        equal(answer["match"], "cookie")
        equal(answer["by"], "state")
        total = answer["total"]
        equal(total["opened"], 2)  # both ends: one waits to be accepted
        equal(total["closed"], 0)
        equal(total["grown"], 2)  # data, and a FIN, that nobody read
        equal(total["sockets_delta"], 2)
        # one end sent a FIN and left, the other received it
        equal(row(answer, "close-wait")["moved"], 1)
        equal(row(answer, "established")["moved"], -2)
        assert total["changed"] == 2, total
        assert answer["elapsed_seconds"] > 0
        unread = total["rmem_bytes_delta"]
        assert unread >= 5000, unread
        for key in "sockets", "held_bytes", "rmem_bytes", "charged_bytes":
            for part in "before", "after", "delta":
                name = f"{key}_{part}"
                equal(sum(r[name] for r in answer["rows"]), total[name], name)
            equal(total[f"{key}_delta"],
                  total[f"{key}_after"] - total[f"{key}_before"])
        del opened, server


def test_processes_come_and_go():
    with Place() as place:
        gone = place.child(harness.connect)
        before = place.save("before")
        place.children.remove(gone)
        gone.end()
        came = place.child(harness.connect)
        answer, code = diff(before, place.save("after"))
        equal(code, 1)
        pids = {r["pid"]: r for r in answer["rows"] if r["pid"]}
        equal(pids[gone.pid]["sockets_after"], 0)
        # what is left in TIME_WAIT is still there, and nobody's
        equal(pids[gone.pid]["closed"] - pids[gone.pid]["moved"], 3)
        equal(pids[came.pid]["sockets_before"], 0)
        equal(pids[came.pid]["opened"], 3)


def test_rows_are_sorted_limited_and_shown():
    with Place() as place:
        before = place.save("before")
        kept = [harness.connect() for _ in range(3)]
        answer, _ = diff(before, "--by", "state", "--sort", "-opened")
        equal([r["key"] for r in answer["rows"]][:2],
              ["established", "listening"])
        answer, _ = diff(before, "--by", "state", "--limit", "1")
        equal([r["key"] for r in answer["rows"]], ["established", "other"])
        equal(sum(r["opened"] for r in answer["rows"]), 9)
        text = run("diff", before, "--netns", "self", "--by", "state", "-o",
                   "key,opened,sockets_per_minute").stdout
        contains(text, "STATE")
        contains(text, "Compared: ")
        raw = run("diff", before, "--netns", "self", "--by", "state", "-r", "-n", "-o",
                  "key,opened,held_delta").stdout.splitlines()
        equal(raw[0].split()[:2], ["established", "6"])
        del kept


def test_the_exit_code_tells_trouble():
    with Place() as place:
        path = place.save("a")
        equal(run("diff", "/nonexistent").returncode, 2)
        equal(run("diff").returncode, 2)
        equal(run("diff", "-", "-").returncode, 2)
        equal(run("diff", path, "--by", "colour").returncode, 2)
        with open("/dev/full", "w", encoding="utf-8") as full:
            equal(run("diff", path, stdout=full).returncode, 2)
        with open(path, "rb") as captured:
            done = run("diff", "-", path, stdin=captured)
        equal(done.returncode, 0, done.stderr)


def test_any_key_and_filter():
    with Place() as place:
        kept = [harness.connect(), harness.connect(socket.AF_INET6, "::1")]
        before = place.save("before")
        kept += [harness.connect() for _ in range(3)]
        port = kept[-1][0].getsockname()[1]
        after = place.save("after")
        for key in [*harness.keys(), "process,state,family"]:
            answer, code = diff(before, after, "--by", key)
            equal(code, 1)
            equal(answer["total"]["opened"], 9, key)
            for name in "sockets_delta", "held_bytes_delta":
                equal(sum(r[name] for r in answer["rows"]),
                      answer["total"][name], (key, name))
        for expr, opened in (f"sport = :{port} or dport = :{port}", 3), \
                ("family ipv6", 0), ("state listening", 3):
            answer, _ = diff(before, after, "--filter", expr)
            equal(answer["total"]["opened"], opened, expr)
            # the same of a capture and of now
            equal(diff(before, "--filter", expr)[0]["total"]["opened"],
                  opened, expr)
        del kept


def test_another_boot_has_other_sockets():
    with Place() as place:
        kept = harness.connect()
        before = place.save("before")
        after = os.path.join(place.dir.name, "after")
        with open(before, "rb") as file:
            data = file.read()
        with open(after, "wb") as file:
            file.write(of_another_boot(data))
        answer, code = diff(before, after)
        equal(code, 1)
        equal(answer["match"], "nothing")
        total = answer["total"]
        assert total["sockets_before"] >= 3, total
        equal(total["opened"], total["sockets_after"])
        equal(total["closed"], total["sockets_before"])
        done = run("diff", before, after, "--netns", "self")
        contains(done.stdout, "two boots or two hosts")
        del kept


def comm_of(pid):
    with open(f"/proc/{pid}/comm", encoding="ascii") as file:
        return file.read().strip()


def test_exec_is_the_same_process():
    with Place() as place:
        wait, go = os.pipe()
        kept = harness.connect()
        pid = os.fork()
        if pid == 0:
            for sock in kept:
                sock.set_inheritable(True)
            os.close(go)
            os.read(wait, 1)
            os.execvp("sleep", ["sleep", "1000"])
        os.close(wait)
        try:
            for sock in kept:
                sock.close()
            before = place.save("before")
            os.write(go, b".")
            while comm_of(pid) != "sleep":
                pass
            answer, _ = diff(before, "--all")
            mine = [r for r in answer["rows"] if r["pid"] == pid]
            equal([r["comm"] for r in mine], ["sleep"])
            equal(mine[0]["sockets_before"], 3)
            equal(mine[0]["sockets_after"], 3)
            for event in "opened", "closed", "moved":
                equal(mine[0][event], 0)
        finally:
            os.kill(pid, 9)
            os.waitpid(pid, 0)
            os.close(go)


def test_a_reset_is_a_change_and_no_new_socket():
    """With data unread a reset socket is in no dump, but found by its fd"""
    with Place() as place:
        listener, client, server = harness.connect()
        client.sendall(b"x" * 1000)
        before = os.path.join(place.dir.name, "before")
        output("save", before, scoped=False)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                          struct.pack("ii", 1, 0))
        client.close()
        # it is looked for where the kernel counts more sockets than it shows,
        # and while others come and go on the host there is no telling
        for _ in range(50):
            done = run("diff", before, "-J", "--all", scoped=False)
            mine = [r for r in json.loads(done.stdout)["rows"]
                    if r["pid"] == os.getpid()]
            equal(len(mine), 1, done.stdout)
            if mine[0]["closed"] == 1:  # the client
                break
        equal(mine[0]["closed"], 1)
        equal(mine[0]["opened"], 0)
        equal(mine[0]["changed"], 1)  # the server
        equal(mine[0]["sockets_delta"], -1)
        del listener, server


harness.enter_netns()
harness.main(globals())

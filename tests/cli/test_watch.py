# SPDX-License-Identifier: LGPL-2.1-or-later
"""test_watch - diff --every: what leaks, in the formats that there are"""

import json
import os
import pty
import re
import signal
import socket
import subprocess
import threading
import time

import harness
from harness import TCPMEM, contains, equal, run

WATCH = ("diff", "--netns", "self", "--every", "50ms")

# However few looks a busy machine has in a second
UNTIL_LEAK = ("--until-leak", "--for", "1m")


class Leaker:
    """Opens connections to itself until the case is over"""

    def __enter__(self):
        self.listener = socket.socket()
        self.listener.bind(("127.0.0.1", 0))
        self.listener.listen(1000)
        self.over = False
        self.kept = []
        self.thread = threading.Thread(target=self.leak)
        self.thread.start()
        return self

    def leak(self):
        while not self.over:
            self.kept.append(
                socket.create_connection(self.listener.getsockname()))
            self.kept.append(self.listener.accept()[0])
            time.sleep(0.02)

    def __exit__(self, *what):
        self.over = True
        self.thread.join()
        self.listener.close()
        for s in self.kept:
            harness.reset_on_close(s)
            s.close()


def test_the_last_sample_is_taken_at_the_end():
    """As many samples as were asked for, or how many fewer is said"""
    for every, time_, asked in (("700ms", "1s", 3), ("1h", "300ms", 2)):
        done = run(*WATCH, "--every", every, "--for", time_, "-J")
        got = json.loads(done.stdout)
        assert got["samples"] == asked or got["samples_missed"], got
    often = (*WATCH, "--every", "1ms", "--for", "300ms")
    contains(run(*often).stdout, "samples fewer than asked for")
    contains(run(*often, "--csv").stderr, "samples fewer than asked for")


def watched(*args):
    """Of eight samples, however slow the machine is. Return: seconds, too"""
    for seconds in 3, 12, 48:
        done = run(*WATCH, "--for", f"{seconds}s", "-J", *args)
        got = json.loads(done.stdout)
        if got["samples"] >= 8:
            break
    equal(done.returncode, 0, done.stderr)
    return got, seconds


def test_nothing_leaks():
    kept = harness.connect()
    got, seconds = watched("--all")
    equal(got["schema"], "tcpmem.trend/1")
    equal(got["by"], "process")
    assert 8 <= got["samples"] <= 20 * seconds + 1, got["samples"]
    assert got["elapsed_seconds"] > 0, got["elapsed_seconds"]
    equal([(r["pid"], r["verdict"]) for r in got["rows"]],
          [(os.getpid(), "steady")])
    total = got["total"]
    equal([total[k] for k in ("verdict", "reason", "sure_percent", "since",
                              "until_pressure_ms")],
          ["steady", None, None, None, None])
    equal((total["opened"], total["closed"], total["sockets_last"]),
          (0, 0, 3))
    # what is steady is not told unasked
    equal(watched()[0]["rows"], [])
    del kept


def test_few_samples_say_nothing():
    """"or if fewer than eight samples were taken"; "too few to tell\""""
    kept = harness.connect()
    few = (*WATCH, "--every", "1h", "--for", "100ms")
    done = run(*few, "-J")
    equal(done.returncode, 3, done.stderr)
    got = json.loads(done.stdout)
    equal((got["samples"], got["total"]["verdict"]), (2, "unknown"))
    equal([row["verdict"] for row in got["rows"]], ["unknown"])
    contains(" ".join(run(*few).stdout.split()),
             "2 samples are too few to tell what rises; a longer --for, or a "
             "shorter --every, gives 8 or more")
    del kept


def test_a_leak_ends_it():
    with Leaker():
        done = run(*WATCH, *UNTIL_LEAK, "-J")
        equal(done.returncode, 1, done.stderr)
        got = json.loads(done.stdout)
        assert got["elapsed_seconds"] < 55, got["elapsed_seconds"]
        row = got["rows"][0]
        equal((row["pid"], row["verdict"], row["reason"]),
              (os.getpid(), "leak", "kept-open"))
        assert row["sure_percent"] >= 99, row
        equal(row["opened"], row["kept"])
        equal(row["sockets_last"] - row["sockets_first"], row["kept"])
        assert row["sockets_per_minute"] > 0
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", row["since"])


def test_people_read_it():
    with Leaker():
        done = run(*WATCH, *UNTIL_LEAK, "--by", "state")
        equal(done.returncode, 1, done.stderr)
        contains(done.stdout, "STATE")
        contains(done.stdout, "Watched: ")
        found = " ".join(done.stdout.split("Found:")[1].split())
        assert re.search(r"established: leak since \S+Z, sockets are opened "
                         r"and not closed: of \d+ sockets opened meanwhile "
                         r"\d+ are still there; a pool that is still being "
                         r"filled looks the same", found), found
        equal(done.stderr, "")  # progress is for a terminal
        raw = run(*WATCH, *UNTIL_LEAK, "--by", "state", "-r", "-n", "-o",
                  "key,verdict", "--sort", "key", "--limit", "1")
        equal(raw.stdout, "established leak\n")
        lines = run(*WATCH, *UNTIL_LEAK, "--jsonl").stdout.splitlines()
        # what was in flight, or a child's, at one moment has its own row
        equal([row["pid"] for row in map(json.loads, lines)
               if row.get("verdict") == "leak" and row.get("pid")],
              [os.getpid()])


def test_rows_are_in_the_order_that_is_asked_for():
    kept = harness.connect()
    for order, wanted in (("key", "established listening"),
                          ("-key", "listening established"),
                          ("sockets_last", "listening established"),
                          ("-sockets_last", "established listening")):
        done = run(*WATCH, "--for", "100ms", "--all", "--by", "state",
                   "--state", "established,listening", "-r", "-n", "-o",
                   "key", "--sort", order)
        equal(done.returncode, 3, done.stderr)  # of too few samples
        equal(done.stdout.split(), wanted.split(), order)
    del kept


def await_blocked(pid, number):
    """It waits for the signal; until then one ends it without a word"""
    deadline = time.monotonic() + harness.patience(60)
    while time.monotonic() < deadline:
        with open(f"/proc/{pid}/status") as file:
            blocked = re.search(r"^SigBlk:\s*(\w+)", file.read(), re.M)[1]
        if int(blocked, 16) >> (number - 1) & 1:
            return
        time.sleep(0.005)
    raise AssertionError(f"signal {number} is not blocked")


def interrupt(number):
    """It ends at once, with the verdict so far"""
    with subprocess.Popen([TCPMEM, *WATCH, "--every", "1h", "-J"],
                          stdout=subprocess.PIPE, text=True) as process:
        try:
            await_blocked(process.pid, number)
            process.send_signal(number)
            told = process.communicate(timeout=harness.patience(60))[0]
        finally:
            process.kill()
        got = json.loads(told)
        equal((process.returncode, got["total"]["verdict"]), (3, "unknown"))
        equal(got["samples"], 1)


def test_an_interrupt_ends_it_with_a_verdict():
    interrupt(signal.SIGINT)
    interrupt(signal.SIGTERM)


def test_a_terminal_sees_progress():
    leader, follower = pty.openpty()
    done = run(*WATCH, "--for", "300ms", stderr=follower)
    equal(done.returncode, 3)  # of too few samples
    os.close(follower)
    text = harness.read_terminal(leader)
    contains(text, " samples, ")
    assert text.endswith("\r\x1b[K"), text


def test_a_chart_is_drawn_if_it_is_asked_for():
    """"--plot: a chart in the terminal with axes"; not without it where output
    is no terminal"""
    kept = []
    with subprocess.Popen([TCPMEM, *WATCH, "--for", "2s", "--plot"],
                          stdout=subprocess.PIPE, text=True,
                          env=dict(os.environ, LC_ALL="C.UTF-8")) as watch:
        while watch.poll() is None and len(kept) < 300:
            kept.append(harness.connect())
            time.sleep(0.02)
        text = watch.stdout.read()
    chart = text.split("Held over the samples:\n")[1].splitlines()
    contains(chart[0], harness.comm())
    assert re.match(r" +[0-9.]+[KM]? \u2502", chart[1]), chart
    assert re.search("[\u2581-\u2588]", chart[1] + chart[2]), chart
    contains(chart[9], "\u2514\u2500\u2500")
    for args in ([], ["-J"]):
        assert "\u2502" not in run(*WATCH, "--for", "200ms", *args).stdout
    for s in sum(kept, ()):
        s.close()


def test_columns_are_its_own():
    listed = run("diff", "--every", "1s", "-H").stdout
    for column in "verdict", "reason", "kept", "close_wait", "until":
        contains(listed, column)
    assert "before" not in listed
    contains(run("diff", "-H").stdout, "held_before")


def test_wrong_usage():
    for args in (["--every", "0"], ["--every", "fast"], ["--every", "-1s"],
                 ["--every", "1e3"], ["--every", "1s", "before"],
                 ["--every", "1s", "--by", "colour"], ["--for", "1s"],
                 ["--until-leak"], ["--every", "1s", "-o", "before"],
                 ["--every", "1s", "--sort", "colour"]):
        done = run("diff", *args)
        equal(done.returncode, 2, args)
        equal(done.stdout, "")
    with open("/dev/full", "w", encoding="utf-8") as full:
        equal(run(*WATCH, "--for", "100ms", stdout=full).returncode, 2)


harness.enter_netns()
harness.main(globals())

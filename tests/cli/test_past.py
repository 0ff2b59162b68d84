# SPDX-License-Identifier: LGPL-2.1-or-later
"""test_past - past owners: of what nobody holds any more, never a wrong one"""

import json
import os
import time

import harness
from harness import answer, contains, equal, output, run

SUMS = ("sockets", "held_bytes", "object_bytes", "buffer_bytes",
        "charged_bytes", "reach_bytes")


def adds_up(data):
    """"sums still add up to the total, to the byte\""""
    for key in SUMS[:-1]:
        equal(sum(row[key] or 0 for row in data["rows"]), data["total"][key],
              key)


def test_one_look_says_that_it_remembers_nothing():
    harness.leave_time_wait()
    for args in (["by", "process"], ["sockets"], ["summary"]):
        plain, data = answer(*args), answer(*args, "--past")
        equal(data["total"]["sockets"], plain["total"]["sockets"])
        codes = [warning["code"] for warning in data["warnings"]]
        assert "past-unknown" in codes, (args, codes)
        # that is what was asked for, and nothing of the snapshot
        equal(data["complete"], plain["complete"])
    data = answer("by", "process", "--past")
    adds_up(data)
    equal({row["source"] for row in data["rows"]}, {None})
    rows = answer("sockets", "--past")["rows"]
    equal({row["past"] for row in rows}, {None})
    contains(output("by", "process", "--past"), "SOURCE")


def closes(seconds, *args):
    """Of a connection that was there half of the time, the rows of a watch"""
    # the child first: it must not share this process's sockets
    ended = harness.Child(lambda: harness.connect())
    listener, client, server = harness.connect()
    watch = harness.subprocess.Popen(
        [harness.TCPMEM, "diff", "--netns", "self", "--every", "50ms", "--for",
         str(seconds), "--past", "--all", "--state",
         "established,listening,time-wait", "-J", *args],
        stdout=harness.subprocess.PIPE, text=True)
    time.sleep(seconds / 2)
    for sock in client, server, listener:
        sock.close()
    ended.end()
    data = json.loads(watch.communicate(timeout=harness.patience(120))[0])
    return data, ended.pid


def remembers(*args):
    here = f"{harness.comm()}[{os.getpid()}] (past owner)"
    for seconds in 1, 4, 16, 64:
        data, pid = closes(seconds, *args)
        rows = {row["key"]: row for row in data["rows"]}
        there = f"{harness.comm()}[{pid}] (gone)"
        if here in rows and there in rows:
            break
    equal(rows[here]["kind"], "past", list(rows))
    equal(rows[here]["sockets_last"], 1)
    equal(rows[there]["sockets_last"], 1)
    equal(sum(row["held_bytes_last"] for row in data["rows"]),
          data["total"]["held_bytes_last"])


def test_a_watch_remembers_its_own_looks():
    """"nginx[15665] (past owner), or (gone) if the process is\""""
    remembers("--holders", "proc")


def test_hooks_tell_it_as_well():
    """"Three sources, each better than the one before\""""
    remembers()


def ended(seconds):
    """What a watch without hooks says of two sockets, closed when it has
    listened for so long"""
    listener, client, server = harness.connect()
    watch = harness.subprocess.Popen(
        [harness.TCPMEM, "watch", "--netns", "self", "--past", "-J", "--count",
         "2", "--holders", "proc", f"sport = :{listener.getsockname()[1]} or "
         f"dport = :{listener.getsockname()[1]}"],
        stdout=harness.subprocess.PIPE, text=True)
    harness.await_hearing(watch)
    time.sleep(seconds)
    for sock in client, server, listener:
        sock.close()
    told = watch.communicate(timeout=harness.patience(60))[0].splitlines()
    return [json.loads(line) for line in told[:-1]]


def test_watch_names_who_was_last_seen_with_it():
    """"one line ... for each socket that ends: ... source\""""
    for seconds in 0.5, 2, 8, 32:
        rows = ended(seconds)
        if rows and rows[0]["source"]:
            break
    equal({(row["closer"], row["closer_pid"], row["source"]) for row in rows},
          {(f"{harness.comm()}[{os.getpid()}]", os.getpid(), "memory")})


def test_a_capture_tells_none():
    path = f"/tmp/tcpmem-test-past-{os.getpid()}"
    try:
        output("save", path)
        data = answer("by", "process", "--past", "--from", path)
    finally:
        os.unlink(path)
    contains([warning["code"] for warning in data["warnings"]],
             "past-unknown")
    equal(run("explain", "1", "--past").returncode, 2)


harness.enter_netns()
harness.main(globals())

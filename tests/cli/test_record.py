# SPDX-License-Identifier: LGPL-2.1-or-later
"""test_record - the flight recorder: what was stored is answered as it was"""

import fcntl
import json
import os
import re
import resource
import shutil
import signal
import socket
import sqlite3
import stat
import subprocess
import tempfile
import time

import harness
from harness import connect, contains, equal, output, patience, run
from recorder import Recorder, stamp, wait
from test_saved import differences

harness.enter_netns()


def marks(store, kind):
    rows = harness.answer("history", "marks", "--from", store)["rows"]
    return [row for row in rows if row["kind"] == kind]


def every_answer():
    """What can be asked of a capture"""
    pid = str(os.getpid())
    yield from (("summary",), ("blame",), ("explain", pid),
                ("sockets", "-J"), ("limits",),
                ("by", "process,peer,state", "--csv"))


def compare(store, moment, capture):
    for words in every_answer():
        replay = run(*words, "--from", store, "--at", moment)
        live = run(*words, "--from", capture)
        equal(replay.stdout, live.stdout, " ".join(words))
        assert live.stdout, words
        equal(replay.returncode, live.returncode, " ".join(words))
        # messages name what was read
        equal(replay.stderr.replace(store, ""),
              live.stderr.replace(capture, ""), " ".join(words))


def test_a_stored_look_answers_as_the_capture_of_the_same_look():
    recorder = Recorder(None, "--every", "10ms")
    ends = [connect() for _ in range(20)]
    recorder.await_looks(3)
    first = recorder.mark("twenty connections")
    for listener, client, server in ends[:10]:
        client.send(b"x" * 5000)
        server.close()
    ends += [connect(socket.AF_INET6, "::1") for _ in range(5)]
    recorder.await_looks(len(recorder.looks()) + 3)
    second = recorder.mark("ten of them closed")
    equal(recorder.end()[0], 0)
    for capture, moment in (first, second):
        compare(recorder.store, moment, capture)


def incidents(store):
    """Their texts; a process killed elsewhere on the host is one, too"""
    rows = harness.answer("history", "incidents", "--from", store)["rows"]
    return [row["text"] for row in rows
            if not row["text"].startswith("out of memory")]


def test_marks_are_kept_whole_however_many_wait():
    recorder = Recorder(None, "--every", "1h")
    recorder.await_looks(1)
    recorder.process.send_signal(signal.SIGSTOP)
    sent = [f"{number} " + "x" * 400 for number in range(40)]
    for text in sent:
        output("mark", text.replace(" ", "\n"), "--store", recorder.store)
    recorder.process.send_signal(signal.SIGCONT)
    recorder.await_looks(2)
    recorder.end()
    equal(incidents(recorder.store), sent)
    contains(output("store", "verify", "--from", recorder.store), " 0 damaged")


def test_the_more_has_changed_the_fewer_looks_rest_on_it():
    """write.c: each other one on the look before, each 36th on the 36th"""
    recorder = Recorder(None, "--every", "10ms")
    recorder.await_looks(38)
    recorder.end()
    name = recorder.files()[-1]
    with sqlite3.connect(os.path.join(recorder.store, name)) as db:
        looks = db.execute("SELECT time, base FROM looks ORDER BY time"
                           ).fetchall()
    db.close()
    times = [time for time, _ in looks]
    for number, (_, base) in enumerate(looks):
        before = 1 if number % 36 else 36
        equal(base, times[number - before] if number else None, number)
    contains(output("store", "verify", "--from", recorder.store), " 0 damaged")


def test_diff_compares_two_moments_of_a_store():
    recorder = Recorder(None, "--every", "10ms")
    recorder.await_looks(2)
    _, before = recorder.mark("before")
    ends = [connect() for _ in range(7)]
    _, after = recorder.mark("after")
    recorder.end()
    done = run("diff", "--from", recorder.store, before, after, "-J")
    equal(done.returncode, 1, done.stderr)
    contains(done.stdout, '"opened": 21')
    del ends


def test_history_has_the_most_that_a_group_held_and_when():
    recorder = Recorder(None, "--every", "10ms")
    recorder.await_looks(2)
    listener, client, server = connect()
    client.send(b"x" * 40000)
    _, before = recorder.mark("much is unread")
    most = answer_at(recorder.store, before)
    server.recv(40000, socket.MSG_WAITALL)
    _, after = recorder.mark("it was read")
    for end in (listener, client, server):
        harness.reset_on_close(end)
        end.close()
    recorder.await_looks(len(recorder.looks()) + 2)
    recorder.end()
    contains(run("check", "--from", recorder.store, "--max-sockets",
                 "9999").stdout, ", at 20")
    history = harness.answer("history", "--from", recorder.store)
    row, = (row for row in history["rows"] if row["key"] == most["key"])
    equal(row["held_peak_bytes"], most["held_bytes"])
    equal(row["unread_peak_bytes"], most["unread_bytes"])
    equal(row["sockets"], 0)
    equal(row["held_bytes"], 0)
    # not in a span that ends before, nor what was before in one that begins
    contains(output("history", "--from", recorder.store, "--since", after,
                    "-r", "-o", "key,unread_peak"), most["key"] + " 0\n")
    marks = harness.answer("history", "incidents", "--from", recorder.store)
    equal([mark["text"] for mark in marks["rows"]],
          ["much is unread", "it was read"])


def test_check_does_not_take_an_old_look_for_now():
    recorder = Recorder(None, "--every", "10ms")
    recorder.await_looks(2)
    check = ["check", "--from", recorder.store, "--max-sockets", "9999"]
    wait("a look of now", lambda: run(*check).returncode == 0)
    recorder.end()
    wait("no look of now", lambda: run(*check).returncode == 3)
    contains(run(*check).stdout, "the last look of the store is an old one")
    # what was asked for is that moment
    newest = stamp(recorder.looks()[-1])
    equal(run(*check, "--at", newest).returncode, 0)


def test_history_of_the_sockets_that_match_a_filter():
    recorder = Recorder(None, "--every", "10ms")
    recorder.await_looks(2)
    ends = [connect() for _ in range(5)]
    port = ends[0][0].getsockname()[1]
    recorder.await_looks(len(recorder.looks()) + 2)
    for _, client, _ in ends:
        client.close()
    recorder.await_looks(len(recorder.looks()) + 2)
    for end in ends:
        end[0].close()
        end[2].close()
    recorder.await_looks(len(recorder.looks()) + 2)
    recorder.end()

    def rows(*words):
        found = harness.answer("history", *words, "--from", recorder.store)
        equal(found["complete"], True)
        return found["rows"]

    # all sockets match: replayed, they are what the sums say
    for key in "state", "process", "netns":
        equal(rows(key, "held", ">=", "0"), rows(key))
    row, = rows("state", "state = close-wait")
    equal((row["key"], row["sockets_peak"], row["close_wait_peak"],
           row["sockets"]), ("close-wait", 5, 5, 0))
    # without a key, the first word is of the filter
    for words in (("sport", "=", f":{port}", "and", "state=established"),
                  ("--filter", f"sport = :{port} and state=established")):
        row, = rows(*words)
        equal((row["sockets_peak"], row["sockets"]), (1, 0))
    equal(rows("sport = :1 and dport = :1"), [])
    refused = run("history", "marks", "held > 0", "--from", recorder.store)
    equal(refused.returncode, 2)
    contains(refused.stderr, "marks have none")
    # sums alone have no sockets
    for name in recorder.files():
        os.unlink(os.path.join(recorder.store, name))
    assert rows("state")
    refused = run("history", "held > 0", "--from", recorder.store)
    equal((refused.returncode, refused.stdout), (1, ""))
    contains(refused.stderr, "sums alone")


def test_a_span_with_sums_alone_is_refused_and_what_has_sockets_named():
    recorder = Recorder(None, "--every", "10ms")
    recorder.await_looks(3)
    recorder.end()
    for name in recorder.files():
        os.unlink(os.path.join(recorder.store, name))
    time.sleep(1.1)
    again = Recorder(recorder.store, "--every", "10ms")
    again.await_looks(3)
    again.end()
    refused = run("history", "held >= 0", "--from", recorder.store)
    equal((refused.returncode, refused.stdout), (1, ""))
    contains(refused.stderr, "no sockets for a filter to choose from")
    since = refused.stderr.strip().split("--since ")[1]
    assert harness.answer("history", "held >= 0", "--from", recorder.store,
                          "--since", since)["rows"]


def test_history_is_exported_to_a_database():
    recorder = Recorder(None, "--every", "10ms")
    recorder.await_looks(2)
    recorder.mark("an <incident>")
    ends = [connect() for _ in range(5)]
    recorder.await_looks(len(recorder.looks()) + 2)
    del ends
    recorder.await_looks(len(recorder.looks()) + 2)
    recorder.end()
    path = os.path.join(recorder.kept.name, "out.db")
    with open(path, "w", encoding="utf-8") as file:
        file.write("what was there is replaced")
    for words in ("state",), ("process", "held >= 0"):
        equal(output("history", *words, "--from", recorder.store, "--sqlite",
                     path), "")
        rows = harness.answer("history", *words, "--from",
                              recorder.store)["rows"]
        with sqlite3.connect(path) as db:
            equal(db.execute("PRAGMA integrity_check").fetchall(), [("ok",)])
            names = {name: numbers for name, *numbers in db.execute(
                "SELECT name, sockets_peak, held_peak, close_wait_peak FROM "
                "names WHERE key = ?", words[:1])}
            # the queries of tcpmem-store(5) are of the same tables
            most = dict(db.execute(
                "SELECT names.name, max(held) FROM sums JOIN names ON "
                "names.id = sums.name GROUP BY names.id"))
            last = dict(db.execute(
                "SELECT names.name, sockets FROM sums JOIN names ON "
                "names.id = sums.name WHERE time = (SELECT max(time) FROM "
                "sums AS s WHERE s.name = sums.name)"))
            looks = [time for time, in db.execute("SELECT time FROM looks")]
            marks = dict(db.execute("SELECT kind, text FROM marks"))
            (key, filtered, complete), = db.execute(
                "SELECT key, filtered, complete FROM export")
        db.close()
        equal(names, {row["key"]: [
            row["sockets_peak"], row["held_peak_bytes"],
            row["close_wait_peak"]] for row in rows})
        equal(most, {row["key"]: row["held_peak_bytes"] for row in rows})
        equal(last, {row["key"]: row["sockets"] for row in rows})
        equal(looks, sorted(recorder.looks()))
        equal(marks["incident"], "an <incident>")
        equal((key, filtered, complete), (words[0], len(words) > 1, 1))
    # nothing is left of a file that could not be made
    with open(path, "rb") as file:
        before = file.read()
    for words in (("nothing = 1",), ("--since", "2100-01-01")):
        assert run("history", *words, "--from", recorder.store, "--sqlite",
                   path).returncode
    done = run("history", "--from", recorder.store, "--sqlite",
               os.path.join(path, "no", "directory"))
    equal(done.returncode, 1)
    contains(done.stderr, "no/directory: ")
    with open(path, "rb") as file:
        equal(file.read(), before)
    # it is written where a link leads, and replaces nothing but a file
    link, pipe = (os.path.join(recorder.kept.name, n) for n in ("link", "pipe"))
    os.symlink("out.db", link)
    output("history", "--from", recorder.store, "--sqlite", link)
    equal(os.readlink(link), "out.db")
    with open(path, "rb") as file:
        assert file.read() != before
    os.mkfifo(pipe)
    done = run("history", "--from", recorder.store, "--sqlite", pipe)
    equal(done.returncode, 1)
    contains(done.stderr, "it is no regular file")
    assert stat.S_ISFIFO(os.lstat(pipe).st_mode)
    equal(sorted(os.listdir(recorder.kept.name)),
          ["link", "out.db", "pipe", "store"])


def answer_at(store, moment):
    """This process's row"""
    rows = harness.answer("by", "process", "--from", store, "--at",
                          moment)["rows"]
    row, = (row for row in rows if row["pid"] == os.getpid())
    return row


def read_costs(store):
    """What the recorder took for each look: for so long the look stands, too"""
    costs = {}
    for name in os.listdir(store):
        if not name.startswith("look-") or not name.endswith(".db"):
            continue
        with sqlite3.connect(os.path.join(store, name)) as db:
            costs.update((time, cost) for time, *cost in db.execute(
                "SELECT time, took_us, cpu_us, rss FROM looks"))
        db.close()
    return costs


def test_a_piece_of_a_store_answers_alike():
    recorder = Recorder(None, "--every", "10ms")
    ends = connect()
    recorder.await_looks(2)
    _, first = recorder.mark("first")
    ends[1].send(b"y" * 3000)
    _, last = recorder.mark("last")
    recorder.await_looks(len(recorder.looks()) + 2)
    recorder.end()
    with tempfile.TemporaryDirectory() as kept:
        piece = os.path.join(kept, "piece")
        output("store", "cut", piece, "--from", recorder.store, "--since",
               first, "--until", last)
        for moment in first, last:
            equal(output("sockets", "-J", "--from", piece, "--at", moment),
                  output("sockets", "-J", "--from", recorder.store, "--at",
                         moment))
        contains(output("store", "verify", "--from", piece), " 0 damaged")
        equal(run("sockets", "--from", piece, "--at", "2000-01-01 00:00"
                  ).returncode, 1)
        costs = read_costs(recorder.store)
        for time, cost in read_costs(piece).items():
            assert any(cost), cost
            equal(cost, costs[time])


def test_a_piece_is_whole_or_is_not_there():
    recorder = Recorder(None, "--every", "10ms")
    recorder.await_looks(4)
    recorder.end()
    cut = "store", "cut", "--from", recorder.store
    with tempfile.TemporaryDirectory() as kept:
        piece, empty = (os.path.join(kept, name) for name in ("a", "b"))
        os.mkdir(empty)
        output(*cut, piece)
        done = run(*cut, piece)
        equal(done.returncode, 1, done.stdout)
        contains(done.stderr, "with nothing in it")
        shutil.rmtree(piece)
        os.mkdir(piece)
        with open(os.path.join(piece, "lock"), "w", encoding="utf-8") as file:
            file.write("somebody else's")
        equal(run(*cut, piece).returncode, 1)
        equal(os.listdir(piece), ["lock"])
        shutil.rmtree(piece)
        name, = recorder.files()
        change(recorder.store, name, "UPDATE looks SET detail = 'x' WHERE "
               "time = (SELECT max(time) FROM looks)")
        for place in piece, empty:
            done = run(*cut, place)
            equal(done.returncode, 1, done.stdout)
            contains(done.stderr, "the look is damaged")
        equal(os.listdir(kept), ["b"])
        equal(os.listdir(empty), [])


def limit_files():
    """A write beyond it fails, and a signal says so, too"""
    resource.setrlimit(resource.RLIMIT_FSIZE, (8192, 8192))


def test_what_is_interrupted_leaves_nothing_behind():
    recorder = Recorder(None, "--every", "10ms")
    recorder.await_looks(4)
    recorder.end()
    source = "--from", recorder.store
    with tempfile.TemporaryDirectory() as kept:
        place = os.path.join(kept, "a")
        for words in (("store", "cut", place), ("history", "--sqlite", place)):
            done = run(*words, *source, preexec_fn=limit_files)
            equal(done.returncode, 1, words)
            assert done.stderr, words
            equal(os.listdir(kept), [], words)
        # who has the file lets nobody read it
        name, = recorder.files()
        db = sqlite3.connect(os.path.join(recorder.store, name),
                             isolation_level=None)
        db.execute("BEGIN EXCLUSIVE")
        process = subprocess.Popen([harness.TCPMEM, "history", *source,
                                    "--sqlite", place])
        wait("file in the making", lambda: os.listdir(kept))
        process.terminate()
        equal(process.wait(), -signal.SIGTERM)
        db.close()
        equal(os.listdir(kept), [])


def test_an_anonymous_piece_has_no_address_and_all_numbers():
    secrets = "10.77.3.9", "fd77::9", "--password=hunter2"
    for address in secrets[:2]:
        harness.add_address(address)
    ends = [connect(socket.AF_INET, "10.77.3.9"), connect(),
            connect(socket.AF_INET6, "fd77::9")]
    speaker = subprocess.Popen(
        ["/usr/bin/python3", "-c", "input()", secrets[2]], stdin=ends[1][1])
    # systemd names the unit of a connection after its ends
    harness.set_comm(b"@0-10.77.3.9:22")
    told = "10.77.3.9:80, [fd77::9]:80 and 10.77.3.91 of "
    recorder = Recorder(None, "--every", "10ms")
    recorder.await_looks(2)
    _, moment = recorder.mark(told + os.uname().nodename)
    recorder.end()
    harness.set_comm(b"python3")
    speaker.kill()
    speaker.wait()
    with tempfile.TemporaryDirectory() as kept:
        piece = os.path.join(kept, "piece")
        output("store", "cut", piece, "--from", recorder.store,
               "--anonymize")
        equal(*(sorted(row["kind"] for row in harness.answer(
            "history", "marks", "--from", store)["rows"])
                for store in (piece, recorder.store)))
        said = {store: output("sockets", "-J", "--from", store, "--at", moment)
                + output("by", "process", "-o", "+cmdline", "-J", "--from",
                         store, "--at", moment)
                + output("history", "peer", "-J", "--from", store)
                for store in (recorder.store, piece)}
        for secret in secrets:
            contains(said[recorder.store], secret)
            assert secret not in said[piece], secret
            for name in os.listdir(piece):
                with open(os.path.join(piece, name), "rb") as file:
                    assert secret.encode() not in file.read(), (secret, name)
        contains(said[piece], "240.0.0.")
        contains(said[piece], "2001:db8::")
        contains(said[piece], "127.0.0.1")
        # both ends of a connection are still the same addresses
        before, after = (
            [row for row in harness.answer("sockets", "--from", store, "--at",
                                           moment)["rows"]
             if row["state"] == "established"]
            for store in (recorder.store, piece))
        names = dict(zip((row["local"] for row in before),
                         (row["local"] for row in after)))
        equal([names[row["remote"]] for row in before],
              [row["remote"] for row in after])
        equal(output("by", "process,state", "--csv", "--from", piece, "--at",
                     moment),
              output("by", "process,state", "--csv", "--from", recorder.store,
                     "--at", moment).replace(secrets[0], names[secrets[0]]))
        text, = incidents(piece)
        contains(text, f"{names[secrets[0]]}:80, [{names[secrets[1]]}]:80 and")
        assert re.search(r"240\.0\.0\.\d+ of anonymous$", text), text


def test_a_flipped_byte_is_found_and_harms_no_other_file():
    ends = connect()
    recorder = Recorder(None, "--every", "10ms")
    recorder.await_looks(3)
    recorder.end()
    name, = recorder.files()
    path = os.path.join(recorder.store, name)
    with open(path, "rb") as file:
        whole = file.read()
    again = Recorder(recorder.store, "--every", "10ms")
    wait("second file", lambda: len(again.files()) == 2)
    again.await_looks(4)
    again.end()
    begin = whole.index(b"\x28\xb5\x2f\xfd")  # a frame of zstd
    with open(path, "r+b") as file:
        file.seek(begin + 30)
        file.write(bytes([whole[begin + 30] ^ 0x55]))
    done = run("store", "verify", "--from", recorder.store)
    equal(done.returncode, 1)
    contains(done.stdout, f"{name}: the look of ")
    output("sockets", "--from", recorder.store)
    with open(path, "r+b") as file:
        file.truncate(len(whole) // 2)
    output("sockets", "--from", recorder.store)
    contains(run("history", "--from", recorder.store).stdout, "python3")
    contains(run("store", "verify", "--from", recorder.store).stdout, name)
    del ends


def test_sums_outlive_the_looks_that_they_are_of():
    ends = connect()
    recorder = Recorder(None, "--every", "10ms")
    recorder.await_looks(2)
    ends[1].send(b"z" * 30000)
    _, moment = recorder.mark("much is unread")
    recorder.end()
    columns = ("history", "--from", recorder.store, "-r", "-o",
               "key,held_peak,unread_peak,sockets_peak")
    before = output(*columns)
    contains(before, "python3")
    for name in recorder.files("look-") + recorder.files("incident-"):
        os.unlink(os.path.join(recorder.store, name))
    for tier in "minute-", "quarter-":
        equal(len(recorder.files(tier)), 1, tier)
        equal(output(*columns), before, tier)
        contains(output("history", "marks", "--from", recorder.store),
                 "much is unread")
        contains(output("store", "verify", "--from", recorder.store),
                 " 0 damaged")
        done = run("sockets", "--from", recorder.store, "--at", moment)
        equal(done.returncode, 1)
        contains(done.stderr, "there are sums alone")
        for name in recorder.files(tier):
            os.unlink(os.path.join(recorder.store, name))


def test_sums_of_a_killed_recorder_are_made_by_the_next():
    recorder = Recorder(None, "--every", "10ms")
    recorder.await_looks(2)
    recorder.end(signal.SIGKILL)
    equal(recorder.files("minute-"), [])
    again = Recorder(recorder.store, "--every", "10ms")
    again.await_looks(4)
    again.end()
    equal(len(recorder.files("minute-")), 2)
    equal(len(recorder.files("quarter-")), 2)


def test_a_time_without_a_look_is_not_answered_by_another():
    recorder = Recorder(None, "--every", "10ms")
    recorder.await_looks(2)
    recorder.end()
    first = recorder.looks()[-1]
    name, = recorder.files()
    with sqlite3.connect(os.path.join(recorder.store, name)) as db:
        (took, cpu), = db.execute("SELECT took_us, cpu_us FROM looks ORDER BY "
                                  "time DESC LIMIT 1")
    db.close()
    # for how long a look stands: a busy host's, which takes longer, for longer
    lasts = 3000 + 2 * took // 1000 + cpu // 100
    wait("a gap", lambda: time.time() * 1000 > first + lasts)
    again = Recorder(recorder.store, "--every", "10ms")
    again.await_looks(len(recorder.looks()) + 1)
    again.end()
    second = min(look for look in again.looks() if look > first)
    equal([(row["time"], row["text"]) for row in marks(recorder.store, "gap")],
          [(stamp(second)[:-5] + "Z", f"no look for {second - first} ms")])
    middle = time.strftime("%FT%T", time.gmtime((first + lasts) // 1000)) + "Z"
    for words in every_answer():
        done = run(*words, "--from", recorder.store, "--at", middle)
        equal(done.returncode, 1, words)
        equal(done.stdout, "", words)
        contains(done.stderr, f"no look at {middle}")
        for look in first, second:
            contains(done.stderr, f".{look % 1000:03d}Z")
    done = run("diff", "--from", recorder.store, middle, "now")
    equal(done.returncode, 2)
    contains(done.stderr, "no look at")
    for moment, ends in ("2000-01-01 00:00", ", the next is of "), (
            "2100-01-01 00:00", "the last before is of "):
        done = run("by", "state", "--from", recorder.store, "--at", moment)
        equal(done.returncode, 1)
        contains(done.stderr, ends)


def test_a_look_is_found_although_the_clock_was_set_back_after_it():
    recorder = Recorder(None, "--every", "10ms")
    recorder.await_looks(3)
    recorder.end()
    name, = recorder.files()
    last = "(SELECT max(time) FROM looks)"
    change(recorder.store, name, "UPDATE looks SET time = time + 30000 "
           f"WHERE time = {last}")
    late = recorder.looks()[-1]
    again = Recorder(recorder.store, "--every", "10ms")
    again.await_looks(len(recorder.looks()) + 2)
    again.end()
    equal(len(again.files()), 2)
    # what it tells is its own clock's
    equal(harness.answer("by", "state", "--from", recorder.store, "--at",
                         stamp(late))["time"], stamp(late - 30000))


def test_a_recorder_that_begins_anew_tells_of_a_reboot_and_a_set_clock():
    """tcpmem-store(5): gap, boot, clock are marks"""
    recorder = Recorder(None, "--every", "10ms")
    recorder.await_looks(2)
    recorder.end()
    for sql, kind, text in (
            ("UPDATE store SET boot = 'another'", "boot",
             "the kernel was started anew"),
            ("UPDATE looks SET boot_ms = boot_ms + 3600000", "clock",
             "the clock was set by 3")):
        change(recorder.store, recorder.files()[-1], sql)
        equal(marks(recorder.store, kind), [])
        again = Recorder(recorder.store, "--every", "10ms")
        again.await_looks(len(recorder.looks()) + 2)
        again.end()
        mark, = marks(recorder.store, kind)
        contains(mark["text"], text)


def change(store, name, sql):
    with sqlite3.connect(os.path.join(store, name)) as db:
        db.execute(sql)
    db.close()
    return run("store", "verify", "--from", store)


def test_verify_names_whatever_was_changed():
    ends = connect()
    recorder = Recorder(None, "--every", "10ms")
    recorder.await_looks(3)
    recorder.mark("text")
    recorder.end()
    for tier in "look-", "minute-", "quarter-":
        name, = recorder.files(tier)
        path = os.path.join(recorder.store, name)
        with open(path, "rb") as file:
            whole = file.read()
        for sql in ("UPDATE sums SET held = held + 1 WHERE held > 0",
                    "UPDATE names SET name = name || 'x' WHERE id = 3",
                    "UPDATE looks SET close_wait = 1 - close_wait",
                    "UPDATE marks SET text = 'texts' WHERE text = 'text'",
                    "UPDATE store SET host = 'other'",
                    "DELETE FROM seals",
                    "DELETE FROM looks",
                    "DELETE FROM sums"):
            done = change(recorder.store, name, sql)
            equal(done.returncode, 1, (tier, sql))
            contains(done.stdout, name + ": ")
            with open(path, "wb") as file:
                file.write(whole)
    contains(output("store", "verify", "--from", recorder.store),
             " 0 damaged")
    del ends


def test_history_tells_of_looks_that_did_not_see_all():
    """tcpmem(1): "Of looks in which not all was seen, it tells how many" """
    recorder = Recorder(None, "--every", "10ms")
    recorder.await_looks(3)
    recorder.end()
    count = len(recorder.looks())
    for whole, done in (
            (True, run("history", "--from", recorder.store)),
            (False, run("history", "--from", recorder.store, "-J"))):
        equal(done.stderr, "", whole)
    equal(json.loads(done.stdout)["looks_incomplete"], 0)
    equal(json.loads(done.stdout)["complete"], True)
    name, = recorder.files()
    change(recorder.store, name, "UPDATE looks SET complete = 0 WHERE time = "
           "(SELECT max(time) FROM looks)")
    done = run("history", "--from", recorder.store)
    contains(done.stderr, f"not all was seen in 1 of {count} looks")
    found = harness.answer("history", "--from", recorder.store)
    equal(found["looks_incomplete"], 1)
    equal(found["complete"], False)


def test_a_threshold_that_is_passed_is_an_incident():
    with tempfile.TemporaryDirectory() as kept:
        path = os.path.join(kept, "notify")
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
            manager.bind(path)
            manager.settimeout(patience(60))
            recorder = Recorder(None, "--every", "10ms", "--max-close-wait",
                                "3", "--max-recv-q", "10000",
                                env=dict(os.environ, NOTIFY_SOCKET=path))
            equal(manager.recv(64), b"READY=1")
            equal(recorder.files("capture-", ".tcpmem"), [])
            ends = [connect() for _ in range(5)]
            for _, client, _ in ends:
                client.close()
            wait("capture", lambda: recorder.files("capture-", ".tcpmem"))
            # once, not with each look that is as bad
            recorder.await_looks(len(recorder.looks()) + 3)
            # the second threshold, while the first is passed
            before = recorder.files("capture-", ".tcpmem")
            ends.append(connect())
            ends[-1][1].send(b"x" * 40000)
            wait("second capture", lambda: recorder.files(
                "capture-", ".tcpmem") != before)
            recorder.await_looks(len(recorder.looks()) + 3)
            recorder.end()
            equal(manager.recv(64), b"STOPPING=1")
    first, second = incidents(recorder.store)
    contains(first, "more than 3")
    contains(second, "recv-q ")
    equal(len(recorder.files("incident-")), 1)
    del ends


def make_memory_group():
    for base, limit in (("/sys/fs/cgroup", "memory.max"),
                        ("/sys/fs/cgroup/memory", "memory.limit_in_bytes")):
        group = f"{base}/tcpmem-record-{os.getpid()}"
        try:
            os.mkdir(group)
        except OSError:
            continue
        try:
            with open(f"{group}/{limit}", "r+") as file:
                file.write(str(32 << 20))
            return group
        except OSError:
            os.rmdir(group)
    raise harness.Skip("no cgroup with a limit of memory can be made")


def causes_of_an_oom_kill(before=()):
    group = make_memory_group()
    listener = socket.create_server(("127.0.0.1", 0))
    glutton = subprocess.Popen(
        ["/usr/bin/python3", "-c", f"open('{group}/cgroup.procs', 'w')"
         ".write('0'); print('in', flush=True); input(); kept = []\n"
         "while True: kept.append(bytearray(b'x' * (1 << 20)))"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, pass_fds=[
            listener.fileno()])
    try:
        glutton.stdout.readline()
        recorder = Recorder(None, "--every", "10ms", before=before)
        recorder.await_looks(2)
        glutton.communicate(b"\n")
        wait("incident", lambda: recorder.files("capture-", ".tcpmem"))
        recorder.end()
    finally:
        glutton.kill()
        glutton.wait()
        harness.remove_cgroup(group)
    return [row["text"] for row in marks(recorder.store, "incident")
            if row["text"].startswith("out of memory")]


def test_an_oom_kill_is_an_incident_that_names_the_cgroup():
    equal(causes_of_an_oom_kill(),
          [f"out of memory: 1 killed in /tcpmem-record-{os.getpid()}"])


def test_an_oom_kill_is_named_where_cgroups_are_mounted_elsewhere():
    with tempfile.TemporaryDirectory() as place:
        equal(causes_of_an_oom_kill((
            "unshare", "-m", "sh", "-c", 'mount --rbind /sys/fs/cgroup "$1" &&'
            ' umount -l /sys/fs/cgroup && shift && exec "$@"', "sh", place)),
            [f"out of memory: 1 killed in /tcpmem-record-{os.getpid()}"])


def test_killed_it_loses_the_last_look_at_most():
    recorder = Recorder(None, "--every", "10ms")
    recorder.await_looks(3)
    seen = recorder.looks()
    recorder.end(signal.SIGKILL)
    equal(recorder.looks()[:len(seen)], seen)
    output("by", "state", "--from", recorder.store)
    # the next one begins another file
    again = Recorder(recorder.store, "--every", "10ms")
    again.await_looks(len(seen) + 2)
    again.end()
    assert len(again.files()) == 2, again.files()


def test_a_file_that_is_not_of_a_store_is_not_removed():
    """A crash leaves new.db as SQLite has written it, or without a byte"""
    with tempfile.TemporaryDirectory() as kept:
        os.chmod(kept, 0o700)
        new = os.path.join(kept, "new.db")
        with sqlite3.connect(new) as db:
            db.execute("CREATE TABLE theirs (a)")
        db.close()
        done = run("record", "--store", kept)
        equal(done.returncode, 1)
        contains(done.stderr, "new.db in it is not of a store")
        with sqlite3.connect(new) as db:
            db.execute("PRAGMA application_id = 1413696851")
        db.close()
        recorder = Recorder(kept, "--every", "10ms")
        recorder.await_looks(1)
        recorder.end()
        assert not os.path.exists(new)


def test_other_files_cost_a_store_nothing():
    recorder = Recorder(None, "--every", "10ms")
    recorder.await_looks(2)
    recorder.end()
    kept = recorder.files("", "")
    with open(os.path.join(recorder.store, "dump"), "wb") as file:
        file.write(b"x" * (20 << 20))
    again = Recorder(recorder.store, "--every", "10ms", "--max-size", "16M")
    again.await_looks(len(recorder.looks()) + 2)
    again.end()
    assert set(kept) <= set(again.files("", "")), again.files("", "")
    equal(marks(recorder.store, "room"), [])


def test_what_goes_for_want_of_room_is_told():
    """tcpmem-store(5): room is a mark"""
    recorder = Recorder(None, "--every", "10ms")
    recorder.await_looks(2)
    recorder.end()
    kept = recorder.files()
    again = Recorder(recorder.store, "--every", "10ms", "--keep-free", "500T")
    wait("room", lambda: not set(kept) & set(again.files()))
    again.await_looks(len(again.looks()) + 3)
    again.end()
    texts = [row["text"] for row in marks(recorder.store, "room")]
    contains("; ".join(texts), " removed: the disk is too full")
    equal(len([text for text in texts if "left to remove" in text]), 1, texts)


def test_nothing_is_a_room_and_no_size():
    """tcpmem(1): "--keep-free size ... 0 for nothing" """
    done = run("record", "--store", "/nowhere/at/all", "--max-size", "0")
    equal(done.returncode, 2)
    contains(done.stderr, "--max-size '0': a size is needed")
    recorder = Recorder(None, "--every", "10ms", "--keep-free", "0")
    recorder.await_looks(2)
    equal(recorder.end()[0], 0)
    equal(marks(recorder.store, "room"), [])


def test_a_second_recorder_is_told_who_writes():
    recorder = Recorder(None, "--every", "1s")
    recorder.await_looks(1)
    done = run("record", "--store", recorder.store)
    equal(done.returncode, 1)
    contains(done.stderr, f"pid {recorder.process.pid})")
    equal(recorder.end()[0], 0)


def test_verify_is_not_fine_about_nothing():
    with tempfile.TemporaryDirectory() as place:
        done = run("store", "verify", "--from", place)
        equal(done.returncode, 1, done.stdout)
        contains(done.stderr, "no file of a store")
        done = run("store", "stat", "--from", place)
        equal(done.returncode, 1, done.stdout)
        contains(done.stderr, "no file of a store")
        done = run("store", "cut", place, "--from", place)
        equal(done.returncode, 1, done.stdout)
        contains(done.stderr, "another directory")


def test_a_directory_of_another_user_is_no_store():
    """Whoever owns it could lead what root writes there elsewhere"""
    if os.geteuid() != 0:
        raise harness.Skip("only root can make another user's directory")
    with tempfile.TemporaryDirectory() as place:
        os.chmod(place, 0o1777)
        theirs, real, link = (os.path.join(place, n)
                              for n in ("theirs", "real", "link"))
        for name in theirs, real:
            os.mkdir(name)
        os.chown(theirs, 65534, 65534)
        os.symlink(real, link)
        os.chown(link, 65534, 65534, follow_symlinks=False)
        for store in theirs, link, link + "/", link + "/.", link + "/new":
            done = run("record", "--store", store, timeout=30)
            equal(done.returncode, 1, store)
            contains(done.stderr, "Permission denied")
        for folder in theirs, real:
            equal(os.listdir(folder), [])


def test_a_mark_goes_to_who_has_the_lock_alone():
    """A pid that a file says could be anybody's"""
    with tempfile.TemporaryDirectory() as store, \
            subprocess.Popen(["sleep", "60"]) as victim, \
            open(os.path.join(store, "lock"), "w") as lock:
        lock.write(f"{victim.pid}\n")
        lock.flush()
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = run("mark", "hello", "--store", store)
        equal(done.returncode, 1)
        contains(done.stderr, "no recorder writes there")
        equal(victim.poll(), None)
        victim.kill()


def test_times_are_as_the_examples_of_help_have_them():
    with tempfile.TemporaryDirectory() as store:
        for words in (("history",), ("store", "cut", store),
                      ("report", "-o", "/dev/null")):
            text = output(words[0], "--help")
            since, = re.findall("--since ('[^']*'|[^ ]*) ?", text.split(
                "Examples:")[1])
            for time, code in (since.strip("'"), 1), ("1h", 2):
                done = run(*words, "--from", store, "--since", time)
                equal(done.returncode, code, (words, time, done.stderr))
        for words, code in ((("summary",), 2), (("by", "state"), 2),
                            (("check", "--max-held", "1"), 3)):
            done = run(*words, "--from", store, "--at", "1h")
            equal(done.returncode, code, words)
            contains(done.stdout + done.stderr, "'1h' is not a time, such as")


def test_what_is_no_store_is_refused():
    with tempfile.NamedTemporaryFile() as file:
        for words in (("history",), ("store", "stat"), ("store", "verify"),
                      ("report", "-o", "/dev/null"), ("diff", "now")):
            done = run(*words, "--from", file.name)
            equal(done.returncode, 2 if words[0] == "diff" else 1)
            contains(done.stderr, f"{file.name}: a store is a directory")
    with tempfile.TemporaryDirectory() as store:
        done = run("summary", "--from", store)
        equal(done.returncode, 1)
        contains(done.stderr, "no looks in it")
        path = os.path.join(store, "look-20260101T000000.000Z.db")
        for content in (b"", b"no database", b"SQLite format 3\0" + 84 * b"x"):
            with open(path, "wb") as file:
                file.write(content)
            done = run("summary", "--from", store)
            equal(done.returncode, 1, content)
            contains(done.stderr, "look-20260101T000000.000Z.db: ")
        os.unlink(path)
        # a view that has the name of our table would run what it likes
        with sqlite3.connect(path) as db:
            db.executescript(
                "PRAGMA application_id = 1413696851; PRAGMA user_version = 1;"
                "CREATE VIEW looks AS WITH RECURSIVE n(time) AS (SELECT 1 "
                "UNION ALL SELECT time + 1 FROM n) SELECT * FROM n;")
        db.close()
        done = run("summary", "--from", store)
        equal(done.returncode, 1)
        contains(done.stderr, "its tables are not those of a store")


def test_a_store_of_version_1_is_read_as_before():
    """tcpmem-store(5): a later version reads every store of this one"""
    sample = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                          "stores", "v1")
    with open(os.path.join(sample, "answers.json"), encoding="utf-8") as file:
        printed = json.load(file)
    with tempfile.TemporaryDirectory() as kept:
        store = os.path.join(kept, "store")
        shutil.copytree(os.path.join(sample, "store"), store)
        contains(output("store", "verify", "--from", store), " 0 damaged")
        for question, was in printed.items():
            now = harness.answer(*question.split(), "--from", store)
            found = list(differences(was, now, question))
            assert not found, "\n".join(found)
        # and what is left of it after a day, and after a week
        for tier in "look-", "minute-":
            for name in os.listdir(store):
                if name.startswith(tier):
                    os.unlink(os.path.join(store, name))
            rows = {row["key"]: row for row in harness.answer(
                "history", "--from", store)["rows"]}
            for row in printed["history"]["rows"]:
                equal(rows[row["key"]]["held_peak_bytes"],
                      row["held_peak_bytes"])


def put_looks(store):
    """Looks of version 1, as if they were of today. Return: their file"""
    sample = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                          "stores", "v1", "store")
    looks, = (name for name in os.listdir(sample) if name.startswith("look-"))
    os.chmod(store, 0o700)
    # its age is that of its name
    now = time.strftime("%Y%m%dT%H%M%S.000Z", time.gmtime())
    return shutil.copy(os.path.join(sample, looks),
                       os.path.join(store, f"look-{now}.db"))


def record_a_look(store):
    recorder = Recorder(store, "--every", "1h")
    wait("a look", lambda: len(recorder.files()) > 1)
    equal(recorder.end()[0], 0)
    return recorder


def test_what_one_look_does_not_know_is_not_0_in_its_minute():
    """tcpmem-store(5): NULL if one is not known and the others are 0"""
    with tempfile.TemporaryDirectory() as store:
        looks = put_looks(store)
        with sqlite3.connect(looks) as db:
            db.execute("UPDATE looks SET pressure = NULL, sockets = NULL "
                       "WHERE time = (SELECT min(time) FROM looks)")
        db.close()
        record_a_look(store)
        for tier in "minute-", "quarter-":
            db = sqlite3.connect(looks.replace("look-", tier))
            equal(db.execute("SELECT pressure, orphans, sockets > 0 "
                             "FROM looks").fetchall(), [(None, 0, 1)])
            db.close()


def test_sums_are_made_of_looks_of_version_1():
    sample = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                          "stores", "v1")
    with open(os.path.join(sample, "answers.json"), encoding="utf-8") as file:
        # the look of today may have others' TIME_WAIT
        printed = [row for row in json.load(file)["history"]["rows"]
                   if "[" in row["key"]]
    assert printed
    with tempfile.TemporaryDirectory() as store:
        put_looks(store)
        recorder = record_a_look(store)
        for tier in "look-", "minute-":
            for name in recorder.files(tier):
                os.unlink(os.path.join(store, name))
            rows = {row["key"]: row["held_peak_bytes"] for row in
                    harness.answer("history", "--from", store)["rows"]}
            for row in printed:
                equal(rows.get(row["key"]), row["held_peak_bytes"], tier)
            contains(output("store", "verify", "--from", store), " 0 damaged")


harness.main(globals())

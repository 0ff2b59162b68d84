# SPDX-License-Identifier: LGPL-2.1-or-later
"""test_recovery - a store after a crash, with a clock that was set, on a file
system that is full or read-only, in a directory of others"""

import os
import resource
import signal
import sqlite3
import tempfile
import time

import harness
from harness import contains, equal, output, run
from recorder import Recorder, stamp, wait

harness.enter_netns()


def incidents(store):
    rows = harness.answer("history", "incidents", "--from", store)["rows"]
    return [row["text"] for row in rows
            if not row["text"].startswith("out of memory")]


def change(path, sql):
    with sqlite3.connect(path) as db:
        db.executescript(sql)
    db.close()


def times_of(store, name):
    with sqlite3.connect(os.path.join(store, name)) as db:
        found = db.execute("SELECT time FROM looks ORDER BY time").fetchall()
    db.close()
    return [time for time, in found]


def shift(store, name, ms):
    """As if the clock had been set while this file was written. Return: its
    name then"""
    path = os.path.join(store, name)
    change(path, f"UPDATE looks SET time = -time - {ms}, base = base + {ms};"
           "UPDATE looks SET time = -time;"
           "CREATE TEMP TABLE kept AS SELECT * FROM sums; DELETE FROM sums;"
           f"INSERT INTO sums SELECT time + {ms}, name, sockets, held, "
           "charged, unread, unsent, close_wait FROM kept;"
           f"UPDATE marks SET time = time + {ms}; DELETE FROM seals")
    begin = times_of(store, name)[0]
    moved = (time.strftime("look-%Y%m%dT%H%M%S", time.gmtime(begin // 1000)) +
             ".%03dZ.db" % (begin % 1000))
    os.rename(path, os.path.join(store, moved))
    return moved


def looks_of_two_clocks():
    """Return: a recorder of one file with many looks, and one with a few"""
    recorder = Recorder(None, "--every", "10ms")
    kept = harness.connect()
    recorder.await_looks(10)
    recorder.end()
    again = Recorder(recorder.store, "--every", "10ms")
    again.await_looks(len(recorder.looks()) + 2)
    again.end()
    for tier in "minute-", "quarter-":
        for name in recorder.files(tier):
            os.unlink(os.path.join(recorder.store, name))
    long, short = recorder.files()
    del kept
    return recorder, long, short


def test_looks_of_a_clock_that_was_set_are_each_their_own():
    """Of two files with looks of the same time, the later look answers"""
    recorder, long, short = looks_of_two_clocks()
    begin = times_of(recorder.store, short)[0]
    ms = begin - times_of(recorder.store, long)[0] - 1
    long = shift(recorder.store, long, ms)
    times = times_of(recorder.store, long)
    assert times[-1] > times_of(recorder.store, short)[-1], (times, short)
    for look in times:
        equal(harness.answer("by", "state", "--from", recorder.store, "--at",
                             stamp(look))["time"], stamp(look - ms))
    # and none of them is beyond the end of a history
    row, = (row for row in harness.answer(
        "history", "state", "--from", recorder.store)["rows"]
            if row["key"] == "listening")
    equal(row["last"][:19], stamp(times[-1])[:19])


def test_a_report_of_looks_that_are_not_in_their_order():
    recorder, long, _ = looks_of_two_clocks()
    shift(recorder.store, long, 60000)
    with tempfile.TemporaryDirectory() as place:
        page = os.path.join(place, "page.html")
        done = run("report", "--from", recorder.store, "-o", page)
        equal((done.returncode, done.stderr), (0, ""))
        assert os.path.getsize(page)


def test_a_look_that_is_much_older_is_told():
    """tcpmem(1): more than a minute older, a message says so"""
    recorder = Recorder(None, "--every", "1h")
    recorder.await_looks(1)
    recorder.end()
    shift(recorder.store, recorder.files()[0], -90000)
    look, = recorder.looks()
    for moment, message in (
            (stamp(look), ""), (stamp(look + 80000),
             f"tcpmem: {recorder.store}: the last look before is of "
             f"{stamp(look)[:-5]}Z\n")):
        done = run("by", "state", "--from", recorder.store, "--at", moment)
        equal((done.returncode, done.stderr), (0, message))


def test_a_clock_that_is_far_ahead_costs_no_file():
    """For an hour; by then somebody may have set it right"""
    recorder = Recorder(None, "--every", "10ms")
    recorder.await_looks(2)
    recorder.end()
    old = shift(recorder.store, recorder.files()[0], -30 * 3600 * 1000)
    again = Recorder(recorder.store, "--every", "10ms")
    again.await_looks(4)
    again.end()
    clock, = (row for row in harness.answer(
        "history", "marks", "--from", recorder.store)["rows"]
              if row["kind"] == "clock")
    contains(clock["text"], "the clock was set by 10")
    assert old in again.files(), again.files()


def test_an_incident_outlives_a_crash():
    """What was stored around it has the name that keeps it longer"""
    recorder = Recorder(None, "--every", "10ms")
    recorder.await_looks(2)
    recorder.mark("it goes down")
    recorder.end(signal.SIGKILL)
    first, = recorder.files()
    again = Recorder(recorder.store, "--every", "1h")
    again.await_looks(len(recorder.looks()) + 1)
    equal([name[len("incident-"):] for name in recorder.files("incident-")],
          [first[len("look-"):]])
    again.end()


def read_only(store, *words):
    return run(*words, "--from", store, before=(
        "unshare", "-m", "sh", "-c", 'mount --bind "$0" "$0" && '
        'mount -o remount,ro,bind "$0" && exec "$@"', store))


def test_what_a_crash_left_is_read_where_nothing_may_be_written():
    recorder = Recorder(None, "--every", "10ms")
    recorder.await_looks(3)
    live = read_only(recorder.store, "by", "state")
    equal((live.returncode, live.stderr), (0, ""))
    recorder.end(signal.SIGKILL)
    name, = recorder.files()
    path = os.path.join(recorder.store, name)
    left = read_only(recorder.store, "history", "state", "-J")
    equal((left.returncode, left.stderr), (0, ""))
    whole = output("history", "state", "-J", "--from", recorder.store)
    equal(left.stdout, whole)
    # a file that had a log still says so
    change(path, "PRAGMA journal_mode = WAL; PRAGMA wal_checkpoint(TRUNCATE)")
    with open(path, "rb") as file:
        equal(file.read(19)[18], 2)
    assert not os.path.exists(path + "-wal")
    for words in ("history", "state", "-J"), ("store", "verify"):
        done = read_only(recorder.store, *words)
        equal((done.returncode, done.stderr), (0, ""), words)
        if words[0] == "history":
            equal(done.stdout, whole)
    # the next recorder makes it a file like others
    again = Recorder(recorder.store, "--every", "10ms")
    wait("second file", lambda: len(again.files()) > 1)
    again.end()
    with open(path, "rb") as file:
        equal(file.read(19)[18], 1)


def test_a_file_that_was_removed_meanwhile_is_not_damaged():
    recorder = Recorder(None, "--every", "10ms")
    recorder.await_looks(2)
    recorder.mark("with a capture")
    recorder.end()
    for name in ("look-20260101T000000.000Z.db",
                 "capture-20260101T000000.000Z.tcpmem"):
        os.symlink("removed", os.path.join(recorder.store, name))
    contains(output("store", "verify", "--from", recorder.store),
             " 0 damaged")
    for words in ("summary",), ("history",), ("store", "stat"):
        output(*words, "--from", recorder.store)


def test_verify_reads_captures_too():
    recorder = Recorder(None, "--every", "10ms")
    recorder.await_looks(2)
    path, _ = recorder.mark("with a capture")
    recorder.end()
    with open(path, "r+b") as file:
        file.seek(200)
        byte = file.read(1)[0]
        file.seek(200)
        file.write(bytes([byte ^ 1]))
    done = run("store", "verify", "--from", recorder.store)
    equal(done.returncode, 1, done.stdout)
    contains(done.stdout, os.path.basename(path) + ": ")
    contains(done.stdout, " 1 damaged")


def test_what_is_no_file_is_not_opened():
    """A pipe would keep the reader, a device may do something"""
    def pipe(path):
        os.mkfifo(path)

    def link(path):
        os.symlink("/dev/zero", path)

    recorder = Recorder(None, "--every", "10ms")
    recorder.await_looks(2)
    recorder.end()
    name, = (n for n in os.listdir(recorder.store) if n.startswith("look-"))
    planted = ("look-20200101T000000.000Z.db",
               "capture-20200101T000000.000Z.tcpmem", name + "-journal",
               name + "-wal", name + "-shm")
    for what, paths in (pipe, planted), (link, planted[:1]):
        for path in paths:
            path = os.path.join(recorder.store, path)
            what(path)
            done = run("store", "verify", "--from", recorder.store, timeout=30)
            equal(done.returncode, 1, (path, done.stderr))
            contains(done.stdout, "is no regular file")
            contains(done.stdout, " 1 damaged")
            for reader in (("store", "stat"), ("summary",)):
                run(*reader, "--from", recorder.store, timeout=30)
            os.unlink(path)


def test_no_name_of_a_file_reaches_the_terminal():
    """Of the time in a name, the last three bytes may be any"""
    with tempfile.TemporaryDirectory() as store:
        name = "look-20200101T000000.\x1bc1Z.db"
        with open(os.path.join(store, name), "w", encoding="utf-8") as file:
            file.write("no database")
        done = run("store", "verify", "--from", store)
        equal(done.returncode, 1, done.stderr)
        contains(done.stdout, r"look-20200101T000000.\x1bc1Z.db: ")


def test_a_capture_that_cannot_be_kept_is_told_and_costs_no_look():
    recorder = Recorder(None, "--every", "10ms")
    recorder.await_looks(1)
    os.mkdir(os.path.join(recorder.store, ".capture"))
    output("mark", "now", "--store", recorder.store)
    recorder.await_looks(len(recorder.looks()) + 3)
    equal(recorder.end(), (0, ""))
    equal(incidents(recorder.store),
          ["now", "its capture cannot be kept: Is a directory"])


def test_a_limit_of_files_is_no_end():
    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (90000, 90000))

    recorder = Recorder(None, "--every", "10ms", preexec_fn=limit)
    wait("files of their own", lambda: len(recorder.files()) > 2)
    equal(recorder.process.poll(), None)
    contains(output("store", "verify", "--from", recorder.store),
             " 0 damaged")
    equal(recorder.end()[0], 0)


def cpu_of(pid):
    with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
        words = file.read().rpartition(")")[2].split()
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


def test_however_many_marks_come_they_take_a_tenth_of_a_cpu():
    recorder = Recorder(None, "--every", "1h")
    recorder.await_looks(1)
    before, begin = cpu_of(recorder.process.pid), time.monotonic()
    while time.monotonic() < begin + 3 or len(recorder.looks()) < 3:
        assert time.monotonic() < begin + harness.patience(60), "no looks"
        recorder.process.send_signal(signal.SIGUSR1)
        time.sleep(0.002)
    taken = cpu_of(recorder.process.pid) - before
    lasted = time.monotonic() - begin
    assert taken < lasted / 4, (taken, lasted)
    equal(recorder.end()[0], 0)


def test_a_directory_that_others_may_write_to_is_no_store():
    with tempfile.TemporaryDirectory() as store:
        os.chmod(store, 0o777)
        done = run("record", "--store", store, timeout=30)
        equal(done.returncode, 1)
        contains(done.stderr, "others may write there")
        equal(os.listdir(store), [])


harness.main(globals())

# SPDX-License-Identifier: LGPL-2.1-or-later
"""loss - what a store loses: at kill -9, power cuts, damage, on a full disk

	loss.py TCPMEM [--kills N]

Needs root: it makes namespaces of its own. The last line counts what failed.
"""

import argparse
import glob
import os
import random
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time

PAGE = 1024  # of a store's files
WAL_HEAD, WAL_FRAME = 32, 24 + PAGE
failures = 0


def check(holds, what):
    global failures
    failures += not holds
    if not holds:
        print("FAILED:", what, flush=True)


def tcpmem(*args):
    done = subprocess.run([options.tcpmem, *args], capture_output=True,
                          text=True, timeout=300)
    check(done.returncode in (0, 1), f"{args}: exit {done.returncode}, "
          f"{done.stderr[-2000:]}")
    return done


def files(store):
    return sorted(glob.glob(store + "/look-*.db"))


def looks(store):
    found = []
    for name in files(store):
        db = sqlite3.connect(f"file:{name}?mode=ro", uri=True)
        try:
            found += db.execute("SELECT time FROM looks").fetchall()
        except sqlite3.DatabaseError:
            pass
        db.close()
    return sorted(found)


def record(store, *args):
    return subprocess.Popen(
        [options.tcpmem, "record", "--netns", "self", "--keep-free", "1",
         "--every", "10ms", "--store", store, *args],
        stderr=subprocess.DEVNULL)


def wait_for(condition, seconds=60):
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.005)
    return True


def kill_often(store, count):
    """Nothing that a reader has seen is lost, and nothing is damaged"""
    lost = 0
    for i in range(count):
        recorder = record(store)
        before = len(looks(store))
        wait_for(lambda: len(looks(store)) > before)
        time.sleep(random.random() / 5)
        seen = looks(store)
        recorder.kill()
        recorder.wait()
        missing = set(seen) - set(looks(store))
        lost += len(missing)
        check(not missing, f"kill {i}: {missing}")
    done = tcpmem("store", "verify", "--from", store)
    check(done.returncode == 0, done.stdout)
    print(f"{count} kills, {lost} looks lost that were seen: "
          f"{done.stdout.strip()}", flush=True)


def one_file(folder, end, wanted):
    """A store of one file, with its log left by a kill"""
    store = os.path.join(folder, "one")
    shutil.rmtree(store, ignore_errors=True)
    recorder = record(store)
    wait_for(lambda: len(looks(store)) >= wanted)
    recorder.send_signal(end)
    recorder.wait()
    if len(files(store)) > 1:  # an hour has ended meanwhile
        return one_file(folder, end, wanted)
    return store, files(store)[0]


def cut_logs(folder):
    """A log cut anywhere: the looks before are whole, none is damaged"""
    store, name = one_file(folder, signal.SIGKILL, 12)
    whole = looks(store)
    with open(name + "-wal", "rb") as file:
        log = file.read()
    cuts = set(range(0, len(log), WAL_FRAME)) | {
        WAL_HEAD + n * WAL_FRAME + extra
        for n in range(len(log) // WAL_FRAME)
        for extra in (0, 1, 24, 500, WAL_FRAME - 1)}
    fewest = len(whole)
    for cut in sorted(cuts):
        with open(name + "-wal", "wb") as file:
            file.write(log[:cut])
        if os.path.exists(name + "-shm"):
            os.unlink(name + "-shm")
        left = looks(store)
        fewest = min(fewest, len(left))
        check(left == whole[:len(left)], f"cut at {cut}: not a prefix")
        done = tcpmem("store", "verify", "--from", store)
        check(done.returncode == 0, f"cut at {cut}: {done.stdout}")
    print(f"{len(cuts)} cuts of a log of {len(log)} bytes: always a prefix of "
          f"{len(whole)} looks, none damaged", flush=True)


def everything(name):
    """All that SQL finds in it"""
    db = sqlite3.connect(f"file:{name}?mode=ro", uri=True)
    db.text_factory = bytes
    found = [db.execute(f"SELECT * FROM {table}").fetchall() for table in
             ("store", "looks", "names", "sums", "marks", "seals")]
    db.close()
    return found


def flip(name, data, at, store):
    with open(name, "wb") as file:
        file.write(data[:at] + bytes([data[at] ^ (1 << random.randrange(8))])
                   + data[at + 1:])
    for end in "-wal", "-shm":
        if os.path.exists(name + end):
            os.unlink(name + end)
    verified = tcpmem("store", "verify", "--from", store)
    tcpmem("by", "state", "--from", store)
    tcpmem("history", "--from", store)
    return verified.returncode == 1


def flip_bytes(folder):
    """A flipped byte in each page: no reader crashes, verify names the file if
    anything in it is another"""
    store, name = one_file(folder, signal.SIGTERM, 12)
    with open(name, "rb") as file:
        data = file.read()
    whole = everything(name)
    found = flipped = 0
    for page in range(0, len(data), PAGE):
        at = page + random.randrange(PAGE)
        flipped += 1
        if flip(name, data, at, store):
            found += 1
        else:
            check(everything(name) == whole, f"flip at {at} is not found")
    print(f"{flipped} flips, {found} of them found by verify; the others are "
          "in bytes that nothing is read from", flush=True)


def cut_files(folder):
    """A file cut at each page: no reader crashes, verify names it"""
    store, name = one_file(folder, signal.SIGTERM, 12)
    with open(name, "rb") as file:
        data = file.read()
    for cut in range(0, len(data), PAGE):
        with open(name, "wb") as file:
            file.write(data[:cut])
        done = tcpmem("store", "verify", "--from", store)
        check(done.returncode == 1 and os.path.basename(name) in done.stdout,
              f"cut at {cut}: {done.stdout}")
        tcpmem("summary", "--from", store)
    print(f"{len(data) // PAGE} cuts of a file: each named by verify",
          flush=True)


def fill_disk(folder):
    """A full file system: the oldest looks go, the recorder stays"""
    place = os.path.join(folder, "small")
    os.mkdir(place)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", place],
                   check=True)
    store = os.path.join(place, "store")
    recorder = record(store)
    wait_for(lambda: len(looks(store)) >= 2)
    recorder.terminate()
    recorder.wait()
    recorder = record(store, "--max-size", "100M")
    wait_for(lambda: len(looks(store)) >= 5)
    first = files(store)[0]
    with open(os.path.join(place, "other"), "wb", buffering=0) as other:
        try:
            while True:
                other.write(bytes(4096))
        except OSError:
            pass
    wait_for(lambda: not os.path.exists(first), 20)
    check(not os.path.exists(first), "the oldest file stays on a full disk")
    time.sleep(3)
    check(looks(store), "all looks went")
    check(recorder.poll() is None, "the recorder has ended on a full disk")
    os.unlink(os.path.join(place, "other"))
    last = looks(store)[-1:]
    check(wait_for(lambda: looks(store)[-1:] > last), "no look afterwards")
    recorder.terminate()
    check(recorder.wait() == 0, "no clean end after a full disk")
    done = tcpmem("store", "verify", "--from", store)
    check(done.returncode == 0, done.stdout)
    print("full disk:", done.stdout.strip(), flush=True)
    subprocess.run(["umount", place], check=True)


def size_of(store):
    """A file of an incident has two names"""
    size = {}
    for name in glob.glob(store + "/*"):
        try:
            status = os.stat(name)
        except FileNotFoundError:
            continue
        size[status.st_ino] = status.st_blocks * 512
    return sum(size.values())


def hold_reader(folder):
    """A reader that never ends its transaction: the store is in its limit"""
    store = os.path.join(folder, "held")
    limit = 512 * 1024
    recorder = record(store, "--max-size", str(limit))
    wait_for(lambda: len(looks(store)) >= 2)
    reader = sqlite3.connect(f"file:{files(store)[0]}?mode=ro", uri=True,
                             isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM looks").fetchall()
    most, end = 0, time.monotonic() + options.held
    while time.monotonic() < end:
        most = max(most, size_of(store))
        time.sleep(0.05)
    check(recorder.poll() is None, "the recorder waited for a reader")
    # what is being written when it is measured is not yet in the limit
    check(most <= limit + limit // 8, f"{most} bytes, {limit} allowed")
    reader.execute("SELECT count(*) FROM looks").fetchall()
    reader.close()
    recorder.terminate()
    recorder.wait()
    print(f"reader held for {options.held} s: at most {most} of {limit} bytes, "
          f"{len(files(store))} files", flush=True)


def main():
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(64)
    ends = []
    for _ in range(50):
        ends.append(socket.create_connection(listener.getsockname()))
        ends.append(listener.accept()[0])
    random.seed(1)
    with tempfile.TemporaryDirectory() as folder:
        kill_often(os.path.join(folder, "killed"), options.kills)
        cut_logs(folder)
        cut_files(folder)
        flip_bytes(folder)
        fill_disk(folder)
        hold_reader(folder)
    print(f"{failures} failed")
    sys.exit(failures > 0)


parser = argparse.ArgumentParser()
parser.add_argument("tcpmem", type=os.path.abspath)
parser.add_argument("--kills", type=int, default=200)
parser.add_argument("--held", type=int, default=30)
options = parser.parse_args()
if not os.environ.get("LOSS_NAMESPACES"):
    os.environ["LOSS_NAMESPACES"] = "1"
    os.execvp("unshare", ["unshare", "-nm", sys.executable, *sys.argv])
main()

# SPDX-License-Identifier: LGPL-2.1-or-later
"""incident - a bad quarter of an hour, in a minute; then its store is asked

	incident.py TCPMEM FOLDER

nginx sends a file to a reader that stops reading; a client of nginx lets the
connections that nginx closes lie, one more each half second; redis is innocent;
a process runs out of its cgroup's memory. All end. Then each question is put to
the store alone, and a page is made: FOLDER/report.html. Needs root. The last
line counts what was answered wrongly.
"""

import json
import os
import socket
import sqlite3
import glob
import subprocess
import sys
import time

NGINX, READER, REDIS, LEAKER = ("10.9.0.%d" % n for n in (1, 2, 3, 4))
failures = 0


def check(holds, what):
    global failures
    failures += not holds
    print("ok:" if holds else "WRONG:", what, flush=True)


def child(name, action, *args):
    """A process of that name"""
    pid = os.fork()
    if pid:
        return pid
    with open("/proc/self/comm", "w") as comm:
        comm.write(name)
    try:
        action(*args)
    finally:
        os._exit(1)


def connect(source, to):
    return socket.create_connection(to, source_address=(source, 0))


def read_for(seconds):
    """Reads a large file, and stops"""
    s = connect(READER, (NGINX, 80))
    s.sendall(b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n")
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        s.recv(65536)
    time.sleep(1000)


def leak_after(seconds):
    """Leaves each connection that nginx closes"""
    left = []
    time.sleep(seconds)
    while True:
        s = connect(LEAKER, (NGINX, 80))
        s.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        s.recv(65536)
        left.append(s)
        time.sleep(0.5)


def work():
    """Asks redis, and reads the answers"""
    s = connect(REDIS, (REDIS, 6379))
    while True:
        s.sendall(b"PING\r\n")
        s.recv(64)
        time.sleep(0.1)


def eat_memory(seconds, group):
    time.sleep(seconds)
    with open(group + "/cgroup.procs", "w") as procs:
        procs.write(str(os.getpid()))
    kept = []
    while True:
        kept.append(bytearray(b"x" * (1 << 20)))


def make_group():
    """A cgroup of 32 MiB; None: there is none to be had"""
    for base, limit in (("/sys/fs/cgroup", "memory.max"),
                        ("/sys/fs/cgroup/memory", "memory.limit_in_bytes")):
        group = f"{base}/tcpmem-incident-{os.getpid()}"
        try:
            os.mkdir(group)
            with open(f"{group}/{limit}", "r+") as file:
                file.write(str(32 << 20))
            return group
        except OSError:
            if os.path.isdir(group):
                os.rmdir(group)
    return None


def start_servers(folder):
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    for address in NGINX, READER, REDIS, LEAKER:
        subprocess.run(["ip", "addr", "add", address + "/32", "dev", "lo"],
                       check=True)
    with open(folder + "/large", "wb") as file:
        file.truncate(1 << 30)
    with open(folder + "/index.html", "w") as file:
        file.write("hello\n")
    with open(folder + "/nginx.conf", "w") as file:
        file.write(f"daemon off; master_process off; user root;"
                   f"pid {folder}/nginx.pid; error_log {folder}/nginx.log;"
                   f"events {{}} http {{ access_log off; keepalive_timeout 1;"
                   f"send_timeout 1000; server {{ listen {NGINX}:80;"
                   f"limit_rate 1m; root {folder}; }} }}")
    servers = [subprocess.Popen(["nginx", "-c", folder + "/nginx.conf", "-e",
                                 folder + "/nginx.log"]),
               subprocess.Popen(["redis-server", "--bind", REDIS, "--save", "",
                                 "--dir", folder],
                                stdout=subprocess.DEVNULL)]
    for address in (NGINX, 80), (REDIS, 6379):
        for _ in range(200):
            try:
                socket.create_connection(address).close()
                break
            except OSError:
                time.sleep(0.1)
    return servers


def answer(*words):
    done = subprocess.run([tcpmem, *words, "--from", store],
                          capture_output=True, text=True)
    assert done.stdout, (words, done.stderr)
    return done.stdout


def rows(*words):
    return json.loads(answer(*words, "-J"))["rows"]


def stamp(seconds):
    return (time.strftime("%FT%T", time.gmtime(seconds)) +
            ".%03dZ" % (seconds % 1 * 1000))


def seconds_of(text):
    return time.mktime(time.strptime(text[:19], "%Y-%m-%dT%H:%M:%S"))


def since_when(name, column, beyond):
    """As tcpmem-store(5) asks"""
    found = []
    for file in glob.glob(store + "/look-*.db"):
        with sqlite3.connect(f"file:{file}?mode=ro", uri=True) as db:
            found += db.execute(
                "SELECT min(time) FROM sums JOIN names ON names.id = sums.name"
                f" WHERE key = 'process' AND names.name LIKE '{name}[%'"
                f" AND {column} > {beyond}").fetchall()
        db.close()
    return min(time for time, in found if time) / 1000


def stage(folder):
    """Return: when it began, when the reader stopped, the leak began, the end"""
    group = make_group()
    servers = start_servers(folder)
    began = time.time()
    recorder = subprocess.Popen(
        [tcpmem, "record", "--store", store, "--every", "500ms", "--netns",
         "self", "--keep-free", "1", "--info", "--max-close-wait", "10"])
    children = [child("reader", read_for, 10), child("worker", work),
                child("leaker", leak_after, 20)]
    if group:
        children.append(child("glutton", eat_memory, 30, group))
    time.sleep(40)
    end = time.time()
    recorder.terminate()
    recorder.wait()
    for process in servers:
        process.terminate()
        process.wait()
    for pid in children:
        try:
            os.kill(pid, 9)
        except ProcessLookupError:
            pass
        os.waitpid(pid, 0)
    if group:
        os.rmdir(group)
    return began, group, end


def ask(began, group, end):
    groups = {row["key"].split("[")[0]: row for row in rows("history")}
    most = max(groups.values(), key=lambda row: row["unread_peak_bytes"])
    check(most["key"].startswith("reader["),
          f"who did not read: {most['key']}, at its peak "
          f"{most['unread_peak_bytes']} bytes unread, held "
          f"{most['held_peak_bytes']} at {most['peak_at']}")
    most = max(groups.values(), key=lambda row: row["unsent_peak_bytes"])
    check(most["key"].startswith("nginx["),
          f"who could not send: {most['key']}, {most['unsent_peak_bytes']} "
          f"bytes at its peak")
    most = max(groups.values(), key=lambda row: row["close_wait_peak"])
    check(most["key"].startswith("leaker["),
          f"who did not close: {most['key']}, {most['close_wait_peak']} in "
          "CLOSE_WAIT at its peak")
    at = since_when("leaker", "close_wait", 0) - began
    check(20 <= at < 27, f"since when: {at:.1f} s after the begin, where the "
          "leak began at 20 s and nginx closes a second after")
    at = since_when("reader", "unread", 100000) - began
    check(9 < at < 16, f"since when the reader did not read: {at:.1f} s, "
          "where it stopped at 10 s")
    moment = stamp(end - 2)
    other = rows("sockets", "--at", moment, "state", "close-wait")
    check({row["remote"] for row in other} == {NGINX} and
          {row["local"] for row in other} == {LEAKER},
          f"who was at the other end of {len(other)} in CLOSE_WAIT: {NGINX}")
    chain = answer("blame", "--at", moment)
    check("reader" in chain.splitlines()[0] or "reader" in chain,
          "who holds up whom: " + " / ".join(chain.split("\n")[:3]))
    change = {row["key"].split("[")[0]: row for row in json.loads(
        answer("diff", stamp(end - 12), moment, "-J"))["rows"]}
    check("leaker" in change and change["leaker"]["opened"] >= 10,
          f"what changed in the seconds before: leaker opened "
          f"{change.get('leaker', {}).get('opened')}")
    incidents = [row["text"] for row in rows("history", "incidents")]
    check(any("close" in text for text in incidents), f"incidents: {incidents}")
    if group:
        check(any("out of memory" in text for text in incidents),
              "the OOM kill is among them")
    else:
        print("not to be had here: a cgroup of memory", flush=True)


def report(folder):
    page = folder + "/report.html"
    subprocess.run([tcpmem, "report", "--from", store, "-o", page], check=True)
    with open(page) as file:
        text = file.read()
    for name in "reader", "nginx", "leaker":
        check(name + "[" in text, f"the page names {name}")
    check(len(text) < 1 << 20, f"the page has {len(text)} bytes")
    done = subprocess.run(["xmllint", "--noout", "--nonet", page],
                          capture_output=True, text=True)
    check(done.returncode == 0, "xmllint: " + (done.stderr or "clean"))


def main():
    folder = os.path.abspath(sys.argv[2])
    os.makedirs(folder, exist_ok=True)
    ask(*stage(folder))
    report(folder)
    print(f"{failures} wrong")
    sys.exit(failures > 0)


tcpmem = os.path.abspath(sys.argv[1])
store = os.path.abspath(sys.argv[2]) + "/store"
os.environ["TZ"] = "UTC"
if not os.environ.get("INCIDENT_NAMESPACE"):
    os.environ["INCIDENT_NAMESPACE"] = "1"
    os.execvp("unshare", ["unshare", "-n", sys.executable, *sys.argv])
main()

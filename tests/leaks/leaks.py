# SPDX-License-Identifier: LGPL-2.1-or-later
"""leaks - programs that leak, and honest ones, and what diff --every says

leaks.py TCPMEM                     a short run of each, as TAP
leaks.py TCPMEM --runs N --jobs N   long runs, and a table of how often the
                                    verdict was right

Each run has a network namespace of its own. Beside the program that leaks
there are always honest ones: what is said of them is a false alarm.
"""

import argparse
import concurrent.futures
import ctypes
import json
import os
import random
import select
import signal
import socket
import subprocess
import sys
import time
import traceback

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "../cli"))
import harness  # noqa: E402: it stands with the command's tests

PR_SET_PDEATHSIG = 1
SO_SNDBUFFORCE, SO_RCVBUFFORCE = 32, 33
LIBC = ctypes.CDLL(None)


class Actors:
    """Processes of one scene, gone when it is over"""

    def __init__(self):
        self.pids = []

    def start(self, name, work, *args):
        pid = os.fork()
        if pid == 0:
            try:
                LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
                harness.set_comm(name.encode())
                work(*args)
            except Exception:
                traceback.print_exc()
            finally:
                os._exit(1)
        self.pids.append(pid)

    def end(self):
        for pid in self.pids:
            os.kill(pid, signal.SIGKILL)
        for pid in self.pids:
            os.waitpid(pid, 0)


def listen(backlog=512, rcvbuf=0):
    s = socket.socket()
    if rcvbuf:
        s.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, rcvbuf)
    s.bind(("127.0.0.1", 0))
    s.listen(backlog)
    return s, s.getsockname()


def serve(listener, delay=0.0):
    """Answers each request, closes when the client does"""
    poller = select.epoll()
    poller.register(listener, select.EPOLLIN)
    clients = {}
    while True:
        for fd, _ in poller.poll():
            if fd == listener.fileno():
                client, _ = listener.accept()
                clients[client.fileno()] = client
                poller.register(client, select.EPOLLIN)
                continue
            try:
                data = clients[fd].recv(65536)
            except ConnectionResetError:
                data = b""
            if data:
                time.sleep(delay)
                clients[fd].sendall(data)
            else:
                poller.unregister(fd)
                clients.pop(fd).close()


def churn(address, tick, load, leak_every=0.0):
    """Connections that live for some ticks; one now and then is forgotten"""
    dice = random.Random()
    living, kept = [], []
    last = time.monotonic()
    while True:
        for _ in range(dice.randrange(2 * load + 1)):
            s = socket.create_connection(address)
            s.sendall(b"x" * dice.randrange(1, 2000))
            living.append((dice.randrange(1, 12), s))
        time.sleep(tick)
        for _, s in [x for x in living if x[0] == 0]:
            s.recv(65536)
            s.close()
        living = [(n - 1, s) for n, s in living if n]
        if leak_every and time.monotonic() - last >= leak_every:
            last += leak_every
            kept.append(socket.create_connection(address))


def never_close(address, every, first=0.0):
    kept = []
    time.sleep(first)
    while True:
        kept.append(socket.create_connection(address))
        time.sleep(every)


def never_close_and_exec(address, every, times):
    """After some the program becomes another one, and goes on"""
    for _ in range(times):
        s = socket.create_connection(address)
        os.set_inheritable(s.fileno(), True)
        s.detach()
        time.sleep(every)
    os.execv(sys.executable, [sys.executable, __file__, "--never-close",
                              str(address[1]), str(every)])


def trickle(address, tick, size):
    s = socket.create_connection(address)
    while True:
        s.sendall(b"x" * size)
        time.sleep(tick)


def never_read(listener):
    kept = [listener.accept()[0]]
    while kept:
        signal.pause()


def stay_in_close_wait(listener):
    kept = []
    while True:
        kept.append(listener.accept()[0])


def come_and_go(address, every):
    while True:
        socket.create_connection(address).close()
        time.sleep(every)


def sawtooth(address, every, teeth):
    """A pool that fills and is emptied at once, again and again"""
    while True:
        pool = []
        for _ in range(teeth):
            pool.append(socket.create_connection(address))
            time.sleep(every)
        for s in pool:
            s.close()


def keep_what_peers_reset(address, every):
    kept = []
    while True:
        kept.append(socket.create_connection(address))
        time.sleep(every)


def reset_in_time(listener, after):
    kept = []
    while True:
        kept.append((time.monotonic(), listener.accept()[0]))
        while time.monotonic() - kept[0][0] > after:
            harness.reset_on_close(kept[0][1])
            kept.pop(0)[1].close()


def pool_then_steady(address, every, size):
    """Opens its connections when it starts, and keeps them: no leak"""
    kept = []
    for _ in range(size):
        kept.append(socket.create_connection(address))
        time.sleep(every)
    while True:
        for s in kept:
            s.sendall(b"x" * 100)
            s.recv(100)
            time.sleep(every)


# A scene starts actors, @u being its unit of time, and says what is right:
# by name of the process, a verdict and a reason. "total" is the last row.
# What it does not name is honest.

def scene_never_closing(actors, u):
    listener, address = listen()
    actors.start("backend", serve, listener)
    actors.start("leaker", never_close, address, u)
    leak = ("leak", "kept-open")
    return {"leaker": leak, "backend": leak, "total": leak}


def scene_never_reading(actors, u):
    listener, address = listen(rcvbuf=64 << 20)
    actors.start("deaf", never_read, listener)
    actors.start("sender", trickle, address, u / 2, 6000)
    growth = ("growth", "unread")
    return {"deaf": growth, "total": growth}


def fill(s):
    """Until the peer, who does not read, takes no more"""
    s.setblocking(False)
    try:
        while True:
            s.send(b"x" * 65536)
            time.sleep(0.01)
    except BlockingIOError:
        s.setblocking(True)


def push(address, tick, size):
    """To a peer who is full: all of it stays here"""
    s = socket.create_connection(address)
    fill(s)
    s.setsockopt(socket.SOL_SOCKET, SO_SNDBUFFORCE, 64 << 20)
    while True:
        s.sendall(b"x" * size)
        time.sleep(tick)


def scene_not_taken(actors, u):
    listener, address = listen()
    actors.start("deaf", never_read, listener)
    actors.start("sender", push, address, u / 2, 6000)
    time.sleep(1 + u)
    growth = ("growth", "not-taken")
    return {"sender": growth, "total": growth}


def scene_close_wait(actors, u):
    listener, address = listen()
    actors.start("leaker", stay_in_close_wait, listener)
    actors.start("client", come_and_go, address, u)
    leak = ("leak", "close-wait")
    return {"leaker": leak, "total": leak}


def scene_leak_in_churn(actors, u):
    listener, address = listen()
    actors.start("backend", serve, listener)
    actors.start("leaker", churn, address, u / 4, 6, 2.5 * u)
    leak = ("leak", "kept-open")
    return {"leaker": leak, "backend": leak, "total": leak}


def scene_split_over_workers(actors, u):
    listener, address = listen()
    actors.start("backend", serve, listener)
    for i in range(8):
        actors.start("worker", never_close, address, 16 * u, 2 * u * i)
    leak = ("leak", "kept-open")
    return {"backend": leak, "total": leak, "worker": None}


def scene_sawtooth(actors, u):
    listener, address = listen()
    actors.start("backend", serve, listener)
    actors.start("pool", sawtooth, address, u / 2, 12)
    return {}


def scene_slow_leak(actors, u):
    listener, address = listen()
    actors.start("backend", serve, listener)
    actors.start("leaker", never_close, address, 4 * u)
    leak = ("leak", "kept-open")
    return {"leaker": leak, "backend": leak, "total": leak}


def scene_honest_load(actors, u):
    listener, address = listen()
    actors.start("backend", serve, listener)
    actors.start("busy", churn, address, u / 3, 10)
    actors.start("start", pool_then_steady, address, u / 10, 20)
    return {}


def scene_peer_resets(actors, u):
    listener, address = listen()
    actors.start("server", reset_in_time, listener, 4 * u)
    actors.start("client", keep_what_peers_reset, address, u / 2)
    return {}


def scene_exec(actors, u):
    listener, address = listen()
    actors.start("backend", serve, listener)
    actors.start("before", never_close_and_exec, address, u, 15)
    leak = ("leak", "kept-open")
    return {"after": leak, "backend": leak, "total": leak}


# name -> scene, units of time that it is watched, unit of the long form
SCENES = {
    "never-closing": (scene_never_closing, 40, 0.5),
    "never-reading": (scene_never_reading, 40, 0.5),
    "not-taken": (scene_not_taken, 40, 0.5),
    "close-wait": (scene_close_wait, 40, 0.5),
    "leak-in-churn": (scene_leak_in_churn, 60, 0.5),
    "split-over-workers": (scene_split_over_workers, 45, 0.5),
    "sawtooth": (scene_sawtooth, 50, 0.5),
    "slow-leak": (scene_slow_leak, 52, 2.5),
    "honest-load": (scene_honest_load, 60, 0.5),
    "peer-resets": (scene_peer_resets, 45, 0.5),
    "exec": (scene_exec, 45, 0.5),
}
SHORT_UNITS = 0.1, 0.4


def honest_pair(actors, u):
    """Beside every leak, somebody who does it right"""
    listener, address = listen()
    actors.start("honest-srv", serve, listener)
    actors.start("honest-cli", churn, address, u / 2, 3)


def watch(command, u, units):
    every = max(u / 2, 0.05)
    done = subprocess.run(
        [command, "diff", "--every", f"{int(every * 1000)}ms",
         "--for", f"{int(units * u * 1000)}ms", "--netns", "self", "-J",
         "--all"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8",
        timeout=units * u + 300)
    if done.returncode not in (0, 1):
        raise RuntimeError(f"exit code {done.returncode}: {done.stderr}")
    return json.loads(done.stdout), done.returncode


def said_of(answer):
    """(name, verdict, reason, sure) of each process, of orphans, of all"""
    for row in answer["rows"] + [answer["total"]]:
        name = row["comm"] or row["key"]
        yield name, row["verdict"], row["reason"], row["sure_percent"]


def judge(answer, code, right):
    """What was missed or wrong, and false alarms"""
    wrong, false = [], []
    alarms = 0
    for name, verdict, reason, sure in said_of(answer):
        wanted = right.get(name, ())
        alarm = verdict in ("leak", "growth")
        alarms += alarm
        if wanted is None:
            continue
        if not wanted and alarm:
            false.append(f"{name}: {verdict} {reason} {sure}")
        if wanted and (verdict, reason) != wanted:
            wrong.append(f"{name}: {verdict} {reason}, wanted {wanted}")
    names = [s[0] for s in said_of(answer)]
    wrong += [f"{name} is not there" for name in right if name not in names]
    if code != (alarms > 0):
        wrong.append(f"exit code {code} with {alarms} alarms")
    return wrong, false


def run_scene(command, name, u):
    """In a namespace of its own, which this process is already in"""
    scene, units, _ = SCENES[name]
    actors = Actors()
    try:
        right = scene(actors, u)
        honest_pair(actors, u)
        time.sleep(2 * u)
        answer, code = watch(command, u, units)
        wrong, false = judge(answer, code, right)
    finally:
        actors.end()
    sure = [s for n, _, _, s in said_of(answer) if right.get(n) and s]
    return {"wrong": wrong, "false": false, "sure": min(sure, default=None),
            "samples": answer["samples"]}


def run_apart(command, name, u):
    """run_scene() in a new network namespace"""
    done = subprocess.run(
        ["unshare", "-n", sys.executable, __file__, command, "--scene", name,
         "--unit", str(u)], stdout=subprocess.PIPE, encoding="utf-8")
    if done.returncode:
        return {"wrong": ["it did not run"], "false": [], "sure": None,
                "samples": 0}
    return json.loads(done.stdout)


def table(command, names, runs, jobs, scale):
    work = [(name, i) for i in range(runs) for name in names]
    results = {name: [] for name in names}
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        futures = {pool.submit(run_apart, command, name,
                               SCENES[name][2] * scale): name
                   for name, _ in work}
        for future in concurrent.futures.as_completed(futures):
            name = futures[future]
            result = future.result()
            results[name].append(result)
            for text in result["wrong"]:
                print(f"  {name}: WRONG {text}", flush=True)
            for text in result["false"]:
                print(f"  {name}: FALSE ALARM {text}", flush=True)
    print(f"{'scene':<20} {'runs':>5} {'right':>6} {'false alarms':>13} "
          f"{'least sure':>11} {'samples':>8}")
    failed = 0
    for name, got in results.items():
        right = sum(not r["wrong"] for r in got)
        false = sum(len(r["false"]) for r in got)
        failed += len(got) - right + false
        sure = min((r["sure"] for r in got if r["sure"]), default=None)
        samples = sorted(r["samples"] for r in got)[len(got) // 2]
        print(f"{name:<20} {len(got):>5} {right:>6} {false:>13} "
              f"{sure if sure is not None else '-':>11} {samples:>8}")
    return failed


def run_short(command, name):
    """A busy machine blurs what is fast: once more, and slower, then"""
    for unit in SHORT_UNITS:
        result = run_apart(command, name, unit)
        bad = result["wrong"] + result["false"]
        if not bad:
            return []
    return bad


def short(command, names):
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        results = pool.map(lambda name: run_short(command, name), names)
        for number, (name, bad) in enumerate(zip(names, results), 1):
            failed += bool(bad)
            print(f"{'not ok' if bad else 'ok'} {number} - {name}")
            for text in bad:
                print(f"# {text}")
    print(f"1..{len(names)}")
    return failed > 0


def main():
    if len(sys.argv) > 1 and sys.argv[1] == "--never-close":
        harness.set_comm(b"after")
        never_close(("127.0.0.1", int(sys.argv[2])), float(sys.argv[3]))
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("command")
    parser.add_argument("--runs", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=4)
    parser.add_argument("--scale", type=float, default=1)
    parser.add_argument("--only", default="")
    parser.add_argument("--scene")
    parser.add_argument("--unit", type=float)
    args = parser.parse_args()
    if args.scene:
        harness.lo_up()
        json.dump(run_scene(args.command, args.scene, args.unit), sys.stdout)
        return 0
    names = args.only.split(",") if args.only else list(SCENES)
    if os.geteuid() != 0:
        print("network namespaces and large buffers take root")
        return 77
    if args.runs:
        return table(args.command, names, args.runs, args.jobs,
                     args.scale) > 0
    return short(args.command, names)


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""looks.py - what a look of a sampler costs, beside the bare iterator

    looks.py --build DIR [--rounds R] [--large] [SCENE]
    looks.py --build DIR --churn LOOKS [CONTENDER]    is its memory flat?

Each scene is made anew; inside it the contenders take looks in turn, round
after round, each a process that looks some times. What is printed is the CPU
time of a look, its median, and its ratio to the floor: with BPF, the kernel's
iterator over the same files, with a program that does nothing; without, a dump
of the same sockets that is received and not read.

--large adds 500,000 sockets, and the memory that a sampler has then. --churn
fails if the sampler has more after all looks than after a tenth of them; the
namespace that it makes has a bound of TIME_WAITs, so that there are as many
sockets from the first look to the last.
"""
import argparse
import os
import resource
import socket
import statistics
import subprocess
import sys
import tempfile
import threading

# name, sockets, processes, namespaces, all namespaces
SCENES = [
    ("100,000 sockets", 100000, 6, 1, False),
    ("1,400 sockets, 250 processes, 10 namespaces", 1400, 250, 10, True),
    ("200 idle namespaces", 400, 200, 200, True),
]
LARGE = ("500,000 sockets", 500000, 30, 1, False)

CONTENDERS = [
    ("sums by BPF", ["-s", "-h", "bpf"]),
    ("sockets by BPF", ["-h", "bpf"]),
    ("sockets, /proc", ["-h", "proc"]),
]

TIME_WAITS = 1000
SLACK = 4 << 20  # bytes by which memory may differ and be flat


def floor_ms(pinned):
    """CPU time of one walk over all files of the host"""
    before = resource.getrusage(resource.RUSAGE_SELF)
    walk = os.open(pinned, os.O_RDONLY)
    while os.read(walk, 65536):
        pass
    os.close(walk)
    after = resource.getrusage(resource.RUSAGE_SELF)
    return 1e3 * (after.ru_utime - before.ru_utime +
                  after.ru_stime - before.ru_stime)


def dump_ms(build):
    """CPU time of one dump of the namespace's sockets"""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.check_output([build + "/tests/bench/floor", "dump"])
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return 1e3 * (after.ru_utime - before.ru_utime +
                  after.ru_stime - before.ru_stime)


def sample(build, arguments):
    """CPU time of a look in ms, sockets, bytes of memory after it"""
    out = subprocess.check_output([build + "/tests/bench/sampler"] +
                                  arguments, text=True)
    words = out.split()
    return float(words[0]), int(words[-5]), int(words[-2]) * 1024


def inside(options):
    """Runs in the scene; its namespaces have what was made and no more."""
    name, sockets, _, _, everywhere = find(options.inside)
    looks = "3" if sockets > 200000 else "10"
    walks, dumps, looks_ms = [], [], {}
    for _ in range(options.rounds):
        if options.floor:
            walks.append(floor_ms(options.floor))
        if not everywhere:
            dumps.append(dump_ms(options.build))
        for contender, arguments in CONTENDERS:
            looks_ms.setdefault(contender, []).append(
                sample(options.build, arguments + ["-p", "20"] +
                       (["-a"] if everywhere else []) + [looks]))
    print(name)
    for floor_of, floors in ("bare iterator", walks), ("bare dump", dumps):
        if floors:
            print("  %-16s %8.2f ms" %
                  (floor_of, statistics.median(floors)))
    for contender, seen in looks_ms.items():
        floors = walks if contender.endswith("BPF") else dumps
        floor = statistics.median(floors) if floors else None
        ms = statistics.median(look[0] for look in seen)
        print("  %-16s %8.2f ms %5.1f %% of a CPU at 1 s%s %7.1f MiB" %
              (contender, ms, ms / 10,
               " %6.2f of the floor" % (ms / floor) if floor else "",
               max(look[2] for look in seen) / 2 ** 20))


def find(name):
    for scene in SCENES + [LARGE]:
        if scene[0] == name:
            return scene
    sys.exit("looks.py: no scene %s" % name)


def measure(options, scene):
    _, sockets, processes, namespaces, _ = scene
    subprocess.check_call(
        [options.build + "/tests/bench/make_sockets", "-n", str(sockets),
         "-p", str(processes), "-m", str(namespaces), "--",
         sys.executable, __file__, "--build", options.build, "--inside",
         scene[0], "--rounds", str(options.rounds), "--floor",
         options.floor])


def pin_floor(options, mount):
    """The empty program, in a mount of our own; "" where it cannot be"""
    program = options.build + "/tests/bench/floor.bpf.o"
    try:
        subprocess.check_call(["mount", "-t", "bpf", "bpf", mount])
        subprocess.check_call(["bpftool", "iter", "pin", program,
                               mount + "/floor"])
    except (OSError, subprocess.CalledProcessError) as error:
        print("no floor: %s" % error)
        return ""
    return mount + "/floor"


def churn(done):
    """Connections that come and go, some hundred a second"""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(64)
    while not done.is_set():
        ends = []
        for _ in range(50):
            ends.append(socket.create_connection(listener.getsockname()))
            ends.append(listener.accept()[0])
        for end in ends:
            end.close()


def check_memory(options):
    environ = dict(os.environ, ASAN_OPTIONS="quarantine_size_mb=1")
    done = threading.Event()
    thread = threading.Thread(target=churn, args=(done,))
    failed = False
    subprocess.check_call(["ip", "link", "set", "lo", "up"])
    with open("/proc/sys/net/ipv4/tcp_max_tw_buckets", "w") as sysctl:
        sysctl.write(str(TIME_WAITS))
    thread.start()
    for contender, arguments in CONTENDERS:
        if options.scene not in (None, contender):
            continue
        out = subprocess.check_output(
            [options.build + "/tests/bench/sampler", "-r", "-p", "0"] +
            arguments + [str(options.churn)], text=True, env=environ)
        used = [int(line.split()[2]) * 1024 for line in out.splitlines()
                if line.startswith("look ")]
        failed |= used[-1] > used[0] + SLACK
        print("%-16s MiB after each %d looks: %s" %
              (contender, options.churn // 10,
               " ".join("%.1f" % (each / 2 ** 20) for each in used)),
              flush=True)
    done.set()
    thread.join()
    return failed


def main():
    parser = argparse.ArgumentParser(
        usage="%(prog)s --build DIR [--rounds R] [--large] [SCENE]")
    parser.add_argument("--build", required=True)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--large", action="store_true")
    parser.add_argument("--churn", type=int)
    parser.add_argument("--inside")
    parser.add_argument("--floor", default="")
    parser.add_argument("scene", nargs="?")
    options = parser.parse_args()
    options.build = os.path.abspath(options.build)
    if options.inside:
        return inside(options)
    if not os.environ.get("LOOKS_UNSHARED"):
        os.environ["LOOKS_UNSHARED"] = "1"
        os.execvp("unshare", ["unshare", "-mn" if options.churn else "-m",
                              sys.executable] + sys.argv)
    if options.churn:
        return check_memory(options)
    with tempfile.TemporaryDirectory() as mount:
        options.floor = pin_floor(options, mount)
        try:
            for scene in SCENES + ([LARGE] if options.large else []):
                if not options.scene or options.scene == scene[0]:
                    measure(options, scene)
        finally:
            subprocess.call(["umount", mount])
    return 0


if __name__ == "__main__":
    sys.exit(main())

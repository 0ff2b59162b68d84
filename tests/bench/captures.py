#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""captures.py - captures and diffs of many sockets: time, memory, size

    captures.py --build DIR [--sockets N] [--diff N,N] [--rounds R]

Captures: written, read and summed, beside what "ss -D" does with the same
sockets. Diffs: of two captures of the same sockets, and of two captures of
which no socket is in the other; N counts those of both. What loading them
takes is timed too, so that what is left is the diff's own.

What is printed are medians; in front of each diff's time stands how it grew
for ten times the sockets.
"""
import argparse
import os
import statistics
import subprocess
import sys
import tempfile

import bench


def table(rows, sockets):
    for name, lane, path in rows:
        mine = statistics.median(lane.seconds)
        size = os.path.getsize(path) if path else 0
        print("  %-30s %9.1fms %8.1fM %9s" %
              (name, mine * 1000, lane.peak_kib / 1024,
               "%.1f" % (size / sockets) if size else "-"))


def run_rounds(lanes, rounds, sockets):
    for _ in range(rounds):
        for lane in lanes:
            lane.round(sockets)


def lanes_of(args, place):
    tcpmem = os.path.join(args.build, "cli", "tcpmem")
    ours, theirs = (os.path.join(place, name) for name in ("ours", "ss"))
    everything = os.path.join(place, "ss-i")

    def from_(path, *words):
        return [tcpmem, *words, "--from", path]

    def lane(name, command, count=None):
        return bench.Contender(name, command, count)

    return [
        ("tcpmem save", lane("save", [tcpmem, "save", "--netns", "self",
                                      ours]), ours),
        ("ss -tan -D", lane("ss", ["ss", "-tan", "-D", theirs]), theirs),
        ("ss -tanmi -D", lane("ss -mi", ["ss", "-tanmi", "-D", everything]),
         everything),
        ("summary --from capture",
         lane("summary", from_(ours, "summary", "-J"), bench.count_total),
         None),
        ("by process --from capture",
         lane("by", from_(ours, "by", "process", "-J"), bench.count_total),
         None),
        ("sockets -J --from capture",
         lane("sockets", from_(ours, "sockets", "-J"), bench.count_rows),
         None),
        ("summary --from ss's",
         lane("summary ss", from_(everything, "summary", "-J"),
              bench.count_total), None),
    ]


def measure_captures(args):
    sockets = int(os.environ["BENCH_SOCKETS"])
    with tempfile.TemporaryDirectory() as place:
        rows = lanes_of(args, place)
        run_rounds([row[1] for row in rows], args.rounds, sockets)
        print("  %-30s %11s %9s %9s" % ("COMMAND", "MEDIAN", "PEAK",
                                        "B/SOCKET"))
        table(rows, sockets)


def save_two(args):
    tcpmem = os.path.join(args.build, "cli", "tcpmem")
    for path in args.paths.split(","):
        subprocess.run([tcpmem, "save", "--netns", "self", path], check=True,
                       stderr=subprocess.DEVNULL)


def scene(args, sockets, *inside):
    """Makes the sockets and runs this script again beside them"""
    processes = max(args.processes, -(-sockets // bench.HOLDERS_MAX))
    make = os.path.join(args.build, "tests", "bench", "make_sockets")
    command = [make, "-n", str(sockets), "-p", str(processes), "-d",
               str(args.bytes), "--", sys.executable,
               os.path.abspath(__file__), "--build", args.build, "--rounds",
               str(args.rounds), *inside]
    if subprocess.run(command).returncode:
        raise bench.Refused("no figures for this scene")


def time_diff(args, before, after, both):
    tcpmem = os.path.join(args.build, "cli", "tcpmem")
    lanes = [bench.Contender("diff", [tcpmem, "diff", before, after, "-J",
                                      "--by", "process"], None),
             bench.Contender("first", [tcpmem, "by", "process", "-J",
                                       "--from", before], None),
             bench.Contender("second", [tcpmem, "by", "process", "-J",
                                        "--from", after], None)]
    lanes[0].codes = (0, 1)  # the same, or not
    for _ in range(args.rounds):
        for lane in lanes:
            seconds, peak_kib, _ = lane.run()
            lane.seconds.append(seconds)
            lane.peak_kib = max(lane.peak_kib, peak_kib)
    whole, *parts = (statistics.median(lane.seconds) for lane in lanes)
    return whole, sum(parts), lanes[0].peak_kib * 1024 / both


def measure_diffs(args):
    last = {}
    print("  %-10s %10s %11s %8s %11s %9s" %
          ("SOCKETS", "SAME", "DIFF", "x", "LOADS ONLY", "B/SOCKET"))
    for both in args.diff:
        with tempfile.TemporaryDirectory() as place:
            paths = [os.path.join(place, str(i)) for i in range(3)]
            scene(args, both // 2, "--paths", ",".join(paths[:2]))
            scene(args, both // 2, "--paths", paths[2])
            for same, after in ("all", paths[1]), ("none", paths[2]):
                whole, loads, each = time_diff(args, paths[0], after, both)
                growth = whole / last[same] if same in last else 0
                last[same] = whole
                print("  %-10d %10s %9.1fms %8s %9.1fms %9.0f" %
                      (both, same, whole * 1000,
                       "%.1f" % growth if growth else "-", loads * 1000,
                       each), flush=True)


def parse():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", required=True)
    parser.add_argument("--sockets", type=bench.numbers, default=[500000])
    parser.add_argument("--diff", type=bench.numbers,
                        default=[10000, 100000, 1000000])
    parser.add_argument("--processes", type=int, default=10)
    parser.add_argument("--bytes", type=int, default=0)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--paths", help=argparse.SUPPRESS)
    parser.add_argument("--inside", action="store_true",
                        help=argparse.SUPPRESS)
    return parser.parse_args()


def main():
    args = parse()
    bench.Contender.peak = os.path.join(args.build, "tests", "cli", "peak")
    try:
        if args.paths:
            save_two(args)
        elif args.inside:
            measure_captures(args)
        else:
            for sockets in args.sockets:
                print("captures of %d sockets, %d rounds" %
                      (sockets, args.rounds), flush=True)
                scene(args, sockets, "--inside")
            if args.diff:
                print("diffs, %d rounds" % args.rounds, flush=True)
                measure_diffs(args)
    except bench.Refused as why:
        sys.exit("captures: %s" % why)


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""seek.py - what it costs to ask a store for a moment

    seek.py --build DIR [--moments N] STORE

Each command is asked for the same N moments: the last look of the longest chain
that any look rests on, and others at random. What is printed is the median and
the most of its CPU and of the time that it took, in ms.
"""
import argparse
import glob
import os
import random
import resource
import sqlite3
import statistics
import subprocess
import time

COMMANDS = [
    ["summary"],
    ["by", "process"],
    ["sockets"],
    ["sockets", "-J"],
    ["sockets", "--limit", "20"],
    ["explain", "python3"],
    ["blame"],
    ["limits"],
]

CHAIN = """WITH RECURSIVE chain(look, base, links) AS (
    SELECT time, base, 1 FROM looks UNION ALL
    SELECT look, looks.base, links + 1 FROM chain
    JOIN looks ON looks.time = chain.base)
SELECT max(links), look FROM chain"""


def read_looks(store):
    """The times of all looks; the one of the longest chain first"""
    looks, longest = [], (0, 0)
    for name in sorted(glob.glob(store + "/look-*.db")):
        db = sqlite3.connect(f"file:{name}?mode=ro", uri=True)
        looks += [time for time, in db.execute("SELECT time FROM looks")]
        longest = max(longest, db.execute(CHAIN).fetchone())
        db.close()
    print(f"{len(looks)} looks, at most {longest[0]} decoded for one")
    return longest[1], looks


def ask(command, store, moment):
    """CPU and wall, in ms"""
    at = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(moment / 1000))
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.monotonic()
    subprocess.run(
        [*command, "--from", store, "--at", f"{at}.{moment % 1000:03}Z"],
        stdout=subprocess.DEVNULL, check=True)
    took = time.monotonic() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (1e3 * (after.ru_utime - before.ru_utime +
                   after.ru_stime - before.ru_stime), 1e3 * took)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", required=True, metavar="DIR")
    parser.add_argument("--moments", type=int, default=20, metavar="N")
    parser.add_argument("store", metavar="STORE")
    options = parser.parse_args()
    tcpmem = os.path.join(options.build, "cli/tcpmem")
    worst, looks = read_looks(options.store)
    random.seed(1)
    moments = [worst] + random.sample(looks, options.moments - 1)
    print(f"{'':24}{'CPU':>7}{'most':>7}{'wall':>7}{'most':>7}")
    for command in COMMANDS:
        cpu, wall = zip(*[ask([tcpmem, *command], options.store, moment)
                          for moment in moments])
        print(f"{' '.join(command):24}{statistics.median(cpu):7.0f}"
              f"{max(cpu):7.0f}{statistics.median(wall):7.0f}"
              f"{max(wall):7.0f}", flush=True)


main()

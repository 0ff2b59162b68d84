#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""kernels.py - tcpmem on other kernels, each booted under emulation

    kernels.py --build DIR --cache DIR [--short] [--rest]
               [VERSION...] [SUITE...]

A guest's root is the machine's own, read-only and below a tmpfs, so that it
runs the build with the machine's libraries; what a suite finds comes back
over a serial line, a case a line: ok, skip or not ok, a name, a reason.
Prints a table kernel x suite, and each case that did not pass. --rest runs
what no earlier run ran to its end with the same files, and takes over the
others' results: one table from several runs.
"""
import argparse
import glob
import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
import time

import fetch

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.join(HERE, "..", "..")
GUEST = os.path.join(HERE, "guest")

VERSIONS = ["5.10", "6.1", "6.12", "6.18", fetch.NEWEST]
SHORT_VERSIONS = ["6.1", fetch.NEWEST]

# name -> seconds that it may take under emulation; in the order in which
# they run: the first two want modules that are not loaded.
SUITES = {
    "nomptcp": 120,
    "nodiag": 300,
    "scene": 1200,
    "user": 300,
    "hidepid": 300,
    "nobtf": 300,
    "cgroup": 600,
    "hybrid": 300,
    "ktls": 300,
    "features": 300,
    "pressure": 900,
    "truth": 1800,
    "kernel": 5400,
}
SHORT_SUITES = ["nodiag", "scene"]

# What a suite rests on besides the guest's own files; in the build or here.
RESTS_ON = {
    "features": ["man/tcpmem.7"],
    "truth": ["tests/truth/*"],
    "kernel": ["tests/kernel/*"],
}

BOOT_SECONDS = 300
BOOTS = 3  # a busy machine's emulation may fail a kernel's checks of time
# Linux has four MPTCP tokens for each MiB; beyond, MPTCP falls back to TCP.
MEMORY = "4G"


class Result:
    """What a suite found on a kernel: (word, name, reason) of each case"""

    def __init__(self):
        self.cases = []
        self.ended = None
        self.tail = "it said nothing"

    def add(self, line):
        match = re.match(r"(not ok|ok|skip) ([^:]*)(?:: (.*))?$", line)
        if match:
            self.cases.append(match.groups())
        elif self.ended is None:
            self.tail = line

    def count(self, word):
        return sum(case[0] == word for case in self.cases)

    def cell(self):
        text = "%d" % self.count("ok")
        if self.count("skip"):
            text += " %ds" % self.count("skip")
        if self.count("not ok"):
            text += " %dF" % self.count("not ok")
        return text


def guest_files(name):
    """A suite's file in the guest, and of those that it imports"""
    path = os.path.join(GUEST, "suite_%s.py" % name)
    files = {path}
    with open(path) as file:
        for other in re.findall(r"^(?:import|from) suite_(\w+)", file.read(),
                                re.M):
            files |= guest_files(other)
    return files


class Kept:
    """Results of suites that ended, by kernel and by what they ran with"""

    def __init__(self, args):
        self.args = args
        os.makedirs(os.path.join(args.cache, "results"), exist_ok=True)

    def place(self, kernel, suite):
        """Where a result is, which holds as long as the files are the same"""
        files = guest_files(suite)
        files |= {os.path.join(GUEST, name)
                  for name in ("init", "kit.py", "run.py", "sockets.py")}
        for top, patterns in (
                (self.args.build, ["cli/tcpmem", "lib/libtcpmem.so*"]),
                (self.args.build, RESTS_ON.get(suite, [])),
                (TOP, RESTS_ON.get(suite, []))):
            for pattern in patterns:
                files |= set(glob.glob(os.path.join(top, pattern)))
        found = hashlib.sha256()
        for name in sorted(filter(os.path.isfile, files)):
            with open(name, "rb") as file:
                found.update(file.read())
        return os.path.join(self.args.cache, "results", "%s-%s-%s" % (
            kernel, suite, found.hexdigest()[:16]))

    @staticmethod
    def load(place):
        """Return: the Result, or None"""
        try:
            with open(place) as file:
                result = Result()
                result.cases = [tuple(case) for case in json.load(file)]
                return result
        except FileNotFoundError:
            return None

    @staticmethod
    def save(place, result):
        with open(place, "w") as file:
            json.dump(result.cases, file, indent=0)


def accelerator():
    """KVM where the processor has it: a nested guest may hang without"""
    with open("/proc/cpuinfo") as file:
        able = re.search(r"^flags.*\b(vmx|svm)\b", file.read(), re.M)
    if able and os.access("/dev/kvm", os.R_OK | os.W_OK):
        return "kvm"
    return "tcg,thread=multi"


def guest_command(place, append, console, answers, root="/"):
    return ["nice", "-n", "10", "qemu-system-x86_64",
            "-accel", accelerator(), "-cpu", "max", "-smp", "2",
            "-m", MEMORY, "-display", "none", "-monitor", "none",
            "-no-reboot", "-nic", "none", "-fsdev",
            "local,id=root,path=%s,security_model=none,readonly=on,"
            "multidevs=remap" % root,
            "-device", "virtio-9p-pci,fsdev=root,mount_tag=root",
            "-serial", "file:" + console, "-serial", "file:" + answers,
            "-kernel", os.path.join(place, "vmlinuz"),
            "-initrd", os.path.join(place, "initramfs.gz"),
            "-append", append]


def boot(place, build, suites, cgroup, out):
    """Runs suites in a guest. Return: what it wrote, and its console"""
    append = ("console=ttyS0 panic=-1 loglevel=4 no_timer_check "
              "kernels.modules=%s "
              "kernels.build=%s kernels.suites=%s kernels.cgroup=%s" %
              (os.path.join(place, "lib/modules"), build, ",".join(suites),
               cgroup))
    console, answers = (os.path.join(out, n) for n in ("console", "answers"))
    try:
        subprocess.run(guest_command(place, append, console, answers),
                       stdin=subprocess.DEVNULL,
                       timeout=BOOT_SECONDS + sum(SUITES[s] for s in suites))
    except subprocess.TimeoutExpired:
        print("kernels: the guest was ended after its time",
              file=sys.stderr)
    return [open(path, errors="replace").read()
            for path in (answers, console)]


def parse(text):
    """Return: a Result for each suite that began"""
    results, current = {}, None
    for line in text.splitlines():
        word, _, rest = line.partition(" ")
        if word == "begin":
            current = results[rest] = Result()
        elif word == "end":
            current.ended = rest
            if not rest.endswith(" 0") or not current.cases:
                current.cases.append(("not ok", "the suite",
                                      "ended early: %s" % current.tail))
        elif current:
            current.add(line)
    return results


def run(version, suites, args):
    """Return: the kernel's name, and a Result for each suite"""
    place = fetch.fetch(version, args.cache, GUEST)
    name, results, kept = os.path.basename(place), {}, Kept(args)
    # before the guest: who mends a suite meanwhile has not run it
    places = {s: kept.place(name, s) for s in suites}
    if args.rest:
        results = {s: kept.load(places[s]) for s in suites}
    for cgroup in ("v2", "hybrid"):
        wanted = [s for s in suites if not results.get(s) and
                  (s == "hybrid") == (cgroup == "hybrid")]
        if not wanted:
            continue
        for _ in range(BOOTS):
            with tempfile.TemporaryDirectory() as out:
                answers, console = boot(place, args.build, wanted, cgroup,
                                        out)
            found = parse(answers)
            if found:
                break
        if args.verbose:
            print(answers)
        for suite in wanted:
            results[suite] = found.get(suite, Result())
            if results[suite].ended is None:
                results[suite].cases.append(
                    ("not ok", "the guest", "ended before: %s" %
                     " / ".join(console.splitlines()[-3:])))
            else:
                kept.save(places[suite], results[suite])
    return name, results


def print_table(table, suites):
    width = max(len(name) for name, _ in table)
    print("%-*s" % (width, "KERNEL"), *("%12s" % s.upper() for s in suites))
    for name, results in table:
        print("%-*s" % (width, name),
              *("%12s" % results[s].cell() for s in suites))
    print("\nN passed, Ns skipped, NF failed")
    for word in ("skip", "not ok"):
        for name, results in table:
            for suite in suites:
                for case in results[suite].cases:
                    if case[0] == word:
                        print("%s %s %s: %s: %s" % (
                            word, name, suite, case[1], case[2]))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", required=True)
    parser.add_argument("--cache", required=True)
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--rest", action="store_true")
    parser.add_argument("--verbose", action="store_true")
    parser.add_argument("words", nargs="*", metavar="VERSION|SUITE")
    args = parser.parse_args()
    os.makedirs(args.cache, exist_ok=True)
    versions = [w for w in args.words if w[0].isdigit() or w == fetch.NEWEST]
    suites = [w for w in args.words if w not in versions]
    for suite in suites:
        if suite not in SUITES:
            parser.error("no suite %s; there are: %s" %
                         (suite, " ".join(SUITES)))
    versions = versions or (SHORT_VERSIONS if args.short else VERSIONS)
    suites = suites or (SHORT_SUITES if args.short else list(SUITES))
    suites = [s for s in SUITES if s in suites]
    table = []
    for version in versions:
        start = time.monotonic()
        table.append(run(version, suites, args))
        print("kernels: %s took %d s" %
              (table[-1][0], time.monotonic() - start), file=sys.stderr)
    print_table(table, suites)
    counts = [sum(r.count(word) for _, results in table
                  for r in results.values())
              for word in ("ok", "not ok", "skip")]
    print("\n%d passed, %d failed, %d skipped" % tuple(counts))
    return 1 if counts[1] else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except fetch.Unavailable as why:
        sys.exit("kernels: %s" % why)

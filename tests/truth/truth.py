#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""truth.py - is what tcpmem counts what the kernel counts?

    truth.py --build DIR [--tcpmem-args ARGS] [SCENARIO...]

Each scenario of scenarios.py is made in a network namespace of its own; what
it adds to tcpmem's charged bytes stands beside what it adds to the kernel's
count: sockstat's pages plus those that each CPU keeps for itself, which makes
it exact. Prints one table and fails if a residual is not the one predicted.
"""
import argparse
import json
import os
import re
import resource
import subprocess
import sys
import time

PAGE = resource.getpagesize()
HERE = os.path.dirname(os.path.abspath(__file__))

# Traffic that goes on while it is counted moves by what is under way.
UNDER_WAY_PAGES = 64


class Percpu:
    """Pages of TCP memory that CPUs keep for themselves, from the kernel"""

    def __init__(self, build):
        btf = subprocess.run(["bpftool", "btf", "dump", "file",
                              "/sys/kernel/btf/vmlinux"],
                             stdout=subprocess.PIPE,
                             stderr=subprocess.DEVNULL, text=True).stdout
        offsets = [re.search(r"offset=(\d+) size=\d+ \(VAR '%s'\)" % name, btf)
                   for name in ("runqueues", "tcp_memory_per_cpu_fw_alloc")]
        if None in offsets:
            sys.exit("truth: this kernel's BTF does not tell where CPUs keep "
                     "their share of tcp_mem")
        program = os.path.join(build, "tests", "truth", "percpu")
        self.child = subprocess.Popen(
            [program] + [offset.group(1) for offset in offsets],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def pages(self):
        self.child.stdin.write("\n")
        self.child.stdin.flush()
        return int(self.child.stdout.readline())


def sockstat_pages():
    with open("/proc/net/sockstat") as file:
        return int(re.search(r"^TCP:.* mem (\d+)", file.read(),
                             re.M).group(1))


class Truth:
    def __init__(self, args):
        self.command = [os.path.join(args.build, "cli", "tcpmem"), "summary",
                        "-J"] + args.tcpmem_args.split()
        self.percpu = Percpu(args.build)

    def kernel_bytes(self):
        return (sockstat_pages() + self.percpu.pages()) * PAGE

    def look(self):
        """tcpmem's totals between two equal readings of the kernel's count

        The kernel's count moves by itself for some milliseconds after a
        scenario stands: retransmits, closing sockets, freed namespaces.
        """
        for _ in range(100):
            before = self.kernel_bytes()
            answer = json.loads(subprocess.check_output(self.command))
            if self.kernel_bytes() == before:
                return answer, before
            time.sleep(0.05)
        return answer, before


class Scenario:
    """A scenario's process group; it and all its sockets end with it"""

    def __init__(self, name):
        self.child = subprocess.Popen(
            ["unshare", "--net", sys.executable,
             os.path.join(HERE, "scenarios.py"), name],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            start_new_session=True)
        self.skip = None
        self.sockets = None
        for line in self.child.stdout:
            words = line.split(None, 1)
            if words and words[0] == "skip":
                self.skip = words[1].strip()
                return
            if words and words[0] == "ready":
                if words[1].strip() != "-":
                    self.sockets = int(words[1])
                return
        self.end()
        raise RuntimeError("scenario %s did not get ready" % name)

    def end(self):
        self.child.stdin.close()
        self.child.wait()


def kind_sum(answer, kind, key):
    return sum(row[key] for row in answer["processes"] if row["kind"] == kind)


def predicted(name, delta):
    """The residual that a named exception leaves; None: any within tolerance

    MSG_ZEROCOPY: payload pages are queued and not charged, so the sum is too
    large; the fraction of a page and optmem give it away.
    """
    if name == "msg_zerocopy":
        return "zerocopy"
    if name == "churn":
        return "under way"
    return "none"


def verdict(name, residual, delta):
    exception = predicted(name, delta)
    if exception == "zerocopy":
        right = (residual > 0 and residual <= delta["wmem_queued_bytes"] and
                 delta["optmem_bytes"] > 0)
        return right, "%d of pinned pages" % residual
    if exception == "under way":
        return abs(residual) <= UNDER_WAY_PAGES * PAGE, "traffic under way"
    return residual == 0, "exact"


def settle(truth, base):
    """Waits until a scenario's remains are gone."""
    for _ in range(200):
        if truth.kernel_bytes() == base:
            return
        time.sleep(0.05)


def judge(truth, name):
    before, kernel_before = truth.look()
    scenario = Scenario(name)
    if scenario.skip:
        scenario.end()
        print("%-20s %s" % (name, "not to be had: " + scenario.skip))
        return True
    time.sleep(0.3)
    after, kernel_after = truth.look()
    scenario.end()
    settle(truth, kernel_before)
    delta = {key: value - before["total"][key]
             for key, value in after["total"].items()
             if isinstance(value, int)}
    charged = delta["charged_bytes"]
    kernel = kernel_after - kernel_before
    residual = charged - kernel
    right, why = verdict(name, residual, delta)
    if scenario.sockets not in (None, delta["sockets"]):
        right = False
        why = "%d sockets were made" % scenario.sockets
    tolerance = UNDER_WAY_PAGES * PAGE if name == "churn" else 0
    print("%-20s %8d %11d %11d %10d %9d  %s" %
          (name, delta["sockets"], charged, kernel, residual, tolerance,
           ("agrees: " if right else "WRONG: ") + why), flush=True)
    return right


def names():
    lines = subprocess.check_output(
        [sys.executable, os.path.join(HERE, "scenarios.py"), "--list"],
        text=True)
    return [line.split("\t")[0] for line in lines.splitlines()]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", required=True)
    parser.add_argument("--tcpmem-args", default="")
    parser.add_argument("scenario", nargs="*")
    args = parser.parse_args()
    truth = Truth(args)
    print("%-20s %8s %11s %11s %10s %9s  %s" %
          ("SCENARIO", "SOCKETS", "CHARGED", "KERNEL", "RESIDUAL",
           "TOLERANCE", "VERDICT"))
    results = [judge(truth, name) for name in args.scenario or names()]
    print("\n%d scenarios agree, %d do not" %
          (results.count(True), results.count(False)))
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())

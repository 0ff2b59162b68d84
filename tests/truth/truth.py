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

LOOKS = 40  # until two of them are equal
TRIES = 4  # of a scenario that other_sockets disturb
CLEAN_SECONDS = 10  # that a scenario's remains may take to go


class Percpu:
    """Pages of TCP memory that CPUs keep for themselves, from the kernel

    A kernel before 6.0 has no such pages: its own count is exact.
    """

    def __init__(self, build):
        self.child = None
        btf = subprocess.run(["bpftool", "btf", "dump", "file",
                              "/sys/kernel/btf/vmlinux"],
                             stdout=subprocess.PIPE,
                             stderr=subprocess.DEVNULL, text=True).stdout
        # BTF of 5.10 has types and no variables.
        if "'memory_allocated'" in btf and "'per_cpu_fw_alloc'" not in btf:
            return
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
        if not self.child:
            return 0
        self.child.stdin.write("\n")
        self.child.stdin.flush()
        return int(self.child.stdout.readline())


def sockstat_pages():
    with open("/proc/net/sockstat") as file:
        return int(re.search(r"^TCP:.* mem (\d+)", file.read(),
                             re.M).group(1))


class Look:
    """What tcpmem and the kernel counted at one moment

    answer   tcpmem's, by network namespace
    kernel   bytes
    still    nothing moved while they were read
    """

    def __init__(self, answer, kernel, still):
        self.answer = answer
        self.total = answer["total"]
        self.kernel = kernel
        self.still = still
        inodes = {netns["name"]: int(netns["inode"])
                  for netns in answer["netns"]["namespaces"]}
        self.rows = [(inodes.get(row["key"].rsplit(",", 1)[0]), row)
                     for row in answer["rows"]]

    def sum(self, key, wanted):
        """Of the rows in the namespaces for which wanted() holds"""
        return sum(row[key] for inode, row in self.rows if wanted(inode))


class Truth:
    def __init__(self, args):
        # processes are asked for: only their fds lead to some sockets
        self.command = [os.path.join(args.build, "cli", "tcpmem"), "by",
                        "netns,process", "-J"] + args.tcpmem_args.split()
        self.percpu = Percpu(args.build)
        self.accepted = 0

    def kernel_bytes(self):
        return (sockstat_pages() + self.percpu.pages()) * PAGE

    def ask(self):
        return json.loads(subprocess.check_output(self.command))

    def look(self, moving=False):
        """Two equal answers of tcpmem between three equal ones of the kernel

        The kernel's count moves by itself for some milliseconds after a
        scenario stands: retransmits, closing sockets, freed namespaces. With
        traffic that goes on, the kernel standing still once has to do.
        """
        for _ in range(LOOKS):
            kernel = self.kernel_bytes()
            answer = self.ask()
            still = self.kernel_bytes() == kernel
            if still and not moving:
                still = (self.ask()["total"] == answer["total"] and
                         self.kernel_bytes() == kernel)
            if still:
                break
            time.sleep(0.05)
        return Look(answer, kernel, still)


    def look_at_base(self):
        """A look to which a scenario is to be added

        Nothing is left of the one before when both counts are equal. Where
        they do not become so, other_sockets left something that nothing leads
        to; that is not waited for again, but whatever is measured on top of
        it may move with it.
        """
        end = time.monotonic() + CLEAN_SECONDS
        while True:
            look = self.look()
            residual = look.total["charged_bytes"] - look.kernel
            if look.still and residual == 0:
                return look
            if residual == self.accepted != 0 or time.monotonic() > end:
                self.accepted = residual
                look.still = False
                return look
            time.sleep(0.2)


class Scenario:
    """A scenario's process group; it and all its sockets end with it"""

    def __init__(self, name):
        self.child = subprocess.Popen(
            ["unshare", "--net", sys.executable,
             os.path.join(HERE, "scenarios.py"), name],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            start_new_session=True)
        self.skip = None
        word, _, rest = self.child.stdout.readline().partition(" ")
        if word == "skip":
            self.skip = rest.strip()
        elif word == "ready":
            self.made = json.loads(rest)
        else:
            self.end()
            raise RuntimeError("scenario %s did not get ready" % name)

    def end(self):
        self.child.stdin.close()
        self.child.wait()


class Result:
    """What a scenario added to both counts, other_sockets' doings taken off"""

    def __init__(self, name, scenario, before, after):
        own = set(scenario.made["namespaces"])
        self.name = name
        self.made = scenario.made
        self.sockets = after.sum("sockets", own.__contains__)
        self.charged = after.sum("charged_bytes", own.__contains__)
        self.queued = after.sum("wmem_queued_bytes", own.__contains__)
        self.optmem = after.sum("optmem_bytes", own.__contains__)
        self.other_sockets = (after.total["charged_bytes"] - self.charged -
                          before.total["charged_bytes"])
        self.kernel = after.kernel - before.kernel - self.other_sockets
        self.residual = self.charged - self.kernel
        self.warnings = {warning["code"]: warning["text"]
                         for warning in after.answer["warnings"]}
        # sockets that nobody is known to have made or closed count as moves
        self.moved = (not before.still or not after.still or
                      bool(self.other_sockets) or
                      after.total["sockets"] - self.sockets !=
                      before.total["sockets"])

    def tolerance(self):
        return UNDER_WAY_PAGES * PAGE if self.name == "churn" else 0

    def judge(self):
        """Whether all is as predicted, and what was

        MSG_ZEROCOPY: payload pages are queued and, from Linux 5.16 on, not
        charged, so that the sum is too large; the fraction of a page and
        optmem give it away.
        """
        sockets = self.made["sockets"]
        if sockets not in (None, self.sockets):
            return False, "%d sockets were made" % sockets
        if self.name == "msg_zerocopy":
            return (0 <= self.residual <= self.queued and self.optmem > 0,
                    "the sender's own pages, pinned" if self.residual else
                    "exact, the sender's own pages are charged")
        if self.made["unshown"] and self.residual:
            return self.is_named(self.made["unshown"])
        if self.name == "churn":
            return (abs(self.residual) <= self.tolerance(),
                    "traffic under way")
        if self.made["lost"]:
            return (self.residual == -self.made["lost"],
                    "what nothing leads to or no counter has, to the page")
        return self.residual == 0, "exact"

    def is_named(self, code):
        """What no counter shows: a warning has an estimate that holds"""
        text = self.warnings.get(code, "no warning")
        found = re.search(r"(\d+) to (\d+) bytes", text)
        if not found:
            return False, text
        least, most = map(int, found.groups())
        return (least <= -self.residual <= most,
                "%s: %d to %d bytes" % (code, least, most))


def measure(truth, name):
    """Return: a Result, or why there is none"""
    before = truth.look_at_base()
    scenario = Scenario(name)
    try:
        if scenario.skip:
            return scenario.skip
        time.sleep(0.3)
        after = truth.look(moving=name == "churn")
    finally:
        scenario.end()
    return Result(name, scenario, before, after)


def judge(truth, name):
    """Prints the scenario's row. Return: whether it agrees; None: not to be had

    The kernel's count is the host's: what other_sockets do between two readings
    of it is in the residual. A scenario that they disturbed is made again,
    and the row says so; one that they did not disturb has one try.
    """
    for number in range(1, TRIES + 1):
        result = measure(truth, name)
        if isinstance(result, str):
            print("%-20s not to be had: %s" % (name, result), flush=True)
            return None
        right, why = result.judge()
        if right or not result.moved:
            break
    if number > 1:
        why += " (try %d: other sockets moved)" % number
    print("%-20s %8d %11d %11d %10d %9d  %s" %
          (name, result.sockets, result.charged, result.kernel,
           result.residual, result.tolerance(),
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
    print("\n%d scenarios agree, %d do not, %d are not to be had here" %
          (results.count(True), results.count(False), results.count(None)))
    return 1 if False in results else 0


if __name__ == "__main__":
    sys.exit(main())

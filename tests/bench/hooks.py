# SPDX-License-Identifier: LGPL-2.1-or-later
"""hooks - what hooks and events cost who makes connections, and who sees all

hooks.py TCPMEM CONNECT [--rounds N] [--connections N]

In a network namespace of its own. Connections over loopback, alternately with
nothing beside them, with hooks (record --owners), with events, and with both
(watch). Then so many of 1 ms each, once, beside watch, ss -E and, where they
are installed, tcplife and tcpstates: how many each saw, and how many each gave
to the process that made them. Needs root; see scripts/owners --cost."""

import argparse
import os
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

# Two ends: "127.0.0.1:5000", or "127.0.0.1  5000"
ENDS = re.compile(r"127\.0\.0\.1[: ]+(\d+)")


def cpu_us(pid):
    with open(f"/proc/{pid}/stat") as file:
        words = file.read().rpartition(")")[2].split()
    ticks = os.sysconf("SC_CLK_TCK")
    return (int(words[11]) + int(words[12])) * 1000000 // ticks


class Beside:
    """A program that runs beside, and what it printed"""

    def __init__(self, *command):
        self.out = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen(command, stdout=self.out,
                                        stderr=subprocess.STDOUT)

    def cpu(self):
        return cpu_us(self.process.pid)

    def end(self):
        self.process.send_signal(signal.SIGINT)
        self.process.wait()
        self.out.seek(0)
        lines = self.out.read().splitlines()
        self.out.close()
        return lines


def listens():
    with open("/proc/net/netlink") as file:
        return any(row.split()[1] == "4" and int(row.split()[3], 16) & 1
                   for row in list(file)[1:])


def start(arm, tcpmem, store):
    """What stands beside in this arm, once it is ready; or None"""
    if arm == "nothing":
        return None
    if arm == "hooks":
        beside = Beside(tcpmem, "record", "--owners", "--store", store,
                        "--every", "1h", "--netns", "self")
        ready = lambda: os.path.exists("/run/tcpmem-owners/socket")
    else:
        how = ["--holders", "proc"] if arm == "events" else []
        beside = Beside(tcpmem, "watch", "-J", "--netns", "self", *how)
        ready = listens
    while not ready():
        assert beside.process.poll() is None, beside.end()
        time.sleep(0.01)
    before = -1
    while before != beside.cpu():  # its first look is over
        before = beside.cpu()
        time.sleep(0.3)
    return beside


def costs(args):
    arms = {"nothing": [], "hooks": [], "events": [], "watch": []}
    for _ in range(args.rounds):
        for arm, rounds in arms.items():
            with tempfile.TemporaryDirectory() as store:
                beside = start(arm, args.tcpmem, store)
                before = beside.cpu() if beside else 0
                took, cpu, _ = map(int, subprocess.check_output(
                    [args.connect, str(args.connections), "0"]).split())
                time.sleep(0.3)
                reader = beside.cpu() - before if beside else 0
                rounds.append((args.connections * 1e6 / took,
                               cpu / args.connections,
                               reader / args.connections))
                if beside:
                    beside.end()
    print(f"{args.rounds} rounds of {args.connections} connections, medians")
    print(f"{'':10} {'conn/s':>8} {'ratio':>6} {'CPU us each':>12} "
          f"{'ratio':>6} {'reader us each':>15}")
    for arm, rounds in arms.items():
        ratio = [statistics.median(one[i] / base[i] for one, base
                                   in zip(rounds, arms["nothing"]))
                 for i in (0, 1)]
        rate, cpu, reader = (statistics.median(column)
                             for column in zip(*rounds))
        print(f"{arm:10} {rate:8.0f} {ratio[0]:6.3f} {cpu:12.2f} "
              f"{ratio[1]:6.3f} {reader:15.2f}")


def sights(args):
    """How many lines of each tell of an end, and how many name the process"""
    programs = {"tcpmem watch": [args.tcpmem, "watch", "-r", "-n", "--netns",
                                 "self", "-o", "closer,local,remote"],
                "ss -E": ["stdbuf", "-oL", "ss", "-tEnp"],
                "tcplife": ["tcplife"], "tcpstates": ["tcpstates"]}
    beside = {name: Beside(*command) for name, command in programs.items()
              if shutil.which(command[0])}
    while not listens():
        time.sleep(0.01)
    time.sleep(5)
    port = subprocess.check_output(
        [args.connect, str(args.connections), "1000"], text=True).split()[2]
    time.sleep(2)
    print(f"{args.connections} connections of 1 ms: two ends each")
    for name in programs:
        if name in beside:
            print(f"{name:14} {count(name, beside[name].end(), port)}")
        else:
            print(f"{name:14} is not installed")


def count(name, lines, port):
    """Ends that were told of, and those with the name of who closed them"""
    seen = named = 0
    for line in lines:
        ends = ENDS.findall(line)
        if len(ends) != 2 or port not in ends or \
                (name == "tcpstates" and not re.search("-> CLOSE ", line)):
            continue
        seen += 1
        named += ("serve" if ends[0] == port else "connect") in line
    return f"{seen:7} seen {named:7} named right"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("tcpmem")
    parser.add_argument("connect")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--connections", type=int, default=10000)
    args = parser.parse_args()
    subprocess.check_call(["ip", "link", "set", "lo", "up"])
    costs(args)
    sights(args)


if __name__ == "__main__":
    if os.environ.get("TCPMEM_BENCH_HOOKS"):
        main()
    else:
        os.environ["TCPMEM_BENCH_HOOKS"] = "1"
        os.execvp("unshare", ["unshare", "--net", "--mount", "sh", "-c",
                              'mount -t tmpfs none /run; mount -t tracefs none '
                              '/sys/kernel/tracing; exec "$@"', "sh",
                              sys.executable, *sys.argv])

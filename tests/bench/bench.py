#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""bench.py - times tcpmem, its peers and the floor over the same sockets

    bench.py --build DIR [--sockets N,N] [--namespaces M,M] [--rounds R] ...
    bench.py --build DIR --each 200 --namespaces M,M    so many in each of them
    bench.py --build DIR --matching 100 ...    a filter against a dump of all
    bench.py --build DIR --against TCPMEM ...  another build of it in turn

Each scene (so many sockets, so many namespaces) is made anew; inside it the
contenders run in turn, round after round, so that a noisy minute hits all of
them. What is printed are medians, and ratios to the floor and to ss.

No figure is printed from a run that saw another number of sockets than there
are.
"""
import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

AGAINST = ", other"  # behind the name of what another build does

HOLDERS_MAX = 19000  # sockets a process may hold below a limit of 20,000 fds


class Refused(Exception):
    """A run did not see what there is to be seen."""


def count_lines(out):
    return out.count(b"\n")


def count_number(out):
    return int(out)


def count_total(out):
    return json.loads(out)["total"]["sockets"]


def count_rows(out):
    return len(json.loads(out)["rows"])


class Contender:
    """A command, and how many sockets its output says that it saw"""

    peak = None  # path of the launcher that measures memory
    codes = (0, 3)  # of a command that has answered

    def __init__(self, name, command, count, slow=False, matching=None,
                 other_sockets=0, part=1, note=""):
        self.name = name
        self.note = note  # to its name, where it is printed
        self.other_sockets = other_sockets  # sockets that are not the scene's
        self.command = command
        self.count = count
        self.slow = slow
        self.matching = matching  # sockets; None: all that there are
        self.part = part  # of the namespaces that it is run in; of its time
        self.seconds = []
        self.peak_kib = 0
        self.calls = None

    @property
    def median(self):
        """Seconds; None if it was not run"""
        return statistics.median(self.seconds) if self.seconds else None

    def run(self):
        """Wall time and peak memory of one run; its output goes to a file.

        A small launcher starts it: a child's peak begins with what its
        parent had, and this interpreter has more than what is measured.
        """
        with tempfile.TemporaryFile() as out:
            start = time.perf_counter()
            done = subprocess.run([self.peak, shutil.which(self.command[0])] +
                                  list(self.command[1:]),
                                  stdout=out, stderr=subprocess.PIPE,
                                  text=True)
            seconds = time.perf_counter() - start
            if done.returncode not in self.codes:
                raise Refused("%s: %s" % (self.name, done.stderr.strip()))
            out.seek(0)
            peak_kib = int(done.stderr.split()[-1])
            return seconds, peak_kib, out.read()

    def count_calls(self):
        """How many system calls a run makes, of itself and its threads."""
        with tempfile.NamedTemporaryFile("r") as table:
            done = subprocess.run(["strace", "-cfqq", "-o", table.name] +
                                  list(self.command),
                                  stdout=subprocess.DEVNULL,
                                  stderr=subprocess.DEVNULL)
            total = [line.split() for line in table if "total" in line]
            if done.returncode in (0, 3) and total:
                self.calls = int(total[-1][3 if len(total[-1]) > 4 else 2])

    def round(self, sockets):
        sockets = round((self.matching or sockets) * self.part)
        sockets += self.other_sockets
        seconds, peak_kib, out = self.run()
        seen = self.count(out) if self.count else sockets
        if seen != sockets:
            raise Refused("%s saw %d sockets of %d" %
                          (self.name, seen, sockets))
        self.seconds.append(seconds / self.part)
        self.peak_kib = max(self.peak_kib, peak_kib)


def in_each_namespace(pids, *command):
    """The command run once in every namespace: how ss sees a whole host"""
    script = ('for pid in %s; do nsenter --net=/proc/$pid/ns/net "$@" || exit; '
              'done' % " ".join(pids))
    return ["bash", "-c", script, "bash"] + list(command)


def ss_lanes(namespaces, most):
    """ss, in each of the namespaces; in but some if they are more than most"""
    pids = os.environ["BENCH_PIDS"].split()[:namespaces]
    some = pids[::-(-len(pids) // most)] if most else pids
    part = len(some) / len(pids)
    note = " in %d of %d" % (len(some), len(pids)) if part < 1 else ""

    def lane(options, slow=False):
        command = ["ss", "-H" + options]
        if namespaces > 1:
            command = in_each_namespace(some, *command)
        return Contender("ss -" + options.strip("O"), command, count_lines,
                         slow=slow, part=part, note=note)

    yield lane("tan")
    yield lane("tanmO")
    yield lane("tanmpO", slow=True)


def contenders(build, against, namespaces, holders, other_sockets, most):
    tcpmem = os.path.join(build, "cli", "tcpmem")
    floor = os.path.join(build, "tests", "bench", "floor")
    scope = ["-J"] if namespaces > 1 else ["-J", "--netns", "self"]

    def ours(name, *words, count=count_total):
        for binary in [tcpmem] + ([against] if against else []):
            yield Contender(name + (AGAINST if binary == against else ""),
                            [binary] + list(words) + scope, count,
                            other_sockets=other_sockets)

    yield from ss_lanes(namespaces, most)
    if namespaces == 1:
        yield Contender("floor: recv loop", [floor, "dump"], count_number)
    yield Contender("floor: fd walk", [floor, "fds"], None)
    # it sees all files of the host: their number is not ours to know
    if shutil.which("lsfd"):
        yield Contender("lsfd", ["lsfd", "-nr"], None, slow=True)
    yield from ours("summary --no-processes", "summary", "--no-processes")
    for holder in holders:
        extra = ["--holders=" + holder] if holder else []
        yield from ours("by process" + (" (%s)" % holder if holder else ""),
                        "by", "process", *extra)
    yield from ours("sockets -J", "sockets", count=count_rows)


def one_port_range(build, wanted):
    """A filter that the kernel can decide, and that so many sockets match"""
    tcpmem = os.path.join(build, "cli", "tcpmem")
    done = subprocess.run([tcpmem, "sockets", "-J", "--netns", "self"],
                          check=True, capture_output=True)
    rows = json.loads(done.stdout)["rows"]
    # what most sockets are connected to was listened at
    listener = statistics.mode(row["remote_port"] for row in rows)
    ports = sorted(row["local_port"] for row in rows
                   if row["remote_port"] == listener)
    if len(ports) < wanted:
        raise Refused("%d connections to one port, not %d" %
                      (len(ports), wanted))
    return "dport = :%d and sport >= :%d and sport <= :%d" % (
        listener, ports[0], ports[wanted - 1])


def filterers(build, wanted):
    """All sockets, and a few of them: chosen by the kernel, and here"""
    tcpmem = os.path.join(build, "cli", "tcpmem")
    few = one_port_range(build, wanted)
    # Nothing has dropped less than nothing, but the kernel cannot know.
    here = "( %s ) or drops < 0" % few
    summary = [tcpmem, "summary", "--no-processes", "-J", "--netns", "self"]
    yield Contender("ss -tan", ["ss", "-Htan"], count_lines)
    yield Contender("ss -tan FILTER", ["ss", "-Htan", few], count_lines,
                    matching=wanted)
    yield Contender("floor: recv loop",
                    [os.path.join(build, "tests", "bench", "floor"), "dump"],
                    count_number)
    yield Contender("dump of all", summary, count_total)
    yield Contender("filtered here", summary + [here], count_total,
                    matching=wanted)
    yield Contender("filtered by the kernel", summary + [few], count_total,
                    matching=wanted)


def report_filter(lanes, sockets):
    median = medians(lanes)
    kernel = median["filtered by the kernel"]
    print("%d of %d sockets, filtered by the kernel: %s of a dump of all, "
          "%s of filtering here, %s of ss's filter" %
          (lanes[-1].matching, sockets, ratio(kernel, median["dump of all"]),
           ratio(kernel, median["filtered here"]),
           ratio(kernel, median["ss -tan FILTER"])))


def report_against(lanes):
    """Rounds are compared one by one: a noisy one hits both builds"""
    by_name = {lane.name: lane.seconds for lane in lanes}
    for name, mine in by_name.items():
        other = by_name.get(name + AGAINST)
        if other:
            print("%-24s %s of the other build's time, by medians; %.2f by "
                  "rounds" % (name, ratio(statistics.median(mine),
                                          statistics.median(other)),
                              statistics.median(a / b for a, b in
                                                zip(mine, other))))


def measure(args):
    """Runs inside a scene: every contender in turn, for all rounds."""
    sockets = int(os.environ["BENCH_SOCKETS"])
    Contender.peak = os.path.join(args.build, "tests", "cli", "peak")
    if args.matching:
        lanes = list(filterers(args.build, args.matching))
    else:
        lanes = list(contenders(args.build, args.against, args.inside,
                                args.holders, args.other_sockets, args.most))
    for number in range(args.rounds):
        # who comes first finds colder caches
        for lane in lanes if number % 2 == 0 else lanes[::-1]:
            if lane.slow and number >= args.slow_rounds:
                continue
            lane.round(sockets)
    for lane in lanes:
        if args.calls and not lane.slow:
            lane.count_calls()
    report(lanes, sockets)
    if args.results:
        keep_results(args, lanes, sockets)
    if args.matching:
        report_filter(lanes, sockets)
    if args.against:
        report_against(lanes)
    if args.samples:
        print("by process, once a second: %s" % sample(args), end="")


def sample(args):
    """What a program that looks once a second costs, in % of one CPU"""
    sampler = os.path.join(args.build, "tests", "bench", "sampler")
    return subprocess.run([sampler, str(args.samples)], text=True,
                          stdout=subprocess.PIPE, check=True).stdout


def medians(lanes):
    return {lane.name: lane.median for lane in lanes if lane.seconds}


def keep_results(args, lanes, sockets):
    """For the scenes' last table"""
    with open(args.results, "a") as file:
        json.dump({"sockets": sockets, "namespaces": args.inside,
                   "seconds": medians(lanes)}, file)
        file.write("\n")


def compare_scenes(results):
    """How the time grows: with the sockets, or with something else too"""
    scenes = [json.loads(line) for line in results]
    lanes = [name for name in scenes[0]["seconds"] if name.startswith("by ")]
    print("\n%-24s %10s %10s %10s %10s %10s" %
          ("COMMAND", "SOCKETS", "NAMESPACES", "MEDIAN", "US/SOCKET",
           "SS-TANMP/"))
    for name in lanes:
        for scene in scenes:
            mine = scene["seconds"][name]
            print("%-24s %10d %10d %8.1fms %10.2f %10s" %
                  (name, scene["sockets"], scene["namespaces"], mine * 1000,
                   mine * 1e6 / scene["sockets"],
                   ratio(scene["seconds"].get("ss -tanmp"), mine)))


def ratio(a, b):
    return "%.2f" % (a / b) if a and b else "-"


def report(lanes, sockets):
    median = medians(lanes)
    floor = median.get("floor: recv loop")
    slow = median.get("ss -tanmp")
    print("%-32s %9s %9s %10s %9s %9s %9s" %
          ("COMMAND", "MEDIAN", "/FLOOR", "SS-TANMP/", "PEAK", "B/SOCKET",
           "CALLS/S."))
    for lane in lanes:
        if not lane.seconds:
            continue
        mine = lane.median
        calls = "-" if lane.calls is None else "%.2f" % (lane.calls / sockets)
        print("%-32s %7.1fms %9s %10s %8.1fM %9.0f %9s" %
              (lane.name + lane.note, mine * 1000, ratio(mine, floor), ratio(slow, mine),
               lane.peak_kib / 1024, lane.peak_kib * 1024 / sockets, calls))


def count_other_sockets(build, namespaces):
    """What the host has besides: who looks into all namespaces sees it too

    The namespaces of the scene before end at the kernel's leisure.
    """
    if namespaces == 1:
        return 0
    look = [os.path.join(build, "cli", "tcpmem"), "summary",
            "--no-processes", "-J"]
    count = None
    while True:
        before, count = count, count_total(subprocess.check_output(look))
        if count == before:
            return count
        time.sleep(2)


def scene(args, sockets, namespaces, results):
    """Makes the sockets and runs this script again beside them."""
    processes = max(namespaces, args.processes,
                    -(-sockets // HOLDERS_MAX))
    make = os.path.join(args.build, "tests", "bench", "make_sockets")
    print("\n%d sockets, %d processes, %d namespaces, %d bytes unread, "
          "%d rounds" % (sockets, processes, namespaces, args.bytes,
                         args.rounds), flush=True)
    command = [make, "-n", str(sockets), "-p", str(processes),
               "-m", str(namespaces), "-d", str(args.bytes), "--",
               sys.executable, os.path.abspath(__file__),
               "--build", args.build, "--inside", str(namespaces),
               "--rounds", str(args.rounds),
               "--slow-rounds", str(args.slow_rounds),
               "--matching", str(args.matching),
               "--samples", str(args.samples),
               "--most", str(args.most), "--results", results,
               "--against", args.against,
               "--other_sockets", str(count_other_sockets(args.build, namespaces)),
               "--holders", ",".join(args.holders)]
    if args.calls:
        command.append("--calls")
    if subprocess.run(command).returncode:
        raise Refused("no figures for this scene")


def numbers(text):
    return [int(part) for part in text.split(",") if part]


def parse():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", required=True)
    parser.add_argument("--sockets", type=numbers, default=[10000, 100000])
    parser.add_argument("--namespaces", type=numbers, default=[1])
    parser.add_argument("--each", type=int, default=0,
                        help="so many sockets in each namespace")
    parser.add_argument("--most", type=int, default=0, help="run ss in no more "
                        "namespaces, and scale its time up")
    parser.add_argument("--processes", type=int, default=10)
    parser.add_argument("--bytes", type=int, default=0)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--slow-rounds", type=int, default=5)
    parser.add_argument("--holders", type=lambda t: t.split(","),
                        default=[""], help="proc,bpf: one lane each")
    parser.add_argument("--matching", type=int, default=0,
                        help="of one namespace, time a filter that so many "
                        "sockets match")
    parser.add_argument("--against", default="", help="a tcpmem to compare "
                        "with, built with the same options")
    parser.add_argument("--calls", action="store_true",
                        help="count system calls too, by strace")
    parser.add_argument("--samples", type=int, default=0,
                        help="then sample so often, once a second")
    parser.add_argument("--inside", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--results", help=argparse.SUPPRESS)
    parser.add_argument("--other_sockets", type=int, default=0,
                        help=argparse.SUPPRESS)
    return parser.parse_args()


def scenes(args):
    for namespaces in args.namespaces:
        for sockets in ([args.each * namespaces] if args.each
                        else args.sockets):
            yield sockets, namespaces


def main():
    args = parse()
    try:
        if args.inside:
            measure(args)
            return
        with tempfile.NamedTemporaryFile("r") as results:
            for sockets, namespaces in scenes(args):
                scene(args, sockets, namespaces, results.name)
            lines = results.readlines()
        if len(lines) > 1:
            compare_scenes(lines)
    except Refused as why:
        sys.exit("bench: %s" % why)


if __name__ == "__main__":
    main()

# SPDX-License-Identifier: LGPL-2.1-or-later
"""owners - of connections whose closers are known, who names how many right

owners.py TCPMEM MADE LOOK [--connections N] [--netns N]

Each namespace has four servers (made.c). Three look on: a sampler that
remembers its looks and listeners, one with hooks, and 'tcpmem watch'. For each
source it prints how many TIME_WAITs, orphans and ends it named right, wrong and
not at all; one that is wrong is a failure."""

import argparse
import collections
import json
import os
import signal
import subprocess
import sys
import tempfile
import time

SERVERS = 4


class Talker:
    """A program that does what a line says, and says "done" """

    def __init__(self, *command):
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def say(self, word):
        self.process.stdin.write(word + "\n")
        self.process.stdin.flush()

    def lines(self):
        told = []
        while True:
            line = self.process.stdout.readline()
            if line == "done\n":
                return told
            assert line, "it has ended"
            told.append(line.split())

    def ask(self, word):
        self.say(word)
        return self.lines()

    def end(self):
        self.process.stdin.close()
        told = [line.split() for line in self.process.stdout]
        self.process.wait()
        return told


def hears(pid, place):
    """Whether process pid listens to destroy events where place is"""
    with open(f"/proc/{place}/net/netlink") as file:
        rows = [line.split() for line in list(file)[1:]]
    return any(row[1:3] == ["4", str(pid)] and int(row[3], 16) & 1
               for row in rows)


class Watch:
    """tcpmem watch, from when it hears all until it is interrupted"""

    def __init__(self, tcpmem, places):
        with tempfile.TemporaryFile() as self.told:
            self.told = os.fdopen(os.dup(self.told.fileno()), "r")
        self.process = subprocess.Popen([tcpmem, "watch", "-J"],
                                        stdout=self.told)
        for place in places:
            while not hears(self.process.pid, place):
                assert self.process.poll() is None
                time.sleep(0.01)

    def end(self):
        self.process.send_signal(signal.SIGINT)
        self.process.wait()
        self.told.seek(0)
        rows = [json.loads(line) for line in self.told]
        return [row for row in rows if "cookie" in row], rows[-1]


class Score:
    """Right, wrong and unknown, by what is named and what names it"""

    def __init__(self):
        self.count = collections.defaultdict(collections.Counter)

    def add(self, what, source, named, truth):
        verdict = "unknown" if not named else \
            "right" if named == truth else "wrong"
        self.count[what, source or "-"][verdict] += 1

    def of(self, verdict):
        return sum(count[verdict] for count in self.count.values())

    def rows(self):
        for (what, source), count in sorted(self.count.items()):
            yield what, source, *(count[verdict] for verdict in
                                  ("right", "wrong", "unknown"))


def look_on(looks, seen):
    """What each sampler says now; of a socket, its last word"""
    for name, look in looks.items():
        for cookie, state, pid, source in look.ask("look"):
            seen[name][cookie] = state, source.strip("-"), int(pid)


def run(tcpmem, made, look, connections, namespaces):
    """Scores by who looks on; the truth; what watch says at its end"""
    each = max(connections // namespaces // SERVERS // 20 * 20, 20)
    places = [Talker(made, str(each)) for _ in range(namespaces)]
    for place in places:
        place.lines()
    looks = {"looks": Talker(look, "proc"), "hooks": Talker(look, "auto")}
    scores = {name: Score() for name in [*looks, "watch"]}
    seen = {name: {} for name in looks}
    for name in looks:
        looks[name].ask("look")
    watch = Watch(tcpmem, [place.process.pid for place in places])
    truth = {}

    def everywhere(word):
        for place in places:
            place.say(word)
        for place in places:
            learn(place.lines())

    def learn(lines):
        truth.update((cookie, (int(pid), server))
                     for cookie, pid, server in lines)

    everywhere("open")
    for name in looks:
        looks[name].ask("look")
    everywhere("close")
    look_on(looks, seen)
    everywhere("short")
    made_in_all = each * SERVERS * namespaces
    while len(truth) < made_in_all * 2 - made_in_all // 10:
        everywhere("nothing")
    look_on(looks, seen)
    for name, sockets in seen.items():
        for cookie in sockets.keys() & truth.keys():
            scores[name].add(*sockets[cookie], truth[cookie][0])
    rows, total = watch.end()
    for row in rows:
        if row["cookie"] in truth:
            scores["watch"].add("ended", row["source"], row["closer_pid"],
                                truth[row["cookie"]][0])
    for talker in [*looks.values(), *places]:
        talker.end()
    return scores, truth, total


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("tcpmem")
    parser.add_argument("made")
    parser.add_argument("look")
    parser.add_argument("--connections", type=int, default=10000)
    parser.add_argument("--netns", type=int, default=20)
    args = parser.parse_args()
    scores, truth, total = run(args.tcpmem, args.made, args.look,
                               args.connections, args.netns)
    print(f"{len(truth)} closes in {args.netns} namespaces; watch heard "
          f"{total['ended']}, lost {total['lost_total']}")
    print(f"{'':8} {'':10} {'source':10} {'right':>7} {'wrong':>7} "
          f"{'unknown':>7}")
    for name, score in scores.items():
        for row in score.rows():
            print(f"{name:8} {row[0]:10} {row[1]:10} {row[2]:7} {row[3]:7} "
                  f"{row[4]:7}")
    return 1 if any(score.of("wrong") for score in scores.values()) else 0


if __name__ == "__main__":
    sys.exit(main())

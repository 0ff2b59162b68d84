#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""namespaces.py - times a host with many network namespaces

    namespaces.py --build DIR [--namespaces N] [--sockets S] [--rounds R]

So many sockets in 1, in 5 and in all of N namespaces that have a name, as
`ip netns` gives it. All of them at once are asked for, then one alone, in
turn, round after round; then ss goes through them with `ip netns exec`. No
figure is printed from a run that saw another number of sockets than there
are in these namespaces.
"""
import argparse
import ctypes
import json
import os
import signal
import socket
import statistics
import subprocess
import sys

from bench import Contender, Refused, count_lines

CLONE_NEWNET = 0x40000000
LIBC = ctypes.CDLL(None)


def name(number):
    return "tcpmem-bench-%d-%d" % (os.getpid(), number)


def hold(namespace, sockets, ready):
    """Makes connections in there and keeps them until this process ends"""
    fd = os.open("/run/netns/" + namespace, os.O_RDONLY)
    # os.setns() is too new for many a python3
    if LIBC.setns(fd, CLONE_NEWNET):
        raise OSError("setns")
    subprocess.check_call(["ip", "link", "set", "lo", "up"])
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(64)
    kept = []
    for _ in range(sockets // 2):
        kept.append(socket.create_connection(listener.getsockname()))
        kept.append(listener.accept()[0])
    listener.close()
    os.write(ready, b".")
    os.read(0, 1)
    os._exit(0)


class Scene:
    """N namespaces, the first few of which have the sockets, equally many"""

    def __init__(self, namespaces, used, sockets):
        self.names = [name(i) for i in range(namespaces)]
        self.sockets = sockets // used // 2 * 2 * used
        self.used = used

    def __enter__(self):
        for namespace in self.names:
            subprocess.check_call(["ip", "netns", "add", namespace])
        end, self.stop = os.pipe()
        done, ready = os.pipe()
        for namespace in self.names[:self.used]:
            if os.fork() == 0:
                os.close(self.stop)
                os.dup2(end, 0)
                hold(namespace, self.sockets // self.used, ready)
        os.close(ready)
        for _ in range(self.used):
            if not os.read(done, 1):
                raise Refused("a process could not make its sockets")
        return self

    def __exit__(self, *error):
        os.close(self.stop)
        for _ in range(self.used):
            os.wait()
        for namespace in self.names:
            subprocess.call(["ip", "netns", "del", namespace])


def count_ours(out):
    return sum(row["sockets"] for row in json.loads(out)["rows"]
               if row["key"].startswith("tcpmem-bench-%d-" % os.getpid()))


def contenders(build, scene):
    tcpmem = os.path.join(build, "cli", "tcpmem")
    floor = os.path.join(build, "tests", "bench", "floor")
    one = scene.names[0]
    part = scene.sockets // scene.used
    each = ('for name in %s; do ip netns exec $name ss -HtanmO || exit; done' %
            " ".join(scene.names))
    yield Contender("tcpmem, all", [tcpmem, "by", "netns", "-J"], count_ours,
                    matching=scene.sockets)
    yield Contender("tcpmem, one of them",
                    [tcpmem, "by", "netns", "-J", "--netns", one], count_ours,
                    matching=part)
    yield Contender("recv loop, one of them",
                    ["nsenter", "--net=/run/netns/" + one, floor, "dump"],
                    int, matching=part)
    yield Contender("ss -tanm in each", ["bash", "-c", each], count_lines,
                    slow=True, matching=scene.sockets)


def measure(args, used):
    with Scene(args.namespaces, used, args.sockets) as scene:
        lanes = list(contenders(args.build, scene))
        for number in range(args.rounds):
            for lane in lanes:
                if not lane.slow or number < args.slow_rounds:
                    lane.round(scene.sockets)
    print("\n%d sockets in %d of %d namespaces, %d rounds" %
          (scene.sockets, used, args.namespaces, args.rounds))
    median = [statistics.median(lane.seconds) for lane in lanes]
    for lane, seconds in zip(lanes, median):
        print("%-24s %8.1fms %8.2f" % (lane.name, seconds * 1000,
                                       seconds / median[0]), flush=True)
    return median


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", required=True)
    parser.add_argument("--namespaces", type=int, default=200)
    parser.add_argument("--sockets", type=int, default=10000)
    parser.add_argument("--rounds", type=int, default=11)
    parser.add_argument("--slow-rounds", type=int, default=3)
    args = parser.parse_args()
    # whoever ends it early leaves no namespaces behind
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("namespaces: ended"))
    Contender.peak = os.path.join(args.build, "tests", "cli", "peak")
    try:
        together = measure(args, 1)
        few = measure(args, 5)
        many = measure(args, args.namespaces)
    except Refused as why:
        sys.exit("namespaces: %s" % why)
    print("\nall of %d, sockets in 5: %.2f times one dump of as many sockets, "
          "%.2f times one of the five" %
          (args.namespaces, few[0] / together[1], few[0] / few[1]))
    print("all of %d, sockets in each: ss in each takes %.1f times as long" %
          (args.namespaces, many[3] / many[0]))


if __name__ == "__main__":
    main()

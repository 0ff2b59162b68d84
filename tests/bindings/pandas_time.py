# SPDX-License-Identifier: LGPL-2.1-or-later
"""pandas_time TCPMEM - all sockets as a pandas table, beside the command

    make_sockets -n 100000 -p 10 -m 1 -d 0 -- pandas_time.py TCPMEM

One after the other, several times; prints medians of elapsed time and of CPU
time. The command prints the same columns to /dev/null.
"""

import os
import resource
import statistics
import subprocess
import sys
import time

import pandas  # noqa: F401, its own start is not measured
import tcpmem

ROUNDS = 7
COLUMNS = ("state,family,protocol,netns,cookie,inode,uid,cgroup_id,local,"
           "remote,recv_q,send_q,kind,holders,rmem,rcvbuf,wmem_alloc,sndbuf,"
           "fwd_alloc,wmem_queued,optmem,backlog,drops,charged,buffer,object,"
           "held")


def command(path):
    subprocess.run([path, "sockets", "--netns", "self", "-o", COLUMNS],
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                   check=True)


def table():
    with tcpmem.snapshot(netns=["self"]) as now:
        frame = now.to_pandas()
    assert len(frame) == int(os.environ["BENCH_SOCKETS"]), len(frame)
    assert frame["held_bytes"].sum() > 0


def cpu():
    return sum(sum(resource.getrusage(who)[:2]) for who in
               (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))


def measured(function, *args):
    wall, used = time.monotonic(), cpu()
    function(*args)
    return time.monotonic() - wall, cpu() - used


def main(path):
    rounds = [(measured(command, path), measured(table))
              for _ in range(ROUNDS)]
    theirs, ours = zip(*rounds)
    for name, i in ("elapsed", 0), ("CPU", 1):
        a = statistics.median(x[i] for x in theirs)
        b = statistics.median(x[i] for x in ours)
        print(f"{name}: tcpmem sockets {a * 1000:.0f} ms, pandas "
              f"{b * 1000:.0f} ms, ratio {b / a:.2f}")


if __name__ == "__main__":
    main(sys.argv[1])

#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""plot [SECONDS] [FILE.svg] - what the five largest processes hold, over time

As in a notebook: columns become a pandas table, and that a picture. Needs
python3-pandas and python3-matplotlib.
"""

import sys
import time

import matplotlib
import pandas
import tcpmem

matplotlib.use("svg")


def main(seconds="10", path="tcpmem.svg"):
    looks, end = {}, time.monotonic() + float(seconds)
    for snapshot in tcpmem.Sampler():
        with snapshot:
            when = pandas.Timestamp(snapshot.time_ns)
            looks[when] = snapshot.by("process").to_pandas()["held_bytes"]
        if time.monotonic() > end:
            break
        time.sleep(0.5)
    # a gap where a process was not there, or what it holds is not known
    held = pandas.DataFrame(looks).T.astype("float64") / 2**20
    largest = held.max().nlargest(5).index
    axes = held[largest].plot(ylabel="MiB held")
    axes.figure.savefig(path)
    print(f"{path}: {len(held)} looks, {', '.join(largest)}")


if __name__ == "__main__":
    main(*sys.argv[1:])

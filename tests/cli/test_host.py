# SPDX-License-Identifier: LGPL-2.1-or-later
"""test_host - the summary's view of the host, in the caller's namespace

Limits that are the host's cannot be read in other namespaces.
"""

import os

import harness
from harness import answer, contains, equal, output

TCP_MEM = "/proc/sys/net/ipv4/tcp_mem"


def test_tcp_mem_is_the_hosts_in_bytes():
    data = answer("summary", "--no-processes")["tcp_mem"]
    with open(TCP_MEM) as limits:
        pages = [int(word) for word in limits.read().split()]
    equal([data[key + "_bytes"] for key in ("low", "pressure", "high")],
          [n * os.sysconf("SC_PAGE_SIZE") for n in pages])
    assert data["used_bytes"] >= 0, data
    with open("/proc/net/protocols") as rows:
        press = [row.split()[4] for row in rows if row.startswith("TCP ")]
    equal(data["under_pressure"], press == ["yes"])
    percent = 100 * data["used_bytes"] / data["high_bytes"]
    assert abs(data["used_percent"] - percent) <= 0.006, data


def test_the_worst_case_has_what_the_host_can_give():
    data = answer("limits")
    with open(TCP_MEM) as limits:
        pages = [int(word) for word in limits.read().split()]
    rows = {row["name"]: row["value"] for row in data["limits"]}
    equal([rows["tcp_mem_" + name] for name in ("low", "pressure", "high")],
          [n * os.sysconf("SC_PAGE_SIZE") for n in pages])
    worst = data["worst_case"]
    equal(worst["tcp_mem_high_bytes"], rows["tcp_mem_high"])
    with open("/proc/meminfo") as meminfo:
        total, = [line.split()[1] for line in meminfo
                  if line.startswith("MemTotal:")]
    equal(worst["ram_bytes"], int(total) * 1024)


def bar_of(env):
    text = output("summary", "--limit", "3", env=env)
    lines = text.splitlines()
    at = [i for i, line in enumerate(lines) if line.startswith("tcp_mem")][0]
    # other lines are as long as the names of namespaces that others made
    assert max(map(len, lines[at:at + 2])) <= 80, lines[at:at + 2]
    for word in "used; low ", ", pressure ", ", high ":
        contains(lines[at], word)
    contains(lines[at + 1], " %")
    return lines[at + 1]


def test_bar_is_drawn_with_what_the_locale_has():
    assert not bar_of({}).isascii()
    bar = bar_of({"LC_ALL": "C"})
    assert bar.isascii(), bar
    contains(bar, "|")


if __name__ == "__main__":
    if not os.access(TCP_MEM, os.R_OK):
        harness.skip_all(f"{TCP_MEM} is only there in the host's namespace")
    harness.main(globals())

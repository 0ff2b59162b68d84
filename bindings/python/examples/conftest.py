# SPDX-License-Identifier: LGPL-2.1-or-later
"""A test that leaves TCP sockets open has failed

Put into a project's conftest.py, it holds for each of its tests: what the
process, and those that it started, have open afterwards and had not before.
"""

import os

import pytest
import tcpmem


def family():
    """This process and its descendants"""
    found = {os.getpid()}
    for pid in sorted(int(name) for name in os.listdir("/proc")
                      if name.isdigit()):
        try:
            with open(f"/proc/{pid}/stat", encoding="utf-8",
                      errors="replace") as file:
                parent = int(file.read().rpartition(")")[2].split()[1])
        except OSError:
            continue
        if parent in found:
            found.add(pid)
    return found


def open_sockets():
    """Their sockets, by cookie: no other connection ever has the same"""
    pids = family()
    with tcpmem.snapshot(netns=["self"]) as now:
        return {row["cookie"]: row for row in now.to_dicts()
                if pids & {holder["pid"] for holder in row["holders"]}}


@pytest.fixture(autouse=True)
def no_leaked_sockets():
    before = open_sockets()
    yield
    left = [row for cookie, row in open_sockets().items()
            if cookie not in before]
    if left:
        pytest.fail("sockets are left open:\n" + "\n".join(
            "  {state} {local}:{local_port} - {remote}:{remote_port}, "
            "{held_bytes} bytes".format(**row) for row in left),
            pytrace=False)

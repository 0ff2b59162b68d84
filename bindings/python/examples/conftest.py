# SPDX-License-Identifier: LGPL-2.1-or-later
"""A test that leaves TCP sockets open has failed

Put into a project's conftest.py, it holds for each of its tests: what the
process, and those that it started, have open afterwards and had not before.
Where it cannot see whose a new socket is, it warns.
"""

import os
import warnings

import pytest
import tcpmem

# No reason to miss a socket: one namespace was asked for; and what processes
# that could not be read may have open is of kind "hidden"
KNOWN = {"netns-scope", "fds-unreadable", "proc-hidden", "proc-foreign"}


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
    """By cookie, for no other connection ever has the same: their sockets, and
    those that may be theirs; and why there may be more"""
    pids = family()
    with tcpmem.snapshot(netns=["self"]) as now:
        rows = {row["cookie"]: row for row in now.to_dicts()}
        unseen = [] if now.complete else [
            warning.text for warning in now.warnings
            if warning.code not in KNOWN]
    theirs = {cookie: row for cookie, row in rows.items()
              if pids & {holder["pid"] for holder in row["holders"]}}
    hidden = {cookie for cookie, row in rows.items()
              if row["kind"] == "hidden"}
    return theirs, hidden, unseen


@pytest.fixture(autouse=True)
def no_leaked_sockets():
    before, hidden_before, _ = open_sockets()
    yield
    after, hidden, unseen = open_sockets()
    left = [row for cookie, row in after.items() if cookie not in before]
    if left:
        pytest.fail("sockets are left open:\n" + "\n".join(
            "  {state} {local}:{local_port} - {remote}:{remote_port}, "
            "{held_bytes} bytes".format(**row) for row in left),
            pytrace=False)
    if hidden - hidden_before:
        unseen.append("of processes that cannot be read: "
                      f"{len(hidden - hidden_before)} new sockets")
    if unseen:
        warnings.warn("sockets may be left open: " + "; ".join(unseen))

# SPDX-License-Identifier: LGPL-2.1-or-later
"""suite_hybrid.py - memory as cgroup v1, all else in one v2 tree beside it"""
import os

import kit
import suite_cgroup

UNIFIED = "/sys/fs/cgroup/unified"
MEMORY = "/sys/fs/cgroup/memory"


def rows():
    answer = kit.answer("by", "cgroup")
    found = {row["key"]: row["sockets"] for row in answer["rows"]}
    return None if found.get("/clients") == 10 else found


def accounting():
    """v1 counts sockets from a limit on: known where one was set"""
    answer = kit.answer("summary", "--cgroups")
    found = {row["cgroup"]: row for row in answer["cgroups"] or []}
    wrong = suite_cgroup.wrong_rows(
        {path: row for path, row in found.items()
         if row["verdict"] != "unknown"})
    if wrong or "/limited" not in found:
        return wrong or list(found)
    return None


def run():
    suite_cgroup.ROOT = MEMORY
    os.makedirs(MEMORY + "/limited", exist_ok=True)
    limit = MEMORY + "/limited/memory.kmem.tcp.limit_in_bytes"
    if os.path.exists(limit):
        kit.write(limit, str(64 << 20))
    suite_cgroup.child("/server", suite_cgroup.listen)
    suite_cgroup.child("/limited", suite_cgroup.clients, 5)
    suite_cgroup.ROOT = UNIFIED
    suite_cgroup.child("/clients", suite_cgroup.clients, 10)
    kit.case("sockets by cgroup", rows)
    if os.path.exists(limit):
        kit.case("summary --cgroups", accounting)
    else:
        kit.say("skip", "summary --cgroups", "this kernel has no "
                "memory.kmem.tcp.limit_in_bytes")
    suite_cgroup.end_children()

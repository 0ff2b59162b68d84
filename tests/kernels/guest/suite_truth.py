# SPDX-License-Identifier: LGPL-2.1-or-later
"""suite_truth.py - every scenario of scripts/truth"""
import os
import re
import subprocess

import kit

TRUTH = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..",
                     "truth", "truth.py")
GROUP = "/sys/fs/cgroup/truth"


def enter_cgroup():
    """SO_RESERVE_MEM is refused to sockets of the root cgroup"""
    os.makedirs(GROUP, exist_ok=True)
    kit.write(GROUP + "/cgroup.procs", "0")


def run():
    enter_cgroup()
    child = subprocess.Popen(["/usr/bin/python3", TRUTH, "--build", kit.build],
                             stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT, text=True)
    line = ""
    for line in child.stdout:
        name, _, rest = line.strip().partition(" ")
        rest = rest.strip()
        if rest.startswith("not to be had: "):
            kit.say("skip", name, rest[len("not to be had: "):])
        elif "agrees: " in rest:
            kit.say("ok", name)
        elif "WRONG: " in rest:
            kit.say("not ok", name, rest)
    if child.wait() not in (0, 1) or " scenarios agree" not in line:
        kit.say("not ok", "truth.py", "exit %d: %s" % (child.returncode, line))

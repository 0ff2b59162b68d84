# SPDX-License-Identifier: LGPL-2.1-or-later
"""suite_nomptcp.py - MPTCP is switched off, or not there: nothing is missing

Runs before anything has used MPTCP.
"""
import os
import subprocess

import kit
import sockets
from suite_nodiag import MODPROBE

SWITCH = "/proc/sys/net/mptcp/enabled"


def nothing_is_missing():
    answer = kit.answer("summary")
    codes = [warning["code"] for warning in answer["warnings"]]
    return None if answer["complete"] and not codes else codes


def run():
    if os.path.exists(SWITCH):
        kit.write(SWITCH, "0")
    scene = sockets.Scene("IPv4")
    sockets.full(scene)
    subprocess.call(["modprobe", "tcp_diag"])
    before = kit.read(MODPROBE)
    kit.write(MODPROBE, "/bin/false")
    kit.case("summary, without the module", nothing_is_missing)
    kit.write(MODPROBE, before)
    kit.case("summary", nothing_is_missing)
    scene.close()
    if os.path.exists(SWITCH):
        kit.write(SWITCH, "1")
    # as "nodiag" wants it
    for module in ("mptcp_diag", "tcp_diag", "inet_diag"):
        subprocess.call(["modprobe", "-r", module],
                        stderr=subprocess.DEVNULL)

# SPDX-License-Identifier: LGPL-2.1-or-later
"""suite_hidepid.py - /proc hides other users' processes"""
import subprocess

import kit
import sockets
from suite_user import NOBODY


def remount(value):
    subprocess.check_call(["mount", "-o", "remount,hidepid=%d" % value,
                           "/proc"])


def hidden_is_said():
    answer = kit.answer("by", "process", **NOBODY)
    if answer["complete"] or not answer["warnings"]:
        return "complete, warnings %s" % answer["warnings"]
    if not any(row["kind"] == "hidden" for row in answer["rows"]):
        return "rows %s" % [row["key"] for row in answer["rows"]]
    return None


def root_sees_all():
    answer = kit.answer("by", "process")
    wrong = [row["key"] for row in answer["rows"] if row["kind"] == "hidden"]
    return wrong or answer["warnings"]


def run():
    scene = sockets.Scene("IPv4")
    sockets.full(scene)
    for value in (1, 2):
        remount(value)
        try:
            kit.case("hidepid=%d" % value, hidden_is_said)
            kit.case("hidepid=%d, as root" % value, root_sees_all)
        finally:
            remount(0)
    scene.close()

# SPDX-License-Identifier: LGPL-2.1-or-later
"""test_saved - a capture is read as by the command that saved it

captures/NAME.tcpmem was saved by the command as it was on 2026-11-26, before
congestion control, coverage and byte order came into the format;
captures/NAME.json is what that command then printed for each question.
"""

import json
import os
import sys

import harness
from harness import answer

CAPTURES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "captures")


def differences(was, now, where):
    """man/tcpmem-json.5: a key never goes away or changes; new ones come"""
    if isinstance(was, dict) and isinstance(now, dict):
        for key, value in was.items():
            if key in now:
                yield from differences(value, now[key], f"{where}.{key}")
            else:
                yield f"{where}.{key} is gone"
    elif isinstance(was, list) and isinstance(now, list):
        if len(was) != len(now):
            yield f"{where}: {len(was)} entries are {len(now)}"
        for i, (old, new) in enumerate(zip(was, now)):
            yield from differences(old, new, f"{where}[{i}]")
    elif was != now or type(was) is not type(now):
        yield f"{where}: {was!r} is {now!r}"


def reads_as_before(name):
    with open(os.path.join(CAPTURES, name + ".json"), encoding="utf-8") as file:
        printed = json.load(file)
    assert len(printed) == 3 and all(was["rows"] for was in printed.values())
    path = os.path.join(CAPTURES, name + ".tcpmem")
    for question, was in printed.items():
        now = answer(*question.split(), "--from", path)
        found = list(differences(was, now, question))
        assert not found, "\n".join(found)


def test_states_and_kinds_are_read_as_before():
    reads_as_before("states")


def test_tcp_info_is_read_as_before():
    reads_as_before("info")


def test_several_namespaces_are_read_as_before():
    reads_as_before("netns")


if __name__ == "__main__":
    sys.dont_write_bytecode = True
    harness.main(globals())

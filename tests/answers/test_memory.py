# SPDX-License-Identifier: LGPL-2.1-or-later
"""test_memory - the commands of the dialogues, each allocation refused once

    test_memory FAULTY-TCPMEM FILL

FAULTY-TCPMEM runs again and again; see tests/faults/repeat.py. What it says
then is the same answer, or an error that names the memory: never less, never
the end of a crash, and no file is left of it. An allocation that a chain of
callers makes is refused in the first command in which they make it.
"""

import os
import shlex
import sys
import tempfile

import test_answers
from test_answers import harness

sys.path.insert(0, os.path.join(test_answers.HERE, "../faults"))
import repeat  # noqa: E402


def is_honest(whole, answer):
    """Nothing printed differs, and no warning is missing but for want of
    memory"""
    said = set(answer[2])
    return whole[:2] == answer[:2] and (
        set(whole[2]) <= said or
        any(map(repeat.LACKS_MEMORY.search, said)))


def tried_on(line, known):
    with repeat.Command(harness.TCPMEM, shlex.split(line)[2:],
                        test_answers.PLACE, test_answers.shown) as command:
        for wrong in repeat.wrong_answers(command, known, is_honest):
            yield f"{line}: {wrong}"


def check(path, known):
    before = len(known)
    with open(path, encoding="utf-8") as file:
        wrong = [answer for line in file.read().splitlines()
                 if line.startswith("$ tcpmem")
                 for answer in tried_on(line, known)]
    print(f"# {os.path.basename(path)}: {len(known) - before} places",
          flush=True)
    assert not wrong, "\n".join(wrong)
    assert len(known) > before, "no allocation was refused"


def cases():
    known = set()
    for file in sorted(os.listdir(test_answers.HERE)):
        name, suffix = os.path.splitext(file)
        path = os.path.join(test_answers.HERE, file)
        # what is played takes another program
        if suffix == ".txt" and not name.startswith("played") and (
                test_answers.FILL or not test_answers.is_of_stores(path)):
            yield "test_" + name, lambda path=path: check(path, known)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as place:
        os.chdir(place)
        test_answers.make_hosts()
        harness.main(dict(cases()))

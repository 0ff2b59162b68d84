# SPDX-License-Identifier: LGPL-2.1-or-later
"""test_screen - tcpmem top: plain screens, and those of a terminal"""

import os
import tempfile

import harness
from harness import contains, equal, output, run

CAPTURES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "captures")
STATES = os.path.join(CAPTURES, "states.tcpmem")


def cells(text, first):
    """The rows of a table, up to an empty line, by heading"""
    lines = text.splitlines()
    begin = next(i for i, line in enumerate(lines) if line.startswith(first))
    names = lines[begin].split()
    rows = []
    for line in lines[begin + 1:]:
        if not line:
            break
        rows.append(dict(zip(names, line.split())))
    return rows


def agree(top, by, first):
    """Both have the same rows, and equal numbers where both have a column"""
    ours, theirs = cells(top, first), cells(by, first)
    equal(len(ours), len(theirs))
    for ours, theirs in zip(ours, theirs):
        for name in theirs:
            equal(ours[name], theirs[name], name)


def test_a_plain_screen_equals_by():
    """"--batch -n 1 equals `by process` of the same snapshot, number for
    number; `top --from` a capture equals `by --from`" """
    for key in ("process", "state", "netns", "local-port", "peer"):
        for filter in ([], ["state established"]):
            agree(output("top", "--batch", "-n", "1", "--by", key, "--from",
                         STATES, *filter),
                  output("by", key, "--from", STATES, *filter), key.upper())


def test_without_a_terminal_it_prints():
    """"Where input or output is no terminal ... it prints plain screens" """
    text = output("top", "--netns", "self", "-n", "2", "-d", "1ms")
    equal(text.count("LIVE"), 2)
    equal(text.count("PROCESS"), 2)


def test_each_view_has_a_plain_screen():
    views = output("top", "--help").split("Views:\n")[1].split("\n\n")[0]
    listener, client, server = harness.connect()
    for view in views.split():
        text = output("top", "--netns", "self", "-b", "-n", "1", "--by", view)
        contains(text, "Scope: ")
        contains(text, f"by {view}" if view not in ("sockets", "blame",
                                                    "limits") else view)
    for s in (client, server, listener):
        s.close()


def test_wrong_words_are_told():
    for args, said in ((["--by", "proces"], "did you mean 'process'"),
                       (["--sort", "-hold"], "cannot sort by 'hold'"),
                       (["-n", "0"], "a number is needed")):
        done = run("top", "-b", *args)
        equal(done.returncode, 2)
        contains(done.stderr, said)


if __name__ == "__main__":
    harness.enter_netns()
    harness.main(globals())

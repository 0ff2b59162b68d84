# SPDX-License-Identifier: LGPL-2.1-or-later
"""test_tables - tables on terminals of several widths"""

import os
import re
import shlex
import shutil
import time

import harness
from harness import contains, equal, output, run

try:
    from terminal import Terminal
    MISSING = None
except ModuleNotFoundError as why:
    MISSING = str(why)

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "captures")
STATES = os.path.join(FOLDER, "states.tcpmem")
HOST = os.path.join(FOLDER, "../../../docs/host.tcpmem")
TABLES = (["ps", "--from", STATES], ["by", "cgroup", "--from", STATES],
          ["by", "process,state,peer", "--from", STATES],
          ["sockets", "--from", STATES],
          ["sockets", "--from", STATES, "-o", "+rmem,cmdline,cookie,inode"],
          ["diff", STATES, STATES, "--all"], ["limits", "--netns", "self"])
NO_ROOM = "No room for: "


def shown(width, *args):
    """The lines that a terminal shows, as far as there are any"""
    if MISSING:
        raise harness.Skip(MISSING)
    with Terminal(*args, columns=width, lines=400) as t:
        equal(t.end() in (0, 256), True)  # diff: there is a difference
        return t.text().rstrip().split("\n")


def steady(text):
    """What is live moves between two looks"""
    return re.sub(r"\d+(\.\d)?[BKMG]?", "0", text)


def words(text):
    return set(re.split(r"[\s,/]+", steady(text)))


def headings(lines):
    return lines[0].split()


def table(lines):
    """Up to an empty line, and the columns that had no room"""
    if lines[0].startswith("Nearest to its limit"):
        lines = lines[lines.index("") + 1:]
    lines = lines[:lines.index("")] if "" in lines else lines
    text, _, missing = "\n".join(lines).partition("\n" + NO_ROOM)
    return text.split("\n"), re.split(r",\s+", missing) if missing else []


def test_words_stay_whole_at_every_width():
    """"Wrapping at words, never in a pid, name or number; at 80 columns the
    least important column is cut or dropped, with a mark" """
    for args in TABLES:
        done = run(*args, scoped=False)
        all_lines, _ = table(done.stdout.split("\n"))
        known = words(done.stdout)
        for width in (48, 80, 120):
            lines, missing = table(shown(width, *args))
            assert max(map(len, lines)) <= width, (args, width, lines)
            equal([name for name in headings(all_lines)
                   if name not in missing], headings(lines), (args, width))
            if "-o" in args:  # a command line may be cut
                continue
            equal(words("\n".join(lines)) - known, set(), (args, width))


def test_what_tells_most_stays_longest():
    for width, wanted in ((60, []), (54, ["OBJECTS"]), (44, ["OBJECTS", "SHARE%"])):
        _, missing = table(shown(width, "ps", "--from", STATES))
        equal(missing, wanted, width)
    lines, _ = table(shown(22, "ps", "--from", STATES))
    equal(headings(lines), ["PROCESS", "HELD"])


def test_wide_terminals_are_used():
    """"200 columns used": what wraps at 80 has a line of its own"""
    args = ["limits", "--netns", "self"]
    _, missing = table(shown(200, *args))
    equal(missing, [])
    lines = shown(200, *args)
    wide = [line for line in lines if line.startswith("tcp_rmem_default ")]
    assert wide[0].endswith("receive buffer that a socket begins with"), wide


def test_without_headings_a_program_reads():
    lines = shown(40, "ps", "--from", STATES, "-n")
    assert not any(line.startswith(NO_ROOM) for line in lines), lines


def test_what_could_not_be_seen_is_one_line_of_summary():
    """"exact texts for what cannot be seen, one line, details with -v" """
    bare = ["setpriv", "--inh-caps=-all", "--bounding-set=-all"]
    bare = [] if os.geteuid() else bare
    brief, full = (harness.subprocess.run(
        [*bare, harness.TCPMEM, "summary", "--netns", "self", *verbose],
        stdout=-1, encoding="utf-8", env=dict(os.environ, LC_ALL="C.UTF-8"),
        check=True).stdout for verbose in ([], ["-v"]))
    if "Warnings:" not in full:
        raise harness.Skip("everything can be seen here")
    said = full.split("Warnings:\n  ")[1].replace("\n  ", " ")
    line = re.search(r"^Warnings: \d+ \(-v tells all\): (.*)$", brief, re.M)
    line = line[1].rstrip("\u2026")
    equal(steady(said).startswith(steady(line)), True, (said, line))
    assert len(brief.splitlines()) <= 24, brief


def test_queues_have_units():
    """"IEC units everywhere for people, -b exact" """
    text = output("sockets", "--from", STATES, "-o", "state,recv_q,send_q")
    exact = output("sockets", "--from", STATES, "-b", "-o",
                   "state,recv_q,send_q")
    for line, bytes in zip(text.splitlines()[1:], exact.splitlines()[1:]):
        if not line:
            break
        state, *queues = line.split()
        for queue, number in zip(queues, bytes.split()[1:]):
            equal(re.sub(r"\d", "", number), "")
            equal(queue[-1] in "BKM", state != "listening", line)


def on_tmux(*args):
    """What a person sees in 80x24 when the prompt is back"""
    if not shutil.which("tmux"):
        raise harness.Skip("no tmux")
    # one that ends still answers under its name
    name = f"tcpmem-{os.getpid()}-{time.monotonic_ns()}"
    tmux = ["tmux", "-L", name, "-f", "/dev/null"]
    env = dict(os.environ, LC_ALL="C.UTF-8", TERM="xterm", PS1="prompt")
    env.pop("TMUX", None)

    def ask(*more):
        return harness.subprocess.run([*tmux, *more], stdout=-1, check=True,
                                      encoding="utf-8", env=env).stdout
    words = shlex.join([harness.TCPMEM, *args])
    ask("new-session", "-d", "-x", "80", "-y", "24",
        f"{words}; printf 'prompt '; read")
    try:
        deadline = time.monotonic() + harness.patience(60)
        while "prompt" not in ask("capture-pane", "-p"):
            assert time.monotonic() < deadline
            time.sleep(0.1)
        return ask("capture-pane", "-p")
    finally:
        ask("kill-server")


def test_the_answer_is_on_the_screen():
    """"on 24 rows the answer has scrolled away", "lines break inside words
    and pids": not any more, as tmux shows it"""
    text = on_tmux("summary", "--from", HOST)
    contains(text, "TCP holds ")
    contains(text, "crawler[141]: 30 sockets in CLOSE_WAIT; see: tcpmem "
             "explain 141")
    equal(re.findall(r"^[a-z-]+ +0 ", text, re.M), [])
    for args in (["ps", "--from", HOST], ["sockets", "--limit", "9", "--from",
                                          HOST]):
        known = words(output(*args))
        equal(words(on_tmux(*args)) - known -
              {"prompt", "No", "room", "for:"}, set(), args)


if __name__ == "__main__":
    harness.main(globals())

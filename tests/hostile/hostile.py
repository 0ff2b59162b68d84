# SPDX-License-Identifier: LGPL-2.1-or-later
"""hostile - every command, by everybody, in every place where something lacks

    hostile.py [OPTION]... INJECT COMMAND

Runs each command of tests/faults as each caller in each place (become.py), and
compares what it says with what root is told undisturbed: it is the same; or an
error, which names what and where; or it says itself that something is missing.
"""

import argparse
import collections
import hashlib
import itertools
import os
import pathlib
import queue
import sys
import threading

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "faults"))

import become  # noqa: E402
import faults  # noqa: E402

# They end with an error: the scene is a PID namespace of its own.
COMMANDS = [command for command in faults.COMMANDS
            if command.name not in faults.AMONG_OTHERS]

# A sanitizer takes terabytes of addresses, reads /proc itself, and is the first
# of all libraries.
NOT_SANITIZED = "40 MB", "20 MB", "empty /proc", "far future"

# Whether there is an answer cannot be seen.
MUTE = {"no fd 2"}

UNKNOWN = 3
TROUBLE = {1, 2, UNKNOWN}
OF_RUN = range(120, 128)


def describe(case):
    command, caller, place = case
    return f"{command.name}, {caller}, {place}"


def names_what(command, done, place):
    """Exit codes are promised; the first word of an error is who says it"""
    if done.status not in TROUBLE and \
            not (command.name == "run" and done.status in OF_RUN):
        return False
    return place in MUTE or any(
        line.startswith(("tcpmem: ", "TCPMEM ", "store: ")) and len(line) > 12
        for line in (done.err + done.out).splitlines())


def judge(stage, case, done):
    command, _, place = case
    if "become: " in done.err or "error while loading" in done.err:
        return "missed", done.err
    end = faults.judge_end(command, done)
    if end:
        return end
    if done.status == UNKNOWN and done.out.startswith("{"):
        command = command._replace(answers=command.answers | {UNKNOWN})
    answers = done.status in command.answers
    allowed = {"before", "store"} & set(command.args)
    if answers or command.name in ("check-keep", "run", "record",
                                   "textfile"):
        allowed |= set(command.files)
    verdict, why = faults.judge_words(stage, command, done,
                                      set(done.files) - allowed,
                                      place in MUTE)
    if verdict == "error" and not names_what(command, done, place):
        return "wrong", f"exit {done.status}: {done.err}{done.out[:300]}"
    return verdict, f"exit {done.status}: {done.err[:600]}\n{why}"


def run(stage, case):
    command, caller, place = case
    stage.base(command)
    stage.wrapper = [sys.executable, str(HERE / "become.py"), caller, place]
    done = stage.run(command)
    stage.wrapper = []
    return judge(stage, case, done)


def work(stage, cases, counts, lock):
    while True:
        try:
            case = cases.get_nowait()
        except queue.Empty:
            return
        verdict, why = run(stage, case)
        with lock:
            counts[verdict] += 1
            if verdict in faults.BAD:
                print(f"{verdict}: {describe(case)}")
                print("".join(f"    {line}\n" for line in why.splitlines()),
                      end="", flush=True)


def choose(args, sanitized):
    def rank(case):
        text = f"{args.seed} {describe(case)}"
        return hashlib.sha256(text.encode()).hexdigest()

    commands = [command for command in COMMANDS
                if not args.only or command.name in args.only.split(",")]
    cases = [case for case in itertools.product(
        commands, args.caller or become.CALLERS, args.place or become.PLACES)
        if not (sanitized and case[2] in NOT_SANITIZED)]
    return sorted(cases, key=rank)[:args.count]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("inject")
    parser.add_argument("program")
    parser.add_argument("--count", type=int, help="so many, by chance")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", help="commands, with commas between")
    parser.add_argument("--caller", action="append",
                        choices=list(become.CALLERS))
    parser.add_argument("--place", action="append",
                        choices=list(become.PLACES))
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    args = parser.parse_args()
    if os.geteuid() != 0:
        print("only root makes namespaces that hold mounts and processes")
        sys.exit(faults.SKIP)
    os.umask(0)  # the files are everybody's
    program = os.path.abspath(args.program)
    sanitized = b"__asan_init" in pathlib.Path(program).read_bytes()
    cases, counts, lock = queue.Queue(), collections.Counter(), \
        threading.Lock()
    for case in choose(args, sanitized):
        cases.put(case)
    stages = []
    try:
        for _ in range(args.jobs):
            stages.append(faults.Stage(os.path.abspath(args.inject), program))
            stages[-1].prepare()
        faults.on_each(stages, work, cases, counts, lock)
    finally:
        for stage in stages:
            stage.end()
    print(f"{sum(counts.values())} answers in places where something lacks")
    for word, meaning in faults.WORDS.items():
        if counts[word] or word in faults.BAD:
            print(f"{counts[word]:7} {meaning}")
    sys.exit(faults.has_failed(counts))


if __name__ == "__main__":
    main()

# SPDX-License-Identifier: LGPL-2.1-or-later
"""test_answers - what the command says of hosts that never were, word for word

    test_answers TCPMEM FILL [PLAYED] [--update]

Each *.txt here is a dialogue: a line "$ tcpmem ..." and what it printed; lines
of standard error begin with "! ", and a status that is not 0 stands behind
"= "; the tables of a database that --sqlite made follow. What follows from
numbers that hosts.py chose can be worked out by hand; a change of an answer
shows in a diff, where somebody has to find it right. With --update what is
printed now is written there.

FILL makes stores of moments; it is empty where the build has none. PLAYED is
the command over a kernel that is played from captures: dialogues with it have
what played.c takes before "tcpmem", as in "$ LOOKS=shop{0..7} tcpmem ps".
"""

import difflib
import glob
import json
import os
import re
import shlex
import sqlite3
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "../cli"))
import bounds  # noqa: E402
import harness  # noqa: E402
import hosts  # noqa: E402

FILL = sys.argv[2] and os.path.abspath(sys.argv[2])
UPDATE = sys.argv[-1] == "--update"
PLAYED = os.path.abspath(sys.argv[3]) if len(sys.argv) > 3 + UPDATE else ""
VERSION = harness.run("--version", scoped=False).stdout.split()[1]
# the 80 columns of a file, no matter where this runs
PLACE = {"TZ": "UTC", "COLUMNS": "80"}


# what it took, what libraries made of it, and whose answer it is
OF_THIS_RUN = re.compile(
    r"(?m)^(tcpmem_collect_(?:duration_seconds|cpu_seconds_total)|size  |"
    r'a look  |<p class="dim">tcpmem|tcpmem_build_info|'
    r"(?:CAPTURE|REPLAY) .*  a look ).*$")


def shown(text):
    """Control characters as Python writes them; lines stay lines"""
    text = OF_THIS_RUN.sub(r"\1 ...", text)
    text = re.sub(r"\S*tcpmem-run-\d{2,7}-\d+", "...", text)
    return re.sub(r"[\x00-\x09\x0b-\x1f\x7f]",
                  lambda c: repr(c.group())[1:-1], text)


def one_a_line(value):
    """A JSON document with a line for each key, and for each entry of a list"""
    def compact(part):
        return json.dumps(part, ensure_ascii=False)

    for key, part in value.items():
        if isinstance(part, list) and part:
            yield f"{key}: ["
            yield from ("  " + compact(entry) for entry in part)
            yield "]"
        else:
            yield f"{key}: {compact(part)}"


def printed(args, text):
    if "-J" in args and text.startswith("{") and args[0] != "watch":
        return list(one_a_line(json.loads(text)))
    return shown(text).splitlines()


def tables_of(path):
    """The tables of a database, a line for each row"""
    with sqlite3.connect(path) as db:
        for table, in db.execute("SELECT name FROM sqlite_master"):
            rows = db.execute(f"SELECT * FROM {table}")
            yield f"{table}: " + ", ".join(name for name, *_ in
                                           rows.description)
            for row in rows:
                yield "  " + json.dumps(row, ensure_ascii=False).replace(
                    f'"{VERSION}"', "...")
    db.close()


def spelled_out(looks):
    """shop0,shop1 of shop{0..1}"""
    return re.sub(r"(\w+)\{(\d+)\.\.(\d+)\}", lambda m: ",".join(
        m[1] + str(n) for n in range(int(m[2]), int(m[3]) + 1)), looks)


def run(program, args, place):
    command, harness.TCPMEM = harness.TCPMEM, program
    try:
        return harness.run(*args, env={**PLACE, **place}, scoped=False,
                           stdin=subprocess.DEVNULL)
    finally:
        harness.TCPMEM = command


def said(line):
    """What the command says to this, below it"""
    words = shlex.split(line)[1:]
    args = words[words.index("tcpmem") + 1:]
    place = dict(spelled_out(word).split("=", 1)
                 for word in words[:words.index("tcpmem")])
    done = run(PLAYED if place else harness.TCPMEM, args, place)
    out = [line] + printed(args, done.stdout)
    if "--sqlite" in args:
        path = args[args.index("--sqlite") + 1]
        if done.returncode == 0:
            out += tables_of(path)
            os.unlink(path)
        assert not glob.glob(path + "*"), line
    out += ["! " + error for error in shown(done.stderr).splitlines()]
    if done.returncode:
        out.append(f"= {done.returncode}")
    return out


def held_again(lines):
    """The same dialogue anew; what stands between is kept"""
    out = []
    for before, line in zip([""] + lines, lines):
        if line.startswith("$ "):
            out += [*said(line), ""]
        elif line.startswith("# ") and not before:
            out.append(line)
    return out[:-1]


def is_of_stores(path):
    return path.endswith(("/pages.txt", "/sqlite.txt", "store.txt"))


def check(path):
    if not FILL and is_of_stores(path):
        raise harness.Skip("this build has no stores")
    if not PLAYED and os.path.basename(path).startswith("played"):
        raise harness.Skip("no command to play captures for")
    with open(path, encoding="utf-8") as file:
        was = file.read().splitlines()
    now = held_again(was)
    assert any(line.startswith("$") for line in now), path
    if UPDATE:
        with open(path, "w", encoding="utf-8") as file:
            file.write("\n".join(now) + "\n")
        return
    changes = list(difflib.unified_diff(was, now, "as it was", "as it is",
                                        lineterm="", n=3))
    assert not changes, "\n".join(changes)


def fill(store, *parts, every_ms=60000):
    subprocess.run([FILL, store, str(every_ms), *parts], check=True)


def remove(store, *begins):
    for name in os.listdir(store):
        if name.startswith(begins):
            os.unlink(os.path.join(store, name))


def make_stores():
    shop = [f"shop{minute}.tcpmem" for minute in range(8)]
    fill("recorded", *shop[:3], "mark=a new version", *shop[3:5],
         "incident=java[200] leaks", *shop[5:])
    fill("crowd", *(f"crowd{minute}.tcpmem" for minute in (0, 1, 61)))
    fill("twice", *shop[:2], "anew.tcpmem")
    fill("mute", "old.tcpmem")
    fill("kept", *shop[:3], "mark=a new version", "incident=late", shop[3])
    remove("kept", "look-")
    fill("away", *shop[:2], "away.tcpmem")
    fill("paces", *shop[:3])
    fill("paces", *shop[3:5], every_ms=10000)
    fill("long", *(f"steady{minute}.tcpmem" for minute in range(50)))
    fill("torn", *shop[:3], "crowd61.tcpmem")
    with open("torn/look-20261122T130100.000Z.db", "wb") as file:
        file.write(b"no database")
    fill("wordy", shop[0], "mark=" + "a" * 300, shop[1], "mark=" + "b" * 301,
         shop[2], "mark=c" + "\u00e9" * 150, shop[3], "mark=d" +
         "\u65e5" * 99 + "\u00e9" * 2, shop[4], "mark=", shop[5])
    fill("quarters", *shop, "crowd61.tcpmem")
    remove("quarters", "look-20261122T12", "minute-")


def make_files():
    """Of the kernel: how often it killed for want of memory"""
    nginx, redis = (f"system.slice/{name}.service"
                    for name in ("nginx", "redis"))
    v2, v1 = "cgroup2/%s/memory.events", "cgroup1/memory/%s/memory.oom_control"
    for look, files in enumerate((
            {"proc/vmstat": 3, v2 % nginx: 1, v1 % redis: 2},
            {"proc/vmstat": 3, v2 % nginx: 1, v1 % redis: 2},
            {"proc/vmstat": 8, v2 % nginx: 2, v1 % redis: 4},
            {"proc/vmstat": 8, v2 % nginx: 2, v1 % redis: 5},
            {"proc/vmstat": 9, v2 % nginx: 3},
            {}, {"proc/vmstat": 12, v2 % nginx: 3},
            {"proc/vmstat": 14, v2 % nginx: 3})):
        for path, count in files.items():
            path = os.path.join("killed", str(look + 1), path)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w", encoding="ascii") as file:
                file.write(f"oom 77\noom_kill_disable 0\noom_kill {count}\n"
                           "oom_kill 99\n")
    os.makedirs("empty", exist_ok=True)
    # of a run that was killed, and what no run has made
    for name in "tcpmem-run-1-999999999999999", "tcpmem-run-1-01":
        os.makedirs(f"cgroups/own/{name}", exist_ok=True)
    with open("cgroups/own/cgroup.procs", "w", encoding="ascii"):
        pass
    os.makedirs("surplus", exist_ok=True)
    for day in range(10, 22):
        with open(f"surplus/tcpmem-check-202001{day}T000000.000Z.capture",
                  "w", encoding="ascii"):
            pass


def make_hosts():
    for name, host in {**hosts.MOMENTS, **bounds.MOMENTS}.items():
        with open(name + ".tcpmem", "wb") as file:
            file.write(host.write())
    with open("torn.tcpmem", "wb") as file:
        file.write(hosts.MOMENTS["shop1"].write()[:8000])
    make_files()
    if FILL:
        make_stores()


def cases():
    """One for each dialogue"""
    for file in sorted(os.listdir(HERE)):
        name, suffix = os.path.splitext(file)
        if suffix == ".txt":
            yield "test_" + name, lambda path=os.path.join(HERE, file): \
                check(path)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as place:
        os.chdir(place)
        make_hosts()
        harness.main(dict(cases()))

# SPDX-License-Identifier: LGPL-2.1-or-later
"""kit.py - what the suites share: cases, and the command under test"""
import json
import os
import subprocess
import time

build = None  # the folder of the build; set by run.py


class Skip(Exception):
    """A fact of this kernel for which a case cannot be; the text names it."""


def say(word, name, reason=None):
    line = "%s %s" % (word, name.replace(":", ";"))
    if reason:
        line += ": " + " / ".join(str(reason).splitlines())[:1200]
    print(line, flush=True)


def case(name, function, *arguments):
    """Runs a case: it passes unless it returns a text or raises"""
    try:
        wrong = function(*arguments)
    except Skip as why:
        return say("skip", name, why)
    except Exception as error:
        wrong = "%s: %s" % (type(error).__name__, error)
        if isinstance(error, subprocess.CalledProcessError):
            wrong += " " + (error.stderr or "")
    return say("not ok", name, wrong) if wrong else say("ok", name)


def command(*arguments, prefix=(), **options):
    """tcpmem's outcome, whatever it is; @prefix is a command that runs it"""
    return subprocess.run([*prefix, os.path.join(build, "cli", "tcpmem"),
                           *arguments], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True, timeout=120, **options)


def text(*arguments, **options):
    done = command(*arguments, **options)
    if done.returncode:
        raise AssertionError("tcpmem %s: exit %d: %s" % (
            " ".join(arguments), done.returncode, done.stderr.strip()))
    return done.stdout


def answer(*arguments, **options):
    return json.loads(text(*arguments, "-J", **options))


def until(function, seconds=120):
    """The first true result, or the last one when even a guest is late"""
    end = time.monotonic() + seconds
    while True:
        result = function()
        if result or time.monotonic() > end:
            return result
        time.sleep(0.2)


def read(path):
    with open(path) as file:
        return file.read()


def write(path, data):
    with open(path, "w") as file:
        file.write(data)

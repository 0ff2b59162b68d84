# SPDX-License-Identifier: LGPL-2.1-or-later
"""suite_kernel.py - the tests of tests/kernel, as meson would run them"""
import json
import os
import re
import subprocess

import kit

# Emulation is slow; what hangs is ended all the same.
PATIENCE = "8"
PROGRAM_SECONDS = 1800


def report(name, output, code):
    """A line for each case of a program that wrote TAP"""
    cases = re.findall(r"^(not ok|ok) \d+ - (.*?)(?: # SKIP ?(.*?))?"
                       r"(?=\n(?:not ok|ok) |\s*\Z)", output, re.M | re.S)
    # what fx_fail() says of a case that then exits
    said = re.findall(r"^fixture: .*", output, re.M)
    for word, case, why in cases:
        if why or (word == "ok" and "# SKIP" in case):
            kit.say("skip", "%s %s" % (name, case), why)
        else:
            parts = case.split(": ", 1)
            why = parts[1] if word != "ok" and len(parts) > 1 else None
            if why and why.startswith("Early exit"):
                why = "; ".join([why] + said)
            kit.say(word, "%s %s" % (name, parts[0]), why)
    if code == 77:
        kit.say("skip", name, output.strip().splitlines()[-1])
    elif code and not any(word == "not ok" for word, _, _ in cases):
        kit.say("not ok", name, "exit %s: %s" % (code, output[-300:]))


def run():
    with open(os.path.join(kit.build, "meson-info/intro-tests.json")) as file:
        tests = json.load(file)
    for test in tests:
        if test["suite"][0].split(":")[-1] != "kernel":
            continue
        try:
            done = subprocess.run(
                test["cmd"], cwd=test["workdir"] or kit.build,
                env=dict(os.environ, TCPMEM_TEST_PATIENCE=PATIENCE,
                         CK_TIMEOUT_MULTIPLIER=PATIENCE,
                         CK_TAP_LOG_FILE_NAME="-", CK_VERBOSITY="silent",
                         **test["env"]),
                timeout=PROGRAM_SECONDS, stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            report(test["name"], done.stdout.decode(errors="replace"),
                   done.returncode)
        except subprocess.TimeoutExpired:
            kit.say("not ok", test["name"], "did not end in time")

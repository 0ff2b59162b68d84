# SPDX-License-Identifier: LGPL-2.1-or-later
"""run - measures what tcpmem-claims(7) says, and prints a table

	run.py TCPMEM PAGE [--long] [WORD...]

With words, only claims that have one of them. Ends with 1 if a measurement
contradicts the page, or a claim stands in one of the two places alone.
"""

import ctypes
import json
import os
import re
import sys
import traceback

import claim
import harness

import time_wait  # noqa: F401
import buffers  # noqa: F401
import rss  # noqa: F401
import closing  # noqa: F401

PAGE = sys.argv[2]
WORDS = [word for word in sys.argv[3:] if not word.startswith("--")]
REQUIRE = os.environ.get("TCPMEM_TEST_REQUIRE") == "1"


def on_page():
    """The claims of the manual page, with their verdicts"""
    with open(PAGE) as file:
        text = file.read()
    found = re.findall(r'^\.It Dq (.*)\n\.Sy (?:\\&)?'
                       r'(True|False|It depends) ?\.$', text, re.MULTILINE)
    return {sentence.replace("\\-", "-"): verdict.lower()
            for sentence, verdict in found}


def compare(page):
    here = {sentence: verdict for sentence, verdict, _, _ in claim.CLAIMS}
    wrong = [f"not in the manual page: {s}" for s in here if s not in page]
    wrong += [f"in the manual page, and not measured: {s}" for s in page
              if s not in here]
    wrong += [f"verdicts differ: {s}" for s in here
              if s in page and page[s] != here[s]]
    return wrong


def commands():
    """Those that the page shows, where they can be run as they stand"""
    wrong = []
    for text in sorted({c for _, _, line, _ in claim.CLAIMS
                        for c in line.split("; ")}):
        words = text.split()
        if words[0] == "tcpmem" and "PID" not in words:
            done = harness.run(*words[1:])
            if done.returncode:
                wrong.append(f"'{text}': {done.stderr.strip()}")
    return wrong


def measure(function):
    """Return: a verdict and a figure; verdict None: it could not be done"""
    try:
        return function()
    except claim.Impossible as why:
        return None, f"not measured: {why}"
    except Exception:
        return "failed", traceback.format_exc()


def apart(function):
    """The same in a network namespace of its own, which has nothing yet"""
    new_net = 0x40000000
    hears, tells = os.pipe()
    sys.stdout.flush()
    pid = os.fork()
    if pid == 0:
        try:
            harness.equal(ctypes.CDLL(None).unshare(new_net), 0)
            harness.lo_up()
            os.write(tells, json.dumps(measure(function)).encode())
        finally:
            os._exit(0)
    os.close(tells)
    with open(hears) as pipe:
        said = pipe.read()
    os.waitpid(pid, 0)
    return json.loads(said) if said else ("failed", "it said nothing")


def main():
    wrong = compare(on_page()) + commands()
    measured = 0
    for sentence, verdict, _, function in claim.CLAIMS:
        if WORDS and not any(word in sentence for word in WORDS):
            continue
        got, figure = apart(function)
        if got not in (verdict, None) or (got is None and REQUIRE):
            wrong.append(f"{sentence}: the page says {verdict}")
        measured += got == verdict
        print(f"{got or '-':10} {sentence:62} {figure}", flush=True)
    for line in wrong:
        print("wrong:", line)
    print(f"{measured} measured, {len(wrong)} wrong")
    return 1 if wrong or not measured else 0


if __name__ == "__main__":
    claim.remember_host()
    harness.enter_netns()
    sys.exit(main())

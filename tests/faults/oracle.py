# SPDX-License-Identifier: LGPL-2.1-or-later
"""oracle - is what a command said with a fault in it honest?

It is if it is what the command says undisturbed; or an error, with a message;
or other, and says itself that something is missing. A number that is null
says so too.
"""

import itertools
import json
import re

SANITIZER = re.compile(
    r"(Address|Leak|UndefinedBehavior)Sanitizer|: runtime error: ")

# A namespace without a name is called by its inode, a user by his id.
NUMBER = re.compile(r"\d+")

# Where it was looked, and by what it was found: the answer says so.
SAID = {"source", "sources", "match", "netns", "opened_exactly",
        "events_error"}

# What differs from one undisturbed run to the next.
VOLATILE = re.compile(
    r"time|started|elapsed_seconds|longest_gap_seconds|samples(_missed)?|peaks_known|"
    r"under_pressure|cgroup_(current|anon|file|kernel|sock)_bytes|"
    r"(rss|pss|kernel|residual|moved|tolerance)_bytes|.*_per_minute")


# The same in texts: times, how long a look took and how old it is; rates, which
# are there after two looks
MOMENT = re.compile(
    r"file-max .*|(self: )?opened .*\n|\d{4}-\d\d-\d\dT[\d:.]+Z|[\d.]+(ms|us|s)\b( old)?")

# Series that are of the moment, or of the command itself
VOLATILE_SERIES = re.compile(
    r"tcpmem_(build_info|look|process|start|time|duration|exporter)\w*|"
    r"tcpmem_\w*(seconds|rss|residual|tolerance|pressure)\w*|tcpmem_limit_used.*file-max.*")


def read_series(text):
    """Prometheus' text format as an answer: what is missing stands there too"""
    series = dict(line.rsplit(" ", 1) for line in text.splitlines()
                  if line and line[0] != "#")
    warnings = [name for name, value in series.items()
                if name.startswith("tcpmem_warnings") and float(value)]
    if not float(series["tcpmem_complete"]):
        warnings.append("tcpmem_complete")
    return {"complete": float(series["tcpmem_complete"]) == 1,
            "warnings": warnings,
            "rows": {k: v for k, v in series.items()
                     if not VOLATILE_SERIES.fullmatch(k) and
                     not k.startswith(("tcpmem_warnings", "tcpmem_complete"))}}


def normal(value):
    """Without what is volatile; lists whose order means nothing, in order"""
    if isinstance(value, dict):
        if value.get("name") == "file-max":
            value = dict(value, used=None, used_percent=None)
        return {k: normal(v) for k, v in value.items()
                if not VOLATILE.fullmatch(k)}
    if isinstance(value, list):
        return sorted(map(normal, value),
                      key=lambda v: json.dumps(v, sort_keys=True))
    return value


def told(answer):
    """What an answer says is missing, and the rest of it"""
    answer = dict(answer)
    numbers = [answer.pop("files_left_out", 0), answer.pop("deaf", 0)]
    return (answer.pop("complete", None),
            answer.pop("warnings", []) + list(filter(None, numbers)), answer)


def is_nameless(base, now):
    """The same, or a number where there was a name"""
    return base == now or \
        bool(NUMBER.fullmatch(now)) and not NUMBER.fullmatch(base)


def is_vaguer(base, now):
    """The same, but for values that are null or "unknown" by now"""
    if now is None or now == "unknown" or base == now:
        return True
    if isinstance(base, str) and isinstance(now, str):
        parts, left = base.split(","), now.split(",")
        return len(parts) == len(left) and all(map(is_nameless, parts, left))
    if isinstance(base, dict) and isinstance(now, dict):
        # what ended stands there only if it was heard of
        now = {"ended": None, **now} if "ended" in base else now
        return base.keys() == now.keys() and \
            (now.get("verdict") == "unknown" or
             all(is_vaguer(base[k], now[k]) for k in base
                 if k not in SAID or isinstance(base[k], str) and
                 k == "netns"))
    if isinstance(base, list) and isinstance(now, list):
        return len(base) == len(now) and are_vaguer(base, now)
    return False


def are_vaguer(base, now):
    """The same for lists: what is unknown may stand elsewhere in one"""
    left = [value for value in now if value not in base]
    for value in base:
        if value in now:
            continue
        match = next((i for i, other in enumerate(left)
                      if is_vaguer(value, other)), None)
        if match is None:
            return False
        left.pop(match)
    return not left


def judge_answer(base, now):
    """Return: same, warned, unknown or wrong"""
    _, warnings_before, base = told(base)
    complete, warnings, now = told(now)
    if base == now:
        return "same"
    if complete is not True and warnings != warnings_before and warnings:
        return "warned"
    return "unknown" if is_vaguer(base, now) else "wrong"


def judge_text(base, now):
    """The same for a table: its warnings stand behind it

    A word may have become "unknown", and a limit may be missing.
    """
    if base == now:
        return "same"
    words = list(itertools.zip_longest(base.split(), now.split()))
    if all(None not in pair and (pair[0] == pair[1] or
                                 pair[1].endswith("unknown") or
                                 pair[0].startswith(pair[1] + "/"))
           for pair in words):
        return "unknown"
    said, before = (text.partition("\nWarnings:")[2]
                    for text in (now, base))
    return "warned" if said and said != before else "wrong"


def differences(base, now, path=""):
    """Where two answers differ, a line each"""
    if isinstance(base, dict) and isinstance(now, dict):
        for key in sorted({*base, *now}):
            yield from differences(base.get(key), now.get(key),
                                   f"{path}.{key}")
    elif isinstance(base, list) and isinstance(now, list) and \
            len(base) == len(now):
        for i, (one, other) in enumerate(zip(base, now)):
            yield from differences(one, other, f"{path}[{i}]")
    elif base != now:
        yield f"{path}: {json.dumps(base)[:200]} -> {json.dumps(now)[:200]}"

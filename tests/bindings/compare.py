# SPDX-License-Identifier: LGPL-2.1-or-later
"""compare PROGRAM TCPMEM CAPTURE... - rows of an example, beside the command's

PROGRAM prints a line for each process: its key, then NAME=VALUE for each metric,
"-" for what is not known, with tabs between. Each number that JSON has of a row
has to be there, and the same. The warnings of the capture are lines of its
standard error, each behind a colon.
"""

import json
import subprocess
import sys

# what a row is of, and what the command computes of its sums
OTHERS = {"key", "kind", "pid", "comm", "share_percent",
          "held_per_socket_bytes"}


def run(*command):
    return subprocess.run(command, check=True, encoding="utf-8",
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def rows_of(text):
    for line in text.splitlines():
        key, *values = line.split("\t")
        values = dict(value.split("=") for value in values)
        yield key, {name: None if value == "-" else int(value)
                    for name, value in values.items()}


def wanted(answer):
    for row in answer["rows"]:
        yield row["key"], {name: value for name, value in row.items()
                           if name not in OTHERS}


def main(program, tcpmem, *captures):
    numbers = warnings = 0
    for capture in captures:
        said = run(program, capture)
        answer = json.loads(run(tcpmem, "by", "process", "--from", capture,
                                "-J").stdout)
        told = [line.partition(": ")[2] for line in said.stderr.splitlines()]
        if told != [warning["text"] for warning in answer["warnings"]]:
            sys.exit(f"{capture}: other warnings: {told}")
        warnings += len(told)
        got = sorted(rows_of(said.stdout), key=repr)
        want = sorted(wanted(answer), key=repr)
        if [key for key, _ in got] != [key for key, _ in want]:
            sys.exit(f"{capture}: other rows")
        for (key, have), (_, row) in zip(got, want):
            for name, value in row.items():
                if have[name] != value:
                    sys.exit(f"{capture}: {name} of {key}: {have[name]}, "
                             f"not {value}")
            numbers += len(row)
    print(f"{numbers} numbers and {warnings} warnings of {len(captures)} "
          "captures equal to -J")


if __name__ == "__main__":
    main(*sys.argv[1:])

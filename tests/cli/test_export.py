# SPDX-License-Identifier: LGPL-2.1-or-later
"""test_export - series for Prometheus: the numbers of -J, in two formats"""

import datetime
import errno
import os
import re
import shutil
import socket
import stat
import subprocess
import sys
import tempfile
import time

import harness
from harness import answer, contains, equal, output, patience, run

try:
    from prometheus_client.openmetrics.parser import (
        text_string_to_metric_families)
except ImportError:
    text_string_to_metric_families = None

CAPTURES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "captures")
GROUPS = "program", "unit", "cgroup", "container"
ROW = {"held_bytes": "held_bytes", "buffer_bytes": "buffer_bytes",
       "sockets": "sockets", "close_wait_sockets": "close_wait",
       "unread_bytes": "unread_bytes"}
SAMPLE = re.compile(r'(\w+)(?:\{((?:\w+="(?:[^"\\\n]|\\.)*",?)*)\})? (\S+)')
LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')
SAYS = {"\\n": "\n", '\\"': '"', "\\\\": "\\"}


def parsed(text):
    """{(name, labels): value as text} of either format, each series once"""
    series = {}
    for line in text.split("\n"):
        if not line or line.startswith("#"):
            continue
        name, labels, value = SAMPLE.fullmatch(line).groups()
        labels = tuple((key, re.sub(r"\\.", lambda m: SAYS[m[0]], text))
                       for key, text in LABEL.findall(labels or ""))
        assert (name, labels) not in series, line
        series[name, labels] = value
    return series


def export(*args):
    """As it is: text mode would take a carriage return for a line's end"""
    return output("export", *args, encoding=None).decode()


def series(*args):
    return parsed(export(*args))


def at(found, name, **labels):
    value = found.get(("tcpmem_" + name, tuple(labels.items())))
    return None if value is None else int(value)


def groups_of(found, name, by):
    return {labels[1][1]: int(value)
            for (full, labels), value in found.items()
            if full == "tcpmem_group_" + name and labels[0] == ("by", by)}


def captures():
    for name in "states", "netns", "info":
        yield os.path.join(CAPTURES, name + ".tcpmem")


def test_every_series_is_the_number_of_summary():
    """tcpmem-metrics(7): each is the number that 'tcpmem summary -J' has"""
    for path in captures():
        found = series("--from", path)
        json = answer("summary", "--from", path)
        # "not there where the verdict is narrowed or unknown"
        if json["reconcile"]["verdict"] in ("narrowed", "unknown"):
            json["reconcile"]["residual_bytes"] = None
        for row in json["states"]:
            for key in ("sockets", "held_bytes", "buffer_bytes",
                        "object_bytes", "charged_bytes"):
                equal(at(found, key, state=row["state"]), row[key], key)
        tcp_mem = json["tcp_mem"]
        equal(at(found, "kernel_memory_bytes"), tcp_mem["used_bytes"])
        for level in "low", "pressure", "high":
            equal(at(found, "kernel_limit_bytes", level=level),
                  tcp_mem[level + "_bytes"])
        equal(at(found, "kernel_pressure"), tcp_mem["under_pressure"])
        for name, part, key in (
                ("unread_bytes", "total", "unread_bytes"),
                ("unsent_bytes", "total", "unsent_bytes"),
                ("residual_bytes", "reconcile", "residual_bytes"),
                ("residual_tolerance_bytes", "reconcile", "tolerance_bytes"),
                ("unseen_sockets", "reconcile", "sockets_unseen"),
                ("orphan_sockets", "orphans", "count"),
                ("orphan_limit", "orphans", "max"),
                ("time_wait_sockets", "time_wait", "count"),
                ("time_wait_limit", "time_wait", "max")):
            equal(at(found, name), json[part][key], name)
        equal(at(found, "verdict", verdict=json["reconcile"]["verdict"]), 1)
        equal(at(found, "complete"), json["complete"])
        equal(float(found["tcpmem_collect_timestamp_seconds", ()]),
              datetime.datetime.fromisoformat(json["time"]).timestamp())
        equal(at(found, "netns"), json["netns"]["count"])
        for warning in json["warnings"]:
            assert at(found, "warnings", code=warning["code"]) >= 1
        total = sum(int(value) for (name, _), value in found.items()
                    if name == "tcpmem_warnings")
        equal(total, len(json["warnings"]))


def test_unowned_sockets_are_those_of_sockets():
    """tcpmem-metrics(7): by the kind that 'tcpmem sockets -J' has"""
    for path in captures():
        found = series("--from", path)
        sums = {}
        for row in answer("sockets", "--from", path)["rows"]:
            held, count = sums.get(row["kind"], (0, 0))
            sums[row["kind"]] = (held + (row["held_bytes"] or 0),
                                 count + (row["protocol"] != "subflow"))
        for kind, (held, count) in sums.items():
            if kind != "process":
                equal(at(found, "unowned_held_bytes", kind=kind), held)
                equal(at(found, "unowned_sockets", kind=kind), count)


def test_groups_add_up_to_the_total():
    """tcpmem-metrics(7): the series of all groups add up to the total"""
    for path in captures():
        for by in GROUPS:
            json = answer("by", by, "--from", path)
            for top in "1", "20":
                found = series("--from", path, "--group", by, "--top", top)
                for name, key in ROW.items():
                    rows = groups_of(found, name, by)
                    equal(sum(rows.values()), json["total"][key], name)
                    assert len(rows) <= int(top) + 1, rows
                    for row in json["rows"]:
                        label = row["key"] if row["kind"] == "group" else (
                            f"({row['key']})")
                        if label in rows:
                            equal(rows[label], row[key], label)


def test_ports_are_rows_of_by_port():
    path = os.path.join(CAPTURES, "states.tcpmem")
    rows = {row["key"]: row
            for row in answer("by", "local-port", "--from", path)["rows"]}
    ports = [key for key in rows if key.isdigit()][:3] + ["9"]
    found = series("--from", path, "--port", ",".join(ports))
    for port in ports:
        for name, key in ROW.items():
            equal(at(found, "port_" + name, port=port),
                  rows[port][key] if port in rows else 0, port)


def test_a_hard_limit_of_series_counts_what_it_drops():
    """tcpmem(1): at most N series; what is dropped is counted"""
    path = os.path.join(CAPTURES, "states.tcpmem")
    args = "--from", path, "--group", "program", "--max-series", "210"
    held = groups_of(series(*args), "held_bytes", "program")
    everything = answer("by", "program", "--from", path)
    assert len(series(*args)) <= 210
    equal(len(held), 2)
    equal(sum(held.values()), everything["total"]["held_bytes"])
    equal(at(series(*args), "series_dropped"),
          5 * (len(everything["rows"]) - 1))


def test_the_two_formats_say_the_same():
    """tcpmem-metrics(7): both formats are made from one table"""
    for path in captures():
        args = ("--from", path, "--group", "program", "--port", "80")
        text, openmetrics = (
            {key: value for key, value in series(*args, *more).items()
             if not key[0].startswith("tcpmem_collect_")}
            for more in ((), ("--openmetrics",)))
        equal(text, openmetrics)


def strictly(text):
    if text_string_to_metric_families is None:
        raise harness.Skip("no python3-prometheus-client")
    return {(sample.name, tuple(sample.labels.items())): sample.value
            for family in text_string_to_metric_families(text)
            for sample in family.samples}


def test_a_strict_parser_takes_openmetrics():
    """OpenMetrics 1.0, as python3-prometheus-client reads it"""
    for path in captures():
        text = export("--openmetrics", "--from", path, "--group", "unit",
                      "--port", "80,443")
        equal({key: float(value) for key, value in parsed(text).items()},
              strictly(text))


def test_a_store_is_read_as_a_capture():
    """tcpmem(1): --from a store, --at a moment of it"""
    with tempfile.TemporaryDirectory() as folder:
        store = os.path.join(folder, "store")
        with subprocess.Popen([harness.TCPMEM, "record", "--store", store,
                               "--netns", "self", "--every", "500ms"],
                              stderr=subprocess.PIPE) as recorder:
            deadline = time.monotonic() + patience(60)
            while run("summary", "--from", store).returncode != 0:
                assert time.monotonic() < deadline, "no look is stored"
                time.sleep(0.1)
            recorder.terminate()
        args = "--from", store, "--at", "now"
        json = answer("summary", *args)
        found = series(*args)
        equal(at(found, "kernel_memory_bytes"), json["tcp_mem"]["used_bytes"])
        equal(at(found, "orphan_limit"), json["orphans"]["max"])
        for row in json["states"]:
            equal(at(found, "sockets", state=row["state"]), row["sockets"])


HOSTILE = (b'a "quoted" \\ back\nnew\rline \xc3\xa9 \xff\xfe {x="1"} # EOF'
           b"\xe2\x80\xae")


def test_any_name_of_a_program_is_a_label():
    """tcpmem-metrics(7): what is not UTF-8, and what steers, is U+FFFD"""
    with tempfile.TemporaryDirectory() as folder:
        program = os.path.join(os.fsencode(folder), HOSTILE)
        shutil.copy(os.path.realpath(sys.executable), program)
        code = ("import socket, sys; s = socket.socket(); s.listen(); "
                "print(flush=True); sys.stdin.read()")
        with subprocess.Popen([program, "-c", code], stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE,
                              env={"PYTHONHOME": sys.base_prefix}) as server:
            server.stdout.readline()
            capture = os.path.join(folder, "capture")
            output("save", capture)
            server.stdin.close()
        args = "--from", capture, "--group", "program"
        name = folder + "/" + HOSTILE.decode("utf-8", "replace")
        equal([row["sockets"] for row in
               answer("by", "program", "--from", capture)["rows"]
               if row["key"] == name], [1])
        name = re.sub("[\n\r\u202e]", "\ufffd", name)
        text = export("--openmetrics", *args)
        equal(groups_of(parsed(text), "sockets", "program")[name], 1)
        equal(groups_of(series(*args), "sockets", "program")[name], 1)
        label = (("by", "program"), ("group", name))
        equal(strictly(text)["tcpmem_group_sockets", label], 1)


def test_live_looks_tell_of_themselves():
    found = series("--openmetrics")
    equal(found["tcpmem_collect_success", ()], "1")
    for name in "duration_seconds", "timestamp_seconds", "cpu_seconds_total":
        assert float(found["tcpmem_collect_" + name, ()]) > 0, name
    equal(list(found).count(("tcpmem_build_info", (("version", run(
        "--version").stdout.split()[1]),))), 1)
    assert len(found) <= 200, "METRICS_FIXED"


def test_events_are_the_kernels_counters():
    """tcpmem-metrics(7): of the network namespace that looks"""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        refused = socket.socket().connect_ex(s.getsockname())
    equal(refused, errno.ECONNREFUSED)
    counters = {}
    for name in "snmp", "netstat":
        with open("/proc/self/net/" + name, encoding="utf-8") as file:
            lines = [line.split() for line in file]
        for names, values in zip(lines[::2], lines[1::2]):
            counters.update(zip((names[0] + name for name in names), values))
    found = series()
    for name, counter in (("failed_attempts", "Tcp:AttemptFails"),
                          ("resets_sent", "Tcp:OutRsts"),
                          ("listen_overflows", "TcpExt:ListenOverflows"),
                          ("prunes", "TcpExt:PruneCalled")):
        equal(found[f"tcpmem_{name}_total", ()], counters[counter], name)
    assert at(found, "failed_attempts_total") >= 1
    capture = series("--from", next(captures()))
    assert ("tcpmem_failed_attempts_total", ()) not in capture


def test_textfile_is_replaced_as_a_whole():
    """tcpmem(1): readers find the old file or the new one, mode 0644"""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "tcpmem.prom")
        os.umask(0o077)
        equal(export("--textfile", path), "")
        equal(os.listdir(folder), ["tcpmem.prom"])
        equal(stat.S_IMODE(os.stat(path).st_mode), 0o644)
        with open(path, encoding="utf-8") as file:
            assert at(parsed(file.read()), "collect_success") == 1
        inode = os.stat(path).st_ino
        failed = run("export", "--textfile", path, "--from", "/nowhere")
        equal((failed.returncode, os.stat(path).st_ino), (1, inode))
        failed = run("export", "--textfile", folder + "/none/x.prom")
        equal(failed.returncode, 1)
        contains(failed.stderr, "none/x.prom: No such file")
        equal(os.listdir(folder), ["tcpmem.prom"])


def test_wrong_arguments_are_refused():
    for args, text in (
            (("--group", "process"), "program, unit, cgroup or container"),
            (("--port", "0"), "ports with commas"),
            (("--port", "80,"), "ports with commas"),
            (("--port", "65536"), "ports with commas"),
            (("--port", ",".join(map(str, range(1, 34)))), "32 ports at most"),
            (("--max-series", "100"), "210 at least"),
            (("--top", "-1"), "a number is needed")):
        done = run("export", *args)
        equal(done.returncode, 2, args)
        contains(done.stderr, text)


if __name__ == "__main__":
    sys.dont_write_bytecode = True
    harness.enter_netns()
    harness.main(globals())

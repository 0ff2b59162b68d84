# SPDX-License-Identifier: LGPL-2.1-or-later
"""test_check - thresholds for a monitor, for programs, for CI"""

import json
import os
import re
import resource
import socket
import subprocess
import tempfile
import threading
import time
import xml.etree.ElementTree as ElementTree

import harness
from harness import TCPMEM, contains, equal, run

# Of another boot
OLD_CAPTURE = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                           "../../docs/host.tcpmem")
LEVELS = {"OK": 0, "WARNING": 1, "CRITICAL": 2, "UNKNOWN": 3}

# The guidelines for monitoring plugins: 'label'=value[UOM];[warn];[crit];
# [min];[max], a range being [@]start:end, where start may be ~ and be left out.
NUMBER = r"-?\d+(?:\.\d+)?"
RANGE = rf"@?(?:(?:~|{NUMBER})?:)?(?:{NUMBER})?"
FIGURE = re.compile(
    rf"(?P<label>[^'= ]+|'(?:[^'=]|'')+')=(?P<value>U|{NUMBER})"
    rf"(?P<uom>us|ms|s|%|[KMGT]?B|c)?"
    rf"(?:;(?P<warn>{RANGE}))?(?:;(?P<crit>{RANGE}))?"
    rf"(?:;(?P<min>{NUMBER})?)?(?:;(?P<max>{NUMBER})?)?;?")


def connect():
    """As harness.connect(), and nothing stays behind in TIME_WAIT"""
    kept = harness.connect()
    for end in kept[1:]:
        harness.reset_on_close(end)
    return kept


def beyond(value, text):
    """Whether a monitor would alert, given only the figure's range"""
    inside = text.startswith("@")
    start, colon, end = text.lstrip("@").rpartition(":")
    low = float("-inf") if start == "~" else float(start or 0)
    high = float(end) if end else float("inf")
    return (low <= value <= high) == inside


def plugin(*args, **how):
    """What a monitor makes of the output, and the exit code"""
    done = run("check", *args, **how)
    lines = done.stdout.splitlines()
    first, bar, figures = lines[0].partition("|")
    found = re.fullmatch(r"TCPMEM (OK|WARNING|CRITICAL|UNKNOWN) - (.+?) *",
                         first)
    assert found, lines[0]
    equal(done.returncode, LEVELS[found[1]], lines[0])
    assert len(lines[0]) < 4096
    assert not any("|" in line for line in lines[1:]), lines
    parsed = {}
    figures = figures.strip()
    while figures:
        figure = FIGURE.match(figures)
        assert figure, figures
        parsed[figure["label"].strip("'")] = figure
        rest = figures[figure.end():]
        assert not rest or rest[0] == " ", figures
        figures = rest.strip()
    equal(bool(bar), bool(parsed))
    beyond_it = [x for x in lines[1:] if not x.startswith("warning: ")]
    return done.returncode, found[2], parsed, beyond_it


def test_levels_are_exit_codes():
    kept = connect()
    for limit, code in (("10", 0), ("2,10", 1), ("1,2", 2), ("3", 0)):
        got, text, figures, more = plugin("--max-sockets", limit)
        equal(got, code, text)
        equal(figures["sockets"]["value"], "3")
        warns = figures["sockets"]["warn"]
        equal(warns or None, limit.split(",")[0] if "," in limit else None)
        # who reads the figures alone comes to the same
        alarm = beyond(3, figures["sockets"]["crit"])
        equal(alarm, code == 2)
        contains(text, "sockets 3")
        equal(more, [])
    del kept


# What Monitoring::Plugin makes of a line: each label, value, unit, whether the
# range of critical alerts
PARSER = """
use Monitoring::Plugin::Performance;
use Monitoring::Plugin::Range;
local $/;
my ($data) = <STDIN> =~ /\\|(.*)/;
for (Monitoring::Plugin::Performance->parse_perfstring($data)) {
	my $text = $_->critical // "";
	my $range = $text ne ""
		? Monitoring::Plugin::Range->parse_range_string($text) : undef;
	print join("\t", $_->label, $_->value, $_->uom,
		   $range ? $range->check_range($_->value) : ""), "\n";
}
"""


def monitor(text):
    """The figures as the Perl module reads them"""
    try:
        subprocess.run(["perl", "-MMonitoring::Plugin", "-e", "1"],
                       capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        raise harness.Skip("Monitoring::Plugin of Perl is not here")
    done = subprocess.run(["perl", "-e", PARSER], input=text, check=True,
                          capture_output=True, text=True)
    equal(done.stderr, "")
    return {line.split("\t")[0]: line.split("\t")[1:]
            for line in done.stdout.splitlines()}


# text, and whether 3 sockets are beyond it
RANGES = (("3", 0), ("2", 1), ("3:", 0), ("4:", 1), ("~:3", 0), ("~:2", 1),
          ("1:3", 0), ("4:10", 1), ("1:2", 1), (":2", 1), ("3:3", 0),
          ("@4:10", 0), ("@0:4", 1), ("@3:", 1), ("@0:2", 0), ("~:", 0))


def test_ranges_are_those_of_the_guidelines():
    kept = connect()
    for text, alerts in RANGES:
        code, _, figures, _ = plugin("--max-sockets", text)
        equal(code, 2 * alerts, text)
        equal(beyond(3, figures["sockets"]["crit"]), bool(alerts), text)
        code, _, figures, _ = plugin("--max-sockets", text + ",~:")
        equal(code, alerts, text)
        equal(beyond(3, figures["sockets"]["warn"]), bool(alerts), text)
    contains(plugin("--max-sockets", "5:")[1], "sockets 3, less than 5")
    contains(plugin("--max-sockets", "@0:4")[1], "sockets 3, from 0 to 4")
    contains(plugin("--max-held", "1G:2G")[1], "less than 1.0G")
    got = json.loads(run("check", "--max-sockets", "5:,@0:1", "-J").stdout)
    row = got["results"][0]
    equal((row["warning"], row["warning_range"], row["critical"],
           row["critical_range"]), (None, "5:", None, "@0:1"))
    del kept


def test_a_monitor_reads_the_same():
    """The Perl module knows no @ in performance data, and takes ~: for 0"""
    monitor("x|")
    kept = connect()
    for text, alerts in RANGES:
        if "@" in text or text == "~:":
            continue
        done = run("check", "--max-sockets", text)
        equal(monitor(done.stdout)["sockets"], ["3", "", str(alerts)],
              done.stdout)
    figures = monitor(run("check", "--max-held", "1G", "--max-sockets",
                          "1k").stdout)
    equal([figures["held"][1:], figures["sockets"][1:]], [["B", "0"], ["", "0"]])
    del kept


def test_each_metric_has_a_figure():
    _, client, server = kept = connect()
    client.sendall(b"x" * 10000)
    args = ["--max-held", "1G,2G", "--max-sockets", "1k,10k",
            "--max-close-wait", "10", "--max-time-wait", "10k",
            "--max-orphans", "10,20", "--max-tcp-mem", "8G,9G",
            "--max-growth", "1G/min", "--for", "50ms"]
    code, _, figures, _ = plugin(*args)
    equal(code, 0)
    equal(list(figures), ["held", "sockets", "close-wait", "time-wait",
                          "orphans", "tcp-mem", "growth"])
    assert int(figures["held"]["value"]) > 10000
    equal([figures[f]["uom"] for f in ("held", "sockets", "tcp-mem")],
          ["B", None, "B"])
    equal(figures["held"]["crit"], str(2 << 30))
    equal(figures["growth"]["crit"], "~:" + str(1 << 30))
    del kept, server


def test_groups_and_filters_narrow():
    listener, client, server = harness.connect()
    # closed, the kernel would keep it for a minute: less than a busy host may
    # take for what follows
    server.shutdown(socket.SHUT_WR)
    harness.await_states("listening", "close-wait", "fin-wait-2")
    code, text, figures, more = plugin("--max-sockets", "0,1", "--per",
                                       "state")
    equal(code, 1)
    equal(figures["sockets"]["value"], "1")
    equal(sorted(more), [f"WARNING: sockets of {s}: 1, more than 0"
                         for s in ("close-wait", "fin-wait-2", "listening")])
    contains(text, "and 2 more")
    equal(plugin("--max-sockets", "0", "state", "close-wait")[0], 2)
    equal(plugin("--max-sockets", "0", "--filter", "state established")[0], 0)
    equal(plugin("--max-close-wait", "0")[0], 2)
    equal(plugin("--max-close-wait", "0", "--per", "process")[0], 2)
    harness.reset_on_close(client)
    for s in (client, server, listener):
        s.close()
    harness.await_states()


def test_a_hostile_name_stays_text():
    """The guidelines: "any characters except the equals sign or single quote\""""
    label = r"a\x7cb\x3d1\x0a&<\x1b"

    def setup():
        harness.set_comm(b"a|b=1\n&<\x1b")
        return connect()

    child = harness.Child(setup)
    try:
        code, text, figures, more = plugin("--max-sockets", "2", "--per",
                                           "process")
        equal(code, 2)
        equal(list(figures), ["sockets", f"sockets {label}[{child.pid}]"])
        contains(text, r"a\x7cb=1\x0a&<\x1b[")
        equal(len(more), 1)
        done = run("check", "--max-sockets", "2", "--per", "process",
                   "--junit")
        equal(done.returncode, 2)
        case = ElementTree.fromstring(done.stdout).find("testcase")
        equal(case.get("name"), f"a|b=1\ufffd&<\ufffd[{child.pid}]")
        assert case.find("failure") is not None
    finally:
        child.end()


def test_names_are_labels_a_monitor_reads():
    children = []
    try:
        for name in (b"it's", b"a=b", b"two words"):
            children.append(harness.Child(
                lambda name=name: (harness.set_comm(name), connect())))
        done = run("check", "--max-rss", "8G", "--per", "process")
        equal(done.returncode, 0, done.stdout)
        names = [r"it\x27s", r"a\x3db", "two words"]
        wanted = {f"rss {name}[{child.pid}]"
                  for name, child in zip(names, children)}
        figures = monitor(done.stdout)
        equal(set(figures), {"rss"} | wanted)
        for name in wanted:
            assert int(figures[name][0]) > 1 << 20, figures
            equal(figures[name][1], "B")
    finally:
        for child in children:
            child.end()


def test_an_alarm_on_a_program_that_grows():
    def setup(kept=connect, grown=bytearray):
        kept = kept()
        return kept, grown(b"x" * (64 << 20))

    small = harness.Child(connect)
    large = harness.Child(setup)
    try:
        small_one, large_one = (f"pid = {c.pid}" for c in (small, large))
        equal(plugin("--max-rss", "1G", small_one)[0], 0)
        code, text, figures, _ = plugin("--max-rss", "48M,64M", large_one)
        equal(code, 2, text)
        contains(text, f"[{large.pid}]: ")
        contains(text, "more than 64.0M")
        assert int(figures["rss"]["value"]) > 64 << 20
        # of all, the largest; each of them, by process
        code, text, _, _ = plugin("--max-rss", "64M")
        equal(code, 2)
        contains(text, f"[{large.pid}]: ")
        code, _, _, more = plugin("--max-rss", "64M", "--per", "process")
        equal((code, len(more)), (2, 1))
        with tempfile.NamedTemporaryFile() as file:
            harness.output("save", file.name)
            equal(plugin("--max-rss", "64M", "--from", file.name)[0], 2)
            code, text, _, _ = plugin("--max-fds", "80%", "--from", file.name)
            equal(code, 3, text)
    finally:
        small.end()
        large.end()
    # nobody is there: neither too large nor in order
    code, text, _, _ = plugin("--max-rss", "64M", small_one)
    equal(code, 3)
    contains(text, "no process holds")


def test_fds_and_ports_in_percent():
    def setup():
        resource.setrlimit(resource.RLIMIT_NOFILE, (100, 100))
        kept = connect()
        return kept, [os.open("/dev/null", os.O_RDONLY) for _ in range(70)]

    child = harness.Child(setup)
    try:
        one = f"pid = {child.pid}"
        code, text, figures, _ = plugin("--max-fds", "50%,95%", one)
        equal(code, 1, text)
        equal(figures["fds"]["uom"], "%")
        assert 73 <= float(figures["fds"]["value"]) < 95, text
        equal(plugin("--max-fds", "70", one)[0], 2)
        equal(plugin("--max-fds", "200", one)[0], 0)
    finally:
        child.end()
    harness.set_sysctl("ip_local_port_range", "40000 40009")
    listener = socket.socket()
    listener.bind(("127.0.0.1", 999))
    listener.listen(20)
    kept = [socket.create_connection(listener.getsockname())
            for _ in range(9)]
    code, text, _, _ = plugin("--max-ports", "80%,85%")
    equal(code, 2, text)
    contains(text, "ports of 127.0.0.1:999: 90.0%, more than 85.0%")
    equal(plugin("--max-ports", "9")[0], 0)
    equal(plugin("--max-ports", "8")[0], 2)
    kept[0].sendall(b"x" * 5000)
    equal(plugin("--max-recv-q", "5000")[0], 0)
    equal(plugin("--max-recv-q", "4999")[0], 2)
    for s in kept:
        harness.reset_on_close(s)
        s.close()
    listener.close()
    harness.set_sysctl("ip_local_port_range", "32768 60999")


def test_counters_alarm_by_their_rate():
    over = threading.Event()

    def refuse():
        while not over.is_set():
            with socket.socket() as s:
                s.connect_ex(("127.0.0.1", 1))
            time.sleep(0.005)

    args = ("--max-counter", "OutRsts=0.5,1M", "--max-counter",
            "ListenDrops=0", "--for", "300ms")
    thread = threading.Thread(target=refuse)
    thread.start()
    deadline = time.monotonic() + harness.patience(60)
    try:
        code = 0
        while code == 0 and time.monotonic() < deadline:
            code, text, figures, _ = plugin(*args)
        by_netns = (0,)
        while by_netns[0] == 0 and time.monotonic() < deadline:
            by_netns = plugin(*args, "--per", "netns")
    finally:
        over.set()
        thread.join()
    equal(code, 1, text)
    equal(list(figures), ["ListenDrops", "OutRsts"])
    assert float(figures["OutRsts"]["value"]) > 0.5, text
    contains(text, "/s, more than 0.50/s")
    equal(by_netns[0], 1)
    contains(by_netns[1], "OutRsts of self: ")
    equal(plugin(*args)[0], 0)
    with tempfile.NamedTemporaryFile() as file:
        harness.output("save", file.name)
        code, text, figures, _ = plugin(*args[:4], "--since", file.name)
        equal(code, 0, text)
        equal(list(figures), ["ListenDrops", "OutRsts"])
    code, text, _, _ = plugin(*args[:4], "--since", OLD_CAPTURE)
    equal(code, 3)
    contains(text, "of two boots or two hosts")


def test_wrong_usage_is_unknown():
    for args in ([], ["--max-held", "1Q"], ["--max-weight", "1"],
                 ["--max-held", "2G,1G"], ["--max-growth", "1M/min"],
                 ["--max-held", "1", "--for", "1s"], ["--for", "soon"],
                 ["--max-held", "1", "--per", "colour"],
                 ["--max-held", "1", "--from", "/nonexistent"],
                 ["--max-held", "1", "sport", "="],
                 ["--max-growth", "1M/min", "--since", "/nonexistent"],
                 ["--max-counter", "ListenDrops=1"],
                 ["--max-counter", "Nothing=1", "--for", "1ms"],
                 ["--max-counter", "somaxconn=1", "--for", "1ms"],
                 ["--max-counter", "ListenDrops", "--for", "1ms"],
                 ["--max-counter", "ListenDrops=x", "--for", "1ms"]):
        code, text, figures, _ = plugin(*args)
        equal((code, figures), (3, {}), text)


def test_an_answer_that_is_not_written_is_unknown():
    with open("/dev/full", "w", encoding="utf-8") as full:
        equal(run("check", "--max-held", "1T", stdout=full).returncode, 3)


def test_what_could_not_be_seen_is_said():
    # one namespace of several was asked for: a warning that is wanted
    code, _, _, _ = plugin("--max-held", "1T", "--strict")
    equal(code, 0)
    code, text, _, _ = plugin("--max-unexplained", "1%")
    equal(code, 3)
    contains(text, "unexplained is not known: only a part was asked for")
    # what is critical is so, whatever else is not known
    kept = connect()
    equal(plugin("--max-unexplained", "1%", "--max-sockets", "0")[0], 2)
    del kept


def test_json_has_every_result():
    kept = connect()
    done = run("check", "--max-sockets", "1,2", "--max-held", "1G", "--per",
               "state", "-J")
    equal(done.returncode, 1)
    got = json.loads(done.stdout)
    equal(got["schema"], "tcpmem.check/1")
    equal((got["level"], got["per"]), ("warning", "state"))
    equal([r["metric"] for r in got["results"]],
          ["held", "held", "sockets", "sockets"])
    worst = got["results"][2]
    equal(worst, {"metric": "sockets", "key": "established",
                  "level": "warning", "unit": "sockets", "value": 2,
                  "warning": 1, "warning_range": "1",
                  "critical": 2, "critical_range": "2", "reason": None})
    equal(got["results"][0]["warning"], None)
    equal(got["results"][0]["critical"], 1 << 30)
    del kept


def test_junit_counts_its_cases():
    kept = connect()
    done = run("check", "--max-sockets", "1", "--max-held", "1G",
               "--max-unexplained", "1%", "--per", "state", "--junit")
    equal(done.returncode, 2)
    suite = ElementTree.fromstring(done.stdout)
    equal(suite.tag, "testsuite")
    cases = suite.findall("testcase")
    equal(int(suite.get("tests")), len(cases))
    equal(int(suite.get("failures")), len(suite.findall(".//failure")))
    equal(int(suite.get("errors")), len(suite.findall(".//error")))
    equal((suite.get("failures"), suite.get("errors")), ("1", "1"))
    names = {(c.get("classname"), c.get("name")) for c in cases}
    assert ("tcpmem.sockets", "established") in names, names
    del kept


def test_junit_is_not_turned_by_a_name():
    """What steers who shows it is U+FFFD"""
    before = harness.comm()
    harness.set_comm("x\u202ey\u2066\"<&>".encode())
    kept = connect()
    done = run("check", "--max-sockets", "1", "--per", "process", "--junit")
    harness.set_comm(before.encode())
    assert "\u202e" not in done.stdout and "\u2066" not in done.stdout, \
        done.stdout
    contains(done.stdout, "&quot;&lt;&amp;&gt;")
    ElementTree.fromstring(done.stdout)
    del kept


def test_growth_since_a_capture():
    with tempfile.TemporaryDirectory() as place:
        path = os.path.join(place, "before")
        _, client, server = connect()
        harness.output("save", path)
        client.sendall(b"x" * 60000)
        code, text, figures, _ = plugin("--max-growth", "1K/h", "--since",
                                        path)
        equal(code, 2, text)
        assert int(figures["growth"]["value"]) > 60000, text
        # and two files, without a kernel
        after = os.path.join(place, "after")
        harness.output("save", after)
        equal(plugin("--max-growth", "1K/h", "--since", path, "--from",
                     after)[0], 2)
        equal(plugin("--max-growth", "1K/h", "--since", after, "--from",
                     after)[0], 3)
        del server


def test_keep_is_bounded_and_touches_its_own():
    with tempfile.TemporaryDirectory() as place:
        others = ["tcpmem-check-old.capture", "notes",
                  "tcpmem-check-20200101T000000.000Z.capture.gz"]
        for name in others:
            with open(os.path.join(place, name), "w", encoding="utf-8"):
                pass
        own = [f"tcpmem-check-2020010{d}T000000.000Z.capture"
               for d in range(1, 10)]
        for name in own:
            with open(os.path.join(place, name), "w", encoding="utf-8"):
                pass
        link = "tcpmem-check-20190101T000000.000Z.capture"
        os.symlink("notes", os.path.join(place, link))
        kept = connect()
        equal(plugin("--max-sockets", "100", "--keep", place)[0], 0)
        equal(len(os.listdir(place)), len(others) + len(own) + 1)
        for _ in range(3):
            equal(plugin("--max-sockets", "0", "--keep", place)[0], 2)
            time.sleep(0.002)  # names have milliseconds
        there = set(os.listdir(place))
        for name in others + [link]:
            assert name in there, (name, there)
        left = sorted(there - set(others) - {link})
        equal(len(left), 10)
        equal(left[:7], own[2:])
        done = run("sockets", "--from", os.path.join(place, left[-1]), "-J")
        equal(len(json.loads(done.stdout)["rows"]), 3)
        # no more than 1G either: what is older than that goes
        os.truncate(os.path.join(place, left[-2]), 2 << 30)
        equal(plugin("--max-sockets", "0", "--keep", place)[0], 2)
        there = set(os.listdir(place)) - set(others) - {link}
        equal(len(there), 2)
        assert left[-1] in there, there
        # nor do files that a killed writer has left stay for ever
        old, young = (os.path.join(place, f".tcpmem-{n}")
                      for n in ("abc123", "DEF456"))
        for path in old, young:
            with open(path, "w", encoding="utf-8"):
                pass
        os.utime(old, (0, 0))
        os.utime(os.path.join(place, "notes"), (0, 0))
        equal(plugin("--max-sockets", "0", "--keep", place)[0], 2)
        equal([os.path.exists(p) for p in (old, young)], [False, True])
        assert "notes" in os.listdir(place)
        # they count
        os.truncate(young, 2 << 30)
        equal(plugin("--max-sockets", "0", "--keep", place)[0], 2)
        there = set(os.listdir(place)) - set(others) - {link}
        equal(len(there), 2, there)
        # a directory that is not there does not change the answer
        done = run("check", "--max-sockets", "0", "--keep", "/nonexistent")
        equal(done.returncode, 2)
        contains(done.stderr, "/nonexistent")
        del kept


SCRIPT = """
if line=$("$1" check --netns self --max-sockets 2,5); then
	echo "fine"
else
	case $? in
	1) echo "warned: $line" ;;
	2) echo "alarm: ${line%% |*}" ;;
	*) echo "do not know" ;;
	esac
fi
"""


def test_in_a_shell_script():
    kept = []
    for wanted in ("fine", "warned: TCPMEM WARNING - sockets 3",
                   "alarm: TCPMEM CRITICAL - sockets 6, more than 5"):
        done = subprocess.run(["sh", "-eu", "-c", SCRIPT, "sh", TCPMEM],
                              capture_output=True, text=True, check=True)
        assert done.stdout.startswith(wanted), done.stdout
        kept.append(connect())


def test_time_wait_in_percent():
    """What this and the last one leave would be counted by others"""
    harness.set_sysctl("tcp_max_tw_buckets", "10")
    for _ in range(3):
        harness.leave_time_wait()
    code, text, figures, _ = plugin("--max-time-wait", "20%,40%")
    equal(code, 1, text)
    contains(text, "time-wait 30.0%, more than 20.0%")
    contains(plugin("--max-time-wait", "20%", "--per", "netns")[1],
             "time-wait of self: 30.0%")
    equal(plugin("--max-time-wait", "2")[0], 2)
    harness.set_sysctl("tcp_max_tw_buckets", "8192")


@harness.beside_time_wait
def test_time_wait_is_no_process():
    for key in "process", "program", "user", "unit", "container":
        for _ in range(3):
            harness.leave_time_wait()
        code, text, figures, more = plugin("--max-sockets", "2", "--per", key)
        equal((code, more), (0, []), text)
        equal(plugin("--max-growth", "1/h", "--for", "50ms", "--per",
                     key)[0], 0)
        assert harness.states().count("time-wait") > 2
    for args in ("--max-time-wait", "2", "--per", "process"), \
            ("--max-sockets", "2", "--per", "state"), \
            ("--max-sockets", "2", "--per", "process", "state", "time-wait"):
        equal(plugin(*args)[0], 2, args)


harness.enter_netns()
harness.main(globals())

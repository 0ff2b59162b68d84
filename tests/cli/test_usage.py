# SPDX-License-Identifier: LGPL-2.1-or-later
"""test_usage - what the command says of itself and of wrong words"""

import os
import re
import shlex
import signal
import subprocess
import time

import harness
from harness import contains, equal, output, run

COMMANDS = ["summary", "by", "sockets", "limits", "explain", "check"]
KEYS = {"summary": [], "by": ["state"], "sockets": [], "limits": [],
        "check": ["--max-held", "1T"],
        "explain": [str(os.getpid())]}
ROWS = ("by", "sockets")
FAILED = {"check": 3}  # else 1


def refused(*args):
    """The one line that a wrong usage gets; nothing goes to stdout"""
    done = run(*args)
    equal(done.returncode, 2, done.stderr)
    equal(done.stdout, "")
    equal(done.stderr.count("\n"), 1, done.stderr)
    assert done.stderr.startswith("tcpmem: "), done.stderr
    return done.stderr


def test_without_a_command_it_is_summary():
    for text in output(), output("summary", scoped=False):
        assert text.startswith("TCP holds "), text


def test_help_is_a_command_too():
    for command in COMMANDS:
        contains(output("help"), f"\n  {command}")
        equal(output("help", command), output(command, "--help"))
    equal(output("help", "ps"), output("by", "--help"))
    contains(refused("help", "sumary"), "did you mean 'summary'")


def test_words_that_people_type():
    """Those of ss, and of other tools"""
    listener, _, _ = harness.connect()
    port = str(listener.getsockname()[1])
    for name in "LISTEN", "Listening", "listen":
        equal(output("sockets", "--state", name, "-r", "-n", "-o",
                     "local_port", "sport", "=", port).split(), [port])
    equal(output("by", "port", "-r"), output("by", "local-port", "-r"))
    with open("/proc/self/comm") as file:
        comm = file.read().strip()
    equal(output("by", "comm", "-r", "-n", "-o", "comm,sockets", "sport", "=",
                 port).split("\n")[0].split()[-1], "2")
    contains(output("by", "comm", "-r", "-n", "-o", "key"), comm)
    contains(output("ps", "-r", "-n", "-o", "process"), "[")
    equal(output("by", "process", "-r", "-o", "process,held"),
          output("by", "process", "-r", "-o", "key,held"))
    contains(refused("by", "process", "-o", "netns"), "unknown column")
    for word, meant in (("lish", "'state listening'"),
                        ("LISTEN", "'state LISTEN'"),
                        ("host", "'src HOST' or 'dst HOST'"),
                        ("port", "'sport PORT' or 'dport PORT'")):
        done = run("sockets", word)
        equal(done.returncode, 2)
        contains(done.stderr, f"did you mean {meant}?")


def test_help_is_on_stdout_and_fits_a_screen():
    usage = output("--help")
    every = re.findall(r"^  ([a-z]+) ", usage.split("Commands:")[1], re.M)
    assert set(COMMANDS) < set(every), every
    for args in [["--help"], ["-h"], *([c, "--help"] for c in every)]:
        lines = output(*args).splitlines()
        assert len(lines) <= 40, (args, len(lines))
        assert max(map(len, lines)) <= 80, max(lines, key=len)
        contains(lines[0], "Usage: tcpmem")


def test_help_of_a_command_shows_examples_that_work():
    for command in COMMANDS:
        text = output(command, "--help")
        examples = text[text.index("Examples:\n") + 10:].splitlines()
        assert len(examples) >= 2, text
        for line in examples:
            words = shlex.split(line.split("  ")[1].split(" | ")[0])
            equal(words[0], "tcpmem", line)
            equal(run(*words[1:]).returncode, 0, line)


def test_ps_is_by_process():
    equal(output("ps", "-r", "-o", "kind"),
          output("by", "process", "-r", "-o", "kind"))
    equal(output("ps", "--help"), output("by", "--help"))


def test_version():
    contains(output("--version"), "tcpmem 0.")


def test_unknown_command_names_the_nearest():
    contains(refused("sumary"), "unknown command 'sumary': did you mean 'sum")
    contains(refused("SOCKETS"), "did you mean 'sockets'")
    text = refused("frobnicate")
    contains(text, "unknown command 'frobnicate'")
    contains(text, "tcpmem --help")
    assert "did you mean" not in text, text


def test_unknown_option_names_the_nearest():
    contains(refused("sockets", "--lmit", "3"), "'--lmit': did you mean '--l")
    contains(refused("sockets", "--lmit=3"), "did you mean '--limit'")
    contains(refused("by", "process", "--xyzzy"), "tcpmem by --help")
    contains(refused("sockets", "-x"), "unknown option '-x'")
    contains(refused("summary", "-r"), "unknown option '-r'")
    contains(refused("--json"), "'tcpmem summary --json'")


def test_unknown_column_state_key_and_order_name_the_nearest():
    contains(refused("sockets", "-o", "hled"),
             "unknown column 'hled': did you mean 'held'")
    contains(refused("sockets", "-o", "state,,held"), "unknown column ''")
    contains(refused("sockets", "-o", ""), "unknown column ''")
    contains(refused("sockets", "--sort", "-remot"), "did you mean 'remote'")
    contains(refused("by", "process", "--sort", "pid"),
             "unknown sort column 'pid'")
    contains(refused("by", "proces"), "unknown key 'proces': did you mean 'p")
    contains(refused("by", "process,stat"), "did you mean 'state'")
    contains(refused("by", "port,stat"), "unknown key 'stat'")
    contains(refused("by", "process,state,peer,user,port"), "4 keys at most")
    contains(refused("sockets", "--state", "establish"),
             "did you mean 'established'")
    contains(refused("sockets", "--state", "listening,bogus"), "'bogus'")


def test_wrong_arguments_say_what_is_needed():
    contains(refused("by"), "needs a KEY")
    contains(refused("limits", "now"), "unexpected argument 'now'")
    contains(refused("diff", "a", "b", "c"), "unexpected argument 'c'")
    contains(refused("sockets", "--limit"), "--limit needs an argument")
    contains(refused("sockets", "--json=x"), "--json takes no argument")
    for limit in ["ten", "-1", "", "1x", " 1", "99999999999999999999999"]:
        contains(refused("sockets", f"--limit={limit}"), "number of rows")
    contains(refused("sockets", "--color=sometimes"), "auto, always or never")
    contains(refused("sockets", "-J", "-r"), "exclude each other")


def test_options_that_would_do_nothing_are_refused():
    contains(refused("summary", "--at", "03:12"), "give it --from DIR")
    contains(refused("by", "state", "--from", "x", "--at", "03:12"),
             "x is no directory")
    contains(refused("diff", "--every", "1s", "--from", "x"),
             "samples the kernel's sockets, not a capture: 'x'")
    contains(refused("diff", "a", "b", "--plot"), "--plot need --every")
    contains(refused("explain", "1", "--plot"), "--plot needs --every")
    for words in ("--every", "1s"), ("--pprof", "http://localhost"):
        contains(refused("explain", "1", "--from", "x", *words),
                 f"{words[0]} asks a process, not a capture")
    contains(refused("report", "a", "--since", "03:12"), "give it --from DIR")
    contains(refused("report", "a", "--by", "nothing", "-o", "/dev/null"),
             "unknown key 'nothing'")
    contains(refused("export", "--top", "0"), "a number is needed")
    contains(refused("export", "--max-series", "0"), "a number is needed")


def test_formats_that_exclude_each_other_are_named():
    contains(refused("watch", "--csv", "-J"), "--csv and --json exclude")
    for words, expected in (
            (("--json", "--junit", "--max-held", "1"),
             "--json and --junit exclude each other"),
            (("--since", "a", "--for", "1s", "--max-growth", "1M/min"),
             "--since and --for exclude each other")):
        done = run("check", *words)
        equal(done.returncode, 3)
        contains(done.stdout, expected)


def test_wrong_words_are_escaped():
    text = refused("sockets", "-o", "a\x1b[31mb\x9b")
    assert "\x1b" not in text and "\x9b" not in text, text
    contains(text, "\\x1b[31m")


def every_format():
    for command in COMMANDS:
        formats = [[], ["-J"]]
        if command in ROWS:
            formats += [["-r"], ["--jsonl"], ["-n"], ["-H"]]
        for words in formats + [["--help"]]:
            yield [command, *KEYS[command], *words]


def failed(args):
    return 1 if "--help" in args else FAILED.get(args[0], 1)


def test_full_disk_is_an_error_with_a_message():
    with open("/dev/full", "w") as full:
        for args in [["--help"], ["--version"], *every_format()]:
            if "--jsonl" in args or "-n" in args:
                args += ["--state", "listening,established"]
            done = run(*args, stdout=full)
            # where there is no row, nothing had to be written
            if "--jsonl" in args and not output(*args):
                continue
            equal(done.returncode, failed(args), args)
            contains(done.stderr, "cannot write the output: No space left")


def into_closed_pipe(args, **how):
    reader, writer = os.pipe()
    os.close(reader)
    try:
        return run(*args, stdout=writer, **how)
    finally:
        os.close(writer)


def test_closed_pipe_is_quiet():
    for args in every_format():
        if "--jsonl" in args and not output(*args):
            continue
        done = into_closed_pipe(args)
        equal(done.returncode, -signal.SIGPIPE, args)
        equal(done.stderr, "", args)


def test_closed_pipe_is_quiet_where_the_signal_is_ignored():
    old = signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    try:
        for args in every_format():
            if "--jsonl" in args and not output(*args):
                continue
            done = into_closed_pipe(args, restore_signals=False)
            equal(done.returncode, failed(args), args)
            equal(done.stderr, "", args)
    finally:
        signal.signal(signal.SIGPIPE, old)


def test_closed_stdout_is_an_error():
    done = subprocess.run(["sh", "-c", 'exec "$0" summary >&-',
                           harness.TCPMEM],
                          capture_output=True, text=True)
    equal(done.returncode, 1, done.stderr)
    contains(done.stderr, "cannot write the output: Bad file descriptor")


def closed(fds):
    def close():
        for fd in fds:
            os.close(fd)
    return close


def files_of(pid):
    """Where its fds lead, once it has asked the kernel for sockets"""
    deadline = time.monotonic() + harness.patience(60)
    while time.monotonic() < deadline:
        files = {}
        for fd in os.listdir(f"/proc/{pid}/fd"):
            try:
                files[int(fd)] = os.readlink(f"/proc/{pid}/fd/{fd}")
            except OSError:
                pass  # closed meanwhile
        if any(name.startswith("socket:") for name in files.values()):
            return files
        time.sleep(.01)
    raise AssertionError("no socket was opened")


def test_nothing_else_is_opened_as_a_standard_stream():
    for fds in (0,), (1,), (2,), (0, 1), (1, 2), (0, 1, 2):
        with subprocess.Popen(
                [harness.TCPMEM, "diff", "--every", "20ms"],
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                preexec_fn=closed(fds)) as job:
            try:
                files = files_of(job.pid)
            finally:
                job.kill()
        equal({files[fd] for fd in fds}, {"/dev/null"}, files)


def test_a_closed_stream_fails_as_what_it_is():
    for args in ["summary"], ["save", "-"], ["--help"], ["run", "--help"]:
        done = run(*args, preexec_fn=closed([1]))
        equal(done.returncode, 1, args)
        contains(done.stderr, "Bad file descriptor")
        equal(run(*args, preexec_fn=closed([0, 1, 2])).returncode, 1, args)
    done = run("summary", "--from", "-", preexec_fn=closed([0]))
    equal(done.returncode, 1)
    contains(done.stderr, "-: offset 0: cannot be read")


def test_a_command_that_is_run_finds_closed_streams_closed():
    for fds in (0,), (1,), (0, 1, 2):
        for fd in fds:
            done = run("run", "-o", "/dev/null", "--", "sh", "-c",
                       f"test -e /proc/$$/fd/{fd}", preexec_fn=closed(fds))
            equal(done.returncode, 1, fds)


if __name__ == "__main__":
    harness.enter_netns()
    listener, client, server = harness.connect()
    harness.main(globals())

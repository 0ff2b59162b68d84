# SPDX-License-Identifier: LGPL-2.1-or-later
"""test_filter - FILTER on the command line, and where it is wrong"""

import ctypes
import os
import pwd
import socket
import subprocess
import tempfile

import harness
from harness import Child, answer, connect, contains, equal, output, run

CLONE_NEWNET = 0x40000000


def refused(*args):
    """What is said about a wrong filter; nothing goes to stdout"""
    done = run(*args)
    equal(done.returncode, 2, done.stderr)
    equal(done.stdout, "")
    return done.stderr.splitlines()


def sockets(*args):
    return answer("sockets", *args)["rows"]


def test_words_are_joined_as_ss_does():
    listener, client, server = connect()
    port = str(listener.getsockname()[1])
    wanted = sockets("--filter", f"sport = :{port}")
    equal(len(wanted), 2)
    for words in (["sport", "=", f":{port}"], [f"sport = :{port}"],
                  ["sport", f"= {port}"], ["(", f"sport = :{port}", ")"]):
        equal(sockets(*words), wanted, words)
        equal(sockets(*words[:-1], "-b", words[-1]), wanted, words)


def test_totals_are_those_of_the_matches():
    listener, client, server = connect()
    port = listener.getsockname()[1]
    words = ("sport", "=", f":{port}", "or", "dport", "=", f":{port}")
    equal(len(sockets(*words)), 3)
    for command in (["sockets"], ["by", "process"], ["ps"], ["by", "state"],
                    ["summary"], ["summary", "--no-processes"]):
        equal(answer(*command, *words)["total"]["sockets"], 3, command)
        equal(answer(*command, "--filter", " ".join(words))["total"]
              ["sockets"], 3, command)


def test_a_file_is_filtered_and_save_saves_all():
    listener, client, server = connect()
    port = listener.getsockname()[1]
    words = ("sport", "=", f":{port}")
    live = answer("sockets", *words)["rows"]
    equal(len(live), 2)
    with tempfile.TemporaryDirectory() as folder:
        file = os.path.join(folder, "capture")
        output("save", file)
        equal(answer("sockets", "--from", file, *words)["rows"], live)
        equal(answer("by", "state", "--from", file, *words)["total"]
              ["sockets"], 2)
        contains(run("save", file, "--filter", "sport = 1").stderr,
                 "unknown option '--filter'")
        # on both sides: what changed elsewhere is not looked at
        keep = connect()
        done = run("diff", file, "--netns", "self", "--filter",
                   " ".join(words))
        equal(done.returncode, 0, done.stdout + done.stderr)
        equal(run("diff", file, "--netns", "self").returncode, 1)
        del keep


def matched(*words, scope=()):
    """(state, local port) of the sockets that match"""
    return {(row["state"], row["local_port"])
            for row in answer("sockets", *scope, *words)["rows"]}


def ends(listener, client):
    """A filter for a connection, and what matched() says of both ends"""
    port = listener.getsockname()[1]
    return (f"( sport = :{port} or dport = :{port} )",
            {("established", client.getsockname()[1])},
            {("established", port)})


def full_connection():
    """Its client cannot send more, its server does not read"""
    listener, client, server = connect()
    client.setblocking(False)
    try:
        while True:
            client.send(b"x" * 65536)
    except BlockingIOError:
        pass
    return listener, client, server


def test_numbers():
    listener, client, server = full_connection()
    mine, sender, reader = ends(listener, client)
    port = listener.getsockname()[1]
    equal(matched(f"{mine} and held > 1M"), sender)
    equal(matched(f"{mine} and wmem_queued >= 1048577"), sender)
    equal(matched(f"{mine} and rmem >= 64k"), reader)
    equal(matched(f"{mine} and rqueue > 0"), reader)
    equal(matched(f"{mine} and wqueue > 0 and not state listening"),
          sender)
    equal(matched(f"{mine} and held > 1T"), set())
    client.close()
    equal(matched(f"{mine} and kind = orphan"),
          {("fin-wait-1", client_port) for _, client_port in sender})
    equal(matched(f"{mine} and kind = process"),
          {("listening", port), ("established", port)} |
          {("close-wait", port)} & matched(mine))


def test_connections():
    listener, client, server = connect()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    client.send(b"x" * 1000)
    server.recv(1000)
    mine, sender, reader = ends(listener, client)
    equal(matched(f"{mine} and bytes_acked >= 1000"), sender)
    equal(matched(f"{mine} and bytes_received = 1000"), reader)
    equal(matched(f"{mine} and rtt < 10s"), sender | reader)
    equal(matched(f"{mine} and rtt > 10s"), set())
    equal(matched(f"{mine} and last_rcv < 600s and cwnd > 0"),
          sender | reader)
    equal(matched(f"{mine} and timer = keepalive"), sender)
    # a listener has none of these, and that is no warning
    data = answer("sockets", f"{mine} and not rtt < 10s")
    equal((data["rows"], data["warnings"]),
          ([], [warning for warning in data["warnings"]
                if warning["code"] != "filter-undecided"]))
    for command in (["by", "state"], ["summary", "--no-processes"]):
        equal(answer(*command, f"{mine} and cwnd > 0")["total"]["sockets"], 2)
    # a file tells as much as it was asked for
    with tempfile.TemporaryDirectory() as folder:
        file = os.path.join(folder, "capture")
        output("save", file)
        data = answer("sockets", "--from", file, f"{mine} and cwnd > 0")
        equal(data["rows"], [])
        assert "filter-undecided" in {warning["code"] for warning in
                                      data["warnings"]}, data["warnings"]


def test_drops():
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(0)
    port = listener.getsockname()[1]
    equal(matched(f"sport = :{port} and drops > 0"), set())
    clients = [socket.socket() for _ in range(4)]
    for client in clients:
        client.setblocking(False)
        client.connect_ex(("127.0.0.1", port))
    equal(matched(f"sport = :{port} and drops > 0"), {("listening", port)})
    for client in clients:
        client.close()


def test_who():
    def someone():
        harness.set_comm(b"tcpmem who")
        os.setgid(65534)
        os.setuid(65534)
        return connect()
    child = Child(someone)
    name = pwd.getpwuid(65534).pw_name
    try:
        for words in (f"pid = {child.pid}", 'comm = "tcpmem who"',
                      'comm ~ tcpmem*', f"user = {name}", "user = 65534",
                      f"pid = {child.pid} and program = "
                      + os.path.realpath("/proc/self/exe")):
            equal(len(sockets(words)), 3, words)
        equal(len(sockets(f"pid = {child.pid}", "state", "listening")), 1)
        equal(sockets("pid = 1"), [])
        equal(sockets(f"pid = {child.pid} and comm = nginx"), [])
    finally:
        child.end()


def test_namespaces_by_name():
    name = f"tcpmem-blue-{os.getpid()}"

    def elsewhere():
        equal(ctypes.CDLL(None).unshare(CLONE_NEWNET), 0)
        harness.lo_up()
        return connect()
    child = Child(elsewhere)
    try:
        subprocess.run(["ip", "netns", "attach", name, str(child.pid)],
                       check=True)
        keep = connect()
        scope = ("--netns", "self", "--netns", name)
        equal(len(sockets(*scope, "netns", "=", name)), 3)
        equal(len(sockets(*scope, f"netns ~ *blue* and state listening")), 1)
        inode = os.stat(f"/proc/{child.pid}/ns/net").st_ino
        equal(len(sockets(*scope, f"netns = {inode}")), 3)
        assert len(sockets(*scope, "netns = self")) >= 3
        equal({row["netns"] for row in sockets(*scope, f"netns != {name}")},
              {"self"})
        del keep
    finally:
        subprocess.run(["ip", "netns", "del", name], check=True)
        child.end()


def ss_prints(*words):
    """The cookies of what ss prints"""
    done = subprocess.run(["ss", "-Htane", *words], check=True,
                          capture_output=True, text=True)
    return sorted(int(word[3:], 16) for word in done.stdout.split()
                  if word.startswith("sk:"))


def test_the_words_of_ss_match_what_ss_prints():
    listener, client, server = connect()
    over_ipv6 = connect(socket.AF_INET6, "::1")
    port = listener.getsockname()[1]
    for text in ("state established", "state listening", "state connected",
                 "exclude listening", f"sport = :{port}",
                 f"( dport = :{port} or sport = :{port} )",
                 "src 127.0.0.0/8", "dst [::1]", f"src 127.0.0.1:{port}",
                 f"! ( sport = :{port} )", f"not sport lt :{port}",
                 f"state established sport = :{port} or dport = :{port}",
                 "state established src inet6:[::1]"):
        # what other cases closed goes away in its own time
        wanted, after = None, ss_prints(*text.split())
        while wanted != after:
            wanted = after
            got = sorted(int(row["cookie"])
                         for row in sockets(*text.split()))
            after = ss_prints(*text.split())
        assert wanted, text
        equal(got, wanted, text)
    del over_ipv6


def test_explain_looks_at_the_matches_only():
    listener, client, server = connect()
    port = listener.getsockname()[1]
    pid = str(os.getpid())
    data = answer("explain", pid, "--filter", f"dport = :{port}")
    equal(data["processes"][0]["tcp"]["sockets"], 1)


def test_explain_filter_says_who_decides():
    lines = output("sockets", "--explain-filter", "sport", "=", ":22", "and",
                   "held", ">", "1M", "and", "state", "established")
    equal(lines.splitlines(),
          ["filter: sport = 22 and held > 1048576 and state established",
           "states: established",
           "kernel: sport = 22",
           "here: held > 1048576"])
    for command in (["summary"], ["by", "state"], ["explain", "1"],
                    ["diff", "none"]):
        contains(output(*command, "--explain-filter", "--filter",
                        "sport = 22"), "kernel: sport = 22\n")
    contains(output("sockets", "--explain-filter"), "kernel: nothing")
    # what is quoted comes out harmless
    text = output("sockets", "--explain-filter", "comm", "=", "a\x1b[31m")
    assert "\x1b" not in text, text
    contains(text, "\\x1b[31m")


def test_a_wrong_filter_is_shown_with_its_place():
    equal(refused("sockets", "sport", "=", ":22", "and", "foo", ">", "3"),
          ["tcpmem: wrong filter: 'foo' stands where a comparison, such as "
           '"sport = :22", "rmem > 64k" or "state established" is expected',
           "  sport = :22 and foo > 3",
           "                  ^~~"])
    equal(refused("by", "state", "--filter", "rmem >= 64q"),
          ["tcpmem: wrong filter: '64q' stands where a number, such as 4096, "
           "64k or 1M is expected",
           "  rmem >= 64q",
           "          ^~~"])
    equal(refused("summary", "dst"),
          ["tcpmem: wrong filter: an address, a prefix, a host name or * is "
           "expected",
           "  dst",
           "     ^"])
    equal(refused("sockets", "spotr = :22"),
          ["tcpmem: wrong filter: nothing is called 'spotr': did you mean "
           "'sport'? (man 7 tcpmem-filter)",
           "  spotr = :22",
           "  ^~~~~"])
    contains(refused("sockets", "sport 1 and exlude listening")[0],
             "did you mean 'exclude'")
    for command in (["explain", "1"], ["diff", "a", "b"]):
        equal(refused(*command, "--filter", "(")[1:], ["  (", "   ^"])
    equal(refused("sockets", "--explain-filter", "nonsense")[1:],
          ["  nonsense", "  ^~~~~~~~"])


def test_the_place_is_right_behind_wide_and_hostile_characters():
    for comm, shown, places in (("\x1b[31m", "\\x1b[31m", 8),
                                ("a\n", "a\\x0a", 5),
                                ("\u65e5\u672c\u00e9", "\u65e5\u672c\u00e9", 5)):
        lines = refused("sockets", f"comm = {comm} and foo")
        equal(lines[1:], [f"  comm = {shown} and foo",
                          " " * (9 + places + 5) + "^~~"])
    lines = refused("sockets", "dst", "\u65e5\u672c\x1b")
    equal(lines[1:], ["  dst \u65e5\u672c\\x1b", "      ^~~~~~~~"])


def test_of_a_long_filter_the_surroundings_are_shown():
    part = " or ".join(f"sport = :{n}" for n in range(100, 140))
    lines = refused("sockets", f"{part} bogus {part}")
    assert max(map(len, lines[1:])) <= 80, lines
    line, marks = lines[1:]
    equal(line[marks.index("^"):][:5], "bogus")
    equal(marks.count("~"), 4)
    assert line.startswith("  ...") and line.endswith("..."), line
    # what is wrong may be longer than what is shown
    lines = refused("sockets", "sport", "=", "x" * 500)
    assert max(map(len, lines)) <= 200, lines
    equal(lines[2].count("~"), lines[1].count("x") - 1)


def test_numbers_below_0_are_no_options():
    contains(refused("sockets", "fwd_alloc", "<", "-4096")[0], "in quotes")
    equal(sockets("fwd_alloc < -1T"), [])
    equal(output("sockets", "-r", "-n", "--", "fwd_alloc", "<", "-1T"), "")


def test_filters_that_cannot_be_asked():
    contains(refused("sockets", "--filter", "sport = 1", "dport = 2")[0],
             "join them with 'and'")
    done = run("sockets", "dev", "tcpmem-none")
    equal(done.returncode, 1, done.stdout)
    contains(done.stderr, "an interface behind 'dev'")


if __name__ == "__main__":
    harness.enter_netns()
    harness.main(globals())

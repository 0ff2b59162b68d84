# SPDX-License-Identifier: LGPL-2.1-or-later
"""test_counters - each counter of what hit a limit, moved on purpose"""

import contextlib
import ctypes
import fcntl
import socket
import struct
import threading
import time

import harness
from harness import answer, contains, equal, output

FLOOD = "10.9.0.0"


def rows(*args):
    data = answer("limits", *args)
    return {row["name"]: row for row in data["limits"]}, \
        {finding["name"]: finding for finding in data["findings"]}


def route_to_nobody():
    """SIOCADDRT: what goes to the flood's addresses comes in by lo, and ends"""
    address = struct.pack("HH4s8x", socket.AF_INET, 0, socket.inet_aton(FLOOD))
    mask = struct.pack("HH4s8x", socket.AF_INET, 0,
                       socket.inet_aton("255.255.0.0"))
    device = ctypes.create_string_buffer(b"lo")
    entry = struct.pack("L16s16s16sHhLPhP", 0, address, b"\0" * 16, mask, 1, 0,
                        0, 0, 0, ctypes.addressof(device))
    entry = entry.ljust(120, b"\0")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        fcntl.ioctl(s, 0x890b, entry)


def checksum(data):
    words = struct.unpack(f"!{len(data) // 2}H", data)
    total = sum(words)
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def syn(port, number):
    """A SYN to 127.0.0.1 from an address where nobody is"""
    source = socket.inet_aton(f"10.9.{number >> 8 & 255}.{number & 255 or 1}")
    target = socket.inet_aton("127.0.0.1")
    tcp = struct.pack("!HHIIBBHHH", 1024 + number % 60000, port, number, 0,
                      5 << 4, 2, 8192, 0, 0)
    pseudo = source + target + struct.pack("!BBH", 0, socket.IPPROTO_TCP, 20)
    tcp = tcp[:16] + struct.pack("!H", checksum(pseudo + tcp)) + tcp[18:]
    return struct.pack("!BBHHHBBH4s4s", 0x45, 0, 40, 0, 0, 64,
                       socket.IPPROTO_TCP, 0, source, target) + tcp


@contextlib.contextmanager
def listening(backlog):
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(backlog)
        yield listener, listener.getsockname()[1]


def flood(port, first, count):
    with socket.socket(socket.AF_INET, socket.SOCK_RAW,
                       socket.IPPROTO_RAW) as raw:
        for number in range(first, first + count):
            raw.sendto(syn(port, number), ("127.0.0.1", 0))


@contextlib.contextmanager
def while_it_goes_on(step):
    """step(number) again and again, in a thread"""
    over = threading.Event()
    failed = []

    def work():
        number = 0
        try:
            while not over.is_set():
                step(number)
                number += 1
                time.sleep(0.01)
        except Exception as why:
            failed.append(why)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
    assert not failed, failed


def await_findings(names):
    """On a loaded machine nothing may have happened between two looks"""
    deadline = time.monotonic() + harness.patience(60)
    while True:
        got, findings = rows("--every", "300ms")
        text = output("limits", "--every", "300ms")
        if all(name in findings and f"  {name}: " in text for name in names):
            return got, findings, text
        assert time.monotonic() < deadline, (names, findings, text)


def expect_rising(step, *names):
    """The row, its rate, the finding; afterwards none"""
    with while_it_goes_on(step):
        got, findings, text = await_findings(names)
    for name in names:
        row = got[name]
        assert row["per_second"] > 0, row
        assert row["count"] > 0, row
        equal((row["value"], row["used"]), (None, None))
        equal(findings[name]["netns"], "self")
        equal(findings[name]["text"], row["finding"])
        assert findings[name]["per_second"] > 0, findings
        contains(text, "It has hurt already:")
    assert come_to_rest(names)


def come_to_rest(names):
    """What is sent again goes on for a while"""
    end = time.monotonic() + harness.patience(30)
    while time.monotonic() < end:
        got, findings = rows("--every", "50ms")
        if not any(got[name]["per_second"] for name in names):
            return not findings.keys() & set(names)
    return False


def test_a_quiet_namespace_has_no_finding():
    got, findings = rows("--every", "50ms")
    equal(findings, {})
    counters = [row for row in got.values() if row["count"] is not None]
    assert len(counters) > 20, counters
    for row in counters:
        equal((row["count"], row["per_second"]), (0, 0), row["name"])
    shown = output("limits", "--every", "50ms", "--advise")
    contains(" ".join(shown.split()),
             "Between the two looks no counter of harm rose.")
    assert "has hurt already" not in shown, shown
    contains(shown, "No change is recommended.")
    equal(rows()[0]["ListenDrops"]["per_second"], None)


def test_resets_and_failed_attempts_rise():
    def step(number):
        listener, client, server = harness.connect()
        harness.reset_on_close(client)
        client.close()
        server.close()
        listener.close()
        with socket.socket() as refused:
            equal(refused.connect_ex(("127.0.0.1", 1)) != 0, True)

    expect_rising(step, "EstabResets", "OutRsts", "AttemptFails")
    # a reset hits no limit: since when it is unknown, it proves nothing
    equal(rows()[1], {})


def test_time_wait_overflow_rises():
    harness.set_sysctl("tcp_max_tw_buckets", "1")

    def step(number):
        listener, client, server = harness.connect()
        client.close()
        server.recv(1)
        server.close()
        listener.close()

    expect_rising(step, "TCPTimeWaitOverflow")
    harness.set_sysctl("tcp_max_tw_buckets", "8192")
    shown = output("limits", "--advise")
    contains(shown, "TCPTimeWaitOverflow: ")
    contains(shown, "since the namespace was made")
    assert "No change is recommended" not in shown, shown


def test_prunes_rise():
    def step(number):
        listener, client, server = harness.connect()
        # what was offered already does not fit any more
        server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
        client.setblocking(False)
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for _ in range(50):
            with contextlib.suppress(BlockingIOError):
                client.send(b"x" * 700)
        for s in listener, client, server:
            harness.reset_on_close(s)
            s.close()

    expect_rising(step, "PruneCalled")


def test_a_full_accept_queue_is_that_listeners():
    """"backlog 8 of 8", and not 0.2 % of somaxconn"""
    with listening(8) as (listener, port):
        def step(number):
            # what was accepted stays in the queue, and no SYN is sent again
            with socket.socket() as s:
                s.setblocking(False)
                s.connect_ex(("127.0.0.1", port))

        expect_rising(step, "ListenOverflows", "ListenDrops")
        row = rows()[0]["accept_queue"]
        equal((row["value"], row["busiest"]), (8, f"port {port}"))
        assert row["used"] >= 8 and row["used_percent"] >= 100, row
        advice = answer("limits", "--advise")["advice"]
        equal([a["setting"] for a in advice], ["listen(2)"])
        equal(rows()[0]["somaxconn"]["used"], None)


def test_a_syn_flood_is_answered_with_cookies():
    harness.set_sysctl("tcp_syncookies", "1")
    with listening(16) as (listener, port):
        expect_rising(lambda number: flood(port, number * 8, 8),
                      "SyncookiesSent", "TCPReqQFullDoCookies")
        got, findings = rows("--advise")
        row = got["syn_queue"]
        equal((row["value"], row["busiest"]), (16, f"port {port}"))
        assert row["used"] >= 16 and row["used_percent"] >= 100, row
        equal(got["tcp_syncookies"]["value"], 1)
        assert findings["SyncookiesSent"]["count"] > 0
        equal(got["SyncookiesSent"]["beside"], "tcp_syncookies")
        shown = output("limits", "--advise")
    assert "No change" not in shown, shown
    contains(shown, "SYN flood")


def test_a_syn_flood_without_cookies_is_dropped():
    harness.set_sysctl("tcp_syncookies", "0")
    harness.set_sysctl("tcp_max_syn_backlog", "64")
    with listening(1000) as (listener, port):
        expect_rising(lambda number: flood(port, number * 16, 16),
                      "ListenDrops")
        row = rows()[0]["syn_queue"]
        # three quarters of tcp_max_syn_backlog come before the backlog
        equal((row["value"], row["busiest"]), (48, f"port {port}"))
        assert row["used"] >= 48 and row["used_percent"] >= 100, row
        advice = {a["setting"]: a["value"]
                  for a in answer("limits", "--advise")["advice"]}
        equal(advice, {"net.ipv4.tcp_max_syn_backlog": "128",
                       "net.ipv4.tcp_syncookies": "1"})
    harness.set_sysctl("tcp_max_syn_backlog", "512")
    with listening(16) as (listener, port):
        expect_rising(lambda number: flood(port, number * 8, 8),
                      "TCPReqQFullDrop", "ListenDrops")
        shown = output("limits", "--advise")
    contains(shown, "TCPReqQFullDrop: ")
    contains(shown, "net.ipv4.tcp_syncookies = 1")
    harness.set_sysctl("tcp_syncookies", "1")


if __name__ == "__main__":
    harness.enter_netns()
    route_to_nobody()
    harness.main(globals())

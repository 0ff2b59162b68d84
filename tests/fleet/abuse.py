# SPDX-License-Identifier: LGPL-2.1-or-later
"""abuse - clients that are slow, many, wrong or random, for longer than in CI

Run by scripts/fleet, as fleet.py.
"""

import contextlib
import os
import random
import socket
import sys
import tempfile
import threading
import time
import warnings

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "cli"))
import harness  # noqa: E402
from harness import equal  # noqa: E402
from test_export import at  # noqa: E402
from test_exporter import (  # noqa: E402
    Exporter, basic, make_certificate, raw, trusting, write, TLS)


def value(exporter, name, **how):
    return float(exporter.series(**how)[name, ()])


def rss(exporter):
    return value(exporter, "process_resident_memory_bytes")


def test_slow_clients_are_cut_off_and_the_scrape_goes_through():
    """tcpmem-exporter(1): a request has 10 s, however it trickles in"""
    with Exporter("--collect") as exporter:
        slow = [socket.create_connection(("127.0.0.1", exporter.port))
                for _ in range(16)]
        done, found = threading.Event(), []

        def scrape():
            found.append(exporter.series())
            done.set()
        threading.Thread(target=scrape).start()
        begin = time.monotonic()
        while not done.wait(0.5):
            for link in slow:
                with contextlib.suppress(OSError):
                    link.send(b"G")
        equal(at(found[0], "collect_success"), 1)
        print(f"# 16 clients of 2 bytes a second: a scrape took "
              f"{time.monotonic() - begin:.1f} s")
        for link in slow:
            link.close()


def test_a_thousand_connections_lose_nothing():
    with Exporter("--collect") as exporter:
        before = rss(exporter)
        found, turns = [], threading.Semaphore(200)

        def scrape():
            with turns:
                found.append(at(exporter.series(), "collect_success"))
        threads = [threading.Thread(target=scrape) for _ in range(1000)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        equal(found, [1] * 1000)
        print(f"# 1,000 connections, 200 at once: {len(found)} answered; RSS "
              f"{before / 1e6:.1f} MB before, {rss(exporter) / 1e6:.1f} after")


def mutated(rng):
    """A request with a few bytes changed, put in, taken out or repeated"""
    data = bytearray(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nAccept: "
                     b"application/openmetrics-text;version=1.0.0;q=0.5,"
                     b"text/plain;q=0.1\r\nAuthorization: Basic cHJvbTp4\r\n"
                     b"X-Prometheus-Scrape-Timeout-Seconds: 2\r\n\r\n")
    for _ in range(rng.randint(1, 12)):
        place = rng.randrange(len(data))
        kind = rng.randrange(4)
        if kind == 0:
            data[place] = rng.randrange(256)
        elif kind == 1:
            data[place:place] = os.urandom(rng.randint(1, 40))
        elif kind == 2:
            del data[place:place + rng.randint(1, 10)]
        else:
            data[place:place] = data[place:place + 30] * rng.randint(1, 400)
    return bytes(data)


def test_random_requests_leave_the_exporter_as_it_was():
    rng = random.Random(20)
    with Exporter("--collect", "--min-interval", "600") as exporter:
        for _ in range(200):
            raw(exporter.port, mutated(rng))
        before = rss(exporter)
        for _ in range(3000):
            raw(exporter.port, mutated(rng))
        for _ in range(20):
            raw(exporter.port, b"GET / HTTP/1.1\r\nX: " + b"a" * (1 << 20))
        after = rss(exporter)
        print(f"# 3,000 mutated requests, 20 of 1 MiB: RSS {before / 1e6:.1f} "
              f"MB before, {after / 1e6:.1f} after")
        assert after < before + (4 << 20)
        equal(value(exporter, "tcpmem_collect_success"), 1)


def test_a_password_is_hashed_once():
    """tcpmem-exporter(1): what was right once does not cost a hash again"""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import crypt
    hashed = crypt.crypt("secret", "$2b$10$abcdefghijklmnopqrstuu")
    with tempfile.TemporaryDirectory() as folder:
        path = write(folder, f"basic_auth_users:\n  prom: {hashed}\n")
        right = {"Authorization": basic("prom:secret")}
        costs = {}
        with Exporter("--collect", "--min-interval", "600", "--web.config.file",
                      path) as exporter:
            cpu = value(exporter, "process_cpu_seconds_total", **right)
            for text, times in (("prom:secret", 50), ("prom:wrong", 10),
                                ("nobody:wrong", 10)):
                for _ in range(times):
                    exporter.ask("/healthz", Authorization=basic(text))
                now = value(exporter, "process_cpu_seconds_total", **right)
                costs[text] = (now - cpu) / times
                cpu = now
        for text, cost in costs.items():
            print(f"# {text}: {cost * 1000:.1f} ms of CPU a request")
        assert costs["prom:secret"] < costs["prom:wrong"] / 4
        ratio = costs["nobody:wrong"] / costs["prom:wrong"]
        assert 0.5 < ratio < 2, ratio


def test_tls_with_strangers():
    with tempfile.TemporaryDirectory() as folder:
        make_certificate(folder, "one")
        path = write(folder, TLS)
        with Exporter("--collect", "--min-interval", "600", "--web.config.file",
                      path) as exporter:
            for _ in range(300):
                raw(exporter.port, os.urandom(200))
                raw(exporter.port, b"GET / HTTP/1.1\r\n\r\n")
            equal(exporter.ask(context=trusting(folder, "one"))[0], 200)


if __name__ == "__main__":
    sys.dont_write_bytecode = True
    harness.enter_netns()
    harness.main({name: value for name, value in globals().items()
                  if getattr(value, "__module__", "") == "__main__"})

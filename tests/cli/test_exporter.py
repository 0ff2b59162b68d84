# SPDX-License-Identifier: LGPL-2.1-or-later
"""test_exporter - tcpmem-exporter: HTTP, TLS, users, and who has which rights

The second argument is the exporter; "" where it was not built.
"""

import base64
import contextlib
import http.client
import os
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
import warnings

import harness
from harness import Skip, contains, equal, patience
from test_export import at, parsed, strictly

EXPORTER = sys.argv[2] if len(sys.argv) > 2 else ""
OPENMETRICS = ("application/openmetrics-text;version=1.0.0;q=0.75,"
               "text/plain;version=0.0.4;q=0.25,*/*;q=0.1")


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def await_it(what, tries):
    """What is bound to come, asked until it does"""
    deadline = time.monotonic() + patience(60)
    while True:
        with contextlib.suppress(OSError):
            found = tries()
            if found:
                return found
        assert time.monotonic() < deadline, what
        time.sleep(0.02)


class Exporter:
    """One that runs until the end of the with statement"""

    def __init__(self, *args, before=(), **how):
        self.port = free_port()
        self.log = tempfile.TemporaryFile("w+")
        listen = () if "--collector.socket" in args and "--collect" in args \
            else ("--web.listen-address", f"127.0.0.1:{self.port}")
        self.process = subprocess.Popen(
            [*before, EXPORTER, *listen, *args], stderr=self.log, **how)
        if listen:
            await_it("listens", lambda: socket.create_connection(
                ("127.0.0.1", self.port)).close() or self.process)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGCONT)
        self.process.terminate()
        code = self.process.wait(patience(60))
        self.log.seek(0)
        assert code in (0, -signal.SIGKILL), (code, self.log.read())

    def said(self):
        self.log.seek(0)
        return self.log.read()

    def ask(self, path="/metrics", method="GET", context=None, **headers):
        """Return: status, headers and body"""
        kind = (http.client.HTTPSConnection if context else
                http.client.HTTPConnection)
        how = {"context": context} if context else {}
        link = kind("127.0.0.1", self.port, timeout=patience(60), **how)
        with contextlib.closing(link):
            link.request(method, path, headers={
                key.replace("_", "-"): value for key, value in headers.items()})
            reply = link.getresponse()
            return reply.status, reply.headers, reply.read().decode()

    def series(self, **headers):
        status, _, body = self.ask(**headers)
        equal(status, 200)
        return parsed(body)


def test_what_is_where():
    """tcpmem-exporter(1): GET and HEAD of three paths"""
    with Exporter("--collect") as exporter:
        status, headers, body = exporter.ask()
        equal((status, headers["Content-Type"]),
              (200, "text/plain; version=0.0.4; charset=utf-8"))
        assert not body.endswith("# EOF\n")
        equal(at(parsed(body), "collect_success"), 1)
        own = {name: value for (name, _), value in parsed(body).items()}
        assert 0 < int(own["process_resident_memory_bytes"]) < \
            int(own["process_virtual_memory_bytes"]), own
        status, headers, body = exporter.ask(Accept=OPENMETRICS)
        equal((status, headers["Content-Type"]),
              (200, "application/openmetrics-text; version=1.0.0; "
               "charset=utf-8"))
        equal({key: float(value) for key, value in parsed(body).items()},
              strictly(body))
        status, headers, body = exporter.ask(method="HEAD")
        equal((status, body), (200, ""))
        equal(exporter.ask("/healthz")[0], 200)
        contains(exporter.ask("/")[2], '<a href="/metrics">')
        equal(exporter.ask("/other")[0], 404)
        for method in "POST", "PUT", "DELETE", "OPTIONS":
            equal(exporter.ask(method=method)[0], 405)


def test_scrapes_at_once_share_a_look():
    """tcpmem-exporter(1): who asks while a look is under way gets that one"""
    with Exporter("--collect", "--min-interval", "600") as exporter:
        found = []
        threads = [threading.Thread(
            target=lambda: found.append(exporter.series())) for _ in range(100)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        equal(len(found), 100)
        equal({series["tcpmem_collect_success", ()] for series in found}, {"1"})
        equal(len({series["tcpmem_collect_timestamp_seconds", ()]
                   for series in found}), 1)


@contextlib.contextmanager
def pair(folder, **how):
    """A collector at a socket, and an exporter that asks it"""
    path = os.path.join(folder, "metrics.sock")
    with Exporter("--collect", "--collector.socket", path) as collector:
        await_it("the socket", lambda: os.path.exists(path))
        with Exporter("--collector.socket", path, "--min-interval", "0",
                      **how) as face:
            yield collector, face


def test_who_serves_has_no_capability():
    """tcpmem-exporter(1): without --collect all capabilities are given up"""
    with tempfile.TemporaryDirectory() as folder, pair(folder) as (_, face):
        equal(at(face.series(), "collect_success"), 1)
        for task in os.listdir(f"/proc/{face.process.pid}/task"):
            try:
                with open(f"/proc/{face.process.pid}/task/{task}/status",
                          encoding="utf-8") as file:
                    status = dict(line.split(":\t", 1) for line in file)
            except (FileNotFoundError, ProcessLookupError):
                continue  # the thread of an answered request has ended
            for name in "CapInh", "CapPrm", "CapEff", "CapAmb":
                equal(int(status[name], 16), 0, name)
            equal(status["NoNewPrivs"], "1\n")


def whole(trace):
    with open(trace, encoding="utf-8") as file:
        text = file.read()
    return text if "+++ exited with 0" in text else None


def test_who_serves_opens_no_netlink_socket():
    if not shutil.which("strace"):
        raise Skip("no strace")
    with tempfile.TemporaryDirectory() as folder:
        trace = os.path.join(folder, "trace")
        with pair(folder, env=harness.TRACED, before=(
                "strace", "-Dfo", trace, "-e", "trace=socket")) as (_, face):
            equal(at(face.series(), "collect_success"), 1)
        calls = await_it("the end of the trace", lambda: whole(trace))
        contains(calls, "AF_UNIX")
        assert "AF_NETLINK" not in calls, calls


def test_the_death_of_a_collector_is_a_series():
    """tcpmem-exporter(1): then the last good answer, and success is 0"""
    with tempfile.TemporaryDirectory() as folder:
        with pair(folder) as (collector, face):
            before = face.series()
            equal(before["tcpmem_collect_success", ()], "1")
            collector.process.kill()
            collector.process.wait()
            after = face.series()
            equal(after["tcpmem_collect_success", ()], "0")
            for name in "collect_timestamp_seconds", "kernel_memory_bytes":
                equal(after["tcpmem_" + name, ()],
                      before["tcpmem_" + name, ()])
            path = os.path.join(folder, "metrics.sock")
            with Exporter("--collect", "--collector.socket", path):
                await_it("success", lambda: face.series()[
                    "tcpmem_collect_success", ()] == "1")


def test_without_any_answer_success_is_0():
    with Exporter("--collector.socket", "/nowhere/sock") as face:
        found = face.series()
        equal(found["tcpmem_collect_success", ()], "0")
        assert ("tcpmem_collect_timestamp_seconds", ()) not in found


def test_a_collector_that_hangs_is_not_waited_for():
    """tcpmem-exporter(1): the patience is that of the scrape"""
    with tempfile.TemporaryDirectory() as folder:
        with pair(folder) as (collector, face):
            equal(at(face.series(), "collect_success"), 1)
            collector.process.send_signal(signal.SIGSTOP)
            found = face.series(X_Prometheus_Scrape_Timeout_Seconds="0.4")
            equal(at(found, "collect_success"), 0)
            assert at(found, "netns") >= 1


def raw(port, data):
    """Return: what is answered to these bytes"""
    with socket.create_connection(("127.0.0.1", port),
                                  timeout=patience(60)) as link:
        with contextlib.suppress(OSError):
            link.sendall(data)
            link.shutdown(socket.SHUT_WR)
        with contextlib.suppress(OSError):
            return b"".join(iter(lambda: link.recv(65536), b""))
    return b""


def test_garbage_and_huge_requests_are_cut_off():
    with Exporter("--collect") as exporter:
        for data in (b"\0\xff\r\n\r\n", b"GET\r\n\r\n", b"\r\n" * 1000,
                     b"GET /metrics HTTP/9.9\r\n\r\n", os.urandom(4096),
                     b"GET /metrics HTTP/1.1\r\nHost: x\r\nX: " +
                     b"a" * (1 << 20) + b"\r\n\r\n",
                     b"GET /" + b"a" * (1 << 20) + b" HTTP/1.1\r\n\r\n",
                     b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: "
                     b"99999999999\r\n\r\n" + b"a" * 4096):
            answer = raw(exporter.port, data)
            assert b" 200 " not in answer[:20], (data[:40], answer[:80])
        equal(at(exporter.series(), "collect_success"), 1)


def test_nine_connections_are_one_too_many():
    """tcpmem-exporter(1): 8 at most; who comes then waits for his turn"""
    with Exporter("--collect") as exporter:
        slow = [socket.create_connection(("127.0.0.1", exporter.port))
                for _ in range(8)]
        for link in slow:
            link.send(b"GET /metr")
        found = []
        thread = threading.Thread(
            target=lambda: found.append(exporter.series()))
        thread.start()
        slow.pop().close()
        thread.join()
        equal(at(found[0], "collect_success"), 1)
        for link in slow:
            link.close()


def test_a_socket_of_the_service_manager():
    """tcpmem-exporter(1): --web.systemd-socket, as sd_listen_fds(3) has it"""
    equal("whoever" in asked_at_a_passed_socket("127.0.0.1"), False)
    # as of an address that it opens itself
    contains(asked_at_a_passed_socket("0.0.0.0"),
             "can be read by whoever reaches it")


def asked_at_a_passed_socket(address):
    """Return: what the exporter said on stderr"""
    with socket.create_server((address, 0)) as listener:
        code = ("import os, sys; os.dup2(int(sys.argv[1]), 3); "
                "os.set_inheritable(3, True); "
                "os.environ.update(LISTEN_FDS='1', "
                "LISTEN_PID=str(os.getpid())); "
                "os.execv(sys.argv[2], sys.argv[2:])")
        with subprocess.Popen(
                [sys.executable, "-c", code, str(listener.fileno()), EXPORTER,
                 "--collect", "--web.systemd-socket"],
                pass_fds=[listener.fileno()], stderr=subprocess.PIPE,
                text=True) as process:
            link = http.client.HTTPConnection("127.0.0.1",
                                              listener.getsockname()[1],
                                              timeout=patience(60))
            link.request("GET", "/healthz")
            equal(link.getresponse().status, 200)
            link.close()
            process.terminate()
            said = process.communicate(timeout=patience(60))[1]
            equal(process.returncode, 0, said)
    return said


# --- TLS and users


def openssl(folder, *args):
    if not shutil.which("openssl"):
        raise Skip("no openssl")
    subprocess.run(["openssl", *args], cwd=folder, check=True,
                   capture_output=True)


def make_certificate(folder, name, signer=None):
    """NAME.crt and NAME.key, self-signed or by the SIGNER"""
    key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
           "-nodes", "-keyout", name + ".key", "-subj", "/CN=" + name)
    if not signer:
        openssl(folder, "req", "-x509", *key, "-out", name + ".crt",
                "-addext", "subjectAltName=IP:127.0.0.1")
        return
    openssl(folder, "req", *key, "-out", name + ".csr")
    openssl(folder, "x509", "-req", "-in", name + ".csr", "-CA",
            signer + ".crt", "-CAkey", signer + ".key", "-CAcreateserial",
            "-out", name + ".crt")


def trusting(folder, name, client=None):
    context = ssl.create_default_context(cafile=f"{folder}/{name}.crt")
    if client:
        context.load_cert_chain(f"{folder}/{client}.crt",
                                f"{folder}/{client}.key")
    return context


def write(folder, text):
    path = os.path.join(folder, "web.yml")
    with open(path + ".new", "w", encoding="utf-8") as file:
        file.write(text)
    os.rename(path + ".new", path)
    return path


TLS = ("tls_server_config:\n  cert_file: one.crt # beside it\n"
       "  key_file: 'one.key'\n")


def refused(exporter, context):
    try:
        exporter.ask("/healthz", context=context)
    except (ssl.SSLError, ConnectionError):
        return True
    return False


def test_tls_and_certificates_that_change():
    """tcpmem-exporter(1): TLS 1.2 or later; the files are read again"""
    with tempfile.TemporaryDirectory() as folder:
        for name in "one", "two":
            make_certificate(folder, name)
        path = write(folder, TLS)
        with Exporter("--collect", "--web.config.file", path) as exporter:
            good = trusting(folder, "one")
            equal(exporter.ask(context=good)[0], 200)
            assert refused(exporter, trusting(folder, "two"))
            old = trusting(folder, "one")
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                old.minimum_version = ssl.TLSVersion.TLSv1
                old.maximum_version = ssl.TLSVersion.TLSv1_1
            old.set_ciphers("ALL:@SECLEVEL=0")
            assert refused(exporter, old)
            write(folder, "a mistake\n")
            await_it("a message", lambda: "stay as they were" in
                     exporter.said())
            equal(exporter.ask(context=good)[0], 200)
            write(folder, TLS.replace("one", "two"))
            await_it("the other certificate", lambda: not refused(
                exporter, trusting(folder, "two")))


def test_client_certificates():
    with tempfile.TemporaryDirectory() as folder:
        for name in "one", "stranger":
            make_certificate(folder, name)
        make_certificate(folder, "client", "one")
        path = write(folder, TLS + "  client_ca_file: one.crt\n"
                     "  client_auth_type: RequireAndVerifyClientCert\n"
                     "  min_version: TLS13\n")
        with Exporter("--collect", "--web.config.file", path) as exporter:
            for client, status in ((None, 403), ("stranger", 403),
                                   ("client", 200)):
                context = trusting(folder, "one", client)
                equal(exporter.ask(context=context)[0], status, client)
            context.maximum_version = ssl.TLSVersion.TLSv1_2
            assert refused(exporter, context)


def basic(text):
    return "Basic " + base64.b64encode(text.encode()).decode()


def test_users():
    """tcpmem-exporter(1): basic_auth_users, hashes of bcrypt"""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import crypt
    hashed = crypt.crypt("secret: \u00fc", "$2b$05$abcdefghijklmnopqrstuu")
    if not (hashed or "").startswith("$2b$05$"):
        raise Skip("this C library has no bcrypt")
    with tempfile.TemporaryDirectory() as folder:
        path = write(folder, f"basic_auth_users:\n  prom: {hashed}\n")
        with Exporter("--collect", "--web.config.file", path) as exporter:
            status, headers, _ = exporter.ask()
            equal((status, headers["WWW-Authenticate"]),
                  (401, 'Basic realm="tcpmem"'))
            for text, status in (("prom:secret: \u00fc", 200), ("prom:", 401),
                                 ("prom:secret", 401), ("root:x", 401),
                                 (":", 401), ("prom:secret: \u00fc", 200),
                                 ("other:secret: \u00fc", 401)):
                for where in "/metrics", "/healthz":
                    equal(exporter.ask(where, Authorization=basic(
                        text))[0], status, text)
            for wrong in "Basic !", "Bearer x", "Basic", "Basic " + "A" * 4096:
                equal(exporter.ask(Authorization=wrong)[0], 401)


def test_a_configuration_that_is_not_understood_is_refused():
    """tcpmem-exporter(1): a key that it does not know is an error"""
    with tempfile.TemporaryDirectory() as folder:
        make_certificate(folder, "one")
        for text, said in (
                ("rate_limit:\n  burst: 1\n", "1: unknown key 'rate_limit'"),
                (TLS + "  ciphers: x\n", "4: unknown key 'ciphers'"),
                ("basic_auth_users:\n  u: plain\n", "2: no hash of bcrypt"),
                ("tls_server_config:\n  cert_file: one.crt\n",
                 "belong together"),
                (TLS + "  client_auth_type: Perhaps\n", "'Perhaps'"),
                (TLS + "  client_auth_type: RequireAndVerifyClientCert\n",
                 "without client_ca_file"),
                (TLS.replace("one.crt", "none.crt"), "No such file"),
                (TLS.replace("one.crt", "one.key"), "cannot start"),
                ("a\n", "1: 'key: value' is expected"), (" a: b\n", "inden"),
                ("tls_server_config:\n\tcert_file: x\n", "2: 'key: value'")):
            path = write(folder, text)
            done = subprocess.run(
                [EXPORTER, "--collect", "--web.listen-address", "127.0.0.1:0",
                 "--web.config.file", path], capture_output=True, text=True,
                timeout=patience(60))
            equal(done.returncode, 1, text)
            contains(done.stderr, said)


def test_wrong_arguments_are_refused():
    for args, said in (
            (("--web.listen-address", "localhost:1"), "ADDRESS:PORT is expec"),
            (("--web.listen-address", "[::1]"), "ADDRESS:PORT is expected"),
            (("--web.listen-address", "1.2.3.4:99999"), "ADDRESS:PORT"),
            (("--web.systemd-socket",), "no socket was handed over"),
            (("--web.telemetry-path", "x"), "'x' is no path"),
            (("--group", "process"), "program, unit, cgroup or container"),
            (("--port", "0"), "ports with commas"), (("--top", "x"), "number"),
            (("--max-series", "9"), "at least"), (("--nonsense",), "--help"),
            (("--min-interval", "-1"), "seconds"), (("x",), "unexpected")):
        done = subprocess.run([EXPORTER, *args], capture_output=True,
                              text=True, timeout=patience(60))
        assert done.returncode in (1, 2), args
        contains(done.stderr, said)


if __name__ == "__main__":
    sys.dont_write_bytecode = True
    if not EXPORTER:
        harness.skip_all("tcpmem-exporter was not built")
    harness.enter_netns()
    harness.main({name: value for name, value in globals().items()
                  if getattr(value, "__module__", "") == "__main__"})

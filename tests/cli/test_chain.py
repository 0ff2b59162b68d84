# SPDX-License-Identifier: LGPL-2.1-or-later
"""test_chain - blame on real servers: nginx, haproxy, and who reads slowly"""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time

import harness
from containers import Program
from harness import Skip, answer, equal, output

NGINX = """
daemon off; master_process off; pid nginx.pid; error_log stderr crit;
events {{ worker_connections 256; }}
http {{
    access_log off;
    client_body_temp_path t1; proxy_temp_path t2; fastcgi_temp_path t3;
    uwsgi_temp_path t4; scgi_temp_path t5;
    server {{ listen 127.0.0.1:8131; root {home}; }}
}}
"""

HAPROXY = """
defaults
    mode http
    timeout connect 60s
    timeout client 600s
    timeout server 600s
frontend front
    bind 127.0.0.1:8132
    default_backend back
backend back
    server nginx 127.0.0.1:8131
"""


def wait_for(port):
    deadline = time.monotonic() + harness.patience(60)
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port)).close()
        except ConnectionRefusedError:
            assert time.monotonic() < deadline, f"nobody listens at {port}"
            time.sleep(0.05)


class Servers:
    """nginx with a large file and a small one, and haproxy before it"""

    def __enter__(self):
        for name in "nginx", "haproxy":
            if not shutil.which(name):
                raise Skip(f"{name} is not installed")
        self.home = tempfile.mkdtemp()
        os.chmod(self.home, 0o755)
        with open(self.home + "/big", "wb") as file:
            file.truncate(256 << 20)
        with open(self.home + "/small", "w") as file:
            file.write("x" * 10000)
        with open(self.home + "/nginx.conf", "w") as file:
            file.write(NGINX.format(home=self.home))
        with open(self.home + "/haproxy.cfg", "w") as file:
            file.write(HAPROXY)
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self.nginx = subprocess.Popen(
            ["nginx", "-p", self.home, "-c", self.home + "/nginx.conf", "-e",
             "stderr"], **quiet)
        self.haproxy = subprocess.Popen(
            ["haproxy", "-db", "-f", self.home + "/haproxy.cfg"], **quiet)
        wait_for(8131)
        wait_for(8132)
        return self

    def __exit__(self, *error):
        for server in self.nginx, self.haproxy:
            server.kill()
            server.wait()
        shutil.rmtree(self.home)


def ask_for(path):
    client = socket.create_connection(("127.0.0.1", 8132))
    client.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    return client


def test_a_slow_client_holds_up_haproxy_and_nginx():
    """The two victims hold the most; who is to blame, next to nothing"""
    with Servers() as servers:
        client = Program("slow", lambda: ask_for("/big"))
        try:
            deadline = time.monotonic() + harness.patience(60)
            held_up = set()
            while held_up != {servers.nginx.pid, servers.haproxy.pid}:
                assert time.monotonic() < deadline, held_up
                chains = answer("blame")["chains"]
                held_up = {member["pid"] for chain in chains
                           for member in chain["held_up"]}
            equal(len(chains), 1, chains)
            equal([member["pid"] for member in chains[0]["culprits"]],
                  [client.pid])
            # a probe of the closed window may still place its last bytes
            link = f"slow[{client.pid}] reads 0B/s -> holds up haproxy["
            explained = ""
            while link not in explained:
                assert time.monotonic() < deadline, explained
                explained = output("explain", str(servers.nginx.pid))
        finally:
            client.end()


def test_nobody_is_blamed_under_load():
    """wrk asks for all that it can get, small files and a large one"""
    if not shutil.which("wrk"):
        raise Skip("wrk is not installed")
    with Servers():
        loads = [subprocess.Popen(
            ["wrk", "-t", "1", "-c", count, "-d", "600s",
             "http://127.0.0.1:8132/" + path], stdout=subprocess.DEVNULL)
            for count, path in (("50", "small"), ("4", "big"))]
        try:
            for load in loads:
                harness.await_receiving(load.pid)
            before = [harness.received(load.pid) for load in loads]
            for _ in range(10):
                equal(answer("blame")["chains"], [])
            for load, had in zip(loads, before):
                equal(load.poll(), None)
                assert harness.receives_more(load.pid, had), load.args
        finally:
            for load in loads:
                load.send_signal(signal.SIGKILL)
                load.wait()


if __name__ == "__main__":
    harness.enter_netns()
    harness.main(globals())

# SPDX-License-Identifier: LGPL-2.1-or-later
"""evidence - guilty and innocent processes side by side: what explain says

evidence.py TCPMEM                      synthetic readers and nginx, as TAP
evidence.py TCPMEM --runs N [SCENE...]  real servers too, and a table of how
                                        often each was judged right

Each scene has a network namespace of its own. A scene names for each process
what has to be said of it and what may be said besides; of an innocent one
nothing may. Load of the other scenes and of the machine is part of it.
"""

import argparse
import collections
import glob
import json
import os
import signal
import shutil
import socket
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "../cli"), os.path.join(HERE, "../leaks")]
import harness  # noqa: E402: it stands with the command's tests
from leaks import LIBC, Actors, listen  # noqa: E402: and the actors there

PR_SET_PDEATHSIG = 1

# What is said of who writes to a slow reader, whose fault it is not.
VICTIM = {"zero-window"}, {"sndbuf-max"}
DEAF = {"unread"}, {"rcvbuf-max"}
INNOCENT = set(), set()


class Scene:
    """Processes and files that are gone when it is over"""

    def __init__(self):
        self.home = tempfile.mkdtemp()
        os.chmod(self.home, 0o755)
        self.actors = Actors()
        self.children = []
        self.undo = []
        self.roles = {}  # name -> pid, what must be said, what may be

    def role(self, name, pid, expected):
        self.roles[name] = pid, *expected

    def fork(self, name, work, *args):
        self.actors.start(name, work, *args)
        return self.actors.pids[-1]

    def run(self, *command, **how):
        child = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, cwd=self.home, start_new_session=True,
            preexec_fn=lambda: LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL),
            **how)
        self.children.append(child)
        return child.pid

    def write(self, name, text):
        path = os.path.join(self.home, name)
        with open(path, "w") as file:
            file.write(text)
        return path

    def end(self):
        for undo in self.undo:
            undo()
        self.actors.end()
        for child in self.children:
            try:
                os.killpg(child.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            child.wait()
        shutil.rmtree(self.home, ignore_errors=True)


def await_port(port):
    deadline = time.monotonic() + harness.patience(60)
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port))
        except ConnectionRefusedError:
            assert time.monotonic() < deadline, f"nobody listens on {port}"
            time.sleep(0.05)


def children_of(pid):
    with open(f"/proc/{pid}/task/{pid}/children") as file:
        return [int(child) for child in file.read().split()]


def read_all(listener, size=1 << 20, pause=0.0):
    server, _ = listener.accept()
    while server.recv(size):
        time.sleep(pause)


def read_nothing(listener):
    kept = listener.accept()
    while kept:
        signal.pause()


def feed(address):
    with socket.create_connection(address) as client:
        while True:
            client.sendall(b"x" * (1 << 20))


def ask(port, request):
    """Asks once, and reads none of the answer"""
    client = socket.create_connection(("127.0.0.1", port))
    client.sendall(request)
    while True:
        signal.pause()


def scene_readers(scene):
    for name, expected, *how in (
            ("fast", INNOCENT, read_all), ("slow", DEAF, read_all, 100, 0.1),
            ("dead", DEAF, read_nothing)):
        listener, address = listen()
        scene.role(name, scene.fork(name, how[0], listener, *how[1:]), expected)
        scene.role(name + "'s peer", scene.fork(name + "-peer", feed, address),
                   INNOCENT if expected is INNOCENT else VICTIM)


NGINX = """daemon off; worker_processes 1; pid {home}/pid;
error_log {home}/error; events {{ worker_connections 4096; }}
http {{ access_log off; client_body_temp_path {home}; proxy_temp_path {home};
fastcgi_temp_path {home}; uwsgi_temp_path {home}; scgi_temp_path {home};
keepalive_requests 1000000;
server {{ listen 127.0.0.1:8123 backlog=4096; root {home}/files; }} }}
"""


def nginx(scene, expected):
    files = os.path.join(scene.home, "files")
    os.mkdir(files)
    with open(files + "/large", "wb") as file:
        file.write(b"x" * (64 << 20))
    scene.write("files/small", "hello\n")
    os.chmod(scene.home, 0o777)
    pid = scene.run("nginx", "-p", scene.home, "-c",
                    scene.write("nginx.conf", NGINX.format(home=scene.home)))
    await_port(8123).close()
    scene.role("nginx", children_of(pid)[0], expected)
    scene.role("nginx master", pid, INNOCENT)


GET_LARGE = b"GET /large HTTP/1.1\r\nHost: here\r\n\r\n"


def scene_nginx_under_load(scene):
    """Keep-alive requests as fast as they are answered"""
    nginx(scene, INNOCENT)
    if shutil.which("wrk"):
        pid = scene.run("wrk", "-t1", "-c200", "-d600",
                        "http://127.0.0.1:8123/small")
    else:
        pid = scene.fork("requests", request_for_ever, 8123)
    scene.role("load", pid, INNOCENT)


def request_for_ever(port):
    clients = [socket.create_connection(("127.0.0.1", port))
               for _ in range(50)]
    while True:
        for client in clients:
            client.sendall(b"GET /small HTTP/1.1\r\nHost: here\r\n\r\n")
        for client in clients:
            client.recv(65536)


def scene_nginx_and_a_deaf_client(scene):
    nginx(scene, VICTIM)
    scene.role("client", scene.fork("client", ask, 8123, GET_LARGE), DEAF)


def scene_orphans_of_others(scene):
    """"an idle memcached got 79 MB of nginx's": it has none of them"""
    scene.role("memcached", scene.run("memcached", "-u", "nobody", "-l",
                                      "127.0.0.1", "-p", "8127"), INNOCENT)
    kept = [await_port(8127)]
    listener, address = listen()
    for _ in range(8):
        client = socket.create_connection(address)
        kept.append(listener.accept()[0])
        client.setblocking(False)
        try:
            while True:
                client.send(b"x" * 65536)
        except BlockingIOError:
            client.close()
    return kept


def scene_iperf3(scene):
    scene.role("server", scene.run("iperf3", "-s", "-B", "127.0.0.1"),
               INNOCENT)
    await_port(5201).close()
    time.sleep(0.5)
    scene.role("client", scene.run("iperf3", "-c", "127.0.0.1", "-t", "600"),
               INNOCENT)


HAPROXY = """defaults
 mode http
 timeout connect 600s
 timeout client 600s
 timeout server 600s
frontend in
 bind 127.0.0.1:8124
 default_backend out
backend out
 server one 127.0.0.1:8123
"""


def scene_haproxy_and_a_deaf_client(scene):
    nginx(scene, VICTIM)
    pid = scene.run("haproxy", "-db", "-f", scene.write("cfg", HAPROXY))
    await_port(8124).close()
    # it does not read, for it cannot write: who is to blame tells the chain
    scene.role("haproxy", pid, ({"zero-window"},
                                {"unread", "sndbuf-max", "rcvbuf-max"}))
    scene.role("client", scene.fork("client", ask, 8124, GET_LARGE), DEAF)


def postgres_message(kind, body):
    return kind + (len(body) + 4).to_bytes(4, "big") + body


def postgres_client(port):
    startup = (3 << 16).to_bytes(4, "big") + b"user\0postgres\0\0"
    client = socket.create_connection(("127.0.0.1", port))
    client.sendall(postgres_message(b"", startup))
    while b"Z" not in client.recv(65536)[-6:]:
        pass
    return client


def postgres_deaf(port):
    client = postgres_client(port)
    query = b"SELECT repeat('x', 1000) FROM generate_series(1, 1000000)\0"
    client.sendall(postgres_message(b"Q", query))
    while True:
        signal.pause()


def postgres_busy(port):
    client = postgres_client(port)
    while True:
        client.sendall(postgres_message(
            b"Q", b"SELECT repeat('x', 1000) FROM generate_series(1, 500)\0"))
        while b"Z" not in client.recv(1 << 20)[-6:]:
            pass


def backend_of(server, client):
    """The server's process at the other end of the client's connection"""
    deadline = time.monotonic() + harness.patience(60)
    while time.monotonic() < deadline:
        rows = harness.answer("sockets")["rows"]
        port = [r["local_port"] for r in rows
                if client in [h["pid"] for h in r["holders"]]]
        for row in rows:
            if port and row["remote_port"] == port[0]:
                for holder in row["holders"]:
                    if holder["pid"] in children_of(server):
                        return holder["pid"]
        time.sleep(0.1)
    raise AssertionError("the server has no process for the client")


def scene_postgres(scene):
    """A client that does not read, and one that does"""
    data = os.path.join(scene.home, "data")
    os.chmod(scene.home, 0o777)
    os.mkdir(data, 0o700)
    shutil.chown(data, "postgres")
    subprocess.run(["initdb", "-D", data, "-A", "trust", "--no-sync"],
                   check=True, capture_output=True, user="postgres", cwd="/")
    server = scene.run("postgres", "-D", data, "-p", "8125", "-h", "127.0.0.1",
                       "-k", scene.home, user="postgres")
    await_port(8125).close()
    time.sleep(1)
    deaf = scene.fork("deaf", postgres_deaf, 8125)
    busy = scene.fork("busy", postgres_busy, 8125)
    scene.role("deaf client", deaf, DEAF)
    scene.role("its backend", backend_of(server, deaf), VICTIM)
    scene.role("busy client", busy, INNOCENT)
    scene.role("its backend too", backend_of(server, busy), INNOCENT)


def publish(port):
    client = socket.create_connection(("127.0.0.1", port))
    text = b"x" * 10000
    while True:
        client.sendall(b"*3\r\n$7\r\nPUBLISH\r\n$4\r\nnews\r\n$%d\r\n%s\r\n" %
                       (len(text), text))
        client.recv(100)
        time.sleep(0.002)


def subscribe(port):
    client = socket.create_connection(("127.0.0.1", port))
    client.sendall(b"SUBSCRIBE news\r\n")
    while client.recv(1 << 20):
        pass


def scene_redis(scene):
    """A subscriber that does not read, and one that does"""
    pid = scene.run("redis-server", "--port", "8126", "--bind", "127.0.0.1",
                    "--save", "", "--client-output-buffer-limit", "pubsub 0 0 0")
    await_port(8126).close()
    scene.role("redis", pid, VICTIM)
    scene.role("slow subscriber",
               scene.fork("slow", ask, 8126, b"SUBSCRIBE news\r\n"), DEAF)
    scene.role("subscriber", scene.fork("quick", subscribe, 8126), INNOCENT)
    scene.role("publisher", scene.fork("publish", publish, 8126), INNOCENT)


def come_and_go(port):
    while True:
        client = socket.create_connection(("127.0.0.1", port))
        client.sendall(b"hello")
        client.shutdown(socket.SHUT_WR)
        time.sleep(0.02)
        client.close()


def two_servers(scene, guilty, innocent):
    """One forgets to close what its clients have closed"""
    for name, port, pid, expected in (
            ("guilty", 8130, guilty, ({"close-wait"}, set())),
            ("innocent", 8131, innocent, INNOCENT)):
        await_port(port).close()
        scene.role(name, pid, expected)
        scene.fork("clients", come_and_go, port)


NODE = """require("net").createServer({ allowHalfOpen: true }, (s) => {
  s.on("error", () => {}); s.on("data", () => {});
  s.on("end", () => { if (process.argv[3] == "close") s.end(); });
}).listen(+process.argv[2], "127.0.0.1");
"""


def scene_node_close_wait(scene):
    program = scene.write("server.js", NODE)
    two_servers(scene, scene.run("node", program, "8130", "keep"),
                scene.run("node", program, "8131", "close"))


JAVA = """import java.net.*; import java.util.*;
class Server { public static void main(String[] a) throws Exception {
  var kept = new ArrayList<Socket>();
  var s = new ServerSocket(Integer.parseInt(a[0]), 50,
                           InetAddress.getByName("127.0.0.1"));
  while (true) { Socket c = s.accept(); kept.add(c);
    new Thread(() -> { try { while (c.getInputStream().read() >= 0) {}
      if (a[1].equals("close")) c.close(); } catch (Exception e) {} }).start();
  } } }
"""


def scene_java_close_wait(scene):
    program = scene.write("Server.java", JAVA)
    two_servers(scene, scene.run("java", program, "8130", "keep"),
                scene.run("java", program, "8131", "close"))


GO = """package main
import ("io"; "net/http"; "os"; "time")
func main() {
  for {
    r, err := http.Get("http://127.0.0.1:8123/" + os.Args[2])
    if err == nil && os.Args[1] == "close" {
      io.Copy(io.Discard, r.Body); r.Body.Close()
    }
    time.Sleep(200 * time.Millisecond)
  }
}
"""


def scene_go_body_leak(scene):
    """Bodies that are not read and not closed keep their connections"""
    nginx(scene, VICTIM)
    subprocess.run(["go", "build", "-o", "client",
                    scene.write("client.go", GO)],
                   check=True, cwd=scene.home, capture_output=True,
                   env=dict(os.environ, GO111MODULE="off"))
    client = os.path.join(scene.home, "client")
    scene.role("guilty", scene.run(client, "leak", "large"), DEAF)
    scene.role("innocent", scene.run(client, "close", "small"), INNOCENT)
    # what it keeps grows in number, and nobody uses it
    scene.role("guilty, watched", scene.roles["guilty"][0],
               ({"leak"}, set()))
    scene.role("innocent, watched", scene.roles["innocent"][0], INNOCENT)


WEBSOCKET = """const c = require("crypto");
const s = require("http").createServer();
s.on("upgrade", (r, socket) => {
  const key = c.createHash("sha1").update(r.headers["sec-websocket-key"] +
    "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest("base64");
  socket.write("HTTP/1.1 101 Switching Protocols\\r\\nUpgrade: websocket\\r\\n" +
    "Connection: Upgrade\\r\\nSec-WebSocket-Accept: " + key + "\\r\\n\\r\\n");
  socket.on("error", () => {}); socket.on("data", () => {});
  if (process.argv[3] == "active")
    setInterval(() => socket.write(Buffer.from([0x89, 0])), 1000);
});
s.listen(+process.argv[2], "127.0.0.1");
"""


def ramp(port):
    """Ever more websockets, of which all that comes is read"""
    kept = []
    while True:
        client = await_port(port)
        client.sendall(b"GET / HTTP/1.1\r\nHost: here\r\nUpgrade: websocket\r\n"
                       b"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                       b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
        client.setblocking(False)
        kept.append(client)
        for client in kept:
            try:
                client.recv(65536)
            except BlockingIOError:
                pass
        time.sleep(0.15)


def scene_websocket_ramp_up(scene):
    """Connections with traffic are growth, without any a leak"""
    program = scene.write("server.js", WEBSOCKET)
    for port, what, said in (8130, "active", "growth"), (8131, "idle", "leak"):
        pid = scene.run("node", program, str(port), what)
        await_port(port).close()
        scene.fork("clients", ramp, port)
        scene.role(f"{what}, watched", pid, ({said}, set()))


def pool(port, size):
    """Opens its connections when it starts, and keeps them"""
    kept = []
    while True:
        if len(kept) < size:
            kept.append(socket.create_connection(("127.0.0.1", port)))
        for client in kept:
            client.sendall(b"PING\r\n")
            client.recv(100)
        time.sleep(0.1)


def scene_pool_fill(scene):
    pid = scene.run("redis-server", "--port", "8126", "--bind", "127.0.0.1",
                    "--save", "")
    await_port(8126).close()
    scene.role("pool, watched", scene.fork("pool", pool, 8126, 30),
               (set(), {"growth", "churn", "steady"}))
    scene.role("redis, watched", pid, (set(), {"growth", "churn", "steady"}))


def serve(listener, work, accepts=1000):
    """Works on what it accepts, each time all of it"""
    kept = []
    listener.setblocking(False)
    while True:
        try:
            if len(kept) < accepts:
                kept.append(listener.accept()[0])
                kept[-1].setblocking(True)
        except BlockingIOError:
            pass
        for sock in kept:
            work(sock)
        time.sleep(0.05)


def read_each(addresses, count, pause=0.0):
    """Connects @count times to each and reads what comes"""
    kept = [socket.create_connection(address)
            for address in addresses for _ in range(count)]
    while True:
        for client in kept:
            try:
                client.recv(1 << 20, socket.MSG_DONTWAIT)
            except BlockingIOError:
                pass
        time.sleep(pause)


def scene_idle_streams(scene):
    """Streams as of gRPC, SSE or an idle websocket: little, or nothing"""
    for name, work in (("sse", lambda s: s.sendall(b"data: tick\n\n")),
                       ("idle", lambda s: None)):
        listener, address = listen()
        scene.role(name, scene.fork(name, serve, listener, work), INNOCENT)
        client = scene.fork(name + "-client", read_each, [address], 100, 0.05)
        scene.role(name + " client", client, INNOCENT)
        scene.role(name + ", watched", client, INNOCENT)


def read_now_and_then(listener):
    server, _ = listener.accept()
    while server.recv(1 << 22):
        time.sleep(10)


def scene_reader_every_10_s(scene):
    """It has read nothing for seconds, of far more than one would leave"""
    listener, address = listen()
    scene.role("reader", scene.fork("reader", read_now_and_then, listener),
               DEAF)
    scene.role("its peer", scene.fork("peer", feed, address), VICTIM)


def scene_stopped(scene):
    """SIGSTOP: what it has not read, and whom it keeps waiting"""
    listener, address = listen()
    reader = scene.fork("reader", read_all, listener)
    scene.role("stopped", reader, DEAF)
    scene.role("its peer", scene.fork("peer", feed, address), VICTIM)
    time.sleep(0.5)
    os.kill(reader, signal.SIGSTOP)


def half_close(address):
    """Says that it has sent all, and waits for the answer"""
    client = socket.create_connection(address)
    client.sendall(b"a question")
    client.shutdown(socket.SHUT_WR)
    client.recv(100)
    signal.pause()


def keep_closed(listener):
    kept = [listener.accept()[0]]
    while kept:
        signal.pause()


def connect_and_close(address):
    socket.create_connection(address).close()
    signal.pause()


def scene_half_closed(scene):
    """A peer that has closed, and one that waits for an answer"""
    for name, client, expected in (
            ("forgets", connect_and_close, ({"close-wait"}, set())),
            ("thinks", half_close, INNOCENT)):
        listener, address = listen()
        scene.role(name, scene.fork(name, keep_closed, listener), expected)
        scene.role(name + "' client",
                   scene.fork(name + "-client", client, address), INNOCENT)


def sendfile_all(address):
    with tempfile.TemporaryFile() as file:
        file.write(b"x" * (4 << 20))
        file.flush()
        client = socket.create_connection(address)
        while True:
            os.sendfile(client.fileno(), file.fileno(), 0, 4 << 20)


def splice_all(listener):
    server, _ = listener.accept()
    out, into = os.pipe()
    null = os.open("/dev/null", os.O_WRONLY)
    while True:
        moved = os.splice(server.fileno(), into, 65536)
        os.splice(out, null, moved)


def scene_splice(scene):
    """Bytes that no read(2) or write(2) ever sees"""
    listener, address = listen()
    scene.role("splices", scene.fork("splices", splice_all, listener),
               INNOCENT)
    scene.role("sends files", scene.fork("sends", sendfile_all, address),
               INNOCENT)


def send_urgent(address):
    client = socket.create_connection(address)
    while True:
        client.sendall(b"x" * 10000)
        client.send(b"!", socket.MSG_OOB)
        time.sleep(0.01)


def scene_urgent(scene):
    listener, address = listen()
    scene.role("reader", scene.fork("reader", read_all, listener), INNOCENT)
    scene.role("urgent", scene.fork("urgent", send_urgent, address), INNOCENT)


def accept_slowly(listener, pause):
    while True:
        listener.accept()[0].close()
        time.sleep(pause)


def knock(address):
    while True:
        client = socket.socket()
        client.settimeout(0.2)
        try:
            client.connect(address)
            client.close()
        except OSError:
            pass
        time.sleep(0.02)


def scene_accept_queue(scene):
    """Full because nobody accepts; and one where all are accepted at once"""
    for name, how, pause, expected in (
            ("stopped", signal.SIGSTOP, 0, ({"backlog-full"},
                                            {"backlog-drops", "unaccepted",
                                             "close-wait"})),
            ("quick", None, 0, INNOCENT)):
        listener = socket.create_server(("127.0.0.1", 0), backlog=8)
        pid = scene.fork(name, accept_slowly, listener, pause)
        scene.role(name, pid, expected)
        address = listener.getsockname()
        listener.close()
        if how:
            os.kill(pid, how)
        for _ in range(2):
            scene.fork("clients", knock, address)


def worker_of(listener, reads):
    server, _ = listener.accept()
    if os.fork() == 0:
        LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        while server.recv(1 << 20) if reads else signal.pause() or True:
            pass
    while True:
        signal.pause()


def scene_forked(scene):
    """A child reads, or does not read, what its parent has open, too"""
    for name, reads, expected in (("reads", True, INNOCENT),
                                  ("sleeps", False, DEAF)):
        listener, address = listen()
        scene.role(name, scene.fork(name, worker_of, listener, reads),
                   expected)
        scene.role(name + "' peer", scene.fork(name + "-peer", feed, address),
                   INNOCENT if reads else VICTIM)


def trickle(address, size, pause):
    client = socket.create_connection(address)
    while True:
        client.sendall(b"x" * size)
        time.sleep(pause)


def scene_bursts(scene):
    """It reads twice a second, and then all that there is"""
    listener, address = listen()
    scene.role("reader", scene.fork("reader", read_all, listener, 1 << 24,
                                    0.5), INNOCENT)
    scene.role("writer", scene.fork("writer", trickle, address, 10000, 0.02),
               INNOCENT)


def feed_each(*addresses):
    """Writes to each what it takes, and waits for none"""
    kept = [socket.create_connection(address) for address in addresses]
    for client in kept:
        client.setblocking(False)
    while True:
        for client in kept:
            try:
                client.send(b"x" * 65536)
            except BlockingIOError:
                pass
        time.sleep(0.001)


def scene_two_culprits(scene):
    """Of three that one server writes to, two do not read"""
    addresses = []
    for name, expected, read in (("deaf", DEAF, read_nothing),
                                 ("deaf too", DEAF, read_nothing),
                                 ("quick", INNOCENT, read_all)):
        listener, address = listen()
        addresses.append(address)
        scene.role(name, scene.fork(name, read, listener), expected)
    scene.role("server", scene.fork("server", feed_each, *addresses), VICTIM)


def freeze(scene, pid):
    """By a cgroup, as a container is paused; of version 1 or 2"""
    old = os.path.isdir("/sys/fs/cgroup/freezer")
    group = f"/sys/fs/cgroup/{'freezer/' if old else ''}evidence-{pid}"
    switch, on, off = (("freezer.state", "FROZEN", "THAWED") if old else
                       ("cgroup.freeze", "1", "0"))

    def put(name, text):
        with open(os.path.join(group, name), "w") as file:
            file.write(text)

    def undo():
        put(switch, off)
        with open(os.path.join(os.path.dirname(group), "cgroup.procs"),
                  "w") as file:
            file.write(str(pid))
        os.rmdir(group)
    os.mkdir(group)
    put("cgroup.procs", str(pid))
    put(switch, on)
    scene.undo.append(undo)


def scene_frozen(scene):
    """A paused container: its peer probes a window that stays shut"""
    for name, paused in ("paused", True), ("goes on", False):
        listener, address = listen()
        pid = scene.fork(name, read_all, listener)
        scene.role(name, pid, DEAF if paused else INNOCENT)
        scene.role(name + ": peer", scene.fork(name + "-peer", feed, address),
                   VICTIM if paused else INNOCENT)
        time.sleep(0.5)
        if paused:
            freeze(scene, pid)


def scene_small_buffers(scene):
    """SO_RCVBUF and SO_SNDBUF bound it, nobody is slow"""
    listener, address = listen(rcvbuf=8192)
    scene.role("reader", scene.fork("reader", read_all, listener), INNOCENT)
    scene.role("writer", scene.fork("writer", feed, address), INNOCENT)


def cork(address):
    """Leaves less than a segment in the queue, for the kernel to send"""
    client = socket.create_connection(address)
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_CORK, 1)
    while True:
        client.sendall(b"x" * 1000)
        time.sleep(0.3)


def scene_little_to_send(scene):
    """The application has no more: with TCP_CORK, and without"""
    for name, work, *how in (("cork", cork), ("trickle", trickle, 100, 0.05)):
        listener, address = listen()
        scene.role(name + " reader", scene.fork("reader", read_all, listener),
                   INNOCENT)
        scene.role(name, scene.fork(name, work, address, *how), INNOCENT)


def pipeline(port):
    """Hundreds of requests at once, then all of their answers"""
    client = socket.create_connection(("127.0.0.1", port))
    client.sendall(b"SET k %b\r\n" % (b"x" * 10000))
    client.recv(100)
    while True:
        client.sendall(b"GET k\r\n" * 500)
        left = 500 * (len(b"$10000\r\n\r\n") + 10000)
        while left:
            left -= len(client.recv(1 << 20))


def scene_pipelined_redis(scene):
    pid = scene.run("redis-server", "--port", "8126", "--bind", "127.0.0.1",
                    "--save", "")
    await_port(8126).close()
    scene.role("redis", pid, INNOCENT)
    scene.role("pipelines", scene.fork("pipelines", pipeline, 8126), INNOCENT)


def answer_late(listener):
    """Reads the question at once, and is busy with it ever after"""
    kept = []
    while True:
        kept.append(listener.accept()[0])
        kept[-1].recv(65536)


def scene_slow_upstream(scene):
    """Everybody waits for an answer, and no data does"""
    listener = socket.create_server(("127.0.0.1", 8123))
    scene.role("upstream", scene.fork("upstream", answer_late, listener),
               INNOCENT)
    listener.close()
    pid = scene.run("haproxy", "-db", "-f", scene.write("cfg", HAPROXY))
    await_port(8124).close()
    scene.role("haproxy", pid, INNOCENT)
    scene.role("client", scene.fork("client", ask, 8124, GET_LARGE), INNOCENT)


def hand_over(listener):
    """Its connection is in a message that nobody has received"""
    one, two = socket.socketpair(socket.AF_UNIX)
    server, _ = listener.accept()
    socket.send_fds(one, [b"x"], [server.fileno()])
    server.close()
    while two:
        signal.pause()


def scene_in_flight(scene):
    """Who does not hold a socket any more does not read it"""
    listener, address = listen()
    scene.role("hands over", scene.fork("hands", hand_over, listener),
               INNOCENT)
    listener.close()
    scene.role("peer", scene.fork("peer", feed, address), VICTIM)


def prefork(listener):
    """Four workers accept from one listener, and answer"""
    for _ in range(3):
        if os.fork() == 0:
            LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
            break
    while True:
        server, _ = listener.accept()
        while server.recv(65536):
            server.sendall(b"x" * 10000)
        server.close()


def visit(address):
    while True:
        with socket.create_connection(address) as client:
            client.sendall(b"a question")
            client.recv(65536)


def scene_prefork(scene):
    listener, address = listen()
    pid = scene.fork("prefork", prefork, listener)
    listener.close()
    scene.role("parent", pid, INNOCENT)
    for i in range(3):
        scene.role(f"client {i}", scene.fork("client", visit, address),
                   INNOCENT)
    time.sleep(0.5)
    for i, child in enumerate(children_of(pid)):
        scene.role(f"worker {i}", child, INNOCENT)


def scene_player(scene):
    """It takes a second's worth in four parts, as they come"""
    listener, address = listen()
    scene.role("player", scene.fork("player", read_all, listener, 300000,
                                    0.25), INNOCENT)
    scene.role("streams", scene.fork("streams", trickle, address, 250000,
                                     0.25), INNOCENT)


SCENES = {
    "readers": scene_readers,
    "nginx-under-load": scene_nginx_under_load,
    "nginx-deaf-client": scene_nginx_and_a_deaf_client,
    "orphans-of-others": scene_orphans_of_others,
    "iperf3": scene_iperf3,
    "haproxy-deaf-client": scene_haproxy_and_a_deaf_client,
    "postgres": scene_postgres,
    "redis-pubsub": scene_redis,
    "node-close-wait": scene_node_close_wait,
    "java-close-wait": scene_java_close_wait,
    "go-body-leak": scene_go_body_leak,
    "websocket-ramp-up": scene_websocket_ramp_up,
    "pool-fill": scene_pool_fill,
    "idle-streams": scene_idle_streams,
    "reader-every-10-s": scene_reader_every_10_s,
    "stopped": scene_stopped,
    "half-closed": scene_half_closed,
    "splice": scene_splice,
    "urgent": scene_urgent,
    "accept-queue": scene_accept_queue,
    "forked": scene_forked,
    "bursts": scene_bursts,
    "two-culprits": scene_two_culprits,
    "frozen": scene_frozen,
    "small-buffers": scene_small_buffers,
    "little-to-send": scene_little_to_send,
    "pipelined-redis": scene_pipelined_redis,
    "slow-upstream": scene_slow_upstream,
    "in-flight": scene_in_flight,
    "prefork": scene_prefork,
    "player": scene_player,
}
SHORT = "readers", "nginx-under-load", "nginx-deaf-client"


def words_of(pid, watched):
    """What is said: the codes of findings, or the verdict after some time"""
    if watched:
        data = harness.answer("explain", str(pid), "--every", "250ms",
                              "--for", "12s")
        verdict = data["processes"][0]["growth"]["verdict"]
        return {verdict} - {None, "churn", "steady"}, verdict
    process = harness.answer("explain", str(pid))["processes"][0]
    return ({f["code"] for f in process["findings"]},
            "; ".join(f["text"] for f in process["findings"]))


def look_at(scene, runs):
    """Each role so often: what was said, and whether that is right"""
    results = []
    for name, (pid, must, may) in scene.roles.items():
        watched = name.endswith("watched")
        right, said = 0, collections.Counter()
        text = ""
        for _ in range(runs):
            words, text = words_of(pid, watched)
            right += must <= words <= must | may
            said[" ".join(sorted(words)) or "nothing"] += 1
            time.sleep(0 if watched else 0.2)
        results.append({"role": name, "right": right, "said": dict(said),
                        "must": sorted(must), "text": text})
    return results


def run_scene(name, runs, settle):
    """In a namespace of its own, which this process is already in"""
    scene = Scene()
    try:
        kept = SCENES[name](scene)
        time.sleep(settle)
        results = look_at(scene, runs)
        del kept
    finally:
        scene.end()
    return results


def run_apart(command, name, runs, settle):
    """run_scene() in a new network namespace"""
    done = subprocess.run(
        ["unshare", "-n", sys.executable, __file__, command, "--scene", name,
         "--runs", str(runs), "--settle", str(settle)],
        env=dict(os.environ, **{harness.MARK: "1"}),
        stdout=subprocess.PIPE, encoding="utf-8")
    assert done.returncode == 0, f"{name} did not run"
    return json.loads(done.stdout)


def table(command, names, runs):
    total = wrong = 0
    print(f"{'scene':<20} {'process':<18} {'has to be said':<16} "
          f"{'right':>7}  said")
    for name in names:
        for row in run_apart(command, name, runs, 3):
            said = ", ".join(f"{word}: {count}"
                             for word, count in row["said"].items())
            print(f"{name:<20} {row['role']:<18} "
                  f"{' '.join(row['must']) or 'nothing':<16} "
                  f"{row['right']:>3}/{runs:<3}  {said}", flush=True)
            total += runs
            wrong += runs - row["right"]
    print(f"{total - wrong} of {total} right")
    return wrong


def short(command, name):
    for row in run_apart(command, name, 1, 2.5):
        assert row["right"] == 1, row


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("command")
    parser.add_argument("scenes", nargs="*")
    parser.add_argument("--runs", type=int, default=0)
    parser.add_argument("--scene")
    parser.add_argument("--settle", type=float, default=0)
    args = parser.parse_intermixed_args()
    if args.scene:
        harness.lo_up()
        print(json.dumps(run_scene(args.scene, args.runs, args.settle)))
    elif args.runs:
        sys.exit(table(args.command, args.scenes or SCENES, args.runs) > 0)
    else:
        harness.main({"test_" + name.replace("-", "_"):
                      lambda name=name: short(args.command, name)
                      for name in SHORT})


if __name__ == "__main__":
    # where Debian and its kin have the server
    os.environ["PATH"] = ":".join([os.environ["PATH"], *glob.glob(
        "/usr/lib/postgresql/*/bin")])
    if os.geteuid() != 0:
        harness.skip_all("not root: servers and namespaces cannot be made")
    main()

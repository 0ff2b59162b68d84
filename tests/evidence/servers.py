# SPDX-License-Identifier: LGPL-2.1-or-later
"""servers.py - scenes of real servers, guilty and innocent"""

import os
import shutil
import signal
import socket
import subprocess
import time

import harness
from leaks import listen
from scene import (
    DEAF, INNOCENT, VICTIM, WAITS, ask, await_port, children_of)

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
    scene.role("haproxy", pid, ({WAITS},
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

# SPDX-License-Identifier: LGPL-2.1-or-later
"""test_servers - explain, figure by figure, against /proc of real servers

Each is stopped, so that all its figures stand still. The command runs with
copies of its libraries: it must not share pages with the server, whose PSS
and USS would move with the reader's coming and going.

	test_servers.py TCPMEM SERVER [GO-SERVER]
"""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

import harness
from harness import equal

SERVER = sys.argv[2]
GO_SERVER = sys.argv[3] if len(sys.argv) > 3 else None
PAGE = os.sysconf("SC_PAGE_SIZE")

STATUS = (("vsz", "VmSize"), ("rss", "VmRSS"), ("rss_anon", "RssAnon"),
          ("rss_file", "RssFile"), ("rss_shmem", "RssShmem"),
          ("swap", "VmSwap"), ("stack", "VmStk"), ("page_tables", "VmPTE"))


class Reader:
    """The command, on libraries and without a locale that others map too"""

    def __init__(self, home):
        self.home = home
        listed = subprocess.run(["ldd", harness.TCPMEM], text=True, check=True,
                                capture_output=True).stdout
        for path in re.findall(r"(/\S+) \(0x", listed):
            shutil.copy(path, home)
        shutil.copy(harness.TCPMEM, home)
        loaders = [n for n in os.listdir(home) if n.startswith("ld-")]
        equal(len(loaders), 1, listed)
        self.command = [os.path.join(home, loaders[0]), "--library-path", home,
                        os.path.join(home, os.path.basename(harness.TCPMEM))]

    def answer(self, *args, user=None):
        done = subprocess.run([*self.command, *args, "-J"], text=True,
                              capture_output=True, user=user,
                              timeout=harness.patience(120),
                              env=dict(os.environ, LC_ALL="C"))
        equal(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)


def fields(path):
    """What stands behind "Word:" in each line, in bytes where it is kB"""
    found = {}
    with open(path) as file:
        for line in file:
            word, _, rest = line.partition(":")
            parts = rest.split()
            if parts and parts[0].isdigit():
                found[word] = int(parts[0]) * (1024 if parts[1:] == ["kB"] else 1)
    return found


def memory_cgroup(pid):
    """Its directory in the hierarchy that counts memory; is it v2?"""
    with open(f"/proc/{pid}/cgroup") as file:
        lines = [line.rstrip("\n").split(":", 2) for line in file]
    with open("/proc/self/mounts") as file:
        mounts = [line.split() for line in file]
    v1 = [path for _, names, path in lines if "memory" in names.split(",")]
    v2 = [path for number, _, path in lines if number == "0"]
    kind = "cgroup" if v1 else "cgroup2"
    for _, where, type_, options, *_ in mounts:
        if type_ == kind and (not v1 or "memory" in options.split(",")):
            return where + (v1 or v2)[0], not v1
    return None, False


class MemoryCgroup:
    """A cgroup of a process's own: what else lives in the test's moves on

    Where none can be made the process stays where it is, and only what stands
    still there is compared.
    """

    def __init__(self, pid):
        where, self.v2 = memory_cgroup(pid)
        self.pid = pid
        self.home = where
        self.dir = where and f"{where}/tcpmem-test-{os.getpid()}"

    def write(self, file, text):
        with open(file, "w") as out:
            out.write(text)

    def __enter__(self):
        try:
            os.mkdir(self.dir)
            if not self.v2:
                # from here on TCP memory is counted
                self.write(self.dir + "/memory.kmem.tcp.limit_in_bytes",
                           str(1 << 40))
            self.write(self.dir + "/cgroup.procs", str(self.pid))
        except (OSError, TypeError) as error:
            print("# no memory cgroup can be made:", error)
            self.leave()
        return self

    def leave(self):
        if self.dir and os.path.isdir(self.dir):
            self.write(self.home + "/cgroup.procs", str(self.pid))
            os.rmdir(self.dir)
        self.dir = None

    def __exit__(self, *error):
        if self.dir:
            self.leave()


def number(path):
    try:
        with open(path) as file:
            text = file.read().strip()
    except OSError:
        return None
    return None if text == "max" or int(text) >= 1 << 62 else int(text)


def of_cgroup(pid):
    where, v2 = memory_cgroup(pid)
    if where is None:
        return dict.fromkeys(("cgroup_current_bytes", "cgroup_sock_bytes",
                              "cgroup_limit_bytes"))
    if v2:
        sock = None
        if os.path.exists(where + "/memory.stat"):
            with open(where + "/memory.stat") as file:
                sock = dict(line.split() for line in file).get("sock")
        return {"cgroup_current_bytes": number(where + "/memory.current"),
                "cgroup_sock_bytes": sock and int(sock),
                "cgroup_limit_bytes": number(where + "/memory.max")}
    sock = number(where + "/memory.kmem.tcp.usage_in_bytes")
    if not sock and number(where + "/memory.kmem.tcp.limit_in_bytes") is None:
        sock = None
    return {"cgroup_current_bytes": number(where + "/memory.usage_in_bytes"),
            "cgroup_sock_bytes": sock,
            "cgroup_limit_bytes": number(where + "/memory.limit_in_bytes")}


def of_proc(pid):
    """Every figure from its source, under the names that -J has"""
    proc = f"/proc/{pid}/"
    status, rollup = fields(proc + "status"), fields(proc + "smaps_rollup")
    wanted = {name + "_bytes": status[word] for name, word in STATUS}
    wanted["threads"] = status["Threads"]
    wanted["pss_bytes"] = rollup["Pss"]
    wanted["uss_bytes"] = rollup["Private_Clean"] + rollup["Private_Dirty"]
    with open(proc + "statm") as file:
        wanted["statm_rss_bytes"] = int(file.read().split()[1]) * PAGE
    links = [os.readlink(proc + "fd/" + fd) for fd in os.listdir(proc + "fd")]
    wanted["fds"] = len(links)
    wanted["fds_sockets"] = sum(link.startswith("socket:") for link in links)
    with open(proc + "limits") as file:
        files = [line for line in file if line.startswith("Max open files")]
    wanted["fds_soft"], wanted["fds_hard"] = (
        int(word) for word in files[0].split()[3:5])
    wanted.update(of_cgroup(pid))
    return wanted


def row_of(reader, pid):
    rows = reader.answer("by", "process", "--netns", "self")["rows"]
    return next((row for row in rows if row["pid"] == pid), None)


def stop(pid):
    os.kill(pid, signal.SIGSTOP)
    deadline = time.monotonic() + harness.patience(60)
    for task in os.listdir(f"/proc/{pid}/task"):
        while True:
            with open(f"/proc/{pid}/task/{task}/stat") as file:
                if file.read().rpartition(")")[2].split()[0] == "T":
                    break
            assert time.monotonic() < deadline, "it does not stop"
            time.sleep(0.01)


# The vdso is a page that every process has: its part in the PSS, which comes in
# whole KiB, is less while one more runs.
SHARE = {"pss_bytes": 1024}


def differ(key, a, b):
    if None in (a, b):
        return a != b
    return abs(a - b) > SHARE.get(key, 0)


def moment(reader, pid, alone):
    """/proc, explain and "by process" of a moment in which nothing moved

    The process is stopped; but whoever else maps its files comes and goes, and
    the kernel goes on to send what is queued.
    """
    for _ in range(200):
        before = of_proc(pid), row_of(reader, pid)
        if not alone:
            del before[0]["cgroup_current_bytes"]
        data = reader.answer("explain", str(pid), "--netns", "self")
        after = row_of(reader, pid), of_proc(pid)
        process = data["processes"][0]
        # whoever shares a page may have come and gone in between
        moved = {key for key in before[0]
                 if differ(key, before[0][key], after[1][key]) or
                 key in ("pss_bytes", "uss_bytes") and
                 differ(key, before[0][key], process["memory"][key])}
        if not moved and before[1] == after[0]:
            return *before, process
        time.sleep(0.1)
    raise AssertionError(f"does not stand still: {moved}")


def check(pid, least_sockets):
    """Return: what explain says, after all of it was found to be so"""
    stop(pid)
    with tempfile.TemporaryDirectory() as home, MemoryCgroup(pid) as cgroup:
        wanted, row, process = moment(Reader(home), pid, cgroup.dir)
    memory = process["memory"]
    for key, value in wanted.items():
        assert not differ(key, memory[key], value), (key, memory[key], value)
    # what a cgroup's other processes move in between
    moving = {f"cgroup_{part}_bytes"
              for part in ("current", "anon", "file", "kernel")}
    equal(set(memory) - set(wanted) - moving, {"cgroup_limited"})
    equal(memory["rss_bytes"], memory["rss_anon_bytes"] +
          memory["rss_file_bytes"] + memory["rss_shmem_bytes"])
    for key in set(row) & set(process["tcp"]):
        equal(process["tcp"][key], row[key], key)
        equal(sum(s[key] for s in process["states"].values()), row[key], key)
    assert "held_bytes" in row and row["reach_sockets"] >= least_sockets, row
    print(f"# {process['comm']}: {len(wanted)} figures of /proc, "
          f"{len(set(row) & set(process['tcp']))} of 'by process'; RSS "
          f"{memory['rss_bytes']}, TCP held {process['tcp']['held_bytes']}")
    return process


class Program:
    """A program that runs until the end of the with"""

    def __init__(self, *command, **how):
        self.child = subprocess.Popen(command, stdout=subprocess.PIPE,
                                      text=True, **how)
        self.pid = self.child.pid

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.child.send_signal(signal.SIGKILL)
        self.child.wait()
        self.child.stdout.close()


def wait_for(port):
    deadline = time.monotonic() + harness.patience(60)
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port))
        except ConnectionRefusedError:
            assert time.monotonic() < deadline, "nobody listens"
            time.sleep(0.05)


def test_a_c_server_with_full_queues():
    with Program(SERVER, "20", "0", "0") as server:
        equal(server.child.stdout.readline(), "ready\n")
        process = check(server.pid, 41)
    assert process["tcp"]["buffer_bytes"] > 20 << 20, process["tcp"]


def test_a_server_with_ten_thousand_files():
    with Program(SERVER, "4", "2500", "5000") as server:
        equal(server.child.stdout.readline(), "ready\n")
        process = check(server.pid, 5009)
    assert process["memory"]["fds"] > 10000, process["memory"]
    assert process["memory"]["fds_sockets"] >= 5009, process["memory"]


def test_python():
    def setup():
        kept = harness.connect()
        kept[1].send(b"x" * 50000)
        return kept

    child = harness.Child(setup)
    try:
        process = check(child.pid, 3)
    finally:
        child.end()
    assert process["tcp"]["rmem_bytes"] >= 50000, process["tcp"]


NGINX = """daemon off; master_process off; pid {home}/pid; error_log stderr;
events {{ worker_connections 256; }}
http {{ access_log off; client_body_temp_path {home}; proxy_temp_path {home};
fastcgi_temp_path {home}; uwsgi_temp_path {home}; scgi_temp_path {home};
server {{ listen 127.0.0.1:8123; root {home}; }} }}
"""


def test_nginx():
    with tempfile.TemporaryDirectory() as home:
        with open(home + "/nginx.conf", "w") as file:
            file.write(NGINX.format(home=home))
        with open(home + "/large", "wb") as file:
            file.write(b"x" * (32 << 20))
        with Program("nginx", "-p", home, "-c", home + "/nginx.conf") as nginx:
            clients = [wait_for(8123) for _ in range(20)]
            for client in clients:
                client.send(b"GET /large HTTP/1.1\r\nHost: here\r\n\r\n")
                assert client.recv(1)
            process = check(nginx.pid, 21)
    assert process["tcp"]["wmem_queued_bytes"] > 1 << 20, process["tcp"]


def test_redis():
    with tempfile.TemporaryDirectory() as home:
        with Program("redis-server", "--port", "8124", "--save", "",
                     "--dir", home, "--bind", "127.0.0.1") as redis:
            clients = [wait_for(8124) for _ in range(20)]
            clients[0].sendall(b"SETRANGE key 8000000 x\r\n")
            assert clients[0].recv(64)
            for client in clients:
                client.sendall(b"GET key\r\n")
                assert client.recv(1)
            process = check(redis.pid, 21)
    assert process["tcp"]["wmem_queued_bytes"] > 1 << 20, process["tcp"]


def test_go():
    if not GO_SERVER:
        raise harness.Skip("no Go compiler when this was configured")
    with Program(GO_SERVER, "20", "8125") as server:
        equal(server.child.stdout.readline(), "ready\n")
        process = check(server.pid, 41)
    assert process["tcp"]["buffer_bytes"] > 1 << 20, process["tcp"]


def test_the_example_fills_buffers_that_rss_does_not_show():
    example = os.path.join(os.path.dirname(__file__), "..", "..", "examples",
                           "fill_buffers.py")
    done = subprocess.run([example, harness.TCPMEM, "60"], check=True,
                          capture_output=True, text=True)
    rss, held = re.findall(r"(-?[0-9.]+) MiB", done.stdout.splitlines()[-1])
    assert float(held) > 50 and float(rss) < 2, done.stdout
    print("# " + done.stdout.splitlines()[-1])


def test_an_unprivileged_view():
    """What may not be read is null, and the rest is as root sees it"""
    if os.geteuid() != 0:
        raise harness.Skip("not root: there is no other user to look as")
    nobody = 65534
    with Program(SERVER, "2", "0", "0") as server:
        equal(server.child.stdout.readline(), "ready\n")
        stop(server.pid)
        with tempfile.TemporaryDirectory() as home:
            os.chmod(home, 0o755)
            data = Reader(home).answer("explain", str(server.pid), "--netns",
                                       "self", user=nobody)
        wanted = of_proc(server.pid)
    process = data["processes"][0]
    memory = process["memory"]
    hidden = {"pss_bytes", "uss_bytes", "fds", "fds_sockets", "fds_soft",
              "fds_hard"}
    for key, value in wanted.items():
        if key == "cgroup_current_bytes":
            assert memory[key] is None or memory[key] > 0, memory
        elif key in hidden:
            assert memory[key] in (None, value), (key, memory[key])
        else:
            equal(memory[key], value, key)
    for key in ("pss_bytes", "uss_bytes", "fds"):
        equal(memory[key], None, key)
    equal(process["tcp"]["held_bytes"], None)
    equal(data["complete"], False)


if __name__ == "__main__":
    harness.enter_netns()
    harness.main(globals())

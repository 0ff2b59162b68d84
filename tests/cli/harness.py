# SPDX-License-Identifier: LGPL-2.1-or-later
"""harness - runs the built command, in a namespace of its own, as TAP cases

A script imports this, defines functions named test_*, and ends with
harness.main(globals()). Its first argument is the command.
"""

import ctypes
import errno
import fcntl
import json
import os
import signal
import socket
import struct
import subprocess
import sys
import time
import traceback

import schemas

TCPMEM = os.path.abspath(sys.argv[1])  # a case may run it elsewhere
SKIP = 77
MARK = "TCPMEM_TEST_NETNS"


def patience(seconds):
    """How long to wait for what is bound to come: longer under emulation"""
    return seconds * int(os.environ.get("TCPMEM_TEST_PATIENCE", "1"))


class Skip(Exception):
    """This case cannot be run here, and why"""


def skip_all(reason):
    print(reason)
    sys.exit(SKIP)


def lo_up(up=True):
    """The ioctls of net/if.h: no program is needed for them"""
    get_flags, set_flags, iff_up = 0x8913, 0x8914, 1
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        request = struct.pack("16sH14x", b"lo", 0)
        flags = struct.unpack("16sH14x", fcntl.ioctl(s, get_flags, request))[1]
        flags = flags | iff_up if up else flags & ~iff_up
        fcntl.ioctl(s, set_flags, struct.pack("16sH14x", b"lo", flags))


def set_sysctl(name, text):
    """Of net.ipv4: the namespace that the script has entered is its own"""
    assert os.environ.get(MARK)
    with open("/proc/sys/net/ipv4/" + name, "w") as file:
        file.write(text)


def add_address(address, device="lo", length=None):
    """IPv6 has a worker of the kernel's add routes; nothing waits for them"""
    ipv6 = ":" in address
    length = length or (128 if ipv6 else 32)
    subprocess.run(["ip", "addr", "add", f"{address}/{length}", "dev", device,
                    *["nodad"] * ipv6], check=True)
    deadline = time.monotonic() + patience(60)
    while ipv6 and not leads_to_itself(address, device):
        assert time.monotonic() < deadline, f"no route to {address}"
        time.sleep(0.005)


def leads_to_itself(address, device):
    """One of its routes may be there before the local one is"""
    scope = socket.if_nametoindex(device) if address[:4] == "fe80" else 0
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind((address, 0, 0, scope))
            probe.connect((address, 9, 0, scope))
            return True
        except OSError:
            return False


def enter_netns():
    """Starts this script anew in a network namespace without sockets"""
    if os.environ.get(MARK):
        lo_up()
        return
    how = ["unshare", "-n"] if os.geteuid() == 0 else ["unshare", "-Urn"]
    probe = subprocess.run(how + ["true"], capture_output=True, text=True)
    if probe.returncode != 0:
        skip_all("no network namespace can be made: " + probe.stderr.strip())
    os.environ[MARK] = "1"
    sys.stdout.flush()
    os.execvp(how[0], how + [sys.executable] + sys.argv)


def in_scope(args):
    """A test's namespace is its own, the others on the host are not"""
    readers = ("summary", "by", "ps", "sockets", "save", "limits", "explain",
               "blame", "check", "export")
    reads = args and args[0] in readers
    if not reads or not os.environ.get(MARK):
        return args
    if "--from" in args or "--netns" in args:
        return args
    return (args[0], "--netns", "self", *args[1:])


# kinds of commands in which leaks were looked for by this process
searched = set()


def is_first_of_its_kind(args):
    """Commands that differ in values alone free what they take in the same
    places, and looking for leaks is 40 % of what one under AddressSanitizer
    costs"""
    kind = tuple(arg for arg in args if arg == args[0] or arg[:1] == "-")
    first = kind not in searched
    searched.add(kind)
    return first


def run(*args, **how):
    """Runs the command; what it says is text, and no colours by chance"""
    if how.pop("scoped", True):
        args = in_scope(args)
    env = dict(os.environ, LC_ALL="C.UTF-8", TERM="xterm")
    env.pop("NO_COLOR", None)
    if not is_first_of_its_kind(args):
        env["ASAN_OPTIONS"] = env.get("ASAN_OPTIONS", "") + ":detect_leaks=0"
    env.update(how.pop("env", {}))
    how.setdefault("stdout", subprocess.PIPE)
    how.setdefault("stderr", subprocess.PIPE)
    how.setdefault("encoding", "utf-8")
    how.setdefault("timeout", patience(120))
    before = how.pop("before", ())
    done = subprocess.run([*before, TCPMEM, *args], env=env, **how)
    # what run has to say is not for the output of the command that it runs
    said = args and args[0] == "run"
    schemas.check_output(args, done.stderr if said else done.stdout,
                         done.returncode)
    return done


def output(*args, **how):
    """What the command prints; it must succeed"""
    done = run(*args, **how)
    equal(done.returncode, 0, done.stderr)
    return done.stdout


def answer(*args, **how):
    """The JSON object that the command prints"""
    return json.loads(output(*args, "-J", **how))


def keys():
    """What can be grouped by"""
    lines = output("by", "--help").split("Keys", 1)[1].split("\n\n")[0]
    return lines.split("\n", 1)[1].split()


def equal(got, wanted, what=""):
    assert got == wanted, f"got {got!r}, wanted {wanted!r}; {what}"


def contains(text, part):
    assert part in text, f"no {part!r} in {text!r}"


def set_comm(name):
    """Renames this process, to any bytes"""
    pr_set_name = 15
    ctypes.CDLL(None).prctl(pr_set_name, ctypes.c_char_p(name), 0, 0, 0)


def comm():
    with open("/proc/self/comm", encoding="utf-8") as file:
        return file.read()[:-1]


# AddressSanitizer finds no leaks in who is traced, and ends him for that.
TRACED = dict(os.environ, ASAN_OPTIONS="detect_leaks=0")


def hears(pid):
    """Whether it listens to destroy events: others on the host may, here too"""
    with open("/proc/net/netlink", encoding="ascii") as file:
        rows = [line.split() for line in list(file)[1:]]
    return any(row[1:3] == ["4", str(pid)] and int(row[3], 16) & 1
               for row in rows)


def await_hearing(process):
    """Until it listens to what ends in this namespace"""
    deadline = time.monotonic() + patience(60)
    while not hears(process.pid):
        assert time.monotonic() < deadline, "it does not listen"
        assert process.poll() is None, "it has ended"
        time.sleep(0.005)


def remove_cgroup(path):
    """Who was in it leaves it in his own time"""
    deadline = time.monotonic() + patience(10)
    while True:
        try:
            return os.rmdir(path)
        except OSError:
            if time.monotonic() > deadline:
                raise
        time.sleep(0.05)


class Child:
    """A process that does setup(), keeps what it returns, and waits"""

    def __init__(self, setup):
        ready, go = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            try:
                kept = setup()
                os.write(go, b".")
                while kept is not self:
                    signal.pause()
            finally:
                os._exit(1)
        os.close(go)
        done = os.read(ready, 1)
        os.close(ready)
        if done != b".":
            os.waitpid(self.pid, 0)
            raise RuntimeError("the child could not set itself up")

    def end(self):
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)


def connect(family=socket.AF_INET, host="127.0.0.1"):
    """A listener, and both ends of a connection to it"""
    listener = socket.socket(family)
    listener.bind((host, 0))
    listener.listen(8)
    client = socket.socket(family)
    client.connect(listener.getsockname()[:2])
    server, _ = listener.accept()
    return listener, client, server


def reset_on_close(s):
    """Nothing stays behind in TIME_WAIT"""
    s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


# of include/net/tcp_states.h, as /proc/net/tcp numbers them
STATES = ("established", "syn-sent", "syn-recv", "fin-wait-1", "fin-wait-2",
          "time-wait", "closed", "close-wait", "last-ack", "listening",
          "closing")


def port_of(address):
    return int(address.rpartition(":")[2], 16)


def tcp_rows():
    """This namespace's sockets, as the kernel lists them, and their states"""
    found = []
    for name in "tcp", "tcp6":
        with open("/proc/self/net/" + name) as file:
            rows = [line.split() for line in list(file)[1:]]
        found += [(row, STATES[int(row[3], 16) - 1]) for row in rows]
    return found


def states(port=None, remote=None):
    """Of this namespace's sockets, at a port or all, by the kernel's word"""
    return sorted(state for row, state in tcp_rows()
                  if port in (None, port_of(row[1]))
                  and remote in (None, port_of(row[2])))


def await_states(*wanted, port=None, remote=None):
    """What was sent arrives when the kernel finds time for it"""
    deadline = time.monotonic() + patience(60)
    while states(port, remote) != sorted(wanted):
        assert time.monotonic() < deadline, \
            f"{states(port, remote)}, not {wanted}"
        time.sleep(0.005)


def leave_time_wait():
    """A close in good order: whoever closes first stays in TIME_WAIT"""
    listener, client, server = connect()
    # another connection may have the same port on one side
    port, remote = (end.getsockname()[1] for end in (client, listener))
    client.close()
    server.recv(1)
    server.close()
    listener.close()
    await_states("time-wait", port=port, remote=remote)


def expiring(*which):
    """Sockets that the kernel ends by itself, and in how many seconds"""
    ticks = os.sysconf("SC_CLK_TCK")
    return {(row[1], row[2]): int(row[5].partition(":")[2], 16) / ticks
            for row, state in tcp_rows() if state in which}


def beside_time_wait(case):
    """The case, beside a TIME_WAIT that is to stay for another half a minute;
    again, where it failed and a socket had ended by itself meanwhile"""
    def attempt(more):
        if max(expiring("time-wait").values(), default=0) < 30:
            leave_time_wait()
        before = expiring("time-wait", "fin-wait-2").keys()
        try:
            case()
        except Skip:
            raise
        except Exception:
            after = expiring("time-wait", "fin-wait-2").keys()
            if not more or before <= after:
                raise
            return False
        return True

    return lambda: any(attempt(more) for more in (4, 3, 2, 1, 0))


def received(pid):
    """Bytes that came for its connections, by the kernel's count"""
    rows = answer("sockets", f"pid = {pid}", "-o", "+bytes_received")["rows"]
    return {row["cookie"]: row["received_bytes"] or 0 for row in rows}


def receives_more(pid, before):
    """On a connection that it had then, or on a new one"""
    return any(count > before.get(cookie, 0)
               for cookie, count in received(pid).items())


def await_receiving(pid):
    deadline = time.monotonic() + patience(60)
    while not receives_more(pid, {}):
        assert time.monotonic() < deadline, f"nothing comes for {pid}"
        time.sleep(0.05)


def read_terminal(master):
    """All that came, once nobody has its other end open: in parts, of which
    the last may still be under way
    """
    text = b""
    try:
        while part := os.read(master, 1 << 16):
            text += part
    except OSError as error:
        equal(error.errno, errno.EIO)
    os.close(master)
    return text.decode()


def run_case(name, function):
    """Return: a TAP result and lines of comment"""
    try:
        function()
    except Skip as why:
        return "ok", f" # skip {why}", []
    except Exception:
        return "not ok", "", traceback.format_exc().splitlines()
    return "ok", "", []


def main(names):
    tests = [n for n in names if n.startswith("test_")]
    failed = 0
    for number, name in enumerate(tests, 1):
        result, why, lines = run_case(name, names[name])
        failed += result != "ok"
        print(f"{result} {number} - {name[5:].replace('_', ' ')}{why}")
        for line in lines:
            print(f"# {line}")
    print(f"1..{len(tests)}")
    sys.exit(failed > 0)

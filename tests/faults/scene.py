# SPDX-License-Identifier: LGPL-2.1-or-later
"""scene - a small host of which all is known

Processes, mounts and network namespaces of its own, so that a command inside
sees nothing of others. Started as a script it sets all up, prints "ready" and
waits until its standard input is closed; with it ends all that it made.

It has 12 TCP sockets: in the namespace of the first process a listener and a
connection with unread data, one end of it shared by two processes; as much,
and a connection that nobody accepted, in /run/netns/far; listeners in a
namespace that only a socket leads to, in one of a thread, whose fds are its
own, and in one that only an fd leads to; one that was never bound.
"""

import ctypes
import os
import pathlib
import signal
import socket
import struct
import subprocess
import sys
import threading

import fcntl

SOCKETS = 12
CHARGED = 90112

CLONE_NEWNET, CLONE_FILES, MS_BIND = 0x40000000, 0x400, 0x1000
PR_SET_NAME, PR_SET_PDEATHSIG = 15, 1
LIBC = ctypes.CDLL(None, use_errno=True)


def call(function, *arguments):
    if function(*arguments) < 0:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))


def new_netns():
    call(LIBC.unshare, CLONE_NEWNET)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        request = struct.pack("16sH14x", b"lo", 1)
        fcntl.ioctl(s, 0x8914, request)  # SIOCSIFFLAGS: up


def own_netns():
    return os.open("/proc/thread-self/ns/net", os.O_RDONLY)


def listen():
    listener = socket.create_server(("127.0.0.1", 0))
    return listener, listener.getsockname()


def connection():
    listener, address = listen()
    client = socket.create_connection(address)
    server, _ = listener.accept()
    client.sendall(bytes(40000))
    return listener, client, server


def near():
    kept = connection()
    child("heir", lambda: kept[2], keep={kept[2].fileno()})
    return kept


def far():
    new_netns()
    call(LIBC.mount, b"/proc/thread-self/ns/net", b"/run/netns/far", None,
         MS_BIND, None)
    kept = connection()
    waiting = socket.create_connection(kept[0].getsockname())
    return kept, waiting


def lost():
    """A namespace that its socket alone leads to"""
    home = own_netns()
    new_netns()
    kept, _ = listen()
    call(LIBC.setns, home, CLONE_NEWNET)
    os.close(home)
    return kept


def kept_open():
    """One that an fd leads to, and one that nothing else holds"""
    home = own_netns()
    new_netns()
    there = own_netns()
    kept, _ = listen()
    call(LIBC.setns, home, CLONE_NEWNET)
    os.close(home)
    return kept, there


def thread():
    """A thread with a namespace and fds of its own"""
    done = threading.Event()

    def run():
        call(LIBC.unshare, CLONE_FILES)
        new_netns()
        kept, _ = listen()
        done.set()
        while kept:
            signal.sigwait({signal.SIGUSR1})

    threading.Thread(target=run, daemon=True).start()
    done.wait()


def bare():
    return socket.socket()


def child(name, setup, keep=()):
    """Starts a process that does setup() and waits; it has no other fds"""
    ready, go = os.pipe()
    if os.fork():
        os.close(go)
        assert os.read(ready, 1) == b".", name + " could not set itself up"
        os.close(ready)
        return
    for fd in map(int, os.listdir("/proc/self/fd")):
        if fd > 2 and fd != go and fd not in keep:
            try:
                os.close(fd)
            except OSError:
                pass  # that of listdir()
    call(LIBC.prctl, PR_SET_NAME, name.encode(), 0, 0, 0)
    call(LIBC.prctl, PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    kept = setup()
    os.write(go, b".")
    os.close(go)
    while kept is not child:
        signal.pause()


def run():
    call(LIBC.prctl, PR_SET_NAME, b"scene", 0, 0, 0)
    call(LIBC.mount, b"none", b"/run", b"tmpfs", 0, None)
    os.mkdir("/run/netns")
    pathlib.Path("/run/netns/far").touch()
    new_netns()
    for name, setup in (("near", near), ("far", far), ("lost", lost),
                        ("kept", kept_open), ("thread", thread),
                        ("bare", bare)):
        child(name, setup)
    print("ready", flush=True)
    sys.stdin.read()


class Scene:
    """The scene, and the pid of its first process as seen from here"""

    def __init__(self):
        self.process = subprocess.Popen(
            ["unshare", "--pid", "--fork", "--kill-child", "--mount-proc",
             "--mount", sys.executable, __file__],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        if self.process.stdout.readline() != "ready\n":
            raise RuntimeError("the scene could not be set up")
        pid = self.process.pid
        children = pathlib.Path(f"/proc/{pid}/task/{pid}/children")
        self.pid = int(children.read_text())

    def end(self):
        self.process.stdin.close()
        self.process.wait()


if __name__ == "__main__":
    run()

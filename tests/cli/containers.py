# SPDX-License-Identifier: LGPL-2.1-or-later
"""containers - network namespaces joined by veth, and processes in them"""

import ctypes
import os
import shutil
import subprocess

import harness
from harness import Child, Skip, lo_up

CLONE_NEWNET = 0x40000000
libc = ctypes.CDLL(None, use_errno=True)


def ip(*words):
    subprocess.run(["ip", *words], check=True)


class Container:
    """A network namespace, and a process that keeps it"""

    def __init__(self):
        if os.geteuid() != 0:
            raise Skip("only root may enter namespaces")
        if not shutil.which("ip"):
            raise Skip("iproute2 is not installed")
        self.keeper = Child(self.make)
        self.spec = str(self.keeper.pid)

    @staticmethod
    def make():
        assert libc.unshare(CLONE_NEWNET) == 0
        lo_up()

    def enter(self):
        fd = os.open(f"/proc/{self.spec}/ns/net", os.O_RDONLY)
        assert libc.setns(fd, CLONE_NEWNET) == 0
        os.close(fd)

    def do(self, function):
        """What it returns, done in here: a socket stays in here"""
        home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        self.enter()
        try:
            return function()
        finally:
            assert libc.setns(home, CLONE_NEWNET) == 0
            os.close(home)

    def configure(self, device, address):
        self.do(lambda: (ip("addr", "add", address + "/24", "dev", device),
                         ip("link", "set", device, "up")))

    def end(self):
        self.keeper.end()


def join(one, one_address, two, two_address):
    """A veth pair between two containers"""
    ip("link", "add", "one", "netns", one.spec, "type", "veth",
       "peer", "name", "two", "netns", two.spec)
    one.configure("one", one_address)
    two.configure("two", two_address)


class Program(Child):
    """A process with a name, in a container or here; setup() returns what it
    keeps open"""

    def __init__(self, name, setup, container=None):
        def begin():
            harness.set_comm(name.encode())
            if container:
                container.enter()
            return setup()
        super().__init__(begin)

# SPDX-License-Identifier: LGPL-2.1-or-later
"""test_containers - containers by name: a real one of podman, and its capture

What other engines leave behind is in tests/unit/test_container_names.c.
"""

import contextlib
import glob
import os
import re
import shutil
import subprocess
import tempfile
import time

import harness
from harness import Skip, answer, equal, output

NAME = f"tcpmem-test-{os.getpid()}"
PORT = 8125

# In a mount namespace of its own, where a v2 hierarchy beside v1 ones is out
# of crun's way, and below the limits that this process has.
START = r"""
umount /sys/fs/cgroup/unified 2>/dev/null
exec podman --root "$1/store" --runroot "$1/run" --storage-driver=vfs \
    --cgroup-manager=cgroupfs --events-backend=file \
    run --detach --name "$2" --network none \
    --pidfile "$1/pid" --conmon-pidfile "$1/conmon" \
    --ulimit nofile=256:256 --ulimit nproc=256:256 \
    --rootfs "$1/root" /bin/busybox nc -l -p "$3"
"""


def wait_until(true, what):
    deadline = time.monotonic() + harness.patience(60)
    while not true():
        assert time.monotonic() < deadline, f"not yet: {what}"
        time.sleep(0.05)


def ended(process):
    """Gone, or a zombie that nobody waits for"""
    try:
        with open(process + "/stat") as file:
            return file.read().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


class Podman:
    """A container that listens, without an image and without a network"""

    def __init__(self, home):
        self.home = home
        self.before = self.parents()

    def parents(self):
        """The cgroups that podman makes for all of its containers"""
        return set(glob.glob("/sys/fs/cgroup/*/libpod_parent"))

    def run(self, *args):
        return subprocess.run(["unshare", "-m", *args], text=True,
                              capture_output=True, timeout=120)

    def __enter__(self):
        if not shutil.which("podman") or not os.path.exists("/bin/busybox"):
            raise Skip("podman and a static busybox are not installed")
        root = self.home + "/root"
        for name in "bin", "dev", "etc", "proc", "run", "sys", "tmp":
            os.makedirs(f"{root}/{name}")
        shutil.copy("/bin/busybox", root + "/bin")
        done = self.run("sh", "-c", START, "sh", self.home, NAME, str(PORT))
        if done.returncode:
            self.__exit__()
            raise Skip(f"podman cannot start a container: {done.stderr}")
        self.id = done.stdout.strip()
        try:
            wait_until(self.listens, "the container listens")
        except BaseException:
            self.__exit__()
            raise
        return self

    def pid(self, name):
        with open(f"{self.home}/{name}") as file:
            return int(file.read())

    def listens(self):
        text = ""
        for name in "tcp", "tcp6":
            with open(f"/proc/{self.pid('pid')}/net/{name}") as file:
                text += file.read()
        return re.search(rf":{PORT:04X} 0+:0000 0A", text)

    def __exit__(self, *error):
        self.run("podman", "--root", self.home + "/store", "--runroot",
                 self.home + "/run", "--storage-driver=vfs",
                 "--cgroup-manager=cgroupfs", "--events-backend=file",
                 "rm", "--force", "--time", "0", NAME)
        if os.path.exists(self.home + "/conmon"):
            monitor = f"/proc/{self.pid('conmon')}"
            wait_until(lambda: ended(monitor), "the monitor has ended")
        for path in self.parents() - self.before:
            for below, _, _ in os.walk(path, topdown=False):
                with contextlib.suppress(OSError):  # another's is in it
                    os.rmdir(below)


def rows(key, *args):
    table = answer("by", key, *args, scoped=False)
    return {row["key"]: row for row in table["rows"]}


def check_names(*source):
    """A row, and each way to ask for it"""
    shown = f"{NAME}[{ID[:12]}]"
    equal(rows("container", *source)[shown]["sockets"], 1)
    for who in NAME, ID, ID[:12], shown:
        found = answer("sockets", *source, f'container = "{who}"',
                       scoped=False)["rows"]
        equal([row["local_port"] for row in found], [PORT], who)
    return shown


def test_a_container_is_called_by_its_name():
    global ID
    with tempfile.TemporaryDirectory() as home, Podman(home) as podman:
        ID = podman.id
        assert re.fullmatch("[0-9a-f]{64}", ID), ID
        shown = check_names()
        # its network namespace is called so, too
        for who in NAME, ID[:12], shown:
            table = answer("by", "netns", "--netns", who)
            equal([(row["key"], row["sockets"]) for row in table["rows"]],
                  [(shown, 1)], who)
        file = home + "/capture"
        output("save", file, scoped=False)
        podman.__exit__()
        check_names("--from", file)


harness.enter_netns()
harness.main(globals())

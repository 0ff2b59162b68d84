# SPDX-License-Identifier: LGPL-2.1-or-later
"""become - runs a command as somebody, where something is missing

    become.py CALLER PLACE COMMAND [ARG]...

The places and callers are the tables below. What a place needs rights for is
done before the caller gives them up.
"""

import ctypes
import errno
import glob
import os
import platform
import resource
import socket
import struct
import sys

LIBC = ctypes.CDLL(None, use_errno=True)

CLONE_NEWTIME, CLONE_NEWNS, CLONE_NEWUSER = 0x80, 0x20000, 0x10000000
MS_RDONLY, MS_REMOUNT, MS_BIND, MS_PRIVATE_ALL = 1, 32, 4096, 0x44000
PR_SET_SECCOMP, PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS = 22, 24, 38
NOBODY = 65534
FAKETIME = "/usr/lib/*/faketime/libfaketime.so.1"

# socket, bpf, pidfd_open, pidfd_getfd, setns, perf_event_open
NUMBERS = {"x86_64": (41, 321, 434, 438, 308, 298),
           "aarch64": (198, 280, 434, 438, 268, 241)}


class Cannot(Exception):
    """This cannot be had here, and why"""


def call(name, *args):
    if getattr(LIBC, name)(*args) < 0:
        raise Cannot(f"{name}: {os.strerror(ctypes.get_errno())}")


def mount(source, target, kind, flags=0, options=None):
    call("mount", source, target, kind, flags, options)


def empty(path):
    return lambda: mount(b"none", path, b"tmpfs", 0, b"mode=755")


def hide_processes():
    mount(b"proc", b"/proc", b"proc", 0, b"hidepid=2")


def read_only():
    """All that is mounted, but for what the kernel makes"""
    with open("/proc/self/mounts", "rb") as file:
        points = [line.split()[1] for line in file]
    for point in points:
        if not point.startswith((b"/proc", b"/sys", b"/dev")):
            LIBC.mount(None, point, None, MS_REMOUNT | MS_BIND | MS_RDONLY,
                       None)


def closed(fd):
    return lambda: os.close(fd)


def full_output():
    os.dup2(os.open("/dev/full", os.O_WRONLY), 1)


def limited(which, most):
    return lambda: resource.setrlimit(which, (most, most))


def refuse(indexes, why, netlink=False):
    """By seccomp: these calls, and sockets of netlink"""
    def install():
        load, equal, answer = 0x20, 0x15, 0x06
        if platform.machine() not in NUMBERS or sys.byteorder != "little":
            raise Cannot("no numbers of calls for " + platform.machine())
        numbers = NUMBERS[platform.machine()]
        code = [(load, 0, 0, 0)]
        for index in indexes:
            code += [(equal, 0, 1, numbers[index]),
                     (answer, 0, 0, 0x50000 | why)]
        if netlink:
            code += [(equal, 0, 3, numbers[0]), (load, 0, 0, 16),
                     (equal, 0, 1, socket.AF_NETLINK),
                     (answer, 0, 0, 0x50000 | why)]
        code.append((answer, 0, 0, 0x7fff0000))
        text = b"".join(struct.pack("HBBI", *op) for op in code)
        buffer = ctypes.create_string_buffer(text)
        program = struct.pack("H6xP", len(code), ctypes.addressof(buffer))
        call("prctl", PR_SET_SECCOMP, 2, program, 0, 0)
    return install


def elsewhen():
    """Ten years after the boot, for the clocks that have namespaces"""
    call("unshare", CLONE_NEWTIME)
    with open("/proc/self/timens_offsets", "w") as file:
        file.write("monotonic 315360000 0\nboottime 315360000 0\n")


def far_future():
    found = glob.glob(FAKETIME)
    if not found:
        raise Cannot("no libfaketime")
    os.environ.update(LD_PRELOAD=found[0], FAKETIME="@2261-12-31 23:59:59",
                      FAKETIME_DONT_FAKE_MONOTONIC="1")


def odd_zone():
    os.environ["TZ"] = "<\x1b[31m>-99:99:99,M13.9.9"


def bare_environment():
    kept = {name: value for name, value in os.environ.items()
            if name.startswith(("FAULTS_", "LD_", "ASAN_"))}
    os.environ.clear()
    os.environ.update(kept)


def nothing():
    pass


# What needs the rights of root comes first, what hinders this script last.
PLACES = {
    "as usual": (nothing, nothing),
    "empty /proc": (empty(b"/proc"), nothing),
    "hidepid=2": (hide_processes, nothing),
    "no /sys": (empty(b"/sys"), nothing),
    "read-only": (read_only, nothing),
    "no fd 0": (nothing, closed(0)),
    "no fd 1": (nothing, closed(1)),
    "no fd 2": (nothing, closed(2)),
    "full stdout": (full_output, nothing),
    "8 fds": (nothing, limited(resource.RLIMIT_NOFILE, 8)),
    "40 MB": (nothing, limited(resource.RLIMIT_AS, 40 << 20)),
    "20 MB": (nothing, limited(resource.RLIMIT_AS, 20 << 20)),
    "files of 0 bytes": (nothing, limited(resource.RLIMIT_FSIZE, 0)),
    "no threads": (nothing, limited(resource.RLIMIT_NPROC, 0)),
    "no bpf": (nothing, refuse((1, 5), errno.EPERM)),
    "no netlink": (nothing, refuse((), errno.EAFNOSUPPORT, netlink=True)),
    "no pidfd": (nothing, refuse((2, 3), errno.ENOSYS)),
    "no setns": (nothing, refuse((4,), errno.EPERM)),
    "nothing new": (nothing, refuse((1, 2, 3, 4, 5), errno.ENOSYS,
                                    netlink=True)),
    "another time": (elsewhen, nothing),
    "far future": (nothing, far_future),
    "odd zone": (nothing, odd_zone),
    "bare environment": (nothing, bare_environment),
}


def drop_uid(_):
    os.setgroups([])
    os.setresgid(NOBODY, NOBODY, NOBODY)
    os.setresuid(NOBODY, NOBODY, NOBODY)


def drop_capabilities(_):
    for capability in range(64):
        LIBC.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0)


def enter_user_namespace(proc):
    """Root of a user namespace that has no other user"""
    call("unshare", CLONE_NEWUSER)
    for name, text in (("uid_map", "0 0 1"), ("setgroups", "deny"),
                       ("gid_map", "0 0 1")):
        fd = os.open("self/" + name, os.O_WRONLY, dir_fd=proc)
        os.write(fd, text.encode())
        os.close(fd)


CALLERS = {
    "root": lambda _: None,
    "nobody": drop_uid,
    "no capabilities": drop_capabilities,
    "user namespace": enter_user_namespace,
}

def main():
    caller, place, command = sys.argv[1], sys.argv[2], sys.argv[3:]
    before, behind = PLACES[place]
    try:
        proc = os.open("/proc", os.O_PATH)
        call("unshare", CLONE_NEWNS)
        mount(None, b"/", None, MS_PRIVATE_ALL)
        before()
        CALLERS[caller](proc)
        call("prctl", PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        behind()
    except Cannot as why:
        os.write(2, f"become: {why}\n".encode())
        os._exit(77)
    os.execv(command[0], command)


if __name__ == "__main__":
    main()

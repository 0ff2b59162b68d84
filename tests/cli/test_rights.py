# SPDX-License-Identifier: LGPL-2.1-or-later
"""test_rights - without rights: what can be seen, and that the rest cannot"""

import ctypes
import json
import os
import shutil
import socket
import subprocess
import traceback

import harness
from harness import Child, Skip, connect, contains, equal, lo_up, run

libc = ctypes.CDLL(None, use_errno=True)

CLONE_NEWNS = 0x00020000
CLONE_NEWUSER = 0x10000000
CLONE_NEWPID = 0x20000000
CLONE_NEWNET = 0x40000000
MS_PRIVATE_ALL = 0x40000 | 0x4000

NOBODY = {"user": 65534, "group": 65534, "extra_groups": []}

# What is asked without asking for processes.
BARE = (["summary", "--no-processes"], ["by", "netns"],
        ["sockets", "-o", "state,held"], ["sockets", "--jsonl", "-o", "held"])


def call(name, *args):
    if getattr(libc, name)(*args):
        raise Skip("%s: %s" % (name, os.strerror(ctypes.get_errno())))


def everywhere(*args, code=0, **who):
    """The JSON that it prints about all namespaces; exit codes are promised"""
    done = run(*args, "-J", scoped=False, **who)
    equal(done.returncode, code, (args, done.stderr))
    return json.loads(done.stdout)


def codes(data):
    return [warning["code"] for warning in data["warnings"]]


def elsewhere():
    call("unshare", CLONE_NEWNET)
    lo_up()
    return connect()


def need_root():
    if os.geteuid() != 0 or os.environ.get(harness.MARK) != "1":
        raise Skip("only root can become somebody else")
    try:
        probe = run("--version", **NOBODY)
    except OSError as why:
        raise Skip(f"cannot become somebody else: {why}")
    if probe.returncode == 127:
        raise Skip("nobody cannot run the built command")


def test_without_rights_the_own_namespace_is_whole_and_others_are_warnings():
    need_root()
    kept = connect(), connect()
    other = Child(elsewhere)
    inode = str(os.stat(f"/proc/{other.pid}/ns/net").st_ino)
    try:
        data = everywhere("by", "netns", **NOBODY)
        equal([(row["key"], row["sockets"]) for row in data["rows"]],
              [("self", 6)])
        equal(data["complete"], False)
        contains(codes(data), "netns-denied")
        contains(json.dumps(data["warnings"]), "may not be entered")
        for args in BARE:
            equal(run(*args, scoped=False, **NOBODY).returncode, 0, args)
            equal(run(*args, "--strict", scoped=False,
                      **NOBODY).returncode, 3, args)
        # whoever may, sees both and misses neither
        data = everywhere("by", "netns")
        rows = {row["key"]: row["sockets"] for row in data["rows"]}
        names = {netns["inode"]: netns["name"]
                 for netns in data["netns"]["namespaces"]}
        equal(rows["self"], 6)
        equal(rows[names[inode]], 3)
        assert "netns-denied" not in codes(data), data["warnings"]
    finally:
        other.end()
    del kept


def test_what_was_asked_for_by_name_is_no_warning_but_an_error():
    need_root()
    other = Child(elsewhere)
    try:
        done = run("by", "state", "--netns", str(other.pid), scoped=False,
                   **NOBODY)
        equal(done.returncode, 1)
        contains(done.stderr, "Permission denied")
        contains(done.stderr, "have CAP_SYS_ADMIN and CAP_SYS_PTRACE")
    finally:
        other.end()


def test_an_older_kernel_is_named_where_bpf_is_too_new_for_it():
    """What 5.10 answers to an attribute that it does not know"""
    if not shutil.which("strace"):
        raise Skip("no strace")
    done = subprocess.run(
        ["strace", "-f", "-e", "trace=bpf", "-e", "inject=bpf:error=E2BIG",
         "-o", "/dev/null", harness.TCPMEM,
         *harness.in_scope(("ps", "--holders=bpf"))],
        env=harness.TRACED, capture_output=True, text=True, timeout=120)
    if "ptrace" in done.stderr or "not built in" in done.stderr:
        raise Skip(done.stderr.strip())
    equal(done.returncode, 1, done.stderr)
    contains(done.stderr, "--holders=bpf needs Linux 6.1 or later")


def test_a_file_is_not_asked_whether_it_is_a_socket():
    """A file system in user space need not answer, and cannot be given up"""
    need_root()
    if not shutil.which("strace"):
        raise Skip("no strace")
    pr_capbset_drop, cap_sys_admin = 24, 21
    holder = Child(lambda: (open("/dev/null"), socket.socket(socket.AF_UNIX)))
    other = Child(elsewhere)
    try:
        done = subprocess.run(
            ["strace", "-f", "-e", "trace=getxattr", harness.TCPMEM,
             "explain", str(holder.pid)],
            preexec_fn=lambda: libc.prctl(pr_capbset_drop, cap_sys_admin),
            env=harness.TRACED, capture_output=True, text=True, timeout=120)
    finally:
        other.end()
        holder.end()
    if "ptrace" in done.stderr:
        raise Skip(done.stderr.strip())
    equal(done.returncode, 0, done.stderr)
    asked = [line for line in done.stderr.splitlines() if "sockproto" in line]
    assert any("UNIX" in line for line in asked), done.stderr
    assert not any("EOPNOTSUPP" in line for line in asked), asked


def isolate():
    """Makes this process the first of a container; the parent maps users"""
    call("unshare", CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWPID | CLONE_NEWNS)


def furnish():
    os.setresgid(0, 0, 0)
    os.setresuid(0, 0, 0)
    call("mount", None, b"/", None, MS_PRIVATE_ALL, None)
    call("mount", b"proc", b"/proc", b"proc", 0, b"hidepid=2")
    call("mount", b"none", b"/sys", b"tmpfs", 0, None)
    lo_up()


def report(ready, function):
    """Runs it; what it raised goes down the pipe, in words"""
    text = "passed"
    try:
        function()
    except Skip as why:
        text = f"skip {why}"
    except Exception:
        text = traceback.format_exc()
    os.write(ready, text.encode())
    os._exit(0)


def in_container(function):
    """Runs it as root of new user, net, pid and mount namespaces, hidepid
    on and /sys empty"""
    asked, mapped = os.pipe(), os.pipe()
    results = os.pipe()
    pid = os.fork()
    if pid == 0:
        def inside():
            isolate()
            os.write(asked[1], b".")
            os.read(mapped[0], 1)
            if os.fork() == 0:
                report(results[1], lambda: (furnish(), function()))
            os.wait()
            os._exit(0)
        report(results[1], inside)
    for end in (asked[1], mapped[0], results[1]):
        os.close(end)
    if os.read(asked[0], 1):
        for name in ("uid_map", "gid_map"):
            with open(f"/proc/{pid}/{name}", "w") as file:
                file.write("0 0 65536")
        os.write(mapped[1], b".")
    text = b""
    while part := os.read(results[0], 65536):
        text += part
    os.waitpid(pid, 0)
    for end in (asked[0], mapped[1], results[0]):
        os.close(end)
    text = text.decode()
    if text.startswith("skip "):
        raise Skip(text[5:])
    equal(text, "passed", text)


def become(uid):
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)
    # as if it had been executed as that user: the container's root may look
    pr_set_dumpable = 4
    libc.prctl(pr_set_dumpable, 1, 0, 0, 0)


def look_around():
    """As a user who may not even see the process that has the sockets"""
    def hold():
        kept = connect()
        become(1000)
        return kept

    child = Child(hold)
    who = {"user": 1001, "group": 1001, "extra_groups": []}
    equal(subprocess.run(["test", "-e", f"/proc/{child.pid}"],
                         **who).returncode, 1, "hidepid does not hide")
    data = everywhere("summary", **who)
    equal(data["total"]["sockets"], 3)
    equal([(row["kind"], row["sockets"]) for row in data["processes"]],
          [("hidden", 3)])
    assert "sysfs" not in {row["source"] for row in data["objects"]}
    equal(data["complete"], False)
    everywhere("summary", "--strict", code=3, **who)
    # whose network namespaces are hidden, others' sockets are, too
    for args in ["by", "state"], ["by", "state", "state time-wait"]:
        data = everywhere(*args, **who)
        equal(data["complete"], False)
        contains(json.dumps(data["warnings"]), "hidepid hides")
    for args in (["ps"], ["by", "netns"], ["by", "cgroup"], ["sockets"],
                 ["limits"], *BARE):
        done = run(*args, scoped=False, **who)
        equal(done.returncode, 0, (args, done.stderr))
    # its root sees all there is in it
    rows = everywhere("ps")["rows"]
    equal([(row["pid"], row["sockets"]) for row in rows if row["pid"]],
          [(child.pid, 3)])


def test_a_container_without_sys_and_with_hidden_processes_has_answers():
    need_root()
    in_container(look_around)


if __name__ == "__main__":
    harness.enter_netns()
    harness.main(globals())

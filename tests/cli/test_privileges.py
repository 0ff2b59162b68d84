# SPDX-License-Identifier: LGPL-2.1-or-later
"""test_privileges - the table of tcpmem(7): with which rights what is seen

The manual page is the second argument. Each of its rows is tried with these
rights, on real sockets, and each of its cells compared with the answers.
"""

import ctypes
import json
import os
import pathlib
import re
import socket
import sys
import traceback

import harness
from harness import Child, Skip, connect, contains, equal, lo_up, run

MANUAL = pathlib.Path(os.path.abspath(sys.argv[2]))
libc = ctypes.CDLL(None, use_errno=True)

CLONE_NEWTIME = 0x00000080
CLONE_NEWNS = 0x00020000
CLONE_NEWUTS = 0x04000000
CLONE_NEWIPC = 0x08000000
CLONE_NEWUSER = 0x10000000
CLONE_NEWPID = 0x20000000
CLONE_NEWNET = 0x40000000
MS_PRIVATE_ALL = 0x40000 | 0x4000
PR_SET_DUMPABLE, PR_CAPBSET_DROP = 4, 24

CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH = 1, 2
CAP_SYS_PTRACE, CAP_SYS_ADMIN, CAP_LAST = 19, 21, 63
# chown, dac_override, fowner, fsetid, kill, setgid, setuid, setpcap,
# net_bind_service, net_raw, sys_chroot, mknod, audit_write, setfcap
CONTAINER = {0, 1, 3, 4, 5, 6, 7, 8, 10, 13, 18, 27, 29, 31}

NOBODY, SERVER = 65534, 1000
OWN, ELSEWHERE = 6, 3  # sockets; of the own namespace 5 have a process


def call(name, *args):
    if getattr(libc, name)(*args):
        raise Skip("%s: %s" % (name, os.strerror(ctypes.get_errno())))


def become(uid):
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)


def drop(caps):
    for cap in caps:
        libc.prctl(PR_CAPBSET_DROP, cap, 0, 0, 0)


def mount_proc(options):
    call("unshare", CLONE_NEWNS)
    call("mount", None, b"/", None, MS_PRIVATE_ALL, None)
    call("mount", b"proc", b"/proc", b"proc", 0, options)


def enter_user_namespace():
    become(NOBODY)
    libc.prctl(PR_SET_DUMPABLE, 1, 0, 0, 0)
    call("unshare", CLONE_NEWUSER)
    for name, text in ("setgroups", "deny"), ("uid_map", f"0 {NOBODY} 1"), \
            ("gid_map", f"0 {NOBODY} 1"):
        with open("/proc/self/" + name, "w") as file:
            file.write(text)


def enter_time_namespace():
    """Its clocks are others; execve(2) enters it, since Linux 6.1"""
    call("unshare", CLONE_NEWTIME)
    with open("/proc/self/timens_offsets", "w") as file:
        file.write("monotonic 100000 0\nboottime 1000000 0\n")


def enter_user_namespace_as_root():
    """Root there is nobody's better outside of it"""
    libc.prctl(PR_SET_DUMPABLE, 1, 0, 0, 0)
    call("unshare", CLONE_NEWUSER)
    for name, text in ("setgroups", "deny"), ("uid_map", "0 0 1"), \
            ("gid_map", "0 0 1"):
        with open("/proc/self/" + name, "w") as file:
            file.write(text)


def hide_processes():
    mount_proc(b"hidepid=2")
    become(NOBODY)


RIGHTS = {
    "root": lambda: None,
    "without CAP_SYS_PTRACE": lambda: drop([CAP_SYS_PTRACE]),
    "without CAP_SYS_ADMIN": lambda: drop([CAP_SYS_ADMIN]),
    "without CAP_DAC_READ_SEARCH": lambda: drop([CAP_DAC_READ_SEARCH]),
    "nor CAP_DAC_OVERRIDE": lambda: drop([CAP_DAC_READ_SEARCH,
                                          CAP_DAC_OVERRIDE]),
    "in a container": lambda: drop(set(range(CAP_LAST)) - CONTAINER),
    "in a time namespace": enter_time_namespace,
    "root's user namespace": enter_user_namespace_as_root,
    "in a user namespace": enter_user_namespace,
    "nobody": lambda: become(NOBODY),
    "nobody, hidepid=2": hide_processes,
}


def read_table():
    """Return: of each row a dict of its cells by their column's name"""
    text = MANUAL.read_text().split(".Ss What is seen with which rights")[1]
    table = text.split(".Bl -column")[1].split(".El")[0]
    names, *rows = re.findall(r"^\.It (.*)$", table, re.M)
    names = names.replace("Sy ", "").split(" Ta ")
    return {row.split(" Ta ")[0]: dict(zip(names[1:], row.split(" Ta ")[1:]))
            for row in rows}


# ------------------------------------------------------------------ the scene

class Cgroup:
    """A cgroup (v2) of the holder's; sockets carry its identity"""

    def __init__(self):
        with open("/proc/self/mounts") as mounts:
            found = [line.split()[1] for line in mounts
                     if line.split()[2] == "cgroup2"]
        self.path = f"/tcpmem-test-{os.getpid()}"
        self.dir = pathlib.Path("".join(found[:1]) + self.path)
        try:
            self.dir.mkdir()
        except OSError:
            self.path = None

    def enter(self):
        if self.path:
            (self.dir / "cgroup.procs").write_text("0")

    def end(self):
        if self.path:
            harness.remove_cgroup(self.dir)


def hold(cgroup):
    """A connection with unread data, one that waits to be accepted, and a
    listener that was sent away and not received: another user's"""
    def setup():
        cgroup.enter()
        listener, client, server = connect()
        waiting = socket.create_connection(listener.getsockname())
        client.sendall(bytes(30000))
        here, there = socket.socketpair(socket.AF_UNIX)
        with socket.create_server(("127.0.0.1", 0)) as sent:
            socket.send_fds(here, [b"x"], [sent.fileno()])
        become(SERVER)
        # as if that user had executed it
        libc.prctl(PR_SET_DUMPABLE, 1, 0, 0, 0)
        return listener, client, server, waiting, here, there
    return Child(setup)


def elsewhere():
    call("unshare", CLONE_NEWNET)
    lo_up()
    return connect()


def in_new_namespaces(flags, function):
    """Runs it in a PID namespace, with a /proc, and what @flags add

    Return: what it returned, as JSON has it
    """
    results, said = os.pipe()
    pid = os.fork()
    if pid == 0:
        text = {"failed": "nothing was said"}
        try:
            call("unshare", CLONE_NEWPID | flags)
            first = os.fork()
            if first:
                os.waitpid(first, 0)
                os._exit(0)
            mount_proc(None)
            text = {"result": function()}
        except Skip as why:
            text = {"skip": str(why)}
        except BaseException:
            text = {"failed": traceback.format_exc()}
        os.write(said, json.dumps(text).encode())
        os._exit(0)
    os.close(said)
    with os.fdopen(results) as file:
        text = json.loads(file.read())
    os.waitpid(pid, 0)
    if "skip" in text:
        raise Skip(text["skip"])
    assert "result" in text, text.get("failed")
    return text["result"]


# ---------------------------------------------------------- what its cells say

class Asker:
    """Asks with these rights"""

    def __init__(self, rights, holder, netns, cgroup):
        self.rights, self.holder = rights, holder
        self.netns, self.cgroup = netns, cgroup

    def run(self, *args):
        return run(*args, "-J", scoped=False, preexec_fn=self.rights)

    def ask(self, *args):
        done = self.run(*args)
        equal(done.returncode, 0, (args, done.stderr))
        return json.loads(done.stdout)

    def near(self, command, *args, holders="proc"):
        return self.ask(command, "--netns", "self", "--holders", holders,
                        *args)


def admit(data, *codes):
    """An answer with a "no" in it names what is missing; return: "no" """
    equal(data["complete"], False)
    said = {warning["code"] for warning in data["warnings"]}
    assert said & set(codes), data["warnings"]
    return "no"


def admit_hidden(data):
    return admit(data, "fds-unreadable", "proc-hidden")


def see_own(asker):
    """The sockets of the own namespace, and their memory"""
    rows = asker.near("sockets", "-o", "state,rmem,charged,object")["rows"]
    equal(len(rows), OWN)
    assert max(row["rmem_bytes"] for row in rows) >= 30000, rows
    assert all(row["object_bytes"] for row in rows), rows
    return "yes"


def see_others(asker):
    data = asker.ask("by", "netns", "--holders", "proc")
    rows = {row["key"]: row["sockets"] for row in data["rows"]}
    equal(rows["self"], OWN)
    if asker.netns not in rows:
        return admit(data, "netns-denied", "sockets-unseen")
    equal(rows[asker.netns], ELSEWHERE)
    return "yes"


def see_process(asker):
    data = asker.near("ps")
    rows = [(row["pid"], row["sockets"]) for row in data["rows"]
            if row["pid"]]
    if not rows:
        hidden = {row["kind"]: row["sockets"] for row in data["rows"]}
        equal(hidden, {"hidden": OWN})
        return admit_hidden(data)
    equal(rows, [(asker.holder, OWN - 1)])
    return "yes"


def see_queue(asker):
    """That a connection was not accepted, and by which process"""
    data = asker.near("sockets", "state established", "-o",
                      "kind,inode,holders")
    row, = [row for row in data["rows"] if not row["inode"]]
    if row["kind"] == "hidden":
        return admit_hidden(data)
    equal(row["kind"], "unaccepted")
    return "yes"


def see_flight(asker):
    data = asker.near("sockets", "state listening", "-o", "kind")
    kinds = sorted(row["kind"] for row in data["rows"])
    if "in-flight" in kinds:
        equal(kinds, ["in-flight", "process"])
        return "yes"
    equal(kinds[:1], ["hidden"])
    admit_hidden(data)
    # where root may not read all, nobody can say that no process has it
    return "no" if kinds[1] == "hidden" or reads_all() else None


def reads_all():
    """Whether root with all its rights reads each process's descriptors"""
    for process in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            os.readlink(process / "fd/0")
        except PermissionError:
            return False
        except OSError:
            pass
    return True


def see_cgroup(asker):
    if not asker.cgroup:
        return None
    data = asker.near("by", "cgroup")
    rows = {row["key"]: row["sockets"] for row in data["rows"]}
    equal(rows, {asker.cgroup: OWN})
    return "yes"


def see_count(asker):
    """Whether the kernel's count of sockets has as many as were seen

    Others' sockets come and go between count and dumps.
    """
    for _ in range(3):
        data = asker.ask("summary", "--holders", "proc")
        if data["reconcile"]["sockets_unseen"] < ELSEWHERE:
            return "yes"
    equal(data["reconcile"]["verdict"], "unexplained")
    return admit(data, "netns-denied", "sockets-unseen")


def see_bpf(asker):
    done = asker.run("ps", "--netns", "self", "--holders", "bpf")
    if done.returncode:
        equal(done.returncode, 1)
        assert re.search("needs CAP_BPF|PID or time namespace", done.stderr), \
            done.stderr
        return "no"
    data = json.loads(done.stdout)
    rows = {row["pid"] or row["kind"]: row["sockets"] for row in data["rows"]}
    equal(rows, {asker.holder: OWN - 1, "in-flight": 1})
    equal(data["complete"], True)
    return "yes"


BY_PROC = {"own": see_own, "others": see_others, "process": see_process,
           "queue": see_queue, "cgroup": see_cgroup}
# From inside of a PID namespace not all processes can be seen.
BY_HOST = {"flight": see_flight, "count": see_count, "bpf": see_bpf}


def see_all(questions, name, *about):
    return {column: see(Asker(RIGHTS[name], *about))
            for column, see in questions.items()}


def inode_of(child):
    return str(os.stat(f"/proc/{child.pid}/ns/net").st_ino)


def look_inside(names, questions, cgroup):
    """In a scene of its own, for each of these names"""
    def look():
        lo_up()
        holder, other = hold(cgroup), Child(elsewhere)
        return {name: see_all(questions, name, holder.pid, inode_of(other),
                              cgroup.path) for name in names}
    return look


def look_at_host(names, cgroup):
    holder, other = hold(cgroup), Child(elsewhere)
    try:
        return {name: see_all(BY_HOST, name, holder.pid, inode_of(other),
                              cgroup.path) for name in names}
    finally:
        holder.end()
        other.end()


def look_everywhere(cgroup):
    """Return: of each row the cells as they are"""
    host = [name for name in RIGHTS if name != "in a container"]
    seen = in_new_namespaces(0, look_inside(host, BY_PROC, cgroup))
    for name, cells in look_at_host(host, cgroup).items():
        seen[name].update(cells)
    seen.update(in_new_namespaces(
        CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS,
        look_inside(["in a container"], {**BY_PROC, **BY_HOST}, cgroup)))
    return seen


def test_the_table_of_rights_is_true():
    """tcpmem(7), What is seen with which rights"""
    if os.geteuid() != 0:
        raise Skip("only root can give up rights")
    if run("--version", preexec_fn=RIGHTS["nobody"]).returncode == 127:
        raise Skip("nobody cannot run the built command")
    table = read_table()
    equal(list(table), list(RIGHTS))
    if run("ps", "--holders=bpf").returncode:
        print("# without BPF: its column is not compared")
        BY_HOST.pop("bpf")
    cgroup = Cgroup()
    try:
        seen = look_everywhere(cgroup)
    finally:
        cgroup.end()
    for name, cells in seen.items():
        for column, cell in cells.items():
            if cell:
                equal(cell, table[name][column], (name, column))
            else:
                print(f"# {name}, {column}: cannot be told here")


if __name__ == "__main__":
    harness.enter_netns()
    harness.main(globals())

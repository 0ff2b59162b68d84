# SPDX-License-Identifier: LGPL-2.1-or-later
"""faults - every system call and every allocation of a command failed once

    faults.py [OPTION]... INJECT COMMAND

Runs the command in a scene (scene.py), undisturbed and then once for each
fault, and judges what it said (oracle.py). Prints each dishonest answer with
the fault that leads to it, and at the end how many there were.
"""

import argparse
import collections
import concurrent.futures
import contextlib
import errno
import hashlib
import itertools
import json
import os
import pathlib
import queue
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

import oracle
import scene

SKIP = 77

MEMORY = "ENOMEM"
FDS = "EMFILE ENFILE"
ERRORS = {
    "open": f"{FDS} ENOMEM EACCES ENOENT",
    "write": f"EACCES ENOSPC EROFS {FDS}",
    "readlink": "EACCES ENOENT ENOMEM",
    "stat": "EACCES ENOENT ENOMEM",
    "fstat": "ENOMEM",
    "statfs": "ENOMEM",
    "getdents64": "ENOENT ENOMEM EIO",
    "read": "EIO ENOMEM ESRCH",
    "output": "ENOSPC EIO EPIPE",
    "link": "EACCES ENOSPC EROFS EXDEV",
    "duplicate": FDS,
    "fcntl": "EINVAL",
    "ioctl": "EPERM ENOTTY",
    "sync": "EIO ENOSPC",
    "own": "EPERM EIO",
    "socket": f"{FDS} ENOMEM EACCES EPROTONOSUPPORT",
    "send": "ENOMEM ENOBUFS EPERM EINTR",
    "receive": "ENOMEM ENOBUFS EAGAIN EINTR",
    "option": "EPERM ENOPROTOOPT",
    "setns": "EPERM EINVAL ENOMEM",
    "kcmp": "EPERM ENOSYS ESRCH",
    "bpf": "EPERM EINVAL ENOMEM ENOSYS EMFILE",
    "pidfd": f"ENOSYS EPERM ESRCH {FDS}",
    "thread": "EAGAIN ENOMEM",
    "exec": "EACCES ENOENT ENOMEM",
    "wait": "EINTR",
    "signal": "EPERM ESRCH",
    "map": "ENOMEM",
}
KIND = {
    "openat": "open", "openat:write": "write",
    "readlink": "readlink", "readlinkat": "readlink",
    "stat": "stat", "lstat": "stat", "fstatat": "stat", "statx": "stat",
    "access": "stat", "faccessat": "stat",
    "fstat": "fstat", "statfs": "statfs", "fstatfs": "statfs",
    "getdents64": "getdents64",
    "read": "read", "pread64": "read", "readv": "read", "lseek": "fcntl",
    "write": "output", "pwrite64": "output", "writev": "output",
    "unlink": "link", "unlinkat": "link", "rename": "link",
    "renameat": "link", "renameat2": "link", "link": "link", "linkat": "link",
    "mkdir": "link", "mkdirat": "link", "rmdir": "link",
    "dup": "duplicate", "dup2": "duplicate", "dup3": "duplicate",
    "pipe": "duplicate", "pipe2": "duplicate", "eventfd2": "duplicate",
    "signalfd4": "duplicate", "timerfd_create": "duplicate",
    "epoll_create1": "duplicate",
    "fcntl": "fcntl", "ioctl": "ioctl",
    "fsync": "sync", "fdatasync": "sync", "ftruncate": "sync",
    "fallocate": "sync", "fchmod": "own", "fchown": "own",
    "socket": "socket", "bind": "send", "connect": "send",
    "sendmsg": "send", "sendto": "send", "recvmsg": "receive",
    "recvfrom": "receive", "setsockopt": "option", "getsockopt": "option",
    "getsockname": "option", "setns": "setns", "kcmp": "kcmp", "bpf": "bpf",
    "pidfd_open": "pidfd", "pidfd_getfd": "pidfd",
    "open_by_handle_at": "pidfd", "pidfd_send_signal": "signal",
    "kill": "signal", "setpgid": "signal",
    "clone": "thread", "clone3": "thread", "fork": "thread",
    "vfork": "thread", "execve": "exec", "wait4": "wait", "waitid": "wait",
    "poll": "wait", "ppoll": "wait", "pselect6": "wait",
    "epoll_pwait": "wait", "nanosleep": "wait", "clock_nanosleep": "wait",
    "prctl": "option", "prlimit64": "option",
    "mmap": "map",
}

# Who is told that another process is gone may believe it.
GONE = re.compile(r"\S+ (/proc/\d+[/#]|/run/netns/|/proc/thread-self/root)")

Command = collections.namedtuple(
    "Command", "name args answers files ends", defaults=({0}, (), None))

# How many times as long a command that is ended may take on a busy host; what
# takes ten seconds hangs, by inject.c
PACES = 1, 2, 4, 8, 15

# It knows no PID namespace but the first: run there, it sees other people's
# processes, and is asked for the scene's first namespace alone.
AMONG_OTHERS = ("ps-bpf", "sockets-bpf")

COMMANDS = [Command(*fields) for fields in (
    ("ps", ["ps", "-J"]),
    ("ps-near", ["ps", "-J", "--netns", "self"]),
    ("ps-two", ["ps", "-J", "--netns", "self", "--netns", "far"]),
    ("ps-bpf", ["ps", "-J", "--holders", "bpf", "--netns", "self"]),
    ("by", ["by", "cgroup,netns,program,user", "-J"]),
    ("by-state", ["by", "state", "-J", "state", "established"]),
    ("sockets", ["sockets", "-J"]),
    ("sockets-sorted", ["sockets", "-J", "--sort", "cookie", "-o",
                        "+rtt,cgroup_id"]),
    ("sockets-bpf", ["sockets", "-J", "--holders", "bpf", "--netns", "self"]),
    ("sockets-jsonl", ["sockets", "--jsonl", "--netns", "far", "--strict"]),
    ("summary", ["summary", "-J"]),
    ("summary-cgroups", ["summary", "-J", "--cgroups", "--netns", "self"]),
    ("limits", ["limits", "-J", "--netns", "far"]),
    ("explain", ["explain", "2", "-J"]),
    ("check", ["check", "-J", "--max-sockets", "100", "--max-held", "1G"],
     {0, 1, 2}),
    ("check-far", ["check", "-J", "--netns", "far", "--max-sockets", "4"],
     {0, 1, 2}),
    ("check-per", ["check", "-J", "--per", "process", "--max-sockets", "4"],
     {0, 1, 2}),
    ("check-keep", ["check", "-J", "--max-sockets", "4", "--keep", "kept"],
     {0, 1, 2}, ("kept",)),
    ("run", ["run", "-J", "-o", "report", "--netns", "self", "--", "/bin/true"],
     {0}, ("report",)),
    ("save", ["save", "saved"], {0}, ("saved",)),
    ("save-info", ["save", "saved", "--info", "--netns", "far"], {0},
     ("saved",)),
    ("from", ["ps", "-J", "--from", "before"]),
    ("diff", ["diff", "before", "-J"], {0, 1}),
    ("diff-files", ["diff", "before", "before", "-J", "--by", "process"],
     {0, 1}),
    ("diff-every", ["diff", "-J", "--every", "100ms", "--for", "300ms"],
     {0, 1}),
    ("table", ["ps"]),
    ("blame", ["blame", "-J", "--for", "100ms"]),
    ("watch", ["watch", "-J", "--for", "200ms"]),
    ("top", ["top", "--batch", "-n", "1"]),
    ("export", ["export", "--group", "program"]),
    ("textfile", ["export", "--textfile", "textfile"], {0}, ("textfile",)),
    ("page", ["report", "before", "-o", "page"], {0}, ("page",)),
    ("record", ["record", "--store", "kept", "--every", "100ms"], {0},
     ("kept",), 600),
    ("history", ["history", "--from", "store", "-J"]),
    ("from-store", ["ps", "--from", "store", "-J"]),
    ("verify", ["store", "verify", "--from", "store"]),
)]


class Run:
    """What a command did: how it ended, what it said, what it left"""

    def __init__(self, process, out, err, report, files):
        self.out, self.err, self.files = out, err, files
        self.report = report.splitlines()
        self.status = None
        for line in self.report:
            if line.startswith("exit "):
                self.status = int(line[5:])
        self.ran = process.returncode == 0

    def has(self, beginning):
        return any(line.startswith(beginning) for line in self.report)

    def calls(self):
        return [line[5:] for line in self.report if line.startswith("call ")]

    def allocations(self):
        return max((int(line.split()[1]) for line in self.report
                    if line.startswith("allocations ")), default=0)


class Stage:
    """A scene with a command in it, and what that says undisturbed"""

    def __init__(self, inject, program):
        self.inject, self.program = inject, program
        self.scene = scene.Scene()
        self.home = pathlib.Path(tempfile.mkdtemp(prefix="faults-"))
        self.work = self.home / "work"
        self.before = None
        self.bases = {}
        self.pace = PACES[0]
        self.wrapper = []

    def end(self):
        self.scene.end()
        shutil.rmtree(self.home)

    def prepare(self):
        """The capture and the store that some commands read"""
        done = self.start(["save", "before"])
        if not done.ran:
            print(done.err, end="")
            sys.exit(SKIP)
        self.before = (self.work / "before").read_bytes()
        record = ["record", "--store", "made", "--every", "100ms"]
        self.until_a_look("made", lambda: self.start(
            record, ["-t", str(600 * self.pace)]))
        self.take("made")

    def until_a_look(self, store, record):
        """Ends the recorder later until it has looked by then"""
        for self.pace in PACES[PACES.index(self.pace):]:
            done = record()
            if any((self.work / store).glob("look-*.db")):
                return done
        raise RuntimeError(f"the recorder does not look: {done.err}")

    def run(self, command, options=()):
        if command.ends:
            options = ["-t", str(command.ends * self.pace), *options]
        if command.name in AMONG_OTHERS:
            options = ["-h", *options]
        return self.start(command.args, options)

    def start(self, args, options=()):
        shutil.rmtree(self.work, ignore_errors=True)
        self.work.mkdir()
        if self.before and "before" in args:
            (self.work / "before").write_bytes(self.before)
        if "store" in args[1:]:
            shutil.copytree(self.home / "made", self.work / "store")
        read, write = os.pipe()
        command = [self.inject, "-e", str(self.scene.pid), "-d",
                   str(self.work), "-m",
                   f"0,{scene.SOCKETS},{scene.CHARGED // 4096}", "-r",
                   str(write), *options, "--", *self.wrapper, self.program,
                   *args]
        report = []
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            pass_fds=[write], start_new_session=True, env=dict(
                os.environ, LC_ALL="C", ASAN_OPTIONS="detect_leaks=1"))
        os.close(write)
        reader = threading.Thread(target=lambda: report.append(
            os.fdopen(read, errors="replace").read()))
        reader.start()
        out, err = process.communicate()
        reader.join()
        files = sorted(p.name for p in self.work.iterdir())
        return Run(process, out.decode(errors="replace"),
                   err.decode(errors="replace"), report[0], files)

    def read(self, command, done):
        """The answer as JSON; ValueError if there is none"""
        text = done.out
        if command.files == ("saved",):
            text = self.start(["sockets", "-J", "--from",
                             self.take(command.files[0])]).out
        elif command.name == "record":
            text = self.start(["ps", "-J", "--from", self.take("kept")]).out
        elif command.files in (("report",), ("page",), ("textfile",)):
            text = (self.work / command.files[0]).read_text()
        if "export" in command.args:
            return oracle.read_series(text)
        if command.name == "watch":
            return dict(json.loads(text.splitlines()[-1]),
                        warnings=done.err.splitlines())
        if "--jsonl" in command.args:
            return {"rows": oracle.normal(list(map(json.loads,
                                                   text.splitlines())))}
        if "-J" not in command.args and \
                command.files not in (("saved",), ("kept",)):
            return {"text": oracle.MOMENT.sub("", text)}
        return oracle.normal(json.loads(text))

    def take(self, name):
        """Moves a file or a store out of the way of the next run"""
        if (self.work / name).is_dir():
            shutil.rmtree(self.home / name, ignore_errors=True)
            return shutil.copytree(self.work / name, self.home / name)
        return shutil.copy(self.work / name, self.home / name)

    def undisturbed(self, command, *options):
        if not command.ends:
            return self.run(command, options)
        return self.until_a_look(command.files[0],
                                 lambda: self.run(command, options))

    def base(self, command):
        if command.name not in self.bases:
            self.undisturbed(command, "-l")
            done = self.undisturbed(command, "-l")
            try:
                answer = self.read(command, done)
            except ValueError as why:
                raise RuntimeError(f"{command.name}: {why}: {done.out}"
                                   f"{done.err}{done.report}") from why
            self.bases[command.name] = (answer, done)
            before = self.undisturbed(command)
            for line in oracle.differences(self.read(command, before),
                                           self.bases[command.name][0]):
                print(f"# {command.name}: not steady: {line}")
        return self.bases[command.name]


def points(command, done):
    """Each fault that the command can meet

    A call that is made over and over meets each error at first, and then them
    in turns.
    """
    seen = collections.Counter()
    for call in done.calls():
        seen[call] += 1
        name, about = call.split(" ", 1)
        if name == "close" and "WORK" not in about or ".so" in about:
            continue  # the dynamic linker's own leaks
        errors = ERRORS["sync" if name == "close" else KIND[name]].split()
        if seen[call] > 2:
            errors = [errors[seen[call] % len(errors)]]
        for error in errors:
            yield command, f"{call}#{seen[call]}", error
    for number in range(1, done.allocations() + 1):
        yield command, "allocation", number


def options_of(fault):
    _, what, error = fault
    if what == "allocation":
        return ["-a", str(error)]
    return ["-f", f"{what}={getattr(errno, error)}"]


def left_behind(command, fault, done, ok):
    allowed = {"before", "store"} & set(command.args)
    if ok or command.name in ("check-keep", "run", "record", "textfile"):
        allowed |= set(command.files)
    if "unlink" in fault[1]:
        return False
    if "fsync WORK#" in fault[1] or "openat WORK/.tmp#" in fault[1]:
        allowed |= set(command.files)  # it is in place, and maybe not on disk
    return set(done.files) - allowed


def judge_end(command, done):
    """How it ended, where that is no way to end; or None"""
    if re.search("nss_database_(check_)?reload", done.err) or \
            re.search(r"refused \S+/libc\.so\S+ in getpw\w+_r\nsignal 11",
                      "\n".join(done.report)):
        return "error", ""  # glibc takes it that it gets memory
    if command.ends and done.has("signal 15"):
        return "missed", ""  # it came before the command waits for it
    if oracle.SANITIZER.search(done.err) or done.has("signal"):
        return "crash", done.err[-3000:] + "\n".join(done.report[-3:])
    if done.has("hang"):
        return "hang", done.err
    if done.has("left a process"):
        return "left", "a process"
    return None


def judge_words(stage, command, done, left, mute):
    """What it said beside what it says undisturbed; @mute: it need not speak"""
    base, _ = stage.base(command)
    if left:
        return "left", " ".join(left)
    if done.status not in command.answers:
        if "report" in done.files:
            report = (stage.work / "report").read_text()
            if report and not report.endswith("}\n"):
                return "wrong", f"a report that ends early: {report[-80:]}"
        said = done.err.strip() or done.out.strip() or mute
        return ("error", "") if said else \
            ("wrong", f"exit {done.status} without a word")
    try:
        now = stage.read(command, done)
    except (ValueError, OSError) as why:
        return "wrong", f"exit {done.status}, and {why}: {done.err}"
    if "text" in base:
        verdict = oracle.judge_text(base["text"], now["text"])
    else:
        verdict = oracle.judge_answer(base, now)
    return verdict, "\n".join(list(oracle.differences(base, now))[:12])


def judge(stage, fault, done):
    """Return: a word for it, and what is to be said of it"""
    command, what, error = fault
    end = judge_end(command, done)
    if end:
        return end
    if not done.has("failed") and not done.has("refused"):
        return "missed", ""
    left = left_behind(command, fault, done, done.status in command.answers)
    verdict, why = judge_words(stage, command, done, left, error == "EPIPE")
    if verdict == "wrong" and error in ("ENOENT", "ESRCH") and \
            GONE.match(what):
        verdict = "gone"
    if verdict == "wrong" and ACCEPTED.fullmatch(describe(fault)):
        verdict = "accepted"
    refused = [line for line in done.report if line.startswith("refused")]
    return verdict, "\n".join(refused + [why])


# These lead to another answer, and it is right so; or libc is to blame.
ACCEPTED = re.compile(
    # by its name, where the link may not be read: read_program()
    r"by: readlinkat /proc/\d+/exe#\d+ (EACCES|ENOENT)|"
    # a user without a name is a number
    r"\S+: \w+ /etc/(nsswitch.conf|passwd)#\d+ \w+|"
    # readdir(3) takes it for the end
    r"\S+: getdents64 WORK/\S+#\d+ ENOENT|"
    # of the program's own copy of a socket it cannot fail
    r"\S+: getsockopt socket 0x1 0x\w+#\d+ \w+")

# Each of these once made an answer wrong that was called complete.
ALWAYS = (
    r"ps: readlinkat /proc/thread-self/ns/net#\d+ \w+",
    r"ps: openat /proc/thread-self/net/sockstat#\d+ (EMFILE|EACCES)",
    r"ps: read /proc/SELF/task/SELF/net/sockstat#1 EIO",
    r"ps-near: readlinkat /proc/3/fd/\d+#1 ENOMEM",
    r"sockets-jsonl: setns /run/netns/far#1 EINVAL",
    r"limits: read /proc/sys/net/ipv4/ip_local_port_range#1 EIO",
    r"by: read /proc/2/cgroup#1 EIO",
    r"ps: openat /proc/slabinfo#1 EMFILE",
    r"diff-every: setns net#\d EINVAL",
    # the last: msks are not asked for where no slab had one since the boot
    r"save-info: setns /run/netns/far#[34] (EPERM|EINVAL)",
    r"by: fstatat /sys/fs/cgroup\S*#1 ENOENT",
    r"watch: readlinkat /proc/7/ns/net#1 EACCES",
    r"by: fcntl /sys/fs/cgroup\S* 0x2#1 EINVAL",
    r"check: fcntl \S+ 0x1#1 EINVAL",
    r"summary: openat /proc/thread-self/net/sockstat#\d+ EACCES",
    r"run: allocation (2[5-9]|3\d)",
    r"page: allocation 2[67]\d")

BAD = ("wrong", "crash", "hang", "left")
WORDS = {
    "wrong": "wrong answers called complete", "crash": "crashes",
    "hang": "hangs", "left": "files or processes left",
    "same": "the same answer", "warned": "answers with a warning",
    "unknown": "answers that say unknown", "error": "errors",
    "gone": "believed that another process is gone", "missed": "not reached",
    "accepted": "other answers that are right so",
}


# of a store's file, another for each run
BORN = re.compile(r"-\d{8}T\d{6}\.\d{3}Z")


def describe(fault):
    command, what, error = fault
    return f"{command.name}: {what} {error}"


class Journal:
    """Which faults were tried, and what came of them: a line each

    A run that was cut short goes on where it stopped.
    """

    def __init__(self, path):
        self.counts, self.tried = collections.Counter(), set()
        self.file = None
        if path:
            self.file = open(path, "a+", encoding="utf-8", buffering=1)
            self.file.seek(0)
            for line in self.file:
                verdict, fault = line.rstrip("\n").split(" ", 1)
                self.tried.add(BORN.sub("", fault))
                self.counts[verdict] += 1

    def add(self, verdict, fault):
        self.counts[verdict] += 1
        if self.file:
            self.file.write(f"{verdict} {describe(fault)}\n")


def work(stage, faults, journal, lock, end):
    while time.monotonic() < end:
        try:
            fault = faults.get_nowait()
        except queue.Empty:
            return
        stage.base(fault[0])
        done = stage.run(fault[0], options_of(fault))
        verdict, why = judge(stage, fault, done)
        with lock:
            journal.add(verdict, fault)
            if verdict in BAD:
                print(f"{verdict}: {describe(fault)}")
                print("".join(f"    {line}\n" for line in why.splitlines()),
                      end="", flush=True)


def choose_some(faults, count, seed):
    """So many of them, and always those that must never come back

    Each command and system call in turns. A fault that one run has more than
    another changes nothing for the rest.
    """
    def rank(fault):
        text = f"{seed} {describe(fault)}"
        return hashlib.sha256(text.encode()).hexdigest()

    always = [f for f in faults if any(re.fullmatch(pattern, describe(f))
                                       for pattern in ALWAYS)]
    kinds = collections.defaultdict(list)
    for fault in sorted(faults, key=rank):
        kinds[fault[0].name, fault[1].split(" ")[0]].append(fault)
    others = [fault for turn in itertools.zip_longest(*kinds.values())
              for fault in turn if fault]
    return always + others[:max(0, count - len(always))]


def choose(stage, args):
    faults = []
    for command in COMMANDS:
        if args.only and command.name not in args.only.split(","):
            continue
        faults += points(command, stage.base(command)[1])
    if args.fault:
        what, error = args.fault.rsplit(" ", 1)
        return [(c, what, int(error) if error.isdigit() else error)
                for c in COMMANDS if c.name in args.only.split(",")]
    return faults


def out_of_date(faults):
    """What is always to be tried of these commands, and none of them is it"""
    names = {command.name for command, *_ in faults}
    texts = [describe(fault) for fault in faults]
    return [pattern for pattern in ALWAYS
            if pattern.partition(":")[0] in names and
            not any(re.fullmatch(pattern, text) for text in texts)]


def on_each(stages, function, cases, *args):
    """Calls it with each of them and the cases, all at the same time; where
    one of them raises something, so does this, and no case begins any more"""
    with concurrent.futures.ThreadPoolExecutor(len(stages)) as pool:
        running = [pool.submit(function, stage, cases, *args)
                   for stage in stages]
        try:
            for done in concurrent.futures.as_completed(running):
                done.result()
        except BaseException:
            with contextlib.suppress(queue.Empty):
                while True:
                    cases.get_nowait()
            raise


def has_failed(counts):
    """What reached none of its faults has tested nothing"""
    return any(counts[word] for word in BAD) or \
        not any(counts[word] for word in WORDS if word != "missed")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("inject")
    parser.add_argument("program")
    parser.add_argument("--count", type=int, help="so many, by chance")
    parser.add_argument("--seed", type=int, default=random.randrange(10 ** 6))
    parser.add_argument("--only", help="commands, with commas between")
    parser.add_argument("--fault", help="this one, as it was printed")
    parser.add_argument("--journal", help="tell here what was tried, and try "
                        "nothing that it tells of")
    parser.add_argument("--minutes", type=float, default=float("inf"),
                        help="stop then")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    args = parser.parse_args()
    if os.geteuid() != 0:
        print("only root makes namespaces that hold mounts and processes")
        sys.exit(SKIP)
    stages = [Stage(os.path.abspath(args.inject),
                    os.path.abspath(args.program)) for _ in range(args.jobs)]
    journal, lock, faults = Journal(args.journal), threading.Lock(), \
        queue.Queue()
    end = time.monotonic() + 60 * args.minutes
    try:
        for stage in stages:
            stage.prepare()
        chosen = choose(stages[0], args)
        missing = [] if args.fault else out_of_date(chosen)
        if args.count:
            print(f"{args.count} of {len(chosen)} faults, seed {args.seed}")
            chosen = choose_some(chosen, args.count, args.seed)
        for fault in chosen:
            if BORN.sub("", describe(fault)) not in journal.tried:
                faults.put(fault)
        on_each(stages, work, faults, journal, lock, end)
    finally:
        for stage in stages:
            stage.end()
    counts = journal.counts
    print(f"{sum(counts.values())} faults, {faults.qsize()} are left")
    for word, meaning in WORDS.items():
        print(f"{counts[word]:7} {meaning}")
    for pattern in missing:
        print(f"no fault is '{pattern}': ALWAYS is out of date")
    left = faults.qsize() and args.minutes == float("inf")
    sys.exit(bool(has_failed(counts) or missing or left))


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    main()

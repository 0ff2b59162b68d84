# SPDX-License-Identifier: LGPL-2.1-or-later
"""test_capture - what a file says is what the kernel said, whatever happens"""

import fcntl
import json
import os
import random
import re
import resource
import shutil
import signal
import socket
import stat
import struct
import subprocess
import tempfile
import time

import harness
from capture_file import QUESTIONS, crc32c, in_other_order, with_version
from harness import answer, contains, equal, output, run

F_ADD_SEALS, F_SEAL_SHRINK = 1033, 2  # linux/fcntl.h

CONNECTIONS = 1000
KILLS = 60


def hold_connections():
    """Both ends, some with data that nobody reads, in both families"""
    held = []
    for family, host in (socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1"):
        listener = socket.socket(family)
        listener.bind((host, 0))
        listener.listen(128)
        held.append(listener)
        for i in range(CONNECTIONS // 2):
            client = socket.socket(family)
            client.connect(listener.getsockname()[:2])
            held += [client, listener.accept()[0]]
            if i % 3 == 0:
                client.sendall(b"x" * (i * 7))
    return held


class Files:
    """A directory, gone when the case is over"""

    def __enter__(self):
        self.dir = tempfile.TemporaryDirectory()
        return self

    def __exit__(self, *what):
        self.dir.cleanup()

    def path(self, name):
        return os.path.join(self.dir.name, name)

    def save(self, name):
        output("save", self.path(name))
        return self.path(name)

    def names(self):
        return sorted(os.listdir(self.dir.name))


def timeless(text):
    """Every moment is another one, and says so"""
    return re.sub(r'"time": "[^"]*"', '"time": "?"', text)


def says_what_it_said_live(path, *args):
    """In what is the host's, other processes have a part: what is saved
    between two looks says, in each line, what one of them says, or the two do
    not agree"""
    def lines(*how):
        return timeless(output(*args, *how)).splitlines()

    saved = "--netns", "self", "--from", path
    if lines(*saved) == lines():
        return
    for _ in range(50):
        before = lines()
        output("save", "--info", path)
        found, after = lines(*saved), lines()
        differ = [three for three in zip(before, found, after)
                  if three[0] == three[2] != three[1]]
        if not differ and len(before) == len(found) == len(after):
            return
    raise AssertionError(f"{args}: {differ[:5]}")


def test_what_stands_still_is_what_it_was_live():
    with Files() as files:
        path = files.path("still")
        output("save", "--info", path)  # a key may ask for tcp_info
        for key in harness.keys():
            says_what_it_said_live(path, "by", key)
            says_what_it_said_live(path, "by", key, "-J")
        for how in [], ["-r"], ["-J"], ["--jsonl"], ["--csv"]:
            says_what_it_said_live(path, "sockets", "--sort", "-held,local,"
                                   "remote", *how)
            says_what_it_said_live(path, "sockets", *how)
        says_what_it_said_live(path, "by", "process,state,family")
        says_what_it_said_live(path, "by", "state", "--state", "established")
        says_what_it_said_live(path, "sockets", "-r", "--sort",
                               "local,remote", "sport", ">", ":1024")
        says_what_it_said_live(path, "summary")
        says_what_it_said_live(path, "summary", "-J")
        says_what_it_said_live(path, "summary", "--no-processes")


def test_a_capture_through_a_pipe_is_the_same():
    with Files() as files:
        path = files.save("file")
        with open(path, "rb") as file:
            piped = output("by", "state", "-J", "--from", "-", stdin=file)
        equal(piped, output("by", "state", "-J", "--from", path))
        data = run("save", "-", encoding=None).stdout
        piped = run("by", "state", "-r", "--from", "-", input=data,
                    encoding=None).stdout.decode()
        equal(piped, output("by", "state", "-r"))


def ss_dump(path, *args):
    ss = shutil.which("ss", path="/usr/bin:/usr/sbin:/bin:/sbin")
    if not ss:
        raise harness.Skip("ss is not installed")
    subprocess.run([ss, *args, "-D", path], check=True,
                   stdout=subprocess.DEVNULL)
    return path


def same_sockets(path, *args):
    """Sockets and the kernel's counters of a dump are what was seen live"""
    columns = ("state,family,local,remote,rmem,wmem_queued,wmem_alloc,"
               "fwd_alloc,optmem,backlog,drops,rcvbuf,sndbuf,inode,cookie,uid")
    how = ["sockets", "-r", "-n", "-o", columns]
    saved = sorted(output(*how, "--from", path).splitlines())
    equal(saved, sorted(output(*how, *args).splitlines()))
    return saved


def test_a_dump_of_ss_holds_both_families():
    with Files() as files:
        path = ss_dump(files.path("both"), "-tanm")
        rows = same_sockets(path)
        equal(len(rows), 2 * CONNECTIONS + 2)
        equal({row.split()[1] for row in rows}, {"ipv4", "ipv6"})
        for flag, family in ("-4", "ipv4"), ("-6", "ipv6"):
            path = ss_dump(files.path(family), "-tanm", flag)
            same_sockets(path, "family", family)
        done = run("by", "state", "--from", path)
        contains(done.stdout, "a dump of ss tells nothing of processes")


def test_several_dumps_in_one_file():
    with Files() as files:
        parts = [ss_dump(files.path(flag), "-tanm", flag)
                 for flag in ("-4", "-6", "-4")]
        joined = files.path("joined")
        with open(joined, "wb") as out:
            for part in parts:
                with open(part, "rb") as file:
                    out.write(file.read())
        same_sockets(joined)


def test_what_has_no_time_has_no_rate():
    """tcpmem-capture(5): "what changed between two of them has no rate" """
    with Files() as files:
        paths = [ss_dump(files.path(name), "-tanm") for name in ("a", "b")]
        found = json.loads(run("diff", *paths, "-J").stdout)
        for key in "time", "before", "elapsed_seconds":
            equal(found[key], None, key)
        contains(run("diff", *paths).stdout, "the time between them is unknown")
        done = run("check", "--since", paths[0], "--from", paths[1],
                   "--max-growth", "1M/min")
        equal(done.returncode, 3)
        contains(done.stdout, "a file does not say when it was made")
        done = run("report", *paths, "-o", files.path("page"))
        equal(done.returncode, 1)
        contains(done.stderr, "it does not say when it was made")


def answers(path):
    """A file that is whole has an answer, and it is of our sockets"""
    done = run("summary", "--from", path, "-J")
    equal(done.returncode, 0, done.stderr)
    established = [s for s in json.loads(done.stdout)["states"]
                   if s["state"] == "established"][0]
    equal(established["sockets"], 2 * CONNECTIONS)


def test_a_kill_leaves_the_old_file_or_the_new_one():
    with Files() as files:
        path = files.save("capture")
        before = time.monotonic()
        files.save("capture")
        usual = time.monotonic() - before
        old = os.stat(path).st_ino
        kept = 0
        for i in range(KILLS):
            child = subprocess.Popen([harness.TCPMEM, "save", "--netns", "self",
                                      path], stderr=subprocess.DEVNULL)
            time.sleep(random.random() * usual * 1.2)
            child.kill()
            child.wait()
            answers(path)
            kept += os.stat(path).st_ino == old
            old = os.stat(path).st_ino
        # some came too early, some too late
        assert 0 < kept, kept


STEPS = ("write", "fsync", "linkat", "renameat")


def steps_of(strace, path):
    """How often a save makes each call that changes what is on disk"""
    with tempfile.NamedTemporaryFile("r") as log:
        done = subprocess.run([strace, "-f", "-o", log.name, "-e",
                               "trace=write,fsync,linkat,/renameat",
                               harness.TCPMEM, "save", "--netns", "self",
                               path], capture_output=True, text=True,
                              env=harness.TRACED)
        if done.returncode != 0:
            raise harness.Skip("strace cannot trace here: " +
                               done.stderr.strip().splitlines()[-1])
        # what is said on stderr comes last and is not on disk
        calls = re.findall(r"^\d+ +(\w+)\((?!2,)", log.read(), re.M)
    return {name: sum(call.startswith(name) for call in calls)
            for name in STEPS}


def ended_at(strace, path, name, when, number):
    inject = f"inject=/^{name}:signal={number}:when={when}"
    done = subprocess.run([strace, "-f", "-o", "/dev/null", "-e", inject,
                           harness.TCPMEM, "save", "--netns", "self", path],
                          capture_output=True, env=harness.TRACED)
    assert done.returncode != 0, (name, when)
    answers(path)


def test_a_kill_at_every_step_of_a_save():
    """Just before each call that changes the disk, one kill after the other"""
    strace = shutil.which("strace")
    if not strace:
        raise harness.Skip("strace is not installed")
    with Files() as files:
        path = files.save("capture")
        steps = steps_of(strace, path)
        equal(steps["renameat"], 1)
        assert steps["linkat"] >= 1, steps
        equal(steps["fsync"], 2)  # the file's, and its directory's
        assert steps["write"] >= 3, steps
        for name, count in steps.items():
            for when in range(1, count + 1):
                old = os.stat(path).st_ino
                ended_at(strace, path, name, when, "KILL")
                # what follows the rename is of the new file
                equal(os.stat(path).st_ino != old,
                      (name, when) == ("fsync", 2), (name, when))


def test_a_signal_at_every_step_leaves_no_temporary_file():
    strace = shutil.which("strace")
    if not strace:
        raise harness.Skip("strace is not installed")
    with Files() as files:
        path = files.save("capture")
        for name, count in steps_of(strace, path).items():
            for when in range(1, count + 1):
                ended_at(strace, path, name, when, "TERM")
                equal(os.listdir(os.path.dirname(path)), ["capture"])


def test_file_systems_that_lack_something():
    """No file without a name, or no way to give it one"""
    strace = shutil.which("strace")
    if not strace:
        raise harness.Skip("strace is not installed")
    with Files() as files:
        path = files.save("capture")
        log = path + ".log"
        trace = [strace, "-f", "-o", log, "-e", "trace=openat"]
        save = [harness.TCPMEM, "save", "--netns", "self", path]
        if subprocess.run(trace + save, capture_output=True,
                          env=harness.TRACED).returncode != 0:
            raise harness.Skip("strace cannot trace here")
        with open(log, encoding="utf-8") as file:
            calls = [line.split(None, 1) for line in file if "openat(" in line]
        at = next(i for i, c in enumerate(calls) if "O_TMPFILE" in c[1])
        when = sum(c[0] == calls[at][0] for c in calls[:at + 1])
        for inject in ("linkat:error=EPERM",
                       f"openat:error=EOPNOTSUPP:when={when}"):
            old = os.stat(path).st_ino
            done = subprocess.run(
                [strace, "-f", "-o", log, "-e", "inject=" + inject, *save],
                capture_output=True, env=harness.TRACED)
            equal(done.returncode, 0, done.stderr)
            with open(log, encoding="utf-8") as file:
                contains(file.read(), "(INJECTED)")
            os.unlink(log)
            assert os.stat(path).st_ino != old, inject
            answers(path)
            equal(os.listdir(os.path.dirname(path)), ["capture"])


def test_a_file_that_cannot_be_written_is_the_old_one():
    with Files() as files:
        path = files.save("capture")
        old = os.stat(path).st_ino
        limit = os.path.getsize(path) // 2
        done = run("save", path, preexec_fn=lambda: [
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN),
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))])
        equal(done.returncode, 1)
        contains(done.stderr, "File too large")
        equal(os.stat(path).st_ino, old)
        equal(files.names(), ["capture"])
        answers(path)


def test_what_cannot_be_emptied_is_not_written_to():
    """An answer would have the rest of what was there behind it"""
    fd = os.memfd_create("old", os.MFD_ALLOW_SEALING)
    os.write(fd, b"old" * 100000)
    fcntl.fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK)
    path = f"/proc/self/fd/{fd}"
    for args, code in ((["save", path], 1),
                       (["run", "-o", path, "--", "true"], 125)):
        done = run(*args, pass_fds=[fd])
        equal(done.returncode, code, args)
        contains(done.stderr, "Operation not permitted")
        equal(os.pread(fd, 6, 0), b"oldold")
    os.close(fd)


def refused(data, *parts, hint=None):
    """One line, which names the file, the place and what stands there"""
    with Files() as files:
        path = files.path("file")
        with open(path, "wb") as file:
            file.write(data)
        done = run("summary", "--from", path)
        equal(done.returncode, 1, done.stderr)
        equal(done.stdout, "")
        equal(done.stderr.count("\n"), 1, done.stderr)
        contains(done.stderr, f"{path}: offset ")
        for part in parts:
            contains(done.stderr, part)
        if hint:
            contains(done.stderr, hint)
            salvaged = run("summary", "--from", path, "--salvage")
            equal(salvaged.returncode, 0, salvaged.stderr)
            contains(salvaged.stdout, "damaged")
        return done.stderr


def capture():
    return run("save", "-", encoding=None).stdout


def test_files_of_other_hosts_and_versions():
    data = capture()
    equal(data[:8], b"\x89TCM\r\n\x1a\n")
    equal(struct.unpack_from("=IHHI", data, 8), (0x01020304, 1, 0, 0))
    equal(struct.unpack_from("=I", data, 20)[0], crc32c(data[:20]))
    foreign = data[:8] + data[8:12][::-1] + data[12:]
    refused(foreign, "offset 20: ", "checksum")
    refused(with_version(data, 2, 0), "offset 12: ", "format 2.0", "reads 1.x")
    with Files() as files:
        path = files.path("later")
        with open(path, "wb") as file:
            file.write(with_version(data, 1, 77))
        answers(path)


def test_a_host_of_the_other_byte_order_says_the_same():
    """"in the byte order of the host that wrote it ... A reader takes either"
    """
    with Files() as files:
        own, other = files.path("own"), files.path("other")
        data = run("save", "--info", "-", encoding=None).stdout
        for path, content in (own, data), (other, in_other_order(data)):
            with open(path, "wb") as file:
                file.write(content)
        assert in_other_order(data)[8:12] == data[8:12][::-1]
        for question in QUESTIONS:
            equal(output(*question, "--from", other),
                  output(*question, "--from", own))


def test_the_manuals_program_lists_the_sections():
    page = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                        "../../man/tcpmem-capture.5")
    with open(page, encoding="utf-8") as file:
        program = file.read().split(".Bd", 1)[1].split("\n", 1)[1]
    with Files() as files:
        done = subprocess.run(["python3", "-c", program.split(".Ed")[0],
                               files.save("capture")], capture_output=True,
                              check=True, text=True)
    rows = [list(map(int, line.split())) for line in done.stdout.splitlines()]
    equal([row[0] for row in rows], list(range(len(rows))))
    equal([row[1] for row in rows].count(0xffff), 1)
    equal(rows[-1][1:], [0xffff, 16])


def test_damage_is_told_with_its_place():
    data = capture()
    middle = len(data) // 2
    cut = refused(data[:middle], "the file ends", hint="--salvage")
    contains(cut, f"offset {middle}: ")
    flipped = bytearray(data)
    flipped[middle] ^= 0x10
    refused(bytes(flipped), "checksum", hint="--salvage")
    refused(b"", "offset 0: not a capture: the file is empty")
    refused(b"GIF89a", "offset 0: not a capture: it begins with 47 49 46 38")
    refused(data + b"\0", f"offset {len(data)}: there are bytes behind the end")


NOBODY = 65534


def planted(place, what):
    """A sticky directory as /tmp is, in which nobody has put something"""
    if os.geteuid() != 0:
        raise harness.Skip("only root can make another user's files")
    shared = os.path.join(place, "shared")
    os.mkdir(shared)
    os.chmod(shared, 0o1777)
    precious = os.path.join(place, "precious")
    os.mkdir(precious)
    with open(os.path.join(precious, "file"), "w", encoding="utf-8") as file:
        file.write("precious")
    path = os.path.join(shared, "before")
    what(path, precious)
    os.chown(path, NOBODY, NOBODY, follow_symlinks=False)
    return path, os.path.join(precious, "file")


def link_to_file(path, precious):
    os.symlink(os.path.join(precious, "file"), path)


def link_to_nothing(path, precious):
    os.symlink(os.path.join(precious, "new"), path)


def foreign_file(path, precious):
    with open(path, "w", encoding="utf-8") as file:
        file.write("not yours")


def test_what_another_user_planted_is_not_written_to():
    """Refused, as a shell's > refuses it"""
    for what in link_to_file, link_to_nothing, foreign_file:
        with tempfile.TemporaryDirectory() as place:
            path, precious = planted(place, what)
            before = os.lstat(path)
            for sticky in 0o1777, 0o777:
                if what is foreign_file and sticky == 0o777:
                    continue  # there, anybody may replace it
                os.chmod(os.path.dirname(path), sticky)
                done = run("save", path)
                equal(done.returncode, 1, (what, sticky))
                contains(done.stderr, "cannot save to")
                contains(done.stderr, "Permission denied")
                equal(os.lstat(path), before)
                with open(precious, encoding="utf-8") as file:
                    equal(file.read(), "precious")
                equal(os.listdir(os.path.dirname(precious)), ["file"])
                equal(os.listdir(os.path.dirname(path)), ["before"])


def test_no_directory_is_entered_over_a_planted_link():
    def link_to_directory(path, precious):
        os.symlink(precious, path)

    with tempfile.TemporaryDirectory() as place:
        path, precious = planted(place, link_to_directory)
        for way in path, path + "/.", path + "/../precious":
            equal(run("save", way + "/new").returncode, 1, way)
        # a link of one's own leads over it, too
        over = os.path.join(place, "over")
        os.symlink(path + "/new", over)
        equal(run("save", over).returncode, 1)
        kept = harness.connect()
        done = run("check", "--max-sockets", "0", "--keep", path)
        equal(done.returncode, 2)
        contains(done.stderr, "Permission denied")
        equal(os.listdir(os.path.dirname(precious)), ["file"])
        del kept


def test_another_users_pipe_gets_nothing():
    def pipe(path, precious):
        os.mkfifo(path, 0o666)
        os.chmod(path, 0o666)

    for mode in 0o1777, 0o755:
        with tempfile.TemporaryDirectory() as place:
            path, _ = planted(place, pipe)
            os.chmod(os.path.dirname(path), mode)
            reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
            equal(run("save", path).returncode, 1)
            equal(os.read(reader, 1), b"")
            os.close(reader)


# each command that writes to a path that it is given
WRITERS = {
    "report": lambda path, capture: ("report", capture, "-o", path),
    "run": lambda path, capture: ("run", "-o", path, "--", "true"),
    "export": lambda path, capture: ("export", "--textfile", path),
}


def test_no_page_or_report_is_written_over_a_planted_directory():
    """What save refuses, the others refuse"""
    def link_to_directory(path, precious):
        os.symlink(precious, path)

    with tempfile.TemporaryDirectory() as place:
        path, precious = planted(place, link_to_directory)
        capture = os.path.join(place, "capture")
        output("save", capture)
        over = os.path.join(place, "over")
        os.symlink(path + "/new", over)
        for name, args in WRITERS.items():
            for way in path + "/new", path + "/./file", over:
                done = run(*args(way, capture))
                assert done.returncode, (name, way)
                contains(done.stderr, "Permission denied")
        # a link of the directory's owner is one of his own
        os.chown(path, 0, 0, follow_symlinks=False)
        output(*WRITERS["report"](path + "/page", capture))
        equal(sorted(os.listdir(os.path.dirname(precious))),
              ["file", "page"])


def test_no_page_or_report_is_written_to_what_another_user_planted():
    """"as the shell's > would: refused"; a FIFO gets nothing"""
    def pipe(path, precious):
        os.mkfifo(path, 0o666)

    for name, command in WRITERS.items():
        for what in link_to_file, link_to_nothing, pipe:
            with tempfile.TemporaryDirectory() as place:
                path, precious = planted(place, what)
                capture = os.path.join(place, "capture")
                output("save", capture)
                done = run(*command(path, capture), timeout=30)
                assert done.returncode, (name, what)
                contains(done.stderr, "Permission denied")
                with open(precious, encoding="utf-8") as file:
                    equal(file.read(), "precious")
                equal(os.listdir(os.path.dirname(precious)), ["file"])
                equal(os.listdir(os.path.dirname(path)), ["before"])


def test_pages_and_reports_follow_ones_own_links_and_replace_no_device():
    with tempfile.TemporaryDirectory() as place:
        way = [os.path.join(place, n) for n in ("file", "link", "links")]
        os.symlink("file", way[1])
        os.symlink(way[1], way[2])
        capture, full = (os.path.join(place, n) for n in ("capture", "full"))
        output("save", capture)
        for name, command in WRITERS.items():
            equal(run(*command(way[2], capture)).returncode, 0, name)
            assert os.path.islink(way[2]) and os.path.getsize(way[0]), name
            os.unlink(way[0])
            if os.geteuid() == 0:
                os.mknod(full, 0o666 | stat.S_IFCHR, os.makedev(1, 7))
                done = run(*command(full, capture))
                assert done.returncode, name
                contains(done.stderr, "No space left")
                assert stat.S_ISCHR(os.stat(full).st_mode), name
                os.unlink(full)


def test_links_of_ones_own_are_followed():
    with tempfile.TemporaryDirectory() as place:
        os.mkdir(os.path.join(place, "real"))
        os.symlink("real", os.path.join(place, "way"))
        os.symlink("../way/./file", os.path.join(place, "real", "link"))
        for path in "way/file", "way/link", "real/../way/link":
            output("save", os.path.join(place, path))
            equal(run("sockets", "--from",
                      os.path.join(place, "real", "file")).returncode, 0)
            os.unlink(os.path.join(place, "real", "file"))
        equal(os.listdir(os.path.join(place, "real")), ["link"])
        equal(run("save", "file", cwd=place).returncode, 0)
        equal(run("save", place).returncode, 1)
        equal(run("save", place + "/").returncode, 1)
        os.symlink("loop", os.path.join(place, "loop"))
        contains(run("save", os.path.join(place, "loop")).stderr,
                 "Too many levels")
        # what the caller has open
        with open(os.path.join(place, "out"), "wb") as out:
            equal(run("save", "/dev/stdout", stdout=out,
                      encoding=None).returncode, 0)
        equal(run("sockets", "--from",
                  os.path.join(place, "out")).returncode, 0)
    equal(run("save", "/dev/null").returncode, 0)


def test_a_hard_link_is_replaced_and_not_written_to():
    with tempfile.TemporaryDirectory() as place:
        path, other = (os.path.join(place, n) for n in ("a", "b"))
        with open(other, "w", encoding="utf-8") as file:
            file.write("precious")
        os.link(other, path)
        output("save", path)
        with open(other, encoding="utf-8") as file:
            equal(file.read(), "precious")


def interrupted(place, number, seconds):
    """A save that is ended by a signal after that long"""
    with subprocess.Popen([harness.TCPMEM, "save", os.path.join(place, "x")],
                          stderr=subprocess.DEVNULL) as job:
        time.sleep(seconds)
        job.send_signal(number)
        job.wait()


def test_signals_leave_no_temporary_file():
    with tempfile.TemporaryDirectory() as place:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP,
                       signal.SIGKILL):
            for step in range(12):
                interrupted(place, number, step * .02)
        assert set(os.listdir(place)) <= {"x"}, os.listdir(place)


if __name__ == "__main__":
    harness.enter_netns()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < 4 * CONNECTIONS:
        if hard < 4 * CONNECTIONS:
            harness.skip_all(f"{4 * CONNECTIONS} fds are needed, not {hard}")
        resource.setrlimit(resource.RLIMIT_NOFILE, (4 * CONNECTIONS, hard))
    holder = harness.Child(hold_connections)
    try:
        harness.main(globals())
    finally:
        holder.end()

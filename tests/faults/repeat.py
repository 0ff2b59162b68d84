# SPDX-License-Identifier: LGPL-2.1-or-later
"""repeat - a command that runs again and again, an allocation refused in each

The other end is repeat.c, which is linked into the command. Allocations that
different chains of callers make are places; each is tried once.
"""

import os
import re
import shutil
import signal
import struct
import subprocess

# What the command says of memory that it did not get. Texts of others are cut
# where a line has an end.
LACKS_MEMORY = re.compile(
    r"Cannot allocate memory|out of memory|cannot (allocate|create) ")
# What libc makes of it: it crashes where it reads its own configuration, takes a
# character for none, and ends a text of 100 bytes behind its memory.
OF_LIBC = re.compile(r"libc\.\S+ in (getpw\w+_r|getservby\w+_r|__mbrtowc)$|"
                     r"SUMMARY: AddressSanitizer: .*(nss_database|vasprintf)|"
                     r"nss_database\.c:\d+: \w+: Assertion")
ANSWER, PLACE = struct.Struct("iI256s"), struct.Struct("QQ")


class Command:
    """One that runs as often as it is asked to; what it made is removed"""

    def __init__(self, program, args, env, shown=str):
        self.shown = shown
        question, self.question = os.pipe()
        self.answer, answer = os.pipe()
        self.out, self.err = (os.memfd_create(name, 0) for name in
                              ("out", "err"))
        fds = [question, answer,
               *(os.open(f"/proc/self/fd/{fd}", os.O_WRONLY | os.O_APPEND)
                 for fd in (self.out, self.err))]
        env = dict(os.environ, LC_ALL="C.UTF-8", TERM="xterm",
                   FAULTS_REPEAT=",".join(map(str, fds)), **env)
        env.pop("NO_COLOR", None)
        env["ASAN_OPTIONS"] = env.get("ASAN_OPTIONS", "") + ":detect_leaks=0"
        self.there = set(os.listdir("."))
        self.process = subprocess.Popen(
            [program, *args], env=env, pass_fds=fds,
            stdin=subprocess.DEVNULL)
        for fd in fds:
            os.close(fd)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for fd in (self.question, self.answer, self.out, self.err):
            os.close(fd)
        self.process.wait()

    def read(self, size):
        data = b""
        while len(data) < size:
            part = os.read(self.answer, size - len(data))
            assert part, "the command went away before main()"
            data += part
        return data

    def run(self, number):
        """Return: the status; what was printed; lines of errors; places"""
        os.write(self.question, struct.pack("Q", number))
        status, count, where = ANSWER.unpack(self.read(ANSWER.size))
        self.where = where.split(b"\0")[0].decode()
        places = PLACE.iter_unpack(self.read(count * PLACE.size))
        out, err = (self.shown(
            os.pread(fd, os.fstat(fd).st_size, 0).decode(errors="replace"))
            for fd in (self.out, self.err))
        return status, out, err.splitlines(), list(places)

    def remove_made(self):
        """Return: the names of what it has made, which is gone now"""
        made = set(os.listdir(".")) - self.there
        for name in made:
            if os.path.isdir(name):
                shutil.rmtree(name)
            else:
                os.unlink(name)
        return made


def judge_end(command, whole, answer):
    """Return: whether that is the end of the matter; what is wrong with it"""
    status, out, err, _ = answer
    made = command.remove_made()
    if any(map(OF_LIBC.search, [command.where, *err])):
        return True, None
    if os.WIFSIGNALED(status):
        ended = os.WTERMSIG(status)
        return True, "hangs" if ended == signal.SIGALRM else f"signal {ended}"
    if status != whole[0] and made:
        return True, f"left: {made}"
    if status and any(map(LACKS_MEMORY.search, [*err, out])):
        return True, None
    return False, None


def wrong_answers(command, known, is_honest):
    """What is wrong, of the places that are not @known yet

    @is_honest: of an answer that tells of no error: the undisturbed one, it
    """
    whole = command.run(0)
    made = command.remove_made()
    for callers, number in whole[3]:
        if callers in known:
            continue
        known.add(callers)
        answer = command.run(number)
        ended, wrong = judge_end(command, whole, answer)
        if not ended and not is_honest(whole, answer):
            wrong = f"status {os.WEXITSTATUS(answer[0])}"
        if wrong:
            yield "\n".join([f"allocation {number}, {command.where}: {wrong}",
                             answer[1][-300:], *answer[2][-6:]])
    if made:  # later commands read it
        command.run(0)

# SPDX-License-Identifier: LGPL-2.1-or-later
"""terminal - a program on a terminal of its own, and what it shows there"""

import fcntl
import os
import pty
import select
import signal
import struct
import termios
import time

import pyte

from harness import TCPMEM, patience

# What terminals send for keys that are no characters
KEYS = {"Up": "\033[A", "Down": "\033[B", "PgUp": "\033[5~",
        "PgDn": "\033[6~", "Home": "\033OH", "End": "\033[F",
        "S-Tab": "\033[Z", "Tab": "\t", "Enter": "\r", "Esc": "\033",
        "Backspace": "\177", "Space": " ", "F1": "\033OP", "F3": "\033OR",
        "F4": "\033OS", "F6": "\033[17~", "Ctrl-C": "\003", "Ctrl-U": "\025",
        "Ctrl-Z": "\032"}


class Terminal:
    """A program; @how: columns, lines, env, program"""

    def __init__(self, *args, columns=80, lines=24, env=None, program=TCPMEM):
        self.screen = pyte.Screen(columns, lines)
        self.stream = pyte.ByteStream(self.screen)
        self.bytes = b""
        self.status = None
        master, slave = pty.openpty()
        self.slave = slave
        self.fd = master
        self.poll = select.poll()
        self.poll.register(master, select.POLLIN)
        self.set_size(columns, lines)
        self.before = termios.tcgetattr(slave)
        self.pid = os.fork()
        if self.pid == 0:
            self.become(program, args, env or {})

    def become(self, program, args, env):
        try:
            os.close(self.fd)
            os.login_tty(self.slave) if hasattr(os, "login_tty") else \
                self.login()
            all_env = dict(os.environ, TERM="xterm-256color",
                           LC_ALL="C.UTF-8")
            all_env.pop("NO_COLOR", None)
            all_env.update(env)
            os.execve(program, [program, *args], all_env)
        finally:
            os._exit(127)

    def login(self):
        os.setsid()
        fcntl.ioctl(self.slave, termios.TIOCSCTTY, 0)
        for fd in range(3):
            os.dup2(self.slave, fd)

    def set_size(self, columns, lines):
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ,
                    struct.pack("HHHH", lines, columns, 0, 0))

    def resize(self, columns, lines):
        self.screen.resize(lines, columns)
        self.set_size(columns, lines)

    def read(self, seconds=0.05):
        """What comes meanwhile. Return: whether anything did"""
        came = False
        while self.poll.poll(0 if came else seconds * 1000):
            try:
                data = os.read(self.fd, 65536)
            except OSError:  # nobody has the other end open
                break
            if not data:
                break
            self.bytes += data
            self.stream.feed(data)
            came = True
        return came

    def read_for(self, seconds):
        """All that comes in this time"""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self.read(left)

    def text(self):
        return "\n".join(line.rstrip() for line in self.screen.display)

    def wait(self, condition, what):
        """Until the screen is so. Return: its text"""
        deadline = time.monotonic() + patience(60)
        while not condition(self.text()):
            assert time.monotonic() < deadline, f"{what}:\n{self.text()}"
            assert self.is_alive(), f"ended; {what}:\n{self.text()}"
            self.read()
        return self.text()

    def wait_for(self, *parts):
        return self.wait(lambda text: all(part in text for part in parts),
                         f"waiting for {parts}")

    def wait_without(self, part):
        return self.wait(lambda text: part not in text,
                         f"waiting until there is no {part!r}")

    def press(self, *keys):
        for key in keys:
            os.write(self.fd, KEYS.get(key, key).encode())
            # what follows Esc at once would be a key of its own
            if key == "Esc":
                time.sleep(0.1)

    def signal(self, number):
        os.kill(self.pid, number)

    def is_alive(self):
        if self.status is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.status = status
        return self.status is None

    def end(self):
        """Until it has ended. Return: its wait status"""
        deadline = time.monotonic() + patience(60)
        while self.is_alive():
            assert time.monotonic() < deadline, f"runs on:\n{self.text()}"
            self.read()
        self.read(0)
        return self.status

    def modes(self):
        return termios.tcgetattr(self.slave)

    def close(self):
        if self.is_alive():
            os.kill(self.pid, signal.SIGCONT)
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
            self.status = 0
        os.close(self.fd)
        os.close(self.slave)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

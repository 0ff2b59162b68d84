# SPDX-License-Identifier: LGPL-2.1-or-later
"""top - CPU and memory of tcpmem top beside htop and atop, in one run

    unshare -npf --mount-proc python3 tests/bench/top.py TCPMEM [SECONDS]

In a namespace with 1,000 sockets in 300 processes, each on a terminal of 80x24
that nobody reads, every 2 s; user and system time as /proc has it.
"""

import fcntl
import os
import pty
import shutil
import signal
import socket
import struct
import subprocess
import sys
import termios
import threading
import time

HZ = os.sysconf("SC_CLK_TCK")
PROCESSES = 300


def serve(listeners):
    """A process with a connection and some listeners. Return: its pid"""
    pid = os.fork()
    if pid:
        return pid
    kept = []
    for _ in range(listeners):
        kept.append(socket.create_server(("127.0.0.1", 0)))
    client = socket.create_connection(kept[0].getsockname())
    kept += [client, kept[0].accept()[0]]
    signal.pause()
    os._exit(0)


def start(*words):
    pid, fd = pty.fork()
    if not pid:
        os.environ["TERM"] = "xterm-256color"
        os.execvp(words[0], words)
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))

    def drain():
        try:
            while os.read(fd, 65536):
                pass
        except OSError:  # it has ended
            pass
    threading.Thread(target=drain, daemon=True).start()
    return pid


def cpu(pid):
    with open(f"/proc/{pid}/stat") as file:
        fields = file.read().rsplit(") ", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / HZ


def rss(pid):
    with open(f"/proc/{pid}/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGESIZE") / 2**20


def main(tcpmem, seconds=60):
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    servers = [serve(2 if i % 3 else 1) for i in range(PROCESSES)]
    time.sleep(3)
    tools = {"tcpmem top": start(tcpmem, "top", "-d", "2s")}
    for name, *words in (("htop", "-d", "20"), ("atop", "2")):
        if shutil.which(name):
            tools[name] = start(name, *words)
    time.sleep(6)
    begin = {name: cpu(pid) for name, pid in tools.items()}
    since = time.monotonic()
    time.sleep(int(seconds))
    took = time.monotonic() - since
    for name, pid in tools.items():
        print(f"{name:11} {100 * (cpu(pid) - begin[name]) / took:5.2f} % of a "
              f"CPU, {rss(pid):5.1f} MiB, load {os.getloadavg()[0]:.0f}")
    for pid in (*tools.values(), *servers):
        os.kill(pid, signal.SIGKILL)


main(*sys.argv[1:])

# SPDX-License-Identifier: LGPL-2.1-or-later
"""bounds - hosts at the bounds of what is said of them

  chains   who holds up whom: over three processes, in a circle, to an address
           that no socket has, beside a socket that two share; a minute later
           the first of them has read a little
"""

from capture import Socket
from hosts import MINUTE, SINCE_BOOT, WALL, bare, charge, moving

MIB = 1 << 20


def process(host, pid, comm):
    host.processes[pid] = {"comm": comm, "exe": f"/usr/bin/{pid}",
                           "start": 5000, "parent": 1}


class Waits:
    """Connections on which one does not read what the other has written"""

    def __init__(self, host):
        self.host, self.port = host, 30000

    def end(self, pids, local, remote, moved, **more):
        inode = 8000 + len(self.host.netns[0]["sockets"])
        self.host.netns[0]["sockets"].append(Socket(
            "established", local, remote, inode=inode, cookie=inode,
            info=moving(moved, last_data_recv=9000, last_data_sent=9000,
                        snd_wnd=0, rcv_wnd=0), **more))
        self.host.holders[inode] = pids

    def write(self, pids, local, remote, size, moved):
        self.end(pids, local, remote, moved, unsent=size, wmem_queued=size,
                 timer=(4, 1))

    def add(self, writer, readers, size, moved=0):
        here, there = ("127.0.0.1", self.port), ("127.0.0.1", 80)
        self.port += 1
        self.write([writer], here, there, size, moved)
        self.end(readers, there, here, moved, unread=size, rmem=size)


def chains(minute):
    host = bare()
    host.wall, host.since_boot = WALL + minute * MINUTE, \
        SINCE_BOOT + minute * MINUTE
    for pid, comm in enumerate(("web", "proxy", "sl\x1b[7mow", "left",
                                "right", "out", "in", "part", "copy",
                                "last"), 600):
        process(host, pid, comm)
    waits = Waits(host)
    for size in 3 * MIB, 2 * MIB:
        waits.add(600, [601], size)
    waits.add(601, [602], MIB, 60000 * minute)
    waits.add(603, [604], MIB // 2)
    waits.add(604, [603], MIB // 4)
    waits.write([605], ("10.0.0.1", 29999), ("10.0.0.9", 443), MIB // 8, 0)
    waits.add(606, [607, 608], MIB // 16)
    waits.add(607, [609], MIB // 16)
    charge(host)
    return host


MOMENTS = {f"chains{minute}": chains(minute) for minute in range(2)}

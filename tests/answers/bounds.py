# SPDX-License-Identifier: LGPL-2.1-or-later
"""bounds - hosts at the bounds of what is said of them

  chains   who holds up whom: over three processes, in a circle, to an address
           that no socket has, beside a socket that two share; a minute later
           the first of them has read a little
  brink0, tenth0: what is worth a word is just reached; brink1, tenth1:
           just not
  unbounded, least: a limit is 0, or 1
  without- each number of the host that cannot be read
  uncounted a socket that is only bound, without counters
  guessed  no sizes of objects but one
  idle, busy, vague: a client that opens connections and closes none, minute
           by minute: without data for long, with data just now, or it is not
           told; unread, unsent: what waits in its queues grows
  waiting  one connection that holds up; little: with few bytes; recent: not
           for long; unmeasured: nothing tells for how long
  pairs8, pairs9, ports16, ports17: servers that do not read; pairs16,
           pairs17: elsewhere; blue: in another namespace
"""

from capture import Socket
from hosts import MINUTE, SINCE_BOOT, WALL, bare, begun, charge, moving

MIB = 1 << 20


def process(host, pid, comm):
    host.processes[pid] = {"comm": comm, "exe": f"/usr/bin/{pid}",
                           "start": 5000, "parent": 1}


class Mini(Socket):
    """Of a FIN_WAIT_2 that nobody has, little is left, as of TIME_WAIT"""

    def attributes(self, asked_info):
        return b""


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


def connections(host, pid, count, size, state="established", unread=0):
    """Of a process: so many sockets that hold a buffer of that size each"""
    for _ in range(count):
        inode = 8000 + len(host.netns[0]["sockets"])
        host.netns[0]["sockets"].append(Socket(
            state, ("10.0.0.1", inode), ("10.0.0.2", 80), inode=inode,
            cookie=inode, rmem=size, unread=unread))
        host.holders[inode] = [pid]


def many(servers, clients, alone=0, blue=False):
    """So many servers on ports of their own, each with so many clients that
    wait; @alone: the other ends of so many are not here; @blue: in a
    namespace beside
    """
    host = bare()
    for pid, comm in enumerate(("writer", "reader"), 600):
        process(host, pid, comm)
    waits = Waits(host)
    for server in range(servers):
        for _ in range(clients):
            here, there = ("127.0.0.1", waits.port), ("127.0.0.1", 80 + server)
            waits.port += 1
            waits.write([600], here, there, MIB, 0)
            waits.end([601], there, here, 0, unread=MIB, rmem=MIB)
    for at in range(alone):
        waits.write([600], ("10.0.0.1", 20000 + at), ("10.0.0.9", 443), MIB, 0)
    if blue:
        host.netns.append({**bare().netns[0], "name": "blue",
                           "inode": 4026532001, "own": False,
                           "sockets": host.netns[0]["sockets"]})
        host.netns[0]["sockets"] = []
    charge(host)
    return host


def brink(less):
    """Each part that is worth a word is just reached, or just not"""
    host = bare()
    for pid, comm in enumerate(("half", "tenth", "rest"), 600):
        process(host, pid, comm)
    # each socket has 4160 bytes of objects: held are 20, 4 and 16 of 40 parts;
    # a mini-socket of 512 bytes counts toward the limit of TIME_WAIT
    part = 49152
    connections(host, 600, 10 - less, part - 4160, "close-wait")
    connections(host, 600, 10 + less, part - 4160)
    connections(host, 601, 4, part - 4160)
    connections(host, 602, 16, part - 4160)
    sockets = host.netns[0]["sockets"]
    sockets[0].unread = MIB - less
    sockets[-1].unread = 1000
    if less:
        sockets[0].memory["rmem"] -= 4160
    charge(host)
    if not less:
        sockets[0].memory["rmem"] += 512
        sockets.append(Mini("fin-wait-2", ("10.0.0.1", 7002),
                            ("10.0.0.2", 80), timer=(3, 0), counters=False))
    used = 120 << 20
    host.facts.update(tcp_mem_used=used - less, orphans=49152 - less,
                      time_wait=98304 - less, time_wait_all=98304 - less)
    host.netns[0]["time_wait"] = 98304 - less
    return host


def tenth(less):
    """Of three who hold most one has a tenth; nearly all is not all"""
    host = bare()
    for pid, comm in enumerate(("one", "two", "tenth"), 600):
        process(host, pid, comm)
        connections(host, pid, 4 if comm == "tenth" else 18, 45000)
    host.netns[0]["sockets"][-1].memory["rmem"] -= less
    charge(host)
    host.facts.update(orphans=995 - less, orphans_max=1000, time_wait=749,
                      time_wait_all=749, time_wait_max=1000)
    host.netns[0].update(time_wait=749, time_wait_max=1000)
    return host


def uncounted():
    """What a process has came without counters: one socket, only bound"""
    host = bare()
    process(host, 600, "bound")
    host.netns[0]["sockets"].append(Socket(
        "bound-inactive", ("0.0.0.0", 9999), inode=9100, cookie=9100,
        counters=False))
    host.holders[9100] = [600]
    return host


def unbounded():
    """Limits are 0, and each use is 1"""
    host = bare()
    host.facts.update(tcp_mem_low=0, tcp_mem_pressure=0, tcp_mem_high=0,
                      tcp_mem_used=4096, orphans=1, orphans_max=0, time_wait=1,
                      time_wait_all=1, time_wait_max=0)
    host.netns[0].update(time_wait=1, time_wait_max=0)
    return host


def least():
    """Limits are 1"""
    host = unbounded()
    host.facts.update(tcp_mem_low=1, tcp_mem_pressure=1, tcp_mem_high=1,
                      orphans_max=1, time_wait_max=1)
    host.netns[0].update(time_wait_max=1)
    return host


FACTS = ("tcp_mem_used", "tcp_mem_low", "tcp_mem_pressure", "tcp_mem_high",
         "orphans", "orphans_max", "time_wait", "pressure")


def without(fact):
    """One number of the host could not be read"""
    host = tenth(0)
    host.facts.update(pressure=1)
    del host.facts[fact]
    if fact == "time_wait":
        host.netns[0].update(time_wait=None, time_wait_max=None)
    return host


def guessed():
    """Of no object the kernel tells the size"""
    host = bare()
    host.objects = {"TCP": (2560, "slabinfo")}
    return host


def waiting(**how):
    """One connection on which too little waits, or it is not known how long"""
    host = bare()
    for pid, comm in enumerate(("writer", "reader"), 600):
        process(host, pid, comm)
    waits = Waits(host)
    waits.add(600, [601], how.get("size", MIB))
    for socket in host.netns[0]["sockets"]:
        socket.info = how.get("info", socket.info)
    charge(host)
    return host


def pool(minute, ahead=0, **how):
    """Two connections more each minute, and none of them ends"""
    host = begun(minute)
    process(host, 600, "client")
    host.netns = bare().netns
    connections(host, 600, 3 + 2 * minute, 1000)
    for socket in host.netns[0]["sockets"]:
        socket.info = moving(ahead, **how) if how else None
    charge(host)
    return host


def queued(minute, name, data):
    """What waits in one queue of a process grows, minute by minute"""
    host = begun(minute)
    process(host, 600, "client")
    host.netns = bare().netns
    connections(host, 600, 2, 1000)
    for socket in host.netns[0]["sockets"]:
        size = 1000 + 30000 * minute + 10 * (minute % 3)
        socket.info = moving(size)
        socket.memory[name] = size
        setattr(socket, data, size)
    charge(host)
    return host


def idle(minute):
    return pool(minute, last_data_sent=600000, last_data_recv=600000,
                last_ack_recv=600000)


def busy(minute):
    return pool(minute, 1000 * minute, last_data_sent=10, last_data_recv=10,
                last_ack_recv=10)


SERIES = {"idle": idle, "busy": busy, "vague": pool,
          "unread": lambda minute: queued(minute, "rmem", "unread"),
          "unsent": lambda minute: queued(minute, "wmem_queued", "unsent")}


MOMENTS = {**{f"chains{minute}": chains(minute) for minute in range(2)},
           **{f"brink{less}": brink(less) for less in range(2)},
           **{f"tenth{less}": tenth(less) for less in range(2)},
           **{f"{name}{minute}": make(minute)
              for name, make in SERIES.items() for minute in range(20)},
           **{f"without-{fact}": without(fact) for fact in FACTS},
           "unbounded": unbounded(), "least": least(), "guessed": guessed(),
           "pairs8": many(8, 1), "pairs9": many(9, 1), "ports16": many(8, 3),
           "ports17": many(8, 3, 1), "pairs16": many(0, 0, 16),
           "pairs17": many(0, 0, 17), "blue": many(1, 2, blue=True),
           "waiting": waiting(), "little": waiting(size=2048),
           "recent": waiting(info=moving(0, last_data_recv=999,
                                         last_data_sent=999, snd_wnd=0)),
           "unmeasured": waiting(info=None), "uncounted": uncounted()}

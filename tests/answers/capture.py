# SPDX-License-Identifier: LGPL-2.1-or-later
"""capture - writes captures, as tcpmem-capture(5) and the kernel's headers say

It shares nothing with the command's own writer: a host that never was, with
numbers that a test chose, comes out as a file that the command has to read.
"""

import ipaddress
import struct
import sys

sys.path.insert(0, __file__.rpartition("/")[0] + "/../cli")
import harness  # noqa: E402
from capture_file import SECTION_HEAD, crc32c, padded  # noqa: E402

CLOCK, QUERY, NETNS, MESSAGES = 1, 2, 3, 4
PROCESSES, HOLDERS, CGROUPS, HOST, OBJECTS = 6, 7, 8, 9, 10
WARNINGS, DARK, ACCOUNTING, NAMES, LIMITS, CLOSED = 11, 12, 13, 14, 15, 16
END = 0xffff

# include/net/tcp_states.h
STATES = {name: number for number, name in enumerate(
    (*harness.STATES, "new-syn-recv", "bound-inactive"), 1)}
ALL_STATES = 0x3ffe
MINI = ("syn-recv", "time-wait")
TCP, MPTCP = 6, 262
OF_HOST = 0xffffffff
ASKED, LISTENERS = 0, 1

# linux/inet_diag.h
INFO, CONG, SKMEMINFO, SHUTDOWN, V6ONLY, MARK, ULP_INFO, CGROUP_ID = \
    2, 4, 7, 8, 11, 15, 19, 21
# linux/sock_diag.h
SKMEM = ("rmem", "rcvbuf", "wmem_alloc", "sndbuf", "fwd_alloc", "wmem_queued",
         "optmem", "backlog", "drops")
# struct tcp_info of linux/tcp.h: its members, and how struct has them
TCP_INFO = [("BBBBBBBB", "state ca_state retransmits probes backoff options "
             "wscale limited"),
            ("24I", "rto ato snd_mss rcv_mss unacked sacked lost retrans "
             "fackets last_data_sent last_ack_sent last_data_recv "
             "last_ack_recv pmtu rcv_ssthresh rtt rttvar snd_ssthresh "
             "snd_cwnd advmss reordering rcv_rtt rcv_space total_retrans"),
            ("4Q", "pacing_rate max_pacing_rate bytes_acked bytes_received"),
            ("6I", "segs_out segs_in notsent_bytes min_rtt data_segs_in "
             "data_segs_out"),
            ("4Q", "delivery_rate busy_time rwnd_limited sndbuf_limited"),
            ("2I", "delivered delivered_ce"),
            ("2Q", "bytes_sent bytes_retrans"),
            ("6I", "dsack_dups reord_seen rcv_ooopack snd_wnd rcv_wnd rehash"),
            ("2H", "total_rto total_rto_recoveries"),
            ("I", "total_rto_time")]


def text(value):
    data = value.encode()
    return struct.pack("=I", len(data)) + data


def record(*fields):
    """Fields that are bytes already, in the order of the manual"""
    data = b"".join(fields)
    return struct.pack("=I", len(data)) + padded(data, 4)


def u32(*values):
    return struct.pack(f"={len(values)}I", *values)


def u64(*values):
    return struct.pack(f"={len(values)}Q",
                       *(value & 0xffffffffffffffff for value in values))


def known(value):
    """With 1 added: 0 is unknown"""
    return u64(0 if value is None else value + 1)


def attribute(kind, data):
    return struct.pack("=HH", 4 + len(data), kind) + padded(data, 4)


def address(host):
    return padded(ipaddress.ip_address(host).packed, 16)


def tcp_info(values):
    parts = []
    for layout, names in TCP_INFO:
        parts.append(struct.pack("=" + layout,
                                 *(values.get(name, 0)
                                   for name in names.split())))
    return b"".join(parts)


class Socket:
    """What the kernel would say of it; @values are SK_MEMINFO_* and more"""

    def __init__(self, state, local, remote=("0.0.0.0", 0), *, inode=0,
                 cookie=0, uid=0, unread=0, unsent=0, cgroup=None, mark=None,
                 shutdown=0, info=None, congestion=None, ulp=None,
                 protocol=TCP, interface=0, timer=(0, 0), counters=True,
                 v6only=False, **memory):
        self.__dict__.update(
            state=state, local=local, remote=remote, inode=inode,
            cookie=cookie, uid=uid, unread=unread, unsent=unsent,
            cgroup=cgroup, mark=mark, shutdown=shutdown, info=info,
            congestion=congestion, ulp=ulp, protocol=protocol,
            interface=interface, timer=timer, counters=counters,
            v6only=v6only, memory=memory)
        assert set(memory) <= set(SKMEM), memory
        self.ipv6 = ":" in local[0]

    def skmem(self):
        usual = {"rcvbuf": 131072, "sndbuf": 87040}
        return [self.memory.get(name, usual.get(name, 0)) & 0xffffffff
                for name in SKMEM]

    def attributes(self, asked_info):
        out = b""
        if self.state in MINI:
            return out
        out += attribute(SHUTDOWN, bytes([self.shutdown]))
        if self.mark is not None:
            out += attribute(MARK, u32(self.mark))
        if self.cgroup is not None:
            out += attribute(CGROUP_ID, u64(self.cgroup))
        if self.ipv6 and self.state in ("listening", "closed"):
            out += attribute(V6ONLY, bytes([self.v6only]))
        if self.counters:
            out += attribute(SKMEMINFO, u32(*self.skmem()))
        if asked_info and self.info is not None:
            out += attribute(INFO, tcp_info(self.info))
        if self.congestion:
            out += attribute(CONG, self.congestion.encode() + b"\0")
        if self.ulp:
            out += attribute(ULP_INFO,
                             attribute(1, self.ulp.encode() + b"\0"))
        return out

    def message(self, asked_info):
        family = 10 if self.ipv6 else 2
        diag = struct.pack("=BBBB", family, STATES[self.state], *self.timer)
        diag += struct.pack(">HH", self.local[1], self.remote[1])
        diag += address(self.local[0]) + address(self.remote[0])
        diag += u32(self.interface, self.cookie & 0xffffffff,
                    self.cookie >> 32, 1000 * self.timer[0], self.unread,
                    self.unsent, self.uid, self.inode)
        diag += self.attributes(asked_info)
        return struct.pack("=IHHII", 16 + len(diag), 20, 2, 1, 0) + diag

    def dark_record(self, netns, slab):
        flags = (self.ipv6 | self.v6only << 3 | (self.cgroup is not None) << 4
                 | (self.mark is not None) << 5)
        return record(u32(netns, STATES[self.state], flags),
                      u64(self.cookie, self.cgroup or 0),
                      address(self.local[0]), address(self.remote[0]),
                      u32(self.local[1], self.remote[1], len(SKMEM),
                          *self.skmem(), self.inode, self.uid, self.unread,
                          self.unsent, self.interface, self.mark or 0, slab))


class Writer:
    """Head, sections with their checksums, end"""

    def __init__(self):
        head = b"\x89TCM\r\n\x1a\n" + struct.pack("=IHHI", 0x01020304, 1, 0, 0)
        self.data = head + u32(crc32c(head))
        self.count = self.payloads = 0

    def section(self, kind, payload):
        whole = padded(payload, 8)
        head = struct.pack(SECTION_HEAD, 0x63655354, kind, 0, self.count,
                           len(payload), len(self.data), crc32c(whole),
                           0)[:-4]
        self.data += head + u32(crc32c(head)) + whole
        if kind != END:
            self.count += 1
            self.payloads += len(payload)

    def records(self, kind, records):
        if records:
            self.section(kind, b"".join(records))

    def finish(self):
        self.section(END, u64(self.count, self.payloads))
        return self.data


class Host:
    """A host at a moment, to be filled and written

    @processes: pid -> dict; @holders: inode -> pids; @netns: dicts with their
    sockets
    """

    def __init__(self, wall, since_boot, *, holders=True, info=True):
        self.wall, self.since_boot = wall, since_boot
        self.boot = "0f" * 16
        self.query = ALL_STATES, holders, info
        self.facts, self.objects, self.cgroups = {}, {}, {}
        self.netns, self.dark, self.processes, self.holders = [], [], {}, {}
        self.closed = []
        self.all_read, self.foreign = True, False
        self.names, self.limits, self.accounting, self.warnings = \
            {}, [], {}, []

    def write(self):
        out = Writer()
        out.records(CLOCK, [record(u64(self.wall, self.since_boot),
                                   text(self.boot))])
        out.records(QUERY, [record(u32(*map(int, self.query)))])
        out.records(HOST, [record(text(name), u64(value))
                           for name, value in self.facts.items()])
        out.records(OBJECTS, [record(text(name), u32(size), text(source))
                              for name, (size, source)
                              in self.objects.items()])
        out.records(NETNS, [
            record(u32(number), u64(netns["inode"]), text(netns["name"]),
                   u32(netns.get("own", False)),
                   known(netns.get("time_wait")),
                   known(netns.get("time_wait_max")))
            for number, netns in enumerate(self.netns)])
        self.write_sockets(out)
        out.records(CGROUPS, [record(u64(number), text(path))
                              for number, path in self.cgroups.items()])
        self.write_processes(out)
        out.records(CLOSED, [record(u32(inode)) for inode in self.closed])
        out.records(NAMES, [record(text(number), text(name))
                            for number, name in self.names.items()])
        out.records(LIMITS, [
            record(u32(netns), text(name), u32(flags),
                   u64(value, low, used))
            for netns, name, flags, value, low, used in self.limits])
        out.records(ACCOUNTING, [record(text(name), u64(value))
                                 for name, value in self.accounting.items()])
        out.records(WARNINGS, [record(text(name), text(said))
                               for name, said in self.warnings])
        return out.finish()

    def write_sockets(self, out):
        for number, netns in enumerate(self.netns):
            sockets = netns["sockets"]
            for protocol in MPTCP, TCP:
                self.write_messages(out, number, protocol, ASKED, [
                    s for s in sockets if s.protocol == protocol])
            if self.query[1]:
                self.write_messages(out, number, TCP, LISTENERS, [
                    s for s in sockets if s.state == "listening"])
        out.records(DARK, [socket.dark_record(number, slab)
                           for number, socket, slab in self.dark])

    def write_messages(self, out, netns, protocol, role, sockets):
        if sockets:
            out.section(MESSAGES, u32(netns, protocol) +
                        u64(self.netns[netns]["inode"]) + u32(role, 0) +
                        b"".join(s.message(self.query[2]) for s in sockets))

    def write_processes(self, out):
        number = {pid: n for n, pid in enumerate(sorted(self.processes))}
        out.records(PROCESSES, [
            record(u32(number[pid], pid, process.get("uid", 0)),
                   u64(process.get("start", 1000)), text(process["comm"]),
                   text(process.get("exe", "")),
                   text(process.get("cgroup", "")),
                   text(process.get("cmdline", "")),
                   known(process.get("parent")), known(process.get("rss")),
                   known(process.get("files")))
            for pid, process in sorted(self.processes.items())])
        if self.query[1]:
            out.section(HOLDERS, u32(self.all_read, self.foreign) + b"".join(
                record(u32(inode, len(pids), *(number[p] for p in pids)))
                for inode, pids in sorted(self.holders.items())))

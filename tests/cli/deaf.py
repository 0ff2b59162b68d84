# SPDX-License-Identifier: LGPL-2.1-or-later
"""deaf - a TCP peer that is no socket of this host, and whose window shuts"""

import fcntl
import os
import struct

from containers import ip

TUNSETIFF = 0x400454ca
IFF_TUN_NO_PI = 0x1001
SYN, ACK = 0x02, 0x10
WINDOW = 60000


def checksum(data):
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def segment(source, target, ports, seq, ack, flags, window):
    """An IPv4 packet with a TCP header and nothing behind it"""
    tcp = struct.pack("!HHLLBBHHH", *ports, seq, ack, 5 << 4, flags, window,
                      0, 0)
    pseudo = source + target + struct.pack("!BBH", 0, 6, len(tcp))
    tcp = tcp[:16] + struct.pack("!H", checksum(pseudo + tcp)) + tcp[18:]
    header = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(tcp), 0, 0, 64, 6, 0)
    header += source + target
    return header[:10] + struct.pack("!H", checksum(header)) + header[12:] + tcp


class Deaf:
    """All addresses behind a tun device of this namespace"""

    def __init__(self, address):
        self.fd = os.open("/dev/net/tun", os.O_RDWR)
        fcntl.ioctl(self.fd, TUNSETIFF,
                    struct.pack("16sH22x", b"deaf", IFF_TUN_NO_PI))
        ip("addr", "add", address + "/24", "dev", "deaf")
        ip("link", "set", "deaf", "up")
        self.expected = {}  # by the ends: the next byte, and the last allowed

    def take(self, packet):
        """What is within the window is taken, and answered"""
        start = (packet[0] & 0xf) * 4
        ports = struct.unpack_from("!HH", packet, start)
        seq, _, offset, flags = struct.unpack_from("!LLBB", packet, start + 4)
        length = len(packet) - start - (offset >> 4) * 4
        ends = packet[12:20] + packet[start:start + 4]
        mine = 1
        if flags & SYN:
            self.expected[ends] = [seq + 1, seq + 1 + WINDOW]
            mine = 0
        elif not length:
            return
        state = self.expected[ends]
        if seq == state[0]:
            state[0] = min(seq + length, state[1])
        os.write(self.fd, segment(
            packet[16:20], packet[12:16], ports[::-1], mine,
            state[0] & 0xffffffff, ACK if mine else SYN | ACK,
            state[1] - state[0]))

    def serve(self):
        while True:
            packet = os.read(self.fd, 65536)
            if packet[:1] == b"\x45" and packet[9] == 6:
                self.take(packet)

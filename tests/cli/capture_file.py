# SPDX-License-Identifier: LGPL-2.1-or-later
"""capture_file - captures taken apart and forged, as tcpmem-capture(5) says"""

import re
import struct
import sys

HEAD_SIZE = 24
SECTION_HEAD = "=IHHIIQII"
SECTION_HEAD_SIZE = 32
CLOCK = 1

# What is asked of a capture in one byte order and in the other. Of tcp_info,
# numbers of each width: 32, 64, 16 and 8 bits.
QUESTIONS = (["summary", "-J"], ["ps", "-J"],
             ["sockets", "-J", "-o", "+rtt,snd_wnd,bytes_acked,pacing_rate,"
              "total_rto,retransmits"],
             ["by", "cgroup,program,netns,state", "-J"])


def crc32c(data):
    crc = 0xffffffff
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82f63b78 if crc & 1 else 0)
    return crc ^ 0xffffffff


def with_version(data, major, minor):
    """The same with another version in its head"""
    head = data[:12] + struct.pack("=HHI", major, minor, 0)
    return head + struct.pack("=I", crc32c(head)) + data[HEAD_SIZE:]


def with_payload(data, kind, change):
    """The same with what @change makes of the first section of that kind"""
    at = HEAD_SIZE
    while at < len(data):
        head = list(struct.unpack_from(SECTION_HEAD, data, at))
        begin = at + SECTION_HEAD_SIZE
        end = begin + (head[4] + 7 & ~7)
        if head[1] != kind:
            at = end
            continue
        payload = change(data[begin:end])
        assert len(payload) == end - begin
        head[6] = crc32c(payload)
        head[7] = crc32c(struct.pack(SECTION_HEAD, *head)[:-4])
        return (data[:at] + struct.pack(SECTION_HEAD, *head) + payload +
                data[end:])
    raise AssertionError(f"no section of type {kind}")


def of_another_boot(data):
    """The same, taken when the host was booted anew: the boot id is another"""
    return with_payload(data, CLOCK,
                        lambda p: p[:24] + bytes([p[24] ^ 1]) + p[25:])


# Fields of a section's records, as tcpmem-capture(5) has them: I and Q are
# numbers, t is a text, * stands for numbers up to the end, and others have no
# byte order.
RECORDS = {1: "QQt", 2: "III", 3: "IQtIQQ", 5: "", 6: "IIIQttttQQQ", 7: "II*",
           8: "Qt", 9: "tQ", 10: "tIt", 11: "tt",
           12: "IIIQQ" + 32 * "x" + 19 * "I", 13: "tQ",
           14: "tt", 15: "ItIQQQ"}
HOLDERS, MESSAGES, END = 7, 4, 0xffff
PREFIX = "IIQII"
NLMSGHDR = "IHHII"
DIAG = "4x36x8I"
# linux/tcp.h, up to tcpi_total_rto_time
TCP_INFO = "8x24I4Q6I4Q2I2Q6I2HI"
ATTRIBUTES = {7: "*", 15: "I", 21: "Q"}
INFO, MPTCP = 2, 262


def reversed_numbers(data, fields):
    """The bytes of each number of a struct turned round; the rest as it is"""
    out, at = bytearray(data), 0
    for count, field in re.findall(r"(\d*)([IQHx])", fields):
        size = {"I": 4, "Q": 8, "H": 2, "x": 1}[field]
        for _ in range(int(count or 1)):
            if at + size <= len(data):
                out[at:at + size] = data[at:at + size][::-1]
            at += size
    return bytes(out)


def padded(data, align):
    return data + bytes(-len(data) % align)


def other_record(data, fields):
    out, at = b"", 0
    for field in fields.replace("*", "I" * (len(data) // 4)):
        size = {"I": 4, "Q": 8, "t": 4, "x": 1}[field]
        part = data[at:at + size]
        at += size
        out += part[::-1]
        if field == "t":
            length = struct.unpack("=I", part)[0]
            out += data[at:at + length]
            at += length
    assert at >= len(data) and len(out) == len(data), (fields, data)
    return out


def other_attributes(data, mptcp):
    out = b""
    while data:
        length, kind = struct.unpack_from("=HH", data)
        payload = data[4:length]
        fields = ATTRIBUTES.get(kind, "")
        if kind == INFO and not mptcp:
            fields = TCP_INFO
        fields = fields.replace("*", f"{len(payload) // 4}I")
        out += padded(reversed_numbers(data[:4], "HH") +
                      reversed_numbers(payload, fields), 4)
        data = data[length + 3 & ~3:]
    return out


def other_messages(data):
    mptcp = struct.unpack_from("=II", data)[1] == MPTCP
    size = struct.calcsize("=" + PREFIX)
    out, data = reversed_numbers(data[:size], PREFIX), data[size:]
    while data:
        length = struct.unpack_from("=I", data)[0]
        out += padded(reversed_numbers(data[:16], NLMSGHDR) +
                      reversed_numbers(data[16:88], DIAG) +
                      other_attributes(data[88:length], mptcp), 4)
        data = data[length + 3 & ~3:]
    return out


def other_payload(kind, data):
    if kind == MESSAGES:
        return other_messages(data)
    if kind == END:
        return reversed_numbers(data, "QQ")
    out = b""
    if kind == HOLDERS:
        out, data = reversed_numbers(data[:8], "II"), data[8:]
    while data:
        length = struct.unpack_from("=I", data)[0]
        out += padded(data[:4][::-1] +
                      other_record(data[4:4 + length], RECORDS[kind]), 4)
        data = data[4 + (length + 3 & ~3):]
    return out


def in_other_order(data):
    """What a host of the other byte order would have written"""
    other = ">" if sys.byteorder == "little" else "<"
    out = data[:8] + reversed_numbers(data[8:20], "IHHI")
    out += struct.pack(other + "I", crc32c(out))
    at = HEAD_SIZE
    while at < len(data):
        head = list(struct.unpack_from(SECTION_HEAD, data, at))
        begin = at + SECTION_HEAD_SIZE
        payload = other_payload(head[1], data[begin:begin + head[4]])
        at = begin + (head[4] + 7 & ~7)
        payload = padded(payload, 8)
        assert begin + len(payload) == at
        head[6] = crc32c(payload)
        bare = struct.pack(SECTION_HEAD.replace("=", other), *head)[:-4]
        out += bare + struct.pack(other + "I", crc32c(bare)) + payload
    return out

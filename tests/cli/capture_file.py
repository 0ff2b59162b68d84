# SPDX-License-Identifier: LGPL-2.1-or-later
"""capture_file - captures taken apart and forged, as tcpmem-capture(5) says"""

import struct

HEAD_SIZE = 24
SECTION_HEAD = "=IHHIIQII"
SECTION_HEAD_SIZE = 32
CLOCK = 1


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

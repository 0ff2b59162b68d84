# SPDX-License-Identifier: LGPL-2.1-or-later
"""sockmap.py - BPF sockmaps with programs of a few instructions, assembled here

Sockets in a sockmap hand what they receive, or send, to its programs: these
let it pass, or put it into the queue of the map's first socket.
"""
import ctypes
import os
import platform
import struct

libc = ctypes.CDLL(None, use_errno=True)

SYS_BPF = {"x86_64": 321, "s390x": 351}.get(platform.machine(), 280)
MAP_CREATE, MAP_UPDATE, PROG_LOAD, PROG_ATTACH = 0, 2, 5, 8
MAP_TYPE_SOCKMAP = 15
TYPE_SK_SKB, TYPE_SK_MSG = 14, 16
# A verdict without a parser is of Linux 5.13; with one, 5.10 hangs when data
# comes in and nobody reads.
SK_SKB_VERDICT, SK_MSG_VERDICT = 38, 7
SK_REDIRECT_MAP, MSG_REDIRECT_MAP = 52, 60  # helpers
F_INGRESS = 1

RETURN_R0 = struct.pack("=BBhi", 0x95, 0, 0, 0)


def set_register(register, value):
    return struct.pack("=BBhi", 0xb7, register, 0, value)


PASS = set_register(0, 1) + RETURN_R0


def redirect(bpf_map, helper, flags):
    """To the first socket of the map; r1 is the program's argument still"""
    return (struct.pack("=BBhiBBhi", 0x18, 0x12, 0, bpf_map, 0, 0, 0, 0) +
            set_register(3, 0) + set_register(4, flags) +
            struct.pack("=BBhi", 0x85, 0, 0, helper) + RETURN_R0)


def bpf(command, layout, *values):
    attr = ctypes.create_string_buffer(struct.pack(layout, *values), 128)
    result = libc.syscall(SYS_BPF, command, attr, 128)
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, "bpf: %s" % os.strerror(number))
    return result


def load(kind, code):
    text = ctypes.create_string_buffer(code, len(code))
    licence = ctypes.create_string_buffer(b"GPL")
    return bpf(PROG_LOAD, "=IIQQ", kind, len(code) // 8,
               ctypes.addressof(text), ctypes.addressof(licence))


class Sockmap:
    def __init__(self):
        self.map = bpf(MAP_CREATE, "=IIII", MAP_TYPE_SOCKMAP, 4, 4, 8)

    def attach(self, kind, code, where):
        bpf(PROG_ATTACH, "=IIII", self.map, load(kind, code), where, 0)

    def put(self, *socks):
        for number, sock in enumerate(socks):
            key, value = ctypes.c_uint32(number), ctypes.c_uint32(sock.fileno())
            bpf(MAP_UPDATE, "=IIQQQ", self.map, 0, ctypes.addressof(key),
                ctypes.addressof(value), 0)

    def keep_received(self):
        """What a socket receives waits at the socket, past its queue"""
        self.attach(TYPE_SK_SKB, PASS, SK_SKB_VERDICT)

    def send_received(self):
        """What a socket receives is sent on by the first one"""
        self.attach(TYPE_SK_SKB, redirect(self.map, SK_REDIRECT_MAP, 0),
                    SK_SKB_VERDICT)

    def deliver_sent(self):
        """What a socket sends is in the first one's queue at once"""
        self.attach(TYPE_SK_MSG, redirect(self.map, MSG_REDIRECT_MAP,
                                          F_INGRESS), SK_MSG_VERDICT)

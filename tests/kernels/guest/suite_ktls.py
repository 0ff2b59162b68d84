# SPDX-License-Identifier: LGPL-2.1-or-later
"""suite_ktls.py - open records of kernel TLS are charged and in no counter"""
import socket
import struct
import subprocess
import time

import kit
import sockets

TCP_ULP = 31
SOL_TLS = 282
TX, RX = 1, 2
PAIRS = 300
RECORD = 12000


def crypto():
    """TLS 1.2, AES-GCM-128"""
    return struct.pack("HH", 0x0303, 51) + bytes(8 + 16 + 4 + 8)


def open_records():
    scene = sockets.Scene("IPv4")
    listener = scene.listen()
    for _ in range(PAIRS):
        client = scene.connect(listener)
        server, _ = listener.accept()
        scene.held.append(server)
        for sock, side in ((client, TX), (server, RX)):
            sock.setsockopt(socket.IPPROTO_TCP, TCP_ULP, b"tls")
            sock.setsockopt(SOL_TLS, side, crypto())
        client.send(b"x" * RECORD, socket.MSG_MORE)
    return scene


def warned(*arguments):
    answer = kit.answer(*arguments)
    codes = [warning["code"] for warning in answer["warnings"]]
    return None if "ktls" in codes and not answer["complete"] else codes


def reconciled():
    found = kit.answer("summary")["reconcile"]
    causes = [cause["code"] for cause in found["causes"]]
    if found["verdict"] != "agrees" and causes != ["ktls"]:
        return found
    return None


def check_says_it():
    done = kit.command("check", "--max-held=1T")
    said = done.stdout + done.stderr
    return None if "kernel TLS" in said else said


def run():
    if subprocess.call(["modprobe", "tls"], stderr=subprocess.DEVNULL):
        kit.say("skip", "all", "this kernel has no kernel TLS")
        return
    scene = open_records()
    time.sleep(0.5)
    kit.case("summary", warned, "summary")
    kit.case("ps", warned, "ps")
    kit.case("reconciliation", reconciled)
    kit.case("check", check_says_it)
    scene.close()

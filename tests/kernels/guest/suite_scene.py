# SPDX-License-Identifier: LGPL-2.1-or-later
"""suite_scene.py - sockets of every kind: tcpmem beside ss and the process

Each of their counters has to be equal, socket by socket, and the sum has to
be the kernel's own.
"""
import os
import re
import subprocess
import time

import kit
import sockets


def by_ss():
    """cookie -> the nine counters, or None for a mini-socket"""
    rows = {}
    for protocol in ("-t", "-M"):
        text = subprocess.run(["ss", "-Hneamo", protocol],
                              stdout=subprocess.PIPE, text=True).stdout
        for line in text.replace("\n\t", " ").splitlines():
            cookie = int(re.search(r"\bsk:([0-9a-f]+)", line).group(1), 16)
            found = re.search(r"skmem:\(([^)]*)\)", line)
            if not found:
                rows[cookie] = None
                continue
            value = {letter: int(number) for letter, number in
                     re.findall(r"([a-z]+)(\d+)", found.group(1))}
            value["f"] -= (value["f"] >> 31) << 32
            rows[cookie] = tuple(value[l] for l in sockets.LETTERS)
    return rows


def by_tcpmem():
    """(cookie, inode, the nine counters or None) of each row, and its state"""
    return [(int(row["cookie"] or 0), row["inode"],
             None if row["rmem_bytes"] is None else
             tuple(row[field] for field in sockets.FIELDS), row["state"])
            for row in kit.answer("sockets")["rows"]]


def between(value, before, after):
    """Drops only grow; what else moved is as it was at one of the readings"""
    if None in (value, before, after):
        return value in (before, after)
    return (value[:-1] in (before[:-1], after[:-1]) and
            before[-1] <= value[-1] <= after[-1])


def is_idle_msk(sock, memory):
    """In no table, and it holds nothing but itself: no dump shows such"""
    return (sock.proto == sockets.IPPROTO_MPTCP and
            not any(memory[i] for i in (0, 2, 4, 5, 6, 7)))


def differences(scene):
    """What tcpmem says otherwise than ss, or than the sockets' own process"""
    ss, own = by_ss(), [sockets.memory(sock) for sock in scene.held]
    rows = by_tcpmem()
    ss_after, own_after = by_ss(), [sockets.memory(s) for s in scene.held]
    wrong = []
    found = {row[0]: row for row in rows}
    for cookie in ss.keys() & ss_after.keys():
        row = found.get(cookie)
        if not row:
            wrong.append("ss alone has %x: %s" % (cookie, ss[cookie]))
        elif not between(row[2], ss[cookie], ss_after[cookie]):
            wrong.append("%s %s, ss %s" % (row[3], row[2], ss[cookie]))
    for sock, before, after in zip(scene.held, own, own_after):
        cookie, inode = sockets.cookie(sock), os.fstat(sock.fileno()).st_ino
        # what no dump shows is found by its inode
        seen = [row for row in rows if row[0] == cookie or
                (not row[0] and row[1] == inode)]
        if not seen and is_idle_msk(sock, before):
            continue
        if not seen:
            wrong.append("not seen: %r" % sock)
        elif not any(between(row[2], before, after) for row in seen):
            wrong.append("%s, its process %s" % (seen, before))
    return wrong


def compare(scene, kind):
    kind(scene)
    time.sleep(0.2)
    for _ in range(5):  # retransmits move counters between the readings
        wrong = differences(scene)
        if not wrong:
            return None
    return "; ".join(wrong[:3])


def reconciled():
    """The kernel's own count, and nothing unnamed between it and ours"""
    for _ in range(5):
        answer = kit.answer("summary")
        found = answer["reconcile"]
        if found["verdict"] == "agrees" and not answer["warnings"]:
            return None
        time.sleep(1)
    return "%s, warnings %s" % (found, answer["warnings"])


def held(source):
    """(inode, cookie, state) of the sockets that this process holds"""
    return {(row["inode"], row["cookie"], row["state"], row["protocol"])
            for row in kit.answer("sockets", "--holders=" + source)["rows"]
            if os.getpid() in [h["pid"] for h in row["holders"]]}


def same_by_bpf():
    """Holders found by BPF and by /proc are the same"""
    done = kit.command("sockets", "--holders=bpf")
    if done.returncode:
        raise kit.Skip(done.stderr.strip())
    for _ in range(3):  # sockets close meanwhile
        bpf, proc = held("bpf"), held("proc")
        if bpf == proc:
            return None
    return "BPF alone %s, /proc alone %s" % (bpf - proc, proc - bpf)


def run():
    scenes = []
    for variant in sockets.VARIANTS:
        scene = sockets.Scene(variant)
        try:
            scene.drop(scene.socket())
        except OSError as error:
            kit.say("skip", variant, "this kernel refuses such a socket: %s" %
                    error.strerror)
            continue
        scenes.append(scene)
        for name, kind in sockets.KINDS.items():
            kit.case("%s, %s" % (variant, name), compare, scene, kind)
        kit.case("%s, the kernel's count" % variant, reconciled)
    kit.case("holders by BPF", same_by_bpf)
    for scene in scenes:
        scene.close()

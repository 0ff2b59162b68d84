# SPDX-License-Identifier: LGPL-2.1-or-later
"""suite_nobtf.py - a mount hides the kernel's type information"""
import os
import time

import kit
import sockets

DEFAULTS_APART = 0.10  # as "summary" says

HIDE = ("unshare", "-m", "sh", "-c",
        'mount -t tmpfs none /sys/kernel/btf && exec "$@"', "hide")
AS_NOBODY = HIDE + ("setpriv", "--reuid=65534", "--regid=65534",
                    "--clear-groups")


def same_total():
    for _ in range(5):  # sockets of earlier suites close, or send again
        plain = kit.answer("summary")["total"]
        hidden = kit.answer("summary", prefix=HIDE)["total"]
        wrong = [key for key in ("sockets", "charged_bytes", "buffer_bytes")
                 if plain[key] != hidden[key]]
        if not wrong:
            return None
        time.sleep(1)
    return wrong


def sources_are_said():
    """A size that nothing tells is a default, and called so"""
    objects = {o["name"]: o for o in kit.answer("summary",
                                                prefix=AS_NOBODY)["objects"]}
    inode = objects["sock_inode_cache"]
    return None if inode["source"] == "default" else inode


def objects_of(sock, prefix):
    inode = os.fstat(sock.fileno()).st_ino
    return next(row["object_bytes"] for row in
                kit.answer("sockets", prefix=prefix)["rows"]
                if row["inode"] == inode)


def defaults_are_near(sock):
    """What "summary --all" says of a default holds for an open socket"""
    said = kit.text("summary", "--all", prefix=AS_NOBODY)
    if "default: an open socket within 10 %" not in said:
        return said
    real, default = (objects_of(sock, prefix) for prefix in ((), AS_NOBODY))
    if abs(default - real) > DEFAULTS_APART * real:
        return "%d by default, %d" % (default, real)
    return None


def holders():
    rows = kit.answer("by", "process", prefix=HIDE)["rows"]
    return None if any(r["kind"] == "process" for r in rows) else rows


def run():
    scene = sockets.Scene("IPv4")
    sockets.full(scene)
    kit.case("totals", same_total)
    kit.case("sizes of objects", sources_are_said)
    kit.case("range of defaults", defaults_are_near, scene.held[-1])
    kit.case("holders", holders)
    scene.close()

# SPDX-License-Identifier: LGPL-2.1-or-later
"""suite_nodiag.py - the kernel's diag modules are not there

An answer that needs them has a warning that names the module, whether sockets
are from /proc/net/tcp or from nowhere; never a silent 0.
"""
import subprocess

import kit
import sockets

MODPROBE = "/proc/sys/kernel/modprobe"


def built_in(module):
    version = kit.read("/proc/sys/kernel/osrelease").strip()
    return "/%s.ko" % module in kit.read("/lib/modules/%s/modules.builtin" %
                                         version)


def warned(*arguments):
    if built_in("tcp_diag"):
        raise kit.Skip("tcp_diag is part of this kernel's image")
    done = kit.command(*arguments)
    said = done.stderr + done.stdout
    if "NETLINK_SOCK_DIAG cannot be used" not in said or \
            "tcp_diag" not in said:
        return "exit %d: %s" % (done.returncode, said)
    return None


def without_mptcp():
    """msks live and mptcp_diag is not loaded: named, and not by a race"""
    if built_in("mptcp_diag"):
        raise kit.Skip("mptcp_diag is part of this kernel's image")
    scene = sockets.Scene("MPTCP")
    try:
        client, _ = scene.pair()
    except OSError as error:
        raise kit.Skip("this kernel refuses an MPTCP socket: %s" %
                       error.strerror)
    sockets.fill(client)
    answer = kit.answer("summary")
    scene.close()
    codes = [w["code"] for w in answer["warnings"]]
    causes = answer["reconcile"].get("causes", [])
    if "mptcp-missing" not in codes or answer["complete"]:
        return "warnings %s, complete %s" % (codes, answer["complete"])
    if any(cause["code"] == "race" for cause in causes):
        return "causes %s" % causes
    return None


def run():
    before = kit.read(MODPROBE)
    kit.write(MODPROBE, "/bin/false")
    for arguments in (["summary", "-v"], ["sockets"], ["by", "process"],
                      ["check", "--max-sockets=10"]):
        kit.case(" ".join(arguments), warned, *arguments)
    kit.write(MODPROBE, before)
    subprocess.call(["modprobe", "tcp_diag"])
    kit.write(MODPROBE, "/bin/false")
    kit.case("summary without mptcp_diag", without_mptcp)
    kit.write(MODPROBE, before)

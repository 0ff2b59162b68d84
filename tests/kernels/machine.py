#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""machine.py - boots a root directory with systemd in it, for one command

    machine.py --root DIR --cache DIR [--seconds N] COMMAND

DIR is a whole system of its own, as mmdebstrap makes it; it is read-only and
below a tmpfs. COMMAND is for bash, as root, with the system up; what it says is
printed, and its exit code is this program's. No network but loopback.
"""
import argparse
import os
import shutil
import subprocess
import sys
import tempfile

import fetch
import kernels

VERSION = "6.1"
SECONDS = 1800
PLACE = "/machine"  # in the guest

INIT = """\
#!/bin/bash
mount -t tmpfs -o mode=755 run /run
hostname guest
exec /lib/systemd/systemd
"""

# The machine goes down whatever became of the command.
UNIT = """\
[Unit]
Description=What the machine was booted for
After=multi-user.target

[Service]
Type=oneshot
StandardOutput=tty
StandardError=tty
TTYPath=/dev/ttyS1
Environment=LC_ALL=C.UTF-8 HOME=/root
ExecStart=-/bin/bash -c 'bash %s/command; code=$$?; echo; echo "machine: exit $$code"'
ExecStopPost=systemctl poweroff --force --force
""" % PLACE


def prepare(root, place, command):
    folder = root + PLACE
    units = os.path.join(root, "etc/systemd/system")
    wants = os.path.join(units, "graphical.target.wants")
    for path in folder, wants:
        os.makedirs(path, exist_ok=True)
    for path, text in ((folder + "/init", INIT), (folder + "/command", command),
                       (units + "/machine.service", UNIT)):
        with open(path, "w") as file:
            file.write(text)
    link = os.path.join(wants, "machine.service")
    if not os.path.lexists(link):
        os.symlink("../machine.service", link)
    shutil.copytree(os.path.join(place, "lib/modules"),
                    os.path.join(root, "usr/lib/modules"), dirs_exist_ok=True,
                    symlinks=True)


def boot(root, place, seconds):
    """Return: what the command said, and the console"""
    with tempfile.TemporaryDirectory() as out:
        console, answers = (os.path.join(out, n) for n in
                            ("console", "answers"))
        command = kernels.guest_command(
            place, "console=ttyS0 panic=-1 loglevel=4 no_timer_check "
            "systemd.show_status=0 systemd.mask=serial-getty@ttyS0.service "
            "systemd.mask=systemd-networkd-wait-online.service", console,
            answers, root)
        try:
            subprocess.run(command, stdin=subprocess.DEVNULL, timeout=seconds)
        except subprocess.TimeoutExpired:
            print("machine: ended after its time", file=sys.stderr)
        return [open(path, errors="replace").read()
                for path in (answers, console)]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--root", required=True)
    parser.add_argument("--cache", required=True)
    parser.add_argument("--seconds", type=int, default=SECONDS)
    parser.add_argument("command")
    args = parser.parse_args()
    os.makedirs(args.cache, exist_ok=True)
    place = fetch.fetch(VERSION, args.cache, PLACE)
    root = os.path.abspath(args.root)
    prepare(root, place, args.command + "\n")
    said, console = boot(root, place, args.seconds)
    said, mark, code = said.replace("\r", "").rpartition("\nmachine: exit ")
    print(said, end="")
    if not mark:
        print(code, *console.splitlines()[-20:], sep="\n")
        return 1
    return int(code.split()[0])  # what systemd says follows


if __name__ == "__main__":
    sys.dont_write_bytecode = True
    try:
        sys.exit(main())
    except fetch.Unavailable as why:
        sys.exit("machine: %s" % why)

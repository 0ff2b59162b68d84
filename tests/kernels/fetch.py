# SPDX-License-Identifier: LGPL-2.1-or-later
"""fetch.py - Debian kernels of several suites, unpacked and not installed

    build-kernels/apt       an apt root of its own: the machine's stays as it is
    build-kernels/VERSION   vmlinuz, lib/modules, initramfs.gz

The mirror is the one that the machine's own sources name.
"""
import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

SUITES = ("bullseye", "bookworm", "trixie", "trixie-backports")
NEWEST = "newest"
LISTS_SECONDS = 7 * 24 * 3600  # how long package lists are good for

# What guests can use of some hundred megabytes of modules.
PARTS = ("arch", "crypto", "fs", "lib", "mm", "net", "drivers/char",
         "drivers/infiniband/core", "drivers/virtio",
         "drivers/net/[a-z0-9_-]*.ko*")

# What mounts the guest's root.
MODULES = ("virtio_pci", "9pnet_virtio", "9p", "overlay")

APT_CONF = """\
Dir "{0}";
Dir::State::status "{0}/status";
Dir::Etc "{0}/etc";
Dir::Etc::sourcelist "{0}/sources.list";
Dir::Etc::sourceparts "-";
APT::Architecture "amd64";
APT::Architectures {{ "amd64"; }};
APT::Sandbox::User "root";
Acquire::Languages "none";
Acquire::GzipIndexes "true";
"""

INIT = """\
#!/bin/sh
b=/bin/busybox
$b mount -t proc proc /proc
$b mount -t sysfs sys /sys
$b mount -t devtmpfs dev /dev
for module in $($b cat /modules/order); do
	$b insmod /modules/$module || echo "insmod $module failed"
done
# "loose": nobody else writes there, so that nothing is asked for twice.
$b mount -t 9p -o ro,trans=virtio,version=9p2000.L,cache=loose,msize=524288 \\
	root /lower || exec $b poweroff -f
$b mount -t tmpfs tmpfs /upper
$b mkdir /upper/changed /upper/work
$b mount -t overlay -o \\
	lowerdir=/lower,upperdir=/upper/changed,workdir=/upper/work \\
	overlay /root || exec $b poweroff -f
for part in proc sys dev; do
	$b mount --move /$part /root/$part
done
exec $b switch_root /root /bin/bash {guest}/init
"""


class Unavailable(Exception):
    """A kernel that cannot be had here; the text says why."""


def run(*command, **options):
    return subprocess.run(command, check=True, text=True,
                          stdout=subprocess.PIPE, **options).stdout


def mirror():
    """The machine's own mirror of Debian"""
    targets = run("apt-get", "indextargets", "--format",
                  "$(ORIGIN) $(LABEL) $(SIGNED_BY) $(REPO_URI)",
                  "Created-By: Packages")
    for line in targets.splitlines():
        fields = line.split()
        if fields[:2] == ["Debian", "Debian"]:
            return fields[-1]
    raise Unavailable("no mirror of Debian in this machine's apt sources")


class Apt:
    """An apt root that knows all suites"""

    def __init__(self, place):
        self.place = place
        self.env = dict(os.environ,
                        APT_CONFIG=os.path.join(place, "apt.conf"))
        stamp = os.path.join(place, "updated")
        if (os.path.exists(stamp) and
                time.time() - os.stat(stamp).st_mtime < LISTS_SECONDS):
            return
        for folder in ("etc/apt.conf.d", "etc/preferences.d",
                       "var/lib/apt/lists/partial",
                       "var/cache/apt/archives/partial"):
            os.makedirs(os.path.join(place, folder), exist_ok=True)
        self.write("apt.conf", APT_CONF.format(place))
        self.write("status", "")
        source = ("deb [signed-by=/usr/share/keyrings/"
                  "debian-archive-keyring.gpg] %s %s main\n")
        uri = mirror()
        self.write("sources.list",
                   "".join(source % (uri, suite) for suite in SUITES))
        run("apt-get", "update", env=self.env, stderr=subprocess.STDOUT)
        self.write("updated", "")

    def write(self, name, text):
        with open(os.path.join(self.place, name), "w") as file:
            file.write(text)

    def packages(self):
        return run("apt-cache", "pkgnames", "linux-", env=self.env).split()

    def resolve(self, version):
        """The name of the newest kernel of a version, as 6.1.0-50-amd64"""
        pattern = re.compile(r"linux-image-((\d[^-]*)(-\d+)?-amd64)$")
        found = [m.group(1) for m in map(pattern.match, self.packages()) if m]
        if version != NEWEST:
            found = [name for name in found
                     if re.match(re.escape(version) + r"[.+-]", name)]
        if not found:
            raise Unavailable("the mirror has no kernel %s" % version)
        return max(found, key=lambda name:
                   [int(n) for n in re.findall(r"\d+", name)])

    def download(self, name, folder):
        """The packages of a kernel. Return: their paths"""
        there = set(self.packages())
        # From 7.x on linux-image depends on those that hold the files.
        wanted = [part + name for part in
                  ("linux-image-", "linux-binary-", "linux-modules-",
                   "linux-base-") if part + name in there]
        run("apt-get", "download", *wanted, cwd=folder, env=self.env)
        return glob.glob(os.path.join(folder, "*.deb"))


def unpack(package, place):
    patterns = ["./boot/vmlinuz-*"]
    for modules in ("./lib/modules/*/", "./usr/lib/modules/*/"):
        patterns += [modules + "vmlinuz", modules + "modules.*"]
        patterns += [modules + "kernel/" + part for part in PARTS]
    data = subprocess.Popen(["dpkg-deb", "--fsys-tarfile", package],
                            stdout=subprocess.PIPE)
    # tar fails where a pattern names nothing: each package has some of them
    subprocess.run(["tar", "-x", "-C", place, "--wildcards",
                    "--no-wildcards-match-slash"] + patterns,
                   stdin=data.stdout, stderr=subprocess.DEVNULL)
    if data.wait():
        raise Unavailable("%s cannot be unpacked" % os.path.basename(package))


def settle(place):
    """One layout, whatever the packages' is"""
    if os.path.isdir(os.path.join(place, "usr/lib/modules")):
        os.makedirs(os.path.join(place, "lib"), exist_ok=True)
        os.rename(os.path.join(place, "usr/lib/modules"),
                  os.path.join(place, "lib/modules"))
    version, = os.listdir(os.path.join(place, "lib/modules"))
    modules = os.path.join(place, "lib/modules", version)
    for name in ("modules.order", "modules.builtin"):
        open(os.path.join(modules, name), "a").close()
    run("depmod", "-b", place, version)
    images = (glob.glob(os.path.join(place, "boot/vmlinuz-*")) +
              glob.glob(os.path.join(modules, "vmlinuz")))
    os.rename(images[0], os.path.join(place, "vmlinuz"))


def module_files(place):
    """The files of MODULES and of what they depend on, in their order"""
    version, = os.listdir(os.path.join(place, "lib/modules"))
    files = []
    for module in MODULES:
        text = run("modprobe", "-d", place, "-S", version, "--show-depends",
                   module)
        files += [line.split()[1] for line in text.splitlines()
                  if line.startswith("insmod ")]
    return list(dict.fromkeys(files))


def make_initramfs(place, guest):
    """busybox, the modules of the guest's root, and an init that goes there"""
    tree = tempfile.mkdtemp()
    try:
        for name in ("bin", "dev", "lower", "modules", "proc", "root", "sys",
                     "upper"):
            os.mkdir(os.path.join(tree, name))
        shutil.copy(shutil.which("busybox"), os.path.join(tree, "bin"))
        os.symlink("busybox", os.path.join(tree, "bin/sh"))
        order = []
        for path in module_files(place):
            name = os.path.basename(path)
            if name.endswith(".xz"):
                name = name[:-3]
                with open(os.path.join(tree, "modules", name), "wb") as file:
                    subprocess.run(["xz", "-dc", path], stdout=file,
                                   check=True)
            else:
                shutil.copy(path, os.path.join(tree, "modules"))
            order.append(name + "\n")
        with open(os.path.join(tree, "modules/order"), "w") as file:
            file.writelines(order)
        with open(os.path.join(tree, "init"), "w") as file:
            file.write(INIT.format(guest=guest))
        os.chmod(os.path.join(tree, "init"), 0o755)
        run("sh", "-c", "find . | cpio -o -H newc --quiet | gzip -1 >"
            "'%s/initramfs.gz'" % place, cwd=tree)
    finally:
        shutil.rmtree(tree)


def fetch(version, cache, guest):
    """A kernel, from the cache or the mirror. Return: its folder"""
    apt = Apt(os.path.join(cache, "apt"))
    name = apt.resolve(version)
    place = os.path.join(cache, name)
    if not os.path.exists(os.path.join(place, "vmlinuz")):
        print("kernels: fetching %s" % name, file=sys.stderr)
        shutil.rmtree(place, ignore_errors=True)
        os.mkdir(place)
        with tempfile.TemporaryDirectory(dir=cache) as folder:
            for package in apt.download(name, folder):
                unpack(package, place)
        settle(place)
    make_initramfs(place, guest)
    return place

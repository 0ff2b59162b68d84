# SPDX-License-Identifier: LGPL-2.1-or-later
"""hosts - hosts that never were, at moments that a question can be put to

  shop     a busy server: nginx, a Java program that leaks connections and
           reads too late, redis, a client in another network namespace;
           minute by minute
  full     near each limit that a host has
  blind    what a caller sees who may see little
  old      a kernel without memory counters and without cgroups
  unasked  the first moment of shop, saved without processes
  bare     no socket at all
  again    the first moment of shop, a minute later: nothing has happened
  half     the same; of one of two namespaces memory counters are not known
  partly   of one of two namespaces sysctls and counters are not there, and
           it has the more sockets
  cut      shop before its last minute, whose dump was interrupted
  resized  again, its sizes of objects read where not root may read them
  anew     the crowd two minutes after the first moment of shop, on another
           run of the kernel
  crowd    more processes than a store names; p0 holds the most at first, then
           the least, and p1 is gone
  away     shop five hours after its second moment, the clock set by three
           seconds meanwhile
  small    shop, where what waits is little
  rebooted the first moment of shop, of another boot; rebooted8, rebooted9:
           without a socket, on another run of the kernel after shop
  estab    the second one, of established connections alone
  queue    a full listener, in another namespace than the lower somaxconn
  backlog  a full listener, with a backlog of 0
  almost   a process that holds nearly all
  chain    three that wait for each other, the last of which does not read
  ring     two that write, and read nothing from each other
  part     of shop, what a filter let the kernel leave out others of
  unread   the counters of a socket are not known, and the kernel has 3 GiB
  unfound  unasked, and the kernel has three more sockets
  chosen   shop, of which one namespace and two states were asked for
  closed   shop, where two sockets were closed before their holders were looked
           for, one of them with data to send
"""

import capture
from capture import Host, Socket

# 2026-11-22T12:00:00Z, and how long the host had been up
WALL, SINCE_BOOT = 1795348800 * 10**9, 3 * 86400 * 10**9
MINUTE = 60 * 10**9
ANOTHER_BOOT = "1e" * 16
CONTAINER = "4f" * 32
SLICE = "/kubepods.slice/kubepods-burstable.slice/"
CGROUPS = {1: "/", 21: "/system.slice/nginx.service",
           22: "/system.slice/redis.service",
           23: SLICE + f"cri-containerd-{CONTAINER}.scope",
           24: "/user.slice/user-1001.slice/session-3.scope", 25: ""}
OBJECTS = {"TCP": (2560, "slabinfo"), "TCPv6": (2752, "slabinfo"),
           "MPTCP": (2048, "slabinfo"), "MPTCPv6": (2304, "slabinfo"),
           "sock_inode_cache": (896, "slabinfo"), "filp": (256, "slabinfo"),
           "dentry": (192, "slabinfo"), "tw_sock_TCP": (256, "slabinfo"),
           "request_sock_TCP": (352, "slabinfo"),
           "inet_bind_bucket": (128, "sysfs"),
           "inet_bind2_bucket": (128, "sysfs"),
           "mptcp_subflow_context": (512, "btf")}
GIB = 1 << 30

NGINX = {"exe": "/usr/sbin/nginx", "cgroup": CGROUPS[21], "comm": "nginx"}
PROCESSES = {
    100: dict(NGINX, start=5000, parent=1, rss=9 << 20, files=21,
              cmdline="nginx: master process /usr/sbin/nginx"),
    101: dict(NGINX, uid=50033, start=5010, parent=100, rss=14 << 20, files=40,
              cmdline="nginx: worker process"),
    102: dict(NGINX, uid=50033, start=5011, parent=100, rss=12 << 20, files=38,
              cmdline="nginx: worker process"),
    200: {"comm": "java", "exe": "/opt/jdk/bin/java", "uid": 51000,
          "cgroup": CGROUPS[23], "start": 90000, "parent": 150,
          "rss": 700 << 20, "files": 300,
          "cmdline": "java -jar shop.jar --password=secret"},
    300: {"comm": "redis-server", "exe": "/usr/bin/redis-server", "uid": 50999,
          "cgroup": CGROUPS[22], "start": 6000, "parent": 1,
          "rss": 40 << 20, "files": 12, "cmdline": "redis-server *:6379"},
    400: {"comm": "curl", "exe": "/usr/bin/curl", "uid": 51001,
          "cgroup": CGROUPS[24], "start": 25800000, "parent": 390,
          "rss": 6 << 20, "files": 6, "cmdline": "curl http://[fd00::2]/"},
    500: {"comm": "e\x1b[31m\tl", "exe": "/tmp/a \"b\\c", "uid": 65534,
          "cgroup": "", "start": 25900000, "parent": 1,
          "rss": 2 << 20, "files": 4, "cmdline": "\x07 <&>'\""},
}


def moving(ahead, **more):
    """A tcp_info in which all has a number, and no two have the same"""
    names = " ".join(names for _, names in capture.TCP_INFO).split()
    values = {name: 11 + 7 * at for at, name in enumerate(names)}
    values.update(state=1, wscale=0x97, limited=0, options=7,
                  bytes_acked=100000 + ahead, bytes_received=50000 + ahead,
                  pacing_rate=12500000, delivery_rate=1250000,
                  max_pacing_rate=(1 << 64) - 1)
    values.update(more)
    return values


def served(host, sockets, minute):
    """What nginx has open"""
    for at, local in enumerate((("0.0.0.0", 80), ("::", 80))):
        inode = 1000 + at
        sockets.append(Socket("listening", local, inode=inode,
                              cookie=inode, cgroup=21, unread=2 - at,
                              unsent=511, v6only=True))
        host.holders[inode] = [100, 101, 102]
    for at in range(6):
        inode = 1011 + at
        unread = 3000 * at * (1 + minute % 3)
        worker = 101 + at % 2
        sockets.append(Socket(
            "established", ("10.0.0.1", 80), (f"10.0.9.{at + 1}", 40000 + at),
            inode=inode, cookie=inode, uid=50033, cgroup=21, unread=unread,
            unsent=1448 * at, rmem=unread + unread // 2,
            wmem_queued=2304 * at, wmem_alloc=2304 * at,
            fwd_alloc=4096 - (unread + unread // 2 + 2304 * at) % 4096,
            congestion="cubic" if at % 2 else "bbr", timer=(1, at),
            info=moving(1000 * minute, rtt=1000 * (at + 1),
                        notsent_bytes=100 * at, retrans=at % 2)))
        host.holders[inode] = [worker]
    for at in range(2):  # not accepted yet
        sockets.append(Socket(
            "established", ("10.0.0.1", 80), (f"10.0.8.{at + 1}", 50000),
            cookie=1100 + at, unread=700, rmem=2304, fwd_alloc=1792,
            congestion="cubic", info=moving(0)))
    sockets.append(Socket("syn-recv", ("10.0.0.1", 80), ("10.0.8.9", 50009),
                          cookie=1109))
    sockets += [Socket("time-wait", ("10.0.0.1", 80), (f"10.0.7.{at}", 6000),
                       cookie=0, timer=(3, 0)) for at in range(1, 4)]


def leaking(host, sockets, minute):
    """What the Java program has open: two more each minute, never closed"""
    for at in range(3 + 2 * minute):
        inode = 2000 + at
        sockets.append(Socket(
            "close-wait", ("10.0.0.1", 45000 + at), ("10.0.5.5", 5432),
            inode=inode, cookie=inode, uid=51000, cgroup=23, unread=1,
            rmem=768, fwd_alloc=3328, shutdown=1, congestion="cubic",
            info=moving(0, last_data_recv=3600000, last_data_sent=3700000)))
        host.holders[inode] = [200]
    # redis waits for the Java program to read
    unread = 60000 + 20000 * minute
    here, there = ("127.0.0.1", 6379), ("127.0.0.1", 38000)
    sockets.append(Socket(
        "established", there, here, inode=2500, cookie=2500, uid=51000,
        cgroup=23, unread=unread, rmem=unread + 7000, rcvbuf=131072,
        fwd_alloc=4096 - (unread + 7000) % 4096, congestion="cubic",
        info=moving(0, rcv_wnd=0, rcv_space=14480)))
    sockets.append(Socket(
        "established", here, there, inode=3000, cookie=3000, uid=50999,
        cgroup=22, unsent=90000 + 1000 * minute, wmem_queued=98304,
        wmem_alloc=1, fwd_alloc=0, congestion="cubic", timer=(4, 2),
        info=moving(0, snd_wnd=0, probes=2, backoff=2,
                    notsent_bytes=90000 + 1000 * minute)))
    host.holders.update({2500: [200], 3000: [300]})
    sockets.append(Socket("listening", here, inode=3001, cookie=3001, uid=50999,
                          cgroup=22, unsent=128))
    sockets.append(Socket("bound-inactive", ("0.0.0.0", 9999), inode=2600,
                          cookie=2600, uid=51000, cgroup=23, mark=7))
    host.holders.update({3001: [300], 2600: [200]})
    sockets.append(Socket("established", ("10.0.0.1", 41000),
                          ("10.0.6.6", 443), inode=2700, cookie=2700,
                          uid=51000, cgroup=23, protocol=capture.MPTCP))
    sockets.append(Socket("established", ("10.0.0.1", 41000),
                          ("10.0.6.6", 443), inode=2700, cookie=2701,
                          uid=51000, cgroup=23, rmem=4352, unread=2000,
                          fwd_alloc=3840, ulp="mptcp", congestion="cubic",
                          info=moving(0)))
    host.holders[2700] = [200, 500]


def closing(host, sockets):
    """What no process holds any more, or not yet"""
    for state, port in (("fin-wait-1", 7001), ("fin-wait-2", 7002),
                        ("last-ack", 7003), ("closing", 7004)):
        sockets.append(Socket(
            state, ("10.0.0.1", port), ("203.0.113.7", 443), cookie=port,
            unsent=5000, wmem_queued=6912, fwd_alloc=1280, shutdown=3,
            congestion="cubic", timer=(1, 3), info=moving(0, retransmits=3)))
    sockets.append(Socket("established", ("10.0.0.1", 7100),
                          ("203.0.113.8", 22), inode=7100, cookie=7100,
                          congestion="cubic", info=moving(0)))  # in flight
    sockets.append(Socket("established", ("10.0.0.1", 2049),
                          ("10.0.3.3", 800), cookie=7200, rmem=2304,
                          fwd_alloc=1792, congestion="cubic",
                          info=moving(0)))  # of no fd, and of no queue
    host.dark.append((0, Socket("closed", ("10.0.0.1", 8081), inode=7300,
                                cookie=7300, uid=51000, cgroup=23), 3700))
    host.holders[7300] = [200]


def elsewhere(host, sockets, minute):
    """Of a client in a namespace of its own"""
    remote = ("fd00::2", 80)
    sockets.append(Socket(
        "established", ("fd00::1", 33000), remote, inode=4000, cookie=4000,
        uid=51001, cgroup=24, mark=0x10, interface=2, unread=500 * minute,
        unsent=900, rmem=768 * minute, rcvbuf=212992, wmem_alloc=1153,
        sndbuf=46080, fwd_alloc=3328, wmem_queued=1152, optmem=512,
        backlog=1280, drops=7, congestion="reno", timer=(2, 0),
        info=moving(10 * minute)))
    sockets.append(Socket("syn-sent", ("fd00::1", 33001), ("fd00::dead", 81),
                          inode=4001, cookie=4001, uid=51001, cgroup=25,
                          unsent=1, timer=(1, 5)))
    host.holders.update({4000: [400], 4001: [400]})


def charge(host):
    """The kernel's own counters, which agree to the page"""
    pages = alloc = 0
    for netns in host.netns:
        for socket in netns["sockets"]:
            if socket.state in capture.MINI or not socket.counters:
                continue
            memory = socket.memory
            pages += (memory.get("rmem", 0) + memory.get("wmem_queued", 0) +
                      memory.get("fwd_alloc", 0)) // 4096
            alloc += socket.protocol == capture.TCP
    used = 4096 * pages
    alloc += len(host.dark)
    host.accounting = {
        "before_known": 1, "before_memory": used, "before_sockets": alloc,
        "after_known": 1, "after_memory": used + 4096, "after_sockets": alloc,
        "unhashed_known": 1, "unhashed": len(host.dark), "narrowed": 0,
        "denied": 0, "fds_denied": 0, "tls": 0, "bypass": 0}
    host.facts.update(tcp_mem_used=used, sockets_alloc=alloc)


def limits(netns, **changed):
    """(value, from where, use) of sysctls; how often of counters"""
    values = {"tcp_rmem_min": (4096,), "tcp_rmem_default": (131072,),
              "tcp_rmem_max": (6291456,), "tcp_wmem_min": (4096,),
              "tcp_wmem_default": (16384,), "tcp_wmem_max": (4194304,),
              "tcp_moderate_rcvbuf": (1,), "tcp_max_tw_buckets": (131072,),
              "tcp_tw_reuse": (2,), "tcp_fin_timeout": (60,),
              "tcp_keepalive_time": (7200,), "tcp_keepalive_intvl": (75,),
              "tcp_keepalive_probes": (9,),
              "ip_local_port_range": (28232, 32768),
              "tcp_max_syn_backlog": (512,), "tcp_syncookies": (1,),
              "somaxconn": (4096,), "tcp_abort_on_overflow": (0,),
              "tcp_orphan_retries": (0,), "tcp_retries2": (15,),
              "optmem_max": (131072,)}
    counters = {"TCPMemoryPressures": 0, "PruneCalled": 3, "ListenDrops": 0,
                "ListenOverflows": 0, "TCPAbortOnMemory": 0,
                "TCPTimeWaitOverflow": 0, "AttemptFails": 8,
                "EstabResets": 5, "OutRsts": 25, "TCPBacklogDrop": 0}
    values.update((name, (count,)) for name, count in counters.items())
    values.update(changed)
    found = [(netns, name, 1, *value, *(0,) * (3 - len(value)))
             for name, value in values.items()]
    return found + [(netns, "tcp_tw_recycle", 4, 0, 0, 0)]


def host_limits(**changed):
    values = {"tcp_mem_low": (128 << 20, 0), "tcp_mem_pressure": (160 << 20, 0),
              "tcp_mem_high": (240 << 20, 0), "rmem_max": (212992, 0),
              "wmem_max": (212992, 0), "tcp_max_orphans": (65536, 0),
              "file-max": (900000, 5000), "nr_open": (1048576, 0),
              "ram": (4 * GIB, 0)}
    values.update(changed)
    return [(capture.OF_HOST, name, 3 if used else 1, value, 0, used)
            for name, (value, used) in values.items()]


def begun(minute, **how):
    host = Host(WALL + minute * MINUTE, SINCE_BOOT + minute * MINUTE, **how)
    host.objects = dict(OBJECTS)
    host.facts = {"tcp_mem_low": 128 << 20, "tcp_mem_pressure": 160 << 20,
                  "tcp_mem_high": 240 << 20, "orphans": 4,
                  "orphans_max": 65536, "time_wait": 3,
                  "time_wait_max": 131072, "sockets_inuse": 20,
                  "pcpu_reserve": 1 << 20, "page_size": 4096, "cpus": 4,
                  "pressure": 0, "time_wait_all": 3, "time_wait_netns": 0,
                  "fin_wait_2": 0}
    return host


def shop(minute, **how):
    host = begun(minute, **how)
    host.cgroups = dict(CGROUPS)
    host.processes = {pid: dict(process)
                      for pid, process in PROCESSES.items()}
    host.names = {CONTAINER: "shop"}
    here, blue = [], []
    served(host, here, minute)
    leaking(host, here, minute)
    closing(host, here)
    elsewhere(host, blue, minute)
    host.processes[200]["rss"] += minute << 20
    host.netns = [
        {"inode": 4026531840, "name": "self", "own": True, "time_wait": 3,
         "time_wait_max": 131072, "sockets": here},
        {"inode": 4026532001, "name": "blue", "time_wait": 0,
         "time_wait_max": 100, "sockets": blue}]
    host.limits = (host_limits() + limits(0, ListenDrops=(2 * minute,)) +
                   limits(1, tcp_max_tw_buckets=(100,)))
    charge(host)
    return host


def full():
    """Each limit is nearly reached, the worst in another namespace"""
    host = shop(1)
    used = host.facts["tcp_mem_used"]
    low, pressure, high = used // 2, used * 2 // 3, used + 8192
    host.facts.update(tcp_mem_low=low, tcp_mem_pressure=pressure,
                      tcp_mem_high=high, pressure=1, orphans=64000)
    host.netns[0]["time_wait"], host.netns[1]["time_wait"] = 130000, 95
    host.limits = (
        host_limits(tcp_mem_low=(low, 0), tcp_mem_pressure=(pressure, 0),
                    tcp_mem_high=(high, 0),
                    **{"file-max": (900000, 899000)}) +
        limits(0, TCPMemoryPressures=(7,), TCPMemoryPressuresChrono=(90000,),
               ListenOverflows=(12,), ListenDrops=(15,), RcvPruned=(4,),
               TCPAbortOnMemory=(2,), SyncookiesSent=(33,),
               TCPReqQFullDoCookies=(33,), TCPWqueueTooBig=(1,)) +
        limits(1, tcp_max_tw_buckets=(100,), ip_local_port_range=(2, 33000),
               TCPTimeWaitOverflow=(9,)))
    return host


def blind():
    """Another user's: no holders, no limits, a warning of each kind"""
    host = shop(2)
    for pid in 100, 101, 102, 300:
        del host.processes[pid]
    host.holders = {inode: pids for inode, pids in host.holders.items()
                    if all(pid in host.processes for pid in pids)}
    host.processes[500]["rss"] = host.processes[500]["files"] = None
    host.all_read, host.foreign = False, True
    host.facts = {"page_size": 4096, "cpus": 4}
    host.accounting = {"before_known": 0, "after_known": 0, "denied": 1,
                       "fds_denied": 1, "narrowed": 0, "unhashed_known": 0}
    host.limits = []
    host.warnings = [(name, f"this is what {name} would say")
                     for name in ("fds-unreadable", "netns-denied",
                                  "proc-hidden", "cgroups-unreadable",
                                  "sockets-unseen", "programs-unreadable")]
    return host


def unasked(**how):
    """The busy server, and nobody asked for processes"""
    host = shop(0, holders=False, **how)
    host.processes, host.holders, host.names = {}, {}, {}
    return host


def old():
    """Neither skmem nor cgroups, and nothing was asked but sockets"""
    host = unasked(info=False)
    host.cgroups, host.objects, host.limits, host.dark = {}, {}, [], []
    for netns in host.netns:
        for socket in netns["sockets"]:
            socket.counters, socket.cgroup = False, None
            socket.congestion = socket.ulp = None
    host.warnings = [("counters-missing",
                      "this kernel reports no memory counters")]
    charge(host)
    return host


def small(minute):
    """redis waits for the Java program, and few bytes do"""
    host = shop(minute)
    for socket in host.netns[0]["sockets"]:
        if socket.inode == 2500:
            socket.unread = 25000
            socket.memory.update(rmem=27000, fwd_alloc=1672)
        elif socket.inode == 3000:
            socket.unsent = 25000
            socket.memory.update(wmem_queued=26000, fwd_alloc=2672)
    charge(host)
    return host


def earlier_boot():
    """The same ports, numbers and cookies, of the boot before"""
    host = shop(0)
    host.boot = ANOTHER_BOOT
    return host


def bootless():
    """A kernel that does not tell which boot it is"""
    host = again()
    host.boot = ""
    return host


def established(minute):
    """A capture that was asked for one state"""
    host = shop(minute)
    host.query = 1 << capture.STATES["established"], True, True
    host.dark = []
    for netns in host.netns:
        netns["sockets"] = [socket for socket in netns["sockets"]
                            if socket.state == "established"]
    charge(host)
    return host


def queue():
    """The full listener is in a namespace whose somaxconn is higher"""
    host = shop(1)
    host.netns[1]["sockets"].append(Socket(
        "listening", ("fd00::1", 8080), inode=4100, cookie=4100, uid=51001,
        cgroup=24, unread=128, unsent=128))
    host.holders[4100] = [400]
    host.limits = (host_limits() + limits(0, somaxconn=(128,)) +
                   limits(1, tcp_moderate_rcvbuf=(0,)))
    charge(host)
    return host


def backlog():
    """Of 0, which one connection fills"""
    host = bare()
    host.processes = {400: PROCESSES[400]}
    host.netns[0]["sockets"] = [Socket("listening", ("0.0.0.0", 8080),
                                       inode=4100, cookie=4100, unread=1)]
    host.holders = {4100: [400]}
    charge(host)
    return host


def almost():
    """One has nearly all"""
    host = bare()
    host.processes = {pid: PROCESSES[pid] for pid in (300, 400)}
    host.netns[0]["sockets"] = [
        Socket("established", ("10.0.0.1", 40000), ("10.0.0.2", 80),
               inode=4100, cookie=4100, rmem=4 << 20, unread=4000000),
        Socket("established", ("10.0.0.1", 40001), ("10.0.0.2", 80),
               inode=4101, cookie=4101, rmem=8192, unread=8000)]
    host.holders = {4100: [400], 4101: [300]}
    charge(host)
    return host


def wait_for(host, writer, reader, port):
    """A process does not read what another one has written to it"""
    there, here = ("127.0.0.1", port), ("127.0.0.1", port + 10000)
    host.netns[0]["sockets"] += [
        Socket("established", there, here, inode=port, cookie=port,
               unsent=90000, wmem_queued=98304, wmem_alloc=1, timer=(4, 2),
               info=moving(0, snd_wnd=0, probes=2, backoff=2,
                           last_data_sent=5000)),
        Socket("established", here, there, inode=port + 1, cookie=port + 1,
               unread=100000, rmem=107000, rcvbuf=131072,
               info=moving(0, rcv_wnd=0, last_data_recv=5000))]
    host.holders.update({port: [writer], port + 1: [reader]})


def waiting(*pairs):
    host = bare()
    host.processes = {pid: PROCESSES[pid] for pair in pairs for pid in pair}
    for at, (writer, reader) in enumerate(pairs):
        wait_for(host, writer, reader, 5000 + 2 * at)
    charge(host)
    return host


def bare():
    host = begun(0)
    host.facts.update(orphans=0, time_wait=0, time_wait_all=0)
    host.netns = [{"inode": 4026531840, "name": "self", "own": True,
                   "time_wait": 0, "time_wait_max": 131072, "sockets": []}]
    host.limits = host_limits() + limits(0)
    charge(host)
    return host


def rebooted(minute):
    """The host without a socket, after it was started anew"""
    host = bare()
    host.wall, host.since_boot = WALL + minute * MINUTE, minute * MINUTE
    host.boot = ANOTHER_BOOT
    return host


def crowd(minute):
    host = begun(minute)
    sockets = []
    for at in range(102):
        if minute and at == 1:
            continue
        pid, unread = 3000 + at, 20000 + 10 * at
        if at < 2:
            unread = 10 if minute else 900000 - 100000 * at
        sockets.append(Socket(
            "established", ("10.0.0.1", 5000 + at), ("10.0.4.4", 777),
            inode=pid, cookie=pid, unread=unread, rmem=unread))
        host.processes[pid] = {"comm": f"p{at}", "exe": f"/usr/bin/p{at}",
                               "start": 5000}
        host.holders[pid] = [pid]
    host.netns = [{"inode": 4026531840, "name": "self", "own": True,
                   "time_wait": 0, "time_wait_max": 131072,
                   "sockets": sockets}]
    charge(host)
    return host


def anew():
    host = crowd(0)
    host.wall, host.since_boot = WALL + 2 * MINUTE, MINUTE
    host.boot = ANOTHER_BOOT
    return host


def away():
    host = shop(1)
    host.wall += 300 * MINUTE + 3 * 10**9
    host.since_boot += 300 * MINUTE
    return host


def part():
    """A live look with the filter 'sport = :6379': only what matches came"""
    host = shop(0)
    host.accounting["narrowed"], host.accounting["unhashed"] = 1, 0
    host.netns[0]["sockets"] = [socket for socket in host.netns[0]["sockets"]
                                if socket.local[1] == 6379]
    host.netns[1]["sockets"], host.dark = [], []
    return host


def unread():
    host = shop(0)
    host.netns[0]["sockets"][-1].counters = False
    charge(host)
    host.accounting.update(before_memory=3 * GIB, after_memory=3 * GIB)
    host.facts["tcp_mem_used"] = 3 * GIB
    host.warnings = [("counters-missing",
                      "1 sockets came without memory counters")]
    return host


def unfound():
    host = unasked()
    for key in "before_sockets", "after_sockets", "unhashed":
        host.accounting[key] += 3
    host.warnings = [("sockets-unseen",
                      "this is what sockets-unseen would say")]
    return host


def chosen():
    host = shop(0)
    host.query = (1 << capture.STATES["closed"] |
                  1 << capture.STATES["listening"], True, True)
    host.accounting.update(narrowed=1, unhashed=20)
    host.netns, host.dark = host.netns[:1], []
    host.netns[0]["sockets"] = [socket for socket in host.netns[0]["sockets"]
                                if socket.state == "listening"]
    host.limits = host_limits() + limits(0)
    host.warnings = [("netns-scope", "this is what netns-scope would say"),
                     ("sockets-unseen",
                      "this is what sockets-unseen would say")]
    return host


def closed():
    host = shop(0)
    host.closed = [3000, 7100]  # else they are in flight
    del host.holders[3000]
    return host


def again():
    host = shop(0)
    host.wall, host.since_boot = host.wall + MINUTE, host.since_boot + MINUTE
    return host


def half():
    host = again()
    for socket in host.netns[0]["sockets"]:
        socket.counters = False
    host.warnings = [("counters-missing",
                      "some sockets came without memory counters")]
    charge(host)
    return host


def first():
    """Two sockets of a process: the counters of the first did not come"""
    host = shop(1)
    kept, host.netns[1]["sockets"] = host.netns[0]["sockets"], []
    host.netns[0]["sockets"] = [
        socket for socket in kept
        if host.holders.get(socket.inode) == [200]][:2]
    host.netns[0]["sockets"][0].counters = False
    host.dark = []
    host.warnings = [("counters-missing",
                      "some sockets came without memory counters")]
    charge(host)
    return host


def resized():
    host = again()
    host.objects.update(sock_inode_cache=(780, "btf"), filp=(256, "btf"),
                        inet_bind_bucket=(112, "btf"))
    return host


def cut():
    host = shop(6)
    here = host.netns[0]
    here["sockets"] = [socket for socket in here["sockets"]
                       if socket.state != "close-wait"]
    host.warnings = [("dump-interrupted", "the dump of network namespace self "
                      "was interrupted: sockets may be missing")]
    charge(host)
    return host


def partly(minute):
    host = shop(minute)
    host.netns[1]["sockets"] += [
        Socket("established", ("fd00::1", 40000 + at), ("fd00::9", 443),
               cookie=9000 + at, inode=9000 + at) for at in range(50)]
    host.limits = (host_limits() +
                   limits(0, ListenDrops=(5 + 60 * (minute == 2),)))
    charge(host)
    return host


def workers(**how):
    """Twelve processes of one name, of which two have no socket"""
    host = bare()
    host.processes = {
        600 + at: {"comm": "worker", "exe": "/usr/bin/worker",
                   "cmdline": f"worker {at}", "start": 5000 + at,
                   "rss": (10 + at) << 20, "files": 5} for at in range(12)}
    sockets = host.netns[0]["sockets"]
    for at in range(10):
        # as much waits for each two of them, but not as much is held
        waits = 1000 * (at // 2)
        sockets.append(Socket(
            "established", ("10.0.0.1", 6000 + at), ("10.0.4.4", 777),
            inode=600 + at, cookie=600 + at, unread=waits - 100 * (at // 4),
            unsent=100 * (at // 4), rmem=2304 + 768 * (at % 2)))
        host.holders[600 + at] = [600 + at]
    charge(host)
    host.warnings = how.get("warnings", [])
    return host


def alike():
    """Programs whose names are the same series, or that of all others"""
    host = bare()
    names = "/opt/a\x01b", "/opt/a\x02b", "(other)", "/opt/c", "/opt/d"
    for at, name in enumerate(names):
        host.processes[700 + at] = {"comm": f"p{at}", "exe": name,
                                    "start": 5000}
        host.holders[700 + at] = [700 + at]
        host.netns[0]["sockets"].append(Socket(
            "established", ("10.0.0.1", 6000 + at), ("10.0.4.4", 777),
            inode=700 + at, cookie=700 + at, unread=1 << at,
            rmem=20000 - 2000 * at))
    charge(host)
    return host


def steady(minute):
    """The busy server, of which little changes: looks rest on each other"""
    host = shop(0)
    host.wall += minute * MINUTE
    host.since_boot += minute * MINUTE
    for socket in host.netns[0]["sockets"]:
        if socket.remote[1] == 40000:
            socket.unread = 10 * minute
            socket.memory["rmem"] = 100 * minute
    charge(host)
    return host


def chain(host, port, pids, bytes, per_minute, minute, ends=(1, 0)):
    """The second of @pids, or a peer, sends to the first, or a peer

    At each of @ends that is not 0 as much is not read.
    """
    here, there = ("10.0.0.1", port), ("10.0.0.1", port + 1)
    for at, (pid, local, remote) in enumerate(
            ((pids[0], here, there), (pids[1], there, here))):
        inode = port + at
        if not pid:
            continue
        if None in pids:
            remote = f"203.0.113.{port // 10 % 100}", port
        read, sent = ends[at] * bytes, ends[not at] * bytes
        moved = 10**6 + per_minute * minute
        host.netns[0]["sockets"].append(Socket(
            "established", local, remote, inode=inode, cookie=inode,
            unread=read, rmem=read, unsent=sent, wmem_queued=sent,
            rcvbuf=read or 131072, congestion="cubic",
            info=moving(0, rcv_wnd=0 if read else 65536, rcv_space=14480,
                        bytes_received=moved if ends[at] else 0,
                        snd_wnd=0 if sent else 65536, notsent_bytes=sent,
                        bytes_acked=moved if ends[not at] else 0)))
        host.holders[inode] = [pid]
        host.processes.setdefault(pid, {
            "comm": f"p{pid}", "exe": f"/usr/bin/p{pid}", "start": 5000})


def chained(minute, *chains):
    host = bare()
    host.wall += minute * MINUTE
    host.since_boot += minute * MINUTE
    for at, how in enumerate(chains):
        chain(host, 10000 + 10 * at, *how[:3], minute, *how[3:])
    charge(host)
    return host


# pids, bytes, and what moves in a minute
ENDLESS = (((801, 802), 900000, 0, (1, 1)), ((803, 804), 800000, 60000),
           ((803, 805), 70000, 60000), ((806, 807), 700000, 0),
           ((808, 809), 600000, 0))
OUTWARD = (((None, 811), 900000, 0), ((None, 812), 800000, 60000))

MOMENTS = {**{f"shop{minute}": shop(minute) for minute in range(8)},
           **{f"crowd{minute}": crowd(minute) for minute in (0, 1, 61)},
           **{f"small{minute}": small(minute) for minute in range(2)},
           **{f"partly{minute}": partly(minute) for minute in range(3)},
           **{f"steady{minute}": steady(minute) for minute in range(50)},
           **{f"chained{minute}": chained(minute, *ENDLESS)
              for minute in range(2)},
           **{f"outward{minute}": chained(minute, *OUTWARD)
              for minute in range(2)},
           **{f"rebooted{minute}": rebooted(minute) for minute in (8, 9)},
           "full": full(), "blind": blind(), "old": old(),
           "unasked": unasked(), "bare": bare(), "again": again(),
           "half": half(), "first": first(), "cut": cut(), "resized": resized(),
           "anew": anew(), "away": away(), "rebooted": earlier_boot(),
           "estab": established(1), "queue": queue(), "backlog": backlog(),
           "almost": almost(), "chain": waiting((200, 300), (300, 400)),
           "ring": waiting((200, 300), (300, 200)), "part": part(), "unread": unread(),
           "unfound": unfound(), "chosen": chosen(), "closed": closed(),
           "bootless": bootless(), "workers": workers(), "alike": alike(),
           "unseen": workers(warnings=[
               ("fds-unreadable", "this is what fds-unreadable would say")])}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* record.h - what the kernel's iterators say of processes and fds */
#ifndef TM_BPF_RECORD_H
#define TM_BPF_RECORD_H

#include <linux/types.h>

/* A process with files of its own, from the iterator over tasks. */
struct tm_holders_process {
	__u64 start_ns; /* since boot */
	__u32 tgid;
	__u32 uid;
	__u32 room; /* of its table, in fds */
	__u32 unused;
	char comm[16];
};

/*
 * struct tm_bpf_task - a process, or a thread in another network namespace than
 *	its leader
 * @netns: the inode; 0: it ends
 */
struct tm_bpf_task {
	__u32 tgid;
	__u32 netns;
};

/*
 * One socket fd, from the iterator over files; followed by the socket's
 * iter_socket if sockets are wanted too.
 */
struct tm_holders_file {
	__u64 start_ns; /* of its process */
	__u32 tgid;
	__u32 inode;
};

/* Bits of tm_iter_socket.flags. */
#define TM_ITER_SOCKET_HASHED  0x01 /* in the table that dumps walk */
#define TM_ITER_SOCKET_BOUND   0x02 /* bound, neither listening nor connected */
#define TM_ITER_SOCKET_MPTCP   0x04 /* its namespace alone is filled in */
#define TM_ITER_SOCKET_IPV6    0x08
#define TM_ITER_SOCKET_V6ONLY  0x10
#define TM_ITER_SOCKET_REQUEST 0x20 /* a listener with requests in SYN_RECV */

/* The socket itself, as a dump would show it. */
struct tm_iter_socket {
	__u64 cookie;
	__u64 cgroup_id;
	__u32 local[4];
	__u32 remote[4];
	__u32 skmem[9];
	__u32 uid;
	__u32 rqueue;
	__u32 wqueue;
	__u32 ifindex;
	__u32 mark;
	__u32 netns;
	__u32 place; /* in the table that dumps walk */
	__u16 local_port;
	__u16 remote_port; /* network order */
	__u8 state;
	__u8 flags;
	__u8 timer;
	__u8 retrans;
	__u8 shutdown;
	__u8 unused[3];
};

/* Sockets that were released lately and are remembered, by their cookie */
#define TM_BPF_RELEASED_MAX 131072

/* struct tm_bpf_process - @tgid: 0: it is not known */
struct tm_bpf_process {
	__u64 start_ns;
	__u64 cgroup_id;
	__u32 tgid;
	__u32 uid;
	char comm[16];
};

/*
 * struct tm_bpf_released - a socket that no fd leads to any more
 * @creator: who called socket(2), for it or for its listener
 * @closer: who closed its last fd
 * @born_ns: since boot, when that was, or when the handshake was done; 0: it is
 *	older than the hooks
 */
struct tm_bpf_released {
	struct tm_bpf_process creator;
	struct tm_bpf_process closer;
	__u64 born_ns;
	__u64 released_ns;
};

/* Connections of a cgroup that are remembered, by their cookie */
#define TM_BPF_CONNECTIONS_MAX 65536

/* Entries of the maps in which sums.bpf.c adds up. */
#define TM_BPF_SUMS_MAX	 8192
#define TM_BPF_PORTS_MAX 131072 /* a power of two */
#define TM_BPF_PROBES	 8	/* entries in which a port may be */

/* No sum: the port is paid for by a socket that was handed out. */
#define TM_BPF_NO_SUM 0x7fffffffu
#define TM_BPF_TIED   0x80000000u

/* The sockets that are added up together. */
struct tm_bpf_sum_key {
	__u64 start_ns; /* of the process */
	__u64 cgroup_id;
	__u32 tgid;
	__u32 netns;
	__u32 state;
	__u32 ipv6;
};

/*
 * struct tm_bpf_sum - what they have together
 * @look: in which they were; of an earlier one they are no more
 * @ports: how many of them pay for their port
 */
struct tm_bpf_sum {
	struct tm_bpf_sum_key key;
	__u32 look;
	__u32 ports;
	__s64 sockets;
	__s64 skmem[9];
	__s64 wmem;
	__s64 unread;
	__s64 unsent;
};

/*
 * struct tm_bpf_port - a port of a namespace, and who pays for it
 * @look: the look's last 16 bits
 * @rank: in the order of a dump
 * @sum: its number, or %TM_BPF_NO_SUM; with %TM_BPF_TIED another has that rank
 */
struct tm_bpf_port {
	__u32 netns;
	__u16 port;
	__u16 look;
	__u32 rank;
	__u32 sum;
};

/* tm_bpf_port_place() - the entry in which a port is, or one of the next */
static inline __u32 tm_bpf_port_place(__u32 netns, __u16 port)
{
	return netns * 0x9e3779b1u + port;
}

#endif

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* holders_record.h - what the kernel's iterator says of one socket fd */
#ifndef TM_READ_HOLDERS_RECORD_H
#define TM_READ_HOLDERS_RECORD_H

#include <linux/types.h>

/* In @number: the process is named. */
#define TM_HOLDERS_NAMED 0x80000000u

/*
 * A record is
 *
 *	head | sight | process
 *
 * with the sight if sockets are wanted too, and with the process if it has
 * not been named yet: the next records with its number are of the same one.
 */
struct tm_holders_head {
	__u32 inode;
	__u32 number; /* of the process, from 1 on */
};

struct tm_holders_process {
	__u64 start_ns; /* of the process, since boot */
	__u32 tgid;
	__u32 uid;
	char comm[16];
};

/* In @flags of a sight. */
#define TM_SIGHT_HASHED	 0x01 /* in the table that dumps walk */
#define TM_SIGHT_BOUND	 0x02 /* it has a port and no more */
#define TM_SIGHT_MPTCP	 0x04 /* nothing else is filled in */
#define TM_SIGHT_IPV6	 0x08
#define TM_SIGHT_V6ONLY	 0x10
#define TM_SIGHT_REQUEST 0x20 /* a listener with requests in SYN_RECV */

/* The socket itself, as a dump would show it. */
struct tm_sight {
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

#endif

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* holders_record.h - what the kernel's iterator says of one socket fd */
#ifndef TM_READ_HOLDERS_RECORD_H
#define TM_READ_HOLDERS_RECORD_H

#include <linux/types.h>

/*
 * The first record of a process names it; those that follow are cut behind
 * @number and have the same one.
 */
struct tm_holders_record {
	__u32 inode;
	__u32 number; /* of the process, from 1 on; see below */
	__u32 tgid;
	__u32 uid;
	__u64 start_ns; /* of the process, since boot */
	char comm[16];
};

/* In @number: the process is named. */
#define TM_HOLDERS_NAMED 0x80000000u

#define TM_HOLDERS_SHORT __builtin_offsetof(struct tm_holders_record, tgid)

#endif

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* holders_record.h - what the kernel's iterator says of one socket fd */
#ifndef TM_READ_HOLDERS_RECORD_H
#define TM_READ_HOLDERS_RECORD_H

#include <linux/types.h>

struct tm_holders_record {
	__u64 start_ns; /* of the process, since boot */
	__u32 inode;
	__u32 tgid;
	__u32 uid;
	char comm[16];
	__u32 unused;
};

#endif

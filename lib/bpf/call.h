/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* call.h - bpf(2), which the C library has no function for */
#ifndef TM_BPF_CALL_H
#define TM_BPF_CALL_H

#include <errno.h>
#include <linux/bpf.h>
#include <sys/syscall.h>
#include <unistd.h>

/* tm_bpf_call() - Return: what the command returns, or -errno. */
static inline int tm_bpf_call(enum bpf_cmd command, union bpf_attr *attr)
{
	int ret = (int)syscall(__NR_bpf, command, attr, sizeof(*attr));

	return ret < 0 ? -errno : ret;
}

#endif

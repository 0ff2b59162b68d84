// SPDX-License-Identifier: (LGPL-2.1-or-later OR GPL-2.0-only)
/* floor.bpf.c - the iterator over files, with nothing done at any of them */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

struct bpf_iter__task_file;

SEC("iter/task_file")
int nothing(struct bpf_iter__task_file *ctx)
{
	(void)ctx;
	return 0;
}

char licence[] SEC("license") = "GPL";

// SPDX-License-Identifier: (LGPL-2.1-or-later OR GPL-2.0-only)
/*
 * percpu.bpf.c - the part of tcp_mem's count that each CPU keeps for itself
 *
 * sockstat does not show it, and without it the identity of charged bytes and
 * the kernel's count can only be checked within a tolerance. The variable has
 * no symbol that a program could name: it is found at its distance from the
 * runqueue of the CPU that the program runs on.
 */
#include <linux/bpf.h>

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#include "percpu.h"

#define KERNEL __attribute__((preserve_access_index))

struct rq;

struct cfs_rq {
	struct rq *rq;
} KERNEL;

struct sched_entity {
	struct cfs_rq *cfs_rq;
} KERNEL;

struct task_struct {
	struct sched_entity se;
} KERNEL;

SEC("syscall")
int read_pages(struct percpu_args *args)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	char *rq = (char *)BPF_CORE_READ(task, se.cfs_rq, rq);
	int pages;

	if (!rq ||
	    bpf_probe_read_kernel(&pages, sizeof(pages), rq + args->distance))
		return 1;
	args->pages = pages;
	return 0;
}

char licence[] SEC("license") = "GPL";

// SPDX-License-Identifier: (LGPL-2.1-or-later OR GPL-2.0-only)
/*
 * percpu.bpf.c - the part of tcp_mem's count that each CPU keeps for itself
 *
 * sockstat does not show it, and without it the identity of charged bytes and
 * the kernel's count can only be checked within a tolerance. The variable has
 * no symbol that a program could name: it is found at its distance from the
 * runqueue of each CPU, which can be reached from a task.
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

struct task_group {
	struct cfs_rq **cfs_rq;
} KERNEL;

struct task_struct {
	struct task_group *sched_task_group;
} KERNEL;

SEC("syscall")
int sum(struct percpu_args *args)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	struct cfs_rq **queues = BPF_CORE_READ(task, sched_task_group, cfs_rq);
	int cpus = args->cpus;

	args->pages = 0;
	for (int cpu = 0; cpu < PERCPU_CPUS_MAX && cpu < cpus; cpu++) {
		struct cfs_rq *queue = 0;
		char *rq;
		int pages = 0;

		bpf_probe_read_kernel(&queue, sizeof(queue), &queues[cpu]);
		rq = (char *)BPF_CORE_READ(queue, rq);
		if (!rq || bpf_probe_read_kernel(&pages, sizeof(pages),
						 rq + args->distance))
			return 1;
		args->pages += pages;
	}
	return 0;
}

char licence[] SEC("license") = "GPL";

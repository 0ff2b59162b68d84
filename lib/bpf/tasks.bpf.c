// SPDX-License-Identifier: (LGPL-2.1-or-later OR GPL-2.0-only)
/*
 * tasks.bpf.c - the network namespaces that tasks are in
 *
 * A program of its own: only who looks again and again asks for them, and each
 * type that holders.bpf.c reads makes the first look slower.
 */
#include "bpf/kernel.h"
#include "bpf/record.h"

SEC("iter/task")
int tasks(struct bpf_iter__task *ctx)
{
	struct tm_bpf_task record = { 0 };
	struct task_struct *task = ctx->task;
	struct task_struct *leader;

	if (!task)
		return 0;
	leader = task->group_leader;
	if (task != leader && task->nsproxy == leader->nsproxy)
		return 0;
	record.tgid = (__u32)task->tgid;
	record.netns = BPF_CORE_READ(task, nsproxy, net_ns, ns.inum);
	bpf_seq_write(ctx->meta->seq, &record, sizeof(record));
	return 0;
}

/* bpf_seq_write() is for programs whose licence is compatible with the GPL. */
char licence[] SEC("license") = "GPL";

// SPDX-License-Identifier: (LGPL-2.1-or-later OR GPL-2.0-only)
/*
 * holders.bpf.c - one record for every TCP socket fd of the host
 *
 * Runs inside the kernel's task_file iterator, which visits each task's fd
 * table (threads that share their leader's once). Only the fields that are
 * read are declared; their places are found when the program is loaded, so
 * that it builds without this or any kernel's BTF.
 */
#include <linux/bpf.h>

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#include "read/holders_record.h"

#define KERNEL __attribute__((preserve_access_index))

#define AF_INET	      2
#define AF_INET6      10
#define IPPROTO_TCP   6
#define IPPROTO_MPTCP 262

struct seq_file;

struct sock_common {
	unsigned short skc_family;
} KERNEL;

struct sock {
	struct sock_common __sk_common;
	unsigned short sk_protocol;
} KERNEL;

struct socket {
	struct sock *sk;
} KERNEL;

struct inode {
	unsigned long i_ino;
} KERNEL;

struct file {
	struct inode *f_inode;
} KERNEL;

typedef struct {
	unsigned int val;
} KERNEL kuid_t;

struct cred {
	kuid_t euid;
} KERNEL;

struct task_struct {
	int tgid;
	struct task_struct *group_leader;
	unsigned long long start_boottime;
	const struct cred *cred;
	char comm[16];
} KERNEL;

struct bpf_iter_meta {
	struct seq_file *seq;
} KERNEL;

struct bpf_iter__task_file {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
	unsigned int fd;
	struct file *file;
} KERNEL;

static int is_tcp(struct sock *sk)
{
	unsigned short family = sk->__sk_common.skc_family;
	unsigned short protocol = sk->sk_protocol;

	return (family == AF_INET || family == AF_INET6) &&
	       (protocol == IPPROTO_TCP || protocol == IPPROTO_MPTCP);
}

/* Of the process that was named last, and how many were. */
static int last_tgid;
static __u32 processes;

static void name_process(struct tm_holders_record *record,
			 struct task_struct *task)
{
	struct task_struct *leader = task->group_leader;

	record->number = (processes + 1) | TM_HOLDERS_NAMED;
	record->tgid = (__u32)task->tgid;
	record->start_ns = leader->start_boottime;
	record->uid = BPF_CORE_READ(leader, cred, euid.val);
	bpf_probe_read_kernel_str(record->comm, sizeof(record->comm),
				  leader->comm);
}

SEC("iter/task_file")
int holders(struct bpf_iter__task_file *ctx)
{
	struct tm_holders_record record = { 0 };
	struct task_struct *task = ctx->task;
	struct file *file = ctx->file;
	struct socket *socket;
	struct sock *sk;

	if (!file || !task)
		return 0;
	socket = bpf_sock_from_file(file);
	if (!socket)
		return 0;
	sk = socket->sk;
	if (!sk || !is_tcp(sk))
		return 0;
	record.inode = (__u32)file->f_inode->i_ino;
	if (task->tgid == last_tgid) {
		record.number = processes;
		bpf_seq_write(ctx->meta->seq, &record, TM_HOLDERS_SHORT);
		return 0;
	}
	name_process(&record, task);
	/* what does not fit is shown again, with the next read */
	if (bpf_seq_write(ctx->meta->seq, &record, sizeof(record)) == 0) {
		last_tgid = task->tgid;
		processes++;
	}
	return 0;
}

/* bpf_seq_write() is for programs whose licence is compatible with the GPL. */
char licence[] SEC("license") = "GPL";

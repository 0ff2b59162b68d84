// SPDX-License-Identifier: (LGPL-2.1-or-later OR GPL-2.0-only)
/*
 * holders.bpf.c - the host's processes, and one record for each TCP socket fd
 *
 * Runs inside the kernel's iterators: over tasks, for those that have files;
 * and over the files of one of them (threads that share their leader's table
 * once). It tells who holds which inode and, if that is wanted, all that a dump
 * would show of the socket. Only the fields that are read are declared; their
 * metadata are found when the program is loaded, so that it builds without this
 * or any kernel's BTF.
 */
#include "bpf/kernel.h"
#include "bpf/record.h"
#include "bpf/socket.h"

/* Constant of the loaded program: records carry the socket too. */
const volatile int with_iter_sockets;

/*
 * Set between two looks: of these inodes alone, and of them only who holds
 * them. All of them, and all that is wanted, as long as @only_last is 0.
 */
volatile __u32 only_first, only_last;

static int is_wanted(__u32 inode)
{
	return !only_last || (inode >= only_first && inode <= only_last);
}

SEC("iter/task_file")
int files(struct bpf_iter__task_file *ctx)
{
	struct tm_holders_file record = { 0 };
	struct task_struct *task = ctx->task;
	struct file *file = ctx->file;
	struct socket *socket;
	struct sock *sk;

	if (!file || !task)
		return 0;
	socket = bpf_sock_from_file(file);
	if (!socket)
		return 0;
	record.inode = inode_of(socket);
	if (!is_wanted(record.inode))
		return 0;
	sk = socket->sk;
	if (!sk || !is_tcp(sk))
		return 0;
	record.start_ns = task->group_leader->start_boottime;
	record.tgid = (__u32)task->tgid;
	if (with_iter_sockets && !only_last)
		write_iter_socket(ctx->meta->seq, sk, &record);
	else
		bpf_seq_write(ctx->meta->seq, &record, sizeof(record));
	return 0;
}

/* Return: how many fds fit in the task's table; 0 if none is open. */
static __u32 room_of(struct task_struct *task)
{
	struct fdtable *fdt = BPF_CORE_READ(task, files, fdt);
	__u32 room = BPF_CORE_READ(fdt, max_fds);
	unsigned long first = 0;

	if (room > sizeof(first) * 8)
		return room;
	bpf_probe_read_kernel(&first, sizeof(first),
			      BPF_CORE_READ(fdt, open_fds));
	return first ? room : 0;
}

SEC("iter/task")
int processes(struct bpf_iter__task *ctx)
{
	struct tm_holders_process record = { 0 };
	struct task_struct *task = ctx->task;
	struct task_struct *leader;

	if (!task)
		return 0;
	leader = task->group_leader;
	if (task != leader && task->files == leader->files)
		return 0;
	record.room = room_of(task);
	if (!record.room)
		return 0;
	record.tgid = (__u32)task->tgid;
	record.start_ns = leader->start_boottime;
	record.uid = BPF_CORE_READ(leader, cred, euid.val);
	bpf_probe_read_kernel_str(record.comm, sizeof(record.comm),
				  leader->comm);
	bpf_seq_write(ctx->meta->seq, &record, sizeof(record));
	return 0;
}

/* bpf_seq_write() is for programs whose licence is compatible with the GPL. */
char licence[] SEC("license") = "GPL";

// SPDX-License-Identifier: (LGPL-2.1-or-later OR GPL-2.0-only)
/*
 * owners.bpf.c - who makes and who closes each TCP socket
 *
 * Hooks of the cgroup that the caller's v2 mount shows. They run in the process
 * that calls socket(2) or closes the last fd; an accepted socket inherits who
 * made its listener. Nothing is refused and nothing is changed, but that a
 * socket's optmem has what is kept of it: 296 bytes on Linux 6.18.
 */
#include "bpf/kernel.h"
#include "bpf/record.h"

#define AF_INET	    2
#define AF_INET6    10
#define IPPROTO_TCP 6

#define PF_KTHREAD 0x00200000

/* What a socket carries until it is released */
struct maker {
	struct tm_bpf_process process;
	__u64 born_ns;
};

struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC | BPF_F_CLONE);
	__type(key, int);
	__type(value, struct maker);
} makers SEC(".maps");

/* The oldest make room: a TIME_WAIT needs its entry for a minute. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, TM_BPF_RELEASED_MAX);
	__type(key, __u64);
	__type(value, struct tm_bpf_released);
} released SEC(".maps");

static int is_tcp(const struct bpf_sock *sk)
{
	return sk->protocol == IPPROTO_TCP &&
	       (sk->family == AF_INET || sk->family == AF_INET6);
}

/* A kernel thread closes what a process left to it: who, is not known. */
static void see_current(struct tm_bpf_process *process)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	struct task_struct *leader;

	if (BPF_CORE_READ(task, flags) & PF_KTHREAD)
		return;
	leader = BPF_CORE_READ(task, group_leader);
	process->tgid = (__u32)BPF_CORE_READ(task, tgid);
	process->uid = (__u32)bpf_get_current_uid_gid();
	process->start_ns = BPF_CORE_READ(leader, start_boottime);
	process->cgroup_id = bpf_get_current_cgroup_id();
	bpf_probe_read_kernel_str(process->comm, sizeof(process->comm),
				  leader->comm);
}

SEC("cgroup/sock_create")
int create(struct bpf_sock *sk)
{
	struct maker *maker;

	if (!is_tcp(sk))
		return 1;
	maker = bpf_sk_storage_get(&makers, sk, 0, BPF_SK_STORAGE_GET_F_CREATE);
	if (!maker)
		return 1;
	see_current(&maker->process);
	maker->born_ns = bpf_ktime_get_boot_ns();
	return 1;
}

/* A connection is younger than the listener that it inherits from. */
SEC("sockops")
int accepted(struct bpf_sock_ops *ops)
{
	struct maker *maker;
	struct bpf_sock *sk = ops->sk;

	if (ops->op != BPF_SOCK_OPS_PASSIVE_ESTABLISHED_CB || !sk)
		return 1;
	maker = bpf_sk_storage_get(&makers, sk, 0, BPF_SK_STORAGE_GET_F_CREATE);
	if (maker)
		maker->born_ns = bpf_ktime_get_boot_ns();
	return 1;
}

SEC("cgroup/sock_release")
int release(struct bpf_sock *sk)
{
	struct tm_bpf_released record = { 0 };
	__u64 cookie = bpf_get_socket_cookie(sk);
	struct maker *maker;

	if (!is_tcp(sk))
		return 1;
	maker = bpf_sk_storage_get(&makers, sk, 0, 0);
	if (maker) {
		record.creator = maker->process;
		record.born_ns = maker->born_ns;
	}
	record.released_ns = bpf_ktime_get_boot_ns();
	see_current(&record.closer);
	bpf_map_update_elem(&released, &cookie, &record, BPF_ANY);
	return 1;
}

/* bpf_probe_read_kernel() is for programs that are compatible with the GPL. */
char licence[] SEC("license") = "GPL";

// SPDX-License-Identifier: (LGPL-2.1-or-later OR GPL-2.0-only)
/*
 * sums.bpf.c - sockets added up by process, namespace, cgroup and state
 *
 * The iterator over files hands out what an answer may need one by one: what
 * several fds or processes may hold, listeners, bound and unhashed sockets,
 * large ones, what looks unusual, and all of namespaces that a dump is needed
 * for. The others are added up, each once, for one fd leads to them.
 *
 * A port's bind buckets are the first socket's that a dump would show.
 */
#include "bpf/kernel.h"
#include "bpf/record.h"
#include "bpf/socket.h"

#define TCP_SYN_RECV 3

/* Bytes that one socket holds, from which on it is handed out. */
#define LARGE (1 << 20)

/* Before 6.13 the member is f_count, and counts from 1. */
struct file___old {
	struct {
		long counter;
	} f_count;
} KERNEL;

struct file___new {
	struct {
		struct {
			long counter;
		} refcnt;
	} f_ref;
} KERNEL;

struct files_struct___counted {
	atomic_t count;
} KERNEL;

struct signal_struct {
	int nr_threads;
} KERNEL;

struct task_struct___counted {
	struct files_struct___counted *files;
	struct signal_struct *signal;
} KERNEL;

/* Numbers of sums; they stay when a look ends. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, TM_BPF_SUMS_MAX);
	__type(key, struct tm_bpf_sum_key);
	__type(value, __u32);
} numbers SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, TM_BPF_SUMS_MAX);
	__type(key, __u32);
	__type(value, struct tm_bpf_sum);
} sums SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, TM_BPF_PORTS_MAX);
	__type(key, __u32);
	__type(value, struct tm_bpf_port);
} ports SEC(".maps");

/* Namespaces whose sockets are handed out, and in which look. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4096);
	__type(key, __u32);
	__type(value, __u32);
} excluded SEC(".maps");

/* Set before a look: its number, and whether namespaces are excluded. */
volatile __u32 look, excludes;

/* How many sums there are, ports that two pay for; whether a map is full. */
volatile __u32 count, ties, full;

static inline int is_excluded(__u32 netns)
{
	__u32 *in;

	if (!excludes)
		return 0;
	in = bpf_map_lookup_elem(&excluded, &netns);
	return in && *in == look;
}

/* One fd, and the iterator itself. */
static inline int has_one_fd(const struct file *file)
{
	const struct file___new *now = (const void *)file;
	const struct file___old *old = (const void *)file;

	if (bpf_core_field_exists(now->f_ref.refcnt.counter))
		return now->f_ref.refcnt.counter == 1;
	if (bpf_core_field_exists(old->f_count.counter))
		return old->f_count.counter == 2;
	return 0;
}

/* Another process may have the same table of files (CLONE_FILES). */
static inline int has_own_table(const struct task_struct *task)
{
	const struct task_struct___counted *t = (const void *)task;

	return t->files->count.counter <= t->signal->nr_threads;
}

static inline __u32 rank_of(const struct sock *sk, struct net *net)
{
	switch (sk->__sk_common.skc_state) {
	case TCP_LISTEN:
		return 0;
	case TCP_CLOSE:
		return 1;
	}
	return 2 + (sk->__sk_common.skc_hash &
		    net->ipv4.tcp_death_row.hashinfo->ehash_mask);
}

/* @by: one more, or one less, pays for its port. */
static void count_port(__u32 number, int by)
{
	struct tm_bpf_sum *sum;

	number &= ~TM_BPF_TIED;
	sum = bpf_map_lookup_elem(&sums, &number);
	if (sum)
		sum->ports += by;
}

static inline void compare_rank(struct tm_bpf_port *port, __u32 rank,
				__u32 number)
{
	int same = (port->sum & ~TM_BPF_TIED) == number;

	if (rank > port->rank)
		return;
	if (rank == port->rank) {
		if (same || port->sum & TM_BPF_TIED)
			return;
		port->sum |= TM_BPF_TIED;
		ties++;
		return;
	}
	if (port->sum & TM_BPF_TIED)
		ties--;
	if (!same) {
		count_port(port->sum, -1);
		count_port(number, 1);
	}
	port->rank = rank;
	port->sum = number;
}

/* As tm_account_has_port(), of what a dump shows. */
static inline int has_port(struct sock *sk)
{
	struct tcp_sock *tp;

	switch (sk->__sk_common.skc_state) {
	case TCP_SYN_RECV:
		return 0;
	case TCP_CLOSE:
		tp = bpf_skc_to_tcp_sock(sk);
		if (!tp || !tp->inet_conn.icsk_bind_hash)
			return 0;
	}
	return sk->__sk_common.skc_num != 0;
}

static void pay_port(struct sock *sk, __u32 number)
{
	struct net *net = sk->__sk_common.skc_net.net;
	__u32 netns = net->ns.inum, place, i;
	__u16 local = sk->__sk_common.skc_num;
	struct tm_bpf_port *port;

	if (!has_port(sk))
		return;
	place = tm_bpf_port_place(netns, local);
	for (i = 0; i < TM_BPF_PROBES; i++, place++) {
		__u32 at = place & (TM_BPF_PORTS_MAX - 1);

		port = bpf_map_lookup_elem(&ports, &at);
		if (!port)
			return;
		if (port->look != (__u16)look) {
			port->look = (__u16)look;
			port->netns = netns;
			port->port = local;
			port->rank = rank_of(sk, net);
			port->sum = number;
			count_port(number, 1);
			return;
		}
		if (port->port == local && port->netns == netns) {
			compare_rank(port, rank_of(sk, net), number);
			return;
		}
	}
	full = 1;
}

/*
 * struct seen - what is read of a socket, at once: each line of it is a miss of
 * the caches, and the CPU waits for all of them together
 */
struct seen {
	__u32 rmem, rcvbuf, wmem_alloc, sndbuf, wmem_queued, backlog, drops;
	__u32 rcv_nxt, copied_seq, write_seq, snd_una;
	int fwd_alloc, optmem;
	__u32 ipv6, state;
	struct cgroup *cgroup;
};

/* The compiler is not to read it later. */
#define READ(to, from)                       \
	do {                                 \
		(to) = (from);               \
		asm volatile("" : "+r"(to)); \
	} while (0)

static inline void see_at_once(struct seen *seen, struct sock *sk)
{
	READ(seen->state, sk->__sk_common.skc_state);
	READ(seen->ipv6, sk->__sk_common.skc_family == AF_INET6);
	READ(seen->rmem, (__u32)sk->sk_backlog.rmem_alloc.counter);
	READ(seen->rcvbuf, (__u32)sk->sk_rcvbuf);
	READ(seen->wmem_alloc, (__u32)sk->sk_wmem_alloc.refs.counter);
	READ(seen->sndbuf, (__u32)sk->sk_sndbuf);
	READ(seen->fwd_alloc, sk->sk_forward_alloc);
	READ(seen->wmem_queued, (__u32)sk->sk_wmem_queued);
	READ(seen->optmem, sk->sk_omem_alloc.counter);
	READ(seen->backlog, (__u32)sk->sk_backlog.len);
	READ(seen->drops, (__u32)sk->sk_drops.counter);
	READ(seen->cgroup, sk->sk_cgrp_data.cgroup);
}

static inline void see_queues_at_once(struct seen *seen, struct tcp_sock *tp)
{
	READ(seen->rcv_nxt, tp->rcv_nxt);
	READ(seen->copied_seq, tp->copied_seq);
	READ(seen->write_seq, tp->write_seq);
	READ(seen->snd_una, tp->snd_una);
}

static inline int is_usual(const struct seen *seen)
{
	return seen->state != TCP_LISTEN && seen->state != TCP_CLOSE &&
	       seen->state != TCP_SYN_RECV && seen->fwd_alloc >= 0 &&
	       !seen->optmem && seen->rmem + seen->wmem_queued < LARGE;
}

/* The last one: a process has its sockets one behind the other. */
struct tm_bpf_sum_key last_key;
volatile __u32 last_number, has_last;

static inline int is_last(const struct tm_bpf_sum_key *key)
{
	return has_last && key->tgid == last_key.tgid &&
	       key->state == last_key.state && key->netns == last_key.netns &&
	       key->cgroup_id == last_key.cgroup_id &&
	       key->start_ns == last_key.start_ns && key->ipv6 == last_key.ipv6;
}

static inline void clear(struct tm_bpf_sum *sum)
{
	sum->look = look;
	sum->ports = 0;
	sum->sockets = 0;
	for (int i = 0; i < 9; i++)
		sum->skmem[i] = 0;
	sum->wmem = 0;
	sum->unread = 0;
	sum->unsent = 0;
}

static struct tm_bpf_sum *find_sum(const struct tm_bpf_sum_key *key,
				   __u32 *number)
{
	__u32 *known = 0;
	struct tm_bpf_sum *sum;

	if (is_last(key)) {
		*number = last_number;
		return bpf_map_lookup_elem(&sums, number);
	}
	known = bpf_map_lookup_elem(&numbers, key);
	*number = known ? *known : count;
	sum = bpf_map_lookup_elem(&sums, number);
	if (!sum)
		return 0;
	if (!known) {
		if (bpf_map_update_elem(&numbers, key, number, BPF_NOEXIST))
			return 0;
		count++;
		sum->key = *key;
	}
	if (!known || sum->look != look)
		clear(sum);
	last_key = *key;
	last_number = *number;
	has_last = 1;
	return sum;
}

static inline void add(struct tm_bpf_sum *sum, const struct seen *seen)
{
	__u32 wmem_alloc = seen->wmem_alloc - 1;
	int unread = (int)(seen->rcv_nxt - seen->copied_seq);

	sum->sockets++;
	sum->skmem[0] += seen->rmem;
	sum->skmem[1] += seen->rcvbuf;
	sum->skmem[2] += wmem_alloc;
	sum->skmem[3] += seen->sndbuf;
	sum->skmem[4] += seen->fwd_alloc;
	sum->skmem[5] += seen->wmem_queued;
	sum->skmem[7] += seen->backlog;
	sum->skmem[8] += seen->drops;
	sum->wmem += seen->wmem_queued > wmem_alloc ? seen->wmem_queued
						    : wmem_alloc;
	sum->unread += unread > 0 ? unread : 0;
	sum->unsent += seen->write_seq - seen->snd_una;
}

/* Return: whether it was. */
static inline int add_up(const struct task_struct *task, struct sock *sk,
			 const struct seen *seen, __u32 netns)
{
	struct tm_bpf_sum_key key = { 0 };
	struct tm_bpf_sum *sum;
	__u32 number;

	key.start_ns = task->group_leader->start_boottime;
	key.cgroup_id = seen->cgroup->kn->id;
	key.tgid = (__u32)task->tgid;
	key.netns = netns;
	key.state = seen->state;
	key.ipv6 = seen->ipv6;
	sum = find_sum(&key, &number);
	if (!sum) {
		full = 1;
		return 0;
	}
	add(sum, seen);
	pay_port(sk, number);
	return 1;
}

/* Room of a table of fds from which on it pays to read ahead. */
#define MANY_FDS 1024

struct file___ahead {
	const void *f_op;
	void *private_data;
} KERNEL;

extern void *bpf_rdonly_cast(const void *obj, __u32 type) __ksym __weak;

/* Of the functions that the verifier knows by name; since 6.2 */
enum special_kfunc_type { KF_bpf_rdonly_cast };

#define CAN_CAST \
	bpf_core_enum_value_exists(enum special_kfunc_type, KF_bpf_rdonly_cast)
#define CAST(type, pointer) \
	((type *)bpf_rdonly_cast(pointer, bpf_core_type_id_kernel(type)))

/* A power of two above the fds from the one that is shown to the last read */
#define AHEAD 8

/*
 * What was read of the fds that come next, by the last bits of their numbers:
 * pointers, of 64 bits where the loader's own have 32, too
 */
struct {
	__u64 op;
	__u64 socket;
	__u64 sk;
} ahead[AHEAD];

__u64 ahead_jiffies;

/* What was read before a pause of the walk may have been freed since. */
static inline void forget_old(void)
{
	__u64 now = bpf_jiffies64();

	if (now == ahead_jiffies)
		return;
	ahead_jiffies = now;
	for (int i = 0; i < AHEAD; i++) {
		ahead[i].op = 0;
		ahead[i].sk = 0;
	}
}

static inline void read_file(const struct file___ahead *file, __u32 fd)
{
	int one;

	ahead[fd % AHEAD].op = (__u64)file->f_op;
	ahead[fd % AHEAD].socket = (__u64)file->private_data;
	READ(one, has_one_fd((const void *)file));
}

static inline void read_socket(const struct file___ahead *a_socket, __u32 fd)
{
	void *socket = (void *)ahead[fd % AHEAD].socket;

	ahead[fd % AHEAD].sk = 0;
	if (ahead[fd % AHEAD].op == (__u64)a_socket->f_op)
		ahead[fd % AHEAD].sk = (__u64)CAST(struct socket, socket)->sk;
}

static inline void read_sk(__u32 fd)
{
	void *sk = (void *)ahead[fd % AHEAD].sk;
	struct seen seen;

	if (!sk)
		return;
	see_at_once(&seen, CAST(struct sock, sk));
	see_queues_at_once(&seen, CAST(struct tcp_sock, sk));
}

/*
 * A file leads to its socket, that to its sock: the CPU would wait for memory
 * three times, one after the other. They are read here for three files at once,
 * and for nothing else; of no file but a socket is what it leads to read. A
 * pointer to what is not there any more reads as 0, or as anything.
 */
static inline void read_ahead(const struct task_struct *task,
			      const struct file *a_socket, __u32 fd)
{
	const struct fdtable *fdt = task->files->fdt;
	struct hlist_node *entry;

	if (!CAN_CAST || fdt->max_fds < MANY_FDS || fd + 6 >= fdt->max_fds)
		return;
	forget_old();
	/* BTF has no type for what fdt->fd points to: a pointer, as here */
	entry = CAST(struct hlist_node, &fdt->fd[fd + 6]);
	read_file(CAST(struct file___ahead, entry->next), fd + 6);
	read_socket((const void *)a_socket, fd + 4);
	read_sk(fd + 2);
}

SEC("iter/task_file")
int sums_of_files(struct bpf_iter__task_file *ctx)
{
	struct tm_holders_file record = { 0 };
	struct task_struct *task = ctx->task;
	struct file *file = ctx->file;
	struct socket *socket;
	struct tcp_sock *tp;
	struct seen seen;
	struct sock *sk;
	__u32 netns;

	if (!file || !task || full)
		return 0;
	socket = bpf_sock_from_file(file);
	if (!socket)
		return 0;
	read_ahead(task, file, ctx->fd);
	sk = socket->sk;
	if (!sk)
		return 0;
	see_at_once(&seen, sk);
	tp = bpf_skc_to_tcp_sock(sk);
	if (tp) {
		see_queues_at_once(&seen, tp);
		netns = sk->__sk_common.skc_net.net->ns.inum;
		if (!is_excluded(netns)) {
			if (is_usual(&seen) && has_one_fd(file) &&
			    has_own_table(task) &&
			    add_up(task, sk, &seen, netns))
				return 0;
			pay_port(sk, TM_BPF_NO_SUM);
		}
	} else if (!is_tcp(sk)) {
		return 0;
	}
	record.inode = inode_of(socket);
	record.start_ns = task->group_leader->start_boottime;
	record.tgid = (__u32)task->tgid;
	write_iter_socket(ctx->meta->seq, sk, &record);
	return 0;
}

/* bpf_seq_write() is for programs whose licence is compatible with the GPL. */
char licence[] SEC("license") = "GPL";

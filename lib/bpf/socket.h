/* SPDX-License-Identifier: (LGPL-2.1-or-later OR GPL-2.0-only) */
/* socket.h - a socket of the kernel's as a dump would show it */
#ifndef TM_BPF_SOCKET_H
#define TM_BPF_SOCKET_H

#include "bpf/kernel.h"
#include "bpf/record.h"

#define AF_INET	      2
#define AF_INET6      10
#define IPPROTO_TCP   6
#define IPPROTO_MPTCP 262

#define TCP_CLOSE  7
#define TCP_LISTEN 10

/* inet_connection_sock.icsk_pending, as inet_sk_diag_fill() reads it */
#define ICSK_TIME_RETRANS     1
#define ICSK_TIME_PROBE0      3
#define ICSK_TIME_LOSS_PROBE  5
#define ICSK_TIME_REO_TIMEOUT 6

/* inet_diag_msg.idiag_timer */
#define TIMER_RETRANSMIT 1
#define TIMER_KEEPALIVE	 2
#define TIMER_PROBE	 4

static inline int is_tcp(struct sock *sk)
{
	unsigned short family = sk->__sk_common.skc_family;
	unsigned short protocol = sk->sk_protocol;

	return (family == AF_INET || family == AF_INET6) &&
	       (protocol == IPPROTO_TCP || protocol == IPPROTO_MPTCP);
}

static inline void see_addresses(struct tm_iter_socket *iter_socket,
				 struct sock *sk)
{
	struct sock_common *common = &sk->__sk_common;

	if (common->skc_family == AF_INET) {
		iter_socket->local[0] = common->skc_rcv_saddr;
		iter_socket->remote[0] = common->skc_daddr;
		return;
	}
	iter_socket->flags |= TM_ITER_SOCKET_IPV6;
	for (int i = 0; i < 4; i++) {
		iter_socket->local[i] =
			common->skc_v6_rcv_saddr.in6_u.u6_addr32[i];
		iter_socket->remote[i] =
			common->skc_v6_daddr.in6_u.u6_addr32[i];
	}
	if (BPF_CORE_READ_BITFIELD(common, skc_ipv6only) &&
	    (iter_socket->state == TCP_LISTEN ||
	     iter_socket->state == TCP_CLOSE))
		iter_socket->flags |= TM_ITER_SOCKET_V6ONLY;
}

/* In the order of SK_MEMINFO_*, as sk_get_meminfo() does. */
static inline void see_memory(struct tm_iter_socket *iter_socket,
			      struct sock *sk)
{
	iter_socket->skmem[0] = (__u32)sk->sk_backlog.rmem_alloc.counter;
	iter_socket->skmem[1] = (__u32)sk->sk_rcvbuf;
	iter_socket->skmem[2] = (__u32)sk->sk_wmem_alloc.refs.counter - 1;
	iter_socket->skmem[3] = (__u32)sk->sk_sndbuf;
	iter_socket->skmem[4] = (__u32)sk->sk_forward_alloc;
	iter_socket->skmem[5] = (__u32)sk->sk_wmem_queued;
	iter_socket->skmem[6] = (__u32)sk->sk_omem_alloc.counter;
	iter_socket->skmem[7] = (__u32)sk->sk_backlog.len;
	iter_socket->skmem[8] = (__u32)sk->sk_drops.counter;
}

static inline void see_timer(struct tm_iter_socket *iter_socket,
			     struct sock *sk, struct inet_connection_sock *icsk)
{
	switch (icsk->icsk_pending) {
	case ICSK_TIME_RETRANS:
	case ICSK_TIME_REO_TIMEOUT:
	case ICSK_TIME_LOSS_PROBE:
		iter_socket->timer = TIMER_RETRANSMIT;
		iter_socket->retrans = icsk->icsk_retransmits;
		break;
	case ICSK_TIME_PROBE0:
		iter_socket->timer = TIMER_PROBE;
		iter_socket->retrans = icsk->icsk_probes_out;
		break;
	default:
		if (!sk->sk_timer.entry.pprev)
			break;
		iter_socket->timer = TIMER_KEEPALIVE;
		iter_socket->retrans = icsk->icsk_probes_out;
		break;
	}
}

static inline void see_queues(struct tm_iter_socket *iter_socket,
			      struct sock *sk, struct tcp_sock *tp)
{
	int unread;

	if (iter_socket->state == TCP_LISTEN) {
		iter_socket->rqueue = sk->sk_ack_backlog;
		iter_socket->wqueue = sk->sk_max_ack_backlog;
		return;
	}
	unread = (int)(tp->rcv_nxt - tp->copied_seq);
	iter_socket->rqueue = unread > 0 ? (__u32)unread : 0;
	iter_socket->wqueue = tp->write_seq - tp->snd_una;
}

static inline void see_place(struct tm_iter_socket *iter_socket,
			     struct sock *sk, struct inet_connection_sock *icsk)
{
	struct net *net = sk->__sk_common.skc_net.net;

	iter_socket->netns = net->ns.inum;
	iter_socket->place = sk->__sk_common.skc_hash &
			     net->ipv4.tcp_death_row.hashinfo->ehash_mask;
	if (iter_socket->state != TCP_CLOSE)
		iter_socket->flags |= TM_ITER_SOCKET_HASHED;
	else if (icsk->icsk_bind_hash && iter_socket->local_port)
		iter_socket->flags |= TM_ITER_SOCKET_BOUND;
	if (iter_socket->state == TCP_LISTEN &&
	    icsk->icsk_accept_queue.qlen.counter > 0)
		iter_socket->flags |= TM_ITER_SOCKET_REQUEST;
}

static inline void see(struct tm_iter_socket *iter_socket, struct sock *sk)
{
	struct tcp_sock *tp;

	if (sk->sk_protocol == IPPROTO_MPTCP) {
		iter_socket->flags |= TM_ITER_SOCKET_MPTCP;
		iter_socket->netns = sk->__sk_common.skc_net.net->ns.inum;
		return;
	}
	tp = bpf_skc_to_tcp_sock(sk);
	if (!tp)
		return;
	iter_socket->state = sk->__sk_common.skc_state;
	iter_socket->cookie = bpf_get_socket_cookie(sk);
	iter_socket->cgroup_id = sk->sk_cgrp_data.cgroup->kn->id;
	iter_socket->uid = sk->sk_uid.val;
	iter_socket->ifindex = (__u32)sk->__sk_common.skc_bound_dev_if;
	iter_socket->mark = sk->sk_mark;
	iter_socket->local_port = sk->__sk_common.skc_num;
	iter_socket->remote_port = sk->__sk_common.skc_dport;
	iter_socket->shutdown = sk->sk_shutdown;
	see_addresses(iter_socket, sk);
	see_memory(iter_socket, sk);
	see_timer(iter_socket, sk, &tp->inet_conn);
	see_queues(iter_socket, sk, tp);
	see_place(iter_socket, sk, &tp->inet_conn);
}

static inline void write_iter_socket(struct seq_file *seq, struct sock *sk,
				     const struct tm_holders_file *file)
{
	struct {
		struct tm_holders_file file;
		struct tm_iter_socket iter_socket;
	} record = { .file = *file };

	see(&record.iter_socket, sk);
	bpf_seq_write(seq, &record, sizeof(record));
}

/*
 * Not file->f_inode: struct file and struct inode share their hashes with
 * other types that are read (kernel.h).
 */
static inline __u32 inode_of(const struct socket *socket)
{
	const struct socket_alloc *alloc = (const void *)socket;
	unsigned long inode = 0;

	bpf_core_read(&inode, sizeof(inode), &alloc->vfs_inode.i_ino);
	return (__u32)inode;
}

#endif

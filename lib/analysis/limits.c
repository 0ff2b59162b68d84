// SPDX-License-Identifier: LGPL-2.1-or-later
/* limits.c - what of the limits a snapshot's sockets use */
#include "analysis/explain.h"

#include <errno.h>
#include <stdlib.h>

/* struct use - the largest use of each limit by one namespace's sockets */
struct use {
	int64_t most[TM_USE_COUNT];
	int64_t listener[65536]; /* requests, by the listener's port */
	struct tm_port_counts ports;
};

static bool is_connection(const struct tcpmem_socket *sock)
{
	return sock->state != TCPMEM_STATE_LISTENING &&
	       sock->state != TCPMEM_STATE_BOUND_INACTIVE &&
	       !(sock->flags & TM_SOCK_MINI);
}

static int64_t larger(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static int add_socket(struct use *use, const struct tcpmem_socket *sock,
		      const struct tcpmem_limit *range)
{
	/* an msk's buffers are bounded by the same sysctls as its subflows' */
	if (sock->skmem_words > TCPMEM_METRIC_SNDBUF && is_connection(sock)) {
		use->most[TM_USE_RCVBUF] =
			larger(use->most[TM_USE_RCVBUF],
			       sock->skmem[TCPMEM_METRIC_RCVBUF]);
		use->most[TM_USE_SNDBUF] =
			larger(use->most[TM_USE_SNDBUF],
			       sock->skmem[TCPMEM_METRIC_SNDBUF]);
	}
	if (sock->flags & TM_SOCK_SUBFLOW)
		return 0;
	if (sock->state == TCPMEM_STATE_LISTENING) {
		use->most[TM_USE_BACKLOG] =
			larger(use->most[TM_USE_BACKLOG], sock->rqueue);
		return 0;
	}
	if (sock->state == TCPMEM_STATE_SYN_RECV) {
		int64_t *requests = &use->listener[sock->local_port];

		use->most[TM_USE_REQUESTS] =
			larger(use->most[TM_USE_REQUESTS], ++*requests);
		return 0;
	}
	/* the kernel counts FIN_WAIT_2 mini-sockets as TIME_WAIT */
	if (sock->flags & TM_SOCK_MINI)
		use->most[TM_USE_TIME_WAIT]++;
	return tm_port_counts_add(&use->ports, sock, range, true);
}

static void count_ports(struct use *use)
{
	struct tm_port_busiest busiest;

	tm_port_counts_find(&use->ports, &busiest);
	use->most[TM_USE_PORTS] = busiest.all;
}

static void set_used(struct tcpmem_limit *limit, int64_t used)
{
	limit->used = used;
	limit->used_known = true;
}

static void set_fact(struct tcpmem_limit *limit,
		     const struct tcpmem_snapshot *snap,
		     enum tcpmem_host_metric fact)
{
	if (snap->host.known[fact])
		set_used(limit, snap->host.fact[fact]);
}

static void set_host(struct tcpmem_limit *limit, enum tm_limit_use which,
		     const struct tcpmem_snapshot *snap)
{
	if (which == TM_USE_MEMORY)
		set_fact(limit, snap, TCPMEM_HOST_METRIC_TCP_MEM_USED);
	if (which == TM_USE_ORPHANS)
		set_fact(limit, snap, TCPMEM_HOST_METRIC_ORPHANS);
}

static void set_netns(struct tcpmem_limit *limit, enum tm_limit_use which,
		      const struct use *use)
{
	switch (which) {
	case TM_USE_PORTS:
		/* which ports are of the range is not known without it */
		if (limit->known)
			set_used(limit, use->most[TM_USE_PORTS]);
		break;
	case TM_USE_RCVBUF:
	case TM_USE_SNDBUF:
	case TM_USE_TIME_WAIT:
	case TM_USE_REQUESTS:
	case TM_USE_BACKLOG:
		set_used(limit, use->most[which]);
		break;
	default:
		break;
	}
}

static void set_worst(struct tcpmem_limits *limits, enum tcpmem_worst which,
		      int64_t bytes)
{
	limits->worst[which] = bytes;
	limits->worst_known[which] = true;
}

static void add_worst(struct tcpmem_limits *limits,
		      const struct tcpmem_snapshot *snap)
{
	const struct tcpmem_limit *rmem, *wmem;
	int64_t connections = 0, bound = 0, each, all;

	for (size_t i = 0; i < snap->sockets.count; i++) {
		const struct tcpmem_socket *sock = &snap->sockets.sock[i];

		if (!is_connection(sock) ||
		    sock->skmem_words <= TCPMEM_METRIC_SNDBUF)
			continue;
		connections++;
		bound += sock->skmem[TCPMEM_METRIC_RCVBUF];
		bound += sock->skmem[TCPMEM_METRIC_SNDBUF];
	}
	set_worst(limits, TCPMEM_WORST_CONNECTIONS, connections);
	set_worst(limits, TCPMEM_WORST_CURRENT, bound);
	rmem = tm_limits_find(&limits->limits, "tcp_rmem_max");
	wmem = tm_limits_find(&limits->limits, "tcp_wmem_max");
	if (rmem->known && wmem->known &&
	    !__builtin_add_overflow(rmem->value, wmem->value, &each) &&
	    !__builtin_mul_overflow(each, connections, &all))
		set_worst(limits, TCPMEM_WORST_AUTOTUNED, all);
}

static int add_sockets(struct use *use, const struct tcpmem_snapshot *snap,
		       size_t netns, const struct tcpmem_limit *range)
{
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < snap->sockets.count; i++)
		if (snap->sockets.sock[i].netns == netns)
			ret = add_socket(use, &snap->sockets.sock[i], range);
	return ret;
}

int tm_limits_use(struct tcpmem_limits *limits,
		  const struct tcpmem_snapshot *snap, size_t netns)
{
	const struct tcpmem_limit *range =
		tm_limits_find(&limits->limits, "ip_local_port_range");
	struct use *use = calloc(1, sizeof(*use));
	int ret;

	if (!use)
		return -ENOMEM;
	ret = add_sockets(use, snap, netns, range);
	if (ret == 0)
		count_ports(use);
	for (size_t i = 0; ret == 0 && i < TM_LIMIT_COUNT; i++) {
		struct tcpmem_limit *limit = &limits->limits.limit[i];

		set_host(limit, tm_limit_defs[i].use, snap);
		if (netns != SIZE_MAX)
			set_netns(limit, tm_limit_defs[i].use, use);
	}
	if (ret == 0)
		add_worst(limits, snap);
	tm_port_counts_clear(&use->ports);
	free(use);
	return ret;
}

size_t tcpmem_limits_get_count(const struct tcpmem_limits *limits)
{
	(void)limits;
	return TM_LIMIT_COUNT;
}

const struct tcpmem_limit *tcpmem_limits_get(const struct tcpmem_limits *limits,
					     size_t index)
{
	return &limits->limits.limit[index];
}

int tcpmem_limits_get_worst(const struct tcpmem_limits *limits,
			    enum tcpmem_worst which, int64_t *value)
{
	if ((size_t)which >= TCPMEM_WORST_COUNT || !limits->worst_known[which])
		return -ENODATA;
	*value = limits->worst[which];
	return 0;
}

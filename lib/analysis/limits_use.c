// SPDX-License-Identifier: LGPL-2.1-or-later
/* limits_use.c - what of its limits the sockets of one namespace use */
#include "analysis/explain.h"

#include "base/util.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STATE(x) (1u << TCPMEM_STATE_##x)

/* Whose sockets are counted: without those of one, the use is not known */
static const uint32_t counted_states[TM_USE_COUNT] = {
	[TM_USE_RCVBUF] = TM_BUFFER_STATES,
	[TM_USE_SNDBUF] = TM_BUFFER_STATES,
	[TM_USE_TIME_WAIT] = STATE(TIME_WAIT) | STATE(FIN_WAIT_2),
	[TM_USE_PORTS] = TM_BUFFER_STATES | STATE(TIME_WAIT),
	[TM_USE_SYN_QUEUE] = STATE(LISTENING) | STATE(SYN_RECV),
	[TM_USE_ACCEPT_QUEUE] = STATE(LISTENING),
};

/* struct queue - a listener's queue; it is full beyond @limit */
struct queue {
	int64_t used;
	int64_t limit;
	uint16_t port;
};

/*
 * struct use - the largest use of each limit by one namespace's sockets
 * @accept: the fullest queue
 * @requests: by the listeners' port; @room: for how many, and 1; 0: nobody
 *	listens; @port: where somebody does
 * @syn_limit: of each listener, beside its backlog
 * @connections: how many have buffers
 * @uncounted: there are connections whose buffers are not known
 * @unbounded: there are listeners whose backlog is not known
 * @lacks: states that a capture was not asked for
 * @told: the kernel has counted TIME_WAIT
 */
struct use {
	int64_t most[TM_USE_COUNT];
	struct queue accept;
	uint32_t requests[65536];
	int64_t room[65536];
	uint16_t *port;
	size_t port_count, port_capacity;
	int64_t syn_limit;
	struct tm_port_counts ports;
	struct tm_port_busiest destination;
	int64_t connections;
	bool uncounted;
	bool unbounded;
	uint32_t lacks;
	bool told;
};

bool tm_limits_is_connection(const struct tcpmem_socket *sock)
{
	return sock->state != TCPMEM_STATE_LISTENING &&
	       sock->state != TCPMEM_STATE_BOUND_INACTIVE &&
	       !(sock->flags & TM_SOCK_MINI);
}

bool tm_limits_knows_buffers(const struct tcpmem_socket *sock)
{
	return sock->skmem_words > TCPMEM_METRIC_SNDBUF;
}

static void note(struct use *use, enum tm_limit_use which, int64_t value)
{
	if (value > use->most[which])
		use->most[which] = value;
}

static double fullness(const struct queue *queue)
{
	return (double)queue->used / (double)(queue->limit + 1);
}

static void note_fullest(struct queue *fullest, const struct queue *queue)
{
	if (queue->used && fullness(queue) > fullness(fullest))
		*fullest = *queue;
}

/* The kernel cut the backlog to somaxconn when the socket began to listen. */
static int add_listener(struct use *use, const struct tcpmem_socket *sock)
{
	struct queue accept = { sock->rqueue, sock->wqueue, sock->local_port };
	int64_t *room = &use->room[sock->local_port];
	int ret = 0;

	if (!tm_socket_knows_backlog(sock)) {
		use->unbounded = true;
		return 0;
	}
	note_fullest(&use->accept, &accept);
	if (!*room)
		ret = tm_append(use->port, use->port_count, use->port_capacity,
				&sock->local_port);
	*room += (accept.limit < use->syn_limit ? accept.limit
						: use->syn_limit) +
		 !*room;
	return ret;
}

static struct queue fullest_syn_queue(const struct use *use)
{
	struct queue fullest = { 0 };

	for (size_t i = 0; i < use->port_count; i++) {
		uint16_t port = use->port[i];
		struct queue syn = { use->requests[port], use->room[port] - 1,
				     port };

		note_fullest(&fullest, &syn);
	}
	return fullest;
}

static void add_buffers(struct use *use, const struct tcpmem_socket *sock)
{
	use->connections++;
	if (!tm_limits_knows_buffers(sock)) {
		use->uncounted = true;
		return;
	}
	note(use, TM_USE_RCVBUF, sock->skmem[TCPMEM_METRIC_RCVBUF]);
	note(use, TM_USE_SNDBUF, sock->skmem[TCPMEM_METRIC_SNDBUF]);
}

static int add_socket(struct use *use, const struct tcpmem_socket *sock,
		      const struct tcpmem_limit *range)
{
	/* an msk's buffers are bounded by the same sysctls as its subflows' */
	if (tm_limits_is_connection(sock))
		add_buffers(use, sock);
	if (sock->flags & TM_SOCK_SUBFLOW)
		return 0;
	if (sock->state == TCPMEM_STATE_LISTENING)
		return add_listener(use, sock);
	if (sock->state == TCPMEM_STATE_SYN_RECV) {
		use->requests[sock->local_port]++;
		return 0;
	}
	/* the kernel counts FIN_WAIT_2 mini-sockets as TIME_WAIT */
	if (sock->flags & TM_SOCK_MINI)
		use->most[TM_USE_TIME_WAIT]++;
	return tm_port_counts_add(&use->ports, sock, range, true);
}

static int add_sockets(struct use *use, const struct tcpmem_snapshot *snap,
		       size_t netns, const struct tcpmem_limit *range)
{
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < snap->sockets.count; i++)
		if (snap->sockets.sock[i].netns == netns)
			ret = add_socket(use, &snap->sockets.sock[i], range);
	tm_port_counts_find(&use->ports, &use->destination);
	use->most[TM_USE_PORTS] = use->destination.all;
	use->told = netns < snap->netns_count &&
		    snap->netns[netns].time_wait != TCPMEM_UNKNOWN;
	if (use->told)
		use->most[TM_USE_TIME_WAIT] = snap->netns[netns].time_wait;
	return ret;
}

static void set_used(struct tcpmem_limit *limit, int64_t used)
{
	limit->used = used;
	limit->used_known = true;
}

static void print_destination(const struct tm_port_busiest *destination,
			      char text[TM_BUSIEST_SIZE])
{
	bool ipv6 = destination->ipv6;
	char address[INET6_ADDRSTRLEN];

	inet_ntop(ipv6 ? AF_INET6 : AF_INET, destination->remote, address,
		  sizeof(address));
	snprintf(text, TM_BUSIEST_SIZE, "%s%s%s:%u", ipv6 ? "[" : "", address,
		 ipv6 ? "]" : "", destination->port);
}

/* A queue's limit is its own; there is none where nothing waits. */
static void set_queue(struct tcpmem_limit *limit, const struct queue *queue,
		      char text[TM_BUSIEST_SIZE])
{
	set_used(limit, queue->used);
	limit->known = queue->used > 0;
	limit->value = queue->limit;
	if (!limit->known)
		return;
	snprintf(text, TM_BUSIEST_SIZE, "port %u", queue->port);
	limit->busiest = text;
}

/* @text: stays empty where the limit does not bind a listener or destination */
static void set_netns(struct tcpmem_limit *limit, enum tm_limit_use which,
		      const struct use *use, char text[TM_BUSIEST_SIZE])
{
	bool told = which == TM_USE_TIME_WAIT && use->told;
	struct queue syn;

	if (use->lacks & counted_states[which] && !told)
		return;
	switch (which) {
	case TM_USE_PORTS:
		/* which ports are of the range is not known without it */
		if (!limit->known)
			return;
		if (use->most[which])
			print_destination(&use->destination, text);
		break;
	case TM_USE_SYN_QUEUE:
		if (use->unbounded)
			return;
		syn = fullest_syn_queue(use);
		set_queue(limit, &syn, text);
		return;
	case TM_USE_ACCEPT_QUEUE:
		if (use->unbounded)
			return;
		set_queue(limit, &use->accept, text);
		return;
	case TM_USE_RCVBUF:
	case TM_USE_SNDBUF:
		if (use->uncounted)
			return;
		break;
	case TM_USE_TIME_WAIT:
		break;
	default:
		return;
	}
	set_used(limit, use->most[which]);
	if (*text)
		limit->busiest = text;
}

int tm_limits_name_netns(struct tcpmem_limits *limits, size_t i,
			 const char *name)
{
	free(limits->netns[i]);
	limits->netns[i] = strdup(name);
	limits->limits.limit[i].netns = limits->netns[i];
	return limits->netns[i] ? 0 : -ENOMEM;
}

/* Without cookies the kernel keeps a quarter for addresses that it knows. */
static int64_t syn_limit(const struct tm_limits *limits)
{
	const struct tcpmem_limit *max =
		tm_limits_find(limits, "tcp_max_syn_backlog");
	const struct tcpmem_limit *cookies =
		tm_limits_find(limits, "tcp_syncookies");

	return max->known && cookies->known && !cookies->value
		       ? max->value - max->value / 4
		       : INT64_MAX;
}

/* Their own limits, and what the sockets of that namespace use of them. */
int tm_limits_use_netns(struct tcpmem_limits *limits,
			const struct tcpmem_snapshot *snap, size_t netns)
{
	const struct tcpmem_limit *range =
		tm_limits_find(&limits->limits, "ip_local_port_range");
	struct use *use = calloc(1, sizeof(*use));
	int ret;

	if (!use)
		return -ENOMEM;
	use->syn_limit = syn_limit(&limits->limits);
	use->lacks = limits->at_least ? 0 : snap->lacks_states;
	ret = add_sockets(use, snap, netns, range);
	for (size_t i = 0; ret == 0 && i < TM_LIMIT_COUNT; i++) {
		if (tm_limit_defs[i].scope != TCPMEM_LIMIT_SCOPE_NETNS)
			continue;
		set_netns(&limits->limits.limit[i], tm_limit_defs[i].use, use,
			  limits->busiest[i]);
		limits->connections[i] = use->connections;
		if (netns < snap->netns_count)
			ret = tm_limits_name_netns(limits, i,
						   snap->netns[netns].name);
	}
	tm_port_counts_clear(&use->ports);
	free(use->port);
	free(use);
	return ret;
}

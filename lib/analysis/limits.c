// SPDX-License-Identifier: LGPL-2.1-or-later
/* limits.c - what of the limits a snapshot's sockets use, what rises */
#include "analysis/explain.h"

#include "base/util.h"

#include <arpa/inet.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STATE(x) (1u << TCPMEM_STATE_##x)

/* Those whose sockets have buffers that grow */
#define CONNECTIONS                                                 \
	(STATE(ESTABLISHED) | STATE(SYN_SENT) | STATE(FIN_WAIT_1) | \
	 STATE(FIN_WAIT_2) | STATE(CLOSE_WAIT) | STATE(LAST_ACK) |  \
	 STATE(CLOSING))

/* Whose sockets are counted: without those of one, the use is not known */
static const uint32_t counted_states[TM_USE_COUNT] = {
	[TM_USE_RCVBUF] = CONNECTIONS,
	[TM_USE_SNDBUF] = CONNECTIONS,
	[TM_USE_TIME_WAIT] = STATE(TIME_WAIT) | STATE(FIN_WAIT_2),
	[TM_USE_PORTS] = CONNECTIONS | STATE(TIME_WAIT),
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

static bool is_connection(const struct tcpmem_socket *sock)
{
	return sock->state != TCPMEM_STATE_LISTENING &&
	       sock->state != TCPMEM_STATE_BOUND_INACTIVE &&
	       !(sock->flags & TM_SOCK_MINI);
}

static bool has_counters(const struct tcpmem_socket *sock)
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
	if (!has_counters(sock)) {
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
	if (is_connection(sock))
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

static void set_fact(struct tcpmem_limit *limit,
		     const struct tcpmem_snapshot *snap,
		     enum tcpmem_host_metric fact)
{
	if (snap->host.known[fact])
		set_used(limit, snap->host.fact[fact]);
}

static void set_host(struct tm_limits *limits,
		     const struct tcpmem_snapshot *snap)
{
	for (size_t i = 0; i < TM_LIMIT_COUNT; i++) {
		if (tm_limit_defs[i].use == TM_USE_MEMORY)
			set_fact(&limits->limit[i], snap,
				 TCPMEM_HOST_METRIC_TCP_MEM_USED);
		if (tm_limit_defs[i].use == TM_USE_ORPHANS)
			set_fact(&limits->limit[i], snap,
				 TCPMEM_HOST_METRIC_ORPHANS);
	}
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

static int name_netns(struct tcpmem_limits *limits, size_t i, const char *name)
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
static int use_netns(struct tcpmem_limits *limits,
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
			ret = name_netns(limits, i, snap->netns[netns].name);
	}
	tm_port_counts_clear(&use->ports);
	free(use->port);
	free(use);
	return ret;
}

static void set_worst(struct tcpmem_limits *limits, enum tcpmem_worst which,
		      int64_t bytes)
{
	limits->worst[which] = bytes;
	limits->worst_known[which] = true;
}

/*
 * struct grown - all connections, if each grew to its namespace's maxima
 * @limits: of the socket before; what its @each comes to
 */
struct grown {
	int64_t connections;
	int64_t bound;
	int64_t bytes;
	bool unknown;
	bool uncounted;
	const struct tm_limits *limits;
	int64_t each;
};

static bool add_maxima(const struct tm_limits *limits, int64_t *each)
{
	const struct tcpmem_limit *rmem =
		tm_limits_find(limits, "tcp_rmem_max");
	const struct tcpmem_limit *wmem =
		tm_limits_find(limits, "tcp_wmem_max");

	return rmem->known && wmem->known &&
	       !__builtin_add_overflow(rmem->value, wmem->value, each);
}

/* @limits: of their namespace; NULL: not known */
static void add_grown(struct grown *grown, const struct tm_limits *limits,
		      const struct tcpmem_socket *sock)
{
	grown->connections++;
	grown->uncounted |= !has_counters(sock);
	grown->bound += sock->skmem[TCPMEM_METRIC_RCVBUF];
	grown->bound += sock->skmem[TCPMEM_METRIC_SNDBUF];
	if (!limits || grown->unknown) {
		grown->unknown = true;
		return;
	}
	if (limits != grown->limits)
		grown->unknown = !add_maxima(limits, &grown->each);
	grown->limits = limits;
	grown->unknown |= __builtin_add_overflow(grown->bytes, grown->each,
						 &grown->bytes);
}

/* @one: the limits of all sockets; NULL: each namespace has its own */
static void add_worst(struct tcpmem_limits *limits,
		      const struct tcpmem_snapshot *snap,
		      const struct tm_limits *one)
{
	struct grown grown = {
		.unknown = one &&
			   (!tm_limits_find(one, "tcp_rmem_max")->known ||
			    !tm_limits_find(one, "tcp_wmem_max")->known),
	};

	for (size_t i = 0; i < snap->sockets.count; i++) {
		const struct tcpmem_socket *sock = &snap->sockets.sock[i];

		if (is_connection(sock))
			add_grown(&grown,
				  one ? one : snap->netns[sock->netns].limits,
				  sock);
	}
	if (snap->lacks_states & CONNECTIONS)
		return;
	set_worst(limits, TCPMEM_WORST_CONNECTIONS, grown.connections);
	if (!grown.uncounted)
		set_worst(limits, TCPMEM_WORST_CURRENT, grown.bound);
	if (!grown.unknown)
		set_worst(limits, TCPMEM_WORST_AUTOTUNED, grown.bytes);
}

int tm_limits_use(struct tcpmem_limits *limits,
		  const struct tcpmem_snapshot *snap, size_t netns)
{
	int ret = 0;

	if (netns != SIZE_MAX)
		ret = use_netns(limits, snap, netns);
	set_host(&limits->limits, snap);
	add_worst(limits, snap, &limits->limits);
	return ret;
}

static double part_of(const struct tcpmem_limit *limit)
{
	if (!limit->used_known)
		return -1;
	if (!limit->known)
		return (double)limit->used;
	return (double)limit->used /
	       (tm_limit_full(limit) > 0 ? tm_limit_full(limit) : 1);
}

/* The numbers of one file belong together: its largest use decides. */
static size_t decides(size_t i)
{
	size_t first = i - tm_limit_defs[i].field;

	for (size_t j = first; j < first + tm_limit_defs[i].fields &&
			       tm_limit_defs[i].fields == 3;
	     j++)
		if (tm_limit_defs[j].use != TM_USE_NONE)
			return j;
	return i;
}

/* A counter that rises is nearer than one that has risen. */
static bool is_worse(const struct tcpmem_limit *left,
		     const struct tcpmem_limit *right, bool own)
{
	if (left->count_known != right->count_known)
		return left->count_known;
	if (left->rate_known && right->rate_known &&
	    fabs(left->per_second - right->per_second) > 0)
		return left->per_second > right->per_second;
	return left->count == right->count ? own : left->count > right->count;
}

static bool is_nearer(const struct tm_limits *a, const struct tm_limits *b,
		      size_t i, bool own)
{
	const struct tcpmem_limit *left = &a->limit[decides(i)];
	const struct tcpmem_limit *right = &b->limit[decides(i)];

	if (left->counter)
		return is_worse(left, right, own);
	if (left->known != right->known)
		return left->known;
	if (part_of(left) != part_of(right))
		return part_of(left) > part_of(right);
	return own;
}

static int keep_nearest(struct tcpmem_limits *limits,
			struct tcpmem_limits *netns, const char *name,
			bool first, bool own)
{
	struct tm_limits before = limits->limits;
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < TM_LIMIT_COUNT; i++) {
		struct tcpmem_limit *limit = &limits->limits.limit[i];

		if (tm_limit_defs[i].scope != TCPMEM_LIMIT_SCOPE_NETNS ||
		    (!first && !is_nearer(&netns->limits, &before, i, own)))
			continue;
		*limit = netns->limits.limit[i];
		memcpy(limits->busiest[i], netns->busiest[i], TM_BUSIEST_SIZE);
		limits->connections[i] = netns->connections[i];
		if (limit->busiest)
			limit->busiest = limits->busiest[i];
		ret = name_netns(limits, i, name);
	}
	return ret;
}

/* Whether a namespace that is not in @snap was not there. */
static bool has_all_netns(const struct tcpmem_snapshot *snap)
{
	return !tm_coverage_missing(snap, TM_COVERAGE_SOCKETS) &&
	       !tm_warnings_have(&snap->warnings, TCPMEM_WARNING_NETNS_SCOPE);
}

/*
 * The counters of a namespace, or @none if it was not there yet: they began at
 * 0. NULL: what was there had none, or was not all seen.
 */
static const struct tm_limits *find_limits(const struct tcpmem_snapshot *snap,
					   uint64_t inode,
					   struct tm_limits *none)
{
	bool any = false;

	for (size_t i = 0; snap && i < snap->netns_count; i++) {
		if (snap->netns[i].inode == inode)
			return snap->netns[i].limits;
		if (snap->netns[i].limits)
			none->read_ns = snap->netns[i].limits->read_ns;
		any |= snap->netns[i].limits != NULL;
	}
	return any && has_all_netns(snap) ? none : NULL;
}

void tm_limits_rise(struct tm_limits *limits,
		    const struct tcpmem_snapshot *before, uint64_t inode)
{
	struct tm_limits none = { 0 };
	const struct tm_limits *old = find_limits(before, inode, &none);
	int64_t elapsed = old ? limits->read_ns - old->read_ns : 0;

	for (size_t i = 0; elapsed > 0 && i < TM_LIMIT_COUNT; i++) {
		struct tcpmem_limit *limit = &limits->limit[i];
		int64_t risen = limit->count - old->limit[i].count;

		/* an inode that another namespace has got since then */
		if (risen < 0)
			risen = limit->count;
		limit->rate_known = limit->count_known &&
				    (old == &none || old->limit[i].count_known);
		if (limit->rate_known)
			limit->per_second =
				(double)risen * 1e9 / (double)elapsed;
	}
}

/* What namespace @i uses of its limits, where that is nearer than before */
static int use_nearest(struct tcpmem_limits *limits,
		       const struct tcpmem_snapshot *before,
		       const struct tcpmem_snapshot *snap, size_t i, bool first)
{
	const struct tm_netns *ns = &snap->netns[i];
	struct tcpmem_limits netns = { .limits = *ns->limits,
				       .at_least = limits->at_least };
	int ret;

	tm_limits_rise(&netns.limits, before, ns->inode);
	ret = use_netns(&netns, snap, i);
	if (ret == 0)
		ret = keep_nearest(limits, &netns, ns->name, first, ns->own);
	tm_limits_clear(&netns);
	return ret;
}

int tm_limits_use_all(struct tcpmem_limits *limits,
		      const struct tcpmem_snapshot *before,
		      const struct tcpmem_snapshot *snap)
{
	bool first = true;
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < snap->netns_count; i++) {
		if (!snap->netns[i].limits)
			continue;
		ret = use_nearest(limits, before, snap, i, first);
		first = false;
	}
	set_host(&limits->limits, snap);
	add_worst(limits, snap, NULL);
	return ret;
}

void tm_limits_clear(struct tcpmem_limits *limits)
{
	for (size_t i = 0; i < TM_LIMIT_COUNT; i++)
		free(limits->netns[i]);
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

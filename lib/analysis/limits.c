// SPDX-License-Identifier: LGPL-2.1-or-later
/* limits.c - the limits of a host and of its namespaces: nearest, rising */
#include "analysis/explain.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static void set_fact(struct tcpmem_limit *limit,
		     const struct tcpmem_snapshot *snap,
		     enum tcpmem_host_metric fact)
{
	if (!snap->host.known[fact])
		return;
	limit->used = snap->host.fact[fact];
	limit->used_known = true;
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
	grown->uncounted |= !tm_limits_knows_buffers(sock);
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

		if (tm_limits_is_connection(sock))
			add_grown(&grown,
				  one ? one : snap->netns[sock->netns].limits,
				  sock);
	}
	if (snap->lacks_states & TM_BUFFER_STATES)
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
		ret = tm_limits_use_netns(limits, snap, netns);
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
		ret = tm_limits_name_netns(limits, i, name);
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

/* A counter that fell is another namespace's, which has got the inode since. */
static bool has_fallen(const struct tm_limits *old, const struct tm_limits *now)
{
	for (size_t i = 0; i < TM_LIMIT_COUNT; i++)
		if (old->limit[i].count_known && now->limit[i].count_known &&
		    now->limit[i].count < old->limit[i].count)
			return true;
	return false;
}

void tm_limits_rise(struct tm_limits *limits,
		    const struct tcpmem_snapshot *before, uint64_t inode)
{
	struct tm_limits none = { 0 };
	const struct tm_limits *old = find_limits(before, inode, &none);
	int64_t elapsed = old ? limits->read_ns - old->read_ns : 0;

	if (old && has_fallen(old, limits))
		old = &none;

	for (size_t i = 0; elapsed > 0 && i < TM_LIMIT_COUNT; i++) {
		struct tcpmem_limit *limit = &limits->limit[i];
		int64_t risen = limit->count - old->limit[i].count;

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
	ret = tm_limits_use_netns(&netns, snap, i);
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

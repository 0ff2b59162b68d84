// SPDX-License-Identifier: LGPL-2.1-or-later
/* filter.c - the query's filter, while sockets come in */
#include "collect/filter.h"

#include "filter/filter.h"
#include "netns/internal.h"

#include <errno.h>
#include <stdlib.h>

/* What is saved is not chosen: a file has all sockets. */
int tm_collect_prepare(struct tm_collect *c)
{
	const struct tcpmem_query *query = c->query;
	struct tm_filter_part part;
	int ret;

	c->states = query->states;
	c->needs = query->needs;
	if (c->needs & TCPMEM_NEED_CHARGES)
		c->needs |= TCPMEM_NEED_HOLDERS | TCPMEM_NEED_METADATA;
	if (!query->filter || c->writer)
		return 0;
	ret = tm_filter_kernel_part(query->filter, NULL, &part);
	if (ret < 0)
		return ret;
	free(part.node);
	c->filter = query->filter;
	c->states &= part.states;
	c->needs |= tm_filter_needs(query->filter);
	c->narrow = part.count;
	return 0;
}

void tm_collect_look_up(const struct tcpmem_ctx *ctx,
			const struct tcpmem_filter *filter,
			struct tm_net_facts *facts)
{
	const char *name;
	size_t at = 0;

	if (facts->known)
		return;
	if (filter->types & 1u << TM_FILTER_AUTOBOUND)
		tm_net_facts_ports(ctx, facts);
	while ((name = tm_filter_next_dev(filter, &at)))
		tm_net_facts_iface(name, facts);
	facts->known = true;
}

bool tm_collect_wants(const struct tcpmem_filter *filter,
		      const struct tm_net_facts *facts,
		      const struct tcpmem_socket *sock)
{
	const struct tm_netns netns = {
		.facts = facts ? *facts : (struct tm_net_facts){ 0 },
	};
	const struct tm_filter_facts little = { .netns = &netns };

	return tm_filter_eval(filter, &little, sock) >= TM_FILTER_UNKNOWN;
}

/* What the walk found out moves to where the snapshot keeps it. */
static void merge_facts(struct tm_collect *c, size_t netns)
{
	struct tm_net_facts *to, *from;

	if (netns >= c->list.count || netns >= c->snap->netns_count)
		return;
	to = &c->snap->netns[netns].facts;
	from = &c->list.ns[netns].facts;
	if (to->known || !from->known)
		return;
	*to = *from;
	*from = (struct tm_net_facts){ 0 };
}

bool tm_collect_selects(struct tm_collect *c, struct tcpmem_socket *sock)
{
	const struct tcpmem_snapshot *snap = c->snap;
	struct tm_filter_facts facts = {
		.snapshot = snap,
		.accounted = true,
		.attributed = true,
		.placed = (c->needs & TCPMEM_NEED_METADATA) && snap->holders,
	};
	enum tm_filter_verdict verdict;

	if (!c->filter)
		return true;
	merge_facts(c, sock->netns);
	if (sock->netns < snap->netns_count)
		facts.netns = &snap->netns[sock->netns];
	verdict = tm_filter_eval(c->filter, &facts, sock);
	c->undecided += verdict == TM_FILTER_UNKNOWN;
	sock->asked = false;
	return verdict == TM_FILTER_YES;
}

static bool is_rejected(struct tcpmem_socket *sock, void *user)
{
	return !tm_collect_selects(user, sock);
}

void tm_collect_select(struct tm_collect *c)
{
	if (c->filter)
		tm_socket_set_remove_if(&c->snap->sockets, is_rejected, c);
}

/* Where one namespace was not looked at, it may be there. */
static bool is_nowhere(const struct tcpmem_snapshot *snap, const char *name)
{
	for (size_t i = 0; i < snap->netns_count; i++) {
		uint32_t index;

		if (tm_net_facts_find(&snap->netns[i].facts, name, &index) <
			    0 ||
		    index)
			return false;
	}
	return snap->netns_count;
}

int tm_collect_undecided(struct tm_collect *c)
{
	const char *name;
	size_t at = 0;

	if (!c->filter)
		return 0;
	for (size_t i = 0; i < c->snap->netns_count; i++)
		merge_facts(c, i);
	while ((name = tm_filter_next_dev(c->filter, &at))) {
		if (is_nowhere(c->snap, name))
			return -ENODEV;
	}
	if (!c->undecided)
		return 0;
	return tm_warnings_add(
		&c->snap->warnings, TCPMEM_WARNING_FILTER_UNDECIDED,
		"%zu sockets may match the filter: too little is "
		"known of them, and they are left out",
		c->undecided);
}

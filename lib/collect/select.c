// SPDX-License-Identifier: LGPL-2.1-or-later
/* select.c - the query's filter, and its namespaces in a file */
#include "collect/plan.h"

#include "filter/filter.h"
#include "netns/internal.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void tm_select_look_up(const struct tcpmem_ctx *ctx,
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

bool tm_select_may(const struct tm_plan *plan, const struct tm_net_facts *facts,
		   const struct tcpmem_socket *sock)
{
	struct tm_filter_facts little = { .saved = plan->saved };
	struct tm_netns netns;

	if (!plan->prefiltered)
		return true;
	netns = (struct tm_netns){ .facts = *facts };
	little.netns = &netns;
	return tm_filter_eval(plan->filter, &little, sock) >= TM_FILTER_UNKNOWN;
}

static bool matches(const struct tm_plan *plan,
		    const struct tcpmem_snapshot *snap,
		    struct tcpmem_socket *sock, size_t *undecided)
{
	struct tm_filter_facts facts = {
		.snapshot = snap,
		.accounted = true,
		.attributed = true,
		.placed = tm_plan_needs(plan, TCPMEM_NEED_METADATA) &&
			  snap->holders,
		.saved = plan->saved,
	};
	enum tm_filter_verdict verdict;

	if (sock->netns < snap->netns_count)
		facts.netns = &snap->netns[sock->netns];
	verdict = tm_filter_eval(plan->filter, &facts, sock);
	*undecided += verdict == TM_FILTER_UNKNOWN;
	sock->asked = false;
	return verdict == TM_FILTER_YES;
}

bool tm_select_one(const struct tm_plan *plan,
		   const struct tcpmem_snapshot *snap,
		   struct tcpmem_socket *sock, size_t *undecided)
{
	return plan->selected & 1u << sock->state &&
	       (!plan->filter || matches(plan, snap, sock, undecided));
}

struct selection {
	const struct tm_plan *plan;
	const struct tcpmem_snapshot *snap;
	size_t *undecided;
};

static bool is_rejected(struct tcpmem_socket *sock, void *user)
{
	const struct selection *s = user;

	return !tm_select_one(s->plan, s->snap, sock, s->undecided);
}

int tm_select(const struct tm_plan *plan, struct tcpmem_snapshot *snap,
	      size_t *undecided)
{
	struct selection selection = { plan, snap, undecided };
	int ret = 0;

	if (tm_plan_needs(plan, TCPMEM_NEED_PEERS))
		ret = tm_peers_find(&snap->sockets);
	if (ret == 0 && (plan->filter || plan->selected != plan->states))
		tm_socket_set_remove_if(&snap->sockets, is_rejected,
					&selection);
	return ret;
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

int tm_select_explain(const struct tm_plan *plan, size_t undecided,
		      struct tcpmem_snapshot *snap)
{
	const char *name;
	size_t at = 0;

	if (!plan->filter)
		return 0;
	while ((name = tm_filter_next_dev(plan->filter, &at)))
		if (is_nowhere(snap, name))
			return -ENODEV;
	if (!undecided)
		return 0;
	return tm_warnings_add(
		&snap->warnings, TCPMEM_WARNING_FILTER_UNDECIDED,
		"%zu sockets may match the filter: too little is "
		"known of them, and they are left out",
		undecided);
}

/* "docker.service" stands for "docker.service:INODE" too, as it does live. */
bool tm_scope_is_called(const struct tm_netns *netns, const char *spec)
{
	size_t len = strlen(spec);
	char digits[24];

	snprintf(digits, sizeof(digits), "%" PRIu64, netns->inode);
	return (netns->own && strcmp(spec, "self") == 0) ||
	       strcmp(spec, digits) == 0 ||
	       (strncmp(netns->name, spec, len) == 0 &&
		(!netns->name[len] || netns->name[len] == ':'));
}

bool tm_scope_has(const struct tcpmem_query *query,
		  const struct tm_netns *netns)
{
	for (size_t i = 0; i < query->netns_count; i++)
		if (tm_scope_is_called(netns, query->netns[i]))
			return true;
	return !query->netns_count;
}

static bool is_there(const struct tcpmem_snapshot *snap, const char *spec)
{
	for (size_t i = 0; i < snap->netns_count; i++)
		if (tm_scope_is_called(&snap->netns[i], spec))
			return true;
	return false;
}

static int check_specs(const struct tm_plan *plan,
		       const struct tcpmem_snapshot *snap)
{
	for (size_t i = 0; i < plan->query->netns_count; i++) {
		const char *spec = plan->query->netns[i];

		if (is_there(snap, spec))
			continue;
		tm_error(plan->ctx, "network namespace '%s': not in the file",
			 spec);
		return -ENOENT;
	}
	return 0;
}

/* Sockets of the others were not taken in. */
static int drop_others(const struct tm_plan *plan, struct tcpmem_snapshot *snap,
		       struct tm_listeners *listeners)
{
	uint16_t *place = calloc(snap->netns_count + 1, sizeof(*place));
	size_t kept = 0;

	if (!place)
		return -ENOMEM;
	for (size_t i = 0; i < snap->netns_count; i++) {
		if (!tm_scope_has(plan->query, &snap->netns[i])) {
			tm_netns_deinit(&snap->netns[i]);
			continue;
		}
		place[i] = (uint16_t)kept;
		snap->netns[kept++] = snap->netns[i];
	}
	snap->netns_count = kept;
	for (size_t i = 0; i < snap->sockets.count; i++)
		snap->sockets.sock[i].netns =
			place[snap->sockets.sock[i].netns];
	for (size_t i = 0; snap->sockets.peer && i < snap->sockets.count; i++)
		snap->sockets.peer[i].netns =
			place[snap->sockets.peer[i].netns];
	tm_listeners_renumber(listeners, place);
	free(place);
	return 0;
}

int tm_scope_apply(const struct tm_plan *plan, struct tcpmem_snapshot *snap,
		   struct tm_listeners *listeners)
{
	int ret = 0;

	if (!plan->query->netns_count)
		return 0;
	ret = check_specs(plan, snap);
	if (ret == 0)
		ret = drop_others(plan, snap, listeners);
	if (ret ||
	    tm_warnings_have(&snap->warnings, TCPMEM_WARNING_NETNS_SCOPE))
		return ret;
	return tm_netns_explain_scope(&snap->warnings);
}

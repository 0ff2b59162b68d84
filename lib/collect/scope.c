// SPDX-License-Identifier: LGPL-2.1-or-later
/* scope.c - which namespaces of a file a query is about */
#include "collect/plan.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* "docker.service" stands for "docker.service:INODE" too, as it does live. */
static bool is_called(const struct tm_netns *netns, const char *spec)
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
		if (is_called(netns, query->netns[i]))
			return true;
	return !query->netns_count;
}

static bool is_there(const struct tcpmem_snapshot *snap, const char *spec)
{
	for (size_t i = 0; i < snap->netns_count; i++)
		if (is_called(&snap->netns[i], spec))
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

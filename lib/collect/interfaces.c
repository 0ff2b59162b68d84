// SPDX-License-Identifier: LGPL-2.1-or-later
/* interfaces.c - the names of the interfaces that sockets are bound to */
#include "collect/sources.h"

#include "netns/internal.h"

#include <stdlib.h>

/* struct lookup - what is asked of one namespace, from inside */
struct lookup {
	const struct tm_socket_set *sockets;
	size_t netns;
	struct tm_net_facts *facts;
};

static void look_up(void *arg)
{
	const struct lookup *lookup = arg;

	for (size_t i = 0; i < lookup->sockets->count; i++) {
		const struct tcpmem_socket *sock = &lookup->sockets->sock[i];

		if (sock->ifindex && sock->netns == lookup->netns &&
		    !tm_net_facts_name(lookup->facts, sock->ifindex))
			tm_net_facts_ifindex(sock->ifindex, lookup->facts);
	}
}

/* Few sockets are: most namespaces are not entered for it. */
int tm_interfaces_read(const struct tm_live *live)
{
	struct tcpmem_snapshot *snap = live->snap;
	bool *bound = calloc(snap->netns_count + 1, sizeof(*bound));
	int ret = bound ? 0 : -ENOMEM;

	for (size_t i = 0; ret == 0 && i < snap->sockets.count; i++)
		if (snap->sockets.sock[i].ifindex)
			bound[snap->sockets.sock[i].netns] = true;
	for (size_t i = 0; ret == 0 && i < snap->netns_count; i++) {
		struct lookup lookup = {
			.sockets = &snap->sockets,
			.netns = i,
			.facts = &snap->netns[i].facts,
		};

		if (bound[i] && live->list.ns[i].own)
			look_up(&lookup);
		else if (bound[i])
			ret = tm_netns_lacks(tm_netns_run(
				live->plan->kernel, live->plan->ctx,
				&live->list.ns[i], look_up, &lookup));
	}
	free(bound);
	return ret;
}

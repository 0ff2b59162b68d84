// SPDX-License-Identifier: LGPL-2.1-or-later
/* ports.c - how many local ports connections toward one destination take */
#include "analysis/explain.h"

#include "base/util.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int tm_port_counts_add(struct tm_port_counts *ports,
		       const struct tcpmem_socket *sock,
		       const struct tcpmem_limit *range, bool mine)
{
	struct tm_port_use use = {
		.port = sock->remote_port,
		.family = sock->flags & TM_SOCK_IPV6,
		.mine = mine,
	};

	if (!range->known || !sock->remote_port ||
	    sock->local_port < range->low ||
	    sock->local_port >= range->low + range->value)
		return 0;
	memcpy(use.local, sock->local, sizeof(use.local));
	memcpy(use.remote, sock->remote, sizeof(use.remote));
	return tm_append(ports->use, ports->count, ports->capacity, &use);
}

static int compare(const void *a, const void *b)
{
	return memcmp(a, b, offsetof(struct tm_port_use, mine));
}

static void note(const struct tm_port_use *use, int64_t all, int64_t mine,
		 struct tm_port_busiest *busiest)
{
	if (!mine || all <= busiest->all)
		return;
	busiest->all = all;
	busiest->mine = mine;
	memcpy(busiest->remote, use->remote, sizeof(busiest->remote));
	busiest->port = use->port;
	busiest->ipv6 = use->family;
}

void tm_port_counts_find(struct tm_port_counts *ports,
			 struct tm_port_busiest *busiest)
{
	int64_t all = 0, mine = 0;

	memset(busiest, 0, sizeof(*busiest));
	if (!ports->count)
		return;
	qsort(ports->use, ports->count, sizeof(*ports->use), compare);
	for (size_t i = 0; i < ports->count; i++) {
		if (i && compare(&ports->use[i - 1], &ports->use[i]) != 0)
			all = mine = 0;
		all++;
		mine += ports->use[i].mine;
		note(&ports->use[i], all, mine, busiest);
	}
}

void tm_port_counts_clear(struct tm_port_counts *ports)
{
	free(ports->use);
	memset(ports, 0, sizeof(*ports));
}

// SPDX-License-Identifier: LGPL-2.1-or-later
/* ports.c - how many local ports connections toward one destination take */
#include "analysis/explain.h"

#include "base/util.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static uint32_t hash_address(uint32_t hash, const uint8_t address[16])
{
	uint64_t word[2];

	memcpy(word, address, sizeof(word));
	return tm_hash(tm_hash(hash, word[0]), word[1]);
}

static int compare(const struct tm_port_use *a, const struct tm_port_use *b)
{
	return memcmp(a, b, offsetof(struct tm_port_use, all));
}

static struct tm_port_use *find(struct tm_port_counts *ports,
				struct tm_index_walk *walk,
				const struct tm_port_use *key)
{
	while (tm_index_next(&ports->index, walk))
		if (compare(&ports->use[walk->number], key) == 0)
			return &ports->use[walk->number];
	return NULL;
}

static int count(struct tm_port_counts *ports, const struct tm_port_use *key)
{
	struct tm_index_walk walk = { 0 };
	struct tm_port_use *use;
	int ret;

	/* whoever connects chooses addresses and ports */
	if (!ports->seed)
		ports->seed = (uint32_t)tm_random_seed();
	walk.hash = hash_address(ports->seed, key->local);
	walk.hash = hash_address(walk.hash, key->remote);
	walk.hash = tm_hash(walk.hash, key->port);
	use = find(ports, &walk, key);
	if (use) {
		use->all++;
		use->mine += key->mine;
		return 0;
	}
	ret = tm_index_add(&ports->index, walk.hash, (uint32_t)ports->count);
	return ret ? ret
		   : tm_append(ports->use, ports->count, ports->capacity, key);
}

int tm_port_counts_add(struct tm_port_counts *ports,
		       const struct tcpmem_socket *sock,
		       const struct tcpmem_limit *range, bool mine)
{
	struct tm_port_use use = {
		.port = sock->remote_port,
		.family = sock->flags & TM_SOCK_IPV6,
		.all = 1,
		.mine = mine,
	};

	if (!range->known || !sock->remote_port ||
	    sock->local_port < range->low ||
	    sock->local_port >= range->low + range->value)
		return 0;
	memcpy(use.local, sock->local, sizeof(use.local));
	memcpy(use.remote, sock->remote, sizeof(use.remote));
	return count(ports, &use);
}

void tm_port_counts_find(const struct tm_port_counts *ports,
			 struct tm_port_busiest *busiest)
{
	const struct tm_port_use *most = NULL;

	memset(busiest, 0, sizeof(*busiest));
	for (size_t i = 0; i < ports->count; i++) {
		const struct tm_port_use *use = &ports->use[i];

		if (use->mine &&
		    (!most || use->all > most->all ||
		     (use->all == most->all && compare(use, most) < 0)))
			most = use;
	}
	if (!most)
		return;
	busiest->all = most->all;
	busiest->mine = most->mine;
	memcpy(busiest->remote, most->remote, sizeof(busiest->remote));
	busiest->port = most->port;
	busiest->ipv6 = most->family;
}

void tm_port_counts_clear(struct tm_port_counts *ports)
{
	free(ports->use);
	tm_index_deinit(&ports->index);
	memset(ports, 0, sizeof(*ports));
}

// SPDX-License-Identifier: LGPL-2.1-or-later
/* peers.c - the other ends of connections, and the local ports toward them */
#include "analysis/peers.h"

#include "base/util.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Those that are named */
#define NAMED 3
/* Address, process and the number of connections */
#define NAME_SIZE 192

void tm_end_format(const uint8_t address[16], bool ipv6, uint16_t port,
		   char text[TM_END_SIZE])
{
	char host[INET6_ADDRSTRLEN] = "?";

	inet_ntop(ipv6 ? AF_INET6 : AF_INET, address, host, sizeof(host));
	if (!port)
		snprintf(text, TM_END_SIZE, "%s", host);
	else
		snprintf(text, TM_END_SIZE, ipv6 ? "[%s]:%u" : "%s:%u", host,
			 port);
}

static struct tm_peer_group group_of(const struct tcpmem_snapshot *snap,
				     const struct tcpmem_socket *sock)
{
	const struct tm_peer *peer = tm_socket_set_peer(&snap->sockets, sock);
	struct tm_peer_group group = {
		.ipv6 = sock->flags & TM_SOCK_IPV6,
		.port = sock->remote_port,
	};

	memcpy(group.address, sock->remote, sizeof(group.address));
	if (!peer || peer->status != TM_PEER_FOUND)
		return group;
	group.status = peer->status;
	group.holder = peer->holder;
	group.kind = peer->holder == TM_HOLDER_NONE ? peer->kind : 0;
	return group;
}

static bool is_same(const struct tm_peer_group *a,
		    const struct tm_peer_group *b)
{
	return a->status == b->status && a->holder == b->holder &&
	       a->kind == b->kind && a->ipv6 == b->ipv6 &&
	       memcmp(a->address, b->address, sizeof(a->address)) == 0;
}

static struct tm_peer_group *find(struct tm_peer_groups *groups,
				  const struct tm_peer_group *key)
{
	struct tm_index_walk walk = { .hash = tm_hash(key->kind, key->holder) };
	struct tm_peer_group *group;
	uint64_t word[2];

	memcpy(word, key->address, sizeof(word));
	walk.hash = tm_hash(tm_hash(walk.hash, word[0]), word[1]);
	while (tm_index_next(&groups->index, &walk)) {
		group = &groups->group[walk.number];
		if (is_same(group, key))
			return group;
	}
	if (tm_index_add(&groups->index, walk.hash, (uint32_t)groups->count) ||
	    tm_append(groups->group, groups->count, groups->capacity, key))
		return NULL;
	return &groups->group[groups->count - 1];
}

void tm_peer_groups_add(struct tm_peer_groups *groups,
			const struct tcpmem_snapshot *snap,
			const struct tcpmem_socket *sock)
{
	struct tm_peer_group key = group_of(snap, sock);
	struct tm_peer_group *group = NULL;

	if (!groups->failed)
		group = find(groups, &key);
	if (!group) {
		groups->failed = true;
		return;
	}
	if (group->port != key.port)
		group->port = 0;
	group->sockets++;
}

static int compare(const void *a, const void *b)
{
	const struct tm_peer_group *p = a, *q = b;

	if (p->sockets != q->sockets)
		return p->sockets < q->sockets ? 1 : -1;
	return memcmp(p->address, q->address, sizeof(p->address));
}

void tm_peer_groups_sort(struct tm_peer_groups *groups)
{
	if (groups->count)
		qsort(groups->group, groups->count, sizeof(*groups->group),
		      compare);
}

static void write_group(const struct tm_peer_group *group,
			const struct tcpmem_snapshot *snap,
			char text[NAME_SIZE])
{
	char end[TM_END_SIZE], who[TM_HOLDER_SIZE];

	tm_end_format(group->address, group->ipv6, group->port, end);
	if (group->status != TM_PEER_FOUND) {
		snprintf(text, NAME_SIZE, "%" PRId64 " to %s", group->sockets,
			 end);
		return;
	}
	if (group->holder == TM_HOLDER_NONE)
		snprintf(who, sizeof(who), "%s",
			 tcpmem_kind_describe((enum tcpmem_kind)group->kind)
				 ->name);
	else
		tm_holder_format(snap->holders, group->holder, who,
				 sizeof(who));
	snprintf(text, NAME_SIZE, "%" PRId64 " to %s = %s on this host",
		 group->sockets, end, who);
}

/* Connections of the groups that are not named */
static int64_t count_others(const struct tm_peer_groups *groups)
{
	int64_t others = 0;

	for (size_t i = NAMED; i < groups->count; i++)
		others += groups->group[i].sockets;
	return others;
}

int tm_peer_groups_write(const struct tm_peer_groups *groups,
			 const struct tcpmem_snapshot *snap, char **text)
{
	char all[(NAMED + 1) * NAME_SIZE] = "";
	int64_t others = count_others(groups);
	size_t used = 0;

	if (groups->failed)
		return -ENOMEM;
	for (size_t i = 0; i < groups->count && i < NAMED; i++) {
		char one[NAME_SIZE];

		write_group(&groups->group[i], snap, one);
		used += (size_t)snprintf(all + used, sizeof(all) - used, "%s%s",
					 used ? ", " : "", one);
	}
	if (others)
		snprintf(all + used, sizeof(all) - used,
			 ", %" PRId64 " to others", others);
	*text = strdup(all);
	return *text ? 0 : -ENOMEM;
}

void tm_peer_groups_clear(struct tm_peer_groups *groups)
{
	free(groups->group);
	tm_index_deinit(&groups->index);
	memset(groups, 0, sizeof(*groups));
}

/* ---- how many local ports connections toward one destination take ---- */

static uint32_t hash_address(uint32_t hash, const uint8_t address[16])
{
	uint64_t word[2];

	memcpy(word, address, sizeof(word));
	return tm_hash(tm_hash(hash, word[0]), word[1]);
}

static int compare_uses(const struct tm_port_use *a,
			const struct tm_port_use *b)
{
	return memcmp(a, b, offsetof(struct tm_port_use, all));
}

static struct tm_port_use *find_use(struct tm_port_counts *ports,
				    struct tm_index_walk *walk,
				    const struct tm_port_use *key)
{
	while (tm_index_next(&ports->index, walk))
		if (compare_uses(&ports->use[walk->number], key) == 0)
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
	use = find_use(ports, &walk, key);
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
		     (use->all == most->all && compare_uses(use, most) < 0)))
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

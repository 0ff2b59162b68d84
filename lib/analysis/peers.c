// SPDX-License-Identifier: LGPL-2.1-or-later
/* peers.c - the other ends of connections, counted and in words */
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

int tm_peer_groups_write(const struct tm_peer_groups *groups,
			 const struct tcpmem_snapshot *snap, char **text)
{
	char all[(NAMED + 1) * NAME_SIZE] = "";
	int64_t others = 0;
	size_t used = 0;

	if (groups->failed)
		return -ENOMEM;
	for (size_t i = 0; i < groups->count; i++) {
		char one[NAME_SIZE];

		if (i >= NAMED) {
			others += groups->group[i].sockets;
			continue;
		}
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

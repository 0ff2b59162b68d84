// SPDX-License-Identifier: LGPL-2.1-or-later
/* socket_set.c - sockets, and beside each what belongs to it */
#include "model/socket.h"

#include "base/util.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void tm_socket_set_deinit(struct tm_socket_set *set)
{
	free(set->sock);
	free(set->info);
	free(set->peer);
	*set = (struct tm_socket_set){ .with_info = set->with_info };
}

void tm_socket_set_clear(struct tm_socket_set *set)
{
	set->count = 0;
}

static int make_room(struct tm_socket_set *set)
{
	struct tcpmem_socket *sock;
	struct tm_info *info;

	if (set->count < set->capacity &&
	    (!set->with_info || set->count < set->info_capacity))
		return 0;
	sock = tm_grow(set->sock, set->count, &set->capacity, sizeof(*sock));
	if (!sock)
		return -ENOMEM;
	set->sock = sock;
	if (!set->with_info)
		return 0;
	info = tm_grow(set->info, set->count, &set->info_capacity,
		       sizeof(*info));
	if (!info)
		return -ENOMEM;
	set->info = info;
	return 0;
}

int tm_socket_set_add(struct tm_socket_set *set,
		      const struct tcpmem_socket *sock,
		      const struct tm_info *info)
{
	int ret = make_room(set);

	if (ret < 0)
		return ret;
	if (set->with_info && info)
		set->info[set->count] = *info;
	else if (set->with_info)
		set->info[set->count] = (struct tm_info){ 0 };
	set->sock[set->count++] = *sock;
	return 0;
}

/* A socket that stays where it is is not written. */
static void move(struct tm_socket_set *set, size_t from, size_t to)
{
	if (from == to)
		return;
	set->sock[to] = set->sock[from];
	if (set->with_info)
		set->info[to] = set->info[from];
	if (set->peer)
		set->peer[to] = set->peer[from];
}

/* The other end of socket @from learns where that is now. */
static void tell_peer(struct tm_socket_set *set, size_t from, size_t to)
{
	uint32_t other;

	if (!set->peer)
		return;
	other = set->peer[from].socket;
	if (set->peer[from].status == TM_PEER_FOUND &&
	    other != TM_PEER_UNSELECTED)
		set->peer[other].socket = (uint32_t)to;
}

void tm_socket_set_remove_if(struct tm_socket_set *set,
			     bool (*remove)(struct tcpmem_socket *sock,
					    void *user),
			     void *user)
{
	size_t kept = 0;

	for (size_t i = 0; i < set->count; i++) {
		bool removed = remove(&set->sock[i], user);

		tell_peer(set, i, removed ? TM_PEER_UNSELECTED : kept);
		if (!removed)
			move(set, i, kept++);
	}
	set->count = kept;
}

int tm_socket_set_merge(struct tm_socket_set *set, struct tm_socket_set *from)
{
	int ret = 0;

	if (!set->count && set->with_info == from->with_info) {
		struct tm_socket_set empty = *set;

		*set = *from;
		*from = empty;
		return 0;
	}
	for (size_t i = 0; ret == 0 && i < from->count; i++)
		ret = tm_socket_set_add(set, &from->sock[i],
					from->with_info ? &from->info[i]
							: NULL);
	tm_socket_set_clear(from);
	return ret;
}

const struct tm_peer *tm_socket_set_peer(const struct tm_socket_set *set,
					 const struct tcpmem_socket *sock)
{
	return set->peer ? &set->peer[sock - set->sock] : NULL;
}

const struct tm_info *tm_socket_set_info(const struct tm_socket_set *set,
					 const struct tcpmem_socket *sock)
{
	size_t index = (size_t)(sock - set->sock);

	if (!set->with_info || index >= set->count || !set->info[index].present)
		return NULL;
	return &set->info[index];
}

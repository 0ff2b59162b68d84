// SPDX-License-Identifier: LGPL-2.1-or-later
/* socket.c - a socket, and sets of sockets with what belongs to each */
#include "model/socket.h"

#include "base/util.h"
#include "tcpmem/socket.h"

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

/* Return: the array with room for @count elements; NULL: it stays as it is. */
static void *widen(void *array, size_t *capacity, size_t count, size_t size)
{
	void *moved;

	if (count <= *capacity)
		return array;
	moved = reallocarray(array, count, size);
	if (!moved)
		return NULL;
	tm_advise_large(moved, count * size);
	*capacity = count;
	return moved;
}

int tm_socket_set_reserve(struct tm_socket_set *set, size_t count)
{
	struct tcpmem_socket *sock;
	struct tm_info *info;

	if (!count)
		return 0;
	sock = widen(set->sock, &set->capacity, count, sizeof(*sock));
	if (!sock)
		return -ENOMEM;
	set->sock = sock;
	if (!set->with_info)
		return 0;
	info = widen(set->info, &set->info_capacity, count, sizeof(*info));
	if (!info)
		return -ENOMEM;
	set->info = info;
	return 0;
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

/* ---- what one socket answers about itself ---- */

enum tcpmem_state tcpmem_socket_get_state(const struct tcpmem_socket *sock)
{
	return (enum tcpmem_state)sock->state;
}

enum tcpmem_family tcpmem_socket_get_family(const struct tcpmem_socket *sock)
{
	return sock->flags & TM_SOCK_IPV6 ? TCPMEM_FAMILY_IPV6
					  : TCPMEM_FAMILY_IPV4;
}

enum tcpmem_protocol
tcpmem_socket_get_protocol(const struct tcpmem_socket *sock)
{
	if (sock->flags & TM_SOCK_MPTCP)
		return TCPMEM_PROTOCOL_MPTCP;
	return sock->flags & TM_SOCK_SUBFLOW ? TCPMEM_PROTOCOL_SUBFLOW
					     : TCPMEM_PROTOCOL_TCP;
}

enum tcpmem_kind tcpmem_socket_get_kind(const struct tcpmem_socket *sock)
{
	return (enum tcpmem_kind)sock->kind;
}

uint64_t tcpmem_socket_get_cookie(const struct tcpmem_socket *sock)
{
	return sock->cookie;
}

static bool knows_field(const struct tcpmem_socket *sock,
			enum tcpmem_socket_field field)
{
	switch (field) {
	case TCPMEM_SOCKET_FIELD_COOKIE:
		return sock->cookie;
	case TCPMEM_SOCKET_FIELD_SEND_Q:
		return tm_socket_knows_backlog(sock);
	case TCPMEM_SOCKET_FIELD_UID:
		return !(sock->flags & TM_SOCK_MINI);
	case TCPMEM_SOCKET_FIELD_CGROUP_ID:
		return sock->flags & TM_SOCK_HAS_CGROUP;
	default:
		return true;
	}
}

/* A switch, not a table of values: it is read once a cell of `sockets`. */
static int64_t read_field(const struct tcpmem_socket *sock,
			  enum tcpmem_socket_field field)
{
	switch (field) {
	case TCPMEM_SOCKET_FIELD_STATE:
		return sock->state;
	case TCPMEM_SOCKET_FIELD_FAMILY:
		return tcpmem_socket_get_family(sock);
	case TCPMEM_SOCKET_FIELD_PROTOCOL:
		return tcpmem_socket_get_protocol(sock);
	case TCPMEM_SOCKET_FIELD_KIND:
		return sock->kind;
	case TCPMEM_SOCKET_FIELD_NETNS:
		return sock->netns;
	case TCPMEM_SOCKET_FIELD_COOKIE:
		return (int64_t)sock->cookie;
	case TCPMEM_SOCKET_FIELD_INODE:
		return sock->inode;
	case TCPMEM_SOCKET_FIELD_UID:
		return sock->uid;
	case TCPMEM_SOCKET_FIELD_CGROUP_ID:
		return (int64_t)sock->cgroup_id;
	case TCPMEM_SOCKET_FIELD_IFINDEX:
		return sock->ifindex;
	case TCPMEM_SOCKET_FIELD_LOCAL_PORT:
		return sock->local_port;
	case TCPMEM_SOCKET_FIELD_REMOTE_PORT:
		return sock->remote_port;
	case TCPMEM_SOCKET_FIELD_RECV_Q:
		return sock->rqueue;
	case TCPMEM_SOCKET_FIELD_SEND_Q:
		return sock->wqueue;
	}
	return 0;
}

int tcpmem_socket_get_field(const struct tcpmem_socket *sock,
			    enum tcpmem_socket_field field, int64_t *value)
{
	if ((size_t)field >= TCPMEM_SOCKET_FIELD_COUNT ||
	    !knows_field(sock, field))
		return -ENODATA;
	*value = read_field(sock, field);
	return 0;
}

void tcpmem_socket_get_addresses(const struct tcpmem_socket *sock,
				 uint8_t local[16], uint8_t remote[16])
{
	if (local)
		memcpy(local, sock->local, sizeof(sock->local));
	if (remote)
		memcpy(remote, sock->remote, sizeof(sock->remote));
}

bool tm_socket_may_wait(const struct tcpmem_socket *sock)
{
	if (sock->inode || (sock->flags & (TM_SOCK_MINI | TM_SOCK_ORPHAN)))
		return false;
	return sock->state == TCPMEM_STATE_ESTABLISHED ||
	       sock->state == TCPMEM_STATE_CLOSE_WAIT ||
	       sock->state == TCPMEM_STATE_SYN_RECV;
}

static uint64_t mix(uint64_t hash, uint64_t word)
{
	hash = (hash ^ word) * UINT64_C(0xff51afd7ed558ccd);
	return hash ^ hash >> 29;
}

/* 64 bits of hash stand for 36 bytes: 2^-64 is no chance to plan for. */
uint64_t tm_socket_pair_key(const struct tcpmem_socket *sock)
{
	uint64_t word[4];
	uint64_t hash = (uint64_t)sock->local_port << 32 |
			(uint64_t)sock->netns << 16 | sock->remote_port;

	memcpy(word, sock->local, sizeof(sock->local));
	memcpy(word + 2, sock->remote, sizeof(sock->remote));
	for (size_t i = 0; i < 4; i++)
		hash = mix(hash, word[i]);
	return hash ? hash : 1;
}

/* Tells an inode from a cookie, which is counted up from 1. */
#define NO_COOKIE UINT64_C(0x6e6f20636f6f6b69)

uint64_t tm_socket_identity(const struct tcpmem_socket *sock)
{
	if (!(sock->flags & TM_SOCK_MPTCP) && sock->cookie)
		return sock->cookie;
	if (!(sock->flags & TM_SOCK_MPTCP) && sock->inode)
		return mix(sock->inode, NO_COOKIE);
	return mix(tm_socket_pair_key(sock), sock->cookie);
}

// SPDX-License-Identifier: LGPL-2.1-or-later
/* socket.c - what one socket answers about itself */
#include "model/socket.h"
#include "tcpmem/snapshot.h"

#include <errno.h>
#include <string.h>

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

int tcpmem_socket_get_field(const struct tcpmem_socket *sock,
			    enum tcpmem_socket_field field, int64_t *value)
{
	const int64_t values[TCPMEM_SOCKET_FIELD_COUNT] = {
		[TCPMEM_SOCKET_FIELD_STATE] = sock->state,
		[TCPMEM_SOCKET_FIELD_FAMILY] = tcpmem_socket_get_family(sock),
		[TCPMEM_SOCKET_FIELD_PROTOCOL] =
			tcpmem_socket_get_protocol(sock),
		[TCPMEM_SOCKET_FIELD_KIND] = sock->kind,
		[TCPMEM_SOCKET_FIELD_NETNS] = sock->netns,
		[TCPMEM_SOCKET_FIELD_COOKIE] = (int64_t)sock->cookie,
		[TCPMEM_SOCKET_FIELD_INODE] = sock->inode,
		[TCPMEM_SOCKET_FIELD_UID] = sock->uid,
		[TCPMEM_SOCKET_FIELD_CGROUP_ID] = (int64_t)sock->cgroup_id,
		[TCPMEM_SOCKET_FIELD_IFINDEX] = sock->ifindex,
		[TCPMEM_SOCKET_FIELD_LOCAL_PORT] = sock->local_port,
		[TCPMEM_SOCKET_FIELD_REMOTE_PORT] = sock->remote_port,
		[TCPMEM_SOCKET_FIELD_RECV_Q] = sock->rqueue,
		[TCPMEM_SOCKET_FIELD_SEND_Q] = sock->wqueue,
	};

	if ((size_t)field >= TCPMEM_SOCKET_FIELD_COUNT ||
	    (field == TCPMEM_SOCKET_FIELD_COOKIE && !sock->cookie) ||
	    (field == TCPMEM_SOCKET_FIELD_SEND_Q &&
	     !tm_socket_knows_backlog(sock)) ||
	    (field == TCPMEM_SOCKET_FIELD_UID &&
	     (sock->flags & TM_SOCK_MINI)) ||
	    (field == TCPMEM_SOCKET_FIELD_CGROUP_ID &&
	     !(sock->flags & TM_SOCK_HAS_CGROUP)))
		return -ENODATA;
	*value = values[field];
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

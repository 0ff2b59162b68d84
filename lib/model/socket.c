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

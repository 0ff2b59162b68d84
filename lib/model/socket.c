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

uint32_t tcpmem_socket_get_inode(const struct tcpmem_socket *sock)
{
	return sock->inode;
}

int tcpmem_socket_get_uid(const struct tcpmem_socket *sock, uint32_t *uid)
{
	if (sock->flags & TM_SOCK_MINI)
		return -ENODATA;
	*uid = sock->uid;
	return 0;
}

int tcpmem_socket_get_cgroup_id(const struct tcpmem_socket *sock, uint64_t *id)
{
	if (!(sock->flags & TM_SOCK_HAS_CGROUP))
		return -ENODATA;
	*id = sock->cgroup_id;
	return 0;
}

uint32_t tcpmem_socket_get_ifindex(const struct tcpmem_socket *sock)
{
	return sock->ifindex;
}

uint16_t tcpmem_socket_get_local_port(const struct tcpmem_socket *sock)
{
	return sock->local_port;
}

uint16_t tcpmem_socket_get_remote_port(const struct tcpmem_socket *sock)
{
	return sock->remote_port;
}

void tcpmem_socket_get_local(const struct tcpmem_socket *sock,
			     uint8_t address[16])
{
	memcpy(address, sock->local, sizeof(sock->local));
}

void tcpmem_socket_get_remote(const struct tcpmem_socket *sock,
			      uint8_t address[16])
{
	memcpy(address, sock->remote, sizeof(sock->remote));
}

void tcpmem_socket_get_queues(const struct tcpmem_socket *sock,
			      uint32_t *receive, uint32_t *send)
{
	*receive = sock->rqueue;
	*send = tm_socket_knows_backlog(sock) ? sock->wqueue : UINT32_MAX;
}

size_t tcpmem_socket_get_netns(const struct tcpmem_socket *sock)
{
	return sock->netns;
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

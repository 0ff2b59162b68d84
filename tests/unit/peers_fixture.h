/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* peers_fixture.h - sockets by both their addresses, and their other ends */
#ifndef TM_PEERS_FIXTURE_H
#define TM_PEERS_FIXTURE_H

#include "model/snapshot.h"

#include <arpa/inet.h>
#include <check.h>
#include <string.h>

static struct tm_socket_set set;

static inline void setup(void)
{
	set = (struct tm_socket_set){ 0 };
}

static inline void teardown(void)
{
	tm_socket_set_deinit(&set);
}

static inline void write_address(const char *text, uint8_t address[16])
{
	int family = strchr(text, ':') ? AF_INET6 : AF_INET;

	ck_assert_int_eq(inet_pton(family, text, address), 1);
}

/* A socket of namespace @netns; the holder is its number, from 1 on. */
static inline struct tcpmem_socket *add(uint16_t netns, const char *local,
					uint16_t local_port, const char *remote,
					uint16_t remote_port)
{
	struct tcpmem_socket sock = {
		.cookie = set.count + 1,
		.holder = (uint32_t)set.count + 1,
		.netns = netns,
		.local_port = local_port,
		.remote_port = remote_port,
		.state = TCPMEM_STATE_ESTABLISHED,
		.kind = TCPMEM_KIND_PROCESS,
		.flags = strchr(local, ':') ? TM_SOCK_IPV6 : 0,
	};

	write_address(local, sock.local);
	write_address(remote, sock.remote);
	ck_assert_int_eq(tm_socket_set_add(&set, &sock, NULL), 0);
	return &set.sock[set.count - 1];
}

static inline void find(void)
{
	ck_assert_int_eq(tm_peers_find(&set), 0);
}

#endif

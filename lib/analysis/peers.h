/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* peers.h - the other ends of connections, counted and in words */
#ifndef TM_ANALYSIS_PEERS_H
#define TM_ANALYSIS_PEERS_H

#include "base/hash.h"
#include "model/snapshot.h"

/* ADDRESS%DEVICE:PORT with brackets */
#define TM_END_SIZE 64

/*
 * tm_end_format() - ADDRESS:PORT as ss writes it
 * @port: 0: the address alone
 */
void tm_end_format(const uint8_t address[16], bool ipv6, uint16_t port,
		   char text[TM_END_SIZE]);

/*
 * struct tm_peer_group - connections to one process at one address
 * @port: 0 if they lead to several
 */
struct tm_peer_group {
	enum tm_peer_status status;
	uint32_t holder;
	uint8_t kind;
	bool ipv6;
	uint16_t port;
	uint8_t address[16];
	int64_t sockets;
};

/* All zero is an empty list. @failed: memory was short, some are missing */
struct tm_peer_groups {
	struct tm_peer_group *group;
	size_t count, capacity;
	struct tm_index index;
	bool failed;
};

void tm_peer_groups_add(struct tm_peer_groups *groups,
			const struct tcpmem_snapshot *snap,
			const struct tcpmem_socket *sock);

/* tm_peer_groups_sort() - the largest first; none is added from now on */
void tm_peer_groups_sort(struct tm_peer_groups *groups);

/*
 * tm_peer_groups_write() - "20 to 127.0.0.1:9001 = python3[44] on this host"
 *
 * The first ones; further ones in a number.
 *
 * Return: 0, or -ENOMEM.
 */
int tm_peer_groups_write(const struct tm_peer_groups *groups,
			 const struct tcpmem_snapshot *snap, char **text);

void tm_peer_groups_clear(struct tm_peer_groups *groups);

#endif

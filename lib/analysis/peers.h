/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* peers.h - the other ends of connections, and the local ports toward them */
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

/* ---- how many local ports connections toward one destination take ---- */

/*
 * struct tm_port_use - connections from one address toward one destination
 * @all: how many; @mine: of them, those that were added as such
 */
struct tm_port_use {
	uint8_t local[16];
	uint8_t remote[16];
	uint16_t port;
	uint16_t family;
	uint32_t all;
	uint32_t mine;
};

/* All zero is without any. */
struct tm_port_counts {
	struct tm_port_use *use;
	size_t count;
	size_t capacity;
	struct tm_index index;
	uint32_t seed;
};

/*
 * struct tm_port_busiest - the destination that takes the most ports
 * @all: connections to it that take a port of the range
 * @mine: of them, those that were added as such; more than 0
 */
struct tm_port_busiest {
	int64_t all;
	int64_t mine;
	uint8_t remote[16];
	uint16_t port;
	bool ipv6;
};

/*
 * tm_port_counts_add() - counts @sock if its local port is one of @range
 * @mine: it makes its destination one of those that are asked for
 *
 * Return: 0, or -ENOMEM.
 */
int tm_port_counts_add(struct tm_port_counts *ports,
		       const struct tcpmem_socket *sock,
		       const struct tcpmem_limit *range, bool mine);

/*
 * tm_port_counts_find() - of the destinations asked for, the one with the most
 * connections; 0 of them if there is none
 */
void tm_port_counts_find(const struct tm_port_counts *ports,
			 struct tm_port_busiest *busiest);

void tm_port_counts_clear(struct tm_port_counts *ports);

#endif

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* ports.h - how many local ports connections toward one destination take */
#ifndef TM_ANSWER_PORTS_H
#define TM_ANSWER_PORTS_H

#include "model/limits.h"
#include "model/socket.h"
#include "tcpmem/analysis.h"

/* struct tm_port_use - a connection: where it goes to, and whose it is */
struct tm_port_use {
	uint8_t local[16];
	uint8_t remote[16];
	uint16_t port;
	uint16_t family;
	uint32_t mine;
};

struct tm_port_counts {
	struct tm_port_use *use;
	size_t count;
	size_t capacity;
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
void tm_port_counts_find(struct tm_port_counts *ports,
			 struct tm_port_busiest *busiest);

void tm_port_counts_clear(struct tm_port_counts *ports);

#endif

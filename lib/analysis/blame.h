/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* blame.h - the graph of processes that hold each other up */
#ifndef TM_ANALYSIS_BLAME_H
#define TM_ANALYSIS_BLAME_H

#include "base/hash.h"
#include "model/snapshot.h"
#include "tcpmem/blame.h"

/*
 * struct tm_blame_node - who has an end of connections on which data waits
 * @status: of the end; of %TM_PEER_FOUND one @holder and @kind are valid, of
 *	others the address
 * @port: 0 if connections have several
 * @unread: buffers of its sockets that others wait for
 * @waited_for: something does; @taken: bytes of it that it took;
 *	%TCPMEM_UNKNOWN
 */
struct tm_blame_node {
	enum tm_peer_status status;
	uint32_t holder;
	uint8_t kind;
	bool ipv6, waited_for;
	bool undecided; /* whether one of its own writes waits */
	uint16_t port;
	uint8_t address[16];
	int64_t unread;
	int64_t taken;
};

/*
 * struct tm_blame_edge - connections on which @from waits for @to
 * @unsent, @unread: buffers of both ends; the payload in them
 * @taken: bytes of that; %TCPMEM_UNKNOWN
 * @selected: one of their sockets matches the filter
 */
struct tm_blame_edge {
	uint32_t from, to;
	int64_t connections;
	int64_t unsent, unread;
	int64_t unsent_payload, unread_payload;
	int64_t taken;
	bool selected;
};

/* All zero is an empty graph. */
struct tm_blame_graph {
	struct tm_blame_node *node;
	size_t node_count, node_capacity;
	struct tm_index nodes;
	struct tm_blame_edge *edge;
	size_t edge_count, edge_capacity;
	struct tm_index edges;
	int64_t undecided;
	int64_t unmeasured;
};

struct tm_evidence;

/*
 * tm_blame_graph_make() - every connection on which data waits
 * @evidence: NULL: of one look only
 * @filter: NULL: every socket matches
 *
 * Return: 0 or -ENOMEM; clear it either way.
 */
int tm_blame_graph_make(const struct tcpmem_snapshot *snap,
			const struct tm_evidence *evidence,
			const struct tcpmem_filter *filter,
			struct tm_blame_graph *graph);
void tm_blame_graph_clear(struct tm_blame_graph *graph);

/*
 * tm_blame_components() - which nodes are in a cycle together
 * @component: receives the number of each node's component. An edge leads to
 *	one with a lower number, or stays in its own.
 *
 * Return: 0 and how many there are, or -ENOMEM.
 */
int tm_blame_components(const struct tm_blame_graph *graph, uint32_t *component,
			uint32_t *count);

#endif

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* blame.h - the graph of processes that hold each other up */
#ifndef TM_ANALYSIS_BLAME_H
#define TM_ANALYSIS_BLAME_H

#include "base/hash.h"
#include "model/snapshot.h"
#include "tcpmem/blame.h"

#include <stddef.h>

/*
 * struct tm_blame_node - who has an end of connections on which data waits
 * @status: of the end; of %TM_PEER_FOUND one @holder and @kind are valid, of
 *	others the address
 * @reads: it is at the reading ends of connections: of what no process is known
 *	to hold, nothing tells whether who reads one is who writes another
 * @port: 0 if connections have several
 * @unread: buffers of its sockets that others wait for
 * @waited_for: something does; @taken: bytes of it that it took;
 *	%TCPMEM_UNKNOWN
 */
struct tm_blame_node {
	enum tm_peer_status status;
	uint32_t holder;
	uint8_t kind;
	bool reads;
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

/* ---- what each socket did between two snapshots ---- */

/*
 * struct tm_activity - a socket between two snapshots
 * @other: its record in the other snapshot; NULL: it is in one of them only,
 *	and all else is unknown
 * @received: bytes that came from the peer
 * @read: bytes that the application read
 * @written: bytes that the application wrote
 * @acked: bytes that the peer acknowledged
 * @busy_us: time in which data was to be sent
 * @rwnd_us: of it, the peer's window stopped it
 * @sndbuf_us: of it, the send buffer was too small
 * @shut: the peer's window was, at one of the two looks at least
 * @unread_ms: if nothing was read of what waited: for how long that has waited
 *	at least, until the later snapshot
 * @unsent_ms: if nothing was acknowledged of what was to be sent: likewise
 *
 * %TCPMEM_UNKNOWN where the kernel did not report it both times.
 */
struct tm_activity {
	const struct tcpmem_socket *other;
	int64_t received;
	int64_t read;
	int64_t written;
	int64_t acked;
	int64_t busy_us;
	int64_t rwnd_us;
	int64_t sndbuf_us;
	bool shut;
	int64_t unread_ms;
	int64_t unsent_ms;
};

/*
 * struct tm_evidence - the sockets of a snapshot, compared with another one
 * @elapsed_ns: from the beginning of the earlier one to that of the later one;
 *	0 if unknown. A socket's own interval may differ from it by the time
 *	that a dump takes.
 * @ahead_ms: from the snapshot to the other one; 0 if that is the earlier one
 * @place: of each of the snapshot's @count sockets, its index in @activity; 0
 *is that of those which are in one look only: of many, most are
 */
struct tm_evidence {
	int64_t elapsed_ns;
	int64_t ahead_ms;
	size_t count;
	uint32_t *place;
	struct tm_activity *activity;
};

/*
 * tm_evidence_make() - compares each socket of @snap with its record in @other
 * @other: of the same boot, earlier or later, with tcp_info; holders are not
 *	needed
 *
 * Return: 0 or -ENOMEM; clear it either way.
 */
int tm_evidence_make(const struct tcpmem_snapshot *snap,
		     const struct tcpmem_snapshot *other,
		     struct tm_evidence *evidence);
void tm_evidence_clear(struct tm_evidence *evidence);

/* tm_evidence_of() - what the snapshot's socket with @index did */
static inline const struct tm_activity *
tm_evidence_of(const struct tm_evidence *evidence, size_t index)
{
	return &evidence->activity[evidence->place[index]];
}

/*
 * tm_window_is_shut() - whether the peer takes nothing at this moment
 *
 * The time in which the window limits the sender does not tell: on a long or
 * slow path it does so while the peer reads all that comes.
 */
bool tm_window_is_shut(const struct tcpmem_snapshot *snap,
		       const struct tcpmem_socket *sock);

/*
 * tm_evidence_rate() - @bytes of an activity, per second
 *
 * Return: %TCPMEM_UNKNOWN if they or the time are.
 */
int64_t tm_evidence_rate(const struct tm_evidence *evidence, int64_t bytes);

#endif

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tree.h - which sockets are a process tree's, moment after moment */
#ifndef TM_ANALYSIS_TREE_H
#define TM_ANALYSIS_TREE_H

#include "base/hash.h"
#include "model/snapshot.h"
#include "tcpmem/tree.h"

/* Samples that remember a socket which one dump missed. */
#define TM_TREE_MOMENTS 3

/* The metrics of a process tree: those that sockets alone give. */
#define TM_TREE_METRICS (TCPMEM_CHECK_METRIC_ORPHANS + 1)

/* A socket of another process tree. */
#define TM_TREE_NOT_OURS UINT8_MAX

/* Of more that ended nobody says whose they are. */
#define TM_TREE_ENDED_MAX 200000

/*
 * struct tm_tree_ended - a connection that ended
 * @port, @peer: keys, as in the sets of the tree
 * @pair: of its addresses; @other: of its other end's
 */
struct tm_tree_ended {
	struct tcpmem_socket sock;
	uint64_t port, peer;
	uint64_t pair, other;
	bool ours;
};

/*
 * struct tm_tree - what is remembered from one moment to the next
 * @seen: identities of the tree's sockets, of the last moments
 * @others: of sockets that somebody else holds, or held last
 * @before: of those in TIME_WAIT when it began
 * @ports: where its listeners listened
 * @peers: whom its connections went to
 * @namespaces: network namespaces that its sockets were in
 * @left: of each socket of the last moment, what it is to the tree
 * @existed: identities of all sockets when it began
 * @open: of its connections that were open at the last moment
 * @pairs: of its connections that ended
 * @addresses: ports and peers when @ended was last looked through
 * @opened: its connections: the @closed ones that ended, and @open_count that
 *	are in @open and did not end since; not fewer than @made_count
 * @made: whether a connection was made in @cgroup; then addresses tell nothing.
 *	NULL: it is not known
 */
struct tm_tree {
	uint64_t seed;
	uint64_t cgroup; /* 0: none */
	struct tm_u64set seen[TM_TREE_MOMENTS];
	struct tm_u64set others[TM_TREE_MOMENTS];
	struct tm_u64set before;
	struct tm_u64set ports;
	struct tm_u64set peers;
	struct tm_u64set namespaces;
	uint8_t *left;
	size_t left_capacity;
	int64_t begin_ns;
	struct tm_u64set existed;
	struct tm_u64set open;
	struct tm_u64set pairs;
	struct tm_tree_ended *ended;
	size_t ended_count, ended_capacity;
	size_t addresses;
	size_t open_count, closed;
	uint64_t made_count;
	bool (*made)(uint64_t cookie, void *user);
	void *made_user;
	struct tcpmem_tree_metric opened;
	struct tcpmem_tree_metric metric[TM_TREE_METRICS];
};

/* tm_tree_init() - 0 or -ENOMEM; deinit it either way */
int tm_tree_init(struct tm_tree *tree, uint64_t cgroup);
void tm_tree_deinit(struct tm_tree *tree);

/* tm_tree_begin() - what is there before the tree is. 0 or -ENOMEM. */
int tm_tree_begin(struct tm_tree *tree, const struct tcpmem_snapshot *snap);

/*
 * tm_tree_add() - a moment
 * @ours: of each process of the snapshot, whether it belongs to the tree
 * @least: sockets of the tree may be missing
 *
 * Return: 0 or -ENOMEM.
 */
int tm_tree_add(struct tm_tree *tree, const struct tcpmem_snapshot *snap,
		const bool *ours, bool least);

/* Keys of the sets, and whether a socket was the tree's lately */
uint64_t tm_tree_identity_key(const struct tm_tree *tree,
			      const struct tcpmem_socket *sock);
uint64_t tm_tree_port_key(const struct tm_tree *tree,
			  const struct tcpmem_snapshot *snap,
			  const struct tcpmem_socket *sock);
uint64_t tm_tree_peer_key(const struct tm_tree *tree,
			  const struct tcpmem_snapshot *snap,
			  const struct tcpmem_socket *sock);
bool tm_tree_was_seen(const struct tm_tree *tree,
		      const struct tcpmem_socket *sock);
bool tm_tree_made(const struct tm_tree *tree, const struct tcpmem_socket *sock);

/* --- tree_ended.c: connections that ended between two moments --- */

/*
 * tm_tree_end() - a socket that ended; others than connections count nothing
 *
 * Return: 0 or -ENOMEM.
 */
int tm_tree_end(struct tm_tree *tree, const struct tcpmem_snapshot *snap,
		const struct tcpmem_socket *sock);

/*
 * tm_tree_claim_ended() - after a moment: those whose addresses are the tree's
 * by now, and which are open
 *
 * Return: 0 or -ENOMEM.
 */
int tm_tree_claim_ended(struct tm_tree *tree,
			const struct tcpmem_snapshot *snap);

/* tm_tree_ended_is() - what a connection that ended is to the tree */
enum tcpmem_residue tm_tree_ended_is(const struct tm_tree *tree,
				     const struct tm_tree_ended *ended);

#endif

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * tree.h - the sockets of a process's descendants
 *
 * It may change until version 2.0, see analysis.h.
 */
#ifndef TCPMEM_TREE_H
#define TCPMEM_TREE_H

#include "check.h"
#include "table.h"

#ifdef __cplusplus
extern "C" {
#endif

struct tcpmem_tree;

/*
 * ---- tree: what the sockets of a process's descendants come to ----
 */

/**
 * enum tcpmem_residue - what a tree of processes leaves
 * @TCPMEM_RESIDUE_OPEN: held by processes that live, or on its way between them
 * @TCPMEM_RESIDUE_ORPHAN: closed by its process, still kept by the kernel
 * @TCPMEM_RESIDUE_TIME_WAIT: in TIME_WAIT: no leak, the kernel frees it
 * @TCPMEM_RESIDUE_UNCLAIMED: in TIME_WAIT too, or orphaned, made since it began
 *	in a network namespace that the tree uses, and by whom is not known;
 *none of them with tcpmem_tree_attach(), no orphan whose cgroup is known
 * @TCPMEM_RESIDUE_CLOSED: connections that ended, see tcpmem_tree_end()
 * @TCPMEM_RESIDUE_UNATTRIBUTED: more that ended, by whom is not known; the
 *	other ends of those in %TCPMEM_RESIDUE_CLOSED left out; none of them
 *	with tcpmem_tree_attach()
 * @since 0.1
 */
enum tcpmem_residue {
	TCPMEM_RESIDUE_OPEN = 0,
	TCPMEM_RESIDUE_ORPHAN = 1,
	TCPMEM_RESIDUE_TIME_WAIT = 2,
	TCPMEM_RESIDUE_UNCLAIMED = 3,
	TCPMEM_RESIDUE_CLOSED = 4,
	TCPMEM_RESIDUE_UNATTRIBUTED = 5,
};
enum { TCPMEM_RESIDUE_COUNT = 6 };

/** tcpmem_residue_describe() - "open", "time_wait" ... @since 0.1 */
TCPMEM_API const struct tcpmem_term *
tcpmem_residue_describe(enum tcpmem_residue value);

/**
 * tcpmem_tree_new() - follows the descendants of process @ancestor
 * @ancestor: itself not one of them
 * @cgroup: id of a v2 cgroup that holds the tree and nothing else; 0: none.
 *	Orphans that were made in it are the tree's, even if no snapshot saw
 *	them open.
 *
 * Who descends from it once does so for good. Daemons leave their ancestors:
 * to be found they have to be adopted by one that is followed, so @ancestor is
 * best a subreaper, see prctl(2). Free it with tcpmem_tree_free(), before the
 * context.
 *
 * Return: 0, or -ENOMEM.
 * @since 0.1
 */
TCPMEM_API int tcpmem_tree_new(struct tcpmem_ctx *ctx, uint32_t ancestor,
			       uint64_t cgroup, struct tcpmem_tree **tree);

/** tcpmem_tree_free() - frees it @since 0.1 */
TCPMEM_API void tcpmem_tree_free(struct tcpmem_tree *tree);

/**
 * tcpmem_tree_attach() - notes each connection that is made in a v2 cgroup
 * @cgroup: its directory, with the tree and nothing else in it; NULL: no more
 *
 * From now on a BPF program is told of each connection that is established, if
 * its socket, or the listener that it came to, was made in the cgroup or below.
 * They are the tree's, however short they lived. What others connect to the
 * same peers is the tree's no more: addresses tell nothing of connections, and
 * of mini-sockets the port of a listener alone. Best before the tree does
 * anything.
 *
 * Return: 0; -EPERM without CAP_BPF and CAP_NET_ADMIN; -EOPNOTSUPP if the
 * library was built without BPF; -ENOMEM; another -errno of opening @cgroup or
 * of bpf(2): it is told as before then.
 * @since 0.1
 */
TCPMEM_API int tcpmem_tree_attach(struct tcpmem_tree *tree, const char *cgroup);

/**
 * tcpmem_tree_begin() - what there is before the tree does anything
 * @snapshot: all states; it may be freed afterwards
 *
 * What is in TIME_WAIT now is not the tree's later.
 *
 * Return: 0, or -ENOMEM.
 * @since 0.1
 */
TCPMEM_API int tcpmem_tree_begin(struct tcpmem_tree *tree,
				 const struct tcpmem_snapshot *snapshot);

/**
 * tcpmem_tree_add() - what there is at a later moment
 * @snapshot: all states, with holders, taken just now; it may be freed when the
 *	tables that tcpmem_tree_group() makes of it are
 *
 * A socket that one of the processes holds is the tree's, in full, whoever else
 * holds it. What nobody holds any more is if it was in one of the last
 * snapshots or made in its cgroup; a mini-socket also if its addresses are
 * those of a listener or of a peer of the tree. Memory grows with the sockets
 * that there are and with the tree's ports and peers.
 *
 * Return: 0; -EINVAL if the snapshot was taken without holders; -errno of
 * opening /proc; -ENOMEM.
 * @since 0.1
 */
TCPMEM_API int tcpmem_tree_add(struct tcpmem_tree *tree,
			       const struct tcpmem_snapshot *snapshot);

/**
 * tcpmem_tree_end() - a socket that ended
 * @snapshot, @sock: as tcpmem_sampler_wait() hands them on
 *
 * A connection is the tree's if one of the last snapshots showed that, or if
 * tcpmem_tree_attach() tells so; without that, if its addresses are those of a
 * listener or of a peer that the tree is seen with by the next
 * tcpmem_tree_add(). 200,000 are kept.
 *
 * Return: 0 or -ENOMEM.
 * @since 0.1
 */
TCPMEM_API int tcpmem_tree_end(struct tcpmem_tree *tree,
			       const struct tcpmem_snapshot *snapshot,
			       const struct tcpmem_socket *sock);

/**
 * struct tcpmem_tree_metric - a figure of the tree; until the next moment
 * @size: what of it this library fills in: sizeof(struct tcpmem_tree_metric)
 * @value: bytes or sockets, at the last moment
 * @peak: the most that it was at a moment
 * @peak_ns: when it was first, since tcpmem_tree_begin()
 * @least: value and peak are lower bounds: at some moment a process of the tree
 *	could not be read, sockets were not seen, came without counters, or were
 *	orphans in %TCPMEM_RESIDUE_UNCLAIMED
 */
struct tcpmem_tree_metric {
	size_t size;
	int64_t value;
	int64_t peak;
	int64_t peak_ns;
	bool least;
};

/**
 * tcpmem_tree_get_metric() - one of the tree's figures
 *
 * %TCPMEM_CHECK_METRIC_SOCKETS leaves TIME_WAIT out, %TCPMEM_CHECK_METRIC_HELD
 * does not. %TCPMEM_CHECK_METRIC_OPENED: connections that the tree made or
 * accepted since tcpmem_tree_begin(), as far as tcpmem_tree_end() was
 * told of those that ended; tcpmem_tree_attach() counts the others, too, if the
 * snapshots are of all network namespaces, and its peak leaves them out.
 *
 * Return: the figure; NULL if @metric is none that is told of a tree: those up
 * to %TCPMEM_CHECK_METRIC_ORPHANS are, and %TCPMEM_CHECK_METRIC_OPENED.
 * @since 0.1
 */
TCPMEM_API const struct tcpmem_tree_metric *
tcpmem_tree_get_metric(const struct tcpmem_tree *tree,
		       enum tcpmem_check_metric metric);

/**
 * tcpmem_tree_group() - what is left at the last moment, grouped
 * @keys: as for tcpmem_group()
 *
 * The table refers to the snapshot that was added last: free it first. Of
 * connections that ended addresses and ports alone are known.
 *
 * Return: 0; -EINVAL if no snapshot was added, @left is none of enum
 * tcpmem_residue or @keys names no grouping; -ENOMEM.
 * @since 0.1
 */
TCPMEM_API int tcpmem_tree_group(const struct tcpmem_tree *tree,
				 enum tcpmem_residue left, const char *keys,
				 struct tcpmem_table **table);

#ifdef __cplusplus
}
#endif

#endif

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* reconcile.h - what was seen, compared with the kernel's own counts */
#ifndef TCPMEM_RECONCILE_H
#define TCPMEM_RECONCILE_H

#include "types.h"

#ifdef __cplusplus
extern "C" {
#endif

struct tcpmem_reconciliation;
struct tcpmem_cgroup_accounting;

/**
 * enum tcpmem_cgroup_metric - the figures of a cgroup's accounting, bytes
 * @TCPMEM_CGROUP_METRIC_CHARGED: its sockets' charged, summed
 * @TCPMEM_CGROUP_METRIC_KERNEL: what the kernel says it charged
 * @TCPMEM_CGROUP_METRIC_RESIDUAL: kernel - charged
 * @TCPMEM_CGROUP_METRIC_TOLERANCE: the kernel counts with a delay, and memory
 *	moved meanwhile
 * @TCPMEM_CGROUP_METRIC_WAITING: of charged: not accepted, so nobody's yet
 * @TCPMEM_CGROUP_METRIC_LEFT: of charged: held by processes elsewhere
 * @TCPMEM_CGROUP_METRIC_ARRIVED: not in charged: held by processes in here
 * @since 0.1
 */
enum tcpmem_cgroup_metric {
	TCPMEM_CGROUP_METRIC_CHARGED = 0,
	TCPMEM_CGROUP_METRIC_KERNEL = 1,
	TCPMEM_CGROUP_METRIC_RESIDUAL = 2,
	TCPMEM_CGROUP_METRIC_TOLERANCE = 3,
	TCPMEM_CGROUP_METRIC_WAITING = 4,
	TCPMEM_CGROUP_METRIC_LEFT = 5,
	TCPMEM_CGROUP_METRIC_ARRIVED = 6,
};
enum { TCPMEM_CGROUP_METRIC_COUNT = 7 };

/**
 * enum tcpmem_reconcile_metric - the figures of a reconciliation
 * @TCPMEM_RECONCILE_METRIC_CHARGED: bytes: the sockets' charged, summed
 * @TCPMEM_RECONCILE_METRIC_KERNEL: bytes: what the kernel says it charged
 * @TCPMEM_RECONCILE_METRIC_RESIDUAL: bytes: kernel - charged
 * @TCPMEM_RECONCILE_METRIC_TOLERANCE: bytes: what CPUs keep back
 * @TCPMEM_RECONCILE_METRIC_MOVED: bytes: the kernel's change meanwhile
 * @TCPMEM_RECONCILE_METRIC_SOCKETS_SEEN: with TCP's full record
 * @TCPMEM_RECONCILE_METRIC_SOCKETS_DARK: of them found by fd alone
 * @TCPMEM_RECONCILE_METRIC_SOCKETS_KERNEL: that the kernel counts as allocated
 * @TCPMEM_RECONCILE_METRIC_SOCKETS_UNSEEN: the kernel has them, nothing shows
 *	them
 * @since 0.1
 */
enum tcpmem_reconcile_metric {
	TCPMEM_RECONCILE_METRIC_CHARGED = 0,
	TCPMEM_RECONCILE_METRIC_KERNEL = 1,
	TCPMEM_RECONCILE_METRIC_RESIDUAL = 2,
	TCPMEM_RECONCILE_METRIC_TOLERANCE = 3,
	TCPMEM_RECONCILE_METRIC_MOVED = 4,
	TCPMEM_RECONCILE_METRIC_SOCKETS_SEEN = 5,
	TCPMEM_RECONCILE_METRIC_SOCKETS_DARK = 6,
	TCPMEM_RECONCILE_METRIC_SOCKETS_KERNEL = 7,
	TCPMEM_RECONCILE_METRIC_SOCKETS_UNSEEN = 8,
};
enum { TCPMEM_RECONCILE_METRIC_COUNT = 9 };

/**
 * enum tcpmem_verdict - what comparing with the kernel came to
 * @TCPMEM_VERDICT_AGREES: bytes within the tolerance, no socket unseen
 * @TCPMEM_VERDICT_EXPLAINED: the difference has a known cause that covers it
 * @TCPMEM_VERDICT_UNEXPLAINED: bytes or sockets are missing
 * @TCPMEM_VERDICT_NARROWED: only a part was asked for, and the kernel has more
 * @TCPMEM_VERDICT_UNKNOWN: the kernel's own counts could not be read, or those
 *	of sockets that may hold all of the difference
 * @since 0.1
 */
enum tcpmem_verdict {
	TCPMEM_VERDICT_AGREES = 0,
	TCPMEM_VERDICT_EXPLAINED = 1,
	TCPMEM_VERDICT_UNEXPLAINED = 2,
	TCPMEM_VERDICT_NARROWED = 3,
	TCPMEM_VERDICT_UNKNOWN = 4,
};
enum { TCPMEM_VERDICT_COUNT = 5 };

/**
 * enum tcpmem_cause - why the sums may differ from the kernel's
 * @TCPMEM_CAUSE_NARROWED: only a part was asked for
 * @TCPMEM_CAUSE_ZEROCOPY: MSG_ZEROCOPY payload is queued and not charged
 * @TCPMEM_CAUSE_NETNS_DENIED: namespaces could not be entered
 * @TCPMEM_CAUSE_FDS_DENIED: fds may not be read, or not be copied, to look for
 *	dark sockets
 * @TCPMEM_CAUSE_UNREACHABLE: nothing that could be read leads to the sockets
 * @TCPMEM_CAUSE_KTLS: kernel TLS charges what no counter shows
 * @TCPMEM_CAUSE_BYPASS: sockets bypass the kernel's counter
 * @TCPMEM_CAUSE_COUNTERS_MISSING: sockets came without counters
 * @TCPMEM_CAUSE_RACE: the kernel's count moved by as much while sockets were
 *	read
 * @TCPMEM_CAUSE_MPTCP_MISSING: the kernel does not show its MPTCP sockets
 * @TCPMEM_CAUSE_NOT_KNOWN: none of these accounts for it
 * @TCPMEM_CAUSE_PROC_HIDDEN: network namespaces of processes that /proc does
 *	not show, in another PID namespace or for hidepid, could not be found
 * @TCPMEM_CAUSE_NOT_ASKED: dark sockets were not looked for, since processes
 *	were not asked for
 * @since 0.1
 */
enum tcpmem_cause {
	TCPMEM_CAUSE_NARROWED = 0,
	TCPMEM_CAUSE_ZEROCOPY = 1,
	TCPMEM_CAUSE_NETNS_DENIED = 2,
	TCPMEM_CAUSE_FDS_DENIED = 3,
	TCPMEM_CAUSE_UNREACHABLE = 4,
	TCPMEM_CAUSE_KTLS = 5,
	TCPMEM_CAUSE_BYPASS = 6,
	TCPMEM_CAUSE_COUNTERS_MISSING = 7,
	TCPMEM_CAUSE_RACE = 8,
	TCPMEM_CAUSE_MPTCP_MISSING = 9,
	TCPMEM_CAUSE_NOT_KNOWN = 10,
	TCPMEM_CAUSE_PROC_HIDDEN = 11,
	TCPMEM_CAUSE_NOT_ASKED = 12,
};
enum { TCPMEM_CAUSE_COUNT = 13 };

/**
 * tcpmem_cgroup_metric_describe() - "kernel" ..., with key and unit
 * @since 0.1
 */
TCPMEM_API const struct tcpmem_term *
tcpmem_cgroup_metric_describe(enum tcpmem_cgroup_metric value);

/**
 * tcpmem_reconcile_metric_describe() - "residual" ..., with key and unit
 * @since 0.1
 */
TCPMEM_API const struct tcpmem_term *
tcpmem_reconcile_metric_describe(enum tcpmem_reconcile_metric value);

/** tcpmem_verdict_describe() - "agrees" ... @since 0.1 */
TCPMEM_API const struct tcpmem_term *
tcpmem_verdict_describe(enum tcpmem_verdict value);

/** tcpmem_cause_describe() - "zerocopy" ... @since 0.1 */
TCPMEM_API const struct tcpmem_term *
tcpmem_cause_describe(enum tcpmem_cause value);

/*
 * ---- reconciliation: is that all of it? ----
 */

/**
 * tcpmem_reconcile() - compares what was seen with the kernel's own counts
 *
 * Works on kept and on streamed snapshots alike. Free it with
 * tcpmem_reconciliation_free(); it does not refer to the snapshot.
 *
 * Return: 0, or -ENOMEM.
 * @since 0.1
 */
TCPMEM_API int tcpmem_reconcile(const struct tcpmem_snapshot *snapshot,
				struct tcpmem_reconciliation **reconciliation);

/** tcpmem_reconciliation_free() - frees it and its texts @since 0.1 */
TCPMEM_API void
tcpmem_reconciliation_free(struct tcpmem_reconciliation *reconciliation);

/**
 * tcpmem_reconciliation_get_metric() - one of its figures
 *
 * Return: 0, or -ENODATA if the kernel's side could not be read; of
 * %TCPMEM_RECONCILE_METRIC_SOCKETS_UNSEEN also if only a part was asked for.
 * @since 0.1
 */
TCPMEM_API int tcpmem_reconciliation_get_metric(
	const struct tcpmem_reconciliation *reconciliation,
	enum tcpmem_reconcile_metric which, int64_t *value);

/** tcpmem_reconciliation_get_verdict() - what it came to @since 0.1 */
TCPMEM_API enum tcpmem_verdict tcpmem_reconciliation_get_verdict(
	const struct tcpmem_reconciliation *reconciliation);

/** tcpmem_reconciliation_get_text() - the verdict in words @since 0.1 */
TCPMEM_API const char *tcpmem_reconciliation_get_text(
	const struct tcpmem_reconciliation *reconciliation);

/**
 * tcpmem_reconciliation_get_cause() - a likely cause, in a sentence
 * @cause: receives which it is; may be NULL
 *
 * Return: the text of the cause at @index; NULL if there are fewer.
 * @since 0.1
 */
TCPMEM_API const char *tcpmem_reconciliation_get_cause(
	const struct tcpmem_reconciliation *reconciliation, size_t index,
	enum tcpmem_cause *cause);

/*
 * ---- cgroup accounting: what cgroups are charged for their sockets ----
 */

/**
 * tcpmem_cgroup_accounting_new() - compares cgroups with the kernel's own
 * counts
 *
 * For each cgroup that has sockets or holders of sockets, and each above it,
 * those below included: what its sockets are charged with, beside the row
 * "sock" of its memory.stat (cgroup v2) or its memory.kmem.tcp.usage_in_bytes
 * (v1, which counts only once a limit was set). The root is charged nothing.
 *
 * Of a socket the kernel tells the cgroup that it was created in, or its
 * listener's; it charges that of whoever called socket(2) or accept(2). So a
 * difference can be right, and the verdict tells those that are:
 * TCPMEM_VERDICT_EXPLAINED is one that waiting connections (charged to
 * nobody), sockets whose process lives in another cgroup, MSG_ZEROCOPY or
 * other protocols cover.
 *
 * @snapshot must have been taken live with %TCPMEM_NEED_CHARGES;
 * of any other the accounting is empty. Free it with
 * tcpmem_cgroup_accounting_free(); it does not refer to the snapshot.
 *
 * Return: 0, or -ENOMEM.
 * @since 0.1
 */
TCPMEM_API int
tcpmem_cgroup_accounting_new(const struct tcpmem_snapshot *snapshot,
			     struct tcpmem_cgroup_accounting **accounting);

/** tcpmem_cgroup_accounting_free() - frees them and their texts @since 0.1 */
TCPMEM_API void
tcpmem_cgroup_accounting_free(struct tcpmem_cgroup_accounting *accounting);

/**
 * struct tcpmem_cgroup - a cgroup of the accounting; lives as long as that
 * @size: what of it this library fills in: sizeof(struct tcpmem_cgroup)
 * @path: its path; raw bytes
 * @verdict: what comparing it with the kernel's count came to
 * @text: the verdict in words, with its reasons
 */
struct tcpmem_cgroup {
	size_t size;
	const char *path;
	enum tcpmem_verdict verdict;
	const char *text;
};

/**
 * tcpmem_cgroup_accounting_get() - the cgroups, sorted by path
 *
 * Return: the cgroup at @index; NULL if there are fewer.
 * @since 0.1
 */
TCPMEM_API const struct tcpmem_cgroup *
tcpmem_cgroup_accounting_get(const struct tcpmem_cgroup_accounting *accounting,
			     size_t index);

/**
 * tcpmem_cgroup_get_metric() - one of a cgroup's figures
 *
 * Return: 0, or -ENODATA if the kernel does not count this cgroup, or not
 * where the caller may read.
 * @since 0.1
 */
TCPMEM_API int tcpmem_cgroup_get_metric(const struct tcpmem_cgroup *cgroup,
					enum tcpmem_cgroup_metric which,
					int64_t *value);

#ifdef __cplusplus
}
#endif

#endif

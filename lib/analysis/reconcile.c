// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * reconcile.c - is that all of it? our sums against the kernel's
 *
 * Two checks. Bytes: what the sockets are charged with, summed, is what
 * sockstat calls mem, but for the quota that each CPU keeps back. Sockets:
 * sockstat's alloc less what was seen is what no dump shows.
 */
#include "tcpmem/reconcile.h"
#include "base/util.h"
#include "model/snapshot.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct tcpmem_reconciliation {
	int64_t number[TCPMEM_RECONCILE_METRIC_COUNT];
	bool known[TCPMEM_RECONCILE_METRIC_COUNT];
	enum tcpmem_verdict verdict;
	char text[128];
	enum tcpmem_cause cause[TCPMEM_CAUSE_COUNT];
	char *cause_text[TCPMEM_CAUSE_COUNT];
	size_t causes;
};

static void set(struct tcpmem_reconciliation *r,
		enum tcpmem_reconcile_metric which, int64_t value)
{
	r->number[which] = value;
	r->known[which] = true;
}

static int64_t distance(int64_t a, int64_t b)
{
	return a > b ? a - b : b - a;
}

/*
 * Whether the kernel counts no more sockets than were seen: what a filter left
 * out is in the counts of its namespace, which bear nothing out then.
 */
static bool saw_all(const struct tm_accounting *accounting)
{
	struct tm_accounting seen = *accounting;

	seen.unhashed_known = false;
	return tm_accounting_is_known(accounting) &&
	       !tm_accounting_unseen(&seen);
}

static void weigh(struct tcpmem_reconciliation *r,
		  const struct tcpmem_snapshot *snap)
{
	const struct tm_accounting *accounting = &snap->accounting;

	bool none_counted = accounting->uncounted &&
			    accounting->uncounted >=
				    accounting->sockets + accounting->msks;

	if (!none_counted)
		set(r, TCPMEM_RECONCILE_METRIC_CHARGED, accounting->charged);
	set(r, TCPMEM_RECONCILE_METRIC_SOCKETS_SEEN, accounting->sockets);
	set(r, TCPMEM_RECONCILE_METRIC_SOCKETS_DARK, accounting->dark);
	set(r, TCPMEM_RECONCILE_METRIC_TOLERANCE, tm_snapshot_tolerance(snap));
	if (!tm_accounting_is_known(accounting))
		return;
	set(r, TCPMEM_RECONCILE_METRIC_KERNEL, accounting->after.memory);
	set(r, TCPMEM_RECONCILE_METRIC_MOVED,
	    distance(accounting->after.memory, accounting->before.memory));
	if (!none_counted)
		set(r, TCPMEM_RECONCILE_METRIC_RESIDUAL,
		    accounting->after.memory - accounting->charged);
	set(r, TCPMEM_RECONCILE_METRIC_SOCKETS_KERNEL,
	    accounting->after.sockets);
	/* of a part, the kernel has others that nobody asked for */
	if (!accounting->narrowed || saw_all(accounting))
		set(r, TCPMEM_RECONCILE_METRIC_SOCKETS_UNSEEN,
		    tm_accounting_unseen(accounting));
}

static bool is_tolerated(const struct tcpmem_reconciliation *r)
{
	return distance(r->number[TCPMEM_RECONCILE_METRIC_RESIDUAL], 0) <=
	       r->number[TCPMEM_RECONCILE_METRIC_TOLERANCE];
}

/* What moved while sockets were read may be in one of the sums alone. */
static int64_t race(const struct tcpmem_reconciliation *r)
{
	return r->number[TCPMEM_RECONCILE_METRIC_TOLERANCE] +
	       r->number[TCPMEM_RECONCILE_METRIC_MOVED];
}

static bool is_race(const struct tcpmem_reconciliation *r)
{
	return distance(r->number[TCPMEM_RECONCILE_METRIC_RESIDUAL], 0) <=
	       race(r);
}

static int add_cause(struct tcpmem_reconciliation *r, enum tcpmem_cause cause,
		     const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static int add_cause(struct tcpmem_reconciliation *r, enum tcpmem_cause cause,
		     const char *format, ...)
{
	char *text = NULL;
	va_list args;
	int len;

	va_start(args, format);
	len = vasprintf(&text, format, args);
	va_end(args);
	if (len < 0)
		return -ENOMEM;
	r->cause[r->causes] = cause;
	r->cause_text[r->causes++] = text;
	return 0;
}

static int add_not_known(struct tcpmem_reconciliation *r)
{
	return add_cause(r, TCPMEM_CAUSE_NOT_KNOWN, "the cause is not known");
}

/* Causes for our sum being the larger one. */
static int explain_lack(struct tcpmem_reconciliation *r,
			const struct tm_accounting *accounting)
{
	if (accounting->zerocopy)
		return add_cause(
			r, TCPMEM_CAUSE_ZEROCOPY,
			"%" PRId64 " sockets send by reference "
			"(MSG_ZEROCOPY): up to %" PRId64 " bytes of their "
			"queues are the sender's own pages, not charged",
			accounting->zerocopy, accounting->zerocopy_queued);
	if (accounting->bypass)
		return add_cause(r, TCPMEM_CAUSE_BYPASS,
				 "sockets may be charged to their cgroup only "
				 "(net.core.bypass_prot_mem or BPF)");
	return add_not_known(r);
}

static int explain_unseen(struct tcpmem_reconciliation *r,
			  const struct tm_accounting *accounting)
{
	size_t known = r->causes;
	int ret = 0;

	if (accounting->denied)
		ret = add_cause(r, TCPMEM_CAUSE_NETNS_DENIED,
				"sockets are in network namespaces that could "
				"not be entered");
	if (ret == 0 && accounting->proc_hidden)
		ret = add_cause(r, TCPMEM_CAUSE_PROC_HIDDEN,
				"sockets may be in network namespaces of "
				"processes that /proc does not show: outside "
				"of this PID namespace, or of other users");
	if (ret == 0 && accounting->fds_denied)
		ret = add_cause(r, TCPMEM_CAUSE_FDS_DENIED,
				"closed or unbound sockets may be held by "
				"processes whose fds may not be read");
	else if (ret == 0 && accounting->fds_uncopied)
		ret = add_cause(r, TCPMEM_CAUSE_FDS_DENIED,
				"closed or unbound sockets may be held by "
				"processes whose fds cannot be copied: "
				"pidfd_getfd(2) needs Linux 5.6, for threads "
				"6.9, or a security module or a seccomp "
				"filter refuses it");
	if (ret < 0 || r->causes > known)
		return ret;
	if (!accounting->fds_searched)
		return add_cause(r, TCPMEM_CAUSE_NOT_ASKED,
				 "only file descriptors may lead to the "
				 "sockets, and processes were not asked for");
	return add_cause(r, TCPMEM_CAUSE_UNREACHABLE,
			 "sockets are held by no process that can be read: "
			 "passed over a UNIX socket and not received, "
			 "registered with io_uring, or in a namespace that "
			 "nothing leads to");
}

/* Causes for the kernel's counter being the larger one. */
static int explain_excess(struct tcpmem_reconciliation *r,
			  const struct tcpmem_snapshot *snap)
{
	int ret = 0;

	if (tm_warnings_have(&snap->warnings, TCPMEM_WARNING_MPTCP_MISSING))
		ret = add_cause(r, TCPMEM_CAUSE_MPTCP_MISSING,
				"the kernel does not show its MPTCP sockets");
	if (ret == 0 && snap->accounting.tls)
		ret = add_cause(
			r, TCPMEM_CAUSE_KTLS,
			"kernel TLS is in use: its open records are charged "
			"and in no socket's counters, %" PRId64 " to %" PRId64
			" bytes by those that show it",
			snap->accounting.overdrawn_least,
			snap->accounting.overdrawn_most);
	return ret || r->causes ? ret : add_not_known(r);
}

static int explain(struct tcpmem_reconciliation *r,
		   const struct tcpmem_snapshot *snap)
{
	const struct tm_accounting *accounting = &snap->accounting;
	int64_t residual = r->number[TCPMEM_RECONCILE_METRIC_RESIDUAL];
	int ret = 0;

	if (accounting->narrowed)
		return add_cause(r, TCPMEM_CAUSE_NARROWED,
				 "only a part was asked for, and the kernel "
				 "counts all namespaces and states");
	if (accounting->uncounted)
		ret = add_cause(r, TCPMEM_CAUSE_COUNTERS_MISSING,
				"%" PRId64 " socket%s came without counters",
				accounting->uncounted,
				accounting->uncounted == 1 ? "" : "s");
	if (ret == 0 && r->number[TCPMEM_RECONCILE_METRIC_SOCKETS_UNSEEN])
		ret = explain_unseen(r, accounting);
	if (ret < 0 || is_tolerated(r))
		return ret;
	if (is_race(r))
		return add_cause(r, TCPMEM_CAUSE_RACE,
				 "sockets changed while they were read: the "
				 "kernel's count moved by %" PRId64 " bytes",
				 r->number[TCPMEM_RECONCILE_METRIC_MOVED]);
	return residual > 0 ? explain_excess(r, snap)
			    : explain_lack(r, accounting);
}

/* Bytes that a cause other than a race may account for. */
static int64_t covered(const struct tm_accounting *accounting, bool excess)
{
	if (!excess)
		return accounting->zerocopy_queued;
	return accounting->tls ? accounting->overdrawn_most : 0;
}

/* Whether sockets whose memory is unknown may be charged with the rest */
static bool is_uncounted(const struct tcpmem_reconciliation *r,
			 const struct tm_accounting *accounting)
{
	return accounting->uncounted &&
	       r->number[TCPMEM_RECONCILE_METRIC_RESIDUAL] > 0;
}

static enum tcpmem_verdict judge(const struct tcpmem_reconciliation *r,
				 const struct tm_accounting *accounting)
{
	int64_t residual = r->number[TCPMEM_RECONCILE_METRIC_RESIDUAL];
	int64_t unseen = r->number[TCPMEM_RECONCILE_METRIC_SOCKETS_UNSEEN];

	if (!r->known[TCPMEM_RECONCILE_METRIC_RESIDUAL])
		return TCPMEM_VERDICT_UNKNOWN;
	if (accounting->narrowed && !saw_all(accounting))
		return TCPMEM_VERDICT_NARROWED;
	if (!unseen && is_tolerated(r))
		return TCPMEM_VERDICT_AGREES;
	if (accounting->narrowed)
		return TCPMEM_VERDICT_NARROWED;
	if (unseen)
		return TCPMEM_VERDICT_UNEXPLAINED;
	if (distance(residual, 0) <=
	    race(r) + covered(accounting, residual > 0))
		return TCPMEM_VERDICT_EXPLAINED;
	/* what they hold may be all of it, or next to nothing */
	return is_uncounted(r, accounting) ? TCPMEM_VERDICT_UNKNOWN
					   : TCPMEM_VERDICT_UNEXPLAINED;
}

static void put_unknown(struct tcpmem_reconciliation *r,
			const struct tm_accounting *accounting)
{
	if (!r->known[TCPMEM_RECONCILE_METRIC_KERNEL])
		snprintf(r->text, sizeof(r->text),
			 "the kernel's own counts could not be read");
	else if (!r->known[TCPMEM_RECONCILE_METRIC_RESIDUAL])
		snprintf(r->text, sizeof(r->text),
			 "the sockets' own counters could not be read");
	else
		snprintf(r->text, sizeof(r->text),
			 "the counters of %" PRId64
			 " socket%s could not be read",
			 accounting->uncounted,
			 accounting->uncounted == 1 ? "" : "s");
}

/* @bytes: the difference of bytes has no known cause */
static void put_difference(struct tcpmem_reconciliation *r, bool bytes)
{
	int64_t residual = r->number[TCPMEM_RECONCILE_METRIC_RESIDUAL];
	int64_t unseen = r->number[TCPMEM_RECONCILE_METRIC_SOCKETS_UNSEEN];
	char sockets[64] = "";

	if (unseen)
		snprintf(sockets, sizeof(sockets), "%" PRId64 " sockets unseen",
			 unseen);
	if (!bytes)
		snprintf(r->text, sizeof(r->text), "%s", sockets);
	else
		snprintf(r->text, sizeof(r->text),
			 "%" PRId64 " bytes unexplained%s%s", residual,
			 unseen ? ", " : "", sockets);
}

static void put_in_words(struct tcpmem_reconciliation *r,
			 const struct tm_accounting *accounting)
{
	static const char *const words[] = {
		[TCPMEM_VERDICT_AGREES] = "agrees with the kernel",
		[TCPMEM_VERDICT_EXPLAINED] =
			"differs from the kernel by what is known",
		[TCPMEM_VERDICT_NARROWED] =
			"only a part was asked for: not to be compared",
	};

	if (r->verdict == TCPMEM_VERDICT_UNKNOWN)
		put_unknown(r, accounting);
	else if (r->verdict == TCPMEM_VERDICT_UNEXPLAINED)
		put_difference(r, !is_race(r) && !is_uncounted(r, accounting));
	else
		snprintf(r->text, sizeof(r->text), "%s", words[r->verdict]);
}

int tcpmem_reconcile(const struct tcpmem_snapshot *snapshot,
		     struct tcpmem_reconciliation **reconciliation)
{
	struct tcpmem_reconciliation *r = calloc(1, sizeof(*r));
	int ret = 0;

	if (!r)
		return -ENOMEM;
	weigh(r, snapshot);
	r->verdict = judge(r, &snapshot->accounting);
	put_in_words(r, &snapshot->accounting);
	if (r->verdict != TCPMEM_VERDICT_AGREES &&
	    r->known[TCPMEM_RECONCILE_METRIC_RESIDUAL])
		ret = explain(r, snapshot);
	if (ret < 0) {
		tcpmem_reconciliation_free(r);
		return ret;
	}
	*reconciliation = r;
	return 0;
}

void tcpmem_reconciliation_free(struct tcpmem_reconciliation *r)
{
	if (!r)
		return;
	for (size_t i = 0; i < r->causes; i++)
		free(r->cause_text[i]);
	free(r);
}

int tcpmem_reconciliation_get_metric(const struct tcpmem_reconciliation *r,
				     enum tcpmem_reconcile_metric which,
				     int64_t *value)
{
	if ((size_t)which >= TCPMEM_RECONCILE_METRIC_COUNT || !r->known[which])
		return -ENODATA;
	*value = r->number[which];
	return 0;
}

enum tcpmem_verdict
tcpmem_reconciliation_get_verdict(const struct tcpmem_reconciliation *r)
{
	return r->verdict;
}

const char *
tcpmem_reconciliation_get_text(const struct tcpmem_reconciliation *r)
{
	return r->text;
}

const char *
tcpmem_reconciliation_get_cause(const struct tcpmem_reconciliation *r,
				size_t index, enum tcpmem_cause *cause)
{
	if (index >= r->causes)
		return NULL;
	if (cause)
		*cause = r->cause[index];
	return r->cause_text[index];
}

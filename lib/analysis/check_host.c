// SPDX-License-Identifier: LGPL-2.1-or-later
/* check_host.c - thresholds of the host, its namespaces and processes */
#include "analysis/check.h"

#include "analysis/explain.h"
#include "analysis/table.h"
#include "model/snapshot.h"
#include "tcpmem/reconcile.h"

#include <stdlib.h>
#include <string.h>

/* @used, @most: of the kernel's own counters; NULL: not known */
static int add_use(struct tcpmem_check *check, enum tcpmem_check_metric metric,
		   const int64_t *used, const int64_t *most)
{
	return used ? tm_check_add_part(check, metric, TM_CHECK_TOTAL,
					(double)*used, most)
		    : tm_check_add_result(check, metric, TM_CHECK_TOTAL, NULL);
}

int tm_check_judge_tcp_mem(struct tcpmem_check *check,
			   const struct tcpmem_snapshot *snap)
{
	return add_use(check, TCPMEM_CHECK_METRIC_TCP_MEM,
		       tm_check_fact(snap, TCPMEM_HOST_METRIC_TCP_MEM_USED),
		       tm_check_fact(snap, TCPMEM_HOST_METRIC_TCP_MEM_HIGH));
}

/* The kernel compares its own counter with the limit. */
int tm_check_judge_orphans(struct tcpmem_check *check,
			   const struct tcpmem_snapshot *snap)
{
	if (check->keys || tm_snapshot_is_part(snap))
		return tm_check_judge_sockets(
			check, TCPMEM_CHECK_METRIC_ORPHANS, snap);
	return add_use(check, TCPMEM_CHECK_METRIC_ORPHANS,
		       tm_check_fact(snap, TCPMEM_HOST_METRIC_ORPHANS),
		       tm_check_fact(snap, TCPMEM_HOST_METRIC_ORPHANS_MAX));
}

static int add_difference(struct tcpmem_check *check,
			  const struct tcpmem_reconciliation *accounting)
{
	enum tcpmem_verdict verdict =
		tcpmem_reconciliation_get_verdict(accounting);
	int64_t residual = 0, kernel = 0;

	if (verdict == TCPMEM_VERDICT_NARROWED ||
	    verdict == TCPMEM_VERDICT_UNKNOWN ||
	    tcpmem_reconciliation_get_metric(accounting,
					     TCPMEM_RECONCILE_METRIC_RESIDUAL,
					     &residual) < 0 ||
	    tcpmem_reconciliation_get_metric(
		    accounting, TCPMEM_RECONCILE_METRIC_KERNEL, &kernel) < 0)
		return tm_check_add_result(check,
					   TCPMEM_CHECK_METRIC_UNEXPLAINED,
					   TM_CHECK_TOTAL, NULL);
	if (verdict != TCPMEM_VERDICT_UNEXPLAINED)
		residual = 0;
	/* no percentage of a limit of 0 */
	if (!residual)
		kernel = 1;
	return tm_check_add_part(check, TCPMEM_CHECK_METRIC_UNEXPLAINED,
				 TM_CHECK_TOTAL, (double)llabs(residual),
				 &kernel);
}

int tm_check_judge_unexplained(struct tcpmem_check *check,
			       const struct tcpmem_snapshot *snap)
{
	struct tcpmem_reconciliation *accounting;
	size_t judged = check->result_count;
	uint32_t parts = TM_COVERAGE_SOCKETS | TM_COVERAGE_COUNTERS;
	int ret = tcpmem_reconcile(snap, &accounting);
	const char *cause;
	bool agrees;

	if (ret < 0)
		return ret;
	agrees = tcpmem_reconciliation_get_verdict(accounting) ==
		 TCPMEM_VERDICT_AGREES;
	if (!snap->accounting.uncounted)
		parts = TM_COVERAGE_SOCKETS;
	/* what sockets without counters hold may be all of it */
	if (snap->accounting.uncounted && !agrees)
		ret = tm_check_add_result(check,
					  TCPMEM_CHECK_METRIC_UNEXPLAINED,
					  TM_CHECK_TOTAL, NULL);
	else
		ret = add_difference(check, accounting);
	/* what agrees leaves no room for what was not seen */
	if (ret == 0 && !agrees)
		ret = tm_check_doubt(check, TCPMEM_CHECK_METRIC_UNEXPLAINED,
				     judged, tm_coverage_missing(snap, parts));
	cause = tcpmem_reconciliation_get_cause(accounting, 0, NULL);
	if (ret == 0 && cause)
		ret = tm_check_explain(check, judged, cause);
	tcpmem_reconciliation_free(accounting);
	return ret;
}

/* What neither a capture nor a namespace that may not be entered tells. */
#define NO_LIMITS \
	"sysctls and counters were not read, or are not in the capture"

static bool is_by_netns(const struct tcpmem_check *check)
{
	return check->keys && strcmp(check->keys, "netns") == 0;
}

/* Of all namespaces that one which is nearest to its own limit */
int tm_check_judge_time_wait(struct tcpmem_check *check,
			     const struct tcpmem_snapshot *snap)
{
	size_t first = check->result_count;
	int ret = 0;

	for (size_t i = 0;
	     ret == 0 && is_by_netns(check) && i < snap->netns_count; i++) {
		const struct tm_netns *ns = &snap->netns[i];
		bool known = ns->time_wait != TCPMEM_UNKNOWN;

		if (ns->time_wait)
			ret = tm_check_add_part(
				check, TCPMEM_CHECK_METRIC_TIME_WAIT, ns->name,
				(double)ns->time_wait,
				known ? &ns->time_wait_max : NULL);
	}
	if (ret == 0 && check->result_count == first)
		ret = add_use(
			check, TCPMEM_CHECK_METRIC_TIME_WAIT,
			tm_check_fact(snap, TCPMEM_HOST_METRIC_TIME_WAIT),
			tm_check_fact(snap, TCPMEM_HOST_METRIC_TIME_WAIT_MAX));
	return ret ? ret
		   : tm_check_doubt(
			     check, TCPMEM_CHECK_METRIC_TIME_WAIT, first,
			     tm_coverage_missing(snap, TM_COVERAGE_SOCKETS));
}

static int judge_process(struct tcpmem_check *check,
			 enum tcpmem_check_metric metric,
			 const struct tcpmem_snapshot *snap,
			 const struct tcpmem_row *row)
{
	struct tcpmem_process_details all = { .size = sizeof(all) };
	int64_t value;

	(void)tcpmem_process_get_details(snap, row->subject.process, &all);
	value = metric == TCPMEM_CHECK_METRIC_RSS ? all.rss : all.fds;
	if (value == TCPMEM_UNKNOWN)
		return tm_check_add_result(check, metric, row->subject.key,
					   NULL);
	return tm_check_add_part(check, metric, row->subject.key, (double)value,
				 all.fds_max != TCPMEM_UNKNOWN ? &all.fds_max
							       : NULL);
}

/* The results from @first on: the worst one stays. */
static void keep_worst(struct tcpmem_check *check, size_t first)
{
	for (size_t i = first + 1; i < check->result_count; i++) {
		struct tcpmem_check_result *worst = &check->result[first];
		struct tcpmem_check_result *other = &check->result[i];
		int more = tm_level_compare(other->level, worst->level);

		if (more > 0 || (more == 0 && other->value > worst->value)) {
			struct tcpmem_check_result swapped = *worst;

			*worst = *other;
			*other = swapped;
		}
		free((char *)other->key);
		free((char *)other->reason);
	}
	if (check->result_count > first)
		check->result_count = first + 1;
}

int tm_check_judge_processes(struct tcpmem_check *check,
			     enum tcpmem_check_metric metric,
			     const struct tcpmem_snapshot *snap)
{
	size_t first = check->result_count;
	struct tcpmem_table *table;
	const char *missing;
	int ret = tcpmem_group(snap, "process", &table);

	if (ret < 0)
		return ret;
	for (size_t i = 0; ret == 0 && i < table->row_count; i++)
		if (table->row[i].subject.process)
			ret = judge_process(check, metric, snap,
					    &table->row[i]);
	tcpmem_table_free(table);
	if (ret < 0)
		return ret;
	missing = tm_coverage_missing(snap, TM_COVERAGE_SOCKETS |
						    TM_COVERAGE_HOLDERS);
	if (!check->keys)
		keep_worst(check, first);
	if (check->result_count > first)
		return tm_check_doubt(check, metric, first, missing);
	ret = tm_check_add_result(check, metric, TM_CHECK_TOTAL, NULL);
	return ret ? ret
		   : tm_check_explain(check, first,
				      missing ? missing
					      : "no process holds a socket "
						"that was asked for");
}

/* Results from @first on: why they are not known, and what else was not seen */
static int explain(struct tcpmem_check *check, size_t first,
		   enum tcpmem_check_metric metric, const char *why,
		   const char *missing)
{
	int ret = tm_check_explain(check, first, why);

	return ret ? ret : tm_check_doubt(check, metric, first, missing);
}

int tm_check_judge_ports(struct tcpmem_check *check,
			 const struct tcpmem_snapshot *snap)
{
	struct tcpmem_limits limits = { .at_least = true };
	const struct tcpmem_limit *range;
	size_t first = check->result_count;
	bool lacks;
	int ret;

	tm_limits_init(&limits.limits);
	ret = tm_limits_use_all(&limits, NULL, snap);
	range = tm_limits_find(&limits.limits, "ip_local_port_range");
	lacks = tm_snapshot_lacks_limit(snap,
					(size_t)(range - limits.limits.limit));
	if (ret == 0 && range->known && range->used_known)
		ret = tm_check_add_part(check, TCPMEM_CHECK_METRIC_PORTS,
					range->busiest ? range->busiest
						       : TM_CHECK_TOTAL,
					(double)range->used, &range->value);
	else if (ret == 0)
		ret = tm_check_add_result(check, TCPMEM_CHECK_METRIC_PORTS,
					  TM_CHECK_TOTAL, NULL);
	tm_limits_clear(&limits);
	if (ret == 0)
		ret = explain(check, first, TCPMEM_CHECK_METRIC_PORTS,
			      NO_LIMITS,
			      tm_coverage_missing(snap, TM_COVERAGE_SOCKETS));
	return ret || !lacks
		       ? ret
		       : tm_check_doubt(check, TCPMEM_CHECK_METRIC_PORTS, first,
					"the range of some network namespaces "
					"with sockets is not known");
}

/* Of a namespace that has ended by now, with its sockets, nothing is asked. */
static bool has_rate(const struct tm_netns *ns,
		     const struct tcpmem_snapshot *before, size_t counter,
		     struct tm_limits *limits, bool *lacks)
{
	if (ns->limits) {
		*limits = *ns->limits;
		tm_limits_rise(limits, before, ns->inode);
	}
	if (ns->limits && limits->limit[counter].rate_known)
		return true;
	*lacks |= ns->limits || !ns->seen;
	return false;
}

/*
 * By netns, each namespace whose counter rises; else the sum of all
 * @before: NULL: there is none to compare with
 * @lacks: the counters of some namespaces are not there
 */
static int judge_rate(struct tcpmem_check *check, size_t counter,
		      const struct tcpmem_snapshot *before,
		      const struct tcpmem_snapshot *snap, bool lacks)
{
	size_t first = check->result_count;
	bool any = false;
	double sum = 0;
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < snap->netns_count; i++) {
		struct tm_limits limits;
		const struct tcpmem_limit *limit = &limits.limit[counter];

		if (!has_rate(&snap->netns[i], before, counter, &limits,
			      &lacks))
			continue;
		any = true;
		sum += limit->per_second;
		if (is_by_netns(check) && limit->per_second > 0)
			ret = tm_check_add_rate(check, counter,
						snap->netns[i].name,
						&limit->per_second);
	}
	if (ret == 0 && check->result_count == first)
		ret = tm_check_add_rate(check, counter, TM_CHECK_TOTAL,
					any ? &sum : NULL);
	return ret || !any || !lacks
		       ? ret
		       : tm_check_doubt(check, TCPMEM_CHECK_METRIC_COUNTER,
					first,
					"how it rose in some network "
					"namespaces is not known");
}

/* Which states were asked for is nothing to counters. */
int tm_check_judge_rates(struct tcpmem_check *check,
			 const struct tcpmem_snapshot *before,
			 const struct tcpmem_snapshot *snap)
{
	const char *why = tm_check_incomparable(before, snap);
	bool lacks = tm_snapshot_lacks_limit(snap, SIZE_MAX);
	size_t first = check->result_count;
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < TM_LIMIT_COUNT; i++)
		if (check->rate[i].given)
			ret = judge_rate(check, i, why ? NULL : before, snap,
					 lacks);
	return ret ? ret
		   : explain(check, first, TCPMEM_CHECK_METRIC_COUNTER,
			     why ? why : NO_LIMITS,
			     tm_coverage_missing(snap, TM_COVERAGE_NETNS));
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* check.h - a check, its results, and who judges what */
#ifndef TM_ANALYSIS_CHECK_H
#define TM_ANALYSIS_CHECK_H

#include "model/snapshot.h"
#include "tcpmem/check.h"

/* ---- "WARN,CRIT": in what ranges a metric may be ---- */

/* struct tm_threshold - both in @unit; @warning only if @warns */
struct tm_threshold {
	bool given;
	bool warns;
	enum tcpmem_unit unit;
	struct tcpmem_range warning;
	struct tcpmem_range critical;
};

/*
 * tm_threshold_parse() - reads "WARN,CRIT" or "CRIT"
 * @offset, @expected: on -EINVAL, where it is wrong and what is wanted there
 *
 * Return: 0 or -EINVAL.
 */
int tm_threshold_parse(enum tcpmem_check_metric metric, const char *text,
		       struct tm_threshold *threshold, size_t *offset,
		       const char **expected);

/* tm_range_is_below() - whether @value and all above it are beyond the range */
bool tm_range_is_below(const struct tcpmem_range *range, double value);

/* tm_threshold_judge() - how a known @value stands */
enum tcpmem_level tm_threshold_judge(const struct tm_threshold *threshold,
				     double value);

/* ---- a check, and its results ---- */

/* The key of what is judged of all sockets, or of the host */
#define TM_CHECK_TOTAL "total"

/* struct tcpmem_check - @threshold of rates says only that @rate has one */
struct tcpmem_check {
	struct tm_threshold threshold[TCPMEM_CHECK_METRIC_COUNT];
	struct tm_threshold rate[TM_LIMIT_COUNT]; /* of counters */
	char *keys; /* NULL: all sockets together */
	struct tcpmem_check_result *result;
	size_t result_count, result_capacity;
};

/* tm_check_forget() - frees what the results have; there are none then */
void tm_check_forget(struct tcpmem_check *check);

/* tm_check_sort() - by metric and name, the largest value first */
void tm_check_sort(struct tcpmem_check *check);

/*
 * tm_check_add_result() - a result; @value: NULL: not known
 *
 * Return: 0, or -ENOMEM.
 */
int tm_check_add_result(struct tcpmem_check *check,
			enum tcpmem_check_metric metric, const char *key,
			const double *value);

/* tm_check_add_rate() - the same of counter number @counter */
int tm_check_add_rate(struct tcpmem_check *check, size_t counter,
		      const char *key, const double *value);

/* tm_check_add_part() - in percent of @whole, if the threshold is in percent */
int tm_check_add_part(struct tcpmem_check *check,
		      enum tcpmem_check_metric metric, const char *key,
		      double value, const int64_t *whole);

/*
 * tm_check_doubt() - judges the results from @first on by what was not seen;
 * NULL: nothing
 *
 * Rows that were seen stand, and beside them that there may be others.
 *
 * Return: 0, or -ENOMEM.
 */
int tm_check_doubt(struct tcpmem_check *check, enum tcpmem_check_metric metric,
		   size_t first, const char *missing);

/* tm_check_fact() - what the host said; NULL if it is not known */
const int64_t *tm_check_fact(const struct tcpmem_snapshot *snap,
			     enum tcpmem_host_metric which);

/* tm_check_explain() - why the results from @first on are not known */
int tm_check_explain(struct tcpmem_check *check, size_t first,
		     const char *missing);

/*
 * tm_check_incomparable() - why nothing can be said of a change between two
 * snapshots
 *
 * Return: NULL if it can.
 */
const char *tm_check_incomparable(const struct tcpmem_snapshot *before,
				  const struct tcpmem_snapshot *after);

/* tm_level_compare() - above 0: @a is worse than @b */
int tm_level_compare(enum tcpmem_level a, enum tcpmem_level b);

/* tm_check_judge_sockets() - sockets, in total or by group. 0 or -ENOMEM. */
int tm_check_judge_sockets(struct tcpmem_check *check,
			   enum tcpmem_check_metric metric,
			   const struct tcpmem_snapshot *snap);

/* ---- what is the host's, whatever the groups are. Return: 0, -ENOMEM. ---- */

int tm_check_judge_tcp_mem(struct tcpmem_check *check,
			   const struct tcpmem_snapshot *snap);
int tm_check_judge_orphans(struct tcpmem_check *check,
			   const struct tcpmem_snapshot *snap);
int tm_check_judge_unexplained(struct tcpmem_check *check,
			       const struct tcpmem_snapshot *snap);
int tm_check_judge_processes(struct tcpmem_check *check,
			     enum tcpmem_check_metric metric,
			     const struct tcpmem_snapshot *snap);
int tm_check_judge_time_wait(struct tcpmem_check *check,
			     const struct tcpmem_snapshot *snap);
int tm_check_judge_ports(struct tcpmem_check *check,
			 const struct tcpmem_snapshot *snap);
int tm_check_judge_rates(struct tcpmem_check *check,
			 const struct tcpmem_snapshot *before,
			 const struct tcpmem_snapshot *snap);

#endif

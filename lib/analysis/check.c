// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * check.c - thresholds, and what is beyond them
 *
 * Each metric asks for some sockets and a number of them; per group that is a
 * table of those sockets. The host's metrics have one value, whatever the
 * groups are. Rows that are no group, as that of TIME_WAIT among processes, are
 * judged where the metric or the states that were asked for mean just these.
 */
#include "analysis/check.h"
#include "analysis/diff.h"
#include "analysis/table.h"
#include "base/util.h"
#include "model/snapshot.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* For a total any key will do; this one needs no holders. */
#define ANY_KEY "state"

/* Why a value is not known where nothing else has said so */
#define UNREAD "it could not be read, or not all of it"

/* No process ever holds a socket in one of these states. */
#define STATES_OF_NOBODY                         \
	(UINT32_C(1) << TCPMEM_STATE_TIME_WAIT | \
	 UINT32_C(1) << TCPMEM_STATE_SYN_RECV)

int tcpmem_check_new(struct tcpmem_check **check)
{
	struct tcpmem_check *c = calloc(1, sizeof(*c));

	if (!c)
		return -ENOMEM;
	*check = c;
	return 0;
}

void tcpmem_check_free(struct tcpmem_check *check)
{
	if (!check)
		return;
	tm_check_forget(check);
	free(check->result);
	free(check->keys);
	free(check);
}

static bool is_metric(enum tcpmem_check_metric metric)
{
	return (size_t)metric < TCPMEM_CHECK_METRIC_COUNT;
}

/* Return: the number of the counter; TM_LIMIT_COUNT: there is none. */
static size_t find_counter(const char *name, size_t len)
{
	size_t i = 0;

	while (i < TM_LIMIT_COUNT &&
	       (!tm_limit_defs[i].line ||
		strlen(tm_limit_defs[i].name) != len ||
		memcmp(tm_limit_defs[i].name, name, len) != 0))
		i++;
	return i;
}

/* "ListenDrops=1,10": the threshold of that counter */
static int add_rate(struct tcpmem_check *check, const char *text,
		    size_t *offset, const char **expected)
{
	size_t len = strcspn(text, "=");
	size_t i = text[len] ? find_counter(text, len) : TM_LIMIT_COUNT;
	int ret;

	*offset = 0;
	*expected = "a counter of 'tcpmem limits' and =, as in ListenDrops=1";
	if (i == TM_LIMIT_COUNT)
		return -EINVAL;
	ret = tm_threshold_parse(TCPMEM_CHECK_METRIC_COUNTER, text + len + 1,
				 &check->rate[i], offset, expected);
	*offset += len + 1;
	check->threshold[TCPMEM_CHECK_METRIC_COUNTER].given |= ret == 0;
	return ret;
}

int tcpmem_check_add(struct tcpmem_check *check,
		     enum tcpmem_check_metric metric, const char *text,
		     struct tcpmem_check_error *error)
{
	const char *expected;
	size_t offset;
	int ret;

	if (!is_metric(metric) || (error && error->size < sizeof(*error)))
		return -EINVAL;
	ret = metric == TCPMEM_CHECK_METRIC_COUNTER
		      ? add_rate(check, text, &offset, &expected)
		      : tm_threshold_parse(metric, text,
					   &check->threshold[metric], &offset,
					   &expected);
	if (ret < 0 && error) {
		error->offset = offset;
		error->expected = expected;
	}
	return ret;
}

bool tcpmem_check_has(const struct tcpmem_check *check,
		      enum tcpmem_check_metric metric)
{
	return is_metric(metric) && check->threshold[metric].given;
}

int tcpmem_check_set_keys(struct tcpmem_check *check, const char *keys)
{
	uint32_t needs = 0;
	char *copy = NULL;
	int ret;

	if (keys) {
		ret = tcpmem_keys_require(keys, &needs);
		if (ret < 0)
			return ret;
		copy = strdup(keys);
		if (!copy)
			return -ENOMEM;
	}
	free(check->keys);
	check->keys = copy;
	return 0;
}

/* The listeners' holders tell orphans from unaccepted sockets. */
void tcpmem_check_require(const struct tcpmem_check *check, uint32_t *needs)
{
	if (check->keys)
		(void)tcpmem_keys_require(check->keys, needs);
	if (check->threshold[TCPMEM_CHECK_METRIC_ORPHANS].given)
		*needs |= TCPMEM_NEED_HOLDERS;
	if (check->threshold[TCPMEM_CHECK_METRIC_RSS].given ||
	    check->threshold[TCPMEM_CHECK_METRIC_FDS].given)
		*needs |= TCPMEM_NEED_HOLDERS | TCPMEM_NEED_METADATA;
	if (check->threshold[TCPMEM_CHECK_METRIC_FDS].given ||
	    check->threshold[TCPMEM_CHECK_METRIC_PORTS].given ||
	    check->threshold[TCPMEM_CHECK_METRIC_COUNTER].given)
		*needs |= TCPMEM_NEED_LIMITS;
}

/*
 * /proc/net/tcp has none that are only bound. Where all sockets were asked for
 * the kernel's count tells of them.
 */
static bool may_lack_bound(const struct tcpmem_snapshot *snap)
{
	return snap->accounting.narrowed &&
	       (!snap->states ||
		snap->states & 1u << TCPMEM_STATE_BOUND_INACTIVE) &&
	       tm_warnings_have(&snap->warnings,
				TCPMEM_WARNING_SOCK_DIAG_CLOSED);
}

/* The parts of a snapshot that a metric of its sockets rests on. */
static uint32_t rests_on(const struct tcpmem_check *check,
			 enum tcpmem_check_metric metric,
			 const struct tcpmem_snapshot *snap)
{
	uint32_t parts = TM_COVERAGE_SOCKETS, needs = 0;

	if (metric == TCPMEM_CHECK_METRIC_HELD ||
	    metric == TCPMEM_CHECK_METRIC_GROWTH ||
	    (metric == TCPMEM_CHECK_METRIC_SOCKETS && may_lack_bound(snap)))
		parts |= TM_COVERAGE_COUNTERS;
	if (check->keys)
		(void)tcpmem_keys_require(check->keys, &needs);
	if (needs & TCPMEM_NEED_HOLDERS ||
	    (metric == TCPMEM_CHECK_METRIC_ORPHANS && !snap->holders))
		parts |= TM_COVERAGE_HOLDERS;
	return parts;
}

/* Of programs that are not told, some may be one. */
static const char *find_missing(const struct tcpmem_check *check,
				enum tcpmem_check_metric metric,
				const struct tcpmem_snapshot *snap)
{
	const char *missing =
		tm_coverage_missing(snap, rests_on(check, metric, snap));

	if (missing || !check->keys ||
	    !tm_warnings_have(&snap->warnings,
			      TCPMEM_WARNING_PROGRAMS_UNREADABLE))
		return missing;
	for (const char *key = check->keys; key; key = strchr(key, ',')) {
		key += *key == ',';
		if (strncmp(key, "program", strcspn(key, ",")) == 0)
			return tm_coverage_missing(snap, TM_COVERAGE_SHARES);
	}
	return NULL;
}

const int64_t *tm_check_fact(const struct tcpmem_snapshot *snap,
			     enum tcpmem_host_metric which)
{
	return snap->host.known[which] ? &snap->host.fact[which] : NULL;
}

static bool counts(enum tcpmem_check_metric metric,
		   const struct tcpmem_socket *sock)
{
	switch (metric) {
	case TCPMEM_CHECK_METRIC_CLOSE_WAIT:
		return sock->state == TCPMEM_STATE_CLOSE_WAIT;
	case TCPMEM_CHECK_METRIC_TIME_WAIT:
		return sock->state == TCPMEM_STATE_TIME_WAIT;
	case TCPMEM_CHECK_METRIC_ORPHANS:
		return sock->kind == TCPMEM_KIND_ORPHAN;
	default:
		return true;
	}
}

static int count(const struct tcpmem_snapshot *snap,
		 enum tcpmem_check_metric metric, struct tcpmem_table *table)
{
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < snap->sockets.count; i++)
		if (counts(metric, &snap->sockets.sock[i]))
			ret = tcpmem_table_add(table, snap,
					       &snap->sockets.sock[i]);
	return ret ? ret : tcpmem_table_finish(table);
}

static bool asks_for_nobody(enum tcpmem_check_metric metric,
			    const struct tcpmem_snapshot *snap)
{
	return metric == TCPMEM_CHECK_METRIC_TIME_WAIT ||
	       metric == TCPMEM_CHECK_METRIC_ORPHANS ||
	       (snap->states && !(snap->states & ~STATES_OF_NOBODY));
}

static int judge_row(struct tcpmem_check *check,
		     const struct tcpmem_snapshot *snap,
		     enum tcpmem_check_metric metric,
		     const struct tcpmem_row *row)
{
	enum tcpmem_metric number =
		metric == TCPMEM_CHECK_METRIC_HELD     ? TCPMEM_METRIC_HELD
		: metric == TCPMEM_CHECK_METRIC_RECV_Q ? TCPMEM_METRIC_UNREAD
						       : TCPMEM_METRIC_SOCKETS;

	if (row->class == TM_ROW_UNREAD)
		return tm_check_add_result(check, metric, row->subject.key,
					   NULL);
	return tm_check_add_part(
		check, metric, row->subject.key,
		(double)tm_sums_number(&row->sums, number),
		tm_check_fact(snap, TCPMEM_HOST_METRIC_ORPHANS_MAX));
}

int tm_check_judge_sockets(struct tcpmem_check *check,
			   enum tcpmem_check_metric metric,
			   const struct tcpmem_snapshot *snap)
{
	struct tcpmem_table *table;
	int ret = tcpmem_table_new(check->keys ? check->keys : ANY_KEY, &table);
	size_t judged = check->result_count;

	if (ret < 0)
		return ret;
	ret = count(snap, metric, table);
	for (size_t i = 0; ret == 0 && check->keys && i < table->row_count; i++)
		if (table->row[i].class != TM_ROW_ABSENT ||
		    asks_for_nobody(metric, snap))
			ret = judge_row(check, snap, metric, &table->row[i]);
	if (ret == 0 && !check->keys)
		ret = judge_row(check, snap, metric, &table->total);
	else if (ret == 0 && check->result_count == judged)
		ret = tm_check_add_part(
			check, metric, TM_CHECK_TOTAL, 0,
			tm_check_fact(snap, TCPMEM_HOST_METRIC_ORPHANS_MAX));
	tcpmem_table_free(table);
	if (ret < 0)
		return ret;
	return tm_check_doubt(check, metric, judged,
			      find_missing(check, metric, snap));
}

/*
 * struct comparison - what two snapshots can tell of a growth
 * @comparable: anything
 * @before_lacks, @after_lacks: sockets: what the other one alone has was
 *	perhaps neither opened nor closed
 */
struct comparison {
	bool comparable;
	bool before_lacks;
	bool after_lacks;
};

static int judge_growth_row(struct tcpmem_check *check,
			    const struct comparison *of,
			    const struct tcpmem_diff_row *row)
{
	struct tcpmem_change change = { .size = sizeof(change) };
	bool missed = (of->before_lacks && row->event[TCPMEM_EVENT_OPENED]) ||
		      (of->after_lacks && row->event[TCPMEM_EVENT_CLOSED]);
	bool known = of->comparable && !missed && !row->unsure &&
		     row->class != TM_ROW_UNREAD &&
		     tcpmem_diff_row_get_change(row, TCPMEM_METRIC_HELD,
						&change) == 0 &&
		     !isnan(change.per_minute);

	return tm_check_add_result(check, TCPMEM_CHECK_METRIC_GROWTH,
				   row->subject.key,
				   known ? &change.per_minute : NULL);
}

/* No group grew, if there was a time to grow in. */
static int add_no_growth(struct tcpmem_check *check, bool comparable,
			 const struct tcpmem_diff *diff)
{
	static const double none = 0;
	bool known = comparable && diff->total.elapsed_ns > 0;

	return tm_check_add_result(check, TCPMEM_CHECK_METRIC_GROWTH,
				   TM_CHECK_TOTAL, known ? &none : NULL);
}

/*
 * After a reboot the counters began at 0; what an earlier look was not asked
 * for, or could not see, is no growth, nor is a decline what the later one
 * could not.
 */
static struct comparison compare(const struct tcpmem_diff *diff,
				 const struct tcpmem_snapshot *before,
				 const struct tcpmem_snapshot *after)
{
	return (struct comparison){
		.comparable =
			tcpmem_diff_get_match(diff) != TCPMEM_MATCH_NOTHING &&
			!before->lacks_states &&
			!tm_warnings_have(&before->warnings,
					  TCPMEM_WARNING_SOCK_DIAG_CLOSED),
		.before_lacks =
			tm_coverage_missing(before, TM_COVERAGE_SOCKETS),
		.after_lacks = tm_coverage_missing(after, TM_COVERAGE_SOCKETS),
	};
}

static int judge_growth(struct tcpmem_check *check,
			const struct tcpmem_snapshot *before,
			const struct tcpmem_snapshot *after)
{
	uint32_t parts = rests_on(check, TCPMEM_CHECK_METRIC_GROWTH, after);
	const char *missing = tm_coverage_missing(after, parts);
	struct comparison of;
	struct tcpmem_diff *diff;
	size_t judged = check->result_count;
	int ret = tcpmem_diff(before, after,
			      check->keys ? check->keys : ANY_KEY, &diff);

	if (ret < 0)
		return ret;
	of = compare(diff, before, after);
	for (size_t i = 0; ret == 0 && check->keys && i < diff->row_count; i++)
		if (diff->row[i].class != TM_ROW_ABSENT ||
		    asks_for_nobody(TCPMEM_CHECK_METRIC_GROWTH, after))
			ret = judge_growth_row(check, &of, &diff->row[i]);
	if (ret == 0 && !check->keys)
		ret = judge_growth_row(check, &of, &diff->total);
	else if (ret == 0 && check->result_count == judged)
		ret = add_no_growth(check, of.comparable, diff);
	if (!missing)
		missing = tm_coverage_missing(before, parts);
	if (!missing && diff->partial)
		missing = "one of the snapshots is of some network namespaces "
			  "only";
	tcpmem_diff_free(diff);
	return ret ? ret
		   : tm_check_doubt(check, TCPMEM_CHECK_METRIC_GROWTH, judged,
				    missing);
}

static int judge_metric(struct tcpmem_check *check,
			enum tcpmem_check_metric metric,
			const struct tcpmem_snapshot *before,
			const struct tcpmem_snapshot *snap)
{
	switch (metric) {
	case TCPMEM_CHECK_METRIC_ORPHANS:
		return tm_check_judge_orphans(check, snap);
	case TCPMEM_CHECK_METRIC_TCP_MEM:
		return tm_check_judge_tcp_mem(check, snap);
	case TCPMEM_CHECK_METRIC_TIME_WAIT:
		if (check->threshold[metric].unit != TCPMEM_UNIT_PERCENT)
			return tm_check_judge_sockets(check, metric, snap);
		return tm_check_judge_time_wait(check, snap);
	case TCPMEM_CHECK_METRIC_RSS:
	case TCPMEM_CHECK_METRIC_FDS:
		return tm_check_judge_processes(check, metric, snap);
	case TCPMEM_CHECK_METRIC_PORTS:
		return tm_check_judge_ports(check, snap);
	case TCPMEM_CHECK_METRIC_COUNTER:
		return tm_check_judge_rates(check, before, snap);
	case TCPMEM_CHECK_METRIC_GROWTH:
		return judge_growth(check, before, snap);
	case TCPMEM_CHECK_METRIC_UNEXPLAINED:
		return tm_check_judge_unexplained(check, snap);
	case TCPMEM_CHECK_METRIC_LEFT:
	case TCPMEM_CHECK_METRIC_OPENED:
		return tm_check_add_result(check, metric, TM_CHECK_TOTAL, NULL);
	default:
		return tm_check_judge_sockets(check, metric, snap);
	}
}

static bool compares(enum tcpmem_check_metric metric)
{
	return metric == TCPMEM_CHECK_METRIC_GROWTH ||
	       metric == TCPMEM_CHECK_METRIC_COUNTER;
}

static bool has_time(const struct tcpmem_snapshot *snap)
{
	return snap->clock.boottime_ns || snap->clock.wall_ns;
}

/* After a reboot counters began at 0. */
const char *tm_check_incomparable(const struct tcpmem_snapshot *before,
				  const struct tcpmem_snapshot *after)
{
	if (tm_match(before, after) == TCPMEM_MATCH_NOTHING)
		return "the snapshots are of two boots or two hosts";
	if (!has_time(before) || !has_time(after))
		return "a file does not say when it was made";
	if (before->clock.boottime_ns >= after->clock.boottime_ns)
		return "the snapshot that it is compared with is not an "
		       "earlier one";
	return NULL;
}

static int judge_and_explain(struct tcpmem_check *check,
			     enum tcpmem_check_metric metric,
			     const struct tcpmem_snapshot *before,
			     const struct tcpmem_snapshot *snapshot)
{
	const char *why = metric == TCPMEM_CHECK_METRIC_GROWTH
				  ? tm_check_incomparable(before, snapshot)
				  : NULL;
	size_t first = check->result_count;
	int ret = judge_metric(check, metric, before, snapshot);

	return ret == 0 && why ? tm_check_explain(check, first, why) : ret;
}

int tcpmem_check_judge(struct tcpmem_check *check,
		       const struct tcpmem_snapshot *before,
		       const struct tcpmem_snapshot *snapshot)
{
	int ret = 0;

	for (int i = 0; !before && i < TCPMEM_CHECK_METRIC_COUNT; i++)
		if (compares((enum tcpmem_check_metric)i) &&
		    check->threshold[i].given)
			return -EINVAL;
	tm_check_forget(check);
	for (int i = 0; ret == 0 && i < TCPMEM_CHECK_METRIC_COUNT; i++)
		if (check->threshold[i].given)
			ret = judge_and_explain(check,
						(enum tcpmem_check_metric)i,
						before, snapshot);
	if (ret == 0)
		ret = tm_check_explain(check, 0, UNREAD);
	if (ret < 0)
		tm_check_forget(check);
	tm_check_sort(check);
	return ret;
}

int tcpmem_check_judge_value(struct tcpmem_check *check,
			     enum tcpmem_check_metric metric, const char *key,
			     double value, bool least)
{
	const struct tm_threshold *threshold;
	bool known;
	int ret;

	if (!is_metric(metric) || metric == TCPMEM_CHECK_METRIC_COUNTER)
		return -EINVAL;
	threshold = &check->threshold[metric];
	if (!threshold->given)
		return 0;
	if (threshold->unit == TCPMEM_UNIT_PERCENT)
		return -EINVAL;
	known = !least || tm_range_is_below(&threshold->critical, value);
	ret = tm_check_add_result(check, metric, key, known ? &value : NULL);
	if (ret == 0)
		ret = tm_check_explain(check, 0,
				       "it was not measured, or not all of it");
	tm_check_sort(check);
	return ret;
}

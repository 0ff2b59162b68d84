// SPDX-License-Identifier: LGPL-2.1-or-later
/* explain.c - processes: their memory, their sockets, what stands out */
#include "base/util.h"
#include "collect/explained.h"
#include "collect/plan.h"
#include "model/snapshot.h"
#include "proc/internal.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_own(const struct explanation *e, const struct tcpmem_row *row)
{
	const struct tcpmem_process *process =
		tcpmem_row_get_subject(row)->process;

	return process &&
	       tm_is_one_of(e->pids, e->count, tcpmem_process_get_pid(process));
}

static void merge(struct tcpmem_row *sum, bool *any,
		  const struct tcpmem_row *row)
{
	if (*any)
		tm_sums_merge(&sum->sums, &row->sums);
	else
		*sum = *row;
	*any = true;
}

/* A state's name has no comma, whatever stands before. */
static void take_state(struct explanation *e, const struct tcpmem_row *row)
{
	const char *comma = strrchr(tcpmem_row_get_subject(row)->key, ',');
	uint32_t states;
	int state;

	if (!comma || tcpmem_states_from_name(comma + 1, &states) < 0)
		return;
	state = __builtin_ctz(states);
	merge(&e->row.state[state], &e->row.has_state[state], row);
}

/* Of many sockets few are its own: the others are in no row of it. */
static int group_own(const struct explanation *e,
		     const struct tcpmem_snapshot *snap, const char *keys,
		     struct tcpmem_table **table)
{
	int ret = tcpmem_table_new(keys, table);

	for (size_t i = 0; ret == 0 && i < snap->sockets.count; i++) {
		const struct tcpmem_socket *sock = &snap->sockets.sock[i];

		if (tm_is_held_by(snap, sock, e->pids, e->count))
			ret = tcpmem_table_add(*table, snap, sock);
	}
	return ret ? ret : tcpmem_table_finish(*table);
}

/* What several of them hold is in full once in the sum, not once for each. */
static int sum_in_full(struct explanation *e,
		       const struct tcpmem_snapshot *snap)
{
	struct tcpmem_table *table = NULL;
	int ret = group_own(e, snap, "state", &table);

	for (size_t i = 0; ret == 0 && i < tcpmem_table_get_row_count(table);
	     i++) {
		const struct tcpmem_row *row = tcpmem_table_get_row(table, i);
		uint32_t states;

		if (tcpmem_states_from_name(tcpmem_row_get_subject(row)->key,
					    &states) == 0) {
			struct tm_sums *sums =
				&e->row.state[__builtin_ctz(states)].sums;

			sums->reach = row->sums.reach;
			sums->reach_sockets = row->sums.reach_sockets;
		}
	}
	if (ret == 0) {
		const struct tcpmem_row *total = tcpmem_table_get_total(table);

		e->row.tcp.sums.reach = total->sums.reach;
		e->row.tcp.sums.reach_sockets = total->sums.reach_sockets;
	}
	tcpmem_table_free(table);
	return ret;
}

static int group(struct explanation *e, const struct tcpmem_snapshot *snap)
{
	bool any = false;
	int ret = group_own(e, snap, "process", &e->processes);

	if (ret == 0)
		ret = group_own(e, snap, "process,state", &e->states);
	if (ret < 0)
		return ret;
	for (size_t i = 0; i < tcpmem_table_get_row_count(e->processes); i++) {
		const struct tcpmem_row *row =
			tcpmem_table_get_row(e->processes, i);

		if (is_own(e, row))
			merge(&e->row.tcp, &any, row);
	}
	for (size_t i = 0; i < tcpmem_table_get_row_count(e->states); i++) {
		const struct tcpmem_row *row =
			tcpmem_table_get_row(e->states, i);

		if (is_own(e, row))
			take_state(e, row);
	}
	e->shown.tcp = any ? &e->row.tcp : NULL;
	return any && e->count > 1 ? sum_in_full(e, snap) : 0;
}

/* A process without a socket: all of its fds were read, or those of all. */
static bool is_known(const struct explanation *e,
		     const struct tcpmem_snapshot *snap)
{
	if (e->shown.tcp || e->row.untold)
		return e->shown.tcp;
	return e->counters.known[TCPMEM_PROCESS_METRIC_FDS_SOCKETS] ||
	       !tm_coverage_missing(snap, TM_COVERAGE_SHARES);
}

/* Of a namespace that was not seen, say, only its fds tell of its sockets. */
static bool is_untold(const struct tcpmem_ctx *ctx,
		      const struct tcpmem_snapshot *snap,
		      const struct explanation *e)
{
	bool untold = false;

	if (!ctx || e->shown.tcp ||
	    !tm_coverage_missing(snap, TM_COVERAGE_SOCKETS))
		return false;
	for (size_t i = 0; !untold && i < e->count; i++)
		untold = tm_holds_tcp(ctx, e->pids[i]);
	return untold;
}

/* @ctx: NULL: of a capture */
static int read_limits(struct tcpmem_ctx *ctx,
		       const struct tcpmem_snapshot *snap,
		       struct explanation *e)
{
	char netns[16];
	int ret = 0;

	e->netns = ctx ? SIZE_MAX : tm_limits_netns(snap, e->pids, e->count);
	/* one that may not be entered has limits that are not known */
	snprintf(netns, sizeof(netns), "%" PRIu32, *e->pids);
	if (ctx || (snap->limits && e->netns != SIZE_MAX))
		ret = tm_collect_limits(ctx, NULL, snap, ctx ? netns : NULL,
					&e->limits, &e->netns);
	return tm_netns_lacks(ret);
}

/* @evidence: NULL: of one look only */
static int judge(const struct tcpmem_snapshot *snap,
		 const struct tm_evidence *evidence, struct explanation *e)
{
	const struct tm_target target = {
		.evidence = evidence,
		.snap = snap,
		.pids = e->pids,
		.count = e->count,
		.pid = e->nearest.pid,
		.counters = &e->nearest.counters,
		.limits = e->limits,
		.netns = e->netns,
	};
	int ret;

	tm_findings_clear(&e->findings);
	tm_breakdown_clear(&e->breakdown);
	ret = tm_breakdown_make(&target, &e->breakdown);
	return ret ? ret
		   : tm_findings_make(&target, &e->breakdown, &e->findings);
}

static int judge_by_two(const struct tcpmem_snapshot *snap,
			const struct tcpmem_snapshot *other,
			struct explanation *e)
{
	struct tm_evidence evidence;
	int ret = tm_evidence_make(snap, other, &evidence);

	if (ret == 0)
		ret = judge(snap, &evidence, e);
	tm_evidence_clear(&evidence);
	return ret;
}

static int64_t bytes_of(const struct tm_heap *heap)
{
	return heap->uncounted ? TCPMEM_UNKNOWN : heap->bytes;
}

static void show(struct explanation *e, const struct tcpmem_snapshot *snap)
{
	const struct tm_breakdown *sums = &e->breakdown;

	e->shown.size = sizeof(e->shown);
	e->shown.pid = *e->pids;
	e->shown.pid_count = e->count;
	e->shown.sockets_known = is_known(e, snap);
	e->shown.comm = e->stat.comm;
	e->shown.cgroup = *e->counters.cgroup ? e->counters.cgroup : NULL;
	e->shown.limits = e->limits;
	e->shown.shared_sockets = sums->shared.sockets;
	e->shown.shared_bytes = bytes_of(&sums->shared);
	e->shown.unaccepted_sockets = sums->unaccepted.sockets;
	e->shown.unaccepted_bytes = bytes_of(&sums->unaccepted);
	e->shown.keepalive_on = sums->keepalive;
	e->shown.keepalive_off = sums->no_keepalive;
	e->shown.keepalive_unknown = sums->keepalive_unknown;
	e->shown.undecided = e->findings.undecided;
	e->shown.orphans = sums->orphans;
}

/* Of several processes nobody is shown. */
static int read_all(struct tcpmem_ctx *ctx, const struct tcpmem_snapshot *snap,
		    struct explanation *e)
{
	static const struct tm_process_metadata none = TM_PROCESS_METADATA_NONE;
	int ret;

	tm_process_details(&e->metadata, &none, &e->shown.who);
	e->shown.start_ns = TCPMEM_UNKNOWN;
	ret = ctx ? tm_explained_read(ctx, e) : tm_explained_load(snap, e);
	if (ret < 0)
		return ret;
	if (e->count > 1)
		tm_process_details(&e->metadata, &none, &e->shown.who);
	else if (ctx)
		ret = tm_explained_read_who(ctx, snap, e);
	else
		tm_explained_load_who(snap, e);
	if (ret == 0)
		ret = group(e, snap);
	e->row.untold = ret == 0 && is_untold(ctx, snap, e);
	return ret;
}

int tcpmem_explain(struct tcpmem_ctx *ctx,
		   const struct tcpmem_snapshot *snapshot,
		   const struct tcpmem_snapshot *other, const uint32_t *pids,
		   size_t count, struct tcpmem_explanation **explanation)
{
	struct explanation *e = calloc(1, sizeof(*e));
	int ret = -ENOMEM;

	if (!e)
		return ret;
	e->count = count;
	e->pids = malloc((count + 1) * sizeof(*pids));
	if (e->pids) {
		memcpy(e->pids, pids, count * sizeof(*pids));
		ret = read_all(ctx, snapshot, e);
	}
	if (ret == 0)
		ret = read_limits(ctx, snapshot, e);
	if (ret == 0)
		ret = other ? judge_by_two(snapshot, other, e)
			    : judge(snapshot, NULL, e);
	if (ret < 0) {
		tcpmem_explanation_free(&e->shown);
		return ret;
	}
	show(e, snapshot);
	*explanation = &e->shown;
	return 0;
}

int tcpmem_explanation_add_look(struct tcpmem_explanation *explanation,
				const struct tcpmem_snapshot *snapshot,
				const struct tcpmem_snapshot *other)
{
	struct explanation *e = (struct explanation *)explanation;
	int ret = judge_by_two(snapshot, other, e);

	if (ret == 0)
		show(e, snapshot);
	return ret;
}

void tcpmem_explanation_free(struct tcpmem_explanation *explanation)
{
	struct explanation *e = (struct explanation *)explanation;

	if (!e)
		return;
	tm_findings_clear(&e->findings);
	tm_breakdown_clear(&e->breakdown);
	tcpmem_limits_free(e->limits);
	tcpmem_table_free(e->processes);
	tcpmem_table_free(e->states);
	tm_metadata_deinit(&e->metadata);
	free(e->pids);
	free(e);
}

static const struct explanation *
whole(const struct tcpmem_explanation *explanation)
{
	return (const struct explanation *)explanation;
}

int tcpmem_explanation_get_metric(const struct tcpmem_explanation *e,
				  enum tcpmem_process_metric entry,
				  int64_t *value, const char **source)
{
	const struct tm_process_counters *counters = &whole(e)->counters;

	if ((size_t)entry >= TCPMEM_PROCESS_METRIC_COUNT)
		return -ENODATA;
	if (source)
		*source = counters->source[entry]
				  ? counters->source[entry]
				  : tm_process_metric_defs[entry].source;
	if (!counters->known[entry])
		return -ENODATA;
	*value = counters->value[entry];
	return 0;
}

const struct tcpmem_row *
tcpmem_explanation_get_state(const struct tcpmem_explanation *e,
			     enum tcpmem_state state)
{
	return (size_t)state <= TCPMEM_STATE_MAX &&
			       whole(e)->row.has_state[state]
		       ? &whole(e)->row.state[state]
		       : NULL;
}

const struct tcpmem_finding *
tcpmem_explanation_get_finding(const struct tcpmem_explanation *e, size_t index)
{
	const struct tm_findings *findings = &whole(e)->findings;

	return index < findings->count ? &findings->finding[index] : NULL;
}

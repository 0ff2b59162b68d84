// SPDX-License-Identifier: LGPL-2.1-or-later
/* explain.c - a process: its memory, its sockets, what stands out */
#include "analysis/explain.h"
#include "base/util.h"
#include "collect/plan.h"
#include "host/internal.h"
#include "model/coverage.h"
#include "proc/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* struct explanation - @shown: its beginning, which callers see */
struct explanation {
	struct tcpmem_explanation shown;
	struct tm_proc_stat stat;
	struct tm_process_counters counters;
	struct tcpmem_table *processes;
	struct tcpmem_table *states;
	const struct tcpmem_row *state[TCPMEM_STATE_MAX + 1];
	struct tcpmem_limits *limits;
	struct tm_breakdown breakdown;
	struct tm_findings findings;
};

static int read_stat(const struct tcpmem_ctx *ctx, uint32_t pid,
		     struct tm_proc_stat *stat)
{
	char path[64];
	int proc, ret;

	proc = open(ctx->proc, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (proc < 0)
		return -errno;
	snprintf(path, sizeof(path), "%" PRIu32 "/stat", pid);
	ret = tm_proc_stat_read(proc, path, stat);
	close(proc);
	return ret == -ESRCH ? -ENOENT : ret;
}

static bool is_row_of(const struct tcpmem_row *row, uint32_t pid)
{
	const struct tcpmem_process *process =
		tcpmem_row_get_subject(row)->process;

	return process && tcpmem_process_get_pid(process) == pid;
}

/* A state's name has no comma, whatever stands before. */
static void take_state(struct explanation *e, const struct tcpmem_row *row)
{
	const char *comma = strrchr(tcpmem_row_get_subject(row)->key, ',');
	uint32_t states;

	if (comma && tcpmem_states_from_name(comma + 1, &states) == 0)
		e->state[__builtin_ctz(states)] = row;
}

/* Of many sockets few are its own: the others are in no row of it. */
static int group_own(const struct explanation *e,
		     const struct tcpmem_snapshot *snap, const char *keys,
		     struct tcpmem_table **table)
{
	int ret = tcpmem_table_new(keys, table);

	for (size_t i = 0; ret == 0 && i < snap->sockets.count; i++) {
		const struct tcpmem_socket *sock = &snap->sockets.sock[i];

		if (tm_is_held_by(snap, sock, e->shown.pid))
			ret = tcpmem_table_add(*table, snap, sock);
	}
	return ret ? ret : tcpmem_table_finish(*table);
}

static int group(struct explanation *e, const struct tcpmem_snapshot *snap)
{
	int ret = group_own(e, snap, "process", &e->processes);

	if (ret == 0)
		ret = group_own(e, snap, "process,state", &e->states);
	if (ret < 0)
		return ret;
	for (size_t i = 0; i < tcpmem_table_get_row_count(e->processes); i++) {
		const struct tcpmem_row *row =
			tcpmem_table_get_row(e->processes, i);

		if (is_row_of(row, e->shown.pid))
			e->shown.tcp = row;
	}
	for (size_t i = 0; i < tcpmem_table_get_row_count(e->states); i++) {
		const struct tcpmem_row *row =
			tcpmem_table_get_row(e->states, i);

		if (is_row_of(row, e->shown.pid))
			take_state(e, row);
	}
	return 0;
}

/* A process without a socket: all of its fds were read, or those of all. */
static bool is_known(const struct explanation *e,
		     const struct tcpmem_snapshot *snap)
{
	return e->shown.tcp ||
	       e->counters.known[TCPMEM_PROCESS_METRIC_FDS_SOCKETS] ||
	       !tm_coverage_missing(snap, TM_COVERAGE_SHARES);
}

/* @evidence: NULL: of one look only */
static int look(struct tcpmem_ctx *ctx, const struct tcpmem_snapshot *snap,
		const struct tm_evidence *evidence, struct explanation *e)
{
	struct tm_target target = {
		.evidence = evidence,
		.snap = snap,
		.pid = e->shown.pid,
		.counters = &e->counters,
		.netns = SIZE_MAX,
	};
	char netns[16];
	int ret;

	/* one that may not be entered has limits that are not known */
	snprintf(netns, sizeof(netns), "%" PRIu32, e->shown.pid);
	ret = tm_collect_limits(ctx, NULL, snap, netns, &e->limits,
				&target.netns);
	if (tm_shortage(ret))
		return ret;
	target.limits = e->limits;
	ret = tm_breakdown_make(&target, &e->breakdown);
	if (ret < 0)
		return ret;
	return tm_findings_make(&target, &e->breakdown, &e->findings);
}

static int look_twice(struct tcpmem_ctx *ctx,
		      const struct tcpmem_snapshot *snap,
		      const struct tcpmem_snapshot *other,
		      struct explanation *e)
{
	struct tm_evidence evidence;
	int ret = tm_evidence_make(snap, other, &evidence);

	if (ret == 0)
		ret = look(ctx, snap, &evidence, e);
	tm_evidence_clear(&evidence);
	return ret;
}

static void show(struct explanation *e, const struct tcpmem_snapshot *snap)
{
	const struct tm_breakdown *sums = &e->breakdown;

	e->shown.size = sizeof(e->shown);
	e->shown.sockets_known = is_known(e, snap);
	e->shown.comm = e->stat.comm;
	e->shown.cgroup = *e->counters.cgroup ? e->counters.cgroup : NULL;
	e->shown.limits = e->limits;
	e->shown.shared_sockets = sums->shared.sockets;
	e->shown.shared_bytes = sums->shared.bytes;
	e->shown.unaccepted_sockets = sums->unaccepted.sockets;
	e->shown.unaccepted_bytes = sums->unaccepted.bytes;
	e->shown.keepalive_on = sums->keepalive;
	e->shown.keepalive_off = sums->no_keepalive;
	e->shown.keepalive_unknown = sums->keepalive_unknown;
	e->shown.undecided = e->findings.undecided;
	e->shown.orphans = sums->orphans;
}

int tcpmem_explain(struct tcpmem_ctx *ctx,
		   const struct tcpmem_snapshot *snapshot,
		   const struct tcpmem_snapshot *other, uint32_t pid,
		   struct tcpmem_explanation **explanation)
{
	struct explanation *e = calloc(1, sizeof(*e));
	int ret;

	if (!e)
		return -ENOMEM;
	e->shown.pid = pid;
	ret = read_stat(ctx, pid, &e->stat);
	if (ret == 0) {
		tm_proc_memory_read(ctx, pid, &e->counters);
		tm_cgroup_memory_read(ctx, pid, &e->counters);
		ret = group(e, snapshot);
	}
	if (ret == 0)
		ret = other ? look_twice(ctx, snapshot, other, e)
			    : look(ctx, snapshot, NULL, e);
	if (ret < 0) {
		tcpmem_explanation_free(&e->shown);
		return ret;
	}
	show(e, snapshot);
	*explanation = &e->shown;
	return 0;
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
	free(e);
}

int tcpmem_find_processes(struct tcpmem_ctx *ctx, const char *spec,
			  uint32_t **pids, size_t *count)
{
	uint32_t pid = tm_parse_pid(spec);
	struct tm_proc_stat stat;
	uint32_t *one;
	int ret;

	if (!pid)
		return tm_proc_find(ctx, spec, pids, count);
	ret = read_stat(ctx, pid, &stat);
	if (ret < 0)
		return ret;
	one = malloc(sizeof(*one));
	if (!one)
		return -ENOMEM;
	*one = pid;
	*pids = one;
	*count = 1;
	return 0;
}

static const struct explanation *
whole(const struct tcpmem_explanation *explanation)
{
	return (const struct explanation *)explanation;
}

int tcpmem_explanation_get_metric(const struct tcpmem_explanation *e,
				  enum tcpmem_process_metric entry,
				  int64_t *value)
{
	const struct tm_process_counters *counters = &whole(e)->counters;

	if ((size_t)entry >= TCPMEM_PROCESS_METRIC_COUNT ||
	    !counters->known[entry])
		return -ENODATA;
	*value = counters->value[entry];
	return 0;
}

const char *tcpmem_explanation_get_source(const struct tcpmem_explanation *e,
					  enum tcpmem_process_metric entry)
{
	if ((size_t)entry >= TCPMEM_PROCESS_METRIC_COUNT)
		return NULL;
	if (whole(e)->counters.source[entry])
		return whole(e)->counters.source[entry];
	return tm_host_counters_defs[entry].source;
}

const struct tcpmem_row *
tcpmem_explanation_get_state(const struct tcpmem_explanation *e,
			     enum tcpmem_state state)
{
	return (size_t)state <= TCPMEM_STATE_MAX ? whole(e)->state[state]
						 : NULL;
}

const struct tcpmem_finding *
tcpmem_explanation_get_finding(const struct tcpmem_explanation *e, size_t index)
{
	const struct tm_findings *findings = &whole(e)->findings;

	return index < findings->count ? &findings->finding[index] : NULL;
}

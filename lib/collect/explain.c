// SPDX-License-Identifier: LGPL-2.1-or-later
/* explain.c - a process: its memory, its sockets, what stands out */
#include "analysis/explain.h"
#include "base/util.h"
#include "collect/limits.h"
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

struct tcpmem_explanation {
	uint32_t pid;
	struct tm_proc_stat stat;
	struct tm_process_counters counters;
	bool known; /* its sockets, none of them included */
	struct tcpmem_table *processes;
	struct tcpmem_table *states;
	const struct tcpmem_row *tcp;
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
static void take_state(struct tcpmem_explanation *e,
		       const struct tcpmem_row *row)
{
	const char *comma = strrchr(tcpmem_row_get_subject(row)->key, ',');
	enum tcpmem_state state;

	if (comma && tcpmem_state_from_name(comma + 1, &state) == 0)
		e->state[state] = row;
}

static int group(struct tcpmem_explanation *e,
		 const struct tcpmem_snapshot *snap)
{
	int ret = tcpmem_group(snap, "process", &e->processes);

	if (ret == 0)
		ret = tcpmem_group(snap, "process,state", &e->states);
	if (ret < 0)
		return ret;
	for (size_t i = 0; i < tcpmem_table_get_row_count(e->processes); i++) {
		const struct tcpmem_row *row =
			tcpmem_table_get_row(e->processes, i);

		if (is_row_of(row, e->pid))
			e->tcp = row;
	}
	for (size_t i = 0; i < tcpmem_table_get_row_count(e->states); i++) {
		const struct tcpmem_row *row =
			tcpmem_table_get_row(e->states, i);

		if (is_row_of(row, e->pid))
			take_state(e, row);
	}
	return 0;
}

/* A process without a socket: all of its fds were read, or those of all. */
static bool is_known(const struct tcpmem_explanation *e,
		     const struct tcpmem_snapshot *snap)
{
	return e->tcp || e->counters.known[TCPMEM_PROCESS_METRIC_FDS_SOCKETS] ||
	       !tm_coverage_missing(snap, TM_COVERAGE_SHARES);
}

static int look(struct tcpmem_ctx *ctx, const struct tcpmem_snapshot *snap,
		struct tcpmem_explanation *e)
{
	struct tm_target target = {
		.snap = snap,
		.pid = e->pid,
		.counters = &e->counters,
		.netns = SIZE_MAX,
	};
	char netns[16];
	int ret;

	/* one that may not be entered has limits that are not known */
	snprintf(netns, sizeof(netns), "%" PRIu32, e->pid);
	ret = tm_collect_limits(ctx, snap, netns, &e->limits, &target.netns);
	if (tm_shortage(ret))
		return ret;
	target.limits = e->limits;
	ret = tm_breakdown_make(&target, &e->breakdown);
	if (ret < 0)
		return ret;
	return tm_findings_make(&target, &e->breakdown, &e->findings);
}

int tcpmem_explain(struct tcpmem_ctx *ctx,
		   const struct tcpmem_snapshot *snapshot, uint32_t pid,
		   struct tcpmem_explanation **explanation)
{
	struct tcpmem_explanation *e = calloc(1, sizeof(*e));
	int ret;

	if (!e)
		return -ENOMEM;
	e->pid = pid;
	ret = read_stat(ctx, pid, &e->stat);
	if (ret == 0) {
		tm_proc_memory_read(ctx, pid, &e->counters);
		tm_cgroup_memory_read(ctx, pid, &e->counters);
		ret = group(e, snapshot);
	}
	if (ret == 0)
		e->known = is_known(e, snapshot);
	if (ret == 0)
		ret = look(ctx, snapshot, e);
	if (ret < 0)
		tcpmem_explanation_free(e);
	else
		*explanation = e;
	return ret;
}

void tcpmem_explanation_free(struct tcpmem_explanation *explanation)
{
	if (!explanation)
		return;
	tm_findings_clear(&explanation->findings);
	tcpmem_limits_free(explanation->limits);
	tcpmem_table_free(explanation->processes);
	tcpmem_table_free(explanation->states);
	free(explanation);
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

uint32_t tcpmem_explanation_get_pid(const struct tcpmem_explanation *e)
{
	return e->pid;
}

const char *tcpmem_explanation_get_comm(const struct tcpmem_explanation *e)
{
	return e->stat.comm;
}

int tcpmem_explanation_get_metric(const struct tcpmem_explanation *e,
				  enum tcpmem_process_metric entry,
				  int64_t *value)
{
	if ((size_t)entry >= TCPMEM_PROCESS_METRIC_COUNT ||
	    !e->counters.known[entry])
		return -ENODATA;
	*value = e->counters.value[entry];
	return 0;
}

const char *tcpmem_explanation_get_source(const struct tcpmem_explanation *e,
					  enum tcpmem_process_metric entry)
{
	if ((size_t)entry < TCPMEM_PROCESS_METRIC_COUNT &&
	    e->counters.source[entry])
		return e->counters.source[entry];
	return tm_host_counters_defs[entry].source;
}

const char *tcpmem_explanation_get_cgroup(const struct tcpmem_explanation *e)
{
	return *e->counters.cgroup ? e->counters.cgroup : NULL;
}

const struct tcpmem_row *
tcpmem_explanation_get_tcp(const struct tcpmem_explanation *e)
{
	return e->tcp;
}

int tcpmem_explanation_get_number(const struct tcpmem_explanation *e,
				  enum tcpmem_metric number, int64_t *value)
{
	if (!e->known)
		return -ENODATA;
	*value = 0;
	return e->tcp ? tcpmem_row_get_metric(e->tcp, number, value) : 0;
}

const struct tcpmem_row *
tcpmem_explanation_get_state(const struct tcpmem_explanation *e,
			     enum tcpmem_state state)
{
	return (size_t)state <= TCPMEM_STATE_MAX ? e->state[state] : NULL;
}

size_t tcpmem_explanation_get_finding_count(const struct tcpmem_explanation *e)
{
	return e->findings.count;
}

const struct tcpmem_finding *
tcpmem_explanation_get_finding(const struct tcpmem_explanation *e, size_t index)
{
	return &e->findings.finding[index];
}

int64_t tcpmem_explanation_get_unaccepted(const struct tcpmem_explanation *e,
					  int64_t *bytes)
{
	const struct tm_heap *heap =
		&e->breakdown.heap[TCPMEM_FINDING_UNACCEPTED];

	*bytes = heap->bytes;
	return heap->sockets;
}

int64_t tcpmem_explanation_get_shared(const struct tcpmem_explanation *e,
				      int64_t *bytes)
{
	*bytes = e->breakdown.shared.bytes;
	return e->breakdown.shared.sockets;
}

int64_t tcpmem_explanation_get_keepalive(const struct tcpmem_explanation *e,
					 int64_t *connections)
{
	*connections = e->breakdown.connections;
	return e->breakdown.keepalive;
}

const struct tcpmem_limits *
tcpmem_explanation_get_limits(const struct tcpmem_explanation *e)
{
	return e->limits;
}

// SPDX-License-Identifier: LGPL-2.1-or-later
/* explained.c - the processes of an explanation: who they are, their metrics */
#include "collect/explained.h"
#include "base/util.h"
#include "collect/holders.h"
#include "host/internal.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void show_place(struct explanation *e,
		       const struct tm_metadata *metadata)
{
	const char *path = e->shown.who.cgroup;
	char id[NAME_SIZE];

	if (!path)
		return;
	if (tm_cgroup_unit(path, e->name.unit, sizeof(e->name.unit)) == 0)
		e->shown.unit = e->name.unit;
	if (tm_cgroup_container(path, id, sizeof(id)) < 0)
		return;
	tm_metadata_format_id(metadata, id, e->name.container,
			      sizeof(e->name.container));
	e->shown.container = e->name.container;
}

static void show_process(struct explanation *e,
			 const struct tcpmem_snapshot *snap,
			 const struct tcpmem_process *process)
{
	const struct tm_clock *clock = &snap->clock;
	int64_t ticks = (int64_t)process->start_time;
	long hz = sysconf(_SC_CLK_TCK);

	tm_user_format(process->uid, snap->elsewhere, e->name.user,
		       sizeof(e->name.user));
	e->shown.user = e->name.user;
	if (clock->wall_ns > 0 && clock->boottime_ns > 0 && hz > 0 &&
	    ticks <= clock->boottime_ns / (1000000000 / hz))
		e->shown.start_ns = clock->wall_ns - clock->boottime_ns +
				    ticks * (1000000000 / hz);
}

int tm_explained_read_who(const struct tcpmem_ctx *ctx,
			  const struct tcpmem_snapshot *snap,
			  struct explanation *e)
{
	struct tcpmem_process process = {
		.pid = *e->pids,
		.start_time = e->stat.start_time,
	};
	struct tm_process_metadata place;
	struct tm_proc_stat parent;
	char path[PATH_MAX];
	bool unread = false;
	struct stat st;
	int ret;

	memcpy(process.comm, e->stat.comm, sizeof(process.comm));
	ret = tm_metadata_read_process(ctx, &process, &e->metadata, &place,
				       &unread);
	if (ret == 0 && place.cgroup != TM_METADATA_UNKNOWN)
		ret = tm_metadata_read_names(ctx, &e->metadata, place.cgroup,
					     process.pid);
	if (ret < 0)
		return ret;
	tm_process_details(&e->metadata, &place, &e->shown.who);
	/* its name stands in for a link that may not be read */
	if (e->shown.who.program && *e->shown.who.program != '/')
		e->shown.who.program = NULL;
	show_place(e, &e->metadata);
	snprintf(path, sizeof(path), "%s/%" PRIu32, ctx->proc, process.pid);
	if (stat(path, &st) == 0) {
		process.uid = st.st_uid;
		show_process(e, snap, &process);
	}
	if (e->stat.parent &&
	    tm_proc_stat_read_pid(ctx, e->stat.parent, &parent) == 0) {
		memcpy(e->name.parent, parent.comm, sizeof(e->name.parent));
		e->shown.parent = e->name.parent;
	}
	return 0;
}

static bool is_limit(int metric)
{
	return metric == TCPMEM_PROCESS_METRIC_FDS_SOFT ||
	       metric == TCPMEM_PROCESS_METRIC_FDS_HARD;
}

static double fds_used(const struct tm_process_counters *counters)
{
	int64_t soft = counters->value[TCPMEM_PROCESS_METRIC_FDS_SOFT];

	if (!counters->known[TCPMEM_PROCESS_METRIC_FDS] ||
	    !counters->known[TCPMEM_PROCESS_METRIC_FDS_SOFT] || soft <= 0)
		return 0;
	return (double)counters->value[TCPMEM_PROCESS_METRIC_FDS] /
	       (double)soft;
}

/* What one process does not tell is unknown of all. */
static void add_counters(struct explanation *e,
			 const struct tm_process_counters *one)
{
	struct tm_process_counters *sum = &e->counters;
	bool same = strcmp(sum->cgroup, one->cgroup) == 0;

	for (int i = 0; i < TCPMEM_PROCESS_METRIC_CGROUP_CURRENT; i++) {
		sum->known[i] =
			sum->known[i] && one->known[i] && !is_limit(i) &&
			!__builtin_add_overflow(sum->value[i], one->value[i],
						&sum->value[i]);
	}
	for (int i = TCPMEM_PROCESS_METRIC_CGROUP_CURRENT;
	     !same && i < TCPMEM_PROCESS_METRIC_COUNT; i++)
		sum->known[i] = false;
	if (!same)
		*sum->cgroup = '\0';
}

static void take_counters(struct explanation *e, uint32_t pid,
			  const struct tm_process_counters *one, bool first)
{
	if (first)
		e->counters = *one;
	else
		add_counters(e, one);
	if (first || fds_used(one) > fds_used(&e->nearest.counters)) {
		e->nearest.counters = *one;
		e->nearest.pid = pid;
	}
}

int tm_explained_read(const struct tcpmem_ctx *ctx, struct explanation *e)
{
	struct tm_process_counters one;
	struct tm_proc_stat stat;
	size_t kept = 0;
	int ret = 0;

	for (size_t i = 0; i < e->count; i++) {
		ret = tm_proc_stat_read_pid(ctx, e->pids[i], &stat);
		if (ret == -ENOENT)
			continue;
		if (ret < 0)
			return ret;
		if (!kept)
			e->stat = stat;
		tm_proc_memory_read(ctx, e->pids[i], &one);
		tm_cgroup_memory_read(ctx, e->pids[i], &one);
		take_counters(e, e->pids[i], &one, !kept);
		e->pids[kept++] = e->pids[i];
	}
	e->count = kept;
	return kept ? 0 : -ENOENT;
}

static void take_saved(struct explanation *e, uint32_t pid,
		       const struct tcpmem_process_details *who, bool first)
{
	struct tm_process_counters one = { 0 };

	one.value[TCPMEM_PROCESS_METRIC_RSS] = who->rss;
	one.known[TCPMEM_PROCESS_METRIC_RSS] = who->rss != TCPMEM_UNKNOWN;
	one.value[TCPMEM_PROCESS_METRIC_FDS] = who->fds;
	one.known[TCPMEM_PROCESS_METRIC_FDS] = who->fds != TCPMEM_UNKNOWN;
	for (int i = 0; i < TCPMEM_PROCESS_METRIC_COUNT; i++)
		one.source[i] = "capture";
	if (who->cgroup)
		snprintf(one.cgroup, sizeof(one.cgroup), "%s", who->cgroup);
	take_counters(e, pid, &one, first);
}

static const struct tcpmem_process *find(const struct tcpmem_snapshot *snap,
					 uint32_t pid)
{
	size_t count = snap->holders ? tm_holders_process_count(snap->holders)
				     : 0;

	for (size_t i = 0; i < count; i++) {
		const struct tcpmem_process *process =
			tm_holders_get_process(snap->holders, (uint32_t)i);

		if (process->pid == pid)
			return process;
	}
	return NULL;
}

int tm_explained_load(const struct tcpmem_snapshot *snap, struct explanation *e)
{
	size_t kept = 0;

	for (size_t i = 0; i < e->count; i++) {
		struct tcpmem_process_details who = { .size = sizeof(who) };
		const struct tcpmem_process *process = find(snap, e->pids[i]);

		if (!process)
			continue;
		(void)tcpmem_process_get_details(snap, process, &who);
		take_saved(e, process->pid, &who, !kept);
		if (!kept) {
			memcpy(e->stat.comm, process->comm,
			       sizeof(e->stat.comm));
			e->shown.who = who;
		}
		e->pids[kept++] = e->pids[i];
	}
	e->count = kept;
	return kept ? 0 : -ENOENT;
}

void tm_explained_load_who(const struct tcpmem_snapshot *snap,
			   struct explanation *e)
{
	const struct tcpmem_process *parent = NULL;

	show_place(e, &snap->metadata);
	show_process(e, snap, find(snap, *e->pids));
	if (e->shown.who.parent > 0)
		parent = find(snap, (uint32_t)e->shown.who.parent);
	e->shown.parent = parent ? parent->comm : NULL;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* explained.h - an explanation while it is made: who the processes are */
#ifndef TM_COLLECT_EXPLAINED_H
#define TM_COLLECT_EXPLAINED_H

#include "analysis/explain.h"
#include "analysis/table.h"
#include "proc/internal.h"

#define NAME_SIZE 256

/* struct explained_names - what @shown of an explanation points to */
struct explained_names {
	char user[NAME_SIZE];
	char unit[NAME_SIZE];
	char container[2 * NAME_SIZE];
	char parent[16];
};

/* struct explained_nearest - of the process nearest to its limit of files */
struct explained_nearest {
	struct tm_process_counters counters;
	uint32_t pid;
};

/*
 * struct explained_rows - sums of the rows of tables
 * @untold: there is no row, and one of the processes has a TCP socket open
 */
struct explained_rows {
	bool untold;
	struct tcpmem_row tcp;
	struct tcpmem_row state[TCPMEM_STATE_MAX + 1];
	bool has_state[TCPMEM_STATE_MAX + 1];
};

/*
 * struct explanation - @shown: its beginning, which callers see
 * @pids: @count of them, ascending
 * @counters: of one process, or sums
 * @metadata: of the one process
 * @processes, @states: rows that @row has sums of
 * @netns: whose limits those are, its index in the snapshot; SIZE_MAX: not
 *	there
 */
struct explanation {
	struct tcpmem_explanation shown;
	uint32_t *pids;
	size_t count;
	struct tm_proc_stat stat;
	struct tm_process_counters counters;
	struct explained_nearest nearest;
	struct tm_metadata metadata;
	struct explained_names name;
	struct tcpmem_table *processes;
	struct tcpmem_table *states;
	struct explained_rows row;
	struct tcpmem_limits *limits;
	size_t netns;
	struct tm_breakdown breakdown;
	struct tm_findings findings;
};

/*
 * tm_explained_read() - the metrics of all of them, from /proc
 *
 * Those that have ended are forgotten. Return: 0; -ENOENT if all have; -errno.
 */
int tm_explained_read(const struct tcpmem_ctx *ctx, struct explanation *e);

/* tm_explained_load() - the same from a capture, which has less */
int tm_explained_load(const struct tcpmem_snapshot *snap,
		      struct explanation *e);

/* tm_explained_read_who() - who the one process is. Return: 0 or -errno. */
int tm_explained_read_who(const struct tcpmem_ctx *ctx,
			  const struct tcpmem_snapshot *snap,
			  struct explanation *e);
void tm_explained_load_who(const struct tcpmem_snapshot *snap,
			   struct explanation *e);

#endif

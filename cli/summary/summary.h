/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* summary.h - tcpmem summary: totals, processes, cgroups */
#ifndef CLI_SUMMARY_SUMMARY_H
#define CLI_SUMMARY_SUMMARY_H

#include "columns/columns.h"
#include "options.h"
#include "output/json.h"

/* struct summary_most - the process with the most of something; pid 0: none */
struct summary_most {
	char name[64];
	uint32_t pid;
	int64_t value;
};

/*
 * struct summary - the tables of a summary
 * @processes: NULL: --no-processes
 * @cgroups: NULL: no --cgroups
 * @sort: of the processes, see summary_limit()
 */
struct summary {
	const struct options *options;
	struct tcpmem_snapshot *snap;
	struct tcpmem_table *states;
	struct tcpmem_table *processes;
	struct tcpmem_reconciliation *reconciliation;
	struct tcpmem_cgroup_accounting *cgroups;
	struct summary_most unread, close_wait;
	struct sort sort;
};

/*
 * struct state_row - the sums of one TCP state
 * @row: NULL: no socket is in it
 * @unasked: nor was any asked for
 */
struct state_row {
	const char *name;
	const struct tcpmem_row *row;
	bool unasked;
};

extern const struct column_table state_columns; /* struct state_row */

#define SUMMARY_STATES 12

/* Processes without --limit, where lines do not count */
#define SUMMARY_PROCESSES 10

/*
 * summary_limit() - sorts the processes and folds those beyond a limit
 * @usual: without --limit
 *
 * Return: 0 or -errno.
 */
int summary_limit(const struct summary *summary, size_t usual);

/* summary_states() - all TCP states, in the kernel's order */
void summary_states(const struct summary *summary,
		    struct state_row rows[SUMMARY_STATES]);

/*
 * summary_time_wait_netns() - the namespace that is nearest to its limit
 *
 * Return: its name; NULL if it is not known.
 */
const char *summary_time_wait_netns(const struct summary *summary);

/* summary_read_host() - a metric of the host; false if it is unknown */
bool summary_read_host(const struct summary *summary,
		       enum tcpmem_host_metric metric, int64_t *value);

/* summary_find_most() - while the table of processes has all its rows */
void summary_find_most(struct summary *summary);

/*
 * summary_answer() - how much, who, and what stands out, in sentences
 *
 * Return: its lines.
 */
int summary_answer(const struct summary *summary);

/* summary_cgroups_text() - a table. Return: 0 or -errno. */
int summary_cgroups_text(const struct summary *summary);

/* summary_cgroups_footer() - why counts differ, as lines */
void summary_cgroups_footer(const struct summary *summary);

/* summary_cgroups_json() - the member "cgroups" */
void summary_cgroups_json(struct json *json, const struct summary *summary);

void summary_json(const struct summary *summary);

/* summary_text() - Return: 0 or -errno. */
int summary_text(const struct summary *summary);

#endif

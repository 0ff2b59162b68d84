// SPDX-License-Identifier: LGPL-2.1-or-later
/* groups.c - what processes, or groups of another key, held in a report */
#include "columns/columns.h"
#include "report.h"

#include <errno.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

/* What is not among so many rows of a moment counts as other */
#define ROWS_MAX 100

/* Held by a group at a moment that has no row of it; see report_held() */
#define ABSENT (-1)

static void free_group(void *group)
{
	struct report_group *g = group;

	free(g->name);
	free(g->held);
	free(g->rss);
	free(g);
}

void report_groups_free(struct report *report)
{
	tdestroy(report->by_name, free_group);
	free(report->group);
}

static int compare_names(const void *a, const void *b)
{
	const struct report_group *x = a, *y = b;
	int kinds = strcmp(x->kind, y->kind);
	int names = kinds ? kinds : strcmp(x->name, y->name);

	if (names || x->start != y->start)
		return names ? names : x->start > y->start ? 1 : -1;
	return (x->boot > y->boot) - (x->boot < y->boot);
}

static int64_t *new_series(int64_t value)
{
	int64_t *series = calloc(REPORT_MOMENTS, sizeof(*series));

	for (size_t at = 0; series && at < REPORT_MOMENTS; at++)
		series[at] = value;
	return series;
}

static struct report_group *new_group(const struct report *report,
				      const struct tcpmem_subject *subject)
{
	struct report_group *group = calloc(1, sizeof(*group));

	if (!group)
		return NULL;
	group->kind = subject->kind;
	group->start = subject_start(subject);
	group->boot = group->start ? report->boots : 0;
	group->name = strdup(subject->key);
	group->held = new_series(ABSENT);
	group->rss = new_series(TCPMEM_UNKNOWN);
	group->peak = TCPMEM_UNKNOWN;
	if (group->name && group->held && group->rss)
		return group;
	free_group(group);
	return NULL;
}

static int add_group(struct report *report, struct report_group *group)
{
	struct report_group **moved =
		reallocarray(report->group, report->group_count + 1,
			     sizeof(struct report_group *));

	if (!moved)
		return -ENOMEM;
	report->group = moved;
	report->group[report->group_count++] = group;
	return 0;
}

static struct report_group *find_group(struct report *report,
				       const struct tcpmem_subject *subject)
{
	struct report_group *fresh = new_group(report, subject);
	struct report_group **found;

	if (!fresh)
		return NULL;
	found = tsearch(fresh, &report->by_name, compare_names);
	if (!found || *found != fresh) {
		free_group(fresh);
		return found ? *found : NULL;
	}
	if (add_group(report, fresh) < 0) {
		tdelete(fresh, &report->by_name, compare_names);
		free_group(fresh);
		return NULL;
	}
	return fresh;
}

static int64_t rss_of(const struct tcpmem_snapshot *snap,
		      const struct tcpmem_process *process)
{
	struct tcpmem_process_details details = { .size = sizeof(details) };

	if (!process || tcpmem_process_get_details(snap, process, &details) < 0)
		return TCPMEM_UNKNOWN;
	return details.rss;
}

static void set_peak(struct report_group *group, const struct tcpmem_row *row,
		     size_t at)
{
	group->peak = row_metric(row, TCPMEM_METRIC_HELD);
	group->peak_at = at;
	group->sockets = row_metric(row, TCPMEM_METRIC_SOCKETS);
	group->unread = row_metric(row, TCPMEM_METRIC_UNREAD);
	group->unsent = row_metric(row, TCPMEM_METRIC_UNSENT);
	group->close_wait = row_metric(row, TCPMEM_METRIC_CLOSE_WAIT);
}

/* Any group may have what such a row holds. */
static bool is_nobody(const char *kind)
{
	return strcmp(kind, "hidden") == 0 || strcmp(kind, "unknown") == 0;
}

static int add_row(struct report *report, size_t at,
		   const struct tcpmem_snapshot *snap,
		   const struct tcpmem_row *row)
{
	int64_t held = report->moment[at].value[REPORT_HELD] == TCPMEM_UNKNOWN
			       ? TCPMEM_UNKNOWN
			       : row_metric(row, TCPMEM_METRIC_HELD);
	struct report_group *group =
		find_group(report, tcpmem_row_get_subject(row));

	if (!group)
		return -ENOMEM;
	group->rss[at] = rss_of(snap, tcpmem_row_get_subject(row)->process);
	group->held[at] = held;
	report->moment[at].hides |= is_nobody(group->kind);
	if (held >= group->peak)
		set_peak(group, row, at);
	return 0;
}

static void add_total(struct report_moment *moment,
		      const struct tcpmem_row *total)
{
	moment->value[REPORT_HELD] =
		moment->lost ? TCPMEM_UNKNOWN
			     : row_metric(total, TCPMEM_METRIC_HELD);
	moment->value[REPORT_SOCKETS] =
		row_metric(total, TCPMEM_METRIC_SOCKETS);
	moment->value[REPORT_CLOSE_WAIT] =
		row_metric(total, TCPMEM_METRIC_CLOSE_WAIT);
}

/* The groups of one moment; the row "other" is told by what is left over. */
int report_groups_add(struct report *report, size_t at,
		      const struct tcpmem_snapshot *snap)
{
	struct report_moment *moment = &report->moment[at];
	struct tcpmem_table *table = NULL;
	int ret = tcpmem_group(snap, report->key, &table);

	if (ret == 0)
		ret = tcpmem_table_sort(table, "-held,-sockets,key");
	if (ret == 0)
		ret = tcpmem_table_limit(table, ROWS_MAX);
	if (ret == 0)
		add_total(moment, tcpmem_table_get_total(table));
	for (size_t i = 0; ret == 0 && i < tcpmem_table_get_row_count(table);
	     i++) {
		const struct tcpmem_row *row = tcpmem_table_get_row(table, i);

		if (strcmp(tcpmem_row_get_subject(row)->kind, "other") != 0)
			ret = add_row(report, at, snap, row);
		else
			moment->cut = true;
	}
	tcpmem_table_free(table);
	return ret;
}

static int compare_peaks(const void *a, const void *b)
{
	const struct report_group *x = *(struct report_group *const *)a;
	const struct report_group *y = *(struct report_group *const *)b;

	if (x->peak != y->peak)
		return x->peak < y->peak ? 1 : -1;
	return strcmp(x->name, y->name);
}

size_t report_shown(const struct report *report)
{
	return report->group_count < REPORT_GROUPS ? report->group_count
						   : REPORT_GROUPS;
}

int64_t report_held(const struct report *report,
		    const struct report_group *group, size_t at)
{
	const struct report_moment *moment = &report->moment[at];

	if (group->held[at] != ABSENT)
		return group->held[at];
	return moment->cut || moment->lost || moment->left_out ||
			       (moment->hides && !is_nobody(group->kind))
		       ? TCPMEM_UNKNOWN
		       : 0;
}

int64_t report_part(const struct report *report, size_t group, size_t at)
{
	int64_t held;

	if (group >= report_shown(report))
		return report->other[at];
	held = report_held(report, report->group[group], at);
	return held == TCPMEM_UNKNOWN ? 0 : held;
}

void report_groups_rank(struct report *report)
{
	if (report->group_count)
		qsort(report->group, report->group_count,
		      sizeof(struct report_group *), compare_peaks);
	for (size_t at = 0; at < report->count; at++) {
		int64_t left = report->moment[at].value[REPORT_HELD];

		if (left == TCPMEM_UNKNOWN)
			left = 0;
		for (size_t i = 0; i < report_shown(report); i++)
			left -= report_part(report, i, at);
		report->other[at] = left > 0 ? left : 0;
	}
}

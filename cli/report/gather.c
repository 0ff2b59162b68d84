// SPDX-License-Identifier: LGPL-2.1-or-later
/* gather.c - snapshots -> the figures of a report */
#include "report.h"

#include "columns/columns.h"
#include "output/file.h"
#include "output/text.h"

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

void report_free(struct report *report)
{
	for (size_t i = 0; i < report->count; i++)
		free(report->moment[i].source);
	for (size_t i = 0; i < report->warning_count; i++)
		free(report->warning[i].text);
	for (size_t i = 0; i < report->event_count; i++)
		free(report->event[i].text);
	free(report->event);
	tdestroy(report->by_name, free_group);
	tcpmem_trend_free(report->trend);
	free(report->moment);
	free(report->group);
	free(report->warning);
	free(report->chains);
	free(report->boot);
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

static int add_row(struct report *report, size_t at,
		   const struct tcpmem_snapshot *snap,
		   const struct tcpmem_row *row)
{
	int64_t held = row_metric(row, TCPMEM_METRIC_HELD);
	struct report_group *group =
		find_group(report, tcpmem_row_get_subject(row));

	if (!group)
		return -ENOMEM;
	group->rss[at] = rss_of(snap, tcpmem_row_get_subject(row)->process);
	group->held[at] = held;
	if (held >= group->peak)
		set_peak(group, row, at);
	return 0;
}

/* The groups of one moment; the row "other" is told by what is left over. */
static int add_groups(struct report *report, size_t at,
		      const struct tcpmem_snapshot *snap)
{
	struct report_moment *moment = &report->moment[at];
	struct tcpmem_table *table = NULL;
	int ret = tcpmem_group(snap, report->key, &table);

	if (ret == 0)
		ret = tcpmem_table_sort(table, "held");
	if (ret == 0)
		ret = tcpmem_table_limit(table, ROWS_MAX);
	for (size_t i = 0; ret == 0 && i < tcpmem_table_get_row_count(table);
	     i++) {
		const struct tcpmem_row *row = tcpmem_table_get_row(table, i);

		if (strcmp(tcpmem_row_get_subject(row)->kind, "other") != 0)
			ret = add_row(report, at, snap, row);
		else
			moment->cut = true;
	}
	if (ret == 0) {
		const struct tcpmem_row *total = tcpmem_table_get_total(table);

		moment->value[REPORT_HELD] =
			row_metric(total, TCPMEM_METRIC_HELD);
		moment->value[REPORT_SOCKETS] =
			row_metric(total, TCPMEM_METRIC_SOCKETS);
		moment->value[REPORT_CLOSE_WAIT] =
			row_metric(total, TCPMEM_METRIC_CLOSE_WAIT);
	}
	tcpmem_table_free(table);
	return ret;
}

static int64_t host(const struct tcpmem_snapshot *snap,
		    enum tcpmem_host_metric metric)
{
	int64_t value;

	return tcpmem_snapshot_get_host_metric(snap, metric, &value) < 0
		       ? TCPMEM_UNKNOWN
		       : value;
}

static void add_host(struct report_moment *moment,
		     const struct tcpmem_snapshot *snap)
{
	moment->ns = tcpmem_snapshot_get_time_ns(snap);
	moment->complete = tcpmem_snapshot_is_complete(snap);
	moment->value[REPORT_KERNEL] =
		host(snap, TCPMEM_HOST_METRIC_TCP_MEM_USED);
	moment->value[REPORT_ORPHANS] = host(snap, TCPMEM_HOST_METRIC_ORPHANS);
	moment->value[REPORT_TIME_WAIT] =
		host(snap, TCPMEM_HOST_METRIC_TIME_WAIT_ALL);
	moment->pressure_limit =
		host(snap, TCPMEM_HOST_METRIC_TCP_MEM_PRESSURE);
	moment->high_limit = host(snap, TCPMEM_HOST_METRIC_TCP_MEM_HIGH);
	moment->pressure = host(snap, TCPMEM_HOST_METRIC_PRESSURE);
}

static void add_states(struct report_moment *moment,
		       const struct tcpmem_snapshot *snap)
{
	for (size_t i = 0; i < tcpmem_snapshot_get_socket_count(snap); i++) {
		const struct tcpmem_socket *sock =
			tcpmem_snapshot_get_socket(snap, i);

		moment->state[tcpmem_socket_get_state(sock)]++;
	}
}

/* Numbers, and the names in brackets, are other ones in each look. */
static const char *next_word(const char *at)
{
	if (*at == '(')
		at += strcspn(at, ")");
	return at + strspn(at, "0123456789");
}

static bool is_alike(const char *a, const char *b)
{
	for (;; a++, b++) {
		a = next_word(a);
		b = next_word(b);
		if (*a != *b || !*a)
			return *a == *b;
	}
}

static bool is_same(const char *a, const char *b)
{
	return strcmp(a, b) == 0;
}

/* Of warnings that differ in numbers alone, the last one is kept. */
static int add_warning(struct report *report, const char *text,
		       bool (*alike)(const char *a, const char *b))
{
	struct report_warning *moved;
	size_t at = 0;
	char *copy = strdup(text);

	while (at < report->warning_count &&
	       !alike(report->warning[at].text, text))
		at++;
	moved = at < report->warning_count
			? report->warning
			: reallocarray(report->warning, at + 1, sizeof(*moved));
	if (!copy || !moved) {
		free(copy);
		return -ENOMEM;
	}
	report->warning = moved;
	if (at == report->warning_count) {
		moved[at] = (struct report_warning){ 0 };
		report->warning_count++;
	}
	free(moved[at].text);
	moved[at].text = copy;
	moved[at].count++;
	return 0;
}

static int add_warnings(struct report *report,
			const struct tcpmem_snapshot *snap)
{
	enum tcpmem_warning_code code;
	const char *text;
	int ret = 0;

	for (size_t i = 0;
	     ret == 0 &&
	     (text = tcpmem_snapshot_get_warning(snap, i, &code)) != NULL;
	     i++)
		ret = add_warning(report, text, is_alike);
	return ret;
}

/*
 * Two captures of the same moment have no trend. Looks of a clock that was set
 * back are among earlier ones: the trend goes by the time since boot.
 */
static int add_trend(struct report *report, const struct report_source *source,
		     const struct tcpmem_snapshot *snap)
{
	int ret = tcpmem_trend_add(report->trend, snap);

	if (ret == -EINVAL)
		return source->gap ? 0 : -ERANGE;
	return ret;
}

/* Cookies, pids and counts of another run of the kernel are other things. */
static int add_boot(struct report *report, const struct tcpmem_snapshot *snap)
{
	struct report_moment *moment = &report->moment[report->count - 1];
	int64_t since;
	const char *boot = tcpmem_snapshot_get_boot(snap, &since);

	if (!*boot || (report->boot && strcmp(report->boot, boot) == 0))
		return 0;
	moment->apart |= report->boot != NULL;
	free(report->boot);
	report->boot = strdup(boot);
	report->boots++;
	return report->boot ? 0 : -ENOMEM;
}

/* A warning, if looks are missing before this moment */
static int add_apart(struct report *report, size_t at)
{
	char from[WHEN_SIZE], to[WHEN_SIZE], text[2 * WHEN_SIZE + 80];

	if (!report->moment[at].apart)
		return 0;
	when_text(report->moment[at - 1].ns, from);
	when_text(report->moment[at].ns, to);
	snprintf(text, sizeof(text), "between %s and %s looks are missing",
		 from, to);
	return add_warning(report, text, is_same);
}

static int add_moment(struct report *report, const struct report_source *source,
		      size_t index)
{
	size_t at = report->count;
	struct report_moment *moment = &report->moment[at];
	struct tcpmem_snapshot *snap = NULL;
	int ret = source->load(source->user, index, &snap, &moment->source);

	if (ret < 0)
		return ret;
	report->count++;
	add_host(moment, snap);
	add_states(moment, snap);
	ret = add_boot(report, snap);
	if (ret == 0)
		ret = add_groups(report, at, snap);
	if (ret == 0)
		ret = add_warnings(report, snap);
	if (ret == 0)
		ret = add_apart(report, at);
	if (ret == 0)
		ret = add_trend(report, source, snap);
	if (moment->value[REPORT_HELD] >
	    report->moment[report->peak_at].value[REPORT_HELD])
		report->peak_at = at;
	tcpmem_snapshot_free(snap);
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
	return moment->complete && !moment->cut ? 0 : TCPMEM_UNKNOWN;
}

int64_t report_part(const struct report *report, size_t group, size_t at)
{
	int64_t held;

	if (group >= report_shown(report))
		return report->other[at];
	held = report_held(report, report->group[group], at);
	return held == TCPMEM_UNKNOWN ? 0 : held;
}

static void rank_groups(struct report *report)
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

static const char *what_it_does(const struct tcpmem_chain *chain)
{
	const struct tcpmem_chain_member *first = chain->member;

	if (chain->culprit_count > 1)
		return " wait for each other";
	if (!first->process)
		return first->per_second > 0 ? " takes too little"
					     : " takes nothing";
	return first->per_second > 0 ? " reads too slowly" : " does not read";
}

/* "python3[44] holds up nginx[33] and 1 other"; of the moment with the peak */
static int find_chains(struct report *report,
		       const struct tcpmem_snapshot *snap,
		       const struct tcpmem_snapshot *other)
{
	struct tcpmem_blame *blame = NULL;
	size_t size;
	FILE *out;
	int ret = tcpmem_blame_new(snap, other, NULL, &blame);

	if (ret < 0)
		return ret;
	out = memstream_open(&report->chains, &size);
	for (size_t i = 0; out && i < blame->count && i < 3; i++) {
		const struct tcpmem_chain *chain = &blame->chain[i];

		fputs(i ? "; " : "", out);
		for (size_t m = 0; m < chain->culprit_count; m++)
			fprintf(out, "%s%s", m ? " and " : "",
				chain->member[m].name);
		fputs(what_it_does(chain), out);
		for (size_t m = chain->culprit_count; m < chain->member_count;
		     m++)
			fprintf(out, "%s%s",
				m > chain->culprit_count ? ", "
							 : " and holds up ",
				chain->member[m].name);
	}
	ret = memstream_close(out, &report->chains);
	tcpmem_blame_free(blame);
	return ret;
}

/* Only captures that were saved with tcp_info say who waits for whom. */
static int blame_peak(struct report *report, const struct report_source *source,
		      const size_t *index)
{
	struct tcpmem_snapshot *snap = NULL, *other = NULL;
	size_t before = report->peak_at ? report->peak_at - 1 : 1;
	char *text = NULL;
	int ret = source->load(source->user, index[report->peak_at], &snap,
			       &text);

	free(text);
	text = NULL;
	if (ret == 0 && before < report->count)
		ret = source->load(source->user, index[before], &other, &text);
	free(text);
	if (ret == 0)
		ret = find_chains(report, snap, other);
	tcpmem_snapshot_free(other);
	tcpmem_snapshot_free(snap);
	return ret;
}

size_t report_choose(const struct report_source *source, size_t wanted,
		     size_t at)
{
	size_t last = source->count - 1, from, to;

	if (wanted < 2)
		return 0;
	from = at * last / (wanted - 1);
	if (!source->held || !at || at + 1 == wanted)
		return from;
	to = (at + 1) * last / (wanted - 1);
	/* those behind the first are in no other part */
	if (at == 1)
		from = 1;
	for (size_t i = from; i < to; i++)
		if (source->held[i] > source->held[from])
			from = i;
	return from;
}

static int add_moments(struct report *report,
		       const struct report_source *source, size_t wanted,
		       size_t index[REPORT_MOMENTS])
{
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < wanted; i++) {
		index[i] = report_choose(source, wanted, i);
		report->moment[i].apart =
			i && source->gap &&
			source->gap(source->user, index[i - 1], index[i]);
		ret = add_moment(report, source, index[i]);
	}
	return ret;
}

int report_gather(struct report *report, const struct report_source *source)
{
	size_t wanted = source->count < REPORT_MOMENTS ? source->count
						       : REPORT_MOMENTS;
	size_t index[REPORT_MOMENTS] = { 0 };
	int ret;

	report->moment = calloc(wanted + 1, sizeof(*report->moment));
	report->skipped = source->count - wanted;
	if (!report->moment)
		return -ENOMEM;
	ret = tcpmem_trend_new(report->key, 0, &report->trend);
	if (ret == 0)
		ret = add_moments(report, source, wanted, index);
	if (ret == 0)
		ret = tcpmem_trend_judge(report->trend, NULL);
	if (ret < 0)
		return ret;
	rank_groups(report);
	return blame_peak(report, source, index);
}

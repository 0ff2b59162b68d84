// SPDX-License-Identifier: LGPL-2.1-or-later
/* diff_rows.c - the rows of a diff sorted, folded, limited and read */
#include "analysis/diff.h"
#include "analysis/table.h"

#include <assert.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define NS_PER_MINUTE 60e9

/* The suffix behind a metric's name: before, after, delta, per minute. */
enum which {
	WHICH_BEFORE,
	WHICH_AFTER,
	WHICH_DELTA,
};
#define WHICHES (WHICH_DELTA + 1)

static const char *const suffixes[WHICHES] = { "_before", "_after", "_delta" };

/* What a row is sorted by: an event, or a number's value. */
#define BY_EVENT  0
#define BY_NUMBER (BY_EVENT + TCPMEM_EVENT_COUNT)

static int find_number_order(const char *word, int *by)
{
	for (int which = 0; which < WHICHES; which++) {
		const char *tail = strstr(word, suffixes[which]);
		enum tcpmem_metric number;
		char name[32];

		if (!tail || strcmp(tail, suffixes[which]) != 0)
			continue;
		memcpy(name, word, (size_t)(tail - word));
		name[tail - word] = '\0';
		if (tm_metric_from_name(name, &number) < 0)
			return -EINVAL;
		*by = BY_NUMBER + (int)number * WHICHES + which;
		return 0;
	}
	return -EINVAL;
}

static int find_order(const char *word, int *by)
{
	for (int i = 0; i < TCPMEM_EVENT_COUNT; i++) {
		if (strcmp(word,
			   tcpmem_event_describe((enum tcpmem_event)i)->name))
			continue;
		*by = BY_EVENT + i;
		return 0;
	}
	return find_number_order(word, by);
}

/* Return: %TCPMEM_UNKNOWN if one side is not known, or a lower bound. */
static int64_t delta(const struct tcpmem_diff_row *row,
		     enum tcpmem_metric metric)
{
	if (!tm_sums_exact(&row->before, metric) ||
	    !tm_sums_exact(&row->after, metric))
		return TCPMEM_UNKNOWN;
	return tm_sums_number(&row->after, metric) -
	       tm_sums_number(&row->before, metric);
}

static int64_t value_by(const void *from, int by)
{
	const struct tcpmem_diff_row *row = from;
	enum tcpmem_metric number;
	enum which which;

	if (by < BY_NUMBER)
		return row->event[by - BY_EVENT];
	number = (enum tcpmem_metric)((by - BY_NUMBER) / WHICHES);
	which = (enum which)((by - BY_NUMBER) % WHICHES);
	if (which == WHICH_BEFORE)
		return tm_sums_number(&row->before, number);
	if (which == WHICH_AFTER)
		return tm_sums_number(&row->after, number);
	return delta(row, number);
}

int tcpmem_diff_sort(struct tcpmem_diff *diff, const char *order)
{
	static const struct tm_order_words words = { find_order, value_by };

	return tm_rows_sort(diff->row, diff->row_count, sizeof(*diff->row),
			    order, &words);
}

static void merge(struct tcpmem_diff_row *into,
		  const struct tcpmem_diff_row *row)
{
	into->unsure |= row->unsure;
	tm_sums_merge(&into->before, &row->before);
	tm_sums_merge(&into->after, &row->after);
	for (size_t i = 0; i < TCPMEM_EVENT_COUNT; i++)
		into->event[i] += row->event[i];
}

/* Into @rest goes each row that is @gone. Return: how many others there are. */
static size_t merge_gone(struct tcpmem_diff *diff, size_t first,
			 bool (*gone)(const struct tcpmem_diff_row *row),
			 struct tcpmem_diff_row *rest)
{
	size_t kept = first;

	for (size_t i = first; i < diff->row_count; i++) {
		if (!gone(&diff->row[i])) {
			diff->row[kept++] = diff->row[i];
			continue;
		}
		merge(rest, &diff->row[i]);
		free((char *)diff->row[i].subject.key);
	}
	return kept;
}

/* Folds the rows from @first on for which @gone is true into one. */
static int merge_rows(struct tcpmem_diff *diff, size_t first, const char *key,
		      bool (*gone)(const struct tcpmem_diff_row *row))
{
	struct tcpmem_diff_row rest = { .subject.kind = "other",
					.elapsed_ns = diff->elapsed_ns };
	size_t kept;

	rest.subject.key = strdup(key);
	if (!rest.subject.key)
		return -ENOMEM;
	kept = merge_gone(diff, first, gone, &rest);
	if (kept == diff->row_count) {
		free((char *)rest.subject.key);
		return 0;
	}
	diff->row[kept++] = rest;
	diff->row_count = kept;
	return 0;
}

static bool is_steady(const struct tcpmem_diff_row *row)
{
	return tcpmem_diff_row_get_class(row) == TCPMEM_CHANGE_CLASS_STEADY;
}

static bool is_any(const struct tcpmem_diff_row *row)
{
	(void)row;
	return true;
}

int tcpmem_diff_fold(struct tcpmem_diff *diff)
{
	return merge_rows(diff, 0, "unchanged", is_steady);
}

int tcpmem_diff_limit(struct tcpmem_diff *diff, size_t rows)
{
	if (diff->row_count <= rows)
		return 0;
	return merge_rows(diff, rows, "other", is_any);
}

void tcpmem_diff_free(struct tcpmem_diff *diff)
{
	if (!diff)
		return;
	for (size_t i = 0; i < diff->row_count; i++)
		free((char *)diff->row[i].subject.key);
	free(diff->row);
	free((char *)diff->total.subject.key);
	free(diff);
}

enum tcpmem_match tcpmem_diff_get_match(const struct tcpmem_diff *diff)
{
	return diff->match;
}

int tcpmem_diff_get_elapsed_ns(const struct tcpmem_diff *diff, int64_t *ns)
{
	if (!diff->timed)
		return -ENODATA;
	*ns = diff->elapsed_ns;
	return 0;
}

size_t tcpmem_diff_get_row_count(const struct tcpmem_diff *diff)
{
	return diff->row_count;
}

const struct tcpmem_diff_row *
tcpmem_diff_get_row(const struct tcpmem_diff *diff, size_t index)
{
	assert(index < diff->row_count);
	return &diff->row[index];
}

const struct tcpmem_diff_row *
tcpmem_diff_get_total(const struct tcpmem_diff *diff)
{
	return &diff->total;
}

const struct tcpmem_subject *
tcpmem_diff_row_get_subject(const struct tcpmem_diff_row *row)
{
	return &row->subject;
}

int tcpmem_diff_row_get_event(const struct tcpmem_diff_row *row,
			      enum tcpmem_event event, int64_t *value)
{
	if ((size_t)event >= TCPMEM_EVENT_COUNT)
		return -ENODATA;
	*value = row->event[event];
	return 0;
}

static int64_t known_number(const struct tm_sums *sums,
			    enum tcpmem_metric metric)
{
	return tm_sums_know(sums, metric) ? tm_sums_number(sums, metric)
					  : TCPMEM_UNKNOWN;
}

int tcpmem_diff_row_get_change(const struct tcpmem_diff_row *row,
			       enum tcpmem_metric metric,
			       struct tcpmem_change *change)
{
	if (change->size < sizeof(*change))
		return -EINVAL;
	if ((size_t)metric >= TCPMEM_METRIC_COUNT)
		return -ENODATA;
	change->before = known_number(&row->before, metric);
	change->after = known_number(&row->after, metric);
	if (change->before == TCPMEM_UNKNOWN && change->after == TCPMEM_UNKNOWN)
		return -ENODATA;
	change->delta = delta(row, metric);
	change->per_minute = NAN;
	if (row->elapsed_ns > 0 && !row->unsure &&
	    change->delta != TCPMEM_UNKNOWN)
		change->per_minute = (double)change->delta * NS_PER_MINUTE /
				     (double)row->elapsed_ns;
	return 0;
}

enum tcpmem_change_class
tcpmem_diff_row_get_class(const struct tcpmem_diff_row *row)
{
	int64_t held = delta(row, TCPMEM_METRIC_HELD);
	int64_t sockets = delta(row, TCPMEM_METRIC_SOCKETS);
	int64_t way = held && held != TCPMEM_UNKNOWN ? held : sockets;

	if (way && !row->unsure)
		return way > 0 ? TCPMEM_CHANGE_CLASS_GROWTH
			       : TCPMEM_CHANGE_CLASS_DECLINE;
	for (size_t i = 0; i < TCPMEM_EVENT_COUNT; i++)
		if (row->event[i] || row->unsure)
			return TCPMEM_CHANGE_CLASS_CHURN;
	return TCPMEM_CHANGE_CLASS_STEADY;
}

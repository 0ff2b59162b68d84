// SPDX-License-Identifier: LGPL-2.1-or-later
/* trend_rows.c - the rows of a trend made, sorted and read */
#include "analysis/trend.h"
#include "base/util.h"

#include <assert.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static int compare(const void *a, const void *b)
{
	const struct tcpmem_trend_row *x = a, *y = b;
	int64_t held_x = x->last[TM_TREND_HELD];
	int64_t held_y = y->last[TM_TREND_HELD];

	if (x->judged.trend_class != y->judged.trend_class)
		return (int)y->judged.trend_class - (int)x->judged.trend_class;
	if (held_x != held_y)
		return (held_x < held_y) - (held_x > held_y);
	return tm_compare_names(x->group->subject.key, y->group->subject.key);
}

static void judge_total(struct tcpmem_trend *trend)
{
	if (trend->slots)
		tm_trend_judge_group(trend, trend->group[TM_TREND_TOTAL],
				     &trend->total);
	else
		tm_trend_init_row(&trend->total, trend->group[TM_TREND_TOTAL]);
}

int tm_trend_judge(struct tcpmem_trend *trend)
{
	struct tcpmem_trend_row *rows =
		calloc(trend->group_count, sizeof(*rows));
	size_t count = 0;

	if (!rows)
		return -ENOMEM;
	free(trend->row);
	trend->row = rows;
	judge_total(trend);
	for (size_t i = TM_TREND_OTHER; i < trend->group_count; i++)
		if (trend->group[i]->seen)
			tm_trend_judge_group(trend, trend->group[i],
					     &rows[count++]);
	qsort(rows, count, sizeof(*rows), compare);
	trend->row_count = count;
	return 0;
}

uint64_t tcpmem_trend_get_sample_count(const struct tcpmem_trend *trend)
{
	return trend->samples;
}

int64_t tcpmem_trend_get_elapsed_ns(const struct tcpmem_trend *trend)
{
	return trend->slots ? trend->when[trend->slots - 1].ns - trend->begin_ns
			    : 0;
}

size_t tcpmem_trend_get_row_count(const struct tcpmem_trend *trend)
{
	return trend->row_count;
}

const struct tcpmem_trend_row *
tcpmem_trend_get_row(const struct tcpmem_trend *trend, size_t index)
{
	assert(index < trend->row_count);
	return &trend->row[index];
}

const struct tcpmem_trend_row *
tcpmem_trend_get_total(const struct tcpmem_trend *trend)
{
	return &trend->total;
}

const struct tcpmem_subject *
tcpmem_trend_row_get_subject(const struct tcpmem_trend_row *row)
{
	return &row->group->subject;
}

const struct tcpmem_judgement *
tcpmem_trend_row_get_judgement(const struct tcpmem_trend_row *row)
{
	return &row->judged;
}

/* Which of the series has @number; TM_TREND_NUMBERS if none has. */
static size_t find_number(enum tcpmem_metric number)
{
	switch (number) {
	case TCPMEM_METRIC_SOCKETS:
		return TM_TREND_SOCKETS;
	case TCPMEM_METRIC_HELD:
		return TM_TREND_HELD;
	case TCPMEM_METRIC_CHARGED:
		return TM_TREND_CHARGED;
	case TCPMEM_METRIC_RMEM:
		return TM_TREND_RMEM;
	case TCPMEM_METRIC_WMEM_QUEUED:
		return TM_TREND_WMEM;
	default:
		return TM_TREND_NUMBERS;
	}
}

int tcpmem_trend_row_get_change(const struct tcpmem_trend_row *row,
				enum tcpmem_metric metric,
				struct tcpmem_change *change)
{
	size_t i = find_number(metric);

	if (change->size < sizeof(*change))
		return -EINVAL;
	if (i == TM_TREND_NUMBERS ||
	    (i != TM_TREND_SOCKETS && row->group->uncounted))
		return -ENODATA;
	change->before = row->first[i];
	change->after = row->last[i];
	change->delta = row->last[i] - row->first[i];
	change->per_minute = row->sloped ? row->per_minute[i] : NAN;
	return 0;
}

int tcpmem_trend_row_get_series(const struct tcpmem_trend *trend,
				const struct tcpmem_trend_row *row,
				enum tcpmem_metric metric, int64_t *ns,
				int64_t *values, size_t capacity, size_t *count)
{
	const struct tm_trend_group *group = row->group;
	size_t number = find_number(metric);

	if (number == TM_TREND_NUMBERS ||
	    (number != TM_TREND_SOCKETS && group->uncounted))
		return -ENODATA;
	if (capacity < trend->slots)
		return -ENOSPC;
	for (size_t i = 0; i < trend->slots; i++) {
		ns[i] = trend->when[i].wall_ns;
		values[i] = i < group->first ? TCPMEM_UNKNOWN
					     : group->point[i].number[number];
	}
	*count = trend->slots;
	return 0;
}

int tcpmem_trend_row_get_metric(const struct tcpmem_trend_row *row,
				enum tcpmem_trend_metric metric, int64_t *value)
{
	const int64_t values[] = {
		[TCPMEM_TREND_METRIC_OPENED] = row->group->opened,
		[TCPMEM_TREND_METRIC_CLOSED] = row->group->closed,
		[TCPMEM_TREND_METRIC_KEPT] = row->group->kept,
		[TCPMEM_TREND_METRIC_CLOSE_WAIT] = row->group->close_wait,
	};

	if ((size_t)metric >= TCPMEM_TREND_METRIC_COUNT)
		return -ENODATA;
	*value = values[metric];
	return 0;
}

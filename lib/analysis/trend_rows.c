// SPDX-License-Identifier: LGPL-2.1-or-later
/* trend_rows.c - the rows of a trend made, sorted and read */
#include "analysis/trend.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int compare(const void *a, const void *b)
{
	const struct tcpmem_trend_row *x = a, *y = b;
	int64_t held_x = x->last[TM_TREND_HELD];
	int64_t held_y = y->last[TM_TREND_HELD];

	if (x->trend_class != y->trend_class)
		return (int)y->trend_class - (int)x->trend_class;
	if (held_x != held_y)
		return (held_x < held_y) - (held_x > held_y);
	return strverscmp(x->group->key, y->group->key);
}

int tcpmem_trend_judge(struct tcpmem_trend *trend)
{
	struct tcpmem_trend_row *rows;
	size_t count = 0;

	rows = calloc(trend->group_count, sizeof(*rows));
	if (!rows)
		return -ENOMEM;
	free(trend->row);
	trend->row = rows;
	if (trend->slots)
		tm_trend_judge_group(trend, trend->group[TM_TREND_TOTAL],
				     &trend->total);
	else
		trend->total = (struct tcpmem_trend_row){
			.group = trend->group[TM_TREND_TOTAL],
			.until_ns = -1,
			.until_limit_ns = -1,
		};
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

const char *tcpmem_trend_row_get_key(const struct tcpmem_trend_row *row)
{
	return row->group->key;
}

const char *tcpmem_trend_row_get_kind(const struct tcpmem_trend_row *row)
{
	return row->group->kind;
}

const struct tcpmem_process *
tcpmem_trend_row_get_process(const struct tcpmem_trend_row *row)
{
	return row->group->has_process ? &row->group->process : NULL;
}

enum tcpmem_trend_class
tcpmem_trend_row_get_class(const struct tcpmem_trend_row *row)
{
	return row->trend_class;
}

enum tcpmem_reason
tcpmem_trend_row_get_reason(const struct tcpmem_trend_row *row)
{
	return row->reason;
}

static bool is_alarm(const struct tcpmem_trend_row *row)
{
	return row->trend_class >= TCPMEM_TREND_CLASS_GROWTH;
}

int tcpmem_trend_row_get_sure(const struct tcpmem_trend_row *row, double *sure)
{
	if (!is_alarm(row))
		return -ENODATA;
	*sure = row->sure;
	return 0;
}

int tcpmem_trend_row_get_since_ns(const struct tcpmem_trend_row *row,
				  int64_t *ns)
{
	if (!is_alarm(row))
		return -ENODATA;
	*ns = row->since_ns;
	return 0;
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

int64_t tcpmem_trend_row_get_first(const struct tcpmem_trend_row *row,
				   enum tcpmem_metric number)
{
	size_t i = find_number(number);

	return i < TM_TREND_NUMBERS ? row->first[i] : 0;
}

int64_t tcpmem_trend_row_get_last(const struct tcpmem_trend_row *row,
				  enum tcpmem_metric number)
{
	size_t i = find_number(number);

	return i < TM_TREND_NUMBERS ? row->last[i] : 0;
}

int tcpmem_trend_row_get_per_minute(const struct tcpmem_trend_row *row,
				    enum tcpmem_metric number, double *value)
{
	size_t i = find_number(number);

	if (i == TM_TREND_NUMBERS || !row->sloped)
		return -ENODATA;
	*value = row->per_minute[i];
	return 0;
}

int64_t tcpmem_trend_row_get_metric(const struct tcpmem_trend_row *row,
				    enum tcpmem_trend_metric count)
{
	switch (count) {
	case TCPMEM_TREND_METRIC_OPENED:
		return row->group->opened;
	case TCPMEM_TREND_METRIC_CLOSED:
		return row->group->closed;
	case TCPMEM_TREND_METRIC_KEPT:
		return row->group->kept;
	case TCPMEM_TREND_METRIC_CLOSE_WAIT:
		return row->group->close_wait;
	default:
		return 0;
	}
}

int tcpmem_trend_row_get_until_ns(const struct tcpmem_trend_row *row,
				  int64_t *ns)
{
	if (row->until_ns < 0)
		return -ENODATA;
	*ns = row->until_ns;
	return 0;
}

int tcpmem_trend_row_get_until_limit_ns(const struct tcpmem_trend_row *row,
					int64_t *ns)
{
	if (row->until_limit_ns < 0)
		return -ENODATA;
	*ns = row->until_limit_ns;
	return 0;
}

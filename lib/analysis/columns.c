// SPDX-License-Identifier: LGPL-2.1-or-later
/* columns.c - whole columns of tables, diffs and trends */
#include "model/columns.h"

#include "analysis/diff.h"
#include "analysis/table.h"
#include "analysis/trend.h"

#include <errno.h>

static int table_metric(const struct tm_column *column, size_t i,
			int64_t *value)
{
	const struct tcpmem_table *table = column->of;

	return tcpmem_row_get_metric(&table->row[i],
				     (enum tcpmem_metric)column->which, value);
}

int tcpmem_table_read_column(const struct tcpmem_table *table,
			     enum tcpmem_column column, unsigned int which,
			     int64_t *values, size_t count)
{
	const struct tm_column c = { table, which, table_metric };

	if (column != TCPMEM_COLUMN_METRIC || which >= TCPMEM_METRIC_COUNT ||
	    count != table->row_count)
		return -EINVAL;
	return tm_column_read(&c, count, values);
}

static struct tcpmem_subject table_subject(const void *of, size_t i)
{
	const struct tcpmem_table *table = of;

	return table->row[i].subject;
}

int tcpmem_table_get_subjects(const struct tcpmem_table *table,
			      struct tcpmem_subjects **subjects)
{
	return tm_subjects_make(table, table->row_count, table_subject,
				subjects);
}

/* struct reader - how a column of rows is read; @end: beyond its numbers */
struct reader {
	int (*get)(const struct tm_column *column, size_t i, int64_t *value);
	unsigned int end;
};

static int read_with(const struct reader *readers, const void *of, size_t rows,
		     enum tcpmem_column column, unsigned int which,
		     int64_t *values, size_t count)
{
	struct tm_column c = { .of = of, .which = which };

	if ((size_t)column >= TCPMEM_COLUMN_COUNT ||
	    which >= readers[column].end || count != rows)
		return -EINVAL;
	c.get = readers[column].get;
	return tm_column_read(&c, count, values);
}

static const struct tcpmem_diff_row *diff_row(const struct tm_column *column,
					      size_t i)
{
	const struct tcpmem_diff *diff = column->of;

	return &diff->row[i];
}

static int read_sums(const struct tm_sums *sums, enum tcpmem_metric metric,
		     int64_t *value)
{
	*value = tm_sums_number(sums, metric);
	return tm_sums_know(sums, metric) ? 0 : -ENODATA;
}

static int diff_before(const struct tm_column *column, size_t i, int64_t *value)
{
	return read_sums(&diff_row(column, i)->before,
			 (enum tcpmem_metric)column->which, value);
}

static int diff_after(const struct tm_column *column, size_t i, int64_t *value)
{
	return read_sums(&diff_row(column, i)->after,
			 (enum tcpmem_metric)column->which, value);
}

static int diff_event(const struct tm_column *column, size_t i, int64_t *value)
{
	*value = diff_row(column, i)->event[column->which];
	return 0;
}

static int diff_class(const struct tm_column *column, size_t i, int64_t *value)
{
	*value = tcpmem_diff_row_get_class(diff_row(column, i));
	return 0;
}

int tcpmem_diff_read_column(const struct tcpmem_diff *diff,
			    enum tcpmem_column column, unsigned int which,
			    int64_t *values, size_t count)
{
	static const struct reader readers[TCPMEM_COLUMN_COUNT] = {
		[TCPMEM_COLUMN_BEFORE] = { diff_before, TCPMEM_METRIC_COUNT },
		[TCPMEM_COLUMN_AFTER] = { diff_after, TCPMEM_METRIC_COUNT },
		[TCPMEM_COLUMN_EVENT] = { diff_event, TCPMEM_EVENT_COUNT },
		[TCPMEM_COLUMN_CLASS] = { diff_class, 1 },
	};

	return read_with(readers, diff, diff->row_count, column, which, values,
			 count);
}

static struct tcpmem_subject diff_subject(const void *of, size_t i)
{
	const struct tcpmem_diff *diff = of;

	return diff->row[i].subject;
}

int tcpmem_diff_get_subjects(const struct tcpmem_diff *diff,
			     struct tcpmem_subjects **subjects)
{
	return tm_subjects_make(diff, diff->row_count, diff_subject, subjects);
}

static const struct tcpmem_trend_row *trend_row(const struct tm_column *column,
						size_t i)
{
	const struct tcpmem_trend *trend = column->of;

	return &trend->row[i];
}

static int trend_change(const struct tm_column *column, size_t i,
			struct tcpmem_change *change)
{
	change->size = sizeof(*change);
	return tcpmem_trend_row_get_change(trend_row(column, i),
					   (enum tcpmem_metric)column->which,
					   change);
}

static int trend_before(const struct tm_column *column, size_t i,
			int64_t *value)
{
	struct tcpmem_change change;
	int ret = trend_change(column, i, &change);

	*value = ret < 0 ? 0 : change.before;
	return ret;
}

static int trend_after(const struct tm_column *column, size_t i, int64_t *value)
{
	struct tcpmem_change change;
	int ret = trend_change(column, i, &change);

	*value = ret < 0 ? 0 : change.after;
	return ret;
}

static int trend_metric(const struct tm_column *column, size_t i,
			int64_t *value)
{
	return tcpmem_trend_row_get_metric(
		trend_row(column, i), (enum tcpmem_trend_metric)column->which,
		value);
}

static int trend_class(const struct tm_column *column, size_t i, int64_t *value)
{
	*value = trend_row(column, i)->judged.trend_class;
	return 0;
}

int tcpmem_trend_read_column(const struct tcpmem_trend *trend,
			     enum tcpmem_column column, unsigned int which,
			     int64_t *values, size_t count)
{
	static const struct reader readers[TCPMEM_COLUMN_COUNT] = {
		[TCPMEM_COLUMN_BEFORE] = { trend_before, TCPMEM_METRIC_COUNT },
		[TCPMEM_COLUMN_AFTER] = { trend_after, TCPMEM_METRIC_COUNT },
		[TCPMEM_COLUMN_TREND] = { trend_metric,
					  TCPMEM_TREND_METRIC_COUNT },
		[TCPMEM_COLUMN_CLASS] = { trend_class, 1 },
	};

	return read_with(readers, trend, trend->row_count, column, which,
			 values, count);
}

static struct tcpmem_subject trend_subject(const void *of, size_t i)
{
	const struct tcpmem_trend *trend = of;

	return trend->row[i].group->subject;
}

int tcpmem_trend_get_subjects(const struct tcpmem_trend *trend,
			      struct tcpmem_subjects **subjects)
{
	return tm_subjects_make(trend, trend->row_count, trend_subject,
				subjects);
}

// SPDX-License-Identifier: LGPL-2.1-or-later
/* columns.c - whole columns of tables, diffs and trends */
#include "model/snapshot.h"

#include "analysis/diff.h"
#include "analysis/table.h"
#include "analysis/trend.h"

#include <errno.h>

static int table_value(const void *of, size_t i, enum tcpmem_column column,
		       unsigned int which, int64_t *value)
{
	const struct tcpmem_table *table = of;

	(void)column;
	return tcpmem_row_get_metric(&table->row[i], (enum tcpmem_metric)which,
				     value);
}

int tcpmem_table_read_column(const struct tcpmem_table *table,
			     enum tcpmem_column column, unsigned int which,
			     int64_t *values, size_t count)
{
	static const struct tm_columns columns = {
		.end = { [TCPMEM_COLUMN_METRIC] = TCPMEM_METRIC_COUNT },
		.get = table_value,
	};

	return tm_columns_read(&columns, table, table->row_count, column, which,
			       values, count);
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

static int read_sums(const struct tm_sums *sums, enum tcpmem_metric metric,
		     int64_t *value)
{
	*value = tm_sums_number(sums, metric);
	return tm_sums_know(sums, metric) ? 0 : -ENODATA;
}

static int diff_value(const void *of, size_t i, enum tcpmem_column column,
		      unsigned int which, int64_t *value)
{
	const struct tcpmem_diff *diff = of;
	const struct tcpmem_diff_row *row = &diff->row[i];

	if (column == TCPMEM_COLUMN_BEFORE)
		return read_sums(&row->before, (enum tcpmem_metric)which,
				 value);
	if (column == TCPMEM_COLUMN_AFTER)
		return read_sums(&row->after, (enum tcpmem_metric)which, value);
	*value = column == TCPMEM_COLUMN_EVENT
			 ? row->event[which]
			 : (int64_t)tcpmem_diff_row_get_class(row);
	return 0;
}

int tcpmem_diff_read_column(const struct tcpmem_diff *diff,
			    enum tcpmem_column column, unsigned int which,
			    int64_t *values, size_t count)
{
	static const struct tm_columns columns = {
		.end = { [TCPMEM_COLUMN_BEFORE] = TCPMEM_METRIC_COUNT,
			 [TCPMEM_COLUMN_AFTER] = TCPMEM_METRIC_COUNT,
			 [TCPMEM_COLUMN_EVENT] = TCPMEM_EVENT_COUNT,
			 [TCPMEM_COLUMN_CLASS] = 1 },
		.get = diff_value,
	};

	return tm_columns_read(&columns, diff, diff->row_count, column, which,
			       values, count);
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

static int trend_value(const void *of, size_t i, enum tcpmem_column column,
		       unsigned int which, int64_t *value)
{
	const struct tcpmem_trend *trend = of;
	const struct tcpmem_trend_row *row = &trend->row[i];
	struct tcpmem_change change = { .size = sizeof(change) };
	int ret;

	if (column == TCPMEM_COLUMN_TREND)
		return tcpmem_trend_row_get_metric(
			row, (enum tcpmem_trend_metric)which, value);
	if (column == TCPMEM_COLUMN_CLASS) {
		*value = row->judged.trend_class;
		return 0;
	}
	ret = tcpmem_trend_row_get_change(row, (enum tcpmem_metric)which,
					  &change);
	*value = column == TCPMEM_COLUMN_BEFORE ? change.before : change.after;
	return ret;
}

int tcpmem_trend_read_column(const struct tcpmem_trend *trend,
			     enum tcpmem_column column, unsigned int which,
			     int64_t *values, size_t count)
{
	static const struct tm_columns columns = {
		.end = { [TCPMEM_COLUMN_BEFORE] = TCPMEM_METRIC_COUNT,
			 [TCPMEM_COLUMN_AFTER] = TCPMEM_METRIC_COUNT,
			 [TCPMEM_COLUMN_TREND] = TCPMEM_TREND_METRIC_COUNT,
			 [TCPMEM_COLUMN_CLASS] = 1 },
		.get = trend_value,
	};

	return tm_columns_read(&columns, trend, trend->row_count, column, which,
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

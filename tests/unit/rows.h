/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* rows.h - values of rows in expressions: reading them cannot fail here */
#ifndef TM_UNIT_ROWS_H
#define TM_UNIT_ROWS_H

#include "tcpmem.h"

#include <stdlib.h>

static inline int64_t row_value(int ret, int64_t value)
{
	if (ret)
		abort();
	return value;
}

static inline int64_t row_metric(const struct tcpmem_row *row,
				 enum tcpmem_metric metric)
{
	int64_t value = 0;
	int ret = tcpmem_row_get_metric(row, metric, &value);

	return row_value(ret, value);
}

static inline int64_t diff_event(const struct tcpmem_diff_row *row,
				 enum tcpmem_event event)
{
	int64_t value = 0;
	int ret = tcpmem_diff_row_get_event(row, event, &value);

	return row_value(ret, value);
}

static inline int64_t trend_metric(const struct tcpmem_trend_row *row,
				   enum tcpmem_trend_metric metric)
{
	int64_t value = 0;
	int ret = tcpmem_trend_row_get_metric(row, metric, &value);

	return row_value(ret, value);
}

static inline struct tcpmem_change
diff_change(const struct tcpmem_diff_row *row, enum tcpmem_metric metric)
{
	struct tcpmem_change change = { .size = sizeof(change) };

	if (tcpmem_diff_row_get_change(row, metric, &change))
		abort();
	return change;
}

static inline struct tcpmem_change
trend_change(const struct tcpmem_trend_row *row, enum tcpmem_metric metric)
{
	struct tcpmem_change change = { .size = sizeof(change) };

	if (tcpmem_trend_row_get_change(row, metric, &change))
		abort();
	return change;
}

#endif

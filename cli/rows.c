// SPDX-License-Identifier: LGPL-2.1-or-later
/* rows.c - grouped rows: in the order and number that was asked for */
#include "rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int rows_order(const struct options *options, const struct column_table *table,
	       char order[ROWS_ORDER_SIZE])
{
	struct sort sort;
	size_t used = 0;
	int ret;

	order[0] = '\0';
	if (!options->sort)
		return 0;
	ret = sort_parse(table, options->sort, &sort);
	if (ret)
		return ret;
	for (size_t i = 0; i < sort.columns.count; i++)
		used += (size_t)snprintf(order + used, ROWS_ORDER_SIZE - used,
					 "%s%s%s", i ? "," : "",
					 sort.falling[i] ? "-" : "",
					 column_name(sort.columns.column[i]));
	return 0;
}

struct order {
	const struct sort *sort;
	const struct tcpmem_snapshot *snap;
};

static int compare(const void *a, const void *b, void *user)
{
	const void *const *p = a;
	const void *const *q = b;
	const struct order *order = user;
	const struct columns *columns = &order->sort->columns;

	for (size_t i = 0; i < columns->count; i++) {
		struct value left;
		struct value right;
		int result;

		column_get(columns->column[i], order->snap, *p, &left);
		column_get(columns->column[i], order->snap, *q, &right);
		result = value_compare(&left, &right, order->sort->falling[i]);
		if (result)
			return result;
	}
	return ((uintptr_t)*p > (uintptr_t)*q) -
	       ((uintptr_t)*p < (uintptr_t)*q);
}

void rows_sort(const struct sort *sort, const struct tcpmem_snapshot *snap,
	       const void **rows, size_t count)
{
	struct order order = { sort, snap };

	qsort_r(rows, count, sizeof(*rows), compare, &order);
}

int rows_arrange(struct tcpmem_table *table, const char *order, bool limited,
		 size_t limit)
{
	int ret = *order ? tcpmem_table_sort(table, order) : 0;

	if (ret == 0 && limited)
		ret = tcpmem_table_limit(table, limit);
	return ret;
}

// SPDX-License-Identifier: LGPL-2.1-or-later
/* table.c - rows sorted, limited and read */
#include "analysis/table.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Values of tm_order.by that are no enum tcpmem_metric. */
#define BY_KEY	   TCPMEM_METRIC_COUNT
#define BY_AVERAGE (BY_KEY + 1)

static int find_order(const char *word, int *by)
{
	enum tcpmem_metric number;
	int ret;

	if (strcmp(word, "key") == 0) {
		*by = BY_KEY;
		return 0;
	}
	if (strcmp(word, "held_per_socket") == 0) {
		*by = BY_AVERAGE;
		return 0;
	}
	ret = tm_metric_from_name(word, &number);
	if (ret == 0)
		*by = (int)number;
	return ret;
}

static int64_t value_by(const struct tcpmem_row *row, int by)
{
	int64_t average = 0;

	if (by != BY_AVERAGE)
		return tm_sums_number(&row->sums, (enum tcpmem_metric)by);
	(void)tcpmem_row_get_held_per_socket(row, &average);
	return average;
}

static int compare_by(const struct tm_order *order, const struct tcpmem_row *a,
		      const struct tcpmem_row *b)
{
	int64_t x, y;
	int result;

	if (order->by == BY_KEY) {
		result = strverscmp(a->subject.key, b->subject.key);
	} else {
		x = value_by(a, order->by);
		y = value_by(b, order->by);
		result = (x > y) - (x < y);
	}
	return order->descending ? -result : result;
}

/* Equal rows are sorted by key, so that output is reproducible. */
static int compare(const void *a, const void *b, void *user)
{
	const struct tm_orders *orders = user;
	const struct tcpmem_row *x = a, *y = b;

	for (size_t i = 0; i < orders->count; i++) {
		int result = compare_by(&orders->order[i], x, y);

		if (result)
			return result;
	}
	return strverscmp(x->subject.key, y->subject.key);
}

int tcpmem_table_sort(struct tcpmem_table *table, const char *order)
{
	struct tm_orders orders;
	int ret = tm_orders_parse(order, find_order, &orders);

	if (ret < 0)
		return ret;
	qsort_r(table->row, table->row_count, sizeof(*table->row), compare,
		&orders);
	return 0;
}

int tcpmem_table_limit(struct tcpmem_table *table, size_t rows)
{
	struct tcpmem_row other = { .subject.kind = "other" };

	if (table->row_count <= rows)
		return 0;
	other.subject.key = strdup("other");
	if (!other.subject.key)
		return -ENOMEM;
	for (size_t i = rows; i < table->row_count; i++) {
		tm_sums_merge(&other.sums, &table->row[i].sums);
		free((char *)table->row[i].subject.key);
	}
	table->row[rows] = other;
	table->row_count = rows + 1;
	return 0;
}

size_t tcpmem_table_get_row_count(const struct tcpmem_table *table)
{
	return table->row_count;
}

const struct tcpmem_row *tcpmem_table_get_row(const struct tcpmem_table *table,
					      size_t index)
{
	assert(index < table->row_count);
	return &table->row[index];
}

const struct tcpmem_row *
tcpmem_table_get_total(const struct tcpmem_table *table)
{
	return &table->total;
}

const struct tcpmem_subject *
tcpmem_row_get_subject(const struct tcpmem_row *row)
{
	return &row->subject;
}

int tcpmem_row_get_metric(const struct tcpmem_row *row,
			  enum tcpmem_metric metric, int64_t *value)
{
	if ((size_t)metric >= TCPMEM_METRIC_COUNT)
		return -ENODATA;
	*value = tm_sums_number(&row->sums, metric);
	return 0;
}

int tcpmem_row_get_held_per_socket(const struct tcpmem_row *row, int64_t *value)
{
	int64_t sockets = tm_sums_number(&row->sums, TCPMEM_METRIC_SOCKETS);

	if (!sockets)
		return -ENODATA;
	*value = tm_sums_number(&row->sums, TCPMEM_METRIC_HELD) / sockets;
	return 0;
}

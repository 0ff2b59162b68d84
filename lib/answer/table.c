// SPDX-License-Identifier: LGPL-2.1-or-later
/* table.c - rows sorted, limited and read */
#include "answer/table.h"

#include "util.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define ORDERS_MAX 8

struct order {
	bool by_key; /* else by number */
	bool descending;
	enum tcpmem_number number;
};

struct orders {
	struct order order[ORDERS_MAX];
	size_t count;
};

static int parse_order(const char *text, size_t len, struct order *order)
{
	char name[32];

	order->descending = len && text[0] == '-';
	if (order->descending) {
		text++;
		len--;
	}
	if (len >= sizeof(name))
		return -EINVAL;
	memcpy(name, text, len);
	name[len] = '\0';
	order->by_key = strcmp(name, "key") == 0;
	return order->by_key ? 0
			     : tcpmem_number_from_name(name, &order->number);
}

static int parse_orders(const char *text, struct orders *orders)
{
	for (;; text++) {
		size_t len = strcspn(text, ",");

		if (orders->count == ORDERS_MAX ||
		    parse_order(text, len, &orders->order[orders->count]) < 0)
			return -EINVAL;
		orders->count++;
		text += len;
		if (!*text)
			return 0;
	}
}

static int compare_by(const struct order *order, const struct tcpmem_row *a,
		      const struct tcpmem_row *b)
{
	int64_t x, y;
	int result;

	if (order->by_key) {
		result = strverscmp(a->key, b->key);
	} else {
		x = tm_sums_number(&a->sums, order->number);
		y = tm_sums_number(&b->sums, order->number);
		result = (x > y) - (x < y);
	}
	return order->descending ? -result : result;
}

/* Rows that are equal in all orders stand by key: no output is by chance. */
static int compare(const void *a, const void *b, void *user)
{
	const struct orders *orders = user;
	const struct tcpmem_row *x = a, *y = b;

	for (size_t i = 0; i < orders->count; i++) {
		int result = compare_by(&orders->order[i], x, y);

		if (result)
			return result;
	}
	return strverscmp(x->key, y->key);
}

int tcpmem_table_sort(struct tcpmem_table *table, const char *order)
{
	struct orders orders = { .count = 0 };
	int ret = parse_orders(order, &orders);

	if (ret < 0)
		return ret;
	qsort_r(table->row, table->row_count, sizeof(*table->row), compare,
		&orders);
	return 0;
}

int tcpmem_table_limit(struct tcpmem_table *table, size_t rows)
{
	struct tcpmem_row other = { .kind = "other" };

	if (table->row_count <= rows)
		return 0;
	other.key = strdup("other");
	if (!other.key)
		return -ENOMEM;
	for (size_t i = rows; i < table->row_count; i++) {
		tm_sums_merge(&other.sums, &table->row[i].sums);
		free(table->row[i].key);
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

const char *tcpmem_row_get_key(const struct tcpmem_row *row)
{
	return row->key;
}

const char *tcpmem_row_get_kind(const struct tcpmem_row *row)
{
	return row->kind;
}

const struct tcpmem_process *
tcpmem_row_get_process(const struct tcpmem_row *row)
{
	return row->process;
}

int64_t tcpmem_row_get_number(const struct tcpmem_row *row,
			      enum tcpmem_number number)
{
	return tm_sums_number(&row->sums, number);
}

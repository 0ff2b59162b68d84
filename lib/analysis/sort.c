// SPDX-License-Identifier: LGPL-2.1-or-later
/* sort.c - rows sorted by words with commas between */
#include "analysis/table.h"
#include "base/util.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define BY_KEY (-1)

#define ORDERS_MAX 8

struct order {
	int by; /* BY_KEY, or what find() made of the word */
	bool descending;
};

struct orders {
	const struct tm_order_words *words;
	struct order order[ORDERS_MAX];
	size_t count;
};

static int parse_order(const char *text, size_t len,
		       const struct tm_order_words *words, struct order *order)
{
	char word[32];

	order->by = BY_KEY;
	order->descending = len && text[0] == '-';
	if (order->descending) {
		text++;
		len--;
	}
	if (len >= sizeof(word))
		return -EINVAL;
	memcpy(word, text, len);
	word[len] = '\0';
	return strcmp(word, "key") == 0 ? 0 : words->find(word, &order->by);
}

static int parse(const char *text, struct orders *orders)
{
	for (;; text++) {
		size_t len = strcspn(text, ",");

		if (orders->count == ORDERS_MAX ||
		    parse_order(text, len, orders->words,
				&orders->order[orders->count]) < 0)
			return -EINVAL;
		orders->count++;
		text += len;
		if (!*text)
			return 0;
	}
}

static int compare_by(const struct orders *orders, const struct order *order,
		      const struct tcpmem_subject *a,
		      const struct tcpmem_subject *b)
{
	int64_t x, y;
	int result;

	if (order->by == BY_KEY) {
		result = tm_compare_names(a->key, b->key);
	} else {
		x = orders->words->value(a, order->by);
		y = orders->words->value(b, order->by);
		result = (x > y) - (x < y);
	}
	return order->descending ? -result : result;
}

/*
 * Equal rows are sorted by key, so that output is reproducible. Those of one
 * key are processes that reused a pid: the older one first.
 */
static int compare(const void *a, const void *b, void *user)
{
	const struct orders *orders = user;
	const struct tcpmem_subject *x = a, *y = b;
	uint64_t started, other;
	int result;

	for (size_t i = 0; i < orders->count; i++) {
		result = compare_by(orders, &orders->order[i], x, y);
		if (result)
			return result;
	}
	result = tm_compare_names(x->key, y->key);
	if (result || !x->process || !y->process)
		return result;
	started = x->process->start_time;
	other = y->process->start_time;
	return (started > other) - (started < other);
}

int tm_rows_sort(void *rows, size_t count, size_t size, const char *text,
		 const struct tm_order_words *words)
{
	struct orders orders = { .words = words };
	int ret = parse(text, &orders);

	if (ret == 0 && count)
		qsort_r(rows, count, size, compare, &orders);
	return ret;
}

// SPDX-License-Identifier: LGPL-2.1-or-later
/* order.c - by what rows are sorted: words with commas between */
#include "analysis/table.h"

#include <errno.h>
#include <string.h>

static int parse_order(const char *text, size_t len,
		       int (*find)(const char *word, int *by),
		       struct tm_order *order)
{
	char word[32];

	order->descending = len && text[0] == '-';
	if (order->descending) {
		text++;
		len--;
	}
	if (len >= sizeof(word))
		return -EINVAL;
	memcpy(word, text, len);
	word[len] = '\0';
	return find(word, &order->by);
}

int tm_orders_parse(const char *text, int (*find)(const char *word, int *by),
		    struct tm_orders *orders)
{
	orders->count = 0;
	for (;; text++) {
		size_t len = strcspn(text, ",");

		if (orders->count == TM_ORDERS_MAX ||
		    parse_order(text, len, find,
				&orders->order[orders->count]) < 0)
			return -EINVAL;
		orders->count++;
		text += len;
		if (!*text)
			return 0;
	}
}

int tm_metric_from_name(const char *name, enum tcpmem_metric *metric)
{
	for (int i = 0; i < TCPMEM_METRIC_COUNT; i++) {
		enum tcpmem_metric m = (enum tcpmem_metric)i;

		if (strcmp(tcpmem_metric_describe(m)->name, name) == 0) {
			*metric = m;
			return 0;
		}
	}
	return -EINVAL;
}

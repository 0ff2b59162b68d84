/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* order.h - by what rows are sorted: words with commas between */
#ifndef TM_ANSWER_ORDER_H
#define TM_ANSWER_ORDER_H

#include <stdbool.h>
#include <stddef.h>

#define TM_ORDERS_MAX 8

struct tm_order {
	int by; /* what @find made of the word */
	bool descending;
};

struct tm_orders {
	struct tm_order order[TM_ORDERS_MAX];
	size_t count;
};

/*
 * tm_orders_parse() - reads "WORD,-WORD"; a "-" puts the largest first
 * @find: what a word stands for; 0 and the number, or -EINVAL
 *
 * Return: 0, or -EINVAL.
 */
int tm_orders_parse(const char *text, int (*find)(const char *word, int *by),
		    struct tm_orders *orders);

#endif

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* rows.h - grouped rows: in the order and number that was asked for */
#ifndef CLI_ROWS_H
#define CLI_ROWS_H

#include "columns/columns.h"
#include "options.h"

#define ROWS_ORDER_SIZE (SORT_MAX * COLUMN_HEADER_SIZE)

/*
 * rows_order() - what --sort says, as tcpmem_table_sort() reads it
 * @order: receives it; "" if there is no --sort
 *
 * Return: 0, or EXIT_USAGE after it said what is wrong.
 */
int rows_order(const struct options *options, const struct column_table *table,
	       char order[ROWS_ORDER_SIZE]);

/*
 * rows_sort() - sorts rows of @snap; equal ones stay in the order of their
 * addresses
 */
void rows_sort(const struct sort *sort, const struct tcpmem_snapshot *snap,
	       const void **rows, size_t count);

/* rows_arrange() - sorts and limits. Return: 0 or -errno. */
int rows_arrange(struct tcpmem_table *table, const char *order, bool limited,
		 size_t limit);

#endif

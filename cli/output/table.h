/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* table.h - a table for people: libsmartcols behind columns and rows */
#ifndef CLI_OUTPUT_TABLE_H
#define CLI_OUTPUT_TABLE_H

#include "columns/columns.h"
#include "options.h"

struct table;

/*
 * table_new() - an empty table on stdout
 * @by: heading of the column "key"; NULL: its name
 * @widths: least widths of the first column and of the others; NULL: as
 *	wide as what stands in them
 *
 * Return: 0 or -ENOMEM.
 */
int table_new(const struct options *options, const struct columns *columns,
	      const char *by, const int widths[2], struct table **table);

/* table_add() - one more row; @bold where the terminal has colours */
int table_add(struct table *table, const struct tcpmem_snapshot *snap,
	      const void *row, bool bold);

int table_print(struct table *table);
void table_free(struct table *table);

#endif

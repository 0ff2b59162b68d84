/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* fit.h - a table as wide as the terminal */
#ifndef CLI_OUTPUT_FIT_H
#define CLI_OUTPUT_FIT_H

#include "columns/columns.h"

#include <libsmartcols.h>

/*
 * fit_table() - wraps texts at words, cuts those of struct column.cut, and
 * hides the columns that still have no room
 * @columns: those of @table
 *
 * Numbers and names stay whole, unless one alone is wider than @width.
 *
 * Return: 0 or -errno.
 */
int fit_table(struct libscols_table *table, const struct columns *columns,
	      int width);

#endif

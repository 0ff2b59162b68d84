// SPDX-License-Identifier: LGPL-2.1-or-later
/* rows_csv.c - rows as RFC 4180 has them, but that a line ends with a newline
 */
#include "out.h"

static void separate(size_t i)
{
	if (i)
		putchar(',');
}

/* The keys of JSON, which name the unit. */
static int open_csv(struct out *out, const struct tcpmem_snapshot *snap)
{
	(void)snap;
	if (out->options->noheadings)
		return 0;
	for (size_t i = 0; i < out->columns->count; i++) {
		separate(i);
		fputs(column_json(out->columns->column[i]), stdout);
	}
	putchar('\n');
	return 0;
}

static int print_row(struct out *out, const struct tcpmem_snapshot *snap,
		     const void *row)
{
	for (size_t i = 0; i < out->columns->count; i++) {
		struct value value;

		separate(i);
		column_get(out->columns->column[i], snap, row, &value);
		value_csv(stdout, &value);
	}
	putchar('\n');
	return 0;
}

/* No total: who adds up a column must not count everything twice. */
static int close_csv(struct out *out, const struct tcpmem_snapshot *snap,
		     const void *total)
{
	(void)out;
	(void)snap;
	(void)total;
	return 0;
}

const struct out_ops out_csv_ops = {
	.open = open_csv,
	.row = print_row,
	.close = close_csv,
};

// SPDX-License-Identifier: LGPL-2.1-or-later
/* rows_raw.c - rows for a program that splits at blanks */
#include "out.h"

static void separate(size_t i)
{
	if (i)
		putchar(' ');
}

static int open_raw(struct out *out, const struct tcpmem_snapshot *snap)
{
	(void)snap;
	if (out->options->noheadings)
		return 0;
	for (size_t i = 0; i < out->columns->count; i++) {
		char header[COLUMN_HEADER_SIZE];

		separate(i);
		column_header(out->columns->column[i], header);
		fputs(header, stdout);
	}
	putchar('\n');
	return 0;
}

static int print_row(struct out *out, const struct tcpmem_snapshot *snap,
		     const void *row)
{
	const struct style style = { .escape = ESCAPE_RAW, .bytes = true };

	for (size_t i = 0; i < out->columns->count; i++) {
		struct value value;

		separate(i);
		column_get(out->columns->column[i], snap, row, &value);
		value_print(stdout, &value, style);
	}
	putchar('\n');
	return 0;
}

/* No total: who adds up a column must not count everything twice. */
static int close_raw(struct out *out, const struct tcpmem_snapshot *snap,
		     const void *total)
{
	(void)out;
	(void)snap;
	(void)total;
	return 0;
}

const struct out_ops out_raw_ops = {
	.open = open_raw,
	.row = print_row,
	.close = close_raw,
};

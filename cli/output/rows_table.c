// SPDX-License-Identifier: LGPL-2.1-or-later
/* rows_table.c - rows as a table for people */
#include "out.h"
#include "table.h"

#include <inttypes.h>

static int open_table(struct out *out, const struct tcpmem_snapshot *snap)
{
	(void)snap;
	return table_new(out->options, out->columns, out->by, NULL,
			 &out->table);
}

static int add_row(struct out *out, const struct tcpmem_snapshot *snap,
		   const void *row)
{
	return table_add(out->table, snap, row, false);
}

static void print_bytes(const struct tcpmem_row *row, enum tcpmem_metric number,
			const struct options *options)
{
	const struct value value = {
		.type = VALUE_BYTES,
		.integer = tcpmem_row_get_metric(row, number),
	};

	value_print(stdout, &value, (struct style){ .bytes = options->bytes });
}

/* The total of rows that are no groups does not fit in their columns. */
static void print_total(const struct tcpmem_row *total,
			const struct options *options)
{
	printf("\nSockets: %" PRId64 "; held: ",
	       tcpmem_row_get_metric(total, TCPMEM_METRIC_SOCKETS));
	print_bytes(total, TCPMEM_METRIC_HELD, options);
	fputs(", in buffers ", stdout);
	print_bytes(total, TCPMEM_METRIC_BUFFER, options);
	fputs(", in objects ", stdout);
	print_bytes(total, TCPMEM_METRIC_OBJECT, options);
	putchar('\n');
}

static int close_table(struct out *out, const struct tcpmem_snapshot *snap,
		       const void *total)
{
	bool sentence = total && out->total;
	int ret = 0;

	if (total && !sentence)
		ret = table_add(out->table, snap, total, true);
	if (ret == 0)
		ret = table_print(out->table);
	if (ret == 0 && sentence && !out->options->noheadings)
		print_total(total, out->options);
	if (ret == 0 && out->text_rest && !out->options->noheadings)
		out->text_rest(out->options, out->user);
	return ret;
}

const struct out_ops out_table_ops = {
	.open = open_table,
	.row = add_row,
	.close = close_table,
};

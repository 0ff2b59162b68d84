// SPDX-License-Identifier: LGPL-2.1-or-later
/* rows_json.c - rows as one JSON object, or as an object a line */
#include "output.h"

/* The members of the object and the rows have lines of their own. */
#define WRAP 2

void row_json(struct json *json, const char *key, const struct columns *columns,
	      const struct tcpmem_snapshot *snap, const void *row)
{
	json_open_object(json, key);
	for (size_t i = 0; i < columns->count; i++) {
		const struct column *column = columns->column[i];
		struct value value;

		column_get(column, snap, row, &value);
		value_json(json, column_json(column), &value);
	}
	json_close_object(json);
}

static void write_footer(struct row_output *out)
{
	if (out->footer.snap && !out->has_footer)
		footer_json(&out->json, &out->footer);
	out->has_footer = out->footer.snap;
}

static void open_json(struct row_output *out)
{
	json_init(&out->json, stdout, WRAP);
	json_open_object(&out->json, NULL);
	json_text(&out->json, "schema", out->schema);
	write_footer(out);
	if (out->by)
		json_text(&out->json, "by", out->by);
	json_open_array(&out->json, out->rows_key ? out->rows_key : "rows");
}

static void print_row(struct row_output *out,
		      const struct tcpmem_snapshot *snap, const void *row)
{
	row_json(&out->json, NULL, out->columns, snap, row);
}

/* The snapshot of a stream is complete only now, and so are its warnings. */
static int close_json(struct row_output *out, const void *total)
{
	json_close_array(&out->json);
	if (total)
		row_json(&out->json, "total",
			 out->total ? out->total : out->columns,
			 out->footer.snap, total);
	if (out->json_tail)
		out->json_tail(&out->json, out->user);
	write_footer(out);
	json_close_object(&out->json);
	json_end(&out->json);
	return 0;
}

const struct row_format json_format = {
	.open = open_json,
	.row = print_row,
	.close = close_json,
};

static void open_jsonl(struct row_output *out)
{
	json_init(&out->json, stdout, 0);
}

static void print_line(struct row_output *out,
		       const struct tcpmem_snapshot *snap, const void *row)
{
	print_row(out, snap, row);
	json_end(&out->json);
}

const struct row_format jsonl_format = {
	.open = open_jsonl,
	.row = print_line,
};

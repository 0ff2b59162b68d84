// SPDX-License-Identifier: LGPL-2.1-or-later
/* rows_json.c - rows as one JSON object, or as one for each */
#include "footer.h"
#include "out.h"

/* The object's members and the rows have lines of their own. */
#define WRAP 2

void out_json_row(struct json *json, const char *key,
		  const struct columns *columns,
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

static int open_json(struct out *out, const struct tcpmem_snapshot *snap)
{
	json_init(&out->json, stdout, WRAP);
	json_open_object(&out->json, NULL);
	json_text(&out->json, "schema", out->schema);
	if (snap) {
		const struct footer footer = out_footer(out, snap);

		footer_json(&out->json, &footer);
	}
	out->has_footer = snap;
	if (out->by)
		json_text(&out->json, "by", out->by);
	json_open_array(&out->json, out->rows ? out->rows : "rows");
	return 0;
}

static int print_row(struct out *out, const struct tcpmem_snapshot *snap,
		     const void *row)
{
	out_json_row(&out->json, NULL, out->columns, snap, row);
	return 0;
}

/* Of a stream it is only known now what could not be seen. */
static int close_json(struct out *out, const struct tcpmem_snapshot *snap,
		      const void *total)
{
	json_close_array(&out->json);
	if (total)
		out_json_row(&out->json, "total",
			     out->total ? out->total : out->columns, snap,
			     total);
	if (out->json_rest)
		out->json_rest(&out->json, out->user);
	if (snap && !out->has_footer) {
		const struct footer footer = out_footer(out, snap);

		footer_json(&out->json, &footer);
	}
	json_close_object(&out->json);
	json_end(&out->json);
	return 0;
}

const struct out_ops out_json_ops = {
	.open = open_json,
	.row = print_row,
	.close = close_json,
};

static int open_jsonl(struct out *out, const struct tcpmem_snapshot *snap)
{
	(void)snap;
	json_init(&out->json, stdout, 0);
	return 0;
}

static int print_line(struct out *out, const struct tcpmem_snapshot *snap,
		      const void *row)
{
	out_json_row(&out->json, NULL, out->columns, snap, row);
	json_end(&out->json);
	return 0;
}

/* Rows only: who adds up a key must not count everything twice. */
static int close_jsonl(struct out *out, const struct tcpmem_snapshot *snap,
		       const void *total)
{
	(void)out;
	(void)snap;
	(void)total;
	return 0;
}

const struct out_ops out_jsonl_ops = {
	.open = open_jsonl,
	.row = print_line,
	.close = close_jsonl,
};

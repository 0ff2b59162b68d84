// SPDX-License-Identifier: LGPL-2.1-or-later
/* out.c - rows on their way out, whatever the format */
#include "out.h"

#include "footer.h"
#include "messages.h"
#include "table.h"

static const struct out_ops *const formats[] = {
	[FORMAT_TABLE] = &out_table_ops, [FORMAT_RAW] = &out_raw_ops,
	[FORMAT_JSON] = &out_json_ops,	 [FORMAT_JSONL] = &out_jsonl_ops,
	[FORMAT_CSV] = &out_csv_ops,
};

int out_columns(const struct options *options, const struct column_table *table,
		const char *usual, struct columns *columns)
{
	int ret;

	if (options->format == FORMAT_JSON || options->format == FORMAT_JSONL ||
	    options->format == FORMAT_CSV) {
		columns_all(table, columns);
	} else {
		ret = columns_parse(table, usual, columns);
		if (ret)
			return ret;
	}
	if (!options->output)
		return 0;
	return columns_parse(table, options->output, columns);
}

int out_open(struct out *out, const struct tcpmem_snapshot *snap)
{
	out->ops = formats[out->options->format];
	return out->ops->open(out, snap);
}

int out_row(struct out *out, const struct tcpmem_snapshot *snap,
	    const void *row)
{
	int ret = out->ops->row(out, snap, row);

	return ret == 0 ? stdout_status() : ret;
}

int out_close(struct out *out, const struct tcpmem_snapshot *snap,
	      const void *total)
{
	const struct footer footer = out_footer(out, snap);
	int ret = out->ops->close(out, snap, total);

	if (ret == 0)
		ret = stdout_status();
	if (ret < 0 || !snap || out->options->format == FORMAT_JSON)
		return ret;
	if (out->options->format == FORMAT_TABLE && !out->options->noheadings) {
		footer_print(&footer, out->options);
		return 0;
	}
	/* who does not take the rows need not hear what is not among them */
	ret = stdout_flush();
	if (ret == 0)
		footer_message(&footer);
	return ret;
}

struct footer out_footer(const struct out *out,
			 const struct tcpmem_snapshot *snap)
{
	return (struct footer){
		.snap = snap,
		.before = out->before,
		.diff = out->diff,
		.trend = out->trend,
	};
}

void out_free(struct out *out)
{
	table_free(out->table);
}

// SPDX-License-Identifier: LGPL-2.1-or-later
/* rows.c - rows on stdout; the formats with a line for each row */
#include "messages.h"
#include "output.h"

#include <string.h>

static bool is_csv(const struct row_output *out)
{
	return out->options->format == FORMAT_CSV;
}

static void separate(const struct row_output *out, size_t i)
{
	if (i)
		putchar(is_csv(out) ? ',' : ' ');
}

/* CSV is headed by the JSON keys, which name the unit. */
static void open_lines(struct row_output *out)
{
	if (out->options->noheadings)
		return;
	for (size_t i = 0; i < out->columns->count; i++) {
		const struct column *column = out->columns->column[i];
		char header[COLUMN_HEADER_SIZE];

		separate(out, i);
		column_header(column, header);
		fputs(is_csv(out) ? column_json(column) : header, stdout);
	}
	putchar('\n');
}

static void print_line(struct row_output *out,
		       const struct tcpmem_snapshot *snap, const void *row)
{
	const struct style raw = { .escape = ESCAPE_RAW, .bytes = true };

	for (size_t i = 0; i < out->columns->count; i++) {
		struct value value;

		separate(out, i);
		column_get(out->columns->column[i], snap, row, &value);
		if (is_csv(out))
			value_csv(stdout, &value);
		else
			value_print(stdout, &value, raw);
	}
	putchar('\n');
}

static const struct row_format line_format = {
	.open = open_lines,
	.row = print_line,
};

static const struct row_format *const formats[] = {
	[FORMAT_TABLE] = &table_format, [FORMAT_RAW] = &line_format,
	[FORMAT_JSON] = &json_format,	[FORMAT_JSONL] = &jsonl_format,
	[FORMAT_CSV] = &line_format,
};

int row_output_columns(const struct options *options,
		       const struct column_table *table, const char *usual,
		       struct columns *columns)
{
	int ret = 0;

	if (options->format == FORMAT_JSON || options->format == FORMAT_JSONL ||
	    options->format == FORMAT_CSV)
		columns_with_keys(table, columns->key, columns);
	else
		ret = columns_parse(table, usual, columns);
	if (ret || !options->output)
		return ret;
	return columns_parse(table, options->output, columns);
}

void row_output_open(struct row_output *out)
{
	out->format = formats[out->options->format];
	out->format->open(out);
}

int row_output_row(struct row_output *out, const struct tcpmem_snapshot *snap,
		   const void *row)
{
	out->format->row(out, snap, row);
	return stdout_status();
}

int row_output_close(struct row_output *out, const void *total)
{
	const struct options *options = out->options;
	int ret = out->format->close ? out->format->close(out, total) : 0;

	if (ret == 0)
		ret = stdout_status();
	if (ret < 0 || !out->footer.snap || options->format == FORMAT_JSON)
		return ret;
	if (options->format == FORMAT_TABLE && !options->noheadings) {
		footer_print(&out->footer, options);
		return 0;
	}
	/* a reader that has closed the pipe gets no footer on stderr */
	ret = stdout_flush();
	if (ret == 0)
		footer_message(&out->footer);
	return ret;
}

void row_output_free(struct row_output *out)
{
	table_free(out->table);
}

int row_output_end(struct row_output *out, int ret)
{
	if (ret == 0)
		ret = row_output_close(out, NULL);
	row_output_free(out);
	if (ret < 0 && stdout_status() == 0)
		message("%s", strerror(-ret));
	return ret < 0 ? EXIT_FAILED : EXIT_DONE;
}

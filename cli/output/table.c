// SPDX-License-Identifier: LGPL-2.1-or-later
/* table.c - a table for people: libsmartcols behind columns and rows */
#include "file.h"
#include "fit.h"
#include "output.h"
#include "text.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* struct table - @error: the first -errno; the table is not printed then */
struct table {
	struct libscols_table *scols;
	const struct columns *columns;
	struct style style;
	FILE *cell; /* writes to @text: a row's cells */
	char *text;
	size_t size;
	int error;
};

static int column_flags(const struct column *column)
{
	switch (column_type(column)) {
	case VALUE_TEXT:
	case VALUE_ADDRESS:
	case VALUE_HOLDERS:
		return 0;
	default:
		return SCOLS_FL_RIGHT;
	}
}

/* libsmartcols makes a column as wide as its heading: pad it to @width. */
static int add_column(struct table *table, const struct column *column,
		      const char *by, int width)
{
	const char *heading = column->heading;
	int flags = column_flags(column);
	char header[COLUMN_HEADER_SIZE];
	char padded[128];

	column_header(column, header);
	if (by && strcmp(column_name(column), "key") == 0)
		heading = by;
	snprintf(padded, sizeof(padded), "%*s",
		 flags & SCOLS_FL_RIGHT ? width : -width,
		 heading ? heading : header);
	for (char *c = padded; *c; c++)
		*c = (char)toupper((unsigned char)*c);
	if (!scols_table_new_column(table->scols, padded, 0, flags))
		return -ENOMEM;
	return 0;
}

struct table *table_new(const struct options *options,
			const struct columns *columns, const char *by,
			const int widths[2])
{
	struct table *table = calloc(1, sizeof(*table));

	if (!table)
		return NULL;
	table->columns = columns;
	table->style.escape = ESCAPE_TERMINAL;
	table->style.bytes = options->bytes;
	table->cell = memstream_open(&table->text, &table->size);
	table->scols = scols_new_table();
	if (!table->cell || !table->scols) {
		table_free(table);
		return NULL;
	}
	scols_table_enable_noheadings(table->scols, options->noheadings);
	scols_table_enable_colors(table->scols, term_has_color(options->color));
	/* it would break words: fit_table() does not */
	scols_table_set_termforce(table->scols, SCOLS_TERMFORCE_NEVER);
	/* cells are escaped already: libsmartcols would escape the escapes */
	scols_table_enable_noencoding(table->scols, 1);
	for (size_t i = 0; table->error == 0 && i < columns->count; i++)
		table->error = add_column(table, columns->column[i], by,
					  widths ? widths[i > 0] : 0);
	return table;
}

/* The texts of a row's cells stand behind each other: one flush is enough. */
static int set_cells(struct table *table, struct libscols_line *line)
{
	const char *text;
	int ret = 0;

	if (fflush(table->cell) != 0 || ferror(table->cell))
		return -ENOMEM;
	text = table->text;
	for (size_t i = 0; ret == 0 && i < table->columns->count; i++) {
		ret = scols_line_set_data(line, i, text);
		text += strlen(text) + 1;
	}
	return ret;
}

void table_add(struct table *table, const struct tcpmem_snapshot *snap,
	       const void *row, bool bold)
{
	struct libscols_line *line;

	if (!table || table->error)
		return;
	line = scols_table_new_line(table->scols, NULL);
	if (!line)
		table->error = -ENOMEM;
	else if (bold)
		table->error = scols_line_set_color(line, TERM_BOLD);
	if (table->error)
		return;
	rewind(table->cell);
	for (size_t i = 0; i < table->columns->count; i++) {
		struct value value;

		column_get(table->columns->column[i], snap, row, &value);
		value_print(table->cell, &value, table->style);
		putc('\0', table->cell);
	}
	table->error = set_cells(table, line);
}

/* "No room for: OBJECTS, RSS" */
static void print_hidden(const struct table *table)
{
	char *text = NULL;
	size_t size, count = 0;
	FILE *out = memstream_open(&text, &size);

	for (size_t i = 0; out && i < table->columns->count; i++) {
		struct libscols_column *column =
			scols_table_get_column(table->scols, i);

		if (scols_column_is_hidden(column))
			fprintf(out, "%s%s", count++ ? ", " : "No room for: ",
				scols_column_get_name(column));
	}
	memstream_end(out, &text);
	if (text && count)
		footer_print_line("%s", text);
	free(text);
}

int table_finish(struct table *table)
{
	int ret = table ? table->error : -ENOMEM;
	int width = term_width();

	/* without headings a program reads it */
	if (ret == 0 && width && !scols_table_is_noheadings(table->scols))
		ret = fit_table(table->scols, table->columns, width);
	if (ret == 0)
		ret = scols_print_table(table->scols);
	if (ret == 0)
		print_hidden(table);
	table_free(table);
	return ret;
}

void table_free(struct table *table)
{
	if (!table)
		return;
	if (table->cell)
		fclose(table->cell);
	free(table->text);
	scols_unref_table(table->scols);
	free(table);
}

static void open_table(struct row_output *out)
{
	out->table = table_new(out->options, out->columns, out->by, NULL);
}

static void add_row(struct row_output *out, const struct tcpmem_snapshot *snap,
		    const void *row)
{
	table_add(out->table, snap, row, false);
}

static void print_bytes(const struct tcpmem_row *row, enum tcpmem_metric number,
			const struct options *options)
{
	value_print_bytes(stdout, row_metric(row, number), options->bytes);
}

/* The total of sockets has other columns than they: it is a sentence. */
static void print_total(const struct tcpmem_row *total,
			const struct options *options)
{
	printf("\nSockets: %" PRId64 "; held: ",
	       row_metric(total, TCPMEM_METRIC_SOCKETS));
	print_bytes(total, TCPMEM_METRIC_HELD, options);
	fputs(", in buffers ", stdout);
	print_bytes(total, TCPMEM_METRIC_BUFFER, options);
	fputs(", in objects ", stdout);
	print_bytes(total, TCPMEM_METRIC_OBJECT, options);
	putchar('\n');
}

static int close_table(struct row_output *out, const void *total)
{
	struct table *table = out->table;
	int ret;

	out->table = NULL;
	if (total && !out->total)
		table_add(table, out->footer.snap, total, true);
	ret = table_finish(table);
	if (ret < 0 || out->options->noheadings)
		return ret;
	if (total && out->total)
		print_total(total, out->options);
	if (out->text_tail)
		out->text_tail(out->options, out->user);
	return 0;
}

const struct row_format table_format = {
	.open = open_table,
	.row = add_row,
	.close = close_table,
};

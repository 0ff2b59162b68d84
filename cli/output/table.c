// SPDX-License-Identifier: LGPL-2.1-or-later
/* table.c - a table for people: libsmartcols behind columns and rows */
#include "table.h"

#include "text.h"

#include <ctype.h>
#include <errno.h>
#include <libsmartcols.h>
#include <stdlib.h>
#include <string.h>

struct table {
	struct libscols_table *scols;
	const struct columns *columns;
	struct style style;
	FILE *cell; /* writes to @text */
	char *text;
	size_t size;
};

static int column_flags(const struct column *column)
{
	int flags = column->wrap ? SCOLS_FL_WRAP : 0;

	switch (column_type(column)) {
	case VALUE_INTEGER:
	case VALUE_BYTES:
	case VALUE_RATE:
	case VALUE_SPEED:
	case VALUE_MICROSECONDS:
	case VALUE_MILLISECONDS:
	case VALUE_ID:
	case VALUE_PERCENT:
		return flags | SCOLS_FL_RIGHT;
	default:
		return flags;
	}
}

/* A heading padded with blanks is what makes a column at least so wide. */
static int add_column(struct table *table, const struct column *column,
		      const char *by, int width)
{
	bool is_key = by && strcmp(column_name(column), "key") == 0;
	int flags = column_flags(column);
	char header[COLUMN_HEADER_SIZE];
	char padded[128];

	column_header(column, header);
	snprintf(padded, sizeof(padded), "%*s",
		 flags & SCOLS_FL_RIGHT ? width : -width, is_key ? by : header);
	for (char *c = padded; *c; c++)
		*c = (char)toupper((unsigned char)*c);
	if (!scols_table_new_column(table->scols, padded, 0, flags))
		return -ENOMEM;
	return 0;
}

static int set_up(struct table *table, const struct options *options,
		  const char *by, const int widths[2])
{
	table->cell = open_memstream(&table->text, &table->size);
	table->scols = scols_new_table();
	if (!table->cell || !table->scols)
		return -ENOMEM;
	scols_table_enable_noheadings(table->scols, options->noheadings);
	scols_table_enable_colors(table->scols, term_has_color(options->color));
	/* cells come escaped; a second time would show the escapes */
	scols_table_enable_noencoding(table->scols, 1);
	for (size_t i = 0; i < table->columns->count; i++) {
		int ret = add_column(table, table->columns->column[i], by,
				     widths ? widths[i > 0] : 0);

		if (ret < 0)
			return ret;
	}
	return 0;
}

int table_new(const struct options *options, const struct columns *columns,
	      const char *by, const int widths[2], struct table **table)
{
	struct table *t = calloc(1, sizeof(*t));
	int ret;

	if (!t)
		return -ENOMEM;
	t->columns = columns;
	t->style.escape = ESCAPE_TERMINAL;
	t->style.bytes = options->bytes;
	ret = set_up(t, options, by, widths);
	if (ret < 0) {
		table_free(t);
		return ret;
	}
	*table = t;
	return 0;
}

static int set_cell(struct table *table, struct libscols_line *line, size_t i,
		    const struct value *value)
{
	rewind(table->cell);
	value_print(table->cell, value, table->style);
	putc('\0', table->cell);
	if (fflush(table->cell) != 0)
		return -ENOMEM;
	return scols_line_set_data(line, i, table->text);
}

int table_add(struct table *table, const struct tcpmem_snapshot *snap,
	      const void *row, bool bold)
{
	struct libscols_line *line = scols_table_new_line(table->scols, NULL);
	int ret = line ? 0 : -ENOMEM;

	if (line && bold)
		ret = scols_line_set_color(line, TERM_BOLD);
	for (size_t i = 0; ret == 0 && i < table->columns->count; i++) {
		struct value value;

		column_get(table->columns->column[i], snap, row, &value);
		ret = set_cell(table, line, i, &value);
	}
	return ret;
}

int table_print(struct table *table)
{
	return scols_print_table(table->scols);
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

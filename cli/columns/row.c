// SPDX-License-Identifier: LGPL-2.1-or-later
/* row.c - the columns of grouped rows, and of columns themselves */
#include "cli.h"
#include "columns.h"

COLUMN_WHO_GETTERS(row)

int64_t row_metric(const struct tcpmem_row *row, enum tcpmem_metric metric)
{
	int64_t value = 0;

	if (row && tcpmem_row_get_metric(row, metric, &value) < 0)
		return TCPMEM_UNKNOWN;
	return value;
}

static void get_number(const struct cell *cell, struct value *value)
{
	value_set_number(value, column_type(cell->column),
			 row_metric(cell->row, cell->column->metric));
}

static void get_average(const struct cell *cell, struct value *value)
{
	int64_t average;

	if (tcpmem_row_get_held_per_socket(cell->row, &average) < 0)
		return;
	value_set_number(value, VALUE_BYTES, average);
}

static const struct column rows[] = {
	COLUMN_WHO(true),
	COLUMN_SUMS(get_number),
	{ .name = "held_per_socket",
	  .json = "held_per_socket_bytes",
	  .text = "held bytes for each socket: an average, no sum",
	  .type = VALUE_BYTES,
	  .get = get_average },
};

const struct column_table row_columns = { rows, ARRAY_SIZE(rows) };

COLUMN_GETTER(get_column_name, text, column_name(cell->row))
COLUMN_GETTER(get_column_json, text, column_json(cell->row))

static void get_column_type(const struct cell *cell, struct value *value)
{
	static const char *const names[] = {
		[VALUE_TEXT] = "text",	     [VALUE_INTEGER] = "integer",
		[VALUE_BYTES] = "bytes",     [VALUE_ID] = "id",
		[VALUE_ADDRESS] = "address", [VALUE_HOLDERS] = "list",
		[VALUE_RATE] = "rate",	     [VALUE_PERCENT] = "percent",
		[VALUE_SPEED] = "bytes/s",   [VALUE_MICROSECONDS] = "us",
		[VALUE_MILLISECONDS] = "ms",
	};

	value_set_text(value, names[column_type(cell->row)]);
}

COLUMN_GETTER(get_column_text, text, column_text(cell->row))

static const struct column columns[] = {
	{ .name = "name", .type = VALUE_TEXT, .get = get_column_name },
	{ .name = "json", .type = VALUE_TEXT, .get = get_column_json },
	{ .name = "type", .type = VALUE_TEXT, .get = get_column_type },
	{ .name = "text",
	  .type = VALUE_TEXT,
	  .wrap = true,
	  .get = get_column_text },
};

const struct column_table column_columns = { columns, ARRAY_SIZE(columns) };

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

/* Rounded once: JSON and CSV have what the table has. */
static void get_share(const struct cell *cell, struct value *value)
{
	double percent;

	if (tcpmem_row_get_share(cell->row, &percent) < 0)
		return;
	value->type = VALUE_PERCENT;
	value->ratio.part = (int64_t)(percent * 1000 + 0.5);
	value->ratio.whole = 100 * 1000;
}

PROCESS_GETTERS(tcpmem_row_get_subject(cell->row)->process)

COLUMN_GETTER(get_source, text, tcpmem_row_get_subject(cell->row)->source)

static const struct column rows[] = {
	COLUMN_WHO(true),
	COLUMN("source", TEXT,
	       "what tells of a past owner: exact, memory, listener",
	       .unsorted = true, .on_demand = true, .needs = TCPMEM_NEED_PAST,
	       .get = get_source),
	COLUMN_SUMS(get_number),
	COLUMN("share%", PERCENT, "percent of what all rows hold",
	       .alias = "share", .json = "share_percent", .unsorted = true,
	       .rank = 1, .get = get_share),
	COLUMN("held_per_socket", BYTES,
	       "held bytes for each socket: an average, no sum",
	       .json = "held_per_socket_bytes", .get = get_average),
	COLUMN_PROCESS(true),
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
	COLUMN("name", TEXT, NULL, .get = get_column_name),
	COLUMN("json", TEXT, NULL, .get = get_column_json),
	COLUMN("type", TEXT, NULL, .get = get_column_type),
	COLUMN("text", TEXT, NULL, .wrap = true, .get = get_column_text),
};

const struct column_table column_columns = { columns, ARRAY_SIZE(columns) };

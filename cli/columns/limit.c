// SPDX-License-Identifier: LGPL-2.1-or-later
/* limit.c - the columns of the sysctls that bound TCP memory */
#include "cli.h"
#include "columns.h"

COLUMN_GETTER(get_name, text, tcpmem_limit_get_name(cell->row))
COLUMN_GETTER(
	get_scope, text,
	tcpmem_limit_scope_describe(tcpmem_limit_get_scope(cell->row))->name)
COLUMN_GETTER(get_unit, text,
	      tcpmem_unit_describe(tcpmem_limit_get_unit(cell->row))->name)

static void set_quantity(struct value *value, const struct tcpmem_limit *limit,
			 int64_t quantity)
{
	value_set_integer(value, quantity);
	if (tcpmem_limit_get_unit(limit) == TCPMEM_UNIT_BYTES)
		value->type = VALUE_BYTES;
}

static void get_value(const struct cell *cell, struct value *value)
{
	int64_t limit;

	if (tcpmem_limit_get_value(cell->row, &limit) == 0)
		set_quantity(value, cell->row, limit);
}

static void get_used(const struct cell *cell, struct value *value)
{
	int64_t used;

	if (tcpmem_limit_get_used(cell->row, &used) == 0)
		set_quantity(value, cell->row, used);
}

static void get_percent(const struct cell *cell, struct value *value)
{
	int64_t limit;
	int64_t used;

	if (tcpmem_limit_get_value(cell->row, &limit) < 0 || limit <= 0 ||
	    tcpmem_limit_get_used(cell->row, &used) < 0)
		return;
	value->type = VALUE_PERCENT;
	value->ratio.part = used;
	value->ratio.whole = limit;
}

static void get_meaning(const struct cell *cell, struct value *value)
{
	const char *gone = tcpmem_limit_get_gone(cell->row);

	value_set_text(value, gone ? gone : tcpmem_limit_get_text(cell->row));
}

COLUMN_GETTER(get_gone, text, tcpmem_limit_get_gone(cell->row))
COLUMN_GETTER(get_text, text, tcpmem_limit_get_text(cell->row))

static const struct column columns[] = {
	{ .name = "name",
	  .text = "the sysctl; of several numbers, which",
	  .type = VALUE_TEXT,
	  .get = get_name },
	{ .name = "scope",
	  .text = "scope of the limit: host or netns",
	  .type = VALUE_TEXT,
	  .get = get_scope },
	{ .name = "unit",
	  .text = "unit of the limit: bytes, seconds, sockets ...",
	  .type = VALUE_TEXT,
	  .get = get_unit },
	{ .name = "value",
	  .text = "the limit, in its unit",
	  .type = VALUE_INTEGER,
	  .get = get_value },
	{ .name = "used",
	  .text = "its current use",
	  .type = VALUE_INTEGER,
	  .get = get_used },
	{ .name = "used_percent",
	  .text = "its use in percent of the limit",
	  .type = VALUE_PERCENT,
	  .get = get_percent },
	{ .name = "text",
	  .text = "what it means",
	  .type = VALUE_TEXT,
	  .wrap = true,
	  .get = get_text },
	{ .name = "gone",
	  .text = "why this kernel does not have it",
	  .type = VALUE_TEXT,
	  .wrap = true,
	  .get = get_gone },
	/* one column of a table for two JSON keys */
	{ .name = "meaning",
	  .text = "gone if it is, else text",
	  .type = VALUE_TEXT,
	  .wrap = true,
	  .on_demand = true,
	  .get = get_meaning },
};

const struct column_table limit_columns = { columns, ARRAY_SIZE(columns) };

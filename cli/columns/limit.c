// SPDX-License-Identifier: LGPL-2.1-or-later
/* limit.c - the columns of the sysctls that bound TCP memory */
#include "cli.h"
#include "columns.h"

static const struct tcpmem_limit *limit_of(const struct cell *cell)
{
	return cell->row;
}

COLUMN_GETTER(get_name, text, limit_of(cell)->name)
COLUMN_GETTER(get_scope, text,
	      tcpmem_limit_scope_describe(limit_of(cell)->scope)->name)
COLUMN_GETTER(get_unit, text, tcpmem_unit_describe(limit_of(cell)->unit)->name)

static void set_quantity(struct value *value, const struct tcpmem_limit *limit,
			 int64_t quantity)
{
	value_set_integer(value, quantity);
	if (limit->unit == TCPMEM_UNIT_BYTES)
		value->type = VALUE_BYTES;
}

static void get_value(const struct cell *cell, struct value *value)
{
	const struct tcpmem_limit *limit = limit_of(cell);

	if (limit->known)
		set_quantity(value, limit, limit->value);
}

static void get_used(const struct cell *cell, struct value *value)
{
	const struct tcpmem_limit *limit = limit_of(cell);

	if (limit->used_known)
		set_quantity(value, limit, limit->used);
}

static void get_percent(const struct cell *cell, struct value *value)
{
	const struct tcpmem_limit *limit = limit_of(cell);

	if (!limit->known || limit->value <= 0 || !limit->used_known)
		return;
	value->type = VALUE_PERCENT;
	value->ratio.part = limit->used;
	value->ratio.whole = limit->value;
}

COLUMN_GETTER(get_meaning, text,
	      limit_of(cell)->gone ? limit_of(cell)->gone
				   : limit_of(cell)->text)
COLUMN_GETTER(get_gone, text, limit_of(cell)->gone)
COLUMN_GETTER(get_text, text, limit_of(cell)->text)
COLUMN_GETTER(get_netns, text, limit_of(cell)->netns)
COLUMN_GETTER(get_busiest, text, limit_of(cell)->busiest)

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
	{ .name = "netns",
	  .text = "the namespace of the limit, nearest to it of several",
	  .type = VALUE_TEXT,
	  .get = get_netns },
	{ .name = "busiest",
	  .text = "the listener or destination that uses the most",
	  .type = VALUE_TEXT,
	  .get = get_busiest },
	/* one column of a table for two JSON keys */
	{ .name = "meaning",
	  .text = "gone if it is, else text",
	  .type = VALUE_TEXT,
	  .wrap = true,
	  .on_demand = true,
	  .get = get_meaning },
};

const struct column_table limit_columns = { columns, ARRAY_SIZE(columns) };

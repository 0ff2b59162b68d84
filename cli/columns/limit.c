// SPDX-License-Identifier: LGPL-2.1-or-later
/* limit.c - the columns of what bounds TCP memory, and of its counters */
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

/* A getter that calls @set if the member @known is true */
#define LIMIT_GETTER(name, known, set)                                 \
	static void name(const struct cell *cell, struct value *value) \
	{                                                              \
		const struct tcpmem_limit *limit = limit_of(cell);     \
                                                                       \
		if (limit->known)                                      \
			set;                                           \
	}

LIMIT_GETTER(get_value, known, set_quantity(value, limit, limit->value))
LIMIT_GETTER(get_used, used_known, set_quantity(value, limit, limit->used))
LIMIT_GETTER(get_count, count_known, value_set_integer(value, limit->count))
LIMIT_GETTER(get_rate, rate_known,
	     value_set_rate(value, VALUE_RATE, limit->per_second))

int64_t limit_full(const struct tcpmem_limit *limit)
{
	return limit->queue && limit->value < INT64_MAX ? limit->value + 1
							: limit->value;
}

static void get_percent(const struct cell *cell, struct value *value)
{
	const struct tcpmem_limit *limit = limit_of(cell);

	if (!limit->known || limit_full(limit) <= 0 || !limit->used_known)
		return;
	value->type = VALUE_PERCENT;
	value->ratio.part = limit->used;
	value->ratio.whole = limit_full(limit);
}

COLUMN_GETTER(get_beside, text, limit_of(cell)->beside)
COLUMN_GETTER(get_finding, text, limit_of(cell)->finding)
COLUMN_GETTER(get_meaning, text,
	      limit_of(cell)->gone ? limit_of(cell)->gone
				   : limit_of(cell)->text)
COLUMN_GETTER(get_gone, text, limit_of(cell)->gone)
COLUMN_GETTER(get_text, text, limit_of(cell)->text)
COLUMN_GETTER(get_netns, text, limit_of(cell)->netns)
COLUMN_GETTER(get_busiest, text, limit_of(cell)->busiest)

static const struct column columns[] = {
	COLUMN("name", TEXT,
	       "the sysctl, of several numbers which; or the counter",
	       .get = get_name),
	COLUMN("scope", TEXT, "scope of the limit: host or netns",
	       .get = get_scope),
	COLUMN("unit", TEXT, "unit of the limit: bytes, seconds, sockets ...",
	       .get = get_unit),
	COLUMN("value", INTEGER, "the limit, in its unit", .get = get_value),
	COLUMN("used", INTEGER, "its current use", .get = get_used),
	COLUMN("used_percent", PERCENT, "its use in percent of the limit",
	       .heading = "used%", .get = get_percent),
	COLUMN("text", TEXT, "what it means", .wrap = true, .get = get_text),
	COLUMN("gone", TEXT, "why this kernel does not have it", .wrap = true,
	       .get = get_gone),
	COLUMN("netns", TEXT,
	       "the namespace of the limit, nearest to it of several",
	       .get = get_netns),
	COLUMN("busiest", TEXT,
	       "the listener or destination that uses the most", .wrap = true,
	       .rank = 2, .get = get_busiest),
	COLUMN("count", INTEGER, "of a counter, since the namespace was made",
	       .get = get_count),
	COLUMN("per_second", RATE, "of a counter, its rise with --every",
	       .get = get_rate),
	COLUMN("beside", TEXT, "of a counter, the limit that it is about",
	       .get = get_beside),
	COLUMN("finding", TEXT, "of a counter, what it means if it rises",
	       .wrap = true, .get = get_finding),
	/* one column of a table for two JSON keys */
	COLUMN("meaning", TEXT, "gone if it is, else text", .wrap = true,
	       .rank = 1, .on_demand = true, .get = get_meaning),
};

const struct column_table limit_columns = { columns, ARRAY_SIZE(columns) };

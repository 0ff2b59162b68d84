// SPDX-License-Identifier: LGPL-2.1-or-later
/* diff.c - the columns of the difference between two snapshots */
#include "cli.h"
#include "columns.h"

#include <math.h>

COLUMN_WHO_GETTERS(diff_row)

struct tcpmem_change diff_change(const struct tcpmem_diff_row *row,
				 enum tcpmem_metric metric)
{
	struct tcpmem_change change = { .size = sizeof(change),
					.before = TCPMEM_UNKNOWN,
					.after = TCPMEM_UNKNOWN,
					.delta = TCPMEM_UNKNOWN,
					.per_minute = NAN };

	(void)tcpmem_diff_row_get_change(row, metric, &change);
	return change;
}

static void get_event(const struct cell *cell, struct value *value)
{
	int64_t count;

	if (tcpmem_diff_row_get_event(cell->row, cell->column->event, &count) ==
	    0)
		value_set_integer(value, count);
}

#define CHANGE_GETTER(name, member)                                           \
	static void name(const struct cell *cell, struct value *value)        \
	{                                                                     \
		value_set_number(                                             \
			value, cell->column->type,                            \
			diff_change(cell->row, cell->column->metric).member); \
	}

CHANGE_GETTER(get_before, before)
CHANGE_GETTER(get_after, after)
CHANGE_GETTER(get_delta, delta)

static void get_per_minute(const struct cell *cell, struct value *value)
{
	double rate = diff_change(cell->row, cell->column->metric).per_minute;

	if (!isnan(rate))
		value_set_rate(value, cell->column->type, rate);
}

static void get_verdict(const struct cell *cell, struct value *value)
{
	enum tcpmem_change_class class = tcpmem_diff_row_get_class(cell->row);

	value_set_text(value, tcpmem_change_class_describe(class)->name);
}

#define EVENT(id, word, what)                                      \
	{                                                          \
		.name = word, .text = what, .type = VALUE_INTEGER, \
		.event = TCPMEM_EVENT_##id, .get = get_event       \
	}

#define VALUES(id, word, key, unit, per_minute)                           \
	{ .name = word "_before",                                         \
	  .json = key "_before",                                          \
	  .text = word " in the earlier snapshot",                        \
	  .type = unit,                                                   \
	  .metric = TCPMEM_METRIC_##id,                                   \
	  .get = get_before },                                            \
		{ .name = word "_after",                                  \
		  .json = key "_after",                                   \
		  .text = word " in the later snapshot",                  \
		  .type = unit,                                           \
		  .metric = TCPMEM_METRIC_##id,                           \
		  .get = get_after },                                     \
		{ .name = word "_delta",                                  \
		  .json = key "_delta",                                   \
		  .text = word " after less before",                      \
		  .type = unit,                                           \
		  .metric = TCPMEM_METRIC_##id,                           \
		  .get = get_delta },                                     \
	{                                                                 \
		.name = word "_per_minute", .json = key "_per_minute",    \
		.text = "change of " word " for each minute that passed", \
		.type = per_minute, .unsorted = true,                     \
		.metric = TCPMEM_METRIC_##id, .get = get_per_minute       \
	}

#define BYTES(id, word) \
	VALUES(id, word, word "_bytes", VALUE_BYTES, VALUE_BYTES)

static const struct column columns[] = {
	COLUMN_WHO(true),
	EVENT(OPENED, "opened", "sockets in the later snapshot only"),
	EVENT(CLOSED, "closed", "sockets in the earlier snapshot only"),
	EVENT(GROWN, "grown", "sockets that hold more than before"),
	EVENT(SHRUNK, "shrunk", "sockets that hold less than before"),
	EVENT(CHANGED, "changed", "sockets that are in another state"),
	EVENT(MOVED, "moved",
	      "sockets that came from other rows, less those that left"),
	VALUES(SOCKETS, "sockets", "sockets", VALUE_INTEGER, VALUE_RATE),
	BYTES(CHARGED, "charged"),
	BYTES(BUFFER, "buffer"),
	BYTES(OBJECT, "object"),
	BYTES(HELD, "held"),
	BYTES(RMEM, "rmem"),
	BYTES(WMEM_ALLOC, "wmem_alloc"),
	BYTES(FWD_ALLOC, "fwd_alloc"),
	BYTES(WMEM_QUEUED, "wmem_queued"),
	BYTES(OPTMEM, "optmem"),
	BYTES(BACKLOG, "backlog"),
	{ .name = "verdict",
	  .text = "direction of the change: growth, decline, churn, steady",
	  .type = VALUE_TEXT,
	  .unsorted = true,
	  .get = get_verdict },
};

const struct column_table diff_columns = { columns, ARRAY_SIZE(columns) };

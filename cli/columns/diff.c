// SPDX-License-Identifier: LGPL-2.1-or-later
/* diff.c - the columns of the difference between two snapshots */
#include "cli.h"
#include "columns.h"

#include <math.h>

COLUMN_WHO_GETTERS(diff_row)

struct tcpmem_change diff_change(const struct tcpmem_diff_row *row,
				 enum tcpmem_metric metric)
{
	struct tcpmem_change change = CHANGE_UNKNOWN;

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

CHANGE_GETTER(get_before, diff_change, before)
CHANGE_GETTER(get_after, diff_change, after)
CHANGE_GETTER(get_delta, diff_change, delta)
CHANGE_GET_PER_MINUTE(diff_change)

static void get_verdict(const struct cell *cell, struct value *value)
{
	enum tcpmem_change_class class = tcpmem_diff_row_get_class(cell->row);

	value_set_text(value, tcpmem_change_class_describe(class)->name);
}

#define EVENT(id, word, what, order)                                           \
	COLUMN(word, INTEGER, what, .event = TCPMEM_EVENT_##id, .rank = order, \
	       .get = get_event)

#define VALUES(id, word, key, unit, per_minute)                            \
	CHANGE_COLUMN(id, word, key, "_before", unit,                      \
		      word " in the earlier snapshot", get_before, ),      \
		CHANGE_COLUMN(id, word, key, "_after", unit,               \
			      word " in the later snapshot", get_after, ), \
		CHANGE_COLUMN(id, word, key, "_delta", unit,               \
			      word " after less before", get_delta,        \
			      .rank = -1),                                 \
		CHANGE_COLUMN(id, word, key, "_per_minute", per_minute,    \
			      "change of " word                            \
			      " for each minute that passed",              \
			      get_per_minute, .unsorted = true,            \
			      .heading = word "/min")

#define BYTES(id, word) VALUES(id, word, word "_bytes", BYTES, BYTES)

static const struct column columns[] = {
	COLUMN_WHO(true),
	EVENT(OPENED, "opened", "sockets in the later snapshot only", 0),
	EVENT(CLOSED, "closed", "sockets in the earlier snapshot only", 0),
	EVENT(GROWN, "grown", "sockets that hold more than before", 1),
	EVENT(SHRUNK, "shrunk", "sockets that hold less than before", 1),
	EVENT(CHANGED, "changed", "sockets that are in another state", 1),
	EVENT(MOVED, "moved",
	      "sockets that came from other rows, less those that left", 1),
	VALUES(SOCKETS, "sockets", "sockets", INTEGER, RATE),
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
	COLUMN("verdict", TEXT,
	       "direction of the change: growth, decline, churn, steady",
	       .unsorted = true, .get = get_verdict),
};

const struct column_table diff_columns = { columns, ARRAY_SIZE(columns) };

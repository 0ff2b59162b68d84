// SPDX-License-Identifier: LGPL-2.1-or-later
/* trend.c - the columns of the trend of a group over samples */
#include "cli.h"
#include "columns.h"
#include "output/text.h"

#include <math.h>

COLUMN_WHO_GETTERS(trend_row)

struct tcpmem_change trend_change(const struct tcpmem_trend_row *row,
				  enum tcpmem_metric metric)
{
	struct tcpmem_change change = CHANGE_UNKNOWN;

	(void)tcpmem_trend_row_get_change(row, metric, &change);
	return change;
}

static const struct tcpmem_judgement *judged(const struct cell *cell)
{
	return tcpmem_trend_row_get_judgement(cell->row);
}

COLUMN_GETTER(get_verdict, text,
	      tcpmem_trend_class_describe(judged(cell)->trend_class)->name)

static void get_reason(const struct cell *cell, struct value *value)
{
	enum tcpmem_reason reason = judged(cell)->reason;

	if (reason != TCPMEM_REASON_NONE)
		value_set_text(value, tcpmem_reason_describe(reason)->name);
}

static void get_sure(const struct cell *cell, struct value *value)
{
	if (isnan(judged(cell)->sure))
		return;
	value->type = VALUE_PERCENT;
	value->ratio.part = (int64_t)(judged(cell)->sure * 10000 + 0.5);
	value->ratio.whole = 10000;
}

static void get_since(const struct cell *cell, struct value *value)
{
	static char text[WHEN_SIZE]; /* valid until the next cell */

	if (judged(cell)->since_ns == TCPMEM_UNKNOWN)
		return;
	when_text(judged(cell)->since_ns, text);
	value_set_text(value, text);
}

static void get_count(const struct cell *cell, struct value *value)
{
	int64_t count;

	if (tcpmem_trend_row_get_metric(cell->row, cell->column->count,
					&count) == 0)
		value_set_integer(value, count);
}

CHANGE_GETTER(get_first, trend_change, before)
CHANGE_GETTER(get_last, trend_change, after)
CHANGE_GET_PER_MINUTE(trend_change)

static void set_until(struct value *value, int64_t ns)
{
	if (ns != TCPMEM_UNKNOWN)
		value_set_number(value, VALUE_MILLISECONDS, ns / 1000000);
}

static void get_until(const struct cell *cell, struct value *value)
{
	set_until(value, judged(cell)->until_ns);
}

static void get_until_limit(const struct cell *cell, struct value *value)
{
	set_until(value, judged(cell)->until_limit_ns);
}

#define COUNT(id, word, what)                                          \
	COLUMN(word, INTEGER, what, .count = TCPMEM_TREND_METRIC_##id, \
	       .get = get_count)

#define VALUES(id, word, key, unit, per_minute)                         \
	CHANGE_COLUMN(id, word, key, "_first", unit,                    \
		      word " in the first sample", get_first, ),        \
		CHANGE_COLUMN(id, word, key, "_last", unit,             \
			      word " in the last sample", get_last, ),  \
		CHANGE_COLUMN(id, word, key, "_per_minute", per_minute, \
			      "slope of " word " over the samples",     \
			      get_per_minute, .rank = -1,               \
			      .heading = word "/min")

#define BYTES(id, word) VALUES(id, word, word "_bytes", BYTES, BYTES)

static const struct column columns[] = {
	COLUMN_WHO(false),
	COLUMN("verdict", TEXT, "leak, growth, churn or steady",
	       .get = get_verdict),
	COLUMN("reason", TEXT,
	       "kept-open, close-wait; in-use, use-unknown, unread, not-taken",
	       .get = get_reason),
	COLUMN("sure%", PERCENT, "how sure it is that it rises",
	       .json = "sure_percent", .get = get_sure),
	COLUMN("since", TEXT, "when it began", .get = get_since),
	COUNT(OPENED, "opened", "sockets opened during the samples"),
	COUNT(CLOSED, "closed", "sockets closed during the samples"),
	COUNT(KEPT, "kept", "opened sockets that are still open"),
	COUNT(CLOSE_WAIT, "close_wait", "sockets in CLOSE_WAIT"),
	VALUES(SOCKETS, "sockets", "sockets", INTEGER, RATE),
	BYTES(HELD, "held"),
	BYTES(CHARGED, "charged"),
	BYTES(RMEM, "rmem"),
	BYTES(WMEM_QUEUED, "wmem_queued"),
	COLUMN("until", MILLISECONDS,
	       "time until tcp_mem's pressure, if it goes on",
	       .json = "until_pressure_ms", .get = get_until),
	COLUMN("until_limit", MILLISECONDS,
	       "time until the cgroup's limit, likewise",
	       .json = "until_limit_ms", .get = get_until_limit),
};

const struct column_table trend_columns = { columns, ARRAY_SIZE(columns) };

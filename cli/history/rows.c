// SPDX-License-Identifier: LGPL-2.1-or-later
/* rows.c - what each group of a store had, and when: one row each */
#include "history/history.h"

#include "messages.h"
#include "output/file.h"
#include "output/output.h"
#include "output/spark.h"

#include <errno.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

static const struct group_row *group(const struct cell *cell)
{
	return cell->row;
}

#define GETTER(name, sum, member)                                            \
	static void get_##name(const struct cell *cell, struct value *value) \
	{                                                                    \
		value_set_number(value, cell->column->type,                  \
				 group(cell)->member[SUM_##sum]);            \
	}

COLUMN_GETTER(get_key, text, group(cell)->name)
COLUMN_GETTER(get_first, text, group(cell)->first_text)
COLUMN_GETTER(get_last, text, group(cell)->last_text)
COLUMN_GETTER(get_peak_at, text,
	      group(cell)->peak_at ? group(cell)->peak_text : NULL)
COLUMN_GETTER(get_spark, text, group(cell)->spark)
GETTER(held, HELD, now)
GETTER(held_peak, HELD, peak)
GETTER(sockets, SOCKETS, now)
GETTER(sockets_peak, SOCKETS, peak)
GETTER(unread_peak, UNREAD, peak)
GETTER(unsent_peak, UNSENT, peak)
GETTER(close_wait_peak, CLOSE_WAIT, peak)

static const struct column columns[] = {
	COLUMN("key", TEXT, "what the row stands for: a process, a state ...",
	       .wrap = true, .get = get_key),
	COLUMN("first", TEXT, "when it had sockets first, in this span",
	       .get = get_first),
	COLUMN("last", TEXT, "when it had sockets last", .get = get_last),
	COLUMN("sockets", INTEGER, "its sockets at the end of the span",
	       .get = get_sockets),
	COLUMN("sockets_peak", INTEGER, "the most sockets that it had",
	       .get = get_sockets_peak),
	COLUMN("held", BYTES, "bytes held at the end of the span",
	       .json = "held_bytes", .get = get_held),
	COLUMN("held_peak", BYTES, "the most bytes that it held",
	       .json = "held_peak_bytes", .get = get_held_peak),
	COLUMN("peak_at", TEXT, "when it held them", .get = get_peak_at),
	COLUMN("unread_peak", BYTES, "the most bytes not read",
	       .json = "unread_peak_bytes", .get = get_unread_peak),
	COLUMN("unsent_peak", BYTES, "the most bytes not taken by the peer",
	       .json = "unsent_peak_bytes", .get = get_unsent_peak),
	COLUMN("close_wait_peak", INTEGER, "the most sockets in CLOSE_WAIT",
	       .get = get_close_wait_peak),
	COLUMN("held_over_time", TEXT, "bytes held, from begin to end",
	       .on_demand = true, .unsorted = true, .get = get_spark),
};

const struct column_table history_columns = { columns, ARRAY_SIZE(columns) };

static int compare_names(const void *a, const void *b)
{
	const struct group_row *i = a, *j = b;
	int names = strcmp(i->name, j->name);

	if (names || i->start != j->start)
		return names ? names : i->start > j->start ? 1 : -1;
	return (i->boot > j->boot) - (i->boot < j->boot);
}

static struct group_row *make_row(struct history *history,
				  const struct group_row *wanted)
{
	struct group_row *row = calloc(1, sizeof(*row));

	if (!row)
		return NULL;
	*row = *wanted;
	for (int i = 0; i < SUMS_COUNT; i++)
		row->peak[i] = TCPMEM_UNKNOWN;
	row->name = strdup(wanted->name);
	if (row->name && tsearch(row, &history->by_name, compare_names)) {
		history->row[history->rows++] = row;
		row->id = (int64_t)history->rows;
		return row;
	}
	free(row->name);
	free(row);
	return NULL;
}

struct group_row *history_row(struct history *history, const char *name,
			      uint64_t start)
{
	const struct group_row wanted = { .name = (char *)name,
					  .start = start,
					  .boot = start ? history->boots : 0 };
	struct group_row **found =
		tfind(&wanted, &history->by_name, compare_names);
	struct group_row **larger;

	if (found)
		return *found;
	larger = realloc(history->row, (history->rows + 1) * sizeof(*larger));
	if (!larger)
		return NULL;
	history->row = larger;
	return make_row(history, &wanted);
}

/* A file may say anything of its time. */
size_t history_place(const struct history *history, int64_t time)
{
	double begin = (double)history->begin;
	double span = (double)history->end - begin;

	if (span <= 0 || time <= history->begin)
		return 0;
	if (time >= history->end)
		return SPARK_COUNT - 1;
	return (size_t)(((double)time - begin) / span * (SPARK_COUNT - 0.001));
}

/* Of shared sockets, one may have less than one socket's part. Or unknown */
static bool has_any(const struct group_row *row)
{
	return row->now[SUM_SOCKETS] || row->now[SUM_HELD];
}

/* What the last sums were lasts until @time. */
static void last_until(struct history *history, struct group_row *row,
		       int64_t time)
{
	size_t end = history_place(history, time);

	if (!row->seen || !has_any(row))
		return;
	if (!row->lost && time > history->begin && time > row->last)
		row->last = time;
	for (size_t i = history_place(history, row->seen); i <= end; i++)
		row->held[i] = sums_more(row->held[i], row->now[SUM_HELD]);
}

static void count_peak(const struct history *history, struct group_row *row,
		       int64_t time)
{
	history_export_sums(history->export, row, time);
	if (!has_any(row))
		return;
	if (!row->first)
		row->first = time;
	if (time > row->last)
		row->last = time;
	if (row->now[SUM_HELD] > row->peak[SUM_HELD])
		row->peak_at = time;
	for (int i = 0; i < SUMS_COUNT; i++)
		if (row->peak[i] < row->now[i])
			row->peak[i] = row->now[i];
}

/* Of what was before the span, the last row says how it began. */
static void begin_span(const struct history *history, struct group_row *row)
{
	if (row->before)
		count_peak(history, row, history->begin);
	row->before = false;
}

void history_add(struct history *history, struct group_row *row, int64_t time,
		 const int64_t sums[SUMS_COUNT])
{
	if (time > history->begin) {
		begin_span(history, row);
		last_until(history, row, time);
	}
	memcpy(row->now, sums, sizeof(row->now));
	row->lost = false;
	row->before = time < history->begin;
	row->seen = row->before ? history->begin : time;
	if (row->before)
		return;
	count_peak(history, row, time);
	last_until(history, row, time);
}

/* Another boot may start other processes at the same ticks. */
static int count_boot(struct history *history, sqlite3 *db)
{
	sqlite3_stmt *stmt = file_prepare(db, "SELECT boot FROM store");
	const char *boot = sqlite3_step(stmt) == SQLITE_ROW
				   ? (const char *)sqlite3_column_text(stmt, 0)
				   : NULL;
	int ret = file_error(db);

	if (boot && strcmp(boot, history->boot) != 0)
		history->boots++;
	snprintf(history->boot, sizeof(history->boot), "%s", boot ? boot : "");
	sqlite3_finalize(stmt);
	return ret;
}

/*
 * @other: whether "other" has groups of its first look; none has it with a
 * filter
 */
static int find_other(const struct history *history, sqlite3 *db, bool *other)
{
	sqlite3_stmt *stmt = file_prepare(
		db, "SELECT 1 FROM sums JOIN names ON names.id = sums.name"
		    " WHERE time = (SELECT min(time) FROM looks) AND key = ?"
		    " AND names.name = 'other'");
	int ret;

	sqlite3_bind_text(stmt, 1, history->key, -1, SQLITE_STATIC);
	*other = sqlite3_step(stmt) == SQLITE_ROW && !history->options->filter;
	ret = file_error(db);
	sqlite3_finalize(stmt);
	return ret;
}

/* No process of an earlier boot is among the "other" of this one. */
static bool may_be_in_other(const struct history *history,
			    const struct group_row *row)
{
	return !row->start || row->boot == history->boots;
}

/*
 * A file tells all at its first look: who is not in it is gone, or may be in
 * "other".
 */
int history_begin_file(struct history *history, sqlite3 *db, int64_t time)
{
	int64_t begin = time > history->begin ? time : history->begin;
	bool other;
	int ret = find_other(history, db, &other);

	if (ret == 0)
		ret = count_boot(history, db);
	for (size_t i = 0; i < history->rows; i++) {
		struct group_row *row = history->row[i];
		bool lost = other && may_be_in_other(history, row);
		bool changes = lost ? !row->lost : has_any(row);

		begin_span(history, row);
		for (int k = 0; k < SUMS_COUNT; k++)
			row->now[k] = lost ? TCPMEM_UNKNOWN : 0;
		row->lost = lost;
		row->seen = lost ? begin : 0;
		if (row->first && changes && time > history->begin &&
		    time <= history->end)
			history_export_sums(history->export, row, time);
	}
	return ret;
}

/* After the last look of a file nobody knows, unless another one begins. */
void history_end_file(struct history *history, int64_t last)
{
	if (last > history->end)
		last = history->end;
	for (size_t i = 0; i < history->rows; i++) {
		struct group_row *row = history->row[i];

		if (last >= history->begin) {
			begin_span(history, row);
			last_until(history, row, last);
		}
		row->before = false;
		row->seen = 0;
	}
}

void history_when(int64_t time, char text[WHEN_SIZE])
{
	if (time)
		when_text(time * 1000000, text);
	else
		strcpy(text, "-");
}

static int finish_row(struct history *history, struct group_row *row)
{
	size_t size;
	FILE *out;

	for (size_t i = 0; i < SPARK_COUNT; i++)
		if (!history->looked[i])
			row->held[i] = TCPMEM_UNKNOWN;
	history_when(row->first, row->first_text);
	history_when(row->last, row->last_text);
	history_when(row->peak_at, row->peak_text);
	out = memstream_open(&row->spark, &size);
	if (out)
		spark_print(out, row->held, SPARK_COUNT, term_has_utf8());
	return memstream_close(out, &row->spark);
}

static int by_peak(const void *a, const void *b)
{
	const struct group_row *i = *(struct group_row *const *)a;
	const struct group_row *j = *(struct group_row *const *)b;

	if (i->peak[SUM_HELD] != j->peak[SUM_HELD])
		return i->peak[SUM_HELD] < j->peak[SUM_HELD] ? 1 : -1;
	return strcmp(i->name, j->name);
}

void history_json_tail(struct json *json, const void *user)
{
	const struct history *history = user;

	json_bool(json, "complete", !history->left_out && !history->incomplete);
	json_integer(json, "files_left_out", (int64_t)history->left_out);
	if (history->looks) {
		json_integer(json, "looks_incomplete",
			     (int64_t)history->incomplete);
		json_integer(json, "interval_seconds",
			     history->interval_ms / 1000);
	}
}

static void report_intervals(const struct history *history)
{
	if (history->intervals)
		message("%s sums are by %s: the largest of each, at its begin",
			history->intervals < history->looks
				? "of a part of that time the"
				: "the",
			history->interval_ms > tier_interval_ms[TIER_MINUTE]
				? "quarter of an hour"
				: "minute");
}

/* Which rows lack something, sums do not tell. */
static void report_incomplete(const struct history *history)
{
	if (history->incomplete)
		message("not all was seen in %zu of %zu %s: the sums are of "
			"what was seen",
			history->incomplete, history->looks,
			history->intervals ? "looks or intervals" : "looks");
}

int history_print(struct history *history)
{
	struct columns chosen = { .key = history->key };
	struct row_output out = {
		.options = history->options,
		.schema = "tcpmem.history/1",
		.by = history->key,
		.columns = &chosen,
		.json_tail = history_json_tail,
		.user = history,
	};
	size_t printed = 0;
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < history->rows; i++)
		ret = finish_row(history, history->row[i]);
	if (ret) {
		message("out of memory");
		return EXIT_FAILED;
	}
	ret = row_output_columns(history->options, &history_columns,
				 "key,held_over_time,held,held_peak,"
				 "peak_at,first,last",
				 &chosen);
	if (ret)
		return ret;
	if (history->rows)
		qsort(history->row, history->rows, sizeof(*history->row),
		      by_peak);
	row_output_open(&out);
	for (size_t i = 0; ret == 0 && i < history->rows; i++) {
		if (!history->row[i]->first)
			continue;
		if (history->options->limited &&
		    printed++ == history->options->limit)
			break;
		ret = row_output_row(&out, NULL, history->row[i]);
	}
	ret = row_output_end(&out, ret);
	if (ret == EXIT_DONE && history->options->format != FORMAT_JSON) {
		report_intervals(history);
		report_incomplete(history);
	}
	return ret;
}

static void keep_row(void *row)
{
	(void)row;
}

void history_free(struct history *history)
{
	tdestroy(history->by_name, keep_row);
	for (size_t i = 0; i < history->rows; i++) {
		free(history->row[i]->name);
		free(history->row[i]->spark);
		free(history->row[i]);
	}
	free(history->row);
	free(history->of_id);
}

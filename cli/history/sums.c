// SPDX-License-Identifier: LGPL-2.1-or-later
/* sums.c - the sums beside the looks of a store, as rows */
#include "history/history.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int read_names(struct history *history, sqlite3 *db)
{
	sqlite3_stmt *stmt = file_prepare(
		db, "SELECT id, name, (SELECT start FROM names WHERE id = n.id)"
		    " FROM names n, (SELECT NULL AS start)"
		    " WHERE key = ? ORDER BY id");
	int ret = 0;

	free(history->of_id);
	history->of_id = NULL;
	history->ids = 0;
	sqlite3_bind_text(stmt, 1, history->key, -1, SQLITE_STATIC);
	while (ret == 0 && sqlite3_step(stmt) == SQLITE_ROW) {
		int64_t id = sqlite3_column_int64(stmt, 0);
		const char *name = (const char *)sqlite3_column_text(stmt, 1);
		struct group_row **larger;

		if (id < 1 || id > 10000000 || !name)
			continue;
		larger = realloc(history->of_id,
				 ((size_t)id + 1) * sizeof(*larger));
		if (!larger) {
			ret = -ENOMEM;
			break;
		}
		for (size_t i = history->ids; i <= (size_t)id; i++)
			larger[i] = NULL;
		history->of_id = larger;
		history->ids = (size_t)id + 1;
		larger[id] = history_row(
			history, name, (uint64_t)sqlite3_column_int64(stmt, 2));
		ret = larger[id] ? 0 : -ENOMEM;
	}
	if (ret == 0)
		ret = file_error(db);
	sqlite3_finalize(stmt);
	return ret;
}

static int read_sums(struct history *history, sqlite3 *db)
{
	sqlite3_stmt *stmt = file_prepare(
		db, "SELECT time, name, sockets, held, charged, unread,"
		    " unsent, close_wait FROM sums WHERE time <= ?"
		    " ORDER BY time");
	int64_t sums[SUMS_COUNT];

	sqlite3_bind_int64(stmt, 1, history->end);
	while (sqlite3_step(stmt) == SQLITE_ROW) {
		int64_t id = sqlite3_column_int64(stmt, 1);

		if (id < 1 || (size_t)id >= history->ids || !history->of_id[id])
			continue;
		sums_column(stmt, 2, sums);
		history_add(history, history->of_id[id],
			    sqlite3_column_int64(stmt, 0), sums);
	}
	sqlite3_finalize(stmt);
	return file_error(db);
}

/* Sums of an interval are of all of it, as far as it is asked for. */
static int64_t interval_end(const struct history *history, int64_t interval,
			    int64_t last)
{
	int64_t end = (last / interval + 1) * interval;

	return end < history->span.until ? end : history->span.until;
}

static void count_look(struct history *history, int64_t interval, bool complete)
{
	history->looks++;
	history->incomplete += !complete;
	history->intervals += interval > 0;
	if (history->interval_ms < interval)
		history->interval_ms = interval;
}

/* Where looks follow each other, the sums of the one last until the next. */
int history_mark_looks(struct history *history, sqlite3 *db, enum tier tier,
		       int64_t *last)
{
	sqlite3_stmt *stmt = file_prepare(
		db, "SELECT time, every_ms, took_us, cpu_us, complete FROM "
		    "looks, store WHERE time <= ? ORDER BY time");
	int64_t lasts = 0, interval = tier_interval_ms[tier];

	sqlite3_bind_int64(stmt, 1, history->end);
	for (*last = 0; sqlite3_step(stmt) == SQLITE_ROW;) {
		int64_t time = sqlite3_column_int64(stmt, 0);
		size_t from = history_place(history, time);

		if (*last && time - *last <= lasts)
			from = history_place(history, *last);
		for (size_t i = from; i <= history_place(history, time); i++)
			history->looked[i] |= time >= history->begin;
		if (time >= history->begin) {
			count_look(history, interval,
				   sqlite3_column_int64(stmt, 4));
			history_export_look(history->export, time,
					    sqlite3_column_int64(stmt, 4));
		}
		*last = time;
		lasts = interval + store_lasts(sqlite3_column_int64(stmt, 1),
					       sqlite3_column_int64(stmt, 2),
					       sqlite3_column_int64(stmt, 3));
	}
	if (interval && *last && *last >= history->begin)
		*last = interval_end(history, interval, *last);
	sqlite3_finalize(stmt);
	return file_error(db) ? file_error(db)
			      : history_export_marks(history, db);
}

static int add_file(sqlite3 *db, const struct file_entry *entry, void *user)
{
	struct history *history = user;
	int64_t last = entry->begin;
	int ret = history_begin_file(history, db, entry->begin);

	if (ret == 0)
		ret = read_names(history, db);
	if (ret == 0)
		ret = read_sums(history, db);
	if (ret == 0)
		ret = history_mark_looks(history, db, entry->tier, &last);
	history_end_file(history, last);
	return ret;
}

int history_read_sums(struct history *history, char why[FILE_TEXT_SIZE])
{
	return store_each_file(history->options->from, &history->span, add_file,
			       history, &history->left_out, why);
}

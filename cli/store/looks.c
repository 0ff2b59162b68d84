// SPDX-License-Identifier: LGPL-2.1-or-later
/* looks.c - all looks of a span of time */
#include "store/store.h"

#include "messages.h"

#include <errno.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int store_span(const char *since, const char *until, struct store_span *span,
	       const char **wrong)
{
	int64_t now = store_now();

	*span = (struct store_span){ INT64_MIN, INT64_MAX };
	*wrong = since;
	if (since && store_time(since, now, &span->since) < 0)
		return -EINVAL;
	*wrong = until;
	if (until && store_time(until, now, &span->until) < 0)
		return -EINVAL;
	return 0;
}

static int add_time(struct store_times *times, int64_t time)
{
	size_t room = times->count + times->count / 2 + 256;
	int64_t *larger = times->time;

	if (times->count == times->room) {
		larger = realloc(larger, room * sizeof(*larger));
		if (!larger)
			return -ENOMEM;
		times->time = larger;
		times->room = room;
	}
	larger[times->count++] = time;
	return 0;
}

static int add_file(sqlite3 *db, const struct store_span *span,
		    struct store_times *times)
{
	sqlite3_stmt *stmt = file_prepare(db, "SELECT time FROM looks WHERE "
					      "time BETWEEN ? AND ?");
	int ret = 0;

	sqlite3_bind_int64(stmt, 1, span->since);
	sqlite3_bind_int64(stmt, 2, span->until);
	while (ret == 0 && sqlite3_step(stmt) == SQLITE_ROW)
		ret = add_time(times, sqlite3_column_int64(stmt, 0));
	if (ret == 0)
		ret = file_error(db);
	sqlite3_finalize(stmt);
	return ret;
}

static int compare_paths(const void *a, const void *b)
{
	return strcmp(a, b);
}

/*
 * A command reads a store several times, each time other tables: whichever
 * finds a file damaged tells, and only the first.
 */
static void report_damaged(const char *dir, const char *name, const char *text)
{
	static void *told;
	char *path = NULL;
	char **found;

	if (asprintf(&path, "%s/%s", dir, name) < 0) {
		message("%s/%s is left out: %s", dir, name, text);
		return;
	}
	found = tsearch(path, &told, compare_paths);
	if (!found || *found == path)
		message("%s is left out: %s", path, text);
	if (!found || *found != path)
		free(path);
}

int store_each_file(const char *dir, const struct store_span *span,
		    int (*each)(sqlite3 *db, const struct file_entry *entry,
				void *user),
		    void *user, size_t *left_out, char why[FILE_TEXT_SIZE])
{
	char text[FILE_TEXT_SIZE];
	struct file_list list;
	int ret = file_list_read(dir, &list);

	if (ret)
		snprintf(why, FILE_TEXT_SIZE, "%s", file_list_error(ret));
	file_list_best(&list);
	for (size_t i = 0; ret == 0 && i < list.count; i++) {
		const struct file_entry *entry = &list.entry[i];
		sqlite3 *db;

		if (entry->begin > span->until ||
		    entry->begin + FILE_SPAN_MS < span->since)
			continue;
		ret = file_open(dir, entry->name, &db, text);
		if (ret == 0) {
			ret = each(db, entry, user);
			if (ret < 0)
				file_why(db, ret, text);
		}
		sqlite3_close(db);
		/* the others are as good as they were */
		if (ret == -EBADMSG) {
			report_damaged(dir, entry->name, text);
			if (left_out)
				(*left_out)++;
			ret = 0;
		}
		/* the recorder has removed it meanwhile */
		if (ret == -ENOENT)
			ret = 0;
		if (ret < 0)
			snprintf(why, FILE_TEXT_SIZE, "%.60s: %.90s",
				 entry->name, text);
	}
	file_list_free(&list);
	return ret;
}

static const char *text_of(sqlite3_stmt *stmt, int column)
{
	const char *text = (const char *)sqlite3_column_text(stmt, column);

	return text ? text : "";
}

int store_each_mark(sqlite3 *db, const struct store_span *span,
		    int (*each)(int64_t time, const char *kind,
				const char *text, void *user),
		    void *user)
{
	sqlite3_stmt *stmt = file_prepare(
		db, "SELECT time, kind, text FROM marks WHERE time BETWEEN ? "
		    "AND ? ORDER BY time");
	int ret = 0;

	sqlite3_bind_int64(stmt, 1, span->since);
	sqlite3_bind_int64(stmt, 2, span->until);
	while (ret == 0 && sqlite3_step(stmt) == SQLITE_ROW)
		ret = each(sqlite3_column_int64(stmt, 0), text_of(stmt, 1),
			   text_of(stmt, 2), user);
	if (ret == 0)
		ret = file_error(db);
	sqlite3_finalize(stmt);
	return ret;
}

struct times_run {
	const struct store_span *span;
	struct store_times *times;
	bool detail;
};

static int add_times(sqlite3 *db, const struct file_entry *entry, void *user)
{
	struct times_run *run = user;

	if (run->detail && !tier_has_detail(entry->tier))
		return 0;
	return add_file(db, run->span, run->times);
}

int store_times_compare(const void *a, const void *b)
{
	const int64_t *i = a, *j = b;

	return (*i > *j) - (*i < *j);
}

void store_times_sort(struct store_times *times)
{
	size_t count = 0;

	qsort(times->time, times->count, sizeof(*times->time),
	      store_times_compare);
	for (size_t i = 0; i < times->count; i++)
		if (!count || times->time[i] != times->time[count - 1])
			times->time[count++] = times->time[i];
	times->count = count;
}

int store_times(const char *dir, const struct store_span *span, bool detail,
		struct store_times *times, char why[FILE_TEXT_SIZE])
{
	struct times_run run = { span, times, detail };
	int ret;

	*times = (struct store_times){ 0 };
	ret = store_each_file(dir, span, add_times, &run, NULL, why);
	if (ret == 0 && !times->count) {
		snprintf(why, FILE_TEXT_SIZE, "no look of that time%s",
			 detail ? "; older ones leave sums alone, see 'tcpmem "
				  "history'"
				: "");
		ret = -ENODATA;
	}
	if (ret)
		free(times->time);
	return ret;
}

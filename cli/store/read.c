// SPDX-License-Identifier: LGPL-2.1-or-later
/* read.c - a store's looks: found by time, made into captures again */
#include "store/frame.h"
#include "store/store.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The longest chain of looks that rest on each other. */
#define CHAIN_MAX 1000

/* The look at @time, decoded on top of @base, which it takes the place of. */
static int decode_row(sqlite3_stmt *stmt, bool first, struct frame *base)
{
	const void *detail = sqlite3_column_blob(stmt, 2);
	int len = sqlite3_column_bytes(stmt, 2);
	struct frame frame;
	int ret;

	if (!detail || len < 0 ||
	    crc32c(0, detail, (size_t)len) !=
		    (uint32_t)sqlite3_column_int64(stmt, 1))
		return -EBADMSG;
	ret = frame_decode(detail, (size_t)len, first ? NULL : base, &frame);
	if (ret)
		return ret;
	frame_free(base);
	*base = frame;
	return 0;
}

static int step(sqlite3 *db, sqlite3_stmt *stmt, int64_t time)
{
	sqlite3_reset(stmt);
	sqlite3_bind_int64(stmt, 1, time);
	if (sqlite3_step(stmt) == SQLITE_ROW)
		return 0;
	return file_error(db) ? file_error(db) : -EBADMSG;
}

/* The times of the looks that @time rests on, from itself to a full one */
static int find_chain(sqlite3 *db, sqlite3_stmt *stmt, int64_t time,
		      int64_t *chain, size_t *count)
{
	for (*count = 0; *count < CHAIN_MAX;) {
		int ret = step(db, stmt, time);
		int64_t base;

		if (ret)
			return ret;
		chain[(*count)++] = time;
		if (sqlite3_column_type(stmt, 0) == SQLITE_NULL)
			return 0;
		base = sqlite3_column_int64(stmt, 0);
		if (base >= time)
			return -EBADMSG;
		time = base;
	}
	return -EBADMSG;
}

int store_decode(sqlite3 *db, int64_t time, struct bytes *capture)
{
	sqlite3_stmt *stmt = file_prepare(db, "SELECT base, crc, detail FROM "
					      "looks WHERE time = ?");
	int64_t *chain = calloc(CHAIN_MAX, sizeof(*chain));
	struct frame frame = { 0 };
	size_t count = 0;
	int ret = stmt && chain ? 0 : -ENOMEM;

	if (ret == 0)
		ret = find_chain(db, stmt, time, chain, &count);
	for (size_t i = count; ret == 0 && i--;) {
		ret = step(db, stmt, chain[i]);
		if (ret == 0)
			ret = decode_row(stmt, i + 1 == count, &frame);
	}
	if (ret == 0)
		ret = frame_join(&frame, capture);
	sqlite3_finalize(stmt);
	frame_free(&frame);
	free(chain);
	return ret;
}

static int64_t read_one(sqlite3 *db, const char *sql, int64_t time)
{
	sqlite3_stmt *stmt = file_prepare(db, sql);
	int64_t value = 0;

	sqlite3_bind_int64(stmt, 1, time);
	if (sqlite3_step(stmt) == SQLITE_ROW)
		value = sqlite3_column_int64(stmt, 0);
	sqlite3_finalize(stmt);
	return value;
}

/* Return: 0; 1: no look in it is so old; -errno. */
static int find_look(sqlite3 *db, int64_t time, struct store_found *found)
{
	found->time = read_one(
		db, "SELECT max(time) FROM looks WHERE time <= ?", time);
	found->next = read_one(db, "SELECT min(time) FROM looks WHERE time > ?",
			       time);
	found->lasts_ms = store_lasts(
		read_one(db, "SELECT every_ms FROM store", 0),
		read_one(db, "SELECT took_us FROM looks WHERE time = ?",
			 found->time),
		read_one(db, "SELECT cpu_us FROM looks WHERE time = ?",
			 found->time));
	if (file_error(db))
		return file_error(db);
	return found->time ? 0 : 1;
}

static int load(const char *dir, const struct file_entry *entry, int64_t time,
		struct bytes *capture, struct store_found *found,
		char why[FILE_TEXT_SIZE])
{
	char text[FILE_TEXT_SIZE];
	sqlite3 *db;
	int ret = file_open(dir, entry->name, &db, text);

	if (ret == 0) {
		ret = find_look(db, time, found);
		if (ret == 0)
			ret = store_decode(db, found->time, capture);
		if (ret < 0)
			snprintf(text, sizeof(text), "%s",
				 file_error(db) ? sqlite3_errmsg(db)
						: "the look is damaged");
	}
	sqlite3_close(db);
	if (ret < 0)
		snprintf(why, FILE_TEXT_SIZE, "%.60s: %.90s", entry->name,
			 text);
	return ret;
}

/* Of a time without a look, @found tells what there is. */
static int find_file(const char *dir, const struct file_list *list,
		     int64_t time, struct bytes *capture,
		     struct store_found *found, char why[FILE_TEXT_SIZE])
{
	int64_t next = 0;
	int ret = 1;

	for (size_t i = list->count; ret == 1 && i--;) {
		const struct file_entry *entry = &list->entry[i];

		if (!tier_has_detail(entry->tier)) {
			found->sums |= entry->begin <= time &&
				       time < entry->begin + FILE_SPAN_MS;
			continue;
		}
		if (entry->begin > time)
			next = entry->begin;
		else
			ret = load(dir, entry, time, capture, found, why);
	}
	if (!found->next)
		found->next = next;
	return ret;
}

int store_capture(const char *dir, int64_t time, struct bytes *capture,
		  struct store_found *found, char why[FILE_TEXT_SIZE])
{
	struct file_list list;
	int ret = file_list_read(dir, &list);

	*why = '\0';
	*found = (struct store_found){ 0 };
	if (ret) {
		snprintf(why, FILE_TEXT_SIZE, "%s", strerror(-ret));
		return ret;
	}
	file_list_best(&list);
	ret = find_file(dir, &list, time, capture, found, why);
	if (ret == 1)
		snprintf(why, FILE_TEXT_SIZE, "%s",
			 list.count ? "no look is so old" : "no looks in it");
	file_list_free(&list);
	return ret == 1 ? -ENODATA : ret;
}

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

int store_decode_row(struct frame_decoder *decoder, sqlite3_stmt *stmt,
		     struct frame *frame)
{
	const void *detail = sqlite3_column_blob(stmt, 2);
	int len = sqlite3_column_bytes(stmt, 2);

	if (!detail || len < 0 ||
	    crc32c(0, detail, (size_t)len) !=
		    (uint32_t)sqlite3_column_int64(stmt, 1))
		return -EBADMSG;
	return frame_decode(decoder, detail, (size_t)len, frame);
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
	struct frame_decoder decoder = { 0 };
	struct frame frame = { 0 };
	size_t count = 0;
	int ret = stmt && chain ? 0 : -ENOMEM;

	if (ret == 0)
		ret = find_chain(db, stmt, time, chain, &count);
	for (size_t i = count; ret == 0 && i--;) {
		ret = step(db, stmt, chain[i]);
		if (ret == 0)
			ret = store_decode_row(&decoder, stmt, &frame);
	}
	frame_decoder_free(&decoder);
	if (ret == 0)
		ret = frame_join(&frame, capture);
	sqlite3_finalize(stmt);
	frame_free(&frame);
	free(chain);
	return ret;
}

/* @value: 0 if there is no row. Return: 0 or -errno. */
static int read_one(sqlite3 *db, const char *sql, int64_t time, int64_t *value)
{
	sqlite3_stmt *stmt = file_prepare(db, sql);
	int ret;

	*value = 0;
	sqlite3_bind_int64(stmt, 1, time);
	if (sqlite3_step(stmt) == SQLITE_ROW)
		*value = sqlite3_column_int64(stmt, 0);
	ret = file_error(db);
	sqlite3_finalize(stmt);
	return ret;
}

static int read_cost(sqlite3 *db, int64_t time, struct store_cost *cost)
{
	sqlite3_stmt *stmt = file_prepare(
		db, "SELECT took_us, cpu_us, rss FROM looks WHERE time = ?");
	int ret;

	*cost = (struct store_cost){ 0 };
	sqlite3_bind_int64(stmt, 1, time);
	if (sqlite3_step(stmt) == SQLITE_ROW)
		*cost = (struct store_cost){ sqlite3_column_int64(stmt, 0),
					     sqlite3_column_int64(stmt, 1),
					     sqlite3_column_int64(stmt, 2) };
	ret = file_error(db);
	sqlite3_finalize(stmt);
	return ret;
}

/* Return: 0; 1: no look in it is so old; -errno. */
static int find_look(sqlite3 *db, int64_t time, struct store_found *found)
{
	int ret = read_one(db, "SELECT max(time) FROM looks WHERE time <= ?",
			   time, &found->time);

	if (ret == 0)
		ret = read_one(db, "SELECT min(time) FROM looks WHERE time > ?",
			       time, &found->next);
	if (ret == 0)
		ret = read_cost(db, found->time, &found->cost);
	if (ret == 0)
		ret = read_one(db, "SELECT every_ms FROM store", 0,
			       &found->every_ms);
	if (ret < 0)
		return ret;
	found->lasts_ms = store_lasts(found->every_ms, found->cost.took_us,
				      found->cost.cpu_us);
	return found->time ? 0 : 1;
}

/*
 * struct search - for the last look at or before @time
 * @db: the file that has the latest of those found; NULL: none is found
 * @found: what it is
 */
struct search {
	const char *dir;
	int64_t time;
	sqlite3 *db;
	const struct file_entry *entry;
	struct store_found *found;
	char *why;
};

static void describe(const struct search *search,
		     const struct file_entry *entry, const char *text)
{
	snprintf(search->why, FILE_TEXT_SIZE, "%.60s: %.90s", entry->name,
		 text);
}

static void take(struct search *search, const struct file_entry *entry,
		 sqlite3 *db, const struct store_found *found)
{
	sqlite3_close(search->db);
	search->db = db;
	search->entry = entry;
	search->found->time = found->time;
	search->found->every_ms = found->every_ms;
	search->found->lasts_ms = found->lasts_ms;
	search->found->cost = found->cost;
}

static int search_file(struct search *search, const struct file_entry *entry)
{
	struct store_found found = { 0 };
	char text[FILE_TEXT_SIZE];
	sqlite3 *db;
	int ret = file_open(search->dir, entry->name, &db, text);

	if (ret == 0) {
		ret = find_look(db, search->time, &found);
		if (ret < 0)
			file_why(db, ret, text);
	}
	if (found.next &&
	    (!search->found->next || found.next < search->found->next))
		search->found->next = found.next;
	if (ret == 0 && found.time > search->found->time)
		take(search, entry, db, &found);
	else
		sqlite3_close(db);
	/* the recorder has removed it meanwhile */
	if (ret == -ENOENT)
		return 0;
	if (ret < 0)
		describe(search, entry, text);
	return ret < 0 ? ret : 0;
}

/*
 * After the clock was set back, a file of earlier begin may have the later
 * looks of the same hour.
 */
static bool is_worth(const struct search *search,
		     const struct file_entry *entry)
{
	int64_t end = (entry->begin / FILE_SPAN_MS + 1) * FILE_SPAN_MS;

	if (!search->db)
		return true;
	return search->time != INT64_MAX && end > search->found->time &&
	       search->time > search->found->time;
}

/* Of a time without a look, @search->found tells what there is. */
static int find_file(struct search *search, const struct file_list *list)
{
	struct store_found *found = search->found;
	int ret = 0;

	for (size_t i = list->count; ret == 0 && i--;) {
		const struct file_entry *entry = &list->entry[i];

		if (!tier_has_detail(entry->tier))
			found->sums |= entry->begin <= search->time &&
				       search->time <
					       entry->begin + FILE_SPAN_MS;
		else if (entry->begin > search->time)
			found->next = entry->begin;
		else if (is_worth(search, entry))
			ret = search_file(search, entry);
		/* a file that is damaged keeps no other one from answering */
		if (ret == -EBADMSG && search->db)
			ret = 0;
	}
	return ret;
}

static int decode_found(const struct search *search, struct bytes *capture)
{
	int ret = store_decode(search->db, search->found->time, capture);
	char text[FILE_TEXT_SIZE];

	if (!ret)
		return 0;
	file_why(search->db, ret, text);
	describe(search, search->entry,
		 ret == -EBADMSG && !file_error(search->db)
			 ? "the look is damaged"
			 : text);
	return ret;
}

int store_capture(const char *dir, int64_t time, struct bytes *capture,
		  struct store_found *found, char why[FILE_TEXT_SIZE])
{
	struct search search = { dir, time, .found = found, .why = why };
	struct file_list list;
	int ret = file_list_read(dir, &list);

	*why = '\0';
	*found = (struct store_found){ 0 };
	if (ret) {
		snprintf(why, FILE_TEXT_SIZE, "%s", file_list_error(ret));
		return ret;
	}
	file_list_best(&list);
	ret = find_file(&search, &list);
	if (ret == 0 && search.db) {
		ret = decode_found(&search, capture);
	} else if (ret == 0) {
		snprintf(why, FILE_TEXT_SIZE, "%s",
			 list.count ? "no look is so old" : "no looks in it");
		ret = -ENODATA;
	}
	sqlite3_close(search.db);
	file_list_free(&list);
	return ret;
}

// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * tier.c - what stays of looks that are too old: their sums
 *
 * They are made of a file of looks once it has ended, so that a crash costs no
 * more of them than of the looks.
 */
#include "store/tier.h"

#include "store/sums.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/*
 * struct tier_run - a file in the making
 * @rows: of the file of looks, by time; @more: it is at one
 */
struct tier_run {
	sqlite3 *db;
	int64_t interval;
	struct sums sums;
	sqlite3_stmt *rows;
	bool more;
};

static int run_sql(sqlite3 *db, const char *sql, int64_t number)
{
	sqlite3_stmt *stmt = file_prepare(db, sql);

	sqlite3_bind_int64(stmt, 1, number);
	sqlite3_step(stmt);
	sqlite3_finalize(stmt);
	return file_error(db);
}

static int attach(sqlite3 *db, const char *dir, const char *name)
{
	char *path = sqlite3_mprintf("%s/%s", dir, name);
	sqlite3_stmt *stmt = file_prepare(db, "ATTACH ? AS old");

	sqlite3_bind_text(stmt, 1, path, -1, SQLITE_STATIC);
	sqlite3_step(stmt);
	sqlite3_finalize(stmt);
	sqlite3_free(path);
	return file_error(db);
}

/*
 * Of what came and went between, the most; of completeness, the least. Where
 * one look does not know a number it was 1 at least, or is not known: max()
 * would pass over NULL.
 */
static int copy_looks(const struct tier_run *run)
{
	int ret = run_sql(
		run->db,
		"INSERT INTO looks SELECT min(time), min(boot_ms), NULL, 0,"
		" nullif(max(ifnull(sockets, .5)), .5),"
		" nullif(max(ifnull(held, .5)), .5),"
		" nullif(max(ifnull(charged, .5)), .5),"
		" nullif(max(ifnull(unread, .5)), .5),"
		" nullif(max(ifnull(unsent, .5)), .5),"
		" nullif(max(ifnull(close_wait, .5)), .5),"
		" nullif(max(ifnull(tcp_mem_used, .5)), .5),"
		" nullif(max(ifnull(tcp_mem_low, .5)), .5),"
		" nullif(max(ifnull(tcp_mem_pressure, .5)), .5),"
		" nullif(max(ifnull(tcp_mem_high, .5)), .5),"
		" nullif(max(ifnull(pressure, .5)), .5),"
		" nullif(max(ifnull(orphans, .5)), .5),"
		" nullif(max(ifnull(time_wait, .5)), .5),"
		" min(complete), sum(took_us), sum(cpu_us), max(rss), NULL"
		" FROM old.looks GROUP BY time / ?",
		run->interval);

	return ret ? ret
		   : file_exec(run->db,
			       "INSERT INTO marks SELECT * FROM old.marks");
}

static void next_row(struct tier_run *run)
{
	run->more = sqlite3_step(run->rows) == SQLITE_ROW;
}

static int set_row(struct tier_run *run)
{
	const char *key = (const char *)sqlite3_column_text(run->rows, 1);
	const char *name = (const char *)sqlite3_column_text(run->rows, 2);
	uint64_t start = (uint64_t)sqlite3_column_int64(run->rows, 3);
	int64_t value[SUMS_COUNT];

	sums_column(run->rows, 4, value);
	for (size_t i = 0; key && name && sums_keys[i]; i++)
		if (strcmp(sums_keys[i], key) == 0)
			return sums_set(&run->sums, sums_keys[i], name, start,
					value);
	return 0;
}

/* All that was written from @time until its interval ends */
static int copy_interval(struct tier_run *run, int64_t time)
{
	int ret = 0;

	while (ret == 0 && run->more &&
	       sqlite3_column_int64(run->rows, 0) / run->interval <=
		       time / run->interval) {
		ret = set_row(run);
		next_row(run);
	}
	return ret ? ret : sums_write(&run->sums, run->db, time);
}

static int copy_sums(struct tier_run *run)
{
	sqlite3_stmt *times = file_prepare(
		run->db, "SELECT time FROM main.looks ORDER BY time");
	int ret = 0;

	if (!times)
		return file_error(run->db);
	run->rows = file_prepare(
		run->db, "SELECT time, key, n.name,"
			 " (SELECT start FROM old.names WHERE id = n.id),"
			 " sockets, held, charged, unread, unsent, close_wait"
			 " FROM old.sums JOIN old.names n"
			 " ON n.id = old.sums.name, (SELECT NULL AS start)"
			 " ORDER BY time");
	ret = file_error(run->db);
	next_row(run);
	while (ret == 0 && sqlite3_step(times) == SQLITE_ROW) {
		int64_t time = sqlite3_column_int64(times, 0);

		ret = copy_interval(run, time);
		if (ret == 0)
			ret = file_seal_write(run->db, time);
	}
	sqlite3_finalize(run->rows);
	if (ret == 0)
		ret = file_error(run->db);
	sqlite3_finalize(times);
	return ret ? ret : file_error(run->db);
}

static int fill(const char *dir, const struct file_entry *look,
		struct tier_run *run)
{
	int ret = attach(run->db, dir, look->name);

	if (ret == 0)
		ret = file_exec(run->db, "BEGIN");
	if (ret == 0)
		ret = sums_open(run->db, &run->sums);
	if (ret == 0)
		ret = copy_looks(run);
	if (ret == 0)
		ret = copy_sums(run);
	sums_close(&run->sums);
	return ret ? ret : file_exec(run->db, "COMMIT; DETACH old");
}

static int read_about(sqlite3 *db, char text[2][128], struct file_about *about)
{
	sqlite3_stmt *stmt =
		file_prepare(db, "SELECT boot, host, every_ms FROM store");
	int ret = sqlite3_step(stmt) == SQLITE_ROW ? 0 : -EBADMSG;

	for (int i = 0; ret == 0 && i < 2; i++) {
		const char *from = (const char *)sqlite3_column_text(stmt, i);

		snprintf(text[i], sizeof(text[i]), "%s", from ? from : "");
	}
	*about = (struct file_about){ text[0], text[1],
				      sqlite3_column_int64(stmt, 2) };
	sqlite3_finalize(stmt);
	return ret;
}

static void make_one(const char *dir, const struct file_entry *look,
		     enum tier tier)
{
	struct tier_run run = { .interval = tier_interval_ms[tier] };
	char why[FILE_TEXT_SIZE], text[2][128];
	struct file_about about;
	struct file_entry entry;
	sqlite3 *old;
	/* its tables are looked at before anything is read of it */
	int ret = file_open(dir, look->name, &old, why);

	if (ret)
		return;
	ret = read_about(old, text, &about);
	sqlite3_close(old);
	if (ret == 0)
		ret = file_make(dir, &about, &run.db, why);
	if (ret == 0)
		ret = fill(dir, look, &run);
	file_entry_make(tier, look->begin, &entry);
	if (ret == 0)
		(void)file_publish(dir, entry.name, run.db);
	else
		sqlite3_close(run.db);
}

void tier_make(const char *dir, const struct file_entry *look)
{
	make_one(dir, look, TIER_MINUTE);
	make_one(dir, look, TIER_QUARTER);
}

void tier_make_missing(const char *dir)
{
	struct file_list list;

	if (file_list_read(dir, &list) < 0)
		return;
	for (size_t i = 0; i < list.count; i++)
		if (list.entry[i].tier == TIER_LOOK &&
		    !file_list_has(&list, TIER_QUARTER, list.entry[i].begin)) {
			file_finish(dir, list.entry[i].name);
			tier_make(dir, &list.entry[i]);
		}
	file_list_free(&list);
}

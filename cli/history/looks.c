// SPDX-License-Identifier: LGPL-2.1-or-later
/* looks.c - the sockets of a store's looks that match a filter, as rows */
#include "history/history.h"

#include "columns/columns.h"
#include "messages.h"
#include "progress.h"
#include "session.h"
#include "store/frame.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The last looks that one rests on; else they are decoded again. */
#define KEPT 40

struct kept_look {
	struct frame frame;
	int64_t time;
};

/*
 * struct replay_run - @kept: the last look, behind those that it rests on
 * @count: of the looks, of which @incomplete do not have all that is asked
 */
struct replay_run {
	struct history *history;
	struct session session;
	struct frame_decoder decoder;
	struct kept_look kept[KEPT];
	size_t kept_count;
	size_t count;
	size_t incomplete;
};

static int add_row(struct replay_run *run, int64_t time,
		   const struct tcpmem_row *row)
{
	const struct tcpmem_subject *subject = tcpmem_row_get_subject(row);
	struct group_row *group =
		history_row(run->history, subject->key, subject_start(subject));
	int64_t sums[SUMS_COUNT];

	if (!group)
		return -ENOMEM;
	sums_read(row, sums);
	group->look = run->count;
	history_add(run->history, group, time, sums);
	return 0;
}

/* Groups of the look before that are not in this one have nothing. */
static int add_look(struct replay_run *run, int64_t time,
		    const struct tcpmem_snapshot *snap)
{
	static const int64_t nothing[SUMS_COUNT];
	struct history *history = run->history;
	struct tcpmem_table *table = NULL;
	int ret = tcpmem_group(snap, history->key, &table);

	run->count++;
	for (size_t i = 0; ret == 0 && i < tcpmem_table_get_row_count(table);
	     i++)
		ret = add_row(run, time, tcpmem_table_get_row(table, i));
	for (size_t i = 0; ret == 0 && i < history->rows; i++)
		if (history->row[i]->look + 1 == run->count)
			history_add(history, history->row[i], time, nothing);
	tcpmem_table_free(table);
	return ret;
}

static int load(struct replay_run *run)
{
	const struct kept_look *look = &run->kept[run->kept_count - 1];
	struct tcpmem_snapshot *snap = NULL;
	struct bytes capture = { 0 };
	int ret = frame_join(&look->frame, &capture);

	if (ret == 0)
		ret = session_load_bytes(&run->session, &capture, &snap);
	if (ret == 0)
		ret = add_look(run, look->time, snap);
	run->incomplete += ret == 0 && !tcpmem_snapshot_is_complete(snap);
	tcpmem_snapshot_free(snap);
	bytes_free(&capture);
	return ret;
}

static void keep(struct replay_run *run, const struct frame *frame,
		 int64_t time)
{
	if (run->kept_count == KEPT) {
		frame_free(&run->kept[0].frame);
		memmove(run->kept, run->kept + 1,
			--run->kept_count * sizeof(*run->kept));
	}
	run->kept[run->kept_count++] = (struct kept_look){ *frame, time };
}

/* Looks behind the one at @time are needed no more: none will rest on them. */
static void forget(struct replay_run *run, int64_t time)
{
	while (run->kept_count && run->kept[run->kept_count - 1].time != time)
		frame_free(&run->kept[--run->kept_count].frame);
}

static int find_base(struct replay_run *run, sqlite3 *db, int64_t time)
{
	struct bytes capture = { 0 };
	struct frame frame;
	int ret;

	forget(run, time);
	if (run->kept_count)
		return 0;
	ret = store_decode(db, time, &capture);
	if (ret == 0)
		ret = frame_split(capture.data, capture.used, &frame);
	if (ret == 0)
		keep(run, &frame, time);
	bytes_free(&capture);
	return ret;
}

static int decode(struct replay_run *run, sqlite3 *db, sqlite3_stmt *stmt)
{
	bool full = sqlite3_column_type(stmt, 3) == SQLITE_NULL;
	struct frame frame = { 0 };
	int ret = 0;

	if (full)
		forget(run, 0);
	else
		ret = find_base(run, db, sqlite3_column_int64(stmt, 3));
	if (ret == 0 && !full)
		ret = frame_copy(&run->kept[run->kept_count - 1].frame, &frame);
	if (ret == 0)
		ret = store_decode_row(&run->decoder, stmt, &frame);
	if (ret == 0)
		keep(run, &frame, sqlite3_column_int64(stmt, 0));
	else
		frame_free(&frame);
	return ret;
}

static int read_file(struct replay_run *run, sqlite3 *db)
{
	const struct history *history = run->history;
	sqlite3_stmt *stmt =
		file_prepare(db, "SELECT time, crc, detail, base FROM looks "
				 "WHERE time BETWEEN ? AND ? ORDER BY time");
	int ret = 0;

	sqlite3_bind_int64(stmt, 1, history->begin);
	sqlite3_bind_int64(stmt, 2, history->end);
	forget(run, 0);
	while (ret == 0 && sqlite3_step(stmt) == SQLITE_ROW) {
		ret = decode(run, db, stmt);
		if (ret == 0)
			ret = load(run);
	}
	if (ret == 0)
		ret = file_error(db);
	sqlite3_finalize(stmt);
	return ret;
}

static int add_file(sqlite3 *db, const struct file_entry *entry, void *user)
{
	struct replay_run *run = user;
	int64_t last = entry->begin;
	int ret = history_begin_file(run->history, db, entry->begin);

	if (ret == 0)
		ret = read_file(run, db);
	if (ret == 0)
		ret = history_mark_looks(run->history, db, entry->tier, &last);
	history_end_file(run->history, last);
	return ret;
}

/* Return: how many looks there were up to the last one without sockets */
static size_t count_sums(const struct store_times *all,
			 const struct store_times *detail)
{
	size_t left = all->count, i = detail->count;

	while (i && left && all->time[left - 1] == detail->time[i - 1]) {
		left--;
		i--;
	}
	return left;
}

/* Sums have no sockets that could match: of their time nothing is said. */
static int find_span(struct history *history)
{
	const char *dir = history->options->from;
	struct store_times all = { 0 }, detail;
	char why[FILE_TEXT_SIZE], since[WHEN_SIZE] = "";
	size_t sums;

	if (store_times(dir, &history->span, true, &detail, why) < 0 ||
	    store_times(dir, &history->span, false, &all, why) < 0) {
		message("%s: %s", dir, why);
		return EXIT_FAILED;
	}
	store_times_sort(&detail);
	store_times_sort(&all);
	history->begin = detail.time[0];
	history->end = detail.time[detail.count - 1];
	sums = count_sums(&all, &detail);
	if (sums < all.count)
		when_text_ms(all.time[sums] * 1000000, since);
	if (sums)
		message("%s: of a part of that time there are sums alone, no "
			"sockets for a filter to choose from%s%s",
			dir, *since ? ": --since " : "", since);
	free(detail.time);
	free(all.time);
	return sums ? EXIT_FAILED : 0;
}

int history_read_looks(struct history *history)
{
	const struct options *options = history->options;
	struct replay_run run = { .history = history };
	char why[FILE_TEXT_SIZE] = "out of memory";
	struct progress progress;
	uint32_t needs = 0;
	int ret = find_span(history);

	if (ret)
		return ret;
	(void)tcpmem_keys_require(history->key, &needs);
	ret = session_open(&run.session, options, needs);
	progress_begin(&progress, "reading looks");
	if (ret == 0)
		ret = store_each_file(options->from, &history->span, add_file,
				      &run, &history->left_out, why);
	progress_end(&progress);
	history->incomplete = run.incomplete;
	forget(&run, 0);
	frame_decoder_free(&run.decoder);
	session_close(&run.session);
	if (ret < 0)
		message("%s: %s", options->from, why);
	return ret < 0 ? EXIT_FAILED : 0;
}

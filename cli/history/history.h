/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* history.h - groups of a store over time, and what tells of them */
#ifndef CLI_HISTORY_HISTORY_H
#define CLI_HISTORY_HISTORY_H

#include "options.h"
#include "output/json.h"
#include "output/text.h"
#include "store/store.h"
#include "store/sums.h"

#define SPARK_COUNT 20

struct history_export;

/* sums.sockets ... sums.close_wait, see sums_metrics */
enum sum {
	SUM_SOCKETS,
	SUM_HELD,
	SUM_CHARGED,
	SUM_UNREAD,
	SUM_UNSENT,
	SUM_CLOSE_WAIT,
};

/*
 * struct group_row - a group over time
 * @id: its number in an export
 * @start, @boot: of a process, whose pid is used again; else 0
 * @look: the last one that had it, of those that are counted one by one
 * @first, @last: when it had sockets, ms since 1970
 * @now: its last sums; @peak: the largest, @peak_at: when it held the most; or
 *	TCPMEM_UNKNOWN, and 0
 * @seen: when @now was stored; @before: before the span
 * @lost: it may be in "other": whether it has sockets is not known
 */
struct group_row {
	char *name;
	uint64_t start;
	unsigned int boot;
	int64_t id;
	size_t look;
	int64_t first;
	int64_t last;
	int64_t seen;
	bool before;
	bool lost;
	int64_t now[SUMS_COUNT];
	int64_t peak[SUMS_COUNT];
	int64_t peak_at;
	int64_t held[SPARK_COUNT];
	char first_text[WHEN_SIZE];
	char last_text[WHEN_SIZE];
	char peak_text[WHEN_SIZE];
	char *spark;
};

/*
 * struct history - @by_name: a tree of the rows
 * @export: NULL: they are printed
 * @of_id: rows by the number of their name in this file
 * @end: the last look
 * @looked: of the parts of a row's sparkline, those that have a look
 * @boot: of the file, the @boots-th one
 * @left_out: files that could not be read
 * @looks: of the span, and of those @incomplete did not see all
 * @intervals: of @looks, those that are minutes or quarters of an hour; the
 *	longest has @interval_ms
 */
struct history {
	const struct options *options;
	const char *key;
	struct store_span span;
	struct group_row **row;
	size_t rows;
	void *by_name;
	struct history_export *export;
	struct group_row **of_id;
	size_t ids;
	int64_t begin;
	int64_t end;
	bool looked[SPARK_COUNT];
	char boot[64];
	unsigned int boots;
	size_t left_out;
	size_t looks;
	size_t incomplete;
	size_t intervals;
	int64_t interval_ms;
};

/* ---- rows.c: what each group had, and when ---- */

/* history_row() - the row of a group, made if it is new; NULL: no memory */
struct group_row *history_row(struct history *history, const char *name,
			      uint64_t start);

/* history_place() - the part of a sparkline that @time is in */
size_t history_place(const struct history *history, int64_t time);

/* history_add() - what a group has from @time on */
void history_add(struct history *history, struct group_row *row, int64_t time,
		 const int64_t sums[SUMS_COUNT]);

/*
 * history_begin_file() - it tells all at its first look: others are gone
 *
 * Return: 0 or -errno.
 */
int history_begin_file(struct history *history, sqlite3 *db, int64_t time);

/* history_end_file() - after @last nobody knows, unless another one begins */
void history_end_file(struct history *history, int64_t last);

/* history_print() - the rows. Return: an exit code. */
int history_print(struct history *history);
void history_free(struct history *history);

void history_when(int64_t time, char text[WHEN_SIZE]);
void history_json_tail(struct json *json, const void *user);

/* ---- export.c: --sqlite FILE ---- */

/* history_export_open() - begins the file. 0, or -errno after a message */
int history_export_open(struct history *history);

/* What is added; a NULL @export takes nothing. */
void history_export_sums(struct history_export *export,
			 const struct group_row *row, int64_t time);
void history_export_look(struct history_export *export, int64_t time,
			 bool complete);
int history_export_marks(const struct history *history, sqlite3 *db);

/*
 * history_export_close() - the file has its name, if it is @whole
 *
 * Return: 0, or -errno after a message: then nothing is left of it.
 */
int history_export_close(struct history *history, bool whole);

/* ---- sums.c, looks.c, marks.c: what a store has ---- */

/* history_read_sums() - from the sums of all files of the span. 0 or -errno */
int history_read_sums(struct history *history, char why[FILE_TEXT_SIZE]);

/*
 * history_mark_looks() - where a file has looks
 * @last: receives when the last one was, or until when its interval lasted
 */
int history_mark_looks(struct history *history, sqlite3 *db, enum tier tier,
		       int64_t *last);

/*
 * history_read_looks() - from the sockets of all looks of the span that match
 * the filter
 *
 * Return: 0, or an exit code after a message.
 */
int history_read_looks(struct history *history);

/* history_print_marks() - @kind: of these; NULL: all. Return: an exit code. */
int history_print_marks(struct history *history, const char *kind);

#endif

// SPDX-License-Identifier: LGPL-2.1-or-later
/* cmd_history.c - tcpmem history: groups of a store over time, and marks */
#include "messages.h"
#include "output/file.h"
#include "output/output.h"
#include "output/spark.h"
#include "store/store.h"
#include "store/sums.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define SPARK_COUNT 20

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
 * @first, @last: when it had sockets, ms since 1970
 * @now: its last sums; @peak: the largest, @peak_at: when it held the most
 * @seen: when @now was stored; @before: before the span
 */
struct group_row {
	char *name;
	int64_t first;
	int64_t last;
	int64_t seen;
	bool before;
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
 * struct history - @of_id: rows by the number of their name in this file
 * @end: the last look
 * @looked: of the parts of a row's sparkline, those that have a look
 * @left_out: files that could not be read
 * @looks: of the span, and of those @incomplete did not see all
 */
struct history {
	const struct options *options;
	const char *key;
	struct store_span span;
	struct group_row **row;
	size_t rows;
	struct group_row **of_id;
	size_t ids;
	int64_t begin;
	int64_t end;
	bool looked[SPARK_COUNT];
	size_t left_out;
	size_t looks;
	size_t incomplete;
};

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
COLUMN_GETTER(get_peak_at, text, group(cell)->peak_text)
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

/* ---- rows ---- */

static struct group_row *find_row(struct history *history, const char *name)
{
	struct group_row **larger, *row;

	for (size_t i = 0; i < history->rows; i++)
		if (strcmp(history->row[i]->name, name) == 0)
			return history->row[i];
	larger = realloc(history->row, (history->rows + 1) * sizeof(*larger));
	if (!larger)
		return NULL;
	history->row = larger;
	row = calloc(1, sizeof(*row));
	if (row)
		row->name = strdup(name);
	if (!row || !row->name) {
		free(row);
		return NULL;
	}
	return history->row[history->rows++] = row;
}

static size_t place(const struct history *history, int64_t time)
{
	int64_t span = history->end - history->begin;

	if (span <= 0 || time <= history->begin)
		return 0;
	return (size_t)((double)(time - history->begin) / (double)span *
			(SPARK_COUNT - 0.001));
}

/* What the last sums were lasts until @time. */
static void last_until(struct history *history, struct group_row *row,
		       int64_t time)
{
	size_t end = place(history, time);

	if (!row->seen || !row->now[SUM_SOCKETS])
		return;
	if (time > history->begin)
		row->last = time;
	for (size_t i = place(history, row->seen); i <= end; i++)
		if (row->held[i] < row->now[SUM_HELD])
			row->held[i] = row->now[SUM_HELD];
}

static void count_peak(struct group_row *row, int64_t time)
{
	if (!row->now[SUM_SOCKETS])
		return;
	if (!row->first)
		row->first = time;
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
		count_peak(row, history->begin);
	row->before = false;
}

static void add_sums(struct history *history, struct group_row *row,
		     int64_t time, const int64_t sums[SUMS_COUNT])
{
	if (time > history->begin) {
		begin_span(history, row);
		last_until(history, row, time);
	}
	memcpy(row->now, sums, sizeof(row->now));
	row->before = time < history->begin;
	row->seen = row->before ? history->begin : time;
	if (row->before)
		return;
	count_peak(row, time);
	last_until(history, row, time);
}

static int read_names(struct history *history, sqlite3 *db)
{
	sqlite3_stmt *stmt = file_prepare(
		db, "SELECT id, name FROM names WHERE key = ? ORDER BY id");
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
		larger[id] = find_row(history, name);
		ret = larger[id] ? 0 : -ENOMEM;
	}
	if (ret == 0)
		ret = file_error(db);
	sqlite3_finalize(stmt);
	return ret;
}

/* A file tells all at its first look: who is not in it is gone. */
static void begin_file(struct history *history)
{
	for (size_t i = 0; i < history->rows; i++) {
		struct group_row *row = history->row[i];

		begin_span(history, row);
		memset(row->now, 0, sizeof(row->now));
		row->seen = 0;
	}
}

/* After the last look of a file nobody knows, unless another one begins. */
static void end_file(struct history *history, int64_t last)
{
	for (size_t i = 0; i < history->rows; i++) {
		struct group_row *row = history->row[i];

		if (last < history->begin)
			row->before = false;
		else
			begin_span(history, row);
		last_until(history, row, last);
		row->seen = 0;
	}
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
		for (int i = 0; i < SUMS_COUNT; i++)
			sums[i] = sqlite3_column_int64(stmt, 2 + i);
		add_sums(history, history->of_id[id],
			 sqlite3_column_int64(stmt, 0), sums);
	}
	sqlite3_finalize(stmt);
	return file_error(db);
}

/* Where looks follow each other, the sums of the one last until the next. */
static int mark_looks(struct history *history, sqlite3 *db, enum tier tier,
		      int64_t *last)
{
	sqlite3_stmt *stmt = file_prepare(
		db, "SELECT time, every_ms, took_us, cpu_us, complete FROM "
		    "looks, store WHERE time <= ? ORDER BY time");
	int64_t lasts = 0;

	sqlite3_bind_int64(stmt, 1, history->end);
	for (*last = 0; sqlite3_step(stmt) == SQLITE_ROW;) {
		int64_t time = sqlite3_column_int64(stmt, 0);
		size_t from = place(history, time);

		if (*last && time - *last <= lasts)
			from = place(history, *last);
		for (size_t i = from; i <= place(history, time); i++)
			history->looked[i] |= time >= history->begin;
		if (time >= history->begin) {
			history->looks++;
			history->incomplete += !sqlite3_column_int64(stmt, 4);
		}
		*last = time;
		lasts = tier_interval_ms[tier] +
			store_lasts(sqlite3_column_int64(stmt, 1),
				    sqlite3_column_int64(stmt, 2),
				    sqlite3_column_int64(stmt, 3));
	}
	sqlite3_finalize(stmt);
	return file_error(db);
}

static int add_file(sqlite3 *db, const struct file_entry *entry, void *user)
{
	struct history *history = user;
	int64_t last = entry->begin;
	int ret;

	begin_file(history);
	ret = read_names(history, db);
	if (ret == 0)
		ret = read_sums(history, db);
	if (ret == 0)
		ret = mark_looks(history, db, entry->tier, &last);
	end_file(history, last);
	return ret;
}

static void print_when(int64_t time, char text[WHEN_SIZE])
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
	print_when(row->first, row->first_text);
	print_when(row->last, row->last_text);
	print_when(row->peak_at, row->peak_text);
	out = open_memstream(&row->spark, &size);
	if (!out)
		return -ENOMEM;
	spark_print(out, row->held, SPARK_COUNT, term_has_utf8());
	return memstream_close(out);
}

static int by_peak(const void *a, const void *b)
{
	const struct group_row *i = *(struct group_row *const *)a;
	const struct group_row *j = *(struct group_row *const *)b;

	if (i->peak[SUM_HELD] != j->peak[SUM_HELD])
		return i->peak[SUM_HELD] < j->peak[SUM_HELD] ? 1 : -1;
	return strcmp(i->name, j->name);
}

static void json_tail(struct json *json, const void *user)
{
	const struct history *history = user;

	json_bool(json, "complete", !history->left_out && !history->incomplete);
	json_integer(json, "files_left_out", (int64_t)history->left_out);
	if (history->looks)
		json_integer(json, "looks_incomplete",
			     (int64_t)history->incomplete);
}

/* Which rows lack something, sums do not tell. */
static void report_incomplete(const struct history *history)
{
	if (history->incomplete && history->options->format != FORMAT_JSON)
		message("not all was seen in %zu of %zu looks: the sums are of "
			"what was seen",
			history->incomplete, history->looks);
}

static int print_rows(struct history *history)
{
	struct columns chosen = { .key = history->key };
	struct row_output out = {
		.options = history->options,
		.schema = "tcpmem.history/1",
		.by = history->key,
		.columns = &chosen,
		.json_tail = json_tail,
		.user = history,
	};
	size_t printed = 0;
	int ret = row_output_columns(history->options, &history_columns,
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
	if (ret == 0)
		ret = row_output_close(&out, NULL);
	row_output_free(&out);
	if (ret == 0)
		report_incomplete(history);
	return ret < 0 ? EXIT_FAILED : EXIT_DONE;
}

/* ---- marks ---- */

struct mark_row {
	char time[WHEN_SIZE];
	const char *kind;
	const char *text;
};

COLUMN_GETTER(get_time, text, ((const struct mark_row *)cell->row)->time)
COLUMN_GETTER(get_mark, text, ((const struct mark_row *)cell->row)->kind)
COLUMN_GETTER(get_text, text, ((const struct mark_row *)cell->row)->text)

static const struct column mark_columns[] = {
	COLUMN("time", TEXT, "when it was", .get = get_time),
	COLUMN("kind", TEXT, "start, stop, gap, clock, incident ...",
	       .get = get_mark),
	COLUMN("text", TEXT, "what it was", .wrap = true, .get = get_text),
};

static const struct column_table mark_table = { mark_columns,
						ARRAY_SIZE(mark_columns) };

struct marks {
	struct history *history;
	struct row_output out;
	const char *kind;
	size_t files;
};

static int add_mark(int64_t time, const char *kind, const char *text,
		    void *user)
{
	struct mark_row row = { .kind = kind, .text = text };
	struct marks *marks = user;

	if (marks->kind && strcmp(marks->kind, kind) != 0)
		return 0;
	print_when(time, row.time);
	return row_output_row(&marks->out, NULL, &row);
}

static int add_marks(sqlite3 *db, const struct file_entry *entry, void *user)
{
	struct marks *marks = user;

	(void)entry;
	marks->files++;
	return store_each_mark(db, &marks->history->span, add_mark, marks);
}

static int print_marks(struct history *history, const char *kind)
{
	struct columns chosen = { 0 };
	struct marks marks = {
		.history = history,
		.kind = kind,
		.out = { .options = history->options,
			 .schema = "tcpmem.marks/1",
			 .columns = &chosen,
			 .json_tail = json_tail,
			 .user = history },
	};
	char why[FILE_TEXT_SIZE];
	int ret;

	columns_all(&mark_table, &chosen);
	row_output_open(&marks.out);
	ret = store_each_file(history->options->from, &history->span, add_marks,
			      &marks, &history->left_out, why);
	if (ret == 0 && !marks.files && !history->left_out) {
		snprintf(why, sizeof(why),
			 "no file of a store is of that time");
		ret = -ENODATA;
	}
	if (ret)
		message("%s: %s", history->options->from, why);
	else
		ret = row_output_close(&marks.out, NULL);
	row_output_free(&marks.out);
	return ret < 0 ? EXIT_FAILED : EXIT_DONE;
}

/* ---- the command ---- */

static int print_groups(struct history *history)
{
	const char *dir = history->options->from;
	struct store_times times;
	char why[FILE_TEXT_SIZE] = "out of memory";
	int ret = store_times(dir, &history->span, false, &times, why);

	if (ret == 0) {
		history->begin = times.time[0];
		history->end = times.time[times.count - 1];
		free(times.time);
		ret = store_each_file(dir, &history->span, add_file, history,
				      &history->left_out, why);
	}
	for (size_t i = 0; ret == 0 && i < history->rows; i++)
		ret = finish_row(history, history->row[i]);
	if (ret) {
		message("%s: %s", dir, why);
		return EXIT_FAILED;
	}
	return print_rows(history);
}

static bool is_key(const char *word)
{
	for (size_t i = 0; sums_keys[i]; i++)
		if (strcmp(sums_keys[i], word) == 0)
			return true;
	return false;
}

static int run(const struct options *options, char **args)
{
	struct history history = { .options = options,
				   .key = args[0] ? args[0] : "process" };
	const char *wrong;
	int code;

	if (!options->from) {
		message("history needs a store: --from DIR, which 'tcpmem "
			"record' fills");
		return EXIT_USAGE;
	}
	if (store_span(options->since, options->until, &history.span, &wrong) <
	    0) {
		message(STORE_NO_TIME, wrong);
		return EXIT_USAGE;
	}
	if (strcmp(history.key, "marks") == 0)
		return print_marks(&history, NULL);
	if (strcmp(history.key, "incidents") == 0)
		return print_marks(&history, "incident");
	if (!is_key(history.key)) {
		message("'%s': a store has sums by state, process, program, "
			"cgroup, unit, container, netns and peer; and marks, "
			"incidents",
			history.key);
		return EXIT_USAGE;
	}
	code = print_groups(&history);
	for (size_t i = 0; i < history.rows; i++) {
		free(history.row[i]->name);
		free(history.row[i]->spark);
		free(history.row[i]);
	}
	free(history.row);
	free(history.of_id);
	return code;
}

const struct command cmd_history = {
	.name = "history",
	.args = "[KEY]",
	.max_args = 1,
	.text = "groups of a store over time; its marks, incidents",
	.about = "Shows what each group held over time, the most that it held "
		 "and when, those that\n"
		 "held the most first. KEY is state, process, program, cgroup, "
		 "unit, container,\n"
		 "netns or peer; or marks, or incidents.\n",
	.examples = "  tcpmem history --from /var/lib/tcpmem --since '3h ago'\n"
		    "  tcpmem history peer --from /var/lib/tcpmem --limit 10\n"
		    "  tcpmem history incidents --from /var/lib/tcpmem\n",
	.columns = &history_columns,
	.options = OPTIONS(OPTION_FROM, OPTION_SINCE_TIME, OPTION_UNTIL,
			   OPTION_OUTPUT, OPTION_LIST_COLUMNS,
			   OPTION_NOHEADINGS, OPTION_BYTES, OPTION_RAW,
			   OPTION_JSON, OPTION_JSONL, OPTION_CSV, OPTION_LIMIT,
			   OPTION_COLOR),
	.run = run,
};

// SPDX-License-Identifier: LGPL-2.1-or-later
/* marks.c - what happened to a recorder, and what it was told */
#include "history/history.h"

#include "columns/columns.h"
#include "messages.h"
#include "output/output.h"

#include <errno.h>
#include <string.h>

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
	history_when(time, row.time);
	return row_output_row(&marks->out, NULL, &row);
}

static int add_marks(sqlite3 *db, const struct file_entry *entry, void *user)
{
	struct marks *marks = user;

	(void)entry;
	marks->files++;
	return store_each_mark(db, &marks->history->span, add_mark, marks);
}

int history_print_marks(struct history *history, const char *kind)
{
	struct columns chosen = { 0 };
	struct marks marks = {
		.history = history,
		.kind = kind,
		.out = { .options = history->options,
			 .schema = "tcpmem.marks/1",
			 .columns = &chosen,
			 .json_tail = history_json_tail,
			 .user = history },
	};
	char why[FILE_TEXT_SIZE];
	int ret;

	ret = row_output_columns(history->options, &mark_table,
				 "time,kind,text", &chosen);
	if (ret)
		return ret;
	row_output_open(&marks.out);
	ret = store_each_file(history->options->from, &history->span, add_marks,
			      &marks, &history->left_out, why);
	if (ret == 0 && !marks.files && !history->left_out) {
		snprintf(why, sizeof(why),
			 "no file of a store is of that time");
		ret = -ENODATA;
	}
	if (ret == 0)
		return row_output_end(&marks.out, 0);
	message("%s: %s", history->options->from, why);
	row_output_free(&marks.out);
	return EXIT_FAILED;
}

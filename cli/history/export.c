// SPDX-License-Identifier: LGPL-2.1-or-later
/* export.c - --sqlite FILE: rows over time as a database, whole or not at all
 */
#include "history/history.h"

#include "messages.h"
#include "output/file.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/*
 * struct history_export - @target: where the file will be
 * @temp: it while it is written, open as @fd
 * @error: the first one: what follows is not written
 */
struct history_export {
	char target[PATH_MAX];
	char *temp;
	int fd;
	sqlite3 *db;
	sqlite3_stmt *sums;
	sqlite3_stmt *look;
	sqlite3_stmt *mark;
	int error;
};

/* See tcpmem-store(5); the names are those of a store. */
static const char tables[] =
	"PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; BEGIN;"
	"CREATE TABLE export (version TEXT, key TEXT, filtered INTEGER,"
	" since INTEGER, until INTEGER, complete INTEGER);"
	"CREATE TABLE looks (time INTEGER PRIMARY KEY, complete INTEGER);"
	"CREATE TABLE names (id INTEGER PRIMARY KEY, key TEXT, name TEXT,"
	" first INTEGER, last INTEGER, peak_at INTEGER, sockets_peak INTEGER,"
	" held_peak INTEGER, charged_peak INTEGER, unread_peak INTEGER,"
	" unsent_peak INTEGER, close_wait_peak INTEGER, start INTEGER);"
	"CREATE TABLE sums (time INTEGER, name INTEGER, sockets INTEGER,"
	" held INTEGER, charged INTEGER, unread INTEGER, unsent INTEGER,"
	" close_wait INTEGER, PRIMARY KEY (time, name)) WITHOUT ROWID;"
	"CREATE TABLE marks (time INTEGER, kind TEXT, text TEXT)";

static void insert(struct history_export *export, sqlite3_stmt *stmt)
{
	if (!export->error && sqlite3_step(stmt) == SQLITE_ROW)
		export->error = -EIO;
	sqlite3_reset(stmt);
	if (!export->error)
		export->error = file_error(export->db);
}

/* The file in the making, which a signal that ends the command removes */
static const char *volatile unfinished;

static void remove_unfinished(int number)
{
	if (unfinished)
		unlink(unfinished);
	signal(number, SIG_DFL);
	raise(number);
}

static void catch_signals(void)
{
	static const int ends[] = { SIGHUP, SIGINT, SIGTERM };

	for (size_t i = 0; i < ARRAY_SIZE(ends); i++)
		if (signal(ends[i], remove_unfinished) == SIG_IGN)
			signal(ends[i], SIG_IGN);
	/* a write fails then */
	signal(SIGXFSZ, SIG_IGN);
}

/* It has a name from here on, so no signal comes in between. */
static int make_temp(struct history_export *export)
{
	sigset_t all, before;

	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &before);
	export->fd = file_make_beside(export->target, &export->temp);
	if (export->fd >= 0) {
		unfinished = export->temp;
		catch_signals();
	}
	sigprocmask(SIG_SETMASK, &before, NULL);
	return export->fd < 0 ? export->fd : 0;
}

static int make(struct history_export *export, const char *path)
{
	int ret = file_find_target(path, export->target);

	if (ret == 0)
		ret = make_temp(export);
	if (ret)
		return ret;
	if (sqlite3_open_v2(export->temp, &export->db,
			    SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX,
			    NULL) != SQLITE_OK)
		return export->db ? file_error(export->db) : -ENOMEM;
	ret = file_exec(export->db, tables);
	export->sums = file_prepare(export->db,
				    "INSERT OR REPLACE INTO sums VALUES "
				    "(?, ?, ?, ?, ?, ?, ?, ?)");
	export->look = file_prepare(
		export->db, "INSERT OR REPLACE INTO looks VALUES (?, ?)");
	export->mark =
		file_prepare(export->db, "INSERT INTO marks VALUES (?, ?, ?)");
	if (ret == 0)
		ret = file_error(export->db);
	/* the last one's success hides what the others lacked */
	if (ret == 0 && (!export->sums || !export->look))
		ret = -ENOMEM;
	return ret;
}

/* Return: @err, if it is not 0 after a message. */
static int end(struct history *history, int err)
{
	struct history_export *export = history->export;

	sqlite3_finalize(export->sums);
	sqlite3_finalize(export->look);
	sqlite3_finalize(export->mark);
	sqlite3_close(export->db);
	if (export->fd >= 0)
		close(export->fd);
	if (err && export->temp && export->fd >= 0)
		unlink(export->temp);
	if (err)
		message("%s: %s", history->options->sqlite,
			err == -EEXIST ? "it is no regular file"
				       : strerror(-err));
	unfinished = NULL;
	free(export->temp);
	free(export);
	history->export = NULL;
	return err;
}

int history_export_open(struct history *history)
{
	int ret = store_libs_load();

	if (ret < 0) {
		message("%s", store_libs_missing());
		return ret;
	}
	history->export = calloc(1, sizeof(*history->export));
	if (!history->export) {
		message("%s: %s", history->options->sqlite, strerror(ENOMEM));
		return -ENOMEM;
	}
	history->export->fd = -1;
	ret = make(history->export, history->options->sqlite);
	return ret ? end(history, ret) : 0;
}

void history_export_sums(struct history_export *export,
			 const struct group_row *row, int64_t time)
{
	if (!export)
		return;
	sqlite3_bind_int64(export->sums, 1, time);
	sqlite3_bind_int64(export->sums, 2, row->id);
	sums_bind(export->sums, 3, row->now);
	insert(export, export->sums);
}

void history_export_look(struct history_export *export, int64_t time,
			 bool complete)
{
	if (!export)
		return;
	sqlite3_bind_int64(export->look, 1, time);
	sqlite3_bind_int64(export->look, 2, complete);
	insert(export, export->look);
}

static int add_mark(int64_t time, const char *kind, const char *text,
		    void *user)
{
	struct history_export *export = user;

	sqlite3_bind_int64(export->mark, 1, time);
	sqlite3_bind_text(export->mark, 2, kind, -1, SQLITE_STATIC);
	sqlite3_bind_text(export->mark, 3, text, -1, SQLITE_STATIC);
	insert(export, export->mark);
	return 0;
}

int history_export_marks(const struct history *history, sqlite3 *db)
{
	return history->export ? store_each_mark(db, &history->span, add_mark,
						 history->export)
			       : 0;
}

static void put_name(const struct history *history, sqlite3_stmt *stmt,
		     const struct group_row *row)
{
	const int64_t times[] = { row->first, row->last, row->peak_at };

	sqlite3_bind_int64(stmt, 1, row->id);
	sqlite3_bind_text(stmt, 2, history->key, -1, SQLITE_STATIC);
	sqlite3_bind_text(stmt, 3, row->name, -1, SQLITE_STATIC);
	for (int i = 0; i < 3; i++)
		sqlite3_bind_int64(stmt, 4 + i, times[i]);
	if (!row->peak_at)
		sqlite3_bind_null(stmt, 6);
	sums_bind(stmt, 7, row->peak);
	sqlite3_bind_int64(stmt, 7 + SUMS_COUNT, (int64_t)row->start);
	insert(history->export, stmt);
}

static void put_names(const struct history *history)
{
	sqlite3_stmt *stmt = file_prepare(history->export->db,
					  "INSERT INTO names VALUES (?, ?, ?, "
					  "?, ?, ?, ?, ?, ?, ?, ?, ?, "
					  "nullif(?, 0))");

	for (size_t i = 0; i < history->rows; i++)
		if (history->row[i]->first)
			put_name(history, stmt, history->row[i]);
	sqlite3_finalize(stmt);
}

static void put_about(const struct history *history)
{
	sqlite3_stmt *stmt =
		file_prepare(history->export->db,
			     "INSERT INTO export VALUES (?, ?, ?, ?, ?, ?)");

	sqlite3_bind_text(stmt, 1, TCPMEM_VERSION, -1, SQLITE_STATIC);
	sqlite3_bind_text(stmt, 2, history->key, -1, SQLITE_STATIC);
	sqlite3_bind_int64(stmt, 3, history->options->filter != NULL);
	sqlite3_bind_int64(stmt, 4, history->begin);
	sqlite3_bind_int64(stmt, 5, history->end);
	sqlite3_bind_int64(stmt, 6, !history->left_out && !history->incomplete);
	insert(history->export, stmt);
	sqlite3_finalize(stmt);
}

int history_export_close(struct history *history, bool whole)
{
	struct history_export *export = history->export;
	int ret;

	if (!whole)
		return end(history, -ECANCELED);
	put_names(history);
	put_about(history);
	ret = export->error ? export->error : file_exec(export->db, "COMMIT");
	if (ret == 0)
		ret = file_take_place(export->fd, export->temp, export->target);
	return end(history, ret);
}

// SPDX-License-Identifier: LGPL-2.1-or-later
/* cut.c - a piece of a store, as a store of its own */
#include "store/cut.h"

#include "cli.h"
#include "messages.h"
#include "session.h"
#include "store/anonymize.h"
#include "store/store.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* struct mark - that is copied before the first look that follows it */
struct mark {
	int64_t time;
	char *kind;
	char *text;
};

/*
 * struct cut - @host: of the store that it is a piece of
 * @left_out: its files that could not be read
 * @ends: signals that wait until the piece is whole or gone; @before: the mask
 */
struct cut {
	struct session session;
	struct store_writer *writer;
	const char *from;
	struct store_span span;
	struct pseudonyms names;
	char host[128];
	size_t left_out;
	struct mark *mark;
	size_t marks;
	size_t copied;
	sigset_t ends;
	sigset_t before;
};

static void free_cut(struct cut *cut)
{
	for (size_t i = 0; i < cut->marks; i++) {
		free(cut->mark[i].kind);
		free(cut->mark[i].text);
	}
	free(cut->mark);
	pseudonyms_free(&cut->names);
	store_writer_close(cut->writer);
	session_close(&cut->session);
}

/* The writer sees gaps, reboots and steps of the clock itself. */
static int add_mark(int64_t time, const char *kind, const char *text,
		    void *user)
{
	struct cut *cut = user;
	struct mark *larger, *mark;

	if (strcmp(kind, "gap") == 0 || strcmp(kind, "clock") == 0 ||
	    strcmp(kind, "boot") == 0)
		return 0;
	larger = realloc(cut->mark, (cut->marks + 1) * sizeof(*larger));
	if (!larger)
		return -ENOMEM;
	cut->mark = larger;
	mark = &larger[cut->marks++];
	*mark = (struct mark){ time, strdup(kind), strdup(text) };
	return mark->kind && mark->text ? 0 : -ENOMEM;
}

static int read_file(sqlite3 *db, const struct file_entry *entry, void *user)
{
	sqlite3_stmt *stmt = file_prepare(db, "SELECT host FROM store");
	struct cut *cut = user;
	int ret;

	(void)entry;
	if (sqlite3_step(stmt) == SQLITE_ROW) {
		const char *host = (const char *)sqlite3_column_text(stmt, 0);

		snprintf(cut->host, sizeof(cut->host), "%s", host ? host : "");
	}
	ret = file_error(db);
	sqlite3_finalize(stmt);
	return ret ? ret : store_each_mark(db, &cut->span, add_mark, cut);
}

static int copy_mark(struct cut *cut, const struct mark *mark)
{
	struct bytes text = { 0 };
	int ret = -ENOMEM;

	if (!cut->session.options->anonymize)
		return store_mark(cut->writer, mark->time, mark->kind,
				  mark->text);
	pseudonyms_text(&cut->names, cut->host, mark->text, strlen(mark->text),
			&text);
	bytes_add(&text, "", 1);
	if (!text.failed && !cut->names.failed)
		ret = store_mark(cut->writer, mark->time, mark->kind,
				 (const char *)text.data);
	bytes_free(&text);
	return ret;
}

static int copy_marks(struct cut *cut, int64_t until)
{
	int ret = 0;

	for (; ret == 0 && cut->copied < cut->marks; cut->copied++) {
		const struct mark *mark = &cut->mark[cut->copied];

		if (mark->time > until)
			break;
		ret = copy_mark(cut, mark);
	}
	return ret;
}

static int copy_look(struct cut *cut, int64_t time, char why[FILE_TEXT_SIZE])
{
	struct tcpmem_snapshot *snap = NULL;
	struct bytes capture = { 0 };
	struct store_found found;
	int ret = store_capture(cut->from, time, &capture, &found, why);

	if (ret == 0 && cut->session.options->anonymize)
		ret = pseudonyms_apply(&cut->names, &capture);
	if (ret == 0)
		ret = session_load_bytes(&cut->session, &capture, &snap);
	if (ret == 0)
		ret = copy_marks(cut, time);
	if (ret == 0) {
		store_writer_every(cut->writer, found.every_ms);
		ret = store_write(cut->writer, capture.data, capture.used, snap,
				  &found.cost, "");
	}
	if (ret && !*why)
		snprintf(why, FILE_TEXT_SIZE, "%s", strerror(-ret));
	tcpmem_snapshot_free(snap);
	bytes_free(&capture);
	return ret;
}

static int open_piece(struct cut *cut, const struct options *options,
		      const char *to, char why[FILE_TEXT_SIZE])
{
	struct store_config config = {
		.dir = to,
		.host = options->anonymize ? NO_HOST : cut->host,
	};
	int owner, ret = store_writer_open(&config, &cut->writer, &owner);

	cut->names.host = cut->host;
	if (ret)
		snprintf(why, FILE_TEXT_SIZE, "%.100s: %s", to, strerror(-ret));
	return ret;
}

static int mark_left_out(const struct cut *cut, int64_t time)
{
	char text[80];

	if (!cut->left_out)
		return 0;
	snprintf(text, sizeof(text), "%zu %s not in this piece: damaged",
		 cut->left_out, cut->left_out == 1 ? "file is" : "files are");
	return store_mark(cut->writer, time, "left-out", text);
}

/* But for those that the caller wants to be ignored */
static void hold_signals(struct cut *cut)
{
	static const int ends[] = { SIGHUP, SIGINT, SIGTERM };
	struct sigaction now;

	sigemptyset(&cut->ends);
	for (size_t i = 0; i < ARRAY_SIZE(ends); i++)
		if (sigaction(ends[i], NULL, &now) == 0 &&
		    now.sa_handler != SIG_IGN)
			sigaddset(&cut->ends, ends[i]);
	sigprocmask(SIG_BLOCK, &cut->ends, &cut->before);
	/* a write fails then */
	signal(SIGXFSZ, SIG_IGN);
}

static bool is_interrupted(const struct cut *cut)
{
	sigset_t came;

	sigpending(&came);
	sigandset(&came, &came, &cut->ends);
	return !sigisemptyset(&came);
}

static int copy(struct cut *cut, const struct store_times *times,
		char why[FILE_TEXT_SIZE])
{
	int ret = mark_left_out(cut, times->time[0]);

	for (size_t i = 0; ret == 0 && i < times->count; i++)
		ret = is_interrupted(cut) ? -EINTR
					  : copy_look(cut, times->time[i], why);
	if (ret == 0)
		(void)copy_marks(cut, INT64_MAX);
	if (ret == 0)
		printf("%zu looks\n", times->count);
	return ret;
}

static bool is_same_dir(const char *a, const char *b)
{
	struct stat one, other;

	return stat(a, &one) == 0 && stat(b, &other) == 0 &&
	       one.st_dev == other.st_dev && one.st_ino == other.st_ino;
}

static bool is_of_piece(const char *name)
{
	static const char *const rest[] = { "lock", "new.db",
					    "new.db-journal" };

	for (size_t i = 0; i < ARRAY_SIZE(rest); i++)
		if (strcmp(name, rest[i]) == 0)
			return true;
	return file_is_of_store(name);
}

/* Of a piece that is not whole nothing stays. @made: the directory goes, too */
static void remove_piece(const char *to, bool made)
{
	DIR *stream = opendir(to);
	struct dirent *found;

	while (stream && (found = readdir(stream)))
		if (is_of_piece(found->d_name))
			unlinkat(dirfd(stream), found->d_name, 0);
	if (stream)
		closedir(stream);
	if (made)
		rmdir(to);
}

static bool has_files(DIR *stream)
{
	struct dirent *found;

	while ((found = readdir(stream)))
		if (strcmp(found->d_name, ".") != 0 &&
		    strcmp(found->d_name, "..") != 0)
			return true;
	return false;
}

/* @made: whether it makes the directory; else all in it will be the piece's. */
static int check_target(const char *from, const char *to, bool *made,
			char why[FILE_TEXT_SIZE])
{
	DIR *stream = opendir(to);
	int err = errno;
	bool full;

	*made = !stream && err == ENOENT;
	if (*made)
		return 0;
	if (!stream) {
		snprintf(why, FILE_TEXT_SIZE, "%.100s: %s", to, strerror(err));
		return -err;
	}
	full = has_files(stream);
	closedir(stream);
	if (!full && !is_same_dir(from, to))
		return 0;
	snprintf(why, FILE_TEXT_SIZE, "a piece needs another directory%s",
		 full ? ", with nothing in it" : "");
	return -EEXIST;
}

int store_cut(const struct options *options, const char *to,
	      char why[FILE_TEXT_SIZE])
{
	struct cut cut = { .from = options->from };
	struct store_times times = { 0 };
	const char *wrong;
	bool made, opened;
	int ret;

	if (store_span(options->since, options->until, &cut.span, &wrong) < 0) {
		message(STORE_NO_TIME, wrong);
		return EXIT_USAGE;
	}
	ret = check_target(options->from, to, &made, why);
	if (ret)
		return ret;
	ret = store_times(options->from, &cut.span, true, &times, why);
	if (ret)
		return ret;
	ret = session_open(&cut.session, options,
			   TCPMEM_NEED_HOLDERS | TCPMEM_NEED_METADATA);
	if (ret == 0)
		ret = store_each_file(cut.from, &cut.span, read_file, &cut,
				      &cut.left_out, why);
	hold_signals(&cut);
	if (ret == 0)
		ret = open_piece(&cut, options, to, why);
	if (ret == 0)
		ret = copy(&cut, &times, why);
	opened = cut.writer;
	free_cut(&cut);
	free(times.time);
	if (ret && opened)
		remove_piece(to, made);
	sigprocmask(SIG_SETMASK, &cut.before, NULL);
	if (ret < 0 && !*why)
		snprintf(why, FILE_TEXT_SIZE, "%s", strerror(-ret));
	return ret == 0 && cut.left_out ? EXIT_FAILED : ret;
}

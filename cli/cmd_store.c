// SPDX-License-Identifier: LGPL-2.1-or-later
/* cmd_store.c - tcpmem store: what is in a store, whether it is whole, a piece
 */
#include "messages.h"
#include "output/text.h"
#include "session.h"
#include "store/cut.h"
#include "store/store.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * struct tally - of all files
 * @damaged: looks and files that are not whole
 * @ran_ms: for how long recorders ran, of whose CPU time @cpu_us is
 */
struct tally {
	const char *dir;
	size_t files;
	size_t looks;
	size_t marks;
	size_t damaged;
	int64_t first;
	int64_t last;
	int64_t detail;
	int64_t ran_ms;
	int64_t cpu_us;
	int64_t rss;
};

static int64_t number(sqlite3_stmt *stmt, int column)
{
	return sqlite3_column_int64(stmt, column);
}

/* ---- stat ---- */

/* The cost of a file's first look is that of the interval before it. */
static void add_looks(struct tally *tally, sqlite3_stmt *stmt)
{
	int64_t first = number(stmt, 2), last = number(stmt, 3);

	tally->looks += (size_t)number(stmt, 1);
	if (!tally->first || first < tally->first)
		tally->first = first;
	if (last > tally->last)
		tally->last = last;
	tally->detail += number(stmt, 4);
	tally->cpu_us += number(stmt, 5);
	if (number(stmt, 6) > tally->rss)
		tally->rss = number(stmt, 6);
	tally->ran_ms += last - first + number(stmt, 7);
}

static int add_stat(sqlite3 *db, const struct file_entry *entry, void *user)
{
	struct tally *tally = user;
	sqlite3_stmt *stmt = file_prepare(
		db, "SELECT (SELECT count(*) FROM marks), count(*), min(time),"
		    " max(time), sum(length(detail)), sum(cpu_us), max(rss),"
		    " (SELECT every_ms FROM store) FROM looks");

	if (sqlite3_step(stmt) == SQLITE_ROW) {
		tally->files++;
		tally->marks += (size_t)number(stmt, 0);
		if (tier_has_detail(entry->tier) && number(stmt, 1))
			add_looks(tally, stmt);
	}
	sqlite3_finalize(stmt);
	return file_error(db);
}

static void print_bytes(const char *name, int64_t bytes)
{
	char text[HUMAN_SIZE];

	human_bytes(bytes, text);
	printf("%-16s%s\n", name, text);
}

static void print_time(const char *name, int64_t time)
{
	char text[WHEN_SIZE];

	when_text(time * 1000000, text);
	printf("%-16s%s\n", name, text);
}

static int no_file(char why[FILE_TEXT_SIZE])
{
	snprintf(why, FILE_TEXT_SIZE, "no file of a store");
	return -ENODATA;
}

static void print_looks(const struct tally *tally)
{
	print_time("first", tally->first);
	print_time("last", tally->last);
	print_bytes("a look", (int64_t)((size_t)tally->detail / tally->looks));
	if (tally->ran_ms > 0)
		printf("%-16s%.2f %% of a CPU\n", "recorder",
		       (double)tally->cpu_us / 10 / (double)tally->ran_ms);
	print_bytes("its memory", tally->rss);
}

static int stat_store(struct tally *tally, char why[FILE_TEXT_SIZE])
{
	struct store_span all = { INT64_MIN, INT64_MAX };
	int ret = store_each_file(tally->dir, &all, add_stat, tally,
				  &tally->damaged, why);

	if (ret == 0 && !tally->files && !tally->damaged)
		ret = no_file(why);
	if (ret)
		return ret;
	printf("%-16s%zu\n", "files", tally->files);
	if (tally->damaged)
		printf("%-16s%zu\n", "damaged", tally->damaged);
	print_bytes("size", store_size(tally->dir));
	printf("%-16s%zu\n", "looks", tally->looks);
	printf("%-16s%zu\n", "marks", tally->marks);
	if (tally->looks)
		print_looks(tally);
	return tally->damaged ? EXIT_FAILED : EXIT_DONE;
}

/* ---- verify ---- */

static void damaged(struct tally *tally, const struct file_entry *entry,
		    const char *what)
{
	tally->damaged++;
	escape_print(stdout, entry->name, ESCAPE_TERMINAL);
	fputs(": ", stdout);
	escape_print(stdout, what, ESCAPE_TERMINAL);
	putchar('\n');
}

/* What keeps from reading a file is not the file's. */
static bool is_damage(int ret)
{
	switch (ret) {
	case 0:
	case -ENOENT:
	case -ENOMEM:
	case -ELIBACC:
	case -EMFILE:
	case -ENFILE:
	case -EACCES:
	case -EBUSY:
		return false;
	default:
		return true;
	}
}

static int check_pages(sqlite3 *db, const struct file_entry *entry,
		       struct tally *tally)
{
	sqlite3_stmt *stmt = file_prepare(db, "PRAGMA integrity_check(10)");
	int ret;

	while (sqlite3_step(stmt) == SQLITE_ROW) {
		const char *text = (const char *)sqlite3_column_text(stmt, 0);

		if (text && strcmp(text, "ok") != 0)
			damaged(tally, entry, text);
	}
	ret = file_error(db);
	if (is_damage(ret)) {
		damaged(tally, entry, sqlite3_errmsg(db));
		ret = 0;
	}
	sqlite3_finalize(stmt);
	return ret;
}

/* struct verified - @entry: the file that is read; @counts: its looks, once */
struct verified {
	struct tally *tally;
	const struct file_entry *entry;
	bool counts;
};

static void bad_moment(const struct verified *verified, const char *what,
		       int64_t time)
{
	char when[WHEN_SIZE], text[WHEN_SIZE + 64];

	when_text_ms(time * 1000000, when);
	snprintf(text, sizeof(text), "%s %s %s", what, when, "cannot be read");
	damaged(verified->tally, verified->entry, text);
}

static void bad_sums(int64_t time, void *user)
{
	bad_moment(user, "the sums or marks of", time);
}

static int verify_details(sqlite3 *db, const struct verified *verified)
{
	sqlite3_stmt *stmt =
		file_prepare(db, "SELECT time FROM looks ORDER BY time");
	int ret = stmt ? 0 : file_error(db);

	while (ret == 0 && sqlite3_step(stmt) == SQLITE_ROW) {
		struct bytes capture = { 0 };
		int64_t time = number(stmt, 0);

		verified->tally->looks += verified->counts;
		if (tier_has_detail(verified->entry->tier))
			ret = store_decode(db, time, &capture);
		if (is_damage(ret)) {
			bad_moment(verified, "the look of", time);
			ret = 0;
		}
		bytes_free(&capture);
	}
	if (ret == 0)
		ret = file_error(db);
	sqlite3_finalize(stmt);
	return ret;
}

static int verify_file(sqlite3 *db, const struct file_entry *entry, bool counts,
		       struct tally *tally)
{
	struct verified verified = { tally, entry, counts };
	int ret = check_pages(db, entry, tally);

	tally->files++;
	if (ret == 0)
		ret = verify_details(db, &verified);
	if (ret == 0)
		ret = file_seal_check(db, bad_sums, &verified);
	if (!is_damage(ret))
		return ret;
	damaged(tally, entry, strerror(-ret));
	return 0;
}

static int verify_capture(struct session *session,
			  const struct file_entry *entry, struct tally *tally)
{
	struct tcpmem_snapshot *snap = NULL;
	char path[4200], why[FILE_TEXT_SIZE];
	int ret;

	if (file_check(tally->dir, entry->name, why) < 0) {
		damaged(tally, entry, why);
		return 0;
	}
	snprintf(path, sizeof(path), "%s/%s", tally->dir, entry->name);
	ret = tcpmem_snapshot_load(session->ctx, session->query, path, 0,
				   &session->error, &snap);
	tcpmem_snapshot_free(snap);
	if (!is_damage(ret))
		return ret;
	damaged(tally, entry,
		*session->error.text ? session->error.text : strerror(-ret));
	return 0;
}

static int verify_database(const struct file_entry *entry, bool counts,
			   struct tally *tally)
{
	char why[FILE_TEXT_SIZE];
	sqlite3 *db;
	int ret = file_open(tally->dir, entry->name, &db, why);

	if (is_damage(ret)) {
		damaged(tally, entry, why);
		return 0;
	}
	if (ret == 0)
		ret = verify_file(db, entry, counts, tally);
	sqlite3_close(db);
	return ret;
}

static bool is_same_file(const char *dir, const char *a, const char *b)
{
	char path[2][4200];
	struct stat st[2];

	snprintf(path[0], sizeof(path[0]), "%s/%s", dir, a);
	snprintf(path[1], sizeof(path[1]), "%s/%s", dir, b);
	return lstat(path[0], &st[0]) == 0 && lstat(path[1], &st[1]) == 0 &&
	       st[0].st_dev == st[1].st_dev && st[0].st_ino == st[1].st_ino;
}

/* Of an incident, the file of looks may be there, too. */
static int verify_entry(struct session *session, const struct file_list *list,
			const struct file_entry *entry, struct tally *tally)
{
	bool counts = tier_has_detail(entry->tier);
	struct file_entry look;

	if (entry->tier == TIER_CAPTURE)
		return verify_capture(session, entry, tally);
	if (entry->tier == TIER_INCIDENT &&
	    file_list_has(list, TIER_LOOK, entry->begin)) {
		file_entry_make(TIER_LOOK, entry->begin, &look);
		if (is_same_file(tally->dir, entry->name, look.name))
			return 0;
		counts = false;
	}
	return verify_database(entry, counts, tally);
}

/* What the recorder has removed meanwhile is not damaged. */
static int verify_all(const struct options *options,
		      const struct file_list *list, struct tally *tally)
{
	struct session session;
	int ret = session_open(&session, options, 0);

	for (size_t i = 0; ret == 0 && i < list->count; i++) {
		ret = verify_entry(&session, list, &list->entry[i], tally);
		if (ret == -ENOENT)
			ret = 0;
	}
	session_close(&session);
	return ret;
}

static int verify(const struct options *options, struct tally *tally,
		  char why[FILE_TEXT_SIZE])
{
	struct file_list list;
	int ret = file_list_read(tally->dir, &list);

	if (ret == 0)
		ret = verify_all(options, &list, tally);
	if (ret)
		snprintf(why, FILE_TEXT_SIZE, "%s", file_list_error(ret));
	if (ret == 0 && !list.count)
		ret = no_file(why);
	file_list_free(&list);
	if (ret)
		return ret;
	printf("%zu files, %zu looks, %zu damaged\n", tally->files,
	       tally->looks, tally->damaged);
	return tally->damaged ? EXIT_FAILED : EXIT_DONE;
}

/* ---- the command ---- */

static int run(const struct options *options, char **args)
{
	struct tally tally = { .dir = options->from };
	char why[FILE_TEXT_SIZE] = "";
	int ret;

	if (!options->from || !args[0]) {
		message("store needs stat, verify or cut, and --from DIR");
		return EXIT_USAGE;
	}
	if (strcmp(args[0], "cut") == 0 && args[1]) {
		ret = store_cut(options, args[1], why);
	} else if (args[1] || (strcmp(args[0], "stat") != 0 &&
			       strcmp(args[0], "verify") != 0)) {
		message("'%s': it is stat, verify, or cut DIR", args[0]);
		return EXIT_USAGE;
	} else if (options->since || options->until || options->anonymize) {
		message("--since, --until and --anonymize are of cut: %s is of "
			"all of a store",
			args[0]);
		return EXIT_USAGE;
	} else {
		ret = *args[0] == 's' ? stat_store(&tally, why)
				      : verify(options, &tally, why);
	}
	if (ret >= 0)
		return ret;
	message("%s: %s", options->from, why);
	return EXIT_FAILED;
}

const struct command cmd_store = {
	.name = "store",
	.args = "ACTION [DIR]",
	.max_args = 2,
	.text = "size of a store, its damage; a piece of it",
	.about =
		"The ACTION stat tells what is in a store and what the recorder "
		"takes. verify\n"
		"reads all of it and names what is damaged. cut DIR copies the "
		"looks and marks\n"
		"of a span into a store of their own, with --anonymize without "
		"addresses. Where a\n"
		"file is damaged the exit code is 1.\n",
	.examples = "  tcpmem store stat --from /var/lib/tcpmem\n"
		    "  tcpmem store cut DIR --from /var/lib/tcpmem "
		    "--since '1h ago' --anonymize\n",
	.options = OPTIONS(OPTION_FROM, OPTION_SINCE_TIME, OPTION_UNTIL,
			   OPTION_ANONYMIZE),
	.run = run,
};

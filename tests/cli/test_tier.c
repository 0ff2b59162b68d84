// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_tier.c - what stays of looks: the most of each minute, and quarter */
#include "store/tier.h"
#include "store_made.h"
#include "unit.h"

/*
 * struct seen - what one look tells
 * @unread: -1: the process is gone
 * @orphans, @used: -1: they are not known
 */
struct seen {
	int64_t after_ms;
	int64_t unread;
	int64_t orphans;
	int64_t used;
	bool complete;
	struct store_cost cost;
};

static const struct seen seen[] = {
	{ 0, 100, 5, -1, true, { 10, 1, 30 } },
	{ 20000, 300, 3, -1, true, { 20, 2, 50 } },
	{ 59999, 200, -1, -1, true, { 40, 4, 40 } },
	{ 60000, 50, 0, 7, false, { 80, 8, 20 } },
	{ 119999, 50, -1, 0, true, { 160, 16, 10 } },
	{ 180000, -1, 4, 3, true, { 320, 32, 60 } },
	{ 900000, -1, 2, 2, true, { 640, 64, 5 } },
};
enum { SEEN = sizeof(seen) / sizeof(*seen) };

static void make_store(void)
{
	struct store_config config = usual_config();
	struct store_writer *writer;

	config.every_ms = HOUR;
	writer = open_store(&config);
	store_mark(writer, NOON, "mark", "a mark");
	for (size_t i = 0; i < SEEN; i++) {
		struct moment moment = moment_at(NOON + seen[i].after_ms);
		struct bytes capture;
		struct made made;

		made_begin(&made, moment.time, moment.boot_ms, moment.boot);
		if (seen[i].orphans >= 0)
			made_fact(&made, "orphans", seen[i].orphans);
		if (seen[i].used >= 0)
			made_fact(&made, "tcp_mem_used", seen[i].used);
		if (!seen[i].complete)
			made_warning(&made, "fds-unreadable", "not all");
		if (seen[i].unread >= 0)
			made_socket(&made,
				    (struct made_socket){
					    .state = TCPMEM_STATE_ESTABLISHED,
					    .inode = 5,
					    .unread = (uint32_t)seen[i].unread,
					    .holder = made_process(
						    &made, 100, 50, "reader"),
				    });
		capture = made_end(&made);
		ck_assert_int_eq(
			write_capture(writer, &capture, &seen[i].cost, ""), 0);
	}
	store_writer_close(writer);
}

#define LOOKS "looks WHERE 1"
#define SUMS \
	"sums JOIN names ON id = sums.name WHERE names.name = 'reader[100]'"

/* NONE: no row */
#define NONE	(-1)
#define UNKNOWN TCPMEM_UNKNOWN

static const struct {
	enum tier tier;
	const char *from;
	const char *column;
	int64_t at[5]; /* of minutes 0, 1, 2, 3, 15 */
} wanted[] = {
	{ TIER_MINUTE,
	  LOOKS,
	  "time - 1795348800000",
	  { 0, 60000, NONE, 180000, 900000 } },
	{ TIER_MINUTE,
	  LOOKS,
	  "boot_ms - 86400000",
	  { 0, 60000, NONE, 180000, 900000 } },
	{ TIER_MINUTE,
	  LOOKS,
	  "base",
	  { UNKNOWN, UNKNOWN, NONE, UNKNOWN, UNKNOWN } },
	{ TIER_MINUTE,
	  LOOKS,
	  "detail",
	  { UNKNOWN, UNKNOWN, NONE, UNKNOWN, UNKNOWN } },
	{ TIER_MINUTE, LOOKS, "crc", { 0, 0, NONE, 0, 0 } },
	{ TIER_MINUTE, LOOKS, "sockets", { 1, 1, NONE, 0, 0 } },
	{ TIER_MINUTE, LOOKS, "unread", { 300, 50, NONE, 0, 0 } },
	/* at least 5, of those that are known; 0 or more is not known */
	{ TIER_MINUTE, LOOKS, "orphans", { 5, UNKNOWN, NONE, 4, 2 } },
	{ TIER_MINUTE, LOOKS, "tcp_mem_used", { UNKNOWN, 7, NONE, 3, 2 } },
	{ TIER_MINUTE, LOOKS, "complete", { 1, 0, NONE, 1, 1 } },
	{ TIER_MINUTE, LOOKS, "took_us", { 70, 240, NONE, 320, 640 } },
	{ TIER_MINUTE, LOOKS, "cpu_us", { 7, 24, NONE, 32, 64 } },
	{ TIER_MINUTE, LOOKS, "rss", { 50, 20, NONE, 60, 5 } },
	/* 200 at the begin of the second minute: that was the most of it */
	{ TIER_MINUTE, SUMS, "sums.unread", { 300, 200, NONE, 50, 0 } },
	{ TIER_MINUTE, SUMS, "sums.sockets", { 1, 1, NONE, 1, 0 } },
	{ TIER_QUARTER, LOOKS, "took_us", { 630, NONE, NONE, NONE, 640 } },
	{ TIER_QUARTER, LOOKS, "unread", { 300, NONE, NONE, NONE, 0 } },
	{ TIER_QUARTER, LOOKS, "complete", { 0, NONE, NONE, NONE, 1 } },
	{ TIER_QUARTER, SUMS, "sums.unread", { 300, NONE, NONE, NONE, 0 } },
};

static void check_sums(void)
{
	static const int64_t minutes[] = { 0, 1, 2, 3, 15 };

	for (size_t i = 0; i < sizeof(wanted) / sizeof(*wanted); i++)
		for (size_t j = 0; j < 5; j++) {
			char sql[300];
			int64_t value;

			snprintf(sql, sizeof(sql),
				 "SELECT %s FROM %s AND time = %lld",
				 wanted[i].column, wanted[i].from,
				 (long long)(NOON + minutes[j] * MINUTE));
			value = ask_file(name_of(wanted[i].tier, NOON), sql,
					 NULL);
			ck_assert_msg(value == wanted[i].at[j], "%d, %s: %lld",
				      wanted[i].tier, sql, (long long)value);
		}
}

START_TEST(of_what_came_and_went_the_most_stays)
{
	char text[200];

	make_store();
	check_sums();
	for (enum tier tier = TIER_MINUTE; tier <= TIER_QUARTER; tier++) {
		const char *name = name_of(tier, NOON);

		ck_assert_int_eq(ask_file(name,
					  "SELECT text FROM marks WHERE time "
					  "= 1795348800000 AND kind = 'mark'",
					  text),
				 0);
		ck_assert_str_eq(text, "a mark");
		ask_file(name, "SELECT boot || ' ' || host FROM store", text);
		ck_assert_str_eq(text, "a-boot a-host");
		ck_assert_int_eq(
			ask_file(name, "SELECT every_ms FROM store", NULL),
			HOUR);
		ck_assert_int_eq(
			ask_file(name,
				 "SELECT start FROM names WHERE name = "
				 "'reader[100]' AND key = 'process'",
				 NULL),
			50);
		ck_assert_int_eq(ask_file(name,
					  "SELECT count(*) FROM names WHERE "
					  "start NOTNULL",
					  NULL),
				 1);
		ck_assert_int_eq(ask_file(name,
					  "SELECT count(DISTINCT key) FROM "
					  "names",
					  NULL),
				 8);
	}
	ck_assert_uint_eq(count_files("new"), 0);
}
END_TEST

static void count_bad(int64_t time, void *user)
{
	(void)time;
	++*(int *)user;
}

START_TEST(what_stays_is_sealed)
{
	make_store();
	for (enum tier tier = TIER_LOOK; tier <= TIER_QUARTER; tier++) {
		char why[FILE_TEXT_SIZE];
		int bad = 0;
		sqlite3 *db;

		if (tier == TIER_INCIDENT)
			continue;
		ck_assert_int_eq(file_open(dir, name_of(tier, NOON), &db, why),
				 0);
		ck_assert_int_eq(file_seal_check(db, count_bad, &bad), 0);
		ck_assert_int_eq(bad, 0);
		sqlite3_close(db);
	}
}
END_TEST

START_TEST(what_a_killed_writer_did_not_make_the_next_one_does)
{
	struct stat before, after;

	make_store();
	/* of one that has its quarters, nothing is made again */
	ck_assert_int_eq(stat(path_of(name_of(TIER_QUARTER, NOON)), &before),
			 0);
	unlink(path_of(name_of(TIER_MINUTE, NOON)));
	tier_make_missing(dir);
	ck_assert(!has_file(name_of(TIER_MINUTE, NOON)));
	ck_assert_int_eq(stat(path_of(name_of(TIER_QUARTER, NOON)), &after), 0);
	ck_assert_uint_eq(before.st_ino, after.st_ino);
	unlink(path_of(name_of(TIER_QUARTER, NOON)));
	tier_make_missing(dir);
	check_sums();
	/* nor of what is no look, or damaged */
	unlink(path_of(name_of(TIER_QUARTER, NOON)));
	put_file(name_of(TIER_LOOK, NOON), "no database", 11);
	put_file(name_of(TIER_CAPTURE, NOON), "no database", 11);
	tier_make_missing(dir);
	ck_assert(!has_file(name_of(TIER_QUARTER, NOON)));
	ck_assert_uint_eq(count_files(""), 4);
	tier_make_missing(path_of("none"));
}
END_TEST

/* Of version 1: no name has a start. */
START_TEST(an_old_file_has_sums_too)
{
	char why[FILE_TEXT_SIZE];
	sqlite3 *db;

	make_store();
	ck_assert_int_eq(file_append(dir, name_of(TIER_LOOK, NOON), &db, why),
			 0);
	ck_assert_int_eq(
		file_exec(db, "PRAGMA user_version = 1; CREATE TEMP TABLE t AS "
			      "SELECT id, key, name FROM names; DROP TABLE "
			      "main.names; CREATE TABLE names (id INTEGER "
			      "PRIMARY KEY, key TEXT, name TEXT); INSERT INTO "
			      "names SELECT * FROM t"),
		0);
	sqlite3_close(db);
	unlink(path_of(name_of(TIER_QUARTER, NOON)));
	unlink(path_of(name_of(TIER_MINUTE, NOON)));
	tier_make_missing(dir);
	check_sums();
	ck_assert_int_eq(ask_file(name_of(TIER_MINUTE, NOON),
				  "SELECT count(start) FROM names", NULL),
			 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("tier");
	TCase *tests = tcase_create("tier");

	tcase_add_checked_fixture(tests, make_dir, remove_dir);
	tcase_add_test(tests, of_what_came_and_went_the_most_stays);
	tcase_add_test(tests, what_stays_is_sealed);
	tcase_add_test(tests,
		       what_a_killed_writer_did_not_make_the_next_one_does);
	tcase_add_test(tests, an_old_file_has_sums_too);
	suite_add_tcase(suite, tests);
	return unit_run(suite);
}

// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_store_span.c - all looks, files and marks of a span of time */
#include "capture.h"
#include "store_hours.h"
#include "unit.h"

#include <errno.h>

static struct store_times times_of(int64_t since, int64_t until, bool detail,
				   int wanted)
{
	const struct store_span span = { since, until };
	char why[FILE_TEXT_SIZE] = "";
	struct store_times times;
	int ret = store_times(dir, &span, detail, &times, why);

	ck_assert_int_eq(ret, wanted);
	if (ret == -ENODATA)
		ck_assert_str_eq(why,
				 detail ? "no look of that time; older ones "
					  "leave sums alone, see 'tcpmem "
					  "history'"
					: "no look of that time");
	if (ret)
		times.count = 0;
	else
		store_times_sort(&times);
	return times;
}

static void check_times(int64_t since, int64_t until, bool detail,
			const int64_t *wanted, size_t count)
{
	struct store_times times =
		times_of(since, until, detail, count ? 0 : -ENODATA);

	ck_assert_uint_eq(times.count, count);
	for (size_t i = 0; i < count; i++)
		ck_assert_int_eq(times.time[i], wanted[i]);
	if (count)
		free(times.time);
}

START_TEST(a_span_has_both_of_its_ends)
{
	static const int64_t all[] = { NOON - HOUR, NOON, NOON + MINUTE,
				       NOON + 2 * MINUTE, NOON + HOUR };

	make_hours();
	check_times(INT64_MIN, INT64_MAX, false, all, 5);
	check_times(INT64_MIN, INT64_MAX, true, all + 1, 4);
	check_times(NOON + MINUTE, NOON + 2 * MINUTE, true, all + 2, 2);
	check_times(NOON + MINUTE, NOON + MINUTE, true, all + 2, 1);
	check_times(NOON + MINUTE + 1, NOON + 2 * MINUTE - 1, true, all, 0);
	check_times(NOON + HOUR, INT64_MAX, true, all + 4, 1);
	check_times(NOON + HOUR + 1, INT64_MAX, true, all, 0);
	check_times(INT64_MIN, NOON, true, all + 1, 1);
	check_times(INT64_MIN, NOON - 1, true, all, 0);
	check_times(INT64_MIN, NOON - 1, false, all, 1);
	check_times(INT64_MIN, NOON - HOUR - 1, false, all, 0);
}
END_TEST

START_TEST(times_ascend_each_once)
{
	int64_t time[] = { 5, 1, 9, 5, INT64_MIN, 1, 1, INT64_MAX };
	struct store_times times = { time, 8, 8 };

	store_times_sort(&times);
	ck_assert_uint_eq(times.count, 5);
	ck_assert_int_eq(time[0], INT64_MIN);
	ck_assert_int_eq(time[1], 1);
	ck_assert_int_eq(time[2], 5);
	ck_assert_int_eq(time[3], 9);
	ck_assert_int_eq(time[4], INT64_MAX);
	times.count = 0;
	store_times_sort(&times);
	ck_assert_uint_eq(times.count, 0);
	make_two_clocks();
	check_times(INT64_MIN, INT64_MAX, true,
		    (const int64_t[]){ NOON + 20 * MINUTE, NOON + 30 * MINUTE,
				       NOON + 30 * MINUTE + 1000,
				       NOON + 50 * MINUTE },
		    4);
}
END_TEST

START_TEST(many_looks_are_found)
{
	static const char insert[] =
		"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM "
		"n WHERE i < 1500) INSERT INTO looks (time) SELECT "
		"1795348800000 + i FROM n";
	struct store_config config = usual_config();
	struct store_writer *writer = open_store(&config);
	struct store_times times;

	write_look(writer, moment_at(NOON), 2);
	store_writer_close(writer);
	change(NOON, insert);
	times = times_of(INT64_MIN, INT64_MAX, true, 0);
	ck_assert_uint_eq(times.count, 1501);
	for (size_t i = 0; i < times.count; i++)
		ck_assert_int_eq(times.time[i], NOON + (int64_t)i);
	free(times.time);
}
END_TEST

START_TEST(a_span_is_what_users_write)
{
	struct store_span span;
	const char *wrong;

	ck_assert_int_eq(store_span(NULL, NULL, &span, &wrong), 0);
	ck_assert(span.since == INT64_MIN && span.until == INT64_MAX);
	ck_assert_int_eq(
		store_span("2026-11-22T12:00:00Z", NULL, &span, &wrong), 0);
	ck_assert(span.since == NOON && span.until == INT64_MAX);
	ck_assert_int_eq(
		store_span(NULL, "2026-11-22T12:00:00Z", &span, &wrong), 0);
	ck_assert(span.since == INT64_MIN && span.until == NOON);
	ck_assert_int_eq(store_span("then", "when", &span, &wrong), -EINVAL);
	ck_assert_str_eq(wrong, "then");
	ck_assert_int_eq(store_span("now", "when", &span, &wrong), -EINVAL);
	ck_assert_str_eq(wrong, "when");
}
END_TEST

/* ---- files and marks ---- */

static int visit_result;
static int64_t visited[8];
static size_t visits;

static int visit(sqlite3 *db, const struct file_entry *entry, void *user)
{
	ck_assert(db && user == visited);
	ck_assert_uint_lt(visits, 8);
	visited[visits++] = entry->begin;
	return visit_result;
}

static int each_file(int64_t since, int64_t until, int result, size_t *left_out,
		     char why[FILE_TEXT_SIZE])
{
	const struct store_span span = { since, until };

	visits = 0;
	visit_result = result;
	return store_each_file(dir, &span, visit, visited, left_out, why);
}

START_TEST(files_are_opened_by_time_and_told_of_once)
{
	char why[FILE_TEXT_SIZE] = "", told[1000];
	struct capture capture;
	size_t left_out = 0;

	make_hours();
	ck_assert_int_eq(each_file(INT64_MIN, INT64_MAX, 0, NULL, why), 0);
	ck_assert_uint_eq(visits, 3);
	for (size_t i = 0; i < 3; i++)
		ck_assert_int_eq(visited[i], NOON + ((int64_t)i - 1) * HOUR);
	/* what a file may have is of an hour from its begin */
	ck_assert_int_eq(each_file(NOON, NOON + HOUR - 1, 0, NULL, why), 0);
	ck_assert_uint_eq(visits, 2);
	ck_assert_int_eq(each_file(NOON + 1, NOON + HOUR, 0, NULL, why), 0);
	ck_assert_uint_eq(visits, 2);
	ck_assert_int_eq(visited[0], NOON);
	/* any number ends it, an error has a text */
	ck_assert_int_eq(each_file(INT64_MIN, INT64_MAX, 5, NULL, why), 5);
	ck_assert_uint_eq(visits, 1);
	ck_assert_str_eq(why, "");
	ck_assert_int_eq(each_file(INT64_MIN, INT64_MAX, -EIO, NULL, why),
			 -EIO);
	ck_assert_uint_eq(visits, 1);
	ck_assert_str_eq(why,
			 "minute-20261122T110000.000Z.db: Input/output error");
	/* one that was removed meanwhile is nothing */
	ck_assert_int_eq(each_file(INT64_MIN, INT64_MAX, -ENOENT, NULL, why),
			 0);
	ck_assert_uint_eq(visits, 3);
	put_file(name_of(TIER_LOOK, NOON), "no database", 11);
	capture_stderr(&capture);
	ck_assert_int_eq(each_file(INT64_MIN, INT64_MAX, 0, &left_out, why), 0);
	ck_assert_int_eq(each_file(INT64_MIN, INT64_MAX, 0, NULL, why), 0);
	snprintf(told, sizeof(told), "%s", capture_text(&capture));
	capture_end(&capture);
	ck_assert_uint_eq(visits, 2);
	ck_assert_uint_eq(left_out, 1);
	ck_assert_ptr_nonnull(strstr(told, "look-20261122T120000.000Z.db is "
					   "left out: file is not a "
					   "database\n"));
	ck_assert_ptr_null(strchr(strchr(told, '\n') + 1, '\n'));
	remove_dir();
	ck_assert_int_eq(each_file(INT64_MIN, INT64_MAX, 0, NULL, why),
			 -ENOENT);
	ck_assert_str_eq(why, strerror(ENOENT));
	make_dir();
}
END_TEST

static int add_mark(int64_t time, const char *kind, const char *text,
		    void *user)
{
	char *all = user;

	snprintf(all + strlen(all), 200 - strlen(all), "%d %s %s|",
		 (int)(time - NOON), kind, text);
	return strcmp(text, "stop") == 0 ? 7 : 0;
}

static int list_marks(int64_t since, int64_t until, char all[200])
{
	const struct store_span span = { since, until };
	char why[FILE_TEXT_SIZE];
	sqlite3 *db;
	int ret;

	*all = '\0';
	ck_assert_int_eq(file_open(dir, name_of(TIER_LOOK, NOON), &db, why), 0);
	ret = store_each_mark(db, &span, add_mark, all);
	sqlite3_close(db);
	return ret;
}

START_TEST(marks_of_a_span_are_by_time)
{
	struct store_config config = usual_config();
	struct store_writer *writer = open_store(&config);
	char all[200];

	store_mark(writer, NOON + 5, "mark", "b");
	store_mark(writer, NOON + 3, "gap", "a");
	store_mark(writer, NOON + 9, "mark", "c");
	write_look(writer, moment_at(NOON), 5);
	store_writer_close(writer);
	ck_assert_int_eq(list_marks(INT64_MIN, INT64_MAX, all), 0);
	ck_assert_str_eq(all, "3 gap a|5 mark b|9 mark c|");
	ck_assert_int_eq(list_marks(NOON + 3, NOON + 5, all), 0);
	ck_assert_str_eq(all, "3 gap a|5 mark b|");
	ck_assert_int_eq(list_marks(NOON + 4, NOON + 8, all), 0);
	ck_assert_str_eq(all, "5 mark b|");
	change(NOON, "UPDATE marks SET kind = NULL WHERE text = 'a'");
	change(NOON, "UPDATE marks SET text = NULL WHERE text = 'c'");
	change(NOON, "UPDATE marks SET text = 'stop' WHERE text = 'b'");
	ck_assert_int_eq(list_marks(INT64_MIN, NOON + 3, all), 0);
	ck_assert_str_eq(all, "3  a|");
	ck_assert_int_eq(list_marks(NOON + 9, INT64_MAX, all), 0);
	ck_assert_str_eq(all, "9 mark |");
	ck_assert_int_eq(list_marks(INT64_MIN, INT64_MAX, all), 7);
	ck_assert_str_eq(all, "3  a|5 mark stop|");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("store_span");
	TCase *tests = tcase_create("store_span");

	tcase_add_checked_fixture(tests, make_dir, remove_dir);
	tcase_add_test(tests, a_span_has_both_of_its_ends);
	tcase_add_test(tests, times_ascend_each_once);
	tcase_add_test(tests, many_looks_are_found);
	tcase_add_test(tests, a_span_is_what_users_write);
	tcase_add_test(tests, files_are_opened_by_time_and_told_of_once);
	tcase_add_test(tests, marks_of_a_span_are_by_time);
	suite_add_tcase(suite, tests);
	return unit_run(suite);
}

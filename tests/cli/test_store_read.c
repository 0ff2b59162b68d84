// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_store_read.c - which look answers for a time */
#include "store_hours.h"
#include "unit.h"

#include <errno.h>

/* struct answer - what store_capture() finds */
struct answer {
	struct store_found found;
	char why[FILE_TEXT_SIZE];
	uint32_t unread; /* of its socket */
	int ret;
};

static struct answer look_at(int64_t time)
{
	struct bytes capture = { 0 };
	struct answer answer = { 0 };

	memset(&answer.found, 7, sizeof(answer.found));
	answer.ret =
		store_capture(dir, time, &capture, &answer.found, answer.why);
	if (answer.ret == 0) {
		struct tcpmem_snapshot *snap = made_load(&capture);
		int64_t unread = 0;

		tcpmem_socket_get_metric(tcpmem_snapshot_get_socket(snap, 0),
					 TCPMEM_METRIC_UNREAD, &unread);
		answer.unread = (uint32_t)unread;
		tcpmem_snapshot_free(snap);
	}
	bytes_free(&capture);
	return answer;
}

static const struct {
	int64_t time;
	int64_t found;
	int64_t next;
	uint32_t unread;
} answers[] = {
	{ NOON, NOON, NOON + MINUTE, 2 },
	{ NOON + 1, NOON, NOON + MINUTE, 2 },
	{ NOON + MINUTE - 1, NOON, NOON + MINUTE, 2 },
	{ NOON + MINUTE, NOON + MINUTE, NOON + 2 * MINUTE, 3 },
	{ NOON + 2 * MINUTE, NOON + 2 * MINUTE, NOON + HOUR, 4 },
	{ NOON + HOUR - 1, NOON + 2 * MINUTE, NOON + HOUR, 4 },
	{ NOON + HOUR, NOON + HOUR, 0, 5 },
	{ INT64_MAX, NOON + HOUR, 0, 5 },
};

START_TEST(the_last_look_that_is_not_later_answers)
{
	make_hours();
	for (size_t i = 0; i < sizeof(answers) / sizeof(*answers); i++) {
		struct answer answer = look_at(answers[i].time);

		ck_assert_str_eq(answer.why, "");
		ck_assert_int_eq(answer.ret, 0);
		ck_assert_uint_eq(answer.unread, answers[i].unread);
		ck_assert_int_eq(answer.found.time, answers[i].found);
		ck_assert_int_eq(answer.found.next, answers[i].next);
		ck_assert_int_eq(answer.found.every_ms, HOUR);
		ck_assert(!answer.found.sums);
		if (answers[i].unread == 4) {
			ck_assert_int_eq(answer.found.cost.took_us, 3000);
			ck_assert_int_eq(answer.found.cost.cpu_us, 700);
			ck_assert_int_eq(answer.found.cost.rss, 9);
			ck_assert_int_eq(answer.found.lasts_ms,
					 3 * HOUR + 6 + 7);
		} else {
			ck_assert_int_eq(answer.found.cost.rss, 0);
			ck_assert_int_eq(answer.found.lasts_ms, 3 * HOUR);
		}
	}
}
END_TEST

START_TEST(a_time_without_a_look_is_told_what_there_is)
{
	struct answer answer;

	make_hours();
	answer = look_at(NOON - 1);
	ck_assert_int_eq(answer.ret, -ENODATA);
	ck_assert_str_eq(answer.why, "no look is so old");
	ck_assert_int_eq(answer.found.time, 0);
	ck_assert_int_eq(answer.found.next, NOON);
	/* the sums are for an hour from the begin of their file */
	ck_assert(answer.found.sums);
	ck_assert(look_at(NOON - HOUR).found.sums);
	ck_assert(!look_at(NOON - HOUR - 1).found.sums);
	for (int64_t hour = 0; hour <= 1; hour++)
		unlink(path_of(name_of(TIER_LOOK, NOON + hour * HOUR)));
	answer = look_at(NOON + HOUR);
	ck_assert_int_eq(answer.ret, -ENODATA);
	ck_assert_str_eq(answer.why, "no look is so old");
	ck_assert_int_eq(answer.found.next, 0);
	ck_assert(answer.found.sums);
	ck_assert(look_at(NOON + 2 * HOUR - 1).found.sums);
	ck_assert(!look_at(NOON + 2 * HOUR).found.sums);
	ck_assert(!look_at(INT64_MAX).found.sums);
	remove_dir();
	make_dir();
	answer = look_at(NOON);
	ck_assert_int_eq(answer.ret, -ENODATA);
	ck_assert_str_eq(answer.why, "no looks in it");
	remove_dir();
	answer = look_at(NOON);
	ck_assert_int_eq(answer.ret, -ENOENT);
	ck_assert_str_eq(answer.why, strerror(ENOENT));
	make_dir();
}
END_TEST

/* Before anything has needed the libraries of a store */
START_TEST(an_empty_store_is_told_as_such)
{
	struct answer answer = look_at(NOON);

	ck_assert_int_eq(answer.ret, -ENODATA);
	ck_assert_str_eq(answer.why, "no looks in it");
}
END_TEST

START_TEST(what_is_damaged_keeps_no_other_look_from_answering)
{
	struct answer answer;

	make_hours();
	change(NOON, "UPDATE looks SET crc = crc + 1 WHERE time % 3600000 = "
		     "60000");
	ck_assert_int_eq(look_at(NOON).ret, 0);
	answer = look_at(NOON + MINUTE);
	ck_assert_int_eq(answer.ret, -EBADMSG);
	ck_assert_str_eq(answer.why, "look-20261122T120000.000Z.db: the look "
				     "is damaged");
	/* it rests on that one */
	ck_assert_int_eq(look_at(NOON + 2 * MINUTE).ret, -EBADMSG);
	change(NOON, "UPDATE looks SET base = time + 1 WHERE time % 3600000 = "
		     "120000");
	ck_assert_int_eq(look_at(NOON + 2 * MINUTE).ret, -EBADMSG);
	change(NOON, "UPDATE looks SET base = time WHERE time % 3600000 = "
		     "120000");
	ck_assert_int_eq(look_at(NOON + 2 * MINUTE).ret, -EBADMSG);
	change(NOON, "UPDATE looks SET base = 5 WHERE time % 3600000 = "
		     "120000");
	ck_assert_int_eq(look_at(NOON + 2 * MINUTE).ret, -EBADMSG);
	change(NOON, "UPDATE looks SET detail = NULL");
	ck_assert_int_eq(look_at(NOON).ret, -EBADMSG);
	ck_assert_int_eq(look_at(NOON + HOUR).ret, 0);
	put_file(name_of(TIER_LOOK, NOON), "no database", 11);
	answer = look_at(NOON + MINUTE);
	ck_assert_int_eq(answer.ret, -EBADMSG);
	ck_assert_str_eq(answer.why, "look-20261122T120000.000Z.db: file is "
				     "not a database");
	ck_assert_int_eq(look_at(NOON + HOUR).ret, 0);
	/* of a later version, and removed meanwhile */
	put_file(name_of(TIER_LOOK, NOON), "", 0);
	unlink(path_of(name_of(TIER_LOOK, NOON)));
	ck_assert_int_eq(symlink("removed", path_of(name_of(TIER_LOOK, NOON))),
			 0);
	answer = look_at(NOON + MINUTE);
	ck_assert_int_eq(answer.ret, -ENODATA);
	ck_assert_str_eq(answer.why, "no look is so old");
}
END_TEST

START_TEST(of_files_of_one_hour_the_later_look_answers)
{
	struct answer answer;

	make_two_clocks();
	answer = look_at(NOON + 50 * MINUTE);
	ck_assert_uint_eq(answer.unread, 2);
	ck_assert_int_eq(answer.found.next, 0);
	answer = look_at(NOON + 40 * MINUTE);
	ck_assert_uint_eq(answer.unread, 4);
	ck_assert_int_eq(answer.found.next, NOON + 50 * MINUTE);
	answer = look_at(NOON + 30 * MINUTE);
	ck_assert_uint_eq(answer.unread, 3);
	ck_assert_int_eq(answer.found.next, NOON + 30 * MINUTE + 1000);
	answer = look_at(NOON + 29 * MINUTE);
	ck_assert_uint_eq(answer.unread, 1);
	ck_assert_int_eq(answer.found.next, NOON + 30 * MINUTE);
	/* the last one is that which was written last */
	ck_assert_uint_eq(look_at(INT64_MAX).unread, 4);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("store_read");
	TCase *tests = tcase_create("store_read");

	tcase_add_checked_fixture(tests, make_dir, remove_dir);
	tcase_add_test(tests, the_last_look_that_is_not_later_answers);
	tcase_add_test(tests, an_empty_store_is_told_as_such);
	tcase_add_test(tests, a_time_without_a_look_is_told_what_there_is);
	tcase_add_test(tests,
		       what_is_damaged_keeps_no_other_look_from_answering);
	tcase_add_test(tests, of_files_of_one_hour_the_later_look_answers);
	suite_add_tcase(suite, tests);
	return unit_run(suite);
}

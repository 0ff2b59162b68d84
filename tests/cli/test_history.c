// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_history.c - times that a damaged file may say, within a history */
#include "history/history.h"
#include "unit.h"

START_TEST(every_time_has_a_place)
{
	struct history history = { .begin = 1000, .end = 2000 };

	ck_assert_uint_eq(history_place(&history, 1000), 0);
	ck_assert_uint_eq(history_place(&history, 1500), SPARK_COUNT / 2 - 1);
	ck_assert_uint_eq(history_place(&history, 2000), SPARK_COUNT - 1);
	ck_assert_uint_eq(history_place(&history, INT64_MIN), 0);
	ck_assert_uint_eq(history_place(&history, INT64_MAX), SPARK_COUNT - 1);
	history = (struct history){ .begin = INT64_MIN, .end = INT64_MAX };
	ck_assert_uint_lt(history_place(&history, INT64_MAX - 1), SPARK_COUNT);
	ck_assert_uint_eq(history_place(&history, 0), SPARK_COUNT / 2 - 1);
	history = (struct history){ .begin = 5, .end = 5 };
	ck_assert_uint_eq(history_place(&history, 6), 0);
}
END_TEST

/* The name of a file says when it begins, and anybody could have named it. */
START_TEST(nothing_lasts_beyond_the_last_look)
{
	const int64_t sums[SUMS_COUNT] = { [SUM_SOCKETS] = 1, [SUM_HELD] = 7 };
	struct history history = { .begin = 1000, .end = 2000 };
	struct group_row *row = history_row(&history, "a group", 0);

	ck_assert_ptr_nonnull(row);
	history_add(&history, row, 1500, sums);
	history_end_file(&history, INT64_MAX);
	ck_assert_int_eq(row->last, 2000);
	ck_assert_int_eq(row->held[0], 0);
	ck_assert_int_eq(row->held[SPARK_COUNT - 1], 7);
	history_free(&history);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("history");
	TCase *tcase = tcase_create("times");

	tcase_add_test(tcase, every_time_has_a_place);
	tcase_add_test(tcase, nothing_lasts_beyond_the_last_look);
	suite_add_tcase(suite, tcase);
	return unit_run(suite);
}

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

/* Sums of one socket that holds so much; of none with 0 */
static void add(struct history *history, struct group_row *row, int64_t time,
		int64_t held)
{
	const int64_t sums[SUMS_COUNT] = {
		[SUM_SOCKETS] = held != 0,
		[SUM_HELD] = held,
		[SUM_UNREAD] = held == TCPMEM_UNKNOWN ? 9 : 10 - held,
	};

	history_add(history, row, time, sums);
}

static void check_parts(const struct group_row *row, size_t from, size_t to,
			int64_t held)
{
	for (size_t i = from; i <= to; i++)
		ck_assert_msg(row->held[i] == held, "part %zu", i);
}

/* Parts are of 50 ms each. */
#define SPAN                               \
	{                                  \
		.begin = 1000, .end = 2000 \
	}

/* "Of what was before the span, the last row says how it began." */
START_TEST(what_was_before_lasts_into_the_span)
{
	struct history history = SPAN;
	struct group_row *row = history_row(&history, "a", 0);

	add(&history, row, 400, 9);
	add(&history, row, 500, 7);
	ck_assert_int_eq(row->first, 0);
	ck_assert(row->peak[SUM_HELD] == TCPMEM_UNKNOWN);
	add(&history, row, 1100, 3);
	ck_assert_int_eq(row->first, 1000);
	ck_assert_int_eq(row->last, 1100);
	check_parts(row, 2, SPARK_COUNT - 1, 0);
	add(&history, row, 1500, 0);
	ck_assert_int_eq(row->first, 1000);
	ck_assert_int_eq(row->last, 1500);
	ck_assert_int_eq(row->peak[SUM_HELD], 7);
	ck_assert_int_eq(row->peak_at, 1000);
	/* each sum has a peak of its own */
	ck_assert_int_eq(row->peak[SUM_UNREAD], 7);
	ck_assert_int_eq(row->peak[SUM_SOCKETS], 1);
	check_parts(row, 0, 1, 7);
	check_parts(row, 2, 9, 3);
	check_parts(row, 10, SPARK_COUNT - 1, 0);
	/* of none nothing lasts, and it is not seen again */
	add(&history, row, 1900, 0);
	history_end_file(&history, 2000);
	ck_assert_int_eq(row->last, 1500);
	check_parts(row, 10, SPARK_COUNT - 1, 0);
	history_free(&history);
}
END_TEST

START_TEST(the_begin_is_within_the_span)
{
	struct history history = SPAN;
	struct group_row *row = history_row(&history, "a", 0);

	add(&history, row, 1000, 5);
	ck_assert_int_eq(row->first, 1000);
	ck_assert_int_eq(row->last, 1000);
	ck_assert_int_eq(row->peak_at, 1000);
	check_parts(row, 0, 0, 5);
	check_parts(row, 1, 1, 0);
	/* of as much, the first time */
	add(&history, row, 1300, 5);
	ck_assert_int_eq(row->peak_at, 1000);
	add(&history, row, 1400, 6);
	ck_assert_int_eq(row->peak_at, 1400);
	ck_assert_int_eq(row->first, 1000);
	/* what was before has ended then */
	row = history_row(&history, "b", 0);
	add(&history, row, 500, 7);
	add(&history, row, 1000, 3);
	add(&history, row, 1001, 2);
	ck_assert_int_eq(row->peak[SUM_HELD], 3);
	history_free(&history);
}
END_TEST

START_TEST(what_is_not_known_is_no_peak)
{
	struct history history = SPAN;
	struct group_row *row = history_row(&history, "a", 0);

	add(&history, row, 1000, TCPMEM_UNKNOWN);
	ck_assert_int_eq(row->first, 1000);
	ck_assert_int_eq(row->peak_at, 0);
	ck_assert(row->peak[SUM_HELD] == TCPMEM_UNKNOWN);
	ck_assert_int_eq(row->peak[SUM_UNREAD], 9);
	check_parts(row, 0, 0, TCPMEM_UNKNOWN);
	add(&history, row, 1200, 4);
	ck_assert_int_eq(row->peak_at, 1200);
	ck_assert_int_eq(row->peak[SUM_HELD], 4);
	check_parts(row, 0, 2, TCPMEM_UNKNOWN);
	history_free(&history);
}
END_TEST

/* "after @last nobody knows, unless another one begins" */
START_TEST(between_two_files_nothing_is_known)
{
	struct history history = SPAN;
	struct group_row *row = history_row(&history, "a", 0);
	struct group_row *early = history_row(&history, "b", 0);

	add(&history, early, 700, 2);
	add(&history, row, 600, 5);
	history_end_file(&history, 800);
	ck_assert_int_eq(row->first, 0);
	add(&history, row, 1000, 5);
	history_end_file(&history, 1200);
	ck_assert_int_eq(row->last, 1200);
	add(&history, row, 1600, 6);
	check_parts(row, 0, 3, 5);
	check_parts(row, 4, 10, 0);
	ck_assert_int_eq(row->last, 1600);
	/* the file of the other ended before the span */
	ck_assert_int_eq(early->first, 0);
	check_parts(early, 0, SPARK_COUNT - 1, 0);
	/* a file may last into the span without a look there */
	add(&history, early, 900, 3);
	history_end_file(&history, 1000);
	ck_assert_int_eq(early->first, 1000);
	ck_assert_int_eq(early->peak_at, 1000);
	check_parts(early, 0, 0, 3);
	history_free(&history);
}
END_TEST

START_TEST(a_pid_of_another_boot_is_another_row)
{
	struct history history = SPAN;
	struct group_row *one = history_row(&history, "a[1]", 7), *group;

	ck_assert_int_eq(one->id, 1);
	ck_assert_ptr_eq(history_row(&history, "a[1]", 7), one);
	ck_assert_ptr_ne(history_row(&history, "a[1]", 8), one);
	ck_assert_ptr_ne(history_row(&history, "a[1]", 6), one);
	group = history_row(&history, "a[1]", 0);
	ck_assert_ptr_ne(group, one);
	ck_assert_int_eq(group->id, 4);
	history.boots = 1;
	ck_assert_ptr_ne(history_row(&history, "a[1]", 7), one);
	ck_assert_int_eq(history_row(&history, "a[1]", 7)->id, 5);
	/* what is no process goes on */
	ck_assert_ptr_eq(history_row(&history, "a[1]", 0), group);
	history.boots = 0;
	ck_assert_ptr_eq(history_row(&history, "a[1]", 7), one);
	ck_assert_uint_eq(history.rows, 5);
	history_free(&history);
}
END_TEST

START_TEST(no_time_is_a_dash)
{
	char text[WHEN_SIZE];

	history_when(0, text);
	ck_assert_str_eq(text, "-");
	history_when(1795348860999, text);
	ck_assert_str_eq(text, "2026-11-22T12:01:00Z");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("history");
	TCase *tcase = tcase_create("times");

	tcase_add_test(tcase, every_time_has_a_place);
	tcase_add_test(tcase, nothing_lasts_beyond_the_last_look);
	tcase_add_test(tcase, what_was_before_lasts_into_the_span);
	tcase_add_test(tcase, the_begin_is_within_the_span);
	tcase_add_test(tcase, what_is_not_known_is_no_peak);
	tcase_add_test(tcase, between_two_files_nothing_is_known);
	tcase_add_test(tcase, a_pid_of_another_boot_is_another_row);
	tcase_add_test(tcase, no_time_is_a_dash);
	suite_add_tcase(suite, tcase);
	return unit_run(suite);
}

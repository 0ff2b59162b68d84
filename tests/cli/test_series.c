// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_series.c - samples of a process: of too many, which are kept */
#include "explain/explain.h"
#include "unit.h"

static struct series series;

/* Sample @i of these, which says so */
static void add(int64_t from, int64_t to)
{
	for (int64_t i = from; i < to; i++)
		explain_add_to_series(&series, 1000 + i, i);
}

static void check_sample(size_t at, int64_t number)
{
	ck_assert_int_eq(series.value[at], number);
	ck_assert_int_eq(series.ns[at], 1000 + number);
}

START_TEST(all_are_kept_while_there_is_room)
{
	series = (struct series){ 0 };
	add(0, SERIES_MAX);
	ck_assert_uint_eq(series.count, SERIES_MAX);
	for (size_t i = 0; i < SERIES_MAX; i++)
		check_sample(i, (int64_t)i);
}
END_TEST

/* "Of more samples every second one is forgotten." */
START_TEST(then_every_second_one_is_kept)
{
	const size_t half = SERIES_MAX / 2;

	series = (struct series){ 0 };
	add(0, SERIES_MAX + 1);
	ck_assert_uint_eq(series.count, half + 1);
	for (size_t i = 0; i < half; i++)
		check_sample(i, 2 * (int64_t)i + 1);
	check_sample(half, SERIES_MAX);
	add(SERIES_MAX + 1, 2 * SERIES_MAX);
	ck_assert_uint_eq(series.count, SERIES_MAX);
	for (size_t i = half; i < SERIES_MAX; i++)
		check_sample(i, SERIES_MAX + 2 * (int64_t)(i - half));
}
END_TEST

START_TEST(then_every_fourth_one)
{
	const size_t half = SERIES_MAX / 2;

	series = (struct series){ 0 };
	add(0, 2 * SERIES_MAX + 9);
	ck_assert_uint_eq(series.count, half + 3);
	check_sample(half - 1, 2 * SERIES_MAX - 2);
	check_sample(half, 2 * SERIES_MAX);
	check_sample(half + 1, 2 * SERIES_MAX + 4);
	check_sample(half + 2, 2 * SERIES_MAX + 8);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("series");
	TCase *tc = tcase_create("all");

	tcase_add_test(tc, all_are_kept_while_there_is_room);
	tcase_add_test(tc, then_every_second_one_is_kept);
	tcase_add_test(tc, then_every_fourth_one);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}

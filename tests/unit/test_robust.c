// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_robust.c - statistics that a few wild values do not move */
#include "analysis/trend.h"

#include "unit.h"

#define COUNT 20

START_TEST(the_median_is_in_the_middle)
{
	double odd[] = { 9, 1, 5 };
	double even[] = { 9, 1, 5, 3 };
	double one[] = { 7 };

	ck_assert_double_eq(tm_median(odd, 3), 5);
	ck_assert_double_eq(tm_median(even, 4), 4);
	ck_assert_double_eq(tm_median(one, 1), 7);
}
END_TEST

START_TEST(wild_values_do_not_move_the_slope)
{
	double x[COUNT], y[COUNT];

	for (int i = 0; i < COUNT; i++) {
		x[i] = i * 0.5;
		y[i] = 3 * x[i] + 100;
	}
	ck_assert_double_eq_tol(tm_theil_sen(x, y, COUNT), 3, 1e-9);
	for (int i = 0; i < COUNT; i += 5)
		y[i] = i % 2 ? 1e6 : -1e6;
	ck_assert_double_eq_tol(tm_theil_sen(x, y, COUNT), 3, 0.5);
	ck_assert_double_eq_tol(tm_theil_sen(x, y + 1, 2), 3, 1e-9);
}
END_TEST

/* Values of the normal distribution, from a table of it. */
START_TEST(a_trend_is_unlikely_by_chance)
{
	double up[10], down[10], flat[10] = { 0 }, ties[10];

	for (int i = 0; i < 10; i++) {
		up[i] = i;
		down[i] = -i;
		ties[i] = i / 5;
	}
	/* score 45, variance 125: z = 44 / 11.18 = 3.935 */
	ck_assert_double_eq_tol(tm_mann_kendall(up, 10), 4.15e-5, 1e-6);
	ck_assert_double_eq(tm_mann_kendall(down, 10), 1);
	ck_assert_double_eq(tm_mann_kendall(flat, 10), 1);
	/* score 25; ties take 2 * 5 * 4 * 15 / 18 off 125: z = 24 / 9.574 */
	ck_assert_double_eq_tol(tm_mann_kendall(ties, 10), 6.09e-3, 1e-4);
}
END_TEST

START_TEST(heads_are_as_likely_as_tails)
{
	ck_assert_double_eq_tol(tm_sign_test(7, 0), 1.0 / 128, 1e-9);
	ck_assert_double_eq_tol(tm_sign_test(3, 1), 5.0 / 16, 1e-9);
	ck_assert_double_eq(tm_sign_test(2, 2), 1);
	ck_assert_double_eq(tm_sign_test(0, 9), 1);
	ck_assert_double_eq(tm_sign_test(0, 0), 1);
	/* 300 tosses, 170 heads: z = 39 / 17.32 = 2.252 */
	ck_assert_double_eq_tol(tm_sign_test(170, 130), 1.22e-2, 1e-3);
	ck_assert_double_lt(tm_sign_test(100000, 0), 1e-9);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("robust");
	TCase *robust = tcase_create("robust");

	tcase_add_test(robust, the_median_is_in_the_middle);
	tcase_add_test(robust, wild_values_do_not_move_the_slope);
	tcase_add_test(robust, a_trend_is_unlikely_by_chance);
	tcase_add_test(robust, heads_are_as_likely_as_tails);
	suite_add_tcase(suite, robust);
	return unit_run(suite);
}

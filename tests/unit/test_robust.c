// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_robust.c - statistics that a few wild values do not move, and what they
 * make of a series */
#include "analysis/trend.h"

#include "unit.h"

#include <string.h>

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
	/* the sum of the binomials of 120 to 200 */
	ck_assert_double_eq_tol(tm_sign_test(120, 80), 2.8425e-3, 1e-6);
}
END_TEST

/* Up and down alike is no trend, though not all are the same. */
START_TEST(what_rises_and_falls_has_no_trend)
{
	const double hill[] = { 1, 2, 2, 1 };

	ck_assert_double_eq(tm_mann_kendall(hill, 4), 1);
}
END_TEST

static struct tcpmem_judgement judged;

/* When it began to rise, in seconds; -1: it does not. One value a second. */
static int64_t rises_since(const int64_t *values, size_t count, int64_t least)
{
	int64_t ns[1000];

	for (size_t i = 0; i < count; i++)
		ns[i] = (int64_t)i * 1000000000;
	judged = (struct tcpmem_judgement){ .size = sizeof(judged) };
	ck_assert_int_eq(tcpmem_series_judge(ns, values, count, least, &judged),
			 0);
	return judged.trend_class == TCPMEM_TREND_CLASS_GROWTH
		       ? judged.since_ns / 1000000000
		       : -1;
}

/* @chance: that so much rises without a trend */
static void is_sure(double chance)
{
	ck_assert_double_eq_tol(judged.sure, 1 - chance, 1e-12);
}

static double chance_of(const int64_t *values, size_t count)
{
	double y[16];

	for (size_t i = 0; i < count; i++)
		y[i] = (double)values[i];
	return tm_mann_kendall(y, count);
}

/*
 * Series of 12, of which half is too short to be looked at by itself: each
 * says something of one condition, and the next one does not quite.
 */
static const struct {
	int64_t values[12];
	bool rises;
} series[] = {
	/* it falls back by a third of its rise */
	{ { 0, 30, 60, 90, 120, 10, 180, 210, 240, 270, 300, 330 }, true },
	{ { 0, 30, 60, 90, 120, 9, 180, 210, 240, 270, 300, 330 }, false },
	/* one quarter is level, at its begin, or end */
	{ { 0, 0, 0, 1, 1, 1, 1, 1, 1, 2, 2, 2 }, true },
	{ { 0, 0, 0, 1, 1, 1, 2, 2, 2, 2, 2, 3 }, true },
	{ { 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2 }, true },
	/* two are */
	{ { 0, 0, 0, 0, 0, 0, 0, 0, 0, 9, 9, 9 }, false },
	/* one falls */
	{ { 0, 1, 2, 5, 5, 5, 4, 4, 4, 9, 9, 12 }, false },
	/* the second quarter begins with the fourth value */
	{ { 0, 20, 2, 5, 6, 7, 30, 31, 32, 58, 59, 60 }, true },
	{ { 0, 100, 110, 200, 102, 102, 300, 310, 320, 500, 510, 520 }, true },
	/* since the last quarter began it rose by a 16th of all */
	{ { 0, 100, 200, 500, 600, 700, 1000, 1200, 1500, 1520, 1550, 1600 },
	  true },
	{ { 0, 100, 200, 500, 600, 700, 1000, 1200, 1501, 1520, 1550, 1600 },
	  false },
};
#define SERIES (int)(sizeof(series) / sizeof(series[0]))

START_TEST(a_series_rises_if_each_condition_holds)
{
	ck_assert_int_eq(rises_since(series[_i].values, 12, 0) >= 0,
			 series[_i].rises);
	ck_assert_int_eq(judged.trend_class,
			 series[_i].rises ? TCPMEM_TREND_CLASS_GROWTH
					  : TCPMEM_TREND_CLASS_STEADY);
}
END_TEST

/* One pair is the wrong way round, so that it is less than quite sure. */
static const int64_t rise[] = { 0, 200, 100, 300, 400, 500, 600, 700 };

/* "@least: the smallest rise", and TCPMEM_TREND_SAMPLES_MIN values */
START_TEST(a_series_is_long_and_high_enough)
{
	const int64_t *values = rise;

	ck_assert_int_eq(rises_since(values, 8, 700), 0);
	/* all of it weighs two */
	is_sure(2 * chance_of(values, 8));
	ck_assert_int_eq(rises_since(values, 8, 701), -1);
	ck_assert_int_eq(judged.trend_class, TCPMEM_TREND_CLASS_STEADY);
	ck_assert_int_eq(rises_since(values, 7, 0), -1);
	ck_assert_int_eq(judged.trend_class, TCPMEM_TREND_CLASS_UNKNOWN);
}
END_TEST

/* The last half and the last quarter are looked at for themselves. */
START_TEST(a_series_may_rise_at_its_end_alone)
{
	int64_t values[32] = { 0 };

	/* of 15 values the last half is 8, of 16 too */
	values[0] = 349;
	memcpy(values + 7, rise, sizeof(rise));
	ck_assert_int_eq(rises_since(values, 15, 0), 7);
	is_sure(4 * chance_of(rise, 8));
	values[7] = 0;
	memcpy(values + 8, rise, sizeof(rise));
	ck_assert_int_eq(rises_since(values, 16, 0), 8);
	is_sure(4 * chance_of(rise, 8));
	/* half as high before: it only came back */
	values[0] = 350;
	ck_assert_int_eq(rises_since(values, 16, 0), -1);
	values[0] = 0;
	values[7] = 350;
	ck_assert_int_eq(rises_since(values, 16, 0), -1);
	/* the last quarter of 32 */
	memset(values, 0, sizeof(values));
	values[0] = values[16] = 349;
	memcpy(values + 24, rise, sizeof(rise));
	ck_assert_int_eq(rises_since(values, 32, 0), 24);
	is_sure(4 * chance_of(rise, 8));
}
END_TEST

/* Medians of 16 parts of it */
START_TEST(a_long_series_is_judged_by_its_parts)
{
	int64_t parts[16], values[32];

	for (int i = 0; i < 16; i++) {
		parts[i] = i / 4 * 4 + 3 - i % 4;
		values[2 * i] = values[2 * i + 1] = parts[i];
	}
	ck_assert_int_ge(rises_since(values, 32, 5), 0);
	is_sure(2 * chance_of(parts, 16));
	ck_assert_int_ge(rises_since(parts, 16, 5), 0);
	is_sure(2 * chance_of(parts, 16));
}
END_TEST

/* "@since_ns: the last time that it was as low": by a 50th of the rise */
START_TEST(a_series_rises_since_it_was_low)
{
	int64_t values[300] = { 0,    50,   100,  1000, 1500, 2000,
				2500, 3000, 3500, 4000, 4500, 5000 };

	ck_assert_int_eq(rises_since(values, 12, 0), 2);
	/* "@sure: at most": nobody is surer than that */
	ck_assert_double_eq(judged.sure, 0.999);
	values[2] = 101;
	ck_assert_int_eq(rises_since(values, 12, 0), 1);
	/* beyond 120 values each second, third ... counts, and the last one */
	for (int64_t i = 0; i < 300; i++)
		values[i] = i;
	ck_assert_int_eq(rises_since(values, 120, 0), 2);
	ck_assert_int_eq(rises_since(values, 121, 0), 4);
	ck_assert_int_eq(rises_since(values, 241, 0), 6);
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
	tcase_add_test(robust, what_rises_and_falls_has_no_trend);
	tcase_add_loop_test(robust, a_series_rises_if_each_condition_holds, 0,
			    SERIES);
	tcase_add_test(robust, a_series_is_long_and_high_enough);
	tcase_add_test(robust, a_series_may_rise_at_its_end_alone);
	tcase_add_test(robust, a_long_series_is_judged_by_its_parts);
	tcase_add_test(robust, a_series_rises_since_it_was_low);
	suite_add_tcase(suite, robust);
	return unit_run(suite);
}

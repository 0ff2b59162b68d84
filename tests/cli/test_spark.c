// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_spark.c - values over time, in a line */
#include "capture.h"
#include "output/spark.h"
#include "tcpmem.h"
#include "unit.h"

#include <string.h>

static void check_spark(const int64_t *value, size_t count, bool utf8,
			const char *wanted)
{
	struct capture capture;

	capture_begin(&capture);
	spark_print(capture.out, value, count, utf8);
	ck_assert_str_eq(capture_text(&capture), wanted);
	capture_end(&capture);
}

/* "The lowest is the least value, the highest the largest" */
START_TEST(goes_from_least_to_largest)
{
	const int64_t value[] = { 0, 1, 2, 3, 4, 5, 6, 7, 8 };

	check_spark(value, 9, false, "_.:-=+*##");
	check_spark(value, 9, true, "▁▂▃▄▅▆▇██");
}
END_TEST

/* "values that differ by less than an eighth in all are not drawn as if ..." */
START_TEST(draws_small_changes_small)
{
	const int64_t steady[] = { 800, 800, 800 };
	const int64_t moved[] = { 800, 801, 850 };

	check_spark(steady, 3, false, "___");
	check_spark(moved, 3, false, "__-");
}
END_TEST

START_TEST(leaves_out_what_is_unknown)
{
	const int64_t value[] = { TCPMEM_UNKNOWN, 5, TCPMEM_UNKNOWN, 10 };
	const int64_t nothing[] = { TCPMEM_UNKNOWN };

	check_spark(value, 4, false, " _ #");
	check_spark(nothing, 1, false, "");
}
END_TEST

START_TEST(takes_any_value)
{
	const int64_t value[] = { -INT64_MAX, 0, INT64_MAX };

	check_spark(value, 3, false, "_=#");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("spark");
	TCase *tc = tcase_create("all");

	tcase_add_test(tc, goes_from_least_to_largest);
	tcase_add_test(tc, draws_small_changes_small);
	tcase_add_test(tc, leaves_out_what_is_unknown);
	tcase_add_test(tc, takes_any_value);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}

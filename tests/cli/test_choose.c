// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_choose.c - which moments a report looks at, being too many */
#include "report/report.h"
#include "unit.h"

#include <string.h>

#define MOMENTS 8640

static int64_t held[MOMENTS];

static bool is_chosen(const struct report_source *source, size_t index)
{
	for (size_t at = 0; at < REPORT_MOMENTS; at++)
		if (report_choose(source, REPORT_MOMENTS, at) == index)
			return true;
	return false;
}

/* "the first, the last, the largest between" */
START_TEST(the_largest_is_looked_at_wherever_it_is)
{
	const struct report_source source = { .count = MOMENTS, .held = held };

	for (size_t i = 0; i < MOMENTS; i += 7) {
		memset(held, 0, sizeof(held));
		held[i] = 1;
		ck_assert(is_chosen(&source, i));
		ck_assert(is_chosen(&source, 0));
		ck_assert(is_chosen(&source, MOMENTS - 1));
	}
}
END_TEST

/* A trend takes moments that ascend. */
START_TEST(moments_ascend)
{
	const struct report_source source = { .count = MOMENTS, .held = held };
	const size_t wanted[] = { 2, 3, 100, REPORT_MOMENTS };

	for (size_t i = 0; i < MOMENTS; i++)
		held[i] = (int64_t)(i * 7919 % 1000);
	for (size_t w = 0; w < 4; w++)
		for (size_t at = 1; at < wanted[w]; at++)
			ck_assert_uint_lt(
				report_choose(&source, wanted[w], at - 1),
				report_choose(&source, wanted[w], at));
}
END_TEST

/* Of so few each is looked at. */
START_TEST(all_are_looked_at_if_they_are_few)
{
	const struct report_source known = { .count = 5, .held = held };
	const struct report_source unknown = { .count = 5 };

	for (size_t at = 0; at < 5; at++) {
		ck_assert_uint_eq(report_choose(&known, 5, at), at);
		ck_assert_uint_eq(report_choose(&unknown, 5, at), at);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("choose");
	TCase *tc = tcase_create("all");

	tcase_add_test(tc, the_largest_is_looked_at_wherever_it_is);
	tcase_add_test(tc, moments_ascend);
	tcase_add_test(tc, all_are_looked_at_if_they_are_few);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}

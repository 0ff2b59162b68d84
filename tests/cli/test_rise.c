// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_rise.c - which rise a report tells of */
#include "report/report.h"
#include "unit.h"

#define M (INT64_C(1) << 20)

/* A report of @count moments; a negative number begins behind a gap. */
static struct report_rise rise_of(const int64_t *held, size_t count)
{
	struct report_moment moment[16] = { 0 };
	struct report report = { .moment = moment, .count = count };

	for (size_t at = 0; at < count; at++) {
		bool apart = held[at] < 0 && held[at] != TCPMEM_UNKNOWN;

		moment[at].apart = apart;
		moment[at].value[REPORT_HELD] = apart ? -held[at] : held[at];
		if (moment[at].value[REPORT_HELD] >
		    moment[report.peak_at].value[REPORT_HELD])
			report.peak_at = at;
	}
	return report_find_rise(&report);
}

#define RISE(...)                                 \
	rise_of((const int64_t[]){ __VA_ARGS__ }, \
		sizeof((int64_t[]){ __VA_ARGS__ }) / sizeof(int64_t))

static void is_rise(struct report_rise rise, size_t base, size_t begin,
		    size_t top)
{
	ck_assert(rise.found);
	ck_assert_uint_eq(rise.base, base);
	ck_assert_uint_eq(rise.begin, begin);
	ck_assert_uint_eq(rise.top, top);
}

START_TEST(it_goes_from_the_least_to_the_peak)
{
	struct report_rise rise = RISE(9 * M, 5 * M, 5 * M, 60 * M, 100 * M, M);

	is_rise(rise, 2, 2, 4);
	ck_assert_int_eq(rise.bytes, 95 * M);
}
END_TEST

START_TEST(it_need_not_end_at_the_peak)
{
	is_rise(RISE(500 * M, 10 * M, 100 * M, 495 * M), 1, 1, 3);
	is_rise(RISE(M, 500 * M, -509 * M, 510 * M), 0, 0, 1);
}
END_TEST

START_TEST(what_does_not_compare_is_no_rise)
{
	ck_assert(!RISE(M, -500 * M, 500 * M).found);
	ck_assert(!RISE(TCPMEM_UNKNOWN, 500 * M, 500 * M).found);
	ck_assert(!RISE(500 * M, TCPMEM_UNKNOWN).found);
	ck_assert(!RISE(TCPMEM_UNKNOWN).found);
	/* a look without counters between is none */
	is_rise(RISE(M, TCPMEM_UNKNOWN, 500 * M), 0, 0, 2);
}
END_TEST

START_TEST(a_part_of_the_host_that_comes_into_sight_is_no_rise)
{
	struct report_moment moment[2] = { { .left_out = 1 } };
	struct report report = { .moment = moment, .count = 2, .peak_at = 1 };

	moment[1].value[REPORT_HELD] = 500 * M;
	ck_assert(!report_find_rise(&report).found);
	moment[1].left_out = 1;
	ck_assert(report_find_rise(&report).found);
}
END_TEST

START_TEST(what_one_socket_may_hold_is_none)
{
	ck_assert(!RISE(M, M + 256 * 1024 - 1).found);
	ck_assert(RISE(M, M + 256 * 1024).found);
	/* nor less than a tenth */
	ck_assert(!RISE(100 * M, 110 * M).found);
	ck_assert(RISE(100 * M, 112 * M).found);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("rise");
	TCase *tc = tcase_create("all");

	tcase_add_test(tc, it_goes_from_the_least_to_the_peak);
	tcase_add_test(tc, it_need_not_end_at_the_peak);
	tcase_add_test(tc, what_does_not_compare_is_no_rise);
	tcase_add_test(tc, a_part_of_the_host_that_comes_into_sight_is_no_rise);
	tcase_add_test(tc, what_one_socket_may_hold_is_none);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}

// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_human.c - bytes in IEC units */
#include "output/text.h"
#include "tcpmem.h"
#include "unit.h"

#include <stdio.h>

static const struct {
	int64_t bytes;
	const char *text;
} cases[] = {
	{ 0, "0B" },
	{ 1, "1B" },
	{ 1023, "1023B" },
	{ 1024, "1.0K" },
	{ 1075, "1.0K" },
	{ 1076, "1.1K" }, /* 1.0508 */
	{ 1536, "1.5K" },
	{ 10137, "9.9K" },  /* 9.899 */
	{ 10190, "10.0K" }, /* 9.951: its tenth is a whole one */
	{ 102349, "100K" }, /* 99.9502 */
	{ 10188, "9.9K" },
	{ 102348, "99.9K" }, /* 99.949 */
	{ 102400, "100K" },
	{ 102912, "101K" }, /* 100.5 */
	{ 1023 * 1024 + 511, "1023K" },
	{ 1023 * 1024 + 512, "1.0M" },
	{ 1024 * 1024, "1.0M" },
	{ INT64_C(213) << 20, "213M" },
	{ INT64_C(5) << 30, "5.0G" },
	{ INT64_C(3) << 40, "3.0T" },
	{ INT64_C(2) << 50, "2.0P" },
	{ INT64_MAX, "8.0E" },
	{ INT64_MIN + 1, "-8.0E" },
	{ INT64_MIN, "unknown" }, /* TCPMEM_UNKNOWN */
	{ -1, "-1B" },
	{ -4000, "-3.9K" },
};

/* "One decimal below 100, none above" */
START_TEST(writes_bytes_for_people)
{
	char text[HUMAN_SIZE];

	human_bytes(cases[_i].bytes, text);
	ck_assert_str_eq(text, cases[_i].text);
}
END_TEST

/* (scanf takes an E for an exponent.) What is rounded is off by half of the
 * last digit at most. */
START_TEST(is_near_what_it_stands_for)
{
	static const char units[] = "BKMGTP";

	for (int64_t bytes = 1; bytes < INT64_C(1) << 60;
	     bytes += bytes / 7 + 1) {
		char text[HUMAN_SIZE];
		double scale = 1;
		double value;
		char unit;

		human_bytes(bytes, text);
		ck_assert_int_eq(sscanf(text, "%lf%c", &value, &unit), 2);
		for (const char *u = units; *u != unit; u++)
			scale *= 1024;
		ck_assert_double_lt(value, 1024);
		ck_assert_double_eq_tol(value * scale, (double)bytes,
					(value < 100 ? 0.0501 : 0.501) * scale);
	}
}
END_TEST

START_TEST(writes_times_for_people)
{
	static const struct {
		int64_t us;
		const char *text;
	} times[] = {
		{ 0, "0us" },
		{ 999, "999us" },
		{ 1000, "1.0ms" },
		{ 3456, "3.4ms" },
		{ 99999, "99.9ms" },
		{ 100000, "100ms" },
		{ 999999, "999ms" },
		{ 1000000, "1.0s" },
		{ 59999999, "59.9s" },
		{ 60000000, "1.0min" },
		{ INT64_C(3600000000), "1.0h" },
		{ INT64_C(86400000000), "1.0d" },
		{ INT64_MAX, "106751991d" },
	};

	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		char text[HUMAN_SIZE];

		human_time(times[i].us, text);
		ck_assert_str_eq(text, times[i].text);
	}
}
END_TEST

/* "the nearest integer; the largest, where none is near" */
START_TEST(rounds_what_does_not_fit)
{
	static const struct {
		double value;
		int64_t wanted;
	} all[] = {
		{ 0.4, 0 },
		{ 0.5, 1 },
		{ -0.4, 0 },
		{ -0.5, -1 },
		{ 1e18, INT64_C(1000000000000000000) },
		{ 0x1p63, INT64_MAX },
		{ 1e300, INT64_MAX },
		{ -0x1p63, INT64_MIN },
		{ -1e300, INT64_MIN },
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		ck_assert_int_eq(human_round(all[i].value), all[i].wanted);
}
END_TEST

/* UTC, to the second or the millisecond; 64 bytes are enough for any year */
START_TEST(writes_dates_for_people)
{
	char text[WHEN_SIZE];

	when_text(INT64_C(1795348860123456789), text);
	ck_assert_str_eq(text, "2026-11-22T12:01:00Z");
	when_text_ms(INT64_C(1795348860123999999), text);
	ck_assert_str_eq(text, "2026-11-22T12:01:00.123Z");
	when_text_ms(INT64_C(1795348860000999999), text);
	ck_assert_str_eq(text, "2026-11-22T12:01:00.000Z");
	when_text(0, text);
	ck_assert_str_eq(text, "1970-01-01T00:00:00Z");
	when_text(INT64_MAX, text);
	ck_assert_str_eq(text, "2262-04-11T23:47:16Z");
	when_text(TCPMEM_UNKNOWN, text);
	ck_assert_str_eq(text, "unknown");
	when_text_ms(TCPMEM_UNKNOWN, text);
	ck_assert_str_eq(text, "unknown");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("human");
	TCase *tc = tcase_create("all");

	tcase_add_loop_test(tc, writes_bytes_for_people, 0,
			    sizeof(cases) / sizeof(cases[0]));
	tcase_add_test(tc, writes_times_for_people);
	tcase_add_test(tc, writes_dates_for_people);
	tcase_add_test(tc, rounds_what_does_not_fit);
	tcase_add_test(tc, is_near_what_it_stands_for);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}

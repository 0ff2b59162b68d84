// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_check_threshold.c - thresholds as they are written */
#include "analysis/check.h"
#include "check_fixture.h"
#include "unit.h"

#include <math.h>

static const struct {
	enum tcpmem_check_metric metric;
	const char *text;
	double warning; /* below 0: none */
	double critical;
	enum tcpmem_unit unit;
} right[] = {
	{ TCPMEM_CHECK_METRIC_HELD, "1G", -1, 1073741824, TCPMEM_UNIT_BYTES },
	{ TCPMEM_CHECK_METRIC_HELD, "512M,1.5g", 536870912, 1610612736,
	  TCPMEM_UNIT_BYTES },
	{ TCPMEM_CHECK_METRIC_HELD, "0,4096", 0, 4096, TCPMEM_UNIT_BYTES },
	{ TCPMEM_CHECK_METRIC_SOCKETS, "1k,10k", 1000, 10000,
	  TCPMEM_UNIT_SOCKETS },
	{ TCPMEM_CHECK_METRIC_CLOSE_WAIT, "100", -1, 100, TCPMEM_UNIT_SOCKETS },
	{ TCPMEM_CHECK_METRIC_TIME_WAIT, "1.5k", -1, 1500,
	  TCPMEM_UNIT_SOCKETS },
	{ TCPMEM_CHECK_METRIC_ORPHANS, "5%,10%", 5, 10, TCPMEM_UNIT_PERCENT },
	{ TCPMEM_CHECK_METRIC_ORPHANS, "7", -1, 7, TCPMEM_UNIT_SOCKETS },
	{ TCPMEM_CHECK_METRIC_TCP_MEM, "80%", -1, 80, TCPMEM_UNIT_PERCENT },
	{ TCPMEM_CHECK_METRIC_TCP_MEM, "2T", -1, 2199023255552,
	  TCPMEM_UNIT_BYTES },
	{ TCPMEM_CHECK_METRIC_GROWTH, "1M/s,10M/s", 62914560, 629145600,
	  TCPMEM_UNIT_BYTES_PER_MINUTE },
	{ TCPMEM_CHECK_METRIC_GROWTH, "10M/min", -1, 10485760,
	  TCPMEM_UNIT_BYTES_PER_MINUTE },
	{ TCPMEM_CHECK_METRIC_GROWTH, "60K/h", -1, 1024,
	  TCPMEM_UNIT_BYTES_PER_MINUTE },
	{ TCPMEM_CHECK_METRIC_UNEXPLAINED, "0.5%,1%", 0.5, 1,
	  TCPMEM_UNIT_PERCENT },
};
#define RIGHT (int)(sizeof(right) / sizeof(right[0]))

START_TEST(a_threshold_is_read)
{
	const struct tcpmem_check_result *r;

	ck_assert(!tcpmem_check_has(check, right[_i].metric));
	add(right[_i].metric, right[_i].text);
	ck_assert(tcpmem_check_has(check, right[_i].metric));
	ck_assert_int_eq(tcpmem_check_judge(check, before, snap), 0);
	r = result(right[_i].metric);
	ck_assert_double_eq_tol(r->critical.high, right[_i].critical, 1e-6);
	ck_assert_uint_eq(r->size, sizeof(*r));
	ck_assert_int_eq(r->warns, right[_i].warning >= 0);
	if (r->warns)
		ck_assert_double_eq_tol(r->warning.high, right[_i].warning,
					1e-6);
	ck_assert_int_eq(r->unit, right[_i].unit);
}
END_TEST

static const struct {
	enum tcpmem_check_metric metric;
	const char *text;
	size_t offset;
} wrong[] = {
	{ TCPMEM_CHECK_METRIC_HELD, "", 0 },
	{ TCPMEM_CHECK_METRIC_HELD, "-1", 0 },
	{ TCPMEM_CHECK_METRIC_HELD, "1Q", 1 },
	{ TCPMEM_CHECK_METRIC_HELD, "1G,", 3 },
	{ TCPMEM_CHECK_METRIC_HELD, "1G,2G,3G", 5 },
	{ TCPMEM_CHECK_METRIC_HELD, "2G,1G", 3 },
	{ TCPMEM_CHECK_METRIC_HELD, "80%", 2 },
	{ TCPMEM_CHECK_METRIC_HELD, "0x10", 1 },
	{ TCPMEM_CHECK_METRIC_HELD, "1e9", 1 },
	{ TCPMEM_CHECK_METRIC_HELD, "1.", 0 },
	{ TCPMEM_CHECK_METRIC_HELD, " 1G", 0 },
	{ TCPMEM_CHECK_METRIC_HELD, "nan", 0 },
	{ TCPMEM_CHECK_METRIC_SOCKETS, "10%", 2 },
	{ TCPMEM_CHECK_METRIC_ORPHANS, "5%,10", 3 },
	{ TCPMEM_CHECK_METRIC_GROWTH, "10M", 3 },
	{ TCPMEM_CHECK_METRIC_GROWTH, "10M/year", 3 },
	{ TCPMEM_CHECK_METRIC_HELD, "2G:1G", 3 },
	{ TCPMEM_CHECK_METRIC_HELD, "~", 0 },
	{ TCPMEM_CHECK_METRIC_HELD, "~1", 0 },
	{ TCPMEM_CHECK_METRIC_HELD, "@", 1 },
	{ TCPMEM_CHECK_METRIC_HELD, "1:2:3", 3 },
	{ TCPMEM_CHECK_METRIC_HELD, "@@1", 1 },
	{ TCPMEM_CHECK_METRIC_ORPHANS, "5%:10", 3 },
};
#define WRONG (int)(sizeof(wrong) / sizeof(wrong[0]))

/* "-EINVAL if ... the text is wrong"; the old threshold stays */
START_TEST(a_wrong_threshold_is_refused)
{
	struct tcpmem_check_error error = { .size = sizeof(error) };

	ck_assert_int_eq(tcpmem_check_add(check, wrong[_i].metric,
					  wrong[_i].text, &error),
			 -EINVAL);
	ck_assert_uint_eq(error.offset, wrong[_i].offset);
	ck_assert_ptr_nonnull(error.expected);
	ck_assert(!tcpmem_check_has(check, wrong[_i].metric));
	error.size = 1;
	ck_assert_int_eq(
		tcpmem_check_add(check, TCPMEM_CHECK_METRIC_HELD, "1", &error),
		-EINVAL);
	ck_assert_int_eq(tcpmem_check_add(check,
					  (enum tcpmem_check_metric)
						  TCPMEM_CHECK_METRIC_COUNT,
					  "1", NULL),
			 -EINVAL);
}
END_TEST

/* The examples of the guidelines for monitoring plugins, and their kin */
static const struct {
	const char *text;
	double value;
	bool alerts;
} ranges[] = {
	{ "10", 10, false },	  { "10", 11, true },
	{ "10:", 9, true },	  { "10:", 10, false },
	{ "10:", 1e18, false },	  { "~:10", 10, false },
	{ "~:10", 11, true },	  { "10:20", 9, true },
	{ "10:20", 10, false },	  { "10:20", 20, false },
	{ "10:20", 21, true },	  { "@10:20", 9, false },
	{ "@10:20", 10, true },	  { "@10:20", 20, true },
	{ "@10:20", 21, false },  { "@0:4", 0, true },
	{ "@0:4", 5, false },	  { ":10", 11, true },
	{ "5:5", 5, false },	  { "5:5", 6, true },
	{ "~:", 7, false },	  { "@~:", 7, true },
	{ "@5:", 4, false },	  { "@5:", 5, true },
	{ "0.5:1.5", 0.4, true }, { "1k:2k", 1500, false },
};
#define RANGES (int)(sizeof(ranges) / sizeof(ranges[0]))

START_TEST(a_range_alerts_as_the_guidelines_say)
{
	add(TCPMEM_CHECK_METRIC_SOCKETS, ranges[_i].text);
	ck_assert_int_eq(
		tcpmem_check_judge_value(check, TCPMEM_CHECK_METRIC_SOCKETS,
					 "it", ranges[_i].value, false),
		0);
	is_value(TCPMEM_CHECK_METRIC_SOCKETS, ranges[_i].value,
		 ranges[_i].alerts ? TCPMEM_LEVEL_CRITICAL : TCPMEM_LEVEL_OK);
}
END_TEST

/* "it may be larger, so much was seen": too little is then not known */
START_TEST(of_a_lower_bound_only_a_maximum_is_certain)
{
	static const char *const texts[] = { "5:", "@0:4", "@5:", "5" };
	static const double values[] = { 4, 4, 5, 6 };

	for (int i = 0; i < 4; i++) {
		struct tcpmem_check *one;

		ck_assert_int_eq(tcpmem_check_new(&one), 0);
		tcpmem_check_add(one, TCPMEM_CHECK_METRIC_SOCKETS, texts[i],
				 NULL);
		tcpmem_check_judge_value(one, TCPMEM_CHECK_METRIC_SOCKETS,
					 "peak", values[i], true);
		ck_assert_int_eq(tcpmem_check_get_level(one),
				 i < 2 ? TCPMEM_LEVEL_UNKNOWN
				       : TCPMEM_LEVEL_CRITICAL);
		tcpmem_check_free(one);
	}
}
END_TEST

/* "@expected: what is wanted there" */
static const struct {
	enum tcpmem_check_metric metric;
	const char *text;
	size_t offset;
	const char *expected;
} wanted[] = {
	{ TCPMEM_CHECK_METRIC_HELD, "x", 0, "bytes, as 512M or 1G" },
	{ TCPMEM_CHECK_METRIC_TCP_MEM, "x", 0,
	  "bytes, as 512M or 1G, or percent, as 80%" },
	{ TCPMEM_CHECK_METRIC_GROWTH, "1M", 2,
	  "bytes and a time: /s, /min or /h, as in 10M/min" },
	{ TCPMEM_CHECK_METRIC_SOCKETS, "x", 0, "a number, as 1000 or 10k" },
	{ TCPMEM_CHECK_METRIC_ORPHANS, "x", 0, "a number, as 1000, 10k or 5%" },
	{ TCPMEM_CHECK_METRIC_HELD, "2G:1G", 3,
	  "an end that is no less than the start" },
	{ TCPMEM_CHECK_METRIC_HELD, "2G,1G", 3,
	  "a critical value no less than the warning before it" },
	{ TCPMEM_CHECK_METRIC_ORPHANS, "5%,10", 3, "the same unit as before" },
	{ TCPMEM_CHECK_METRIC_COUNTER, "ListenDrops=1,x", 14,
	  "a number a second, or of /min or /h, as in 10/min" },
	{ TCPMEM_CHECK_METRIC_COUNTER, "ListenDrops=1/x", 13,
	  "a number a second, or of /min or /h, as in 10/min" },
	{ TCPMEM_CHECK_METRIC_COUNTER, "ListenDrops", 0,
	  "a counter of 'tcpmem limits' and =, as in ListenDrops=1" },
	{ TCPMEM_CHECK_METRIC_COUNTER, "Listen=1", 0,
	  "a counter of 'tcpmem limits' and =, as in ListenDrops=1" },
	{ TCPMEM_CHECK_METRIC_COUNTER, "ListenDropsX=1", 0,
	  "a counter of 'tcpmem limits' and =, as in ListenDrops=1" },
	{ TCPMEM_CHECK_METRIC_COUNTER, "somaxconn=1", 0,
	  "a counter of 'tcpmem limits' and =, as in ListenDrops=1" },
	{ TCPMEM_CHECK_METRIC_COUNTER, "=1", 0,
	  "a counter of 'tcpmem limits' and =, as in ListenDrops=1" },
};
#define WANTED (int)(sizeof(wanted) / sizeof(wanted[0]))

START_TEST(what_is_wanted_is_told)
{
	struct tcpmem_check_error error = { .size = sizeof(error) };

	ck_assert_int_eq(tcpmem_check_add(check, wanted[_i].metric,
					  wanted[_i].text, &error),
			 -EINVAL);
	ck_assert_str_eq(error.expected, wanted[_i].expected);
	ck_assert_uint_eq(error.offset, wanted[_i].offset);
	ck_assert(!tcpmem_check_has(check, wanted[_i].metric));
}
END_TEST

static const struct {
	enum tcpmem_check_metric metric;
	const char *text;
	double high;
	enum tcpmem_unit unit;
} numbers[] = {
	{ TCPMEM_CHECK_METRIC_COUNTER, "2", 2, TCPMEM_UNIT_EVENTS_PER_SECOND },
	{ TCPMEM_CHECK_METRIC_COUNTER, "2k", 2000,
	  TCPMEM_UNIT_EVENTS_PER_SECOND },
	{ TCPMEM_CHECK_METRIC_COUNTER, "2/s", 2,
	  TCPMEM_UNIT_EVENTS_PER_SECOND },
	{ TCPMEM_CHECK_METRIC_COUNTER, "30/min", 0.5,
	  TCPMEM_UNIT_EVENTS_PER_SECOND },
	{ TCPMEM_CHECK_METRIC_COUNTER, "1800/h", 0.5,
	  TCPMEM_UNIT_EVENTS_PER_SECOND },
	{ TCPMEM_CHECK_METRIC_SOCKETS, "1.234k", 1234, TCPMEM_UNIT_SOCKETS },
	{ TCPMEM_CHECK_METRIC_SOCKETS, "12.05", 12.05, TCPMEM_UNIT_SOCKETS },
	/* two ranges that are not two maxima need no order */
	{ TCPMEM_CHECK_METRIC_SOCKETS, "5,5", 5, TCPMEM_UNIT_SOCKETS },
	{ TCPMEM_CHECK_METRIC_SOCKETS, "10:,5", 5, TCPMEM_UNIT_SOCKETS },
	{ TCPMEM_CHECK_METRIC_SOCKETS, "10,5:6", 6, TCPMEM_UNIT_SOCKETS },
	{ TCPMEM_CHECK_METRIC_SOCKETS, "10,@5", 5, TCPMEM_UNIT_SOCKETS },
	{ TCPMEM_CHECK_METRIC_SOCKETS, "@10,5", 5, TCPMEM_UNIT_SOCKETS },
	{ TCPMEM_CHECK_METRIC_ORPHANS, "5%:10%", 10, TCPMEM_UNIT_PERCENT },
	/* nothing that has a unit: the metric's own */
	{ TCPMEM_CHECK_METRIC_ORPHANS, "~:", INFINITY, TCPMEM_UNIT_SOCKETS },
	{ TCPMEM_CHECK_METRIC_GROWTH, "1K/min:2K/min", 2048,
	  TCPMEM_UNIT_BYTES_PER_MINUTE },
};
#define NUMBERS (int)(sizeof(numbers) / sizeof(numbers[0]))

START_TEST(a_number_has_its_unit)
{
	struct tm_threshold threshold;
	const char *expected;
	size_t offset;

	ck_assert_int_eq(tm_threshold_parse(numbers[_i].metric,
					    numbers[_i].text, &threshold,
					    &offset, &expected),
			 0);
	ck_assert(threshold.given);
	ck_assert_int_eq(threshold.unit, numbers[_i].unit);
	if (isinf(numbers[_i].high))
		ck_assert(isinf(threshold.critical.high));
	else
		ck_assert_double_eq_tol(threshold.critical.high,
					numbers[_i].high, 1e-9);
}
END_TEST

/* ":END" begins at 0; "~:END" and END alone do not */
START_TEST(a_range_begins_where_it_says)
{
	static const char *const texts[] = { ":5", "~:5", "5", "3:", "3:5" };
	static const double lows[] = { 0, -INFINITY, -INFINITY, 3, 3 };

	for (int i = 0; i < 5; i++) {
		struct tm_threshold threshold;
		const char *expected;
		size_t offset;

		ck_assert_int_eq(tm_threshold_parse(TCPMEM_CHECK_METRIC_SOCKETS,
						    texts[i], &threshold,
						    &offset, &expected),
				 0);
		ck_assert(!(threshold.critical.low < lows[i]) &&
			  !(threshold.critical.low > lows[i]));
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("check threshold");
	TCase *checks = tcase_create("threshold");

	tcase_add_checked_fixture(checks, setup, teardown);
	tcase_add_loop_test(checks, a_threshold_is_read, 0, RIGHT);
	tcase_add_loop_test(checks, a_wrong_threshold_is_refused, 0, WRONG);
	tcase_add_loop_test(checks, a_range_alerts_as_the_guidelines_say, 0,
			    RANGES);
	tcase_add_test(checks, of_a_lower_bound_only_a_maximum_is_certain);
	tcase_add_loop_test(checks, what_is_wanted_is_told, 0, WANTED);
	tcase_add_loop_test(checks, a_number_has_its_unit, 0, NUMBERS);
	tcase_add_test(checks, a_range_begins_where_it_says);
	suite_add_tcase(suite, checks);
	return unit_run(suite);
}

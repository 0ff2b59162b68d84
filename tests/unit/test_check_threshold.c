// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_check_threshold.c - thresholds as they are written */
#include "check_fixture.h"
#include "unit.h"

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
	suite_add_tcase(suite, checks);
	return unit_run(suite);
}

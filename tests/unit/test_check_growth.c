// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_check_growth.c - growth and counters that rose between two moments */
#include "check_fixture.h"
#include "unit.h"

START_TEST(growth_takes_two_moments)
{
	add(TCPMEM_CHECK_METRIC_GROWTH, "400/min,600/min");
	put(before, TCPMEM_STATE_ESTABLISHED, TCPMEM_KIND_IN_FLIGHT, 1000);
	put(snap, TCPMEM_STATE_ESTABLISHED, TCPMEM_KIND_IN_FLIGHT, 2000);
	ck_assert_int_eq(tcpmem_check_judge(check, NULL, snap), -EINVAL);
	ck_assert_int_eq(tcpmem_check_judge(check, before, snap), 0);
	is_value(TCPMEM_CHECK_METRIC_GROWTH, 500, TCPMEM_LEVEL_WARNING);
	/* what was there before a boot did not grow */
	snprintf(before->clock.boot_id, sizeof(before->clock.boot_id), "old");
	ck_assert_int_eq(tcpmem_check_judge(check, before, snap), 0);
	is_unknown(TCPMEM_CHECK_METRIC_GROWTH);
}
END_TEST

/* "a growth of what was seen is none" */
START_TEST(growth_needs_both_moments_whole)
{
	put(snap, TCPMEM_STATE_ESTABLISHED, TCPMEM_KIND_PROCESS, 100);
	add(TCPMEM_CHECK_METRIC_GROWTH, "1/min");
	warn(before, TCPMEM_WARNING_NETNS_DENIED);
	ck_assert_int_eq(tcpmem_check_judge(check, before, snap), 0);
	is_unknown(TCPMEM_CHECK_METRIC_GROWTH);
}
END_TEST

/*
 * "what the other one alone has was perhaps neither opened nor closed"; the
 * same sockets' growth is one
 */
START_TEST(what_was_missed_before_did_not_grow)
{
	static const enum tcpmem_warning_code codes[] = {
		TCPMEM_WARNING_DUMP_INTERRUPTED,
		TCPMEM_WARNING_MESSAGE_MALFORMED,
		TCPMEM_WARNING_CAPTURE_DAMAGED,
		TCPMEM_WARNING_SOCKETS_UNSEEN,
	};
	struct tcpmem_snapshot *lacks = _i % 2 ? snap : before;
	struct tcpmem_snapshot *other = _i % 2 ? before : snap;

	put(before, TCPMEM_STATE_ESTABLISHED, TCPMEM_KIND_PROCESS, 1000);
	put(snap, TCPMEM_STATE_ESTABLISHED, TCPMEM_KIND_PROCESS, 2000);
	put(other, TCPMEM_STATE_CLOSE_WAIT, TCPMEM_KIND_PROCESS, 5000);
	warn(lacks, codes[_i / 2]);
	add(TCPMEM_CHECK_METRIC_GROWTH, "400/min");
	ck_assert_int_eq(tcpmem_check_set_keys(check, "state"), 0);
	ck_assert_int_eq(tcpmem_check_judge(check, before, snap), 0);
	ck_assert_int_eq(result_of("established")->level,
			 TCPMEM_LEVEL_CRITICAL);
	ck_assert_int_eq(result_of("close-wait")->level, TCPMEM_LEVEL_UNKNOWN);
	ck_assert_str_eq(result_of("close-wait")->reason, "not seen");
}
END_TEST

/* "if a file does not say when it was made": then there is no rate */
START_TEST(growth_needs_times)
{
	add(TCPMEM_CHECK_METRIC_GROWTH, "1/min");
	before->clock = (struct tm_clock){ 0 };
	ck_assert_int_eq(tcpmem_check_judge(check, before, snap), 0);
	is_unknown(TCPMEM_CHECK_METRIC_GROWTH);
	ck_assert_str_eq(result(TCPMEM_CHECK_METRIC_GROWTH)->reason,
			 "a file does not say when it was made");
}
END_TEST

/* "what an earlier look was not asked for, or could not see, is no growth" */
START_TEST(growth_needs_what_was_asked_for_before)
{
	put(before, TCPMEM_STATE_ESTABLISHED, TCPMEM_KIND_IN_FLIGHT, 1000);
	put(snap, TCPMEM_STATE_ESTABLISHED, TCPMEM_KIND_IN_FLIGHT, 1000);
	add(TCPMEM_CHECK_METRIC_GROWTH, "0/min");
	ck_assert_int_eq(tcpmem_check_judge(check, before, snap), 0);
	is_value(TCPMEM_CHECK_METRIC_GROWTH, 0, TCPMEM_LEVEL_OK);
	before->lacks_states = 1u << TCPMEM_STATE_LISTENING;
	ck_assert_int_eq(tcpmem_check_judge(check, before, snap), 0);
	is_unknown(TCPMEM_CHECK_METRIC_GROWTH);
	before->lacks_states = 0;
	warn(before, TCPMEM_WARNING_SOCK_DIAG_CLOSED);
	ck_assert_int_eq(tcpmem_check_judge(check, before, snap), 0);
	is_unknown(TCPMEM_CHECK_METRIC_GROWTH);
}
END_TEST

/* Each group by itself where there is none: none, but not before, or at once */
START_TEST(no_group_grew_if_there_was_a_time)
{
	ck_assert_int_eq(tcpmem_check_set_keys(check, "state"), 0);
	add(TCPMEM_CHECK_METRIC_GROWTH, "1/min");
	ck_assert_int_eq(tcpmem_check_judge(check, before, snap), 0);
	is_value(TCPMEM_CHECK_METRIC_GROWTH, 0, TCPMEM_LEVEL_OK);
	before->clock.boottime_ns = snap->clock.boottime_ns;
	ck_assert_int_eq(tcpmem_check_judge(check, before, snap), 0);
	is_unknown(TCPMEM_CHECK_METRIC_GROWTH);
	ck_assert_str_eq(
		result(TCPMEM_CHECK_METRIC_GROWTH)->reason,
		"the snapshot that it is compared with is not an earlier one");
}
END_TEST

/* "one of the snapshots is of some network namespaces only" */
START_TEST(growth_of_some_namespaces_is_not_that_of_all)
{
	struct tcpmem_snapshot *asked = _i ? snap : before;

	before->netns[0].inode = 7;
	put(before, TCPMEM_STATE_ESTABLISHED, TCPMEM_KIND_IN_FLIGHT, 1000);
	put(snap, TCPMEM_STATE_ESTABLISHED, TCPMEM_KIND_IN_FLIGHT, 1000);
	free(before->netns[0].name);
	before->netns[0].name = strdup("blue");
	warn(asked, TCPMEM_WARNING_NETNS_SCOPE);
	add(TCPMEM_CHECK_METRIC_GROWTH, "1/min");
	ck_assert_int_eq(tcpmem_check_judge(check, before, snap), 0);
	is_unknown(TCPMEM_CHECK_METRIC_GROWTH);
	ck_assert_str_eq(
		result(TCPMEM_CHECK_METRIC_GROWTH)->reason,
		"one of the snapshots is of some network namespaces only");
}
END_TEST

static void set_counter(struct tm_limits *limits, int64_t drops,
			int64_t read_ns)
{
	struct tcpmem_limit *l;

	tm_limits_init(limits);
	l = (struct tcpmem_limit *)tm_limits_find(limits, "ListenDrops");
	l->count_known = true;
	l->count = drops;
	limits->read_ns = read_ns;
}

static void free_limits(struct tcpmem_snapshot *s)
{
	for (size_t i = 0; i < s->netns_count; i++)
		s->netns[i].limits = NULL;
}

/* "the sum of all"; by namespace each whose counter rises */
START_TEST(counters_rise_in_all_or_in_each_namespace)
{
	static struct tm_limits old[3], now[3];
	static const int64_t drops[] = { 10, 0, 40 };

	add_netns(before);
	add_netns(snap);
	for (int i = 0; i < 3; i++) {
		set_counter(&old[i], 5, 1000000000);
		set_counter(&now[i], 5 + drops[i], 11000000000);
		before->netns[i].limits = &old[i];
		snap->netns[i].limits = &now[i];
		snap->netns[i].seen = before->netns[i].seen = true;
	}
	add(TCPMEM_CHECK_METRIC_COUNTER, "ListenDrops=2");
	ck_assert_int_eq(tcpmem_check_judge(check, before, snap), 0);
	is_value(TCPMEM_CHECK_METRIC_COUNTER, 5, TCPMEM_LEVEL_CRITICAL);
	ck_assert_str_eq(result(TCPMEM_CHECK_METRIC_COUNTER)->name,
			 "ListenDrops");
	ck_assert_int_eq(tcpmem_check_set_keys(check, "netns"), 0);
	ck_assert_int_eq(tcpmem_check_judge(check, before, snap), 0);
	ck_assert_uint_eq(tcpmem_check_get_result_count(check), 2);
	ck_assert_double_eq_tol(result_of("self")->value, 1, 1e-9);
	ck_assert_int_eq(result_of("self")->level, TCPMEM_LEVEL_OK);
	ck_assert_double_eq_tol(result_of("red")->value, 4, 1e-9);
	ck_assert_int_eq(result_of("red")->level, TCPMEM_LEVEL_CRITICAL);
	/* of one nobody knows */
	ck_assert_int_eq(tcpmem_check_set_keys(check, NULL), 0);
	set_counter(&now[2], 5, 11000000000);
	snap->netns[0].limits = NULL;
	snap->netns[0].seen = true;
	ck_assert_int_eq(tcpmem_check_judge(check, before, snap), 0);
	is_value(TCPMEM_CHECK_METRIC_COUNTER, 0, TCPMEM_LEVEL_OK);
	snap->netns[0].seen = false;
	ck_assert_int_eq(tcpmem_check_judge(check, before, snap), 0);
	is_unknown(TCPMEM_CHECK_METRIC_COUNTER);
	ck_assert_str_eq(result(TCPMEM_CHECK_METRIC_COUNTER)->reason,
			 "how it rose in some network namespaces is not known");
	free_limits(before);
	free_limits(snap);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("check_growth");
	TCase *checks = tcase_create("check_growth");

	tcase_add_checked_fixture(checks, setup, teardown);
	tcase_add_test(checks, growth_takes_two_moments);
	tcase_add_test(checks, growth_needs_both_moments_whole);
	tcase_add_loop_test(checks, what_was_missed_before_did_not_grow, 0, 8);
	tcase_add_test(checks, growth_needs_times);
	tcase_add_test(checks, growth_needs_what_was_asked_for_before);
	tcase_add_test(checks, no_group_grew_if_there_was_a_time);
	tcase_add_loop_test(checks,
			    growth_of_some_namespaces_is_not_that_of_all, 0, 2);
	tcase_add_test(checks, counters_rise_in_all_or_in_each_namespace);
	suite_add_tcase(suite, checks);
	return unit_run(suite);
}

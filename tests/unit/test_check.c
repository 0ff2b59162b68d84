// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_check.c - what is beyond a threshold, of all and of each group */
#include "check_fixture.h"
#include "in_use.h"
#include "unit.h"

/* "A value is beyond a threshold if it is larger" */
START_TEST(values_are_judged)
{
	put_some();
	add(TCPMEM_CHECK_METRIC_HELD, "3000,3499");
	add(TCPMEM_CHECK_METRIC_SOCKETS, "4,5");
	add(TCPMEM_CHECK_METRIC_CLOSE_WAIT, "1");
	add(TCPMEM_CHECK_METRIC_TIME_WAIT, "0,1");
	ck_assert_int_eq(tcpmem_check_judge(check, NULL, snap), 0);
	is_value(TCPMEM_CHECK_METRIC_HELD, 3500, TCPMEM_LEVEL_CRITICAL);
	is_value(TCPMEM_CHECK_METRIC_SOCKETS, 5, TCPMEM_LEVEL_WARNING);
	is_value(TCPMEM_CHECK_METRIC_CLOSE_WAIT, 1, TCPMEM_LEVEL_OK);
	is_value(TCPMEM_CHECK_METRIC_TIME_WAIT, 1, TCPMEM_LEVEL_WARNING);
	ck_assert_int_eq(tcpmem_check_get_level(check), TCPMEM_LEVEL_CRITICAL);
	ck_assert_str_eq(result(TCPMEM_CHECK_METRIC_HELD)->key, "total");
	/* "Given again, the last one counts"; earlier results are gone */
	add(TCPMEM_CHECK_METRIC_HELD, "4k");
	ck_assert_int_eq(tcpmem_check_judge(check, NULL, snap), 0);
	is_value(TCPMEM_CHECK_METRIC_HELD, 3500, TCPMEM_LEVEL_OK);
	ck_assert_int_eq(tcpmem_check_get_level(check), TCPMEM_LEVEL_WARNING);
}
END_TEST

/* "judges each group by itself"; "of one metric the largest value first" */
START_TEST(groups_are_judged)
{
	put_some();
	set_fact(TCPMEM_HOST_METRIC_TCP_MEM_USED, 50);
	set_fact(TCPMEM_HOST_METRIC_TCP_MEM_HIGH, 100);
	add(TCPMEM_CHECK_METRIC_HELD, "600,2000");
	add(TCPMEM_CHECK_METRIC_TCP_MEM, "80%");
	ck_assert_int_eq(tcpmem_check_set_keys(check, "colour"), -EINVAL);
	ck_assert_int_eq(tcpmem_check_set_keys(check, "state"), 0);
	ck_assert_int_eq(tcpmem_check_judge(check, NULL, snap), 0);
	ck_assert_uint_eq(tcpmem_check_get_result_count(check), 5);
	ck_assert_str_eq(tcpmem_check_get_result(check, 0)->key, "established");
	ck_assert_int_eq(tcpmem_check_get_result(check, 0)->level,
			 TCPMEM_LEVEL_CRITICAL);
	ck_assert_str_eq(tcpmem_check_get_result(check, 1)->key, "close-wait");
	ck_assert_int_eq(tcpmem_check_get_result(check, 1)->level,
			 TCPMEM_LEVEL_OK);
	is_value(TCPMEM_CHECK_METRIC_TCP_MEM, 50, TCPMEM_LEVEL_OK);
	ck_assert_int_eq(tcpmem_check_set_keys(check, NULL), 0);
	ck_assert_int_eq(tcpmem_check_judge(check, NULL, snap), 0);
	ck_assert_uint_eq(tcpmem_check_get_result_count(check), 2);
}
END_TEST

static const char *const keys_of_somebody[] = {
	"process",	"program",	 "cgroup",
	"unit",		"container",	 "pod",
	"user,process", "state,process", "container,program",
};
#define KEYS_OF_SOMEBODY \
	(int)(sizeof(keys_of_somebody) / sizeof(keys_of_somebody[0]))

/* "A row that is no such group ... is judged for TIME_WAIT and ORPHANS only" */
START_TEST(nobody_is_judged_only_when_asked_for)
{
	ck_assert_int_eq(tcpmem_check_set_keys(check, keys_of_somebody[_i]), 0);
	put_some();
	put(snap, TCPMEM_STATE_SYN_RECV, TCPMEM_KIND_SYN_RECV, 0);
	put(snap, TCPMEM_STATE_ESTABLISHED, TCPMEM_KIND_KERNEL, 1);
	add(TCPMEM_CHECK_METRIC_HELD, "0");
	add(TCPMEM_CHECK_METRIC_SOCKETS, "0");
	add(TCPMEM_CHECK_METRIC_CLOSE_WAIT, "0");
	add(TCPMEM_CHECK_METRIC_GROWTH, "0/min");
	add(TCPMEM_CHECK_METRIC_ORPHANS, "0");
	add(TCPMEM_CHECK_METRIC_TIME_WAIT, "0");
	ck_assert_int_eq(tcpmem_check_judge(check, before, snap), 0);
	is_value(TCPMEM_CHECK_METRIC_HELD, 0, TCPMEM_LEVEL_OK);
	is_value(TCPMEM_CHECK_METRIC_SOCKETS, 0, TCPMEM_LEVEL_OK);
	is_value(TCPMEM_CHECK_METRIC_CLOSE_WAIT, 0, TCPMEM_LEVEL_OK);
	is_value(TCPMEM_CHECK_METRIC_GROWTH, 0, TCPMEM_LEVEL_OK);
	is_value(TCPMEM_CHECK_METRIC_ORPHANS, 1, TCPMEM_LEVEL_CRITICAL);
	is_value(TCPMEM_CHECK_METRIC_TIME_WAIT, 1, TCPMEM_LEVEL_CRITICAL);
}
END_TEST

/* "or if the query asked for no states but such" */
START_TEST(states_ask_for_nobody)
{
	ck_assert_int_eq(tcpmem_check_set_keys(check, "process"), 0);
	put(snap, TCPMEM_STATE_TIME_WAIT, TCPMEM_KIND_TIME_WAIT, 0);
	put(snap, TCPMEM_STATE_TIME_WAIT, TCPMEM_KIND_TIME_WAIT, 0);
	add(TCPMEM_CHECK_METRIC_SOCKETS, "1");
	snap->states = TCPMEM_STATES_ALL;
	ck_assert_int_eq(tcpmem_check_judge(check, NULL, snap), 0);
	is_value(TCPMEM_CHECK_METRIC_SOCKETS, 0, TCPMEM_LEVEL_OK);
	snap->states = 1u << TCPMEM_STATE_TIME_WAIT;
	ck_assert_int_eq(tcpmem_check_judge(check, NULL, snap), 0);
	is_value(TCPMEM_CHECK_METRIC_SOCKETS, 2, TCPMEM_LEVEL_CRITICAL);
}
END_TEST

/* "Every metric that has a threshold has one result or more." */
START_TEST(no_group_is_a_result_too)
{
	add(TCPMEM_CHECK_METRIC_CLOSE_WAIT, "100");
	ck_assert_int_eq(tcpmem_check_set_keys(check, "process"), 0);
	ck_assert_int_eq(tcpmem_check_judge(check, NULL, snap), 0);
	is_value(TCPMEM_CHECK_METRIC_CLOSE_WAIT, 0, TCPMEM_LEVEL_OK);
}
END_TEST

/* "Of all sockets the kernel's own count is taken." */
START_TEST(orphans_are_counted_by_the_kernel)
{
	put_some();
	add(TCPMEM_CHECK_METRIC_ORPHANS, "5%,10%");
	ck_assert_int_eq(tcpmem_check_judge(check, NULL, snap), 0);
	is_unknown(TCPMEM_CHECK_METRIC_ORPHANS);
	set_fact(TCPMEM_HOST_METRIC_ORPHANS, 8);
	ck_assert_int_eq(tcpmem_check_judge(check, NULL, snap), 0);
	is_unknown(TCPMEM_CHECK_METRIC_ORPHANS);
	set_fact(TCPMEM_HOST_METRIC_ORPHANS_MAX, 100);
	ck_assert_int_eq(tcpmem_check_judge(check, NULL, snap), 0);
	is_value(TCPMEM_CHECK_METRIC_ORPHANS, 8, TCPMEM_LEVEL_WARNING);
	/* a filter that was applied to all, and less that was read */
	snap->selected = true;
	ck_assert_int_eq(tcpmem_check_judge(check, NULL, snap), 0);
	is_value(TCPMEM_CHECK_METRIC_ORPHANS, 1, TCPMEM_LEVEL_OK);
	snap->selected = false;
	snap->accounting.narrowed = true;
	ck_assert_int_eq(tcpmem_check_judge(check, NULL, snap), 0);
	is_value(TCPMEM_CHECK_METRIC_ORPHANS, 1, TCPMEM_LEVEL_OK);
}
END_TEST

START_TEST(a_number_of_the_caller_is_judged)
{
	add(TCPMEM_CHECK_METRIC_HELD, "1K,2K");
	add(TCPMEM_CHECK_METRIC_TCP_MEM, "80%");
	ck_assert_int_eq(tcpmem_check_judge_value(check,
						  TCPMEM_CHECK_METRIC_HELD,
						  "peak", 1500, false),
			 0);
	is_value(TCPMEM_CHECK_METRIC_HELD, 1500, TCPMEM_LEVEL_WARNING);
	ck_assert_str_eq(result(TCPMEM_CHECK_METRIC_HELD)->key, "peak");
	/* "none if @metric has no threshold" */
	ck_assert_int_eq(tcpmem_check_judge_value(check,
						  TCPMEM_CHECK_METRIC_SOCKETS,
						  "peak", 1500, false),
			 0);
	ck_assert_uint_eq(tcpmem_check_get_result_count(check), 1);
	ck_assert_int_eq(tcpmem_check_judge_value(check,
						  TCPMEM_CHECK_METRIC_TCP_MEM,
						  "peak", 1, false),
			 -EINVAL);
	ck_assert_int_eq(
		tcpmem_check_judge_value(
			check,
			(enum tcpmem_check_metric)TCPMEM_CHECK_METRIC_COUNT,
			"peak", 1, false),
		-EINVAL);
}
END_TEST

START_TEST(a_query_asks_for_what_is_judged)
{
	uint32_t needs = 0;

	add(TCPMEM_CHECK_METRIC_HELD, "1G");
	tcpmem_check_require(check, &needs);
	ck_assert_uint_eq(needs, 0);
	add(TCPMEM_CHECK_METRIC_ORPHANS, "1");
	tcpmem_check_require(check, &needs);
	ck_assert_uint_eq(needs, TCPMEM_NEED_HOLDERS);
	ck_assert_int_eq(tcpmem_check_set_keys(check, "unit"), 0);
	tcpmem_check_require(check, &needs);
	ck_assert_uint_eq(needs, TCPMEM_NEED_HOLDERS | TCPMEM_NEED_METADATA);
	tcpmem_check_free(NULL);
}
END_TEST

/* What is asked of the kernel and /proc for one threshold alone */
START_TEST(each_threshold_asks_for_its_own)
{
	static const struct {
		enum tcpmem_check_metric metric;
		uint32_t needs;
	} asks[] = {
		{ TCPMEM_CHECK_METRIC_SOCKETS, 0 },
		{ TCPMEM_CHECK_METRIC_PORTS, TCPMEM_NEED_LIMITS },
		{ TCPMEM_CHECK_METRIC_ORPHANS, TCPMEM_NEED_HOLDERS },
		{ TCPMEM_CHECK_METRIC_COUNTER, TCPMEM_NEED_LIMITS },
		{ TCPMEM_CHECK_METRIC_RSS,
		  TCPMEM_NEED_HOLDERS | TCPMEM_NEED_METADATA },
		{ TCPMEM_CHECK_METRIC_FDS, TCPMEM_NEED_HOLDERS |
						   TCPMEM_NEED_METADATA |
						   TCPMEM_NEED_LIMITS },
	};
	uint32_t needs = 0;

	add(asks[_i].metric, asks[_i].metric == TCPMEM_CHECK_METRIC_COUNTER
				     ? "ListenDrops=1"
				     : "1");
	tcpmem_check_require(check, &needs);
	ck_assert_uint_eq(needs, asks[_i].needs);
}
END_TEST

/* "Return: 0, or -EINVAL if @needs has a bit that is no need." */
START_TEST(a_query_requires_known_needs_only)
{
	struct tcpmem_query *query;
	uint32_t needs = TCPMEM_NEED_INFO;

	ck_assert_int_eq(tcpmem_keys_require("state,user", &needs), 0);
	ck_assert_uint_eq(needs, TCPMEM_NEED_INFO);
	ck_assert_int_eq(tcpmem_keys_require("listener", &needs), 0);
	ck_assert_uint_eq(needs, TCPMEM_NEED_INFO | TCPMEM_NEED_METADATA);
	ck_assert_int_eq(tcpmem_keys_require("process,nothing", &needs),
			 -EINVAL);
	ck_assert_uint_eq(needs, TCPMEM_NEED_INFO | TCPMEM_NEED_METADATA);
	ck_assert_int_eq(tcpmem_query_new(&query), 0);
	ck_assert_int_eq(tcpmem_query_require(query, TCPMEM_NEEDS_ALL), 0);
	ck_assert_int_eq(tcpmem_query_require(query, TCPMEM_NEEDS_ALL + 1),
			 -EINVAL);
	tcpmem_query_free(query);
}
END_TEST

/* "@key: of the namespace": each is compared with its own limit */
START_TEST(time_wait_is_that_of_each_namespace)
{
	add_netns(snap);
	snap->netns[0].time_wait = 60;
	snap->netns[0].time_wait_max = 100;
	snap->netns[1].time_wait = 0;
	snap->netns[1].time_wait_max = 100;
	snap->netns[2].time_wait = TCPMEM_UNKNOWN;
	snap->netns[2].time_wait_max = 100;
	set_fact(TCPMEM_HOST_METRIC_TIME_WAIT, 60);
	set_fact(TCPMEM_HOST_METRIC_TIME_WAIT_MAX, 400);
	add(TCPMEM_CHECK_METRIC_TIME_WAIT, "50%");
	ck_assert_int_eq(tcpmem_check_set_keys(check, "netns"), 0);
	ck_assert_int_eq(tcpmem_check_judge(check, NULL, snap), 0);
	ck_assert_uint_eq(tcpmem_check_get_result_count(check), 2);
	ck_assert_int_eq(result_of("self")->level, TCPMEM_LEVEL_CRITICAL);
	ck_assert_double_eq_tol(result_of("self")->value, 60, 1e-9);
	ck_assert_int_eq(result_of("red")->level, TCPMEM_LEVEL_UNKNOWN);
	/* by other keys it is the host's */
	ck_assert_int_eq(tcpmem_check_set_keys(check, "state"), 0);
	ck_assert_int_eq(tcpmem_check_judge(check, NULL, snap), 0);
	is_value(TCPMEM_CHECK_METRIC_TIME_WAIT, 15, TCPMEM_LEVEL_OK);
	/* and where none is in any namespace */
	snap->netns[0].time_wait = snap->netns[2].time_wait = 0;
	ck_assert_int_eq(tcpmem_check_set_keys(check, "netns"), 0);
	ck_assert_int_eq(tcpmem_check_judge(check, NULL, snap), 0);
	is_value(TCPMEM_CHECK_METRIC_TIME_WAIT, 15, TCPMEM_LEVEL_OK);
	warn(snap, TCPMEM_WARNING_NETNS_DENIED);
	ck_assert_int_eq(tcpmem_check_judge(check, NULL, snap), 0);
	ck_assert_uint_eq(tcpmem_check_get_result_count(check), 1);
	is_unknown(TCPMEM_CHECK_METRIC_TIME_WAIT);
}
END_TEST

/* "of one metric the largest value first", unknown ones before, then by key */
START_TEST(results_have_an_order)
{
	static const struct {
		const char *key;
		double value;
		bool least;
	} values[] = {
		{ "b", 5, false }, { "c", 7, false }, { "a", 5, false },
		{ "z", 1, true },  { "y", 1, true },
	};
	static const char *const order[] = { "h", "y", "z", "c", "a", "b" };

	add(TCPMEM_CHECK_METRIC_SOCKETS, "9");
	add(TCPMEM_CHECK_METRIC_HELD, "9");
	for (int i = 0; i < 5; i++)
		ck_assert_int_eq(tcpmem_check_judge_value(
					 check, TCPMEM_CHECK_METRIC_SOCKETS,
					 values[i].key, values[i].value,
					 values[i].least),
				 0);
	ck_assert_int_eq(tcpmem_check_judge_value(check,
						  TCPMEM_CHECK_METRIC_HELD, "h",
						  1, false),
			 0);
	ck_assert_uint_eq(tcpmem_check_get_result_count(check), 6);
	for (size_t i = 0; i < 6; i++)
		ck_assert_str_eq(tcpmem_check_get_result(check, i)->key,
				 order[i]);
	ck_assert_str_eq(tcpmem_check_get_result(check, 1)->reason,
			 "it was not measured, or not all of it");
	ck_assert_str_eq(tcpmem_check_get_result(check, 0)->name, "held");
}
END_TEST

static void judge_again(void)
{
	ck_assert_int_eq(tcpmem_check_set_keys(check, "state"), 0);
	ck_assert_int_eq(tcpmem_check_judge(check, before, snap), 0);
}

static void check_and_free(void)
{
	struct tcpmem_check *one;

	ck_assert_int_eq(tcpmem_check_new(&one), 0);
	ck_assert_int_eq(tcpmem_check_set_keys(one, "state"), 0);
	ck_assert_int_eq(
		tcpmem_check_add(one, TCPMEM_CHECK_METRIC_SOCKETS, "1", NULL),
		0);
	ck_assert_int_eq(tcpmem_check_judge(one, NULL, snap), 0);
	tcpmem_check_free(one);
}

/* Nor does what was judged before. */
START_TEST(a_check_that_is_freed_leaves_nothing)
{
	put_some();
	warn(snap, TCPMEM_WARNING_NETNS_DENIED);
	warn(before, TCPMEM_WARNING_NETNS_DENIED);
	add(TCPMEM_CHECK_METRIC_SOCKETS, "1");
	add(TCPMEM_CHECK_METRIC_GROWTH, "1/min");
	add(TCPMEM_CHECK_METRIC_UNEXPLAINED, "1");
	add(TCPMEM_CHECK_METRIC_COUNTER, "ListenDrops=1");
	add(TCPMEM_CHECK_METRIC_PORTS, "1");
	add(TCPMEM_CHECK_METRIC_RSS, "1");
	LEAVES_NOTHING(judge_again());
	LEAVES_NOTHING(check_and_free());
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("check");
	TCase *checks = tcase_create("check");

	tcase_add_checked_fixture(checks, setup, teardown);
	tcase_add_test(checks, values_are_judged);
	tcase_add_test(checks, groups_are_judged);
	tcase_add_loop_test(checks, nobody_is_judged_only_when_asked_for, 0,
			    KEYS_OF_SOMEBODY);
	tcase_add_test(checks, states_ask_for_nobody);
	tcase_add_test(checks, no_group_is_a_result_too);
	tcase_add_test(checks, orphans_are_counted_by_the_kernel);
	tcase_add_test(checks, a_number_of_the_caller_is_judged);
	tcase_add_test(checks, a_query_asks_for_what_is_judged);
	tcase_add_loop_test(checks, each_threshold_asks_for_its_own, 0, 6);
	tcase_add_test(checks, a_query_requires_known_needs_only);
	tcase_add_test(checks, time_wait_is_that_of_each_namespace);
	tcase_add_test(checks, results_have_an_order);
	tcase_add_test(checks, a_check_that_is_freed_leaves_nothing);
	suite_add_tcase(suite, checks);
	return unit_run(suite);
}

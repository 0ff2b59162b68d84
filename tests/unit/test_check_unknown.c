// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_check_unknown.c - what is not known, or more than was seen */
#include "check_fixture.h"
#include "unit.h"

/* A cgroup that could not be read may be beyond, too. */
START_TEST(a_cgroup_that_is_unread_may_be_beyond)
{
	static const char *const keys[] = { "cgroup", "unit", "container",
					    "pod", "process,cgroup" };
	const struct tcpmem_process web = { .pid = 80, .comm = "web" };
	struct tm_holders *holders;
	uint32_t index;

	ck_assert_int_eq(tm_holders_new(false, &holders), 0);
	ck_assert_int_eq(tm_holders_process(holders, &web, &index), 0);
	ck_assert_int_eq(tm_holders_add(holders, 7, index), 0);
	ck_assert_int_eq(tm_holders_finish(holders), 0);
	tm_holders_free(snap->holders);
	snap->holders = holders;
	put(snap, TCPMEM_STATE_ESTABLISHED, TCPMEM_KIND_PROCESS, 0);
	snap->sockets.sock[0].holder = tm_holders_find(holders, 7);
	add(TCPMEM_CHECK_METRIC_SOCKETS, "10");
	ck_assert_int_eq(tcpmem_check_set_keys(check, keys[_i]), 0);
	ck_assert_int_eq(tcpmem_check_judge(check, NULL, snap), 0);
	is_unknown(TCPMEM_CHECK_METRIC_SOCKETS);
}
END_TEST

/* "Of sockets whose holders could not be read the value is unknown." */
START_TEST(who_is_hidden_may_be_beyond)
{
	ck_assert_int_eq(tcpmem_check_set_keys(check, "process"), 0);
	put(snap, TCPMEM_STATE_ESTABLISHED, TCPMEM_KIND_HIDDEN, 0);
	add(TCPMEM_CHECK_METRIC_SOCKETS, "10");
	add(TCPMEM_CHECK_METRIC_GROWTH, "1M/min");
	ck_assert_int_eq(tcpmem_check_judge(check, before, snap), 0);
	is_unknown(TCPMEM_CHECK_METRIC_SOCKETS);
	is_unknown(TCPMEM_CHECK_METRIC_GROWTH);
	ck_assert_int_eq(tcpmem_check_set_keys(check, "state"), 0);
	ck_assert_int_eq(tcpmem_check_judge(check, before, snap), 0);
	is_value(TCPMEM_CHECK_METRIC_SOCKETS, 1, TCPMEM_LEVEL_OK);
}
END_TEST

START_TEST(what_is_not_known_is_unknown)
{
	add(TCPMEM_CHECK_METRIC_TCP_MEM, "80%");
	add(TCPMEM_CHECK_METRIC_UNEXPLAINED, "1%");
	add(TCPMEM_CHECK_METRIC_SOCKETS, "0,10");
	put_some();
	ck_assert_int_eq(tcpmem_check_judge(check, NULL, snap), 0);
	is_unknown(TCPMEM_CHECK_METRIC_TCP_MEM);
	is_unknown(TCPMEM_CHECK_METRIC_UNEXPLAINED);
	/* "critical is the worst, then unknown, then warning" */
	is_value(TCPMEM_CHECK_METRIC_SOCKETS, 5, TCPMEM_LEVEL_WARNING);
	ck_assert_int_eq(tcpmem_check_get_level(check), TCPMEM_LEVEL_UNKNOWN);
	add(TCPMEM_CHECK_METRIC_SOCKETS, "1");
	ck_assert_int_eq(tcpmem_check_judge(check, NULL, snap), 0);
	ck_assert_int_eq(tcpmem_check_get_level(check), TCPMEM_LEVEL_CRITICAL);
}
END_TEST

/* "Beyond its threshold it is critical, else unknown." */
START_TEST(what_may_be_more_is_never_ok)
{
	add(TCPMEM_CHECK_METRIC_SOCKETS, "2,4");
	for (int value = 0; value <= 5; value++) {
		ck_assert_int_eq(tcpmem_check_judge(check, NULL, snap), 0);
		ck_assert_int_eq(tcpmem_check_judge_value(
					 check, TCPMEM_CHECK_METRIC_SOCKETS,
					 "peak", value, true),
				 0);
		ck_assert_int_eq(tcpmem_check_get_level(check),
				 value > 4 ? TCPMEM_LEVEL_CRITICAL
					   : TCPMEM_LEVEL_UNKNOWN);
	}
	ck_assert_int_eq(tcpmem_check_judge_value(check,
						  TCPMEM_CHECK_METRIC_HELD,
						  "peak", 9, true),
			 0);
	ck_assert_int_eq(
		tcpmem_check_judge_value(
			check,
			(enum tcpmem_check_metric)TCPMEM_CHECK_METRIC_COUNT,
			"peak", 9, true),
		-EINVAL);
}
END_TEST

/* "An answer that rests on that part is not known, one that does not is." */
START_TEST(what_was_not_seen_is_not_known)
{
	put(snap, TCPMEM_STATE_ESTABLISHED, TCPMEM_KIND_PROCESS, 100);
	set_fact(TCPMEM_HOST_METRIC_TCP_MEM_USED, 5);
	add(TCPMEM_CHECK_METRIC_SOCKETS, "3");
	add(TCPMEM_CHECK_METRIC_TCP_MEM, "9");
	warn(snap, TCPMEM_WARNING_NETNS_SCOPE);
	warn(snap, TCPMEM_WARNING_FDS_UNREADABLE);
	ck_assert_int_eq(tcpmem_check_judge(check, NULL, snap), 0);
	is_value(TCPMEM_CHECK_METRIC_SOCKETS, 1, TCPMEM_LEVEL_OK);
	warn(snap, TCPMEM_WARNING_NETNS_DENIED);
	ck_assert_int_eq(tcpmem_check_judge(check, NULL, snap), 0);
	is_unknown(TCPMEM_CHECK_METRIC_SOCKETS);
	ck_assert_str_eq(result(TCPMEM_CHECK_METRIC_SOCKETS)->reason,
			 "not seen");
	is_value(TCPMEM_CHECK_METRIC_TCP_MEM, 5, TCPMEM_LEVEL_OK);
}
END_TEST

/* "A lower bound is certain beyond a limit" */
START_TEST(more_than_the_limit_is_critical_whatever_else_there_is)
{
	for (int i = 0; i < 4; i++)
		put(snap, TCPMEM_STATE_ESTABLISHED, TCPMEM_KIND_PROCESS, 100);
	add(TCPMEM_CHECK_METRIC_SOCKETS, "3");
	warn(snap, TCPMEM_WARNING_NETNS_DENIED);
	ck_assert_int_eq(tcpmem_check_judge(check, NULL, snap), 0);
	is_value(TCPMEM_CHECK_METRIC_SOCKETS, 4, TCPMEM_LEVEL_CRITICAL);
}
END_TEST

/* "Rows that were seen stand, and beside them that there may be others." */
START_TEST(rows_that_were_seen_stand)
{
	put(snap, TCPMEM_STATE_ESTABLISHED, TCPMEM_KIND_PROCESS, 100);
	add(TCPMEM_CHECK_METRIC_SOCKETS, "3");
	ck_assert_int_eq(tcpmem_check_set_keys(check, "state"), 0);
	warn(snap, TCPMEM_WARNING_NETNS_DENIED);
	ck_assert_int_eq(tcpmem_check_judge(check, NULL, snap), 0);
	ck_assert_uint_eq(tcpmem_check_get_result_count(check), 2);
	ck_assert_int_eq(tcpmem_check_get_result(check, 0)->level,
			 TCPMEM_LEVEL_UNKNOWN);
	ck_assert_int_eq(tcpmem_check_get_result(check, 1)->level,
			 TCPMEM_LEVEL_OK);
}
END_TEST

/* What a snapshot lacks of one part is not known of that part alone. */
START_TEST(bound_sockets_may_be_missing)
{
	static const struct {
		uint32_t states;
		bool narrowed;
		bool known;
	} cases[] = {
		{ 0, true, false },
		{ 0, false, true },
		{ 1u << TCPMEM_STATE_BOUND_INACTIVE, true, false },
		{ 1u << TCPMEM_STATE_BOUND_INACTIVE, false, true },
		{ 1u << TCPMEM_STATE_ESTABLISHED, true, true },
	};

	add(TCPMEM_CHECK_METRIC_SOCKETS, "3");
	add(TCPMEM_CHECK_METRIC_CLOSE_WAIT, "3");
	add(TCPMEM_CHECK_METRIC_HELD, "3");
	warn(snap, TCPMEM_WARNING_SOCK_DIAG_CLOSED);
	snap->states = cases[_i].states;
	snap->accounting.narrowed = cases[_i].narrowed;
	ck_assert_int_eq(tcpmem_check_judge(check, NULL, snap), 0);
	ck_assert_int_eq(result(TCPMEM_CHECK_METRIC_SOCKETS)->known,
			 cases[_i].known);
	is_value(TCPMEM_CHECK_METRIC_CLOSE_WAIT, 0, TCPMEM_LEVEL_OK);
	is_unknown(TCPMEM_CHECK_METRIC_HELD);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("check_unknown");
	TCase *checks = tcase_create("check_unknown");

	tcase_add_checked_fixture(checks, setup, teardown);
	tcase_add_loop_test(checks, a_cgroup_that_is_unread_may_be_beyond, 0,
			    5);
	tcase_add_test(checks, who_is_hidden_may_be_beyond);
	tcase_add_test(checks, what_is_not_known_is_unknown);
	tcase_add_test(checks, what_may_be_more_is_never_ok);
	tcase_add_test(checks, what_was_not_seen_is_not_known);
	tcase_add_test(checks,
		       more_than_the_limit_is_critical_whatever_else_there_is);
	tcase_add_test(checks, rows_that_were_seen_stand);
	tcase_add_loop_test(checks, bound_sockets_may_be_missing, 0, 5);
	suite_add_tcase(suite, checks);
	return unit_run(suite);
}

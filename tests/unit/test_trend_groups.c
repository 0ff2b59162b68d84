// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_trend_groups.c - which socket counts where, and how much is kept */
#include "rows.h"
#include "trend_series.h"

#define OTHER_SOCKETS 4000

/* "processes by pid and start time" */
START_TEST(a_pid_used_again_is_another_process)
{
	for (uint64_t t = 0; t < 40; t++) {
		open_snapshot();
		process(7, 1 + t / 10, "short");
		put_all(1 + t / 10 * 100, 2 + t / 10 * 100 + t % 10);
		done();
	}
	ck_assert_int_eq(tcpmem_trend_judge(trend, NULL), 0);
	ck_assert_uint_eq(tcpmem_trend_get_row_count(trend), 4);
	IS_CHURN("total");
}
END_TEST

START_TEST(another_name_is_the_same_process)
{
	for (uint64_t t = 0; t < 30; t++) {
		open_snapshot();
		process(7, 1, t < 15 ? "before" : "after");
		put_all(1, 2 + t);
		done();
	}
	ck_assert_int_eq(tcpmem_trend_judge(trend, NULL), 0);
	ck_assert_uint_eq(tcpmem_trend_get_row_count(trend), 1);
	IS_LEAK("after[7]");
	ck_assert_str_eq(tcpmem_process_get_comm(tcpmem_trend_row_get_subject(
							 row_of("after[7]"))
							 ->process),
			 "after");
}
END_TEST

/* "With a snapshot of another boot all begins anew" */
START_TEST(a_boot_begins_anew)
{
	for (uint64_t t = 0; t < 30; t++) {
		if (t == 27) {
			boot = "boot-2";
			clock_ns = 5 * SECOND_NS;
		}
		open_snapshot();
		process(7, 1, "leaker");
		put_all(1, 2 + t);
		done();
	}
	IS_UNKNOWN("leaker[7]");
	ck_assert_int_eq(tcpmem_trend_get_elapsed_ns(trend), 2 * SECOND_NS);
}
END_TEST

/* "Of more than 1,024 groups the surplus is in one group" */
START_TEST(groups_are_bounded)
{
	for (uint32_t t = 0; t < 3; t++) {
		open_snapshot();
		for (uint32_t i = 0; i < OTHER_SOCKETS; i++) {
			process(10 + i, 1, "crowd");
			put_open(1 + i);
		}
		done();
	}
	ck_assert_uint_le(trend->group_count, TM_TREND_GROUPS);
	ck_assert_int_gt(
		trend_change(row_of("other"), TCPMEM_METRIC_SOCKETS).after,
		OTHER_SOCKETS - TM_TREND_GROUPS);
	/* those that left make room */
	for (uint32_t t = 0; t < 2 * TCPMEM_TREND_SAMPLES_MIN; t++) {
		open_snapshot();
		process(9, 1, "late");
		put_open(100000 + t);
		done();
	}
	IS_CHURN("late[9]");
}
END_TEST

static void check_near(const char *key, enum tcpmem_trend_metric count,
		       double value, double tolerance)
{
	double got = (double)trend_metric(row_of(key), count);

	ck_assert_double_eq_tol(got, value, value * tolerance);
}

/* Sockets that nobody holds, for there are many of them. */
static void put_bare(uint64_t first, uint64_t end, uint8_t state)
{
	for (uint64_t i = first; i < end; i++) {
		struct tcpmem_socket *s =
			&snap->sockets.sock[snap->sockets.count++];

		*s = (struct tcpmem_socket){
			.cookie = i,
			.state = state,
			.skmem_words = TM_SKMEM_WORDS,
		};
		/* of the crowd it would take much memory */
		if (state == TCPMEM_STATE_ESTABLISHED && room == SOCKETS)
			measure(s);
	}
}

/* trend.h: "those whose hash ends in so many zeros are known" */
START_TEST(of_too_many_sockets_some_stand_for_all)
{
	const uint64_t crowd = TM_TREND_KNOWN / 2 + 1000, each = 100;

	begin("state", 0);
	for (uint64_t t = 0; t < 40; t++) {
		room = t ? SOCKETS : crowd + SOCKETS;
		open_snapshot();
		put_bare(1, 2 + each * t, TCPMEM_STATE_ESTABLISHED);
		if (t == 0)
			put_bare(1000000, 1000000 + crowd,
				 TCPMEM_STATE_LISTENING);
		done();
		ck_assert_uint_le(trend->known.count, TM_TREND_KNOWN);
	}
	/* each is known in its group and in the total */
	ck_assert_uint_eq(trend->sparse, 1);
	IS_LEAK("established");
	check_near("established", TCPMEM_TREND_METRIC_OPENED, (double)each * 39,
		   0.1);
	check_near("total", TCPMEM_TREND_METRIC_CLOSED, (double)crowd, 0.01);
}
END_TEST

START_TEST(a_shared_socket_is_in_each_group)
{
	for (uint64_t t = 0; t < 30; t++) {
		uint32_t one, two;

		open_snapshot();
		process(7, 1, "one");
		one = owner;
		process(8, 1, "two");
		two = owner;
		for (uint64_t i = 1; i < 2 + t; i++) {
			owner = one;
			put_open(i);
			ck_assert_int_eq(
				tm_holders_add(snap->holders, (uint32_t)i, two),
				0);
		}
		done();
	}
	IS_LEAK("one[7]");
	IS_LEAK("two[8]");
	IS_LEAK("total");
	ck_assert_int_eq(
		trend_metric(row_of("total"), TCPMEM_TREND_METRIC_OPENED), 29);
}
END_TEST

/* "or needs counters and a socket of a sample came without them" */
START_TEST(a_lower_bound_is_no_point_of_a_series)
{
	struct tcpmem_change change = { .size = sizeof(change) };

	for (uint32_t t = 0; t < 3; t++) {
		open_snapshot();
		process(7, 1, "half");
		put(1, TCPMEM_STATE_ESTABLISHED, 1000);
		if (t == 1)
			put_open(2)->skmem_words = 0;
		done();
	}
	ck_assert_int_eq(tcpmem_trend_row_get_change(row_of("half[7]"),
						     TCPMEM_METRIC_HELD,
						     &change),
			 -ENODATA);
	ck_assert_int_eq(tcpmem_trend_row_get_change(row_of("half[7]"),
						     TCPMEM_METRIC_SOCKETS,
						     &change),
			 0);
}
END_TEST

START_TEST(what_is_wrong_is_refused)
{
	struct tcpmem_trend *other = NULL;

	ck_assert_int_eq(tcpmem_trend_new("colour", 0, &other), -EINVAL);
	ck_assert_int_eq(tcpmem_trend_new("state", 2, &other), -EINVAL);
	tcpmem_trend_free(NULL);
	/* nothing yet is an answer, too */
	IS_UNKNOWN("total");
	ck_assert_int_eq(tcpmem_trend_get_elapsed_ns(trend), 0);
	open_snapshot();
	done();
	/* "-EINVAL if it is no later than the last one" */
	clock_ns -= SECOND_NS;
	open_snapshot();
	ck_assert_int_eq(close_snapshot(), -EINVAL);
	IS_UNKNOWN("total");
	ck_assert(isnan(
		trend_change(row_of("total"), TCPMEM_METRIC_HELD).per_minute));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("trend-groups");
	TCase *groups = tcase_create("groups");

	tcase_add_checked_fixture(groups, setup, teardown);
	tcase_add_test(groups, a_pid_used_again_is_another_process);
	tcase_add_test(groups, another_name_is_the_same_process);
	tcase_add_test(groups, a_boot_begins_anew);
	tcase_add_test(groups, groups_are_bounded);
	tcase_add_test(groups, of_too_many_sockets_some_stand_for_all);
	tcase_add_test(groups, a_shared_socket_is_in_each_group);
	tcase_add_test(groups, a_lower_bound_is_no_point_of_a_series);
	tcase_add_test(groups, what_is_wrong_is_refused);
	suite_add_tcase(suite, groups);
	return unit_run(suite);
}

// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_trend_groups.c - which socket counts where, and how much is kept */
#include "in_use.h"
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
	check_near("established", TCPMEM_TREND_METRIC_KEPT, (double)each * 39,
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
	/* tm_random_seed(): "an odd number that nobody knows" */
	ck_assert_uint_eq(trend->seed % 2, 1);
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

/* One sample of a process that has @sockets */
static void sample(uint64_t sockets)
{
	open_snapshot();
	process(7, 1, "one");
	put_all(1, 1 + sockets);
	done();
}

/* Every second point goes when there is no room for another one. */
START_TEST(points_are_thinned_out_evenly)
{
	int64_t ns[120], values[120];
	const struct tcpmem_trend_row *row;
	size_t count;

	for (uint64_t t = 0; t < 123; t++) {
		open_snapshot();
		process(7, 1, "one");
		put_all(1, 2 + t);
		if (t >= 10) {
			process(8, 1, "late");
			put_all(1000, 1003);
		}
		done();
		if (t == 119)
			ck_assert_uint_eq(trend->slots, 120);
	}
	/* samples 2, 4 ... 120, and one point for 121 and 122, one for 123 */
	row = row_of("one[7]");
	ck_assert_int_eq(tcpmem_trend_row_get_series(trend, row,
						     TCPMEM_METRIC_SOCKETS, ns,
						     values, 62, &count),
			 0);
	ck_assert_uint_eq(count, 62);
	for (size_t i = 0; i < count; i++) {
		int64_t at = i < 61 ? 2 * (int64_t)i + 1 : 122;

		ck_assert_int_eq(values[i], at + 1);
		ck_assert_int_eq(ns[i], (1001000 + at) * SECOND_NS);
	}
	ck_assert_int_eq(tcpmem_trend_row_get_series(trend, row,
						     TCPMEM_METRIC_SOCKETS, ns,
						     values, 61, &count),
			 -ENOSPC);
	row = row_of("late[8]");
	ck_assert_int_eq(tcpmem_trend_row_get_series(trend, row,
						     TCPMEM_METRIC_SOCKETS, ns,
						     values, 120, &count),
			 0);
	for (size_t i = 0; i < count; i++)
		ck_assert(values[i] == (i < 5 ? TCPMEM_UNKNOWN : 3));
	ck_assert_uint_eq(trend->stride, 2);
	ck_assert_int_eq(tcpmem_trend_get_elapsed_ns(trend), 122 * SECOND_NS);
}
END_TEST

static void know_memory(int64_t used, int64_t pressure)
{
	snap->host.known[TCPMEM_HOST_METRIC_TCP_MEM_USED] = used >= 0;
	snap->host.fact[TCPMEM_HOST_METRIC_TCP_MEM_USED] = used;
	snap->host.known[TCPMEM_HOST_METRIC_TCP_MEM_PRESSURE] = pressure >= 0;
	snap->host.fact[TCPMEM_HOST_METRIC_TCP_MEM_PRESSURE] = pressure;
}

/* "With a snapshot of another boot all begins anew": nothing stays */
START_TEST(nothing_of_another_boot_stays)
{
	for (int t = 0; t < 125; t++)
		sample(3);
	open_snapshot();
	know_memory(1, 5);
	done();
	ck_assert_int_eq(trend->room, 4);
	trend->sparse = 1;
	ck_assert_int_eq(tcpmem_trend_judge(trend, NULL), 0);
	ck_assert_uint_eq(tcpmem_trend_get_row_count(trend), 1);
	boot = "boot-2";
	clock_ns = 5 * SECOND_NS;
	open_snapshot();
	process(9, 1, "new");
	put_all(1, 3);
	ck_assert_int_eq(close_snapshot(), 0);
	ck_assert_uint_eq(tcpmem_trend_get_row_count(trend), 0);
	ck_assert_uint_eq(trend->slots, 1);
	ck_assert_uint_eq(trend->stride, 1);
	ck_assert_uint_eq(trend->sparse, 0);
	ck_assert_uint_eq(trend->epoch_samples, 1);
	ck_assert_uint_eq(trend->group_count, 3);
	ck_assert_int_eq(trend->room, -1);
	ck_assert_uint_eq(tcpmem_trend_get_sample_count(trend), 127);
	ck_assert_int_eq(
		trend_metric(row_of("new[9]"), TCPMEM_TREND_METRIC_OPENED), 0);
	/* a file that does not tell its boot is of the same one */
	boot = "";
	sample(3);
	ck_assert_uint_eq(trend->slots, 2);
	boot = "boot-3";
	sample(3);
	ck_assert_uint_eq(trend->slots, 3);
}
END_TEST

/* "what is left to tcp_mem's pressure": none is left beyond it */
START_TEST(room_is_what_is_left_if_both_are_known)
{
	static const struct {
		int64_t used, pressure, room;
	} cases[] = {
		{ 100, 107, 7 }, { 100, 100, 0 }, { 107, 100, 0 },
		{ -1, 100, -1 }, { 100, -1, -1 },
	};

	open_snapshot();
	know_memory(cases[_i].used, cases[_i].pressure);
	done();
	ck_assert_int_eq(trend->room, cases[_i].room);
}
END_TEST

/* By the wall clock, if that since boot is not told */
START_TEST(a_capture_without_a_clock_since_boot_has_the_other)
{
	for (int t = 0; t < 3; t++) {
		open_snapshot();
		snap->clock.boottime_ns = 0;
		done();
	}
	ck_assert_int_eq(tcpmem_trend_get_elapsed_ns(trend), 2 * SECOND_NS);
}
END_TEST

/* What waits for the peer's FIN as a mini-socket ends by itself, too. */
START_TEST(a_mini_socket_in_fin_wait_2_is_left_out)
{
	open_snapshot();
	process(7, 1, "one");
	put_open(1);
	put(2, TCPMEM_STATE_FIN_WAIT_2, 0);
	put(3, TCPMEM_STATE_FIN_WAIT_2, 0)->flags = TM_SOCK_MINI;
	put(4, TCPMEM_STATE_TIME_WAIT, 0)->flags = TM_SOCK_MINI;
	put(5, TCPMEM_STATE_SYN_RECV, 0)->flags = TM_SOCK_MINI;
	done();
	ck_assert_int_eq(
		trend_change(row_of("total"), TCPMEM_METRIC_SOCKETS).after, 3);
}
END_TEST

static const char *key_at(size_t i)
{
	return tcpmem_trend_row_get_subject(tcpmem_trend_get_row(trend, i))
		->key;
}

/* "the worst class first, then what holds most", and by key */
START_TEST(rows_have_an_order)
{
	static const char *const keys[] = { "leak[5]", "large[4]", "alike[2]",
					    "alike[3]", "small[1]" };
	static const uint32_t bytes[] = { 100, 500, 500, 900, 10 };
	static const char *const names[] = { "small", "alike", "alike", "large",
					     "leak" };

	for (uint64_t t = 0; t < 30; t++) {
		open_snapshot();
		for (uint32_t i = 0; i < 5; i++) {
			process(i + 1, 1, names[i]);
			put(100 * i + 1, TCPMEM_STATE_ESTABLISHED, bytes[i]);
			measure(&snap->sockets.sock[snap->sockets.count - 1]);
		}
		put_all(1000, 1001 + t);
		done();
	}
	ck_assert_int_eq(tcpmem_trend_judge(trend, NULL), 0);
	ck_assert_uint_eq(tcpmem_trend_get_row_count(trend), 5);
	for (size_t i = 0; i < 5; i++)
		ck_assert_str_eq(key_at(i), keys[i]);
}
END_TEST

/* "-ENODATA": of a number that is not known, or that there is not */
START_TEST(what_is_not_known_has_no_series)
{
	int64_t ns[2], values[2], value = 7;
	const struct tcpmem_trend_row *row;
	size_t count;

	open_snapshot();
	process(7, 1, "half");
	put_open(1)->skmem_words = 0;
	done();
	row = row_of("half[7]");
	ck_assert_int_eq(tcpmem_trend_row_get_series(trend, row,
						     TCPMEM_METRIC_HELD, ns,
						     values, 2, &count),
			 -ENODATA);
	ck_assert_int_eq(tcpmem_trend_row_get_series(trend, row,
						     TCPMEM_METRIC_SOCKETS, ns,
						     values, 1, &count),
			 0);
	ck_assert_int_eq(
		tcpmem_trend_row_get_metric(
			row,
			(enum tcpmem_trend_metric)TCPMEM_TREND_METRIC_COUNT,
			&value),
		-ENODATA);
	ck_assert_int_eq(value, 7);
	ck_assert_int_eq(tcpmem_trend_row_get_metric(
				 row, TCPMEM_TREND_METRIC_KEPT, &value),
			 0);
	ck_assert_int_eq(value, 0);
}
END_TEST

static void watch_and_free(void)
{
	begin("process", 0);
	boot = "boot-1";
	for (int t = 0; t < 3; t++)
		sample(3);
	ck_assert_int_eq(tcpmem_trend_judge(trend, NULL), 0);
	ck_assert_int_eq(tcpmem_trend_judge(trend, NULL), 0);
	boot = "boot-2";
	sample(3);
	tcpmem_trend_free(trend);
	trend = NULL;
}

START_TEST(a_trend_that_is_freed_leaves_nothing)
{
	LEAVES_NOTHING(watch_and_free());
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
	tcase_add_test(groups, points_are_thinned_out_evenly);
	tcase_add_test(groups, nothing_of_another_boot_stays);
	tcase_add_loop_test(groups, room_is_what_is_left_if_both_are_known, 0,
			    5);
	tcase_add_test(groups,
		       a_capture_without_a_clock_since_boot_has_the_other);
	tcase_add_test(groups, a_mini_socket_in_fin_wait_2_is_left_out);
	tcase_add_test(groups, rows_have_an_order);
	tcase_add_test(groups, what_is_not_known_has_no_series);
	tcase_add_test(groups, a_trend_that_is_freed_leaves_nothing);
	suite_add_tcase(suite, groups);
	return unit_run(suite);
}

// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_trend.c - made series, and what is said of them */
#include "rows.h"
#include "trend_series.h"

#include <errno.h>

START_TEST(what_is_never_closed_is_a_leak)
{
	const struct tcpmem_trend_row *row;
	double slope;
	int64_t since;

	for (uint64_t t = 0; t < 30; t++) {
		open_snapshot();
		process(7, 1, "leaker");
		put_all(1, 11 + t);
		done();
	}
	IS_LEAK("leaker[7]");
	IS_LEAK("total");
	row = row_of("leaker[7]");
	ck_assert_int_eq(trend_metric(row, TCPMEM_TREND_METRIC_OPENED), 29);
	ck_assert_int_eq(trend_metric(row, TCPMEM_TREND_METRIC_KEPT), 29);
	ck_assert_int_eq(trend_metric(row, TCPMEM_TREND_METRIC_CLOSED), 0);
	slope = trend_change(row, TCPMEM_METRIC_SOCKETS).per_minute;
	ck_assert_double_eq_tol(slope, 60, 1e-6);
	ck_assert_int_eq(trend_change(row, TCPMEM_METRIC_SOCKETS).before, 10);
	ck_assert_int_eq(trend_change(row, TCPMEM_METRIC_SOCKETS).after, 39);
	since = tcpmem_trend_row_get_judgement(row)->since_ns;
	ck_assert_int_le(since, (1000000 + 1004) * SECOND_NS);
	ck_assert_uint_eq(tcpmem_trend_get_sample_count(trend), 30);
	ck_assert_int_eq(tcpmem_trend_get_elapsed_ns(trend), 29 * SECOND_NS);
	ck_assert_int_eq(
		tcpmem_trend_row_get_change(
			row, TCPMEM_METRIC_REACH,
			&(struct tcpmem_change){
				.size = sizeof(struct tcpmem_change) }),
		-ENODATA);
	ck_assert_int_eq(tcpmem_trend_row_get_change(
				 row, TCPMEM_METRIC_HELD,
				 &(struct tcpmem_change){ .size = 8 }),
			 -EINVAL);
}
END_TEST

/* "TCPMEM_UNKNOWN before the group was there" */
START_TEST(a_series_has_what_a_row_held)
{
	int64_t ns[120], values[120];
	size_t count;

	for (uint64_t t = 0; t < 5; t++) {
		open_snapshot();
		process(7, 1, "early");
		put_all(1, 3 + t);
		if (t >= 2)
			process(8, 2, "late");
		if (t >= 2)
			put_all(1000, 1001);
		done();
	}
	ck_assert_int_eq(tcpmem_trend_judge(trend, NULL), 0);
	ck_assert_int_eq(tcpmem_trend_row_get_series(trend, row_of("early[7]"),
						     TCPMEM_METRIC_SOCKETS, ns,
						     values, 120, &count),
			 0);
	ck_assert_uint_eq(count, 5);
	for (size_t i = 0; i < count; i++)
		ck_assert_int_eq(values[i], (int64_t)(2 + i));
	ck_assert_int_eq(ns[4] - ns[0], 4 * SECOND_NS);
	ck_assert_int_eq(tcpmem_trend_row_get_series(trend, row_of("late[8]"),
						     TCPMEM_METRIC_SOCKETS, ns,
						     values, 120, &count),
			 0);
	ck_assert(values[1] == TCPMEM_UNKNOWN && values[2] == 1);
	ck_assert_int_eq(tcpmem_trend_row_get_series(trend, row_of("late[8]"),
						     TCPMEM_METRIC_REACH, ns,
						     values, 120, &count),
			 -ENODATA);
	ck_assert_int_eq(tcpmem_trend_row_get_series(trend, row_of("late[8]"),
						     TCPMEM_METRIC_SOCKETS, ns,
						     values, 4, &count),
			 -ENOSPC);
}
END_TEST

/* Each lives for @life samples; @load come with each. */
static void put_churn(uint64_t t, uint64_t life, uint64_t load)
{
	for (uint64_t i = 0; i < load; i++)
		for (uint64_t age = 0; age < life; age++)
			put_open(1000000 + (t + 1000 - age) * 100 + i);
}

START_TEST(sockets_that_come_and_go_are_churn)
{
	for (uint64_t t = 0; t < 60; t++) {
		open_snapshot();
		process(7, 1, "busy");
		put_churn(t, 1 + t % 7, 5 + (t * 7919) % 11);
		done();
	}
	IS_CHURN("busy[7]");
	IS_CHURN("total");
}
END_TEST

START_TEST(a_leak_shows_among_churn)
{
	for (uint64_t t = 0; t < 60; t++) {
		open_snapshot();
		process(7, 1, "leaker");
		put_churn(t, 1 + t % 7, 5 + (t * 7919) % 11);
		put_all(1, 1 + t / 3);
		done();
	}
	IS_LEAK("leaker[7]");
}
END_TEST

START_TEST(a_slow_leak_shows)
{
	for (uint64_t t = 0; t < 100; t++) {
		open_snapshot();
		process(7, 1, "leaker");
		put_all(1, 4 + t / 10);
		done();
	}
	IS_LEAK("leaker[7]");
}
END_TEST

/* Two samples in three nothing, and fewer than are worth an alarm. */
START_TEST(three_new_sockets_are_no_leak)
{
	for (uint64_t t = 0; t < 60; t++) {
		open_snapshot();
		process(7, 1, "start");
		put_all(1, 4 + t / 16);
		done();
	}
	IS_CHURN("start[7]");
}
END_TEST

START_TEST(a_sawtooth_is_no_leak)
{
	/* whenever it is looked at, once it has been emptied */
	for (uint64_t t = 0; t < 100; t++) {
		open_snapshot();
		process(7, 1, "pool");
		put_all(1 + t / 20 * 1000, 2 + t / 20 * 1000 + t % 20);
		done();
		if (t > 30)
			IS_CHURN("pool[7]");
	}
}
END_TEST

START_TEST(a_pool_that_is_full_is_no_leak)
{
	for (uint64_t t = 0; t < 60; t++) {
		open_snapshot();
		process(7, 1, "pool");
		put_all(1, 2 + (t < 20 ? t : 20));
		done();
	}
	IS_CHURN("pool[7]");
}
END_TEST

START_TEST(a_leak_that_begins_late_is_dated)
{
	int64_t since;

	for (uint64_t t = 0; t < 100; t++) {
		open_snapshot();
		process(7, 1, "leaker");
		put_all(1, 11 + (t > 60 ? t - 60 : 0));
		done();
	}
	IS_LEAK("leaker[7]");
	since = tcpmem_trend_row_get_judgement(row_of("leaker[7]"))->since_ns;
	since = since / SECOND_NS - 1000000 - 1000;
	ck_assert_int_ge(since, 50);
	ck_assert_int_le(since, 76);
}
END_TEST

START_TEST(a_leak_of_many_is_one_in_the_total)
{
	for (uint64_t t = 0; t < 60; t++) {
		open_snapshot();
		for (uint64_t w = 0; w < 10; w++) {
			process(100 + (uint32_t)w, 1, "worker");
			put_all(1000 * w + 1, 1000 * w + 2 + (t + 3 * w) / 30);
		}
		done();
	}
	IS_LEAK("total");
	IS_CHURN("worker[100]");
}
END_TEST

START_TEST(steady_sockets_are_steady)
{
	for (uint64_t t = 0; t < 60; t++) {
		open_snapshot();
		process(7, 1, "idle");
		for (uint64_t i = 1; i < 20; i++)
			put(i, TCPMEM_STATE_ESTABLISHED,
			    (uint32_t)((t * i * 7919) % 5000));
		done();
	}
	IS_STEADY("idle[7]");
}
END_TEST

START_TEST(any_number_that_rises_is_growth)
{
	struct tcpmem_judgement judged = { .size = sizeof(judged) };
	int64_t ns[1000], rising[1000], flat[1000];

	for (int64_t i = 0; i < 1000; i++) {
		ns[i] = i * SECOND_NS;
		rising[i] = 1000 * i + i * 7919 % 500;
		flat[i] = i * 7919 % 5000;
	}
	ck_assert_int_eq(tcpmem_series_judge(ns, rising, 1000, 100, &judged),
			 0);
	ck_assert_int_eq(judged.trend_class, TCPMEM_TREND_CLASS_GROWTH);
	ck_assert_int_eq(judged.reason, TCPMEM_REASON_RISES);
	ck_assert_double_ge(judged.sure, 0.99);
	ck_assert_int_lt(judged.since_ns, 100 * SECOND_NS);
	for (size_t count = 0; count < 3; count++) {
		static const size_t counts[] = { 0, 7, 1000 };

		ck_assert_int_eq(tcpmem_series_judge(ns, flat, counts[count],
						     100, &judged),
				 0);
		ck_assert_int_eq(judged.trend_class,
				 counts[count] < TCPMEM_TREND_SAMPLES_MIN
					 ? TCPMEM_TREND_CLASS_UNKNOWN
					 : TCPMEM_TREND_CLASS_STEADY);
	}
	ck_assert_int_eq(
		tcpmem_series_judge(ns, rising, 1000, 2000000, &judged), 0);
	ck_assert_int_eq(judged.trend_class, TCPMEM_TREND_CLASS_STEADY);
	judged.size--;
	ck_assert_int_eq(tcpmem_series_judge(ns, rising, 9, 1, &judged),
			 -EINVAL);
}
END_TEST

static void watch_time_wait(const char *keys, unsigned int flags)
{
	begin(keys, flags);
	for (uint64_t t = 0; t < 30; t++) {
		open_snapshot();
		process(7, 1, "client");
		put_open(5000);
		for (uint64_t i = 1; i < 2 + t; i++) {
			struct tcpmem_socket *s =
				put(i, TCPMEM_STATE_TIME_WAIT, 0);

			s->inode = 0;
			s->kind = TCPMEM_KIND_TIME_WAIT;
			s->skmem_words = 0;
			s->flags = TM_SOCK_MINI;
		}
		done();
	}
}

/* "TIME_WAIT sockets count; else they are left out" */
START_TEST(time_wait_is_no_leak_unless_asked)
{
	watch_time_wait("netns", 0);
	IS_STEADY("self");
	IS_STEADY("total");
	ck_assert_int_eq(
		trend_change(row_of("total"), TCPMEM_METRIC_SOCKETS).after, 1);
	watch_time_wait("netns", TCPMEM_TREND_TIME_WAIT);
	IS_LEAK("self");
	watch_time_wait("family,state", 0);
	IS_LEAK("ipv4,time-wait");
}
END_TEST

START_TEST(a_long_time_stays_in_iter_socket)
{
	const struct tcpmem_trend_row *row;
	double slope;

	for (uint64_t t = 0; t < 1500; t++) {
		open_snapshot();
		process(7, 1, "leaker");
		put_churn(t, 20, 2);
		put_all(1, 2 + t / 10);
		done();
	}
	IS_LEAK("leaker[7]");
	row = row_of("leaker[7]");
	ck_assert_int_eq(tcpmem_trend_get_elapsed_ns(trend), 1499 * SECOND_NS);
	slope = trend_change(row, TCPMEM_METRIC_SOCKETS).per_minute;
	ck_assert_double_eq_tol(slope, 6, 0.5);
	ck_assert_uint_le(trend->slots, TM_TREND_POINTS);
	ck_assert_uint_le(trend->known.count, 2 * (150 + 40 + 2));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("trend");
	TCase *trends = tcase_create("trend");

	tcase_add_checked_fixture(trends, setup, teardown);
	tcase_add_test(trends, what_is_never_closed_is_a_leak);
	tcase_add_test(trends, a_series_has_what_a_row_held);
	tcase_add_test(trends, sockets_that_come_and_go_are_churn);
	tcase_add_test(trends, a_leak_shows_among_churn);
	tcase_add_test(trends, a_slow_leak_shows);
	tcase_add_test(trends, three_new_sockets_are_no_leak);
	tcase_add_test(trends, a_sawtooth_is_no_leak);
	tcase_add_test(trends, a_pool_that_is_full_is_no_leak);
	tcase_add_test(trends, a_leak_that_begins_late_is_dated);
	tcase_add_test(trends, a_leak_of_many_is_one_in_the_total);
	tcase_add_test(trends, steady_sockets_are_steady);
	tcase_add_test(trends, any_number_that_rises_is_growth);
	tcase_add_test(trends, time_wait_is_no_leak_unless_asked);
	tcase_add_test(trends, a_long_time_stays_in_iter_socket);
	suite_add_tcase(suite, trends);
	return unit_run(suite);
}

// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_trend_use.c - what is read, written, and left unused, over time */
#include "base/ctx.h"
#include "rows.h"
#include "tree.h"
#include "trend_series.h"

#include <linux/tcp.h>
#include <stdio.h>
#include <string.h>

START_TEST(what_is_not_read_grows)
{
	double slope;
	int64_t ns;

	for (uint32_t t = 0; t < 30; t++) {
		open_snapshot();
		process(7, 1, "deaf");
		put(1, TCPMEM_STATE_ESTABLISHED, 4096 * (t + 1));
		process(8, 1, "idle");
		put_open(2);
		snap->host.known[TCPMEM_HOST_METRIC_TCP_MEM_USED] = true;
		snap->host.known[TCPMEM_HOST_METRIC_TCP_MEM_PRESSURE] = true;
		snap->host.fact[TCPMEM_HOST_METRIC_TCP_MEM_USED] = 1000000;
		snap->host.fact[TCPMEM_HOST_METRIC_TCP_MEM_PRESSURE] =
			1000000 + 10 * 4096;
		done();
	}
	is("deaf[7]", TCPMEM_TREND_CLASS_GROWTH, TCPMEM_REASON_UNREAD);
	is("total", TCPMEM_TREND_CLASS_GROWTH, TCPMEM_REASON_UNREAD);
	IS_STEADY("idle[8]");
	slope = trend_change(row_of("deaf[7]"), TCPMEM_METRIC_RMEM).per_minute;
	ck_assert_double_eq_tol(slope, 60 * 4096, 1);
	/* 10 samples more, and the kernel is under pressure */
	ns = tcpmem_trend_row_get_judgement(row_of("deaf[7]"))->until_ns;
	ck_assert_int_eq(ns / SECOND_NS, 10);
	ck_assert(tcpmem_trend_row_get_judgement(row_of("idle[8]"))->until_ns ==
		  TCPMEM_UNKNOWN);
}
END_TEST

static int64_t until_limit(const struct tcpmem_trend_row *row)
{
	return tcpmem_trend_row_get_judgement(row)->until_limit_ns;
}

/* "what is left to the memory limit of the cgroup of one of its processes" */
START_TEST(the_limit_of_its_cgroup_comes_nearer)
{
	struct tcpmem_ctx *ctx;
	struct tree tree;
	char mounts[256];

	for (uint32_t t = 0; t < 30; t++) {
		open_snapshot();
		process(7, 1, "deaf");
		put(1, TCPMEM_STATE_ESTABLISHED, 4096 * (t + 1));
		done();
	}
	is("deaf[7]", TCPMEM_TREND_CLASS_GROWTH, TCPMEM_REASON_UNREAD);
	tree_make(&tree);
	snprintf(mounts, sizeof(mounts), "cgroup %s/cg cgroup2 rw 0 0\n",
		 tree.root);
	tree_file(&tree, "self/mounts", mounts);
	tree_file(&tree, "7/cgroup", "0::/a\n");
	tree_file(&tree, "cg/a/memory.current", "1000\n");
	tree_file(&tree, "cg/a/memory.max", "82920\n");
	ck_assert_int_eq(tcpmem_ctx_new(&ctx), 0);
	ck_assert_int_eq(tm_ctx_set_roots(ctx, tree.root, NULL), 0);
	ck_assert(until_limit(tcpmem_trend_get_row(trend, 0)) ==
		  TCPMEM_UNKNOWN);
	ck_assert_int_eq(tcpmem_trend_judge(trend, ctx), 0);
	ck_assert_int_eq(
		until_limit(tcpmem_trend_get_row(trend, 0)) / SECOND_NS, 20);
	/* nobody said which cgroup all sockets together are in */
	ck_assert(until_limit(tcpmem_trend_get_total(trend)) == TCPMEM_UNKNOWN);
	tcpmem_ctx_free(ctx);
	tree_remove(&tree);
}
END_TEST

/* An open socket and what the kernel tells of its use. */
static struct tcpmem_socket *put_used(uint64_t cookie, uint64_t received,
				      uint32_t rqueue, uint64_t acked)
{
	const struct tcp_info counters = { .tcpi_bytes_received = received,
					   .tcpi_bytes_acked = acked };
	struct tcpmem_socket *sock =
		put(cookie, TCPMEM_STATE_ESTABLISHED, rqueue);
	struct tm_info *info = measure(sock);

	info->len = sizeof(counters) < TM_INFO_SIZE ? sizeof(counters)
						    : TM_INFO_SIZE;
	memcpy(info->bytes, &counters, info->len);
	sock->rqueue = rqueue;
	return sock;
}

/* "A ramp-up of active connections is growth, the same of idle ones a leak" */
START_TEST(a_ramp_of_used_sockets_is_growth_and_of_unused_ones_a_leak)
{
	/* used in every sample, in every 5th, at first only */
	static const uint64_t pauses[] = { 1, 5, 1000 };

	for (uint64_t t = 0; t < 60; t++) {
		open_snapshot();
		for (uint32_t p = 0; p < 3; p++) {
			process(p + 1, 1, "ramp");
			for (uint64_t i = 0; i <= t; i++)
				put_used((p + 1) * 1000 + i,
					 100 * (1 + (t - i) / pauses[p]), 0, 1);
		}
		done();
	}
	is("ramp[1]", TCPMEM_TREND_CLASS_GROWTH, TCPMEM_REASON_IN_USE);
	is("ramp[2]", TCPMEM_TREND_CLASS_GROWTH, TCPMEM_REASON_IN_USE);
	IS_LEAK("ramp[3]");
}
END_TEST

/* "not of all it is known whether they are used" */
START_TEST(a_ramp_of_sockets_whose_use_is_not_known_is_growth)
{
	for (uint64_t t = 0; t < 40; t++) {
		open_snapshot();
		process(7, 1, "ramp");
		for (uint64_t i = 0; i <= t; i++)
			put(1 + i, TCPMEM_STATE_ESTABLISHED, 0);
		/* measured at half of the samples only */
		process(8, 1, "late");
		for (uint64_t i = 0; i <= t; i++)
			if (t < 20)
				put(1000 + i, TCPMEM_STATE_ESTABLISHED, 0);
			else
				put_open(1000 + i);
		/* nothing is read or written without a connection */
		process(9, 1, "bound");
		for (uint64_t i = 0; i <= t; i++)
			put(2000 + i, TCPMEM_STATE_BOUND_INACTIVE, 0);
		done();
		if (t == 19)
			is("late[8]", TCPMEM_TREND_CLASS_GROWTH,
			   TCPMEM_REASON_USE_UNKNOWN);
	}
	is("ramp[7]", TCPMEM_TREND_CLASS_GROWTH, TCPMEM_REASON_USE_UNKNOWN);
	IS_LEAK("bound[9]");
}
END_TEST

/* What comes and is not read is no use. */
START_TEST(sockets_that_are_kept_and_not_read_leak)
{
	for (uint64_t t = 0; t < 40; t++) {
		open_snapshot();
		process(7, 1, "leaker");
		for (uint64_t i = 0; i <= t; i++)
			put_used(1 + i, 100 * (t - i),
				 (uint32_t)(100 * (t - i)), 1);
		done();
	}
	IS_LEAK("leaker[7]");
}
END_TEST

/* A fast receiver's queue grows with its window. */
START_TEST(a_queue_that_is_read_at_once_does_not_grow)
{
	for (uint32_t t = 0; t < 40; t++) {
		open_snapshot();
		process(7, 1, "fast");
		put_used(1, UINT64_C(1000000000) * t, 100000 * t, 1);
		process(8, 1, "slow");
		put_used(2, 110000 * t, 100000 * t, 1);
		done();
	}
	IS_STEADY("fast[7]");
	is("slow[8]", TCPMEM_TREND_CLASS_GROWTH, TCPMEM_REASON_UNREAD);
}
END_TEST

START_TEST(what_is_not_taken_grows)
{
	for (uint32_t t = 0; t < 30; t++) {
		open_snapshot();
		process(7, 1, "sender");
		put(1, TCPMEM_STATE_ESTABLISHED, 0)
			->skmem[TCPMEM_METRIC_WMEM_QUEUED] = 4096 * t;
		done();
	}
	is("sender[7]", TCPMEM_TREND_CLASS_GROWTH, TCPMEM_REASON_NOT_TAKEN);
}
END_TEST

/* Bytes rise and fall with traffic; a queue that is full grows no more. */
START_TEST(traffic_is_no_growth)
{
	for (uint32_t t = 0; t < 60; t++) {
		open_snapshot();
		process(7, 1, "busy");
		for (uint64_t i = 1; i < 20; i++)
			put(i, TCPMEM_STATE_ESTABLISHED,
			    (uint32_t)((t * 104729 + i * 7919) % 60000));
		process(8, 1, "full");
		put(100, TCPMEM_STATE_ESTABLISHED, 4096 * (t < 20 ? t : 20));
		done();
	}
	IS_STEADY("busy[7]");
	IS_STEADY("full[8]");
}
END_TEST

static void put_close_wait(uint64_t end)
{
	for (uint64_t i = 1; i < end; i++)
		put(i, TCPMEM_STATE_CLOSE_WAIT, 0);
}

START_TEST(close_wait_is_a_leak_by_name)
{
	for (uint64_t t = 0; t < 30; t++) {
		open_snapshot();
		process(7, 1, "leaker");
		put_close_wait(1 + t);
		done();
	}
	is("leaker[7]", TCPMEM_TREND_CLASS_LEAK, TCPMEM_REASON_CLOSE_WAIT);
	ck_assert_int_eq(trend_metric(row_of("leaker[7]"),
				      TCPMEM_TREND_METRIC_CLOSE_WAIT),
			 29);
}
END_TEST

/* "A half-closed connection may be in use": its age does not count then. */
START_TEST(close_wait_in_use_is_no_leak)
{
	for (uint64_t t = 0; t < 90; t++) {
		open_snapshot();
		process(7, 1, "answers");
		put_used(1, 100, 0, 1000 * t);
		snap->sockets.sock[0].state = TCPMEM_STATE_CLOSE_WAIT;
		done();
	}
	IS_STEADY("answers[7]");
}
END_TEST

static void is_aged(const char *key)
{
	const struct tcpmem_judgement *judged =
		tcpmem_trend_row_get_judgement(row_of(key));

	ck_assert_int_eq(judged->trend_class, TCPMEM_TREND_CLASS_LEAK);
	ck_assert_int_eq(judged->reason, TCPMEM_REASON_CLOSE_WAIT);
	ck_assert_int_ne(judged->since_ns, TCPMEM_UNKNOWN);
	/* "Not a number of CLOSE_WAIT that does not become more" */
	ck_assert(isnan(judged->sure));
}

/* It need not become more: a minute and enough samples are enough. */
START_TEST(close_wait_that_ages_is_a_leak)
{
	for (uint64_t t = 0; t < 62; t++) {
		open_snapshot();
		process(7, 1, "leaker");
		put_close_wait(3);
		process(8, 1, "slow");
		put(t / 20 + 100, TCPMEM_STATE_CLOSE_WAIT, 0);
		done();
		if (t < TCPMEM_TREND_SAMPLES_MIN - 1)
			IS_UNKNOWN("leaker[7]");
		else if (t < 60)
			IS_STEADY("leaker[7]");
		else
			is_aged("leaker[7]");
	}
	is_aged("leaker[7]");
	IS_CHURN("slow[8]");
}
END_TEST

/* "a minute and %TCPMEM_TREND_SAMPLES_MIN snapshots": not while suspended */
START_TEST(close_wait_is_no_leak_after_few_samples)
{
	for (uint64_t t = 0; t < 30; t++) {
		open_snapshot();
		process(7, 1, "leaker");
		if (t >= 20)
			put_close_wait(3);
		else
			put_all(1, 3);
		done();
		if (t == 20)
			clock_ns += 3600 * SECOND_NS;
		if (t >= 7 && t < 27)
			IS_STEADY("leaker[7]");
		else if (t == 27)
			is_aged("leaker[7]");
	}
	is_aged("leaker[7]");
}
END_TEST

/* "and not in use": without tcp_info the send queue tells that it may be */
START_TEST(close_wait_with_unsent_data_may_be_in_use)
{
	for (uint64_t t = 0; t < 90; t++) {
		open_snapshot();
		process(7, 1, "answers");
		put(1, TCPMEM_STATE_CLOSE_WAIT, 0)->wqueue = t % 2 ? 1000 : 0;
		done();
	}
	IS_STEADY("answers[7]");
}
END_TEST

/* Open sockets of the kind that each sample has one more of, since @since */
static const struct tcpmem_judgement *leak(uint64_t samples, uint64_t life)
{
	for (uint64_t t = 0; t < samples; t++) {
		open_snapshot();
		process(7, 1, "leaker");
		put_all(1, 11 + t);
		/* 40 come, and are closed after some samples */
		for (uint64_t age = 0; age < life; age++)
			if (t >= age && (t - age) % 5 == 0)
				put_all(1000 * (t - age + 1),
					1000 * (t - age + 1) + 40);
		done();
	}
	IS_LEAK("leaker[7]");
	return tcpmem_trend_row_get_judgement(row_of("leaker[7]"));
}

/*
 * trend_judge.c: of those that are unused for 1, ... samples ever more; the
 * chance that so many steps in a row lead upwards, for each age that is tried,
 * is of all samples counted twice
 */
START_TEST(a_leak_is_as_sure_as_its_steps_are)
{
	const struct tcpmem_judgement *judged = leak(11, 0);

	/* 10 points are of those of a sample or older, with 9 steps */
	ck_assert_double_eq_tol(judged->sure, 1 - 6.0 / 512, 1e-9);
	/* it began with what the first sample had */
	ck_assert_int_eq(judged->since_ns, 1001000 * SECOND_NS);
}
END_TEST

/* What comes and goes hides it among the young: of 2 samples, 8 steps */
START_TEST(a_leak_among_the_short_lived_is_seen_by_age)
{
	ck_assert_double_eq_tol(leak(11, 2)->sure, 1 - 6.0 / 256, 1e-9);
}
END_TEST

/* Of 4 samples, 10 of 15 */
START_TEST(a_leak_among_those_that_live_longer_is_seen_by_the_largest_age)
{
	ck_assert_double_eq_tol(leak(15, 4)->sure, 1 - 6.0 / 1024, 1e-9);
}
END_TEST

/* Chances of Mann and Kendall's test, of all samples and of two queues */
START_TEST(a_growth_is_as_sure_as_its_levels_are)
{
	double y[8];

	for (uint32_t t = 0; t < 8; t++) {
		open_snapshot();
		process(7, 1, "deaf");
		/* two are the wrong way round */
		y[t] = t == 2 ? 3 : t == 3 ? 2 : t;
		put(1, TCPMEM_STATE_ESTABLISHED, 4096 * (uint32_t)y[t] + 1);
		process(8, 1, "both");
		put(2, TCPMEM_STATE_ESTABLISHED, 4096 * t)
			->skmem[TCPMEM_METRIC_WMEM_QUEUED] = 4096 * t;
		done();
	}
	is("deaf[7]", TCPMEM_TREND_CLASS_GROWTH, TCPMEM_REASON_UNREAD);
	ck_assert_double_eq_tol(
		tcpmem_trend_row_get_judgement(row_of("deaf[7]"))->sure,
		1 - 4 * tm_mann_kendall(y, 8), 1e-9);
	/* what is not read is named first */
	is("both[8]", TCPMEM_TREND_CLASS_GROWTH, TCPMEM_REASON_UNREAD);
}
END_TEST

/* There is no room left: the time until then is none. */
START_TEST(a_limit_that_is_reached_is_reached_now)
{
	for (uint32_t t = 0; t < 30; t++) {
		open_snapshot();
		process(7, 1, "deaf");
		put(1, TCPMEM_STATE_ESTABLISHED, 4096 * (t + 1));
		snap->host.known[TCPMEM_HOST_METRIC_TCP_MEM_USED] = true;
		snap->host.known[TCPMEM_HOST_METRIC_TCP_MEM_PRESSURE] = t > 0;
		snap->host.fact[TCPMEM_HOST_METRIC_TCP_MEM_USED] = 10;
		snap->host.fact[TCPMEM_HOST_METRIC_TCP_MEM_PRESSURE] = 9;
		done();
	}
	ck_assert_int_eq(
		tcpmem_trend_row_get_judgement(row_of("deaf[7]"))->until_ns, 0);
	open_snapshot();
	process(7, 1, "deaf");
	put(1, TCPMEM_STATE_ESTABLISHED, 4096 * 31);
	done();
	ck_assert(tcpmem_trend_row_get_judgement(row_of("deaf[7]"))->until_ns ==
		  TCPMEM_UNKNOWN);
}
END_TEST

/* How many of the sockets are unused for so many samples at least, now */
static uint32_t unused(size_t age)
{
	return tm_trend_now(trend, TM_TREND_TOTAL)
		->ages[TM_TREND_UNUSED]
		.old[age];
}

/*
 * "A socket that is used now and then is so again": until it was not used for
 * longer than twice as long as before
 */
START_TEST(a_pause_that_was_before_is_no_end)
{
	/* samples, from the 2nd on: how much has been read by then */
	static const uint64_t read[] = { 1, 1, 2, 2, 2, 2, 2, 2, 3, 4, 4, 4,
					 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4 };
	/* those whose longest pause was 0, 2, then 6 samples */
	static const uint32_t counts[] = { 0, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0,
					   0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1 };

	open_snapshot();
	process(7, 1, "now and then");
	done();
	for (size_t i = 0; i < sizeof(read) / sizeof(*read); i++) {
		open_snapshot();
		process(7, 1, "now and then");
		put_used(1, read[i], 0, 1);
		done();
		ck_assert_msg(unused(0) == counts[i], "%zu: %u", i, unused(0));
	}
	/* since it was used last: 13 samples, that is 12 and not 16 */
	ck_assert_uint_eq(unused(6), 1);
	ck_assert_uint_eq(unused(7), 0);
}
END_TEST

/* A queue that the last second would have emptied: just, and just not */
START_TEST(a_queue_drains_within_a_second_or_not)
{
	for (uint32_t t = 0; t < 3; t++) {
		open_snapshot();
		process(7, 1, "fast");
		/* what came is read, but for what is there */
		put_used(1, 1000 * t + 1000 * t, 1000 * t, 1)
			->skmem[TCPMEM_METRIC_RMEM] = 1000 * t;
		process(8, 1, "slow");
		put_used(2, 999 * t + 1000 * t, 1000 * t, 1)
			->skmem[TCPMEM_METRIC_RMEM] = 1000 * t;
		done();
		/* the second point: of the fast one 1000 bytes, all read */
		ck_assert_int_eq(tm_trend_now(trend, TM_TREND_TOTAL)->same_rmem,
				 t == 2 ? 4000 : 1000 * t);
	}
}
END_TEST

/* From the first sample on it has been seen in each. */
START_TEST(close_wait_of_the_first_sample_ages_as_that_of_others)
{
	for (uint64_t t = 0; t < TCPMEM_TREND_SAMPLES_MIN; t++) {
		open_snapshot();
		process(7, 1, "leaker");
		put_close_wait(3);
		done();
		if (!t)
			clock_ns += 3600 * SECOND_NS;
		if (t + 1 < TCPMEM_TREND_SAMPLES_MIN)
			IS_UNKNOWN("leaker[7]");
	}
	is_aged("leaker[7]");
}
END_TEST

/* Without a connection nothing is used; of mini-sockets, too, that is known. */
START_TEST(what_has_no_connection_is_not_in_use)
{
	static const uint8_t states[] = {
		TCPMEM_STATE_CLOSED,	     TCPMEM_STATE_LISTENING,
		TCPMEM_STATE_BOUND_INACTIVE, TCPMEM_STATE_SYN_RECV,
		TCPMEM_STATE_ESTABLISHED,
	};

	open_snapshot();
	process(7, 1, "one");
	done();
	for (int t = 0; t < 2; t++) {
		open_snapshot();
		process(7, 1, "one");
		put(1, states[_i], 0)->flags =
			states[_i] == TCPMEM_STATE_SYN_RECV ? TM_SOCK_MINI : 0;
		done();
	}
	ck_assert_uint_eq(unused(0), _i < 4);
	ck_assert_int_eq(trend->group[TM_TREND_TOTAL]->unmeasured, _i == 4);
}
END_TEST

/* It waits since its group was there. */
START_TEST(what_has_aged_has_done_so_since_it_came)
{
	for (uint64_t t = 0; t < 75; t++) {
		open_snapshot();
		process(7, 1, "first");
		put_open(1000);
		if (t >= 5) {
			process(8, 1, "late");
			put_close_wait(3);
		}
		done();
	}
	is_aged("late[8]");
	ck_assert_int_eq(
		tcpmem_trend_row_get_judgement(row_of("late[8]"))->since_ns,
		1001005 * SECOND_NS);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("trend_use");
	TCase *trends = tcase_create("trend_use");

	tcase_add_checked_fixture(trends, setup, teardown);
	tcase_add_test(trends, what_is_not_read_grows);
	tcase_add_test(trends, the_limit_of_its_cgroup_comes_nearer);
	tcase_add_test(
		trends,
		a_ramp_of_used_sockets_is_growth_and_of_unused_ones_a_leak);
	tcase_add_test(trends,
		       a_ramp_of_sockets_whose_use_is_not_known_is_growth);
	tcase_add_test(trends, sockets_that_are_kept_and_not_read_leak);
	tcase_add_test(trends, a_queue_that_is_read_at_once_does_not_grow);
	tcase_add_test(trends, what_is_not_taken_grows);
	tcase_add_test(trends, traffic_is_no_growth);
	tcase_add_test(trends, close_wait_is_a_leak_by_name);
	tcase_add_test(trends, close_wait_in_use_is_no_leak);
	tcase_add_test(trends, close_wait_that_ages_is_a_leak);
	tcase_add_test(trends, close_wait_is_no_leak_after_few_samples);
	tcase_add_test(trends, close_wait_with_unsent_data_may_be_in_use);
	tcase_add_test(trends, a_leak_is_as_sure_as_its_steps_are);
	tcase_add_test(trends, a_leak_among_the_short_lived_is_seen_by_age);
	tcase_add_test(
		trends,
		a_leak_among_those_that_live_longer_is_seen_by_the_largest_age);
	tcase_add_test(trends, a_growth_is_as_sure_as_its_levels_are);
	tcase_add_test(trends, a_limit_that_is_reached_is_reached_now);
	tcase_add_test(trends, a_pause_that_was_before_is_no_end);
	tcase_add_test(trends, a_queue_drains_within_a_second_or_not);
	tcase_add_test(trends,
		       close_wait_of_the_first_sample_ages_as_that_of_others);
	tcase_add_loop_test(trends, what_has_no_connection_is_not_in_use, 0, 5);
	tcase_add_test(trends, what_has_aged_has_done_so_since_it_came);
	suite_add_tcase(suite, trends);
	return unit_run(suite);
}

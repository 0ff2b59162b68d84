// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_trend.c - made series, and what is said of them */
#include "answer/trend.h"
#include "model/snapshot.h"
#include "tree.h"
#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define SOCKETS	  8192
#define SECOND_NS INT64_C(1000000000)
#define STRANGERS 4000

static struct tcpmem_trend *trend;
static size_t room;		     /* of a snapshot */
static struct tcpmem_snapshot *snap; /* that is being made */
static uint32_t owner;
static const char *boot;
static int64_t clock_ns;

static void open_snapshot(void)
{
	snap = calloc(1, sizeof(*snap));
	ck_assert_ptr_nonnull(snap);
	snap->sock = calloc(room, sizeof(*snap->sock));
	snap->netns = calloc(1, sizeof(*snap->netns));
	snap->netns_count = 1;
	snap->netns[0].inode = 4026531840;
	snap->netns[0].name = strdup("self");
	ck_assert_int_eq(tm_holders_new(false, &snap->holders), 0);
	snprintf(snap->clock.boot_id, sizeof(snap->clock.boot_id), "%s", boot);
	snap->clock.boottime_ns = clock_ns;
	snap->clock.wall_ns = 1000000 * SECOND_NS + clock_ns;
	clock_ns += SECOND_NS;
}

/* Sockets that follow belong to that process. */
static void process(uint32_t pid, uint64_t start, const char *comm)
{
	struct tcpmem_process p = { .pid = pid, .start_time = start };

	snprintf(p.comm, sizeof(p.comm), "%s", comm);
	ck_assert_int_eq(tm_holders_process(snap->holders, &p, &owner), 0);
}

static struct tcpmem_socket *put(uint64_t cookie, uint8_t state, uint32_t rmem)
{
	struct tcpmem_socket *s = &snap->sock[snap->sock_count++];

	ck_assert_uint_lt(snap->sock_count, room);
	s->cookie = cookie;
	s->state = state;
	s->inode = (uint32_t)cookie;
	s->kind = TCPMEM_KIND_IN_FLIGHT;
	s->skmem_words = TM_SKMEM_WORDS;
	s->skmem[TCPMEM_NUMBER_RMEM] = rmem;
	ck_assert_int_eq(tm_holders_add(snap->holders, s->inode, owner), 0);
	return s;
}

static struct tcpmem_socket *put_open(uint64_t cookie)
{
	return put(cookie, TCPMEM_STATE_ESTABLISHED, 0);
}

static int close_snapshot(void)
{
	int ret;

	ck_assert_int_eq(tm_holders_finish(snap->holders), 0);
	for (size_t i = 0; i < snap->sock_count; i++) {
		struct tcpmem_socket *s = &snap->sock[i];

		s->holder = tm_holders_find(snap->holders, s->inode);
		if (s->holder)
			s->kind = TCPMEM_KIND_PROCESS;
	}
	ret = tcpmem_trend_add(trend, snap);
	tcpmem_snapshot_free(snap);
	return ret;
}

static void done(void)
{
	ck_assert_int_eq(close_snapshot(), 0);
}

static void begin(const char *keys, unsigned int flags)
{
	tcpmem_trend_free(trend);
	ck_assert_int_eq(tcpmem_trend_new(keys, flags, &trend), 0);
}

static void setup(void)
{
	boot = "boot-1";
	room = SOCKETS;
	clock_ns = 1000 * SECOND_NS;
	trend = NULL;
	begin("process", 0);
}

static void teardown(void)
{
	tcpmem_trend_free(trend);
}

/* The row of that key after judging; "total" is the total. */
static const struct tcpmem_trend_row *row_of(const char *key)
{
	ck_assert_int_eq(tcpmem_trend_judge(trend), 0);
	if (strcmp(key, "total") == 0)
		return tcpmem_trend_get_total(trend);
	for (size_t i = 0; i < tcpmem_trend_get_row_count(trend); i++) {
		const struct tcpmem_trend_row *row =
			tcpmem_trend_get_row(trend, i);

		if (strcmp(tcpmem_trend_row_get_key(row), key) == 0)
			return row;
	}
	ck_abort_msg("no row %s", key);
	return NULL;
}

static void is(const char *key, enum tcpmem_tendency tendency,
	       enum tcpmem_reason reason)
{
	const struct tcpmem_trend_row *row = row_of(key);
	bool alarm = tendency >= TCPMEM_TENDENCY_GROWTH;
	double sure = -1;
	int64_t ns;

	ck_assert_msg(tcpmem_trend_row_get_tendency(row) == tendency &&
			      tcpmem_trend_row_get_reason(row) == reason,
		      "%s: %s, %s", key,
		      tcpmem_tendency_name(tcpmem_trend_row_get_tendency(row)),
		      tcpmem_reason_name(tcpmem_trend_row_get_reason(row)));
	ck_assert_int_eq(tcpmem_trend_row_get_sure(row, &sure),
			 alarm ? 0 : -ENODATA);
	ck_assert_int_eq(tcpmem_trend_row_get_since_ns(row, &ns),
			 alarm ? 0 : -ENODATA);
	if (alarm) {
		ck_assert_double_ge(sure, 0.95);
		ck_assert_double_lt(sure, 1);
	}
}

#define IS_LEAK(key)   is(key, TCPMEM_TENDENCY_LEAK, TCPMEM_REASON_KEPT_OPEN)
#define IS_CHURN(key)  is(key, TCPMEM_TENDENCY_CHURN, TCPMEM_REASON_NONE)
#define IS_STEADY(key) is(key, TCPMEM_TENDENCY_STEADY, TCPMEM_REASON_NONE)

/* Sockets @first to @end - 1, all open. */
static void put_all(uint64_t first, uint64_t end)
{
	for (uint64_t i = first; i < end; i++)
		put_open(i);
}

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
	ck_assert_int_eq(tcpmem_trend_row_get_count(row, TCPMEM_COUNT_OPENED),
			 29);
	ck_assert_int_eq(tcpmem_trend_row_get_count(row, TCPMEM_COUNT_KEPT),
			 29);
	ck_assert_int_eq(tcpmem_trend_row_get_count(row, TCPMEM_COUNT_CLOSED),
			 0);
	ck_assert_int_eq(tcpmem_trend_row_get_per_minute(
				 row, TCPMEM_NUMBER_SOCKETS, &slope),
			 0);
	ck_assert_double_eq_tol(slope, 60, 1e-6);
	ck_assert_int_eq(tcpmem_trend_row_get_first(row, TCPMEM_NUMBER_SOCKETS),
			 10);
	ck_assert_int_eq(tcpmem_trend_row_get_last(row, TCPMEM_NUMBER_SOCKETS),
			 39);
	ck_assert_int_eq(tcpmem_trend_row_get_since_ns(row, &since), 0);
	ck_assert_int_le(since, (1000000 + 1004) * SECOND_NS);
	ck_assert_uint_eq(tcpmem_trend_get_sample_count(trend), 30);
	ck_assert_int_eq(tcpmem_trend_get_elapsed_ns(trend), 29 * SECOND_NS);
	ck_assert_int_eq(tcpmem_trend_row_get_first(row, TCPMEM_NUMBER_REACH),
			 0);
	ck_assert_int_eq(tcpmem_trend_row_get_per_minute(
				 row, TCPMEM_NUMBER_REACH, &slope),
			 -ENODATA);
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
	ck_assert_int_eq(
		tcpmem_trend_row_get_since_ns(row_of("leaker[7]"), &since), 0);
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
		snap->host.known[TCPMEM_FACT_TCP_MEM_USED] = true;
		snap->host.known[TCPMEM_FACT_TCP_MEM_PRESSURE] = true;
		snap->host.fact[TCPMEM_FACT_TCP_MEM_USED] = 1000000;
		snap->host.fact[TCPMEM_FACT_TCP_MEM_PRESSURE] =
			1000000 + 10 * 4096;
		done();
	}
	is("deaf[7]", TCPMEM_TENDENCY_GROWTH, TCPMEM_REASON_UNREAD);
	is("total", TCPMEM_TENDENCY_GROWTH, TCPMEM_REASON_UNREAD);
	IS_STEADY("idle[8]");
	ck_assert_int_eq(tcpmem_trend_row_get_per_minute(
				 row_of("deaf[7]"), TCPMEM_NUMBER_RMEM, &slope),
			 0);
	ck_assert_double_eq_tol(slope, 60 * 4096, 1);
	/* 10 samples more, and the kernel is under pressure */
	ck_assert_int_eq(tcpmem_trend_row_get_until_ns(row_of("deaf[7]"), &ns),
			 0);
	ck_assert_int_eq(ns / SECOND_NS, 10);
	ck_assert_int_eq(tcpmem_trend_row_get_until_ns(row_of("idle[8]"), &ns),
			 -ENODATA);
}
END_TEST

/* "what is left to the memory limit of the cgroup of one of its processes" */
START_TEST(the_limit_of_its_cgroup_comes_nearer)
{
	struct tcpmem_ctx *ctx;
	struct tree tree;
	char mounts[256];
	int64_t ns;

	for (uint32_t t = 0; t < 30; t++) {
		open_snapshot();
		process(7, 1, "deaf");
		put(1, TCPMEM_STATE_ESTABLISHED, 4096 * (t + 1));
		done();
	}
	is("deaf[7]", TCPMEM_TENDENCY_GROWTH, TCPMEM_REASON_UNREAD);
	tree_make(&tree);
	snprintf(mounts, sizeof(mounts), "cgroup %s/cg cgroup2 rw 0 0\n",
		 tree.root);
	tree_file(&tree, "self/mounts", mounts);
	tree_file(&tree, "7/cgroup", "0::/a\n");
	tree_file(&tree, "cg/a/memory.current", "1000\n");
	tree_file(&tree, "cg/a/memory.max", "82920\n");
	ck_assert_int_eq(tcpmem_ctx_new(&ctx), 0);
	ck_assert_int_eq(tcpmem_ctx_set_proc_root(ctx, tree.root), 0);
	ck_assert_int_eq(tcpmem_trend_row_get_until_limit_ns(
				 tcpmem_trend_get_row(trend, 0), &ns),
			 -ENODATA);
	tcpmem_trend_read_limits(ctx, trend);
	ck_assert_int_eq(tcpmem_trend_row_get_until_limit_ns(
				 tcpmem_trend_get_row(trend, 0), &ns),
			 0);
	ck_assert_int_eq(ns / SECOND_NS, 20);
	/* nobody said which cgroup all sockets together are in */
	ck_assert_int_eq(tcpmem_trend_row_get_until_limit_ns(
				 tcpmem_trend_get_total(trend), &ns),
			 -ENODATA);
	tcpmem_ctx_free(ctx);
	tree_remove(&tree);
}
END_TEST

START_TEST(what_is_not_taken_grows)
{
	for (uint32_t t = 0; t < 30; t++) {
		open_snapshot();
		process(7, 1, "sender");
		put_open(1)->skmem[TCPMEM_NUMBER_WMEM_QUEUED] = 4096 * t;
		done();
	}
	is("sender[7]", TCPMEM_TENDENCY_GROWTH, TCPMEM_REASON_NOT_TAKEN);
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
	is("leaker[7]", TCPMEM_TENDENCY_LEAK, TCPMEM_REASON_CLOSE_WAIT);
	ck_assert_int_eq(tcpmem_trend_row_get_count(row_of("leaker[7]"),
						    TCPMEM_COUNT_CLOSE_WAIT),
			 29);
}
END_TEST

/* It need not become more: a minute in CLOSE_WAIT is enough. */
START_TEST(close_wait_that_ages_is_a_leak)
{
	for (uint64_t t = 0; t < 62; t++) {
		open_snapshot();
		process(7, 1, "leaker");
		put_close_wait(3);
		process(8, 1, "slow");
		put(t / 20 + 100, TCPMEM_STATE_CLOSE_WAIT, 0);
		done();
		if (t < 60)
			IS_STEADY("leaker[7]");
	}
	is("leaker[7]", TCPMEM_TENDENCY_LEAK, TCPMEM_REASON_CLOSE_WAIT);
	IS_CHURN("slow[8]");
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
	ck_assert_int_eq(tcpmem_trend_row_get_last(row_of("total"),
						   TCPMEM_NUMBER_SOCKETS),
			 1);
	watch_time_wait("netns", TCPMEM_TREND_TIME_WAIT);
	IS_LEAK("self");
	watch_time_wait("family,state", 0);
	IS_LEAK("ipv4,time-wait");
}
END_TEST

/* "processes by pid and start time" */
START_TEST(a_pid_used_again_is_another_process)
{
	for (uint64_t t = 0; t < 40; t++) {
		open_snapshot();
		process(7, 1 + t / 10, "short");
		put_all(1 + t / 10 * 100, 2 + t / 10 * 100 + t % 10);
		done();
	}
	ck_assert_int_eq(tcpmem_trend_judge(trend), 0);
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
	ck_assert_int_eq(tcpmem_trend_judge(trend), 0);
	ck_assert_uint_eq(tcpmem_trend_get_row_count(trend), 1);
	IS_LEAK("after[7]");
	ck_assert_str_eq(tcpmem_process_get_comm(tcpmem_trend_row_get_process(
				 row_of("after[7]"))),
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
	IS_CHURN("leaker[7]");
	ck_assert_int_eq(tcpmem_trend_get_elapsed_ns(trend), 2 * SECOND_NS);
}
END_TEST

START_TEST(a_long_time_stays_in_sight)
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
	ck_assert_int_eq(tcpmem_trend_row_get_per_minute(
				 row, TCPMEM_NUMBER_SOCKETS, &slope),
			 0);
	ck_assert_double_eq_tol(slope, 6, 0.5);
	ck_assert_uint_le(trend->slots, TM_TREND_POINTS);
	ck_assert_uint_le(trend->known.count, 2 * (150 + 40 + 2));
}
END_TEST

/* "Of more than 1,024 groups the surplus is in one group" */
START_TEST(groups_are_bounded)
{
	for (uint32_t t = 0; t < 3; t++) {
		open_snapshot();
		for (uint32_t i = 0; i < STRANGERS; i++) {
			process(10 + i, 1, "crowd");
			put_open(1 + i);
		}
		done();
	}
	ck_assert_uint_le(trend->group_count, TM_TREND_GROUPS);
	ck_assert_int_gt(tcpmem_trend_row_get_last(row_of("other"),
						   TCPMEM_NUMBER_SOCKETS),
			 STRANGERS - TM_TREND_GROUPS);
	/* those that left make room */
	for (uint32_t t = 0; t < 6; t++) {
		open_snapshot();
		process(9, 1, "late");
		put_open(100000 + t);
		done();
	}
	IS_CHURN("late[9]");
}
END_TEST

static void check_near(const char *key, enum tcpmem_count count, double value,
		       double tolerance)
{
	double got = (double)tcpmem_trend_row_get_count(row_of(key), count);

	ck_assert_double_eq_tol(got, value, value * tolerance);
}

/* Sockets that nobody holds, for there are many of them. */
static void put_bare(uint64_t first, uint64_t end, uint8_t state)
{
	for (uint64_t i = first; i < end; i++)
		snap->sock[snap->sock_count++] = (struct tcpmem_socket){
			.cookie = i,
			.state = state,
			.skmem_words = TM_SKMEM_WORDS,
		};
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
	check_near("established", TCPMEM_COUNT_OPENED, (double)each * 39, 0.1);
	check_near("total", TCPMEM_COUNT_CLOSED, (double)crowd, 0.01);
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
	ck_assert_int_eq(tcpmem_trend_row_get_count(row_of("total"),
						    TCPMEM_COUNT_OPENED),
			 29);
}
END_TEST

START_TEST(what_is_wrong_is_refused)
{
	struct tcpmem_trend *other = NULL;

	ck_assert_int_eq(tcpmem_trend_new("colour", 0, &other), -EINVAL);
	ck_assert_int_eq(tcpmem_trend_new("state", 2, &other), -EINVAL);
	tcpmem_trend_free(NULL);
	/* nothing yet is an answer, too */
	IS_STEADY("total");
	ck_assert_int_eq(tcpmem_trend_get_elapsed_ns(trend), 0);
	open_snapshot();
	done();
	/* "-EINVAL if it is no later than the last one" */
	clock_ns -= SECOND_NS;
	open_snapshot();
	ck_assert_int_eq(close_snapshot(), -EINVAL);
	IS_STEADY("total");
	ck_assert_int_eq(tcpmem_trend_row_get_per_minute(row_of("total"),
							 TCPMEM_NUMBER_HELD,
							 &(double){ 0 }),
			 -ENODATA);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("trend");
	TCase *trends = tcase_create("trend");

	tcase_add_checked_fixture(trends, setup, teardown);
	tcase_add_test(trends, what_is_never_closed_is_a_leak);
	tcase_add_test(trends, sockets_that_come_and_go_are_churn);
	tcase_add_test(trends, a_leak_shows_among_churn);
	tcase_add_test(trends, a_slow_leak_shows);
	tcase_add_test(trends, three_new_sockets_are_no_leak);
	tcase_add_test(trends, a_sawtooth_is_no_leak);
	tcase_add_test(trends, a_pool_that_is_full_is_no_leak);
	tcase_add_test(trends, a_leak_that_begins_late_is_dated);
	tcase_add_test(trends, a_leak_of_many_is_one_in_the_total);
	tcase_add_test(trends, steady_sockets_are_steady);
	tcase_add_test(trends, what_is_not_read_grows);
	tcase_add_test(trends, the_limit_of_its_cgroup_comes_nearer);
	tcase_add_test(trends, what_is_not_taken_grows);
	tcase_add_test(trends, traffic_is_no_growth);
	tcase_add_test(trends, close_wait_is_a_leak_by_name);
	tcase_add_test(trends, close_wait_that_ages_is_a_leak);
	tcase_add_test(trends, time_wait_is_no_leak_unless_asked);
	tcase_add_test(trends, a_pid_used_again_is_another_process);
	tcase_add_test(trends, another_name_is_the_same_process);
	tcase_add_test(trends, a_boot_begins_anew);
	tcase_add_test(trends, a_long_time_stays_in_sight);
	tcase_add_test(trends, groups_are_bounded);
	tcase_add_test(trends, of_too_many_sockets_some_stand_for_all);
	tcase_add_test(trends, a_shared_socket_is_in_each_group);
	tcase_add_test(trends, what_is_wrong_is_refused);
	suite_add_tcase(suite, trends);
	return unit_run(suite);
}

// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * test_forged.c - no number in a capture makes an answer overflow
 *
 * The sanitizer of undefined behaviour judges; a forged number is refused, or
 * what follows from it is unknown.
 */
#include "capture_fixture.h"
#include "tcpmem.h"

#include "message.h"
#include "model/snapshot.h"
#include "unit.h"

#include <errno.h>

#define NS_PER_S INT64_C(1000000000)

static const int64_t extremes[] = {
	INT64_MIN, INT64_MIN + 1, INT64_MIN / 2, -1,	    0,
	1,	   INT64_MAX / 2, INT64_MAX - 1, INT64_MAX,
};
#define EXTREMES (int)(sizeof(extremes) / sizeof(extremes[0]))

/* struct facts - what a capture says besides its sockets */
struct facts {
	struct tm_clock clock;
	struct tm_host host;
	struct tm_accounting accounting;
	struct tm_limits limits;
};

static struct tcpmem_ctx *ctx;
static struct tcpmem_query *query;
static struct facts facts;

static void setup(void)
{
	facts = (struct facts){
		.clock = { .wall_ns = 1700000000 * NS_PER_S,
			   .boottime_ns = 5000 * NS_PER_S,
			   .boot_id = "boot" },
		.accounting = { .before = { true, 4096, 3 },
				.after = { true, 4096, 3 },
				.unhashed_known = true },
	};
	for (int i = 0; i < TCPMEM_HOST_METRIC_COUNT; i++) {
		facts.host.fact[i] = 4096;
		facts.host.known[i] = true;
	}
	tm_limits_init(&facts.limits);
	for (size_t i = 0; i < TM_LIMIT_COUNT; i++) {
		struct tcpmem_limit *limit = &facts.limits.limit[i];

		limit->known = !limit->counter;
		limit->count_known = limit->counter;
		limit->used_known = !limit->counter;
		limit->value = limit->count = limit->used = 4096;
	}
	ck_assert_int_eq(tcpmem_ctx_new(&ctx), 0);
	ck_assert_int_eq(tcpmem_query_new(&query), 0);
	ck_assert_int_eq(
		tcpmem_query_require(query,
				     TCPMEM_NEED_HOLDERS | TCPMEM_NEED_LIMITS),
		0);
}

static void teardown(void)
{
	tcpmem_query_free(query);
	tcpmem_ctx_free(ctx);
}

static void put_sockets(struct tm_capture_writer *writer, int count)
{
	for (int i = 1; i <= count; i++) {
		struct message m;
		struct tm_capture_message message = { .data = m.buf };

		message_full(&m, AF_INET, TCPMEM_STATE_ESTABLISHED,
			     (uint64_t)i);
		message.len = m.nlh->nlmsg_len;
		ck_assert_int_eq(tm_capture_put_message(writer, &message, 0),
				 0);
	}
}

/* Return: as tcpmem_snapshot_load_fd() */
static int load(int sockets, struct tcpmem_snapshot **snap)
{
	const struct tm_netns self = { .inode = 1, .name = "self" };
	const struct tm_capture_scope scope = { .states = TCPMEM_STATES_ALL };
	struct tcpmem_capture_error error = { .size = sizeof(error) };
	struct tm_capture_writer writer;
	int fd = memory_file("", 0);
	int ret;

	ck_assert_int_eq(tm_capture_create(fd, &writer), 0);
	ck_assert_int_eq(tm_capture_put_clock(&writer, &facts.clock), 0);
	ck_assert_int_eq(tm_capture_put_scope(&writer, &scope), 0);
	ck_assert_int_eq(tm_capture_put_netns(&writer, 0, &self), 0);
	ck_assert_int_eq(tm_capture_put_host(&writer, &facts.host), 0);
	put_sockets(&writer, sockets);
	ck_assert_int_eq(tm_capture_put_limits(&writer, 0, &facts.limits), 0);
	ck_assert_int_eq(
		tm_capture_put_limits(&writer, TM_CAPTURE_HOST, &facts.limits),
		0);
	ck_assert_int_eq(tm_capture_put_accounting(&writer, &facts.accounting),
			 0);
	ck_assert_int_eq(tm_capture_finish(&writer), 0);
	tm_capture_close(&writer);
	ck_assert_int_eq(lseek(fd, 0, SEEK_SET), 0);
	ret = tcpmem_snapshot_load_fd(ctx, query, fd, 0, &error, snap);
	if (ret)
		ck_assert_int_eq(ret, -EBADMSG);
	close(fd);
	return ret;
}

static void compare(const struct tcpmem_snapshot *before,
		    const struct tcpmem_snapshot *after)
{
	struct tcpmem_check *check;
	struct tcpmem_trend *trend;
	struct tcpmem_diff *diff;
	int64_t ns = 0;

	ck_assert_int_eq(tcpmem_diff(before, after, "state", &diff), 0);
	if (tcpmem_diff_get_elapsed_ns(diff, &ns) < 0)
		ck_assert_int_eq(ns, 0);
	tcpmem_diff_free(diff);
	ck_assert_int_eq(tcpmem_check_new(&check), 0);
	for (int i = 0; i < TCPMEM_CHECK_METRIC_COUNT; i++)
		ck_assert_int_eq(
			tcpmem_check_add(check, (enum tcpmem_check_metric)i,
					 i == TCPMEM_CHECK_METRIC_GROWTH ? "1/h"
					 : i == TCPMEM_CHECK_METRIC_COUNTER
						 ? "ListenDrops=1"
						 : "1",
					 NULL),
			0);
	ck_assert_int_eq(tcpmem_check_judge(check, before, after), 0);
	tcpmem_check_free(check);
	ck_assert_int_eq(tcpmem_trend_new("state", 0, &trend), 0);
	if (tcpmem_trend_add(trend, before) == 0) {
		if (tcpmem_trend_add(trend, after) == 0)
			ck_assert_int_gt(tcpmem_trend_get_elapsed_ns(trend), 0);
		ck_assert_int_eq(tcpmem_trend_judge(trend, NULL), 0);
	}
	tcpmem_trend_free(trend);
}

static void answer(const struct tcpmem_snapshot *snap)
{
	struct tcpmem_reconciliation *accounting;
	struct tcpmem_limits *limits;

	ck_assert_int_eq(tcpmem_reconcile(snap, &accounting), 0);
	tcpmem_reconciliation_free(accounting);
	ck_assert_int_eq(tcpmem_limits_read(ctx, NULL, snap, NULL, &limits), 0);
	tcpmem_limits_free(limits);
}

/* @number is one of @facts: forged in a capture, before and after others. */
static void forge(int64_t *number)
{
	struct tcpmem_snapshot *sane, *forged;
	int64_t true_number = *number;

	ck_assert_int_eq(load(1, &sane), 0);
	for (int i = 0; i < EXTREMES; i++) {
		*number = extremes[i];
		if (load(3, &forged) == 0) {
			answer(forged);
			compare(sane, forged);
			compare(forged, sane);
			compare(forged, forged);
			tcpmem_snapshot_free(forged);
		}
		*number = true_number;
	}
	tcpmem_snapshot_free(sane);
}

START_TEST(clocks)
{
	forge(&facts.clock.wall_ns);
	forge(&facts.clock.boottime_ns);
	facts.clock.boottime_ns = 0;
	forge(&facts.clock.wall_ns);
	*facts.clock.boot_id = '\0';
	forge(&facts.clock.wall_ns);
}
END_TEST

/* No kernel's clock was ever before its epoch. */
START_TEST(a_clock_before_its_epoch_is_refused)
{
	struct tcpmem_snapshot *snap;

	facts.clock.wall_ns = -1;
	ck_assert_int_eq(load(1, &snap), -EBADMSG);
	facts.clock.wall_ns = 1;
	facts.clock.boottime_ns = INT64_MIN;
	ck_assert_int_eq(load(1, &snap), -EBADMSG);
}
END_TEST

START_TEST(facts_of_the_host)
{
	forge(&facts.host.fact[_i]);
}
END_TEST

START_TEST(counters_of_the_kernel)
{
	forge(&facts.accounting.before.memory);
	forge(&facts.accounting.before.sockets);
	forge(&facts.accounting.after.memory);
	forge(&facts.accounting.after.sockets);
	forge(&facts.accounting.unhashed);
}
END_TEST

/* @offset: of a number of each limit; one of them stands for all */
static void forge_limits(size_t offset)
{
	struct tcpmem_snapshot *sane, *forged;

	ck_assert_int_eq(load(1, &sane), 0);
	for (int i = 0; i < EXTREMES; i++) {
		for (size_t k = 0; k < TM_LIMIT_COUNT; k++)
			*(int64_t *)((char *)&facts.limits.limit[k] + offset) =
				extremes[i];
		ck_assert_int_eq(load(3, &forged), 0);
		answer(forged);
		compare(sane, forged);
		compare(forged, sane);
		tcpmem_snapshot_free(forged);
	}
	tcpmem_snapshot_free(sane);
}

START_TEST(sysctls_and_counters)
{
	static const size_t offset[] = {
		offsetof(struct tcpmem_limit, value),
		offsetof(struct tcpmem_limit, count),
		offsetof(struct tcpmem_limit, used),
		offsetof(struct tcpmem_limit, low),
	};

	forge_limits(offset[_i]);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("forged");
	TCase *numbers = tcase_create("numbers");

	tcase_add_checked_fixture(numbers, setup, teardown);
	tcase_add_test(numbers, clocks);
	tcase_add_test(numbers, a_clock_before_its_epoch_is_refused);
	tcase_add_loop_test(numbers, facts_of_the_host, 0,
			    TCPMEM_HOST_METRIC_COUNT);
	tcase_add_test(numbers, counters_of_the_kernel);
	tcase_add_loop_test(numbers, sysctls_and_counters, 0, 4);
	suite_add_tcase(suite, numbers);
	return unit_run(suite);
}

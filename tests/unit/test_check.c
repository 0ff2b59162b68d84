// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_check.c - what is beyond a threshold, and what is not known */
#include "check_fixture.h"
#include "in_use.h"
#include "unit.h"

static void put(struct tcpmem_snapshot *s, uint8_t state, enum tcpmem_kind kind,
		uint32_t bytes)
{
	struct tcpmem_socket *sock = &s->sockets.sock[s->sockets.count++];

	sock->cookie = s->sockets.count;
	sock->state = state;
	sock->kind = (uint8_t)kind;
	sock->skmem_words = TM_SKMEM_WORDS;
	sock->skmem[0] = bytes;
}

static void set_fact(enum tcpmem_host_metric fact, int64_t value)
{
	snap->host.fact[fact] = value;
	snap->host.known[fact] = true;
}

static void is_unknown(enum tcpmem_check_metric metric)
{
	const struct tcpmem_check_result *r = result(metric);

	ck_assert(!r->known);
	ck_assert_int_eq(r->level, TCPMEM_LEVEL_UNKNOWN);
	/* "@reason: why it is unknown" */
	ck_assert_ptr_nonnull(result(metric)->reason);
}

static void put_some(void)
{
	put(snap, TCPMEM_STATE_ESTABLISHED, TCPMEM_KIND_IN_FLIGHT, 1000);
	put(snap, TCPMEM_STATE_ESTABLISHED, TCPMEM_KIND_IN_FLIGHT, 2000);
	put(snap, TCPMEM_STATE_CLOSE_WAIT, TCPMEM_KIND_IN_FLIGHT, 500);
	put(snap, TCPMEM_STATE_TIME_WAIT, TCPMEM_KIND_TIME_WAIT, 0);
	put(snap, TCPMEM_STATE_FIN_WAIT_1, TCPMEM_KIND_ORPHAN, 0);
}

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

static void warn(struct tcpmem_snapshot *s, enum tcpmem_warning_code code)
{
	ck_assert_int_eq(tm_warnings_add(&s->warnings, code, "not seen"), 0);
}

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

static const struct tcpmem_check_result *result_of(const char *key)
{
	for (size_t i = 0; i < tcpmem_check_get_result_count(check); i++)
		if (strcmp(tcpmem_check_get_result(check, i)->key, key) == 0)
			return tcpmem_check_get_result(check, i);
	ck_abort_msg("no result of %s", key);
	return NULL;
}

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

static void add_netns(struct tcpmem_snapshot *s)
{
	s->netns = realloc(s->netns, 3 * sizeof(*s->netns));
	ck_assert_ptr_nonnull(s->netns);
	s->netns_count = 3;
	for (size_t i = 1; i < 3; i++)
		s->netns[i] = (struct tm_netns){
			.inode = 100 + i,
			.name = strdup(i == 1 ? "blue" : "red"),
		};
}

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
	tcase_add_loop_test(checks, a_cgroup_that_is_unread_may_be_beyond, 0,
			    5);
	tcase_add_test(checks, who_is_hidden_may_be_beyond);
	tcase_add_test(checks, no_group_is_a_result_too);
	tcase_add_test(checks, orphans_are_counted_by_the_kernel);
	tcase_add_test(checks, what_is_not_known_is_unknown);
	tcase_add_test(checks, growth_takes_two_moments);
	tcase_add_test(checks, what_may_be_more_is_never_ok);
	tcase_add_test(checks, a_number_of_the_caller_is_judged);
	tcase_add_test(checks, a_query_asks_for_what_is_judged);
	tcase_add_loop_test(checks, each_threshold_asks_for_its_own, 0, 6);
	tcase_add_test(checks, a_query_requires_known_needs_only);
	tcase_add_test(checks, what_was_not_seen_is_not_known);
	tcase_add_test(checks,
		       more_than_the_limit_is_critical_whatever_else_there_is);
	tcase_add_test(checks, growth_needs_both_moments_whole);
	tcase_add_loop_test(checks, what_was_missed_before_did_not_grow, 0, 8);
	tcase_add_test(checks, growth_needs_times);
	tcase_add_test(checks, rows_that_were_seen_stand);
	tcase_add_loop_test(checks, bound_sockets_may_be_missing, 0, 5);
	tcase_add_test(checks, growth_needs_what_was_asked_for_before);
	tcase_add_test(checks, no_group_grew_if_there_was_a_time);
	tcase_add_loop_test(checks,
			    growth_of_some_namespaces_is_not_that_of_all, 0, 2);
	tcase_add_test(checks, time_wait_is_that_of_each_namespace);
	tcase_add_test(checks, counters_rise_in_all_or_in_each_namespace);
	tcase_add_test(checks, results_have_an_order);
	tcase_add_test(checks, a_check_that_is_freed_leaves_nothing);
	suite_add_tcase(suite, checks);
	return unit_run(suite);
}

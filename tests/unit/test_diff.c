// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_diff.c - what changed between two snapshots, and what did not */
#include "model/snapshot.h"
#include "rows.h"
#include "tcpmem.h"
#include "unit.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define SOCKETS	  64
#define MINUTE_NS INT64_C(60000000000)

static struct tcpmem_snapshot *before, *after;

static struct tcpmem_snapshot *new_snapshot(const char *boot, int64_t ns)
{
	struct tcpmem_snapshot *snap = calloc(1, sizeof(*snap));

	ck_assert_ptr_nonnull(snap);
	snap->sockets.sock = calloc(SOCKETS, sizeof(*snap->sockets.sock));
	snap->netns = calloc(2, sizeof(*snap->netns));
	snap->netns_count = 2;
	for (size_t i = 0; i < 2; i++) {
		snap->netns[i].inode = 4026531840 + i;
		snap->netns[i].name = strdup(i ? "blue" : "self");
	}
	ck_assert_int_eq(tm_holders_new(false, &snap->holders), 0);
	snprintf(snap->clock.boot_id, sizeof(snap->clock.boot_id), "%s", boot);
	snap->clock.boottime_ns = 1000 * MINUTE_NS + ns;
	snap->clock.wall_ns = 5000 * MINUTE_NS + 2 * ns;
	return snap;
}

static uint32_t process(struct tcpmem_snapshot *snap, uint32_t pid,
			uint64_t start, const char *comm)
{
	struct tcpmem_process p = { .pid = pid, .start_time = start };
	uint32_t index;

	snprintf(p.comm, sizeof(p.comm), "%s", comm);
	ck_assert_int_eq(tm_holders_process(snap->holders, &p, &index), 0);
	return index;
}

static void setup(void)
{
	before = new_snapshot("boot-1", 0);
	after = new_snapshot("boot-1", 2 * MINUTE_NS);
	/* the wall clock was set: who lives on has the same start time */
	process(before, 1, 1, "init");
	process(after, 1, 1, "init");
}

static void teardown(void)
{
	tcpmem_snapshot_free(before);
	tcpmem_snapshot_free(after);
}

/* A socket that holds @bytes; its inode is its cookie. */
static struct tcpmem_socket *sock(struct tcpmem_snapshot *snap, uint64_t cookie,
				  uint8_t state, uint32_t bytes)
{
	struct tcpmem_socket *s = &snap->sockets.sock[snap->sockets.count++];

	s->cookie = cookie;
	s->state = state;
	s->inode = (uint32_t)cookie;
	s->kind = TCPMEM_KIND_IN_FLIGHT;
	s->skmem_words = TM_SKMEM_WORDS;
	s->skmem[0] = bytes;
	return s;
}

static void hold(struct tcpmem_snapshot *snap, const struct tcpmem_socket *s,
		 uint32_t index)
{
	ck_assert_int_eq(tm_holders_add(snap->holders, s->inode, index), 0);
}

static void finish(struct tcpmem_snapshot *snap)
{
	ck_assert_int_eq(tm_holders_finish(snap->holders), 0);
	for (size_t i = 0; i < snap->sockets.count; i++) {
		struct tcpmem_socket *s = &snap->sockets.sock[i];

		s->holder = tm_holders_find(snap->holders, s->inode);
		if (s->holder)
			s->kind = TCPMEM_KIND_PROCESS;
	}
}

static struct tcpmem_diff *diff_by(const char *keys)
{
	struct tcpmem_diff *diff = NULL;

	finish(before);
	finish(after);
	ck_assert_int_eq(tcpmem_diff(before, after, keys, &diff), 0);
	return diff;
}

static const struct tcpmem_diff_row *row_of(const struct tcpmem_diff *diff,
					    const char *key)
{
	for (size_t i = 0; i < tcpmem_diff_get_row_count(diff); i++) {
		const struct tcpmem_diff_row *row =
			tcpmem_diff_get_row(diff, i);

		if (strcmp(tcpmem_diff_row_get_subject(row)->key, key) == 0)
			return row;
	}
	ck_abort_msg("no row %s", key);
	return NULL;
}

/* opened, closed, grown, shrunk, changed, moved */
static void check_events(const struct tcpmem_diff_row *row,
			 const int64_t events[TCPMEM_EVENT_COUNT])
{
	for (int i = 0; i < TCPMEM_EVENT_COUNT; i++)
		ck_assert_msg(diff_event(row, (enum tcpmem_event)i) ==
				      events[i],
			      "%s: %s is %" PRId64,
			      tcpmem_diff_row_get_subject(row)->key,
			      tcpmem_event_describe((enum tcpmem_event)i)->name,
			      diff_event(row, (enum tcpmem_event)i));
}

#define EVENTS(...) ((const int64_t[TCPMEM_EVENT_COUNT]){ __VA_ARGS__ })

static int64_t held_delta(const struct tcpmem_diff_row *row)
{
	return diff_change(row, TCPMEM_METRIC_HELD).delta;
}

START_TEST(each_event_is_counted)
{
	struct tcpmem_diff *diff;
	const struct tcpmem_diff_row *total;
	double rate;

	sock(before, 1, TCPMEM_STATE_ESTABLISHED, 100); /* closed */
	sock(before, 2, TCPMEM_STATE_ESTABLISHED, 100); /* grown */
	sock(before, 3, TCPMEM_STATE_ESTABLISHED, 100); /* shrunk */
	sock(before, 4, TCPMEM_STATE_ESTABLISHED, 100); /* another state */
	sock(before, 5, TCPMEM_STATE_ESTABLISHED, 100); /* nothing */
	sock(after, 5, TCPMEM_STATE_ESTABLISHED, 100);
	sock(after, 4, TCPMEM_STATE_CLOSE_WAIT, 100);
	sock(after, 3, TCPMEM_STATE_ESTABLISHED, 40);
	sock(after, 2, TCPMEM_STATE_ESTABLISHED, 500);
	sock(after, 6, TCPMEM_STATE_ESTABLISHED, 7); /* opened */
	diff = diff_by("state");
	ck_assert_int_eq(tcpmem_diff_get_match(diff), TCPMEM_MATCH_COOKIE);
	total = tcpmem_diff_get_total(diff);
	check_events(total, EVENTS(1, 1, 1, 1, 1, 0));
	ck_assert_int_eq(held_delta(total), 400 - 60 + 7 - 100);
	ck_assert_int_eq(diff_change(total, TCPMEM_METRIC_SOCKETS).before, 5);
	ck_assert_int_eq(diff_change(total, TCPMEM_METRIC_SOCKETS).after, 5);
	rate = diff_change(total, TCPMEM_METRIC_HELD).per_minute;
	ck_assert(rate > 123.4 && rate < 123.6);
	check_events(row_of(diff, "established"), EVENTS(1, 1, 1, 1, 0, -1));
	check_events(row_of(diff, "close-wait"), EVENTS(0, 0, 0, 0, 1, 1));
	ck_assert_int_eq(tcpmem_diff_row_get_class(row_of(diff, "close-wait")),
			 TCPMEM_CHANGE_CLASS_GROWTH);
	tcpmem_diff_free(diff);
}
END_TEST

/* "Sockets are the same by cookie and namespace" */
START_TEST(another_namespace_is_another_socket)
{
	struct tcpmem_diff *diff;

	sock(before, 1, TCPMEM_STATE_ESTABLISHED, 1);
	sock(after, 1, TCPMEM_STATE_ESTABLISHED, 1)->netns = 1;
	diff = diff_by("state");
	check_events(tcpmem_diff_get_total(diff), EVENTS(1, 1, 0, 0, 0, 0));
	ck_assert_int_eq(tcpmem_diff_row_get_class(tcpmem_diff_get_total(diff)),
			 TCPMEM_CHANGE_CLASS_CHURN);
	tcpmem_diff_free(diff);
}
END_TEST

/* "processes by pid and start time": a pid is used again */
START_TEST(a_pid_used_again_is_another_process)
{
	struct tcpmem_diff *diff;

	hold(before, sock(before, 1, TCPMEM_STATE_ESTABLISHED, 9),
	     process(before, 80, 5, "web"));
	hold(after, sock(after, 2, TCPMEM_STATE_ESTABLISHED, 9),
	     process(after, 80, 6, "web"));
	diff = diff_by("process");
	ck_assert_uint_eq(tcpmem_diff_get_row_count(diff), 2);
	for (size_t i = 0; i < 2; i++) {
		const struct tcpmem_diff_row *row =
			tcpmem_diff_get_row(diff, i);
		const struct tcpmem_process *p =
			tcpmem_diff_row_get_subject(row)->process;
		bool old = tcpmem_process_get_start_time(p) == 5;

		ck_assert_str_eq(tcpmem_diff_row_get_subject(row)->key,
				 "web[80]");
		check_events(row, old ? EVENTS(0, 1, 0, 0, 0, 0)
				      : EVENTS(1, 0, 0, 0, 0, 0));
	}
	tcpmem_diff_free(diff);
}
END_TEST

/* exec(2) gives a process another name; it has the sockets it had. */
START_TEST(another_name_is_the_same_process)
{
	struct tcpmem_diff *diff;

	hold(before, sock(before, 1, TCPMEM_STATE_ESTABLISHED, 9),
	     process(before, 80, 5, "sh"));
	hold(after, sock(after, 1, TCPMEM_STATE_ESTABLISHED, 9),
	     process(after, 80, 5, "web"));
	diff = diff_by("process,state");
	ck_assert_uint_eq(tcpmem_diff_get_row_count(diff), 1);
	check_events(row_of(diff, "web[80],established"),
		     EVENTS(0, 0, 0, 0, 0, 0));
	ck_assert_int_eq(
		tcpmem_diff_row_get_class(tcpmem_diff_get_row(diff, 0)),
		TCPMEM_CHANGE_CLASS_STEADY);
	tcpmem_diff_free(diff);
}
END_TEST

/* "Sockets are the same by cookie": one that was reset is in no dump. */
START_TEST(a_reset_socket_is_the_same_one)
{
	struct tcpmem_diff *diff;
	struct tcpmem_socket *s;

	hold(before, sock(before, 1, TCPMEM_STATE_ESTABLISHED, 9),
	     process(before, 80, 5, "web"));
	s = sock(after, 1, TCPMEM_STATE_CLOSED, 9);
	hold(after, s, process(after, 80, 5, "web"));
	diff = diff_by("process");
	check_events(row_of(diff, "web[80]"), EVENTS(0, 0, 0, 0, 1, 0));
	ck_assert_int_eq(tcpmem_diff_row_get_class(row_of(diff, "web[80]")),
			 TCPMEM_CHANGE_CLASS_CHURN);
	tcpmem_diff_free(diff);
}
END_TEST

/*
 * "one snapshot does not know the holders of all sockets, and some of the
 * group's are in another one there: it may have held them"
 */
START_TEST(who_was_not_seen_before_has_not_grown)
{
	uint32_t one = process(after, 1, 1, "one");
	uint32_t two = process(after, 2, 1, "two");
	struct tcpmem_diff *diff;

	ck_assert_int_eq(tm_warnings_add(&before->warnings,
					 TCPMEM_WARNING_FDS_UNREADABLE,
					 "%d processes", 1),
			 0);
	sock(before, 1, TCPMEM_STATE_ESTABLISHED, 100);
	hold(after, sock(after, 1, TCPMEM_STATE_ESTABLISHED, 100), one);
	hold(after, sock(after, 2, TCPMEM_STATE_CLOSE_WAIT, 100), two);
	diff = diff_by("process");
	ck_assert_int_eq(tcpmem_diff_row_get_class(row_of(diff, "one[1]")),
			 TCPMEM_CHANGE_CLASS_CHURN);
	ck_assert_int_eq(tcpmem_diff_row_get_class(row_of(diff, "two[2]")),
			 TCPMEM_CHANGE_CLASS_GROWTH);
	tcpmem_diff_free(diff);
	diff = NULL;
	ck_assert_int_eq(tcpmem_diff(before, after, "state", &diff), 0);
	ck_assert_int_eq(tcpmem_diff_row_get_class(row_of(diff, "close-wait")),
			 TCPMEM_CHANGE_CLASS_GROWTH);
	tcpmem_diff_free(diff);
}
END_TEST

/* "Cookies of two boots mean nothing to each other", nor do pids. */
START_TEST(a_boot_in_between_leaves_nothing)
{
	struct tcpmem_diff *diff;
	int64_t ns;

	strcpy(after->clock.boot_id, "boot-2");
	hold(before, sock(before, 1, TCPMEM_STATE_ESTABLISHED, 9),
	     process(before, 1, 0, "init"));
	hold(after, sock(after, 1, TCPMEM_STATE_ESTABLISHED, 9),
	     process(after, 1, 0, "init"));
	diff = diff_by("process");
	ck_assert_int_eq(tcpmem_diff_get_match(diff), TCPMEM_MATCH_NOTHING);
	ck_assert_uint_eq(tcpmem_diff_get_row_count(diff), 2);
	check_events(tcpmem_diff_get_total(diff), EVENTS(1, 1, 0, 0, 0, 0));
	ck_assert_int_eq(tcpmem_diff_get_elapsed_ns(diff, &ns), 0);
	ck_assert_int_eq(ns, 4 * MINUTE_NS); /* the wall's */
	tcpmem_diff_free(diff);
}
END_TEST

/* "the addresses too: a file did not tell its boot" */
START_TEST(without_a_boot_the_addresses_decide)
{
	struct tcpmem_diff *diff;

	before->clock.boot_id[0] = '\0';
	before->netns[0].inode = 0;
	before->clock.wall_ns = 0;
	sock(before, 1, TCPMEM_STATE_ESTABLISHED, 9)->local_port = 80;
	sock(before, 2, TCPMEM_STATE_ESTABLISHED, 9)->local_port = 80;
	sock(after, 1, TCPMEM_STATE_ESTABLISHED, 9)->local_port = 80;
	sock(after, 2, TCPMEM_STATE_ESTABLISHED, 9)->local_port = 81;
	diff = diff_by("state");
	ck_assert_int_eq(tcpmem_diff_get_match(diff), TCPMEM_MATCH_ADDRESS);
	check_events(tcpmem_diff_get_total(diff), EVENTS(1, 1, 0, 0, 0, 0));
	ck_assert_int_eq(tcpmem_diff_get_elapsed_ns(diff, &(int64_t){ 0 }),
			 -ENODATA);
	ck_assert(isnan(
		diff_change(tcpmem_diff_get_total(diff), TCPMEM_METRIC_HELD)
			.per_minute));
	tcpmem_diff_free(diff);
}
END_TEST

/* "A shared socket counts in full in each row" as an event, in bytes by share
 */
START_TEST(shared_sockets_move_nowhere)
{
	struct tcpmem_diff *diff;
	uint32_t one, two;

	one = process(before, 10, 1, "one");
	two = process(before, 20, 1, "two");
	for (uint64_t i = 1; i <= 3; i++) {
		struct tcpmem_socket *s =
			sock(before, i, TCPMEM_STATE_LISTENING, 10);

		hold(before, s, one);
		hold(before, s, two);
	}
	one = process(after, 10, 1, "one");
	two = process(after, 20, 1, "two");
	for (uint64_t i = 1; i <= 4; i++) {
		struct tcpmem_socket *s =
			sock(after, i, TCPMEM_STATE_LISTENING, 10);

		hold(after, s, one);
		hold(after, s, two);
	}
	diff = diff_by("process");
	check_events(row_of(diff, "one[10]"), EVENTS(1, 0, 0, 0, 0, 0));
	check_events(row_of(diff, "two[20]"), EVENTS(1, 0, 0, 0, 0, 0));
	check_events(tcpmem_diff_get_total(diff), EVENTS(1, 0, 0, 0, 0, 0));
	ck_assert_int_eq(held_delta(row_of(diff, "one[10]")) +
				 held_delta(row_of(diff, "two[20]")),
			 held_delta(tcpmem_diff_get_total(diff)));
	tcpmem_diff_free(diff);
}
END_TEST

static void put_server(struct tcpmem_snapshot *snap, uint64_t start,
		       uint64_t sockets)
{
	uint32_t index = process(snap, 10, start, "server");

	for (uint64_t i = 1; i <= sockets; i++)
		hold(snap, sock(snap, i, TCPMEM_STATE_ESTABLISHED, 10), index);
}

/*
 * "the clock since boot of @after is ahead, in a time namespace other than
 * @before's"
 */
static void put_states(void)
{
	sock(before, 1, TCPMEM_STATE_ESTABLISHED, 10);
	sock(before, 2, TCPMEM_STATE_LISTENING, 20);
	sock(before, 3, TCPMEM_STATE_CLOSE_WAIT, 30);
	sock(before, 4, TCPMEM_STATE_LAST_ACK, 5);
	sock(after, 1, TCPMEM_STATE_ESTABLISHED, 99);
	sock(after, 2, TCPMEM_STATE_LISTENING, 20);
	sock(after, 3, TCPMEM_STATE_CLOSE_WAIT, 30);
}

static int64_t sum_after(const struct tcpmem_diff *diff)
{
	int64_t sum = 0;

	for (size_t i = 0; i < tcpmem_diff_get_row_count(diff); i++)
		sum += diff_change(tcpmem_diff_get_row(diff, i),
				   TCPMEM_METRIC_HELD)
			       .after;
	return sum;
}

static void hide_init(void)
{
	struct tcpmem_snapshot *const snaps[] = { before, after };

	for (size_t i = 0; i < 2; i++) {
		tm_holders_free(snaps[i]->holders);
		ck_assert_int_eq(tm_holders_new(false, &snaps[i]->holders), 0);
	}
}

START_TEST(a_process_is_the_same_by_the_clock_of_a_time_namespace)
{
	const uint64_t hour = 3600 * (uint64_t)sysconf(_SC_CLK_TCK);
	struct tcpmem_diff *diff;
	int64_t ns;

	after->clock.wall_ns = before->clock.wall_ns + 2 * MINUTE_NS;
	after->clock.boottime_ns += 60 * MINUTE_NS;
	hide_init();
	put_server(before, 100, 3);
	put_server(after, 100 + hour, 5);
	diff = diff_by("process");
	ck_assert_uint_eq(tcpmem_diff_get_row_count(diff), 1);
	check_events(row_of(diff, "server[10]"), EVENTS(2, 0, 0, 0, 0, 0));
	ck_assert_int_eq(tcpmem_diff_get_elapsed_ns(diff, &ns), 0);
	ck_assert_int_eq(ns, 2 * MINUTE_NS);
	tcpmem_diff_free(diff);
}
END_TEST

START_TEST(a_pid_that_is_used_again_is_another_though_the_clock_was_set)
{
	const uint64_t minute = 60 * (uint64_t)sysconf(_SC_CLK_TCK);
	struct tcpmem_diff *diff;
	int64_t ns;

	after->clock.wall_ns = before->clock.wall_ns - 60 * MINUTE_NS;
	put_server(before, 100, 3);
	put_server(after, 100 + minute, 3);
	diff = diff_by("process");
	ck_assert_uint_eq(tcpmem_diff_get_row_count(diff), 2);
	ck_assert_int_eq(tcpmem_diff_get_elapsed_ns(diff, &ns), 0);
	ck_assert_int_eq(ns, 2 * MINUTE_NS);
	tcpmem_diff_free(diff);
}
END_TEST

/* "nothing tells whether they have, or one was set" */
START_TEST(no_time_is_told_by_a_clock_that_may_be_another)
{
	struct tcpmem_diff *diff;
	int64_t ns;

	hide_init();
	put_states();
	diff = diff_by("state");
	ck_assert_int_eq(tcpmem_diff_get_elapsed_ns(diff, &ns), -ENODATA);
	ck_assert(isnan(
		diff_change(tcpmem_diff_get_total(diff), TCPMEM_METRIC_HELD)
			.per_minute));
	tcpmem_diff_free(diff);
}
END_TEST

START_TEST(rows_are_sorted_folded_and_limited)
{
	struct tcpmem_diff *diff;

	put_states();
	diff = diff_by("state");
	ck_assert_str_eq(
		tcpmem_diff_row_get_subject(tcpmem_diff_get_row(diff, 0))->key,
		"established");
	ck_assert_str_eq(
		tcpmem_diff_row_get_subject(tcpmem_diff_get_row(diff, 3))->key,
		"last-ack");
	ck_assert_int_eq(tcpmem_diff_sort(diff, "-closed,held_after,-key"), 0);
	ck_assert_str_eq(
		tcpmem_diff_row_get_subject(tcpmem_diff_get_row(diff, 0))->key,
		"last-ack");
	ck_assert_str_eq(
		tcpmem_diff_row_get_subject(tcpmem_diff_get_row(diff, 3))->key,
		"established");
	ck_assert_int_eq(tcpmem_diff_sort(diff, "held"), -EINVAL);
	ck_assert_int_eq(tcpmem_diff_sort(diff, "held_after_"), -EINVAL);
	ck_assert_int_eq(tcpmem_diff_sort(diff, "weight_delta"), -EINVAL);
	ck_assert_int_eq(tcpmem_diff_fold(diff), 0);
	ck_assert_uint_eq(tcpmem_diff_get_row_count(diff), 3);
	ck_assert_str_eq(
		tcpmem_diff_row_get_subject(tcpmem_diff_get_row(diff, 2))->key,
		"unchanged");
	ck_assert_int_eq(sum_after(diff), 149);
	ck_assert_int_eq(tcpmem_diff_limit(diff, 1), 0);
	ck_assert_uint_eq(tcpmem_diff_get_row_count(diff), 2);
	ck_assert_str_eq(
		tcpmem_diff_row_get_subject(tcpmem_diff_get_row(diff, 1))->key,
		"other");
	ck_assert_int_eq(sum_after(diff), 149);
	ck_assert_int_eq(tcpmem_diff_limit(diff, 0), 0);
	ck_assert_int_eq(sum_after(diff), 149);
	tcpmem_diff_free(diff);
}
END_TEST

/* A socket of process @one before and of @two after; of none if it is 7. */
static void put_socket(uint32_t one, uint32_t two, uint8_t state,
		       uint32_t bytes)
{
	static uint64_t cookie;

	cookie++;
	if (one < 7)
		hold(before, sock(before, cookie, TCPMEM_STATE_ESTABLISHED, 20),
		     one);
	if (two < 7)
		hold(after, sock(after, cookie, state, bytes), two);
}

/* tcpmem.h: an order is "key", the name of an event, or that of a sum */
START_TEST(each_event_sorts_alone)
{
	const uint8_t same = TCPMEM_STATE_ESTABLISHED;
	struct tcpmem_diff *diff;
	size_t last;

	hide_init();
	for (uint32_t i = 0; i < 7; i++) {
		char name[] = { 'e', (char)('0' + i), '\0' };

		ck_assert_uint_eq(process(before, i + 1, 1, name), i);
		ck_assert_uint_eq(process(after, i + 1, 1, name), i);
	}
	put_socket(7, TCPMEM_EVENT_OPENED, same, 20);
	put_socket(TCPMEM_EVENT_CLOSED, 7, same, 20);
	put_socket(TCPMEM_EVENT_GROWN, TCPMEM_EVENT_GROWN, same, 30);
	put_socket(TCPMEM_EVENT_SHRUNK, TCPMEM_EVENT_SHRUNK, same, 10);
	put_socket(TCPMEM_EVENT_CHANGED, TCPMEM_EVENT_CHANGED,
		   TCPMEM_STATE_CLOSE_WAIT, 20);
	put_socket(6, TCPMEM_EVENT_MOVED, same, 20);
	diff = diff_by("process");
	last = tcpmem_diff_get_row_count(diff) - 1;
	ck_assert_uint_eq(last, 6);
	for (int i = 0; i < TCPMEM_EVENT_COUNT; i++) {
		const char *event =
			tcpmem_event_describe((enum tcpmem_event)i)->name;
		char key[] = { 'e', (char)('0' + i), '[', (char)('1' + i), ']',
			       '\0' };
		char order[32];

		snprintf(order, sizeof(order), "-%s", event);
		ck_assert_int_eq(tcpmem_diff_sort(diff, order), 0);
		ck_assert_str_eq(tcpmem_diff_row_get_subject(
					 tcpmem_diff_get_row(diff, 0))
					 ->key,
				 key);
		ck_assert_int_eq(tcpmem_diff_sort(diff, event), 0);
		ck_assert_str_eq(tcpmem_diff_row_get_subject(
					 tcpmem_diff_get_row(diff, last))
					 ->key,
				 key);
	}
	tcpmem_diff_free(diff);
}
END_TEST

START_TEST(a_snapshot_does_not_differ_from_itself)
{
	struct tcpmem_diff *diff;

	put_states();
	finish(before);
	ck_assert_int_eq(tcpmem_diff(before, before, "state", &diff), 0);
	check_events(tcpmem_diff_get_total(diff), EVENTS(0));
	ck_assert_int_eq(tcpmem_diff_row_get_class(tcpmem_diff_get_total(diff)),
			 TCPMEM_CHANGE_CLASS_STEADY);
	ck_assert_int_eq(tcpmem_diff_fold(diff), 0);
	ck_assert_uint_eq(tcpmem_diff_get_row_count(diff), 1);
	tcpmem_diff_free(diff);
	ck_assert_int_eq(tcpmem_diff(before, before, "colour", &diff), -EINVAL);
	tcpmem_diff_free(NULL);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("diff");
	TCase *diffs = tcase_create("diff");

	tcase_add_checked_fixture(diffs, setup, teardown);
	tcase_add_test(diffs, each_event_is_counted);
	tcase_add_test(diffs, another_namespace_is_another_socket);
	tcase_add_test(diffs, a_pid_used_again_is_another_process);
	tcase_add_test(diffs, another_name_is_the_same_process);
	tcase_add_test(diffs, a_reset_socket_is_the_same_one);
	tcase_add_test(diffs, who_was_not_seen_before_has_not_grown);
	tcase_add_test(diffs, a_boot_in_between_leaves_nothing);
	tcase_add_test(diffs, without_a_boot_the_addresses_decide);
	tcase_add_test(diffs, shared_sockets_move_nowhere);
	tcase_add_test(diffs,
		       a_process_is_the_same_by_the_clock_of_a_time_namespace);
	tcase_add_test(
		diffs,
		a_pid_that_is_used_again_is_another_though_the_clock_was_set);
	tcase_add_test(diffs, no_time_is_told_by_a_clock_that_may_be_another);
	tcase_add_test(diffs, rows_are_sorted_folded_and_limited);
	tcase_add_test(diffs, each_event_sorts_alone);
	tcase_add_test(diffs, a_snapshot_does_not_differ_from_itself);
	suite_add_tcase(suite, diffs);
	return unit_run(suite);
}

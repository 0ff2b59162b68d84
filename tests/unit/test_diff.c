// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_diff.c - what changed between two snapshots, and what did not */
#include "diff_fixture.h"
#include "unit.h"

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

/* A file of /run/netns may have any name, that of another namespace, too. */
START_TEST(rows_of_one_name_are_added)
{
	struct tcpmem_diff *diff;

	free(after->netns[1].name);
	after->netns[1].name = strdup("self");
	sock(before, 1, TCPMEM_STATE_ESTABLISHED, 10);
	sock(after, 1, TCPMEM_STATE_ESTABLISHED, 30);
	sock(after, 2, TCPMEM_STATE_ESTABLISHED, 5)->netns = 1;
	sock(after, 3, TCPMEM_STATE_ESTABLISHED, 7);
	diff = diff_by("netns");
	ck_assert_uint_eq(tcpmem_diff_get_row_count(diff), 1);
	check_events(row_of(diff, "self"), EVENTS(2, 0, 1, 0, 0, 0));
	ck_assert_int_eq(held_delta(row_of(diff, "self")), 32);
	ck_assert_int_eq(held_delta(tcpmem_diff_get_total(diff)), 32);
	tcpmem_diff_free(diff);
}
END_TEST

/* What only one was asked for was neither opened nor closed between them. */
START_TEST(a_state_that_one_was_not_asked_for_is_left_out)
{
	struct tcpmem_snapshot *asked = _i ? after : before;
	struct tcpmem_snapshot *other = _i ? before : after;
	struct tcpmem_diff *diff;

	sock(asked, 1, TCPMEM_STATE_LISTENING, 10);
	sock(asked, 2, TCPMEM_STATE_ESTABLISHED, 10);
	sock(asked, 3, TCPMEM_STATE_CLOSE_WAIT, 10); /* left it, or came */
	sock(other, 3, TCPMEM_STATE_ESTABLISHED, 10);
	sock(other, 4, TCPMEM_STATE_ESTABLISHED, 10);
	other->states = 1u << TCPMEM_STATE_ESTABLISHED;
	other->lacks_states = TCPMEM_STATES_ALL & ~other->states;
	diff = diff_by("state");
	check_events(tcpmem_diff_get_total(diff), EVENTS(1, 1, 0, 0, 1, 0));
	ck_assert_uint_eq(tcpmem_diff_get_row_count(diff), 2);
	check_events(row_of(diff, "close-wait"),
		     EVENTS(0, 0, 0, 0, _i ? 1 : 0, _i ? 1 : -1));
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

/* "counted with the object sizes of @after" */
START_TEST(sizes_from_another_source_are_no_growth)
{
	struct tm_ports ports = { 0 }, later = { 0 };
	struct tcpmem_diff *diff;

	before->objects.bytes[TCPMEM_OBJECT_TCP] = 2500;
	before->objects.bytes[TCPMEM_OBJECT_BIND_BUCKET] = 100;
	after->objects.bytes[TCPMEM_OBJECT_TCP] = 2560;
	after->objects.bytes[TCPMEM_OBJECT_BIND_BUCKET] = 128;
	for (uint64_t i = 1; i <= 3; i++) {
		struct tcpmem_socket *s =
			sock(before, i, TCPMEM_STATE_ESTABLISHED, 10);

		s->local_port = 80;
		tm_account_object(s, &before->objects, &ports);
		if (i == 3)
			break; /* it is closed */
		s = sock(after, i, TCPMEM_STATE_ESTABLISHED, i == 2 ? 40 : 10);
		s->local_port = 80;
		tm_account_object(s, &after->objects, &later);
	}
	diff = diff_by("state");
	check_events(tcpmem_diff_get_total(diff), EVENTS(0, 1, 1, 0, 0, 0));
	ck_assert_int_eq(held_delta(tcpmem_diff_get_total(diff)),
			 30 - 2560 - 10);
	ck_assert_int_eq(
		diff_change(row_of(diff, "established"), TCPMEM_METRIC_OBJECT)
			.before,
		3 * 2560 + 128);
	tcpmem_diff_free(diff);
}
END_TEST

/*
 * "a socket of one side came without counters, so that its sum is a lower
 * bound"; "the number of its sockets decides, and what happened to them"
 */
START_TEST(a_lower_bound_is_no_side_of_a_difference)
{
	const struct tcpmem_diff_row *total;
	struct tcpmem_diff *diff;

	sock(before, 1, TCPMEM_STATE_ESTABLISHED, 0)->skmem_words = 0;
	sock(before, 2, TCPMEM_STATE_ESTABLISHED, 100);
	sock(before, 3, TCPMEM_STATE_CLOSE_WAIT, 30);
	sock(before, 4, TCPMEM_STATE_LISTENING, 0)->skmem_words = 0;
	sock(after, 1, TCPMEM_STATE_ESTABLISHED, 900);
	sock(after, 2, TCPMEM_STATE_ESTABLISHED, 100);
	sock(after, 3, TCPMEM_STATE_CLOSE_WAIT, 50);
	sock(after, 4, TCPMEM_STATE_LISTENING, 20);
	diff = diff_by("state");
	total = tcpmem_diff_get_total(diff);
	ck_assert_int_eq(diff_change(total, TCPMEM_METRIC_HELD).before, 130);
	ck_assert_int_eq(diff_change(total, TCPMEM_METRIC_HELD).after, 1070);
	ck_assert(held_delta(total) == TCPMEM_UNKNOWN);
	ck_assert(isnan(diff_change(total, TCPMEM_METRIC_HELD).per_minute));
	ck_assert_int_eq(diff_change(total, TCPMEM_METRIC_SOCKETS).delta, 0);
	ck_assert_int_eq(tcpmem_diff_row_get_class(total),
			 TCPMEM_CHANGE_CLASS_CHURN); /* one grew */
	ck_assert_int_eq(tcpmem_diff_row_get_class(row_of(diff, "established")),
			 TCPMEM_CHANGE_CLASS_STEADY);
	ck_assert_int_eq(held_delta(row_of(diff, "close-wait")), 20);
	ck_assert(diff_change(row_of(diff, "listening"), TCPMEM_METRIC_HELD)
			  .before == TCPMEM_UNKNOWN);
	/* "A difference that is not known stands last" */
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(tcpmem_diff_sort(diff, i ? "-held_delta"
							  : "held_delta"),
				 0);
		ck_assert_str_eq(tcpmem_diff_row_get_subject(
					 tcpmem_diff_get_row(diff, 0))
					 ->key,
				 "close-wait");
	}
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
	for (size_t i = 0; i < 2; i++) {
		const struct tcpmem_diff_row *row =
			tcpmem_diff_get_row(diff, i);

		ck_assert_int_eq(llabs(held_delta(row)), 9);
		ck_assert_int_eq(tcpmem_diff_row_get_class(row),
				 TCPMEM_CHANGE_CLASS_CHURN);
		ck_assert(
			isnan(diff_change(row, TCPMEM_METRIC_HELD).per_minute));
	}
	ck_assert(isnan(
		diff_change(tcpmem_diff_get_total(diff), TCPMEM_METRIC_HELD)
			.per_minute));
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

int main(void)
{
	Suite *suite = suite_create("diff");
	TCase *diffs = tcase_create("diff");

	tcase_add_checked_fixture(diffs, setup, teardown);
	tcase_add_test(diffs, each_event_is_counted);
	tcase_add_test(diffs, another_namespace_is_another_socket);
	tcase_add_test(diffs, a_pid_used_again_is_another_process);
	tcase_add_test(diffs, rows_of_one_name_are_added);
	tcase_add_loop_test(
		diffs, a_state_that_one_was_not_asked_for_is_left_out, 0, 2);
	tcase_add_test(diffs, another_name_is_the_same_process);
	tcase_add_test(diffs, a_reset_socket_is_the_same_one);
	tcase_add_test(diffs, who_was_not_seen_before_has_not_grown);
	tcase_add_test(diffs, sizes_from_another_source_are_no_growth);
	tcase_add_test(diffs, a_lower_bound_is_no_side_of_a_difference);
	tcase_add_test(diffs, a_boot_in_between_leaves_nothing);
	tcase_add_test(diffs, without_a_boot_the_addresses_decide);
	tcase_add_test(diffs, shared_sockets_move_nowhere);
	tcase_add_test(diffs,
		       a_process_is_the_same_by_the_clock_of_a_time_namespace);
	tcase_add_test(
		diffs,
		a_pid_that_is_used_again_is_another_though_the_clock_was_set);
	tcase_add_test(diffs, no_time_is_told_by_a_clock_that_may_be_another);
	suite_add_tcase(suite, diffs);
	return unit_run(suite);
}

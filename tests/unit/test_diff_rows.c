// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_diff_rows.c - the rows of a diff: their order, their limit */
#include "analysis/diff.h"
#include "diff_fixture.h"
#include "in_use.h"
#include "unit.h"

static int64_t sum_after(const struct tcpmem_diff *diff)
{
	int64_t sum = 0;

	for (size_t i = 0; i < tcpmem_diff_get_row_count(diff); i++)
		sum += diff_change(tcpmem_diff_get_row(diff, i),
				   TCPMEM_METRIC_HELD)
			       .after;
	return sum;
}

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

static void warn(struct tcpmem_snapshot *snap, enum tcpmem_warning_code code)
{
	ck_assert_int_eq(tm_warnings_add(&snap->warnings, code, "not seen"), 0);
}

/* Both have one socket in self, which is the same, and one in blue, which is
 * not. */
static void put_both(void)
{
	struct tcpmem_snapshot *const snaps[] = { before, after };

	for (size_t i = 0; i < 2; i++) {
		snaps[i]->netns[0].seen = snaps[i]->netns[1].seen = true;
		sock(snaps[i], 1, TCPMEM_STATE_ESTABLISHED, 10);
		sock(snaps[i], 5 + i, TCPMEM_STATE_ESTABLISHED, 10)->netns = 1;
	}
}

/*
 * "What one of them could not look into, or was not asked for, was neither
 * opened nor closed": it is known by its inode, or by the name that was asked
 * for
 */
START_TEST(what_one_did_not_look_into_is_left_out)
{
	static const struct {
		int code; /* of warnings; -1: there is none */
		uint64_t inode;
		const char *name;
		bool seen;
		bool alone; /* blue is left out */
	} cases[] = {
		{ -1, 7, "red", false, false },
		{ -1, 4026531841, "blue", false, false },
		{ TCPMEM_WARNING_NETNS_SCOPE, 4026531841, "blue", true, false },
		{ TCPMEM_WARNING_NETNS_SCOPE, 4026531841, "red", true, false },
		{ TCPMEM_WARNING_NETNS_SCOPE, 4026531841, "blue", false, true },
		{ TCPMEM_WARNING_NETNS_SCOPE, 7, "blue", true, false },
		{ TCPMEM_WARNING_NETNS_SCOPE, 7, "blue", false, true },
		{ TCPMEM_WARNING_NETNS_SCOPE, 7, "red", true, true },
		{ TCPMEM_WARNING_NETNS_DENIED, 4026531841, "x", true, false },
		{ TCPMEM_WARNING_NETNS_DENIED, 4026531841, "x", false, true },
		{ TCPMEM_WARNING_NETNS_DENIED, 7, "blue", true, true },
	};
	struct tcpmem_snapshot *lacks = _i % 2 ? after : before;
	const int which = _i / 2;
	struct tcpmem_diff *diff;
	bool alone = cases[which].alone;

	put_both();
	lacks->netns[1].inode = cases[which].inode;
	free(lacks->netns[1].name);
	lacks->netns[1].name = strdup(cases[which].name);
	lacks->netns[1].seen = cases[which].seen;
	if (cases[which].code >= 0)
		warn(lacks, (enum tcpmem_warning_code)cases[which].code);
	diff = diff_by("state");
	/* the one that did not look has no warning of the other to heed */
	ck_assert_int_eq(
		diff_event(tcpmem_diff_get_total(diff),
			   _i % 2 ? TCPMEM_EVENT_CLOSED : TCPMEM_EVENT_OPENED),
		!alone);
	ck_assert_int_eq(
		diff_event(tcpmem_diff_get_total(diff),
			   _i % 2 ? TCPMEM_EVENT_OPENED : TCPMEM_EVENT_CLOSED),
		1);
	ck_assert_int_eq(diff->partial,
			 alone && cases[which].code ==
					  TCPMEM_WARNING_NETNS_SCOPE);
	tcpmem_diff_free(diff);
}
END_TEST

/* Within a boot the clock that cannot be set, if both have told it */
START_TEST(the_wall_clock_tells_where_the_other_does_not)
{
	struct tcpmem_diff *diff;
	int64_t ns;

	put_states();
	if (_i)
		before->clock.boottime_ns = 0;
	else
		after->clock.boottime_ns = 0;
	diff = diff_by("state");
	ck_assert_int_eq(tcpmem_diff_get_elapsed_ns(diff, &ns), 0);
	ck_assert_int_eq(ns, 4 * MINUTE_NS);
	tcpmem_diff_free(diff);
}
END_TEST

/* Nothing before and nothing after another boot is no doubt. */
START_TEST(no_sockets_of_two_boots_are_steady)
{
	struct tcpmem_diff *diff;

	strcpy(after->clock.boot_id, "boot-2");
	diff = diff_by("state");
	ck_assert_int_eq(tcpmem_diff_get_match(diff), TCPMEM_MATCH_NOTHING);
	ck_assert_int_eq(tcpmem_diff_row_get_class(tcpmem_diff_get_total(diff)),
			 TCPMEM_CHANGE_CLASS_STEADY);
	tcpmem_diff_free(diff);
}
END_TEST

static const char *key_of(const struct tcpmem_diff *diff, size_t i)
{
	return tcpmem_diff_row_get_subject(tcpmem_diff_get_row(diff, i))->key;
}

/* Nothing is folded, or cut, where there is nothing to be. */
START_TEST(rows_that_are_wanted_stay)
{
	struct tcpmem_diff *diff;

	sock(before, 1, TCPMEM_STATE_ESTABLISHED, 10);
	sock(before, 2, TCPMEM_STATE_LISTENING, 20);
	sock(after, 1, TCPMEM_STATE_ESTABLISHED, 15);
	sock(after, 2, TCPMEM_STATE_LISTENING, 10);
	diff = diff_by("state");
	ck_assert_int_eq(tcpmem_diff_fold(diff), 0);
	ck_assert_uint_eq(tcpmem_diff_get_row_count(diff), 2);
	ck_assert_int_eq(tcpmem_diff_limit(diff, 3), 0);
	ck_assert_int_eq(tcpmem_diff_limit(diff, 2), 0);
	ck_assert_uint_eq(tcpmem_diff_get_row_count(diff), 2);
	ck_assert_str_eq(key_of(diff, 0), "established");
	ck_assert_str_eq(key_of(diff, 1), "listening");
	ck_assert_int_eq(tcpmem_diff_sort(diff, "-held_before"), 0);
	ck_assert_str_eq(key_of(diff, 0), "listening");
	ck_assert_int_eq(tcpmem_diff_sort(diff, "-rmem_after"), 0);
	ck_assert_str_eq(key_of(diff, 0), "established");
	ck_assert_int_eq(tcpmem_diff_sort(diff, "rmem_delta"), 0);
	ck_assert_str_eq(key_of(diff, 0), "listening");
	tcpmem_diff_free(diff);
}
END_TEST

/* "-ENODATA if there is no such event, or number" */
START_TEST(what_a_row_does_not_have_is_refused)
{
	struct tcpmem_change change = { .size = sizeof(change) };
	const struct tcpmem_diff_row *total;
	struct tcpmem_diff *diff;
	int64_t value = 7;

	put_states();
	diff = diff_by("state");
	total = tcpmem_diff_get_total(diff);
	ck_assert_int_eq(
		tcpmem_diff_row_get_event(
			total, (enum tcpmem_event)TCPMEM_EVENT_COUNT, &value),
		-ENODATA);
	ck_assert_int_eq(value, 7);
	ck_assert_int_eq(tcpmem_diff_row_get_change(
				 total, (enum tcpmem_metric)TCPMEM_METRIC_COUNT,
				 &change),
			 -ENODATA);
	change.size--;
	ck_assert_int_eq(
		tcpmem_diff_row_get_change(total, TCPMEM_METRIC_HELD, &change),
		-EINVAL);
	ck_assert_str_eq(tcpmem_diff_row_get_subject(total)->kind, "total");
	ck_assert_str_eq(tcpmem_diff_row_get_subject(total)->key, "total");
	tcpmem_diff_free(diff);
}
END_TEST

static void diff_and_free(void)
{
	struct tcpmem_diff *diff;

	ck_assert_int_eq(tcpmem_diff(before, after, "state", &diff), 0);
	ck_assert_int_eq(tcpmem_diff_fold(diff), 0);
	ck_assert_int_eq(tcpmem_diff_fold(diff), 0);
	ck_assert_int_eq(tcpmem_diff_limit(diff, 1), 0);
	tcpmem_diff_free(diff);
}

START_TEST(a_diff_that_is_freed_leaves_nothing)
{
	put_states();
	finish(before);
	finish(after);
	LEAVES_NOTHING(diff_and_free());
	warn(before, TCPMEM_WARNING_NETNS_DENIED);
	warn(after, TCPMEM_WARNING_NETNS_DENIED);
	LEAVES_NOTHING(diff_and_free());
}
END_TEST

/* Sizes of two kernels are not compared. */
START_TEST(sizes_of_two_boots_stay_what_they_are)
{
	struct tm_ports ports = { 0 };
	struct tcpmem_diff *diff;
	struct tcpmem_socket *s;

	strcpy(after->clock.boot_id, "boot-2");
	before->objects.bytes[TCPMEM_OBJECT_TCP] = 2500;
	after->objects.bytes[TCPMEM_OBJECT_TCP] = 2560;
	s = sock(before, 1, TCPMEM_STATE_ESTABLISHED, 10);
	tm_account_object(s, &before->objects, &ports);
	diff = diff_by("state");
	ck_assert_int_eq(
		diff_change(tcpmem_diff_get_row(diff, 0), TCPMEM_METRIC_OBJECT)
			.before,
		2500);
	tcpmem_diff_free(diff);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("diff rows");
	TCase *diffs = tcase_create("rows");

	tcase_add_checked_fixture(diffs, setup, teardown);
	tcase_add_test(diffs, rows_are_sorted_folded_and_limited);
	tcase_add_test(diffs, each_event_sorts_alone);
	tcase_add_test(diffs, a_snapshot_does_not_differ_from_itself);
	tcase_add_loop_test(diffs, what_one_did_not_look_into_is_left_out, 0,
			    22);
	tcase_add_loop_test(
		diffs, the_wall_clock_tells_where_the_other_does_not, 0, 2);
	tcase_add_test(diffs, no_sockets_of_two_boots_are_steady);
	tcase_add_test(diffs, rows_that_are_wanted_stay);
	tcase_add_test(diffs, what_a_row_does_not_have_is_refused);
	tcase_add_test(diffs, a_diff_that_is_freed_leaves_nothing);
	tcase_add_test(diffs, sizes_of_two_boots_stay_what_they_are);
	suite_add_tcase(suite, diffs);
	return unit_run(suite);
}

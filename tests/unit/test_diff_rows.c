// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_diff_rows.c - the rows of a diff: their order, their limit */
#include "diff_fixture.h"
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

int main(void)
{
	Suite *suite = suite_create("diff rows");
	TCase *diffs = tcase_create("rows");

	tcase_add_checked_fixture(diffs, setup, teardown);
	tcase_add_test(diffs, rows_are_sorted_folded_and_limited);
	tcase_add_test(diffs, each_event_sorts_alone);
	tcase_add_test(diffs, a_snapshot_does_not_differ_from_itself);
	suite_add_tcase(suite, diffs);
	return unit_run(suite);
}

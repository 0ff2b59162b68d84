// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_process_tree.c - whose sockets are whose, moment after moment */
#include "analysis/tree.h"
#include "process_tree_fixture.h"
#include "unit.h"

#include <errno.h>

/* "follows the descendants of process @ancestor, itself not one of them" */
START_TEST(descendants_are_followed_and_nobody_else)
{
	struct tcpmem_snapshot *snap = moment(1);

	hold(snap, 1, 51, 11);
	hold(snap, 2, 52, 12);
	hold(snap, 3, ANCESTOR, 10);
	hold(snap, 4, 9, 5);
	hold(snap, 5, 51, 99); /* its pid was used before, by another */
	hold(snap, 6, 77, 1);  /* ended before anyone asked */
	look(snap);
	ck_assert_int_eq(value(TCPMEM_CHECK_METRIC_SOCKETS), 2);
	ck_assert_int_eq(value(TCPMEM_CHECK_METRIC_HELD), 2 * 1100);
	ck_assert_int_eq(left(TCPMEM_RESIDUE_OPEN), 2);
	ck_assert_int_eq(left(TCPMEM_RESIDUE_ORPHAN), 0);
	tcpmem_snapshot_free(snap);
}
END_TEST

/* "Who descends from it once does so for good" */
START_TEST(a_daemon_stays_what_it_was)
{
	struct tcpmem_snapshot *snap = moment(1);

	hold(snap, 2, 52, 12);
	look_and_forget(snap);
	end_process(&proc, 51);
	put_child(&proc, 52, 1, 12);
	snap = moment(2);
	hold(snap, 2, 52, 12);
	look_and_forget(snap);
	ck_assert_int_eq(value(TCPMEM_CHECK_METRIC_SOCKETS), 1);
	/* and its children are, whom nobody had seen before */
	put_child(&proc, 60, 52, 20);
	snap = moment(3);
	hold(snap, 3, 60, 20);
	look_and_forget(snap);
	ck_assert_int_eq(value(TCPMEM_CHECK_METRIC_SOCKETS), 1);
}
END_TEST

/* Nobody leads in a circle for ever. */
START_TEST(ancestors_in_a_circle)
{
	struct tcpmem_snapshot *snap = moment(1);

	put_child(&proc, 70, 71, 1);
	put_child(&proc, 71, 70, 1);
	hold(snap, 1, 70, 1);
	look_and_forget(snap);
	ck_assert_int_eq(value(TCPMEM_CHECK_METRIC_SOCKETS), 0);
}
END_TEST

/* "A socket that one of the processes holds is the tree's, in full" */
START_TEST(what_is_shared_counts_once_and_in_full)
{
	struct tcpmem_snapshot *snap = moment(1);
	struct tcpmem_process p = { .pid = 9, .start_time = 5 };
	uint32_t index;

	hold(snap, 1, 51, 11);
	ck_assert_int_eq(tm_holders_process(snap->holders, &p, &index), 0);
	ck_assert_int_eq(tm_holders_add(snap->holders, 1, index), 0);
	look_and_forget(snap);
	ck_assert_int_eq(value(TCPMEM_CHECK_METRIC_HELD), 1100);
}
END_TEST

START_TEST(peaks_are_kept_with_their_time)
{
	struct tcpmem_snapshot *snap = moment(0);
	const struct tcpmem_tree_metric *seen;

	ck_assert_int_eq(tcpmem_tree_begin(family, snap), 0);
	tcpmem_snapshot_free(snap);
	for (int i = 1; i <= 4; i++) {
		snap = moment(i == 4 ? 9 : i);
		/* the first of two alike is the peak */
		for (uint64_t k = 1; k <= (i == 2 || i == 3 ? 3 : 1); k++)
			hold(snap, k, 51, 11)->state = TCPMEM_STATE_CLOSE_WAIT;
		look_and_forget(snap);
	}
	seen = tcpmem_tree_get_metric(family, TCPMEM_CHECK_METRIC_CLOSE_WAIT);
	ck_assert_uint_eq(seen->size, sizeof(*seen));
	ck_assert_int_eq(seen->peak, 3);
	ck_assert_int_eq(seen->peak_ns, 2 * SECOND_NS);
	ck_assert_int_eq(value(TCPMEM_CHECK_METRIC_CLOSE_WAIT), 1);
}
END_TEST

START_TEST(wrong_questions)
{
	struct tcpmem_snapshot *snap = moment(1);
	struct tcpmem_table *table;

	ck_assert_ptr_null(
		tcpmem_tree_get_metric(family, TCPMEM_CHECK_METRIC_TCP_MEM));
	ck_assert_int_eq(
		tcpmem_tree_group(family, TCPMEM_RESIDUE_OPEN, "state", &table),
		-EINVAL);
	look(snap);
	ck_assert_int_eq(tcpmem_tree_group(family, (enum tcpmem_residue)99,
					   "state", &table),
			 -EINVAL);
	ck_assert_int_eq(tcpmem_tree_group(family, TCPMEM_RESIDUE_OPEN,
					   "colour", &table),
			 -EINVAL);
	tcpmem_snapshot_free(snap);
	snap = moment(2);
	tm_holders_free(snap->holders);
	snap->holders = NULL;
	ck_assert_int_eq(tcpmem_tree_add(family, snap), -EINVAL);
	tcpmem_snapshot_free(snap);
	ck_assert_str_eq(
		tcpmem_residue_describe(TCPMEM_RESIDUE_TIME_WAIT)->name,
		"time_wait");
	ck_assert_ptr_null(tcpmem_residue_describe(
				   (enum tcpmem_residue)TCPMEM_RESIDUE_COUNT)
				   ->name);
	tcpmem_tree_free(NULL);
}
END_TEST

/* An msk is a socket, and its subflow is not; both hold bytes. */
START_TEST(subflows_are_bytes_and_no_sockets)
{
	struct tcpmem_snapshot *snap = moment(1);

	hold(snap, 1, 51, 11)->state = TCPMEM_STATE_CLOSE_WAIT;
	hold(snap, 2, 51, 11)->state = TCPMEM_STATE_CLOSE_WAIT;
	snap->sockets.sock[1].flags = TM_SOCK_SUBFLOW;
	look_and_forget(snap);
	ck_assert_int_eq(value(TCPMEM_CHECK_METRIC_SOCKETS), 1);
	ck_assert_int_eq(value(TCPMEM_CHECK_METRIC_CLOSE_WAIT), 1);
	ck_assert_int_eq(value(TCPMEM_CHECK_METRIC_HELD), 2200);
	snap = moment(2);
	add(snap, 1, TCPMEM_STATE_LAST_ACK, TCPMEM_KIND_ORPHAN);
	add(snap, 2, TCPMEM_STATE_LAST_ACK, TCPMEM_KIND_ORPHAN)->flags =
		TM_SOCK_SUBFLOW;
	look_and_forget(snap);
	ck_assert_int_eq(value(TCPMEM_CHECK_METRIC_SOCKETS), 1);
	ck_assert_int_eq(value(TCPMEM_CHECK_METRIC_ORPHANS), 1);
	ck_assert_int_eq(value(TCPMEM_CHECK_METRIC_CLOSE_WAIT), 0);
	ck_assert(!is_least(TCPMEM_CHECK_METRIC_HELD));
	/* what came without counters holds more than what is known */
	snap = moment(3);
	hold(snap, 1, 51, 11)->skmem_words = 0;
	look_and_forget(snap);
	ck_assert(is_least(TCPMEM_CHECK_METRIC_HELD));
	ck_assert(!is_least(TCPMEM_CHECK_METRIC_SOCKETS));
}
END_TEST

/* "@least: sockets of the tree may be missing": of every number */
START_TEST(what_may_be_missing_makes_lower_bounds)
{
	struct tcpmem_snapshot *snap = moment(1);
	struct tm_tree tree;

	for (int missing = 0; missing < 2; missing++) {
		ck_assert_int_eq(tm_tree_init(&tree, 0), 0);
		/* tm_random_seed(): "an odd number that nobody knows" */
		ck_assert_uint_eq(tree.seed % 2, 1);
		ck_assert_int_eq(tm_tree_add(&tree, snap, NULL, missing), 0);
		/* it stays so */
		ck_assert_int_eq(tm_tree_add(&tree, snap, NULL, false), 0);
		for (int i = 0; i < TM_TREE_METRICS; i++)
			ck_assert_int_eq(tree.metric[i].least, missing);
		tm_tree_deinit(&tree);
	}
	tcpmem_snapshot_free(snap);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("process_tree");
	TCase *tests = tcase_create("process_tree");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, descendants_are_followed_and_nobody_else);
	tcase_add_test(tests, a_daemon_stays_what_it_was);
	tcase_add_test(tests, ancestors_in_a_circle);
	tcase_add_test(tests, what_is_shared_counts_once_and_in_full);
	tcase_add_test(tests, peaks_are_kept_with_their_time);
	tcase_add_test(tests, wrong_questions);
	tcase_add_test(tests, subflows_are_bytes_and_no_sockets);
	tcase_add_test(tests, what_may_be_missing_makes_lower_bounds);
	suite_add_tcase(suite, tests);
	return unit_run(suite);
}

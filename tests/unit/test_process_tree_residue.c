// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_process_tree_residue.c - what no process holds, and whose it was */
#include "process_tree_fixture.h"
#include "unit.h"

/* "if it was in one of the last snapshots or made in its cgroup" */
START_TEST(orphans_are_known_by_what_was_seen)
{
	struct tcpmem_snapshot *snap = moment(1);

	hold(snap, 1, 51, 11);
	hold(snap, 2, 9, 5);
	look_and_forget(snap);
	snap = moment(2);
	add(snap, 1, TCPMEM_STATE_FIN_WAIT_1, TCPMEM_KIND_ORPHAN);
	add(snap, 2, TCPMEM_STATE_FIN_WAIT_1, TCPMEM_KIND_ORPHAN);
	add(snap, 3, TCPMEM_STATE_FIN_WAIT_1, TCPMEM_KIND_ORPHAN);
	for (int i = 0; i < 2; i++) {
		struct tcpmem_socket *s = add(snap, 4 + (uint64_t)i,
					      TCPMEM_STATE_LAST_ACK,
					      TCPMEM_KIND_ORPHAN);

		s->flags |= TM_SOCK_HAS_CGROUP;
		s->cgroup_id = i ? CGROUP : 1;
	}
	look(snap);
	ck_assert_int_eq(value(TCPMEM_CHECK_METRIC_ORPHANS), 2);
	ck_assert_int_eq(left(TCPMEM_RESIDUE_ORPHAN), 2);
	ck_assert_int_eq(left(TCPMEM_RESIDUE_OPEN), 0);
	/* of one that nobody was seen with, and no cgroup tells */
	ck_assert_int_eq(left(TCPMEM_RESIDUE_UNCLAIMED), 1);
	tcpmem_snapshot_free(snap);
	/* a dump misses one, and it is there again */
	look_and_forget(moment(3));
	snap = moment(4);
	add(snap, 1, TCPMEM_STATE_TIME_WAIT, TCPMEM_KIND_TIME_WAIT);
	look_and_forget(snap);
	ck_assert_int_eq(value(TCPMEM_CHECK_METRIC_TIME_WAIT), 1);
}
END_TEST

static void look_at_orphans(int64_t seconds, const uint64_t *cookies,
			    size_t count)
{
	struct tcpmem_snapshot *snap = moment(seconds);

	for (size_t i = 0; i < count; i++)
		add(snap, cookies[i], TCPMEM_STATE_FIN_WAIT_1,
		    TCPMEM_KIND_ORPHAN);
	look(snap);
	ck_assert_int_eq(value(TCPMEM_CHECK_METRIC_ORPHANS), 0);
	ck_assert_int_eq(left(TCPMEM_RESIDUE_UNCLAIMED), (int64_t)count - 2);
	tcpmem_snapshot_free(snap);
}

/* "lower bounds: sockets were orphans in %TCPMEM_RESIDUE_UNCLAIMED" */
START_TEST(an_orphan_of_nobody_may_be_the_trees)
{
	static const uint64_t cookies[] = { 1, 2, 3 };
	struct tcpmem_snapshot *snap = moment(0);

	add(snap, 1, TCPMEM_STATE_FIN_WAIT_1, TCPMEM_KIND_ORPHAN);
	ck_assert_int_eq(tcpmem_tree_begin(family, snap), 0);
	tcpmem_snapshot_free(snap);
	snap = moment(1);
	hold(snap, 2, 9, 5);
	look_and_forget(snap);
	/* what was there before, or another's, is none of the tree's */
	for (int i = 2; i < 9; i++)
		look_at_orphans(i, cookies, 2);
	ck_assert(!is_least(TCPMEM_CHECK_METRIC_SOCKETS));
	look_at_orphans(9, cookies, 3);
	ck_assert(is_least(TCPMEM_CHECK_METRIC_SOCKETS));
	ck_assert(is_least(TCPMEM_CHECK_METRIC_HELD));
	ck_assert(is_least(TCPMEM_CHECK_METRIC_ORPHANS));
	ck_assert(is_least(TCPMEM_CHECK_METRIC_OPENED));
	ck_assert(!is_least(TCPMEM_CHECK_METRIC_CLOSE_WAIT));
	ck_assert(!is_least(TCPMEM_CHECK_METRIC_TIME_WAIT));
}
END_TEST

/* "A socket that a dump missed once, as the kernel moved it, is not lost" */
START_TEST(an_orphan_missed_once_is_not_lost)
{
	struct tcpmem_snapshot *snap = moment(1);

	hold(snap, 1, 51, 11);
	look_and_forget(snap);
	for (int missed = 1; missed <= 2; missed++) {
		for (int i = 0; i < missed; i++)
			look_and_forget(moment(10 * missed + i));
		snap = moment(10 * missed + 9);
		add(snap, 1, TCPMEM_STATE_FIN_WAIT_1, TCPMEM_KIND_ORPHAN);
		look_and_forget(snap);
		ck_assert_int_eq(value(TCPMEM_CHECK_METRIC_ORPHANS),
				 missed == 1);
	}
}
END_TEST

/* "What is in TIME_WAIT now is not the tree's later." */
START_TEST(time_wait_is_known_by_its_addresses)
{
	struct tcpmem_snapshot *snap = moment(0);
	struct tcpmem_socket *s;

	add_time_wait(snap, 90);
	ck_assert_int_eq(tcpmem_tree_begin(family, snap), 0);
	tcpmem_snapshot_free(snap);
	snap = moment(1);
	hold(snap, 1, 51, 11); /* a client of 10.0.0.0:80 */
	s = hold(snap, 2, 51, 11);
	s->state = TCPMEM_STATE_LISTENING;
	s->local_port = 8080;
	s->remote_port = 0;
	look_and_forget(snap);
	snap = moment(2);
	add_time_wait(snap, 90);		    /* was there before */
	add_time_wait(snap, 91);		    /* to the same peer */
	add_time_wait(snap, 92)->remote_port = 443; /* by who knows whom */
	add_time_wait(snap, 93)->netns = 1;	    /* in a foreign place */
	s = add_time_wait(snap, 94);		    /* of its server */
	s->local_port = 8080;
	s->remote_port = 55555;
	look(snap);
	ck_assert_int_eq(left(TCPMEM_RESIDUE_TIME_WAIT), 2);
	ck_assert_int_eq(left(TCPMEM_RESIDUE_UNCLAIMED), 1);
	ck_assert_int_eq(value(TCPMEM_CHECK_METRIC_TIME_WAIT), 2);
	/* "leaves TIME_WAIT out, HELD does not" */
	ck_assert_int_eq(value(TCPMEM_CHECK_METRIC_SOCKETS), 0);
	ck_assert_int_eq(value(TCPMEM_CHECK_METRIC_HELD), 200);
	tcpmem_snapshot_free(snap);
}
END_TEST

/* What is accepted where the tree listens makes its peer no peer of others. */
START_TEST(clients_of_a_listener_are_no_peers)
{
	struct tcpmem_snapshot *snap = moment(1);
	struct tcpmem_socket *s = hold(snap, 1, 51, 11);

	s->state = TCPMEM_STATE_LISTENING;
	s->local_port = 8080;
	s->remote_port = 0;
	s = hold(snap, 2, 51, 11);
	s->local_port = 8080;
	s->remote_port = 5555;
	look_and_forget(snap);
	snap = moment(2);
	s = add_time_wait(snap, 90); /* somebody else's to that client */
	s->remote_port = 5555;
	s = add_time_wait(snap, 91);
	s->local_port = 8080;
	s->remote_port = 5556;
	look(snap);
	ck_assert_int_eq(left(TCPMEM_RESIDUE_TIME_WAIT), 1);
	ck_assert_int_eq(left(TCPMEM_RESIDUE_UNCLAIMED), 1);
	tcpmem_snapshot_free(snap);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("process_tree_residue");
	TCase *tests = tcase_create("process_tree_residue");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, orphans_are_known_by_what_was_seen);
	tcase_add_test(tests, an_orphan_of_nobody_may_be_the_trees);
	tcase_add_test(tests, an_orphan_missed_once_is_not_lost);
	tcase_add_test(tests, time_wait_is_known_by_its_addresses);
	tcase_add_test(tests, clients_of_a_listener_are_no_peers);
	suite_add_tcase(suite, tests);
	return unit_run(suite);
}

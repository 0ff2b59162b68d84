// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_findings_accept.c - what of its listeners stands out in a process */
#include "findings_fixture.h"
#include "unit.h"

/* Of ours alone; @waiting: connections in its queue */
static struct tcpmem_socket *add_listener(uint32_t waiting)
{
	struct tcpmem_socket *sock = add(mine);

	sock->state = TCPMEM_STATE_LISTENING;
	sock->wqueue = 64;
	sock->rqueue = waiting;
	return sock;
}

/* SO_REUSEPORT: "of a port that others listen at too, the least that can be" */
START_TEST(a_queue_of_another_is_not_ours)
{
	add_listener(0);
	for (size_t i = 0; i < 5; i++)
		add_child_of_both();
	find();
	expect_nothing("a queue that is empty");
	snap.sockets.sock[0].rqueue = 2;
	find();
	expect(0, TCPMEM_FINDING_UNACCEPTED, 2, 128 * KIB,
	       "2 connections wait to be accepted");
	/* the youngest may be the one in our queue */
	snap.sockets.sock[0].rqueue = 1;
	look_again()[5].inode = 77;
	find_from(true);
	expect_nothing("one that may be accepted by now");
	snap.sockets.sock[0].rqueue = 5;
	find();
	expect(0, TCPMEM_FINDING_UNACCEPTED, 5, 320 * KIB,
	       "5 connections wait to be accepted");
}
END_TEST

/* Who forks behind listen(2) has one queue: each may empty it. */
START_TEST(a_queue_of_all_is_ours)
{
	struct tcpmem_socket *listener = add(mine);

	listener->state = TCPMEM_STATE_LISTENING;
	ck_assert_int_eq(tm_holders_add(snap.holders, listener->inode, other),
			 0);
	add_child_of_both();
	find();
	expect(0, TCPMEM_FINDING_UNACCEPTED, 1, 64 * KIB,
	       "1 connection waits to be accepted");
}
END_TEST

/* "the count is from the beginning": what is over is no finding */
START_TEST(drops_that_go_on_are_found)
{
	struct tcpmem_socket *sock = put(&scenes[TM_ARRAY_SIZE(scenes) - 1]);

	sock->rqueue = 0;
	find();
	expect_nothing("drops of long ago");
	look_again()->skmem[TCPMEM_METRIC_DROPS] += 3;
	find_from(true);
	expect(0, TCPMEM_FINDING_BACKLOG_DROPS, 1, 0, "3 of them in 1.0 s");
}
END_TEST

/* A queue whose backlog is not known is not known to be full. */
START_TEST(the_fullest_listener_is_named)
{
	const uint32_t waits[2][2] = { { 5, 3 }, { 3, 5 } };

	for (uint32_t i = 0; i < 2; i++) {
		struct tcpmem_socket *sock = put(&scenes[10]);

		sock->local_port = 80 + (uint16_t)i;
		sock->rqueue = waits[0][i];
		sock->skmem[TCPMEM_METRIC_DROPS] = 10 + i;
	}
	find();
	expect(0, TCPMEM_FINDING_BACKLOG_FULL, 2, 0,
	       "on port 80 5 connections wait");
	expect(1, TCPMEM_FINDING_BACKLOG_DROPS, 2, 0,
	       "2 listeners have dropped 21 packets, 0 of them in 1.0 s: that "
	       "of port 81 11");
	for (size_t i = 0; i < 2; i++)
		snap.sockets.sock[i].rqueue = waits[1][i];
	look_again()[0].skmem[TCPMEM_METRIC_DROPS] += 4;
	later.sockets.sock[1].skmem[TCPMEM_METRIC_DROPS] += 5;
	find_from(true);
	expect(0, TCPMEM_FINDING_BACKLOG_FULL, 2, 0,
	       "on port 81 5 connections wait");
	expect(1, TCPMEM_FINDING_BACKLOG_DROPS, 2, 0, "9 of them in 1.0 s");
	for (size_t i = 0; i < 2; i++) {
		snap.sockets.sock[i].skmem_words = 0;
		snap.sockets.sock[i].wqueue = 0;
	}
	find();
	expect_nothing("a backlog that is not known");
}
END_TEST

/* "of a port that others listen at too, the least that can be" */
START_TEST(of_a_shared_queue_the_smallest_counts)
{
	size_t small = (size_t)_i + 1, large = 2 - (size_t)_i;

	add_listener(1);
	add_child_of_both();
	add_child_of_both();
	snap.sockets.sock[large].skmem[TCPMEM_METRIC_RMEM] = 200 * KIB - 1000;
	find();
	expect(0, TCPMEM_FINDING_UNACCEPTED, 1, 64 * KIB,
	       "1 connection waits to be accepted");
	/* none is smaller than one whose memory is not known */
	snap.sockets.sock[small].skmem_words = 0;
	find();
	expect_nothing("it may hold nothing");
	ck_assert_int_eq(breakdown.heap[TCPMEM_FINDING_UNACCEPTED].sockets, 1);
	ck_assert_int_eq(breakdown.heap[TCPMEM_FINDING_UNACCEPTED].uncounted,
			 1);
	ck_assert_int_eq(breakdown.heap[TCPMEM_FINDING_UNACCEPTED].bytes, 0);
}
END_TEST

/* "where one look does not tell": which of them wait in a queue of ours */
START_TEST(of_a_shared_queue_some_are_undecided)
{
	add_listener(0);
	for (size_t i = 0; i < 3; i++)
		add_child_of_both();
	judge();
	expect_nothing("a queue that is empty");
	ck_assert_int_eq(findings.undecided, 0);
	for (uint32_t i = 1; i < 4; i++) {
		clear();
		snap.sockets.sock[0].rqueue = i;
		judge();
		expect_nothing("one look");
		ck_assert_int_eq(findings.undecided, i);
	}
	/* one is proven, and may be another's */
	clear();
	heard(1, 1000, 1000);
	snap.sockets.sock[0].rqueue = 2;
	judge();
	expect_nothing("one of three, of which two are ours");
	ck_assert_int_eq(findings.undecided, 2);
	clear();
	heard(2, 1000, 1000);
	judge();
	expect(0, TCPMEM_FINDING_UNACCEPTED, 1, 64 * KIB, "");
	ck_assert_int_eq(findings.undecided, 1);
}
END_TEST

/* What is proven counts where it is asked whether more would be a finding. */
START_TEST(the_proven_of_a_shared_queue_make_the_others_matter)
{
	add_listener(1);
	add_child_of_both();
	add_child_of_both();
	snap.sockets.sock[2].skmem[TCPMEM_METRIC_RMEM] = 0;
	heard(1, 1000, 1000);
	judge();
	ck_assert_int_eq(findings.undecided, 1);
	snap.sockets.sock[1].skmem[TCPMEM_METRIC_RMEM] -= 1001;
	clear();
	judge();
	ck_assert_int_eq(findings.undecided, 0);
}
END_TEST

/* Listeners of another port, or namespace, have none of them. */
START_TEST(a_queue_is_of_one_port_and_namespace)
{
	for (int i = 0; i < 3; i++) {
		struct tcpmem_socket *listener = add_listener(i ? 5 : 1);

		listener->local_port = i == 1 ? 81 : 80;
		listener->netns = i == 2;
	}
	for (int i = 0; i < 3; i++)
		add_child_of_both();
	find();
	expect(0, TCPMEM_FINDING_UNACCEPTED, 1, 64 * KIB,
	       "1 connection waits to be accepted");
	ck_assert_int_eq(breakdown.unaccepted.sockets, 3);
	/* two queues at one port are looked at together */
	snap.sockets.sock[1].local_port = 80;
	snap.sockets.sock[1].rqueue = 1;
	find();
	expect(0, TCPMEM_FINDING_UNACCEPTED, 2, 128 * KIB, "");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("findings_accept");
	TCase *tests = tcase_create("findings_accept");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, a_queue_of_another_is_not_ours);
	tcase_add_test(tests, a_queue_of_all_is_ours);
	tcase_add_test(tests, drops_that_go_on_are_found);
	tcase_add_test(tests, the_fullest_listener_is_named);
	tcase_add_loop_test(tests, of_a_shared_queue_the_smallest_counts, 0, 2);
	tcase_add_test(tests, of_a_shared_queue_some_are_undecided);
	tcase_add_test(tests,
		       the_proven_of_a_shared_queue_make_the_others_matter);
	tcase_add_test(tests, a_queue_is_of_one_port_and_namespace);
	suite_add_tcase(suite, tests);
	return unit_run(suite);
}

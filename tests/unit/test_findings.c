// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_findings.c - what of its queues and buffers stands out in a process */
#include "findings_fixture.h"
#include "in_use.h"
#include "unit.h"

#include <stdlib.h>

static void expect_none(enum tcpmem_finding_code code)
{
	for (size_t i = 0; i < findings.count; i++)
		ck_assert_msg(findings.finding[i].code != code, "%s",
			      findings.finding[i].text);
}

/* Buffers at their maximum and drops of a full queue come with another one. */
static bool has_company(enum tcpmem_finding_code code)
{
	return code == TCPMEM_FINDING_RCVBUF_MAX ||
	       code == TCPMEM_FINDING_SNDBUF_MAX ||
	       code == TCPMEM_FINDING_BACKLOG_DROPS;
}

START_TEST(a_socket_has_its_finding)
{
	const struct scene *scene = &scenes[_i];

	set_limit("tcp_rmem_max", 6 * MIB);
	set_limit("tcp_wmem_max", 4 * MIB);
	put(scene);
	find();
	ck_assert_uint_eq(findings.count, 1 + has_company(scene->code));
	expect(findings.count - 1, scene->code, 1, scene->bytes, scene->text);
	ck_assert_int_eq(findings.undecided, 0);
}
END_TEST

/* Queues and buffers below are what any service has. */
START_TEST(one_byte_less_is_no_finding)
{
	const struct scene *scene = &scenes[_i];

	set_limit("tcp_rmem_max", 6 * MIB);
	set_limit("tcp_wmem_max", 4 * MIB);
	if (scene->metric)
		put(scene)->skmem[scene->metric]--;
	find();
	expect_none(scene->code);
}
END_TEST

static bool one_look_proves(enum tcpmem_finding_code code)
{
	return code == TCPMEM_FINDING_DARK;
}

/* "where one look does not tell, nothing is found that needs it" */
START_TEST(one_look_proves_nothing_about_queues)
{
	const struct scene *scene = &scenes[_i];

	if (one_look_proves(scene->code))
		return;
	set_limit("tcp_rmem_max", 6 * MIB);
	set_limit("tcp_wmem_max", 4 * MIB);
	put(scene);
	judge();
	expect_nothing(tcpmem_finding_code_describe(scene->code)->name);
	ck_assert_int_eq(findings.undecided, 1);
}
END_TEST

/* Two looks that are less than a second apart, and what came a moment ago. */
START_TEST(what_stands_for_less_than_a_second_is_undecided)
{
	const struct scene *scene = &scenes[_i];

	if (one_look_proves(scene->code))
		return;
	set_limit("tcp_rmem_max", 6 * MIB);
	set_limit("tcp_wmem_max", 4 * MIB);
	put(scene);
	heard(0, 700, 700);
	later.clock.boottime_ns -= INT64_C(8) * SECOND_NS / 10;
	find();
	expect_nothing(tcpmem_finding_code_describe(scene->code)->name);
	ck_assert_int_eq(findings.undecided, 1);
	if (scene->sock.state == TCPMEM_STATE_LISTENING)
		return;
	heard(0, 800, 800);
	find();
	expect(findings.count - 1, scene->code, 1, scene->bytes, "");
}
END_TEST

static void set_counters(size_t index, uint64_t received, uint64_t acked)
{
	const struct tcp_info info = { .tcpi_bytes_received = received,
				       .tcpi_bytes_acked = acked };

	memcpy(later.sockets.info[index].bytes, &info, SND_WND_AT);
}

/* A full queue that moves, a state that passes: nobody's fault. */
START_TEST(what_moves_is_in_order)
{
	const struct scene *scene = &scenes[_i];
	struct tcpmem_socket *sock;

	if (one_look_proves(scene->code))
		return;
	set_limit("tcp_rmem_max", 6 * MIB);
	set_limit("tcp_wmem_max", 4 * MIB);
	put(scene);
	sock = look_again();
	if (sock->state == TCPMEM_STATE_LISTENING)
		sock->rqueue = sock->wqueue;
	else if (sock->kind == TCPMEM_KIND_UNACCEPTED)
		sock->inode = 77;
	else
		set_counters(0, scene->sock.rqueue, scene->sock.wqueue + 1);
	find_from(true);
	expect_nothing(tcpmem_finding_code_describe(scene->code)->name);
	ck_assert_int_eq(findings.undecided, 0);
	look_again();
	tm_socket_set_clear(&later.sockets);
	find_from(true);
	expect_nothing("a socket that has gone");
}
END_TEST

/* "a reader that takes 1 KB/s of a full queue: accused, with its rate" */
START_TEST(the_pace_of_a_slow_reader_is_told)
{
	put(&scenes[0])->rqueue = 124416;
	look_again()->rqueue = 123392;
	find_from(true);
	expect(0, TCPMEM_FINDING_UNREAD, 1, 64 * KIB,
	       "it read 1024 bytes in 1.0 s, 1024 a second");
	ck_assert_int_eq(findings.finding[0].moved, 1024);
	ck_assert_int_eq(findings.finding[0].elapsed_ns, SECOND_NS);
}
END_TEST

/* A long path limits by the window, too, and does not shut it. */
START_TEST(a_window_that_was_shut_names_the_finding)
{
	const struct tcp_info info = { .tcpi_busy_time = 900000,
				       .tcpi_rwnd_limited = 800000 };

	put(&scenes[3]);
	look_again();
	memcpy(later.sockets.info[0].bytes, &info, SND_WND_AT);
	find_from(true);
	expect(0, TCPMEM_FINDING_UNDELIVERED, 1, 64 * KIB, "");
	look_again()->timer = TCPMEM_TIMER_PROBE;
	memcpy(later.sockets.info[0].bytes, &info, SND_WND_AT);
	find_from(true);
	expect(0, TCPMEM_FINDING_ZERO_WINDOW, 1, 64 * KIB,
	       "peers took nothing in 1.0 s; it stopped them 88 % of the time");
}
END_TEST

/* "Only what was read: where a limit is unknown, nothing is found" */
START_TEST(unknown_limits_find_nothing)
{
	for (size_t i = 0; i < TM_ARRAY_SIZE(scenes); i++)
		if (scenes[i].code == TCPMEM_FINDING_RCVBUF_MAX ||
		    scenes[i].code == TCPMEM_FINDING_SNDBUF_MAX)
			put(&scenes[i]);
	ck_assert_uint_eq(snap.sockets.count, 2);
	for (int i = 0; i < 2; i++) {
		find();
		expect_none(TCPMEM_FINDING_RCVBUF_MAX);
		expect_none(TCPMEM_FINDING_SNDBUF_MAX);
		target.limits = NULL;
	}
}
END_TEST

/* Where no counter tells what moved, standing in a state proves nothing. */
START_TEST(a_half_closed_connection_without_counters_is_undecided)
{
	put(&scenes[4]);
	look_again();
	later.sockets.info[0].present = false;
	find_from(true);
	expect_nothing("no counters");
	ck_assert_int_eq(findings.undecided, 1);
}
END_TEST

/* Sockets of others, and limits of namespaces that are not its own. */
START_TEST(what_is_not_its_own_is_no_finding)
{
	set_limit("tcp_rmem_max", 6 * MIB);
	set_limit("tcp_wmem_max", 4 * MIB);
	for (size_t i = 0; i < TM_ARRAY_SIZE(scenes); i++) {
		struct tcpmem_socket *sock = put(&scenes[i]);

		if (scenes[i].code == TCPMEM_FINDING_RCVBUF_MAX ||
		    scenes[i].code == TCPMEM_FINDING_SNDBUF_MAX)
			sock->netns = 1;
		else
			whom = PID + 1;
	}
	find();
	expect_nothing("another process");
	whom = PID;
	find();
	for (size_t i = 0; i < findings.count; i++)
		ck_assert_int_ne(findings.finding[i].code,
				 TCPMEM_FINDING_RCVBUF_MAX);
	ck_assert_uint_eq(findings.count, TM_ARRAY_SIZE(scenes) - 2);
}
END_TEST

/* "most expensive first" */
START_TEST(the_most_expensive_comes_first)
{
	put(&scenes[4]); /* close-wait: 1000 bytes */
	put(&scenes[0]); /* unread: 64 KiB */
	put(&scenes[9]); /* backlog-full: 0 */
	find();
	expect(0, TCPMEM_FINDING_UNREAD, 1, 64 * KIB, "");
	expect(1, TCPMEM_FINDING_CLOSE_WAIT, 1, 1000, "");
	expect(2, TCPMEM_FINDING_BACKLOG_FULL, 1, 0, "");
}
END_TEST

/* Below what is notable nothing is undecided, either. */
START_TEST(what_is_small_is_not_undecided)
{
	put(&scenes[0])->skmem[TCPMEM_METRIC_RMEM]--;
	judge();
	ck_assert_int_eq(findings.undecided, 0);
	/* but with what is proven, or open, beside it, it may be more */
	clear();
	put(&scenes[0])->skmem[TCPMEM_METRIC_RMEM] = 1;
	judge();
	ck_assert_int_eq(findings.undecided, 2);
}
END_TEST

/* What is in a queue is what both looks have in it. */
START_TEST(a_queue_that_one_look_has_short_moves)
{
	put(&scenes[0]);
	look_again()->rqueue = 100;
	find_from(true);
	expect_nothing("4900 bytes were read, and 100 are there");
	ck_assert_int_eq(findings.undecided, 0);
	put(&scenes[3]);
	look_again()[1].wqueue = 100;
	set_counters(1, 0, 6900);
	later.sockets.sock[0].rqueue = 0;
	find_from(true);
	expect_nothing("6900 bytes were taken, and 100 are there");
}
END_TEST

/* Of a half-closed one each counter has to tell that nothing moves. */
START_TEST(a_half_closed_connection_needs_both_counters)
{
	const struct tcp_info first = { .tcpi_bytes_received = 9,
					.tcpi_bytes_acked = 9 };

	put(&scenes[4]);
	memcpy(snap.sockets.info[0].bytes, &first, SND_WND_AT);
	for (int i = 0; i < 2; i++) {
		/* one that falls is none */
		look_again();
		set_counters(0, i ? 9 : 8, i ? 8 : 9);
		find_from(true);
		expect_nothing("a counter is not known");
		ck_assert_int_eq(findings.undecided, 1);
	}
	look_again();
	set_counters(0, 9, 9);
	find_from(true);
	expect(0, TCPMEM_FINDING_CLOSE_WAIT, 1, 1000, "");
	look_again()->state = TCPMEM_STATE_ESTABLISHED;
	set_counters(0, 9, 9);
	find_from(true);
	expect_nothing("it was not half-closed then");
}
END_TEST

/* The peer's FIN counts as one byte in the queue. */
START_TEST(a_fin_is_no_data)
{
	struct tcpmem_socket *sock = put(&scenes[0]);

	sock->rqueue = 1;
	find();
	expect(0, TCPMEM_FINDING_UNREAD, 1, 64 * KIB, "has 1 bytes unread");
	snap.sockets.sock[0].state = TCPMEM_STATE_CLOSE_WAIT;
	find();
	expect_none(TCPMEM_FINDING_UNREAD);
	snap.sockets.sock[0].rqueue = 2;
	find();
	expect(1, TCPMEM_FINDING_UNREAD, 1, 64 * KIB, "has 2 bytes unread");
}
END_TEST

/* What is sent again and moves all the same is only slow. */
START_TEST(what_is_sent_again_and_taken_is_undelivered)
{
	struct tcpmem_socket *sock = put(&scenes[3]);

	sock->retrans = 1;
	look_again();
	set_counters(0, 0, 1);
	find_from(true);
	ck_assert_uint_eq(findings.count, 1);
	expect(0, TCPMEM_FINDING_UNDELIVERED, 1, 64 * KIB,
	       "peers took 1 bytes in 1.0 s, 1 a second");
	ck_assert_int_eq(findings.finding[0].moved, 1);
	ck_assert_int_eq(findings.finding[0].elapsed_ns, SECOND_NS);
	ck_assert_int_eq(findings.finding[0].waited_ms, TCPMEM_UNKNOWN);
	look_again();
	find_from(true);
	expect(0, TCPMEM_FINDING_RETRANSMITTING, 1, 64 * KIB,
	       "acknowledged nothing in 1.0 s");
}
END_TEST

/* Who has read all that came does not shut the window: the path is slow. */
START_TEST(a_reader_whose_queue_is_empty_shuts_no_window)
{
	put(&scenes[1]);
	for (int i = 0; i < 2; i++) {
		struct tcpmem_socket *peer = i ? &snap.sockets.sock[1]
					       : add(other);

		snap.sockets.sock[0].local_port = 80;
		snap.sockets.sock[0].remote_port = 9000;
		peer->local_port = 9000;
		peer->remote_port = 80;
		peer->rqueue = i ? 1 : 0;
		free(snap.sockets.peer);
		ck_assert_int_eq(tm_peers_find(&snap.sockets), 0);
		find();
		ck_assert_uint_eq(findings.count, 1);
		expect(0,
		       i ? TCPMEM_FINDING_ZERO_WINDOW
			 : TCPMEM_FINDING_UNDELIVERED,
		       1, 64 * KIB, "");
	}
}
END_TEST

/* Both times are known, or none is told. */
START_TEST(a_share_of_the_time_needs_both_times)
{
	struct tcp_info info = { .tcpi_busy_time = 900000 };

	put(&scenes[1]);
	look_again();
	memcpy(later.sockets.info[0].bytes, &info, SND_WND_AT);
	find_from(true);
	expect(0, TCPMEM_FINDING_ZERO_WINDOW, 1, 64 * KIB, "");
	ck_assert_ptr_null(strstr(findings.finding[0].text, "stopped"));
	info.tcpi_rwnd_limited = 9000;
	look_again();
	memcpy(later.sockets.info[0].bytes, &info, SND_WND_AT);
	find_from(true);
	expect(0, TCPMEM_FINDING_ZERO_WINDOW, 1, 64 * KIB,
	       "it stopped them 1 % of the time");
}
END_TEST

static void find_and_free(void)
{
	ck_assert_int_eq(tm_breakdown_make(&target, &breakdown), 0);
	ck_assert_int_eq(tm_findings_make(&target, &breakdown, &findings), 0);
	tm_breakdown_clear(&breakdown);
	tm_findings_clear(&findings);
}

START_TEST(findings_that_are_freed_leave_nothing)
{
	for (size_t i = 0; i < TM_ARRAY_SIZE(scenes); i++)
		put(&scenes[i]);
	add_child_of_both();
	find();
	tm_breakdown_clear(&breakdown);
	tm_findings_clear(&findings);
	LEAVES_NOTHING(find_and_free());
}
END_TEST

/* Of what the kernel tells nothing, the second look came 999 ms later. */
START_TEST(less_than_a_second_is_no_proof)
{
	put(&scenes[8]);
	snap.sockets.info[0].present = false;
	later.clock.boottime_ns -= 1000000;
	find();
	expect_nothing("999 ms");
	ck_assert_int_eq(findings.undecided, 1);
	later.clock.boottime_ns += 1000000;
	find();
	expect(0, TCPMEM_FINDING_UNACCEPTED, 1, 64 * KIB, "");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("findings");
	TCase *tests = tcase_create("findings");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_loop_test(tests, a_socket_has_its_finding, 0,
			    TM_ARRAY_SIZE(scenes));
	tcase_add_loop_test(tests, one_byte_less_is_no_finding, 0,
			    TM_ARRAY_SIZE(scenes));
	tcase_add_loop_test(tests, one_look_proves_nothing_about_queues, 0,
			    TM_ARRAY_SIZE(scenes));
	tcase_add_loop_test(tests,
			    what_stands_for_less_than_a_second_is_undecided, 0,
			    TM_ARRAY_SIZE(scenes));
	tcase_add_loop_test(tests, what_moves_is_in_order, 0,
			    TM_ARRAY_SIZE(scenes));
	tcase_add_test(tests, the_pace_of_a_slow_reader_is_told);
	tcase_add_test(tests, a_window_that_was_shut_names_the_finding);
	tcase_add_test(tests,
		       a_half_closed_connection_without_counters_is_undecided);
	tcase_add_test(tests, unknown_limits_find_nothing);
	tcase_add_test(tests, what_is_not_its_own_is_no_finding);
	tcase_add_test(tests, the_most_expensive_comes_first);
	tcase_add_test(tests, what_is_small_is_not_undecided);
	tcase_add_test(tests, a_queue_that_one_look_has_short_moves);
	tcase_add_test(tests, a_half_closed_connection_needs_both_counters);
	tcase_add_test(tests, a_fin_is_no_data);
	tcase_add_test(tests, what_is_sent_again_and_taken_is_undelivered);
	tcase_add_test(tests, a_reader_whose_queue_is_empty_shuts_no_window);
	tcase_add_test(tests, a_share_of_the_time_needs_both_times);
	tcase_add_test(tests, findings_that_are_freed_leave_nothing);
	tcase_add_test(tests, less_than_a_second_is_no_proof);
	suite_add_tcase(suite, tests);
	return unit_run(suite);
}

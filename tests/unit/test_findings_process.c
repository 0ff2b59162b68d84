// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_findings_process.c - what else does: silence, ages, files, ports */
#include "findings_fixture.h"
#include "unit.h"

/* Who has open what he half closed waits for the answer; not if he closed it.
 */
START_TEST(a_peer_that_waits_has_not_closed)
{
	static const uint8_t shut[] = { 2, 3 };

	for (size_t i = 0; i < TM_ARRAY_SIZE(shut); i++) {
		add(mine)->state = TCPMEM_STATE_CLOSE_WAIT;
		add(other)->state = TCPMEM_STATE_FIN_WAIT_2;
		for (size_t end = 2 * i; end < 2 * i + 2; end++) {
			struct tcpmem_socket *sock = &snap.sockets.sock[end];

			sock->local_port = end % 2 ? 9000 : 80;
			sock->remote_port = end % 2 ? 80 : 9000;
			sock->local_port += (uint16_t)i;
			sock->remote_port += (uint16_t)i;
			sock->shutdown = end % 2 ? shut[i] : 0;
		}
	}
	ck_assert_int_eq(tm_peers_find(&snap.sockets), 0);
	find();
	expect(0, TCPMEM_FINDING_CLOSE_WAIT, 1, 1000, "");
}
END_TEST

/*
 * "peers that have read all that came, at either look, do not shut the window"
 */
START_TEST(a_peer_that_has_read_all_does_not_shut_the_window)
{
	static const uint32_t unread[][2] = { { 0, 9 }, { 9, 0 }, { 9, 9 } };

	put(&scenes[3])->timer = TCPMEM_TIMER_PROBE;
	add(other);
	snap.sockets.sock[0].local_port = snap.sockets.sock[1].remote_port = 80;
	snap.sockets.sock[0].remote_port = snap.sockets.sock[1].local_port = 9;
	ck_assert_int_eq(tm_peers_find(&snap.sockets), 0);
	for (size_t i = 0; i < TM_ARRAY_SIZE(unread); i++) {
		snap.sockets.sock[1].rqueue = unread[i][0];
		look_again()[1].rqueue = unread[i][1];
		find_from(true);
		expect(0,
		       i < 2 ? TCPMEM_FINDING_UNDELIVERED
			     : TCPMEM_FINDING_ZERO_WINDOW,
		       1, 64 * KIB, "");
	}
}
END_TEST

START_TEST(ages_are_those_of_what_waits)
{
	for (uint32_t i = 0; i < 3; i++) {
		put(&scenes[0]);
		heard(i, 1500 + 1000 * i, 0);
	}
	put(&scenes[0]);
	snap.sockets.info[3] = (struct tm_info){ 0 }; /* nobody knows */
	find();
	ck_assert_int_eq(findings.undecided, 1);
	ck_assert_int_eq(findings.finding[0].waited_ms, 3500);
	expect(0, TCPMEM_FINDING_UNREAD, 3, 192 * KIB,
	       "came 1.5 s ago, 3.5 s where it has waited longest");
}
END_TEST

/* Silent is who sent neither data nor an acknowledgement. */
START_TEST(silence_without_keepalive_is_found)
{
	set_limit("tcp_keepalive_time", 7);
	for (int i = 0; i < 4; i++)
		add(mine);
	heard(0, 8000, 9000);
	heard(1, 8000, 7999); /* 7 s are not longer than 7 s */
	heard(2, 7000, 9000);
	heard(3, 60000, 60000);
	snap.sockets.sock[3].timer = TCPMEM_TIMER_KEEPALIVE;
	find();
	ck_assert_uint_eq(findings.count, 1);
	expect(0, TCPMEM_FINDING_NO_KEEPALIVE, 1, 1000,
	       "tcp_keepalive_time, 7 s, and has keepalive off; the longest "
	       "for 8.0 s");
	ck_assert_int_eq(breakdown.no_keepalive, 3);
	ck_assert_int_eq(breakdown.keepalive, 1);
	ck_assert_int_eq(breakdown.keepalive_unknown, 0);
	snap.sockets.sock[0].timer = TCPMEM_TIMER_RETRANSMIT;
	find();
	expect_nothing("another timer hides it");
	ck_assert_int_eq(breakdown.keepalive_unknown, 1);
}
END_TEST

START_TEST(idle_connections_are_found_by_their_objects)
{
	/* 65535 bytes are the most that a socket's objects can take */
	for (int i = 0; i < 17; i++) {
		struct tcpmem_socket *sock = add(mine);

		sock->object = UINT16_MAX;
		if (!i)
			sock->timer = TCPMEM_TIMER_KEEPALIVE;
		heard((size_t)i, 10000, 0);
	}
	find();
	expect(0, TCPMEM_FINDING_IDLE, 17, 17 * UINT16_MAX,
	       "17 connections have had no data for 10 s or longer, and still "
	       "hold 1114095 bytes; keepalive is on for 1");
	heard(3, 9999, 0);
	find();
	expect_nothing("16 of them are below a MiB");
}
END_TEST

/* "at a local port of its sockets, or leading to one or to a peer of theirs" */
START_TEST(orphans_stand_apart)
{
	const struct tcpmem_row *row;
	int64_t held;

	for (uint16_t netns = 0; netns < 2; netns++) {
		struct tcpmem_socket *sock = add(UINT32_MAX);

		sock->netns = netns;
		sock->inode = 0;
		sock->object = 0;
		sock->skmem[TCPMEM_METRIC_WMEM_QUEUED] = MIB;
		sock->wqueue = 5000;
	}
	for (uint16_t port = 1; port < 3; port++) {
		struct tcpmem_socket *sock = add(UINT32_MAX);

		/* another port of this end, another peer */
		sock->local_port = 5000 + port;
		sock->remote_port = 6000 + port;
		sock->inode = 0;
		sock->object = 0;
		sock->skmem[TCPMEM_METRIC_WMEM_QUEUED] = MIB;
	}
	add(mine);
	find();
	expect_nothing("an innocent process");
	ck_assert_uint_eq(tcpmem_table_get_row_count(breakdown.orphans), 1);
	row = tcpmem_table_get_row(breakdown.orphans, 0);
	ck_assert_str_eq(tcpmem_row_get_subject(row)->key, "0.0.0.0,root");
	ck_assert_int_eq(tcpmem_row_get_metric(row, TCPMEM_METRIC_HELD, &held),
			 0);
	ck_assert_int_eq(held, MIB);
}
END_TEST

START_TEST(what_others_hold_too_is_shared)
{
	const struct tcpmem_socket *sock = add(mine);

	ck_assert_int_eq(tm_holders_add(snap.holders, sock->inode, other), 0);
	add(mine);
	add(other);
	find();
	ck_assert_int_eq(breakdown.shared.sockets, 1);
	ck_assert_int_eq(breakdown.shared.bytes, 1000);
}
END_TEST

/* "%TCPMEM_UNKNOWN if they came without counters", not 0 */
START_TEST(what_came_without_counters_holds_something)
{
	add(mine)->state = TCPMEM_STATE_CLOSE_WAIT;
	add(mine)->state = TCPMEM_STATE_CLOSE_WAIT;
	snap.sockets.sock[0].skmem_words = 0;
	ck_assert_int_eq(
		tm_holders_add(snap.holders, snap.sockets.sock[0].inode, other),
		0);
	find();
	expect(0, TCPMEM_FINDING_CLOSE_WAIT, 2, 1000,
	       "they hold at least 1000 bytes");
	ck_assert_int_eq(breakdown.shared.sockets, 1);
	ck_assert_int_eq(breakdown.shared.uncounted, 1);
	snap.sockets.sock[1].skmem_words = 0;
	find();
	expect(0, TCPMEM_FINDING_CLOSE_WAIT, 2, TCPMEM_UNKNOWN,
	       "they hold an unknown amount");
}
END_TEST

/* Whoever is explained is not "other processes". */
START_TEST(what_they_hold_together_is_not_shared)
{
	static const uint32_t both[] = { PID, PID + 1 };
	const struct tcpmem_socket *sock = add(mine);

	ck_assert_int_eq(tm_holders_add(snap.holders, sock->inode, other), 0);
	find();
	ck_assert_int_eq(breakdown.shared.sockets, 1);
	target.pids = both;
	target.count = TM_ARRAY_SIZE(both);
	find();
	ck_assert_int_eq(breakdown.shared.sockets, 0);
}
END_TEST

static void set_fds(int64_t fds, int64_t sockets, int64_t soft)
{
	counters.value[TCPMEM_PROCESS_METRIC_FDS] = fds;
	counters.value[TCPMEM_PROCESS_METRIC_FDS_SOCKETS] = sockets;
	counters.value[TCPMEM_PROCESS_METRIC_FDS_SOFT] = soft;
	counters.known[TCPMEM_PROCESS_METRIC_FDS] = true;
	counters.known[TCPMEM_PROCESS_METRIC_FDS_SOCKETS] = true;
	counters.known[TCPMEM_PROCESS_METRIC_FDS_SOFT] = true;
}

START_TEST(files_near_their_limit_are_found)
{
	set_fds(79, 7, 100);
	find();
	expect_nothing("79 of 100");
	set_fds(80, 7, 100);
	find();
	expect(0, TCPMEM_FINDING_FDS, 0, 0,
	       "80 files are open, 7 of them sockets, and 100 may be");
	counters.known[TCPMEM_PROCESS_METRIC_FDS_SOFT] = false;
	find();
	expect_nothing("an unknown limit");
}
END_TEST

START_TEST(ports_near_their_end_are_found)
{
	set_limit("ip_local_port_range", 10);
	((struct tcpmem_limit *)tm_limits_find(&limits.limits,
					       "ip_local_port_range"))
		->low = 100;
	for (uint16_t i = 0; i < 9; i++) {
		struct tcpmem_socket *sock = add(i ? other : mine);

		sock->local_port = 99 + i; /* the first is not of the range */
		sock->remote[0] = 10;
	}
	snap.sockets.sock[1].kind = TCPMEM_KIND_PROCESS;
	ck_assert_int_eq(
		tm_holders_add(snap.holders, snap.sockets.sock[1].inode, mine),
		0);
	find();
	expect(0, TCPMEM_FINDING_PORTS, 0, 0,
	       "8 of 10 local ports are taken toward 10.0.0.0 port 1234; 1 of "
	       "them by its own connections");
	snap.sockets.sock[8].remote_port = 4321;
	find();
	expect_nothing("7 of 10");
}
END_TEST

/* Each code has words of its own, and no other has. */
START_TEST(codes_have_words)
{
	for (int i = 0; i < TCPMEM_FINDING_COUNT; i++) {
		enum tcpmem_finding_code code = (enum tcpmem_finding_code)i;

		ck_assert_ptr_nonnull(
			tcpmem_finding_code_describe(code)->reason);
		ck_assert_ptr_nonnull(
			tcpmem_finding_code_describe(code)->setting);
		ck_assert_ptr_nonnull(
			tcpmem_finding_code_describe(code)->advice);
		for (int k = 0; k < i; k++)
			ck_assert_str_ne(
				tcpmem_finding_code_describe(code)->name,
				tcpmem_finding_code_describe(
					(enum tcpmem_finding_code)k)
					->name);
	}
	ck_assert_ptr_null(
		tcpmem_finding_code_describe(
			(enum tcpmem_finding_code)TCPMEM_FINDING_COUNT)
			->name);
	ck_assert_ptr_null(
		tcpmem_finding_code_describe((enum tcpmem_finding_code) - 1)
			->advice);
}
END_TEST

/* Each figure of a process has its words; what is none has none. */
START_TEST(process_metrics_have_words)
{
	for (int i = 0; i < TCPMEM_PROCESS_METRIC_COUNT; i++) {
		const struct tcpmem_term *term = tcpmem_process_metric_describe(
			(enum tcpmem_process_metric)i);
		size_t len = strlen(term->name);

		ck_assert_int_eq(strncmp(term->json, term->name, len), 0);
		ck_assert_str_eq(term->json + len,
				 term->unit == TCPMEM_UNIT_BYTES ? "_bytes"
								 : "");
	}
}
END_TEST

/* Data in neither direction for 10 s, and none in a buffer */
START_TEST(idle_is_who_neither_sends_nor_receives)
{
	for (int i = 0; i < 17; i++) {
		struct tcpmem_socket *sock = add(mine);

		sock->object = UINT16_MAX;
		/* a program's storage, or a filter, is no data */
		sock->skmem[TCPMEM_METRIC_OPTMEM] = 296;
		heard((size_t)i, 10000, 0);
	}
	find();
	expect(0, TCPMEM_FINDING_IDLE, 17, 17 * (UINT16_MAX + 296),
	       "hold 1119127 bytes");
	ck_assert_int_eq(breakdown.heap[TCPMEM_FINDING_IDLE].sockets, 17);
	for (int i = 0; i < 4; i++) {
		struct tcp_info info = { .tcpi_last_data_recv = 10000,
					 .tcpi_last_data_sent = 10000 };

		if (i == 0)
			info.tcpi_last_data_recv = 9999;
		if (i == 1)
			info.tcpi_last_data_sent = 9999;
		if (i == 2)
			snap.sockets.sock[2].skmem[TCPMEM_METRIC_RMEM] = 1;
		if (i == 3)
			snap.sockets.sock[3].flags = TM_SOCK_MPTCP;
		memcpy(snap.sockets.info[i].bytes, &info, SND_WND_AT);
	}
	find();
	ck_assert_int_eq(breakdown.heap[TCPMEM_FINDING_IDLE].sockets, 13);
	ck_assert_int_eq(breakdown.no_keepalive, 16);
}
END_TEST

/* "Silent is who": an acknowledgement is heard, too */
START_TEST(silence_is_since_anything_was_heard)
{
	set_limit("tcp_keepalive_time", 7);
	add(mine);
	heard(0, 9000, 8500);
	find();
	expect(0, TCPMEM_FINDING_NO_KEEPALIVE, 1, 1000,
	       "the longest for 8.5 s");
	ck_assert_int_eq(findings.finding[0].waited_ms, 8500);
	ck_assert_int_eq(findings.finding[0].elapsed_ns, TCPMEM_UNKNOWN);
	ck_assert_int_eq(findings.finding[0].moved, TCPMEM_UNKNOWN);
	ck_assert_uint_eq(findings.finding[0].size,
			  sizeof(struct tcpmem_finding));
	heard(0, 8500, 9000);
	find();
	ck_assert_int_eq(findings.finding[0].waited_ms, 8500);
	snap.sockets.sock[0].netns = 1;
	find();
	expect_nothing("the limit of another namespace");
	snap.sockets.sock[0].netns = 0;
	((struct tcpmem_limit *)tm_limits_find(&limits.limits,
					       "tcp_keepalive_time"))
		->known = false;
	find();
	expect_nothing("a limit that is not known");
}
END_TEST

/* Only of those the program, or the peer, of which it may be an orphan */
START_TEST(an_orphan_is_near_by_either_end)
{
	/* its port here, one that it leads to, and a peer of ours */
	static const struct {
		uint16_t local, remote;
		uint8_t address;
		bool near;
	} cases[] = {
		{ 80, 7, 9, true },	  { 7, 80, 9, true },
		{ 7, 1234, 9, false },	  { 7, 1234, 5, true },
		{ 1234, 1234, 9, false }, { 7, 8, 5, false },
	};

	add(mine)->remote[15] = 5;
	for (size_t i = 0; i < TM_ARRAY_SIZE(cases); i++) {
		struct tcpmem_socket *sock = add(UINT32_MAX);

		sock->inode = 0;
		sock->local_port = cases[i].local;
		sock->remote_port = cases[i].remote;
		sock->remote[15] = cases[i].address;
		find();
		ck_assert_int_eq(
			(int)tcpmem_table_get_row_count(breakdown.orphans),
			cases[i].near);
		/* none of the next case */
		sock->kind = TCPMEM_KIND_IN_FLIGHT;
	}
}
END_TEST

/* "those that other processes hold too": a subflow is no socket by itself */
START_TEST(a_shared_subflow_is_no_socket)
{
	const struct tcpmem_socket *sock = add(mine);

	ck_assert_int_eq(tm_holders_add(snap.holders, sock->inode, other), 0);
	sock = add(mine);
	ck_assert_int_eq(tm_holders_add(snap.holders, sock->inode, other), 0);
	snap.sockets.sock[1].flags = TM_SOCK_SUBFLOW;
	find();
	ck_assert_int_eq(breakdown.shared.sockets, 1);
	ck_assert_int_eq(breakdown.shared.bytes, 2000);
}
END_TEST

/* Of several processes, which one; sockets among them, if that is known */
START_TEST(files_are_those_of_one_process)
{
	static const uint32_t both[] = { PID, PID + 1 };

	set_fds(80, 7, 100);
	counters.known[TCPMEM_PROCESS_METRIC_FDS_SOCKETS] = false;
	find();
	ck_assert_str_eq(findings.finding[0].text,
			 "80 files are open, and 100 may be");
	target.pids = both;
	target.count = TM_ARRAY_SIZE(both);
	find();
	ck_assert_str_eq(findings.finding[0].text,
			 "of process 10 80 files are open, and 100 may be");
	counters.known[TCPMEM_PROCESS_METRIC_FDS] = false;
	find();
	expect_nothing("a number that is not known");
}
END_TEST

/* Ports of another namespace, and those of subflows, are others. */
START_TEST(ports_are_those_of_its_namespace)
{
	set_limit("ip_local_port_range", 10);
	((struct tcpmem_limit *)tm_limits_find(&limits.limits,
					       "ip_local_port_range"))
		->low = 100;
	for (uint16_t i = 0; i < 10; i++) {
		struct tcpmem_socket *sock = add(mine);

		sock->local_port = 100 + i;
		sock->netns = i == 8;
		if (i == 9)
			sock->flags = TM_SOCK_SUBFLOW;
	}
	find();
	ck_assert_int_eq(breakdown.ports.all, 8);
	expect(0, TCPMEM_FINDING_PORTS, 0, 0,
	       "8 of 10 local ports are taken toward 0.0.0.0 port 1234; 8 of "
	       "them by its own connections");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("findings process");
	TCase *tests = tcase_create("process");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, a_peer_that_waits_has_not_closed);
	tcase_add_test(tests,
		       a_peer_that_has_read_all_does_not_shut_the_window);
	tcase_add_test(tests, ages_are_those_of_what_waits);
	tcase_add_test(tests, silence_without_keepalive_is_found);
	tcase_add_test(tests, idle_connections_are_found_by_their_objects);
	tcase_add_test(tests, orphans_stand_apart);
	tcase_add_test(tests, what_others_hold_too_is_shared);
	tcase_add_test(tests, what_came_without_counters_holds_something);
	tcase_add_test(tests, what_they_hold_together_is_not_shared);
	tcase_add_test(tests, files_near_their_limit_are_found);
	tcase_add_test(tests, ports_near_their_end_are_found);
	tcase_add_test(tests, codes_have_words);
	tcase_add_test(tests, process_metrics_have_words);
	tcase_add_test(tests, idle_is_who_neither_sends_nor_receives);
	tcase_add_test(tests, silence_is_since_anything_was_heard);
	tcase_add_test(tests, an_orphan_is_near_by_either_end);
	tcase_add_test(tests, a_shared_subflow_is_no_socket);
	tcase_add_test(tests, files_are_those_of_one_process);
	tcase_add_test(tests, ports_are_those_of_its_namespace);
	suite_add_tcase(suite, tests);
	return unit_run(suite);
}

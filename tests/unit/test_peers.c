// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_peers.c - both ends of each connection, and no guess */
#include "peers_fixture.h"
#include "tcpmem/snapshot.h"
#include "unit.h"

#include <errno.h>

#define MANY 10000

static void check_pair(size_t a, size_t b)
{
	ck_assert_int_eq(set.peer[a].status, TM_PEER_FOUND);
	ck_assert_int_eq(set.peer[b].status, TM_PEER_FOUND);
	ck_assert_uint_eq(set.peer[a].socket, b);
	ck_assert_uint_eq(set.peer[b].socket, a);
	ck_assert_uint_eq(set.peer[a].holder, set.sock[b].holder);
	ck_assert_uint_eq(set.peer[b].netns, set.sock[a].netns);
}

/* "Loopback addresses are matched within a namespace alone." */
START_TEST(loopback_stays_inside)
{
	add(0, "127.0.0.1", 40000, "127.0.0.1", 80);
	add(1, "127.0.0.1", 80, "127.0.0.1", 40000);
	add(1, "127.0.0.1", 40000, "127.0.0.1", 80);
	add(2, "::1", 40000, "::1", 80);
	add(3, "::1", 80, "::1", 40000);
	find();
	ck_assert_int_eq(set.peer[0].status, TM_PEER_MISSING);
	check_pair(1, 2);
	ck_assert_int_eq(set.peer[3].status, TM_PEER_MISSING);
	ck_assert_int_eq(set.peer[4].status, TM_PEER_MISSING);
}
END_TEST

/* "Any others are matched there first, then over all namespaces" */
START_TEST(veth_and_mapped)
{
	add(0, "10.0.0.1", 40000, "10.0.0.2", 80);
	add(1, "::ffff:10.0.0.2", 80, "::ffff:10.0.0.1", 40000);
	add(2, "10.0.0.5", 40001, "10.0.0.5", 80);
	add(2, "10.0.0.5", 80, "10.0.0.5", 40001);
	add(0, "fd00::1", 40000, "fd00::2", 80);
	add(1, "fd00::2", 80, "fd00::1", 40000);
	add(0, "10.0.0.1", 40002, "192.0.2.1", 443);
	find();
	check_pair(0, 1);
	check_pair(2, 3);
	check_pair(4, 5);
	ck_assert_int_eq(set.peer[6].status, TM_PEER_MISSING);
}
END_TEST

/* "of two containers with one address nobody can say which is meant" */
START_TEST(ambiguous)
{
	add(0, "10.0.0.1", 40000, "10.0.0.2", 80);
	add(1, "10.0.0.2", 80, "10.0.0.1", 40000);
	add(2, "10.0.0.2", 80, "10.0.0.1", 40000);
	/* a pair of one namespace, which another's socket could belong to */
	add(3, "10.0.0.3", 40000, "10.0.0.4", 80);
	add(3, "10.0.0.4", 80, "10.0.0.3", 40000);
	add(4, "10.0.0.4", 80, "10.0.0.3", 40000);
	find();
	for (size_t i = 0; i < set.count; i++)
		ck_assert_int_eq(set.peer[i].status, TM_PEER_AMBIGUOUS);
}
END_TEST

/* Like pairs, each complete within its namespace, are no contradiction. */
START_TEST(alike)
{
	for (uint16_t netns = 0; netns < 3; netns++) {
		add(netns, "10.0.0.1", 40000, "10.0.0.1", 80);
		add(netns, "10.0.0.1", 80, "10.0.0.1", 40000);
	}
	find();
	for (size_t i = 0; i < set.count; i += 2)
		check_pair(i, i + 1);
}
END_TEST

/* An msk has the addresses of its subflow; a TCP socket may be its own peer. */
START_TEST(mptcp_and_self)
{
	add(0, "127.0.0.1", 40000, "127.0.0.1", 80);
	add(0, "127.0.0.1", 40000, "127.0.0.1", 80)->flags |= TM_SOCK_MPTCP;
	add(0, "127.0.0.1", 80, "127.0.0.1", 40000)->flags |= TM_SOCK_MPTCP;
	add(0, "127.0.0.1", 80, "127.0.0.1", 40000);
	add(0, "127.0.0.1", 9, "127.0.0.1", 9);
	find();
	check_pair(0, 3);
	check_pair(1, 2);
	check_pair(4, 4);
}
END_TEST

/* "TM_PEER_NONE: it is not connected" */
START_TEST(unconnected)
{
	add(0, "127.0.0.1", 80, "0.0.0.0", 0)->state = TCPMEM_STATE_LISTENING;
	add(0, "127.0.0.1", 80, "127.0.0.1", 9)->state = TCPMEM_STATE_CLOSED;
	find();
	ck_assert_int_eq(set.peer[0].status, TM_PEER_NONE);
	ck_assert_int_eq(set.peer[1].status, TM_PEER_NONE);
}
END_TEST

/* What has no other end, though its addresses are those of one */
START_TEST(who_has_no_other_end)
{
	static const enum tcpmem_state states[] = {
		TCPMEM_STATE_LISTENING,
		TCPMEM_STATE_BOUND_INACTIVE,
		TCPMEM_STATE_CLOSED,
	};

	for (size_t i = 0; i < 3; i++)
		add(0, "127.0.0.1", (uint16_t)(10 + i), "127.0.0.1", 80)
			->state = (uint8_t)states[i];
	add(0, "127.0.0.1", 20, "127.0.0.1", 80)->kind = TCPMEM_KIND_DARK;
	add(0, "127.0.0.1", 21, "127.0.0.1", 0);
	/* and what has one, in whatever state it is */
	add(0, "127.0.0.1", 30, "127.0.0.1", 80)->state =
		TCPMEM_STATE_TIME_WAIT;
	add(0, "127.0.0.1", 80, "127.0.0.1", 20);
	find();
	for (size_t i = 0; i < 5; i++)
		ck_assert_int_eq(set.peer[i].status, TM_PEER_NONE);
	ck_assert_int_eq(set.peer[5].status, TM_PEER_MISSING);
	/* the dark one is not taken for it */
	ck_assert_int_eq(set.peer[6].status, TM_PEER_MISSING);
}
END_TEST

/* Every part of both addresses and ports tells two connections apart. */
START_TEST(each_part_of_an_address_counts)
{
	static const struct {
		const char *local, *remote;
		uint16_t local_port, remote_port;
	} others[] = {
		{ "fd00:0:0:1::2", "fd00:0:0:1::1", 80, 40001 },
		{ "fd00:0:0:1::2", "fd00:0:0:1::1", 81, 40000 },
		{ "fd00:0:0:1::2", "fd00:0:0:1::3", 80, 40000 },
		{ "fd00:0:0:1::3", "fd00:0:0:1::1", 80, 40000 },
		{ "fd00:0:0:1::2", "fd00:0:0:2::1", 80, 40000 },
		{ "fd00:0:0:2::2", "fd00:0:0:1::1", 80, 40000 },
	};

	add(0, "fd00:0:0:1::1", 40000, "fd00:0:0:1::2", 80);
	for (size_t i = 0; i < 6; i++)
		add(i % 2, others[i].local, others[i].local_port,
		    others[i].remote, others[i].remote_port);
	find();
	for (size_t i = 0; i < set.count; i++)
		ck_assert_int_eq(set.peer[i].status, TM_PEER_MISSING);
	add(0, "fd00:0:0:1::2", 80, "fd00:0:0:1::1", 40000);
	free(set.peer);
	find();
	check_pair(0, 7);
}
END_TEST

/* "whether it is connected by loopback addresses" */
START_TEST(loopback_addresses)
{
	static const struct {
		const char *local, *remote;
		bool loopback;
	} cases[] = {
		{ "127.0.0.1", "127.0.0.1", true },
		{ "127.255.0.1", "10.0.0.1", true },
		{ "10.0.0.1", "127.0.0.2", true },
		{ "10.0.0.1", "126.0.0.1", false },
		{ "128.0.0.1", "10.0.0.1", false },
		{ "::1", "::1", true },
		{ "fd00::1", "::1", true },
		{ "::2", "fd00::1", false },
		{ "1::1", "fd00::1", false },
		{ "::ffff:127.0.0.1", "fd00::1", true },
		{ "::fffe:127.0.0.1", "fd00::1", false },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		ck_assert_int_eq(tm_socket_is_loopback(add(0, cases[i].local, 1,
							   cases[i].remote, 2)),
				 cases[i].loopback);
}
END_TEST

/* One end that three may be, and pairs of which another's end may be one */
START_TEST(doubt_spreads_to_each_that_may_be_meant)
{
	add(0, "10.0.0.1", 40000, "10.0.0.2", 80);
	add(0, "10.0.0.2", 80, "10.0.0.1", 40000);
	add(0, "10.0.0.2", 80, "10.0.0.1", 40000);
	add(0, "10.0.0.2", 80, "10.0.0.1", 40000);
	/* two that are alike in two namespaces, and one other end */
	add(1, "10.0.0.5", 40000, "10.0.0.6", 80);
	add(2, "10.0.0.5", 40000, "10.0.0.6", 80);
	add(3, "10.0.0.6", 80, "10.0.0.5", 40000);
	/* none of which concerns these */
	add(4, "10.0.0.7", 40000, "10.0.0.8", 80);
	add(5, "10.0.0.8", 80, "10.0.0.7", 40000);
	find();
	for (size_t i = 0; i < 7; i++)
		ck_assert_int_eq(set.peer[i].status, TM_PEER_AMBIGUOUS);
	check_pair(7, 8);
}
END_TEST

/* What a caller is told of the other end */
START_TEST(the_other_end_is_described)
{
	const struct tcpmem_process one = { .pid = 1 }, two = { .pid = 2 };
	struct tcpmem_peer peer = { .size = sizeof(peer) };
	struct tcpmem_snapshot snap = { .netns_count = 0 };
	uint32_t index;

	add(0, "10.0.0.1", 40000, "10.0.0.2", 80);
	add(1, "10.0.0.2", 80, "10.0.0.1", 40000);
	ck_assert_int_eq(tm_holders_new(false, &snap.holders), 0);
	ck_assert_int_eq(tm_holders_process(snap.holders, &one, &index), 0);
	ck_assert_int_eq(tm_holders_process(snap.holders, &two, &index), 0);
	set.sock[1].kind = TCPMEM_KIND_IN_FLIGHT;
	set.sock[1].holder = TM_HOLDER_NONE;
	find();
	for (int held = 0; held < 3; held++) {
		struct tm_holders *holders = snap.holders;

		snap.sockets = set;
		/* by nobody, by the second, and where nobody was asked for */
		set.peer[0].holder = held ? 2 : TM_HOLDER_NONE;
		if (held == 2)
			snap.holders = NULL;
		ck_assert_int_eq(tcpmem_socket_get_peer(&snap, set.sock, &peer),
				 0);
		ck_assert_uint_eq(peer.size, sizeof(peer));
		ck_assert_int_eq(peer.status, TCPMEM_PEER_SOCKET);
		ck_assert_int_eq(peer.kind, TCPMEM_KIND_IN_FLIGHT);
		ck_assert_uint_eq(peer.netns, 1);
		ck_assert_ptr_eq(peer.socket, &set.sock[1]);
		ck_assert_uint_eq(peer.process_count, held == 1);
		ck_assert_int_eq(peer.process != NULL, held == 1);
		if (peer.process)
			ck_assert_uint_eq(tcpmem_process_get_pid(peer.process),
					  2);
		snap.holders = holders;
	}
	set.peer[0].socket = TM_PEER_UNSELECTED;
	ck_assert_int_eq(tcpmem_socket_get_peer(&snap, set.sock, &peer), 0);
	ck_assert_ptr_null(peer.socket);
	ck_assert_int_eq(peer.status, TCPMEM_PEER_SOCKET);
	set.peer[0].status = TM_PEER_AMBIGUOUS;
	ck_assert_int_eq(tcpmem_socket_get_peer(&snap, set.sock, &peer), 0);
	ck_assert_int_eq(peer.status, TCPMEM_PEER_UNKNOWN);
	set.peer[0].status = TM_PEER_NONE;
	ck_assert_int_eq(tcpmem_socket_get_peer(&snap, set.sock, &peer), 0);
	ck_assert_int_eq(peer.status, TCPMEM_PEER_NONE);
	tm_holders_free(snap.holders);
}
END_TEST

static enum tcpmem_peer_status status_of(const struct tcpmem_snapshot *snap,
					 size_t i)
{
	struct tcpmem_peer peer = { .size = sizeof(peer) };

	ck_assert_int_eq(
		tcpmem_socket_get_peer(snap, &snap->sockets.sock[i], &peer), 0);
	return peer.status;
}

/* Each warning that says that a socket may be where nobody looked */
START_TEST(warnings_that_make_it_unknown)
{
	for (int code = 0; code < TCPMEM_WARNING_COUNT; code++) {
		struct tm_warning warning = {
			.code = (enum tcpmem_warning_code)code,
			.text = (char *)"why",
		};
		struct tcpmem_snapshot snap = {
			.warnings = { &warning, 1, 1 },
		};
		bool anywhere = code == TCPMEM_WARNING_DUMP_INTERRUPTED ||
				code == TCPMEM_WARNING_MESSAGE_MALFORMED ||
				code == TCPMEM_WARNING_CAPTURE_SCOPE ||
				code == TCPMEM_WARNING_CAPTURE_DAMAGED;
		bool outside = anywhere || code == TCPMEM_WARNING_NETNS_SCOPE ||
			       tm_coverage_missing(&snap, TM_COVERAGE_SOCKETS);

		setup();
		add(0, "127.0.0.1", 40000, "127.0.0.1", 80);
		add(0, "10.0.0.1", 40000, "192.0.2.1", 443);
		find();
		snap.sockets = set;
		ck_assert_int_eq(status_of(&snap, 0),
				 anywhere ? TCPMEM_PEER_UNKNOWN
					  : TCPMEM_PEER_ABSENT);
		ck_assert_int_eq(status_of(&snap, 1),
				 outside ? TCPMEM_PEER_UNKNOWN
					 : TCPMEM_PEER_ABSENT);
		teardown();
	}
}
END_TEST

static bool is_server(struct tcpmem_socket *sock, void *user)
{
	(void)user;
	return sock->local_port == 80;
}

static bool is_third(struct tcpmem_socket *sock, void *user)
{
	(void)user;
	return sock->cookie % 3 == 0;
}

/* 10,000 connections, in any order; every end is right, and so it is after
 * some were removed: "they cannot come apart" */
START_TEST(many)
{
	for (uint16_t i = 0; i < MANY; i++)
		add(0, "127.0.0.1", 20000 + i, "127.0.0.1", 80);
	for (uint16_t i = 0; i < MANY; i++)
		add(0, "127.0.0.1", 80, "127.0.0.1", 20000 + MANY - 1 - i);
	find();
	for (size_t i = 0; i < MANY; i++)
		check_pair(i, (size_t)2 * MANY - 1 - i);
	tm_socket_set_remove_if(&set, is_third, NULL);
	for (size_t i = 0; i < set.count; i++) {
		const struct tm_peer *peer = &set.peer[i];

		ck_assert_int_eq(peer->status, TM_PEER_FOUND);
		ck_assert_uint_eq(peer->holder,
				  2 * MANY + 1 - set.sock[i].cookie);
		if (peer->socket == TM_PEER_UNSELECTED)
			ck_assert_uint_eq(peer->holder % 3, 0);
		else
			ck_assert_uint_eq(set.sock[peer->socket].cookie,
					  peer->holder);
	}
	tm_socket_set_remove_if(&set, is_server, NULL);
	for (size_t i = 0; i < set.count; i++)
		ck_assert_uint_eq(set.peer[i].socket, TM_PEER_UNSELECTED);
}
END_TEST

/* "it may be in what was not seen": then it is unknown and not absent */
START_TEST(unseen)
{
	struct tcpmem_snapshot snap = { 0 };
	struct tcpmem_peer small = { .size = 1 };

	add(0, "127.0.0.1", 40000, "127.0.0.1", 80);
	add(0, "10.0.0.1", 40000, "192.0.2.1", 443);
	snap.sockets = set;
	ck_assert_int_eq(status_of(&snap, 0), TCPMEM_PEER_UNKNOWN);
	find();
	snap.sockets = set;
	ck_assert_int_eq(status_of(&snap, 0), TCPMEM_PEER_ABSENT);
	ck_assert_int_eq(status_of(&snap, 1), TCPMEM_PEER_ABSENT);
	ck_assert_int_eq(tm_warnings_add(&snap.warnings,
					 TCPMEM_WARNING_NETNS_SCOPE, "scope"),
			 0);
	ck_assert_int_eq(status_of(&snap, 0), TCPMEM_PEER_ABSENT);
	ck_assert_int_eq(status_of(&snap, 1), TCPMEM_PEER_UNKNOWN);
	ck_assert_int_eq(tcpmem_socket_get_peer(&snap, set.sock, &small),
			 -EINVAL);
	tm_warnings_clear(&snap.warnings);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("peers");
	TCase *tc = tcase_create("peers");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, loopback_stays_inside);
	tcase_add_test(tc, veth_and_mapped);
	tcase_add_test(tc, ambiguous);
	tcase_add_test(tc, alike);
	tcase_add_test(tc, mptcp_and_self);
	tcase_add_test(tc, unconnected);
	tcase_add_test(tc, who_has_no_other_end);
	tcase_add_test(tc, each_part_of_an_address_counts);
	tcase_add_test(tc, loopback_addresses);
	tcase_add_test(tc, doubt_spreads_to_each_that_may_be_meant);
	tcase_add_test(tc, the_other_end_is_described);
	tcase_add_test(tc, warnings_that_make_it_unknown);
	tcase_add_test(tc, many);
	tcase_add_test(tc, unseen);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}

// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_process_tree_opened.c - connections that the tree opened */
#include "analysis/tree.h"
#include "process_tree_fixture.h"
#include "unit.h"

#include <linux/tcp.h>
#include <stddef.h>

/* A connection that ended: what tcpmem_sampler_wait() hands on */
static struct tcpmem_snapshot *ended(struct tcpmem_socket sock)
{
	struct tcpmem_snapshot *snap = moment(0);
	struct tm_info info = { .present = true, .len = TM_INFO_SIZE };
	uint32_t rtt = 42;

	sock.state = TCPMEM_STATE_CLOSED;
	sock.skmem_words = 0;
	memcpy(info.bytes + offsetof(struct tcp_info, tcpi_rtt), &rtt,
	       sizeof(rtt));
	snap->sockets.with_info = true;
	snap->sockets.info = calloc(1, sizeof(info));
	snap->sockets.info[0] = info;
	snap->sockets.sock[0] = sock;
	snap->sockets.count = 1;
	return snap;
}

static void end(struct tcpmem_socket sock)
{
	struct tcpmem_snapshot *snap = ended(sock);

	ck_assert_int_eq(tcpmem_tree_end(family, snap, snap->sockets.sock), 0);
	tcpmem_snapshot_free(snap);
}

static int64_t opened(void)
{
	return tcpmem_tree_get_metric(family, TCPMEM_CHECK_METRIC_OPENED)
		->value;
}

/* "one of the last snapshots showed that, or if its addresses are those of a
 * listener or of a peer that the tree is seen with" */
START_TEST(a_connection_that_ended_is_counted_once)
{
	struct tcpmem_snapshot *snap = moment(1);
	struct tcpmem_socket seen = *hold(snap, 5, 51, 11);
	struct tcpmem_socket between = seen, other = seen, server = seen;

	between.cookie = 6;
	between.local_port = 2000;
	other.cookie = 7;
	other.remote[0] = 11;
	server.cookie = 8;
	server.local_port = seen.remote_port;
	server.remote_port = between.local_port;
	memcpy(server.local, seen.remote, sizeof(server.local));
	memcpy(server.remote, seen.local, sizeof(server.remote));
	end(between); /* before its peer is known */
	end(server);
	look_and_forget(snap);
	ck_assert_int_eq(opened(), 2);
	end(seen);
	ck_assert_int_eq(opened(), 2);
	end(other);
	snap = moment(2);
	look(snap);
	ck_assert_int_eq(opened(), 2);
	ck_assert_int_eq(left(TCPMEM_RESIDUE_CLOSED), 2);
	ck_assert_int_eq(left(TCPMEM_RESIDUE_UNATTRIBUTED), 1);
	tcpmem_snapshot_free(snap);
}
END_TEST

static bool is_odd(uint64_t cookie, void *user)
{
	(void)user;
	return cookie % 2;
}

static bool is_even(uint64_t cookie, void *user)
{
	(void)user;
	return cookie % 2 == 0;
}

static void end_in(struct tm_tree *tree, struct tcpmem_socket sock,
		   uint64_t cookie)
{
	struct tcpmem_snapshot *snap;

	sock.cookie = cookie;
	snap = ended(sock);
	ck_assert_int_eq(tm_tree_end(tree, snap, snap->sockets.sock), 0);
	tcpmem_snapshot_free(snap);
}

/* "what others connect to the same peers is not the tree's" */
START_TEST(a_hook_tells_what_addresses_do_not)
{
	struct tcpmem_snapshot *snap = moment(1);
	struct tcpmem_socket *held = hold(snap, 4, 51, 11);
	const bool ours[] = { true };
	struct tm_tree tree;

	ck_assert_int_eq(tm_tree_init(&tree, CGROUP), 0);
	tree.made = is_even;
	add_time_wait(snap, 5);
	add_time_wait(snap, 6);
	ck_assert_int_eq(tm_holders_finish(snap->holders), 0);
	held->holder = tm_holders_find(snap->holders, held->inode);
	ck_assert_int_eq(tm_tree_add(&tree, snap, ours, false), 0);
	ck_assert_int_eq(tree.left[1], TM_TREE_NOT_OURS);
	ck_assert_int_eq(tree.left[2], TCPMEM_RESIDUE_TIME_WAIT);
	end_in(&tree, *held, 7);
	ck_assert_int_eq(tree.opened.value, 1);
	end_in(&tree, *held, 8);
	ck_assert_int_eq(tree.opened.value, 2);
	ck_assert_int_eq(tm_tree_ended_is(&tree, &tree.ended[0]),
			 TCPMEM_RESIDUE_COUNT);
	ck_assert_int_eq(tm_tree_ended_is(&tree, &tree.ended[1]),
			 TCPMEM_RESIDUE_CLOSED);
	/* the hook was told of more than events were */
	tree.made_count = 5;
	ck_assert_int_eq(tm_tree_claim_ended(&tree, snap), 0);
	ck_assert_int_eq(tree.opened.value, 5);
	ck_assert_int_eq(tree.opened.peak, 2);
	ck_assert(!tree.opened.least);
	/* a listener that was passed to the tree accepted it */
	tree.made = is_odd;
	end_in(&tree, *held, 4);
	ck_assert(tree.opened.least);
	tm_tree_deinit(&tree);
	tcpmem_snapshot_free(snap);
}
END_TEST

/* "since tcpmem_tree_begin()" */
START_TEST(what_was_there_before_was_not_opened)
{
	struct tcpmem_snapshot *before = moment(0), *snap = moment(1);
	struct tcpmem_socket old = *hold(before, 5, 51, 11);

	ck_assert_int_eq(tcpmem_tree_begin(family, before), 0);
	tcpmem_snapshot_free(before);
	hold(snap, 5, 51, 11);
	look(snap);
	ck_assert_int_eq(opened(), 0);
	end(old);
	ck_assert_int_eq(opened(), 0);
	ck_assert_int_eq(left(TCPMEM_RESIDUE_CLOSED), 0);
	tcpmem_snapshot_free(snap);
}
END_TEST

/* Only those that were made since it began, and are connections */
START_TEST(what_is_open_is_counted_if_it_is_a_connection)
{
	struct tcpmem_snapshot *snap = moment(1);

	hold(snap, 1, 51, 11);
	hold(snap, 2, 51, 11)->state = TCPMEM_STATE_SYN_SENT;
	hold(snap, 3, 51, 11)->flags = TM_SOCK_SUBFLOW;
	hold(snap, 4, 51, 11)->remote_port = 0;
	hold(snap, 5, 9, 5);
	look_and_forget(snap);
	ck_assert_int_eq(opened(), 1);
	snap = moment(2);
	add(snap, 1, TCPMEM_STATE_LAST_ACK, TCPMEM_KIND_ORPHAN);
	hold(snap, 2, 51, 11);
	look_and_forget(snap);
	ck_assert_int_eq(opened(), 2);
}
END_TEST

static void map(uint8_t address[16])
{
	memcpy(address + 12, address, 4);
	memset(address, 0, 10);
	address[10] = address[11] = 0xff;
}

/* An end that has the addresses as IPv6 is the other end all the same. */
START_TEST(both_ends_of_a_connection_that_ended_are_one)
{
	struct tcpmem_snapshot *snap = moment(1);
	struct tcpmem_socket ours = *hold(snap, 5, 51, 11), server;

	ours.local[0] = 127;
	server = ours;
	server.cookie = 8;
	server.local_port = ours.remote_port;
	server.remote_port = ours.local_port;
	memcpy(server.local, ours.remote, sizeof(server.local));
	memcpy(server.remote, ours.local, sizeof(server.remote));
	map(server.local);
	map(server.remote);
	look_and_forget(snap);
	end(ours);
	end(server);
	snap = moment(2);
	look(snap);
	ck_assert_int_eq(left(TCPMEM_RESIDUE_CLOSED), 1);
	ck_assert_int_eq(left(TCPMEM_RESIDUE_UNATTRIBUTED), 0);
	/* one of another port is not */
	server.cookie = 9;
	server.remote_port++;
	end(server);
	ck_assert_int_eq(left(TCPMEM_RESIDUE_UNATTRIBUTED), 1);
	tcpmem_snapshot_free(snap);
}
END_TEST

/* "the handshake measures it": else it was none */
START_TEST(what_was_never_connected_was_not_opened)
{
	struct tcpmem_snapshot *snap = moment(1), *gone;
	struct tcpmem_socket sock = *hold(snap, 5, 51, 11);

	look_and_forget(snap);
	sock.cookie = 6;
	gone = ended(sock);
	memset(&gone->sockets.info[0], 0, sizeof(gone->sockets.info[0]));
	ck_assert_int_eq(tcpmem_tree_end(family, gone, gone->sockets.sock), 0);
	tcpmem_snapshot_free(gone);
	ck_assert_int_eq(opened(), 1);
	sock.remote_port = 0;
	end(sock);
	ck_assert_int_eq(opened(), 1);
	sock.remote_port = 80;
	end(sock);
	ck_assert_int_eq(opened(), 2);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("process_tree_opened");
	TCase *tests = tcase_create("process_tree_opened");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, a_connection_that_ended_is_counted_once);
	tcase_add_test(tests, a_hook_tells_what_addresses_do_not);
	tcase_add_test(tests, what_was_there_before_was_not_opened);
	tcase_add_test(tests, what_is_open_is_counted_if_it_is_a_connection);
	tcase_add_test(tests, both_ends_of_a_connection_that_ended_are_one);
	tcase_add_test(tests, what_was_never_connected_was_not_opened);
	suite_add_tcase(suite, tests);
	return unit_run(suite);
}

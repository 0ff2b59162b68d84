// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_msks.c - subflows are told by their msk's inode or addresses */
#include "model/classifier.h"
#include "unit.h"

#include <errno.h>

static struct tm_msks msks;

static void set_up(void)
{
	ck_assert_int_eq(tm_msks_init(&msks), 0);
}

static void tear_down(void)
{
	tm_msks_deinit(&msks);
}

/* A socket of connection number @port. */
static struct tcpmem_socket make(uint16_t port, enum tcpmem_state state,
				 uint32_t inode)
{
	struct tcpmem_socket sock = {
		.local = { 127, 0, 0, 1 },
		.remote = { 127, 0, 0, 2 },
		.local_port = 80,
		.remote_port = port,
		.state = (uint8_t)state,
		.inode = inode,
	};

	return sock;
}

static void add_msk(uint16_t port, enum tcpmem_state state, uint32_t inode)
{
	struct tcpmem_socket msk = make(port, state, inode);

	msk.flags = TM_SOCK_MPTCP;
	ck_assert_int_eq(tm_msks_add(&msks, &msk), 0);
}

static void expect(struct tcpmem_socket sock, uint8_t flags, uint32_t inode)
{
	tm_msks_mark(&msks, &sock);
	ck_assert_uint_eq(sock.flags, flags);
	ck_assert_uint_eq(sock.inode, inode);
}

START_TEST(the_inode_of_an_msk_tells)
{
	add_msk(1, TCPMEM_STATE_ESTABLISHED, 100);
	expect(make(1, TCPMEM_STATE_ESTABLISHED, 100), TM_SOCK_SUBFLOW, 100);
	expect(make(2, TCPMEM_STATE_ESTABLISHED, 100), TM_SOCK_SUBFLOW, 100);
	expect(make(1, TCPMEM_STATE_ESTABLISHED, 101), 0, 101);
	expect(make(1, TCPMEM_STATE_ESTABLISHED, 0), 0, 0);
}
END_TEST

/* "An inode that its closed msk left there is dropped." */
START_TEST(a_closed_msk_leaves_an_orphan)
{
	add_msk(1, TCPMEM_STATE_FIN_WAIT_1, 0);
	expect(make(1, TCPMEM_STATE_ESTABLISHED, 100),
	       TM_SOCK_SUBFLOW | TM_SOCK_ORPHAN, 0);
	expect(make(1, TCPMEM_STATE_FIN_WAIT_1, 0),
	       TM_SOCK_SUBFLOW | TM_SOCK_ORPHAN, 0);
	expect(make(2, TCPMEM_STATE_ESTABLISHED, 100), 0, 100);
}
END_TEST

START_TEST(a_waiting_msk_has_a_waiting_subflow)
{
	struct tcpmem_socket sock = make(1, TCPMEM_STATE_ESTABLISHED, 0);

	add_msk(1, TCPMEM_STATE_ESTABLISHED, 0);
	expect(sock, TM_SOCK_SUBFLOW, 0);
	tm_msks_mark(&msks, &sock);
	ck_assert(tm_socket_may_wait(&sock));
	sock.netns = 1;
	sock.flags = 0;
	expect(sock, 0, 0);
}
END_TEST

START_TEST(mini_sockets_are_none)
{
	struct tcpmem_socket sock = make(1, TCPMEM_STATE_TIME_WAIT, 0);

	sock.flags = TM_SOCK_MINI;
	add_msk(1, TCPMEM_STATE_FIN_WAIT_2, 0);
	expect(sock, TM_SOCK_MINI, 0);
}
END_TEST

START_TEST(a_dump_begun_anew_forgets)
{
	add_msk(1, TCPMEM_STATE_ESTABLISHED, 100);
	add_msk(2, TCPMEM_STATE_ESTABLISHED, 0);
	add_msk(3, TCPMEM_STATE_LAST_ACK, 0);
	tm_msks_clear(&msks);
	expect(make(1, TCPMEM_STATE_ESTABLISHED, 100), 0, 100);
	expect(make(2, TCPMEM_STATE_ESTABLISHED, 0), 0, 0);
	expect(make(3, TCPMEM_STATE_ESTABLISHED, 101), 0, 101);
}
END_TEST

/* "0 or -ENOMEM, -E2BIG": a socket names its namespace in 16 bits */
START_TEST(namespaces_of_found_sockets_are_bounded)
{
	struct tm_iter_sockets iter = { .with_unhashed = true };
	uint16_t index = 7;

	iter.netns = calloc(UINT16_MAX + 2, sizeof(*iter.netns));
	ck_assert_ptr_nonnull(iter.netns);
	iter.netns_capacity = UINT16_MAX + 2;
	for (uint32_t i = 0; i < UINT16_MAX; i++)
		iter.netns[i].inode = 100 + i;
	iter.netns_count = UINT16_MAX;
	ck_assert_int_eq(tm_iter_sockets_netns(&iter, 107, &index), 0);
	ck_assert_uint_eq(index, 7);
	ck_assert_int_eq(tm_iter_sockets_netns(&iter, 5, &index), 0);
	ck_assert_uint_eq(index, UINT16_MAX);
	ck_assert_uint_eq(iter.netns_count, UINT16_MAX + 1);
	ck_assert_int_eq(tm_iter_sockets_netns(&iter, 6, &index), -E2BIG);
	ck_assert_int_eq(tm_iter_sockets_netns(&iter, 100, &index), 0);
	ck_assert_uint_eq(index, 0);
	tm_iter_sockets_deinit(&iter);
	ck_assert_ptr_null(iter.netns);
	ck_assert_uint_eq(iter.netns_count + iter.netns_capacity, 0);
	ck_assert(!iter.with_unhashed);
	ck_assert_int_eq(tm_iter_sockets_netns(&iter, 6, &index), 0);
	ck_assert_uint_eq(index, 0);
	ck_assert(!iter.netns[0].partial);
	tm_iter_sockets_deinit(&iter);
}
END_TEST

/* An msk is kept if its state was asked for; a socket always is, and marked. */
START_TEST(sockets_are_classified)
{
	const uint32_t asked = 1u << TCPMEM_STATE_ESTABLISHED;
	struct tm_classifier classifier;
	struct tcpmem_socket msk = make(1, TCPMEM_STATE_ESTABLISHED, 100);
	struct tcpmem_socket sock = make(1, TCPMEM_STATE_LAST_ACK, 100);
	struct tm_objects objects = { .bytes = { [TCPMEM_OBJECT_BIND_BUCKET] =
							 7 } };

	ck_assert_int_eq(tm_classifier_init(&classifier), 0);
	msk.flags = TM_SOCK_MPTCP;
	ck_assert_int_eq(tm_classify(&classifier, asked, &msk), 1);
	msk.state = TCPMEM_STATE_LAST_ACK;
	ck_assert_int_eq(tm_classify(&classifier, asked, &msk), 0);
	ck_assert_int_eq(tm_classify(&classifier, asked, &sock), 1);
	ck_assert_uint_eq(sock.flags, TM_SOCK_SUBFLOW);
	/* each port is paid for once, and again after it is cleared */
	for (int i = 0; i < 2; i++) {
		sock.flags = 0;
		tm_classifier_account(&classifier, &objects, &sock);
		ck_assert_uint_eq(sock.object, 7);
		tm_classifier_account(&classifier, &objects, &sock);
		ck_assert_uint_eq(sock.object, 0);
		tm_classifier_clear(&classifier);
	}
	ck_assert_int_eq(tm_classify(&classifier, asked, &sock), 1);
	ck_assert_uint_eq(sock.flags, 0);
	tm_classifier_deinit(&classifier);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("msks");
	TCase *tc = tcase_create("all");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, the_inode_of_an_msk_tells);
	tcase_add_test(tc, a_closed_msk_leaves_an_orphan);
	tcase_add_test(tc, a_waiting_msk_has_a_waiting_subflow);
	tcase_add_test(tc, mini_sockets_are_none);
	tcase_add_test(tc, a_dump_begun_anew_forgets);
	tcase_add_test(tc, namespaces_of_found_sockets_are_bounded);
	tcase_add_test(tc, sockets_are_classified);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}

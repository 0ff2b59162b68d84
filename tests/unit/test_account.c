// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_account.c - counters -> charged, buffer, object, held */
#include "model/accounting.h"
#include "unit.h"

#include <string.h>

static const struct tm_objects objects = {
	.bytes = {
		[TCPMEM_OBJECT_TCP] = 2521,
		[TCPMEM_OBJECT_TCPV6] = 2600,
		[TCPMEM_OBJECT_MPTCP] = 2048,
		[TCPMEM_OBJECT_MPTCPV6] = 2185,
		[TCPMEM_OBJECT_SOCK_INODE] = 862,
		[TCPMEM_OBJECT_FILE] = 195,
		[TCPMEM_OBJECT_DENTRY] = 196,
		[TCPMEM_OBJECT_TIME_WAIT] = 256,
		[TCPMEM_OBJECT_REQUEST] = 341,
		[TCPMEM_OBJECT_BIND_BUCKET] = 128,
		[TCPMEM_OBJECT_BIND2_BUCKET] = 129,
		[TCPMEM_OBJECT_SUBFLOW] = 512,
	},
};

static struct tm_ports ports;

static void setup(void)
{
	memset(&ports, 0, sizeof(ports));
}

static uint32_t object_of(struct tcpmem_socket sock)
{
	tm_account_object(&sock, &objects, &ports);
	return sock.object;
}

START_TEST(a_socket_with_an_fd_has_inode_file_and_dentry)
{
	struct tcpmem_socket sock = {
		.state = TCPMEM_STATE_ESTABLISHED,
		.inode = 1,
	};

	ck_assert_uint_eq(object_of(sock), 2521 + 862 + 195 + 196);
	sock.flags = TM_SOCK_IPV6;
	ck_assert_uint_eq(object_of(sock), 2600 + 862 + 195 + 196);
	sock.inode = 0; /* waiting to be accepted, or orphaned */
	ck_assert_uint_eq(object_of(sock), 2600);
}
END_TEST

START_TEST(mini_sockets_cost_their_slab)
{
	struct tcpmem_socket sock = {
		.state = TCPMEM_STATE_TIME_WAIT,
		.flags = TM_SOCK_MINI,
	};

	ck_assert_uint_eq(object_of(sock), 256);
	sock.state = TCPMEM_STATE_FIN_WAIT_2;
	ck_assert_uint_eq(object_of(sock), 256);
	sock.state = TCPMEM_STATE_SYN_RECV;
	sock.local_port = 80;
	ck_assert_uint_eq(object_of(sock), 341);
}
END_TEST

/* "the first one seen carries them" */
START_TEST(a_port_is_paid_once)
{
	struct tcpmem_socket sock = {
		.state = TCPMEM_STATE_LISTENING,
		.local_port = 65535,
	};

	ck_assert_uint_eq(object_of(sock), 2521 + 128 + 129);
	ck_assert_uint_eq(object_of(sock), 2521);
	sock.local_port = 65534;
	ck_assert_uint_eq(object_of(sock), 2521 + 128 + 129);
}
END_TEST

START_TEST(a_subflow_shares_the_inode_of_its_msk)
{
	struct tcpmem_socket sock = {
		.state = TCPMEM_STATE_ESTABLISHED,
		.inode = 1,
		.flags = TM_SOCK_SUBFLOW,
	};

	ck_assert_uint_eq(object_of(sock), 2521 + 512);
	sock.flags = TM_SOCK_MPTCP;
	ck_assert_uint_eq(object_of(sock), 2048 + 862 + 195 + 196);
}
END_TEST

static struct tcpmem_socket full_socket(void)
{
	struct tcpmem_socket sock = {
		.state = TCPMEM_STATE_ESTABLISHED,
		.skmem_words = TM_SKMEM_WORDS,
		.object = 1000,
	};
	const uint32_t skmem[TM_SKMEM_WORDS] = {
		2304, 131072, 5000, 87040, (uint32_t)-768, 4352, 120, 640, 3,
	};

	memcpy(sock.skmem, skmem, sizeof(skmem));
	return sock;
}

START_TEST(clones_below_tcp_are_not_added_up)
{
	struct tcpmem_socket sock = full_socket();
	struct tm_sums sums = { 0 };

	tm_sums_add(&sums, &sock);
	/* the larger of wmem_queued 4352 and wmem_alloc 5000, per socket */
	ck_assert_int_eq(tm_sums_number(&sums, TCPMEM_METRIC_BUFFER),
			 2304 + 5000 + 120 + 640);
	sock.skmem[TCPMEM_METRIC_WMEM_ALLOC] = 0;
	tm_sums_add(&sums, &sock);
	ck_assert_int_eq(tm_sums_number(&sums, TCPMEM_METRIC_BUFFER),
			 2 * (2304 + 120 + 640) + 5000 + 4352);
	ck_assert_int_eq(tm_sums_number(&sums, TCPMEM_METRIC_CHARGED),
			 2 * (2304 + 4352 - 768));
	ck_assert_int_eq(tm_sums_number(&sums, TCPMEM_METRIC_HELD),
			 2 * (2304 + 120 + 640) + 5000 + 4352 + 2 * 1000);
	ck_assert_int_eq(tm_sums_number(&sums, TCPMEM_METRIC_SOCKETS), 2);
}
END_TEST

START_TEST(a_subflow_counts_bytes_but_no_socket)
{
	struct tcpmem_socket sock = full_socket();
	struct tm_sums sums = { 0 };

	sock.flags = TM_SOCK_SUBFLOW;
	tm_sums_add(&sums, &sock);
	ck_assert_int_eq(tm_sums_number(&sums, TCPMEM_METRIC_SOCKETS), 0);
	ck_assert_int_eq(tm_sums_number(&sums, TCPMEM_METRIC_CHARGED),
			 2304 + 4352 - 768);
}
END_TEST

/* "parts add up", whatever the count and the sign; held = buffer + object */
START_TEST(shares_add_up)
{
	struct tcpmem_socket sock = full_socket();
	struct tm_sums whole = { 0 }, sum = { 0 }, part;
	size_t count = (size_t)_i;

	for (int i = 0; i < 5; i++)
		tm_sums_add(&whole, &sock);
	whole.unread = 7;
	whole.unsent = -11;
	whole.close_wait = 4;
	for (size_t i = 0; i < count; i++) {
		tm_sums_share(&whole, i, count, &part);
		ck_assert_int_eq(tm_sums_number(&part, TCPMEM_METRIC_HELD),
				 tm_sums_number(&part, TCPMEM_METRIC_BUFFER) +
					 part.object);
		ck_assert_int_eq(part.reach,
				 tm_sums_number(&whole, TCPMEM_METRIC_HELD));
		ck_assert_int_eq(part.reach_sockets, 5);
		tm_sums_merge(&sum, &part);
	}
	for (int n = 0; n < TCPMEM_METRIC_REACH; n++)
		ck_assert_int_eq(tm_sums_number(&sum, (enum tcpmem_metric)n),
				 tm_sums_number(&whole, (enum tcpmem_metric)n));
	ck_assert_int_eq(sum.unread, 7);
	ck_assert_int_eq(sum.unsent, -11);
	ck_assert_int_eq(sum.close_wait, 4);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("account");
	TCase *tc = tcase_create("account");

	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc, a_socket_with_an_fd_has_inode_file_and_dentry);
	tcase_add_test(tc, mini_sockets_cost_their_slab);
	tcase_add_test(tc, a_port_is_paid_once);
	tcase_add_test(tc, a_subflow_shares_the_inode_of_its_msk);
	tcase_add_test(tc, clones_below_tcp_are_not_added_up);
	tcase_add_test(tc, a_subflow_counts_bytes_but_no_socket);
	tcase_add_loop_test(tc, shares_add_up, 1, 9);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}

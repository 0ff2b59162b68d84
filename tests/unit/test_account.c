// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_account.c - counters -> charged, buffer, object, held */
#include "model/accounting.h"
#include "tcpmem/socket.h"
#include "unit.h"

#include <errno.h>
#include <stddef.h>
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

START_TEST(an_msk_of_ipv6_and_what_is_too_large)
{
	struct tm_objects large = { .bytes = { [TCPMEM_OBJECT_TCP] = 65535 } };
	struct tcpmem_socket sock = {
		.state = TCPMEM_STATE_ESTABLISHED,
		.flags = TM_SOCK_MPTCP | TM_SOCK_IPV6,
	};

	ck_assert_uint_eq(object_of(sock), 2185);
	sock.flags = TM_SOCK_SUBFLOW | TM_SOCK_IPV6;
	ck_assert_uint_eq(object_of(sock), 2600 + 512);
	sock.flags = 0;
	tm_account_found(&sock, &large, false);
	ck_assert_uint_eq(sock.object, 65535);
	large.bytes[TCPMEM_OBJECT_BIND_BUCKET] = 1;
	tm_account_found(&sock, &large, false);
	ck_assert_uint_eq(sock.object, 65535);
	tm_account_found(&sock, &large, true);
	ck_assert_uint_eq(sock.object, 65535);
	large.bytes[TCPMEM_OBJECT_TCP] = 65533;
	tm_account_found(&sock, &large, true);
	ck_assert_uint_eq(sock.object, 65534);
}
END_TEST

/* "Requests have no bind bucket; an msk shares its first subflow's." */
START_TEST(who_has_a_port)
{
	struct tcpmem_socket sock = { .state = TCPMEM_STATE_ESTABLISHED };

	ck_assert(!tm_account_has_port(&sock));
	sock.local_port = 1;
	ck_assert(tm_account_has_port(&sock));
	sock.flags = TM_SOCK_SUBFLOW;
	ck_assert(tm_account_has_port(&sock));
	sock.flags = TM_SOCK_MPTCP;
	ck_assert(!tm_account_has_port(&sock));
	sock.flags = 0;
	sock.state = TCPMEM_STATE_SYN_RECV;
	ck_assert(!tm_account_has_port(&sock));
	/* nor do they take it from the next */
	sock.object = 0;
	ck_assert_uint_eq(object_of(sock), 2521);
	sock.state = TCPMEM_STATE_ESTABLISHED;
	ck_assert_uint_eq(object_of(sock), 2521 + 128 + 129);
	/* ports a word, and a bit, apart are others */
	sock.local_port = 65;
	ck_assert_uint_eq(object_of(sock), 2521 + 128 + 129);
	sock.local_port = 2;
	ck_assert_uint_eq(object_of(sock), 2521 + 128 + 129);
	sock.local_port = 1;
	ck_assert_uint_eq(object_of(sock), 2521);
}
END_TEST

/* What other sizes would make of a socket, with its port or without */
START_TEST(other_sizes_change_what_is_pinned)
{
	struct tm_objects other = objects;
	struct tcpmem_socket sock = {
		.state = TCPMEM_STATE_ESTABLISHED,
		.local_port = 1,
	};

	other.bytes[TCPMEM_OBJECT_TCP] += 7;
	other.bytes[TCPMEM_OBJECT_BIND_BUCKET] -= 100;
	tm_account_found(&sock, &objects, false);
	ck_assert_int_eq(tm_account_change(&sock, &objects, &other), 7);
	tm_account_found(&sock, &objects, true);
	ck_assert_int_eq(tm_account_change(&sock, &objects, &other), -93);
	sock.object++;
	ck_assert_int_eq(tm_account_change(&sock, &objects, &other), 0);
}
END_TEST

/* "what is missing": so many words are needed for each number */
START_TEST(each_number_needs_its_counters)
{
	static const int words[TCPMEM_METRIC_COUNT] = {
		[TCPMEM_METRIC_RMEM] = 1,	[TCPMEM_METRIC_RCVBUF] = 2,
		[TCPMEM_METRIC_WMEM_ALLOC] = 3, [TCPMEM_METRIC_SNDBUF] = 4,
		[TCPMEM_METRIC_FWD_ALLOC] = 5,	[TCPMEM_METRIC_WMEM_QUEUED] = 6,
		[TCPMEM_METRIC_OPTMEM] = 7,	[TCPMEM_METRIC_BACKLOG] = 8,
		[TCPMEM_METRIC_DROPS] = 9,	[TCPMEM_METRIC_CHARGED] = 6,
		[TCPMEM_METRIC_BUFFER] = 7,	[TCPMEM_METRIC_HELD] = 7,
		[TCPMEM_METRIC_REACH] = 7,
	};
	struct tcpmem_socket sock = full_socket();

	for (int n = 0; n < TCPMEM_METRIC_COUNT; n++) {
		bool derived = n >= TM_SKMEM_WORDS;
		int64_t value;

		for (uint8_t w = 0; w <= TM_SKMEM_WORDS; w++) {
			sock.flags = 0;
			sock.skmem_words = w;
			ck_assert_int_eq(
				tcpmem_socket_get_metric(
					&sock, (enum tcpmem_metric)n, &value),
				w < words[n] ? -ENODATA : 0);
		}
		/* "A mini-socket has no buffers, which is a fact" */
		sock.flags = TM_SOCK_MINI;
		sock.skmem_words = 0;
		ck_assert_int_eq(tcpmem_socket_get_metric(
					 &sock, (enum tcpmem_metric)n, &value),
				 derived ? 0 : -ENODATA);
	}
	ck_assert_int_eq(tcpmem_socket_get_metric(
				 &sock, (enum tcpmem_metric)TCPMEM_METRIC_COUNT,
				 &(int64_t){ 0 }),
			 -ENODATA);
}
END_TEST

START_TEST(a_socket_has_its_numbers)
{
	static const int64_t values[TCPMEM_METRIC_COUNT] = {
		[TCPMEM_METRIC_RMEM] = 2304,
		[TCPMEM_METRIC_RCVBUF] = 131072,
		[TCPMEM_METRIC_WMEM_ALLOC] = 5000,
		[TCPMEM_METRIC_SNDBUF] = 87040,
		[TCPMEM_METRIC_FWD_ALLOC] = -768,
		[TCPMEM_METRIC_WMEM_QUEUED] = 4352,
		[TCPMEM_METRIC_OPTMEM] = 120,
		[TCPMEM_METRIC_BACKLOG] = 640,
		[TCPMEM_METRIC_DROPS] = 3,
		[TCPMEM_METRIC_SOCKETS] = 1,
		[TCPMEM_METRIC_CHARGED] = 2304 + 4352 - 768,
		[TCPMEM_METRIC_BUFFER] = 2304 + 5000 + 120 + 640,
		[TCPMEM_METRIC_OBJECT] = 1000,
		[TCPMEM_METRIC_HELD] = 2304 + 5000 + 120 + 640 + 1000,
		[TCPMEM_METRIC_REACH] = 2304 + 5000 + 120 + 640 + 1000,
		[TCPMEM_METRIC_REACH_SOCKETS] = 1,
		[TCPMEM_METRIC_UNREAD] = 70,
		[TCPMEM_METRIC_UNSENT] = 80,
		[TCPMEM_METRIC_CLOSE_WAIT] = 1,
	};
	struct tcpmem_socket sock = full_socket();

	sock.state = TCPMEM_STATE_CLOSE_WAIT;
	sock.rqueue = 70;
	sock.wqueue = 80;
	for (int n = 0; n < TCPMEM_METRIC_COUNT; n++) {
		int64_t value = 0;

		ck_assert_int_eq(tcpmem_socket_get_metric(
					 &sock, (enum tcpmem_metric)n, &value),
				 0);
		ck_assert_int_eq(value, values[n]);
	}
	ck_assert_int_eq(tm_socket_charged(&sock), 2304 + 4352 - 768);
}
END_TEST

/* "a listener's queues are connections, a subflow's its msk's" */
START_TEST(queues_that_are_no_payload_do_not_count)
{
	struct tcpmem_socket sock = full_socket();
	struct tm_sums sums = { 0 };

	sock.rqueue = 5;
	sock.wqueue = 6;
	sock.state = TCPMEM_STATE_LISTENING;
	tm_sums_add(&sums, &sock);
	ck_assert_int_eq(sums.unread, 0);
	ck_assert_int_eq(sums.unsent, 0);
	sock.state = TCPMEM_STATE_CLOSE_WAIT;
	sock.flags = TM_SOCK_SUBFLOW;
	tm_sums_add(&sums, &sock);
	ck_assert_int_eq(sums.unread, 0);
	ck_assert_int_eq(sums.unsent, 0);
	ck_assert_int_eq(sums.close_wait, 0);
	ck_assert_int_eq(sums.sockets, 1);
	ck_assert_int_eq(sums.object, 2000);
	sock.flags = 0;
	tm_sums_add(&sums, &sock);
	ck_assert_int_eq(sums.unread, 5);
	ck_assert_int_eq(sums.unsent, 6);
	ck_assert_int_eq(sums.close_wait, 1);
	ck_assert_int_eq(sums.counted, 3);
	ck_assert_int_eq(sums.uncounted, 0);
}
END_TEST

/* "if all did, what they hold is unknown, and if some did, sums of counters
 * are lower bounds" */
START_TEST(sums_without_counters_are_not_exact)
{
	struct tcpmem_socket full = full_socket(), bare = { .object = 7 };
	struct tcpmem_socket mini = { .flags = TM_SOCK_MINI };
	struct tm_sums sums = { 0 };

	tm_sums_add(&sums, &mini);
	ck_assert(tm_sums_exact(&sums, TCPMEM_METRIC_HELD));
	ck_assert(tm_sums_know(&sums, TCPMEM_METRIC_HELD));
	tm_sums_add(&sums, &bare);
	for (int n = 0; n < TCPMEM_METRIC_COUNT; n++) {
		enum tcpmem_metric metric = (enum tcpmem_metric)n;
		bool told = n == TCPMEM_METRIC_SOCKETS ||
			    n == TCPMEM_METRIC_REACH_SOCKETS ||
			    n == TCPMEM_METRIC_OBJECT ||
			    n == TCPMEM_METRIC_UNREAD ||
			    n == TCPMEM_METRIC_UNSENT ||
			    n == TCPMEM_METRIC_CLOSE_WAIT;

		ck_assert_int_eq(tm_sums_exact(&sums, metric), told);
		ck_assert_int_eq(tm_sums_know(&sums, metric), told);
	}
	tm_sums_add(&sums, &full);
	ck_assert(!tm_sums_exact(&sums, TCPMEM_METRIC_HELD));
	ck_assert(tm_sums_know(&sums, TCPMEM_METRIC_HELD));
	ck_assert_int_eq(sums.counted, 1);
	ck_assert_int_eq(sums.uncounted, 1);
	ck_assert_int_eq(sums.object, 1007);
}
END_TEST

/* @count numbers of 64 bits, each with a value of its own */
static void number_all(void *at, size_t size, int64_t factor)
{
	int64_t *number = at;

	for (size_t i = 0; i < size / sizeof(*number); i++)
		number[i] = (int64_t)(i + 1) * factor;
}

START_TEST(all_sums_are_merged)
{
	struct tm_sums sums, more, expected;

	number_all(&sums, sizeof(sums), 1);
	number_all(&more, sizeof(more), 100);
	number_all(&expected, sizeof(expected), 101);
	tm_sums_merge(&sums, &more);
	ck_assert_int_eq(memcmp(&sums, &expected, sizeof(sums)), 0);
}
END_TEST

/* "adds the sockets of @other; the kernel's side stays" */
START_TEST(all_of_an_accounting_is_merged_and_forgotten)
{
	const size_t seen = offsetof(struct tm_accounting, before);
	struct tm_accounting sums, more, expected;

	memset(&sums, 0, sizeof(sums));
	sums.before.memory = 5;
	sums.unhashed = 6;
	sums.tls = true;
	memset(&more, 0xff, sizeof(more));
	memcpy(&expected, &sums, sizeof(sums));
	number_all(&sums, seen, 1);
	number_all(&more, seen, 100);
	number_all(&expected, seen, 101);
	tm_accounting_merge(&sums, &more);
	ck_assert_int_eq(memcmp(&sums, &expected, sizeof(sums)), 0);
	tm_accounting_forget(&sums);
	memset(&expected, 0, seen);
	ck_assert_int_eq(memcmp(&sums, &expected, sizeof(sums)), 0);
}
END_TEST

/* What each socket is to the kernel's counters, in turn */
START_TEST(sockets_are_accounted_for_by_what_they_are)
{
	struct tcpmem_socket sock = { .state = TCPMEM_STATE_ESTABLISHED };
	struct tm_accounting all = { .charged = 0 };

	sock.flags = TM_SOCK_MINI;
	tm_accounting_add(&all, &sock, 4096);
	ck_assert_int_eq(all.fin_wait_2, 0);
	sock.state = TCPMEM_STATE_FIN_WAIT_2;
	tm_accounting_add(&all, &sock, 4096);
	ck_assert_int_eq(all.fin_wait_2, 1);
	ck_assert_int_eq(all.sockets + all.msks + all.uncounted, 0);
	sock.flags = TM_SOCK_MPTCP;
	tm_accounting_add(&all, &sock, 4096);
	ck_assert_int_eq(all.msks, 1);
	ck_assert_int_eq(all.sockets, 0);
	sock.flags = TM_SOCK_SUBFLOW;
	tm_accounting_add(&all, &sock, 4096);
	ck_assert_int_eq(all.subflows, 1);
	ck_assert_int_eq(all.fin_wait_2, 1);
	sock.flags = 0;
	sock.state = TCPMEM_STATE_BOUND_INACTIVE;
	tm_accounting_add(&all, &sock, 4096);
	ck_assert_int_eq(all.bound, 1);
	sock.kind = TCPMEM_KIND_DARK;
	tm_accounting_add(&all, &sock, 4096);
	ck_assert_int_eq(all.bound, 1);
	ck_assert_int_eq(all.dark, 1);
	ck_assert_int_eq(all.subflows, 1);
	ck_assert_int_eq(all.sockets, 3);
	ck_assert_int_eq(all.uncounted, 4);
	ck_assert_int_eq(all.charged, 0);
}
END_TEST

/* "at least; and at most: a record and its encrypted copy" */
START_TEST(what_is_overdrawn_has_two_bounds)
{
	struct tcpmem_socket sock = full_socket();
	struct tm_accounting all = { .charged = 0 };

	sock.skmem[TCPMEM_METRIC_FWD_ALLOC] = 0;
	tm_accounting_add(&all, &sock, 4096);
	ck_assert_int_eq(all.overdrawn, 0);
	sock.skmem[TCPMEM_METRIC_FWD_ALLOC] = (uint32_t)-100;
	sock.flags = TM_SOCK_MPTCP;
	tm_accounting_add(&all, &sock, 4096);
	sock.flags = TM_SOCK_SUBFLOW;
	tm_accounting_add(&all, &sock, 4096);
	sock.flags = 0;
	sock.skmem_words = TCPMEM_METRIC_FWD_ALLOC;
	tm_accounting_add(&all, &sock, 4096);
	ck_assert_int_eq(all.overdrawn, 0);
	sock.skmem_words = TCPMEM_METRIC_FWD_ALLOC + 1;
	tm_accounting_add(&all, &sock, 4096);
	ck_assert_int_eq(all.overdrawn, 1);
	ck_assert_int_eq(all.overdrawn_least, 100);
	ck_assert_int_eq(all.overdrawn_most, 2 * (4096 + 100));
	tm_accounting_add(&all, &sock, 4096);
	ck_assert_int_eq(all.overdrawn, 2);
	ck_assert_int_eq(all.overdrawn_least, 200);
	ck_assert_int_eq(all.overdrawn_most, 4 * (4096 + 100));
}
END_TEST

/* Each mark of MSG_ZEROCOPY that is missing, alone */
START_TEST(what_is_queued_by_reference)
{
	struct tcpmem_socket sock = full_socket();

	ck_assert_int_eq(tm_accounting_by_reference(&sock, 4096), 4352);
	ck_assert_int_eq(tm_accounting_by_reference(&sock, 0), 0);
	/* charged is a multiple of this one */
	ck_assert_int_eq(tm_accounting_by_reference(&sock, 2304 + 4352 - 768),
			 0);
	ck_assert_int_eq(tm_accounting_by_reference(&sock, 1), 0);
	sock.flags = TM_SOCK_MPTCP;
	ck_assert_int_eq(tm_accounting_by_reference(&sock, 4096), 0);
	sock.flags = TM_SOCK_SUBFLOW;
	ck_assert_int_eq(tm_accounting_by_reference(&sock, 4096), 0);
	sock.flags = 0;
	sock.skmem_words = TCPMEM_METRIC_OPTMEM;
	ck_assert_int_eq(tm_accounting_by_reference(&sock, 4096), 0);
	sock.skmem_words = TCPMEM_METRIC_OPTMEM + 1;
	ck_assert_int_eq(tm_accounting_by_reference(&sock, 4096), 4352);
	sock.skmem[TCPMEM_METRIC_OPTMEM] = 1;
	ck_assert_int_eq(tm_accounting_by_reference(&sock, 4096), 4352);
	sock.skmem[TCPMEM_METRIC_OPTMEM] = 0;
	ck_assert_int_eq(tm_accounting_by_reference(&sock, 4096), 0);
	sock.skmem[TCPMEM_METRIC_OPTMEM] = 1;
	sock.skmem[TCPMEM_METRIC_WMEM_QUEUED] = 1;
	ck_assert_int_eq(tm_accounting_by_reference(&sock, 4096), 1);
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
	tcase_add_test(tc, an_msk_of_ipv6_and_what_is_too_large);
	tcase_add_test(tc, who_has_a_port);
	tcase_add_test(tc, other_sizes_change_what_is_pinned);
	tcase_add_test(tc, each_number_needs_its_counters);
	tcase_add_test(tc, a_socket_has_its_numbers);
	tcase_add_test(tc, queues_that_are_no_payload_do_not_count);
	tcase_add_test(tc, sums_without_counters_are_not_exact);
	tcase_add_test(tc, all_sums_are_merged);
	tcase_add_test(tc, all_of_an_accounting_is_merged_and_forgotten);
	tcase_add_test(tc, sockets_are_accounted_for_by_what_they_are);
	tcase_add_test(tc, what_is_overdrawn_has_two_bounds);
	tcase_add_test(tc, what_is_queued_by_reference);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}

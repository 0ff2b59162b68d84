// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_limits_use.c - how much of a limit the sockets of a namespace use */
#include "limits_fixture.h"
#include "unit.h"

#include <errno.h>

static struct tcpmem_socket waiting(enum tcpmem_state state, uint16_t local)
{
	return (struct tcpmem_socket){
		.state = (uint8_t)state,
		.local_port = local,
		.remote_port = 1,
		.flags = TM_SOCK_MINI,
	};
}

START_TEST(use_is_that_of_the_busiest)
{
	struct tcpmem_socket sock[] = {
		connection(1000, 80),
		connection(1001, 80),
		connection(1002, 80),
		connection(1003, 443),
		connection(999, 80),
		connection(2001, 80),
		connection(1004, 80),
		waiting(TCPMEM_STATE_TIME_WAIT, 1009),
		waiting(TCPMEM_STATE_SYN_RECV, 80),
		waiting(TCPMEM_STATE_SYN_RECV, 80),
		waiting(TCPMEM_STATE_SYN_RECV, 81),
		{ .state = TCPMEM_STATE_LISTENING,
		  .local_port = 80,
		  .rqueue = 5,
		  .wqueue = 8,
		  .skmem_words = TM_SKMEM_WORDS,
		  .skmem = { [TCPMEM_METRIC_RCVBUF] = 9999 } },
		{ .state = TCPMEM_STATE_LISTENING,
		  .local_port = 81,
		  .rqueue = 9,
		  .wqueue = 4096,
		  .skmem_words = TM_SKMEM_WORDS },
	};
	struct tcpmem_snapshot snap = {
		.sockets = { .sock = sock,
			     .count = sizeof(sock) / sizeof(*sock) },
	};
	int64_t bytes;

	sock[6].netns = 1;
	sock[6].skmem[TCPMEM_METRIC_RCVBUF] = 5000;
	tree_file(&tree, "sys/net/ipv4/ip_local_port_range", "1000\t2000\n");
	tree_file(&tree, "sys/net/ipv4/tcp_rmem", "1\t2\t300\n");
	tree_file(&tree, "sys/net/ipv4/tcp_wmem", "1\t2\t30\n");
	tree_file(&tree, "sys/net/ipv4/tcp_max_syn_backlog", "8\n");
	tree_file(&tree, "sys/net/ipv4/tcp_syncookies", "0\n");
	read_all();
	ck_assert_int_eq(tm_limits_use(&limits, &snap, 0), 0);
	ck_assert_int_eq(used("ip_local_port_range"), 3);
	ck_assert_int_eq(used("tcp_max_tw_buckets"), 1);
	/* the fullest, by its own backlog; not the longest */
	ck_assert_int_eq(used("accept_queue"), 5);
	ck_assert_int_eq(value("accept_queue"), 8);
	ck_assert_str_eq(limit("accept_queue")->busiest, "port 80");
	ck_assert_int_eq(used("syn_queue"), 2);
	ck_assert_int_eq(value("syn_queue"), 6);
	ck_assert_str_eq(limit("syn_queue")->busiest, "port 80");
	ck_assert_int_eq(used("tcp_rmem_max"), 100);
	ck_assert_int_eq(used("tcp_wmem_max"), 20);
	tcpmem_limits_get_worst(&limits, TCPMEM_WORST_CONNECTIONS, &bytes);
	ck_assert_int_eq(bytes, 7);
	tcpmem_limits_get_worst(&limits, TCPMEM_WORST_CURRENT, &bytes);
	ck_assert_int_eq(bytes, 7 * 120 + 4900);
	tcpmem_limits_get_worst(&limits, TCPMEM_WORST_AUTOTUNED, &bytes);
	ck_assert_int_eq(bytes, 7 * 330);
}
END_TEST

/* "which ports are of the range is not known without it" */
START_TEST(ports_of_an_unknown_range_are_unknown)
{
	struct tcpmem_socket sock = { .state = TCPMEM_STATE_ESTABLISHED,
				      .local_port = 1500 };
	struct tcpmem_snapshot snap = {
		.sockets = { .sock = &sock, .count = 1 },
	};

	tree_file(&tree, "sys/net/ipv4/ip_local_port_range", "?\n");
	read_all();
	ck_assert_int_eq(tm_limits_use(&limits, &snap, 0), 0);
	ck_assert(!limit("ip_local_port_range")->used_known);
}
END_TEST

/* The sockets of a namespace that was not seen use nobody knows what. */
START_TEST(use_of_an_unseen_namespace_is_unknown)
{
	struct tcpmem_snapshot snap = { 0 };
	int64_t bytes = 7;

	read_all();
	ck_assert_int_eq(tm_limits_use(&limits, &snap, SIZE_MAX), 0);
	ck_assert(!limit("accept_queue")->used_known);
	ck_assert(!limit("tcp_mem_high")->used_known);
	ck_assert_int_eq(tcpmem_limits_get_worst(
				 &limits, TCPMEM_WORST_AUTOTUNED, &bytes),
			 -ENODATA);
	ck_assert_int_eq(bytes, 7);
}
END_TEST

/* Where sockets of a state were not asked for, those seen are not all. */
START_TEST(use_of_states_that_a_capture_lacks_is_unknown)
{
	struct tcpmem_socket sock = connection(1000, 80);
	struct tm_netns netns = { .name = "self", .time_wait = 5 };
	struct tcpmem_snapshot snap = {
		.sockets = { .sock = &sock, .count = 1 },
		.netns = &netns,
		.netns_count = 1,
		.lacks_states = 1u << TCPMEM_STATE_LISTENING,
	};
	int64_t number = 7;

	tree_file(&tree, "sys/net/ipv4/ip_local_port_range", "1000\t2000\n");
	read_all();
	ck_assert_int_eq(tm_limits_use(&limits, &snap, 0), 0);
	ck_assert(!limit("accept_queue")->used_known);
	ck_assert(!limit("syn_queue")->used_known);
	ck_assert_int_eq(used("ip_local_port_range"), 1);
	ck_assert_int_eq(used("tcp_rmem_max"), 100);

	tm_limits_clear(&limits);
	memset(&limits, 0, sizeof(limits));
	tm_limits_init(&limits.limits);
	read_all();
	snap.lacks_states = 1u << TCPMEM_STATE_CLOSE_WAIT |
			    1u << TCPMEM_STATE_TIME_WAIT;
	ck_assert_int_eq(tm_limits_use(&limits, &snap, 0), 0);
	ck_assert(!limit("ip_local_port_range")->used_known);
	ck_assert(!limit("tcp_rmem_max")->used_known);
	ck_assert_int_eq(used("accept_queue"), 0);
	/* the kernel has counted these */
	ck_assert_int_eq(used("tcp_max_tw_buckets"), 5);
	ck_assert_int_eq(tcpmem_limits_get_worst(
				 &limits, TCPMEM_WORST_CONNECTIONS, &number),
			 -ENODATA);
	ck_assert_int_eq(number, 7);

	limits.at_least = true;
	ck_assert_int_eq(tm_limits_use(&limits, &snap, 0), 0);
	ck_assert_int_eq(used("ip_local_port_range"), 1);
}
END_TEST

static void use_of(struct tcpmem_socket *sock, size_t count)
{
	struct tcpmem_snapshot snap = {
		.sockets = { .sock = sock, .count = count },
	};

	begin_anew();
	read_all();
	ck_assert_int_eq(tm_limits_use(&limits, &snap, 0), 0);
}

static void is_fullest(const char *name, const char *busiest, int64_t waits,
		       int64_t backlog)
{
	ck_assert_str_eq(limit(name)->busiest, busiest);
	ck_assert_int_eq(used(name), waits);
	ck_assert_int_eq(value(name), backlog);
}

/* A queue takes one more than its backlog; the first of two alike is named. */
START_TEST(the_fullest_queue_is_the_fullest_of_its_room)
{
	struct tcpmem_socket more[] = { listener(1, 1, 1), listener(2, 5, 10) };
	struct tcpmem_socket room[] = { listener(1, 2, 5), listener(2, 4, 10) };
	struct tcpmem_socket same[] = { listener(1, 1, 1), listener(2, 2, 3) };
	struct tcpmem_socket none[] = { listener(1, 0, 5) };

	use_of(more, 2);
	is_fullest("accept_queue", "port 1", 1, 1);
	use_of(room, 2);
	is_fullest("accept_queue", "port 2", 4, 10);
	use_of(same, 2);
	is_fullest("accept_queue", "port 1", 1, 1);
	use_of(none, 1);
	ck_assert_int_eq(used("accept_queue"), 0);
	ck_assert(!limit("accept_queue")->known);
	ck_assert_ptr_null(limit("accept_queue")->busiest);
}
END_TEST

/* Listeners of one port share its requests; without cookies less is taken. */
START_TEST(half_open_connections_have_the_room_of_their_port)
{
	struct tcpmem_socket sock[] = {
		listener(80, 0, 8),
		listener(80, 0, 4),
		waiting(TCPMEM_STATE_SYN_RECV, 80),
	};

	use_of(sock, 3);
	is_fullest("syn_queue", "port 80", 1, 12);
	tree_file(&tree, "sys/net/ipv4/tcp_max_syn_backlog", "8\n");
	use_of(sock, 3);
	is_fullest("syn_queue", "port 80", 1, 12);
	tree_file(&tree, "sys/net/ipv4/tcp_syncookies", "1\n");
	use_of(sock, 3);
	is_fullest("syn_queue", "port 80", 1, 12);
	tree_file(&tree, "sys/net/ipv4/tcp_syncookies", "0\n");
	use_of(sock, 3);
	is_fullest("syn_queue", "port 80", 1, 10);
	tree_file(&tree, "sys/net/ipv4/tcp_max_syn_backlog", "?\n");
	use_of(sock, 3);
	is_fullest("syn_queue", "port 80", 1, 12);
}
END_TEST

static int64_t autotuned(struct tcpmem_socket *sock, size_t count)
{
	int64_t bytes = TCPMEM_UNKNOWN;

	use_of(sock, count);
	(void)tcpmem_limits_get_worst(&limits, TCPMEM_WORST_AUTOTUNED, &bytes);
	return bytes;
}

/* "-ENODATA if it is not known": one maximum is not enough, nor is int64_t */
START_TEST(what_all_could_grow_to_needs_both_maxima)
{
	struct tcpmem_socket sock[] = { connection(1, 80), connection(2, 80),
					connection(3, 80) };

	tree_file(&tree, "sys/net/ipv4/tcp_rmem", "1\t2\t300\n");
	ck_assert_int_eq(autotuned(sock, 0), TCPMEM_UNKNOWN);
	ck_assert_int_eq(autotuned(sock, 1), TCPMEM_UNKNOWN);
	tree_file(&tree, "sys/net/ipv4/tcp_rmem", "?\n");
	tree_file(&tree, "sys/net/ipv4/tcp_wmem", "1\t2\t30\n");
	ck_assert_int_eq(autotuned(sock, 0), TCPMEM_UNKNOWN);
	ck_assert_int_eq(autotuned(sock, 1), TCPMEM_UNKNOWN);
	tree_file(&tree, "sys/net/ipv4/tcp_rmem", "1\t2\t300\n");
	ck_assert_int_eq(autotuned(sock, 0), 0);
	ck_assert_int_eq(autotuned(sock, 2), 660);
	tree_file(&tree, "sys/net/ipv4/tcp_rmem",
		  "1\t2\t4000000000000000000\n");
	ck_assert_int_eq(autotuned(sock, 2), 8000000000000000060);
	ck_assert_int_eq(autotuned(sock, 3), TCPMEM_UNKNOWN);
	tree_file(&tree, "sys/net/ipv4/tcp_wmem",
		  "1\t2\t6000000000000000000\n");
	ck_assert_int_eq(autotuned(sock, 1), TCPMEM_UNKNOWN);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("limits_use");
	TCase *tc = tcase_create("all");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, use_is_that_of_the_busiest);
	tcase_add_test(tc, ports_of_an_unknown_range_are_unknown);
	tcase_add_test(tc, use_of_an_unseen_namespace_is_unknown);
	tcase_add_test(tc, use_of_states_that_a_capture_lacks_is_unknown);
	tcase_add_test(tc, the_fullest_queue_is_the_fullest_of_its_room);
	tcase_add_test(tc, half_open_connections_have_the_room_of_their_port);
	tcase_add_test(tc, what_all_could_grow_to_needs_both_maxima);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}

// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_limits.c - limits, what of them is in use, and what is unknown */
#include "answer/limits.h"
#include "read/sysctl.h"
#include "tree.h"
#include "unit.h"

#include <errno.h>

static struct tree tree;
static struct tcpmem_ctx ctx;
static struct tcpmem_limits limits;

static void set_up(void)
{
	tree_make(&tree);
	ctx.proc = tree.root;
	memset(&limits, 0, sizeof(limits));
	tm_limits_init(&limits.limits);
}

static void tear_down(void)
{
	tree_remove(&tree);
}

static void read_all(void)
{
	tm_sysctl_limits(&ctx, TCPMEM_LIMIT_SCOPE_HOST, &limits.limits);
	tm_sysctl_limits(&ctx, TCPMEM_LIMIT_SCOPE_NETNS, &limits.limits);
}

static const struct tcpmem_limit *limit(const char *name)
{
	return tm_limits_find(&limits.limits, name);
}

static int64_t value(const char *name)
{
	int64_t number;

	ck_assert_int_eq(tcpmem_limit_get_value(limit(name), &number), 0);
	return number;
}

static int64_t used(const char *name)
{
	int64_t number;

	ck_assert_int_eq(tcpmem_limit_get_used(limit(name), &number), 0);
	return number;
}

/* "-ENODATA if it could not be read": all of them, of an empty /proc */
START_TEST(what_is_not_there_is_unknown)
{
	int64_t number = 7;

	read_all();
	for (size_t i = 0; i < tcpmem_limits_get_count(&limits); i++) {
		const struct tcpmem_limit *l = tcpmem_limits_get(&limits, i);

		ck_assert_int_eq(tcpmem_limit_get_value(l, &number), -ENODATA);
		ck_assert_int_eq(tcpmem_limit_get_used(l, &number), -ENODATA);
	}
	ck_assert_int_eq(number, 7);
	ck_assert_int_eq(tm_sysctl_memory(&ctx, &number), -ENOENT);
}
END_TEST

START_TEST(what_makes_no_sense_is_unknown)
{
	int64_t number;

	tree_file(&tree, "sys/net/core/rmem_max", "-1\n");
	tree_file(&tree, "sys/net/ipv4/tcp_rmem", "4096 131072\n");
	tree_file(&tree, "sys/fs/nr_open", "18446744073709551615\n");
	tree_file(&tree, "sys/net/ipv4/ip_local_port_range", "60999 32768\n");
	tree_file(&tree, "meminfo", "MemTotal: 99999999999999999999 kB\n");
	read_all();
	ck_assert(!limit("rmem_max")->known);
	ck_assert(!limit("tcp_rmem_max")->known);
	ck_assert(!limit("nr_open")->known);
	ck_assert(!limit("ip_local_port_range")->known);
	ck_assert_int_eq(tm_sysctl_memory(&ctx, &number), -EBADMSG);
}
END_TEST

START_TEST(values_have_their_units)
{
	int64_t number;

	tree_file(&tree, "sys/net/ipv4/tcp_mem", "1\t2\t3\n");
	tree_file(&tree, "sys/net/ipv4/tcp_wmem", "4096\t16384\t4194304\n");
	tree_file(&tree, "sys/net/ipv4/ip_local_port_range", "32768\t60999\n");
	tree_file(&tree, "sys/fs/file-max", "1000\n");
	tree_file(&tree, "sys/fs/file-nr", "250\t0\t1000\n");
	tree_file(&tree, "meminfo", "MemTotal:       16 kB\nMemFree: 1 kB\n");
	read_all();
	ck_assert_int_eq(value("tcp_mem_high"), 3 * sysconf(_SC_PAGESIZE));
	ck_assert_int_eq(value("tcp_wmem_min"), 4096);
	ck_assert_int_eq(value("tcp_wmem_max"), 4194304);
	ck_assert_int_eq(value("ip_local_port_range"), 28232);
	ck_assert_int_eq(value("file-max"), 1000);
	ck_assert_int_eq(used("file-max"), 250);
	ck_assert_int_eq(tm_sysctl_memory(&ctx, &number), 0);
	ck_assert_int_eq(number, 16384);
}
END_TEST

/* "why the kernel has it no more; NULL if it has" */
START_TEST(what_is_gone_is_said_so)
{
	read_all();
	ck_assert_str_eq(tcpmem_limit_get_gone(limit("tcp_tw_recycle")),
			 "gone since Linux 4.12");
	ck_assert_ptr_null(tcpmem_limit_get_gone(limit("tcp_tw_reuse")));
	tree_file(&tree, "sys/net/ipv4/tcp_tw_recycle", "0\n");
	read_all();
	ck_assert_ptr_null(tcpmem_limit_get_gone(limit("tcp_tw_recycle")));
	ck_assert_int_eq(value("tcp_tw_recycle"), 0);
}
END_TEST

static struct tcpmem_socket connection(uint16_t local, uint16_t remote)
{
	return (struct tcpmem_socket){
		.state = TCPMEM_STATE_ESTABLISHED,
		.local_port = local,
		.remote_port = remote,
		.remote = { 10, 0, 0, 1 },
		.skmem_words = TM_SKMEM_WORDS,
		.skmem = { [TCPMEM_NUMBER_RCVBUF] = 100,
			   [TCPMEM_NUMBER_SNDBUF] = 20 },
	};
}

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
		  .skmem = { [TCPMEM_NUMBER_RCVBUF] = 9999 } },
	};
	struct tcpmem_snapshot snap = {
		.sock = sock,
		.sock_count = sizeof(sock) / sizeof(*sock),
	};
	int64_t bytes;

	sock[6].netns = 1;
	sock[6].skmem[TCPMEM_NUMBER_RCVBUF] = 5000;
	tree_file(&tree, "sys/net/ipv4/ip_local_port_range", "1000\t2000\n");
	tree_file(&tree, "sys/net/ipv4/tcp_rmem", "1\t2\t300\n");
	tree_file(&tree, "sys/net/ipv4/tcp_wmem", "1\t2\t30\n");
	read_all();
	ck_assert_int_eq(tm_limits_use(&limits, &snap, 0), 0);
	ck_assert_int_eq(used("ip_local_port_range"), 3);
	ck_assert_int_eq(used("tcp_max_tw_buckets"), 1);
	ck_assert_int_eq(used("tcp_max_syn_backlog"), 2);
	ck_assert_int_eq(used("somaxconn"), 5);
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

/* The sockets of a namespace that was not seen use nobody knows what. */
START_TEST(use_of_an_unseen_namespace_is_unknown)
{
	struct tcpmem_snapshot snap = { 0 };
	int64_t bytes = 7;

	read_all();
	ck_assert_int_eq(tm_limits_use(&limits, &snap, SIZE_MAX), 0);
	ck_assert_int_eq(tcpmem_limit_get_used(limit("somaxconn"), &bytes),
			 -ENODATA);
	ck_assert_int_eq(tcpmem_limit_get_used(limit("tcp_mem_high"), &bytes),
			 -ENODATA);
	ck_assert_int_eq(tcpmem_limits_get_worst(
				 &limits, TCPMEM_WORST_AUTOTUNED, &bytes),
			 -ENODATA);
	ck_assert_int_eq(bytes, 7);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("limits");
	TCase *tc = tcase_create("all");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, what_is_not_there_is_unknown);
	tcase_add_test(tc, what_makes_no_sense_is_unknown);
	tcase_add_test(tc, values_have_their_units);
	tcase_add_test(tc, what_is_gone_is_said_so);
	tcase_add_test(tc, use_is_that_of_the_busiest);
	tcase_add_test(tc, use_of_an_unseen_namespace_is_unknown);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}

// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_advice.c - what to set where a limit is near, and when to leave it */
#include "in_use.h"
#include "limits_fixture.h"
#include "unit.h"

#include <string.h>

static void forget_advice(void)
{
	tm_advices_clear(&limits.advices);
	memset(&limits.advices, 0, sizeof(limits.advices));
}

/* What the one piece of advice says; there is no other. */
static const struct tcpmem_advice *only_advice(void)
{
	forget_advice();
	ck_assert_int_eq(tm_advices_make(&limits, NULL, &limits.advices), 0);
	ck_assert_ptr_null(tcpmem_limits_get_advice(&limits, 1));
	return tcpmem_limits_get_advice(&limits, 0);
}

static void expect_none(void)
{
	forget_advice();
	ck_assert_int_eq(tm_advices_make(&limits, NULL, &limits.advices), 0);
	ck_assert_ptr_null(tcpmem_limits_get_advice(&limits, 0));
}

static void use(const char *name, int64_t limit_value, int64_t used_of_it)
{
	struct tcpmem_limit *l = (struct tcpmem_limit *)limit(name);

	l->known = true;
	l->value = limit_value;
	l->used_known = true;
	l->used = used_of_it;
}

static void worst(enum tcpmem_worst which, int64_t number)
{
	limits.worst_known[which] = true;
	limits.worst[which] = number;
}

/* All are in one namespace. */
static void connections(int64_t number)
{
	worst(TCPMEM_WORST_CONNECTIONS, number);
	for (size_t i = 0; i < TM_LIMIT_COUNT; i++)
		limits.connections[i] = number;
}

/* "None of what is unknown, none without use that comes near a limit" */
START_TEST(nothing_is_advised_without_need)
{
	expect_none();
	tree_file(&tree, "sys/net/ipv4/tcp_mem", "1000\t2000\t3000\n");
	tree_file(&tree, "sys/net/ipv4/tcp_rmem", "4096\t131072\t6291456\n");
	tree_file(&tree, "sys/net/ipv4/tcp_wmem", "4096\t16384\t4194304\n");
	tree_file(&tree, "sys/net/ipv4/tcp_moderate_rcvbuf", "1\n");
	tree_file(&tree, "sys/net/ipv4/tcp_max_orphans", "100\n");
	tree_file(&tree, "sys/net/ipv4/ip_local_port_range", "32768\t60999\n");
	read_all();
	use("tcp_max_orphans", 100, 79);
	use("tcp_max_tw_buckets", 100, 79);
	use("syn_queue", 100, 79);
	use("accept_queue", 4096, 3000);
	worst(TCPMEM_WORST_RAM, INT64_C(8) << 30);
	connections(100000);
	worst(TCPMEM_WORST_AUTOTUNED, INT64_C(1) << 40);
	worst(TCPMEM_WORST_TCP_MEM, 3000 * 4096);
	expect_none();
}
END_TEST

START_TEST(a_limit_that_is_near_is_doubled)
{
	static const char *const names[] = { "tcp_max_orphans",
					     "tcp_max_tw_buckets", "file-max" };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		const struct tcpmem_advice *advice;

		use(names[i], 1000, 800);
		advice = only_advice();
		ck_assert_str_eq(advice->value, "2000");
		ck_assert_ptr_nonnull(strstr(advice->setting, names[i]));
		ck_assert_ptr_nonnull(strstr(advice->reason, "800 of 1000"));
		ck_assert_ptr_nonnull(strstr(advice->reason, "80 %"));
		ck_assert_uint_gt(strlen(advice->effect), 20);
		use(names[i], 1000, 799);
		expect_none();
	}
}
END_TEST

/* What bounds a listener's queue is named: its program, or a sysctl */
START_TEST(a_full_queue_names_what_bounds_it)
{
	use("accept_queue", 8, 9);
	ck_assert_str_eq(only_advice()->setting, "listen(2)");
	ck_assert_str_eq(only_advice()->value, "16");
	/* it takes one more than its backlog */
	use("accept_queue", 9, 8);
	ck_assert_str_eq(only_advice()->setting, "listen(2)");
	ck_assert_ptr_nonnull(strstr(only_advice()->reason, "room for 10"));
	use("accept_queue", 9, 7);
	expect_none();
	use("accept_queue", 0, 1);
	ck_assert_str_eq(only_advice()->value, "1");
	use("accept_queue", 8, 9);
	use("somaxconn", 8, 0);
	ck_assert_str_eq(only_advice()->setting, "net.core.somaxconn");
	use("accept_queue", 8, 0);
	use("somaxconn", 4096, 0);
	use("tcp_max_syn_backlog", 128, 0);
	use("syn_queue", 96, 96);
	ck_assert_str_eq(only_advice()->setting,
			 "net.ipv4.tcp_max_syn_backlog");
	use("syn_queue", 64, 64);
	ck_assert_str_eq(only_advice()->setting, "listen(2)");
	/* with cookies off, they are advised beside */
	use("tcp_syncookies", 0, 0);
	forget_advice();
	ck_assert_int_eq(tm_advices_make(&limits, NULL, &limits.advices), 0);
	ck_assert_str_eq(tcpmem_limits_get_advice(&limits, 1)->setting,
			 "net.ipv4.tcp_syncookies");
	ck_assert_ptr_null(tcpmem_limits_get_advice(&limits, 2));
}
END_TEST

static void of_netns(const char *name, const char *netns)
{
	((struct tcpmem_limit *)limit(name))->netns = netns;
}

/* Of several namespaces each limit is shown of another one. */
START_TEST(numbers_of_two_namespaces_do_not_mix)
{
	struct tm_limits own;
	struct tm_netns netns = { .name = "blue", .limits = &own };
	const struct tcpmem_snapshot snap = { .netns = &netns,
					      .netns_count = 1 };

	use("accept_queue", 128, 128);
	of_netns("accept_queue", "blue");
	use("somaxconn", 128, 0);
	of_netns("somaxconn", "self");
	ck_assert_str_eq(only_advice()->setting, "listen(2)");
	/* blue's own one is what bounds it */
	own = limits.limits;
	forget_advice();
	ck_assert_int_eq(tm_advices_make(&limits, &snap, &limits.advices), 0);
	ck_assert_str_eq(tcpmem_limits_get_advice(&limits, 0)->setting,
			 "net.core.somaxconn");
	ck_assert_ptr_nonnull(
		strstr(tcpmem_limits_get_advice(&limits, 0)->reason,
		       "namespace blue"));
	use("accept_queue", 128, 0);

	use("ip_local_port_range", 64512, 64512);
	((struct tcpmem_limit *)limit("ip_local_port_range"))->low = 1024;
	of_netns("ip_local_port_range", "blue");
	use("tcp_tw_reuse", 2, 0);
	use("tcp_max_tw_buckets", 1000000, 64000);
	of_netns("tcp_tw_reuse", "blue");
	of_netns("tcp_max_tw_buckets", "self");
	expect_none();
	of_netns("tcp_max_tw_buckets", "blue");
	ck_assert_str_eq(only_advice()->setting, "net.ipv4.tcp_tw_reuse");
}
END_TEST

START_TEST(ports_that_run_out_get_a_wider_range)
{
	const struct tcpmem_advice *advice;

	tree_file(&tree, "sys/net/ipv4/ip_local_port_range", "32768\t60999\n");
	read_all();
	use("ip_local_port_range", 28232, 25000);
	advice = only_advice();
	ck_assert_str_eq(advice->setting, "net.ipv4.ip_local_port_range");
	ck_assert_str_eq(advice->value, "1024 65535");
	/* most of them wait for the end of TIME_WAIT */
	use("tcp_max_tw_buckets", 1000000, 20000);
	use("tcp_tw_reuse", 2, 0);
	forget_advice();
	ck_assert_int_eq(tm_advices_make(&limits, NULL, &limits.advices), 0);
	ck_assert_ptr_null(tcpmem_limits_get_advice(&limits, 2));
	advice = tcpmem_limits_get_advice(&limits, 1);
	ck_assert_str_eq(advice->setting, "net.ipv4.tcp_tw_reuse");
}
END_TEST

/* In pages of the host whose limits they are: none if their size is unknown */
START_TEST(tcp_mem_is_raised_as_far_as_the_machine_goes)
{
	const struct tcpmem_advice *advice;
	const int64_t page = 65536;

	limits.page_size = page;
	use("tcp_mem_low", 1000 * page, 1900 * page);
	use("tcp_mem_pressure", 2000 * page, 1900 * page);
	use("tcp_mem_high", 3000 * page, 1900 * page);
	worst(TCPMEM_WORST_RAM, 20000 * page);
	advice = only_advice();
	ck_assert_str_eq(advice->setting, "net.ipv4.tcp_mem");
	ck_assert_str_eq(advice->value, "1500 3000 4500");
	ck_assert_ptr_nonnull(strstr(advice->reason, "95 %"));
	limits.page_size = 0;
	expect_none();
	limits.page_size = page;
	worst(TCPMEM_WORST_RAM, 10000 * page);
	expect_none();
}
END_TEST

START_TEST(maxima_are_lowered_when_all_could_not_grow)
{
	const int64_t page = 4096;

	use("tcp_mem_pressure", 2000 * page, 1200 * page);
	use("tcp_mem_high", 3000 * page, 1200 * page);
	use("tcp_rmem_min", 4096, 0);
	use("tcp_rmem_default", 8192, 0);
	use("tcp_rmem_max", 6291456, 0);
	use("tcp_wmem_min", 4096, 0);
	use("tcp_wmem_default", 16384, 0);
	use("tcp_wmem_max", 4194304, 0);
	worst(TCPMEM_WORST_TCP_MEM, 3000 * 4096);
	connections(500);
	worst(TCPMEM_WORST_AUTOTUNED, INT64_C(500) * (6291456 + 4194304));
	ck_assert_int_eq(tm_advices_make(&limits, NULL, &limits.advices), 0);
	ck_assert_ptr_null(tcpmem_limits_get_advice(&limits, 2));
	ck_assert_str_eq(tcpmem_limits_get_advice(&limits, 0)->value,
			 "4096 8192 12288");
	/* never below what a socket begins with */
	ck_assert_str_eq(tcpmem_limits_get_advice(&limits, 1)->value,
			 "4096 16384 16384");
	/* tcp_mem is the host's, the maximum that of a namespace */
	limits.connections[limit("tcp_rmem_max") - limits.limits.limit] = 2;
	limits.connections[limit("tcp_wmem_max") - limits.limits.limit] = 0;
	ck_assert_ptr_nonnull(
		strstr(only_advice()->reason,
		       "500 connections, 2 of them in this network namespace"));
}
END_TEST

START_TEST(modes_that_harm_are_named)
{
	use("tcp_moderate_rcvbuf", 0, 0);
	expect_none();
	connections(5);
	ck_assert_str_eq(only_advice()->setting,
			 "net.ipv4.tcp_moderate_rcvbuf");
	use("tcp_moderate_rcvbuf", 1, 0);
	use("tcp_tw_recycle", 1, 0);
	ck_assert_str_eq(only_advice()->value, "0");
}
END_TEST

static void unknown(const char *name)
{
	struct tcpmem_limit *l = (struct tcpmem_limit *)limit(name);

	l->known = false;
}

static void unused(const char *name)
{
	struct tcpmem_limit *l = (struct tcpmem_limit *)limit(name);

	l->used_known = false;
}

static size_t count_advice(void)
{
	size_t count = 0;

	forget_advice();
	ck_assert_int_eq(tm_advices_make(&limits, NULL, &limits.advices), 0);
	while (tcpmem_limits_get_advice(&limits, count))
		count++;
	return count;
}

/* "None of what is unknown", and no number that nobody can write */
START_TEST(only_a_known_use_of_a_known_limit_is_near)
{
	use("file-max", INT64_MAX / 2, INT64_MAX / 2);
	ck_assert_str_eq(only_advice()->value, "9223372036854775806");
	ck_assert_uint_eq(only_advice()->size, sizeof(struct tcpmem_advice));
	ck_assert_ptr_null(strstr(only_advice()->reason, "namespace"));
	use("file-max", INT64_MAX / 2 + 1, INT64_MAX / 2 + 1);
	expect_none();
	use("file-max", 10, 10);
	unknown("file-max");
	expect_none();
	use("file-max", 10, 10);
	unused("file-max");
	expect_none();
	use("accept_queue", 8, 9);
	unknown("accept_queue");
	expect_none();
	use("accept_queue", 8, 9);
	unused("accept_queue");
	expect_none();
}
END_TEST

START_TEST(a_syn_queue_is_bounded_by_what_is_known)
{
	use("syn_queue", 0, 1);
	ck_assert_str_eq(only_advice()->setting, "listen(2)");
	/* cookies are advised where they are off, and a queue is near */
	use("syn_queue", 64, 64);
	use("tcp_syncookies", 1, 0);
	ck_assert_uint_eq(count_advice(), 1);
	use("tcp_syncookies", 0, 0);
	ck_assert_uint_eq(count_advice(), 2);
	use("syn_queue", 64, 10);
	expect_none();
	use("syn_queue", 64, 64);
	unknown("tcp_syncookies");
	ck_assert_uint_eq(count_advice(), 1);
}
END_TEST

static void use_ports(int64_t low, int64_t ports, int64_t used_of_it)
{
	use("ip_local_port_range", ports, used_of_it);
	((struct tcpmem_limit *)limit("ip_local_port_range"))->low = low;
}

START_TEST(a_range_that_can_grow_is_widened)
{
	use_ports(1025, 64511, 64511);
	ck_assert_str_eq(only_advice()->value, "1024 65535");
	use_ports(1024, 64511, 64511);
	ck_assert_str_eq(only_advice()->value, "1024 65535");
	use_ports(1024, 64512, 64512);
	expect_none();
	use_ports(32768, 1000, 799);
	expect_none();
	use_ports(32768, 1000, 800);
	ck_assert_str_eq(only_advice()->value, "1024 65535");
	/* ports that wait are reused, where half of them do */
	use("tcp_max_tw_buckets", 100000, 399);
	use("tcp_tw_reuse", 2, 0);
	ck_assert_uint_eq(count_advice(), 1);
	use("tcp_max_tw_buckets", 100000, 400);
	ck_assert_uint_eq(count_advice(), 2);
	ck_assert_str_eq(tcpmem_limits_get_advice(&limits, 1)->value, "1");
	use("tcp_tw_reuse", 1, 0);
	ck_assert_uint_eq(count_advice(), 1);
	use("tcp_tw_reuse", 0, 0);
	ck_assert_uint_eq(count_advice(), 2);
	unknown("tcp_tw_reuse");
	ck_assert_uint_eq(count_advice(), 1);
	use("tcp_tw_reuse", 2, 0);
	unused("tcp_max_tw_buckets");
	ck_assert_uint_eq(count_advice(), 1);
	unknown("ip_local_port_range");
	expect_none();
	use_ports(32768, 1000, 800);
	unused("ip_local_port_range");
	expect_none();
}
END_TEST

#define PAGE INT64_C(4096)

static void use_memory(void)
{
	limits.page_size = PAGE;
	use("tcp_mem_low", 1000 * PAGE, 0);
	use("tcp_mem_pressure", 2000 * PAGE, 1600 * PAGE);
	use("tcp_mem_high", 3000 * PAGE, 0);
	worst(TCPMEM_WORST_RAM, 18000 * PAGE);
}

/* tcp_mem is raised by a half, if that is a quarter of the machine at most. */
START_TEST(tcp_mem_is_raised_only_where_all_is_known)
{
	static const char *const names[] = { "tcp_mem_low", "tcp_mem_pressure",
					     "tcp_mem_high" };

	use_memory();
	ck_assert_str_eq(only_advice()->value, "1500 3000 4500");
	for (int i = 0; i < 3; i++) {
		use_memory();
		unknown(names[i]);
		expect_none();
	}
	use_memory();
	unused("tcp_mem_pressure");
	expect_none();
	use_memory();
	use("tcp_mem_pressure", 2000 * PAGE, 1600 * PAGE - 1);
	expect_none();
	use_memory();
	worst(TCPMEM_WORST_RAM, 18000 * PAGE - 4);
	expect_none();
	use_memory();
	limits.worst_known[TCPMEM_WORST_RAM] = false;
	expect_none();
	/* not in pages of this size */
	use_memory();
	use("tcp_mem_low", PAGE - 1, 0);
	expect_none();
	use("tcp_mem_low", PAGE, 0);
	ck_assert_uint_eq(count_advice(), 1);
}
END_TEST

/* Of 400 connections that could take more than tcp_mem */
static void use_maxima(void)
{
	use("tcp_mem_pressure", 2000 * PAGE, 1000 * PAGE);
	use("tcp_mem_high", 3000 * PAGE, 1000 * PAGE);
	use("tcp_rmem_min", 4096, 0);
	use("tcp_rmem_default", 8192, 0);
	use("tcp_rmem_max", 6291456, 0);
	worst(TCPMEM_WORST_TCP_MEM, 3000 * PAGE);
	connections(400);
	worst(TCPMEM_WORST_AUTOTUNED, 3000 * PAGE + 1);
}

START_TEST(maxima_are_lowered_only_where_all_is_known)
{
	static const char *const names[] = { "tcp_mem_pressure", "tcp_rmem_min",
					     "tcp_rmem_default",
					     "tcp_rmem_max" };

	/* half of 30720, in whole pages */
	use_maxima();
	ck_assert_str_eq(only_advice()->value, "4096 8192 12288");
	ck_assert_ptr_null(strstr(only_advice()->reason, "of them"));
	for (int i = 0; i < 4; i++) {
		use_maxima();
		unknown(names[i]);
		expect_none();
	}
	use_maxima();
	unused("tcp_mem_pressure");
	expect_none();
	use_maxima();
	use("tcp_mem_pressure", 2000 * PAGE, 1000 * PAGE - 1);
	expect_none();
	use_maxima();
	worst(TCPMEM_WORST_AUTOTUNED, 3000 * PAGE);
	expect_none();
	use_maxima();
	worst(TCPMEM_WORST_CONNECTIONS, 0);
	expect_none();
	use_maxima();
	limits.worst_known[TCPMEM_WORST_AUTOTUNED] = false;
	expect_none();
	use_maxima();
	limits.worst_known[TCPMEM_WORST_TCP_MEM] = false;
	expect_none();
	use_maxima();
	use("tcp_rmem_max", 12288, 0);
	expect_none();
	use("tcp_rmem_max", 12289, 0);
	ck_assert_uint_eq(count_advice(), 1);
}
END_TEST

START_TEST(a_mode_that_is_not_known_or_right_is_left)
{
	connections(5);
	expect_none();
	use("tcp_moderate_rcvbuf", 0, 0);
	ck_assert_uint_eq(count_advice(), 1);
	unknown("tcp_moderate_rcvbuf");
	use("tcp_tw_recycle", 0, 0);
	expect_none();
	use("tcp_tw_recycle", 1, 0);
	unknown("tcp_tw_recycle");
	expect_none();
}
END_TEST

static void advise_and_free(void)
{
	ck_assert_int_eq(tm_advices_make(&limits, NULL, &limits.advices), 0);
	forget_advice();
}

START_TEST(advice_that_is_freed_leaves_nothing)
{
	use("file-max", 10, 10);
	use("tcp_max_orphans", 10, 10);
	use("accept_queue", 8, 9);
	((struct tcpmem_limit *)limit("file-max"))->netns = "blue";
	LEAVES_NOTHING(advise_and_free());
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("advice");
	TCase *tc = tcase_create("all");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, nothing_is_advised_without_need);
	tcase_add_test(tc, a_limit_that_is_near_is_doubled);
	tcase_add_test(tc, ports_that_run_out_get_a_wider_range);
	tcase_add_test(tc, tcp_mem_is_raised_as_far_as_the_machine_goes);
	tcase_add_test(tc, maxima_are_lowered_when_all_could_not_grow);
	tcase_add_test(tc, modes_that_harm_are_named);
	tcase_add_test(tc, a_full_queue_names_what_bounds_it);
	tcase_add_test(tc, numbers_of_two_namespaces_do_not_mix);
	tcase_add_test(tc, only_a_known_use_of_a_known_limit_is_near);
	tcase_add_test(tc, a_syn_queue_is_bounded_by_what_is_known);
	tcase_add_test(tc, a_range_that_can_grow_is_widened);
	tcase_add_test(tc, tcp_mem_is_raised_only_where_all_is_known);
	tcase_add_test(tc, maxima_are_lowered_only_where_all_is_known);
	tcase_add_test(tc, a_mode_that_is_not_known_or_right_is_left);
	tcase_add_test(tc, advice_that_is_freed_leaves_nothing);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}

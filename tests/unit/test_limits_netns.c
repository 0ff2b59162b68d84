// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_limits_netns.c - of namespaces the nearest limit; counters that rise */
#include "in_use.h"
#include "limits_fixture.h"
#include "unit.h"

#include <errno.h>

static struct tm_limits of_range(const char *range, const char *rmem)
{
	struct tm_limits own;

	tree_file(&tree, "sys/net/ipv4/ip_local_port_range", range);
	tree_file(&tree, "sys/net/ipv4/tcp_rmem", rmem);
	tree_file(&tree, "sys/net/ipv4/tcp_max_tw_buckets", "10\n");
	tm_limits_init(&own);
	tm_sysctl_limits(&ctx, TCPMEM_LIMIT_SCOPE_NETNS, &own);
	return own;
}

static void expect_of(const char *name, const char *netns, int64_t number)
{
	ck_assert_str_eq(limit(name)->netns, netns);
	ck_assert_int_eq(value(name), number);
}

static void count(struct tm_limits *of, const char *name, int64_t number)
{
	struct tcpmem_limit *l =
		(struct tcpmem_limit *)tm_limits_find(of, name);

	l->count_known = true;
	l->count = number;
}

/* "Of several namespaces each limit is that of the one whose use comes nearest
 * to it; of a limit of which no use is known, the caller's, or the first." */
START_TEST(of_namespaces_the_nearest_counts)
{
	struct tcpmem_socket sock[] = {
		connection(1000, 80),
		connection(1001, 80),
		connection(1002, 80),
		connection(1003, 443),
	};
	struct tm_limits own = of_range("1000 1099\n", "1 2 300\n");
	struct tm_limits near = of_range("1000 1003\n", "7 8 900\n");
	struct tm_netns netns[] = {
		{ .name = "far", .time_wait = TCPMEM_UNKNOWN },
		{ .name = "near", .time_wait = 5, .limits = &near },
		{ .name = "self", .own = true, .time_wait = 3, .limits = &own },
	};
	struct tcpmem_snapshot snap = {
		.sockets = { .sock = sock, .count = 4 },
		.netns = netns,
		.netns_count = 3,
	};
	int64_t bytes;

	count(&near, "ListenDrops", 5);
	count(&own, "ListenDrops", 3);
	count(&near, "EstabResets", 4);
	count(&own, "EstabResets", 4);
	count(&near, "AttemptFails", 1);
	count(&own, "AttemptFails", 2);
	sock[0].netns = sock[1].netns = 1;
	sock[2].netns = sock[3].netns = 2;
	sock[1].remote[3] = 9;
	sock[2].remote[15] = 2;
	sock[2].flags = TM_SOCK_IPV6;
	ck_assert_int_eq(tm_limits_use_all(&limits, NULL, &snap), 0);
	expect_of("ip_local_port_range", "near", 4);
	ck_assert_str_eq(limit("ip_local_port_range")->busiest, "10.0.0.1:80");
	ck_assert_int_eq(used("tcp_max_tw_buckets"), 5);
	/* 100 of 300 and not of 900; the three numbers stay together */
	expect_of("tcp_rmem_max", "self", 300);
	expect_of("tcp_rmem_min", "self", 1);
	ck_assert_ptr_null(limit("tcp_rmem_max")->busiest);
	ck_assert_str_eq(limit("tcp_retries2")->netns, "self");
	ck_assert_str_eq(limit("ListenDrops")->netns, "near");
	ck_assert_str_eq(limit("EstabResets")->netns, "self");
	ck_assert_str_eq(limit("AttemptFails")->netns, "self");
	ck_assert_ptr_null(limit("file-max")->netns);
	ck_assert_int_eq(tcpmem_limits_get_worst(
				 &limits, TCPMEM_WORST_AUTOTUNED, &bytes),
			 -ENODATA);
}
END_TEST

static struct tm_netns two_netns[2];
static struct tm_limits two_limits[2];

/* Two namespaces, and what of @name is there: TCPMEM_UNKNOWN: is not known */
static struct tcpmem_snapshot two(const char *name, const int64_t values[2],
				  const int64_t uses[2])
{
	struct tcpmem_snapshot snap = { .netns = two_netns, .netns_count = 2 };

	for (int i = 0; i < 2; i++) {
		struct tcpmem_limit *l;

		tm_limits_init(&two_limits[i]);
		l = (struct tcpmem_limit *)tm_limits_find(&two_limits[i], name);
		l->known = values[i] != TCPMEM_UNKNOWN;
		l->value = values[i];
		two_netns[i] = (struct tm_netns){
			.name = i ? "second" : "first",
			.inode = 5 + (uint64_t)i,
			.time_wait = uses[i],
			.own = i,
			.limits = &two_limits[i],
		};
	}
	begin_anew();
	return snap;
}

/* "of the one whose use comes nearest": of a limit of 0 one is all of it */
START_TEST(a_use_is_compared_with_its_own_limit)
{
	static const struct {
		int64_t values[2];
		int64_t uses[2];
		const char *nearest;
	} cases[] = {
		{ { 0, 10 }, { 3, 20 }, "first" },
		{ { 0, 10 }, { 1, 20 }, "second" },
		{ { 10, 0 }, { 20, 1 }, "first" },
		{ { 10, 100 }, { 5, 40 }, "first" },
		{ { 10, 100 }, { 5, 50 }, "second" },
		{ { TCPMEM_UNKNOWN, TCPMEM_UNKNOWN }, { 5, 3 }, "first" },
		{ { TCPMEM_UNKNOWN, TCPMEM_UNKNOWN }, { 3, 5 }, "second" },
		{ { 10, TCPMEM_UNKNOWN }, { 1, 5 }, "first" },
		{ { TCPMEM_UNKNOWN, 10 }, { 5, 1 }, "second" },
	};
	struct tcpmem_snapshot snap =
		two("tcp_max_tw_buckets", cases[_i].values, cases[_i].uses);

	ck_assert_int_eq(tm_limits_use_all(&limits, NULL, &snap), 0);
	ck_assert_str_eq(limit("tcp_max_tw_buckets")->netns, cases[_i].nearest);
	ck_assert_int_eq(used("tcp_max_tw_buckets"),
			 cases[_i].uses[*cases[_i].nearest == 's']);
}
END_TEST

/* "A counter that rises is nearer than one that has risen" */
START_TEST(a_counter_that_rises_is_nearer)
{
	static const struct {
		int64_t before[2];
		int64_t now[2];
		const char *nearest;
	} cases[] = {
		{ { 100, 3 }, { 100, 5 }, "second" },
		{ { 3, 100 }, { 5, 100 }, "first" },
		{ { 3, 100 }, { 5, 102 }, "second" },
		{ { 100, 3 }, { 102, 5 }, "first" },
		{ { 3, 3 }, { 5, 5 }, "second" },
	};
	static const int64_t none[] = { TCPMEM_UNKNOWN, TCPMEM_UNKNOWN };
	static const int64_t zero[] = { 0, 0 };
	struct tcpmem_snapshot snap = two("tcp_max_tw_buckets", none, zero);
	struct tm_limits old[2] = { two_limits[0], two_limits[1] };
	struct tm_netns earlier[2] = { two_netns[0], two_netns[1] };
	struct tcpmem_snapshot before = { .netns = earlier, .netns_count = 2 };

	for (int i = 0; i < 2; i++) {
		count(&old[i], "ListenDrops", cases[_i].before[i]);
		count(&two_limits[i], "ListenDrops", cases[_i].now[i]);
		two_limits[i].read_ns = 1000000000;
		earlier[i].limits = &old[i];
	}
	ck_assert_int_eq(tm_limits_use_all(&limits, &before, &snap), 0);
	ck_assert_str_eq(limit("ListenDrops")->netns, cases[_i].nearest);
	ck_assert(limit("ListenDrops")->rate_known);
}
END_TEST

/* "of which no use is known, the caller's" - but one that is counted is */
START_TEST(a_counter_that_is_not_known_is_farther)
{
	static const int64_t none[] = { TCPMEM_UNKNOWN, TCPMEM_UNKNOWN };
	static const int64_t zero[] = { 0, 0 };
	struct tcpmem_snapshot snap = two("tcp_max_tw_buckets", none, zero);

	count(&two_limits[0], "ListenDrops", 0);
	count(&two_limits[1], "PruneCalled", 0);
	ck_assert_int_eq(tm_limits_use_all(&limits, NULL, &snap), 0);
	ck_assert_str_eq(limit("ListenDrops")->netns, "first");
	ck_assert_str_eq(limit("PruneCalled")->netns, "second");
	ck_assert_str_eq(limit("OutRsts")->netns, "second");
}
END_TEST

/* "its rise since the earlier snapshot": of the same namespace alone */
START_TEST(counters_rise_in_their_namespace)
{
	struct tm_limits old;
	struct tm_netns netns = { .inode = 5, .limits = &old };
	struct tcpmem_snapshot before = { .netns = &netns, .netns_count = 1 };

	tree_file(&tree, "thread-self/net/snmp",
		  "Tcp: AttemptFails EstabResets\nTcp: 7 8\n");
	read_all();
	old = limits.limits;
	old.read_ns -= 2000000000;
	((struct tcpmem_limit *)tm_limits_find(&old, "AttemptFails"))->count =
		2;
	tm_limits_rise(&limits.limits, NULL, 5);
	ck_assert(!limit("AttemptFails")->rate_known);
	/* a new one began at 0 */
	tm_limits_rise(&limits.limits, &before, 6);
	ck_assert_double_eq_tol(limit("AttemptFails")->per_second, 3.5, 1e-9);
	tm_limits_rise(&limits.limits, &before, 5);
	ck_assert(limit("AttemptFails")->rate_known);
	ck_assert_double_eq_tol(limit("AttemptFails")->per_second, 2.5, 1e-9);
	ck_assert_double_eq_tol(limit("EstabResets")->per_second, 0, 1e-9);
	/* an inode is given again: if one fell, all are a new namespace's */
	((struct tcpmem_limit *)tm_limits_find(&old, "EstabResets"))->count = 9;
	tm_limits_rise(&limits.limits, &before, 5);
	ck_assert_double_eq_tol(limit("AttemptFails")->per_second, 3.5, 1e-9);
	ck_assert_double_eq_tol(limit("EstabResets")->per_second, 4, 1e-9);
	netns.limits = NULL;
	limits.limits.limit[0].rate_known = false;
	tm_limits_init(&limits.limits);
	read_all();
	tm_limits_rise(&limits.limits, &before, 5);
	ck_assert(!limit("EstabResets")->rate_known);
}
END_TEST

static void rise(const struct tcpmem_snapshot *before, uint64_t inode,
		 int64_t after_ns)
{
	begin_anew();
	count(&limits.limits, "ListenDrops", 10);
	limits.limits.read_ns = after_ns;
	tm_limits_rise(&limits.limits, before, inode);
}

/* There is no rate without a time, and none since what was not counted. */
START_TEST(a_rise_needs_a_count_and_a_time)
{
	struct tm_limits old;
	struct tm_netns netns = { .name = "self", .inode = 5, .limits = &old };
	struct tcpmem_snapshot before = { .netns = &netns, .netns_count = 1 };

	tm_limits_init(&old);
	old.read_ns = 5000000000;
	rise(&before, 5, 7000000000);
	ck_assert(!limit("ListenDrops")->rate_known);
	count(&old, "ListenDrops", 10);
	rise(&before, 5, 5000000000);
	ck_assert(!limit("ListenDrops")->rate_known);
	rise(&before, 5, 5000000001);
	ck_assert(limit("ListenDrops")->rate_known);
	ck_assert(!limit("OutRsts")->rate_known);
	/* whether another was not there, or was not asked for */
	rise(&before, 6, 7000000000);
	ck_assert_double_eq_tol(limit("ListenDrops")->per_second, 5, 1e-9);
	ck_assert_int_eq(tm_warnings_add(&before.warnings,
					 TCPMEM_WARNING_NETNS_SCOPE, "one"),
			 0);
	rise(&before, 6, 7000000000);
	ck_assert(!limit("ListenDrops")->rate_known);
	tm_warnings_clear(&before.warnings);
	ck_assert_int_eq(tm_warnings_add(&before.warnings,
					 TCPMEM_WARNING_NETNS_DENIED, "none"),
			 0);
	rise(&before, 6, 7000000000);
	ck_assert(!limit("ListenDrops")->rate_known);
	tm_warnings_clear(&before.warnings);
}
END_TEST

static void use_and_free(const struct tcpmem_snapshot *snap)
{
	begin_anew();
	ck_assert_int_eq(tm_limits_use_all(&limits, NULL, snap), 0);
	tm_limits_clear(&limits);
	memset(&limits, 0, sizeof(limits));
}

START_TEST(limits_that_are_freed_leave_nothing)
{
	static const int64_t values[] = { 10, 10 };
	struct tcpmem_snapshot snap = two("tcp_max_tw_buckets", values, values);
	struct tcpmem_socket sock[] = { listener(1, 1, 1),
					connection(1000, 80) };

	snap.sockets.sock = sock;
	snap.sockets.count = 2;
	LEAVES_NOTHING(use_and_free(&snap));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("limits_netns");
	TCase *tc = tcase_create("all");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, of_namespaces_the_nearest_counts);
	tcase_add_test(tc, counters_rise_in_their_namespace);
	tcase_add_loop_test(tc, a_use_is_compared_with_its_own_limit, 0, 9);
	tcase_add_loop_test(tc, a_counter_that_rises_is_nearer, 0, 5);
	tcase_add_test(tc, a_counter_that_is_not_known_is_farther);
	tcase_add_test(tc, a_rise_needs_a_count_and_a_time);
	tcase_add_test(tc, limits_that_are_freed_leave_nothing);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}

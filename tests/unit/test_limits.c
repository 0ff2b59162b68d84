// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_limits.c - limits and counters, as files of the kernel tell them */
#include "limits_fixture.h"
#include "unit.h"

#include <errno.h>
#include <unistd.h>

/* "@known: whether it could be read": none of them, of an empty /proc */
START_TEST(what_is_not_there_is_unknown)
{
	int64_t number = 7;

	read_all();
	for (size_t i = 0; i < tcpmem_limits_get_count(&limits); i++) {
		const struct tcpmem_limit *l = tcpmem_limits_get(&limits, i);

		ck_assert_uint_eq(l->size, sizeof(*l));
		ck_assert(!l->known && !l->used_known);
		ck_assert(!l->count_known && !l->rate_known);
		ck_assert(!l->counter || !l->gone);
	}
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
	ck_assert_int_eq(value("tcp_mem_low"), sysconf(_SC_PAGESIZE));
	ck_assert_int_eq(value("tcp_mem_pressure"), 2 * sysconf(_SC_PAGESIZE));
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

/* "A range counts by how many it has, both ends included" */
START_TEST(ranges_at_their_bounds)
{
	static const struct {
		const char *range;
		int64_t ports;
	} some[] = {
		{ "1 65535\n", 65535 }, { "5000 5000\n", 1 },
		{ "0 65535\n", 65536 }, { "1 65536\n", 0 },
		{ "5001 5000\n", 0 },
	};

	for (size_t i = 0; i < sizeof(some) / sizeof(some[0]); i++) {
		tree_file(&tree, "sys/net/ipv4/ip_local_port_range",
			  some[i].range);
		read_all();
		ck_assert_int_eq(limit("ip_local_port_range")->known,
				 some[i].ports != 0);
		if (some[i].ports)
			ck_assert_int_eq(value("ip_local_port_range"),
					 some[i].ports);
	}
}
END_TEST

/* "MemTotal:  123 kB": in another unit, or cut, it is none. */
START_TEST(memory_has_its_unit)
{
	static const char *const odd[] = {
		"MemTotal: 16 kBx\n",
		"MemTotal: 16 kB",
		"MemTotal: 16 MB\n",
		"MemTotal: 16\n",
		"MemTotal: x kB\n",
		"MemFree: 16 kB\n",
		"MemTotal: 9007199254740992 kB\n",
	};
	int64_t number = 7;

	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		tree_file(&tree, "meminfo", odd[i]);
		ck_assert_int_eq(tm_sysctl_memory(&ctx, &number), -EBADMSG);
	}
	tree_file(&tree, "meminfo", "MemTotal: 9007199254740991 kB\n");
	ck_assert_int_eq(tm_sysctl_memory(&ctx, &number), 0);
	ck_assert_int_eq(number, INT64_MAX - 1023);
	/* the host's, with its limits */
	limits.limits.ram = 7;
	tm_sysctl_limits(&ctx, TCPMEM_LIMIT_SCOPE_NETNS, &limits.limits);
	ck_assert_int_eq(limits.limits.ram, 7);
	tm_sysctl_limits(&ctx, TCPMEM_LIMIT_SCOPE_HOST, &limits.limits);
	ck_assert_int_eq(limits.limits.ram, INT64_MAX - 1023);
}
END_TEST

/* "why the kernel has it no more; NULL if it has" */
START_TEST(what_is_gone_is_said_so)
{
	read_all();
	ck_assert_str_eq(limit("tcp_tw_recycle")->gone,
			 "gone since Linux 4.12");
	ck_assert_ptr_null(limit("tcp_tw_reuse")->gone);
	tree_file(&tree, "sys/net/ipv4/tcp_tw_recycle", "0\n");
	read_all();
	ck_assert_ptr_null(limit("tcp_tw_recycle")->gone);
	ck_assert_int_eq(value("tcp_tw_recycle"), 0);
}
END_TEST

static int64_t counted(const char *name)
{
	ck_assert(limit(name)->count_known);
	return limit(name)->count;
}

/* Names in one line, numbers in the next; some numbers are negative */
START_TEST(counters_are_read_by_their_words)
{
	tree_file(&tree, "thread-self/net/snmp",
		  "Ip: Forwarding\nIp: 2\n"
		  "Tcp: MaxConn AttemptFails EstabResets\nTcp: -1 7 8\n");
	tree_file(&tree, "thread-self/net/netstat",
		  "TcpExt: ListenDropsX ListenDrops PruneCalled RcvPruned\n"
		  "TcpExt: 1 2 18446744073709551615\n");
	read_all();
	ck_assert_int_eq(counted("AttemptFails"), 7);
	ck_assert_int_eq(counted("EstabResets"), 8);
	ck_assert_int_eq(counted("ListenDrops"), 2);
	ck_assert(!limit("OutRsts")->count_known);
	/* "if not, and it is not @gone, it could not be read" */
	ck_assert_ptr_null(limit("EstabResets")->gone);
	ck_assert_ptr_nonnull(limit("OutRsts")->gone);
	ck_assert(!limit("PruneCalled")->count_known);
	ck_assert(!limit("RcvPruned")->count_known);
}
END_TEST

/* Where one file of them cannot be read, the other's are known. */
START_TEST(counters_of_either_file_are_read)
{
	tree_file(&tree, "thread-self/net/netstat",
		  "TcpExt: ListenDrops\nTcpExt: 2\n");
	ck_assert_int_eq(tm_counters_read(&ctx, &limits.limits), 0);
	ck_assert_int_eq(counted("ListenDrops"), 2);
	ck_assert(!limit("EstabResets")->count_known);
	ck_assert_int_gt(limits.limits.read_ns, 0);
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
	tcase_add_test(tc, ranges_at_their_bounds);
	tcase_add_test(tc, memory_has_its_unit);
	tcase_add_test(tc, what_is_gone_is_said_so);
	tcase_add_test(tc, counters_are_read_by_their_words);
	tcase_add_test(tc, counters_of_either_file_are_read);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}

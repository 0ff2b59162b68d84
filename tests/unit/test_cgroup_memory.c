// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_cgroup_memory.c - what a cgroup says of its memory and its sockets' */
#include "counters_fixture.h"
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

/* A cgroup hierarchy in the tree, mounted as @type says. */
static void mount_cgroup(const char *type, const char *options)
{
	char line[256];

	snprintf(line, sizeof(line), "cgroup %s/cg %s %s 0 0\n", tree.root,
		 type, options);
	tree_file(&tree, "self/mounts", line);
}

/* Several at a time, as on a host that has both */
static void mount_others(const char *first, const char *last)
{
	char lines[512];

	snprintf(lines, sizeof(lines), "%s\ncgroup %s/cg %s 0 0\n", first,
		 tree.root, last);
	tree_file(&tree, "self/mounts", lines);
}

static void read_cgroup(const char *file)
{
	tree_file(&tree, "42/cgroup", file);
	memset(&counters, 0, sizeof(counters));
	tm_cgroup_memory_read(&ctx, 42, &counters);
}

/* As unshare -C leaves it: "/" is not where the mount begins. */
START_TEST(the_root_of_another_namespace_is_not_its_cgroup)
{
	char line[256], dir[PATH_MAX];
	struct statx mount;

	mount_cgroup("cgroup2", "rw");
	tree_file(&tree, "cg/memory.current", "8192\n");
	tree_path(&tree, "cg", dir);
	ck_assert_int_eq(statx(AT_FDCWD, dir, 0, STATX_MNT_ID, &mount), 0);
	snprintf(line, sizeof(line), "%llu 1 0:1 %s /cg rw - cgroup2 none rw\n",
		 (unsigned long long)mount.stx_mnt_id, _i ? "/.." : "/");
	tree_file(&tree, "self/mountinfo", line);
	read_cgroup("0::/\n");
	ck_assert_str_eq(counters.cgroup, "/");
	ck_assert_int_eq(counters.known[TCPMEM_PROCESS_METRIC_CGROUP_CURRENT],
			 !_i);
}
END_TEST

START_TEST(the_cgroup_of_v2_has_its_entries)
{
	mount_cgroup("cgroup2", "rw");
	tree_file(&tree, "cg/a/memory.current", "8192\n");
	tree_file(&tree, "cg/a/memory.max", "max\n");
	tree_file(&tree, "cg/a/memory.stat",
		  "anon 1\nfile 7\nkernel 9\nsock 4096\nshmem 2\n");
	read_cgroup("0::/a\n");
	ck_assert_str_eq(counters.cgroup, "/a");
	expect(TCPMEM_PROCESS_METRIC_CGROUP_CURRENT, 8192);
	expect(TCPMEM_PROCESS_METRIC_CGROUP_SOCK, 4096);
	expect(TCPMEM_PROCESS_METRIC_CGROUP_ANON, 1);
	expect(TCPMEM_PROCESS_METRIC_CGROUP_FILE, 7);
	expect(TCPMEM_PROCESS_METRIC_CGROUP_KERNEL, 9);
	expect(TCPMEM_PROCESS_METRIC_CGROUP_LIMIT, TCPMEM_UNLIMITED);
	ck_assert_str_eq(counters.source[TCPMEM_PROCESS_METRIC_CGROUP_CURRENT],
			 "memory.current");
	ck_assert_str_eq(counters.source[TCPMEM_PROCESS_METRIC_CGROUP_LIMIT],
			 "memory.max");
	tree_file(&tree, "cg/a/memory.max", "65536\n");
	read_cgroup("0::/a\n");
	expect(TCPMEM_PROCESS_METRIC_CGROUP_LIMIT, 65536);
}
END_TEST

/* v1's most whole pages are no limit; what a cgroup may be called is no "..".
 */
START_TEST(numbers_at_their_bounds)
{
	static const struct {
		const char *text;
		int64_t value;
	} some[] = {
		{ "9223372036853727231\n", TCPMEM_UNLIMITED },
		{ "9223372036853727230\n", INT64_C(9223372036853727230) },
		{ "18446744073709551615\n", TCPMEM_UNLIMITED },
		{ "max\n", TCPMEM_UNLIMITED },
		{ "0\n", 0 },
		{ "5", 5 },
		{ "5x\n", -1 },
		{ "5 6\n", -1 },
		{ "max", -1 },
		{ "", -1 },
	};

	mount_cgroup("cgroup2", "rw");
	for (size_t i = 0; i < sizeof(some) / sizeof(some[0]); i++) {
		tree_file(&tree, "cg/.a/memory.max", some[i].text);
		read_cgroup("0::/.a\n");
		ck_assert_str_eq(counters.cgroup, "/.a");
		ck_assert_int_eq(
			counters.known[TCPMEM_PROCESS_METRIC_CGROUP_LIMIT],
			some[i].value != -1);
		if (some[i].value != -1)
			expect(TCPMEM_PROCESS_METRIC_CGROUP_LIMIT,
			       some[i].value);
	}
	tree_file(&tree, "cg/.a/memory.stat",
		  "anon 9223372036854775807\nfile 9223372036854775808\n"
		  "kernel 7 \n");
	read_cgroup("0::/.a\n");
	expect(TCPMEM_PROCESS_METRIC_CGROUP_ANON, INT64_MAX);
	ck_assert(!counters.known[TCPMEM_PROCESS_METRIC_CGROUP_FILE]);
	ck_assert(!counters.known[TCPMEM_PROCESS_METRIC_CGROUP_KERNEL]);
}
END_TEST

/* A path that is longer than any is not told in part. */
START_TEST(a_path_as_long_as_can_be)
{
	char line[PATH_MAX + 16];

	for (int len = PATH_MAX - 1; len <= PATH_MAX; len++) {
		memcpy(line, "0::/", 4);
		memset(line + 4, 'x', (size_t)len - 1);
		strcpy(line + 3 + len, "\n");
		read_cgroup(line);
		ck_assert_uint_eq(strlen(counters.cgroup),
				  len < PATH_MAX ? PATH_MAX - 1 : 0);
	}
}
END_TEST

static void expect_mount(int ret, enum tm_charges_source source)
{
	struct tm_charge_mount mount;
	char dir[128];

	memset(&mount, 0xff, sizeof(mount));
	ck_assert_int_eq(tm_charge_find_mount(&ctx, &mount), ret);
	ck_assert_int_eq(mount.source, source);
	snprintf(dir, sizeof(dir), "%s/cg", tree.root);
	if (source != TM_CHARGES_NONE)
		ck_assert_str_eq(mount.dir, dir);
}

/* "the hierarchy that has the memory controller" */
START_TEST(one_hierarchy_has_the_memory_controller)
{
	expect_mount(-ESRCH, TM_CHARGES_NONE);
	mount_others("none /x tmpfs rw,memory 0 0", "tmpfs rw");
	expect_mount(0, TM_CHARGES_NONE);
	mount_others("c /x cgroup rw,cpu 0 0", "cgroup rw,memory");
	expect_mount(0, TM_CHARGES_V1);
	mount_others("t /x tmpfs rw,memory 0 0", "cgroup rw,memory");
	expect_mount(0, TM_CHARGES_V1);
	mount_cgroup("cgroup2", "rw");
	expect_mount(-ENOENT, TM_CHARGES_NONE);
	tree_file(&tree, "cg/cgroup.controllers", "cpu memoryx pids\n");
	expect_mount(0, TM_CHARGES_NONE);
	tree_file(&tree, "cg/cgroup.controllers", "memory\n");
	expect_mount(0, TM_CHARGES_V2);
	tree_file(&tree, "cg/cgroup.controllers", "cpu pids memory\n");
	expect_mount(0, TM_CHARGES_V2);
}
END_TEST

/* v2 without the controller, on a host whose v1 has it */
START_TEST(v1_has_what_v2_has_not)
{
	char first[128];

	tree_file(&tree, "v2/cgroup.controllers", "cpu pids\n");
	snprintf(first, sizeof(first), "none %s/v2 cgroup2 rw 0 0", tree.root);
	mount_others(first, "cgroup rw,memory");
	expect_mount(0, TM_CHARGES_V1);
	mount_others(first, "cgroup rw,cpu");
	expect_mount(0, TM_CHARGES_NONE);
}
END_TEST

static void expect_charge(enum tm_charges_source source, int ret, int64_t value)
{
	int64_t bytes = -7;
	char dir[128];

	snprintf(dir, sizeof(dir), "%s/cg", tree.root);
	ck_assert_int_eq(tm_charge_read(dir, source, &bytes), ret);
	ck_assert_int_eq(bytes, ret ? -7 : value);
}

/* "-ENODATA if the kernel does not count here" */
START_TEST(a_charge_is_a_number_or_unknown)
{
	static const char usage[] = "cg/memory.kmem.tcp.usage_in_bytes";
	static const char limit[] = "cg/memory.kmem.tcp.limit_in_bytes";

	expect_charge(TM_CHARGES_V2, -ENODATA, 0);
	expect_charge(TM_CHARGES_V1, -ENODATA, 0);
	tree_file(&tree, "cg/memory.stat", "anon 1\n");
	expect_charge(TM_CHARGES_V2, -ENODATA, 0);
	tree_file(&tree, "cg/memory.stat", "anon 1\nsock x\n");
	expect_charge(TM_CHARGES_V2, -EBADMSG, 0);
	tree_file(&tree, "cg/memory.stat", "sock 9223372036854775807\n");
	expect_charge(TM_CHARGES_V2, -EBADMSG, 0);
	tree_file(&tree, "cg/memory.stat", "sock 0\nanon 1\n");
	expect_charge(TM_CHARGES_V2, 0, 0);
	tree_file(&tree, usage, "0\n");
	expect_charge(TM_CHARGES_V1, -ENODATA, 0);
	tree_file(&tree, usage, "5\n");
	expect_charge(TM_CHARGES_V1, 0, 5);
	tree_file(&tree, usage, "x\n");
	expect_charge(TM_CHARGES_V1, -EBADMSG, 0);
	tree_file(&tree, usage, "0\n");
	tree_file(&tree, limit, "x\n");
	expect_charge(TM_CHARGES_V1, -EBADMSG, 0);
	tree_file(&tree, limit, "9223372036854771712\n");
	expect_charge(TM_CHARGES_V1, -ENODATA, 0);
	tree_file(&tree, limit, "4096\n");
	expect_charge(TM_CHARGES_V1, 0, 0);
}
END_TEST

/* What UDP has is in the same counter; 0 where it is not told. */
START_TEST(others_are_charged_too)
{
	ck_assert_int_eq(tm_charge_others(&ctx), 0);
	tree_file(&tree, "net/sockstat", "TCP: inuse 1 mem 3\n");
	ck_assert_int_eq(tm_charge_others(&ctx), 0);
	tree_file(&tree, "net/sockstat", "UDP: inuse 1 mem 3\n");
	ck_assert_int_eq(tm_charge_others(&ctx), 3 * sysconf(_SC_PAGESIZE));
	tree_file(&tree, "net/sockstat", "UDP: mem 9223372036854775807\n");
	ck_assert_int_eq(tm_charge_others(&ctx), 0);
}
END_TEST

/* "v1 counts it only once a limit for it was set: until then it is unknown" */
START_TEST(the_cgroup_of_v1_counts_from_its_first_limit)
{
	mount_cgroup("cgroup", "rw,memory");
	tree_file(&tree, "cg/b/memory.usage_in_bytes", "8192\n");
	tree_file(&tree, "cg/b/memory.limit_in_bytes", "9223372036854771712\n");
	tree_file(&tree, "cg/b/memory.kmem.tcp.usage_in_bytes", "0\n");
	tree_file(&tree, "cg/b/memory.kmem.tcp.limit_in_bytes",
		  "9223372036854771712\n");
	read_cgroup("4:memory:/b\n0::/a\n");
	expect(TCPMEM_PROCESS_METRIC_CGROUP_CURRENT, 8192);
	expect(TCPMEM_PROCESS_METRIC_CGROUP_LIMIT, TCPMEM_UNLIMITED);
	ck_assert(!counters.known[TCPMEM_PROCESS_METRIC_CGROUP_SOCK]);
	ck_assert(!counters.known[TCPMEM_PROCESS_METRIC_CGROUP_ANON]);
	tree_file(&tree, "cg/b/memory.stat", "cache 5\nrss 6\nrss_huge 7\n");
	tree_file(&tree, "cg/b/memory.kmem.usage_in_bytes", "8\n");
	ck_assert_str_eq(counters.source[TCPMEM_PROCESS_METRIC_CGROUP_CURRENT],
			 "memory.usage_in_bytes");
	tree_file(&tree, "cg/b/memory.kmem.tcp.limit_in_bytes", "4096\n");
	ck_assert_str_eq(counters.source[TCPMEM_PROCESS_METRIC_CGROUP_LIMIT],
			 "memory.limit_in_bytes");
	ck_assert_str_eq(counters.source[TCPMEM_PROCESS_METRIC_CGROUP_SOCK],
			 "memory.kmem.tcp.usage_in_bytes");
	ck_assert_str_eq(counters.source[TCPMEM_PROCESS_METRIC_CGROUP_KERNEL],
			 "memory.kmem.usage_in_bytes");
	read_cgroup("4:memory:/b\n0::/a\n");
	expect(TCPMEM_PROCESS_METRIC_CGROUP_SOCK, 0);
	expect(TCPMEM_PROCESS_METRIC_CGROUP_ANON, 6);
	expect(TCPMEM_PROCESS_METRIC_CGROUP_FILE, 5);
	expect(TCPMEM_PROCESS_METRIC_CGROUP_KERNEL, 8);
}
END_TEST

/* "bytes of TCP memory that its cgroup's limit allows beyond what is used" */
START_TEST(a_cgroup_has_room_up_to_its_limit)
{
	int64_t bytes = -1;

	ck_assert(!tm_cgroup_room_read(&ctx, 42, &bytes));
	mount_cgroup("cgroup2", "rw");
	tree_file(&tree, "42/cgroup", "0::/a\n");
	tree_file(&tree, "cg/a/memory.current", "8192\n");
	tree_file(&tree, "cg/a/memory.max", "max\n");
	ck_assert(!tm_cgroup_room_read(&ctx, 42, &bytes));
	tree_file(&tree, "cg/a/memory.max", "65536\n");
	ck_assert(tm_cgroup_room_read(&ctx, 42, &bytes));
	ck_assert_int_eq(bytes, 65536 - 8192);
	/* one that is above the reader's own root, and one that looks so */
	tree_file(&tree, "42/cgroup", "0::/../cg/a\n");
	ck_assert(!tm_cgroup_room_read(&ctx, 42, &bytes));
	tree_file(&tree, "cg/.a/memory.current", "1\n");
	tree_file(&tree, "cg/.a/memory.max", "3\n");
	tree_file(&tree, "42/cgroup", "0::/.a\n");
	ck_assert(tm_cgroup_room_read(&ctx, 42, &bytes));
	ck_assert_int_eq(bytes, 2);
	tree_file(&tree, "cg/.a/memory.current", "x\n");
	ck_assert(!tm_cgroup_room_read(&ctx, 42, &bytes));
	tree_file(&tree, "42/cgroup", "0::/a\n");
	tree_file(&tree, "cg/a/memory.max", "4096\n");
	ck_assert(tm_cgroup_room_read(&ctx, 42, &bytes));
	ck_assert_int_eq(bytes, 0);
}
END_TEST

START_TEST(v1_has_a_limit_for_tcp_alone)
{
	int64_t bytes = -1;

	mount_cgroup("cgroup", "rw,memory");
	tree_file(&tree, "42/cgroup", "4:memory:/b\n0::/a\n");
	tree_file(&tree, "cg/b/memory.usage_in_bytes", "8192\n");
	tree_file(&tree, "cg/b/memory.limit_in_bytes", "16384\n");
	tree_file(&tree, "cg/b/memory.kmem.tcp.usage_in_bytes", "1000\n");
	ck_assert(!tm_cgroup_room_read(&ctx, 42, &bytes));
	tree_file(&tree, "cg/b/memory.kmem.tcp.limit_in_bytes", "4096\n");
	ck_assert(tm_cgroup_room_read(&ctx, 42, &bytes));
	ck_assert_int_eq(bytes, 3096);
}
END_TEST

START_TEST(a_cgroup_that_makes_no_sense_is_unknown)
{
	mount_cgroup("cgroup2", "rw");
	tree_file(&tree, "cg/a/memory.current", "-1\n");
	tree_file(&tree, "cg/a/memory.max", "maximum\n");
	tree_file(&tree, "cg/a/memory.stat", "sock 99999999999999999999\n");
	read_cgroup("0::/a\n");
	for (int i = 0; i < TCPMEM_PROCESS_METRIC_COUNT; i++)
		ck_assert(!counters.known[i]);
	read_cgroup("0::/../a\n");
	ck_assert_str_eq(counters.cgroup, "");
	read_cgroup("nonsense");
	ck_assert_str_eq(counters.cgroup, "");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("cgroup_memory");
	TCase *tc = tcase_create("all");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, the_cgroup_of_v2_has_its_entries);
	tcase_add_loop_test(tc, the_root_of_another_namespace_is_not_its_cgroup,
			    0, 2);
	tcase_add_test(tc, the_cgroup_of_v1_counts_from_its_first_limit);
	tcase_add_test(tc, numbers_at_their_bounds);
	tcase_add_test(tc, a_path_as_long_as_can_be);
	tcase_add_test(tc, one_hierarchy_has_the_memory_controller);
	tcase_add_test(tc, v1_has_what_v2_has_not);
	tcase_add_test(tc, a_charge_is_a_number_or_unknown);
	tcase_add_test(tc, others_are_charged_too);
	tcase_add_test(tc, a_cgroup_has_room_up_to_its_limit);
	tcase_add_test(tc, v1_has_a_limit_for_tcp_alone);
	tcase_add_test(tc, a_cgroup_that_makes_no_sense_is_unknown);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}

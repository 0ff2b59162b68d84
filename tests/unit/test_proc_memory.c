// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_proc_memory.c - a process's memory, as a fake /proc tells it */
#include "host/internal.h"
#include "proc/internal.h"
#include "tree.h"
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#define BEHIND \
	" S 1 42 42 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 3 0 98765 1000 200\n"

static struct tree tree;
static struct tcpmem_ctx ctx;
static struct tm_process_counters counters;

static void set_up(void)
{
	tree_make(&tree);
	ctx.proc = tree.root;
}

static void tear_down(void)
{
	tree_remove(&tree);
}

static void expect(enum tcpmem_process_metric entry, int64_t value)
{
	ck_assert_msg(counters.known[entry], "%s",
		      tcpmem_process_metric_describe(entry)->name);
	ck_assert_int_eq(counters.value[entry], value);
}

/* "what cannot be read or makes no sense is unknown" */
START_TEST(nothing_is_known_of_nothing)
{
	tm_proc_memory_read(&ctx, 42, &counters);
	for (int i = 0; i < TCPMEM_PROCESS_METRIC_COUNT; i++)
		ck_assert(!counters.known[i]);
}
END_TEST

START_TEST(each_entry_comes_from_its_file)
{
	tree_file(&tree, "42/status",
		  "Name:\tVmRSS: 9 kB\nVmSize:\t   30 kB\nVmStk:\t 7 kB\n"
		  "VmRSS:\t  20 kB\nRssAnon:\t 8 kB\nRssFile:\t 12 kB\n"
		  "RssShmem:\t 0 kB\nVmPTE:\t 4 kB\nVmSwap:\t 1 kB\n"
		  "Threads:\t3\n");
	tree_file(&tree, "42/smaps_rollup",
		  "0-1 ---p 0 00:00 0 [rollup]\nPss: 11 kB\n"
		  "Pss_Dirty: 1 kB\nPrivate_Clean:  2 kB\n"
		  "Private_Dirty:  3 kB\n");
	tree_file(&tree, "42/statm", "8 5 3 1 0 2 0\n");
	tree_file(&tree, "42/limits",
		  "Limit  Soft Limit  Hard Limit  Units\n"
		  "Max open files            1024                 4096   "
		  "              files\n");
	tree_link(&tree, "42/fd/0", "/dev/null");
	tree_link(&tree, "42/fd/1", "socket:[77]");
	tree_file(&tree, "42/task/42/stat", "");
	tm_proc_memory_read(&ctx, 42, &counters);
	expect(TCPMEM_PROCESS_METRIC_VSZ, 30 * 1024);
	expect(TCPMEM_PROCESS_METRIC_RSS, 20 * 1024);
	expect(TCPMEM_PROCESS_METRIC_RSS_ANON, 8 * 1024);
	expect(TCPMEM_PROCESS_METRIC_RSS_FILE, 12 * 1024);
	expect(TCPMEM_PROCESS_METRIC_RSS_SHMEM, 0);
	expect(TCPMEM_PROCESS_METRIC_PSS, 11 * 1024);
	expect(TCPMEM_PROCESS_METRIC_USS, 5 * 1024);
	expect(TCPMEM_PROCESS_METRIC_SWAP, 1024);
	expect(TCPMEM_PROCESS_METRIC_STACK, 7 * 1024);
	expect(TCPMEM_PROCESS_METRIC_PAGE_TABLES, 4 * 1024);
	expect(TCPMEM_PROCESS_METRIC_STATM_RSS, 5 * sysconf(_SC_PAGESIZE));
	expect(TCPMEM_PROCESS_METRIC_THREADS, 3);
	expect(TCPMEM_PROCESS_METRIC_FDS, 2);
	expect(TCPMEM_PROCESS_METRIC_FDS_SOCKETS, 1);
	expect(TCPMEM_PROCESS_METRIC_FDS_SOFT, 1024);
	expect(TCPMEM_PROCESS_METRIC_FDS_HARD, 4096);
}
END_TEST

static void put_table(const char *path, int first, int count)
{
	char file[64], link[32];

	for (int i = 0; i < count; i++) {
		snprintf(file, sizeof(file), "%s/%d", path, i);
		snprintf(link, sizeof(link), "socket:[%d]", first + i);
		tree_link(&tree, file, link);
	}
}

/*
 * "of its fullest fd table: the limit is that of each table [...] unknown where
 * what an fd of any of its tables is cannot be read"
 */
START_TEST(the_fullest_of_several_fd_tables_counts)
{
	put_table("42/fd", 10, 3);
	put_table("42/task/42/fd", 10, 3);
	put_table("42/task/43/fd", 10, 3);
	tm_proc_memory_read(&ctx, 42, &counters);
	expect(TCPMEM_PROCESS_METRIC_FDS, 3);
	expect(TCPMEM_PROCESS_METRIC_FDS_SOCKETS, 3);
	put_table("42/task/44/fd", 20, 5);
	tm_proc_memory_read(&ctx, 42, &counters);
	expect(TCPMEM_PROCESS_METRIC_FDS, 5);
	expect(TCPMEM_PROCESS_METRIC_FDS_SOCKETS, 5);
	tree_file(&tree, "42/task/45/fd/0", "no link");
	tm_proc_memory_read(&ctx, 42, &counters);
	expect(TCPMEM_PROCESS_METRIC_FDS, 5);
	ck_assert(!counters.known[TCPMEM_PROCESS_METRIC_FDS_SOCKETS]);
}
END_TEST

START_TEST(what_makes_no_sense_is_unknown)
{
	tree_file(&tree, "42/status",
		  "VmRSS:\t99999999999999999999 kB\n"
		  "VmSize:\t1 MB\nVmPTE:\t-1 kB\n");
	tree_file(&tree, "42/smaps_rollup", "Private_Dirty:  3 kB\n");
	tree_file(&tree, "42/statm", "8\n");
	tree_file(&tree, "42/limits", "Max open files  unlimited  9 files\n");
	tm_proc_memory_read(&ctx, 42, &counters);
	for (int i = 0; i < TCPMEM_PROCESS_METRIC_COUNT; i++)
		ck_assert_msg(!counters.known[i], "%s",
			      tcpmem_process_metric_describe(
				      (enum tcpmem_process_metric)i)
				      ->name);
}
END_TEST

/* A cgroup hierarchy in the tree, mounted as @type says. */
static void mount_cgroup(const char *type, const char *options)
{
	char line[256];

	snprintf(line, sizeof(line), "cgroup %s/cg %s %s 0 0\n", tree.root,
		 type, options);
	tree_file(&tree, "self/mounts", line);
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
	tree_file(&tree, "cg/a/memory.max", "65536\n");
	read_cgroup("0::/a\n");
	expect(TCPMEM_PROCESS_METRIC_CGROUP_LIMIT, 65536);
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

START_TEST(processes_are_found_by_name)
{
	uint32_t *pids = NULL;
	size_t count = 0;

	ck_assert_int_eq(tm_proc_find(&ctx, "sh", &pids, &count), -ENOENT);
	tree_file(&tree, "42/stat", "42 (sh)" BEHIND);
	tree_file(&tree, "43/stat", "43 (bash)" BEHIND);
	tree_file(&tree, "net/stat", "44 (sh)" BEHIND);
	ck_assert_int_eq(tm_proc_find(&ctx, "sh", &pids, &count), 0);
	ck_assert_uint_eq(count, 1);
	ck_assert_uint_eq(pids[0], 42);
	free(pids);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("proc_memory");
	TCase *tc = tcase_create("all");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, nothing_is_known_of_nothing);
	tcase_add_test(tc, each_entry_comes_from_its_file);
	tcase_add_test(tc, the_fullest_of_several_fd_tables_counts);
	tcase_add_test(tc, what_makes_no_sense_is_unknown);
	tcase_add_test(tc, the_cgroup_of_v2_has_its_entries);
	tcase_add_loop_test(tc, the_root_of_another_namespace_is_not_its_cgroup,
			    0, 2);
	tcase_add_test(tc, the_cgroup_of_v1_counts_from_its_first_limit);
	tcase_add_test(tc, a_cgroup_has_room_up_to_its_limit);
	tcase_add_test(tc, v1_has_a_limit_for_tcp_alone);
	tcase_add_test(tc, a_cgroup_that_makes_no_sense_is_unknown);
	tcase_add_test(tc, processes_are_found_by_name);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}

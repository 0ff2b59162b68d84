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

/* Each of several ways to be none, beside one that is a number */
START_TEST(numbers_are_whole_or_unknown)
{
	tree_file(&tree, "42/status",
		  "VmRSS:\t5 kBx\nVmSize:\t6 kB\nVmStk:\t7 kB");
	tree_file(&tree, "42/smaps_rollup",
		  "Pss: 11 kB\nPrivate_Clean: 2\nPrivate_Dirty: 3 kB\n");
	tree_file(&tree, "42/statm", "8 5\n");
	tree_file(&tree, "42/limits",
		  "Max open files  1024  unlimited  files\n");
	tm_proc_memory_read(&ctx, 42, &counters);
	expect(TCPMEM_PROCESS_METRIC_VSZ, 6 * 1024);
	expect(TCPMEM_PROCESS_METRIC_PSS, 11 * 1024);
	expect(TCPMEM_PROCESS_METRIC_FDS_SOFT, 1024);
	ck_assert(!counters.known[TCPMEM_PROCESS_METRIC_RSS]);
	ck_assert(!counters.known[TCPMEM_PROCESS_METRIC_STACK]);
	ck_assert(!counters.known[TCPMEM_PROCESS_METRIC_USS]);
	ck_assert(!counters.known[TCPMEM_PROCESS_METRIC_STATM_RSS]);
	ck_assert(!counters.known[TCPMEM_PROCESS_METRIC_FDS_HARD]);
	tree_file(&tree, "42/smaps_rollup",
		  "Private_Clean: 18446744073709551615 kB\n"
		  "Private_Dirty: 1 kB\n");
	tm_proc_memory_read(&ctx, 42, &counters);
	ck_assert(!counters.known[TCPMEM_PROCESS_METRIC_USS]);
}
END_TEST

/* "Of who has ended these files say 0": its threads have the memory */
START_TEST(statm_of_a_leader_that_ended_is_unknown)
{
	tree_file(&tree, "42/statm", "0 0 0 0 0 0 0\n");
	tree_file(&tree, "42/stat", "42 (sh)" BEHIND);
	tm_proc_memory_read(&ctx, 42, &counters);
	expect(TCPMEM_PROCESS_METRIC_STATM_RSS, 0);
	tree_file(&tree, "42/stat",
		  "42 (sh) Z 1 9 9 0 -1 4227084 0 0 0 0 0 0 0 0 20 0 2 0 77 0 "
		  "0\n");
	tm_proc_memory_read(&ctx, 42, &counters);
	ck_assert(!counters.known[TCPMEM_PROCESS_METRIC_STATM_RSS]);
}
END_TEST

/* "the process that thread @pid is of; @pid itself where that is not told" */
START_TEST(a_thread_has_its_leader)
{
	static const struct {
		const char *status;
		uint32_t leader;
	} some[] = {
		{ "Name:\tTgid: 9\nTgid:\t41\nPid:\t42\n", 41 },
		{ "Tgid:\t2147483647\n", INT32_MAX },
		{ "Tgid:\t2147483648\n", 42 },
		{ "Tgid:\t0\n", 42 },
		{ "Tgid:\tx\n", 42 },
		{ "", 42 },
	};

	ck_assert_uint_eq(tm_proc_leader(&ctx, 42), 42);
	for (size_t i = 0; i < sizeof(some) / sizeof(some[0]); i++) {
		tree_file(&tree, "42/status", some[i].status);
		ck_assert_uint_eq(tm_proc_leader(&ctx, 42), some[i].leader);
	}
}
END_TEST

/* "Linux 6.2 tells the number by the size of the directory." */
START_TEST(fds_are_counted_by_the_size_of_their_directory)
{
	int64_t fds = -1, sockets = -1;
	char path[PATH_MAX];
	struct stat st;
	int dir;

	tree_link(&tree, "42/fd/0", "/dev/null");
	tree_link(&tree, "42/fd/1", "socket:[77]");
	tree_dir(&tree, "42/task/42");
	tree_path(&tree, "42", path);
	dir = open(path, O_PATH);
	ck_assert_int_eq(fstatat(dir, "fd", &st, 0), 0);
	ck_assert_int_eq(tm_proc_count_fds(dir, 42, &fds, NULL), 0);
	ck_assert_int_eq(fds, st.st_size ? st.st_size : 2);
	ck_assert_int_eq(tm_proc_count_fds(dir, 42, &fds, &sockets), 0);
	ck_assert_int_eq(fds, 2);
	ck_assert_int_eq(sockets, 1);
	close(dir);
	tree_path(&tree, "42/task", path);
	dir = open(path, O_PATH);
	ck_assert_int_eq(tm_proc_count_fds(dir, 42, &fds, &sockets), -ENOENT);
	ck_assert_int_eq(fds, 2);
	close(dir);
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

START_TEST(processes_are_found_by_name)
{
	uint32_t *pids = NULL;
	size_t count = 0;

	ck_assert_int_eq(tm_proc_find(&ctx, "sh", &pids, &count), -ENOENT);
	tree_file(&tree, "42/stat", "42 (sh)" BEHIND);
	tree_file(&tree, "43/stat", "43 (bash)" BEHIND);
	tree_file(&tree, "net/stat", "44 (sh)" BEHIND);
	tree_file(&tree, "45/stat",
		  "45 (sh) Z 1 9 9 0 -1 4227084 0 0 0 0 0 0 0 0 20 0 1 0 77 "
		  "0\n");
	ck_assert_int_eq(tm_proc_find(&ctx, "sh", &pids, &count), 0);
	ck_assert_uint_eq(count, 1);
	ck_assert_uint_eq(pids[0], 42);
	free(pids);
	tree_file(&tree, "46/stat", "46 (sh)" BEHIND);
	ck_assert_int_eq(tm_proc_find(&ctx, "sh", &pids, &count), 0);
	ck_assert_uint_eq(count, 2);
	ck_assert_uint_eq(pids[0] + pids[1], 88);
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
	tcase_add_test(tc, numbers_are_whole_or_unknown);
	tcase_add_test(tc, statm_of_a_leader_that_ended_is_unknown);
	tcase_add_test(tc, a_thread_has_its_leader);
	tcase_add_test(tc, fds_are_counted_by_the_size_of_their_directory);
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
	tcase_add_test(tc, processes_are_found_by_name);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}

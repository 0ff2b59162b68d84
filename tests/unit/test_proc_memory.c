// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_proc_memory.c - a process's memory, as a fake /proc tells it */
#include "counters_fixture.h"
#include "proc/internal.h"
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#define BEHIND \
	" S 1 42 42 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 3 0 98765 1000 200\n"

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
	tcase_add_test(tc, processes_are_found_by_name);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}

// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_proc_stat.c - /proc/PID/stat, whatever a process calls itself */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "proc/internal.h"
#include "tree.h"
#include "unit.h"

#define BEHIND \
	" S 1 42 42 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 3 0 98765 1000 200\n"

static void expect_comm(const char *comm, const char *kept)
{
	struct tm_proc_stat stat;
	char text[256];

	snprintf(text, sizeof(text), "42 (%s)" BEHIND, comm);
	ck_assert_int_eq(tm_proc_stat_parse(text, &stat), 0);
	ck_assert_str_eq(stat.comm, kept);
	ck_assert_uint_eq(stat.start_time, 98765);
}

START_TEST(fields_are_found)
{
	struct tm_proc_stat stat;

	ck_assert_int_eq(tm_proc_stat_parse("42 (sh)" BEHIND, &stat), 0);
	ck_assert_str_eq(stat.comm, "sh");
	ck_assert(!stat.kernel);
	ck_assert(!stat.exiting);
	ck_assert_uint_eq(stat.parent, 1);
	ck_assert_uint_eq(stat.start_time, 98765);
	ck_assert_int_eq(stat.rss, 200);
}
END_TEST

START_TEST(a_name_may_be_anything)
{
	expect_comm("", "");
	expect_comm("a b", "a b");
	expect_comm(")", ")");
	expect_comm(") R 1 1 (", ") R 1 1 (");
	expect_comm("x) S 9\n9 (y", "x) S 9\n9 (y");
	expect_comm("((((", "((((");
	expect_comm("\xff\x1b[2J", "\xff\x1b[2J");
}
END_TEST

/* Names of kernel workers are longer than TASK_COMM_LEN. */
START_TEST(a_long_name_is_cut)
{
	expect_comm("123456789012345", "123456789012345");
	expect_comm("kworker/u8:2-events_unbound", "kworker/u8:2-ev");
}
END_TEST

START_TEST(kernel_threads_are_told)
{
	struct tm_proc_stat stat;

	ck_assert_int_eq(tm_proc_stat_parse("2 (kthreadd) S 0 0 0 0 -1 2129984 "
					    "0 0 0 0 0 0 0 0 20 0 1 0 4 0",
					    &stat),
			 0);
	ck_assert(stat.kernel);
	ck_assert(!stat.exiting);
	ck_assert_uint_eq(stat.start_time, 4);
	ck_assert_int_eq(stat.rss, TCPMEM_UNKNOWN);
}
END_TEST

START_TEST(tasks_that_end_are_told)
{
	struct tm_proc_stat stat;

	ck_assert_int_eq(tm_proc_stat_parse("9 (x) Z 1 9 9 0 -1 4227084 0 0 0 "
					    "0 0 0 0 0 20 0 1 0 77 0",
					    &stat),
			 0);
	ck_assert(stat.exiting);
	ck_assert(!stat.leaderless);
	ck_assert(!stat.kernel);
	/* its first thread has ended, another holds its memory and files */
	ck_assert_int_eq(tm_proc_stat_parse("9 (x) Z 1 9 9 0 -1 4227084 0 0 0 "
					    "0 0 0 0 0 20 0 2 0 77 0 0 ",
					    &stat),
			 0);
	ck_assert(!stat.exiting);
	ck_assert(stat.leaderless);
	ck_assert_int_eq(stat.rss, TCPMEM_UNKNOWN);
}
END_TEST

/* "-EBADMSG if it is not one": whatever is cut off behind, and odd texts */
START_TEST(what_is_no_stat_is_refused)
{
	static const char whole[] = "42 (sh) S 1 42 42 0 -1 4194560 1 2 3 4 5 "
				    "6 7 8 20 0 3 0 9";
	static const char *const texts[] = {
		"",
		"42",
		"42 sh S 1",
		"42 )sh( S 1 42",
		"42 (sh)  S" BEHIND,
		"42 (sh) SS 1 42 42 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 3 0 9 1",
		"42 (sh) S 1 42 42 0 -1 x 1 2 3 4 5 6 7 8 20 0 3 0 98765 1",
		"42 (sh) S 1 42 42 0 -1 41 1 2 3 4 5 6 7 8 20 0 3 0 -9 1",
		"42 (sh) S 1 42 42 0 -1 41 1 2 3 4 5 6 7 8 20 0 3 0 9x 1",
		"42 (sh) S 1 42 42 0 -1 41 1 2 3 4 5 6 7 8 20 0 3 0 "
		"18446744073709551616 1",
	};
	struct tm_proc_stat stat;
	char text[sizeof(whole)];

	ck_assert_int_eq(tm_proc_stat_parse(whole, &stat), 0);
	for (size_t len = 0; len < sizeof(whole) - 1; len++) {
		memcpy(text, whole, len);
		text[len] = '\0';
		ck_assert_int_eq(tm_proc_stat_parse(text, &stat), -EBADMSG);
	}
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		ck_assert_int_eq(tm_proc_stat_parse(texts[i], &stat), -EBADMSG);
}
END_TEST

/* A parent is a pid; what memory no machine has is unknown. */
START_TEST(numbers_at_their_bounds)
{
	static const char format[] =
		"42 (sh) S %s 42 42 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 3 0 9 1 %s\n";
	struct tm_proc_stat stat;
	char text[256];

	snprintf(text, sizeof(text), format, "4294967295", "2147483647");
	ck_assert_int_eq(tm_proc_stat_parse(text, &stat), 0);
	ck_assert_uint_eq(stat.parent, UINT32_MAX);
	ck_assert_int_eq(stat.rss, INT32_MAX);
	ck_assert(!stat.leaderless);
	snprintf(text, sizeof(text), format, "4294967296", "1");
	ck_assert_int_eq(tm_proc_stat_parse(text, &stat), -EBADMSG);
	snprintf(text, sizeof(text), format, "1", "2147483648");
	ck_assert_int_eq(tm_proc_stat_parse(text, &stat), 0);
	ck_assert_int_eq(stat.rss, TCPMEM_UNKNOWN);
	snprintf(text, sizeof(text), format, "1", "x");
	ck_assert_int_eq(tm_proc_stat_parse(text, &stat), 0);
	ck_assert_int_eq(stat.rss, TCPMEM_UNKNOWN);
}
END_TEST

START_TEST(the_file_is_read_below_its_directory)
{
	struct tm_proc_stat stat;
	struct tree tree;
	int dir;

	tree_make(&tree);
	tree_file(&tree, "43/stat", "43 (sh)" BEHIND);
	dir = open(tree.root, O_PATH);
	ck_assert_int_eq(tm_proc_stat_read(dir, "42/stat", &stat), -ENOENT);
	ck_assert_int_eq(tm_proc_stat_read(dir, "43/stat", &stat), 0);
	ck_assert_str_eq(stat.comm, "sh");
	tree_dir(&tree, "44/stat");
	ck_assert_int_eq(tm_proc_stat_read(dir, "44/stat", &stat), -EISDIR);
	/* where nothing is open, its number is 0 */
	close(STDIN_FILENO);
	ck_assert_int_eq(tm_proc_stat_read(dir, "43/stat", &stat), 0);
	close(dir);
	tree_remove(&tree);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("proc_stat");
	TCase *tc = tcase_create("all");

	tcase_add_test(tc, fields_are_found);
	tcase_add_test(tc, a_name_may_be_anything);
	tcase_add_test(tc, a_long_name_is_cut);
	tcase_add_test(tc, kernel_threads_are_told);
	tcase_add_test(tc, tasks_that_end_are_told);
	tcase_add_test(tc, what_is_no_stat_is_refused);
	tcase_add_test(tc, numbers_at_their_bounds);
	tcase_add_test(tc, the_file_is_read_below_its_directory);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}

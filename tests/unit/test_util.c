// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_util.c - growable arrays, whole small files, lines, strict numbers */
#include "base/util.h"
#include "tree.h"
#include "unit.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <pwd.h>
#include <sched.h>
#include <signal.h>
#include <time.h>

/* Out of memory is what one test is about; a sanitizer would abort. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "allocator_may_return_null=1";
}

static struct tree tree;

static void setup(void)
{
	tree_make(&tree);
}

static void teardown(void)
{
	tree_remove(&tree);
}

/* "room for one more element in a growing array" */
START_TEST(test_grow)
{
	size_t capacity = 0;
	uint32_t *array = NULL;

	for (uint32_t i = 0; i < 1000; i++) {
		array = tm_grow(array, i, &capacity, sizeof(*array));
		ck_assert_ptr_nonnull(array);
		ck_assert_uint_gt(capacity, i);
		array[i] = i;
	}
	for (uint32_t i = 0; i < 1000; i++)
		ck_assert_uint_eq(array[i], i);
	free(array);
}
END_TEST

/* "NULL when out of memory (@array stays)" */
START_TEST(test_grow_fails)
{
	size_t capacity = SIZE_MAX / 8;
	char *array = strdup("kept");

	ck_assert_ptr_null(tm_grow(array, capacity, &capacity, 16));
	ck_assert_uint_eq(capacity, SIZE_MAX / 8);
	ck_assert_str_eq(array, "kept");
	free(array);
}
END_TEST

static void check_length(size_t size)
{
	char *bytes = malloc(size + 1);
	char *text = NULL;
	size_t len = 0;

	for (size_t i = 0; i < size; i++)
		bytes[i] = (char)('a' + i % 26);
	tree_bytes(&tree, "file", bytes, size);
	ck_assert_int_eq(tm_read_file(tree.root, "file", size, &text, &len), 0);
	ck_assert_uint_eq(len, size);
	ck_assert_int_eq(memcmp(text, bytes, size), 0);
	ck_assert_int_eq(text[size], '\0');
	free(text);
	free(bytes);
}

/* "reads a whole small file, NUL-terminated" */
START_TEST(test_read_whole)
{
	static const size_t sizes[] = { 0,    1,    4094, 4095,	 4096,
					4097, 8191, 8192, 40000, 1 << 20 };

	for (size_t i = 0; i < TM_ARRAY_SIZE(sizes); i++)
		check_length(sizes[i]);
}
END_TEST

/* "bytes that are read at most; what is longer is -EFBIG" */
START_TEST(test_read_limit)
{
	char *text = NULL;
	size_t len = 7;

	tree_file(&tree, "file", "12345");
	ck_assert_int_eq(tm_read_file(tree.root, "file", 4, &text, &len),
			 -EFBIG);
	ck_assert_ptr_null(text);
	ck_assert_uint_eq(len, 7);
	ck_assert_int_eq(tm_read_file(tree.root, "file", 5, &text, &len), 0);
	free(text);
}
END_TEST

START_TEST(test_read_errors)
{
	char deep[PATH_MAX + 1];
	char *text;
	size_t len;

	memset(deep, 'x', PATH_MAX);
	deep[PATH_MAX] = '\0';
	tree_dir(&tree, "dir");
	ck_assert_int_eq(tm_read_file(tree.root, "none", 9, &text, &len),
			 -ENOENT);
	ck_assert_int_eq(tm_read_file(tree.root, "dir", 9, &text, &len),
			 -EISDIR);
	ck_assert_int_eq(tm_read_file(tree.root, deep, 9, &text, &len),
			 -ENAMETOOLONG);
}
END_TEST

/* "opens a file below a root for reading, CLOEXEC" */
START_TEST(test_open)
{
	int fd;

	tree_file(&tree, "a/file", "x");
	fd = tm_open_below(tree.root, "a/file");
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(fcntl(fd, F_GETFD), FD_CLOEXEC);
	ck_assert_int_eq(fcntl(fd, F_GETFL) & O_ACCMODE, O_RDONLY);
	close(fd);
}
END_TEST

/* "the line that begins with the word @word and a space" */
START_TEST(test_find_line)
{
	const char *text = "TCPv6 6\nUDP 1\n TCP 2\nTCP: 3\nTCP 4\nTCP 5\nTCP";

	ck_assert_ptr_eq(tm_find_line(text, "TCP"), strstr(text, " 4"));
	ck_assert_ptr_eq(tm_find_line(text, "TCPv6"), strstr(text, " 6"));
	ck_assert_ptr_null(tm_find_line(text, "DCCP"));
	ck_assert_ptr_null(tm_find_line("", "TCP"));
	ck_assert_ptr_null(tm_find_line("TCP", "TCP"));
	ck_assert_ptr_null(tm_find_line("UDP\nTC", "TCP"));
}
END_TEST

/* "strverscmp(): "a9" is before "a10"", and so with every C library */
START_TEST(test_names_in_order)
{
	static const char *const order[] = { "",    "-",  "1",	    "9",
					     "10",  "a",  "a9",	    "a9b",
					     "a10", "aa", "orphan", "\xc3" };

	for (size_t i = 0; i < TM_ARRAY_SIZE(order); i++)
		for (size_t j = 0; j < TM_ARRAY_SIZE(order); j++) {
			int is = tm_compare_names(order[i], order[j]);

			ck_assert_int_eq((is > 0) - (is < 0),
					 (i > j) - (i < j));
		}
}
END_TEST

/* "a decimal number and where it ended" */
START_TEST(test_numbers)
{
	static const struct {
		const char *text;
		uint64_t value;
		const char *rest;
	} good[] = {
		{ "0", 0, "" },
		{ "42 x", 42, " x" },
		{ "007", 7, "" },
		{ "1e3", 1, "e3" },
		{ "0x10", 0, "x10" },
		{ "18446744073709551615\n", UINT64_MAX, "\n" },
	};

	for (size_t i = 0; i < TM_ARRAY_SIZE(good); i++) {
		uint64_t value = 1;
		const char *end = NULL;

		ck_assert_int_eq(tm_parse_u64(good[i].text, &end, &value), 0);
		ck_assert_uint_eq(value, good[i].value);
		ck_assert_str_eq(end, good[i].rest);
	}
}
END_TEST

/* "No sign, no leading space, no overflow." */
START_TEST(test_no_numbers)
{
	static const struct {
		const char *text;
		int error;
	} bad[] = {
		{ "", -EINVAL },
		{ "x", -EINVAL },
		{ " 1", -EINVAL },
		{ "+1", -EINVAL },
		{ "-1", -EINVAL },
		{ "\xd9\xa1", -EINVAL },
		{ "18446744073709551616", -ERANGE },
		{ "99999999999999999999999", -ERANGE },
	};

	for (size_t i = 0; i < TM_ARRAY_SIZE(bad); i++) {
		uint64_t value = 42;
		const char *end = NULL;

		ck_assert_int_eq(tm_parse_u64(bad[i].text, &end, &value),
				 bad[i].error);
		ck_assert_uint_eq(value, 42);
		ck_assert_ptr_null(end);
	}
}
END_TEST

/* "-ENOMEM, and NULL in @text, if it is not whole" */
START_TEST(test_text_cut)
{
	FILE *full = fopen("/dev/full", "w");
	char *text = strdup("cut");

	ck_assert_ptr_nonnull(full);
	fputs("text", full);
	ck_assert_int_eq(tm_text_close(full, &text), -ENOMEM);
	ck_assert_ptr_null(text);
}
END_TEST

/* "another host may have other users: root alone has a name" */
START_TEST(test_users_elsewhere)
{
	char text[32];

	tm_user_format(0, true, text, sizeof(text));
	ck_assert_str_eq(text, "root");
	tm_user_format(1, true, text, sizeof(text));
	ck_assert_str_eq(text, "1");
	tm_user_format(4000000000, false, text, sizeof(text));
	ck_assert_str_eq(text, "4000000000");
}
END_TEST

/* A name where there is one, else the number; cut to the room */
START_TEST(test_users_here)
{
	const struct passwd *root = getpwuid(0);
	char text[32], cut[3];

	tm_user_format(0, false, text, sizeof(text));
	ck_assert_str_eq(text, root ? root->pw_name : "0");
	tm_user_format(4000000000, false, cut, sizeof(cut));
	ck_assert_str_eq(cut, "40");
}
END_TEST

/* What a process runs out of; else the place alone is at fault */
START_TEST(test_shortages)
{
	ck_assert_int_eq(tm_shortage(-EMFILE), -EMFILE);
	ck_assert_int_eq(tm_shortage(-ENFILE), -ENFILE);
	ck_assert_int_eq(tm_shortage(-ENOMEM), -ENOMEM);
	ck_assert_int_eq(tm_shortage(-EACCES), 0);
	ck_assert_int_eq(tm_shortage(-ENOENT), 0);
	ck_assert_int_eq(tm_shortage(0), 0);
}
END_TEST

START_TEST(test_hex_digits)
{
	static const char digits[] = "0123456789abcdef";
	static const char upper[] = "0123456789ABCDEF";

	for (int c = 1; c < 256; c++) {
		const char *lower = strchr(digits, c),
			   *other = strchr(upper, c);
		int value = lower   ? (int)(lower - digits)
			    : other ? (int)(other - upper)
				    : -1;

		ck_assert_int_eq(tm_hex_digit((char)c), value);
	}
	ck_assert_int_eq(tm_hex_digit('\0'), -1);
}
END_TEST

START_TEST(test_pids)
{
	ck_assert_uint_eq(tm_parse_pid("1"), 1);
	ck_assert_uint_eq(tm_parse_pid("2147483647"), INT32_MAX);
	ck_assert_uint_eq(tm_parse_pid("2147483648"), 0);
	ck_assert_uint_eq(tm_parse_pid("4294967297"), 0);
	ck_assert_uint_eq(tm_parse_pid("99999999999999999999"), 0);
	ck_assert_uint_eq(tm_parse_pid("12x"), 0);
	ck_assert_uint_eq(tm_parse_pid("self"), 0);
	ck_assert_uint_eq(tm_parse_pid(""), 0);
}
END_TEST

START_TEST(test_links)
{
	ck_assert_uint_eq(tm_parse_link("socket:[4711]", "socket"), 4711);
	ck_assert_uint_eq(tm_parse_link("net:[1]", "net"), 1);
	ck_assert_uint_eq(tm_parse_link("net:[1]", "mnt"), 0);
	ck_assert_uint_eq(tm_parse_link("net:1]", "net"), 0);
	ck_assert_uint_eq(tm_parse_link("net[[1]", "net"), 0);
	ck_assert_uint_eq(tm_parse_link("net:[1", "net"), 0);
	ck_assert_uint_eq(tm_parse_link("net:[1] (deleted)", "net"), 0);
	ck_assert_uint_eq(tm_parse_link("net:[]", "net"), 0);
	ck_assert_uint_eq(tm_parse_link("net:[x1]", "net"), 0);
	ck_assert_uint_eq(tm_parse_link("net", "net"), 0);
}
END_TEST

START_TEST(test_reverse)
{
	static const char *const pairs[][2] = {
		{ "", "" },	    { "a", "a" },
		{ "ab", "ba" },	    { "abc", "cba" },
		{ "abcd", "dcba" }, { "abcdefgh", "hgfedcba" },
	};

	for (size_t i = 0; i < TM_ARRAY_SIZE(pairs); i++) {
		char text[10] = "";

		snprintf(text + 1, sizeof(text) - 1, "%s", pairs[i][0]);
		tm_reverse(text + 1, strlen(pairs[i][0]));
		ck_assert_str_eq(text + 1, pairs[i][1]);
		ck_assert_int_eq(text[0], '\0');
	}
}
END_TEST

/* Never 0, and nobody can know the next */
START_TEST(test_seeds)
{
	uint64_t all = 0, last = 0;

	for (int i = 0; i < 20; i++) {
		uint64_t seed = tm_random_seed();

		ck_assert_uint_eq(seed & 1, 1);
		ck_assert_uint_ne(seed, last);
		last = seed;
		all |= seed;
	}
	ck_assert_uint_ne(all >> 32, 0);
}
END_TEST

START_TEST(test_clock)
{
	struct timespec before, after;
	int64_t now;

	clock_gettime(CLOCK_REALTIME, &before);
	now = tm_now_ns(CLOCK_REALTIME);
	clock_gettime(CLOCK_REALTIME, &after);
	ck_assert_int_ge(now,
			 before.tv_sec * INT64_C(1000000000) + before.tv_nsec);
	ck_assert_int_le(now,
			 after.tv_sec * INT64_C(1000000000) + after.tv_nsec);
}
END_TEST

/* More entries than one call of the kernel brings */
START_TEST(test_directory)
{
	enum { FILES = 3000 };
	static bool seen[FILES];
	const struct dirent *entry;
	static struct tm_dir dir;
	char path[PATH_MAX], name[64];
	size_t files = 0;
	int fd, ret;

	for (int i = 0; i < FILES; i++) {
		snprintf(name, sizeof(name), "many/%d", i);
		if (i == 0)
			tree_file(&tree, name, "");
		tree_path(&tree, name, path);
		fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
		ck_assert_int_ge(fd, 0);
		close(fd);
	}
	tree_path(&tree, "many", path);
	ck_assert_int_eq(tm_dir_open(&dir, AT_FDCWD, path), 0);
	ck_assert_int_eq(fcntl(dir.fd, F_GETFD), FD_CLOEXEC);
	while ((ret = tm_dir_next(&dir, &entry)) > 0) {
		const char *end;
		uint64_t number;

		ck_assert_int_eq(ret, 1);
		if (entry->d_name[0] == '.')
			continue;
		ck_assert_int_eq(tm_parse_u64(entry->d_name, &end, &number), 0);
		ck_assert_uint_lt(number, FILES);
		ck_assert(!seen[number]);
		seen[number] = true;
		files++;
	}
	ck_assert_int_eq(ret, 0);
	ck_assert_int_eq(tm_dir_next(&dir, &entry), 0);
	ck_assert_uint_eq(files, FILES);
	fd = dir.fd;
	tm_dir_close(&dir);
	ck_assert_int_eq(fcntl(fd, F_GETFD), -1);
	ck_assert_int_eq(tm_dir_next(&dir, &entry), -EBADF);
}
END_TEST

START_TEST(test_directory_errors)
{
	static struct tm_dir dir;
	char path[PATH_MAX];

	tree_file(&tree, "file", "x");
	tree_path(&tree, "file", path);
	ck_assert_int_eq(tm_dir_open(&dir, AT_FDCWD, path), -ENOTDIR);
	tree_path(&tree, "none", path);
	ck_assert_int_eq(tm_dir_open(&dir, AT_FDCWD, path), -ENOENT);
}
END_TEST

static void *note_signals(void *arg)
{
	pthread_sigmask(SIG_SETMASK, NULL, arg);
	return arg;
}

/* A helper thread takes no signal, and the thread that starts it still does. */
START_TEST(test_thread)
{
	sigset_t before, within, after;
	pthread_t thread;
	void *returned;

	sigemptyset(&before);
	sigaddset(&before, SIGUSR2);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	sigemptyset(&within);
	ck_assert_int_eq(tm_thread_start(&thread, note_signals, &within), 0);
	ck_assert_int_eq(pthread_join(thread, &returned), 0);
	pthread_sigmask(SIG_SETMASK, NULL, &after);
	ck_assert_ptr_eq(returned, &within);
	ck_assert_int_eq(sigismember(&within, SIGINT), 1);
	ck_assert_int_eq(sigismember(&within, SIGALRM), 1);
	ck_assert_int_eq(sigismember(&after, SIGINT), 0);
	ck_assert_int_eq(sigismember(&after, SIGUSR2), 1);
}
END_TEST

START_TEST(test_cpus)
{
	cpu_set_t set;

	ck_assert_int_eq(sched_getaffinity(0, sizeof(set), &set), 0);
	ck_assert_uint_eq(tm_thread_cpus(), (size_t)CPU_COUNT(&set));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("util");
	TCase *tcase = tcase_create("util");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, test_grow);
	tcase_add_test(tcase, test_grow_fails);
	tcase_add_test(tcase, test_read_whole);
	tcase_add_test(tcase, test_read_limit);
	tcase_add_test(tcase, test_read_errors);
	tcase_add_test(tcase, test_open);
	tcase_add_test(tcase, test_find_line);
	tcase_add_test(tcase, test_names_in_order);
	tcase_add_test(tcase, test_numbers);
	tcase_add_test(tcase, test_no_numbers);
	tcase_add_test(tcase, test_text_cut);
	tcase_add_test(tcase, test_users_elsewhere);
	tcase_add_test(tcase, test_users_here);
	tcase_add_test(tcase, test_shortages);
	tcase_add_test(tcase, test_hex_digits);
	tcase_add_test(tcase, test_pids);
	tcase_add_test(tcase, test_links);
	tcase_add_test(tcase, test_reverse);
	tcase_add_test(tcase, test_seeds);
	tcase_add_test(tcase, test_clock);
	tcase_add_test(tcase, test_directory);
	tcase_add_test(tcase, test_directory_errors);
	tcase_add_test(tcase, test_thread);
	tcase_add_test(tcase, test_cpus);
	suite_add_tcase(suite, tcase);
	return unit_run(suite);
}

// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_util.c - growable arrays, whole small files, lines, strict numbers */
#include "base/util.h"
#include "tree.h"
#include "unit.h"

#include <errno.h>
#include <fcntl.h>

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
	suite_add_tcase(suite, tcase);
	return unit_run(suite);
}

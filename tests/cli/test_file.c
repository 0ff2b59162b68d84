// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_file.c - where a path to write to leads, and where it does not */
#include "file_tree.h"
#include "output/file.h"
#include "unit.h"

#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

static void write_text(const char *name, const char *text)
{
	int fd = file_open_to_write(at(name));

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(file_write(fd, text, strlen(text)), 0);
	close(fd);
}

static void check_size(const char *name, off_t size)
{
	struct stat st;

	ck_assert_int_eq(lstat(at(name), &st), 0);
	ck_assert(S_ISREG(st.st_mode));
	ck_assert_int_eq(st.st_size, size);
}

/* "as the shell's > does": it is made where the link leads, or emptied */
START_TEST(a_link_is_followed_to_what_is_made_or_emptied)
{
	tree_link(&tree, "link", "real");
	write_text("link", "text");
	check_size("real", 4);
	write_text("link", "a");
	check_size("real", 1);
	write_text("real", "ab");
	check_size("real", 2);
}
END_TEST

START_TEST(links_that_lead_nowhere_are_an_error)
{
	tree_link(&tree, "a", "b");
	tree_link(&tree, "b", "a");
	ck_assert_int_eq(file_open_to_write(at("a")), -ELOOP);
	tree_link(&tree, "c", "no/such");
	ck_assert_int_eq(file_open_to_write(at("c")), -ENOENT);
}
END_TEST

/* "a directory, a device or a FIFO is there" */
START_TEST(a_file_replaces_what_is_a_file)
{
	char target[PATH_MAX];

	tree_link(&tree, "link", "real");
	ck_assert_int_eq(file_find_target(at("link"), target), 0);
	ck_assert_str_eq(target, at("real"));
	tree_file(&tree, "real", "text");
	ck_assert_int_eq(file_find_target(at("link"), target), 0);
	ck_assert_str_eq(target, at("real"));
	ck_assert_int_eq(mkfifo(at("pipe"), 0600), 0);
	tree_link(&tree, "link", "pipe");
	ck_assert_int_eq(file_find_target(at("link"), target), -EEXIST);
	ck_assert_int_eq(file_find_target(at("pipe"), target), -EEXIST);
	ck_assert_int_eq(file_find_target("/dev/null", target), -EEXIST);
	ck_assert_int_eq(file_find_target("/proc/self/fd/0", target), -EEXIST);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("file");
	TCase *tcase = tcase_create("targets");

	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_test(tcase, a_link_is_followed_to_what_is_made_or_emptied);
	tcase_add_test(tcase, links_that_lead_nowhere_are_an_error);
	tcase_add_test(tcase, a_file_replaces_what_is_a_file);
	suite_add_tcase(suite, tcase);
	return unit_run(suite);
}

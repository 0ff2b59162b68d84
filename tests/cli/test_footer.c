// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_footer.c - sentences below a table, in lines of 79 columns at most */
#include "output/output.h"
#include "unit.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define TEN   "abcdefghij"
#define FIFTY TEN TEN TEN TEN TEN

typedef int (*print_fn)(const char *format, ...);

/* It takes so many lines, and stands there as @wanted. */
static void check_print(print_fn print, const char *text, int lines,
			const char *wanted)
{
	int before = dup(STDOUT_FILENO), got;
	FILE *file = tmpfile();
	char shown[512] = "";

	ck_assert_ptr_nonnull(file);
	fflush(stdout);
	ck_assert_int_ge(dup2(fileno(file), STDOUT_FILENO), 0);
	got = print("%s", text);
	fflush(stdout);
	ck_assert_int_ge(dup2(before, STDOUT_FILENO), 0);
	close(before);
	ck_assert_int_ge(pread(fileno(file), shown, sizeof(shown) - 1, 0), 0);
	fclose(file);
	ck_assert_str_eq(shown, wanted);
	ck_assert_int_eq(got, lines);
}

START_TEST(lines_end_at_words)
{
	/* 79 columns, and one more */
	check_print(footer_print_line, FIFTY " " TEN TEN "abcdefgh", 1,
		    FIFTY " " TEN TEN "abcdefgh\n");
	check_print(footer_print_line, FIFTY " " TEN TEN "abcdefghi", 2,
		    FIFTY "\n  " TEN TEN "abcdefghi\n");
	check_print(footer_print_text, FIFTY " " TEN TEN "abcdef", 1,
		    "  " FIFTY " " TEN TEN "abcdef\n");
	check_print(footer_print_text, FIFTY " " TEN TEN "abcdefg", 2,
		    "  " FIFTY "\n  " TEN TEN "abcdefg\n");
}
END_TEST

START_TEST(a_line_that_goes_on_begins_behind_two_blanks)
{
	check_print(footer_print_line,
		    FIFTY " " FIFTY " " TEN TEN "abcdef " FIFTY, 3,
		    FIFTY "\n  " FIFTY " " TEN TEN "abcdef\n  " FIFTY "\n");
	check_print(footer_print_line,
		    FIFTY " " FIFTY " " TEN TEN "abcdefg " FIFTY, 4,
		    FIFTY "\n  " FIFTY "\n  " TEN TEN "abcdefg\n  " FIFTY "\n");
}
END_TEST

START_TEST(a_word_is_never_cut)
{
	check_print(footer_print_line, FIFTY FIFTY, 1, FIFTY FIFTY "\n");
	check_print(footer_print_text, "a " FIFTY FIFTY " b", 3,
		    "  a\n  " FIFTY FIFTY "\n  b\n");
	check_print(footer_print_text, "a  b\x1b", 1, "  a b\\x1b\n");
	check_print(footer_print_text, "", 1, "  \n");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("footer");
	TCase *tc = tcase_create("all");

	tcase_add_test(tc, lines_end_at_words);
	tcase_add_test(tc, a_line_that_goes_on_begins_behind_two_blanks);
	tcase_add_test(tc, a_word_is_never_cut);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}

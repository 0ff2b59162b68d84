// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_page.c - lines that fit a screen */
#include "capture.h"
#include "top/page.h"
#include "unit.h"

#include <locale.h>

static void check_fit(const char *text, int width, bool right,
		      const char *wanted)
{
	struct capture capture;

	capture_begin(&capture);
	text_fit(capture.out, text, width, right, false);
	ck_assert_str_eq(capture_text(&capture), wanted);
	capture_end(&capture);
}

START_TEST(fills_up_with_blanks)
{
	check_fit("ab", 4, false, "ab  ");
	check_fit("ab", 4, true, "  ab");
	check_fit("abcd", 4, true, "abcd");
	check_fit("ab", 0, false, "");
}
END_TEST

/* "A text that is too long loses its middle: of a path the end is kept, of
 * "name[pid]" the pid." */
START_TEST(keeps_what_tells_rows_apart)
{
	check_fit("a-long-name[12345]", 12, false, "a-lo~[12345]");
	check_fit("/system.slice/nginx.service", 14, false, "~nginx.service");
	check_fit("a plain long text", 8, false, "a plain~");
	check_fit("name[12345]", 4, false, "nam~");
	/* the pid, or what follows it, has just room */
	check_fit("name[12345]", 8, false, "~[12345]");
	check_fit("name[12345]", 7, false, "name[1~");
	check_fit("name[12345]x", 8, false, "name[12~");
	check_fit("a name that ends]", 8, false, "a name ~");
	check_fit("/a/path[1]", 7, false, "/a/~[1]");
	check_fit("/a/longer/path", 1, false, "~");
	check_fit("ab", 1, true, "~");
	check_fit("ab", -1, false, "");
	check_fit("", 2, false, "  ");
}
END_TEST

static void check_cut(const char *text, int width, bool utf8,
		      const char *wanted)
{
	struct capture capture;

	capture_begin(&capture);
	text_cut(capture.out, text, width, utf8);
	ck_assert_str_eq(capture_text(&capture), wanted);
	capture_end(&capture);
}

START_TEST(the_begin_of_a_text_is_kept)
{
	check_cut("abcd", 4, false, "abcd");
	check_cut("abcde", 4, false, "abc~");
	check_cut("abcde", 4, true, "abc\u2026");
	check_cut("abcde", 1, false, "~");
	check_cut("", 0, false, "");
}
END_TEST

START_TEST(a_prefix_is_as_wide_as_it_says)
{
	int taken = -1;

	ck_assert_uint_eq(text_prefix("abcd", 3, &taken), 3);
	ck_assert_int_eq(taken, 3);
	ck_assert_uint_eq(text_prefix("abcd", 4, &taken), 4);
	ck_assert_int_eq(taken, 4);
	ck_assert_uint_eq(text_prefix("abcd", 9, &taken), 4);
	ck_assert_int_eq(taken, 4);
	ck_assert_uint_eq(text_prefix("abcd", 0, &taken), 0);
	ck_assert_int_eq(taken, 0);
	if (!setlocale(LC_CTYPE, "C.UTF-8"))
		return;
	ck_assert_uint_eq(text_prefix("\u65e5\u672c", 3, &taken), 3);
	ck_assert_int_eq(taken, 2);
	/* what joins the letter before it takes no column */
	ck_assert_uint_eq(text_prefix("e\u0301e", 1, &taken), 3);
	ck_assert_int_eq(taken, 1);
	/* bytes that are no character, a cut one, a control: one column each */
	ck_assert_int_eq(text_width("\xff\xfe"), 2);
	ck_assert_int_eq(text_width("a\xe2\x82"), 3);
	ck_assert_int_eq(text_width("\x01\x7f ~"), 4);
}
END_TEST

/* A character of two columns that is cut off leaves a blank. */
START_TEST(counts_columns_not_bytes)
{
	if (!setlocale(LC_CTYPE, "C.UTF-8"))
		return;
	ck_assert_int_eq(text_width("\u65e5\u672c"), 4);
	check_fit("\u65e5\u672c", 6, false, "\u65e5\u672c  ");
	check_fit("\u65e5\u672c\u8a9e", 4, false, "\u65e5~ ");
	check_fit("/\u65e5\u672c\u8a9e", 5, false, "~\u672c\u8a9e");
	check_fit("/\u65e5\u672c\u8a9e", 4, false, "/~\u8a9e");
}
END_TEST

START_TEST(drops_parts_that_have_no_room)
{
	const char *const part[] = { "first", "", NULL, "second", "third" };
	struct top_page page = { 0 };

	page_clear(&page, 19, 5);
	page_add_parts(&page, TOP_PLAIN, part, 5);
	ck_assert_str_eq(page.line[0].text, "first  second ~");
	page_clear(&page, 19, 5);
	page_add(&page, TOP_PLAIN, "%s", "a line that is too long");
	ck_assert_str_eq(page.line[0].text, "a line that is too~");
	page_free(&page);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("page");
	TCase *tc = tcase_create("all");

	tcase_add_test(tc, fills_up_with_blanks);
	tcase_add_test(tc, keeps_what_tells_rows_apart);
	tcase_add_test(tc, counts_columns_not_bytes);
	tcase_add_test(tc, the_begin_of_a_text_is_kept);
	tcase_add_test(tc, a_prefix_is_as_wide_as_it_says);
	tcase_add_test(tc, drops_parts_that_have_no_room);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}

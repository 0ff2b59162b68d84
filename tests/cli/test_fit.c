// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_fit.c - tables on narrow terminals, line for line */
#include "output/fit.h"
#include "unit.h"

#include <locale.h>
#include <stdio.h>
#include <string.h>

enum { CELLS = 4 };

static struct column column[CELLS];
static struct columns columns;
static struct libscols_table *table;

/* Columns with these names; each is a number until it is changed. */
static void begin(size_t count, const char *const names[])
{
	table = scols_new_table();
	ck_assert_ptr_nonnull(table);
	scols_table_set_termforce(table, SCOLS_TERMFORCE_NEVER);
	scols_table_enable_noencoding(table, 1);
	columns.count = count;
	for (size_t i = 0; i < count; i++) {
		column[i] = (struct column){ .name = names[i] };
		columns.column[i] = &column[i];
		ck_assert_ptr_nonnull(
			scols_table_new_column(table, names[i], 0, 0));
	}
}

static void add(const char *const cells[])
{
	struct libscols_line *line = scols_table_new_line(table, NULL);

	ck_assert_ptr_nonnull(line);
	for (size_t i = 0; i < columns.count; i++)
		ck_assert_int_eq(scols_line_set_data(line, i, cells[i]), 0);
}

#define BEGIN(...)                                                            \
	begin(sizeof((const char *[]){ __VA_ARGS__ }) / sizeof(const char *), \
	      (const char *[]){ __VA_ARGS__ })
#define ADD(...) add((const char *[]){ __VA_ARGS__ })

/* What stands there in @width columns, without the blanks at a line's end */
static void check_table(int width, const char *wanted)
{
	char *text, *to, *line;

	ck_assert_int_eq(fit_table(table, &columns, width), 0);
	ck_assert_int_eq(scols_print_table_to_string(table, &text), 0);
	to = line = text;
	for (const char *at = text; *at; at++) {
		if (*at == '\n')
			while (to > line && to[-1] == ' ')
				to--;
		*to++ = *at;
		line = *at == '\n' ? to : line;
	}
	/* not each libsmartcols ends the last line */
	while (to > text && (to[-1] == ' ' || to[-1] == '\n'))
		to--;
	*to = '\0';
	ck_assert_str_eq(text, wanted);
	free(text);
	scols_unref_table(table);
}

static void names_and_numbers(void)
{
	BEGIN("KEY", "LEFT", "MID", "END");
	ADD("abc", "1234", "123", "12");
	ADD("d", "1", "1", "1");
}

START_TEST(what_has_room_is_as_it_was)
{
	names_and_numbers();
	check_table(16, "KEY LEFT MID END\nabc 1234 123 12\nd   1    1   1");
}
END_TEST

/* "where there is no room, the column of the highest goes first; the last of
 * the line, where they are equal" */
START_TEST(the_last_of_equals_goes_first)
{
	names_and_numbers();
	check_table(15, "KEY LEFT MID\nabc 1234 123\nd   1    1");
	names_and_numbers();
	check_table(12, "KEY LEFT MID\nabc 1234 123\nd   1    1");
	names_and_numbers();
	check_table(11, "KEY LEFT\nabc 1234\nd   1");
	names_and_numbers();
	check_table(7, "KEY\nabc\nd");
}
END_TEST

START_TEST(the_highest_rank_goes_first)
{
	names_and_numbers();
	column[1].rank = 2;
	column[2].rank = 1;
	check_table(15, "KEY MID END\nabc 123 12\nd   1   1");
	names_and_numbers();
	column[1].rank = 2;
	column[2].rank = 1;
	check_table(8, "KEY END\nabc 12\nd   1");
}
END_TEST

START_TEST(what_tells_nothing_goes_before_all_others)
{
	BEGIN("KEY", "LEFT", "MID", "END");
	ADD("abc", "-", "123", "12");
	ADD("d", "", "1", "1");
	column[3].rank = 5;
	check_table(15, "KEY MID END\nabc 123 12\nd   1   1");
	/* one cell that tells something is enough */
	BEGIN("KEY", "LEFT", "MID", "END");
	ADD("abc", "-", "123", "12");
	ADD("d", "0", "1", "1");
	column[3].rank = 5;
	check_table(15, "KEY LEFT MID\nabc -    123\nd   0    1");
}
END_TEST

/* "Numbers and names stay whole, unless one alone is wider than @width." */
START_TEST(one_that_is_too_wide_is_cut_to_4_at_least)
{
	BEGIN("KEY", "END");
	column[0].cut = true;
	ADD("abcdefghij", "1");
	check_table(6, "KEY\nabcde~");
	BEGIN("KEY", "END");
	column[0].cut = true;
	ADD("abcdefghij", "1");
	check_table(2, "KEY\nabc~");
}
END_TEST

/* Lines end at blanks, commas and slashes; a blank there is left out. */
START_TEST(texts_wrap_at_words)
{
	BEGIN("KEY", "END");
	column[0].wrap = true;
	ADD("one two three", "1");
	check_table(11, "KEY     END\none two 1\nthree");
	BEGIN("KEY", "END");
	column[0].wrap = true;
	ADD("one two three", "1");
	check_table(10, "KEY   END\none   1\ntwo\nthree");
	BEGIN("KEY", "END");
	column[0].wrap = true;
	ADD("/usr/bin,a", "1");
	check_table(9, "KEY   END\n/usr/ 1\nbin,a");
	BEGIN("KEY", "END");
	column[0].wrap = true;
	ADD("a  b", "1");
	check_table(7, "KEY END\na b 1");
	/* the blanks before count, too */
	BEGIN("KEY", "END");
	column[0].wrap = true;
	ADD("a b cc", "1");
	check_table(9, "KEY END\na b 1\ncc");
}
END_TEST

#define TEN "abcdefghij"

/* "A longer word may be cut, with a mark": than 32 */
START_TEST(a_long_word_does_not_take_all_the_room)
{
	BEGIN("KEY", "END");
	column[0].wrap = true;
	ADD(TEN TEN TEN "abc", "1");
	check_table(36, "KEY                              END\n" TEN TEN TEN
			"a~ 1");
	BEGIN("KEY", "END");
	column[0].wrap = true;
	ADD(TEN TEN TEN "ab", "1");
	check_table(36, "KEY                              END\n" TEN TEN TEN
			"ab 1");
}
END_TEST

/* Of a text that may be cut, 16 columns stay. */
START_TEST(a_text_that_may_be_cut_keeps_its_begin)
{
	BEGIN("KEY", "END");
	column[1].cut = true;
	ADD("a", TEN TEN);
	check_table(20, "KEY END\na   " TEN "abcde~");
	BEGIN("KEY", "END");
	column[1].cut = true;
	ADD("a", TEN TEN);
	check_table(22, "KEY END\na   " TEN "abcdefg~");
	BEGIN("KEY", "END");
	column[1].cut = true;
	ADD("a", TEN TEN);
	check_table(19, "KEY\na");
	/* one that needs less has no more */
	BEGIN("KEY", "END", "LAST");
	column[1].cut = true;
	ADD("a", "abcde", "1");
	check_table(14, "KEY END   LAST\na   abcde 1");
}
END_TEST

/* Room that is left goes to those that are cut the most, first to the first. */
START_TEST(room_is_shared)
{
	BEGIN("KEY", "MID", "END");
	column[1].cut = column[2].cut = true;
	ADD("a", TEN TEN TEN, TEN TEN);
	check_table(41, "KEY MID                  END\n"
			"a   " TEN "abcdefghi~ " TEN "abcde~");
	BEGIN("KEY", "MID", "END");
	column[1].cut = column[2].cut = true;
	ADD("a", TEN TEN TEN, TEN TEN);
	check_table(49, "KEY MID                         END\n"
			"a   " TEN TEN "abcdef~ " TEN "abcdef~");
}
END_TEST

START_TEST(columns_are_counted_not_bytes)
{
	if (!setlocale(LC_CTYPE, "C.UTF-8"))
		return;
	BEGIN("KEY", "END");
	column[0].wrap = true;
	ADD("\u00e9\u00e9\u00e9\u00e9 \u00e9\u00e9", "1");
	check_table(8, "KEY  END\n\u00e9\u00e9\u00e9\u00e9 1\n\u00e9\u00e9");
	BEGIN("KEY", "END");
	column[0].cut = true;
	ADD("\u65e5\u672c\u8a9e", "1");
	check_table(5, "KEY\n\u65e5\u672c\u2026");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("fit");
	TCase *tc = tcase_create("all");

	tcase_add_test(tc, what_has_room_is_as_it_was);
	tcase_add_test(tc, the_last_of_equals_goes_first);
	tcase_add_test(tc, the_highest_rank_goes_first);
	tcase_add_test(tc, what_tells_nothing_goes_before_all_others);
	tcase_add_test(tc, one_that_is_too_wide_is_cut_to_4_at_least);
	tcase_add_test(tc, texts_wrap_at_words);
	tcase_add_test(tc, a_long_word_does_not_take_all_the_room);
	tcase_add_test(tc, a_text_that_may_be_cut_keeps_its_begin);
	tcase_add_test(tc, room_is_shared);
	tcase_add_test(tc, columns_are_counted_not_bytes);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}

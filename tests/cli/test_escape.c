// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_escape.c - no text from outside steers a terminal or splits a line */
#include "capture.h"
#include "output/text.h"
#include "unit.h"

#include <locale.h>
#include <string.h>

static void check_escape(const char *text, enum escape escape,
			 const char *wanted)
{
	struct capture capture;

	capture_begin(&capture);
	escape_print(capture.out, text, escape);
	ck_assert_str_eq(capture_text(&capture), wanted);
	capture_end(&capture);
}

static void terminal(const char *text, const char *wanted)
{
	check_escape(text, ESCAPE_TERMINAL, wanted);
}

static void raw(const char *text, const char *wanted)
{
	check_escape(text, ESCAPE_RAW, wanted);
}

static void use_locale(const char *name)
{
	ck_assert_ptr_nonnull(setlocale(LC_CTYPE, name));
}

START_TEST(keeps_plain_text)
{
	terminal("nginx: worker", "nginx: worker");
	terminal("a\\b", "a\\b");
	terminal("", "");
	terminal("-", "-");
}
END_TEST

START_TEST(shows_controls_as_hex)
{
	use_locale("C.UTF-8");
	terminal("\x1b[31mred\x07\n\t\x7f", "\\x1b[31mred\\x07\\x0a\\x09\\x7f");
	/* U+009B starts a sequence as ESC [ does; U+202E turns the line */
	terminal("\xc2\x9b", "\\xc2\\x9b");
	terminal("\xe2\x80\xae", "\\xe2\\x80\\xae");
}
END_TEST

START_TEST(keeps_the_locales_letters)
{
	use_locale("C.UTF-8");
	terminal("caf\xc3\xa9", "caf\xc3\xa9");
	use_locale("C");
	terminal("caf\xc3\xa9", "caf\\xc3\\xa9");
}
END_TEST

START_TEST(shows_broken_letters_as_hex)
{
	use_locale("C.UTF-8");
	terminal("a\xff", "a\\xff");
	terminal("\xc3", "\\xc3");
	terminal("\xe2\x82", "\\xe2\\x82");
	terminal("\xc3(\xc3\xa9", "\\xc3(\xc3\xa9");
	terminal("\xed\xa0\x80", "\\xed\\xa0\\x80");
}
END_TEST

/* "blanks and backslashes become \xNN too" */
START_TEST(raw_has_no_blanks)
{
	raw("tmux: server", "tmux:\\x20server");
	raw("a\\b", "a\\x5cb");
	raw("a\nb", "a\\x0ab");
}
END_TEST

/* "backslashes become \\xNN too", quotes are doubled, blanks stay */
START_TEST(csv_doubles_quotes)
{
	check_escape("a \"b\" -", ESCAPE_CSV, "a \"\"b\"\" -");
	check_escape("a\\b\n~", ESCAPE_CSV, "a\\x5cb\\x0a~");
	check_escape("", ESCAPE_CSV, "");
	check_escape("-", ESCAPE_CSV, "-");
	use_locale("C.UTF-8");
	check_escape("\u00e9\"\u202e", ESCAPE_CSV, "\u00e9\"\"\\xe2\\x80\\xae");
	raw("a \u00e9\u3000", "a\\x20\u00e9\u3000");
}
END_TEST

/* "a text that is empty or "-" cannot be taken for unknown" */
START_TEST(raw_is_never_taken_for_unknown)
{
	raw("-", "\\x2d");
	raw("--", "--");
	raw("", "\\x00");
}
END_TEST

/* Nothing between 1 and 255 gets through in any place of a word. */
START_TEST(no_byte_is_a_control)
{
	use_locale("C.UTF-8");
	for (int byte = 1; byte < 256; byte++) {
		const char text[] = { 'a', (char)byte, 'b', '\0' };
		struct capture capture;

		capture_begin(&capture);
		escape_print(capture.out, text, ESCAPE_RAW);
		for (const char *c = capture_text(&capture); *c; c++)
			ck_assert_msg(*c > ' ' && *c < 0x7f, "%d", byte);
		ck_assert_uint_ge(strlen(capture.text), 3);
		capture_end(&capture);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("escape");
	TCase *tc = tcase_create("all");

	tcase_add_test(tc, keeps_plain_text);
	tcase_add_test(tc, shows_controls_as_hex);
	tcase_add_test(tc, keeps_the_locales_letters);
	tcase_add_test(tc, shows_broken_letters_as_hex);
	tcase_add_test(tc, raw_has_no_blanks);
	tcase_add_test(tc, csv_doubles_quotes);
	tcase_add_test(tc, raw_is_never_taken_for_unknown);
	tcase_add_test(tc, no_byte_is_a_control);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}

// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_bar.c - the bar of TCP memory */
#include "capture.h"
#include "output/text.h"
#include "unit.h"

#include <locale.h>
#include <string.h>

#define TEN_DOTS ".........."

static void check_bar(const struct bar *bar, bool color, const char *wanted)
{
	struct capture capture;

	capture_begin(&capture);
	bar_print(capture.out, bar, color);
	ck_assert_str_eq(capture_text(&capture), wanted);
	capture_end(&capture);
}

START_TEST(marks_low_and_pressure)
{
	const struct bar bar = { 0, 300, 400, 600 };

	check_bar(&bar, false,
		  "  " TEN_DOTS TEN_DOTS TEN_DOTS
		  "|.........|........." TEN_DOTS "| 0.0 %\n");
}
END_TEST

START_TEST(fills_what_is_used)
{
	const struct bar bar = { 310, 300, 400, 600 };

	check_bar(&bar, false,
		  "  ###############################"
		  ".........|........." TEN_DOTS "| 51.7 %\n");
}
END_TEST

/* A little is not nothing, and more than the limit is not more than full. */
START_TEST(shows_extremes)
{
	const struct bar little = { 1, 300, 400, 600 };
	const struct bar over = { 1200, 300, 400, 600 };

	check_bar(&little, false,
		  "  :........." TEN_DOTS TEN_DOTS
		  "|.........|........." TEN_DOTS "| 0.2 %\n");
	check_bar(&over, false,
		  "  ####################"
		  "########################################| 200.0 %\n");
}
END_TEST

START_TEST(colours_tell_how_grave_it_is)
{
	static const struct {
		int64_t used;
		const char *color;
	} cases[] = {
		{ 299, TERM_GREEN }, { 300, TERM_YELLOW }, { 399, TERM_YELLOW },
		{ 400, TERM_RED },   { 700, TERM_RED },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct bar bar = { cases[i].used, 300, 400, 600 };
		struct capture capture;

		capture_begin(&capture);
		bar_print(capture.out, &bar, true);
		ck_assert_ptr_nonnull(
			strstr(capture_text(&capture), cases[i].color));
		ck_assert_ptr_nonnull(strstr(capture.text, TERM_RESET));
		capture_end(&capture);
	}
}
END_TEST

static size_t width_in_utf8(const char *text)
{
	size_t width = 0;

	for (; *text; text++)
		width += (*text & 0xc0) != 0x80;
	return width;
}

START_TEST(is_as_wide_in_every_locale)
{
	const struct bar bar = { 310, 300, 400, 600 };
	struct capture ascii;
	struct capture utf8;

	capture_begin(&ascii);
	bar_print(ascii.out, &bar, false);
	ck_assert_ptr_nonnull(setlocale(LC_CTYPE, "C.UTF-8"));
	capture_begin(&utf8);
	bar_print(utf8.out, &bar, false);
	ck_assert_uint_eq(width_in_utf8(capture_text(&utf8)),
			  strlen(capture_text(&ascii)));
	ck_assert_ptr_nonnull(strstr(utf8.text, "\u2588"));
	capture_end(&utf8);
	capture_end(&ascii);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("bar");
	TCase *tc = tcase_create("all");

	tcase_add_test(tc, marks_low_and_pressure);
	tcase_add_test(tc, fills_what_is_used);
	tcase_add_test(tc, shows_extremes);
	tcase_add_test(tc, colours_tell_how_grave_it_is);
	tcase_add_test(tc, is_as_wide_in_every_locale);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}

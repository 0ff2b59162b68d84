// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_plot.c - values over time, drawn with characters */
#include "output/plot.h"
#include "tcpmem.h"
#include "unit.h"

#include <locale.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define SECOND INT64_C(1000000000)

typedef void (*print_fn)(const struct plot *plot,
			 const struct options *options);

static int64_t ns[PLOT_POINTS];
static char text[16384];
static struct options options;

/* What @print writes to stdout, in @text */
static void print_to_text(print_fn print, const struct plot *plot)
{
	int before = dup(STDOUT_FILENO);
	FILE *file = tmpfile();
	ssize_t len;

	ck_assert_ptr_nonnull(file);
	fflush(stdout);
	ck_assert_int_ge(dup2(fileno(file), STDOUT_FILENO), 0);
	print(plot, &options);
	fflush(stdout);
	ck_assert_int_ge(dup2(before, STDOUT_FILENO), 0);
	close(before);
	len = pread(fileno(file), text, sizeof(text) - 1, 0);
	ck_assert_int_ge(len, 0);
	text[len] = '\0';
	fclose(file);
}

/* A second apart */
static void draw(print_fn print, const int64_t *value, size_t count, bool bytes)
{
	const struct plot plot = { "a\x1b", ns, value, count, bytes };

	for (size_t i = 0; i < PLOT_POINTS; i++)
		ns[i] = (int64_t)i * SECOND;
	print_to_text(print, &plot);
}

#define DRAW(print, bytes, ...)                                          \
	draw(print, (const int64_t[]){ __VA_ARGS__ },                    \
	     sizeof((const int64_t[]){ __VA_ARGS__ }) / sizeof(int64_t), \
	     bytes)

#define AXIS "\n           1970-01-01T00:00:00Z, and "

/* An eighth of a row is the least that is drawn. */
START_TEST(a_column_is_as_high_as_its_value)
{
	DRAW(plot_print_chart, false, 0, 8, 9, TCPMEM_UNKNOWN, 64);
	ck_assert_str_eq(text, "  a\\x1b\n"
			       "       64 |    #\n"
			       "          |    #\n"
			       "          |    #\n"
			       "          |    #\n"
			       "          |    #\n"
			       "          |    #\n"
			       "          |  # #\n"
			       "        0 |### #\n"
			       "          +-----" AXIS "4.0s from there\n");
}
END_TEST

START_TEST(eighths_are_drawn_where_characters_are_utf8)
{
	if (!setlocale(LC_CTYPE, "C.UTF-8"))
		return;
	DRAW(plot_print_chart, false, 0, 7, 8, 9, 15, 64);
	ck_assert_ptr_nonnull(strstr(
		text,
		"\n          \u2502   \u2581\u2587\u2588\n"
		"        0 \u2502\u2581\u2587\u2588\u2588\u2588\u2588\n"
		"          \u2514\u2500\u2500\u2500\u2500\u2500\u2500\n"));
}
END_TEST

/* "from the least value, or 0 where that is near, to the largest" */
static void check_range(int64_t a, int64_t b, const char *high, const char *low)
{
	char wanted[64];

	DRAW(plot_print_chart, false, a, b);
	snprintf(wanted, sizeof(wanted), "\n%9s |", high);
	ck_assert_ptr_nonnull(strstr(text, wanted));
	snprintf(wanted, sizeof(wanted), "\n%9s |", low);
	ck_assert_ptr_nonnull(strstr(text, wanted));
}

START_TEST(the_axis_begins_at_0_where_that_is_near)
{
	check_range(50, 100, "100", "50");
	check_range(100, 49, "100", "0");
	check_range(100, -10, "100", "-10");
	check_range(-10, -20, "-10", "-20");
	check_range(7, 7, "7", "7");
	/* values that are all alike are low */
	ck_assert_ptr_nonnull(strstr(text, "\n          |  \n        7 |##\n"));
}
END_TEST

START_TEST(bytes_have_units_unless_exact)
{
	DRAW(plot_print_chart, true, 1024, 2048);
	ck_assert_ptr_nonnull(strstr(text, "\n     2.0K |"));
	ck_assert_ptr_nonnull(strstr(text, "\n     1.0K |"));
	options.bytes = true;
	DRAW(plot_print_chart, true, 1024, 2048);
	ck_assert_ptr_nonnull(strstr(text, "\n     2048 |"));
	options.bytes = false;
	DRAW(plot_print_chart, false, 1024, 2048);
	ck_assert_ptr_nonnull(strstr(text, "\n     2048 |"));
}
END_TEST

START_TEST(a_line_has_the_first_and_the_last)
{
	DRAW(plot_print_line, true, TCPMEM_UNKNOWN, 1024, 0, 2048,
	     TCPMEM_UNKNOWN);
	ck_assert_str_eq(text, "   =_#                              "
			       "1.0K -> 2.0K  a\\x1b\n");
	DRAW(plot_print_line, false, 3);
	ck_assert_str_eq(text, "  _                                 "
			       "3 -> 3  a\\x1b\n");
}
END_TEST

START_TEST(of_what_is_not_known_there_is_nothing)
{
	DRAW(plot_print_line, true, TCPMEM_UNKNOWN, TCPMEM_UNKNOWN);
	ck_assert_str_eq(text, "");
	DRAW(plot_print_chart, true, TCPMEM_UNKNOWN);
	ck_assert_str_eq(text, "");
}
END_TEST

/* "of those that share a column, the last one" */
START_TEST(many_values_share_columns)
{
	int64_t value[128];

	for (int i = 0; i < 128; i++)
		value[i] = i % 2 ? 64 : 0;
	draw(plot_print_chart, value, 128, false);
	ck_assert_ptr_nonnull(
		strstr(text, "\n       64 |"
			     "##############################################"
			     "##################\n"));
	ck_assert_ptr_nonnull(strstr(text, AXIS "2.1min from there\n"));
	draw(plot_print_line, value, 64, false);
	ck_assert_str_eq(text, "  ________________________________  "
			       "0 -> 64  a\\x1b\n");
	value[1] = 0;
	draw(plot_print_line, value, 64, false);
	ck_assert_str_eq(text, "  _###############################  "
			       "0 -> 64  a\\x1b\n");
	/* one more than there are columns */
	for (int i = 0; i < 33; i++)
		value[i] = i == 30 ? 64 : 0;
	draw(plot_print_line, value, 33, false);
	ck_assert_str_eq(text, "  ______________________________#_  "
			       "0 -> 0  a\\x1b\n");
}
END_TEST

static bool is_wanted(void)
{
	int before = dup(STDOUT_FILENO);
	bool wanted;

	/* no terminal */
	ck_assert_int_ge(dup2(fileno(tmpfile()), STDOUT_FILENO), 0);
	wanted = plot_wanted(&options);
	ck_assert_int_ge(dup2(before, STDOUT_FILENO), 0);
	close(before);
	return wanted;
}

START_TEST(programs_get_no_picture)
{
	ck_assert(!is_wanted());
	options.plot = true;
	ck_assert(is_wanted());
	options.noheadings = true;
	ck_assert(!is_wanted());
	options.noheadings = false;
	options.format = FORMAT_CSV;
	ck_assert(!is_wanted());
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("plot");
	TCase *tc = tcase_create("all");

	tcase_add_test(tc, a_column_is_as_high_as_its_value);
	tcase_add_test(tc, eighths_are_drawn_where_characters_are_utf8);
	tcase_add_test(tc, the_axis_begins_at_0_where_that_is_near);
	tcase_add_test(tc, bytes_have_units_unless_exact);
	tcase_add_test(tc, a_line_has_the_first_and_the_last);
	tcase_add_test(tc, of_what_is_not_known_there_is_nothing);
	tcase_add_test(tc, many_values_share_columns);
	tcase_add_test(tc, programs_get_no_picture);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}

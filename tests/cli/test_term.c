// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_term.c - what standard output is: a terminal or not, how wide */
#include "output/text.h"
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

static int before, terminal;

/* Standard output is a terminal that has no size yet. */
static void begin(void)
{
	before = dup(STDOUT_FILENO);
	terminal = posix_openpt(O_RDWR | O_NOCTTY);
	ck_assert_int_ge(terminal, 0);
	ck_assert_int_eq(grantpt(terminal), 0);
	ck_assert_int_eq(unlockpt(terminal), 0);
	ck_assert_int_eq(
		dup2(open(ptsname(terminal), O_RDWR | O_NOCTTY), STDOUT_FILENO),
		STDOUT_FILENO);
	unsetenv("COLUMNS");
	unsetenv("NO_COLOR");
	setenv("TERM", "xterm", 1);
}

static void end(void)
{
	dup2(before, STDOUT_FILENO);
	close(before);
	close(terminal);
}

static void no_terminal(void)
{
	dup2(open("/dev/null", O_WRONLY), STDOUT_FILENO);
}

START_TEST(a_terminal_is_as_wide_as_it_says)
{
	const struct winsize size = { .ws_row = 24, .ws_col = 33 };

	ck_assert_int_eq(term_width(), 80);
	setenv("COLUMNS", "77", 1);
	ck_assert_int_eq(term_width(), 77);
	setenv("COLUMNS", "1", 1);
	ck_assert_int_eq(term_width(), 1);
	setenv("COLUMNS", "0", 1);
	ck_assert_int_eq(term_width(), 80);
	setenv("COLUMNS", "-5", 1);
	ck_assert_int_eq(term_width(), 80);
	setenv("COLUMNS", "x", 1);
	ck_assert_int_eq(term_width(), 80);
	ck_assert_int_eq(ioctl(STDOUT_FILENO, TIOCSWINSZ, &size), 0);
	setenv("COLUMNS", "77", 1);
	ck_assert_int_eq(term_width(), 33);
	no_terminal();
	ck_assert_int_eq(term_width(), 0);
}
END_TEST

START_TEST(a_terminal_has_colours_unless_it_is_told)
{
	ck_assert(term_has_color(COLOR_AUTO));
	ck_assert(!term_has_color(COLOR_NEVER));
	setenv("NO_COLOR", "", 1);
	ck_assert(term_has_color(COLOR_AUTO));
	setenv("NO_COLOR", "1", 1);
	ck_assert(!term_has_color(COLOR_AUTO));
	ck_assert(term_has_color(COLOR_ALWAYS));
	unsetenv("NO_COLOR");
	setenv("TERM", "dumb", 1);
	ck_assert(!term_has_color(COLOR_AUTO));
	unsetenv("TERM");
	ck_assert(!term_has_color(COLOR_AUTO));
	setenv("TERM", "xterm", 1);
	no_terminal();
	ck_assert(!term_has_color(COLOR_AUTO));
	ck_assert(term_has_color(COLOR_ALWAYS));
}
END_TEST

/* errno tells why something before could not be written. */
START_TEST(who_asks_keeps_the_error)
{
	no_terminal();
	errno = ENOSPC;
	(void)term_width();
	ck_assert_int_eq(errno, ENOSPC);
	(void)term_has_color(COLOR_AUTO);
	ck_assert_int_eq(errno, ENOSPC);
}
END_TEST

START_TEST(the_locale_says_whether_it_is_utf8)
{
	ck_assert(!term_has_utf8());
	if (setlocale(LC_CTYPE, "C.UTF-8"))
		ck_assert(term_has_utf8());
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("term");
	TCase *tc = tcase_create("all");

	tcase_add_checked_fixture(tc, begin, end);
	tcase_add_test(tc, a_terminal_is_as_wide_as_it_says);
	tcase_add_test(tc, a_terminal_has_colours_unless_it_is_told);
	tcase_add_test(tc, who_asks_keeps_the_error);
	tcase_add_test(tc, the_locale_says_whether_it_is_utf8);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}

// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_suggest.c - the name that was probably meant */
#include "capture.h"
#include "messages.h"
#include "unit.h"

#include <string.h>

static const char *const names[] = { "held",	 "state", "sockets",
				     "summary",	 "local", "local_port",
				     "listening" };

static const char *nearest(const char *word)
{
	struct suggest suggest;

	suggest_init(&suggest, word);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		suggest_offer(&suggest, names[i]);
	return suggest.best;
}

START_TEST(sees_slips_of_the_finger)
{
	ck_assert_str_eq(nearest("hled"), "held");	 /* swapped */
	ck_assert_str_eq(nearest("helt"), "held");	 /* changed */
	ck_assert_str_eq(nearest("hld"), "held");	 /* dropped */
	ck_assert_str_eq(nearest("sttate"), "state");	 /* doubled */
	ck_assert_str_eq(nearest("HELD"), "held");	 /* upper case */
	ck_assert_str_eq(nearest("sokcetz"), "sockets"); /* two slips */
	ck_assert_str_eq(nearest("listning"), "listening");
}
END_TEST

START_TEST(takes_a_beginning_for_the_word)
{
	ck_assert_str_eq(nearest("summ"), "summary");
	ck_assert_str_eq(nearest("lis"), "listening");
}
END_TEST

START_TEST(prefers_the_nearest)
{
	ck_assert_str_eq(nearest("loca"), "local");
	ck_assert_str_eq(nearest("local_prot"), "local_port");
}
END_TEST

START_TEST(does_not_guess)
{
	ck_assert_ptr_null(nearest("frobnicate"));
	ck_assert_ptr_null(nearest("xyz"));
	ck_assert_ptr_null(nearest(""));
	ck_assert_ptr_null(nearest("h"));
}
END_TEST

/* Words as long as anyone types, and longer than any name, are refused. */
START_TEST(survives_long_words)
{
	struct suggest suggest;
	char word[5000];

	for (size_t len = 60; len < sizeof(word); len += len < 70 ? 1 : 100) {
		memset(word, 's', len);
		word[len] = '\0';
		ck_assert_ptr_null(nearest(word));
		suggest_init(&suggest, "held");
		suggest_offer(&suggest, word);
		ck_assert_ptr_null(suggest.best);
	}
}
END_TEST

START_TEST(says_what_is_unknown_and_what_helps)
{
	struct capture capture;
	struct suggest suggest;

	capture_stderr(&capture);
	suggest_init(&suggest, "hled");
	suggest.prefix = "--";
	suggest_offer(&suggest, "held");
	suggest_message(&suggest, "option", "see the list");
	ck_assert_str_eq(capture_text(&capture),
			 "tcpmem: unknown option '--hled': did you mean "
			 "'--held'? (see the list)\n");
	capture_end(&capture);

	capture_stderr(&capture);
	suggest_init(&suggest, "\x1b");
	suggest_message(&suggest, "column", "see the list");
	ck_assert_str_eq(capture_text(&capture),
			 "tcpmem: unknown column '\\x1b': see the list\n");
	capture_end(&capture);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("suggest");
	TCase *tc = tcase_create("all");

	tcase_add_test(tc, sees_slips_of_the_finger);
	tcase_add_test(tc, takes_a_beginning_for_the_word);
	tcase_add_test(tc, prefers_the_nearest);
	tcase_add_test(tc, does_not_guess);
	tcase_add_test(tc, survives_long_words);
	tcase_add_test(tc, says_what_is_unknown_and_what_helps);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}

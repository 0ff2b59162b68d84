// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_warnings.c - warnings keep their codes and texts in order */
#include <stdio.h>

#include "model/snapshot.h"
#include "unit.h"

START_TEST(records_code_and_formatted_text)
{
	struct tm_warnings warnings = { 0 };

	ck_assert_int_eq(tm_warnings_add(&warnings,
					 TCPMEM_WARNING_FDS_UNREADABLE,
					 "%d processes of %s", 7, "others"),
			 0);
	ck_assert_uint_eq(warnings.count, 1);
	ck_assert_int_eq(warnings.warning[0].code,
			 TCPMEM_WARNING_FDS_UNREADABLE);
	ck_assert_str_eq(warnings.warning[0].text, "7 processes of others");
	tm_warnings_clear(&warnings);
}
END_TEST

START_TEST(keeps_many_in_order)
{
	struct tm_warnings warnings = { 0 };
	char text[16];

	for (int i = 0; i < 1000; i++)
		ck_assert_int_eq(tm_warnings_add(&warnings,
						 TCPMEM_WARNING_NETNS_SCOPE,
						 "%d", i),
				 0);
	ck_assert_uint_eq(warnings.count, 1000);
	for (int i = 0; i < 1000; i++) {
		snprintf(text, sizeof(text), "%d", i);
		ck_assert_str_eq(warnings.warning[i].text, text);
	}
	tm_warnings_clear(&warnings);
}
END_TEST

/* "frees all texts and the array": and it may be used again */
START_TEST(clear_leaves_an_empty_list)
{
	struct tm_warnings warnings = { 0 };

	tm_warnings_clear(&warnings);
	ck_assert_int_eq(
		tm_warnings_add(&warnings, TCPMEM_WARNING_NETNS_SCOPE, "x"), 0);
	tm_warnings_clear(&warnings);
	ck_assert_uint_eq(warnings.count, 0);
	ck_assert_ptr_null(warnings.warning);
	ck_assert_int_eq(
		tm_warnings_add(&warnings, TCPMEM_WARNING_NETNS_SCOPE, "y"), 0);
	ck_assert_str_eq(warnings.warning[0].text, "y");
	tm_warnings_clear(&warnings);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("warnings");
	TCase *tc = tcase_create("all");

	tcase_add_test(tc, records_code_and_formatted_text);
	tcase_add_test(tc, keeps_many_in_order);
	tcase_add_test(tc, clear_leaves_an_empty_list);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}

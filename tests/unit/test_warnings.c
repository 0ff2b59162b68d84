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

static const char *missing(enum tcpmem_warning_code code, enum tcpmem_kind kind,
			   uint32_t parts)
{
	struct tcpmem_socket sock = { .kind = (uint8_t)kind };
	struct tm_warning warning = { .code = code, .text = (char *)"why" };
	const struct tcpmem_snapshot snapshot = {
		.sockets = { .sock = &sock, .count = 1 },
		.warnings = { .warning = &warning, .count = 1 },
	};

	return tm_coverage_missing(&snapshot, parts);
}

/* Of which part of an answer each warning says that it was not all seen */
START_TEST(each_tells_what_is_missing)
{
	const uint32_t sockets = TM_COVERAGE_SOCKETS;
	const uint32_t counters = TM_COVERAGE_COUNTERS;
	const uint32_t shares = TM_COVERAGE_SHARES;
	const uint32_t holders = TM_COVERAGE_HOLDERS | shares;
	const uint32_t netns = TM_COVERAGE_NETNS;
	const uint32_t hides[] = {
		[TCPMEM_WARNING_NETNS_SCOPE] = 0,
		[TCPMEM_WARNING_PAST_UNKNOWN] = 0,
		[TCPMEM_WARNING_DUMP_INTERRUPTED] = sockets,
		[TCPMEM_WARNING_MPTCP_MISSING] = sockets,
		[TCPMEM_WARNING_MESSAGE_MALFORMED] = sockets,
		[TCPMEM_WARNING_NETNS_DENIED] = sockets | netns,
		[TCPMEM_WARNING_SOCKETS_UNSEEN] = sockets | netns,
		[TCPMEM_WARNING_FILTER_UNDECIDED] = sockets,
		[TCPMEM_WARNING_COUNTERS_MISSING] = counters,
		[TCPMEM_WARNING_KTLS] = counters,
		[TCPMEM_WARNING_SOCK_DIAG_CLOSED] = counters,
		[TCPMEM_WARNING_FDS_UNREADABLE] = holders,
		[TCPMEM_WARNING_PROC_HIDDEN] = holders,
		[TCPMEM_WARNING_PROC_FOREIGN] = holders | netns,
		[TCPMEM_WARNING_CAPTURE_SCOPE] = holders,
		[TCPMEM_WARNING_CGROUPS_UNREADABLE] = shares,
		[TCPMEM_WARNING_PROGRAMS_UNREADABLE] = shares,
		[TCPMEM_WARNING_CAPTURE_DAMAGED] = sockets | counters |
						   holders | netns,
	};
	enum tcpmem_warning_code code = (enum tcpmem_warning_code)_i;

	ck_assert_uint_eq(sizeof(hides) / sizeof(*hides), TCPMEM_WARNING_COUNT);
	for (uint32_t part = 1; part <= TM_COVERAGE_NETNS; part <<= 1)
		ck_assert_int_eq(missing(code, TCPMEM_KIND_HIDDEN, part) !=
					 NULL,
				 (hides[code] & part) != 0);
	/* processes that hold none of the sockets hide nothing */
	ck_assert_ptr_null((hides[code] & ~netns) == holders
				   ? missing(code, TCPMEM_KIND_PROCESS,
					     TM_COVERAGE_HOLDERS)
				   : NULL);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("warnings");
	TCase *tc = tcase_create("all");

	tcase_add_test(tc, records_code_and_formatted_text);
	tcase_add_test(tc, keeps_many_in_order);
	tcase_add_test(tc, clear_leaves_an_empty_list);
	tcase_add_loop_test(tc, each_tells_what_is_missing, 0,
			    TCPMEM_WARNING_COUNT);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}

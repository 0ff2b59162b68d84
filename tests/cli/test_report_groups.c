// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_report_groups.c - what groups of a report held, and what others did */
#include "report/report.h"
#include "unit.h"

#include <stdio.h>
#include <string.h>

#define X TCPMEM_UNKNOWN

enum { ABSENT = -1, MANY = 12 };

static struct report_moment moment[2];
static struct report report;
static struct report_group group[MANY];
static struct report_group *groups[MANY];
static int64_t held[MANY][2];
static char names[MANY][16];

/* Two moments that held @before and @after */
static void begin(int64_t before, int64_t after)
{
	memset(moment, 0, sizeof(moment));
	moment[0].value[REPORT_HELD] = before;
	moment[1].value[REPORT_HELD] = after;
	report = (struct report){ .moment = moment,
				  .count = 2,
				  .group = groups };
	/* nobody's */
	report.other[2] = 77;
}

static void add(const char *name, const char *kind, int64_t before,
		int64_t after)
{
	size_t which = report.group_count++;

	snprintf(names[which], sizeof(names[which]), "%s", name);
	held[which][0] = before;
	held[which][1] = after;
	group[which] = (struct report_group){
		.name = names[which],
		.kind = kind,
		.held = held[which],
		.peak = before > after ? before : after,
	};
	groups[which] = &group[which];
}

START_TEST(who_has_no_row_held_nothing_if_all_was_seen)
{
	begin(10, 10);
	add("a", "process", ABSENT, 5);
	ck_assert_int_eq(report_held(&report, groups[0], 0), 0);
	ck_assert_int_eq(report_held(&report, groups[0], 1), 5);
	moment[0].cut = true;
	ck_assert(report_held(&report, groups[0], 0) == X);
	moment[0] = (struct report_moment){ .lost = true };
	ck_assert(report_held(&report, groups[0], 0) == X);
	moment[0] = (struct report_moment){ .left_out = 4 };
	ck_assert(report_held(&report, groups[0], 0) == X);
	moment[0] = (struct report_moment){ .hides = true };
	ck_assert(report_held(&report, groups[0], 0) == X);
	/* what has a row is known, whatever was not seen */
	moment[1] = (struct report_moment){ .cut = true, .hides = true };
	ck_assert_int_eq(report_held(&report, groups[0], 1), 5);
}
END_TEST

/* Of what they hide themselves, rows of nobody have all. */
START_TEST(nobody_is_hidden_by_nobody)
{
	static const char *const kinds[] = { "hidden", "unknown" };

	for (size_t i = 0; i < 2; i++) {
		begin(10, 10);
		add("a", kinds[i], ABSENT, 5);
		moment[0].hides = true;
		ck_assert_int_eq(report_held(&report, groups[0], 0), 0);
	}
	begin(10, 10);
	add("a", "orphan", ABSENT, 5);
	moment[0].hides = true;
	ck_assert(report_held(&report, groups[0], 0) == X);
}
END_TEST

static void check_order(const char *wanted)
{
	char order[128] = "";

	for (size_t i = 0; i < report.group_count; i++)
		strcat(order, groups[i]->name);
	ck_assert_str_eq(order, wanted);
}

START_TEST(the_largest_come_first_then_by_name)
{
	begin(100, 100);
	add("b", "process", 5, 1);
	add("c", "process", X, X);
	add("a", "process", 2, 5);
	add("d", "process", 1, 6);
	report_groups_rank(&report);
	check_order("dabc");
	ck_assert_uint_eq(report_shown(&report), 4);
	/* what is not known is no part */
	ck_assert_int_eq(report_part(&report, 0, 1), 6);
	ck_assert_int_eq(report_part(&report, 3, 0), 0);
	ck_assert_int_eq(report.other[0], 100 - 1 - 2 - 5);
	ck_assert_int_eq(report.other[1], 100 - 6 - 5 - 1);
	ck_assert_int_eq(report_part(&report, 4, 1), 88);
	ck_assert_int_eq(report.other[2], 77);
}
END_TEST

START_TEST(charts_show_as_many_as_have_a_colour)
{
	begin(100, 7);
	for (int i = 0; i < REPORT_GROUPS; i++)
		add((char[]){ (char)('a' + i), '\0' }, "process", 20 - i, 1);
	report_groups_rank(&report);
	ck_assert_uint_eq(report_shown(&report), REPORT_GROUPS);
	/* others cannot have held less than nothing */
	ck_assert_int_eq(report.other[0], 0);
	ck_assert_int_eq(report.other[1], 0);
	moment[0].value[REPORT_HELD] = 1000;
	add("z", "process", 12, 3);
	moment[1].value[REPORT_HELD] = X;
	report_groups_rank(&report);
	ck_assert_uint_eq(report_shown(&report), REPORT_GROUPS);
	ck_assert_int_eq(report.other[0],
			 1000 - (20 + 19 + 18 + 17 + 16 + 15 + 14 + 13));
	ck_assert_int_eq(report.other[1], 0);
	ck_assert_int_eq(report_part(&report, REPORT_GROUPS, 0),
			 report.other[0]);
	ck_assert_int_eq(report_part(&report, REPORT_GROUPS - 1, 0), 13);
}
END_TEST

START_TEST(without_groups_all_is_of_others)
{
	begin(100, X);
	report.group = NULL;
	report_groups_rank(&report);
	ck_assert_uint_eq(report_shown(&report), 0);
	ck_assert_int_eq(report.other[0], 100);
	ck_assert_int_eq(report.other[1], 0);
}
END_TEST

/* Warnings are told once each, with how many moments had them. */
START_TEST(a_warning_is_kept_once)
{
	begin(1, 1);
	report.moment = NULL;
	report.count = 0;
	ck_assert_int_eq(report_warn(&report, "2 files"), 0);
	ck_assert_int_eq(report_warn(&report, "3 files"), 0);
	ck_assert_int_eq(report_warn(&report, "2 files"), 0);
	ck_assert_uint_eq(report.warning_count, 2);
	ck_assert_str_eq(report.warning[0].text, "2 files");
	ck_assert_uint_eq(report.warning[0].count, 2);
	ck_assert_str_eq(report.warning[1].text, "3 files");
	ck_assert_uint_eq(report.warning[1].count, 1);
	report.group = NULL;
	report_free(&report);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("groups");
	TCase *tc = tcase_create("all");

	tcase_add_test(tc, who_has_no_row_held_nothing_if_all_was_seen);
	tcase_add_test(tc, nobody_is_hidden_by_nobody);
	tcase_add_test(tc, the_largest_come_first_then_by_name);
	tcase_add_test(tc, charts_show_as_many_as_have_a_colour);
	tcase_add_test(tc, without_groups_all_is_of_others);
	tcase_add_test(tc, a_warning_is_kept_once);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}

// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_top.c - the order of rows, the baseline and the history of top */
#include "top/keys.h"
#include "top/top.h"
#include "unit.h"

#include <string.h>

enum { ROWS = 8 };

/* Rows with these ids; a row holds ten times its id, or nothing known. */
static struct top_rows make_rows(struct top_row *row, const char *ids)
{
	struct top_rows rows = { .row = row, .count = strlen(ids) };

	for (size_t i = 0; i < rows.count; i++) {
		row[i] = (struct top_row){ .id = (uint64_t)(ids[i] - '0') };
		row[i].held = ids[i] == '0' ? TCPMEM_UNKNOWN
					    : 10 * (ids[i] - '0');
		row[i].value.type = VALUE_UNKNOWN;
		value_set_number(&row[i].value, VALUE_BYTES, row[i].held);
	}
	return rows;
}

static void check_order(const struct top_rows *rows, const char *ids)
{
	ck_assert_uint_eq(rows->count, strlen(ids));
	for (size_t i = 0; i < rows->count; i++)
		ck_assert_int_eq((int)rows->row[i].id, ids[i] - '0');
}

START_TEST(sorts_by_value_unknown_last)
{
	struct top_row row[ROWS];
	struct top_rows rows = make_rows(row, "20413");

	ck_assert_int_eq(top_rows_sort(&rows, true, NULL), 0);
	check_order(&rows, "43210");
	ck_assert_int_eq(top_rows_sort(&rows, false, NULL), 0);
	check_order(&rows, "12340");
}
END_TEST

/* "rows that keep their place ... What was not there before comes last" */
START_TEST(keeps_places_while_the_cursor_is_among_rows)
{
	struct top_row row[2][ROWS];
	struct top_rows before = make_rows(row[0], "3142");
	struct top_rows rows = make_rows(row[1], "614235");

	ck_assert_int_eq(top_rows_sort(&rows, true, &before), 0);
	check_order(&rows, "314265");
	/* one of them is gone */
	rows = make_rows(row[1], "243");
	ck_assert_int_eq(top_rows_sort(&rows, true, &before), 0);
	check_order(&rows, "342");
}
END_TEST

START_TEST(finds_the_cursor_by_its_row)
{
	struct top_row row[ROWS];
	struct top_rows rows = make_rows(row, "3142");

	ck_assert_uint_eq(top_rows_find(&rows, 4), 2);
	ck_assert_uint_eq(top_rows_find(&rows, 9), rows.count);
}
END_TEST

/* "TCPMEM_UNKNOWN without a baseline of its view; all that it holds if it was
 * not there" */
START_TEST(counts_from_the_baseline)
{
	struct top_mark mark[] = { { 1, 4 }, { 3, TCPMEM_UNKNOWN } };
	struct top_baseline baseline = { .mark = mark, .count = 2 };
	struct top_row row[ROWS];

	(void)make_rows(row, "0123");
	ck_assert(top_baseline_delta(&baseline, &row[1]) == TCPMEM_UNKNOWN);
	baseline.view = &top_views[0];
	ck_assert(top_baseline_delta(&baseline, &row[0]) == TCPMEM_UNKNOWN);
	ck_assert(top_baseline_delta(&baseline, &row[1]) == 6);
	ck_assert(top_baseline_delta(&baseline, &row[2]) == 20);
	ck_assert(top_baseline_delta(&baseline, &row[3]) == TCPMEM_UNKNOWN);
}
END_TEST

static int64_t past(const struct top_history *history, uint64_t id, int ago)
{
	const struct top_past *found = top_history_find(history, id);

	ck_assert_ptr_nonnull(found);
	return found->held[TOP_TREND - 1 - ago];
}

/* A row that was gone, or looks that another view had, leave holes. */
START_TEST(remembers_looks)
{
	struct top_history history = { 0 };
	struct top_row row[ROWS];
	struct top_rows rows = make_rows(row, "21");

	ck_assert_int_eq(top_history_add(&history, &rows, 1), 0);
	rows = make_rows(row, "132");
	row[2].held = 70;
	ck_assert_int_eq(top_history_add(&history, &rows, 2), 0);
	ck_assert(past(&history, 2, 0) == 70);
	ck_assert(past(&history, 2, 1) == 20);
	ck_assert(past(&history, 2, 2) == TCPMEM_UNKNOWN);
	ck_assert(past(&history, 3, 1) == TCPMEM_UNKNOWN);
	ck_assert_int_eq(top_history_add(&history, &rows, 4), 0);
	ck_assert(past(&history, 2, 1) == TCPMEM_UNKNOWN);
	ck_assert(past(&history, 2, 3) == 20);
	ck_assert_int_eq(top_history_add(&history, &rows, 400), 0);
	ck_assert(past(&history, 2, 1) == TCPMEM_UNKNOWN);
	rows = make_rows(row, "1");
	ck_assert_int_eq(top_history_add(&history, &rows, 401), 0);
	ck_assert_ptr_null(top_history_find(&history, 2));
	top_history_clear(&history);
}
END_TEST

/* None does two things, but for those of a store, where there is one. */
START_TEST(has_each_key_once)
{
	for (int i = 0; i < TOP_ACTIONS; i++) {
		const char *keys = top_keys[i].keys;

		ck_assert_ptr_nonnull(top_keys[i].name);
		for (; *keys; keys += strspn(keys, " ")) {
			size_t len = strcspn(keys, " ");

			for (int j = 0; j < TOP_ACTIONS; j++) {
				char padded[2][40];

				snprintf(padded[0], 40, " %.*s ", (int)len,
					 keys);
				snprintf(padded[1], 40, " %s ",
					 top_keys[j].keys);
				ck_assert_msg(
					i == j ||
						(i < TOP_REPLAY) !=
							(j < TOP_REPLAY) ||
						!strstr(padded[1], padded[0]),
					"%s", padded[0]);
			}
			keys += len;
		}
	}
}
END_TEST

/* Every view sorts by a column that it has. */
START_TEST(has_the_columns_of_its_views)
{
	for (size_t i = 0; i < TOP_VIEWS; i++) {
		const struct top_view *view = &top_views[i];
		bool sorted = false;

		ck_assert_ptr_eq(top_view_find(view->name), view);
		for (const struct top_column *c = view->column; c->name; c++) {
			bool own = strcmp(c->name, "delta") == 0 ||
				   strcmp(c->name, "trend") == 0;

			ck_assert_msg(own || top_view_column(view, c->name),
				      "%s of %s", c->name, view->name);
			sorted = sorted ||
				 strcmp(c->name, view->order + 1) == 0;
		}
		ck_assert(sorted);
	}
	ck_assert_ptr_null(top_view_find("nothing"));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("top");
	TCase *tc = tcase_create("all");

	tcase_add_test(tc, sorts_by_value_unknown_last);
	tcase_add_test(tc, keeps_places_while_the_cursor_is_among_rows);
	tcase_add_test(tc, finds_the_cursor_by_its_row);
	tcase_add_test(tc, counts_from_the_baseline);
	tcase_add_test(tc, remembers_looks);
	tcase_add_test(tc, has_each_key_once);
	tcase_add_test(tc, has_the_columns_of_its_views);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}

// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_group_rows.c - rows of a table: their order, average and share */
#include "group_fixture.h"
#include "unit.h"

#include <errno.h>

START_TEST(rows_are_sorted_as_asked)
{
	struct tcpmem_table *table;

	fill();
	ck_assert_int_eq(tcpmem_group(snap, "state", &table), 0);
	ck_assert_int_eq(tcpmem_table_sort(table, "key"), 0);
	for (size_t i = 1; i < tcpmem_table_get_row_count(table); i++)
		ck_assert_int_lt(
			strcmp(tcpmem_row_get_subject(
				       tcpmem_table_get_row(table, i - 1))
				       ->key,
			       tcpmem_row_get_subject(
				       tcpmem_table_get_row(table, i))
				       ->key),
			0);
	ck_assert_int_eq(tcpmem_table_sort(table, "-sockets,rmem"), 0);
	for (size_t i = 1; i < tcpmem_table_get_row_count(table); i++)
		ck_assert_int_ge(row_metric(tcpmem_table_get_row(table, i - 1),
					    TCPMEM_METRIC_SOCKETS),
				 row_metric(tcpmem_table_get_row(table, i),
					    TCPMEM_METRIC_SOCKETS));
	ck_assert_int_eq(tcpmem_table_sort(table, "-held,nothing"), -EINVAL);
	ck_assert_int_eq(tcpmem_table_sort(table, ""), -EINVAL);
	ck_assert_int_eq(tcpmem_table_sort(table, "held,"), -EINVAL);
	tcpmem_table_free(table);
}
END_TEST

/* "held bytes for each of its sockets", "-ENODATA if it has no socket" */
START_TEST(an_average_is_held_per_socket)
{
	struct tcpmem_table *table;
	int64_t value = 77;

	fill();
	/* a subflow: bytes, and no socket */
	add_socket(2, TCPMEM_KIND_PROCESS)->flags = TM_SOCK_SUBFLOW;
	ck_assert_int_eq(tcpmem_group(snap, "state", &table), 0);
	ck_assert_int_eq(tcpmem_row_get_held_per_socket(
				 row_of(table, "syn-sent"), &value),
			 -ENODATA);
	ck_assert_int_eq(value, 77);
	ck_assert_int_eq(tcpmem_table_sort(table, "held_per_socket"), 0);
	for (size_t i = 0; i < tcpmem_table_get_row_count(table); i++) {
		const struct tcpmem_row *row = tcpmem_table_get_row(table, i);
		int64_t last = value;

		if (tcpmem_row_get_held_per_socket(row, &value) < 0)
			continue;
		ck_assert_int_eq(
			value, row_metric(row, TCPMEM_METRIC_HELD) /
				       row_metric(row, TCPMEM_METRIC_SOCKETS));
		ck_assert(i <= 1 || value >= last);
	}
	tcpmem_table_free(table);
}
END_TEST

/* "there is no part of a lower bound", and no average */
START_TEST(a_lower_bound_is_not_divided)
{
	struct tcpmem_table *table;
	double percent;
	int64_t value;

	add_socket(1, TCPMEM_KIND_IN_FLIGHT);
	add_socket(8, TCPMEM_KIND_IN_FLIGHT);
	add_socket(8, TCPMEM_KIND_IN_FLIGHT)->skmem_words = 0;
	finish();
	ck_assert_int_eq(tcpmem_group(snap, "state", &table), 0);
	ck_assert_int_eq(
		tcpmem_row_get_share(row_of(table, "established"), &percent),
		-ENODATA);
	ck_assert_int_eq(tcpmem_row_get_held_per_socket(
				 row_of(table, "established"), &value),
			 0);
	ck_assert_int_eq(tcpmem_row_get_held_per_socket(
				 row_of(table, "close-wait"), &value),
			 -ENODATA);
	tcpmem_table_free(table);
}
END_TEST

/* "Those of one key are processes that reused a pid: the older one first." */
START_TEST(of_one_key_the_older_process_comes_first)
{
	struct tcpmem_process process = { .pid = 40, .comm = "web" };
	static const uint64_t starts[] = { 7, 5, 9, 6 };
	struct tcpmem_table *table;

	for (uint32_t i = 0; i < 4; i++) {
		uint32_t index;

		process.start_time = starts[i];
		ck_assert_int_eq(
			tm_holders_process(snap->holders, &process, &index), 0);
		hold(add_socket(1, TCPMEM_KIND_PROCESS), i + 1, index);
	}
	finish();
	ck_assert_int_eq(tcpmem_group(snap, "process", &table), 0);
	ck_assert_int_eq(tcpmem_table_sort(table, "sockets"), 0);
	for (size_t i = 0; i < 4; i++) {
		static const uint64_t order[] = { 5, 6, 7, 9 };
		const struct tcpmem_subject *subject =
			tcpmem_row_get_subject(tcpmem_table_get_row(table, i));

		ck_assert_str_eq(subject->key, "web[40]");
		ck_assert_uint_eq(
			tcpmem_process_get_start_time(subject->process),
			order[i]);
	}
	tcpmem_table_free(table);
}
END_TEST

/* "-" puts the largest first, and what is not known stands last either way. */
START_TEST(an_order_is_read_to_its_end)
{
	static const char *const orders[][2] = {
		{ "key", "close-wait" },
		{ "-key", "syn-sent" },
		{ "held_per_socket", "" },
		{ "-held_per_socket", "" },
		{ "sockets,sockets,sockets,sockets,sockets,sockets,sockets,key",
		  "syn-sent" },
		{ "-sockets,-key", "syn-recv" },
	};
	struct tcpmem_table *table;
	size_t last;

	add_socket(1, TCPMEM_KIND_IN_FLIGHT);
	add_socket(1, TCPMEM_KIND_IN_FLIGHT);
	add_socket(3, TCPMEM_KIND_IN_FLIGHT);
	add_socket(3, TCPMEM_KIND_IN_FLIGHT);
	add_socket(8, TCPMEM_KIND_IN_FLIGHT);
	add_socket(2, TCPMEM_KIND_IN_FLIGHT)->flags = TM_SOCK_SUBFLOW;
	finish();
	ck_assert_int_eq(tcpmem_group(snap, "state", &table), 0);
	last = tcpmem_table_get_row_count(table) - 1;
	for (size_t i = 0; i < sizeof(orders) / sizeof(*orders); i++) {
		ck_assert_int_eq(tcpmem_table_sort(table, orders[i][0]), 0);
		if (*orders[i][1])
			ck_assert_str_eq(tcpmem_row_get_subject(
						 tcpmem_table_get_row(table, 0))
						 ->key,
					 orders[i][1]);
		else
			ck_assert_str_eq(
				tcpmem_row_get_subject(
					tcpmem_table_get_row(table, last))
					->key,
				"syn-sent");
	}
	ck_assert_int_eq(
		tcpmem_table_sort(table, "key,key,key,key,key,key,key,key,key"),
		-EINVAL);
	ck_assert_int_eq(tcpmem_table_sort(table, "-"), -EINVAL);
	ck_assert_int_eq(
		tcpmem_table_sort(table, "a_word_of_more_than_its_32_bytes"),
		-EINVAL);
	tcpmem_table_free(table);
}
END_TEST

/* "in percent of what all rows hold"; what a table has not is refused */
START_TEST(a_share_is_of_what_all_hold)
{
	const struct tcpmem_row *row;
	struct tcpmem_table *table;
	double percent, sum = 0;
	int64_t value = 7;

	fill();
	ck_assert_int_eq(tcpmem_group(snap, "state", &table), 0);
	for (size_t i = 0; i < tcpmem_table_get_row_count(table); i++) {
		row = tcpmem_table_get_row(table, i);
		ck_assert_int_eq(tcpmem_row_get_share(row, &percent), 0);
		ck_assert_double_eq_tol(
			percent,
			100.0 * (double)row_metric(row, TCPMEM_METRIC_HELD) /
				(double)total_of(table, TCPMEM_METRIC_HELD),
			1e-9);
		sum += percent;
	}
	ck_assert_double_eq_tol(sum, 100, 1e-6);
	row = tcpmem_table_get_total(table);
	ck_assert_int_eq(
		tcpmem_row_get_metric(
			row, (enum tcpmem_metric)TCPMEM_METRIC_COUNT, &value),
		-ENODATA);
	ck_assert_int_eq(value, 7);
	/* what is not more than was asked for stays */
	value = (int64_t)tcpmem_table_get_row_count(table);
	ck_assert_int_eq(tcpmem_table_limit(table, (size_t)value), 0);
	ck_assert_int_eq((int64_t)tcpmem_table_get_row_count(table), value);
	ck_assert_int_eq(tcpmem_table_limit(table, 1), 0);
	ck_assert_int_eq(
		tcpmem_row_get_share(tcpmem_table_get_row(table, 1), &percent),
		0);
	ck_assert_str_eq(
		tcpmem_row_get_subject(tcpmem_table_get_row(table, 1))->key,
		"other");
	tcpmem_table_free(table);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("group_rows");
	TCase *tc = tcase_create("group_rows");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, rows_are_sorted_as_asked);
	tcase_add_test(tc, an_average_is_held_per_socket);
	tcase_add_test(tc, a_lower_bound_is_not_divided);
	tcase_add_test(tc, of_one_key_the_older_process_comes_first);
	tcase_add_test(tc, an_order_is_read_to_its_end);
	tcase_add_test(tc, a_share_is_of_what_all_hold);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}

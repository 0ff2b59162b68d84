// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_columns.c - choices of columns, orders, and the tables themselves */
#include "capture.h"
#include "cli.h"
#include "columns/columns.h"
#include "unit.h"

#include <ctype.h>
#include <string.h>

static const struct column_table *const tables[] = { &row_columns,
						     &socket_columns,
						     &column_columns };

static void check_names(const struct columns *columns, const char *wanted)
{
	char names[512] = "";

	for (size_t i = 0; i < columns->count; i++) {
		strcat(names, i ? "," : "");
		strcat(names, column_name(columns->column[i]));
	}
	ck_assert_str_eq(names, wanted);
}

START_TEST(takes_a_list)
{
	struct columns columns = { .count = 0 };

	ck_assert_int_eq(columns_parse(&row_columns, "held,key", &columns), 0);
	check_names(&columns, "held,key");
	ck_assert_int_eq(columns_parse(&row_columns, "pid", &columns), 0);
	check_names(&columns, "pid");
}
END_TEST

/* ""+name,name" adds to what @columns has" */
START_TEST(plus_adds)
{
	struct columns columns = { .count = 0 };

	columns_parse(&row_columns, "key,held", &columns);
	ck_assert_int_eq(columns_parse(&row_columns, "+rmem,pid", &columns), 0);
	check_names(&columns, "key,held,rmem,pid");
}
END_TEST

/* "none twice": JSON must not have a key twice */
START_TEST(none_twice)
{
	struct columns columns = { .count = 0 };

	columns_parse(&row_columns, "held,key,held", &columns);
	columns_parse(&row_columns, "+key,held,pid", &columns);
	check_names(&columns, "held,key,pid");
}
END_TEST

/* "Upper and lower case, "-" and "_" are the same in names" */
START_TEST(names_are_forgiving)
{
	struct columns columns = { .count = 0 };

	ck_assert_int_eq(columns_parse(&socket_columns,
				       "RECV-Q,Local_Port,wmem-QUEUED",
				       &columns),
			 0);
	check_names(&columns, "recv_q,local_port,wmem_queued");
}
END_TEST

START_TEST(refuses_what_is_no_column)
{
	static const char *const wrong[] = { "",      "+",	",",
					     "held,", ",held",	"held,,key",
					     "hel",   "helds",	" held",
					     "-held", "++held", "held key" };
	struct columns columns = { .count = 0 };
	struct capture capture;

	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		capture_stderr(&capture);
		ck_assert_msg(columns_parse(&row_columns, wrong[i], &columns) ==
				      EXIT_USAGE,
			      "%s", wrong[i]);
		ck_assert_ptr_nonnull(
			strstr(capture_text(&capture), "unknown column"));
		capture_end(&capture);
	}
}
END_TEST

/* A column for each holder of 64 names fits: nothing can run over. */
START_TEST(takes_every_column_and_more)
{
	for (size_t t = 0; t < ARRAY_SIZE(tables); t++) {
		struct columns columns = { .count = 0 };
		char list[8192] = "";

		ck_assert_uint_le(tables[t]->count, COLUMNS_MAX);
		for (size_t i = 0; i < 3 * tables[t]->count; i++) {
			const struct column *column =
				&tables[t]->column[i % tables[t]->count];

			strcat(list, i ? "," : "");
			strcat(list, column_name(column));
		}
		ck_assert_int_eq(columns_parse(tables[t], list, &columns), 0);
		ck_assert_uint_eq(columns.count, tables[t]->count);
	}
}
END_TEST

/* Each figure of tcp_info is a column, and JSON shows none of them unasked */
START_TEST(tcp_info_is_on_demand)
{
	struct columns columns = { 0 };
	struct sort sort = { 0 };
	size_t others = 0;

	for (int i = 0; i < TCPMEM_INFO_COUNT; i++) {
		const char *name =
			tcpmem_info_describe((enum tcpmem_info)i)->name;
		uint32_t needs = i != TCPMEM_INFO_TIMER &&
						 i != TCPMEM_INFO_TIMER_RETRANS
					 ? TCPMEM_NEED_INFO
					 : 0;

		ck_assert_int_eq(columns_parse(&socket_columns, name, &columns),
				 0);
		ck_assert_str_eq(column_name(columns.column[0]), name);
		ck_assert_uint_eq(columns_need(&columns), needs);
		ck_assert_int_eq(sort_parse(&socket_columns, name, &sort), 0);
		ck_assert_uint_eq(columns_need(&sort.columns), needs);
	}
	columns_all(&socket_columns, &columns);
	ck_assert(!(columns_need(&columns) & TCPMEM_NEED_INFO));
	for (size_t i = 0; i < socket_columns.count; i++) {
		const struct column *column = &socket_columns.column[i];

		ck_assert(column->on_demand ||
			  !(column->is_info ||
			    (column->needs & TCPMEM_NEED_INFO)));
		others += !column->on_demand;
	}
	ck_assert_uint_eq(columns.count, others);
}
END_TEST

START_TEST(sorts_by_lists)
{
	struct sort sort = { 0 };

	ck_assert_int_eq(sort_parse(&socket_columns, "-held,LOCAL", &sort), 0);
	ck_assert_uint_eq(sort.columns.count, 2);
	ck_assert_str_eq(column_name(sort.columns.column[0]), "held");
	ck_assert(sort.falling[0]);
	ck_assert_str_eq(column_name(sort.columns.column[1]), "local");
	ck_assert(!sort.falling[1]);
}
END_TEST

START_TEST(refuses_wrong_orders)
{
	static const char *const wrong[] = {
		"",
		"-",
		"--held",
		"hled",
		"held,",
		"pid",
		"held,held,held,held,held,held,held,held,held"
	};
	struct capture capture;
	struct sort sort = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		capture_stderr(&capture);
		ck_assert_msg(sort_parse(&row_columns, wrong[i], &sort) ==
				      EXIT_USAGE,
			      "%s", wrong[i]);
		ck_assert_uint_gt(strlen(capture_text(&capture)), 0);
		capture_end(&capture);
	}
}
END_TEST

/* JSON's promise: bytes in keys ending _bytes, and no key twice. */
START_TEST(tables_keep_their_promises)
{
	for (size_t t = 0; t < ARRAY_SIZE(tables); t++) {
		for (size_t i = 0; i < tables[t]->count; i++) {
			const struct column *column = &tables[t]->column[i];
			const char *json = column_json(column);
			const char *end = strrchr(json, '_');

			if (column_type(column) == VALUE_BYTES)
				ck_assert_str_eq(end, "_bytes");
			for (const char *c = json; *c; c++)
				ck_assert(islower((unsigned char)*c) ||
					  *c == '_' ||
					  (c > json &&
					   isdigit((unsigned char)*c)));
			for (size_t j = 0; j < i; j++)
				ck_assert_str_ne(
					json,
					column_json(&tables[t]->column[j]));
			ck_assert_uint_lt(strlen(column_name(column)),
					  COLUMN_HEADER_SIZE);
		}
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("columns");
	TCase *tc = tcase_create("all");

	tcase_add_test(tc, takes_a_list);
	tcase_add_test(tc, plus_adds);
	tcase_add_test(tc, none_twice);
	tcase_add_test(tc, names_are_forgiving);
	tcase_add_test(tc, refuses_what_is_no_column);
	tcase_add_test(tc, takes_every_column_and_more);
	tcase_add_test(tc, tcp_info_is_on_demand);
	tcase_add_test(tc, tcp_info_is_on_demand);
	tcase_add_test(tc, sorts_by_lists);
	tcase_add_test(tc, refuses_wrong_orders);
	tcase_add_test(tc, tables_keep_their_promises);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}

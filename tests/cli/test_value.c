// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_value.c - a cell of each type as text, CSV and JSON, and its order */
#include "capture.h"
#include "output/value.h"
#include "unit.h"

#include <stdio.h>
#include <string.h>

/* What "holders" takes is of a snapshot: tables of sockets tell. */
static const struct {
	struct value value;
	const char *text, *exact, *csv, *json;
} cases[] = {
	{ { .type = VALUE_UNKNOWN }, "-", "-", "", "null" },
	{ { .type = VALUE_TEXT, .text = "a b" },
	  "a b",
	  "a b",
	  "a b",
	  "\"a b\"" },
	{ { .type = VALUE_TEXT, .text = "" }, "", "", "\"\"", "\"\"" },
	{ { .type = VALUE_TEXT, .text = "a,b" },
	  "a,b",
	  "a,b",
	  "\"a,b\"",
	  "\"a,b\"" },
	{ { .type = VALUE_TEXT, .text = "a\"b" },
	  "a\"b",
	  "a\"b",
	  "\"a\"\"b\"",
	  "\"a\\\"b\"" },
	{ { .type = VALUE_INTEGER, .integer = -4096 },
	  "-4096",
	  "-4096",
	  "-4096",
	  "-4096" },
	{ { .type = VALUE_BYTES, .integer = 4096 },
	  "4.0K",
	  "4096",
	  "4096",
	  "4096" },
	{ { .type = VALUE_SPEED, .integer = -4096 },
	  "-4.0K",
	  "-4096",
	  "-4096",
	  "-4096" },
	{ { .type = VALUE_MICROSECONDS, .integer = 0 }, "0us", "0", "0", "0" },
	{ { .type = VALUE_MICROSECONDS, .integer = 2500 },
	  "2.5ms",
	  "2500",
	  "2500",
	  "2500" },
	{ { .type = VALUE_MICROSECONDS, .integer = -1 },
	  "-1",
	  "-1",
	  "-1",
	  "-1" },
	{ { .type = VALUE_MILLISECONDS, .integer = 2500 },
	  "2.5s",
	  "2500",
	  "2500",
	  "2500" },
	/* as many as are microseconds, and one more */
	{ { .type = VALUE_MILLISECONDS, .integer = INT64_MAX / 1000 },
	  "106751991d",
	  "9223372036854775",
	  "9223372036854775",
	  "9223372036854775" },
	{ { .type = VALUE_MILLISECONDS, .integer = INT64_MAX / 1000 + 1 },
	  "9223372036854776",
	  "9223372036854776",
	  "9223372036854776",
	  "9223372036854776" },
	{ { .type = VALUE_RATE, .rate = 1.23456 },
	  "1.23",
	  "1.23",
	  "1.235",
	  "1.235" },
	{ { .type = VALUE_ID, .id = UINT64_MAX },
	  "18446744073709551615",
	  "18446744073709551615",
	  "18446744073709551615",
	  "\"18446744073709551615\"" },
	{ { .type = VALUE_PERCENT, .ratio = { 1, 3 } },
	  "33.3",
	  "33.3",
	  "33.33",
	  "33.33" },
	{ { .type = VALUE_ADDRESS,
	    .address = { TCPMEM_FAMILY_IPV4, { 10, 0, 0, 1 }, 80, NULL } },
	  "10.0.0.1:80",
	  "10.0.0.1:80",
	  "10.0.0.1",
	  "\"10.0.0.1\"" },
	{ { .type = VALUE_ADDRESS,
	    .address = { TCPMEM_FAMILY_IPV4, { 0 }, 0, NULL } },
	  "0.0.0.0:*",
	  "0.0.0.0:*",
	  "0.0.0.0",
	  "\"0.0.0.0\"" },
	{ { .type = VALUE_ADDRESS,
	    .address = { TCPMEM_FAMILY_IPV6, { 0xfe, 0x80 }, 1, "et h" } },
	  "[fe80::%et h]:1",
	  "[fe80::%et h]:1",
	  "fe80::",
	  "\"fe80::\"" },
};

static void check_print(const struct value *value, struct style style,
			const char *wanted)
{
	struct capture capture;

	capture_begin(&capture);
	value_print(capture.out, value, style);
	ck_assert_str_eq(capture_text(&capture), wanted);
	capture_end(&capture);
}

START_TEST(each_type_has_its_text)
{
	check_print(&cases[_i].value, (struct style){ ESCAPE_TERMINAL, false },
		    cases[_i].text);
	check_print(&cases[_i].value, (struct style){ ESCAPE_TERMINAL, true },
		    cases[_i].exact);
}
END_TEST

START_TEST(each_type_is_a_field_and_a_member)
{
	struct capture capture;
	struct json json;

	capture_begin(&capture);
	value_csv(capture.out, &cases[_i].value);
	ck_assert_str_eq(capture_text(&capture), cases[_i].csv);
	capture_end(&capture);
	capture_begin(&capture);
	json_init(&json, capture.out, 0);
	value_json(&json, NULL, &cases[_i].value);
	ck_assert_str_eq(capture_text(&capture), cases[_i].json);
	capture_end(&capture);
}
END_TEST

START_TEST(raw_text_has_no_blanks)
{
	const struct style raw = { ESCAPE_RAW, true };
	const struct value text = { .type = VALUE_TEXT, .text = "a b" };
	const struct value zone = {
		.type = VALUE_ADDRESS,
		.address = { TCPMEM_FAMILY_IPV6, { 0xfe, 0x80 }, 1, "et h" },
	};

	check_print(&text, raw, "a\\x20b");
	check_print(&zone, raw, "[fe80::%et\\x20h]:1");
}
END_TEST

START_TEST(bytes_may_be_exact)
{
	struct capture capture;

	capture_begin(&capture);
	value_print_bytes(capture.out, 1536, false);
	fputc(' ', capture.out);
	value_print_bytes(capture.out, 1536, true);
	fputc(' ', capture.out);
	value_print_bytes(capture.out, TCPMEM_UNKNOWN, true);
	ck_assert_str_eq(capture_text(&capture), "1.5K 1536 unknown");
	capture_end(&capture);
}
END_TEST

/* @a comes before @b; falling, the other way round */
static void check_order(struct value a, struct value b)
{
	ck_assert_int_lt(value_compare(&a, &b, false), 0);
	ck_assert_int_gt(value_compare(&b, &a, false), 0);
	ck_assert_int_gt(value_compare(&a, &b, true), 0);
	ck_assert_int_lt(value_compare(&b, &a, true), 0);
	ck_assert_int_eq(value_compare(&a, &a, false), 0);
	ck_assert_int_eq(value_compare(&b, &b, true), 0);
}

#define ADDRESS(family, first, last, number)                        \
	((struct value){ .type = VALUE_ADDRESS,                     \
			 .address = { TCPMEM_FAMILY_##family,       \
				      { [0] = first, [15] = last }, \
				      number,                       \
				      NULL } })

/* Family, then address, then port */
START_TEST(each_type_has_an_order)
{
	check_order((struct value){ .type = VALUE_TEXT, .text = "a" },
		    (struct value){ .type = VALUE_TEXT, .text = "b" });
	check_order((struct value){ .type = VALUE_INTEGER, .integer = -2 },
		    (struct value){ .type = VALUE_INTEGER, .integer = 1 });
	check_order((struct value){ .type = VALUE_RATE, .rate = 0.1 },
		    (struct value){ .type = VALUE_RATE, .rate = 0.2 });
	check_order((struct value){ .type = VALUE_ID, .id = 1 },
		    (struct value){ .type = VALUE_ID, .id = UINT64_MAX });
	check_order((struct value){ .type = VALUE_PERCENT, .ratio = { 3, 9 } },
		    (struct value){ .type = VALUE_PERCENT, .ratio = { 2, 5 } });
	check_order(ADDRESS(IPV4, 9, 0, 9), ADDRESS(IPV6, 1, 0, 1));
	check_order(ADDRESS(IPV6, 1, 9, 9), ADDRESS(IPV6, 2, 0, 1));
	check_order(ADDRESS(IPV6, 1, 1, 9), ADDRESS(IPV6, 1, 2, 1));
	check_order(ADDRESS(IPV6, 1, 1, 1), ADDRESS(IPV6, 1, 1, 2));
}
END_TEST

/* "unknown values are last either way" */
START_TEST(what_is_unknown_is_last)
{
	const struct value unknown = { .type = VALUE_UNKNOWN };
	const struct value least = { .type = VALUE_INTEGER,
				     .integer = -INT64_MAX };

	for (int falling = 0; falling < 2; falling++) {
		ck_assert_int_gt(value_compare(&unknown, &least, falling), 0);
		ck_assert_int_lt(value_compare(&least, &unknown, falling), 0);
		ck_assert_int_eq(value_compare(&unknown, &unknown, falling), 0);
	}
}
END_TEST

START_TEST(nobody_has_no_pid)
{
	struct value value = { .type = VALUE_UNKNOWN };

	value_set_pid(&value, NULL);
	value_set_comm(&value, NULL);
	value_set_number(&value, VALUE_BYTES, TCPMEM_UNKNOWN);
	value_set_text(&value, NULL);
	ck_assert_int_eq(value.type, VALUE_UNKNOWN);
	value_set_rate(&value, VALUE_BYTES, 2.5);
	ck_assert_int_eq(value.type, VALUE_BYTES);
	ck_assert_int_eq(value.integer, 3);
	value_set_rate(&value, VALUE_RATE, 2.5);
	ck_assert_int_eq(value.type, VALUE_RATE);
	ck_assert_double_eq(value.rate, 2.5);
}
END_TEST

int main(void)
{
	const int count = sizeof(cases) / sizeof(*cases);
	Suite *suite = suite_create("value");
	TCase *tc = tcase_create("all");

	tcase_add_loop_test(tc, each_type_has_its_text, 0, count);
	tcase_add_loop_test(tc, each_type_is_a_field_and_a_member, 0, count);
	tcase_add_test(tc, raw_text_has_no_blanks);
	tcase_add_test(tc, bytes_may_be_exact);
	tcase_add_test(tc, each_type_has_an_order);
	tcase_add_test(tc, what_is_unknown_is_last);
	tcase_add_test(tc, nobody_has_no_pid);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}

// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_json.c - the streaming writer */
#include "capture.h"
#include "output/json.h"
#include "tcpmem.h"
#include "unit.h"

#include <math.h>
#include <string.h>

static void check_text(const char *text, const char *wanted)
{
	struct capture capture;
	struct json json;

	capture_begin(&capture);
	json_init(&json, capture.out, 0);
	json_text(&json, NULL, text);
	ck_assert_str_eq(capture_text(&capture), wanted);
	capture_end(&capture);
}

START_TEST(escapes_what_json_must)
{
	check_text("plain", "\"plain\"");
	check_text("", "\"\"");
	check_text("a\"b\\c", "\"a\\\"b\\\\c\"");
	check_text("\x01\n\t\x1b", "\"\\u0001\\u000a\\u0009\\u001b\"");
	check_text("\x1f ~", "\"\\u001f ~\"");
	check_text(NULL, "null");
}
END_TEST

/* A terminal that shows the JSON must not be steered by it. */
START_TEST(escapes_what_steers_terminals)
{
	check_text("\x7f", "\"\\u007f\"");
	check_text("\xc2\x80\xc2\x9b", "\"\\u0080\\u009b\"");
	check_text("\xc2\xa0", "\"\xc2\xa0\"");
}
END_TEST

/* "so are the controls of bidirectional text and the ends of lines" */
START_TEST(escapes_what_turns_the_line)
{
	check_text("a\xe2\x80\xae b\xe2\x80\xac", "\"a\\u202e b\\u202c\"");
	check_text("\xe2\x80\x8e\xe2\x80\x8f", "\"\\u200e\\u200f\"");
	check_text("\xe2\x81\xa6\xe2\x81\xa9", "\"\\u2066\\u2069\"");
	check_text("\xe2\x80\xa8\xd8\x9c", "\"\\u2028\\u061c\"");
	check_text("\xe2\x80\xaf", "\"\xe2\x80\xaf\"");
	check_text("\u2029\u202a\u2067", "\"\\u2029\\u202a\\u2067\"");
	/* each neighbour is as others are */
	check_text("\u200d\u2010\u2027\u2065\u206a\u061b\u061d\xc2\x9f\xc2\xa0",
		   "\"\u200d\u2010\u2027\u2065\u206a\u061b\u061d\\u009f"
		   "\xc2\xa0\"");
}
END_TEST

START_TEST(keeps_utf8)
{
	static const char *const texts[] = {
		"\xc3\xa9",	    /* U+00E9 */
		"\xdf\xbf",	    /* U+07FF */
		"\xe0\xa0\x80",	    /* U+0800 */
		"\xed\x9f\xbf",	    /* U+D7FF */
		"\xee\x80\x80",	    /* U+E000 */
		"\xef\xbf\xbf",	    /* U+FFFF */
		"\xf0\x90\x80\x80", /* U+10000 */
		"\xf4\x8f\xbf\xbf", /* U+10FFFF */
	};
	char wanted[16];

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		snprintf(wanted, sizeof(wanted), "\"%s\"", texts[i]);
		check_text(texts[i], wanted);
	}
}
END_TEST

/* "bytes that are not UTF-8 become U+FFFD" */
START_TEST(replaces_what_is_no_utf8)
{
	check_text("a\xff", "\"a\\ufffd\"");
	check_text("\x80", "\"\\ufffd\"");
	check_text("\xc3", "\"\\ufffd\"");
	check_text("\xc3(", "\"\\ufffd(\"");
	check_text("\xc0\xaf", "\"\\ufffd\\ufffd\"");		 /* too long */
	check_text("\xe0\x9f\xbf", "\"\\ufffd\\ufffd\\ufffd\""); /* too long */
	check_text("\xed\xa0\x80", "\"\\ufffd\\ufffd\\ufffd\""); /* surrogate */
	check_text("\xf4\x90\x80\x80",
		   "\"\\ufffd\\ufffd\\ufffd\\ufffd\""); /* too large */
	check_text("\xf0\x8f\xbf\xbf", "\"\\ufffd\\ufffd\\ufffd\\ufffd\"");
	check_text("\xe2\x82", "\"\\ufffd\\ufffd\"");
	check_text("\xf0\x9f\x98", "\"\\ufffd\\ufffd\\ufffd\"");
	check_text("\xf5\x80\x80\x80", "\"\\ufffd\\ufffd\\ufffd\\ufffd\"");
}
END_TEST

/* A text that is cut in a character ends where it ends, not behind it. */
START_TEST(never_reads_beyond_the_end)
{
	static const char *const cut[] = { "\xc3", "\xe2\x82", "\xf0\x9f\x98" };

	for (size_t i = 0; i < sizeof(cut) / sizeof(cut[0]); i++) {
		char *exact = strdup(cut[i]); /* ASan stands behind it */

		ck_assert_ptr_nonnull(exact);
		for (size_t len = strlen(exact); len > 0; len--) {
			struct capture capture;
			struct json json;

			capture_begin(&capture);
			json_init(&json, capture.out, 0);
			json_text(&json, NULL, exact + strlen(exact) - len);
			ck_assert_uint_eq(strlen(capture_text(&capture)),
					  2 + 6 * len);
			capture_end(&capture);
		}
		free(exact);
	}
}
END_TEST

static void write_document(struct json *json)
{
	json_open_object(json, NULL);
	json_text(json, "a", "x");
	json_open_array(json, "rows");
	for (int i = 1; i <= 2; i++) {
		json_open_object(json, NULL);
		json_integer(json, "n", i);
		json_null(json, "z");
		json_close_object(json);
	}
	json_close_array(json);
	json_open_array(json, "empty");
	json_close_array(json);
	json_bool(json, "t", true);
	json_close_object(json);
	json_end(json);
}

static void check_document(unsigned int wrap, const char *wanted)
{
	struct capture capture;
	struct json json;

	capture_begin(&capture);
	json_init(&json, capture.out, wrap);
	write_document(&json);
	ck_assert_str_eq(capture_text(&capture), wanted);
	capture_end(&capture);
}

START_TEST(separates_members)
{
	check_document(0, "{\"a\": \"x\", \"rows\": [{\"n\": 1, \"z\": null}, "
			  "{\"n\": 2, \"z\": null}], \"empty\": [], "
			  "\"t\": true}\n");
}
END_TEST

/* "members down to this depth have lines of their own" */
START_TEST(wraps_to_a_depth)
{
	check_document(2, "{\n  \"a\": \"x\",\n  \"rows\": [\n"
			  "    {\"n\": 1, \"z\": null},\n"
			  "    {\"n\": 2, \"z\": null}\n  ],\n"
			  "  \"empty\": [],\n  \"t\": true\n}\n");
}
END_TEST

/* "a string: JSON parsers round integers beyond 2^53" */
START_TEST(writes_numbers_in_full)
{
	struct capture capture;
	struct json json;

	capture_begin(&capture);
	json_init(&json, capture.out, 0);
	json_open_array(&json, NULL);
	json_integer(&json, NULL, INT64_MIN);
	json_integer(&json, NULL, INT64_MAX);
	json_id(&json, NULL, UINT64_MAX);
	json_percent(&json, NULL, 1, 3);
	json_percent(&json, NULL, 5, 0);
	json_close_array(&json);
	ck_assert_str_eq(capture_text(&capture),
			 "[-9223372036854775808, 9223372036854775807, "
			 "\"18446744073709551615\", 33.33, null]");
	capture_end(&capture);
}
END_TEST

/* "null" where a number is not known; 0 is known */
START_TEST(what_is_not_known_is_null)
{
	struct capture capture;
	struct json json;

	capture_begin(&capture);
	json_init(&json, capture.out, 0);
	json_open_array(&json, NULL);
	json_optional(&json, NULL, 0, 5);
	json_optional(&json, NULL, -1, 5);
	json_optional(&json, NULL, 1, 5);
	json_known(&json, NULL, 0);
	json_known(&json, NULL, TCPMEM_UNKNOWN);
	json_seconds(&json, NULL, 1500, 1e3);
	json_seconds(&json, NULL, TCPMEM_UNKNOWN, 1e3);
	json_fraction(&json, NULL, -0.0006);
	json_fraction(&json, NULL, NAN);
	json_percent(&json, NULL, 1, 1);
	json_percent(&json, NULL, 0, 1);
	json_percent(&json, NULL, 1, -1);
	json_bool(&json, NULL, false);
	json_integer(&json, NULL, 0);
	json_id(&json, NULL, 0);
	json_close_array(&json);
	ck_assert_str_eq(capture_text(&capture),
			 "[5, null, null, 0, null, 1.500, null, -0.001, null, "
			 "100.00, 0.00, null, false, 0, \"0\"]");
	capture_end(&capture);
}
END_TEST

/* One object behind another: nothing is between them but the line's end. */
START_TEST(objects_may_follow_each_other)
{
	struct capture capture;
	struct json json;

	capture_begin(&capture);
	json_init(&json, capture.out, 0);
	for (int i = 0; i < 2; i++) {
		json_open_object(&json, NULL);
		json_close_object(&json);
		json_end(&json);
	}
	ck_assert_str_eq(capture_text(&capture), "{}\n{}\n");
	capture_end(&capture);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("json");
	TCase *tc = tcase_create("all");

	tcase_add_test(tc, escapes_what_json_must);
	tcase_add_test(tc, escapes_what_steers_terminals);
	tcase_add_test(tc, escapes_what_turns_the_line);
	tcase_add_test(tc, keeps_utf8);
	tcase_add_test(tc, replaces_what_is_no_utf8);
	tcase_add_test(tc, never_reads_beyond_the_end);
	tcase_add_test(tc, separates_members);
	tcase_add_test(tc, wraps_to_a_depth);
	tcase_add_test(tc, writes_numbers_in_full);
	tcase_add_test(tc, what_is_not_known_is_null);
	tcase_add_test(tc, objects_may_follow_each_other);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}

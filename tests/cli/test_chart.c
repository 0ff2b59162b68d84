// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_chart.c - pictures in SVG, and text that becomes HTML */
#include "capture.h"
#include "report/report.h"
#include "unit.h"

#include <string.h>

#define MINUTE INT64_C(60000000000)
#define X      TCPMEM_UNKNOWN

static struct report_moment moment[5];
static const struct report report = { .moment = moment, .count = 5 };
static struct chart chart;
static struct capture capture;

/* Room of 400 times 100, with 100 at the upper edge; a moment each 100 */
static void begin(void)
{
	capture_begin(&capture);
	chart = (struct chart){ capture.out,   &report, 64 + 400 + 12,
				10 + 100 + 22, 100,	false };
	memset(moment, 0, sizeof(moment));
	for (int i = 0; i < 5; i++)
		moment[i].ns = (12 * 60 + i) * MINUTE;
}

static void end(void)
{
	capture_end(&capture);
}

static void check_text(const char *wanted)
{
	ck_assert_str_eq(capture_text(&capture), wanted);
}

static void check_line(const int64_t values[5], const char *wanted)
{
	end();
	capture_begin(&capture);
	chart.out = capture.out;
	chart_line(&chart, values, 7);
	check_text(wanted);
}

#define LINE  "<polyline class=\"line c7\" points=\""
#define ENDS  "\"/>"
#define START 12 * 60 * MINUTE

START_TEST(a_line_has_a_point_for_each_moment)
{
	check_line((const int64_t[]){ 0, 25, 50, 100, 10 },
		   LINE "64.0,110.0 164.0,85.0 264.0,60.0 364.0,10.0 "
			"464.0,100.0 " ENDS "\n");
}
END_TEST

START_TEST(a_line_breaks_where_moments_do_not_continue)
{
	check_line((const int64_t[]){ 0, X, 50, 100, X }, LINE
		   "64.0,110.0 " ENDS LINE "264.0,60.0 364.0,10.0 " ENDS "\n");
	check_line((const int64_t[]){ X, X, 50, X, X },
		   LINE "264.0,60.0 " ENDS "\n");
	check_line((const int64_t[]){ X, X, X, X, X }, "\n");
	moment[0].apart = moment[2].apart = true;
	check_line((const int64_t[]){ 0, 0, 50, 50, 50 },
		   LINE "64.0,110.0 164.0,110.0 " ENDS LINE
			"264.0,60.0 364.0,60.0 464.0,60.0 " ENDS "\n");
	/* not twice for two reasons */
	check_line((const int64_t[]){ 0, X, 50, 50, 50 },
		   LINE "64.0,110.0 " ENDS LINE
			"264.0,60.0 364.0,60.0 464.0,60.0 " ENDS "\n");
}
END_TEST

#define BAND "<g class=\"band c3\"><title>a &lt; b</title>"
#define AREA "<polygon points=\""

static void check_band(const char *wanted)
{
	static const int64_t low[] = { 0, 0, 10, 10, 0 };
	static const int64_t high[] = { 50, 100, 100, 50, 50 };

	end();
	capture_begin(&capture);
	chart.out = capture.out;
	chart_band(&chart, low, high, 3, "a < b");
	check_text(wanted);
}

START_TEST(a_band_is_between_two_series)
{
	check_band(BAND AREA
		   "64.0,60.0 164.0,10.0 264.0,10.0 364.0,60.0 464.0,60.0 "
		   "464.0,110.0 364.0,100.0 264.0,100.0 164.0,110.0 "
		   "64.0,110.0 " ENDS "</g>\n");
}
END_TEST

START_TEST(a_band_breaks_where_nothing_is_known)
{
	moment[1].value[REPORT_HELD] = X;
	moment[4].value[REPORT_HELD] = X;
	moment[3].apart = true;
	check_band(BAND AREA "64.0,60.0 64.0,110.0 " ENDS AREA
			     "264.0,10.0 264.0,100.0 " ENDS AREA
			     "364.0,60.0 364.0,100.0 " ENDS "</g>\n");
	for (int i = 0; i < 5; i++)
		moment[i].value[REPORT_HELD] = X;
	check_band(BAND "</g>\n");
}
END_TEST

START_TEST(a_level_is_drawn_if_there_is_room)
{
	chart_level(&chart, X, "none");
	chart_level(&chart, 101, "above");
	check_text("");
	chart_level(&chart, 100, "limit");
	check_text("<line class=\"level\" x1=\"64.0\" x2=\"464.0\" y1=\"10.0\" "
		   "y2=\"10.0\"/><text class=\"axis end\" x=\"460.0\" "
		   "y=\"6.0\">limit</text>\n");
}
END_TEST

START_TEST(a_mark_stands_at_its_time)
{
	chart_mark(&chart, START + 3 * MINUTE / 2, "a & b");
	check_text("<line class=\"mark\" x1=\"214.0\" x2=\"214.0\" y1=\"10.0\" "
		   "y2=\"110.0\"><title>a &amp; b</title></line>\n");
}
END_TEST

START_TEST(axes_have_values_and_times)
{
	chart_open(&chart, "a \"title\"");
	chart_close(&chart);
	/* a tenth of room is above */
	check_text("<svg viewBox=\"0 0 476 132\" role=\"img\" aria-label=\""
		   "a &quot;title&quot;\">"
		   "<line class=\"grid\" x1=\"64.0\" x2=\"464.0\" "
		   "y1=\"110.0\" y2=\"110.0\"/><text class=\"axis end\" "
		   "x=\"58.0\" y=\"114.0\">0</text>"
		   "<line class=\"grid\" x1=\"64.0\" x2=\"464.0\" "
		   "y1=\"60.0\" y2=\"60.0\"/><text class=\"axis end\" "
		   "x=\"58.0\" y=\"64.0\">100</text>"
		   "<line class=\"grid\" x1=\"64.0\" x2=\"464.0\" "
		   "y1=\"10.0\" y2=\"10.0\"/><text class=\"axis end\" "
		   "x=\"58.0\" y=\"14.0\">200</text>"
		   "<text class=\"axis start\" x=\"64.0\" y=\"126.0\">12:00:00"
		   "</text><text class=\"axis end\" x=\"464.0\" y=\"126.0\">"
		   "12:04:00</text>\n</svg>\n");
}
END_TEST

START_TEST(one_moment_is_in_the_middle)
{
	const struct report one = { .moment = moment, .count = 1 };

	chart.report = &one;
	chart.max = 0;
	chart_open(&chart, "");
	ck_assert_ptr_nonnull(strstr(
		capture_text(&capture),
		"<text class=\"axis middle\" x=\"264.0\" y=\"126.0\">12:00:00"
		"</text>\n"));
	ck_assert_ptr_null(strstr(capture.text, "axis end\" x=\"464"));
	moment[0].ns = X;
	chart_open(&chart, "");
	ck_assert_ptr_nonnull(
		strstr(capture_text(&capture), ">unknown</text>\n"));
}
END_TEST

/* "A tenth of room above the highest point; steps that are easy to read" */
static void check_top(double max, bool bytes, const char *wanted)
{
	char label[64];

	end();
	capture_begin(&capture);
	chart.out = capture.out;
	chart.max = max;
	chart.bytes = bytes;
	chart_open(&chart, "");
	snprintf(label, sizeof(label), " y=\"14.0\">%s</text>", wanted);
	ck_assert_msg(strstr(capture_text(&capture), label), "%g: %s", max,
		      capture.text);
}

START_TEST(the_edge_is_a_round_number)
{
	/* @least, @most: that this step is for, above it @edge */
	static const struct {
		int least;
		int most;
		const char *edge;
		const char *bytes;
	} steps[] = {
		{ 4, 9, "10", "10.0K" },     { 10, 18, "20", "20.0K" },
		{ 19, 36, "40", "40.0K" },   { 37, 72, "80", "80.0K" },
		{ 73, 90, "100", "100K" },   { 91, 181, "200", "200K" },
		{ 182, 363, "400", "400K" }, { 364, 454, "500", "500K" },
		{ 455, 727, "800", "800K" }, { 728, 909, "1024", "1.0M" },
	};

	for (size_t i = 0; i < sizeof(steps) / sizeof(*steps); i++) {
		check_top(steps[i].least, false, steps[i].edge);
		check_top(steps[i].most, false, steps[i].edge);
		check_top(steps[i].least * 1024.0, true, steps[i].bytes);
		check_top(steps[i].most * 1024.0, true, steps[i].bytes);
	}
	check_top(0, false, "10");
	/* the least step is for the units above */
	check_top(910, false, "4000");
	check_top(3636, false, "4000");
	check_top(3637, false, "10000");
	check_top(930, true, "1.0K");
	check_top(931, true, "4.0K");
	check_top(3 * 1024, true, "4.0K");
	check_top(3.7 * 1024, true, "10.0K");
}
END_TEST

static void check_html(const char *text, const char *wanted)
{
	end();
	capture_begin(&capture);
	html_text(capture.out, text);
	check_text(wanted);
}

START_TEST(text_cannot_become_markup)
{
	check_html("a<b>&\"'c", "a&lt;b&gt;&amp;&quot;&#39;c");
	check_html("\u00e9\u65e5", "\u00e9\u65e5");
	check_html("\x01\t\n\x7f", "\\x01\\x09\\x0a\\x7f");
	check_html("a\xff\xc3", "a\\xff\\xc3");
	check_html("\u202e", "\\xe2\\x80\\xae");
	/* no characters of XML, and their neighbour */
	check_html("\xef\xbf\xbd", "\xef\xbf\xbd");
	check_html("\xef\xbf\xbe\xef\xbf\xbf",
		   "\\xef\\xbf\\xbe\\xef\\xbf\\xbf");
}
END_TEST

START_TEST(cells_say_what_is_not_known)
{
	html_cell_bytes(capture.out, 1536);
	html_cell_bytes(capture.out, X);
	html_cell_number(capture.out, -1);
	html_cell_number(capture.out, X);
	html_cell_text(capture.out, "<");
	html_cell_time(capture.out, START);
	check_text("<td class=\"n\"><span title=\"1536 bytes\">1.5K</span></td>"
		   "<td class=\"n\">not known</td>"
		   "<td class=\"n\">-1</td><td class=\"n\">not known</td>"
		   "<td>&lt;</td><td class=\"t\">1970-01-01T12:00:00Z</td>");
}
END_TEST

/* A shell takes what is printed for the same words. */
START_TEST(commands_are_quoted)
{
	struct options options = {
		.netns = { "a", "b c'd" },
		.netns_count = 2,
		.states = 1u << TCPMEM_STATE_CLOSE_WAIT |
			  1u << TCPMEM_STATE_ESTABLISHED,
	};
	char *text = report_from("it's");

	ck_assert_str_eq(text, "--from 'it'\\''s'");
	free(text);
	text = report_only(&options);
	ck_assert_str_eq(text, " --state established,close-wait --netns 'a' "
			       "--netns 'b c'\\''d'");
	free(text);
	options = (struct options){ .states = 1u << TCPMEM_STATE_MAX };
	text = report_only(&options);
	ck_assert_str_eq(text, " --state bound-inactive");
	free(text);
	options.states = 0;
	text = report_only(&options);
	ck_assert_str_eq(text, "");
	free(text);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("chart");
	TCase *tc = tcase_create("all");

	tcase_add_checked_fixture(tc, begin, end);
	tcase_add_test(tc, a_line_has_a_point_for_each_moment);
	tcase_add_test(tc, a_line_breaks_where_moments_do_not_continue);
	tcase_add_test(tc, a_band_is_between_two_series);
	tcase_add_test(tc, a_band_breaks_where_nothing_is_known);
	tcase_add_test(tc, a_level_is_drawn_if_there_is_room);
	tcase_add_test(tc, a_mark_stands_at_its_time);
	tcase_add_test(tc, axes_have_values_and_times);
	tcase_add_test(tc, one_moment_is_in_the_middle);
	tcase_add_test(tc, the_edge_is_a_round_number);
	tcase_add_test(tc, text_cannot_become_markup);
	tcase_add_test(tc, cells_say_what_is_not_known);
	tcase_add_test(tc, commands_are_quoted);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}

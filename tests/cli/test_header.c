// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_header.c - the first lines of top's page, and where they have no room */
#include "top_holders.h"
#include "unit.h"

#include <errno.h>

/* What stands before the name of the host, which is this one's */
static const char *status(void)
{
	static char text[400], host[64];
	char *at;

	paint(300, 24);
	snprintf(text, sizeof(text), "%s", line(0));
	gethostname(host, sizeof(host));
	at = strstr(text, host);
	if (at > text + 2 && at[-1] == ' ' && !at[strlen(host)])
		at[-2] = '\0';
	return text;
}

START_TEST(the_first_line_tells_how_looks_go)
{
	struct top_status *how = &ui.state.status;

	begin_ui(&(struct options){ 0 });
	ck_assert_str_eq(status(), "LIVE  every 2.0s");
	ck_assert_int_eq(page.line[0].style, TOP_BOLD);
	ck_assert_str_eq(line(1), "tcp_mem ...");
	ck_assert_str_eq(line(2), "");
	ck_assert_str_eq(line(4), "by process  looking ...");
	show_look(made_look(0, holders));
	how->now_ns = ui.state.look->begun_ns + INT64_C(3999999999);
	ui.state.look->cpu_ns = 2500000;
	ck_assert_str_eq(status(), "LIVE  2026-11-22T12:00:00Z  every 2.0s  "
				   "3s old  a look 2.5ms");
	how->own = 0;
	how->looking_ns = INT64_C(2000000000);
	ck_assert_str_eq(status(), "LIVE  2026-11-22T12:00:00Z  every 2.0s  "
				   "3s old  a look 2.5ms, own CPU 0.0 %");
	how->own = 1.25;
	how->looking_ns++;
	how->interval_ns = how->every_ns + 1;
	ck_assert_str_eq(status(),
			 "LIVE  2026-11-22T12:00:00Z  every 2.0s: looks take "
			 "long  3s old, still looking  a look 2.5ms, own CPU "
			 "1.2 %");
	ck_assert_int_eq(page.line[0].style, TOP_BOLD);
	how->error = -EIO;
	ck_assert_str_eq(status(),
			 "LIVE  2026-11-22T12:00:00Z  the last look failed: "
			 "Input/output error  every 2.0s: looks take long  3s "
			 "old, still looking  a look 2.5ms, own CPU 1.2 %");
	ck_assert_int_eq(page.line[0].style, TOP_BAD);
	*how = (struct top_status){ .own = -1,
				    .ended = true,
				    .now_ns = ui.state.look->begun_ns };
	ck_assert_str_eq(status(), "ENDED  2026-11-22T12:00:00Z  every 0us  "
				   "0s old  a look 2.5ms");
	ck_assert_int_eq(page.line[0].style, TOP_BAD);
	ui.state.paused = true;
	ck_assert_str_eq(status(), "PAUSED  2026-11-22T12:00:00Z  every 0us  "
				   "0s old  a look 2.5ms");
	ui.state.paused = false;
	ui.state.file = "kept";
	ck_assert_str_eq(status(),
			 "CAPTURE  2026-11-22T12:00:00Z  kept  a look 2.5ms");
	end_ui();
}
END_TEST

static const struct {
	int64_t used;
	enum top_style style;
} bars[] = {
	{ 0, TOP_GOOD },	   { (40 << 20) - 1, TOP_GOOD },
	{ 40 << 20, TOP_WARNING }, { (80 << 20) - 1, TOP_WARNING },
	{ 80 << 20, TOP_BAD },	   { 200 << 20, TOP_BAD },
};

static void show_bar(int64_t used, int64_t high)
{
	struct bytes capture;
	struct made made;

	made_begin(&made, NOON, 60000, "a-boot");
	if (used >= 0)
		made_fact(&made, "tcp_mem_used", used);
	made_fact(&made, "tcp_mem_low", 40 << 20);
	made_fact(&made, "tcp_mem_pressure", 80 << 20);
	made_fact(&made, "tcp_mem_high", high);
	capture = made_end(&made);
	show_look(made_look_of(&capture));
}

START_TEST(the_bar_is_as_bad_as_the_kernel_takes_it)
{
	begin_ui(&(struct options){ 0 });
	for (size_t i = 0; i < sizeof(bars) / sizeof(*bars); i++) {
		show_bar(bars[i].used, 200 << 20);
		paint(80, 24);
		ck_assert_int_eq(page.line[1].style, bars[i].style);
	}
	/*
	 * Its cells take what is left of 45 columns, but 60 at most; behind
	 * them is a mark.
	 */
	paint(200, 24);
	ck_assert_uint_eq(strlen(line(1)),
			  strlen("tcp_mem 200M  100.0 % of 200M") + 61);
	paint(105, 24);
	ck_assert_uint_eq(strlen(line(1)),
			  strlen("tcp_mem 200M  100.0 % of 200M") + 61);
	paint(104, 24);
	ck_assert_uint_eq(strlen(line(1)),
			  strlen("tcp_mem 200M  100.0 % of 200M") + 60);
	paint(50, 24);
	ck_assert_uint_eq(strlen(line(1)),
			  strlen("tcp_mem 200M  100.0 % of 200M") + 6);
	paint(49, 24);
	ck_assert_str_eq(line(1), "tcp_mem 200M  100.0 % of 200M");
	show_bar(-1, 200 << 20);
	paint(80, 24);
	ck_assert_str_eq(line(1), "tcp_mem unknown");
	ck_assert_int_eq(page.line[1].style, TOP_PLAIN);
	show_bar(5, 0);
	paint(80, 24);
	ck_assert_str_eq(line(1), "tcp_mem unknown");
	end_ui();
}
END_TEST

START_TEST(counters_are_told_a_second)
{
	static const struct {
		int64_t value[TOP_EVENTS];
		const char *text;
	} rates[] = {
		{ { 10, 5, 1, 0, 0 },
		  "opened 5.0/s  resets 2.5/s  retransmits 0.5/s  listen drops "
		  "0/s  squeezed 0/s" },
		{ { 20, 19, 0, 0, 2000 },
		  "opened 10/s  resets 9.5/s  retransmits 0/s  listen drops "
		  "0/s  squeezed 1000/s" },
		/* one that is less was reset */
		{ { -1, 0, 0, 0, 0 },
		  "opened -  resets 0/s  retransmits 0/s  listen drops 0/s  "
		  "squeezed 0/s" },
	};

	begin();
	ui.state.look->counters =
		(struct top_counters){ true, INT64_C(5000000000), { 0 } };
	for (size_t i = 0; i < sizeof(rates) / sizeof(*rates); i++) {
		struct top_look *look = made_look(2000, holders);

		look->counters = ui.state.look->counters;
		look->counters.ns += INT64_C(2000000000);
		for (int j = 0; j < TOP_EVENTS; j++)
			look->counters.value[j] += rates[i].value[j];
		show_look(look);
		paint(100, 24);
		ck_assert_str_eq(line(3), rates[i].text);
	}
	/* unless one of the two looks knows them, and at one moment */
	for (int i = 0; i < 3; i++) {
		struct top_look *look = made_look(2000, holders);

		look->counters = ui.state.look->counters;
		look->counters.ns += i == 0 ? 0 : INT64_C(2000000000);
		look->counters.known = i != 1;
		show_look(look);
		paint(100, 24);
		ck_assert_str_eq(line(3), "opened -  resets -  retransmits -  "
					  "listen drops -  squeezed -");
	}
	end_ui();
}
END_TEST

START_TEST(what_is_seen_of_a_view_is_told)
{
	begin();
	paint(100, 24);
	ck_assert_str_eq(line(4), "by process  6 rows");
	ck_assert_int_eq(page.line[4].style, TOP_PLAIN);
	ui_show_view(&ui, top_view_find("state"));
	paint(100, 24);
	ck_assert_str_eq(line(4), "by state  1 row");
	ck_assert_str_eq(line(2), "9 sockets hold 230K, charged 195K  orphans "
				  "3  TIME_WAIT unknown");
	strcpy(ui.state.filter, "state established");
	ui_action(&ui, TOP_MARK);
	paint(100, 24);
	ck_assert_str_eq(line(4), "by state  1 row  DELTA since "
				  "2026-11-22T12:00:00Z  filter: state "
				  "established");
	ui_show_view(&ui, top_view_find("blame"));
	paint(100, 24);
	ck_assert_str_eq(line(4), "blame  looking ...  filter: state "
				  "established");
	ui_show_view(&ui, top_view_find("process"));
	ui_action(&ui, TOP_DOWN);
	ui_action(&ui, TOP_ENTER);
	paint(100, 24);
	ck_assert_str_eq(line(4), "sockets of alpha[101]  2 rows  DELTA since "
				  "2026-11-22T12:00:00Z  filter: state "
				  "established");
	end_ui();
}
END_TEST

/* The least important lines of the header go first. */
START_TEST(a_low_screen_has_few_lines_above_its_rows)
{
	static const struct {
		int height;
		int header;
	} heights[] = { { 24, 5 }, { 20, 5 }, { 19, 4 }, { 16, 4 },
			{ 15, 2 }, { 10, 2 }, { 9, 1 },	 { 3, 1 } };

	begin();
	for (size_t i = 0; i < sizeof(heights) / sizeof(*heights); i++) {
		int header = heights[i].header;

		paint(80, heights[i].height);
		ck_assert_uint_eq(page.count, (size_t)heights[i].height);
		ck_assert_int_eq(strncmp(line(0), "LIVE", 4), 0);
		ck_assert_int_eq(page.line[header].style, TOP_HEADING);
		ck_assert_int_eq(strncmp(line(header), "PROCESS", 7), 0);
		if (header > 1)
			ck_assert_str_eq(line(header - 1),
					 "by process  6 rows");
		if (header > 2)
			ck_assert_int_eq(strncmp(line(1), "tcp_mem", 7), 0);
		ck_assert_str_eq(line(-1), HINTS);
	}
	ui.state.file = "kept";
	paint(80, 24);
	ck_assert_int_eq(page.line[4].style, TOP_HEADING);
	/* where there is no room, there is a header */
	paint(80, 1);
	ck_assert_uint_eq(page.count, 2);
	paint(80, 2);
	ck_assert_uint_eq(page.count, 2);
	end_ui();
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("header");
	TCase *tests = tcase_create("header");

	tcase_add_test(tests, the_first_line_tells_how_looks_go);
	tcase_add_test(tests, the_bar_is_as_bad_as_the_kernel_takes_it);
	tcase_add_test(tests, counters_are_told_a_second);
	tcase_add_test(tests, what_is_seen_of_a_view_is_told);
	tcase_add_test(tests, a_low_screen_has_few_lines_above_its_rows);
	suite_add_tcase(suite, tests);
	return unit_run(suite);
}

// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_paint.c - the page of top: rows, prompts, pagers, hints */
#include "top_holders.h"
#include "unit.h"

/* ---- rows ---- */

START_TEST(rows_scroll_as_far_as_the_cursor)
{
	begin();
	/* a heading, and three rows below it; a total takes a fifth line */
	paint(80, 6);
	ck_assert_int_eq(strncmp(line(2), "alpha", 5), 0);
	ck_assert_int_eq(strncmp(line(4), "gamma", 5), 0);
	ui_action(&ui, TOP_LAST);
	paint(80, 6);
	ck_assert_int_eq(strncmp(line(4), "zeta", 4), 0);
	ck_assert_int_eq(page.line[4].style, TOP_CURSOR);
	ck_assert_int_eq(page.line[3].style, TOP_PLAIN);
	ui_action(&ui, TOP_UP);
	paint(80, 6);
	ck_assert_int_eq(strncmp(line(3), "Beta-two", 8), 0);
	ck_assert_int_eq(page.line[3].style, TOP_CURSOR);
	ui_action(&ui, TOP_FIRST);
	paint(80, 6);
	ck_assert_int_eq(strncmp(line(2), "alpha", 5), 0);
	ck_assert_int_eq(page.line[2].style, TOP_CURSOR);
	paint(80, 7);
	ck_assert_int_eq(strncmp(line(5), "total", 5), 0);
	ck_assert_int_eq(page.line[5].style, TOP_BOLD);
	ck_assert_int_eq(strncmp(line(4), "gamma", 5), 0);
	ui_action(&ui, TOP_LAST);
	paint(80, 7);
	ck_assert_int_eq(strncmp(line(2), "delta", 5), 0);
	/* of fewer rows, none is left out */
	show_look(
		made_look(2000, (const struct holder[]){ { 102, "beta", 5, 1 },
							 { 106, "zeta", 1, 1 },
							 { 0 } }));
	paint(80, 7);
	ck_assert_int_eq(strncmp(line(2), "beta", 4), 0);
	ck_assert_int_eq(strncmp(line(4), "total", 5), 0);
	end_ui();
}
END_TEST

START_TEST(columns_go_where_there_is_no_room)
{
	static const struct {
		int width;
		const char *heading;
	} widths[] = {
		{ 200,
		  "PROCESS              SOCKETS  UNREAD  UNSENT OBJECTS    "
		  "HELD SHARE%    DELTA TREND" },
		{ 85, "PROCESS              SOCKETS  UNREAD  UNSENT OBJECTS    "
		      "HELD SHARE%    DELTA TREND" },
		{ 84, "PROCESS              SOCKETS  UNREAD  UNSENT    HELD "
		      "SHARE%    DELTA TREND        +1" },
		{ 80, "PROCESS              SOCKETS  UNREAD  UNSENT    HELD "
		      "SHARE%    DELTA TREND    +1" },
		{ 71, "PROCESS              SOCKETS  UNREAD  UNSENT    HELD "
		      "SHARE%    DELTA +2" },
		{ 70, "PROCESS              SOCKETS  UNREAD  UNSENT    HELD    "
		      "DELTA +3" },
		{ 60, "PROCESS              SOCKETS  UNREAD    HELD    DELTA "
		      "+4" },
		{ 50, "PROCESS              SOCKETS    HELD    DELTA +5" },
		{ 45, "PROCESS              SOCKETS    HELD +6" },
		{ 32, "PROCESS                 HELD +7" },
		{ 20, "PROCESS      HELD +7" },
		{ 10, "PRO~    H~" },
	};

	begin();
	for (size_t i = 0; i < sizeof(widths) / sizeof(*widths); i++) {
		paint(widths[i].width, 24);
		ck_assert_msg(strcmp(line(5), widths[i].heading) == 0,
			      "%d: '%s'", widths[i].width, line(5));
	}
	end_ui();
}
END_TEST

static const struct {
	const char *view;
	int width;
	const char *heading;
} of_views[] = {
	{ "sockets", 108,
	  "STATE       LOCAL              REMOTE             "
	  " RECV-Q  SEND-Q    HELD    DELTA TREND    HOLDERS" },
	{ "sockets", 107,
	  "STATE       LOCAL              REMOTE             "
	  " RECV-Q  SEND-Q    HELD    DELTA HOLDERS          +1" },
	{ "sockets", 102,
	  "STATE       LOCAL              REMOTE             "
	  " RECV-Q  SEND-Q    HELD    DELTA HOLDERS          +1" },
	{ "sockets", 101,
	  "STATE       LOCAL              REMOTE             "
	  " RECV-Q  SEND-Q    HELD    DELTA +2" },
	{ "sockets", 85,
	  "STATE       LOCAL              REMOTE             "
	  " RECV-Q  SEND-Q    HELD    DELTA +2" },
	{ "sockets", 84,
	  "STATE       LOCAL              REMOTE             "
	  " RECV-Q  SEND-Q    HELD +3" },
	{ "sockets", 76,
	  "STATE       LOCAL              REMOTE             "
	  " RECV-Q  SEND-Q    HELD +3" },
	{ "sockets", 75,
	  "STATE       LOCAL              REMOTE             "
	  " RECV-Q    HELD +4" },
	{ "sockets", 68,
	  "STATE       LOCAL              REMOTE             "
	  " RECV-Q    HELD +4" },
	{ "sockets", 67,
	  "STATE       LOCAL              REMOTE                HELD +5" },
	{ "sockets", 60,
	  "STATE       LOCAL              REMOTE                HELD +5" },
	{ "sockets", 59, "LOCAL              REMOTE                HELD +6" },
	{ "sockets", 48, "LOCAL              REMOTE                HELD +6" },
	{ "sockets", 47, "LOCAL                 HELD +7" },
	{ "sockets", 29, "LOCAL                 HELD +7" },
	{ "sockets", 28, "LOCAL                HELD +7" },
	{ "limits", 85,
	  "NAME                      VALUE       USED        "
	  "USED% NETNS    MEANING" },
	{ "limits", 84,
	  "NAME                      VALUE       USED        "
	  "USED% MEANING              +1" },
	{ "limits", 79,
	  "NAME                      VALUE       USED        "
	  "USED% MEANING              +1" },
	{ "limits", 78,
	  "NAME                      VALUE       USED        USED% +2" },
	{ "limits", 58,
	  "NAME                      VALUE       USED        USED% +2" },
	{ "limits", 57, "NAME                      VALUE       USED +3" },
	{ "limits", 45, "NAME                      VALUE       USED +3" },
	{ "limits", 44, "NAME                      VALUE +4" },
	{ "limits", 34, "NAME                      VALUE +4" },
	{ "limits", 33, "NAME                     VALUE +4" },
	{ "blame", 70, "CULPRIT                BYTES PER-SECOND WAITING" },
	{ "blame", 69, "CULPRIT                BYTES PER-SECOND +1" },
	{ "blame", 42, "CULPRIT                BYTES PER-SECOND +1" },
	{ "blame", 41, "CULPRIT                BYTES +2" },
	{ "blame", 31, "CULPRIT                BYTES +2" },
	{ "blame", 30, "CULPRIT               BYTES +2" },
};

START_TEST(each_view_has_columns_to_leave_out)
{
	begin_ui(&(struct options){ 0 });
	for (size_t i = 0; i < sizeof(of_views) / sizeof(*of_views); i++) {
		ui_show_view(&ui, top_view_find(of_views[i].view));
		paint(of_views[i].width, 24);
		ck_assert_msg(strcmp(line(5), of_views[i].heading) == 0,
			      "%s, %d: '%s'", of_views[i].view,
			      of_views[i].width, line(5));
	}
	end_ui();
}
END_TEST

/* The first column has gone: no blank is in its place. */
START_TEST(rows_begin_where_their_headings_do)
{
	begin_ui(&(struct options){ .by = "sockets" });
	show_look(made_look(0, holders));
	paint(48, 24);
	ck_assert_int_eq(strncmp(line(5), "LOCAL ", 6), 0);
	ck_assert_int_eq(strncmp(line(6), "10.0.0.1:101  ", 14), 0);
	ck_assert_uint_eq(strlen(line(6)), 45);
	end_ui();
}
END_TEST

START_TEST(cells_tell_growth_and_trend)
{
	static const struct holder grown[] = {
		{ 101, "alpha", 70240, 2 },
		{ 102, "beta", 39760, 1 },
		{ 108, "fresh", 10, 1 },
		{ 0 },
	};

	begin();
	ui_action(&ui, TOP_MARK);
	show_look(made_look(2000, grown));
	paint(110, 24);
	ck_assert_str_eq(line(5), "PROCESS              SOCKETS  UNREAD  "
				  "UNSENT OBJECTS    HELD SHARE%    DELTA "
				  "TREND");
	ck_assert_ptr_nonnull(strstr(line(6), "+10.0K"));
	ck_assert_ptr_nonnull(strstr(line(7), " -10.0K"));
	ck_assert_ptr_nonnull(strstr(line(8), "+3"));
	ui_action(&ui, TOP_UNITS);
	paint(110, 24);
	ck_assert_ptr_nonnull(strstr(line(6), " +10240 "));
	ck_assert_ptr_nonnull(strstr(line(7), " -10240 "));
	/* what is the same has no sign */
	ui_action(&ui, TOP_MARK);
	paint(110, 24);
	ck_assert_ptr_nonnull(strstr(line(6), "        0 "));
	ck_assert_ptr_null(strchr(line(9), '+'));
	end_ui();
}
END_TEST

/* ---- the last line ---- */

START_TEST(the_last_line_asks_tells_or_hints)
{
	begin();
	paint(80, 24);
	ck_assert_str_eq(line(-1), HINTS);
	ck_assert_int_eq(page.line[23].style, TOP_PLAIN);
	ui_action(&ui, TOP_HIDE);
	paint(80, 24);
	ck_assert_str_eq(line(-1), "rows of what is 0 are hidden");
	ck_assert_int_eq(page.line[23].style, TOP_BOLD);
	ui_action(&ui, TOP_FILTER);
	type_text("state lissten");
	paint(80, 24);
	ck_assert_str_eq(line(-1), "filter: state lissten");
	ck_assert_str_eq(line(-2), "");
	ui_accept(&ui);
	paint(80, 24);
	ck_assert_uint_eq(page.count, 24);
	ck_assert_str_eq(line(-1), "filter: state lissten");
	/* below "filter: state " */
	ck_assert_int_eq(strncmp(line(-2),
				 "              ^ the name of a "
				 "state",
				 34),
			 0);
	ck_assert_int_eq(page.line[22].style, TOP_BAD);
	ck_assert_int_eq(page.line[23].style, TOP_BOLD);
	end_ui();
}
END_TEST

static const struct {
	enum top_action action;
	const char *label;
} prompts[] = {
	{ TOP_SEARCH, "/x" },
	{ TOP_FILTER, "filter: x" },
	{ TOP_COMMAND, ":x" },
};

START_TEST(each_prompt_says_what_it_asks_for)
{
	begin();
	for (size_t i = 0; i < sizeof(prompts) / sizeof(*prompts); i++) {
		ui_action(&ui, prompts[i].action);
		ck_assert_int_ne(ui.prompt, UI_NONE);
		ui_type(&ui, "x", 1);
		paint(80, 24);
		ck_assert_str_eq(line(-1), prompts[i].label);
		ui_cancel(&ui);
		ck_assert_int_eq(ui.prompt, UI_NONE);
		ck_assert_str_eq(ui.wrong, "");
	}
	ui_action(&ui, TOP_SAVE);
	paint(80, 24);
	ck_assert_int_eq(strncmp(line(-1), "save to: tcpmem-20", 18), 0);
	ck_assert_uint_eq(strlen(ui.text), strlen("tcpmem-20261122T120000Z"));
	end_ui();
}
END_TEST

/* ---- what lies over the rows ---- */

START_TEST(a_pager_shows_lines_that_are_broken_at_blanks)
{
	static const char text[] = "one two three four\nfive\n\nsix-and-more-"
				   "than-ten\nend\n";
	static const char *const wanted[] = {
		"one two",    "three four", "five", "", "six-and-mo",
		"re-than-te", "n",	    "end",  ""
	};

	begin();
	ui.pager = strdup(text);
	snprintf(ui.title, sizeof(ui.title), "A text");
	paint(10, 24);
	ck_assert_str_eq(line(5), "A text (E~");
	ck_assert_int_eq(page.line[5].style, TOP_HEADING);
	for (int i = 0; i < 9; i++) {
		ck_assert_str_eq(line(6 + i), wanted[i]);
		ck_assert_int_eq(page.line[6 + i].style, TOP_PLAIN);
	}
	ck_assert_uint_eq(page.count, 24);
	/* the first ones left out; a page at most */
	ui.pager_first = 2;
	paint(10, 4);
	ck_assert_uint_eq(page.count, 4);
	ck_assert_str_eq(line(1), "A text (E~");
	ck_assert_str_eq(line(2), "five");
	paint(10, 3);
	ck_assert_str_eq(line(1), "A text (E~");
	ck_assert_uint_eq(page.count, 3);
	/* it scrolls to its last line, and back */
	ui.pager_first = 0;
	ui_scroll_pager(&ui, 1);
	ck_assert_uint_eq(ui.pager_first, 1);
	ui_scroll_pager(&ui, 99);
	ck_assert_uint_eq(ui.pager_first, 4);
	ui_scroll_pager(&ui, -3);
	ck_assert_uint_eq(ui.pager_first, 1);
	ui_scroll_pager(&ui, -1);
	ck_assert_uint_eq(ui.pager_first, 0);
	ui_scroll_pager(&ui, -1);
	ck_assert_uint_eq(ui.pager_first, 0);
	/* keys move it, not the cursor */
	ui_action(&ui, TOP_LAST);
	ck_assert_uint_eq(ui.pager_first, 4);
	ui_action(&ui, TOP_FIRST);
	ck_assert_uint_eq(ui.pager_first, 0);
	ui_action(&ui, TOP_DOWN);
	ck_assert_uint_eq(ui.pager_first, 1);
	ui_action(&ui, TOP_ENTER);
	ck_assert(!ui.state.among);
	ck_assert_str_eq(ui.state.view->name, "process");
	ui_action(&ui, TOP_BACK);
	ck_assert_ptr_null(ui.pager);
	ck_assert_uint_eq(ui.pager_first, 0);
	end_ui();
}
END_TEST

START_TEST(help_lists_each_key)
{
	begin();
	ui_action(&ui, TOP_HELP);
	paint(80, 60);
	ck_assert_str_eq(line(5), "Keys of tcpmem top (Esc closes it)");
	for (int i = 0; i < TOP_ACTIONS; i++) {
		char wanted[200];

		snprintf(wanted, sizeof(wanted), "%-13s %-13s %s",
			 top_keys[i].keys, top_keys[i].name, top_keys[i].text);
		ck_assert_str_eq(line(6 + i), wanted);
	}
	/* another view is under no pager */
	ui_action(&ui, TOP_NEXT_VIEW);
	ck_assert_ptr_null(ui.pager);
	end_ui();
}
END_TEST

START_TEST(what_was_not_seen_is_listed)
{
	struct bytes capture;
	struct made made;

	begin_ui(&(struct options){ 0 });
	ui_action(&ui, TOP_UNSEEN);
	ck_assert_ptr_null(ui.pager);
	show_look(made_look(0, holders));
	ui_action(&ui, TOP_UNSEEN);
	ck_assert_str_eq(ui.title, "What could not be seen");
	ck_assert_str_eq(ui.pager, "Everything that was asked for was seen.");
	made_begin(&made, NOON, 60000, "a-boot");
	made_warning(&made, "fds-unreadable", "some \033 fds");
	made_warning(&made, "netns-scope", "others");
	made_warning(&made, "netns-denied", "a namespace");
	capture = made_end(&made);
	show_look(made_look_of(&capture));
	ui_action(&ui, TOP_UNSEEN);
	ck_assert_str_eq(ui.pager, "- some \\x1b fds\n- others\n- a namespace");
	/* what was not asked for is no warning */
	ui_action(&ui, TOP_BACK);
	paint(100, 24);
	ck_assert_str_eq(line(4), "by process  0 rows  2 warnings: i");
	ck_assert_int_eq(page.line[4].style, TOP_WARNING);
	ui.state.look->totals = true;
	paint(100, 24);
	ck_assert_str_eq(line(4), "by process  looking ...");
	ui.state.look->totals = false;
	end_ui();
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("paint");
	TCase *tests = tcase_create("paint");

	tcase_add_test(tests, rows_scroll_as_far_as_the_cursor);
	tcase_add_test(tests, columns_go_where_there_is_no_room);
	tcase_add_test(tests, each_view_has_columns_to_leave_out);
	tcase_add_test(tests, rows_begin_where_their_headings_do);
	tcase_add_test(tests, cells_tell_growth_and_trend);
	tcase_add_test(tests, the_last_line_asks_tells_or_hints);
	tcase_add_test(tests, each_prompt_says_what_it_asks_for);
	tcase_add_test(tests, a_pager_shows_lines_that_are_broken_at_blanks);
	tcase_add_test(tests, help_lists_each_key);
	tcase_add_test(tests, what_was_not_seen_is_listed);
	suite_add_tcase(suite, tests);
	return unit_run(suite);
}

// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_ui.c - what each key of top does, without a terminal */
#include "top_holders.h"
#include "unit.h"

/* ---- the cursor ---- */

START_TEST(the_cursor_moves_and_stays_within_the_rows)
{
	static const struct {
		enum top_action action;
		const char *cursor;
	} keys[] = {
		{ TOP_UP, "alpha[101]" },
		{ TOP_UP, "alpha[101]" },
		{ TOP_DOWN, "beta[102]" },
		{ TOP_PAGE_DOWN, "gamma[103]" },
		{ TOP_DOWN, "delta[104]" },
		{ TOP_PAGE_UP, "gamma[103]" },
		{ TOP_LAST, "zeta[106]" },
		{ TOP_DOWN, "zeta[106]" },
		{ TOP_PAGE_DOWN, "zeta[106]" },
		{ TOP_UP, "Beta-two[105]" },
		{ TOP_FIRST, "alpha[101]" },
		{ TOP_PAGE_UP, "alpha[101]" },
		{ TOP_BACK, "" },
		{ TOP_LAST, "zeta[106]" },
		{ TOP_BACK, "" },
		{ TOP_FIRST, "alpha[101]" },
		{ TOP_BACK, "" },
		{ TOP_PAGE_DOWN, "alpha[101]" },
	};

	/* of two lines of rows, a screen is one */
	begin();
	paint(80, 7);
	ck_assert_uint_eq(ui.lines, 2);
	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		press(keys[i].action);
		ck_assert_msg(strcmp(cursor(), keys[i].cursor) == 0, "%zu: %s",
			      i, cursor());
	}
	/* and of four, three */
	paint(80, 9);
	ck_assert_uint_eq(ui.lines, 4);
	press(TOP_PAGE_DOWN);
	ck_assert_str_eq(cursor(), "delta[104]");
	press(TOP_PAGE_UP);
	ck_assert_str_eq(cursor(), "alpha[101]");
	end_ui();
}
END_TEST

START_TEST(a_screen_of_one_row_moves_by_one)
{
	begin();
	paint(80, 3);
	ck_assert_uint_eq(ui.lines, 1);
	press(TOP_DOWN);
	press(TOP_PAGE_DOWN);
	ck_assert_str_eq(cursor(), "beta[102]");
	end_ui();
	begin_ui(&(struct options){ 0 });
	press(TOP_DOWN);
	press(TOP_LAST);
	ck_assert(!ui.state.among);
	press(TOP_ENTER);
	ck_assert_str_eq(ui.state.message, "choose a row first: Down, or /");
	end_ui();
}
END_TEST

/* "rows keep their place now" */
START_TEST(rows_keep_their_place_while_keys_are_pressed)
{
	begin();
	ck_assert_str_eq(order(), "abgdBz");
	press(TOP_DOWN);
	press(TOP_DOWN);
	press(TOP_DOWN);
	ck_assert_str_eq(cursor(), "gamma[103]");
	/* the cursor's row is gone: it stays where it is */
	ui.state.status.now_ns = ui.state.touched_ns + TOP_IDLE_NS;
	show_look(made_look(2000, later));
	ck_assert_str_eq(order(), "abdBzn");
	ck_assert_str_eq(cursor(), "delta[104]");
	/* and later they are sorted, and it goes with its row */
	ui.state.status.now_ns = ui.state.touched_ns + TOP_IDLE_NS + 1;
	show_look(made_look(4000, later));
	ck_assert_str_eq(order(), "dnbBaz");
	ck_assert_str_eq(cursor(), "delta[104]");
	ck_assert_uint_eq(ui.state.cursor_at, 0);
	press(TOP_LAST);
	ck_assert_str_eq(cursor(), "zeta[106]");
	ui.state.status.now_ns = ui.state.touched_ns;
	show_look(made_look(6000, (const struct holder[]){
					  { 101, "alpha", 1, 1 }, { 0 } }));
	ck_assert_str_eq(cursor(), "alpha[101]");
	show_look(made_look(8000, (const struct holder[]){ { 0 } }));
	ck_assert(!ui.state.among);
	/* out of the rows, they are sorted at once */
	show_look(made_look(9000, holders));
	press(TOP_DOWN);
	ui.state.status.now_ns = ui.state.touched_ns;
	show_look(made_look(10000, later));
	ck_assert_str_eq(order(), "abdBzn");
	press(TOP_BACK);
	ck_assert_str_eq(order(), "dnbBaz");
	end_ui();
}
END_TEST

/* ---- views and what is below a row ---- */

START_TEST(views_follow_each_other_round)
{
	begin();
	for (size_t i = 1; i <= TOP_VIEWS; i++) {
		press(TOP_NEXT_VIEW);
		ck_assert_ptr_eq(ui.state.view, &top_views[i % TOP_VIEWS]);
		ck_assert(!ui.state.among);
		ck_assert_str_eq(ui.state.order.name, ui.state.view->order + 1);
		ck_assert(ui.state.order.falling);
	}
	for (size_t i = TOP_VIEWS; i--;) {
		press(TOP_PREVIOUS_VIEW);
		ck_assert_ptr_eq(ui.state.view, &top_views[i]);
	}
	end_ui();
}
END_TEST

START_TEST(a_row_has_its_sockets_below_it)
{
	begin();
	press(TOP_DOWN);
	press(TOP_DOWN);
	press(TOP_DOWN);
	press(TOP_ENTER);
	ck_assert_str_eq(ui.state.view->name, "sockets");
	ck_assert_uint_eq(ui.state.rows.count, 3);
	ck_assert_str_eq(ui.state.zoom.name, "gamma[103]");
	press(TOP_DOWN);
	press(TOP_ENTER);
	ck_assert_str_eq(ui.state.message, "there is nothing below this row");
	press(TOP_BACK);
	ck_assert_str_eq(ui.state.view->name, "process");
	ck_assert_str_eq(cursor(), "gamma[103]");
	ck_assert_ptr_null(ui.state.zoom.view);
	/* another view has all again */
	press(TOP_ENTER);
	press(TOP_PREVIOUS_VIEW);
	ck_assert_str_eq(ui.state.view->name, "netns");
	ck_assert_ptr_null(ui.state.zoom.view);
	press(TOP_NEXT_VIEW);
	ck_assert_uint_eq(ui.state.rows.count, 9);
	end_ui();
}
END_TEST

START_TEST(a_view_asks_for_what_it_shows)
{
	struct top_request request;

	begin();
	request = state_request(&ui.state);
	ck_assert(request.needs & TCPMEM_SUMS_SUFFICE);
	ck_assert(request.needs & TCPMEM_NEED_HOLDERS);
	ck_assert(!(request.needs & TCPMEM_NEED_PAST));
	ck_assert(!request.blame && !request.limits && !request.at);
	press(TOP_PAST);
	ck_assert(state_request(&ui.state).needs & TCPMEM_NEED_PAST);
	ck_assert_str_eq(ui.state.message,
			 "what nobody holds has the name of who held it");
	press(TOP_PAST);
	ck_assert(!(state_request(&ui.state).needs & TCPMEM_NEED_PAST));
	ck_assert_str_eq(ui.state.message, "what nobody holds has no name");
	ui_show_view(&ui, top_view_find("container"));
	ck_assert(state_request(&ui.state).needs & TCPMEM_NEED_METADATA);
	/* of the sockets of a row, its key has to be known, and each of them */
	press(TOP_DOWN);
	press(TOP_ENTER);
	request = state_request(&ui.state);
	ck_assert(request.needs & TCPMEM_NEED_METADATA);
	ck_assert(!(request.needs & TCPMEM_SUMS_SUFFICE));
	ui_show_view(&ui, top_view_find("blame"));
	ck_assert(state_request(&ui.state).blame);
	ck_assert(!state_request(&ui.state).limits);
	ui_show_view(&ui, top_view_find("limits"));
	ck_assert(state_request(&ui.state).limits);
	ck_assert(!state_request(&ui.state).blame);
	ck_assert(state_request(&ui.state).needs & TCPMEM_NEED_LIMITS);
	end_ui();
}
END_TEST

START_TEST(a_look_that_tells_too_little_shows_no_rows)
{
	struct top_look *look;

	begin_ui(&(struct options){ 0 });
	ck_assert(state_lacks(&ui.state));
	look = made_look(0, holders);
	look->totals = true;
	show_look(look);
	ck_assert(state_lacks(&ui.state));
	ck_assert_uint_eq(ui.state.rows.count, 0);
	ck_assert_uint_eq(ui.state.look_number, 0);
	look = made_look(0, holders);
	look->needs &= ~(uint32_t)TCPMEM_NEED_HOLDERS;
	show_look(look);
	ck_assert(state_lacks(&ui.state));
	ck_assert_uint_eq(ui.state.look_number, 1);
	/* sums do for groups, not for sockets */
	look = made_look(0, holders);
	look->needs |= TCPMEM_SUMS_SUFFICE;
	show_look(look);
	ck_assert(!state_lacks(&ui.state));
	ck_assert_uint_eq(ui.state.rows.count, 6);
	ui_show_view(&ui, top_view_find("sockets"));
	ck_assert(state_lacks(&ui.state));
	ck_assert_uint_eq(ui.state.rows.count, 0);
	press(TOP_MARK);
	ck_assert_str_eq(ui.state.message, "nothing to mark yet");
	show_look(made_look(0, holders));
	ck_assert(!state_lacks(&ui.state));
	ui_show_view(&ui, top_view_find("blame"));
	ck_assert(state_lacks(&ui.state));
	ui_show_view(&ui, top_view_find("limits"));
	ck_assert(state_lacks(&ui.state));
	end_ui();
}
END_TEST

/* ---- order ---- */

START_TEST(rows_are_sorted_by_any_column)
{
	static const struct {
		enum top_action action;
		const char *order;
		const char *message;
	} keys[] = {
		{ TOP_INVERT, "zBdgba", "sorted by held" },
		{ TOP_INVERT, "abgdBz", "sorted by -held" },
		{ TOP_SORT_SOCKETS, "gabdBz", "sorted by -sockets" },
		{ TOP_SORT_LEFT, "Babdgz", "sorted by key" },
		/* round, from the first column to the last */
		{ TOP_SORT_LEFT, "abgdBz", "sorted by -trend" },
		{ TOP_SORT_LEFT, NULL, "sorted by -delta" },
		{ TOP_SORT_LEFT, "abgdBz", "sorted by -share%" },
		{ TOP_SORT_RIGHT, NULL, "sorted by -delta" },
		{ TOP_SORT_RIGHT, "abgdBz", "sorted by -trend" },
		{ TOP_SORT_RIGHT, "Babdgz", "sorted by key" },
		{ TOP_SORT_RIGHT, "gabdBz", "sorted by -sockets" },
		{ TOP_SORT_HELD, "abgdBz", "sorted by -held" },
		{ TOP_SORT_BUFFER, "abgdBz", "sorted by -buffer" },
		{ TOP_SORT_GROWTH, NULL, "sorted by -delta" },
	};

	begin();
	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		press(keys[i].action);
		ck_assert_str_eq(ui.state.message, keys[i].message);
		if (keys[i].order)
			ck_assert_str_eq(order(), keys[i].order);
	}
	ui_show_view(&ui, top_view_find("limits"));
	press(TOP_SORT_GROWTH);
	ck_assert_str_eq(ui.state.message, "this view has no such column");
	press(TOP_SORT_SOCKETS);
	ck_assert_str_eq(ui.state.message, "this view has no such column");
	ck_assert_str_eq(ui.state.order.name, "used_percent");
	ui_show_view(&ui, top_view_find("sockets"));
	press(TOP_SORT_GROWTH);
	ck_assert_str_eq(ui.state.message, "sorted by -delta");
	end_ui();
}
END_TEST

START_TEST(options_choose_view_and_order)
{
	struct top_state state;

	begin_ui(&(struct options){ .by = "sockets",
				    .sort = "recv_q",
				    .past = true,
				    .bytes = true });
	ck_assert_str_eq(ui.state.view->name, "sockets");
	ck_assert_str_eq(ui.state.order.name, "recv_q");
	ck_assert(!ui.state.order.falling);
	ck_assert(ui.state.past && ui.state.bytes);
	for (int i = 0; i < TOP_EVENTS; i++)
		ck_assert(ui.state.rate[i] < 0);
	ck_assert(ui.state.status.own < 0);
	end_ui();
	ck_assert_int_eq(state_init(&state, &(struct options){ .by = "x" }),
			 EXIT_USAGE);
	ck_assert_int_eq(state_init(&state, &(struct options){ .sort = "-x" }),
			 EXIT_USAGE);
	begin_ui(&(struct options){ .sort = "-unread" });
	ck_assert(ui.state.order.falling);
	ck_assert_str_eq(ui.state.order.name, "unread");
	end_ui();
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("ui");
	TCase *tests = tcase_create("ui");

	tcase_add_test(tests, the_cursor_moves_and_stays_within_the_rows);
	tcase_add_test(tests, a_screen_of_one_row_moves_by_one);
	tcase_add_test(tests, rows_keep_their_place_while_keys_are_pressed);
	tcase_add_test(tests, views_follow_each_other_round);
	tcase_add_test(tests, a_row_has_its_sockets_below_it);
	tcase_add_test(tests, a_view_asks_for_what_it_shows);
	tcase_add_test(tests, a_look_that_tells_too_little_shows_no_rows);
	tcase_add_test(tests, rows_are_sorted_by_any_column);
	tcase_add_test(tests, options_choose_view_and_order);
	suite_add_tcase(suite, tests);
	return unit_run(suite);
}

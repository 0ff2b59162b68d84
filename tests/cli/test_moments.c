// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_moments.c - top's marks, pauses and paces, and what a capture refuses */
#include "top_holders.h"
#include "unit.h"

#include <errno.h>

START_TEST(growth_is_counted_from_the_mark)
{
	int64_t held;

	begin();
	ui_show_view(&ui, top_view_find("state"));
	held = ui.state.rows.row[0].held;
	ui_show_view(&ui, top_view_find("process"));
	press(TOP_MARK);
	ck_assert_str_eq(ui.state.message, "DELTA counts from here");
	show_look(made_look(2000, later));
	press(TOP_SORT_GROWTH);
	/* new: all it holds; delta 60000; then what stayed; alpha has less */
	ck_assert_str_eq(order(), "ndBbza");
	/* in another view of the same two looks, too */
	ui_show_view(&ui, top_view_find("state"));
	ck_assert_int_eq(
		top_baseline_delta(&ui.state.baseline, &ui.state.rows.row[0]),
		ui.state.rows.row[0].held - held);
	ck_assert_int_ne(ui.state.rows.row[0].held, held);
	press(TOP_MARK);
	ck_assert_int_eq(
		top_baseline_delta(&ui.state.baseline, &ui.state.rows.row[0]),
		0);
	end_ui();
}
END_TEST

START_TEST(rows_stand_still_in_a_pause)
{
	begin();
	press(TOP_PAUSE);
	ck_assert(ui.state.paused);
	show_look(made_look(2000, later));
	show_look(made_look(4000, later));
	ck_assert_str_eq(order(), "abgdBz");
	ck_assert_uint_eq(ui.state.look_number, 1);
	press(TOP_PAUSE);
	ck_assert(!ui.state.paused);
	/* the last one is shown, at once */
	ck_assert_str_eq(order(), "dnbBaz");
	ck_assert_uint_eq(ui.state.look_number, 2);
	ck_assert_int_eq(tcpmem_snapshot_get_time_ns(ui.state.look->snap),
			 (NOON + 4000) * 1000000);
	press(TOP_PAUSE);
	press(TOP_PAUSE);
	ck_assert_uint_eq(ui.state.look_number, 2);
	end_ui();
}
END_TEST

START_TEST(rows_of_nothing_can_be_hidden)
{
	static const struct holder none[] = { { 101, "alpha", 5, 1 }, { 0 } };

	begin();
	press(TOP_HIDE);
	ck_assert_str_eq(ui.state.message, "rows of what is 0 are hidden");
	ck_assert_str_eq(order(), "abgdBz");
	/* a limit that nothing uses is 0, too: of no look there is none */
	show_look(made_look(2000, none));
	ck_assert_str_eq(order(), "a");
	ui.state.rows.row[0].held = 0;
	top_rows_hide(ui.state.view, ui.state.look, &ui.state.rows);
	ck_assert_uint_eq(ui.state.rows.count, 0);
	press(TOP_HIDE);
	ck_assert_str_eq(ui.state.message, "all rows are shown");
	ck_assert_str_eq(order(), "a");
	end_ui();
}
END_TEST

START_TEST(looks_come_each_half_second_to_each_minute)
{
	static const struct {
		enum top_action action;
		const char *message;
		int64_t ms;
	} keys[] = {
		{ TOP_FASTER, "a look every 1.0s", 1000 },
		{ TOP_FASTER, "a look every 500ms", 500 },
		{ TOP_FASTER, "a look every 500ms", 500 },
		{ TOP_SLOWER, "a look every 1.0s", 1000 },
		{ TOP_SLOWER, "a look every 2.0s", 2000 },
		{ TOP_SLOWER, "a look every 4.0s", 4000 },
		{ TOP_SLOWER, "a look every 8.0s", 8000 },
		{ TOP_SLOWER, "a look every 16.0s", 16000 },
		{ TOP_SLOWER, "a look every 32.0s", 32000 },
		{ TOP_SLOWER, "a look every 1.0min", 60000 },
		{ TOP_SLOWER, "a look every 1.0min", 60000 },
	};

	begin();
	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		press(keys[i].action);
		ck_assert_int_eq(ui.state.status.every_ns,
				 keys[i].ms * 1000000);
		ck_assert_str_eq(ui.state.message, keys[i].message);
	}
	press(TOP_UNITS);
	ck_assert(ui.state.bytes);
	ck_assert_str_eq(ui.state.message, "");
	press(TOP_UNITS);
	ck_assert(!ui.state.bytes);
	ck_assert(!ui.quit);
	press(TOP_QUIT);
	ck_assert(ui.quit);
	end_ui();
}
END_TEST

/* A capture is one moment. */
START_TEST(what_needs_time_is_refused_of_a_capture)
{
	static const struct {
		enum top_action action;
		const char *message;
	} keys[] = {
		{ TOP_MARK, "a capture is one moment: nothing grows" },
		{ TOP_SORT_GROWTH, "a capture is one moment: nothing grows" },
		{ TOP_PAST, "a capture does not know who held what before" },
		{ TOP_SAVE, "this is a capture already: kept" },
		{ TOP_EXPLAIN, "a capture does not have what explain reads" },
		{ TOP_NEXT_LOOK, "this goes through a store: --from DIR" },
		{ TOP_GO_TO, "this goes through a store: --from DIR" },
		/* over the columns that it does not have */
		{ TOP_SORT_RIGHT, "sorted by -share%" },
		{ TOP_SORT_RIGHT, "sorted by key" },
		{ TOP_SORT_LEFT, "sorted by -share%" },
	};

	begin_ui(&(struct options){ .from = "kept" });
	show_look(made_look(0, holders));
	press(TOP_DOWN);
	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		press(keys[i].action);
		ck_assert_str_eq(ui.state.message, keys[i].message);
		ck_assert_int_eq(ui.prompt, UI_NONE);
	}
	ck_assert_ptr_null(ui.state.baseline.look);
	ck_assert(!ui.state.past);
	ck_assert_uint_eq(ui.state.history[0].count, 0);
	end_ui();
}
END_TEST

START_TEST(the_end_tells_whether_a_look_came)
{
	begin_ui(&(struct options){ 0 });
	ck_assert_int_eq(state_exit_code(&ui.state), EXIT_DONE);
	ui.state.status.error = -EIO;
	ck_assert_int_eq(state_exit_code(&ui.state), EXIT_FAILED);
	ui.state.status.error = 0;
	ui.state.status.ended = true;
	ck_assert_int_eq(state_exit_code(&ui.state), EXIT_FAILED);
	show_look(made_look(0, holders));
	ck_assert_int_eq(state_exit_code(&ui.state), EXIT_DONE);
	end_ui();
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("moments");
	TCase *tests = tcase_create("moments");

	tcase_add_test(tests, growth_is_counted_from_the_mark);
	tcase_add_test(tests, rows_stand_still_in_a_pause);
	tcase_add_test(tests, rows_of_nothing_can_be_hidden);
	tcase_add_test(tests, looks_come_each_half_second_to_each_minute);
	tcase_add_test(tests, what_needs_time_is_refused_of_a_capture);
	tcase_add_test(tests, the_end_tells_whether_a_look_came);
	suite_add_tcase(suite, tests);
	return unit_run(suite);
}

// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * test_prompt.c - what is typed into top, the keys that go through a store, and
 * the commands that run beside the screen
 *
 * Those are this program again: with an action's name it does what is tested.
 */
#include "top_holders.h"
#include "unit.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>

/* ---- typing ---- */

START_TEST(what_is_typed_is_as_long_as_it_may_be)
{
	begin();
	press(TOP_COMMAND);
	ui_erase(&ui);
	ck_assert_str_eq(ui.text, "");
	type_text("ab");
	ui_type(&ui, "\u65e5", 3);
	ck_assert_str_eq(ui.text, "ab\u65e5");
	/* a character goes, however many bytes it has */
	ui_erase(&ui);
	ck_assert_str_eq(ui.text, "ab");
	ui_erase(&ui);
	ui_erase(&ui);
	ck_assert_str_eq(ui.text, "");
	for (int i = 0; i < 300; i++)
		ui_type(&ui, "x", 1);
	ck_assert_uint_eq(strlen(ui.text), sizeof(ui.text) - 1);
	ui_erase(&ui);
	ui_erase(&ui);
	ui_type(&ui, "\u65e5", 3);
	ck_assert_uint_eq(strlen(ui.text), sizeof(ui.text) - 3);
	ui_type(&ui, "\u00e9", 2);
	ck_assert_uint_eq(strlen(ui.text), sizeof(ui.text) - 1);
	ui_cancel(&ui);
	/* the next one begins anew */
	press(TOP_COMMAND);
	ck_assert_str_eq(ui.text, "");
	end_ui();
}
END_TEST

START_TEST(a_search_finds_names_from_the_cursor_on)
{
	begin();
	press(TOP_SEARCH);
	ui_type(&ui, "B", 1);
	ck_assert_str_eq(cursor(), "beta[102]");
	type_text("ETA");
	ck_assert_str_eq(cursor(), "beta[102]");
	ui_type(&ui, "-", 1);
	ck_assert_str_eq(cursor(), "Beta-two[105]");
	ui_type(&ui, "x", 1);
	ck_assert_str_eq(ui.wrong, "no row has it");
	ck_assert_uint_eq(ui.wrong_at, 0);
	ck_assert_str_eq(cursor(), "Beta-two[105]");
	ui_erase(&ui);
	ck_assert_str_eq(ui.wrong, "");
	ui_erase(&ui);
	ui_accept(&ui);
	ck_assert_int_eq(ui.prompt, UI_NONE);
	/* round, and to the one that it is at if there is no other */
	press(TOP_SEARCH_NEXT);
	ck_assert_str_eq(cursor(), "beta[102]");
	press(TOP_SEARCH_NEXT);
	ck_assert_str_eq(cursor(), "Beta-two[105]");
	press(TOP_BACK);
	press(TOP_SEARCH_NEXT);
	ck_assert_str_eq(cursor(), "beta[102]");
	press(TOP_SEARCH);
	type_text("alpha[101]");
	ck_assert_str_eq(cursor(), "alpha[101]");
	press(TOP_SEARCH_NEXT);
	ck_assert_str_eq(cursor(), "alpha[101]");
	press(TOP_SEARCH);
	type_text("zeta[106]x");
	ck_assert_str_eq(ui.wrong, "no row has it");
	ui_cancel(&ui);
	press(TOP_SEARCH_NEXT);
	ck_assert_str_eq(ui.state.message, "no row has it");
	/* nothing is in no row */
	*ui.text = '\0';
	press(TOP_SEARCH_NEXT);
	ck_assert_str_eq(ui.state.message, "no row has it");
	end_ui();
}
END_TEST

START_TEST(actions_and_views_have_names)
{
	begin();
	for (int i = 0; i < TOP_REPLAY; i++) {
		struct ui before = ui;

		if (i == TOP_COMMAND || i == TOP_SAVE || i == TOP_EXPLAIN)
			continue;
		press(TOP_COMMAND);
		type_text(top_keys[i].name);
		ui_accept(&ui);
		if (i != TOP_SEARCH_NEXT) /* no row has the action's name */
			ck_assert_str_eq(ui.wrong, "");
		ck_assert(ui.prompt == UI_NONE || i == TOP_SEARCH ||
			  i == TOP_FILTER);
		if (i == TOP_QUIT)
			ck_assert(ui.quit && !before.quit);
		ui_cancel(&ui);
		press(TOP_BACK);
	}
	for (size_t i = 0; i < TOP_VIEWS; i++) {
		press(TOP_COMMAND);
		type_text(top_views[i].name);
		ui.state.zoom.view = &top_views[0];
		ui_accept(&ui);
		ck_assert_ptr_eq(ui.state.view, &top_views[i]);
		ck_assert_ptr_null(ui.state.zoom.view);
		ck_assert_int_eq(ui.prompt, UI_NONE);
	}
	press(TOP_COMMAND);
	type_text("nothing");
	ui.wrong_at = 5;
	ui_accept(&ui);
	ck_assert_int_eq(ui.prompt, UI_COMMAND);
	ck_assert_str_eq(ui.wrong, "no action or view is called so: ? lists "
				   "them");
	ck_assert_uint_eq(ui.wrong_at, 0);
	end_ui();
}
END_TEST

START_TEST(another_filter_begins_anew)
{
	begin();
	ck_assert_uint_eq(ui.state.history[0].count, 6);
	press(TOP_FILTER);
	ck_assert_str_eq(ui.text, "");
	type_text("held > 5 x");
	ui_accept(&ui);
	ck_assert_int_eq(ui.prompt, UI_FILTER);
	ck_assert_uint_eq(ui.wrong_at, 9);
	ck_assert_ptr_nonnull(strstr(ui.wrong, " is expected"));
	ck_assert_str_eq(ui.state.filter, "");
	ck_assert_uint_eq(ui.filter_number, 0);
	ui_erase(&ui);
	ui_erase(&ui);
	ui_accept(&ui);
	ck_assert_int_eq(ui.prompt, UI_NONE);
	ck_assert_str_eq(ui.state.filter, "held > 5");
	ck_assert_str_eq(ui.state.message, "");
	ck_assert_uint_eq(ui.filter_number, 1);
	ck_assert_uint_eq(ui.state.history[0].count, 0);
	/* growth of what was left out would be none */
	press(TOP_MARK);
	press(TOP_FILTER);
	ck_assert_str_eq(ui.text, "held > 5");
	while (*ui.text)
		ui_erase(&ui);
	ui_accept(&ui);
	ck_assert_str_eq(ui.state.filter, "");
	ck_assert_str_eq(ui.state.message,
			 "another filter: m makes a new mark");
	ck_assert_ptr_null(ui.state.baseline.look);
	ck_assert_uint_eq(ui.filter_number, 2);
	end_ui();
}
END_TEST

/* ---- through a store ---- */

/* Looks of the minutes 0 to 5; what happened at 1 and 4 */
static void begin_replay(void)
{
	struct store_config config = usual_config();
	struct store_writer *writer;
	struct session session;

	make_dir();
	writer = open_store(&config);
	for (int i = 0; i < 6; i++) {
		if (i == 1 || i == 4)
			store_mark(writer, NOON + i * MINUTE, "mark",
				   i == 1 ? "one" : "four");
		write_look(writer, moment_at(NOON + i * MINUTE), 5);
	}
	store_writer_close(writer);
	begin_ui(&(struct options){ .from = dir });
	ck_assert_int_eq(session_open(&session, &options, 0), 0);
	ck_assert_int_eq(replay_open(&ui.state.replay, &session, dir, NULL), 0);
	session_close(&session);
}

static void end_replay(void)
{
	end_ui();
	remove_dir();
}

static const struct {
	enum top_action action;
	const char *text; /* that is typed then */
	size_t at;
	const char *message;
} moves[] = {
	{ TOP_NEXT_LOOK, NULL, 5, "this is the last look" },
	{ TOP_PREVIOUS_LOOK, NULL, 4, "" },
	{ TOP_NEXT_LOOK, NULL, 5, "" },
	{ TOP_FIRST_LOOK, NULL, 0, "" },
	{ TOP_PREVIOUS_LOOK, NULL, 0, "this is the first look" },
	{ TOP_NEXT_LOOK, NULL, 1, "" },
	{ TOP_LAST_LOOK, NULL, 5, "" },
	{ TOP_NEXT_EVENT, NULL, 5, "no incident or mark is behind this look" },
	{ TOP_PREVIOUS_EVENT, NULL, 4, "2026-11-22T12:04:00.000Z: mark: four" },
	{ TOP_PREVIOUS_EVENT, NULL, 1, "2026-11-22T12:01:00.000Z: mark: one" },
	{ TOP_PREVIOUS_EVENT, NULL, 1,
	  "no incident or mark is before this look" },
	{ TOP_NEXT_EVENT, NULL, 4, "2026-11-22T12:04:00.000Z: mark: four" },
	{ TOP_JUMP_BACK, "2m", 2, "" },
	{ TOP_JUMP, "1m", 3, "" },
	{ TOP_GO_TO, "2026-11-22T12:01:30Z", 1, "" },
};

START_TEST(keys_go_through_the_looks_of_a_store)
{
	begin_replay();
	for (size_t i = 0; i < sizeof(moves) / sizeof(*moves); i++) {
		press(moves[i].action);
		if (moves[i].text) {
			ck_assert_int_ne(ui.prompt, UI_NONE);
			ck_assert_str_eq(ui.text, "");
			type_text(moves[i].text);
			ui_accept(&ui);
		}
		ck_assert_int_eq(ui.prompt, UI_NONE);
		ck_assert_msg(ui.state.replay.at == moves[i].at, "%zu: %zu", i,
			      ui.state.replay.at);
		ck_assert_str_eq(ui.state.message, moves[i].message);
		ck_assert_str_eq(state_request(&ui.state).at,
				 ui.state.replay.moment[moves[i].at]);
		ck_assert_uint_eq(state_request(&ui.state).moment, moves[i].at);
	}
	end_replay();
}
END_TEST

START_TEST(what_is_no_time_is_told)
{
	static const struct {
		enum top_action action;
		const char *label;
		const char *wrong;
	} asked[] = {
		{ TOP_JUMP, "later by: x", "a time: 10m, 3h, 2d" },
		{ TOP_JUMP_BACK, "earlier by: x", "a time: 10m, 3h, 2d" },
		{ TOP_GO_TO, "go to: x",
		  "a time: 03:12, 3h ago, 2026-11-28T03:12:00Z" },
	};

	begin_replay();
	for (size_t i = 0; i < 3; i++) {
		press(asked[i].action);
		ui_type(&ui, "x", 1);
		ui_accept(&ui);
		ck_assert_int_ne(ui.prompt, UI_NONE);
		ck_assert_str_eq(ui.wrong, asked[i].wrong);
		paint(80, 24);
		ck_assert_str_eq(line(-1), asked[i].label);
		ui_cancel(&ui);
	}
	ck_assert_uint_eq(ui.state.replay.at, 5);
	end_replay();
}
END_TEST

START_TEST(the_page_tells_which_look_of_a_store_it_is)
{
	struct top_look *look = made_look(0, holders);

	begin_replay();
	paint(100, 24);
	ck_assert_int_eq(strncmp(line(0), "REPLAY  /", 9), 0);
	ck_assert_ptr_nonnull(strstr(line(0), "  look 6 of 6 is read"));
	look->moment = 5;
	show_look(look);
	paint(100, 24);
	ck_assert_ptr_nonnull(strstr(line(0), "  look 6 of 6  a look 0us"));
	ck_assert_str_eq(line(-1),
			 "? help  q quit  t next  T previous  j later  J "
			 "earlier  b go to  n incident  m mark  Tab view");
	/* growth is from look to look, but there is no last look */
	paint(200, 24);
	ck_assert_ptr_nonnull(strstr(line(4), "SHARE%    DELTA"));
	ck_assert_ptr_null(strstr(line(4), "TREND"));
	press(TOP_PREVIOUS_LOOK);
	paint(100, 24);
	ck_assert_ptr_nonnull(strstr(line(0), "  look 5 of 6 is read"));
	ui.state.replay.count = 0;
	paint(200, 24);
	ck_assert_ptr_null(strstr(line(4), "DELTA"));
	ui.state.replay.count = 6;
	end_replay();
}
END_TEST

/* ---- commands beside the screen ---- */

/* Until the command has ended, whose output is on the screen then */
static void await_child(void)
{
	while (ui.child.pid) {
		struct pollfd ready = { .fd = ui.child.fd, .events = POLLIN };

		ck_assert_int_ge(poll(&ready, 1, 20000), 1);
		ui_tick(&ui);
	}
}

START_TEST(a_row_is_explained_by_another_command)
{
	begin();
	press(TOP_EXPLAIN);
	ck_assert_str_eq(ui.state.message, "choose a row first: Down, or /");
	ck_assert_ptr_null(ui.pager);
	press(TOP_DOWN);
	press(TOP_EXPLAIN);
	ck_assert_str_eq(ui.title, "tcpmem explain 101");
	ck_assert_str_eq(ui.pager, "...");
	ck_assert(!ui.child_saves);
	await_child();
	ck_assert_str_eq(ui.pager, "tcpmem|explain|101|\nan error\n");
	press(TOP_BACK);
	ck_assert_ptr_null(ui.pager);
	/* the holder of a socket */
	press(TOP_ENTER);
	press(TOP_DOWN);
	press(TOP_EXPLAIN);
	ck_assert_str_eq(ui.title, "tcpmem explain 101");
	/* who closes it does not wait */
	press(TOP_BACK);
	ck_assert_int_eq(ui.child.pid, 0);
	ck_assert_int_eq(ui.child.fd, -1);
	ui_show_view(&ui, top_view_find("state"));
	press(TOP_DOWN);
	press(TOP_EXPLAIN);
	ck_assert_str_eq(ui.state.message, "the row is no process");
	ck_assert_ptr_null(ui.pager);
	end_ui();
}
END_TEST

START_TEST(a_chain_is_shown_by_another_command)
{
	char *moments[] = { "first", "last", NULL };

	begin();
	ui_show_chain(&ui);
	ck_assert_str_eq(ui.state.message, "choose a row first: Down, or /");
	ck_assert_ptr_null(ui.pager);
	press(TOP_DOWN);
	ui_show_chain(&ui);
	ck_assert_str_eq(ui.title, "tcpmem blame");
	await_child();
	ck_assert_str_eq(ui.pager, "tcpmem|blame|pid = 101|\nan error\n");
	/* of a capture, all that blame tells of it; of a store, of its look */
	ui.state.file = "kept";
	ui_show_chain(&ui);
	await_child();
	ck_assert_str_eq(ui.pager, "tcpmem|blame|--from|kept|\nan error\n");
	ui.state.replay = (struct replay){ moments, 2, 1, NULL, 0 };
	ui_show_chain(&ui);
	await_child();
	ck_assert_str_eq(ui.pager, "tcpmem|blame|--from|kept|--at|last|\nan "
				   "error\n");
	ui.state.replay = (struct replay){ 0 };
	end_ui();
}
END_TEST

START_TEST(a_moment_is_saved_by_another_command)
{
	begin();
	press(TOP_SAVE);
	ck_assert_int_eq(ui.prompt, UI_SAVE);
	while (*ui.text)
		ui_erase(&ui);
	ui_accept(&ui);
	ck_assert_int_eq(ui.child.pid, 0);
	press(TOP_SAVE);
	while (*ui.text)
		ui_erase(&ui);
	type_text("good");
	ui_accept(&ui);
	ck_assert_str_eq(ui.state.message, "saving good ...");
	ck_assert(ui.child_saves);
	/* closing a pager does not end it */
	press(TOP_HELP);
	press(TOP_BACK);
	ck_assert_int_ne(ui.child.pid, 0);
	await_child();
	ck_assert_str_eq(ui.state.message, "saved: good");
	ck_assert(!ui.child_saves);
	press(TOP_SAVE);
	while (*ui.text)
		ui_erase(&ui);
	type_text("bad");
	ui_accept(&ui);
	await_child();
	ck_assert_str_eq(ui.state.message, "tcpmem|save|bad|\nan error\n");
	ck_assert_ptr_null(ui.pager);
	end_ui();
}
END_TEST

/* What is asked last is shown. */
START_TEST(an_explanation_ends_what_is_saved)
{
	begin();
	press(TOP_SAVE);
	ui_accept(&ui);
	ck_assert(ui.child_saves);
	press(TOP_DOWN);
	press(TOP_EXPLAIN);
	ck_assert(!ui.child_saves);
	await_child();
	ck_assert_str_eq(ui.pager, "tcpmem|explain|101|\nan error\n");
	end_ui();
}
END_TEST

START_TEST(a_command_has_sixteen_words_at_most)
{
	static const char *const args[] = {
		"1",  "2",  "3",  "4",	"5",  "6",  "7",  "8",	"9",
		"10", "11", "12", "13", "14", "15", "16", "17", NULL
	};
	struct top_child child = { .fd = -1 };

	ck_assert_int_eq(top_child_start(&child, args), 0);
	while (!top_child_read(&child))
		poll(&(struct pollfd){ .fd = child.fd, .events = POLLIN }, 1,
		     20000);
	ck_assert_str_eq(child.text,
			 "tcpmem|1|2|3|4|5|6|7|8|9|10|11|12|13|14|15|16|\nan "
			 "error\n");
	top_child_end(&child);
}
END_TEST

START_TEST(all_of_a_long_output_is_read)
{
	static const char *const args[] = { "long", NULL };
	struct top_child child = { .fd = -1 };

	ck_assert_int_eq(top_child_start(&child, args), 0);
	while (!top_child_read(&child))
		poll(&(struct pollfd){ .fd = child.fd, .events = POLLIN }, 1,
		     20000);
	ck_assert_uint_eq(child.size, 50000);
	ck_assert_uint_eq(strspn(child.text, "y"), 50000);
	ck_assert_uint_eq(strlen(child.text), 50000);
	/* another one takes its place */
	ck_assert_int_eq(top_child_start(&child, args), 0);
	ck_assert_uint_eq(child.size, 0);
	ck_assert_int_gt(child.pid, 0);
	top_child_end(&child);
	ck_assert_ptr_null(child.text);
	ck_assert_int_eq(child.fd, -1);
	ck_assert_int_eq(child.pid, 0);
	top_child_end(&child);
}
END_TEST

/* What is run beside the screen: "good" and "long" succeed */
static int act(int argc, char **argv)
{
	sigset_t set;

	if (strcmp(argv[1], "long") == 0) {
		for (int i = 0; i < 50000; i++)
			putchar('y');
		return 0;
	}
	for (int i = 0; i < argc; i++)
		printf("%s|", argv[i]);
	printf("\n");
	fflush(stdout);
	fprintf(stderr, "an error\n");
	sigprocmask(SIG_BLOCK, NULL, &set);
	/* no terminal, and no signal is blocked */
	if (getchar() != EOF || sigismember(&set, SIGTERM))
		printf("what it has is not its own\n");
	return strcmp(argv[argc - 1], "good") != 0;
}

int main(int argc, char **argv)
{
	Suite *suite = suite_create("prompt");
	TCase *tests = tcase_create("prompt");
	sigset_t set;

	if (argc > 1)
		return act(argc, argv);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	setenv("TZ", "UTC", 1);
	/* of the commands that it starts: libcheck's, which they are too */
	setenv("ASAN_OPTIONS", "detect_leaks=0", 1);
	tcase_add_test(tests, what_is_typed_is_as_long_as_it_may_be);
	tcase_add_test(tests, a_search_finds_names_from_the_cursor_on);
	tcase_add_test(tests, actions_and_views_have_names);
	tcase_add_test(tests, another_filter_begins_anew);
	tcase_add_test(tests, keys_go_through_the_looks_of_a_store);
	tcase_add_test(tests, what_is_no_time_is_told);
	tcase_add_test(tests, the_page_tells_which_look_of_a_store_it_is);
	tcase_add_test(tests, a_row_is_explained_by_another_command);
	tcase_add_test(tests, a_chain_is_shown_by_another_command);
	tcase_add_test(tests, a_moment_is_saved_by_another_command);
	tcase_add_test(tests, an_explanation_ends_what_is_saved);
	tcase_add_test(tests, a_command_has_sixteen_words_at_most);
	tcase_add_test(tests, all_of_a_long_output_is_read);
	suite_add_tcase(suite, tests);
	return unit_run(suite);
}

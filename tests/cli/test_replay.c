// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_replay.c - from look to look, to times and to what happened */
#include "capture.h"
#include "session.h"
#include "store/replay.h"
#include "store_made.h"
#include "unit.h"

#include <errno.h>
#include <time.h>

static struct options options;
static struct session session;
static struct replay replay;

/* Looks of the minutes 0 to 5; what happened at 1, between 2 and 3, and at 4 */
static void make_store(void)
{
	struct store_config config = usual_config();
	struct store_writer *writer = open_store(&config);

	for (int i = 0; i < 6; i++) {
		struct bytes capture =
			make_look(moment_at(NOON + i * MINUTE), 5);

		if (i == 1)
			store_mark(writer, NOON + MINUTE, "mark", "one");
		if (i == 3)
			store_mark(writer, NOON + 2 * MINUTE + 1, "mark",
				   "late");
		ck_assert_int_eq(write_capture(writer, &capture, NULL,
					       i == 4 ? "it" : ""),
				 0);
	}
	store_writer_close(writer);
}

static int open_replay(const char *at)
{
	replay = (struct replay){ 0 };
	options = (struct options){ .from = dir };
	ck_assert_int_eq(session_open(&session, &options, 0), 0);
	return replay_open(&replay, &session, dir, at);
}

static void close_replay(void)
{
	replay_free(&replay);
	session_close(&session);
}

START_TEST(looks_ascend_and_the_last_is_shown)
{
	make_store();
	ck_assert_int_eq(open_replay(NULL), 0);
	ck_assert_uint_eq(replay.count, 6);
	ck_assert_uint_eq(replay.at, 5);
	ck_assert_str_eq(replay.moment[0], "2026-11-22T12:00:00.000Z");
	ck_assert_str_eq(replay.moment[5], "2026-11-22T12:05:00.000Z");
	ck_assert_uint_eq(replay.events, 3);
	ck_assert_str_eq(replay.event[0].text, "mark: one");
	ck_assert_str_eq(replay.event[0].time, "2026-11-22T12:01:00.000Z");
	ck_assert_str_eq(replay.event[1].text, "mark: late");
	ck_assert_str_eq(replay.event[1].time, "2026-11-22T12:02:00.001Z");
	ck_assert_str_eq(replay.event[2].text, "incident: it");
	close_replay();
}
END_TEST

static const struct {
	const char *time;
	size_t at;
} times[] = {
	{ "2026-11-22T11:00:00Z", 0 },	   { "2026-11-22T12:00:00Z", 0 },
	{ "2026-11-22T12:00:59.999Z", 0 }, { "2026-11-22T12:01:00Z", 1 },
	{ "2026-11-22T12:02:30Z", 2 },	   { "2026-11-22T12:03:00Z", 3 },
	{ "2026-11-22T12:04:00Z", 4 },	   { "2026-11-22T12:04:59.999Z", 4 },
	{ "2026-11-22T12:05:00Z", 5 },	   { "2026-11-22T13:00:00Z", 5 },
};

START_TEST(a_time_is_its_last_look)
{
	make_store();
	for (size_t i = 0; i < sizeof(times) / sizeof(*times); i++) {
		ck_assert_int_eq(open_replay(times[i].time), 0);
		ck_assert_uint_eq(replay.at, times[i].at);
		ck_assert(replay_go(&replay, "2026-11-22T12:01:00Z"));
		ck_assert_uint_eq(replay.at, 1);
		ck_assert(!replay_go(&replay, "sometime"));
		ck_assert_uint_eq(replay.at, 1);
		ck_assert(replay_go(&replay, times[i].time));
		ck_assert_uint_eq(replay.at, times[i].at);
		close_replay();
	}
}
END_TEST

START_TEST(a_jump_is_from_the_look_that_is_shown)
{
	static const struct {
		int64_t ms;
		size_t at;
	} jumps[] = {
		{ 2 * MINUTE, 4 }, { 2 * MINUTE - 1, 3 }, { 0, 2 },
		{ -1, 1 },	   { -2 * MINUTE, 0 },	  { -9 * MINUTE, 0 },
		{ 3 * MINUTE, 5 }, { 9 * MINUTE, 5 },	  { 3 * MINUTE - 1, 4 }
	};

	make_store();
	ck_assert_int_eq(open_replay(NULL), 0);
	for (size_t i = 0; i < sizeof(jumps) / sizeof(*jumps); i++) {
		replay.at = 2;
		replay_jump(&replay, jumps[i].ms * 1000000);
		ck_assert_uint_eq(replay.at, jumps[i].at);
	}
	close_replay();
}
END_TEST

/* Return: the text of the event that it goes to; "" if there is none */
static const char *go(bool forward, size_t from)
{
	const struct replay_event *event;

	replay.at = from;
	event = replay_event(&replay, forward);
	if (!event)
		ck_assert_uint_eq(replay.at, from);
	return event ? event->text : "";
}

START_TEST(what_happened_is_shown_by_the_first_look_after_it)
{
	make_store();
	ck_assert_int_eq(open_replay(NULL), 0);
	ck_assert_str_eq(go(true, 0), "mark: one");
	ck_assert_uint_eq(replay.at, 1);
	ck_assert_str_eq(go(true, 1), "mark: late");
	ck_assert_uint_eq(replay.at, 3);
	ck_assert_str_eq(go(true, 2), "mark: late");
	ck_assert_str_eq(go(true, 3), "incident: it");
	ck_assert_uint_eq(replay.at, 4);
	ck_assert_str_eq(go(true, 4), "");
	ck_assert_str_eq(go(true, 5), "");
	ck_assert_str_eq(go(false, 5), "incident: it");
	ck_assert_str_eq(go(false, 4), "mark: late");
	ck_assert_uint_eq(replay.at, 3);
	ck_assert_str_eq(go(false, 3), "mark: one");
	ck_assert_uint_eq(replay.at, 1);
	ck_assert_str_eq(go(false, 1), "");
	ck_assert_str_eq(go(false, 0), "");
	close_replay();
}
END_TEST

/* Marks of the recorder's own are no events; one after the last look is its. */
START_TEST(gaps_are_no_events)
{
	struct store_config config = usual_config();
	struct store_writer *writer = open_store(&config);

	store_mark(writer, NOON, "gap", "no look");
	store_mark(writer, NOON, "room", "removed");
	write_look(writer, moment_at(NOON), 5);
	write_look(writer, moment_at(NOON + MINUTE), 5);
	store_mark(writer, NOON + 2 * MINUTE, "mark", "at the end");
	store_writer_close(writer);
	ck_assert_int_eq(open_replay(NULL), 0);
	ck_assert_uint_eq(replay.events, 1);
	ck_assert_str_eq(go(true, 0), "mark: at the end");
	ck_assert_uint_eq(replay.at, 1);
	close_replay();
}
END_TEST

static void check_refused(const char *at, int code, const char *wanted)
{
	struct capture capture;
	int ret;

	capture_stderr(&capture);
	ret = open_replay(at);
	ck_assert_ptr_nonnull(strstr(capture_text(&capture), wanted));
	capture_end(&capture);
	ck_assert_int_lt(ret, 0);
	ck_assert_int_eq(session.reported, code);
	close_replay();
}

START_TEST(what_cannot_be_shown_is_told)
{
	check_refused(NULL, EXIT_FAILED, "no look of that time");
	make_store();
	check_refused("sometime", EXIT_USAGE, "'sometime' is not a time");
	remove_dir();
	check_refused(NULL, EXIT_FAILED, "No such file or directory");
	make_dir();
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("replay");
	TCase *tests = tcase_create("replay");

	setenv("TZ", "UTC", 1);
	tzset();
	tcase_add_checked_fixture(tests, make_dir, remove_dir);
	tcase_add_test(tests, looks_ascend_and_the_last_is_shown);
	tcase_add_test(tests, a_time_is_its_last_look);
	tcase_add_test(tests, a_jump_is_from_the_look_that_is_shown);
	tcase_add_test(tests,
		       what_happened_is_shown_by_the_first_look_after_it);
	tcase_add_test(tests, gaps_are_no_events);
	tcase_add_test(tests, what_cannot_be_shown_is_told);
	suite_add_tcase(suite, tests);
	return unit_run(suite);
}

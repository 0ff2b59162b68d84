// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_store_write.c - what a look is written as, and what is told with it */
#include "store_made.h"
#include "unit.h"

/* ---- rows ---- */

static const struct {
	const char *column;
	int64_t value;
} columns[] = {
	{ "time", NOON },
	{ "boot_ms", DAY },
	{ "base", TCPMEM_UNKNOWN },
	{ "sockets", 3 },
	{ "unread", 3000 },
	{ "unsent", 70 },
	{ "close_wait", 1 },
	{ "charged", 4096 },
	{ "tcp_mem_used", 11 },
	{ "tcp_mem_low", 12 },
	{ "tcp_mem_pressure", 13 },
	{ "tcp_mem_high", 14 },
	{ "pressure", 1 },
	{ "orphans", 16 },
	{ "time_wait", 17 },
	{ "complete", 0 },
	{ "took_us", 2001 },
	{ "cpu_us", 1002 },
	{ "rss", 5003 },
};

START_TEST(a_look_is_a_row_of_what_it_tells)
{
	static const struct store_cost cost = { 2001, 1002, 5003 };
	struct store_config config = usual_config();
	struct store_writer *writer = open_store(&config);
	struct bytes capture;
	struct made made;
	uint32_t holder;
	char sql[100];

	made_begin(&made, NOON, DAY, "a-boot");
	made_fact(&made, "tcp_mem_used", 11);
	made_fact(&made, "tcp_mem_low", 12);
	made_fact(&made, "tcp_mem_pressure", 13);
	made_fact(&made, "tcp_mem_high", 14);
	made_fact(&made, "pressure", 1);
	made_fact(&made, "orphans", 16);
	made.time_wait = 17 + 1;
	made_warning(&made, "fds-unreadable", "not all was seen");
	holder = made_process(&made, 100, 50, "reader");
	for (uint32_t i = 0; i < 3; i++)
		made_socket(&made, (struct made_socket){
					   .state = i ? TCPMEM_STATE_ESTABLISHED
						      : TCPMEM_STATE_CLOSE_WAIT,
					   .inode = 5 + i,
					   .unread = i ? 0 : 3000,
					   .rmem = i ? 0 : 4096,
					   .unsent = i == 1 ? 70 : 0,
					   .holder = holder,
				   });
	capture = made_end(&made);
	ck_assert_int_eq(write_capture(writer, &capture, &cost, ""), 0);
	store_writer_close(writer);
	for (size_t i = 0; i < sizeof(columns) / sizeof(*columns); i++) {
		int64_t value;

		snprintf(sql, sizeof(sql), "SELECT %s FROM looks",
			 columns[i].column);
		value = ask(NOON, sql);
		ck_assert_msg(value == columns[i].value, "%s: %lld",
			      columns[i].column, (long long)value);
	}
	ck_assert_int_ge(ask(NOON, "SELECT held FROM looks"), 4096);
	ck_assert_int_eq(ask(NOON, "SELECT count(*) FROM store WHERE boot = "
				   "'a-boot' AND host = 'a-host' AND every_ms "
				   "= 10000"),
			 1);
	ck_assert_int_eq(ask(NOON, "SELECT sockets FROM sums JOIN names ON "
				   "id = sums.name WHERE key = 'state' AND "
				   "names.name = 'close-wait'"),
			 1);
	ck_assert_int_eq(ask(NOON, "SELECT start FROM names WHERE key = "
				   "'process' AND name = 'reader[100]'"),
			 50);
	ck_assert_int_eq(ask(NOON, "SELECT count(*) FROM names WHERE start "
				   "NOTNULL"),
			 1);
	ck_assert_int_eq(ask(NOON, "SELECT count(DISTINCT key) FROM names"), 8);
}
END_TEST

START_TEST(what_is_not_known_is_null)
{
	static const char *const unknown[] = {
		"tcp_mem_used", "tcp_mem_low", "tcp_mem_pressure",
		"tcp_mem_high", "pressure",    "orphans",
		"time_wait",	"base",
	};
	struct store_config config = usual_config();
	struct store_writer *writer = open_store(&config);
	struct bytes capture;
	struct made made;
	char sql[100];

	/* what the look before knew is not told again */
	made_begin(&made, NOON, DAY, "a-boot");
	made_fact(&made, "orphans", 16);
	made_fact(&made, "tcp_mem_used", 16);
	capture = made_end(&made);
	ck_assert_int_eq(write_capture(writer, &capture, NULL, ""), 0);
	write_look(writer, moment_at(NOON + 10000), 5);
	store_writer_close(writer);
	for (size_t i = 0; i < sizeof(unknown) / sizeof(*unknown); i++) {
		snprintf(sql, sizeof(sql),
			 "SELECT %s FROM looks ORDER BY time DESC", unknown[i]);
		ck_assert(ask(NOON, sql) == (i == 7 ? NOON : TCPMEM_UNKNOWN));
	}
	ck_assert_int_eq(ask(NOON, "SELECT max(complete) FROM looks"), 1);
}
END_TEST

START_TEST(sums_are_told_when_they_change)
{
	static const uint32_t unread[] = { 100, 100, 300, 300, 300, 0 };
	struct store_config config = usual_config();
	struct store_writer *writer = open_store(&config);
	struct bytes capture;
	struct made made;

	for (int i = 0; i < 6; i++)
		write_look(writer, moment_at(NOON + i * 10000), unread[i]);
	/* and then it is gone */
	made_begin(&made, NOON + 60000, DAY + 60000, "a-boot");
	capture = made_end(&made);
	ck_assert_int_eq(write_capture(writer, &capture, NULL, ""), 0);
	store_writer_close(writer);
	ck_assert_int_eq(ask(NOON, "SELECT count(*) FROM sums JOIN names ON "
				   "id = sums.name WHERE names.name = "
				   "'reader[100]'"),
			 4);
	for (int i = 0; i < 7; i++) {
		char sql[200];

		snprintf(sql, sizeof(sql),
			 "SELECT unread FROM sums JOIN names ON id = sums.name"
			 " WHERE names.name = 'reader[100]' AND time = %lld",
			 (long long)NOON + i * 10000);
		ck_assert_int_eq(ask(NOON, sql), i == 0	  ? 100
						 : i == 2 ? 300
						 : i < 5  ? -1
							  : 0);
	}
	ck_assert_int_eq(ask(NOON, "SELECT sum(sockets) FROM sums WHERE time "
				   "= (SELECT max(time) FROM sums)"),
			 0);
}
END_TEST

/* ---- the look before ---- */

static const struct {
	int64_t wall;
	int64_t since_boot;
	const char *boot;
	const char *marks;
	size_t files;
} follows[] = {
	{ 10000, 10000, "a-boot", "", 1 },
	/* three times as long as the recorder waits, and 13 ms for its cost */
	{ 30013, 30013, "a-boot", "", 1 },
	{ 30014, 30014, "a-boot", "gap: no look for 30014 ms", 1 },
	/* two seconds are no other clock */
	{ 12000, 10000, "a-boot", "", 1 },
	{ 12001, 10000, "a-boot", "clock: the clock was set by 2001 ms", 2 },
	{ 8000, 10000, "a-boot", "", 1 },
	{ 7999, 10000, "a-boot", "clock: the clock was set by -2001 ms", 2 },
	/* but no look is at the time of the one before, or earlier */
	{ 1, 1500, "a-boot", "", 1 },
	{ 0, 1500, "a-boot", "clock: the clock was set by -1500 ms", 2 },
	{ -1, 1500, "a-boot", "clock: the clock was set by -1501 ms", 2 },
	/* a gap is as long as the time that passed, whatever the clock says */
	{ 100000, 30013, "a-boot", "clock: the clock was set by 69987 ms", 2 },
	{ 30, 30014, "a-boot",
	  "clock: the clock was set by -29984 ms|gap: no look for 30014 ms",
	  2 },
	{ 10000, 5, "another", "boot: the kernel was started anew", 2 },
	{ 30014, 5, "another",
	  "boot: the kernel was started anew|gap: no look for 30014 ms", 2 },
};

/* @again: by a recorder that was started meanwhile */
static void check_follow(size_t i, bool again)
{
	static const struct store_cost cost = { 3000, 700, 0 };
	struct moment first = moment_at(NOON + 15 * MINUTE), second = first;
	struct store_config config = usual_config();
	struct store_writer *writer = open_store(&config);
	struct bytes capture = make_look(first, 5);
	char text[200] = "";

	ck_assert_int_eq(write_capture(writer, &capture, &cost, ""), 0);
	if (again) {
		store_writer_close(writer);
		writer = open_store(&config);
	}
	second.time += follows[i].wall;
	second.boot_ms += follows[i].since_boot;
	second.boot = follows[i].boot;
	write_look(writer, second, 6);
	store_writer_close(writer);
	/* of one time there is one name: the second file replaces the first */
	ck_assert_uint_eq(count_files("look-"),
			  follows[i].wall ? again ? 2 : follows[i].files : 1);
	snprintf(text, sizeof(text), "%s",
		 marks_of(follows[i].files == 2 || again ? second.time
							 : first.time));
	ck_assert_msg(strcmp(text, follows[i].marks) == 0, "%zu: %s", i, text);
	remove_dir();
	make_dir();
}

START_TEST(what_lies_between_two_looks_is_told)
{
	for (size_t i = 0; i < sizeof(follows) / sizeof(*follows); i++) {
		check_follow(i, false);
		check_follow(i, true);
	}
}
END_TEST

START_TEST(who_looks_often_has_no_gap_for_two_seconds)
{
	struct store_config config = usual_config();
	struct store_writer *writer;

	config.every_ms = 10;
	writer = open_store(&config);
	write_look(writer, moment_at(NOON), 5);
	write_look(writer, moment_at(NOON + 2000), 5);
	ck_assert_str_eq(marks_of(NOON), "");
	write_look(writer, moment_at(NOON + 4001), 5);
	store_writer_close(writer);
	ck_assert_str_eq(marks_of(NOON), "gap: no look for 2001 ms");
}
END_TEST

/* ---- marks and incidents ---- */

START_TEST(marks_wait_for_a_look)
{
	struct store_config config = usual_config();
	struct store_writer *writer = open_store(&config);

	ck_assert_int_eq(store_mark(writer, NOON - 5, "mark", "first"), 0);
	ck_assert_int_eq(store_mark(writer, NOON - 4, "mark", "second"), 0);
	write_look(writer, moment_at(NOON), 5);
	ck_assert_str_eq(marks_of(NOON), "mark: first|mark: second");
	write_look(writer, moment_at(NOON + 1), 5);
	ck_assert_str_eq(marks_of(NOON), "mark: first|mark: second");
	ck_assert_int_eq(ask(NOON, "SELECT min(time) FROM marks"), NOON - 5);
	/* or for the end, if there was one */
	ck_assert_int_eq(store_mark(writer, NOON + 2, "mark", "last"), 0);
	store_writer_close(writer);
	ck_assert_str_eq(marks_of(NOON), "mark: first|mark: second|mark: last");
	ck_assert_int_eq(ask_file(name_of(TIER_QUARTER, NOON),
				  "SELECT count(*) FROM marks", NULL),
			 3);
}
END_TEST

START_TEST(each_line_of_an_incident_is_a_mark)
{
	struct store_config config = usual_config();
	struct store_writer *writer = open_store(&config);
	struct bytes capture = make_look(moment_at(NOON), 5);

	ck_assert_int_eq(write_capture(writer, &capture, NULL, "one\n\ntwo"),
			 0);
	ck_assert_str_eq(marks_of(NOON),
			 "incident: one|incident: |incident: two");
	ck_assert(has_file(name_of(TIER_CAPTURE, NOON)));
	ck_assert_uint_eq(count_files("incident-"), 0);
	write_look(writer, moment_at(NOON + 1), 5);
	ck_assert_uint_eq(count_files("capture-"), 1);
	store_writer_close(writer);
	ck_assert(has_file(name_of(TIER_INCIDENT, NOON)));
	ck_assert_uint_eq(count_files("incident-"), 1);
}
END_TEST

START_TEST(ten_minutes_around_an_incident_are_kept)
{
	struct store_config config = usual_config();
	struct store_writer *writer;
	struct bytes capture;

	config.every_ms = HOUR;
	writer = open_store(&config);
	write_look(writer, moment_at(NOON - HOUR), 5);
	write_look(writer, moment_at(NOON), 5);
	write_look(writer, moment_at(NOON + HOUR), 5);
	capture = make_look(moment_at(NOON + HOUR + 10 * MINUTE), 5);
	ck_assert_int_eq(write_capture(writer, &capture, NULL, "it"), 0);
	ck_assert(has_file(name_of(TIER_INCIDENT, NOON)));
	ck_assert_uint_eq(count_files("incident-"), 1);
	store_writer_close(writer);
	ck_assert(has_file(name_of(TIER_INCIDENT, NOON + HOUR)));
	ck_assert_uint_eq(count_files("incident-"), 2);
	/* of which the next recorder knows */
	writer = open_store(&config);
	write_look(writer, moment_at(NOON + HOUR + 20 * MINUTE), 5);
	store_writer_close(writer);
	ck_assert_uint_eq(count_files("incident-"), 3);
	writer = open_store(&config);
	write_look(writer, moment_at(NOON + HOUR + 20 * MINUTE + 1), 5);
	store_writer_close(writer);
	ck_assert_uint_eq(count_files("incident-"), 3);
}
END_TEST

START_TEST(a_capture_without_a_place_is_told)
{
	struct store_config config = usual_config();
	struct store_writer *writer = open_store(&config);
	struct bytes capture = make_look(moment_at(NOON), 5);

	ck_assert_int_eq(mkdir(path_of(".capture"), 0700), 0);
	ck_assert_int_eq(write_capture(writer, &capture, NULL, "it"), 0);
	store_writer_close(writer);
	ck_assert_str_eq(marks_of(NOON),
			 "incident: it|incident: its capture cannot be kept: "
			 "Is a directory");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("store_write");
	TCase *tests = tcase_create("store_write");

	tcase_add_checked_fixture(tests, make_dir, remove_dir);
	tcase_add_test(tests, a_look_is_a_row_of_what_it_tells);
	tcase_add_test(tests, what_is_not_known_is_null);
	tcase_add_test(tests, sums_are_told_when_they_change);
	tcase_add_test(tests, what_lies_between_two_looks_is_told);
	tcase_add_test(tests, who_looks_often_has_no_gap_for_two_seconds);
	tcase_add_test(tests, marks_wait_for_a_look);
	tcase_add_test(tests, each_line_of_an_incident_is_a_mark);
	tcase_add_test(tests, ten_minutes_around_an_incident_are_kept);
	tcase_add_test(tests, a_capture_without_a_place_is_told);
	suite_add_tcase(suite, tests);
	return unit_run(suite);
}

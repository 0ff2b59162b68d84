/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* store_hours.h - stores of several files, as two suites read them */
#ifndef TEST_STORE_HOURS_H
#define TEST_STORE_HOURS_H

#include "store_made.h"

/* Looks of a minute each, one of another hour, and sums of one before */
static inline void make_hours(void)
{
	static const struct store_cost cost = { 3000, 700, 9 };
	struct store_config config = usual_config();
	struct store_writer *writer;
	struct bytes capture;

	config.every_ms = HOUR;
	writer = open_store(&config);
	write_look(writer, moment_at(NOON - HOUR), 1);
	write_look(writer, moment_at(NOON), 2);
	write_look(writer, moment_at(NOON + MINUTE), 3);
	capture = make_look(moment_at(NOON + 2 * MINUTE), 4);
	ck_assert_int_eq(write_capture(writer, &capture, &cost, ""), 0);
	write_look(writer, moment_at(NOON + HOUR), 5);
	store_writer_close(writer);
	unlink(path_of(name_of(TIER_LOOK, NOON - HOUR)));
}

/* Somebody changes a file that has ended. */
static inline void change(int64_t begin, const char *sql)
{
	char why[FILE_TEXT_SIZE];
	sqlite3 *db;

	ck_assert_int_eq(file_append(dir, name_of(TIER_LOOK, begin), &db, why),
			 0);
	ck_assert_int_eq(file_exec(db, sql), 0);
	sqlite3_close(db);
	file_finish(dir, name_of(TIER_LOOK, begin));
}

/* Two files of one hour, the later of which begins earlier */
static inline void make_two_clocks(void)
{
	struct store_config config = usual_config();
	struct store_writer *writer = open_store(&config);
	struct moment moment = moment_at(NOON + 20 * MINUTE);

	write_look(writer, moment, 1);
	moment.time += 30 * MINUTE;
	moment.boot_ms += 30 * MINUTE;
	write_look(writer, moment, 2);
	moment.time = NOON + 30 * MINUTE;
	moment.boot_ms += 1000;
	write_look(writer, moment, 3);
	moment.time += 1000;
	moment.boot_ms += 1000;
	write_look(writer, moment, 4);
	store_writer_close(writer);
	ck_assert_uint_eq(count_files("look-"), 2);
}

#endif

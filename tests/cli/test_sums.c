// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * test_sums.c - "what is not known is NULL"; of several looks, the largest
 */
#include "store/file.h"
#include "store/sums.h"
#include "unit.h"

#define END  (-1)
#define NONE (-2)

/* Of each interval, what the looks have, and what is written then */
static const struct {
	int64_t looks[4];
	int64_t row;
} intervals[] = {
	{ { 5, TCPMEM_UNKNOWN, END }, 5 },
	{ { END }, TCPMEM_UNKNOWN },
	{ { 7, END }, 7 },
	{ { 0, END }, NONE }, /* 7 at its begin */
	{ { END }, 0 },
	{ { TCPMEM_UNKNOWN, END }, TCPMEM_UNKNOWN },
	{ { 0, END }, NONE },
	{ { END }, 0 },
};

static sqlite3 *make_tables(void)
{
	sqlite3 *db;

	ck_assert_int_eq(store_libs_load(), 0);
	ck_assert_int_eq(
		sqlite3_open_v2(":memory:", &db,
				SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE,
				NULL),
		SQLITE_OK);
	ck_assert_int_eq(
		file_exec(db, "CREATE TABLE names (id INTEGER PRIMARY KEY, key,"
			      " name, start);"
			      "CREATE TABLE sums (time, name, a, b, c, d, e,"
			      " f)"),
		0);
	return db;
}

static int64_t read_row(sqlite3 *db, int64_t time)
{
	sqlite3_stmt *stmt = file_prepare(
		db, "SELECT a, b, c, d, e, f FROM sums WHERE time = ?");
	int64_t value[SUMS_COUNT] = { NONE };

	ck_assert_ptr_nonnull(stmt);
	sqlite3_bind_int64(stmt, 1, time);
	if (sqlite3_step(stmt) == SQLITE_ROW)
		sums_column(stmt, 0, value);
	sqlite3_finalize(stmt);
	return value[0];
}

START_TEST(what_is_not_known_is_null)
{
	sqlite3 *db = make_tables();
	struct sums sums;

	ck_assert_int_eq(sums_open(db, &sums), 0);
	for (size_t i = 0; i < sizeof(intervals) / sizeof(*intervals); i++) {
		const int64_t *look = intervals[i].looks;

		for (; *look != END; look++) {
			int64_t value[SUMS_COUNT];

			for (int k = 0; k < SUMS_COUNT; k++)
				value[k] = *look;
			ck_assert_int_eq(
				sums_set(&sums, "process", "p[1]", 5, value),
				0);
		}
		ck_assert_int_eq(sums_write(&sums, db, (int64_t)i), 0);
		ck_assert_msg(read_row(db, (int64_t)i) == intervals[i].row,
			      "interval %zu", i);
	}
	sums_close(&sums);
	sqlite3_close(db);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("sums");
	TCase *tc = tcase_create("all");

	tcase_add_test(tc, what_is_not_known_is_null);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}

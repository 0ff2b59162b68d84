// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_store_file.c - one file of a store: made, opened, refused, sealed */
#include "store/file.h"
#include "store_dir.h"
#include "tcpmem.h"
#include "unit.h"

#include <endian.h>
#include <errno.h>

#define NAME "look-20261122T120000.000Z.db"

static const struct file_about about = { "a boot", "a host", 10000 };

static void make_file(void)
{
	char why[FILE_TEXT_SIZE];
	sqlite3 *db;

	ck_assert_int_eq(file_make(dir, &about, &db, why), 0);
	ck_assert(has_file("new.db"));
	ck_assert_int_eq(file_publish(dir, NAME, db), 0);
	ck_assert(!has_file("new.db"));
	ck_assert(has_file(NAME));
}

/* Somebody changes it. */
static void change(const char *sql)
{
	char why[FILE_TEXT_SIZE];
	sqlite3 *db;

	ck_assert_int_eq(file_append(dir, NAME, &db, why), 0);
	sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 0, NULL);
	ck_assert_int_eq(file_exec(db, sql), 0);
	sqlite3_close(db);
	file_finish(dir, NAME);
}

static int opened(char why[FILE_TEXT_SIZE])
{
	sqlite3 *db;
	int ret = file_open(dir, NAME, &db, why);

	ck_assert((ret == 0) == (db != NULL));
	sqlite3_close(db);
	return ret;
}

static int64_t number_of(sqlite3 *db, const char *sql)
{
	sqlite3_stmt *stmt = file_prepare(db, sql);
	int64_t value;

	ck_assert_ptr_nonnull(stmt);
	ck_assert_int_eq(sqlite3_step(stmt), SQLITE_ROW);
	value = file_number(stmt, 0);
	sqlite3_finalize(stmt);
	return value;
}

START_TEST(a_file_says_whose_it_is)
{
	static const char *const texts[] = { TCPMEM_VERSION, "a boot",
					     "a host" };
	char why[FILE_TEXT_SIZE];
	sqlite3_stmt *stmt;
	sqlite3 *db;

	make_file();
	ck_assert_int_eq(file_open(dir, NAME, &db, why), 0);
	ck_assert_str_eq(why, "");
	stmt = file_prepare(db, "SELECT * FROM store");
	ck_assert_int_eq(sqlite3_step(stmt), SQLITE_ROW);
	for (int i = 0; i < 3; i++)
		ck_assert_str_eq((const char *)sqlite3_column_text(stmt, i),
				 texts[i]);
	ck_assert_int_eq(sqlite3_column_int64(stmt, 3), BYTE_ORDER);
	ck_assert_int_eq(sqlite3_column_int64(stmt, 4), 10000);
	ck_assert_int_eq(sqlite3_step(stmt), SQLITE_DONE);
	sqlite3_finalize(stmt);
	ck_assert_int_eq(number_of(db, "SELECT NULL"), TCPMEM_UNKNOWN);
	ck_assert_int_eq(number_of(db, "SELECT 5"), 5);
	ck_assert_int_eq(number_of(db, "PRAGMA page_size"), 1024);
	ck_assert_int_eq(number_of(db, "PRAGMA cell_size_check"), 1);
	ck_assert_int_eq(number_of(db, "PRAGMA trusted_schema"), 0);
	/* it is read only */
	ck_assert_int_eq(file_exec(db, "DELETE FROM store"), -EACCES);
	ck_assert_int_eq(file_exec(db, "CREATE TABLE mine (a)"), -EACCES);
	sqlite3_close(db);
}
END_TEST

START_TEST(what_is_written_is_in_a_log_until_the_end)
{
	char why[FILE_TEXT_SIZE];
	uint8_t head[20];
	sqlite3 *db;

	make_file();
	ck_assert_int_eq(file_append(dir, NAME, &db, why), 0);
	ck_assert_int_eq(number_of(db, "PRAGMA synchronous"), 2);
	ck_assert_int_eq(number_of(db, "PRAGMA writable_schema"), 0);
	ck_assert_int_eq(file_exec(db, "INSERT INTO seals VALUES (1, 2)"), 0);
	ck_assert(has_file(NAME "-wal"));
	/* whatever it is told, its tables stay */
	ck_assert_int_ne(file_exec(db, "PRAGMA writable_schema = 1;"
				       "UPDATE sqlite_schema SET sql = 'x'"),
			 0);
	sqlite3_close(db);
	file_finish(dir, NAME);
	ck_assert(!has_file(NAME "-wal"));
	ck_assert_int_eq(read_file(NAME, head, 20), 20);
	ck_assert_int_eq(head[18], 1);
	ck_assert_int_eq(opened(why), 0);
	file_finish(dir, "none");
	ck_assert(!has_file("none"));
	ck_assert_int_eq(file_append(dir, "none", &db, why), -ENOENT);
	ck_assert_str_eq(why, "unable to open database file");
	ck_assert_ptr_null(db);
	put_file("text", "this is no database, however long it is", 39);
	ck_assert_int_eq(file_append(dir, "text", &db, why), -EBADMSG);
	ck_assert_str_eq(why, "file is not a database");
	ck_assert_ptr_null(db);
}
END_TEST

static const struct {
	const char *sql;
	int ret;
	const char *why;
} refused[] = {
	{ "PRAGMA user_version = 0", -EBADMSG, "not a file of a store" },
	{ "PRAGMA application_id = 1413696852", -EBADMSG,
	  "not a file of a store" },
	{ "PRAGMA user_version = 3", -ENOTSUP, "a later version made it" },
	{ "PRAGMA user_version = 2", 0, "" },
	{ "PRAGMA user_version = 1", 0, "" },
	{ "UPDATE store SET byte_order = 5", -ENOTSUP,
	  "a host of the other byte order made it" },
	{ "CREATE TABLE mine (a)", -EBADMSG,
	  "its tables are not those of a store" },
	{ "DROP TABLE seals", -EBADMSG, "its tables are not those of a store" },
	{ "DROP TABLE seals; CREATE TABLE seals (time INTEGER PRIMARY KEY,"
	  " crc TEXT)",
	  -EBADMSG, "its tables are not those of a store" },
	{ "CREATE VIEW v AS SELECT 1", -EBADMSG,
	  "its tables are not those of a store" },
	{ "CREATE TRIGGER t AFTER INSERT ON looks BEGIN SELECT 1; END",
	  -EBADMSG, "its tables are not those of a store" },
	{ "DELETE FROM store", -EBADMSG, "it does not say what made it" },
	/* of version 1, names had no start */
	{ "DROP TABLE names; CREATE TABLE names (id INTEGER PRIMARY KEY, key"
	  " TEXT, name TEXT)",
	  0, "" },
};

START_TEST(what_was_not_made_so_is_refused)
{
	for (size_t i = 0; i < sizeof(refused) / sizeof(*refused); i++) {
		char why[FILE_TEXT_SIZE] = "";
		int ret;

		make_file();
		change(refused[i].sql);
		ret = opened(why);
		ck_assert_msg(ret == refused[i].ret &&
				      strcmp(why, refused[i].why) == 0,
			      "%s: %d, %s", refused[i].sql, ret, why);
		unlink(path_of(NAME));
	}
}
END_TEST

START_TEST(what_is_no_file_is_not_opened)
{
	static const struct {
		const char *name;
		const char *why;
	} beside[] = {
		{ NAME "-journal", "journal is no regular file" },
		{ NAME "-wal", "wal is no regular file" },
		{ NAME "-shm", "shm is no regular file" },
	};
	char why[FILE_TEXT_SIZE];

	ck_assert_int_eq(opened(why), -ENOENT);
	ck_assert_int_eq(file_check(dir, NAME, why), 0);
	make_file();
	ck_assert_int_eq(file_check(dir, NAME, why), 0);
	for (size_t i = 0; i < 3; i++) {
		ck_assert_int_eq(mkfifo(path_of(beside[i].name), 0600), 0);
		ck_assert_int_eq(opened(why), -EBADMSG);
		ck_assert_str_eq(why, beside[i].why);
		unlink(path_of(beside[i].name));
		ck_assert_int_eq(opened(why), 0);
	}
	ck_assert_int_eq(symlink(NAME, path_of("link")), 0);
	ck_assert_int_eq(file_check(dir, "link", why), -EBADMSG);
	ck_assert_str_eq(why, "it is no regular file");
	unlink(path_of(NAME));
	/* that leads nowhere: it is not there */
	ck_assert_int_eq(file_check(dir, "link", why), 0);
	put_file(NAME, "", 0);
	ck_assert_int_eq(opened(why), -EBADMSG);
	ck_assert_str_eq(why, "not a file of a store");
	put_file(NAME, "this is no database, however long it is", 39);
	ck_assert_int_eq(opened(why), -EBADMSG);
	ck_assert_str_eq(why, "file is not a database");
}
END_TEST

/* ---- a file in the making ---- */

/* The head of a database of this id */
static void put_left_over(const char *magic, uint32_t id, size_t size)
{
	uint8_t head[200] = { 0 };

	memcpy(head, magic, 16);
	id = htobe32(id);
	memcpy(head + 68, &id, sizeof(id));
	put_file("new.db", head, size);
}

START_TEST(what_a_crash_left_is_removed_and_nothing_else)
{
	static const char sqlite[16] = "SQLite format 3";
	char why[FILE_TEXT_SIZE];
	sqlite3 *db;

	ck_assert_int_eq(file_clear(dir), 0);
	put_file("new.db", "", 0);
	ck_assert_int_eq(file_clear(dir), 0);
	ck_assert(!has_file("new.db"));
	put_left_over(sqlite, 0x54434d53, 72);
	ck_assert_int_eq(file_clear(dir), 0);
	ck_assert(!has_file("new.db"));
	put_left_over(sqlite, 0x54434d53, 200);
	ck_assert_int_eq(file_clear(dir), 0);
	put_left_over(sqlite, 0x54434d53, 71);
	ck_assert_int_eq(file_clear(dir), -EEXIST);
	put_left_over(sqlite, 0x54434d54, 200);
	ck_assert_int_eq(file_clear(dir), -EEXIST);
	put_left_over("SQLite format 4", 0x54434d53, 200);
	ck_assert_int_eq(file_clear(dir), -EEXIST);
	ck_assert_int_eq(file_make(dir, &about, &db, why), -EEXIST);
	ck_assert_str_eq(why, "new.db: File exists");
	ck_assert_ptr_null(db);
	unlink(path_of("new.db"));
	ck_assert_int_eq(mkfifo(path_of("new.db"), 0600), 0);
	ck_assert_int_eq(file_clear(dir), -EEXIST);
	unlink(path_of("new.db"));
	put_file("other", "", 0);
	ck_assert_int_eq(symlink("other", path_of("new.db")), 0);
	ck_assert_int_eq(file_clear(dir), -EEXIST);
	ck_assert(has_file("other"));
	ck_assert_int_eq(file_clear(path_of("other")), -ENOTDIR);
	ck_assert_int_eq(file_clear(path_of("none")), 0);
	ck_assert_int_eq(file_make(path_of("none"), &about, &db, why), -ENOENT);
	ck_assert_str_eq(why, "unable to open database file");
	sqlite3_close(db);
	ck_assert_int_eq(file_publish(path_of("none"), NAME, NULL), -ENOENT);
}
END_TEST

/* ---- errors ---- */

START_TEST(errors_of_sqlite_have_a_number)
{
	char why[FILE_TEXT_SIZE];
	sqlite3 *db, *other;
	sqlite3_stmt *stmt;

	make_file();
	ck_assert_int_eq(file_append(dir, NAME, &db, why), 0);
	ck_assert_int_eq(file_append(dir, NAME, &other, why), 0);
	ck_assert_int_eq(file_error(db), 0);
	stmt = file_prepare(db, "SELECT 1");
	ck_assert_int_eq(sqlite3_step(stmt), SQLITE_ROW);
	ck_assert_int_eq(file_error(db), 0);
	ck_assert_int_eq(sqlite3_step(stmt), SQLITE_DONE);
	ck_assert_int_eq(file_error(db), 0);
	sqlite3_finalize(stmt);
	ck_assert_ptr_null(file_prepare(db, "SELECT nothing"));
	ck_assert_int_eq(file_error(db), -EBADMSG);
	ck_assert_int_eq(file_exec(db, "BEGIN IMMEDIATE"), 0);
	sqlite3_busy_timeout(other, 0);
	ck_assert_int_eq(file_exec(other, "BEGIN IMMEDIATE"), -EBUSY);
	ck_assert_int_eq(file_exec(db, "COMMIT"), 0);
	ck_assert_int_eq(file_exec(db, "PRAGMA max_page_count = 1"), 0);
	ck_assert_int_eq(file_exec(db,
				   "INSERT INTO marks VALUES (1, hex(zeroblob("
				   "90000)), '', 0)"),
			 -ENOSPC);
	ck_assert_int_eq(file_exec(db, "SELECT zeroblob(400000000)"), -EBADMSG);
	sqlite3_close(db);
	sqlite3_close(other);
}
END_TEST

/* ---- seals ---- */

static int64_t damaged[8];
static size_t damaged_count;

static void note(int64_t time, void *user)
{
	ck_assert_ptr_eq(user, damaged);
	ck_assert_uint_lt(damaged_count, 8);
	damaged[damaged_count++] = time;
}

/* How many are damaged; @time: the one that is, if there is one */
static size_t check_seals(int64_t *time)
{
	char why[FILE_TEXT_SIZE];
	sqlite3 *db;

	damaged_count = 0;
	ck_assert_int_eq(file_open(dir, NAME, &db, why), 0);
	ck_assert_int_eq(file_seal_check(db, note, damaged), 0);
	sqlite3_close(db);
	*time = damaged_count ? damaged[0] : 0;
	return damaged_count;
}

/* Two looks with sums of two names, one of which has a start; two marks */
static void make_sealed(void)
{
	char why[FILE_TEXT_SIZE], sql[400];
	sqlite3 *db;

	make_file();
	ck_assert_int_eq(file_append(dir, NAME, &db, why), 0);
	snprintf(sql, sizeof(sql),
		 "INSERT INTO marks VALUES (15, 'mark', 'one', %u);"
		 "INSERT INTO marks VALUES (15, 'gap', NULL, %u);"
		 "INSERT INTO names VALUES (1, 'process', 'a[1]', 77);"
		 "INSERT INTO names VALUES (2, 'state', 'listening', NULL);",
		 file_seal_mark(15, "mark", "one"),
		 file_seal_mark(15, "gap", ""));
	ck_assert_int_eq(file_exec(db, sql), 0);
	for (int time = 10; time <= 20; time += 10) {
		snprintf(sql, sizeof(sql),
			 "INSERT INTO looks (time, boot_ms, sockets, held,"
			 " rss, detail) VALUES (%d, 5, NULL, 7, 8, x'0102');"
			 "INSERT INTO sums VALUES (%d, 1, 1, 2, 3, NULL, 5, 6);"
			 "INSERT INTO sums VALUES (%d, 2, 1, 2, 3, 4, 5, 6);",
			 time, time, time);
		ck_assert_int_eq(file_exec(db, sql), 0);
		ck_assert_int_eq(file_seal_write(db, time), 0);
	}
	/* there is one already */
	ck_assert_int_lt(file_seal_write(db, 20), 0);
	sqlite3_close(db);
	file_finish(dir, NAME);
}

static const struct {
	const char *sql;
	size_t count;
	int64_t time;
} changes[] = {
	{ "SELECT 1", 0, 0 },
	/* details have a checksum of their own */
	{ "UPDATE looks SET detail = x'0304'", 0, 0 },
	{ "UPDATE looks SET detail = NULL WHERE time = 20", 1, 20 },
	{ "UPDATE looks SET rss = 9 WHERE time = 10", 1, 10 },
	{ "UPDATE looks SET sockets = 0 WHERE time = 20", 1, 20 },
	{ "UPDATE looks SET time = 21 WHERE time = 20", 2, 20 },
	{ "UPDATE sums SET held = 3 WHERE time = 20 AND name = 2", 1, 20 },
	{ "DELETE FROM sums WHERE time = 10 AND name = 1", 1, 10 },
	{ "UPDATE names SET name = 'b[1]' WHERE id = 1", 2, 10 },
	{ "UPDATE names SET key = 'peer' WHERE id = 2", 2, 10 },
	{ "UPDATE names SET start = 78 WHERE id = 1", 2, 10 },
	{ "UPDATE names SET start = 0 WHERE id = 2", 2, 10 },
	{ "UPDATE names SET start = NULL WHERE id = 1", 2, 10 },
	{ "DELETE FROM names WHERE id = 1", 2, 10 },
	{ "UPDATE store SET host = 'another'", 2, 10 },
	{ "DELETE FROM seals WHERE time = 10", 1, 10 },
	{ "DELETE FROM looks WHERE time = 20", 1, 20 },
	{ "UPDATE seals SET crc = crc + 1 WHERE time = 20", 1, 20 },
	{ "UPDATE seals SET crc = crc + 4294967296 WHERE time = 20", 1, 20 },
	{ "UPDATE marks SET text = 'two' WHERE kind = 'mark'", 1, 15 },
	{ "UPDATE marks SET kind = 'gaps' WHERE kind = 'gap'", 1, 15 },
	{ "UPDATE marks SET kind = 'mar', text = 'kone' WHERE text = 'one'", 1,
	  15 },
	{ "UPDATE marks SET time = 16 WHERE text = 'one'", 1, 16 },
	{ "UPDATE marks SET text = '' WHERE kind = 'gap'", 0, 0 },
	{ "UPDATE marks SET crc = NULL WHERE kind = 'gap'", 1, 15 },
};

START_TEST(a_seal_tells_of_each_change)
{
	for (size_t i = 0; i < sizeof(changes) / sizeof(*changes); i++) {
		int64_t time;
		size_t count;

		make_sealed();
		change(changes[i].sql);
		count = check_seals(&time);
		ck_assert_msg(count == changes[i].count &&
				      time == changes[i].time,
			      "%s: %zu, %d", changes[i].sql, count, (int)time);
		unlink(path_of(NAME));
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("store_file");
	TCase *tests = tcase_create("store_file");

	tcase_add_checked_fixture(tests, make_dir, remove_dir);
	tcase_add_test(tests, a_file_says_whose_it_is);
	tcase_add_test(tests, what_is_written_is_in_a_log_until_the_end);
	tcase_add_test(tests, what_was_not_made_so_is_refused);
	tcase_add_test(tests, what_is_no_file_is_not_opened);
	tcase_add_test(tests, what_a_crash_left_is_removed_and_nothing_else);
	tcase_add_test(tests, errors_of_sqlite_have_a_number);
	tcase_add_test(tests, a_seal_tells_of_each_change);
	suite_add_tcase(suite, tests);
	return unit_run(suite);
}

// SPDX-License-Identifier: LGPL-2.1-or-later
/* seal.c - checksums of what a store says beside the details of looks */
#include "cli.h"
#include "store/bytes.h"
#include "store/file.h"

#include <errno.h>
#include <string.h>

/* A blob is left out: details have a checksum of their own. */
static uint32_t seal_row(uint32_t crc, sqlite3_stmt *stmt)
{
	for (int i = 0; i < sqlite3_column_count(stmt); i++) {
		int type = sqlite3_column_type(stmt, i);
		int64_t number = sqlite3_column_int64(stmt, i);

		crc = crc32c(crc, &type, sizeof(type));
		if (type == SQLITE_INTEGER)
			crc = crc32c(crc, &number, sizeof(number));
		else if (type == SQLITE_TEXT)
			crc = crc32c(crc, sqlite3_column_text(stmt, i),
				     (size_t)sqlite3_column_bytes(stmt, i));
	}
	return crc;
}

uint32_t file_seal_mark(int64_t time, const char *kind, const char *text)
{
	uint32_t crc = crc32c(0, &time, sizeof(time));

	crc = crc32c(crc, kind, strlen(kind) + 1);
	return crc32c(crc, text, strlen(text));
}

/* All that a file says of a look but its detail */
static int file_seal(sqlite3 *db, int64_t time, uint32_t *seal)
{
	static const char sums[] =
		"SELECT sums.*, key, names.name FROM sums LEFT JOIN names "
		"ON names.id = sums.name WHERE time = ? ORDER BY sums.name";
	static const char starts[] =
		"SELECT (SELECT start FROM names WHERE id = sums.name) began"
		" FROM sums, (SELECT NULL AS start)"
		" WHERE time = ? AND began NOTNULL ORDER BY name";
	static const char *const rows[] = {
		"SELECT * FROM store",
		"SELECT * FROM looks WHERE time = ?",
		sums,
		starts,
	};
	int ret = 0;

	*seal = 0;
	for (size_t i = 0; ret == 0 && i < ARRAY_SIZE(rows); i++) {
		sqlite3_stmt *stmt = file_prepare(db, rows[i]);

		sqlite3_bind_int64(stmt, 1, time);
		while (sqlite3_step(stmt) == SQLITE_ROW)
			*seal = seal_row(*seal, stmt);
		sqlite3_finalize(stmt);
		ret = file_error(db);
	}
	return ret;
}

int file_seal_write(sqlite3 *db, int64_t time)
{
	sqlite3_stmt *stmt;
	uint32_t seal;
	int ret = file_seal(db, time, &seal);

	if (ret)
		return ret;
	stmt = file_prepare(db, "INSERT INTO seals VALUES (?, ?)");
	sqlite3_bind_int64(stmt, 1, time);
	sqlite3_bind_int64(stmt, 2, seal);
	sqlite3_step(stmt);
	sqlite3_finalize(stmt);
	return file_error(db);
}

static int check_looks(sqlite3 *db, void (*bad)(int64_t time, void *user),
		       void *user)
{
	sqlite3_stmt *stmt = file_prepare(
		db, "SELECT time, crc FROM seals UNION"
		    " SELECT time, NULL FROM looks WHERE time NOT IN"
		    " (SELECT time FROM seals) ORDER BY time");

	int ret = 0;

	while (ret != -ENOMEM && sqlite3_step(stmt) == SQLITE_ROW) {
		int64_t time = sqlite3_column_int64(stmt, 0);
		uint32_t seal;

		ret = file_seal(db, time, &seal);
		if (ret != -ENOMEM &&
		    (ret || seal != sqlite3_column_int64(stmt, 1)))
			bad(time, user);
	}
	sqlite3_finalize(stmt);
	return ret == -ENOMEM ? ret : file_error(db);
}

static const char *text(sqlite3_stmt *stmt, int column)
{
	const char *found = (const char *)sqlite3_column_text(stmt, column);

	return found ? found : "";
}

static int check_marks(sqlite3 *db, void (*bad)(int64_t time, void *user),
		       void *user)
{
	sqlite3_stmt *stmt =
		file_prepare(db, "SELECT time, kind, text, crc FROM marks");

	while (sqlite3_step(stmt) == SQLITE_ROW) {
		int64_t time = sqlite3_column_int64(stmt, 0);
		uint32_t seal =
			file_seal_mark(time, text(stmt, 1), text(stmt, 2));

		/* of a text that there is no memory for it tells nothing */
		if (file_error(db))
			break;
		if (seal != sqlite3_column_int64(stmt, 3))
			bad(time, user);
	}
	sqlite3_finalize(stmt);
	return file_error(db);
}

int file_seal_check(sqlite3 *db, void (*bad)(int64_t time, void *user),
		    void *user)
{
	int ret = check_looks(db, bad, user);

	return ret ? ret : check_marks(db, bad, user);
}

// SPDX-License-Identifier: LGPL-2.1-or-later
/* file.c - one file of a store: an SQLite database of known tables */
#include "store/file.h"

#include "cli.h"
#include "store/bytes.h"
#include "tcpmem.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* "TCMS", as file(1) can show it */
#define APPLICATION_ID 0x54434d53

/* The largest text or blob: a look of 256 MiB does not compress worse. */
#define VALUE_MAX (300 << 20)

/* Two seconds, for what a writer does meanwhile. */
#define BUSY_MS 2000

/* A file that is being made */
#define NEW_NAME "new.db"

/* The tables, see tcpmem-store(5) */
static const char *const tables[] = {
	"CREATE TABLE store (version TEXT, boot TEXT, host TEXT,"
	" byte_order INTEGER, every_ms INTEGER)",
	"CREATE TABLE looks (time INTEGER PRIMARY KEY, boot_ms INTEGER,"
	" base INTEGER, crc INTEGER, sockets INTEGER, held INTEGER,"
	" charged INTEGER, unread INTEGER, unsent INTEGER,"
	" close_wait INTEGER, tcp_mem_used INTEGER, tcp_mem_low INTEGER,"
	" tcp_mem_pressure INTEGER, tcp_mem_high INTEGER, pressure INTEGER,"
	" orphans INTEGER, time_wait INTEGER, complete INTEGER,"
	" took_us INTEGER, cpu_us INTEGER, rss INTEGER, detail BLOB)",
	"CREATE TABLE names (id INTEGER PRIMARY KEY, key TEXT, name TEXT,"
	" start INTEGER)",
	"CREATE TABLE sums (time INTEGER, name INTEGER, sockets INTEGER,"
	" held INTEGER, charged INTEGER, unread INTEGER, unsent INTEGER,"
	" close_wait INTEGER, PRIMARY KEY (time, name)) WITHOUT ROWID",
	"CREATE TABLE marks (time INTEGER, kind TEXT, text TEXT, crc INTEGER)",
	"CREATE TABLE seals (time INTEGER PRIMARY KEY, crc INTEGER)",
};

/*
 * It has no start: a query of both versions names it in a subquery, beside
 * whose table outside one of that name is NULL.
 */
static const char names_of_version_1[] =
	"CREATE TABLE names (id INTEGER PRIMARY KEY, key TEXT, name TEXT)";

int file_error(sqlite3 *db)
{
	switch (sqlite3_errcode(db)) {
	case SQLITE_OK:
	case SQLITE_ROW:
	case SQLITE_DONE:
		return 0;
	case SQLITE_NOMEM:
		return -ENOMEM;
	case SQLITE_FULL:
		return -ENOSPC;
	case SQLITE_IOERR:
	case SQLITE_CANTOPEN:
		return sqlite3_system_errno(db) ? -sqlite3_system_errno(db)
						: -EIO;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return -EBUSY;
	case SQLITE_PERM:
	case SQLITE_READONLY:
		return -EACCES;
	default:
		return -EBADMSG;
	}
}

void file_why(sqlite3 *db, int err, char why[FILE_TEXT_SIZE])
{
	snprintf(why, FILE_TEXT_SIZE, "%s",
		 db && file_error(db) ? sqlite3_errmsg(db)
		 : err == -ELIBACC    ? store_libs_missing()
		 : err == -EBADMSG    ? "its data are damaged"
				      : strerror(-err));
}

sqlite3_stmt *file_prepare(sqlite3 *db, const char *sql)
{
	sqlite3_stmt *stmt = NULL;

	sqlite3_prepare_v2(db, sql, -1, &stmt, NULL);
	return stmt;
}

int64_t file_number(sqlite3_stmt *stmt, int column)
{
	return sqlite3_column_type(stmt, column) == SQLITE_NULL
		       ? TCPMEM_UNKNOWN
		       : sqlite3_column_int64(stmt, column);
}

static bool is_ours(const char *sql)
{
	for (size_t i = 0; sql && i < ARRAY_SIZE(tables); i++)
		if (strcmp(sql, tables[i]) == 0)
			return true;
	/* none: an index that SQLite made itself */
	return !sql || strcmp(sql, names_of_version_1) == 0;
}

static int read_number(sqlite3 *db, const char *sql, int64_t *value)
{
	sqlite3_stmt *stmt = file_prepare(db, sql);
	int ret = -EBADMSG;

	if (sqlite3_step(stmt) == SQLITE_ROW) {
		*value = sqlite3_column_int64(stmt, 0);
		ret = 0;
	} else if (file_error(db)) {
		ret = file_error(db);
	}
	sqlite3_finalize(stmt);
	return ret;
}

/* What a table of somebody else's making could do is not tried out. */
static int check_tables(sqlite3 *db, char why[FILE_TEXT_SIZE])
{
	sqlite3_stmt *stmt = file_prepare(db, "SELECT sql FROM sqlite_schema");
	size_t count = 0;
	int ret = 0;

	while (ret == 0 && sqlite3_step(stmt) == SQLITE_ROW) {
		const char *sql = (const char *)sqlite3_column_text(stmt, 0);

		count += sql != NULL;
		if (!is_ours(sql))
			ret = -EBADMSG;
	}
	sqlite3_finalize(stmt);
	if (ret == 0)
		ret = file_error(db);
	if (ret == 0 && count != ARRAY_SIZE(tables))
		ret = -EBADMSG;
	if (ret == -EBADMSG)
		snprintf(why, FILE_TEXT_SIZE,
			 "its tables are not those of a store");
	return ret;
}

static int check_version(sqlite3 *db, char why[FILE_TEXT_SIZE])
{
	int64_t id = 0, version = 0, order = 0;
	int ret = read_number(db, "PRAGMA application_id", &id);

	if (ret == 0)
		ret = read_number(db, "PRAGMA user_version", &version);
	if (ret)
		return ret;
	if (id != APPLICATION_ID || version < 1) {
		snprintf(why, FILE_TEXT_SIZE, "not a file of a store");
		return -EBADMSG;
	}
	if (version > FILE_VERSION) {
		snprintf(why, FILE_TEXT_SIZE, "a later version made it");
		return -ENOTSUP;
	}
	ret = check_tables(db, why);
	if (ret == 0)
		ret = read_number(db, "SELECT byte_order FROM store", &order);
	if (ret == 0 && order != BYTE_ORDER) {
		snprintf(why, FILE_TEXT_SIZE,
			 "a host of the other byte order made it");
		return -ENOTSUP;
	}
	if (ret == -EBADMSG && !*why && !file_error(db))
		snprintf(why, FILE_TEXT_SIZE, "it does not say what made it");
	return ret;
}

int file_exec(sqlite3 *db, const char *sql)
{
	return sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK
		       ? 0
		       : file_error(db);
}

static void add_path(struct bytes *out, const char *text, bool uri)
{
	char code[4];

	for (; *text; text++) {
		bool plain = !uri || !strchr("%?#", *text);

		snprintf(code, sizeof(code), plain ? "%c" : "%%%02x",
			 (unsigned char)*text);
		bytes_add(out, code, strlen(code));
	}
}

/* Return: what sqlite3_open_v2() takes; NULL: no memory. free() it. */
static char *make_path(const char *dir, const char *name, bool uri)
{
	struct bytes path = { 0 };

	if (uri)
		bytes_add(&path, "file://", *dir == '/' ? 7 : 5);
	add_path(&path, dir, uri);
	bytes_add(&path, "/", 1);
	bytes_add(&path, name, strlen(name));
	if (uri)
		bytes_add(&path, "?immutable=1", 12);
	bytes_add(&path, "", 1);
	return (char *)path.data;
}

static int open_at(const char *dir, const char *name, int flags, sqlite3 **db)
{
	int ret = store_libs_load();
	char *path;

	*db = NULL;
	if (ret < 0)
		return ret;
	path = make_path(dir, name, flags & SQLITE_OPEN_URI);
	ret = path ? 0 : -ENOMEM;
	if (ret == 0 && sqlite3_open_v2(path, db, flags | SQLITE_OPEN_NOMUTEX,
					NULL) != SQLITE_OK)
		ret = *db ? file_error(*db) : -ENOMEM;
	free(path);
	if (ret)
		return ret;
	sqlite3_busy_timeout(*db, BUSY_MS);
	sqlite3_limit(*db, SQLITE_LIMIT_LENGTH, VALUE_MAX);
	sqlite3_db_config(*db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(*db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	return file_exec(*db, "PRAGMA cell_size_check = ON");
}

/* To open a pipe waits for its writer, to open a device may start it. */
int file_check(const char *dir, const char *name, char why[FILE_TEXT_SIZE])
{
	static const char *const ends[] = { "", "-journal", "-wal", "-shm" };
	char path[4200];
	struct stat st;

	for (size_t i = 0; i < ARRAY_SIZE(ends); i++) {
		snprintf(path, sizeof(path), "%s/%s%s", dir, name, ends[i]);
		if (stat(path, &st) < 0 ||
		    (lstat(path, &st) == 0 && S_ISREG(st.st_mode)))
			continue;
		snprintf(why, FILE_TEXT_SIZE, "%s is no regular file",
			 *ends[i] ? ends[i] + 1 : "it");
		return -EBADMSG;
	}
	return 0;
}

static int open_to_read(const char *dir, const char *name, int flags,
			sqlite3 **db, char why[FILE_TEXT_SIZE])
{
	int ret;

	*db = NULL;
	*why = '\0';
	ret = file_check(dir, name, why);
	if (ret == 0)
		ret = open_at(dir, name, SQLITE_OPEN_READONLY | flags, db);
	/* else each statement asks anew whether another process has written */
	if (ret == 0)
		ret = file_exec(*db, "BEGIN");
	if (ret == 0)
		ret = check_version(*db, why);
	if (ret && !*why)
		file_why(*db, ret, why);
	if (ret) {
		sqlite3_close(*db);
		*db = NULL;
	}
	return ret;
}

static bool may(const char *dir, const char *name, const char *end, int mode)
{
	char path[4200];

	snprintf(path, sizeof(path), "%s/%s%s", dir, name, end);
	return access(path, mode) == 0;
}

/*
 * SQLite makes files beside a database that a crash has left with a log, or
 * that had one. Where nothing may be written, one without is read as it is.
 */
int file_open(const char *dir, const char *name, sqlite3 **db,
	      char why[FILE_TEXT_SIZE])
{
	int ret = open_to_read(dir, name, 0, db, why);

	if ((ret != -ENOENT && ret != -EACCES && ret != -EROFS) ||
	    !may(dir, name, "", R_OK))
		return ret;
	if (!may(dir, name, "-wal", F_OK))
		return open_to_read(dir, name, SQLITE_OPEN_URI, db, why);
	snprintf(why, FILE_TEXT_SIZE,
		 "its log cannot be read where nothing may be written: copy "
		 "the store");
	return -EACCES;
}

static int make_tables(sqlite3 *db, const struct file_about *about)
{
	sqlite3_stmt *stmt = NULL;
	/* small pages, for a look changes a few bytes in many of them */
	int ret = file_exec(db, "PRAGMA page_size = 1024;"
				"PRAGMA application_id = 1413696851;"
				"PRAGMA user_version = 2;"
				"BEGIN");

	for (size_t i = 0; ret == 0 && i < ARRAY_SIZE(tables); i++)
		ret = file_exec(db, tables[i]);
	if (ret == 0)
		stmt = file_prepare(db, "INSERT INTO store "
					"VALUES (?, ?, ?, ?, ?)");
	if (stmt) {
		sqlite3_bind_text(stmt, 1, TCPMEM_VERSION, -1, SQLITE_STATIC);
		sqlite3_bind_text(stmt, 2, about->boot, -1, SQLITE_STATIC);
		sqlite3_bind_text(stmt, 3, about->host, -1, SQLITE_STATIC);
		sqlite3_bind_int64(stmt, 4, BYTE_ORDER);
		sqlite3_bind_int64(stmt, 5, about->every_ms);
		sqlite3_step(stmt);
		sqlite3_finalize(stmt);
	}
	if (ret == 0)
		ret = file_error(db);
	return ret ? ret : file_exec(db, "COMMIT");
}

static int new_path(const char *dir, char path[4200])
{
	return snprintf(path, 4200, "%s/" NEW_NAME, dir);
}

/*
 * Whether a database is ours, or nothing is written of it yet: its id is in the
 * first page that SQLite writes.
 */
static bool is_left_over(const char *path)
{
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	uint8_t head[72];
	struct stat st;
	ssize_t got = -1;
	uint32_t id;

	if (fd < 0)
		return false;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		got = read(fd, head, sizeof(head));
	close(fd);
	if (got != (ssize_t)sizeof(head))
		return got == 0;
	memcpy(&id, head + 68, sizeof(id));
	return memcmp(head, "SQLite format 3", 16) == 0 &&
	       be32toh(id) == APPLICATION_ID;
}

int file_clear(const char *dir)
{
	char path[4200];
	struct stat st;

	new_path(dir, path);
	if (lstat(path, &st) < 0)
		return errno == ENOENT ? 0 : -errno;
	if (!is_left_over(path))
		return -EEXIST;
	return unlink(path) < 0 ? -errno : 0;
}

int file_make(const char *dir, const struct file_about *about, sqlite3 **db,
	      char why[FILE_TEXT_SIZE])
{
	int ret = file_clear(dir);

	*db = NULL;
	if (ret) {
		snprintf(why, FILE_TEXT_SIZE, NEW_NAME ": %s", strerror(-ret));
		return ret;
	}
	ret = open_at(dir, NEW_NAME, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE,
		      db);
	if (ret == 0)
		ret = make_tables(*db, about);
	if (ret)
		file_why(*db, ret, why);
	return ret;
}

int file_publish(const char *dir, const char *name, sqlite3 *db)
{
	char from[4200], to[4200];

	sqlite3_close(db);
	new_path(dir, from);
	snprintf(to, sizeof(to), "%s/%s", dir, name);
	return rename(from, to) < 0 ? -errno : 0;
}

int file_append(const char *dir, const char *name, sqlite3 **db,
		char why[FILE_TEXT_SIZE])
{
	int ret = open_at(dir, name, SQLITE_OPEN_READWRITE, db);

	if (ret == 0)
		ret = file_exec(*db, "PRAGMA journal_mode = WAL;"
				     "PRAGMA synchronous = FULL");
	if (ret) {
		file_why(*db, ret, why);
		sqlite3_close(*db);
		*db = NULL;
	}
	return ret;
}

void file_finish(const char *dir, const char *name)
{
	char why[FILE_TEXT_SIZE];
	sqlite3 *db;

	if (file_append(dir, name, &db, why) == 0)
		(void)file_exec(db, "PRAGMA journal_mode = DELETE");
	sqlite3_close(db);
}

// SPDX-License-Identifier: LGPL-2.1-or-later
/* sums.c - the sums of a look by each key, of which a store keeps the changes
 */
#include "store/sums.h"

#include "cli.h"
#include "store/file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Of each key, the groups that hold the most; the rest is "other". */
#define ROWS_MAX 100

const enum tcpmem_metric sums_metrics[SUMS_COUNT] = {
	TCPMEM_METRIC_SOCKETS, TCPMEM_METRIC_HELD,   TCPMEM_METRIC_CHARGED,
	TCPMEM_METRIC_UNREAD,  TCPMEM_METRIC_UNSENT, TCPMEM_METRIC_CLOSE_WAIT,
};

const char *const sums_keys[] = { "state",  "process", "program",
				  "cgroup", "unit",    "container",
				  "netns",  "peer",    NULL };

/* struct sums_known - @time: of the look that had it last */
struct sums_known {
	int64_t time;
	int64_t value[SUMS_COUNT];
};

int sums_open(sqlite3 *db, struct sums *sums)
{
	*sums = (struct sums){
		.find = file_prepare(db, "SELECT id FROM names "
					 "WHERE key = ? AND name = ?"),
		.name = file_prepare(db, "INSERT INTO names (key, name) "
					 "VALUES (?, ?)"),
		.row = file_prepare(db, "INSERT INTO sums VALUES "
					"(?, ?, ?, ?, ?, ?, ?, ?)"),
	};
	return sums->find && sums->name && sums->row ? 0 : file_error(db);
}

void sums_close(struct sums *sums)
{
	sqlite3_finalize(sums->find);
	sqlite3_finalize(sums->name);
	sqlite3_finalize(sums->row);
	free(sums->known);
	*sums = (struct sums){ 0 };
}

static int insert(sqlite3 *db, sqlite3_stmt *stmt)
{
	int ret = sqlite3_step(stmt) == SQLITE_DONE ? 0 : file_error(db);

	sqlite3_reset(stmt);
	return ret;
}

/* Names are bytes: who chooses them may choose no UTF-8. */
static int find_name(struct sums *sums, sqlite3 *db, const char *key,
		     const char *name, size_t *id)
{
	int ret = 0;

	sqlite3_bind_text(sums->find, 1, key, -1, SQLITE_STATIC);
	sqlite3_bind_text(sums->find, 2, name, -1, SQLITE_STATIC);
	if (sqlite3_step(sums->find) == SQLITE_ROW) {
		*id = (size_t)sqlite3_column_int64(sums->find, 0);
	} else {
		sqlite3_bind_text(sums->name, 1, key, -1, SQLITE_STATIC);
		sqlite3_bind_text(sums->name, 2, name, -1, SQLITE_STATIC);
		ret = insert(db, sums->name);
		*id = (size_t)sqlite3_last_insert_rowid(db);
	}
	sqlite3_reset(sums->find);
	return ret;
}

static int make_room(struct sums *sums, size_t id)
{
	size_t room = id + id / 2 + 64;
	struct sums_known *larger;

	if (id < sums->count)
		return 0;
	larger = realloc(sums->known, room * sizeof(*larger));
	if (!larger)
		return -ENOMEM;
	memset(larger + sums->count, 0, (room - sums->count) * sizeof(*larger));
	sums->known = larger;
	sums->count = room;
	return 0;
}

static int write_row(struct sums *sums, sqlite3 *db, int64_t time, size_t id,
		     const int64_t value[SUMS_COUNT])
{
	sqlite3_bind_int64(sums->row, 1, time);
	sqlite3_bind_int64(sums->row, 2, (sqlite3_int64)id);
	for (int i = 0; i < SUMS_COUNT; i++)
		sqlite3_bind_int64(sums->row, 3 + i, value[i]);
	memcpy(sums->known[id].value, value, SUMS_COUNT * sizeof(*value));
	return insert(db, sums->row);
}

static int write_group(struct sums *sums, sqlite3 *db, int64_t time,
		       const char *key, const struct tcpmem_row *row)
{
	int64_t value[SUMS_COUNT] = { 0 };
	struct sums_known *known;
	size_t id = 0;
	int ret =
		find_name(sums, db, key, tcpmem_row_get_subject(row)->key, &id);

	if (ret == 0)
		ret = make_room(sums, id);
	if (ret)
		return ret;
	for (int i = 0; i < SUMS_COUNT; i++)
		(void)tcpmem_row_get_metric(row, sums_metrics[i], &value[i]);
	known = &sums->known[id];
	known->time = time;
	if (memcmp(known->value, value, sizeof(value)) == 0)
		return 0;
	return write_row(sums, db, time, id, value);
}

static int write_key(struct sums *sums, sqlite3 *db, int64_t time,
		     const char *key, const struct tcpmem_snapshot *snap)
{
	struct tcpmem_table *table = NULL;
	int ret = tcpmem_group(snap, key, &table);

	if (ret == 0)
		ret = tcpmem_table_sort(table, "-held,-sockets,key");
	if (ret == 0)
		ret = tcpmem_table_limit(table, ROWS_MAX);
	for (size_t i = 0; ret == 0 && i < tcpmem_table_get_row_count(table);
	     i++)
		ret = write_group(sums, db, time, key,
				  tcpmem_table_get_row(table, i));
	tcpmem_table_free(table);
	return ret;
}

/* A group that is gone has a last row, of zeroes. */
static int write_gone(struct sums *sums, sqlite3 *db, int64_t time)
{
	static const int64_t zero[SUMS_COUNT];
	int ret = 0;

	for (size_t id = 1; ret == 0 && id < sums->count; id++) {
		const struct sums_known *known = &sums->known[id];

		if (known->time != time &&
		    memcmp(known->value, zero, sizeof(zero)) != 0)
			ret = write_row(sums, db, time, id, zero);
	}
	return ret;
}

int sums_write(struct sums *sums, sqlite3 *db, int64_t time,
	       const struct tcpmem_snapshot *snap)
{
	int ret = 0;

	for (size_t i = 0; ret == 0 && sums_keys[i]; i++)
		ret = write_key(sums, db, time, sums_keys[i], snap);
	return ret ? ret : write_gone(sums, db, time);
}

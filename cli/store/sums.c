// SPDX-License-Identifier: LGPL-2.1-or-later
/* sums.c - the sums of looks by each key, of which a store keeps the changes
 */
#include "store/sums.h"

#include "cli.h"
#include "columns/columns.h"
#include "store/file.h"

#include <errno.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

const enum tcpmem_metric sums_metrics[SUMS_COUNT] = {
	TCPMEM_METRIC_SOCKETS, TCPMEM_METRIC_HELD,   TCPMEM_METRIC_CHARGED,
	TCPMEM_METRIC_UNREAD,  TCPMEM_METRIC_UNSENT, TCPMEM_METRIC_CLOSE_WAIT,
};

const char *const sums_keys[] = { "state",  "process", "program",
				  "cgroup", "unit",    "container",
				  "netns",  "peer",    NULL };

/*
 * struct sums_group - @id: the number of its name; 0: it is not in the file
 * @start: of a process, whose pid is used again; else 0
 * @written: the last row; @now: of the last look; @most: since @written
 */
struct sums_group {
	const char *key;
	char *name;
	uint64_t start;
	int64_t id;
	int64_t written[SUMS_COUNT];
	int64_t now[SUMS_COUNT];
	int64_t most[SUMS_COUNT];
};

int sums_open(sqlite3 *db, struct sums *sums)
{
	*sums = (struct sums){
		.name = file_prepare(db, "INSERT INTO names (key, name, start) "
					 "VALUES (?, ?, nullif(?, 0))"),
	};
	if (sums->name) /* else its error is the last one */
		sums->row = file_prepare(db, "INSERT INTO sums VALUES "
					     "(?, ?, ?, ?, ?, ?, ?, ?)");
	return sums->row ? 0 : file_error(db);
}

static void free_group(void *group)
{
	free(((struct sums_group *)group)->name);
	free(group);
}

void sums_close(struct sums *sums)
{
	sqlite3_finalize(sums->name);
	sqlite3_finalize(sums->row);
	tdestroy(sums->by_name, free_group);
	free(sums->group);
	*sums = (struct sums){ 0 };
}

static int compare_groups(const void *a, const void *b)
{
	const struct sums_group *i = a, *j = b;
	int keys = strcmp(i->key, j->key);
	int names = keys ? keys : strcmp(i->name, j->name);

	return names ? names : (i->start > j->start) - (i->start < j->start);
}

static int make_room(struct sums *sums)
{
	struct sums_group **larger = sums->group;

	if (sums->count < sums->room)
		return 0;
	larger = realloc(larger, (2 * sums->room + 64) * sizeof(*larger));
	if (!larger)
		return -ENOMEM;
	sums->group = larger;
	sums->room = 2 * sums->room + 64;
	return 0;
}

static struct sums_group *add_group(struct sums *sums, const char *key,
				    const char *name, uint64_t start)
{
	struct sums_group *group = calloc(1, sizeof(*group));

	if (!group)
		return NULL;
	group->key = key;
	group->start = start;
	group->name = strdup(name);
	if (!group->name || make_room(sums) < 0 ||
	    !tsearch(group, &sums->by_name, compare_groups)) {
		free_group(group);
		return NULL;
	}
	sums->group[sums->count++] = group;
	return group;
}

static struct sums_group *find_group(const struct sums *sums, const char *key,
				     const char *name, uint64_t start)
{
	const struct sums_group wanted = { .key = key,
					   .name = (char *)name,
					   .start = start };
	struct sums_group **found =
		tfind(&wanted, &sums->by_name, compare_groups);

	return found ? *found : NULL;
}

int sums_set(struct sums *sums, const char *key, const char *name,
	     uint64_t start, const int64_t value[SUMS_COUNT])
{
	struct sums_group *group = find_group(sums, key, name, start);

	if (!group)
		group = add_group(sums, key, name, start);
	if (!group)
		return -ENOMEM;
	for (int i = 0; i < SUMS_COUNT; i++) {
		group->now[i] = value[i];
		group->most[i] = sums_more(group->most[i], value[i]);
	}
	return 0;
}

void sums_read(const struct tcpmem_row *row, int64_t value[SUMS_COUNT])
{
	for (int i = 0; i < SUMS_COUNT; i++)
		if (tcpmem_row_get_metric(row, sums_metrics[i], &value[i]) < 0)
			value[i] = TCPMEM_UNKNOWN;
}

void sums_bind(sqlite3_stmt *stmt, int at, const int64_t value[SUMS_COUNT])
{
	for (int i = 0; i < SUMS_COUNT; i++)
		if (value[i] == TCPMEM_UNKNOWN)
			sqlite3_bind_null(stmt, at + i);
		else
			sqlite3_bind_int64(stmt, at + i, value[i]);
}

void sums_column(sqlite3_stmt *stmt, int at, int64_t value[SUMS_COUNT])
{
	for (int i = 0; i < SUMS_COUNT; i++)
		value[i] = file_number(stmt, at + i);
}

static int set_row(struct sums *sums, const char *key,
		   const struct tcpmem_row *row)
{
	const struct tcpmem_subject *subject = tcpmem_row_get_subject(row);
	int64_t value[SUMS_COUNT];

	sums_read(row, value);
	return sums_set(sums, key, subject->key, subject_start(subject), value);
}

/* A group that comes into "other": it is still there, with an unknown part. */
static void hide_row(const struct sums *sums, const char *key,
		     const struct tcpmem_row *row)
{
	const struct tcpmem_subject *subject = tcpmem_row_get_subject(row);
	struct sums_group *group =
		find_group(sums, key, subject->key, subject_start(subject));

	for (int i = 0; group && i < SUMS_COUNT; i++)
		group->now[i] = group->most[i] = TCPMEM_UNKNOWN;
}

static int set_key(struct sums *sums, const char *key,
		   const struct tcpmem_snapshot *snap)
{
	struct tcpmem_table *table = NULL;
	int ret = tcpmem_group(snap, key, &table);

	if (ret == 0)
		ret = tcpmem_table_sort(table, "-held,-sockets,key");
	for (size_t i = SUMS_ROWS;
	     ret == 0 && i < tcpmem_table_get_row_count(table); i++)
		hide_row(sums, key, tcpmem_table_get_row(table, i));
	if (ret == 0)
		ret = tcpmem_table_limit(table, SUMS_ROWS);
	for (size_t i = 0; ret == 0 && i < tcpmem_table_get_row_count(table);
	     i++)
		ret = set_row(sums, key, tcpmem_table_get_row(table, i));
	tcpmem_table_free(table);
	return ret;
}

int sums_look(struct sums *sums, const struct tcpmem_snapshot *snap)
{
	int ret = 0;

	/* a group that is gone has a last row, of zeroes */
	for (size_t i = 0; i < sums->count; i++) {
		memset(sums->group[i]->now, 0, sizeof(sums->group[i]->now));
		memset(sums->group[i]->most, 0, sizeof(sums->group[i]->most));
	}
	for (size_t i = 0; ret == 0 && sums_keys[i]; i++)
		ret = set_key(sums, sums_keys[i], snap);
	return ret;
}

static int insert(sqlite3 *db, sqlite3_stmt *stmt)
{
	int ret = sqlite3_step(stmt) == SQLITE_DONE ? 0 : file_error(db);

	sqlite3_reset(stmt);
	return ret;
}

/* Names are bytes: who chooses them may choose no UTF-8. */
static int insert_name(struct sums *sums, sqlite3 *db, struct sums_group *group)
{
	int ret;

	sqlite3_bind_text(sums->name, 1, group->key, -1, SQLITE_STATIC);
	sqlite3_bind_text(sums->name, 2, group->name, -1, SQLITE_STATIC);
	sqlite3_bind_int64(sums->name, 3, (int64_t)group->start);
	ret = insert(db, sums->name);
	if (ret == 0)
		group->id = sqlite3_last_insert_rowid(db);
	return ret;
}

static int write_group(struct sums *sums, sqlite3 *db, int64_t time,
		       struct sums_group *group)
{
	int ret = group->id ? 0 : insert_name(sums, db, group);

	if (ret)
		return ret;
	sqlite3_bind_int64(sums->row, 1, time);
	sqlite3_bind_int64(sums->row, 2, group->id);
	sums_bind(sums->row, 3, group->most);
	memcpy(group->written, group->most, sizeof(group->written));
	return insert(db, sums->row);
}

int sums_write(struct sums *sums, sqlite3 *db, int64_t time)
{
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < sums->count; i++) {
		struct sums_group *group = sums->group[i];

		if (memcmp(group->most, group->written, sizeof(group->most)))
			ret = write_group(sums, db, time, group);
		memcpy(group->most, group->now, sizeof(group->most));
	}
	return ret;
}

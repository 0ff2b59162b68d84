/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* sums.h - the sums of looks by each key, of which a store keeps the changes
 */
#ifndef CLI_STORE_SUMS_H
#define CLI_STORE_SUMS_H

#include "store/libs.h"
#include "tcpmem.h"

/* sums.sockets ... sums.close_wait, and the same columns of looks */
#define SUMS_COUNT 6
extern const enum tcpmem_metric sums_metrics[SUMS_COUNT];

/* What a store has rows of; ends with NULL */
extern const char *const sums_keys[];

/*
 * Of each key, the groups that hold the most; the rest is "other". What is not
 * known, as of a group that is in there now, is TCPMEM_UNKNOWN, in a file NULL.
 */
#define SUMS_ROWS 100

/*
 * sums_more() - the larger of two; unknown if one is, and the other one is no
 * more than 0
 */
static inline int64_t sums_more(int64_t a, int64_t b)
{
	int64_t more = a > b ? a : b, less = a > b ? b : a;

	return less == TCPMEM_UNKNOWN && more <= 0 ? less : more;
}

/* sums_read() - of a row of a table */
void sums_read(const struct tcpmem_row *row, int64_t value[SUMS_COUNT]);

/* sums_bind() - as parameters from @at on; sums_column() - as columns */
void sums_bind(sqlite3_stmt *stmt, int at, const int64_t value[SUMS_COUNT]);
void sums_column(sqlite3_stmt *stmt, int at, int64_t value[SUMS_COUNT]);

/*
 * struct sums - groups of a file that is being written
 * @by_name: a tree of them
 */
struct sums {
	sqlite3_stmt *name;
	sqlite3_stmt *row;
	struct sums_group **group;
	size_t count;
	size_t room;
	void *by_name;
};

/* sums_open() - for a new file. 0 or -errno */
int sums_open(sqlite3 *db, struct sums *sums);
void sums_close(struct sums *sums);

/*
 * sums_set() - what a group has from now on
 * @key: one of sums_keys; @start: of a process; else 0
 *
 * Return: 0 or -ENOMEM.
 */
int sums_set(struct sums *sums, const char *key, const char *name,
	     uint64_t start, const int64_t value[SUMS_COUNT]);

/* sums_look() - what all groups have in a look. 0 or -errno */
int sums_look(struct sums *sums, const struct tcpmem_snapshot *snap);

/*
 * sums_write() - the most that each group had since the last call, if it is not
 * what was written then
 *
 * Return: 0 or -errno.
 */
int sums_write(struct sums *sums, sqlite3 *db, int64_t time);

#endif

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* sums.h - the sums of a look by each key, of which a store keeps the changes
 */
#ifndef CLI_STORE_SUMS_H
#define CLI_STORE_SUMS_H

#include "tcpmem.h"

#include <sqlite3.h>

/* sums.sockets ... sums.close_wait, and the same columns of looks */
#define SUMS_COUNT 6
extern const enum tcpmem_metric sums_metrics[SUMS_COUNT];

/* What a store has rows of; ends with NULL */
extern const char *const sums_keys[];

/*
 * struct sums - the rows of the last look in a file
 * @known: by the number of their name, from 1
 */
struct sums {
	sqlite3_stmt *find;
	sqlite3_stmt *name;
	sqlite3_stmt *row;
	struct sums_known *known;
	size_t count;
};

/* sums_open() - for a new file. 0 or -errno */
int sums_open(sqlite3 *db, struct sums *sums);
void sums_close(struct sums *sums);

/* sums_write() - rows that differ from those of the look before. 0, -errno */
int sums_write(struct sums *sums, sqlite3 *db, int64_t time,
	       const struct tcpmem_snapshot *snap);

#endif

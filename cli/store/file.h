/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* file.h - one file of a store: an SQLite database of known tables */
#ifndef CLI_STORE_FILE_H
#define CLI_STORE_FILE_H

#include "store/libs.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FILE_NAME_SIZE 64
#define FILE_TEXT_SIZE 160

#define FILE_VERSION 2

/*
 * enum tier - what a file has of each look, and for how long
 * @TIER_LOOK: all
 * @TIER_INCIDENT: as TIER_LOOK, the looks around an incident
 * @TIER_MINUTE: of a file of looks, the largest sums of each minute
 * @TIER_QUARTER: of each quarter of an hour
 * @TIER_CAPTURE: no database but a capture, of the look of an incident
 *
 * Of files that begin at the same time, the first in this order says the most.
 */
enum tier {
	TIER_LOOK,
	TIER_INCIDENT,
	TIER_MINUTE,
	TIER_QUARTER,
	TIER_CAPTURE,
};
#define TIER_COUNT (TIER_CAPTURE + 1)

extern const char *const tier_names[TIER_COUNT];

/* How much time a row of sums is for; 0: it is of a look */
extern const int64_t tier_interval_ms[TIER_COUNT];

/* How much time a database is for */
#define FILE_SPAN_MS INT64_C(3600000)

static inline bool tier_has_detail(enum tier tier)
{
	return tier == TIER_LOOK || tier == TIER_INCIDENT;
}

/*
 * struct file_entry - a file of a store, by its name: "look-", the time when it
 * begins, ".db"; of a capture, ".tcpmem"
 * @begin: milliseconds since 1970
 */
struct file_entry {
	char name[FILE_NAME_SIZE];
	enum tier tier;
	int64_t begin;
};

/* struct file_list - sorted by tier and time */
struct file_list {
	struct file_entry *entry;
	size_t count;
};

/* file_list_read() - the files of @dir. 0 or -errno */
int file_list_read(const char *dir, struct file_list *list);

/* file_is_of_store() - whether it is one of them, or its log */
bool file_is_of_store(const char *name);

/* file_list_error() - what file_list_read() returned, in words */
const char *file_list_error(int err);
void file_list_free(struct file_list *list);

/*
 * file_list_best() - the databases by time; of those that begin at the same
 * time, the one that says the most
 */
void file_list_best(struct file_list *list);

/* file_list_has() - a file of @tier that begins at @begin */
bool file_list_has(const struct file_list *list, enum tier tier, int64_t begin);

void file_entry_make(enum tier tier, int64_t begin, struct file_entry *entry);

/*
 * file_check() - whether it, and what SQLite opens beside it, can be opened
 *
 * Return: 0; -EBADMSG: a pipe, a device or a symbolic link is there.
 */
int file_check(const char *dir, const char *name, char why[FILE_TEXT_SIZE]);

/*
 * file_open() - a file that is there, to be read only
 * @why: receives what is wrong with it
 *
 * A database with other tables than ours is refused before anything is read
 * of it.
 *
 * Return: 0, -EBADMSG or -errno.
 */
int file_open(const char *dir, const char *name, sqlite3 **db,
	      char why[FILE_TEXT_SIZE]);

/* struct file_about - the row of the table store */
struct file_about {
	const char *boot;
	const char *host;
	int64_t every_ms;
};

/*
 * file_clear() - removes what a crash has left of a file that was being made
 *
 * Return: 0; -EEXIST if a file with that name is not of a store; -errno.
 */
int file_clear(const char *dir);

/*
 * file_make() - the tables, in a file that has no name of the store yet
 *
 * Return: 0; as file_clear(); or -errno. Close @db either way.
 */
int file_make(const char *dir, const struct file_about *about, sqlite3 **db,
	      char why[FILE_TEXT_SIZE]);

/* file_publish() - closes it and gives it its name. 0 or -errno */
int file_publish(const char *dir, const char *name, sqlite3 *db);

/* file_append() - a file of the store, to be written. 0 or -errno */
int file_append(const char *dir, const char *name, sqlite3 **db,
		char why[FILE_TEXT_SIZE]);

/* file_finish() - takes over its log, so that the file is all there is of it */
void file_finish(const char *dir, const char *name);

/* file_why() - @err in words: SQLite's, where it knows; @db: may be NULL */
void file_why(sqlite3 *db, int err, char why[FILE_TEXT_SIZE]);

/* file_error() - SQLite's last error as -errno: -ENOSPC, -EBADMSG ... */
int file_error(sqlite3 *db);

/* file_exec() - statements without a result. 0 or -errno */
int file_exec(sqlite3 *db, const char *sql);

/* file_seal_write() - a checksum of what there is of a look. 0 or -errno */
int file_seal_write(sqlite3 *db, int64_t time);
uint32_t file_seal_mark(int64_t time, const char *kind, const char *text);

/* file_seal_check() - names the times of looks and marks that are damaged */
int file_seal_check(sqlite3 *db, void (*bad)(int64_t time, void *user),
		    void *user);

/* file_prepare() - a statement; NULL after an error */
sqlite3_stmt *file_prepare(sqlite3 *db, const char *sql);

/* file_number() - of a row; TCPMEM_UNKNOWN where it is NULL */
int64_t file_number(sqlite3_stmt *stmt, int column);

#endif

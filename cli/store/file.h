/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* file.h - one file of a store: an SQLite database of known tables */
#ifndef CLI_STORE_FILE_H
#define CLI_STORE_FILE_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FILE_NAME_SIZE 64
#define FILE_TEXT_SIZE 160

#define FILE_VERSION 1

/*
 * enum tier - what a file has of each look, and for how long
 * @TIER_LOOK: all
 * @TIER_INCIDENT: as TIER_LOOK, the looks around an incident
 * @TIER_CAPTURE: no database but a capture, of the look of an incident
 */
enum tier {
	TIER_LOOK,
	TIER_INCIDENT,
	TIER_CAPTURE,
};
#define TIER_COUNT (TIER_CAPTURE + 1)

extern const char *const tier_names[TIER_COUNT];

/* How much time a file of each tier is for */
extern const int64_t tier_span_ms[TIER_COUNT];

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
void file_list_free(struct file_list *list);

void file_entry_make(enum tier tier, int64_t begin, struct file_entry *entry);

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

/* file_create() - a new file, to be written. 0 or -errno */
int file_create(const char *dir, const char *name,
		const struct file_about *about, sqlite3 **db,
		char why[FILE_TEXT_SIZE]);

/* file_error() - SQLite's last error as -errno: -ENOSPC, -EBADMSG ... */
int file_error(sqlite3 *db);

/* file_exec() - statements without a result. 0 or -errno */
int file_exec(sqlite3 *db, const char *sql);

/* file_prepare() - a statement; NULL after an error */
sqlite3_stmt *file_prepare(sqlite3 *db, const char *sql);

#endif

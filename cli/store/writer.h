/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* writer.h - the writer of a store, between the files that make it */
#ifndef CLI_STORE_WRITER_H
#define CLI_STORE_WRITER_H

#include "store/frame.h"
#include "store/store.h"
#include "store/sums.h"

/* struct kept - a frame that later ones may rest on */
struct kept {
	struct frame frame;
	int64_t time;
	int64_t boot_ms;
};

#define LEVELS 6

/* struct pending - a mark that waits for a transaction */
struct pending {
	int64_t time;
	char kind[16];
	char *text;
};

/*
 * struct store_writer
 * @db: the file; NULL: none is begun
 * @looks: how many are in the file
 * @sure: of a file after another boot or another clock, when the look before
 *	it was; else 0
 * @broken: that is so of the file that is next
 * @full: the disk is too full, and nothing is left to remove
 * @kept: the last look of each level, unless one of a higher level is later
 */
struct store_writer {
	struct store_config config;
	int lock;
	sqlite3 *db;
	struct file_entry entry;
	char boot[64];
	int64_t drift; /* of the wall clock against time since boot */
	int64_t last_time;
	int64_t lasts_ms; /* for how long that one stands */
	struct sums sums;
	sqlite3_stmt *look;
	sqlite3_stmt *mark;
	size_t looks;
	int64_t sure;
	bool broken;
	bool full;
	struct kept kept[LEVELS];
	char newest[FILE_NAME_SIZE]; /* the file of the last look */
	int64_t incident;	     /* when the last one was; 0: none yet */
	bool incident_waits;	     /* for a look that can be stored */
	struct pending *pending;
	size_t pending_count;
};

/* struct look - what is inserted; @gap_ms: since the one before, if too long */
struct look {
	struct kept kept;
	const struct kept *base;
	const struct tcpmem_snapshot *snap;
	const struct store_cost *cost;
	struct bytes detail;
	int64_t gap_ms;
};

/* writer_resume() - takes from the store what its last look was */
void writer_resume(struct store_writer *writer);

/*
 * writer_note_break() - why the look does not follow the one before
 *
 * Return: whether it needs another file.
 */
bool writer_note_break(struct store_writer *writer, struct look *look,
		       const char *boot);

/* writer_drop_marks() - those that wait */
void writer_drop_marks(struct store_writer *writer);

/* writer_insert() - a look and the marks that wait, in a transaction */
int writer_insert(struct store_writer *writer, const struct look *look);

/* writer_insert_marks() - within a transaction. 0 or -errno */
int writer_insert_marks(struct store_writer *writer);

#endif

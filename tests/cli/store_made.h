/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* store_made.h - stores of looks that a test chose */
#ifndef TEST_STORE_MADE_H
#define TEST_STORE_MADE_H

#include "capture_made.h"
#include "store/store.h"
#include "store_dir.h"

/* struct moment - of a look; @boot_ms: since the kernel was started */
struct moment {
	int64_t time;
	int64_t boot_ms;
	const char *boot;
};

static inline struct moment moment_at(int64_t time)
{
	return (struct moment){ time, time - NOON + DAY, "a-boot" };
}

static inline struct store_writer *open_store(const struct store_config *config)
{
	struct store_writer *writer = NULL;
	int owner;

	ck_assert_int_eq(store_writer_open(config, &writer, &owner), 0);
	ck_assert_int_eq(owner, 0);
	return writer;
}

/* Looks each ten seconds, kept for a day */
static inline struct store_config usual_config(void)
{
	return (struct store_config){
		.dir = dir,
		.host = "a-host",
		.every_ms = 10000,
		.age_ms = { DAY, DAY, DAY, DAY, DAY },
	};
}

/* write_capture() - frees it */
static inline int write_capture(struct store_writer *writer,
				struct bytes *capture,
				const struct store_cost *cost,
				const char *incident)
{
	static const struct store_cost nothing = { 0 };
	struct tcpmem_snapshot *snap = made_load(capture);
	int ret = store_write(writer, capture->data, capture->used, snap,
			      cost ? cost : &nothing, incident);

	tcpmem_snapshot_free(snap);
	bytes_free(capture);
	return ret;
}

/* A process with one socket, in which so much is unread */
static inline struct bytes make_look(struct moment moment, uint32_t unread)
{
	struct made made;

	made_begin(&made, moment.time, moment.boot_ms, moment.boot);
	made_socket(&made,
		    (struct made_socket){
			    .state = TCPMEM_STATE_ESTABLISHED,
			    .inode = 5,
			    .port = 80,
			    .remote = 0x0200000a,
			    .unread = unread,
			    .rmem = unread,
			    .holder = made_process(&made, 100, 50, "reader"),
		    });
	return made_end(&made);
}

static inline void write_look(struct store_writer *writer, struct moment moment,
			      uint32_t unread)
{
	struct bytes capture = make_look(moment, unread);

	ck_assert_int_eq(write_capture(writer, &capture, NULL, ""), 0);
}

/* Of a query of one column and one row, which all files of looks are asked */
static inline int64_t ask_file(const char *name, const char *sql,
			       char text[200])
{
	char why[FILE_TEXT_SIZE];
	sqlite3_stmt *stmt;
	int64_t value = -1;
	sqlite3 *db;

	ck_assert_int_eq(file_open(dir, name, &db, why), 0);
	stmt = file_prepare(db, sql);
	ck_assert_msg(stmt != NULL, "%s: %s", sql, sqlite3_errmsg(db));
	if (sqlite3_step(stmt) == SQLITE_ROW) {
		const char *found = (const char *)sqlite3_column_text(stmt, 0);

		value = sqlite3_column_type(stmt, 0) == SQLITE_NULL
				? TCPMEM_UNKNOWN
				: sqlite3_column_int64(stmt, 0);
		if (text)
			snprintf(text, 200, "%s", found ? found : "");
	}
	sqlite3_finalize(stmt);
	sqlite3_close(db);
	return value;
}

static inline const char *name_of(enum tier tier, int64_t begin)
{
	static struct file_entry entry[4];
	static int at;

	at = (at + 1) % 4;
	file_entry_make(tier, begin, &entry[at]);
	return entry[at].name;
}

/* Of a file of looks, by when it begins */
static inline int64_t ask(int64_t begin, const char *sql)
{
	return ask_file(name_of(TIER_LOOK, begin), sql, NULL);
}

/* All marks of a file, as "kind: text|kind: text" */
static inline const char *marks_of(int64_t begin)
{
	static char text[200];

	ask_file(name_of(TIER_LOOK, begin),
		 "SELECT group_concat(kind || ': ' || text, '|') FROM marks",
		 text);
	return text;
}

#endif

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* store.h - the flight recorder's store: written, searched, kept in limits */
#ifndef CLI_STORE_STORE_H
#define CLI_STORE_STORE_H

#include "store/bytes.h"
#include "store/file.h"
#include "tcpmem.h"

/* ---- reading ---- */

/*
 * store_time() - "03:12", "3h ago", RFC 3339 or "now" in milliseconds
 * @now: milliseconds since 1970
 *
 * A time without a date is the last one that is not after now. Without a zone
 * it is local time, of which each exists, but for the hour that a clock skips.
 *
 * Return: 0 or -EINVAL.
 */
int store_time(const char *text, int64_t now, int64_t *time);

/* store_now() - milliseconds since 1970 */
int64_t store_now(void);

#define STORE_NO_TIME \
	"'%s' is not a time, such as 03:12, '3h ago' or 2026-11-28T03:12:00Z"

/* struct store_span - from @since to @until, ms since 1970, both included */
struct store_span {
	int64_t since;
	int64_t until;
};

/*
 * store_span() - of two times as users write them; NULL: without a bound
 *
 * Return: 0; -EINVAL: @wrong is none.
 */
int store_span(const char *since, const char *until, struct store_span *span,
	       const char **wrong);

/* struct store_times - the times of looks; free(@time) */
struct store_times {
	int64_t *time;
	size_t count;
	size_t room;
};

/*
 * store_times() - of all looks of a span, file by file
 * @detail: those that have it; else those too of which sums are left
 *
 * They ascend, unless the clock was set back: then one file's are among those
 * of another.
 *
 * Return: 0, -ENODATA or -errno.
 */
int store_times(const char *dir, const struct store_span *span, bool detail,
		struct store_times *times, char why[FILE_TEXT_SIZE]);

/* store_times_compare() - of two times, as qsort(3) and bsearch(3) ask */
int store_times_compare(const void *a, const void *b);

/* store_times_sort() - makes them ascend, each once */
void store_times_sort(struct store_times *times);

/*
 * store_each_file() - opens each file that may have something of a span
 *
 * By time; of files that begin at the same time, the one that says the most.
 * A damaged one is left out, with a message unless there was one of it before,
 * and counted in @left_out unless that is NULL.
 *
 * Return: 0, what @each returned if that is not 0, or -errno; @why says more.
 */
int store_each_file(const char *dir, const struct store_span *span,
		    int (*each)(sqlite3 *db, const struct file_entry *entry,
				void *user),
		    void *user, size_t *left_out, char why[FILE_TEXT_SIZE]);

/*
 * store_each_mark() - the marks of an open file that are of a span, by time
 *
 * Return: 0, what @each returned if that is not 0, or -errno.
 */
int store_each_mark(sqlite3 *db, const struct store_span *span,
		    int (*each)(int64_t time, const char *kind,
				const char *text, void *user),
		    void *user);

/* struct store_cost - of the recorder itself, from look to look */
struct store_cost {
	int64_t took_us;
	int64_t cpu_us;
	int64_t rss;
};

/*
 * struct store_found - the last look at or before a time
 * @next: the first one after it; 0: there is none
 * @every_ms: how often its recorder looked
 * @lasts_ms: for how long it stands; after that there is a gap
 * @sums: of that time there are sums
 */
struct store_found {
	int64_t time;
	int64_t next;
	int64_t every_ms;
	int64_t lasts_ms;
	struct store_cost cost;
	bool sums;
};

/*
 * store_lasts() - for how long a look stands: without another one after that,
 * there is a gap
 * @took_us: what it took; @cpu_us: of a CPU, of which a recorder takes a tenth
 */
static inline int64_t store_lasts(int64_t every_ms, int64_t took_us,
				  int64_t cpu_us)
{
	int64_t lasts = 3 * every_ms > 2000 ? 3 * every_ms : 2000;

	return lasts + 2 * took_us / 1000 + cpu_us / 100;
}

/*
 * store_capture() - the capture of the last look at or before @time
 * @why: receives what is wrong
 *
 * Return: 0; -ENODATA if there is none; -EBADMSG, -ENOMEM or -errno.
 */
int store_capture(const char *dir, int64_t time, struct bytes *capture,
		  struct store_found *found, char why[FILE_TEXT_SIZE]);

/*
 * store_decode() - the capture of a look in an open file
 *
 * Return: 0; -EBADMSG if it, or one that it rests on, is damaged; -ENOMEM.
 */
int store_decode(sqlite3 *db, int64_t time, struct bytes *capture);

struct frame;
struct frame_decoder;

/*
 * store_decode_row() - one look of a file that is read from its begin
 * @stmt: its second column is crc, the third detail
 * @frame: the look that it rests on, empty if there is none; becomes the look
 *
 * Return: as store_decode(); @frame is empty, or as it was, after an error.
 */
int store_decode_row(struct frame_decoder *decoder, sqlite3_stmt *stmt,
		     struct frame *frame);

/* ---- writing ---- */

/*
 * struct store_config - @max_size, @keep_free: bytes; 0: no limit
 * @host: whose sockets they are; NULL: this one's
 * @age_ms: how long files of each tier are kept
 */
struct store_config {
	const char *dir;
	const char *host;
	int64_t every_ms;
	int64_t max_size;
	int64_t keep_free;
	int64_t age_ms[TIER_COUNT];
};

struct store_writer;

/*
 * store_writer_open() - takes the store; makes the directory if it is missing
 * @owner: receives the pid of the writer that has it
 *
 * Return: 0; -EBUSY if another one writes; -EPERM if others may write there;
 * -EEXIST if a file that is not of a store is in the way, as file_clear()
 * says; -errno.
 */
int store_writer_open(const struct store_config *config,
		      struct store_writer **writer, int *owner);
void store_writer_close(struct store_writer *writer);

/* store_writer_every() - what is written next is of looks so often */
void store_writer_every(struct store_writer *writer, int64_t every_ms);

/*
 * store_write() - adds a look, in a transaction
 * @incident: what happened, one thing a line; "": nothing. If something did,
 *the capture is kept beside the store, and what is stored from ten minutes
 *before until ten minutes after is kept for as long as there is room.
 *
 * Return: 0; -errno: it is not in the store, and the next one can be tried.
 */
int store_write(struct store_writer *writer, const uint8_t *capture, size_t len,
		const struct tcpmem_snapshot *snap,
		const struct store_cost *cost, const char *incident);

/* store_mark() - what the next look is written with: "mark", "gap" ... */
int store_mark(struct store_writer *writer, int64_t time, const char *kind,
	       const char *text);

/*
 * struct store_removed - files that were removed before they were too old
 * @large: for the store was too large; @room: for its file system was too full
 * @full: that it still is
 */
struct store_removed {
	size_t large;
	size_t room;
	bool full;
};

/*
 * store_limit() - removes the oldest files until the store is in its limits
 * @keep: the file that is being written; NULL: none
 *
 * Return: 0; -ENOSPC if nothing is left to remove; -errno.
 */
int store_limit(const struct store_config *config, const char *keep,
		int64_t now, struct store_removed *removed);

/* ---- marks on their way to the recorder ---- */

/*
 * store_mark_send() - hands a mark to the recorder that writes @dir
 *
 * Return: 0; -ESRCH if there is none; -errno.
 */
int store_mark_send(const char *dir, const char *text);

/*
 * store_mark_receive() - the marks that were sent
 * @lines: receives one a line; "": none was; free() it
 *
 * Return: 0 or -errno: then they are still there, or there is no memory.
 */
int store_mark_receive(const char *dir, char **lines);

/* store_size() - bytes of a store's files; 0: its directory cannot be read */
int64_t store_size(const char *dir);

#endif

// SPDX-License-Identifier: LGPL-2.1-or-later
/* follow.c - how a look follows the one before, of an earlier recorder too */
#include "store/incident.h"
#include "store/writer.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* The wall clock was set if it went so much more or less than time did. */
#define STEP_MS 2000

static bool read_last(struct store_writer *writer, const char *name)
{
	char why[FILE_TEXT_SIZE];
	sqlite3_stmt *stmt;
	sqlite3 *db;
	bool found;

	if (file_open(writer->config.dir, name, &db, why) < 0)
		return false;
	stmt = file_prepare(db, "SELECT time, boot_ms, every_ms, took_us, "
				"cpu_us, boot FROM looks, store ORDER BY time "
				"DESC LIMIT 1");
	found = sqlite3_step(stmt) == SQLITE_ROW;
	if (found) {
		const char *boot = (const char *)sqlite3_column_text(stmt, 5);

		writer->last_time = sqlite3_column_int64(stmt, 0);
		writer->drift =
			writer->last_time - sqlite3_column_int64(stmt, 1);
		writer->lasts_ms = store_lasts(sqlite3_column_int64(stmt, 2),
					       sqlite3_column_int64(stmt, 3),
					       sqlite3_column_int64(stmt, 4));
		snprintf(writer->boot, sizeof(writer->boot), "%s",
			 boot ? boot : "");
	}
	sqlite3_finalize(stmt);
	sqlite3_close(db);
	return found;
}

void writer_resume(struct store_writer *writer)
{
	struct file_list list;

	if (file_list_read(writer->config.dir, &list) < 0)
		return;
	for (size_t i = list.count; i--;) {
		const struct file_entry *entry = &list.entry[i];

		if (entry->tier == TIER_CAPTURE && !writer->incident)
			writer->incident = entry->begin;
		if (entry->tier == TIER_LOOK &&
		    read_last(writer, entry->name)) {
			/* what a crash has kept from getting its other name */
			incident_keep_file(writer->config.dir, entry,
					   writer->last_time, writer->incident);
			break;
		}
	}
	file_list_free(&list);
}

enum follow {
	FOLLOWS,
	OTHER_BOOT,
	OTHER_CLOCK,
};

static enum follow find_break(const struct store_writer *writer,
			      const struct look *look, const char *boot)
{
	int64_t drift = look->kept.time - look->kept.boot_ms - writer->drift;

	if (!writer->last_time)
		return FOLLOWS;
	if (strcmp(boot, writer->boot) != 0)
		return OTHER_BOOT;
	return drift > STEP_MS || drift < -STEP_MS ||
			       look->kept.time <= writer->last_time
		       ? OTHER_CLOCK
		       : FOLLOWS;
}

/* A gap is told of with the look that ends it, which may have to be retried. */
bool writer_note_break(struct store_writer *writer, struct look *look,
		       const char *boot)
{
	enum follow follow = find_break(writer, look, boot);
	int64_t time = look->kept.time, since = time - writer->last_time;
	int64_t step = time - look->kept.boot_ms - writer->drift;
	char text[80];

	if (follow == OTHER_CLOCK) {
		since -= step;
		snprintf(text, sizeof(text),
			 "the clock was set by %" PRId64 " ms", step);
		store_mark(writer, time, "clock", text);
	} else if (follow == OTHER_BOOT) {
		store_mark(writer, time, "boot", "the kernel was started anew");
	}
	if (writer->last_time && since > writer->lasts_ms)
		look->gap_ms = since;
	writer->broken |= follow != FOLLOWS;
	writer->drift = time - look->kept.boot_ms;
	snprintf(writer->boot, sizeof(writer->boot), "%s", boot);
	return follow != FOLLOWS;
}

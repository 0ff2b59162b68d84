// SPDX-License-Identifier: LGPL-2.1-or-later
/* insert.c - a look as rows: its sums, the marks before it, its detail */
#include "store/writer.h"

#include "cli.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int store_mark(struct store_writer *writer, int64_t time, const char *kind,
	       const char *text)
{
	struct pending *larger = realloc(
		writer->pending, (writer->pending_count + 1) * sizeof(*larger));
	struct pending *pending;

	if (!larger)
		return -ENOMEM;
	writer->pending = larger;
	pending = &larger[writer->pending_count];
	*pending = (struct pending){ time, .text = strdup(text) };
	if (!pending->text)
		return -ENOMEM;
	snprintf(pending->kind, sizeof(pending->kind), "%s", kind);
	writer->pending_count++;
	return 0;
}

void writer_drop_marks(struct store_writer *writer)
{
	for (size_t i = 0; i < writer->pending_count; i++)
		free(writer->pending[i].text);
	free(writer->pending);
	writer->pending = NULL;
	writer->pending_count = 0;
}

static int insert_mark(struct store_writer *writer, int64_t time,
		       const char *kind, const char *text)
{
	sqlite3_stmt *stmt = writer->mark;
	int ret = 0;

	sqlite3_bind_int64(stmt, 1, time);
	sqlite3_bind_text(stmt, 2, kind, -1, SQLITE_STATIC);
	sqlite3_bind_text(stmt, 3, text, -1, SQLITE_STATIC);
	sqlite3_bind_int64(stmt, 4, file_seal_mark(time, kind, text));
	if (sqlite3_step(stmt) != SQLITE_DONE)
		ret = file_error(writer->db);
	sqlite3_reset(stmt);
	return ret;
}

int writer_insert_marks(struct store_writer *writer)
{
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < writer->pending_count; i++) {
		const struct pending *pending = &writer->pending[i];

		ret = insert_mark(writer, pending->time, pending->kind,
				  pending->text);
	}
	return ret;
}

static int insert_gap(struct store_writer *writer, const struct look *look)
{
	char text[40];

	if (!look->gap_ms)
		return 0;
	snprintf(text, sizeof(text), "no look for %" PRId64 " ms",
		 look->gap_ms);
	return insert_mark(writer, look->kept.time, "gap", text);
}

static void bind_sums(sqlite3_stmt *stmt, int at, struct tcpmem_table *table)
{
	const struct tcpmem_row *total = tcpmem_table_get_total(table);
	int64_t value;

	for (int i = 0; i < SUMS_COUNT; i++)
		if (tcpmem_row_get_metric(total, sums_metrics[i], &value) == 0)
			sqlite3_bind_int64(stmt, at + i, value);
}

/* What is unknown is NULL. */
static void bind_host(sqlite3_stmt *stmt, int at,
		      const struct tcpmem_snapshot *snap)
{
	static const enum tcpmem_host_metric metrics[] = {
		TCPMEM_HOST_METRIC_TCP_MEM_USED,
		TCPMEM_HOST_METRIC_TCP_MEM_LOW,
		TCPMEM_HOST_METRIC_TCP_MEM_PRESSURE,
		TCPMEM_HOST_METRIC_TCP_MEM_HIGH,
		TCPMEM_HOST_METRIC_PRESSURE,
		TCPMEM_HOST_METRIC_ORPHANS,
		TCPMEM_HOST_METRIC_TIME_WAIT_ALL,
	};
	int64_t value;

	for (size_t i = 0; i < ARRAY_SIZE(metrics); i++)
		if (tcpmem_snapshot_get_host_metric(snap, metrics[i], &value) ==
		    0)
			sqlite3_bind_int64(stmt, at + (int)i, value);
}

static void bind_look(sqlite3_stmt *stmt, const struct look *look,
		      struct tcpmem_table *table)
{
	sqlite3_clear_bindings(stmt);
	sqlite3_bind_int64(stmt, 1, look->kept.time);
	sqlite3_bind_int64(stmt, 2, look->kept.boot_ms);
	if (look->base)
		sqlite3_bind_int64(stmt, 3, look->base->time);
	sqlite3_bind_int64(stmt, 4,
			   crc32c(0, look->detail.data, look->detail.used));
	bind_sums(stmt, 5, table);
	bind_host(stmt, 11, look->snap);
	sqlite3_bind_int(stmt, 18, tcpmem_snapshot_is_complete(look->snap));
	sqlite3_bind_int64(stmt, 19, look->cost->took_us);
	sqlite3_bind_int64(stmt, 20, look->cost->cpu_us);
	sqlite3_bind_int64(stmt, 21, look->cost->rss);
	sqlite3_bind_blob64(stmt, 22, look->detail.data, look->detail.used,
			    SQLITE_STATIC);
}

static int insert_look(struct store_writer *writer, const struct look *look)
{
	struct tcpmem_table *table = NULL;
	int ret = tcpmem_group(look->snap, "state", &table);

	if (ret)
		return ret;
	bind_look(writer->look, look, table);
	if (sqlite3_step(writer->look) != SQLITE_DONE)
		ret = file_error(writer->db);
	sqlite3_reset(writer->look);
	tcpmem_table_free(table);
	return ret;
}

int writer_insert(struct store_writer *writer, const struct look *look)
{
	int ret = file_exec(writer->db, "BEGIN IMMEDIATE");

	if (ret == 0)
		ret = writer_insert_marks(writer);
	if (ret == 0)
		ret = insert_gap(writer, look);
	if (ret == 0)
		ret = insert_look(writer, look);
	if (ret == 0)
		ret = sums_look(&writer->sums, look->snap);
	if (ret == 0)
		ret = sums_write(&writer->sums, writer->db, look->kept.time);
	if (ret == 0)
		ret = file_seal_write(writer->db, look->kept.time);
	return ret ? ret : file_exec(writer->db, "COMMIT");
}

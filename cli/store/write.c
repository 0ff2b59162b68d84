// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * write.c - the writer of a store: files, and which of them a look goes into
 *
 * A file is for an hour at most, and for one boot and one run of the wall
 * clock. It is never written to again: what a crash left is as whole as
 * SQLite's log makes it.
 */
#include "output/file.h"
#include "store/incident.h"
#include "store/tier.h"
#include "store/writer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

/* Who else may write there can lead what is written there elsewhere. */
static int check_dir(const char *dir)
{
	struct stat st;

	if (stat(dir, &st) < 0)
		return -errno;
	if (file_is_planted(dir) || (st.st_uid != geteuid() && st.st_uid != 0))
		return -EACCES;
	if ((st.st_mode & S_IWGRP && st.st_gid != getegid()) ||
	    st.st_mode & S_IWOTH)
		return -EPERM;
	return 0;
}

/* The kernel says who has it, and in whose PID namespace it is asked. */
static int take_lock(struct store_writer *writer, int *owner)
{
	struct flock lock = { .l_type = F_WRLCK };
	char path[4200];

	snprintf(path, sizeof(path), "%s/lock", writer->config.dir);
	writer->lock =
		open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640);
	if (writer->lock < 0)
		return -errno;
	if (fcntl(writer->lock, F_SETLK, &lock) == 0)
		return 0;
	if (errno != EAGAIN && errno != EACCES)
		return -errno;
	if (fcntl(writer->lock, F_GETLK, &lock) == 0 && lock.l_pid > 0)
		*owner = lock.l_pid;
	return -EBUSY;
}

int store_writer_open(const struct store_config *config,
		      struct store_writer **writer, int *owner)
{
	struct store_writer *made = calloc(1, sizeof(*made));
	int ret;

	*owner = 0;
	if (!made)
		return -ENOMEM;
	made->config = *config;
	made->lock = -1;
	ret = store_libs_load();
	if (ret == 0 && file_is_planted(config->dir))
		ret = -EACCES;
	if (ret == 0 && mkdir(config->dir, 0750) < 0 && errno != EEXIST)
		ret = -errno;
	if (ret == 0)
		ret = check_dir(config->dir);
	if (ret == 0)
		ret = take_lock(made, owner);
	if (ret == 0)
		ret = file_clear(config->dir);
	if (ret) {
		store_writer_close(made);
		return ret;
	}
	tier_make_missing(config->dir);
	writer_resume(made);
	*writer = made;
	return 0;
}

static void free_kept(struct kept *kept)
{
	frame_free(&kept->frame);
	kept->time = 0;
}

/* @whole: the log is taken over, so that the file is all there is of it */
static void end_file(struct store_writer *writer, bool whole)
{
	sums_close(&writer->sums);
	sqlite3_finalize(writer->look);
	sqlite3_finalize(writer->mark);
	writer->look = writer->mark = NULL;
	if (whole)
		(void)file_exec(writer->db, "PRAGMA journal_mode = DELETE");
	sqlite3_close(writer->db);
	writer->db = NULL;
	incident_keep_file(writer->config.dir, &writer->entry,
			   writer->last_time, writer->incident);
	if (whole)
		tier_make(writer->config.dir, &writer->entry);
	for (size_t i = 0; i < LEVELS; i++)
		free_kept(&writer->kept[i]);
	writer->looks = 0;
}

static int begin_file(struct store_writer *writer, int64_t time)
{
	struct file_about about = { .boot = writer->boot,
				    .every_ms = writer->config.every_ms };
	char why[FILE_TEXT_SIZE];
	struct utsname host;
	int ret;

	uname(&host);
	about.host = writer->config.host ? writer->config.host : host.nodename;
	file_entry_make(TIER_LOOK, time, &writer->entry);
	ret = file_make(writer->config.dir, &about, &writer->db, why);
	if (ret == 0) {
		ret = file_publish(writer->config.dir, writer->entry.name,
				   writer->db);
		writer->db = NULL;
	}
	if (ret == 0)
		ret = file_append(writer->config.dir, writer->entry.name,
				  &writer->db, why);
	if (ret == 0)
		ret = sums_open(writer->db, &writer->sums);
	if (ret)
		return ret;
	writer->look = file_prepare(
		writer->db, "INSERT INTO looks VALUES (?, ?, ?, ?, ?, ?, ?, ?,"
			    " ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
	if (writer->look) /* else its error is the last one */
		writer->mark = file_prepare(
			writer->db, "INSERT INTO marks VALUES (?, ?, ?, ?)");
	return writer->mark ? 0 : file_error(writer->db);
}

/* ---- which file, and what a look rests on ---- */

/*
 * The first look of a file is in full. Each other one rests on the look before;
 * each 36th on the 36th before, each 1296th on the 1296th before: the more has
 * changed, the fewer looks rest on it, and of an hour of looks each 10 s no
 * more than 45 are decoded for one.
 */
#define NEAR_LOOKS 36

static size_t level_of(size_t number)
{
	size_t level = 0;

	for (; level + 1 < LEVELS && number % NEAR_LOOKS == 0; level++)
		number /= NEAR_LOOKS;
	return level;
}

/* The last look of this level or above it; NULL: there is none */
static const struct kept *choose_base(const struct store_writer *writer)
{
	for (size_t i = level_of(writer->looks); i < LEVELS; i++)
		if (writer->kept[i].time)
			return &writer->kept[i];
	return NULL;
}

/* The look is in the store: later ones can rest on it. */
static void keep(struct store_writer *writer, struct look *look)
{
	size_t level = level_of(writer->looks++);

	if (writer->looks == 1) {
		writer->sure = writer->broken ? writer->last_time : 0;
		writer->broken = false;
	}
	for (size_t i = 0; i <= level; i++)
		free_kept(&writer->kept[i]);
	writer->last_time = look->kept.time;
	writer->kept[level] = look->kept;
	look->kept = (struct kept){ 0 };
	writer->lasts_ms = store_lasts(writer->config.every_ms,
				       look->cost->took_us, look->cost->cpu_us);
	strcpy(writer->newest, writer->entry.name);
	writer_drop_marks(writer);
}

void store_writer_every(struct store_writer *writer, int64_t every_ms)
{
	if (writer->db && writer->config.every_ms != every_ms)
		end_file(writer, true);
	writer->config.every_ms = every_ms;
}

static int64_t hour_of(int64_t time)
{
	return time / FILE_SPAN_MS;
}

static int64_t size_of(const struct store_writer *writer, const char *end)
{
	char path[4200];
	struct stat st;

	snprintf(path, sizeof(path), "%s/%s%s", writer->config.dir,
		 writer->entry.name, end);
	return stat(path, &st) == 0 ? st.st_size : 0;
}

/* So that what is removed at once is an eighth of the store at most. */
static bool is_full(const struct store_writer *writer)
{
	return writer->config.max_size &&
	       size_of(writer, "") + size_of(writer, "-wal") >
		       writer->config.max_size / 8;
}

/*
 * A clock that was set far ahead by mistake makes all files look too old: until
 * the next hour of it they have the age that they had before.
 */
static int64_t sure_time(const struct store_writer *writer, int64_t time)
{
	int64_t sure = writer->broken ? writer->last_time : writer->sure;

	return sure && sure < time ? sure : time;
}

/* What the store had room for was removed: who looks for it is told why. */
static void mark_room(struct store_writer *writer, int64_t time, size_t removed)
{
	char text[80];

	if (!removed)
		return;
	snprintf(text, sizeof(text), "%zu files removed: the disk is too full",
		 removed);
	(void)store_mark(writer, time, "room", text);
}

/* However long the disk stays too full, it is told once. */
static void limit(struct store_writer *writer, const char *keep, int64_t time)
{
	struct store_removed removed;

	(void)store_limit(&writer->config, keep, sure_time(writer, time),
			  &removed);
	mark_room(writer, time, removed.room);
	if (removed.full && !writer->full)
		(void)store_mark(writer, time, "room",
				 "the disk is too full, and nothing of the "
				 "store is left to remove");
	writer->full = removed.full;
}

/* A file is of one hour, one boot, one run of the clock, and not too large. */
static void end_if_due(struct store_writer *writer, const struct look *look,
		       bool broken)
{
	if (!writer->db ||
	    (!broken && !is_full(writer) &&
	     hour_of(look->kept.time) == hour_of(writer->entry.begin)))
		return;
	end_file(writer, true);
	/* its sums are in files of their own now, too */
	limit(writer, writer->newest, look->kept.time);
}

static int try_write(struct store_writer *writer, struct look *look)
{
	int ret = writer->db ? 0 : begin_file(writer, look->kept.time);

	if (ret == 0) {
		look->base = choose_base(writer);
		bytes_free(&look->detail);
		ret = frame_encode(&look->kept.frame,
				   look->base ? &look->base->frame : NULL,
				   look->base ? (uint32_t)(look->kept.boot_ms -
							   look->base->boot_ms)
					      : 0,
				   &look->detail);
	}
	if (ret == 0)
		ret = writer_insert(writer, look);
	if (ret == 0) {
		keep(writer, look);
		return 0;
	}
	/* the file stays as the last look has left it */
	if (writer->db)
		end_file(writer, false);
	return ret;
}

/*
 * Of a full disk, the oldest files go, until the look finds room; not the file
 * that has the last looks, for who fills the disk may be what they show. A
 * store without limits, a piece, is whole or fails.
 */
static int write_or_remove(struct store_writer *writer, struct look *look)
{
	struct store_config config = writer->config;
	struct store_removed removed;
	int ret;

	while ((ret = try_write(writer, look)) == -ENOSPC) {
		if (!config.max_size)
			return ret;
		config.max_size = store_size(config.dir) * 7 / 8;
		config.keep_free = 0;
		if (!config.max_size ||
		    (store_limit(&config, writer->newest,
				 sure_time(writer, look->kept.time),
				 &removed) &&
		     !removed.large))
			return ret;
		mark_room(writer, look->kept.time, removed.large);
	}
	return ret;
}

/* Without the capture the look is in the store all the same. */
static void keep_incident(struct store_writer *writer, const uint8_t *capture,
			  size_t len)
{
	char text[120];
	int ret;

	writer->incident_waits = false;
	writer->incident = writer->last_time;
	incident_keep_before(writer->config.dir, writer->incident);
	ret = incident_capture(writer->config.dir, writer->incident, capture,
			       len);
	if (!ret)
		return;
	snprintf(text, sizeof(text), "its capture cannot be kept: %s",
		 strerror(-ret));
	(void)store_mark(writer, writer->incident, "incident", text);
}

/* Each line is a mark. If the look cannot be stored, they wait for the next. */
static int mark_incidents(struct store_writer *writer, int64_t time,
			  const char *lines)
{
	int ret = 0;

	while (ret == 0 && *lines) {
		size_t len = strcspn(lines, "\n");
		char *line = strndup(lines, len);

		ret = line ? store_mark(writer, time, "incident", line)
			   : -ENOMEM;
		free(line);
		lines += len + (lines[len] == '\n');
		writer->incident_waits = true;
	}
	return ret;
}

int store_write(struct store_writer *writer, const uint8_t *capture, size_t len,
		const struct tcpmem_snapshot *snap,
		const struct store_cost *cost, const char *incident)
{
	struct look look = { .snap = snap, .cost = cost };
	int64_t boot_ns = 0;
	const char *boot = tcpmem_snapshot_get_boot(snap, &boot_ns);
	int64_t time_ns = tcpmem_snapshot_get_time_ns(snap);
	int ret = frame_split(capture, len, &look.kept.frame);

	if (ret == 0 &&
	    (time_ns == TCPMEM_UNKNOWN || boot_ns == TCPMEM_UNKNOWN))
		ret = -EBADMSG;
	look.kept.time = time_ns / 1000000;
	look.kept.boot_ms = boot_ns / 1000000;
	if (ret == 0) {
		end_if_due(writer, &look,
			   writer_note_break(writer, &look, boot));
		ret = mark_incidents(writer, look.kept.time, incident);
	}
	if (ret == 0)
		ret = write_or_remove(writer, &look);
	if (ret == 0 && writer->incident_waits)
		keep_incident(writer, capture, len);
	if (ret == 0)
		limit(writer, writer->entry.name, writer->last_time);
	free_kept(&look.kept);
	bytes_free(&look.detail);
	return ret;
}

void store_writer_close(struct store_writer *writer)
{
	if (!writer)
		return;
	if (writer->db && writer->pending_count &&
	    file_exec(writer->db, "BEGIN IMMEDIATE") == 0 &&
	    writer_insert_marks(writer) == 0)
		(void)file_exec(writer->db, "COMMIT");
	if (writer->db)
		end_file(writer, true);
	if (writer->lock >= 0)
		close(writer->lock);
	writer_drop_marks(writer);
	free(writer);
}

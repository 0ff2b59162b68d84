// SPDX-License-Identifier: LGPL-2.1-or-later
/* incident.c - looks around an incident, kept; marks sent to the recorder */
#include "store/incident.h"

#include "output/file.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#define INCIDENTS_MAX 20

/* A closed file is never written again: a second name keeps it. */
static void keep_file(const char *dir, const struct file_entry *entry)
{
	struct file_entry kept;
	char from[4200], to[4200];

	file_entry_make(TIER_INCIDENT, entry->begin, &kept);
	snprintf(from, sizeof(from), "%s/%s", dir, entry->name);
	snprintf(to, sizeof(to), "%s/%s", dir, kept.name);
	(void)link(from, to);
}

void incident_keep_file(const char *dir, const struct file_entry *entry,
			int64_t last, int64_t incident)
{
	if (incident && last >= incident - INCIDENT_MS &&
	    entry->begin <= incident + INCIDENT_MS)
		keep_file(dir, entry);
}

/* The files that ended in the ten minutes before, by the next one's begin */
void incident_keep_before(const char *dir, int64_t time)
{
	struct file_list list;

	if (file_list_read(dir, &list) < 0)
		return;
	for (size_t i = 0; i + 1 < list.count; i++)
		if (list.entry[i].tier == TIER_LOOK &&
		    list.entry[i + 1].tier == TIER_LOOK &&
		    list.entry[i + 1].begin >= time - INCIDENT_MS)
			keep_file(dir, &list.entry[i]);
	file_list_free(&list);
}

/* The oldest captures beyond those that are kept; names sort by time. */
static void remove_surplus(const char *dir)
{
	struct file_list list;
	size_t count = 0;
	char path[4200];

	if (file_list_read(dir, &list) < 0)
		return;
	for (size_t i = list.count; i--;) {
		if (list.entry[i].tier != TIER_CAPTURE ||
		    ++count <= INCIDENTS_MAX)
			continue;
		snprintf(path, sizeof(path), "%s/%s", dir, list.entry[i].name);
		unlink(path);
	}
	file_list_free(&list);
}

int incident_capture(const char *dir, int64_t time, const uint8_t *capture,
		     size_t len)
{
	struct file_entry entry;
	char path[4200], temp[4200];
	int fd, ret;

	file_entry_make(TIER_CAPTURE, time, &entry);
	snprintf(path, sizeof(path), "%s/%s", dir, entry.name);
	snprintf(temp, sizeof(temp), "%s/.capture", dir);
	fd = open(temp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW,
		  0640);
	if (fd < 0)
		return -errno;
	ret = file_write(fd, capture, len);
	if (ret == 0)
		ret = file_take_place(fd, temp, path);
	close(fd);
	if (ret)
		unlink(temp);
	remove_surplus(dir);
	return ret;
}

/* ---- marks ---- */

static int open_marks(const char *dir, int flags)
{
	char path[4200];
	int fd;

	snprintf(path, sizeof(path), "%s/marks", dir);
	fd = open(path, flags | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW, 0640);
	if (fd >= 0)
		flock(fd, LOCK_EX);
	return fd;
}

/* Who has the lock is the recorder; what a file says, its owner could forge. */
static pid_t find_recorder(const char *dir)
{
	struct flock lock = { .l_type = F_WRLCK };
	char path[4200];
	int fd;

	snprintf(path, sizeof(path), "%s/lock", dir);
	fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return 0;
	if (fcntl(fd, F_GETLK, &lock) < 0 || lock.l_type == F_UNLCK)
		lock.l_pid = 0;
	close(fd);
	return lock.l_pid;
}

int store_mark_send(const char *dir, const char *text)
{
	pid_t pid = find_recorder(dir);
	int fd, ret;

	if (pid <= 0)
		return -ESRCH;
	fd = open_marks(dir, O_WRONLY | O_CREAT | O_APPEND);
	if (fd < 0)
		return -errno;
	ret = file_write(fd, text, strlen(text));
	if (ret == 0)
		ret = file_write(fd, "\n", 1);
	close(fd);
	if (ret == 0 && kill(pid, SIGUSR1) < 0)
		ret = -errno;
	return ret;
}

int store_mark_receive(const char *dir, char **lines)
{
	struct bytes all = { 0 };
	int fd = open_marks(dir, O_RDWR);
	ssize_t got = 0;
	int ret = 0;

	while (fd >= 0 && !all.failed) {
		uint8_t part[4096];

		got = read(fd, part, sizeof(part));
		if (got <= 0)
			break;
		bytes_add(&all, part, (size_t)got);
	}
	bytes_add(&all, "", 1);
	if (all.failed)
		ret = -ENOMEM;
	else if ((fd < 0 && errno != ENOENT) || got < 0 ||
		 (fd >= 0 && ftruncate(fd, 0) < 0))
		ret = -errno;
	if (fd >= 0)
		close(fd);
	*lines = (char *)all.data;
	return ret;
}

// SPDX-License-Identifier: LGPL-2.1-or-later
/* retain.c - captures of critical checks, and their rotation */
#include "check.h"

#include "messages.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* tcpmem-check-20261125T221530.123Z.capture: names sort by time. */
#define PREFIX "tcpmem-check-"
#define SUFFIX "Z.capture"

/* A capture that a killed writer left; none takes so long to write. */
#define TEMPORARY	  ".tcpmem-xxxxxx"
#define ABANDONED_SECONDS 3600

static void make_name(char *name, size_t size)
{
	struct timespec now;
	struct tm utc;
	char day[32];

	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &utc);
	strftime(day, sizeof(day), "%Y%m%dT%H%M%S", &utc);
	snprintf(name, size, PREFIX "%s.%03ld" SUFFIX, day,
		 now.tv_nsec / 1000000);
}

/* In @shape a 0 stands for any digit, an x for any letter or digit. */
static bool has_shape(const char *name, const char *shape)
{
	for (; *shape; shape++, name++) {
		bool digit = *name >= '0' && *name <= '9';

		if (*shape == '0'   ? !digit
		    : *shape == 'x' ? !digit && !((*name | 32) >= 'a' &&
						  (*name | 32) <= 'z')
				    : *name != *shape)
			return false;
	}
	return !*name;
}

/* Whether @name is one that make_name() makes, or tcpmem_snapshot_save(). */
static int is_own(const struct dirent *entry)
{
	return has_shape(entry->d_name, PREFIX "00000000T000000.000" SUFFIX) ||
	       has_shape(entry->d_name, TEMPORARY);
}

/* Whether it is a regular file of this user; @info is what it is. */
static bool is_ours(int dir, const char *name, struct stat *info)
{
	return fstatat(dir, name, info, AT_SYMLINK_NOFOLLOW) == 0 &&
	       S_ISREG(info->st_mode) && info->st_uid == geteuid();
}

static void remove_file(int dir, const char *name)
{
	if (unlinkat(dir, name, 0) < 0 && errno != ENOENT)
		message("--keep: cannot remove %s: %s", name, strerror(errno));
}

/* Temporary files are the first in order. Return: bytes of those that stay. */
static int64_t remove_abandoned(int dir, struct dirent **entry, int count)
{
	time_t now = time(NULL);
	int64_t bytes = 0;
	struct stat info;

	for (int i = 0; i < count && *entry[i]->d_name == '.'; i++) {
		if (!is_ours(dir, entry[i]->d_name, &info))
			continue;
		if (info.st_mtime < now - ABANDONED_SECONDS)
			remove_file(dir, entry[i]->d_name);
		else
			bytes += info.st_size;
	}
	return bytes;
}

/* From the newest capture on; the newest stays whatever its size. */
static void remove_oldest(int dir, struct dirent **entry, int count)
{
	int64_t bytes = remove_abandoned(dir, entry, count);
	struct stat info;
	int files = 0;

	for (int i = count - 1; i >= 0 && *entry[i]->d_name != '.'; i--) {
		if (!is_ours(dir, entry[i]->d_name, &info))
			continue;
		files++;
		bytes += info.st_size;
		if (files > 1 && (files > RETAIN_FILES || bytes > RETAIN_BYTES))
			remove_file(dir, entry[i]->d_name);
	}
}

/* Where @saved is not, the directory was exchanged meanwhile. */
static void remove_surplus(const char *path, const char *saved)
{
	struct dirent **entry;
	DIR *dir = opendir(path);
	struct stat info;
	char place[32];
	int count;

	if (!dir)
		return;
	snprintf(place, sizeof(place), "/proc/self/fd/%d", dirfd(dir));
	count = is_ours(dirfd(dir), saved, &info)
			? scandir(place, &entry, is_own, alphasort)
			: -1;
	if (count >= 0) {
		remove_oldest(dirfd(dir), entry, count);
		for (int i = 0; i < count; i++)
			free(entry[i]);
		free(entry);
	}
	closedir(dir);
}

static int save(const struct session *session, const char *path)
{
	struct tcpmem_snapshot *snap = NULL;
	int ret =
		tcpmem_snapshot_save(session->ctx, session->query, path, &snap);

	if (ret < 0)
		message("--keep: cannot save to %s: %s", path, strerror(-ret));
	else
		message("saved %s", path);
	tcpmem_snapshot_free(snap);
	return ret;
}

void retain(const struct session *session, const char *dir)
{
	char name[96];
	char *path;

	message_to_stderr();
	make_name(name, sizeof(name));
	if (asprintf(&path, "%s/%s", dir, name) < 0) {
		message("--keep: out of memory");
		return;
	}
	if (save(session, path) == 0)
		remove_surplus(dir, name);
	free(path);
}

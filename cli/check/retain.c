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

/* Whether @name is one that make_name() makes. */
static bool is_own_name(const char *name)
{
	static const char shape[] = PREFIX "00000000T000000.000" SUFFIX;

	for (size_t i = 0; i < sizeof(shape); i++) {
		bool digit = name[i] >= '0' && name[i] <= '9';

		if (shape[i] == '0' ? !digit : name[i] != shape[i])
			return false;
	}
	return true;
}

static int is_own(const struct dirent *entry)
{
	return is_own_name(entry->d_name);
}

/* Bytes of a regular file of this user; -1: it is another file. */
static int64_t size_of(int dir, const char *name)
{
	struct stat info;

	if (fstatat(dir, name, &info, AT_SYMLINK_NOFOLLOW) < 0 ||
	    !S_ISREG(info.st_mode) || info.st_uid != geteuid())
		return -1;
	return info.st_size;
}

/* From the newest capture on; the newest stays whatever its size. */
static void remove_oldest(int dir, struct dirent **entry, int count)
{
	int64_t bytes = 0;
	int files = 0;

	for (int i = count - 1; i >= 0; i--) {
		int64_t size = size_of(dir, entry[i]->d_name);

		if (size < 0)
			continue;
		files++;
		bytes += size;
		if (files == 1 ||
		    (files <= RETAIN_FILES && bytes <= RETAIN_BYTES))
			continue;
		if (unlinkat(dir, entry[i]->d_name, 0) < 0 && errno != ENOENT)
			message("--keep: cannot remove %s: %s",
				entry[i]->d_name, strerror(errno));
	}
}

static void remove_surplus(const char *path)
{
	struct dirent **entry;
	DIR *dir = opendir(path);
	int count;

	if (!dir)
		return;
	count = scandirat(dirfd(dir), ".", &entry, is_own, alphasort);
	if (count >= 0) {
		remove_oldest(dirfd(dir), entry, count);
		for (int i = 0; i < count; i++)
			free(entry[i]);
		free(entry);
	}
	closedir(dir);
}

void retain(const struct session *session, const char *dir)
{
	struct tcpmem_snapshot *snap = NULL;
	char name[96];
	char *path;
	int ret;

	message_to_stderr();
	make_name(name, sizeof(name));
	if (asprintf(&path, "%s/%s", dir, name) < 0) {
		message("--keep: out of memory");
		return;
	}
	ret = tcpmem_snapshot_save(session->ctx, session->query, path, &snap);
	if (ret < 0)
		message("--keep: cannot save to %s: %s", path, strerror(-ret));
	else
		message("saved %s", path);
	if (ret == 0)
		remove_surplus(dir);
	tcpmem_snapshot_free(snap);
	free(path);
}

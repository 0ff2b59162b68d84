// SPDX-License-Identifier: LGPL-2.1-or-later
/* limit.c - the limits of a store: size, free space, age */
#include "store/store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define DAY_MS INT64_C(86400000)

int64_t store_size(const char *dir)
{
	DIR *stream = opendir(dir);
	struct dirent *found;
	struct stat st;
	int64_t sum = 0;

	while (stream && (found = readdir(stream)))
		if (file_is_of_store(found->d_name) &&
		    fstatat(dirfd(stream), found->d_name, &st,
			    AT_SYMLINK_NOFOLLOW) == 0 &&
		    S_ISREG(st.st_mode))
			sum += st.st_blocks * INT64_C(512) /
			       (int64_t)st.st_nlink;
	if (stream)
		closedir(stream);
	return sum;
}

static int64_t free_space(const char *dir)
{
	struct statvfs fs;

	if (statvfs(dir, &fs) < 0)
		return INT64_MAX;
	return (int64_t)(fs.f_bavail * fs.f_frsize);
}

/* A database, and what it has not yet taken over */
static void remove_file(const char *dir, const char *name)
{
	static const char *const ends[] = { "", "-wal", "-shm" };
	char path[4200];

	for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++) {
		snprintf(path, sizeof(path), "%s/%s%s", dir, name, ends[i]);
		unlink(path);
	}
}

static bool is_too_old(const struct store_config *config,
		       const struct file_entry *entry, int64_t now)
{
	int64_t age = config->age_ms[entry->tier];

	return age && entry->begin < now - age - FILE_SPAN_MS;
}

static bool is_too_large(const struct store_config *config)
{
	return config->max_size && store_size(config->dir) > config->max_size;
}

static bool lacks_room(const struct store_config *config)
{
	return config->keep_free && free_space(config->dir) < config->keep_free;
}

static bool is_incident(enum tier tier)
{
	return tier == TIER_INCIDENT || tier == TIER_CAPTURE;
}

/* How much of its time a file has been kept for; without an end, in days. */
static double use_of(const struct store_config *config,
		     const struct file_entry *entry, int64_t now)
{
	int64_t age = config->age_ms[entry->tier];

	return (double)(now - entry->begin) / (double)(age ? age : DAY_MS);
}

/* Incidents go last: the first of two is removed first. */
static bool is_before(const struct store_config *config, int64_t now,
		      const struct file_entry *a, const struct file_entry *b)
{
	if (is_incident(a->tier) != is_incident(b->tier))
		return is_incident(b->tier);
	return use_of(config, a, now) > use_of(config, b, now);
}

/* Return: false: there is none but @keep. */
static bool remove_one(const struct store_config *config,
		       struct file_list *list, const char *keep, int64_t now)
{
	struct file_entry *first = NULL;

	for (size_t i = 0; i < list->count; i++) {
		struct file_entry *entry = &list->entry[i];

		if (!*entry->name || (keep && strcmp(entry->name, keep) == 0))
			continue;
		if (!first || is_before(config, now, entry, first))
			first = entry;
	}
	if (!first)
		return false;
	remove_file(config->dir, first->name);
	*first->name = '\0';
	return true;
}

int store_limit(const struct store_config *config, const char *keep,
		int64_t now, struct store_removed *removed)
{
	struct file_list list;
	int ret = file_list_read(config->dir, &list);
	bool large;

	*removed = (struct store_removed){ 0 };
	for (size_t i = 0; ret == 0 && i < list.count; i++) {
		if (!is_too_old(config, &list.entry[i], now) ||
		    (keep && strcmp(list.entry[i].name, keep) == 0))
			continue;
		remove_file(config->dir, list.entry[i].name);
		*list.entry[i].name = '\0';
	}
	while (ret == 0 &&
	       ((large = is_too_large(config)) || lacks_room(config))) {
		if (!remove_one(config, &list, keep, now)) {
			removed->full = !large;
			ret = -ENOSPC;
		} else if (large) {
			removed->large++;
		} else {
			removed->room++;
		}
	}
	file_list_free(&list);
	return ret;
}

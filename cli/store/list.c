// SPDX-License-Identifier: LGPL-2.1-or-later
/* list.c - the files of a store, by their names */
#include "store/file.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

const char *const tier_names[TIER_COUNT] = {
	[TIER_LOOK] = "look",	    [TIER_INCIDENT] = "incident",
	[TIER_MINUTE] = "minute",   [TIER_QUARTER] = "quarter",
	[TIER_CAPTURE] = "capture",
};

const int64_t tier_interval_ms[TIER_COUNT] = {
	[TIER_MINUTE] = INT64_C(60000),
	[TIER_QUARTER] = INT64_C(900000),
};

static const char *ending(enum tier tier)
{
	return tier == TIER_CAPTURE ? "Z.tcpmem" : "Z.db";
}

static bool read_name(const char *name, struct file_entry *entry)
{
	const char *dash = strchr(name, '-');
	struct tm tm = { 0 };
	const char *end;

	for (int i = 0; dash && i < TIER_COUNT; i++) {
		size_t len = strlen(tier_names[i]);

		if (len != (size_t)(dash - name) ||
		    strncmp(name, tier_names[i], len) != 0)
			continue;
		end = strptime(dash + 1, "%Y%m%dT%H%M%S", &tm);
		if (!end || *end != '.' || strlen(end) < 4 ||
		    strlen(name) >= FILE_NAME_SIZE ||
		    strcmp(end + 4, ending((enum tier)i)) != 0)
			return false;
		entry->tier = (enum tier)i;
		entry->begin = timegm(&tm) * INT64_C(1000) + atoi(end + 1);
		strcpy(entry->name, name);
		return true;
	}
	return false;
}

bool file_is_of_store(const char *name)
{
	static const char *const ends[] = { "-wal", "-shm", "-journal" };
	char base[FILE_NAME_SIZE];
	struct file_entry entry;
	size_t len = strlen(name);

	for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++) {
		size_t end = strlen(ends[i]);

		if (len <= end || strcmp(name + len - end, ends[i]) != 0)
			continue;
		len -= end;
		break;
	}
	if (len >= sizeof(base))
		return false;
	memcpy(base, name, len);
	base[len] = '\0';
	return read_name(base, &entry);
}

void file_entry_make(enum tier tier, int64_t begin, struct file_entry *entry)
{
	time_t seconds = (time_t)(begin / 1000);
	char time[32];
	struct tm tm;

	gmtime_r(&seconds, &tm);
	strftime(time, sizeof(time), "%Y%m%dT%H%M%S", &tm);
	snprintf(entry->name, sizeof(entry->name), "%s-%s.%03d%s",
		 tier_names[tier], time, (int)(begin % 1000), ending(tier));
	entry->tier = tier;
	entry->begin = begin;
}

static int compare_entries(const void *a, const void *b)
{
	const struct file_entry *i = a, *j = b;

	if (i->tier != j->tier)
		return i->tier < j->tier ? -1 : 1;
	return i->begin < j->begin ? -1 : i->begin > j->begin;
}

int file_list_read(const char *dir, struct file_list *list)
{
	DIR *stream = opendir(dir);
	struct dirent *found;
	size_t room = 0;
	int ret;

	*list = (struct file_list){ 0 };
	if (!stream)
		return -errno;
	while (errno = 0, (found = readdir(stream))) {
		struct file_entry entry;

		if (!read_name(found->d_name, &entry))
			continue;
		if (list->count == room) {
			struct file_entry *larger;

			room = room ? 2 * room : 64;
			larger = realloc(list->entry, room * sizeof(*larger));
			if (!larger) {
				closedir(stream);
				file_list_free(list);
				return -ENOMEM;
			}
			list->entry = larger;
		}
		list->entry[list->count++] = entry;
	}
	ret = -errno;
	closedir(stream);
	if (ret)
		file_list_free(list);
	else if (list->count)
		qsort(list->entry, list->count, sizeof(*list->entry),
		      compare_entries);
	return ret;
}

const char *file_list_error(int err)
{
	if (err == -ELIBACC)
		return store_libs_missing();
	return err == -ENOTDIR ? "a store is a directory, which 'tcpmem "
				 "record' fills"
			       : strerror(-err);
}

void file_list_free(struct file_list *list)
{
	free(list->entry);
	*list = (struct file_list){ 0 };
}

static int compare_begin(const void *a, const void *b)
{
	const struct file_entry *i = a, *j = b;

	if (i->begin != j->begin)
		return i->begin < j->begin ? -1 : 1;
	return i->tier < j->tier ? -1 : i->tier > j->tier;
}

void file_list_best(struct file_list *list)
{
	size_t count = 0;

	if (list->count)
		qsort(list->entry, list->count, sizeof(*list->entry),
		      compare_begin);
	for (size_t i = 0; i < list->count; i++)
		if (list->entry[i].tier != TIER_CAPTURE &&
		    (!count ||
		     list->entry[i].begin != list->entry[count - 1].begin))
			list->entry[count++] = list->entry[i];
	list->count = count;
}

bool file_list_has(const struct file_list *list, enum tier tier, int64_t begin)
{
	const struct file_entry wanted = { .tier = tier, .begin = begin };

	return list->count && bsearch(&wanted, list->entry, list->count,
				      sizeof(*list->entry), compare_entries);
}

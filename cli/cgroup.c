// SPDX-License-Identifier: LGPL-2.1-or-later
/* cgroup.c - where cgroups are mounted */
#include "cgroup.h"

#include <mntent.h>
#include <stdio.h>
#include <string.h>

static bool is_it(const struct mntent *entry, bool v2)
{
	if (v2)
		return strcmp(entry->mnt_type, "cgroup2") == 0;
	return strcmp(entry->mnt_type, "cgroup") == 0 &&
	       hasmntopt(entry, "memory");
}

bool cgroup_mount(bool v2, char mount[PATH_MAX])
{
	FILE *file = setmntent("/proc/self/mounts", "re");
	char line[4 * PATH_MAX];
	struct mntent entry;
	bool found = false;

	if (!file)
		return false;
	while (!found && getmntent_r(file, &entry, line, sizeof(line))) {
		found = is_it(&entry, v2);
		if (found)
			snprintf(mount, PATH_MAX, "%s", entry.mnt_dir);
	}
	endmntent(file);
	return found;
}

// SPDX-License-Identifier: LGPL-2.1-or-later
/* cgroup.c - a v2 cgroup for the command, where one can be made */
#include "run.h"

#include "messages.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <mntent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A process that forks while it is moved may leave a child behind. */
#define MOVES_MAX 8

/* The mount point of the v2 hierarchy */
static bool find_mount(char mount[PATH_MAX])
{
	FILE *file = setmntent("/proc/self/mounts", "re");
	struct mntent *entry;
	bool found = false;

	if (!file)
		return false;
	while (!found && (entry = getmntent(file))) {
		found = strcmp(entry->mnt_type, "cgroup2") == 0;
		if (found)
			snprintf(mount, PATH_MAX, "%s", entry->mnt_dir);
	}
	endmntent(file);
	return found;
}

/* The cgroup of this process: the path behind "0::" */
static bool find_own(char own[PATH_MAX])
{
	FILE *file = fopen("/proc/self/cgroup", "re");
	char line[PATH_MAX];
	bool found = false;

	if (!file)
		return false;
	while (!found && fgets(line, sizeof(line), file)) {
		found = strncmp(line, "0::/", 4) == 0;
		line[strcspn(line, "\n")] = '\0';
		if (found)
			snprintf(own, PATH_MAX, "%s", line + 3);
	}
	fclose(file);
	return found;
}

static int open_procs(const char *cgroup, int flags)
{
	char *path;
	int fd = -1;

	if (asprintf(&path, "%s/cgroup.procs", cgroup) < 0)
		return -1;
	fd = open(path, flags | O_CLOEXEC);
	free(path);
	return fd;
}

static void forget(struct run_cgroup *cgroup)
{
	if (cgroup->procs >= 0)
		close(cgroup->procs);
	free(cgroup->path);
	*cgroup = (struct run_cgroup){ .procs = -1 };
}

void run_cgroup_make(struct run_cgroup *cgroup)
{
	char mount[PATH_MAX], own[PATH_MAX];
	struct stat st;

	*cgroup = (struct run_cgroup){ .procs = -1 };
	if (!find_mount(mount) || !find_own(own))
		return;
	if (asprintf(&cgroup->path, "%s%s%stcpmem-run-%d", mount, own,
		     own[1] ? "/" : "", (int)getpid()) < 0) {
		cgroup->path = NULL;
		return;
	}
	if (mkdir(cgroup->path, 0755) < 0) {
		forget(cgroup);
		return;
	}
	cgroup->procs = open_procs(cgroup->path, O_WRONLY);
	if (cgroup->procs < 0 || stat(cgroup->path, &st) < 0) {
		rmdir(cgroup->path);
		forget(cgroup);
		return;
	}
	cgroup->id = st.st_ino;
}

/* Moves the remaining processes to the parent, our own cgroup. */
static void evacuate(const char *path)
{
	char *parent = strndup(path, (size_t)(strrchr(path, '/') - path));
	int from = open_procs(path, O_RDONLY);
	int to = parent ? open_procs(parent, O_WRONLY) : -1;
	FILE *file = from < 0 ? NULL : fdopen(from, "r");
	char line[32];

	while (file && fgets(line, sizeof(line), file)) {
		ssize_t moved = write(to, line, strcspn(line, "\n"));

		(void)moved; /* the process may have ended; rmdir(2) will tell
			      */
	}
	if (file)
		fclose(file);
	else if (from >= 0)
		close(from);
	if (to >= 0)
		close(to);
	free(parent);
}

void run_cgroup_remove(struct run_cgroup *cgroup)
{
	int ret = -1;

	if (!cgroup->path)
		return;
	for (int i = 0; ret < 0 && i < MOVES_MAX; i++) {
		ret = rmdir(cgroup->path);
		if (ret < 0)
			evacuate(cgroup->path);
	}
	if (ret < 0)
		message("cannot remove the cgroup %s: %s", cgroup->path,
			strerror(errno));
	forget(cgroup);
}

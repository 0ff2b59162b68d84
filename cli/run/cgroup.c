// SPDX-License-Identifier: LGPL-2.1-or-later
/* cgroup.c - a v2 cgroup for the command, where one can be made */
#include "run.h"

#include "cgroup.h"
#include "messages.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* A process that forks while it is moved may leave a child behind. */
#define MOVES_MAX 8

/* Two fds are open on each level of the descendants that are looked through. */
#define DEPTH_MAX 32

/* The owner's pid and start time: no two processes have both. */
#define NAME "tcpmem-run-%d-%llu"

/* The cgroup of the process whose file in /proc that is: behind "0::" */
static bool find(const char *path, char own[PATH_MAX])
{
	FILE *file = fopen(path, "re");
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
	if (cgroup->lock >= 0)
		close(cgroup->lock);
	free(cgroup->path);
	*cgroup = (struct run_cgroup){ .procs = -1, .lock = -1 };
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

/* Return: 0 or -errno of rmdir(2) */
static int remove_cgroup(const char *path)
{
	int ret = -1;

	for (int i = 0; ret < 0 && i < MOVES_MAX; i++) {
		ret = rmdir(path) < 0 ? -errno : 0;
		if (ret < 0)
			evacuate(path);
	}
	return ret;
}

/* When a process started, in the kernel's ticks; 0: there is none. */
static unsigned long long start_time(int pid)
{
	char path[32], line[1024];
	unsigned long long start = 0;
	FILE *file;
	char *at;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	file = fopen(path, "re");
	if (!file)
		return 0;
	/* a name may have blanks and parentheses: the last one ends it */
	at = fgets(line, sizeof(line), file) ? strrchr(line, ')') : NULL;
	for (int field = 2; at && field < 22; field++)
		at = strchr(at + 1, ' ');
	if (at)
		start = strtoull(at, NULL, 10);
	fclose(file);
	return start;
}

/* The lock lives as long as the process that took it, and no longer. */
static int take_lock(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0)
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

/* The lock tells an owner in another PID namespace, the name one in ours. */
static void sweep(const char *parent, const char *name)
{
	unsigned long long start;
	char own_name[NAME_MAX + 1];
	char *path;
	int pid, lock;

	if (sscanf(name, NAME, &pid, &start) != 2)
		return;
	snprintf(own_name, sizeof(own_name), NAME, pid, start);
	if (strcmp(name, own_name) != 0 || start_time(pid) == start ||
	    asprintf(&path, "%s/%s", parent, name) < 0)
		return;
	lock = take_lock(path);
	if (lock >= 0) {
		(void)remove_cgroup(path);
		close(lock);
	}
	free(path);
}

/* Removes cgroups that killed runs have left. */
static void sweep_all(const char *parent)
{
	DIR *dir = opendir(parent);
	struct dirent *entry;

	if (!dir)
		return;
	while ((entry = readdir(dir)))
		sweep(parent, entry->d_name);
	closedir(dir);
}

static int make_below(struct run_cgroup *cgroup, const char *parent)
{
	struct stat st;

	if (asprintf(&cgroup->path, "%s/" NAME, parent, (int)getpid(),
		     start_time(getpid())) < 0) {
		cgroup->path = NULL;
		return -1;
	}
	if (mkdir(cgroup->path, 0755) < 0)
		return -1;
	cgroup->lock = take_lock(cgroup->path);
	cgroup->procs = open_procs(cgroup->path, O_WRONLY);
	if (cgroup->procs < 0 || stat(cgroup->path, &st) < 0) {
		rmdir(cgroup->path);
		return -1;
	}
	cgroup->id = st.st_ino;
	return 0;
}

void run_cgroup_make(struct run_cgroup *cgroup)
{
	char mount[PATH_MAX], own[PATH_MAX];
	char *parent;

	*cgroup = (struct run_cgroup){ .procs = -1, .lock = -1 };
	if (!cgroup_mount(true, mount) || !find("/proc/self/cgroup", own) ||
	    asprintf(&parent, "%s%s", mount, own[1] ? own : "") < 0)
		return;
	sweep_all(parent);
	if (make_below(cgroup, parent) < 0)
		forget(cgroup);
	free(parent);
}

bool run_cgroup_has(const struct run_cgroup *cgroup, pid_t pid)
{
	char file[32], own[PATH_MAX];

	snprintf(file, sizeof(file), "/proc/%d/cgroup", (int)pid);
	return cgroup->path && find(file, own) &&
	       strstr(own, strrchr(cgroup->path, '/'));
}

/* Not of one that has been reaped meanwhile */
static bool is_outside(const struct run_cgroup *cgroup, const char *pid)
{
	char file[32], own[PATH_MAX];

	snprintf(file, sizeof(file), "/proc/%s/cgroup", pid);
	return find(file, own) && !strstr(own, strrchr(cgroup->path, '/'));
}

static bool is_left_below(const struct run_cgroup *cgroup, const char *pid,
			  int depth);

/* @path: of the children of a thread, as the kernel lists them */
static bool is_left_by_any(const struct run_cgroup *cgroup, const char *path,
			   int depth)
{
	FILE *file = fopen(path, "re");
	bool left = false;
	char pid[12];

	while (file && !left && fscanf(file, "%11s", pid) == 1)
		left = is_outside(cgroup, pid) ||
		       is_left_below(cgroup, pid, depth - 1);
	if (file)
		fclose(file);
	return left;
}

static bool is_left_below(const struct run_cgroup *cgroup, const char *pid,
			  int depth)
{
	char path[NAME_MAX + 64];
	struct dirent *thread;
	bool left = false;
	DIR *threads;

	snprintf(path, sizeof(path), "/proc/%s/task", pid);
	threads = depth ? opendir(path) : NULL;
	while (threads && !left && (thread = readdir(threads))) {
		snprintf(path, sizeof(path), "/proc/%s/task/%s/children", pid,
			 thread->d_name);
		left = thread->d_name[0] != '.' &&
		       is_left_by_any(cgroup, path, depth);
	}
	if (threads)
		closedir(threads);
	return left;
}

bool run_cgroup_is_left(const struct run_cgroup *cgroup)
{
	return is_left_below(cgroup, "self", DEPTH_MAX);
}

void run_cgroup_remove(struct run_cgroup *cgroup)
{
	int ret;

	if (!cgroup->path)
		return;
	ret = remove_cgroup(cgroup->path);
	if (ret)
		message("cannot remove the cgroup %s: %s", cgroup->path,
			strerror(-ret));
	forget(cgroup);
}

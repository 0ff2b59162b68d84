// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * played_cgroups.c - a hierarchy of cgroups, played by a directory
 *
 * With CGROUP, "cgroups" is where cgroups are mounted, and we are in /own of
 * it. hooks=1: hooks can be attached; escaped=N: the command's processes are
 * elsewhere when it was asked for the Nth time; refused=1: no cgroup can be
 * made; busy=N: one that is made can be removed when it was tried so often.
 */
#include "played.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The cgroup of the command, behind the place where cgroups are mounted */
static char made[PATH_MAX];
static int64_t tried, asked;

FILE *played_mounts(void)
{
	static char mounts[PATH_MAX + 128];
	char *place = getcwd(NULL, 0);
	int len = snprintf(mounts, sizeof(mounts),
			   "cgroup %s/v1 cgroup rw,memory 0 0\n"
			   "cgroup2 %s/cgroups cgroup2 rw 0 0\n",
			   place, place);

	free(place);
	return fmemopen(mounts, (size_t)len, "r");
}

FILE *played_cgroup(const char *path)
{
	static char text[PATH_MAX + 64];
	int64_t escaped = played_number("CGROUP", "escaped");
	const char *is = made;
	int len;

	if (strcmp(path, "/proc/self/cgroup") == 0)
		is = "/own";
	else if (++asked >= escaped && escaped)
		is = "/elsewhere";
	len = snprintf(text, sizeof(text), "4:memory:/other\n0::%s\n", is);
	return fmemopen(text, (size_t)len, "r");
}

static bool is_played(const char *path)
{
	return getenv("CGROUP") && strstr(path, "/cgroups/own/");
}

int mkdir(const char *path, mode_t mode)
{
	char procs[PATH_MAX];
	int fd;

	if (is_played(path) && played_number("CGROUP", "refused")) {
		errno = EACCES;
		return -1;
	}
	if (syscall(SYS_mkdirat, AT_FDCWD, path, mode) < 0)
		return -1;
	if (!is_played(path))
		return 0;
	snprintf(made, sizeof(made), "%s",
		 strstr(path, "/cgroups/own/") + strlen("/cgroups"));
	snprintf(procs, sizeof(procs), "%s/cgroup.procs", path);
	fd = open(procs, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	return fd < 0 ? -1 : close(fd);
}

/* Of our own the name is another one each time. */
int rmdir(const char *path)
{
	char procs[PATH_MAX];
	bool own = *made && strstr(path, made);

	if (is_played(path)) {
		fprintf(stderr, "removes %s\n",
			own ? "the command's cgroup" : strrchr(path, '/') + 1);
		if (own && tried++ < played_number("CGROUP", "busy")) {
			errno = EBUSY;
			return -1;
		}
		snprintf(procs, sizeof(procs), "%s/cgroup.procs", path);
		unlink(procs);
	}
	return (int)syscall(SYS_unlinkat, AT_FDCWD, path, AT_REMOVEDIR);
}

// SPDX-License-Identifier: LGPL-2.1-or-later
/* enter.c - going into a namespace: open(2), then setns(2) */
#include "netns/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

static int open_path(const struct tcpmem_ctx *ctx, const char *way, int flags)
{
	char path[PATH_MAX];
	int len, fd;

	len = snprintf(path, sizeof(path), "%s%s%s",
		       *way == '/' ? "" : ctx->proc, *way == '/' ? "" : "/",
		       way);
	if (len < 0 || (size_t)len >= sizeof(path))
		return -ENAMETOOLONG;
	fd = open(path, flags | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/*
 * The path may be another's to change, and what lies there anything by now: a
 * device that acts when opened, a pipe that blocks. O_PATH touches nothing,
 * and once it is known to be a namespace it is opened through that fd.
 */
static int open_nsfs(const struct tcpmem_ctx *ctx, const char *way)
{
	char again[32];
	struct statfs fs;
	int path, ret;

	path = open_path(ctx, way, O_PATH);
	if (path < 0)
		return path;
	ret = fstatfs(path, &fs) < 0 ? -errno : 0;
	if (ret == 0 && fs.f_type != NSFS_MAGIC)
		ret = -EINVAL;
	if (ret == 0) {
		snprintf(again, sizeof(again), "thread-self/fd/%d", path);
		ret = open_path(ctx, again, O_RDONLY);
	}
	close(path);
	/* it is there: what is missing is a /proc of one's own */
	return ret == -ENOENT ? -EACCES : ret;
}

static int open_namespace(const struct tcpmem_ctx *ctx, const char *way)
{
	int fd = open_nsfs(ctx, way), type;

	if (fd < 0)
		return fd;
	type = ioctl(fd, NS_GET_NSTYPE);
	if (type == CLONE_NEWNET)
		return fd;
	type = type < 0 ? -errno : -EINVAL;
	close(fd);
	return type;
}

static int check_inode(int fd, uint64_t inode)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	return st.st_ino == inode ? 0 : -ENOENT;
}

/* An open namespace is there, whatever setns(2) says. */
static int enter_fd(int fd)
{
	if (setns(fd, CLONE_NEWNET) == 0)
		return 0;
	return errno == EINVAL ? -EPERM : -errno;
}

static int enter_by_way(const struct tcpmem_ctx *ctx, const struct tm_ns *ns,
			const char *way)
{
	int fd = open_namespace(ctx, way);
	int ret;

	if (fd < 0)
		return fd;
	ret = check_inode(fd, ns->inode);
	if (ret == 0)
		ret = enter_fd(fd);
	close(fd);
	return ret;
}

/* The process ended, or its pid or fd was reused. */
static bool is_gone(int error)
{
	return error == -ENOENT || error == -ESRCH || error == -EINVAL;
}

int tm_ns_enter(const struct tcpmem_ctx *ctx, const struct tm_ns *ns)
{
	int ret = -ENOENT;

	if (ns->fd >= 0)
		return enter_fd(ns->fd);
	for (size_t i = 0; i < ns->way_count; i++) {
		int error = enter_by_way(ctx, ns, ns->way[i]);

		if (error == 0)
			return 0;
		/* -EACCES and -EPERM take precedence over -ENOENT */
		if (!is_gone(error))
			ret = error;
	}
	return ret;
}

int tm_ns_probe(const struct tcpmem_ctx *ctx, const char *path, uint64_t *inode)
{
	int fd = open_namespace(ctx, path);
	struct stat st;
	int ret;

	if (fd < 0)
		return fd;
	ret = fstat(fd, &st) < 0 ? -errno : 0;
	close(fd);
	if (ret == 0)
		*inode = st.st_ino;
	return ret;
}

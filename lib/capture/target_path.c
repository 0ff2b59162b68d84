// SPDX-License-Identifier: LGPL-2.1-or-later
/* target_path.c - the directory and the name that a path to write to leads to
 */
#include "capture/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

/* As many as the kernel follows in one path. */
#define LINKS_MAX 40

/* struct walk - @links: that were followed so far */
struct walk {
	struct tm_target *target;
	int links;
};

/* Return: 0, for what ends with it. */
static int enter(struct tm_target *target, int dir)
{
	close(target->dir);
	target->dir = dir;
	return 0;
}

/* Whoever owns the directory could have put the file itself there. */
static int check_link(const struct tm_target *target, const struct stat *link)
{
	struct stat dir;
	int fd;

	if (fstatat(target->dir, "", &dir, AT_EMPTY_PATH) < 0)
		return -errno;
	if (link->st_uid != geteuid() && link->st_uid != 0 &&
	    link->st_uid != dir.st_uid)
		return -EACCES;
	/* the kernel's own opinion; what a link leads to need not exist */
	fd = openat(target->dir, target->name, O_PATH | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	close(fd);
	return 0;
}

static bool is_in_proc(int fd)
{
	struct statfs fs;

	return fstatfs(fd, &fs) == 0 && fs.f_type == PROC_SUPER_MAGIC;
}

static int walk(struct walk *w, const char *path, bool last);

/* What a link of /proc leads to has no path: the kernel follows it. */
static int follow_magic(struct tm_target *target, bool last)
{
	int dir;

	target->magic = last;
	if (last)
		return 0;
	dir = openat(target->dir, target->name,
		     O_PATH | O_DIRECTORY | O_CLOEXEC);
	return dir < 0 ? -errno : enter(target, dir);
}

/* @fd is the link target->name; @last: nothing follows it in the path. */
static int follow(struct walk *w, int fd, const struct stat *link, bool last)
{
	struct tm_target *target = w->target;
	char text[PATH_MAX];
	ssize_t len;
	int ret;

	if (++w->links > LINKS_MAX)
		return -ELOOP;
	ret = check_link(target, link);
	if (ret)
		return ret;
	if (is_in_proc(fd))
		return follow_magic(target, last);
	len = readlinkat(fd, "", text, sizeof(text));
	if (len < 0)
		return -errno;
	if (len == sizeof(text))
		return -ENAMETOOLONG;
	text[len] = '\0';
	return walk(w, text, last);
}

/* One component, target->name. */
static int step(struct walk *w, bool last)
{
	struct tm_target *target = w->target;
	int fd = openat(target->dir, target->name,
			O_PATH | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;
	int ret = 0;

	target->exists = fd >= 0;
	if (fd < 0)
		return last && errno == ENOENT ? 0 : -errno;
	if (fstatat(fd, "", &st, AT_EMPTY_PATH) < 0)
		ret = -errno;
	else if (S_ISLNK(st.st_mode))
		ret = follow(w, fd, &st, last);
	else if (last)
		target->st = st;
	else if (S_ISDIR(st.st_mode))
		return enter(target, fd);
	else
		ret = -ENOTDIR;
	close(fd);
	return ret;
}

static int enter_root(struct tm_target *target)
{
	int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);

	return root < 0 ? -errno : enter(target, root);
}

static int walk(struct walk *w, const char *path, bool last)
{
	int ret = *path ? 0 : -ENOENT;

	if (*path == '/')
		ret = enter_root(w->target);
	while (ret == 0) {
		size_t len;

		path += strspn(path, "/");
		len = strcspn(path, "/");
		if (!len)
			return last ? -EISDIR : 0;
		if (len > NAME_MAX)
			return -ENAMETOOLONG;
		memcpy(w->target->name, path, len);
		w->target->name[len] = '\0';
		path += len;
		ret = step(w, last && !*path);
		if (!*path)
			break;
	}
	return ret;
}

int tm_target_open(const char *path, struct tm_target *target)
{
	struct walk w = { .target = target };
	int ret;

	*target = (struct tm_target){ .dir = -1 };
	target->dir = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (target->dir < 0)
		return -errno;
	ret = walk(&w, path, true);
	if (ret)
		tm_target_close(target);
	return ret;
}

void tm_target_close(struct tm_target *target)
{
	if (target->dir >= 0)
		close(target->dir);
	target->dir = -1;
}

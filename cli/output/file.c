// SPDX-License-Identifier: LGPL-2.1-or-later
/* file.c - files that are written whole or not at all */
#include "file.h"

#include "messages.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

/* As many as the kernel follows in one path. */
#define LINKS_MAX 40

/* statfs(2) names it */
#define PROC_SUPER_MAGIC 0x9fa0

int file_write(int fd, const void *data, size_t size)
{
	const char *at = data;

	while (size) {
		ssize_t done = write(fd, at, size);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return -errno;
		at += done;
		size -= (size_t)done;
	}
	return 0;
}

/* The directory of @path, or "." */
static void get_dir(const char *path, char dir[PATH_MAX])
{
	const char *slash = strrchr(path, '/');
	int len = slash == path ? 1 : slash ? (int)(slash - path) : 1;

	snprintf(dir, PATH_MAX, "%.*s", len, slash ? path : ".");
}

/*
 * What fs.protected_symlinks, _fifos and _regular refuse, where they are on or
 * not
 */
static bool is_planted(const char *path, const struct stat *st)
{
	char parent[PATH_MAX];
	struct stat dir;

	if (st->st_uid == geteuid() || st->st_uid == 0)
		return false;
	if (S_ISFIFO(st->st_mode))
		return true;
	get_dir(path, parent);
	if (!S_ISLNK(st->st_mode) && !S_ISREG(st->st_mode))
		return false;
	return stat(parent, &dir) < 0 ||
	       (st->st_uid != dir.st_uid &&
		(S_ISLNK(st->st_mode) || (dir.st_mode & S_ISVTX)));
}

/* Whether a link of another user is on the way to the last name of @path */
static bool leads_astray(const char *path)
{
	char at[PATH_MAX];
	struct stat st;

	for (size_t len = 1; len < sizeof(at) && *path && path[len]; len++) {
		if (path[len] != '/' || path[len - 1] == '/')
			continue;
		memcpy(at, path, len);
		at[len] = '\0';
		if (lstat(at, &st) == 0 && is_planted(at, &st))
			return true;
	}
	return false;
}

bool file_is_planted(const char *path)
{
	struct stat st;

	return leads_astray(path) ||
	       (lstat(path, &st) == 0 && is_planted(path, &st));
}

/* What is in /proc is no text to follow: it leads to what is open already. */
static bool is_magic(const char *path)
{
	int fd = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	struct statfs fs;
	bool magic = fd >= 0 && fstatfs(fd, &fs) == 0 &&
		     fs.f_type == PROC_SUPER_MAGIC;

	if (fd >= 0)
		close(fd);
	return magic;
}

/* One symbolic link further, in @path itself. Return: 0 or -errno. */
static int follow(char path[PATH_MAX])
{
	char text[PATH_MAX], dir[PATH_MAX];
	ssize_t len = readlink(path, text, sizeof(text));
	int size;

	if (len < 0)
		return -errno;
	get_dir(path, dir);
	if (*text == '/')
		size = snprintf(path, PATH_MAX, "%.*s", (int)len, text);
	else
		size = snprintf(path, PATH_MAX, "%s/%.*s", dir, (int)len, text);
	return size < PATH_MAX ? 0 : -ENAMETOOLONG;
}

/*
 * struct target - what a path leads to through symbolic links
 * @exists: there is something, @st
 * @magic: it is a link that the kernel alone can follow
 */
struct target {
	char path[PATH_MAX];
	struct stat st;
	bool exists;
	bool magic;
};

/* Return: 0, -EACCES if somebody else has led us there, or -errno. */
static int find_target(const char *path, struct target *target)
{
	char *at = target->path;
	int ret = 0;

	if (snprintf(at, PATH_MAX, "%s", path) >= PATH_MAX)
		return -ENAMETOOLONG;
	for (int links = 0; ret == 0; links++) {
		target->exists = lstat(at, &target->st) == 0;
		if (leads_astray(at) ||
		    (target->exists && is_planted(at, &target->st)))
			return -EACCES;
		target->magic = target->exists && S_ISLNK(target->st.st_mode) &&
				is_magic(at);
		if (!target->exists || target->magic ||
		    !S_ISLNK(target->st.st_mode))
			break;
		ret = links < LINKS_MAX ? follow(at) : -ELOOP;
	}
	return ret;
}

int file_find_target(const char *path, char target[PATH_MAX])
{
	struct target found;
	int ret = find_target(path, &found);

	if (ret)
		return ret;
	if (found.exists && !S_ISREG(found.st.st_mode))
		return -EEXIST;
	strcpy(target, found.path);
	return 0;
}

/* What appears meanwhile where nothing was is somebody else's. */
static int open_flags(const struct target *target)
{
	if (!target->exists)
		return O_CREAT | O_EXCL;
	return target->magic ? 0 : O_NOFOLLOW;
}

int file_open_to_write(const char *path)
{
	struct target target;
	struct stat now;
	int fd, ret = find_target(path, &target);

	if (ret)
		return ret;
	fd = open(target.path,
		  O_WRONLY | O_NOCTTY | O_CLOEXEC | open_flags(&target), 0666);
	if (fd < 0)
		return -errno;
	if (fstat(fd, &now) < 0)
		ret = -errno;
	else if (target.exists && !target.magic &&
		 (now.st_ino != target.st.st_ino ||
		  now.st_dev != target.st.st_dev))
		ret = -EACCES;
	else if (S_ISREG(now.st_mode) && ftruncate(fd, 0) < 0)
		ret = -errno;
	if (ret)
		close(fd);
	return ret ? ret : fd;
}

static int write_in_place(const char *path, const void *data, size_t size)
{
	int fd = file_open_to_write(path);
	int ret;

	if (fd < 0)
		return fd;
	ret = file_write(fd, data, size);
	return close(fd) < 0 && ret == 0 ? -errno : ret;
}

int file_make_beside(const char *path, char **name)
{
	int fd;

	if (asprintf(name, "%s.XXXXXX", path) < 0) {
		*name = NULL;
		return -ENOMEM;
	}
	fd = mkostemp(*name, O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

int file_take_place(int fd, const char *temporary, const char *path)
{
	return fsync(fd) < 0 || rename(temporary, path) < 0 ? -errno : 0;
}

static int rename_over(const char *path, const void *data, size_t size,
		       mode_t mode)
{
	char *temporary;
	int fd = file_make_beside(path, &temporary);
	int ret = fd < 0 ? fd : file_write(fd, data, size);

	if (ret == 0 && fchmod(fd, mode) < 0)
		ret = -errno;
	if (ret == 0)
		ret = file_take_place(fd, temporary, path);
	if (fd >= 0)
		close(fd);
	if (fd >= 0 && ret < 0)
		unlink(temporary);
	free(temporary);
	return ret;
}

int file_can_replace(const char *path)
{
	char *temporary;
	struct stat st;
	int fd;

	if (leads_astray(path))
		return -EACCES;
	if (lstat(path, &st) == 0 && !S_ISREG(st.st_mode))
		return is_planted(path, &st) ? -EACCES : 0;
	fd = file_make_beside(path, &temporary);
	if (fd >= 0) {
		unlink(temporary);
		close(fd);
	}
	free(temporary);
	return fd < 0 ? fd : 0;
}

int file_replace(const char *path, const void *data, size_t size, mode_t mode)
{
	mode_t mask;
	struct stat st;

	if (leads_astray(path))
		return -EACCES;
	if (lstat(path, &st) == 0 && !S_ISREG(st.st_mode))
		return write_in_place(path, data, size);
	if (!mode) {
		mask = umask(0);
		umask(mask);
		mode = 0666 & ~mask;
	}
	return rename_over(path, data, size, mode);
}

struct memstream {
	char **text;
	size_t *size;
	size_t capacity;
};

static ssize_t append(void *cookie, const char *data, size_t size)
{
	struct memstream *to = cookie;
	size_t need = *to->size + size + 1;

	if (need > to->capacity) {
		size_t more = need > to->capacity * 2 ? need : to->capacity * 2;
		char *moved = realloc(*to->text, more);

		if (!moved)
			return 0;
		*to->text = moved;
		to->capacity = more;
	}
	memcpy(*to->text + *to->size, data, size);
	*to->size += size;
	(*to->text)[*to->size] = '\0';
	return (ssize_t)size;
}

/* To the beginning: the next text takes the place of the last. */
static int rewind_text(void *cookie, off64_t *offset, int whence)
{
	struct memstream *to = cookie;

	if (whence != SEEK_SET || *offset)
		return -1;
	*to->size = 0;
	return 0;
}

static int end_text(void *cookie)
{
	free(cookie);
	return 0;
}

FILE *memstream_open(char **text, size_t *size)
{
	static const cookie_io_functions_t functions = {
		.write = append,
		.seek = rewind_text,
		.close = end_text,
	};
	struct memstream *to = calloc(1, sizeof(*to));
	FILE *out = NULL;

	*size = 0;
	*text = strdup("");
	if (to && *text) {
		*to = (struct memstream){ text, size, 1 };
		out = fopencookie(to, "w", functions);
	}
	if (out)
		return out;
	free(to);
	free(*text);
	*text = NULL;
	return NULL;
}

int memstream_close(FILE *out, char **text)
{
	bool failed = !out || ferror(out);

	if (out && fclose(out) != 0)
		failed = true;
	if (!failed)
		return 0;
	free(*text);
	*text = NULL;
	return -ENOMEM;
}

void memstream_end(FILE *out, char **text)
{
	if (memstream_close(out, text) < 0)
		stdout_lost(ENOMEM);
}

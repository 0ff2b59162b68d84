// SPDX-License-Identifier: LGPL-2.1-or-later
/* file.c - a file that is replaced as a whole */
#include "capture/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define TEMP_NAME ".tcpmem-XXXXXX"

static void release(struct tm_capture_file *file)
{
	free(file->path);
	free(file->temp);
	*file = (struct tm_capture_file){ .fd = -1 };
}

/* The target of a symbolic link is replaced, not the link. */
static int resolve(const char *path, char **resolved)
{
	*resolved = realpath(path, NULL);
	if (!*resolved && errno == ENOENT)
		*resolved = strdup(path);
	return *resolved ? 0 : -errno;
}

/* How much of @path is its directory, the last slash included. */
static int directory_len(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? (int)(slash - path) + 1 : 0;
}

static int open_temp(struct tm_capture_file *file)
{
	if (asprintf(&file->temp, "%.*s" TEMP_NAME, directory_len(file->path),
		     file->path) < 0) {
		file->temp = NULL;
		return -ENOMEM;
	}
	file->fd = mkostemp(file->temp, O_CLOEXEC);
	return file->fd < 0 ? -errno : 0;
}

int tm_capture_file_open(const char *path, struct tm_capture_file *file)
{
	struct stat st;
	int ret;

	*file = (struct tm_capture_file){ .fd = -1 };
	if (stat(path, &st) == 0 && !S_ISREG(st.st_mode)) {
		file->fd = open(path, O_WRONLY | O_CLOEXEC);
		return file->fd < 0 ? -errno : 0;
	}
	ret = resolve(path, &file->path);
	if (ret == 0)
		ret = open_temp(file);
	if (ret)
		release(file);
	return ret;
}

static int sync_directory(const char *path)
{
	char directory[PATH_MAX];
	int fd, ret;

	ret = snprintf(directory, sizeof(directory), "%.*s.",
		       directory_len(path), path);
	if (ret < 0 || (size_t)ret >= sizeof(directory))
		return -ENAMETOOLONG;
	fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	/* some file systems refuse fsync(2) of directories with EINVAL */
	ret = fsync(fd) < 0 && errno != EINVAL ? -errno : 0;
	close(fd);
	return ret;
}

static int replace(const struct tm_capture_file *file)
{
	if (fsync(file->fd) < 0)
		return -errno;
	if (rename(file->temp, file->path) < 0)
		return -errno;
	return sync_directory(file->path);
}

int tm_capture_file_commit(struct tm_capture_file *file)
{
	int ret = file->path ? replace(file) : 0;

	if (close(file->fd) < 0 && ret == 0)
		ret = -errno;
	if (ret && file->temp)
		unlink(file->temp);
	release(file);
	return ret;
}

void tm_capture_file_abort(struct tm_capture_file *file)
{
	close(file->fd);
	if (file->temp)
		unlink(file->temp);
	release(file);
}

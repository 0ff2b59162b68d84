// SPDX-License-Identifier: LGPL-2.1-or-later
/* file.c - files that are written whole or not at all */
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static int write_all(int fd, const char *data, size_t size)
{
	while (size) {
		ssize_t done = write(fd, data, size);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return -errno;
		data += done;
		size -= (size_t)done;
	}
	return 0;
}

static int write_in_place(const char *path, const void *data, size_t size)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	int ret;

	if (fd < 0)
		return -errno;
	ret = write_all(fd, data, size);
	return close(fd) < 0 && ret == 0 ? -errno : ret;
}

/* The mode that open(2) would give it, not the 0600 of mkstemp(3) */
static mode_t usual_mode(void)
{
	mode_t mask = umask(0);

	umask(mask);
	return 0666 & ~mask;
}

int file_rename_over(const char *path, const void *data, size_t size,
		     mode_t mode)
{
	char *temporary;
	int fd, ret;

	if (asprintf(&temporary, "%s.XXXXXX", path) < 0)
		return -ENOMEM;
	fd = mkostemp(temporary, O_CLOEXEC);
	ret = fd < 0 ? -errno : write_all(fd, data, size);
	if (ret == 0 && (fchmod(fd, mode) < 0 || fsync(fd) < 0))
		ret = -errno;
	if (fd >= 0)
		close(fd);
	if (ret == 0 && rename(temporary, path) < 0)
		ret = -errno;
	if (fd >= 0 && ret < 0)
		unlink(temporary);
	free(temporary);
	return ret;
}

int file_replace(const char *path, const void *data, size_t size)
{
	struct stat st;

	if (lstat(path, &st) == 0 && !S_ISREG(st.st_mode))
		return write_in_place(path, data, size);
	return file_rename_over(path, data, size, usual_mode());
}

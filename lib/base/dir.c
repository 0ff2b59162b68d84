// SPDX-License-Identifier: LGPL-2.1-or-later
/* dir.c - directories of /proc, read many entries at a time */
#include "base/dir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

int tm_dir_open(struct tm_dir *dir, int at, const char *path)
{
	int fd = openat(at, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	dir->fd = fd;
	dir->at = 0;
	dir->len = 0;
	return 0;
}

void tm_dir_close(struct tm_dir *dir)
{
	close(dir->fd);
}

/*
 * What the kernel writes is a struct dirent of either C library: its numbers
 * have 64 bits with _FILE_OFFSET_BITS=64, which meson sets.
 */
int tm_dir_next(struct tm_dir *dir, const struct dirent **entry)
{
	const struct dirent *found;
	ssize_t len;

	if (dir->at == dir->len) {
		len = syscall(SYS_getdents64, dir->fd, dir->buf,
			      sizeof(dir->buf));
		if (len <= 0)
			return len < 0 ? -errno : 0;
		dir->len = (size_t)len;
		dir->at = 0;
	}
	found = (const struct dirent *)(dir->buf + dir->at);
	dir->at += found->d_reclen;
	*entry = found;
	return 1;
}

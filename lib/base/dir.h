/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * dir.h - directories of /proc, read many entries at a time
 *
 * One buffer serves any number of directories, one after the other.
 */
#ifndef TM_BASE_DIR_H
#define TM_BASE_DIR_H

#include <dirent.h>
#include <stddef.h>
#include <stdint.h>

struct tm_dir {
	int fd; /* of the open directory, for openat() and readlinkat() */
	size_t at, len;
	_Alignas(8) uint8_t buf[32768];
};

/* tm_dir_open() - opens @path below @at. Return: 0 or -errno. */
int tm_dir_open(struct tm_dir *dir, int at, const char *path);
void tm_dir_close(struct tm_dir *dir);

/* tm_dir_next() - Return: 1 and the next entry, 0 at the end, or -errno. */
int tm_dir_next(struct tm_dir *dir, const struct dirent **entry);

#endif

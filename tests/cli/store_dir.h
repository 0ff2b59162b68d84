/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* store_dir.h - a directory of each test's own, and files in it */
#ifndef TEST_STORE_DIR_H
#define TEST_STORE_DIR_H

#include <check.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* 2026-11-22T12:00:00Z */
#define NOON   INT64_C(1795348800000)
#define MINUTE INT64_C(60000)
#define HOUR   (60 * MINUTE)
#define DAY    (24 * HOUR)

static char dir[64];
static size_t open_before;

static inline size_t count_open(void)
{
	DIR *stream = opendir("/proc/self/fd");
	size_t count = 0;

	while (stream && readdir(stream))
		count++;
	if (stream)
		closedir(stream);
	return count;
}

/* make_dir() - in memory, where that is possible: SQLite waits for the disk */
static inline void make_dir(void)
{
	snprintf(dir, sizeof(dir), "%s/tcpmem-test-XXXXXX",
		 access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	open_before = count_open();
}

static inline const char *path_of(const char *name)
{
	static char path[512];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

/* remove_dir() - also sees that nothing has stayed open since make_dir() */
static inline void remove_dir(void)
{
	DIR *stream = opendir(dir);
	struct dirent *found;

	ck_assert_ptr_nonnull(stream);
	while ((found = readdir(stream)))
		if (unlinkat(dirfd(stream), found->d_name, 0) < 0)
			unlinkat(dirfd(stream), found->d_name, AT_REMOVEDIR);
	closedir(stream);
	ck_assert_int_eq(rmdir(dir), 0);
	ck_assert_uint_eq(count_open(), open_before);
}

/* read_file() - up to @size bytes. Return: how many there are */
static inline ssize_t read_file(const char *name, void *data, size_t size)
{
	int fd = open(path_of(name), O_RDONLY | O_CLOEXEC);
	ssize_t len = read(fd, data, size);

	close(fd);
	return len;
}

static inline void put_file(const char *name, const void *data, size_t size)
{
	int fd = open(path_of(name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
		      0600);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, data, size), (ssize_t)size);
	close(fd);
}

static inline bool has_file(const char *name)
{
	struct stat st;

	return lstat(path_of(name), &st) == 0;
}

/* count_files() - whose names begin so */
static inline size_t count_files(const char *begin)
{
	DIR *stream = opendir(dir);
	struct dirent *found;
	size_t count = 0;

	ck_assert_ptr_nonnull(stream);
	while ((found = readdir(stream)))
		count += *found->d_name != '.' &&
			 strncmp(found->d_name, begin, strlen(begin)) == 0;
	closedir(stream);
	return count;
}

#endif

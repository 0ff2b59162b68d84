// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * file.c - a file that is replaced as a whole
 *
 * What is written has no name, so whatever ends the writer leaves nothing. It
 * is linked, or copied where the file system cannot do that, only when it is
 * whole: under a name of its own first, since a link replaces nothing.
 */
#include "capture/internal.h"

#include "base/util.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define TEMP_PREFIX ".tcpmem-"
#define TEMP_SIZE   sizeof(TEMP_PREFIX "xxxxxx")
#define TEMP_TRIES  100

/* A number of six digits of base 32. */
static void make_temp_name(char name[TEMP_SIZE])
{
	static const char digits[] = "abcdefghijklmnopqrstuvwxyz234567";
	uint64_t number = tm_random_seed() >> 1;

	strcpy(name, TEMP_PREFIX);
	for (size_t i = sizeof(TEMP_PREFIX) - 1; i < TEMP_SIZE - 1; i++) {
		name[i] = digits[number % 32];
		number /= 32;
	}
	name[TEMP_SIZE - 1] = '\0';
}

static void block_signals(sigset_t *before)
{
	sigset_t all;

	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, before);
}

static void unblock_signals(const sigset_t *before)
{
	pthread_sigmask(SIG_SETMASK, before, NULL);
}

/* Return: an fd or -errno; @name is the file's. */
static int create_temp(int dir, char name[TEMP_SIZE])
{
	int fd = -1;

	for (int i = 0; fd < 0 && i < TEMP_TRIES; i++) {
		make_temp_name(name);
		fd = openat(dir, name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC,
			    0600);
		if (fd < 0 && errno != EEXIST)
			return -errno;
	}
	return fd < 0 ? -EEXIST : fd;
}

/* A file without a name. Return: an fd or -errno. */
static int open_nameless(int dir)
{
	char name[TEMP_SIZE];
	sigset_t before;
	int fd = openat(dir, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	if (fd >= 0)
		return fd;
	/* a kernel that does not know the flag takes it for a directory's */
	if (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL)
		return -errno;
	block_signals(&before);
	fd = create_temp(dir, name);
	if (fd >= 0)
		unlinkat(dir, name, 0);
	unblock_signals(&before);
	return fd;
}

static bool is_foreign(const struct stat *st)
{
	return st->st_uid != geteuid() && st->st_uid != 0;
}

/*
 * What is no regular file. Who made a pipe reads it; a link of /proc leads to
 * what we were given. The name may stand for another file by now.
 */
static int open_as_is(struct tm_capture_file *file)
{
	const struct tm_target *target = &file->target;
	int nofollow = target->magic ? 0 : O_NOFOLLOW;
	struct stat st;

	if (!target->magic && S_ISFIFO(target->st.st_mode) &&
	    is_foreign(&target->st))
		return -EACCES;
	file->fd = openat(target->dir, target->name,
			  O_WRONLY | O_NOCTTY | O_CLOEXEC | nofollow);
	if (file->fd < 0)
		return -errno;
	if (fstat(file->fd, &st) < 0)
		return -errno;
	if (!target->magic &&
	    (st.st_ino != target->st.st_ino || st.st_dev != target->st.st_dev))
		return -EACCES;
	if (S_ISREG(st.st_mode) && ftruncate(file->fd, 0) < 0)
		return -errno;
	return 0;
}

/* As fs.protected_regular has it, where there is that sysctl or not. */
static int check_owner(const struct tm_target *target)
{
	struct stat dir;

	if (fstatat(target->dir, "", &dir, AT_EMPTY_PATH) < 0)
		return -errno;
	if (target->exists && (dir.st_mode & S_ISVTX) &&
	    (dir.st_mode & (S_IWOTH | S_IWGRP)) &&
	    target->st.st_uid != geteuid() && target->st.st_uid != dir.st_uid)
		return -EACCES;
	return 0;
}

static int begin(struct tm_capture_file *file)
{
	const struct tm_target *target = &file->target;
	int ret;

	if (target->magic || (target->exists && !S_ISREG(target->st.st_mode)))
		return open_as_is(file);
	ret = check_owner(target);
	if (ret)
		return ret;
	file->replaces = true;
	file->fd = open_nameless(target->dir);
	return file->fd < 0 ? file->fd : 0;
}

int tm_capture_file_open(const char *path, struct tm_capture_file *file)
{
	int ret;

	*file = (struct tm_capture_file){ .fd = -1 };
	ret = tm_target_open(path, &file->target);
	if (ret)
		return ret;
	ret = begin(file);
	if (ret)
		tm_capture_file_abort(file);
	return ret;
}

/* The first way needs a capability, the second /proc. 0 or -errno. */
static int link_temp(const struct tm_capture_file *file, char name[TEMP_SIZE])
{
	char path[64];
	int ret;

	make_temp_name(name);
	if (linkat(file->fd, "", file->target.dir, name, AT_EMPTY_PATH) == 0)
		return 0;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", file->fd);
	ret = linkat(AT_FDCWD, path, file->target.dir, name, AT_SYMLINK_FOLLOW);
	return ret < 0 ? -errno : 0;
}

static int copy_bytes(int from, int to)
{
	char buf[16384];
	off_t at = 0;
	ssize_t got;

	while ((got = pread(from, buf, sizeof(buf), at)) > 0) {
		ssize_t put = write(to, buf, (size_t)got);

		if (put < 0)
			return -errno;
		at += put;
	}
	if (got < 0)
		return -errno;
	return fsync(to) < 0 ? -errno : 0;
}

static int copy_temp(const struct tm_capture_file *file, char name[TEMP_SIZE])
{
	int fd = create_temp(file->target.dir, name);
	int ret;

	if (fd < 0)
		return fd;
	ret = copy_bytes(file->fd, fd);
	if (close(fd) < 0 && ret == 0)
		ret = -errno;
	if (ret)
		unlinkat(file->target.dir, name, 0);
	return ret;
}

/* There is a name from here on, so no signal comes in between. */
static int give_name(const struct tm_capture_file *file)
{
	int dir = file->target.dir;
	char temp[TEMP_SIZE];
	sigset_t before;
	int ret = 0;

	block_signals(&before);
	if (link_temp(file, temp))
		ret = copy_temp(file, temp);
	if (ret == 0 && renameat(dir, temp, dir, file->target.name) < 0) {
		ret = -errno;
		unlinkat(dir, temp, 0);
	}
	unblock_signals(&before);
	return ret;
}

/* A directory that may not be read cannot be opened to be synchronised. */
static int sync_directory(int dir)
{
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int ret;

	if (fd < 0)
		return errno == EACCES ? 0 : -errno;
	/* a file system that cannot do it for directories need not */
	ret = fsync(fd) < 0 && errno != EINVAL ? -errno : 0;
	close(fd);
	return ret;
}

static int replace(const struct tm_capture_file *file)
{
	int ret = fsync(file->fd) < 0 ? -errno : 0;

	if (ret == 0)
		ret = give_name(file);
	return ret ? ret : sync_directory(file->target.dir);
}

int tm_capture_file_commit(struct tm_capture_file *file)
{
	int ret = file->replaces ? replace(file) : 0;

	if (close(file->fd) < 0 && ret == 0)
		ret = -errno;
	tm_target_close(&file->target);
	return ret;
}

void tm_capture_file_abort(struct tm_capture_file *file)
{
	if (file->fd >= 0)
		close(file->fd);
	tm_target_close(&file->target);
}

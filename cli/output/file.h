/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* file.h - files that are written whole or not at all */
#ifndef CLI_OUTPUT_FILE_H
#define CLI_OUTPUT_FILE_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/types.h>

/*
 * file_replace() - makes @path a file with the @size bytes at @data
 * @mode: of the new file; 0: as open(2) would give it
 *
 * A reader sees the old file or the new one, whole. What is no regular file, a
 * FIFO or a symbolic link, is opened with file_open_to_write().
 *
 * Return: 0 or -errno; then the old file is as it was.
 */
int file_replace(const char *path, const void *data, size_t size, mode_t mode);

/*
 * file_can_replace() - whether file_replace() could, as far as can be told
 *
 * Makes a file beside @path and removes it. Return: 0 or -errno.
 */
int file_can_replace(const char *path);

/*
 * file_make_beside() - a new file beside @path, which is to take its place
 * @name: its own; the caller frees it, also on failure
 *
 * Return: an fd or -errno.
 */
int file_make_beside(const char *path, char **name);

/*
 * file_open_to_write() - opens @path as the shell's ">" does
 *
 * Return: an fd or -errno, -EACCES too if file_is_planted(); -EEXIST if a file
 * appears meanwhile where there was none.
 */
int file_open_to_write(const char *path);

/*
 * file_find_target() - where a file that replaces @path as a whole has to be
 * @target: receives @path, or what it leads to through symbolic links
 *
 * Return: 0; -EEXIST if a directory, a device or a FIFO is there; -EACCES if
 * file_is_planted(); -errno.
 */
int file_find_target(const char *path, char target[PATH_MAX]);

/*
 * file_is_planted() - whether another user than root put @path where he could
 * only because everybody may
 */
bool file_is_planted(const char *path);

/*
 * file_take_place() - makes the file at @temporary, open as @fd, that at @path
 *
 * It is on the disk before it has the name; after a crash, the name leads to
 * the old file or to the new one, whole.
 *
 * Return: 0 or -errno; then the old file is as it was.
 */
int file_take_place(int fd, const char *temporary, const char *path);

/* file_write() - all of it. 0 or -errno */
int file_write(int fd, const void *data, size_t size);

/*
 * memstream_open() - a stream that makes a text, as open_memstream(3) does
 * @text, @size: of what was flushed, followed by a NUL; the caller frees it
 *
 * That of glibc 2.36 does not tell that it lost a part for want of memory:
 * neither ferror() nor fclose() does.
 *
 * Return: NULL: -ENOMEM; @text is NULL then.
 */
FILE *memstream_open(char **text, size_t *size);

/*
 * memstream_close() - ends a text of memstream_open()
 * @out: NULL: it could not be opened
 * @text: becomes NULL if it is not whole; the caller frees it
 *
 * Return: 0 or -ENOMEM.
 */
int memstream_close(FILE *out, char **text);

/* memstream_end() - the same of a text for stdout: stdout_close() fails */
void memstream_end(FILE *out, char **text);

#endif

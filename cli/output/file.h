/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* file.h - files that are written whole or not at all */
#ifndef CLI_OUTPUT_FILE_H
#define CLI_OUTPUT_FILE_H

#include <stddef.h>
#include <sys/types.h>

/*
 * file_replace() - makes @path a file with the @size bytes at @data
 *
 * A reader sees the old file or the new one, whole. What is no regular file, a
 * FIFO or a symbolic link, is opened and written, as the shell's ">" does.
 *
 * Return: 0 or -errno; then the old file is as it was.
 */
int file_replace(const char *path, const void *data, size_t size);

/*
 * file_rename_over() - the same, whatever is at @path, and with @mode
 *
 * Return: 0 or -errno; then what was there is as it was.
 */
int file_rename_over(const char *path, const void *data, size_t size,
		     mode_t mode);

#endif

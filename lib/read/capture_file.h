/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * capture_file.h - a file that is replaced as a whole
 *
 * Whoever looks, and whenever the writer dies, finds the old file or the new
 * one. A pipe or a device is written to as it is.
 */
#ifndef TM_READ_CAPTURE_FILE_H
#define TM_READ_CAPTURE_FILE_H

struct tm_capture_file {
	int fd;
	char *path; /* what is replaced; NULL if nothing is */
	char *temp; /* what is written, in the same directory */
};

/*
 * tm_capture_file_open() - begins to write what @path shall be
 *
 * Only its owner may read the new file: it tells of every user's sockets.
 *
 * Return: 0, -ENOMEM, -ENAMETOOLONG, or -errno of open(2).
 */
int tm_capture_file_open(const char *path, struct tm_capture_file *file);

/*
 * tm_capture_file_commit() - puts the new file in the place of the old one
 *
 * It is on the disk before it gets the name, and the name before this returns.
 * @file is closed whatever happens, and the temporary file gone.
 *
 * Return: 0, or -errno of fsync(2) or rename(2).
 */
int tm_capture_file_commit(struct tm_capture_file *file);

/* tm_capture_file_abort() - leaves the old file as it was */
void tm_capture_file_abort(struct tm_capture_file *file);

#endif

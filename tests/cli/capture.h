/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* capture.h - what a part of the command prints, as text */
#ifndef TEST_CAPTURE_H
#define TEST_CAPTURE_H

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/*
 * struct capture - print to @out, then ask for the text
 * @stderr_fd: what standard error was; -1: it is not captured
 */
struct capture {
	FILE *out;
	char *text;
	int stderr_fd;
};

static inline void capture_begin(struct capture *capture)
{
	capture->text = NULL;
	capture->stderr_fd = -1;
	capture->out = tmpfile();
	ck_assert_ptr_nonnull(capture->out);
}

/* capture_stderr() - takes what is said, too */
static inline void capture_stderr(struct capture *capture)
{
	capture_begin(capture);
	capture->stderr_fd = dup(STDERR_FILENO);
	ck_assert_int_ge(capture->stderr_fd, 0);
	ck_assert_int_ge(dup2(fileno(capture->out), STDERR_FILENO), 0);
}

static inline const char *capture_text(struct capture *capture)
{
	int fd = fileno(capture->out);
	off_t size;

	ck_assert_int_eq(fflush(capture->out), 0);
	size = lseek(fd, 0, SEEK_END);
	ck_assert_int_ge(size, 0);
	free(capture->text);
	capture->text = calloc(1, (size_t)size + 1);
	ck_assert_ptr_nonnull(capture->text);
	ck_assert_int_eq(pread(fd, capture->text, (size_t)size, 0), size);
	return capture->text;
}

static inline void capture_end(struct capture *capture)
{
	if (capture->stderr_fd >= 0) {
		dup2(capture->stderr_fd, STDERR_FILENO);
		close(capture->stderr_fd);
	}
	fclose(capture->out);
	free(capture->text);
}

#endif

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* capture.h - what a part of the command prints, as text */
#ifndef TEST_CAPTURE_H
#define TEST_CAPTURE_H

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

/* struct capture - print to @out, then ask for the text */
struct capture {
	FILE *out;
	char *text;
	size_t size;
	FILE *stream; /* what stderr was */
};

static inline void capture_begin(struct capture *capture)
{
	capture->text = NULL;
	capture->stream = NULL;
	capture->out = open_memstream(&capture->text, &capture->size);
	ck_assert_ptr_nonnull(capture->out);
}

/* capture_stderr() - takes what is said, too */
static inline void capture_stderr(struct capture *capture)
{
	capture_begin(capture);
	capture->stream = stderr;
	stderr = capture->out;
}

static inline const char *capture_text(struct capture *capture)
{
	ck_assert_int_eq(fflush(capture->out), 0);
	return capture->text;
}

static inline void capture_end(struct capture *capture)
{
	if (capture->stream)
		stderr = capture->stream;
	fclose(capture->out);
	free(capture->text);
}

#endif

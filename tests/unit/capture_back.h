/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* capture_back.h - what was written is read at once */
#ifndef TM_CAPTURE_BACK_H
#define TM_CAPTURE_BACK_H

#include "capture_whole.h"

static inline int pass_message(const struct tm_capture_message *message,
			       const struct tm_capture *capture, void *user)
{
	(void)message;
	(void)capture;
	(void)user;
	return 0;
}

/* Ends what was written, and reads it: @capture is to be cleared. */
static inline void read_back(struct tm_capture_writer *w,
			     struct tm_capture *capture)
{
	const struct tm_capture_sink sink = { .message = pass_message };
	struct tm_capture_error error;
	int fd = end_capture(w);

	ck_assert_int_eq(tm_capture_read(fd, false, &sink, capture, &error), 0);
	close(fd);
}

#endif

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* capture_load.h - the sections of a capture -> facts and messages */
#ifndef TM_READ_CAPTURE_LOAD_H
#define TM_READ_CAPTURE_LOAD_H

#include "read/capture.h"

/* The numbers that a file gives things, ascending; their places are ours. */
struct tm_numbers {
	uint32_t *number;
	size_t count;
	size_t capacity;
};

struct tm_capture_load {
	const struct tm_capture_sink *sink;
	struct tm_capture *capture;
	struct tm_numbers netns;
	struct tm_numbers processes;
	size_t places_capacity; /* of the processes' places */
	const char *reason;	/* what is wrong with a record */
};

/*
 * tm_capture_load_section() - takes in what a section says
 *
 * Return: 0; -EBADMSG if its records make no sense; -ENOMEM; or what the sink
 * returned.
 */
int tm_capture_load_section(struct tm_capture_load *load,
			    const struct tm_section *section,
			    struct tm_capture_error *error);
void tm_capture_load_clear(struct tm_capture_load *load);

#endif

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* capture_load.h - the sections of a capture -> facts and messages */
#ifndef TM_READ_CAPTURE_LOAD_H
#define TM_READ_CAPTURE_LOAD_H

#include "read/capture.h"

/* The numbers that a file gives things, ascending; their metadata are ours. */
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
	size_t metadata_capacity; /* of the processes' metadata */
	uint64_t *pair;		  /* inode << 32 | index of a process */
	size_t pair_count;
	size_t pair_capacity;
	const char *reason; /* what is wrong with a record */
};

/* tm_numbers_find() - where @number stands; @numbers->count if it does not */
size_t tm_numbers_find(const struct tm_numbers *numbers, uint32_t number);

/* tm_load_number() - a new one. 0, -EBADMSG if it does not ascend, -ENOMEM */
int tm_load_number(struct tm_capture_load *load, struct tm_numbers *numbers,
		   uint32_t number);

/* tm_load_malformed() - notes why. Return: -EBADMSG */
int tm_load_malformed(struct tm_capture_load *load, const char *reason);

/* One record of a section of that type. Return: as tm_capture_load_section().
 */
int tm_load_clock(struct tm_capture_load *load, struct tm_cursor *record);
int tm_load_scope(struct tm_capture_load *load, struct tm_cursor *record);
int tm_load_fact(struct tm_capture_load *load, struct tm_cursor *record);
int tm_load_object(struct tm_capture_load *load, struct tm_cursor *record);
int tm_load_dark(struct tm_capture_load *load, struct tm_cursor *record);
int tm_load_cgroup(struct tm_capture_load *load, struct tm_cursor *record);
int tm_load_process(struct tm_capture_load *load, struct tm_cursor *record);
int tm_load_inode(struct tm_capture_load *load, struct tm_cursor *record);
int tm_load_book(struct tm_capture_load *load, struct tm_cursor *record);
int tm_load_warning(struct tm_capture_load *load, struct tm_cursor *record);

/*
 * tm_capture_load_section() - takes in what a section says
 *
 * Return: 0; -EBADMSG if its records make no sense; -ENOMEM; or what the sink
 * returned.
 */
int tm_capture_load_section(struct tm_capture_load *load,
			    const struct tm_section *section,
			    struct tm_capture_error *error);

/* tm_capture_load_finish() - after the last section. 0 or -ENOMEM. */
int tm_capture_load_finish(struct tm_capture_load *load);
void tm_capture_load_clear(struct tm_capture_load *load);

#endif

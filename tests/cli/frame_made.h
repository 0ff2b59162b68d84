/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* frame_made.h - frames that a test chose, row by row */
#ifndef TEST_FRAME_MADE_H
#define TEST_FRAME_MADE_H

#include "store/frame.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

/* made_group() - the group of the rows that follow; @prefix NULL: not keyed */
static inline void made_group(struct frame *frame, uint16_t type,
			      const void *prefix, uint32_t len)
{
	size_t size = (frame->groups + 1) * sizeof(*frame->group);
	struct frame_group group = { .type = type,
				     .prefix_len = len,
				     .keyed = len };

	if (len)
		memcpy(group.prefix, prefix, len);
	frame->group = realloc(frame->group, size);
	ck_assert_ptr_nonnull(frame->group);
	frame->group[frame->groups++] = group;
}

/* made_row() - of the last group */
static inline uint8_t *made_row(struct frame *frame, const void *data,
				size_t len)
{
	uint8_t *to = bytes_extend(&frame->bytes, len);

	frame->row =
		realloc(frame->row, (frame->rows + 1) * sizeof(*frame->row));
	ck_assert(to && frame->row);
	if (data)
		memcpy(to, data, len);
	else
		memset(to, 0, len);
	frame->row[frame->rows++] = (struct frame_row){
		.at = (uint32_t)(to - frame->bytes.data),
		.len = (uint32_t)len,
		.group = (uint32_t)frame->groups - 1,
	};
	frame->group[frame->groups - 1].rows++;
	return to;
}

/* made_payload() - a section that is no rows */
static inline void made_payload(struct frame *frame, uint16_t type,
				const void *data, size_t len)
{
	made_group(frame, type, NULL, 0);
	made_row(frame, data, len);
}

#endif

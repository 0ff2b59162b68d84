/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* codec.h - what encoding and decoding a frame have in common */
#ifndef CLI_STORE_CODEC_H
#define CLI_STORE_CODEC_H

#include "store/frame.h"

#define TYPE_MESSAGE  4
#define MESSAGE_FIXED 88 /* struct nlmsghdr and struct inet_diag_msg */

enum stream {
	STREAM_RUNS,	/* new rows, first of those copied, their number */
	STREAM_LENGTHS, /* of new rows; and of payloads */
	STREAM_NEW,
	STREAM_CHANGED, /* distances between changed rows, among the copied */
	STREAM_DELTA,
	STREAM_COUNT,
};

/*
 * frame_sort_rows() - by length, and in their order where that is the same
 *
 * Return: 0 or -ENOMEM.
 */
int frame_sort_rows(struct frame_row **rows, size_t count);

/*
 * frame_transpose() - the first byte of all rows of a length, then the second
 * @columns: they are put there, or added from there to the rows in @data
 * @rows: sorted
 */
void frame_transpose(uint8_t *columns, struct frame_row *const *rows,
		     size_t count, uint8_t *data, bool put);

/* frame_forward() - a row of the base, a while later: timers have run */
void frame_forward(uint8_t *row, uint32_t len, uint16_t type,
		   uint32_t elapsed_ms);

/* frame_payloads() - what is no row, as an encoding ends with it */
void frame_payloads(const struct frame *frame, struct bytes *out);

#endif

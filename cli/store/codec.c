// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * codec.c - frames as what differs from the frame before, compressed
 *
 * A frame is: the number of milliseconds since its base; the groups; streams,
 * each behind its length; the payloads that are no rows. All is compressed by
 * zstd, for which the payloads of the base stand before it.
 *
 * Rows that the base has, by key and length, are copied in runs, and timers of
 * sockets are brought forward; then the bytes that still differ are added,
 * column by column. Other rows stand column by column as well.
 */
#include "store/codec.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* of a message */
#define MESSAGE_TIMER	18
#define MESSAGE_EXPIRES 68

int frame_sort_rows(struct frame_row **rows, size_t count)
{
	struct frame_row **room = malloc((count + 1) * sizeof(*room));
	struct frame_row **from = rows, **to = room, **other;

	if (!room)
		return -ENOMEM;
	for (int shift = 0; count && shift < 32; shift += 8) {
		size_t place[257] = { 0 };

		for (size_t i = 0; i < count; i++)
			place[(from[i]->len >> shift & 0xff) + 1]++;
		if (place[((*from)->len >> shift & 0xff) + 1] == count)
			continue;
		for (int i = 1; i < 256; i++)
			place[i] += place[i - 1];
		for (size_t i = 0; i < count; i++)
			to[place[from[i]->len >> shift & 0xff]++] = from[i];
		other = from;
		from = to;
		to = other;
	}
	if (from != rows)
		memcpy(rows, from, count * sizeof(*rows));
	free(room);
	return 0;
}

/* @step: from a byte of a row to the next one, among the columns */
static void transpose_row(uint8_t *column, size_t step, uint8_t *row,
			  uint32_t len, bool put)
{
	for (const uint8_t *end = row + len; row < end; row++) {
		if (put)
			*column = *row;
		else
			*row = (uint8_t)(*row + *column);
		column += step;
	}
}

/* Eight rows of a length: of most bytes, what differs is nothing. */
static void add_eight(const uint8_t *column, size_t step,
		      struct frame_row *const *rows, uint8_t *data)
{
	uint32_t len = (*rows)->len;
	uint8_t *row[8];

	for (int i = 0; i < 8; i++)
		row[i] = data + rows[i]->at;
	for (uint32_t at = 0; at < len; at++, column += step) {
		uint64_t eight;

		memcpy(&eight, column, sizeof(eight));
		for (int i = 0; eight && i < 8; i++)
			row[i][at] = (uint8_t)(row[i][at] + column[i]);
	}
}

/* The rows up to @end are of one length. */
static void transpose_rows(uint8_t *column, struct frame_row *const *row,
			   struct frame_row *const *end, uint8_t *data,
			   bool put)
{
	size_t step = (size_t)(end - row);

	for (; !put && end - row >= 8; row += 8, column += 8)
		add_eight(column, step, row, data);
	for (; row < end; row++, column++)
		transpose_row(column, step, data + (*row)->at, (*row)->len,
			      put);
}

void frame_transpose(uint8_t *columns, struct frame_row *const *rows,
		     size_t count, uint8_t *data, bool put)
{
	struct frame_row *const *last = rows + count, *const * end;

	for (; rows < last; rows = end) {
		uint32_t len = (*rows)->len;

		for (end = rows; end < last && (*end)->len == len;)
			end++;
		transpose_rows(columns, rows, end, data, put);
		columns += (size_t)(end - rows) * len;
	}
}

void frame_forward(uint8_t *row, uint32_t len, uint16_t type,
		   uint32_t elapsed_ms)
{
	uint32_t expires;

	if (type != TYPE_MESSAGE || len < MESSAGE_FIXED || !row[MESSAGE_TIMER])
		return;
	memcpy(&expires, row + MESSAGE_EXPIRES, sizeof(expires));
	if (expires < elapsed_ms)
		return;
	expires -= elapsed_ms;
	memcpy(row + MESSAGE_EXPIRES, &expires, sizeof(expires));
}

void frame_payloads(const struct frame *frame, struct bytes *out)
{
	for (size_t i = 0; frame && i < frame->rows; i++) {
		const struct frame_row *row = &frame->row[i];

		if (frame->group[row->group].keyed)
			continue;
		bytes_number(out, row->len);
		bytes_add(out, frame->bytes.data + row->at, row->len);
	}
}

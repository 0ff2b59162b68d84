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

/* By length, and in their order where that is the same. 0 or -ENOMEM */
static int sort_pairs(struct pair *pairs, size_t count)
{
	struct pair *room = malloc((count + 1) * sizeof(*room));
	struct pair *from = pairs, *to = room, *other;

	if (!room)
		return -ENOMEM;
	for (int shift = 0; count && shift < 32; shift += 8) {
		size_t place[257] = { 0 };

		for (size_t i = 0; i < count; i++)
			place[(from[i].row->len >> shift & 0xff) + 1]++;
		if (place[(from->row->len >> shift & 0xff) + 1] == count)
			continue;
		for (int i = 1; i < 256; i++)
			place[i] += place[i - 1];
		for (size_t i = 0; i < count; i++)
			to[place[from[i].row->len >> shift & 0xff]++] = from[i];
		other = from;
		from = to;
		to = other;
	}
	if (from != pairs)
		memcpy(pairs, from, count * sizeof(*pairs));
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
		      const struct pair *pairs, uint8_t *data)
{
	uint32_t len = pairs->row->len;
	uint8_t *row[8];

	for (int i = 0; i < 8; i++)
		row[i] = data + pairs[i].row->at;
	for (uint32_t at = 0; at < len; at++, column += step) {
		uint64_t eight;

		memcpy(&eight, column, sizeof(eight));
		for (int i = 0; eight && i < 8; i++)
			row[i][at] = (uint8_t)(row[i][at] + column[i]);
	}
}

/* The rows from @pair to @end are of one length. */
static void transpose_rows(uint8_t *column, const struct pair *pair,
			   const struct pair *end, uint8_t *data, bool put)
{
	size_t step = (size_t)(end - pair);

	for (; !put && end - pair >= 8; pair += 8, column += 8)
		add_eight(column, step, pair, data);
	for (; pair < end; pair++, column++)
		transpose_row(column, step, data + pair->row->at,
			      pair->row->len, put);
}

int frame_transpose(uint8_t *columns, struct pair *pairs, size_t count,
		    uint8_t *data, bool put)
{
	const struct pair *last = pairs + count, *end;
	int ret = sort_pairs(pairs, count);

	if (ret)
		return ret;
	for (const struct pair *begin = pairs; begin < last; begin = end) {
		uint32_t len = begin->row->len;

		for (end = begin; end < last && end->row->len == len;)
			end++;
		transpose_rows(columns, begin, end, data, put);
		columns += (size_t)(end - begin) * len;
	}
	return 0;
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

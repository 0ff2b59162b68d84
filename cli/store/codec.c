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

static int by_length(const void *a, const void *b)
{
	const struct frame_row *i = ((const struct pair *)a)->row;
	const struct frame_row *j = ((const struct pair *)b)->row;

	if (i->len != j->len)
		return i->len < j->len ? -1 : 1;
	return i < j ? -1 : i > j;
}

void frame_transpose(uint8_t *columns, struct pair *pairs, size_t count,
		     uint8_t *data, bool put)
{
	const struct pair *last = pairs + count, *end;

	qsort(pairs, count, sizeof(*pairs), by_length);
	for (const struct pair *begin = pairs; begin < last; begin = end) {
		uint32_t len = begin->row->len;

		for (end = begin; end < last && end->row->len == len;)
			end++;
		for (uint32_t at = 0; at < len; at++) {
			for (const struct pair *pair = begin; pair < end;
			     pair++) {
				uint8_t *byte = data + pair->row->at + at;

				if (put)
					*columns++ = *byte;
				else
					*byte = (uint8_t)(*byte + *columns++);
			}
		}
	}
}

void frame_predict(uint8_t *to, const struct frame *base,
		   const struct frame_row *row, uint32_t elapsed_ms)
{
	uint32_t expires;

	memcpy(to, base->bytes.data + row->at, row->len);
	if (base->group[row->group].type != TYPE_MESSAGE ||
	    row->len < MESSAGE_FIXED || !to[MESSAGE_TIMER])
		return;
	memcpy(&expires, to + MESSAGE_EXPIRES, sizeof(expires));
	if (expires < elapsed_ms)
		return;
	expires -= elapsed_ms;
	memcpy(to + MESSAGE_EXPIRES, &expires, sizeof(expires));
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

// SPDX-License-Identifier: LGPL-2.1-or-later
/* decode.c - a frame of its encoding: nothing that a file says is believed */
#include "store/codec.h"
#include "store/libs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* struct decoder - @pairs: of the keyed rows, in order */
struct decoder {
	const struct frame *base;
	struct frame *frame;
	uint32_t elapsed_ms;
	struct reader stream[STREAM_COUNT];
	struct reader payloads;
	struct pair *pairs;
	struct pair *some;
	size_t count;
	int64_t fresh_len;
};

/* What comes out is bounded, however little goes in. */
static int decompress(const uint8_t *data, size_t len,
		      const struct bytes *before, struct bytes *plain)
{
	int ret = store_libs_load();
	ZSTD_inBuffer in = { data, len, 0 };
	ZSTD_DCtx *zstd;
	size_t left = 1;

	if (ret < 0)
		return ret;
	zstd = ZSTD_createDCtx();
	if (zstd && before->used)
		ZSTD_DCtx_refPrefix(zstd, before->data, before->used);
	while (zstd && left && !ZSTD_isError(left)) {
		size_t room = ZSTD_DStreamOutSize();
		uint8_t *to = bytes_extend(plain, room);
		ZSTD_outBuffer out = { to, room, 0 };

		if (!to)
			break;
		left = ZSTD_decompressStream(zstd, &out, &in);
		plain->used -= room - out.pos;
		if (in.pos == len && !out.pos && left)
			break;
	}
	ZSTD_freeDCtx(zstd);
	if (!zstd || plain->failed || before->failed)
		return -ENOMEM;
	return left || in.pos != len ? -EBADMSG : 0;
}

static int take_groups(struct decoder *dec, struct reader *plain)
{
	size_t count = reader_number(plain);

	if (count > plain->left)
		return -EBADMSG;
	dec->frame->group = calloc(count + 1, sizeof(*dec->frame->group));
	if (!dec->frame->group)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		struct frame_group *group = &dec->frame->group[i];
		const uint8_t *prefix;

		group->type = (uint16_t)reader_number(plain);
		group->flags = (uint16_t)reader_number(plain);
		group->prefix_len = (uint32_t)reader_number(plain);
		if (group->prefix_len > FRAME_PREFIX)
			return -EBADMSG;
		prefix = reader_take(plain, group->prefix_len);
		if (prefix)
			memcpy(group->prefix, prefix, group->prefix_len);
		group->keyed = group->prefix_len;
		group->rows = (uint32_t)reader_number(plain);
		if (group->rows > BYTES_MAX / 16 - dec->frame->rows)
			return -EBADMSG;
		dec->frame->rows += group->rows;
		dec->count += group->keyed ? group->rows : 0;
	}
	dec->frame->groups = count;
	return plain->failed ? -EBADMSG : 0;
}

/* A row that a run tells of, but for its place. */
static int take_row(struct decoder *dec, size_t index, size_t from)
{
	int64_t len;

	if (from != SIZE_MAX) {
		if (!dec->base || from >= dec->base->rows ||
		    !dec->base->group[dec->base->row[from].group].keyed)
			return -EBADMSG;
		dec->pairs[index].base = &dec->base->row[from];
		dec->pairs[index].len = dec->base->row[from].len;
		return 0;
	}
	len = dec->fresh_len + reader_signed(&dec->stream[STREAM_LENGTHS]);
	if (len < 16 || len > BYTES_MAX || dec->stream[STREAM_LENGTHS].failed)
		return -EBADMSG;
	dec->fresh_len = len;
	dec->pairs[index].base = NULL;
	dec->pairs[index].len = (uint32_t)len;
	return 0;
}

static int take_runs(struct decoder *dec)
{
	struct reader *runs = &dec->stream[STREAM_RUNS];
	size_t index = 0, from = 0;
	int ret = 0;

	while (ret == 0 && runs->left) {
		size_t fresh = reader_number(runs), copied;

		from += (size_t)reader_signed(runs);
		copied = reader_number(runs);
		if (runs->failed || fresh > dec->count - index ||
		    copied > dec->count - index - fresh)
			return -EBADMSG;
		while (ret == 0 && fresh--)
			ret = take_row(dec, index++, SIZE_MAX);
		while (ret == 0 && copied--)
			ret = take_row(dec, index++, from++);
	}
	return ret == 0 && index != dec->count ? -EBADMSG : ret;
}

/*
 * Where rows stand, now that all lengths are known. These put one or more of
 * them there, and return how many; 0: no memory.
 */

/* Copies, as many of @count as stand together in the base */
static size_t place_copies(struct decoder *dec, struct frame_row *row,
			   struct pair *pair, size_t count)
{
	const struct frame *base = dec->base;
	const struct frame_row *from = pair->base;
	size_t placed = 0, len = 0;
	uint8_t *to;

	while (placed < count && pair[placed].base == from + placed &&
	       from[placed].at == from->at + len)
		len += from[placed++].len;
	to = bytes_extend(&dec->frame->bytes, len);
	if (!to)
		return 0;
	memcpy(to, base->bytes.data + from->at, len);
	for (size_t i = 0; i < placed; i++) {
		pair[i].row = &row[i];
		row[i].len = from[i].len;
		row[i].at = (uint32_t)(to - dec->frame->bytes.data);
		frame_forward(to, row[i].len, base->group[from[i].group].type,
			      dec->elapsed_ms);
		to += row[i].len;
	}
	return placed;
}

/* A new one, zeroes still */
static size_t place_fresh(struct decoder *dec, struct frame_row *row,
			  struct pair *pair)
{
	uint8_t *to = bytes_extend(&dec->frame->bytes, pair->len);

	if (!to)
		return 0;
	memset(to, 0, pair->len);
	row->len = pair->len;
	row->at = (uint32_t)(to - dec->frame->bytes.data);
	pair->row = row;
	return 1;
}

static int place_payload(struct decoder *dec, struct frame_row *row)
{
	const uint8_t *data;

	row->len = (uint32_t)reader_number(&dec->payloads);
	row->at = (uint32_t)dec->frame->bytes.used;
	data = reader_take(&dec->payloads, row->len);
	if (!data)
		return -EBADMSG;
	bytes_add(&dec->frame->bytes, data, row->len);
	return dec->frame->bytes.failed ? -ENOMEM : 0;
}

static int place_group(struct decoder *dec, const struct frame_group *group,
		       struct frame_row *row, struct pair *pair)
{
	int ret = 0;

	for (uint32_t n = 0; ret == 0 && !group->keyed && n < group->rows; n++)
		ret = place_payload(dec, &row[n]);
	for (size_t n = 0; ret == 0 && group->keyed && n < group->rows;) {
		size_t placed = pair[n].base
					? place_copies(dec, &row[n], &pair[n],
						       group->rows - n)
					: place_fresh(dec, &row[n], &pair[n]);

		n += placed;
		ret = placed ? 0 : -ENOMEM;
	}
	return ret;
}

static int place_rows(struct decoder *dec)
{
	struct frame *frame = dec->frame;
	struct frame_row *row = frame->row;
	struct pair *pair = dec->pairs;

	/* about as many bytes as the base has */
	if (dec->base &&
	    bytes_extend(&frame->bytes, dec->base->bytes.used / 16 * 17))
		frame->bytes.used = 0;
	for (size_t i = 0; i < frame->groups; i++) {
		const struct frame_group *group = &frame->group[i];
		int ret = place_group(dec, group, row, pair);

		if (ret)
			return ret;
		for (uint32_t n = 0; n < group->rows; n++)
			row++->group = (uint32_t)i;
		pair += group->keyed ? group->rows : 0;
	}
	return dec->payloads.left ? -EBADMSG : 0;
}

/* @count rows of dec->some get what @stream has for them. */
static int fill(struct decoder *dec, enum stream stream, size_t count)
{
	size_t len = 0;

	for (size_t i = 0; i < count; i++)
		len += dec->some[i].row->len;
	if (len != dec->stream[stream].left)
		return -EBADMSG;
	return frame_transpose((uint8_t *)dec->stream[stream].at, dec->some,
			       count, dec->frame->bytes.data, false);
}

static int fill_rows(struct decoder *dec)
{
	struct reader *changed = &dec->stream[STREAM_CHANGED];
	size_t count = 0, skip = 0;
	bool due = changed->left;
	int ret;

	for (size_t i = 0; i < dec->count; i++)
		if (!dec->pairs[i].base)
			dec->some[count++] = dec->pairs[i];
	ret = fill(dec, STREAM_NEW, count);
	if (ret)
		return ret;
	count = 0;
	if (due)
		skip = reader_number(changed);
	for (size_t i = 0; due && i < dec->count; i++) {
		if (!dec->pairs[i].base || skip--)
			continue;
		dec->some[count++] = dec->pairs[i];
		due = changed->left;
		skip = due ? reader_number(changed) : 0;
	}
	return due || changed->failed ? -EBADMSG
				      : fill(dec, STREAM_DELTA, count);
}

static int decode(struct decoder *dec, struct reader *plain)
{
	struct frame *frame = dec->frame;
	int ret;

	dec->elapsed_ms = (uint32_t)reader_number(plain);
	ret = take_groups(dec, plain);
	if (ret)
		return ret;
	for (int i = 0; i < STREAM_COUNT; i++)
		dec->stream[i] = reader_part(plain);
	if (plain->failed)
		return -EBADMSG;
	dec->payloads = *plain;
	frame->row = malloc((frame->rows + 1) * sizeof(*frame->row));
	dec->pairs = malloc((dec->count + 1) * sizeof(*dec->pairs));
	dec->some = malloc((dec->count + 1) * sizeof(*dec->some));
	if (!frame->row || !dec->pairs || !dec->some)
		return -ENOMEM;
	ret = take_runs(dec);
	if (ret == 0)
		ret = place_rows(dec);
	return ret ? ret : fill_rows(dec);
}

int frame_unpack(const uint8_t *data, size_t len, const struct frame *base,
		 struct frame *frame)
{
	struct decoder dec = { .base = base, .frame = frame };
	int ret;

	*frame = (struct frame){ 0 };
	ret = decode(&dec, &(struct reader){ .at = data, .left = len });
	free(dec.pairs);
	free(dec.some);
	if (ret)
		frame_free(frame);
	return ret;
}

int frame_decode(const uint8_t *data, size_t len, const struct frame *base,
		 struct frame *frame)
{
	struct bytes plain = { 0 }, before = { 0 };
	int ret;

	*frame = (struct frame){ 0 };
	frame_payloads(base, &before);
	ret = decompress(data, len, &before, &plain);
	if (ret == 0)
		ret = frame_unpack(plain.data, plain.used, base, frame);
	bytes_free(&plain);
	bytes_free(&before);
	return ret;
}

// SPDX-License-Identifier: LGPL-2.1-or-later
/* decode.c - a frame of its encoding: nothing that a file says is believed */
#include "store/codec.h"
#include "store/libs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The group of a row of the base that is one of the frame already */
#define TAKEN UINT32_MAX

/*
 * struct decoder - @pairs: of the keyed rows, in order
 * @base: its rows become those of @frame where they are
 */
struct decoder {
	struct frame base;
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
	unsigned long long size;
	ZSTD_DCtx *zstd;
	uint8_t *to;

	if (ret < 0)
		return ret;
	/* more than that, too, if it is not known */
	size = ZSTD_getFrameContentSize(data, len);
	if (size > FRAME_MAX)
		return -EBADMSG;
	zstd = ZSTD_createDCtx();
	to = bytes_extend(plain, (size_t)size);
	if (zstd && before->used)
		ZSTD_DCtx_refPrefix(zstd, before->data, before->used);
	if (!zstd || !to || before->failed)
		ret = -ENOMEM;
	else if (ZSTD_decompressDCtx(zstd, to, (size_t)size, data, len) != size)
		ret = -EBADMSG;
	ZSTD_freeDCtx(zstd);
	return ret;
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
		if (group->rows > FRAME_MAX / 16 - dec->frame->rows)
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
		if (from >= dec->base.rows ||
		    !dec->base.group[dec->base.row[from].group].keyed)
			return -EBADMSG;
		dec->pairs[index].base = &dec->base.row[from];
		dec->pairs[index].len = dec->base.row[from].len;
		return 0;
	}
	len = dec->fresh_len + reader_signed(&dec->stream[STREAM_LENGTHS]);
	if (len < 16 || len > FRAME_MAX || dec->stream[STREAM_LENGTHS].failed)
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

/* ---- where rows stand, now that all lengths are known ---- */

/* A row of the base is brought forward once, and copied if it comes again. */
static int place_copy(struct decoder *dec, struct frame_row *row,
		      const struct pair *pair)
{
	struct bytes *bytes = &dec->frame->bytes;
	struct frame_row *from = &dec->base.row[pair->base - dec->base.row];
	uint8_t *to;

	*row = *from;
	if (from->group != TAKEN) {
		frame_forward(bytes->data + row->at, row->len,
			      dec->base.group[row->group].type,
			      dec->elapsed_ms);
		from->group = TAKEN;
		return 0;
	}
	to = bytes_extend(bytes, row->len);
	if (!to)
		return -ENOMEM;
	memcpy(to, bytes->data + from->at, row->len);
	row->at = (uint32_t)(to - bytes->data);
	return 0;
}

/* A new one, zeroes still */
static int place_fresh(struct decoder *dec, struct frame_row *row,
		       const struct pair *pair)
{
	uint8_t *to = bytes_extend(&dec->frame->bytes, pair->len);

	if (!to)
		return -ENOMEM;
	memset(to, 0, pair->len);
	row->len = pair->len;
	row->at = (uint32_t)(to - dec->frame->bytes.data);
	return 0;
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

static int place_rows(struct decoder *dec)
{
	struct frame *frame = dec->frame;
	struct frame_row *row = frame->row;
	struct pair *pair = dec->pairs;
	int ret = 0;

	for (size_t i = 0; i < frame->groups; i++) {
		for (uint32_t n = 0; ret == 0 && n < frame->group[i].rows;
		     n++, row++) {
			if (!frame->group[i].keyed)
				ret = place_payload(dec, row);
			else if (pair->base)
				ret = place_copy(dec, row, pair);
			else
				ret = place_fresh(dec, row, pair);
			row->group = (uint32_t)i;
			if (frame->group[i].keyed)
				pair++->row = row;
		}
	}
	if (ret == 0 && dec->payloads.left)
		ret = -EBADMSG;
	return ret;
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

/* Rows that are gone leave holes: no more than half of what is in use. */
static int compact(struct frame *frame)
{
	struct frame whole;
	size_t used = 0;
	int ret;

	for (size_t i = 0; i < frame->rows; i++)
		used += frame->row[i].len;
	if (used > FRAME_MAX)
		return -EBADMSG;
	if (frame->bytes.used <= used + used / 2)
		return 0;
	ret = frame_copy(frame, &whole);
	if (ret == 0) {
		frame_free(frame);
		*frame = whole;
	}
	return ret;
}

int frame_unpack(const uint8_t *data, size_t len, struct frame *frame)
{
	struct decoder dec = { .base = *frame, .frame = frame };
	int ret;

	*frame = (struct frame){ .bytes = dec.base.bytes };
	dec.base.bytes = (struct bytes){ 0 };
	ret = decode(&dec, &(struct reader){ .at = data, .left = len });
	free(dec.pairs);
	free(dec.some);
	frame_free(&dec.base);
	if (ret == 0)
		ret = compact(frame);
	if (ret)
		frame_free(frame);
	return ret;
}

int frame_decode(const uint8_t *data, size_t len, struct frame *frame)
{
	struct bytes plain = { 0 }, before = { 0 };
	int ret;

	frame_payloads(frame, &before);
	ret = decompress(data, len, &before, &plain);
	if (ret == 0)
		ret = frame_unpack(plain.data, plain.used, frame);
	else
		frame_free(frame);
	bytes_free(&plain);
	bytes_free(&before);
	return ret;
}

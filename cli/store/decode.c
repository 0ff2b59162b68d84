// SPDX-License-Identifier: LGPL-2.1-or-later
/* decode.c - a frame of its encoding: nothing that a file says is believed */
#include "store/codec.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Marks the group of a row of the base that is one of the frame already. */
#define TAKEN (UINT32_C(1) << 31)

/*
 * struct decoding - of one frame
 * @base: its rows become those of @frame where they are
 * @new_rows, @copied, @from: what is left of a run
 * @skip: how many copied rows come before the next changed one, if one is @due
 */
struct decoding {
	struct frame_decoder *memory;
	struct frame base;
	struct frame *frame;
	uint32_t elapsed_ms;
	struct reader stream[STREAM_COUNT];
	struct reader payloads;
	size_t new_rows;
	size_t copied;
	size_t from;
	size_t skip;
	bool due;
	size_t keyed;
	size_t fresh;
	size_t changed;
	int64_t fresh_len;
};

static int take_groups(struct decoding *dec, struct reader *plain)
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
		dec->keyed += group->keyed ? group->rows : 0;
	}
	dec->frame->groups = count;
	return plain->failed ? -EBADMSG : 0;
}

/* Where it stands is decided when all rows are known that are gone. */
static int take_fresh(struct decoding *dec, struct frame_row *row)
{
	struct reader *lengths = &dec->stream[STREAM_LENGTHS];

	dec->fresh_len += reader_signed(lengths);
	if (dec->fresh_len < 16 || dec->fresh_len > FRAME_MAX ||
	    lengths->failed)
		return -EBADMSG;
	row->len = (uint32_t)dec->fresh_len;
	dec->memory->fresh[dec->fresh++] = row;
	return 0;
}

/* A row of the base is brought forward once, and copied if it comes again. */
static int place_copy(struct decoding *dec, struct frame_row *row,
		      struct frame_row *from)
{
	struct bytes *bytes = &dec->frame->bytes;
	const struct frame_group *group =
		&dec->base.group[from->group & ~TAKEN];
	uint8_t *to;

	if (!group->keyed)
		return -EBADMSG;
	row->at = from->at;
	row->len = from->len;
	if (!(from->group & TAKEN)) {
		frame_forward(bytes->data + row->at, row->len, group->type,
			      dec->elapsed_ms);
		from->group |= TAKEN;
		return 0;
	}
	to = bytes_extend(bytes, row->len);
	if (!to)
		return -ENOMEM;
	memcpy(to, bytes->data + from->at, row->len);
	row->at = (uint32_t)(to - bytes->data);
	return 0;
}

static int take_copy(struct decoding *dec, struct frame_row *row)
{
	struct reader *changed = &dec->stream[STREAM_CHANGED];
	size_t from = dec->from++;

	if (from >= dec->base.rows)
		return -EBADMSG;
	if (dec->due && !dec->skip--) {
		dec->memory->changed[dec->changed++] = row;
		dec->due = changed->left;
		dec->skip = dec->due ? reader_number(changed) : 0;
	}
	return place_copy(dec, row, &dec->base.row[from]);
}

static int take_run(struct decoding *dec)
{
	struct reader *runs = &dec->stream[STREAM_RUNS];

	dec->new_rows = reader_number(runs);
	dec->from += (size_t)reader_signed(runs);
	dec->copied = reader_number(runs);
	return runs->failed ? -EBADMSG : 0;
}

static int take_keyed(struct decoding *dec, struct frame_row *row)
{
	while (!dec->new_rows && !dec->copied)
		if (take_run(dec))
			return -EBADMSG;
	if (dec->new_rows) {
		dec->new_rows--;
		return take_fresh(dec, row);
	}
	dec->copied--;
	return take_copy(dec, row);
}

static int take_payload(struct decoding *dec, struct frame_row *row)
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

static int take_rows(struct decoding *dec)
{
	struct frame *frame = dec->frame;
	struct frame_row *row = frame->row;
	int ret = 0;

	for (size_t i = 0; i < frame->groups; i++) {
		bool keyed = frame->group[i].keyed;

		for (uint32_t n = frame->group[i].rows; ret == 0 && n--;) {
			row->group = (uint32_t)i;
			ret = keyed ? take_keyed(dec, row)
				    : take_payload(dec, row);
			row++;
		}
	}
	while (ret == 0 && dec->stream[STREAM_RUNS].left)
		if (dec->new_rows || dec->copied || take_run(dec))
			ret = -EBADMSG;
	if (ret == 0 &&
	    (dec->new_rows || dec->copied || dec->due || dec->payloads.left ||
	     dec->stream[STREAM_CHANGED].failed))
		ret = -EBADMSG;
	return ret;
}

static size_t find_gone(const struct decoding *dec, struct frame_row **gone)
{
	size_t count = 0;

	for (size_t i = 0; i < dec->base.rows; i++)
		if (!(dec->base.row[i].group & TAKEN))
			gone[count++] = &dec->base.row[i];
	return count;
}

/* In the places of rows of their length that are gone, or at the end */
static int place_fresh(struct decoding *dec)
{
	struct frame_row **gone = dec->memory->gone;
	size_t count = find_gone(dec, gone);
	struct bytes *bytes = &dec->frame->bytes;
	int ret = frame_sort_rows(gone, count);

	for (size_t i = 0; ret == 0 && i < dec->fresh; i++) {
		struct frame_row *row = dec->memory->fresh[i];
		uint8_t *to;

		for (; count && (*gone)->len < row->len; gone++)
			count--;
		if (count && (*gone)->len == row->len) {
			to = bytes->data + (*gone++)->at;
			count--;
		} else {
			to = bytes_extend(bytes, row->len);
		}
		if (!to)
			return -ENOMEM;
		memset(to, 0, row->len);
		row->at = (uint32_t)(to - bytes->data);
	}
	return ret;
}

/* @stream has what those rows get, by length */
static int sort_checked(const struct reader *stream, struct frame_row **rows,
			size_t count)
{
	size_t len = 0;

	for (size_t i = 0; i < count; i++)
		len += rows[i]->len;
	return len == stream->left ? frame_sort_rows(rows, count) : -EBADMSG;
}

static int fill_rows(struct decoding *dec)
{
	struct frame_row **fresh = dec->memory->fresh;
	struct frame_row **changed = dec->memory->changed;
	int ret = sort_checked(&dec->stream[STREAM_NEW], fresh, dec->fresh);

	if (ret == 0)
		ret = sort_checked(&dec->stream[STREAM_DELTA], changed,
				   dec->changed);
	if (ret == 0)
		ret = place_fresh(dec);
	if (ret)
		return ret;
	frame_transpose((uint8_t *)dec->stream[STREAM_NEW].at, fresh,
			dec->fresh, dec->frame->bytes.data, false);
	frame_transpose((uint8_t *)dec->stream[STREAM_DELTA].at, changed,
			dec->changed, dec->frame->bytes.data, false);
	return 0;
}

/* @array: NULL, or of earlier use: what is in it does not matter */
static void *make_room(void *array, size_t count, size_t size)
{
	void *larger = reallocarray(array, count + 1, size);

	if (!larger)
		free(array);
	return larger;
}

static int make_arrays(const struct decoding *dec)
{
	struct frame_decoder *memory = dec->memory;

	memory->reused = make_room(memory->reused, dec->frame->rows,
				   sizeof(*memory->reused));
	memory->fresh =
		make_room(memory->fresh, dec->keyed, sizeof(*memory->fresh));
	memory->changed = make_room(memory->changed, dec->keyed,
				    sizeof(*memory->changed));
	memory->gone =
		make_room(memory->gone, dec->base.rows, sizeof(*memory->gone));
	return memory->reused && memory->fresh && memory->changed &&
			       memory->gone
		       ? 0
		       : -ENOMEM;
}

static int decode(struct decoding *dec, struct reader *plain)
{
	struct frame_decoder *memory = dec->memory;
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
	ret = make_arrays(dec);
	if (ret)
		return ret;
	frame->row = memory->reused;
	memory->reused = NULL;
	dec->due = dec->stream[STREAM_CHANGED].left;
	if (dec->due)
		dec->skip = reader_number(&dec->stream[STREAM_CHANGED]);
	ret = take_rows(dec);
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

int frame_unpack(struct frame_decoder *decoder, const uint8_t *data, size_t len,
		 struct frame *frame)
{
	struct decoding dec = {
		.memory = decoder,
		.base = *frame,
		.frame = frame,
	};
	int ret;

	*frame = (struct frame){ .bytes = dec.base.bytes };
	ret = decode(&dec, &(struct reader){ .at = data, .left = len });
	free(dec.base.group);
	free(decoder->reused);
	decoder->reused = dec.base.row;
	if (ret == 0)
		ret = compact(frame);
	if (ret)
		frame_free(frame);
	return ret;
}

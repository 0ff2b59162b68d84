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
#include "store/frame.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#define LEVEL	     3
#define TYPE_MESSAGE 4

/* of a message: struct inet_diag_msg behind struct nlmsghdr */
#define MESSAGE_TIMER	18
#define MESSAGE_COOKIE	60
#define MESSAGE_EXPIRES 68
#define MESSAGE_FIXED	88
/* of a holder */
#define HOLDER_INODE 4

enum stream {
	STREAM_RUNS,	/* new rows, first of those copied, their number */
	STREAM_LENGTHS, /* of new rows; and of payloads */
	STREAM_NEW,
	STREAM_CHANGED, /* distances between changed rows, among the copied */
	STREAM_DELTA,
	STREAM_COUNT,
};

/* struct pair - a row of @len bytes and its base; @base: NULL: it is new */
struct pair {
	const struct frame_row *row;
	const struct frame_row *base;
	uint32_t len;
};

/* ---- which rows are the same ---- */

static uint64_t mix(uint64_t hash, uint64_t value)
{
	hash = (hash ^ value) * UINT64_C(0x9e3779b97f4a7c15);
	return hash ^ hash >> 29;
}

static uint64_t row_key(const struct frame *frame, const struct frame_row *row)
{
	const uint8_t *data = frame->bytes.data + row->at;
	uint64_t key = 0;

	if (frame->group[row->group].type != TYPE_MESSAGE)
		memcpy(&key, data + HOLDER_INODE, 4);
	else if (row->len >= MESSAGE_FIXED)
		memcpy(&key, data + MESSAGE_COOKIE, 8);
	return key;
}

static uint64_t row_hash(const struct frame *frame, const struct frame_row *row)
{
	const struct frame_group *group = &frame->group[row->group];
	uint64_t hash = mix(group->type, row_key(frame, row));
	uint64_t word;

	for (size_t i = 0; i < FRAME_PREFIX; i += sizeof(word)) {
		memcpy(&word, group->prefix + i, sizeof(word));
		hash = mix(hash, word);
	}
	return hash;
}

static bool same_row(const struct frame *a, const struct frame_row *i,
		     const struct frame *b, const struct frame_row *j)
{
	const struct frame_group *g = &a->group[i->group];
	const struct frame_group *h = &b->group[j->group];

	return i->len == j->len && g->type == h->type &&
	       memcmp(g->prefix, h->prefix, FRAME_PREFIX) == 0 &&
	       row_key(a, i) == row_key(b, j);
}

/* struct index - rows of a frame by hash; 0: none, else number + 1 */
struct index {
	uint32_t *slot;
	size_t mask;
};

static int index_make(const struct frame *base, struct index *index)
{
	size_t slots = 64;

	while (base && slots < 2 * base->rows)
		slots *= 2;
	index->mask = slots - 1;
	index->slot = calloc(slots, sizeof(*index->slot));
	if (!index->slot)
		return -ENOMEM;
	for (size_t i = 0; base && i < base->rows; i++) {
		size_t at;

		if (!base->group[base->row[i].group].keyed)
			continue;
		at = row_hash(base, &base->row[i]) & index->mask;
		while (index->slot[at])
			at = (at + 1) & index->mask;
		index->slot[at] = (uint32_t)i + 1;
	}
	return 0;
}

/* @next: the row that would be the next one of the base, the likeliest */
static const struct frame_row *
index_find(const struct index *index, const struct frame *base,
	   const struct frame *frame, const struct frame_row *row, size_t next)
{
	size_t at;

	if (!base)
		return NULL;
	if (next < base->rows && same_row(frame, row, base, &base->row[next]))
		return &base->row[next];
	at = row_hash(frame, row) & index->mask;
	for (; index->slot[at]; at = (at + 1) & index->mask) {
		const struct frame_row *found = &base->row[index->slot[at] - 1];

		if (same_row(frame, row, base, found))
			return found;
	}
	return NULL;
}

/* ---- columns ---- */

static int by_length(const void *a, const void *b)
{
	const struct frame_row *i = ((const struct pair *)a)->row;
	const struct frame_row *j = ((const struct pair *)b)->row;

	if (i->len != j->len)
		return i->len < j->len ? -1 : 1;
	return i < j ? -1 : i > j;
}

/*
 * The first byte of all rows of a length, then the second ...
 *
 * @columns: they are put there or taken from there
 */
static void transpose(uint8_t *columns, struct pair *pairs, size_t count,
		      uint8_t *data, bool put)
{
	qsort(pairs, count, sizeof(*pairs), by_length);
	for (size_t begin = 0, end; begin < count; begin = end) {
		uint32_t len = pairs[begin].row->len;

		for (end = begin; end < count && pairs[end].row->len == len;)
			end++;
		for (uint32_t at = 0; at < len; at++) {
			for (size_t i = begin; i < end; i++) {
				uint8_t *byte = data + pairs[i].row->at + at;

				if (put)
					*columns++ = *byte;
				else
					*byte = (uint8_t)(*byte + *columns++);
			}
		}
	}
}

/* Copies a row of the base; the timer of a socket has run since then. */
static void predict(uint8_t *to, const struct frame *base,
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

/* ---- encode ---- */

/*
 * struct encoder - @fresh: new rows; @changed: copied rows that differ
 * @delta: their differences, where the rows are in the frame's bytes
 */
struct encoder {
	const struct frame *frame;
	const struct frame *base;
	uint32_t elapsed_ms;
	struct bytes stream[STREAM_COUNT];
	struct bytes payloads;
	struct pair *fresh;
	struct pair *changed;
	uint8_t *delta;
	size_t fresh_count;
	size_t changed_count;
	size_t unchanged; /* rows since the last changed one */
	int64_t fresh_len;
	size_t delta_len;
};

static void add_fresh(struct encoder *enc, const struct frame_row *row)
{
	enc->fresh[enc->fresh_count++].row = row;
	bytes_signed(&enc->stream[STREAM_LENGTHS], row->len - enc->fresh_len);
	enc->fresh_len = row->len;
}

static void add_copied(struct encoder *enc, const struct frame_row *row,
		       const struct frame_row *found)
{
	const uint8_t *data = enc->frame->bytes.data + row->at;
	uint8_t *delta = enc->delta + row->at;
	bool differs = false;

	predict(delta, enc->base, found, enc->elapsed_ms);
	for (uint32_t i = 0; i < row->len; i++) {
		delta[i] = (uint8_t)(data[i] - delta[i]);
		differs |= delta[i];
	}
	if (!differs) {
		enc->unchanged++;
		return;
	}
	bytes_number(&enc->stream[STREAM_CHANGED], enc->unchanged);
	enc->unchanged = 0;
	enc->delta_len += row->len;
	enc->changed[enc->changed_count++].row = row;
}

/* struct run - @fresh new rows, then @copied ones from number @from on */
struct run {
	size_t fresh;
	size_t from;
	size_t copied;
	size_t expected; /* what @from most likely is */
};

static void end_run(struct encoder *enc, struct run *run)
{
	struct bytes *runs = &enc->stream[STREAM_RUNS];

	bytes_number(runs, run->fresh);
	bytes_signed(runs, (int64_t)run->from - (int64_t)run->expected);
	bytes_number(runs, run->copied);
	run->expected = run->from + run->copied;
	*run = (struct run){ .from = run->expected, .expected = run->expected };
}

static void encode_row(struct encoder *enc, const struct index *index,
		       const struct frame_row *row, struct run *run)
{
	const struct frame_row *found = index_find(
		index, enc->base, enc->frame, row, run->from + run->copied);

	if (!found) {
		if (run->copied)
			end_run(enc, run);
		run->fresh++;
		add_fresh(enc, row);
		return;
	}
	if (run->copied &&
	    (size_t)(found - enc->base->row) != run->from + run->copied)
		end_run(enc, run);
	if (!run->copied)
		run->from = (size_t)(found - enc->base->row);
	run->copied++;
	add_copied(enc, row, found);
}

static void encode_rows(struct encoder *enc, const struct index *index)
{
	const struct frame *frame = enc->frame;
	struct run run = { 0 };

	for (size_t i = 0; i < frame->rows; i++) {
		const struct frame_row *row = &frame->row[i];

		if (frame->group[row->group].keyed) {
			encode_row(enc, index, row, &run);
			continue;
		}
		bytes_number(&enc->payloads, row->len);
		bytes_add(&enc->payloads, frame->bytes.data + row->at,
			  row->len);
	}
	end_run(enc, &run);
}

static void encode_columns(struct encoder *enc)
{
	size_t len = 0;
	uint8_t *to;

	for (size_t i = 0; i < enc->fresh_count; i++)
		len += enc->fresh[i].row->len;
	to = bytes_extend(&enc->stream[STREAM_NEW], len);
	if (to)
		transpose(to, enc->fresh, enc->fresh_count,
			  enc->frame->bytes.data, true);
	to = bytes_extend(&enc->stream[STREAM_DELTA], enc->delta_len);
	if (to)
		transpose(to, enc->changed, enc->changed_count, enc->delta,
			  true);
}

static void put_groups(const struct frame *frame, struct bytes *out)
{
	bytes_number(out, frame->groups);
	for (size_t i = 0; i < frame->groups; i++) {
		const struct frame_group *group = &frame->group[i];

		bytes_number(out, group->type);
		bytes_number(out, group->flags);
		bytes_number(out, group->prefix_len);
		bytes_add(out, group->prefix, group->prefix_len);
		bytes_number(out, group->rows);
	}
}

/* The payloads of a frame, as its encoding ends with them */
static void put_payloads(const struct frame *frame, struct bytes *out)
{
	for (size_t i = 0; frame && i < frame->rows; i++) {
		const struct frame_row *row = &frame->row[i];

		if (frame->group[row->group].keyed)
			continue;
		bytes_number(out, row->len);
		bytes_add(out, frame->bytes.data + row->at, row->len);
	}
}

static int compress(const struct bytes *plain, const struct bytes *before,
		    struct bytes *out)
{
	size_t bound = ZSTD_compressBound(plain->used), used;
	ZSTD_CCtx *zstd = ZSTD_createCCtx();
	uint8_t *to = bytes_extend(out, bound);

	if (!zstd || !to || plain->failed || before->failed) {
		ZSTD_freeCCtx(zstd);
		return -ENOMEM;
	}
	ZSTD_CCtx_setParameter(zstd, ZSTD_c_compressionLevel, LEVEL);
	ZSTD_CCtx_setParameter(zstd, ZSTD_c_checksumFlag, 1);
	if (before->used)
		ZSTD_CCtx_refPrefix(zstd, before->data, before->used);
	used = ZSTD_compress2(zstd, to, bound, plain->data, plain->used);
	ZSTD_freeCCtx(zstd);
	if (ZSTD_isError(used))
		return -ENOMEM;
	out->used -= bound - used;
	return 0;
}

static int encode(struct encoder *enc, const struct index *index,
		  struct bytes *out)
{
	struct bytes plain = { 0 }, before = { 0 };
	int ret;

	encode_rows(enc, index);
	encode_columns(enc);
	bytes_number(&plain, enc->elapsed_ms);
	put_groups(enc->frame, &plain);
	for (int i = 0; i < STREAM_COUNT; i++) {
		plain.failed |= enc->stream[i].failed;
		bytes_number(&plain, enc->stream[i].used);
		bytes_add(&plain, enc->stream[i].data, enc->stream[i].used);
	}
	plain.failed |= enc->payloads.failed;
	bytes_add(&plain, enc->payloads.data, enc->payloads.used);
	put_payloads(enc->base, &before);
	ret = compress(&plain, &before, out);
	bytes_free(&plain);
	bytes_free(&before);
	return ret;
}

int frame_encode(const struct frame *frame, const struct frame *base,
		 uint32_t elapsed_ms, struct bytes *out)
{
	struct encoder enc = {
		.frame = frame,
		.base = base,
		.elapsed_ms = elapsed_ms,
		.fresh = malloc((frame->rows + 1) * sizeof(*enc.fresh)),
		.changed = malloc((frame->rows + 1) * sizeof(*enc.changed)),
		.delta = malloc(frame->bytes.used + 1),
	};
	struct index index = { 0 };
	int ret = enc.fresh && enc.changed && enc.delta
			  ? index_make(base, &index)
			  : -ENOMEM;

	if (ret == 0)
		ret = encode(&enc, &index, out);
	for (int i = 0; i < STREAM_COUNT; i++)
		bytes_free(&enc.stream[i]);
	bytes_free(&enc.payloads);
	free(index.slot);
	free(enc.fresh);
	free(enc.changed);
	free(enc.delta);
	return ret;
}

/* ---- decode: nothing that a file says is believed ---- */

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
	ZSTD_DCtx *zstd = ZSTD_createDCtx();
	ZSTD_inBuffer in = { data, len, 0 };
	size_t left = 1;

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

/* Where each row stands, now that all lengths are known; new ones are zeroes.
 */
static int place_row(struct decoder *dec, struct frame_row *row,
		     struct pair *pair)
{
	struct frame *frame = dec->frame;
	uint8_t *to;

	row->len = pair ? pair->len : (uint32_t)reader_number(&dec->payloads);
	row->at = (uint32_t)frame->bytes.used;
	to = bytes_extend(&frame->bytes, row->len);
	if (!to)
		return -ENOMEM;
	if (!pair) {
		const uint8_t *data = reader_take(&dec->payloads, row->len);

		if (!data)
			return -EBADMSG;
		memcpy(to, data, row->len);
		return 0;
	}
	if (pair->base)
		predict(to, dec->base, pair->base, dec->elapsed_ms);
	else
		memset(to, 0, row->len);
	pair->row = row;
	return 0;
}

static int place_rows(struct decoder *dec)
{
	struct frame *frame = dec->frame;
	struct frame_row *row = frame->row;
	struct pair *pair = dec->pairs;

	for (size_t i = 0; i < frame->groups; i++) {
		for (uint32_t n = 0; n < frame->group[i].rows; n++, row++) {
			bool keyed = frame->group[i].keyed;
			int ret;

			row->group = (uint32_t)i;
			ret = place_row(dec, row, keyed ? pair++ : NULL);
			if (ret)
				return ret;
		}
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
	transpose((uint8_t *)dec->stream[stream].at, dec->some, count,
		  dec->frame->bytes.data, false);
	return 0;
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
	frame->row = calloc(frame->rows + 1, sizeof(*frame->row));
	dec->pairs = calloc(dec->count + 1, sizeof(*dec->pairs));
	dec->some = calloc(dec->count + 1, sizeof(*dec->some));
	if (!frame->row || !dec->pairs || !dec->some)
		return -ENOMEM;
	ret = take_runs(dec);
	if (ret == 0)
		ret = place_rows(dec);
	return ret ? ret : fill_rows(dec);
}

int frame_decode(const uint8_t *data, size_t len, const struct frame *base,
		 struct frame *frame)
{
	struct decoder dec = { .base = base, .frame = frame };
	struct bytes plain = { 0 }, before = { 0 };
	int ret;

	*frame = (struct frame){ 0 };
	put_payloads(base, &before);
	ret = decompress(data, len, &before, &plain);
	if (ret == 0)
		ret = decode(&dec, &(struct reader){ .at = plain.data,
						     .left = plain.used });
	free(dec.pairs);
	free(dec.some);
	bytes_free(&plain);
	bytes_free(&before);
	if (ret)
		frame_free(frame);
	return ret;
}

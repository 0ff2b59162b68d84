// SPDX-License-Identifier: LGPL-2.1-or-later
/* encode.c - a frame by what differs from its base */
#include "store/codec.h"
#include "store/libs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define LEVEL 3

/* what a row is known by: of a message, of a holder */
#define MESSAGE_COOKIE 60
#define HOLDER_INODE   4

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
	struct frame_row **fresh;
	struct frame_row **changed;
	uint8_t *delta;
	size_t fresh_count;
	size_t changed_count;
	size_t unchanged; /* rows since the last changed one */
	int64_t fresh_len;
	size_t delta_len;
};

static void add_fresh(struct encoder *enc, struct frame_row *row)
{
	enc->fresh[enc->fresh_count++] = row;
	bytes_signed(&enc->stream[STREAM_LENGTHS], row->len - enc->fresh_len);
	enc->fresh_len = row->len;
}

static void add_copied(struct encoder *enc, struct frame_row *row,
		       const struct frame_row *found)
{
	const uint8_t *data = enc->frame->bytes.data + row->at;
	uint8_t *delta = enc->delta + row->at;
	bool differs = false;

	memcpy(delta, enc->base->bytes.data + found->at, found->len);
	frame_forward(delta, found->len, enc->base->group[found->group].type,
		      enc->elapsed_ms);
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
	enc->changed[enc->changed_count++] = row;
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
		       struct frame_row *row, struct run *run)
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
		struct frame_row *row = &frame->row[i];

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

static int encode_columns(struct encoder *enc)
{
	uint8_t *fresh, *delta;
	size_t len = 0;
	int ret;

	for (size_t i = 0; i < enc->fresh_count; i++)
		len += enc->fresh[i]->len;
	fresh = bytes_extend(&enc->stream[STREAM_NEW], len);
	delta = bytes_extend(&enc->stream[STREAM_DELTA], enc->delta_len);
	if (!fresh || !delta)
		return -ENOMEM;
	ret = frame_sort_rows(enc->fresh, enc->fresh_count);
	if (ret == 0)
		ret = frame_sort_rows(enc->changed, enc->changed_count);
	if (ret)
		return ret;
	frame_transpose(fresh, enc->fresh, enc->fresh_count,
			enc->frame->bytes.data, true);
	frame_transpose(delta, enc->changed, enc->changed_count, enc->delta,
			true);
	return 0;
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

static int compress(const struct bytes *plain, const struct bytes *before,
		    struct bytes *out)
{
	size_t bound, used;
	int ret = store_libs_load();
	ZSTD_CCtx *zstd;
	uint8_t *to;

	if (ret < 0)
		return ret;
	bound = ZSTD_compressBound(plain->used);
	zstd = ZSTD_createCCtx();
	to = bytes_extend(out, bound);
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
	ret = encode_columns(enc);
	if (ret)
		return ret;
	bytes_number(&plain, enc->elapsed_ms);
	put_groups(enc->frame, &plain);
	for (int i = 0; i < STREAM_COUNT; i++) {
		plain.failed |= enc->stream[i].failed;
		bytes_number(&plain, enc->stream[i].used);
		bytes_add(&plain, enc->stream[i].data, enc->stream[i].used);
	}
	plain.failed |= enc->payloads.failed;
	bytes_add(&plain, enc->payloads.data, enc->payloads.used);
	frame_payloads(enc->base, &before);
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

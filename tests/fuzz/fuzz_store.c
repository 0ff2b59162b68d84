// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * fuzz_store.c - what a store says of two looks, the second on top of the first
 *
 * The first two bytes are the length of the first. They are what zstd has
 * unpacked: its checksum would keep a fuzzer out.
 */
#include "store/frame.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A frame that was decoded is encoded, and decoded to the same. */
static void turn(const struct frame *frame, const struct frame *base)
{
	struct bytes packed = { 0 }, before = { 0 }, after = { 0 };
	struct frame_decoder decoder = { 0 };
	struct frame again = { 0 };

	if (frame_encode(frame, base, 1000, &packed) == 0 &&
	    (!base || frame_copy(base, &again) == 0)) {
		if (frame_decode(&decoder, packed.data, packed.used, &again) <
		    0)
			abort();
		frame_join(frame, &before);
		frame_join(&again, &after);
		if (before.used != after.used ||
		    memcmp(before.data, after.data, before.used) != 0)
			abort();
	}
	frame_decoder_free(&decoder);
	frame_free(&again);
	bytes_free(&packed);
	bytes_free(&before);
	bytes_free(&after);
}

static void split(const uint8_t *data, size_t size)
{
	struct frame frame;

	if (frame_split(data, size, &frame) < 0)
		return;
	turn(&frame, NULL);
	frame_free(&frame);
}

static void decode(const uint8_t *data, size_t size)
{
	struct frame_decoder decoder = { 0 };
	struct frame base = { 0 }, frame = { 0 };
	size_t first = (size_t)(data[0] | data[1] << 8);

	data += 2;
	size -= 2;
	if (first <= size && frame_unpack(&decoder, data, first, &base) == 0 &&
	    frame_copy(&base, &frame) == 0 &&
	    frame_unpack(&decoder, data + first, size - first, &frame) == 0)
		turn(&frame, &base);
	frame_decoder_free(&decoder);
	frame_free(&frame);
	frame_free(&base);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	split(data, size);
	if (size >= 2)
		decode(data, size);
	return 0;
}

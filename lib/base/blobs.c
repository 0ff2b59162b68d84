// SPDX-License-Identifier: LGPL-2.1-or-later
/* blobs.c - byte strings, each kept once and named by its number */
#include "base/blobs.h"

#include "base/util.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void tm_blobs_deinit(struct tm_blobs *blobs)
{
	free(blobs->blob);
	free(blobs->bytes);
	tm_index_deinit(&blobs->index);
	memset(blobs, 0, sizeof(*blobs));
}

static uint32_t hash(uint32_t seed, const char *bytes, size_t len)
{
	uint32_t h = tm_hash(seed, len);

	for (; len >= sizeof(uint64_t); bytes += 8, len -= 8) {
		uint64_t word;

		memcpy(&word, bytes, sizeof(word));
		h = tm_hash(h, word);
	}
	for (; len; bytes++, len--)
		h = tm_hash(h, (uint8_t)*bytes);
	return h;
}

static bool equal(const struct tm_blobs *blobs, uint32_t number,
		  const void *bytes, size_t len)
{
	return blobs->blob[number].len == len &&
	       memcmp(tm_blobs_get(blobs, number), bytes, len) == 0;
}

/* Grows the bytes by @len and a NUL. */
static int make_room(struct tm_blobs *blobs, size_t len)
{
	size_t need = blobs->byte_count + len + 1;
	size_t capacity = blobs->byte_capacity ? blobs->byte_capacity : 256;
	char *moved;

	if (need <= blobs->byte_capacity)
		return 0;
	while (capacity < need)
		capacity *= 2;
	moved = realloc(blobs->bytes, capacity);
	if (!moved)
		return -ENOMEM;
	blobs->bytes = moved;
	blobs->byte_capacity = capacity;
	return 0;
}

static int add(struct tm_blobs *blobs, const void *bytes, size_t len,
	       uint32_t h)
{
	struct tm_blob *moved = tm_grow(blobs->blob, blobs->count,
					&blobs->capacity, sizeof(*moved));

	if (!moved)
		return -ENOMEM;
	blobs->blob = moved;
	if (make_room(blobs, len) < 0 ||
	    tm_index_add(&blobs->index, h, (uint32_t)blobs->count) < 0)
		return -ENOMEM;
	moved[blobs->count].first = blobs->byte_count;
	moved[blobs->count].len = len;
	memcpy(blobs->bytes + blobs->byte_count, bytes, len);
	blobs->bytes[blobs->byte_count + len] = '\0';
	blobs->byte_count += len + 1;
	blobs->count++;
	return 0;
}

bool tm_blobs_find(const struct tm_blobs *blobs, const void *bytes, size_t len,
		   uint32_t *number)
{
	struct tm_index_walk walk = { .hash = hash(blobs->seed, bytes, len) };

	while (tm_index_next(&blobs->index, &walk)) {
		if (equal(blobs, walk.number, bytes, len)) {
			*number = walk.number;
			return true;
		}
	}
	return false;
}

int tm_blobs_intern(struct tm_blobs *blobs, const void *bytes, size_t len,
		    uint32_t *number)
{
	if (!blobs->seed)
		blobs->seed = (uint32_t)tm_random_seed();
	if (tm_blobs_find(blobs, bytes, len, number))
		return 0;
	if (add(blobs, bytes, len, hash(blobs->seed, bytes, len)) < 0)
		return -ENOMEM;
	*number = (uint32_t)blobs->count - 1;
	return 0;
}

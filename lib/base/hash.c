// SPDX-License-Identifier: LGPL-2.1-or-later
/* hash.c - an index, a set of numbers, a table of texts; open addressing */
#include "base/hash.h"

#include "base/util.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void tm_index_deinit(struct tm_index *index)
{
	free(index->bucket);
	*index = (struct tm_index){ 0 };
}

bool tm_index_next(const struct tm_index *index, struct tm_index_walk *walk)
{
	if (!index->bucket)
		return false;
	for (;;) {
		const struct tm_bucket *bucket =
			&index->bucket[(walk->hash + walk->step) & index->mask];

		if (!bucket->number)
			return false;
		walk->step++;
		if (bucket->hash == walk->hash) {
			walk->number = bucket->number - 1;
			return true;
		}
	}
}

static void insert(struct tm_index *index, struct tm_bucket bucket)
{
	size_t at = bucket.hash & index->mask;

	while (index->bucket[at].number)
		at = (at + 1) & index->mask;
	index->bucket[at] = bucket;
}

static int grow_index(struct tm_index *index, size_t buckets)
{
	struct tm_index more = { .mask = buckets - 1, .count = index->count };

	more.bucket = calloc(buckets, sizeof(*more.bucket));
	if (!more.bucket)
		return -ENOMEM;
	for (size_t i = 0; index->bucket && i <= index->mask; i++)
		if (index->bucket[i].number)
			insert(&more, index->bucket[i]);
	free(index->bucket);
	*index = more;
	return 0;
}

int tm_index_add(struct tm_index *index, uint32_t hash, uint32_t number)
{
	if ((!index->bucket || index->count > index->mask / 2) &&
	    grow_index(index, index->bucket ? (index->mask + 1) * 2 : 16) < 0)
		return -ENOMEM;
	insert(index, (struct tm_bucket){ hash, number + 1 });
	index->count++;
	return 0;
}

int tm_index_reserve(struct tm_index *index, size_t count)
{
	size_t buckets = 16;

	while (buckets / 2 <= count)
		buckets *= 2;
	return index->bucket && index->mask >= buckets - 1
		       ? 0
		       : grow_index(index, buckets);
}

int tm_u64set_init(struct tm_u64set *set, size_t slots)
{
	uint64_t *slot = calloc(slots, sizeof(*slot));

	if (!slot)
		return -ENOMEM;
	tm_advise_large(slot, slots * sizeof(*slot));
	set->slot = slot;
	set->mask = slots - 1;
	set->count = 0;
	return 0;
}

void tm_u64set_deinit(struct tm_u64set *set)
{
	free(set->slot);
	memset(set, 0, sizeof(*set));
}

void tm_u64set_clear(struct tm_u64set *set)
{
	if (set->count)
		memset(set->slot, 0, (set->mask + 1) * sizeof(*set->slot));
	set->count = 0;
}

/* Cookies and inodes are counted up in batches: spread them (Fibonacci). */
static size_t place_of(const struct tm_u64set *set, uint64_t key)
{
	return (size_t)(key * UINT64_C(0x9e3779b97f4a7c15) >> 32) & set->mask;
}

void tm_u64set_prefetch(const struct tm_u64set *set, uint64_t key)
{
	__builtin_prefetch(&set->slot[place_of(set, key)], 1);
}

static uint64_t *find(const struct tm_u64set *set, uint64_t key)
{
	size_t at = place_of(set, key);

	while (set->slot[at] && set->slot[at] != key)
		at = (at + 1) & set->mask;
	return &set->slot[at];
}

bool tm_u64set_has(const struct tm_u64set *set, uint64_t key)
{
	return set->count && key && *find(set, key) == key;
}

static int grow_set(struct tm_u64set *set, size_t slots)
{
	struct tm_u64set more;

	if (tm_u64set_init(&more, slots) < 0)
		return -ENOMEM;
	for (size_t i = 0; i <= set->mask; i++)
		if (set->slot[i])
			*find(&more, set->slot[i]) = set->slot[i];
	more.count = set->count;
	free(set->slot);
	*set = more;
	return 0;
}

int tm_u64set_reserve(struct tm_u64set *set, size_t count)
{
	size_t slots = set->mask + 1;

	while (slots / 2 < count)
		slots *= 2;
	return slots > set->mask + 1 ? grow_set(set, slots) : 0;
}

int tm_u64set_add(struct tm_u64set *set, uint64_t key)
{
	uint64_t *slot;

	if (set->count >= (set->mask + 1) / 2 &&
	    grow_set(set, (set->mask + 1) * 2) < 0)
		return -ENOMEM;
	slot = find(set, key);
	if (!*slot)
		set->count++;
	*slot = key;
	return 0;
}

struct tm_u64range tm_u64set_range(const struct tm_u64set *set)
{
	struct tm_u64range range = { 0 };

	for (size_t i = 0; i <= set->mask; i++) {
		uint64_t key = set->slot[i];

		if (!key)
			continue;
		if (!range.first || key < range.first)
			range.first = key;
		if (key > range.last)
			range.last = key;
	}
	return range;
}

void tm_blobs_deinit(struct tm_blobs *blobs)
{
	free(blobs->blob);
	free(blobs->bytes);
	tm_index_deinit(&blobs->index);
	memset(blobs, 0, sizeof(*blobs));
}

static uint32_t hash_bytes(uint32_t seed, const char *bytes, size_t len)
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
	struct tm_index_walk walk = { .hash = hash_bytes(blobs->seed, bytes,
							 len) };

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
	if (add(blobs, bytes, len, hash_bytes(blobs->seed, bytes, len)) < 0)
		return -ENOMEM;
	*number = (uint32_t)blobs->count - 1;
	return 0;
}

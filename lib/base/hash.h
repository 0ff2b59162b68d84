/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* hash.h - an index of an array, a set of numbers, a table of texts */
#ifndef TM_BASE_HASH_H
#define TM_BASE_HASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The index keeps hashes and element numbers; what equal means is the array's
 * business:
 *
 *	struct tm_index_walk walk = { .hash = hash };
 *
 *	while (tm_index_next(&index, &walk))
 *		if (equal(&array[walk.number], key))
 *			return walk.number;
 */
struct tm_bucket {
	uint32_t hash;
	uint32_t number; /* of the element, + 1; 0 is free */
};

/* All zero is an empty index. */
struct tm_index {
	struct tm_bucket *bucket;
	size_t mask;
	size_t count;
};

/* A search: its hash and, once an element was found, its slot. */
struct tm_index_walk {
	uint32_t hash;
	uint32_t number;
	size_t step;
};

void tm_index_deinit(struct tm_index *index);

/* tm_index_next() - the next element with that hash; false if there is none */
bool tm_index_next(const struct tm_index *index, struct tm_index_walk *walk);

/* tm_index_add() - element @number has @hash. Return: 0 or -ENOMEM. */
int tm_index_add(struct tm_index *index, uint32_t hash, uint32_t number);

/* tm_index_reserve() - room for @count elements at once. Return: 0 or -ENOMEM.
 */
int tm_index_reserve(struct tm_index *index, size_t count);

/* tm_hash() - 32 well mixed bits of @hash (so far) and @word */
static inline uint32_t tm_hash(uint32_t hash, uint64_t word)
{
	word = (word ^ hash) * UINT64_C(0xff51afd7ed558ccd);
	word = (word ^ word >> 32) * UINT64_C(0xc4ceb9fe1a85ec53);
	return (uint32_t)(word >> 32);
}

/* How many elements before it is needed a slot is prefetched. */
#define TM_AHEAD 16

/* A growing set of 64-bit keys; 0 is no key. */
struct tm_u64set {
	uint64_t *slot;
	size_t mask;
	size_t count;
};

/*
 * tm_u64set_init() - an empty set
 * @slots: to begin with, a power of two; it grows when half of them are used
 *
 * Return: 0, or -ENOMEM.
 */
int tm_u64set_init(struct tm_u64set *set, size_t slots);
void tm_u64set_deinit(struct tm_u64set *set);

/* tm_u64set_clear() - empties it, keeping its memory */
void tm_u64set_clear(struct tm_u64set *set);

/* tm_u64set_reserve() - room for @count keys. Return: 0 or -ENOMEM. */
int tm_u64set_reserve(struct tm_u64set *set, size_t count);

/* tm_u64set_prefetch() - @key will be looked for soon */
void tm_u64set_prefetch(const struct tm_u64set *set, uint64_t key);

/* tm_u64set_has() - whether @key is in it */
bool tm_u64set_has(const struct tm_u64set *set, uint64_t key);

/* tm_u64set_add() - puts @key in. Return: 0 or -ENOMEM. */
int tm_u64set_add(struct tm_u64set *set, uint64_t key);

/* struct tm_u64range - both ends are in it */
struct tm_u64range {
	uint64_t first, last;
};

/* tm_u64set_range() - from its lowest key to its highest; 0 and 0 if empty */
struct tm_u64range tm_u64set_range(const struct tm_u64set *set);

/* Byte strings, each kept once and named by its number. */
struct tm_blob {
	size_t first; /* in the bytes of all blobs */
	size_t len;
};

/* All zero is an empty table. */
struct tm_blobs {
	struct tm_blob *blob;
	size_t count, capacity;
	char *bytes;
	size_t byte_count, byte_capacity;
	uint32_t seed; /* hash seed, since blobs may collide on purpose; 0: not
			  drawn yet */
	struct tm_index index;
};

void tm_blobs_deinit(struct tm_blobs *blobs);

/*
 * tm_blobs_intern() - the number of @bytes: the same bytes, the same number
 *
 * Return: 0, or -ENOMEM.
 */
int tm_blobs_intern(struct tm_blobs *blobs, const void *bytes, size_t len,
		    uint32_t *number);

/* tm_blobs_find() - the number of @bytes; false if it was not interned */
bool tm_blobs_find(const struct tm_blobs *blobs, const void *bytes, size_t len,
		   uint32_t *number);

/* tm_blobs_get() - the bytes of @number, NUL-terminated; until the next intern
 */
static inline const char *tm_blobs_get(const struct tm_blobs *blobs,
				       uint32_t number)
{
	return blobs->bytes + blobs->blob[number].first;
}

#endif

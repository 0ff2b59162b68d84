/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * index.h - finds elements of an array by their hash
 *
 * Keeps hashes and element numbers; what equal means is the array's business:
 *
 *	struct tm_index_walk walk = { .hash = hash };
 *
 *	while (tm_index_next(&index, &walk))
 *		if (equal(&array[walk.number], key))
 *			return walk.number;
 */
#ifndef TM_BASE_INDEX_H
#define TM_BASE_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

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

#endif

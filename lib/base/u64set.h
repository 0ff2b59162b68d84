/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* u64set.h - a growing set of 64-bit keys, open addressing; 0 is no key */
#ifndef TM_BASE_U64SET_H
#define TM_BASE_U64SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

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

#endif

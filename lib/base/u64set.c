// SPDX-License-Identifier: LGPL-2.1-or-later
/* u64set.c - a growing set of 64-bit keys, open addressing */
#include "base/u64set.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int tm_u64set_init(struct tm_u64set *set, size_t slots)
{
	uint64_t *slot = calloc(slots, sizeof(*slot));

	if (!slot)
		return -ENOMEM;
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
static uint64_t *find(const struct tm_u64set *set, uint64_t key)
{
	uint64_t hash = key * UINT64_C(0x9e3779b97f4a7c15) >> 32;
	size_t at = (size_t)hash & set->mask;

	while (set->slot[at] && set->slot[at] != key)
		at = (at + 1) & set->mask;
	return &set->slot[at];
}

bool tm_u64set_has(const struct tm_u64set *set, uint64_t key)
{
	return key && *find(set, key) == key;
}

static int grow(struct tm_u64set *set)
{
	struct tm_u64set more;

	if (tm_u64set_init(&more, (set->mask + 1) * 2) < 0)
		return -ENOMEM;
	for (size_t i = 0; i <= set->mask; i++)
		if (set->slot[i])
			*find(&more, set->slot[i]) = set->slot[i];
	more.count = set->count;
	free(set->slot);
	*set = more;
	return 0;
}

int tm_u64set_add(struct tm_u64set *set, uint64_t key)
{
	uint64_t *slot;

	if (set->count >= (set->mask + 1) / 2 && grow(set) < 0)
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

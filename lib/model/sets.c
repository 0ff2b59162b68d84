// SPDX-License-Identifier: LGPL-2.1-or-later
/* sets.c - sets of numbers, each kept once and named by its own number */
#include "model/sets.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "util.h"

void tm_sets_deinit(struct tm_sets *sets)
{
	free(sets->set);
	free(sets->member);
	tm_index_deinit(&sets->index);
	*sets = (struct tm_sets){ 0 };
}

static uint32_t hash_members(const uint32_t *member, size_t count)
{
	uint32_t hash = 0;

	for (size_t i = 0; i < count; i++)
		hash = tm_hash(hash, (uint64_t)i << 32 | member[i]);
	return hash;
}

static int reserve_members(struct tm_sets *sets, size_t count)
{
	size_t need = sets->member_count + count;
	size_t more = need + need / 2;
	uint32_t *moved;

	if (need <= sets->member_capacity)
		return 0;
	moved = reallocarray(sets->member, more, sizeof(*moved));
	if (!moved)
		return -ENOMEM;
	sets->member = moved;
	sets->member_capacity = more;
	return 0;
}

static int append(struct tm_sets *sets, const uint32_t *member, size_t count)
{
	struct tm_set *moved = tm_grow(sets->set, sets->count, &sets->capacity,
				       sizeof(*moved));

	if (!moved)
		return -ENOMEM;
	sets->set = moved;
	if (reserve_members(sets, count) < 0)
		return -ENOMEM;
	memcpy(sets->member + sets->member_count, member,
	       count * sizeof(*member));
	sets->set[sets->count++] = (struct tm_set){ sets->member_count, count };
	sets->member_count += count;
	return 0;
}

int tm_sets_intern(struct tm_sets *sets, const uint32_t *member, size_t count,
		   uint32_t *number)
{
	struct tm_index_walk walk = { .hash = hash_members(member, count) };

	while (tm_index_next(&sets->index, &walk)) {
		if (sets->set[walk.number].count == count &&
		    !memcmp(tm_sets_members(sets, walk.number), member,
			    count * sizeof(*member))) {
			*number = walk.number;
			return 0;
		}
	}
	if (append(sets, member, count) < 0)
		return -ENOMEM;
	if (tm_index_add(&sets->index, walk.hash, (uint32_t)(sets->count - 1)) <
	    0) {
		sets->count--;
		sets->member_count -= count;
		return -ENOMEM;
	}
	*number = (uint32_t)(sets->count - 1);
	return 0;
}

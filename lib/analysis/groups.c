// SPDX-License-Identifier: LGPL-2.1-or-later
/* groups.c - sums by group, found by hash, in the order of arrival */
#include "analysis/table.h"

#include "base/util.h"

#include <stdlib.h>
#include <string.h>

static uint32_t hash(uint32_t seed, const struct tm_group_key *key)
{
	uint32_t h = tm_hash(seed, key->holder);

	for (size_t i = 0; i < TM_KEYS_MAX; i++)
		h = tm_hash(h, key->id[i]);
	return h;
}

struct tm_group *tm_groups_get(struct tm_groups *groups,
			       const struct tm_group_key *key)
{
	struct tm_index_walk walk = { 0 };
	struct tm_group *group;

	if (!groups->seed)
		groups->seed = (uint32_t)tm_random_seed();
	walk.hash = hash(groups->seed, key);
	while (tm_index_next(&groups->index, &walk)) {
		group = &groups->group[walk.number];
		if (memcmp(&group->key, key, sizeof(*key)) == 0)
			return group;
	}
	group = tm_grow(groups->group, groups->count, &groups->capacity,
			sizeof(*group));
	if (!group)
		return NULL;
	groups->group = group;
	if (tm_index_add(&groups->index, walk.hash, (uint32_t)groups->count))
		return NULL;
	group += groups->count++;
	memset(group, 0, sizeof(*group));
	group->key = *key;
	return group;
}

void tm_groups_clear(struct tm_groups *groups)
{
	free(groups->group);
	tm_index_deinit(&groups->index);
	memset(groups, 0, sizeof(*groups));
}

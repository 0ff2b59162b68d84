// SPDX-License-Identifier: LGPL-2.1-or-later
/* places.c - the cgroups of sockets, the cgroups and programs of processes */
#include "model/places.h"

#include "util.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void tm_places_deinit(struct tm_places *places)
{
	tm_blobs_deinit(&places->texts);
	tm_index_deinit(&places->by_id);
	free(places->cgroup);
	free(places->process);
	memset(places, 0, sizeof(*places));
}

struct tm_cgroup *tm_places_find(const struct tm_places *places, uint64_t id)
{
	struct tm_index_walk walk = { .hash = tm_hash(places->seed, id) };

	while (tm_index_next(&places->by_id, &walk))
		if (places->cgroup[walk.number].id == id)
			return &places->cgroup[walk.number];
	return NULL;
}

int tm_places_want(struct tm_places *places, uint64_t id)
{
	struct tm_cgroup *moved;

	if (!places->seed)
		places->seed = (uint32_t)tm_random_seed();
	if (tm_places_find(places, id))
		return 0;
	moved = tm_grow(places->cgroup, places->cgroup_count,
			&places->cgroup_capacity, sizeof(*moved));
	if (!moved)
		return -ENOMEM;
	places->cgroup = moved;
	if (tm_index_add(&places->by_id, tm_hash(places->seed, id),
			 (uint32_t)places->cgroup_count) < 0)
		return -ENOMEM;
	moved[places->cgroup_count].id = id;
	moved[places->cgroup_count].path = TM_PLACE_UNKNOWN;
	places->cgroup_count++;
	return 0;
}

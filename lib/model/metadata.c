// SPDX-License-Identifier: LGPL-2.1-or-later
/* metadata.c - the cgroups of sockets, the cgroups and programs of processes */
#include "model/metadata.h"

#include "base/util.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void tm_metadata_deinit(struct tm_metadata *metadata)
{
	tm_blobs_deinit(&metadata->texts);
	tm_blobs_deinit(&metadata->names.id);
	tm_blobs_deinit(&metadata->names.name);
	free(metadata->names.name_of);
	tm_index_deinit(&metadata->by_id);
	free(metadata->cgroup);
	free(metadata->process);
	memset(metadata, 0, sizeof(*metadata));
}

struct tm_cgroup *tm_metadata_find(const struct tm_metadata *metadata,
				   uint64_t id)
{
	struct tm_index_walk walk = { .hash = tm_hash(metadata->seed, id) };

	while (tm_index_next(&metadata->by_id, &walk))
		if (metadata->cgroup[walk.number].id == id)
			return &metadata->cgroup[walk.number];
	return NULL;
}

int tm_metadata_want(struct tm_metadata *metadata, uint64_t id)
{
	struct tm_cgroup *moved;

	if (!metadata->seed)
		metadata->seed = (uint32_t)tm_random_seed();
	if (tm_metadata_find(metadata, id))
		return 0;
	moved = tm_grow(metadata->cgroup, metadata->cgroup_count,
			&metadata->cgroup_capacity, sizeof(*moved));
	if (!moved)
		return -ENOMEM;
	metadata->cgroup = moved;
	if (tm_index_add(&metadata->by_id, tm_hash(metadata->seed, id),
			 (uint32_t)metadata->cgroup_count) < 0)
		return -ENOMEM;
	moved[metadata->cgroup_count].id = id;
	moved[metadata->cgroup_count].path = TM_METADATA_UNKNOWN;
	metadata->cgroup_count++;
	return 0;
}

int tm_metadata_add_name(struct tm_metadata *metadata, const char *id,
			 const char *name)
{
	struct tm_place_names *names = &metadata->names;
	uint32_t *moved, at, number;

	if (tm_blobs_intern(&names->id, id, strlen(id), &at) < 0)
		return -ENOMEM;
	if (at < names->count)
		return 0;
	moved = tm_grow(names->name_of, names->count, &names->capacity,
			sizeof(*moved));
	if (!moved)
		return -ENOMEM;
	names->name_of = moved;
	if (tm_blobs_intern(&names->name, name, strlen(name), &number) < 0)
		return -ENOMEM;
	moved[names->count++] = number;
	return 0;
}

const char *tm_metadata_name(const struct tm_metadata *metadata, const char *id)
{
	const struct tm_place_names *names = &metadata->names;
	uint32_t at;

	if (!tm_blobs_find(&names->id, id, strlen(id), &at) ||
	    at >= names->count)
		return NULL;
	return tm_blobs_get(&names->name, names->name_of[at]);
}

void tm_metadata_format_id(const struct tm_metadata *metadata, const char *id,
			   char *text, size_t size)
{
	tm_cgroup_format_id(id, tm_metadata_name(metadata, id), text, size);
}

// SPDX-License-Identifier: LGPL-2.1-or-later
/* charges.c - the kernel's count of each cgroup that has sockets */
#include "collect/internal.h"

#include "base/u64set.h"
#include "base/util.h"
#include "host/internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct reader {
	const struct tm_charge_mount *mount;
	struct tm_metadata *metadata;
	struct tm_charges *charges;
	struct tm_u64set visited; /* numbers of texts, and 1 */
};

static int read_one(struct reader *r, uint32_t path)
{
	struct tm_charges *charges = r->charges;
	const char *text = tm_blobs_get(&r->metadata->texts, path);
	struct tm_charge *moved;
	char dir[2 * PATH_MAX];
	int ret;

	moved = tm_grow(charges->charge, charges->count, &charges->capacity,
			sizeof(*moved));
	if (!moved)
		return -ENOMEM;
	charges->charge = moved;
	moved += charges->count++;
	*moved = (struct tm_charge){ .path = path };
	snprintf(dir, sizeof(dir), "%s%s", r->mount->dir, text);
	ret = tm_charge_read(dir, r->mount->source, &moved->bytes);
	moved->known = ret == 0;
	return ret == -ENOMEM ? ret : 0;
}

/*
 * The root is charged nothing; sockets of a process there belong to nobody. A
 * path above the reader's own root begins with "/..".
 */
static int read_up(struct reader *r, uint32_t path)
{
	while (path != TM_METADATA_UNKNOWN &&
	       !tm_u64set_has(&r->visited, (uint64_t)path + 1)) {
		const char *text = tm_blobs_get(&r->metadata->texts, path);
		const char *slash = strrchr(text, '/');
		char *parent;
		int ret;

		if (!slash || !slash[1] || strncmp(text, "/..", 3) == 0)
			return 0;
		ret = tm_u64set_add(&r->visited, (uint64_t)path + 1);
		if (ret == 0)
			ret = read_one(r, path);
		if (ret < 0 || slash == text)
			return ret;
		/* interning may move the text that it is given */
		parent = strndup(text, (size_t)(slash - text));
		if (!parent)
			return -ENOMEM;
		ret = tm_blobs_intern(&r->metadata->texts, parent,
				      strlen(parent), &path);
		free(parent);
		if (ret < 0)
			return ret;
	}
	return 0;
}

static int read_all(struct reader *r)
{
	const struct tm_metadata *metadata = r->metadata;
	int ret = 0;

	if (r->mount->source == TM_CHARGES_V2)
		for (size_t i = 0; ret == 0 && i < metadata->cgroup_count; i++)
			ret = read_up(r, metadata->cgroup[i].path);
	for (size_t i = 0; ret == 0 && i < metadata->process_count; i++)
		ret = read_up(r, metadata->process[i].cgroup);
	return ret;
}

int tm_charges_read(const struct tcpmem_ctx *ctx, struct tm_metadata *metadata,
		    struct tm_charges *charges)
{
	struct tm_charge_mount *mount = malloc(sizeof(*mount));
	struct reader r = {
		.mount = mount,
		.metadata = metadata,
		.charges = charges,
	};
	int ret;

	if (!mount)
		return -ENOMEM;
	tm_charge_find_mount(ctx, mount);
	charges->source = mount->source;
	charges->others = tm_charge_others(ctx);
	ret = tm_u64set_init(&r.visited, 64);
	if (ret == 0 && mount->source != TM_CHARGES_NONE)
		ret = read_all(&r);
	tm_u64set_deinit(&r.visited);
	free(mount);
	return ret;
}

// SPDX-License-Identifier: LGPL-2.1-or-later
/* chains.c - holders while they are being found */
#include "model/chains.h"

#include <errno.h>
#include <stdlib.h>

#include "model/socket.h"
#include "util.h"

void tm_chains_deinit(struct tm_chains *chains)
{
	free(chains->link);
	tm_index_deinit(&chains->index);
	*chains = (struct tm_chains){ 0 };
}

static const struct tm_link *get_link(const struct tm_chains *chains,
				      uint32_t holder)
{
	return &chains->link[holder & ~TM_HOLDER_SHARED];
}

/*
 * Processes come in order and each with all its fds, so the first comparison
 * almost always answers.
 */
static bool contains(const struct tm_chains *chains, uint32_t holder,
		     uint32_t index)
{
	while (holder & TM_HOLDER_SHARED) {
		const struct tm_link *link = get_link(chains, holder);

		if (index > link->highest)
			return false;
		if (index == link->process)
			return true;
		holder = link->before;
	}
	return holder == index + 1;
}

static int append(struct tm_chains *chains, uint32_t before, uint32_t process)
{
	struct tm_link *moved = tm_grow(chains->link, chains->count,
					&chains->capacity, sizeof(*moved));
	uint32_t highest = before - 1, count = 1;

	if (!moved)
		return -ENOMEM;
	chains->link = moved;
	if (before & TM_HOLDER_SHARED) {
		highest = get_link(chains, before)->highest;
		count = get_link(chains, before)->count;
	}
	chains->link[chains->count++] = (struct tm_link){
		.before = before,
		.process = process,
		.highest = highest > process ? highest : process,
		.count = count + 1,
	};
	return 0;
}

int tm_chains_extend(struct tm_chains *chains, uint32_t holder, uint32_t index,
		     uint32_t *extended)
{
	/* mixed twice: often enough they differ by the same few bits */
	struct tm_index_walk walk = {
		.hash = tm_hash(tm_hash(0, holder), index),
	};

	if (holder == TM_HOLDER_NONE) {
		*extended = index + 1;
		return 0;
	}
	if (contains(chains, holder, index)) {
		*extended = holder;
		return 0;
	}
	while (tm_index_next(&chains->index, &walk)) {
		if (chains->link[walk.number].before == holder &&
		    chains->link[walk.number].process == index) {
			*extended = TM_HOLDER_SHARED | walk.number;
			return 0;
		}
	}
	if (append(chains, holder, index) < 0)
		return -ENOMEM;
	if (tm_index_add(&chains->index, walk.hash,
			 (uint32_t)(chains->count - 1)) < 0) {
		chains->count--;
		return -ENOMEM;
	}
	*extended = TM_HOLDER_SHARED | (uint32_t)(chains->count - 1);
	return 0;
}

void tm_chains_members(const struct tm_chains *chains, uint32_t at,
		       uint32_t *member)
{
	uint32_t holder = TM_HOLDER_SHARED | at;

	while (holder & TM_HOLDER_SHARED) {
		const struct tm_link *link = get_link(chains, holder);

		*member++ = link->process;
		holder = link->before;
	}
	*member = holder - 1;
}

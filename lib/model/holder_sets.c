// SPDX-License-Identifier: LGPL-2.1-or-later
/* holder_sets.c - holders while they are being found */
#include "model/holders.h"

#include <errno.h>
#include <stdlib.h>

#include "base/util.h"
#include "model/socket.h"

void tm_holder_sets_deinit(struct tm_holder_sets *holder_sets)
{
	free(holder_sets->link);
	tm_index_deinit(&holder_sets->index);
	*holder_sets = (struct tm_holder_sets){ 0 };
}

static const struct tm_link *get_link(const struct tm_holder_sets *holder_sets,
				      uint32_t holder)
{
	return &holder_sets->link[holder & ~TM_HOLDER_SHARED];
}

/*
 * Scans report a process with all its fds in one run, so the last set usually
 * matches.
 */
static bool contains(const struct tm_holder_sets *holder_sets, uint32_t holder,
		     uint32_t index)
{
	while (holder & TM_HOLDER_SHARED) {
		const struct tm_link *link = get_link(holder_sets, holder);

		if (index > link->highest)
			return false;
		if (index == link->process)
			return true;
		holder = link->before;
	}
	return holder == index + 1;
}

static int append(struct tm_holder_sets *holder_sets, uint32_t before,
		  uint32_t process)
{
	struct tm_link *moved = tm_grow(holder_sets->link, holder_sets->count,
					&holder_sets->capacity, sizeof(*moved));
	uint32_t highest = before - 1, count = 1;

	if (!moved)
		return -ENOMEM;
	holder_sets->link = moved;
	if (before & TM_HOLDER_SHARED) {
		highest = get_link(holder_sets, before)->highest;
		count = get_link(holder_sets, before)->count;
	}
	holder_sets->link[holder_sets->count++] = (struct tm_link){
		.before = before,
		.process = process,
		.highest = highest > process ? highest : process,
		.count = count + 1,
	};
	return 0;
}

int tm_holder_sets_extend(struct tm_holder_sets *holder_sets, uint32_t holder,
			  uint32_t index, uint32_t *extended)
{
	/* mixed twice: link keys differ in few bits */
	struct tm_index_walk walk = {
		.hash = tm_hash(tm_hash(0, holder), index),
	};

	if (holder == TM_HOLDER_NONE) {
		*extended = index + 1;
		return 0;
	}
	if (contains(holder_sets, holder, index)) {
		*extended = holder;
		return 0;
	}
	while (tm_index_next(&holder_sets->index, &walk)) {
		if (holder_sets->link[walk.number].before == holder &&
		    holder_sets->link[walk.number].process == index) {
			*extended = TM_HOLDER_SHARED | walk.number;
			return 0;
		}
	}
	if (append(holder_sets, holder, index) < 0)
		return -ENOMEM;
	if (tm_index_add(&holder_sets->index, walk.hash,
			 (uint32_t)(holder_sets->count - 1)) < 0) {
		holder_sets->count--;
		return -ENOMEM;
	}
	*extended = TM_HOLDER_SHARED | (uint32_t)(holder_sets->count - 1);
	return 0;
}

void tm_holder_sets_members(const struct tm_holder_sets *holder_sets,
			    uint32_t at, uint32_t *member)
{
	uint32_t holder = TM_HOLDER_SHARED | at;

	while (holder & TM_HOLDER_SHARED) {
		const struct tm_link *link = get_link(holder_sets, holder);

		*member++ = link->process;
		holder = link->before;
	}
	*member = holder - 1;
}

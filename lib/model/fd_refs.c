// SPDX-License-Identifier: LGPL-2.1-or-later
/* fd_refs.c - who has which inode open, noted while sockets are dumped */
#include "model/holders.h"

#include "base/util.h"
#include "model/socket.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define NOT_JOINED UINT32_MAX

void tm_fd_refs_deinit(struct tm_fd_refs *fd_refs)
{
	free(fd_refs->process);
	free(fd_refs->fd_ref);
	memset(fd_refs, 0, sizeof(*fd_refs));
}

int tm_fd_refs_process(struct tm_fd_refs *fd_refs,
		       const struct tcpmem_process *process, uint32_t *index)
{
	*index = (uint32_t)fd_refs->process_count;
	return tm_append(fd_refs->process, fd_refs->process_count,
			 fd_refs->process_capacity, process);
}

int tm_fd_refs_add(struct tm_fd_refs *fd_refs, uint32_t inode, uint32_t index)
{
	const struct tm_fd_ref fd_ref = { inode, index };

	return tm_append(fd_refs->fd_ref, fd_refs->count, fd_refs->capacity,
			 &fd_ref);
}

int tm_fd_refs_reserve(struct tm_fd_refs *fd_refs, size_t count)
{
	struct tm_fd_ref *moved;

	if (count <= fd_refs->capacity)
		return 0;
	moved = reallocarray(fd_refs->fd_ref, count, sizeof(*moved));
	if (!moved)
		return -ENOMEM;
	fd_refs->fd_ref = moved;
	fd_refs->capacity = count;
	return 0;
}

int tm_fd_refs_merge(struct tm_fd_refs *fd_refs, const struct tm_fd_refs *other)
{
	uint32_t first = (uint32_t)fd_refs->process_count, index;
	int ret = tm_fd_refs_reserve(fd_refs, fd_refs->count + other->count);

	for (size_t i = 0; ret == 0 && i < other->process_count; i++)
		ret = tm_fd_refs_process(fd_refs, &other->process[i], &index);
	for (size_t i = 0; ret == 0 && i < other->count; i++)
		ret = tm_fd_refs_add(fd_refs, other->fd_ref[i].inode,
				     other->fd_ref[i].process + first);
	return ret;
}

static int join_process(const struct tcpmem_process *process,
			struct tm_holders *holders, size_t known,
			uint32_t *index)
{
	for (size_t i = 0; i < known; i++) {
		const struct tcpmem_process *other =
			tm_holders_get_process(holders, (uint32_t)i);

		if (tm_process_is(other, process)) {
			*index = (uint32_t)i;
			return 0;
		}
	}
	return tm_holders_process(holders, process, index);
}

static int join(const struct tm_fd_refs *fd_refs, struct tm_holders *holders,
		const struct tm_u64set *only, uint32_t *joined)
{
	size_t known = tm_holders_process_count(holders);
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < fd_refs->count; i++) {
		const struct tm_fd_ref *fd_ref = &fd_refs->fd_ref[i];
		uint32_t *index = &joined[fd_ref->process];

		if (i + TM_AHEAD < fd_refs->count)
			tm_holders_prefetch(holders, fd_ref[TM_AHEAD].inode);
		if (only && !tm_u64set_has(only, fd_ref->inode))
			continue;
		if (*index == NOT_JOINED &&
		    !tm_holders_wants(holders, fd_ref->inode))
			continue;
		if (*index == NOT_JOINED)
			ret = join_process(&fd_refs->process[fd_ref->process],
					   holders, known, index);
		if (ret == 0)
			ret = tm_holders_add(holders, fd_ref->inode, *index);
	}
	return ret;
}

int tm_fd_refs_join(const struct tm_fd_refs *fd_refs,
		    struct tm_holders *holders, const struct tm_u64set *only)
{
	uint32_t *joined;
	int ret;

	joined = malloc((fd_refs->process_count + 1) * sizeof(*joined));
	if (!joined)
		return -ENOMEM;
	memset(joined, 0xff, (fd_refs->process_count + 1) * sizeof(*joined));
	ret = join(fd_refs, holders, only, joined);
	free(joined);
	return ret;
}

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

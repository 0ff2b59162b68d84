// SPDX-License-Identifier: LGPL-2.1-or-later
/* fd_refs.c - who has which inode open, noted while sockets are being dumped */
#include "model/holders.h"

#include "base/util.h"

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
	struct tcpmem_process *moved =
		tm_grow(fd_refs->process, fd_refs->process_count,
			&fd_refs->process_capacity, sizeof(*moved));

	if (!moved)
		return -ENOMEM;
	fd_refs->process = moved;
	moved[fd_refs->process_count] = *process;
	*index = (uint32_t)fd_refs->process_count++;
	return 0;
}

int tm_fd_refs_add(struct tm_fd_refs *fd_refs, uint32_t inode, uint32_t index)
{
	struct tm_fd_ref *moved = tm_grow(fd_refs->fd_ref, fd_refs->count,
					  &fd_refs->capacity, sizeof(*moved));

	if (!moved)
		return -ENOMEM;
	fd_refs->fd_ref = moved;
	moved[fd_refs->count++] = (struct tm_fd_ref){ inode, index };
	return 0;
}

int tm_fd_refs_merge(struct tm_fd_refs *fd_refs, const struct tm_fd_refs *other)
{
	uint32_t first = (uint32_t)fd_refs->process_count, index;
	int ret = 0;

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

	for (size_t i = 0; i < fd_refs->count; i++) {
		const struct tm_fd_ref *fd_ref = &fd_refs->fd_ref[i];
		uint32_t *index = &joined[fd_ref->process];
		int ret = 0;

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
		if (ret < 0)
			return ret;
	}
	return 0;
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

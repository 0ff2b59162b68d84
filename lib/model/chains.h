/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * holder_sets.h - holders while they are being found
 *
 * A shared inode's processes come one at a time. A link is "that holder, and
 * this process": inodes that meet the same processes in the same order, as
 * those of forked workers do, end in the same link, so memory grows with the
 * ways of sharing and not with inodes times processes.
 */
#ifndef TM_MODEL_HOLDER_SETS_H
#define TM_MODEL_HOLDER_SETS_H

#include "index.h"

/* Holders here are as in socket.h, but the index of a set is that of a link. */
struct tm_link {
	uint32_t before;  /* the holder that it extends */
	uint32_t process; /* by this one */
	uint32_t highest; /* process of all in the chain */
	uint32_t count;	  /* of processes in the chain */
};

/* All zero is an empty table. */
struct tm_holder_sets {
	struct tm_link *link;
	size_t count, capacity;
	struct tm_index index;
};

void tm_holder_sets_deinit(struct tm_holder_sets *holder_sets);

/*
 * tm_holder_sets_extend() - @holder and process @index together
 *
 * Return: 0 and the holder, the same one if it has the process already; or
 * -ENOMEM.
 */
int tm_holder_sets_extend(struct tm_holder_sets *holder_sets, uint32_t holder,
			  uint32_t index, uint32_t *extended);

/*
 * tm_holder_sets_members() - the processes of link @at into @member, any order
 */
void tm_holder_sets_members(const struct tm_holder_sets *holder_sets,
			    uint32_t at, uint32_t *member);

#endif

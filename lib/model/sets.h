/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* sets.h - sets of numbers, each kept once and named by its own number */
#ifndef TM_MODEL_SETS_H
#define TM_MODEL_SETS_H

#include "index.h"

struct tm_set {
	size_t first; /* in the members of all sets */
	size_t count;
};

/* All zero is an empty table. */
struct tm_sets {
	struct tm_set *set;
	size_t count, capacity;
	uint32_t *member;
	size_t member_count, member_capacity;
	struct tm_index index;
};

void tm_sets_deinit(struct tm_sets *sets);

/*
 * tm_sets_intern() - the number of a set: the same members, the same number
 * @member: each once, in an order that is the same for equal sets
 *
 * Return: 0, or -ENOMEM.
 */
int tm_sets_intern(struct tm_sets *sets, const uint32_t *member, size_t count,
		   uint32_t *number);

/* tm_sets_members() - the members of set @number, in the order given */
static inline const uint32_t *tm_sets_members(const struct tm_sets *sets,
					      uint32_t number)
{
	return sets->member + sets->set[number].first;
}

#endif

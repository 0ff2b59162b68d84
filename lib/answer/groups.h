/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* groups.h - sums by group, found by hash, in the order of arrival */
#ifndef TM_ANSWER_GROUPS_H
#define TM_ANSWER_GROUPS_H

#include "answer/keys.h"
#include "index.h"
#include "model/account.h"

/* What tells groups apart; unused ids are 0, so it can be compared whole. */
struct tm_group_key {
	uint64_t id[TM_KEYS_MAX];
	uint64_t holder; /* see socket.h; 0 where no key asks for it */
};

struct tm_group {
	struct tm_group_key key;
	struct tm_sums sums;
	size_t reached_by; /* number of the last group shared out into it */
};

/* All zero is none. */
struct tm_groups {
	struct tm_group *group;
	size_t count, capacity;
	uint32_t seed; /* ids are anybody's choice; 0: not drawn yet */
	struct tm_index index;
};

/*
 * tm_groups_get() - the group of @key, made if there is none
 *
 * Return: it, valid until the next call; NULL when out of memory.
 */
struct tm_group *tm_groups_get(struct tm_groups *groups,
			       const struct tm_group_key *key);

/* tm_groups_clear() - forgets all groups and frees their memory */
void tm_groups_clear(struct tm_groups *groups);

#endif

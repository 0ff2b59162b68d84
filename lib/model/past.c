// SPDX-License-Identifier: LGPL-2.1-or-later
/* past.c - the past owners of a snapshot's sockets */
#include "model/snapshot.h"

#include "base/util.h"

#include <errno.h>
#include <stdlib.h>

int tm_past_init(struct tm_past *past, size_t sockets)
{
	tm_past_deinit(past);
	past->ref = calloc(sockets + 1, sizeof(*past->ref));
	past->ref_count = sockets;
	return past->ref ? 0 : -ENOMEM;
}

void tm_past_deinit(struct tm_past *past)
{
	free(past->owner);
	free(past->ref);
	tm_index_deinit(&past->index);
	*past = (struct tm_past){ 0 };
}

static int find_owner(struct tm_past *past,
		      const struct tcpmem_process *process, uint32_t *number)
{
	const struct tm_past_owner owner = {
		.process = *process,
		.holder = UINT32_MAX,
		.source = TM_PAST_EXACT,
	};
	uint32_t hash = tm_hash(process->pid, process->start_time);
	struct tm_index_walk walk = { .hash = hash };
	int ret;

	while (tm_index_next(&past->index, &walk)) {
		*number = walk.number;
		if (tm_process_is(&past->owner[*number].process, process))
			return 0;
	}
	*number = (uint32_t)past->count;
	ret = tm_append(past->owner, past->count, past->capacity, &owner);
	return ret ? ret : tm_index_add(&past->index, hash, *number);
}

void tm_past_find_holders(struct tm_past *past,
			  const struct tm_holders *holders)
{
	size_t count = tm_holders_process_count(holders);

	for (uint32_t i = 0; i < count; i++) {
		const struct tcpmem_process *process =
			tm_holders_get_process(holders, i);
		struct tm_index_walk walk = {
			.hash = tm_hash(process->pid, process->start_time),
		};

		while (tm_index_next(&past->index, &walk))
			if (tm_process_is(&past->owner[walk.number].process,
					  process))
				past->owner[walk.number].holder = i;
	}
}

int tm_past_set(struct tm_past *past, size_t i,
		const struct tcpmem_process *process,
		enum tm_past_source source)
{
	uint32_t number;
	int ret = find_owner(past, process, &number);

	if (ret)
		return ret;
	if (past->owner[number].source > source)
		past->owner[number].source = (uint8_t)source;
	past->ref[i].owner = number;
	past->ref[i].source = (uint8_t)source;
	return 0;
}

int tm_past_set_creator(struct tm_past *past, size_t i,
			const struct tcpmem_process *creator)
{
	uint32_t number;
	int ret = find_owner(past, creator, &number);

	if (ret == 0)
		past->ref[i].creator = number + 1;
	return ret;
}

const char *tm_past_source_name(enum tm_past_source source)
{
	static const char *const names[] = {
		[TM_PAST_LISTENER] = "listener",
		[TM_PAST_MEMORY] = "memory",
		[TM_PAST_EVENT] = "event",
		[TM_PAST_EXACT] = "exact",
	};

	return (size_t)source < TM_ARRAY_SIZE(names) ? names[source] : NULL;
}

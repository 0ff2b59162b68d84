/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* past.h - the past owners of a snapshot's sockets */
#ifndef TM_MODEL_PAST_H
#define TM_MODEL_PAST_H

#include "model/holders.h"

/* What tells of a past owner; a higher one is surer. */
enum tm_past_source {
	TM_PAST_UNKNOWN,
	TM_PAST_LISTENER, /* it alone listens at the socket's port */
	TM_PAST_MEMORY,	  /* an earlier look saw it hold the socket, alone */
	TM_PAST_EVENT,	  /* it made the socket, or its listener */
	TM_PAST_EXACT,	  /* it closed the socket */
};

/*
 * struct tm_past_owner - a process
 * @source: the least sure one of its sockets
 * @holder: its number among the snapshot's processes; UINT32_MAX: it holds
 *	nothing
 * @gone: it has ended
 */
struct tm_past_owner {
	struct tcpmem_process process;
	uint32_t holder;
	uint8_t source;
	bool gone;
};

/*
 * struct tm_past_ref - of the socket with the same index
 * @owner: number of the owner; with TM_PAST_UNKNOWN as @source there is none
 * @creator: number of who made it, or its listener, plus 1; 0: not known
 * @age_us: until it was closed, if it is @aged
 * @cgroup_id: of who closed it, or made it; 0: not known
 */
struct tm_past_ref {
	uint32_t owner;
	uint32_t creator;
	uint64_t age_us;
	uint64_t cgroup_id;
	uint8_t source;
	bool aged;
};

/* All zero: nobody asked. */
struct tm_past {
	struct tm_past_owner *owner;
	size_t count, capacity;
	struct tm_past_ref *ref;
	size_t ref_count;
	struct tm_index index;
};

/* tm_past_init() - of @sockets sockets none is known. 0 or -ENOMEM. */
int tm_past_init(struct tm_past *past, size_t sockets);
void tm_past_deinit(struct tm_past *past);

/* tm_past_find_holders() - fills in the numbers of owners that hold sockets */
void tm_past_find_holders(struct tm_past *past,
			  const struct tm_holders *holders);

/* tm_past_set() - the past owner of socket number @i. 0 or -ENOMEM. */
int tm_past_set(struct tm_past *past, size_t i,
		const struct tcpmem_process *process,
		enum tm_past_source source);

/* tm_past_set_creator() - who made it, or its listener. 0 or -ENOMEM. */
int tm_past_set_creator(struct tm_past *past, size_t i,
			const struct tcpmem_process *creator);

/* tm_past_source_name() - "memory" ...; NULL if nothing tells */
const char *tm_past_source_name(enum tm_past_source source);

#endif

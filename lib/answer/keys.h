/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* keys.h - what sockets can be grouped by: one table of keys */
#ifndef TM_ANSWER_KEYS_H
#define TM_ANSWER_KEYS_H

#include "model/snapshot.h"

#define TM_KEYS_MAX 4

/* In an id of a key that asks for the holder: nobody, the rest is the kind. */
#define TM_KEY_NOBODY (UINT64_C(1) << 63)

/* The process of a socket is not asked for, or it has none. */
#define TM_KEY_NO_PROCESS UINT32_MAX

/*
 * struct tm_key - one way to group
 * @per_holder: the answer depends on who holds the socket, so a shared socket
 *	is shared out
 * @id: equal for sockets of one group. @sock is NULL where @per_holder and
 *	there is a @process.
 * @format: the id as text, cut to @size
 */
struct tm_key {
	const char *name;
	const char *text; /* what it groups by, in a line */
	bool per_holder;
	uint64_t (*id)(const struct tcpmem_snapshot *snap,
		       const struct tcpmem_socket *sock, uint32_t process);
	void (*format)(const struct tcpmem_snapshot *snap, uint64_t id,
		       char *text, size_t size);
};

extern const struct tm_key tm_key_process;

/* tm_key_find() - the key that @len bytes of @name name; NULL if none */
const struct tm_key *tm_key_find(const char *name, size_t len);

#endif

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* keys.h - what sockets can be grouped by: one table of keys */
#ifndef TM_ANSWER_KEYS_H
#define TM_ANSWER_KEYS_H

#include "model/blobs.h"
#include "model/snapshot.h"

#define TM_KEYS_MAX 4

/* Ids of a key. Other ids are small numbers, or what @tm_key.id makes them. */
#define TM_KEY_ASK_HOLDER UINT64_MAX	      /* each holder gives its own */
#define TM_KEY_NOBODY	  (UINT64_C(1) << 63) /* | kind: nobody holds it */
#define TM_KEY_NONE	  (UINT64_C(1) << 62) /* there is no such thing */

/* The holder is not asked. */
#define TM_KEY_NO_PROCESS UINT32_MAX

/* What ids refer to, and where new texts are kept. */
struct tm_key_view {
	const struct tcpmem_snapshot *snap;
	struct tm_blobs blobs;
};

/*
 * struct tm_key - one way to group
 * @needs: bits of enum tcpmem_need without which every socket is in one group
 * @id: the same for sockets of one group. Asked with a @sock and
 *	%TM_KEY_NO_PROCESS first; if that gives %TM_KEY_ASK_HOLDER, then
 *	without a @sock for each process that holds it. Returns 0 or -ENOMEM.
 * @format: the id as text, cut to @size
 */
struct tm_key {
	const char *name;
	const char *text; /* what it groups by, in a line */
	uint32_t needs;
	int (*id)(struct tm_key_view *view, const struct tcpmem_socket *sock,
		  uint32_t process, uint64_t *id);
	void (*format)(const struct tm_key_view *view, uint64_t id, char *text,
		       size_t size);
};

extern const struct tm_key tm_key_process;

/*
 * tm_key_format_absent() - the text where no process, cgroup ... stands
 *
 * Return: false, and nothing was written, if @id stands for something.
 */
bool tm_key_format_absent(uint64_t id, char *text, size_t size);

/* tm_key_find() - the key that @len bytes of @name name; NULL if none */
const struct tm_key *tm_key_find(const char *name, size_t len);

#endif

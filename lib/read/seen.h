/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * seen.h - which cookies one dump has already delivered
 *
 * The kernel may repeat a socket: new sockets enter a hash bucket at its head
 * and push those already sent behind the cursor, so a repeat follows closely;
 * and a bound socket that connects meanwhile is met again in a later phase of
 * the walk. So the last cookies are remembered, at least 16,384 of them, and
 * all cookies of bound sockets: memory does not grow with connections.
 */
#ifndef TM_READ_SEEN_H
#define TM_READ_SEEN_H

#include "u64set.h"

struct tm_dedup {
	struct tm_u64set young, old; /* the window, in two generations */
	struct tm_u64set bound;
};

/* tm_dedup_init() - an empty memory. Return: 0 or -ENOMEM. */
int tm_dedup_init(struct tm_dedup *seen);
void tm_dedup_deinit(struct tm_dedup *seen);

/* tm_dedup_clear() - a dump begins anew */
void tm_dedup_clear(struct tm_dedup *seen);

/*
 * tm_dedup_add() - remembers @cookie
 * @bound: it belongs to a bound, inactive socket
 *
 * Return: 1 if it was delivered before, 0 if not, or -ENOMEM.
 */
int tm_dedup_add(struct tm_dedup *seen, uint64_t cookie, bool bound);

#endif

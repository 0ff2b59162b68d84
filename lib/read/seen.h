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

struct tm_seen {
	struct tm_u64set young, old; /* the window, in two generations */
	struct tm_u64set bound;
};

/* tm_seen_init() - an empty memory. Return: 0 or -ENOMEM. */
int tm_seen_init(struct tm_seen *seen);
void tm_seen_deinit(struct tm_seen *seen);

/* tm_seen_clear() - a dump begins anew */
void tm_seen_clear(struct tm_seen *seen);

/*
 * tm_seen_add() - remembers @cookie
 * @bound: it belongs to a bound, inactive socket
 *
 * Return: 1 if it was delivered before, 0 if not, or -ENOMEM.
 */
int tm_seen_add(struct tm_seen *seen, uint64_t cookie, bool bound);

#endif

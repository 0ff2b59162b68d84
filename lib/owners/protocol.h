/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* protocol.h - how a command asks a resident one who closed which socket */
#ifndef TM_OWNERS_PROTOCOL_H
#define TM_OWNERS_PROTOCOL_H

#include "owners/ledger.h"

#include <sys/types.h>

/*
 * A SOCK_SEQPACKET socket in a directory that its server alone may write to. A
 * packet of cookies is answered by a packet of those that are known, in their
 * order; both are of this host's byte order.
 */
#define TM_OWNERS_DIR	 "/run/tcpmem-owners"
#define TM_OWNERS_SOCKET TM_OWNERS_DIR "/socket"

/* Cookies in a packet */
#define TM_OWNERS_PACKET 1024

/* struct tm_owners_answer - @source: an enum tm_past_source */
struct tm_owners_answer {
	uint64_t cookie;
	struct tcpmem_process process;
	uint32_t source;
	uint32_t unused;
};

/* ---- ask.c ---- */

/*
 * tm_owners_ask() - asks who closed sockets
 * @count: at least 1; @answer: room for as many; those that are known come
 * first
 *
 * A server is believed if it is root, or the caller, and its directory is its
 * own; for as long as it answers within a second.
 *
 * Return: how many are known; -errno, -ENOENT: there is no server, -EPERM: it
 * is not believed, -EBADMSG: it makes no sense.
 */
ssize_t tm_owners_ask(const uint64_t *cookie, size_t count,
		      struct tm_owners_answer *answer);

/* ---- serve.c ---- */

struct tm_owners_server;

/*
 * tm_owners_serve() - answers root and the caller's user, in a thread
 * @find: fills in all but the cookie. Return: whether it is known.
 *
 * Return: 0; -EADDRINUSE if another does; -EPERM if others may write to the
 * directory; -errno.
 */
int tm_owners_serve(bool (*find)(uint64_t cookie, void *user,
				 struct tm_owners_answer *answer),
		    void *user, struct tm_owners_server **server);

/* tm_owners_serve_end() - no more; NULL is fine */
void tm_owners_serve_end(struct tm_owners_server *server);

#endif

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* internal.h - past owners: who held what, and commands that tell others */
#ifndef TM_OWNERS_INTERNAL_H
#define TM_OWNERS_INTERNAL_H

#include "model/snapshot.h"

#include <sys/types.h>

/* Connections that are remembered, and for how long behind the last look */
#define TM_LEDGER_MAX	   200000
#define TM_LEDGER_FORGET_S 120

/*
 * A socket keeps its cookie in TIME_WAIT, in FIN_WAIT_2 and as an orphan: who
 * held it in an earlier look is its past owner. One that lived between two
 * looks is the listener's at its port, if one process alone held that before
 * and no process but this one was ever seen with its connections.
 *
 * Who holds a socket with others is not remembered: nobody knows who closed it.
 */
struct tm_ledger;

/* tm_ledger_new() - remembers nothing. @max: connections. 0 or -ENOMEM. */
int tm_ledger_new(size_t max, struct tm_ledger **ledger);
void tm_ledger_free(struct tm_ledger *ledger);

/*
 * tm_ledger_learn() - a look: all sockets, before a filter has removed any
 * @listeners: with their holders, see tm_listeners_finish()
 *
 * Another boot's connections are forgotten. Return: 0 or -ENOMEM.
 */
int tm_ledger_learn(struct tm_ledger *ledger,
		    const struct tcpmem_snapshot *snap,
		    const struct tm_listeners *listeners);

/*
 * tm_ledger_name() - names the past owners of what nobody holds in @snap, which
 * was learned last
 *
 * Return: 0 or -ENOMEM.
 */
int tm_ledger_name(const struct tm_ledger *ledger,
		   const struct tm_listeners *listeners,
		   struct tcpmem_snapshot *snap);

/*
 * tm_ledger_owner() - who closed a socket, or was last seen with it, alone
 *
 * Return: what tells it; TM_PAST_UNKNOWN: nothing, and @process is left alone.
 */
enum tm_past_source tm_ledger_owner(const struct tm_ledger *ledger,
				    uint64_t cookie,
				    const struct tcpmem_process **process);

/*
 * tm_ledger_tell() - something better than looks tells whose it was
 *
 * Return: 0, also if there is no room; -ENOMEM.
 */
int tm_ledger_tell(struct tm_ledger *ledger, uint64_t cookie,
		   const struct tcpmem_process *process,
		   enum tm_past_source source);

/* tm_ledger_looks() - how many looks it has learned from */
uint32_t tm_ledger_looks(const struct tm_ledger *ledger);

/*
 * tm_ledger_refused() - connections for which there was no room, in the last
 * look that had any; 0 if that is longer ago than what is remembered
 */
uint64_t tm_ledger_refused(const struct tm_ledger *ledger);

/* ---- how a command asks a resident one who closed which socket ---- */

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

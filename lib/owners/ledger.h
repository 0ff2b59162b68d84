/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* ledger.h - who held what, by the kernel's identity of a connection */
#ifndef TM_OWNERS_LEDGER_H
#define TM_OWNERS_LEDGER_H

#include "model/snapshot.h"

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

/* tm_ledger_refused() - connections for which there was no room */
uint64_t tm_ledger_refused(const struct tm_ledger *ledger);

#endif

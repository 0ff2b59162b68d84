/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* sockstat.h - one network namespace's own count of its TCP sockets */
#ifndef TM_READ_SOCKSTAT_H
#define TM_READ_SOCKSTAT_H

#include "ctx.h"

/*
 * struct tm_sockstat - what the namespace counts
 * @inuse: TCP sockets, both families, that the kernel's tables hold: all but
 *	bound-inactive and unbound ones, which have no buffers, dark ones and
 *	mini-sockets
 * @time_wait: mini-sockets in TIME_WAIT, and of closed sockets in FIN_WAIT2
 * @mptcp: MPTCP connections
 */
struct tm_sockstat {
	uint64_t inuse;
	uint64_t time_wait;
	uint64_t mptcp;
};

/*
 * tm_sockstat_read() - reads the counts of one namespace
 * @net: its net directory, below the root of /proc; NULL is that of the
 *	calling thread
 *
 * Return: 0; -errno of reading; -EBADMSG if a count is not there.
 */
int tm_sockstat_read(const struct tcpmem_ctx *ctx, const char *net,
		     struct tm_sockstat *stat);

/*
 * tm_sockstat_is_empty() - nothing that a dump of the namespace would show,
 * but sockets that are bound and neither listen nor connect
 *
 * A request socket implies its listener, or ends within its timer when that
 * was closed.
 */
bool tm_sockstat_is_empty(const struct tm_sockstat *stat);

/* tm_sockstat_has_tls() - whether software kTLS is in use, as the thread sees
 */
bool tm_sockstat_has_tls(const struct tcpmem_ctx *ctx);

#endif

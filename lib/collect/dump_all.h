/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * dump_all.h - the sockets of many namespaces, walked side by side
 *
 * Worker threads go into the namespaces; the caller's thread never moves and
 * is the only one that the sinks and the context's log run in.
 */
#ifndef TM_COLLECT_DUMP_ALL_H
#define TM_COLLECT_DUMP_ALL_H

#include "base/ctx.h"
#include "model/accounting.h"
#include "model/socket.h"
#include "model/warnings.h"
#include "netns/internal.h"
#include "tcpmem/query.h"

/*
 * struct tm_walk_sink - where sockets go
 * @message: sees each record as the kernel sent it, see diag.h; where it is
 *	set, namespaces are walked one after the other. NULL: nobody wants to.
 * @socket: 0 to go on, anything else ends the walk and is returned by it;
 *	@info is NULL unless it was asked for
 * @restart: what came of namespace @netns is void, it begins anew; returns
 *	as @socket. NULL: it cannot be.
 */
struct tm_walk_sink {
	int (*message)(const void *msg, size_t len, bool mptcp, uint16_t netns,
		       void *user);
	int (*socket)(struct tcpmem_socket *sock, const struct tm_info *info,
		      void *user);
	int (*restart)(uint16_t netns, void *user);
	void *user;
};

/*
 * struct tm_walk - what is walked, and how
 * @list: what is visited; outcomes and counts are written to it
 * @outcomes: only namespaces with these are visited, bits 1 << outcome
 * @objects: what slab objects cost
 * @states: of TCP sockets, bits 1 << enum tcpmem_state
 * @filter: sockets may have to match it; NULL: all are wanted
 * @narrow: those that cannot match are left out
 * @bytecode: by the kernel, as far as it can
 * @mptcp: msks too, where the namespace has any
 * @info: tcp_info of TCP sockets too
 * @count_only: nothing is dumped; counts are read, without which dumps ask
 *	for more than there may be
 * @skip_empty: but for the caller's own, namespaces that count no socket are
 *	found empty
 */
struct tm_walk {
	const struct tcpmem_ctx *ctx;
	struct tm_ns_list *list;
	uint32_t outcomes;
	const struct tm_objects *objects;
	uint32_t states;
	const struct tcpmem_filter *filter;
	bool narrow;
	bool bytecode;
	bool mptcp;
	bool info;
	bool count_only;
	bool skip_empty;
	struct tm_walk_sink sink;
	struct tm_warnings *warnings;
};

/* tm_walk_wants() - whether the namespace at @index is to be visited */
bool tm_walk_wants(const struct tm_walk *walk, size_t index);

/*
 * tm_walk() - visits the namespaces
 *
 * Return: 0; what a sink returned; -EPROTONOSUPPORT if the kernel has no
 * sock_diag for TCP; -errno of opening or sending; -EAGAIN if no thread can
 * be started; -EMFILE; -ENFILE; -ENOMEM.
 */
int tm_walk(const struct tm_walk *walk);

#endif

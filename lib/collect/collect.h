/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* collect.h - a snapshot in the making, live or from a file */
#ifndef TM_COLLECT_COLLECT_H
#define TM_COLLECT_COLLECT_H

#include "base/ctx.h"
#include "capture/internal.h"
#include "model/holders.h"
#include "model/snapshot.h"
#include "netns/internal.h"
#include "query/query.h"
#include "tcpmem/snapshot.h"

/*
 * struct tm_collect - what one collection knows so far
 * @states, @needs: what the query and its filter want, together
 * @filter: sockets must match it; NULL: all are wanted
 * @narrow: the filter lets the kernel leave sockets out
 * @objects: what slab objects cost, if that was read before; NULL: it is read
 * @program: where a program for scans is kept; NULL: it is not
 * @ops: sockets are handed on; NULL: they are kept
 * @writer: sockets are saved as messages; NULL: they are not
 * @list: the namespaces; indices are those of the snapshot
 * @netns_enum: lists the other namespaces meanwhile; NULL: @list is whole
 * @scan: looks for holders since before the dump; NULL: none was sent yet
 * @known: inodes of the sockets that dumps showed; NULL: not needed
 * @dark: sockets that no dump showed, accounted and counted already
 * @complete: every process could be read
 * @nested: there are processes outside of this PID namespace
 * @alone: there is one namespace only
 * @again: a dump broke off and voids what other namespaces gave
 * @late: streamed sockets that are kept back, see collect_late.h
 * @undecided: sockets that the filter may or may not mean
 */
struct tm_collect {
	const struct tcpmem_ctx *ctx;
	const struct tcpmem_query *query;
	uint32_t states;
	uint32_t needs;
	const struct tcpmem_filter *filter;
	bool narrow;
	const struct tm_objects *objects;
	struct tm_holders_bpf **program;
	const struct tcpmem_dump_ops *ops;
	void *user;
	struct tm_capture_writer *writer;
	struct tcpmem_snapshot *snap;
	struct tm_listeners *listeners;
	struct tm_ns_list list;
	struct tm_netns_enum *netns_enum;
	struct tm_holder_scan *scan;
	struct tm_holders *known;
	struct tm_socket_set dark;
	bool complete;
	bool nested;
	bool alone;
	bool again;
	size_t undecided;
	struct tm_socket_set late;
};

/*
 * tm_collect_take() - as tcpmem_snapshot_take(), for who knows something
 * @c: holds the context, the query and what is known already
 */
int tm_collect_take(struct tm_collect *c, struct tcpmem_snapshot **snapshot);

/* tm_collect_begin() - an empty snapshot. 0 or -ENOMEM; end it either way. */
int tm_collect_begin(struct tm_collect *c);

/*
 * tm_collect_end() - frees what a collection needed
 * @ret: how it went; if it failed, its snapshot is freed too
 *
 * Return: @ret, with the snapshot in @snapshot if it is 0.
 */
int tm_collect_end(struct tm_collect *c, int ret,
		   struct tcpmem_snapshot **snapshot);

/*
 * tm_collect_host() - reads what the host says of itself and which namespaces
 * it has
 *
 * Return: 0; as tm_collect_find_netns().
 */
int tm_collect_host(struct tm_collect *c);

/*
 * tm_collect_walk() - asks the kernel for all sockets of the query
 *
 * Return: as tcpmem_snapshot_take(), or what a callback returned.
 */
int tm_collect_walk(struct tm_collect *c);

/*
 * tm_collect_rest() - after the walk: what it did not show
 *
 * Return: as tm_collect_walk().
 */
int tm_collect_rest(struct tm_collect *c);

/*
 * tm_collect_socket() - takes a socket in that was seen
 * @info: its tcp_info; NULL if there is none or nobody asked
 *
 * Return: 0, -errno, or what a callback returned.
 */
int tm_collect_socket(struct tm_collect *c, struct tcpmem_socket *sock,
		      const struct tm_info *info);

/* tm_collect_restart() - all sockets that were taken in are void */
int tm_collect_restart(struct tm_collect *c);

/*
 * tm_collect_publish_netns() - names what was found since, and saves the names
 *
 * Return: 0 or -errno.
 */
int tm_collect_publish_netns(struct tm_collect *c);

/*
 * tm_collect_note_place() - the cgroup of a socket that is saved and not kept
 * is to be found. Return: 0 or -ENOMEM.
 */
int tm_collect_note_place(struct tm_collect *c,
			  const struct tcpmem_socket *sock);

/* tm_collect_uncounted() - a warning if sockets came without counters */
int tm_collect_uncounted(struct tm_collect *c);

/* tm_collect_page_size() - bytes; 0 if unknown */
int64_t tm_collect_page_size(const struct tm_collect *c);

#endif

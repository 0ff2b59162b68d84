/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* sinks.h - where sockets go */
#ifndef TM_COLLECT_SINKS_H
#define TM_COLLECT_SINKS_H

#include "collect/plan.h"

struct tm_live;

/* What a sink can take back when the kernel breaks a dump off. */
enum tm_restart {
	TM_RESTART_NEVER,
	TM_RESTART_NETNS, /* the sockets of one namespace */
	TM_RESTART_ALL,	  /* those of all namespaces, or nothing */
};

/*
 * struct tm_sink - where sockets go
 * @netns: a namespace that sockets will refer to, with @names_first
 * @found: more namespaces are about to be dumped; NULL or 0 to go on
 * @message: each record as the kernel sent it, see diag.h, with @messages;
 *	namespaces are dumped one after the other then
 * @socket: 0 to go on, anything else ends the dump and is returned by it;
 *	@info is NULL unless it was asked for
 * @restart: what came of namespace @netns, or of all, is void
 */
struct tm_sink {
	int (*netns)(size_t index, const struct tm_netns *netns, void *user);
	int (*found)(void *user);
	int (*message)(const void *msg, size_t len, bool mptcp, uint16_t netns,
		       void *user);
	int (*socket)(struct tcpmem_socket *sock, const struct tm_info *info,
		      void *user);
	int (*restart)(uint16_t netns, void *user);
	bool names_first;
	bool messages;
	enum tm_restart restarts;
	void *user;
};

extern const struct tm_sink tm_no_sink; /* for counts: there are no sockets */

/* --- sink_keep.c: sockets that are kept make a snapshot --- */

/* tm_sink_keep() - keeps sockets in @set */
struct tm_sink tm_sink_keep(struct tm_socket_set *set);

/*
 * tm_keep_run() - from the first dump to the snapshot of @live, which is open
 * and whose scan has started, unless neither holders are needed nor the
 * iterator pays
 *
 * Return: as tcpmem_snapshot_take().
 */
int tm_keep_run(struct tm_live *live);

/* tm_keep_take() - as tcpmem_snapshot_take(), with what a cache knows */
int tm_keep_take(const struct tm_plan *plan, struct tm_cache *cache,
		 struct tcpmem_snapshot **snapshot);

/* --- sink_capture.c --- */

/* tm_capture_take() - as tcpmem_snapshot_save_fd(), with what a cache knows */
int tm_capture_take(const struct tm_plan *plan, struct tm_cache *cache, int fd,
		    struct tcpmem_snapshot **snapshot);

/* tm_snapshot_new() - an empty one for @plan. Return: 0 or -ENOMEM. */
int tm_snapshot_new(const struct tm_plan *plan, struct tcpmem_snapshot **snap);

/* tm_snapshot_end() - frees it if @ret is not 0, and else hands it out */
int tm_snapshot_end(int ret, struct tcpmem_snapshot *snap,
		    struct tcpmem_snapshot **snapshot);

static inline int64_t tm_page_size(const struct tcpmem_snapshot *snap)
{
	return snap->host.fact[TCPMEM_HOST_METRIC_PAGE_SIZE];
}

#endif

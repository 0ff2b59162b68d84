// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * deferred.c - streamed sockets that were opened after the scan for holders
 *
 * Who holds what is found out before sockets are streamed. A socket that was
 * opened between the two would seem to be in flight; so it waits until the
 * stream ends, and its holder is looked for then.
 */
#include "collect/deferred.h"

#include "base/util.h"
#include "collect/holder_scan.h"
#include "collect/holders.h"
#include "collect/netns_call.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

/* Enough for what happens meanwhile; more would not be constant memory. */
#define LATE_MAX 4096

int tm_collect_defer(struct tm_collect *c, const struct tcpmem_socket *sock,
		     const struct tm_info *info)
{
	int ret;

	if (c->late.count == LATE_MAX)
		return 0;
	ret = tm_socket_set_add(&c->late, sock, info);
	return ret < 0 ? ret : 1;
}

static int find_holders(struct tm_collect *c, struct tm_holders *holders)
{
	struct tm_holder_scan *scan = NULL;
	struct tm_u64set missing;
	int ret = tm_u64set_init(&missing, 64);

	if (ret < 0)
		return ret;
	for (size_t i = 0; ret == 0 && i < c->late.count; i++)
		ret = tm_holders_expect(holders, c->late.sock[i].inode);
	if (ret == 0)
		ret = tm_holders_missing(holders, &missing);
	if (ret == 0)
		ret = tm_holder_scan_look(c->ctx, c->query->source, &missing,
					  c->program, &scan);
	if (ret == 0)
		ret = tm_fd_refs_join(&scan->fd_refs, holders, NULL);
	if (ret == 0)
		ret = tm_holders_finish(holders);
	tm_holder_scan_free(scan);
	tm_u64set_deinit(&missing);
	return ret;
}

static int learn(struct tm_collect *c)
{
	struct tm_holders *late;
	int ret = tm_holders_new(true, &late);

	if (ret < 0)
		return ret;
	ret = find_holders(c, late);
	if (ret == 0)
		ret = tm_holders_learn(c->snap->holders, late);
	tm_holders_free(late);
	return ret;
}

/* A netlink socket in the namespace of the socket before, and which that is. */
struct diag_cache {
	int fd;
	uint16_t netns;
};

static bool is_gone(struct tm_collect *c, struct diag_cache *diag_cache,
		    struct tcpmem_socket *sock)
{
	if (diag_cache->fd < 0 || diag_cache->netns != sock->netns) {
		if (diag_cache->fd >= 0)
			close(diag_cache->fd);
		diag_cache->fd =
			tm_netns_open(c->ctx, &c->list.ns[sock->netns]);
		diag_cache->netns = sock->netns;
	}
	return diag_cache->fd >= 0 &&
	       !tm_collect_refresh(c, diag_cache->fd, sock);
}

int tm_collect_late(struct tm_collect *c,
		    int (*emit_socket)(struct tm_collect *c,
				       const struct tcpmem_socket *sock,
				       const struct tm_info *info))
{
	struct diag_cache diag_cache = { .fd = -1 };
	int ret;

	if (!c->late.count)
		return 0;
	ret = learn(c);
	for (size_t i = 0; ret == 0 && i < c->late.count; i++) {
		struct tcpmem_socket *sock = &c->late.sock[i];

		tm_collect_owner(c, sock);
		if (tm_collect_is_unclaimed(sock) &&
		    is_gone(c, &diag_cache, sock))
			continue;
		ret = emit_socket(c, sock, tm_socket_set_info(&c->late, sock));
	}
	if (diag_cache.fd >= 0)
		close(diag_cache.fd);
	return ret;
}

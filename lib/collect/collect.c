// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * collect.c - the one conductor: ask + read -> a const snapshot
 *
 * Kept: dump, and beside it who holds any socket -> what no dump showed ->
 * each socket's holder. Streamed: who holds any socket -> dump, each socket
 * handed on with its holder as it comes -> what no dump showed.
 */
#include "collect/collect.h"

#include "base/util.h"
#include "collect/charges.h"
#include "collect/deferred.h"
#include "collect/dump_all.h"
#include "collect/filter.h"
#include "collect/holder_scan.h"
#include "collect/holders.h"
#include "collect/metadata.h"
#include "collect/missing.h"
#include "collect/netns.h"
#include "collect/netns_enum.h"
#include "collect/source_iter.h"
#include "filter/filter.h"
#include "host/internal.h"

#include <errno.h>
#include <stdlib.h>

/* How often a dump that breaks off voids those of other namespaces. */
#define TRIES 3

int tm_collect_begin(struct tm_collect *c)
{
	int ret = tm_collect_prepare(c);

	if (ret < 0)
		return ret;
	c->snap = calloc(1, sizeof(*c->snap));
	if (!c->snap)
		return -ENOMEM;
	c->snap->states = c->states;
	c->snap->sockets.with_info = c->needs & TCPMEM_NEED_INFO;
	c->late.with_info = c->snap->sockets.with_info;
	return tm_listeners_new(&c->listeners);
}

int tm_collect_end(struct tm_collect *c, int ret,
		   struct tcpmem_snapshot **snapshot)
{
	tm_holder_scan_free(c->scan);
	if (c->snap && c->known != c->snap->holders)
		tm_holders_free(c->known);
	if (ret == 0 && (c->needs & TCPMEM_NEED_METADATA)) {
		c->snap->listeners = c->listeners;
		c->listeners = NULL;
	}
	tm_listeners_free(c->listeners);
	tm_netns_enum_free(c->netns_enum);
	tm_ns_list_clear(&c->list);
	tm_socket_set_deinit(&c->dark);
	tm_socket_set_deinit(&c->late);
	if (ret)
		tcpmem_snapshot_free(c->snap);
	else
		*snapshot = c->snap;
	return ret;
}

int tm_collect_host(struct tm_collect *c)
{
	struct tcpmem_snapshot *snap = c->snap;
	int ret;

	tm_clock_read(c->ctx, &snap->clock);
	ret = tm_collect_find_netns(c);
	if (ret < 0)
		return ret;
	if (c->objects)
		snap->objects = *c->objects;
	else
		ret = tm_objects_read(c->ctx, &snap->objects);
	if (ret == 0)
		ret = tm_host_read(c->ctx, &snap->host);
	if (ret == 0)
		ret = tm_host_read_counters(c->ctx, &snap->accounting.before);
	if (ret == 0)
		ret = tm_collect_count(c);
	if (ret < 0)
		return ret;
	/* sockets refer to namespaces as soon as they are handed on */
	return c->ops || c->writer ? tm_collect_name_netns(c) : 0;
}

int64_t tm_collect_page_size(const struct tm_collect *c)
{
	return c->snap->host.fact[TCPMEM_HOST_METRIC_PAGE_SIZE];
}

/* The snapshot has the one socket while it is handed on. */
static int emit(struct tm_collect *c, const struct tcpmem_socket *sock,
		const struct tm_info *info)
{
	struct tm_socket_set *set = &c->snap->sockets;
	int ret = tm_socket_set_add(set, sock, info);

	if (ret == 0 && tm_collect_selects(c, set->sock))
		ret = c->ops->socket(c->snap, set->sock, c->user);
	tm_socket_set_clear(set);
	return ret;
}

static int emit_socket(struct tm_collect *c, struct tcpmem_socket *sock,
		       const struct tm_info *info)
{
	int ret = 0;

	if (!c->ops)
		return tm_socket_set_add(&c->snap->sockets, sock, info);
	tm_collect_owner(c, sock);
	if (tm_collect_is_unclaimed(sock))
		ret = tm_collect_defer(c, sock, info);
	if (ret)
		return ret < 0 ? ret : 0;
	return emit(c, sock, info);
}

int tm_collect_note_place(struct tm_collect *c,
			  const struct tcpmem_socket *sock)
{
	if (!c->known || !(sock->flags & TM_SOCK_HAS_CGROUP))
		return 0;
	return tm_metadata_want(&c->snap->metadata, sock->cgroup_id);
}

int tm_collect_socket(struct tm_collect *c, struct tcpmem_socket *sock,
		      const struct tm_info *info)
{
	int ret = 0;

	tm_accounting_add(&c->snap->accounting, sock, tm_collect_page_size(c));
	if (c->known)
		ret = tm_holders_expect(c->known, sock->inode);
	if (ret < 0)
		return ret;
	if (c->writer)
		return tm_collect_note_place(c, sock);
	return emit_socket(c, sock, info);
}

int tm_collect_restart(struct tm_collect *c)
{
	tm_socket_set_clear(&c->snap->sockets);
	tm_socket_set_clear(&c->late);
	c->undecided = 0;
	tm_accounting_forget(&c->snap->accounting);
	if (c->ops)
		c->ops->restart(c->user);
	return c->writer ? tm_capture_put_restart(c->writer) : 0;
}

static bool is_in_netns(struct tcpmem_socket *sock, void *user)
{
	const uint16_t *netns = user;

	return sock->netns == *netns;
}

static void count_all(struct tm_collect *c, const struct tm_socket_set *set)
{
	int64_t page_size = tm_collect_page_size(c);

	for (size_t i = 0; i < set->count; i++)
		tm_accounting_add(&c->snap->accounting, &set->sock[i],
				  page_size);
}

static void forget_netns(struct tm_collect *c, uint16_t netns)
{
	tm_socket_set_remove_if(&c->snap->sockets, is_in_netns, &netns);
	tm_accounting_forget(&c->snap->accounting);
	count_all(c, &c->snap->sockets);
	count_all(c, &c->dark);
}

static int on_socket(struct tcpmem_socket *sock, const struct tm_info *info,
		     void *user)
{
	return tm_collect_socket(user, sock, info);
}

/* What was handed on cannot be taken back but for all namespaces at once. */
static int on_restart(uint16_t netns, void *user)
{
	struct tm_collect *c = user;

	if (!c->ops && !c->writer) {
		forget_netns(c, netns);
		return 0;
	}
	if (c->alone)
		return tm_collect_restart(c);
	c->again = true;
	return -ECANCELED;
}

static int on_message(const void *msg, size_t len, bool mptcp, uint16_t netns,
		      void *user)
{
	const struct tm_collect *c = user;
	const struct tm_capture_message message = {
		.data = msg,
		.len = len,
		.netns = netns,
		.mptcp = mptcp,
		.role = TM_CAPTURE_SOCKETS,
	};

	return tm_capture_put_message(c->writer, &message,
				      c->list.ns[netns].inode);
}

int tm_collect_uncounted(struct tm_collect *c)
{
	if (!c->snap->accounting.uncounted)
		return 0;
	return tm_warnings_add(&c->snap->warnings,
			       TCPMEM_WARNING_COUNTERS_MISSING,
			       "%lld sockets came without memory counters",
			       (long long)c->snap->accounting.uncounted);
}

static int walk(struct tm_collect *c, bool may_restart)
{
	const struct tm_walk walk = {
		.ctx = c->ctx,
		.list = &c->list,
		.outcomes = 1u << TM_NS_PENDING,
		.objects = &c->snap->objects,
		.states = c->states,
		.filter = c->filter,
		.narrow = c->narrow,
		.bytecode = c->query->bytecode,
		.mptcp = true,
		.info = c->needs & TCPMEM_NEED_INFO,
		.sink = {
			.message = c->writer ? on_message : NULL,
			.socket = on_socket,
			.restart = may_restart ? on_restart : NULL,
			.user = c,
		},
		.warnings = &c->snap->warnings,
	};

	return tm_walk(&walk);
}

static void walk_anew(struct tm_collect *c)
{
	for (size_t i = 0; i < c->list.count; i++)
		if (c->list.ns[i].outcome == TM_NS_DUMPED)
			c->list.ns[i].outcome = TM_NS_PENDING;
}

int tm_collect_walk(struct tm_collect *c)
{
	bool may_restart = !c->ops || c->ops->restart;
	int ret;

	c->alone = c->list.count == 1;
	for (int tries = 1;; tries++) {
		c->again = false;
		ret = walk(c, may_restart && tries < TRIES);
		if (!c->again)
			return ret;
		ret = tm_collect_restart(c);
		if (ret)
			return ret;
		walk_anew(c);
	}
}

int tm_collect_publish_netns(struct tm_collect *c)
{
	size_t known = c->snap->netns_count;
	int ret = tm_collect_name_netns(c);

	for (size_t i = known; ret == 0 && i < c->snap->netns_count; i++)
		if (c->writer)
			ret = tm_capture_put_netns(c->writer, (uint32_t)i,
						   &c->snap->netns[i]);
	return ret;
}

static bool is_walked(const struct tm_collect *c)
{
	for (size_t i = 0; i < c->list.count; i++)
		if (c->list.ns[i].outcome == TM_NS_PENDING)
			return false;
	return true;
}

/*
 * Namespaces that were found since; nothing that came before is voided. The
 * accounting are to be finished, again if they were.
 */
static int walk_found(struct tm_collect *c)
{
	int ret = 0;

	/* names are needed before the sockets that refer to them */
	if (c->ops || c->writer)
		ret = tm_collect_publish_netns(c);
	if (ret == 0)
		ret = tm_collect_count(c);
	if (ret < 0)
		return ret;
	return walk(c, !c->ops && !c->writer);
}

int tm_collect_rest(struct tm_collect *c)
{
	int ret = tm_collect_read_counters_after(c);

	if (ret == 0 && c->known)
		ret = tm_collect_search(c);
	if (ret == 0 && !is_walked(c)) {
		ret = walk_found(c);
		if (ret == 0)
			ret = tm_collect_read_counters_after(c);
	}
	if (ret == 0)
		ret = tm_collect_explain_netns(c);
	return ret ? ret : tm_collect_uncounted(c);
}

static int emit_socket_dark(struct tm_collect *c)
{
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < c->dark.count; i++) {
		if (!c->ops)
			ret = tm_holders_expect(c->known,
						c->dark.sock[i].inode);
		if (ret == 0)
			ret = emit_socket(c, &c->dark.sock[i], NULL);
	}
	return ret;
}

static int find_kept_holders(struct tm_collect *c)
{
	int ret = tm_collect_find(c, 1u << TM_NS_DUMPED);

	if (ret < 0)
		return ret;
	tm_collect_attribute(c);
	ret = tm_collect_look_again(c);
	if (ret == 0 && (c->needs & TCPMEM_NEED_METADATA))
		ret = tm_collect_metadata(c->ctx, c->snap);
	if (ret == 0 && (c->needs & TCPMEM_NEED_CHARGES))
		ret = tm_collect_charges(c->ctx, c->snap);
	return ret;
}

/* Those that were not known yet when the caller's own was walked. */
static int walk_others(struct tm_collect *c)
{
	int ret;

	if (!c->netns_enum)
		return 0;
	ret = tm_netns_enum_join(c->netns_enum, &c->list);
	c->netns_enum = NULL;
	if (ret < 0 || is_walked(c))
		return ret;
	return walk_found(c);
}

static int walk_kept(struct tm_collect *c)
{
	bool deferred = tm_collect_defer_dumps(c);
	int ret = tm_collect_walk(c);

	if (ret == 0 && deferred) {
		ret = tm_collect_merge(c);
		if (ret == 0)
			ret = tm_collect_walk(c);
	}
	if (ret == 0)
		ret = walk_others(c);
	if (ret == 0)
		ret = tm_collect_rest(c);
	if (ret == 0)
		ret = emit_socket_dark(c);
	if (c->scan)
		tm_holder_scan_finish(c->scan);
	return ret;
}

/* As many inodes as the namespaces say that there are sockets. */
static int expect_holders(struct tm_collect *c)
{
	size_t inodes = 0;
	int ret = tm_holders_new(true, &c->snap->holders);

	c->known = c->snap->holders;
	for (size_t i = 0; i < c->list.count; i++)
		if (c->list.ns[i].counted)
			inodes += c->list.ns[i].stat.inuse;
	return ret < 0 ? ret : tm_holders_reserve(c->known, inodes);
}

static int collect_kept(struct tm_collect *c)
{
	int ret = c->needs & TCPMEM_NEED_HOLDERS ? expect_holders(c) : 0;

	if (ret == 0)
		ret = walk_kept(c);
	if (ret)
		return ret;
	if (c->known)
		ret = find_kept_holders(c);
	else if (c->needs & TCPMEM_NEED_METADATA)
		ret = tm_collect_find_listeners(c);
	if (ret == 0 && !c->known)
		tm_collect_attribute(c);
	if (ret == 0)
		ret = tm_collect_name_netns(c);
	if (ret)
		return ret;
	tm_collect_select(c);
	return tm_collect_explain(c);
}

static int find_all_holders(struct tm_collect *c)
{
	int ret = tm_holders_new(false, &c->snap->holders);

	if (ret == 0)
		ret = tm_holders_new(true, &c->known);
	if (ret == 0)
		ret = tm_collect_find(c, 1u << TM_NS_PENDING);
	walk_anew(c);
	return ret;
}

static int collect_streamed(struct tm_collect *c)
{
	int ret = 0;

	if (c->needs & TCPMEM_NEED_HOLDERS)
		ret = find_all_holders(c);
	if (ret == 0)
		ret = tm_collect_walk(c);
	if (ret == 0)
		ret = tm_collect_rest(c);
	if (ret == 0)
		ret = emit_socket_dark(c);
	return ret ? ret : tm_collect_late(c, emit);
}

int tm_collect_take(struct tm_collect *c, struct tcpmem_snapshot **snapshot)
{
	int ret = tm_collect_begin(c);

	if (ret == 0 && (c->needs & TCPMEM_NEED_HOLDERS) && !c->ops &&
	    !c->narrow)
		ret = tm_holder_scan_send(
			c->ctx, c->query->source,
			c->needs & TCPMEM_NEED_INFO
				? TM_HOLDER_SCAN_HOLDERS
				: TM_HOLDER_SCAN_HOLDERS_AND_ITER_SOCKETS,
			c->program, &c->scan);
	if (ret == 0)
		ret = tm_collect_host(c);
	if (ret == 0)
		ret = tm_collect_send(c);
	if (ret == 0)
		ret = c->ops ? collect_streamed(c) : collect_kept(c);
	if (ret == 0)
		ret = tm_collect_undecided(c);
	return tm_collect_end(c, ret, snapshot);
}

int tcpmem_snapshot_take(struct tcpmem_ctx *ctx,
			 const struct tcpmem_query *query,
			 struct tcpmem_snapshot **snapshot)
{
	struct tm_collect c = { .ctx = ctx, .query = query };

	return tm_collect_take(&c, snapshot);
}

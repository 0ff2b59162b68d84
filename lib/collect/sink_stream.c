// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * sink_stream.c - sockets handed on one by one
 *
 * Holders are found before sockets are streamed. A socket that was opened
 * between the two would seem to be in flight; so it is deferred until the
 * stream ends, and its holder is looked for then.
 */
#include "collect/sources.h"

#include "filter/filter.h"

#include <errno.h>

/* Enough for what happens meanwhile; more would not be constant memory. */
#define DEFERRED_MAX TM_RECHECK_MAX

struct stream {
	struct tm_live live;
	const struct tcpmem_dump_ops *ops;
	void *user;
	struct tm_socket_set deferred;
	size_t undecided;
};

/* The snapshot has the one socket while it is handed on. */
static int emit(struct stream *stream, const struct tcpmem_socket *sock,
		const struct tm_info *info)
{
	struct tm_socket_set *set = &stream->live.snap->sockets;
	int ret = tm_socket_set_add(set, sock, info);

	if (ret == 0 && tm_select_one(stream->live.plan, stream->live.snap,
				      set->sock, &stream->undecided))
		ret = stream->ops->socket(stream->live.snap, set->sock,
					  stream->user);
	tm_socket_set_clear(set);
	return ret;
}

static int on_socket(struct tcpmem_socket *sock, const struct tm_info *info,
		     void *user)
{
	struct stream *stream = user;

	tm_owners_find(&stream->live.owners, sock);
	if (tm_is_unowned(sock) && stream->deferred.count < DEFERRED_MAX)
		return tm_socket_set_add(&stream->deferred, sock, info);
	return emit(stream, sock, info);
}

static int on_restart(uint16_t netns, void *user)
{
	struct stream *stream = user;

	(void)netns;
	tm_socket_set_clear(&stream->deferred);
	stream->undecided = 0;
	stream->ops->restart(stream->user);
	return 0;
}

/* The snapshot has the names, which it got before its sockets. */
static int on_netns(size_t index, const struct tm_netns *netns, void *user)
{
	(void)index;
	(void)netns;
	(void)user;
	return 0;
}

static int emit_unhashed(struct stream *stream)
{
	struct tm_socket_set *set = &stream->live.unhashed;
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < set->count; i++)
		ret = on_socket(&set->sock[i], NULL, stream);
	return ret;
}

/* Listeners are known before the sockets of the namespaces to be dumped. */
static int find_listeners(struct tm_live *live)
{
	struct tm_status *status = &live->status;
	size_t first = 0;
	int ret;

	while (first < status->count &&
	       status->ns[first].status != TM_DUMP_PENDING)
		first++;
	ret = tm_live_listeners(live, TM_DUMP_PENDING, &tm_no_sink);
	tm_status_reset(status, first);
	return ret;
}

static int on_found(void *user)
{
	struct stream *stream = user;
	struct tm_owners *owners = &stream->live.owners;
	int ret;

	if (!owners->known)
		return 0;
	ret = find_listeners(&stream->live);
	return ret ? ret
		   : tm_listeners_finish(owners->listeners, owners->holders);
}

/* All holders of the host: which sockets there are is not known yet. */
static int find_owners(struct tm_live *live)
{
	struct tm_owners *owners = &live->owners;
	struct tm_holder_scan *scan = NULL;
	int ret = tm_holders_new(false, &live->snap->holders);

	owners->holders = live->snap->holders;
	owners->known = true;
	if (ret == 0)
		ret = find_listeners(live);
	if (ret == 0)
		ret = tm_holder_scan_now(live->plan, NULL, live->cache, &scan);
	if (ret == 0)
		ret = tm_holders_resolve(live->plan, scan, false, owners,
					 &live->snap->warnings);
	tm_holder_scan_free(scan);
	return ret ? ret
		   : tm_listeners_finish(owners->listeners, owners->holders);
}

static int scan_deferred(struct stream *stream, struct tm_holders *holders)
{
	const struct tm_socket_set *set = &stream->deferred;
	struct tm_holder_scan *scan = NULL;
	struct tm_u64set missing;
	int ret = tm_u64set_init(&missing, 64);

	if (ret < 0)
		return ret;
	for (size_t i = 0; ret == 0 && i < set->count; i++)
		ret = tm_holders_expect(holders, set->sock[i].inode);
	if (ret == 0)
		ret = tm_holders_missing(holders, &missing);
	if (ret == 0)
		ret = tm_holder_scan_now(stream->live.plan, &missing,
					 stream->live.cache, &scan);
	if (ret == 0)
		ret = tm_fd_refs_join(&tm_holder_scan_result(scan)->refs,
				      holders, NULL);
	if (ret == 0)
		ret = tm_holder_scan_join_rings(scan, holders);
	if (ret == 0)
		ret = tm_holders_finish(holders);
	tm_holder_scan_free(scan);
	tm_u64set_deinit(&missing);
	return ret;
}

/* Holders of deferred sockets, which nobody was seen to hold. */
static int find_deferred(struct stream *stream)
{
	struct tm_holders *holders;
	int ret = tm_holders_new(true, &holders);

	if (ret < 0)
		return ret;
	ret = scan_deferred(stream, holders);
	if (ret == 0)
		ret = tm_holders_learn(stream->live.snap->holders, holders);
	tm_holders_free(holders);
	return ret;
}

static int emit_deferred(struct stream *stream)
{
	struct tm_socket_set *set = &stream->deferred;
	int ret;

	if (!set->count)
		return 0;
	ret = find_deferred(stream);
	if (ret < 0)
		return ret;
	tm_owners_attribute(&stream->live.owners, set);
	ret = tm_recheck(stream->live.plan, &stream->live.list,
			 &stream->live.owners, set);
	for (size_t i = 0; ret == 0 && i < set->count; i++)
		ret = emit(stream, &set->sock[i],
			   tm_socket_set_info(set, &set->sock[i]));
	return ret;
}

static int run(struct stream *stream)
{
	const struct tm_sink sink = {
		.netns = on_netns,
		.found = on_found,
		.socket = on_socket,
		.restart = on_restart,
		.names_first = true,
		.restarts = stream->ops->restart ? TM_RESTART_ALL
						 : TM_RESTART_NEVER,
		.user = stream,
	};
	struct tm_live *live = &stream->live;
	int ret = 0;

	live->sink = &sink;
	if (tm_plan_needs(live->plan, TCPMEM_NEED_HOLDERS)) {
		ret = tm_holders_new(true, &live->expected.holders);
		if (ret == 0)
			ret = find_owners(live);
	}
	if (ret == 0)
		ret = tm_live_dump(live);
	if (ret == 0)
		ret = tm_live_finish(live);
	if (ret == 0)
		ret = emit_unhashed(stream);
	if (ret == 0)
		ret = emit_deferred(stream);
	tm_holders_free(live->expected.holders);
	return ret ? ret
		   : tm_select_explain(live->plan, stream->undecided,
				       live->snap);
}

static int emit_kept(const struct stream *stream, struct tcpmem_snapshot *snap)
{
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < snap->sockets.count; i++)
		ret = stream->ops->socket(snap, &snap->sockets.sock[i],
					  stream->user);
	tm_socket_set_deinit(&snap->sockets);
	return ret;
}

/* What the iterator brings comes at once, and is kept until its end. */
static int run_or_keep(struct stream *stream)
{
	struct tm_live *live = &stream->live;
	int ret = tm_live_open(live, false);

	if (ret == 0)
		ret = tm_iter_start(live->plan, &live->status, live->cache,
				    &live->scan);
	if (ret == 0 && !live->scan)
		return run(stream);
	if (ret == 0)
		ret = tm_keep_run(live);
	return ret ? ret : emit_kept(stream, live->snap);
}

/* Metadata and peers are found last: until then all sockets are kept. */
static int keep_all(const struct stream *stream,
		    struct tcpmem_snapshot **snapshot)
{
	struct tcpmem_snapshot *snap;
	int ret = tm_keep_take(stream->live.plan, stream->live.cache, &snap);

	return ret ? ret
		   : tm_snapshot_end(emit_kept(stream, snap), snap, snapshot);
}

static int stream_all(struct stream *stream, struct tcpmem_snapshot **snapshot)
{
	int ret;

	stream->deferred.with_info =
		tm_plan_needs(stream->live.plan, TCPMEM_NEED_INFO);
	ret = run_or_keep(stream);
	tm_socket_set_deinit(&stream->deferred);
	return tm_live_close(&stream->live, ret, snapshot);
}

int tcpmem_dump(struct tcpmem_ctx *ctx, const struct tcpmem_query *query,
		const struct tcpmem_dump_ops *ops, void *user,
		struct tcpmem_snapshot **snapshot)
{
	bool keeps = (tm_filter_needs(query->filter) &
		      (TCPMEM_NEED_METADATA | TCPMEM_NEED_PEERS)) ||
		     (query->needs & (TCPMEM_NEED_PEERS | TCPMEM_NEED_PAST));
	struct tm_cache cache = { .program = NULL };
	struct tm_plan plan;
	struct stream stream = {
		.live = { .plan = &plan, .cache = &cache },
		.ops = ops,
		.user = user,
	};
	int ret;

	if (ops->size < sizeof(*ops) || !ops->socket)
		return -EINVAL;
	ret = tm_plan_make(ctx, query, keeps ? TM_SINK_KEEP : TM_SINK_STREAM,
			   &plan);
	if (ret == 0)
		ret = keeps ? keep_all(&stream, snapshot)
			    : stream_all(&stream, snapshot);
	tm_cache_deinit(&cache);
	return ret;
}

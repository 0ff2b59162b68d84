// SPDX-License-Identifier: LGPL-2.1-or-later
/* sink_keep.c - sockets that are kept make a snapshot, or one after another */
#include "collect/sources.h"

#include "base/util.h"
#include "collect/holders.h"
#include "owners/internal.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

/* A sixteenth more than were counted: some are opened while it is read. */
#define SPARE 16

int tm_snapshot_new(const struct tm_plan *plan, struct tcpmem_snapshot **snap)
{
	*snap = calloc(1, sizeof(**snap));
	if (!*snap)
		return -ENOMEM;
	(*snap)->states = plan->selected;
	(*snap)->selected = tm_plan_selects(plan);
	(*snap)->sockets.with_info = tm_plan_needs(plan, TCPMEM_NEED_INFO);
	return 0;
}

int tm_snapshot_end(int ret, struct tcpmem_snapshot *snap,
		    struct tcpmem_snapshot **snapshot)
{
	if (ret)
		tcpmem_snapshot_free(snap);
	else
		*snapshot = snap;
	return ret;
}

static int keep_socket(struct tcpmem_socket *sock, const struct tm_info *info,
		       void *user)
{
	return tm_socket_set_add(user, sock, info);
}

static bool is_in_netns(struct tcpmem_socket *sock, void *user)
{
	const uint16_t *netns = user;

	return sock->netns == *netns;
}

static int forget_netns(uint16_t netns, void *user)
{
	tm_socket_set_remove_if(user, is_in_netns, &netns);
	return 0;
}

struct tm_sink tm_sink_keep(struct tm_socket_set *set)
{
	return (struct tm_sink){
		.socket = keep_socket,
		.restart = forget_netns,
		.restarts = TM_RESTART_NETNS,
		.user = set,
	};
}

/* As many as the namespaces say that there are; without room it grows. */
static void expect_sockets(struct tm_live *live)
{
	size_t sockets = 0;

	if (live->plan->prefiltered || live->adds_up ||
	    live->plan->states != TCPMEM_STATES_ALL)
		return;
	for (size_t i = 0; i < live->status.count; i++)
		if (live->status.ns[i].counted)
			sockets += live->status.ns[i].stat.inuse +
				   live->status.ns[i].stat.time_wait;
	(void)tm_socket_set_reserve(&live->snap->sockets,
				    sockets + sockets / SPARE);
}

/* As many inodes as there are sockets that can have one. */
static int expect_holders(struct tm_live *live)
{
	size_t inodes = 0;
	int ret = tm_holders_new(true, &live->snap->holders);

	live->expected.holders = live->snap->holders;
	for (size_t i = 0; i < live->status.count; i++)
		if (live->status.ns[i].counted)
			inodes += live->status.ns[i].stat.inuse;
	return ret ? ret : tm_holders_reserve(live->expected.holders, inodes);
}

/* Without holders the inodes tell but the records of one socket apart. */
static int merge_iter(struct tm_live *live)
{
	bool own = !tm_plan_needs(live->plan, TCPMEM_NEED_HOLDERS);
	const struct tm_iter_sums *sums = &live->cache->sums.iter;
	struct tm_iter iter = {
		.live = live,
		.plan = live->plan,
		.list = &live->list,
		.objects = &live->snap->objects,
		.page_size = tm_page_size(live->snap),
		.from = &tm_holder_scan_result(live->scan)->sockets,
		.expected = live->expected.holders,
		.status = &live->status,
		.sockets = &live->snap->sockets,
	};
	int ret = tm_holder_scan_wait(live->scan);

	if (ret == 0 && sums->tried) {
		iter.sums = sums;
		ret = sums->valid ? 0 : -ESTALE;
	}
	if (ret == 0 && sums->tried)
		ret = tm_sums_take_unhashed(live, iter.from);
	if (ret == 0 && own)
		ret = tm_holders_new(true, &iter.expected);
	if (ret == 0)
		ret = tm_iter_merge(&iter);
	if (ret == 0 && sums->tried)
		ret = tm_sums_take(live);
	if (own)
		tm_holders_free(iter.expected);
	return ret;
}

/* The iterator may stand in for the dumps of many namespaces. */
static int read_sockets(struct tm_live *live)
{
	bool deferred = live->scan &&
			tm_holder_scan_brings_sockets(live->scan) &&
			tm_iter_defer(&live->status);
	int ret = 0;

	if (live->tcp_alone && !deferred)
		ret = tm_live_recount(live);
	live->tcp_alone = false;
	if (ret == 0)
		ret = tm_live_dump(live);
	if (ret == 0 && deferred) {
		ret = merge_iter(live);
		if (ret == 0)
			ret = tm_live_dump(live);
	}
	return ret ? ret : tm_live_finish(live);
}

static int add_unhashed(struct tm_live *live)
{
	const struct tm_socket_set *unhashed = &live->unhashed;
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < unhashed->count; i++)
		ret = tm_holders_expect(live->expected.holders,
					unhashed->sock[i].inode);
	return ret ? ret
		   : tm_socket_set_merge(&live->snap->sockets, &live->unhashed);
}

/* Listeners that were just dumped are not dumped again. */
static int find_listeners(struct tm_live *live)
{
	const struct tm_plan *plan = live->plan;

	if (!plan->prefiltered && plan->states & 1u << TCPMEM_STATE_LISTENING)
		return tm_listeners_keep(live->owners.listeners,
					 &live->snap->sockets);
	return tm_live_listeners(live, TM_DUMP_DUMPED, &tm_no_sink);
}

static int find_holders(struct tm_live *live)
{
	struct tm_owners *owners = &live->owners;
	int ret = find_listeners(live);

	if (ret == 0 && owners->known)
		ret = tm_holders_resolve(live->plan, live->scan, true, owners,
					 &live->snap->warnings);
	return ret ? ret
		   : tm_listeners_finish(owners->listeners, owners->holders);
}

static int find_owners(struct tm_live *live)
{
	const struct tm_plan *plan = live->plan;
	struct tm_owners *owners = &live->owners;
	struct tm_socket_set *set = &live->snap->sockets;
	int ret = 0;

	owners->holders = live->snap->holders;
	owners->known = tm_plan_needs(plan, TCPMEM_NEED_HOLDERS);
	if (tm_plan_needs(plan, TCPMEM_NEED_HOLDERS | TCPMEM_NEED_METADATA))
		ret = find_holders(live);
	if (ret)
		return ret;
	tm_owners_attribute(owners, set);
	return owners->known ? tm_recheck(plan, &live->list, owners, set) : 0;
}

static int read_metadata(const struct tm_plan *plan,
			 struct tcpmem_snapshot *snap)
{
	int ret = 0;

	if (!tm_plan_needs(plan, TCPMEM_NEED_HOLDERS))
		return 0;
	snap->metadata.fds_max = tm_plan_needs(plan, TCPMEM_NEED_LIMITS);
	if (tm_plan_needs(plan, TCPMEM_NEED_METADATA))
		ret = tm_metadata_read(plan->ctx, snap);
	if (ret == 0 && tm_plan_needs(plan, TCPMEM_NEED_CHARGES))
		ret = tm_charges_read(plan->ctx, &snap->metadata,
				      &snap->charges, &snap->warnings);
	return ret;
}

static int finish(struct tm_live *live)
{
	const struct tm_plan *plan = live->plan;
	struct tm_owners *owners = &live->owners;
	struct tcpmem_snapshot *snap = live->snap;
	size_t undecided = 0;
	int ret = tm_select(plan, snap, &undecided);

	if (ret == 0)
		ret = tm_owners_explain(owners, &snap->sockets,
					&snap->warnings);
	if (ret == 0)
		ret = tm_select_explain(plan, undecided, snap);
	if (ret == 0)
		ret = tm_past_name(plan, live->cache, owners->listeners, snap);
	if (ret == 0 && tm_plan_needs(plan, TCPMEM_NEED_METADATA)) {
		snap->listeners = owners->listeners;
		owners->listeners = NULL;
	}
	return ret;
}

int tm_keep_run(struct tm_live *live)
{
	const struct tm_sink sink = tm_sink_keep(&live->snap->sockets);
	int ret = 0;

	live->sink = &sink;
	expect_sockets(live);
	if (tm_plan_needs(live->plan, TCPMEM_NEED_HOLDERS))
		ret = expect_holders(live);
	if (ret == 0)
		ret = read_sockets(live);
	if (ret == 0)
		ret = add_unhashed(live);
	if (live->scan)
		tm_holder_scan_mark_dump_done(live->scan);
	if (ret == 0)
		ret = find_owners(live);
	if (ret == 0)
		ret = tm_interfaces_read(live);
	if (ret == 0)
		ret = read_metadata(live->plan, live->snap);
	if (ret == 0)
		ret = tm_past_learn(live->plan, live->cache, &live->owners,
				    live->snap);
	return ret ? ret : finish(live);
}

/* Where the kernel leaves sockets out, counts tell whether to ask for them. */
static int start_early(struct tm_live *live)
{
	const struct tm_plan *plan = live->plan;

	if (!tm_plan_needs(plan, TCPMEM_NEED_HOLDERS) || plan->prefiltered ||
	    live->adds_up)
		return 0;
	return tm_holder_scan_start(plan,
				    tm_plan_needs(plan, TCPMEM_NEED_INFO)
					    ? TM_SCAN_HOLDERS
					    : TM_SCAN_HOLDERS_AND_SOCKETS,
				    live->cache, &live->scan);
}

static int start_late(struct tm_live *live)
{
	const struct tm_plan *plan = live->plan;
	int ret = 0;

	if (live->scan)
		return 0;
	if (!tm_plan_needs(plan, TCPMEM_NEED_HOLDERS))
		return tm_iter_start(plan, &live->status, live->cache,
				     &live->scan);
	if (live->adds_up)
		ret = tm_sums_exclude(live->cache, &live->list, &live->status);
	if (ret < 0)
		return ret;
	return tm_holder_scan_start(
		plan,
		live->adds_up || tm_iter_pays(plan, &live->status)
			? TM_SCAN_HOLDERS_AND_SOCKETS
			: TM_SCAN_HOLDERS,
		live->cache, &live->scan);
}

/*
 * Sockets from the iterator are told apart by namespaces that are known. Where
 * the scan reads /proc, namespaces that are found later may come later.
 */
static int take(const struct tm_plan *plan, struct tm_cache *cache,
		bool adds_up, struct tcpmem_snapshot **snapshot)
{
	struct tm_live live = {
		.plan = plan,
		.cache = cache,
		.adds_up = adds_up,
	};
	int ret;

	tm_past_open(plan, cache);
	cache->sums.adds_up = adds_up;
	cache->sums.iter.tried = cache->sums.iter.valid = false;
	cache->sums.misfit = false;
	tm_netns_recall(plan, cache, &live.list);
	ret = start_early(&live);
	if (ret == 0)
		ret = tm_live_open(
			&live,
			live.scan && tm_holder_scan_reads_proc(live.scan));
	if (ret == 0)
		ret = start_late(&live);
	if (ret == 0)
		ret = tm_keep_run(&live);
	if (ret == 0 && cache->events)
		ret = tm_events_follow(cache->events, plan, &live.list);
	return tm_live_close(&live, ret, snapshot);
}

static const char *explain_stale(const struct tm_cache *cache)
{
	return cache->sums.iter.valid
		       ? "not all sockets were found by their files"
		       : "there is no room for all of them";
}

/* Without sums of namespaces that are paused now; then without any. */
int tm_keep_take(const struct tm_plan *plan, struct tm_cache *cache,
		 struct tcpmem_snapshot **snapshot)
{
	bool adds_up = tm_sums_wanted(plan, cache);
	int ret = take(plan, cache, adds_up, snapshot);

	if (adds_up && ret == -ESTALE) {
		tm_debug(plan->ctx, "sums by BPF: %s", explain_stale(cache));
		if (cache->sums.misfit)
			ret = take(plan, cache, true, snapshot);
	}
	if (adds_up && ret == -ESTALE) {
		tm_sums_give_up(cache);
		return take(plan, cache, false, snapshot);
	}
	if (adds_up)
		cache->sums.misses = 0;
	return ret;
}

int tm_cache_init(struct tm_cache *cache)
{
	cache->netns.mounts = -1;
	return tm_fd_cache_new(&cache->fds);
}

void tm_cache_deinit(struct tm_cache *cache)
{
	if (cache->fds && cache->netns.mounts >= 0)
		close(cache->netns.mounts);
	tm_ns_list_clear(&cache->netns.list);
	tm_u64set_deinit(&cache->unheld);
	tm_holders_bpf_close(cache->program);
	tm_owners_serve_end(cache->server);
	tm_owners_bpf_close(cache->hooks);
	tm_fd_cache_free(cache->fds);
	tm_fd_refs_deinit(&cache->rings.refs);
	tm_events_free(cache->events);
	tm_ledger_free(cache->ledger);
	free(cache->sums.iter.excluded);
	free(cache->sums.paused);
}

int tcpmem_snapshot_take(struct tcpmem_ctx *ctx,
			 const struct tcpmem_query *query,
			 struct tcpmem_snapshot **snapshot)
{
	struct tm_cache cache = { .program = NULL };
	struct tm_plan plan;
	int ret = tm_plan_make(ctx, query, TM_SINK_KEEP, &plan);

	if (ret == 0)
		ret = tm_keep_take(&plan, &cache, snapshot);
	tm_cache_deinit(&cache);
	return ret;
}

/*
 * What cannot change is cached: the sizes of slab objects, as long as the
 * kernel runs, and the program that asks for holders; and what a cheap sign
 * tells the change of: a process's fds. Every counter is read each time.
 */
struct tcpmem_sampler {
	struct tcpmem_ctx *ctx;
	const struct tcpmem_query *query;
	struct tm_cache cache;
};

int tcpmem_sampler_new(struct tcpmem_ctx *ctx, const struct tcpmem_query *query,
		       struct tcpmem_sampler **sampler)
{
	struct tcpmem_sampler *s = calloc(1, sizeof(*s));

	if (!s)
		return -ENOMEM;
	s->ctx = ctx;
	s->query = query;
	if (tm_cache_init(&s->cache) < 0) {
		free(s);
		return -ENOMEM;
	}
	*sampler = s;
	return 0;
}

int tcpmem_sampler_next(struct tcpmem_sampler *sampler,
			struct tcpmem_snapshot **snapshot)
{
	struct tm_plan plan;
	int ret =
		tm_plan_make(sampler->ctx, sampler->query, TM_SINK_KEEP, &plan);

	return ret ? ret : tm_keep_take(&plan, &sampler->cache, snapshot);
}

int tcpmem_sampler_save_fd(struct tcpmem_sampler *sampler, int fd,
			   struct tcpmem_snapshot **snapshot)
{
	struct tm_plan plan;
	int ret = tm_plan_make(sampler->ctx, sampler->query, TM_SINK_CAPTURE,
			       &plan);

	return ret ? ret
		   : tm_capture_take(&plan, &sampler->cache, fd, snapshot);
}

static int follow(const struct tm_plan *plan, struct tm_events *events)
{
	struct tm_netns_enum *others;
	struct tm_ns_list list = { 0 };
	int ret = tm_netns_discover(plan, false, &list, &others);

	if (ret == 0)
		ret = tm_events_follow(events, plan, &list);
	tm_ns_list_clear(&list);
	return ret;
}

/* One that was asked for may be gone by now: nothing ends there any more. */
static int follow_again(const struct tm_plan *plan, struct tm_events *events)
{
	struct tcpmem_ctx quiet = *plan->ctx;
	struct tm_plan now = *plan;
	int ret;

	if (!tm_events_are_stale(events))
		return 0;
	tcpmem_ctx_set_log(&quiet, NULL, NULL);
	now.ctx = &quiet;
	ret = follow(&now, events);
	return tm_shortage(ret);
}

/* The namespaces of now; later samples, and waits, bring those of then. */
static int listen_to_all(const struct tm_plan *plan, struct tm_cache *cache)
{
	int ret = tm_events_new(plan, &cache->events);

	if (ret == 0)
		ret = follow(plan, cache->events);
	if (ret) {
		tm_events_free(cache->events);
		cache->events = NULL;
	}
	return ret;
}

int tcpmem_sampler_wait(struct tcpmem_sampler *sampler, int timeout_ms,
			const struct tcpmem_dump_ops *ops, void *user,
			struct tcpmem_events *counts)
{
	struct tm_cache *cache = &sampler->cache;
	struct tm_plan plan;
	int ret;

	if (ops->size < sizeof(*ops) || counts->size < sizeof(*counts))
		return -EINVAL;
	ret = tm_plan_make(sampler->ctx, sampler->query, TM_SINK_KEEP, &plan);
	if (ret == 0)
		tm_past_open(&plan, cache);
	if (ret == 0)
		ret = cache->events ? follow_again(&plan, cache->events)
				    : listen_to_all(&plan, cache);
	return ret ? ret
		   : tm_events_wait(cache->events, &plan, cache, timeout_ms,
				    ops, user, counts);
}

int tcpmem_sampler_serve(struct tcpmem_sampler *sampler)
{
	struct tm_plan plan;
	int ret =
		tm_plan_make(sampler->ctx, sampler->query, TM_SINK_KEEP, &plan);

	if (ret)
		return ret;
	tm_past_open(&plan, &sampler->cache);
	return tm_past_serve(&sampler->cache);
}

void tcpmem_sampler_free(struct tcpmem_sampler *sampler)
{
	if (!sampler)
		return;
	tm_cache_deinit(&sampler->cache);
	free(sampler);
}

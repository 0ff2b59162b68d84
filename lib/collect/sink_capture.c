// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * sink_capture.c - asks the kernel and saves its answer as it comes
 *
 * No socket is kept: of each, only the inode is remembered until its holder
 * is known.
 */
#include "collect/sources.h"

#include "base/hash.h"
#include "capture/internal.h"
#include "host/internal.h"

#include <errno.h>

/*
 * struct capture - @asked: inodes that nobody holds, and that are asked for
 * @present: those that a socket still had then
 */
struct capture {
	struct tm_live live;
	struct tm_capture_writer writer;
	struct tm_u64set asked, present;
};

static int put_message(struct capture *capture, const void *msg, size_t len,
		       bool mptcp, uint16_t netns, enum tm_capture_role role)
{
	const struct tm_capture_message message = {
		.data = msg,
		.len = len,
		.netns = netns,
		.mptcp = mptcp,
		.role = role,
	};

	return tm_capture_put_message(&capture->writer, &message,
				      capture->live.list.ns[netns].inode);
}

static int on_message(const void *msg, size_t len, bool mptcp, uint16_t netns,
		      void *user)
{
	return put_message(user, msg, len, mptcp, netns, TM_CAPTURE_SOCKETS);
}

static int on_listener(const void *msg, size_t len, bool mptcp, uint16_t netns,
		       void *user)
{
	return put_message(user, msg, len, mptcp, netns, TM_CAPTURE_LISTENERS);
}

/* Of a socket that is saved and not kept, the cgroup's path is to be found. */
static int on_socket(struct tcpmem_socket *sock, const struct tm_info *info,
		     void *user)
{
	struct capture *capture = user;

	(void)info;
	if (!capture->live.owners.known || !(sock->flags & TM_SOCK_HAS_CGROUP))
		return 0;
	return tm_metadata_want(&capture->live.snap->metadata, sock->cgroup_id);
}

static int on_restart(uint16_t netns, void *user)
{
	struct capture *capture = user;

	(void)netns;
	return tm_capture_put_restart(&capture->writer);
}

static int on_netns(size_t index, const struct tm_netns *netns, void *user)
{
	struct capture *capture = user;

	return tm_capture_put_netns(&capture->writer, (uint32_t)index, netns);
}

static int put_facts(struct capture *capture)
{
	const struct tm_plan *plan = capture->live.plan;
	const struct tm_capture_scope scope = {
		.states = plan->states,
		.holders = tm_plan_needs(plan, TCPMEM_NEED_HOLDERS),
		.info = tm_plan_needs(plan, TCPMEM_NEED_INFO),
	};
	const struct tcpmem_snapshot *snap = capture->live.snap;
	int ret = tm_capture_put_clock(&capture->writer, &snap->clock);

	if (ret == 0)
		ret = tm_capture_put_scope(&capture->writer, &scope);
	if (ret == 0)
		ret = tm_capture_put_host(&capture->writer, &snap->host);
	if (ret == 0)
		ret = tm_capture_put_objects(&capture->writer, &snap->objects);
	for (size_t i = 0; ret == 0 && i < snap->netns_count; i++)
		ret = on_netns(i, &snap->netns[i], capture);
	return ret;
}

/* Their fds led to them, so holders are needed. */
static int put_unhashed(struct capture *capture)
{
	struct tm_socket_set *set = &capture->live.unhashed;
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < set->count; i++) {
		ret = tm_holders_expect(capture->live.expected.holders,
					set->sock[i].inode);
		if (ret == 0)
			ret = on_socket(&set->sock[i], NULL, capture);
		if (ret == 0)
			ret = tm_capture_put_dark(&capture->writer,
						  &set->sock[i]);
	}
	return ret;
}

static int find_owners(struct capture *capture)
{
	const struct tm_sink messages = {
		.message = on_listener,
		.messages = true,
		.user = capture,
	};
	struct tm_live *live = &capture->live;
	int ret = tm_live_listeners(live, TM_DUMP_DUMPED, &messages);

	if (ret == 0)
		ret = tm_holder_scan_now(live->plan, NULL, live->cache,
					 &live->scan);
	return ret ? ret
		   : tm_holders_resolve(live->plan, live->scan, false,
					&live->owners, &live->snap->warnings);
}

static bool is_closed(const struct capture *capture, uint64_t inode)
{
	return tm_u64set_has(&capture->asked, inode) &&
	       !tm_u64set_has(&capture->present, inode);
}

/* What nobody held in the look before either is the kernel's own as a rule. */
static int choose(struct capture *capture, const struct tm_u64set *unheld)
{
	const struct tm_socket_set *unhashed = &capture->live.unhashed;
	const struct tm_u64set *before = &capture->live.cache->unheld;
	int ret = 0;

	/* no dump showed them before */
	for (size_t i = 0; ret == 0 && i < unhashed->count; i++)
		ret = tm_u64set_add(&capture->present, unhashed->sock[i].inode);
	for (size_t i = 0; ret == 0 && i <= unheld->mask; i++)
		if (unheld->slot[i] &&
		    !tm_u64set_has(before, unheld->slot[i]) &&
		    !tm_u64set_has(&capture->present, unheld->slot[i]))
			ret = tm_u64set_add(&capture->asked, unheld->slot[i]);
	return ret;
}

static int remember(const struct capture *capture,
		    const struct tm_u64set *unheld)
{
	struct tm_cache *cache = capture->live.cache;
	int ret;

	if (!cache->fds)
		return 0;
	tm_u64set_deinit(&cache->unheld);
	ret = tm_u64set_init(&cache->unheld, 64);
	for (size_t i = 0; ret == 0 && i <= unheld->mask; i++)
		if (unheld->slot[i] && !is_closed(capture, unheld->slot[i]))
			ret = tm_u64set_add(&cache->unheld, unheld->slot[i]);
	return ret;
}

static int ask_again(struct capture *capture, const struct tm_u64set *unheld)
{
	int found, ret = choose(capture, unheld);

	if (ret < 0)
		return ret;
	found = capture->asked.count
			? tm_live_find_inodes(&capture->live, &capture->asked,
					      &capture->present)
			: 0;
	if (found < 0 && found != -ENODATA)
		return found;
	ret = remember(capture, unheld);
	/* nothing tells then which were closed */
	if (found < 0)
		tm_u64set_clear(&capture->asked);
	return ret;
}

/*
 * A socket that was closed between dump and scan has an inode that nobody
 * holds: it is in the file by now, and not in flight. It cannot be asked for
 * alone, since no socket is kept. Where a process could not be read, it is
 * hidden as others are.
 */
static int find_present(struct capture *capture)
{
	const struct tm_live *live = &capture->live;
	struct tm_u64set unheld = { 0 };
	int ret = tm_u64set_init(&unheld, 64);

	if (ret == 0 && live->owners.complete)
		ret = tm_holders_missing(live->snap->holders, &unheld);
	if (ret == 0)
		ret = ask_again(capture, &unheld);
	tm_u64set_deinit(&unheld);
	return ret;
}

static int put_closed(struct capture *capture)
{
	const struct tm_u64set *asked = &capture->asked;
	int ret = 0;

	for (size_t i = 0; ret == 0 && i <= asked->mask; i++)
		if (is_closed(capture, asked->slot[i]))
			ret = tm_capture_put_closed(&capture->writer,
						    (uint32_t)asked->slot[i]);
	return ret;
}

static int put_holders(struct capture *capture)
{
	struct tcpmem_snapshot *snap = capture->live.snap;
	struct tm_capture_writer *writer = &capture->writer;
	int ret = find_owners(capture);

	if (ret == 0)
		ret = find_present(capture);
	if (ret == 0)
		ret = tm_metadata_read(capture->live.plan->ctx, snap);
	if (ret == 0)
		ret = tm_capture_put_cgroups(writer, &snap->metadata);
	if (ret == 0)
		ret = tm_capture_put_names(writer, &snap->metadata);
	if (ret == 0)
		ret = tm_capture_put_processes(writer, snap->holders,
					       &snap->metadata);
	if (ret == 0)
		ret = tm_capture_put_holders(writer, snap->holders,
					     capture->live.owners.complete,
					     capture->live.owners.nested);
	return ret ? ret : put_closed(capture);
}

static int expect_holders(struct tm_live *live)
{
	int ret;

	if (!tm_plan_needs(live->plan, TCPMEM_NEED_HOLDERS))
		return 0;
	ret = tm_holders_new(true, &live->snap->holders);
	live->expected.holders = live->snap->holders;
	live->owners.holders = live->snap->holders;
	live->owners.known = true;
	return ret;
}

static int put_all(struct capture *capture)
{
	const struct tm_sink sink = {
		.netns = on_netns,
		.message = on_message,
		.socket = on_socket,
		.restart = on_restart,
		.names_first = true,
		.messages = true,
		.restarts = TM_RESTART_ALL,
		.user = capture,
	};
	struct tm_live *live = &capture->live;
	int ret = put_facts(capture);

	live->sink = &sink;
	if (ret == 0)
		ret = expect_holders(live);
	if (ret == 0)
		ret = tm_live_dump(live);
	if (ret == 0)
		ret = tm_live_finish(live);
	if (ret == 0)
		ret = put_unhashed(capture);
	if (ret == 0 && live->owners.known)
		ret = put_holders(capture);
	return ret;
}

static int put_limits(struct capture *capture)
{
	const struct tcpmem_snapshot *snap = capture->live.snap;
	struct tm_limits host;
	int ret;

	tm_limits_init(&host);
	ret = tm_sysctl_limits(capture->live.plan->ctx, TCPMEM_LIMIT_SCOPE_HOST,
			       &host);
	if (ret == 0)
		ret = tm_capture_put_limits(&capture->writer, TM_CAPTURE_HOST,
					    &host);
	for (size_t i = 0; ret == 0 && i < snap->netns_count; i++)
		if (snap->netns[i].limits)
			ret = tm_capture_put_limits(&capture->writer,
						    (uint32_t)i,
						    snap->netns[i].limits);
	return ret;
}

/* What is known when all else is saved. */
static int put_end(struct capture *capture)
{
	const struct tcpmem_snapshot *snap = capture->live.snap;
	int ret = put_limits(capture);

	if (ret == 0)
		ret = tm_capture_put_accounting(&capture->writer,
						&snap->accounting);
	if (ret == 0)
		ret = tm_capture_put_warnings(&capture->writer,
					      &snap->warnings);
	return ret ? ret : tm_capture_finish(&capture->writer);
}

static int save(struct capture *capture, int fd)
{
	int ret = tm_capture_create(fd, &capture->writer);

	if (ret == 0)
		ret = tm_u64set_init(&capture->asked, 64);
	if (ret == 0)
		ret = tm_u64set_init(&capture->present, 64);
	if (ret == 0)
		ret = tm_live_open(&capture->live, false);
	if (ret == 0)
		ret = put_all(capture);
	if (ret == 0)
		ret = put_end(capture);
	tm_capture_close(&capture->writer);
	tm_u64set_deinit(&capture->asked);
	tm_u64set_deinit(&capture->present);
	return ret;
}

int tm_capture_take(const struct tm_plan *plan, struct tm_cache *cache, int fd,
		    struct tcpmem_snapshot **snapshot)
{
	struct capture capture = { .live = { .plan = plan, .cache = cache } };
	int ret;

	tm_netns_recall(plan, cache, &capture.live.list);
	ret = save(&capture, fd);
	return tm_live_close(&capture.live, ret, snapshot);
}

int tcpmem_snapshot_save_fd(struct tcpmem_ctx *ctx,
			    const struct tcpmem_query *query, int fd,
			    struct tcpmem_snapshot **snapshot)
{
	struct tm_cache cache = { .program = NULL };
	struct tm_plan plan;
	int ret = tm_plan_make(ctx, query, TM_SINK_CAPTURE, &plan);

	if (ret == 0)
		ret = tm_capture_take(&plan, &cache, fd, snapshot);
	tm_cache_deinit(&cache);
	return ret;
}

int tcpmem_snapshot_save(struct tcpmem_ctx *ctx,
			 const struct tcpmem_query *query, const char *path,
			 struct tcpmem_snapshot **snapshot)
{
	struct tm_capture_file file;
	struct tcpmem_snapshot *snap;
	int ret = tm_capture_file_open(path, &file);

	if (ret)
		return ret;
	ret = tcpmem_snapshot_save_fd(ctx, query, file.fd, &snap);
	if (ret) {
		tm_capture_file_abort(&file);
		return ret;
	}
	ret = tm_capture_file_commit(&file);
	return tm_snapshot_end(ret, snap, snapshot);
}

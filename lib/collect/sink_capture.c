// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * sink_capture.c - asks the kernel and saves its answer as it comes
 *
 * No socket is kept: of each, only the inode is remembered until its holder
 * is known.
 */
#include "collect/sources.h"

#include "capture/internal.h"

#include <errno.h>

struct capture {
	const struct tm_plan *plan;
	struct tm_cache *cache;
	struct tm_capture_writer *writer;
	struct tm_live live;
	struct tcpmem_snapshot *snap;
	struct tm_owners owners;
};

static int put_message(const struct capture *capture, const void *msg,
		       size_t len, bool mptcp, uint16_t netns,
		       enum tm_capture_role role)
{
	const struct tm_capture_message message = {
		.data = msg,
		.len = len,
		.netns = netns,
		.mptcp = mptcp,
		.role = role,
	};

	return tm_capture_put_message(capture->writer, &message,
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
	if (!capture->owners.known || !(sock->flags & TM_SOCK_HAS_CGROUP))
		return 0;
	return tm_metadata_want(&capture->snap->metadata, sock->cgroup_id);
}

static int on_restart(uint16_t netns, void *user)
{
	const struct capture *capture = user;

	(void)netns;
	return tm_capture_put_restart(capture->writer);
}

static int on_netns(size_t index, const struct tm_netns *netns, void *user)
{
	const struct capture *capture = user;

	return tm_capture_put_netns(capture->writer, (uint32_t)index, netns);
}

static int put_facts(struct capture *capture)
{
	const struct tm_plan *plan = capture->plan;
	const struct tm_capture_scope scope = {
		.states = plan->states,
		.holders = tm_plan_needs(plan, TCPMEM_NEED_HOLDERS),
		.info = tm_plan_needs(plan, TCPMEM_NEED_INFO),
	};
	const struct tcpmem_snapshot *snap = capture->snap;
	int ret = tm_capture_put_clock(capture->writer, &snap->clock);

	if (ret == 0)
		ret = tm_capture_put_scope(capture->writer, &scope);
	if (ret == 0)
		ret = tm_capture_put_host(capture->writer, &snap->host);
	if (ret == 0)
		ret = tm_capture_put_objects(capture->writer, &snap->objects);
	for (size_t i = 0; ret == 0 && i < snap->netns_count; i++)
		ret = on_netns(i, &snap->netns[i], capture);
	return ret;
}

/* Namespaces that were found since and were not dumped. */
static int put_last_netns(struct capture *capture)
{
	struct tcpmem_snapshot *snap = capture->snap;
	struct tm_live *live = &capture->live;
	size_t known = snap->netns_count;
	int ret = tm_netns_publish(capture->plan, &live->list, &live->status,
				   snap);

	for (size_t i = known; ret == 0 && i < snap->netns_count; i++)
		ret = on_netns(i, &snap->netns[i], capture);
	return ret;
}

/* Their fds led to them, so holders are needed. */
static int put_unhashed(struct capture *capture)
{
	struct tm_socket_set *set = &capture->live.unhashed;
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < set->count; i++) {
		ret = tm_holders_expect(capture->live.expected,
					set->sock[i].inode);
		if (ret == 0)
			ret = on_socket(&set->sock[i], NULL, capture);
		if (ret == 0)
			ret = tm_capture_put_dark(capture->writer,
						  &set->sock[i]);
	}
	return ret;
}

static int find_owners(struct capture *capture)
{
	const struct tm_plan *plan = capture->plan;
	const struct tm_sink messages = {
		.message = on_listener,
		.messages = true,
		.user = capture,
	};
	struct tm_holder_scan *scan = NULL;
	int ret = tm_live_listeners(&capture->live, TM_DUMP_DUMPED, &messages,
				    &capture->owners);

	if (ret == 0)
		ret = tm_holder_scan_now(plan, NULL, &capture->cache->program,
					 &scan);
	if (ret == 0)
		ret = tm_holders_resolve(plan, scan, false, &capture->owners,
					 &capture->snap->warnings);
	tm_holder_scan_free(scan);
	return ret;
}

static int put_holders(struct capture *capture)
{
	struct tcpmem_snapshot *snap = capture->snap;
	struct tm_capture_writer *writer = capture->writer;
	int ret = find_owners(capture);

	if (ret == 0)
		ret = tm_metadata_read(capture->plan->ctx, &snap->sockets,
				       snap->holders, &snap->metadata,
				       &snap->warnings);
	if (ret == 0)
		ret = tm_capture_put_cgroups(writer, &snap->metadata);
	if (ret == 0)
		ret = tm_capture_put_names(writer, &snap->metadata);
	if (ret == 0)
		ret = tm_capture_put_processes(writer, snap->holders,
					       &snap->metadata);
	return ret ? ret
		   : tm_capture_put_holders(writer, snap->holders,
					    capture->owners.complete,
					    capture->owners.nested);
}

static int expect_holders(struct capture *capture)
{
	int ret;

	if (!tm_plan_needs(capture->plan, TCPMEM_NEED_HOLDERS))
		return 0;
	ret = tm_holders_new(true, &capture->snap->holders);
	capture->live.expected = capture->snap->holders;
	capture->owners.holders = capture->snap->holders;
	capture->owners.known = true;
	return ret;
}

static int put_all(struct capture *capture)
{
	struct tcpmem_snapshot *snap = capture->snap;
	int ret = put_facts(capture);

	if (ret == 0)
		ret = expect_holders(capture);
	if (ret == 0)
		ret = tm_live_dump(&capture->live);
	if (ret == 0)
		ret = tm_live_finish(&capture->live);
	if (ret == 0)
		ret = put_last_netns(capture);
	if (ret == 0)
		ret = put_unhashed(capture);
	if (ret == 0 && capture->owners.known)
		ret = put_holders(capture);
	if (ret == 0)
		ret = tm_capture_put_accounting(capture->writer,
						&snap->accounting);
	if (ret == 0)
		ret = tm_capture_put_warnings(capture->writer, &snap->warnings);
	return ret ? ret : tm_capture_finish(capture->writer);
}

static int run(struct capture *capture)
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
	int ret = tm_live_open(live, capture->plan, capture->cache, false,
			       capture->snap);

	live->sink = &sink;
	if (ret == 0)
		ret = tm_listeners_new(&capture->owners.listeners);
	if (ret == 0)
		ret = put_all(capture);
	tm_listeners_free(capture->owners.listeners);
	tm_live_close(live);
	return ret;
}

int tcpmem_snapshot_save_fd(struct tcpmem_ctx *ctx,
			    const struct tcpmem_query *query, int fd,
			    struct tcpmem_snapshot **snapshot)
{
	struct tm_cache cache = { .objects_known = false };
	struct tm_capture_writer writer;
	struct tm_plan plan;
	struct capture capture = {
		.plan = &plan,
		.cache = &cache,
		.writer = &writer,
	};
	int ret = tm_capture_create(fd, &writer);

	if (ret == 0)
		ret = tm_plan_make(ctx, query, TM_SINK_CAPTURE, &plan);
	if (ret == 0)
		ret = tm_snapshot_new(&plan, &capture.snap);
	if (ret == 0)
		ret = run(&capture);
	tm_capture_close(&writer);
	tm_cache_deinit(&cache);
	return tm_snapshot_end(ret, capture.snap, snapshot);
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

// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * dump_all.c - the sockets of the namespaces that are asked for
 *
 * One namespace alone needs no worker but to open its netlink socket.
 */
#include "collect/dump_all.h"

#include "base/thread.h"
#include "collect/netns_call.h"
#include "collect/netns_dump.h"
#include "collect/workers.h"

/* Each walk keeps a CPU busy; a host with hundreds has other work too. */
#define WORKERS_MAX 8

bool tm_walk_wants(const struct tm_walk *walk, size_t index)
{
	return walk->outcomes & (1u << walk->list->ns[index].outcome);
}

static int open_there(void *user)
{
	struct tm_visitor *visitor = user;
	const struct tm_ns *ns = &visitor->walk->list->ns[visitor->index];
	int fd = tm_netns_open(&visitor->ctx, ns);

	visitor->entered |= fd >= 0;
	return fd;
}

static void count(void *user)
{
	tm_visit_count(user);
}

static int count_here(struct tm_visitor *visitor, const struct tm_ns *ns)
{
	int ret = 0;

	if (ns->own)
		count(visitor);
	else
		ret = tm_netns_run(&visitor->ctx, ns, count, visitor);
	return ret < 0 ? tm_visit_denied(visitor, ret) : 0;
}

/* The caller's thread reads what a socket opened by a worker brings. */
static int visit_here(struct tm_visitor *visitor)
{
	const struct tm_ns *ns = &visitor->walk->list->ns[visitor->index];
	int ret;

	if (visitor->walk->count_only)
		return count_here(visitor, ns);
	visitor->entered = ns->own;
	visitor->source.open = ns->own ? tm_diag_open : open_there;
	visitor->source.user = visitor;
	ret = tm_visit_dump(visitor);
	return visitor->entered ? ret : tm_visit_denied(visitor, ret);
}

static int walk_here(const struct tm_walk *walk)
{
	struct tm_visitor visitor;
	int ret = tm_visitor_init(&visitor, walk);

	if (ret < 0)
		return ret;
	for (size_t i = 0; ret == 0 && i < walk->list->count; i++) {
		if (!tm_walk_wants(walk, i))
			continue;
		visitor.index = i;
		ret = visit_here(&visitor);
		if (ret == 0)
			ret = tm_visit_report(&visitor);
	}
	tm_visitor_deinit(&visitor);
	return ret;
}

int tm_walk(const struct tm_walk *walk)
{
	size_t wanted = 0, workers = tm_thread_cpus();

	for (size_t i = 0; i < walk->list->count; i++)
		wanted += tm_walk_wants(walk, i);
	if (workers > WORKERS_MAX)
		workers = WORKERS_MAX;
	if (workers > wanted)
		workers = wanted;
	if (wanted < 2 || walk->sink.message)
		return walk_here(walk);
	return tm_workers_walk(walk, workers);
}

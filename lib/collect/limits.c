// SPDX-License-Identifier: LGPL-2.1-or-later
/* limits.c - what sysctls and cgroups allow, and its use */
#include "collect/plan.h"

#include "analysis/explain.h"
#include "analysis/trend.h"
#include "base/ctx.h"
#include "base/util.h"
#include "host/internal.h"
#include "netns/internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct netns_call {
	const struct tcpmem_ctx *ctx;
	struct tm_limits *limits;
	int ret;
};

static void read_netns(void *arg)
{
	struct netns_call *netns_call = arg;

	netns_call->ret = tm_sysctl_limits(
		netns_call->ctx, TCPMEM_LIMIT_SCOPE_NETNS, netns_call->limits);
}

/* @inode: of the namespace that was read; 0 if it could not be looked up */
static int read_in(const struct tcpmem_ctx *ctx, const char *netns,
		   struct tm_limits *limits, uint64_t *inode)
{
	struct netns_call netns_call = { ctx, limits, 0 };
	char *spec = (char *)netns;
	struct tm_ns_list list;
	size_t wrong;
	int ret;

	ret = tm_ns_list_init(ctx, &list);
	if (!tm_shortage(ret))
		ret = tm_ns_select(ctx, &spec, 1, &list, &wrong);
	if (ret == 0) {
		const struct tm_ns *ns = &list.ns[0];

		*inode = ns->inode;
		if (ns->own)
			read_netns(&netns_call);
		else
			ret = tm_netns_run(&tm_kernel_live, ctx, ns, read_netns,
					   &netns_call);
		if (ret == 0)
			ret = netns_call.ret;
	}
	tm_ns_list_clear(&list);
	return ret;
}

static size_t find_netns(const struct tcpmem_snapshot *snap, uint64_t inode)
{
	for (size_t i = 0; i < snap->netns_count; i++)
		if (snap->netns[i].inode == inode)
			return i;
	return SIZE_MAX;
}

/* What a capture has of that scope; all else of it is unknown. */
static void copy_saved(const struct tm_limits *saved,
		       enum tcpmem_limit_scope scope, struct tm_limits *limits)
{
	for (size_t i = 0; saved && i < TM_LIMIT_COUNT; i++)
		if (tm_limit_defs[i].scope == scope)
			limits->limit[i] = saved->limit[i];
	if (saved && scope == TCPMEM_LIMIT_SCOPE_HOST)
		limits->ram = saved->ram;
}

static int read_host(const struct tcpmem_ctx *ctx,
		     const struct tcpmem_snapshot *snapshot,
		     struct tcpmem_limits *l)
{
	const struct tcpmem_limit *high =
		tm_limits_find(&l->limits, "tcp_mem_high");
	int ret = 0;

	if (snapshot->saved)
		copy_saved(snapshot->limits, TCPMEM_LIMIT_SCOPE_HOST,
			   &l->limits);
	else
		ret = tm_sysctl_limits(ctx, TCPMEM_LIMIT_SCOPE_HOST,
				       &l->limits);
	l->page_size = snapshot->host.fact[TCPMEM_HOST_METRIC_PAGE_SIZE];
	l->worst[TCPMEM_WORST_TCP_MEM] = high->value;
	l->worst_known[TCPMEM_WORST_TCP_MEM] = high->known;
	l->worst[TCPMEM_WORST_RAM] = l->limits.ram;
	l->worst_known[TCPMEM_WORST_RAM] = l->limits.ram;
	return ret;
}

/* @netns: as a capture calls it */
static int find_saved(const struct tcpmem_snapshot *snap, const char *netns,
		      size_t *index)
{
	for (*index = 0; *index < snap->netns_count; ++*index)
		if (tm_scope_is_called(&snap->netns[*index], netns))
			return 0;
	return -ENOENT;
}

size_t tm_limits_netns(const struct tcpmem_snapshot *snap, const uint32_t *pids,
		       size_t count)
{
	size_t index = SIZE_MAX;

	for (size_t i = 0; i < snap->sockets.count; i++) {
		const struct tcpmem_socket *sock = &snap->sockets.sock[i];

		if (sock->netns == index ||
		    !tm_is_held_by(snap, sock, pids, count))
			continue;
		if (index != SIZE_MAX)
			return SIZE_MAX;
		index = sock->netns;
	}
	return index;
}

/* Of the namespace at @index */
static int use_one(const struct tcpmem_snapshot *before,
		   const struct tcpmem_snapshot *snapshot, size_t index,
		   uint64_t inode, struct tcpmem_limits *l)
{
	if (snapshot->saved && index < snapshot->netns_count)
		copy_saved(snapshot->netns[index].limits,
			   TCPMEM_LIMIT_SCOPE_NETNS, &l->limits);
	tm_limits_rise(&l->limits, before, inode);
	return tm_limits_use(l, snapshot, index);
}

int tm_collect_limits(struct tcpmem_ctx *ctx,
		      const struct tcpmem_snapshot *before,
		      const struct tcpmem_snapshot *snapshot, const char *netns,
		      struct tcpmem_limits **limits, size_t *index)
{
	struct tcpmem_limits *l = calloc(1, sizeof(*l));
	bool one = netns || *index != SIZE_MAX;
	uint64_t inode = 0;
	int ret = 0;

	if (!l)
		return -ENOMEM;
	tm_limits_init(&l->limits);
	if (netns && snapshot->saved) {
		ret = find_saved(snapshot, netns, index);
	} else if (netns) {
		ret = read_in(ctx, netns, &l->limits, &inode);
		*index = find_netns(snapshot, inode);
	}
	if (ret == 0)
		ret = read_host(ctx, snapshot, l);
	if (ret == 0)
		ret = one ? use_one(before, snapshot, *index, inode, l)
			  : tm_limits_use_all(l, before, snapshot);
	if (ret == 0)
		ret = tm_advices_make(l, snapshot, &l->advices);
	if (ret < 0)
		tcpmem_limits_free(l);
	else
		*limits = l;
	return ret;
}

int tcpmem_limits_read(struct tcpmem_ctx *ctx,
		       const struct tcpmem_snapshot *before,
		       const struct tcpmem_snapshot *snapshot,
		       const char *netns, struct tcpmem_limits **limits)
{
	size_t index = SIZE_MAX;

	return tm_collect_limits(ctx, before, snapshot, netns, limits, &index);
}

void tcpmem_limits_free(struct tcpmem_limits *limits)
{
	if (!limits)
		return;
	tm_limits_clear(limits);
	tm_advices_clear(&limits->advices);
	free(limits);
}

/* Groups whose sockets are in one cgroup, as a rule. */
static bool is_in_one_cgroup(const char *keys)
{
	static const char *const names[] = { "process", "cgroup", "unit",
					     "container", "pod" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		size_t len = strlen(names[i]);

		if (strncmp(keys, names[i], len) == 0 &&
		    (keys[len] == ',' || !keys[len]))
			return true;
	}
	return false;
}

/* Of rows that leak or grow only: reading takes files of each. */
static void read_limits(const struct tcpmem_ctx *ctx,
			struct tcpmem_trend *trend)
{
	for (size_t i = 0; i < trend->row_count; i++) {
		struct tcpmem_trend_row *row = &trend->row[i];
		const struct tcpmem_process *process =
			row->group->subject.process;
		uint32_t pid = process ? process->pid : row->group->sample_pid;
		int64_t bytes;

		if (row->judged.trend_class >= TCPMEM_TREND_CLASS_GROWTH &&
		    pid && tm_cgroup_room_read(ctx, pid, &bytes))
			row->judged.until_limit_ns = tm_trend_until(row, bytes);
	}
}

int tcpmem_trend_judge(struct tcpmem_trend *trend, struct tcpmem_ctx *ctx)
{
	int ret = tm_trend_judge(trend);

	if (ret == 0 && ctx && is_in_one_cgroup(trend->keys))
		read_limits(ctx, trend);
	return ret;
}

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

static int read_host(const struct tcpmem_ctx *ctx, struct tcpmem_limits *limits)
{
	const struct tcpmem_limit *high =
		tm_limits_find(&limits->limits, "tcp_mem_high");
	int64_t *worst = limits->worst;
	int ret;

	ret = tm_sysctl_limits(ctx, TCPMEM_LIMIT_SCOPE_HOST, &limits->limits);
	if (ret < 0)
		return ret;
	worst[TCPMEM_WORST_TCP_MEM] = high->value;
	limits->worst_known[TCPMEM_WORST_TCP_MEM] = high->known;
	ret = tm_sysctl_memory(ctx, &worst[TCPMEM_WORST_RAM]);
	limits->worst_known[TCPMEM_WORST_RAM] = ret == 0;
	return tm_shortage(ret);
}

int tm_collect_limits(struct tcpmem_ctx *ctx,
		      const struct tcpmem_snapshot *before,
		      const struct tcpmem_snapshot *snapshot, const char *netns,
		      struct tcpmem_limits **limits, size_t *index)
{
	struct tcpmem_limits *l = calloc(1, sizeof(*l));
	uint64_t inode = 0;
	int ret = 0;

	if (!l)
		return -ENOMEM;
	tm_limits_init(&l->limits);
	*index = SIZE_MAX;
	if (netns)
		ret = read_in(ctx, netns, &l->limits, &inode);
	if (ret == 0)
		ret = read_host(ctx, l);
	if (ret == 0 && netns) {
		*index = find_netns(snapshot, inode);
		tm_limits_rise(&l->limits, before, inode);
		ret = tm_limits_use(l, snapshot, *index);
	} else if (ret == 0) {
		ret = tm_limits_use_all(l, before, snapshot);
	}
	if (ret == 0)
		ret = tm_advices_make(l, &l->advices);
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
	size_t index;

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

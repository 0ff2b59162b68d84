// SPDX-License-Identifier: LGPL-2.1-or-later
/* netns.c - which namespaces there are */
#include "collect/sources.h"

#include "base/util.h"
#include "netns/internal.h"
#include "proc/internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct netns_call {
	const struct tm_kernel *kernel;
	struct tcpmem_ctx ctx;
	const struct tm_ns *ns;
	void (*run)(void *);
	void *arg;
	int ret;
};

static void *call(void *arg)
{
	struct netns_call *c = arg;

	c->ret = c->kernel->enter(&c->ctx, c->ns);
	if (c->ret == 0)
		c->run(c->arg);
	return NULL;
}

int tm_netns_run(const struct tm_kernel *kernel, const struct tcpmem_ctx *ctx,
		 const struct tm_ns *ns, void (*run)(void *), void *arg)
{
	struct netns_call c = { kernel, *ctx, ns, run, arg, 0 };
	pthread_t thread;
	int ret = tm_thread_start(&thread, call, &c);

	if (ret < 0)
		return ret;
	pthread_join(thread, NULL);
	return c.ret;
}

int tm_netns_lacks(int error)
{
	return error == -EAGAIN ? error : tm_shortage(error);
}

int tm_status_grow(struct tm_status *status, size_t count)
{
	const struct tm_netns_status pending = {
		.time_wait = TCPMEM_UNKNOWN,
		.time_wait_max = TCPMEM_UNKNOWN,
	};
	int ret = 0;

	while (ret == 0 && status->count < count)
		ret = tm_append(status->ns, status->count, status->capacity,
				&pending);
	return ret;
}

void tm_status_deinit(struct tm_status *status)
{
	for (size_t i = 0; i < status->count; i++) {
		free(status->ns[i].facts.iface);
		free(status->ns[i].limits);
	}
	free(status->ns);
}

size_t tm_status_count(const struct tm_status *status, enum tm_dump_status is)
{
	size_t count = 0;

	for (size_t i = 0; i < status->count; i++)
		count += status->ns[i].status == is;
	return count;
}

bool tm_status_may_have_mptcp(const struct tm_status *status, size_t index)
{
	const struct tm_netns_status *ns = &status->ns[index];

	if (!ns->counted || ns->stat.mptcp)
		return true;
	return ns->stat.has_mptcp && !status->mptcp_counted;
}

void tm_status_reset(struct tm_status *status, size_t first)
{
	for (size_t i = first; i < status->count; i++)
		if (status->ns[i].status == TM_DUMP_DUMPED)
			status->ns[i].status = TM_DUMP_PENDING;
}

struct tm_netns_enum {
	struct tcpmem_ctx ctx;
	struct tm_ns_list list;
	pthread_t thread;
	bool running;
	int ret;
};

/* Its number is the name of a namespace that only an fd leads to. */
static int find_by_number(const struct tcpmem_ctx *ctx, const char *spec,
			  struct tm_ns_list *list)
{
	const char *end;
	uint64_t inode;

	if (tm_parse_u64(spec, &end, &inode) < 0 || *end)
		return -ENOENT;
	return tm_missing_find_netns(ctx, inode, list);
}

/* @wrong: the one that failed */
static int select_all(const struct tm_plan *plan, struct tm_ns_list *list,
		      size_t *wrong)
{
	char *const *specs = plan->query->netns;
	size_t from = 0, count = plan->query->netns_count;
	int ret;

	for (;;) {
		ret = tm_ns_select(plan->ctx, specs + from, count - from, list,
				   wrong);
		if (ret == 0)
			return 0;
		*wrong += from;
		if (ret == -ENOENT)
			ret = find_by_number(plan->ctx, specs[*wrong], list);
		if (ret < 0)
			return ret;
		from = *wrong + 1;
	}
}

static void report_no_proc(const struct tm_plan *plan, const char *netns)
{
	const struct tm_proc_view view = tm_proc_view_get(plan->ctx);

	tm_error(plan->ctx, "network namespace '%s': %s %s", netns,
		 plan->ctx->proc, tm_proc_lacks_self(&view));
}

static int select_netns(const struct tm_plan *plan, struct tm_ns_list *list)
{
	const struct tcpmem_query *query = plan->query;
	size_t wrong = 0;
	int self = tm_ns_list_init(plan->ctx, list), ret = self;

	/* two names of one would be counted twice */
	if (ret == 0 || (query->netns_count == 1 && !tm_shortage(ret)))
		ret = select_all(plan, list, &wrong);
	if (ret == 0)
		return 0;
	if (self == 0 || tm_shortage(ret))
		tm_error(plan->ctx, "network namespace '%s': %s",
			 query->netns[wrong], strerror(-ret));
	else
		report_no_proc(plan, query->netns[wrong]);
	return tm_shortage(ret) ? ret : self ? -EPERM : ret;
}

static int add_own(const struct tcpmem_ctx *ctx, struct tm_ns_list *list)
{
	int ret = tm_ns_list_init(ctx, list);
	size_t own;

	if (tm_shortage(ret))
		return ret;
	/* among others it would be counted twice */
	list->unread_proc = ret < 0;
	return tm_ns_list_add_own(list, &own);
}

/* The caller's own first; where /proc does not tell which, it is all. */
static int enumerate(const struct tcpmem_ctx *ctx, struct tm_ns_list *list)
{
	int ret = add_own(ctx, list);

	if (ret < 0 || list->unread_proc)
		return ret;
	ret = tm_ns_find_tasks(ctx, list, TM_NS_FEW_THREADS);
	list->unread_proc = ret < 0;
	return tm_shortage(ret);
}

static void *run_enumeration(void *arg)
{
	struct tm_netns_enum *others = arg;

	others->ret = enumerate(&others->ctx, &others->list);
	return NULL;
}

/* On an idle host this takes as long as all the rest together. */
static int start_enumeration(const struct tcpmem_ctx *ctx,
			     struct tm_netns_enum **others)
{
	struct tm_netns_enum *new = calloc(1, sizeof(*new));

	if (!new)
		return -ENOMEM;
	new->ctx = *ctx;
	tcpmem_ctx_set_log(&new->ctx, NULL, NULL);
	new->running = tm_thread_start(&new->thread, run_enumeration, new) == 0;
	*others = new;
	return 0;
}

int tm_netns_discover(const struct tm_plan *plan, bool own_first,
		      struct tm_ns_list *list, struct tm_netns_enum **others)
{
	int ret;

	*others = NULL;
	if (plan->query->netns_count)
		return select_netns(plan, list);
	if (!own_first)
		return enumerate(plan->ctx, list);
	ret = add_own(plan->ctx, list);
	return ret ? ret : start_enumeration(plan->ctx, others);
}

static void end_enumeration(struct tm_netns_enum *others)
{
	if (others->running)
		pthread_join(others->thread, NULL);
	others->running = false;
}

void tm_netns_enum_free(struct tm_netns_enum *others)
{
	if (!others)
		return;
	end_enumeration(others);
	tm_ns_list_clear(&others->list);
	free(others);
}

int tm_netns_join(struct tm_netns_enum *others, struct tm_ns_list *list)
{
	int ret;

	if (!others->running) /* no thread could be started */
		run_enumeration(others);
	end_enumeration(others);
	ret = others->ret;
	if (ret == 0) {
		struct tm_ns_list own = *list;

		*list = others->list;
		others->list = own;
	}
	tm_netns_enum_free(others);
	return ret;
}

int tm_netns_name(const struct tcpmem_ctx *ctx, struct tm_ns_list *list,
		  const struct tm_status *status, size_t index)
{
	enum tm_dump_status is = status->ns[index].status;

	return tm_ns_name(ctx, list, index,
			  is != TM_DUMP_EMPTY && is != TM_DUMP_GONE);
}

static int copy_facts(const struct tm_net_facts *from, struct tm_net_facts *to)
{
	*to = *from;
	to->iface = NULL;
	if (!from->iface_count)
		return 0;
	to->iface = malloc(from->iface_count * sizeof(*to->iface));
	if (!to->iface)
		return -ENOMEM;
	memcpy(to->iface, from->iface, from->iface_count * sizeof(*to->iface));
	return 0;
}

static int publish_one(const struct tm_ns *ns,
		       const struct tm_netns_status *status,
		       struct tm_netns *netns)
{
	*netns = (struct tm_netns){
		.inode = ns->inode,
		.name = strdup(ns->name),
		.own = ns->own,
	};
	if (netns->name && copy_facts(&status->facts, &netns->facts) == 0)
		return 0;
	free(netns->name);
	return -ENOMEM;
}

/* What left some of them out cannot say how many there are. */
static bool sees_fin_wait_2(const struct tm_plan *plan)
{
	return !plan->filter && plan->states & 1u << TCPMEM_STATE_FIN_WAIT_2;
}

static void publish_counts(const struct tm_plan *plan,
			   struct tm_netns_status *status,
			   struct tm_netns *netns)
{
	bool gone = status->status == TM_DUMP_GONE;

	netns->seen = status->status != TM_DUMP_DENIED;
	netns->time_wait = TCPMEM_UNKNOWN;
	if (gone)
		netns->time_wait = 0;
	else if (netns->seen)
		netns->time_wait = status->time_wait;
	netns->time_wait_max = status->time_wait_max;
	netns->fin_wait_2 = sees_fin_wait_2(plan) ? status->seen.fin_wait_2
						  : TCPMEM_UNKNOWN;
	if (netns->limits)
		return;
	netns->limits = status->limits;
	status->limits = NULL;
}

static int publish_found(const struct tcpmem_ctx *ctx, struct tm_ns_list *list,
			 const struct tm_status *status,
			 struct tcpmem_snapshot *snap)
{
	struct tm_netns *moved;
	int ret = 0;

	if (snap->netns_count == list->count)
		return 0;
	moved = reallocarray(snap->netns, list->count, sizeof(*moved));
	if (!moved)
		return -ENOMEM;
	snap->netns = moved;
	for (size_t i = snap->netns_count; ret == 0 && i < list->count; i++) {
		ret = tm_netns_name(ctx, list, status, i);
		if (ret == 0)
			ret = publish_one(&list->ns[i], &status->ns[i],
					  &moved[i]);
		snap->netns_count += ret == 0;
	}
	return ret;
}

int tm_netns_publish(const struct tm_plan *plan, struct tm_ns_list *list,
		     struct tm_status *status, struct tcpmem_snapshot *snap)
{
	int ret = publish_found(plan->ctx, list, status, snap);

	if (ret < 0)
		return ret;
	for (size_t i = 0; i < snap->netns_count; i++)
		publish_counts(plan, &status->ns[i], &snap->netns[i]);
	tm_snapshot_find_time_wait(snap);
	return 0;
}

// SPDX-License-Identifier: LGPL-2.1-or-later
/* plan.c - what is read, decided before anything is */
#include "collect/plan.h"

#include "base/util.h"
#include "filter/filter.h"
#include "netlink/internal.h"
#include "netns/internal.h"

#include <errno.h>
#include <stdlib.h>

static void open_diag(void *arg)
{
	int *fd = arg;

	*fd = tm_diag_open(NULL);
}

/* A namespace that was entered is not denied, whatever sock_diag is. */
static int open_live(const struct tm_kernel *kernel,
		     const struct tcpmem_ctx *ctx, const struct tm_ns *ns,
		     bool inside)
{
	int fd, ret;

	if (inside || ns->own)
		return tm_diag_open(NULL);
	ret = tm_netns_run(kernel, ctx, ns, open_diag, &fd);
	if (ret < 0)
		return ret;
	return fd >= 0 || tm_shortage(fd) ? fd : fd - TM_ENTERED;
}

struct list_call {
	const struct tcpmem_ctx *ctx;
	bool ipv6;
	int fd;
};

static void open_list(void *arg)
{
	struct list_call *c = arg;
	const char *path = c->ipv6 ? "thread-self/net/tcp6"
				   : "thread-self/net/tcp";

	c->fd = tm_open_below(c->ctx->proc, path);
}

static int list_live(const struct tm_kernel *kernel,
		     const struct tcpmem_ctx *ctx, const struct tm_ns *ns,
		     bool inside, bool ipv6)
{
	struct list_call c = { ctx, ipv6, -ENOENT };
	int ret = 0;

	if (inside || ns->own)
		open_list(&c);
	else
		ret = tm_netns_run(kernel, ctx, ns, open_list, &c);
	return ret < 0 ? ret : c.fd;
}

const struct tm_kernel tm_kernel_live = {
	.enter = tm_ns_enter,
	.open = open_live,
	.list = list_live,
	.iter_open = tm_holders_bpf_open,
	.iter_read = tm_holders_bpf_read,
};

/*
 * Of a connection, one end may match and the other not; and who holds what is
 * remembered of all.
 */
static void dump_all(struct tm_plan *plan)
{
	plan->needs |= TCPMEM_NEED_HOLDERS;
	plan->states = TCPMEM_STATES_ALL;
	plan->prefiltered = false;
}

static bool names_dark(const struct tcpmem_filter *filter)
{
	for (size_t i = 0; filter && i < filter->count; i++)
		if (filter->node[i].type == TM_FILTER_KIND &&
		    filter->node[i].op == TM_OP_EQ &&
		    filter->node[i].id == TCPMEM_KIND_DARK)
			return true;
	return false;
}

/* All states but a few are no question for what no dump shows. */
static bool asks_for(const struct tm_plan *plan, enum tcpmem_state state)
{
	return plan->states & 1u << state &&
	       !(plan->states & 1u << TCPMEM_STATE_ESTABLISHED);
}

static void ask_for_unhashed(struct tm_plan *plan)
{
	plan->unhashed = asks_for(plan, TCPMEM_STATE_CLOSED) ||
			 names_dark(plan->filter);
	plan->bound = asks_for(plan, TCPMEM_STATE_BOUND_INACTIVE);
}

/* A capture has all sockets, whatever the filter; charges it does not have. */
int tm_plan_make(const struct tcpmem_ctx *ctx, const struct tcpmem_query *query,
		 enum tm_sink_kind sink, struct tm_plan *plan)
{
	struct tm_filter_part part;
	int ret;

	*plan = (struct tm_plan){
		.ctx = ctx,
		.kernel = &tm_kernel_live,
		.query = query,
		.sink = sink,
		.states = query->states,
		.selected = query->states,
		.needs = query->needs,
		.mptcp = true,
	};
	if (sink == TM_SINK_CAPTURE) {
		plan->needs |= TCPMEM_NEED_LIMITS;
		ask_for_unhashed(plan);
		return 0;
	}
	if (tm_plan_needs(plan, TCPMEM_NEED_CHARGES))
		plan->needs |= TCPMEM_NEED_HOLDERS | TCPMEM_NEED_METADATA;
	if (query->filter) {
		ret = tm_filter_kernel_part(query->filter, NULL, &part);
		if (ret < 0)
			return ret;
		free(part.node);
		plan->filter = query->filter;
		plan->states &= part.states;
		plan->needs |= tm_filter_needs(query->filter);
		plan->prefiltered = part.count;
	}
	plan->selected = plan->states;
	ask_for_unhashed(plan);
	/* they are looked for where all other sockets are known */
	if (plan->unhashed || plan->bound)
		plan->prefiltered = false;
	if (tm_plan_needs(plan, TCPMEM_NEED_PEERS | TCPMEM_NEED_PAST))
		dump_all(plan);
	return 0;
}

bool tm_plan_narrows(const struct tm_plan *plan)
{
	return plan->query->netns_count || plan->prefiltered ||
	       plan->states != TCPMEM_STATES_ALL;
}

bool tm_plan_selects(const struct tm_plan *plan)
{
	return plan->query->netns_count ||
	       (plan->filter && plan->filter->count) ||
	       (plan->selected && plan->selected != TCPMEM_STATES_ALL);
}

struct tm_plan tm_plan_of_states(const struct tm_plan *plan, uint32_t states)
{
	struct tm_plan of = *plan;

	of.states = states;
	of.needs = 0;
	of.filter = NULL;
	of.prefiltered = false;
	return of;
}

struct tm_plan tm_plan_listeners(const struct tm_plan *plan)
{
	struct tm_plan listeners =
		tm_plan_of_states(plan, 1u << TCPMEM_STATE_LISTENING);

	listeners.mptcp = false;
	return listeners;
}

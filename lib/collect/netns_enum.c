// SPDX-License-Identifier: LGPL-2.1-or-later
/* collect_netns_enum.c - lists all namespaces, beside the walk of the caller's
 * own
 */
#include "collect/netns_enum.h"

#include "base/thread.h"
#include "base/util.h"
#include "netns/internal.h"

#include <errno.h>
#include <stdlib.h>

struct tm_netns_enum {
	struct tcpmem_ctx ctx;
	struct tm_ns_list list;
	pthread_t thread;
	bool away;
	int ret;
};

static int take_own(const struct tcpmem_ctx *ctx, struct tm_ns_list *list)
{
	int ret = tm_ns_list_init(ctx, list);
	size_t own;

	if (tm_shortage(ret))
		return ret;
	/* among others it would be counted twice */
	list->unread_proc = ret < 0;
	return tm_ns_list_add_own(list, &own);
}

int tm_netns_enum_take(const struct tcpmem_ctx *ctx, struct tm_ns_list *list)
{
	int ret = take_own(ctx, list);

	if (ret < 0 || list->unread_proc)
		return ret;
	ret = tm_ns_find_tasks(ctx, list, TM_NS_FEW_THREADS);
	list->unread_proc = ret < 0;
	return tm_shortage(ret);
}

static void *go(void *arg)
{
	struct tm_netns_enum *netns_enum = arg;

	netns_enum->ret =
		tm_netns_enum_take(&netns_enum->ctx, &netns_enum->list);
	return NULL;
}

int tm_netns_enum_start(const struct tcpmem_ctx *ctx, struct tm_ns_list *list,
			struct tm_netns_enum **netns_enum)
{
	struct tm_netns_enum *new = calloc(1, sizeof(*new));
	int ret = new ? take_own(ctx, list) : -ENOMEM;

	if (ret < 0) {
		free(new);
		return ret;
	}
	new->ctx = *ctx;
	tcpmem_ctx_set_log(&new->ctx, NULL, NULL);
	new->away = tm_thread_start(&new->thread, go, new) == 0;
	*netns_enum = new;
	return 0;
}

static void wait_for(struct tm_netns_enum *netns_enum)
{
	if (netns_enum->away)
		pthread_join(netns_enum->thread, NULL);
	netns_enum->away = false;
}

/* What was learnt of it moves; how to get there both know. */
static void move_own(struct tm_ns *to, struct tm_ns *from)
{
	to->outcome = from->outcome;
	to->counted = from->counted;
	to->stat = from->stat;
	to->tls = from->tls;
	to->facts = from->facts;
	from->facts.iface = NULL;
}

void tm_netns_enum_free(struct tm_netns_enum *netns_enum)
{
	if (!netns_enum)
		return;
	wait_for(netns_enum);
	tm_ns_list_clear(&netns_enum->list);
	free(netns_enum);
}

int tm_netns_enum_join(struct tm_netns_enum *netns_enum,
		       struct tm_ns_list *list)
{
	int ret;

	/* no thread could be started */
	if (!netns_enum->away)
		go(netns_enum);
	wait_for(netns_enum);
	ret = netns_enum->ret;
	if (ret == 0) {
		struct tm_ns_list whole = netns_enum->list;

		move_own(&whole.ns[0], &list->ns[0]);
		netns_enum->list = *list;
		*list = whole;
	}
	tm_netns_enum_free(netns_enum);
	return ret;
}

// SPDX-License-Identifier: LGPL-2.1-or-later
/* netns_call.c - worker threads, and what they do inside a namespace */
#include "collect/netns_call.h"

#include "base/thread.h"
#include "netlink/internal.h"
#include "netns/internal.h"

struct netns_call {
	struct tcpmem_ctx ctx;
	const struct tm_ns *ns;
	void (*run)(void *);
	void *arg;
	int ret;
};

static void *go(void *arg)
{
	struct netns_call *netns_call = arg;

	netns_call->ret = tm_ns_enter(&netns_call->ctx, netns_call->ns);
	if (netns_call->ret == 0)
		netns_call->run(netns_call->arg);
	return NULL;
}

int tm_netns_run(const struct tcpmem_ctx *ctx, const struct tm_ns *ns,
		 void (*run)(void *), void *arg)
{
	struct netns_call netns_call = {
		.ctx = *ctx,
		.ns = ns,
		.run = run,
		.arg = arg,
	};
	pthread_t thread;
	int ret;

	ret = tm_thread_start(&thread, go, &netns_call);
	if (ret < 0)
		return ret;
	pthread_join(thread, NULL);
	return netns_call.ret;
}

static void open_diag(void *arg)
{
	int *fd = arg;

	*fd = tm_diag_open(NULL);
}

int tm_netns_open(const struct tcpmem_ctx *ctx, const struct tm_ns *ns)
{
	int fd, ret;

	if (ns->own)
		return tm_diag_open(NULL);
	ret = tm_netns_run(ctx, ns, open_diag, &fd);
	return ret < 0 ? ret : fd;
}

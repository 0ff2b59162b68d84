// SPDX-License-Identifier: LGPL-2.1-or-later
/* collect_open.c - helper threads, and what they do inside a namespace */
#include "collect_open.h"

#include "read/diag.h"
#include "read/netns_enter.h"
#include "thread.h"

struct errand {
	struct tcpmem_ctx ctx;
	const struct tm_ns *ns;
	void (*run)(void *);
	void *arg;
	int ret;
};

static void *go(void *arg)
{
	struct errand *errand = arg;

	errand->ret = tm_ns_enter(&errand->ctx, errand->ns);
	if (errand->ret == 0)
		errand->run(errand->arg);
	return NULL;
}

int tm_netns_run(const struct tcpmem_ctx *ctx, const struct tm_ns *ns,
		 void (*run)(void *), void *arg)
{
	struct errand errand = {
		.ctx = *ctx,
		.ns = ns,
		.run = run,
		.arg = arg,
	};
	pthread_t thread;
	int ret;

	ret = tm_thread_start(&thread, go, &errand);
	if (ret < 0)
		return ret;
	pthread_join(thread, NULL);
	return errand.ret;
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

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* limits_fixture.h - limits of a tree of files, and sockets that use them */
#ifndef TM_LIMITS_FIXTURE_H
#define TM_LIMITS_FIXTURE_H

#include "analysis/explain.h"
#include "host/internal.h"
#include "tree.h"

#include <check.h>
#include <string.h>

static struct tree tree;
static struct tcpmem_ctx ctx;
static struct tcpmem_limits limits;

static inline void set_up(void)
{
	tree_make(&tree);
	ctx.proc = tree.root;
	memset(&limits, 0, sizeof(limits));
	tm_limits_init(&limits.limits);
}

static inline void tear_down(void)
{
	tm_advices_clear(&limits.advices);
	tm_limits_clear(&limits);
	tree_remove(&tree);
}

static inline void read_all(void)
{
	tm_sysctl_limits(&ctx, TCPMEM_LIMIT_SCOPE_HOST, &limits.limits);
	tm_sysctl_limits(&ctx, TCPMEM_LIMIT_SCOPE_NETNS, &limits.limits);
}

static inline const struct tcpmem_limit *limit(const char *name)
{
	return tm_limits_find(&limits.limits, name);
}

static inline int64_t value(const char *name)
{
	ck_assert(limit(name)->known);
	return limit(name)->value;
}

static inline int64_t used(const char *name)
{
	ck_assert(limit(name)->used_known);
	return limit(name)->used;
}

/* Reads nothing: what is not set is unknown. */
static inline void begin_anew(void)
{
	tm_limits_clear(&limits);
	memset(&limits, 0, sizeof(limits));
	tm_limits_init(&limits.limits);
}

static inline struct tcpmem_socket connection(uint16_t local, uint16_t remote)
{
	return (struct tcpmem_socket){
		.state = TCPMEM_STATE_ESTABLISHED,
		.local_port = local,
		.remote_port = remote,
		.remote = { 10, 0, 0, 1 },
		.skmem_words = TM_SKMEM_WORDS,
		.skmem = { [TCPMEM_METRIC_RCVBUF] = 100,
			   [TCPMEM_METRIC_SNDBUF] = 20 },
	};
}

static inline struct tcpmem_socket listener(uint16_t port, uint32_t waits,
					    uint32_t backlog)
{
	return (struct tcpmem_socket){
		.state = TCPMEM_STATE_LISTENING,
		.local_port = port,
		.rqueue = waits,
		.wqueue = backlog,
		.skmem_words = TM_SKMEM_WORDS,
	};
}

#endif

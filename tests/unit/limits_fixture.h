/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* limits_fixture.h - limits that are read from a tree of files */
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

#endif

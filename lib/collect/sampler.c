// SPDX-License-Identifier: LGPL-2.1-or-later
/* sampler.c - snapshots one after the other */
#include "collect/internal.h"

#include <errno.h>
#include <stdlib.h>

/*
 * What cannot change is cached: the sizes of slab objects, as long as the
 * kernel runs, and the program that asks for holders. Holders are read each
 * time, and so is every counter: nothing tells of a change.
 */
struct tcpmem_sampler {
	struct tcpmem_ctx *ctx;
	const struct tcpmem_query *query;
	struct tm_cache cache;
};

int tcpmem_sampler_new(struct tcpmem_ctx *ctx, const struct tcpmem_query *query,
		       struct tcpmem_sampler **sampler)
{
	struct tcpmem_sampler *s = calloc(1, sizeof(*s));

	if (!s)
		return -ENOMEM;
	s->ctx = ctx;
	s->query = query;
	*sampler = s;
	return 0;
}

int tcpmem_sampler_next(struct tcpmem_sampler *sampler,
			struct tcpmem_snapshot **snapshot)
{
	struct tm_plan plan;
	int ret =
		tm_plan_make(sampler->ctx, sampler->query, TM_SINK_KEEP, &plan);

	return ret ? ret : tm_keep_take(&plan, &sampler->cache, snapshot);
}

void tcpmem_sampler_free(struct tcpmem_sampler *sampler)
{
	if (!sampler)
		return;
	tm_cache_deinit(&sampler->cache);
	free(sampler);
}

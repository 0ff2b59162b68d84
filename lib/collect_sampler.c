// SPDX-License-Identifier: LGPL-2.1-or-later
/* collect_sampler.c - snapshots one after the other */
#include "collect.h"

#include <errno.h>
#include <stdlib.h>

/* Sizes of slab objects are the kernel's as long as it runs. */
struct tcpmem_sampler {
	struct tcpmem_ctx *ctx;
	const struct tcpmem_query *query;
	struct tm_objects objects;
	bool knows_objects;
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
	struct tm_collect c = {
		.ctx = sampler->ctx,
		.query = sampler->query,
		.objects = sampler->knows_objects ? &sampler->objects : NULL,
	};
	int ret = tm_collect_take(&c, snapshot);

	if (ret == 0 && !sampler->knows_objects) {
		sampler->objects = (*snapshot)->objects;
		sampler->knows_objects = true;
	}
	return ret;
}

void tcpmem_sampler_free(struct tcpmem_sampler *sampler)
{
	free(sampler);
}

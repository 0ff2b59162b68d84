// SPDX-License-Identifier: LGPL-2.1-or-later
/* collect_sampler.c - snapshots one after the other */
#include "tcpmem.h"

#include <errno.h>
#include <stdlib.h>

struct tcpmem_sampler {
	struct tcpmem_ctx *ctx;
	const struct tcpmem_query *query;
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
	return tcpmem_snapshot_take(sampler->ctx, sampler->query, snapshot);
}

void tcpmem_sampler_free(struct tcpmem_sampler *sampler)
{
	free(sampler);
}

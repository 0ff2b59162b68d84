// SPDX-License-Identifier: LGPL-2.1-or-later
/* sampler.c - snapshots one after the other */
#include "collect/collect.h"

#include "bpf/internal.h"

#include <errno.h>
#include <stdlib.h>

/*
 * What cannot change: the sizes of slab objects, as long as the kernel runs,
 * and the program that asks for holders. Who holds what is read each time, and
 * so is every counter: nothing tells of a change.
 */
struct tcpmem_sampler {
	struct tcpmem_ctx *ctx;
	const struct tcpmem_query *query;
	struct tm_objects objects;
	bool knows_objects;
	struct tm_holders_bpf *program;
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
		.program = &sampler->program,
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
	if (!sampler)
		return;
	tm_holders_bpf_close(sampler->program);
	free(sampler);
}

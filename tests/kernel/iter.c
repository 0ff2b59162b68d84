// SPDX-License-Identifier: LGPL-2.1-or-later
/* iter.c - what tests of the kernel's iterator need of the host */
#include "iter.h"

#include "fail.h"
#include "flavour.h"
#include "need.h"
#include "scene.h"

#include "collect/sources.h"

#include <stdio.h>

/* Without it the two would be one. */
static void need_iter_sockets(void)
{
	struct tm_cache cache = { .program = NULL };
	struct tm_holder_scan *scan = NULL;
	struct tcpmem_query *query;
	struct tcpmem_ctx *ctx;
	struct tm_plan plan;
	bool brings;

	if (tcpmem_ctx_new(&ctx) < 0 || tcpmem_query_new(&query) < 0 ||
	    tcpmem_query_set_holder_source(query, TCPMEM_HOLDER_SOURCE_BPF) ||
	    tm_plan_make(ctx, query, TM_SINK_KEEP, &plan) < 0 ||
	    tm_holder_scan_start(&plan, TM_SCAN_ALL_OR_NOTHING, &cache, &scan) <
		    0)
		fx_fail("out of memory");
	brings = tm_holder_scan_brings_sockets(scan);
	tm_holder_scan_free(scan);
	tm_cache_deinit(&cache);
	tcpmem_query_free(query);
	tcpmem_ctx_free(ctx);
	if (!brings)
		fx_skip("no BPF iterator here that tells of sockets");
}

int iter_prepare(void)
{
	int scenes = FX_SCENE_COUNT;

	fx_need_host_root();
	fx_skip_flavours();
	if (!fx_shows_bound()) {
		scenes = FX_SCENE_SS_COUNT;
		printf("ok - bound # skip the kernel does not show them\n");
		fflush(stdout);
	}
	need_iter_sockets();
	return scenes;
}

// SPDX-License-Identifier: LGPL-2.1-or-later
/* live.c - answers from the kernel */
#include "collector.h"
#include "output/file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct live {
	struct source source;
	const struct metrics_config *config;
	struct metrics_memory memory;
	struct tcpmem_ctx *ctx;
	struct tcpmem_query *query;
	struct tcpmem_sampler *sampler;
};

static bool write_texts(const struct metrics_look *look, struct answer *answer)
{
	for (int i = 0; i < TEXT_COUNT; i++) {
		FILE *out = memstream_open(&answer->text[i], &answer->size[i]);

		if (out)
			metrics_print(out, i == TEXT_OPENMETRICS, look);
		if (memstream_close(out, &answer->text[i]) < 0)
			return false;
	}
	return true;
}

/* What has been waited for is taken, however late. */
static struct answer *next(struct source *source, int64_t deadline_ns)
{
	struct live *live = (struct live *)source;
	int64_t begin = metrics_clock(CLOCK_MONOTONIC);
	struct answer *answer = calloc(1, sizeof(*answer));
	struct tcpmem_snapshot *snap = NULL;
	struct metrics_look look = { 0 };
	bool written;
	int ret;

	(void)deadline_ns;
	ret = tcpmem_sampler_next(live->sampler, &snap);
	if (ret == 0)
		ret = metrics_look(live->config, &live->memory, live->ctx,
				   begin, snap, &look);
	if (ret < 0)
		report("cannot list the sockets: %s", strerror(-ret));
	written = ret == 0 && answer && write_texts(&look, answer);
	if (answer)
		answer->refs = 1;
	if (!written) {
		answer_unref(answer);
		answer = NULL;
	}
	metrics_look_free(&look);
	tcpmem_snapshot_free(snap);
	return answer;
}

static void free_live(struct source *source)
{
	struct live *live = (struct live *)source;

	tcpmem_sampler_free(live->sampler);
	tcpmem_query_free(live->query);
	tcpmem_ctx_free(live->ctx);
	metrics_memory_free(&live->memory);
	free(live);
}

struct source *source_live(const struct settings *settings)
{
	struct live *live = calloc(1, sizeof(*live));
	uint32_t needs = 0;
	int ret = live ? 0 : -ENOMEM;

	if (ret == 0) {
		live->source.next = next;
		live->source.free = free_live;
		live->config = &settings->metrics;
		ret = metrics_needs(live->config, &needs);
	}
	if (ret == 0)
		ret = tcpmem_ctx_new(&live->ctx);
	if (ret == 0)
		ret = tcpmem_query_new(&live->query);
	if (ret == 0)
		ret = tcpmem_query_require(live->query, needs);
	if (ret == 0 && settings->metrics.netns)
		ret = tcpmem_query_add_netns(live->query,
					     settings->metrics.netns);
	if (ret == 0)
		ret = tcpmem_sampler_new(live->ctx, live->query,
					 &live->sampler);
	if (ret == 0)
		return &live->source;
	report("cannot collect: %s", strerror(-ret));
	if (live)
		free_live(&live->source);
	return NULL;
}

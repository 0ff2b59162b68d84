// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * sampler.c - what it costs to look once a second, in % of one CPU
 *
 *	sampler SAMPLES
 *
 * Prints the CPU time of the samples after the first, by the time that they
 * would be apart, and how many sockets the last one saw.
 */
#include "tcpmem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static double cpu_seconds(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
	       (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static void sample(struct tcpmem_sampler *sampler, size_t *sockets)
{
	struct tcpmem_snapshot *snapshot;
	struct tcpmem_table *table;
	int ret = tcpmem_sampler_next(sampler, &snapshot);

	if (ret == 0)
		ret = tcpmem_group(snapshot, "process", &table);
	if (ret < 0) {
		fprintf(stderr, "sampler: %s\n", strerror(-ret));
		exit(EXIT_FAILURE);
	}
	*sockets = tcpmem_snapshot_get_socket_count(snapshot);
	tcpmem_table_free(table);
	tcpmem_snapshot_free(snapshot);
}

int main(int argc, char **argv)
{
	struct tcpmem_sampler *sampler;
	struct tcpmem_query *query;
	struct tcpmem_ctx *ctx;
	size_t sockets = 0;
	double before;
	int samples = argc == 2 ? atoi(argv[1]) : 0;

	if (samples < 1) {
		fprintf(stderr, "usage: sampler SAMPLES\n");
		return 2;
	}
	if (tcpmem_ctx_new(&ctx) < 0 || tcpmem_query_new(&query) < 0 ||
	    tcpmem_query_add_netns(query, "self") < 0 ||
	    tcpmem_sampler_new(ctx, query, &sampler) < 0)
		return EXIT_FAILURE;
	sample(sampler, &sockets);
	before = cpu_seconds();
	for (int i = 0; i < samples; i++) {
		sleep(1);
		sample(sampler, &sockets);
	}
	printf("%.1f %% of one CPU, %zu sockets\n",
	       (cpu_seconds() - before) / samples * 100, sockets);
	tcpmem_sampler_free(sampler);
	tcpmem_query_free(query);
	tcpmem_ctx_free(ctx);
	return EXIT_SUCCESS;
}

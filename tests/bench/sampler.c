// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * sampler.c - what it costs to look again and again, by process
 *
 *	sampler [-asr] [-h bpf|proc] [-p MS] SAMPLES
 *	-s  the kernel may add sockets up
 *	-a  all namespaces, not the caller's alone
 *	-h  where holders are read
 *	-p  pause between samples, 1000 ms unless given
 *	-r  memory after each tenth of the samples
 *
 * Prints the CPU time of the samples after the first, by the time that they
 * would be apart, and how many sockets the last one saw.
 */
#include "tcpmem.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static double cpu_ms(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e3 +
	       (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e3;
}

/* Resident, in KiB; 0 if it cannot be read */
static long resident(void)
{
	FILE *statm = fopen("/proc/self/statm", "re");
	long pages = 0;

	if (!statm)
		return 0;
	if (fscanf(statm, "%*s %ld", &pages) != 1)
		pages = 0;
	fclose(statm);
	return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

static void fail(int ret)
{
	fprintf(stderr, "sampler: %s\n", strerror(-ret));
	exit(EXIT_FAILURE);
}

static void sample(struct tcpmem_sampler *sampler, size_t *sockets)
{
	struct tcpmem_snapshot *snapshot;
	struct tcpmem_table *table = NULL;
	int ret = tcpmem_sampler_next(sampler, &snapshot);

	if (ret == 0)
		ret = tcpmem_group(snapshot, "process", &table);
	if (ret < 0)
		fail(ret);
	*sockets = tcpmem_snapshot_get_socket_count(snapshot);
	tcpmem_table_free(table);
	tcpmem_snapshot_free(snapshot);
}

static int usage(void)
{
	fputs("usage: sampler [-asr] [-h bpf|proc] [-p MS] SAMPLES\n", stderr);
	return 2;
}

static void take_samples(struct tcpmem_sampler *sampler, int samples,
			 unsigned int pause_ms, bool memory)
{
	size_t sockets = 0;
	double before, each;

	sample(sampler, &sockets);
	before = cpu_ms();
	for (int i = 0; i < samples; i++) {
		usleep(pause_ms * 1000);
		sample(sampler, &sockets);
		if (memory && (i + 1) % (samples / 10) == 0)
			printf("look %d %ld KiB %zu sockets\n", i + 1,
			       resident(), sockets);
	}
	each = (cpu_ms() - before) / samples;
	printf("%.2f ms of CPU a sample, ", each);
	if (pause_ms)
		printf("%.1f %% of one CPU, ", each / pause_ms * 100);
	printf("%zu sockets, resident %ld KiB\n", sockets, resident());
}

int main(int argc, char **argv)
{
	enum tcpmem_holder_source source = TCPMEM_HOLDER_SOURCE_AUTO;
	struct tcpmem_sampler *sampler;
	struct tcpmem_query *query;
	struct tcpmem_ctx *ctx;
	unsigned int pause_ms = 1000;
	bool all = false, sums = false, memory = false;
	int opt;

	while ((opt = getopt(argc, argv, "asrh:p:")) != -1) {
		if (opt == 'a')
			all = true;
		else if (opt == 'r')
			memory = true;
		else if (opt == 's')
			sums = true;
		else if (opt == 'h')
			source = *optarg == 'b' ? TCPMEM_HOLDER_SOURCE_BPF
						: TCPMEM_HOLDER_SOURCE_PROC;
		else if (opt == 'p')
			pause_ms = (unsigned int)atoi(optarg);
		else
			return usage();
	}
	if (optind != argc - 1 || atoi(argv[optind]) < (memory ? 10 : 1))
		return usage();
	if (tcpmem_ctx_new(&ctx) < 0 || tcpmem_query_new(&query) < 0 ||
	    (!all && tcpmem_query_add_netns(query, "self") < 0) ||
	    (sums &&
	     tcpmem_query_require(query,
				  TCPMEM_NEED_HOLDERS | TCPMEM_SUMS_SUFFICE)) ||
	    tcpmem_query_set_holder_source(query, source) < 0 ||
	    tcpmem_sampler_new(ctx, query, &sampler) < 0)
		return EXIT_FAILURE;
	take_samples(sampler, atoi(argv[optind]), pause_ms, memory);
	tcpmem_sampler_free(sampler);
	tcpmem_query_free(query);
	tcpmem_ctx_free(ctx);
	return EXIT_SUCCESS;
}

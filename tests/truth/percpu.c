// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * percpu.c - prints the pages of TCP memory that CPUs keep for themselves
 *
 *	percpu RUNQUEUES COUNTER
 *
 * The arguments are the offsets of the two per-CPU variables, as the kernel's
 * BTF gives them. Each line read from standard input asks once.
 */
#include "percpu.h"

#include <errno.h>
#include <sched.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Generated: its style is not ours. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpedantic"
#pragma GCC diagnostic ignored "-Wpointer-arith"
#pragma GCC diagnostic ignored "-Woverlength-strings"
#include "percpu.lskel.h"
#pragma GCC diagnostic pop

static int read_pages(int program, struct percpu_args *args)
{
	union bpf_attr attr = {
		.test = {
			.prog_fd = (__u32)program,
			.ctx_in = (__u64)(unsigned long)args,
			.ctx_size_in = sizeof(*args),
		},
	};

	if (syscall(__NR_bpf, BPF_PROG_RUN, &attr, sizeof(attr)) < 0)
		return -errno;
	return attr.test.retval ? -EFAULT : 0;
}

/* The program reads what the CPU has that it runs on. */
static int sum(int program, struct percpu_args *args, const cpu_set_t *cpus,
	       long *pages)
{
	*pages = 0;
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		cpu_set_t one;
		int ret;

		if (!CPU_ISSET(cpu, cpus))
			continue;
		CPU_ZERO(&one);
		CPU_SET(cpu, &one);
		if (sched_setaffinity(0, sizeof(one), &one) < 0)
			return -errno;
		ret = read_pages(program, args);
		if (ret < 0)
			return ret;
		*pages += args->pages;
	}
	return 0;
}

int main(int argc, char **argv)
{
	struct percpu_args args = { 0 };
	struct percpu_bpf *skel;
	cpu_set_t cpus;
	char line[16];
	long pages;

	if (argc != 3 || sched_getaffinity(0, sizeof(cpus), &cpus) < 0)
		return 2;
	args.distance = atoll(argv[2]) - atoll(argv[1]);
	skel = percpu_bpf__open_and_load();
	if (!skel) {
		perror("percpu: load");
		return EXIT_FAILURE;
	}
	while (fgets(line, sizeof(line), stdin)) {
		int ret = sum(skel->progs.read_pages.prog_fd, &args, &cpus,
			      &pages);

		if (ret < 0) {
			fprintf(stderr, "percpu: %s\n", strerror(-ret));
			return EXIT_FAILURE;
		}
		printf("%ld\n", pages);
		fflush(stdout);
	}
	percpu_bpf__destroy(skel);
	return EXIT_SUCCESS;
}

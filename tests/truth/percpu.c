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
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Generated: its style is not ours. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpedantic"
#pragma GCC diagnostic ignored "-Wpointer-arith"
#pragma GCC diagnostic ignored "-Woverlength-strings"
#include "percpu.lskel.h"
#pragma GCC diagnostic pop

static int sum(int program, struct percpu_args *args)
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

int main(int argc, char **argv)
{
	struct percpu_args args = {
		.cpus = (int)sysconf(_SC_NPROCESSORS_CONF),
	};
	struct percpu_bpf *skel;
	char line[16];

	if (argc != 3 || args.cpus > PERCPU_CPUS_MAX)
		return 2;
	args.distance = atoll(argv[2]) - atoll(argv[1]);
	skel = percpu_bpf__open_and_load();
	if (!skel) {
		perror("percpu: load");
		return EXIT_FAILURE;
	}
	while (fgets(line, sizeof(line), stdin)) {
		if (sum(skel->progs.sum.prog_fd, &args) < 0)
			return EXIT_FAILURE;
		printf("%d\n", args.pages);
		fflush(stdout);
	}
	percpu_bpf__destroy(skel);
	return EXIT_SUCCESS;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* percpu.h - what percpu.c asks of its program in the kernel */
#ifndef TM_PERCPU_H
#define TM_PERCPU_H

#include <linux/types.h>

#define PERCPU_CPUS_MAX 256

/*
 * struct percpu_args - in and out
 * @distance: of tcp_memory_per_cpu_fw_alloc from the runqueue of its CPU
 * @pages: the sum over all CPUs
 */
struct percpu_args {
	__s64 distance;
	__s32 cpus;
	__s32 pages;
};

#endif

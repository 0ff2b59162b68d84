/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* percpu.h - what percpu.c asks of its program in the kernel */
#ifndef TM_PERCPU_H
#define TM_PERCPU_H

#include <linux/types.h>

/*
 * struct percpu_args - in and out
 * @distance: of tcp_memory_per_cpu_fw_alloc from the runqueue of its CPU
 * @pages: what it is on this CPU
 */
struct percpu_args {
	__s64 distance;
	__s32 pages;
	__s32 padding;
};

#endif

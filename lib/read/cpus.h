/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* cpus.h - how many CPUs the kernel has per-CPU data for, and has seen */
#ifndef TM_READ_CPUS_H
#define TM_READ_CPUS_H

#include "ctx.h"

/*
 * tm_cpus_read() - counts the CPUs of a list in /sys/devices/system/cpu
 * @list: "possible", "present" ...
 *
 * Return: 0; -errno of reading; -EBADMSG if it is no list of CPUs.
 */
int tm_cpus_read(const struct tcpmem_ctx *ctx, const char *list,
		 uint32_t *count);

#endif

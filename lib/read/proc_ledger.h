/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* proc_memory.h - what /proc/PID says of a process's memory and files */
#ifndef TM_READ_PROC_MEMORY_H
#define TM_READ_PROC_MEMORY_H

#include "ctx.h"
#include "model/ledger.h"

/*
 * tm_proc_memory_read() - reads status, smaps_rollup, statm, limits and fd
 *
 * Never fails: what cannot be read or makes no sense is unknown.
 */
void tm_proc_memory_read(const struct tcpmem_ctx *ctx, uint32_t pid,
			 struct tm_process_counters *counters);

/*
 * tm_proc_find() - the processes called @name, by pid
 *
 * Return: 0 and an array to free; -ENOENT if there is none; -errno of reading
 * /proc; -ENOMEM.
 */
int tm_proc_find(const struct tcpmem_ctx *ctx, const char *name,
		 uint32_t **pids, size_t *count);

#endif

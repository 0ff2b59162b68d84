/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* cgroup_memory.h - what a process's cgroup says of its memory */
#ifndef TM_READ_CGROUP_MEMORY_H
#define TM_READ_CGROUP_MEMORY_H

#include "ctx.h"
#include "model/ledger.h"

/*
 * tm_cgroup_memory_read() - fills in the cgroup's entries and its path
 *
 * Never fails: what cannot be read or makes no sense is unknown.
 */
void tm_cgroup_memory_read(const struct tcpmem_ctx *ctx, uint32_t pid,
			   struct tm_process_counters *counters);

/*
 * tm_cgroup_room_read() - bytes of TCP memory that its cgroup's limit allows
 *	beyond what is used
 *
 * Return: false if there is no limit, or it is not known.
 */
bool tm_cgroup_room_read(const struct tcpmem_ctx *ctx, uint32_t pid,
			 int64_t *bytes);

#endif

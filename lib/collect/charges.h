/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* charges.h - what the kernel charged to the cgroups that were met */
#ifndef TM_COLLECT_CHARGES_H
#define TM_COLLECT_CHARGES_H

#include "base/ctx.h"
#include "model/snapshot.h"

/*
 * tm_collect_charges() - reads the kernel's count of each cgroup that has
 * sockets or holders of sockets, and of those above it
 *
 * What cannot be read stays unknown. Call it behind tm_collect_metadata().
 *
 * Return: 0, or -ENOMEM.
 */
int tm_collect_charges(const struct tcpmem_ctx *ctx,
		       struct tcpmem_snapshot *snap);

#endif

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* proc_descendants.h - which processes descend from one */
#ifndef TM_READ_PROC_DESCENDANTS_H
#define TM_READ_PROC_DESCENDANTS_H

#include "ctx.h"
#include "u64set.h"

/*
 * struct tm_descendants - the descendants of a process, as far as anyone asked
 * @ours, @others: processes of which it is known, by pid and start time
 *
 * Who descended from it once does for good, whoever adopts him later; who does
 * not never will, so nobody is looked up twice.
 */
struct tm_descendants {
	uint32_t ancestor;
	struct tm_u64set ours;
	struct tm_u64set others;
};

/* tm_descendants_init() - those of @ancestor, itself left out. 0 or -ENOMEM. */
int tm_descendants_init(struct tm_descendants *descendants, uint32_t ancestor);
void tm_descendants_deinit(struct tm_descendants *descendants);

/*
 * tm_descendants_has() - whether a process is one of them
 *
 * Reads /proc/PID/stat of the process and of its ancestors that were not asked
 * for before.
 *
 * Return: 1 or 0, 0 also for who ended before anyone asked; -errno of opening
 * /proc; -ENOMEM.
 */
int tm_descendants_has(struct tm_descendants *descendants,
		       const struct tcpmem_ctx *ctx, uint32_t pid,
		       uint64_t start_time);

#endif

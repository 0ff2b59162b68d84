/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* limits.h - what of the limits a snapshot's sockets use */
#ifndef TM_ANSWER_LIMITS_H
#define TM_ANSWER_LIMITS_H

#include "answer/advice.h"
#include "model/limits.h"
#include "model/snapshot.h"

/* struct tcpmem_limits - @worst: bytes, of enum tcpmem_worst */
struct tcpmem_limits {
	struct tm_limits limits;
	int64_t worst[TCPMEM_WORST_COUNT];
	bool worst_known[TCPMEM_WORST_COUNT];
	struct tm_advices advices;
};

/*
 * tm_limits_use() - fills in what is used, and the worst case
 * @netns: index of the limits' namespace in the snapshot; SIZE_MAX: its
 *	sockets were not seen
 *
 * Return: 0, or -ENOMEM.
 */
int tm_limits_use(struct tcpmem_limits *limits,
		  const struct tcpmem_snapshot *snap, size_t netns);

#endif

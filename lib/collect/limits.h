/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* limits.h - sysctls of a namespace and the host, and their use */
#ifndef TM_COLLECT_LIMITS_H
#define TM_COLLECT_LIMITS_H

#include "analysis/explain.h"

/*
 * tm_collect_limits() - as tcpmem_limits_read()
 * @index: which of the snapshot's namespaces it was; SIZE_MAX: none of them
 */
int tm_collect_limits(struct tcpmem_ctx *ctx,
		      const struct tcpmem_snapshot *snapshot, const char *netns,
		      struct tcpmem_limits **limits, size_t *index);

#endif

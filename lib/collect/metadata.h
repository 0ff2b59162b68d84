/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* collect_metadata.h - finds out where sockets and processes live */
#ifndef TM_COLLECT_METADATA_H
#define TM_COLLECT_METADATA_H

#include "base/ctx.h"
#include "model/snapshot.h"

/*
 * tm_collect_metadata() - programs and cgroups of the snapshot's processes, and
 * paths of its sockets' cgroups
 *
 * What cannot be read stays unknown.
 *
 * Return: 0, or -ENOMEM.
 */
int tm_collect_metadata(const struct tcpmem_ctx *ctx,
			struct tcpmem_snapshot *snap);

#endif

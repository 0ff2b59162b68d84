/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* objects.h - what the kernel's slab objects cost on this machine */
#ifndef TM_READ_OBJECTS_H
#define TM_READ_OBJECTS_H

#include "ctx.h"
#include "model/account.h"

/* tm_objects_default() - what Linux 6.18 on x86-64 has */
void tm_objects_default(struct tm_objects *objects);

/*
 * tm_objects_read() - sizes from slabinfo, else protocols + BTF, else defaults
 *
 * A cache that was merged with others has no row in slabinfo: its link in
 * sysfs says the size. Never fails: each object says where its size was read.
 */
void tm_objects_read(const struct tcpmem_ctx *ctx, struct tm_objects *objects);

#endif

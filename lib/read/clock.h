/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* clock.h - when it is, and since when the kernel has been up */
#ifndef TM_READ_CLOCK_H
#define TM_READ_CLOCK_H

#include "ctx.h"
#include "model/snapshot.h"

/* tm_clock_read() - never fails: a boot id that cannot be read is empty */
void tm_clock_read(const struct tcpmem_ctx *ctx, struct tm_clock *clock);

#endif

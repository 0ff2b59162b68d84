/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* host.h - the kernel's own accounting: tcp_mem, sockstat, limits */
#ifndef TM_READ_HOST_H
#define TM_READ_HOST_H

#include "ctx.h"
#include "model/snapshot.h"

/*
 * tm_host_read() - what the host says about itself
 *
 * Never fails: what could not be read or parsed is unknown.
 */
void tm_host_read(const struct tcpmem_ctx *ctx, struct tm_host *host);

/*
 * tm_host_read_counters() - the two counters that cover all namespaces
 *
 * Never fails: @counters says whether it is known.
 */
void tm_host_read_counters(const struct tcpmem_ctx *ctx,
			   struct tm_host_counters *counters);

/*
 * tm_host_may_bypass() - whether sockets may be left out of TCP's memory
 * counter (net.core.bypass_prot_mem)
 */
bool tm_host_may_bypass(const struct tcpmem_ctx *ctx);

#endif

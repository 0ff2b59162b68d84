/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* host.h - the kernel's own books: tcp_mem, sockstat, limits */
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

/* tm_host_mptcp_sockets() - msks of this namespace; -errno if unknown */
int64_t tm_host_mptcp_sockets(const struct tcpmem_ctx *ctx);

#endif

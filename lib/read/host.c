// SPDX-License-Identifier: LGPL-2.1-or-later
#include "read/host.h"
void tm_host_read(const struct tcpmem_ctx *ctx, struct tm_host *host)
{
	(void)ctx;
	(void)host;
}
int64_t tm_host_mptcp_sockets(const struct tcpmem_ctx *ctx)
{
	(void)ctx;
	return 0;
}

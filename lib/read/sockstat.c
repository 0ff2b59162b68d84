// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * sockstat.c - one network namespace's own count of its TCP sockets
 *
 * net/protocols has the sockets of every TCP-like protocol, the IPv6 ones and
 * MPTCP included; only TIME_WAIT is in net/sockstat alone.
 */
#include "read/sockstat.h"

#include "read/proc_net.h"
#include "util.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int read_time_wait(const struct tcpmem_ctx *ctx, const char *net,
			  uint64_t *value)
{
	char *text;
	int ret = tm_proc_net_read(ctx, net, "sockstat", &text);

	if (ret < 0)
		return ret;
	ret = tm_sockstat_parse(text, "TCP:", "tw", value);
	free(text);
	return ret;
}

int tm_sockstat_read(const struct tcpmem_ctx *ctx, const char *net,
		     struct tm_sockstat *stat)
{
	struct tm_protocol row[TM_PROTOCOL_ROWS];
	struct tm_sockstat found;
	int ret;

	ret = read_time_wait(ctx, net, &found.time_wait);
	if (ret == 0)
		ret = tm_protocols_read(ctx, net, row);
	if (ret < 0)
		return ret;
	if (__builtin_add_overflow(row[TM_PROTOCOL_TCP].sockets,
				   row[TM_PROTOCOL_TCPV6].sockets,
				   &found.inuse) ||
	    __builtin_add_overflow(row[TM_PROTOCOL_MPTCP].sockets,
				   row[TM_PROTOCOL_MPTCPV6].sockets,
				   &found.mptcp))
		return -EBADMSG;
	*stat = found;
	return 0;
}

bool tm_sockstat_is_empty(const struct tm_sockstat *stat)
{
	return !stat->inuse && !stat->time_wait && !stat->mptcp;
}

/* "TlsCurrTxSw                       2"; a kernel without TLS has no file. */
bool tm_sockstat_has_tls(const struct tcpmem_ctx *ctx)
{
	static const char *const rows[] = { "TlsCurrTxSw", "TlsCurrRxSw" };
	bool found = false;
	char *text;

	if (tm_proc_net_read(ctx, NULL, "tls_stat", &text) < 0)
		return false;
	for (size_t i = 0; i < TM_ARRAY_SIZE(rows); i++) {
		const char *line = tm_find_line(text, rows[i]);
		const char *end;
		uint64_t count;

		if (line &&
		    tm_parse_u64(line + strspn(line, " \t"), &end, &count) == 0)
			found |= count > 0;
	}
	free(text);
	return found;
}

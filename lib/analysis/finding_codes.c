// SPDX-License-Identifier: LGPL-2.1-or-later
/* finding_codes.c - what may stand out: one table of codes and words */
#include "tcpmem/explain.h"

static const struct tcpmem_finding_term codes[TCPMEM_FINDING_COUNT] = {
	[TCPMEM_FINDING_UNREAD] = {
		"unread",
		"the application does not read what it received, or more "
		"slowly than it comes",
		"SO_RCVBUF, net.ipv4.tcp_rmem",
		"look at what the application waits for; a smaller buffer "
		"stops the peer earlier",
	},
	[TCPMEM_FINDING_ZERO_WINDOW] = {
		"zero-window",
		"the peer shuts its window: its application does not read, or "
		"too slowly",
		"SO_SNDBUF, net.ipv4.tcp_wmem, TCP_USER_TIMEOUT",
		"look at the peer; TCP_USER_TIMEOUT ends such connections, "
		"a smaller send buffer bounds what they take",
	},
	[TCPMEM_FINDING_RETRANSMITTING] = {
		"retransmitting",
		"data is sent again and not acknowledged: the path loses it, "
		"or the peer is gone",
		"TCP_USER_TIMEOUT, net.ipv4.tcp_retries2",
		"look at the path and the peer; fewer retries give up earlier",
	},
	[TCPMEM_FINDING_UNDELIVERED] = {
		"undelivered",
		"the peer or the path takes data more slowly than it is sent",
		"SO_SNDBUF, net.ipv4.tcp_wmem",
		"look at the path's rate; TCP_NOTSENT_LOWAT or a smaller send "
		"buffer keeps data in the application",
	},
	[TCPMEM_FINDING_CLOSE_WAIT] = {
		"close-wait",
		"the peer has closed, and the application has not",
		"close(2); no sysctl or timeout ends them",
		"look for the path in the application that forgets to close",
	},
	[TCPMEM_FINDING_DARK] = {
		"dark",
		"they were reset, and keep what was not read; ss does not "
		"show them",
		"close(2); no sysctl or timeout ends them",
		"the application has to read or close them",
	},
	[TCPMEM_FINDING_RCVBUF_MAX] = {
		"rcvbuf-max",
		"receive buffers have grown as far as they may",
		"net.ipv4.tcp_rmem, net.ipv4.tcp_moderate_rcvbuf",
		"fine for few connections over long paths; for many, a lower "
		"third number of tcp_rmem bounds each",
	},
	[TCPMEM_FINDING_SNDBUF_MAX] = {
		"sndbuf-max",
		"send buffers have grown as far as they may",
		"net.ipv4.tcp_wmem",
		"fine for few connections over long paths; for many, a lower "
		"third number of tcp_wmem bounds each",
	},
	[TCPMEM_FINDING_IDLE] = {
		"idle",
		"an open connection costs its kernel objects, data or not",
		"an idle timeout of the application's",
		"close idle connections after a while, or keep fewer in the "
		"pool; keepalive finds dead peers only",
	},
	[TCPMEM_FINDING_NO_KEEPALIVE] = {
		"no-keepalive",
		"without keepalive a peer that vanished is never noticed",
		"SO_KEEPALIVE, net.ipv4.tcp_keepalive_time, _intvl, _probes",
		"set SO_KEEPALIVE, or an idle timeout in the application",
	},
	[TCPMEM_FINDING_UNACCEPTED] = {
		"unaccepted",
		"the application does not accept: look at what it waits for",
		"listen(2)'s backlog, net.core.somaxconn",
		"accept them, or close the listener",
	},
	[TCPMEM_FINDING_BACKLOG_FULL] = {
		"backlog-full",
		"connections come faster than they are accepted; more of them "
		"are dropped",
		"listen(2)'s backlog, net.core.somaxconn, "
		"net.ipv4.tcp_abort_on_overflow",
		"accept faster; a longer backlog helps against bursts only, "
		"and is cut to somaxconn",
	},
	[TCPMEM_FINDING_BACKLOG_DROPS] = {
		"backlog-drops",
		"a listener drops what comes while its queue is full",
		"listen(2)'s backlog, net.core.somaxconn, "
		"net.ipv4.tcp_max_syn_backlog",
		"accept faster; a longer backlog helps against bursts only",
	},
	[TCPMEM_FINDING_ORPHANS] = {
		"orphans",
		"closed connections keep what their peers have not taken; "
		"whose they were is not known",
		"net.ipv4.tcp_orphan_retries, net.ipv4.tcp_max_orphans, "
		"TCP_USER_TIMEOUT, SO_LINGER",
		"look at the peers; fewer retries give up earlier",
	},
	[TCPMEM_FINDING_FDS] = {
		"fds",
		"beyond the limit accept() and open() fail, and connections "
		"wait",
		"RLIMIT_NOFILE: ulimit -n, LimitNOFILE=; fs.nr_open above it",
		"look for what is not closed before the limit is raised",
	},
	[TCPMEM_FINDING_PORTS] = {
		"ports",
		"each connection to one address and port takes a local port "
		"of its own; without one connect() fails",
		"net.ipv4.ip_local_port_range, net.ipv4.tcp_tw_reuse",
		"use connections again, or more addresses on either side; "
		"then a wider range",
	},
};

const struct tcpmem_finding_term *
tcpmem_finding_code_describe(enum tcpmem_finding_code code)
{
	static const struct tcpmem_finding_term none;

	return (size_t)code < TCPMEM_FINDING_COUNT ? &codes[code] : &none;
}

// SPDX-License-Identifier: LGPL-2.1-or-later
/* limits.c - the sysctls that bound TCP memory: one table */
#include "model/limits.h"

#include <string.h>

#define HOST  .scope = TCPMEM_LIMIT_SCOPE_HOST
#define NETNS .scope = TCPMEM_LIMIT_SCOPE_NETNS

#define BYTES	.unit = TCPMEM_UNIT_BYTES
#define SECONDS .unit = TCPMEM_UNIT_SECONDS
#define SOCKETS .unit = TCPMEM_UNIT_SOCKETS
#define PORTS	.unit = TCPMEM_UNIT_PORTS
#define FILES	.unit = TCPMEM_UNIT_FILES
#define PACKETS .unit = TCPMEM_UNIT_PACKETS
#define MODE	.unit = TCPMEM_UNIT_MODE

#define USE(x) .use = TM_USE_##x

#define IPV4(file) .path = "sys/net/ipv4/" file, .fields = 1
#define CORE(file) .path = "sys/net/core/" file, .fields = 1
#define ONE_OF_THREE(file, at) \
	.path = "sys/net/ipv4/" file, .fields = 3, .field = (at)

const struct tm_limit_def tm_limit_defs[TM_LIMIT_COUNT] = {
	{ "tcp_mem_low", ONE_OF_THREE("tcp_mem", 0), .pages = true, BYTES, HOST,
	  USE(MEMORY), .text = "below it the kernel does not save memory" },
	{ "tcp_mem_pressure", ONE_OF_THREE("tcp_mem", 1), .pages = true, BYTES,
	  HOST, USE(MEMORY), .text = "above it buffers stop growing" },
	{ "tcp_mem_high", ONE_OF_THREE("tcp_mem", 2), .pages = true, BYTES,
	  HOST, USE(MEMORY), .text = "all TCP buffers of the host" },
	{ "tcp_rmem_min", ONE_OF_THREE("tcp_rmem", 0), BYTES, NETNS,
	  .text = "receive buffer that is granted under pressure" },
	{ "tcp_rmem_default", ONE_OF_THREE("tcp_rmem", 1), BYTES, NETNS,
	  .text = "receive buffer that a socket begins with" },
	{ "tcp_rmem_max", ONE_OF_THREE("tcp_rmem", 2), BYTES, NETNS,
	  USE(RCVBUF), .text = "receive buffer that autotuning goes up to" },
	{ "tcp_wmem_min", ONE_OF_THREE("tcp_wmem", 0), BYTES, NETNS,
	  .text = "send buffer that is granted under pressure" },
	{ "tcp_wmem_default", ONE_OF_THREE("tcp_wmem", 1), BYTES, NETNS,
	  .text = "send buffer that a socket begins with" },
	{ "tcp_wmem_max", ONE_OF_THREE("tcp_wmem", 2), BYTES, NETNS,
	  USE(SNDBUF), .text = "send buffer that autotuning goes up to" },
	{ "rmem_max", CORE("rmem_max"), BYTES, HOST,
	  .text = "SO_RCVBUF; the kernel doubles what is asked" },
	{ "wmem_max", CORE("wmem_max"), BYTES, HOST,
	  .text = "SO_SNDBUF; the kernel doubles what is asked" },
	{ "tcp_moderate_rcvbuf", IPV4("tcp_moderate_rcvbuf"), MODE, NETNS,
	  .text = "1: receive buffers grow by themselves" },
	{ "tcp_max_orphans", IPV4("tcp_max_orphans"), SOCKETS, HOST,
	  USE(ORPHANS), .text = "closed by the process, not by the peer" },
	{ "tcp_max_tw_buckets", IPV4("tcp_max_tw_buckets"), SOCKETS, NETNS,
	  USE(TIME_WAIT),
	  .text = "TIME_WAIT, closed FIN_WAIT_2; more end early" },
	{ "tcp_tw_reuse", IPV4("tcp_tw_reuse"), MODE, NETNS,
	  .text = "connect over TIME_WAIT: 1 yes, 2 loopback" },
	{ "tcp_tw_recycle", IPV4("tcp_tw_recycle"), MODE, NETNS,
	  .text = "drops clients behind NAT: leave it 0",
	  .gone = "gone since Linux 4.12" },
	{ "tcp_fin_timeout", IPV4("tcp_fin_timeout"), SECONDS, NETNS,
	  .text = "orphans in FIN_WAIT_2; not TIME_WAIT" },
	{ "tcp_keepalive_time", IPV4("tcp_keepalive_time"), SECONDS, NETNS,
	  .text = "idle before the first probe (SO_KEEPALIVE)" },
	{ "tcp_keepalive_intvl", IPV4("tcp_keepalive_intvl"), SECONDS, NETNS,
	  .text = "between probes" },
	{ "tcp_keepalive_probes", IPV4("tcp_keepalive_probes"), PACKETS, NETNS,
	  .text = "unanswered before it is given up" },
	{ "ip_local_port_range", .path = "sys/net/ipv4/ip_local_port_range",
	  .fields = 2, PORTS, NETNS, USE(PORTS),
	  .text = "local ports toward one destination" },
	{ "tcp_max_syn_backlog", IPV4("tcp_max_syn_backlog"), SOCKETS, NETNS,
	  USE(REQUESTS), .text = "half-open connections of a listener" },
	{ "somaxconn", CORE("somaxconn"), SOCKETS, NETNS, USE(BACKLOG),
	  .text = "connections that wait to be accepted" },
	{ "tcp_abort_on_overflow", IPV4("tcp_abort_on_overflow"), MODE, NETNS,
	  .text = "1: a full listener resets, else it drops" },
	{ "tcp_orphan_retries", IPV4("tcp_orphan_retries"), PACKETS, NETNS,
	  .text = "resent for an orphan before it is given up; 0 is 8" },
	{ "tcp_retries2", IPV4("tcp_retries2"), PACKETS, NETNS,
	  .text = "resent before a connection is given up" },
	{ "optmem_max", CORE("optmem_max"), BYTES, NETNS,
	  .text = "filters, keys, zero-copy notices of a socket" },
	{ "file-max", .path = "sys/fs/file-max", .fields = 1, FILES, HOST,
	  USE(FILES), .text = "open files of the host" },
	{ "nr_open", .path = "sys/fs/nr_open", .fields = 1, FILES, HOST,
	  .text = "the most that RLIMIT_NOFILE may grant" },
};

void tm_limits_init(struct tm_limits *limits)
{
	memset(limits, 0, sizeof(*limits));
	for (size_t i = 0; i < TM_LIMIT_COUNT; i++)
		limits->limit[i] = (struct tcpmem_limit){
			.size = sizeof(struct tcpmem_limit),
			.name = tm_limit_defs[i].name,
			.text = tm_limit_defs[i].text,
			.unit = tm_limit_defs[i].unit,
			.scope = tm_limit_defs[i].scope,
		};
}

const struct tcpmem_limit *tm_limits_find(const struct tm_limits *limits,
					  const char *name)
{
	size_t i = 0;

	while (strcmp(tm_limit_defs[i].name, name) != 0)
		i++;
	return &limits->limit[i];
}

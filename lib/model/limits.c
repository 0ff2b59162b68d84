// SPDX-License-Identifier: LGPL-2.1-or-later
/* limits.c - what bounds TCP memory, and counters of what hit it: one table */
#include "model/accounting.h"

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
#define MS	.unit = TCPMEM_UNIT_MILLISECONDS
#define EVENTS	.unit = TCPMEM_UNIT_EVENTS

#define USE(x) .use = TM_USE_##x

#define IPV4(file) .path = "sys/net/ipv4/" file, .fields = 1
#define CORE(file) .path = "sys/net/core/" file, .fields = 1
#define ONE_OF_THREE(file, at) \
	.path = "sys/net/ipv4/" file, .fields = 3, .field = (at)

/* Counters of net/snmp and net/netstat, behind the limit that they are about */
#define TCP_EXT(word, of) word, .line = "TcpExt:", .beside = (of)
#define TCP(word)	  word, .line = "Tcp:"

/* What helps against each of several counters. */
#define SAVE_MEMORY                                                           \
	"TCP memory is short: 'tcpmem by process' shows whose it is, before " \
	"tcp_mem is raised"
#define READ_FASTER                                                           \
	"receive buffers are full: the application reads too slowly, or the " \
	"buffer is too small for the path"
#define ACCEPT_FASTER                                                       \
	"connections come faster than they are accepted; a longer backlog " \
	"helps against bursts only"
#define FLOODED                                                              \
	"a SYN flood, or more clients than the listener's queue holds; the " \
	"listener's backlog, somaxconn and, without tcp_syncookies, "        \
	"tcp_max_syn_backlog bound it"

const struct tm_limit_def tm_limit_defs[] = {
	{ "tcp_mem_low", ONE_OF_THREE("tcp_mem", 0), .pages = true, BYTES, HOST,
	  USE(MEMORY), .text = "below it the kernel does not save memory" },
	{ "tcp_mem_pressure", ONE_OF_THREE("tcp_mem", 1), .pages = true, BYTES,
	  HOST, USE(MEMORY), .text = "above it buffers stop growing" },
	{ TCP_EXT("TCPMemoryPressures", "tcp_mem_pressure"), EVENTS, NETNS,
	  .text = "times that TCP went under pressure",
	  .finding = SAVE_MEMORY },
	{ TCP_EXT("TCPMemoryPressuresChrono", "tcp_mem_pressure"), MS, NETNS,
	  .text = "time that it was under pressure", .finding = SAVE_MEMORY },
	{ "tcp_mem_high", ONE_OF_THREE("tcp_mem", 2), .pages = true, BYTES,
	  HOST, USE(MEMORY), .text = "all TCP buffers of the host" },
	{ TCP_EXT("TCPAbortOnMemory", "tcp_mem_high"), SOCKETS, NETNS,
	  .text = "ended for want of memory, or of room for orphans",
	  .finding = SAVE_MEMORY },
	{ "tcp_rmem_min", ONE_OF_THREE("tcp_rmem", 0), BYTES, NETNS,
	  .text = "receive buffer that is granted under pressure" },
	{ "tcp_rmem_default", ONE_OF_THREE("tcp_rmem", 1), BYTES, NETNS,
	  .text = "receive buffer that a socket begins with" },
	{ "tcp_rmem_max", ONE_OF_THREE("tcp_rmem", 2), BYTES, NETNS,
	  USE(RCVBUF), .text = "receive buffer that autotuning goes up to" },
	{ TCP_EXT("PruneCalled", "tcp_rmem_max"), EVENTS, NETNS,
	  .text = "a full receive buffer was squeezed",
	  .finding = READ_FASTER },
	{ TCP_EXT("RcvPruned", "tcp_rmem_max"), PACKETS, NETNS,
	  .text = "dropped, squeezing did not help", .finding = READ_FASTER },
	{ TCP_EXT("OfoPruned", "tcp_rmem_max"), EVENTS, NETNS,
	  .text = "packets out of order were thrown away",
	  .finding = READ_FASTER },
	{ TCP_EXT("TCPRcvCollapsed", "tcp_rmem_max"), PACKETS, NETNS,
	  .text = "copied together to save memory", .finding = READ_FASTER },
	{ TCP_EXT("TCPRcvQDrop", "tcp_rmem_max"), PACKETS, NETNS,
	  .text = "dropped, no memory for the receive queue",
	  .finding = READ_FASTER },
	{ TCP_EXT("TCPOFODrop", "tcp_rmem_max"), PACKETS, NETNS,
	  .text = "out of order, and dropped for memory",
	  .finding = READ_FASTER },
	{ TCP_EXT("TCPZeroWindowDrop", "tcp_rmem_max"), PACKETS, NETNS,
	  .text = "came though the window was shut", .finding = READ_FASTER },
	{ TCP_EXT("TCPBacklogDrop", "tcp_rmem_max"), PACKETS, NETNS,
	  .text = "dropped, a busy socket's backlog was full",
	  .finding = "a process holds its socket too long: packets wait for it "
		     "beyond rcvbuf, sndbuf and 64 KiB" },
	{ "tcp_wmem_min", ONE_OF_THREE("tcp_wmem", 0), BYTES, NETNS,
	  .text = "send buffer that is granted under pressure" },
	{ "tcp_wmem_default", ONE_OF_THREE("tcp_wmem", 1), BYTES, NETNS,
	  .text = "send buffer that a socket begins with" },
	{ "tcp_wmem_max", ONE_OF_THREE("tcp_wmem", 2), BYTES, NETNS,
	  USE(SNDBUF), .text = "send buffer that autotuning goes up to" },
	{ TCP_EXT("TCPWqueueTooBig", "tcp_wmem_max"), EVENTS, NETNS,
	  .text = "a send queue refused, too fragmented",
	  .finding = "peers acknowledge tiny pieces: a send queue is twice its "
		     "sndbuf" },
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
	{ TCP_EXT("TCPTimeWaitOverflow", "tcp_max_tw_buckets"), SOCKETS, NETNS,
	  .text = "ended at once, without TIME_WAIT",
	  .finding =
		  "connections end at once instead of TIME_WAIT: old packets "
		  "may reach new ones; use connections again" },
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
	{ "syn_queue", .unit = TCPMEM_UNIT_SOCKETS, NETNS, USE(SYN_QUEUE),
	  .text = "half open, of the listener nearest to its limit" },
	{ TCP_EXT("TCPReqQFullDrop", "syn_queue"), PACKETS, NETNS,
	  .text = "SYNs dropped, the queue was full", .finding = FLOODED },
	{ TCP_EXT("TCPReqQFullDoCookies", "syn_queue"), PACKETS, NETNS,
	  .text = "SYNs answered with a cookie instead", .finding = FLOODED },
	{ "tcp_max_syn_backlog", IPV4("tcp_max_syn_backlog"), SOCKETS, NETNS,
	  .text = "without cookies, 3/4 of it bound a syn_queue" },
	{ "tcp_syncookies", IPV4("tcp_syncookies"), MODE, NETNS,
	  .text = "full syn_queue: 0 drop, 1 cookies; 2 always" },
	{ TCP_EXT("SyncookiesSent", "tcp_syncookies"), PACKETS, NETNS,
	  .text = "connections in a cookie, not in memory",
	  .finding = FLOODED },
	{ TCP_EXT("SyncookiesRecv", "tcp_syncookies"), PACKETS, NETNS,
	  .text = "cookies that came back" },
	{ TCP_EXT("SyncookiesFailed", "tcp_syncookies"), PACKETS, NETNS,
	  .text = "acknowledgements with a wrong cookie",
	  .finding =
		  "acknowledgements that no cookie explains: a flood of them, or "
		  "clients that answer too late" },
	{ "accept_queue", .unit = TCPMEM_UNIT_SOCKETS, NETNS, USE(ACCEPT_QUEUE),
	  .text = "not accepted, of the listener nearest to its limit" },
	{ TCP_EXT("ListenOverflows", "accept_queue"), EVENTS, NETNS,
	  .text = "connections that found it full", .finding = ACCEPT_FASTER },
	{ TCP_EXT("ListenDrops", "accept_queue"), PACKETS, NETNS,
	  .text = "dropped by listeners, for any reason",
	  .finding =
		  "listeners drop SYNs or connections: see ListenOverflows and "
		  "TCPReqQFullDrop for why; clients try again after 1 s" },
	{ "somaxconn", CORE("somaxconn"), SOCKETS, NETNS,
	  .text = "listen(2)'s backlog is cut to it" },
	{ "tcp_abort_on_overflow", IPV4("tcp_abort_on_overflow"), MODE, NETNS,
	  .text = "1: a full listener resets, else it drops" },
	{ "tcp_orphan_retries", IPV4("tcp_orphan_retries"), PACKETS, NETNS,
	  .text = "resent for an orphan before it is given up; 0 is 8" },
	{ "tcp_retries2", IPV4("tcp_retries2"), PACKETS, NETNS,
	  .text = "resent before a connection is given up" },
	{ TCP_EXT("TCPAbortOnTimeout", "tcp_retries2"), SOCKETS, NETNS,
	  .text = "given up, the peer did not answer",
	  .finding = "peers or the path are gone: connections are given up" },
	{ "optmem_max", CORE("optmem_max"), BYTES, NETNS,
	  .text = "filters, keys, zero-copy notices of a socket" },
	{ "file-max", .path = "sys/fs/file-max", .fields = 1, FILES, HOST,
	  USE(FILES), .text = "open files of the host" },
	{ "nr_open", .path = "sys/fs/nr_open", .fields = 1, FILES, HOST,
	  .text = "the most that RLIMIT_NOFILE may grant" },
	{ TCP("AttemptFails"), SOCKETS, NETNS,
	  .text = "failed while connecting, either side",
	  .finding = "connections fail before they are established: refused, "
		     "or reset while half open" },
	{ TCP("EstabResets"), SOCKETS, NETNS,
	  .text = "reset while established, by either side",
	  .finding = "established connections are reset: by the peer, or "
		     "closed here with data unread" },
	{ TCP("OutRsts"), PACKETS, NETNS, .text = "resets sent",
	  .finding = "resets are sent: to ports where nothing listens, or of "
		     "connections closed with data unread" },
};

_Static_assert(sizeof(tm_limit_defs) / sizeof(*tm_limit_defs) == TM_LIMIT_COUNT,
	       "each limit has its place");

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
			.counter = tm_limit_defs[i].line != NULL,
			.queue = tm_limit_defs[i].use == TM_USE_SYN_QUEUE ||
				 tm_limit_defs[i].use == TM_USE_ACCEPT_QUEUE,
			.beside = tm_limit_defs[i].beside,
			.finding = tm_limit_defs[i].finding,
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

// SPDX-License-Identifier: LGPL-2.1-or-later
/* names.c - enum <-> text: one table for each enumeration */
#include "base/util.h"
#include "tcpmem/analysis.h"
#include "tcpmem/column.h"
#include "tcpmem/host.h"
#include "tcpmem/reconcile.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* As ss writes them long; the index is the kernel's number. */
static const struct tcpmem_term states[] = {
	[TCPMEM_STATE_ESTABLISHED] = { .name = "established" },
	[TCPMEM_STATE_SYN_SENT] = { .name = "syn-sent" },
	[TCPMEM_STATE_SYN_RECV] = { .name = "syn-recv" },
	[TCPMEM_STATE_FIN_WAIT_1] = { .name = "fin-wait-1" },
	[TCPMEM_STATE_FIN_WAIT_2] = { .name = "fin-wait-2" },
	[TCPMEM_STATE_TIME_WAIT] = { .name = "time-wait" },
	[TCPMEM_STATE_CLOSED] = { .name = "closed" },
	[TCPMEM_STATE_CLOSE_WAIT] = { .name = "close-wait" },
	[TCPMEM_STATE_LAST_ACK] = { .name = "last-ack" },
	[TCPMEM_STATE_LISTENING] = { .name = "listening" },
	[TCPMEM_STATE_CLOSING] = { .name = "closing" },
	[TCPMEM_STATE_BOUND_INACTIVE] = { .name = "bound-inactive" },
};

static const struct tcpmem_term families[] = {
	[TCPMEM_FAMILY_IPV4] = { .name = "ipv4" },
	[TCPMEM_FAMILY_IPV6] = { .name = "ipv6" },
};

static const struct tcpmem_term protocols[] = {
	[TCPMEM_PROTOCOL_TCP] = { .name = "tcp" },
	[TCPMEM_PROTOCOL_MPTCP] = { .name = "mptcp" },
	[TCPMEM_PROTOCOL_SUBFLOW] = { .name = "subflow" },
};

static const struct tcpmem_term kinds[] = {
	[TCPMEM_KIND_PROCESS] = { .name = "process" },
	[TCPMEM_KIND_UNACCEPTED] = { .name = "unaccepted" },
	[TCPMEM_KIND_ORPHAN] = { .name = "orphan" },
	[TCPMEM_KIND_TIME_WAIT] = { .name = "time-wait" },
	[TCPMEM_KIND_SYN_RECV] = { .name = "syn-recv" },
	[TCPMEM_KIND_IN_FLIGHT] = { .name = "in-flight" },
	[TCPMEM_KIND_DARK] = { .name = "dark" },
	[TCPMEM_KIND_KERNEL] = { .name = "kernel" },
	[TCPMEM_KIND_HIDDEN] = { .name = "hidden" },
	[TCPMEM_KIND_UNKNOWN] = { .name = "unknown" },
};

#define METRIC(id, name, json, text, unit) \
	[TCPMEM_METRIC_##id] = { name, json, text, TCPMEM_UNIT_##unit }

#define COUNT(id, name, json, unit) \
	[TCPMEM_##id] = { name, json, NULL, TCPMEM_UNIT_##unit }

static const struct tcpmem_term metrics[] = {
	METRIC(RMEM, "rmem", "rmem_bytes", "receive and out-of-order queue",
	       BYTES),
	METRIC(RCVBUF, "rcvbuf", "rcvbuf_bytes",
	       "limit of the receive queue; not memory", BYTES),
	METRIC(WMEM_ALLOC, "wmem_alloc", "wmem_alloc_bytes",
	       "sent data still below TCP", BYTES),
	METRIC(SNDBUF, "sndbuf", "sndbuf_bytes",
	       "limit of the send queue; not memory", BYTES),
	METRIC(FWD_ALLOC, "fwd_alloc", "fwd_alloc_bytes",
	       "quota reserved and not used; signed", BYTES),
	METRIC(WMEM_QUEUED, "wmem_queued", "wmem_queued_bytes",
	       "unsent and unacknowledged", BYTES),
	METRIC(OPTMEM, "optmem", "optmem_bytes",
	       "filters, keys, zero-copy notices", BYTES),
	METRIC(BACKLOG, "backlog", "backlog_bytes",
	       "packets waiting for the socket's lock", BYTES),
	METRIC(DROPS, "drops", "drops", "packets dropped by the socket",
	       PACKETS),
	METRIC(SOCKETS, "sockets", "sockets",
	       "sockets, shared ones counted by share", SOCKETS),
	METRIC(CHARGED, "charged", "charged_bytes",
	       "what tcp_mem and cgroup sock count", BYTES),
	METRIC(BUFFER, "buffer", "buffer_bytes", "memory that holds data",
	       BYTES),
	METRIC(OBJECT, "object", "object_bytes",
	       "slab objects it pins; an estimate", BYTES),
	METRIC(HELD, "held", "held_bytes", "buffer + object: what it costs",
	       BYTES),
	METRIC(REACH, "reach", "reach_bytes",
	       "held, shared sockets counted in full", BYTES),
	METRIC(REACH_SOCKETS, "reach_sockets", "reach_sockets",
	       "sockets, shared ones in full", SOCKETS),
	METRIC(UNREAD, "unread", "unread_bytes",
	       "received, not yet read; payload", BYTES),
	METRIC(UNSENT, "unsent", "unsent_bytes",
	       "not yet acknowledged by the peer; payload", BYTES),
	METRIC(CLOSE_WAIT, "close_wait", "close_wait",
	       "closed by the peer, not here", SOCKETS),
};

static const struct tcpmem_term warnings[] = {
	[TCPMEM_WARNING_NETNS_SCOPE] = { .name = "netns-scope" },
	[TCPMEM_WARNING_DUMP_INTERRUPTED] = { .name = "dump-interrupted" },
	[TCPMEM_WARNING_COUNTERS_MISSING] = { .name = "counters-missing" },
	[TCPMEM_WARNING_MPTCP_MISSING] = { .name = "mptcp-missing" },
	[TCPMEM_WARNING_FDS_UNREADABLE] = { .name = "fds-unreadable" },
	[TCPMEM_WARNING_PROC_HIDDEN] = { .name = "proc-hidden" },
	[TCPMEM_WARNING_MESSAGE_MALFORMED] = { .name = "message-malformed" },
	[TCPMEM_WARNING_CAPTURE_SCOPE] = { .name = "capture-scope" },
	[TCPMEM_WARNING_CAPTURE_DAMAGED] = { .name = "capture-damaged" },
	[TCPMEM_WARNING_NETNS_DENIED] = { .name = "netns-denied" },
	[TCPMEM_WARNING_FILTER_UNDECIDED] = { .name = "filter-undecided" },
	[TCPMEM_WARNING_KTLS] = { .name = "ktls" },
	[TCPMEM_WARNING_CGROUPS_UNREADABLE] = { .name = "cgroups-unreadable" },
	[TCPMEM_WARNING_SOCKETS_UNSEEN] = { .name = "sockets-unseen" },
	[TCPMEM_WARNING_PROC_FOREIGN] = { .name = "proc-foreign" },
	[TCPMEM_WARNING_SOCK_DIAG_CLOSED] = { .name = "sock-diag-closed" },
	[TCPMEM_WARNING_PROGRAMS_UNREADABLE] = { .name = "programs-unreadable" },
	[TCPMEM_WARNING_PAST_UNKNOWN] = { .name = "past-unknown" },
};

static const struct tcpmem_term events[] = {
	[TCPMEM_EVENT_OPENED] = { .name = "opened" },
	[TCPMEM_EVENT_CLOSED] = { .name = "closed" },
	[TCPMEM_EVENT_GROWN] = { .name = "grown" },
	[TCPMEM_EVENT_SHRUNK] = { .name = "shrunk" },
	[TCPMEM_EVENT_CHANGED] = { .name = "changed" },
	[TCPMEM_EVENT_MOVED] = { .name = "moved" },
};

static const struct tcpmem_term matches[] = {
	[TCPMEM_MATCH_COOKIE] = { .name = "cookie" },
	[TCPMEM_MATCH_ADDRESS] = { .name = "address" },
	[TCPMEM_MATCH_NOTHING] = { .name = "nothing" },
};

static const struct tcpmem_term change_classes[] = {
	[TCPMEM_CHANGE_CLASS_STEADY] = { .name = "steady" },
	[TCPMEM_CHANGE_CLASS_CHURN] = { .name = "churn" },
	[TCPMEM_CHANGE_CLASS_GROWTH] = { .name = "growth" },
	[TCPMEM_CHANGE_CLASS_DECLINE] = { .name = "decline" },
};

static const struct tcpmem_term residues[] = {
	[TCPMEM_RESIDUE_OPEN] = { .name = "open" },
	[TCPMEM_RESIDUE_ORPHAN] = { .name = "orphan" },
	[TCPMEM_RESIDUE_TIME_WAIT] = { .name = "time_wait" },
	[TCPMEM_RESIDUE_UNCLAIMED] = { .name = "unclaimed" },
	[TCPMEM_RESIDUE_CLOSED] = { .name = "closed" },
	[TCPMEM_RESIDUE_UNATTRIBUTED] = { .name = "unattributed" },
};

static const struct tcpmem_term host_metrics[] = {
	COUNT(HOST_METRIC_TCP_MEM_LOW, "tcp_mem_low", NULL, BYTES),
	COUNT(HOST_METRIC_TCP_MEM_PRESSURE, "tcp_mem_pressure", NULL, BYTES),
	COUNT(HOST_METRIC_TCP_MEM_HIGH, "tcp_mem_high", NULL, BYTES),
	COUNT(HOST_METRIC_TCP_MEM_USED, "tcp_mem_used", NULL, BYTES),
	COUNT(HOST_METRIC_SOCKETS_ALLOC, "sockets_alloc", NULL, SOCKETS),
	COUNT(HOST_METRIC_ORPHANS, "orphans", NULL, SOCKETS),
	COUNT(HOST_METRIC_ORPHANS_MAX, "orphans_max", NULL, SOCKETS),
	COUNT(HOST_METRIC_TIME_WAIT, "time_wait", NULL, SOCKETS),
	COUNT(HOST_METRIC_TIME_WAIT_MAX, "time_wait_max", NULL, SOCKETS),
	COUNT(HOST_METRIC_SOCKETS_INUSE, "sockets_inuse", NULL, SOCKETS),
	COUNT(HOST_METRIC_PCPU_RESERVE, "pcpu_reserve", NULL, BYTES),
	COUNT(HOST_METRIC_PAGE_SIZE, "page_size", NULL, BYTES),
	[TCPMEM_HOST_METRIC_CPUS] = { .name = "cpus" },
	[TCPMEM_HOST_METRIC_PRESSURE] = { .name = "pressure" },
	COUNT(HOST_METRIC_TIME_WAIT_ALL, "time_wait_all", NULL, SOCKETS),
	[TCPMEM_HOST_METRIC_TIME_WAIT_NETNS] = { .name = "time_wait_netns" },
	COUNT(HOST_METRIC_FIN_WAIT_2, "fin_wait_2", NULL, SOCKETS),
};

/* As slabinfo calls them, or the kernel's struct where caches are merged. */
static const struct tcpmem_term objects[] = {
	[TCPMEM_OBJECT_TCP] = { .name = "TCP" },
	[TCPMEM_OBJECT_TCPV6] = { .name = "TCPv6" },
	[TCPMEM_OBJECT_MPTCP] = { .name = "MPTCP" },
	[TCPMEM_OBJECT_MPTCPV6] = { .name = "MPTCPv6" },
	[TCPMEM_OBJECT_SOCK_INODE] = { .name = "sock_inode_cache" },
	[TCPMEM_OBJECT_FILE] = { .name = "filp" },
	[TCPMEM_OBJECT_DENTRY] = { .name = "dentry" },
	[TCPMEM_OBJECT_TIME_WAIT] = { .name = "tw_sock_TCP" },
	[TCPMEM_OBJECT_REQUEST] = { .name = "request_sock_TCP" },
	[TCPMEM_OBJECT_BIND_BUCKET] = { .name = "inet_bind_bucket" },
	[TCPMEM_OBJECT_BIND2_BUCKET] = { .name = "inet_bind2_bucket" },
	[TCPMEM_OBJECT_SUBFLOW] = { .name = "mptcp_subflow_context" },
};

static const struct tcpmem_term object_sources[] = {
	[TCPMEM_OBJECT_SOURCE_DEFAULT] = { .name = "default" },
	[TCPMEM_OBJECT_SOURCE_BTF] = { .name = "btf" },
	[TCPMEM_OBJECT_SOURCE_SLABINFO] = { .name = "slabinfo" },
	[TCPMEM_OBJECT_SOURCE_SYSFS] = { .name = "sysfs" },
};

static const struct tcpmem_term cgroup_metrics[] = {
	COUNT(CGROUP_METRIC_CHARGED, "charged", "charged_bytes", BYTES),
	COUNT(CGROUP_METRIC_KERNEL, "kernel", "kernel_bytes", BYTES),
	COUNT(CGROUP_METRIC_RESIDUAL, "residual", "residual_bytes", BYTES),
	COUNT(CGROUP_METRIC_TOLERANCE, "tolerance", "tolerance_bytes", BYTES),
	COUNT(CGROUP_METRIC_WAITING, "waiting", "waiting_bytes", BYTES),
	COUNT(CGROUP_METRIC_LEFT, "left", "left_bytes", BYTES),
	COUNT(CGROUP_METRIC_ARRIVED, "arrived", "arrived_bytes", BYTES),
};

static const struct tcpmem_term reconcile_metrics[] = {
	COUNT(RECONCILE_METRIC_CHARGED, "charged", "charged_bytes", BYTES),
	COUNT(RECONCILE_METRIC_KERNEL, "kernel", "kernel_bytes", BYTES),
	COUNT(RECONCILE_METRIC_RESIDUAL, "residual", "residual_bytes", BYTES),
	COUNT(RECONCILE_METRIC_TOLERANCE, "tolerance", "tolerance_bytes",
	      BYTES),
	COUNT(RECONCILE_METRIC_MOVED, "moved", "moved_bytes", BYTES),
	COUNT(RECONCILE_METRIC_SOCKETS_SEEN, "sockets_seen", "sockets_seen",
	      SOCKETS),
	COUNT(RECONCILE_METRIC_SOCKETS_DARK, "sockets_dark", "sockets_dark",
	      SOCKETS),
	COUNT(RECONCILE_METRIC_SOCKETS_KERNEL, "sockets_kernel",
	      "sockets_kernel", SOCKETS),
	COUNT(RECONCILE_METRIC_SOCKETS_UNSEEN, "sockets_unseen",
	      "sockets_unseen", SOCKETS),
};

static const struct tcpmem_term verdicts[] = {
	[TCPMEM_VERDICT_AGREES] = { .name = "agrees" },
	[TCPMEM_VERDICT_EXPLAINED] = { .name = "explained" },
	[TCPMEM_VERDICT_UNEXPLAINED] = { .name = "unexplained" },
	[TCPMEM_VERDICT_NARROWED] = { .name = "narrowed" },
	[TCPMEM_VERDICT_UNKNOWN] = { .name = "unknown" },
};

static const struct tcpmem_term causes[] = {
	[TCPMEM_CAUSE_NARROWED] = { .name = "narrowed" },
	[TCPMEM_CAUSE_ZEROCOPY] = { .name = "zerocopy" },
	[TCPMEM_CAUSE_NETNS_DENIED] = { .name = "netns-denied" },
	[TCPMEM_CAUSE_FDS_DENIED] = { .name = "fds-denied" },
	[TCPMEM_CAUSE_UNREACHABLE] = { .name = "unreachable" },
	[TCPMEM_CAUSE_KTLS] = { .name = "ktls" },
	[TCPMEM_CAUSE_BYPASS] = { .name = "bypass" },
	[TCPMEM_CAUSE_COUNTERS_MISSING] = { .name = "counters-missing" },
	[TCPMEM_CAUSE_RACE] = { .name = "race" },
	[TCPMEM_CAUSE_MPTCP_MISSING] = { .name = "mptcp-missing" },
	[TCPMEM_CAUSE_NOT_KNOWN] = { .name = "not-known" },
	[TCPMEM_CAUSE_PROC_HIDDEN] = { .name = "proc-hidden" },
	[TCPMEM_CAUSE_NOT_ASKED] = { .name = "not-asked" },
};

static const struct tcpmem_term holder_sources[] = {
	[TCPMEM_HOLDER_SOURCE_AUTO] = { .name = "auto" },
	[TCPMEM_HOLDER_SOURCE_PROC] = { .name = "proc" },
	[TCPMEM_HOLDER_SOURCE_BPF] = { .name = "bpf" },
};

static const struct tcpmem_term trend_classes[] = {
	[TCPMEM_TREND_CLASS_UNKNOWN] = { .name = "unknown" },
	[TCPMEM_TREND_CLASS_STEADY] = { .name = "steady" },
	[TCPMEM_TREND_CLASS_CHURN] = { .name = "churn" },
	[TCPMEM_TREND_CLASS_GROWTH] = { .name = "growth" },
	[TCPMEM_TREND_CLASS_LEAK] = { .name = "leak" },
};

static const struct tcpmem_term reasons[] = {
	[TCPMEM_REASON_NONE] = { .name = "none", .text = "nothing rises" },
	[TCPMEM_REASON_KEPT_OPEN] = { .name = "kept-open",
				      .text = "sockets are opened and not closed" },
	[TCPMEM_REASON_CLOSE_WAIT] = { .name = "close-wait",
				       .text = "the peer closed, the program does not" },
	[TCPMEM_REASON_UNREAD] = { .name = "unread",
				   .text = "the program does not read" },
	[TCPMEM_REASON_NOT_TAKEN] = { .name = "not-taken",
				      .text = "the peer does not read" },
	[TCPMEM_REASON_IN_USE] = { .name = "in-use",
				   .text = "more sockets are opened, and are in use" },
	[TCPMEM_REASON_RISES] = { .name = "rises",
				  .text = "it rises and does not fall back" },
	[TCPMEM_REASON_USE_UNKNOWN] = { .name = "use-unknown",
					.text = "more sockets are opened; whether they are used is not known" },
};

static const struct tcpmem_term levels[] = {
	[TCPMEM_LEVEL_OK] = { .name = "ok" },
	[TCPMEM_LEVEL_WARNING] = { .name = "warning" },
	[TCPMEM_LEVEL_CRITICAL] = { .name = "critical" },
	[TCPMEM_LEVEL_UNKNOWN] = { .name = "unknown" },
};

static const struct tcpmem_term limit_scopes[] = {
	[TCPMEM_LIMIT_SCOPE_HOST] = { .name = "host" },
	[TCPMEM_LIMIT_SCOPE_NETNS] = { .name = "netns" },
};

static const struct tcpmem_term units[] = {
	[TCPMEM_UNIT_NONE] = { .name = "none" },
	[TCPMEM_UNIT_BYTES] = { .name = "bytes" },
	[TCPMEM_UNIT_SOCKETS] = { .name = "sockets" },
	[TCPMEM_UNIT_PACKETS] = { .name = "packets" },
	[TCPMEM_UNIT_PERCENT] = { .name = "percent" },
	[TCPMEM_UNIT_BYTES_PER_MINUTE] = { .name = "bytes_per_minute" },
	[TCPMEM_UNIT_BYTES_PER_SECOND] = { .name = "bytes_per_second" },
	[TCPMEM_UNIT_MICROSECONDS] = { .name = "microseconds" },
	[TCPMEM_UNIT_MILLISECONDS] = { .name = "milliseconds" },
	[TCPMEM_UNIT_SECONDS] = { .name = "seconds" },
	[TCPMEM_UNIT_EVENTS] = { .name = "events" },
	[TCPMEM_UNIT_PORTS] = { .name = "ports" },
	[TCPMEM_UNIT_FILES] = { .name = "files" },
	[TCPMEM_UNIT_THREADS] = { .name = "threads" },
	[TCPMEM_UNIT_TIMER] = { .name = "timer" },
	[TCPMEM_UNIT_MODE] = { .name = "mode" },
	[TCPMEM_UNIT_EVENTS_PER_SECOND] = { .name = "events_per_second" },
};

/* The index is the kernel's number in idiag_timer. */
static const struct tcpmem_term timers[] = {
	[TCPMEM_TIMER_NONE] = { .name = "none" },
	[TCPMEM_TIMER_RETRANSMIT] = { .name = "retransmit" },
	[TCPMEM_TIMER_KEEPALIVE] = { .name = "keepalive" },
	[TCPMEM_TIMER_TIME_WAIT] = { .name = "time-wait" },
	[TCPMEM_TIMER_PROBE] = { .name = "probe" },
};

/* Of a value that is none, all texts are NULL. */
static const struct tcpmem_term none;

#define DESCRIBE(type, table)                                                 \
	const struct tcpmem_term *tcpmem_##type##_describe(                   \
		enum tcpmem_##type value)                                     \
	{                                                                     \
		return (size_t)value < TM_ARRAY_SIZE(table) ? &(table)[value] \
							    : &none;          \
	}

DESCRIBE(state, states)
DESCRIBE(family, families)
DESCRIBE(protocol, protocols)
DESCRIBE(kind, kinds)
DESCRIBE(metric, metrics)
DESCRIBE(unit, units)
DESCRIBE(timer, timers)
DESCRIBE(warning_code, warnings)
DESCRIBE(host_metric, host_metrics)
DESCRIBE(object, objects)
DESCRIBE(object_source, object_sources)
DESCRIBE(cgroup_metric, cgroup_metrics)
DESCRIBE(reconcile_metric, reconcile_metrics)
DESCRIBE(verdict, verdicts)
DESCRIBE(cause, causes)
DESCRIBE(holder_source, holder_sources)
DESCRIBE(limit_scope, limit_scopes)
DESCRIBE(event, events)
DESCRIBE(match, matches)
DESCRIBE(change_class, change_classes)
DESCRIBE(level, levels)
DESCRIBE(residue, residues)
DESCRIBE(trend_class, trend_classes)
DESCRIBE(reason, reasons)

void tcpmem_free(void *result)
{
	free(result);
}

#define BIT(state) (1u << TCPMEM_STATE_##state)

#define CONNECTED            \
	(TCPMEM_STATES_ALL & \
	 ~(BIT(CLOSED) | BIT(LISTENING) | BIT(BOUND_INACTIVE)))
#define BUCKET (BIT(SYN_RECV) | BIT(TIME_WAIT))

/* What ss takes beside the states' own names, and what it prints for them. */
static const struct {
	const char *name;
	uint32_t states;
} groups[] = {
	{ "all", TCPMEM_STATES_ALL },
	{ "connected", CONNECTED },
	{ "synchronized", CONNECTED & ~BIT(SYN_SENT) },
	{ "bucket", BUCKET },
	{ "big", TCPMEM_STATES_ALL & ~BUCKET },
	{ "close", BIT(CLOSED) },
	{ "unconnected", BIT(CLOSED) },
	{ "unconn", BIT(CLOSED) },
	{ "syn-rcv", BIT(SYN_RECV) },
	{ "estab", BIT(ESTABLISHED) },
	{ "listen", BIT(LISTENING) },
};

int tcpmem_states_from_name(const char *name, uint32_t *mask)
{
	for (size_t i = 0; i < TM_ARRAY_SIZE(groups); i++) {
		if (strcasecmp(groups[i].name, name) == 0) {
			*mask = groups[i].states;
			return 0;
		}
	}
	for (size_t i = 0; i < TM_ARRAY_SIZE(states); i++) {
		if (states[i].name && strcasecmp(states[i].name, name) == 0) {
			*mask = UINT32_C(1) << i;
			return 0;
		}
	}
	return -EINVAL;
}

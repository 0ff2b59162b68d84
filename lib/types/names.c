// SPDX-License-Identifier: LGPL-2.1-or-later
/* names.c - enum <-> text: one table for each enumeration */
#include "base/util.h"
#include "tcpmem/analysis.h"
#include "tcpmem/types.h"

#include <errno.h>
#include <string.h>

/* As ss writes them long; the index is the kernel's number. */
static const char *const states[] = {
	[TCPMEM_STATE_ESTABLISHED] = "established",
	[TCPMEM_STATE_SYN_SENT] = "syn-sent",
	[TCPMEM_STATE_SYN_RECV] = "syn-recv",
	[TCPMEM_STATE_FIN_WAIT_1] = "fin-wait-1",
	[TCPMEM_STATE_FIN_WAIT_2] = "fin-wait-2",
	[TCPMEM_STATE_TIME_WAIT] = "time-wait",
	[TCPMEM_STATE_CLOSED] = "closed",
	[TCPMEM_STATE_CLOSE_WAIT] = "close-wait",
	[TCPMEM_STATE_LAST_ACK] = "last-ack",
	[TCPMEM_STATE_LISTENING] = "listening",
	[TCPMEM_STATE_CLOSING] = "closing",
	[TCPMEM_STATE_BOUND_INACTIVE] = "bound-inactive",
};

static const char *const families[] = {
	[TCPMEM_FAMILY_IPV4] = "ipv4",
	[TCPMEM_FAMILY_IPV6] = "ipv6",
};

static const char *const protocols[] = {
	[TCPMEM_PROTOCOL_TCP] = "tcp",
	[TCPMEM_PROTOCOL_MPTCP] = "mptcp",
	[TCPMEM_PROTOCOL_SUBFLOW] = "subflow",
};

static const char *const kinds[] = {
	[TCPMEM_KIND_PROCESS] = "process",
	[TCPMEM_KIND_UNACCEPTED] = "unaccepted",
	[TCPMEM_KIND_ORPHAN] = "orphan",
	[TCPMEM_KIND_TIME_WAIT] = "time-wait",
	[TCPMEM_KIND_SYN_RECV] = "syn-recv",
	[TCPMEM_KIND_IN_FLIGHT] = "in-flight",
	[TCPMEM_KIND_DARK] = "dark",
	[TCPMEM_KIND_KERNEL] = "kernel",
	[TCPMEM_KIND_HIDDEN] = "hidden",
	[TCPMEM_KIND_UNKNOWN] = "unknown",
};

#define BYTES	TCPMEM_UNIT_BYTES
#define SOCKETS TCPMEM_UNIT_SOCKETS
#define PACKETS TCPMEM_UNIT_PACKETS

static const struct {
	const char *name;
	const char *json;
	enum tcpmem_unit unit;
	const char *text;
} numbers[] = {
	[TCPMEM_METRIC_RMEM] = { "rmem", "rmem_bytes", BYTES,
				 "receive and out-of-order queue" },
	[TCPMEM_METRIC_RCVBUF] = { "rcvbuf", "rcvbuf_bytes", BYTES,
				   "limit of the receive queue; not memory" },
	[TCPMEM_METRIC_WMEM_ALLOC] = { "wmem_alloc", "wmem_alloc_bytes", BYTES,
				       "sent data still below TCP" },
	[TCPMEM_METRIC_SNDBUF] = { "sndbuf", "sndbuf_bytes", BYTES,
				   "limit of the send queue; not memory" },
	[TCPMEM_METRIC_FWD_ALLOC] = { "fwd_alloc", "fwd_alloc_bytes", BYTES,
				      "quota reserved and not used; signed" },
	[TCPMEM_METRIC_WMEM_QUEUED] = { "wmem_queued", "wmem_queued_bytes",
					BYTES, "unsent and unacknowledged" },
	[TCPMEM_METRIC_OPTMEM] = { "optmem", "optmem_bytes", BYTES,
				   "filters, keys, zero-copy notices" },
	[TCPMEM_METRIC_BACKLOG] = { "backlog", "backlog_bytes", BYTES,
				    "packets waiting for the socket's lock" },
	[TCPMEM_METRIC_DROPS] = { "drops", "drops", PACKETS,
				  "packets dropped by the socket" },
	[TCPMEM_METRIC_SOCKETS] = { "sockets", "sockets", SOCKETS,
				    "sockets, shared ones counted by share" },
	[TCPMEM_METRIC_CHARGED] = { "charged", "charged_bytes", BYTES,
				    "what tcp_mem and cgroup sock count" },
	[TCPMEM_METRIC_BUFFER] = { "buffer", "buffer_bytes", BYTES,
				   "memory that holds data" },
	[TCPMEM_METRIC_OBJECT] = { "object", "object_bytes", BYTES,
				   "slab objects it pins; an estimate" },
	[TCPMEM_METRIC_HELD] = { "held", "held_bytes", BYTES,
				 "buffer + object: what it costs" },
	[TCPMEM_METRIC_REACH] = { "reach", "reach_bytes", BYTES,
				  "held, shared sockets counted in full" },
	[TCPMEM_METRIC_REACH_SOCKETS] = { "reach_sockets", "reach_sockets",
					  SOCKETS,
					  "sockets, shared ones in full" },
};

static const char *const warnings[] = {
	[TCPMEM_WARNING_NETNS_SCOPE] = "netns-scope",
	[TCPMEM_WARNING_DUMP_INTERRUPTED] = "dump-interrupted",
	[TCPMEM_WARNING_COUNTERS_MISSING] = "counters-missing",
	[TCPMEM_WARNING_MPTCP_MISSING] = "mptcp-missing",
	[TCPMEM_WARNING_FDS_UNREADABLE] = "fds-unreadable",
	[TCPMEM_WARNING_PROC_HIDDEN] = "proc-hidden",
	[TCPMEM_WARNING_MESSAGE_MALFORMED] = "message-malformed",
	[TCPMEM_WARNING_CAPTURE_SCOPE] = "capture-scope",
	[TCPMEM_WARNING_CAPTURE_DAMAGED] = "capture-damaged",
	[TCPMEM_WARNING_NETNS_DENIED] = "netns-denied",
	[TCPMEM_WARNING_FILTER_UNDECIDED] = "filter-undecided",
	[TCPMEM_WARNING_SOCKETS_UNSEEN] = "sockets-unseen",
};

static const char *const events[] = {
	[TCPMEM_EVENT_OPENED] = "opened",   [TCPMEM_EVENT_CLOSED] = "closed",
	[TCPMEM_EVENT_GROWN] = "grown",	    [TCPMEM_EVENT_SHRUNK] = "shrunk",
	[TCPMEM_EVENT_CHANGED] = "changed", [TCPMEM_EVENT_MOVED] = "moved",
};

static const char *const matches[] = {
	[TCPMEM_MATCH_COOKIE] = "cookie",
	[TCPMEM_MATCH_ADDRESS] = "address",
	[TCPMEM_MATCH_NOTHING] = "nothing",
};

static const char *const courses[] = {
	[TCPMEM_CHANGE_CLASS_STEADY] = "steady",
	[TCPMEM_CHANGE_CLASS_CHURN] = "churn",
	[TCPMEM_CHANGE_CLASS_GROWTH] = "growth",
	[TCPMEM_CHANGE_CLASS_DECLINE] = "decline",
};

static const char *const lefts[] = {
	[TCPMEM_RESIDUE_OPEN] = "open",
	[TCPMEM_RESIDUE_ORPHAN] = "orphan",
	[TCPMEM_RESIDUE_TIME_WAIT] = "time_wait",
	[TCPMEM_RESIDUE_UNCLAIMED] = "unclaimed",
};

static const char *const facts[] = {
	[TCPMEM_HOST_METRIC_TCP_MEM_LOW] = "tcp_mem_low",
	[TCPMEM_HOST_METRIC_TCP_MEM_PRESSURE] = "tcp_mem_pressure",
	[TCPMEM_HOST_METRIC_TCP_MEM_HIGH] = "tcp_mem_high",
	[TCPMEM_HOST_METRIC_TCP_MEM_USED] = "tcp_mem_used",
	[TCPMEM_HOST_METRIC_SOCKETS_ALLOC] = "sockets_alloc",
	[TCPMEM_HOST_METRIC_ORPHANS] = "orphans",
	[TCPMEM_HOST_METRIC_ORPHANS_MAX] = "orphans_max",
	[TCPMEM_HOST_METRIC_TIME_WAIT] = "time_wait",
	[TCPMEM_HOST_METRIC_TIME_WAIT_MAX] = "time_wait_max",
	[TCPMEM_HOST_METRIC_SOCKETS_INUSE] = "sockets_inuse",
	[TCPMEM_HOST_METRIC_PCPU_RESERVE] = "pcpu_reserve",
	[TCPMEM_HOST_METRIC_PAGE_SIZE] = "page_size",
	[TCPMEM_HOST_METRIC_CPUS] = "cpus",
	[TCPMEM_HOST_METRIC_PRESSURE] = "pressure",
};

/* As slabinfo calls them, or the kernel's struct where caches are merged. */
static const char *const objects[] = {
	[TCPMEM_OBJECT_TCP] = "TCP",
	[TCPMEM_OBJECT_TCPV6] = "TCPv6",
	[TCPMEM_OBJECT_MPTCP] = "MPTCP",
	[TCPMEM_OBJECT_MPTCPV6] = "MPTCPv6",
	[TCPMEM_OBJECT_SOCK_INODE] = "sock_inode_cache",
	[TCPMEM_OBJECT_FILE] = "filp",
	[TCPMEM_OBJECT_DENTRY] = "dentry",
	[TCPMEM_OBJECT_TIME_WAIT] = "tw_sock_TCP",
	[TCPMEM_OBJECT_REQUEST] = "request_sock_TCP",
	[TCPMEM_OBJECT_BIND_BUCKET] = "inet_bind_bucket",
	[TCPMEM_OBJECT_BIND2_BUCKET] = "inet_bind2_bucket",
	[TCPMEM_OBJECT_SUBFLOW] = "mptcp_subflow_context",
};

static const char *const object_sources[] = {
	[TCPMEM_OBJECT_SOURCE_DEFAULT] = "default",
	[TCPMEM_OBJECT_SOURCE_BTF] = "btf",
	[TCPMEM_OBJECT_SOURCE_SLABINFO] = "slabinfo",
	[TCPMEM_OBJECT_SOURCE_SYSFS] = "sysfs",
};

static const char *const cgroup_numbers[] = {
	[TCPMEM_CGROUP_METRIC_CHARGED] = "charged_bytes",
	[TCPMEM_CGROUP_METRIC_KERNEL] = "kernel_bytes",
	[TCPMEM_CGROUP_METRIC_RESIDUAL] = "residual_bytes",
	[TCPMEM_CGROUP_METRIC_TOLERANCE] = "tolerance_bytes",
	[TCPMEM_CGROUP_METRIC_WAITING] = "waiting_bytes",
	[TCPMEM_CGROUP_METRIC_LEFT] = "left_bytes",
	[TCPMEM_CGROUP_METRIC_ARRIVED] = "arrived_bytes",
};

static const char *const balances[] = {
	[TCPMEM_RECONCILE_METRIC_CHARGED] = "charged_bytes",
	[TCPMEM_RECONCILE_METRIC_KERNEL] = "kernel_bytes",
	[TCPMEM_RECONCILE_METRIC_RESIDUAL] = "residual_bytes",
	[TCPMEM_RECONCILE_METRIC_TOLERANCE] = "tolerance_bytes",
	[TCPMEM_RECONCILE_METRIC_MOVED] = "moved_bytes",
	[TCPMEM_RECONCILE_METRIC_SOCKETS_SEEN] = "sockets_seen",
	[TCPMEM_RECONCILE_METRIC_SOCKETS_DARK] = "sockets_dark",
	[TCPMEM_RECONCILE_METRIC_SOCKETS_KERNEL] = "sockets_kernel",
	[TCPMEM_RECONCILE_METRIC_SOCKETS_UNSEEN] = "sockets_unseen",
};

static const char *const verdicts[] = {
	[TCPMEM_VERDICT_AGREES] = "agrees",
	[TCPMEM_VERDICT_EXPLAINED] = "explained",
	[TCPMEM_VERDICT_UNEXPLAINED] = "unexplained",
	[TCPMEM_VERDICT_NARROWED] = "narrowed",
	[TCPMEM_VERDICT_UNKNOWN] = "unknown",
};

static const char *const causes[] = {
	[TCPMEM_CAUSE_NARROWED] = "narrowed",
	[TCPMEM_CAUSE_ZEROCOPY] = "zerocopy",
	[TCPMEM_CAUSE_NETNS_DENIED] = "netns-denied",
	[TCPMEM_CAUSE_FDS_DENIED] = "fds-denied",
	[TCPMEM_CAUSE_UNREACHABLE] = "unreachable",
	[TCPMEM_CAUSE_KTLS] = "ktls",
	[TCPMEM_CAUSE_BYPASS] = "bypass",
	[TCPMEM_CAUSE_COUNTERS_MISSING] = "counters-missing",
	[TCPMEM_CAUSE_RACE] = "race",
	[TCPMEM_CAUSE_MPTCP_MISSING] = "mptcp-missing",
	[TCPMEM_CAUSE_NOT_KNOWN] = "not-known",
};

static const char *const holder_sources[] = {
	[TCPMEM_HOLDER_SOURCE_AUTO] = "auto",
	[TCPMEM_HOLDER_SOURCE_PROC] = "proc",
	[TCPMEM_HOLDER_SOURCE_BPF] = "bpf",
};

static const char *const tendencies[] = {
	[TCPMEM_TREND_CLASS_STEADY] = "steady",
	[TCPMEM_TREND_CLASS_CHURN] = "churn",
	[TCPMEM_TREND_CLASS_GROWTH] = "growth",
	[TCPMEM_TREND_CLASS_LEAK] = "leak",
};

static const char *const reasons[] = {
	[TCPMEM_REASON_NONE] = "none",
	[TCPMEM_REASON_KEPT_OPEN] = "kept-open",
	[TCPMEM_REASON_CLOSE_WAIT] = "close-wait",
	[TCPMEM_REASON_UNREAD] = "unread",
	[TCPMEM_REASON_NOT_TAKEN] = "not-taken",
};

static const char *const reason_texts[] = {
	[TCPMEM_REASON_NONE] = "nothing rises",
	[TCPMEM_REASON_KEPT_OPEN] = "sockets are opened and not closed",
	[TCPMEM_REASON_CLOSE_WAIT] = "the peer closed, the program does not",
	[TCPMEM_REASON_UNREAD] = "the program does not read",
	[TCPMEM_REASON_NOT_TAKEN] = "the peer does not read",
};

static const char *const levels[] = {
	[TCPMEM_LEVEL_OK] = "ok",
	[TCPMEM_LEVEL_WARNING] = "warning",
	[TCPMEM_LEVEL_CRITICAL] = "critical",
	[TCPMEM_LEVEL_UNKNOWN] = "unknown",
};

static const char *const limit_units[] = {
	[TCPMEM_LIMIT_UNIT_BYTES] = "bytes",
	[TCPMEM_LIMIT_UNIT_SECONDS] = "seconds",
	[TCPMEM_LIMIT_UNIT_SOCKETS] = "sockets",
	[TCPMEM_LIMIT_UNIT_PORTS] = "ports",
	[TCPMEM_LIMIT_UNIT_FILES] = "files",
	[TCPMEM_LIMIT_UNIT_PACKETS] = "packets",
	[TCPMEM_LIMIT_UNIT_MODE] = "mode",
};

static const char *const limit_scopes[] = {
	[TCPMEM_LIMIT_SCOPE_HOST] = "host",
	[TCPMEM_LIMIT_SCOPE_NETNS] = "netns",
};

#define NAME(table, value) \
	((size_t)(value) < TM_ARRAY_SIZE(table) ? (table)[value] : NULL)

const char *tcpmem_state_name(enum tcpmem_state state)
{
	return NAME(states, state);
}

int tcpmem_state_from_name(const char *name, enum tcpmem_state *state)
{
	for (size_t i = 0; i < TM_ARRAY_SIZE(states); i++) {
		if (states[i] && strcmp(states[i], name) == 0) {
			*state = (enum tcpmem_state)i;
			return 0;
		}
	}
	return -EINVAL;
}

const char *tcpmem_family_name(enum tcpmem_family family)
{
	return NAME(families, family);
}

const char *tcpmem_protocol_name(enum tcpmem_protocol protocol)
{
	return NAME(protocols, protocol);
}

const char *tcpmem_kind_name(enum tcpmem_kind kind)
{
	return NAME(kinds, kind);
}

static bool is_number(enum tcpmem_metric number)
{
	return (size_t)number < TM_ARRAY_SIZE(numbers);
}

const char *tcpmem_metric_name(enum tcpmem_metric number)
{
	return is_number(number) ? numbers[number].name : NULL;
}

const char *tcpmem_metric_json(enum tcpmem_metric number)
{
	return is_number(number) ? numbers[number].json : NULL;
}

const char *tcpmem_metric_text(enum tcpmem_metric number)
{
	return is_number(number) ? numbers[number].text : NULL;
}

enum tcpmem_unit tcpmem_metric_unit(enum tcpmem_metric number)
{
	return is_number(number) ? numbers[number].unit : BYTES;
}

int tcpmem_metric_from_name(const char *name, enum tcpmem_metric *number)
{
	for (size_t i = 0; i < TM_ARRAY_SIZE(numbers); i++) {
		if (strcmp(numbers[i].name, name) == 0) {
			*number = (enum tcpmem_metric)i;
			return 0;
		}
	}
	return -EINVAL;
}

const char *tcpmem_warning_name(enum tcpmem_warning_code code)
{
	return NAME(warnings, code);
}

const char *tcpmem_event_name(enum tcpmem_event event)
{
	return NAME(events, event);
}

const char *tcpmem_match_name(enum tcpmem_match match)
{
	return NAME(matches, match);
}

const char *tcpmem_change_class_name(enum tcpmem_change_class change_class)
{
	return NAME(courses, change_class);
}

const char *tcpmem_residue_name(enum tcpmem_residue left)
{
	return NAME(lefts, left);
}

const char *tcpmem_host_metric_name(enum tcpmem_host_metric fact)
{
	return NAME(facts, fact);
}

const char *tcpmem_object_name(enum tcpmem_object object)
{
	return NAME(objects, object);
}

const char *tcpmem_object_source_name(enum tcpmem_object_source source)
{
	return NAME(object_sources, source);
}

const char *tcpmem_cgroup_metric_json(enum tcpmem_cgroup_metric which)
{
	return NAME(cgroup_numbers, which);
}

const char *tcpmem_reconcile_metric_json(enum tcpmem_reconcile_metric which)
{
	return NAME(balances, which);
}

const char *tcpmem_verdict_name(enum tcpmem_verdict verdict)
{
	return NAME(verdicts, verdict);
}

const char *tcpmem_cause_name(enum tcpmem_cause cause)
{
	return NAME(causes, cause);
}

const char *tcpmem_holder_source_name(enum tcpmem_holder_source source)
{
	return NAME(holder_sources, source);
}

const char *tcpmem_limit_unit_name(enum tcpmem_limit_unit unit)
{
	return NAME(limit_units, unit);
}

const char *tcpmem_limit_scope_name(enum tcpmem_limit_scope scope)
{
	return NAME(limit_scopes, scope);
}

const char *tcpmem_level_name(enum tcpmem_level level)
{
	return NAME(levels, level);
}

const char *tcpmem_trend_class_name(enum tcpmem_trend_class trend_class)
{
	return NAME(tendencies, trend_class);
}

const char *tcpmem_reason_name(enum tcpmem_reason reason)
{
	return NAME(reasons, reason);
}

const char *tcpmem_reason_text(enum tcpmem_reason reason)
{
	return NAME(reason_texts, reason);
}

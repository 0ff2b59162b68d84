/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* types.h - enumerations, their texts, and what headers share */
#ifndef TCPMEM_TYPES_H
#define TCPMEM_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define TCPMEM_API __attribute__((visibility("default")))
#else
#define TCPMEM_API
#endif

struct tcpmem_snapshot;
struct tcpmem_socket;
struct tcpmem_process;

/*
 * ---- library ----
 */

/**
 * tcpmem_version() - the library's version, as "1.2.3"; static storage
 */
TCPMEM_API const char *tcpmem_version(void);

/*
 * ---- names: one table for each enumeration ----
 */

/**
 * enum tcpmem_state - the 12 states, with the kernel's numbers
 *
 * Request sockets (the kernel's NEW_SYN_RECV) are reported as
 * %TCPMEM_STATE_SYN_RECV; a bound socket that neither listens nor connects as
 * %TCPMEM_STATE_BOUND_INACTIVE (Linux 6.8).
 */
enum tcpmem_state {
	TCPMEM_STATE_ESTABLISHED = 1,
	TCPMEM_STATE_SYN_SENT = 2,
	TCPMEM_STATE_SYN_RECV = 3,
	TCPMEM_STATE_FIN_WAIT_1 = 4,
	TCPMEM_STATE_FIN_WAIT_2 = 5,
	TCPMEM_STATE_TIME_WAIT = 6,
	TCPMEM_STATE_CLOSED = 7,
	TCPMEM_STATE_CLOSE_WAIT = 8,
	TCPMEM_STATE_LAST_ACK = 9,
	TCPMEM_STATE_LISTENING = 10,
	TCPMEM_STATE_CLOSING = 11,
	TCPMEM_STATE_BOUND_INACTIVE = 13,
};

/** TCPMEM_STATE_MAX - the largest state number; mask bit = 1 << state */
#define TCPMEM_STATE_MAX 13

/** TCPMEM_STATES_ALL - the mask of all 12 states */
#define TCPMEM_STATES_ALL UINT32_C(0x2ffe)

/**
 * enum tcpmem_family - the address family of a socket
 *
 * A v4-mapped connection (::ffff:a.b.c.d) belongs to an IPv6 socket.
 */
enum tcpmem_family {
	TCPMEM_FAMILY_IPV4,
	TCPMEM_FAMILY_IPV6,
};

/**
 * enum tcpmem_protocol - what the record is
 *
 * An MPTCP connection has one %TCPMEM_PROTOCOL_MPTCP record, with the data,
 * and one %TCPMEM_PROTOCOL_SUBFLOW record for each TCP subflow seen under it.
 * The subflows' bytes count; as sockets they do not.
 */
enum tcpmem_protocol {
	TCPMEM_PROTOCOL_TCP,
	TCPMEM_PROTOCOL_MPTCP,
	TCPMEM_PROTOCOL_SUBFLOW,
};

/**
 * enum tcpmem_kind - why a socket has the holder it has, or none
 * @TCPMEM_KIND_PROCESS: file descriptors of one or more processes hold it
 * @TCPMEM_KIND_UNACCEPTED: in the accept queue; belongs to its listener's
 *	processes
 * @TCPMEM_KIND_ORPHAN: closed by its process, still kept by the kernel
 * @TCPMEM_KIND_TIME_WAIT: a mini-socket without buffers or owner
 * @TCPMEM_KIND_SYN_RECV: a request that has not completed its handshake
 * @TCPMEM_KIND_IN_FLIGHT: has an inode, and no process that could be read
 *	holds it, although all could be read: passed over a UNIX socket and not
 *	received yet, or registered with io_uring only
 * @TCPMEM_KIND_DARK: in no dump, found by its file descriptor
 * @TCPMEM_KIND_KERNEL: opened by the kernel itself
 * @TCPMEM_KIND_HIDDEN: has an inode, and its holder may be one of the
 *	processes that could not be read
 * @TCPMEM_KIND_UNKNOWN: holders were not asked for
 */
enum tcpmem_kind {
	TCPMEM_KIND_PROCESS,
	TCPMEM_KIND_UNACCEPTED,
	TCPMEM_KIND_ORPHAN,
	TCPMEM_KIND_TIME_WAIT,
	TCPMEM_KIND_SYN_RECV,
	TCPMEM_KIND_IN_FLIGHT,
	TCPMEM_KIND_DARK,
	TCPMEM_KIND_KERNEL,
	TCPMEM_KIND_HIDDEN,
	TCPMEM_KIND_UNKNOWN,
};
#define TCPMEM_KIND_COUNT (TCPMEM_KIND_UNKNOWN + 1)

/**
 * enum tcpmem_metric - every figure that a socket or a row can have
 *
 * %TCPMEM_METRIC_RMEM to %TCPMEM_METRIC_DROPS are the kernel's skmem counters
 * in the order of SK_MEMINFO_* (linux/sock_diag.h). RCVBUF and SNDBUF are
 * limits, not memory. FWD_ALLOC is signed.
 *
 * charged = rmem + wmem_queued + fwd_alloc: what tcp_mem counts;
 * buffer = rmem + max(wmem_queued, wmem_alloc) + optmem + backlog;
 * object = the slab objects it pins, an estimate; held = buffer + object.
 *
 * In a row of a table a socket held by k processes counts 1/k in each; REACH
 * and REACH_SOCKETS count it in full in each: held bytes and sockets that the
 * row's owner can reach, not to be added up over rows.
 */
enum tcpmem_metric {
	TCPMEM_METRIC_RMEM,
	TCPMEM_METRIC_RCVBUF,
	TCPMEM_METRIC_WMEM_ALLOC,
	TCPMEM_METRIC_SNDBUF,
	TCPMEM_METRIC_FWD_ALLOC,
	TCPMEM_METRIC_WMEM_QUEUED,
	TCPMEM_METRIC_OPTMEM,
	TCPMEM_METRIC_BACKLOG,
	TCPMEM_METRIC_DROPS,
	TCPMEM_METRIC_SOCKETS,
	TCPMEM_METRIC_CHARGED,
	TCPMEM_METRIC_BUFFER,
	TCPMEM_METRIC_OBJECT,
	TCPMEM_METRIC_HELD,
	TCPMEM_METRIC_REACH,
	TCPMEM_METRIC_REACH_SOCKETS,
};
#define TCPMEM_METRIC_COUNT (TCPMEM_METRIC_REACH_SOCKETS + 1)

/** enum tcpmem_unit - what a number counts; the last two, thresholds only */
enum tcpmem_unit {
	TCPMEM_UNIT_BYTES,
	TCPMEM_UNIT_SOCKETS,
	TCPMEM_UNIT_PACKETS,
	TCPMEM_UNIT_PERCENT,
	TCPMEM_UNIT_BYTES_PER_MINUTE,
};

/**
 * enum tcpmem_warning_code - why an answer is not the whole truth
 * @TCPMEM_WARNING_NETNS_SCOPE: only some network namespaces were asked for
 * @TCPMEM_WARNING_DUMP_INTERRUPTED: a dump failed after all retries; what had
 *	arrived is counted
 * @TCPMEM_WARNING_COUNTERS_MISSING: full sockets came without skmem counters
 * @TCPMEM_WARNING_MPTCP_MISSING: MPTCP sockets exist and cannot be dumped
 * @TCPMEM_WARNING_FDS_UNREADABLE: processes whose fds may not be read
 * @TCPMEM_WARNING_PROC_HIDDEN: /proc hides other users' processes
 * @TCPMEM_WARNING_MESSAGE_MALFORMED: the kernel sent a record that makes no
 *	sense
 * @TCPMEM_WARNING_CAPTURE_SCOPE: the capture does not hold what was asked for
 * @TCPMEM_WARNING_CAPTURE_DAMAGED: a part of the capture could not be read
 * @TCPMEM_WARNING_NETNS_DENIED: network namespaces that may not be entered
 * @TCPMEM_WARNING_SOCKETS_UNSEEN: the kernel has sockets that nothing led to
 * @TCPMEM_WARNING_FILTER_UNDECIDED: sockets that may match the filter: what it
 *	asks
 *	for is not known of them
 */
enum tcpmem_warning_code {
	TCPMEM_WARNING_NETNS_SCOPE,
	TCPMEM_WARNING_DUMP_INTERRUPTED,
	TCPMEM_WARNING_COUNTERS_MISSING,
	TCPMEM_WARNING_MPTCP_MISSING,
	TCPMEM_WARNING_FDS_UNREADABLE,
	TCPMEM_WARNING_PROC_HIDDEN,
	TCPMEM_WARNING_MESSAGE_MALFORMED,
	TCPMEM_WARNING_CAPTURE_SCOPE,
	TCPMEM_WARNING_CAPTURE_DAMAGED,
	TCPMEM_WARNING_NETNS_DENIED,
	TCPMEM_WARNING_SOCKETS_UNSEEN,
	TCPMEM_WARNING_FILTER_UNDECIDED,
};
#define TCPMEM_WARNING_COUNT (TCPMEM_WARNING_FILTER_UNDECIDED + 1)

/**
 * enum tcpmem_object - the slab objects that sockets pin
 *
 * Sizes are bytes of slab per object, what rounding and whole slabs waste
 * included.
 */
enum tcpmem_object {
	TCPMEM_OBJECT_TCP,
	TCPMEM_OBJECT_TCPV6,
	TCPMEM_OBJECT_MPTCP,
	TCPMEM_OBJECT_MPTCPV6,
	TCPMEM_OBJECT_SOCK_INODE,
	TCPMEM_OBJECT_FILE,
	TCPMEM_OBJECT_DENTRY,
	TCPMEM_OBJECT_TIME_WAIT,
	TCPMEM_OBJECT_REQUEST,
	TCPMEM_OBJECT_BIND_BUCKET,
	TCPMEM_OBJECT_BIND2_BUCKET,
	TCPMEM_OBJECT_SUBFLOW,
};
#define TCPMEM_OBJECT_COUNT (TCPMEM_OBJECT_SUBFLOW + 1)

/**
 * enum tcpmem_object_source - where an object's size was read
 * @TCPMEM_OBJECT_SOURCE_DEFAULT: compiled in (Linux 6.18, x86-64)
 * @TCPMEM_OBJECT_SOURCE_BTF: /proc/net/protocols and /sys/kernel/btf/vmlinux
 * @TCPMEM_OBJECT_SOURCE_SLABINFO: /proc/slabinfo
 * @TCPMEM_OBJECT_SOURCE_SYSFS: the link in /sys/kernel/slab of a cache that was
 *	merged with others and so is not in slabinfo
 */
enum tcpmem_object_source {
	TCPMEM_OBJECT_SOURCE_DEFAULT,
	TCPMEM_OBJECT_SOURCE_BTF,
	TCPMEM_OBJECT_SOURCE_SLABINFO,
	TCPMEM_OBJECT_SOURCE_SYSFS,
};
#define TCPMEM_OBJECT_SOURCE_COUNT (TCPMEM_OBJECT_SOURCE_SYSFS + 1)

/**
 * enum tcpmem_host_metric - what the host says about itself
 *
 * The scope of each is in its name's comment: "host" counts all network
 * namespaces, "netns" the caller's.
 */
enum tcpmem_host_metric {
	TCPMEM_HOST_METRIC_TCP_MEM_LOW, /* host, bytes: net.ipv4.tcp_mem[0] */
	TCPMEM_HOST_METRIC_TCP_MEM_PRESSURE, /* host, bytes: net.ipv4.tcp_mem[1]
					      */
	TCPMEM_HOST_METRIC_TCP_MEM_HIGH,  /* host, bytes: net.ipv4.tcp_mem[2] */
	TCPMEM_HOST_METRIC_TCP_MEM_USED,  /* host, bytes: sockstat TCP mem */
	TCPMEM_HOST_METRIC_SOCKETS_ALLOC, /* host, sockets: sockstat TCP alloc
					   */
	TCPMEM_HOST_METRIC_ORPHANS,	/* host, sockets: sockstat TCP orphan */
	TCPMEM_HOST_METRIC_ORPHANS_MAX, /* host, sockets: tcp_max_orphans */
	TCPMEM_HOST_METRIC_TIME_WAIT,	/* netns, sockets: sockstat TCP tw */
	TCPMEM_HOST_METRIC_TIME_WAIT_MAX, /* netns, sockets: tcp_max_tw_buckets
					   */
	TCPMEM_HOST_METRIC_SOCKETS_INUSE, /* netns, sockets: TCP + TCP6 inuse */
	TCPMEM_HOST_METRIC_PCPU_RESERVE,  /* host, bytes: net.core.mem_pcpu_rsv
					   */
	TCPMEM_HOST_METRIC_PAGE_SIZE,	  /* host, bytes */
	TCPMEM_HOST_METRIC_CPUS,	  /* host: CPUs that exist */
	TCPMEM_HOST_METRIC_PRESSURE,	  /* host: 1 while TCP is under memory
					     pressure */
};
#define TCPMEM_HOST_METRIC_COUNT (TCPMEM_HOST_METRIC_PRESSURE + 1)

/** enum tcpmem_cgroup_metric - the figures of a cgroup's books, bytes */
enum tcpmem_cgroup_metric {
	TCPMEM_CGROUP_METRIC_CHARGED,  /* its sockets' charged, summed */
	TCPMEM_CGROUP_METRIC_KERNEL,   /* what the kernel says it charged */
	TCPMEM_CGROUP_METRIC_RESIDUAL, /* kernel - charged */
	/* the kernel counts with a delay, and memory moved meanwhile */
	TCPMEM_CGROUP_METRIC_TOLERANCE,
	TCPMEM_CGROUP_METRIC_WAITING, /* of charged: not accepted, so nobody's
					 yet */
	TCPMEM_CGROUP_METRIC_LEFT, /* of charged: held by processes elsewhere */
	TCPMEM_CGROUP_METRIC_ARRIVED, /* not in charged: held by processes in
					 here */
};
#define TCPMEM_CGROUP_METRIC_COUNT (TCPMEM_CGROUP_METRIC_ARRIVED + 1)

/**
 * enum tcpmem_reconcile_metric - the figures of a reconciliation
 */
enum tcpmem_reconcile_metric {
	TCPMEM_RECONCILE_METRIC_CHARGED,  /* bytes: the sockets' charged, summed
					   */
	TCPMEM_RECONCILE_METRIC_KERNEL,	  /* bytes: what the kernel says it
					     charged */
	TCPMEM_RECONCILE_METRIC_RESIDUAL, /* bytes: kernel - charged */
	TCPMEM_RECONCILE_METRIC_TOLERANCE, /* bytes: what CPUs keep back */
	TCPMEM_RECONCILE_METRIC_MOVED, /* bytes: the kernel's change meanwhile
					*/
	TCPMEM_RECONCILE_METRIC_SOCKETS_SEEN, /* with TCP's full record */
	TCPMEM_RECONCILE_METRIC_SOCKETS_DARK, /* of them found by fd alone */
	TCPMEM_RECONCILE_METRIC_SOCKETS_KERNEL,
	TCPMEM_RECONCILE_METRIC_SOCKETS_UNSEEN, /* the kernel has them, nothing
					  shows them */
};
#define TCPMEM_RECONCILE_METRIC_COUNT \
	(TCPMEM_RECONCILE_METRIC_SOCKETS_UNSEEN + 1)

/**
 * enum tcpmem_verdict - what comparing with the kernel came to
 * @TCPMEM_VERDICT_AGREES: bytes within the tolerance, no socket unseen
 * @TCPMEM_VERDICT_EXPLAINED: the difference has a known cause that covers it
 * @TCPMEM_VERDICT_UNEXPLAINED: bytes or sockets are missing
 * @TCPMEM_VERDICT_NARROWED: only a part was asked for
 * @TCPMEM_VERDICT_UNKNOWN: the kernel's own counts could not be read
 */
enum tcpmem_verdict {
	TCPMEM_VERDICT_AGREES,
	TCPMEM_VERDICT_EXPLAINED,
	TCPMEM_VERDICT_UNEXPLAINED,
	TCPMEM_VERDICT_NARROWED,
	TCPMEM_VERDICT_UNKNOWN,
};
#define TCPMEM_VERDICT_COUNT (TCPMEM_VERDICT_UNKNOWN + 1)

/**
 * enum tcpmem_cause - why the sums may differ from the kernel's
 * @TCPMEM_CAUSE_NARROWED: only a part was asked for
 * @TCPMEM_CAUSE_ZEROCOPY: MSG_ZEROCOPY payload is queued and not charged
 * @TCPMEM_CAUSE_NETNS_DENIED: namespaces could not be entered
 * @TCPMEM_CAUSE_FDS_DENIED: dark sockets could not be looked for
 * @TCPMEM_CAUSE_UNREACHABLE: nothing that could be read leads to the sockets
 * @TCPMEM_CAUSE_KTLS: kernel TLS charges what no counter shows
 * @TCPMEM_CAUSE_BYPASS: sockets bypass the kernel's counter
 * @TCPMEM_CAUSE_COUNTERS_MISSING: sockets came without counters
 * @TCPMEM_CAUSE_RACE: the kernel's count moved by as much while sockets were
 *	read
 * @TCPMEM_CAUSE_MPTCP_MISSING: the kernel does not show its MPTCP sockets
 * @TCPMEM_CAUSE_NOT_KNOWN: none of these accounts for it
 */
enum tcpmem_cause {
	TCPMEM_CAUSE_NARROWED,
	TCPMEM_CAUSE_ZEROCOPY,
	TCPMEM_CAUSE_NETNS_DENIED,
	TCPMEM_CAUSE_FDS_DENIED,
	TCPMEM_CAUSE_UNREACHABLE,
	TCPMEM_CAUSE_KTLS,
	TCPMEM_CAUSE_BYPASS,
	TCPMEM_CAUSE_COUNTERS_MISSING,
	TCPMEM_CAUSE_RACE,
	TCPMEM_CAUSE_MPTCP_MISSING,
	TCPMEM_CAUSE_NOT_KNOWN,
};
#define TCPMEM_CAUSE_COUNT (TCPMEM_CAUSE_NOT_KNOWN + 1)

/**
 * enum tcpmem_info - what the kernel tells of a connection beside its memory
 *
 * %TCPMEM_INFO_RTT to %TCPMEM_INFO_TOTAL_RTO_TIME are fields of struct tcp_info
 * (linux/tcp.h), and need %TCPMEM_NEED_INFO. TIMER (an enum tcpmem_timer) and
 * TIMER_RETRANS are known without it.
 */
enum tcpmem_info {
	TCPMEM_INFO_RTT,
	TCPMEM_INFO_RTTVAR,
	TCPMEM_INFO_MIN_RTT,
	TCPMEM_INFO_RCV_RTT,
	TCPMEM_INFO_RTO,
	TCPMEM_INFO_ATO,
	TCPMEM_INFO_CWND,
	TCPMEM_INFO_SSTHRESH,
	TCPMEM_INFO_RCV_SSTHRESH,
	TCPMEM_INFO_MSS,
	TCPMEM_INFO_RCV_MSS,
	TCPMEM_INFO_ADVMSS,
	TCPMEM_INFO_PMTU,
	TCPMEM_INFO_UNACKED,
	TCPMEM_INFO_SACKED,
	TCPMEM_INFO_LOST,
	TCPMEM_INFO_RETRANS,
	TCPMEM_INFO_TOTAL_RETRANS,
	TCPMEM_INFO_RETRANSMITS,
	TCPMEM_INFO_PROBES,
	TCPMEM_INFO_BACKOFF,
	TCPMEM_INFO_REORDERING,
	TCPMEM_INFO_LAST_SND,
	TCPMEM_INFO_LAST_RCV,
	TCPMEM_INFO_LAST_ACK_RECV,
	TCPMEM_INFO_RCV_SPACE,
	TCPMEM_INFO_SND_WND,
	TCPMEM_INFO_RCV_WND,
	TCPMEM_INFO_NOTSENT,
	TCPMEM_INFO_BYTES_SENT,
	TCPMEM_INFO_BYTES_ACKED,
	TCPMEM_INFO_BYTES_RETRANS,
	TCPMEM_INFO_BYTES_RECEIVED,
	TCPMEM_INFO_SEGS_OUT,
	TCPMEM_INFO_SEGS_IN,
	TCPMEM_INFO_DATA_SEGS_OUT,
	TCPMEM_INFO_DATA_SEGS_IN,
	TCPMEM_INFO_DELIVERED,
	TCPMEM_INFO_DELIVERED_CE,
	TCPMEM_INFO_DSACK_DUPS,
	TCPMEM_INFO_REORD_SEEN,
	TCPMEM_INFO_RCV_OOOPACK,
	TCPMEM_INFO_PACING_RATE,
	TCPMEM_INFO_MAX_PACING_RATE,
	TCPMEM_INFO_DELIVERY_RATE,
	TCPMEM_INFO_BUSY_TIME,
	TCPMEM_INFO_RWND_LIMITED,
	TCPMEM_INFO_SNDBUF_LIMITED,
	TCPMEM_INFO_REHASH,
	TCPMEM_INFO_TOTAL_RTO,
	TCPMEM_INFO_TOTAL_RTO_RECOVERIES,
	TCPMEM_INFO_TOTAL_RTO_TIME,
	TCPMEM_INFO_TIMER,
	TCPMEM_INFO_TIMER_RETRANS,
	TCPMEM_INFO_TIMER_EXPIRES,
};
#define TCPMEM_INFO_COUNT (TCPMEM_INFO_TIMER_EXPIRES + 1)

/** enum tcpmem_info_unit - what a figure of enum tcpmem_info counts */
enum tcpmem_info_unit {
	TCPMEM_INFO_UNIT_BYTES,
	TCPMEM_INFO_UNIT_PACKETS,
	TCPMEM_INFO_UNIT_MICROSECONDS,
	TCPMEM_INFO_UNIT_MILLISECONDS,
	TCPMEM_INFO_UNIT_BYTES_PER_SECOND,
	TCPMEM_INFO_UNIT_COUNT, /* events, as its text says */
	TCPMEM_INFO_UNIT_TIMER, /* an enum tcpmem_timer */
};

/**
 * enum tcpmem_timer - what a socket waits for, with the kernel's numbers
 * @TCPMEM_TIMER_RETRANSMIT: an acknowledgement; else it sends again
 * @TCPMEM_TIMER_PROBE: the peer's window is closed; it will ask whether it is
 *	still
 */
enum tcpmem_timer {
	TCPMEM_TIMER_NONE = 0,
	TCPMEM_TIMER_RETRANSMIT = 1,
	TCPMEM_TIMER_KEEPALIVE = 2,
	TCPMEM_TIMER_TIME_WAIT = 3,
	TCPMEM_TIMER_PROBE = 4,
};

/**
 * tcpmem_state_name() - a state as ss writes it long, "time-wait"
 *
 * Return: static text; NULL if @state is none of enum tcpmem_state.
 */
TCPMEM_API const char *tcpmem_state_name(enum tcpmem_state state);

/**
 * tcpmem_state_from_name() - the state that @name names
 *
 * Return: 0, or -EINVAL if no state has that name.
 */
TCPMEM_API int tcpmem_state_from_name(const char *name,
				      enum tcpmem_state *state);

/** tcpmem_family_name() - "ipv4" or "ipv6"; NULL if it is neither */
TCPMEM_API const char *tcpmem_family_name(enum tcpmem_family family);

/** tcpmem_protocol_name() - "tcp", "mptcp" or "subflow"; else NULL */
TCPMEM_API const char *tcpmem_protocol_name(enum tcpmem_protocol protocol);

/** tcpmem_kind_name() - "process", "orphan" ...; NULL if it is no kind */
TCPMEM_API const char *tcpmem_kind_name(enum tcpmem_kind kind);

/** tcpmem_metric_name() - "rmem", "held" ...; NULL if it is no number */
TCPMEM_API const char *tcpmem_metric_name(enum tcpmem_metric number);

/** tcpmem_metric_json() - its JSON key, "rmem_bytes"; NULL if no number */
TCPMEM_API const char *tcpmem_metric_json(enum tcpmem_metric number);

/** tcpmem_metric_text() - its meaning in a line; NULL if it is no number */
TCPMEM_API const char *tcpmem_metric_text(enum tcpmem_metric number);

/** tcpmem_metric_unit() - what it counts; bytes if it is no number */
TCPMEM_API enum tcpmem_unit tcpmem_metric_unit(enum tcpmem_metric number);

/**
 * tcpmem_metric_from_name() - the number that @name names
 *
 * Return: 0, or -EINVAL if no number has that name.
 */
TCPMEM_API int tcpmem_metric_from_name(const char *name,
				       enum tcpmem_metric *number);

/** tcpmem_info_name() - "rtt", "cwnd" ...; NULL if it is none */
TCPMEM_API const char *tcpmem_info_name(enum tcpmem_info info);

/** tcpmem_info_json() - its JSON key, "rtt_us"; NULL if it is none */
TCPMEM_API const char *tcpmem_info_json(enum tcpmem_info info);

/** tcpmem_info_text() - its meaning in a line; NULL if it is none */
TCPMEM_API const char *tcpmem_info_text(enum tcpmem_info info);

/** tcpmem_info_unit() - what it counts; %TCPMEM_INFO_UNIT_COUNT if none */
TCPMEM_API enum tcpmem_info_unit tcpmem_info_unit(enum tcpmem_info info);

/**
 * tcpmem_info_from_name() - the figure that @name names
 *
 * Return: 0, or -EINVAL if none has that name.
 */
TCPMEM_API int tcpmem_info_from_name(const char *name, enum tcpmem_info *info);

/** tcpmem_info_unit_name() - "bytes", "microseconds" ...; else NULL */
TCPMEM_API const char *tcpmem_info_unit_name(enum tcpmem_info_unit unit);

/** tcpmem_timer_name() - "none", "retransmit" ...; NULL if it is no timer */
TCPMEM_API const char *tcpmem_timer_name(enum tcpmem_timer timer);

/** tcpmem_warning_name() - "fds-unreadable" ...; NULL if it is no warning code
 */
TCPMEM_API const char *tcpmem_warning_name(enum tcpmem_warning_code code);

/** tcpmem_host_metric_name() - "tcp_mem_used" ...; NULL if it is no fact */
TCPMEM_API const char *tcpmem_host_metric_name(enum tcpmem_host_metric fact);

/** tcpmem_object_name() - "TCP", "filp" ...; NULL if it is no object */
TCPMEM_API const char *tcpmem_object_name(enum tcpmem_object object);

/** tcpmem_object_source_name() - "slabinfo", "btf" ...; NULL if it is none */
TCPMEM_API const char *
tcpmem_object_source_name(enum tcpmem_object_source source);

/**
 * tcpmem_cgroup_metric_json() - its JSON key, "kernel_bytes"; else NULL
 */
TCPMEM_API const char *
tcpmem_cgroup_metric_json(enum tcpmem_cgroup_metric which);

/** tcpmem_reconcile_metric_json() - its JSON key, "residual_bytes"; else NULL
 */
TCPMEM_API const char *
tcpmem_reconcile_metric_json(enum tcpmem_reconcile_metric which);

/** tcpmem_verdict_name() - "agrees" ...; NULL if it is no verdict */
TCPMEM_API const char *tcpmem_verdict_name(enum tcpmem_verdict verdict);

/** tcpmem_cause_name() - "zerocopy" ...; NULL if it is no cause */
TCPMEM_API const char *tcpmem_cause_name(enum tcpmem_cause cause);

#ifdef __cplusplus
}
#endif

#endif

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * tcpmem.h - where the kernel's TCP memory is, who holds it, and whether
 * that is all of it
 *
 * The library stands between NETLINK_SOCK_DIAG, /proc and /sys on one side
 * and a program that wants an answer on the other:
 *
 *   query -> tcpmem_snapshot_take() -> snapshot -> tcpmem_group() -> table
 *
 * It never prints, exits, changes the host, installs a signal handler, reads
 * the environment or moves the calling thread to another namespace.
 *
 * Conventions. Functions that can fail return 0 or -errno and write their
 * result, the last parameter, only on success. A NULL handle is a programming
 * error; *_free(NULL) does nothing. Numbers are bytes unless the name says
 * otherwise. What the kernel did not report is -ENODATA, never 0. What could
 * not be seen is a warning on a good result, never an error and never silent.
 *
 * Threads. A context and a query may be used by one thread at a time. A
 * snapshot never changes once made: threads may share it. Different handles
 * are independent.
 */
#ifndef TCPMEM_H
#define TCPMEM_H

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

struct tcpmem_ctx;
struct tcpmem_filter;
struct tcpmem_query;
struct tcpmem_sampler;
struct tcpmem_socket;
struct tcpmem_process;
struct tcpmem_snapshot;
struct tcpmem_table;
struct tcpmem_row;
struct tcpmem_diff;
struct tcpmem_diff_row;
struct tcpmem_trend;
struct tcpmem_trend_row;
struct tcpmem_check;
struct tcpmem_check_result;
struct tcpmem_reconciliation;
struct tcpmem_cgroup_accounting;
struct tcpmem_limits;
struct tcpmem_limit;
struct tcpmem_advice;
struct tcpmem_explanation;
struct tcpmem_finding;
struct tcpmem_pprof;
struct tcpmem_tree;

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
 * @TCPMEM_VERDICT_AGREES: bytes within the tolerance and the kernel's own
 *	change, no socket unseen
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
 * @TCPMEM_CAUSE_RACE: sockets changed while they were read
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
};
#define TCPMEM_CAUSE_COUNT (TCPMEM_CAUSE_RACE + 1)

/**
 * enum tcpmem_event - what happened to a socket between two snapshots
 * @TCPMEM_EVENT_OPENED: it is in the later one only
 * @TCPMEM_EVENT_CLOSED: it is in the earlier one only
 * @TCPMEM_EVENT_GROWN: in both, and it holds more memory in the later one
 * @TCPMEM_EVENT_SHRUNK: the same, and less
 * @TCPMEM_EVENT_CHANGED: in both, and in different states
 * @TCPMEM_EVENT_MOVED: in both, and in different groups; sockets that came to
 *	a group less those that left it
 */
enum tcpmem_event {
	TCPMEM_EVENT_OPENED,
	TCPMEM_EVENT_CLOSED,
	TCPMEM_EVENT_GROWN,
	TCPMEM_EVENT_SHRUNK,
	TCPMEM_EVENT_CHANGED,
	TCPMEM_EVENT_MOVED,
};
#define TCPMEM_EVENT_COUNT (TCPMEM_EVENT_MOVED + 1)

/**
 * enum tcpmem_match - what made sockets of two snapshots the same ones
 * @TCPMEM_MATCH_COOKIE: cookie and namespace, of one boot
 * @TCPMEM_MATCH_ADDRESS: the addresses too: a file did not tell its boot
 * @TCPMEM_MATCH_NOTHING: nothing could: the host was booted in between, or
 *	they are of two hosts. Every socket was closed or opened.
 */
enum tcpmem_match {
	TCPMEM_MATCH_COOKIE,
	TCPMEM_MATCH_ADDRESS,
	TCPMEM_MATCH_NOTHING,
};
#define TCPMEM_MATCH_COUNT (TCPMEM_MATCH_NOTHING + 1)

/**
 * enum tcpmem_change_class - which way a group went between two snapshots
 * @TCPMEM_CHANGE_CLASS_STEADY: nothing happened to its sockets
 * @TCPMEM_CHANGE_CLASS_CHURN: something did, and it holds what it held
 * @TCPMEM_CHANGE_CLASS_GROWTH: it holds more
 * @TCPMEM_CHANGE_CLASS_DECLINE: it holds less
 *
 * Two moments cannot tell a leak from a busy minute.
 */
enum tcpmem_change_class {
	TCPMEM_CHANGE_CLASS_STEADY,
	TCPMEM_CHANGE_CLASS_CHURN,
	TCPMEM_CHANGE_CLASS_GROWTH,
	TCPMEM_CHANGE_CLASS_DECLINE,
};
#define TCPMEM_CHANGE_CLASS_COUNT (TCPMEM_CHANGE_CLASS_DECLINE + 1)

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

/** tcpmem_event_name() - "opened" ...; NULL if it is no event */
TCPMEM_API const char *tcpmem_event_name(enum tcpmem_event event);

/** tcpmem_match_name() - "cookie", "address", "nothing"; else NULL */
TCPMEM_API const char *tcpmem_match_name(enum tcpmem_match match);

/** tcpmem_change_class_name() - "steady" ...; NULL if it is no course */
TCPMEM_API const char *
tcpmem_change_class_name(enum tcpmem_change_class course);

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

/*
 * ---- context: log sink and the roots of what is read ----
 */

/** enum tcpmem_log_level - how grave a log line is */
enum tcpmem_log_level {
	TCPMEM_LOG_ERROR,
	TCPMEM_LOG_WARNING,
	TCPMEM_LOG_DEBUG,
};

/**
 * typedef tcpmem_log_fn - receives one log line, without a newline
 *
 * @text may hold bytes from outside; escape them before a terminal sees them.
 */
typedef void tcpmem_log_fn(enum tcpmem_log_level level, const char *text,
			   void *user);

/**
 * tcpmem_ctx_new() - a context with no log sink, reading /proc and /sys
 *
 * Free it with tcpmem_ctx_free() after every query made from it.
 *
 * Return: 0, or -ENOMEM.
 */
TCPMEM_API int tcpmem_ctx_new(struct tcpmem_ctx **ctx);

/** tcpmem_ctx_free() - frees a context; snapshots live on */
TCPMEM_API void tcpmem_ctx_free(struct tcpmem_ctx *ctx);

/** tcpmem_ctx_set_log() - sends log lines to @fn; NULL sends none */
TCPMEM_API void tcpmem_ctx_set_log(struct tcpmem_ctx *ctx, tcpmem_log_fn *fn,
				   void *user);

/**
 * tcpmem_ctx_set_proc_root() - reads @path where /proc would be read
 *
 * For a /proc mounted elsewhere, and for tests. The path is copied.
 *
 * Return: 0, -EINVAL if @path is empty, -ENAMETOOLONG, or -ENOMEM.
 */
TCPMEM_API int tcpmem_ctx_set_proc_root(struct tcpmem_ctx *ctx,
					const char *path);

/** tcpmem_ctx_set_sys_root() - the same for /sys */
TCPMEM_API int tcpmem_ctx_set_sys_root(struct tcpmem_ctx *ctx,
				       const char *path);

/*
 * ---- filter: which sockets are asked for; see tcpmem-filter(7) ----
 */

/**
 * struct tcpmem_filter_error - where a filter is wrong
 * @size: sizeof(struct tcpmem_filter_error), set by the caller
 * @offset: byte of the text at which it is wrong
 * @length: bytes that are wrong; 0 where something is missing
 * @expected: what should stand there; static storage
 * @field: a field's name should; tcpmem_filter_field_name() has them
 * @found: what stands there, cut if it is long; raw bytes
 */
struct tcpmem_filter_error {
	size_t size;
	size_t offset;
	size_t length;
	const char *expected;
	bool field;
	char found[64];
};

/**
 * tcpmem_filter_parse() - understands a filter
 * @text: as ss takes it, and more; "" matches every socket
 * @error: written if the filter is wrong
 *
 * The names in it are looked up now: services, users and cgroups on this
 * host, hosts with getaddrinfo(3), which may ask the network and take its
 * time. Free it with tcpmem_filter_free().
 *
 * Return: 0; -EINVAL if it is wrong or @error->size is too small; -ENOMEM.
 */
TCPMEM_API int tcpmem_filter_parse(const char *text,
				   struct tcpmem_filter_error *error,
				   struct tcpmem_filter **filter);

/**
 * tcpmem_filter_field_name() - what a filter can ask about, "sport"
 *
 * Return: the name of field number @index; static text; NULL if there are
 * fewer.
 */
TCPMEM_API const char *tcpmem_filter_field_name(size_t index);

/** tcpmem_filter_field_text() - its meaning in a line; NULL as above */
TCPMEM_API const char *tcpmem_filter_field_text(size_t index);

/** tcpmem_filter_free() - frees a filter; queries have their own copy */
TCPMEM_API void tcpmem_filter_free(struct tcpmem_filter *filter);

/**
 * tcpmem_filter_explain() - what was understood and who decides it
 *
 * Lines of "WORD: TEXT". "filter" is the filter with names resolved and all
 * parentheses, "states" those that are asked for, "kernel" what the kernel
 * decides of the rest, "here" what is decided when its answer has come. Free
 * the text with free(3). Names in it are raw bytes.
 *
 * Return: 0, or -ENOMEM.
 */
TCPMEM_API int tcpmem_filter_explain(const struct tcpmem_filter *filter,
				     char **text);

/**
 * tcpmem_filter_match() - whether a socket of a snapshot matches
 *
 * Return: 0 and @match, or -ENODATA if that depends on something that is not
 * known, such as the processes that hold it.
 */
TCPMEM_API int tcpmem_filter_match(const struct tcpmem_filter *filter,
				   const struct tcpmem_snapshot *snapshot,
				   const struct tcpmem_socket *sock,
				   bool *match);

/*
 * ---- query: what is asked ----
 */

/**
 * tcpmem_query_new() - asks for all states, with holders
 *
 * Return: 0, or -ENOMEM.
 */
TCPMEM_API int tcpmem_query_new(struct tcpmem_query **query);

/** tcpmem_query_free() - frees a query */
TCPMEM_API void tcpmem_query_free(struct tcpmem_query *query);

/**
 * tcpmem_query_set_states() - asks for these states only
 * @mask: bits 1 << state
 *
 * Return: 0, or -EINVAL if @mask is 0 or has a bit that is no state.
 */
TCPMEM_API int tcpmem_query_set_states(struct tcpmem_query *query,
				       uint32_t mask);

/**
 * tcpmem_query_add_netns() - asks for the sockets of this network namespace
 * @spec: "self", an ip-netns name, a pid, an absolute path, or the name of a
 *	container or unit, or the inode, that a snapshot calls it by
 *
 * May be called again for more. Without it, all namespaces that can be found
 * are asked, and what may not be entered is a warning. What it names is looked
 * up when a snapshot is taken, which then fails with -ENOENT if it does not
 * exist, -EINVAL if a path is no network namespace, -EACCES or -EPERM. Dark
 * sockets are looked for in all namespaces or in none.
 *
 * Return: 0, -EINVAL if @spec cannot name a namespace, or -ENOMEM.
 */
TCPMEM_API int tcpmem_query_add_netns(struct tcpmem_query *query,
				      const char *spec);

/**
 * enum tcpmem_need - what is read besides the sockets themselves; mask bits
 * @TCPMEM_NEED_HOLDERS: the processes that hold them. Without it no fd is
 *	looked at, dark sockets are not found, and every kind that only a
 *	process could tell is %TCPMEM_KIND_UNKNOWN.
 * @TCPMEM_NEED_METADATA: cgroup paths, executables and listeners; snapshots
 *	only, not tcpmem_dump()
 * @TCPMEM_NEED_INFO: tcp_info: the kernel takes each socket's lock for it, and
 *	a snapshot needs 256 bytes more for each. Saving keeps it in the file.
 *	Of a file that has none, what is missing is a warning.
 * @TCPMEM_NEED_CHARGES: what the kernel charged to cgroups, for
 *	tcpmem_cgroup_accounting_new(): holders, metadata, and a file of each
 *	cgroup. Snapshots only; a capture does not have it.
 */
enum tcpmem_need {
	TCPMEM_NEED_HOLDERS = 0x1,
	TCPMEM_NEED_METADATA = 0x2,
	TCPMEM_NEED_INFO = 0x4,
	TCPMEM_NEED_CHARGES = 0x8,
	TCPMEM_NEEDS_ALL = 0xf,
};

/**
 * tcpmem_query_require() - what is read besides the sockets themselves
 * @needs: bits of enum tcpmem_need, or 0; replaces those of an earlier call
 *
 * tcpmem_keys_require() and tcpmem_check_require() tell what an answer needs.
 *
 * Return: 0, or -EINVAL if @needs has a bit that is no need.
 */
TCPMEM_API int tcpmem_query_require(struct tcpmem_query *query, uint32_t needs);

/**
 * tcpmem_query_set_filter() - asks only for sockets that match
 * @filter: copied; NULL asks for all again
 *
 * In addition to tcpmem_query_set_states(). What the kernel can decide it is
 * asked to, the rest is decided when its answer comes. What the filter needs is
 * read in addition to what tcpmem_query_require() was given. Sockets of which
 * too little is known are left out, and a warning says how many. Sockets that
 * no dump shows are looked for unless the filter lets the kernel leave out
 * others. Saving takes no notice: a file has all sockets.
 *
 * Return: 0, or -ENOMEM.
 */
TCPMEM_API int tcpmem_query_set_filter(struct tcpmem_query *query,
				       const struct tcpmem_filter *filter);

/**
 * tcpmem_query_set_bytecode() - whether the kernel helps to filter
 *
 * It does, unless told not to. Without it the same sockets match, later; but
 * that a port within the range was bound by a program only the kernel knows,
 * so "autobound" is true of it.
 */
TCPMEM_API void tcpmem_query_set_bytecode(struct tcpmem_query *query,
					  bool bytecode);

/**
 * enum tcpmem_holder_source - how processes are asked for their sockets
 * @TCPMEM_HOLDER_SOURCE_AUTO: what is faster and allowed; both answer alike
 * @TCPMEM_HOLDER_SOURCE_PROC: the links in /proc/PID/fd
 * @TCPMEM_HOLDER_SOURCE_BPF: the kernel's task_file iterator (Linux 6.1, BTF,
 *	CAP_BPF and CAP_PERFMON). It sees processes that /proc hides.
 */
enum tcpmem_holder_source {
	TCPMEM_HOLDER_SOURCE_AUTO,
	TCPMEM_HOLDER_SOURCE_PROC,
	TCPMEM_HOLDER_SOURCE_BPF,
};

/** tcpmem_holder_source_name() - "auto", "proc" or "bpf"; else NULL */
TCPMEM_API const char *
tcpmem_holder_source_name(enum tcpmem_holder_source source);

/**
 * tcpmem_query_set_holder_source() - how processes are asked
 *
 * With %TCPMEM_HOLDER_SOURCE_BPF, taking a snapshot fails where the iterator
 * cannot be used: -EPERM without the capabilities, -EOPNOTSUPP if the library
 * was built without it or runs in a PID or time namespace of its own, or
 * another -errno of bpf(2).
 *
 * Return: 0, or -EINVAL if @source is none of these.
 */
TCPMEM_API int tcpmem_query_set_holder_source(struct tcpmem_query *query,
					      enum tcpmem_holder_source source);

/*
 * ---- socket: one record; lives as long as its snapshot ----
 */

/** tcpmem_socket_get_state() - its state */
TCPMEM_API enum tcpmem_state
tcpmem_socket_get_state(const struct tcpmem_socket *sock);

/** tcpmem_socket_get_family() - its address family */
TCPMEM_API enum tcpmem_family
tcpmem_socket_get_family(const struct tcpmem_socket *sock);

/** tcpmem_socket_get_protocol() - TCP, MPTCP or a subflow */
TCPMEM_API enum tcpmem_protocol
tcpmem_socket_get_protocol(const struct tcpmem_socket *sock);

/** tcpmem_socket_get_kind() - why it has the holder it has, or none */
TCPMEM_API enum tcpmem_kind
tcpmem_socket_get_kind(const struct tcpmem_socket *sock);

/**
 * tcpmem_socket_get_cookie() - the kernel's identity of the connection
 *
 * Unique while the host is up, but for MPTCP: connections accepted from one
 * MPTCP listener may have its cookie. Inherited from request to child to
 * TIME_WAIT.
 */
TCPMEM_API uint64_t tcpmem_socket_get_cookie(const struct tcpmem_socket *sock);

/** tcpmem_socket_get_inode() - the inode in sockfs; 0 if it has none */
TCPMEM_API uint32_t tcpmem_socket_get_inode(const struct tcpmem_socket *sock);

/**
 * tcpmem_socket_get_uid() - the user it belongs to, as the kernel says
 *
 * Return: 0, or -ENODATA for mini-sockets, whose user the kernel forgot.
 */
TCPMEM_API int tcpmem_socket_get_uid(const struct tcpmem_socket *sock,
				     uint32_t *uid);

/**
 * tcpmem_socket_get_cgroup_id() - id of the v2 cgroup it was created in
 *
 * Return: 0, or -ENODATA if the kernel did not report one.
 */
TCPMEM_API int tcpmem_socket_get_cgroup_id(const struct tcpmem_socket *sock,
					   uint64_t *id);

/** tcpmem_socket_get_ifindex() - the interface it is bound to; 0 if none */
TCPMEM_API uint32_t tcpmem_socket_get_ifindex(const struct tcpmem_socket *sock);

/** tcpmem_socket_get_local_port() - local port, host byte order */
TCPMEM_API uint16_t
tcpmem_socket_get_local_port(const struct tcpmem_socket *sock);

/** tcpmem_socket_get_remote_port() - remote port, host byte order */
TCPMEM_API uint16_t
tcpmem_socket_get_remote_port(const struct tcpmem_socket *sock);

/**
 * tcpmem_socket_get_local() - local address, network byte order
 *
 * IPv4 uses the first 4 bytes, the others are 0.
 */
TCPMEM_API void tcpmem_socket_get_local(const struct tcpmem_socket *sock,
					uint8_t address[16]);

/** tcpmem_socket_get_remote() - remote address, as tcpmem_socket_get_local */
TCPMEM_API void tcpmem_socket_get_remote(const struct tcpmem_socket *sock,
					 uint8_t address[16]);

/**
 * tcpmem_socket_get_queues() - Recv-Q and Send-Q as ss prints them
 *
 * Payload bytes, not memory. For a listening socket: connections waiting, and
 * the backlog's limit.
 */
TCPMEM_API void tcpmem_socket_get_queues(const struct tcpmem_socket *sock,
					 uint32_t *receive, uint32_t *send);

/** tcpmem_socket_get_netns() - index of its namespace in the snapshot */
TCPMEM_API size_t tcpmem_socket_get_netns(const struct tcpmem_socket *sock);

/**
 * tcpmem_socket_get_metric() - one of its figures
 *
 * SOCKETS is 1, or 0 for a subflow. REACH and REACH_SOCKETS are HELD and
 * SOCKETS.
 *
 * Return: 0, or -ENODATA if the kernel did not report it.
 */
TCPMEM_API int tcpmem_socket_get_metric(const struct tcpmem_socket *sock,
					enum tcpmem_metric number,
					int64_t *value);

/**
 * tcpmem_socket_get_info() - what the kernel tells of the connection
 * @snapshot: that of @sock; of tcpmem_dump(), the one it was handed on with
 *
 * In the unit of tcpmem_info_unit(); equal to the field of getsockopt(2) with
 * TCP_INFO, when that was read at the same moment.
 *
 * Return: 0, or -ENODATA if it was not required (%TCPMEM_NEED_INFO); the
 * kernel is too old to have the field; the socket listens or is a mini-socket,
 * an msk or dark; or it is not measured yet, or without a limit.
 */
TCPMEM_API int tcpmem_socket_get_info(const struct tcpmem_snapshot *snapshot,
				      const struct tcpmem_socket *sock,
				      enum tcpmem_info which, int64_t *value);

/*
 * ---- process: who holds sockets; lives as long as its snapshot ----
 */

/** tcpmem_process_get_pid() - its pid in the caller's pid namespace */
TCPMEM_API uint32_t
tcpmem_process_get_pid(const struct tcpmem_process *process);

/**
 * tcpmem_process_get_start_time() - when it started, clock ticks since boot
 *
 * (pid, start time) names a process for good: pids are used again.
 */
TCPMEM_API uint64_t
tcpmem_process_get_start_time(const struct tcpmem_process *process);

/** tcpmem_process_get_comm() - its name; raw bytes, never NULL */
TCPMEM_API const char *
tcpmem_process_get_comm(const struct tcpmem_process *process);

/*
 * ---- snapshot: what was seen at one moment; never changes ----
 */

/**
 * tcpmem_snapshot_take() - asks the kernel and keeps every socket
 *
 * Needs about 128 bytes a socket. Free it with tcpmem_snapshot_free().
 *
 * Return: 0; -EPROTONOSUPPORT if the kernel has no sock_diag for TCP;
 * -EACCES or -EPERM if it may not be used; -ENODEV if the query's filter names
 * an interface that no namespace has; -ENOMEM; -EMFILE.
 */
TCPMEM_API int tcpmem_snapshot_take(struct tcpmem_ctx *ctx,
				    const struct tcpmem_query *query,
				    struct tcpmem_snapshot **snapshot);

/**
 * tcpmem_sampler_new() - takes snapshots one after the other
 * @ctx, @query: used by each; they outlive the sampler
 *
 * What cannot have changed since the last snapshot is not read again, and a
 * program that asks for holders stays loaded; they say the same as
 * tcpmem_snapshot_take(). Free it with tcpmem_sampler_free().
 *
 * Return: 0, or -ENOMEM.
 */
TCPMEM_API int tcpmem_sampler_new(struct tcpmem_ctx *ctx,
				  const struct tcpmem_query *query,
				  struct tcpmem_sampler **sampler);

/**
 * tcpmem_sampler_next() - the snapshot of now
 *
 * It is the caller's to free, and lives on without the sampler.
 *
 * Return: as tcpmem_snapshot_take(); the sampler can be asked again.
 */
TCPMEM_API int tcpmem_sampler_next(struct tcpmem_sampler *sampler,
				   struct tcpmem_snapshot **snapshot);

/** tcpmem_sampler_free() - frees it; NULL is fine */
TCPMEM_API void tcpmem_sampler_free(struct tcpmem_sampler *sampler);

/**
 * struct tcpmem_dump_ops - where tcpmem_dump() sends what it reads
 * @size: sizeof(struct tcpmem_dump_ops)
 * @socket: called for each socket. @sock lives until it returns; @snapshot
 *	answers everything but sockets and lives as long as the dump. Returns 0
 *	to go on; anything else ends the dump and is returned by it.
 * @restart: called when the kernel broke a dump off and it begins anew:
 *	forget what came before. If NULL, a dump is not begun anew once a
 *	socket was delivered, and a warning says so.
 */
struct tcpmem_dump_ops {
	size_t size;
	int (*socket)(const struct tcpmem_snapshot *snapshot,
		      const struct tcpmem_socket *sock, void *user);
	void (*restart)(void *user);
};

/**
 * tcpmem_dump() - asks the kernel and hands each socket on, keeping none
 *
 * Memory does not grow with the sockets; with holders asked for, it grows
 * with the socket fds of the host. Two times sockets are kept, in 128 bytes
 * each, until all are known: with a filter that asks where they live; and on
 * a host where many namespaces have sockets, for a dump of each passes those
 * of all, so that the kernel's iterator is asked instead if
 * tcpmem_query_set_holder_source() allows it. @snapshot receives all but the
 * sockets.
 *
 * Return: as tcpmem_snapshot_take(), or what @ops->socket returned.
 */
TCPMEM_API int tcpmem_dump(struct tcpmem_ctx *ctx,
			   const struct tcpmem_query *query,
			   const struct tcpmem_dump_ops *ops, void *user,
			   struct tcpmem_snapshot **snapshot);

/**
 * tcpmem_snapshot_save() - asks the kernel and saves its answer as it comes
 * @path: a file that is replaced as a whole when all is written, so whoever
 *	looks finds the old one or the new one; only its owner may read it. A
 *	pipe or a device is written to.
 *
 * The file holds the kernel's messages as received, the holders and what was
 * read besides; tcpmem-capture(5) describes it. Memory grows with the inodes
 * of sockets only. @snapshot receives all but the sockets.
 *
 * Return: as tcpmem_snapshot_take(), or -errno of open(2), write(2),
 * fsync(2) or rename(2); the old file is untouched then.
 */
TCPMEM_API int tcpmem_snapshot_save(struct tcpmem_ctx *ctx,
				    const struct tcpmem_query *query,
				    const char *path,
				    struct tcpmem_snapshot **snapshot);

/**
 * tcpmem_snapshot_save_fd() - the same to an open file or pipe
 *
 * @fd stays open and is not synchronised.
 *
 * Return: as tcpmem_snapshot_take(), or -errno of write(2).
 */
TCPMEM_API int tcpmem_snapshot_save_fd(struct tcpmem_ctx *ctx,
				       const struct tcpmem_query *query, int fd,
				       struct tcpmem_snapshot **snapshot);

/**
 * struct tcpmem_capture_error - why a file cannot be loaded
 * @size: sizeof(struct tcpmem_capture_error), set by the caller
 * @offset: the byte of the file at which it stops making sense
 * @text: what was found there; "" if the file is not the cause
 */
struct tcpmem_capture_error {
	size_t size;
	uint64_t offset;
	char text[160];
};

/**
 * TCPMEM_LOAD_SALVAGE - a damaged capture is read as far as it is whole
 *
 * What is missing is a warning, not an error.
 */
#define TCPMEM_LOAD_SALVAGE 0x1u

/**
 * tcpmem_snapshot_load() - the snapshot that a file holds
 * @query: what of it is wanted; what it lacks of that is a warning
 * @path: what tcpmem_snapshot_save() wrote, or a raw dump made by "ss -D"
 * @flags: 0 or %TCPMEM_LOAD_SALVAGE
 * @error: written if the file is at fault; may be NULL
 *
 * Answers as the snapshot would have that was taken instead of saved. Needs
 * about 150 bytes a socket.
 *
 * Return: 0; -EBADMSG if it is no capture, or cut, or corrupt; -ENOTSUP if it
 * is of the other byte order or of a later major version; -EINVAL for unknown
 * @flags or if @error->size is too small; -ENOMEM; -errno of open(2) or
 * read(2).
 */
TCPMEM_API int tcpmem_snapshot_load(struct tcpmem_ctx *ctx,
				    const struct tcpmem_query *query,
				    const char *path, unsigned int flags,
				    struct tcpmem_capture_error *error,
				    struct tcpmem_snapshot **snapshot);

/** tcpmem_snapshot_load_fd() - the same from an open file or a pipe */
TCPMEM_API int tcpmem_snapshot_load_fd(struct tcpmem_ctx *ctx,
				       const struct tcpmem_query *query, int fd,
				       unsigned int flags,
				       struct tcpmem_capture_error *error,
				       struct tcpmem_snapshot **snapshot);

/** tcpmem_snapshot_free() - frees it and all that it handed out */
TCPMEM_API void tcpmem_snapshot_free(struct tcpmem_snapshot *snapshot);

/** tcpmem_snapshot_get_time_ns() - wall clock when it began, ns since 1970 */
TCPMEM_API int64_t
tcpmem_snapshot_get_time_ns(const struct tcpmem_snapshot *snapshot);

/**
 * tcpmem_snapshot_get_boottime_ns() - ns since the kernel was started
 *
 * Of the same moment as tcpmem_snapshot_get_time_ns(). It neither jumps nor
 * stands still: what happened in between is told by this clock.
 *
 * Return: 0, or -ENODATA if a file does not say.
 */
TCPMEM_API int
tcpmem_snapshot_get_boottime_ns(const struct tcpmem_snapshot *snapshot,
				int64_t *ns);

/**
 * tcpmem_snapshot_get_boot_id() - names the run of the kernel; "" if unknown
 *
 * Cookies and processes of two snapshots are the same ones if this is.
 */
TCPMEM_API const char *
tcpmem_snapshot_get_boot_id(const struct tcpmem_snapshot *snapshot);

/** tcpmem_snapshot_get_socket_count() - how many sockets it keeps */
TCPMEM_API size_t
tcpmem_snapshot_get_socket_count(const struct tcpmem_snapshot *snapshot);

/** tcpmem_snapshot_get_socket() - the socket at @index, below the count */
TCPMEM_API const struct tcpmem_socket *
tcpmem_snapshot_get_socket(const struct tcpmem_snapshot *snapshot,
			   size_t index);

/** tcpmem_snapshot_get_holder_count() - how many processes hold @sock */
TCPMEM_API size_t
tcpmem_snapshot_get_holder_count(const struct tcpmem_snapshot *snapshot,
				 const struct tcpmem_socket *sock);

/** tcpmem_snapshot_get_holder() - the holder of @sock at @index */
TCPMEM_API const struct tcpmem_process *
tcpmem_snapshot_get_holder(const struct tcpmem_snapshot *snapshot,
			   const struct tcpmem_socket *sock, size_t index);

/**
 * tcpmem_snapshot_get_netns_count() - how many network namespaces it knows
 *
 * Those without a socket, and those that may not be entered, included.
 */
TCPMEM_API size_t
tcpmem_snapshot_get_netns_count(const struct tcpmem_snapshot *snapshot);

/** tcpmem_snapshot_get_netns_name() - its name; never NULL, maybe a number */
TCPMEM_API const char *
tcpmem_snapshot_get_netns_name(const struct tcpmem_snapshot *snapshot,
			       size_t netns);

/** tcpmem_snapshot_get_netns_inode() - its inode in nsfs; 0 if unknown */
TCPMEM_API uint64_t tcpmem_snapshot_get_netns_inode(
	const struct tcpmem_snapshot *snapshot, size_t netns);

/**
 * tcpmem_snapshot_get_host_metric() - what the host says about itself
 *
 * Return: 0, or -ENODATA if it could not be read.
 */
TCPMEM_API int
tcpmem_snapshot_get_host_metric(const struct tcpmem_snapshot *snapshot,
				enum tcpmem_host_metric fact, int64_t *value);

/** tcpmem_snapshot_get_object_bytes() - slab bytes of one such object */
TCPMEM_API uint32_t tcpmem_snapshot_get_object_bytes(
	const struct tcpmem_snapshot *snapshot, enum tcpmem_object object);

/** tcpmem_snapshot_get_object_source() - where that size was read */
TCPMEM_API enum tcpmem_object_source
tcpmem_snapshot_get_object_source(const struct tcpmem_snapshot *snapshot,
				  enum tcpmem_object object);

/** tcpmem_snapshot_is_complete() - false if a warning hides something */
TCPMEM_API bool
tcpmem_snapshot_is_complete(const struct tcpmem_snapshot *snapshot);

/** tcpmem_snapshot_get_warning_count() - how many warnings it has */
TCPMEM_API size_t
tcpmem_snapshot_get_warning_count(const struct tcpmem_snapshot *snapshot);

/** tcpmem_snapshot_get_warning_code() - what kind of warning the one at @index
 * is */
TCPMEM_API enum tcpmem_warning_code
tcpmem_snapshot_get_warning_code(const struct tcpmem_snapshot *snapshot,
				 size_t index);

/** tcpmem_snapshot_get_warning_text() - what it hides, in a sentence */
TCPMEM_API const char *
tcpmem_snapshot_get_warning_text(const struct tcpmem_snapshot *snapshot,
				 size_t index);

/*
 * ---- table: sockets grouped; every grouping adds up to the total ----
 */

/**
 * tcpmem_key_name() - the name of key number @index, "process"
 *
 * Return: static text; NULL if there are fewer keys.
 */
TCPMEM_API const char *tcpmem_key_name(size_t index);

/** tcpmem_key_text() - what it groups by, in a line; NULL as above */
TCPMEM_API const char *tcpmem_key_text(size_t index);

/**
 * tcpmem_keys_require() - what a query has to require to group by @keys
 * @keys: as for tcpmem_group()
 * @needs: receives the bits of enum tcpmem_need beside those it has
 *
 * Return: 0, or -EINVAL if @keys names no grouping.
 */
TCPMEM_API int tcpmem_keys_require(const char *keys, uint32_t *needs);

/**
 * tcpmem_group() - the snapshot's sockets grouped by @keys
 * @keys: "process", "state", or several with commas between
 *
 * The table refers to the snapshot: free it first.
 *
 * Return: 0, -EINVAL if @keys names no grouping, or -ENOMEM.
 */
TCPMEM_API int tcpmem_group(const struct tcpmem_snapshot *snapshot,
			    const char *keys, struct tcpmem_table **table);

/**
 * tcpmem_table_new() - an empty table, filled by tcpmem_table_add()
 *
 * For sockets that tcpmem_dump() hands on.
 *
 * Return: 0, -EINVAL if @keys names no grouping, or -ENOMEM.
 */
TCPMEM_API int tcpmem_table_new(const char *keys, struct tcpmem_table **table);

/**
 * tcpmem_table_add() - counts one socket of @snapshot
 *
 * Return: 0, -ENOMEM, or -EBUSY after tcpmem_table_finish().
 */
TCPMEM_API int tcpmem_table_add(struct tcpmem_table *table,
				const struct tcpmem_snapshot *snapshot,
				const struct tcpmem_socket *sock);

/** tcpmem_table_clear() - forgets all sockets counted so far */
TCPMEM_API void tcpmem_table_clear(struct tcpmem_table *table);

/** tcpmem_table_free() - frees it and its rows */
TCPMEM_API void tcpmem_table_free(struct tcpmem_table *table);

/**
 * tcpmem_table_finish() - splits shared sockets and makes the rows
 *
 * tcpmem_group() has done it; after tcpmem_table_add() call it once.
 *
 * Return: 0, or -ENOMEM.
 */
TCPMEM_API int tcpmem_table_finish(struct tcpmem_table *table);

/**
 * tcpmem_table_sort() - sorts the rows
 * @order: numbers' names, "key" or "held_per_socket", with commas between, each
 *	after a "-" for largest first: "-held,sockets"
 *
 * Return: 0, -EINVAL if @order names something else, or -ENOMEM.
 */
TCPMEM_API int tcpmem_table_sort(struct tcpmem_table *table, const char *order);

/**
 * tcpmem_table_limit() - keeps the first @rows, the rest in one row "other"
 *
 * Return: 0, or -ENOMEM.
 */
TCPMEM_API int tcpmem_table_limit(struct tcpmem_table *table, size_t rows);

/** tcpmem_table_get_row_count() - how many rows it has */
TCPMEM_API size_t tcpmem_table_get_row_count(const struct tcpmem_table *table);

/** tcpmem_table_get_row() - the row at @index, below the count */
TCPMEM_API const struct tcpmem_row *
tcpmem_table_get_row(const struct tcpmem_table *table, size_t index);

/** tcpmem_table_get_total() - the sum of all sockets, each counted once */
TCPMEM_API const struct tcpmem_row *
tcpmem_table_get_total(const struct tcpmem_table *table);

/** tcpmem_row_get_key() - what the keys are here, "established"; raw bytes */
TCPMEM_API const char *tcpmem_row_get_key(const struct tcpmem_row *row);

/**
 * tcpmem_row_get_kind() - "process", a kind without process, or "group",
 * "other", "total"
 */
TCPMEM_API const char *tcpmem_row_get_kind(const struct tcpmem_row *row);

/** tcpmem_row_get_process() - the process it stands for; NULL if none */
TCPMEM_API const struct tcpmem_process *
tcpmem_row_get_process(const struct tcpmem_row *row);

/** tcpmem_row_get_metric() - one of its sums; 0 if it is no number */
TCPMEM_API int64_t tcpmem_row_get_metric(const struct tcpmem_row *row,
					 enum tcpmem_metric number);

/**
 * tcpmem_row_get_held_per_socket() - held bytes for each of its sockets
 *
 * Rounded down; no sum, and not to be added up.
 *
 * Return: 0, or -ENODATA if it has no socket of its own: where sockets are
 * shared, the remainder of what they hold.
 */
TCPMEM_API int tcpmem_row_get_held_per_socket(const struct tcpmem_row *row,
					      int64_t *value);

/*
 * ---- reconciliation: is that all of it? ----
 */

/**
 * tcpmem_reconcile() - compares what was seen with the kernel's own counts
 *
 * Works on kept and on streamed snapshots alike. Free it with
 * tcpmem_reconciliation_free(); it does not refer to the snapshot.
 *
 * Return: 0, or -ENOMEM.
 */
TCPMEM_API int tcpmem_reconcile(const struct tcpmem_snapshot *snapshot,
				struct tcpmem_reconciliation **reconciliation);

/** tcpmem_reconciliation_free() - frees it and its texts */
TCPMEM_API void
tcpmem_reconciliation_free(struct tcpmem_reconciliation *reconciliation);

/**
 * tcpmem_reconciliation_get_metric() - one of its figures
 *
 * Return: 0, or -ENODATA if the kernel's side could not be read.
 */
TCPMEM_API int tcpmem_reconciliation_get_metric(
	const struct tcpmem_reconciliation *reconciliation,
	enum tcpmem_reconcile_metric which, int64_t *value);

/** tcpmem_reconciliation_get_verdict() - what it came to */
TCPMEM_API enum tcpmem_verdict tcpmem_reconciliation_get_verdict(
	const struct tcpmem_reconciliation *reconciliation);

/** tcpmem_reconciliation_get_text() - the verdict in words */
TCPMEM_API const char *tcpmem_reconciliation_get_text(
	const struct tcpmem_reconciliation *reconciliation);

/** tcpmem_reconciliation_get_cause_count() - how many likely causes it names */
TCPMEM_API size_t tcpmem_reconciliation_get_cause_count(
	const struct tcpmem_reconciliation *reconciliation);

/** tcpmem_reconciliation_get_cause() - the cause at @index, below the count */
TCPMEM_API enum tcpmem_cause tcpmem_reconciliation_get_cause(
	const struct tcpmem_reconciliation *reconciliation, size_t index);

/** tcpmem_reconciliation_get_cause_text() - that cause in a sentence */
TCPMEM_API const char *tcpmem_reconciliation_get_cause_text(
	const struct tcpmem_reconciliation *reconciliation, size_t index);

/*
 * ---- cgroup books: what cgroups are charged for their sockets ----
 */

/**
 * tcpmem_cgroup_accounting_new() - compares cgroups with the kernel's own
 * counts
 *
 * For each cgroup that has sockets or holders of sockets, and each above it,
 * those below included: what its sockets are charged with, beside the row
 * "sock" of its memory.stat (cgroup v2) or its memory.kmem.tcp.usage_in_bytes
 * (v1, which counts only once a limit was set). The root is charged nothing.
 *
 * Of a socket the kernel tells the cgroup that it was created in, or its
 * listener's; it charges that of whoever called socket(2) or accept(2). So a
 * difference can be right, and the verdict tells those that are:
 * TCPMEM_VERDICT_EXPLAINED is one that waiting connections (charged to
 * nobody), sockets whose process lives in another cgroup, MSG_ZEROCOPY or
 * other protocols cover.
 *
 * @snapshot must have been taken live with %TCPMEM_NEED_CHARGES;
 * of any other the books are empty. Free it with
 * tcpmem_cgroup_accounting_free(); it does not refer to the snapshot.
 *
 * Return: 0, or -ENOMEM.
 */
TCPMEM_API int
tcpmem_cgroup_accounting_new(const struct tcpmem_snapshot *snapshot,
			     struct tcpmem_cgroup_accounting **books);

/** tcpmem_cgroup_accounting_free() - frees them and their texts */
TCPMEM_API void
tcpmem_cgroup_accounting_free(struct tcpmem_cgroup_accounting *books);

/** tcpmem_cgroup_accounting_get_count() - how many cgroups, sorted by path */
TCPMEM_API size_t tcpmem_cgroup_accounting_get_count(
	const struct tcpmem_cgroup_accounting *books);

/** tcpmem_cgroup_accounting_get_path() - of the cgroup at @index, below the
 * count */
TCPMEM_API const char *
tcpmem_cgroup_accounting_get_path(const struct tcpmem_cgroup_accounting *books,
				  size_t index);

/**
 * tcpmem_cgroup_accounting_get_metric() - one of its figures
 *
 * Return: 0, or -ENODATA if the kernel does not count this cgroup, or not
 * where the caller may read.
 */
TCPMEM_API int tcpmem_cgroup_accounting_get_metric(
	const struct tcpmem_cgroup_accounting *books, size_t index,
	enum tcpmem_cgroup_metric which, int64_t *value);

/** tcpmem_cgroup_accounting_get_verdict() - what it came to */
TCPMEM_API enum tcpmem_verdict tcpmem_cgroup_accounting_get_verdict(
	const struct tcpmem_cgroup_accounting *books, size_t index);

/** tcpmem_cgroup_accounting_get_text() - the verdict in words, with its reasons
 */
TCPMEM_API const char *
tcpmem_cgroup_accounting_get_text(const struct tcpmem_cgroup_accounting *books,
				  size_t index);

/*
 * ---- limits: the sysctls that bound TCP memory ----
 */

/** enum tcpmem_limit_scope - what a limit bounds */
enum tcpmem_limit_scope {
	TCPMEM_LIMIT_SCOPE_HOST,  /* all network namespaces together */
	TCPMEM_LIMIT_SCOPE_NETNS, /* each network namespace by itself */
};

/** enum tcpmem_limit_unit - what a limit counts */
enum tcpmem_limit_unit {
	TCPMEM_LIMIT_UNIT_BYTES,
	TCPMEM_LIMIT_UNIT_SECONDS,
	TCPMEM_LIMIT_UNIT_SOCKETS,
	TCPMEM_LIMIT_UNIT_PORTS,
	TCPMEM_LIMIT_UNIT_FILES,
	TCPMEM_LIMIT_UNIT_PACKETS,
	TCPMEM_LIMIT_UNIT_MODE, /* a choice, no quantity */
};

/**
 * enum tcpmem_worst - how far today's connections could go
 * @TCPMEM_WORST_CONNECTIONS: how many there are that have buffers
 * @TCPMEM_WORST_CURRENT: bytes, if each filled its rcvbuf and its sndbuf
 * @TCPMEM_WORST_AUTOTUNED: bytes, if each grew to tcp_rmem's and tcp_wmem's
 *	maximum, as they are in the limits' namespace, and filled it
 * @TCPMEM_WORST_TCP_MEM: bytes: tcp_mem's third number, where the kernel stops
 * @TCPMEM_WORST_RAM: bytes of memory that the machine has
 */
enum tcpmem_worst {
	TCPMEM_WORST_CONNECTIONS,
	TCPMEM_WORST_CURRENT,
	TCPMEM_WORST_AUTOTUNED,
	TCPMEM_WORST_TCP_MEM,
	TCPMEM_WORST_RAM,
};
#define TCPMEM_WORST_COUNT (TCPMEM_WORST_RAM + 1)

/**
 * tcpmem_limits_read() - reads the limits, and what @snapshot uses of them
 * @snapshot: its sockets are counted; it may be freed afterwards
 * @netns: whose limits, as tcpmem_query_add_netns() takes it; NULL: those of
 *	the caller's network namespace
 *
 * Nothing is changed. Free it with tcpmem_limits_free().
 *
 * Return: 0; -ENOENT, -EINVAL, -EACCES or -EPERM if @netns does not exist, is
 * none or may not be entered; -EAGAIN if no thread can be started; -ENOMEM.
 */
TCPMEM_API int tcpmem_limits_read(struct tcpmem_ctx *ctx,
				  const struct tcpmem_snapshot *snapshot,
				  const char *netns,
				  struct tcpmem_limits **limits);

/** tcpmem_limits_free() - frees them all */
TCPMEM_API void tcpmem_limits_free(struct tcpmem_limits *limits);

/** tcpmem_limits_get_count() - how many there are; always the same ones */
TCPMEM_API size_t tcpmem_limits_get_count(const struct tcpmem_limits *limits);

/** tcpmem_limits_get() - the limit at @index, below the count */
TCPMEM_API const struct tcpmem_limit *
tcpmem_limits_get(const struct tcpmem_limits *limits, size_t index);

/**
 * tcpmem_limits_get_worst() - the worst case for the snapshot's connections
 *
 * Return: 0, or -ENODATA if it is not known.
 */
TCPMEM_API int tcpmem_limits_get_worst(const struct tcpmem_limits *limits,
				       enum tcpmem_worst which, int64_t *value);

/**
 * tcpmem_limits_get_advice_count() - how many changes the numbers warrant
 *
 * None of what is unknown, none without use that comes near a limit.
 */
TCPMEM_API size_t
tcpmem_limits_get_advice_count(const struct tcpmem_limits *limits);

/** tcpmem_limits_get_advice() - the change at @index, below the count */
TCPMEM_API const struct tcpmem_advice *
tcpmem_limits_get_advice(const struct tcpmem_limits *limits, size_t index);

/** tcpmem_advice_get_setting() - the sysctl, "net.ipv4.tcp_mem" */
TCPMEM_API const char *
tcpmem_advice_get_setting(const struct tcpmem_advice *advice);

/** tcpmem_advice_get_value() - what would be written to it */
TCPMEM_API const char *
tcpmem_advice_get_value(const struct tcpmem_advice *advice);

/** tcpmem_advice_get_reason() - why, with the numbers */
TCPMEM_API const char *
tcpmem_advice_get_reason(const struct tcpmem_advice *advice);

/** tcpmem_advice_get_effect() - what else it does; static storage */
TCPMEM_API const char *
tcpmem_advice_get_effect(const struct tcpmem_advice *advice);

/** tcpmem_limit_get_name() - "tcp_rmem_max" ...; static storage */
TCPMEM_API const char *tcpmem_limit_get_name(const struct tcpmem_limit *limit);

/** tcpmem_limit_get_text() - its meaning in a line; static storage */
TCPMEM_API const char *tcpmem_limit_get_text(const struct tcpmem_limit *limit);

/** tcpmem_limit_get_unit() - what it counts */
TCPMEM_API enum tcpmem_limit_unit
tcpmem_limit_get_unit(const struct tcpmem_limit *limit);

/** tcpmem_limit_get_scope() - what it bounds */
TCPMEM_API enum tcpmem_limit_scope
tcpmem_limit_get_scope(const struct tcpmem_limit *limit);

/**
 * tcpmem_limit_get_value() - the limit; of a range, how many it has
 *
 * Return: 0, or -ENODATA if it could not be read.
 */
TCPMEM_API int tcpmem_limit_get_value(const struct tcpmem_limit *limit,
				      int64_t *value);

/**
 * tcpmem_limit_get_used() - what is in use, in the limit's unit
 *
 * Of a limit that is each socket's, listener's or destination's, that of the
 * one which uses the most.
 *
 * Return: 0, or -ENODATA if it is not known or nothing can be used.
 */
TCPMEM_API int tcpmem_limit_get_used(const struct tcpmem_limit *limit,
				     int64_t *used);

/** tcpmem_limit_get_gone() - why the kernel has it no more; NULL if it has */
TCPMEM_API const char *tcpmem_limit_get_gone(const struct tcpmem_limit *limit);

/** tcpmem_limit_unit_name() - "bytes", "seconds" ...; NULL if it is none */
TCPMEM_API const char *tcpmem_limit_unit_name(enum tcpmem_limit_unit unit);

/** tcpmem_limit_scope_name() - "host" or "netns"; NULL if it is none */
TCPMEM_API const char *tcpmem_limit_scope_name(enum tcpmem_limit_scope scope);

/*
 * ---- explain: where a process's memory is, and its TCP memory beside it ----
 */

/** TCPMEM_UNLIMITED - the value of a limit that does not bound */
#define TCPMEM_UNLIMITED INT64_MAX

/**
 * enum tcpmem_process_metric - what the kernel says of a process
 *
 * tcpmem_process_metric_is_bytes() tells bytes from counts. TCP memory is in
 * none of the process's own; %TCPMEM_PROCESS_METRIC_CGROUP_CURRENT has it under
 * cgroup v2. They are read one file after the other: of a process that runs
 * they may disagree.
 *
 * The cgroup's are those of the v1 memory controller where there is one, else
 * of v2. %TCPMEM_PROCESS_METRIC_CGROUP_LIMIT may be %TCPMEM_UNLIMITED. v1
 * counts %TCPMEM_PROCESS_METRIC_CGROUP_SOCK only once a limit for it was set:
 * until then it is unknown.
 */
enum tcpmem_process_metric {
	TCPMEM_PROCESS_METRIC_VSZ,
	TCPMEM_PROCESS_METRIC_RSS, /* anon + file + shmem */
	TCPMEM_PROCESS_METRIC_RSS_ANON,
	TCPMEM_PROCESS_METRIC_RSS_FILE,
	TCPMEM_PROCESS_METRIC_RSS_SHMEM,
	TCPMEM_PROCESS_METRIC_PSS,
	TCPMEM_PROCESS_METRIC_USS,
	TCPMEM_PROCESS_METRIC_SWAP,
	TCPMEM_PROCESS_METRIC_STACK,
	TCPMEM_PROCESS_METRIC_PAGE_TABLES,
	TCPMEM_PROCESS_METRIC_STATM_RSS,
	TCPMEM_PROCESS_METRIC_THREADS,
	TCPMEM_PROCESS_METRIC_FDS,
	TCPMEM_PROCESS_METRIC_FDS_SOCKETS,
	TCPMEM_PROCESS_METRIC_FDS_SOFT,
	TCPMEM_PROCESS_METRIC_FDS_HARD,
	TCPMEM_PROCESS_METRIC_CGROUP_CURRENT,
	TCPMEM_PROCESS_METRIC_CGROUP_SOCK,
	TCPMEM_PROCESS_METRIC_CGROUP_LIMIT,
};
#define TCPMEM_PROCESS_METRIC_COUNT (TCPMEM_PROCESS_METRIC_CGROUP_LIMIT + 1)

/**
 * enum tcpmem_finding_code - what may stand out in a process
 * @TCPMEM_FINDING_UNREAD: received data that the application does not read
 * @TCPMEM_FINDING_ZERO_WINDOW: sent data that the peer's application does not
 *	read: its window is shut
 * @TCPMEM_FINDING_RETRANSMITTING: sent data that is sent again and again
 * @TCPMEM_FINDING_UNDELIVERED: other sent data that was not acknowledged
 * @TCPMEM_FINDING_CLOSE_WAIT: closed by the peer, and still open here
 * @TCPMEM_FINDING_DARK: reset with data unread; in no dump of the kernel's
 * @TCPMEM_FINDING_RCVBUF_MAX: receive buffers at the end of tcp_rmem
 * @TCPMEM_FINDING_SNDBUF_MAX: send buffers at the end of tcp_wmem
 * @TCPMEM_FINDING_IDLE: connections without data, whose objects add up
 * @TCPMEM_FINDING_NO_KEEPALIVE: silent for longer than keepalive would wait,
 *	if it were on
 * @TCPMEM_FINDING_UNACCEPTED: connections that wait to be accepted
 * @TCPMEM_FINDING_BACKLOG_FULL: listeners whose queue is full
 * @TCPMEM_FINDING_BACKLOG_DROPS: listeners that have dropped packets
 * @TCPMEM_FINDING_ORPHANS: closed ones that the kernel still keeps
 * @TCPMEM_FINDING_FDS: open files near their limit
 * @TCPMEM_FINDING_PORTS: local ports toward one destination near their end
 */
enum tcpmem_finding_code {
	TCPMEM_FINDING_UNREAD,
	TCPMEM_FINDING_ZERO_WINDOW,
	TCPMEM_FINDING_RETRANSMITTING,
	TCPMEM_FINDING_UNDELIVERED,
	TCPMEM_FINDING_CLOSE_WAIT,
	TCPMEM_FINDING_DARK,
	TCPMEM_FINDING_RCVBUF_MAX,
	TCPMEM_FINDING_SNDBUF_MAX,
	TCPMEM_FINDING_IDLE,
	TCPMEM_FINDING_NO_KEEPALIVE,
	TCPMEM_FINDING_UNACCEPTED,
	TCPMEM_FINDING_BACKLOG_FULL,
	TCPMEM_FINDING_BACKLOG_DROPS,
	TCPMEM_FINDING_ORPHANS,
	TCPMEM_FINDING_FDS,
	TCPMEM_FINDING_PORTS,
};
#define TCPMEM_FINDING_COUNT (TCPMEM_FINDING_PORTS + 1)

/** tcpmem_process_metric_name() - "rss_anon" ...; NULL if it is no entry */
TCPMEM_API const char *
tcpmem_process_metric_name(enum tcpmem_process_metric entry);

/** tcpmem_process_metric_json() - its JSON key, "rss_anon_bytes"; else NULL */
TCPMEM_API const char *
tcpmem_process_metric_json(enum tcpmem_process_metric entry);

/**
 * tcpmem_process_metric_source() - the file that says it; NULL if it is no
 * entry
 *
 * It is below /proc/PID, or in the cgroup's directory.
 * tcpmem_explanation_get_source() names the one that was read.
 */
TCPMEM_API const char *
tcpmem_process_metric_source(enum tcpmem_process_metric entry);

/** tcpmem_process_metric_is_bytes() - whether it is bytes, or counts something
 */
TCPMEM_API bool
tcpmem_process_metric_is_bytes(enum tcpmem_process_metric entry);

/** tcpmem_process_metric_text() - its meaning in a line; NULL if it is no entry
 */
TCPMEM_API const char *
tcpmem_process_metric_text(enum tcpmem_process_metric entry);

/**
 * tcpmem_find_processes() - the processes that @spec names
 * @spec: a pid, or the name that a process has given itself
 *
 * Free @pids with free(3).
 *
 * Return: 0; -ENOENT if there is none; -EBADMSG if /proc makes no sense;
 * -errno of reading it; -ENOMEM.
 */
TCPMEM_API int tcpmem_find_processes(struct tcpmem_ctx *ctx, const char *spec,
				     uint32_t **pids, size_t *count);

/**
 * tcpmem_explain() - reads where the memory of process @pid is
 * @snapshot: taken with holders; free it after the explanation. With tcp_info
 *	(%TCPMEM_NEED_INFO) it is also known since when data is unread,
 *	which windows are shut, and which connections are silent.
 *
 * Free it with tcpmem_explanation_free().
 *
 * Return: 0; -ENOENT if there is no such process; -EBADMSG if /proc makes no
 * sense; -errno of reading it; -ENOMEM. What may not be read is unknown.
 */
TCPMEM_API int tcpmem_explain(struct tcpmem_ctx *ctx,
			      const struct tcpmem_snapshot *snapshot,
			      uint32_t pid,
			      struct tcpmem_explanation **explanation);

/** tcpmem_explanation_free() - frees it, its rows and findings */
TCPMEM_API void tcpmem_explanation_free(struct tcpmem_explanation *explanation);

/** tcpmem_explanation_get_pid() - the process that it is about */
TCPMEM_API uint32_t
tcpmem_explanation_get_pid(const struct tcpmem_explanation *explanation);

/** tcpmem_explanation_get_comm() - its name; raw bytes */
TCPMEM_API const char *
tcpmem_explanation_get_comm(const struct tcpmem_explanation *explanation);

/**
 * tcpmem_explanation_get_metric() - what the kernel says of the process
 *
 * Return: 0, or -ENODATA if it could not be read.
 */
TCPMEM_API int
tcpmem_explanation_get_metric(const struct tcpmem_explanation *explanation,
			      enum tcpmem_process_metric entry, int64_t *value);

/**
 * tcpmem_explanation_get_tcp() - its TCP memory, as grouped by process
 *
 * Return: the row; NULL if no socket was found to be its own.
 */
TCPMEM_API const struct tcpmem_row *
tcpmem_explanation_get_tcp(const struct tcpmem_explanation *explanation);

/**
 * tcpmem_explanation_get_number() - a sum of that row; 0 if it has no socket
 *
 * Return: 0, or -ENODATA if its open files could not be looked at.
 */
TCPMEM_API int
tcpmem_explanation_get_number(const struct tcpmem_explanation *explanation,
			      enum tcpmem_metric number, int64_t *value);

/** tcpmem_explanation_get_state() - of it, what is in @state; else NULL */
TCPMEM_API const struct tcpmem_row *
tcpmem_explanation_get_state(const struct tcpmem_explanation *explanation,
			     enum tcpmem_state state);

/** tcpmem_explanation_get_source() - the file that says it; NULL if no entry */
TCPMEM_API const char *
tcpmem_explanation_get_source(const struct tcpmem_explanation *explanation,
			      enum tcpmem_process_metric entry);

/** tcpmem_explanation_get_cgroup() - its cgroup's path; raw bytes; or NULL */
TCPMEM_API const char *
tcpmem_explanation_get_cgroup(const struct tcpmem_explanation *explanation);

/**
 * tcpmem_explanation_get_limits() - those of its network namespace
 *
 * Return: them, as long as the explanation lives; NULL if they could not be
 * read.
 */
TCPMEM_API const struct tcpmem_limits *
tcpmem_explanation_get_limits(const struct tcpmem_explanation *explanation);

/**
 * tcpmem_explanation_get_shared() - what other processes hold with it
 * @bytes: what those sockets hold, in full
 *
 * Return: how many they are.
 */
TCPMEM_API int64_t tcpmem_explanation_get_shared(
	const struct tcpmem_explanation *explanation, int64_t *bytes);

/**
 * tcpmem_explanation_get_keepalive() - its connections with keepalive on
 * @connections: established ones of which that is known: none with data on
 *	its way, which another timer guards
 *
 * Return: of them, those whose keepalive timer runs.
 */
TCPMEM_API int64_t tcpmem_explanation_get_keepalive(
	const struct tcpmem_explanation *explanation, int64_t *connections);

/**
 * tcpmem_explanation_get_unaccepted() - what waits to be accepted by it
 * @bytes: what those connections hold, shared ones in full
 *
 * Return: how many they are.
 */
TCPMEM_API int64_t tcpmem_explanation_get_unaccepted(
	const struct tcpmem_explanation *explanation, int64_t *bytes);

/** tcpmem_explanation_get_finding_count() - how many things stand out */
TCPMEM_API size_t tcpmem_explanation_get_finding_count(
	const struct tcpmem_explanation *explanation);

/** tcpmem_explanation_get_finding() - one of them, the most expensive first */
TCPMEM_API const struct tcpmem_finding *
tcpmem_explanation_get_finding(const struct tcpmem_explanation *explanation,
			       size_t index);

/** tcpmem_finding_code_name() - "unread" ...; NULL if it is no code */
TCPMEM_API const char *tcpmem_finding_code_name(enum tcpmem_finding_code code);

/** tcpmem_finding_code_reason() - what it comes from; NULL if it is no code */
TCPMEM_API const char *
tcpmem_finding_code_reason(enum tcpmem_finding_code code);

/** tcpmem_finding_code_setting() - the sysctl or option behind it; else NULL */
TCPMEM_API const char *
tcpmem_finding_code_setting(enum tcpmem_finding_code code);

/** tcpmem_finding_code_advice() - what to do about it; NULL if it is no code */
TCPMEM_API const char *
tcpmem_finding_code_advice(enum tcpmem_finding_code code);

/** tcpmem_finding_get_code() - what kind it is */
TCPMEM_API enum tcpmem_finding_code
tcpmem_finding_get_code(const struct tcpmem_finding *finding);

/** tcpmem_finding_get_bytes() - what it costs, shared sockets in full */
TCPMEM_API int64_t
tcpmem_finding_get_bytes(const struct tcpmem_finding *finding);

/** tcpmem_finding_get_sockets() - how many it is about; 0 if about none */
TCPMEM_API int64_t
tcpmem_finding_get_sockets(const struct tcpmem_finding *finding);

/** tcpmem_finding_get_text() - it in a sentence, with its numbers */
TCPMEM_API const char *
tcpmem_finding_get_text(const struct tcpmem_finding *finding);

/*
 * ---- pprof: what a Go program says of its own memory ----
 */

/**
 * enum tcpmem_pprof_metric - what a Go program's runtime counts
 * @TCPMEM_PPROF_GOROUTINES: how many there are
 * @TCPMEM_PPROF_HEAP_INUSE: bytes of spans with objects in them
 * @TCPMEM_PPROF_HEAP_IDLE: bytes of spans without
 * @TCPMEM_PPROF_HEAP_RELEASED: of the idle ones, bytes given back to the kernel
 * @TCPMEM_PPROF_STACK_INUSE: bytes of goroutines' stacks
 * @TCPMEM_PPROF_TABLES: bytes of the runtime's own: spans, caches, profiles,
 *	garbage collection
 * @TCPMEM_PPROF_KEPT: bytes that it has from the kernel: heap in use, idle and
 *	not released, stacks and tables. What of it was never touched is in no
 *	RSS.
 */
enum tcpmem_pprof_metric {
	TCPMEM_PPROF_GOROUTINES,
	TCPMEM_PPROF_HEAP_INUSE,
	TCPMEM_PPROF_HEAP_IDLE,
	TCPMEM_PPROF_HEAP_RELEASED,
	TCPMEM_PPROF_STACK_INUSE,
	TCPMEM_PPROF_TABLES,
	TCPMEM_PPROF_KEPT,
};
#define TCPMEM_PPROF_COUNT (TCPMEM_PPROF_KEPT + 1)

/**
 * tcpmem_pprof_parse() - understands what /debug/pprof serves
 * @heap: the text of heap?debug=1, @heap_len bytes
 * @goroutine: the text of goroutine?debug=1, @goroutine_len bytes; may be NULL
 *
 * The texts are not kept, and whoever wrote them is not trusted. Free it with
 * tcpmem_pprof_free().
 *
 * Return: 0; -EBADMSG if a text is not what it should be; -ENOMEM.
 */
TCPMEM_API int tcpmem_pprof_parse(const char *heap, size_t heap_len,
				  const char *goroutine, size_t goroutine_len,
				  struct tcpmem_pprof **pprof);

/** tcpmem_pprof_free() - frees it */
TCPMEM_API void tcpmem_pprof_free(struct tcpmem_pprof *pprof);

/**
 * tcpmem_pprof_get_metric() - one of its figures
 *
 * Return: 0, or -ENODATA if the texts do not tell it.
 */
TCPMEM_API int tcpmem_pprof_get_metric(const struct tcpmem_pprof *pprof,
				       enum tcpmem_pprof_metric figure,
				       int64_t *value);

/** tcpmem_pprof_metric_name() - "heap_inuse" ...; NULL if it is no figure */
TCPMEM_API const char *
tcpmem_pprof_metric_name(enum tcpmem_pprof_metric figure);

/** tcpmem_pprof_metric_json() - its JSON key, "heap_inuse_bytes"; else NULL */
TCPMEM_API const char *
tcpmem_pprof_metric_json(enum tcpmem_pprof_metric figure);

/** tcpmem_pprof_metric_text() - its meaning in a line; else NULL */
TCPMEM_API const char *
tcpmem_pprof_metric_text(enum tcpmem_pprof_metric figure);

/*
 * ---- diff: what changed between two snapshots ----
 */

/**
 * tcpmem_diff() - compares two snapshots, group by group
 * @before: the earlier one
 * @after: the later one
 * @keys: as for tcpmem_group()
 *
 * Sockets are the same by cookie and namespace, processes by pid and start
 * time, both within one boot; see tcpmem_diff_get_match(). The rows are those
 * of both snapshots, the largest growth of held bytes first. Time is linear in
 * the sockets of both. The diff refers to the snapshots: free it first.
 *
 * Return: 0, -EINVAL if @keys names no grouping, or -ENOMEM.
 */
TCPMEM_API int tcpmem_diff(const struct tcpmem_snapshot *before,
			   const struct tcpmem_snapshot *after,
			   const char *keys, struct tcpmem_diff **diff);

/** tcpmem_diff_free() - frees it and its rows */
TCPMEM_API void tcpmem_diff_free(struct tcpmem_diff *diff);

/**
 * tcpmem_diff_sort() - sorts the rows
 * @order: "key", events' names, or numbers' names and "_before", "_after" or
 *	"_delta", with commas between, each after a "-" for largest first:
 *	"-held_delta,-opened"
 *
 * Return: 0, or -EINVAL if @order names something else.
 */
TCPMEM_API int tcpmem_diff_sort(struct tcpmem_diff *diff, const char *order);

/**
 * tcpmem_diff_fold() - puts steady rows in one, "unchanged", the last
 *
 * Return: 0, or -ENOMEM.
 */
TCPMEM_API int tcpmem_diff_fold(struct tcpmem_diff *diff);

/**
 * tcpmem_diff_limit() - keeps the first @rows, the rest in one row "other"
 *
 * Return: 0, or -ENOMEM.
 */
TCPMEM_API int tcpmem_diff_limit(struct tcpmem_diff *diff, size_t rows);

/** tcpmem_diff_get_match() - what made sockets the same ones */
TCPMEM_API enum tcpmem_match
tcpmem_diff_get_match(const struct tcpmem_diff *diff);

/**
 * tcpmem_diff_get_elapsed_ns() - time from one snapshot to the other
 *
 * By the clock that runs since boot if both are of one boot, else by the wall
 * clock; below 0 if @before is the later one.
 *
 * Return: 0, or -ENODATA if a file does not say when it was made.
 */
TCPMEM_API int tcpmem_diff_get_elapsed_ns(const struct tcpmem_diff *diff,
					  int64_t *ns);

/** tcpmem_diff_get_row_count() - how many rows it has */
TCPMEM_API size_t tcpmem_diff_get_row_count(const struct tcpmem_diff *diff);

/** tcpmem_diff_get_row() - the row at @index, below the count */
TCPMEM_API const struct tcpmem_diff_row *
tcpmem_diff_get_row(const struct tcpmem_diff *diff, size_t index);

/** tcpmem_diff_get_total() - all sockets, each counted once */
TCPMEM_API const struct tcpmem_diff_row *
tcpmem_diff_get_total(const struct tcpmem_diff *diff);

/** tcpmem_diff_row_get_key() - as tcpmem_row_get_key(), as it is after */
TCPMEM_API const char *
tcpmem_diff_row_get_key(const struct tcpmem_diff_row *row);

/** tcpmem_diff_row_get_kind() - as tcpmem_row_get_kind() */
TCPMEM_API const char *
tcpmem_diff_row_get_kind(const struct tcpmem_diff_row *row);

/** tcpmem_diff_row_get_process() - the process it stands for; NULL if none */
TCPMEM_API const struct tcpmem_process *
tcpmem_diff_row_get_process(const struct tcpmem_diff_row *row);

/**
 * tcpmem_diff_row_get_event() - to how many of its sockets that happened
 *
 * A shared socket counts in full in each row, as for
 * %TCPMEM_METRIC_REACH_SOCKETS. 0 if it is no event.
 */
TCPMEM_API int64_t tcpmem_diff_row_get_event(const struct tcpmem_diff_row *row,
					     enum tcpmem_event event);

/** tcpmem_diff_row_get_before() - a sum of the earlier snapshot */
TCPMEM_API int64_t tcpmem_diff_row_get_before(const struct tcpmem_diff_row *row,
					      enum tcpmem_metric number);

/** tcpmem_diff_row_get_after() - a sum of the later snapshot */
TCPMEM_API int64_t tcpmem_diff_row_get_after(const struct tcpmem_diff_row *row,
					     enum tcpmem_metric number);

/** tcpmem_diff_row_get_delta() - after less before */
TCPMEM_API int64_t tcpmem_diff_row_get_delta(const struct tcpmem_diff_row *row,
					     enum tcpmem_metric number);

/**
 * tcpmem_diff_row_get_per_minute() - the delta for each minute that passed
 *
 * Return: 0, or -ENODATA if no time passed or it is not known.
 */
TCPMEM_API int tcpmem_diff_row_get_per_minute(const struct tcpmem_diff_row *row,
					      enum tcpmem_metric number,
					      double *value);

/** tcpmem_diff_row_get_class() - which way it went */
TCPMEM_API enum tcpmem_change_class
tcpmem_diff_row_get_class(const struct tcpmem_diff_row *row);

/*
 * ---- check: thresholds, and what is beyond them ----
 */

/**
 * enum tcpmem_check_metric - what can have a threshold
 * @TCPMEM_CHECK_METRIC_HELD: bytes: what the sockets cost
 * @TCPMEM_CHECK_METRIC_SOCKETS: how many there are
 * @TCPMEM_CHECK_METRIC_CLOSE_WAIT: of them, how many in CLOSE_WAIT
 * @TCPMEM_CHECK_METRIC_TIME_WAIT: how many in TIME_WAIT
 * @TCPMEM_CHECK_METRIC_ORPHANS: sockets that their process has closed, or
 *	percent of
 *	tcp_max_orphans. Of all sockets the kernel's own count is taken.
 * @TCPMEM_CHECK_METRIC_TCP_MEM: bytes that the kernel has charged to TCP, or
 *	percent
 *	of tcp_mem's third number; of the host
 * @TCPMEM_CHECK_METRIC_GROWTH: change of held bytes from one snapshot to the
 *	other,
 *	for each minute
 * @TCPMEM_CHECK_METRIC_UNEXPLAINED: bytes by which sums and kernel differ for
 *	no
 *	known reason, or percent of what the kernel has charged; of the host
 */
enum tcpmem_check_metric {
	TCPMEM_CHECK_METRIC_HELD,
	TCPMEM_CHECK_METRIC_SOCKETS,
	TCPMEM_CHECK_METRIC_CLOSE_WAIT,
	TCPMEM_CHECK_METRIC_TIME_WAIT,
	TCPMEM_CHECK_METRIC_ORPHANS,
	TCPMEM_CHECK_METRIC_TCP_MEM,
	TCPMEM_CHECK_METRIC_GROWTH,
	TCPMEM_CHECK_METRIC_UNEXPLAINED,
};
#define TCPMEM_CHECK_METRIC_COUNT (TCPMEM_CHECK_METRIC_UNEXPLAINED + 1)

/**
 * enum tcpmem_level - how a value stands to its thresholds
 *
 * The numbers are the exit codes of monitoring plugins. Of several, critical
 * is the worst, then unknown, then warning.
 */
enum tcpmem_level {
	TCPMEM_LEVEL_OK,
	TCPMEM_LEVEL_WARNING,
	TCPMEM_LEVEL_CRITICAL,
	TCPMEM_LEVEL_UNKNOWN, /* the value is not known */
};
#define TCPMEM_LEVEL_COUNT (TCPMEM_LEVEL_UNKNOWN + 1)

/** tcpmem_check_metric_name() - "held", "close-wait" ...; NULL if it is no
 * metric */
TCPMEM_API const char *
tcpmem_check_metric_name(enum tcpmem_check_metric metric);

/** tcpmem_check_metric_text() - its meaning in a line; NULL if it is no metric
 */
TCPMEM_API const char *
tcpmem_check_metric_text(enum tcpmem_check_metric metric);

/** tcpmem_level_name() - "ok", "warning", "critical", "unknown"; else NULL */
TCPMEM_API const char *tcpmem_level_name(enum tcpmem_level level);

/**
 * struct tcpmem_check_error - where a threshold is wrong
 * @size: sizeof(struct tcpmem_check_error), set by the caller
 * @offset: byte of the text at which it is wrong
 * @expected: what should stand there; static storage
 */
struct tcpmem_check_error {
	size_t size;
	size_t offset;
	const char *expected;
};

/**
 * tcpmem_check_new() - a check without thresholds
 *
 * Free it with tcpmem_check_free().
 *
 * Return: 0, or -ENOMEM.
 */
TCPMEM_API int tcpmem_check_new(struct tcpmem_check **check);

/** tcpmem_check_free() - frees it and its results */
TCPMEM_API void tcpmem_check_free(struct tcpmem_check *check);

/**
 * tcpmem_check_add() - what @metric may be at most
 * @text: "WARN,CRIT", or one value, which is critical. A value is a number,
 *	maybe with a fraction, and its unit: of bytes K, M, G or T, powers of
 *	1024; of sockets k, m or g, powers of 1000; "%" where the metric is part
 *	of something; bytes and "/s", "/min" or "/h" for growth.
 * @error: written if the text is wrong; may be NULL
 *
 * A value is beyond a threshold if it is larger. Given again, the last one
 * counts.
 *
 * Return: 0; -EINVAL if @metric is none, the text is wrong or @error->size is
 * too small.
 */
TCPMEM_API int tcpmem_check_add(struct tcpmem_check *check,
				enum tcpmem_check_metric metric,
				const char *text,
				struct tcpmem_check_error *error);

/** tcpmem_check_has() - whether @metric was given a threshold */
TCPMEM_API bool tcpmem_check_has(const struct tcpmem_check *check,
				 enum tcpmem_check_metric metric);

/**
 * tcpmem_check_set_keys() - judges each group by itself
 * @keys: as for tcpmem_group(); NULL judges all sockets together again
 *
 * What is the host's stays the host's.
 *
 * Return: 0, -EINVAL if @keys names no grouping, or -ENOMEM.
 */
TCPMEM_API int tcpmem_check_set_keys(struct tcpmem_check *check,
				     const char *keys);

/**
 * tcpmem_check_require() - what a query has to require for the check
 * @needs: receives the bits of enum tcpmem_need beside those it has
 */
TCPMEM_API void tcpmem_check_require(const struct tcpmem_check *check,
				     uint32_t *needs);

/**
 * tcpmem_check_judge() - compares what was seen with the thresholds
 * @before: an earlier snapshot, for %TCPMEM_CHECK_METRIC_GROWTH; else NULL
 *
 * Results of an earlier call are gone. Neither snapshot is needed afterwards.
 *
 * Return: 0; -EINVAL if growth has a threshold and there is no @before;
 * -ENOMEM.
 */
TCPMEM_API int tcpmem_check_judge(struct tcpmem_check *check,
				  const struct tcpmem_snapshot *before,
				  const struct tcpmem_snapshot *snapshot);

/**
 * tcpmem_check_judge_value() - the same of a number that the caller has
 * @key: whose number it is; copied
 * @value: bytes, sockets, or bytes for each minute
 *
 * Adds one result; none if @metric has no threshold.
 *
 * Return: 0; -EINVAL if @metric is none, or its thresholds are percent; or
 * -ENOMEM.
 */
TCPMEM_API int tcpmem_check_judge_value(struct tcpmem_check *check,
					enum tcpmem_check_metric metric,
					const char *key, double value);

/** tcpmem_check_get_level() - the worst of all results; OK if there is none */
TCPMEM_API enum tcpmem_level
tcpmem_check_get_level(const struct tcpmem_check *check);

/** tcpmem_check_get_result_count() - how many results it has */
TCPMEM_API size_t
tcpmem_check_get_result_count(const struct tcpmem_check *check);

/**
 * tcpmem_check_get_result() - the result at @index, below the count
 *
 * In the order of enum tcpmem_check_metric, of one metric the largest value
 * first. Every metric that has a threshold has one result or more.
 */
TCPMEM_API const struct tcpmem_check_result *
tcpmem_check_get_result(const struct tcpmem_check *check, size_t index);

/** tcpmem_check_result_get_metric() - what was judged */
TCPMEM_API enum tcpmem_check_metric
tcpmem_check_result_get_metric(const struct tcpmem_check_result *result);

/** tcpmem_check_result_get_key() - of which group; "total" if of all */
TCPMEM_API const char *
tcpmem_check_result_get_key(const struct tcpmem_check_result *result);

/** tcpmem_check_result_get_unit() - what value and thresholds count */
TCPMEM_API enum tcpmem_unit
tcpmem_check_result_get_unit(const struct tcpmem_check_result *result);

/** tcpmem_check_result_get_level() - how it stands */
TCPMEM_API enum tcpmem_level
tcpmem_check_result_get_level(const struct tcpmem_check_result *result);

/**
 * tcpmem_check_result_get_value() - what was found
 *
 * Return: 0, or -ENODATA if it is not known.
 */
TCPMEM_API int
tcpmem_check_result_get_value(const struct tcpmem_check_result *result,
			      double *value);

/**
 * tcpmem_check_result_get_warning() - beyond what it is a warning
 *
 * Return: 0, or -ENODATA if there is no such threshold.
 */
TCPMEM_API int
tcpmem_check_result_get_warning(const struct tcpmem_check_result *result,
				double *value);

/** tcpmem_check_result_get_critical() - beyond what it is critical */
TCPMEM_API double
tcpmem_check_result_get_critical(const struct tcpmem_check_result *result);

/*
 * ---- tree: what the sockets of a process's descendants come to ----
 */

/**
 * enum tcpmem_residue - what a tree of processes leaves
 * @TCPMEM_RESIDUE_OPEN: held by processes that live, or on its way between them
 * @TCPMEM_RESIDUE_ORPHAN: closed by its process, still kept by the kernel
 * @TCPMEM_RESIDUE_TIME_WAIT: in TIME_WAIT: no leak, the kernel frees it
 * @TCPMEM_RESIDUE_UNCLAIMED: in TIME_WAIT too, made since it began in a network
 *	namespace that the tree uses, and by whom is not known
 */
enum tcpmem_residue {
	TCPMEM_RESIDUE_OPEN,
	TCPMEM_RESIDUE_ORPHAN,
	TCPMEM_RESIDUE_TIME_WAIT,
	TCPMEM_RESIDUE_UNCLAIMED,
};
#define TCPMEM_RESIDUE_COUNT (TCPMEM_RESIDUE_UNCLAIMED + 1)

/** tcpmem_residue_name() - "open", "time_wait" ...; NULL if nothing is left so
 */
TCPMEM_API const char *tcpmem_residue_name(enum tcpmem_residue left);

/**
 * tcpmem_tree_new() - follows the descendants of process @ancestor
 * @ancestor: itself not one of them
 *
 * Who descends from it once does so for good. Daemons leave their ancestors:
 * to be found they have to be adopted by one that is followed, so @ancestor is
 * best a subreaper, see prctl(2). Free it with tcpmem_tree_free(), before the
 * context.
 *
 * Return: 0, or -ENOMEM.
 */
TCPMEM_API int tcpmem_tree_new(struct tcpmem_ctx *ctx, uint32_t ancestor,
			       struct tcpmem_tree **tree);

/** tcpmem_tree_free() - frees it */
TCPMEM_API void tcpmem_tree_free(struct tcpmem_tree *tree);

/**
 * tcpmem_tree_set_cgroup() - a v2 cgroup that holds the tree and nothing else
 *
 * Orphans that were made in it are the tree's, even if no snapshot saw them
 * open.
 */
TCPMEM_API void tcpmem_tree_set_cgroup(struct tcpmem_tree *tree, uint64_t id);

/**
 * tcpmem_tree_begin() - what there is before the tree does anything
 * @snapshot: all states; it may be freed afterwards
 *
 * What is in TIME_WAIT now is not the tree's later.
 *
 * Return: 0, or -ENOMEM.
 */
TCPMEM_API int tcpmem_tree_begin(struct tcpmem_tree *tree,
				 const struct tcpmem_snapshot *snapshot);

/**
 * tcpmem_tree_add() - what there is at a later moment
 * @snapshot: all states, with holders, taken just now; it may be freed when the
 *	tables that tcpmem_tree_group() makes of it are
 *
 * A socket that one of the processes holds is the tree's, in full, whoever else
 * holds it. What nobody holds any more is if it was in one of the last
 * snapshots or made in its cgroup; a mini-socket also if its addresses are
 * those of a listener or of a peer of the tree. Memory grows with the sockets
 * that there are and with the tree's ports and peers.
 *
 * Return: 0; -EINVAL if the snapshot was taken without holders; -errno of
 * opening /proc; -ENOMEM.
 */
TCPMEM_API int tcpmem_tree_add(struct tcpmem_tree *tree,
			       const struct tcpmem_snapshot *snapshot);

/** tcpmem_tree_get_count() - how many moments were added */
TCPMEM_API size_t tcpmem_tree_get_count(const struct tcpmem_tree *tree);

/**
 * tcpmem_tree_get_longest_ns() - the longest time that nobody looked
 *
 * What lived no longer may have been missed.
 */
TCPMEM_API int64_t tcpmem_tree_get_longest_ns(const struct tcpmem_tree *tree);

/**
 * tcpmem_tree_get_value() - a figure of the tree at the last moment
 *
 * %TCPMEM_CHECK_METRIC_SOCKETS leaves TIME_WAIT out, %TCPMEM_CHECK_METRIC_HELD
 * does not.
 *
 * Return: 0, or -ENODATA if @metric is none that is told of a tree: those up to
 * %TCPMEM_CHECK_METRIC_ORPHANS are.
 */
TCPMEM_API int tcpmem_tree_get_value(const struct tcpmem_tree *tree,
				     enum tcpmem_check_metric metric,
				     int64_t *value);

/**
 * tcpmem_tree_get_peak() - the most that it was at a moment
 * @ns: receives when that was first, since tcpmem_tree_begin()
 *
 * Return: as tcpmem_tree_get_value().
 */
TCPMEM_API int tcpmem_tree_get_peak(const struct tcpmem_tree *tree,
				    enum tcpmem_check_metric metric,
				    int64_t *value, int64_t *ns);

/**
 * tcpmem_tree_group() - what is left at the last moment, grouped
 * @keys: as for tcpmem_group()
 *
 * The table refers to the snapshot that was added last: free it first.
 *
 * Return: 0; -EINVAL if no snapshot was added, @left is none of enum
 * tcpmem_residue or @keys names no grouping; -ENOMEM.
 */
TCPMEM_API int tcpmem_tree_group(const struct tcpmem_tree *tree,
				 enum tcpmem_residue left, const char *keys,
				 struct tcpmem_table **table);

/*
 * ---- trend: many snapshots, and what they tell of each group ----
 */

/**
 * enum tcpmem_trend_class - what a group's sockets do as time goes by
 * @TCPMEM_TREND_CLASS_STEADY: they are the same ones, and nothing rises
 * @TCPMEM_TREND_CLASS_CHURN: they come and go, and nothing rises
 * @TCPMEM_TREND_CLASS_GROWTH: the same sockets hold steadily more bytes
 * @TCPMEM_TREND_CLASS_LEAK: more and more of them are opened and stay
 */
enum tcpmem_trend_class {
	TCPMEM_TREND_CLASS_STEADY,
	TCPMEM_TREND_CLASS_CHURN,
	TCPMEM_TREND_CLASS_GROWTH,
	TCPMEM_TREND_CLASS_LEAK,
};
#define TCPMEM_TREND_CLASS_COUNT (TCPMEM_TREND_CLASS_LEAK + 1)

/**
 * enum tcpmem_reason - what makes it a leak or growth
 * @TCPMEM_REASON_NONE: it is neither
 * @TCPMEM_REASON_KEPT_OPEN: sockets are opened and not closed
 * @TCPMEM_REASON_CLOSE_WAIT: the peer closed them, who holds them does not
 * @TCPMEM_REASON_UNREAD: receive queues grow: who holds them does not read
 * @TCPMEM_REASON_NOT_TAKEN: send queues grow: the peer does not read, or
 *	cannot be reached
 */
enum tcpmem_reason {
	TCPMEM_REASON_NONE,
	TCPMEM_REASON_KEPT_OPEN,
	TCPMEM_REASON_CLOSE_WAIT,
	TCPMEM_REASON_UNREAD,
	TCPMEM_REASON_NOT_TAKEN,
};
#define TCPMEM_REASON_COUNT (TCPMEM_REASON_NOT_TAKEN + 1)

/** tcpmem_trend_class_name() - "steady", "leak" ...; NULL if it is none */
TCPMEM_API const char *
tcpmem_trend_class_name(enum tcpmem_trend_class tendency);

/** tcpmem_reason_name() - "none", "close-wait" ...; NULL if it is none */
TCPMEM_API const char *tcpmem_reason_name(enum tcpmem_reason reason);

/** tcpmem_reason_text() - it in a sentence; NULL if it is none */
TCPMEM_API const char *tcpmem_reason_text(enum tcpmem_reason reason);

/** TCPMEM_TREND_TIME_WAIT - TIME_WAIT sockets count; else they are left out */
#define TCPMEM_TREND_TIME_WAIT 0x1u

/**
 * tcpmem_trend_new() - a trend without a snapshot
 * @keys: as for tcpmem_group(); if "state" is among them, TIME_WAIT counts
 * @flags: 0 or %TCPMEM_TREND_TIME_WAIT
 *
 * Memory is bounded: by the sockets of two snapshots, and for each group by a
 * series of at most 120 points, which thin out as time goes by. Of more than
 * 1,024 groups the surplus is in one group "other". Free it with
 * tcpmem_trend_free().
 *
 * Return: 0, -EINVAL if @keys names no grouping or @flags has other bits, or
 * -ENOMEM.
 */
TCPMEM_API int tcpmem_trend_new(const char *keys, unsigned int flags,
				struct tcpmem_trend **trend);

/** tcpmem_trend_free() - frees it and its rows */
TCPMEM_API void tcpmem_trend_free(struct tcpmem_trend *trend);

/**
 * tcpmem_trend_add() - one more snapshot, which is later than the last one
 *
 * Sockets are the same ones by cookie and namespace, processes by pid and
 * start time. With a snapshot of another boot all begins anew. It is not
 * needed afterwards.
 *
 * Return: 0; -EINVAL if it is no later than the last one; -ENOMEM.
 */
TCPMEM_API int tcpmem_trend_add(struct tcpmem_trend *trend,
				const struct tcpmem_snapshot *snapshot);

/**
 * tcpmem_trend_judge() - what the snapshots tell
 *
 * Makes the rows, leaks first, then growth, then others, the most bytes first
 * among them. Rows of an earlier call are gone. More snapshots can be added.
 *
 * Return: 0, or -ENOMEM.
 */
TCPMEM_API int tcpmem_trend_judge(struct tcpmem_trend *trend);

/** tcpmem_trend_get_sample_count() - how many snapshots there were */
TCPMEM_API uint64_t
tcpmem_trend_get_sample_count(const struct tcpmem_trend *trend);

/** tcpmem_trend_get_elapsed_ns() - from the first to the last of this boot */
TCPMEM_API int64_t
tcpmem_trend_get_elapsed_ns(const struct tcpmem_trend *trend);

/** tcpmem_trend_get_row_count() - how many groups it judged; others are gone */
TCPMEM_API size_t tcpmem_trend_get_row_count(const struct tcpmem_trend *trend);

/** tcpmem_trend_get_row() - the row at @index, below the count */
TCPMEM_API const struct tcpmem_trend_row *
tcpmem_trend_get_row(const struct tcpmem_trend *trend, size_t index);

/**
 * tcpmem_trend_get_total() - all sockets, each counted once, judged as a group
 *
 * A leak that many processes share, each a little of it, is one here.
 */
TCPMEM_API const struct tcpmem_trend_row *
tcpmem_trend_get_total(const struct tcpmem_trend *trend);

/** tcpmem_trend_row_get_key() - as tcpmem_row_get_key(), as it is last */
TCPMEM_API const char *
tcpmem_trend_row_get_key(const struct tcpmem_trend_row *row);

/** tcpmem_trend_row_get_kind() - as tcpmem_row_get_kind() */
TCPMEM_API const char *
tcpmem_trend_row_get_kind(const struct tcpmem_trend_row *row);

/** tcpmem_trend_row_get_process() - the process it stands for; NULL if none */
TCPMEM_API const struct tcpmem_process *
tcpmem_trend_row_get_process(const struct tcpmem_trend_row *row);

/** tcpmem_trend_row_get_class() - the verdict */
TCPMEM_API enum tcpmem_trend_class
tcpmem_trend_row_get_class(const struct tcpmem_trend_row *row);

/** tcpmem_trend_row_get_reason() - why */
TCPMEM_API enum tcpmem_reason
tcpmem_trend_row_get_reason(const struct tcpmem_trend_row *row);

/**
 * tcpmem_trend_row_get_sure() - how sure a leak or growth is, 0 to 1
 *
 * One less the probability that sockets which come and go alike, or bytes
 * that rise and fall alike, look so by chance.
 *
 * Return: 0, or -ENODATA if it is neither.
 */
TCPMEM_API int tcpmem_trend_row_get_sure(const struct tcpmem_trend_row *row,
					 double *sure);

/**
 * tcpmem_trend_row_get_since_ns() - when it began, ns since 1970
 *
 * Return: 0, or -ENODATA if it is neither leak nor growth.
 */
TCPMEM_API int tcpmem_trend_row_get_since_ns(const struct tcpmem_trend_row *row,
					     int64_t *ns);

/**
 * tcpmem_trend_row_get_first() - a sum as it was at first
 *
 * SOCKETS, HELD, CHARGED, RMEM or WMEM_QUEUED; 0 for other numbers.
 */
TCPMEM_API int64_t tcpmem_trend_row_get_first(
	const struct tcpmem_trend_row *row, enum tcpmem_metric number);

/** tcpmem_trend_row_get_last() - the same sum as it is last */
TCPMEM_API int64_t tcpmem_trend_row_get_last(const struct tcpmem_trend_row *row,
					     enum tcpmem_metric number);

/**
 * tcpmem_trend_row_get_per_minute() - the slope of that sum, a robust one
 *
 * Theil and Sen's: the median of the slopes between any two points.
 *
 * Return: 0, or -ENODATA if there are fewer than two points, or for other
 * numbers.
 */
TCPMEM_API int
tcpmem_trend_row_get_per_minute(const struct tcpmem_trend_row *row,
				enum tcpmem_metric number, double *value);

/**
 * enum tcpmem_trend_metric - how many of a group's sockets; shared ones in full
 * @TCPMEM_TREND_METRIC_OPENED: were first seen after the first snapshot
 * @TCPMEM_TREND_METRIC_CLOSED: were seen and are there no more
 * @TCPMEM_TREND_METRIC_KEPT: of those opened, are still there
 * @TCPMEM_TREND_METRIC_CLOSE_WAIT: are in CLOSE_WAIT
 */
enum tcpmem_trend_metric {
	TCPMEM_TREND_METRIC_OPENED,
	TCPMEM_TREND_METRIC_CLOSED,
	TCPMEM_TREND_METRIC_KEPT,
	TCPMEM_TREND_METRIC_CLOSE_WAIT,
};
#define TCPMEM_TREND_METRIC_COUNT (TCPMEM_TREND_METRIC_CLOSE_WAIT + 1)

/** tcpmem_trend_row_get_metric() - one of them; 0 if it is none */
TCPMEM_API int64_t tcpmem_trend_row_get_metric(
	const struct tcpmem_trend_row *row, enum tcpmem_trend_metric count);

/**
 * tcpmem_trend_row_get_until_ns() - time until a leak or growth, going on like
 *	that and alone, takes the kernel's TCP memory to tcp_mem's pressure
 *
 * Return: 0; -ENODATA if it is neither, its charge does not rise, or the
 * limit is not known.
 */
TCPMEM_API int tcpmem_trend_row_get_until_ns(const struct tcpmem_trend_row *row,
					     int64_t *ns);

/**
 * tcpmem_trend_read_limits() - reads how much cgroups may still take
 *
 * After tcpmem_trend_judge(), for rows that leak or grow, if the first key is
 * process, cgroup, unit, container or pod: what is left to the memory limit of
 * the cgroup of one of its processes; under cgroup v1, to its limit for TCP.
 */
TCPMEM_API void tcpmem_trend_read_limits(struct tcpmem_ctx *ctx,
					 struct tcpmem_trend *trend);

/**
 * tcpmem_trend_row_get_until_limit_ns() - the same until the cgroup's limit
 *
 * Return: 0; -ENODATA if it is neither, its charge does not rise, there is no
 * limit, it is not known, or it was not read.
 */
TCPMEM_API int
tcpmem_trend_row_get_until_limit_ns(const struct tcpmem_trend_row *row,
				    int64_t *ns);

#ifdef __cplusplus
}
#endif

#endif

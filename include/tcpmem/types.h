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
enum { TCPMEM_STATE_MAX = 13 };

/** TCPMEM_STATES_ALL - the mask of all 12 states */
enum { TCPMEM_STATES_ALL = 0x2ffe };

/**
 * enum tcpmem_family - the address family of a socket
 *
 * A v4-mapped connection (::ffff:a.b.c.d) belongs to an IPv6 socket.
 */
enum tcpmem_family {
	TCPMEM_FAMILY_IPV4 = 0,
	TCPMEM_FAMILY_IPV6 = 1,
};

/**
 * enum tcpmem_protocol - what the record is
 *
 * An MPTCP connection has one %TCPMEM_PROTOCOL_MPTCP record, with the data,
 * and one %TCPMEM_PROTOCOL_SUBFLOW record for each TCP subflow seen under it.
 * The subflows' bytes count; as sockets they do not.
 */
enum tcpmem_protocol {
	TCPMEM_PROTOCOL_TCP = 0,
	TCPMEM_PROTOCOL_MPTCP = 1,
	TCPMEM_PROTOCOL_SUBFLOW = 2,
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
	TCPMEM_KIND_PROCESS = 0,
	TCPMEM_KIND_UNACCEPTED = 1,
	TCPMEM_KIND_ORPHAN = 2,
	TCPMEM_KIND_TIME_WAIT = 3,
	TCPMEM_KIND_SYN_RECV = 4,
	TCPMEM_KIND_IN_FLIGHT = 5,
	TCPMEM_KIND_DARK = 6,
	TCPMEM_KIND_KERNEL = 7,
	TCPMEM_KIND_HIDDEN = 8,
	TCPMEM_KIND_UNKNOWN = 9,
};
enum { TCPMEM_KIND_COUNT = 10 };

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
	TCPMEM_METRIC_RMEM = 0,
	TCPMEM_METRIC_RCVBUF = 1,
	TCPMEM_METRIC_WMEM_ALLOC = 2,
	TCPMEM_METRIC_SNDBUF = 3,
	TCPMEM_METRIC_FWD_ALLOC = 4,
	TCPMEM_METRIC_WMEM_QUEUED = 5,
	TCPMEM_METRIC_OPTMEM = 6,
	TCPMEM_METRIC_BACKLOG = 7,
	TCPMEM_METRIC_DROPS = 8,
	TCPMEM_METRIC_SOCKETS = 9,
	TCPMEM_METRIC_CHARGED = 10,
	TCPMEM_METRIC_BUFFER = 11,
	TCPMEM_METRIC_OBJECT = 12,
	TCPMEM_METRIC_HELD = 13,
	TCPMEM_METRIC_REACH = 14,
	TCPMEM_METRIC_REACH_SOCKETS = 15,
};
enum { TCPMEM_METRIC_COUNT = 16 };

/** TCPMEM_UNKNOWN - in place of a value that is not known */
static const int64_t TCPMEM_UNKNOWN = INT64_MIN;

/**
 * enum tcpmem_unit - what a value counts
 * @TCPMEM_UNIT_NONE: it is no quantity, or a number that its text explains
 * @TCPMEM_UNIT_BYTES_PER_MINUTE: of thresholds only
 * @TCPMEM_UNIT_TIMER: it is an enum tcpmem_timer
 * @TCPMEM_UNIT_MODE: it is a choice, as a sysctl has it
 */
enum tcpmem_unit {
	TCPMEM_UNIT_NONE = 0,
	TCPMEM_UNIT_BYTES = 1,
	TCPMEM_UNIT_SOCKETS = 2,
	TCPMEM_UNIT_PACKETS = 3,
	TCPMEM_UNIT_PERCENT = 4,
	TCPMEM_UNIT_BYTES_PER_MINUTE = 5,
	TCPMEM_UNIT_BYTES_PER_SECOND = 6,
	TCPMEM_UNIT_MICROSECONDS = 7,
	TCPMEM_UNIT_MILLISECONDS = 8,
	TCPMEM_UNIT_SECONDS = 9,
	TCPMEM_UNIT_EVENTS = 10,
	TCPMEM_UNIT_PORTS = 11,
	TCPMEM_UNIT_FILES = 12,
	TCPMEM_UNIT_THREADS = 13,
	TCPMEM_UNIT_TIMER = 14,
	TCPMEM_UNIT_MODE = 15,
};
enum { TCPMEM_UNIT_COUNT = 16 };

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
 *	asks for is not known of them
 * @TCPMEM_WARNING_KTLS: open records of kernel TLS are charged and in no
 *	counter, so that charged and held are lower bounds
 * @TCPMEM_WARNING_CGROUPS_UNREADABLE: processes whose cgroup cannot be read
 * @TCPMEM_WARNING_PROC_FOREIGN: /proc is empty, or of a PID namespace that the
 *	caller is not in
 */
enum tcpmem_warning_code {
	TCPMEM_WARNING_NETNS_SCOPE = 0,
	TCPMEM_WARNING_DUMP_INTERRUPTED = 1,
	TCPMEM_WARNING_COUNTERS_MISSING = 2,
	TCPMEM_WARNING_MPTCP_MISSING = 3,
	TCPMEM_WARNING_FDS_UNREADABLE = 4,
	TCPMEM_WARNING_PROC_HIDDEN = 5,
	TCPMEM_WARNING_MESSAGE_MALFORMED = 6,
	TCPMEM_WARNING_CAPTURE_SCOPE = 7,
	TCPMEM_WARNING_CAPTURE_DAMAGED = 8,
	TCPMEM_WARNING_NETNS_DENIED = 9,
	TCPMEM_WARNING_SOCKETS_UNSEEN = 10,
	TCPMEM_WARNING_FILTER_UNDECIDED = 11,
	TCPMEM_WARNING_KTLS = 12,
	TCPMEM_WARNING_CGROUPS_UNREADABLE = 13,
	TCPMEM_WARNING_PROC_FOREIGN = 14,
};
enum { TCPMEM_WARNING_COUNT = 15 };

/**
 * enum tcpmem_object - the slab objects that sockets pin
 *
 * Sizes are bytes of slab per object, what rounding and whole slabs waste
 * included.
 */
enum tcpmem_object {
	TCPMEM_OBJECT_TCP = 0,
	TCPMEM_OBJECT_TCPV6 = 1,
	TCPMEM_OBJECT_MPTCP = 2,
	TCPMEM_OBJECT_MPTCPV6 = 3,
	TCPMEM_OBJECT_SOCK_INODE = 4,
	TCPMEM_OBJECT_FILE = 5,
	TCPMEM_OBJECT_DENTRY = 6,
	TCPMEM_OBJECT_TIME_WAIT = 7,
	TCPMEM_OBJECT_REQUEST = 8,
	TCPMEM_OBJECT_BIND_BUCKET = 9,
	TCPMEM_OBJECT_BIND2_BUCKET = 10,
	TCPMEM_OBJECT_SUBFLOW = 11,
};
enum { TCPMEM_OBJECT_COUNT = 12 };

/**
 * enum tcpmem_object_source - where an object's size was read
 * @TCPMEM_OBJECT_SOURCE_DEFAULT: compiled in (Linux 6.18, x86-64)
 * @TCPMEM_OBJECT_SOURCE_BTF: /proc/net/protocols and /sys/kernel/btf/vmlinux
 * @TCPMEM_OBJECT_SOURCE_SLABINFO: /proc/slabinfo
 * @TCPMEM_OBJECT_SOURCE_SYSFS: the link in /sys/kernel/slab of a cache that was
 *	merged with others and so is not in slabinfo
 */
enum tcpmem_object_source {
	TCPMEM_OBJECT_SOURCE_DEFAULT = 0,
	TCPMEM_OBJECT_SOURCE_BTF = 1,
	TCPMEM_OBJECT_SOURCE_SLABINFO = 2,
	TCPMEM_OBJECT_SOURCE_SYSFS = 3,
};
enum { TCPMEM_OBJECT_SOURCE_COUNT = 4 };

/**
 * enum tcpmem_host_metric - what the host says about itself
 * @TCPMEM_HOST_METRIC_TCP_MEM_LOW: host, bytes: net.ipv4.tcp_mem[0]
 * @TCPMEM_HOST_METRIC_TCP_MEM_PRESSURE: host, bytes: net.ipv4.tcp_mem[1]
 * @TCPMEM_HOST_METRIC_TCP_MEM_HIGH: host, bytes: net.ipv4.tcp_mem[2]
 * @TCPMEM_HOST_METRIC_TCP_MEM_USED: host, bytes: sockstat TCP mem
 * @TCPMEM_HOST_METRIC_SOCKETS_ALLOC: host, sockets: sockstat TCP alloc
 * @TCPMEM_HOST_METRIC_ORPHANS: host, sockets: sockstat TCP orphan
 * @TCPMEM_HOST_METRIC_ORPHANS_MAX: host, sockets: tcp_max_orphans
 * @TCPMEM_HOST_METRIC_TIME_WAIT: netns, sockets: sockstat TCP tw
 * @TCPMEM_HOST_METRIC_TIME_WAIT_MAX: netns, sockets: tcp_max_tw_buckets
 * @TCPMEM_HOST_METRIC_SOCKETS_INUSE: netns, sockets: TCP + TCP6 inuse
 * @TCPMEM_HOST_METRIC_PCPU_RESERVE: host, bytes: net.core.mem_pcpu_rsv
 * @TCPMEM_HOST_METRIC_PAGE_SIZE: host, bytes
 * @TCPMEM_HOST_METRIC_CPUS: host: CPUs that exist
 * @TCPMEM_HOST_METRIC_PRESSURE: host: 1 while TCP is under memory pressure
 *
 * The scope of each is in its name's comment: "host" counts all network
 * namespaces, "netns" the caller's.
 */
enum tcpmem_host_metric {
	TCPMEM_HOST_METRIC_TCP_MEM_LOW = 0,
	TCPMEM_HOST_METRIC_TCP_MEM_PRESSURE = 1,
	TCPMEM_HOST_METRIC_TCP_MEM_HIGH = 2,
	TCPMEM_HOST_METRIC_TCP_MEM_USED = 3,
	TCPMEM_HOST_METRIC_SOCKETS_ALLOC = 4,
	TCPMEM_HOST_METRIC_ORPHANS = 5,
	TCPMEM_HOST_METRIC_ORPHANS_MAX = 6,
	TCPMEM_HOST_METRIC_TIME_WAIT = 7,
	TCPMEM_HOST_METRIC_TIME_WAIT_MAX = 8,
	TCPMEM_HOST_METRIC_SOCKETS_INUSE = 9,
	TCPMEM_HOST_METRIC_PCPU_RESERVE = 10,
	TCPMEM_HOST_METRIC_PAGE_SIZE = 11,
	TCPMEM_HOST_METRIC_CPUS = 12,
	TCPMEM_HOST_METRIC_PRESSURE = 13,
};
enum { TCPMEM_HOST_METRIC_COUNT = 14 };

/**
 * enum tcpmem_cgroup_metric - the figures of a cgroup's books, bytes
 * @TCPMEM_CGROUP_METRIC_CHARGED: its sockets' charged, summed
 * @TCPMEM_CGROUP_METRIC_KERNEL: what the kernel says it charged
 * @TCPMEM_CGROUP_METRIC_RESIDUAL: kernel - charged
 * @TCPMEM_CGROUP_METRIC_TOLERANCE: the kernel counts with a delay, and memory
 *	moved meanwhile
 * @TCPMEM_CGROUP_METRIC_WAITING: of charged: not accepted, so nobody's yet
 * @TCPMEM_CGROUP_METRIC_LEFT: of charged: held by processes elsewhere
 * @TCPMEM_CGROUP_METRIC_ARRIVED: not in charged: held by processes in here
 */
enum tcpmem_cgroup_metric {
	TCPMEM_CGROUP_METRIC_CHARGED = 0,
	TCPMEM_CGROUP_METRIC_KERNEL = 1,
	TCPMEM_CGROUP_METRIC_RESIDUAL = 2,
	TCPMEM_CGROUP_METRIC_TOLERANCE = 3,
	TCPMEM_CGROUP_METRIC_WAITING = 4,
	TCPMEM_CGROUP_METRIC_LEFT = 5,
	TCPMEM_CGROUP_METRIC_ARRIVED = 6,
};
enum { TCPMEM_CGROUP_METRIC_COUNT = 7 };

/**
 * enum tcpmem_reconcile_metric - the figures of a reconciliation
 * @TCPMEM_RECONCILE_METRIC_CHARGED: bytes: the sockets' charged, summed
 * @TCPMEM_RECONCILE_METRIC_KERNEL: bytes: what the kernel says it charged
 * @TCPMEM_RECONCILE_METRIC_RESIDUAL: bytes: kernel - charged
 * @TCPMEM_RECONCILE_METRIC_TOLERANCE: bytes: what CPUs keep back
 * @TCPMEM_RECONCILE_METRIC_MOVED: bytes: the kernel's change meanwhile
 * @TCPMEM_RECONCILE_METRIC_SOCKETS_SEEN: with TCP's full record
 * @TCPMEM_RECONCILE_METRIC_SOCKETS_DARK: of them found by fd alone
 * @TCPMEM_RECONCILE_METRIC_SOCKETS_UNSEEN: the kernel has them, nothing shows
 *	them
 */
enum tcpmem_reconcile_metric {
	TCPMEM_RECONCILE_METRIC_CHARGED = 0,
	TCPMEM_RECONCILE_METRIC_KERNEL = 1,
	TCPMEM_RECONCILE_METRIC_RESIDUAL = 2,
	TCPMEM_RECONCILE_METRIC_TOLERANCE = 3,
	TCPMEM_RECONCILE_METRIC_MOVED = 4,
	TCPMEM_RECONCILE_METRIC_SOCKETS_SEEN = 5,
	TCPMEM_RECONCILE_METRIC_SOCKETS_DARK = 6,
	TCPMEM_RECONCILE_METRIC_SOCKETS_KERNEL = 7,
	TCPMEM_RECONCILE_METRIC_SOCKETS_UNSEEN = 8,
};
enum { TCPMEM_RECONCILE_METRIC_COUNT = 9 };

/**
 * enum tcpmem_verdict - what comparing with the kernel came to
 * @TCPMEM_VERDICT_AGREES: bytes within the tolerance, no socket unseen
 * @TCPMEM_VERDICT_EXPLAINED: the difference has a known cause that covers it
 * @TCPMEM_VERDICT_UNEXPLAINED: bytes or sockets are missing
 * @TCPMEM_VERDICT_NARROWED: only a part was asked for
 * @TCPMEM_VERDICT_UNKNOWN: the kernel's own counts could not be read
 */
enum tcpmem_verdict {
	TCPMEM_VERDICT_AGREES = 0,
	TCPMEM_VERDICT_EXPLAINED = 1,
	TCPMEM_VERDICT_UNEXPLAINED = 2,
	TCPMEM_VERDICT_NARROWED = 3,
	TCPMEM_VERDICT_UNKNOWN = 4,
};
enum { TCPMEM_VERDICT_COUNT = 5 };

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
	TCPMEM_CAUSE_NARROWED = 0,
	TCPMEM_CAUSE_ZEROCOPY = 1,
	TCPMEM_CAUSE_NETNS_DENIED = 2,
	TCPMEM_CAUSE_FDS_DENIED = 3,
	TCPMEM_CAUSE_UNREACHABLE = 4,
	TCPMEM_CAUSE_KTLS = 5,
	TCPMEM_CAUSE_BYPASS = 6,
	TCPMEM_CAUSE_COUNTERS_MISSING = 7,
	TCPMEM_CAUSE_RACE = 8,
	TCPMEM_CAUSE_MPTCP_MISSING = 9,
	TCPMEM_CAUSE_NOT_KNOWN = 10,
};
enum { TCPMEM_CAUSE_COUNT = 11 };

/**
 * enum tcpmem_info - what the kernel tells of a connection beside its memory
 *
 * %TCPMEM_INFO_RTT to %TCPMEM_INFO_TOTAL_RTO_TIME are fields of struct tcp_info
 * (linux/tcp.h), and need %TCPMEM_NEED_INFO. TIMER (an enum tcpmem_timer) and
 * TIMER_RETRANS are known without it.
 */
enum tcpmem_info {
	TCPMEM_INFO_RTT = 0,
	TCPMEM_INFO_RTTVAR = 1,
	TCPMEM_INFO_MIN_RTT = 2,
	TCPMEM_INFO_RCV_RTT = 3,
	TCPMEM_INFO_RTO = 4,
	TCPMEM_INFO_ATO = 5,
	TCPMEM_INFO_CWND = 6,
	TCPMEM_INFO_SSTHRESH = 7,
	TCPMEM_INFO_RCV_SSTHRESH = 8,
	TCPMEM_INFO_MSS = 9,
	TCPMEM_INFO_RCV_MSS = 10,
	TCPMEM_INFO_ADVMSS = 11,
	TCPMEM_INFO_PMTU = 12,
	TCPMEM_INFO_UNACKED = 13,
	TCPMEM_INFO_SACKED = 14,
	TCPMEM_INFO_LOST = 15,
	TCPMEM_INFO_RETRANS = 16,
	TCPMEM_INFO_TOTAL_RETRANS = 17,
	TCPMEM_INFO_RETRANSMITS = 18,
	TCPMEM_INFO_PROBES = 19,
	TCPMEM_INFO_BACKOFF = 20,
	TCPMEM_INFO_REORDERING = 21,
	TCPMEM_INFO_LAST_SND = 22,
	TCPMEM_INFO_LAST_RCV = 23,
	TCPMEM_INFO_LAST_ACK_RECV = 24,
	TCPMEM_INFO_RCV_SPACE = 25,
	TCPMEM_INFO_SND_WND = 26,
	TCPMEM_INFO_RCV_WND = 27,
	TCPMEM_INFO_NOTSENT = 28,
	TCPMEM_INFO_BYTES_SENT = 29,
	TCPMEM_INFO_BYTES_ACKED = 30,
	TCPMEM_INFO_BYTES_RETRANS = 31,
	TCPMEM_INFO_BYTES_RECEIVED = 32,
	TCPMEM_INFO_SEGS_OUT = 33,
	TCPMEM_INFO_SEGS_IN = 34,
	TCPMEM_INFO_DATA_SEGS_OUT = 35,
	TCPMEM_INFO_DATA_SEGS_IN = 36,
	TCPMEM_INFO_DELIVERED = 37,
	TCPMEM_INFO_DELIVERED_CE = 38,
	TCPMEM_INFO_DSACK_DUPS = 39,
	TCPMEM_INFO_REORD_SEEN = 40,
	TCPMEM_INFO_RCV_OOOPACK = 41,
	TCPMEM_INFO_PACING_RATE = 42,
	TCPMEM_INFO_MAX_PACING_RATE = 43,
	TCPMEM_INFO_DELIVERY_RATE = 44,
	TCPMEM_INFO_BUSY_TIME = 45,
	TCPMEM_INFO_RWND_LIMITED = 46,
	TCPMEM_INFO_SNDBUF_LIMITED = 47,
	TCPMEM_INFO_REHASH = 48,
	TCPMEM_INFO_TOTAL_RTO = 49,
	TCPMEM_INFO_TOTAL_RTO_RECOVERIES = 50,
	TCPMEM_INFO_TOTAL_RTO_TIME = 51,
	TCPMEM_INFO_TIMER = 52,
	TCPMEM_INFO_TIMER_RETRANS = 53,
	TCPMEM_INFO_TIMER_EXPIRES = 54,
};
enum { TCPMEM_INFO_COUNT = 55 };

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
 * struct tcpmem_term - what a value of an enumeration is called
 * @name: as the command writes it, "time-wait"
 * @json: its key in JSON, "rmem_bytes"; NULL if it is none
 * @text: its meaning in a line; NULL if there is none
 * @unit: what it counts
 *
 * Static storage. Every enumeration has one function, tcpmem_X_describe(). It
 * never returns NULL: of a value that is none of the enumeration @name is
 * NULL, and so are the other texts. A later version may append members.
 */
struct tcpmem_term {
	const char *name;
	const char *json;
	const char *text;
	enum tcpmem_unit unit;
};

/** tcpmem_state_describe() - "established" ..., as ss writes them long */
TCPMEM_API const struct tcpmem_term *
tcpmem_state_describe(enum tcpmem_state value);

/**
 * tcpmem_state_from_name() - the state that @name names
 *
 * Return: 0, or -EINVAL if no state has that name.
 */
TCPMEM_API int tcpmem_state_from_name(const char *name,
				      enum tcpmem_state *state);

/** tcpmem_family_describe() - "ipv4" or "ipv6" */
TCPMEM_API const struct tcpmem_term *
tcpmem_family_describe(enum tcpmem_family value);

/** tcpmem_protocol_describe() - "tcp", "mptcp" or "subflow" */
TCPMEM_API const struct tcpmem_term *
tcpmem_protocol_describe(enum tcpmem_protocol value);

/** tcpmem_kind_describe() - "process", "orphan" ... */
TCPMEM_API const struct tcpmem_term *
tcpmem_kind_describe(enum tcpmem_kind value);

/** tcpmem_metric_describe() - "rmem", "held" ..., with key, text and unit */
TCPMEM_API const struct tcpmem_term *
tcpmem_metric_describe(enum tcpmem_metric value);

/** tcpmem_info_describe() - "rtt", "cwnd" ..., with key, text and unit */
TCPMEM_API const struct tcpmem_term *
tcpmem_info_describe(enum tcpmem_info value);

/** tcpmem_unit_describe() - "bytes", "seconds" ... */
TCPMEM_API const struct tcpmem_term *
tcpmem_unit_describe(enum tcpmem_unit value);

/** tcpmem_timer_describe() - "none", "retransmit" ... */
TCPMEM_API const struct tcpmem_term *
tcpmem_timer_describe(enum tcpmem_timer value);

/** tcpmem_warning_code_describe() - "fds-unreadable" ... */
TCPMEM_API const struct tcpmem_term *
tcpmem_warning_code_describe(enum tcpmem_warning_code value);

/** tcpmem_host_metric_describe() - "tcp_mem_used" ..., with unit */
TCPMEM_API const struct tcpmem_term *
tcpmem_host_metric_describe(enum tcpmem_host_metric value);

/** tcpmem_object_describe() - "TCP", "filp" ...: the name of its slab cache */
TCPMEM_API const struct tcpmem_term *
tcpmem_object_describe(enum tcpmem_object value);

/** tcpmem_object_source_describe() - "slabinfo", "btf" ... */
TCPMEM_API const struct tcpmem_term *
tcpmem_object_source_describe(enum tcpmem_object_source value);

/** tcpmem_cgroup_metric_describe() - "kernel" ..., with key and unit */
TCPMEM_API const struct tcpmem_term *
tcpmem_cgroup_metric_describe(enum tcpmem_cgroup_metric value);

/** tcpmem_reconcile_metric_describe() - "residual" ..., with key and unit */
TCPMEM_API const struct tcpmem_term *
tcpmem_reconcile_metric_describe(enum tcpmem_reconcile_metric value);

/** tcpmem_verdict_describe() - "agrees" ... */
TCPMEM_API const struct tcpmem_term *
tcpmem_verdict_describe(enum tcpmem_verdict value);

/** tcpmem_cause_describe() - "zerocopy" ... */
TCPMEM_API const struct tcpmem_term *
tcpmem_cause_describe(enum tcpmem_cause value);

/*
 * ---- whole columns: what a binding reads in place of a call for each cell
 * ----
 */

/**
 * struct tcpmem_subject - what a row stands for; lives as long as the row
 * @key: what the keys are here, "established"; raw bytes
 * @kind: "process", a kind without process, or "group", "other", "total";
 *	static storage
 * @process: the process; NULL if it stands for none
 *
 * A later version may append members.
 */
struct tcpmem_subject {
	const char *key;
	const char *kind;
	const struct tcpmem_process *process;
};

/**
 * struct tcpmem_subjects - what all rows of a result stand for, or processes
 * @size: what of it the library fills in: sizeof(struct tcpmem_subjects)
 * @count: how many there are; each array has as many
 * @text: all texts one behind the other, each with a NUL
 * @text_size: bytes of @text
 * @key: where in @text the key begins; of processes their name; raw bytes
 * @kind: where the kind begins
 * @comm: where the name of the process begins; an empty text if there is none
 * @pid: of the process; %TCPMEM_UNKNOWN if there is none
 * @start_time: its, clock ticks since boot; %TCPMEM_UNKNOWN as above
 *
 * One block of memory: free it with tcpmem_free().
 */
struct tcpmem_subjects {
	size_t size;
	size_t count;
	const char *text;
	size_t text_size;
	const uint64_t *key;
	const uint64_t *kind;
	const uint64_t *comm;
	const int64_t *pid;
	const int64_t *start_time;
};

/**
 * enum tcpmem_column - what a column has in each row, by a number beside it
 * @TCPMEM_COLUMN_METRIC: that enum tcpmem_metric; of sockets and tables
 * @TCPMEM_COLUMN_INFO: that enum tcpmem_info; of sockets
 * @TCPMEM_COLUMN_FIELD: that enum tcpmem_socket_field; of sockets
 * @TCPMEM_COLUMN_BEFORE: that enum tcpmem_metric, as in struct tcpmem_change;
 *	of diffs and trends
 * @TCPMEM_COLUMN_AFTER: likewise
 * @TCPMEM_COLUMN_EVENT: that enum tcpmem_event; of diffs
 * @TCPMEM_COLUMN_TREND: that enum tcpmem_trend_metric; of trends
 * @TCPMEM_COLUMN_CLASS: an enum tcpmem_change_class or tcpmem_trend_class; of
 *	diffs and trends; the number is 0
 *
 * Every reader of columns takes an array of as many values as there are rows,
 * in their order, and writes %TCPMEM_UNKNOWN where the getter of a single
 * value is -ENODATA. Nothing is written if it fails: -EINVAL, because there is
 * no such column or another number of rows.
 */
enum tcpmem_column {
	TCPMEM_COLUMN_METRIC = 0,
	TCPMEM_COLUMN_INFO = 1,
	TCPMEM_COLUMN_FIELD = 2,
	TCPMEM_COLUMN_BEFORE = 3,
	TCPMEM_COLUMN_AFTER = 4,
	TCPMEM_COLUMN_EVENT = 5,
	TCPMEM_COLUMN_TREND = 6,
	TCPMEM_COLUMN_CLASS = 7,
};
enum { TCPMEM_COLUMN_COUNT = 8 };

/** tcpmem_free() - frees what a function handed out to be freed with it */
TCPMEM_API void tcpmem_free(void *result);

#ifdef __cplusplus
}
#endif

#endif

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* types.h - what a socket is, and what other headers share */
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
 * @since 0.1
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
 * @since 0.1
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
 * @since 0.1
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
 * @since 0.1
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
 *	received yet, registered with an io_uring that is in no fd itself, or
 *	opened by the kernel itself
 * @TCPMEM_KIND_DARK: in no dump, found by its file descriptor
 * @TCPMEM_KIND_KERNEL: opened by the kernel itself; reserved: the kernel's
 *	dump does not tell (Linux 7.3), such a socket is in flight
 * @TCPMEM_KIND_HIDDEN: has an inode, and its holder may be one of the
 *	processes that could not be read
 * @TCPMEM_KIND_UNKNOWN: holders were not asked for
 * @since 0.1
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
 * UNREAD is payload that the application has not read, UNSENT payload that the
 * peer has not acknowledged (ss: Recv-Q and Send-Q, but of listeners, which
 * have neither); CLOSE_WAIT counts sockets in that state. An MPTCP connection
 * has them once, its subflows have none.
 *
 * In a row of a table a socket held by k processes counts 1/k in each; REACH
 * and REACH_SOCKETS count it in full in each: held bytes and sockets that the
 * row's owner can reach, not to be added up over rows.
 * @since 0.1
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
	TCPMEM_METRIC_UNREAD = 16,
	TCPMEM_METRIC_UNSENT = 17,
	TCPMEM_METRIC_CLOSE_WAIT = 18,
};
enum { TCPMEM_METRIC_COUNT = 19 };

/**
 * TCPMEM_UNKNOWN - in place of a value that is not known: INT64_MIN
 *
 * A literal, which cgo, bindgen and other generators of bindings can read.
 */
#define TCPMEM_UNKNOWN (-9223372036854775807LL - 1)

/**
 * enum tcpmem_unit - what a value counts
 * @TCPMEM_UNIT_NONE: it is no quantity, or a number that its text explains
 * @TCPMEM_UNIT_BYTES_PER_MINUTE: of thresholds only
 * @TCPMEM_UNIT_TIMER: it is an enum tcpmem_timer
 * @TCPMEM_UNIT_MODE: it is a choice, as a sysctl has it
 * @since 0.1
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
	TCPMEM_UNIT_EVENTS_PER_SECOND = 16,
};
enum { TCPMEM_UNIT_COUNT = 17 };

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
 * @TCPMEM_WARNING_CGROUPS_UNREADABLE: cgroups of processes, or the paths of
 *	cgroups, that cannot be read
 * @TCPMEM_WARNING_PROC_FOREIGN: /proc is empty, or of a PID namespace that the
 *	caller is not in
 * @TCPMEM_WARNING_SOCK_DIAG_CLOSED: NETLINK_SOCK_DIAG cannot be used: sockets
 *	are from /proc/net/tcp, and their memory is unknown
 * @TCPMEM_WARNING_PROGRAMS_UNREADABLE: processes whose program cannot be read
 * @TCPMEM_WARNING_PAST_UNKNOWN: sockets whose past owners were asked for and
 *	are not known
 * @since 0.1
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
	TCPMEM_WARNING_SOCK_DIAG_CLOSED = 15,
	TCPMEM_WARNING_PROGRAMS_UNREADABLE = 16,
	TCPMEM_WARNING_PAST_UNKNOWN = 17,
};
enum { TCPMEM_WARNING_COUNT = 18 };

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

/**
 * tcpmem_state_describe() - "established" ..., as ss writes them long
 * @since 0.1
 */
TCPMEM_API const struct tcpmem_term *
tcpmem_state_describe(enum tcpmem_state value);

/**
 * tcpmem_states_from_name() - the states that @name stands for
 * @states: bits 1 << enum tcpmem_state
 *
 * A state's own name; what ss calls one ("estab", "listen", "unconn"); or a
 * group of ss: "all", "connected", "synchronized", "bucket", "big". In upper
 * or lower case.
 *
 * Return: 0, or -EINVAL if nothing is called so.
 * @since 0.1
 */
TCPMEM_API int tcpmem_states_from_name(const char *name, uint32_t *states);

/** tcpmem_family_describe() - "ipv4" or "ipv6" @since 0.1 */
TCPMEM_API const struct tcpmem_term *
tcpmem_family_describe(enum tcpmem_family value);

/** tcpmem_protocol_describe() - "tcp", "mptcp" or "subflow" @since 0.1 */
TCPMEM_API const struct tcpmem_term *
tcpmem_protocol_describe(enum tcpmem_protocol value);

/** tcpmem_kind_describe() - "process", "orphan" ... @since 0.1 */
TCPMEM_API const struct tcpmem_term *
tcpmem_kind_describe(enum tcpmem_kind value);

/**
 * tcpmem_metric_describe() - "rmem", "held" ..., with key, text and unit
 * @since 0.1
 */
TCPMEM_API const struct tcpmem_term *
tcpmem_metric_describe(enum tcpmem_metric value);

/** tcpmem_unit_describe() - "bytes", "seconds" ... @since 0.1 */
TCPMEM_API const struct tcpmem_term *
tcpmem_unit_describe(enum tcpmem_unit value);

/** tcpmem_warning_code_describe() - "fds-unreadable" ... @since 0.1 */
TCPMEM_API const struct tcpmem_term *
tcpmem_warning_code_describe(enum tcpmem_warning_code value);

/**
 * tcpmem_free() - frees what a function handed out to be freed with it
 * @since 0.1
 */
TCPMEM_API void tcpmem_free(void *result);

#ifdef __cplusplus
}
#endif

#endif

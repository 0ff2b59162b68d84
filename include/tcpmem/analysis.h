/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * analysis.h - limits, explain, diff, check, tree and trend
 *
 * What stands here may change until version 2.0; tcpmem.h's other headers keep
 * what they promise from 1.0 on.
 */
#ifndef TCPMEM_ANALYSIS_H
#define TCPMEM_ANALYSIS_H

#include "table.h"

#ifdef __cplusplus
extern "C" {
#endif

struct tcpmem_diff;
struct tcpmem_diff_row;
struct tcpmem_trend;
struct tcpmem_trend_row;
struct tcpmem_check;
struct tcpmem_limits;
struct tcpmem_explanation;
struct tcpmem_tree;

/*
 * ---- limits: the sysctls that bound TCP memory ----
 */

/**
 * enum tcpmem_limit_scope - what a limit bounds
 * @TCPMEM_LIMIT_SCOPE_HOST: all network namespaces together
 * @TCPMEM_LIMIT_SCOPE_NETNS: each network namespace by itself
 */
enum tcpmem_limit_scope {
	TCPMEM_LIMIT_SCOPE_HOST = 0,
	TCPMEM_LIMIT_SCOPE_NETNS = 1,
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
	TCPMEM_WORST_CONNECTIONS = 0,
	TCPMEM_WORST_CURRENT = 1,
	TCPMEM_WORST_AUTOTUNED = 2,
	TCPMEM_WORST_TCP_MEM = 3,
	TCPMEM_WORST_RAM = 4,
};
enum { TCPMEM_WORST_COUNT = 5 };

/**
 * struct tcpmem_limit - one limit; lives as long as its limits
 * @size: what of it this library fills in: sizeof(struct tcpmem_limit)
 * @name: "tcp_rmem_max" ...; static storage, as are @text and @gone
 * @text: its meaning in a line
 * @gone: why the kernel has it no more; NULL if it has
 * @unit: what it counts
 * @scope: what it bounds
 * @known: whether it could be read
 * @used_known: whether it is known what is in use
 * @value: the limit; of a range, how many it has; meaningful if @known
 * @low: of a range, where it begins; meaningful if @known
 * @used: what is in use, in its unit; meaningful if @used_known. Of a limit
 *	that is each socket's, listener's or destination's, that of the one
 *	which uses the most.
 */
struct tcpmem_limit {
	size_t size;
	const char *name;
	const char *text;
	const char *gone;
	enum tcpmem_unit unit;
	enum tcpmem_limit_scope scope;
	bool known;
	bool used_known;
	int64_t value;
	int64_t low;
	int64_t used;
};

/**
 * struct tcpmem_advice - a change of one sysctl; lives as long as its limits
 * @size: what of it this library fills in: sizeof(struct tcpmem_advice)
 * @setting: the sysctl, "net.ipv4.tcp_mem"
 * @value: what would be written to it
 * @reason: why, with the numbers
 * @effect: what else it does; static storage
 */
struct tcpmem_advice {
	size_t size;
	const char *setting;
	const char *value;
	const char *reason;
	const char *effect;
};

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

/** tcpmem_limit_scope_describe() - "host" or "netns" */
TCPMEM_API const struct tcpmem_term *
tcpmem_limit_scope_describe(enum tcpmem_limit_scope value);

/*
 * ---- explain: where a process's memory is, and its TCP memory beside it ----
 */

/** TCPMEM_UNLIMITED - the value of a limit that does not bound */
static const int64_t TCPMEM_UNLIMITED = INT64_MAX;

/**
 * enum tcpmem_process_metric - what the kernel says of a process
 * @TCPMEM_PROCESS_METRIC_RSS: anon + file + shmem
 *
 * TCP memory is in
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
	TCPMEM_PROCESS_METRIC_VSZ = 0,
	TCPMEM_PROCESS_METRIC_RSS = 1,
	TCPMEM_PROCESS_METRIC_RSS_ANON = 2,
	TCPMEM_PROCESS_METRIC_RSS_FILE = 3,
	TCPMEM_PROCESS_METRIC_RSS_SHMEM = 4,
	TCPMEM_PROCESS_METRIC_PSS = 5,
	TCPMEM_PROCESS_METRIC_USS = 6,
	TCPMEM_PROCESS_METRIC_SWAP = 7,
	TCPMEM_PROCESS_METRIC_STACK = 8,
	TCPMEM_PROCESS_METRIC_PAGE_TABLES = 9,
	TCPMEM_PROCESS_METRIC_STATM_RSS = 10,
	TCPMEM_PROCESS_METRIC_THREADS = 11,
	TCPMEM_PROCESS_METRIC_FDS = 12,
	TCPMEM_PROCESS_METRIC_FDS_SOCKETS = 13,
	TCPMEM_PROCESS_METRIC_FDS_SOFT = 14,
	TCPMEM_PROCESS_METRIC_FDS_HARD = 15,
	TCPMEM_PROCESS_METRIC_CGROUP_CURRENT = 16,
	TCPMEM_PROCESS_METRIC_CGROUP_SOCK = 17,
	TCPMEM_PROCESS_METRIC_CGROUP_LIMIT = 18,
};
enum { TCPMEM_PROCESS_METRIC_COUNT = 19 };

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
	TCPMEM_FINDING_UNREAD = 0,
	TCPMEM_FINDING_ZERO_WINDOW = 1,
	TCPMEM_FINDING_RETRANSMITTING = 2,
	TCPMEM_FINDING_UNDELIVERED = 3,
	TCPMEM_FINDING_CLOSE_WAIT = 4,
	TCPMEM_FINDING_DARK = 5,
	TCPMEM_FINDING_RCVBUF_MAX = 6,
	TCPMEM_FINDING_SNDBUF_MAX = 7,
	TCPMEM_FINDING_IDLE = 8,
	TCPMEM_FINDING_NO_KEEPALIVE = 9,
	TCPMEM_FINDING_UNACCEPTED = 10,
	TCPMEM_FINDING_BACKLOG_FULL = 11,
	TCPMEM_FINDING_BACKLOG_DROPS = 12,
	TCPMEM_FINDING_ORPHANS = 13,
	TCPMEM_FINDING_FDS = 14,
	TCPMEM_FINDING_PORTS = 15,
};
enum { TCPMEM_FINDING_COUNT = 16 };

/**
 * struct tcpmem_finding - one thing that stands out; lives as long as its
 *	explanation
 * @size: what of it this library fills in: sizeof(struct tcpmem_finding)
 * @code: what kind it is
 * @sockets: how many it is about; 0 if about none
 * @bytes: what they cost, shared sockets in full
 * @text: it in a sentence, with its numbers
 */
struct tcpmem_finding {
	size_t size;
	enum tcpmem_finding_code code;
	int64_t sockets;
	int64_t bytes;
	const char *text;
};

/** tcpmem_process_metric_describe() - "rss_anon" ..., with key, text and unit
 */
TCPMEM_API const struct tcpmem_term *
tcpmem_process_metric_describe(enum tcpmem_process_metric value);

/**
 * tcpmem_find_processes() - the processes that @spec names
 * @spec: a pid, or the name that a process has given itself
 *
 * Free @pids with tcpmem_free().
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

/**
 * struct tcpmem_finding_term - what a code of findings stands for
 * @name: "unread" ...; NULL if it is no code, as are the others
 * @reason: what it comes from
 * @setting: the sysctl or option behind it
 * @advice: what to do about it
 *
 * Static storage. A later version may append members.
 */
struct tcpmem_finding_term {
	const char *name;
	const char *reason;
	const char *setting;
	const char *advice;
};

/** tcpmem_finding_code_describe() - what a code stands for; never NULL */
TCPMEM_API const struct tcpmem_finding_term *
tcpmem_finding_code_describe(enum tcpmem_finding_code value);

/*
 * ---- diff: what changed between two snapshots ----
 */

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
	TCPMEM_EVENT_OPENED = 0,
	TCPMEM_EVENT_CLOSED = 1,
	TCPMEM_EVENT_GROWN = 2,
	TCPMEM_EVENT_SHRUNK = 3,
	TCPMEM_EVENT_CHANGED = 4,
	TCPMEM_EVENT_MOVED = 5,
};
enum { TCPMEM_EVENT_COUNT = 6 };

/**
 * enum tcpmem_match - what made sockets of two snapshots the same ones
 * @TCPMEM_MATCH_COOKIE: cookie and namespace, of one boot
 * @TCPMEM_MATCH_ADDRESS: the addresses too: a file did not tell its boot
 * @TCPMEM_MATCH_NOTHING: nothing could: the host was booted in between, or
 *	they are of two hosts. Every socket was closed or opened.
 */
enum tcpmem_match {
	TCPMEM_MATCH_COOKIE = 0,
	TCPMEM_MATCH_ADDRESS = 1,
	TCPMEM_MATCH_NOTHING = 2,
};
enum { TCPMEM_MATCH_COUNT = 3 };

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
	TCPMEM_CHANGE_CLASS_STEADY = 0,
	TCPMEM_CHANGE_CLASS_CHURN = 1,
	TCPMEM_CHANGE_CLASS_GROWTH = 2,
	TCPMEM_CHANGE_CLASS_DECLINE = 3,
};
enum { TCPMEM_CHANGE_CLASS_COUNT = 4 };

/** tcpmem_event_describe() - "opened" ... */
TCPMEM_API const struct tcpmem_term *
tcpmem_event_describe(enum tcpmem_event value);

/** tcpmem_match_describe() - "cookie", "address" or "nothing" */
TCPMEM_API const struct tcpmem_term *
tcpmem_match_describe(enum tcpmem_match value);

/** tcpmem_change_class_describe() - "steady" ... */
TCPMEM_API const struct tcpmem_term *
tcpmem_change_class_describe(enum tcpmem_change_class value);

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

/** tcpmem_diff_row_get_subject() - what it stands for, as it is after */
TCPMEM_API const struct tcpmem_subject *
tcpmem_diff_row_get_subject(const struct tcpmem_diff_row *row);

/**
 * tcpmem_diff_row_get_event() - to how many of its sockets that happened
 *
 * A shared socket counts in full in each row, as for
 * %TCPMEM_METRIC_REACH_SOCKETS.
 *
 * Return: 0, or -ENODATA if @event is none.
 */
TCPMEM_API int tcpmem_diff_row_get_event(const struct tcpmem_diff_row *row,
					 enum tcpmem_event event,
					 int64_t *value);

/**
 * struct tcpmem_change - a sum at two moments
 * @size: sizeof(struct tcpmem_change), set by the caller
 * @before: of a diff, in the earlier snapshot; of a trend, in the first one
 * @after: in the later snapshot, or the last one
 * @delta: after less before
 * @per_minute: of a diff, the delta for each minute that passed; of a trend, a
 *	robust slope: Theil and Sen's, the median of the slopes between any two
 *	points. Not a number, see isnan(3), if it is not known: no time passed,
 *	or there are fewer than two points.
 */
struct tcpmem_change {
	size_t size;
	int64_t before;
	int64_t after;
	int64_t delta;
	double per_minute;
};

/**
 * tcpmem_diff_row_get_change() - how one of its sums changed
 *
 * Return: 0; -ENODATA if @metric is none; -EINVAL if @change->size is too
 * small.
 */
TCPMEM_API int tcpmem_diff_row_get_change(const struct tcpmem_diff_row *row,
					  enum tcpmem_metric metric,
					  struct tcpmem_change *change);

/** tcpmem_diff_row_get_class() - which way it went */
TCPMEM_API enum tcpmem_change_class
tcpmem_diff_row_get_class(const struct tcpmem_diff_row *row);

/**
 * tcpmem_diff_read_column() - one value of every row, but the total
 * @column: %TCPMEM_COLUMN_BEFORE, AFTER, EVENT or CLASS
 * @which: the number that goes with it
 * @values: @count of them, as many as rows
 *
 * Return: 0, or -EINVAL, see enum tcpmem_column.
 */
TCPMEM_API int tcpmem_diff_read_column(const struct tcpmem_diff *diff,
				       enum tcpmem_column column,
				       unsigned int which, int64_t *values,
				       size_t count);

/**
 * tcpmem_diff_get_subjects() - what every row stands for, but the total
 *
 * Return: 0, or -ENOMEM.
 */
TCPMEM_API int tcpmem_diff_get_subjects(const struct tcpmem_diff *diff,
					struct tcpmem_subjects **subjects);

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
 * @TCPMEM_CHECK_METRIC_LEFT: sockets still open when a command has ended, those
 *	in TIME_WAIT apart; a number of the caller alone
 */
enum tcpmem_check_metric {
	TCPMEM_CHECK_METRIC_HELD = 0,
	TCPMEM_CHECK_METRIC_SOCKETS = 1,
	TCPMEM_CHECK_METRIC_CLOSE_WAIT = 2,
	TCPMEM_CHECK_METRIC_TIME_WAIT = 3,
	TCPMEM_CHECK_METRIC_ORPHANS = 4,
	TCPMEM_CHECK_METRIC_TCP_MEM = 5,
	TCPMEM_CHECK_METRIC_GROWTH = 6,
	TCPMEM_CHECK_METRIC_UNEXPLAINED = 7,
	TCPMEM_CHECK_METRIC_LEFT = 8,
};
enum { TCPMEM_CHECK_METRIC_COUNT = 9 };

/**
 * enum tcpmem_level - how a value stands to its thresholds
 * @TCPMEM_LEVEL_UNKNOWN: the value is not known
 *
 * The numbers are the exit codes of monitoring plugins. Of several, critical
 * is the worst, then unknown, then warning.
 */
enum tcpmem_level {
	TCPMEM_LEVEL_OK = 0,
	TCPMEM_LEVEL_WARNING = 1,
	TCPMEM_LEVEL_CRITICAL = 2,
	TCPMEM_LEVEL_UNKNOWN = 3,
};
enum { TCPMEM_LEVEL_COUNT = 4 };

/** tcpmem_check_metric_describe() - "held", "close-wait" ..., with text and
 * unit */
TCPMEM_API const struct tcpmem_term *
tcpmem_check_metric_describe(enum tcpmem_check_metric value);

/** tcpmem_level_describe() - "ok", "warning" ... */
TCPMEM_API const struct tcpmem_term *
tcpmem_level_describe(enum tcpmem_level value);

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
 * struct tcpmem_check_result - how a value stands; until the next judgement
 * @size: what of it this library fills in: sizeof(struct tcpmem_check_result)
 * @metric: what was judged
 * @unit: what value and thresholds count
 * @level: how it stands
 * @key: of which group; "total" if of all
 * @known: whether @value is known
 * @warns: whether there is a threshold for @warning
 * @value: what was found; meaningful if @known
 * @warning: beyond what it is a warning; meaningful if @warns
 * @critical: beyond what it is critical
 * @reason: why @value is not known, in a sentence; NULL if it is, or if no
 *	warning of the snapshot says why
 */
struct tcpmem_check_result {
	size_t size;
	enum tcpmem_check_metric metric;
	enum tcpmem_unit unit;
	enum tcpmem_level level;
	const char *key;
	bool known;
	bool warns;
	double value;
	double warning;
	double critical;
	const char *reason;
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
 * What is the host's stays the host's. A row that is no such group, as the
 * sockets in TIME_WAIT that no process holds, is judged for
 * %TCPMEM_CHECK_METRIC_TIME_WAIT and %TCPMEM_CHECK_METRIC_ORPHANS only, or if
 * the query asked for no states but such. Of sockets whose holders could not be
 * read the value is unknown.
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

/**
 * tcpmem_check_judge_least() - the same of a number that may be larger
 * @value: at least so much was seen
 *
 * Beyond its threshold it is critical, else unknown.
 *
 * Return: as tcpmem_check_judge_value().
 */
TCPMEM_API int tcpmem_check_judge_least(struct tcpmem_check *check,
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
	TCPMEM_RESIDUE_OPEN = 0,
	TCPMEM_RESIDUE_ORPHAN = 1,
	TCPMEM_RESIDUE_TIME_WAIT = 2,
	TCPMEM_RESIDUE_UNCLAIMED = 3,
};
enum { TCPMEM_RESIDUE_COUNT = 4 };

/** tcpmem_residue_describe() - "open", "time_wait" ... */
TCPMEM_API const struct tcpmem_term *
tcpmem_residue_describe(enum tcpmem_residue value);

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
	TCPMEM_TREND_CLASS_STEADY = 0,
	TCPMEM_TREND_CLASS_CHURN = 1,
	TCPMEM_TREND_CLASS_GROWTH = 2,
	TCPMEM_TREND_CLASS_LEAK = 3,
};
enum { TCPMEM_TREND_CLASS_COUNT = 4 };

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
	TCPMEM_REASON_NONE = 0,
	TCPMEM_REASON_KEPT_OPEN = 1,
	TCPMEM_REASON_CLOSE_WAIT = 2,
	TCPMEM_REASON_UNREAD = 3,
	TCPMEM_REASON_NOT_TAKEN = 4,
};
enum { TCPMEM_REASON_COUNT = 5 };

/** tcpmem_trend_class_describe() - "steady", "leak" ... */
TCPMEM_API const struct tcpmem_term *
tcpmem_trend_class_describe(enum tcpmem_trend_class value);

/** tcpmem_reason_describe() - "none", "close-wait" ..., with a text */
TCPMEM_API const struct tcpmem_term *
tcpmem_reason_describe(enum tcpmem_reason value);

/**
 * enum tcpmem_trend_flag - mask bits
 * @TCPMEM_TREND_TIME_WAIT: TIME_WAIT sockets count; else they are left out
 */
enum tcpmem_trend_flag {
	TCPMEM_TREND_TIME_WAIT = 0x1,
};

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
 * @ctx: reads how much cgroups may still take, of rows that leak or grow: what
 *	is left to the memory limit of the cgroup of one of its processes; under
 *	cgroup v1, to its limit for TCP. NULL: that is not read.
 *
 * Makes the rows, leaks first, then growth, then others, the most bytes first
 * among them. Rows of an earlier call are gone. More snapshots can be added.
 *
 * Return: 0, or -ENOMEM.
 */
TCPMEM_API int tcpmem_trend_judge(struct tcpmem_trend *trend,
				  struct tcpmem_ctx *ctx);

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

/** tcpmem_trend_row_get_subject() - what it stands for, as it is last */
TCPMEM_API const struct tcpmem_subject *
tcpmem_trend_row_get_subject(const struct tcpmem_trend_row *row);

/**
 * struct tcpmem_judgement - what the snapshots tell of a group; lives as long
 *	as the row
 * @size: what of it this library fills in: sizeof(struct tcpmem_judgement)
 * @trend_class: the verdict
 * @reason: why
 * @sure: how sure a leak or growth is, 0 to 1: one less the probability that
 *	sockets which come and go alike, or bytes that rise and fall alike, look
 *	so by chance. Not a number, see isnan(3), if it is neither.
 * @since_ns: when it began, ns since 1970; %TCPMEM_UNKNOWN if it is neither
 * @until_ns: time until a leak or growth, going on like that and alone, takes
 *	the kernel's TCP memory to tcp_mem's pressure; %TCPMEM_UNKNOWN if it is
 *	neither, its charge does not rise, or the limit is not known
 * @until_limit_ns: the same until the limit of its cgroup, if the first key is
 *	process, cgroup, unit, container or pod; %TCPMEM_UNKNOWN as above, or if
 *	it was not read
 */
struct tcpmem_judgement {
	size_t size;
	enum tcpmem_trend_class trend_class;
	enum tcpmem_reason reason;
	double sure;
	int64_t since_ns;
	int64_t until_ns;
	int64_t until_limit_ns;
};

/** tcpmem_trend_row_get_judgement() - what the snapshots tell of it */
TCPMEM_API const struct tcpmem_judgement *
tcpmem_trend_row_get_judgement(const struct tcpmem_trend_row *row);

/**
 * tcpmem_trend_row_get_change() - how one of its sums changed
 *
 * Return: 0; -ENODATA if @metric is not SOCKETS, HELD, CHARGED, RMEM or
 * WMEM_QUEUED; -EINVAL if @change->size is too small.
 */
TCPMEM_API int tcpmem_trend_row_get_change(const struct tcpmem_trend_row *row,
					   enum tcpmem_metric metric,
					   struct tcpmem_change *change);

/**
 * enum tcpmem_trend_metric - how many of a group's sockets; shared ones in full
 * @TCPMEM_TREND_METRIC_OPENED: were first seen after the first snapshot
 * @TCPMEM_TREND_METRIC_CLOSED: were seen and are there no more
 * @TCPMEM_TREND_METRIC_KEPT: of those opened, are still there
 * @TCPMEM_TREND_METRIC_CLOSE_WAIT: are in CLOSE_WAIT
 */
enum tcpmem_trend_metric {
	TCPMEM_TREND_METRIC_OPENED = 0,
	TCPMEM_TREND_METRIC_CLOSED = 1,
	TCPMEM_TREND_METRIC_KEPT = 2,
	TCPMEM_TREND_METRIC_CLOSE_WAIT = 3,
};
enum { TCPMEM_TREND_METRIC_COUNT = 4 };

/**
 * tcpmem_trend_row_get_metric() - how many of its sockets
 *
 * Return: 0, or -ENODATA if @metric is none.
 */
TCPMEM_API int tcpmem_trend_row_get_metric(const struct tcpmem_trend_row *row,
					   enum tcpmem_trend_metric metric,
					   int64_t *value);

/**
 * tcpmem_trend_read_column() - one value of every row, but the total
 * @column: %TCPMEM_COLUMN_BEFORE, AFTER, TREND or CLASS
 * @which: the number that goes with it
 * @values: @count of them, as many as rows
 *
 * Return: 0, or -EINVAL, see enum tcpmem_column.
 */
TCPMEM_API int tcpmem_trend_read_column(const struct tcpmem_trend *trend,
					enum tcpmem_column column,
					unsigned int which, int64_t *values,
					size_t count);

/**
 * tcpmem_trend_get_subjects() - what every row stands for, but the total
 *
 * Return: 0, or -ENOMEM.
 */
TCPMEM_API int tcpmem_trend_get_subjects(const struct tcpmem_trend *trend,
					 struct tcpmem_subjects **subjects);

#ifdef __cplusplus
}
#endif

#endif

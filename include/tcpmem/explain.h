/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * explain.h - where a process's memory is
 *
 * It may change until version 2.0, see analysis.h.
 */
#ifndef TCPMEM_EXPLAIN_H
#define TCPMEM_EXPLAIN_H

#include "limits.h"
#include "table.h"

#ifdef __cplusplus
extern "C" {
#endif

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
 * @since 0.1
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
	TCPMEM_PROCESS_METRIC_CGROUP_ANON = 19,
	TCPMEM_PROCESS_METRIC_CGROUP_FILE = 20,
	TCPMEM_PROCESS_METRIC_CGROUP_KERNEL = 21,
};
enum { TCPMEM_PROCESS_METRIC_COUNT = 22 };

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
 * @TCPMEM_FINDING_ORPHANS: closed ones that the kernel still keeps: what they
 *	come from and what helps; whose they were is not known, and they are
 *	never a finding
 * @TCPMEM_FINDING_FDS: open files near their limit
 * @TCPMEM_FINDING_PORTS: local ports toward one destination near their end
 * @since 0.1
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
 * @bytes: what they cost, shared sockets in full; %TCPMEM_UNKNOWN if they came
 *	without counters, and if some did, at least that
 * @text: it in a sentence, with its numbers
 * @elapsed_ns: between the two looks that it rests on; %TCPMEM_UNKNOWN if one
 *	look proves it
 * @moved: bytes that were read or acknowledged in that time;
 *	%TCPMEM_UNKNOWN if it is not about queues
 * @waited_ms: where nothing has come for longest, for so long at least;
 *	%TCPMEM_UNKNOWN if it does not rest on that
 */
struct tcpmem_finding {
	size_t size;
	enum tcpmem_finding_code code;
	int64_t sockets;
	int64_t bytes;
	const char *text;
	int64_t elapsed_ns;
	int64_t moved;
	int64_t waited_ms;
};

/**
 * struct tcpmem_explanation - processes, and their sockets in sum
 * @size: what of it this library fills in: sizeof(struct tcpmem_explanation)
 * @pid: the process that it is about, of several the one with the lowest pid
 * @pid_count: how many it is about; of several, metrics are sums, and limits
 *	and what differs between them is unknown
 * @sockets_known: whether their sockets are known, or that they have none;
 *	otherwise @tcp and the numbers are not meaningful
 * @comm: its name; raw bytes, as all texts here
 * @who: what else was read of it, all unknown of several processes
 * @user: who runs it, by name, else by number; NULL if unknown, as are the
 *	others
 * @unit: the systemd service or scope that it is in
 * @container: its container, "NAME[ID]"
 * @parent: the name of its parent
 * @start_ns: when it began, since 1970; or %TCPMEM_UNKNOWN
 * @cgroup: the path of the cgroup that all of them are in; NULL if unknown
 * @limits: those of its network namespace; NULL if they could not be read
 * @tcp: its TCP memory, as grouped by process; NULL if it has no socket
 * @shared_sockets: those that other processes hold too
 * @shared_bytes: what those hold, in full; %TCPMEM_UNKNOWN if one came without
 *	counters
 * @unaccepted_sockets: connections that wait to be accepted by it
 * @unaccepted_bytes: what those hold, shared ones in full; or
 *	%TCPMEM_UNKNOWN, likewise
 * @keepalive_on: established connections whose keepalive timer runs
 * @keepalive_off: those without
 * @keepalive_unknown: those with data on its way, which another timer guards:
 *	it hides that of keepalive
 * @undecided: sockets that look like a finding; another look, which is a
 *	second apart, may tell. Without one no finding is about queues.
 * @orphans: at a local port of its sockets, or leading to one or to a peer of
 *	theirs, by "peer,user", those with the most memory first: closed
 *	connections that keep what their peers have not taken. Whose they were
 *	is not known.
 */
struct tcpmem_explanation {
	size_t size;
	uint32_t pid;
	size_t pid_count;
	bool sockets_known;
	const char *comm;
	struct tcpmem_process_details who;
	const char *user;
	const char *unit;
	const char *container;
	const char *parent;
	int64_t start_ns;
	const char *cgroup;
	const struct tcpmem_limits *limits;
	const struct tcpmem_row *tcp;
	int64_t shared_sockets;
	int64_t shared_bytes;
	int64_t unaccepted_sockets;
	int64_t unaccepted_bytes;
	int64_t keepalive_on;
	int64_t keepalive_off;
	int64_t keepalive_unknown;
	int64_t undecided;
	const struct tcpmem_table *orphans;
};

/**
 * tcpmem_process_metric_describe() - "rss_anon" ..., with key, text and unit
 * @since 0.1
 */
TCPMEM_API const struct tcpmem_term *
tcpmem_process_metric_describe(enum tcpmem_process_metric value);

/**
 * tcpmem_find_processes() - the processes that @spec names
 * @ctx: where /proc is; NULL: those that hold sockets in @snapshot
 * @snapshot: with %TCPMEM_NEED_METADATA; not looked at if there is @ctx
 * @spec: a pid, or a thread's id; the name that a process has given itself; if
 *	there is none, its executable, with or without its path, its unit, with
 *	or without ".service", its container or pod, by name or id, or the path
 *	of a cgroup, for all below
 *
 * Free @pids, which ascend, with tcpmem_free().
 *
 * Return: 0; -ENOENT if there is none; -EACCES if none was found, and the names
 * of some could not be read; -EBADMSG if /proc makes no sense; -errno of
 * reading it; -ENOMEM.
 * @since 0.1
 */
TCPMEM_API int tcpmem_find_processes(struct tcpmem_ctx *ctx,
				     const struct tcpmem_snapshot *snapshot,
				     const char *spec, uint32_t **pids,
				     size_t *count);

/**
 * tcpmem_snapshot_add_info() - tcp_info for sockets of a snapshot without any
 * @snapshot: changes: not while another thread reads it
 * @other: taken right after it with %TCPMEM_NEED_INFO; holders are not needed.
 *	Of sockets that it has not, tcp_info stays unknown.
 *
 * Of many sockets few may be in question: to ask for all, then for these, costs
 * less than to ask for the tcp_info of all. The time of @snapshot becomes that
 * of @other, and the queues of those sockets are what they were then.
 *
 * Return: 0; -EINVAL if @other has no tcp_info; -ENOMEM.
 * @since 0.1
 */
TCPMEM_API int tcpmem_snapshot_add_info(struct tcpmem_snapshot *snapshot,
					const struct tcpmem_snapshot *other);

/**
 * tcpmem_explain() - reads where the memory of processes is
 * @ctx: NULL: @snapshot is of a capture, and nothing else is read
 * @snapshot: taken with holders, and with tcp_info (%TCPMEM_NEED_INFO, or
 *	tcpmem_snapshot_add_info()) of those of the processes; free it after the
 *	explanation
 * @other: of the same sockets, earlier or later, with tcp_info; holders are
 *	not needed. What moved in between is in order; NULL: nothing is found
 *	that one look does not prove.
 * @pids: @count of them; of several, those that have ended are left out
 *
 * Free it with tcpmem_explanation_free().
 *
 * Return: 0; -ENOENT if there is none of them; -EBADMSG if /proc makes no
 * sense; -errno of reading it; -ENOMEM. What may not be read is unknown.
 * @since 0.1
 */
TCPMEM_API int tcpmem_explain(struct tcpmem_ctx *ctx,
			      const struct tcpmem_snapshot *snapshot,
			      const struct tcpmem_snapshot *other,
			      const uint32_t *pids, size_t count,
			      struct tcpmem_explanation **explanation);

/**
 * tcpmem_explanation_add_look() - judges the queues once more
 * @snapshot: the one that @explanation was made of
 * @other: as for tcpmem_explain(), in place of what that was given
 *
 * What was read of the processes stays, though they may have ended meanwhile.
 *
 * Return: 0, or -ENOMEM, after which it can be freed only.
 * @since 0.1
 */
TCPMEM_API int
tcpmem_explanation_add_look(struct tcpmem_explanation *explanation,
			    const struct tcpmem_snapshot *snapshot,
			    const struct tcpmem_snapshot *other);

/** tcpmem_explanation_free() - frees it, its rows and findings @since 0.1 */
TCPMEM_API void tcpmem_explanation_free(struct tcpmem_explanation *explanation);

/**
 * tcpmem_explanation_get_metric() - what the kernel says of the process
 * @source: NULL, or receives which file says it, also if that was not readable
 *
 * Return: 0, or -ENODATA if it could not be read.
 * @since 0.1
 */
TCPMEM_API int
tcpmem_explanation_get_metric(const struct tcpmem_explanation *explanation,
			      enum tcpmem_process_metric entry, int64_t *value,
			      const char **source);

/**
 * tcpmem_explanation_get_state() - of it, what is in @state; else NULL
 * @since 0.1
 */
TCPMEM_API const struct tcpmem_row *
tcpmem_explanation_get_state(const struct tcpmem_explanation *explanation,
			     enum tcpmem_state state);

/**
 * tcpmem_explanation_get_finding() - what stands out, most expensive first
 *
 * Return: the finding at @index; NULL if there are fewer.
 * @since 0.1
 */
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

/**
 * tcpmem_finding_code_describe() - what a code stands for; never NULL
 * @since 0.1
 */
TCPMEM_API const struct tcpmem_finding_term *
tcpmem_finding_code_describe(enum tcpmem_finding_code value);

#ifdef __cplusplus
}
#endif

#endif

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * limits.h - what bounds TCP memory, and what has hit it already
 *
 * It may change until version 2.0, see analysis.h.
 */
#ifndef TCPMEM_LIMITS_H
#define TCPMEM_LIMITS_H

#include "snapshot.h"

#ifdef __cplusplus
extern "C" {
#endif

struct tcpmem_limits;

/*
 * ---- limits: what bounds TCP memory, and what has hit it already ----
 */

/**
 * enum tcpmem_limit_scope - what a limit bounds
 * @TCPMEM_LIMIT_SCOPE_HOST: all network namespaces together
 * @TCPMEM_LIMIT_SCOPE_NETNS: each network namespace by itself
 * @since 0.1
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
 *	maximum, as they are in its own namespace, and filled it
 * @TCPMEM_WORST_TCP_MEM: bytes: tcp_mem's third number, where the kernel stops
 * @TCPMEM_WORST_RAM: bytes of memory that the machine has
 * @since 0.1
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
 * struct tcpmem_limit - one limit, or one counter; lives as long as its limits
 * @size: what of it this library fills in: sizeof(struct tcpmem_limit)
 * @name: "tcp_rmem_max" ..., of a counter the kernel's word, "ListenDrops"
 *	...; static storage, as are @text, @gone, @beside and @finding.
 *	"accept_queue" and "syn_queue" are a listener's own limits, no sysctls.
 * @text: its meaning in a line
 * @gone: why this kernel does not have it; NULL if it has, or if it could not
 *	be read
 * @unit: what it counts
 * @scope: what it bounds
 * @known: whether it could be read
 * @used_known: whether it is known what is in use
 * @value: the limit; of a range, how many it has; meaningful if @known
 * @low: of a range, where it begins; meaningful if @known
 * @used: what is in use, in its unit; meaningful if @used_known. Of a limit
 *	that is each socket's, listener's or destination's, that of the one
 *	which uses the most.
 * @netns: the network namespace that @value and @used are of, as the snapshot
 *	calls it; NULL if the limit is the host's, or is known of none
 * @busiest: the listener or destination that uses the most, "port 80" or
 *	"192.0.2.1:443"; NULL if the limit is no such, or nothing uses it
 * @counter: it is a counter of net/snmp or net/netstat of a namespace: it has
 *	no @value and no @used, and only a counter has what follows
 * @count_known: whether there is a count; if not, and it is not @gone, it
 *	could not be read
 * @rate_known: whether an earlier snapshot has it, too
 * @count: since the namespace was made, in its unit; meaningful if
 *	@count_known
 * @per_second: its rise since the earlier snapshot; meaningful if @rate_known
 * @beside: the limit that it is about; NULL: of none
 * @finding: what it means if it rises, and what helps; NULL: no harm
 * @queue: a listener's: full is a queue with one more than @value, its backlog
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
	const char *netns;
	const char *busiest;
	bool counter;
	bool count_known;
	bool rate_known;
	int64_t count;
	double per_second;
	const char *beside;
	const char *finding;
	bool queue;
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
 * @before: an earlier snapshot whose query required %TCPMEM_NEED_LIMITS, for
 *	the rates of counters; NULL: none. It may be freed afterwards.
 * @snapshot: its sockets are counted; it may be freed afterwards
 * @netns: whose limits, as tcpmem_query_add_netns() takes it; NULL: those of
 *	all namespaces of the snapshot, of which the query required
 *	%TCPMEM_NEED_LIMITS
 *
 * Of several namespaces each limit is that of the one whose use comes nearest
 * to it; of a limit of which no use is known, the caller's, or the first. Each
 * counter is that of the one where it rises fastest, or is the largest.
 * Of a loaded snapshot they are those of the capture, and unknown if it has
 * none; @ctx may be NULL then. Nothing is changed. Free it with
 * tcpmem_limits_free().
 *
 * Return: 0; -ENOENT, -EINVAL, -EACCES or -EPERM if @netns does not exist, is
 * none or may not be entered; -EAGAIN if no thread can be started; -EMFILE or
 * -ENFILE if too many files are open; -ENOMEM.
 * @since 0.1
 */
TCPMEM_API int tcpmem_limits_read(struct tcpmem_ctx *ctx,
				  const struct tcpmem_snapshot *before,
				  const struct tcpmem_snapshot *snapshot,
				  const char *netns,
				  struct tcpmem_limits **limits);

/** tcpmem_limits_free() - frees them all @since 0.1 */
TCPMEM_API void tcpmem_limits_free(struct tcpmem_limits *limits);

/**
 * tcpmem_limits_get_count() - how many there are; always the same ones
 * @since 0.1
 */
TCPMEM_API size_t tcpmem_limits_get_count(const struct tcpmem_limits *limits);

/** tcpmem_limits_get() - the limit at @index, below the count @since 0.1 */
TCPMEM_API const struct tcpmem_limit *
tcpmem_limits_get(const struct tcpmem_limits *limits, size_t index);

/**
 * tcpmem_limits_get_worst() - the worst case for the snapshot's connections
 *
 * Return: 0, or -ENODATA if it is not known.
 * @since 0.1
 */
TCPMEM_API int tcpmem_limits_get_worst(const struct tcpmem_limits *limits,
				       enum tcpmem_worst which, int64_t *value);

/**
 * tcpmem_limits_get_advice() - a change that the numbers warrant
 *
 * None of what is unknown, none without use that comes near a limit.
 *
 * Return: the change at @index; NULL if there are fewer.
 * @since 0.1
 */
TCPMEM_API const struct tcpmem_advice *
tcpmem_limits_get_advice(const struct tcpmem_limits *limits, size_t index);

/** tcpmem_limit_scope_describe() - "host" or "netns" @since 0.1 */
TCPMEM_API const struct tcpmem_term *
tcpmem_limit_scope_describe(enum tcpmem_limit_scope value);

#ifdef __cplusplus
}
#endif

#endif

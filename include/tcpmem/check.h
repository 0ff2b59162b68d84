/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * check.h - thresholds, and what is beyond them
 *
 * It may change until version 2.0, see analysis.h.
 */
#ifndef TCPMEM_CHECK_H
#define TCPMEM_CHECK_H

#include "snapshot.h"

#ifdef __cplusplus
extern "C" {
#endif

struct tcpmem_check;

/*
 * ---- check: thresholds, and what is beyond them ----
 */

/**
 * enum tcpmem_check_metric - what can have a threshold
 * @TCPMEM_CHECK_METRIC_HELD: bytes: what the sockets cost
 * @TCPMEM_CHECK_METRIC_SOCKETS: how many there are
 * @TCPMEM_CHECK_METRIC_CLOSE_WAIT: of them, how many in CLOSE_WAIT
 * @TCPMEM_CHECK_METRIC_TIME_WAIT: how many in TIME_WAIT, or percent of
 *	tcp_max_tw_buckets in the network namespace that is nearest to it
 * @TCPMEM_CHECK_METRIC_ORPHANS: sockets that their process has closed, or
 *	percent of tcp_max_orphans. Of all sockets the kernel's own count is
 *	taken.
 * @TCPMEM_CHECK_METRIC_TCP_MEM: bytes that the kernel has charged to TCP, or
 *	percent of tcp_mem's third number; of the host
 * @TCPMEM_CHECK_METRIC_GROWTH: change of held bytes from one snapshot to the
 *	other, for each minute
 * @TCPMEM_CHECK_METRIC_UNEXPLAINED: bytes by which sums and kernel differ for
 *	no known reason, or percent of what the kernel has charged; of the host
 * @TCPMEM_CHECK_METRIC_LEFT: sockets still open when a command has ended, those
 *	in TIME_WAIT apart; a number of the caller alone
 * @TCPMEM_CHECK_METRIC_RECV_Q: bytes received and not read by the application
 * @TCPMEM_CHECK_METRIC_RSS: bytes of memory of each process that holds one of
 *	the sockets; of the largest, if all sockets are judged together
 * @TCPMEM_CHECK_METRIC_FDS: likewise its open files, or percent of how many it
 *	may have
 * @TCPMEM_CHECK_METRIC_PORTS: local ports toward one destination, or percent of
 *	ip_local_port_range
 * @TCPMEM_CHECK_METRIC_COUNTER: how often one of the counters of
 *	tcpmem_limits_read() rises a second, from one snapshot to the other, in
 *	all network namespaces, or by netns in each
 * @TCPMEM_CHECK_METRIC_OPENED: connections that a command made or accepted; a
 *	number of the caller alone
 * @since 0.1
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
	TCPMEM_CHECK_METRIC_RECV_Q = 9,
	TCPMEM_CHECK_METRIC_RSS = 10,
	TCPMEM_CHECK_METRIC_FDS = 11,
	TCPMEM_CHECK_METRIC_PORTS = 12,
	TCPMEM_CHECK_METRIC_COUNTER = 13,
	TCPMEM_CHECK_METRIC_OPENED = 14,
};
enum { TCPMEM_CHECK_METRIC_COUNT = 15 };

/**
 * enum tcpmem_level - how a value stands to its thresholds
 * @TCPMEM_LEVEL_UNKNOWN: the value is not known
 *
 * The numbers are the exit codes of monitoring plugins. Of several, critical
 * is the worst, then unknown, then warning.
 * @since 0.1
 */
enum tcpmem_level {
	TCPMEM_LEVEL_OK = 0,
	TCPMEM_LEVEL_WARNING = 1,
	TCPMEM_LEVEL_CRITICAL = 2,
	TCPMEM_LEVEL_UNKNOWN = 3,
};
enum { TCPMEM_LEVEL_COUNT = 4 };

/**
 * tcpmem_check_metric_describe() - "held", "close-wait" ..., with text and unit
 * @since 0.1
 */
TCPMEM_API const struct tcpmem_term *
tcpmem_check_metric_describe(enum tcpmem_check_metric value);

/** tcpmem_level_describe() - "ok", "warning" ... @since 0.1 */
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
 * struct tcpmem_range - where a value may be, both ends included
 * @low: -INFINITY if it has no such end, @high INFINITY
 * @inside: it may be everywhere but there
 */
struct tcpmem_range {
	double low;
	double high;
	bool inside;
};

/**
 * struct tcpmem_check_result - how a value stands; until the next judgement
 * @size: what of it this library fills in: sizeof(struct tcpmem_check_result)
 * @metric: what was judged
 * @name: its name, of a rate the counter's; static storage
 * @unit: what value and thresholds count
 * @level: how it stands
 * @key: of which group; "total" if of all
 * @known: whether @value is known
 * @warns: whether there is a threshold for @warning
 * @value: what was found; meaningful if @known
 * @warning: beyond which range it is a warning; meaningful if @warns
 * @critical: beyond which range it is critical
 * @reason: why @value is not known, in a sentence; NULL if it is
 */
struct tcpmem_check_result {
	size_t size;
	enum tcpmem_check_metric metric;
	const char *name;
	enum tcpmem_unit unit;
	enum tcpmem_level level;
	const char *key;
	bool known;
	bool warns;
	double value;
	struct tcpmem_range warning;
	struct tcpmem_range critical;
	const char *reason;
};

/**
 * tcpmem_check_new() - a check without thresholds
 *
 * Free it with tcpmem_check_free().
 *
 * Return: 0, or -ENOMEM.
 * @since 0.1
 */
TCPMEM_API int tcpmem_check_new(struct tcpmem_check **check);

/** tcpmem_check_free() - frees it and its results @since 0.1 */
TCPMEM_API void tcpmem_check_free(struct tcpmem_check *check);

/**
 * tcpmem_check_add() - in which range @metric may be
 * @text: "WARN,CRIT", or one range, which is critical. A range is the largest
 *	value, or START:END, where either end may be left out, START ~ for no
 *	such end; with an @ before, it may be everywhere but there. A value is a
 *	number, maybe with a fraction, and its unit: of bytes K, M, G or T,
 *	powers of 1024; of others k, m or g, powers of 1000; "%" where the
 *	metric is part of something; bytes and "/s", "/min" or "/h" for growth.
 *	Of a rate, a counter's name and "=" come before: "ListenDrops=1,10", a
 *	second unless "/min" or "/h" follows.
 * @error: written if the text is wrong; may be NULL
 *
 * Given again, the last one counts; of rates, that of each counter.
 *
 * Return: 0; -EINVAL if @metric is none, the text is wrong or @error->size is
 * too small.
 * @since 0.1
 */
TCPMEM_API int tcpmem_check_add(struct tcpmem_check *check,
				enum tcpmem_check_metric metric,
				const char *text,
				struct tcpmem_check_error *error);

/** tcpmem_check_has() - whether @metric was given a threshold @since 0.1 */
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
 * @since 0.1
 */
TCPMEM_API int tcpmem_check_set_keys(struct tcpmem_check *check,
				     const char *keys);

/**
 * tcpmem_check_require() - what a query has to require for the check
 * @needs: receives the bits of enum tcpmem_need beside those it has
 * @since 0.1
 */
TCPMEM_API void tcpmem_check_require(const struct tcpmem_check *check,
				     uint32_t *needs);

/**
 * tcpmem_check_judge() - compares what was seen with the thresholds
 * @before: an earlier snapshot, for %TCPMEM_CHECK_METRIC_GROWTH and
 *	%TCPMEM_CHECK_METRIC_COUNTER; else NULL
 *
 * Results of an earlier call are gone. Neither snapshot is needed afterwards.
 *
 * Return: 0; -EINVAL if growth or a rate has a threshold and there is no
 * @before; -ENOMEM.
 * @since 0.1
 */
TCPMEM_API int tcpmem_check_judge(struct tcpmem_check *check,
				  const struct tcpmem_snapshot *before,
				  const struct tcpmem_snapshot *snapshot);

/**
 * tcpmem_check_judge_value() - the same of a number that the caller has
 * @key: whose number it is; copied
 * @value: bytes, sockets, or bytes for each minute
 * @least: it may be larger, so much was seen: beyond its threshold it is
 *	critical, else unknown
 *
 * Adds one result; none if @metric has no threshold.
 *
 * Return: 0; -EINVAL if @metric is none, or a rate, or its thresholds are
 * percent; or -ENOMEM.
 * @since 0.1
 */
TCPMEM_API int tcpmem_check_judge_value(struct tcpmem_check *check,
					enum tcpmem_check_metric metric,
					const char *key, double value,
					bool least);

/**
 * tcpmem_check_get_level() - the worst of all results; OK if there is none
 * @since 0.1
 */
TCPMEM_API enum tcpmem_level
tcpmem_check_get_level(const struct tcpmem_check *check);

/** tcpmem_check_get_result_count() - how many results it has @since 0.1 */
TCPMEM_API size_t
tcpmem_check_get_result_count(const struct tcpmem_check *check);

/**
 * tcpmem_check_get_result() - the result at @index, below the count
 *
 * In the order of enum tcpmem_check_metric, of one metric the largest value
 * first. Every metric that has a threshold has one result or more.
 * @since 0.1
 */
TCPMEM_API const struct tcpmem_check_result *
tcpmem_check_get_result(const struct tcpmem_check *check, size_t index);

#ifdef __cplusplus
}
#endif

#endif

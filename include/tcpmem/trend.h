/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * trend.h - what many snapshots tell of each group
 *
 * It may change until version 2.0, see analysis.h.
 */
#ifndef TCPMEM_TREND_H
#define TCPMEM_TREND_H

#include "diff.h"

#ifdef __cplusplus
extern "C" {
#endif

struct tcpmem_trend;
struct tcpmem_trend_row;

/*
 * ---- trend: many snapshots, and what they tell of each group ----
 */

/* The fewest snapshots, or numbers, that anything is said of. */
enum { TCPMEM_TREND_SAMPLES_MIN = 8 };

/**
 * enum tcpmem_trend_class - what a group's sockets do as time goes by
 * @TCPMEM_TREND_CLASS_UNKNOWN: fewer than %TCPMEM_TREND_SAMPLES_MIN snapshots
 *	since it was first there
 * @TCPMEM_TREND_CLASS_STEADY: they are the same ones, and nothing rises
 * @TCPMEM_TREND_CLASS_CHURN: they come and go, and nothing rises
 * @TCPMEM_TREND_CLASS_GROWTH: the same sockets hold steadily more bytes, or
 *	more and more of them are opened, stay, and are in use, or may be:
 *	without tcp_info (%TCPMEM_NEED_INFO) their use is not known
 * @TCPMEM_TREND_CLASS_LEAK: more and more of them are opened and stay, and
 *	nothing is read or written any more; or some are in CLOSE_WAIT for a
 *	minute and %TCPMEM_TREND_SAMPLES_MIN snapshots, and not in use
 * @since 0.1
 */
enum tcpmem_trend_class {
	TCPMEM_TREND_CLASS_UNKNOWN = 0,
	TCPMEM_TREND_CLASS_STEADY = 1,
	TCPMEM_TREND_CLASS_CHURN = 2,
	TCPMEM_TREND_CLASS_GROWTH = 3,
	TCPMEM_TREND_CLASS_LEAK = 4,
};
enum { TCPMEM_TREND_CLASS_COUNT = 5 };

/**
 * enum tcpmem_reason - what makes it a leak or growth
 * @TCPMEM_REASON_NONE: it is neither
 * @TCPMEM_REASON_KEPT_OPEN: sockets are opened and not closed
 * @TCPMEM_REASON_CLOSE_WAIT: the peer closed them, who holds them does not
 * @TCPMEM_REASON_UNREAD: receive queues grow: who holds them does not read
 * @TCPMEM_REASON_NOT_TAKEN: send queues grow: the peer does not read, or
 *	cannot be reached
 * @TCPMEM_REASON_IN_USE: sockets are opened, not closed, and used
 * @TCPMEM_REASON_RISES: of tcpmem_series_judge(): the number rises
 * @TCPMEM_REASON_USE_UNKNOWN: sockets are opened and not closed, and not of all
 *	it is known whether they are used
 * @since 0.1
 */
enum tcpmem_reason {
	TCPMEM_REASON_NONE = 0,
	TCPMEM_REASON_KEPT_OPEN = 1,
	TCPMEM_REASON_CLOSE_WAIT = 2,
	TCPMEM_REASON_UNREAD = 3,
	TCPMEM_REASON_NOT_TAKEN = 4,
	TCPMEM_REASON_IN_USE = 5,
	TCPMEM_REASON_RISES = 6,
	TCPMEM_REASON_USE_UNKNOWN = 7,
};
enum { TCPMEM_REASON_COUNT = 8 };

/** tcpmem_trend_class_describe() - "steady", "leak" ... @since 0.1 */
TCPMEM_API const struct tcpmem_term *
tcpmem_trend_class_describe(enum tcpmem_trend_class value);

/**
 * tcpmem_reason_describe() - "none", "close-wait" ..., with a text
 * @since 0.1
 */
TCPMEM_API const struct tcpmem_term *
tcpmem_reason_describe(enum tcpmem_reason value);

/**
 * enum tcpmem_trend_flag - mask bits
 * @TCPMEM_TREND_TIME_WAIT: TIME_WAIT sockets count; else they are left out
 * @since 0.1
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
 * @since 0.1
 */
TCPMEM_API int tcpmem_trend_new(const char *keys, unsigned int flags,
				struct tcpmem_trend **trend);

/** tcpmem_trend_free() - frees it and its rows @since 0.1 */
TCPMEM_API void tcpmem_trend_free(struct tcpmem_trend *trend);

/**
 * tcpmem_trend_add() - one more snapshot, which is later than the last one
 *
 * Sockets are the same ones by cookie and namespace, processes by pid and
 * start time. With a snapshot of another boot all begins anew. It is not
 * needed afterwards.
 *
 * Return: 0; -EINVAL if it is no later than the last one, or of a file that
 * does not say when it was made; -ENOMEM.
 * @since 0.1
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
 * @since 0.1
 */
TCPMEM_API int tcpmem_trend_judge(struct tcpmem_trend *trend,
				  struct tcpmem_ctx *ctx);

/**
 * tcpmem_trend_get_sample_count() - how many snapshots there were
 * @since 0.1
 */
TCPMEM_API uint64_t
tcpmem_trend_get_sample_count(const struct tcpmem_trend *trend);

/**
 * tcpmem_trend_get_elapsed_ns() - from the first to the last of this boot
 * @since 0.1
 */
TCPMEM_API int64_t
tcpmem_trend_get_elapsed_ns(const struct tcpmem_trend *trend);

/**
 * tcpmem_trend_get_row_count() - how many groups it judged; others are gone
 * @since 0.1
 */
TCPMEM_API size_t tcpmem_trend_get_row_count(const struct tcpmem_trend *trend);

/** tcpmem_trend_get_row() - the row at @index, below the count @since 0.1 */
TCPMEM_API const struct tcpmem_trend_row *
tcpmem_trend_get_row(const struct tcpmem_trend *trend, size_t index);

/**
 * tcpmem_trend_get_total() - all sockets, each counted once, judged as a group
 *
 * A leak that many processes share, each a little of it, is one here.
 * @since 0.1
 */
TCPMEM_API const struct tcpmem_trend_row *
tcpmem_trend_get_total(const struct tcpmem_trend *trend);

/**
 * tcpmem_trend_row_get_subject() - what it stands for, as it is last
 * @since 0.1
 */
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
 *	so by chance. Not a number, see isnan(3), if it is neither, and of
 *	CLOSE_WAIT that lasts and does not become more.
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

/**
 * tcpmem_series_judge() - whether any number rises, judged as sums of a trend
 * @ns: when each of @values was read, one later than the other
 * @count: of both
 * @least: a smaller rise is none
 * @judgement: with its size set; growth or steady, or unknown of fewer than
 *	%TCPMEM_TREND_SAMPLES_MIN numbers
 *
 * Of many the last 120, which are evenly spread, are looked at.
 *
 * Return: 0; -EINVAL if @judgement->size is too small.
 * @since 0.1
 */
TCPMEM_API int tcpmem_series_judge(const int64_t *ns, const int64_t *values,
				   size_t count, int64_t least,
				   struct tcpmem_judgement *judgement);

/**
 * tcpmem_trend_row_get_judgement() - what the snapshots tell of it
 * @since 0.1
 */
TCPMEM_API const struct tcpmem_judgement *
tcpmem_trend_row_get_judgement(const struct tcpmem_trend_row *row);

/**
 * tcpmem_trend_row_get_change() - how one of its sums changed
 *
 * Return: 0; -ENODATA if @metric is not SOCKETS, HELD, CHARGED, RMEM or
 * WMEM_QUEUED, or needs counters and a socket of a sample came without them;
 * -EINVAL if @change->size is too small.
 * @since 0.1
 */
TCPMEM_API int tcpmem_trend_row_get_change(const struct tcpmem_trend_row *row,
					   enum tcpmem_metric metric,
					   struct tcpmem_change *change);

/**
 * tcpmem_trend_row_get_series() - one of its sums over the samples
 * @trend: that of @row
 * @ns: receives when, since 1970
 * @values: receives the sums; %TCPMEM_UNKNOWN before the group was there
 * @capacity: how many both can take; 120 are enough
 * @count: receives how many there are: points thin out as time goes by
 *
 * Return: 0; -ENODATA as tcpmem_trend_row_get_change(); -ENOSPC.
 * @since 0.1
 */
TCPMEM_API int tcpmem_trend_row_get_series(const struct tcpmem_trend *trend,
					   const struct tcpmem_trend_row *row,
					   enum tcpmem_metric metric,
					   int64_t *ns, int64_t *values,
					   size_t capacity, size_t *count);

/**
 * enum tcpmem_trend_metric - how many of a group's sockets; shared ones in full
 * @TCPMEM_TREND_METRIC_OPENED: were first seen after the first snapshot
 * @TCPMEM_TREND_METRIC_CLOSED: were seen and are there no more
 * @TCPMEM_TREND_METRIC_KEPT: of those opened, are still there
 * @TCPMEM_TREND_METRIC_CLOSE_WAIT: are in CLOSE_WAIT
 * @since 0.1
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
 * @since 0.1
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
 * @since 0.1
 */
TCPMEM_API int tcpmem_trend_read_column(const struct tcpmem_trend *trend,
					enum tcpmem_column column,
					unsigned int which, int64_t *values,
					size_t count);

/**
 * tcpmem_trend_get_subjects() - what every row stands for, but the total
 *
 * Return: 0, or -ENOMEM.
 * @since 0.1
 */
TCPMEM_API int tcpmem_trend_get_subjects(const struct tcpmem_trend *trend,
					 struct tcpmem_subjects **subjects);

#ifdef __cplusplus
}
#endif

#endif

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * diff.h - what changed between two snapshots
 *
 * It may change until version 2.0, see analysis.h.
 */
#ifndef TCPMEM_DIFF_H
#define TCPMEM_DIFF_H

#include "snapshot.h"

#ifdef __cplusplus
extern "C" {
#endif

struct tcpmem_diff;
struct tcpmem_diff_row;

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
 *
 * A socket in one of them alone, in a state that the other's file was not asked
 * for, is not counted at all. What left the states of a file since, or came
 * into them, cannot be told from what was closed or opened.
 *
 * @since 0.1
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
 * @since 0.1
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
 * @TCPMEM_CHANGE_CLASS_CHURN: something did, and it holds what it held; or one
 *	snapshot does not know the holders of all sockets, and some of the
 *	group's are in another one there: it may have held them; or nothing is
 *	the same in both, %TCPMEM_MATCH_NOTHING
 * @TCPMEM_CHANGE_CLASS_GROWTH: it holds more
 * @TCPMEM_CHANGE_CLASS_DECLINE: it holds less
 *
 * Where what it holds is not known of all sockets on both sides, the number of
 * its sockets decides, and what happened to them. Two moments cannot tell a
 * leak from a busy minute.
 * @since 0.1
 */
enum tcpmem_change_class {
	TCPMEM_CHANGE_CLASS_STEADY = 0,
	TCPMEM_CHANGE_CLASS_CHURN = 1,
	TCPMEM_CHANGE_CLASS_GROWTH = 2,
	TCPMEM_CHANGE_CLASS_DECLINE = 3,
};
enum { TCPMEM_CHANGE_CLASS_COUNT = 4 };

/** tcpmem_event_describe() - "opened" ... @since 0.1 */
TCPMEM_API const struct tcpmem_term *
tcpmem_event_describe(enum tcpmem_event value);

/** tcpmem_match_describe() - "cookie", "address" or "nothing" @since 0.1 */
TCPMEM_API const struct tcpmem_term *
tcpmem_match_describe(enum tcpmem_match value);

/** tcpmem_change_class_describe() - "steady" ... @since 0.1 */
TCPMEM_API const struct tcpmem_term *
tcpmem_change_class_describe(enum tcpmem_change_class value);

/**
 * tcpmem_diff() - compares two snapshots, group by group
 * @before: the earlier one
 * @after: the later one
 * @keys: as for tcpmem_group()
 *
 * Of one host and boot, both are counted with the object sizes of @after, where
 * @before has them from another source: they did not change in between.
 *
 * Sockets are the same by cookie and namespace, processes by pid and start
 * time, both within one boot; see tcpmem_diff_get_match(). The rows are those
 * of both snapshots, the largest growth of held bytes first and last those
 * whose growth is not known. Time is linear in the sockets of both. The diff
 * refers to the snapshots: free it first.
 *
 * Return: 0, -EINVAL if @keys names no grouping, or -ENOMEM.
 * @since 0.1
 */
TCPMEM_API int tcpmem_diff(const struct tcpmem_snapshot *before,
			   const struct tcpmem_snapshot *after,
			   const char *keys, struct tcpmem_diff **diff);

/** tcpmem_diff_free() - frees it and its rows @since 0.1 */
TCPMEM_API void tcpmem_diff_free(struct tcpmem_diff *diff);

/**
 * tcpmem_diff_sort() - sorts the rows
 * @order: "key", events' names, or numbers' names and "_before", "_after" or
 *	"_delta", with commas between, each after a "-" for largest first:
 *	"-held_delta,-opened". A difference that is not known stands last.
 *
 * Return: 0, or -EINVAL if @order names something else.
 * @since 0.1
 */
TCPMEM_API int tcpmem_diff_sort(struct tcpmem_diff *diff, const char *order);

/**
 * tcpmem_diff_fold() - puts steady rows in one, "unchanged", the last
 *
 * Return: 0, or -ENOMEM.
 * @since 0.1
 */
TCPMEM_API int tcpmem_diff_fold(struct tcpmem_diff *diff);

/**
 * tcpmem_diff_limit() - keeps the first @rows, the rest in one row "other"
 *
 * Return: 0, or -ENOMEM.
 * @since 0.1
 */
TCPMEM_API int tcpmem_diff_limit(struct tcpmem_diff *diff, size_t rows);

/** tcpmem_diff_get_match() - what made sockets the same ones @since 0.1 */
TCPMEM_API enum tcpmem_match
tcpmem_diff_get_match(const struct tcpmem_diff *diff);

/**
 * tcpmem_diff_get_elapsed_ns() - time from one snapshot to the other
 *
 * By the clock that runs since boot if both are of one boot, else by the wall
 * clock; below 0 if @before is the later one.
 *
 * Return: 0, or -ENODATA if a file does not say when it was made.
 * @since 0.1
 */
TCPMEM_API int tcpmem_diff_get_elapsed_ns(const struct tcpmem_diff *diff,
					  int64_t *ns);

/** tcpmem_diff_get_row_count() - how many rows it has @since 0.1 */
TCPMEM_API size_t tcpmem_diff_get_row_count(const struct tcpmem_diff *diff);

/** tcpmem_diff_get_row() - the row at @index, below the count @since 0.1 */
TCPMEM_API const struct tcpmem_diff_row *
tcpmem_diff_get_row(const struct tcpmem_diff *diff, size_t index);

/** tcpmem_diff_get_total() - all sockets, each counted once @since 0.1 */
TCPMEM_API const struct tcpmem_diff_row *
tcpmem_diff_get_total(const struct tcpmem_diff *diff);

/**
 * tcpmem_diff_row_get_subject() - what it stands for, as it is after
 * @since 0.1
 */
TCPMEM_API const struct tcpmem_subject *
tcpmem_diff_row_get_subject(const struct tcpmem_diff_row *row);

/**
 * tcpmem_diff_row_get_event() - to how many of its sockets that happened
 *
 * A shared socket counts in full in each row, as for
 * %TCPMEM_METRIC_REACH_SOCKETS.
 *
 * Return: 0, or -ENODATA if @event is none.
 * @since 0.1
 */
TCPMEM_API int tcpmem_diff_row_get_event(const struct tcpmem_diff_row *row,
					 enum tcpmem_event event,
					 int64_t *value);

/**
 * struct tcpmem_change - a sum at two moments
 * @size: sizeof(struct tcpmem_change), set by the caller
 * @before: of a diff, in the earlier snapshot; of a trend, in the first one
 * @after: in the later snapshot, or the last one; of a diff one of the two may
 *	be %TCPMEM_UNKNOWN
 * @delta: after less before; %TCPMEM_UNKNOWN if a socket of one side came
 *	without counters, so that its sum is a lower bound, or unknown
 * @per_minute: of a diff, the delta for each minute that passed; of a trend, a
 *	robust slope: Theil and Sen's, the median of the slopes between any two
 *	points. Not a number, see isnan(3), if it is not known: the delta is
 *	not, no time passed, there are fewer than two points, one of two
 *	snapshots does not tell whose the sockets are that came or went, or they
 *	are of two boots or hosts.
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
 * Return: 0; -ENODATA if @metric is none, or its sum is unknown on both sides;
 * -EINVAL if @change->size is too small.
 * @since 0.1
 */
TCPMEM_API int tcpmem_diff_row_get_change(const struct tcpmem_diff_row *row,
					  enum tcpmem_metric metric,
					  struct tcpmem_change *change);

/** tcpmem_diff_row_get_class() - which way it went @since 0.1 */
TCPMEM_API enum tcpmem_change_class
tcpmem_diff_row_get_class(const struct tcpmem_diff_row *row);

/**
 * tcpmem_diff_read_column() - one value of every row, but the total
 * @column: %TCPMEM_COLUMN_BEFORE, AFTER, EVENT or CLASS
 * @which: the number that goes with it
 * @values: @count of them, as many as rows
 *
 * Return: 0, or -EINVAL, see enum tcpmem_column.
 * @since 0.1
 */
TCPMEM_API int tcpmem_diff_read_column(const struct tcpmem_diff *diff,
				       enum tcpmem_column column,
				       unsigned int which, int64_t *values,
				       size_t count);

/**
 * tcpmem_diff_get_subjects() - what every row stands for, but the total
 *
 * Return: 0, or -ENOMEM.
 * @since 0.1
 */
TCPMEM_API int tcpmem_diff_get_subjects(const struct tcpmem_diff *diff,
					struct tcpmem_subjects **subjects);

#ifdef __cplusplus
}
#endif

#endif

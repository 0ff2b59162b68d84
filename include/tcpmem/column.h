/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* column.h - what rows stand for, and columns of all rows at once */
#ifndef TCPMEM_COLUMN_H
#define TCPMEM_COLUMN_H

#include "types.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * ---- whole columns: what a binding reads in place of a call for each cell
 * ----
 */

/**
 * struct tcpmem_subject - what a row stands for; lives as long as the row
 * @key: what the keys are here, "established", with commas between; raw bytes
 * @kind: "process", "past" (a past owner), a kind without process, or "group",
 *	"other", "total"; static storage
 * @process: the process; NULL if it stands for none, or for a past owner
 * @parts: what each key is, one behind the other, each with a NUL: a comma may
 *	be part of one; NULL where the row stands for no keys
 * @part_count: how many keys there are, or 0
 * @source: of a past owner, see struct tcpmem_past: the least sure one of its
 *	sockets; else NULL
 *
 * A later version may append members.
 */
struct tcpmem_subject {
	const char *key;
	const char *kind;
	const struct tcpmem_process *process;
	const char *parts;
	size_t part_count;
	const char *source;
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
 * @parts: where what each key is begins, see struct tcpmem_subject
 * @part_count: how many keys there are, or 0
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
	const uint64_t *parts;
	const uint64_t *part_count;
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
 * @since 0.1
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

#ifdef __cplusplus
}
#endif

#endif

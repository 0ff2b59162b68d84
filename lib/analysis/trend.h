/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* trend.h - many snapshots: what grows, and how sure that is */
#ifndef TM_ANALYSIS_TREND_H
#define TM_ANALYSIS_TREND_H

#include "analysis/table.h"
#include "base/hash.h"
#include "model/accounting.h"
#include "model/holders.h"
#include "tcpmem/trend.h"

#include <stddef.h>

/* ---- statistics that a few wild values do not move ---- */

/* More points than that are thinned out. */
#define TM_ROBUST_POINTS 60

/*
 * tm_median() - of @count values, above 0; they are sorted
 */
double tm_median(double *value, size_t count);

/*
 * tm_theil_sen() - the median of the slopes between any two points
 * @x: rising
 * @count: at least 2, at most %TM_ROBUST_POINTS
 */
double tm_theil_sen(const double *x, const double *y, size_t count);

/*
 * tm_mann_kendall() - probability that values without a trend rise so much
 *
 * One-sided, with the correction for ties and for continuity.
 */
double tm_mann_kendall(const double *y, size_t count);

/*
 * tm_sign_test() - probability that of @plus + @minus tosses of a coin so many
 * or more are heads
 */
double tm_sign_test(double plus, double minus);

/* ---- many snapshots, and what they tell of each group ---- */

/* Points of a series; when they are used up, every second one goes. */
#define TM_TREND_POINTS 120
#define TM_TREND_GROUPS 1024

/* Sockets tracked one by one; beyond it every 2nd, 4th ... is. */
#define TM_TREND_KNOWN (1u << 20)

/* Age classes in samples: 1, 2, 3, 4, 6, 8, 12 ... 256, 384. */
#define TM_TREND_AGES 17

/*
 * struct tm_age_histogram - those of a group's sockets that are of one kind
 * @old: how many are at least of that age
 *
 * A socket that was there at first is as old as any.
 */
struct tm_age_histogram {
	uint32_t old[TM_TREND_AGES];
};

enum tm_trend_number {
	TM_TREND_SOCKETS,
	TM_TREND_HELD,
	TM_TREND_CHARGED,
	TM_TREND_RMEM,
	TM_TREND_WMEM,
};
#define TM_TREND_NUMBERS (TM_TREND_WMEM + 1)

/*
 * In CLOSE_WAIT age counts from when that state was first seen; of unused ones
 * from when the program read or wrote last.
 */
enum tm_trend_kind {
	TM_TREND_ALL,
	TM_TREND_UNUSED,
	TM_TREND_CLOSE_WAIT,
};
#define TM_TREND_KINDS (TM_TREND_CLOSE_WAIT + 1)

/*
 * struct tm_point - a group at one moment
 * @same_rmem, @same_wmem: bytes that its sockets have more than when each was
 *	first seen; of queues that would be empty within a second none
 */
struct tm_point {
	int64_t number[TM_TREND_NUMBERS];
	int64_t same_rmem;
	int64_t same_wmem;
	struct tm_age_histogram ages[TM_TREND_KINDS];
};

/*
 * struct tm_trend_group - what is known of one group
 * @label: unlike that of any other group, as long as it is there
 * @first: the slot of its first point
 * @sample_pid: pid of one that holds a socket of it; 0: nobody does
 * @seen: number of the sample that had it last
 * @uncounted: in one sample, a socket of it came without counters
 */
struct tm_trend_group {
	struct tcpmem_subject subject; /* its key is the group's own */
	struct tcpmem_process process; /* of @subject, if it has one */
	uint32_t label;
	uint32_t sample_pid;
	size_t first;
	uint64_t seen;
	bool uncounted;
	int64_t opened;
	int64_t closed;
	int64_t kept;	    /* sockets of @opened that are still open */
	int64_t unmeasured; /* of @kept: whose use is not known */
	int64_t close_wait;
	int64_t close_wait_aged; /* of @close_wait, for long: it is a leak */
	struct tm_point point[TM_TREND_POINTS];
};

/*
 * struct tm_use - what a program has done with a socket so far
 * @known: the kernel told it
 * @read: bytes that it has read
 * @acked: bytes that it has written and the peer acknowledged; @wqueue: others
 */
struct tm_use {
	bool known;
	uint32_t wqueue;
	uint64_t read;
	uint64_t acked;
};

/*
 * struct tm_known - a socket in a group
 * @since: number of the sample that had it first; 0: the very first sample
 * @used: number of the sample that saw it in use last
 * @pause: samples for which it was not in use before, at most
 * @waits_since: the same of its CLOSE_WAIT; %TM_TREND_NEVER if it is not in it
 * @waits_ns: when that was
 */
struct tm_known {
	uint64_t id;
	uint32_t group;
	uint32_t since;
	uint32_t used;
	uint32_t pause;
	uint32_t waits_since;
	struct tm_use use;
	uint32_t rmem;
	uint32_t wmem;
	bool met;
	int64_t waits_ns;
};

#define TM_TREND_NEVER UINT32_MAX

struct tm_known_set {
	struct tm_known *known;
	size_t count, capacity;
	struct tm_index index;
};

/* struct tm_when - @ns: since boot; @wall_ns: since 1970; @sample: its number
 */
struct tm_when {
	int64_t ns;
	int64_t wall_ns;
	uint64_t sample;
};

struct tcpmem_trend_row {
	const struct tm_trend_group *group;
	struct tcpmem_judgement judged;
	int64_t first[TM_TREND_NUMBERS];
	int64_t last[TM_TREND_NUMBERS];
	double per_minute[TM_TREND_NUMBERS];
	bool sloped; /* @per_minute is known */
};

/*
 * struct tcpmem_trend - group 0 is the total, group 1 what is too much
 * @when: of each slot; the last one moves on until @stride samples are in it
 * @sparse: of the sockets, those whose hash ends in so many zeros are known
 */
struct tcpmem_trend {
	char *keys;
	bool time_wait;
	char boot_id[40];
	uint32_t seed;
	uint32_t labels;
	struct tm_trend_group **group;
	size_t group_count, group_capacity;
	struct tm_index group_index;
	int64_t begin_ns; /* of the first sample */
	int64_t last_ns;  /* of the sample before this one */
	struct tm_when when[TM_TREND_POINTS];
	size_t slots;
	uint64_t samples;	/* in all */
	uint64_t epoch_samples; /* of this boot */
	uint64_t stride;
	unsigned int sparse;
	struct tm_known_set known;
	int64_t room; /* bytes to tcp_mem's pressure; below 0: unknown */
	struct tcpmem_trend_row *row;
	size_t row_count;
	struct tcpmem_trend_row total;
};

#define TM_TREND_TOTAL 0
#define TM_TREND_OTHER 1

/* tm_trend_age() - samples that make the age number @i */
static inline uint64_t tm_trend_age(size_t i)
{
	return i % 2 ? UINT64_C(2) << i / 2 : UINT64_C(3) << i / 2 >> 1;
}

/* tm_trend_now() - the point of now of that group */
static inline struct tm_point *tm_trend_now(struct tcpmem_trend *trend,
					    uint32_t group)
{
	return &trend->group[group]->point[trend->slots - 1];
}

/*
 * tm_trend_find() - the number of the group that a row of a table belongs to,
 *	made if there is none
 *
 * Return: 0 or -ENOMEM.
 */
int tm_trend_find(struct tcpmem_trend *trend, const struct tcpmem_row *row,
		  uint32_t *group);

/*
 * tm_trend_meet() - the sockets of a snapshot: who is new, older, gone
 * @place: number of each one's group in @table; UINT32_MAX: left out
 * @group: of each row of @table, its number in @trend
 *
 * Return: 0 or -ENOMEM.
 */
int tm_trend_meet(struct tcpmem_trend *trend,
		  const struct tcpmem_snapshot *snapshot,
		  const struct tcpmem_table *table, const uint32_t *place,
		  const uint32_t *group);

void tm_known_set_deinit(struct tm_known_set *set);

/* tm_trend_judge() - tcpmem_trend_judge(), but the limits of cgroups */
int tm_trend_judge(struct tcpmem_trend *trend);

/* tm_trend_init_row() - a row of which nothing is known */
void tm_trend_init_row(struct tcpmem_trend_row *row,
		       const struct tm_trend_group *group);

/* tm_trend_judge_group() - fills @row in */
void tm_trend_judge_group(const struct tcpmem_trend *trend,
			  const struct tm_trend_group *group,
			  struct tcpmem_trend_row *row);

/*
 * tm_trend_until() - time until a leak or growth takes so many bytes more
 *
 * Return: ns; %TCPMEM_UNKNOWN if it is neither, or its charge does not rise.
 */
int64_t tm_trend_until(const struct tcpmem_trend_row *row, int64_t bytes);

#endif

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* trend_series.h - a series of snapshots that is made, and a trend over it */
#ifndef TREND_SERIES_H
#define TREND_SERIES_H

#include "analysis/trend.h"
#include "snapshot_fixture.h"
#include "unit.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SOCKETS	  8192
#define SECOND_NS INT64_C(1000000000)

static struct tcpmem_trend *trend;
static size_t room;		     /* of a snapshot */
static struct tcpmem_snapshot *snap; /* that is being made */
static uint32_t owner;
static const char *boot;
static int64_t clock_ns;

static void open_snapshot(void)
{
	snap = make_snapshot(room, 1);
	snprintf(snap->clock.boot_id, sizeof(snap->clock.boot_id), "%s", boot);
	snap->clock.boottime_ns = clock_ns;
	snap->clock.wall_ns = 1000000 * SECOND_NS + clock_ns;
	clock_ns += SECOND_NS;
}

/* Sockets that follow belong to that process. */
static void process(uint32_t pid, uint64_t start, const char *comm)
{
	struct tcpmem_process p = { .pid = pid, .start_time = start };

	snprintf(p.comm, sizeof(p.comm), "%s", comm);
	ck_assert_int_eq(tm_holders_process(snap->holders, &p, &owner), 0);
}

static struct tcpmem_socket *put(uint64_t cookie, uint8_t state, uint32_t rmem)
{
	struct tcpmem_socket *s = &snap->sockets.sock[snap->sockets.count++];

	ck_assert_uint_lt(snap->sockets.count, room);
	s->cookie = cookie;
	s->state = state;
	s->inode = (uint32_t)cookie;
	s->kind = TCPMEM_KIND_IN_FLIGHT;
	s->skmem_words = TM_SKMEM_WORDS;
	s->skmem[TCPMEM_METRIC_RMEM] = rmem;
	ck_assert_int_eq(tm_holders_add(snap->holders, s->inode, owner), 0);
	return s;
}

/* What the kernel tells of its use: nothing was read or written so far. */
static struct tm_info *measure(const struct tcpmem_socket *sock)
{
	struct tm_info *info;

	if (!snap->sockets.info)
		snap->sockets.info = calloc(room, sizeof(*info));
	ck_assert_ptr_nonnull(snap->sockets.info);
	snap->sockets.with_info = true;
	info = &snap->sockets.info[sock - snap->sockets.sock];
	info->present = true;
	info->len = TM_INFO_SIZE;
	return info;
}

static struct tcpmem_socket *put_open(uint64_t cookie)
{
	struct tcpmem_socket *s = put(cookie, TCPMEM_STATE_ESTABLISHED, 0);

	measure(s);
	return s;
}

static int close_snapshot(void)
{
	int ret;

	ck_assert_int_eq(tm_holders_finish(snap->holders), 0);
	for (size_t i = 0; i < snap->sockets.count; i++) {
		struct tcpmem_socket *s = &snap->sockets.sock[i];

		s->holder = tm_holders_find(snap->holders, s->inode);
		if (s->holder)
			s->kind = TCPMEM_KIND_PROCESS;
	}
	ret = tcpmem_trend_add(trend, snap);
	tcpmem_snapshot_free(snap);
	return ret;
}

static void done(void)
{
	ck_assert_int_eq(close_snapshot(), 0);
}

static void begin(const char *keys, unsigned int flags)
{
	tcpmem_trend_free(trend);
	ck_assert_int_eq(tcpmem_trend_new(keys, flags, &trend), 0);
}

static void setup(void)
{
	boot = "boot-1";
	room = SOCKETS;
	clock_ns = 1000 * SECOND_NS;
	trend = NULL;
	begin("process", 0);
}

static void teardown(void)
{
	tcpmem_trend_free(trend);
}

/* The row of that key after judging; "total" is the total. */
static const struct tcpmem_trend_row *row_of(const char *key)
{
	ck_assert_int_eq(tcpmem_trend_judge(trend, NULL), 0);
	if (strcmp(key, "total") == 0)
		return tcpmem_trend_get_total(trend);
	for (size_t i = 0; i < tcpmem_trend_get_row_count(trend); i++) {
		const struct tcpmem_trend_row *row =
			tcpmem_trend_get_row(trend, i);

		if (strcmp(tcpmem_trend_row_get_subject(row)->key, key) == 0)
			return row;
	}
	ck_abort_msg("no row %s", key);
	return NULL;
}

static void is(const char *key, enum tcpmem_trend_class trend_class,
	       enum tcpmem_reason reason)
{
	const struct tcpmem_judgement *judged =
		tcpmem_trend_row_get_judgement(row_of(key));
	bool alarm = trend_class >= TCPMEM_TREND_CLASS_GROWTH;

	ck_assert_uint_eq(judged->size, sizeof(*judged));
	ck_assert_msg(judged->trend_class == trend_class &&
			      judged->reason == reason,
		      "%s: %s, %s", key,
		      tcpmem_trend_class_describe(judged->trend_class)->name,
		      tcpmem_reason_describe(judged->reason)->name);
	ck_assert_int_eq(isnan(judged->sure), !alarm);
	ck_assert_int_eq(judged->since_ns == TCPMEM_UNKNOWN, !alarm);
	if (alarm) {
		ck_assert_double_ge(judged->sure, 0.95);
		ck_assert_double_lt(judged->sure, 1);
	}
}

#define IS_LEAK(key)	is(key, TCPMEM_TREND_CLASS_LEAK, TCPMEM_REASON_KEPT_OPEN)
#define IS_CHURN(key)	is(key, TCPMEM_TREND_CLASS_CHURN, TCPMEM_REASON_NONE)
#define IS_UNKNOWN(key) is(key, TCPMEM_TREND_CLASS_UNKNOWN, TCPMEM_REASON_NONE)
#define IS_STEADY(key)	is(key, TCPMEM_TREND_CLASS_STEADY, TCPMEM_REASON_NONE)

/* Sockets @first to @end - 1, all open. */
static void put_all(uint64_t first, uint64_t end)
{
	for (uint64_t i = first; i < end; i++)
		put_open(i);
}

#endif

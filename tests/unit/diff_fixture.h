/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* diff_fixture.h - two snapshots, and how their sockets differ */
#ifndef TM_DIFF_FIXTURE_H
#define TM_DIFF_FIXTURE_H

#include "rows.h"
#include "snapshot_fixture.h"
#include "tcpmem.h"

#include <check.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SOCKETS	  64
#define MINUTE_NS INT64_C(60000000000)

static struct tcpmem_snapshot *before, *after;

static inline struct tcpmem_snapshot *new_snapshot(const char *boot, int64_t ns)
{
	struct tcpmem_snapshot *snap = make_snapshot(SOCKETS, 2);

	snprintf(snap->clock.boot_id, sizeof(snap->clock.boot_id), "%s", boot);
	snap->clock.boottime_ns = 1000 * MINUTE_NS + ns;
	snap->clock.wall_ns = 5000 * MINUTE_NS + 2 * ns;
	return snap;
}

static inline uint32_t process(struct tcpmem_snapshot *snap, uint32_t pid,
			       uint64_t start, const char *comm)
{
	struct tcpmem_process p = { .pid = pid, .start_time = start };
	uint32_t index;

	snprintf(p.comm, sizeof(p.comm), "%s", comm);
	ck_assert_int_eq(tm_holders_process(snap->holders, &p, &index), 0);
	return index;
}

static inline void setup(void)
{
	before = new_snapshot("boot-1", 0);
	after = new_snapshot("boot-1", 2 * MINUTE_NS);
	/* the wall clock was set: who lives on has the same start time */
	process(before, 1, 1, "init");
	process(after, 1, 1, "init");
}

static inline void teardown(void)
{
	tcpmem_snapshot_free(before);
	tcpmem_snapshot_free(after);
}

/* A socket that holds @bytes; its inode is its cookie. */
static inline struct tcpmem_socket *sock(struct tcpmem_snapshot *snap,
					 uint64_t cookie, uint8_t state,
					 uint32_t bytes)
{
	struct tcpmem_socket *s = &snap->sockets.sock[snap->sockets.count++];

	s->cookie = cookie;
	s->state = state;
	s->inode = (uint32_t)cookie;
	s->kind = TCPMEM_KIND_IN_FLIGHT;
	s->skmem_words = TM_SKMEM_WORDS;
	s->skmem[0] = bytes;
	return s;
}

static inline void hold(struct tcpmem_snapshot *snap,
			const struct tcpmem_socket *s, uint32_t index)
{
	ck_assert_int_eq(tm_holders_add(snap->holders, s->inode, index), 0);
}

static inline void finish(struct tcpmem_snapshot *snap)
{
	find_holders(snap);
	for (size_t i = 0; i < snap->sockets.count; i++)
		if (snap->sockets.sock[i].holder)
			snap->sockets.sock[i].kind = TCPMEM_KIND_PROCESS;
}

static inline struct tcpmem_diff *diff_by(const char *keys)
{
	struct tcpmem_diff *diff = NULL;

	finish(before);
	finish(after);
	ck_assert_int_eq(tcpmem_diff(before, after, keys, &diff), 0);
	return diff;
}

/* opened, closed, grown, shrunk, changed, moved */
static inline void check_events(const struct tcpmem_diff_row *row,
				const int64_t events[TCPMEM_EVENT_COUNT])
{
	for (int i = 0; i < TCPMEM_EVENT_COUNT; i++)
		ck_assert_msg(diff_event(row, (enum tcpmem_event)i) ==
				      events[i],
			      "%s: %s is %" PRId64,
			      tcpmem_diff_row_get_subject(row)->key,
			      tcpmem_event_describe((enum tcpmem_event)i)->name,
			      diff_event(row, (enum tcpmem_event)i));
}

#define EVENTS(...) ((const int64_t[TCPMEM_EVENT_COUNT]){ __VA_ARGS__ })

/*
 * "the clock since boot of @after is ahead, in a time namespace other than
 * @before's"
 */
static inline void put_states(void)
{
	sock(before, 1, TCPMEM_STATE_ESTABLISHED, 10);
	sock(before, 2, TCPMEM_STATE_LISTENING, 20);
	sock(before, 3, TCPMEM_STATE_CLOSE_WAIT, 30);
	sock(before, 4, TCPMEM_STATE_LAST_ACK, 5);
	sock(after, 1, TCPMEM_STATE_ESTABLISHED, 99);
	sock(after, 2, TCPMEM_STATE_LISTENING, 20);
	sock(after, 3, TCPMEM_STATE_CLOSE_WAIT, 30);
}

static inline void hide_init(void)
{
	struct tcpmem_snapshot *const snaps[] = { before, after };

	for (size_t i = 0; i < 2; i++) {
		tm_holders_free(snaps[i]->holders);
		ck_assert_int_eq(tm_holders_new(false, &snaps[i]->holders), 0);
	}
}

#endif

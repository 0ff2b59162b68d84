/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* process_tree_fixture.h - a process tree, and moments of its sockets */
#ifndef TM_PROCESS_TREE_FIXTURE_H
#define TM_PROCESS_TREE_FIXTURE_H

#include "base/ctx.h"
#include "family.h"
#include "rows.h"
#include "snapshot_fixture.h"
#include "tcpmem.h"

#include <check.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define SOCKETS	  32
#define SECOND_NS INT64_C(1000000000)
#define CGROUP	  4711

static struct tree proc;
static struct tcpmem_ctx *ctx;
static struct tcpmem_tree *family;

static inline void setup(void)
{
	tree_make(&proc);
	ck_assert_int_eq(tcpmem_ctx_new(&ctx), 0);
	ck_assert_int_eq(tm_ctx_set_roots(ctx, proc.root, NULL), 0);
	ck_assert_int_eq(tcpmem_tree_new(ctx, ANCESTOR, CGROUP, &family), 0);
	put_family(&proc);
}

static inline void teardown(void)
{
	tcpmem_tree_free(family);
	tcpmem_ctx_free(ctx);
	tree_remove(&proc);
}

/* A snapshot without sockets, @seconds later */
static inline struct tcpmem_snapshot *moment(int64_t seconds)
{
	struct tcpmem_snapshot *snap = make_snapshot(SOCKETS, 2);

	snap->netns[0].own = true;
	snap->clock.boottime_ns = 1000 * SECOND_NS + seconds * SECOND_NS;
	return snap;
}

static inline struct tcpmem_socket *add(struct tcpmem_snapshot *snap,
					uint64_t cookie,
					enum tcpmem_state state,
					enum tcpmem_kind kind)
{
	struct tcpmem_socket *s = &snap->sockets.sock[snap->sockets.count++];

	s->cookie = cookie;
	s->state = (uint8_t)state;
	s->kind = (uint8_t)kind;
	s->object = 100;
	s->local_port = 1000 + (uint16_t)cookie;
	s->remote_port = 80;
	s->remote[0] = 10;
	if (kind == TCPMEM_KIND_TIME_WAIT) {
		s->flags |= TM_SOCK_MINI;
	} else {
		s->skmem_words = TM_SKMEM_WORDS;
		s->skmem[TCPMEM_METRIC_RMEM] = 1000;
	}
	return s;
}

/* An open one, which process @pid holds; its inode is its cookie. */
static inline struct tcpmem_socket *hold(struct tcpmem_snapshot *snap,
					 uint64_t cookie, uint32_t pid,
					 uint64_t start)
{
	struct tcpmem_process p = { .pid = pid, .start_time = start };
	struct tcpmem_socket *s = add(snap, cookie, TCPMEM_STATE_ESTABLISHED,
				      TCPMEM_KIND_PROCESS);
	uint32_t index;

	s->inode = (uint32_t)cookie;
	ck_assert_int_eq(tm_holders_process(snap->holders, &p, &index), 0);
	ck_assert_int_eq(tm_holders_add(snap->holders, s->inode, index), 0);
	return s;
}

static inline void look(struct tcpmem_snapshot *snap)
{
	find_holders(snap);
	ck_assert_int_eq(tcpmem_tree_add(family, snap), 0);
}

static inline void look_and_forget(struct tcpmem_snapshot *snap)
{
	look(snap);
	tcpmem_snapshot_free(snap);
}

static inline int64_t value(enum tcpmem_check_metric metric)
{
	return tcpmem_tree_get_metric(family, metric)->value;
}

/* Sockets of residue @which, as of the last moment */
static inline int64_t left(enum tcpmem_residue which)
{
	struct tcpmem_table *table;
	int64_t count;

	ck_assert_int_eq(tcpmem_tree_group(family, which, "state", &table), 0);
	count = row_metric(tcpmem_table_get_total(table),
			   TCPMEM_METRIC_SOCKETS);
	tcpmem_table_free(table);
	return count;
}

static inline bool is_least(enum tcpmem_check_metric metric)
{
	return tcpmem_tree_get_metric(family, metric)->least;
}

static inline struct tcpmem_socket *add_time_wait(struct tcpmem_snapshot *snap,
						  uint64_t cookie)
{
	return add(snap, cookie, TCPMEM_STATE_TIME_WAIT, TCPMEM_KIND_TIME_WAIT);
}

#endif

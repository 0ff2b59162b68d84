/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* check_fixture.h - two snapshots, a check, and its results */
#ifndef TM_CHECK_FIXTURE_H
#define TM_CHECK_FIXTURE_H

#include "snapshot_fixture.h"
#include "tcpmem.h"

#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SOCKETS	  64
#define MINUTE_NS INT64_C(60000000000)

static struct tcpmem_snapshot *snap, *before;
static struct tcpmem_check *check;

static inline struct tcpmem_snapshot *new_snapshot(int64_t ns)
{
	struct tcpmem_snapshot *s = make_snapshot(SOCKETS, 1);

	ck_assert_int_eq(tm_holders_finish(s->holders), 0);
	snprintf(s->clock.boot_id, sizeof(s->clock.boot_id), "boot");
	s->clock.boottime_ns = 1000 * MINUTE_NS + ns;
	return s;
}

static inline void setup(void)
{
	before = new_snapshot(0);
	snap = new_snapshot(2 * MINUTE_NS);
	ck_assert_int_eq(tcpmem_check_new(&check), 0);
}

static inline void teardown(void)
{
	tcpmem_check_free(check);
	tcpmem_snapshot_free(snap);
	tcpmem_snapshot_free(before);
}

static inline void add(enum tcpmem_check_metric metric, const char *text)
{
	ck_assert_int_eq(tcpmem_check_add(check, metric, text, NULL), 0);
}

/* The one result of @metric. */
static inline const struct tcpmem_check_result *
result(enum tcpmem_check_metric metric)
{
	const struct tcpmem_check_result *found = NULL;

	for (size_t i = 0; i < tcpmem_check_get_result_count(check); i++) {
		const struct tcpmem_check_result *r =
			tcpmem_check_get_result(check, i);

		if (r->metric != metric)
			continue;
		ck_assert_ptr_null(found);
		found = r;
	}
	ck_assert_ptr_nonnull(found);
	return found;
}

static inline void is_value(enum tcpmem_check_metric metric, double wanted,
			    enum tcpmem_level level)
{
	const struct tcpmem_check_result *r = result(metric);

	ck_assert(r->known);
	ck_assert_double_eq_tol(r->value, wanted, 1e-6);
	ck_assert_int_eq(r->level, level);
}

/* One more socket, with @bytes in its receive buffer */
static inline void put(struct tcpmem_snapshot *s, uint8_t state,
		       enum tcpmem_kind kind, uint32_t bytes)
{
	struct tcpmem_socket *sock = &s->sockets.sock[s->sockets.count++];

	sock->cookie = s->sockets.count;
	sock->state = state;
	sock->kind = (uint8_t)kind;
	sock->skmem_words = TM_SKMEM_WORDS;
	sock->skmem[0] = bytes;
}

static inline void set_fact(enum tcpmem_host_metric fact, int64_t value)
{
	snap->host.fact[fact] = value;
	snap->host.known[fact] = true;
}

static inline void is_unknown(enum tcpmem_check_metric metric)
{
	const struct tcpmem_check_result *r = result(metric);

	ck_assert(!r->known);
	ck_assert_int_eq(r->level, TCPMEM_LEVEL_UNKNOWN);
	/* "@reason: why it is unknown" */
	ck_assert_ptr_nonnull(result(metric)->reason);
}

/* Five sockets of several states that no process holds; 3500 bytes */
static inline void put_some(void)
{
	put(snap, TCPMEM_STATE_ESTABLISHED, TCPMEM_KIND_IN_FLIGHT, 1000);
	put(snap, TCPMEM_STATE_ESTABLISHED, TCPMEM_KIND_IN_FLIGHT, 2000);
	put(snap, TCPMEM_STATE_CLOSE_WAIT, TCPMEM_KIND_IN_FLIGHT, 500);
	put(snap, TCPMEM_STATE_TIME_WAIT, TCPMEM_KIND_TIME_WAIT, 0);
	put(snap, TCPMEM_STATE_FIN_WAIT_1, TCPMEM_KIND_ORPHAN, 0);
}

static inline void warn(struct tcpmem_snapshot *s,
			enum tcpmem_warning_code code)
{
	ck_assert_int_eq(tm_warnings_add(&s->warnings, code, "not seen"), 0);
}

/* The first result of group @key */
static inline const struct tcpmem_check_result *result_of(const char *key)
{
	for (size_t i = 0; i < tcpmem_check_get_result_count(check); i++)
		if (strcmp(tcpmem_check_get_result(check, i)->key, key) == 0)
			return tcpmem_check_get_result(check, i);
	ck_abort_msg("no result of %s", key);
	return NULL;
}

/* Two more network namespaces, blue and red */
static inline void add_netns(struct tcpmem_snapshot *s)
{
	s->netns = realloc(s->netns, 3 * sizeof(*s->netns));
	ck_assert_ptr_nonnull(s->netns);
	s->netns_count = 3;
	for (size_t i = 1; i < 3; i++)
		s->netns[i] = (struct tm_netns){
			.inode = 100 + i,
			.name = strdup(i == 1 ? "blue" : "red"),
		};
}

#endif

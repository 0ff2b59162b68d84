/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* check_fixture.h - two snapshots, a check, and its results */
#ifndef TM_CHECK_FIXTURE_H
#define TM_CHECK_FIXTURE_H

#include "model/snapshot.h"
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
	struct tcpmem_snapshot *s = calloc(1, sizeof(*s));

	ck_assert_ptr_nonnull(s);
	s->sockets.sock = calloc(SOCKETS, sizeof(*s->sockets.sock));
	s->netns = calloc(1, sizeof(*s->netns));
	s->netns_count = 1;
	s->netns[0].inode = 4026531840;
	s->netns[0].name = strdup("self");
	ck_assert_int_eq(tm_holders_new(false, &s->holders), 0);
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
static const struct tcpmem_check_result *result(enum tcpmem_check_metric metric)
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

#endif

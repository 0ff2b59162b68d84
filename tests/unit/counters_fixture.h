/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* counters_fixture.h - a made-up /proc, and what it says of a process */
#ifndef TM_COUNTERS_FIXTURE_H
#define TM_COUNTERS_FIXTURE_H

#include "host/internal.h"
#include "tree.h"

#include <check.h>

static struct tree tree;
static struct tcpmem_ctx ctx;
static struct tm_process_counters counters;

static inline void set_up(void)
{
	tree_make(&tree);
	ctx.proc = tree.root;
}

static inline void tear_down(void)
{
	tree_remove(&tree);
}

static inline void expect(enum tcpmem_process_metric entry, int64_t value)
{
	ck_assert_msg(counters.known[entry], "%s",
		      tcpmem_process_metric_describe(entry)->name);
	ck_assert_int_eq(counters.value[entry], value);
}

#endif

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* proc_tree.h - a tree in place of /proc, and a context that reads it */
#ifndef TM_PROC_TREE_H
#define TM_PROC_TREE_H

#include "base/ctx.h"
#include "tree.h"

#include <check.h>

/* What /proc/PID/stat says behind the name, of a process of one thread. */
#define STAT_BEHIND " S 0 0 0 0 -1 4194560 0 0 0 0 0 0 0 0 20 0 1 0 77 0\n"

static struct tree tree;
static struct tcpmem_ctx *ctx;

static inline void proc_tree_make(void)
{
	tree_make(&tree);
	ck_assert_int_eq(tcpmem_ctx_new(&ctx), 0);
	ck_assert_int_eq(tm_ctx_set_roots(ctx, tree.root, NULL), 0);
}

static inline void proc_tree_remove(void)
{
	tcpmem_ctx_free(ctx);
	tree_remove(&tree);
}

#endif

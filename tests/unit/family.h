/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* family.h - processes that descend from one, in a tree in place of /proc */
#ifndef TM_FAMILY_H
#define TM_FAMILY_H

#include "tree.h"

#include <check.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#define ANCESTOR 50

static inline void put_child(const struct tree *proc, uint32_t pid,
			     uint32_t parent, uint64_t start)
{
	char path[64], text[256];

	snprintf(path, sizeof(path), "%" PRIu32 "/stat", pid);
	snprintf(text, sizeof(text),
		 "%" PRIu32 " (a) b) S %" PRIu32
		 " 0 0 0 -1 4194560 0 0 0 0 0 0 0 0 20 0 1 0 %" PRIu64 " 0\n",
		 pid, parent, start);
	tree_file(proc, path, text);
}

/* The ancestor, who descends from 1 and 9, its child and that one's */
static inline void put_family(const struct tree *proc)
{
	put_child(proc, 1, 0, 1);
	put_child(proc, 9, 1, 5);
	put_child(proc, ANCESTOR, 9, 10);
	put_child(proc, 51, ANCESTOR, 11);
	put_child(proc, 52, 51, 12);
}

static inline void end_process(const struct tree *proc, uint32_t pid)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%" PRIu32 "/stat", proc->root, pid);
	ck_assert_int_eq(unlink(path), 0);
}

#endif

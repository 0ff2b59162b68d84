/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* snapshot_fixture.h - a snapshot to be filled, and its sockets' holders */
#ifndef TM_SNAPSHOT_FIXTURE_H
#define TM_SNAPSHOT_FIXTURE_H

#include "model/snapshot.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

/* With room for @room sockets; of namespaces "self" and, if two, "blue". */
static inline struct tcpmem_snapshot *make_snapshot(size_t room,
						    size_t netns_count)
{
	struct tcpmem_snapshot *snap = calloc(1, sizeof(*snap));

	ck_assert_ptr_nonnull(snap);
	snap->sockets.sock = calloc(room, sizeof(*snap->sockets.sock));
	snap->netns = calloc(netns_count, sizeof(*snap->netns));
	snap->netns_count = netns_count;
	for (size_t i = 0; i < netns_count; i++) {
		snap->netns[i].inode = 4026531840 + i;
		snap->netns[i].name = strdup(i ? "blue" : "self");
	}
	ck_assert_int_eq(tm_holders_new(false, &snap->holders), 0);
	return snap;
}

/* Each socket's holder is who has its inode; no more can be added. */
static inline void find_holders(struct tcpmem_snapshot *snap)
{
	ck_assert_int_eq(tm_holders_finish(snap->holders), 0);
	for (size_t i = 0; i < snap->sockets.count; i++)
		snap->sockets.sock[i].holder = tm_holders_find(
			snap->holders, snap->sockets.sock[i].inode);
}

#endif

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* group_fixture.h - three processes, their sockets, and rows of a table */
#ifndef TM_GROUP_FIXTURE_H
#define TM_GROUP_FIXTURE_H

#include "rows.h"
#include "snapshot_fixture.h"
#include "tcpmem.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define SOCKETS 501

static struct tcpmem_snapshot *snap;

static inline void add_process(uint32_t pid, const char *comm)
{
	struct tcpmem_process process = { .pid = pid };
	uint32_t index;

	strcpy(process.comm, comm);
	ck_assert_int_eq(tm_holders_process(snap->holders, &process, &index),
			 0);
}

static inline struct tcpmem_socket *add_socket(uint8_t state, uint8_t kind)
{
	struct tcpmem_socket *sock = &snap->sockets.sock[snap->sockets.count++];

	ck_assert_uint_le(snap->sockets.count, SOCKETS);
	sock->state = state;
	sock->kind = kind;
	sock->skmem_words = TM_SKMEM_WORDS;
	for (size_t i = 0; i < TM_SKMEM_WORDS; i++)
		sock->skmem[i] =
			(uint32_t)(snap->sockets.count * (i + 7) % 997);
	sock->object = (uint16_t)(1000 + snap->sockets.count % 3);
	sock->remote[0] = (uint8_t)(snap->sockets.count % 7);
	sock->local_port = (uint16_t)(snap->sockets.count % 5);
	sock->uid = 60000 + (uint32_t)(snap->sockets.count % 3);
	return sock;
}

static inline void hold(struct tcpmem_socket *sock, uint32_t inode,
			uint32_t process)
{
	sock->inode = inode;
	ck_assert_int_eq(tm_holders_add(snap->holders, inode, process), 0);
}

static inline void finish(void)
{
	find_holders(snap);
}

static inline void setup(void)
{
	snap = calloc(1, sizeof(*snap));
	snap->sockets.sock = calloc(SOCKETS, sizeof(*snap->sockets.sock));
	ck_assert_int_eq(tm_holders_new(false, &snap->holders), 0);
	add_process(10, "one");
	add_process(20, "two");
	add_process(30, "three");
}

static inline void teardown(void)
{
	tcpmem_snapshot_free(snap);
}

static inline int64_t total_of(const struct tcpmem_table *table,
			       enum tcpmem_metric number)
{
	return row_metric(tcpmem_table_get_total(table), number);
}

static inline const struct tcpmem_row *row_of(const struct tcpmem_table *table,
					      const char *key)
{
	for (size_t i = 0; i < tcpmem_table_get_row_count(table); i++) {
		const struct tcpmem_row *row = tcpmem_table_get_row(table, i);

		if (strcmp(tcpmem_row_get_subject(row)->key, key) == 0)
			return row;
	}
	ck_abort_msg("no row %s", key);
	return NULL;
}

static inline void fill(void)
{
	static const uint8_t states[] = { 1, 4, 8, 10 };

	for (uint32_t i = 0; i < 400; i++) {
		struct tcpmem_socket *sock =
			add_socket(states[i % 4], TCPMEM_KIND_PROCESS);

		hold(sock, i + 1, i % 3);
		if (i % 5 == 0)
			hold(sock, i + 1, (i + 1) % 3);
		if (i % 15 == 0)
			hold(sock, i + 1, (i + 2) % 3);
	}
	for (uint32_t i = 0; i < 50; i++)
		add_socket(4, TCPMEM_KIND_ORPHAN);
	for (uint32_t i = 0; i < 50; i++)
		add_socket(6, TCPMEM_KIND_TIME_WAIT);
	finish();
}

#endif

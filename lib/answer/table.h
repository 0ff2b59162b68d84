/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* table.h - a table of rows: group makes it, sort and limit change it */
#ifndef TM_ANSWER_TABLE_H
#define TM_ANSWER_TABLE_H

#include "answer/groups.h"
#include "answer/keys.h"
#include "tcpmem/table.h"

struct tcpmem_row {
	struct tm_sums sums;
	char *key;
	const char *kind; /* static text */
	const struct tcpmem_process *process;
};

/* struct tm_member - sockets of group number @group are in row number @row */
struct tm_member {
	uint32_t group;
	uint32_t row;
};

/*
 * struct tcpmem_table - @member: by group, those that tm_table_place() named;
 *	kept if @listed
 */
struct tcpmem_table {
	struct tm_key_view view;
	const struct tm_key *key[TM_KEYS_MAX];
	size_t key_count;
	uint32_t needs; /* of all its keys */
	bool finished;
	struct tm_groups groups;
	struct tcpmem_row *row;
	size_t row_count;
	struct tcpmem_row total;
	bool listed;
	struct tm_member *member;
	size_t member_count, member_capacity;
};

/*
 * tm_table_place() - tcpmem_table_add(), telling the number of its group
 *
 * Sockets of one group are in the same rows.
 */
int tm_table_place(struct tcpmem_table *table,
		   const struct tcpmem_snapshot *snapshot,
		   const struct tcpmem_socket *sock, uint32_t *group);

/* tm_table_finish() - tcpmem_table_finish(), but rows stay as numbered */
int tm_table_finish(struct tcpmem_table *table);

#endif

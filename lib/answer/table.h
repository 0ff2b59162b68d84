/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* table.h - a table of rows: group makes it, sort and limit change it */
#ifndef TM_ANSWER_TABLE_H
#define TM_ANSWER_TABLE_H

#include "answer/groups.h"
#include "answer/keys.h"

struct tcpmem_row {
	struct tm_sums sums;
	char *key;
	const char *kind; /* static text */
	const struct tcpmem_process *process;
};

struct tcpmem_table {
	struct tm_key_view view;
	const struct tm_key *key[TM_KEYS_MAX];
	size_t key_count;
	bool per_holder;
	bool places;
	bool finished;
	struct tm_groups groups;
	struct tcpmem_row *row;
	size_t row_count;
	struct tcpmem_row total;
};

#endif

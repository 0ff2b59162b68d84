/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* diff.h - what changed between two snapshots, by group */
#ifndef TM_ANSWER_DIFF_H
#define TM_ANSWER_DIFF_H

#include "model/account.h"
#include "model/holders.h"
#include "tcpmem/analysis.h"

struct tcpmem_diff_row {
	char *key;
	const char *kind; /* static text */
	const struct tcpmem_process *process;
	struct tm_sums before;
	struct tm_sums after;
	int64_t event[TCPMEM_EVENT_COUNT];
	int64_t elapsed_ns; /* of the diff; 0 or less tells no rate */
};

struct tcpmem_diff {
	enum tcpmem_match match;
	int64_t elapsed_ns;
	bool timed; /* @elapsed_ns is known */
	struct tcpmem_diff_row *row;
	size_t row_count;
	size_t row_capacity;
	struct tcpmem_diff_row total;
};

#endif

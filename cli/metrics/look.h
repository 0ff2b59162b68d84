/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* look.h - the parts of metrics_look() */
#ifndef CLI_METRICS_LOOK_H
#define CLI_METRICS_LOOK_H

#include "metrics.h"

extern const enum tcpmem_metric metrics_state_metric[METRICS_STATE_VALUES];
extern const enum tcpmem_metric metrics_row_metric[METRICS_ROW_VALUES];

/*
 * metrics_add() - adds what is known; a sum of nothing known is unknown
 * @first: nothing was added to @sum before
 */
void metrics_add(int64_t *sum, int64_t value, bool first);

/* metrics_row_value() - a sum of @row; TCPMEM_UNKNOWN if it is not known */
int64_t metrics_row_value(const struct tcpmem_row *row,
			  enum tcpmem_metric metric);

void metrics_rows_free(struct metrics_rows *rows);

int metrics_read_groups(const struct metrics_config *config,
			struct metrics_memory *memory,
			const struct tcpmem_snapshot *snap,
			struct metrics_look *look);
int metrics_read_ports(const struct metrics_config *config,
		       const struct tcpmem_snapshot *snap,
		       struct metrics_look *look);

#endif

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* batch.h - screens that are printed */
#ifndef CLI_TOP_BATCH_H
#define CLI_TOP_BATCH_H

#include "source.h"
#include "state.h"

/* batch_run() - prints looks of @source. Return: 0 or -errno. */
int batch_run(struct top_state *state, struct top_source *source,
	      struct tcpmem_filter *filter);

#endif

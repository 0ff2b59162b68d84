/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* explain.h - what tcpmem explain prints, and its two ways to print it */
#ifndef CLI_EXPLAIN_H
#define CLI_EXPLAIN_H

#include "options.h"
#include "tcpmem.h"

#include <stdint.h>

/*
 * struct explain - an answer
 * @process: the @count processes that were there, by @pids
 * @denied: it is the sockets that could not be listed
 * @pprof: what the one process says of itself; NULL: it was not asked
 */
struct explain {
	const struct options *options;
	struct tcpmem_snapshot *snap;
	uint32_t *pids;
	size_t count;
	bool denied;
	struct tcpmem_explanation **process;
	struct tcpmem_pprof *pprof;
};

/*
 * explain_get_rest() - RSS less what the Go runtime keeps; below 0 if it keeps
 * pages that it has never touched
 *
 * Return: 0, or -ENODATA.
 */
int explain_get_rest(const struct tcpmem_explanation *e,
		     const struct tcpmem_pprof *pprof, int64_t *bytes);

void explain_print_text(const struct explain *explain);
void explain_print_json(const struct explain *explain);

#endif

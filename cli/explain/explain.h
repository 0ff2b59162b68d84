/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* explain.h - what tcpmem explain prints, and its two ways to print it */
#ifndef CLI_EXPLAIN_EXPLAIN_H
#define CLI_EXPLAIN_EXPLAIN_H

#include "options.h"
#include "tcpmem.h"

#include <stdint.h>

/* What of a process is watched. */
enum growth_figure {
	GROWTH_RSS,
	GROWTH_HELD,
	GROWTH_FDS,
};
#define GROWTH_COUNT (GROWTH_FDS + 1)

/*
 * struct growth - what many samples of a process tell
 * @per_minute: from the first to the last; meaningful if @known
 * @row: the verdict on its TCP memory; NULL: it had no socket
 */
struct growth {
	uint64_t samples;
	int64_t elapsed_ns;
	int64_t first[GROWTH_COUNT];
	int64_t last[GROWTH_COUNT];
	double per_minute[GROWTH_COUNT];
	bool known[GROWTH_COUNT];
	struct tcpmem_trend *trend;
	const struct tcpmem_trend_row *row;
};

/*
 * struct explain - an answer
 * @process: the @count processes that were there, by @pids
 * @denied: it is the sockets that could not be listed
 * @pprof: what the one process says of itself; NULL: it was not asked
 * @growth: of the one process; of no sample if it was not watched
 */
struct explain {
	const struct options *options;
	struct tcpmem_snapshot *snap;
	uint32_t *pids;
	size_t count;
	bool denied;
	struct tcpmem_explanation **process;
	struct tcpmem_pprof *pprof;
	struct growth growth;
};

/*
 * explain_get_rest() - RSS less what the Go runtime keeps; below 0 if it keeps
 * pages that it has never touched
 *
 * Return: 0, or -ENODATA.
 */
int explain_get_rest(const struct tcpmem_explanation *e,
		     const struct tcpmem_pprof *pprof, int64_t *bytes);

/*
 * explain_sample() - samples the one process, a line each, and judges them
 *
 * Return: 0, with the last sample in @explain, or -errno.
 */
int explain_sample(struct explain *explain, struct tcpmem_ctx *ctx,
		   const struct tcpmem_query *query);

void explain_print_text(const struct explain *explain);
void explain_print_json(const struct explain *explain);

/*
 * pprof_fetch() - asks the program that serves @url
 * @url: http or https, of the server or of its /debug/pprof; it is followed
 *	nowhere else
 *
 * Return: 0; or an exit code, after it said why.
 */
int pprof_fetch(const char *url, struct tcpmem_pprof **pprof);

#endif

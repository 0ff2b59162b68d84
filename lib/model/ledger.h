/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* counters.h - a process's memory, files and threads, each from its source */
#ifndef TM_MODEL_COUNTERS_H
#define TM_MODEL_COUNTERS_H

#include "tcpmem/analysis.h"
#include "tcpmem/types.h"

#include <limits.h>

/*
 * struct tm_host_counters_def - @word: what stands before it in its file; or
 * NULL
 */
struct tm_host_counters_def {
	const char *name;
	const char *json;
	const char *source;
	const char *word;
	const char *text;
};

extern const struct tm_host_counters_def
	tm_host_counters_defs[TCPMEM_PROCESS_METRIC_COUNT];

/*
 * struct tm_process_counters - what was read of one process
 * @source: the file that said it; NULL: the one that the table names
 * @cgroup: the path of its cgroup; empty if unknown
 */
struct tm_process_counters {
	int64_t value[TCPMEM_PROCESS_METRIC_COUNT];
	bool known[TCPMEM_PROCESS_METRIC_COUNT];
	const char *source[TCPMEM_PROCESS_METRIC_COUNT];
	char cgroup[PATH_MAX];
};

#endif

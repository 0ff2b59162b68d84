/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* ledger.h - a process's memory, files and threads, each from its source */
#ifndef TM_MODEL_LEDGER_H
#define TM_MODEL_LEDGER_H

#include "tcpmem.h"

#include <limits.h>

/* struct tm_ledger_def - @word: what stands before it in its file; or NULL */
struct tm_ledger_def {
	const char *name;
	const char *json;
	const char *source;
	const char *word;
	const char *text;
};

extern const struct tm_ledger_def tm_ledger_defs[TCPMEM_ENTRY_COUNT];

/*
 * struct tm_process_ledger - what was read of one process
 * @source: the file that said it; NULL: the one that the table names
 * @cgroup: the path of its cgroup; empty if unknown
 */
struct tm_process_ledger {
	int64_t value[TCPMEM_ENTRY_COUNT];
	bool known[TCPMEM_ENTRY_COUNT];
	const char *source[TCPMEM_ENTRY_COUNT];
	char cgroup[PATH_MAX];
};

#endif

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* findings.h - what stands out in a process's sockets and files */
#ifndef TM_ANSWER_FINDINGS_H
#define TM_ANSWER_FINDINGS_H

#include "model/ledger.h"
#include "model/snapshot.h"

struct tcpmem_finding {
	const char *code;
	const char *advice;
	char *text;
	int64_t bytes;
};

/* struct tm_findings - @unaccepted: how many wait on the process's listeners */
struct tm_findings {
	int64_t unaccepted;
	int64_t unaccepted_bytes;
	struct tcpmem_finding *finding;
	size_t count;
	size_t capacity;
};

/*
 * tm_findings_make() - the findings about process @pid, most expensive first
 *
 * Return: 0, or -ENOMEM; clear them either way.
 */
int tm_findings_make(const struct tcpmem_snapshot *snap, uint32_t pid,
		     const struct tm_process_ledger *ledger,
		     struct tm_findings *findings);
void tm_findings_clear(struct tm_findings *findings);

#endif

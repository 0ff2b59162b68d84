/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* findings.h - what stands out in a process's sockets and files */
#ifndef TM_ANSWER_FINDINGS_H
#define TM_ANSWER_FINDINGS_H

#include "answer/survey.h"

struct tcpmem_finding {
	enum tcpmem_finding_code code;
	int64_t sockets;
	int64_t bytes;
	char *text;
};

struct tm_findings {
	struct tcpmem_finding finding[TCPMEM_FINDING_COUNT];
	size_t count;
};

/*
 * tm_findings_make() - the findings about a process, most expensive first
 *
 * Only what was read: where a limit or a counter is unknown, nothing is found
 * that needs it.
 *
 * Return: 0, or -ENOMEM; clear them either way.
 */
int tm_findings_make(const struct tm_target *target,
		     const struct tm_breakdown *breakdown,
		     struct tm_findings *findings);
void tm_findings_clear(struct tm_findings *findings);

#endif

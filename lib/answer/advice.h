/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* advice.h - which limits the numbers say should be others */
#ifndef TM_ANSWER_ADVICE_H
#define TM_ANSWER_ADVICE_H

#include "tcpmem/analysis.h"

#include <stddef.h>

struct tcpmem_limits;

/*
 * struct tcpmem_advice - a change of one sysctl
 * @value: what would be written to its file
 * @effect: static text
 */
struct tcpmem_advice {
	char *setting;
	char *value;
	char *reason;
	const char *effect;
};

#define TM_ADVICE_MAX 16

struct tm_advices {
	struct tcpmem_advice advice[TM_ADVICE_MAX];
	size_t count;
};

/*
 * tm_advices_make() - what to change, from limits, their use and worst case
 *
 * Only where numbers warrant it: what is unknown warrants nothing.
 *
 * Return: 0, or -ENOMEM.
 */
int tm_advices_make(const struct tcpmem_limits *limits,
		    struct tm_advices *advices);
void tm_advices_clear(struct tm_advices *advices);

#endif

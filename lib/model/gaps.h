/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* gaps.h - what could not be seen, and why */
#ifndef TM_MODEL_GAPS_H
#define TM_MODEL_GAPS_H

#include "tcpmem.h"

struct tm_gap {
	enum tcpmem_gap_code code;
	char *text;
};

struct tm_gaps {
	struct tm_gap *gap;
	size_t count;
	size_t capacity;
};

/*
 * tm_gaps_add() - records a gap, its text printf-formatted
 *
 * Return: 0, or -ENOMEM.
 */
int tm_gaps_add(struct tm_gaps *gaps, enum tcpmem_gap_code code,
		const char *format, ...) __attribute__((format(printf, 3, 4)));

/* tm_gaps_clear() - frees all texts and the array */
void tm_gaps_clear(struct tm_gaps *gaps);

#endif

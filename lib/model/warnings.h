/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* warnings.h - what could not be seen, and why */
#ifndef TM_MODEL_WARNINGS_H
#define TM_MODEL_WARNINGS_H

#include "tcpmem/types.h"

#include <stdbool.h>

struct tm_warning {
	enum tcpmem_warning_code code;
	char *text;
};

struct tm_warnings {
	struct tm_warning *warning;
	size_t count;
	size_t capacity;
};

/*
 * tm_warnings_add() - records a warning, its text printf-formatted
 *
 * Return: 0, or -ENOMEM.
 */
int tm_warnings_add(struct tm_warnings *warnings, enum tcpmem_warning_code code,
		    const char *format, ...)
	__attribute__((format(printf, 3, 4)));

bool tm_warnings_have(const struct tm_warnings *warnings,
		      enum tcpmem_warning_code code);

/* tm_warnings_clear() - frees all texts and the array */
void tm_warnings_clear(struct tm_warnings *warnings);

#endif

// SPDX-License-Identifier: LGPL-2.1-or-later
/* warnings.c - what could not be seen, and why */
#include "model/warnings.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/util.h"

int tm_warnings_add(struct tm_warnings *warnings, enum tcpmem_warning_code code,
		    const char *format, ...)
{
	struct tm_warning *moved;
	va_list args;
	char *text;
	int ret;

	moved = tm_grow(warnings->warning, warnings->count, &warnings->capacity,
			sizeof(*warnings->warning));
	if (!moved)
		return -ENOMEM;
	warnings->warning = moved;
	va_start(args, format);
	ret = vasprintf(&text, format, args);
	va_end(args);
	if (ret < 0)
		return -ENOMEM;
	warnings->warning[warnings->count++] =
		(struct tm_warning){ code, text };
	return 0;
}

bool tm_warnings_have(const struct tm_warnings *warnings,
		      enum tcpmem_warning_code code)
{
	for (size_t i = 0; i < warnings->count; i++)
		if (warnings->warning[i].code == code)
			return true;
	return false;
}

void tm_warnings_clear(struct tm_warnings *warnings)
{
	for (size_t i = 0; i < warnings->count; i++)
		free(warnings->warning[i].text);
	free(warnings->warning);
	*warnings = (struct tm_warnings){ 0 };
}

// SPDX-License-Identifier: LGPL-2.1-or-later
/* warnings.c - what could not be seen, and why */
#include "model/snapshot.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/util.h"

int tm_warnings_add(struct tm_warnings *warnings, enum tcpmem_warning_code code,
		    const char *format, ...)
{
	struct tm_warning warning = { .code = code };
	va_list args;
	int ret;

	va_start(args, format);
	ret = vasprintf(&warning.text, format, args);
	va_end(args);
	if (ret < 0)
		return -ENOMEM;
	ret = tm_append(warnings->warning, warnings->count, warnings->capacity,
			&warning);
	if (ret < 0)
		free(warning.text);
	return ret;
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

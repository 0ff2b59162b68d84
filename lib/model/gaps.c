// SPDX-License-Identifier: LGPL-2.1-or-later
/* gaps.c - what could not be seen, and why */
#include "model/gaps.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "util.h"

int tm_gaps_add(struct tm_gaps *gaps, enum tcpmem_gap_code code,
		const char *format, ...)
{
	struct tm_gap *moved;
	va_list args;
	char *text;
	int ret;

	moved = tm_grow(gaps->gap, gaps->count, &gaps->capacity,
			sizeof(*gaps->gap));
	if (!moved)
		return -ENOMEM;
	gaps->gap = moved;
	va_start(args, format);
	ret = vasprintf(&text, format, args);
	va_end(args);
	if (ret < 0)
		return -ENOMEM;
	gaps->gap[gaps->count++] = (struct tm_gap){ code, text };
	return 0;
}

void tm_gaps_clear(struct tm_gaps *gaps)
{
	for (size_t i = 0; i < gaps->count; i++)
		free(gaps->gap[i].text);
	free(gaps->gap);
	*gaps = (struct tm_gaps){ 0 };
}

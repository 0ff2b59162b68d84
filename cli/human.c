// SPDX-License-Identifier: LGPL-2.1-or-later
/* human.c - bytes for people: IEC units */
#include "human.h"

#include <stdio.h>

void human_bytes(int64_t bytes, char text[HUMAN_SIZE])
{
	uint64_t size = bytes < 0 ? -(uint64_t)bytes : (uint64_t)bytes;
	const char *sign = bytes < 0 ? "-" : "";
	const char *unit = "BKMGTPE";
	uint64_t scale = 1;
	uint64_t whole;
	uint64_t tenth;

	if (size < 1024) {
		snprintf(text, HUMAN_SIZE, "%s%uB", sign, (unsigned int)size);
		return;
	}
	/* 1023.5K would be shown as 1024K: it is 1.0M */
	while (size / scale >= 1024 || (scale > 1 && size / scale == 1023 &&
					size % scale >= scale / 2)) {
		scale *= 1024;
		unit++;
	}
	whole = size / scale;
	tenth = (size % scale * 10 + scale / 2) / scale;
	if (tenth == 10) {
		whole++;
		tenth = 0;
	}
	if (whole >= 100)
		snprintf(text, HUMAN_SIZE, "%s%u%c", sign,
			 (unsigned int)((size + scale / 2) / scale), *unit);
	else
		snprintf(text, HUMAN_SIZE, "%s%u.%u%c", sign,
			 (unsigned int)whole, (unsigned int)tenth, *unit);
}

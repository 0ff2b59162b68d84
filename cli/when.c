// SPDX-License-Identifier: LGPL-2.1-or-later
/* when.c - moments as text */
#include "when.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

static void print(int64_t ns, const char *fraction, char text[WHEN_SIZE])
{
	time_t seconds = (time_t)(ns / 1000000000);
	struct tm utc;
	size_t len;

	gmtime_r(&seconds, &utc);
	len = strftime(text, WHEN_SIZE, "%Y-%m-%dT%H:%M:%S", &utc);
	snprintf(text + len, WHEN_SIZE - len, "%sZ", fraction);
}

void when_text(int64_t ns, char text[WHEN_SIZE])
{
	print(ns, "", text);
}

void when_text_ms(int64_t ns, char text[WHEN_SIZE])
{
	char fraction[8];

	snprintf(fraction, sizeof(fraction), ".%03d",
		 (int)(ns % 1000000000 / 1000000));
	print(ns, fraction, text);
}

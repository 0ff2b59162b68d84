// SPDX-License-Identifier: LGPL-2.1-or-later
/* human.c - bytes, durations and dates for people */
#include "tcpmem.h"
#include "text.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

void human_bytes(int64_t bytes, char text[HUMAN_SIZE])
{
	uint64_t size = bytes < 0 ? -(uint64_t)bytes : (uint64_t)bytes;
	const char *sign = bytes < 0 ? "-" : "";
	const char *unit = "BKMGTPE";
	uint64_t scale = 1;
	uint64_t whole;
	uint64_t tenth;

	if (bytes == TCPMEM_UNKNOWN) {
		strcpy(text, "unknown");
		return;
	}
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

/* No double is between 2^63 and INT64_MAX. */
int64_t human_round(double value)
{
	if (value >= 0x1p63)
		return INT64_MAX;
	if (value < -0x1p63)
		return INT64_MIN;
	return (int64_t)(value < 0 ? value - 0.5 : value + 0.5);
}

void human_time(int64_t us, char text[HUMAN_SIZE])
{
	static const struct {
		int64_t us;
		const char *name;
	} units[] = {
		{ INT64_C(86400000000), "d" },
		{ INT64_C(3600000000), "h" },
		{ 60000000, "min" },
		{ 1000000, "s" },
		{ 1000, "ms" },
		{ 1, "us" },
	};
	size_t i = 0;
	int64_t tenths;

	while (us < units[i].us && units[i].us > 1)
		i++;
	tenths = us / units[i].us * 10 + us % units[i].us * 10 / units[i].us;
	if (units[i].us == 1 || tenths >= 1000)
		snprintf(text, HUMAN_SIZE, "%" PRId64 "%s", tenths / 10,
			 units[i].name);
	else
		snprintf(text, HUMAN_SIZE, "%" PRId64 ".%" PRId64 "%s",
			 tenths / 10, tenths % 10, units[i].name);
}

static void print(int64_t ns, const char *fraction, char text[WHEN_SIZE])
{
	time_t seconds = (time_t)(ns / 1000000000);
	struct tm utc;
	size_t len;

	if (ns == TCPMEM_UNKNOWN) {
		strcpy(text, "unknown");
		return;
	}
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

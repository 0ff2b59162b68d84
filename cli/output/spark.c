// SPDX-License-Identifier: LGPL-2.1-or-later
/* spark.c - values over time, in a line */
#include "spark.h"

#include "cli.h"
#include "tcpmem.h"

static const char *const blocks[] = {
	"\u2581", "\u2582", "\u2583", "\u2584",
	"\u2585", "\u2586", "\u2587", "\u2588",
};
static const char *const signs[] = { "_", ".", ":", "-", "=", "+", "*", "#" };

/* Return: false: no value is known */
static bool find_range(const int64_t *value, size_t count, double *low,
		       double *high)
{
	bool found = false;

	for (size_t i = 0; i < count; i++) {
		double v = (double)value[i];

		if (value[i] == TCPMEM_UNKNOWN)
			continue;
		if (!found || v < *low)
			*low = v;
		if (!found || v > *high)
			*high = v;
		found = true;
	}
	if (found && *high - *low < *high / 8)
		*high = *low + *high / 8;
	return found;
}

/* Values that are all alike are low, not high. */
static size_t level(double value, double low, double high)
{
	double part = high > low ? (value - low) / (high - low) : 0;
	size_t i = (size_t)(part * (double)ARRAY_SIZE(blocks));

	return i < ARRAY_SIZE(blocks) ? i : ARRAY_SIZE(blocks) - 1;
}

void spark_print(FILE *out, const int64_t *value, size_t count, bool utf8)
{
	const char *const *sign = utf8 ? blocks : signs;
	double low = 0, high = 0;
	bool found = find_range(value, count, &low, &high);

	for (size_t i = 0; found && i < count; i++) {
		if (value[i] == TCPMEM_UNKNOWN)
			putc(' ', out);
		else
			fputs(sign[level((double)value[i], low, high)], out);
	}
}

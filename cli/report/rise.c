// SPDX-License-Identifier: LGPL-2.1-or-later
/* rise.c - where in the moments of a report TCP memory rose */
#include "report.h"

/* A smaller rise is none: a tenth of the peak, and what one socket may hold */
#define RISE_PART  10
#define RISE_BYTES (256 * 1024)

static int64_t held(const struct report *report, size_t at)
{
	return report->moment[at].value[REPORT_HELD];
}

/* Whether what a moment tells continues what the one before it tells */
static bool continues(const struct report_moment *moment)
{
	return !moment->apart && moment->left_out == moment[-1].left_out;
}

size_t report_stretch(const struct report *report, size_t at)
{
	while (at && continues(&report->moment[at]))
		at--;
	return at;
}

/* The moment with the fewest bytes before @top, of those that compare */
static size_t find_base(const struct report *report, size_t top)
{
	size_t base = top, first = report_stretch(report, top);

	for (size_t at = top; at-- > first;)
		if (held(report, at) != TCPMEM_UNKNOWN &&
		    held(report, at) < held(report, base))
			base = at;
	return base;
}

/* The last moment before @top at which the rise had not begun. */
static size_t find_begin(const struct report *report, size_t base, size_t top)
{
	int64_t low = held(report, base);
	int64_t rise = held(report, top) - low;

	for (size_t at = top; at-- > base;)
		if (held(report, at) != TCPMEM_UNKNOWN &&
		    held(report, at) <= low + rise / RISE_PART)
			return at;
	return base;
}

bool report_is_rise(int64_t from, int64_t to)
{
	return from != TCPMEM_UNKNOWN && to != TCPMEM_UNKNOWN &&
	       to - from >= RISE_BYTES && to - from >= to / RISE_PART;
}

static struct report_rise rise_to(const struct report *report, size_t top)
{
	struct report_rise rise = { .top = top };

	rise.base = find_base(report, top);
	rise.found = report_is_rise(held(report, rise.base), held(report, top));
	if (!rise.found)
		return rise;
	rise.begin = find_begin(report, rise.base, top);
	rise.bytes = held(report, top) - held(report, rise.base);
	return rise;
}

struct report_rise report_find_rise(const struct report *report)
{
	struct report_rise most = rise_to(report, report->peak_at);
	bool to_peak = most.found;

	for (size_t at = 0; !to_peak && at < report->count; at++) {
		struct report_rise rise = rise_to(report, at);

		if (rise.found && rise.bytes > most.bytes)
			most = rise;
	}
	return most;
}

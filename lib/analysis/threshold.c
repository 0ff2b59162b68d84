// SPDX-License-Identifier: LGPL-2.1-or-later
/* threshold.c - "WARN,CRIT": in what ranges a metric may be */
#include "analysis/check.h"

#include "base/util.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <string.h>

#define METRIC(id, name, meaning, counted, of_whole)                    \
	[TCPMEM_CHECK_METRIC_##id] = {                                  \
		.term = { name, NULL, meaning, TCPMEM_UNIT_##counted }, \
		.part = of_whole,                                       \
	}

/* @part: it may be given in percent of something, too */
static const struct {
	struct tcpmem_term term;
	bool part;
} metrics[] = {
	METRIC(HELD, "held", "bytes that the sockets cost", BYTES, false),
	METRIC(SOCKETS, "sockets", "sockets", SOCKETS, false),
	METRIC(CLOSE_WAIT, "close-wait", "sockets in CLOSE_WAIT", SOCKETS,
	       false),
	METRIC(TIME_WAIT, "time-wait",
	       "sockets in TIME_WAIT, or % of its limit", SOCKETS, true),
	METRIC(ORPHANS, "orphans", "orphaned sockets, or % of their limit",
	       SOCKETS, true),
	METRIC(TCP_MEM, "tcp-mem", "the kernel's TCP memory, or % of tcp_mem",
	       BYTES, true),
	METRIC(GROWTH, "growth", "growth of held bytes, 10M/min",
	       BYTES_PER_MINUTE, false),
	METRIC(UNEXPLAINED, "unexplained", "bytes that nothing explains, or %",
	       BYTES, true),
	METRIC(LEFT, "left", "sockets that a command leaves open", SOCKETS,
	       false),
	METRIC(RECV_Q, "recv-q", "bytes received and not read", BYTES, false),
	METRIC(RSS, "rss", "memory of a process", BYTES, false),
	METRIC(FDS, "fds", "open files of a process, or % of its limit", FILES,
	       true),
	METRIC(PORTS, "ports", "local ports toward one destination, or %",
	       PORTS, true),
	METRIC(COUNTER, "counter", "rises of a counter a second, ListenDrops=1",
	       EVENTS_PER_SECOND, false),
	METRIC(OPENED, "opened", "connections that a command opens", SOCKETS,
	       false),
};

static const struct {
	const char *text;
	double minutes;
} times[] = {
	{ "/s", 1.0 / 60 },
	{ "/min", 1 },
	{ "/h", 60 },
};

static bool is_metric(enum tcpmem_check_metric metric)
{
	return (size_t)metric < TM_ARRAY_SIZE(metrics);
}

const struct tcpmem_term *
tcpmem_check_metric_describe(enum tcpmem_check_metric metric)
{
	static const struct tcpmem_term none;

	return is_metric(metric) ? &metrics[metric].term : &none;
}

/* Not strtod(3): it knows hex, "nan", and the locale's decimal point. */
static const char *read_number(const char *at, double *value)
{
	double place = 1;

	if (!isdigit((unsigned char)*at))
		return NULL;
	for (*value = 0; isdigit((unsigned char)*at); at++)
		*value = *value * 10 + (*at - '0');
	if (*at != '.')
		return at;
	at++;
	if (!isdigit((unsigned char)*at))
		return NULL;
	for (; isdigit((unsigned char)*at); at++) {
		place /= 10;
		*value += (*at - '0') * place;
	}
	return at;
}

static const char *read_multiple(const char *at, double base, double *value)
{
	static const char letters[] = "kmgt";
	const char *found;

	if (!*at)
		return at;
	found = strchr(letters, tolower((unsigned char)*at));
	if (!found)
		return at;
	for (const char *letter = letters; letter <= found; letter++)
		*value *= base;
	return at + 1;
}

static const char *read_per_time(const char *at, double *value)
{
	for (size_t i = 0; i < TM_ARRAY_SIZE(times); i++) {
		size_t len = strlen(times[i].text);

		if (strncmp(at, times[i].text, len) == 0) {
			*value /= times[i].minutes;
			return at + len;
		}
	}
	return NULL;
}

static const char *wanted(enum tcpmem_check_metric metric)
{
	switch (metrics[metric].term.unit) {
	case TCPMEM_UNIT_BYTES:
		return metrics[metric].part
			       ? "bytes, as 512M or 1G, or percent, as 80%"
			       : "bytes, as 512M or 1G";
	case TCPMEM_UNIT_BYTES_PER_MINUTE:
		return "bytes and a time: /s, /min or /h, as in 10M/min";
	case TCPMEM_UNIT_EVENTS_PER_SECOND:
		return "a number a second, or of /min or /h, as in 10/min";
	default:
		return metrics[metric].part ? "a number, as 1000, 10k or 5%"
					    : "a number, as 1000 or 10k";
	}
}

/*
 * struct reader - a threshold that is being read
 * @at: where; after an error, where it is wrong
 * @expected: what is wrong there; NULL: @at is no value
 * @unit: that of the values so far, if there are @any
 */
struct reader {
	enum tcpmem_check_metric metric;
	const char *at;
	const char *expected;
	enum tcpmem_unit unit;
	bool any;
};

static double base_of(enum tcpmem_unit unit)
{
	return unit == TCPMEM_UNIT_BYTES || unit == TCPMEM_UNIT_BYTES_PER_MINUTE
		       ? 1024
		       : 1000;
}

static bool read_unit(struct reader *reader, double *value)
{
	enum tcpmem_unit unit = metrics[reader->metric].term.unit;
	const char *end = reader->at;

	if (*end == '%' && metrics[reader->metric].part) {
		reader->unit = TCPMEM_UNIT_PERCENT;
		reader->at++;
		return true;
	}
	reader->unit = unit;
	reader->at = read_multiple(end, base_of(unit), value);
	if (unit == TCPMEM_UNIT_EVENTS_PER_SECOND && *reader->at == '/')
		*value /= 60;
	else if (unit != TCPMEM_UNIT_BYTES_PER_MINUTE)
		return true;
	end = read_per_time(reader->at, value);
	if (end)
		reader->at = end;
	return end != NULL;
}

static bool read_value(struct reader *reader, double *value)
{
	const char *begin = reader->at;
	enum tcpmem_unit unit = reader->unit;
	const char *end = read_number(begin, value);

	if (!end)
		return false;
	reader->at = end;
	if (!read_unit(reader, value))
		return false;
	if (reader->any && reader->unit != unit) {
		reader->at = begin;
		reader->expected = "the same unit as before";
		return false;
	}
	reader->any = true;
	return true;
}

/*
 * "END", "START:", "START:END", "~:END", and "@" before, as the guidelines for
 * monitoring plugins have them; but "END" alone is "~:END": what is watched
 * falls below 0 only where that is no harm.
 */
static bool read_range(struct reader *reader, struct tcpmem_range *range)
{
	const char *begin;

	*range = (struct tcpmem_range){ .low = -INFINITY, .high = INFINITY };
	range->inside = *reader->at == '@';
	reader->at += range->inside;
	begin = reader->at;
	if (strncmp(begin, "~:", 2) == 0) {
		reader->at++;
	} else if (*begin == ':') {
		range->low = 0;
	} else {
		if (!read_value(reader, &range->high))
			return false;
		if (*reader->at != ':')
			return true;
		range->low = range->high;
		range->high = INFINITY;
	}
	reader->at++;
	begin = reader->at;
	if (!*begin || *begin == ',')
		return true;
	if (!read_value(reader, &range->high))
		return false;
	if (range->low <= range->high)
		return true;
	reader->at = begin;
	reader->expected = "an end that is no less than the start";
	return false;
}

static bool is_maximum(const struct tcpmem_range *range)
{
	return isinf(range->low) && !range->inside;
}

/* Of two maxima, the second is the larger one. */
static bool are_in_order(const struct tm_threshold *threshold)
{
	return !is_maximum(&threshold->critical) ||
	       !is_maximum(&threshold->warning) ||
	       threshold->critical.high >= threshold->warning.high;
}

static bool read_ranges(struct reader *reader, struct tm_threshold *threshold)
{
	const char *second;

	if (!read_range(reader, &threshold->critical))
		return false;
	if (*reader->at == ',') {
		threshold->warns = true;
		threshold->warning = threshold->critical;
		second = ++reader->at;
		if (!read_range(reader, &threshold->critical))
			return false;
		if (!are_in_order(threshold)) {
			reader->at = second;
			reader->expected = "a critical value no less than the "
					   "warning before it";
			return false;
		}
	}
	return !*reader->at;
}

int tm_threshold_parse(enum tcpmem_check_metric metric, const char *text,
		       struct tm_threshold *threshold, size_t *offset,
		       const char **expected)
{
	struct reader reader = { .metric = metric, .at = text };
	struct tm_threshold t = { .given = true };

	if (!read_ranges(&reader, &t)) {
		*offset = (size_t)(reader.at - text);
		*expected = reader.expected ? reader.expected : wanted(metric);
		return -EINVAL;
	}
	t.unit = reader.any ? reader.unit : metrics[metric].term.unit;
	*threshold = t;
	return 0;
}

bool tm_range_is_below(const struct tcpmem_range *range, double value)
{
	return range->inside ? isinf(range->high) && range->low <= value
			     : range->high < value;
}

static bool is_beyond(const struct tcpmem_range *range, double value)
{
	return (range->low <= value && value <= range->high) == range->inside;
}

enum tcpmem_level tm_threshold_judge(const struct tm_threshold *threshold,
				     double value)
{
	if (is_beyond(&threshold->critical, value))
		return TCPMEM_LEVEL_CRITICAL;
	if (threshold->warns && is_beyond(&threshold->warning, value))
		return TCPMEM_LEVEL_WARNING;
	return TCPMEM_LEVEL_OK;
}

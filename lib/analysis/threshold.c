// SPDX-License-Identifier: LGPL-2.1-or-later
/* threshold.c - "WARN,CRIT": what a metric may be at most */
#include "analysis/threshold.h"

#include "base/util.h"

#include <ctype.h>
#include <errno.h>
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
	METRIC(TIME_WAIT, "time-wait", "sockets in TIME_WAIT", SOCKETS, false),
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
	case TCPMEM_UNIT_SOCKETS:
		return metrics[metric].part ? "a number, as 1000, 10k or 5%"
					    : "a number, as 1000 or 10k";
	case TCPMEM_UNIT_BYTES_PER_MINUTE:
		return "bytes and a time: /s, /min or /h, as in 10M/min";
	default:
		return metrics[metric].part
			       ? "bytes, as 512M or 1G, or percent, as 80%"
			       : "bytes, as 512M or 1G";
	}
}

/*
 * One value. Return: where it ended; NULL if it is none, and @at where it was
 * wrong.
 */
static const char *read_value(enum tcpmem_check_metric metric, const char **at,
			      double *value, enum tcpmem_unit *unit)
{
	const char *end = read_number(*at, value);

	if (!end)
		return NULL;
	*unit = metrics[metric].term.unit;
	if (*end == '%' && metrics[metric].part) {
		*unit = TCPMEM_UNIT_PERCENT;
		return end + 1;
	}
	*at = end;
	end = read_multiple(end, *unit == TCPMEM_UNIT_SOCKETS ? 1000 : 1024,
			    value);
	if (*unit != TCPMEM_UNIT_BYTES_PER_MINUTE)
		return end;
	*at = end;
	return read_per_time(end, value);
}

/* What was wrong at @at. */
static int wrong(const char *text, const char *at, size_t *offset,
		 const char **expected, const char *what)
{
	*offset = (size_t)(at - text);
	*expected = what;
	return -EINVAL;
}

int tm_threshold_parse(enum tcpmem_check_metric metric, const char *text,
		       struct tm_threshold *threshold, size_t *offset,
		       const char **expected)
{
	struct tm_threshold t = { .given = true };
	const char *at = text, *second, *end;
	enum tcpmem_unit unit;

	end = read_value(metric, &at, &t.critical, &t.unit);
	if (end && *end == ',') {
		t.warns = true;
		t.warning = t.critical;
		at = second = end + 1;
		end = read_value(metric, &at, &t.critical, &unit);
		if (end && unit != t.unit)
			return wrong(text, second, offset, expected,
				     "the same unit as before the comma");
		if (end && t.critical < t.warning)
			return wrong(text, second, offset, expected,
				     "a critical value no less than the "
				     "warning before it");
	}
	if (!end)
		return wrong(text, at, offset, expected, wanted(metric));
	if (*end)
		return wrong(text, end, offset, expected, wanted(metric));
	*threshold = t;
	return 0;
}

enum tcpmem_level tm_threshold_judge(const struct tm_threshold *threshold,
				     double value)
{
	if (value > threshold->critical)
		return TCPMEM_LEVEL_CRITICAL;
	if (threshold->warns && value > threshold->warning)
		return TCPMEM_LEVEL_WARNING;
	return TCPMEM_LEVEL_OK;
}

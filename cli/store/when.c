// SPDX-License-Identifier: LGPL-2.1-or-later
/* when.c - moments as people write them: "03:12", "3h ago", RFC 3339 */
#include "store/store.h"

#include "cli.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define DAY_MS INT64_C(86400000)

int64_t store_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return now.tv_sec * INT64_C(1000) + now.tv_nsec / 1000000;
}

/* "3h ago", "90 s ago" */
static int read_ago(const char *text, int64_t now, int64_t *time)
{
	static const struct {
		const char *unit;
		int64_t ms;
	} units[] = { { "s ago", 1000 },
		      { "m ago", 60000 },
		      { "min ago", 60000 },
		      { "h ago", 3600000 },
		      { "d ago", DAY_MS } };
	char *end;
	double count;

	if (!strchr("0123456789", *text))
		return -EINVAL;
	count = strtod(text, &end);
	while (*end == ' ')
		end++;
	for (size_t i = 0; i < ARRAY_SIZE(units); i++) {
		if (strcmp(end, units[i].unit) != 0 ||
		    count * (double)units[i].ms > (double)now)
			continue;
		*time = now - (int64_t)(count * (double)units[i].ms);
		return 0;
	}
	return -EINVAL;
}

/* ".250": milliseconds; what is finer is cut off */
static int64_t read_fraction(const char **at)
{
	int64_t ms = 0, unit = 100;

	if (**at != '.')
		return 0;
	for (++*at; **at >= '0' && **at <= '9'; ++*at, unit /= 10)
		ms += unit * (**at - '0');
	return ms;
}

/* "Z", "+02:00"; without one, local time */
static int read_zone(const char *at, struct tm *tm, int64_t *seconds)
{
	int sign = *at == '-' ? -1 : 1, hours, minutes, len = 0;

	if (!*at) {
		tm->tm_isdst = -1;
		*seconds = mktime(tm);
		return 0;
	}
	*seconds = timegm(tm);
	if (strcmp(at, "Z") == 0)
		return 0;
	if ((*at != '+' && *at != '-') ||
	    sscanf(at + 1, "%2d:%2d%n", &hours, &minutes, &len) != 2 ||
	    at[1 + len] || hours < 0 || minutes < 0)
		return -EINVAL;
	*seconds -= sign * (hours * 3600 + minutes * 60);
	return 0;
}

static const char *read_clock(const char *text, struct tm *tm)
{
	const char *end = strptime(text, "%H:%M:%S", tm);

	tm->tm_sec = end ? tm->tm_sec : 0;
	return end ? end : strptime(text, "%H:%M", tm);
}

int store_time(const char *text, int64_t now, int64_t *time)
{
	time_t seconds = (time_t)(now / 1000);
	struct tm tm;
	const char *end;
	int64_t at, ms;
	bool dated;

	if (strcmp(text, "now") == 0) {
		*time = now;
		return 0;
	}
	if (read_ago(text, now, time) == 0)
		return 0;
	localtime_r(&seconds, &tm);
	end = strptime(text, "%Y-%m-%d", &tm);
	dated = end;
	if (dated && (*end == 'T' || *end == ' '))
		end++;
	end = read_clock(dated ? end : text, &tm);
	if (!end)
		return -EINVAL;
	ms = read_fraction(&end);
	if (read_zone(end, &tm, &at) < 0)
		return -EINVAL;
	*time = at * 1000 + ms;
	if (!dated && *time > now)
		*time -= DAY_MS;
	return 0;
}

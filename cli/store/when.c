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

static bool is_same(const struct tm *a, const struct tm *b)
{
	return a->tm_mday == b->tm_mday && a->tm_hour == b->tm_hour &&
	       a->tm_min == b->tm_min;
}

/*
 * An hour that a clock skips is no time; of one that it has twice, the second
 * is meant, unless that is still to come.
 */
static int read_local(const struct tm *tm, int64_t now, int64_t *seconds)
{
	int ret = -EINVAL;

	for (int summer = 1; summer >= 0; summer--) {
		struct tm at = *tm;
		time_t found;

		at.tm_isdst = summer;
		found = mktime(&at);
		if (at.tm_isdst != summer || !is_same(&at, tm) ||
		    (ret == 0 && found > now / 1000))
			continue;
		*seconds = found;
		ret = 0;
	}
	return ret;
}

static int read_utc(const struct tm *tm, int64_t *seconds)
{
	struct tm at = *tm;

	*seconds = timegm(&at);
	return is_same(&at, tm) ? 0 : -EINVAL;
}

/* struct zone - @offset: seconds east of Greenwich; 0 if it is @local */
struct zone {
	bool local;
	int offset;
};

/* "Z", "+02:00"; without one, local time */
static int read_zone(const char *at, struct zone *zone)
{
	int sign = *at == '-' ? -1 : 1, hours, minutes, len = 0;

	*zone = (struct zone){ .local = !*at };
	if (!*at || strcmp(at, "Z") == 0 || strcmp(at, "z") == 0)
		return 0;
	if ((*at != '+' && *at != '-') ||
	    sscanf(at + 1, "%2d:%2d%n", &hours, &minutes, &len) != 2 ||
	    at[1 + len] || hours < 0 || hours > 14 || minutes < 0 ||
	    minutes > 59)
		return -EINVAL;
	zone->offset = sign * (hours * 3600 + minutes * 60);
	return 0;
}

static int read_seconds(const struct tm *tm, const struct zone *zone,
			int64_t now, int64_t *seconds)
{
	int ret = zone->local ? read_local(tm, now, seconds)
			      : read_utc(tm, seconds);

	if (ret == 0)
		*seconds -= zone->offset;
	return ret;
}

/* The date of now in another zone may be the day before or after ours. */
static void take_date(int64_t now, const struct zone *zone, struct tm *tm)
{
	time_t there = (time_t)(now / 1000) + zone->offset;
	struct tm date;

	gmtime_r(&there, &date);
	tm->tm_year = date.tm_year;
	tm->tm_mon = date.tm_mon;
	tm->tm_mday = date.tm_mday;
}

static void go_back_a_day(struct tm *tm)
{
	time_t seconds;

	tm->tm_mday--;
	seconds = timegm(tm);
	gmtime_r(&seconds, tm);
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
	struct tm tm, date;
	struct zone zone;
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
	date = tm; /* which a clock's hour would be the year of */
	end = strptime(text, "%Y-%m-%d", &date);
	dated = end;
	if (dated)
		tm = date;
	if (dated && (*end == 'T' || *end == 't' || *end == ' '))
		end++;
	end = read_clock(dated ? end : text, &tm);
	if (!end)
		return -EINVAL;
	ms = read_fraction(&end);
	if (read_zone(end, &zone) < 0)
		return -EINVAL;
	if (!dated && !zone.local)
		take_date(now, &zone, &tm);
	if (read_seconds(&tm, &zone, now, &at) < 0)
		return -EINVAL;
	if (!dated && at * 1000 + ms > now) {
		go_back_a_day(&tm);
		if (read_seconds(&tm, &zone, now, &at) < 0)
			return -EINVAL;
	}
	*time = at * 1000 + ms;
	return 0;
}

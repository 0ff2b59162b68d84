// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_when.c - "a time without a date is the last one that is not after now"
 */
#include "store/store.h"
#include "unit.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

/* 2026-11-29 11:00 in Berlin */
#define NOW INT64_C(1795946400000)

/* Berlin's clocks: 2026-03-29 02:00 -> 03:00, 2026-10-25 03:00 -> 02:00 */
static const struct {
	const char *text;
	int64_t now;
	int64_t time;
} times[] = {
	{ "now", NOW, NOW },
	{ "3h ago", NOW, NOW - 3 * 3600000 },
	{ "90 s ago", NOW, NOW - 90000 },
	{ "1.5m ago", NOW, NOW - 90000 },
	{ "10:00", NOW, NOW - 3600000 },
	{ "11:00", NOW, NOW },
	/* yesterday's */
	{ "12:00", NOW, NOW - 23 * 3600000 },
	/* of today in that zone, where it is another day than here */
	{ "00:00+14:00", NOW, NOW },
	{ "14:00-10:00", NOW + 13 * 3600000 + 1800000, NOW - 10 * 3600000 },
	{ "10:00Z", NOW, NOW },
	{ "10:01Z", NOW, NOW - 86340000 },
	{ "2026-11-29T10:00:00Z", NOW, NOW },
	{ "2026-11-29t10:00:00.25z", NOW, NOW + 250 },
	{ "2026-11-29 12:30+02:30", NOW, NOW },
	{ "2026-11-28T23:59:59-10:00", NOW, NOW - 1000 },
	{ "2026-11-29 11:00", NOW, NOW },
	{ "2 min ago", NOW, NOW - 120000 },
	{ "4d ago", NOW, NOW - INT64_C(4) * 86400000 },
	{ "0s ago", NOW, NOW },
	{ "0.0015s ago", NOW, NOW - 1 },
	/* as long ago as 1970, and no longer */
	{ "1795946400s ago", NOW, 0 },
	{ "9h ago", INT64_C(9) * 3600000, 0 },
	/* milliseconds, cut off */
	{ "10:00:00.5Z", NOW + 500, NOW + 500 },
	{ "10:00:00.5Z", NOW + 499, NOW + 500 - 86400000 },
	{ "2026-11-29T10:00:00.1239Z", NOW, NOW + 123 },
	{ "2026-11-29T10:00:00.009Z", NOW, NOW + 9 },
	{ "2026-11-29T10:00:00.Z", NOW, NOW },
	{ "2026-11-29T10:00:59Z", NOW, NOW + 59000 },
	{ "2026-11-29T10:01Z", NOW, NOW + 60000 },
	{ "10:00:01", NOW, NOW - 3600000 + 1000 },
	/* zones as far as they go */
	{ "2026-11-30T00:59+14:59", NOW, NOW },
	{ "2026-11-28T19:01-14:59", NOW, NOW },
	{ "2026-11-29T09:30-00:30", NOW, NOW },
	{ "2026-11-29T12:00+2:00", NOW, NOW },
	/* the day before is of another month, or year */
	{ "12:00", INT64_C(1796112000000), INT64_C(1796036400000) },
	{ "12:00Z", INT64_C(1798790400000), INT64_C(1798718400000) },
	/* across the change: 25 hours lie between 12:00 and 12:00 */
	{ "12:00", INT64_C(1792922400000), INT64_C(1792836000000) },
	{ "03:12", INT64_C(1792980000000), INT64_C(1792894320000) },
	{ "2026-10-25 02:30", NOW, INT64_C(1792891800000) },
	{ "2026-10-25 02:30", INT64_C(1792890000000), INT64_C(1792888200000) },
};

START_TEST(are_times)
{
	int64_t time = 0;

	ck_assert_int_eq(store_time(times[_i].text, times[_i].now, &time), 0);
	ck_assert_msg(time == times[_i].time, "%s: %lld, not %lld",
		      times[_i].text, (long long)time,
		      (long long)times[_i].time);
}
END_TEST

static const char *const no_times[] = {
	"",
	"yesterday",
	"25:00",
	"3h",
	"-3h ago",
	"2026-02-30 03:12",
	"03:12+99:00",
	"03:12 pm",
	"1e99h ago",
	"2026-11-29",
	"2026-03-29 02:30",
	"5w ago",
	"1795946401s ago",
	"3h ago ",
	"2026-11-29T10:00:60Z",
	"2026-11-31T10:00Z",
	"2026-11-29T10:00+15:00",
	"2026-11-29T10:00-15:00",
	"2026-11-29T10:00+01:60",
	"2026-11-29T10:00+-1:00",
	"2026-11-29T10:00+01:-1",
	"2026-11-29T10:00+01",
	"2026-11-29T10:00+01:00Z",
	"2026-11-29T10:00 01:00",
	"2026-11-29T10:00ZZ",
	"2026-11-29x10:00Z",
	"2026-11-29TT10:00Z",
	"10",
};

START_TEST(are_none)
{
	int64_t time = 0;

	ck_assert_int_eq(store_time(no_times[_i], NOW, &time), -EINVAL);
}
END_TEST

/* Of a clock without a date, which was yesterday's: there was none so early. */
START_TEST(an_hour_that_was_skipped_yesterday_is_none)
{
	int64_t time = 0;

	ck_assert_int_eq(store_time("02:30", INT64_C(1774825200000), &time),
			 -EINVAL);
	ck_assert_int_eq(store_time("03:30", INT64_C(1774825200000), &time), 0);
	ck_assert_int_eq(time, INT64_C(1774747800000));
}
END_TEST

START_TEST(now_is_what_the_clock_says)
{
	struct timespec before, after;
	int64_t now;

	clock_gettime(CLOCK_REALTIME, &before);
	now = store_now();
	clock_gettime(CLOCK_REALTIME, &after);
	ck_assert_int_ge(now, before.tv_sec * INT64_C(1000) +
				      before.tv_nsec / 1000000);
	ck_assert_int_le(now, after.tv_sec * INT64_C(1000) +
				      after.tv_nsec / 1000000);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("when");
	TCase *tc = tcase_create("all");

	setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
	tzset();
	tcase_add_loop_test(tc, are_times, 0,
			    (int)(sizeof(times) / sizeof(*times)));
	tcase_add_loop_test(tc, are_none, 0,
			    (int)(sizeof(no_times) / sizeof(*no_times)));
	tcase_add_test(tc, an_hour_that_was_skipped_yesterday_is_none);
	tcase_add_test(tc, now_is_what_the_clock_says);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}

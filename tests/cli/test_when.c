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
};

START_TEST(are_none)
{
	int64_t time = 0;

	ck_assert_int_eq(store_time(no_times[_i], NOW, &time), -EINVAL);
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
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}

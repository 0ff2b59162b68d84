// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_dedup.c - the memory of cookies, and the set under it */
#include "netlink/internal.h"
#include "unit.h"

#define WINDOW 16384 /* "at least 16,384 of them" */

static struct tm_dedup seen;

static void setup(void)
{
	ck_assert_int_eq(tm_dedup_init(&seen), 0);
}

static void teardown(void)
{
	tm_dedup_deinit(&seen);
}

START_TEST(the_window_is_as_wide_as_promised)
{
	for (uint64_t cookie = 1; cookie <= 5 * WINDOW; cookie++) {
		ck_assert_int_eq(tm_dedup_add(&seen, cookie, false), 0);
		ck_assert_int_eq(tm_dedup_add(&seen, cookie, false), 1);
		if (cookie > WINDOW)
			ck_assert_int_eq(
				tm_dedup_add(&seen, cookie - WINDOW + 1, false),
				1);
	}
}
END_TEST

START_TEST(memory_does_not_grow_with_connections)
{
	size_t slots = seen.young.mask + seen.old.mask;

	for (uint64_t cookie = 1; cookie <= 20 * WINDOW; cookie++)
		ck_assert_int_eq(tm_dedup_add(&seen, cookie * 977, false), 0);
	ck_assert_uint_eq(seen.young.mask + seen.old.mask, slots);
}
END_TEST

START_TEST(bound_sockets_are_remembered_for_good)
{
	for (uint64_t cookie = 1; cookie <= 1000; cookie++)
		ck_assert_int_eq(tm_dedup_add(&seen, cookie, true), 0);
	for (uint64_t cookie = 10000; cookie < 10000 + 3 * WINDOW; cookie++)
		ck_assert_int_eq(tm_dedup_add(&seen, cookie, false), 0);
	for (uint64_t cookie = 1; cookie <= 1000; cookie++)
		ck_assert_int_eq(tm_dedup_add(&seen, cookie, false), 1);
}
END_TEST

START_TEST(nothing_is_remembered_after_clear)
{
	ck_assert_int_eq(tm_dedup_add(&seen, 1, false), 0);
	ck_assert_int_eq(tm_dedup_add(&seen, 2, true), 0);
	tm_dedup_clear(&seen);
	ck_assert_int_eq(tm_dedup_add(&seen, 1, false), 0);
	ck_assert_int_eq(tm_dedup_add(&seen, 2, true), 0);
}
END_TEST

START_TEST(no_cookie_is_never_a_repeat)
{
	ck_assert_int_eq(tm_dedup_add(&seen, 0, false), 0);
	ck_assert_int_eq(tm_dedup_add(&seen, 0, false), 0);
}
END_TEST

START_TEST(a_set_grows_and_keeps_its_keys)
{
	struct tm_u64set set;

	ck_assert_int_eq(tm_u64set_init(&set, 2), 0);
	for (uint64_t key = 1; key <= 10000; key++)
		ck_assert_int_eq(tm_u64set_add(&set, key * key), 0);
	ck_assert_int_eq(tm_u64set_add(&set, 4), 0);
	ck_assert_uint_eq(set.count, 10000);
	for (uint64_t key = 1; key <= 10000; key++)
		ck_assert(tm_u64set_has(&set, key * key));
	ck_assert(!tm_u64set_has(&set, 3));
	ck_assert(!tm_u64set_has(&set, 0));
	tm_u64set_deinit(&set);
}
END_TEST

/* "room for @count keys": large enough for huge pages, and not grown again */
START_TEST(a_set_has_the_room_that_was_reserved)
{
	const size_t room = 300000;
	struct tm_u64set set;
	size_t mask;

	ck_assert_int_eq(tm_u64set_init(&set, 2), 0);
	ck_assert_int_eq(tm_u64set_add(&set, 7), 0);
	ck_assert_int_eq(tm_u64set_reserve(&set, room), 0);
	ck_assert(tm_u64set_has(&set, 7));
	mask = set.mask;
	for (uint64_t key = 1; key <= room; key++)
		ck_assert_int_eq(tm_u64set_add(&set, key), 0);
	ck_assert_uint_eq(set.count, room);
	ck_assert_uint_eq(set.mask, mask);
	ck_assert_int_eq(tm_u64set_reserve(&set, 1), 0);
	ck_assert_uint_eq(set.mask, mask);
	tm_u64set_deinit(&set);
}
END_TEST

START_TEST(a_range_has_all_keys_of_a_set)
{
	struct tm_u64range range;
	struct tm_u64set set;

	ck_assert_int_eq(tm_u64set_init(&set, 2), 0);
	range = tm_u64set_range(&set);
	ck_assert_uint_eq(range.first, 0);
	ck_assert_uint_eq(range.last, 0);
	ck_assert_int_eq(tm_u64set_add(&set, 7), 0);
	range = tm_u64set_range(&set);
	ck_assert_uint_eq(range.first, 7);
	ck_assert_uint_eq(range.last, 7);
	ck_assert_int_eq(tm_u64set_add(&set, UINT32_MAX), 0);
	ck_assert_int_eq(tm_u64set_add(&set, 5), 0);
	range = tm_u64set_range(&set);
	ck_assert_uint_eq(range.first, 5);
	ck_assert_uint_eq(range.last, UINT32_MAX);
	tm_u64set_deinit(&set);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("seen");
	TCase *tc = tcase_create("seen");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, the_window_is_as_wide_as_promised);
	tcase_add_test(tc, memory_does_not_grow_with_connections);
	tcase_add_test(tc, bound_sockets_are_remembered_for_good);
	tcase_add_test(tc, nothing_is_remembered_after_clear);
	tcase_add_test(tc, no_cookie_is_never_a_repeat);
	tcase_add_test(tc, a_set_grows_and_keeps_its_keys);
	tcase_add_test(tc, a_set_has_the_room_that_was_reserved);
	tcase_add_test(tc, a_range_has_all_keys_of_a_set);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}

// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_asked_memory.c - how much memory is asked for, and in which pages */
#include "short_memory.h"

#include "base/hash.h"
#include "base/util.h"
#include "model/snapshot.h"
#include "unit.h"

#include <sys/mman.h>
#include <unistd.h>

/* How many bytes a call asks for is in @asked then. */
static void begin_counting(void)
{
	asked = 0;
	counted = true;
}

static int end_counting(int ret)
{
	counted = false;
	return ret;
}

/* "with a load between 0.5 and 0.75, 16 bytes an inode are the most" */
START_TEST(a_table_of_holders_grows_by_half)
{
	struct tm_holders *holders;
	size_t slots = 64;
	int ret;

	begin_counting();
	ret = end_counting(tm_holders_new(false, &holders));
	ck_assert_int_eq(ret, 0);
	ck_assert_uint_eq(asked, slots * 8);
	for (uint32_t used = 1; used <= 5000; used++) {
		begin_counting();
		ret = end_counting(tm_holders_add_once(holders, used));
		ck_assert_int_eq(ret, 1);
		if (asked) {
			/* not before it is needed */
			ck_assert_uint_eq(used, slots / 4 * 3 + 1);
			slots += slots / 2;
			ck_assert_uint_eq(asked, slots * 8);
		}
		ck_assert_uint_le(used, slots / 4 * 3);
		ck_assert_int_eq(tm_holders_add_once(holders, used), 0);
		ck_assert_uint_eq(tm_holders_count(holders), used);
	}
	tm_holders_free(holders);
}
END_TEST

static int expect_inodes(struct tm_holders *holders, uint32_t count)
{
	int ret = 0;

	for (uint32_t inode = 1; inode <= count; inode++)
		TRY(tm_holders_expect(holders, inode));
	return ret;
}

/* "room for @inodes at once, for who knows how many" */
START_TEST(a_table_of_holders_has_the_room_that_was_reserved)
{
	static const uint32_t counts[] = { 0, 1, 3, 48, 300, 1000 };

	for (size_t i = 0; i < TM_ARRAY_SIZE(counts); i++) {
		size_t slots = counts[i] / 3 * 4 + 64;
		struct tm_holders *holders;
		int ret;

		ck_assert_int_eq(tm_holders_new(false, &holders), 0);
		ck_assert_int_eq(tm_holders_add_once(holders, 7), 1);
		begin_counting();
		ret = end_counting(tm_holders_reserve(holders, counts[i]));
		ck_assert_int_eq(ret, 0);
		ck_assert_uint_eq(asked, slots > 64 ? slots * 8 : 0);
		begin_counting();
		ret = end_counting(tm_holders_reserve(holders, counts[i]));
		ck_assert_int_eq(ret, 0);
		ck_assert_uint_eq(asked, 0);
		begin_counting();
		ret = end_counting(expect_inodes(holders, counts[i]));
		ck_assert_int_eq(ret, 0);
		ck_assert_uint_eq(asked, 0);
		ck_assert_int_eq(tm_holders_add_once(holders, 7), 0);
		tm_holders_free(holders);
	}
}
END_TEST

int __wrap_madvise(void *at, size_t len, int advice);

/* What the kernel was asked to make of one block, and how often */
static const uint8_t *advised;
static size_t advised_len, advices;
static int advised_for;

int __wrap_madvise(void *at, size_t len, int advice)
{
	advised = at;
	advised_len = len;
	advised_for = advice;
	advices++;
	return 0;
}

/* Whole pages of it, from the first one on */
static void expect_advice(const void *at, size_t size)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	const uint8_t *begin = at;

	ck_assert_uint_eq(advices, 1);
	advices = 0;
	ck_assert_int_eq(advised_for, MADV_HUGEPAGE);
	ck_assert_uint_eq((uintptr_t)advised % page, 0);
	ck_assert(advised >= begin && advised < begin + page);
	ck_assert(advised + advised_len <= begin + size);
	ck_assert_uint_ge(advised_len, size - 2 * page);
}

/* "Below, clearing a huge page costs more than the page faults": 4 MiB */
START_TEST(large_memory_is_in_huge_pages)
{
	const size_t large = 4u << 20;
	const uint8_t *base = (const uint8_t *)(large * 16);

	tm_advise_large(NULL, large);
	tm_advise_large((void *)base, large - 1);
	ck_assert_uint_eq(advices, 0);
	tm_advise_large((void *)base, large);
	expect_advice(base, large);
	tm_advise_large((void *)(base + 16), large + 100);
	expect_advice(base + 16, large + 100);
	tm_advise_large((void *)(base - 16), 2 * large);
	expect_advice(base - 16, 2 * large);
}
END_TEST

START_TEST(what_is_large_in_the_model_is_in_huge_pages)
{
	struct tm_socket_set sockets = { .with_info = false };
	struct tm_holders *holders;
	struct tm_u64set set;

	ck_assert_int_eq(tm_u64set_init(&set, 1 << 18), 0);
	ck_assert_uint_eq(advices, 0);
	tm_u64set_deinit(&set);
	ck_assert_int_eq(tm_u64set_init(&set, 1 << 19), 0);
	expect_advice(set.slot, (1 << 19) * sizeof(*set.slot));
	tm_u64set_deinit(&set);
	ck_assert_int_eq(tm_socket_set_reserve(&sockets, 32768), 0);
	expect_advice(sockets.sock, 32768 * sizeof(*sockets.sock));
	tm_socket_set_deinit(&sockets);
	ck_assert_int_eq(tm_holders_new(false, &holders), 0);
	ck_assert_int_eq(tm_holders_reserve(holders, 300000), 0);
	ck_assert_uint_eq(advices, 0);
	ck_assert_int_eq(tm_holders_reserve(holders, 400000), 0);
	ck_assert_uint_eq(advices, 1);
	tm_holders_free(holders);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("asked_memory");
	TCase *tc = tcase_create("asked_memory");

	tcase_add_test(tc, a_table_of_holders_grows_by_half);
	tcase_add_test(tc, a_table_of_holders_has_the_room_that_was_reserved);
	tcase_add_test(tc, large_memory_is_in_huge_pages);
	tcase_add_test(tc, what_is_large_in_the_model_is_in_huge_pages);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}

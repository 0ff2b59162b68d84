// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_hash.c - an index, a set of numbers and a table of texts find all */
#include "base/hash.h"

#include "base/util.h"
#include "unit.h"

#include <string.h>

#define COUNT 1000

/* How often @number is found under @hash, and how many others are */
static void look(const struct tm_index *index, uint32_t hash, uint32_t number,
		 size_t *found, size_t *others)
{
	struct tm_index_walk walk = { .hash = hash };

	*found = *others = 0;
	while (tm_index_next(index, &walk)) {
		*found += walk.number == number;
		*others += walk.number != number;
		ck_assert_uint_le(*found + *others, COUNT);
	}
}

static void expect_in_index(const struct tm_index *index, uint32_t hash,
			    uint32_t number)
{
	size_t found, others;

	look(index, hash, number, &found, &others);
	ck_assert_uint_eq(found, 1);
	ck_assert_uint_eq(others, 0);
}

/* Each hash is its own, but all of them begin at few slots. */
START_TEST(an_index_finds_each_element_once)
{
	struct tm_index index = { 0 };
	struct tm_index_walk none = { .hash = 5 };

	ck_assert(!tm_index_next(&index, &none));
	for (uint32_t i = 0; i < COUNT; i++)
		ck_assert_int_eq(tm_index_add(&index, i << 11 | 7, i), 0);
	ck_assert_uint_eq(index.count, COUNT);
	for (uint32_t i = 0; i < COUNT; i++)
		expect_in_index(&index, i << 11 | 7, i);
	ck_assert(!tm_index_next(&index, &none));
	tm_index_deinit(&index);
	ck_assert_uint_eq(index.count, 0);
	ck_assert(!tm_index_next(&index, &none));
}
END_TEST

START_TEST(elements_of_one_hash_are_all_found)
{
	struct tm_index index = { 0 };
	size_t found, others;

	for (uint32_t i = 0; i < 50; i++)
		ck_assert_int_eq(tm_index_add(&index, i & 1, i), 0);
	for (uint32_t i = 0; i < 50; i++) {
		look(&index, i & 1, i, &found, &others);
		ck_assert_uint_eq(found, 1);
		ck_assert_uint_eq(others, 24);
	}
	tm_index_deinit(&index);
}
END_TEST

/* A bucket is free somewhere: what is not there is not looked for forever. */
START_TEST(an_index_is_never_full)
{
	struct tm_index index = { 0 };

	for (uint32_t i = 0; i < COUNT; i++) {
		ck_assert_int_eq(tm_index_add(&index, i, i), 0);
		ck_assert_uint_le(index.count, index.mask / 2 + 1);
		/* and no memory is for nothing */
		ck_assert(index.mask == 15 ||
			  index.count > (index.mask + 1) / 4);
		ck_assert_uint_eq(index.mask & (index.mask + 1), 0);
	}
	tm_index_deinit(&index);
}
END_TEST

/* "room for @count elements at once": more than half of it stays free */
START_TEST(an_index_has_the_room_that_was_reserved)
{
	static const struct {
		uint32_t count;
		size_t buckets;
	} cases[] = {
		{ 0, 16 },    { 1, 16 },    { 7, 16 },
		{ 8, 32 },    { 15, 32 },   { 16, 64 },
		{ 100, 256 }, { 127, 256 }, { 128, 512 },
	};

	for (size_t i = 0; i < TM_ARRAY_SIZE(cases); i++) {
		struct tm_index index = { 0 };
		const struct tm_bucket *bucket;

		ck_assert_int_eq(tm_index_reserve(&index, cases[i].count), 0);
		ck_assert_uint_eq(index.mask + 1, cases[i].buckets);
		bucket = index.bucket;
		for (uint32_t k = 0; k < cases[i].count; k++)
			ck_assert_int_eq(tm_index_add(&index, k, k), 0);
		ck_assert_ptr_eq(index.bucket, bucket);
		ck_assert_int_eq(tm_index_reserve(&index, cases[i].count), 0);
		ck_assert_int_eq(tm_index_reserve(&index, 1), 0);
		ck_assert_ptr_eq(index.bucket, bucket);
		ck_assert_int_eq(tm_index_reserve(&index, COUNT), 0);
		ck_assert_uint_eq(index.mask + 1, 2048);
		for (uint32_t k = 0; k < cases[i].count; k++)
			expect_in_index(&index, k, k);
		tm_index_deinit(&index);
	}
}
END_TEST

static uint64_t key_of(uint64_t i)
{
	return (i + 1) << (i % 40);
}

START_TEST(a_set_has_what_was_added)
{
	struct tm_u64set set;
	size_t distinct = 0;

	ck_assert_int_eq(tm_u64set_init(&set, 16), 0);
	ck_assert(!tm_u64set_has(&set, 1));
	ck_assert(!tm_u64set_has(&set, 0));
	for (uint64_t i = 0; i < COUNT; i++) {
		distinct += !tm_u64set_has(&set, key_of(i));
		for (int twice = 0; twice < 2; twice++)
			ck_assert_int_eq(tm_u64set_add(&set, key_of(i)), 0);
		ck_assert_uint_eq(set.count, distinct);
		/* "it grows when half of them are used" */
		ck_assert_uint_le(set.count, (set.mask + 1) / 2);
		ck_assert(set.mask == 15 || set.count >= (set.mask + 1) / 4);
	}
	for (uint64_t i = 0; i < COUNT; i++)
		ck_assert(tm_u64set_has(&set, key_of(i)));
	ck_assert(!tm_u64set_has(&set, 0));
	ck_assert(!tm_u64set_has(&set, UINT64_MAX));
	tm_u64set_deinit(&set);
	ck_assert_uint_eq(set.count, 0);
	ck_assert_ptr_null(set.slot);
}
END_TEST

/* Keys that begin at the last slot go on at the first. */
START_TEST(a_set_goes_round_its_end)
{
	enum { SLOTS = 64 };
	uint64_t last[8];
	struct tm_u64set set;
	size_t count = 0;

	for (uint64_t key = 1; count < 8; key++) {
		ck_assert_int_eq(tm_u64set_init(&set, SLOTS), 0);
		ck_assert_int_eq(tm_u64set_add(&set, key), 0);
		if (set.slot[SLOTS - 1])
			last[count++] = key;
		tm_u64set_deinit(&set);
	}
	ck_assert_int_eq(tm_u64set_init(&set, SLOTS), 0);
	for (size_t i = 0; i < 8; i++)
		ck_assert_int_eq(tm_u64set_add(&set, last[i]), 0);
	ck_assert_uint_eq(set.slot[SLOTS - 1], last[0]);
	for (size_t i = 1; i < 8; i++)
		ck_assert_uint_eq(set.slot[i - 1], last[i]);
	for (size_t i = 0; i < 8; i++)
		ck_assert(tm_u64set_has(&set, last[i]));
	/* both ends are gone over, of the slots too */
	ck_assert_uint_eq(tm_u64set_range(&set).first, last[0]);
	ck_assert_uint_eq(tm_u64set_range(&set).last, last[7]);
	tm_u64set_clear(&set);
	for (size_t i = 0; i < SLOTS; i++)
		ck_assert_uint_eq(set.slot[i], 0);
	tm_u64set_deinit(&set);
}
END_TEST

/* "empties it, keeping its memory" */
START_TEST(a_cleared_set_is_empty)
{
	struct tm_u64set set;
	const uint64_t *slot;

	ck_assert_int_eq(tm_u64set_init(&set, 16), 0);
	slot = set.slot;
	for (uint64_t key = 1; key <= 8; key++)
		ck_assert_int_eq(tm_u64set_add(&set, key), 0);
	ck_assert_ptr_eq(set.slot, slot);
	tm_u64set_clear(&set);
	ck_assert_ptr_eq(set.slot, slot);
	ck_assert_uint_eq(set.count, 0);
	ck_assert_int_eq(tm_u64set_add(&set, 9), 0);
	for (uint64_t key = 1; key <= 8; key++)
		ck_assert(!tm_u64set_has(&set, key));
	ck_assert(tm_u64set_has(&set, 9));
	ck_assert_uint_eq(set.count, 1);
	tm_u64set_deinit(&set);
}
END_TEST

/* "room for @count keys" */
START_TEST(a_set_has_the_room_that_was_reserved)
{
	static const size_t counts[] = { 0, 1, 8, 9, 16, 17, 100 };

	for (size_t i = 0; i < TM_ARRAY_SIZE(counts); i++) {
		struct tm_u64set set;
		const uint64_t *slot;

		ck_assert_int_eq(tm_u64set_init(&set, 16), 0);
		slot = set.slot;
		ck_assert_int_eq(tm_u64set_add(&set, 1), 0);
		ck_assert_int_eq(tm_u64set_reserve(&set, counts[i]), 0);
		if (counts[i] <= 8)
			ck_assert_ptr_eq(set.slot, slot);
		ck_assert(set.mask == 15 || set.mask < 4 * counts[i]);
		ck_assert_uint_eq(set.count, 1);
		slot = set.slot;
		for (uint64_t key = 2; key <= counts[i]; key++)
			ck_assert_int_eq(tm_u64set_add(&set, key), 0);
		ck_assert_ptr_eq(set.slot, slot);
		ck_assert(tm_u64set_has(&set, 1));
		tm_u64set_deinit(&set);
	}
}
END_TEST

static void expect_range(const uint64_t *keys, size_t count, uint64_t first,
			 uint64_t last)
{
	struct tm_u64range range;
	struct tm_u64set set;

	ck_assert_int_eq(tm_u64set_init(&set, 16), 0);
	for (size_t i = 0; i < count; i++)
		ck_assert_int_eq(tm_u64set_add(&set, keys[i]), 0);
	range = tm_u64set_range(&set);
	ck_assert_uint_eq(range.first, first);
	ck_assert_uint_eq(range.last, last);
	tm_u64set_deinit(&set);
}

/* "from its lowest key to its highest; 0 and 0 if empty" */
START_TEST(a_range_is_from_the_lowest_to_the_highest)
{
	static const uint64_t keys[] = { 50, 7, UINT64_MAX, 9, 1000 };
	static const uint64_t orders[3][3] = {
		{ 1, 2, 3 },
		{ 3, 2, 1 },
		{ 2, 3, 1 },
	};

	expect_range(keys, 0, 0, 0);
	expect_range(keys, 1, 50, 50);
	expect_range(keys, 2, 7, 50);
	expect_range(keys, 5, 7, UINT64_MAX);
	for (size_t i = 0; i < 3; i++)
		expect_range(orders[i], 3, 1, 3);
}
END_TEST

/* "the same bytes, the same number"; those of each number stay */
START_TEST(blobs_are_kept_once)
{
	struct tm_blobs blobs = { 0 };
	char bytes[COUNT];
	uint32_t number, again;

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (char)('a' + i % 7);
	for (uint32_t len = 0; len < 300; len++) {
		number = again = UINT32_MAX;
		ck_assert(!tm_blobs_find(&blobs, bytes, len, &number));
		ck_assert_uint_eq(number, UINT32_MAX);
		ck_assert_int_eq(tm_blobs_intern(&blobs, bytes, len, &number),
				 0);
		ck_assert_uint_eq(number, len);
		ck_assert_int_eq(tm_blobs_intern(&blobs, bytes, len, &again),
				 0);
		ck_assert_uint_eq(again, len);
		ck_assert_uint_eq(blobs.count, len + 1);
	}
	for (uint32_t len = 0; len < 300; len++) {
		const char *kept = tm_blobs_get(&blobs, len);

		ck_assert(tm_blobs_find(&blobs, bytes, len, &number));
		ck_assert_uint_eq(number, len);
		ck_assert_uint_eq(blobs.blob[len].len, len);
		ck_assert_int_eq(memcmp(kept, bytes, len), 0);
		ck_assert_int_eq(kept[len], '\0');
	}
	tm_blobs_deinit(&blobs);
	ck_assert_uint_eq(blobs.count, 0);
	ck_assert(!tm_blobs_find(&blobs, bytes, 1, &number));
}
END_TEST

/* Each byte counts, wherever it stands, and zeroes are bytes. */
START_TEST(blobs_differ_by_a_byte)
{
	struct tm_blobs blobs = { 0 };
	char bytes[17] = { 0 };
	uint32_t number, plain;

	ck_assert_int_eq(tm_blobs_intern(&blobs, bytes, sizeof(bytes), &plain),
			 0);
	for (size_t i = 0; i < sizeof(bytes); i++) {
		bytes[i] = 1;
		ck_assert(
			!tm_blobs_find(&blobs, bytes, sizeof(bytes), &number));
		ck_assert_int_eq(
			tm_blobs_intern(&blobs, bytes, sizeof(bytes), &number),
			0);
		ck_assert_uint_eq(number, i + 1);
		bytes[i] = 0;
	}
	ck_assert(tm_blobs_find(&blobs, bytes, sizeof(bytes), &number));
	ck_assert_uint_eq(number, plain);
	tm_blobs_deinit(&blobs);
}
END_TEST

/* Whichever byte they differ in, their hashes do. */
START_TEST(blobs_spread_over_their_index)
{
	struct tm_blobs blobs = { 0 };
	uint8_t bytes[13] = { 0 };
	size_t differ = 0;
	uint32_t number;

	for (uint8_t value = 0; value < 64; value++) {
		bytes[_i] = value;
		ck_assert_int_eq(tm_blobs_intern(&blobs, bytes, 12, &number),
				 0);
	}
	ck_assert_uint_ne(blobs.seed, 0);
	for (size_t i = 1; i <= blobs.index.mask; i++)
		differ += blobs.index.bucket[i].hash !=
			  blobs.index.bucket[i - 1].hash;
	ck_assert_uint_gt(differ, 32);
	tm_blobs_deinit(&blobs);
}
END_TEST

/* One of the length that the room has left, and one of more */
START_TEST(long_blobs_have_room)
{
	struct tm_blobs blobs = { 0 };
	static const size_t lens[] = { 255, 255, 256, 511, 5000, 3, 100000 };
	char *bytes = malloc(100000);
	uint32_t number;

	for (size_t i = 0; i < TM_ARRAY_SIZE(lens); i++) {
		memset(bytes, 'a' + (int)i, lens[i]);
		ck_assert_int_eq(
			tm_blobs_intern(&blobs, bytes, lens[i], &number), 0);
		ck_assert_uint_eq(number, i);
		ck_assert_uint_le(blobs.byte_count, blobs.byte_capacity);
		/* it is doubled when it is too little, and not before */
		ck_assert(blobs.byte_capacity == 256 ||
			  blobs.byte_capacity < 2 * blobs.byte_count);
	}
	for (uint32_t i = 0; i < TM_ARRAY_SIZE(lens); i++) {
		const char *kept = tm_blobs_get(&blobs, i);

		ck_assert_uint_eq(strlen(kept), lens[i]);
		ck_assert_int_eq(kept[0], 'a' + (int)i);
		ck_assert_int_eq(kept[lens[i] - 1], 'a' + (int)i);
	}
	free(bytes);
	tm_blobs_deinit(&blobs);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("hash");
	TCase *tc = tcase_create("all");

	tcase_add_test(tc, an_index_finds_each_element_once);
	tcase_add_test(tc, elements_of_one_hash_are_all_found);
	tcase_add_test(tc, an_index_is_never_full);
	tcase_add_test(tc, an_index_has_the_room_that_was_reserved);
	tcase_add_test(tc, a_set_has_what_was_added);
	tcase_add_test(tc, a_set_goes_round_its_end);
	tcase_add_test(tc, a_cleared_set_is_empty);
	tcase_add_test(tc, a_set_has_the_room_that_was_reserved);
	tcase_add_test(tc, a_range_is_from_the_lowest_to_the_highest);
	tcase_add_test(tc, blobs_are_kept_once);
	tcase_add_test(tc, blobs_differ_by_a_byte);
	tcase_add_loop_test(tc, blobs_spread_over_their_index, 0, 12);
	tcase_add_test(tc, long_blobs_have_room);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}

// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_encode.c - an encoding leaves out what the base has */
#include "frame_made.h"
#include "store/codec.h"
#include "unit.h"

static const uint8_t prefix[FRAME_PREFIX] = { 1 };

enum { ROWS = 200, LENGTH = 120, COOKIE = 60 };

/* Bytes that cannot be packed; the key of a row is its number */
static void add_rows(struct frame *frame, const int *number, size_t count)
{
	made_group(frame, TYPE_MESSAGE, prefix, sizeof(prefix));
	for (size_t i = 0; i < count; i++) {
		uint8_t *row = made_row(frame, NULL, LENGTH);
		uint64_t key = 1 + (uint64_t)number[i];
		uint64_t seed = key * UINT64_C(0x9e3779b97f4a7c15);

		for (size_t at = 0; at < LENGTH; at++) {
			seed ^= seed << 13;
			seed ^= seed >> 7;
			seed ^= seed << 17;
			row[at] = (uint8_t)(seed >> 32);
		}
		row[18] = 0; /* no timer */
		memcpy(row + COOKIE, &key, sizeof(key));
	}
}

/* How many bytes a frame takes on a base */
static size_t packed_size(struct frame *frame, const struct frame *base)
{
	struct bytes out = { 0 };
	size_t size;

	ck_assert_int_eq(frame_encode(frame, base, 0, &out), 0);
	size = out.used;
	bytes_free(&out);
	frame_free(frame);
	return size;
}

START_TEST(what_the_base_has_is_not_stored_again)
{
	struct frame base = { 0 }, frame = { 0 };
	int number[ROWS], other[ROWS];

	for (int i = 0; i < ROWS; i++)
		number[i] = i;
	add_rows(&base, number, ROWS);
	/* alone, each byte is stored */
	add_rows(&frame, number, ROWS);
	ck_assert_uint_gt(packed_size(&frame, NULL), ROWS * (LENGTH - 16));
	add_rows(&frame, number, ROWS);
	ck_assert_uint_lt(packed_size(&frame, &base), 100);
	/* in any order, as far as it can be told by a few bytes a row */
	for (int i = 0; i < ROWS; i++)
		other[i] = ROWS - 1 - i;
	add_rows(&frame, other, ROWS);
	ck_assert_uint_lt(packed_size(&frame, &base), 8 * ROWS);
	for (int i = 0; i < ROWS; i++)
		other[i] = i * 77 % ROWS;
	add_rows(&frame, other, ROWS);
	ck_assert_uint_lt(packed_size(&frame, &base), 8 * ROWS);
	/* those between which others are gone */
	for (int i = 0; i < ROWS / 2; i++)
		other[i] = 2 * i + 1;
	add_rows(&frame, other, ROWS / 2);
	ck_assert_uint_lt(packed_size(&frame, &base), 200);
	/* one that is new */
	number[ROWS / 2] = 9999;
	add_rows(&frame, number, ROWS);
	ck_assert_uint_lt(packed_size(&frame, &base), 100 + LENGTH);
	frame_free(&base);
}
END_TEST

START_TEST(a_row_is_known_by_prefix_type_length_and_key)
{
	static const uint8_t another[FRAME_PREFIX] = { [23] = 1 };
	struct frame base = { 0 }, frame = { 0 };
	int number[ROWS];
	size_t same;

	for (int i = 0; i < ROWS; i++)
		number[i] = i;
	add_rows(&base, number, ROWS);
	add_rows(&frame, number, ROWS);
	same = packed_size(&frame, &base);
	add_rows(&frame, number, ROWS);
	memcpy(frame.group[0].prefix, another, sizeof(another));
	ck_assert_uint_gt(packed_size(&frame, &base), 10 * same);
	add_rows(&frame, number, ROWS);
	frame.group[0].type = 7;
	ck_assert_uint_gt(packed_size(&frame, &base), 10 * same);
	add_rows(&frame, number, ROWS);
	for (int i = 0; i < ROWS; i++)
		frame.row[i].len--;
	ck_assert_uint_gt(packed_size(&frame, &base), 10 * same);
	/* of holders, by the inode */
	base.group[0].type = 7;
	add_rows(&frame, number, ROWS);
	frame.group[0].type = 7;
	ck_assert_uint_lt(packed_size(&frame, &base), 100);
	add_rows(&frame, number, ROWS);
	frame.group[0].type = 7;
	for (int i = 0; i < ROWS; i++)
		frame.bytes.data[frame.row[i].at + 4] ^= 0xff;
	ck_assert_uint_gt(packed_size(&frame, &base), 10 * same);
	frame_free(&base);
}
END_TEST

START_TEST(timers_that_ran_are_no_change)
{
	struct frame base = { 0 }, frame = { 0 };
	struct bytes out = { 0 }, other = { 0 };
	int number[ROWS];

	for (int i = 0; i < ROWS; i++)
		number[i] = i;
	add_rows(&base, number, ROWS);
	add_rows(&frame, number, ROWS);
	for (int i = 0; i < ROWS; i++) {
		uint32_t expires = 5000 + (uint32_t)(i * 7919 % 3001);

		base.bytes.data[base.row[i].at + 18] = 1;
		frame.bytes.data[frame.row[i].at + 18] = 1;
		memcpy(base.bytes.data + base.row[i].at + 68, &expires, 4);
		expires -= 1234;
		memcpy(frame.bytes.data + frame.row[i].at + 68, &expires, 4);
	}
	ck_assert_int_eq(frame_encode(&frame, &base, 1234, &out), 0);
	ck_assert_uint_lt(out.used, 100);
	/* RFC 8878: the flag of a checksum behind what is packed */
	ck_assert_uint_eq(out.data[4] & 4, 4);
	ck_assert_int_eq(frame_encode(&frame, &base, 1230, &other), 0);
	ck_assert_uint_gt(other.used, out.used);
	bytes_free(&out);
	bytes_free(&other);
	frame_free(&base);
	frame_free(&frame);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("encode");
	TCase *tests = tcase_create("encode");

	tcase_add_test(tests, what_the_base_has_is_not_stored_again);
	tcase_add_test(tests, a_row_is_known_by_prefix_type_length_and_key);
	tcase_add_test(tests, timers_that_ran_are_no_change);
	suite_add_tcase(suite, tests);
	return unit_run(suite);
}

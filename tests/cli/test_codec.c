// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_codec.c - what frames are made of: bytes, numbers, sums, columns */
#include "store/codec.h"
#include "unit.h"

#include <errno.h>
#include <string.h>

/* ---- bytes ---- */

START_TEST(a_buffer_grows_and_keeps_what_it_has)
{
	struct bytes bytes = { 0 };

	ck_assert_ptr_nonnull(bytes_extend(&bytes, 0));
	ck_assert_uint_eq(bytes.used, 0);
	bytes_add(&bytes, "", 0);
	ck_assert_uint_eq(bytes.used, 0);
	for (uint32_t i = 0; i < 30000; i++) {
		bytes_add(&bytes, &i, sizeof(i));
		ck_assert_uint_eq(bytes.used, (i + 1) * sizeof(i));
		ck_assert_uint_gt(bytes.size, bytes.used);
	}
	for (uint32_t i = 0; i < 30000; i++)
		ck_assert_mem_eq(bytes.data + i * sizeof(i), &i, sizeof(i));
	bytes_free(&bytes);
	ck_assert_ptr_null(bytes.data);
	ck_assert_uint_eq(bytes.size, 0);
	/* the first of so many begins where the others were not */
	memset(bytes_extend(&bytes, 4096), 7, 4096);
	ck_assert_uint_gt(bytes.size, 4096);
	ck_assert_ptr_eq(bytes_extend(&bytes, 5), bytes.data + 4096);
	ck_assert_int_eq(bytes.data[4095], 7);
	bytes_free(&bytes);
}
END_TEST

START_TEST(more_than_the_most_fails_for_good)
{
	struct bytes bytes = { 0 };

	ck_assert_ptr_nonnull(bytes_extend(&bytes, BYTES_MAX));
	ck_assert(!bytes.failed);
	ck_assert_ptr_null(bytes_extend(&bytes, 1));
	ck_assert(bytes.failed);
	ck_assert_ptr_null(bytes.data);
	ck_assert_uint_eq(bytes.used, 0);
	ck_assert_ptr_null(bytes_extend(&bytes, 1));
	bytes_add(&bytes, "x", 1);
	ck_assert_uint_eq(bytes.used, 0);
	bytes_free(&bytes);
	ck_assert(!bytes.failed);
	bytes_add(&bytes, "0123456789", 10);
	ck_assert_ptr_null(bytes_extend(&bytes, BYTES_MAX - 9));
	ck_assert(bytes.failed);
	ck_assert_ptr_null(bytes.data);
}
END_TEST

static const struct {
	uint64_t value;
	size_t len;
} numbers[] = { { 0, 1 },	   { 1, 1 },	      { 127, 1 },
		{ 128, 2 },	   { 16383, 2 },      { 16384, 3 },
		{ 2097151, 3 },	   { UINT32_MAX, 5 }, { UINT64_C(1) << 63, 10 },
		{ UINT64_MAX, 10 } };

START_TEST(a_number_takes_as_many_bytes_as_it_needs)
{
	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++) {
		struct bytes bytes = { 0 };
		struct reader reader;

		bytes_number(&bytes, numbers[i].value);
		ck_assert_uint_eq(bytes.used, numbers[i].len);
		reader = (struct reader){ bytes.data, bytes.used, false };
		ck_assert_uint_eq(reader_number(&reader), numbers[i].value);
		ck_assert_uint_eq(reader.left, 0);
		ck_assert(!reader.failed);
		/* the last byte is missing */
		reader = (struct reader){ bytes.data, bytes.used - 1, false };
		ck_assert_uint_eq(reader_number(&reader), 0);
		ck_assert(reader.failed);
		bytes_free(&bytes);
	}
}
END_TEST

static const struct {
	int64_t value;
	size_t len;
} around_0[] = {
	{ 0, 1 },  { -1, 1 },  { 1, 1 },	  { 63, 1 },	     { -64, 1 },
	{ 64, 2 }, { -65, 2 }, { INT64_MAX, 10 }, { INT64_MIN, 10 },
};

START_TEST(numbers_about_0_are_short_on_either_side)
{
	for (size_t i = 0; i < sizeof(around_0) / sizeof(*around_0); i++) {
		struct bytes bytes = { 0 };
		struct reader reader;

		bytes_signed(&bytes, around_0[i].value);
		ck_assert_uint_eq(bytes.used, around_0[i].len);
		reader = (struct reader){ bytes.data, bytes.used, false };
		ck_assert_int_eq(reader_signed(&reader), around_0[i].value);
		bytes_free(&bytes);
	}
}
END_TEST

START_TEST(a_reader_stays_within_its_bytes)
{
	static const uint8_t data[16] = { 3, 'a', 'b', 'c', 2, 'd' };
	uint8_t endless[11];
	struct reader reader = { data, 4, false }, part;

	ck_assert_ptr_eq(reader_take(&reader, 0), data);
	part = reader_part(&reader);
	ck_assert_ptr_eq(part.at, data + 1);
	ck_assert_uint_eq(part.left, 3);
	ck_assert(!part.failed && !reader.failed);
	ck_assert_uint_eq(reader.left, 0);
	/* one byte is there of two */
	reader = (struct reader){ data + 4, 2, false };
	part = reader_part(&reader);
	ck_assert(part.failed && reader.failed);
	/* and once it has failed, nothing is read */
	ck_assert_uint_eq(reader.left, 1);
	ck_assert_ptr_null(reader_take(&reader, 1));
	ck_assert_ptr_null(reader_take(&reader, 0));
	memset(endless, 0x80, sizeof(endless));
	reader = (struct reader){ endless, sizeof(endless), false };
	ck_assert_uint_eq(reader_number(&reader), 0);
	ck_assert(reader.failed);
	ck_assert_uint_eq(reader.left, 1);
}
END_TEST

/* As it is defined, a bit at a time */
static uint32_t plain_crc(uint32_t crc, const uint8_t *at, size_t len)
{
	crc = ~crc;
	for (; len--; at++) {
		crc ^= *at;
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0x82f63b78 : 0);
	}
	return ~crc;
}

START_TEST(the_checksum_is_that_of_castagnoli)
{
	uint8_t data[300];

	ck_assert_uint_eq(crc32c(0, "123456789", 9), 0xe3069283);
	ck_assert_uint_eq(crc32c(0, "", 0), 0);
	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(i * 167 + (i >> 3) * 13 + 1);
	for (size_t len = 0; len <= sizeof(data); len++)
		ck_assert_uint_eq(crc32c(0, data, len),
				  plain_crc(0, data, len));
	ck_assert_uint_eq(crc32c(crc32c(0, data, 100), data + 100, 200),
			  crc32c(0, data, 300));
}
END_TEST

/* ---- rows ---- */

/* Sorted by length; @group tells the order before */
static void check_sorted(const uint32_t *len, size_t count)
{
	struct frame_row *rows = calloc(count + 1, sizeof(*rows));
	struct frame_row **row = calloc(count + 1, sizeof(*row));

	for (size_t i = 0; i < count; i++) {
		rows[i] = (struct frame_row){ .len = len[i],
					      .group = (uint32_t)i };
		row[i] = &rows[i];
	}
	ck_assert_int_eq(frame_sort_rows(row, count), 0);
	for (size_t i = 0; i + 1 < count; i++) {
		ck_assert_uint_le(row[i]->len, row[i + 1]->len);
		if (row[i]->len == row[i + 1]->len)
			ck_assert_uint_lt(row[i]->group, row[i + 1]->group);
	}
	free(rows);
	free(row);
}

START_TEST(rows_are_sorted_by_all_of_their_length)
{
	static const uint32_t mixed[] = {
		300,	 5,	    70000,	5,	    0x01000001,
		256,	 255,	    254,	0,	    0xff000000,
		511,	 0xff00,    0xff0000,	0x00ff00ff, 5,
		1,	 257,	    0xffffffff, 16,	    0x10000,
		0x20000, 0x1000000,
	};
	static const uint32_t same[] = { 88, 88, 88 };
	/* the last byte alone tells them apart, so that one pass moves them */
	static const uint32_t last[] = { 3, 2, 1, 2, 255 };
	/* two passes: they are where they were, and sorted */
	static const uint32_t two[] = { 0x0201, 0x0102, 0x0101, 0x0202 };

	check_sorted(mixed, sizeof(mixed) / sizeof(*mixed));
	check_sorted(same, 3);
	check_sorted(last, 5);
	check_sorted(two, 4);
	check_sorted(NULL, 0);
}
END_TEST

enum { SHORT = 3, SHORTS = 5, LONG = 9, LONGS = 19 };

START_TEST(columns_are_the_same_bytes_by_place)
{
	size_t size = SHORT * SHORTS + LONG * LONGS;
	uint8_t data[SHORT * SHORTS + LONG * LONGS], columns[sizeof(data) + 8],
		wanted[sizeof(data)], sum[sizeof(data)];
	struct frame_row row[SHORTS + LONGS], *rows[SHORTS + LONGS];
	size_t at = 0, to = 0;

	for (size_t i = 0; i < size; i++)
		data[i] = (uint8_t)(i * 31 % 251 % 7 ? i * 31 % 251 : 0);
	for (size_t i = 0; i < SHORTS + LONGS; i++) {
		row[i].at = (uint32_t)at;
		row[i].len = i < SHORTS ? SHORT : LONG;
		at += row[i].len;
		rows[i] = &row[i];
	}
	for (size_t byte = 0; byte < SHORT; byte++)
		for (size_t i = 0; i < SHORTS; i++)
			wanted[to++] = data[row[i].at + byte];
	for (size_t byte = 0; byte < LONG; byte++)
		for (size_t i = SHORTS; i < SHORTS + LONGS; i++)
			wanted[to++] = data[row[i].at + byte];
	memset(columns, 0xee, sizeof(columns));
	frame_transpose(columns, rows, SHORTS + LONGS, data, true);
	ck_assert_mem_eq(columns, wanted, size);
	ck_assert_int_eq(columns[size], 0xee);
	memset(sum, 200, size);
	frame_transpose(columns, rows, SHORTS + LONGS, sum, false);
	for (size_t i = 0; i < size; i++)
		ck_assert_int_eq(sum[i], (uint8_t)(data[i] + 200));
	frame_transpose(columns, rows, 0, sum, false);
}
END_TEST

enum { TIMER = 18, EXPIRES = 68 };

static uint32_t forward(uint16_t type, uint32_t len, bool timer,
			uint32_t expires, uint32_t elapsed)
{
	uint8_t row[MESSAGE_FIXED] = { [TIMER] = timer };

	memcpy(row + EXPIRES, &expires, sizeof(expires));
	frame_forward(row, len, type, elapsed);
	memcpy(&expires, row + EXPIRES, sizeof(expires));
	return expires;
}

START_TEST(timers_that_run_come_nearer)
{
	ck_assert_uint_eq(forward(4, MESSAGE_FIXED, true, 5000, 1000), 4000);
	ck_assert_uint_eq(forward(4, MESSAGE_FIXED, true, 1000, 1000), 0);
	/* it was set again meanwhile */
	ck_assert_uint_eq(forward(4, MESSAGE_FIXED, true, 999, 1000), 999);
	ck_assert_uint_eq(forward(4, MESSAGE_FIXED, false, 5000, 1000), 5000);
	ck_assert_uint_eq(forward(4, MESSAGE_FIXED - 1, true, 5000, 1000),
			  5000);
	ck_assert_uint_eq(forward(7, MESSAGE_FIXED, true, 5000, 1000), 5000);
}
END_TEST

START_TEST(payloads_are_what_is_no_row)
{
	struct frame_group group[] = { { .type = 1 },
				       { .type = 4, .keyed = true },
				       { .type = 8 } };
	uint8_t data[] = "one-keyed-three";
	struct frame_row row[] = { { 0, 3, 0 }, { 4, 5, 1 }, { 10, 5, 2 } };
	struct frame frame = {
		group, row, 3, 3, { .data = data, .used = sizeof(data) - 1 }
	};
	struct bytes out = { 0 };

	frame_payloads(NULL, &out);
	ck_assert_uint_eq(out.used, 0);
	frame_payloads(&frame, &out);
	ck_assert_uint_eq(out.used, 10);
	ck_assert_mem_eq(out.data, "\003one\005three", 10);
	bytes_free(&out);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("codec");
	TCase *tests = tcase_create("codec");

	tcase_add_test(tests, a_buffer_grows_and_keeps_what_it_has);
	tcase_add_test(tests, more_than_the_most_fails_for_good);
	tcase_add_test(tests, a_number_takes_as_many_bytes_as_it_needs);
	tcase_add_test(tests, numbers_about_0_are_short_on_either_side);
	tcase_add_test(tests, a_reader_stays_within_its_bytes);
	tcase_add_test(tests, the_checksum_is_that_of_castagnoli);
	tcase_add_test(tests, rows_are_sorted_by_all_of_their_length);
	tcase_add_test(tests, columns_are_the_same_bytes_by_place);
	tcase_add_test(tests, timers_that_run_come_nearer);
	tcase_add_test(tests, payloads_are_what_is_no_row);
	suite_add_tcase(suite, tests);
	return unit_run(suite);
}

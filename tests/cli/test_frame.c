// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_frame.c - frames on top of each other: what is decoded is what was */
#include "frame_made.h"
#include "unit.h"

#define MESSAGES 4
#define LENGTH	 120
#define TIMER	 18 /* places in a message */
#define COOKIE	 60
#define EXPIRES	 68

static const uint8_t prefix[FRAME_PREFIX];

/* @expires: of the timer; @value: what else is in it */
static void add_socket(struct frame *frame, uint64_t cookie, uint32_t expires,
		       uint8_t value)
{
	uint8_t *row = made_row(frame, NULL, LENGTH);

	memcpy(row, &(uint32_t){ LENGTH }, 4);
	memcpy(row + COOKIE, &cookie, sizeof(cookie));
	memcpy(row + EXPIRES, &expires, sizeof(expires));
	row[TIMER] = expires != 0;
	row[LENGTH - 1] = value;
}

static void add_payload(struct frame *frame, uint8_t value)
{
	uint8_t payload[20];

	memset(payload, value, sizeof(payload));
	made_payload(frame, 1, payload, sizeof(payload));
}

static void check_same(const struct frame *a, const struct frame *b)
{
	struct bytes x = { 0 }, y = { 0 };

	ck_assert_int_eq(frame_join(a, &x), 0);
	ck_assert_int_eq(frame_join(b, &y), 0);
	ck_assert_uint_eq(x.used, y.used);
	ck_assert_mem_eq(x.data, y.data, x.used);
	bytes_free(&x);
	bytes_free(&y);
}

/* @decoded: the base, as it was decoded; becomes @frame */
static void turn(const struct frame *frame, const struct frame *base,
		 struct frame *decoded)
{
	struct frame_decoder decoder = { 0 };
	struct bytes packed = { 0 };

	ck_assert_int_eq(frame_encode(frame, base, 1000, &packed), 0);
	ck_assert_int_eq(
		frame_decode(&decoder, packed.data, packed.used, decoded), 0);
	check_same(frame, decoded);
	frame_decoder_free(&decoder);
	bytes_free(&packed);
}

START_TEST(a_row_of_the_base_may_stand_in_the_frame_twice)
{
	struct frame base = { 0 }, frame = { 0 }, decoded = { 0 };

	add_payload(&base, 1);
	made_group(&base, MESSAGES, prefix, FRAME_PREFIX);
	add_socket(&base, 7, 5000, 1);
	add_socket(&base, 8, 0, 2);
	add_payload(&frame, 2);
	made_group(&frame, MESSAGES, prefix, FRAME_PREFIX);
	add_socket(&frame, 8, 0, 2);
	add_socket(&frame, 7, 4000, 1);
	add_socket(&frame, 7, 3500, 9);
	add_socket(&frame, 9, 600, 3);
	add_socket(&frame, 7, 4000, 1);
	turn(&base, NULL, &decoded);
	turn(&frame, &base, &decoded);
	frame_free(&base);
	frame_free(&frame);
	frame_free(&decoded);
}
END_TEST

START_TEST(rows_that_are_gone_take_no_memory)
{
	struct frame base = { 0 }, decoded = { 0 };

	for (unsigned int look = 0; look < 40; look++) {
		struct frame frame = { 0 };

		add_payload(&frame, (uint8_t)look);
		made_group(&frame, MESSAGES, prefix, FRAME_PREFIX);
		for (unsigned int i = 0; i < 100; i++)
			add_socket(&frame, look * 30 + i, i % 2 * 9000,
				   (uint8_t)(i % 9 ? i : look));
		turn(&frame, look ? &base : NULL, &decoded);
		ck_assert_uint_le(decoded.bytes.used,
				  frame.bytes.used + frame.bytes.used / 2);
		frame_free(&base);
		base = frame;
	}
	frame_free(&base);
	frame_free(&decoded);
}
END_TEST

START_TEST(what_is_damaged_leaves_an_empty_frame)
{
	struct frame frame = { 0 }, decoded = { 0 };
	struct frame_decoder decoder = { 0 };
	struct bytes packed = { 0 };

	made_group(&frame, MESSAGES, prefix, FRAME_PREFIX);
	add_socket(&frame, 7, 0, 1);
	turn(&frame, NULL, &decoded);
	ck_assert_int_eq(frame_encode(&frame, &frame, 0, &packed), 0);
	ck_assert_int_lt(
		frame_decode(&decoder, packed.data, packed.used - 1, &decoded),
		0);
	ck_assert_ptr_null(decoded.row);
	ck_assert_ptr_null(decoded.bytes.data);
	/* of which this one needs a row */
	ck_assert_int_lt(
		frame_decode(&decoder, packed.data, packed.used, &decoded), 0);
	frame_decoder_free(&decoder);
	bytes_free(&packed);
	frame_free(&frame);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("frame");
	TCase *tests = tcase_create("frame");

	tcase_add_test(tests, a_row_of_the_base_may_stand_in_the_frame_twice);
	tcase_add_test(tests, rows_that_are_gone_take_no_memory);
	tcase_add_test(tests, what_is_damaged_leaves_an_empty_frame);
	suite_add_tcase(suite, tests);
	return unit_run(suite);
}

// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_split.c - a capture taken apart into rows, and put together again */
#include "frame_made.h"
#include "unit.h"

#include <errno.h>

enum { HEAD = 24, SECTION = 32, FULL = 262144 };
enum { CLOCK = 1, MESSAGES = 4, HOLDERS = 7, END = 0xffff };

static const uint8_t first[FRAME_PREFIX] = { 1, 2, 3 },
		     second[FRAME_PREFIX] = { 1, 2, 4 };
static const uint8_t of_holders[8] = { 1 };

static uint8_t *add_message(struct frame *frame, uint32_t len, uint8_t value)
{
	uint8_t *row = made_row(frame, NULL, len);

	memset(row, value, len);
	memset(row + 8, 0, 8);
	memcpy(row, &len, sizeof(len));
	return row;
}

static void add_holder(struct frame *frame, uint32_t inode, uint8_t value)
{
	uint8_t *row = made_row(frame, NULL, 16);

	memcpy(row, &(uint32_t){ 12 }, 4);
	memcpy(row + 4, &inode, 4);
	row[8] = value;
}

static uint32_t number_at(const uint8_t *at)
{
	uint32_t value;

	memcpy(&value, at, sizeof(value));
	return value;
}

static uint16_t short_at(const uint8_t *at)
{
	uint16_t value;

	memcpy(&value, at, sizeof(value));
	return value;
}

/* struct sections - of a capture, as tcpmem-capture(5) has them */
struct sections {
	size_t count;
	size_t at[40];
	uint16_t type[40];
	size_t len[40];
};

/* Each number of each head is right. */
static struct sections check_capture(const struct bytes *capture)
{
	static const uint8_t magic[16] = "\x89TCM\r\n\x1a\n\4\3\2\1\1";
	struct sections found = { 0 };
	uint64_t payload = 0, last[2];
	size_t at = HEAD;

	ck_assert_mem_eq(capture->data, magic, 16);
	ck_assert_uint_eq(number_at(capture->data + 16), 0);
	ck_assert_uint_eq(number_at(capture->data + 20),
			  crc32c(0, capture->data, 20));
	for (;; found.count++) {
		const uint8_t *head = capture->data + at;
		size_t len = number_at(head + 12), padded = (len + 7) & ~7u;

		ck_assert_uint_lt(found.count, 40);
		ck_assert_uint_le(at + SECTION + padded, capture->used);
		ck_assert_uint_eq(number_at(head), 0x63655354);
		ck_assert_uint_eq(number_at(head + 8), found.count);
		ck_assert_uint_eq(number_at(head + 16), at);
		ck_assert_uint_eq(number_at(head + 20), 0);
		ck_assert_uint_eq(number_at(head + 24),
				  crc32c(0, head + SECTION, padded));
		ck_assert_uint_eq(number_at(head + 28), crc32c(0, head, 28));
		for (size_t i = len; i < padded; i++)
			ck_assert_int_eq(head[SECTION + i], 0);
		found.at[found.count] = at;
		found.type[found.count] = short_at(head + 4);
		found.len[found.count] = len;
		at += SECTION + padded;
		if (short_at(head + 4) == END)
			break;
		payload += len;
	}
	ck_assert_uint_eq(at, capture->used);
	memcpy(last, capture->data + at - sizeof(last), sizeof(last));
	ck_assert_uint_eq(found.len[found.count], sizeof(last));
	ck_assert_uint_eq(last[0], found.count);
	ck_assert_uint_eq(last[1], payload);
	return found;
}

static struct bytes join(struct frame *frame)
{
	struct bytes capture = { 0 };

	ck_assert_int_eq(frame_join(frame, &capture), 0);
	frame_free(frame);
	return capture;
}

/* Three messages of two namespaces, and two holders */
static struct bytes make_capture(void)
{
	struct frame frame = { 0 };

	made_payload(&frame, CLOCK, "a clock, 21 bytes ...", 21);
	made_group(&frame, MESSAGES, first, sizeof(first));
	add_message(&frame, 88, 5);
	add_message(&frame, 97, 6);
	made_group(&frame, MESSAGES, second, sizeof(second));
	add_message(&frame, 120, 7);
	made_group(&frame, HOLDERS, of_holders, sizeof(of_holders));
	add_holder(&frame, 9, 1);
	add_holder(&frame, 4, 2);
	return join(&frame);
}

START_TEST(a_capture_is_rows_of_groups)
{
	static const uint32_t len[] = { 21, 88, 97, 120, 16, 16 },
			      group[] = { 0, 1, 1, 2, 3, 3 };
	struct bytes capture = make_capture(), again = { 0 };
	struct sections found = check_capture(&capture);
	struct frame frame, copy;

	ck_assert_uint_eq(found.count, 4);
	ck_assert_uint_eq(found.type[1], MESSAGES);
	/* 24 bytes of prefix, 88, 97 and its own end */
	ck_assert_uint_eq(found.len[1], 24 + 88 + 97);
	ck_assert_int_eq(frame_split(capture.data, capture.used, &frame), 0);
	ck_assert_uint_eq(frame.groups, 4);
	ck_assert_uint_eq(frame.rows, 6);
	for (size_t i = 0; i < 6; i++) {
		ck_assert_uint_eq(frame.row[i].len, len[i]);
		ck_assert_uint_eq(frame.row[i].group, group[i]);
	}
	ck_assert(!frame.group[0].keyed);
	ck_assert_uint_eq(frame.group[1].rows, 2);
	ck_assert_mem_eq(frame.group[2].prefix, second, sizeof(second));
	ck_assert_uint_eq(frame.group[3].prefix_len, 8);
	/* holders by inode */
	ck_assert_uint_eq(number_at(frame.bytes.data + frame.row[4].at + 4), 4);
	ck_assert_uint_eq(number_at(frame.bytes.data + frame.row[5].at + 4), 9);
	ck_assert_int_eq(frame_copy(&frame, &copy), 0);
	frame_free(&frame);
	ck_assert_ptr_null(frame.row);
	/* its rows, one behind the other */
	ck_assert_uint_eq(copy.bytes.used, 21 + 88 + 97 + 120 + 32);
	ck_assert_uint_eq(copy.groups, 4);
	ck_assert_uint_eq(copy.rows, 6);
	ck_assert_int_eq(frame_join(&copy, &again), 0);
	ck_assert_uint_eq(again.used, capture.used);
	frame_free(&copy);
	bytes_free(&again);
	bytes_free(&capture);
}
END_TEST

/* The number of the dialogue with the kernel is another one each time. */
START_TEST(what_belongs_to_the_dialogue_is_0)
{
	struct frame frame = { 0 };
	struct bytes capture;

	made_group(&frame, MESSAGES, first, sizeof(first));
	memset(add_message(&frame, 88, 3) + 8, 0xaa, 8);
	capture = join(&frame);
	ck_assert_int_eq(frame_split(capture.data, capture.used, &frame), 0);
	for (size_t i = 4; i < 88; i++)
		ck_assert_int_eq(frame.bytes.data[frame.row[0].at + i],
				 i < 8 || i >= 16 ? 3 : 0);
	frame_free(&frame);
	bytes_free(&capture);
	/* of other types, all stays */
	made_payload(&frame, 9, "0123456789abcdef", 16);
	capture = join(&frame);
	ck_assert_int_eq(frame_split(capture.data, capture.used, &frame), 0);
	ck_assert_mem_eq(frame.bytes.data + frame.row[0].at, "0123456789abcdef",
			 16);
	frame_free(&frame);
	bytes_free(&capture);
}
END_TEST

/* What was written in several sections is one group, if nothing differs. */
START_TEST(sections_of_one_kind_are_one_group)
{
	struct frame frame = { 0 };
	struct bytes capture;

	made_group(&frame, MESSAGES, first, sizeof(first));
	add_message(&frame, 88, 1);
	made_group(&frame, MESSAGES, first, sizeof(first));
	add_message(&frame, 88, 2);
	made_group(&frame, MESSAGES, first, sizeof(first));
	frame.group[2].flags = 1;
	add_message(&frame, 88, 3);
	made_payload(&frame, CLOCK, "one", 3);
	made_payload(&frame, CLOCK, "two", 3);
	made_group(&frame, HOLDERS, of_holders, sizeof(of_holders));
	made_group(&frame, MESSAGES, of_holders, sizeof(of_holders));
	frame.group[frame.groups - 1].prefix_len = FRAME_PREFIX;
	add_message(&frame, 88, 4);
	capture = join(&frame);
	ck_assert_int_eq(frame_split(capture.data, capture.used, &frame), 0);
	ck_assert_uint_eq(frame.groups, 6);
	ck_assert_uint_eq(frame.group[0].rows, 2);
	ck_assert_uint_eq(frame.group[1].flags, 1);
	ck_assert_uint_eq(frame.group[1].rows, 1);
	ck_assert_uint_eq(frame.group[2].rows, 1);
	ck_assert_uint_eq(frame.group[3].rows, 1);
	ck_assert_uint_eq(frame.group[4].rows, 0);
	ck_assert_uint_eq(frame.group[5].type, MESSAGES);
	frame_free(&frame);
	bytes_free(&capture);
}
END_TEST

START_TEST(holders_of_an_inode_keep_their_order)
{
	static const uint8_t order[] = { 4, 1, 3, 2, 5 };
	static const uint32_t inode[] = { 7, 9, 7, 2, 0xfffffff0 };
	struct frame frame = { 0 };
	struct bytes capture;

	made_group(&frame, MESSAGES, first, sizeof(first));
	add_message(&frame, 88, 1);
	made_group(&frame, HOLDERS, of_holders, sizeof(of_holders));
	for (uint8_t i = 0; i < 5; i++)
		add_holder(&frame, inode[i], i + 1);
	made_payload(&frame, CLOCK, "behind them", 11);
	capture = join(&frame);
	ck_assert_int_eq(frame_split(capture.data, capture.used, &frame), 0);
	for (size_t i = 0; i < 5; i++)
		ck_assert_uint_eq(frame.bytes.data[frame.row[1 + i].at + 8],
				  order[i]);
	frame_free(&frame);
	bytes_free(&capture);
}
END_TEST

/* As full as they may be; each has the prefix of its group */
START_TEST(many_rows_are_several_sections)
{
	struct frame frame = { 0 };
	struct sections found;
	struct bytes capture;

	made_group(&frame, MESSAGES, first, sizeof(first));
	/* with head and prefix, 2048 of them fill a section */
	for (int i = 0; i < 5000; i++)
		add_message(&frame, i ? 128 : 128 - SECTION - FRAME_PREFIX, 9);
	capture = join(&frame);
	found = check_capture(&capture);
	ck_assert_uint_eq(found.count, 3);
	ck_assert_uint_eq(found.len[0], FULL - SECTION);
	for (size_t i = 0; i < found.count; i++) {
		ck_assert_uint_le(found.len[i] + SECTION, FULL);
		ck_assert_mem_eq(capture.data + found.at[i] + SECTION, first,
				 sizeof(first));
	}
	ck_assert_int_eq(frame_split(capture.data, capture.used, &frame), 0);
	ck_assert_uint_eq(frame.groups, 1);
	ck_assert_uint_eq(frame.rows, 5000);
	for (size_t i = 1; i < frame.rows; i++)
		ck_assert_uint_eq(frame.row[i].len, 128);
	frame_free(&frame);
	bytes_free(&capture);
}
END_TEST

START_TEST(groups_are_as_many_as_there_are)
{
	struct frame frame = { 0 };
	struct bytes capture;

	for (uint32_t i = 0; i < 700; i++)
		made_payload(&frame, (uint16_t)(i % 50 + 8), &i, sizeof(i));
	capture = join(&frame);
	ck_assert_int_eq(frame_split(capture.data, capture.used, &frame), 0);
	ck_assert_uint_eq(frame.groups, 700);
	for (uint32_t i = 0; i < 700; i++) {
		ck_assert_uint_eq(frame.group[i].type, i % 50 + 8);
		ck_assert_uint_eq(number_at(frame.bytes.data + frame.row[i].at),
				  i);
	}
	frame_free(&frame);
	bytes_free(&capture);
}
END_TEST

/* ---- what is none ---- */

static int split(const struct bytes *capture, size_t len)
{
	struct frame frame;
	int ret = frame_split(capture->data, len, &frame);

	if (ret) {
		ck_assert_ptr_null(frame.group);
		ck_assert_ptr_null(frame.row);
		ck_assert_ptr_null(frame.bytes.data);
	}
	frame_free(&frame);
	return ret;
}

/* Return: what becomes of it with a number of four bytes put there */
static int with(size_t at, uint32_t value)
{
	struct bytes capture = make_capture();
	int ret;

	memcpy(capture.data + at, &value, sizeof(value));
	ret = split(&capture, capture.used);
	bytes_free(&capture);
	return ret;
}

START_TEST(a_capture_is_whole_and_begins_as_one)
{
	struct bytes capture = make_capture();
	size_t end = capture.used - SECTION - 16;

	for (size_t len = 0; len < capture.used; len++)
		ck_assert_int_eq(split(&capture, len), -EBADMSG);
	ck_assert_int_eq(split(&capture, capture.used), 0);
	for (size_t i = 0; i < 8; i++) {
		capture.data[i] ^= 1;
		ck_assert_int_eq(split(&capture, capture.used), -EBADMSG);
		capture.data[i] ^= 1;
	}
	/* what follows the end is not read */
	memcpy(capture.data + end + 12, &(uint32_t){ 0 }, 4);
	ck_assert_int_eq(split(&capture, end + SECTION), 0);
	ck_assert_int_eq(split(&capture, end + SECTION - 1), -EBADMSG);
	bytes_free(&capture);
	ck_assert_int_eq(
		split(&(struct bytes){ .data = NULL }, (size_t)FRAME_MAX + 1),
		-ENOMEM);
}
END_TEST

START_TEST(a_section_fits)
{
	struct bytes capture = make_capture();
	struct sections found = check_capture(&capture);
	size_t last = found.at[4], left = capture.used - last - SECTION;

	bytes_free(&capture);
	ck_assert_int_eq(with(found.at[1], 0x63655355), -EBADMSG);
	ck_assert_int_eq(with(last + 12, (uint32_t)left), 0);
	ck_assert_int_eq(with(last + 12, (uint32_t)left + 1), -EBADMSG);
	ck_assert_int_eq(with(last + 12, UINT32_MAX), -EBADMSG);
}
END_TEST

/* Return: what becomes of a section with so many bytes */
static int split_one(uint16_t type, size_t len)
{
	static const uint8_t bytes[FRAME_PREFIX + 3];
	struct frame frame = { 0 };
	struct bytes capture;
	int ret;

	made_payload(&frame, type, bytes, len);
	capture = join(&frame);
	ret = split(&capture, capture.used);
	bytes_free(&capture);
	return ret;
}

START_TEST(a_prefix_fits)
{
	ck_assert_int_eq(split_one(MESSAGES, FRAME_PREFIX), 0);
	ck_assert_int_eq(split_one(MESSAGES, FRAME_PREFIX - 1), -EBADMSG);
	ck_assert_int_eq(split_one(HOLDERS, 8), 0);
	ck_assert_int_eq(split_one(HOLDERS, 7), -EBADMSG);
	ck_assert_int_eq(split_one(CLOCK, 1), 0);
	/* three bytes behind it are no row */
	ck_assert_int_eq(split_one(MESSAGES, FRAME_PREFIX + 3), -EBADMSG);
	ck_assert_int_eq(split_one(HOLDERS, 11), -EBADMSG);
}
END_TEST

START_TEST(a_row_fits)
{
	struct bytes capture = make_capture();
	struct sections found = check_capture(&capture);
	size_t message = found.at[2] + SECTION + FRAME_PREFIX;
	size_t holder = found.at[3] + SECTION + 8 + 16;

	bytes_free(&capture);
	ck_assert_int_eq(with(message, 120), 0);
	ck_assert_int_eq(with(message, 121), -EBADMSG);
	ck_assert_int_eq(with(message, 0), -EBADMSG);
	ck_assert_int_eq(with(message, 15), -EBADMSG);
	/* of what is left then, the first four bytes are a length */
	ck_assert_int_eq(with(message, 116), -EBADMSG);
	ck_assert_int_eq(with(holder, 12), 0);
	ck_assert_int_eq(with(holder, 13), -EBADMSG);
	ck_assert_int_eq(with(holder, 11), -EBADMSG);
	ck_assert_int_eq(with(holder, 0), -EBADMSG);
	ck_assert_int_eq(with(holder, UINT32_MAX - 3), -EBADMSG);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("split");
	TCase *tests = tcase_create("split");

	tcase_add_test(tests, a_capture_is_rows_of_groups);
	tcase_add_test(tests, what_belongs_to_the_dialogue_is_0);
	tcase_add_test(tests, sections_of_one_kind_are_one_group);
	tcase_add_test(tests, holders_of_an_inode_keep_their_order);
	tcase_add_test(tests, many_rows_are_several_sections);
	tcase_add_test(tests, groups_are_as_many_as_there_are);
	tcase_add_test(tests, a_capture_is_whole_and_begins_as_one);
	tcase_add_test(tests, a_section_fits);
	tcase_add_test(tests, a_prefix_fits);
	tcase_add_test(tests, a_row_fits);
	suite_add_tcase(suite, tests);
	return unit_run(suite);
}

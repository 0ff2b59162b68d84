// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_decode.c - "nothing that a file says is believed" */
#include "frame_made.h"
#include "store/codec.h"
#include "unit.h"

#include <errno.h>

enum { KEYED = 9 };

static const uint8_t prefix[FRAME_PREFIX] = { 1 };

/*
 * struct encoding - what zstd would have unpacked
 * @base_payload: the base has a payload before its rows
 */
struct encoding {
	struct bytes groups;
	struct bytes stream[STREAM_COUNT];
	struct bytes payloads;
	bool base_payload;
};

static void put_group(struct encoding *e, uint32_t prefix_len, uint32_t rows)
{
	static const uint8_t long_prefix[FRAME_PREFIX + 1] = { 1 };

	bytes_number(&e->groups, KEYED);
	bytes_number(&e->groups, 0);
	bytes_number(&e->groups, prefix_len);
	bytes_add(&e->groups, long_prefix, prefix_len);
	bytes_number(&e->groups, rows);
}

static void put_run(struct encoding *e, uint64_t fresh, int64_t from,
		    uint64_t copied)
{
	struct bytes *runs = &e->stream[STREAM_RUNS];

	bytes_number(runs, fresh);
	bytes_signed(runs, from);
	bytes_number(runs, copied);
}

/* Of a base of two rows, of 20 and 24 bytes: a new one, and both of them, the
 * second of which has changed */
static void begin(struct encoding *e)
{
	*e = (struct encoding){ 0 };
	put_group(e, FRAME_PREFIX, 3);
	put_run(e, 1, 0, 2);
	bytes_signed(&e->stream[STREAM_LENGTHS], 16);
	bytes_add(&e->stream[STREAM_NEW], "0123456789abcdef", 16);
	bytes_number(&e->stream[STREAM_CHANGED], 1);
	memset(bytes_extend(&e->stream[STREAM_DELTA], 24), 1, 24);
}

static void restart(struct encoding *e, enum stream stream)
{
	bytes_free(&e->stream[stream]);
}

static void make_base(struct frame *base, bool payload)
{
	uint8_t *row;

	*base = (struct frame){ 0 };
	if (payload)
		made_payload(base, 1, "a payload of a section", 22);
	made_group(base, KEYED, prefix, sizeof(prefix));
	row = made_row(base, NULL, 20);
	memset(row, 'a', 20);
	row = made_row(base, NULL, 24);
	memset(row, 'b', 24);
}

/* @frame: NULL, or receives it. Frees @e. */
static int finish(struct encoding *e, struct frame *frame)
{
	struct frame_decoder decoder = { 0 };
	struct bytes plain = { 0 };
	struct frame own;
	int ret;

	bytes_number(&plain, 0);
	bytes_number(&plain, 1);
	bytes_add(&plain, e->groups.data, e->groups.used);
	for (int i = 0; i < STREAM_COUNT; i++) {
		bytes_number(&plain, e->stream[i].used);
		bytes_add(&plain, e->stream[i].data, e->stream[i].used);
		bytes_free(&e->stream[i]);
	}
	bytes_add(&plain, e->payloads.data, e->payloads.used);
	bytes_free(&e->payloads);
	bytes_free(&e->groups);
	/* of earlier use, so that what is not set is the same each time */
	decoder.reused = calloc(16, sizeof(*decoder.reused));
	frame = frame ? frame : &own;
	make_base(frame, e->base_payload);
	ret = frame_unpack(&decoder, plain.data, plain.used, frame);
	if (ret) {
		ck_assert_ptr_null(frame->row);
		ck_assert_ptr_null(frame->group);
		ck_assert_ptr_null(frame->bytes.data);
	}
	if (frame == &own)
		frame_free(&own);
	frame_decoder_free(&decoder);
	bytes_free(&plain);
	return ret;
}

static void check_row(const struct frame *frame, size_t number,
		      const char *text)
{
	const struct frame_row *row = &frame->row[number];

	ck_assert_uint_eq(row->len, strlen(text));
	ck_assert_mem_eq(frame->bytes.data + row->at, text, row->len);
}

START_TEST(rows_are_new_copied_or_changed)
{
	struct encoding e;
	struct frame frame;

	begin(&e);
	ck_assert_int_eq(finish(&e, &frame), 0);
	ck_assert_uint_eq(frame.groups, 1);
	ck_assert_uint_eq(frame.rows, 3);
	ck_assert_uint_eq(frame.group[0].type, KEYED);
	ck_assert_uint_eq(frame.group[0].rows, 3);
	ck_assert(frame.group[0].keyed);
	ck_assert_mem_eq(frame.group[0].prefix, prefix, sizeof(prefix));
	check_row(&frame, 0, "0123456789abcdef");
	check_row(&frame, 1, "aaaaaaaaaaaaaaaaaaaa");
	check_row(&frame, 2, "cccccccccccccccccccccccc");
	frame_free(&frame);
}
END_TEST

START_TEST(a_row_may_be_copied_twice)
{
	struct encoding e;
	struct frame frame;

	begin(&e);
	restart(&e, STREAM_RUNS);
	/* a run begins at so many rows from where the last one ended */
	put_run(&e, 1, 1, 1);
	put_run(&e, 0, -1, 1);
	restart(&e, STREAM_CHANGED);
	restart(&e, STREAM_DELTA);
	ck_assert_int_eq(finish(&e, &frame), 0);
	check_row(&frame, 1, "bbbbbbbbbbbbbbbbbbbbbbbb");
	check_row(&frame, 2, "bbbbbbbbbbbbbbbbbbbbbbbb");
	ck_assert_uint_ne(frame.row[1].at, frame.row[2].at);
	frame_free(&frame);
	begin(&e);
	restart(&e, STREAM_RUNS);
	put_run(&e, 1, 1, 1);
	put_run(&e, 0, -2, 1);
	restart(&e, STREAM_CHANGED);
	restart(&e, STREAM_DELTA);
	ck_assert_int_eq(finish(&e, &frame), 0);
	check_row(&frame, 2, "aaaaaaaaaaaaaaaaaaaa");
	frame_free(&frame);
}
END_TEST

START_TEST(payloads_follow_the_rows)
{
	struct encoding e;
	struct frame frame;

	begin(&e);
	e.base_payload = true;
	restart(&e, STREAM_RUNS);
	put_run(&e, 1, 1, 2);
	ck_assert_int_eq(finish(&e, &frame), 0);
	check_row(&frame, 2, "cccccccccccccccccccccccc");
	frame_free(&frame);
	/* the payload of the base is no row that may be copied */
	for (int from = 0; from <= 1; from++) {
		begin(&e);
		e.base_payload = true;
		bytes_free(&e.groups);
		put_group(&e, FRAME_PREFIX, 2);
		restart(&e, STREAM_RUNS);
		put_run(&e, 1, from, 1);
		restart(&e, STREAM_CHANGED);
		restart(&e, STREAM_DELTA);
		ck_assert_int_eq(finish(&e, NULL), from ? 0 : -EBADMSG);
	}
	begin(&e);
	bytes_free(&e.groups);
	put_group(&e, 0, 1);
	for (int i = 0; i < STREAM_COUNT; i++)
		restart(&e, (enum stream)i);
	bytes_number(&e.payloads, 5);
	bytes_add(&e.payloads, "12345", 5);
	ck_assert_int_eq(finish(&e, &frame), 0);
	ck_assert(!frame.group[0].keyed);
	check_row(&frame, 0, "12345");
	frame_free(&frame);
	for (int more = -1; more <= 1; more += 2) {
		begin(&e);
		bytes_free(&e.groups);
		put_group(&e, 0, 1);
		for (int i = 0; i < STREAM_COUNT; i++)
			restart(&e, (enum stream)i);
		bytes_number(&e.payloads, (uint64_t)(5 + more));
		bytes_add(&e.payloads, "12345", 5);
		ck_assert_int_eq(finish(&e, NULL), -EBADMSG);
	}
}
END_TEST

START_TEST(groups_are_checked)
{
	struct encoding e;

	begin(&e);
	bytes_free(&e.groups);
	put_group(&e, FRAME_PREFIX + 1, 3);
	ck_assert_int_eq(finish(&e, NULL), -EBADMSG);
	begin(&e);
	bytes_free(&e.groups);
	put_group(&e, FRAME_PREFIX, FRAME_MAX / 16 + 1);
	ck_assert_int_eq(finish(&e, NULL), -EBADMSG);
	/* more rows than runs, and fewer */
	for (uint32_t rows = 2; rows <= 4; rows += 2) {
		begin(&e);
		bytes_free(&e.groups);
		put_group(&e, FRAME_PREFIX, rows);
		ck_assert_int_eq(finish(&e, NULL), -EBADMSG);
	}
}
END_TEST

START_TEST(as_many_groups_as_bytes_at_most)
{
	struct frame_decoder decoder = { 0 };
	struct frame frame = { 0 };
	struct bytes plain = { 0 };

	bytes_number(&plain, 0);
	bytes_number(&plain, UINT64_MAX);
	ck_assert_int_eq(frame_unpack(&decoder, plain.data, plain.used, &frame),
			 -EBADMSG);
	plain.used = 0;
	bytes_number(&plain, 0);
	bytes_number(&plain, 0);
	for (int i = 0; i < STREAM_COUNT; i++)
		bytes_number(&plain, 0);
	ck_assert_int_eq(frame_unpack(&decoder, plain.data, plain.used, &frame),
			 0);
	ck_assert_uint_eq(frame.rows, 0);
	for (size_t len = 0; len < plain.used; len++)
		ck_assert_int_eq(
			frame_unpack(&decoder, plain.data, len, &frame),
			-EBADMSG);
	frame_free(&frame);
	frame_decoder_free(&decoder);
	bytes_free(&plain);
}
END_TEST

START_TEST(runs_are_checked)
{
	static const struct {
		uint64_t fresh;
		int64_t from;
		uint64_t copied;
		int ret;
	} runs[] = {
		{ 1, 0, 2, 0 },
		/* of rows that the base does not have */
		{ 1, 1, 2, -EBADMSG },
		{ 1, -1, 2, -EBADMSG },
		{ 1, 2, 2, -EBADMSG },
		/* more than there is */
		{ 1, 0, 3, -EBADMSG },
		{ 2, 0, 2, -EBADMSG },
		/* and less */
		{ 1, 0, 1, -EBADMSG },
		{ 0, 0, 2, -EBADMSG },
	};
	struct encoding e;

	for (size_t i = 0; i < sizeof(runs) / sizeof(*runs); i++) {
		begin(&e);
		restart(&e, STREAM_RUNS);
		put_run(&e, runs[i].fresh, runs[i].from, runs[i].copied);
		ck_assert_int_eq(finish(&e, NULL), runs[i].ret);
	}
	/* an empty one may follow, one of something may not */
	begin(&e);
	put_run(&e, 0, 0, 0);
	ck_assert_int_eq(finish(&e, NULL), 0);
	begin(&e);
	put_run(&e, 1, 0, 0);
	ck_assert_int_eq(finish(&e, NULL), -EBADMSG);
	begin(&e);
	put_run(&e, 0, 0, 1);
	ck_assert_int_eq(finish(&e, NULL), -EBADMSG);
	begin(&e);
	bytes_number(&e.stream[STREAM_RUNS], 0);
	ck_assert_int_eq(finish(&e, NULL), -EBADMSG);
	/* nor may anything stand behind one that is not used up */
	begin(&e);
	restart(&e, STREAM_RUNS);
	put_run(&e, 1, 0, 3);
	put_run(&e, 0, 0, 0);
	ck_assert_int_eq(finish(&e, NULL), -EBADMSG);
}
END_TEST

START_TEST(new_rows_are_checked)
{
	struct encoding e;
	struct frame frame;

	/* each is 16 bytes at least */
	begin(&e);
	restart(&e, STREAM_LENGTHS);
	bytes_signed(&e.stream[STREAM_LENGTHS], 15);
	e.stream[STREAM_NEW].used = 15;
	ck_assert_int_eq(finish(&e, NULL), -EBADMSG);
	begin(&e);
	restart(&e, STREAM_LENGTHS);
	bytes_signed(&e.stream[STREAM_LENGTHS], (int64_t)FRAME_MAX + 1);
	ck_assert_int_eq(finish(&e, NULL), -EBADMSG);
	begin(&e);
	restart(&e, STREAM_LENGTHS);
	ck_assert_int_eq(finish(&e, NULL), -EBADMSG);
	/* their bytes are all that there are */
	begin(&e);
	e.stream[STREAM_NEW].used--;
	ck_assert_int_eq(finish(&e, NULL), -EBADMSG);
	begin(&e);
	bytes_add(&e.stream[STREAM_NEW], "x", 1);
	ck_assert_int_eq(finish(&e, NULL), -EBADMSG);
	/* lengths are told by how they differ: 16, then 18 */
	begin(&e);
	restart(&e, STREAM_RUNS);
	put_run(&e, 2, 0, 1);
	bytes_signed(&e.stream[STREAM_LENGTHS], 2);
	restart(&e, STREAM_NEW);
	bytes_add(&e.stream[STREAM_NEW], "0123456789abcdef", 16);
	bytes_add(&e.stream[STREAM_NEW], "ABCDEFGHIJKLMNOPQR", 18);
	restart(&e, STREAM_CHANGED);
	restart(&e, STREAM_DELTA);
	ck_assert_int_eq(finish(&e, &frame), 0);
	check_row(&frame, 0, "0123456789abcdef");
	check_row(&frame, 1, "ABCDEFGHIJKLMNOPQR");
	check_row(&frame, 2, "aaaaaaaaaaaaaaaaaaaa");
	frame_free(&frame);
}
END_TEST

START_TEST(changes_are_checked)
{
	struct bytes *changed;
	struct encoding e;
	struct frame frame;

	/* the first of the two, or both */
	begin(&e);
	changed = &e.stream[STREAM_CHANGED];
	restart(&e, STREAM_CHANGED);
	bytes_number(changed, 0);
	e.stream[STREAM_DELTA].used = 20;
	ck_assert_int_eq(finish(&e, &frame), 0);
	check_row(&frame, 1, "bbbbbbbbbbbbbbbbbbbb");
	check_row(&frame, 2, "bbbbbbbbbbbbbbbbbbbbbbbb");
	frame_free(&frame);
	begin(&e);
	restart(&e, STREAM_CHANGED);
	bytes_number(changed, 0);
	bytes_number(changed, 0);
	memset(bytes_extend(&e.stream[STREAM_DELTA], 20), 2, 20);
	ck_assert_int_eq(finish(&e, &frame), 0);
	/* the shorter one's stand first */
	check_row(&frame, 1, "bbbbbbbbbbbbbbbbbbbb");
	frame_free(&frame);
	/* a third one, or one that is told in part */
	begin(&e);
	bytes_number(changed, 0);
	ck_assert_int_eq(finish(&e, NULL), -EBADMSG);
	begin(&e);
	restart(&e, STREAM_CHANGED);
	bytes_number(changed, 2);
	ck_assert_int_eq(finish(&e, NULL), -EBADMSG);
	begin(&e);
	bytes_add(changed, "\x80", 1);
	ck_assert_int_eq(finish(&e, NULL), -EBADMSG);
	/* none, with bytes for one; and too few of them, or too many */
	begin(&e);
	restart(&e, STREAM_CHANGED);
	ck_assert_int_eq(finish(&e, NULL), -EBADMSG);
	begin(&e);
	e.stream[STREAM_DELTA].used--;
	ck_assert_int_eq(finish(&e, NULL), -EBADMSG);
	begin(&e);
	bytes_add(&e.stream[STREAM_DELTA], "x", 1);
	ck_assert_int_eq(finish(&e, NULL), -EBADMSG);
}
END_TEST

/* Three rows of 20 bytes; @from, @count: those that stay */
static size_t size_without(int64_t from, uint64_t count)
{
	struct frame_decoder decoder = { 0 };
	struct encoding e = { 0 };
	struct bytes plain = { 0 };
	struct frame frame = { 0 };
	size_t used;

	made_group(&frame, KEYED, prefix, sizeof(prefix));
	for (int i = 0; i < 3; i++)
		made_row(&frame, NULL, 20);
	put_group(&e, FRAME_PREFIX, (uint32_t)count);
	put_run(&e, 0, from, count);
	bytes_number(&plain, 0);
	bytes_number(&plain, 1);
	bytes_add(&plain, e.groups.data, e.groups.used);
	for (int i = 0; i < STREAM_COUNT; i++) {
		bytes_number(&plain, e.stream[i].used);
		bytes_add(&plain, e.stream[i].data, e.stream[i].used);
		bytes_free(&e.stream[i]);
	}
	ck_assert_int_eq(frame_unpack(&decoder, plain.data, plain.used, &frame),
			 0);
	used = frame.bytes.used;
	frame_free(&frame);
	frame_decoder_free(&decoder);
	bytes_free(&e.groups);
	bytes_free(&plain);
	return used;
}

START_TEST(holes_are_no_more_than_half_of_what_is_used)
{
	ck_assert_uint_eq(size_without(0, 3), 60);
	ck_assert_uint_eq(size_without(1, 2), 60);
	ck_assert_uint_eq(size_without(1, 1), 20);
	ck_assert_uint_eq(size_without(0, 0), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("decode");
	TCase *tests = tcase_create("decode");

	tcase_add_test(tests, rows_are_new_copied_or_changed);
	tcase_add_test(tests, a_row_may_be_copied_twice);
	tcase_add_test(tests, payloads_follow_the_rows);
	tcase_add_test(tests, groups_are_checked);
	tcase_add_test(tests, as_many_groups_as_bytes_at_most);
	tcase_add_test(tests, runs_are_checked);
	tcase_add_test(tests, new_rows_are_checked);
	tcase_add_test(tests, changes_are_checked);
	tcase_add_test(tests, holes_are_no_more_than_half_of_what_is_used);
	suite_add_tcase(suite, tests);
	return unit_run(suite);
}

// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_anonymize.c - no address, no argument, no key and no name of the host */
#include "frame_made.h"
#include "store/anonymize.h"
#include "store/codec.h"
#include "unit.h"

#include <errno.h>

/* ---- addresses ---- */

static void check_address(struct pseudonyms *names, const uint8_t *from,
			  const uint8_t *wanted, bool v6)
{
	uint8_t at[16];
	size_t len = v6 ? 16 : 4;

	memset(at, 0xee, sizeof(at));
	memcpy(at, from, len);
	pseudonyms_address(names, at, v6);
	ck_assert_mem_eq(at, wanted, len);
	for (size_t i = len; i < sizeof(at); i++)
		ck_assert_int_eq(at[i], 0xee);
}

START_TEST(each_address_has_a_pseudonym_of_its_own)
{
	static const uint8_t v4[][4] = { { 10, 0, 0, 1 },
					 { 10, 0, 0, 2 },
					 { 126, 255, 255, 255 },
					 { 128, 0, 0, 1 },
					 { 0, 0, 0, 1 } };
	static const uint8_t stay[][4] = { { 0 },
					   { 127, 0, 0, 1 },
					   { 127, 255, 0, 9 } };
	static const uint8_t any[16], loopback[16] = { [15] = 1 };
	static const uint8_t v6[16] = { 0xfd, [15] = 1 };
	uint8_t mapped[16] = { [10] = 0xff, [11] = 0xff, 10, 0, 0, 2 };
	struct pseudonyms names = { .host = "" };

	for (int round = 0; round < 2; round++)
		for (uint8_t i = 0; i < 5; i++)
			check_address(&names, v4[i],
				      (const uint8_t[]){ 240, 0, 0, i + 1 },
				      false);
	for (size_t i = 0; i < 3; i++)
		check_address(&names, stay[i], stay[i], false);
	check_address(&names, any, any, true);
	check_address(&names, loopback, loopback, true);
	check_address(&names, v6,
		      (const uint8_t[]){ 0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0,
					 0, 0, 0, 0, 0, 6 },
		      true);
	/* the same address in either form */
	check_address(&names, mapped,
		      (const uint8_t[]){ [10] = 0xff, 0xff, 240, 0, 0, 2 },
		      true);
	for (int i = 0; i < 300; i++)
		pseudonyms_address(
			&names,
			(uint8_t[]){ 11, 0, (uint8_t)(i >> 8), (uint8_t)i },
			false);
	check_address(&names, (const uint8_t[]){ 12, 0, 0, 0 },
		      (const uint8_t[]){ 240, 0, 1, 51 }, false);
	ck_assert(!names.failed);
	pseudonyms_free(&names);
}
END_TEST

/* ---- texts ---- */

static const struct {
	const char *text;
	const char *wanted;
} texts[] = {
	{ "", "" },
	{ "no address", "no address" },
	{ "10.0.0.1", "240.0.0.1" },
	{ "10.0.0.1:80-10.0.0.2:41234", "240.0.0.1:80-240.0.0.2:41234" },
	{ "sshd@0-10.0.0.1:22-10.0.0.2:9.service",
	  "sshd@0-240.0.0.1:22-240.0.0.2:9.service" },
	{ "[fd00::1]:80", "[2001:db8::1]:80" },
	{ "::ffff:10.0.0.1", "::ffff:240.0.0.1" },
	{ "::1 and ::", "::1 and ::" },
	{ "127.0.0.1, 0.0.0.0", "127.0.0.1, 0.0.0.0" },
	/* a word that has one in it is none */
	{ "a10.0.0.1", "a10.0.0.1" },
	{ "10.0.0.1a", "10.0.0.1a" },
	{ "10.0.0.1z", "10.0.0.1z" },
	{ "10.0.0", "10.0.0" },
	{ "10.0.0.256", "10.0.0.256" },
	/* of what could be one, the longest that is one */
	{ "10.0.0.1.", "240.0.0.1." },
	{ "10.0.0.1:", "240.0.0.1:" },
	{ "fd00::1:", "2001:db8::1:" },
	/* the longest there are */
	{ "fd00:1111:2222:3333:4444:5555:6666:7777.", "2001:db8::1." },
	{ "fd00:1111:2222:3333:4444:5555:255.255.255.255", "2001:db8::1" },
	/* the host, and what stands before its first dot */
	{ "web.example.com", "anonymous" },
	{ "web", "anonymous" },
	{ "of web.example.com:80, web-1", "of anonymous:80, anonymous-1" },
	{ "web.example.org", "anonymous.example.org" },
	{ "webs aweb web1 we", "webs aweb web1 we" },
	{ "web.example.comm", "anonymous.example.comm" },
};

static void check_text(const char *host, const char *text, size_t len,
		       const char *wanted)
{
	struct pseudonyms names = { .host = "unused" };
	struct bytes out = { 0 };

	pseudonyms_text(&names, host, text, len, &out);
	ck_assert_msg(out.used == strlen(wanted) &&
			      memcmp(out.data ? out.data : (uint8_t *)"",
				     wanted, out.used) == 0,
		      "%s: %.*s", text, (int)out.used, (char *)out.data);
	pseudonyms_free(&names);
	bytes_free(&out);
}

START_TEST(texts_have_other_addresses)
{
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		check_text("web.example.com", texts[i].text,
			   strlen(texts[i].text), texts[i].wanted);
	check_text("", "web of 10.0.0.1", 15, "web of 240.0.0.1");
	check_text("web", "web and web.a", 13, "anonymous and anonymous.a");
	/* a text has no end but its length */
	check_text("web", "10.0.0.12", 8, "240.0.0.1");
	check_text("web", "webs", 3, "anonymous");
	check_text("web", "web", 2, "we");
}
END_TEST

/* ---- captures ---- */

static void put_u32(struct bytes *out, uint32_t value)
{
	bytes_add(out, &value, sizeof(value));
}

/* A record: @skip bytes, texts, and @behind them; padded */
static void put_record(struct bytes *out, size_t skip, const char *const *text,
		       const char *behind)
{
	struct bytes record = { 0 };

	for (size_t i = 0; i < skip; i++)
		bytes_add(&record, &(uint8_t){ (uint8_t)(i + 1) }, 1);
	for (; *text; text++) {
		put_u32(&record, (uint32_t)strlen(*text));
		bytes_add(&record, *text, strlen(*text));
	}
	bytes_add(&record, behind, strlen(behind));
	put_u32(out, (uint32_t)record.used);
	bytes_add(out, record.data, record.used);
	bytes_add(out, "\0\0\0", -record.used & 3);
	bytes_free(&record);
}

/* Return: 0, and the one section that becomes of one; or an error */
static int apply(uint16_t type, const struct bytes *section,
		 struct frame *frame)
{
	struct pseudonyms names = { .host = "web" };
	struct bytes capture = { 0 };
	struct frame made = { 0 };
	int ret;

	made_payload(&made, type, section->data, section->used);
	ck_assert_int_eq(frame_join(&made, &capture), 0);
	frame_free(&made);
	ret = pseudonyms_apply(&names, &capture);
	*frame = (struct frame){ 0 };
	if (ret == 0)
		ck_assert_int_eq(frame_split(capture.data, capture.used, frame),
				 0);
	pseudonyms_free(&names);
	bytes_free(&capture);
	return ret;
}

static const struct {
	uint16_t type;
	size_t skip;
	const char *text[5];
	const char *wanted[5];
} sections[] = {
	{ 3, 12, { "web-10.0.0.1" }, { "anonymous-240.0.0.1" } },
	/* a program may be called as the host; arguments are not told */
	{ 6,
	  20,
	  { "web", "/bin/web", "/web/10.0.0.9", "web --password=x" },
	  { "web", "/bin/web", "/anonymous/240.0.0.1", "----------------" } },
	{ 8, 8, { "/web.slice" }, { "/anonymous.slice" } },
	{ 11, 0, { "web", "of 10.0.0.1" }, { "anonymous", "of 240.0.0.1" } },
	{ 14, 0, { "10.0.0.1", "web" }, { "240.0.0.1", "anonymous" } },
	/* what has no texts of that kind stays */
	{ 1, 16, { "web" }, { "web" } },
	{ 9, 0, { "web" }, { "web" } },
	{ 15, 4, { "10.0.0.1" }, { "10.0.0.1" } },
};

START_TEST(records_have_other_texts)
{
	for (size_t i = 0; i < sizeof(sections) / sizeof(*sections); i++) {
		struct bytes section = { 0 }, wanted = { 0 };
		struct frame frame;

		/* two of them: with something behind the texts, and without */
		put_record(&section, sections[i].skip, sections[i].text,
			   "behind it");
		put_record(&section, sections[i].skip, sections[i].text, "");
		put_record(&wanted, sections[i].skip, sections[i].wanted,
			   "behind it");
		put_record(&wanted, sections[i].skip, sections[i].wanted, "");
		ck_assert_int_eq(apply(sections[i].type, &section, &frame), 0);
		ck_assert_uint_eq(frame.rows, 1);
		ck_assert_uint_eq(frame.row->len, wanted.used);
		ck_assert_mem_eq(frame.bytes.data + frame.row->at, wanted.data,
				 wanted.used);
		frame_free(&frame);
		bytes_free(&section);
		bytes_free(&wanted);
	}
}
END_TEST

START_TEST(records_that_do_not_fit_are_refused)
{
	static const char *const text[] = { "web", NULL };
	struct bytes section = { 0 };
	struct frame frame;

	put_record(&section, 8, text, "");
	ck_assert_int_eq(apply(8, &section, &frame), 0);
	frame_free(&frame);
	/* without the bytes that fill it up, it is whole */
	section.used--;
	ck_assert_int_eq(apply(8, &section, &frame), 0);
	frame_free(&frame);
	section.used--;
	ck_assert_int_eq(apply(8, &section, &frame), -EBADMSG);
	/* of a record without texts, the rest is what it has */
	section.used = 0;
	put_record(&section, 5, text + 1, "");
	ck_assert_int_eq(apply(8, &section, &frame), 0);
	ck_assert_uint_eq(frame.row->len, section.used);
	frame_free(&frame);
	/* a text that is longer than its record */
	section.used = 0;
	put_record(&section, 8, text, "");
	section.data[4 + 8] = 4;
	ck_assert_int_eq(apply(8, &section, &frame), -EBADMSG);
	section.used = 3;
	ck_assert_int_eq(apply(8, &section, &frame), -EBADMSG);
	bytes_free(&section);
}
END_TEST

/* Two addresses of a record without counters, of either family */
static void put_dark(struct bytes *out, bool v6)
{
	uint8_t record[28 + 32 + 5] = { 0 };

	record[8] = (uint8_t)(v6 | 8);
	memcpy(record + 28, (const uint8_t[]){ 10, 0, 0, 7 }, 4);
	memcpy(record + 28 + 16, (const uint8_t[]){ 10, 0, 0, 8 }, 4);
	put_u32(out, sizeof(record));
	bytes_add(out, record, sizeof(record));
	bytes_add(out, "\0\0\0", 3);
}

START_TEST(sockets_that_no_dump_has_have_other_addresses)
{
	struct bytes section = { 0 };
	const uint8_t *data;
	struct frame frame;

	put_dark(&section, false);
	put_dark(&section, true);
	ck_assert_int_eq(apply(12, &section, &frame), 0);
	ck_assert_uint_eq(frame.row->len, section.used);
	data = frame.bytes.data + frame.row->at + 4;
	ck_assert_mem_eq(data + 28, ((const uint8_t[]){ 240, 0, 0, 1 }), 4);
	ck_assert_mem_eq(data + 44, ((const uint8_t[]){ 240, 0, 0, 2 }), 4);
	data += 72;
	ck_assert_mem_eq(data + 28, ((const uint8_t[]){ 0x20, 1, 0x0d, 0xb8 }),
			 4);
	ck_assert_int_eq(data[28 + 15], 3);
	ck_assert_int_eq(data[44 + 15], 4);
	frame_free(&frame);
	/* one that is too short stays, as those behind it do */
	section.used = 0;
	put_dark(&section, false);
	section.data[0] = 28 + 31;
	ck_assert_int_eq(apply(12, &section, &frame), 0);
	ck_assert_mem_eq(frame.bytes.data + frame.row->at, section.data,
			 section.used);
	frame_free(&frame);
	section.data[0] = 28 + 32;
	ck_assert_int_eq(apply(12, &section, &frame), 0);
	ck_assert_int_eq(frame.bytes.data[frame.row->at + 4 + 28], 240);
	frame_free(&frame);
	bytes_free(&section);
}
END_TEST

enum { FAMILY = 16, ADDRESSES = 24 };

/* A message with attributes behind it. Return: what becomes of it */
static void rename_message(uint8_t family, const void *attributes, size_t len,
			   uint8_t out[200])
{
	static const uint8_t prefix[FRAME_PREFIX] = { 1 };
	struct pseudonyms names = { .host = "web" };
	struct frame frame = { 0 };
	struct bytes capture = { 0 };
	uint32_t size = (uint32_t)(MESSAGE_FIXED + len);
	uint8_t *row;

	made_group(&frame, 4, prefix, sizeof(prefix));
	row = made_row(&frame, NULL, size);
	memcpy(row, &size, sizeof(size));
	row[FAMILY] = family;
	memcpy(row + ADDRESSES, (const uint8_t[]){ 10, 0, 0, 7 }, 4);
	memcpy(row + ADDRESSES + 16, (const uint8_t[]){ 10, 0, 0, 8 }, 4);
	memcpy(row + MESSAGE_FIXED, attributes, len);
	ck_assert_int_eq(frame_join(&frame, &capture), 0);
	frame_free(&frame);
	ck_assert_int_eq(pseudonyms_apply(&names, &capture), 0);
	ck_assert_int_eq(frame_split(capture.data, capture.used, &frame), 0);
	ck_assert_uint_eq(frame.row->len, size);
	memcpy(out, frame.bytes.data + frame.row->at, size);
	frame_free(&frame);
	pseudonyms_free(&names);
	bytes_free(&capture);
}

START_TEST(messages_have_other_addresses)
{
	uint8_t out[200];

	rename_message(2, "", 0, out);
	ck_assert_mem_eq(out + ADDRESSES, ((const uint8_t[]){ 240, 0, 0, 1 }),
			 4);
	ck_assert_mem_eq(out + ADDRESSES + 16,
			 ((const uint8_t[]){ 240, 0, 0, 2 }), 4);
	rename_message(10, "", 0, out);
	ck_assert_mem_eq(out + ADDRESSES,
			 ((const uint8_t[]){ 0x20, 1, 0x0d, 0xb8 }), 4);
	ck_assert_int_eq(out[ADDRESSES + 15], 1);
	ck_assert_int_eq(out[ADDRESSES + 31], 2);
}
END_TEST

START_TEST(keys_are_blank)
{
	/* of 4 + 3 bytes, which take 8; a key of 4 + 5, and one behind it */
	static const uint8_t all[] = { 7,  0, 8,   0,	1,   2,	  3,   0, 9, 0,
				       14, 0, 'k', 'e', 'y', 's', '!', 0, 0, 0,
				       8,  0, 14,  0,	5,   6,	  7,   8 };
	/* lengths that are none: what they are of stays */
	static const uint8_t none[] = { 3, 0, 14, 0, 9 };
	static const uint8_t large[] = { 6, 0, 14, 0, 9 };
	static const uint8_t fits[] = { 5, 0, 14, 0, 9 };
	uint8_t out[200];

	rename_message(2, all, sizeof(all), out);
	ck_assert_mem_eq(out + MESSAGE_FIXED, all, 12);
	for (size_t i = 12; i < 20; i++)
		ck_assert_int_eq(out[MESSAGE_FIXED + i], 0);
	ck_assert_mem_eq(out + MESSAGE_FIXED + 20, all + 20, 4);
	for (size_t i = 24; i < 28; i++)
		ck_assert_int_eq(out[MESSAGE_FIXED + i], 0);
	rename_message(2, none, sizeof(none), out);
	ck_assert_mem_eq(out + MESSAGE_FIXED, none, sizeof(none));
	rename_message(2, large, sizeof(large), out);
	ck_assert_mem_eq(out + MESSAGE_FIXED, large, sizeof(large));
	rename_message(2, fits, sizeof(fits), out);
	ck_assert_int_eq(out[MESSAGE_FIXED + 4], 0);
	/* and of three bytes nothing is read */
	rename_message(2, "\5\0\16", 3, out);
	ck_assert_int_eq(out[MESSAGE_FIXED], 5);
}
END_TEST

/* What is too short to have addresses stays. */
START_TEST(a_short_message_stays)
{
	static const uint8_t prefix[FRAME_PREFIX] = { 1 };
	struct pseudonyms names = { .host = "web" };
	struct frame frame = { 0 };
	struct bytes capture = { 0 };
	uint32_t size = MESSAGE_FIXED - 1;
	uint8_t *row;

	made_group(&frame, 4, prefix, sizeof(prefix));
	row = made_row(&frame, NULL, size);
	memset(row, 10, size);
	memcpy(row, &size, sizeof(size));
	ck_assert_int_eq(frame_join(&frame, &capture), 0);
	frame_free(&frame);
	ck_assert_int_eq(pseudonyms_apply(&names, &capture), 0);
	ck_assert_int_eq(frame_split(capture.data, capture.used, &frame), 0);
	ck_assert_int_eq(frame.bytes.data[frame.row->at + ADDRESSES], 10);
	ck_assert_uint_eq(names.count, 0);
	frame_free(&frame);
	capture.used--;
	ck_assert_int_eq(pseudonyms_apply(&names, &capture), -EBADMSG);
	ck_assert_ptr_null(capture.data);
	pseudonyms_free(&names);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("anonymize");
	TCase *tests = tcase_create("anonymize");

	tcase_add_test(tests, each_address_has_a_pseudonym_of_its_own);
	tcase_add_test(tests, texts_have_other_addresses);
	tcase_add_test(tests, records_have_other_texts);
	tcase_add_test(tests, records_that_do_not_fit_are_refused);
	tcase_add_test(tests, sockets_that_no_dump_has_have_other_addresses);
	tcase_add_test(tests, messages_have_other_addresses);
	tcase_add_test(tests, keys_are_blank);
	tcase_add_test(tests, a_short_message_stays);
	suite_add_tcase(suite, tests);
	return unit_run(suite);
}

// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_capture_damage.c - what it promises about damaged and forged ones */
#include "capture_whole.h"
#include "stride.h"
#include "unit.h"

/* "A cut file gets an error naming the offset" */
START_TEST(prefixes_are_an_error)
{
	struct bytes b = make_capture();

	for (size_t len = 0; len < b.len; len += damage_stride()) {
		struct reading r = read_bytes(b.data, len, false);

		ck_assert_msg(r.ret == -EBADMSG, "prefix %zu: %d", len, r.ret);
		ck_assert_uint_eq(r.error.offset, len < 8 ? 0 : len);
		ck_assert_str_ne(r.error.text, "");
		free(r.text);
	}
	free(b.data);
}
END_TEST

/* "Every byte flipped: always an error"; each bit of it, too */
START_TEST(flipped_bits_are_an_error)
{
	struct bytes b = make_capture();

	for (size_t at = 0; at < b.len; at += damage_stride()) {
		for (int bit = 0; bit < 9; bit++) {
			uint8_t flip = bit < 8 ? (uint8_t)(1 << bit) : 0xff;
			struct reading r;

			b.data[at] ^= flip;
			r = read_bytes(b.data, b.len, false);
			ck_assert_msg(r.ret == -EBADMSG || r.ret == -ENOTSUP,
				      "byte %zu ^ %x: %d", at, flip, r.ret);
			ck_assert_uint_le(r.error.offset, b.len);
			ck_assert_str_ne(r.error.text, "");
			free(r.text);
			b.data[at] ^= flip;
		}
	}
	free(b.data);
}
END_TEST

/* "--salvage reads what is whole and lists a warning" */
START_TEST(salvage_reads_what_is_whole)
{
	struct bytes b = make_capture();

	for (size_t at = 0; at < b.len; at += damage_stride()) {
		struct reading r;
		int lost = 0;

		b.data[at] ^= 0xff;
		r = read_bytes(b.data, b.len, true);
		b.data[at] ^= 0xff;
		if (at < 8 || (r.ret == -ENOTSUP && at < 16)) {
			free(r.text);
			continue;
		}
		ck_assert_msg(r.ret == 0, "byte %zu: %d at %lu: %s", at, r.ret,
			      (unsigned long)r.error.offset, r.error.text);
		ck_assert_ptr_nonnull(strstr(r.text, "complete 0\n"));
		ck_assert_ptr_nonnull(
			strstr(r.text, "places of the file are damaged"));
		/* messages of one netns, protocol and role share a section */
		lost += !strstr(r.text, "cookie 1\n");
		lost += !strstr(r.text, "cookie 2\n");
		lost += !strstr(r.text, "cookie 3\n");
		lost += !strstr(r.text, "cookie 4\n");
		lost += !strstr(r.text, "cookie 5\n");
		ck_assert_int_le(lost, 1);
		free(r.text);
	}
	free(b.data);
}
END_TEST

START_TEST(salvage_reads_prefixes)
{
	struct bytes b = make_capture();

	for (size_t len = 24; len < b.len; len += damage_stride()) {
		struct reading r = read_bytes(b.data, len, true);

		ck_assert_int_eq(r.ret, 0);
		ck_assert_ptr_nonnull(
			strstr(r.text, "places of the file are damaged"));
		free(r.text);
	}
	free(b.data);
}
END_TEST

static void expect_refused(unsigned int type, const void *data, size_t len,
			   const char *text)
{
	struct bytes b = make_with_section(type, data, len);
	struct reading r = read_bytes(b.data, b.len, false);

	ck_assert_int_eq(r.ret, -EBADMSG);
	ck_assert_msg(strstr(r.error.text, text), "%s", r.error.text);
	free(r.text);
	r = read_bytes(b.data, b.len, true);
	ck_assert_int_eq(r.ret, 0);
	ck_assert_msg(strstr(r.text, text), "%s", r.text);
	free(r.text);
	free(b.data);
}

/* Checksums say that a file is as it was written, not that it makes sense. */
START_TEST(nonsense_with_a_checksum_is_refused)
{
	const uint32_t long_record[] = { 5000, 0 };
	const uint32_t long_text[] = { 12, 0, 0xffffffff, 0 };
	const uint32_t old_netns[] = { 16, 1, 1, 0, 0 };
	const uint32_t no_process[] = { 0, 0, 12, 5, 1, 9 };
	const uint32_t many_processes[] = { 0, 0, 12, 5, 0xffffffff, 9 };
	const uint32_t no_head[] = { 0, 6, 0, 0, 0, 0, 88 };
	const uint32_t short_len[] = { 0, 6, 0, 0, 0, 0, 8, 0, 0, 0 };
	const uint32_t long_len[] = { 0, 6, 0, 0, 0, 0, 99, 0, 0, 0 };

	expect_refused(TM_SECTION_QUERY, long_record, sizeof(long_record),
		       "a record that does not fit");
	expect_refused(TM_SECTION_HOST, long_text + 2, 8,
		       "a record that does not fit");
	expect_refused(TM_SECTION_WARNINGS, long_text, sizeof(long_text),
		       "a record that does not fit");
	expect_refused(TM_SECTION_NETNS, old_netns, sizeof(old_netns),
		       "numbers do not ascend");
	expect_refused(TM_SECTION_HOLDERS, no_process, sizeof(no_process),
		       "a holder that is no process");
	expect_refused(TM_SECTION_HOLDERS, many_processes,
		       sizeof(many_processes),
		       "a holder's processes do not fit");
	expect_refused(TM_SECTION_MESSAGES, "", 0, "messages of no namespace");
	expect_refused(TM_SECTION_MESSAGES, no_head, sizeof(no_head),
		       "a message without its head");
	expect_refused(TM_SECTION_MESSAGES, short_len, sizeof(short_len),
		       "a message of such a length");
	expect_refused(TM_SECTION_MESSAGES, long_len, sizeof(long_len),
		       "a message of such a length");
}
END_TEST

/* What a record of a dark socket begins with, in words, and where words are */
enum { DARK_NETNS = 1, DARK_STATE, DARK_SKMEM_WORDS = 18, DARK_OBJECT = 34 };

static void refuse_dark(size_t word, uint32_t value, const char *text)
{
	uint32_t record[35] = { 136, 0, TCPMEM_STATE_CLOSED };

	record[word] = value;
	expect_refused(TM_SECTION_DARK, record, sizeof(record), text);
}

START_TEST(a_dark_socket_that_cannot_be_is_refused)
{
	const char *const impossible = "a socket that cannot be";
	const uint32_t possible[35] = { 136, 1, TCPMEM_STATE_CLOSED };
	struct bytes b =
		make_with_section(TM_SECTION_DARK, possible, sizeof(possible));
	struct reading r = read_bytes(b.data, b.len, false);

	ck_assert_int_eq(r.ret, 0);
	ck_assert_ptr_nonnull(strstr(r.text, "dark netns blue state 7"));
	free(r.text);
	free(b.data);
	refuse_dark(DARK_NETNS, 2, "a socket of no namespace");
	refuse_dark(DARK_STATE, 0, impossible);
	refuse_dark(DARK_STATE, TCPMEM_STATE_MAX + 1, impossible);
	refuse_dark(DARK_STATE, 0x100 + TCPMEM_STATE_CLOSED, impossible);
	refuse_dark(DARK_SKMEM_WORDS, TM_SKMEM_WORDS + 1, impossible);
	refuse_dark(DARK_OBJECT, UINT16_MAX + 1, impossible);
}
END_TEST

/* A head whose checksum is right, in front of nothing that it promises. */
static struct reading read_section_head(struct tm_section_head head)
{
	struct bytes b = make_with_section(TM_SECTION_QUERY, "", 0);
	struct tm_crc32c crc;
	struct reading r;

	tm_crc32c_init(&crc);
	head.mark = TM_SECTION_MARK;
	head.crc =
		tm_crc32c(&crc, &head, offsetof(struct tm_section_head, crc));
	memcpy(b.data + sizeof(struct tm_capture_head), &head, sizeof(head));
	r = read_bytes(b.data, b.len, false);
	free(b.data);
	return r;
}

/* "lengths are checked against the limits before allocation" */
START_TEST(section_heads_are_not_believed)
{
	struct reading r;

	r = read_section_head((struct tm_section_head){
		.offset = 24, .length = 0xfffffff0, .type = 1 });
	ck_assert_int_eq(r.ret, -EBADMSG);
	ck_assert_uint_eq(r.error.offset, 24);
	ck_assert_str_eq(r.error.text, "section 0 (clock) of 4294967280 bytes, "
				       "the most is 524288");
	free(r.text);
	r = read_section_head(
		(struct tm_section_head){ .offset = 4096, .type = 4 });
	ck_assert_int_eq(r.ret, -EBADMSG);
	ck_assert_str_eq(r.error.text, "section 0 (messages) was at 4096: "
				       "bytes were lost or added");
	free(r.text);
}
END_TEST

START_TEST(other_files_are_refused)
{
	struct reading r = read_bytes("", 0, false);

	ck_assert_int_eq(r.ret, -EBADMSG);
	ck_assert_str_eq(r.error.text, "not a capture: the file is empty");
	free(r.text);
	r = read_bytes("\x7f"
		       "ELF and so on and so forth",
		       27, true);
	ck_assert_int_eq(r.ret, -EBADMSG);
	ck_assert_uint_eq(r.error.offset, 0);
	ck_assert_str_eq(r.error.text,
			 "not a capture: it begins with 7f 45 4c 46");
	free(r.text);
}
END_TEST

START_TEST(what_stands_behind_the_end_is_an_error)
{
	struct bytes b = make_capture();
	uint8_t *longer = realloc(b.data, b.len + 1);
	struct reading r;

	ck_assert_ptr_nonnull(longer);
	longer[b.len] = 0;
	r = read_bytes(longer, b.len + 1, false);
	ck_assert_int_eq(r.ret, -EBADMSG);
	ck_assert_uint_eq(r.error.offset, b.len);
	ck_assert_str_eq(r.error.text, "there are bytes behind the end");
	free(r.text);
	free(longer);
}
END_TEST

/* Each namespace with a limit: the fewest bytes that say so */
static int make_limited(uint32_t count)
{
	struct tm_capture_writer w;
	struct tm_limits limits;

	tm_limits_init(&limits);
	limit_of(&limits, "ListenDrops")->count_known = true;
	begin(&w);
	for (uint32_t i = 0; i < count; i++) {
		const struct tm_netns netns = { .inode = i + 1, .name = "" };

		ck_assert_int_eq(tm_capture_put_netns(&w, i, &netns), 0);
	}
	for (uint32_t i = 0; i < count; i++)
		ck_assert_int_eq(tm_capture_put_limits(&w, i, &limits), 0);
	return end_capture(&w);
}

/* "Of so many namespaces limits are read" */
START_TEST(limits_of_namespaces_are_bounded)
{
	const struct tm_capture_sink sink = { .limits = true };

	for (uint32_t more = 0; more < 2; more++) {
		uint32_t count = TM_CAPTURE_LIMITS_NETNS + more, read = 0;
		int fd = make_limited(count);
		struct tm_capture_error error;
		struct tm_capture capture;

		ck_assert_int_eq(
			tm_capture_read(fd, false, &sink, &capture, &error), 0);
		ck_assert_uint_eq(capture.netns_count, count);
		ck_assert_int_eq(capture.limits_left_out, more > 0);
		for (uint32_t i = 0; i < count; i++)
			read += capture.netns[i].limits != NULL;
		ck_assert_uint_eq(read, TM_CAPTURE_LIMITS_NETNS);
		tm_capture_clear(&capture);
		close(fd);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("capture damage");
	TCase *damaged = tcase_create("damaged");

	tcase_set_timeout(damaged, 300);
	tcase_add_test(damaged, prefixes_are_an_error);
	tcase_add_test(damaged, flipped_bits_are_an_error);
	tcase_add_test(damaged, salvage_reads_what_is_whole);
	tcase_add_test(damaged, salvage_reads_prefixes);
	tcase_add_test(damaged, nonsense_with_a_checksum_is_refused);
	tcase_add_test(damaged, a_dark_socket_that_cannot_be_is_refused);
	tcase_add_test(damaged, section_heads_are_not_believed);
	tcase_add_test(damaged, other_files_are_refused);
	tcase_add_test(damaged, limits_of_namespaces_are_bounded);
	tcase_add_test(damaged, what_stands_behind_the_end_is_an_error);
	suite_add_tcase(suite, damaged);
	return unit_run(suite);
}

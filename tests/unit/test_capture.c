// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_capture.c - what a capture promises about whole files */
#include "capture_whole.h"
#include "unit.h"

/* "facts -> a saved file -> facts" */
START_TEST(everything_comes_back)
{
	struct bytes b = make_capture();
	struct reading r = read_bytes(b.data, b.len, false);

	ck_assert_msg(r.ret == 0, "%d at %lu: %s", r.ret,
		      (unsigned long)r.error.offset, r.error.text);
	ck_assert_ptr_nonnull(strstr(
		r.text, "time 1700000000123456789 4242 "
			"0b7a5c1e-1111-2222-3333-444455556666 states 2ffe "
			"holders 1 complete 1\n"));
	ck_assert_ptr_nonnull(
		strstr(r.text, "message netns self tcp sockets 88 bytes "
			       "cookie 1\nrestart\n"
			       "message netns self mptcp sockets 88 bytes "
			       "cookie 2\n"
			       "message netns self tcp sockets 88 bytes "
			       "cookie 3\n"
			       "message netns blue tcp sockets 88 bytes "
			       "cookie 4\n"
			       "message netns self tcp listeners 88 bytes "
			       "cookie 5\n"));
	ck_assert_ptr_nonnull(strstr(
		r.text, "netns self 4026531840\nnetns blue 4026532000\n"
			"limit of the host: file-max "
			"9223372036854775807 from 0 used 99 count -1 \n"
			"ram 1073741824\n"
			"limit of blue: tcp_tw_recycle -1 from 0 used -1 "
			"count -1 gone since Linux 4.12\n"
			"limit of blue: ip_local_port_range 20 from "
			"40000 used -1 count -1 \n"
			"limit of blue: ListenDrops -1 from 0 used -1 "
			"count 7 \n"
			"dark netns blue state 7 kind dark flags 1 "
			"cookie c00cc00cc00cc00c cgroup 1234567890 "
			"20010000000000000000000000000002 "
			"20030000000000000000000000000004 ports 75 76 "
			"skmem 1001 1002 1003 1004 1005 1006 1007 1008 "
			"inode 7 uid 70 queues 71 72 if 73 mark 74 "
			"object 2521\n"
			"cgroup 77 \ncgroup 78 /blue\n"
			"program  in :  -1 -1 -1\n"
			"program /bin/two in /blue: two -x 10 8192 0\n"
			"inode 5 pid 10 uid 0 start 0 one\n"
			"inode 6 pid 10 uid 0 start 0 one\n"
			"inode 6 pid 20 uid 1000 start 77 two\n"
			"warning 0 only self\n"));
	ck_assert_ptr_nonnull(strstr(r.text, "object 0 2521 2\n"));
	free(r.text);
	free(b.data);
}
END_TEST

/* "unknown sections are skipped, later minor versions stay readable" */
START_TEST(later_minor_versions_are_read)
{
	struct bytes b = make_with_section(999, "what is this?", 13);
	struct tm_capture_head head;
	struct tm_crc32c crc;
	struct reading r;

	tm_crc32c_init(&crc);
	memcpy(&head, b.data, sizeof(head));
	head.minor = 7;
	head.crc =
		tm_crc32c(&crc, &head, offsetof(struct tm_capture_head, crc));
	memcpy(b.data, &head, sizeof(head));
	r = read_bytes(b.data, b.len, false);
	ck_assert_int_eq(r.ret, 0);
	ck_assert_ptr_nonnull(strstr(r.text, "netns blue 4026532000\n"));
	free(r.text);
	head.major = 2;
	head.crc =
		tm_crc32c(&crc, &head, offsetof(struct tm_capture_head, crc));
	memcpy(b.data, &head, sizeof(head));
	r = read_bytes(b.data, b.len, true);
	ck_assert_int_eq(r.ret, -ENOTSUP);
	ck_assert_uint_eq(r.error.offset, 12);
	ck_assert_str_eq(r.error.text, "format 2.7, this program reads 1.x");
	free(r.text);
	free(b.data);
}
END_TEST

/* Fields that a later version adds, and those that an older one had not */
START_TEST(records_may_be_longer_or_shorter)
{
	const uint32_t longer[] = { 16, 0x2ffe, 1, 7, 7 };
	const uint32_t shorter[] = { 4, 0x80 };
	struct bytes b =
		make_with_section(TM_SECTION_QUERY, longer, sizeof(longer));
	struct reading r = read_bytes(b.data, b.len, false);

	ck_assert_int_eq(r.ret, 0);
	ck_assert_ptr_nonnull(strstr(r.text, "states 2ffe holders 1"));
	free(r.text);
	free(b.data);
	b = make_with_section(TM_SECTION_QUERY, shorter, sizeof(shorter));
	r = read_bytes(b.data, b.len, false);
	ck_assert_int_eq(r.ret, 0);
	ck_assert_ptr_nonnull(strstr(r.text, "states 80 holders 0"));
	free(r.text);
	free(b.data);
}
END_TEST

/* "reading streams works": a pipe cannot be sought in */
START_TEST(a_pipe_is_read)
{
	struct bytes b = make_capture();
	struct reading straight, piped;
	int fds[2];

	ck_assert_int_eq(pipe(fds), 0);
	ck_assert_int_eq(write(fds[1], b.data, b.len), (ssize_t)b.len);
	close(fds[1]);
	straight = read_bytes(b.data, b.len, false);
	piped = read_fd(fds[0], false);
	ck_assert_int_eq(piped.ret, 0);
	ck_assert_str_eq(piped.text, straight.text);
	free(piped.text);
	free(straight.text);
	free(b.data);
}
END_TEST

/* More messages than the window holds, of which salvage loses one section. */
START_TEST(a_long_capture_is_read)
{
	enum { COUNT = 30000 };
	struct bytes b = make_long(COUNT);
	struct reading r;

	ck_assert_uint_gt(b.len, 2 * TM_INPUT_MAX);
	r = read_bytes(b.data, b.len, false);
	ck_assert_int_eq(r.ret, 0);
	ck_assert_uint_eq(r.messages, COUNT);
	free(r.text);
	b.data[b.len / 2] ^= 1;
	r = read_bytes(b.data, b.len, true);
	ck_assert_int_eq(r.ret, 0);
	ck_assert_ptr_nonnull(strstr(r.text, "cookie 0\n"));
	ck_assert_ptr_nonnull(strstr(r.text, "cookie 29999\n"));
	ck_assert_ptr_null(strstr(r.text, "cookie 15000\n"));
	ck_assert_ptr_nonnull(strstr(r.text, "1 places of the file"));
	free(r.text);
	free(b.data);
}
END_TEST

/* CRC-32C as RFC 3720 gives it for 32 zeroes, and for "123456789" */
START_TEST(the_checksum_is_crc32c)
{
	const uint8_t zero[32] = { 0 };
	struct tm_crc32c crc;

	tm_crc32c_init(&crc);
	ck_assert_uint_eq(tm_crc32c(&crc, zero, sizeof(zero)), 0x8a9136aa);
	ck_assert_uint_eq(tm_crc32c(&crc, "123456789", 9), 0xe3069283);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("capture");
	TCase *whole = tcase_create("whole");

	tcase_add_test(whole, everything_comes_back);
	tcase_add_test(whole, later_minor_versions_are_read);
	tcase_add_test(whole, records_may_be_longer_or_shorter);
	tcase_add_test(whole, a_pipe_is_read);
	tcase_add_test(whole, a_long_capture_is_read);
	tcase_add_test(whole, the_checksum_is_crc32c);
	suite_add_tcase(suite, whole);
	return unit_run(suite);
}

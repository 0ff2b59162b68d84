// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_capture_ss.c - raw dumps of "ss -D": read whole, damage told */
#include "capture_fixture.h"

#include "unit.h"

#include <errno.h>
#include <sys/socket.h>

static size_t put_done(uint8_t *buf, int code)
{
	const struct nlmsghdr nlh = { .nlmsg_len = NLMSG_LENGTH(sizeof(code)),
				      .nlmsg_type = NLMSG_DONE };

	memcpy(buf, &nlh, sizeof(nlh));
	memcpy(buf + sizeof(nlh), &code, sizeof(code));
	return nlh.nlmsg_len;
}

/* As ss writes it: IPv4, its end, IPv6, its end; and then another dump. */
static size_t make_dumps(uint8_t *buf)
{
	size_t len = 0;

	len += make_message(buf + len, AF_INET, 1);
	len += make_message(buf + len, AF_INET, 2);
	len += put_done(buf + len, 0);
	len += make_message(buf + len, AF_INET6, 3);
	len += put_done(buf + len, 0);
	len += make_message(buf + len, AF_INET, 4);
	len += put_done(buf + len, 0);
	return len;
}

/* "read (all of it: IPv4, IPv6, several dumps in one file)" */
START_TEST(all_dumps_of_a_file_are_read)
{
	uint8_t buf[1024];
	struct reading r = read_bytes(buf, make_dumps(buf), false);

	ck_assert_int_eq(r.ret, 0);
	ck_assert_msg(
		strstr(r.text,
		       "message netns unknown tcp sockets 88 bytes cookie 1\n"
		       "message netns unknown tcp sockets 88 bytes cookie 2\n"
		       "message netns unknown tcp sockets 88 bytes cookie 3\n"
		       "message netns unknown tcp sockets 88 bytes cookie 4\n") ==
			r.text,
		"%s", r.text);
	ck_assert_ptr_nonnull(strstr(r.text, "complete 0"));
	ck_assert_ptr_null(strstr(r.text, "warning"));
	free(r.text);
}
END_TEST

/* A dump without sockets is a dump, not an unknown file. */
START_TEST(empty_dumps_are_read)
{
	uint8_t buf[64];
	struct reading r;
	size_t len;

	len = put_done(buf, 0);
	len += put_done(buf + len, -ENOENT);
	r = read_bytes(buf, len, false);
	ck_assert_int_eq(r.ret, 0);
	ck_assert_ptr_null(strstr(r.text, "message"));
	ck_assert_ptr_nonnull(
		strstr(r.text, "a dump in the file ends with the error No such "
			       "file or directory"));
	free(r.text);
}
END_TEST

START_TEST(a_cut_dump_is_an_error)
{
	uint8_t buf[1024];
	size_t len = make_dumps(buf);

	for (size_t cut = 1; cut < len; cut++) {
		struct reading r = read_bytes(buf, cut, false);
		/* behind an end of a dump there need not be another one */
		bool whole = cut == 2 * 88 + 20 || cut == 3 * 88 + 40;

		ck_assert_msg(r.ret == (whole ? 0 : -EBADMSG), "cut %zu: %d",
			      cut, r.ret);
		if (!whole && cut >= 24)
			ck_assert_uint_eq(r.error.offset, cut);
		free(r.text);
		if (cut < sizeof(struct nlmsghdr))
			continue;
		r = read_bytes(buf, cut, true);
		ck_assert_int_eq(r.ret, 0);
		if (!whole)
			ck_assert_ptr_nonnull(strstr(r.text, "are damaged"));
		free(r.text);
	}
}
END_TEST

/* There is no checksum: what makes sense is believed, the rest is an error. */
START_TEST(a_flipped_bit_never_crashes)
{
	uint8_t buf[1024];
	size_t len = make_dumps(buf);

	for (size_t at = 0; at < len; at++) {
		for (int bit = 0; bit < 8; bit++) {
			struct reading r;

			buf[at] ^= (uint8_t)(1 << bit);
			r = read_bytes(buf, len, false);
			buf[at] ^= (uint8_t)(1 << bit);
			ck_assert(r.ret == 0 || r.ret == -EBADMSG);
			if (r.ret)
				ck_assert_str_ne(r.error.text, "");
			free(r.text);
		}
	}
}
END_TEST

START_TEST(what_is_no_message_is_told_with_its_place)
{
	const struct nlmsghdr link = { .nlmsg_len = 88, .nlmsg_type = 16 };
	uint8_t buf[1024];
	size_t len = make_dumps(buf);
	struct reading r;

	memcpy(buf + 88, &link, sizeof(link));
	r = read_bytes(buf, len, false);
	ck_assert_int_eq(r.ret, -EBADMSG);
	ck_assert_uint_eq(r.error.offset, 88);
	ck_assert_str_eq(r.error.text,
			 "no sock_diag message, but type 16, length 88");
	free(r.text);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("capture_ss");
	TCase *ss = tcase_create("ss");

	tcase_add_test(ss, all_dumps_of_a_file_are_read);
	tcase_add_test(ss, empty_dumps_are_read);
	tcase_add_test(ss, a_cut_dump_is_an_error);
	tcase_add_test(ss, a_flipped_bit_never_crashes);
	tcase_add_test(ss, what_is_no_message_is_told_with_its_place);
	suite_add_tcase(suite, ss);
	return unit_run(suite);
}

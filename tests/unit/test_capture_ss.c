// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_capture_ss.c - raw dumps of "ss -D": read whole, damage told */
#include "capture_fixture.h"
#include "reverse.h"
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
			ck_assert_ptr_nonnull(
				strstr(r.text, " 1 places of the file are "
					       "damaged"));
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

static int pass(const struct tm_capture_message *message,
		const struct tm_capture *capture, void *user)
{
	(void)message;
	(void)capture;
	return *(int *)user;
}

/* "only the namespace is filled in, unnamed"; "or what @sink returned" */
START_TEST(a_dump_does_not_name_its_host)
{
	int returned = 0;
	const struct tm_capture_sink sink = { .message = pass,
					      .user = &returned };
	struct tm_capture_error error;
	struct tm_capture capture;
	uint8_t buf[1024];
	size_t len = make_dumps(buf);
	int fd = memory_file(buf, len);

	ck_assert_int_eq(tm_capture_read(fd, false, &sink, &capture, &error),
			 0);
	ck_assert(capture.foreign);
	ck_assert(!capture.complete);
	ck_assert_uint_eq(capture.netns_count, 1);
	ck_assert_str_eq(capture.netns[0].name, "unknown");
	ck_assert_int_eq(capture.netns[0].time_wait, TCPMEM_UNKNOWN);
	ck_assert_int_eq(capture.netns[0].time_wait_max, TCPMEM_UNKNOWN);
	ck_assert_int_eq(capture.netns[0].fin_wait_2, TCPMEM_UNKNOWN);
	ck_assert_uint_eq(capture.netns[0].inode, 0);
	tm_capture_clear(&capture);
	returned = -ECANCELED;
	ck_assert_int_eq(lseek(fd, 0, SEEK_SET), 0);
	ck_assert_int_eq(tm_capture_read(fd, true, &sink, &capture, &error),
			 -ECANCELED);
	tm_capture_clear(&capture);
	close(fd);
}
END_TEST

/* A message of this length and type, zeroes but for its head, and an end */
static struct reading read_one(uint32_t len, uint16_t type, const char *text)
{
	size_t whole = NLMSG_ALIGN(len);
	uint8_t *buf = calloc(1, whole + 64);
	const struct nlmsghdr nlh = { .nlmsg_len = len, .nlmsg_type = type };
	struct reading r;

	memcpy(buf, &nlh, sizeof(nlh));
	whole += put_done(buf + whole, 0);
	r = read_bytes(buf, whole, false);
	ck_assert_int_eq(r.ret, text ? -EBADMSG : 0);
	if (text)
		ck_assert_msg(strstr(r.error.text, text), "%s", r.error.text);
	free(r.text);
	free(buf);
	return r;
}

/* "The kernel fills no larger buffer"; what is shorter has no head */
START_TEST(lengths_and_types_of_messages_are_known)
{
	static const char no_capture[] = "not a capture";

	ck_assert_uint_eq(read_one(16, SOCK_DIAG_BY_FAMILY, NULL).messages, 1);
	ck_assert_uint_eq(read_one(89, SOCK_DIAG_BY_FAMILY, NULL).messages, 1);
	ck_assert_uint_eq(read_one(65536, SOCK_DIAG_BY_FAMILY, NULL).messages,
			  1);
	ck_assert_uint_eq(read_one(88, TCPDIAG_GETSOCK, NULL).messages, 1);
	ck_assert_uint_eq(read_one(16, NLMSG_DONE, NULL).messages, 0);
	ck_assert_uint_eq(read_one(36, NLMSG_ERROR, NULL).messages, 0);
	read_one(15, SOCK_DIAG_BY_FAMILY, no_capture);
	read_one(65537, SOCK_DIAG_BY_FAMILY, no_capture);
	read_one(88, SOCK_DIAG_BY_FAMILY + 1, no_capture);
	read_one(88, NLMSG_NOOP, no_capture);
}
END_TEST

static void expect_end(int code, const char *text)
{
	uint8_t buf[64];
	struct reading r = read_bytes(buf, put_done(buf, code), false);

	ck_assert_int_eq(r.ret, 0);
	if (text)
		ck_assert_msg(strstr(r.text, text), "%s", r.text);
	else
		ck_assert_ptr_null(strstr(r.text, "warning"));
	free(r.text);
}

/* "what is beyond is no error number": the kernel's MAX_ERRNO is 4095 */
START_TEST(the_end_of_a_dump_may_be_an_error)
{
	char *text = strdup(strerror(4095)); /* until the next one is asked */

	expect_end(0, NULL);
	expect_end(1, NULL);
	expect_end(-1, "error Operation not permitted\n");
	expect_end(-4095, text);
	expect_end(-4096, "error unknown\n");
	expect_end(INT32_MIN, "error unknown\n");
	free(text);
}
END_TEST

/* A file may end behind the last message's own bytes. */
START_TEST(the_last_padding_may_be_missing)
{
	struct nlmsghdr nlh = { .nlmsg_len = 18, .nlmsg_type = NLMSG_DONE };
	uint8_t buf[256] = { 0 };
	size_t len = make_message(buf, AF_INET, 1);
	struct reading r;

	r = read_bytes(buf, len, false);
	ck_assert_int_eq(r.ret, -EBADMSG);
	ck_assert_uint_eq(r.error.offset, len);
	ck_assert_str_eq(r.error.text, "the file ends before its dump does");
	free(r.text);
	memcpy(buf + len, &nlh, sizeof(nlh));
	for (size_t more = 18; more <= 20; more++) {
		r = read_bytes(buf, len + more, false);
		ck_assert_int_eq(r.ret, 0);
		free(r.text);
	}
	r = read_bytes(buf, len + 17, false);
	ck_assert_int_eq(r.ret, -EBADMSG);
	ck_assert_uint_eq(r.error.offset, len + 17);
	ck_assert_str_eq(r.error.text, "the file ends in a message");
	free(r.text);
	memcpy(buf + len + 20, &nlh, sizeof(nlh));
	r = read_bytes(buf, len + 38, false);
	ck_assert_int_eq(r.ret, 0);
	free(r.text);
}
END_TEST

/* An attribute whose @count numbers have @size bytes each; and @more bytes */
static size_t put_attribute(uint8_t *host, uint8_t *other, uint16_t type,
			    size_t size, size_t count, size_t more)
{
	struct nlattr attr = {
		.nla_len = (uint16_t)(sizeof(attr) + size * count + more),
		.nla_type = type,
	};
	size_t at = sizeof(attr);

	for (size_t i = 0; i < size * count + more; i++)
		host[at + i] = (uint8_t)(type * 16 + i);
	memcpy(host, &attr, sizeof(attr));
	memcpy(other, host, attr.nla_len);
	reverse(other, 2);
	reverse(other + 2, 2);
	for (size_t i = 0; i < count; i++, at += size)
		reverse(other + at, size);
	return NLA_ALIGN(attr.nla_len);
}

/* One message as this host has it, and as one of the other byte order does */
static size_t make_both(uint8_t *host, uint8_t *other)
{
	size_t len = make_message(host, AF_INET, 0x01020304), head = len;
	struct inet_diag_msg *msg = NLMSG_DATA(host);
	struct nlmsghdr *nlh = (struct nlmsghdr *)host;

	nlh->nlmsg_seq = 0x01020304;
	msg->id.idiag_sport = 0x0102;
	msg->id.idiag_src[0] = 0x01020304;
	msg->id.idiag_dst[3] = 0x05060708;
	msg->id.idiag_if = 0x090a0b0c;
	msg->id.idiag_cookie[1] = 0x11121314;
	msg->idiag_expires = 0x21222324;
	msg->idiag_rqueue = 0x31323334;
	msg->idiag_wqueue = 0x41424344;
	msg->idiag_uid = 0x51525354;
	msg->idiag_inode = 0x61626364;
	memcpy(other, host, len);
	len += put_attribute(host + len, other + len, INET_DIAG_SKMEMINFO, 4, 9,
			     0);
	len += put_attribute(host + len, other + len, INET_DIAG_MARK, 4, 1, 0);
	len += put_attribute(host + len, other + len, INET_DIAG_SHUTDOWN, 1, 1,
			     0);
	len += put_attribute(host + len, other + len,
			     INET_DIAG_CGROUP_ID | NLA_F_NESTED, 8, 1, 0);
	len += put_attribute(host + len, other + len, INET_DIAG_CONG, 1, 6, 0);
	len += put_attribute(host + len, other + len, INET_DIAG_SKMEMINFO, 4, 2,
			     3);
	nlh->nlmsg_len = (uint32_t)len;
	memcpy(other, host, sizeof(*nlh));
	reverse(other, 4);     /* length */
	reverse(other + 4, 2); /* type */
	reverse(other + 6, 2); /* flags; nobody asks who asked what for */
	for (size_t at = 16 + 4 + 36; at < head; at += 4)
		reverse(other + at, 4);
	return len;
}

/* "ports and addresses are in network order; the rest has 32 bits" */
START_TEST(a_message_of_the_other_byte_order_is_turned)
{
	uint8_t host[512] = { 0 }, other[512] = { 0 }, cut[512];
	size_t len = make_both(host, other);

	for (size_t end = 16; end < len; end++) {
		size_t known = end < 88 ? 16 : 88;

		memcpy(cut, other, sizeof(cut));
		tm_swap_message(cut, end, false);
		ck_assert_int_eq(memcmp(cut, host, known), 0);
		ck_assert_int_eq(
			memcmp(cut + end, other + end, sizeof(cut) - end), 0);
	}
	tm_swap_message(other, len, false);
	for (size_t i = 0; i < len; i++)
		ck_assert_msg(other[i] == host[i], "byte %zu", i);
}
END_TEST

/* "Ends where a length makes no sense": the shortest that does is its head. */
START_TEST(attributes_without_sense_end_a_message)
{
	uint8_t host[512] = { 0 }, other[512] = { 0 };
	static const uint16_t bad[] = { 0, 3, 0xffff };
	size_t len = make_both(host, other), mark = 88 + 40;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		uint8_t swapped[512];

		memcpy(swapped, other, sizeof(swapped));
		memcpy(swapped + mark, &bad[i], 2);
		reverse(swapped + mark, 2);
		tm_swap_message(swapped, len, false);
		ck_assert_int_eq(memcmp(swapped, host, mark), 0);
		ck_assert_int_eq(memcmp(swapped + mark + 4, other + mark + 4,
					len - mark - 4),
				 0);
	}
	/* one that is empty, and what comes behind it */
	memcpy(other + mark, (uint16_t[]){ 4 }, 2);
	reverse(other + mark, 2);
	memmove(other + mark + 4, other + mark + 8, len - mark - 8);
	tm_swap_message(other, len - 4, false);
	ck_assert_int_eq(
		memcmp(other + mark + 4, host + mark + 8, len - mark - 8), 0);
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
	tcase_add_test(ss, a_dump_does_not_name_its_host);
	tcase_add_test(ss, lengths_and_types_of_messages_are_known);
	tcase_add_test(ss, the_end_of_a_dump_may_be_an_error);
	tcase_add_test(ss, the_last_padding_may_be_missing);
	tcase_add_test(ss, a_message_of_the_other_byte_order_is_turned);
	tcase_add_test(ss, attributes_without_sense_end_a_message);
	suite_add_tcase(suite, ss);
	return unit_run(suite);
}

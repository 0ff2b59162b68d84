// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_capture.c - what a capture promises about whole and damaged files */
#include "capture_fixture.h"

#include "capture/format.h"
#include "unit.h"

#include <errno.h>
#include <sys/socket.h>

static const struct tm_clock noon = {
	.wall_ns = 1700000000123456789,
	.boottime_ns = 4242,
	.boot_id = "0b7a5c1e-1111-2222-3333-444455556666",
};

static void put_message(struct tm_capture_writer *w, uint32_t netns, bool mptcp,
			enum tm_capture_role role, uint32_t cookie)
{
	uint8_t buf[256];
	struct tm_capture_message message = {
		.data = buf,
		.netns = netns,
		.mptcp = mptcp,
		.role = role,
	};

	message.len = make_message(buf, AF_INET, cookie);
	ck_assert_int_eq(tm_capture_put_message(w, &message, 4026531840), 0);
}

static void put_holders(struct tm_capture_writer *w)
{
	const struct tcpmem_process one = { .pid = 10, .comm = "one" };
	const struct tcpmem_process two = {
		.pid = 20, .uid = 1000, .start_time = 77, .comm = "two"
	};
	struct tm_process_metadata place[2] = {
		TM_PROCESS_METADATA_NONE,
		TM_PROCESS_METADATA_NONE,
	};
	struct tm_metadata metadata = { .process = place, .process_count = 2 };
	struct tm_holders *holders;
	uint32_t first, second;

	ck_assert_int_eq(tm_metadata_want(&metadata, 77), 0);
	ck_assert_int_eq(tm_metadata_want(&metadata, 78), 0);
	ck_assert_int_eq(
		tm_blobs_intern(&metadata.texts, "/blue", 5,
				&tm_metadata_find(&metadata, 78)->path),
		0);
	ck_assert_int_eq(tm_blobs_intern(&metadata.texts, "/bin/two", 8,
					 &place[1].program),
			 0);
	place[1].cgroup = tm_metadata_find(&metadata, 78)->path;
	ck_assert_int_eq(tm_blobs_intern(&metadata.texts, "two -x", 6,
					 &place[1].cmdline),
			 0);
	place[1].parent = 10;
	place[1].rss = 8192;
	place[1].fds = 0;
	ck_assert_int_eq(tm_capture_put_cgroups(w, &metadata), 0);

	ck_assert_int_eq(tm_holders_new(false, &holders), 0);
	ck_assert_int_eq(tm_holders_process(holders, &one, &first), 0);
	ck_assert_int_eq(tm_holders_process(holders, &two, &second), 0);
	ck_assert_int_eq(tm_holders_add(holders, 5, first), 0);
	ck_assert_int_eq(tm_holders_add(holders, 6, first), 0);
	ck_assert_int_eq(tm_holders_add(holders, 6, second), 0);
	ck_assert_int_eq(tm_holders_finish(holders), 0);
	ck_assert_int_eq(tm_capture_put_processes(w, holders, &metadata), 0);
	ck_assert_int_eq(tm_capture_put_holders(w, holders, true, false), 0);
	tm_holders_free(holders);
	metadata.process = NULL;
	tm_metadata_deinit(&metadata);
}

/* Every field has a value of its own. */
static void put_dark(struct tm_capture_writer *w)
{
	const struct tcpmem_socket sock = {
		.cookie = UINT64_C(0xc00cc00cc00cc00c),
		.cgroup_id = UINT64_C(0x1234567890),
		.local = { 0x20, 1, [15] = 2 },
		.remote = { 0x20, 3, [15] = 4 },
		.skmem = { 1001, 1002, 1003, 1004, 1005, 1006, 1007, 1008 },
		.inode = 7,
		.uid = 70,
		.rqueue = 71,
		.wqueue = 72,
		.ifindex = 73,
		.mark = 74,
		.local_port = 75,
		.remote_port = 76,
		.netns = 1,
		.object = 2521,
		.state = TCPMEM_STATE_CLOSED,
		.flags = TM_SOCK_IPV6 | TM_SOCK_MINI,
		.skmem_words = 8,
	};

	ck_assert_int_eq(tm_capture_put_dark(w, &sock), 0);
}

static void put_facts(struct tm_capture_writer *w)
{
	const struct tm_capture_scope scope = { .states = 0x2ffe,
						.holders = true };
	const struct tm_netns self = { .inode = 4026531840, .name = "self" };
	const struct tm_netns blue = { .inode = 4026532000, .name = "blue" };
	struct tm_host host = { 0 };
	struct tm_objects objects = { 0 };

	host.known[TCPMEM_HOST_METRIC_ORPHANS] = true;
	host.fact[TCPMEM_HOST_METRIC_ORPHANS] = 3;
	objects.bytes[TCPMEM_OBJECT_TCP] = 2521;
	objects.source[TCPMEM_OBJECT_TCP] = TCPMEM_OBJECT_SOURCE_SLABINFO;
	ck_assert_int_eq(tm_capture_put_clock(w, &noon), 0);
	ck_assert_int_eq(tm_capture_put_scope(w, &scope), 0);
	ck_assert_int_eq(tm_capture_put_host(w, &host), 0);
	ck_assert_int_eq(tm_capture_put_objects(w, &objects), 0);
	ck_assert_int_eq(tm_capture_put_netns(w, 0, &self), 0);
	ck_assert_int_eq(tm_capture_put_netns(w, 1, &blue), 0);
}

static struct tcpmem_limit *limit_of(struct tm_limits *limits, const char *name)
{
	return (struct tcpmem_limit *)tm_limits_find(limits, name);
}

/* A value, a range, what is gone, a use and a counter */
static void put_limits(struct tm_capture_writer *w)
{
	struct tm_limits host, blue;
	struct tcpmem_limit *limit;

	tm_limits_init(&host);
	host.ram = 1 << 30;
	limit = limit_of(&host, "file-max");
	limit->known = true;
	limit->value = INT64_MAX;
	limit->used_known = true;
	limit->used = 99;
	tm_limits_init(&blue);
	limit = limit_of(&blue, "ip_local_port_range");
	limit->known = true;
	limit->low = 40000;
	limit->value = 20;
	limit_of(&blue, "tcp_tw_recycle")->gone = "so";
	limit = limit_of(&blue, "ListenDrops");
	limit->count_known = true;
	limit->count = 7;
	ck_assert_int_eq(tm_capture_put_limits(w, TM_CAPTURE_HOST, &host), 0);
	ck_assert_int_eq(tm_capture_put_limits(w, 1, &blue), 0);
}

/* A capture with something of everything. */
static struct bytes make_capture(void)
{
	struct tm_warnings warnings = { 0 };
	struct tm_capture_writer w;
	int fd = memory_file("", 0);

	ck_assert_int_eq(tm_capture_create(fd, &w), 0);
	put_facts(&w);
	put_message(&w, 0, false, TM_CAPTURE_SOCKETS, 1);
	ck_assert_int_eq(tm_capture_put_restart(&w), 0);
	put_message(&w, 0, true, TM_CAPTURE_SOCKETS, 2);
	put_message(&w, 0, false, TM_CAPTURE_SOCKETS, 3);
	put_message(&w, 1, false, TM_CAPTURE_SOCKETS, 4);
	put_message(&w, 0, false, TM_CAPTURE_LISTENERS, 5);
	put_dark(&w);
	put_holders(&w);
	put_limits(&w);
	ck_assert_int_eq(tm_warnings_add(&warnings, TCPMEM_WARNING_NETNS_SCOPE,
					 "only %s", "self"),
			 0);
	ck_assert_int_eq(tm_capture_put_warnings(&w, &warnings), 0);
	ck_assert_int_eq(tm_capture_finish(&w), 0);
	tm_capture_close(&w);
	tm_warnings_clear(&warnings);
	return take_bytes(fd);
}

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

/* "A cut file gets an error naming the offset" */
START_TEST(every_prefix_is_an_error)
{
	struct bytes b = make_capture();

	for (size_t len = 0; len < b.len; len++) {
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
START_TEST(every_flipped_bit_is_an_error)
{
	struct bytes b = make_capture();

	for (size_t at = 0; at < b.len; at++) {
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

	for (size_t at = 0; at < b.len; at++) {
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

START_TEST(salvage_reads_every_prefix)
{
	struct bytes b = make_capture();

	for (size_t len = 24; len < b.len; len++) {
		struct reading r = read_bytes(b.data, len, true);

		ck_assert_int_eq(r.ret, 0);
		ck_assert_ptr_nonnull(
			strstr(r.text, "places of the file are damaged"));
		free(r.text);
	}
	free(b.data);
}
END_TEST

/* A section of a later minor version, in front of the end. */
static struct bytes make_with_section(unsigned int type, const void *data,
				      size_t len)
{
	struct tm_capture_writer w;
	int fd = memory_file("", 0);

	ck_assert_int_eq(tm_capture_create(fd, &w), 0);
	put_facts(&w);
	ck_assert_int_eq(tm_frame_write(&w.frames, type, "", 0, data, len), 0);
	ck_assert_int_eq(tm_capture_finish(&w), 0);
	tm_capture_close(&w);
	return take_bytes(fd);
}

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
	struct tm_capture_writer w;
	struct reading r;
	struct bytes b;
	int fd = memory_file("", 0);

	ck_assert_int_eq(tm_capture_create(fd, &w), 0);
	put_facts(&w);
	for (uint32_t i = 0; i < COUNT; i++)
		put_message(&w, 0, false, TM_CAPTURE_SOCKETS, i);
	ck_assert_int_eq(tm_capture_finish(&w), 0);
	tm_capture_close(&w);
	b = take_bytes(fd);
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

/* Each namespace with a limit: the fewest bytes that say so */
static int make_limited(uint32_t count)
{
	int fd = memory_file("", 0);
	struct tm_capture_writer w;
	struct tm_limits limits;

	tm_limits_init(&limits);
	limit_of(&limits, "ListenDrops")->count_known = true;
	ck_assert_int_eq(tm_capture_create(fd, &w), 0);
	for (uint32_t i = 0; i < count; i++) {
		const struct tm_netns netns = { .inode = i + 1, .name = "" };

		ck_assert_int_eq(tm_capture_put_netns(&w, i, &netns), 0);
	}
	for (uint32_t i = 0; i < count; i++)
		ck_assert_int_eq(tm_capture_put_limits(&w, i, &limits), 0);
	ck_assert_int_eq(tm_capture_finish(&w), 0);
	tm_capture_close(&w);
	ck_assert_int_eq(lseek(fd, 0, SEEK_SET), 0);
	return fd;
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
	TCase *damaged = tcase_create("damaged");

	tcase_add_test(whole, everything_comes_back);
	tcase_add_test(whole, later_minor_versions_are_read);
	tcase_add_test(whole, records_may_be_longer_or_shorter);
	tcase_add_test(whole, a_pipe_is_read);
	tcase_add_test(whole, a_long_capture_is_read);
	tcase_add_test(whole, the_checksum_is_crc32c);
	suite_add_tcase(suite, whole);
	tcase_set_timeout(damaged, 120);
	tcase_add_test(damaged, every_prefix_is_an_error);
	tcase_add_test(damaged, every_flipped_bit_is_an_error);
	tcase_add_test(damaged, salvage_reads_what_is_whole);
	tcase_add_test(damaged, salvage_reads_every_prefix);
	tcase_add_test(damaged, nonsense_with_a_checksum_is_refused);
	tcase_add_test(damaged, a_dark_socket_that_cannot_be_is_refused);
	tcase_add_test(damaged, section_heads_are_not_believed);
	tcase_add_test(damaged, other_files_are_refused);
	tcase_add_test(damaged, limits_of_namespaces_are_bounded);
	tcase_add_test(damaged, what_stands_behind_the_end_is_an_error);
	suite_add_tcase(suite, damaged);
	return unit_run(suite);
}

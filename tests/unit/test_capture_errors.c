// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_capture_errors.c - what is wrong with a capture, and where */
#include "capture_whole.h"
#include "unit.h"

#include <fcntl.h>

/* Facts alone, and nothing else */
static struct bytes make_small(void)
{
	struct tm_capture_writer w;

	begin(&w);
	ck_assert_int_eq(tm_capture_put_clock(&w, &noon), 0);
	ck_assert_int_eq(tm_capture_put_restart(&w), 0);
	return take_bytes(end_capture(&w));
}

/* Section number @number of @b; its head in @head */
static size_t find_section(const struct bytes *b, size_t number,
			   struct tm_section_head *head)
{
	size_t at = sizeof(struct tm_capture_head);

	for (;; at += TM_SECTION_FRAME + TM_SECTION_PADDED(head->length)) {
		ck_assert_uint_lt(at, b->len);
		memcpy(head, b->data + at, sizeof(*head));
		if (!number--)
			return at;
	}
}

/* Writes a head back, with the checksum that it should have. */
static void put_section(struct bytes *b, size_t at, struct tm_section_head head)
{
	struct tm_crc32c crc;

	tm_crc32c_init(&crc);
	head.crc =
		tm_crc32c(&crc, &head, offsetof(struct tm_section_head, crc));
	memcpy(b->data + at, &head, sizeof(head));
}

/* Gives section @number's payload the checksum that it should have. */
static void seal_payload(struct bytes *b, size_t number)
{
	struct tm_section_head head;
	size_t at = find_section(b, number, &head);
	struct tm_crc32c crc;

	tm_crc32c_init(&crc);
	head.payload_crc = tm_crc32c(&crc, b->data + at + TM_SECTION_FRAME,
				     TM_SECTION_PADDED(head.length));
	put_section(b, at, head);
}

static void expect_at(const struct bytes *b, size_t len, int ret,
		      uint64_t offset, const char *text)
{
	struct reading r = read_bytes(b->data, len, false);
	char place[300];

	ck_assert_int_eq(r.ret, ret);
	ck_assert_str_eq(r.error.text, text);
	ck_assert_uint_eq(r.error.offset, offset);
	free(r.text);
	if (ret != -EBADMSG || len < sizeof(struct tm_capture_head))
		return;
	snprintf(place, sizeof(place), "the first, at offset %lu: %s\n",
		 (unsigned long)offset, text);
	r = read_bytes(b->data, len, true);
	ck_assert_int_eq(r.ret, 0);
	ck_assert_msg(strstr(r.text, place), "%s", r.text);
	free(r.text);
}

/* The clock's section ends at 24 + 32 + 64, the restart's 40 behind it. */
enum { CLOCK = 24, CLOCK_LEN = 60, RESTART = 120, END = 160 };

START_TEST(a_cut_file_is_told_where_it_ends)
{
	struct bytes b = make_small();

	ck_assert_uint_eq(b.len, END + TM_SECTION_FRAME + 16);
	expect_at(&b, 3, -EBADMSG, 0,
		  "not a capture: it begins with 89 54 43 00");
	expect_at(&b, 8, -EBADMSG, 8, "the file ends in its head");
	expect_at(&b, 23, -EBADMSG, 23, "the file ends in its head");
	expect_at(&b, 24, -EBADMSG, 24, "the file ends without an end section");
	expect_at(&b, CLOCK + 31, -EBADMSG, CLOCK + 31,
		  "the file ends without an end section");
	expect_at(&b, CLOCK + 32, -EBADMSG, CLOCK + 32,
		  "the file ends in section 0 (clock), 64 bytes short");
	expect_at(&b, RESTART - 1, -EBADMSG, RESTART - 1,
		  "the file ends in section 0 (clock), 1 bytes short");
	expect_at(&b, RESTART, -EBADMSG, RESTART,
		  "the file ends without an end section");
	expect_at(&b, END + 33, -EBADMSG, END + 33,
		  "the file ends in section 2 (end), 15 bytes short");
	free(b.data);
}
END_TEST

/* The lowest bit of a number of 32 bits, in whichever byte it is */
static void flip(uint8_t *at)
{
	uint32_t number;

	memcpy(&number, at, sizeof(number));
	number ^= 1;
	memcpy(at, &number, sizeof(number));
}

START_TEST(a_checksum_that_differs_is_told)
{
	struct bytes b = make_small();
	struct tm_capture_head head;
	struct tm_section_head section;
	char text[200];

	memcpy(&head, b.data, sizeof(head));
	flip(b.data + 20);
	snprintf(text, sizeof(text),
		 "the head's checksum is %08" PRIx32 ", its bytes give "
		 "%08" PRIx32,
		 head.crc ^ 1, head.crc);
	expect_at(&b, b.len, -EBADMSG, 20, text);
	flip(b.data + 20);
	(void)find_section(&b, 1, &section);
	flip(b.data + RESTART + 28);
	snprintf(text, sizeof(text),
		 "a section's checksum is %08" PRIx32 ", its head gives "
		 "%08" PRIx32,
		 section.crc ^ 1, section.crc);
	expect_at(&b, b.len, -EBADMSG, RESTART, text);
	flip(b.data + RESTART + 28);
	flip(b.data + RESTART);
	snprintf(text, sizeof(text), "no section begins here, but %08" PRIx32,
		 TM_SECTION_MARK ^ 1);
	expect_at(&b, b.len, -EBADMSG, RESTART, text);
	flip(b.data + RESTART);
	section.payload_crc ^= 1;
	put_section(&b, RESTART, section);
	snprintf(text, sizeof(text),
		 "section 1 (restart) has checksum %08" PRIx32
		 ", its bytes give %08" PRIx32,
		 section.payload_crc, section.payload_crc ^ 1);
	expect_at(&b, b.len, -EBADMSG, RESTART + 32, text);
	free(b.data);
}
END_TEST

START_TEST(a_section_out_of_place_is_told)
{
	struct bytes b = make_small();
	struct tm_section_head head;
	struct reading r;

	(void)find_section(&b, 1, &head);
	head.number = 2;
	put_section(&b, RESTART, head);
	r = read_bytes(b.data, b.len, false);
	ck_assert_int_eq(r.ret, -EBADMSG);
	ck_assert_uint_eq(r.error.offset, RESTART);
	ck_assert_str_eq(r.error.text,
			 "section 2 (restart) stands where 1 belongs");
	free(r.text);
	/* what salvage has lost, numbers are missing of */
	r = read_bytes(b.data, b.len, true);
	ck_assert_int_eq(r.ret, 0);
	ck_assert_ptr_null(strstr(r.text, "damaged"));
	free(r.text);
	head.number = 1;
	head.offset++;
	put_section(&b, RESTART, head);
	expect_at(&b, b.len, -EBADMSG, RESTART,
		  "section 1 (restart) was at 121: bytes were lost or added");
	head.offset--;
	head.length = TM_SECTION_MAX + 1;
	put_section(&b, RESTART, head);
	expect_at(&b, b.len, -EBADMSG, RESTART,
		  "section 1 (restart) of 524289 bytes, the most is 524288");
	head.length = TM_SECTION_MAX;
	put_section(&b, RESTART, head);
	expect_at(&b, b.len, -EBADMSG, b.len,
		  "the file ends in section 1 (restart), 524232 bytes short");
	free(b.data);
}
END_TEST

/* "sections u64 | payload bytes u64" */
START_TEST(the_end_counts_what_is_before_it)
{
	struct bytes b = make_small();
	struct tm_section_head head;
	uint64_t counts[2];

	(void)find_section(&b, 2, &head);
	memcpy(counts, b.data + END + TM_SECTION_FRAME, sizeof(counts));
	ck_assert_uint_eq(counts[0], 2);
	ck_assert_uint_eq(counts[1], CLOCK_LEN + 4);
	for (int i = 0; i < 2; i++) {
		uint8_t *at = b.data + END + TM_SECTION_FRAME;

		counts[i]++;
		memcpy(at, counts, sizeof(counts));
		seal_payload(&b, 2);
		expect_at(&b, b.len, -EBADMSG, END + TM_SECTION_FRAME,
			  i ? "the end counts 2 sections with 65 bytes, there "
			      "are 2 with 64"
			    : "the end counts 3 sections with 64 bytes, there "
			      "are 2 with 64");
		counts[i]--;
		memcpy(at, counts, sizeof(counts));
	}
	head.length = 15;
	put_section(&b, END, head);
	seal_payload(&b, 2);
	expect_at(&b, b.len, -EBADMSG, END + TM_SECTION_FRAME,
		  "the end section has 15 bytes");
	free(b.data);
}
END_TEST

/* "A reader that does not know such a section must not go on without it." */
START_TEST(a_needed_section_that_is_unknown_is_an_error)
{
	struct bytes b = make_with_section(999, "what?", 5);
	struct tm_section_head head = { .type = 0 };
	size_t number = 0, at;

	while (head.type != 999)
		at = find_section(&b, number++, &head);
	head.flags = TM_SECTION_NEEDED;
	put_section(&b, at, head);
	expect_at(&b, b.len, -ENOTSUP, at + TM_SECTION_FRAME,
		  "a section of type 999, which this program does not know "
		  "and the capture needs");
	head.flags = (uint16_t)~TM_SECTION_NEEDED;
	put_section(&b, at, head);
	expect_at(&b, b.len, 0, 0, "");
	free(b.data);
}
END_TEST

/* Each type that there is has a name, and none another's. */
START_TEST(sections_are_named)
{
	static const struct {
		enum tm_section_type type;
		const char *name;
	} names[] = {
		{ TM_SECTION_CLOCK, "clock" },
		{ TM_SECTION_QUERY, "query" },
		{ TM_SECTION_NETNS, "netns" },
		{ TM_SECTION_MESSAGES, "messages" },
		{ TM_SECTION_RESTART, "restart" },
		{ TM_SECTION_PROCESSES, "processes" },
		{ TM_SECTION_HOLDERS, "holders" },
		{ TM_SECTION_CGROUPS, "cgroups" },
		{ TM_SECTION_HOST, "host" },
		{ TM_SECTION_OBJECTS, "objects" },
		{ TM_SECTION_WARNINGS, "warnings" },
		{ TM_SECTION_DARK, "dark" },
		{ TM_SECTION_ACCOUNTING, "accounting" },
		{ TM_SECTION_NAMES, "names" },
		{ TM_SECTION_LIMITS, "limits" },
		{ TM_SECTION_CLOSED, "closed" },
		{ TM_SECTION_END, "end" },
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		ck_assert_str_eq(tm_section_name(names[i].type), names[i].name);
	ck_assert_str_eq(tm_section_name(0), "unknown");
	ck_assert_str_eq(tm_section_name(999), "unknown");
}
END_TEST

/* Whole sections lie behind more bytes of no sense than are searched at once.
 */
START_TEST(salvage_searches_far)
{
	enum { COUNT = 12000 };
	struct bytes b = make_long(COUNT);
	struct tm_section_head head;
	struct reading r;
	size_t at;

	at = find_section(&b, 5, &head); /* of messages, the first */
	ck_assert_int_eq(head.type, TM_SECTION_MESSAGES);
	ck_assert_uint_gt(head.length, 100000);
	b.data[at + 5] ^= 1;
	r = read_bytes(b.data, b.len, true);
	ck_assert_int_eq(r.ret, 0);
	ck_assert_ptr_null(strstr(r.text, "cookie 0\n"));
	ck_assert_ptr_nonnull(strstr(r.text, "cookie 11999\n"));
	ck_assert_ptr_nonnull(strstr(r.text, " 1 places of the file"));
	/* the messages of one section, and no others */
	ck_assert_uint_eq(r.messages, COUNT - head.length / 88);
	free(r.text);
	b.data[at + 5] ^= 1;
	/* two of them, of which the first is told */
	at = find_section(&b, 6, &head);
	b.data[at + 1] ^= 1;
	at = find_section(&b, 3, &head);
	b.data[at + TM_SECTION_FRAME] ^= 1;
	r = read_bytes(b.data, b.len, true);
	ck_assert_int_eq(r.ret, 0);
	ck_assert_ptr_nonnull(strstr(r.text, " 2 places of the file"));
	ck_assert_ptr_nonnull(strstr(r.text, ": section 3 (objects) has"));
	free(r.text);
	free(b.data);
}
END_TEST

/* A writer behind a section, to a file that takes no more */
static int make_full(struct tm_capture_writer *w)
{
	int fd = memory_file("", 0);

	ck_assert_int_eq(tm_capture_create(fd, w), 0);
	ck_assert_int_eq(tm_capture_put_restart(w), 0);
	close(fd);
	w->frames.fd = open("/dev/full", O_WRONLY | O_CLOEXEC);
	return w->frames.fd;
}

static struct tm_holders *make_holders(void)
{
	const struct tcpmem_process process = { .pid = 1 };
	struct tm_holders *holders;
	uint32_t index;

	ck_assert_int_eq(tm_holders_new(false, &holders), 0);
	ck_assert_int_eq(tm_holders_process(holders, &process, &index), 0);
	ck_assert_int_eq(tm_holders_add(holders, 5, index), 0);
	ck_assert_int_eq(tm_holders_finish(holders), 0);
	return holders;
}

/* Everything that can be put, one at a time; the last ends the file. */
static int put_number(struct tm_capture_writer *w, int number)
{
	static const struct tm_capture_scope scope = { .states = 1 };
	static const struct tm_netns netns = { .name = "self" };
	static const struct tm_objects objects = { .bytes = { 1 } };
	static const struct tm_accounting accounting = { .narrowed = true };
	static const struct tcpmem_socket sock = { .state = 7 };
	static uint8_t data[256];
	struct tm_capture_message message = { .data = data };
	struct tm_metadata metadata = { .fds_max = false };
	struct tm_holders *holders = make_holders();
	struct tm_host host = { .known = { [1] = true } };
	struct tm_warnings warnings = { 0 };
	struct tm_limits limits;
	int ret = -EINVAL;

	tm_limits_init(&limits);
	limit_of(&limits, "file-max")->known = number == 0;
	limits.ram = number == 1;
	ck_assert_int_eq(tm_metadata_want(&metadata, 7), 0);
	ck_assert_int_eq(tm_metadata_add_name(&metadata, "a", "b"), 0);
	ck_assert_int_eq(tm_warnings_add(&warnings, TCPMEM_WARNING_KTLS, "a"),
			 0);
	message.len = make_message(data, AF_INET, 1);
	switch (number) {
	case 0:
	case 1:
		ret = tm_capture_put_limits(w, TM_CAPTURE_HOST, &limits);
		break;
	case 2:
		ret = tm_capture_put_clock(w, &noon);
		break;
	case 3:
		ret = tm_capture_put_scope(w, &scope);
		break;
	case 4:
		ret = tm_capture_put_host(w, &host);
		break;
	case 5:
		ret = tm_capture_put_objects(w, &objects);
		break;
	case 6:
		ret = tm_capture_put_netns(w, 0, &netns);
		break;
	case 7:
		ret = tm_capture_put_message(w, &message, 1);
		break;
	case 8:
		ret = tm_capture_put_dark(w, &sock);
		break;
	case 9:
		ret = tm_capture_put_cgroups(w, &metadata);
		break;
	case 10:
		ret = tm_capture_put_names(w, &metadata);
		break;
	case 11:
		ret = tm_capture_put_processes(w, holders, &metadata);
		break;
	case 12:
		ret = tm_capture_put_holders(w, holders, true, false);
		break;
	case 13:
		ret = tm_capture_put_closed(w, 7);
		break;
	case 14:
		ret = tm_capture_put_accounting(w, &accounting);
		break;
	case 15:
		ret = tm_capture_put_warnings(w, &warnings);
		break;
	case 16:
		ret = tm_capture_finish(w);
		break;
	}
	tm_holders_free(holders);
	tm_metadata_deinit(&metadata);
	tm_warnings_clear(&warnings);
	return ret;
}

/* "-errno of write(2)": of each thing, and of whatever comes behind it */
START_TEST(a_file_that_takes_no_more_is_an_error)
{
	struct tm_capture_writer w;
	int fd = make_full(&w);

	ck_assert_int_eq(put_number(&w, _i), -ENOSPC);
	ck_assert_int_eq(tm_capture_put_restart(&w), -ENOSPC);
	ck_assert_int_eq(put_number(&w, _i), -ENOSPC);
	ck_assert_int_eq(tm_capture_finish(&w), -ENOSPC);
	tm_capture_close(&w);
	close(fd);
	fd = memory_file("", 0);
	ck_assert_int_eq(tm_capture_create(fd, &w), 0);
	ck_assert_int_eq(put_number(&w, _i), 0);
	tm_capture_close(&w);
	close(fd);
}
END_TEST

START_TEST(a_file_that_takes_nothing_is_an_error)
{
	struct tm_capture_writer w;
	int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);

	ck_assert_int_eq(tm_capture_create(fd, &w), -ENOSPC);
	tm_capture_close(&w);
	close(fd);
}
END_TEST

/* "-errno of read(2)": it is not taken for the end of the file. */
START_TEST(a_file_that_cannot_be_read_is_an_error)
{
	struct reading r = read_fd(open("/tmp", O_RDONLY | O_CLOEXEC), false);

	ck_assert_int_eq(r.ret, -EISDIR);
	ck_assert_str_eq(r.error.text, "cannot be read");
	ck_assert_uint_eq(r.error.offset, 0);
	free(r.text);
	r = read_fd(open("/tmp", O_RDONLY | O_CLOEXEC), true);
	ck_assert_int_eq(r.ret, -EISDIR);
	free(r.text);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("capture errors");
	TCase *tc = tcase_create("errors");

	tcase_add_test(tc, a_cut_file_is_told_where_it_ends);
	tcase_add_test(tc, a_checksum_that_differs_is_told);
	tcase_add_test(tc, a_section_out_of_place_is_told);
	tcase_add_test(tc, the_end_counts_what_is_before_it);
	tcase_add_test(tc, a_needed_section_that_is_unknown_is_an_error);
	tcase_add_test(tc, sections_are_named);
	tcase_add_test(tc, salvage_searches_far);
	tcase_add_loop_test(tc, a_file_that_takes_no_more_is_an_error, 0, 17);
	tcase_add_test(tc, a_file_that_takes_nothing_is_an_error);
	tcase_add_test(tc, a_file_that_cannot_be_read_is_an_error);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}

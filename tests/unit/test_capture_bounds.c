// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_capture_bounds.c - what is cut, left out or refused of what comes back
 */
#include "capture_back.h"
#include "unit.h"

/* "What CPUs keep back can bring a counter below 0", but not without bounds */
START_TEST(counters_have_bounds)
{
	static const struct {
		int64_t value;
		int ret;
	} cases[] = {
		{ TM_FACT_MAX, 0 },
		{ -TM_FACT_MAX, 0 },
		{ TM_FACT_MAX + 1, -EBADMSG },
		{ -TM_FACT_MAX - 1, -EBADMSG },
	};
	const struct tm_capture_sink sink = { .message = pass_message };

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct tm_accounting accounting = {
			.unhashed = cases[i].value
		};
		struct tm_capture_error error;
		struct tm_capture_writer w;
		struct tm_capture capture;
		int fd;

		begin(&w);
		ck_assert_int_eq(tm_capture_put_accounting(&w, &accounting), 0);
		fd = end_capture(&w);
		ck_assert_int_eq(
			tm_capture_read(fd, false, &sink, &capture, &error),
			cases[i].ret);
		if (cases[i].ret)
			ck_assert_ptr_nonnull(
				strstr(error.text, "such a counter"));
		else
			ck_assert_int_eq(capture.accounting.unhashed,
					 cases[i].value);
		tm_capture_clear(&capture);
		close(fd);
	}
}
END_TEST

/* "of a longer one, its beginning": warnings, paths and names */
START_TEST(long_texts_are_cut)
{
	static char text[TM_RECORD_TEXT + 100];

	for (size_t len = TM_RECORD_TEXT - 1; len <= TM_RECORD_TEXT + 1;
	     len++) {
		size_t kept = len < TM_RECORD_TEXT ? len : TM_RECORD_TEXT;
		struct tm_metadata metadata = { .fds_max = false };
		struct tm_warnings warnings = { 0 };
		struct tm_capture_writer w;
		struct tm_capture capture;

		memset(text, 'x', sizeof(text));
		text[len] = '\0';
		ck_assert_int_eq(tm_metadata_want(&metadata, 7), 0);
		ck_assert_int_eq(
			tm_blobs_intern(&metadata.texts, text, len,
					&tm_metadata_find(&metadata, 7)->path),
			0);
		ck_assert_int_eq(tm_metadata_add_name(&metadata, text, text),
				 0);
		ck_assert_int_eq(tm_warnings_add(&warnings, TCPMEM_WARNING_KTLS,
						 "%s", text),
				 0);
		begin(&w);
		ck_assert_int_eq(tm_capture_put_cgroups(&w, &metadata), 0);
		ck_assert_int_eq(tm_capture_put_names(&w, &metadata), 0);
		ck_assert_int_eq(tm_capture_put_warnings(&w, &warnings), 0);
		read_back(&w, &capture);
		text[kept] = '\0';
		ck_assert_uint_eq(capture.warnings.count, 1);
		ck_assert_str_eq(capture.warnings.warning[0].text, text);
		ck_assert_str_eq(
			tm_blobs_get(
				&capture.metadata.texts,
				tm_metadata_find(&capture.metadata, 7)->path),
			text);
		ck_assert_str_eq(tm_metadata_name(&capture.metadata, text),
				 text);
		tm_capture_clear(&capture);
		tm_metadata_deinit(&metadata);
		tm_warnings_clear(&warnings);
	}
}
END_TEST

/* A record of texts of 5000 bytes, behind @words numbers of 32 bits */
static struct bytes make_texts(unsigned int type, size_t words, size_t texts)
{
	enum { LEN = 5000 };
	size_t len = 4 * words + texts * (4 + LEN);
	uint8_t *record = calloc(1, 4 + len);
	uint8_t *at = record + 4 + 4 * words;
	const uint32_t length = (uint32_t)len, text = LEN;
	struct bytes b;

	memcpy(record, &length, sizeof(length));
	for (size_t i = 0; i < texts; i++, at += LEN) {
		memcpy(at, &text, sizeof(text));
		at += sizeof(text);
		memset(at, 'a' + (int)i, LEN);
	}
	b = make_with_section(type, record, 4 + len);
	free(record);
	return b;
}

static void expect_lengths(unsigned int type, size_t words, size_t texts,
			   const size_t *lengths)
{
	struct bytes b = make_texts(type, words, texts);
	struct reading r = read_bytes(b.data, b.len, false);

	ck_assert_int_eq(r.ret, 0);
	for (size_t i = 0; i < texts; i++) {
		char *run = calloc(1, 5001);

		memset(run, 'a' + (int)i, lengths[i]);
		ck_assert_ptr_nonnull(strstr(r.text, run));
		run[lengths[i]] = (char)('a' + (int)i);
		ck_assert_ptr_null(strstr(r.text, run));
		free(run);
	}
	free(r.text);
	free(b.data);
}

/* "cut to what @text holds": of texts that this version does not write */
START_TEST(texts_of_a_file_are_cut)
{
	static const size_t path[] = { TM_RECORD_TEXT };
	static const size_t warning[] = { 63, TM_RECORD_TEXT };
	static const size_t boot[] = { TM_BOOT_ID_SIZE - 1 };

	expect_lengths(TM_SECTION_CGROUPS, 2, 1, path);
	expect_lengths(TM_SECTION_WARNINGS, 0, 2, warning);
	expect_lengths(TM_SECTION_CLOCK, 4, 1, boot);
}
END_TEST

/* A name is cut as it is written: then it is the same for whom it names. */
START_TEST(names_of_a_file_are_cut)
{
	const struct tm_capture_sink sink = { .message = pass_message };
	struct bytes b = make_texts(TM_SECTION_NAMES, 0, 2);
	int fd = memory_file(b.data, b.len);
	struct tm_capture_error error;
	struct tm_capture capture;

	ck_assert_int_eq(tm_capture_read(fd, false, &sink, &capture, &error),
			 0);
	ck_assert_uint_eq(capture.metadata.names.id.blob[0].len,
			  TM_RECORD_TEXT);
	ck_assert_uint_eq(capture.metadata.names.name.blob[0].len,
			  TM_RECORD_TEXT);
	tm_capture_clear(&capture);
	close(fd);
	free(b.data);
}
END_TEST

/* Unknown ones of a later version keep their names; of too many of one code
 * how many there are more. */
START_TEST(warnings_come_back)
{
	static const uint32_t later[] = { 16, 4, 0x6574616c, 4, 0x74786574 };
	struct bytes b =
		make_with_section(TM_SECTION_WARNINGS, later, sizeof(later));
	struct reading r = read_bytes(b.data, b.len, false);

	ck_assert_int_eq(r.ret, 0);
	if (*(const uint8_t *)later == 16) /* the text is little-endian */
		ck_assert_ptr_nonnull(strstr(r.text, ": text\n"));
	free(r.text);
	free(b.data);
	for (size_t more = 0; more < 2; more++) {
		struct tm_warnings warnings = { 0 };
		struct tm_capture_writer w;
		struct tm_capture capture;

		for (size_t i = 0; i < TM_CAPTURE_WARNINGS + more; i++)
			ck_assert_int_eq(tm_warnings_add(&warnings,
							 TCPMEM_WARNING_KTLS,
							 "%zu", i),
					 0);
		ck_assert_int_eq(tm_warnings_add(&warnings,
						 TCPMEM_WARNING_PROC_HIDDEN,
						 "hidden"),
				 0);
		begin(&w);
		ck_assert_int_eq(tm_capture_put_warnings(&w, &warnings), 0);
		read_back(&w, &capture);
		/* the first of another code is read all the same */
		ck_assert_uint_eq(capture.warnings.count,
				  TM_CAPTURE_WARNINGS + 1);
		ck_assert_str_eq(
			capture.warnings.warning[TM_CAPTURE_WARNINGS].text,
			"hidden");
		ck_assert_uint_eq(capture.warnings_left_out, more);
		if (more)
			ck_assert_int_eq(capture.code_left_out,
					 TCPMEM_WARNING_KTLS);
		tm_capture_clear(&capture);
		tm_warnings_clear(&warnings);
	}
}
END_TEST

/* What a namespace lacks is not what the kernel has no more. */
START_TEST(limits_come_back)
{
	const struct tm_capture_sink sink = { .message = pass_message,
					      .limits = true };
	const struct tm_netns netns = { .inode = 1, .name = "self" };
	struct tm_limits limits;
	struct tcpmem_limit *limit;
	struct tm_capture_error error;
	struct tm_capture_writer w;
	struct tm_capture capture;
	const struct tm_limits *read;
	int fd;

	tm_limits_init(&limits);
	limit = limit_of(&limits, "tcp_tw_recycle");
	limit->known = true;
	limit_of(&limits, "somaxconn")->known = true;
	limit_of(&limits, "somaxconn")->used_known = true;
	limit_of(&limits, "OutRsts")->gone = "x";
	/* the host's alone */
	limit_of(&limits, "file-max")->known = true;
	limit_of(&limits, "file-max")->value = 7;
	limits.ram = 5;
	begin(&w);
	ck_assert_int_eq(tm_capture_put_clock(&w, &noon), 0);
	ck_assert_int_eq(tm_capture_put_netns(&w, 3, &netns), 0);
	ck_assert_int_eq(tm_capture_put_limits(&w, 3, &limits), 0);
	ck_assert_int_eq(tm_capture_put_limits(&w, 4, &limits), 0);
	fd = end_capture(&w);
	for (int wanted = 0; wanted < 2; wanted++) {
		struct tm_capture_sink to = sink;

		to.limits = wanted;
		ck_assert_int_eq(lseek(fd, 0, SEEK_SET), 0);
		ck_assert_int_eq(
			tm_capture_read(fd, false, &to, &capture, &error), 0);
		read = capture.netns[0].limits;
		ck_assert_int_eq(read != NULL, wanted);
		ck_assert_ptr_null(capture.limits);
		ck_assert_uint_eq(capture.limits_netns, (size_t)wanted);
		if (wanted) {
			limit = (struct tcpmem_limit *)tm_limits_find(
				read, "tcp_tw_recycle");
			ck_assert(limit->known && !limit->gone);
			ck_assert_int_eq(limit->value, 0);
			ck_assert(!limit->used_known);
			ck_assert(
				tm_limits_find(read, "somaxconn")->used_known);
			ck_assert(!tm_limits_find(read, "file-max")->known);
			ck_assert_ptr_null(
				tm_limits_find(read, "OutRsts")->gone);
			ck_assert_int_eq(read->ram, 0);
			ck_assert_int_eq(read->read_ns, noon.boottime_ns);
		}
		tm_capture_clear(&capture);
	}
	close(fd);
}
END_TEST

/* "A range of ports that there cannot be is unknown, as it is when read." */
START_TEST(ranges_of_ports_have_bounds)
{
	static const struct {
		int64_t low, count;
		bool known;
	} cases[] = {
		{ 0, 65536, true },  { 0, 65537, false }, { 65535, 1, true },
		{ 65535, 2, false }, { 65536, 0, false }, { -1, 5, false },
		{ 5, -1, false },    { 5, 0, true },
	};
	const struct tm_capture_sink sink = { .message = pass_message,
					      .limits = true };
	const struct tm_netns netns = { .inode = 1, .name = "self" };

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *const name = "ip_local_port_range";
		const struct tcpmem_limit *read;
		struct tm_capture_error error;
		struct tm_capture_writer w;
		struct tm_capture capture;
		struct tm_limits limits;
		int fd;

		tm_limits_init(&limits);
		limit_of(&limits, name)->known = true;
		limit_of(&limits, name)->low = cases[i].low;
		limit_of(&limits, name)->value = cases[i].count;
		begin(&w);
		ck_assert_int_eq(tm_capture_put_netns(&w, 0, &netns), 0);
		ck_assert_int_eq(tm_capture_put_limits(&w, 0, &limits), 0);
		fd = end_capture(&w);
		ck_assert_int_eq(
			tm_capture_read(fd, false, &sink, &capture, &error), 0);
		read = tm_limits_find(capture.netns[0].limits, name);
		ck_assert_int_eq(read->known, cases[i].known);
		ck_assert_int_eq(read->low, read->known ? cases[i].low : 0);
		ck_assert_int_eq(read->value, read->known ? cases[i].count : 0);
		tm_capture_clear(&capture);
		close(fd);
	}
}
END_TEST

/* A message may have nothing but its head. */
START_TEST(bare_messages_come_back)
{
	const struct nlmsghdr head = { .nlmsg_len = sizeof(head) };
	const struct tm_capture_message message = {
		.data = (const uint8_t *)&head,
		.len = sizeof(head),
	};
	struct tm_capture_writer w;
	struct reading r;
	struct bytes b;

	begin(&w);
	ck_assert_int_eq(tm_capture_put_message(&w, &message, 1), 0);
	ck_assert_int_eq(tm_capture_put_message(&w, &message, 1), 0);
	b = take_bytes(end_capture(&w));
	r = read_bytes(b.data, b.len, false);
	ck_assert_int_eq(r.ret, 0);
	ck_assert_uint_eq(r.messages, 2);
	free(r.text);
	free(b.data);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("capture_bounds");
	TCase *tc = tcase_create("all");

	tcase_add_test(tc, counters_have_bounds);
	tcase_add_test(tc, long_texts_are_cut);
	tcase_add_test(tc, texts_of_a_file_are_cut);
	tcase_add_test(tc, names_of_a_file_are_cut);
	tcase_add_test(tc, warnings_come_back);
	tcase_add_test(tc, limits_come_back);
	tcase_add_test(tc, ranges_of_ports_have_bounds);
	tcase_add_test(tc, bare_messages_come_back);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}

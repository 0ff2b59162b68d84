// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_capture_back.c - all that a capture saves comes back */
#include "capture_back.h"
#include "unit.h"

/* "of a file that does not tell, one without sockets and counts was not
 * seen"; a count that cannot be is unknown */
START_TEST(namespaces_come_back)
{
	static const struct {
		struct tm_netns netns;
		int64_t time_wait;
		bool seen;
	} cases[] = {
		{ { .name = "a", .own = true, .time_wait = TCPMEM_UNKNOWN },
		  TCPMEM_UNKNOWN,
		  true },
		{ { .name = "b", .time_wait = TCPMEM_UNKNOWN },
		  TCPMEM_UNKNOWN,
		  false },
		{ { .name = "c", .time_wait = 0 }, 0, true },
		{ { .name = "d", .time_wait = 7 }, 7, true },
		{ { .name = "e", .time_wait = TM_FACT_MAX - 1 },
		  TM_FACT_MAX - 1,
		  true },
		{ { .name = "f", .time_wait = TM_FACT_MAX },
		  TCPMEM_UNKNOWN,
		  false },
	};
	enum { COUNT = sizeof(cases) / sizeof(cases[0]) };
	struct tm_capture_writer w;
	struct tm_capture capture;

	begin(&w);
	for (uint32_t i = 0; i < COUNT; i++) {
		struct tm_netns netns = cases[i].netns;

		netns.inode = 100 + i;
		netns.time_wait_max = 1000 + i;
		ck_assert_int_eq(tm_capture_put_netns(&w, 3 * i, &netns), 0);
	}
	put_message(&w, 3, false, TM_CAPTURE_SOCKETS, 1); /* of "b" */
	read_back(&w, &capture);
	ck_assert_uint_eq(capture.netns_count, COUNT);
	for (uint32_t i = 0; i < COUNT; i++) {
		const struct tm_netns *netns = &capture.netns[i];

		ck_assert_str_eq(netns->name, cases[i].netns.name);
		ck_assert_uint_eq(netns->inode, 100 + i);
		ck_assert_int_eq(netns->own, cases[i].netns.own);
		ck_assert_int_eq(netns->time_wait, cases[i].time_wait);
		ck_assert_int_eq(netns->time_wait_max, 1000 + i);
		ck_assert_int_eq(netns->fin_wait_2, TCPMEM_UNKNOWN);
		ck_assert_int_eq(netns->seen, i == 1 || cases[i].seen);
	}
	tm_capture_clear(&capture);
}
END_TEST

/* "A socket names its namespace in 16 bits." */
START_TEST(namespaces_are_bounded)
{
	const struct tm_netns netns = { .inode = 1, .name = "" };
	const struct tm_capture_sink sink = { .message = pass_message };

	for (uint32_t more = 0; more < 2; more++) {
		uint32_t count = UINT16_MAX + more;
		struct tm_capture_error error;
		struct tm_capture_writer w;
		struct tm_capture capture;
		int fd, ret;

		begin(&w);
		for (uint32_t i = 0; i < count; i++)
			ck_assert_int_eq(tm_capture_put_netns(&w, i, &netns),
					 0);
		fd = end_capture(&w);
		ret = tm_capture_read(fd, false, &sink, &capture, &error);
		ck_assert_int_eq(ret, more ? -EBADMSG : 0);
		ck_assert_uint_eq(capture.netns_count, UINT16_MAX);
		if (more)
			ck_assert_ptr_nonnull(
				strstr(error.text,
				       "more namespaces than there can be"));
		tm_capture_clear(&capture);
		close(fd);
	}
}
END_TEST

/* What salvage finds messages of, but no name: it is called by its inode. */
START_TEST(a_namespace_without_a_name_is_its_inode)
{
	struct tm_capture_writer w;
	struct tm_capture capture;

	begin(&w);
	put_message(&w, 7, false, TM_CAPTURE_SOCKETS, 1);
	read_back(&w, &capture);
	ck_assert_uint_eq(capture.netns_count, 1);
	ck_assert_str_eq(capture.netns[0].name, "4026531840");
	ck_assert_uint_eq(capture.netns[0].inode, 4026531840);
	ck_assert(capture.netns[0].seen);
	ck_assert(!capture.netns[0].own);
	ck_assert_int_eq(capture.netns[0].time_wait, TCPMEM_UNKNOWN);
	ck_assert_int_eq(capture.netns[0].time_wait_max, TCPMEM_UNKNOWN);
	ck_assert_int_eq(capture.netns[0].fin_wait_2, TCPMEM_UNKNOWN);
	tm_capture_clear(&capture);
}
END_TEST

/* Messages in a role of a later version are none of this one. */
START_TEST(messages_of_other_roles_are_passed_over)
{
	struct tm_capture_writer w;
	struct reading r;
	struct bytes b;

	begin(&w);
	put_facts(&w);
	put_message(&w, 0, false, TM_CAPTURE_LISTENERS, 1);
	put_message(&w, 0, false,
		    (enum tm_capture_role)(TM_CAPTURE_LISTENERS + 1), 2);
	put_message(&w, 1, false, TM_CAPTURE_SOCKETS, 3);
	b = take_bytes(end_capture(&w));
	r = read_bytes(b.data, b.len, false);
	ck_assert_int_eq(r.ret, 0);
	ck_assert_uint_eq(r.messages, 2);
	ck_assert_ptr_null(strstr(r.text, "cookie 2\n"));
	free(r.text);
	free(b.data);
}
END_TEST

/* "A long set of processes is written in parts": as many as a part, one less,
 * one more, and more than two */
START_TEST(many_holders_come_back)
{
	static const uint32_t counts[] = { 1, 1023, 1024, 1025, 2048, 3000 };

	for (size_t k = 0; k < sizeof(counts) / sizeof(counts[0]); k++) {
		struct tm_metadata metadata = { .fds_max = false };
		struct tm_holders *holders;
		struct tm_capture_writer w;
		struct tm_capture capture;
		uint32_t index, holder;

		ck_assert_int_eq(tm_holders_new(false, &holders), 0);
		for (uint32_t i = 0; i < counts[k]; i++) {
			const struct tcpmem_process process = { .pid = i + 1 };

			ck_assert_int_eq(
				tm_holders_process(holders, &process, &index),
				0);
			ck_assert_int_eq(tm_holders_add(holders, 5, index), 0);
		}
		ck_assert_int_eq(tm_holders_finish(holders), 0);
		begin(&w);
		ck_assert_int_eq(
			tm_capture_put_processes(&w, holders, &metadata), 0);
		ck_assert_int_eq(
			tm_capture_put_holders(&w, holders, false, true), 0);
		read_back(&w, &capture);
		ck_assert(!capture.complete);
		ck_assert(capture.nested);
		ck_assert_int_eq(tm_holders_finish(capture.holders), 0);
		holder = tm_holders_find(capture.holders, 5);
		ck_assert_uint_eq(tm_holder_count(capture.holders, holder),
				  counts[k]);
		for (uint32_t i = 0; i < counts[k]; i++)
			ck_assert_uint_eq(
				tm_holder_get(capture.holders, holder, i), i);
		tm_holders_free(holders);
		tm_capture_clear(&capture);
	}
}
END_TEST

/* "What is known of a process": unknown, 0 and the bounds of each */
START_TEST(processes_come_back)
{
	static const struct tm_process_metadata places[] = {
		TM_PROCESS_METADATA_NONE,
		{ TM_METADATA_UNKNOWN, TM_METADATA_UNKNOWN, TM_METADATA_UNKNOWN,
		  .parent = 0, .rss = 0, .fds = 0 },
		{ TM_METADATA_UNKNOWN, TM_METADATA_UNKNOWN, TM_METADATA_UNKNOWN,
		  .parent = INT32_MAX, .rss = 5, .fds = 6 },
		{ TM_METADATA_UNKNOWN, TM_METADATA_UNKNOWN, TM_METADATA_UNKNOWN,
		  .parent = (uint32_t)INT32_MAX + 1, .rss = TM_FACT_MAX - 1,
		  .fds = TM_FACT_MAX },
	};
	struct tm_process_metadata place[4];
	struct tm_metadata metadata = { .process = place, .process_count = 4 };
	struct tm_holders *holders;
	struct tm_capture_writer w;
	struct tm_capture capture;
	uint32_t index;

	memcpy(place, places, sizeof(places));
	ck_assert_int_eq(tm_holders_new(false, &holders), 0);
	for (uint32_t i = 0; i < 5; i++) {
		const struct tcpmem_process process = {
			.pid = i + 1,
			.uid = 2 * i,
			.start_time = 3 * i,
			.comm = "fifteen-bytes-x"
		};

		ck_assert_int_eq(tm_holders_process(holders, &process, &index),
				 0);
	}
	begin(&w);
	ck_assert_int_eq(tm_capture_put_processes(&w, holders, &metadata), 0);
	read_back(&w, &capture);
	ck_assert_uint_eq(capture.metadata.process_count, 5);
	for (uint32_t i = 0; i < 5; i++) {
		const struct tm_process_metadata *read =
			&capture.metadata.process[i];
		const struct tcpmem_process *process =
			tm_holders_get_process(capture.holders, i);
		bool known = i == 1 || i == 2;

		ck_assert_uint_eq(process->pid, i + 1);
		ck_assert_uint_eq(process->uid, 2 * i);
		ck_assert_uint_eq(process->start_time, 3 * i);
		ck_assert_str_eq(process->comm, "fifteen-bytes-x");
		ck_assert_uint_eq(read->program, TM_METADATA_UNKNOWN);
		ck_assert_uint_eq(read->parent, known ? place[i].parent
						      : TM_METADATA_UNKNOWN);
		ck_assert_int_eq(read->rss, known || i == 3 ? place[i].rss
							    : TCPMEM_UNKNOWN);
		ck_assert_int_eq(read->fds,
				 known ? place[i].fds : TCPMEM_UNKNOWN);
		ck_assert_int_eq(read->fds_max, TCPMEM_UNKNOWN);
	}
	tm_holders_free(holders);
	tm_capture_clear(&capture);
}
END_TEST

/* "The kernel's side" of the accounting, each number and each truth alone */
START_TEST(the_kernels_side_comes_back)
{
	const struct tm_accounting some = {
		.charged = 1, /* of sockets: not saved */
		.before = { true, 2, 3 },
		.after = { true, 4, 5 },
		.unhashed = 6,
		.unhashed_known = true,
	};
	bool truth[7];

	for (size_t i = 0; i < 7; i++) {
		struct tm_accounting accounting = some;
		struct tm_capture_writer w;
		struct tm_capture capture;
		const struct tm_accounting *read = &capture.accounting;

		accounting.narrowed = i == 0;
		accounting.denied = i == 1;
		accounting.fds_denied = i == 2;
		accounting.fds_uncopied = i == 3;
		accounting.proc_hidden = i == 4;
		accounting.tls = i == 5;
		accounting.bypass = i == 6;
		accounting.before.known = i != 0;
		accounting.after.known = i != 1;
		accounting.unhashed_known = i != 2;
		begin(&w);
		ck_assert_int_eq(tm_capture_put_accounting(&w, &accounting), 0);
		read_back(&w, &capture);
		ck_assert_int_eq(read->before.known, i != 0);
		ck_assert_int_eq(read->after.known, i != 1);
		ck_assert_int_eq(read->unhashed_known, i != 2);
		ck_assert_int_eq(read->charged, 0);
		ck_assert_int_eq(read->before.memory, 2);
		ck_assert_int_eq(read->before.sockets, 3);
		ck_assert_int_eq(read->after.memory, 4);
		ck_assert_int_eq(read->after.sockets, 5);
		ck_assert_int_eq(read->unhashed, 6);
		truth[0] = read->narrowed;
		truth[1] = read->denied;
		truth[2] = read->fds_denied;
		truth[3] = read->fds_uncopied;
		truth[4] = read->proc_hidden;
		truth[5] = read->tls;
		truth[6] = read->bypass;
		for (size_t k = 0; k < 7; k++)
			ck_assert_int_eq(truth[k], k == i);
		tm_capture_clear(&capture);
	}
}
END_TEST

/* "inodes of sockets that were closed while it was taken; sorted"; names */
START_TEST(closed_inodes_and_names_come_back)
{
	struct tm_metadata metadata = { .fds_max = false };
	struct tm_capture_writer w;
	struct tm_capture capture;

	ck_assert_int_eq(tm_metadata_add_name(&metadata, "id1", "web"), 0);
	ck_assert_int_eq(tm_metadata_add_name(&metadata, "id2", "db"), 0);
	ck_assert_int_eq(tm_metadata_add_name(&metadata, "id3", "web"), 0);
	begin(&w);
	ck_assert_int_eq(tm_capture_put_closed(&w, 9), 0);
	ck_assert_int_eq(tm_capture_put_closed(&w, UINT32_MAX), 0);
	ck_assert_int_eq(tm_capture_put_closed(&w, 5), 0);
	ck_assert_int_eq(tm_capture_put_names(&w, &metadata), 0);
	read_back(&w, &capture);
	ck_assert_uint_eq(capture.closed_count, 3);
	ck_assert(tm_capture_has_closed(&capture, 5));
	ck_assert(tm_capture_has_closed(&capture, 9));
	ck_assert(tm_capture_has_closed(&capture, UINT32_MAX));
	ck_assert(!tm_capture_has_closed(&capture, 6));
	ck_assert(!tm_capture_has_closed(&capture, 0));
	ck_assert_str_eq(tm_metadata_name(&capture.metadata, "id1"), "web");
	ck_assert_str_eq(tm_metadata_name(&capture.metadata, "id2"), "db");
	ck_assert_str_eq(tm_metadata_name(&capture.metadata, "id3"), "web");
	ck_assert_ptr_null(tm_metadata_name(&capture.metadata, "id"));
	tm_capture_clear(&capture);
	tm_metadata_deinit(&metadata);
}
END_TEST

/* Each fact and each object has its own; "info" is asked for or not */
START_TEST(facts_come_back)
{
	struct tm_capture_scope scope = { .states = 0x2ffe, .info = true };
	struct tm_objects objects = { .bytes = { 0 } };
	struct tm_host host = { .fact = { 0 } };
	struct tm_capture_writer w;
	struct tm_capture capture;

	for (int i = 0; i < TCPMEM_HOST_METRIC_COUNT; i++) {
		host.known[i] = i != 3;
		host.fact[i] = i ? 1000 + i : TM_FACT_MAX;
	}
	host.fact[1] = TM_FACT_MAX + 1; /* nobody knows what it means */
	for (unsigned int i = 0; i < TCPMEM_OBJECT_COUNT; i++) {
		objects.bytes[i] = 100 + i;
		objects.source[i] = (enum tcpmem_object_source)(
			i % TCPMEM_OBJECT_SOURCE_COUNT);
	}
	begin(&w);
	ck_assert_int_eq(tm_capture_put_scope(&w, &scope), 0);
	ck_assert_int_eq(tm_capture_put_host(&w, &host), 0);
	ck_assert_int_eq(tm_capture_put_objects(&w, &objects), 0);
	read_back(&w, &capture);
	ck_assert(capture.scope.info);
	ck_assert(!capture.scope.holders);
	for (int i = 0; i < TCPMEM_HOST_METRIC_COUNT; i++) {
		bool known = i != 1 && i != 3;

		ck_assert_int_eq(capture.host.known[i], known);
		ck_assert_int_eq(capture.host.fact[i],
				 known ? host.fact[i] : 0);
	}
	for (int i = 0; i < TCPMEM_OBJECT_COUNT; i++) {
		ck_assert_uint_eq(capture.objects.bytes[i], objects.bytes[i]);
		ck_assert_int_eq(capture.objects.source[i], objects.source[i]);
	}
	tm_capture_clear(&capture);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("capture_back");
	TCase *tc = tcase_create("all");

	tcase_add_test(tc, namespaces_come_back);
	tcase_add_test(tc, namespaces_are_bounded);
	tcase_add_test(tc, a_namespace_without_a_name_is_its_inode);
	tcase_add_test(tc, messages_of_other_roles_are_passed_over);
	tcase_add_test(tc, many_holders_come_back);
	tcase_add_test(tc, processes_come_back);
	tcase_add_test(tc, the_kernels_side_comes_back);
	tcase_add_test(tc, closed_inodes_and_names_come_back);
	tcase_add_test(tc, facts_come_back);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}

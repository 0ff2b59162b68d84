// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_collect.c - the stages, against a scripted kernel and a made-up /proc */
#include "collect_fixture.h"
#include "unit.h"

#include <fcntl.h>
#include <sys/mman.h>

/* One that the kernel breaks off behind its first socket. */
static void script_broken(int netns, uint32_t seq, uint64_t first)
{
	struct script_open *open = script_next(fake.script[netns]);

	script_datagram(open);
	script_socket(open, seq, first, 1);
	script_end(open, seq, NLMSG_DONE, -EBUSY);
}

/* "what a query and its filter want, together" */
START_TEST(a_plan_is_what_all_want_together)
{
	struct tcpmem_filter_error error = { .size = sizeof(error) };
	struct tcpmem_filter *filter;

	make_plan(TCPMEM_NEED_CHARGES, TM_SINK_KEEP);
	ck_assert_uint_eq(plan.needs, TCPMEM_NEED_CHARGES |
					      TCPMEM_NEED_HOLDERS |
					      TCPMEM_NEED_METADATA);
	ck_assert(!plan.prefiltered);
	ck_assert_int_eq(tcpmem_filter_parse("state listening and rtt > 1ms",
					     &error, &filter),
			 0);
	ck_assert_int_eq(tcpmem_query_set_filter(query, filter), 0);
	tcpmem_filter_free(filter);
	make_plan(0, TM_SINK_KEEP);
	ck_assert_uint_eq(plan.needs, TCPMEM_NEED_INFO);
	ck_assert_uint_eq(plan.states, 1u << TCPMEM_STATE_LISTENING);
	/* "a file has all sockets" */
	make_plan(0, TM_SINK_CAPTURE);
	ck_assert_uint_eq(plan.needs, TCPMEM_NEED_LIMITS);
	ck_assert_uint_eq(plan.states, TCPMEM_STATES_ALL);
	ck_assert_ptr_null(plan.filter);
}
END_TEST

/* "whether the namespace may have msks": a 0 is believed where it can be */
START_TEST(msks_are_asked_for_where_there_may_be_any)
{
	struct tm_netns_status ns = { .counted = false };
	struct tm_status status = { .ns = &ns, .count = 1 };

	for (int i = 0; i < 2; i++) {
		status.mptcp_counted = i;
		ns = (struct tm_netns_status){ .counted = false };
		ck_assert(tm_status_may_have_mptcp(&status, 0));
		ns.counted = true;
		ck_assert(!tm_status_may_have_mptcp(&status, 0));
		ns.stat.has_mptcp = true;
		ck_assert_int_eq(tm_status_may_have_mptcp(&status, 0), !i);
		ns.stat.mptcp = 1;
		ck_assert(tm_status_may_have_mptcp(&status, 0));
	}
}
END_TEST

/* Sockets that the kernel counts lead to a namespace that only an fd holds. */
START_TEST(a_namespace_is_found_late)
{
	add_process(10, "net:[1]", "net:[3]");
	set_counts(2, 9);
	script_dump(OWN, 1, 100, 2);
	script_dump(LATE, 1, 102, 2);
	make_plan(TCPMEM_NEED_HOLDERS, TM_SINK_KEEP);
	query->source = TCPMEM_HOLDER_SOURCE_PROC;
	/* nobody holds them: they are asked for again, and stay */
	for (int i = 0; i < 2; i++) {
		struct script_open *open =
			script_next(fake.script[i ? LATE : OWN]);

		for (int j = 0; j < 2; j++) {
			script_datagram(open);
			script_end(open, 0, NLMSG_ERROR, -EPERM);
		}
	}
	take();
	expect_cookies(100, 4);
	ck_assert_uint_eq(snap->netns_count, 2);
	ck_assert_uint_eq(snap->netns[1].inode, LATE);
}
END_TEST

/* Whatever states are asked for: sockets in no table may be in one. */
START_TEST(a_namespace_is_found_late_for_some_states)
{
	const uint32_t states = 1u << TCPMEM_STATE_ESTABLISHED |
				1u << TCPMEM_STATE_LISTENING;

	ck_assert_int_eq(tcpmem_query_set_states(query, states), 0);
	add_process(10, "net:[1]", "net:[3]");
	set_counts(2, 9);
	script_dump(OWN, 1, 100, 2);
	script_dump(OWN, 1, 100, 2); /* in all states */
	script_dump(LATE, 1, 102, 2);
	make_plan(TCPMEM_NEED_HOLDERS, TM_SINK_KEEP);
	query->source = TCPMEM_HOLDER_SOURCE_PROC;
	for (int i = 0; i < 2; i++) {
		struct script_open *open =
			script_next(fake.script[i ? LATE : OWN]);

		for (int j = 0; j < 2; j++) {
			script_datagram(open);
			script_end(open, 0, NLMSG_ERROR, -EPERM);
		}
	}
	take();
	expect_cookies(100, 4);
	ck_assert_uint_eq(snap->netns_count, 2);
	ck_assert(tm_warnings_have(&snap->warnings,
				   TCPMEM_WARNING_SOCKETS_UNSEEN));
}
END_TEST

/* Who asks for no processes is told that there may be one. */
START_TEST(a_namespace_that_is_not_looked_for_is_a_warning)
{
	ck_assert_int_eq(
		tcpmem_query_set_states(query, 1u << TCPMEM_STATE_ESTABLISHED),
		0);
	set_counts(2, 9);
	script_dump(OWN, 1, 100, 2);
	script_dump(OWN, 1, 100, 0); /* bound ones */
	make_plan(0, TM_SINK_KEEP);
	take();
	expect_cookies(100, 2);
	ck_assert(tm_warnings_have(&snap->warnings,
				   TCPMEM_WARNING_SOCKETS_UNSEEN));
	ck_assert(!tcpmem_snapshot_is_complete(snap));
}
END_TEST

/* "which no count of a namespace has" */
START_TEST(bound_sockets_are_asked_for_where_no_socket_is_counted)
{
	make_plan(0, TM_SINK_KEEP);
	ck_assert(!plan.bound);
	ck_assert_int_eq(tcpmem_query_set_states(
				 query, 1u << TCPMEM_STATE_BOUND_INACTIVE),
			 0);
	add_process(10, "net:[1]", "/dev/null");
	add_process(20, "net:[2]", "/dev/null");
	set_counts(0, 0);
	script_dump(OWN, 1, 100, 0);
	script_dump(OTHER, 1, 100, 0);
	make_plan(0, TM_SINK_KEEP);
	ck_assert(plan.bound);
	ck_assert(!plan.unhashed);
	take();
	ck_assert_uint_eq(snap->warnings.count, 0);
}
END_TEST

/* "counts what of it is in no table", where a count shows no socket, too */
START_TEST(bound_sockets_that_are_left_out_are_not_missing)
{
	struct script_open *open;

	ck_assert_int_eq(
		tcpmem_query_set_states(query, 1u << TCPMEM_STATE_ESTABLISHED),
		0);
	add_process(10, "net:[1]", "/dev/null");
	add_process(20, "net:[2]", "/dev/null");
	set_counts(0, 1);
	script_dump(OWN, 1, 100, 0);
	script_dump(OWN, 1, 100, 0); /* bound ones */
	open = script_next(fake.script[OTHER]);
	script_datagram(open);
	script_socket(open, 1, 200, TCPMEM_STATE_BOUND_INACTIVE);
	script_end(open, 1, NLMSG_DONE, 0);
	make_plan(0, TM_SINK_KEEP);
	take();
	ck_assert_int_eq(snap->accounting.left_out, 1);
	ck_assert_uint_eq(snap->warnings.count, 0);
}
END_TEST

/* "of a part the most", for as long as namespaces are recalled */
START_TEST(a_part_is_outgrown_by_more_than_it_had)
{
	struct tm_accounting accounting = { .narrowed = true,
					    .unhashed_known = true };
	struct tm_ns_list list = { 0 };

	ck_assert_int_eq(tm_cache_init(&cache), 0);
	cache.netns.mounts = open("/dev/null", O_RDONLY | O_CLOEXEC);
	accounting.unhashed = 9;
	tm_netns_remember(&cache, true, &accounting, &list);
	accounting.unhashed = 5;
	tm_netns_remember(&cache, false, &accounting, &list);
	accounting.unhashed = 9;
	ck_assert(!tm_netns_is_outgrown(&cache, &accounting));
	accounting.unhashed = 10;
	ck_assert(tm_netns_is_outgrown(&cache, &accounting));
	cache.netns.read_ns += INT64_C(30000000000);
	accounting.unhashed = 5;
	tm_netns_remember(&cache, true, &accounting, &list);
	accounting.unhashed = 6;
	ck_assert(tm_netns_is_outgrown(&cache, &accounting));
}
END_TEST

/* "the sockets of one namespace" are void, and those of no other */
START_TEST(a_dump_that_restarts_is_kept_once)
{
	add_process(10, "net:[1]", "/dev/null");
	add_process(20, "net:[2]", "/dev/null");
	set_counts(2, 4);
	script_dump(OWN, 1, 100, 2);
	script_broken(OTHER, 1, 102);
	script_dump(OTHER, 2, 102, 2);
	make_plan(0, TM_SINK_KEEP);
	take();
	expect_cookies(100, 4);
}
END_TEST

/* A socket, and a restart of all, as a stream gets them. */
struct stream {
	uint64_t cookie[16];
	size_t count;
	size_t restarts;
};

static int on_socket(struct tcpmem_socket *sock, const struct tm_info *info,
		     void *user)
{
	struct stream *stream = user;

	(void)info;
	ck_assert_uint_lt(stream->count, 16);
	stream->cookie[stream->count++] = sock->cookie;
	return 0;
}

static int on_restart(uint16_t netns, void *user)
{
	struct stream *stream = user;

	(void)netns;
	stream->count = 0;
	stream->restarts++;
	return 0;
}

/* "those of all namespaces, or nothing" */
START_TEST(what_was_emitted_is_taken_back_for_all)
{
	struct stream stream = { .count = 0 };
	const struct tm_sink sink = {
		.socket = on_socket,
		.restart = on_restart,
		.restarts = TM_RESTART_ALL,
		.user = &stream,
	};
	struct tm_live live = { .plan = &plan, .cache = &cache };

	add_process(10, "net:[1]", "/dev/null");
	add_process(20, "net:[2]", "/dev/null");
	set_counts(2, 4);
	make_plan(0, TM_SINK_KEEP);
	ck_assert_int_eq(tm_live_open(&live, false), 0);
	snap = live.snap;
	/* one of two namespaces after the other, so that order is sure */
	live.status.ns[1].status = TM_DUMP_EMPTY;
	script_dump(OWN, 1, 100, 2);
	live.sink = &sink;
	ck_assert_int_eq(tm_live_dump(&live), 0);
	ck_assert_uint_eq(stream.count, 2);
	live.status.ns[1].status = TM_DUMP_PENDING;
	script_broken(OTHER, 1, 102);
	script_dump(OWN, 1, 100, 2);
	script_dump(OTHER, 1, 102, 2);
	ck_assert_int_eq(tm_live_dump(&live), 0);
	ck_assert_uint_eq(stream.restarts, 1);
	ck_assert_uint_eq(stream.count, 4);
	ck_assert_int_eq(tm_live_finish(&live), 0);
	ck_assert_int_eq(snap->accounting.sockets, 4);
	ck_assert_int_eq(tm_live_close(&live, 0, &snap), 0);
}
END_TEST

/* "processes whose program cannot be read": names stand for them, and that is
 * said; so is a cgroup's path without mounts to look it up in */
START_TEST(a_program_that_cannot_be_read_is_a_warning)
{
	add_process(10, "net:[1]", "socket:[4711]");
	tree_file(&tree, "10/exe", "no link\n");
	tree_file(&tree, "10/cgroup", "0::/somewhere\n");
	set_counts(1, 1);
	script_dump(OWN, 1, 100, 1);
	make_plan(TCPMEM_NEED_HOLDERS | TCPMEM_NEED_METADATA, TM_SINK_KEEP);
	query->source = TCPMEM_HOLDER_SOURCE_PROC;
	take();
	ck_assert(tm_warnings_have(&snap->warnings,
				   TCPMEM_WARNING_PROGRAMS_UNREADABLE));
	ck_assert(!tcpmem_snapshot_is_complete(snap));
}
END_TEST

static void add_socket(struct tm_socket_set *set, uint64_t cookie, uint8_t kind)
{
	const struct tcpmem_socket sock = {
		.cookie = cookie,
		.state = TCPMEM_STATE_ESTABLISHED,
		.kind = kind,
		.inode = 5,
	};
	const struct tm_info info = {
		.expires_ms = (uint32_t)cookie,
		.present = true,
	};

	ck_assert_int_eq(tm_socket_set_add(set, &sock, &info), 0);
}

/* "it is gone, and removed"; what belongs to others stays theirs */
START_TEST(a_holder_that_vanishes_takes_its_socket_along)
{
	struct tm_socket_set set = { .with_info = true };
	struct tm_owners owners = { .complete = true };
	struct script_open *open = script_next(fake.script[OWN]);
	struct tm_ns_list list;
	size_t own;

	make_plan(0, TM_SINK_KEEP);
	ck_assert_int_eq(tm_ns_list_init(ctx, &list), 0);
	ck_assert_int_eq(tm_ns_list_add_own(&list, &own), 0);
	add_socket(&set, 1, TCPMEM_KIND_PROCESS);
	add_socket(&set, 2, TCPMEM_KIND_IN_FLIGHT);
	add_socket(&set, 3, TCPMEM_KIND_HIDDEN);
	add_socket(&set, 4, TCPMEM_KIND_PROCESS);
	script_datagram(open);
	script_end(open, 0, NLMSG_ERROR, -ENOENT);
	script_datagram(open);
	script_socket(open, 0, 3, 1);
	ck_assert_int_eq(tm_recheck(&plan, &list, &owners, &set), 0);
	ck_assert_uint_eq(set.count, 3);
	for (size_t i = 0; i < set.count; i++)
		ck_assert_uint_eq(set.info[i].expires_ms, set.sock[i].cookie);
	ck_assert_uint_eq(set.sock[1].cookie, 3);
	ck_assert_uint_eq(set.sock[1].inode, 4711); /* as it is now */
	tm_socket_set_deinit(&set);
	tm_ns_list_clear(&list);
}
END_TEST

/* Nobody is out of sight. */
static void add_whole_host(void)
{
	add_process(1, "net:[1]", "/dev/null");
	tree_file(&tree, "2/stat",
		  "2 (kthreadd) S 0 0 0 0 -1 2129984 0 0 0 0 0 0 0 0 20 0 1 0 "
		  "77 0\n");
}

/* "those that have it in the messages were closed meanwhile" */
START_TEST(a_capture_leaves_out_what_was_closed)
{
	struct tcpmem_snapshot *loaded;
	int fd = memfd_create("capture", MFD_CLOEXEC);

	ck_assert_int_ge(fd, 0);
	add_whole_host();
	script_dump(OWN, 1, 100, 2);
	script_dump(OWN, 1, 100, 0); /* its listeners */
	script_dump(OWN, 1, 100, (size_t)_i);
	make_plan(TCPMEM_NEED_HOLDERS, TM_SINK_CAPTURE);
	query->source = TCPMEM_HOLDER_SOURCE_PROC;
	ck_assert_int_eq(tm_capture_take(&plan, &cache, fd, &snap), 0);
	ck_assert_int_eq(lseek(fd, 0, SEEK_SET), 0);
	ck_assert_int_eq(
		tcpmem_snapshot_load_fd(ctx, query, fd, 0, NULL, &loaded), 0);
	/* all have the same inode */
	ck_assert_uint_eq(loaded->sockets.count, _i ? 2 : 0);
	tcpmem_snapshot_free(loaded);
	close(fd);
}
END_TEST

/* "inodes that nobody held in the capture before": they are the kernel's own */
START_TEST(what_nobody_holds_for_long_is_asked_for_once)
{
	ck_assert_int_eq(tm_cache_init(&cache), 0);
	add_whole_host();
	make_plan(TCPMEM_NEED_HOLDERS, TM_SINK_CAPTURE);
	query->source = TCPMEM_HOLDER_SOURCE_PROC;
	for (int i = 0; i < 2; i++) {
		int fd = memfd_create("capture", MFD_CLOEXEC);

		ck_assert_int_ge(fd, 0);
		script_dump(OWN, 1, 100, 2);
		script_dump(OWN, 1, 100, 0); /* its listeners */
		if (i == 0)
			script_dump(OWN, 1, 100, 1);
		ck_assert_int_eq(tm_capture_take(&plan, &cache, fd, &snap), 0);
		tcpmem_snapshot_free(snap);
		ck_assert_int_eq(lseek(fd, 0, SEEK_SET), 0);
		ck_assert_int_eq(
			tcpmem_snapshot_load_fd(ctx, query, fd, 0, NULL, &snap),
			0);
		ck_assert_uint_eq(snap->sockets.count, 2);
		tcpmem_snapshot_free(snap);
		snap = NULL;
		close(fd);
	}
}
END_TEST

/* "counts the sockets of all namespaces at one moment": what closes is none */
START_TEST(sockets_that_close_while_they_are_counted_are_not_missing)
{
	static const int inuse[] = { 10, -1 };
	struct tm_live live = { .plan = &plan, .cache = &cache };

	add_process(10, "net:[1]", "/dev/null");
	add_process(20, "net:[2]", "/dev/null");
	set_counts(10, 24);
	fake.inuse = inuse; /* from then on the host has 20 */
	make_plan(0, TM_SINK_KEEP);
	ck_assert_int_eq(tm_live_open(&live, false), 0);
	ck_assert_ptr_eq(fake.inuse, inuse + 1);
	ck_assert(live.snap->accounting.unhashed_known);
	ck_assert_int_eq(live.snap->accounting.unhashed, 0);
	ck_assert_int_eq(tm_live_close(&live, 0, &snap), 0);
}
END_TEST

/* "none is ever too high, so the highest one is right" */
START_TEST(counters_that_move_are_read_again)
{
	static const int inuse[] = { 20, 16, 20, -1 };
	struct tm_live live = { .plan = &plan, .cache = &cache };
	const struct tm_sink none = { .restarts = TM_RESTART_NEVER };
	struct tm_dump dump = {
		.plan = &plan,
		.sink = &none,
		.which = 1u << TM_DUMP_PENDING,
	};

	add_process(10, "net:[1]", "/dev/null");
	add_process(20, "net:[2]", "/dev/null");
	set_counts(10, 20);
	make_plan(0, TM_SINK_KEEP);
	ck_assert_int_eq(tm_live_open(&live, false), 0);
	snap = live.snap;
	dump.list = &live.list;
	dump.status = &live.status;
	dump.warnings = &snap->warnings;
	dump.objects = &snap->objects;
	ck_assert_int_eq(snap->accounting.unhashed, 0);
	/* nothing was dumped: 20 sockets are unseen, the counts say none */
	live.status.ns[0].status = TM_DUMP_DENIED;
	fake.inuse = inuse;
	ck_assert_int_eq(tm_accounting_after(&dump, &snap->accounting), 0);
	ck_assert_int_eq(snap->accounting.unhashed, 4);
	ck_assert(snap->accounting.unhashed_known);
	ck_assert_ptr_eq(fake.inuse, inuse + 3);
	ck_assert_int_eq(tm_live_close(&live, 0, &snap), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("collect");
	TCase *tcase = tcase_create("stages");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, a_plan_is_what_all_want_together);
	tcase_add_test(tcase, msks_are_asked_for_where_there_may_be_any);
	tcase_add_test(tcase, a_namespace_is_found_late);
	tcase_add_test(tcase, a_namespace_is_found_late_for_some_states);
	tcase_add_test(tcase, a_namespace_that_is_not_looked_for_is_a_warning);
	tcase_add_test(tcase,
		       bound_sockets_are_asked_for_where_no_socket_is_counted);
	tcase_add_test(tcase, bound_sockets_that_are_left_out_are_not_missing);
	tcase_add_test(tcase, a_part_is_outgrown_by_more_than_it_had);
	tcase_add_test(tcase, a_dump_that_restarts_is_kept_once);
	tcase_add_test(tcase, what_was_emitted_is_taken_back_for_all);
	tcase_add_test(tcase, a_holder_that_vanishes_takes_its_socket_along);
	tcase_add_loop_test(tcase, a_capture_leaves_out_what_was_closed, 0, 2);
	tcase_add_test(tcase, what_nobody_holds_for_long_is_asked_for_once);
	tcase_add_test(tcase, a_program_that_cannot_be_read_is_a_warning);
	tcase_add_test(
		tcase,
		sockets_that_close_while_they_are_counted_are_not_missing);
	tcase_add_test(tcase, counters_that_move_are_read_again);
	suite_add_tcase(suite, tcase);
	return unit_run(suite);
}

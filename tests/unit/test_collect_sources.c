// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_collect_sources.c - iterators, files and namespaces that fail */
#include "collect_fixture.h"
#include "unit.h"

#define LISTED                                                              \
	"  sl  local_address rem_address   st\n"                            \
	"   0: 0100007F:%s 00000000:0000 0A 00000000:00000000 00:00000000 " \
	"00000000     0        0 %s 1 0 100 0 0 10 0\n"

static void refuse(int netns, int error)
{
	script_next(fake.script[netns])->error = error;
}

static void add_list(int netns, const char *port, const char *inode)
{
	char path[64], text[256];

	snprintf(path, sizeof(path), "list/%d/tcp", netns);
	snprintf(text, sizeof(text), LISTED, port, inode);
	tree_file(&tree, path, text);
}

/* "Where sock_diag cannot be used, sockets are from /proc/net/tcp, and a
 * warning says so": one, whatever the number of namespaces */
START_TEST(a_closed_sock_diag_is_replaced_by_files)
{
	int64_t held;

	add_process(10, "net:[1]", "/dev/null");
	add_process(20, "net:[2]", "/dev/null");
	set_counts(2, 2);
	refuse(OWN, -EACCES);
	refuse(OTHER, -EPERM);
	add_list(OWN, "1F90", "11");
	add_list(OTHER, "1F90", "12");
	make_plan(0, TM_SINK_KEEP);
	take();
	ck_assert_uint_eq(snap->sockets.count, 2);
	ck_assert_uint_ne(snap->sockets.sock[0].netns,
			  snap->sockets.sock[1].netns);
	ck_assert_int_eq(tcpmem_socket_get_metric(&snap->sockets.sock[0],
						  TCPMEM_METRIC_HELD, &held),
			 -ENODATA);
	ck_assert_uint_eq(snap->warnings.count, 1);
	ck_assert_int_eq(snap->warnings.warning[0].code,
			 TCPMEM_WARNING_SOCK_DIAG_CLOSED);
	ck_assert(!tcpmem_snapshot_is_complete(snap));
}
END_TEST

static int fake_open_gone(const struct tm_kernel *kernel,
			  const struct tcpmem_ctx *at, const struct tm_ns *ns,
			  bool inside)
{
	return ns->inode == LATE && !inside ? -ENOENT
					    : fake_open(kernel, at, ns, inside);
}

/* The caller's namespace has two sockets, another one ends: @opens tells when
 */
static void make_vanishing(int (*opens)(const struct tm_kernel *kernel,
					const struct tcpmem_ctx *at,
					const struct tm_ns *ns, bool inside))
{
	add_process(10, "net:[1]", "net:[3]");
	set_counts(2, 9);
	script_dump(OWN, 1, 100, 2);
	fake.kernel.open = opens;
	make_plan(TCPMEM_NEED_HOLDERS, TM_SINK_KEEP);
	query->source = TCPMEM_HOLDER_SOURCE_PROC;
}

static void expect_vanished(void)
{
	/* nobody holds them: they are asked for again, and stay */
	struct script_open *open = script_next(fake.script[OWN]);

	for (int i = 0; i < 2; i++) {
		script_datagram(open);
		script_end(open, 0, NLMSG_ERROR, -EPERM);
	}
	take();
	expect_cookies(100, 2);
	ck_assert(!tm_warnings_have(&snap->warnings,
				    TCPMEM_WARNING_SOCK_DIAG_CLOSED));
}

/* A namespace that ends while it is about to be asked is no error. */
START_TEST(a_namespace_that_vanishes_is_left_out)
{
	make_vanishing(fake_open_gone);
	expect_vanished();
}
END_TEST

static int fake_open_once(const struct tm_kernel *kernel,
			  const struct tcpmem_ctx *at, const struct tm_ns *ns,
			  bool inside)
{
	static int opens;

	return ns->inode == LATE && !inside && opens++
		       ? -ENOENT
		       : fake_open(kernel, at, ns, inside);
}

/* Nor is one that ends between two requests: each opens a socket of its own. */
START_TEST(a_namespace_that_vanishes_half_way_is_left_out)
{
	struct script_open *open = script_next(fake.script[LATE]);

	script_datagram(open);
	script_end(open, 0, NLMSG_ERROR, -EINVAL);
	make_vanishing(fake_open_once);
	expect_vanished();
}
END_TEST

static int fake_open_lacking(const struct tm_kernel *kernel,
			     const struct tcpmem_ctx *at,
			     const struct tm_ns *ns, bool inside)
{
	return ns->inode == LATE && !inside ? -EAGAIN
					    : fake_open(kernel, at, ns, inside);
}

/* "-EAGAIN if no thread can be started": no word about the namespace */
START_TEST(a_thread_that_cannot_be_started_is_an_error)
{
	make_vanishing(fake_open_lacking);
	ck_assert_int_eq(tm_keep_take(&plan, &cache, &snap), -EAGAIN);
	snap = NULL;
}
END_TEST

static int fake_open_closed(const struct tm_kernel *kernel,
			    const struct tcpmem_ctx *at, const struct tm_ns *ns,
			    bool inside)
{
	return ns->inode == LATE && !inside ? -EACCES - TM_ENTERED
					    : fake_open(kernel, at, ns, inside);
}

/* A socket that is refused in a namespace is told as what it is. */
START_TEST(the_error_of_a_socket_elsewhere_is_told)
{
	add_list(LATE, "1F90", "12");
	make_vanishing(fake_open_closed);
	/* the one in the list has no cookie to be asked for again by */
	script_datagram(script_next(fake.script[OWN]));
	script_end(&fake.script[OWN]->open[1], 0, NLMSG_ERROR, -EPERM);
	script_datagram(&fake.script[OWN]->open[1]);
	script_end(&fake.script[OWN]->open[1], 0, NLMSG_ERROR, -EPERM);
	take();
	ck_assert_uint_eq(snap->sockets.count, 3);
	for (size_t i = 0; i < snap->warnings.count; i++)
		if (snap->warnings.warning[i].code ==
		    TCPMEM_WARNING_SOCK_DIAG_CLOSED) {
			ck_assert_ptr_nonnull(
				strstr(snap->warnings.warning[i].text,
				       "(Permission denied)"));
			return;
		}
	ck_abort_msg("no warning");
}
END_TEST

/* "-EPROTONOSUPPORT if neither can be read" */
START_TEST(without_either_there_is_no_answer)
{
	refuse(OWN, -EACCES);
	make_plan(0, TM_SINK_KEEP);
	ck_assert_int_eq(tm_keep_take(&plan, &cache, &snap), -EPROTONOSUPPORT);
	snap = NULL;
}
END_TEST

/* An iterator that fails behind its last record has told nothing. */
START_TEST(an_iterator_refused_half_way_is_replaced_by_dumps)
{
	struct tm_live live = { .plan = &plan, .cache = &cache };

	set_counts(1, 1);
	query->source = TCPMEM_HOLDER_SOURCE_BPF;
	make_plan(0, TM_SINK_KEEP);
	ck_assert_int_eq(tm_live_open(&live, false), 0);
	snap = live.snap;
	ck_assert_int_eq(tm_holder_scan_start(&plan, TM_SCAN_ALL_OR_NOTHING,
					      &cache, &live.scan),
			 0);
	script_dump(OWN, 1, 100, 1);
	ck_assert_int_eq(tm_keep_run(&live), 0);
	expect_cookies(100, 1);
	ck_assert_int_eq(tm_holder_scan_wait(live.scan), 0);
	ck_assert_uint_eq(tm_holder_scan_result(live.scan)->refs.count, 0);
	ck_assert_int_eq(tm_holder_scan_result(live.scan)->bpf_error, -EPERM);
	ck_assert_int_eq(tm_live_close(&live, 0, &snap), 0);
}
END_TEST

static int fake_iter_whole(struct tm_holders_bpf *bpf,
			   const struct tm_holders_look *look,
			   struct tm_fd_refs *refs)
{
	ck_assert_int_eq(fake_iter_read(bpf, look, refs), -EPERM);
	return fake_iter_read(bpf, look, refs) == -EPERM ? 0 : -EIO;
}

/* "sockets of deferred namespaces that it has seen whole", each once */
START_TEST(what_the_iterator_saw_whole_is_not_dumped)
{
	struct tm_live live = { .plan = &plan, .cache = &cache };

	set_counts(1, 1);
	fake.kernel.iter_read = fake_iter_whole;
	query->source = TCPMEM_HOLDER_SOURCE_BPF;
	make_plan(0, TM_SINK_KEEP);
	ck_assert_int_eq(tm_live_open(&live, false), 0);
	snap = live.snap;
	ck_assert_int_eq(tm_holder_scan_start(&plan, TM_SCAN_ALL_OR_NOTHING,
					      &cache, &live.scan),
			 0);
	ck_assert_int_eq(tm_keep_run(&live), 0);
	expect_cookies(1, 1);
	ck_assert_int_eq(tm_live_close(&live, 0, &snap), 0);
}
END_TEST

/* "that there are, or began meanwhile and are gone", each once */
START_TEST(a_namespace_that_begins_meanwhile_counts_once)
{
	static const size_t listed[] = { 2, 3, 2 }, namespaces[] = { 2, 3, 3 };
	struct tm_ns ns[] = {
		{ .inode = OWN, .own = true },
		{ .inode = OTHER },
		{ .inode = LATE },
	};
	const struct tcpmem_dump_ops ops = { .size = sizeof(ops) };
	struct tcpmem_events counts = { .size = sizeof(counts) };
	struct tm_events *events;

	for (int netns = OWN; netns <= LATE; netns++)
		refuse(netns, -EPERM);
	make_plan(0, TM_SINK_KEEP);
	ck_assert_int_eq(tm_events_new(&plan, &events), 0);
	for (size_t i = 0; i < TM_ARRAY_SIZE(listed); i++) {
		struct tm_ns_list list = { .ns = ns, .count = listed[i] };

		ck_assert_int_eq(tm_events_follow(events, &plan, &list), 0);
		ck_assert_int_eq(tm_events_wait(events, &plan, &cache, 0, &ops,
						NULL, &counts),
				 0);
		ck_assert_uint_eq(counts.namespaces, namespaces[i]);
		ck_assert_uint_eq(counts.deaf, namespaces[i]);
	}
	tm_events_free(events);
	for (size_t i = 0; i < TM_ARRAY_SIZE(ns); i++)
		free(ns[i].name);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("collect sources");
	TCase *tcase = tcase_create("sources");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase,
		       an_iterator_refused_half_way_is_replaced_by_dumps);
	tcase_add_test(tcase, what_the_iterator_saw_whole_is_not_dumped);
	tcase_add_test(tcase, a_closed_sock_diag_is_replaced_by_files);
	tcase_add_test(tcase, a_namespace_that_vanishes_is_left_out);
	tcase_add_test(tcase, a_namespace_that_vanishes_half_way_is_left_out);
	tcase_add_test(tcase, a_thread_that_cannot_be_started_is_an_error);
	tcase_add_test(tcase, the_error_of_a_socket_elsewhere_is_told);
	tcase_add_test(tcase, without_either_there_is_no_answer);
	tcase_add_test(tcase, a_namespace_that_begins_meanwhile_counts_once);
	suite_add_tcase(suite, tcase);
	return unit_run(suite);
}

// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_netns_explain.c - namespaces that were not seen, and that is said */
#include "collect/sources.h"
#include "netns_fixture.h"
#include "query/query.h"

static struct tcpmem_query query;
static struct tm_plan plan;
static struct tm_status status;
static struct tm_accounting accounting;
static struct tm_warnings warnings;

static void begin(void)
{
	setup();
	query = (struct tcpmem_query){ .states = TCPMEM_STATES_ALL };
	plan = (struct tm_plan){
		.ctx = ctx,
		.query = &query,
		.states = TCPMEM_STATES_ALL,
		.selected = TCPMEM_STATES_ALL,
	};
	accounting = (struct tm_accounting){
		.before = { .known = true, .sockets = 20 },
		.after = { .known = true, .sockets = 20 },
		.sockets = 20,
		.unhashed = 100, /* the two above say more */
		.unhashed_known = true,
	};
}

static void end(void)
{
	tm_warnings_clear(&warnings);
	tm_status_deinit(&status);
	status = (struct tm_status){ .ns = NULL };
	teardown();
}

/* One that may not be entered; @inuse: -1: its sockets cannot be counted */
static void add_closed_of(uint64_t inode, struct tm_task task, int inuse)
{
	char path[TM_TASK_PATH], text[128];
	size_t index;

	ck_assert_int_eq(tm_ns_list_add(&list, inode, NULL, task, &index), 0);
	ck_assert_int_eq(tm_status_grow(&status, list.count), 0);
	status.ns[index].status = TM_DUMP_DENIED;
	if (inuse < 0)
		return;
	tm_task_path(task, "/net/sockstat", path);
	snprintf(text, sizeof(text), "sockets: used %d\nTCP: inuse %d tw 0\n",
		 inuse, inuse);
	tree_file(&tree, path, text);
	tm_task_path(task, "/net/sockstat6", path);
	tree_file(&tree, path, "TCP6: inuse 0\n");
	tm_task_path(task, "/net/protocols", path);
	snprintf(text, sizeof(text), "TCP 2304 %d 0 no\n", inuse);
	tree_file(&tree, path, text);
}

static void add_closed(uint64_t inode, uint32_t pid, int inuse)
{
	add_closed_of(inode, (struct tm_task){ .pid = pid }, inuse);
}

/* What is said of it begins so; NULL: nothing is said. */
static void expect(enum tcpmem_warning_code code, const char *wanted)
{
	const char *text = NULL;

	tm_warnings_clear(&warnings);
	ck_assert_int_eq(
		tm_netns_explain(&plan, &list, &status, &accounting, &warnings),
		0);
	for (size_t i = 0; i < warnings.count; i++)
		if (warnings.warning[i].code == code)
			text = warnings.warning[i].text;
	ck_assert_msg(!text == !wanted, "%s", text ? text : wanted);
	if (text)
		ck_assert_msg(strncmp(text, wanted, strlen(wanted)) == 0, "%s",
			      text);
}

START_TEST(nothing_is_said_where_all_was_seen)
{
	add_process(10, "net:[2]", "mnt:[9]");
	expect(TCPMEM_WARNING_NETNS_DENIED, NULL);
	ck_assert_uint_eq(warnings.count, 0);
	ck_assert(!accounting.denied);
}
END_TEST

/* Three of them are named; those without a socket are none of them. */
START_TEST(those_that_may_not_be_entered)
{
	add_closed(2, 10, 1);
	expect(TCPMEM_WARNING_NETNS_DENIED,
	       "1 network namespace (2) may not be entered; 1 TCP sockets "
	       "there are not counted; ");
	ck_assert(accounting.denied);
	add_closed(3, 11, 20);
	add_closed(4, 12, 0);
	add_closed(5, 13, 300);
	expect(TCPMEM_WARNING_NETNS_DENIED,
	       "3 network namespaces (2, 3, 5) may not be entered; 321 TCP ");
	add_closed(6, 14, 1);
	expect(TCPMEM_WARNING_NETNS_DENIED,
	       "4 network namespaces (2, 3, 5, ...) may not be entered; 322 ");
	add_closed(7, 15, 1);
	expect(TCPMEM_WARNING_NETNS_DENIED,
	       "5 network namespaces (2, 3, 5, ...) may not be entered; 323 ");
	status.ns[0].status = TM_DUMP_DUMPED;
	status.ns[1].status = TM_DUMP_GONE;
	expect(TCPMEM_WARNING_NETNS_DENIED,
	       "3 network namespaces (5, 6, 7) may not be entered; 302 ");
}
END_TEST

/* An empty one hides nothing. */
START_TEST(an_empty_one_is_not_denied)
{
	add_closed(2, 10, 0);
	expect(TCPMEM_WARNING_NETNS_DENIED, NULL);
	ck_assert(!accounting.denied);
}
END_TEST

/* Where the kernel has more than was seen, they may hide it. */
START_TEST(those_whose_sockets_cannot_be_counted)
{
	add_closed(2, 10, -1);
	add_closed(3, 0, -1);
	expect(TCPMEM_WARNING_NETNS_DENIED, NULL);
	accounting.sockets = 19;
	expect(TCPMEM_WARNING_NETNS_DENIED,
	       "2 network namespaces (2, 3) may not be entered; the TCP ");
	add_closed(4, 12, 3);
	expect(TCPMEM_WARNING_NETNS_DENIED,
	       "3 network namespaces (2, 3, 4) may not be entered; at least 3 "
	       "TCP ");
	/* states of which no count tells */
	accounting.sockets = 20;
	plan.states = 1u << TCPMEM_STATE_TIME_WAIT;
	expect(TCPMEM_WARNING_NETNS_DENIED,
	       "3 network namespaces (2, 3, 4) may not be entered; at least ");
	plan.states |= 1u << TCPMEM_STATE_ESTABLISHED;
	expect(TCPMEM_WARNING_NETNS_DENIED,
	       "1 network namespace (4) may not be entered; 3 TCP ");
}
END_TEST

/* What the first thread has is in another namespace. */
START_TEST(those_of_threads_are_counted_by_them)
{
	const struct tm_task thread = { 10, 20 };

	add_closed_of(2, thread, 5);
	add_closed(3, 10, 0);
	expect(TCPMEM_WARNING_NETNS_DENIED,
	       "1 network namespace (2) may not be entered; 5 TCP ");
}
END_TEST

START_TEST(those_that_may_not_be_looked_up)
{
	const struct tm_ns_unreadable one = { 77, { .pid = 12 } };
	const struct tm_task thread = { 10, 13 };

	add_closed(3, 12, 5);
	add_closed_of(4, thread, 6);
	list.count = 0;
	ck_assert_int_eq(tm_append(list.unreadable, list.unreadable_count,
				   list.unreadable_capacity, &one),
			 0);
	expect(TCPMEM_WARNING_NETNS_DENIED,
	       "1 network namespace (that of process 12) may not be entered; "
	       "5 TCP ");
	list.unreadable[0].task = thread;
	expect(TCPMEM_WARNING_NETNS_DENIED,
	       "1 network namespace (that of thread 13) may not be entered; "
	       "6 TCP ");
	list.count = 2;
}
END_TEST

/* "more TCP sockets than its namespaces show", less those of closed ones */
START_TEST(more_than_the_namespaces_show)
{
	accounting.sockets = 13;
	expect(TCPMEM_WARNING_SOCKETS_UNSEEN,
	       "the kernel has 7 more TCP sockets than its namespaces show: "
	       "only file descriptors or threads may lead to them");
	plan.needs = TCPMEM_NEED_HOLDERS;
	expect(TCPMEM_WARNING_SOCKETS_UNSEEN,
	       "the kernel has 7 more TCP sockets than its namespaces show: "
	       "nothing that may be read leads to them");
	ck_assert_uint_eq(warnings.count, 1);
	add_closed(3, 12, 5);
	expect(TCPMEM_WARNING_SOCKETS_UNSEEN, "the kernel has 2 more TCP ");
	ck_assert_uint_eq(warnings.count, 2);
	add_closed(4, 13, 2);
	expect(TCPMEM_WARNING_SOCKETS_UNSEEN, NULL);
	ck_assert_uint_eq(warnings.count, 1);
	/* nobody looked for the others */
	add_closed(5, 14, -1);
	query.netns_count = 1;
	expect(TCPMEM_WARNING_SOCKETS_UNSEEN, NULL);
}
END_TEST

START_TEST(the_kernels_count_that_is_not_known)
{
	accounting.after.known = accounting.unhashed_known = false;
	expect(TCPMEM_WARNING_SOCKETS_UNSEEN,
	       "the kernel's count of TCP sockets could not be read");
	accounting.narrowed = true;
	expect(TCPMEM_WARNING_SOCKETS_UNSEEN, NULL);
}
END_TEST

/* Namespaces that could not even be looked for */
START_TEST(processes_that_tell_of_none)
{
	list.unidentified = 3;
	expect(TCPMEM_WARNING_NETNS_DENIED, NULL); /* all sockets were seen */
	accounting.after.known = accounting.unhashed_known = false;
	expect(TCPMEM_WARNING_NETNS_DENIED,
	       "the network namespaces of 3 processes could not be told; ");
	ck_assert_uint_eq(warnings.count, 2);
	list.unread_proc = true;
	expect(TCPMEM_WARNING_NETNS_DENIED,
	       "other network namespaces could not be looked for: /tmp/");
}
END_TEST

/* "Return: whether the warning was added": then it is about the same sockets */
START_TEST(sockets_that_nobody_looked_for)
{
	accounting.sockets = 19;
	plan.unhashed = true;
	expect(TCPMEM_WARNING_SOCKETS_UNSEEN,
	       "closed sockets that no dump shows were not looked for: only "
	       "file descriptors lead to them");
	ck_assert_uint_eq(warnings.count, 1);
	plan.needs = TCPMEM_NEED_HOLDERS;
	expect(TCPMEM_WARNING_SOCKETS_UNSEEN, "the kernel has 1 more TCP ");
	query.netns_count = 1;
	expect(TCPMEM_WARNING_SOCKETS_UNSEEN,
	       "closed sockets that no dump shows were not looked for: that "
	       "is done where no network namespace is chosen");
	plan.unhashed = false;
	plan.bound = true;
	accounting.bound = 1; /* this kernel has them in its dumps */
	expect(TCPMEM_WARNING_SOCKETS_UNSEEN, NULL);
	add_closed(3, 12, 0);
	status.ns[0].closed = -EPERM; /* and /proc/net/tcp has not */
	expect(TCPMEM_WARNING_SOCKETS_UNSEEN,
	       "bound sockets that no dump shows were not looked for: that is "
	       "done");
	query.netns_count = 0;
	accounting.sockets = 20;
	expect(TCPMEM_WARNING_SOCKETS_UNSEEN, NULL);
}
END_TEST

/* ---- sockets that are lacking, or lack a part ---- */

START_TEST(counters_that_sockets_came_without)
{
	accounting.uncounted = 3;
	ck_assert_int_eq(tm_accounting_explain(&accounting, &warnings), 0);
	ck_assert_uint_eq(warnings.count, 1);
	ck_assert_int_eq(warnings.warning[0].code,
			 TCPMEM_WARNING_COUNTERS_MISSING);
	ck_assert_int_eq(strncmp(warnings.warning[0].text, "3 sockets ", 10),
			 0);
	/* once; and that sock_diag is closed says it as well */
	ck_assert_int_eq(tm_accounting_explain(&accounting, &warnings), 0);
	ck_assert_uint_eq(warnings.count, 1);
	tm_warnings_clear(&warnings);
	ck_assert_int_eq(tm_warnings_add(&warnings,
					 TCPMEM_WARNING_SOCK_DIAG_CLOSED, "x"),
			 0);
	ck_assert_int_eq(tm_accounting_explain(&accounting, &warnings), 0);
	ck_assert_uint_eq(warnings.count, 1);
}
END_TEST

START_TEST(bytes_that_tls_charges)
{
	accounting.overdrawn = 2;
	accounting.overdrawn_least = 10;
	accounting.overdrawn_most = 20;
	ck_assert_int_eq(tm_accounting_explain(&accounting, &warnings), 0);
	ck_assert_uint_eq(warnings.count, 0);
	accounting.tls = true;
	for (int time = 0; time < 2; time++) {
		ck_assert_int_eq(tm_accounting_explain(&accounting, &warnings),
				 0);
		ck_assert_uint_eq(warnings.count, 1);
		ck_assert_int_eq(warnings.warning[0].code, TCPMEM_WARNING_KTLS);
		ck_assert_ptr_nonnull(strstr(warnings.warning[0].text,
					     "10 to 20 bytes more"));
	}
	tm_warnings_clear(&warnings);
	accounting.overdrawn = 0;
	ck_assert_int_eq(tm_accounting_explain(&accounting, &warnings), 0);
	ck_assert_uint_eq(warnings.count, 0);
}
END_TEST

/* "adds up what was seen in all namespaces", and what is in no table */
START_TEST(the_total_of_all_namespaces)
{
	const struct tcpmem_socket sock = {
		.state = TCPMEM_STATE_CLOSED,
		.skmem = { 100 },
		.skmem_words = TM_SKMEM_WORDS,
	};
	struct tm_socket_set unhashed = { .count = 0 };
	int64_t sockets;

	ck_assert_int_eq(tm_socket_set_add(&unhashed, &sock, NULL), 0);
	ck_assert_int_eq(tm_status_grow(&status, 2), 0);
	status.ns[0].seen.sockets = 5;
	status.ns[0].seen.charged = 1000;
	status.ns[1].seen.sockets = 7;
	status.ns[1].seen.charged = 3000;
	tm_accounting_total(&status, &unhashed, 4096, &accounting);
	ck_assert_int_eq(accounting.charged, 4100);
	sockets = accounting.sockets + accounting.dark;
	ck_assert_int_ge(sockets, 12);
	/* what the kernel said stays, what was added before does not */
	tm_accounting_total(&status, &unhashed, 4096, &accounting);
	ck_assert_int_eq(accounting.charged, 4100);
	ck_assert_int_eq(accounting.sockets + accounting.dark, sockets);
	ck_assert_int_eq(accounting.before.sockets, 20);
	tm_socket_set_deinit(&unhashed);
}
END_TEST

/* ---- what becomes of namespaces ---- */

START_TEST(namespaces_by_what_became_of_them)
{
	ck_assert_int_eq(tm_status_grow(&status, 4), 0);
	ck_assert_int_eq(tm_status_grow(&status, 2), 0);
	ck_assert_uint_eq(status.count, 4);
	ck_assert_uint_eq(tm_status_count(&status, TM_DUMP_PENDING), 4);
	ck_assert_int_eq(status.ns[3].time_wait, TCPMEM_UNKNOWN);
	ck_assert_int_eq(status.ns[3].time_wait_max, TCPMEM_UNKNOWN);
	status.ns[0].status = TM_DUMP_DUMPED;
	status.ns[1].status = TM_DUMP_DENIED;
	status.ns[2].status = TM_DUMP_DUMPED;
	status.ns[3].status = TM_DUMP_DUMPED;
	ck_assert_uint_eq(tm_status_count(&status, TM_DUMP_DUMPED), 3);
	ck_assert_uint_eq(tm_status_count(&status, TM_DUMP_GONE), 0);
	tm_status_reset(&status, 2);
	ck_assert_uint_eq(tm_status_count(&status, TM_DUMP_DUMPED), 1);
	ck_assert_int_eq(status.ns[2].status, TM_DUMP_PENDING);
	tm_status_reset(&status, 0);
	ck_assert_uint_eq(tm_status_count(&status, TM_DUMP_PENDING), 3);
	ck_assert_int_eq(status.ns[1].status, TM_DUMP_DENIED);
	ck_assert_int_eq(tm_netns_lacks(-EAGAIN), -EAGAIN);
	ck_assert_int_eq(tm_netns_lacks(-EMFILE), -EMFILE);
	ck_assert_int_eq(tm_netns_lacks(-EPERM), 0);
	ck_assert_int_eq(tm_netns_lacks(0), 0);
}
END_TEST

/* ---- the namespaces of the look before ---- */

static struct tm_cache cache;

/* What a look finds, and leaves to the next one */
static void look(void)
{
	add_process(10, "net:[1]", "mnt:[9]");
	add_process(11, "net:[2]", "mnt:[9]");
	tree_file(&tree, "self/mountinfo", "");
	ck_assert_int_eq(tm_cache_init(&cache), 0);
	tm_netns_recall(&plan, &cache, &list);
	ck_assert_uint_eq(list.count, 0);
	ck_assert_int_ge(cache.netns.mounts, 0);
	scan(256);
	ck_assert_uint_eq(list.count, 2);
}

static bool remembers(void)
{
	size_t count = list.count;

	tm_netns_remember(&cache, true, &accounting, &list);
	ck_assert_uint_eq(list.count + cache.netns.list.count, count);
	return cache.netns.list.count;
}

static bool recalls(void)
{
	tm_ns_list_clear(&list);
	tm_netns_recall(&plan, &cache, &list);
	ck_assert_uint_eq(cache.netns.list.count, 0);
	return list.count == 2;
}

START_TEST(what_has_not_changed_is_recalled)
{
	look();
	for (int time = 0; time < 3; time++) {
		ck_assert(remembers());
		ck_assert(recalls());
		ck_assert(find(1)->own);
		ck_assert_uint_eq(find(2)->task.pid, 11);
	}
	tm_cache_deinit(&cache);
}
END_TEST

/* "cheap signs": each of them alone has all found again */
START_TEST(what_has_changed_is_found_again)
{
	static char *blue[] = { (char *)"blue" };

	look();
	ck_assert(remembers());
	switch (_i) {
	case 0: /* a namespace more */
		add_process(12, "net:[3]", "mnt:[9]");
		break;
	case 1: /* its process has ended */
		tree_link(&tree, "11/ns/net", "gone");
		break;
	case 2: /* it is in another one */
		tree_link(&tree, "11/ns/net", "net:[1]");
		break;
	case 3: /* the caller is */
		tree_link(&tree, "thread-self/ns/net", "net:[2]");
		break;
	case 4: /* what no sign tells of is found after half a minute */
		cache.netns.read_ns -= INT64_C(30000000000);
		break;
	case 5:
		query.netns = blue;
		query.netns_count = 1;
		break;
	case 6: /* one that no process was known in has one */
		cache.netns.list.ns[1].task.pid = 0;
		break;
	default:
		ck_assert_int_eq(tm_ctx_set_roots(ctx, "/nonexistent", NULL),
				 0);
	}
	ck_assert(!recalls());
	ck_assert_uint_eq(list.count, 0);
	tm_cache_deinit(&cache);
}
END_TEST

/* A process more in a namespace that is known is no sign of others. */
START_TEST(processes_may_come)
{
	look();
	ck_assert(remembers());
	add_process(12, "net:[2]", "mnt:[9]");
	add_process(13, "none", "mnt:[9]");
	cache.netns.read_ns -= INT64_C(20000000000);
	ck_assert(recalls());
	tm_cache_deinit(&cache);
}
END_TEST

/* "What cannot be told apart, or only an fd leads to, is found each time" */
START_TEST(some_are_not_remembered)
{
	const struct tm_ns_unreadable one = { 77, { .pid = 12 } };

	look();
	list.unread_proc = true;
	ck_assert(!remembers());
	list.unread_proc = false;
	list.unidentified = 1;
	ck_assert(!remembers());
	list.unidentified = 0;
	list.unread_threads = 1;
	ck_assert(!remembers());
	list.unread_threads = 0;
	ck_assert_int_eq(tm_append(list.unreadable, list.unreadable_count,
				   list.unreadable_capacity, &one),
			 0);
	ck_assert(!remembers());
	list.unreadable_count = 0;
	list.ns[1].fd = lowest_fd();
	ck_assert(!remembers());
	list.ns[1].fd = -1;
	accounting.sockets = 19; /* more are lacking than when all was read */
	tm_netns_remember(&cache, false, &accounting, &list);
	ck_assert_uint_eq(cache.netns.list.count, 0);
	ck_assert(remembers());
	ck_assert_int_eq(cache.netns.unseen, 1);
	ck_assert(recalls());
	tm_netns_remember(&cache, false, &accounting, &list);
	ck_assert_uint_eq(cache.netns.list.count, 2);
	tm_cache_deinit(&cache);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("netns_explain");
	TCase *tc = tcase_create("netns_explain");

	tcase_add_checked_fixture(tc, begin, end);
	tcase_add_test(tc, nothing_is_said_where_all_was_seen);
	tcase_add_test(tc, those_that_may_not_be_entered);
	tcase_add_test(tc, an_empty_one_is_not_denied);
	tcase_add_test(tc, those_whose_sockets_cannot_be_counted);
	tcase_add_test(tc, those_of_threads_are_counted_by_them);
	tcase_add_test(tc, those_that_may_not_be_looked_up);
	tcase_add_test(tc, more_than_the_namespaces_show);
	tcase_add_test(tc, the_kernels_count_that_is_not_known);
	tcase_add_test(tc, processes_that_tell_of_none);
	tcase_add_test(tc, sockets_that_nobody_looked_for);
	tcase_add_test(tc, counters_that_sockets_came_without);
	tcase_add_test(tc, bytes_that_tls_charges);
	tcase_add_test(tc, the_total_of_all_namespaces);
	tcase_add_test(tc, namespaces_by_what_became_of_them);
	tcase_add_test(tc, what_has_not_changed_is_recalled);
	tcase_add_loop_test(tc, what_has_changed_is_found_again, 0, 8);
	tcase_add_test(tc, processes_may_come);
	tcase_add_test(tc, some_are_not_remembered);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}

// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_netns_denied.c - tasks that may not be looked at, or not all of them */
#include "netns_fixture.h"

#include <sys/resource.h>

/* A process whose namespace may not be looked up; @net: its net/sockstat */
static void add_denied(unsigned int pid, const char *net)
{
	char path[64];

	add_process(pid, "net:[77]", "mnt:[77]");
	if (net) {
		snprintf(path, sizeof(path), "%u/net/sockstat", pid);
		tree_file(&tree, path, net);
	}
	snprintf(path, sizeof(path), "%u/ns", pid);
	set_mode(path, 0);
}

/* A namespace has inodes of its own there: one file under both names */
static void share_net(const char *of, const char *with)
{
	char from[PATH_MAX], to[PATH_MAX];

	tree_path(&tree, of, from);
	tree_path(&tree, with, to);
	unlink(to);
	ck_assert_int_eq(link(from, to), 0);
}

static void allow(unsigned int pid)
{
	char path[64];

	snprintf(path, sizeof(path), "%u/ns", pid);
	set_mode(path, 0755);
}

static bool is_unreadable(uint32_t pid)
{
	for (size_t i = 0; i < list.unreadable_count; i++)
		if (list.unreadable[i].task.pid == pid)
			return true;
	return false;
}

static void scan_as_nobody(size_t threads)
{
	be_nobody(true);
	scan(threads);
	be_nobody(false);
}

/* "once each": of those that share one, the first that is met */
START_TEST(each_unreadable_one_is_known_once)
{
	add_denied(10, "");
	add_denied(11, "");
	add_denied(12, "");
	share_net("10/net/sockstat", "12/net/sockstat");
	for (int time = 0; time < 2; time++) {
		scan_as_nobody(10);
		ck_assert_uint_eq(list.count, 0);
		ck_assert_uint_eq(list.unreadable_count, 2);
		ck_assert(is_unreadable(11));
		ck_assert(is_unreadable(10) != is_unreadable(12));
		ck_assert_uint_ne(list.unreadable[0].net_inode,
				  list.unreadable[1].net_inode);
		ck_assert_uint_eq(list.unidentified, 0);
	}
	for (unsigned int pid = 10; pid < 13; pid++)
		allow(pid);
}
END_TEST

/* One that has ended is in none; one that shows nothing may be anywhere. */
START_TEST(who_shows_nothing_is_not_identified)
{
	add_denied(10, NULL);
	add_denied(11, "");
	set_mode("11/net", 0);
	for (int time = 0; time < 2; time++) {
		scan_as_nobody(10);
		ck_assert_uint_eq(list.unreadable_count, 0);
		ck_assert_uint_eq(list.unidentified, 1);
	}
	set_mode("11/net", 0755);
	allow(10);
	allow(11);
}
END_TEST

/* Threads of a process that may not be looked up may be elsewhere. */
START_TEST(threads_of_the_unreadable_are_looked_at)
{
	add_denied(10, "");
	add_thread(10, 20, "net:[3]");
	add_process(11, "net:[4]", "mnt:[9]");
	tree_dir(&tree, "11/task/21/ns");
	tree_file(&tree, "11/task/21/net/sockstat", "");
	set_mode("11/task/21/ns", 0);
	scan_as_nobody(10);
	ck_assert_uint_eq(list.count, 2);
	ck_assert_ptr_nonnull(find(3));
	ck_assert_uint_eq(find(3)->task.pid, 10);
	/* that of its thread is another */
	ck_assert(is_unreadable(10));
	ck_assert(is_unreadable(11));
	scan_as_nobody(1);
	ck_assert_uint_eq(list.unread_threads, 4);
	allow(10);
	set_mode("11/task/21/ns", 0755);
}
END_TEST

/* "Drops unreadable namespaces that another path led to" */
START_TEST(what_another_leads_to_is_readable)
{
	add_denied(10, "");
	add_denied(11, "");
	add_denied(12, "");
	add_denied(13, "");
	add_process(20, "net:[2]", "mnt:[9]");
	add_process(21, "net:[1]", "mnt:[9]");
	tree_file(&tree, "21/net/sockstat", "");
	share_net("10/net/sockstat", "20/net/sockstat");
	share_net("11/net/sockstat", "thread-self/net/sockstat");
	scan_as_nobody(10);
	ck_assert_uint_eq(list.count, 2);
	ck_assert_uint_eq(list.unreadable_count, 2);
	ck_assert(is_unreadable(12));
	ck_assert(is_unreadable(13));
	for (unsigned int pid = 10; pid < 14; pid++)
		allow(pid);
}
END_TEST

/* A thread leads to its own namespace, not to that of its process. */
START_TEST(threads_lead_to_their_own)
{
	add_denied(10, "");
	add_denied(11, "");
	add_denied(12, "");
	add_thread(10, 20, "net:[3]");
	tree_file(&tree, "10/task/20/net/sockstat", "");
	share_net("11/net/sockstat", "10/task/20/net/sockstat");
	scan_as_nobody(10);
	ck_assert(is_unreadable(10));
	ck_assert(!is_unreadable(11));
	ck_assert(is_unreadable(12));
	for (unsigned int pid = 10; pid < 13; pid++)
		allow(pid);
}
END_TEST

/* "-EACCES if it may not be looked up": by who lives there it is known */
START_TEST(the_unreadable_are_found_by_name)
{
	char *spec[] = { "web.service" }, *other[] = { "db.service" };
	size_t wrong = 9;

	add_denied(10, "");
	add_denied(11, "");
	add_denied(12, "");
	tree_file(&tree, "10/cgroup", "0::/web.service\n");
	tree_file(&tree, "11/cgroup", "0::/web.service\n");
	tree_file(&tree, "12/cgroup", "0::/\n");
	be_nobody(true);
	ck_assert_int_eq(tm_ns_select(ctx, other, 1, &list, &wrong), -ENOENT);
	ck_assert_uint_eq(list.unreadable_count, 0);
	ck_assert_int_eq(tm_ns_select(ctx, spec, 1, &list, &wrong), -EACCES);
	ck_assert_uint_eq(list.unreadable_count, 2);
	ck_assert(is_unreadable(10));
	ck_assert(is_unreadable(11));
	/* those of another question are no answer to this one */
	ck_assert_int_eq(tm_ns_select(ctx, other, 1, &list, &wrong), -ENOENT);
	be_nobody(false);
	for (unsigned int pid = 10; pid < 13; pid++)
		allow(pid);
}
END_TEST

START_TEST(who_is_found_hides_no_unreadable_one)
{
	char *spec[] = { "web.service" };
	size_t wrong = 9;

	add_denied(10, "");
	tree_file(&tree, "10/cgroup", "0::/web.service\n");
	add_process(11, "net:[5]", "mnt:[9]");
	tree_file(&tree, "11/cgroup", "0::/web.service\n");
	be_nobody(true);
	ck_assert_int_eq(tm_ns_select(ctx, spec, 1, &list, &wrong), 0);
	be_nobody(false);
	ck_assert_ptr_nonnull(find(5));
	ck_assert_uint_eq(list.unreadable_count, 1);
	allow(10);
}
END_TEST

/* Mounts that are gone say nothing; mounts that cannot be read may matter. */
START_TEST(mounts_that_cannot_be_read)
{
	add_process(10, "net:[2]", "mnt:[30]"); /* no mountinfo */
	add_process(11, "net:[2]", "elsewhere");
	scan(10);
	ck_assert_uint_eq(list.unidentified, 0);
	add_process(12, "net:[2]", "mnt:[31]");
	tree_dir(&tree, "12/mountinfo");
	scan(10);
	ck_assert_uint_eq(list.unidentified, 1);
	ck_assert_uint_eq(list.count, 1);
}
END_TEST

/* A process that may be looked up may still hide its threads. */
START_TEST(threads_that_cannot_be_read)
{
	add_process(10, "net:[2]", "mnt:[9]");
	add_thread(10, 20, "net:[3]");
	set_mode("10/task", 0);
	scan_as_nobody(10);
	ck_assert_uint_eq(list.unidentified, 1);
	ck_assert_ptr_null(find(3));
	set_mode("10/task", 0755);
	scan_as_nobody(10);
	ck_assert_uint_eq(list.unidentified, 0);
	ck_assert_ptr_nonnull(find(3));
}
END_TEST

/* The first thread alone is its leader, which was looked at. */
START_TEST(threads_are_counted_from_the_second)
{
	add_process(10, "net:[2]", "mnt:[9]");
	scan(0);
	ck_assert_uint_eq(list.unread_threads, 0);
	add_thread(10, 20, "net:[3]");
	scan(0);
	ck_assert_uint_eq(list.unread_threads, 2);
	scan(1);
	ck_assert_uint_eq(list.unread_threads, 2);
	ck_assert_ptr_null(find(3));
	tree_dir(&tree, "10/task/x");
	scan(3);
	ck_assert_uint_eq(list.unread_threads, 0);
	ck_assert_str_eq(find(3)->way[0], "10/task/20/ns/net");
	ck_assert_uint_eq(find(3)->task.pid, 10);
}
END_TEST

/* "-EMFILE": a lack of fds does not say that tasks are gone */
START_TEST(a_lack_of_fds_is_no_answer)
{
	struct rlimit whole, few;

	tree_file(&tree, "10/mountinfo", "");
	add_process(10, "net:[2]", "mnt:[30]");
	add_thread(10, 20, "net:[3]");
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &whole), 0);
	for (rlim_t more = 0; more < 3; more++) {
		int ret;

		few = whole;
		few.rlim_cur = (rlim_t)lowest_fd() + more;
		ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &few), 0);
		ret = tm_ns_find_tasks(ctx, &list, 10);
		ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &whole), 0);
		ck_assert_int_eq(ret, more < 2 ? -EMFILE : 0);
	}
	ck_assert_ptr_nonnull(find(3));
}
END_TEST

static struct {
	size_t count;
	uint64_t sum, pids;
} visited;

static void on_visit(uint32_t pid, uint64_t netns, void *user)
{
	ck_assert_ptr_eq(user, &visited);
	visited.count++;
	visited.pids += pid;
	visited.sum += netns * pid;
}

/* "those that may not be looked up are left out" */
START_TEST(processes_are_visited_with_their_namespaces)
{
	add_process(10, "net:[2]", "mnt:[9]");
	add_process(11, "net:[3]", "mnt:[9]");
	add_thread(11, 20, "net:[4]");
	add_denied(12, "");
	add_process(13, "elsewhere", "mnt:[9]");
	tree_link(&tree, "self/ns/net", "net:[5]");
	be_nobody(true);
	ck_assert_int_eq(tm_ns_visit_processes(ctx, on_visit, &visited), 0);
	be_nobody(false);
	ck_assert_uint_eq(visited.count, 2);
	ck_assert_uint_eq(visited.pids, 21);
	ck_assert_uint_eq(visited.sum, 10 * 2 + 11 * 3);
	allow(12);
	ck_assert_int_eq(tm_ctx_set_roots(ctx, "/nonexistent", NULL), 0);
	ck_assert_int_eq(tm_ns_visit_processes(ctx, on_visit, &visited),
			 -ENOENT);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("netns_denied");
	TCase *tc = tcase_create("netns_denied");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, each_unreadable_one_is_known_once);
	tcase_add_test(tc, who_shows_nothing_is_not_identified);
	tcase_add_test(tc, threads_of_the_unreadable_are_looked_at);
	tcase_add_test(tc, what_another_leads_to_is_readable);
	tcase_add_test(tc, threads_lead_to_their_own);
	tcase_add_test(tc, the_unreadable_are_found_by_name);
	tcase_add_test(tc, who_is_found_hides_no_unreadable_one);
	tcase_add_test(tc, mounts_that_cannot_be_read);
	tcase_add_test(tc, threads_that_cannot_be_read);
	tcase_add_test(tc, threads_are_counted_from_the_second);
	tcase_add_test(tc, a_lack_of_fds_is_no_answer);
	tcase_add_test(tc, processes_are_visited_with_their_namespaces);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}

// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_holders_proc.c - who holds which socket, in trees made up */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "model/socket.h"
#include "proc_fixture.h"
#include "unit.h"

static struct tm_holders *holders;
static struct tm_warnings warnings;
static struct tm_proc_scan scanned;

static void set_up(void)
{
	proc_tree_make();
	ck_assert_int_eq(tm_holders_new(false, &holders), 0);
	put_process(1);
	tree_file(&tree, "2/stat",
		  "2 (kthreadd) S 0 0 0 0 -1 2129984 0 0 0 0 0 0 0 0 20 0 1 0 "
		  "4 0\n");
	tree_dir(&tree, "2/fd");
	tree_file(&tree, "stat", "cpu 1 2 3\n");
}

static void tear_down(void)
{
	tm_warnings_clear(&warnings);
	tm_holders_free(holders);
	proc_tree_remove();
}

/* What is noted and wanted, and what may not be read. */
static int scan_once(void)
{
	struct tm_fd_refs fd_refs = { 0 };
	int ret = tm_fd_refs_proc_scan(ctx, NULL, NULL, &fd_refs, &scanned);

	if (ret == 0)
		ret = tm_fd_refs_join(&fd_refs, holders, NULL);
	if (ret == 0)
		ret = tm_proc_scan_explain(ctx, &scanned, &warnings);
	tm_fd_refs_deinit(&fd_refs);
	return ret;
}

static void scan(void)
{
	ck_assert_int_eq(scan_once(), 0);
	ck_assert_int_eq(tm_holders_finish(holders), 0);
}

/* The process at @i among those that hold @inode. */
static const struct tcpmem_process *holder(uint32_t inode, size_t i)
{
	uint32_t found = tm_holders_find(holders, inode);

	ck_assert_uint_lt(i, tm_holder_count(holders, found));
	return tm_holders_get_process(holders,
				      tm_holder_get(holders, found, i));
}

static void expect_count(uint32_t inode, size_t count)
{
	ck_assert_uint_eq(
		tm_holder_count(holders, tm_holders_find(holders, inode)),
		count);
}

START_TEST(a_process_is_named_in_full)
{
	put_process(42);
	tree_link(&tree, "42/fd/3", "socket:[100]");
	scan();
	expect_count(100, 1);
	ck_assert_uint_eq(holder(100, 0)->pid, 42);
	ck_assert_uint_eq(holder(100, 0)->start_time, 77);
	ck_assert_uint_eq(holder(100, 0)->uid, geteuid());
	ck_assert_str_eq(holder(100, 0)->comm, "a (b) c");
	ck_assert_uint_eq(tm_holders_process_count(holders), 1);
	ck_assert_uint_eq(scanned.processes, 3);
	ck_assert_uint_eq(scanned.denied, 0);
	ck_assert(!scanned.view.hidden);
	ck_assert(!scanned.view.nested);
	ck_assert_uint_eq(warnings.count, 0);
}
END_TEST

START_TEST(only_socket_links_count)
{
	static const char *const links[] = {
		"socket:[]",
		"socket:[0]",
		"socket:[101",
		"socket:[101]x",
		"socket:[-101]",
		"socket:[ 101]",
		"socket:[101 ]",
		"socket:[0x65]",
		"sockets:[101]",
		"Socket:[101]",
		"pipe:[101]",
		"anon_inode:[101]",
		"/socket:[101]",
		"socket:[4294967397]",
		"socket:101",
		" socket:[101]",
		"socket:[18446744073709551717]",
		"socket:[000000000000000000000000000000000000101]",
	};
	char path[64];

	put_process(42);
	for (size_t i = 0; i < sizeof(links) / sizeof(*links); i++) {
		snprintf(path, sizeof(path), "42/fd/%zu", i);
		tree_link(&tree, path, links[i]);
	}
	tree_link(&tree, "42/fd/98", "socket:[4294967295]");
	tree_file(&tree, "42/fd/99", "socket:[101]");
	scan();
	expect_count(101, 0);
	expect_count(UINT32_MAX, 1);
}
END_TEST

/* Most processes hold no socket that is asked for: they are not looked at. */
START_TEST(unwanted_inodes_name_nobody)
{
	tm_holders_free(holders);
	ck_assert_int_eq(tm_holders_new(true, &holders), 0);
	ck_assert_int_eq(tm_holders_expect(holders, 100), 0);
	put_process(42);
	put_process(43);
	tree_link(&tree, "42/fd/3", "socket:[99]");
	tree_link(&tree, "43/fd/3", "socket:[100]");
	scan();
	expect_count(100, 1);
	expect_count(99, 0);
	ck_assert_uint_eq(tm_holders_process_count(holders), 1);
}
END_TEST

START_TEST(shared_and_repeated_fds)
{
	put_process(42);
	put_process(7);
	tree_link(&tree, "42/fd/3", "socket:[100]");
	tree_link(&tree, "42/fd/4", "socket:[100]");
	tree_link(&tree, "7/fd/9", "socket:[100]");
	scan();
	expect_count(100, 2);
	ck_assert_uint_eq(holder(100, 0)->pid, 7);
	ck_assert_uint_eq(holder(100, 1)->pid, 42);
}
END_TEST

/* "Threads with an fd table of their own [...] count as their process." */
START_TEST(threads_are_read)
{
	put_process(42);
	tree_link(&tree, "42/fd/3", "socket:[100]");
	tree_link(&tree, "42/task/43/fd/3", "socket:[100]");
	tree_link(&tree, "42/task/43/fd/4", "socket:[101]");
	tree_link(&tree, "42/task/x/fd/4", "socket:[102]");
	scan();
	expect_count(100, 1);
	expect_count(101, 1);
	expect_count(102, 0);
	ck_assert_uint_eq(holder(101, 0)->pid, 42);
}
END_TEST

/* A leader that ended has no fds, its threads have. */
START_TEST(threads_outlive_their_leader)
{
	put_process(42);
	tree_file(&tree, "42/stat",
		  "42 (x) Z 0 0 0 0 -1 4227084 0 0 0 0 0 0 0 0 20 "
		  "0 2 0 77 0\n");
	tree_link(&tree, "42/task/43/fd/4", "socket:[101]");
	scan();
	ck_assert_uint_eq(holder(101, 0)->pid, 42);
}
END_TEST

/* "Files that are registered with an io_uring need no fd" */
START_TEST(registered_files_are_held)
{
	put_process(42);
	tree_link(&tree, "42/fd/3", "anon_inode:[io_uring]");
	tree_file(
		&tree, "42/fdinfo/3",
		"pos:\t0\nSQEs:\t1\n    0: socket:[99]\nUserFiles:\t4\n"
		"    0: socket:[100]\n    2: /tmp/socket:[101]\n"
		" 3999: socket:[102]\n    7: socket:[1\nUserBufs:\t1\n    0: 0x7f/4096\n");
	scan();
	expect_count(100, 1);
	expect_count(102, 1);
	expect_count(99, 0);
	expect_count(101, 0);
	expect_count(1, 0);
	ck_assert_uint_eq(holder(100, 0)->pid, 42);
	ck_assert_uint_eq(warnings.count, 0);
}
END_TEST

/* "which is missing while the ring is locked" */
START_TEST(a_locked_ring_may_have_sockets)
{
	put_process(42);
	tree_link(&tree, "42/fd/3", "anon_inode:[io_uring]");
	tree_file(&tree, "42/fdinfo/3", "pos:\t0\n");
	/* and so may one of which that cannot be read */
	put_process(43);
	tree_link(&tree, "43/fd/3", "anon_inode:[io_uring]");
	tree_dir(&tree, "43/fdinfo/3");
	/* one that is closed meanwhile has none */
	put_process(44);
	tree_link(&tree, "44/fd/3", "anon_inode:[io_uring]");
	scan();
	ck_assert_uint_eq(scanned.denied, 2);
	ck_assert_uint_eq(scanned.denied_pid[0] + scanned.denied_pid[1], 85);
}
END_TEST

/* "A process that vanishes meanwhile is no error." */
START_TEST(half_a_process_is_no_error)
{
	tree_dir(&tree, "42");
	put_process(43);
	tree_link(&tree, "43/fd/3", "socket:[100]");
	tree_dir(&tree, "44/fd");
	tree_link(&tree, "44/fd/3", "socket:[101]");
	scan();
	expect_count(100, 1);
	expect_count(101, 0);
	ck_assert_uint_eq(warnings.count, 0);
}
END_TEST

/* Nobody can be named from it: that must not pass in silence. */
START_TEST(a_broken_stat_is_a_warning)
{
	put_process(42);
	tree_link(&tree, "42/fd/3", "socket:[100]");
	tree_file(&tree, "42/stat", "nonsense");
	scan();
	expect_count(100, 0);
	ck_assert_uint_eq(scanned.denied, 1);
	ck_assert_uint_eq(warnings.count, 1);
}
END_TEST

START_TEST(names_that_are_no_pids_are_passed_over)
{
	static const char *const names[] = { "0", "042x", "-1", "4294967338",
					     "2147483648" };
	char path[64];

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		snprintf(path, sizeof(path), "%s/fd/3", names[i]);
		tree_link(&tree, path, "socket:[100]");
	}
	scan();
	expect_count(100, 0);
	ck_assert_uint_eq(scanned.processes, 2);
}
END_TEST

/* More entries than one read of a directory returns. */
START_TEST(many_fds_are_all_found)
{
	size_t found = 0;
	char path[64], link[32];

	put_process(42);
	for (uint32_t i = 1; i <= 2000; i++) {
		snprintf(path, sizeof(path), "42/fd/%u", i);
		snprintf(link, sizeof(link), "socket:[%u]", i);
		tree_link(&tree, path, link);
	}
	scan();
	for (uint32_t i = 1; i <= 2000; i++)
		found += tm_holders_find(holders, i) == 1;
	ck_assert_uint_eq(found, 2000);
}
END_TEST

static void no_more_rights(void)
{
	if (geteuid() == 0 &&
	    (setregid(65534, 65534) < 0 || setreuid(65534, 65534) < 0))
		ck_abort();
}

static void set_mode(const char *path, mode_t mode)
{
	char full[PATH_MAX];

	tree_path(&tree, path, full);
	ck_assert_int_eq(chmod(full, mode), 0);
}

static void scan_without_rights(void)
{
	ck_assert_int_eq(chmod(tree.root, 0755), 0);
	no_more_rights();
	scan();
}

/* The tree is its maker's to remove: rights are dropped in a child. */
static int in_child(void (*run)(void))
{
	pid_t child = fork();
	int status;

	if (child == 0) {
		run();
		_exit(warnings.count == 1 ? (int)scanned.denied : 99);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void expect_denied_warning(void)
{
	scan_without_rights();
	ck_assert_uint_eq(scanned.denied, 2);
	ck_assert_uint_eq(warnings.count, 1);
	ck_assert_int_eq(warnings.warning[0].code,
			 TCPMEM_WARNING_FDS_UNREADABLE);
	ck_assert_ptr_nonnull(
		strstr(warnings.warning[0].text, "of 2 processes (pid 4"));
	ck_assert_ptr_nonnull(
		strstr(warnings.warning[0].text, "CAP_SYS_PTRACE"));
	expect_count(100, 1);
	expect_count(101, 0);
}

/*
 * "Warnings are added for processes that may not be read": but a kernel thread
 * or a zombie has nothing to read.
 */
/* Several threads read so many, where there are as many CPUs. */
START_TEST(many_processes_are_each_itself)
{
	enum { COUNT = 600 };

	for (uint32_t pid = 100; pid < 100 + COUNT; pid++) {
		char path[64], text[64];

		put_process(pid);
		snprintf(path, sizeof(path), "%u/fd/3", pid);
		snprintf(text, sizeof(text), "socket:[%u]", 10000 + pid);
		tree_link(&tree, path, text);
		snprintf(path, sizeof(path), "%u/fd/4", pid);
		tree_link(&tree, path, "socket:[9999]");
	}
	scan();
	ck_assert_uint_eq(tm_holders_process_count(holders), COUNT);
	expect_count(9999, COUNT);
	for (uint32_t pid = 100; pid < 100 + COUNT; pid++) {
		expect_count(10000 + pid, 1);
		ck_assert_uint_eq(holder(10000 + pid, 0)->pid, pid);
	}
}
END_TEST

START_TEST(unreadable_processes_make_one_warning)
{
	static const char *const denied[] = { "43/fd", "44/fd", "45/fd",
					      "46/fd", "2/fd" };

	for (uint32_t pid = 42; pid <= 45; pid++)
		put_process(pid);
	tree_link(&tree, "42/fd/3", "socket:[100]");
	tree_link(&tree, "43/fd/3", "socket:[101]");
	/* it is ending: no zombie yet */
	put_process(46);
	tree_file(&tree, "46/stat",
		  "46 (x) R 0 0 0 0 -1 4194308 0 0 0 0 0 0 0 0 20 0 1 0 77 "
		  "0\n");
	tree_file(&tree, "45/stat",
		  "45 (x) Z 0 0 0 0 -1 4227084 0 0 0 0 0 0 0 0 20 "
		  "0 1 0 77 0\n");
	for (size_t i = 0; i < sizeof(denied) / sizeof(*denied); i++)
		set_mode(denied[i], 0);
	ck_assert_int_eq(in_child(expect_denied_warning), 2);
	for (size_t i = 0; i < sizeof(denied) / sizeof(*denied); i++)
		set_mode(denied[i], 0755);
}
END_TEST

START_TEST(hidden_processes_make_a_warning)
{
	char full[PATH_MAX], gone[PATH_MAX];

	tree_path(&tree, "1", full);
	tree_path(&tree, "gone", gone);
	ck_assert_int_eq(rename(full, gone), 0);
	tree_dir(&tree, "self");
	scan();
	ck_assert(scanned.view.hidden);
	ck_assert_uint_eq(warnings.count, 1);
	ck_assert_int_eq(warnings.warning[0].code, TCPMEM_WARNING_PROC_HIDDEN);
}
END_TEST

START_TEST(a_nested_namespace_is_told)
{
	put_process(2);
	scan();
	ck_assert(scanned.view.nested);
	ck_assert_uint_eq(warnings.count, 0);
}
END_TEST

/* "-errno if /proc itself cannot be read" */
START_TEST(without_proc_there_is_an_error)
{
	ck_assert_int_eq(tm_ctx_set_roots(ctx, "/nonexistent", NULL), 0);
	ck_assert_int_eq(scan_once(), -ENOENT);
	ck_assert_int_eq(tm_ctx_set_roots(ctx, "/dev/null", NULL), 0);
	ck_assert_int_eq(scan_once(), -ENOTDIR);
	ck_assert_uint_eq(warnings.count, 0);
}
END_TEST

/* "-EMFILE": a process that was not read for that must not pass in silence. */
START_TEST(running_out_of_fds_is_an_error)
{
	struct rlimit old, few;
	int lowest = dup(0), ret;

	ck_assert_int_ge(lowest, 0);
	close(lowest);
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &old), 0);
	for (rlim_t more = 0; more < 3; more++) {
		few = old;
		few.rlim_cur = (rlim_t)lowest + more;
		ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &few), 0);
		ret = scan_once();
		ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &old), 0);
		ck_assert_int_eq(ret, -EMFILE);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("holders_proc");
	TCase *tc = tcase_create("all");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, a_process_is_named_in_full);
	tcase_add_test(tc, only_socket_links_count);
	tcase_add_test(tc, unwanted_inodes_name_nobody);
	tcase_add_test(tc, shared_and_repeated_fds);
	tcase_add_test(tc, threads_are_read);
	tcase_add_test(tc, threads_outlive_their_leader);
	tcase_add_test(tc, registered_files_are_held);
	tcase_add_test(tc, a_locked_ring_may_have_sockets);
	tcase_add_test(tc, half_a_process_is_no_error);
	tcase_add_test(tc, a_broken_stat_is_a_warning);
	tcase_add_test(tc, names_that_are_no_pids_are_passed_over);
	tcase_add_test(tc, many_fds_are_all_found);
	tcase_add_test(tc, many_processes_are_each_itself);
	tcase_add_test(tc, unreadable_processes_make_one_warning);
	tcase_add_test(tc, hidden_processes_make_a_warning);
	tcase_add_test(tc, a_nested_namespace_is_told);
	tcase_add_test(tc, without_proc_there_is_an_error);
	tcase_add_test(tc, running_out_of_fds_is_an_error);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}

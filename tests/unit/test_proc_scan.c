// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_proc_scan.c - what a scan shows to a visitor, and what it keeps */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/util.h"
#include "proc_fixture.h"
#include "unit.h"

/* More than any process has: kcmp(2) knows nothing of them. */
#define PID 2000000000u
#define P42 "2000000042"
#define P43 "2000000043"
#define P44 "2000000044"
#define P45 "2000000045"

static struct tm_proc_scan scanned;
static char seen[1024];

/* Fds are counted by the size that directories have: not 0 here. */
static void set_up(void)
{
	char self[16];

	proc_tree_make();
	snprintf(self, sizeof(self), "%d", getpid());
	tree_link(&tree, "self", self);
	put_process((uint32_t)getpid());
	put_process(PID + 42);
	put_process(PID + 43);
	*seen = '\0';
}

static void tear_down(void)
{
	proc_tree_remove();
}

/* ---- a visitor ---- */

static int show_socket(uint32_t pid, uint32_t tid, int fd, uint32_t inode,
		       void *user)
{
	size_t len = strlen(seen);

	snprintf(seen + len, sizeof(seen) - len, "%u/%u/%d=%u;", pid, tid, fd,
		 inode);
	return *(int *)user;
}

static int show_netns(uint64_t inode, const char *path, void *user)
{
	size_t len = strlen(seen);

	snprintf(seen + len, sizeof(seen) - len, "%s=%llu;", path,
		 (unsigned long long)inode);
	return *(int *)user;
}

static int visit(int answer)
{
	const struct tm_fd_visitor visitor = { show_socket, show_netns,
					       &answer };

	*seen = '\0';
	return tm_fds_proc_visit(ctx, &visitor, &scanned);
}

/* "thread @tid of process @pid has @fd, a socket"; "@path [...] leads to it" */
START_TEST(a_visitor_sees_sockets_and_namespaces)
{
	tree_link(&tree, P42 "/fd/3", "socket:[100]");
	ck_assert_int_eq(visit(0), 0);
	ck_assert_str_eq(seen, P42 "/" P42 "/3=100;");
	ck_assert_uint_eq(scanned.processes, 3);
	tree_link(&tree, P42 "/fd/3", "net:[4026532000]");
	ck_assert_int_eq(visit(0), 0);
	ck_assert_str_eq(seen, P42 "/task/" P42 "/fd/3=4026532000;");
	tree_link(&tree, P42 "/fd/3", "/dev/null");
	tree_link(&tree, P42 "/task/" P45 "/fd/7", "socket:[101]");
	ck_assert_int_eq(visit(0), 0);
	ck_assert_str_eq(seen, P42 "/" P45 "/7=101;");
	/* its answer ends the visit */
	tree_link(&tree, P42 "/task/" P45 "/fd/8", "socket:[101]");
	ck_assert_int_eq(visit(-EMFILE), -EMFILE);
	ck_assert_uint_le(strlen(seen), strlen(P42 "/" P45 "/7=101;"));
}
END_TEST

START_TEST(what_is_no_fd_is_not_shown)
{
	static const char *const names[] = { "x", "3x", "2147483648" };
	char path[64];

	for (size_t i = 0; i < TM_ARRAY_SIZE(names); i++) {
		snprintf(path, sizeof(path), P42 "/fd/%s", names[i]);
		tree_link(&tree, path, "socket:[100]");
	}
	tree_link(&tree, P43 "/fd/3", "net:[0]");
	tree_link(&tree, P43 "/fd/4", "anon_inode:[io_uring]");
	tree_file(&tree, P43 "/fdinfo/4", "UserFiles:\t1\n    0: socket:[9]\n");
	ck_assert_int_eq(visit(0), 0);
	ck_assert_str_eq(seen, "");
	tree_link(&tree, P42 "/fd/2147483647", "socket:[100]");
	ck_assert_int_eq(visit(0), 0);
	ck_assert_str_eq(seen, P42 "/" P42 "/2147483647=100;");
}
END_TEST

/* "Not called where pids in /proc are not those of system calls." */
START_TEST(sockets_of_other_pids_are_not_shown)
{
	tree_link(&tree, "self", P42);
	tree_link(&tree, P42 "/fd/3", "socket:[100]");
	tree_link(&tree, P43 "/fd/3", "net:[4026532000]");
	ck_assert_int_eq(visit(0), 0);
	ck_assert_str_eq(seen, P43 "/task/" P43 "/fd/3=4026532000;");
}
END_TEST

/* ---- scans that follow each other ---- */

static struct tm_fd_refs refs;

static void scan(struct tm_scan_state *round, struct tm_fd_cache *cache)
{
	tm_fd_refs_deinit(&refs);
	refs = (struct tm_fd_refs){ 0 };
	ck_assert_int_eq(
		tm_fd_refs_proc_scan(ctx, round, cache, &refs, &scanned), 0);
}

/*
 * "A process with as many fds as before is taken for unchanged": but one whose
 * threads have tables of their own, or that has a ring, is read each time
 */
START_TEST(unchanged_processes_are_not_read_again)
{
	char from[PATH_MAX], to[PATH_MAX];
	struct tm_fd_cache *cache;

	ck_assert_int_eq(tm_fd_cache_new(&cache), 0);
	put_process(PID + 44);
	tree_link(&tree, P42 "/fd/3", "socket:[100]");
	tree_link(&tree, P43 "/fd/3", "socket:[101]");
	tree_link(&tree, P43 "/task/" P45 "/fd/3", "socket:[102]");
	tree_link(&tree, P44 "/fd/3", "anon_inode:[io_uring]");
	tree_file(&tree, P44 "/fdinfo/3",
		  "pos: 0\nUserFiles:\t1\n    0: socket:[103]\n");
	for (int i = 0; i < 2; i++) {
		scan(NULL, cache);
		ck_assert(holds(&refs, PID + 42, 100) &&
			  holds(&refs, PID + 43, 101) &&
			  holds(&refs, PID + 43, 102));
		ck_assert(holds(&refs, PID + 44, 103));
		ck_assert_uint_eq(refs.count, 4);
		ck_assert_uint_eq(scanned.processes, 4);
	}
	tree_link(&tree, P42 "/fd/3", "socket:[200]");
	tree_link(&tree, P43 "/fd/3", "socket:[201]");
	tree_file(&tree, P44 "/fdinfo/3",
		  "pos: 0\nUserFiles:\t1\n    0: socket:[203]\n");
	scan(NULL, cache);
	ck_assert(holds(&refs, PID + 42, 100) && holds(&refs, PID + 43, 201) &&
		  holds(&refs, PID + 43, 102));
	ck_assert(holds(&refs, PID + 44, 203));
	ck_assert_uint_eq(refs.count, 4);
	ck_assert_uint_eq(scanned.processes, 4);
	/* the next process that has the number has another directory */
	tree_path(&tree, P42 "/fd", from);
	tree_path(&tree, P42 "/old", to);
	ck_assert_int_eq(rename(from, to), 0);
	tree_link(&tree, P42 "/fd/3", "socket:[300]");
	scan(NULL, cache);
	ck_assert(holds(&refs, PID + 42, 300));
	tree_link(&tree, P42 "/fd/3", "socket:[200]");
	tm_fd_cache_expire(cache);
	scan(NULL, cache);
	ck_assert(holds(&refs, PID + 42, 200));
	ck_assert_uint_eq(refs.count, 4);
	tm_fd_cache_free(cache);
	tm_fd_refs_deinit(&refs);
}
END_TEST

/* "sockets that are registered with an io_uring are wanted alone" */
START_TEST(rings_may_be_wanted_alone)
{
	struct tm_scan_state round;

	ck_assert_int_eq(tm_scan_state_init(&round), 0);
	tree_link(&tree, P42 "/fd/3", "socket:[100]");
	tree_link(&tree, P43 "/fd/3", "anon_inode:[io_uring]");
	tree_file(&tree, P43 "/fdinfo/3",
		  "pos: 0\nUserFiles:\t1\n    0: socket:[103]\n");
	scan(&round, NULL);
	ck_assert_uint_eq(refs.count, 2);
	round.rings = true;
	scan(&round, NULL);
	ck_assert_uint_eq(refs.count, 1);
	ck_assert(holds(&refs, PID + 43, 103));
	tm_scan_state_deinit(&round);
	tm_fd_refs_deinit(&refs);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("proc_scan");
	TCase *tc = tcase_create("all");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, a_visitor_sees_sockets_and_namespaces);
	tcase_add_test(tc, what_is_no_fd_is_not_shown);
	tcase_add_test(tc, sockets_of_other_pids_are_not_shown);
	tcase_add_test(tc, unchanged_processes_are_not_read_again);
	tcase_add_test(tc, rings_may_be_wanted_alone);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}

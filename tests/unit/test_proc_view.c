// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_proc_view.c - which processes a /proc does not show */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "proc/internal.h"
#include "tree.h"
#include "unit.h"

#define STAT(pid, name, flags) \
	pid " (" name ") S 0 0 0 0 -1 " flags " 0 0 0 0 0 0 0 0 20 0 1 0 4 0\n"
#define NO_CAPS	   "Name:\tx\nCapEff:\t0000000000000000\nCapBnd:\tffff\n"
#define PTRACE	   "Name:\tx\nCapEff:\t0000000000080000\nCapBnd:\t0\n"
#define BUT_PTRACE "Name:\tx\nCapEff:\tfffffffffff7ffff\nCapBnd:\tffff\n"

static struct tree tree;
static struct tcpmem_ctx *ctx;

/* The /proc of a whole host, seen without capabilities. */
static void set_up(void)
{
	tree_make(&tree);
	ck_assert_int_eq(tcpmem_ctx_new(&ctx), 0);
	ck_assert_int_eq(tm_ctx_set_roots(ctx, tree.root, NULL), 0);
	tree_file(&tree, "1/stat", STAT("1", "init", "4194560"));
	tree_file(&tree, "2/stat", STAT("2", "kthreadd", "2129984"));
	tree_file(&tree, "self/status", NO_CAPS);
}

static void tear_down(void)
{
	tcpmem_ctx_free(ctx);
	tree_remove(&tree);
}

static void expect(bool hidden, bool nested)
{
	int proc = open(tree.root, O_PATH);
	struct tm_proc_view view;

	tm_proc_view_read(ctx, proc, &view);
	close(proc);
	ck_assert(view.hidden == hidden);
	ck_assert(view.nested == nested);
}

/* The tree's root is mounted with @options; there are mounts around it. */
static void mounted(const char *options)
{
	char text[1024];

	snprintf(text, sizeof(text),
		 "1 0 8:1 / / rw - ext4 /dev/a rw\n"
		 "2 1 0:1 / /elsewhere rw - proc proc rw,hidepid=invisible\n"
		 "3 1 0:2 / %s rw,nosuid shared:5 - proc proc rw%s\n"
		 "4 1 0:3 / %s/sys rw - proc proc rw,hidepid=invisible\n"
		 "truncated",
		 tree.root, options, tree.root);
	tree_file(&tree, "self/mountinfo", text);
}

START_TEST(a_whole_host_is_seen)
{
	expect(false, false);
	mounted("");
	expect(false, false);
}
END_TEST

/* "other users' processes: it is mounted with hidepid" */
START_TEST(hidepid_hides)
{
	static const char *const hiding[] = {
		",hidepid=invisible",
		",hidepid=2",
		",hidepid=4",
		",hidepid=ptraceable",
		",gid=5,hidepid=2,subset=pid",
	};
	static const char *const showing[] = {
		",hidepid=0", ",hidepid=off", ",hidepid=noaccess",
		",hidepid=1", ",hidepid=20",  ",hidepid=invisibles",
	};

	for (size_t i = 0; i < sizeof(hiding) / sizeof(*hiding); i++) {
		mounted(hiding[i]);
		expect(true, false);
	}
	for (size_t i = 0; i < sizeof(showing) / sizeof(*showing); i++) {
		mounted(showing[i]);
		expect(false, false);
	}
}
END_TEST

START_TEST(a_capability_sees_through)
{
	mounted(",hidepid=invisible");
	tree_file(&tree, "self/status", PTRACE);
	expect(false, false);
	tree_file(&tree, "self/status", BUT_PTRACE);
	expect(true, false);
	tree_file(&tree, "self/status", "Name:\tx\n");
	expect(true, false);
}
END_TEST

/* "it shows no process: it is not mounted" */
START_TEST(an_empty_one_is_not_mounted_with_hidepid)
{
	struct tm_proc_view view;
	struct tree bare;
	int proc;

	tree_make(&bare);
	proc = open(bare.root, O_PATH);
	ck_assert_int_eq(tm_ctx_set_roots(ctx, bare.root, NULL), 0);
	tm_proc_view_read(ctx, proc, &view);
	close(proc);
	ck_assert(view.empty && view.hidden);
	ck_assert(!view.foreign && !view.nested);
	tree_remove(&bare);
}
END_TEST

static bool is_foreign(const char *self, const char *status)
{
	struct tm_proc_view view;
	char path[128];
	int proc;

	tree_remove(&tree);
	tree_make(&tree);
	ck_assert_int_eq(tm_ctx_set_roots(ctx, tree.root, NULL), 0);
	tree_file(&tree, "1/stat", STAT("1", "init", "4194560"));
	tree_file(&tree, "77/status", status);
	snprintf(path, sizeof(path), "%s/self", tree.root);
	ck_assert_int_eq(symlink(self, path), 0);
	proc = open(tree.root, O_PATH);
	tm_proc_view_read(ctx, proc, &view);
	close(proc);
	ck_assert(!view.foreign || (view.hidden && !view.nested));
	ck_assert(!view.empty);
	return view.foreign;
}

/* "it is of a PID namespace that the caller is not in" */
START_TEST(a_foreign_one_does_not_show_the_caller)
{
	char text[64];

	snprintf(text, sizeof(text), "Name:\tx\nNSpid:\t77\t%d\n", getpid());
	/* the /proc of the namespace around one's own */
	ck_assert(!is_foreign("77", text));
	ck_assert(is_foreign("77", "Name:\tx\nNSpid:\t77\t1\n"));
	ck_assert(is_foreign("77", "Name:\tx\n"));
	ck_assert(is_foreign("78", text));
}
END_TEST

START_TEST(without_process_1_it_is_hidden)
{
	char path[128];

	tree_file(&tree, "self/status", PTRACE);
	snprintf(path, sizeof(path), "%s/1/stat", tree.root);
	ck_assert_int_eq(remove(path), 0);
	expect(false, false);
	*strrchr(path, '/') = '\0';
	ck_assert_int_eq(remove(path), 0);
	expect(true, false);
}
END_TEST

/* "those outside of one PID namespace, such as a container's" */
START_TEST(without_kthreadd_it_is_nested)
{
	char path[128];

	tree_file(&tree, "2/stat", STAT("2", "kthreadd", "4194560"));
	expect(false, true);
	snprintf(path, sizeof(path), "%s/2/stat", tree.root);
	ck_assert_int_eq(remove(path), 0);
	expect(false, true);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("proc_view");
	TCase *tc = tcase_create("all");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, a_whole_host_is_seen);
	tcase_add_test(tc, hidepid_hides);
	tcase_add_test(tc, a_capability_sees_through);
	tcase_add_test(tc, an_empty_one_is_not_mounted_with_hidepid);
	tcase_add_test(tc, a_foreign_one_does_not_show_the_caller);
	tcase_add_test(tc, without_process_1_it_is_hidden);
	tcase_add_test(tc, without_kthreadd_it_is_nested);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}

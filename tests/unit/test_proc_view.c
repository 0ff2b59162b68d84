// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_proc_view.c - which processes a /proc does not show */
#include <fcntl.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "proc/internal.h"
#include "proc_tree.h"
#include "unit.h"

#define STAT(pid, name, flags) \
	pid " (" name ") S 0 0 0 0 -1 " flags " 0 0 0 0 0 0 0 0 20 0 1 0 4 0\n"
#define NO_CAPS	   "Name:\tx\nCapEff:\t0000000000000000\nCapBnd:\tffff\n"
#define PTRACE	   "Name:\tx\nCapEff:\t0000000000080000\nCapBnd:\t0\n"
#define BUT_PTRACE "Name:\tx\nCapEff:\tfffffffffff7ffff\nCapBnd:\tffff\n"

/* The /proc of a whole host, seen without capabilities. */
static void set_up(void)
{
	proc_tree_make();
	tree_file(&tree, "1/stat", STAT("1", "init", "4194560"));
	tree_file(&tree, "2/stat", STAT("2", "kthreadd", "2129984"));
	tree_file(&tree, "self/status", NO_CAPS);
}

static void tear_down(void)
{
	proc_tree_remove();
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
		 "5 1 0:4 / %s rw - proc proc rw%s\n"
		 "6 1 0:5 / %s rw - proc\n"
		 "2 1 0:1 / /elsewhere rw - proc proc rw,hidepid=invisible\n"
		 "3 1 0:2 / %s rw,nosuid shared:5 - proc proc rw%s\n"
		 "4 1 0:3 / %s/sys rw - proc proc rw,hidepid=invisible\n"
		 "7 1 0:6 / %s rw - tmpfs t rw,hidepid=invisible\n"
		 "truncated",
		 tree.root, *options ? "" : ",hidepid=2", tree.root, tree.root,
		 options, tree.root, tree.root);
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

/* ---- what is said of it, and what would help ---- */

#define NO_MAP	 "         0          0 4294967295\n"
#define ALL_CAPS "Name:\tx\nCapEff:\tffffffffffffffff\n"

static const char *advise(uint64_t caps)
{
	static char text[TM_RIGHTS_SIZE];

	return tm_rights_advise(ctx, caps, text);
}

/* "what would let the caller do more", to root and to others */
START_TEST(advice_names_what_is_missing)
{
	const uint64_t admin = TM_CAP_MASK(CAP_SYS_ADMIN),
		       ptrace = TM_CAP_MASK(CAP_SYS_PTRACE),
		       search = TM_CAP_MASK(CAP_DAC_READ_SEARCH);

	tree_file(&tree, "self/uid_map", NO_MAP);
	if (geteuid() == 0) {
		ck_assert_str_eq(advise(admin),
				 "root has no CAP_SYS_ADMIN here");
		tree_file(&tree, "self/uid_map", "0 100000 65536\n");
		ck_assert_str_eq(advise(ptrace | search),
				 "root has no CAP_SYS_PTRACE and "
				 "CAP_DAC_READ_SEARCH here, in a user "
				 "namespace");
		tree_file(&tree, "self/uid_map", NO_MAP);
		ck_assert_int_eq(chmod(tree.root, 0755), 0);
		ck_assert_int_eq(seteuid(65534), 0);
	}
	ck_assert_str_eq(advise(admin | ptrace | search),
			 "run as root, or with CAP_SYS_ADMIN and "
			 "CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH");
	if (getuid() == 0)
		ck_assert_int_eq(seteuid(0), 0);
	tree_file(&tree, "self/status", BUT_PTRACE);
	ck_assert_ptr_nonnull(strstr(advise(admin | ptrace), "CAP_SYS_PTRACE"));
	ck_assert_ptr_null(strstr(advise(admin | ptrace), "CAP_SYS_ADMIN"));
	tree_file(&tree, "self/status", ALL_CAPS);
	ck_assert_str_eq(advise(admin),
			 "no capability is missing: a security module or a "
			 "seccomp filter refuses it");
}
END_TEST

/* "The initial user namespace maps each id to itself." */
START_TEST(every_other_map_is_of_a_user_namespace)
{
	static const char *const nested[] = {
		"1 0 4294967295\n",
		"0 1 4294967295\n",
		"0 0 4294967294\n",
		"0 0\n",
		"",
	};

	tree_file(&tree, "self/status", ALL_CAPS);
	for (size_t i = 0; i < sizeof(nested) / sizeof(*nested); i++) {
		tree_file(&tree, "self/uid_map", nested[i]);
		ck_assert_str_eq(advise(0), "this user namespace has no "
					    "rights over it: run outside");
	}
	tree_file(&tree, "self/uid_map", NO_MAP);
	ck_assert_ptr_nonnull(strstr(advise(0), "no capability is missing"));
}
END_TEST

/* "Where /proc does not show the caller, the kernel still tells." */
START_TEST(the_kernel_tells_rights_too)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = { 0 };
	struct tree bare;

	tree_make(&bare);
	ck_assert_int_eq(tm_ctx_set_roots(ctx, bare.root, NULL), 0);
	ck_assert_int_eq(syscall(SYS_capget, &header, data), 0);
	for (int cap = 0; cap < 64; cap++)
		ck_assert_int_eq(tm_rights_have(ctx, cap),
				 data[cap / 32].effective >> (cap % 32) & 1);
	tree_remove(&bare);
}
END_TEST

static const char *explain(const struct tm_proc_scan *scan, size_t i)
{
	static struct tm_warnings warnings;

	tm_warnings_clear(&warnings);
	ck_assert_int_eq(tm_proc_scan_explain(ctx, scan, &warnings), 0);
	return i < warnings.count ? warnings.warning[i].text : "";
}

static void check_begin(const char *text, const char *begin)
{
	ck_assert_msg(strncmp(text, begin, strlen(begin)) == 0, "%s", text);
}

/* "pid 1, 7, 9, ..." */
START_TEST(some_of_the_denied_are_named)
{
	struct tm_proc_scan scan = { .denied = 1, .denied_pid = { 7, 8, 9 } };

	check_begin(explain(&scan, 0),
		    "the file descriptors of 1 process (pid 7) are not "
		    "readable; ");
	ck_assert_ptr_nonnull(strstr(explain(&scan, 0),
				     "CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH"));
	scan.denied = 3;
	check_begin(explain(&scan, 0), "the file descriptors of 3 processes "
				       "(pid 7, 8, 9) are not readable; ");
	scan.denied = 4;
	check_begin(explain(&scan, 0), "the file descriptors of 4 processes "
				       "(pid 7, 8, 9, ...) are not readable; ");
	ck_assert_str_eq(explain(&scan, 1), "");
	scan.view.hidden = true;
	ck_assert_str_ne(explain(&scan, 1), "");
	scan.denied = 0;
	ck_assert_str_ne(explain(&scan, 0), "");
	ck_assert_str_eq(explain(&scan, 1), "");
	scan.view.hidden = false;
	ck_assert_str_eq(explain(&scan, 0), "");
}
END_TEST

/* Why nobody else can be seen */
START_TEST(what_hides_is_told)
{
	struct tm_proc_scan scan = { .view = { .hidden = true } };
	char text[512];

	snprintf(text, sizeof(text),
		 "%s is mounted with hidepid and hides other users' "
		 "processes; ",
		 tree.root);
	check_begin(explain(&scan, 0), text);
	ck_assert_ptr_nonnull(strstr(explain(&scan, 0), "CAP_SYS_PTRACE"));
	ck_assert_str_eq(tm_proc_lacks_self(&scan.view), "cannot be read");
	scan.view.foreign = true;
	snprintf(text, sizeof(text),
		 "no other process can be seen: %s is of another PID "
		 "namespace, in which this process is not; mount proc there "
		 "anew",
		 tree.root);
	ck_assert_str_eq(explain(&scan, 0), text);
	scan.view = (struct tm_proc_view){ .hidden = true, .empty = true };
	snprintf(text, sizeof(text),
		 "no other process can be seen: %s is empty; mount proc there",
		 tree.root);
	ck_assert_str_eq(explain(&scan, 0), text);
}
END_TEST

/* As the view of a directory that is open, whatever its number is */
START_TEST(a_view_opens_its_proc)
{
	struct tm_proc_view view;

	tree_file(&tree, "2/stat", STAT("2", "kthreadd", "4194560"));
	close(STDIN_FILENO);
	view = tm_proc_view_get(ctx);
	ck_assert(view.nested && !view.hidden);
	ck_assert_int_eq(tm_ctx_set_roots(ctx, "/nonexistent", NULL), 0);
	view = tm_proc_view_get(ctx);
	ck_assert(!view.nested && !view.hidden && !view.empty);
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
	tcase_add_test(tc, advice_names_what_is_missing);
	tcase_add_test(tc, every_other_map_is_of_a_user_namespace);
	tcase_add_test(tc, the_kernel_tells_rights_too);
	tcase_add_test(tc, some_of_the_denied_are_named);
	tcase_add_test(tc, what_hides_is_told);
	tcase_add_test(tc, a_view_opens_its_proc);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}

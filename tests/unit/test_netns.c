// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_netns.c - finding and naming namespaces in made-up /proc trees */
#include "collect/sources.h"
#include "host/internal.h"
#include "netns_fixture.h"

#include <inttypes.h>

/* As one of this library's does, whose process may be older. */
START_TEST(a_visitor_gives_no_name)
{
	char *spec[] = { "web.service" };
	size_t wrong = 9;

	add_process(10, "net:[2]", "mnt:[9]");
	add_thread(10, 20, "net:[5]");
	tree_file(&tree, "10/cgroup", "0::/visitor.service\n");
	add_process(11, "net:[5]", "mnt:[9]");
	tree_file(&tree, "11/cgroup", "0::/web.service\n");
	ck_assert_int_eq(tm_ns_select(ctx, spec, 1, &list, &wrong), 0);
	ck_assert_ptr_nonnull(find(5));
	ck_assert_uint_eq(find(5)->task.pid, 11);
	ck_assert_str_eq(name_of(5), "web.service");
}
END_TEST

START_TEST(test_link_is_checked)
{
	ck_assert_uint_eq(tm_parse_link("net:[4026531840]", "net"),
			  4026531840u);
	ck_assert_uint_eq(tm_parse_link("mnt:[4026531840]", "net"), 0);
	ck_assert_uint_eq(tm_parse_link("net:[]", "net"), 0);
	ck_assert_uint_eq(tm_parse_link("net:[1", "net"), 0);
	ck_assert_uint_eq(tm_parse_link("net:[1]x", "net"), 0);
	ck_assert_uint_eq(tm_parse_link("net:[-1]", "net"), 0);
	ck_assert_uint_eq(tm_parse_link("net", "net"), 0);
	ck_assert_uint_eq(tm_parse_link("net:[99999999999999999999999]", "net"),
			  0);
}
END_TEST

static uint64_t parse_mount(const char *line, const char **path)
{
	static char copy[8192];

	snprintf(copy, sizeof(copy), "%s", line);
	return tm_ns_parse_mount(copy, path);
}

START_TEST(test_mount_line)
{
	const char *path = NULL;

	ck_assert_uint_eq(parse_mount("99 25 0:4 net:[7] /run/netns/blue rw "
				      "shared:5 - nsfs nsfs rw",
				      &path),
			  7);
	ck_assert_str_eq(path, "/run/netns/blue");
	ck_assert_uint_eq(parse_mount("99 25 0:4 net:[8] /run/a\\040b\\012c rw "
				      "shared:5 master:2 - nsfs nsfs rw",
				      &path),
			  8);
	ck_assert_str_eq(path, "/run/a b\nc");
	ck_assert_uint_eq(parse_mount("99 25 0:4 net:[8] /\\001\\177\\377\\134 "
				      "rw - nsfs nsfs rw",
				      &path),
			  8);
	ck_assert_str_eq(path, "/\001\177\377\\");
	ck_assert_uint_eq(
		parse_mount("99 25 0:4 net:[9] /x rw - nsfs nsfs rw", &path),
		9);
}
END_TEST

/* What others mount, and how they call it, is theirs to choose. */
START_TEST(test_hostile_mount_lines)
{
	static const char *const lines[] = {
		"",
		" ",
		"-",
		"- nsfs",
		"1 2 3",
		"1 2 3 net:[7]",
		"1 2 3 net:[7] /run/netns/x",
		"1 2 3 net:[7] /run/netns/x rw",
		"1 2 3 net:[7] /run/netns/x rw -",
		"1 2 3 net:[7] /run/netns/x rw - ",
		"1 2 3 net:[7] /run/netns/x rw - nsfsx nsfs rw",
		"1 2 3 net:[7] /run/netns/x rw - ext4 nsfs rw",
		"1 2 3 net:[7] - nsfs nsfs rw",
		"1 2 3 mnt:[7] /run/netns/x rw - nsfs nsfs rw",
		"1 2 3 net:[7 /run/netns/x rw - nsfs nsfs rw",
		"1 2 3 net:[0] /run/netns/x rw - nsfs nsfs rw",
		"1 2 3 net:[7] run/netns/x rw - nsfs nsfs rw",
		"1 2 3 net:[7]  rw - nsfs nsfs rw",
		"1 2 3 net:[7] /x\\ rw - nsfs nsfs rw",
		"1 2 3 net:[7] /x\\04 rw - nsfs nsfs rw",
		"1 2 3 net:[7] /x\\999 rw - nsfs nsfs rw",
		"1 2 3 net:[7] /x\\000y rw - nsfs nsfs rw",
		"1 2 3 net:[7] /x\\777 rw - nsfs nsfs rw",
		"1 2 3 net:[7] /x\\400 rw - nsfs nsfs rw",
		"1 2 3 net:[7] /x\\0/1 rw - nsfs nsfs rw",
		"1 2 3 net:[7] /x\\08y rw - nsfs nsfs rw",
		"1 2 3 net:[7] /run/netns/x rw shared:1 nsfs nsfs rw",
	};
	const char *path = NULL;

	ck_assert_uint_eq(parse_mount(lines[_i], &path), 0);
	ck_assert_ptr_null(path);
}
END_TEST

#define HOSTILE_LINES 27

START_TEST(test_overlong_mount_is_skipped)
{
	char text[8192] = "1 2 3 net:[7] /";

	memset(text + strlen(text), 'x', 6000);
	strcat(text, " rw - nsfs nsfs rw\n"
		     "1 2 3 net:[8] /run/netns/ok rw - nsfs nsfs rw");
	tree_file(&tree, "thread-self/mountinfo", text);
	scan(10);
	ck_assert_ptr_null(find(7));
	ck_assert_str_eq(find(8)->name, "ok");
}
END_TEST

START_TEST(test_mounts_name_namespaces)
{
	tree_file(&tree, "thread-self/mountinfo",
		  "1 2 0:4 net:[5] /run/netns/blue rw - nsfs nsfs rw\n"
		  "1 2 0:4 net:[6] /var/run/netns/red rw - nsfs nsfs rw\n"
		  "1 2 0:4 net:[7] /run/docker/netns/0a rw - nsfs nsfs rw\n"
		  "1 2 0:4 net:[8] /run/netns/a/b rw - nsfs nsfs rw\n"
		  "1 2 0:4 net:[9] /run/netns/ rw - nsfs nsfs rw\n"
		  "1 2 0:4 /x /run/netns/y rw - ext4 ext4 rw\n");
	scan(10);
	ck_assert_uint_eq(list.count, 5);
	ck_assert_str_eq(name_of(5), "blue");
	ck_assert_str_eq(name_of(6), "red");
	ck_assert_str_eq(name_of(7), "7");
	ck_assert_str_eq(name_of(8), "8");
	ck_assert_str_eq(name_of(9), "9");
	ck_assert_str_eq(find(5)->way[0], "thread-self/root/run/netns/blue");
}
END_TEST

/* "among others it would be counted twice" */
START_TEST(test_who_does_not_know_his_own_looks_for_no_other)
{
	const struct tcpmem_query query = { .states = TCPMEM_STATES_ALL };
	const struct tm_plan plan = { .ctx = ctx, .query = &query };
	struct tm_netns_enum *others;
	struct tm_ns_list found;

	tree_link(&tree, "thread-self/ns/net", "elsewhere");
	add_process(10, "net:[1]", "mnt:[30]");
	add_process(11, "net:[2]", "mnt:[30]");
	ck_assert_int_eq(tm_netns_discover(&plan, false, &found, &others), 0);
	ck_assert_ptr_null(others);
	ck_assert_uint_eq(found.count, 1);
	ck_assert(found.ns[0].own);
	ck_assert(found.unread_proc);
	tm_ns_list_clear(&found);
}
END_TEST

/* "one process per mount namespace" is read, through its root. */
START_TEST(test_foreign_mounts)
{
	add_process(10, "net:[1]", "mnt:[30]");
	add_process(11, "net:[1]", "mnt:[30]");
	tree_file(&tree, "10/mountinfo",
		  "1 2 0:4 net:[5] /run/netns/self rw - nsfs nsfs rw\n");
	tree_file(&tree, "11/mountinfo",
		  "1 2 0:4 net:[5] /run/netns/self rw - nsfs nsfs rw\n");
	scan(10);
	ck_assert_uint_eq(find(5)->way_count, 1);
	ck_assert_str_eq(find(5)->way[0] + 2, "/root/run/netns/self");
	ck_assert(!find(5)->own);
}
END_TEST

START_TEST(test_tasks_and_threads)
{
	add_process(10, "net:[1]", "mnt:[9]");
	add_process(11, "net:[2]", "mnt:[9]");
	add_process(12, "net:[2]", "mnt:[9]");
	add_thread(12, 13, "net:[3]");
	add_thread(12, 14, "net:[2]");
	tree_dir(&tree, "self");
	tree_file(&tree, "version", "x");
	scan(256);
	ck_assert_uint_eq(list.count, 3);
	ck_assert(find(1)->own);
	ck_assert_uint_eq(find(2)->way_count, 3);
	ck_assert_str_eq(find(3)->way[0], "12/task/13/ns/net");
	ck_assert_uint_eq(list.unread_threads, 0);
}
END_TEST

/* Many threads wait until they are asked for. */
START_TEST(test_many_threads_are_left)
{
	add_process(12, "net:[2]", "mnt:[9]");
	for (unsigned int i = 1; i < 20; i++)
		add_thread(12, 100 + i, i == 19 ? "net:[3]" : "net:[2]");
	scan(19);
	ck_assert_ptr_null(find(3));
	ck_assert_uint_eq(list.unread_threads, 20);
	scan(20);
	ck_assert_ptr_nonnull(find(3));
	ck_assert_uint_eq(list.unread_threads, 0);
	ck_assert_uint_eq(list.count, 2);
}
END_TEST

START_TEST(test_ways_are_bounded_and_distinct)
{
	for (unsigned int pid = 20; pid < 40; pid++)
		add_process(pid, "net:[2]", "mnt:[9]");
	scan(1);
	scan(1);
	ck_assert_uint_eq(find(2)->way_count, TM_NS_WAYS);
	for (size_t i = 1; i < TM_NS_WAYS; i++)
		ck_assert_str_ne(find(2)->way[0], find(2)->way[i]);
}
END_TEST

/* A task that dies leaves empty directories or strange links behind. */
START_TEST(test_vanished_tasks)
{
	tree_dir(&tree, "50");
	tree_link(&tree, "51/ns/net", "net:[x]");
	tree_link(&tree, "52/ns/net", "/etc/passwd");
	tree_dir(&tree, "99999999999999999999");
	tree_dir(&tree, "0");
	scan(10);
	ck_assert_uint_eq(list.count, 0);
	ck_assert_uint_eq(list.unidentified, 0);
}
END_TEST

START_TEST(test_proc_must_be_there)
{
	ck_assert_int_eq(tm_ctx_set_roots(ctx, "/nonexistent", NULL), 0);
	ck_assert_int_eq(tm_ns_find_tasks(ctx, &list, 1), -ENOENT);
}
END_TEST

START_TEST(test_names)
{
	size_t own;

	add_process(10, "net:[2]", "mnt:[9]");
	tree_file(&tree, "10/cgroup",
		  "4:memory:/\n0::/system.slice/web.service\n");
	add_process(11, "net:[3]", "mnt:[9]");
	tree_file(&tree, "11/cgroup", "0::/system.slice/web.service\n");
	add_process(12, "net:[4]", "mnt:[9]");
	tree_file(&tree, "12/cgroup", "0::/\n");
	ck_assert_int_eq(tm_ns_list_add_own(&list, &own), 0);
	scan(10);
	ck_assert_str_eq(name_of(1), "self");
	ck_assert_str_eq(name_of(2), "web.service");
	ck_assert_str_eq(name_of(3), "web.service:3");
	ck_assert_str_eq(name_of(4), "4");
}
END_TEST

static void name_file(uint64_t inode, const char *name)
{
	size_t at = tm_ns_list_find(&list, inode);

	ck_assert_uint_lt(at, list.count);
	ck_assert_int_eq(tm_ns_rename(&list.ns[at], TM_NS_IP_NETNS, name), 0);
}

/* "No two namespaces of a list get the same name": a file's may be any. */
START_TEST(test_names_of_others)
{
	static const char *const names[] = { "self", "self:2", "4", "4:4",
					     "web.service" };
	size_t own;

	for (unsigned int pid = 10; pid < 14; pid++) {
		char net[16];

		snprintf(net, sizeof(net), "net:[%u]", pid - 8);
		add_process(pid, net, "mnt:[9]");
	}
	tree_file(&tree, "13/cgroup", "0::/system.slice/web.service\n");
	ck_assert_int_eq(tm_ns_list_add_own(&list, &own), 0);
	scan(10);
	name_file(2, "self");
	name_file(3, "4");
	for (int time = 0; time < 2; time++) /* and they stay */
		for (uint64_t inode = 1; inode < 6; inode++)
			ck_assert_str_eq(name_of(inode), names[inode - 1]);
}
END_TEST

#define HEX_ID \
	"0123456789ab0123456789ab0123456789ab0123456789ab0123456789abcdef"

START_TEST(test_cgroup_labels)
{
	static const struct {
		const char *path;
		const char *label;
	} cases[] = {
		{ "/system.slice/nginx.service", "nginx.service" },
		{ "/docker/" HEX_ID, "0123456789ab" },
		{ "/system.slice/docker-" HEX_ID ".scope", "0123456789ab" },
		{ "/kubepods/pod1/" HEX_ID "/init.scope", "0123456789ab" },
		{ "/machine.slice/machine-db.scope", "db" },
		{ "/system.slice/a.service/worker", "a.service" },
		{ "/", NULL },
		{ "/a/b", NULL },
		{ "/docker-g123456789ab0123456789ab0123456789ab0123456789ab01"
		  "23456789abcde",
		  NULL },
	};
	char line[256], out[64];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int ret;

		snprintf(line, sizeof(line), "0::%s\n", cases[i].path);
		tree_file(&tree, "12/cgroup", line);
		ret = tm_cgroup_label(ctx, 12, out, sizeof(out));
		if (cases[i].label)
			ck_assert_str_eq(ret == 0 ? out : "", cases[i].label);
		else
			ck_assert_int_eq(ret, -ENOENT);
	}
}
END_TEST

/* "web[ID]" once an engine's file tells the name. */
START_TEST(test_label_has_the_name_of_a_container)
{
	char out[64];

	tree_file(&tree, "12/cgroup", "0::/docker/" HEX_ID "\n");
	tree_file(&tree,
		  "self/root/var/lib/docker/containers/" HEX_ID
		  "/config.v2.json",
		  "{\"Name\":\"/web\"}");
	ck_assert_int_eq(tm_cgroup_label(ctx, 12, out, sizeof(out)), 0);
	ck_assert_str_eq(out, "web[0123456789ab]");
}
END_TEST

/* A name longer than its room is cut, never overrun. */
START_TEST(test_label_is_bounded)
{
	char out[8];

	tree_file(&tree, "12/cgroup", "0::/averylongname.service\n");
	ck_assert_int_eq(tm_cgroup_label(ctx, 12, out, sizeof(out)), 0);
	ck_assert_str_eq(out, "averylo");
}
END_TEST

START_TEST(test_select_what_is_not_there)
{
	char *specs[] = { "self", "nosuchnamespace" };
	char *pid[] = { "4000000" };
	char *path[] = { "/dev/null" };
	size_t wrong = 99;

	ck_assert_int_eq(tm_ns_select(ctx, specs, 2, &list, &wrong), -ENOENT);
	ck_assert_uint_eq(wrong, 1);
	ck_assert_int_eq(tm_ns_select(ctx, pid, 1, &list, &wrong), -ENOENT);
	ck_assert_int_eq(tm_ns_select(ctx, path, 1, &list, &wrong), -EINVAL);
}
END_TEST

/* "a container, a unit, the inode's digits": all that are called so. */
START_TEST(test_select_by_name)
{
	char *unit[] = { "web.service", "4026531999", "4026531999", "self" };
	size_t wrong;

	add_process(10, "net:[2]", "mnt:[9]");
	tree_file(&tree, "10/cgroup", "0::/web.service\n");
	add_process(11, "net:[3]", "mnt:[9]");
	tree_file(&tree, "11/cgroup", "0::/web.service\n");
	add_process(12, "net:[4026531999]", "mnt:[9]");
	ck_assert_int_eq(tm_ns_select(ctx, unit, 4, &list, &wrong), 0);
	ck_assert_uint_eq(list.count, 4);
	ck_assert_ptr_nonnull(find(2));
	ck_assert_ptr_nonnull(find(3));
	ck_assert_ptr_nonnull(find(4026531999u));
	ck_assert(find(1)->own);
}
END_TEST

/* What stands in for listns(2): pages of ids, and what some of them open. */
static uint64_t listed[5000];
static size_t listed_count, opened, pages;

static int list_fake(uint64_t after, uint64_t *ids, size_t count)
{
	size_t got = 0;

	pages++;
	for (size_t i = 0; i < listed_count && got < count; i++)
		if (listed[i] > after)
			ids[got++] = listed[i];
	return (int)got;
}

static int list_nothing(uint64_t after, uint64_t *ids, size_t count)
{
	(void)after;
	(void)ids;
	(void)count;
	return -ENOSYS;
}

/* A kernel that gives the first page for ever. */
static int list_again(uint64_t after, uint64_t *ids, size_t count)
{
	(void)after;
	return list_fake(0, ids, count);
}

/* The last is the caller's own, the others may not be opened. */
static int open_fake(uint64_t id)
{
	opened++;
	if (id != listed[listed_count - 1])
		return -EPERM;
	return open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
}

static void list_ids(size_t count)
{
	listed_count = count;
	opened = pages = 0;
	for (size_t i = 0; i < count; i++)
		listed[i] = 100 + i;
}

static void check_listed(int (*fn)(uint64_t, uint64_t *, size_t), size_t calls,
			 size_t found)
{
	const struct tm_ns_lister lister = { fn, open_fake };
	struct tm_ns_list found_list;

	memset(&found_list, 0, sizeof(found_list));
	ck_assert_int_eq(tm_ns_find_listed(&lister, &found_list), 0);
	ck_assert_uint_eq(opened, calls);
	ck_assert_uint_eq(found_list.count, found);
	/* those that are known are not added once more */
	ck_assert_int_eq(tm_ns_find_listed(&lister, &found_list), 0);
	ck_assert_uint_eq(found_list.count, found);
	tm_ns_list_clear(&found_list);
}

/* "adds those that are not in @list yet"; "leaves out what may not be opened"
 */
START_TEST(test_listed)
{
	list_ids(3);
	check_listed(list_fake, 3, 1);
	/* a page that is not full is the last, in each of two looks */
	ck_assert_uint_eq(pages, 2);
	list_ids(5000);
	check_listed(list_fake, 5000, 1);
	ck_assert_uint_eq(pages, 4);
	list_ids(4096);
	check_listed(list_fake, 4096, 1);
	ck_assert_uint_eq(pages, 4);
}
END_TEST

/* "Does nothing where the kernel has no such list"; nor does it for ever */
START_TEST(test_not_listed)
{
	list_ids(3);
	check_listed(list_nothing, 0, 0);
	list_ids(5000);
	check_listed(list_again, 2 * 4096, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("netns");
	TCase *tcase = tcase_create("netns");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, a_visitor_gives_no_name);
	tcase_add_test(tcase, test_link_is_checked);
	tcase_add_test(tcase, test_mount_line);
	tcase_add_loop_test(tcase, test_hostile_mount_lines, 0, HOSTILE_LINES);
	tcase_add_test(tcase, test_overlong_mount_is_skipped);
	tcase_add_test(tcase, test_mounts_name_namespaces);
	tcase_add_test(tcase, test_foreign_mounts);
	tcase_add_test(tcase,
		       test_who_does_not_know_his_own_looks_for_no_other);
	tcase_add_test(tcase, test_tasks_and_threads);
	tcase_add_test(tcase, test_many_threads_are_left);
	tcase_add_test(tcase, test_ways_are_bounded_and_distinct);
	tcase_add_test(tcase, test_vanished_tasks);
	tcase_add_test(tcase, test_proc_must_be_there);
	tcase_add_test(tcase, test_names);
	tcase_add_test(tcase, test_names_of_others);
	tcase_add_test(tcase, test_cgroup_labels);
	tcase_add_test(tcase, test_label_has_the_name_of_a_container);
	tcase_add_test(tcase, test_label_is_bounded);
	tcase_add_test(tcase, test_select_what_is_not_there);
	tcase_add_test(tcase, test_select_by_name);
	tcase_add_test(tcase, test_listed);
	tcase_add_test(tcase, test_not_listed);
	suite_add_tcase(suite, tcase);
	return unit_run(suite);
}

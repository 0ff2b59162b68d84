// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_netns_list.c - the list of namespaces: its bounds, names and ways */
#include "netns_fixture.h"

#include <sys/stat.h>

#define HEX_ID \
	"0123456789ab0123456789ab0123456789ab0123456789ab0123456789abcdef"

static int own_fd(void)
{
	int fd = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);

	ck_assert_int_ge(fd, 0);
	return fd;
}

static uint64_t own_inode(void)
{
	struct stat st;

	ck_assert_int_eq(stat("/proc/self/ns/net", &st), 0);
	return st.st_ino;
}

/* What the kernel's /proc says is asked for, not the made-up one. */
static void real_proc(void)
{
	ck_assert_int_eq(tm_ctx_set_roots(ctx, "/proc", NULL), 0);
	tm_ns_list_clear(&list);
	ck_assert_int_eq(tm_ns_list_init(ctx, &list), 0);
}

static int add(uint64_t inode, const char *way, uint32_t pid)
{
	size_t index = 99999;
	const struct tm_task task = { .pid = pid };
	int ret = tm_ns_list_add(&list, inode, way, task, &index);

	if (ret == 0)
		ck_assert_uint_eq(list.ns[index].inode, inode);
	return ret;
}

START_TEST(the_first_process_stays)
{
	ck_assert_int_eq(add(5, NULL, 0), 0);
	ck_assert_uint_eq(find(5)->task.pid, 0);
	ck_assert_int_eq(add(5, "a", 10), 0);
	ck_assert_int_eq(add(5, "b", 11), 0);
	ck_assert_int_eq(add(5, "a", 0), 0);
	ck_assert_uint_eq(find(5)->task.pid, 10);
	ck_assert_uint_eq(find(5)->way_count, 2);
	ck_assert_str_eq(find(5)->way[0], "a");
	ck_assert_str_eq(find(5)->way[1], "b");
	ck_assert_int_eq(find(5)->fd, -1);
	ck_assert_int_eq(add(6, NULL, 0), 0);
	ck_assert_uint_eq(list.count, 2);
	ck_assert(!find(6)->own);
}
END_TEST

static void add_task(const char *way, uint32_t pid, uint32_t tid)
{
	const struct tm_task task = { pid, tid };
	size_t index;

	ck_assert_int_eq(tm_ns_list_add(&list, 5, way, task, &index), 0);
	ck_assert_uint_eq(index, 0);
}

/* "only a process takes the place of a thread" */
START_TEST(a_process_takes_the_place_of_a_thread)
{
	add_task("a", 10, 20);
	add_task("b", 11, 21);
	ck_assert_uint_eq(find(5)->task.pid, 10);
	ck_assert_uint_eq(find(5)->task.tid, 20);
	list.ns[0].label_read = true;
	add_task("c", 0, 0);
	ck_assert_uint_eq(find(5)->task.pid, 10);
	ck_assert(find(5)->label_read);
	add_task("d", 12, 22);
	add_task("e", 12, 23);
	ck_assert_uint_eq(find(5)->way_count, TM_NS_WAYS);
	ck_assert_str_eq(find(5)->way[TM_NS_WAYS - 1], "d");
	/* and one of so many ways is its own */
	add_task("f", 13, 0);
	ck_assert_uint_eq(find(5)->task.pid, 13);
	ck_assert_uint_eq(find(5)->task.tid, 0);
	ck_assert(!find(5)->label_read);
	ck_assert_uint_eq(find(5)->way_count, TM_NS_WAYS);
	ck_assert_str_eq(find(5)->way[TM_NS_WAYS - 1], "f");
	add_task("g", 14, 0);
	add_task("h", 14, 24);
	ck_assert_uint_eq(find(5)->task.pid, 13);
	ck_assert_uint_eq(find(5)->task.tid, 0);
	ck_assert_str_eq(find(5)->way[TM_NS_WAYS - 1], "f");
}
END_TEST

/* "PID", "PID/task/TID", and what is below */
START_TEST(a_task_has_its_path)
{
	char path[TM_TASK_PATH];

	tm_task_path((struct tm_task){ 10, 0 }, "", path);
	ck_assert_str_eq(path, "10");
	tm_task_path((struct tm_task){ 10, 20 }, "/net", path);
	ck_assert_str_eq(path, "10/task/20/net");
	tm_task_path((struct tm_task){ UINT32_MAX, UINT32_MAX },
		     "/net/sockstat", path);
	ck_assert_str_eq(path, "4294967295/task/4294967295/net/sockstat");
}
END_TEST

/* "the caller's namespace; 0 if it could not be looked up" */
START_TEST(ones_own_is_there_once)
{
	size_t index = 99;

	ck_assert_int_eq(add(7, NULL, 0), 0);
	ck_assert_int_eq(add(1, NULL, 0), 0);
	ck_assert(find(1)->own);
	ck_assert_int_eq(tm_ns_list_add_own(&list, &index), 0);
	ck_assert_uint_eq(index, 1);
	ck_assert_uint_eq(list.count, 2);
	list.own_inode = 0;
	list.ns[1].own = false;
	ck_assert_int_eq(tm_ns_list_add_own(&list, &index), 0);
	ck_assert_uint_eq(index, 2);
	ck_assert(list.ns[2].own);
	ck_assert_uint_eq(list.ns[2].inode, 0);
	ck_assert_int_eq(add(8, NULL, 0), 0);
	ck_assert(!find(8)->own);
	/* one that is not known is none of those */
	ck_assert_uint_eq(tm_ns_list_find(&list, 0), list.count);
	ck_assert_int_eq(tm_ns_list_add_own(&list, &index), 0);
	ck_assert_uint_eq(index, 2);
}
END_TEST

/* "a namespace that no path leads to": where one does, no fd is kept */
START_TEST(an_fd_is_kept_where_no_path_leads)
{
	int fd = own_fd(), second;
	size_t index = 99;

	ck_assert_int_eq(add(7, "x", 0), 0);
	ck_assert_int_eq(tm_ns_list_add_fd(&list, fd, &index), 0);
	ck_assert_uint_eq(index, 1);
	ck_assert_int_eq(list.ns[1].fd, fd);
	ck_assert_uint_eq(list.ns[1].inode, own_inode());
	second = own_fd();
	index = 99;
	ck_assert_int_eq(tm_ns_list_add_fd(&list, second, &index), 0);
	ck_assert_uint_eq(index, 1);
	ck_assert_int_eq(list.ns[1].fd, fd);
	ck_assert_int_eq(fcntl(second, F_GETFD), -1);
	tm_ns_list_clear(&list);
	ck_assert_int_eq(fcntl(fd, F_GETFD), -1);
	ck_assert_int_eq(add(own_inode(), "self/ns/net", 0), 0);
	fd = own_fd();
	ck_assert_int_eq(tm_ns_list_add_fd(&list, fd, &index), 0);
	ck_assert_uint_eq(list.count, 1);
	ck_assert_int_eq(list.ns[0].fd, -1);
	ck_assert_int_eq(fcntl(fd, F_GETFD), -1);
	index = 99;
	ck_assert_int_eq(tm_ns_list_add_fd(&list, -1, &index), -EBADF);
	ck_assert_uint_eq(index, 99);
	ck_assert_uint_eq(list.count, 1);
}
END_TEST

/* "-E2BIG if sockets could not refer to so many": they have 16 bits for it */
START_TEST(a_list_has_an_end)
{
	size_t index;
	int fd;

	list.ns = calloc(65536, sizeof(*list.ns));
	ck_assert_ptr_nonnull(list.ns);
	list.capacity = 65536;
	for (; list.count < 65535; list.count++)
		list.ns[list.count] = (struct tm_ns){
			.inode = 4000000000 + list.count,
			.fd = -1,
		};
	ck_assert_int_eq(add(5, NULL, 0), 0);
	ck_assert_int_eq(add(6, NULL, 0), -E2BIG);
	ck_assert_int_eq(add(5, NULL, 10), 0);
	ck_assert_int_eq(tm_ns_list_add_own(&list, &index), -E2BIG);
	fd = own_fd();
	ck_assert_int_eq(tm_ns_list_add_fd(&list, fd, &index), -E2BIG);
	ck_assert_int_eq(fcntl(fd, F_GETFD), -1);
	/* what is left out is not identified */
	add_process(10, "net:[7]", "mnt:[9]");
	tree_file(&tree, "thread-self/mountinfo",
		  "1 2 0:4 net:[8] /run/netns/blue rw - nsfs nsfs rw\n"
		  "1 2 0:4 net:[5] /run/netns/red rw - nsfs nsfs rw\n");
	scan(10);
	ck_assert_uint_eq(list.unidentified, 2);
	ck_assert_uint_eq(list.count, 65536);
	ck_assert_str_eq(find(5)->name, "red");
}
END_TEST

START_TEST(the_higher_rank_names)
{
	struct tm_ns ns = { .fd = -1 };

	ck_assert_int_eq(tm_ns_rename(&ns, TM_NS_UNNAMED, "none"), 0);
	ck_assert_ptr_null(ns.name);
	ck_assert_int_eq(tm_ns_rename(&ns, TM_NS_LABEL, "a"), 0);
	ck_assert_int_eq(tm_ns_rename(&ns, TM_NS_LABEL, "b"), 0);
	ck_assert_str_eq(ns.name, "a");
	ck_assert_int_eq(tm_ns_rename(&ns, TM_NS_FOREIGN_MOUNT, "c"), 0);
	ck_assert_str_eq(ns.name, "a");
	ck_assert_int_eq(tm_ns_rename(&ns, TM_NS_SELF, "d"), 0);
	ck_assert_str_eq(ns.name, "d");
	ck_assert_uint_eq(ns.rank, TM_NS_SELF);
	free(ns.name);
}
END_TEST

/* "@label: the container or unit that lives there is looked up": once */
START_TEST(labels_are_looked_up_when_they_are_wanted)
{
	size_t at;

	add_process(10, "net:[2]", "mnt:[9]");
	tree_file(&tree, "10/cgroup", "0::/web.service\n");
	add_process(11, "net:[3]", "mnt:[9]");
	tree_file(&tree, "11/cgroup", "0::/\n");
	scan(10);
	at = tm_ns_list_find(&list, 2);
	ck_assert_int_eq(tm_ns_name(ctx, &list, at, false), 0);
	ck_assert_str_eq(list.ns[at].name, "2");
	ck_assert_str_eq(name_of(2), "web.service");
	ck_assert_str_eq(name_of(3), "3");
	tree_file(&tree, "11/cgroup", "0::/db.service\n");
	ck_assert_str_eq(name_of(3), "3");
}
END_TEST

/* "No two namespaces of a list get the same name": not the first one's */
START_TEST(the_first_ones_name_is_taken)
{
	tree_file(&tree, "2/cgroup", "0::/web.service\n");
	tree_file(&tree, "3/cgroup", "0::/web.service\n");
	ck_assert_int_eq(add(2, NULL, 2), 0);
	ck_assert_int_eq(add(3, NULL, 3), 0);
	ck_assert_str_eq(name_of(2), "web.service");
	ck_assert_str_eq(name_of(3), "web.service:3");
}
END_TEST

/* A file that others mounted names less than who lives there. */
START_TEST(names_by_their_rank)
{
	size_t own;

	tree_file(&tree, "thread-self/mountinfo",
		  "1 2 0:4 net:[1] /run/netns/blue rw - nsfs nsfs rw\n"
		  "1 2 0:4 net:[4] /run/netns/red rw - nsfs nsfs rw\n");
	add_process(10, "net:[2]", "mnt:[30]");
	tree_file(&tree, "10/mountinfo",
		  "1 2 0:4 net:[2] /run/netns/x rw - nsfs nsfs rw\n"
		  "1 2 0:4 net:[3] /run/netns/y rw - nsfs nsfs rw\n");
	tree_file(&tree, "10/cgroup", "0::/web.service\n");
	add_process(11, "net:[4]", "mnt:[9]");
	tree_file(&tree, "11/cgroup", "0::/db.service\n");
	ck_assert_int_eq(tm_ns_list_add_own(&list, &own), 0);
	scan(10);
	ck_assert_str_eq(name_of(1), "blue");
	ck_assert_str_eq(name_of(2), "web.service");
	ck_assert_str_eq(name_of(3), "y");
	ck_assert_str_eq(name_of(4), "red");
}
END_TEST

/* "-EMFILE" of opening is no namespace that may not be opened */
static int list_one(uint64_t after, uint64_t *ids, size_t count)
{
	ids[0] = 100;
	return after < 100 && count ? 1 : 0;
}

static int open_error;

static int open_not(uint64_t id)
{
	(void)id;
	return open_error;
}

START_TEST(errors_of_those_that_are_listed)
{
	static const int errors[][2] = {
		{ -EMFILE, -EMFILE }, { -ENFILE, -ENFILE },
		{ -ENOMEM, -ENOMEM }, { -EPERM, 0 },
		{ -ESTALE, 0 },
	};
	const struct tm_ns_lister lister = { list_one, open_not };

	open_error = errors[_i][0];
	ck_assert_int_eq(tm_ns_find_listed(&lister, &list), errors[_i][1]);
	ck_assert_uint_eq(list.count, 0);
}
END_TEST

/* "-errno of reading mountinfo" */
START_TEST(mounts_that_are_not_there)
{
	ck_assert_int_eq(tm_ns_find_mounts(ctx, &list, "10"), -ENOENT);
	tree_dir(&tree, "10/mountinfo");
	ck_assert_int_eq(tm_ns_find_mounts(ctx, &list, "10"), -EISDIR);
}
END_TEST

/* ---- which namespaces a question is about ---- */

static int pick(const char *spec)
{
	char *specs[] = { (char *)spec };
	size_t wrong = 9;
	int ret;

	tm_ns_list_clear(&list);
	ck_assert_int_eq(tm_ns_list_init(ctx, &list), 0);
	ret = tm_ns_select(ctx, specs, 1, &list, &wrong);
	ck_assert_uint_eq(wrong, ret < 0 ? 0 : 9);
	return ret;
}

/* A container "web[ID]" is called by its name or its id, too. */
START_TEST(a_container_has_three_names)
{
	static const struct {
		const char *spec;
		size_t found;
	} some[] = {
		{ "web[0123456789ab]", 1 },
		{ "web", 1 },
		{ "0123456789ab", 1 },
		{ "we", 0 },
		{ "web[", 0 },
		{ "web[0123456789ab", 0 },
		{ "0123456789a", 0 },
		{ "123456789ab", 0 },
		{ "0123456789ab]", 0 },
		{ "webb", 0 },
		{ "db.service", 2 },
		{ "db", 0 },
		{ "blue", 1 },
		{ "blu", 0 },
	};

	add_process(10, "net:[2]", "mnt:[9]");
	tree_file(&tree, "10/cgroup", "0::/docker/" HEX_ID "\n");
	tree_file(&tree,
		  "self/root/var/lib/docker/containers/" HEX_ID
		  "/config.v2.json",
		  "{\"Name\":\"/web\"}");
	add_process(11, "net:[3]", "mnt:[9]");
	tree_file(&tree, "11/cgroup", "0::/db.service\n");
	add_process(12, "net:[4]", "mnt:[9]");
	tree_file(&tree, "12/cgroup", "0::/db.service\n");
	add_process(13, "net:[4]", "mnt:[9]");
	tree_file(&tree, "13/cgroup", "0::/db.service\n");
	tree_file(&tree, "thread-self/mountinfo",
		  "1 2 0:4 net:[6] /run/netns/blue rw - nsfs nsfs rw\n");
	for (size_t i = 0; i < TM_ARRAY_SIZE(some); i++) {
		ck_assert_msg(pick(some[i].spec) ==
				      (some[i].found ? 0 : -ENOENT),
			      "%s", some[i].spec);
		ck_assert_uint_eq(list.count, some[i].found);
	}
	/* its ways, process and name are those that were found */
	ck_assert_int_eq(pick("4"), -ENOENT); /* a pid */
	ck_assert_int_eq(pick("db.service"), 0);
	ck_assert_uint_eq(find(4)->way_count, 2);
	ck_assert(find(4)->task.pid == 12 || find(4)->task.pid == 13);
	ck_assert_int_eq(strncmp(find(4)->name, "db.service", 10), 0);
	ck_assert_uint_eq(find(4)->rank, TM_NS_LABEL);
}
END_TEST

/* Above the largest pid digits are an inode; "self" is no file or process. */
START_TEST(digits_are_a_pid_or_an_inode)
{
	add_process(10, "net:[4194304]", "mnt:[9]");
	add_process(11, "net:[4194305]", "mnt:[9]");
	ck_assert_int_eq(pick("4194304"), -ENOENT);
	ck_assert_int_eq(pick("4194305"), 0);
	ck_assert_ptr_nonnull(find(4194305));
	ck_assert_int_eq(pick("4194305x"), -ENOENT);
	ck_assert_int_eq(pick("self"), 0);
	ck_assert(find(1)->own);
}
END_TEST

START_TEST(names_that_no_file_can_have)
{
	static char name[PATH_MAX + 10];

	memset(name, 'x', PATH_MAX - 1);
	ck_assert_int_eq(pick(name), -ENOENT);
	/* "/run/netns/" and so much fit, with a NUL */
	name[PATH_MAX - sizeof("/run/netns/")] = '\0';
	ck_assert_int_eq(pick(name), -ENAMETOOLONG);
	name[PATH_MAX - sizeof("/run/netns/")] = 'x';
	name[PATH_MAX - sizeof("/run/netns/") + 1] = '\0';
	ck_assert_int_eq(pick(name), -ENOENT);
}
END_TEST

START_TEST(paths_and_pids_of_the_kernel)
{
	char pid[16];

	real_proc();
	ck_assert_int_eq(pick("/proc/self/ns/net"), 0);
	ck_assert_uint_eq(list.count, 1);
	ck_assert(list.ns[0].own);
	ck_assert_uint_eq(list.ns[0].inode, own_inode());
	ck_assert_uint_eq(list.ns[0].task.pid, 0);
	ck_assert_ptr_null(list.ns[0].name);
	snprintf(pid, sizeof(pid), "%d", getpid());
	ck_assert_int_eq(pick(pid), 0);
	ck_assert_uint_eq(list.ns[0].inode, own_inode());
	ck_assert_uint_eq(list.ns[0].task.pid, (uint32_t)getpid());
	ck_assert_int_eq(pick("/proc/self/ns/mnt"), -EINVAL);
	ck_assert_int_eq(pick("/nonexistent"), -ENOENT);
	/* and no process at all */
	ck_assert_int_eq(pick("4194304"), -ENOENT);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("netns_list");
	TCase *tc = tcase_create("netns_list");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, the_first_process_stays);
	tcase_add_test(tc, a_process_takes_the_place_of_a_thread);
	tcase_add_test(tc, a_task_has_its_path);
	tcase_add_test(tc, ones_own_is_there_once);
	tcase_add_test(tc, an_fd_is_kept_where_no_path_leads);
	tcase_add_test(tc, a_list_has_an_end);
	tcase_add_test(tc, the_higher_rank_names);
	tcase_add_test(tc, labels_are_looked_up_when_they_are_wanted);
	tcase_add_test(tc, the_first_ones_name_is_taken);
	tcase_add_test(tc, names_by_their_rank);
	tcase_add_loop_test(tc, errors_of_those_that_are_listed, 0, 5);
	tcase_add_test(tc, mounts_that_are_not_there);
	tcase_add_test(tc, a_container_has_three_names);
	tcase_add_test(tc, digits_are_a_pid_or_an_inode);
	tcase_add_test(tc, names_that_no_file_can_have);
	tcase_add_test(tc, paths_and_pids_of_the_kernel);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}

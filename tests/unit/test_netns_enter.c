// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_netns_enter.c - the way into a namespace, and what lies there instead */
#include "netns_fixture.h"

#include <sys/stat.h>

static uint64_t inode_of(const char *path)
{
	struct stat st;

	ck_assert_int_eq(stat(path, &st), 0);
	return st.st_ino;
}

static int probe(const char *path, uint64_t *inode)
{
	int before = lowest_fd(), ret;

	ret = tm_ns_probe(ctx, path, inode);
	ck_assert_int_eq(lowest_fd(), before);
	return ret;
}

/* "-EINVAL if it is no network namespace; -errno of open(2)" */
START_TEST(what_a_path_leads_to)
{
	uint64_t inode = 99;
	char fifo[PATH_MAX];

	tree_path(&tree, "fifo", fifo);
	ck_assert_int_eq(mkfifo(fifo, 0600), 0);
	ck_assert_int_eq(tm_ctx_set_roots(ctx, "/proc", NULL), 0);
	ck_assert_int_eq(probe("/proc/self/ns/mnt", &inode), -EINVAL);
	ck_assert_int_eq(probe("self/ns/user", &inode), -EINVAL);
	ck_assert_int_eq(probe("self/stat", &inode), -EINVAL);
	ck_assert_int_eq(probe("/dev/null", &inode), -EINVAL);
	/* it would block, were it opened */
	ck_assert_int_eq(probe(fifo, &inode), -EINVAL);
	ck_assert_int_eq(probe("/nonexistent", &inode), -ENOENT);
	ck_assert_int_eq(probe("nonexistent", &inode), -ENOENT);
	ck_assert_int_eq(probe("/dev/null/x", &inode), -ENOTDIR);
	ck_assert_uint_eq(inode, 99);
	ck_assert_int_eq(probe("self/ns/net", &inode), 0);
	ck_assert_uint_eq(inode, inode_of("/proc/self/ns/net"));
	inode = 99;
	ck_assert_int_eq(probe("/proc/self/ns/net", &inode), 0);
	ck_assert_uint_eq(inode, inode_of("/proc/self/ns/net"));
}
END_TEST

/* One byte more than a path may have, which cut would lead to /dev/null */
START_TEST(paths_as_long_as_they_may_be)
{
	static char path[PATH_MAX + 1];
	uint64_t inode;

	memset(path, '/', PATH_MAX);
	memcpy(path + PATH_MAX - 1 - strlen("dev/null"), "dev/null", 8);
	path[PATH_MAX - 1] = '\0';
	ck_assert_int_eq(probe(path, &inode), -EINVAL);
	path[PATH_MAX - 1] = 'x';
	ck_assert_int_eq(probe(path, &inode), -ENAMETOOLONG);
}
END_TEST

/* "it is there: what is missing is a /proc of one's own" */
START_TEST(without_proc_there_is_no_way_in)
{
	uint64_t inode;

	ck_assert_int_eq(probe("/proc/self/ns/net", &inode), -EACCES);
}
END_TEST

static int enter(uint64_t inode, const char *first, const char *second)
{
	struct tm_ns ns = {
		.inode = inode,
		.fd = -1,
		.way = { (char *)first, (char *)second },
		.way_count = second  ? 2
			     : first ? 1
				     : 0,
	};
	int before = lowest_fd(), ret;

	ret = tm_ns_enter(ctx, &ns);
	ck_assert_int_eq(lowest_fd(), before);
	return ret;
}

/* "-ENOENT if the namespace is gone, or what the ways lead to is another one"
 */
START_TEST(a_namespace_that_is_gone)
{
	uint64_t inode = inode_of("/proc/self/ns/net");

	ck_assert_int_eq(tm_ctx_set_roots(ctx, "/proc", NULL), 0);
	ck_assert_int_eq(enter(inode, NULL, NULL), -ENOENT);
	ck_assert_int_eq(enter(inode, "nonexistent", NULL), -ENOENT);
	ck_assert_int_eq(enter(inode, "/dev/null", "self/stat"), -ENOENT);
	ck_assert_int_eq(enter(inode + 1, "self/ns/net", NULL), -ENOENT);
	ck_assert_int_eq(enter(inode, "/dev/null/x", NULL), -ENOTDIR);
}
END_TEST

/* "-EACCES [...] if the caller may not": whichever way says so */
START_TEST(a_way_that_is_denied_says_more)
{
	uint64_t inode = inode_of("/proc/self/ns/net");

	/* in this /proc the second step of going there is denied */
	ck_assert_int_eq(enter(inode, "/proc/self/ns/net", NULL), -EACCES);
	ck_assert_int_eq(enter(inode, "/proc/self/ns/net", "gone"), -EACCES);
	ck_assert_int_eq(enter(inode, "gone", "/proc/self/ns/net"), -EACCES);
}
END_TEST

/* One's own is entered by who may enter any: the first way that leads there */
START_TEST(the_way_in)
{
	uint64_t inode = inode_of("/proc/self/ns/net");
	struct tm_ns ns = { .fd = open("/proc/self/ns/net", O_RDONLY) };
	int ret;

	ck_assert_int_ge(ns.fd, 0);
	ret = setns(ns.fd, CLONE_NEWNET) < 0 ? -errno : 0;
	if (ret)
		ck_assert_int_eq(ret, -EPERM);
	ck_assert_int_eq(tm_ctx_set_roots(ctx, "/proc", NULL), 0);
	ck_assert_int_eq(tm_ns_enter(ctx, &ns), ret);
	close(ns.fd);
	ck_assert_int_eq(enter(inode, "self/ns/net", NULL), ret);
	ck_assert_int_eq(enter(inode, "gone", "self/ns/net"), ret);
	ck_assert_int_eq(enter(inode, "self/ns/net", "/dev/null/x"),
			 ret ? -ENOTDIR : 0);
}
END_TEST

/* "An open namespace is there, whatever setns(2) says" */
START_TEST(an_open_namespace_is_there)
{
	struct tm_ns ns = { .fd = open("/proc/self/ns/mnt", O_RDONLY) };

	ck_assert_int_ge(ns.fd, 0);
	ck_assert_int_eq(tm_ns_enter(ctx, &ns), -EPERM);
	close(ns.fd);
	ck_assert_int_eq(tm_ns_enter(ctx, &ns), -EBADF);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("netns_enter");
	TCase *tc = tcase_create("netns_enter");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, what_a_path_leads_to);
	tcase_add_test(tc, paths_as_long_as_they_may_be);
	tcase_add_test(tc, without_proc_there_is_no_way_in);
	tcase_add_test(tc, a_namespace_that_is_gone);
	tcase_add_test(tc, a_way_that_is_denied_says_more);
	tcase_add_test(tc, the_way_in);
	tcase_add_test(tc, an_open_namespace_is_there);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* netns_fixture.h - a made-up /proc of processes in namespaces */
#ifndef TM_NETNS_FIXTURE_H
#define TM_NETNS_FIXTURE_H

#include "base/util.h"
#include "netns/internal.h"
#include "proc_tree.h"
#include "unit.h"

#include <fcntl.h>
#include <stdbool.h>

static struct tm_ns_list list;

static inline void setup(void)
{
	proc_tree_make();
	tree_link(&tree, "thread-self/ns/net", "net:[1]");
	tree_link(&tree, "thread-self/ns/mnt", "mnt:[9]");
	tree_file(&tree, "thread-self/mountinfo", "");
	tm_ns_list_init(ctx, &list);
}

static inline void teardown(void)
{
	tm_ns_list_clear(&list);
	proc_tree_remove();
}

static inline void add_process(unsigned int pid, const char *net,
			       const char *mnt)
{
	char path[128];

	snprintf(path, sizeof(path), "%u/ns/net", pid);
	tree_link(&tree, path, net);
	snprintf(path, sizeof(path), "%u/ns/mnt", pid);
	tree_link(&tree, path, mnt);
	snprintf(path, sizeof(path), "%u/task/%u", pid, pid);
	tree_dir(&tree, path);
}

static inline void add_thread(unsigned int pid, unsigned int tid,
			      const char *net)
{
	char path[128];

	snprintf(path, sizeof(path), "%u/task/%u/ns/net", pid, tid);
	tree_link(&tree, path, net);
}

static inline const struct tm_ns *find(uint64_t inode)
{
	size_t at = tm_ns_list_find(&list, inode);

	return at < list.count ? &list.ns[at] : NULL;
}

static inline void scan(size_t threads)
{
	ck_assert_int_eq(tm_ns_find_tasks(ctx, &list, threads), 0);
}

static inline const char *name_of(uint64_t inode)
{
	size_t at = tm_ns_list_find(&list, inode);

	ck_assert_uint_lt(at, list.count);
	ck_assert_int_eq(tm_ns_name(ctx, &list, at, true), 0);
	return list.ns[at].name;
}

/* The lowest number that is free: more open files take a higher one. */
static inline int lowest_fd(void)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	ck_assert_int_ge(fd, 0);
	close(fd);
	return fd;
}

static inline void set_mode(const char *path, mode_t mode)
{
	char full[PATH_MAX];

	tree_path(&tree, path, full);
	ck_assert_int_eq(chmod(full, mode), 0);
}

/* Nobody may look into directories of mode 0; root might. */
static inline void be_nobody(bool nobody)
{
	if (getuid())
		return;
	if (nobody)
		ck_assert_int_eq(chmod(tree.root, 0755), 0);
	ck_assert_int_eq(seteuid(nobody ? 65534 : 0), 0);
}

#endif

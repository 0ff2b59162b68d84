// SPDX-License-Identifier: LGPL-2.1-or-later
/* tasks.c - namespaces that tasks live in: /proc/PID/ns, task/TID/ns */
#include "netns/internal.h"

#include "base/hash.h"
#include "base/util.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Each namespace has one with an inode of its own. */
#define NET_COUNTS "/net/sockstat"

struct scan {
	const struct tcpmem_ctx *ctx;
	struct tm_ns_list *list;
	int proc; /* the root of /proc */
	size_t threads;
	struct tm_u64set mounts; /* mount namespaces that were read */
	struct tm_dir pids, tids;
};

static bool is_denied(int error)
{
	return error == -EACCES || error == -EPERM;
}

/*
 * A task that cannot be looked at is gone, or not to be identified; a lack of
 * memory or fds says neither.
 */
static int skip(struct scan *s, int error)
{
	if (tm_shortage(error))
		return error;
	s->list->unidentified += error != -ENOENT && error != -ESRCH &&
				 error != -EBADMSG;
	return 0;
}

/* Return: 0 and errno if it cannot be had. */
static uint64_t net_inode(const struct scan *s, const char *path)
{
	struct stat st;

	return fstatat(s->proc, path, &st, 0) == 0 ? st.st_ino : 0;
}

/*
 * Whose namespace may not be looked up still shows its net/ directory, and
 * each namespace has inodes of its own there.
 */
static int add_unreadable(struct scan *s, struct tm_task task)
{
	struct tm_ns_list *list = s->list;
	struct tm_ns_unreadable new = { .task = task };
	char path[TM_TASK_PATH];

	tm_task_path(task, NET_COUNTS, path);
	new.net_inode = net_inode(s, path);
	/* one that has ended is in none, and holds no socket */
	if (!new.net_inode) {
		list->unidentified += errno != ENOENT && errno != ESRCH;
		return 0;
	}
	for (size_t i = 0; i < list->unreadable_count; i++)
		if (list->unreadable[i].net_inode == new.net_inode)
			return 0;
	return tm_append(list->unreadable, list->unreadable_count,
			 list->unreadable_capacity, &new);
}

static void drop_unreadable(struct tm_ns_list *list, uint64_t inode)
{
	for (size_t i = 0; i < list->unreadable_count; i++)
		if (list->unreadable[i].net_inode == inode)
			list->unreadable[i--] =
				list->unreadable[--list->unreadable_count];
}

/* Drops unreadable namespaces that another path led to. */
static void finish_unreadable(struct scan *s)
{
	struct tm_ns_list *list = s->list;
	char path[TM_TASK_PATH];

	for (size_t i = 0; i < list->count && list->unreadable_count; i++) {
		const struct tm_ns *ns = &list->ns[i];

		if (ns->own)
			snprintf(path, sizeof(path), "thread-self" NET_COUNTS);
		else if (ns->task.pid)
			tm_task_path(ns->task, NET_COUNTS, path);
		else
			continue;
		drop_unreadable(list, net_inode(s, path));
	}
}

/* Return: 0, also for a task that is gone; -EACCES if it may not be asked. */
static int add_task(struct scan *s, struct tm_task task)
{
	char way[TM_TASK_PATH];
	uint64_t inode;
	size_t index;
	int ret;

	tm_task_path(task, "/ns/net", way);
	ret = tm_ns_read_link(s->proc, way, "net", &inode);
	if (is_denied(ret)) {
		ret = add_unreadable(s, task);
		return ret < 0 ? ret : -EACCES;
	}
	if (ret < 0)
		return skip(s, ret);
	ret = tm_ns_list_add(s->list, inode, way, task, &index);
	s->list->unidentified += ret == -E2BIG;
	return ret == -E2BIG ? 0 : ret;
}

static int add_thread(struct scan *s, uint32_t pid, const char *name)
{
	const struct tm_task task = { pid, tm_parse_pid(name) };
	int ret = 0;

	if (task.tid && task.tid != pid)
		ret = add_task(s, task);
	return ret == -EACCES ? 0 : ret;
}

static int add_threads(struct scan *s, uint32_t pid)
{
	const struct dirent *entry;
	char path[TM_TASK_PATH];
	int ret;

	tm_task_path((struct tm_task){ .pid = pid }, "/task", path);
	ret = tm_dir_open(&s->tids, s->proc, path);
	if (ret < 0)
		return skip(s, ret);
	while ((ret = tm_dir_next(&s->tids, &entry)) > 0) {
		ret = add_thread(s, pid, entry->d_name);
		if (ret < 0)
			break;
	}
	tm_dir_close(&s->tids);
	return ret < 0 ? skip(s, ret) : 0;
}

/* Each mount namespace is read once, by the first process met in it. */
static int add_mounts(struct scan *s, const char *task)
{
	char path[TM_TASK_PATH];
	uint64_t inode;
	int ret;

	snprintf(path, sizeof(path), "%s/ns/mnt", task);
	ret = tm_ns_read_link(s->proc, path, "mnt", &inode);
	if (ret < 0)
		return skip(s, ret);
	if (tm_u64set_has(&s->mounts, inode))
		return 0;
	ret = tm_u64set_add(&s->mounts, inode);
	if (ret == 0)
		ret = tm_ns_find_mounts(s->ctx, s->list, task);
	return ret < 0 ? skip(s, ret) : 0;
}

static int add_process(struct scan *s, uint32_t pid)
{
	const struct tm_task leader = { .pid = pid };
	char path[TM_TASK_PATH];
	struct stat st;
	size_t threads;
	bool denied;
	int ret;

	ret = add_task(s, leader);
	denied = ret == -EACCES;
	tm_task_path(leader, "", path);
	if (ret == 0)
		ret = add_mounts(s, path);
	if (ret < 0 && !denied)
		return ret;
	tm_task_path(leader, "/task", path);
	if (fstatat(s->proc, path, &st, 0) < 0)
		return denied ? tm_shortage(-errno) : skip(s, -errno);
	/* a directory's links are itself, its entry and its directories */
	if (st.st_nlink <= 3)
		return 0;
	threads = st.st_nlink - 2;
	if (threads <= s->threads)
		return add_threads(s, pid);
	s->list->unread_threads += threads;
	return 0;
}

static int scan_tasks(struct scan *s)
{
	const struct dirent *entry;
	int ret;

	s->proc = s->pids.fd;
	/* the caller's own mounts come first: they name namespaces */
	ret = add_mounts(s, "thread-self");
	while (ret == 0 && (ret = tm_dir_next(&s->pids, &entry)) > 0) {
		uint32_t pid = tm_parse_pid(entry->d_name);

		ret = pid ? add_process(s, pid) : 0;
	}
	finish_unreadable(s);
	return ret;
}

int tm_ns_visit_processes(const struct tcpmem_ctx *ctx,
			  void (*visit)(uint32_t pid, uint64_t netns,
					void *user),
			  void *user)
{
	const struct dirent *entry;
	char path[TM_TASK_PATH];
	struct tm_dir pids;
	uint64_t inode;
	int ret = tm_dir_open(&pids, AT_FDCWD, ctx->proc);

	if (ret < 0)
		return ret;
	while ((ret = tm_dir_next(&pids, &entry)) > 0) {
		uint32_t pid = tm_parse_pid(entry->d_name);

		tm_task_path((struct tm_task){ .pid = pid }, "/ns/net", path);
		if (pid && tm_ns_read_link(pids.fd, path, "net", &inode) == 0)
			visit(pid, inode, user);
	}
	tm_dir_close(&pids);
	return ret;
}

int tm_ns_find_tasks(const struct tcpmem_ctx *ctx, struct tm_ns_list *list,
		     size_t threads)
{
	struct scan *s = calloc(1, sizeof(*s));
	int ret;

	if (!s)
		return -ENOMEM;
	s->ctx = ctx;
	s->list = list;
	s->threads = threads;
	list->unidentified = 0;
	list->unreadable_count = 0;
	list->unread_threads = 0;
	ret = tm_u64set_init(&s->mounts, 64);
	if (ret == 0)
		ret = tm_dir_open(&s->pids, AT_FDCWD, ctx->proc);
	if (ret == 0) {
		ret = scan_tasks(s);
		tm_dir_close(&s->pids);
	}
	tm_u64set_deinit(&s->mounts);
	free(s);
	return ret;
}

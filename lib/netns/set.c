// SPDX-License-Identifier: LGPL-2.1-or-later
/* set.c - the list of namespaces: identity, ways, names, and which are asked
 * for */
#include "netns/internal.h"

#include "base/util.h"
#include "host/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char own_name[] = "self";

void tm_task_path(struct tm_task task, const char *below,
		  char path[TM_TASK_PATH])
{
	if (task.tid)
		snprintf(path, TM_TASK_PATH, "%" PRIu32 "/task/%" PRIu32 "%s",
			 task.pid, task.tid, below);
	else
		snprintf(path, TM_TASK_PATH, "%" PRIu32 "%s", task.pid, below);
}

int tm_ns_read_link(int dirfd, const char *path, const char *kind,
		    uint64_t *inode)
{
	char text[64];
	ssize_t len = readlinkat(dirfd, path, text, sizeof(text) - 1);
	uint64_t number;

	if (len < 0)
		return -errno;
	text[len] = '\0';
	number = tm_parse_link(text, kind);
	if (!number)
		return -EBADMSG;
	*inode = number;
	return 0;
}

int tm_ns_list_init(const struct tcpmem_ctx *ctx, struct tm_ns_list *list)
{
	char path[PATH_MAX];

	memset(list, 0, sizeof(*list));
	snprintf(path, sizeof(path), "%s/thread-self/ns/net", ctx->proc);
	return tm_ns_read_link(AT_FDCWD, path, "net", &list->own_inode);
}

static void clear_ns(struct tm_ns *ns)
{
	for (size_t i = 0; i < ns->way_count; i++)
		free(ns->way[i]);
	if (ns->fd >= 0)
		close(ns->fd);
	tm_ns_files_close(ns->files);
	free(ns->name);
}

void tm_ns_list_clear(struct tm_ns_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		clear_ns(&list->ns[i]);
	free(list->ns);
	free(list->unreadable);
	memset(list, 0, sizeof(*list));
}

size_t tm_ns_list_find(const struct tm_ns_list *list, uint64_t inode)
{
	size_t i;

	for (i = 0; i < list->count; i++)
		if (inode && list->ns[i].inode == inode)
			return i;
	return list->count;
}

static int append(struct tm_ns_list *list, uint64_t inode, size_t *index)
{
	struct tm_ns *moved;

	if (list->count > UINT16_MAX)
		return -E2BIG;
	moved = tm_grow(list->ns, list->count, &list->capacity,
			sizeof(*list->ns));

	if (!moved)
		return -ENOMEM;
	list->ns = moved;
	list->ns[list->count] = (struct tm_ns){
		.inode = inode,
		.fd = -1,
		.own = inode && inode == list->own_inode,
	};
	*index = list->count++;
	return 0;
}

/* @instead: of many, it takes the place of one */
static int add_way(struct tm_ns *ns, const char *way, bool instead)
{
	char *copy;

	if (ns->way_count == TM_NS_WAYS && !instead)
		return 0;
	for (size_t i = 0; i < ns->way_count; i++)
		if (strcmp(ns->way[i], way) == 0)
			return 0;
	copy = strdup(way);
	if (!copy)
		return -ENOMEM;
	if (ns->way_count == TM_NS_WAYS)
		free(ns->way[--ns->way_count]);
	ns->way[ns->way_count++] = copy;
	return 0;
}

/*
 * A thread may be there for a moment, as those of this library are: a process
 * takes its place. Return: whether it does.
 */
static bool set_task(struct tm_ns *ns, struct tm_task task)
{
	bool instead = ns->task.tid && task.pid && !task.tid;

	if (ns->task.pid && !instead)
		return false;
	ns->task = task;
	ns->label_read = false;
	return instead;
}

int tm_ns_list_add(struct tm_ns_list *list, uint64_t inode, const char *way,
		   struct tm_task task, size_t *index)
{
	size_t at = tm_ns_list_find(list, inode);
	struct tm_ns *ns;
	bool instead;

	if (at == list->count) {
		int ret = append(list, inode, &at);

		if (ret < 0)
			return ret;
	}
	*index = at;
	ns = &list->ns[at];
	instead = set_task(ns, task);
	return way ? add_way(ns, way, instead) : 0;
}

int tm_ns_list_add_fd(struct tm_ns_list *list, int fd, size_t *index)
{
	struct stat st;
	size_t at = 0;
	int ret = fstat(fd, &st) < 0 ? -errno : 0;

	if (ret == 0) {
		at = tm_ns_list_find(list, st.st_ino);
		if (at == list->count)
			ret = append(list, st.st_ino, &at);
	}
	if (ret < 0 || list->ns[at].fd >= 0 || list->ns[at].way_count)
		close(fd);
	else
		list->ns[at].fd = fd;
	if (ret == 0)
		*index = at;
	return ret;
}

int tm_ns_list_add_own(struct tm_ns_list *list, size_t *index)
{
	size_t at = 0;
	int ret;

	while (at < list->count && !list->ns[at].own)
		at++;
	if (at == list->count) {
		ret = append(list, list->own_inode, &at);
		if (ret < 0)
			return ret;
		list->ns[at].own = true;
	}
	*index = at;
	return 0;
}

int tm_ns_rename(struct tm_ns *ns, enum tm_ns_rank rank, const char *name)
{
	char *copy;

	if (rank <= ns->rank)
		return 0;
	copy = strdup(name);
	if (!copy)
		return -ENOMEM;
	free(ns->name);
	ns->name = copy;
	ns->rank = rank;
	return 0;
}

static bool name_is_taken(const struct tm_ns_list *list, size_t index)
{
	const char *name = list->ns[index].name;

	for (size_t i = 0; i < list->count; i++)
		if (i != index && list->ns[i].name &&
		    strcmp(list->ns[i].name, name) == 0)
			return true;
	return false;
}

static int rename_by_label(const struct tcpmem_ctx *ctx, struct tm_ns *ns)
{
	char label[256];
	int ret;

	if (ns->label_read)
		return 0;
	ns->label_read = true;
	ret = tm_cgroup_label(ctx, ns->task.pid, label, sizeof(label));
	if (ret < 0)
		return tm_shortage(ret);
	return tm_ns_rename(ns, TM_NS_LABEL, label);
}

static int append_identity(struct tm_ns *ns)
{
	char *full = NULL;

	if (asprintf(&full, "%s:%" PRIu64, ns->name, ns->inode) < 0)
		return -ENOMEM;
	free(ns->name);
	ns->name = full;
	return 0;
}

static int name_by_number(struct tm_ns *ns)
{
	char digits[32];

	snprintf(digits, sizeof(digits), "%" PRIu64, ns->inode);
	return tm_ns_rename(ns, TM_NS_FOREIGN_MOUNT, digits);
}

/* A file of /run/netns may be called "self", or by the digits of another. */
static bool name_misleads(const struct tm_ns_list *list, size_t index)
{
	const struct tm_ns *ns = &list->ns[index];

	return !ns->own &&
	       (strcmp(ns->name, own_name) == 0 ||
		(ns->rank < TM_NS_SELF && name_is_taken(list, index)));
}

int tm_ns_name(const struct tcpmem_ctx *ctx, struct tm_ns_list *list,
	       size_t index, bool label)
{
	struct tm_ns *ns = &list->ns[index];
	int ret = 0;

	if (ns->own)
		ret = tm_ns_rename(ns, TM_NS_SELF, own_name);
	else if (ns->task.pid && ns->rank < TM_NS_LABEL && label)
		ret = rename_by_label(ctx, ns);
	if (ret == 0 && !ns->name)
		ret = name_by_number(ns);
	if (ret == 0 && name_misleads(list, index))
		ret = append_identity(ns);
	return ret;
}

/* ---- which namespaces a question is about ---- */

/* The kernel's own bound of pids: nsfs inodes begin far above. */
#define PID_LIMIT (1 << 22)

static int select_way(const struct tcpmem_ctx *ctx, struct tm_ns_list *list,
		      const char *way, const char *name, struct tm_task task)
{
	uint64_t inode;
	size_t index;
	int ret;

	ret = tm_ns_probe(ctx, way, &inode);
	if (ret < 0)
		return ret;
	ret = tm_ns_list_add(list, inode, way, task, &index);
	if (ret < 0 || !name)
		return ret;
	return tm_ns_rename(&list->ns[index], TM_NS_IP_NETNS, name);
}

static int select_pid(const struct tcpmem_ctx *ctx, struct tm_ns_list *list,
		      uint32_t pid)
{
	const struct tm_task task = { .pid = pid };
	char way[TM_TASK_PATH];
	int ret;

	tm_task_path(task, "/ns/net", way);
	ret = select_way(ctx, list, way, NULL, task);
	return ret == -ESRCH ? -ENOENT : ret;
}

static int select_file(const struct tcpmem_ctx *ctx, struct tm_ns_list *list,
		       const char *name)
{
	static const char *const dirs[] = { "/run/netns", "/var/run/netns" };
	char path[PATH_MAX];
	int ret = -ENOENT;

	for (size_t i = 0; i < TM_ARRAY_SIZE(dirs) && ret == -ENOENT; i++) {
		int len = snprintf(path, sizeof(path), "%s/%s", dirs[i], name);

		if (len < 0 || (size_t)len >= sizeof(path))
			return -ENOENT;
		ret = select_way(ctx, list, path, name, TM_NO_TASK);
	}
	return ret;
}

/* Moves a namespace from the list of all to the selected ones. */
static int select_known(struct tm_ns_list *list, const struct tm_ns *ns)
{
	size_t index = 0;
	int ret;

	ret = tm_ns_list_add(list, ns->inode, NULL, ns->task, &index);
	for (size_t i = 0; ret == 0 && i < ns->way_count; i++)
		ret = tm_ns_list_add(list, ns->inode, ns->way[i], ns->task,
				     &index);
	if (ret == 0)
		ret = tm_ns_rename(&list->ns[index], ns->rank, ns->name);
	return ret;
}

/*
 * "docker.service" stands for all that live there: "docker.service:INODE". A
 * container "web[ID]" is called by its name or its id, too.
 */
static bool is_called(const struct tm_ns *ns, const char *name)
{
	size_t len = strlen(name);
	const char *id;

	if (strcmp(ns->name, name) == 0)
		return true;
	if (ns->rank != TM_NS_LABEL)
		return false;
	if (strncmp(ns->name, name, len) == 0 && strchr(":[", ns->name[len]))
		return true;
	id = strchr(ns->name, '[');
	return id && strncmp(id + 1, name, len) == 0 && id[1 + len] == ']';
}

/* Those that may not be looked up, and whose processes live there. */
static int match_unreadable(const struct tcpmem_ctx *ctx,
			    const struct tm_ns_list *all,
			    struct tm_ns_list *list, const char *name)
{
	char label[256];
	const struct tm_ns ns = { .name = label, .rank = TM_NS_LABEL };
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < all->unreadable_count; i++) {
		ret = tm_cgroup_label(ctx, all->unreadable[i].task.pid, label,
				      sizeof(label));
		if (ret == 0 && is_called(&ns, name))
			ret = tm_append(
				list->unreadable, list->unreadable_count,
				list->unreadable_capacity, &all->unreadable[i]);
		ret = tm_shortage(ret);
	}
	return ret;
}

static int match_names(const struct tcpmem_ctx *ctx, struct tm_ns_list *all,
		       struct tm_ns_list *list, const char *name)
{
	size_t unreadable = list->unreadable_count;
	int ret = tm_ns_find_tasks(ctx, all, SIZE_MAX);
	bool found = false;

	for (size_t i = 0; ret == 0 && i < all->count; i++) {
		ret = tm_ns_name(ctx, all, i, true);
		if (ret < 0 || !is_called(&all->ns[i], name))
			continue;
		found = true;
		ret = select_known(list, &all->ns[i]);
	}
	if (ret == 0)
		ret = match_unreadable(ctx, all, list, name);
	if (ret < 0 || found)
		return ret;
	return list->unreadable_count > unreadable ? -EACCES : -ENOENT;
}

static int select_by_name(const struct tcpmem_ctx *ctx, struct tm_ns_list *list,
			  const char *name)
{
	struct tm_ns_list all;
	int ret;

	ret = tm_ns_list_init(ctx, &all);
	if (ret == 0)
		ret = match_names(ctx, &all, list, name);
	tm_ns_list_clear(&all);
	return ret;
}

static int select_one(const struct tcpmem_ctx *ctx, struct tm_ns_list *list,
		      const char *spec)
{
	const char *end;
	uint64_t pid;
	size_t index;
	int ret = -ENOENT;

	if (strcmp(spec, own_name) == 0)
		return tm_ns_list_add_own(list, &index);
	if (*spec == '/')
		return select_way(ctx, list, spec, NULL, TM_NO_TASK);
	if (tm_parse_u64(spec, &end, &pid) == 0 && !*end && pid <= PID_LIMIT)
		return select_pid(ctx, list, (uint32_t)pid);
	ret = select_file(ctx, list, spec);
	return ret == -ENOENT ? select_by_name(ctx, list, spec) : ret;
}

int tm_ns_select(const struct tcpmem_ctx *ctx, char *const *specs, size_t count,
		 struct tm_ns_list *list, size_t *wrong)
{
	for (size_t i = 0; i < count; i++) {
		int ret = select_one(ctx, list, specs[i]);

		if (ret < 0) {
			*wrong = i;
			return ret;
		}
	}
	return 0;
}

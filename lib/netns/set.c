// SPDX-License-Identifier: LGPL-2.1-or-later
/* set.c - the list of namespaces: identity, ways, names */
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

static int add_way(struct tm_ns *ns, const char *way)
{
	char *copy;

	if (ns->way_count == TM_NS_WAYS)
		return 0;
	for (size_t i = 0; i < ns->way_count; i++)
		if (strcmp(ns->way[i], way) == 0)
			return 0;
	copy = strdup(way);
	if (!copy)
		return -ENOMEM;
	ns->way[ns->way_count++] = copy;
	return 0;
}

int tm_ns_list_add(struct tm_ns_list *list, uint64_t inode, const char *way,
		   uint32_t pid, size_t *index)
{
	size_t at = tm_ns_list_find(list, inode);
	struct tm_ns *ns;

	if (at == list->count) {
		int ret = append(list, inode, &at);

		if (ret < 0)
			return ret;
	}
	*index = at;
	ns = &list->ns[at];
	if (!ns->pid)
		ns->pid = pid;
	return way ? add_way(ns, way) : 0;
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
	ret = tm_cgroup_label(ctx, ns->pid, label, sizeof(label));
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

int tm_ns_name(const struct tcpmem_ctx *ctx, struct tm_ns_list *list,
	       size_t index, bool label)
{
	struct tm_ns *ns = &list->ns[index];
	int ret = 0;

	if (ns->own)
		ret = tm_ns_rename(ns, TM_NS_SELF, "self");
	else if (ns->pid && ns->rank < TM_NS_LABEL && label)
		ret = rename_by_label(ctx, ns);
	if (ret == 0 && !ns->name)
		return name_by_number(ns);
	if (ret == 0 && ns->rank < TM_NS_SELF && name_is_taken(list, index))
		ret = append_identity(ns);
	return ret;
}

// SPDX-License-Identifier: LGPL-2.1-or-later
/* select.c - which namespaces a question is about */
#include "netns/internal.h"

#include "base/util.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

/* The kernel's own bound of pids: nsfs inodes begin far above. */
#define PID_LIMIT (1 << 22)

static int select_way(const struct tcpmem_ctx *ctx, struct tm_ns_list *list,
		      const char *way, const char *name, uint32_t pid)
{
	uint64_t inode;
	size_t index;
	int ret;

	ret = tm_ns_probe(ctx, way, &inode);
	if (ret < 0)
		return ret;
	ret = tm_ns_list_add(list, inode, way, pid, &index);
	if (ret < 0 || !name)
		return ret;
	return tm_ns_rename(&list->ns[index], TM_NS_IP_NETNS, name);
}

static int select_pid(const struct tcpmem_ctx *ctx, struct tm_ns_list *list,
		      uint32_t pid)
{
	char way[64];
	int ret;

	snprintf(way, sizeof(way), "%" PRIu32 "/ns/net", pid);
	ret = select_way(ctx, list, way, NULL, pid);
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
		ret = select_way(ctx, list, path, name, 0);
	}
	return ret;
}

/* Moves a namespace from the list of all to the selected ones. */
static int select_known(struct tm_ns_list *list, const struct tm_ns *ns)
{
	size_t index = 0;
	int ret;

	ret = tm_ns_list_add(list, ns->inode, NULL, ns->pid, &index);
	for (size_t i = 0; ret == 0 && i < ns->way_count; i++)
		ret = tm_ns_list_add(list, ns->inode, ns->way[i], ns->pid,
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

static int match_names(const struct tcpmem_ctx *ctx, struct tm_ns_list *all,
		       struct tm_ns_list *list, const char *name)
{
	int ret = tm_ns_find_tasks(ctx, all, SIZE_MAX);
	bool found = false;

	for (size_t i = 0; ret == 0 && i < all->count; i++) {
		ret = tm_ns_name(ctx, all, i, true);
		if (ret < 0 || !is_called(&all->ns[i], name))
			continue;
		found = true;
		ret = all->ns[i].inode ? select_known(list, &all->ns[i])
				       : -EACCES;
	}
	return ret == 0 && !found ? -ENOENT : ret;
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

	if (strcmp(spec, "self") == 0)
		return tm_ns_list_add_own(list, &index);
	if (*spec == '/')
		return select_way(ctx, list, spec, NULL, 0);
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

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* cgroup.h - cgroup ids -> paths, processes -> cgroups */
#ifndef TM_READ_CGROUP_H
#define TM_READ_CGROUP_H

#include "ctx.h"
#include "model/places.h"

/*
 * tm_cgroup_mount() - where a hierarchy is mounted
 * @v2: the unified one; else that of the v1 memory controller
 *
 * Return: 0, or -ENOENT.
 */
int tm_cgroup_mount(const struct tcpmem_ctx *ctx, bool v2, char *dir,
		    size_t size);

/*
 * tm_cgroup_paths() - finds the paths of the cgroups in @metadata
 *
 * Walks the v2 hierarchy, where a directory's inode is the cgroup's id; it is
 * readable by everyone. What is not there (a cgroup that was removed, or one
 * outside of the caller's cgroup namespace) stays unknown.
 *
 * Return: 0, or -ENOMEM.
 */
int tm_cgroup_paths(const struct tcpmem_ctx *ctx, struct tm_metadata *metadata);

/*
 * tm_cgroup_of_process() - the path in the text of a process's cgroup file
 *
 * That of the v1 memory controller, where there is one: it is the one that
 * counts socket memory; else that of the v2 hierarchy.
 *
 * Return: the path within @text and its length in @len; NULL if neither is
 * there.
 */
const char *tm_cgroup_of_process(const char *text, size_t *len);

#endif

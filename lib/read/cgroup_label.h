/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* cgroup_label.h - the container or unit that a process lives in */
#ifndef TM_READ_CGROUP_LABEL_H
#define TM_READ_CGROUP_LABEL_H

#include "ctx.h"

/*
 * tm_cgroup_path_label() - what a cgroup's path calls its container or unit
 * @size: room in @label, its NUL included
 *
 * The innermost container wins over the deepest unit: a unit inside a
 * container is the container's business.
 *
 * Return: 0, or -ENOENT if the path names neither.
 */
int tm_cgroup_path_label(const char *path, char *label, size_t size);

/*
 * tm_cgroup_label() - the same for a process
 * @file: its cgroup file, below the root of /proc
 *
 * Return: 0, -ENOENT, or -errno of reading.
 */
int tm_cgroup_label(const struct tcpmem_ctx *ctx, const char *file, char *label,
		    size_t size);

#endif

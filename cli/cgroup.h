/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* cgroup.h - where cgroups are mounted */
#ifndef CLI_CGROUP_H
#define CLI_CGROUP_H

#include <limits.h>
#include <stdbool.h>

/*
 * cgroup_mount() - the mount point of a hierarchy, as this process sees it
 * @v2: the unified one; else that of the v1 memory controller
 *
 * Return: whether there is one.
 */
bool cgroup_mount(bool v2, char mount[PATH_MAX]);

#endif

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cgroup_names.h - what a cgroup's path says about who lives there
 *
 * Pure. Paths are as the kernel gives them, from the root of the hierarchy;
 * what systemd, docker, podman, containerd, CRI-O, kubernetes (with either
 * cgroup driver) and LXC write is known.
 */
#ifndef TM_MODEL_CGROUP_NAMES_H
#define TM_MODEL_CGROUP_NAMES_H

#include <stddef.h>

/*
 * tm_cgroup_unit() - the deepest systemd service or scope on @path
 * @size: room in @name, its NUL included; a longer name is cut
 *
 * Return: 0, or -ENOENT if there is none.
 */
int tm_cgroup_unit(const char *path, char *name, size_t size);

/*
 * tm_cgroup_container() - the innermost container: the first 12 digits of its
 * id, or its name where the runtime has names
 */
int tm_cgroup_container(const char *path, char *name, size_t size);

/* tm_cgroup_pod() - the UID of the kubernetes pod, with dashes */
int tm_cgroup_pod(const char *path, char *name, size_t size);

#endif
